// Whole answers, read and written. [dialects §4.5]
#include "chat/arguments.h"
#include "chat/envelope.h"
#include "chat/finish.h"
#include "dialect/anthropic.h"
#include "dialect/provider_error.h"
#include "dialect/scratch.h"
#include "translate/anthropic/anthropic.h"
#include "translate/anthropic/blocks.h"

using namespace sb::chat;

namespace sb::translate::anthropic {

namespace {

void setFault(Reply &reply, AttemptOutcome outcome, const char *message)
{
    Fault fault;
    fault.outcome = outcome;
    fault.message = message;
    reply.fault = std::move(fault);
}

// A block of an answer; what nobody knows is kept as it is.
void readAnswerBlock(json::Node block, const DecodeOptions &options, Reply &reply)
{
    const json::Node type = block.find("type");
    if (type.is("thinking") || type.is("redacted_thinking")) {
        reply.parts.push_back(readThinking(block, options.origin));
        return;
    }
    Changes ignored;
    std::optional<Part> part = readBlock(block, {}, ignored);
    if (!part) {
        OpaquePart opaque;
        opaque.dialect = DialectId::Anthropic;
        opaque.type = type.text();
        opaque.raw = rawOf(block);
        opaque.readable = textOf(block.find("text"));
        part = Part(std::move(opaque));
    }
    if (ToolCall *call = part->as<ToolCall>(); call && options.map) {
        if (!options.map->outputTool.isEmpty() && call->name == options.map->outputTool) {
            reply.parts.push_back(textPart(call->arguments));
            return;
        }
        call->name = options.map->names.original(call->name).toByteArray();
    }
    if (const TextPart *text = part->as<TextPart>(); text && text->text.isEmpty())
        return;
    reply.parts.push_back(std::move(*part));
}

class Writer {
public:
    explicit Writer(QByteArray &out)
        : m_out(out)
    {
    }

    void part(const Part &part);

private:
    void begin()
    {
        if (m_count++ > 0)
            m_out += ',';
    }
    void text(TextView text, QByteArrayView citations);
    void state(const Artifact &artifact);
    void reasoning(const Reasoning &reasoning, const Part &part);
    void call(const ToolCall &call);

