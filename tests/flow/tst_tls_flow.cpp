// Targets behind TLS, as a chain meets them: who is believed, resumption, a proxy between, IPv6.
//
// The proxy rows use names that only this test's lookup knows: a proxy is never asked for loopback
// addresses. [robustness §3 row 3, §7.11]
#include "gateway_fixture.h"

#include "http/socket_upstream.h"
#include "http/test_ca.h"
#include "http/upstream_kit.h"
#include "record/names.h"

#include <QElapsedTimer>
#include <QTemporaryDir>

using namespace sb;
using namespace sb::flow;
using http::test::CertSpec;
using http::test::TestCa;
using http::test::TlsServer;

Q_DECLARE_METATYPE(sb::http::test::CertSpec)

namespace {

const QByteArray kReply
    = R"({"id":"x","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"secure"},"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":1,"total_tokens":6}})";

const char kPlain[] = "{\"id\":\"sim\",\"dialects\":{\"openai-chat\":\"http://127.0.0.1:%1/v1\"},"
                      "\"auth\":{\"type\":\"none\"}}";

// Two sockets, bytes from each to the other.
void join(QTcpSocket *one, QTcpSocket *other)
{
    const auto pump = [](QTcpSocket *from, QTcpSocket *to) {
        QObject::connect(from, &QTcpSocket::readyRead, to,
                         [from, to] { to->write(from->readAll()); });
        QObject::connect(from, &QTcpSocket::disconnected, to, [to] { to->disconnectFromHost(); });
        if (from->bytesAvailable() > 0)
            to->write(from->readAll());
    };
    pump(one, other);
    pump(other, one);
}

// Passes connections on to a port on this machine: as an HTTP proxy that is asked where, or blindly
// to `blindTo`.
class Relay final : public QObject {
public:
    explicit Relay(const QHostAddress &address, quint16 blindTo = 0)
        : m_blindTo(blindTo)
    {
        m_server.listen(address);
        connect(&m_server, &QTcpServer::newConnection, this, [this] {
            while (QTcpSocket *socket = m_server.nextPendingConnection()) {
                ++connections;
                if (m_blindTo != 0)
                    forward(socket, m_blindTo, {});
                else
                    connect(socket, &QTcpSocket::readyRead, this, [this, socket] { read(socket); });
            }
        });
    }
    quint16 port() const { return m_server.serverPort(); }

    QByteArray refusal; // instead of 200
    QList<QByteArray> heads;
    int connections = 0;

private:
    void read(QTcpSocket *socket)
    {
        if (!socket->peek(8192).contains("\r\n\r\n"))
            return;
        const QByteArray head = socket->readAll();
        socket->disconnect(this);
        heads.append(head);
        if (!refusal.isEmpty()) {
            socket->write(refusal);
            socket->disconnectFromHost();
            return;
        }
        const QByteArray authority = head.split(' ').value(1);
        forward(socket, authority.mid(authority.lastIndexOf(':') + 1).toUShort(),
                "HTTP/1.1 200 Connection established\r\n\r\n");
    }

    void forward(QTcpSocket *socket, quint16 port, const QByteArray &greeting)
    {
        auto *other = new QTcpSocket(socket);
        other->connectToHost(QHostAddress::LocalHost, port);
        connect(other, &QTcpSocket::connected, socket, [socket, other, greeting] {
            socket->write(greeting);
            join(socket, other);
        });
        connect(other, &QTcpSocket::errorOccurred, socket, [socket] { socket->abort(); });
    }

    QTcpServer m_server;
    quint16 m_blindTo;
};

} // namespace

class TestTlsFlow : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void resumes_data();
    void resumes();
    void refused_data();
    void refused();
    void lastTarget_data() { refused_data(); }
    void lastTarget();
    void throughProxy();
    void proxyRefuses();
    void overIpv6_data();
    void overIpv6();
    void deadIpv6();

private:
    // Providers p1, p2, … at these https places, then one simulated provider.
    void start(GatewayFixture &fixture, const QStringList &urls,
               const http::ProxySettings &proxy = {http::ProxySettings::Mode::None, {}});
    void answer(TlsServer &server, const QByteArray &fields = {});
    QString url(const TlsServer &server, const char *host = "api.test") const
    {
        return QStringLiteral("https://%1:%2").arg(QString::fromLatin1(host)).arg(server.port());
    }

    QTemporaryDir m_folder;
    TestCa m_ca;
    TestCa m_otherCa{"Some other authority"};
    QString m_caFile;
};

