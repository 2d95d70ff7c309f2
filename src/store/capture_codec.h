// A capture as the bytes of its row: packed, and a body that another one of the same exchange
// repeats (what passed through) only once. Pure; reading never trusts a byte of it.
#pragma once

#include "base/result.h"
#include "record/capture.h"

namespace sb::store {

QByteArray encodeCapture(const CapturedExchange &capture);
Result<CapturedExchange> decodeCapture(const QByteArray &bytes); // "store_damaged"

} // namespace sb::store
