#include "chat/player.h"

#include "chat/emitter.h"
#include "json/scan.h"

namespace sb::chat {

namespace {

class Player {
public:
    explicit Player(EventSink &sink)
        : m_sink(sink)
    {
    }

    void part(const Part &part, QByteArrayView logprobs);
    void give(Event event) { m_sink.event(event); }

private:
    void delta(DeltaKind kind, TextView text, bool isNewSummary = false);

    EventSink &m_sink;
    Event m_event; // of the part being played
    int m_next = 0;
};

void Player::delta(DeltaKind kind, TextView text, bool isNewSummary)
{
    if (text.isEmpty())
        return;
    Event event = m_event;
    event.kind = Event::Kind::Delta;
    event.deltaKind = kind;
    event.isNewSummary = isNewSummary;
    event.text = text;
    give(event);
}

void Player::part(const Part &part, QByteArrayView logprobs)
{
    const ToolCall *call = part.as<ToolCall>();
    const TextPart *text = part.as<TextPart>();
    const RefusalPart *refusal = part.as<RefusalPart>();
    const Reasoning *reasoning = part.as<Reasoning>();
    m_event = {};
    m_event.part = m_next++;
    m_event.partKind = call    ? PartKind::Call
        : text                 ? PartKind::Text
        : refusal              ? PartKind::Refusal
        : reasoning            ? PartKind::Reasoning
        : part.is<MediaPart>() ? PartKind::Media
                               : PartKind::Opaque;
    m_event.toolKind = call ? call->kind : ToolKind::Function;
    Event open = m_event;
    open.kind = Event::Kind::Open;
    if (call) {
        open.id = call->id;
        open.itemId = call->itemId;
        open.name = call->name;
        open.space = call->space;
    } else if (!text && !refusal && !reasoning) {
        open.whole = &part;
    }
    give(open);

    if (call)
        delta(DeltaKind::Arguments, call->arguments);
    else if (text)
        delta(DeltaKind::Text, text->text);
    else if (refusal)
        delta(DeltaKind::Text, refusal->text);
    delta(DeltaKind::Logprobs, TextView::plain(logprobs));
    if (reasoning) {
        delta(DeltaKind::Reasoning, reasoning->text);
        for (const Text &summary : reasoning->summary)
            delta(DeltaKind::Summary, summary, true);
    }
    if (text && !text->citationsRaw.isEmpty()) {
        json::Scan scan;
        if (scan.run(text->citationsRaw)) {
            for (const json::Node citation : scan.root().items())
                delta(DeltaKind::Citation, TextView::plain(citation.raw()));
        }
    }
    if (!open.whole) {
        for (const Artifact &artifact : part.artifacts) {
            Event event = m_event;
            event.kind = Event::Kind::Delta;
            event.deltaKind = DeltaKind::Artifact;
            event.artifact = artifact.kind;
            event.text = TextView::plain(artifact.payload);
            event.itemId = artifact.itemId;
            give(event);
        }
    }
    Event close = m_event;
    close.kind = Event::Kind::Close;
    close.isIncomplete = call && call->isIncomplete;
    give(close);
}

} // namespace

void play(const Reply &reply, EventSink &sink)
{
    Player player(sink);
    Event event;
    event.kind = Event::Kind::Start;
    event.id = reply.id;
    event.name = reply.model;
    event.createdSeconds = reply.createdSeconds;
    player.give(event);
    QByteArrayView logprobs = reply.logprobsRaw;
    for (const Part &part : reply.parts) {
        // Of the whole answer: they go with its first text.
        const bool isFirstText = part.is<TextPart>();
        player.part(part, isFirstText ? logprobs : QByteArrayView());
        if (isFirstText)
            logprobs = {};
    }
    if (reply.usage.source != UsageSource::None) {
        event = {};
        event.kind = Event::Kind::Usage;
        event.usage = &reply.usage;
        event.costRaw = reply.costRaw;
        player.give(event);
    }
    const Fault cut{AttemptOutcome::StreamCut, 0, "The provider's answer broke off."};
    const bool isWhole = !reply.fault && reply.finish != Finish::None;
    event = {};
    if (isWhole) {
        event.kind = Event::Kind::Finish;
        event.finish = reply.finish;
        event.name = reply.nativeFinish;
        event.stopSequence = reply.stopSequence;
    } else {
        event.kind = Event::Kind::Error;
        event.fault = reply.fault ? &*reply.fault : &cut;
    }
    player.give(event);
    event = {};
    event.kind = Event::Kind::End;
    event.isClean = isWhole;
    player.give(event);
}

} // namespace sb::chat
