#include "http/connector.h"

#include "http/address.h"

namespace sb::http {

namespace {

constexpr qsizetype kTunnelReply = 16 * 1024; // a proxy's reply head to CONNECT
constexpr qsizetype kAddresses = 16; // of one name; more are not tried

// The status of "HTTP/1.x nnn …"; 0 when that is not what it is.
int tunnelStatus(QByteArrayView head)
{
    const auto isDigit = [](char c) { return c >= '0' && c <= '9'; };
    if (head.size() < 13 || !head.startsWith("HTTP/1.") || !isDigit(head[7]) || head[8] != ' '
        || !isDigit(head[9]) || !isDigit(head[10]) || !isDigit(head[11])
        || (head[12] != ' ' && head[12] != '\r'))
        return 0;
    return (head[9] - '0') * 100 + (head[10] - '0') * 10 + (head[11] - '0');
}

} // namespace

Connector::Connector(const ConnectorTools &tools, const Origin &origin, Done done)
    : m_tools(tools)
    , m_connection(std::make_unique<Connection>())
    , m_done(std::move(done))
    , m_timer(tools.clock)
    , m_soon(tools.clock)
{
    m_connection->origin = origin;
}

Connector::~Connector() = default;

void Connector::start(Nanos timeout)
{
    m_timer.start(timeout, [this] { timedOut(); });
    const auto proxy = m_tools.proxies.choose(m_connection->origin);
    if (!proxy) {
        failSoon({UpstreamError::ProxyFailed, proxy.error().detail.toUtf8()});
        return;
    }
    m_proxy = *proxy;
    if (m_proxy)
        m_connection->info.proxy = authorityText(m_proxy->host, m_proxy->port);
    lookUp();
}

void Connector::lookUp()
{
    const QByteArray &host = m_proxy ? m_proxy->host : m_connection->origin.host;
    if (const QHostAddress literal(QString::fromLatin1(host)); !literal.isNull()) {
        race({literal});
        return;
    }
    m_lookup = m_tools.resolver.lookup(host, [this](Result<QList<QHostAddress>> answer) {
        const auto done = std::move(m_lookup); // finished; kept until this returns
        if (answer) {
            race(*std::move(answer));
            return;
        }
        const QByteArray &name = m_proxy ? m_proxy->host : m_connection->origin.host;
        finish(Fault{orProxy(UpstreamError::DnsFailed),
                     "the name " + name + " was not found: " + answer.error().detail.toUtf8()});
    });
}

void Connector::race(QList<QHostAddress> addresses)
{
    m_step = Step::Connect;
    const QByteArray &host = m_proxy ? m_proxy->host : m_connection->origin.host;
    const quint16 port = m_proxy ? m_proxy->port : m_connection->origin.port;
    if (!m_proxy) { // a proxy is the user's own and may be anywhere
        const bool isTls = m_connection->origin.isTls;
        addresses.removeIf([isTls](const QHostAddress &a) { return !mayConnect(a, isTls); });
        if (addresses.isEmpty()) {
            failSoon({UpstreamError::ConnectFailed,
                      host + " leads only to addresses that are not allowed"
                          + (isTls ? "" : " without TLS (anything but loopback)")});
            return;
        }
    }
    addresses = interleave(addresses, m_tools.families.recall(host, port));
    if (addresses.size() > kAddresses)
        addresses.resize(kAddresses);
    m_race = std::make_unique<AddressRace>(
        m_tools.clock, m_tools.happyEyeballsDelay,
        [this](AddressRace::Result result) { raced(std::move(result)); });
    m_race->start(std::move(addresses), port);
}

void Connector::raced(AddressRace::Result result)
{
    const auto race = std::move(m_race);
    const QByteArray &host = m_proxy ? m_proxy->host : m_connection->origin.host;
    const quint16 port = m_proxy ? m_proxy->port : m_connection->origin.port;
    if (result.fd < 0) {
        finish(Fault{orProxy(UpstreamError::ConnectFailed),
                     (m_proxy ? "no connection to the proxy " : "no connection to ")
                         + authorityText(host, port) + ": " + result.detail});
        return;
    }
    m_tools.families.remember(host, port, familyOf(result.address));
    m_connection->info.address = addressText(result.address, port);
    m_connection->transport = std::make_unique<Transport>(m_tools.hub);
    m_connection->transport->setListener(this);
    m_connection->transport->adopt(result.fd);
    if (m_proxy)
        openTunnel();
    else if (m_connection->origin.isTls)
        startTls();
    else
        succeed();
}

void Connector::openTunnel()
{
    m_step = Step::Tunnel;
    Transport &transport = *m_connection->transport;
    transport.write(connectRequest(*m_proxy, m_connection->origin));
    transport.flush();
    transport.setReading(true);
}

void Connector::bytesRead(char *bytes, qsizetype count)
{
    m_tunnelReply.append(bytes, count);
    readTunnelReply();
}

void Connector::readTunnelReply()
{
    const QByteArray who = "the proxy " + m_connection->info.proxy;
    const qsizetype end = m_tunnelReply.indexOf("\r\n\r\n");
    if (end < 0) {
        if (m_tunnelReply.size() > kTunnelReply)
            finish(Fault{UpstreamError::ProxyFailed, who + " answered without end"});
        return;
    }
    const int status = tunnelStatus(m_tunnelReply);
    if (status >= 100 && status < 200 && status != 101) { // interim; the real one follows
        m_tunnelReply.remove(0, end + 4);
        if (!m_tunnelReply.isEmpty())
            readTunnelReply();
        return;
    }
    if (status < 200 || status > 299) {
        QByteArray why = who;
        if (status == 0)
            why += " gave an answer that is not HTTP";
        else if (status == 407)
            why += " wants a user name and password (407)";
        else
            why += " refused the connection with status " + QByteArray::number(status);
        finish(Fault{UpstreamError::ProxyFailed, why});
        return;
    }
    if (m_tunnelReply.size() > end + 4) {
        finish(Fault{UpstreamError::ProxyFailed, who + " spoke before the tunnel was in use"});
        return;
    }
    m_tunnelReply.clear();
    m_connection->transport->setReading(false);
    if (m_connection->origin.isTls)
        startTls();
    else
        succeed();
}

void Connector::startTls()
{
    m_step = Step::Handshake;
    const int descriptor = m_connection->transport->release();
    auto tls = std::make_unique<TlsTransport>(m_tools.hub, m_tools.tls, m_connection->origin);
    TlsTransport *raw = tls.get();
    m_connection->transport = std::move(tls);
    raw->setListener(this);
    raw->adopt(descriptor);
    raw->startHandshake([this, raw](std::optional<TlsFault> fault) {
        if (fault) {
            finish(Fault{fault->error, fault->detail});
            return;
        }
        m_connection->info.isResumed = raw->isResumed();
        succeed();
    });
}

void Connector::succeed()
{
    finish(std::move(m_connection));
}

void Connector::failSoon(Fault fault)
{
    m_soon.start(Nanos(0), [this, fault = std::move(fault)] { finish(fault); });
}

void Connector::finish(Outcome outcome)
{
    m_timer.stop();
    const Done done = std::exchange(m_done, nullptr);
    if (done)
        done(std::move(outcome));
}

void Connector::timedOut()
{
    static constexpr const char *steps[]
        = {"the name lookup", "the connection", "the proxy's answer", "the TLS handshake"};
    m_lookup.reset();
    m_race.reset();
    finish(Fault{UpstreamError::ConnectTimeout,
                 QByteArray(steps[int(m_step)]) + " for "
                     + authorityText(m_connection->origin.host, m_connection->origin.port)
                     + " took too long"});
}

UpstreamError Connector::orProxy(UpstreamError error) const
{
    return m_proxy ? UpstreamError::ProxyFailed : error;
}

void Connector::peerClosed()
{
    finish(Fault{UpstreamError::ProxyFailed,
                 "the proxy " + m_connection->info.proxy + " hung up before the tunnel was open"});
}

void Connector::transportFailed(int error)
{
    finish(Fault{UpstreamError::ProxyFailed,
                 "the proxy " + m_connection->info.proxy + " broke off: " + errnoText(error)});
}

} // namespace sb::http
