// Each dialect to and from the neutral conversation: requests, replies, streams and errors. Pure
// functions and small state machines over bytes; no sockets, no clock, no configuration.
// [translation]
//
// Same dialect in and out does not come here: its bytes pass through (dialect/dialect.h).
#pragma once

#include "chat/capabilities.h"
#include "chat/changes.h"
#include "chat/collector.h"
#include "chat/event.h"
#include "chat/names.h"
#include "chat/request.h"
#include "dialect/dialect.h"

#include <memory>
#include <vector>

namespace sb::translate {

// What stands around the body and matters to it.
struct RequestHead {
    QByteArray path; // Gemini: names the model and the method; Ollama: chat or generate
    QByteArray query; // Gemini: alt=sse
    QByteArray betas; // Anthropic: the anthropic-beta field, comma separated
    QByteArray version; // Anthropic: anthropic-version
};

// What an answer needs to know of the request it answers, made by encodeRequest.
struct ReplyMap {
    chat::NameTable names; // the client's own tool names
    // The tool that stands for structured output: its arguments are the answer's text and its
    // ToolCalls finish is Stop. Empty = none. [translation §10]
    QByteArray outputTool;
};

// A request for a provider. Authentication, host and base path are the gateway's.
struct WireRequest {
    QByteArray body; // owns its bytes
    QByteArray path; // below the provider's base: "chat/completions", "models/x:generateContent"
    QByteArray query; // "alt=sse"; may be empty
    std::vector<std::pair<QByteArray, QByteArray>> fields; // "anthropic-beta", …
    std::shared_ptr<const ReplyMap> map; // may be null
};

// How to read a provider.
struct DecodeOptions {
    chat::Capabilities can;
    chat::Origin origin; // put on every artifact
    std::shared_ptr<const ReplyMap> map; // may be null
    qsizetype eventLimit = 8 * 1024 * 1024; // bytes of one event; over it the stream is broken
};

// How to write to a client.
struct EncodeOptions {
    QByteArray model; // as the client wrote it
    bool asksUsage = false; // Chat: the usage chunk
    bool isLegacyFunctions = false; // Chat: function_call
    bool showsReasoning = true; // Gemini includeThoughts, Ollama think
    std::vector<chat::Tool> tools; // the client's own: custom tools, namespaces
    QByteArray echoRaw; // Responses: members of the request the answer repeats, one raw object
    chat::Origin origin; // of who answers: sealed into artifacts for clients of another dialect
    ExchangeId id; // ids of answer and items are made from it where the provider gives none
    QByteArray path; // Ollama: chat or generate; Gemini: SSE or array streaming
    QByteArray query;
    qint64 createdSeconds = 0; // since 1970; ours, for providers that say none
    qint64 promptTokens = 0; // estimate, for Anthropic's message_start
};

// The bytes of a provider's stream in, events out. Bytes may be split anywhere.
class StreamDecoder {
public:
    virtual ~StreamDecoder() = default;
    // Gives whole events only; what is left over waits inside. After End it does nothing.
    virtual void feed(QByteArrayView bytes, chat::EventSink &sink) = 0;
    // The body ended by its framing (isUnframed: by FIN only). Always gives End if none came:
    // clean only if the stream is whole by the dialect's rule.
    virtual void finish(bool isUnframed, chat::EventSink &sink) = 0;
};

// Events in, bytes for a client out. The base keeps what all dialects owe: one start, one terminal,
// nothing after it, the last usage at hand when the finish comes, broken ends said as errors.
class StreamEncoder : public chat::EventSink {
public:
    virtual ~StreamEncoder() = default;

    void event(const chat::Event &event) final;
    // Our own preamble, before the provider said anything. The Start that comes later is dropped.
    void preamble();
    void keepAlive(); // nothing where the dialect has no safe one, and after the terminal
    // The in-band error, then nothing more. For failures the gateway words itself.
    void fail(const dialect::ClientError &error);

