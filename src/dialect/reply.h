// What reading a complete reply has in common over the dialects.
#pragma once

#include "dialect/dialect.h"
#include "json/scan.h"

namespace sb::dialect {

// False for HTML pages and other bodies that do not even claim to be JSON.
bool isJsonReply(QByteArrayView contentType, QByteArrayView body);

// Scans the body into scratch(). On failure facts.outcome says whether it was cut short or garbled;
// an error object in a success becomes facts.error. True: go on reading the document.
bool openReply(QByteArrayView body, ReplyFacts &facts);

// Row 19: no content, and no end reason or no output token.
void judgeEmptiness(ReplyFacts &facts, bool hasContent, bool isEmptyAnswer);

} // namespace sb::dialect
