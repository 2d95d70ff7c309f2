// TLS sessions to resume, per origin. A session lives only here and only from a handshake whose
// certificate was verified for that very origin (host and CA file are part of the key).
#pragma once

#include "http/upstream.h"

#include <QHash>

#include <memory>
#include <vector>

#include <openssl/ssl.h>

namespace sb::http {

struct SslSessionDeleter {
    void operator()(SSL_SESSION *session) const { SSL_SESSION_free(session); }
};
using SslSession = std::unique_ptr<SSL_SESSION, SslSessionDeleter>;

// Engine thread; owned by the upstream client.
class TlsSessionCache {
public:
    static constexpr int maxPerOrigin = 4; // a server hands out two tickets at a time
    static constexpr int maxOrigins = 128;

    void put(const Origin &origin, SslSession session);
    // The newest that still holds. A TLS 1.3 ticket is given once [RFC 8446 §C.4].
    SslSession take(const Origin &origin);
    void clear() { m_sessions.clear(); }
    int count(const Origin &origin) const;

private:
    QHash<Origin, std::shared_ptr<std::vector<SslSession>>> m_sessions;
};

} // namespace sb::http