    // What was written since the last call.
    QByteArray take() { return std::exchange(m_out, {}); }
    const QByteArray &out() const { return m_out; }
    bool isEnded() const { return m_isEnded; }
    // A terminal that means success was written.
    bool isFinished() const { return m_isFinished; }
    // Something a user would see was written.
    bool hasContent() const { return m_hasContent; }
    // usage.cost, a JSON number; set before Finish, where the dialect shows one.
    void setCost(QByteArray number) { m_cost = std::move(number); }
    // Where the preamble went out before it was known who answers.
    void setOrigin(chat::Origin origin) { m_options.origin = std::move(origin); }

protected:
    explicit StreamEncoder(DialectId dialect, EncodeOptions options);

    // `start` has the id, model and time to use; the client's model name stands in options().
    virtual void writeStart(const chat::Event &start) = 0;
    virtual void writeOpen(const chat::Event &open) = 0;
    virtual void writeDelta(const chat::Event &delta) = 0;
    virtual void writeClose(const chat::Event &close) = 0;
    virtual void writeUsage(const Usage &) { } // where a dialect shows it before the end
    // The terminal, with usage; all parts are closed.
    virtual void writeFinish(const chat::Event &finish, const Usage &usage) = 0;
    virtual void writeKeepAlive();
    // Default: dialect::streamError.
    virtual void writeError(const dialect::ClientError &error);

    const EncodeOptions &options() const { return m_options; }
    const QByteArray &cost() const { return m_cost; }
    QByteArray m_out;

private:
    void ensureStarted();

    DialectId m_dialect;
    EncodeOptions m_options;
    Usage m_usage;
    QByteArray m_cost;
    bool m_isStarted = false;
    bool m_isEnded = false;
    bool m_isFinished = false;
    bool m_hasContent = false;
};

// One per dialect, in its folder.
struct Translator {
    DialectId dialect;

    // The request refers to `body` and keeps it. What the neutral model cannot hold is rejected or
    // noted in `changes`; when that is rejected the request is of no use.
    chat::Request (*decodeRequest)(const RequestHead &head, const QByteArray &body,
                                   chat::Changes &changes);
    // Repairs the history (chat/repair.h) and writes it for the target. Takes the request, so a
    // caller that may need it again copies it, which shares all bytes.
    WireRequest (*encodeRequest)(chat::Request request, const chat::Target &target,
                                 chat::Changes &changes);

    // A whole 2xx body; `fault` is set when it is no answer (an error inside, not JSON, empty).
    chat::Reply (*decodeReply)(const QByteArray &body, const DecodeOptions &options);
    // `cost`: JSON number for usage.cost, or empty.
    QByteArray (*encodeReply)(const chat::Reply &reply, const EncodeOptions &options,
                              QByteArrayView cost);

    std::unique_ptr<StreamDecoder> (*makeDecoder)(const DecodeOptions &options);
    std::unique_ptr<StreamEncoder> (*makeEncoder)(const EncodeOptions &options);

    // Of a client's stream: "text/event-stream", "application/x-ndjson", "application/json".
    QByteArrayView (*streamContentType)(const EncodeOptions &options);
};

// nullptr: the dialect has no translator.
const Translator *translatorFor(DialectId dialect);

// ---- Errors ------------------------------------------------------------------------------------

// A provider's error reply, in whatever shape (dialect::readError reads them all).
chat::Fault decodeError(DialectId dialect, int status, QByteArrayView contentType,
                        QByteArrayView body);
chat::Fault toFault(const dialect::ProviderError &error, QByteArrayView raw);
// As a client of `dialect` shall see it, status and code chosen for it. The gateway words its own
// failures itself; this is for what came through a translation. [translation §17, dialects §9]
dialect::ClientError toClientError(const chat::Fault &fault, DialectId dialect,
                                   const ExchangeId &id);
dialect::ClientError toClientError(const chat::Rejection &rejection, const ExchangeId &id);
// The body of a client's error: dialect::errorBody.

// ---- Bridges -----------------------------------------------------------------------------------

// A stream read to its end as a whole reply, and a whole reply written as a stream.
chat::Reply collect(StreamDecoder &decoder, QByteArrayView bytes, bool isUnframed = false);
QByteArray stream(const chat::Reply &reply, StreamEncoder &encoder);

} // namespace sb::translate
