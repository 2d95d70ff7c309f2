#include "engine/history_reports.h"

#include <cmath>
#include <map>

namespace sb::engine {

namespace {
constexpr qint64 kMostBuckets = 20'000;
constexpr qint64 kSamplesForP95 = 5; // fewer say nothing about the worst twentieth [console §3.3]
constexpr int kDegradedMinimum = 10; // attempts; the same as in the ledger [console §3.1]

using SeriesKey = std::tuple<QString, QString, QString>; // provider, model, key

Micros micros(double value)
{
    return value < 0 ? kNever : Micros(qint64(std::llround(value)));
}

HealthBucket bucketOf(qint64 fromWallMs, const store::HealthGrain &grain)
{
    HealthBucket bucket;
    bucket.fromWallMs = fromWallMs;
    bucket.attempts = int(grain.attempts);
    bucket.served = int(grain.served);
    int failures = 0;
    for (size_t i = 0; i < grain.failures.size(); ++i) {
        bucket.failures[i] = int(grain.failures[i]);
        failures += bucket.failures[i];
    }
    bucket.samples = int(grain.duration.count());
    bucket.p50Duration = micros(grain.duration.percentile(0.5));
    bucket.p50FirstContent = micros(grain.firstContent.percentile(0.5));
    if (grain.duration.count() >= kSamplesForP95)
        bucket.p95Duration = micros(grain.duration.percentile(0.95));
    if (grain.firstContent.count() >= kSamplesForP95)
        bucket.p95FirstContent = micros(grain.firstContent.percentile(0.95));
    if (!grain.speed.isEmpty())
        bucket.p50Speed = grain.speed.percentile(0.5) / 1000;
    bucket.inFlight = grain.inFlight;
    const bool isAllFailed = failures > 0 && failures == bucket.attempts;
    const bool isManyFailed
        = bucket.attempts >= kDegradedMinimum && failures * 20 > bucket.attempts;
    if (isAllFailed || isManyFailed)
        bucket.state = ProviderState::Degraded;
    else if (bucket.attempts > 0 || bucket.inFlight > 0)
        bucket.state = ProviderState::Serving;
    return bucket;
}

ProviderState worse(ProviderState a, ProviderState b)
{
    const auto rank = [](ProviderState state) {
        switch (state) {
        case ProviderState::NoTraffic:
            return 0;
        case ProviderState::Serving:
            return 1;
        case ProviderState::Off:
            return 2;
        case ProviderState::Probing:
            return 3;
        case ProviderState::Degraded:
            return 4;
        case ProviderState::Tripped:
            return 5;
        }
        return 0;
    };
    return rank(a) >= rank(b) ? a : b;
}

// Tripped and Off are in force from one event to another.
struct InForce {
    qint64 fromWallMs;
    ProviderState state;
    qint64 untilWallMs; // of a trip: when it is tried again
};

std::optional<InForce> inForce(const EventView &event)
{
    switch (event.kind) {
    case EventKind::Tripped:
        return InForce{event.wallMs, ProviderState::Tripped, event.untilWallMs};
    case EventKind::SwitchedOff:
        return InForce{event.wallMs, ProviderState::Off, 0};
    case EventKind::Recovered:
    case EventKind::SwitchedOn:
        return InForce{event.wallMs, ProviderState::NoTraffic, 0};
    default:
        return std::nullopt;
    }
}

void applyStates(HealthSeries &series, const QList<InForce> &states, qint64 bucketMs, qint64 nowMs)
{
    qsizetype at = 0;
    InForce current{0, ProviderState::NoTraffic, 0};
    for (HealthBucket &bucket : series.buckets) {
        const qint64 endMs = bucket.fromWallMs + bucketMs;
        // A trip whose end nobody told is over when it serves again after its time.
        if (current.state == ProviderState::Tripped && bucket.served > 0
            && bucket.fromWallMs >= std::max(current.untilWallMs, current.fromWallMs))
            current.state = ProviderState::NoTraffic;
        if (bucket.fromWallMs <= nowMs) // nothing is known of the future
            bucket.state = worse(bucket.state, current.state);
        for (; at < states.size() && states[at].fromWallMs < endMs; ++at) {
            current = states[at];
            bucket.state = worse(bucket.state, current.state);
        }
    }
}
} // namespace

Result<HealthAsk> wholeBuckets(const HealthAsk &ask)
{
    const auto refused = [](const char *why) {
        return unexpected(Error::make(QStringLiteral("bad_range"), QString::fromLatin1(why)));
    };
    const qint64 width = ask.bucket.count();
    if (width < 1'000 || width % 1'000 != 0)
        return refused("a bucket is whole seconds long");
    if (ask.toWallMs <= ask.fromWallMs || ask.fromWallMs < 0)
        return refused("a range ends after it begins");
    if ((ask.toWallMs - ask.fromWallMs) / width > kMostBuckets)
        return refused("the range has too many parts");
    HealthAsk whole = ask;
    whole.fromWallMs -= ask.fromWallMs % width;
    whole.toWallMs += (width - ask.toWallMs % width) % width;
    return whole;
}

HealthReport healthReport(const HealthAsk &ask, const QList<store::HealthCell> &cells,
                          const QList<EventView> &events)
{
    HealthReport report;
    report.ask = ask;
    const qint64 width = ask.bucket.count();
    const store::HealthLevel level = ask.split == HealthSplit::ByProvider
        ? store::HealthLevel::Provider
        : ask.split == HealthSplit::ByModel ? store::HealthLevel::Model
                                            : store::HealthLevel::Key;
    std::map<SeriesKey, QHash<qint64, store::HealthGrain>> merged;
    for (const store::HealthCell &cell : cells) {
        if (cell.key.isDrill && !ask.hasDrills)
            continue;
        // Counts are on the keys; how many ran at once is on the level that is asked for.
        const bool isLevel = cell.key.level == level;
        if (!isLevel && cell.key.level != store::HealthLevel::Key)
            continue;
        const SeriesKey key(cell.key.provider,
                            level == store::HealthLevel::Provider ? QString() : cell.key.model,
                            level == store::HealthLevel::Key ? cell.key.key : QString());
        store::HealthGrain &grain = merged[key][cell.fromWallMs];
        const int inFlight = grain.inFlight;
        grain.merge(cell.grain);
        if (!isLevel)
            grain.inFlight = inFlight;
    }
    QHash<QString, QList<InForce>> states;
    for (const EventView &event : events) {
        if (const auto state = inForce(event))
            states[event.provider.text()] << *state;
        if (event.wallMs >= ask.fromWallMs && event.wallMs < ask.toWallMs)
            report.events << event;
    }
    if (ask.split == HealthSplit::ByProvider) {
        for (auto it = states.cbegin(); it != states.cend(); ++it) {
            if (!it.key().isEmpty()) // tripped or off the whole time, and so without an attempt
                merged[SeriesKey(it.key(), {}, {})];
        }
    }
    const qint64 nowMs = PlainClock().wallMs();
    for (const auto &[key, grains] : merged) {
        HealthSeries series;
        series.provider = ProviderId(std::get<0>(key));
        series.model = std::get<1>(key);
        series.key = KeyId(std::get<2>(key));
        store::HealthGrain whole;
        for (qint64 from = ask.fromWallMs; from < ask.toWallMs; from += width) {
            const auto grain = grains.constFind(from);
            if (grain == grains.cend()) {
                HealthBucket empty;
                empty.fromWallMs = from;
                series.buckets.append(empty);
            } else {
                whole.merge(*grain);
                series.buckets.append(bucketOf(from, *grain));
            }
        }
        applyStates(series, states.value(std::get<0>(key)), width, nowMs);
        series.total = bucketOf(ask.fromWallMs, whole);
        for (const HealthBucket &bucket : std::as_const(series.buckets))
            series.total.state = worse(series.total.state, bucket.state);
        report.series.append(series);
    }
    return report;
}

} // namespace sb::engine
