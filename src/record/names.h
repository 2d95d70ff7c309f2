// The JSON, column and log spelling of every enum in the record: one table per enum, both ways.
#pragma once

#include "record/exchange.h"

namespace sb {

QByteArrayView name(DialectId);
QByteArrayView name(Endpoint);
QByteArrayView name(RequestKind);
QByteArrayView name(Phase);
QByteArrayView name(LogPolicy);
QByteArrayView name(RouteSource);
QByteArrayView name(SkipReason);
QByteArrayView name(CandidateFate);
QByteArrayView name(Stage);
QByteArrayView name(AttemptOutcome);
QByteArrayView name(Move);
QByteArrayView name(CostSource);
QByteArrayView name(UsageSource);
QByteArrayView name(OutcomeKind);

// The value with that name, or nothing.
template <typename E> std::optional<E> fromName(QByteArrayView text);

// One per failure-table row that counts against a gate; see route/gate.h for what they weigh.
bool isTlsFailure(AttemptOutcome outcome);

} // namespace sb
