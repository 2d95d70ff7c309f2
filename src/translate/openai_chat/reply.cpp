#include "base/bytes.h"
#include "chat/envelope.h"
#include "translate/openai_chat/completions.h"
#include "translate/openai_chat/openai_chat.h"
#include "translate/openai_chat/words.h"

#include "json/text.h"
#include <limits>

using namespace sb::chat;

namespace sb::translate::openai_chat {

// One way for both forms: a whole answer is read as a stream of one event. [pitfall 91]
Reply decodeReply(const QByteArray &body, const DecodeOptions &options)
{
    // Of a whole answer the provider's own size limit holds.
    DecodeOptions whole = options;
    whole.eventLimit = std::numeric_limits<int>::max();
    const auto decoder = makeDecoder(whole);
    const QByteArrayView text = QByteArrayView(body).trimmed();
    Reply reply;
    if (text.isEmpty()) {
        reply.fault
            = Fault{AttemptOutcome::EmptyCompletion, 502, "The provider's answer is empty."};
        return reply;
    }
    reply = collect(*decoder, body);
    if (reply.fault && reply.fault->outcome != AttemptOutcome::ErrorInStream
        && !text.startsWith("data:") && !text.startsWith("event:") && !text.startsWith(':')
        && (reply.fault->outcome == AttemptOutcome::StreamCut
            || reply.fault->outcome == AttemptOutcome::BrokenEvent)) {
        reply.fault->outcome = AttemptOutcome::BadReply;
        reply.fault->status = 502;
        reply.fault->message = "The provider's answer cannot be read.";
    }
    for (Part &part : reply.parts) {
        for (Artifact &artifact : part.artifacts)
            artifact.origin = options.origin;
    }
    return reply;
}

namespace {

class MessageWriter {
public:
    MessageWriter(QByteArray &out, const Reply &reply, const EncodeOptions &options)
        : m_out(out)
        , m_reply(reply)
        , m_options(options)
    {
    }
    void write();
    bool hasRefusal() const { return m_hasRefusal; }

private:
    void joined(const char *member, PartKind kind);
    void writeDetails();
    void writeCalls();
    void writeImages();
    void writeAnnotations();
    const Tool *customTool(const ToolCall &call) const;

