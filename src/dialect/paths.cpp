#include "dialect/dialect.h"

#include <QList>

namespace sb::dialect {

namespace {

QList<QByteArrayView> segments(QByteArrayView path)
{
    if (const qsizetype query = path.indexOf('?'); query >= 0)
        path = path.first(query);
    QList<QByteArrayView> result;
    qsizetype from = 0;
    while (from <= path.size()) {
        qsizetype end = path.indexOf('/', from);
        if (end < 0)
            end = path.size();
        if (end > from)
            result.append(path.sliced(from, end - from));
        from = end + 1;
    }
    return result;
}

QByteArray joined(const QList<QByteArrayView> &parts)
{
    QByteArray result;
    for (const QByteArrayView part : parts) {
        if (!result.isEmpty())
            result.append('/');
        result.append(part);
    }
    return QByteArray::fromPercentEncoding(result);
}

bool startsWith(const QList<QByteArrayView> &parts, std::initializer_list<const char *> with)
{
    if (parts.size() < qsizetype(with.size()))
        return false;
    qsizetype i = 0;
    for (const char *word : with) {
        if (parts[i++] != word)
            return false;
    }
    return true;
}

bool is(const QList<QByteArrayView> &parts, std::initializer_list<const char *> words)
{
    return parts.size() == qsizetype(words.size()) && startsWith(parts, words);
}

// `methods` as `allow` writes them: "GET, POST".
bool isListed(QByteArrayView method, QByteArrayView methods)
{
    return method == methods
        || methods.toByteArray().replace(' ', "").split(',').contains(method.toByteArray());
}

PathMatch known(DialectId dialect, Endpoint endpoint, QByteArrayView method, const char *allowed,
                QByteArray model = {})
{
    PathMatch match;
    match.dialect = dialect;
    match.endpoint = endpoint;
    match.isKnown = true;
    match.isMethodAllowed = isListed(method, allowed);
    match.allow = QByteArray::fromRawData(allowed, qsizetype(strlen(allowed))); // a literal
    match.model = std::move(model);
    return match;
}

PathMatch unknown(DialectId dialect, Endpoint endpoint = Endpoint::Other);

bool isGeminiVerb(QByteArrayView verb)
{
    for (const char *known : {"generateContent", "streamGenerateContent", "countTokens",
                              "embedContent", "batchEmbedContents"}) {
        if (verb == known)
            return true;
    }
    return false;
}

// models/NAME:method; NAME may hold slashes and escapes. [dialects §1.5]
PathMatch geminiMethod(const QList<QByteArrayView> &parts, QByteArrayView method)
{
    // Vertex: projects/P/locations/L/publishers/google/models/NAME:method.
    qsizetype from = parts.indexOf(QByteArrayView("models"));
    if (from < 0)
        from = parts.indexOf(QByteArrayView("tunedModels")) - 1;
    if (from < -1)
        return unknown(DialectId::Gemini);
    const QByteArray name = joined(parts.mid(from + 1));
    const qsizetype colon = name.lastIndexOf(':');
    if (colon < 0) {
        if (parts[0] != "models")
            return unknown(DialectId::Gemini);
        return known(DialectId::Gemini, Endpoint::Models, method, "GET", name);
    }
    const QByteArray model = name.first(colon);
    const QByteArrayView verb = QByteArrayView(name).sliced(colon + 1);
    if (model.isEmpty() || !isGeminiVerb(verb))
        return unknown(DialectId::Gemini);
    Endpoint endpoint = Endpoint::Generate;
    if (verb == "countTokens")
        endpoint = Endpoint::CountTokens;
    else if (verb == "embedContent" || verb == "batchEmbedContents")
        endpoint = Endpoint::Embeddings;
    PathMatch match = known(DialectId::Gemini, endpoint, method, "POST", model);
    match.isStream = verb == "streamGenerateContent";
    match.isBatch = verb == "batchEmbedContents";
    return match;
}

PathMatch unknown(DialectId dialect, Endpoint endpoint)
{
    PathMatch match;
    match.dialect = dialect;
    match.endpoint = endpoint;
    return match;
}

// Beside conversations, in OpenAI's manner; "*" stands for an id. [dialects §3.6, 8.5]
struct SidePath {
    const char *pattern;
    const char *methods;
    Endpoint endpoint;
    // Of a POST; what only reads or deletes costs nothing. An answer that is counted is read here,
    // any other passes as it comes.
    Charge charge;
    bool takesForm = false;
    DialectId dialect = DialectId::OpenAiChat;
};
constexpr auto kCounted = Charge::Counted;
constexpr auto kNone = Charge::None;
constexpr auto kUnknown = Charge::Unknown;
constexpr bool kJson = false;
constexpr bool kForm = true;
constexpr auto kResponses = DialectId::OpenAiResponses;
constexpr SidePath kSidePaths[] = {
    {"moderations", "POST", Endpoint::Moderations, kCounted},
    {"rerank", "POST", Endpoint::Rerank, kCounted},
    {"images/generations", "POST", Endpoint::Images, kUnknown},
    {"images/edits", "POST", Endpoint::Images, kUnknown, kForm},
    {"images/variations", "POST", Endpoint::Images, kUnknown, kForm},
    {"audio/speech", "POST", Endpoint::Audio, kUnknown},
    {"audio/transcriptions", "POST", Endpoint::Audio, kUnknown, kForm},
    {"audio/translations", "POST", Endpoint::Audio, kUnknown, kForm},
    {"files", "GET, POST", Endpoint::Files, kNone, kForm},
    {"files/*", "GET, DELETE", Endpoint::Files, kNone},
    {"files/*/content", "GET", Endpoint::Files, kNone},
    {"uploads", "POST", Endpoint::Files, kNone},
    {"uploads/*/parts", "POST", Endpoint::Files, kNone, kForm},
    {"uploads/*/complete", "POST", Endpoint::Files, kNone},
    {"uploads/*/cancel", "POST", Endpoint::Files, kNone},
    {"batches", "GET, POST", Endpoint::Batches, kUnknown},
    {"batches/*", "GET", Endpoint::Batches, kNone},
    {"batches/*/cancel", "POST", Endpoint::Batches, kNone},
    {"responses/compact", "POST", Endpoint::Compaction, kUnknown, kJson, kResponses},
    {"responses/*", "GET, DELETE", Endpoint::Stored, kNone, kJson, kResponses},
    {"responses/*/cancel", "POST", Endpoint::Stored, kNone, kJson, kResponses},
    {"responses/*/input_items", "GET", Endpoint::Stored, kNone, kJson, kResponses},
};

// What stands in a path for an id must not become another path at the provider.
bool isId(QByteArrayView text)
{
    constexpr qsizetype kMost = 256;
    return text.size() <= kMost && text != "." && text != ".."
        && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
                   || c == '-' || c == '_' || c == '.';
           });
}

