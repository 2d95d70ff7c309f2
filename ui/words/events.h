// Things that happened once, and faults put in on purpose, as words.
#pragma once

#include "words/names.h"

namespace sb::words {

// "OpenAI tripped: rate limit. Trying again in 0:30." One or two whole sentences.
QString event(const EventView &event, const Names &names);
// "429", "slow first token", "cut": what a drill does, in a word or two.
QString fault(const QByteArray &fault, int status);
// "Drill at OpenAI for everyone: 429, ends in 1:42, 12 requests so far."
QString drill(const DrillView &drill, const Names &names, qint64 nowWallMs);
// "The daily cap of $10.00 is 84% used: $8.40." With what happens at the cap.
QString budget(const BudgetView &budget, const Names &names);

} // namespace sb::words
