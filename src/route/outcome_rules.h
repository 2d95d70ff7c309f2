// The failure table as data: what each outcome means for another try, for the gates and for money.
//
// One row per AttemptOutcome; everything that treats outcomes differently reads it here.
// [robustness §3]
#pragma once

#include "record/frame.h"

namespace sb::route {

// Whether the same target may be asked again, after a wait.
enum class SameTarget : quint8 {
    Never,
    Retry, // within retriesPerTarget, when no other target is ready
    AfterHint, // only if the hint is short (2 s) and nothing else is ready
    ByKind, // as Retry, where a repeat is allowed at all
};

enum class OtherTarget : quint8 {
    No,
    Next,
    NextKey, // another key of the same provider first
    ByKind, // limited by how often an unknown outcome may be repeated
    Larger, // only a target whose context window is larger
};

// What an outcome weighs at a gate.
enum class Weight : quint8 {
    None,
    Good,
    Soft, // half a failure in the ratio, never trips by itself
    Hard,
    Trip, // trips at once, for `tripFor` or the provider's hint
};

// What is booked when usage was not reported.
enum class Owed : quint8 {
    Nothing,
    InputFloor, // the prompt at input price, as uncertain money
    Estimate, // the prompt, and what was seen of the answer
};

struct OutcomeRule {
    AttemptOutcome outcome;
    SameTarget same;
    OtherTarget other;
    GateScope scope;
    Weight weight;
    Owed owed;
    Seconds tripFor{0}; // Trip without a hint
};

const OutcomeRule &ruleFor(AttemptOutcome outcome);

} // namespace sb::route
