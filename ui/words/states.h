// The states of the record as words: providers, chains, gates, attempts, skips, the engine,
// notices.
#pragma once

#include "record/changes.h"
#include "record/frame.h"

#include <QString>

namespace sb::words {

QString provider(ProviderState state);
QString chain(ChainState state);
QString gate(GateState state);
QString engine(EngineState state);
QString outcome(OutcomeKind kind);
// What is said of isKnock().
QString knock();
// One word or two for the state column: "served", "failed over", "diverted", "cut short".
QString requestState(const Exchange &exchange);
QString dialect(DialectId dialect);
QString endpoint(Endpoint endpoint);

// The short mark of a failed attempt: the provider's status ("429") where one came, else a word or
// two ("no connection", "timeout").
QString mark(AttemptOutcome outcome, int status);
// What an attempt came to, as a few words for a table cell: "rate limit", "served".
QString attempt(AttemptOutcome outcome);
// What the engine did next: "next target", "answered".
QString move(Move move);
// Why a target was not called, as a few words for a cell.
QString skip(SkipReason reason);
// What was done with a field instead of sending it: "dropped", "done by us".
QString changeKind(FieldChange::Kind kind);
// What became of a target of the chain: what its last attempt came to, why it was skipped and until
// when, or "not tried yet".
QString fate(const Exchange &exchange, const Candidate &candidate);
// "1. in the chain", how a name was found.
QString source(RouteSource source);

// Second line of a provider plate: "p50 1.4 s  82 t/s  0.0%", "tripped: 429, retry 0:23",
// "probing after 3 errors", "off", "no traffic".
QString providerLine(const ProviderView &view, qint64 nowWallMs);
// Why it is as it is, a whole sentence or two with what we do about it.
QString providerReason(const ProviderView &view, qint64 nowWallMs);
// "tripped: 429, retry 0:23".
QString gateLine(const GateView &view, qint64 nowWallMs);
// Second line of a client plate: "12/min", "idle 14 min", "never seen".
QString clientLine(const ClientView &view, qint64 nowWallMs);

// A notice of the engine as a sentence with what to do.
QString notice(const Notice &notice, qint64 nowWallMs);

// "anthropic / claude-sonnet-5"
QString target(const TargetRef &target);

} // namespace sb::words
