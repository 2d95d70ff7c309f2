#include "dialect/provider_error.h"

#include "dialect/scratch.h"

#include <array>

namespace sb::dialect {

namespace {

struct Words {
    QByteArray message;
    QByteArray type;
    QByteArray code;
    int status = 0; // said inside the object
    Millis hint{-1};
};

bool hasAny(QByteArrayView text, std::initializer_list<const char *> phrases)
{
    for (const char *phrase : phrases) {
        if (text.contains(QByteArrayView(phrase)))
            return true;
    }
    return false;
}

// "34s", "34.4s" [google.protobuf.Duration]
Millis readDelay(json::Node value)
{
    QByteArray text = value.text();
    if (!text.endsWith('s'))
        return Millis{-1};
    text.chop(1);
    bool isOk = false;
    const double seconds = text.toDouble(&isOk);
    return isOk && seconds >= 0 && seconds < 1e6 ? Millis(qint64(seconds * 1000 + 0.5))
                                                 : Millis{-1};
}

void readCode(json::Node value, Words &words)
{
    qint64 number = 0;
    if (value.isString()) {
        words.code = trimmedText(value.text(), 100);
        number = words.code.toLongLong();
    } else if (value.readInt(number)) {
        words.code = QByteArray::number(number);
    }
    if (number >= 400 && number <= 599)
        words.status = int(number);
}

void readObject(json::Node object, Words &words, int depth);

// A message that is JSON itself holds the real one. [dialects §9.1, double-encoded]
void readMessage(const QByteArray &text, Words &words, int depth)
{
    words.message = text;
    if (depth > 1 || !text.trimmed().startsWith('{') || text.size() > 64 * 1024)
        return;
    json::Scan inner;
    if (!inner.run(text))
        return;
    Words nested;
    readObject(inner.root(), nested, depth + 1);
    if (nested.message.isEmpty())
        return;
    words.message = nested.message;
    if (words.type.isEmpty())
        words.type = nested.type;
    if (words.code.isEmpty())
        words.code = nested.code;
}

// FastAPI: {"detail": "text"} or {"detail": [{"loc", "msg", "type"}]}
QByteArray readDetail(json::Node detail)
{
    if (detail.isString())
        return detail.text();
    for (const json::Node item : detail.items()) {
        const json::Node msg = item.find("msg");
        if (msg.isString())
            return msg.text();
    }
    return detail.find("message").text();
}

void readObject(json::Node object, Words &words, int depth)
{
    QByteArray message;
    QByteArray raw;
    json::Node nested;
    eachMember(object, [&](Key key, json::Node value) {
        if (key == "message" || key == "error_message" || key == "msg") {
            if (value.isString())
                message = value.text();
        } else if (key == "detail") {
            if (message.isEmpty())
                message = readDetail(value);
        } else if (key == "type" || key == "error_type") {
            if (value.isString() && !value.is("error"))
                words.type = trimmedText(value.text(), 100);
        } else if (key == "status") {
            if (value.isString() && words.type.isEmpty())
                words.type = trimmedText(value.text(), 100);
        } else if (key == "code") {
            readCode(value, words);
        } else if (key == "status_code") {
            const qint64 status = value.toInt();
            if (status >= 400 && status <= 599)
                words.status = int(status);
        } else if (key == "metadata") {
            raw = value.find("raw").text();
        } else if (key == "details") {
            for (const json::Node item : value.items()) {
                const Millis hint = readDelay(item.find("retryDelay"));
                if (hint.count() >= 0)
                    words.hint = hint;
            }
            // Anthropic's machine-readable code.
            const json::Node errorCode = value.find("error_code");
            if (errorCode.isString())
                words.code = trimmedText(errorCode.text(), 100);
        } else if (key == "error" || key == "errors") {
            nested = value;
        }
    });
    if (nested.isString() && message.isEmpty())
        message = nested.text();
    // OpenRouter keeps the host's own words under metadata when its message says nothing.
    if (!raw.isEmpty() && (message.isEmpty() || message == "Provider returned error"))
        message = raw;
    if (!message.isEmpty())
        readMessage(message, words, depth);
    if (nested.isArray() && !nested.isEmpty())
        nested = *nested.items().begin();
    if (nested.isObject() && depth < 4)
        readObject(nested, words, depth + 1);
    else if (nested.isString() && words.message.isEmpty())
        words.message = nested.text();
}

struct StatusWord {
    const char *word;
    int status;
};

// What an error inside a 200 would have been as a status. [dialects §9.2]
constexpr std::array kStatusWords{
    StatusWord{"invalid_request_error", 400},
    StatusWord{"invalid_argument", 400},
    StatusWord{"failed_precondition", 400},
    StatusWord{"authentication_error", 401},
    StatusWord{"invalid_api_key", 401},
    StatusWord{"unauthenticated", 401},
    StatusWord{"billing_error", 402},
    StatusWord{"insufficient_quota", 429},
    StatusWord{"permission_error", 403},
    StatusWord{"permission_denied", 403},
    StatusWord{"not_found_error", 404},
    StatusWord{"not_found", 404},
    StatusWord{"model_not_found", 404},
    StatusWord{"conflict_error", 409},
    StatusWord{"aborted", 409},
    StatusWord{"request_too_large", 413},
    StatusWord{"rate_limit_error", 429},
    StatusWord{"rate_limit_exceeded", 429},
    StatusWord{"resource_exhausted", 429},
    StatusWord{"overloaded_error", 529},
    StatusWord{"overloaded", 503},
    StatusWord{"slow_down", 503},
    StatusWord{"unavailable", 503},
    StatusWord{"service_unavailable", 503},
    StatusWord{"timeout_error", 504},
    StatusWord{"timeout", 504},
    StatusWord{"deadline_exceeded", 504},
};

int statusFromWords(const Words &words)
{
    if (words.status)
        return words.status;
    for (const QByteArray &word : {words.code.toLower(), words.type.toLower()}) {
        for (const StatusWord &known : kStatusWords) {
            if (word == known.word)
                return known.status;
        }
    }
    return 500;
}

// [dialects §9.1]
bool saysContextTooLong(QByteArrayView text)
{
    return hasAny(text,
                  {"context_length_exceeded", "exceeds the context window",
                   "maximum context length", "prompt is too long", "prompt too long",
                   "input token count", "exceed_context_size_error", "input tokens exceeded",
                   "too many tokens", "too_many_tokens", "too_many_prompt_tokens", "context window",
                   "exceeds the maximum number of tokens", "total length of all messages"});
}

bool saysLacksFeature(QByteArrayView text)
{
    return hasAny(text,
                  {"does not support", "doesn't support", "do not support", "not supported",
                   "unsupported parameter", "unsupported_parameter", "unsupported value",
                   "unsupported_value", "no endpoints found that support",
                   "--enable-auto-tool-choice", "not a multimodal model", "not multimodal",
                   "does not have vision"});
}

AttemptOutcome classify(int status, const Words &words, bool isPage)
{
    const QByteArray code = words.code.toLower();
    const QByteArray type = words.type.toLower();
    const QByteArray text = code + ' ' + type + ' ' + words.message.left(4096).toLower();
    const bool isClientStatus = status >= 400 && status < 500;

    if (status >= 300 && status < 400)
        return AttemptOutcome::Redirected;
    if (isPage)
        return status == 429                 ? AttemptOutcome::RateLimited
            : status == 503 || status == 529 ? AttemptOutcome::Overloaded
            : status == 404                  ? AttemptOutcome::ModelNotFound
            : status == 401                  ? AttemptOutcome::KeyRejected
                                             : AttemptOutcome::ServerError;
    // A model that could not keep to its tool or JSON format: not the client's mistake. [dialects
    // §7.2]
    if (code == "tool_use_failed" || code == "json_validate_failed")
        return AttemptOutcome::ServerError;
    if (hasAny(code, {"content_filter", "content_policy"})
        || hasAny(type, {"content_filter", "content_policy"})
        || (isClientStatus && status != 429
            && hasAny(text,
                      {"content management policy", "content_policy_violation", "flagged by",
                       "requires moderation"})))
        return AttemptOutcome::Filtered;
    if (status != 429 && status != 401 && status != 403 && status != 402
        && code != "rate_limit_exceeded" && saysContextTooLong(text))
        return AttemptOutcome::ContextTooLong;
    // Gemini says "exceeded your current quota" for a minute's limit too, but then names the wait.
    if (status == 402 || hasAny(code, {"insufficient_quota", "billing", "spend_limit"})
        || hasAny(type, {"insufficient_quota", "billing_error"})
        || ((isClientStatus || status == 200)
            && (hasAny(text,
                       {"credit balance is too low", "insufficient balance", "insufficient credits",
                        "spend limit", "spend_limit_reached"})
                || (words.hint.count() < 0 && text.contains("exceeded your current quota")))))
        return AttemptOutcome::QuotaExhausted;
    if (status == 401)
        return AttemptOutcome::KeyRejected;
    if (status == 404 || code == "model_not_found" || code == "deploymentnotfound"
        || (isClientStatus && status != 429
            && hasAny(text,
                      {"does not have access to model", "is not a valid model", "unknown model",
                       "model not found", "model_not_found", "no such model"})))
        return AttemptOutcome::ModelNotFound;
    if (status == 403)
        return AttemptOutcome::KeyRejected;
    if (status == 400
        && hasAny(text,
                  {"api_key_invalid", "invalid_api_key", "invalid api key", "incorrect api key",
                   "api key not valid", "authentication_error"}))
        return AttemptOutcome::KeyRejected;
    if (status == 429 || status == 498 || code == "rate_limit_exceeded")
        return AttemptOutcome::RateLimited;
    if (status == 503 || status == 529 || type == "overloaded_error" || code == "slow_down")
        return AttemptOutcome::Overloaded;
    if (status == 408 || status == 409 || status == 425)
        return AttemptOutcome::Conflict;
    if (isClientStatus)
        return saysLacksFeature(text) ? AttemptOutcome::LacksFeature : AttemptOutcome::BadRequest;
    return AttemptOutcome::ServerError;
}

ProviderError finished(int status, const Words &words, bool isPage)
{
    ProviderError error;
    error.status = status >= 200 && status < 300 ? statusFromWords(words) : status;
    error.message = trimmedText(words.message);
    error.type = words.type;
    error.code = words.code;
    error.hint = words.hint;
    error.outcome = classify(error.status, words, isPage);
    return error;
}

// The title of an HTML page, which is all of it that a person wants to read.
QByteArray pageTitle(QByteArrayView body)
{
    const QByteArray head = body.first(qMin(body.size(), qsizetype(16 * 1024))).toByteArray();
    const QByteArray lower = head.toLower();
    const qsizetype open = lower.indexOf("<title");
    const qsizetype from = open < 0 ? -1 : lower.indexOf('>', open);
    const qsizetype end = from < 0 ? -1 : lower.indexOf("</title", from);
    return end < 0 ? QByteArray() : head.mid(from + 1, end - from - 1).simplified();
}

} // namespace

json::Node errorMember(json::Node root)
{
    const json::Node error = root.find("error");
    switch (error.kind()) {
    case json::Node::Kind::Absent:
    case json::Node::Kind::Null:
        return {};
    case json::Node::Kind::Bool:
        return error.isTrue() ? error : json::Node();
    case json::Node::Kind::String:
        return error.isNonEmptyString() ? error : json::Node();
    case json::Node::Kind::Object:
    case json::Node::Kind::Array:
        return error.isEmpty() ? json::Node() : error;
    case json::Node::Kind::Number:
        return error.toInt() != 0 ? error : json::Node();
    }
    return {};
}

ProviderError readErrorNode(int status, json::Node root)
{
    Words words;
    // Gemini's OpenAI-compatible endpoint wraps its error in an array. [dialects §9.1]
    if (root.isArray() && !root.isEmpty())
        root = *root.items().begin();
    if (root.isString())
        words.message = root.text();
    else
        readObject(root, words, 0);
    return finished(status, words, false);
}

ProviderError readError(DialectId, int status, QByteArrayView contentType, QByteArrayView body)
{
    const QByteArrayView text = body.trimmed();
    json::Scan scan;
    if (!text.isEmpty() && text.size() <= 1024 * 1024 && scan.run(text))
        return readErrorNode(status, scan.root());
    Words words;
    const bool isPage = text.startsWith('<') || contentType.contains(QByteArrayView("html"));
    words.message = isPage ? pageTitle(text) : trimmedText(text);
    return finished(status, words, isPage);
}

} // namespace sb::dialect
