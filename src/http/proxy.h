// Which proxy, if any, leads to an origin. [robustness §7.11]
#pragma once

#include "base/result.h"
#include "http/upstream.h"

#include <optional>

namespace sb::http {

// An HTTP proxy that is asked to CONNECT.
struct Proxy {
    QByteArray host; // no brackets
    quint16 port = 0;
    QByteArray authorization; // value of Proxy-Authorization; empty = none. Never logged.
    friend bool operator==(const Proxy &, const Proxy &) = default;
};

// "http://user:password@host:port"; the scheme may be missing. Other schemes (https, socks5) are an
// error rather than a silent direct connection.
Result<Proxy> parseProxyUrl(QByteArrayView url);

// The whole request that opens a tunnel.
QByteArray connectRequest(const Proxy &proxy, const Origin &origin);

// Settings resolved once; a value. In System mode the environment is read at construction.
class ProxyRules {
public:
    explicit ProxyRules(const ProxySettings &settings);

    // nullopt = connect directly. Loopback is always direct.
    Result<std::optional<Proxy>> choose(const Origin &origin) const;

private:
    bool isExcluded(const Origin &origin) const;

    struct Exception {
        QByteArray host; // lower case, without leading dot or "*."
        quint16 port = 0; // 0 = any
    };
    QByteArray m_forTls, m_forPlain;
    QList<Exception> m_exceptions;
    bool m_excludesAll = false;
};

} // namespace sb::http
