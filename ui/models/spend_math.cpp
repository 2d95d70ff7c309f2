#include "models/spend_math.h"

#include <QDateTime>
#include <QHash>

#include <algorithm>
#include <cmath>
#include <limits>

namespace sb::models {

namespace {

constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();
constexpr qint64 kHourMs = 3'600'000;

QDate dateOf(qint64 wallMs, const QTimeZone &zone)
{
    return QDateTime::fromMSecsSinceEpoch(wallMs, zone).date();
}

qint64 startOf(QDate date, const QTimeZone &zone)
{
    return date.startOfDay(zone).toMSecsSinceEpoch();
}

Money scaled(Money amount, double share)
{
    return Money{qint64(std::llround(double(amount.nano) * share))};
}

Money mean(const QList<Money> &amounts)
{
    qint64 sum = 0;
    for (const Money amount : amounts)
        sum += amount.nano;
    return amounts.isEmpty() ? Money{} : Money{sum / amounts.size()};
}

// Between the two nearest, as spreadsheets do it.
Money percentile(QList<Money> amounts, double share)
{
    std::sort(amounts.begin(), amounts.end());
    const double at = share * double(amounts.size() - 1);
    const auto below = qsizetype(at);
    const qsizetype above = std::min(below + 1, amounts.size() - 1);
    const double part = at - double(below);
    return scaled(amounts[below], 1 - part) + scaled(amounts[above], part);
}

Money costOf(const engine::SpendBucket &bucket)
{
    Money sum;
    for (const engine::SpendSums &cell : bucket.cells)
        sum += cell.cost;
    return sum;
}

Money uncertainOf(const engine::SpendBucket &bucket)
{
    Money sum;
    for (const engine::SpendSums &cell : bucket.cells)
        sum += cell.uncertain;
    return sum;
}

} // namespace

double dollars(Money amount)
{
    return double(amount.nano) / 1e9;
}

Money atLeastZero(Money amount)
{
    return std::max(amount, Money{});
}

SpendPeriod dayOf(qint64 nowWallMs, const QTimeZone &zone)
{
    return periodOf(SpendRange::Today, nowWallMs, zone);
}

SpendPeriod periodOf(SpendRange range, qint64 now, const QTimeZone &zone)
{
    const QDate today = dateOf(now, zone);
    QDate first = today;
    QDate end = today.addDays(1);
    QDate before = today.addDays(-1);
    switch (range) {
    case SpendRange::Today:
        break;
    case SpendRange::Days7:
        first = today.addDays(-6);
        before = first.addDays(-7);
        break;
    case SpendRange::Days30:
        first = today.addDays(-29);
        before = first.addDays(-30);
        break;
    case SpendRange::Month:
        first = QDate(today.year(), today.month(), 1);
        end = first.addMonths(1);
        before = first.addMonths(-1);
        break;
    }
    SpendPeriod period;
    period.grain = range == SpendRange::Today ? engine::SpendGrain::Hour : engine::SpendGrain::Day;
    period.fromWallMs = startOf(first, zone);
    period.toWallMs = startOf(end, zone);
    period.beforeFromWallMs = startOf(before, zone);
    period.beforeToWallMs
        = std::min(period.fromWallMs, period.beforeFromWallMs + (now - period.fromWallMs));
    return period;
}

QList<DayCost> daysBefore(const engine::SpendReport &byDay, qint64 now, const QTimeZone &zone)
{
    const QDate today = dateOf(now, zone);
    QList<DayCost> days;
    for (const engine::SpendBucket &bucket : byDay.buckets) {
        const QDate date = dateOf(bucket.fromWallMs, zone);
        if (date >= today)
            break;
        DayCost day{.date = date, .cost = costOf(bucket)};
        for (const engine::SpendSums &cell : bucket.cells)
            day.exchanges += cell.exchanges;
        if (days.isEmpty() && day.exchanges == 0)
            continue; // before the first use
        days += day;
    }
    return days;
}

Projection project(Money spent, qint64 now, qint64 to, const QList<DayCost> &days,
                   const QTimeZone &zone)
{
    constexpr int kWeeks = 4;
    constexpr int kWindow = 7 * kWeeks;
    Projection projection{.days = int(days.size())};
    if (days.size() < Projection::kLeastDays || to <= now)
        return projection;
    projection.isKnown = true;
    QHash<QDate, Money> byDate;
    QList<Money> window;
    for (const DayCost &day : days) {
        byDate.insert(day.date, day.cost);
        if (days.constLast().date.toJulianDay() - day.date.toJulianDay() < kWindow)
            window += day.cost;
    }
    QList<Money> week;
    for (const DayCost &day : days.last(std::min<qsizetype>(7, days.size())))
        week += day.cost;
    const Money usual = mean(week);
    const Money low = percentile(window, 0.1);
    const Money high = percentile(window, 0.9);
    const auto expected = [&](QDate date) {
        QList<Money> same;
        QDate at = date.addDays(-7);
        while (at > days.constLast().date) // a day of next week: from the last known on
            at = at.addDays(-7);
        for (int i = 0; i < kWeeks; ++i, at = at.addDays(-7)) {
            if (byDate.contains(at))
                same += byDate[at];
        }
        if (same.size() < kWeeks)
            return usual;
        projection.isSameWeekday = true;
        return mean(same);
    };
    projection.end = projection.low = projection.high = spent;
    for (QDate date = dateOf(now, zone); startOf(date, zone) < to; date = date.addDays(1)) {
        const qint64 from = startOf(date, zone);
        const qint64 end = startOf(date.addDays(1), zone);
        const double share = double(std::min(end, to) - std::max(from, now))
            / double(std::max<qint64>(1, end - from));
        projection.end += scaled(expected(date), share);
        projection.low += scaled(low, share);
        projection.high += scaled(high, share);
    }
    // The mean may lie outside of most days; the band then reaches to it.
    projection.low = std::min(projection.low, projection.end);
    projection.high = std::max(projection.high, projection.end);
    return projection;
}

BurnDown burnDown(Money cap, const engine::SpendReport &quarters, qint64 now,
                  const Projection &projection)
{
    BurnDown out;
    if (quarters.buckets.isEmpty())
        return out;
    const qint64 from = quarters.buckets.constFirst().fromWallMs;
    const qint64 to = quarters.buckets.constLast().toWallMs;
    Money left = cap;
    const double nowShare = double(now - from) / double(std::max<qint64>(1, to - from));
    Money spent;
    for (const engine::SpendBucket &bucket : quarters.buckets) {
        if (bucket.fromWallMs <= now)
            spent += costOf(bucket) + uncertainOf(bucket);
    }
    const auto add = [&](qint64 at, Money value) {
        const double share = double(at - from) / double(std::max<qint64>(1, to - from));
        out.instants += at;
        out.left += at <= now ? dollars(atLeastZero(value)) : kNothing;
        out.pace += dollars(cap) * (1 - share);
        double low = kNothing;
        double high = kNothing;
        if (projection.isKnown && at >= now && nowShare < 1) {
            // From what is left now, evenly, to what is likely at the end.
            const double gone = (share - nowShare) / (1 - nowShare);
            const auto after = [&](Money end) {
                return std::max(0.0, dollars(cap - spent) - gone * dollars(end - spent));
            };
            low = after(projection.high);
            high = after(projection.low);
        }
        out.low += low;
        out.high += high;
    };
    bool hasNow = now < from || now >= to;
    for (const engine::SpendBucket &bucket : quarters.buckets) {
        add(bucket.fromWallMs, left);
        if (bucket.fromWallMs <= now)
            left -= costOf(bucket) + uncertainOf(bucket);
        if (!hasNow && now > bucket.fromWallMs && now < bucket.toWallMs) {
            add(now, left);
            hasNow = true;
        }
    }
    add(to, left);
    return out;
}

std::optional<Money> hourlyRate(const engine::SpendReport &quarters, qint64 now)
{
    Money sum;
    qint64 since = -1;
    for (const engine::SpendBucket &bucket : quarters.buckets) {
        if (bucket.fromWallMs > now || bucket.toWallMs <= now - kHourMs)
            continue;
        if (since < 0)
            since = bucket.fromWallMs;
        sum += costOf(bucket);
    }
    // Just after midnight a few seconds say nothing about an hour.
    if (since < 0 || now - since < 60'000)
        return std::nullopt;
    return scaled(sum, double(kHourMs) / double(now - since));
}

std::optional<Mover> biggestMover(const engine::SpendReport &now, const engine::SpendReport &before)
{
    QHash<QString, Money> change;
    for (const engine::SpendRow &row : now.rows)
        change[row.key] += row.sums.cost;
    for (const engine::SpendRow &row : before.rows)
        change[row.key] -= row.sums.cost;
    std::optional<Mover> best;
    for (auto it = change.cbegin(); it != change.cend(); ++it) {
        const qint64 size = std::abs(it->nano);
        if (size == 0)
            continue;
        const qint64 most = best ? std::abs(best->change.nano) : 0;
        if (size > most || (size == most && best && it.key() < best->key))
            best = Mover{it.key(), *it};
    }
    return best;
}

QList<SpendStack> stacksOf(const engine::SpendReport &report, int most)
{
    QList<SpendStack> stacks;
    const auto take = [&](SpendStack &stack, qsizetype row) {
        for (qsizetype i = 0; i < report.buckets.size(); ++i)
            stack.values[i] += report.buckets[i].cells.value(row).cost;
        stack.total += report.rows[row].sums.cost;
    };
    SpendStack other{.isOther = true, .rows = 0};
    other.values.resize(report.buckets.size());
    for (qsizetype row = 0; row < report.rows.size(); ++row) {
        if (row < most) {
            SpendStack stack{.key = report.rows[row].key};
            stack.values.resize(report.buckets.size());
            take(stack, row);
            stacks += stack;
        } else {
            ++other.rows;
            take(other, row);
        }
    }
    if (other.rows > 0)
        stacks += other;
    return stacks;
}

} // namespace sb::models
