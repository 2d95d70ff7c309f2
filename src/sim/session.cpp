#include "sim/session.h"

namespace sb::sim {

namespace {
constexpr qint64 kLargestBody = 256ll * 1024 * 1024;
constexpr qsizetype kMostWaiting = 1024 * 1024;
constexpr Seconds kLinger{5}; // for the peer's close behind ours
} // namespace

Session::Session(Desk &desk, http::TransportHub &hub, Clock &clock, int descriptor, bool isLoopback)
    : m_desk(desk)
    , m_transport(hub)
    , m_timer(clock)
    , m_isLoopback(isLoopback)
{
    m_transport.setListener(this);
    m_transport.adopt(descriptor);
    m_transport.setReading(true);
}

void Session::leave()
{
    if (m_isControl || m_isLeaving)
        return;
    m_isLeaving = true;
    if (!m_isBusy && m_parser.isIdle())
        closeSoon();
}

void Session::bytesRead(char *bytes, qsizetype count)
{
    if (m_isClosing)
        return countUnanswered(bytes, count);
    if (m_isBusy) {
        // Pipelined; a caller that only floods is cut off.
        m_waiting.append(bytes, count);
        if (m_waiting.size() > kMostWaiting)
            refuse();
        return;
    }
    parse(bytes, count);
}

void Session::parse(char *bytes, qsizetype count)
{
    for (;;) {
        const http::ParseStep step = m_parser.feed(bytes, count);
        if (step.bodySize > 0)
            m_body.append(step.body, step.bodySize);
        bytes += step.consumed;
        count -= step.consumed;
        switch (step.state) {
        case http::ParseStep::State::More:
            if (m_body.size() > kLargestBody)
                refuse();
            return;
        case http::ParseStep::State::Head: {
            const http::RequestHead &head = m_parser.head();
            m_route = routeOf(head);
            m_isControl = m_isControl || m_route.call == Call::Control;
            m_number = m_desk.headRead(head, m_route);
            if (head.contentLength > kLargestBody)
                return refuse();
            if (head.contentLength > 0)
                m_body.reserve(qsizetype(head.contentLength));
            if (head.expectsContinue) {
                m_transport.write(QByteArrayView("HTTP/1.1 100 Continue\r\n\r\n"));
                m_transport.flush();
            }
            break;
        }
        case http::ParseStep::State::Complete:
            m_waiting = QByteArray(bytes, count);
            return answerRequest();
        case http::ParseStep::State::Failed:
            return refuse();
        }
    }
}

// A caller may have written its next request before it saw our end. It gets no answer, but it came.
void Session::countUnanswered(char *bytes, qsizetype count)
{
    while (count > 0) {
        const http::ParseStep step = m_parser.feed(bytes, count);
        bytes += step.consumed;
        count -= step.consumed;
        switch (step.state) {
        case http::ParseStep::State::Head:
            m_desk.aborted(m_desk.headRead(m_parser.head(), routeOf(m_parser.head())));
            break;
        case http::ParseStep::State::Complete:
            m_parser.reset();
            break;
        case http::ParseStep::State::More:
        case http::ParseStep::State::Failed:
            return;
        }
    }
}

// Not HTTP as we know it: said once, then closed.
void Session::refuse()
{
    if (m_number != 0)
        m_desk.aborted(m_number);
    m_isBusy = true;
    m_transport.setReading(false);
    m_transport.write(QByteArrayView(
        "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"));
    closeSoon();
}

void Session::answerRequest()
{
    m_isBusy = true;
    m_plan = m_desk.answer(m_number, m_parser.head(), m_route, m_body, *this);
    m_body = QByteArray();
    m_next = 0;
    m_hasWaited = false;
    play();
}

void Session::play()
{
    while (m_next < m_plan.parts.size()) {
        Part &part = m_plan.parts[m_next];
        if (part.wait.count() > 0 && !m_hasWaited) {
            m_hasWaited = true;
            m_timer.start(part.wait, [this] { play(); });
            return;
        }
        if (m_isFull)
            return; // writeDrained() goes on
        m_hasWaited = false;
        ++m_next;
        m_isFull = !m_transport.write(std::move(part.bytes));
        m_transport.flush();
        if (m_transport.queuedBytes() > 0 && m_transport.isPeerGone()) {
            --m_next; // it did not arrive; the end is told at the end of the turn
            return;
        }
    }
    finish();
}

void Session::finish()
{
    switch (m_plan.end) {
    case Plan::End::Whole:
        if (m_plan.closes || m_isLeaving)
            return closeSoon();
        m_isBusy = false;
        m_number = 0;
        m_parser.reset();
        if (!m_waiting.isEmpty()) {
            // Through the loop: a long pipeline must not become a deep stack.
            m_isBusy = true;
            m_timer.start(Nanos(0), [this] {
                m_isBusy = false;
                QByteArray bytes = std::exchange(m_waiting, {});
                parse(bytes.data(), bytes.size());
            });
        }
        return;
    case Plan::End::Fin:
        return closeSoon();
    case Plan::End::Reset:
        m_transport.resetNow();
        return end();
    case Plan::End::Silence:
        if (!m_plan.pulse.isEmpty())
            m_timer.start(m_plan.pulseEvery, [this] { pulse(); });
        return;
    }
}

void Session::pulse()
{
    if (!m_isFull)
        m_isFull = !m_transport.write(QByteArrayView(m_plan.pulse));
    m_transport.flush();
    m_timer.start(m_plan.pulseEvery, [this] { pulse(); });
}

// FIN behind what is queued; the peer's own end, or a while, ends the connection. Reading goes on:
// closing with unread bytes would turn the FIN into a reset.
void Session::closeSoon()
{
    m_isLeaving = m_isClosing = true;
    m_transport.shutdownWrite();
    m_timer.start(kLinger, [this] { end(); });
    if (m_parser.isComplete())
        m_parser.reset();
    QByteArray waiting = std::exchange(m_waiting, {});
    countUnanswered(waiting.data(), waiting.size());
}

void Session::end()
{
    if (m_isEnded)
        return;
    m_isEnded = true;
    m_timer.stop();
    m_transport.close();
    m_desk.closed(*this);
}

void Session::peerClosed()
{
    const bool isReplyOpen = m_isBusy
        ? m_next < m_plan.parts.size() || m_plan.end == Plan::End::Silence
        : m_number != 0;
    if (isReplyOpen && m_number != 0)
        m_desk.aborted(m_number);
    end();
}

void Session::writeDrained()
{
    m_isFull = false;
    if (m_isBusy && m_next < m_plan.parts.size() && !m_timer.isActive())
        play();
}

void Session::transportFailed(int error)
{
    Q_UNUSED(error)
    peerClosed();
}

} // namespace sb::sim
