// Health and spend as the window asks for them, made from the store's sums. Pure functions of
// values, any thread.
#pragma once

#include "engine/history.h"

namespace sb::engine {

// The borders of whole buckets that cover the asked range: one more than there are buckets. Hours
// and days begin where the clocks of the zone say so. Error "bad_range": empty, or too many.
Result<QList<qint64>> spendBorders(const SpendAsk &ask);
// What to ask the store for.
store::SumAsk sumAsk(const SpendAsk &ask, const QList<qint64> &borders);
SpendReport spendReport(const SpendAsk &ask, const QList<qint64> &borders,
                        const QList<store::SumRow> &rows);

// The asked range widened to whole buckets; "bad_range" likewise.
Result<HealthAsk> wholeBuckets(const HealthAsk &ask);
// `events`: those of the range and from kHealthEventsMs before it, for what was in force then.
constexpr qint64 kHealthEventsMs = 7ll * 24 * 60 * 60 * 1000;
HealthReport healthReport(const HealthAsk &ask, const QList<store::HealthCell> &cells,
                          const QList<EventView> &events);

} // namespace sb::engine
