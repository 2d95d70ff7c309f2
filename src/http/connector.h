// Makes one connection: lookup, race of addresses, CONNECT through a proxy, TLS.
#pragma once

#include "http/connection.h"
#include "http/happy_eyeballs.h"
#include "http/proxy.h"
#include "http/resolver.h"
#include "http/tls_transport.h"

#include <functional>
#include <optional>
#include <variant>

namespace sb::http {

// What every connector of one client works with. Not owned.
struct ConnectorTools {
    Clock &clock;
    TransportHub &hub;
    Resolver &resolver;
    TlsContexts &tls;
    FamilyMemory &families;
    const ProxyRules &proxies;
    Nanos happyEyeballsDelay;
};

// One try, bounded by one timeout over all its steps. Engine thread. Destroying it gives up at once
// and closes what was begun. No byte of a request passes here.
class Connector final : private TransportListener {
public:
    struct Fault {
        UpstreamError error = UpstreamError::ConnectFailed;
        QByteArray detail;
    };
    using Outcome = std::variant<std::unique_ptr<Connection>, Fault>;
    // Runs once, never inside start(); may destroy the connector.
    using Done = std::function<void(Outcome)>;

    Connector(const ConnectorTools &tools, const Origin &origin, Done done);
    ~Connector();
    Connector(const Connector &) = delete;
    Connector &operator=(const Connector &) = delete;

    void start(Nanos timeout);

private:
    enum class Step : quint8 { Lookup, Connect, Tunnel, Handshake };

    void lookUp();
    void race(QList<QHostAddress> addresses);
    void raced(AddressRace::Result result);
    void openTunnel();
    void readTunnelReply();
    void startTls();
    void succeed();
    void failSoon(Fault fault);
    void finish(Outcome outcome);
    void timedOut();
    // A fault of the way to the proxy is the proxy's; all others are what they are.
    UpstreamError orProxy(UpstreamError error) const;

    void bytesRead(char *bytes, qsizetype count) override;
    void peerClosed() override;
    void transportFailed(int error) override;

    ConnectorTools m_tools;
    std::unique_ptr<Connection> m_connection;
    std::optional<Proxy> m_proxy;
    Done m_done;
    Step m_step = Step::Lookup;
    std::unique_ptr<Lookup> m_lookup;
    std::unique_ptr<AddressRace> m_race;
    QByteArray m_tunnelReply;
    Timer m_timer;
    Timer m_soon;
};

} // namespace sb::http
