#include "http/connection_pool.h"

namespace sb::http {

class ConnectionPool::Idle final : public TransportListener {
public:
    Idle(ConnectionPool &pool, std::unique_ptr<Connection> connection)
        : connection(std::move(connection))
        , m_pool(pool)
    {
        this->connection->transport->setListener(this);
        this->connection->transport->setReading(true);
    }

    void bytesRead(char *, qsizetype) override { m_pool.drop(this); }
    void peerClosed() override { m_pool.drop(this); }
    void transportFailed(int) override { m_pool.drop(this); }

    std::unique_ptr<Connection> connection;

private:
    ConnectionPool &m_pool;
};

ConnectionPool::ConnectionPool(Clock &clock, Nanos reuseIdle, int idlePerOrigin)
    : m_clock(clock)
    , m_reuseIdle(reuseIdle)
    , m_idlePerOrigin(idlePerOrigin)
    , m_sleptBefore(clock.sinceBoot() - clock.now())
    , m_sweep(clock)
{
}

ConnectionPool::~ConnectionPool() = default;

void ConnectionPool::put(std::unique_ptr<Connection> connection)
{
    const Nanos now = dropIfSlept();
    if (m_idlePerOrigin <= 0 || m_count >= maxIdle || !connection->transport->isOpen())
        return;
    connection->idleSince = now;
    std::shared_ptr<Shelf> shelf = shelfOf(connection->origin);
    if (!shelf) {
        shelf = std::make_shared<Shelf>();
        m_shelves.insert(connection->origin, shelf);
    }
    if (int(shelf->size()) >= m_idlePerOrigin) {
        shelf->erase(shelf->begin());
        --m_count;
    }
    shelf->push_back(std::make_unique<Idle>(*this, std::move(connection)));
    ++m_count;
    if (!m_sweep.isActive())
        m_sweep.start(m_reuseIdle, [this] { sweep(); });
}

std::unique_ptr<Connection> ConnectionPool::take(const Origin &origin)
{
    const Nanos now = dropIfSlept();
    const std::shared_ptr<Shelf> found = shelfOf(origin);
    if (!found)
        return nullptr;
    Shelf &shelf = *found;
    while (!shelf.empty()) {
        std::unique_ptr<Connection> connection = std::move(shelf.back()->connection);
        shelf.pop_back();
        --m_count;
        connection->transport->setListener(nullptr);
        if (now - connection->idleSince <= m_reuseIdle && connection->transport->isQuiet())
            return connection;
    }
    return nullptr;
}

// Most requests go where the one before went.
std::shared_ptr<ConnectionPool::Shelf> ConnectionPool::shelfOf(const Origin &origin)
{
    if (m_lastShelf && m_lastOrigin == origin)
        return m_lastShelf;
    const auto it = m_shelves.constFind(origin);
    if (it == m_shelves.cend())
        return nullptr;
    m_lastOrigin = origin;
    m_lastShelf = *it;
    return m_lastShelf;
}

void ConnectionPool::dropAll()
{
    m_lastShelf.reset();
    m_shelves.clear();
    m_count = 0;
    m_sweep.stop();
}

void ConnectionPool::drop(Idle *idle)
{
    const auto it = m_shelves.find(idle->connection->origin);
    if (it == m_shelves.end())
        return;
    m_count -= int(std::erase_if(**it, [idle](const auto &entry) { return entry.get() == idle; }));
}

Nanos ConnectionPool::dropIfSlept()
{
    const Nanos sinceBoot = m_clock.sinceBoot();
    const Nanos slept = sinceBoot - m_clock.now();
    if (slept - m_sleptBefore > jump)
        dropAll();
    m_sleptBefore = slept;
    return sinceBoot;
}

void ConnectionPool::sweep()
{
    const Nanos now = dropIfSlept();
    std::optional<Nanos> oldest;
    for (auto it = m_shelves.begin(); it != m_shelves.end();) {
        Shelf &shelf = **it;
        m_count -= int(std::erase_if(shelf, [&](const auto &idle) {
            return now - idle->connection->idleSince >= m_reuseIdle;
        }));
        if (shelf.empty()) {
            m_lastShelf.reset();
            it = m_shelves.erase(it);
            continue;
        }
        const Nanos since = shelf.front()->connection->idleSince;
        oldest = oldest ? std::min(*oldest, since) : since;
        ++it;
    }
    if (oldest)
        m_sweep.start(std::max(*oldest + m_reuseIdle - now, Nanos(Millis(1))), [this] { sweep(); });
}

int ConnectionPool::count(const Origin &origin) const
{
    const auto it = m_shelves.constFind(origin);
    return it == m_shelves.cend() ? 0 : int((*it)->size());
}

std::optional<Nanos> ConnectionPool::youngestAge(const Origin &origin) const
{
    const auto it = m_shelves.constFind(origin);
    if (it == m_shelves.cend() || (*it)->empty())
        return std::nullopt;
    return m_clock.sinceBoot() - (*it)->back()->connection->idleSince;
}

} // namespace sb::http
