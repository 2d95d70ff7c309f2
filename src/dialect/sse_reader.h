// What the stream readers of the event-stream dialects share: framing and the choice of what goes
// on to the client. A dialect says what each event means.
#pragma once

#include "dialect/dialect.h"
#include "dialect/sse.h"

namespace sb::dialect {

class SseReader : public StreamReader {
public:
    StreamStep feed(QByteArrayView bytes) final;
    StreamStep finish(bool isUnframed) final;

protected:
    enum class Verdict : quint8 {
        Pass, // goes to the client
        Drop, // does not
        Last, // goes, and was the terminal
        LastDropped, // the terminal of a stream that is not whole
        Broken, // cannot be understood
        Failed, // an error event; step.error says which
    };

    explicit SseReader(qsizetype eventLimit)
        : m_framer(eventLimit)
    {
    }

    // Sets step.hasContent and step.error, nothing else of it.
    virtual Verdict onEvent(const SseEvent &event, StreamStep &step) = 0;

    void foundContent(StreamStep &step)
    {
        step.hasContent = true;
        m_hasContent = true;
    }

private:
    bool take(const SseEvent &event, StreamStep &step); // false: the stream is over
    void pass(QByteArrayView raw, StreamStep &step);

    SseFramer m_framer;
    QByteArray m_gathered; // of `forward`, where something in between was dropped
    bool m_isGathering = false;
    bool m_isOver = false;
};

} // namespace sb::dialect
