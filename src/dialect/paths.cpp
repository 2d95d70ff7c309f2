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

// Ollama's own endpoints stand under /api. [dialects §1.5]
bool isOllama(const QList<QByteArrayView> &parts)
{
    if (parts.size() < 2 || parts[0] != "api")
        return false;
    for (const char *word : {"chat", "generate", "embed", "embeddings", "show", "pull", "push",
                             "tags", "ps", "version", "create", "copy", "delete"}) {
        if (parts[1] == word)
            return true;
    }
    return false;
}

PathMatch known(DialectId dialect, Endpoint endpoint, QByteArrayView method, const char *allowed,
                QByteArray model = {})
{
    PathMatch match;
    match.dialect = dialect;
    match.endpoint = endpoint;
    match.isKnown = true;
    match.isMethodAllowed = method == allowed;
    match.allow = allowed;
    match.model = std::move(model);
    return match;
}

PathMatch unknown(DialectId dialect)
{
    PathMatch match;
    match.dialect = dialect;
    return match;
}

} // namespace

// [dialects §1.5, clients §2, 3]
PathMatch matchPath(QByteArrayView method, QByteArrayView path, bool hasAnthropicVersion)
{
    QList<QByteArrayView> parts = segments(path);
    if (isOllama(parts))
        return unknown(DialectId::Ollama);
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
        return unknown(DialectId::Gemini);
    if (is(parts, {"chat", "completions"}))
        return known(DialectId::OpenAiChat, Endpoint::Generate, method, "POST", deployment);
    if (is(parts, {"messages"}))
        return known(DialectId::Anthropic, Endpoint::Generate, method, "POST");
    if (is(parts, {"messages", "count_tokens"}))
        return known(DialectId::Anthropic, Endpoint::CountTokens, method, "POST");
    if (startsWith(parts, {"messages"}))
        return unknown(DialectId::Anthropic);
    if (startsWith(parts, {"responses"}))
        return unknown(DialectId::OpenAiResponses);
    if (startsWith(parts, {"models"})) {
        const QByteArray model = joined(parts.mid(1));
        // genai 3 calls /v1/models/NAME:generateContent. [clients §2]
        if (method == "POST" && model.contains(':'))
            return unknown(DialectId::Gemini);
        return known(hasAnthropicVersion ? DialectId::Anthropic : DialectId::OpenAiChat,
                     Endpoint::Models, method, "GET", model);
    }
    return unknown(DialectId::OpenAiChat);
}

} // namespace sb::dialect
