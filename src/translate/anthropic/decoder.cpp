#include "chat/arguments.h"
#include "chat/emitter.h"
#include "chat/envelope.h"
#include "chat/finish.h"
#include "dialect/anthropic.h"
#include "dialect/provider_error.h"
#include "dialect/scratch.h"
#include "dialect/sse.h"
#include "translate/anthropic/anthropic.h"
#include "translate/anthropic/blocks.h"

#include <map>

using namespace sb::chat;

namespace sb::translate::anthropic {

namespace {

// [dialects §4.6; translation §15] Blocks are known by their index.
class Decoder final : public StreamDecoder {
public:
    explicit Decoder(const DecodeOptions &options)
        : m_options(options)
        , m_framer(options.eventLimit)
    {
    }

    void feed(QByteArrayView bytes, EventSink &sink) override;
    void finish(bool isUnframed, EventSink &sink) override;

private:
    enum class Kind : quint8 { Text, Thinking, Call, OutputCall, Server };
    struct Block {
        Kind kind = Kind::Text;
        int part = -1; // of a call
        bool hasInput = false; // deltas came
        QByteArray input; // of the start block, or a server tool's deltas
        QByteArray raw; // of a server block
        QByteArray type;
    };

    void take(const dialect::SseEvent &event);
    void onStart(json::Node message);
    void onBlockStart(qint64 index, json::Node block);
    void onDelta(qint64 index, json::Node delta);
    void onBlockStop(qint64 index);
    void onMessageDelta(json::Node delta, json::Node usage);
    void onStop();
    void onArtifact(QByteArrayView state, ArtifactKind own);
    void readCounters(json::Node usage);
    void breakOff(AttemptOutcome outcome, const char *message);

