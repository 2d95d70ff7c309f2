// Keeps one idle connection ready to each origin in use, so that a request finds the handshake
// already paid for. [robustness §5, Connecting]
#pragma once

#include "http/connection_pool.h"
#include "http/connector.h"

#include <QHash>

namespace sb::http {

// Engine thread; owned by the upstream client. Failures are silent and are tried again after
// `retryAfter`, while the origin is still wanted.
class WarmKeeper {
public:
    static constexpr Nanos retryAfter = Seconds(10);
    static constexpr Nanos connectTimeout = Seconds(5);
    static constexpr Nanos refillAfter = Seconds(1); // after a request took the ready one
    static constexpr int maxOrigins = 64;

    WarmKeeper(const ConnectorTools &tools, ConnectionPool &pool, Nanos reuseIdle);
    ~WarmKeeper();

    void keep(const Origin &origin, Nanos keepFor);
    // A request took an idle connection to there.
    void noteTaken(const Origin &origin);
    void forgetAll() { m_entries.clear(); }

private:
    struct Entry;
    void check(const Origin &origin);
    void connected(const Origin &origin, Connector::Outcome outcome);

    ConnectorTools m_tools;
    ConnectionPool &m_pool;
    Nanos m_renewAt; // age at which a successor is made
    QHash<Origin, std::shared_ptr<Entry>> m_entries;
};

} // namespace sb::http
