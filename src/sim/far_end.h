// A provider some way off: TLS, and time on the wire, in front of a plain server on this machine.
//
// Every byte between the client and the TLS end waits `delay` in each direction, those of the
// handshake too, so a new connection costs what it costs over a real distance (but for TCP's own
// handshake, which the kernel answers at once). The certificate is made at the start and is good
// for 127.0.0.1 alone. An instrument of benchmarks: no limit on what it holds but a socket's own
// buffer. Lives on a thread with an event loop.
#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <QString>

#include <memory>

namespace sb::sim {

class FarEnd {
public:
    virtual ~FarEnd() = default;
    // Listens on a free port of 127.0.0.1, for what listens on `target` there. `clock` outlives it.
    static Result<std::unique_ptr<FarEnd>> start(quint16 target, Millis delay, Clock &clock);
    virtual quint16 port() const = 0;
    virtual QByteArray certificate() const = 0; // PEM, for clients to trust
};

} // namespace sb::sim
