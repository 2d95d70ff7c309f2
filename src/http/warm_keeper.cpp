#include "http/warm_keeper.h"

namespace sb::http {

struct WarmKeeper::Entry {
    explicit Entry(Clock &clock)
        : timer(clock)
    {
    }
    Nanos until{0};
    Nanos notBefore{0}; // after a failure
    std::unique_ptr<Connector> connector;
    Timer timer;
};

WarmKeeper::WarmKeeper(const ConnectorTools &tools, ConnectionPool &pool, Nanos reuseIdle)
    : m_tools(tools)
    , m_pool(pool)
    // The successor is ready before the old one may no longer be used.
    , m_renewAt(reuseIdle - std::min(reuseIdle / 4, Nanos(Seconds(2))))
{
}

WarmKeeper::~WarmKeeper() = default;

void WarmKeeper::keep(const Origin &origin, Nanos keepFor)
{
    const Nanos now = m_tools.clock.sinceBoot();
    auto it = m_entries.find(origin);
    if (it == m_entries.end()) {
        if (m_entries.size() >= maxOrigins)
            return;
        it = m_entries.insert(origin, std::make_shared<Entry>(m_tools.clock));
    }
    (*it)->until = std::max((*it)->until, now + keepFor);
    check(origin);
}

void WarmKeeper::noteTaken(const Origin &origin)
{
    if (m_entries.isEmpty() || m_pool.count(origin) > 0)
        return;
    const auto it = m_entries.constFind(origin);
    if (it != m_entries.cend() && !(*it)->connector)
        (*it)->timer.start(refillAfter, [this, origin] { check(origin); });
}

void WarmKeeper::check(const Origin &origin)
{
    const auto it = m_entries.constFind(origin);
    if (it == m_entries.cend() || (*it)->connector)
        return;
    const std::shared_ptr<Entry> entry = *it;
    const Nanos now = m_tools.clock.sinceBoot();
    if (now >= entry->until) {
        m_entries.erase(it);
        return;
    }
    const auto again = [this, origin] { check(origin); };
    const std::optional<Nanos> age = m_pool.youngestAge(origin);
    if (age && *age < m_renewAt) {
        entry->timer.start(std::min(m_renewAt - *age, entry->until - now), again);
        return;
    }
    if (now < entry->notBefore) {
        entry->timer.start(entry->notBefore - now, again);
        return;
    }
    entry->connector
        = std::make_unique<Connector>(m_tools, origin, [this, origin](Connector::Outcome outcome) {
              connected(origin, std::move(outcome));
          });
    entry->connector->start(connectTimeout);
}

void WarmKeeper::connected(const Origin &origin, Connector::Outcome outcome)
{
    const auto it = m_entries.constFind(origin);
    if (it == m_entries.cend())
        return;
    const std::unique_ptr<Connector> finished = std::move((*it)->connector);
    if (auto *connection = std::get_if<std::unique_ptr<Connection>>(&outcome))
        m_pool.put(std::move(*connection));
    if (m_pool.count(origin) == 0) // failed, or the pool is full
        (*it)->notBefore = m_tools.clock.sinceBoot() + retryAfter;
    check(origin);
}

} // namespace sb::http
