#include "gateway/recording_switch.h"

namespace sb::gateway {

namespace {
constexpr Seconds kLook{30}; // the wall clock may jump, and a machine may sleep
}

RecordingSwitch::RecordingSwitch(Clock &clock, std::function<void(qint64)> changed)
    : m_clock(clock)
    , m_changed(std::move(changed))
    , m_timer(clock)
{
}

void RecordingSwitch::start(Nanos length)
{
    length = std::clamp<Nanos>(length, Nanos(0), kLongest);
    if (length == Nanos(0))
        return set(0, Nanos(0));
    set(m_clock.wallMs() + std::chrono::ceil<Millis>(length).count(), m_clock.now() + length);
}

void RecordingSwitch::restore(qint64 untilWallMs)
{
    const qint64 left = untilWallMs - m_clock.wallMs();
    // More than was ever granted: the wall clock is not what it was.
    if (left > Millis(kLongest).count() || left <= 0) {
        if (untilWallMs != 0)
            set(0, Nanos(0));
        return;
    }
    set(untilWallMs, m_clock.now() + Millis(left));
}

void RecordingSwitch::set(qint64 untilWallMs, Nanos until)
{
    m_untilWallMs = untilWallMs;
    m_until = until;
    m_timer.stop();
    if (untilWallMs != 0)
        watch();
    m_changed(untilWallMs);
}

void RecordingSwitch::watch()
{
    const qint64 leftByWall = m_untilWallMs - m_clock.wallMs();
    const Nanos left = std::min<Nanos>(m_until - m_clock.now(), Millis(leftByWall));
    if (left <= Nanos(0))
        return set(0, Nanos(0));
    m_timer.start(std::min<Nanos>(left, kLook), [this] { watch(); });
}

RecordingView RecordingSwitch::view() const
{
    return {m_untilWallMs, m_kept, m_givenUp};
}

} // namespace sb::gateway
