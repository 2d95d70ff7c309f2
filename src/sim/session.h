// One connection to the simulator: reads requests strictly, plays the plan it is given for each.
// Owned by the simulator, on its thread; it is destroyed a turn after it says closed().
#pragma once

#include "http/parser.h"
#include "http/transport.h"
#include "sim/plan.h"

namespace sb::sim {

class Session;

// What a session asks of the simulator.
class Desk {
public:
    // The head came whole. Gives the request's number, 0 for the simulator's own pages.
    virtual quint64 headRead(const http::RequestHead &head, const Route &route) = 0;
    virtual Plan answer(quint64 number, const http::RequestHead &head, const Route &route,
                        QByteArrayView body, const Session &session)
        = 0;
    // The caller left before the reply was whole.
    virtual void aborted(quint64 number) = 0;
    // The connection is closed; no call comes after this one.
    virtual void closed(Session &session) = 0;

protected:
    ~Desk() = default;
};

class Session final : private http::TransportListener {
public:
    Session(Desk &desk, http::TransportHub &hub, Clock &clock, int descriptor, bool isLoopback);

    bool isLoopback() const { return m_isLoopback; }
    // The provider goes away: no further request is answered here. What is already on its way is
    // still read, so that it counts. A connection that steers the simulator stays.
    void leave();

private:
    void bytesRead(char *bytes, qsizetype count) override;
    void peerClosed() override;
    void writeDrained() override;
    void transportFailed(int error) override;

    void parse(char *bytes, qsizetype count);
    void countUnanswered(char *bytes, qsizetype count);
    void answerRequest();
    void refuse();
    void play();
    void finish();
    void pulse();
    void closeSoon();
    void end();

    Desk &m_desk;
    http::Transport m_transport;
    http::RequestParser m_parser;
    Timer m_timer;
    Route m_route;
    QByteArray m_body;
    QByteArray m_waiting; // bytes of the next request, while this one is answered
    Plan m_plan;
    size_t m_next = 0; // part of the plan
    quint64 m_number = 0;
    bool m_isLoopback;
    bool m_isBusy = false; // a request is being answered
    bool m_hasWaited = false; // the next part's time has come
    bool m_isFull = false;
    bool m_isLeaving = false;
    bool m_isClosing = false; // our end is out; what still comes is counted, not answered
    bool m_isControl = false;
    bool m_isEnded = false;
};

} // namespace sb::sim
