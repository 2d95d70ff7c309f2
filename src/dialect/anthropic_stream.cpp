#include "dialect/anthropic.h"
#include "dialect/errors.h"
#include "dialect/event_pattern.h"
#include "dialect/provider_error.h"
#include "dialect/scratch.h"
#include "dialect/sse_reader.h"
#include "dialect/tool_arguments.h"
#include "json/writer.h"

namespace sb::dialect::anthropic {

namespace {

// [dialects §4.6] Terminal: message_stop, and a stop reason before it.
class Reader final : public SseReader {
public:
    explicit Reader(const StreamOptions &options)
        : SseReader(options.eventLimit)
    {
    }

private:
    Verdict onEvent(const SseEvent &event, StreamStep &step) override;
    Verdict onStart(json::Node message, StreamStep &step);
    void onBlock(json::Node block, StreamStep &step);
    json::Node onDelta(qint64 index, json::Node delta, StreamStep &step);
    Verdict onStop();

    Counters m_counters;
    ToolArguments m_tools;
    EventPattern m_pattern;
    QByteArray m_messageId;
    bool m_hasStarted = false;
    bool m_hasBlocks = false; // something came after message_start
};

Reader::Verdict Reader::onEvent(const SseEvent &event, StreamStep &step)
{
    if (!event.hasData)
        return Verdict::Pass;
    if (const QByteArrayView text = m_pattern.match(event.name, event.data); !text.isEmpty()) {
        m_hasBlocks = true;
        m_contentChars += charCount(text);
        foundContent(step);
        return Verdict::Pass;
    }
    if (event.data.trimmed().isEmpty())
        return Verdict::Drop;
    json::Scan &scan = scratch();
    if (!scan.run(event.data))
        return Verdict::Broken;
    const json::Node root = scan.root();
    if (!root.isObject())
        return Verdict::Broken;

    json::Node typeNode;
    json::Node message;
    json::Node block;
    json::Node delta;
    json::Node usage;
    qint64 index = 0;
    eachMember(root, [&](Key key, json::Node value) {
        if (key == "type")
            typeNode = value;
        else if (key == "message")
            message = value;
        else if (key == "content_block")
            block = value;
        else if (key == "delta")
            delta = value;
        else if (key == "usage")
            usage = value;
        else if (key == "index")
            value.readInt(index);
    });
    const Key type{typeNode.isString() ? typeNode.inner() : event.name};

    if (type == "content_block_delta") {
        m_hasBlocks = true;
        if (const json::Node text = onDelta(index, delta, step); text.exists())
            m_pattern.learn(event.name, event.data, text);
    } else if (type == "content_block_start") {
        m_hasBlocks = true;
        onBlock(block, step);
    } else if (type == "message_start") {
        return onStart(message, step);
    } else if (type == "message_delta") {
        m_hasBlocks = true;
        if (const Finish finish = readStopReason(delta.find("stop_reason")); finish != Finish::None)
            m_finish = finish;
        m_counters.read(usage);
        m_usage = m_counters.usage();
    } else if (type == "message_stop") {
        return onStop();
    } else if (type == "error" || event.name == "error"
               || (type.text.isEmpty() && errorMember(root).exists())) {
        step.error = readErrorNode(200, root);
        return Verdict::Failed;
    }
    // ping, content_block_stop and what is newer than this reader.
    return Verdict::Pass;
}

Reader::Verdict Reader::onStart(json::Node message, StreamStep &step)
{
    const QByteArray id = message.find("id").text();
    // Some relays send it twice; SDKs raise on the second. [dialects §4.6, recorded]
    if (m_hasStarted && !m_hasBlocks && id == m_messageId)
        return Verdict::Drop;
    // One spliced in after a retry starts over; its blocks reuse the numbers. [recorded]
    m_tools.clear();
    m_hasStarted = true;
    m_messageId = id;
    if (m_model.isEmpty())
        m_model = message.find("model").text();
    m_counters.read(message.find("usage"));
    m_usage = m_counters.usage();
    // Against the documentation content may stand in it already. [recorded]
    for (const json::Node block : message.find("content").items())
        onBlock(block, step);
    if (const Finish finish = readStopReason(message.find("stop_reason")); finish != Finish::None)
        m_finish = finish;
    return Verdict::Pass;
}

void Reader::onBlock(json::Node block, StreamStep &step)
{
    const json::Node type = block.find("type");
    if (type.is("text") || type.is("thinking")) {
        const json::Node text = block.find(type.is("text") ? "text" : "thinking");
        if (text.isNonEmptyString()) {
            foundContent(step);
            m_contentChars += charCount(text);
        }
        return;
    }
    // Tool calls and results of server tools: their start already says something.
    if (type.isString())
        foundContent(step);
}

// The text, where it was one and the delta said nothing else.
json::Node Reader::onDelta(qint64 index, json::Node delta, StreamStep &step)
{
    const json::Node typeNode = delta.find("type");
    const Key type{typeNode.inner()};
    json::Node said;
    if (type == "text_delta" || type == "thinking_delta") {
        said = delta.find(type == "text_delta" ? "text" : "thinking");
        if (!said.isNonEmptyString())
            return {};
        m_contentChars += charCount(said);
    } else if (type == "input_json_delta") {
        const json::Node text = delta.find("partial_json");
        m_tools.append(quint64(index), text);
        m_contentChars += charCount(text);
    }
    // signature_delta, citations_delta, compaction_delta and newer kinds are part of the answer.
    foundContent(step);
    return said;
}

Reader::Verdict Reader::onStop()
{
    m_isWhole = m_finish != Finish::None;
    m_isBadToolJson = !m_tools.close() && m_finish != Finish::Length;
    m_isEmptyAnswer
        = m_finish == Finish::Filtered || m_finish == Finish::Pause || m_finish == Finish::Length;
    return m_isWhole ? Verdict::Last : Verdict::LastDropped;
}

} // namespace

std::unique_ptr<StreamReader> makeStreamReader(const StreamOptions &options)
{
    return std::make_unique<Reader>(options);
}

QByteArray streamError(const ClientError &error)
{
    return "event: error\ndata: " + anthropicErrorBody(error) + "\n\n";
}

QByteArray preamble(const ExchangeId &id, QByteArrayView model, qint64)
{
    json::Writer writer;
    writer.beginObject().member("type", "message_start").key("message").beginObject();
    writer.member("id", QByteArray("msg_" + id.text()));
    writer.member("type", "message").member("role", "assistant").member("model", model);
    writer.key("content").beginArray().endArray();
    writer.member("stop_reason", nullptr).member("stop_sequence", nullptr);
    writer.key("usage")
        .beginObject()
        .member("input_tokens", 0)
        .member("output_tokens", 0)
        .endObject();
    writer.endObject().endObject();
    return "event: message_start\ndata: " + writer.take() + "\n\n";
}

bool isStart(QByteArrayView eventData)
{
    json::Scan &scan = scratch();
    return scan.run(eventData) && scan.root().find("type").is("message_start");
}

} // namespace sb::dialect::anthropic
