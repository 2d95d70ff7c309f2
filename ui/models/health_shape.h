// A health report as charts need it: what to ask for, lists per slot, spans of a state. Pure.
#pragma once

#include "engine/history.h"

namespace sb::models {

enum class HealthRange : quint8 { Minutes5, Hour, Day, Week };

struct RangeRule {
    Millis length;
    Millis bucket;
    Millis refresh;
};
RangeRule ruleOf(HealthRange range);

using WallRange = std::pair<qint64, qint64>;

// Whole buckets up to the one that runs; a zoom keeps the buckets of its range.
engine::HealthAsk healthAsk(HealthRange range, const std::optional<WallRange> &zoom,
                            qint64 nowWallMs, engine::HealthSplit split, bool hasDrills);

// One entry per bucket; NaN where there is nothing.
struct HealthLists {
    QList<qint64> starts;
    QList<double> p50Duration, p95Duration; // seconds
    QList<double> p50First, p95First; // seconds
    QList<double> p50Speed; // tokens per second
    QList<double> inFlight;
    QList<int> few; // 1 … 4 samples
};
constexpr int kFewSamples = 5;
HealthLists listsOf(const QList<engine::HealthBucket> &buckets);

// Failures by class, in bars of several buckets, so that a bar can be seen.
struct ErrorBars {
    QList<qint64> starts;
    std::array<QList<double>, kFailureClasses> counts;
    QList<double> total;
};
ErrorBars errorBars(const QList<engine::HealthBucket> &buckets, int mostBars);

struct StateSpan {
    qint64 fromWallMs = 0;
    qint64 toWallMs = 0;
    ProviderState state = ProviderState::NoTraffic;

    friend bool operator==(const StateSpan &, const StateSpan &) = default;
};
QList<StateSpan> stateSpans(const QList<engine::HealthBucket> &buckets, qint64 toWallMs);

// Whether a later report could differ though nothing happened since: its window moves over this.
bool hasAnything(const engine::HealthReport &report);
int failuresOf(const engine::HealthBucket &bucket);

// The bucket that a time falls into; nothing outside.
const engine::HealthBucket *bucketAt(const engine::HealthSeries &series, qint64 wallMs,
                                     qint64 toWallMs);

} // namespace sb::models
