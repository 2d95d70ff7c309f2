#include "chat/stop_cutter.h"

namespace sb::chat {

void StopCutter::event(const Event &event)
{
    if (m_isCut)
        return;
    const bool isText = event.kind == Event::Kind::Delta && event.partKind == PartKind::Text
        && event.deltaKind == DeltaKind::Text;
    if (!isText) {
        if (event.partKind == PartKind::Call && event.kind == Event::Kind::Open)
            m_openCalls.push_back(event.part);
        else if (event.partKind == PartKind::Call && event.kind == Event::Kind::Close)
            std::erase(m_openCalls, event.part);
        const bool isClose = event.kind == Event::Kind::Close && event.partKind == PartKind::Text;
        if (isClose && !m_held.isEmpty()) {
            Event rest = event;
            rest.kind = Event::Kind::Delta;
            rest.deltaKind = DeltaKind::Text;
            rest.text = TextView::plain(m_held);
            m_next.event(rest);
            m_held.clear();
        }
        m_next.event(event);
        return;
    }

    m_held += event.text.toPlain();
    qsizetype found = -1;
    const QByteArray *stop = nullptr;
    for (const QByteArray &candidate : m_stops) {
        const qsizetype at = m_held.indexOf(candidate);
        if (at >= 0 && (found < 0 || at < found)) {
            found = at;
            stop = &candidate;
        }
    }
    // What may still become a stop sequence waits.
    qsizetype free = found;
    if (!stop) {
        qsizetype waiting = 0;
        for (const QByteArray &candidate : m_stops) {
            for (qsizetype n = qMin(candidate.size() - 1, m_held.size()); n > waiting; --n) {
                if (m_held.endsWith(QByteArrayView(candidate).first(n))) {
                    waiting = n;
                    break;
                }
            }
        }
        free = m_held.size() - waiting;
    }
    if (free > 0) {
        Event said = event;
        said.text = TextView::plain(QByteArrayView(m_held).first(free));
        m_next.event(said);
    }
    if (!stop) {
        m_held.remove(0, free);
        return;
    }
    m_isCut = true;
    Event end = event;
    end.kind = Event::Kind::Close;
    end.text = {};
    m_next.event(end);
    for (const int call : m_openCalls) {
        end.part = call;
        end.partKind = PartKind::Call;
        m_next.event(end);
    }
    end = {};
    end.kind = Event::Kind::Finish;
    end.finish = Finish::StopSequence;
    end.stopSequence = *stop;
    m_next.event(end);
    end = {};
    end.kind = Event::Kind::End;
    end.isClean = true;
    m_next.event(end);
}

} // namespace sb::chat
