#include "chat/collector.h"

#include "base/bytes.h"

namespace sb::chat {

namespace {

// Appends one raw value to a raw array.
void appendRaw(QByteArray &array, QByteArrayView value)
{
    if (array.isEmpty())
        array = "[";
    else
        array[array.size() - 1] = ',';
    appendBytes(array, value);
    array.append(']');
}

// Joins raw arrays.
void extendRaw(QByteArray &array, QByteArrayView more)
{
    const QByteArrayView items = more.size() >= 2 ? more.sliced(1).chopped(1) : QByteArrayView();
    if (!items.trimmed().isEmpty())
        appendRaw(array, items);
}

} // namespace

void Collector::event(const Event &event)
{
    switch (event.kind) {
    case Event::Kind::Start:
        m_reply.id = event.id.toByteArray();
        m_reply.model = event.name.toByteArray();
        m_reply.createdSeconds = event.createdSeconds;
        break;
    case Event::Kind::Open:
        open(event);
        break;
    case Event::Kind::Delta:
        delta(event);
        break;
    case Event::Kind::Close:
        if (Part *part = partOf(event); ToolCall *call = part ? part->as<ToolCall>() : nullptr) {
            call->isIncomplete = event.isIncomplete;
            if (call->kind == ToolKind::Function && call->arguments.isBlank())
                call->arguments = Text::plain(QByteArrayLiteral("{}"));
        }
        break;
    case Event::Kind::Usage:
        m_reply.usage = *event.usage;
        m_reply.costRaw = event.costRaw.toByteArray();
        break;
    case Event::Kind::Finish:
        m_reply.finish = event.finish;
        m_reply.nativeFinish = event.name.toByteArray();
        m_reply.stopSequence = event.stopSequence.toByteArray();
        break;
    case Event::Kind::Error:
        m_reply.fault = *event.fault;
        break;
    case Event::Kind::Alive:
        break;
    case Event::Kind::End:
        m_isEnded = true;
        break;
    }
}

void Collector::open(const Event &event)
{
    Part part;
    switch (event.partKind) {
    case PartKind::Text:
        part.content = TextPart();
        break;
    case PartKind::Refusal:
        part.content = RefusalPart();
        break;
    case PartKind::Reasoning:
        part.content = Reasoning();
        break;
    case PartKind::Call: {
        ToolCall call;
        call.id = event.id.toByteArray();
        call.itemId = event.itemId.toByteArray();
        call.name = event.name.toByteArray();
        call.space = event.space.toByteArray();
        call.kind = event.toolKind;
        call.isIncomplete = true; // until it is closed
        part.content = std::move(call);
        break;
    }
    case PartKind::Media:
    case PartKind::Opaque:
        part = event.whole ? *event.whole : Part(MediaPart());
        break;
    }
    m_reply.parts.push_back(std::move(part));
}

void Collector::delta(const Event &event)
{
    Part *found = partOf(event);
    if (!found)
        return;
    Part &part = *found;
    Reasoning *reasoning = part.as<Reasoning>();
    switch (event.deltaKind) {
    case DeltaKind::Text:
        if (TextPart *text = part.as<TextPart>())
            text->text.append(event.text);
        else if (RefusalPart *refusal = part.as<RefusalPart>())
            refusal->text.append(event.text);
        break;
    case DeltaKind::Reasoning:
        if (reasoning)
            reasoning->text.append(event.text);
        break;
    case DeltaKind::Summary:
        if (!reasoning)
            break;
        if (event.isNewSummary || reasoning->summary.empty())
            reasoning->summary.push_back({});
        reasoning->summary.back().append(event.text);
        break;
    case DeltaKind::Arguments:
        if (ToolCall *call = part.as<ToolCall>())
            call->arguments.append(event.text);
        break;
    case DeltaKind::Artifact: {
        if (event.artifact == ArtifactKind::AnthropicRedacted && reasoning)
            reasoning->isRedacted = true;
        Artifact artifact{event.artifact, event.text.toPlain(), event.itemId.toByteArray(), {}};
        // Details are a list; of everything else the last one is valid.
        for (Artifact &known : part.artifacts) {
            if (known.kind == artifact.kind && artifact.kind != ArtifactKind::ReasoningDetails) {
                known = std::move(artifact);
                return;
            }
        }
        part.artifacts.push_back(std::move(artifact));
        break;
    }
    case DeltaKind::Citation:
        if (TextPart *text = part.as<TextPart>())
            appendRaw(text->citationsRaw, event.text.bytes);
        break;
    case DeltaKind::Logprobs:
        extendRaw(m_reply.logprobsRaw, event.text.bytes);
        break;
    case DeltaKind::Media:
        if (MediaPart *media = part.as<MediaPart>())
            media->data.append(event.text);
        break;
    }
}

Part *Collector::partOf(const Event &event)
{
    const size_t part = size_t(event.part);
    return part < m_reply.parts.size() ? &m_reply.parts[part] : nullptr;
}

Reply Collector::take()
{
    m_isEnded = false;
    return std::exchange(m_reply, {});
}

} // namespace sb::chat
