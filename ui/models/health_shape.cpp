#include "models/health_shape.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace sb::models {

namespace {

constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();

double seconds(Micros time)
{
    return time.count() < 0 ? kNothing : double(time.count()) / 1e6;
}

} // namespace

RangeRule ruleOf(HealthRange range)
{
    using namespace std::chrono_literals;
    switch (range) {
    case HealthRange::Minutes5:
        return {5min, 2s, 1s};
    case HealthRange::Hour:
        return {1h, 15s, 5s};
    case HealthRange::Day:
        return {24h, 5min, 5s};
    case HealthRange::Week:
        return {168h, 1h, 5s};
    }
    return {5min, 2s, 1s};
}

engine::HealthAsk healthAsk(HealthRange range, const std::optional<WallRange> &zoom,
                            qint64 nowWallMs, engine::HealthSplit split, bool hasDrills)
{
    const RangeRule rule = ruleOf(range);
    const qint64 bucket = rule.bucket.count();
    const auto up = [bucket](qint64 wallMs) { return (wallMs + bucket - 1) / bucket * bucket; };
    engine::HealthAsk ask{.bucket = rule.bucket, .split = split, .hasDrills = hasDrills};
    ask.toWallMs = up(zoom ? zoom->second : nowWallMs);
    ask.fromWallMs = zoom ? zoom->first / bucket * bucket : ask.toWallMs - rule.length.count();
    if (ask.toWallMs <= ask.fromWallMs)
        ask.toWallMs = ask.fromWallMs + bucket;
    return ask;
}

HealthLists listsOf(const QList<engine::HealthBucket> &buckets)
{
    HealthLists lists;
    for (int i = 0; i < buckets.size(); ++i) {
        const engine::HealthBucket &bucket = buckets[i];
        const bool isFew = bucket.samples > 0 && bucket.samples < kFewSamples;
        lists.starts += bucket.fromWallMs;
        lists.p50Duration += seconds(bucket.p50Duration);
        lists.p95Duration += isFew ? kNothing : seconds(bucket.p95Duration);
        lists.p50First += seconds(bucket.p50FirstContent);
        lists.p95First += isFew ? kNothing : seconds(bucket.p95FirstContent);
        lists.p50Speed += bucket.p50Speed > 0 ? bucket.p50Speed : kNothing;
        // Nothing in flight where nothing was sent is no news.
        lists.inFlight
            += bucket.inFlight > 0 || bucket.attempts > 0 ? double(bucket.inFlight) : kNothing;
        if (isFew)
            lists.few += i;
    }
    return lists;
}

ErrorBars errorBars(const QList<engine::HealthBucket> &buckets, int mostBars)
{
    ErrorBars bars;
    const int count = int(buckets.size());
    if (count == 0 || mostBars < 1)
        return bars;
    // A group size that divides the range, so that all bars cover the same time.
    int group = (count + mostBars - 1) / mostBars;
    for (int candidate = group; candidate <= 2 * group; ++candidate) {
        if (count % candidate == 0) {
            group = candidate;
            break;
        }
    }
    for (int first = 0; first < count; first += group) {
        bars.starts += buckets[first].fromWallMs;
        bars.total += 0;
        for (auto &counts : bars.counts)
            counts += 0;
        for (int i = first; i < std::min(count, first + group); ++i) {
            for (size_t kind = 0; kind < buckets[i].failures.size(); ++kind) {
                bars.counts[kind].last() += buckets[i].failures[kind];
                bars.total.last() += buckets[i].failures[kind];
            }
        }
    }
    return bars;
}

QList<StateSpan> stateSpans(const QList<engine::HealthBucket> &buckets, qint64 toWallMs)
{
    QList<StateSpan> spans;
    for (int i = 0; i < buckets.size(); ++i) {
        const qint64 end = i + 1 < buckets.size() ? buckets[i + 1].fromWallMs : toWallMs;
        if (!spans.isEmpty() && spans.constLast().state == buckets[i].state)
            spans.last().toWallMs = end;
        else
            spans += StateSpan{buckets[i].fromWallMs, end, buckets[i].state};
    }
    return spans;
}

bool hasAnything(const engine::HealthReport &report)
{
    return !report.events.isEmpty()
        || std::any_of(report.series.cbegin(), report.series.cend(), [](const auto &series) {
               return std::any_of(series.buckets.cbegin(), series.buckets.cend(),
                                  [](const engine::HealthBucket &bucket) {
                                      return bucket.attempts > 0 || bucket.inFlight > 0
                                          || bucket.state != ProviderState::NoTraffic;
                                  });
           });
}

int failuresOf(const engine::HealthBucket &bucket)
{
    return std::accumulate(bucket.failures.cbegin(), bucket.failures.cend(), 0);
}

const engine::HealthBucket *bucketAt(const engine::HealthSeries &series, qint64 wallMs,
                                     qint64 toWallMs)
{
    if (series.buckets.isEmpty() || wallMs > toWallMs)
        return nullptr;
    const auto after = std::upper_bound(
        series.buckets.cbegin(), series.buckets.cend(), wallMs,
        [](qint64 at, const engine::HealthBucket &bucket) { return at < bucket.fromWallMs; });
    return after == series.buckets.cbegin() ? nullptr : &*(after - 1);
}

} // namespace sb::models
