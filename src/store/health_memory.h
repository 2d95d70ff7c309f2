// The fine grains of health, in memory only: a second for six minutes, 15 s for 66 minutes, five
// minutes for a day. What grows too old is merged into the next coarser grain, so every coarser
// answer is the exact sum of the finer ones. [console §6]
//
// Owned by the writer, its thread. Bounded: so many targets, so many grains of each; the target
// that was quiet the longest makes room. `nowMs` is wall time, given so that tests own it.
#pragma once

#include "store/health_grain.h"

#include <QHash>

#include <deque>
#include <memory>

namespace sb::store {

class HealthMemory {
public:
    static constexpr qint64 kFineMs = 1'000;
    static constexpr qint64 kMiddleMs = 15'000;
    static constexpr qint64 kCoarseMs = 300'000;
    static constexpr qsizetype kMostSeries = 384; // of all three levels

    void add(const Exchange &exchange, qint64 nowMs);
    // Merged to buckets of `bucketMs` from multiples of it; only what overlaps [from, to).
    QList<HealthCell> cells(qint64 fromMs, qint64 toMs, qint64 bucketMs) const;
    // Most at once per quarter since the last call: for the grains on disk.
    QHash<std::pair<qint64, HealthKey>, int> takePeaks();
    void forgetOld(qint64 nowMs);
    qsizetype seriesCount() const { return m_series.size(); }
    qsizetype grainCount() const;

private:
    struct Slot {
        qint64 fromMs;
        HealthGrain grain;
    };
    using Tier = std::deque<Slot>;
    // How many ran at a tick. The ring holds ten minutes; what ran longer counts in the last ten.
    struct Level {
        qint64 tick = -1;
        int count = 0;
    };
    struct Series {
        HealthKey key;
        Tier fine, middle, coarse;
        std::vector<Level> levels;
        qint64 lastMs = 0;
        qint64 forgottenAtMs = 0;
    };
    struct Target {
        std::array<Series *, 3> levels{}; // by HealthLevel
    };

    Target &targetOf(const Attempt &attempt);
    Series *seriesOf(const HealthKey &key);
    static HealthGrain *grainAt(Series &series, qint64 atMs, qint64 nowMs);
    static void forgetOld(Series &series, qint64 nowMs);
    void raise(Series &series, qint64 startMs, qint64 endMs, qint64 nowMs);
    void raiseGrain(Series &series, qint64 atMs, int count, qint64 nowMs);
    void makeRoom();

    QHash<HealthKey, std::shared_ptr<Series>> m_series;
    QHash<HealthKey, Target> m_targets;
    QHash<std::pair<qint64, HealthKey>, int> m_peaks;
};

} // namespace sb::store
