// Whether bodies are recorded, and until when. Off until a person asks; it ends by itself.
//
// Engine thread; owned by the gateway. It ends at its wall time, and after its length on the
// monotonic clock where the wall clock was set back meanwhile. What is kept of the end over a
// restart is the wall time.
#pragma once

#include "base/clock.h"
#include "record/frame.h"

#include <functional>

namespace sb::gateway {

class RecordingSwitch {
public:
    static constexpr Seconds kLongest{24 * 3600};

    // `changed` gets the new end, 0 = off.
    RecordingSwitch(Clock &clock, std::function<void(qint64 untilWallMs)> changed);

    void start(Nanos length); // at most kLongest; replaces what was left; 0 ends
    void restore(qint64 untilWallMs); // of an earlier run; what has passed meanwhile has passed
    bool isOn(qint64 wallMs) const { return wallMs < m_untilWallMs; }

    void countKept() { ++m_kept; }
    void countGivenUp() { ++m_givenUp; }
    RecordingView view() const;

private:
    void set(qint64 untilWallMs, Nanos until);
    void watch();

    Clock &m_clock;
    std::function<void(qint64)> m_changed;
    Timer m_timer;
    qint64 m_untilWallMs = 0; // 0 = off
    Nanos m_until{0};
    quint64 m_kept = 0;
    quint64 m_givenUp = 0;
};

} // namespace sb::gateway
