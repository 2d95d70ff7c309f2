// The filter language explained: what a part that means nothing lacks, and what a field asks.
#pragma once

#include "record/exchange_filter.h"

#include <QString>

namespace sb::words {

// "There is no field “statsu”. Did you mean “status”?" — one sentence or two for below the line.
QString filterProblem(const FilterProblem &problem, const QString &line);
// A few words beside a field in the completion: "HTTP status: 429, 4xx, >=500".
QString filterHelp(FilterField field);

} // namespace sb::words
