// What a filter asks of an exchange and no column of its own tells, as two numbers of its row.
//
// Bits are kept on disk: append only. A row from before has -1, every bit: it may be anything and
// is decoded to know.
#pragma once

#include "record/exchange.h"

namespace sb::store {

constexpr qint64 kStreamBit = 1 << 0;
constexpr qint64 kReplayBit = 1 << 1;
constexpr qint64 kInjectedBit = 1 << 2; // an attempt met a drill's fault
constexpr qint64 kUsageKnownBit = 1 << 3;
constexpr qint64 kUnpricedBit = 1 << 4;
constexpr qint64 kEstimatedBit = 1 << 5;
constexpr qint64 kRunningBit = 1 << 6; // not settled: a stored one never is

inline qint64 flagBits(const Exchange &exchange)
{
    const Settlement &settlement = exchange.settlement;
    qint64 bits = exchange.ask.isStream ? kStreamBit : 0;
    bits |= exchange.replayOf.isNull() ? 0 : kReplayBit;
    for (const Attempt &attempt : exchange.attempts)
        bits |= attempt.isInjected ? kInjectedBit : 0;
    bits |= settlement.usage.source == UsageSource::None ? 0 : kUsageKnownBit;
    bits |= settlement.source == CostSource::Unpriced ? kUnpricedBit : 0;
    bits |= settlement.source == CostSource::Estimated ? kEstimatedBit : 0;
    bits |= exchange.phase == Phase::Settled ? 0 : kRunningBit;
    return bits;
}

static_assert(int(AttemptOutcome::MovedOn) < 63, "an outcome is a bit of a column");

constexpr qint64 outcomeBit(AttemptOutcome outcome)
{
    return qint64(1) << int(outcome);
}

inline qint64 outcomeBits(const Exchange &exchange)
{
    qint64 bits = 0;
    for (const Attempt &attempt : exchange.attempts)
        bits |= outcomeBit(attempt.outcome);
    return bits;
}

} // namespace sb::store
