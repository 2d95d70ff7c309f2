// An exchange as people and programs read it: one JSON object, or one row of CSV.
//
// One spelling for /v1/generation, `tail` and `export`: the C++ name in snake_case, units last
// (`first_content_ms` in decimal milliseconds, `cost_nusd`). What did not happen is null. Pure
// functions of the value, any thread. [contract §4; robustness §7.15]
#pragma once

#include "record/exchange.h"

namespace sb {

// One line, no newline at the end. Control, line-separator and direction characters are escaped.
QByteArray toJson(const Exchange &exchange);
QByteArray toJson(const Decision &decision); // what `explain` and a dry run answer

// Appends `text` as a JSON string with its quotes, escaped as above; lone surrogates become U+FFFD.
void appendJsonString(QByteArray &out, QStringView text);

// RFC 4180 lines, CRLF at the end. A text that a spreadsheet would take for a formula gets a `'`.
QByteArray csvHeader();
QByteArray csvRow(const Exchange &exchange);

} // namespace sb
