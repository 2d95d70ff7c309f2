// Reading the errors providers report, in every shape they have been seen in. [dialects §9]
#pragma once

#include "dialect/dialect.h"
#include "json/scan.h"

namespace sb::dialect {

// Does this reply or event hold an error instead of an answer? A member `error` that is neither
// null, false, empty nor an empty object.
json::Node errorMember(json::Node root);

// The error in a parsed document. `status` is the HTTP status, or 200 for one that came inside a
// success: then the status it means is worked out from its code and type.
ProviderError readErrorNode(int status, json::Node root);

} // namespace sb::dialect
