// One connection to a provider's origin: being made, in use by one request, or idle in the pool.
#pragma once

#include "http/transport.h"
#include "http/upstream.h"

#include <memory>

namespace sb::http {

// A resource with one owner at a time; its transport's listener follows the owner.
struct Connection {
    Origin origin;
    std::unique_ptr<Transport> transport; // plain or TLS, ready for a request
    ConnectInfo info;
    Nanos idleSince{0}; // Clock::sinceBoot, when it last became idle
};

} // namespace sb::http
