// What to do after an attempt: a pure function, so it can be simulated. [robustness §2, §3, §5]
#pragma once

#include "base/random.h"
#include "route/planner.h"

namespace sb::route {

struct MoveInput {
    const QList<Attempt> &attempts; // the last one has just ended
    const QList<Candidate> &candidates;
    const GateTable &gates;
    const config::ConfigSnapshot &config;
    RequestKind kind = RequestKind::Plain;
    Nanos now{0};
    Nanos left{0}; // until the exchange's own deadline
    Nanos waited{0}; // by earlier backoffs of this exchange
    bool isRetryBudgetLeft = true; // of the endpoint
    bool isNoFailover = false;
    bool isOnce = false; // once it was sent, its answer stands
};

struct NextMove {
    Move move = Move::GiveUp;
    int candidate = -1; // index to try
    Nanos wait{0};
    SkipReason why = SkipReason::None; // why no other, or no further, try was made
};

NextMove nextMove(const MoveInput &input, Random &random);
// The user gives up waiting: the candidate of another rank to take now, those behind the last one
// first; -1 when there is none, or where the request may not leave its provider. The caps on
// repeats do not count, as a person decides about the money here.
int moveOnTo(const MoveInput &input);

} // namespace sb::route
