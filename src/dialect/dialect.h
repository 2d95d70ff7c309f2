// What the gateway needs to know of a wire dialect: pure functions and small state machines over
// bytes. No sockets, no clock, no configuration. One table row per dialect in catalog.cpp.
//
// Same dialect in and out: the client's bytes reach the provider unchanged except the model name
// and what is said here; the provider's bytes reach the client unchanged. [dialects §1, 2, 4, 9]
#pragma once

#include "base/result.h"
#include "record/exchange.h"

#include <QByteArray>
#include <QByteArrayView>
#include <QList>

#include <memory>
#include <optional>

namespace sb::dialect {

struct Span {
    qsizetype from = 0;
    qsizetype length = 0;
};

// ---- Requests ----------------------------------------------------------------------------------

// What is known of a call's cost: that it follows from its tokens, that there is none, or nothing.
enum class Charge : quint8 { Counted, None, Unknown };

// Which dialect and endpoint a method and path mean. [dialects §1.5, contract §3]
struct PathMatch {
    DialectId dialect = DialectId::OpenAiChat;
    Endpoint endpoint = Endpoint::Other; // also of what is known by name and not served
    bool isKnown
        = false; // false: 404 no_such_path, in the SDK's shape unless the path shows another
    bool isMethodAllowed = true; // false: 405 with `allow`
    QByteArray allow;
    QByteArray model; // where the path names it (Models: a single model)
    bool isStream = false; // Gemini: the path says it, not the body
    bool isBatch = false; // Gemini: embeddings for several texts at once
    // What passes as it comes, in both directions: its path below a provider's base, else empty.
    QByteArray passPath;
    QByteArray item; // the id that the path names
    bool takesForm = false; // multipart/form-data is a body here
    Charge charge = Charge::Counted;

    bool isPassed() const { return !passPath.isEmpty(); }
    bool isKept() const { return isPassed() && sb::isKept(endpoint); }
};
// `sdk`: the API whose SDK the client's headers name; it decides what one path means to all of them
// (/v1/models), and the envelope of an unknown one. Doubled, missing and trailing "/v1" are taken
// kindly. [clients §2]
PathMatch matchPath(QByteArrayView method, QByteArrayView path, DialectId sdk);

// What the body says, found by one scan; spans point into the body given.
struct RequestFacts {
    DialectId dialect = DialectId::OpenAiChat;
    Endpoint endpoint = Endpoint::Generate;
    RequestKind kind = RequestKind::Plain;
    QString model;
    QList<QString> models; // OpenAI `models`, Anthropic `fallbacks`
    bool isStream = false;
    bool asksUsage = false; // Chat: stream_options.include_usage was true
    bool hasTools = false;
    bool hasImages = false;
    bool hasSchema = false; // the answer is to follow a JSON Schema
    qint64 maxTokens = 0; // 0 = not given
    bool isOutputBounded = false; // the client gave a number that bounds the output
    Span emptyMaxTokens; // value of a max-tokens member that bounds nothing; length 0 = absent
    int choices = 1; // `n`
    qint64 promptTokens = 0; // estimate: characters of the prompt / 3, rounded up
    qint64 messages = 0;
    Span modelValue; // with its quotes; length 0 = absent
    Span modelsMember; // the whole member with one adjoining comma; length 0 = absent
    Span streamOptionsValue; // length 0 = absent
    Span optionsObject; // Ollama: where `num_predict` belongs; length 0 = absent
    Span configValue; // Gemini: generationConfig, an object; length 0 = absent
    QList<Span> itemModels; // Gemini: each "model" of embeddings and counts, with its quotes
    Span bodyObject; // from "{" to "}"
    Span formDelimiter; // of a multipart body, "--" and the boundary; length 0 = JSON
    bool isStored = false; // Responses: the provider keeps the answer, to be asked for by its id
    QByteArray previousAnswer; // Responses: the id of the answer that this one goes on from
    // Members that ask for routing, another address or another key ("provider", "route",
    // "base_url"): the gateway refuses them unless every target is one that understands them.
    QList<QByteArray> routingFields;
};

// The body is UTF-8 JSON with an object on top, structure and depth (256) checked. Errors carry a
// contract code as `code`: bad_json, duplicate_key, bad_request, not_supported; `detail` is a
// sentence for the client. The body's allocation must have 64 bytes of room behind its end.
Result<RequestFacts> readRequest(DialectId dialect, Endpoint endpoint, const QByteArray &body);

// The body for a provider of the same dialect: model replaced, `models`/`fallbacks` removed, and
// for a Chat stream `stream_options.include_usage` set true. Parts share `body`, which must outlive
// them. `outputBound`: where the client gave none and a cap needs one; 0 = leave it out. Its member
// is `max_tokens`, or `max_completion_tokens` where the provider takes no other. Gemini's body
// names no model: only the bound changes it.
struct OutputBound {
    qint64 tokens = 0;
    bool isCompletionName = false;
};
QList<QByteArray> renderRequest(const RequestFacts &facts, const QByteArray &body,
                                QByteArrayView model, const OutputBound &outputBound = {});

// ---- Replies -----------------------------------------------------------------------------------

// Finish reasons in words all dialects share.
enum class Finish : quint8 { None, Stop, Length, ToolCalls, Filtered, Pause, Error };

// An error a provider reported, in whatever shape. [dialects §9.1]
struct ProviderError {
    AttemptOutcome outcome = AttemptOutcome::ServerError; // by status, type, code and text
    int status = 0; // the HTTP status, or the one the object means when it came inside a 200
    QByteArray message; // its own text, first 400 characters of valid UTF-8
    QByteArray type;
    QByteArray code;
    Millis hint{-1}; // only hints found in the body (Gemini RetryInfo)
};
// For a reply whose status is not 2xx.
ProviderError readError(DialectId dialect, int status, QByteArrayView contentType,
                        QByteArrayView body);

// A complete non-stream 2xx reply.
struct ReplyFacts {
    // Served, or why it is not an answer: ErrorInStream-class outcomes as ProviderError in `error`,
    // EmptyCompletion, BadReply, BodyShort.
    AttemptOutcome outcome = AttemptOutcome::Served;
    std::optional<ProviderError> error;
    Usage usage; // source None when the reply has none
    Finish finish = Finish::None;
    QByteArray model;
    QByteArray answerId; // Responses: what the provider keeps it under
    qint64 contentChars = 0; // text, reasoning and tool arguments, for estimates
    bool isBadToolJson = false;
};
ReplyFacts readReply(DialectId dialect, Endpoint endpoint, QByteArrayView contentType,
                     QByteArrayView body);

// What one feed of stream bytes means. Events are whole: a part of one waits inside the reader.
struct StreamStep {
    // Events for the client, byte-identical, in order. Valid until the next call and while the
    // bytes fed last are: it may point into them.
    QByteArrayView forward;
    bool hasContent
        = false; // `forward` has a content event (text, reasoning, tool call, audio, image)
    // The dialect's terminal was in this step; later bytes are dropped. Ask isWhole() too: a
    // "[DONE]" without a finish reason is a terminal that is kept out of `forward`, since the
    // stream is cut.
    bool isTerminal = false;
    bool isBroken = false; // an event that cannot be parsed or is over its limit (row 26)
    std::optional<ProviderError> error; // an error event; it and what follows is not in `forward`
};

class StreamReader {
public:
    virtual ~StreamReader() = default;
    virtual StreamStep feed(QByteArrayView bytes) = 0;
    // The body ended by its framing (isUnframed: by FIN only). A last event without its blank line
    // counts. True in `isTerminal` only if the stream is whole by the dialect's strict rule.
    virtual StreamStep finish(bool isUnframed) = 0;

