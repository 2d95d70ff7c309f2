// The store's reading half: read-only connections and short transactions, so that it never pins the
// write-ahead log. Lives on the thread "sb-store-r"; every function runs there.
#pragma once

#include "store/database.h"
#include "store/search.h"
#include "store/store.h"

#include <QObject>

#include <functional>
#include <vector>

namespace sb::store {

class Reader final : public QObject {
public:
    Reader(const QString &ledgerPath, const QString &historyPath, const QString &capturePath);

    Result<Page> page(std::optional<ExchangeId> before, int limit);
    Result<std::shared_ptr<const Exchange>> find(const ExchangeId &id);
    Result<QList<RollupRow>> quarters(qint64 fromWallMs, qint64 toWallMs);
    Result<QList<RollupRow>> days(const QByteArray &zone, qint64 fromWallMs, qint64 toWallMs);
    Result<QList<RollupRow>> spentSince(qint64 fromWallMs);
    Result<QList<SumRow>> sums(const SumAsk &ask);
    // From the 15-minute grains on disk.
    Result<QList<HealthCell>> health(qint64 fromWallMs, qint64 toWallMs, Millis bucket);
    Result<QList<EventView>> events(qint64 fromWallMs, qint64 toWallMs);
    Result<Capture> capture(const ExchangeId &id);
    Result<Sizes> sizes();
    void search(const SearchQuery &ask, SearchWatch watch);
    // Gives what was stored since then, oldest first and in parts, up to the row `lastSeq`; of more
    // than `most` rows the newest.
    using Taker = std::function<void(std::vector<std::shared_ptr<const Exchange>>)>;
    void readBack(qint64 fromWallMs, qint64 lastSeq, qint64 most, Taker take);
    // The files were replaced: open them anew at the next question.
    void close();
    // No more answers: what still runs is told so.
    void stop();

private:
    Result<void> openLedger();
    Result<void> openHistory();
    Result<bool> openCaptures(); // false: there is no file
    Result<QList<RollupRow>> rows(const QString &sql, const QList<QVariant> &values);
    Result<QString> storedZone();
    void goOn(const std::shared_ptr<Search> &search);
    void readPart(const QByteArray &fromId, qint64 lastSeq, const Taker &take);

    const QString m_ledgerPath;
    const QString m_historyPath;
    const QString m_capturePath;
    Database m_ledger;
    Database m_history;
    Database m_captures;
    QList<std::shared_ptr<Search>> m_searches;
    bool m_isStopped = false;
};

} // namespace sb::store