void TestTlsFlow::initTestCase()
{
    m_caFile = m_folder.filePath(QStringLiteral("ca.pem"));
    QVERIFY(m_ca.writePem(m_caFile));
}

void TestTlsFlow::start(GatewayFixture &fixture, const QStringList &urls,
                        const http::ProxySettings &proxy)
{
    fixture.makeUpstream = [this, proxy](Clock &clock) {
        auto resolver = std::make_unique<http::test::TableResolver>();
        resolver->names.insert("api.test", {QHostAddress(QHostAddress::LocalHost)});
        resolver->names.insert("v6.test", {QHostAddress(QHostAddress::LocalHostIPv6)});
        resolver->names.insert(
            "both.test",
            {QHostAddress(QHostAddress::LocalHostIPv6), QHostAddress(QHostAddress::LocalHost)});
        http::UpstreamOptions options;
        options.proxy = proxy;
        return http::createSocketUpstream(clock, options, std::move(resolver));
    };
    QStringList providers;
    QStringList targets;
    int number = 0;
    for (const QString &at : urls) {
        ++number;
        providers.append(
            QStringLiteral(
                R"({"id":"p%1","dialects":{"openai-chat":"%2"},"auth":{"type":"none"},"ca_file":"%3"})")
                .arg(number)
                .arg(at, m_caFile));
        targets.append(QStringLiteral(R"({"provider":"p%1","model":"m"})").arg(number));
    }
    providers.append(QString::fromLatin1(kPlain));
    const QString last = QStringLiteral(R"({"provider":"sim","model":"m"})");
    fixture.startWith(
        {instant()},
        QStringLiteral(R"({"version":1,"providers":[)") + providers.join(u',')
            + QStringLiteral(R"(],"chains":[{"id":"c","targets":[)")
            + (targets + QStringList(last)).join(u',')
            + QStringLiteral(R"(]},{"id":"alone","targets":[)") + targets.join(u',')
            + QStringLiteral(
                R"(]}],"clients":[{"id":"tester","secret":"env:X","chains":["*"]}]})"));
}

void TestTlsFlow::answer(TlsServer &server, const QByteArray &fields)
{
    server.onRequest = [fields](http::test::TlsPeer &peer, const QByteArray &) {
        peer.write(http::test::reply(kReply, "content-type: application/json\r\n" + fields));
        if (!fields.isEmpty())
            peer.end();
    };
}

void TestTlsFlow::resumes_data()
{
    QTest::addColumn<int>("version");
    QTest::newRow("TLS 1.3") << TLS1_3_VERSION;
    QTest::newRow("TLS 1.2") << TLS1_2_VERSION;
}

void TestTlsFlow::resumes()
{
    QFETCH(int, version);
    TlsServer server({m_ca.issue({"x", {"api.test"}, {}}), TLS1_2_VERSION, version});
    answer(server, "connection: close\r\n"); // so that the next request needs a new connection
    GatewayFixture fixture;
    start(fixture, {url(server)});
    bool isResumedOnce = false;
    for (int i = 0; i < 4; ++i) {
        const size_t before = server.peers.size();
        const Seen seen = fixture.chat(false);
        QCOMPARE(seen.status, 200);
        QCOMPARE(seen.field("x-signalbox-served-by"), "p1/m");
        QVERIFY(seen.body.contains("secure"));
        QCOMPARE(seen.body, kReply);
        const Attempt &attempt = fixture.last().attempts.first();
        QVERIFY(attempt.connectedAt >= attempt.startedAt);
        if (i == 0)
            QVERIFY(!attempt.isResumed);
        isResumedOnce = isResumedOnce || attempt.isResumed;
        // Whatever was opened after the first answer carries its session on.
        for (size_t p = before; i > 0 && p < server.peers.size(); ++p)
            QVERIFY(!server.peers[p]->isReady || server.peers[p]->isResumed);
    }
    QVERIFY(server.peers.size() >= 4);
    QVERIFY(isResumedOnce);
    QCOMPARE(server.requests, 4);
    QCOMPARE(fixture.headsRead(), 0u);
}

