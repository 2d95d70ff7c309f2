// The 15-minute grains of health in ledger.db, written with the settlements they come from.
//
// Writer thread, inside LedgerFile's transaction: add() while booking, write() before the commit,
// forget() when it failed. The running quarter's grains stay in memory, so that a batch writes them
// without reading.
#pragma once

#include "store/database.h"
#include "store/health_grain.h"
#include "store/statement.h"

#include <QHash>

namespace sb::store {

class HealthQuarters {
public:
    using Place = std::pair<qint64, HealthKey>; // start of the quarter

    Result<void> add(Database &database, const Exchange &exchange);
    // Most at once, as far as it is known.
    Result<void> raise(Database &database, const QHash<Place, int> &peaks);
    Result<void> write(Database &database);
    void forget();

    static Result<QList<HealthCell>> cells(Database &database, qint64 fromMs, qint64 toMs,
                                           qint64 bucketMs);
    static Result<void> trim(Database &database, qint64 oldestMs);

private:
    struct Kept {
        HealthGrain grain;
        bool isChanged = false;
    };

    Result<Kept *> grainAt(Database &database, const Place &place);

    QHash<Place, Kept> m_grains;
    qint64 m_newestMs = 0;
    Statement m_replace;
};

} // namespace sb::store
