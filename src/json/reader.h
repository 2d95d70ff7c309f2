// The full reader: the whole document, strictly by RFC 8259, into an order-preserving Value.
#pragma once

#include "base/result.h"
#include "json/value.h"

namespace sb::json {

struct ReadLimits {
    int depth = 256; // arrays and objects inside one another
    qsizetype members = 10'000; // of one object
    qsizetype values = 2'000'000; // in the document
    bool areEqualKeysAllowed = true; // false for configuration
};

// What was wrong and where. `path` names the innermost value that was being read:
// "providers[2].models[0].id", empty for the document itself.
struct ReadFailure {
    qsizetype offset = 0; // bytes from the start
    int line = 1;
    int column = 1; // in bytes
    QByteArray path;
    QString what; // "expected a comma or }"
};

// Errors: bad_json, duplicate_key. `detail` has the place too.
Result<Value> read(QByteArrayView text, const ReadLimits &limits = {},
                   ReadFailure *failure = nullptr);

} // namespace sb::json
