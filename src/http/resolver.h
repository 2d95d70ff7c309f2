// Names to addresses as a seam, so that tests can inject dead ones.
#pragma once

#include "base/result.h"

#include <QByteArray>
#include <QHostAddress>
#include <QList>

#include <functional>
#include <memory>

namespace sb::http {

// A running lookup; destroying it forgets the answer.
class Lookup {
public:
    virtual ~Lookup() = default;
};

class Resolver {
public:
    using Done = std::function<void(Result<QList<QHostAddress>>)>;
    virtual ~Resolver() = default;
    // `done` runs once, on this thread, never inside lookup(); it may destroy the Lookup.
    virtual std::unique_ptr<Lookup> lookup(const QByteArray &host, Done done) = 0;
};

// QHostInfo: its own threads ask the system, this thread never waits. Answers come in the order the
// system prefers [RFC 6724].
class SystemResolver final : public Resolver {
public:
    std::unique_ptr<Lookup> lookup(const QByteArray &host, Done done) override;
};

} // namespace sb::http
