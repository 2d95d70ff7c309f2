// What the client is told when nobody answered: one status, one code, one sentence. Pure.
// [robustness §3 "Final status", §4; dialects §9.2]
#pragma once

#include "config/settings.h"
#include "dialect/dialect.h"
#include "record/exchange.h"

namespace sb::gateway {

struct FinalError {
    dialect::ClientError shown;
    int retryAfterSeconds = 0; // 0 = none; else 1–60
    OutcomeKind kind = OutcomeKind::Failed;
};

// After the last attempt failed. `soonestWallMs`: when the first of the targets may be tried again.
// `type` and `code` are the last provider's own words for it.
FinalError afterAttempts(const Exchange &exchange, const config::ConfigSnapshot &config,
                         QByteArrayView type, QByteArrayView code, qint64 soonestWallMs,
                         qint64 nowWallMs);
// No target could be tried at all: all_tripped, targets_limited, needs_translation,
// upstream_credentials. `isAllLimited`: every tripped one is so because the provider limits the
// rate.
FinalError withoutAttempt(const Exchange &exchange, const config::ConfigSnapshot &config,
                          bool isAllLimited, qint64 soonestWallMs, qint64 nowWallMs);
// A refusal or an end of our own.
FinalError ownError(const Exchange &exchange, Code code, const QByteArray &sentence);

// The code under which a single failed attempt is known.
Code codeOf(AttemptOutcome outcome);

} // namespace sb::gateway
