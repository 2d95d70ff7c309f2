// When a provider says to come back, from its reply's fields. Pure. [robustness §5 "Hints";
// dialects §9.3]
#pragma once

#include "base/clock.h"
#include "http/head.h"

namespace sb::provider {

// The soonest moment the provider names, as a wait from now; negative when it names none. HTTP
// dates are read against the reply's own Date, not our clock. Negative, NaN and more than a year:
// ignored.
Millis retryHint(const http::Fields &fields, qint64 wallMs);

// "6m0s", "20ms", "1.5h", "34.4s"; nullopt when it is none.
std::optional<Millis> parseDuration(QByteArrayView text);
// Seconds since 1970 of an IMF-fixdate, RFC 850 or asctime date. [RFC 9110 §5.6.7]
std::optional<qint64> parseHttpDate(QByteArrayView text);

} // namespace sb::provider