// The id, empty where there is none; nothing where the path is another.
std::optional<QByteArray> fitted(const QList<QByteArrayView> &parts, QByteArrayView pattern)
{
    const QList<QByteArrayView> words = segments(pattern);
    if (parts.size() != words.size())
        return {};
    QByteArray id;
    for (qsizetype i = 0; i < words.size(); ++i) {
        if (words[i] == "*" ? !isId(parts[i]) : parts[i] != words[i])
            return {};
        if (words[i] == "*")
            id = parts[i].toByteArray();
    }
    return id;
}

std::optional<PathMatch> sidePath(QList<QByteArrayView> parts, QByteArrayView method,
                                  const QByteArray &deployment)
{
    if (startsWith(parts, {"v2", "rerank"})) // Cohere's
        parts.removeFirst();
    for (const SidePath &path : kSidePaths) {
        const std::optional<QByteArray> id = fitted(parts, path.pattern);
        if (!id)
            continue;
        PathMatch match = known(path.dialect, path.endpoint, method, path.methods, deployment);
        match.item = *id;
        match.takesForm = path.takesForm;
        match.charge = method == "POST" || path.charge == kCounted ? path.charge : kNone;
        if (path.charge != kCounted)
            match.passPath = QByteArray(path.pattern).replace("*", *id);
        return match;
    }
    const auto last
        = std::find_if(std::rbegin(kSidePaths), std::rend(kSidePaths), [&](const SidePath &path) {
              return !parts.isEmpty() && parts[0] == segments(path.pattern)[0];
          });
    if (last == std::rend(kSidePaths))
        return {};
    return unknown(last->dialect, last->endpoint);
}

