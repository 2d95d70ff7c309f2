// JSON Schema cut to what a target understands, on a copy. [translation §10.1]
#pragma once

#include "chat/capabilities.h"
#include "chat/changes.h"

namespace sb::chat {

struct CleanSchema {
    QByteArray raw; // member order of the original; empty = leave the member out
    bool isStrict = true; // false: strictness was asked for and cannot be had
};

// What was removed is hinted at in `description` and noted under `field`. Already fitting schemas
// come back byte for byte. Recursive references end in a plain object. Never fails: a text that is
// no schema becomes {"type":"object","properties":{}}.
CleanSchema cleanSchema(QByteArrayView raw, SchemaProfile profile, QByteArrayView field,
                        Changes &changes);

} // namespace sb::chat