    DecodeOptions m_options;
    dialect::SseFramer m_framer;
    Emitter m_emitter;
    dialect::anthropic::Counters m_counters;
    std::map<qint64, Block> m_blocks;
    bool m_hasUsage = false;
};

void Decoder::breakOff(AttemptOutcome outcome, const char *message)
{
    Fault fault;
    fault.outcome = outcome;
    fault.message = message;
    m_emitter.fail(fault);
}

void Decoder::feed(QByteArrayView bytes, EventSink &sink)
{
    m_emitter.to(sink);
    m_framer.feed(bytes);
    dialect::SseEvent event;
    while (!m_emitter.isEnded() && m_framer.next(event))
        take(event);
    if (m_framer.isOverLimit() && !m_emitter.isEnded())
        breakOff(AttemptOutcome::BrokenEvent, "An event of the stream is too long.");
}

void Decoder::finish(bool, EventSink &sink)
{
    m_emitter.to(sink);
    m_framer.end();
    dialect::SseEvent event;
    while (!m_emitter.isEnded() && m_framer.next(event))
        take(event);
    if (!m_emitter.isEnded() && m_framer.rest(event))
        take(event);
    if (!m_emitter.isEnded())
        m_emitter.cut();
}

void Decoder::take(const dialect::SseEvent &event)
{
    if (!event.hasData || event.data.trimmed().isEmpty()) {
        m_emitter.alive();
        return;
    }
    json::Scan &scan = dialect::scratch();
    if (!scan.run(event.data) || !scan.root().isObject())
        return breakOff(AttemptOutcome::BrokenEvent, "An event of the stream is not sound JSON.");
    const json::Node root = scan.root();
    json::Node typeNode, message, block, delta, usage;
    qint64 index = 0;
    dialect::eachMember(root, [&](dialect::Key key, json::Node value) {
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
    const dialect::Key type{typeNode.isString() ? typeNode.inner() : event.name};
    if (type == "content_block_delta") {
        onDelta(index, delta);
    } else if (type == "content_block_start") {
        onBlockStart(index, block);
    } else if (type == "content_block_stop") {
        onBlockStop(index);
    } else if (type == "message_start") {
        onStart(message);
    } else if (type == "message_delta") {
        onMessageDelta(delta, usage);
    } else if (type == "message_stop") {
        onStop();
    } else if (type == "error" || event.name == "error"
               || (type.text.isEmpty() && dialect::errorMember(root).exists())) {
        m_emitter.fail(toFault(dialect::readErrorNode(200, root), event.data));
    } else {
        m_emitter.alive(); // ping, and what is newer than this reader
    }
}

void Decoder::readCounters(json::Node usage)
{
    if (!usage.isObject())
        return;
    m_counters.read(usage);
    m_hasUsage = true;
}

// A second one starts the numbers over; what was said stays said. [recorded]
void Decoder::onStart(json::Node message)
{
    m_emitter.closeSpoken();
    m_blocks.clear();
    m_emitter.start(message.find("id").text(), message.find("model").text(), 0);
    readCounters(message.find("usage"));
    // Against the documentation content may stand in it already. [recorded]
    qint64 index = 0;
    for (const json::Node block : message.find("content").items()) {
        onBlockStart(index, block);
        onBlockStop(index++);
    }
    if (const json::Node reason = message.find("stop_reason"); reason.isNonEmptyString())
        m_emitter.finish(finishFromWord(reason.text()), reason.inner());
}

void Decoder::onBlockStart(qint64 index, json::Node node)
{
    const json::Node typeNode = node.find("type");
    const dialect::Key type{typeNode.inner()};
    Block block;
    m_emitter.closeSpoken();
    if (type == "text") {
        m_emitter.text(textOf(node.find("text")));
        for (const json::Node citation : node.find("citations").items())
            m_emitter.citation(citation.raw());
    } else if (type == "thinking") {
        block.kind = Kind::Thinking;
        m_emitter.reasoning(textOf(node.find("thinking")));
        if (const json::Node state = node.find("signature"); state.isNonEmptyString())
            onArtifact(state.text(), ArtifactKind::AnthropicSignature);
    } else if (type == "redacted_thinking") {
        block.kind = Kind::Thinking;
        onArtifact(node.find("data").text(), ArtifactKind::AnthropicRedacted);
    } else if (type == "tool_use") {
        const QByteArray id = node.find("id").text();
        const QByteArray name = node.find("name").text();
        const json::Node input = node.find("input");
        if (input.isObject() && !input.isEmpty())
            block.input = input.raw().toByteArray();
        else if (input.isNonEmptyString())
            block.input = input.text();
        if (m_options.map && !m_options.map->outputTool.isEmpty()
            && name == m_options.map->outputTool) {
            block.kind = Kind::OutputCall;
        } else {
            block.kind = Kind::Call;
            Emitter::Call call;
            call.id = id;
            call.name = m_options.map ? m_options.map->names.original(name) : QByteArrayView(name);
            block.part = m_emitter.openCall(call);
        }
    } else {
        block.kind = Kind::Server;
        block.raw = node.raw().toByteArray();
        block.type = typeNode.text();
    }
    m_blocks[index] = std::move(block);
}

void Decoder::onArtifact(QByteArrayView state, ArtifactKind own)
{
    if (state.isEmpty())
        return;
    if (const auto foreign = unsealed(state))
        m_emitter.artifact(foreign->kind, foreign->payload, foreign->itemId);
    else
        m_emitter.artifact(own, state);
}

void Decoder::onDelta(qint64 index, json::Node delta)
{
    const dialect::Key type{delta.find("type").inner()};
    if (type == "text_delta") {
        m_emitter.text(textOf(delta.find("text")));
    } else if (type == "thinking_delta") {
        m_emitter.reasoning(textOf(delta.find("thinking")));
    } else if (type == "signature_delta") {
        onArtifact(delta.find("signature").text(), ArtifactKind::AnthropicSignature);
    } else if (type == "citations_delta") {
        m_emitter.citation(delta.find("citation").raw());
    } else if (type == "input_json_delta") {
        const auto found = m_blocks.find(index);
        const Text text = textOf(delta.find("partial_json"));
        if (found == m_blocks.end() || text.isEmpty())
            return;
        Block &block = found->second;
        block.hasInput = true;
        if (block.kind == Kind::Call)
            m_emitter.arguments(block.part, text);
        else if (block.kind == Kind::OutputCall)
            m_emitter.text(text);
        else
            block.input += text.toPlain();
    }
}

void Decoder::onBlockStop(qint64 index)
{
    const auto found = m_blocks.find(index);
    if (found == m_blocks.end())
        return m_emitter.closeSpoken();
    const Block block = std::move(found->second);
    m_blocks.erase(found);
    switch (block.kind) {
    case Kind::Call:
        // The start block's input counts where no delta came. [pitfall 7]
        if (!block.hasInput && !block.input.isEmpty())
            m_emitter.arguments(block.part, TextView::plain(block.input));
        m_emitter.closeCall(block.part);
        break;
    case Kind::OutputCall:
        if (!block.hasInput && !block.input.isEmpty())
            m_emitter.text(TextView::plain(block.input));
        m_emitter.closeSpoken();
        break;
    case Kind::Server: {
        OpaquePart opaque;
        opaque.dialect = DialectId::Anthropic;
        opaque.type = block.type;
        opaque.isServerTool = true;
        opaque.raw = block.raw;
        if (block.hasInput && isObject(block.input)) {
            if (const qsizetype at = opaque.raw.lastIndexOf("\"input\":{}"); at >= 0)
                opaque.raw.replace(at + 8, 2, block.input);
        }
        m_emitter.whole(Part(std::move(opaque)));
        break;
    }
    case Kind::Text:
    case Kind::Thinking:
        m_emitter.closeSpoken();
        break;
    }
}

// Totals of the whole message: the last ones win.
void Decoder::onMessageDelta(json::Node delta, json::Node usage)
{
    if (const json::Node reason = delta.find("stop_reason"); reason.isNonEmptyString()) {
        const QByteArray sequence = delta.find("stop_sequence").text();
        m_emitter.finish(finishFromWord(reason.text()), reason.inner(), sequence);
    }
    readCounters(usage);
}

void Decoder::onStop()
{
    // Blocks that were not closed are whole too: all events came.
    while (!m_blocks.empty())
        onBlockStop(m_blocks.begin()->first);
    m_emitter.closeSpoken();
    if (m_hasUsage)
        m_emitter.usage(m_counters.usage());
    m_emitter.end(m_options.can.isFinishWaived);
}

} // namespace

std::unique_ptr<StreamDecoder> makeDecoder(const DecodeOptions &options)
{
    return std::make_unique<Decoder>(options);
}

} // namespace sb::translate::anthropic
