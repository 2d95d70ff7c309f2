// Time as a seam. Durations use the monotonic clock, records and windows the wall clock.
#pragma once

#include <QtGlobal>

#include <chrono>
#include <functional>
#include <map>

namespace sb {

using Nanos = std::chrono::nanoseconds;
using Millis = std::chrono::milliseconds;
using Seconds = std::chrono::seconds;

class Clock {
public:
    using TimerId = quint64; // 0 = none
    virtual ~Clock() = default;

    // CLOCK_MONOTONIC: for durations.
    virtual Nanos now() const = 0;
    // CLOCK_BOOTTIME: also runs while the machine sleeps; for ages of pooled connections.
    virtual Nanos sinceBoot() const = 0;
    // UTC milliseconds since 1970: for records and budget windows.
    virtual qint64 wallMs() const = 0;

    // Runs `call` once, later, on the clock's own thread; never inside after(). Cancelling an id
    // that has fired or is 0 does nothing.
    virtual TimerId after(Nanos delay, std::function<void()> call) = 0;
    virtual void cancel(TimerId id) = 0;
};

// A timer that stops when its owner goes.
class Timer {
public:
    explicit Timer(Clock &clock)
        : m_clock(&clock)
    {
    }
    ~Timer() { stop(); }
    Timer(const Timer &) = delete;
    Timer &operator=(const Timer &) = delete;

    // Starts anew; an earlier start is forgotten.
    void start(Nanos delay, std::function<void()> call);
    void stop();
    bool isActive() const { return m_id != 0; }

private:
    Clock *m_clock;
    Clock::TimerId m_id = 0;
    std::function<void()> m_call; // here, as inside the clock's own closure it needs an allocation
};

// The system's clocks without timers, for code that only reads time (after() must not be called).
// Threads with a loop use loop::LoopClock, which has timers.
class PlainClock : public Clock {
public:
    Nanos now() const override;
    Nanos sinceBoot() const override;
    qint64 wallMs() const override;
    TimerId after(Nanos delay, std::function<void()> call) override;
    void cancel(TimerId id) override;
};

// Time that moves only when told. For tests and simulation.
class ManualClock final : public Clock {
public:
    explicit ManualClock(qint64 wallMs = 1'764'000'000'000)
        : m_wallMs(wallMs)
    {
    }

    Nanos now() const override { return m_now; }
    Nanos sinceBoot() const override { return m_now + m_slept; }
    qint64 wallMs() const override;
    TimerId after(Nanos delay, std::function<void()> call) override;
    void cancel(TimerId id) override;

    // Fires every timer that falls due on the way, in order, with now() at its due time.
    void advance(Nanos by);
    // Time until the next timer; negative when none waits.
    Nanos untilNext() const;
    void setWallMs(qint64 wallMs);
    void sleep(Nanos by) { m_slept += by; }

private:
    Nanos m_now{1'000'000'000};
    Nanos m_slept{0};
    qint64 m_wallMs;
    Nanos m_wallSetAt{1'000'000'000};
    TimerId m_nextId = 1;
    std::map<std::pair<Nanos, TimerId>, std::function<void()>> m_timers;
};

} // namespace sb
