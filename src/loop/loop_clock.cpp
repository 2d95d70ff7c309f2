#include "loop/loop_clock.h"

#include "loop/timer_heap.h"

#include <QObject>
#include <QTimerEvent>

namespace sb::loop {

class LoopClock::Loop final : public QObject {
public:
    explicit Loop(const Clock &clock)
        : m_clock(clock)
    {
    }

    TimerId after(Nanos delay, std::function<void()> call)
    {
        const Nanos due = m_clock.now() + std::max(delay, Nanos(0));
        const TimerId id = m_heap.push(due, std::move(call));
        if (!m_isRunning)
            arm();
        return id;
    }

    // A cancelled first timer leaves Qt's running: it fires once for nothing, which is cheaper than
    // setting it anew at every cancel.
    void cancel(TimerId id) { m_heap.remove(id); }

protected:
    void timerEvent(QTimerEvent *) override
    {
        killTimer(std::exchange(m_timer, 0));
        const Nanos now = m_clock.now();
        const quint64 end = m_heap.nextOrder(); // what a call adds waits for the next round
        m_isRunning = true;
        const auto alive = m_alive;
        while (!m_heap.isEmpty() && m_heap.nextDue() <= now && m_heap.topOrder() < end) {
            const auto call = m_heap.take(m_heap.top());
            call();
            if (alive.use_count() == 1)
                return; // the call destroyed the clock
        }
        m_isRunning = false;
        arm();
    }

private:
    void arm()
    {
        if (m_heap.isEmpty())
            return;
        const Nanos due = m_heap.nextDue();
        if (m_timer != 0) {
            if (m_armedFor <= due)
                return;
            killTimer(m_timer);
        }
        m_armedFor = due;
        const auto wait
            = std::chrono::ceil<std::chrono::milliseconds>(std::max(due - m_clock.now(), Nanos(0)));
        // Qt counts in int milliseconds: a very far time is looked at again on the way.
        m_timer = startTimer(std::min(wait, std::chrono::milliseconds(std::chrono::hours(24))),
                             Qt::PreciseTimer);
    }

    const Clock &m_clock;
    TimerHeap<std::function<void()>> m_heap;
    std::shared_ptr<int> m_alive = std::make_shared<int>();
    Nanos m_armedFor{0};
    int m_timer = 0;
    bool m_isRunning = false;
};

LoopClock::LoopClock() = default;
LoopClock::~LoopClock() = default;

Clock::TimerId LoopClock::after(Nanos delay, std::function<void()> call)
{
    if (!m_loop) // here, so that it belongs to the thread that uses it
        m_loop = std::make_unique<Loop>(*this);
    return m_loop->after(delay, std::move(call));
}

void LoopClock::cancel(TimerId id)
{
    if (m_loop)
        m_loop->cancel(id);
}

} // namespace sb::loop
