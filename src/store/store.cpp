#include "store/store.h"

#include "base/log.h"
#include "store/days.h"
#include "store/reader.h"
#include "store/writer.h"

#include <QPromise>
#include <QThread>

namespace sb::store {

namespace {
constexpr qint64 kReadBackMs = 24ll * 60 * 60 * 1000;
constexpr qint64 kReadBackRows = 100'000; // a second of work beside the traffic

// Runs `call` on the worker's thread and gives its answer by future.
template <typename T, typename Call> QFuture<T> ask(QObject *worker, Call call)
{
    auto promise = std::make_shared<QPromise<T>>();
    promise->start();
    QMetaObject::invokeMethod(
        worker,
        [promise, call = std::move(call)] {
            promise->addResult(call());
            promise->finish();
        },
        Qt::QueuedConnection);
    return promise->future();
}

class FileStore final : public Store {
public:
    explicit FileStore(const Options &options)
        : m_writer(std::make_unique<Writer>(options))
        , m_reader(std::make_unique<Reader>(m_writer->ledgerPath(), m_writer->historyPath(),
                                            m_writer->capturePath()))
    {
        m_writerThread.setObjectName(QStringLiteral("sb-store-w"));
        m_readerThread.setObjectName(QStringLiteral("sb-store-r"));
        m_writer->moveToThread(&m_writerThread);
        m_reader->moveToThread(&m_readerThread);
        m_writer->setOnReplaced([reader = m_reader.get()] {
            QMetaObject::invokeMethod(
                reader, [reader] { reader->close(); }, Qt::QueuedConnection);
        });
        m_writerThread.start();
        m_readerThread.start();
    }

    ~FileStore() override
    {
        if (m_check)
            m_check->wait();
        finish(
            m_writerThread, [this] { m_writer->close(); }, m_writer.get());
        finish(
            m_readerThread, [this] { m_reader->stop(); }, m_reader.get());
    }

    Result<Opened> open()
    {
        auto opening = ask<Result<Opened>>(m_writer.get(),
                                           [writer = m_writer.get()] { return writer->open(); });
        Result<Opened> opened = opening.takeResult();
        if (opened && m_writer->wasUnclean())
            startCheck();
        if (opened)
            readBack();
        return opened;
    }

    void record(std::shared_ptr<const Exchange> exchange) override
    {
        Q_ASSERT(exchange);
        m_writer->record(std::move(exchange));
    }
    quint64 dropped() const override { return m_writer->dropped(); }

    void saveGates(const QList<GateRow> &gates) override
    {
        post([writer = m_writer.get(), gates] { writer->saveGates(gates); });
    }
    void saveRevision(quint32 revision) override
    {
        post([writer = m_writer.get(), revision] { writer->saveRevision(revision); });
    }
    void saveRecording(qint64 untilWallMs) override
    {
        post([writer = m_writer.get(), untilWallMs] { writer->saveRecording(untilWallMs); });
    }
    bool capture(CaptureDraft &&draft) override { return m_writer->capture(std::move(draft)); }
    quint64 capturesLost() const override { return m_writer->capturesLost(); }
    void append(const EventView &event) override { m_writer->append(event); }
    void onNotice(QObject *context, std::function<void(const Notice &)> call) override
    {
        post([writer = m_writer.get(), context, call = std::move(call)] {
            writer->addListener(context, call);
        });
    }
    void onCommitted(std::function<void(const ExchangeId &)> call) override
    {
        post([writer = m_writer.get(), call = std::move(call)] { writer->setOnCommitted(call); });
    }

