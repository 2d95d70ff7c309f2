// How every TLS connection to a provider is checked. There is one way, and it always verifies:
// TLS 1.2 or later, a chain to the system's authorities or to the origin's own CA file alone, the
// host's name or address in the certificate, dates. [robustness §7.11]
#pragma once

#include "base/result.h"
#include "http/tls_session_cache.h"
#include "http/upstream.h"

#include <QHash>

#include <memory>

#include <openssl/ssl.h>

namespace sb::http {

struct SslDeleter {
    void operator()(SSL *ssl) const { SSL_free(ssl); }
    void operator()(SSL_CTX *context) const { SSL_CTX_free(context); }
};
using SslHandle = std::unique_ptr<SSL, SslDeleter>;

struct TlsFault {
    UpstreamError error = UpstreamError::TlsFailed;
    QByteArray detail;
};

// Called with each session a server offers; takes it over.
class TlsSessionSink {
public:
    virtual void sessionOffered(SslSession session) = 0;

protected:
    ~TlsSessionSink() = default;
};

// The contexts, one per CA file, made when first needed. Engine thread.
class TlsContexts {
public:
    // A client handle for one connection, ready for its handshake: name, verification and a session
    // to resume are set. `sink` outlives it.
    Result<SslHandle> makeHandle(const Origin &origin, TlsSessionSink &sink);
    TlsSessionCache &sessions() { return m_sessions; }
    // CA files are read anew, and no session from before is resumed.
    void clear();

private:
    using Context = std::unique_ptr<SSL_CTX, SslDeleter>;
    Result<SSL_CTX *> contextFor(const QString &caFile);

    QHash<QString, std::shared_ptr<SSL_CTX>> m_contexts;
    TlsSessionCache m_sessions;
};

// What a failed handshake means. Also empties this thread's OpenSSL error queue.
TlsFault describeTlsFailure(SSL *ssl, const Origin &origin, int sslError, int systemError);
// After a handshake that succeeded: is the peer really the one that was asked for?
bool isPeerVerified(SSL *ssl);

} // namespace sb::http
