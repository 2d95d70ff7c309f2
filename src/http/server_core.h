// What a connection needs from its server. Inside the room only.
#pragma once

#include "http/parser.h"
#include "http/server.h"
#include "http/transport.h"

#include <list>

namespace sb::http {

class ClientConnection;

class ServerCore {
public:
    virtual Handler &handler() = 0;
    virtual Clock &clock() = 0;
    virtual const Limits &limits() const = 0;
    virtual TransportHub &hub() = 0;
    virtual QByteArrayView dateLine() = 0; // "date: …\r\n", made once a second
    virtual bool isDraining() const = 0;

    // The connection has a deadline; expire() comes at or after it.
    virtual void noteDeadline(Nanos when) = 0;
    // Counts it among those without a full head; the oldest of too many is dropped.
    virtual void beganHead(ClientConnection &connection) = 0;
    virtual void endedHead(ClientConnection &connection) = 0;
    // The connection is over and is destroyed at the end of the turn.
    virtual void retire(ClientConnection &connection) = 0;

protected:
    ~ServerCore() = default;
};

} // namespace sb::http
