#include "store/health_memory.h"

#include "store/days.h"

#include <map>

namespace sb::store {

namespace {
constexpr qint64 kFineForMs = 6 * 60 * 1'000;
constexpr qint64 kMiddleForMs = 66 * 60 * 1'000;
constexpr qint64 kCoarseForMs = 24ll * 60 * 60 * 1'000 + 10 * 60 * 1'000;
constexpr qint64 kForgetEveryMs = 5'000;
constexpr qint64 kAheadMs = 60 * 60 * 1'000; // a clock that was put back leaves a future behind
constexpr qint64 kTickMs = 250;
constexpr qint64 kTicks = 10 * 60 * 1'000 / kTickMs;
constexpr qsizetype kMostPeaks = 10'000;

qint64 floorTo(qint64 value, qint64 step)
{
    const qint64 rest = value % step;
    return value - (rest < 0 ? rest + step : rest);
}

template <typename Tier> HealthGrain *slotIn(Tier &tier, qint64 fromMs)
{
    if (!tier.empty() && tier.back().fromMs == fromMs) [[likely]]
        return &tier.back().grain;
    if (tier.empty() || tier.back().fromMs < fromMs) {
        tier.push_back({fromMs, {}});
        return &tier.back().grain;
    }
    const auto place
        = std::lower_bound(tier.begin(), tier.end(), fromMs,
                           [](const auto &slot, qint64 from) { return slot.fromMs < from; });
    if (place->fromMs == fromMs)
        return &place->grain;
    return &tier.insert(place, {fromMs, {}})->grain;
}
} // namespace

HealthMemory::Series *HealthMemory::seriesOf(const HealthKey &key)
{
    std::shared_ptr<Series> &series = m_series[key];
    if (!series) {
        series = std::make_shared<Series>();
        series->key = key;
    }
    return series.get();
}

HealthMemory::Target &HealthMemory::targetOf(const Attempt &attempt)
{
    const HealthKey key{HealthLevel::Key, attempt.target.provider.text(), attempt.target.model,
                        attempt.target.key.text(), attempt.isInjected};
    const auto known = m_targets.find(key);
    if (known != m_targets.end())
        return *known;
    if (m_series.size() + 3 > kMostSeries)
        makeRoom();
    Target target;
    target.levels[size_t(HealthLevel::Provider)]
        = seriesOf({HealthLevel::Provider, key.provider, {}, {}, key.isDrill});
    target.levels[size_t(HealthLevel::Model)]
        = seriesOf({HealthLevel::Model, key.provider, key.model, {}, key.isDrill});
    target.levels[size_t(HealthLevel::Key)] = seriesOf(key);
    return *m_targets.insert(key, target);
}

// A third goes at once, so that a stream of new names does not sort the table each time.
void HealthMemory::makeRoom()
{
    QList<std::shared_ptr<Series>> all = m_series.values();
    std::sort(all.begin(), all.end(),
              [](const auto &a, const auto &b) { return a->lastMs < b->lastMs; });
    for (qsizetype i = 0; i < kMostSeries / 3 && i < all.size(); ++i)
        m_series.remove(all[i]->key);
    m_targets.clear();
}

void HealthMemory::add(const Exchange &exchange, qint64 nowMs)
{
    for (const Attempt &attempt : exchange.attempts) {
        const qint64 endMs = endOf(exchange, attempt);
        const Target &target = targetOf(attempt);
        Series &own = *target.levels[size_t(HealthLevel::Key)];
        if (HealthGrain *grain = grainAt(own, endMs, nowMs))
            grain->add(attempt);
        if (attempt.startedAt == kNever)
            continue;
        const qint64 startMs = startOf(exchange, attempt);
        for (Series *series : target.levels)
            raise(*series, startMs, endMs, nowMs);
    }
}

HealthGrain *HealthMemory::grainAt(Series &series, qint64 atMs, qint64 nowMs)
{
    series.lastMs = std::max(series.lastMs, atMs);
    if (std::abs(nowMs - series.forgottenAtMs) >= kForgetEveryMs) {
        series.forgottenAtMs = nowMs;
        forgetOld(series, nowMs);
    }
    if (atMs >= floorTo(nowMs - kFineForMs, kMiddleMs))
        return slotIn(series.fine, floorTo(atMs, kFineMs));
    if (atMs >= floorTo(nowMs - kMiddleForMs, kCoarseMs))
        return slotIn(series.middle, floorTo(atMs, kMiddleMs));
    if (atMs >= floorTo(nowMs - kCoarseForMs, kCoarseMs))
        return slotIn(series.coarse, floorTo(atMs, kCoarseMs));
    return nullptr;
}

void HealthMemory::forgetOld(Series &series, qint64 nowMs)
{
    const auto moveUp = [](Tier &from, Tier &to, qint64 untilMs, qint64 stepMs) {
        while (!from.empty() && from.front().fromMs < untilMs) {
            slotIn(to, floorTo(from.front().fromMs, stepMs))->merge(from.front().grain);
            from.pop_front();
        }
    };
    moveUp(series.fine, series.middle, floorTo(nowMs - kFineForMs, kMiddleMs), kMiddleMs);
    moveUp(series.middle, series.coarse, floorTo(nowMs - kMiddleForMs, kCoarseMs), kCoarseMs);
    while (!series.coarse.empty()
           && series.coarse.front().fromMs < floorTo(nowMs - kCoarseForMs, kCoarseMs))
        series.coarse.pop_front();
    for (Tier *tier : {&series.fine, &series.middle, &series.coarse}) {
        while (!tier->empty() && tier->back().fromMs > nowMs + kAheadMs)
            tier->pop_back();
    }
}

void HealthMemory::forgetOld(qint64 nowMs)
{
    bool isAnyGone = false;
    for (auto it = m_series.begin(); it != m_series.end();) {
        Series &series = **it;
        forgetOld(series, nowMs);
        if (series.fine.empty() && series.middle.empty() && series.coarse.empty()) {
            it = m_series.erase(it);
            isAnyGone = true;
        } else {
            ++it;
        }
    }
    if (isAnyGone)
        m_targets.clear();
}

void HealthMemory::raise(Series &series, qint64 startMs, qint64 endMs, qint64 nowMs)
{
    if (series.levels.empty())
        series.levels.resize(kTicks);
    // It ran at least once, also when it fell between two ticks.
    raiseGrain(series, endMs, 1, nowMs);
    qint64 secondMs = -1;
    int most = 0;
    for (qint64 tick = std::max((startMs + kTickMs - 1) / kTickMs, endMs / kTickMs - kTicks + 1);
         tick * kTickMs < endMs; ++tick) {
        Level &level = series.levels[size_t(tick % kTicks)];
        if (level.tick > tick)
            continue; // read back later than what came after it
        if (level.tick < tick)
            level = {tick, 0};
        ++level.count;
        const qint64 second = floorTo(tick * kTickMs, kFineMs);
        if (second != secondMs) {
            raiseGrain(series, secondMs, most, nowMs);
            secondMs = second;
            most = 0;
        }
        most = std::max(most, level.count);
    }
    raiseGrain(series, secondMs, most, nowMs);
}

void HealthMemory::raiseGrain(Series &series, qint64 atMs, int count, qint64 nowMs)
{
    if (count == 0)
        return;
    HealthGrain *grain = grainAt(series, atMs, nowMs);
    if (!grain || grain->inFlight >= count)
        return;
    grain->inFlight = count;
    const std::pair<qint64, HealthKey> place(quarterOf(atMs), series.key);
    const auto known = m_peaks.find(place);
    if (known != m_peaks.end())
        *known = std::max(*known, count);
    else if (m_peaks.size() < kMostPeaks)
        m_peaks.insert(place, count);
}

QHash<std::pair<qint64, HealthKey>, int> HealthMemory::takePeaks()
{
    return std::exchange(m_peaks, {});
}

qsizetype HealthMemory::grainCount() const
{
    qsizetype count = 0;
    for (const auto &series : m_series)
        count += qsizetype(series->fine.size() + series->middle.size() + series->coarse.size());
    return count;
}

QList<HealthCell> HealthMemory::cells(qint64 fromMs, qint64 toMs, qint64 bucketMs) const
{
    QList<HealthCell> cells;
    for (const auto &series : m_series) {
        std::map<qint64, HealthGrain> merged;
        const auto take = [&](const Tier &tier, qint64 widthMs) {
            for (const Slot &slot : tier) {
                if (slot.fromMs >= toMs || slot.fromMs + widthMs <= fromMs)
                    continue;
                merged[floorTo(std::max(slot.fromMs, fromMs), bucketMs)].merge(slot.grain);
            }
        };
        take(series->coarse, kCoarseMs);
        take(series->middle, kMiddleMs);
        take(series->fine, kFineMs);
        for (auto &[from, grain] : merged)
            cells.append({from, series->key, std::move(grain)});
    }
    return cells;
}

} // namespace sb::store