    QByteArray &m_out;
    const Reply &m_reply;
    const EncodeOptions &m_options;
    bool m_hasRefusal = false;
};

bool isOf(const Part &part, PartKind kind)
{
    return kind == PartKind::Text   ? part.is<TextPart>()
        : kind == PartKind::Refusal ? part.is<RefusalPart>()
                                    : part.is<Reasoning>();
}

// Blocks are one continuous text. [translation §6.3]
void MessageWriter::joined(const char *member, PartKind kind)
{
    appendBytes(m_out, member);
    m_out.append('"');
    for (const Part &part : m_reply.parts) {
        if (const OpaquePart *opaque = part.as<OpaquePart>();
            opaque && kind == PartKind::Text && !opaque->isServerTool)
            appendInner(m_out, opaque->readable);
        if (!isOf(part, kind))
            continue;
        if (const TextPart *text = part.as<TextPart>()) {
            appendInner(m_out, text->text);
        } else if (const RefusalPart *refusal = part.as<RefusalPart>()) {
            appendInner(m_out, refusal->text);
        } else if (const Reasoning *reasoning = part.as<Reasoning>()) {
            appendInner(m_out, reasoning->text);
            for (size_t i = 0; i < reasoning->summary.size(); ++i) {
                if (i > 0)
                    appendBytes(m_out, "\\n\\n");
                appendInner(m_out, reasoning->summary[i]);
            }
        }
    }
    m_out.append('"');
}

Text reasoningText(const Reasoning &reasoning)
{
    Text text = reasoning.text;
    for (const Text &summary : reasoning.summary) {
        if (!text.isEmpty())
            text.append(TextView::plain("\n\n"));
        text.append(summary);
    }
    return text;
}

void MessageWriter::writeDetails()
{
    int index = 0;
    for (const Part &part : m_reply.parts) {
        if (part.is<ToolCall>())
            continue;
        const Reasoning *reasoning = part.as<Reasoning>();
        for (const Artifact &artifact : part.artifacts) {
            if (artifact.kind == ArtifactKind::ReasoningContent)
                continue; // the text itself is the state, and it is there
            appendBytes(m_out, index == 0 ? R"(,"reasoning_details":[)" : ",");
            writeDetail(m_out, artifact, m_options.origin,
                        reasoning ? reasoningText(*reasoning) : Text(), index++);
        }
    }
    if (index > 0)
        m_out.append(']');
}

const Tool *MessageWriter::customTool(const ToolCall &call) const
{
    for (const Tool &tool : m_options.tools) {
        if (tool.kind == ToolKind::Custom && tool.name == call.name)
            return &tool;
    }
    return nullptr;
}

void MessageWriter::writeCalls()
{
    int count = 0;
    for (const Part &part : m_reply.parts) {
        const ToolCall *call = part.as<ToolCall>();
        if (!call || (m_options.isLegacyFunctions && count > 0))
            continue;
        const bool isCustom = call->kind == ToolKind::Custom || customTool(*call);
        if (m_options.isLegacyFunctions) {
            appendBytes(m_out, R"(,"function_call":{"name":)");
        } else {
            appendBytes(m_out, count == 0 ? R"(,"tool_calls":[{"id":)" : R"(,{"id":)");
            json::appendQuoted(m_out, call->id);
            appendBytes(m_out,
                        isCustom ? R"(,"type":"custom","custom":{"name":)"
                                 : R"(,"type":"function","function":{"name":)");
        }
        json::appendQuoted(m_out, call->name);
        if (isCustom && !m_options.isLegacyFunctions) {
            appendBytes(m_out, R"(,"input":)");
            if (call->kind == ToolKind::Custom)
                appendQuoted(m_out, call->arguments);
            else
                json::appendQuoted(m_out, freeInput(call->arguments));
        } else {
            appendBytes(m_out, R"(,"arguments":)");
            if (call->arguments.isBlank())
                appendBytes(m_out, "\"{}\"");
            else
                appendQuoted(m_out, call->arguments);
        }
        m_out.append('}');
        if (!m_options.isLegacyFunctions) {
            for (const Artifact &artifact : part.artifacts) {
                Artifact owned = artifact;
                if (owned.origin.provider.isEmpty())
                    owned.origin = m_options.origin;
                appendBytes(m_out, R"(,"extra_content":{"google":{"thought_signature":)");
                json::appendQuoted(m_out, sealed(owned));
                appendBytes(m_out, "}}");
                break;
            }
            m_out.append('}');
        }
        ++count;
    }
    if (count > 0 && !m_options.isLegacyFunctions)
        m_out.append(']');
}

void MessageWriter::writeImages()
{
    int count = 0;
    for (const Part &part : m_reply.parts) {
        const MediaPart *media = part.as<MediaPart>();
        if (!media || media->kind != MediaKind::Image)
            continue;
        appendBytes(m_out, count++ == 0 ? R"(,"images":[)" : ",");
        appendBytes(m_out, R"({"type":"image_url","image_url":{"url":)");
        if (media->source == MediaSource::Base64)
            writeDataUrl(m_out, *media);
        else
            appendQuoted(m_out, media->data);
        appendBytes(m_out, "}}");
    }
    if (count > 0)
        m_out.append(']');
}

void MessageWriter::writeAnnotations()
{
    QByteArray list;
    for (const Part &part : m_reply.parts) {
        const TextPart *text = part.as<TextPart>();
        if (!text || text->citationsRaw.isEmpty())
            continue;
        json::Scan scan;
        if (!scan.run(text->citationsRaw))
            continue;
        for (const json::Node citation : scan.root().items()) {
            if (const QByteArray made = annotation(citation.raw()); !made.isEmpty())
                list += (list.isEmpty() ? "" : ",") + made;
        }
    }
    if (!list.isEmpty())
        m_out += R"(,"annotations":[)" + list + ']';
}

void MessageWriter::write()
{
    bool hasText = false, hasReasoning = false, hasCall = false;
    for (const Part &part : m_reply.parts) {
        const OpaquePart *opaque = part.as<OpaquePart>();
        hasText |= part.is<TextPart>()
            || (opaque && !opaque->isServerTool && !opaque->readable.isEmpty());
        m_hasRefusal |= part.is<RefusalPart>();
        hasCall |= part.is<ToolCall>();
        if (const Reasoning *reasoning = part.as<Reasoning>())
            hasReasoning |= !reasoning->text.isEmpty() || !reasoning->summary.empty();
    }
    appendBytes(m_out, R"({"role":"assistant")");
    if (hasText)
        joined(R"(,"content":)", PartKind::Text);
    else
        appendBytes(m_out, hasCall || m_hasRefusal ? R"(,"content":null)" : R"(,"content":"")");
    if (m_hasRefusal)
        joined(R"(,"refusal":)", PartKind::Refusal);
    else
        appendBytes(m_out, R"(,"refusal":null)");
    if (hasReasoning && m_options.showsReasoning)
        joined(R"(,"reasoning_content":)", PartKind::Reasoning);
    writeDetails();
    writeCalls();
    writeImages();
    writeAnnotations();
    m_out.append('}');
}

} // namespace

QByteArray encodeReply(const Reply &reply, const EncodeOptions &options, QByteArrayView cost)
{
    if (isCompletionPath(options.path))
        return completionBody(reply, options, cost);
    QByteArray out;
    out.reserve(reply.body.size() + 1024);
    appendBytes(out, R"({"id":)");
    json::appendQuoted(out,
                       reply.id.isEmpty() ? QByteArray("chatcmpl-" + options.id.text()) : reply.id);
    appendBytes(out, R"(,"object":"chat.completion","created":)");
    appendNumber(out, reply.createdSeconds ? reply.createdSeconds : options.createdSeconds);
    appendBytes(out, R"(,"model":)");
    json::appendQuoted(out, options.model.isEmpty() ? reply.model : options.model);
    appendBytes(out, R"(,"choices":[{"index":0,"message":)");
    MessageWriter message(out, reply, options);
    message.write();
    appendBytes(out, R"(,"logprobs":)");
    if (reply.logprobsRaw.isEmpty()) {
        appendBytes(out, "null");
    } else {
        appendBytes(out, R"({"content":)");
        appendBytes(out, reply.logprobsRaw);
        out.append('}');
    }
    appendBytes(out, R"(,"finish_reason":")");
    appendBytes(out, finishWord(reply.finish, message.hasRefusal(), options.isLegacyFunctions));
    appendBytes(out, R"("}],"usage":)");
    writeUsage(out, reply.usage, cost.isEmpty() ? QByteArrayView(reply.costRaw) : cost);
    out.append('}');
    return out;
}

} // namespace sb::translate::openai_chat
