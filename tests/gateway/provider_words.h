// What providers of each dialect say and what clients of each dialect ask: small and hand-written,
// in the form of the recordings.
#pragma once

#include "record/exchange.h"

#include <QByteArray>
#include <QList>

namespace sb::gateway {

constexpr DialectId kAllDialects[]{DialectId::OpenAiChat, DialectId::OpenAiResponses,
                                   DialectId::Anthropic, DialectId::Gemini, DialectId::Ollama};

// ---- Requests of clients -----------------------------------------------------------------------

inline QByteArray pathOf(DialectId dialect, bool isStream)
{
    switch (dialect) {
    case DialectId::OpenAiChat:
        return "/v1/chat/completions";
    case DialectId::OpenAiResponses:
        return "/v1/responses";
    case DialectId::Anthropic:
        return "/v1/messages";
    case DialectId::Gemini:
        return isStream ? "/v1beta/models/c:streamGenerateContent"
                        : "/v1beta/models/c:generateContent";
    case DialectId::Ollama:
        return "/api/chat";
    }
    return {};
}

// `further`: members for the top level, with a comma in front of each.
inline QByteArray askOf(DialectId dialect, bool isStream, const QByteArray &further = {},
                        bool hasTools = false)
{
    const QByteArray stream = isStream ? "true" : "false";
    const QByteArray schema
        = R"({"type":"object","properties":{"city":{"type":"string"}},"required":["city"]})";
    switch (dialect) {
    case DialectId::OpenAiChat:
        return R"({"model":"c","stream":)" + stream
            + R"(,"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"hello there"}])"
            + (hasTools
                   ? R"(,"tools":[{"type":"function","function":{"name":"get_weather","parameters":)"
                       + schema + "}}]"
                   : QByteArray())
            + further + '}';
    case DialectId::OpenAiResponses:
        return R"({"model":"c","store":false,"stream":)" + stream
            + R"(,"instructions":"Be brief.","input":"hello there")"
            + (hasTools ? R"(,"tools":[{"type":"function","name":"get_weather","parameters":)"
                       + schema + "}]"
                        : QByteArray())
            + further + '}';
    case DialectId::Anthropic:
        return R"({"model":"c","max_tokens":100,"stream":)" + stream
            + R"(,"system":"Be brief.","messages":[{"role":"user","content":"hello there"}])"
            + (hasTools ? R"(,"tools":[{"name":"get_weather","input_schema":)" + schema + "}]"
                        : QByteArray())
            + further + '}';
    case DialectId::Gemini:
        return R"({"systemInstruction":{"parts":[{"text":"Be brief."}]},"contents":[{"role":"user","parts":[{"text":"hello there"}]}])"
            + (hasTools
                   ? R"(,"tools":[{"functionDeclarations":[{"name":"get_weather","parameters":)"
                       + schema + "}]}]"
                   : QByteArray())
            + further + '}';
    case DialectId::Ollama:
        return R"({"model":"c","stream":)" + stream
            + R"(,"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"hello there"}])"
            + (hasTools
                   ? R"(,"tools":[{"type":"function","function":{"name":"get_weather","parameters":)"
                       + schema + "}}]"
                   : QByteArray())
            + further + '}';
    }
    return {};
}

// ---- Words of providers ------------------------------------------------------------------------

inline QByteArray sse(const char *name, const QByteArray &data)
{
    return (name ? "event: " + QByteArray(name) + '\n' : QByteArray()) + "data: " + data + "\n\n";
}

// "hello", 11 tokens in and 5 out.
inline QByteArray wholeOf(DialectId dialect)
{
    switch (dialect) {
    case DialectId::OpenAiChat:
        return R"({"id":"x1","object":"chat.completion","created":1764000000,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":11,"completion_tokens":5,"total_tokens":16}})";
    case DialectId::OpenAiResponses:
        return R"({"id":"resp_1","object":"response","created_at":1764000000,"status":"completed","model":"m","output":[{"type":"message","id":"msg_1","status":"completed","role":"assistant","content":[{"type":"output_text","text":"hello","annotations":[]}]}],"usage":{"input_tokens":11,"input_tokens_details":{"cached_tokens":0},"output_tokens":5,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":16}})";
    case DialectId::Anthropic:
        return R"({"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"hello"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":11,"output_tokens":5}})";
    case DialectId::Gemini:
        return R"({"candidates":[{"content":{"role":"model","parts":[{"text":"hello"}]},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":11,"candidatesTokenCount":5,"totalTokenCount":16},"modelVersion":"m","responseId":"r1"})";
    case DialectId::Ollama:
        return R"({"model":"m","created_at":"2026-11-23T00:00:00Z","message":{"role":"assistant","content":"hello"},"done":true,"done_reason":"stop","prompt_eval_count":11,"eval_count":5})";
    }
    return {};
}