    QFuture<Result<Page>> page(std::optional<ExchangeId> before, int limit) override
    {
        return ask<Result<Page>>(m_reader.get(), [reader = m_reader.get(), before, limit] {
            return reader->page(before, limit);
        });
    }
    QFuture<Result<std::shared_ptr<const Exchange>>> find(const ExchangeId &id) override
    {
        return ask<Result<std::shared_ptr<const Exchange>>>(
            m_reader.get(), [reader = m_reader.get(), id] { return reader->find(id); });
    }
    QFuture<Result<QList<RollupRow>>> quarters(qint64 fromWallMs, qint64 toWallMs) override
    {
        return ask<Result<QList<RollupRow>>>(m_reader.get(),
                                             [reader = m_reader.get(), fromWallMs, toWallMs] {
                                                 return reader->quarters(fromWallMs, toWallMs);
                                             });
    }
    QFuture<Result<QList<RollupRow>>> days(QByteArray zone, qint64 fromWallMs,
                                           qint64 toWallMs) override
    {
        return ask<Result<QList<RollupRow>>>(m_reader.get(),
                                             [reader = m_reader.get(), zone, fromWallMs, toWallMs] {
                                                 return reader->days(zone, fromWallMs, toWallMs);
                                             });
    }
    QFuture<Result<QList<RollupRow>>> spentSince(qint64 fromWallMs) override
    {
        return ask<Result<QList<RollupRow>>>(m_reader.get(), [reader = m_reader.get(), fromWallMs] {
            return reader->spentSince(fromWallMs);
        });
    }
    QFuture<Result<QList<SumRow>>> sums(const SumAsk &asked) override
    {
        return askFlushed<Result<QList<SumRow>>>(
            [reader = m_reader.get(), asked] { return reader->sums(asked); });
    }
    QFuture<Result<QList<HealthCell>>> health(qint64 fromWallMs, qint64 toWallMs,
                                              Millis bucket) override
    {
        if (bucket.count() % kQuarterMs == 0)
            return askFlushed<Result<QList<HealthCell>>>(
                [reader = m_reader.get(), fromWallMs, toWallMs, bucket] {
                    return reader->health(fromWallMs, toWallMs, bucket);
                });
        return ask<Result<QList<HealthCell>>>(
            m_writer.get(),
            [writer = m_writer.get(), fromWallMs, toWallMs, bucket]() -> Result<QList<HealthCell>> {
                (void)writer->flush();
                return writer->health(fromWallMs, toWallMs, bucket);
            });
    }
    QFuture<Result<QList<EventView>>> events(qint64 fromWallMs, qint64 toWallMs) override
    {
        return askFlushed<Result<QList<EventView>>>(
            [reader = m_reader.get(), fromWallMs, toWallMs] {
                return reader->events(fromWallMs, toWallMs);
            });
    }
    void search(const SearchQuery &asked, SearchWatch watch) override
    {
        afterFlush([reader = m_reader.get(), asked, watch = std::move(watch)] {
            reader->search(asked, watch);
        });
    }
    QFuture<Result<Capture>> findCapture(const ExchangeId &id) override
    {
        auto promise = std::make_shared<QPromise<Result<Capture>>>();
        promise->start();
        post([writer = m_writer.get(), reader = m_reader.get(), promise, id] {
            writer->flushCaptures();
            QMetaObject::invokeMethod(
                reader,
                [reader, promise, id] {
                    promise->addResult(reader->capture(id));
                    promise->finish();
                },
                Qt::QueuedConnection);
        });
        return promise->future();
    }
    QFuture<Result<qint64>> forgetCaptures() override
    {
        return ask<Result<qint64>>(m_writer.get(),
                                   [writer = m_writer.get()] { return writer->forgetCaptures(); });
    }
    QFuture<Result<Sizes>> sizes() override
    {
        return askFlushed<Result<Sizes>>([reader = m_reader.get()] { return reader->sizes(); });
    }
    QFuture<Result<void>> setRetention(int days, qint64 bytes) override
    {
        return ask<Result<void>>(m_writer.get(), [writer = m_writer.get(), days, bytes] {
            return writer->setRetention(days, bytes);
        });
    }
    QFuture<Result<qint64>> trimNow() override
    {
        auto promise = std::make_shared<QPromise<Result<qint64>>>();
        promise->start();
        post([writer = m_writer.get(), promise] {
            writer->trimNow([promise](const Result<qint64> &result) {
                promise->addResult(result);
                promise->finish();
            });
        });
        return promise->future();
    }
    QFuture<Result<void>> flush() override
    {
        return ask<Result<void>>(m_writer.get(),
                                 [writer = m_writer.get()] { return writer->flush(); });
    }

private:
    template <typename Call> void post(Call call)
    {
        QMetaObject::invokeMethod(m_writer.get(), std::move(call), Qt::QueuedConnection);
    }

