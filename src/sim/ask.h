// A request as the simulator understands it: enough to answer sensibly and to count its tokens.
#pragma once

#include "http/head.h"
#include "json/value.h"

#include <QByteArray>
#include <QList>

#include <chrono>
#include <optional>

namespace sb::sim {

enum class Shape : quint8 { OpenAi, Anthropic, Responses, Gemini, Ollama };
enum class Call : quint8 {
    Generate,
    CountTokens,
    ModelList,
    OneModel,
    Embed,
    Version,
    Image,
    Speech,
    Transcript,
    Files,
    Stored, // an answer of before
    Control,
    Unknown,
};

// What method and path mean; `model` for OneModel, and where Gemini's path names it.
struct Route {
    Shape shape = Shape::OpenAi;
    Call call = Call::Unknown;
    QByteArray model;
};
Route routeOf(const http::RequestHead &head);

// The last four characters of the key, whichever header carries it.
QByteArray clientOf(const http::RequestHead &head);

struct ToolCall {
    QByteArray name;
    QByteArray arguments; // JSON text
};

struct Ask {
    Shape shape = Shape::OpenAi;
    QByteArray model;
    bool isStream = false;
    bool wantsUsage = false; // Chat: stream_options.include_usage
    QByteArray firstTool; // on offer; empty = none
    qint64 maxTokens = 0; // 0 = not given
    qint64 promptTokens = 0;
    QByteArray text; // of the last user message
    QList<QByteArray> images; // of the last user message: "image/png:74"
    std::optional<QByteArray> toolResult; // the last message brings it
    QList<ToolCall> calls; // to be made now
    std::optional<QByteArray> say; // exactly this text
    int words = -1; // [[long N]]
    std::chrono::milliseconds perToken{-1}; // [[slow MS]]
    QByteArray path; // Gemini and Ollama: names the form of the answer
    QByteArray query;
};

// Empty when the body is no JSON object with a model and messages; `why` says so.
std::optional<Ask> readAsk(Shape shape, QByteArrayView body, QByteArray &why);

// What stands in the text of the last user message and in the choice of tools, once the rest of an
// ask is filled in.
struct Tool {
    QByteArray name;
    json::Value schema; // null = none given
};
// `demanded`: the tool that must be called; "" = any one, none = no demand.
void decide(Ask &ask, const QList<Tool> &tools, const std::optional<QByteArray> &demanded);

} // namespace sb::sim
