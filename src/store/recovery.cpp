#include "store/recovery.h"

namespace sb::store {

Exchange interrupted(Exchange exchange)
{
    exchange.phase = Phase::Settled;
    exchange.outcome.kind = OutcomeKind::Stopped;
    exchange.outcome.servedBy = -1;
    Settlement &settlement = exchange.settlement;
    settlement.cost = {};
    settlement.uncertain = {};
    for (Attempt &attempt : exchange.attempts) {
        if (attempt.outcome == AttemptOutcome::Running) {
            attempt.outcome = AttemptOutcome::Interrupted;
            attempt.stage = Stage::Unknown;
            // Under a cap it counts for all that it was allowed to cost. [robustness §10]
            attempt.uncertain = std::max(attempt.uncertain, attempt.reserved);
            if (attempt.costSource == CostSource::None && attempt.uncertain.nano != 0)
                attempt.costSource = CostSource::Estimated;
        }
        settlement.cost += attempt.cost;
        settlement.uncertain += attempt.uncertain;
        if (settlement.source == CostSource::None)
            settlement.source = attempt.costSource;
    }
    return exchange;
}

} // namespace sb::store
