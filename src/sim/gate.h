// The simulator's listening socket, which can be open, refuse, or swallow connects as a firewall
// that drops packets does. Owned by the simulator, on its thread.
//
// The port stays ours while nobody listens: a second socket is bound to it from the start, so the
// kernel answers connects with a reset and gives the port to no one else. Swallowing fills the
// accept queue with connections of our own; Linux then drops further SYNs, and connect() hangs.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "sim/fault_set.h"

#include <QSocketNotifier>

#include <functional>
#include <memory>
#include <vector>

#include <sys/socket.h>

namespace sb::sim {

class Gate {
public:
    // `accepted` gets each new descriptor and owns it; isLoopback: the caller sits on this machine.
    using Accepted = std::function<void(int descriptor, bool isLoopback)>;

    static Result<std::unique_ptr<Gate>> open(const QString &host, quint16 port, Clock &clock,
                                              Accepted accepted);
    ~Gate();
    Gate(const Gate &) = delete;
    Gate &operator=(const Gate &) = delete;

    quint16 port() const { return m_port; }
    GateState state() const { return m_state; }
    void setState(GateState state);

private:
    Gate(Clock &clock, Accepted accepted);
    bool listen();
    void stopListening();
    void swallow();
    // At most so many, and then the connections get a turn; 0: until nobody waits.
    void acceptWaiting(int most);

    Accepted m_accepted;
    Timer m_pause;
    std::unique_ptr<QSocketNotifier> m_notifier;
    std::vector<int> m_fillers;
    sockaddr_storage m_address{};
    socklen_t m_addressSize = 0;
    int m_holder = -1;
    int m_listener = -1;
    quint16 m_port = 0;
    GateState m_state = GateState::Open;
};

} // namespace sb::sim
