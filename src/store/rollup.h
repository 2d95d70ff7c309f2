// Sums of many exchanges in one place of time, provider, model, key, client and chain, and the same
// sums by who called.
#pragma once

#include "base/hash.h"
#include "store/days.h"
#include "store/statement.h"
#include "store/store.h"

#include <array>

#include <QHash>

namespace sb::store {

struct RollupKey {
    qint64 fromWallMs = 0;
    QString provider;
    QString model;
    QString client;
    QString chain;
    QString key;
    bool isDrill = false;

    friend bool operator==(const RollupKey &, const RollupKey &) = default;
    friend size_t qHash(const RollupKey &key, size_t seed = 0)
    {
        return hashAll(seed, key.fromWallMs, key.provider, key.model, key.client, key.chain,
                       key.key, key.isDrill);
    }
};

// Who called, beside the cells above and not multiplied with them: the same money once more.
struct CallerKey {
    qint64 fromWallMs = 0;
    QString program;
    QString folder;
    bool isDrill = false;

    friend bool operator==(const CallerKey &, const CallerKey &) = default;
    friend size_t qHash(const CallerKey &key, size_t seed = 0)
    {
        return hashAll(seed, key.fromWallMs, key.program, key.folder, key.isDrill);
    }
};

// Only the sums of the rows are used; the keys say where.
using RollupCells = QHash<RollupKey, RollupRow>;
using CallerCells = QHash<CallerKey, RollupRow>;

// Adds an exchange to the quarters it belongs to: each attempt to its own target, the exchange to
// the target that served, else the last tried, else none.
void addTo(RollupCells &quarters, const Exchange &exchange);
void addTo(CallerCells &quarters, const Exchange &exchange);
void addSums(RollupRow &to, const RollupRow &from);

// The sixteen sums in one order for every statement.
using RollupSums = std::array<qint64, 16>;
void setSums(RollupRow &row, const RollupSums &sums);
// As columns.
QString sumColumns(); // "exchanges, attempts, …"
QString sumOfColumns(); // "sum(exchanges), …"
QString sumUpdates(); // "exchanges = exchanges + excluded.exchanges, …"
QString sumMarks(); // "?, ?, …"
void addSums(Statement &statement, const RollupRow &row);
void readSums(const QSqlQuery &query, int from, RollupRow &row);

// Numbers so large that a sum of them could leave 64 bits are a provider's nonsense.
qint64 bounded(qint64 value);

} // namespace sb::store
