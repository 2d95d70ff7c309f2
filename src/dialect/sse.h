// Cuts an event stream into events by the rules of the HTML standard, however the bytes are split.
//
// [HTML Living Standard §9.2.6; dialects §1.3] LF, CRLF and CR end lines; a CR at the end of the
// bytes waits for one more. Events that lie whole in the bytes fed are views into them; only what
// is left over is copied.
#pragma once

#include <QByteArray>
#include <QByteArrayView>

namespace sb::dialect {

struct SseEvent {
    QByteArrayView raw; // every byte of it, comments and the blank line included
    QByteArrayView name; // of its `event:` line
    QByteArrayView data; // its `data:` lines joined by LF
    bool hasData = false; // false: comments or blank lines only
};

class SseFramer {
public:
    explicit SseFramer(qsizetype eventLimit)
        : m_limit(eventLimit)
    {
    }

    // All events of the bytes before must have been taken; their views end here.
    void feed(QByteArrayView bytes);
    // False: no whole event is left, or one is over the limit.
    bool next(SseEvent &event);
    bool isOverLimit() const { return m_isOverLimit; }

    // No more bytes will come. next() may then find one more event that ended in a CR; after it,
    // rest() gives what stands without a blank line, false when there is nothing.
    void end() { m_isAtEnd = true; }
    bool rest(SseEvent &event);

private:
    bool skipMark();
    void takeLine(qsizetype from, qsizetype to);
    void give(SseEvent &event, qsizetype end);
    void park();
    QByteArrayView view(qsizetype from, qsizetype length) const
    {
        return m_view.sliced(from, length);
    }

    struct Part {
        qsizetype from = 0;
        qsizetype length = 0;
    };

    qsizetype m_limit;
    QByteArray m_pending; // what was left over, then what follows it
    QByteArrayView m_view; // what is being cut: the bytes fed or m_pending
    bool m_isOwn = false; // m_view is m_pending
    bool m_isAtStart = true; // a byte order mark may come
    bool m_isAtEnd = false;
    bool m_isOverLimit = false;
    qsizetype m_eventStart = 0;
    qsizetype m_lineStart = 0;
    qsizetype m_at = 0; // no line end before this
    Part m_name;
    Part m_data; // the first data line
    int m_dataLines = 0;
    QByteArray m_joined; // of several
    QByteArray m_given; // keeps the joined lines of the event given last
};

} // namespace sb::dialect
