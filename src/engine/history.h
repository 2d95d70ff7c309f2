// Looking back: exchanges, health over time, money over time, and what happened when.
//
// All answers are values, computed off the GUI and engine threads from the stored rollups and
// histograms; counts and money are exact, percentiles lie within 2 % of their bucket. The caller
// never averages percentiles: it asks again for the range it wants. [console §3.2–3.4; style §10]
#pragma once

#include "base/result.h"
#include "record/capture.h"
#include "record/exchange_filter.h"
#include "record/failure_class.h"
#include "record/frame.h"
#include "store/store.h"

#include <QFuture>

#include <array>
#include <optional>

namespace sb::engine {

struct SearchAsk {
    ExchangeFilter filter;
    std::optional<ExchangeId> before; // page on from here
    qint64 fromWallMs = 0; // 0 = from the beginning
    qint64 toWallMs = 0; // 0 = until now
    int limit = 5'000;
};

// Arrives as the future's progress (scanned of total) and result; cancel() on the future stops the
// scan within 50 ms.
struct SearchResult {
    QList<std::shared_ptr<const Exchange>> exchanges; // newest first
    qint64 scanned = 0;
    qint64 total = 0; // rows in the range
    qint64 matches = 0; // of what was scanned
    std::optional<ExchangeId> next; // more beyond the limit
};

enum class HealthSplit : quint8 { ByProvider, ByModel, ByKey };

struct HealthAsk {
    qint64 fromWallMs = 0; // widened to whole buckets, multiples of their length since 1970; the
    qint64 toWallMs = 0; // report's `ask` has what was taken
    // An attempt counts where it ended.
    Millis bucket{2'000}; // 2 s, 15 s, 5 min, 1 h; 15-minute multiples reach back over a restart
    HealthSplit split = HealthSplit::ByProvider;
    bool hasDrills = false; // attempts that met a fault put in on purpose
};

struct HealthBucket {
    qint64 fromWallMs = 0;
    int attempts = 0;
    int served = 0;
    std::array<int, kFailureClasses> failures{};
    Micros p50Duration = kNever; // of served attempts
    Micros p95Duration = kNever; // kNever with fewer than 5 samples
    Micros p50FirstContent = kNever;
    Micros p95FirstContent = kNever;
    double p50Speed = -1; // output tokens per second after the first
    int samples = 0; // behind the percentiles
    int inFlight = 0; // most at once
    ProviderState state = ProviderState::NoTraffic; // the worst of the bucket
};

struct HealthSeries {
    ProviderId provider;
    QString model; // ByModel, ByKey
    KeyId key; // ByKey
    HealthBucket total; // over the whole range, percentiles merged
    QList<HealthBucket> buckets; // oldest first, none left out
};

struct HealthReport {
    HealthAsk ask;
    QList<HealthSeries> series;
    QList<EventView> events; // in the range, oldest first
};

enum class SpendGroup : quint8 { Model, Client, Key, Provider, Chain, Program, Folder };
enum class SpendGrain : quint8 { Quarter, Hour, Day };

struct SpendAsk {
    qint64 fromWallMs = 0; // the report covers whole buckets: the first may begin before this,
    qint64 toWallMs = 0; // the last may end after this
    SpendGrain grain = SpendGrain::Hour;
    SpendGroup group = SpendGroup::Model;
    QByteArray zone; // IANA id for hours' and days' borders; empty = the system's
    bool hasDrills = false; // simulated providers
};

struct SpendSums {
    qint64 exchanges = 0;
    qint64 attempts = 0;
    qint64 unpriced = 0;
    qint64 estimated = 0;
    qint64 reported = 0; // the provider's own figure
    Money cost;
    Money uncertain;
    Usage usage;
};

struct SpendRow {
    // The group's value: model id, client id, …; Key: "provider/key". Empty: none (refused before a
    // target was tried), or not known. Program and folder "*": what came after the 256 of a day.
    QString key;
    SpendSums sums;
};

struct SpendBucket {
    qint64 fromWallMs = 0;
    qint64 toWallMs = 0;
    QList<SpendSums> cells; // one per row of the report, in its order
};

struct SpendReport {
    SpendAsk ask;
    SpendSums total;
    QList<SpendRow> rows; // dearest first
    QList<SpendBucket> buckets; // oldest first, none left out
};

class History {
public:
    virtual ~History() = default;

    virtual QFuture<Result<store::Page>> page(std::optional<ExchangeId> before, int limit) = 0;
    virtual QFuture<Result<std::shared_ptr<const Exchange>>> find(const ExchangeId &id) = 0;
    virtual QFuture<Result<SearchResult>> search(const SearchAsk &ask) = 0;
    virtual QFuture<Result<HealthReport>> health(const HealthAsk &ask) = 0;
    virtual QFuture<Result<SpendReport>> spend(const SpendAsk &ask) = 0;
    virtual QFuture<Result<QList<EventView>>> events(qint64 fromWallMs, qint64 toWallMs) = 0;
    // What passed for that exchange; its bodies, or why there are none. Read and unpacked on the
    // store's thread. An exchange that runs has none yet.
    virtual QFuture<Result<Capture>> capture(const ExchangeId &id) = 0;
    // Deletes every recorded body; the exchanges stay. How many there were.
    virtual QFuture<Result<qint64>> forgetCaptures() = 0;
};

} // namespace sb::engine