// The same as a stream, in two pieces of text. The terminal is the last entry, or part of it.
inline QList<QByteArray> streamOf(DialectId dialect)
{
    switch (dialect) {
    case DialectId::OpenAiChat: {
        const auto one = [](const QByteArray &delta, const QByteArray &finish) {
            return sse(
                nullptr,
                R"({"id":"x1","object":"chat.completion.chunk","created":1764000000,"model":"m","choices":[{"index":0,"delta":)"
                    + delta + R"(,"finish_reason":)" + finish + "}]}");
        };
        return {
            one(R"({"role":"assistant","content":""})", "null"),
            one(R"({"content":"hel"})", "null"),
            one(R"({"content":"lo"})", "null"),
            one("{}", R"("stop")"),
            sse(nullptr,
                R"({"id":"x1","object":"chat.completion.chunk","created":1764000000,"model":"m","choices":[],"usage":{"prompt_tokens":11,"completion_tokens":5,"total_tokens":16}})"),
            sse(nullptr, "[DONE]")};
    }
    case DialectId::OpenAiResponses:
        return {
            sse("response.created",
                R"({"type":"response.created","sequence_number":0,"response":{"id":"resp_1","object":"response","created_at":1764000000,"status":"in_progress","model":"m","output":[]}})"),
            sse("response.output_item.added",
                R"({"type":"response.output_item.added","sequence_number":1,"output_index":0,"item":{"type":"message","id":"msg_1","status":"in_progress","role":"assistant","content":[]}})"),
            sse("response.content_part.added",
                R"({"type":"response.content_part.added","sequence_number":2,"item_id":"msg_1","output_index":0,"content_index":0,"part":{"type":"output_text","text":"","annotations":[]}})"),
            sse("response.output_text.delta",
                R"({"type":"response.output_text.delta","sequence_number":3,"item_id":"msg_1","output_index":0,"content_index":0,"delta":"hel"})"),
            sse("response.output_text.delta",
                R"({"type":"response.output_text.delta","sequence_number":4,"item_id":"msg_1","output_index":0,"content_index":0,"delta":"lo"})"),
            sse("response.output_text.done",
                R"({"type":"response.output_text.done","sequence_number":5,"item_id":"msg_1","output_index":0,"content_index":0,"text":"hello"})"),
            sse("response.output_item.done",
                R"({"type":"response.output_item.done","sequence_number":6,"output_index":0,"item":{"type":"message","id":"msg_1","status":"completed","role":"assistant","content":[{"type":"output_text","text":"hello","annotations":[]}]}})"),
            sse("response.completed",
                R"({"type":"response.completed","sequence_number":7,"response":)" + wholeOf(dialect)
                    + "}")};
    case DialectId::Anthropic:
        return {
            sse("message_start",
                R"({"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":11,"output_tokens":1}}})"),
            sse("content_block_start",
                R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}})"),
            sse("content_block_delta",
                R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"hel"}})"),
            sse("content_block_delta",
                R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"lo"}})"),
            sse("content_block_stop", R"({"type":"content_block_stop","index":0})"),
            sse("message_delta",
                R"({"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":5}})"),
            sse("message_stop", R"({"type":"message_stop"})")};
    case DialectId::Gemini:
        return {
            sse(nullptr,
                R"({"candidates":[{"content":{"role":"model","parts":[{"text":"hel"}]},"index":0}],"usageMetadata":{"promptTokenCount":11},"modelVersion":"m","responseId":"r1"})"),
            sse(nullptr,
                R"({"candidates":[{"content":{"role":"model","parts":[{"text":"lo"}]},"index":0}],"usageMetadata":{"promptTokenCount":11},"modelVersion":"m","responseId":"r1"})"),
            sse(nullptr,
                R"({"candidates":[{"content":{"role":"model","parts":[{"text":""}]},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":11,"candidatesTokenCount":5,"totalTokenCount":16},"modelVersion":"m","responseId":"r1"})")};
    case DialectId::Ollama:
        return {
            R"({"model":"m","created_at":"2026-11-23T00:00:00Z","message":{"role":"assistant","content":"hel"},"done":false})"
            "\n",
            R"({"model":"m","created_at":"2026-11-23T00:00:00Z","message":{"role":"assistant","content":"lo"},"done":false})"
            "\n",
            R"({"model":"m","created_at":"2026-11-23T00:00:00Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","prompt_eval_count":11,"eval_count":5})"
            "\n"};
    }
    return {};
}

