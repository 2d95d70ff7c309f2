// Who opened a connection: the seam between the walk and whatever can tell.
//
// Engine thread. A request never waits for an answer: what is not known when it settles stays
// empty.
#pragma once

#include "http/server.h"
#include "record/exchange.h"

namespace sb::gateway {

class CallerBook {
public:
    virtual ~CallerBook() = default;
    virtual void connected(const http::Peer &peer) = 0;
    // Null while not known. Valid until the next call on the book.
    virtual const Caller *of(quint64 connection) const = 0;
};

} // namespace sb::gateway
