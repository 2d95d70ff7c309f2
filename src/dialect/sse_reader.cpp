#include "dialect/sse_reader.h"

#include "dialect/scratch.h"

namespace sb::dialect {

void SseReader::pass(QByteArrayView raw, StreamStep &step)
{
    if (m_isGathering) {
        m_gathered.append(raw);
        step.forward = m_gathered;
    } else if (step.forward.isEmpty()) {
        step.forward = raw;
    } else if (step.forward.end() == raw.begin()) {
        step.forward = QByteArrayView(step.forward.data(), step.forward.size() + raw.size());
    } else {
        m_isGathering = true;
        m_gathered = step.forward.toByteArray();
        pass(raw, step);
    }
}

bool SseReader::take(const SseEvent &event, StreamStep &step)
{
    switch (onEvent(event, step)) {
    case Verdict::Pass:
        pass(event.raw, step);
        return true;
    case Verdict::Drop:
        return true;
    case Verdict::Last:
        pass(event.raw, step);
        step.isTerminal = true;
        return false;
    case Verdict::LastDropped:
        step.isTerminal = true;
        return false;
    case Verdict::Broken:
        step.isBroken = true;
        return false;
    case Verdict::Failed:
        return false;
    }
    return false;
}

StreamStep SseReader::feed(QByteArrayView bytes)
{
    StreamStep step;
    if (m_isOver)
        return step;
    m_isGathering = false;
    m_framer.feed(bytes);
    SseEvent event;
    while (m_framer.next(event)) {
        if (!take(event, step)) {
            m_isOver = true;
            return step;
        }
    }
    if (m_framer.isOverLimit()) {
        step.isBroken = true;
        m_isOver = true;
    }
    return step;
}

StreamStep SseReader::finish(bool)
{
    StreamStep step;
    m_isGathering = false;
    if (!m_isOver) {
        m_isOver = true;
        m_framer.end();
        SseEvent event;
        bool isGoing = true;
        while (isGoing && m_framer.next(event))
            isGoing = take(event, step);
        // A last event without its blank line counts if it is whole; half a one is a cut stream and
        // not a broken event. The client gets the missing line ends, or it would never see it.
        if (isGoing && m_framer.rest(event) && event.hasData) {
            StreamStep last;
            const bool wasContent = m_hasContent;
            const Verdict verdict = onEvent(event, last);
            if (verdict == Verdict::Pass || verdict == Verdict::Last) {
                const QByteArray ended = event.raw.toByteArray()
                    + QByteArrayView(event.raw.endsWith('\n') || event.raw.endsWith('\r') ? "\n"
                                                                                          : "\n\n");
                if (!m_isGathering) {
                    m_isGathering = true;
                    m_gathered = step.forward.toByteArray();
                }
                pass(ended, step);
                step.hasContent |= last.hasContent;
            } else if (verdict == Verdict::Failed) {
                step.error = last.error;
            } else {
                m_hasContent = wasContent;
            }
        }
    }
    tidyScratch();
    step.isTerminal = m_isWhole;
    return step;
}

} // namespace sb::dialect