// Ollama's own endpoints stand under /api. [dialects §1.5, 6.3]
struct OllamaPath {
    const char *word;
    const char *method; // null: known by name only, not served
    Endpoint endpoint;
};
constexpr OllamaPath kOllamaPaths[] = {
    {"chat", "POST", Endpoint::Generate},    {"generate", "POST", Endpoint::Completions},
    {"embed", "POST", Endpoint::Embeddings}, {"embeddings", "POST", Endpoint::Embeddings},
    {"tags", "GET", Endpoint::Models},       {"show", "POST", Endpoint::Show},
    {"ps", "GET", Endpoint::Running},        {"version", "GET", Endpoint::Version},
    {"pull", nullptr, Endpoint::Other},      {"push", nullptr, Endpoint::Other},
    {"create", nullptr, Endpoint::Other},    {"copy", nullptr, Endpoint::Other},
    {"delete", nullptr, Endpoint::Other},
};

std::optional<PathMatch> ollamaPath(const QList<QByteArrayView> &parts, QByteArrayView method)
{
    if (parts.size() < 2 || parts[0] != "api")
        return {};
    for (const OllamaPath &path : kOllamaPaths) {
        if (parts[1] != path.word)
            continue;
        if (!path.method || parts.size() > 2)
            return unknown(DialectId::Ollama);
        return known(DialectId::Ollama, path.endpoint, method, path.method);
    }
    return {};
}

} // namespace

// [dialects §1.5, clients §2, 3]
PathMatch matchPath(QByteArrayView method, QByteArrayView path, DialectId sdk)
{
    // Nearly every request; below they come out the same.
    if (path == "/v1/chat/completions")
        return known(DialectId::OpenAiChat, Endpoint::Generate, method, "POST");
    if (path == "/v1/messages")
        return known(DialectId::Anthropic, Endpoint::Generate, method, "POST");
    if (path == "/v1/responses")
        return known(DialectId::OpenAiResponses, Endpoint::Generate, method, "POST");
    QList<QByteArrayView> parts = segments(path);
    if (const auto ollama = ollamaPath(parts, method))
        return *ollama;
    QByteArray deployment;
    if (startsWith(parts, {"api", "v1"})) {
        parts.removeFirst();
    } else if (startsWith(parts, {"openai", "deployments"}) && parts.size() > 3) {
        deployment = joined({parts[2]});
        parts = parts.mid(3);
    } else if (startsWith(parts, {"openai"}) || startsWith(parts, {"anthropic"})) {
        parts.removeFirst();
    }
    bool isGemini = false;
    while (!parts.isEmpty()
           && (parts[0] == "v1" || parts[0] == "v1beta" || parts[0] == "v1alpha")) {
        isGemini |= parts[0] != "v1";
        parts.removeFirst();
    }
    // The beta of OpenAI's shape at Google: /v1beta/openai/chat/completions.
    if (isGemini && startsWith(parts, {"openai"})) {
        isGemini = false;
        parts.removeFirst();
    }
    if (isGemini)
        return parts.isEmpty() ? unknown(DialectId::Gemini) : geminiMethod(parts, method);
    if (is(parts, {"chat", "completions"}))
        return known(DialectId::OpenAiChat, Endpoint::Generate, method, "POST", deployment);
    if (is(parts, {"completions"}) || is(parts, {"fim", "completions"}))
        return known(DialectId::OpenAiChat, Endpoint::Completions, method, "POST", deployment);
    if (is(parts, {"embeddings"}))
        return known(DialectId::OpenAiChat, Endpoint::Embeddings, method, "POST", deployment);
    if (is(parts, {"messages"}))
        return known(DialectId::Anthropic, Endpoint::Generate, method, "POST");
    if (is(parts, {"messages", "count_tokens"}))
        return known(DialectId::Anthropic, Endpoint::CountTokens, method, "POST");
    if (startsWith(parts, {"messages"}))
        return unknown(DialectId::Anthropic);
    if (is(parts, {"responses"}))
        return known(DialectId::OpenAiResponses, Endpoint::Generate, method, "POST");
    if (is(parts, {"responses", "input_tokens"}))
        return known(DialectId::OpenAiResponses, Endpoint::CountTokens, method, "POST");
    if (const auto side = sidePath(parts, method, deployment))
        return *side;
    if (startsWith(parts, {"models"})) {
        const QByteArray model = joined(parts.mid(1));
        // genai 3 calls /v1/models/NAME:generateContent. [clients §2]
        if (isGeminiVerb(QByteArrayView(model).sliced(model.lastIndexOf(':') + 1)))
            return geminiMethod(parts, method);
        return known(sdk, Endpoint::Models, method, "GET", model);
    }
    return unknown(sdk);
}

} // namespace sb::dialect
