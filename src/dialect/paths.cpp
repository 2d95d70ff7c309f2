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

PathMatch known(DialectId dialect, Endpoint endpoint, QByteArrayView method, const char *allowed,
                QByteArray model = {})
{
    PathMatch match;
    match.dialect = dialect;
    match.endpoint = endpoint;
    match.isKnown = true;
    match.isMethodAllowed = method == allowed;
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

// Beside conversations, in OpenAI's manner. [dialects §8.5]
struct SidePath {
    const char *word;
    Endpoint endpoint;
};
constexpr SidePath kPassed[] = {
    {"moderations", Endpoint::Moderations},
    {"rerank", Endpoint::Rerank},
};
constexpr SidePath kUnserved[] = {
    {"images", Endpoint::Images}, {"audio", Endpoint::Audio},   {"files", Endpoint::Files},
    {"uploads", Endpoint::Files}, {"batches", Endpoint::Files},
};

std::optional<PathMatch> sidePath(QList<QByteArrayView> parts, QByteArrayView method)
{
    if (startsWith(parts, {"v2", "rerank"})) // Cohere's
        parts.removeFirst();
    for (const SidePath &path : kPassed) {
        if (is(parts, {path.word}))
            return known(DialectId::OpenAiChat, path.endpoint, method, "POST");
    }
    for (const SidePath &path : kUnserved) {
        if (startsWith(parts, {path.word}))
            return unknown(DialectId::OpenAiChat, path.endpoint);
    }
    return {};
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
    if (startsWith(parts, {"responses"}))
        return unknown(DialectId::OpenAiResponses, Endpoint::Stored);
    if (const auto side = sidePath(parts, method))
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
