#include "translate/anthropic/anthropic.h"

namespace sb::translate::anthropic {

namespace {
QByteArrayView contentType(const EncodeOptions &)
{
    return "text/event-stream; charset=utf-8";
}

void appendCount(QByteArray &out, const char *member, qint64 count)
{
    out += member;
    out += QByteArray::number(count);
}
} // namespace

const Translator &translator()
{
    static const Translator table{
        .dialect = DialectId::Anthropic,
        .decodeRequest = decodeRequest,
        .encodeRequest = encodeRequest,
        .decodeReply = decodeReply,
        .encodeReply = encodeReply,
        .makeDecoder = makeDecoder,
        .makeEncoder = makeEncoder,
        .streamContentType = contentType,
    };
    return table;
}

// [translation §12] A client of an older SDK knows no word for a full window.
QByteArrayView stopReason(chat::Finish finish)
{
    switch (finish) {
    case chat::Finish::StopSequence:
        return "stop_sequence";
    case chat::Finish::ToolCalls:
        return "tool_use";
    case chat::Finish::Length:
        return "max_tokens";
    case chat::Finish::ContextFull:
        return "model_context_window_exceeded";
    case chat::Finish::ContentFilter:
    case chat::Finish::Refusal:
        return "refusal";
    case chat::Finish::Pause:
        return "pause_turn";
    default:
        return "end_turn";
    }
}

QByteArray messageId(QByteArrayView providerId, const ExchangeId &id)
{
    if (providerId.startsWith("msg_"))
        return providerId.toByteArray();
    QByteArray made("msg_");
    const QByteArray from
        = providerId.isEmpty() && !id.isNull() ? id.text() : providerId.toByteArray();
    for (const char c : from) {
        const bool isPlain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
            || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
        made.append(isPlain ? c : '_');
    }
    return made;
}

// `input_tokens` are the fresh ones only. [translation §13]
void appendUsage(QByteArray &out, const Usage &usage, QByteArrayView cost)
{
    appendCount(out, "\"input_tokens\":", usage.input + usage.inputAudio);
    appendCount(out, ",\"cache_creation_input_tokens\":", usage.cacheWrite + usage.cacheWrite1h);
    appendCount(out, ",\"cache_read_input_tokens\":", usage.cacheRead);
    appendCount(out, ",\"cache_creation\":{\"ephemeral_5m_input_tokens\":", usage.cacheWrite);
    appendCount(out, ",\"ephemeral_1h_input_tokens\":", usage.cacheWrite1h);
    appendCount(out, "},\"output_tokens\":", usage.completion());
    appendCount(out, ",\"output_tokens_details\":{\"thinking_tokens\":", usage.reasoning);
    out += "},\"server_tool_use\":null,\"service_tier\":\"standard\"";
    if (!cost.isEmpty())
        out += ",\"cost\":" + cost.toByteArray();
}

} // namespace sb::translate::anthropic
