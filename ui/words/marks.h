// What charts of health write beside their bars and marks.
#pragma once

#include "record/failure_class.h"
#include "words/names.h"

namespace sb::words {

// "rate limit": a class of failures, as a word or two for a chip or a cell.
QString failure(FailureClass kind);
// "OpenAI tripped: 429." One short sentence.
QString eventMark(const EventView &event, const Names &names);

} // namespace sb::words
