// Scales of charts: nice steps upward, times along. Pure.
#pragma once

#include <QList>
#include <QString>
#include <QTimeZone>

namespace sb::kit {

// From 0 to `top` in kLines equal steps.
struct NiceAxis {
    static constexpr int kLines = 3;
    double top = kLines;
    double step = 1;
};

// The smallest scale of nice steps that holds `highest`; steps are whole where `isWhole`.
NiceAxis niceAxis(double highest, bool isWhole);

// The top that is really shown: grows at once, shrinks after half a minute, so that the axis does
// not jump.
class SteadyTop {
public:
    static constexpr qint64 kShrinkAfterMs = 30'000;

    NiceAxis take(const NiceAxis &wanted, qint64 nowWallMs);
    void reset() { *this = {}; } // another range: nothing to be steady about

private:
    NiceAxis m_axis{.top = 0, .step = 0};
    qint64 m_shrinkAt = 0;
};

struct TimeTick {
    qint64 wallMs = 0;
    QString text;
};

// At most `most` round times of `zone` in the range: whole minutes, hours, days.
QList<TimeTick> timeTicks(qint64 fromWallMs, qint64 toWallMs, int most, const QTimeZone &zone);

} // namespace sb::kit
