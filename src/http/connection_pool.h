// Connections that wait for their next request, per origin.
#pragma once

#include "http/connection.h"

#include <QHash>

#include <functional>
#include <memory>
#include <vector>

namespace sb::http {

// Engine thread; owned by the upstream client. The newest connection is reused first, so that the
// others age and go. An idle connection is watched: a FIN, an error or any byte of a message ends
// it at once. Ages count by sinceBoot, and a sleep of the machine drops everything, because the
// other ends did not sleep. [robustness §5]
class ConnectionPool {
public:
    static constexpr int maxIdle = 512; // over all origins
    static constexpr Nanos jump = Seconds(1); // boot time running ahead by more means: it slept

    ConnectionPool(Clock &clock, Nanos reuseIdle, int idlePerOrigin);
    ~ConnectionPool();
    ConnectionPool(const ConnectionPool &) = delete;
    ConnectionPool &operator=(const ConnectionPool &) = delete;

    void put(std::unique_ptr<Connection> connection);
    // Alive and young enough as far as can be seen; nullptr when there is none.
    std::unique_ptr<Connection> take(const Origin &origin);
    void dropAll();

    int count(const Origin &origin) const;
    // How long the youngest idle connection has waited; nullopt when there is none.
    std::optional<Nanos> youngestAge(const Origin &origin) const;

private:
    class Idle;
    using Shelf = std::vector<std::unique_ptr<Idle>>; // oldest first

    std::shared_ptr<Shelf> shelfOf(const Origin &origin);
    void drop(Idle *idle);
    Nanos dropIfSlept(); // gives the time since boot
    void sweep();

    Clock &m_clock;
    Nanos m_reuseIdle;
    int m_idlePerOrigin;
    QHash<Origin, std::shared_ptr<Shelf>> m_shelves;
    Origin m_lastOrigin; // that was asked for last, and its shelf
    std::shared_ptr<Shelf> m_lastShelf;
    int m_count = 0;
    Nanos m_sleptBefore;
    Timer m_sweep;
};

} // namespace sb::http
