#include "chat/arguments.h"
#include "chat/envelope.h"
#include "translate/anthropic/anthropic.h"

using namespace sb::chat;

namespace sb::translate::anthropic {

namespace {

// Events as an Anthropic stream. Its blocks stand one behind the other, so of calls that come side
// by side one is live and the others wait. [dialects §4.6; translation §16.1]
class Encoder final : public StreamEncoder {
public:
    explicit Encoder(const EncodeOptions &options)
        : StreamEncoder(DialectId::Anthropic, options)
    {
    }

protected:
    void writeStart(const Event &start) override;
    void writeOpen(const Event &open) override;
    void writeDelta(const Event &delta) override;
    void writeClose(const Event &close) override;
    void writeFinish(const Event &finish, const Usage &usage) override;

private:
    struct Block {
        PartKind kind = PartKind::Text;
        bool isCustom = false; // a call with free text
        bool isStarted = false;
        bool isStopped = false;
        bool isClosed = false; // nothing more comes
        bool hasText = false;
        QByteArray id, name;
        QByteArray held; // inside a JSON string, not written yet
        ArgumentsTracker arguments;
        std::vector<Artifact> artifacts;
        QByteArray raw; // a whole block of our own kind
    };

    bool activate(int part);
    void advance();
    void start(Block &block);
    void stop(int part);
    void say(Block &block, TextView text);
    void flush(Block &block);
    void writeState(const Artifact &artifact);
    void finishReasoning(Block &block);
    void begin(const char *type);
    void beginDelta();

