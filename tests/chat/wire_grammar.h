// What every provider of a dialect demands of the conversation in a request, whatever its model.
#pragma once

#include "record/exchange.h"

#include <QByteArray>

namespace sb::testing {

// Empty when the body obeys, else what is wrong with it: roles out of turn, ids used twice, calls
// without their result or results without a call, empty texts where they are refused.
QByteArray wireFault(DialectId dialect, const QByteArray &body);

} // namespace sb::testing
