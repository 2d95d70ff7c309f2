// What Spend works out from reports: periods, the projection, the burn-down, who moved most.
//
// Pure; money stays exact, only shares of days and percentiles are rounded, once. [console §3.4]
#pragma once

#include "engine/history.h"

#include <QDate>
#include <QTimeZone>

namespace sb::models {

enum class SpendRange : quint8 { Today, Days7, Days30, Month };

struct SpendPeriod {
    qint64 fromWallMs = 0;
    qint64 toWallMs = 0; // its end: the next midnight, the first of the next month
    // As much of the period before as has gone by of this one.
    qint64 beforeFromWallMs = 0;
    qint64 beforeToWallMs = 0;
    engine::SpendGrain grain = engine::SpendGrain::Hour;
};
SpendPeriod periodOf(SpendRange range, qint64 nowWallMs, const QTimeZone &zone);
// The local day that `nowWallMs` is in.
SpendPeriod dayOf(qint64 nowWallMs, const QTimeZone &zone);

struct DayCost {
    QDate date;
    Money cost;
    qint64 exchanges = 0;
};
// Whole days before today, oldest first, from the first one with a request on.
QList<DayCost> daysBefore(const engine::SpendReport &byDay, qint64 nowWallMs,
                          const QTimeZone &zone);

struct Projection {
    static constexpr int kLeastDays = 3;

    bool isKnown = false; // needs kLeastDays days of data
    bool isSameWeekday = false; // mean of the same weekday of 4 weeks, else of 7 days
    int days = 0; // of data
    Money end; // at the period's end
    Money low; // p10 … p90 of a day
    Money high;
};
// `spent` so far; what is still to come follows from the days before.
Projection project(Money spent, qint64 nowWallMs, qint64 toWallMs, const QList<DayCost> &days,
                   const QTimeZone &zone);

// Instants from the start of the day to its end; dollars, NaN where there is nothing.
struct BurnDown {
    QList<qint64> instants; // oldest first; the last one is the day's end
    QList<double> left;
    QList<double> pace; // even
    QList<double> low; // of what will be left
    QList<double> high;
};
// `quarters` covers the day in quarters of an hour; what is uncertain counts.
BurnDown burnDown(Money cap, const engine::SpendReport &quarters, qint64 nowWallMs,
                  const Projection &projection);

// Per hour, over the quarters of the last hour; nothing before the first of them.
std::optional<Money> hourlyRate(const engine::SpendReport &quarters, qint64 nowWallMs);

struct Mover {
    QString key;
    Money change; // against the period before
};
std::optional<Mover> biggestMover(const engine::SpendReport &now,
                                  const engine::SpendReport &before);

// The dearest `most` rows as series over the buckets, the rest as one.
struct SpendStack {
    QString key; // empty and isOther: the rest
    bool isOther = false;
    int rows = 1; // behind it
    QList<Money> values; // per bucket
    Money total;
};
QList<SpendStack> stacksOf(const engine::SpendReport &report, int most);

double dollars(Money amount);
// Never negative, for sums that a frame and a report disagree on for a moment.
Money atLeastZero(Money amount);

} // namespace sb::models
