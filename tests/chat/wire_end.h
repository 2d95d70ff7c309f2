// How a client of each API sees an answer end, read from the bytes by Qt's JSON reader alone:
// nothing of our decoders has a part in it. [robustness §4]
#pragma once

#include "dialect/dialect.h"

#include <QByteArray>

namespace sb::testing {

struct WireEnd {
    int successes = 0; // signals that the answer is whole
    int errors = 0; // in the form the API's SDKs raise
    QByteArray wrong; // what no client could read; empty = nothing
    bool isLast = false; // the signal is the last thing said
};

WireEnd wireEnd(DialectId dialect, const QByteArray &stream);

} // namespace sb::testing