void TestTlsFlow::refused_data()
{
    QTest::addColumn<int>("signer"); // 0 ours, 1 another, 2 itself
    QTest::addColumn<CertSpec>("spec");
    QTest::addColumn<AttemptOutcome>("outcome");
    const CertSpec good{"x", {"api.test"}, {}};
    CertSpec expired = good;
    expired.notBefore = -7200;
    expired.notAfter = -60;
    CertSpec early = good;
    early.notBefore = 3600;
    QTest::newRow("wrong name") << 0 << CertSpec{"x", {"other.test"}, {}}
                                << AttemptOutcome::TlsWrongName;
    QTest::newRow("expired") << 0 << expired << AttemptOutcome::TlsExpired;
    QTest::newRow("not yet valid") << 0 << early << AttemptOutcome::TlsNotYetValid;
    QTest::newRow("self-signed") << 2 << good << AttemptOutcome::TlsSelfSigned;
    QTest::newRow("unknown authority") << 1 << good << AttemptOutcome::TlsUnknownCa;
}

void TestTlsFlow::refused()
{
    QFETCH(int, signer);
    QFETCH(CertSpec, spec);
    QFETCH(AttemptOutcome, outcome);
    TlsServer server({signer == 2       ? TestCa::selfSigned(spec)
                          : signer == 1 ? m_otherCa.issue(spec)
                                        : m_ca.issue(spec)});
    GatewayFixture fixture;
    start(fixture, {url(server)});
    const Seen seen = fixture.chat(true);
    QCOMPARE(seen.status, 200);
    QCOMPARE(seen.field("x-signalbox-served-by"), "sim/m");
    QCOMPARE(seen.field("x-signalbox-attempts"), "2");
    QCOMPARE(seen.field("x-signalbox-failover"), "true");
    const Attempt &attempt = fixture.last().attempts.first();
    QCOMPARE(name(attempt.outcome), name(outcome));
    QCOMPARE(attempt.stage, Stage::Unsent);
    QCOMPARE(attempt.cost + attempt.uncertain, Money());
    QCOMPARE(server.applicationBytes, 0); // not a byte of the request
    // Tripped at once: the next request does not go there.
    const Seen next = fixture.chat(false);
    QCOMPARE(next.field("x-signalbox-attempts"), "1");
    QVERIFY(fixture.last().outcome.isDiverted);
    QCOMPARE(fixture.last().decision.candidates[0].reason, SkipReason::Tripped);
    QCOMPARE(server.requests, 0);
}

void TestTlsFlow::lastTarget()
{
    QFETCH(int, signer);
    QFETCH(CertSpec, spec);
    QFETCH(AttemptOutcome, outcome);
    TlsServer server({signer == 2       ? TestCa::selfSigned(spec)
                          : signer == 1 ? m_otherCa.issue(spec)
                                        : m_ca.issue(spec)});
    GatewayFixture fixture;
    start(fixture, {url(server)});
    const Seen seen = fixture.chat(false, "x-signalbox-chain: alone\r\n");
    QCOMPARE(seen.status, 502);
    QCOMPARE(seen.field("x-signalbox-code"), "upstream_tls");
    QCOMPARE(seen.field("x-should-retry"), "false");
    QVERIFY(seen.body.contains("certificate"));
    const bool isOfDates
        = outcome == AttemptOutcome::TlsExpired || outcome == AttemptOutcome::TlsNotYetValid;
    QCOMPARE(seen.body.contains("clock"), isOfDates);
    QCOMPARE(fixture.last().attempts.size(), 1); // never again on the same target
    QCOMPARE(server.applicationBytes, 0);
}

// First target expired, second one good, both behind the proxy; the simulated one is not.
void TestTlsFlow::throughProxy()
{
    CertSpec expired{"x", {"api.test"}, {}};
    expired.notBefore = -7200;
    expired.notAfter = -60;
    TlsServer bad({m_ca.issue(expired)});
    TlsServer good({m_ca.issue({"x", {"api.test"}, {}})});
    answer(good);
    Relay proxy(QHostAddress::LocalHost);
    GatewayFixture fixture;
    start(fixture, {url(bad), url(good)},
          {http::ProxySettings::Mode::Manual,
           "http://user:word@127.0.0.1:" + QByteArray::number(proxy.port())});
    const Seen seen = fixture.chat(false);
    QCOMPARE(seen.status, 200);
    QCOMPARE(seen.field("x-signalbox-served-by"), "p2/m");
    QCOMPARE(name(fixture.last().attempts.first().outcome), name(AttemptOutcome::TlsExpired));
    QCOMPARE(bad.applicationBytes, 0);
    QVERIFY(proxy.heads.size() >= 2);
    for (const QByteArray &head : std::as_const(proxy.heads)) {
        QVERIFY(head.startsWith("CONNECT api.test:"));
        QVERIFY(head.contains(
            QByteArray("proxy-authorization: Basic " + QByteArray("user:word").toBase64())));
        QVERIFY(!head.contains("hello there"));
    }
    // The connection through it is kept like any other.
    const qsizetype before = proxy.heads.size();
    QCOMPARE(fixture.chat(false).field("x-signalbox-served-by"), "p2/m");
    QVERIFY(fixture.last().attempts.last().isReused);
    QVERIFY(proxy.heads.size() <= before + 1); // at most the warm one of the first target
}

