// The system's clocks with timers on a thread's event loop: thousands of them on one timer of Qt's.
#pragma once

#include "base/clock.h"

#include <memory>

namespace sb::loop {

// Use on one thread with an event loop: the one that calls after() first. Timers are precise to a
// millisecond, never early; those due together run in the order of their times.
class LoopClock final : public PlainClock {
public:
    LoopClock();
    ~LoopClock() override; // waiting calls are forgotten

    TimerId after(Nanos delay, std::function<void()> call) override;
    void cancel(TimerId id) override;

private:
    class Loop;
    std::unique_ptr<Loop> m_loop;
};

} // namespace sb::loop
