#include "sim/answer.h"

#include "base/random.h"
#include "sim/simulator.h"
#include "sim/translated.h"
#include "json/writer.h"

namespace sb::sim {

namespace {

const char *const vocabulary[]
    = {"The",    "signal", "at",    "the",     "junction", "shows", "clear,", "so",
       "this",   "train",  "takes", "the",     "main",     "line",  "while",  "another",
       "waits",  "behind", "the",   "points.", "Every",    "route", "is",     "set",
       "before", "a",      "wheel", "turns,",  "and",      "each",  "move",   "is",
       "noted",  "in",     "the",   "book.",   "When",     "a",     "lamp",   "fails,",
       "the",    "next",   "one",   "answers", "at",       "once."};
constexpr int kVocabulary = int(sizeof vocabulary / sizeof *vocabulary);
constexpr int kArgumentPiece = 12; // bytes of tool arguments per event
constexpr int kTokensPerCall = 8;

const char *const modelIds[] = {"sim-large", "sim-small"};
constexpr qint64 kModelCreated = 1'760'000'000;

QList<QByteArray> splitWords(QByteArrayView text)
{
    QList<QByteArray> words;
    qsizetype from = 0;
    for (qsizetype i = 1; i < text.size(); ++i) {
        if (text[i] == ' ' && text[i - 1] != ' ') {
            words.append(text.sliced(from, i - from).toByteArray());
            from = i;
        }
    }
    if (from < text.size())
        words.append(text.sliced(from).toByteArray());
    return words;
}

// At most kArgumentPiece bytes each, never inside a UTF-8 sequence.
QList<QByteArray> splitArguments(QByteArrayView text)
{
    QList<QByteArray> pieces;
    while (!text.isEmpty()) {
        qsizetype size = qMin<qsizetype>(kArgumentPiece, text.size());
        while (size < text.size() && (uchar(text[size]) & 0xC0) == 0x80)
            ++size;
        pieces.append(text.first(size).toByteArray());
        text = text.sliced(size);
    }
    return pieces;
}

QByteArray joined(const Answer &answer)
{
    return answer.tokens.join();
}

QByteArrayView chatFinish(const Answer &answer)
{
    return answer.isCutShort ? "length" : answer.calls.isEmpty() ? "stop" : "tool_calls";
}

QByteArrayView anthropicStop(const Answer &answer)
{
    return answer.isCutShort ? "max_tokens" : answer.calls.isEmpty() ? "end_turn" : "tool_use";
}

QByteArray callId(Shape shape, const Answer &answer, qsizetype index)
{
    return (shape == Shape::OpenAi ? "call_" : "toolu_")
        + answer.id.sliced(answer.id.indexOf('-') + 1).right(12) + '_' + QByteArray::number(index);
}

void chatUsage(json::Writer &out, const Answer &answer)
{
    out.key("usage").beginObject();
    out.member("prompt_tokens", answer.promptTokens);
    out.member("completion_tokens", answer.outputTokens);
    out.member("total_tokens", answer.promptTokens + answer.outputTokens);
    out.key("prompt_tokens_details").beginObject().member("cached_tokens", 0).endObject();
    out.key("completion_tokens_details").beginObject().member("reasoning_tokens", 0).endObject();
    out.endObject();
}

void anthropicUsage(json::Writer &out, qint64 input, qint64 output)
{
    out.key("usage").beginObject();
    out.member("input_tokens", input);
    out.member("cache_creation_input_tokens", 0);
    out.member("cache_read_input_tokens", 0);
    out.member("output_tokens", output);
    out.member("service_tier", "standard");
    out.endObject();
}

// One Chat chunk; `fill` writes the delta's members.
template <typename Fill>
Event chatChunk(const Answer &answer, bool withUsage, bool isContent, QByteArrayView finish,
                Fill &&fill)
{
    json::Writer out;
    out.beginObject();
    out.member("id", answer.id);
    out.member("object", "chat.completion.chunk");
    out.member("created", answer.created);
    out.member("model", answer.model);
    out.key("choices").beginArray().beginObject();
    out.member("index", 0);
    out.key("delta").beginObject();
    fill(out);
    out.endObject();
    out.member("logprobs", nullptr);
    out.key("finish_reason");
    if (finish.isEmpty())
        out.null();
    else
        out.string(finish);
    out.endObject().endArray();
    if (withUsage)
        out.member("usage", nullptr);
    out.endObject();
    return {"data: " + out.take() + "\n\n", isContent};
}

QList<Event> chatEvents(const Answer &answer, bool withUsage)
{
    QList<Event> events;
    events.append(chatChunk(answer, withUsage, false, {}, [](json::Writer &out) {
        out.member("role", "assistant").member("content", "").member("refusal", nullptr);
    }));
    for (const QByteArray &token : answer.tokens)
        events.append(chatChunk(answer, withUsage, true, {},
                                [&](json::Writer &out) { out.member("content", token); }));
    for (qsizetype i = 0; i < answer.calls.size(); ++i) {
        const ToolCall &call = answer.calls[i];
        events.append(chatChunk(answer, withUsage, true, {}, [&](json::Writer &out) {
            out.key("tool_calls").beginArray().beginObject();
            out.member("index", i)
                .member("id", callId(Shape::OpenAi, answer, i))
                .member("type", "function");
            out.key("function")
                .beginObject()
                .member("name", call.name)
                .member("arguments", "")
                .endObject();
            out.endObject().endArray();
        }));
        for (const QByteArray &piece : splitArguments(call.arguments)) {
            events.append(chatChunk(answer, withUsage, true, {}, [&](json::Writer &out) {
                out.key("tool_calls").beginArray().beginObject().member("index", i);
                out.key("function").beginObject().member("arguments", piece).endObject();
                out.endObject().endArray();
            }));
        }
    }
    if (answer.hasEndReason)
        events.append(
            chatChunk(answer, withUsage, false, chatFinish(answer), [](json::Writer &) {}));
    if (withUsage) {
        json::Writer out;
        out.beginObject();
        out.member("id", answer.id);
        out.member("object", "chat.completion.chunk");
        out.member("created", answer.created);
        out.member("model", answer.model);
        out.key("choices").beginArray().endArray();
        chatUsage(out, answer);
        out.endObject();
        events.append({"data: " + out.take() + "\n\n", false});
    }
    events.append({"data: [DONE]\n\n", false});
    return events;
}

QByteArray chatBody(const Answer &answer)
{
    json::Writer out;
    out.beginObject();
    out.member("id", answer.id);
    out.member("object", "chat.completion");
    out.member("created", answer.created);
    out.member("model", answer.model);
    out.key("choices").beginArray().beginObject();
    out.member("index", 0);
    out.key("message").beginObject();
    out.member("role", "assistant");
    if (answer.tokens.isEmpty() && !answer.calls.isEmpty())
        out.member("content", nullptr);
    else
        out.member("content", joined(answer));
    if (!answer.calls.isEmpty()) {
        out.key("tool_calls").beginArray();
        for (qsizetype i = 0; i < answer.calls.size(); ++i) {
            out.beginObject()
                .member("id", callId(Shape::OpenAi, answer, i))
                .member("type", "function");
            out.key("function").beginObject();
            out.member("name", answer.calls[i].name).member("arguments", answer.calls[i].arguments);
            out.endObject().endObject();
        }
        out.endArray();
    }
    out.member("refusal", nullptr);
    out.key("annotations").beginArray().endArray();
    out.endObject();
    out.member("logprobs", nullptr);
    out.key("finish_reason");
    if (answer.hasEndReason)
        out.string(chatFinish(answer));
    else
        out.null();
    out.endObject().endArray();
    chatUsage(out, answer);
    out.member("service_tier", "default");
    out.endObject();
    return out.take();
}

Event anthropicEvent(QByteArrayView name, json::Writer &out, bool isContent = false)
{
    return {"event: " + name.toByteArray() + "\ndata: " + out.take() + "\n\n", isContent};
}

template <typename Fill> Event anthropicDelta(qsizetype index, Fill &&fill)
{
    json::Writer out;
    out.beginObject()
        .member("type", "content_block_delta")
        .member("index", index)
        .key("delta")
        .beginObject();
    fill(out);
    out.endObject().endObject();
    return anthropicEvent("content_block_delta", out, true);
}

Event anthropicStop(qsizetype index)
{
    json::Writer out;
    out.beginObject().member("type", "content_block_stop").member("index", index).endObject();
    return anthropicEvent("content_block_stop", out);
}

QList<Event> anthropicEvents(const Answer &answer)
{
    QList<Event> events;
    json::Writer out;
    out.beginObject().member("type", "message_start").key("message").beginObject();
    out.member("id", answer.id)
        .member("type", "message")
        .member("role", "assistant")
        .member("model", answer.model);
    out.key("content").beginArray().endArray();
    out.member("stop_reason", nullptr).member("stop_sequence", nullptr);
    anthropicUsage(out, answer.promptTokens, qMin<qint64>(answer.outputTokens, 1));
    out.endObject().endObject();
    events.append(anthropicEvent("message_start", out));

    qsizetype index = 0;
    if (!answer.tokens.isEmpty()) {
        out.beginObject().member("type", "content_block_start").member("index", index);
        out.key("content_block")
            .beginObject()
            .member("type", "text")
            .member("text", "")
            .endObject()
            .endObject();
        events.append(anthropicEvent("content_block_start", out));
        events.append({pingEvent(Shape::Anthropic), false});
        for (const QByteArray &token : answer.tokens)
            events.append(anthropicDelta(index, [&](json::Writer &delta) {
                delta.member("type", "text_delta").member("text", token);
            }));
        events.append(anthropicStop(index++));
    }
    for (qsizetype i = 0; i < answer.calls.size(); ++i) {
        out.beginObject().member("type", "content_block_start").member("index", index);
        out.key("content_block").beginObject().member("type", "tool_use");
        out.member("id", callId(Shape::Anthropic, answer, i)).member("name", answer.calls[i].name);
        out.key("input").beginObject().endObject().endObject().endObject();
        events.append(anthropicEvent("content_block_start", out, true));
        QList<QByteArray> pieces = splitArguments(answer.calls[i].arguments);
        pieces.prepend(QByteArray(""));
        for (const QByteArray &piece : pieces)
            events.append(anthropicDelta(index, [&](json::Writer &delta) {
                delta.member("type", "input_json_delta").member("partial_json", piece);
            }));
        events.append(anthropicStop(index++));
    }
    if (answer.hasEndReason) {
        out.beginObject().member("type", "message_delta").key("delta").beginObject();
        out.member("stop_reason", anthropicStop(answer))
            .member("stop_sequence", nullptr)
            .endObject();
        out.key("usage")
            .beginObject()
            .member("output_tokens", answer.outputTokens)
            .endObject()
            .endObject();
        events.append(anthropicEvent("message_delta", out));
    }
    out.beginObject().member("type", "message_stop").endObject();
    events.append(anthropicEvent("message_stop", out));
    return events;
}

QByteArray anthropicBody(const Answer &answer)
{
    json::Writer out;
    out.beginObject();
    out.member("id", answer.id)
        .member("type", "message")
        .member("role", "assistant")
        .member("model", answer.model);
    out.key("content").beginArray();
    if (!answer.tokens.isEmpty())
        out.beginObject().member("type", "text").member("text", joined(answer)).endObject();
    for (qsizetype i = 0; i < answer.calls.size(); ++i) {
        const QByteArray &arguments = answer.calls[i].arguments;
        out.beginObject()
            .member("type", "tool_use")
            .member("id", callId(Shape::Anthropic, answer, i));
        out.member("name", answer.calls[i].name)
            .key("input")
            .raw(arguments.isEmpty() ? QByteArrayView("{}") : arguments);
        out.endObject();
    }
    out.endArray();
    out.key("stop_reason");
    if (answer.hasEndReason)
        out.string(anthropicStop(answer));
    else
        out.null();
    out.member("stop_sequence", nullptr);
    anthropicUsage(out, answer.promptTokens, answer.outputTokens);
    out.endObject();
    return out.take();
}

// [dialects §9.2]
QByteArrayView errorType(Shape shape, int status)
{
    const bool isAnthropic = shape == Shape::Anthropic;
    switch (status) {
    case 401:
        return isAnthropic ? "authentication_error" : "invalid_request_error";
    case 402:
        return isAnthropic ? "billing_error" : "insufficient_quota";
    case 403:
        return "permission_error";
    case 404:
        return isAnthropic ? "not_found_error" : "invalid_request_error";
    case 408:
    case 504:
        return isAnthropic ? "timeout_error" : "timeout";
    case 409:
        return "conflict_error";
    case 413:
        return isAnthropic ? "request_too_large" : "invalid_request_error";
    case 429:
        return "rate_limit_error";
    case 503:
    case 529:
        return isAnthropic ? "overloaded_error" : "server_error";
    default:
        break;
    }
    if (status >= 500)
        return isAnthropic ? "api_error" : "server_error";
    return "invalid_request_error";
}

QByteArrayView errorCode(int status)
{
    switch (status) {
    case 401:
        return "invalid_api_key";
    case 402:
        return "insufficient_quota";
    case 404:
        return "model_not_found";
    case 429:
        return "rate_limit_exceeded";
    case 503:
    case 529:
        return "overloaded";
    default:
        return {};
    }
}

void errorObject(json::Writer &out, Shape shape, int status, QByteArrayView message)
{
    out.key("error").beginObject();
    if (shape == Shape::Anthropic) {
        out.member("type", errorType(shape, status)).member("message", message);
    } else {
        out.member("message", message)
            .member("type", errorType(shape, status))
            .member("param", nullptr);
        const QByteArrayView code = errorCode(status);
        out.key("code");
        if (code.isEmpty())
            out.null();
        else
            out.string(code);
    }
    out.endObject();
}

} // namespace

Answer makeAnswer(const Ask &ask, const Script &script, Random &random, quint64 number,
                  qint64 createdSeconds)
{
    Answer answer;
    answer.id = (ask.shape == Shape::OpenAi          ? "chatcmpl-sim"
                     : ask.shape == Shape::Responses ? "resp_sim"
                                                     : "msg_sim")
        + QByteArray::number(createdSeconds, 36)
        + QByteArray::number(number, 36).rightJustified(8, '0');
    answer.model = ask.model;
    answer.created = createdSeconds;
    answer.promptTokens = ask.promptTokens;
    answer.calls = ask.calls;

    if (!ask.calls.isEmpty()) {
        for (const ToolCall &call : ask.calls)
            answer.outputTokens += kTokensPerCall + (call.arguments.size() + 3) / 4;
        return answer;
    }
    if (ask.say) {
        answer.tokens = splitWords(*ask.say);
    } else if (ask.toolResult) {
        answer.tokens = splitWords(QByteArray("DONE: " + *ask.toolResult));
    } else if (ask.words >= 0) {
        for (int i = 0; i < ask.words; ++i)
            answer.tokens.append((i ? " word" : "word") + QByteArray::number(i));
    } else if (script.tokens == 0) {
        QByteArray text = "ECHO: " + ask.text;
        for (const QByteArray &image : ask.images)
            text += " IMAGE:" + image;
        answer.tokens = splitWords(text);
    } else {
        const int third = script.tokens / 3;
        const int count
            = qMax(1, script.tokens - third + int(random.below(quint64(2 * third + 1))));
        for (int i = 0; i < count; ++i)
            answer.tokens.append((i ? " " : "") + QByteArray(vocabulary[i % kVocabulary]));
    }
    if (ask.maxTokens > 0 && answer.tokens.size() > ask.maxTokens) {
        answer.tokens.resize(qsizetype(ask.maxTokens));
        answer.isCutShort = true;
    }
    answer.outputTokens = answer.tokens.size();
    return answer;
}

QByteArray replyBody(const Ask &ask, const Answer &answer)
{
    switch (ask.shape) {
    case Shape::OpenAi:
        return chatBody(answer);
    case Shape::Anthropic:
        return anthropicBody(answer);
    default:
        return translatedBody(ask, answer);
    }
}

QList<Event> replyEvents(const Ask &ask, const Answer &answer)
{
    switch (ask.shape) {
    case Shape::OpenAi:
        return chatEvents(answer, ask.wantsUsage);
    case Shape::Anthropic:
        return anthropicEvents(answer);
    default:
        return translatedEvents(ask, answer);
    }
}

QByteArrayView streamType(const Ask &ask)
{
    return ask.shape == Shape::OpenAi || ask.shape == Shape::Anthropic
        ? QByteArrayView("text/event-stream; charset=utf-8")
        : translatedStreamType(ask);
}

QByteArray pingEvent(Shape shape)
{
    switch (shape) {
    case Shape::Anthropic:
        return QByteArrayLiteral("event: ping\ndata: {\"type\":\"ping\"}\n\n");
    case Shape::Ollama:
        return QByteArrayLiteral("\n"); // an empty line says nothing
    default:
        return QByteArrayLiteral(": ping\n\n");
    }
}

QByteArray errorBody(Shape shape, int status, QByteArrayView message, QByteArrayView id)
{
    if (shape == Shape::Gemini || shape == Shape::Ollama)
        return translatedError(shape, status, message);
    json::Writer out;
    out.beginObject();
    if (shape == Shape::Anthropic)
        out.member("type", "error");
    errorObject(out, shape, status, message);
    if (shape == Shape::Anthropic)
        out.member("request_id", id);
    out.endObject();
    return out.take();
}

Event errorEvent(Shape shape, int status, QByteArrayView message)
{
    if (shape != Shape::OpenAi && shape != Shape::Anthropic)
        return translatedErrorEvent(shape, status, message);
    json::Writer out;
    out.beginObject();
    if (shape == Shape::Anthropic)
        out.member("type", "error");
    errorObject(out, shape, status, message);
    out.endObject();
    if (shape == Shape::Anthropic)
        return anthropicEvent("error", out);
    return {"data: " + out.take() + "\n\n", false};
}

QByteArray modelListBody(Shape shape)
{
    QList<dialect::ModelEntry> entries;
    for (const char *id : modelIds)
        entries.append({id, id, kModelCreated});
    return dialect::modelsBody(dialectOf(shape), entries);
}

QByteArray modelBody(Shape shape, QByteArrayView model)
{
    return dialect::modelBody(dialectOf(shape),
                              {model.toByteArray(), model.toByteArray(), kModelCreated});
}

QByteArray tokenCountBody(Shape shape, qint64 tokens)
{
    json::Writer out;
    out.beginObject()
        .member(shape == Shape::Gemini ? "totalTokens" : "input_tokens", tokens)
        .endObject();
    return out.take();
}

QByteArray versionBody()
{
    return QByteArrayLiteral("{\"version\":\"0.12.0\"}");
}

} // namespace sb::sim
