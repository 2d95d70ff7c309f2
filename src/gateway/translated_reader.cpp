#include "gateway/translated_reader.h"

namespace sb::gateway {

namespace {

dialect::Finish sharedFinish(chat::Finish finish)
{
    switch (finish) {
    case chat::Finish::None:
        return dialect::Finish::None;
    case chat::Finish::Stop:
    case chat::Finish::StopSequence:
        return dialect::Finish::Stop;
    case chat::Finish::ToolCalls:
        return dialect::Finish::ToolCalls;
    case chat::Finish::Length:
    case chat::Finish::ContextFull:
        return dialect::Finish::Length;
    case chat::Finish::ContentFilter:
    case chat::Finish::Refusal:
        return dialect::Finish::Filtered;
    case chat::Finish::Pause:
        return dialect::Finish::Pause;
    case chat::Finish::MalformedCall:
    case chat::Finish::Error:
        break;
    }
    return dialect::Finish::Error;
}

// Characters of UTF-8; escapes count as written, as they do for streams that pass through.
qint64 charCount(QByteArrayView utf8)
{
    return std::count_if(utf8.begin(), utf8.end(),
                         [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
}

bool isUnreadable(AttemptOutcome outcome)
{
    return outcome == AttemptOutcome::BrokenEvent || outcome == AttemptOutcome::BadReply
        || outcome == AttemptOutcome::ReplyTooLarge;
}

} // namespace

TranslatedReader::TranslatedReader(Parts parts)
    : m_parts(std::move(parts))
    , m_sink(this)
    , m_collects(!m_parts.encoder || m_parts.remember)
{
    if (!m_parts.stops.empty()) {
        chat::EventSink &self = *this;
        m_sink = &m_cutter.emplace(m_parts.stops, self);
    }
}

dialect::StreamStep TranslatedReader::feed(QByteArrayView bytes)
{
    m_parts.decoder->feed(bytes, *m_sink);
    return step(false);
}

dialect::StreamStep TranslatedReader::finish(bool isUnframed)
{
    m_parts.decoder->finish(isUnframed, *m_sink);
    return step(true);
}

void TranslatedReader::event(const chat::Event &event)
{
    using Kind = chat::Event::Kind;
    if (m_isEnded)
        return;
    switch (event.kind) {
    case Kind::Start:
        m_model = event.name.toByteArray();
        break;
    case Kind::Open:
        if (event.partKind != chat::PartKind::Text && event.partKind != chat::PartKind::Refusal
            && event.partKind != chat::PartKind::Reasoning)
            m_isContentNew = true;
        if (event.part >= 0)
            m_arguments.resize(std::max(m_arguments.size(), size_t(event.part) + 1));
        break;
    case Kind::Delta:
        noteDelta(event);
        break;
    case Kind::Close:
        m_isBadToolJson |= event.isIncomplete;
        break;
    case Kind::Usage:
        m_usage = *event.usage;
        break;
    case Kind::Finish:
        noteFinish(event);
        break;
    case Kind::Error:
        m_fault = *event.fault;
        return;
    case Kind::Alive:
        return;
    case Kind::End:
        m_isEnded = true;
        m_isWhole = event.isClean && !m_fault;
        return;
    }
    if (m_collects)
        m_collector.event(event);
    if (!m_parts.encoder)
        return;
    m_parts.encoder->event(event);
    if (event.kind == Kind::Start && m_parts.startBytes)
        *m_parts.startBytes = m_parts.encoder->out().size();
}

void TranslatedReader::noteDelta(const chat::Event &event)
{
    switch (event.deltaKind) {
    case chat::DeltaKind::Arguments:
        if (event.part >= 0 && size_t(event.part) < m_arguments.size())
            m_arguments[size_t(event.part)].feed(event.text);
        [[fallthrough]];
    case chat::DeltaKind::Text:
    case chat::DeltaKind::Reasoning:
    case chat::DeltaKind::Summary:
        m_contentChars += charCount(event.text.bytes);
        [[fallthrough]];
    case chat::DeltaKind::Media:
        m_isContentNew |= !event.text.isEmpty();
        break;
    case chat::DeltaKind::Artifact:
    case chat::DeltaKind::Citation:
    case chat::DeltaKind::Logprobs:
        break;
    }
}

void TranslatedReader::noteFinish(const chat::Event &event)
{
    m_finish = sharedFinish(event.finish);
    m_isEmptyAnswer = m_finish == dialect::Finish::Filtered || m_finish == dialect::Finish::Pause;
    m_isBadToolJson |= event.finish == chat::Finish::MalformedCall;
    if (event.finish == chat::Finish::ToolCalls) {
        m_isBadToolJson |= std::any_of(
            m_arguments.cbegin(), m_arguments.cend(),
            [](const chat::ArgumentsTracker &one) { return !one.isEmpty() && !one.isWhole(); });
    }
    if (m_parts.encoder && m_parts.cost)
        m_parts.encoder->setCost(m_parts.cost(m_usage, m_model));
}

dialect::StreamStep TranslatedReader::step(bool isAtEnd)
{
    dialect::StreamStep step;
    const bool hasNew = std::exchange(m_isContentNew, false);
    m_hasContent |= hasNew;
    m_isContentOwed |= hasNew;
    if (m_parts.encoder) {
        m_forward = m_parts.encoder->take();
        step.forward = m_forward;
        step.hasContent = m_isContentOwed;
        if (!m_forward.isEmpty())
            m_isContentOwed = false;
    } else {
        step.hasContent = hasNew && !m_isEnded; // nothing of it was given
    }
    if (!m_isEnded)
        return step;
    if (!m_fault) {
        step.isTerminal = m_isWhole;
        if (m_isWhole && m_collects) {
            const chat::Reply reply = m_collector.take();
            if (m_parts.remember)
                m_parts.remember(reply);
            if (!m_parts.encoder) {
                m_forward = m_parts.whole(
                    reply, m_parts.cost ? m_parts.cost(m_usage, m_model) : QByteArray());
                step.forward = m_forward;
            }
        }
        return step;
    }
    const chat::Fault &fault = *m_fault;
    if (isUnreadable(fault.outcome)) {
        step.isBroken = true;
    } else if (fault.outcome == AttemptOutcome::StreamCut
               || fault.outcome == AttemptOutcome::BodyShort) {
        step.isTerminal = !isAtEnd; // it ended itself too early
    } else {
        dialect::ProviderError &error = step.error.emplace();
        error.outcome = fault.outcome;
        error.status = fault.status;
        error.message = fault.message;
        error.type = fault.type;
        error.code = fault.code;
        error.hint = fault.hint;
    }
    return step;
}

} // namespace sb::gateway
