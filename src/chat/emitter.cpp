#include "chat/emitter.h"

#include "chat/finish.h"

namespace sb::chat {

void Emitter::give(const Event &event)
{
    if (m_isEnded || !m_sink)
        return;
    if (!m_isStarted && event.kind != Event::Kind::Alive)
        start({}, {}, 0);
    m_sink->event(event);
}

void Emitter::start(QByteArrayView id, QByteArrayView model, qint64 createdSeconds)
{
    if (m_isStarted)
        return;
    m_isStarted = true;
    Event event;
    event.kind = Event::Kind::Start;
    event.id = id;
    event.name = model;
    event.createdSeconds = createdSeconds;
    give(event);
}

int Emitter::open(const Event &described)
{
    Event event = described;
    event.kind = Event::Kind::Open;
    event.part = int(m_parts.size());
    m_parts.push_back({event.partKind, event.toolKind, true, {}});
    give(event);
    return event.part;
}

void Emitter::close(int part)
{
    if (part < 0 || part >= int(m_parts.size()) || !m_parts[size_t(part)].isOpen)
        return;
    Open &open = m_parts[size_t(part)];
    open.isOpen = false;
    if (m_spoken == part)
        m_spoken = -1;
    Event event;
    event.kind = Event::Kind::Close;
    event.partKind = open.kind;
    event.toolKind = open.toolKind;
    event.part = part;
    event.isIncomplete = open.kind == PartKind::Call && open.toolKind == ToolKind::Function
        && !open.arguments.isEmpty() && !open.arguments.isWhole();
    give(event);
}

int Emitter::ensureSpoken(PartKind kind)
{
    if (m_spoken >= 0 && m_parts[size_t(m_spoken)].kind == kind)
        return m_spoken;
    closeSpoken();
    Event event;
    event.partKind = kind;
    m_spoken = open(event);
    return m_spoken;
}

void Emitter::speak(PartKind kind, DeltaKind delta, TextView text)
{
    if (text.isEmpty() || m_isEnded)
        return;
    Event event;
    event.kind = Event::Kind::Delta;
    event.partKind = kind;
    event.deltaKind = delta;
    event.part = ensureSpoken(kind);
    event.text = text;
    give(event);
}

void Emitter::summary(TextView text, bool isNew)
{
    if (text.isEmpty() || m_isEnded)
        return;
    Event event;
    event.kind = Event::Kind::Delta;
    event.partKind = PartKind::Reasoning;
    event.deltaKind = DeltaKind::Summary;
    event.isNewSummary = isNew;
    event.part = ensureSpoken(PartKind::Reasoning);
    event.text = text;
    give(event);
}

void Emitter::artifact(ArtifactKind kind, QByteArrayView payload, QByteArrayView itemId)
{
    if (m_isEnded)
        return;
    Event event;
    event.kind = Event::Kind::Delta;
    event.partKind = PartKind::Reasoning;
    event.deltaKind = DeltaKind::Artifact;
    event.artifact = kind;
    event.part = ensureSpoken(PartKind::Reasoning);
    event.text = TextView::plain(payload);
    event.itemId = itemId;
    give(event);
}

void Emitter::artifactOn(int part, ArtifactKind kind, QByteArrayView payload)
{
    if (m_isEnded)
        return;
    if (part < 0)
        part = int(m_parts.size()) - 1;
    // A closed part takes no delta: an empty text carries it, as Gemini itself sends it.
    if (part < 0 || part >= int(m_parts.size()) || !m_parts[size_t(part)].isOpen)
        part = ensureSpoken(PartKind::Text);
    Event event;
    event.kind = Event::Kind::Delta;
    event.partKind = m_parts[size_t(part)].kind;
    event.deltaKind = DeltaKind::Artifact;
    event.artifact = kind;
    event.part = part;
    event.text = TextView::plain(payload);
    give(event);
}

void Emitter::citation(QByteArrayView raw)
{
    if (m_isEnded)
        return;
    Event event;
    event.kind = Event::Kind::Delta;
    event.deltaKind = DeltaKind::Citation;
    event.part = ensureSpoken(PartKind::Text);
    event.text = TextView::plain(raw);
    give(event);
}

void Emitter::logprobs(QByteArrayView raw)
{
    if (m_isEnded)
        return;
    Event event;
    event.kind = Event::Kind::Delta;
    event.deltaKind = DeltaKind::Logprobs;
    event.part = ensureSpoken(PartKind::Text);
    event.text = TextView::plain(raw);
    give(event);
}

void Emitter::closeSpoken()
{
    close(m_spoken);
}

int Emitter::openCall(const Call &call)
{
    closeSpoken();
    Event event;
    event.partKind = PartKind::Call;
    event.toolKind = call.kind;
    event.id = call.id;
    event.name = call.name;
    event.itemId = call.itemId;
    event.space = call.space;
    return open(event);
}

void Emitter::arguments(int part, TextView text)
{
    if (text.isEmpty() || m_isEnded || part < 0 || part >= int(m_parts.size()))
        return;
    Open &open = m_parts[size_t(part)];
    if (!open.isOpen || open.kind != PartKind::Call)
        return;
    open.arguments.feed(text);
    Event event;
    event.kind = Event::Kind::Delta;
    event.partKind = PartKind::Call;
    event.toolKind = open.toolKind;
    event.deltaKind = DeltaKind::Arguments;
    event.part = part;
    event.text = text;
    give(event);
}

bool Emitter::hasArguments(int part) const
{
    return part >= 0 && part < int(m_parts.size()) && !m_parts[size_t(part)].arguments.isEmpty();
}

void Emitter::closeCall(int part)
{
    close(part);
}

void Emitter::whole(const Part &part)
{
    if (m_isEnded)
        return;
    closeSpoken();
    Event event;
    event.partKind = part.is<MediaPart>() ? PartKind::Media : PartKind::Opaque;
    event.whole = &part;
    close(open(event));
}

void Emitter::usage(const Usage &usage, QByteArrayView costRaw)
{
    m_usage = usage;
    m_hasUsage = true;
    if (!costRaw.isEmpty())
        m_costRaw = costRaw.toByteArray();
    Event event;
    event.kind = Event::Kind::Usage;
    event.usage = &m_usage;
    event.costRaw = m_costRaw;
    give(event);
}

void Emitter::finish(Finish finish, QByteArrayView native, QByteArrayView stopSequence)
{
    if (m_hasFinish || m_isEnded)
        return;
    m_hasFinish = true;
    m_finish = finish;
    m_native = native.toByteArray();
    m_stopSequence = stopSequence.toByteArray();
}

void Emitter::alive()
{
    give({});
}

bool Emitter::hasWholeCall() const
{
    for (const Open &part : m_parts) {
        if (part.kind == PartKind::Call
            && (part.toolKind != ToolKind::Function || part.arguments.isEmpty()
                || part.arguments.isWhole()))
            return true;
    }
    return false;
}

void Emitter::fail(const Fault &fault)
{
    if (m_isEnded)
        return;
    Event event;
    event.kind = Event::Kind::Error;
    event.fault = &fault;
    give(event);
    event = {};
    event.kind = Event::Kind::End;
    give(event);
    m_isEnded = true;
}

void Emitter::end(bool isFinishWaived)
{
    if (m_isEnded)
        return;
    if (m_hasFinish && m_finish == Finish::Error) {
        fail({AttemptOutcome::ErrorInStream, 0, "The provider ended the answer with an error."});
        return;
    }
    if (!m_hasFinish && !isFinishWaived) {
        cut();
        return;
    }
    for (int part = 0; part < int(m_parts.size()); ++part)
        close(part);
    Event event;
    event.kind = Event::Kind::Finish;
    event.finish = settledFinish(m_hasFinish ? m_finish : Finish::Stop, hasWholeCall());
    event.name = m_native;
    event.stopSequence = m_stopSequence;
    give(event);
    event = {};
    event.kind = Event::Kind::End;
    event.isClean = true;
    give(event);
    m_isEnded = true;
}

void Emitter::cut()
{
    fail({AttemptOutcome::StreamCut, 0, "The provider's stream broke off."});
}

} // namespace sb::chat
