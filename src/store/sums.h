// Answers a SumAsk from the rollups.
//
// Every cell is read once and added up here: letting SQLite group them sorts all of them with all
// of their columns first. Days of another zone than the kept one are the kept days, with the
// quarters between the two midnights moved from one day to its neighbour.
#pragma once

#include "store/database.h"
#include "store/store.h"

namespace sb::store {

// `keptZone`: whose days are in the file. In order of time and name. Reader thread.
Result<QList<SumRow>> sumsOf(Database &ledger, const SumAsk &ask, const QString &keptZone);

} // namespace sb::store
