// The two SQLite files: `ledger.db` (what must be right) and `history.db` (what may be trimmed).
//
// Store owns a writer thread and a reader thread, each with its own connection through Qt Sql, and
// a lock-free ring from the engine. record() is called on the engine thread and never blocks; a
// full ring counts a dropped row. Everything else answers by QFuture. [robustness §9; performance
// §0.5]
#pragma once

#include "base/result.h"
#include "record/capture_draft.h"
#include "record/exchange.h"
#include "record/exchange_filter.h"
#include "record/frame.h"
#include "store/health_grain.h"

#include <QFuture>
#include <QString>

#include <functional>
#include <memory>

namespace sb::store {

struct Options {
    QString dataDir;
    int historyDays = 30;
    qint64 historyBytes = 1024ll * 1024 * 1024;
    qint64 captureBytes = 256ll * 1024 * 1024; // recorded bodies; the oldest make room
    QByteArray zone; // IANA id for day rollups; empty = the system's
    std::function<qint64()> wallMs; // asked on the store's threads; empty = the system's clock
};

struct Page {
    QList<std::shared_ptr<const Exchange>> exchanges; // newest first
    std::optional<ExchangeId> next; // give as `before` for the next page
};

// A cell of a rollup: 15 minutes of UTC, or a day of a zone.
struct RollupRow {
    qint64 fromWallMs = 0;
    ProviderId provider;
    QString model;
    ClientId client;
    ChainId chain;
    KeyId key;
    bool isDrill = false;
    qint64 exchanges = 0;
    qint64 attempts = 0;
    qint64 failures = 0; // attempts that did not serve
    qint64 unpriced = 0;
    qint64 estimated = 0;
    qint64 reported = 0; // the provider's own figure
    Usage usage; // sums
    Money cost;
    Money uncertain;
};

// What spend is added up by. Program and folder: at most kCallersADay pairs a UTC day are told
// apart; what comes after them is in the pair ("*", "*").
enum class SumGroup : quint8 { Model, Client, Key, Provider, Chain, Program, Folder };
constexpr int kCallersADay = 256;
inline const QString kOtherCallers = QStringLiteral("*");

struct SumAsk {
    SumGroup group = SumGroup::Model;
    qint64 fromWallMs = 0; // of quarters or days that start in [from, to)
    qint64 toWallMs = 0;
    std::optional<QByteArray> dayZone; // days of this zone (empty = the system's), else quarters
    bool hasDrills = false;
};

struct SumRow {
    qint64 fromWallMs = 0;
    QString name; // Key: "provider/key"
    RollupRow sums; // only the sums are filled in
};

// A stored exchange is decoded only when its columns or bytes allow a match.
struct SearchQuery {
    ExchangeFilter filter;
    std::optional<ExchangeId> before;
    qint64 fromWallMs = 0;
    qint64 toWallMs = 0; // 0 = until now
    int limit = 5'000;
};

struct SearchFound {
    QList<std::shared_ptr<const Exchange>> exchanges; // newest first
    qint64 scanned = 0;
    qint64 total = 0; // rows in the range
    std::optional<ExchangeId> next; // more beyond the limit
};

// Called on the reader's thread; `done` exactly once, the others before it.
struct SearchWatch {
    std::function<bool()> isCancelled;
    std::function<void(qint64 scanned, qint64 total)> progress;
    std::function<void(Result<SearchFound>)> done;
};

struct Sizes {
    qint64 ledgerBytes = 0; // with what waits in the write-ahead log
    qint64 historyBytes = 0;
    qint64 exchanges = 0;
    qint64 oldestWallMs = 0; // 0 = none
    qint64 captureBytes = 0;
    qint64 captures = 0; // exchanges with recorded bodies
};

struct GateRow {
    GateView view;
    int trips = 0; // n of the growing time
};

struct Opened {
    quint32 revision = 0; // last one used
    QList<GateRow> gates;
    Money today;
    Money uncertainToday;
    int unpricedToday = 0;
    qint64 recordingUntilWallMs = 0; // 0 = off
    qint64 replayed = 0; // journal records brought in
    qint64 interrupted = 0; // attempts found open and settled as interrupted
    QList<Notice> notices; // damage moved aside, newer schema, disk full
};

class Store {
public:
    virtual ~Store() = default; // flushes and joins both threads