    // What was posted before is answered before; the worker closes its files on its own thread.
    template <typename Close> static void finish(QThread &thread, Close close, QObject *worker)
    {
        QMetaObject::invokeMethod(
            worker,
            [close, &thread] {
                close();
                thread.quit();
            },
            Qt::QueuedConnection);
        thread.wait();
    }

    // Asks the reader when the writer has brought in what was recorded so far. What the disk
    // refused is missing then, as it is from every answer.
    template <typename T, typename Call> QFuture<T> askFlushed(Call call)
    {
        auto promise = std::make_shared<QPromise<T>>();
        promise->start();
        QFuture<T> future = promise->future();
        afterFlush([promise, call = std::move(call)] {
            promise->addResult(call());
            promise->finish();
        });
        return future;
    }
    template <typename Call> void afterFlush(Call call)
    {
        post([writer = m_writer.get(), reader = m_reader.get(), call = std::move(call)] {
            (void)writer->flush();
            QMetaObject::invokeMethod(reader, call, Qt::QueuedConnection);
        });
    }

    // The fine grains of health are in memory: what the history still has fills them again.
    void readBack()
    {
        if (m_writer->firstSeq() == 0)
            return;
        const qint64 from = m_writer->wallMs() - kReadBackMs;
        QMetaObject::invokeMethod(
            m_reader.get(),
            [reader = m_reader.get(), writer = m_writer.get(), from] {
                reader->readBack(from, writer->firstSeq(), kReadBackRows,
                                 [writer](std::vector<ExchangePtr> exchanges) {
                                     QMetaObject::invokeMethod(
                                         writer,
                                         [writer, exchanges = std::move(exchanges)] {
                                             writer->watchHealth(exchanges);
                                         },
                                         Qt::QueuedConnection);
                                 });
            },
            Qt::QueuedConnection);
    }

    // Reads the whole history once after an unclean stop, beside the traffic. [robustness §9]
    void startCheck()
    {
        m_check.reset(QThread::create([writer = m_writer.get(), path = m_writer->historyPath()] {
            Database database;
            QString verdict;
            if (auto opened = database.open(path, Database::Mode::ReadOnly); !opened) {
                if (!isDamaged(opened.error()))
                    return;
                verdict = opened.error().detail;
            } else if (auto query = database.prepare(QStringLiteral("PRAGMA quick_check(1)"))) {
                if (const auto done = Database::exec(*query); !done) {
                    if (!isDamaged(done.error()))
                        return;
                    verdict = done.error().detail;
                } else if (query->next()) {
                    verdict = query->value(0).toString();
                }
            } else {
                if (!isDamaged(query.error()))
                    return;
                verdict = query.error().detail;
            }
            if (verdict != QLatin1String("ok"))
                QMetaObject::invokeMethod(
                    writer, [writer, verdict] { writer->replaceHistory(verdict); },
                    Qt::QueuedConnection);
        }));
        m_check->setObjectName(QStringLiteral("sb-store-c"));
        m_check->start(QThread::LowPriority);
    }

    QThread m_writerThread;
    QThread m_readerThread;
    std::unique_ptr<QThread> m_check;
    std::unique_ptr<Writer> m_writer;
    std::unique_ptr<Reader> m_reader;
};
} // namespace

Result<std::pair<std::unique_ptr<Store>, Opened>> Store::open(const Options &options)
{
    auto store = std::make_unique<FileStore>(options);
    Result<Opened> opened = store->open();
    if (!opened)
        return unexpected(opened.error());
    return std::pair<std::unique_ptr<Store>, Opened>(std::move(store), std::move(*opened));
}

} // namespace sb::store
