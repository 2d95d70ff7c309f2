#include "base/clock.h"

#include <time.h>

namespace sb {

namespace {
Nanos read(clockid_t id)
{
    timespec ts;
    clock_gettime(id, &ts);
    return Nanos(qint64(ts.tv_sec) * 1'000'000'000 + ts.tv_nsec);
}
} // namespace

void Timer::start(Nanos delay, std::function<void()> call)
{
    stop();
    m_call = std::move(call);
    m_id = m_clock->after(delay, [this] {
        m_id = 0;
        // The call may start or destroy this timer.
        const auto run = std::exchange(m_call, nullptr);
        run();
    });
}

void Timer::stop()
{
    if (m_id == 0)
        return;
    m_clock->cancel(std::exchange(m_id, 0));
    m_call = nullptr; // with what it holds
}

Nanos PlainClock::now() const
{
    return read(CLOCK_MONOTONIC);
}

Nanos PlainClock::sinceBoot() const
{
#ifdef CLOCK_BOOTTIME
    return read(CLOCK_BOOTTIME);
#else
    return read(CLOCK_MONOTONIC);
#endif
}

qint64 PlainClock::wallMs() const
{
    return read(CLOCK_REALTIME).count() / 1'000'000;
}

Clock::TimerId PlainClock::after(Nanos, std::function<void()>)
{
    Q_ASSERT_X(false, "PlainClock", "has no timers");
    return 0;
}

void PlainClock::cancel(TimerId) { }

qint64 ManualClock::wallMs() const
{
    return m_wallMs + (m_now - m_wallSetAt).count() / 1'000'000;
}

Clock::TimerId ManualClock::after(Nanos delay, std::function<void()> call)
{
    const TimerId id = m_nextId++;
    m_timers.emplace(std::pair(m_now + std::max(delay, Nanos(0)), id), std::move(call));
    return id;
}

void ManualClock::cancel(TimerId id)
{
    std::erase_if(m_timers, [id](const auto &entry) { return entry.first.second == id; });
}

void ManualClock::advance(Nanos by)
{
    const Nanos end = m_now + by;
    while (!m_timers.empty() && m_timers.begin()->first.first <= end) {
        auto node = m_timers.extract(m_timers.begin());
        m_now = std::max(m_now, node.key().first);
        node.mapped()();
    }
    m_now = end;
}

Nanos ManualClock::untilNext() const
{
    return m_timers.empty() ? Nanos(-1) : m_timers.begin()->first.first - m_now;
}

void ManualClock::setWallMs(qint64 wallMs)
{
    m_wallMs = wallMs;
    m_wallSetAt = m_now;
}

} // namespace sb