    const Usage &usage() const { return m_usage; } // last one wins; source None until one came
    Finish finishReason() const { return m_finish; }
    const QByteArray &model() const { return m_model; }
    const QByteArray &answerId() const { return m_answerId; } // Responses: what it is kept under
    qint64 contentChars() const { return m_contentChars; } // for estimates
    bool hasContent() const { return m_hasContent; }
    bool isWhole() const { return m_isWhole; }
    bool isBadToolJson() const { return m_isBadToolJson; }
    // Row 19, asked after the terminal: no content, and no end reason or no output token. A refusal
    // and a paused turn are answers; so is Anthropic's `max_tokens: 0`, which only warms a cache.
    bool isEmpty() const
    {
        return !m_hasContent && !m_isEmptyAnswer
            && (m_finish == Finish::None || m_usage.completion() <= 0);
    }

protected:
    Usage m_usage;
    Finish m_finish = Finish::None;
    QByteArray m_model;
    QByteArray m_answerId;
    qint64 m_contentChars = 0;
    bool m_hasContent = false;
    bool m_isWhole = false;
    bool m_isBadToolJson = false;
    bool m_isEmptyAnswer = false; // the end reason explains why there is no content
};

struct StreamOptions {
    bool stripsUsage = false; // Chat: the client did not ask for the usage chunk we asked for
    qsizetype eventLimit = 8 * 1024 * 1024;
};
std::unique_ptr<StreamReader> makeStreamReader(DialectId dialect, const StreamOptions &options);

// ---- What we say ourselves ---------------------------------------------------------------------

// An error as a client shall see it.
struct ClientError {
    Code code = Code::None;
    int status = 500; // already chosen for the dialect (503 ↔ 529)
    QByteArray message; // one sentence; a provider's own words are quoted in it
    QByteArray type; // kept from the provider where it is of the same dialect, else empty
    QByteArray param; // the member of the request at fault; empty = none
    QByteArray providerCode; // the provider's own `code`, where the client's dialect is the same
    ExchangeId id;
};
QByteArray errorBody(DialectId dialect, const ClientError &error);
// The whole in-band signal after content: goes out, then the body ends properly. [robustness §4]
QByteArray streamError(DialectId dialect, const ClientError &error);

// Our own start of a stream when the provider takes longer than commitGrace; empty where the
// dialect has none that is safe. [robustness §2]
QByteArray preamble(DialectId dialect, const ExchangeId &id, QByteArrayView model,
                    qint64 createdSeconds);
QByteArray keepAlive(DialectId dialect);
QByteArrayView streamContentType(DialectId dialect);
// The provider's events after our own preamble: its start events (role chunk, message_start) are
// dropped from `step.forward` so that the client sees one start. Same lifetime as `forward`.
QByteArray withoutStart(DialectId dialect, QByteArrayView events);

struct ModelEntry {
    QByteArray id;
    QByteArray label;
    qint64 createdSeconds = 0;
};
// GET /v1/models (and /{id} with `single`) in the dialect's shape.
QByteArray modelsBody(DialectId dialect, const QList<ModelEntry> &entries);
QByteArray modelBody(DialectId dialect, const ModelEntry &entry);

} // namespace sb::dialect
