#include "engine/history_commands.h"

#include "engine/engine_private.h"
#include "engine/history_reports.h"

namespace sb::engine {

namespace {
template <typename T> using Promise = std::shared_ptr<QPromise<Result<T>>>;

// Runs `call(store, promise)` on the engine thread, which owns the store.
template <typename T, typename Call> QFuture<Result<T>> onStore(EngineCore *core, Call call)
{
    if (!core)
        return notRunning<T>();
    auto promise = std::make_shared<QPromise<Result<T>>>();
    promise->start();
    QFuture<Result<T>> future = promise->future();
    QMetaObject::invokeMethod(
        core,
        [core, promise, call = std::move(call)] {
            if (!core->isOpen()) // it stopped meanwhile
                return answerStopped(*promise);
            call(*core->store(), promise);
        },
        Qt::QueuedConnection);
    return future;
}

template <typename T> void answer(const Promise<T> &promise, Result<T> result)
{
    promise->addResult(std::move(result));
    promise->finish();
}

// The future's answer becomes the promise's, on the store's thread.
template <typename T> void passOn(QFuture<Result<T>> future, const Promise<T> &promise)
{
    future.then([promise](const Result<T> &result) { answer(promise, result); });
}
} // namespace

QFuture<Result<store::Page>> HistoryCommands::page(std::optional<ExchangeId> before, int limit)
{
    return onStore<store::Page>(
        m_engine.d->core,
        [before, limit](store::Store &store, const Promise<store::Page> &promise) {
            // What has just settled is no longer in a frame and must be in the page.
            (void)store.flush().then([&store, before, limit, promise](const Result<void> &) {
                passOn(store.page(before, limit), promise);
            });
        });
}

QFuture<Result<std::shared_ptr<const Exchange>>> HistoryCommands::find(const ExchangeId &id)
{
    using Found = std::shared_ptr<const Exchange>;
    return onStore<Found>(m_engine.d->core,
                          [id](store::Store &store, const Promise<Found> &promise) {
                              (void)store.flush().then([&store, id, promise](const Result<void> &) {
                                  passOn(store.find(id), promise);
                              });
                          });
}

QFuture<Result<SearchResult>> HistoryCommands::search(const SearchAsk &ask)
{
    return onStore<SearchResult>(
        m_engine.d->core, [ask](store::Store &store, const Promise<SearchResult> &promise) {
            store::SearchWatch watch;
            watch.isCancelled = [promise] { return promise->isCanceled(); };
            watch.progress = [promise](qint64 scanned, qint64 total) {
                constexpr qint64 kMost = std::numeric_limits<int>::max();
                promise->setProgressRange(0, int(std::min(total, kMost)));
                promise->setProgressValue(int(std::min(scanned, kMost)));
            };
            watch.done = [promise](Result<store::SearchFound> found) {
                if (!found)
                    return answer<SearchResult>(promise, unexpected(found.error()));
                SearchResult result;
                result.exchanges = std::move(found->exchanges);
                result.scanned = found->scanned;
                result.total = found->total;
                result.matches = result.exchanges.size();
                result.next = found->next;
                answer<SearchResult>(promise, std::move(result));
            };
            store.search({ask.filter, ask.before, ask.fromWallMs, ask.toWallMs, ask.limit},
                         std::move(watch));
        });
}

QFuture<Result<HealthReport>> HistoryCommands::health(const HealthAsk &ask)
{
    const auto whole = wholeBuckets(ask);
    if (!whole)
        return secret::answer<HealthReport>(unexpected(whole.error()));
    return onStore<HealthReport>(
        m_engine.d->core,
        [ask = *whole](store::Store &store, const Promise<HealthReport> &promise) {
            const auto events = store.events(ask.fromWallMs - kHealthEventsMs, ask.toWallMs);
            store.health(ask.fromWallMs, ask.toWallMs, ask.bucket)
                .then([ask, events, promise](const Result<QList<store::HealthCell>> &cells) {
                    auto marks = events;
                    marks.then([ask, cells, promise](const Result<QList<EventView>> &known) {
                        if (!cells)
                            return answer<HealthReport>(promise, unexpected(cells.error()));
                        // Without its marks a chart is still a chart.
                        answer<HealthReport>(
                            promise, healthReport(ask, *cells, known.value_or(QList<EventView>())));
                    });
                });
        });
}

QFuture<Result<SpendReport>> HistoryCommands::spend(const SpendAsk &ask)
{
    const auto borders = spendBorders(ask);
    if (!borders)
        return secret::answer<SpendReport>(unexpected(borders.error()));
    return onStore<SpendReport>(
        m_engine.d->core,
        [ask, borders = *borders](store::Store &store, const Promise<SpendReport> &promise) {
            store.sums(sumAsk(ask, borders))
                .then([ask, borders, promise](const Result<QList<store::SumRow>> &rows) {
                    if (!rows)
                        return answer<SpendReport>(promise, unexpected(rows.error()));
                    answer<SpendReport>(promise, spendReport(ask, borders, *rows));
                });
        });
}

QFuture<Result<QList<EventView>>> HistoryCommands::events(qint64 fromWallMs, qint64 toWallMs)
{
    return onStore<QList<EventView>>(
        m_engine.d->core,
        [fromWallMs, toWallMs](store::Store &store, const Promise<QList<EventView>> &promise) {
            passOn(store.events(fromWallMs, toWallMs), promise);
        });
}

QFuture<Result<Capture>> HistoryCommands::capture(const ExchangeId &id)
{
    return onStore<Capture>(m_engine.d->core,
                            [id](store::Store &store, const Promise<Capture> &promise) {
                                passOn(store.findCapture(id), promise);
                            });
}

QFuture<Result<qint64>> HistoryCommands::forgetCaptures()
{
    return onStore<qint64>(m_engine.d->core,
                           [](store::Store &store, const Promise<qint64> &promise) {
                               passOn(store.forgetCaptures(), promise);
                           });
}

} // namespace sb::engine
