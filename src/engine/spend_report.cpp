#include "engine/history_reports.h"
#include "store/days.h"
#include "store/rollup.h"

#include <QTimeZone>

namespace sb::engine {

namespace {
constexpr qsizetype kMostBuckets = 40'000; // more than a year of quarters
constexpr qint64 kHourMs = 60 * 60 * 1000;

QTimeZone zoneOf(const SpendAsk &ask)
{
    return QTimeZone(store::DayBook(ask.zone).zone());
}

qint64 offsetMs(const QTimeZone &zone, qint64 wallMs)
{
    return qint64(zone.offsetFromUtc(QDateTime::fromMSecsSinceEpoch(wallMs, Qt::UTC))) * 1000;
}

// The start of the bucket that holds the time, and of the one after it.
qint64 bucketOf(SpendGrain grain, const QTimeZone &zone, qint64 wallMs)
{
    switch (grain) {
    case SpendGrain::Quarter:
        return store::quarterOf(wallMs);
    case SpendGrain::Hour: {
        // A zone that moved by half an hour within this one: the hour begins where it moved.
        const qint64 local = wallMs + offsetMs(zone, wallMs);
        const qint64 from = wallMs - (local % kHourMs + kHourMs) % kHourMs;
        if (offsetMs(zone, from) == offsetMs(zone, wallMs))
            return from;
        const auto moved
            = zone.previousTransition(QDateTime::fromMSecsSinceEpoch(wallMs + 1, Qt::UTC));
        return moved.atUtc.isValid() ? std::max(from, moved.atUtc.toMSecsSinceEpoch()) : from;
    }
    case SpendGrain::Day:
        return QDateTime::fromMSecsSinceEpoch(wallMs, zone)
            .date()
            .startOfDay(zone)
            .toMSecsSinceEpoch();
    }
    return wallMs;
}

qint64 nextBucket(SpendGrain grain, const QTimeZone &zone, qint64 fromMs)
{
    switch (grain) {
    case SpendGrain::Quarter:
        return fromMs + store::kQuarterMs;
    case SpendGrain::Hour: {
        const qint64 local = fromMs + offsetMs(zone, fromMs);
        const qint64 next = fromMs + kHourMs - (local % kHourMs + kHourMs) % kHourMs;
        return std::max(bucketOf(grain, zone, next), fromMs + store::kQuarterMs);
    }
    case SpendGrain::Day:
        return QDateTime::fromMSecsSinceEpoch(fromMs, zone)
            .date()
            .addDays(1)
            .startOfDay(zone)
            .toMSecsSinceEpoch();
    }
    return fromMs + store::kQuarterMs;
}

SpendSums sumsOf(const store::RollupRow &row)
{
    SpendSums sums;
    sums.exchanges = row.exchanges;
    sums.attempts = row.attempts;
    sums.unpriced = row.unpriced;
    sums.estimated = row.estimated;
    sums.reported = row.reported;
    sums.cost = row.cost;
    sums.uncertain = row.uncertain;
    sums.usage = row.usage;
    return sums;
}
} // namespace

Result<QList<qint64>> spendBorders(const SpendAsk &ask)
{
    const auto refused = [](const char *why) {
        return unexpected(Error::make(QStringLiteral("bad_range"), QString::fromLatin1(why)));
    };
    constexpr qint64 kLastMs = 253'402'300'799'000; // the year 9999
    if (ask.toWallMs <= ask.fromWallMs || ask.fromWallMs < 0 || ask.toWallMs > kLastMs)
        return refused("a range ends after it begins");
    const QTimeZone zone = zoneOf(ask);
    QList<qint64> borders{bucketOf(ask.grain, zone, ask.fromWallMs)};
    while (borders.last() < ask.toWallMs) {
        if (borders.size() > kMostBuckets)
            return refused("the range has too many parts");
        borders << nextBucket(ask.grain, zone, borders.last());
    }
    return borders;
}

store::SumAsk sumAsk(const SpendAsk &ask, const QList<qint64> &borders)
{
    store::SumAsk sums;
    static_assert(int(SpendGroup::Folder) == int(store::SumGroup::Folder));
    sums.group = store::SumGroup(int(ask.group));
    sums.fromWallMs = borders.first();
    sums.toWallMs = borders.last();
    if (ask.grain == SpendGrain::Day)
        sums.dayZone = zoneOf(ask).id();
    sums.hasDrills = ask.hasDrills;
    return sums;
}

SpendReport spendReport(const SpendAsk &ask, const QList<qint64> &borders,
                        const QList<store::SumRow> &rows)
{
    SpendReport report;
    report.ask = ask;
    store::RollupRow total;
    QHash<QString, store::RollupRow> groups;
    for (const store::SumRow &row : rows) {
        store::addSums(total, row.sums);
        store::addSums(groups[row.name], row.sums);
    }
    report.total = sumsOf(total);
    for (auto group = groups.cbegin(); group != groups.cend(); ++group)
        report.rows.append({group.key(), sumsOf(*group)});
    std::sort(report.rows.begin(), report.rows.end(), [](const SpendRow &a, const SpendRow &b) {
        const auto rank = [](const SpendRow &row) {
            return std::tuple(-row.sums.cost.nano, -row.sums.uncertain.nano, -row.sums.exchanges,
                              -row.sums.attempts);
        };
        return rank(a) != rank(b) ? rank(a) < rank(b) : a.key < b.key;
    });
    QHash<QString, qsizetype> places;
    for (qsizetype i = 0; i < report.rows.size(); ++i)
        places.insert(report.rows[i].key, i);
    std::vector<QHash<qsizetype, store::RollupRow>> cells(size_t(borders.size() - 1));
    for (const store::SumRow &row : rows) {
        const auto after = std::upper_bound(borders.cbegin(), borders.cend(), row.fromWallMs);
        if (after == borders.cbegin() || after == borders.cend())
            continue; // outside: the store was asked for less
        store::addSums(cells[size_t(after - borders.cbegin() - 1)][places.value(row.name)],
                       row.sums);
    }
    for (qsizetype i = 0; i + 1 < borders.size(); ++i) {
        SpendBucket bucket{borders[i], borders[i + 1], QList<SpendSums>(report.rows.size())};
        const auto &own = cells[size_t(i)];
        for (auto cell = own.cbegin(); cell != own.cend(); ++cell)
            bucket.cells[cell.key()] = sumsOf(*cell);
        report.buckets.append(std::move(bucket));
    }
    return report;
}

} // namespace sb::engine
