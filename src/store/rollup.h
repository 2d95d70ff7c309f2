// Sums of many exchanges in one place of time, provider, model, client and chain.
#pragma once

#include "store/days.h"
#include "store/statement.h"
#include "store/store.h"

#include <QHash>

namespace sb::store {

struct RollupKey {
    qint64 fromWallMs = 0;
    QString provider;
    QString model;
    QString client;
    QString chain;
    bool isDrill = false;

    friend bool operator==(const RollupKey &, const RollupKey &) = default;
    friend size_t qHash(const RollupKey &key, size_t seed = 0)
    {
        return qHashMulti(seed, key.fromWallMs, key.provider, key.model, key.client, key.chain,
                          key.isDrill);
    }
};

// Only the sums of the rows are used; the keys say where.
using RollupCells = QHash<RollupKey, RollupRow>;

// Adds an exchange to the quarters it belongs to: each attempt to its own target, the exchange to
// the target that served, else the last tried, else none.
void addTo(RollupCells &quarters, const Exchange &exchange);
void addSums(RollupRow &to, const RollupRow &from);

// The fifteen sums as columns, in one order for every statement.
QString sumColumns(); // "exchanges, attempts, …"
QString sumOfColumns(); // "sum(exchanges), …"
QString sumUpdates(); // "exchanges = exchanges + excluded.exchanges, …"
QString sumMarks(); // "?, ?, …"
void addSums(Statement &statement, const RollupRow &row);
void readSums(const QSqlQuery &query, int from, RollupRow &row);

// Numbers so large that a sum of them could leave 64 bits are a provider's nonsense.
qint64 bounded(qint64 value);

} // namespace sb::store
