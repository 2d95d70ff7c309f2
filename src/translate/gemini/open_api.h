// Schemas in Google's OpenAPI form as JSON Schema: types in lower case, `nullable` as a type,
// counts as numbers. [dialects §5.3]
#pragma once

#include "json/scan.h"

namespace sb::translate::gemini {

// The bytes of the document themselves where nothing has to change.
QByteArray jsonSchema(json::Node schema);

} // namespace sb::translate::gemini