    // Opens or makes the files, replays the journal, starts the threads. Blocking; call before
    // listening. A newer user_version is refused untouched ("store_newer").
    static Result<std::pair<std::unique_ptr<Store>, Opened>> open(const Options &options);

    // ---- engine thread, never blocking ----
    // A settled exchange for the history (nothing when its log policy is Off: only the ledger's
    // settlement is kept).
    virtual void record(std::shared_ptr<const Exchange> exchange) = 0;
    // The whole list each time: gates that are missing from it are forgotten.
    virtual void saveGates(const QList<GateRow> &gates) = 0;
    virtual void saveRevision(quint32 revision) = 0;
    virtual void saveRecording(qint64 untilWallMs) = 0; // 0 = off
    // What was recorded of an exchange, behind record() of it. False: too much waits, and that its
    // bodies were given up is what is kept.
    virtual bool capture(CaptureDraft &&draft) = 0;
    // Captures that were taken and could not be written; any thread.
    virtual quint64 capturesLost() const = 0;
    // Something that happened; kept as long as the history.
    virtual void append(const EventView &event) = 0;
    // History rows given up; their settlements are booked all the same.
    virtual quint64 dropped() const = 0;
    // Called on the writer thread's behalf, posted to `context`'s thread: disk full, space back.
    // `detail` is "full" when history pauses and "back" when it goes on; otherwise words for the
    // log.
    virtual void onNotice(QObject *context, std::function<void(const Notice &)> call) = 0;
    // Runs on the writer thread after each commit: everything handed to record() up to this
    // exchange is in the files. Give it to Journal::committed(); the journal must outlive the
    // store.
    virtual void onCommitted(std::function<void(const ExchangeId &)> call) = 0;

    // ---- any thread ----
    virtual QFuture<Result<Page>> page(std::optional<ExchangeId> before, int limit) = 0;
    virtual QFuture<Result<std::shared_ptr<const Exchange>>> find(const ExchangeId &id)
        = 0; // code "no_such_id"
    virtual QFuture<Result<QList<RollupRow>>> quarters(qint64 fromWallMs, qint64 toWallMs) = 0;
    virtual QFuture<Result<QList<RollupRow>>> days(QByteArray zone, qint64 fromWallMs,
                                                   qint64 toWallMs)
        = 0;
    // What was spent since the start of that quarter, without drills: one row for each client,
    // chain and provider.
    virtual QFuture<Result<QList<RollupRow>>> spentSince(qint64 fromWallMs) = 0;
    // These five bring in first what was recorded before the call.
    virtual QFuture<Result<QList<SumRow>>> sums(const SumAsk &ask) = 0;
    // Buckets of whole quarters come from the files, others from memory: 1 s for six minutes, 15 s
    // for 66 minutes, 5 min for a day. Merged to multiples of `bucket`; only those with something.
    virtual QFuture<Result<QList<HealthCell>>> health(qint64 fromWallMs, qint64 toWallMs,
                                                      Millis bucket)
        = 0;
    virtual QFuture<Result<QList<EventView>>> events(qint64 fromWallMs, qint64 toWallMs) = 0;
    virtual void search(const SearchQuery &ask, SearchWatch watch) = 0;
    // Brings in first what was captured before the call.
    virtual QFuture<Result<Capture>> findCapture(const ExchangeId &id) = 0;
    // The bodies of all; that they were there stays known. How many there were.
    virtual QFuture<Result<qint64>> forgetCaptures() = 0;
    virtual QFuture<Result<Sizes>> sizes() = 0;
    virtual QFuture<Result<void>> setRetention(int days, qint64 bytes) = 0;
    virtual QFuture<Result<qint64>> trimNow() = 0; // rows removed
    virtual QFuture<Result<void>> flush() = 0; // everything recorded so far is committed
};

} // namespace sb::store