    std::vector<Block> m_blocks; // by part
    int m_live = -1;
    int m_index = 0; // of the next block
};

void Encoder::begin(const char *type)
{
    m_out += "event: ";
    m_out += type;
    m_out += "\ndata: {\"type\":\"";
    m_out += type;
    m_out += '"';
}

void Encoder::beginDelta()
{
    begin("content_block_delta");
    m_out += ",\"index\":" + QByteArray::number(m_index) + ",\"delta\":{\"type\":\"";
}

// The input is our estimate, for clients that show how full their context is; the last event has
// the true numbers. [pitfall 57]
void Encoder::writeStart(const Event &start)
{
    begin("message_start");
    m_out += ",\"message\":{\"id\":";
    appendQuoted(m_out, TextView::plain(messageId(start.id, options().id)));
    m_out += ",\"type\":\"message\",\"role\":\"assistant\",\"model\":";
    appendQuoted(
        m_out,
        TextView::plain(start.name.isEmpty() ? QByteArrayView(options().model) : start.name));
    m_out += ",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{";
    Usage usage;
    usage.input = qMax<qint64>(options().promptTokens, 1);
    usage.output = 1;
    appendUsage(m_out, usage, {});
    m_out += "}}}\n\n";
}

void Encoder::writeOpen(const Event &open)
{
    if (m_blocks.size() <= size_t(open.part))
        m_blocks.resize(size_t(open.part) + 1);
    Block &block = m_blocks[size_t(open.part)];
    block.kind = open.partKind;
    block.id = open.id.toByteArray();
    block.name = open.name.toByteArray();
    block.isCustom = open.toolKind == ToolKind::Custom;
    if (!open.whole)
        return;
    const OpaquePart *opaque = open.whole->as<OpaquePart>();
    if (!opaque)
        return; // an answer has no place for other media
    if (opaque->dialect == DialectId::Anthropic) {
        block.raw = opaque->raw;
    } else if (!opaque->readable.isBlank()) {
        block.kind = PartKind::Text;
        appendInner(block.held, opaque->readable);
    }
}

// Makes the part's block the one that is written to. False: it has to wait.
bool Encoder::activate(int part)
{
    if (m_live == part)
        return true;
    if (m_live >= 0) {
        const Block &live = m_blocks[size_t(m_live)];
        // Free text that reads like a whole object is not yet all of it.
        if (live.kind == PartKind::Call && !live.isClosed
            && (live.isCustom || !live.arguments.isWhole()))
            return false;
        stop(m_live);
    }
    for (int earlier = 0; earlier < part; ++earlier) {
        const Block &block = m_blocks[size_t(earlier)];
        if (block.isStopped || !block.isClosed)
            continue;
        m_live = earlier;
        start(m_blocks[size_t(earlier)]);
        stop(earlier);
    }
    m_live = part;
    start(m_blocks[size_t(part)]);
    return true;
}

void Encoder::start(Block &block)
{
    if (block.isStarted || block.isStopped)
        return;
    switch (block.kind) {
    case PartKind::Reasoning:
        if (block.held.isEmpty() && !block.isClosed)
            return; // it may come to nothing but state
        if (block.held.isEmpty())
            return finishReasoning(block);
        break;
    case PartKind::Text:
    case PartKind::Refusal:
        if (block.held.isEmpty())
            return;
        [[fallthrough]];
    case PartKind::Call:
        // Gemini's state sits on a text or a call: it stands before it. [translation §9.3]
        for (const Artifact &artifact : block.artifacts)
            writeState(artifact);
        block.artifacts.clear();
        break;
    case PartKind::Media:
        return;
    case PartKind::Opaque:
        if (block.raw.isEmpty())
            return;
        break;
    }
    block.isStarted = true;
    begin("content_block_start");
    m_out += ",\"index\":" + QByteArray::number(m_index) + ",\"content_block\":";
    if (block.kind == PartKind::Call) {
        m_out += "{\"type\":\"tool_use\",\"id\":";
        appendQuoted(m_out, TextView::plain(block.id));
        m_out += ",\"name\":";
        appendQuoted(m_out, TextView::plain(block.name));
        m_out += ",\"input\":{}}";
    } else if (block.kind == PartKind::Opaque) {
        appendOnOneLine(m_out, block.raw);
    } else if (block.kind == PartKind::Reasoning) {
        m_out += "{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}";
    } else {
        m_out += "{\"type\":\"text\",\"text\":\"\"}";
    }
    m_out += "}\n\n";
    flush(block);
}

void Encoder::flush(Block &block)
{
    if (!block.isStarted || block.held.isEmpty() || (block.isCustom && !block.isClosed))
        return;
    beginDelta();
    if (block.kind == PartKind::Reasoning)
        m_out += "thinking_delta\",\"thinking\":\"" + block.held + '"';
    else if (block.kind != PartKind::Call)
        m_out += "text_delta\",\"text\":\"" + block.held + '"';
    else if (block.isCustom) {
        // The client's tool is a function with one string.
        QByteArray input("{\"input\":\"");
        input += block.held + "\"}";
        m_out += "input_json_delta\",\"partial_json\":";
        appendQuoted(m_out, TextView::plain(input));
    } else {
        m_out += "input_json_delta\",\"partial_json\":\"" + block.held + '"';
    }
    m_out += "}}\n\n";
    block.held.clear();
    block.hasText = true;
}

void Encoder::say(Block &block, TextView text)
{
    if (text.isEmpty())
        return;
    if (block.kind == PartKind::Call)
        block.arguments.feed(text);
    appendInner(block.held, text);
}

void Encoder::writeDelta(const Event &delta)
{
    Block &block = m_blocks[size_t(delta.part)];
    switch (delta.deltaKind) {
    case DeltaKind::Summary:
        if (delta.isNewSummary && (block.hasText || !block.held.isEmpty()))
            block.held += "\\n\\n";
        [[fallthrough]];
    case DeltaKind::Text:
    case DeltaKind::Reasoning:
    case DeltaKind::Arguments:
        say(block, delta.text);
        if (!block.held.isEmpty() && activate(delta.part))
            flush(block);
        break;
    case DeltaKind::Artifact:
        block.artifacts.push_back(
            {delta.artifact, delta.text.toPlain(), delta.itemId.toByteArray(), options().origin});
        break;
    case DeltaKind::Citation: // of another dialect's form
    case DeltaKind::Logprobs:
    case DeltaKind::Media:
        break;
    }
}

void Encoder::writeState(const Artifact &artifact)
{
    begin("content_block_start");
    m_out += ",\"index\":" + QByteArray::number(m_index)
        + ",\"content_block\":{\"type\":\"redacted_thinking\",\"data\":";
    appendQuoted(m_out,
                 TextView::plain(artifact.kind == ArtifactKind::AnthropicRedacted
                                     ? artifact.payload
                                     : sealed(artifact)));
    m_out += "}}\n\n";
    begin("content_block_stop");
    m_out += ",\"index\":" + QByteArray::number(m_index++) + "}\n\n";
}

// The signature stands at the end of its block; state without words has blocks of its own.
void Encoder::finishReasoning(Block &block)
{
    size_t next = 0;
    const bool isOwn = !block.artifacts.empty()
        && block.artifacts.front().kind == ArtifactKind::AnthropicSignature;
    if (isOwn && !block.isStarted) {
        begin("content_block_start");
        m_out += ",\"index\":" + QByteArray::number(m_index)
            + ",\"content_block\":{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}}"
              "\n\n";
        block.isStarted = true;
    }
    if (block.isStarted) {
        QByteArray signature;
        if (block.artifacts.empty())
            signature = sealed({ArtifactKind::ReasoningContent, {}, {}, options().origin});
        else if (isOwn)
            signature = block.artifacts[next++].payload;
        else if (block.artifacts.front().kind != ArtifactKind::AnthropicRedacted)
            signature = sealed(block.artifacts[next++]);
        if (!signature.isEmpty()) {
            beginDelta();
            m_out += "signature_delta\",\"signature\":";
            appendQuoted(m_out, TextView::plain(signature));
            m_out += "}}\n\n";
        }
        begin("content_block_stop");
        m_out += ",\"index\":" + QByteArray::number(m_index++) + "}\n\n";
    }
    block.isStopped = true;
    for (; next < block.artifacts.size(); ++next)
        writeState(block.artifacts[next]);
}

void Encoder::stop(int part)
{
    Block &block = m_blocks[size_t(part)];
    if (m_live == part)
        m_live = -1;
    if (block.isStopped)
        return;
    flush(block);
    if (block.kind == PartKind::Reasoning)
        return finishReasoning(block);
    block.isStopped = true;
    if (!block.isStarted) {
        for (const Artifact &artifact : block.artifacts)
            writeState(artifact);
        return;
    }
    begin("content_block_stop");
    m_out += ",\"index\":" + QByteArray::number(m_index++) + "}\n\n";
    for (const Artifact &artifact : block.artifacts)
        writeState(artifact);
}

void Encoder::writeClose(const Event &close)
{
    Block &block = m_blocks[size_t(close.part)];
    block.isClosed = true;
    if (activate(close.part))
        stop(close.part);
    advance();
}

// Whoever waited and is first in order goes on.
void Encoder::advance()
{
    for (int part = 0; m_live < 0 && part < int(m_blocks.size()); ++part) {
        Block &block = m_blocks[size_t(part)];
        if (block.isStopped || (block.held.isEmpty() && !block.isClosed))
            continue;
        m_live = part;
        start(block);
        flush(block);
        if (block.isClosed)
            stop(part);
    }
}

void Encoder::writeFinish(const Event &finish, const Usage &usage)
{
    begin("message_delta");
    m_out += ",\"delta\":{\"stop_reason\":\"";
    m_out += stopReason(finish.finish);
    m_out += "\",\"stop_sequence\":";
    if (finish.finish == Finish::StopSequence && !finish.stopSequence.isEmpty())
        appendQuoted(m_out, TextView::plain(finish.stopSequence));
    else
        m_out += "null";
    m_out += "},\"usage\":{";
    appendUsage(m_out, usage, cost());
    m_out += "}}\n\n";
    begin("message_stop");
    m_out += "}\n\n";
}

} // namespace

std::unique_ptr<StreamEncoder> makeEncoder(const EncodeOptions &options)
{
    return std::make_unique<Encoder>(options);
}

} // namespace sb::translate::anthropic