// A call of get_weather {"city":"Oslo"}.
inline QList<QByteArray> callOf(DialectId dialect)
{
    switch (dialect) {
    case DialectId::OpenAiChat: {
        const auto one = [](const QByteArray &delta, const QByteArray &finish) {
            return sse(
                nullptr,
                R"({"id":"x1","object":"chat.completion.chunk","created":1764000000,"model":"m","choices":[{"index":0,"delta":)"
                    + delta + R"(,"finish_reason":)" + finish + "}]}");
        };
        return {
            one(R"({"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"get_weather","arguments":""}}]})",
                "null"),
            one(R"({"tool_calls":[{"index":0,"function":{"arguments":"{\"city\":"}}]})", "null"),
            one(R"({"tool_calls":[{"index":0,"function":{"arguments":"\"Oslo\"}"}}]})", "null"),
            one("{}", R"("tool_calls")"),
            sse(nullptr,
                R"({"id":"x1","object":"chat.completion.chunk","created":1764000000,"model":"m","choices":[],"usage":{"prompt_tokens":11,"completion_tokens":5,"total_tokens":16}})"),
            sse(nullptr, "[DONE]")};
    }
    case DialectId::OpenAiResponses: {
        const QByteArray item
            = R"({"type":"function_call","id":"fc_1","call_id":"call_1","name":"get_weather","arguments":"{\"city\":\"Oslo\"}","status":"completed"})";
        return {
            sse("response.created",
                R"({"type":"response.created","sequence_number":0,"response":{"id":"resp_1","object":"response","created_at":1764000000,"status":"in_progress","model":"m","output":[]}})"),
            sse("response.output_item.added",
                R"({"type":"response.output_item.added","sequence_number":1,"output_index":0,"item":{"type":"function_call","id":"fc_1","call_id":"call_1","name":"get_weather","arguments":"","status":"in_progress"}})"),
            sse("response.function_call_arguments.delta",
                R"({"type":"response.function_call_arguments.delta","sequence_number":2,"item_id":"fc_1","output_index":0,"delta":"{\"city\":\"Oslo\"}"})"),
            sse("response.function_call_arguments.done",
                R"({"type":"response.function_call_arguments.done","sequence_number":3,"item_id":"fc_1","output_index":0,"arguments":"{\"city\":\"Oslo\"}"})"),
            sse("response.output_item.done",
                R"({"type":"response.output_item.done","sequence_number":4,"output_index":0,"item":)"
                    + item + "}"),
            sse("response.completed",
                R"({"type":"response.completed","sequence_number":5,"response":{"id":"resp_1","object":"response","created_at":1764000000,"status":"completed","model":"m","output":[)"
                    + item
                    + R"(],"usage":{"input_tokens":11,"output_tokens":5,"total_tokens":16}}})")};
    }
    case DialectId::Anthropic:
        return {
            sse("message_start",
                R"({"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":11,"output_tokens":1}}})"),
            sse("content_block_start",
                R"({"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"toolu_1","name":"get_weather","input":{}}})"),
            sse("content_block_delta",
                R"({"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"city\":"}})"),
            sse("content_block_delta",
                R"({"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"\"Oslo\"}"}})"),
            sse("content_block_stop", R"({"type":"content_block_stop","index":0})"),
            sse("message_delta",
                R"({"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":5}})"),
            sse("message_stop", R"({"type":"message_stop"})")};
    case DialectId::Gemini:
        return {sse(
            nullptr,
            R"({"candidates":[{"content":{"role":"model","parts":[{"functionCall":{"name":"get_weather","args":{"city":"Oslo"}}}]},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":11,"candidatesTokenCount":5,"totalTokenCount":16},"modelVersion":"m","responseId":"r1"})")};
    case DialectId::Ollama:
        return {
            R"({"model":"m","created_at":"2026-11-23T00:00:00Z","message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"get_weather","arguments":{"city":"Oslo"}}}]},"done":false})"
            "\n",
            R"({"model":"m","created_at":"2026-11-23T00:00:00Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","prompt_eval_count":11,"eval_count":5})"
            "\n"};
    }
    return {};
}

inline QByteArray streamTypeOf(DialectId dialect)
{
    return dialect == DialectId::Ollama ? "application/x-ndjson" : "text/event-stream";
}

// A text that stands in the client's stream exactly when it says that the answer is whole.
inline QByteArray successOf(DialectId dialect)
{
    switch (dialect) {
    case DialectId::OpenAiChat:
        return "[DONE]";
    case DialectId::OpenAiResponses:
        return "event: response.completed";
    case DialectId::Anthropic:
        return "event: message_stop";
    case DialectId::Gemini:
        return "\"finishReason\"";
    case DialectId::Ollama:
        return "\"done\":true";
    }
    return {};
}

// And one that stands there exactly when it says that it failed.
inline QByteArray failureOf(DialectId dialect)
{
    switch (dialect) {
    case DialectId::OpenAiResponses:
        return "event: response.failed";
    case DialectId::Anthropic:
        return "event: error";
    default:
        return "\"error\":";
    }
}

} // namespace sb::gateway