    QByteArray &m_out;
    int m_count = 0;
};

void Writer::text(TextView text, QByteArrayView citations)
{
    if (text.isEmpty())
        return;
    begin();
    m_out += "{\"type\":\"text\",\"text\":";
    appendQuoted(m_out, text);
    m_out += ",\"citations\":";
    m_out += citations.isEmpty() ? QByteArrayView("null") : citations;
    m_out += '}';
}

// State without words, of whoever made it. [translation §9.3]
void Writer::state(const Artifact &artifact)
{
    begin();
    m_out += "{\"type\":\"redacted_thinking\",\"data\":";
    appendQuoted(m_out,
                 TextView::plain(artifact.kind == ArtifactKind::AnthropicRedacted
                                     ? artifact.payload
                                     : sealed(artifact)));
    m_out += '}';
}

void Writer::reasoning(const Reasoning &reasoning, const Part &part)
{
    Text words = reasoning.text;
    for (const Text &summary : reasoning.summary) {
        if (!words.isEmpty())
            words.append(TextView::plain("\n\n"));
        words.append(summary);
    }
    size_t next = 0;
    const bool isOwn = !part.artifacts.empty()
        && part.artifacts.front().kind == ArtifactKind::AnthropicSignature;
    if (!words.isEmpty() || isOwn) {
        begin();
        m_out += "{\"type\":\"thinking\",\"thinking\":";
        appendQuoted(m_out, words);
        m_out += ",\"signature\":";
        QByteArray signature;
        if (part.artifacts.empty())
            signature = sealed({ArtifactKind::ReasoningContent, {}, {}, {}});
        else if (isOwn)
            signature = part.artifacts[next++].payload;
        else if (part.artifacts.front().kind != ArtifactKind::AnthropicRedacted)
            signature = sealed(part.artifacts[next++]);
        appendQuoted(m_out, TextView::plain(signature));
        m_out += '}';
    }
    for (; next < part.artifacts.size(); ++next)
        state(part.artifacts[next]);
}

void Writer::call(const ToolCall &call)
{
    begin();
    m_out += "{\"type\":\"tool_use\",\"id\":";
    appendQuoted(m_out, TextView::plain(call.id));
    m_out += ",\"name\":";
    appendQuoted(m_out, TextView::plain(call.name));
    m_out += ",\"input\":";
    if (call.kind == ToolKind::Custom) {
        // The client's tool is a function with one string. [translation §7.1]
        m_out += "{\"input\":";
        appendQuoted(m_out, call.arguments);
        m_out += '}';
    } else {
        Changes ignored;
        m_out += objectArguments(call.arguments, {}, ignored);
    }
    m_out += '}';
}

void Writer::part(const Part &part)
{
    if (const auto *reasoningPart = part.as<Reasoning>())
        return reasoning(*reasoningPart, part);
    // Gemini's state sits on a text or a call; it goes before it.
    for (const Artifact &artifact : part.artifacts)
        state(artifact);
    if (const auto *textPart = part.as<TextPart>()) {
        // Citations of another dialect have other members.
        text(textPart->text, {});
    } else if (const auto *refusal = part.as<RefusalPart>()) {
        text(refusal->text, {});
    } else if (const auto *toolCall = part.as<ToolCall>()) {
        call(*toolCall);
    } else if (const auto *opaque = part.as<OpaquePart>()) {
        if (opaque->dialect == DialectId::Anthropic && !opaque->raw.isEmpty()) {
            begin();
            m_out += opaque->raw;
        } else {
            text(opaque->readable, {});
        }
    }
}

} // namespace

Reply decodeReply(const QByteArray &body, const DecodeOptions &options)
{
    Reply reply;
    reply.body = body;
    json::Scan &scan = dialect::scratch();
    if (!scan.run(reply.body) || !scan.root().isObject()) {
        setFault(reply, AttemptOutcome::BadReply, "The provider's answer is not sound JSON.");
        return reply;
    }
    const json::Node root = scan.root();
    if (root.find("type").is("error") || dialect::errorMember(root).exists()) {
        reply.fault = toFault(dialect::readErrorNode(200, root), reply.body);
        return reply;
    }
    dialect::anthropic::Counters counters;
    bool hasUsage = false;
    dialect::eachMember(root, [&](dialect::Key key, json::Node value) {
        if (key == "id") {
            reply.id = value.text();
        } else if (key == "model") {
            reply.model = value.text();
        } else if (key == "content") {
            for (const json::Node block : value.items())
                readAnswerBlock(block, options, reply);
        } else if (key == "stop_reason") {
            reply.nativeFinish = value.text();
        } else if (key == "stop_sequence") {
            reply.stopSequence = value.text();
        } else if (key == "usage" && value.isObject()) {
            counters.read(value);
            hasUsage = true;
        }
    });
    if (hasUsage)
        reply.usage = counters.usage();
    dialect::tidyScratch();
    if (reply.nativeFinish.isEmpty() && !(options.can.isFinishWaived && !reply.parts.empty())) {
        setFault(reply,
                 reply.parts.empty() ? AttemptOutcome::EmptyCompletion : AttemptOutcome::BodyShort,
                 "The provider's answer has no end.");
        return reply;
    }
    const bool hasCall = std::any_of(reply.parts.begin(), reply.parts.end(),
                                     [](const Part &part) { return part.is<ToolCall>(); });
    reply.finish = settledFinish(finishFromWord(reply.nativeFinish), hasCall);
    return reply;
}

QByteArray encodeReply(const Reply &reply, const EncodeOptions &options, QByteArrayView cost)
{
    QByteArray out;
    out.reserve(512);
    out += "{\"id\":";
    appendQuoted(out, TextView::plain(messageId(reply.id, options.id)));
    out += ",\"type\":\"message\",\"role\":\"assistant\",\"model\":";
    appendQuoted(out, TextView::plain(reply.model.isEmpty() ? options.model : reply.model));
    out += ",\"content\":[";
    Writer writer(out);
    for (const Part &part : reply.parts)
        writer.part(part);
    out += "],\"stop_reason\":\"";
    out += stopReason(reply.finish);
    out += "\",\"stop_sequence\":";
    if (reply.finish == Finish::StopSequence && !reply.stopSequence.isEmpty())
        appendQuoted(out, TextView::plain(reply.stopSequence));
    else
        out += "null";
    out += ",\"usage\":{";
    appendUsage(out, reply.usage, cost);
    out += "}}";
    return out;
}

} // namespace sb::translate::anthropic
