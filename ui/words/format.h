// Numbers as people read them: times, money, tokens, rates. QLocale's digits, our units.
//
// Every function is pure; "now" is an argument where time matters. Unknown is an en dash, never 0.
#pragma once

#include "record/exchange.h"

#include <QString>

namespace sb::words {

// "–": not known, did not happen, nothing yet.
QString unknown();

// In sentences and on the strip: "0.42 s", "4.1 s", "42 s", "2 min 5 s", "3 ms".
QString duration(Micros time);
QString duration(Millis time);
// In columns, where decimals must line up: "0.41 s", "1.20 s", "42.0 s", "2:05 min".
QString durationColumn(Micros time);
// "0:23", "12:05", "1:02:07"; never negative.
QString countdown(qint64 untilWallMs, qint64 nowWallMs);

// "4,310".
QString count(qint64 n);
// "12.4k", "3.1M".
QString countShort(qint64 n);
// "12.4k tokens", "1 token".
QString tokens(qint64 n);
// "82 t/s"; `unknown()` at 0 and below.
QString speed(double tokensPerSecond);
// "12/min".
QString perMinute(int n);
// "57 req/min".
QString requestsPerMinute(int n);
// 0.061 → "6.1%"; negative is unknown.
QString percent(double share);
// "256 KiB".
QString bytes(qint64 n);

// Exact to the digits shown, cut toward what people are billed: "$4.18", "$0.0021", "<$0.0001",
// "$0.00".
QString money(Money amount);
// Four decimals below $1,000, so that a column lines up: "$0.0312".
QString moneyColumn(Money amount);
// A cost with its source: "$0.0021", "about $0.0021", "unpriced", "free", `unknown()` when nothing
// was owed.
QString cost(Money amount, CostSource source);

// Local time of day: "14:32:07.412", "14:32:07", "14:32".
QString timeMillis(qint64 wallMs);
QString timeSeconds(qint64 wallMs);
QString timeMinutes(qint64 wallMs);
// timeMillis() with the day in front when it is not today's: "21 Nov 14:32:07.412".
QString timeColumn(qint64 wallMs, qint64 nowWallMs);
bool isSameDay(qint64 aWallMs, qint64 bWallMs);
// Local date and time, for tool tips.
QString dateTime(qint64 wallMs);
// "just now", "14 min ago", "3 h ago", then the date.
QString ago(qint64 wallMs, qint64 nowWallMs);
// "14 min", "20 s": how long something has lasted.
QString lasting(qint64 sinceWallMs, qint64 nowWallMs);

} // namespace sb::words
