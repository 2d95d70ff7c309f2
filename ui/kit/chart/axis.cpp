#include "kit/chart/axis.h"

#include <cmath>

#include <QDateTime>
#include <QLocale>

namespace sb::kit {

namespace {

constexpr qint64 kSecond = 1'000;
constexpr qint64 kMinute = 60 * kSecond;
constexpr qint64 kHour = 60 * kMinute;
constexpr qint64 kDay = 24 * kHour;

} // namespace

NiceAxis niceAxis(double highest, bool isWhole)
{
    constexpr double kRoom = 1.04; // a line never runs along the upper edge
    if (!(highest > 0) || !std::isfinite(highest))
        return {.top = NiceAxis::kLines, .step = 1};
    const double least = highest * kRoom / NiceAxis::kLines;
    double base = std::pow(10, std::floor(std::log10(least)));
    if (isWhole)
        base = std::max(base, 1.0);
    for (;; base *= 10) {
        for (const double nice : {1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0}) {
            const double step = nice * base;
            if (step >= least && (!isWhole || step == std::floor(step)))
                return {.top = step * NiceAxis::kLines, .step = step};
        }
    }
}

NiceAxis SteadyTop::take(const NiceAxis &wanted, qint64 nowWallMs)
{
    if (wanted.top >= m_axis.top || nowWallMs >= m_shrinkAt) {
        m_axis = wanted;
        m_shrinkAt = nowWallMs + kShrinkAfterMs;
    }
    return m_axis;
}

QList<TimeTick> timeTicks(qint64 from, qint64 to, int most, const QTimeZone &zone)
{
    if (to <= from || most < 1)
        return {};
    qint64 step = 0;
    for (const qint64 candidate :
         {10 * kSecond, 30 * kSecond, kMinute, 2 * kMinute, 5 * kMinute, 10 * kMinute, 15 * kMinute,
          30 * kMinute, kHour, 2 * kHour, 3 * kHour, 6 * kHour, 12 * kHour, kDay, 2 * kDay,
          5 * kDay, 10 * kDay}) {
        step = candidate;
        if ((to - from) / candidate <= most)
            break;
    }
    const QLocale locale;
    const bool isLong = to - from > 8 * kDay;
    QList<TimeTick> ticks;
    // From midnight on, so that hours are whole in the zone; days are stepped by date, because not
    // all of them have 24 hours.
    QDate date = QDateTime::fromMSecsSinceEpoch(from, zone).date();
    if (step >= kDay) {
        for (int days = int(step / kDay); ticks.size() < most; date = date.addDays(days)) {
            const qint64 at = date.startOfDay(zone).toMSecsSinceEpoch();
            if (at > to)
                break;
            if (at >= from) {
                ticks.append(
                    {at,
                     locale.toString(date,
                                     isLong ? QStringLiteral("d MMM") : QStringLiteral("ddd d"))});
            }
        }
        return ticks;
    }
    qint64 midnight = date.startOfDay(zone).toMSecsSinceEpoch();
    qint64 at = midnight + (from - midnight + step - 1) / step * step;
    for (; at <= to && ticks.size() < most; at += step) {
        const QTime time = QDateTime::fromMSecsSinceEpoch(at, zone).time();
        ticks.append(
            {at,
             time.toString(step < kMinute ? QStringLiteral("HH:mm:ss") : QStringLiteral("HH:mm"))});
    }
    return ticks;
}

} // namespace sb::kit
