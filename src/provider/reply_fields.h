// Which fields of a provider's reply a client may see: an allow list, values checked again.
// [contract §3 "Headers to the client from a provider"]
#pragma once

#include "base/wire_text.h"
#include "http/head.h"
#include "record/exchange.h"

namespace sb::provider {

// Adds complete "name: value\r\n" lines. With isFinalError, the provider's retry-after and
// x-should-retry are left out: the gateway computes its own. A value that quotes `key`, the one the
// provider was sent, is left out too.
void addClientFields(WireText &to, const http::Fields &fields, DialectId dialect, bool isFinalError,
                     QByteArrayView key = {});

} // namespace sb::provider