void TestTlsFlow::proxyRefuses()
{
    TlsServer server({m_ca.issue({"x", {"api.test"}, {}})});
    answer(server);
    Relay proxy(QHostAddress::LocalHost);
    proxy.refusal = "HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n";
    GatewayFixture fixture;
    start(fixture, {url(server)},
          {http::ProxySettings::Mode::Manual,
           "http://127.0.0.1:" + QByteArray::number(proxy.port())});
    const Seen seen = fixture.chat(false);
    QCOMPARE(seen.status, 200);
    QCOMPARE(seen.field("x-signalbox-served-by"), "sim/m"); // loopback: never through a proxy
    QCOMPARE(name(fixture.last().attempts.first().outcome), name(AttemptOutcome::ProxyFailed));
    QCOMPARE(fixture.last().attempts.first().stage, Stage::Unsent);
    QVERIFY(server.peers.empty());
    const Seen alone = fixture.chat(false, "x-signalbox-chain: alone\r\n");
    QCOMPARE(alone.status, 502);
    QCOMPARE(alone.field("x-signalbox-code"), "upstream_unreachable");
}

void TestTlsFlow::overIpv6_data()
{
    QTest::addColumn<QByteArray>("host");
    QTest::newRow("by name") << QByteArray("v6.test");
    QTest::newRow("by address") << QByteArray("[::1]");
}

void TestTlsFlow::overIpv6()
{
    QFETCH(QByteArray, host);
    CertSpec expired{"x", {"v6.test"}, {"::1"}};
    expired.notBefore = -7200;
    expired.notAfter = -60;
    TlsServer bad({m_ca.issue(expired)});
    TlsServer good({m_ca.issue({"x", {"v6.test"}, {"::1"}})});
    answer(good);
    Relay toBad(QHostAddress::LocalHostIPv6, bad.port());
    Relay toGood(QHostAddress::LocalHostIPv6, good.port());
    if (toGood.port() == 0)
        QSKIP("no IPv6 loopback here");
    const QString base = QStringLiteral("https://") + QString::fromLatin1(host) + u':';
    GatewayFixture fixture;
    start(fixture, {base + QString::number(toBad.port()), base + QString::number(toGood.port())});
    const Seen seen = fixture.chat(false);
    QCOMPARE(seen.status, 200);
    QCOMPARE(seen.field("x-signalbox-served-by"), "p2/m");
    QCOMPARE(name(fixture.last().attempts.first().outcome), name(AttemptOutcome::TlsExpired));
    QCOMPARE(bad.applicationBytes, 0);
    QCOMPARE(good.requests, 1);
    QVERIFY(toGood.connections > 0);
}

// A dead IPv6 address in front of a live IPv4 one costs at most 300 ms, once.
void TestTlsFlow::deadIpv6()
{
    TlsServer server({m_ca.issue({"x", {"both.test", "api.test"}, {}})});
    answer(server);
    http::test::BlackHole hole(QHostAddress(QHostAddress::LocalHostIPv6), server.port());
    if (!hole.isReady())
        QSKIP("no IPv6 loopback here");
    const auto connecting = [](const GatewayFixture &fixture) {
        const Attempt &attempt = fixture.last().attempts.first();
        return std::chrono::duration_cast<Millis>(attempt.connectedAt - attempt.startedAt);
    };
    // What the same connection takes without the dead address, TLS included.
    GatewayFixture live;
    start(live, {url(server)});
    QCOMPARE(live.chat(false).field("x-signalbox-served-by"), "p1/m");

    GatewayFixture fixture;
    start(fixture, {url(server, "both.test")});
    QCOMPARE(fixture.chat(false).field("x-signalbox-served-by"), "p1/m");
    const Millis added = connecting(fixture) - connecting(live);
    qInfo("the dead address cost %lld ms", qint64(added.count()));
    QVERIFY2(added <= Millis(300), "more than 300 ms");
    QCOMPARE(fixture.chat(false).field("x-signalbox-served-by"), "p1/m");
    QVERIFY(connecting(fixture) < Millis(100));
}

FLOW_TEST_MAIN(TestTlsFlow)
#include "tst_tls_flow.moc"
