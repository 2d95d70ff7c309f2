// The store's reading half: read-only connections and short transactions, so that it never pins the
// write-ahead log. Lives on the thread "sb-store-r"; every function runs there.
#pragma once

#include "store/database.h"
#include "store/store.h"

#include <QObject>

namespace sb::store {

class Reader final : public QObject {
public:
    Reader(const QString &ledgerPath, const QString &historyPath);

    Result<Page> page(std::optional<ExchangeId> before, int limit);
    Result<std::shared_ptr<const Exchange>> find(const ExchangeId &id);
    Result<QList<RollupRow>> quarters(qint64 fromWallMs, qint64 toWallMs);
    Result<QList<RollupRow>> days(const QByteArray &zone, qint64 fromWallMs, qint64 toWallMs);
    Result<QList<RollupRow>> spentSince(qint64 fromWallMs);
    // The files were replaced: open them anew at the next question.
    void close();

private:
    Result<void> openLedger();
    Result<void> openHistory();
    Result<QList<RollupRow>> rows(const QString &sql, const QList<QVariant> &values);

    const QString m_ledgerPath;
    const QString m_historyPath;
    Database m_ledger;
    Database m_history;
};

} // namespace sb::store
