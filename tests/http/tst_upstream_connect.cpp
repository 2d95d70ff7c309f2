// The way to a connection: lookups, races of addresses, refusals, black holes, proxy rules.
#include "http/address.h"
#include "http/happy_eyeballs.h"
#include "http/proxy.h"
#include "http/socket_upstream.h"
#include "upstream_kit.h"

#include <QElapsedTimer>

#include <netdb.h>

using namespace sb;
using namespace sb::http;
using namespace sb::http::test;
using namespace Qt::StringLiterals;

namespace {

QHostAddress addr(const char *text)
{
    return QHostAddress(QString::fromLatin1(text));
}

// Sets the variables of a row and takes all proxy variables away afterwards.
class ProxyEnvironment {
public:
    ProxyEnvironment() { clear(); }
    ~ProxyEnvironment() { clear(); }
    void clear()
    {
        for (const char *name : {"http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY",
                                 "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"})
            qunsetenv(name);
    }
};

} // namespace

class TestUpstreamConnect : public QObject {
    Q_OBJECT

private slots:
    void init()
    {
        m_clock = std::make_unique<QtClock>();
        remake({});
    }
    void cleanup()
    {
        m_upstream.reset();
        m_clock.reset();
    }

    void refused()
    {
        Origin nowhere;
        {
            ScriptServer server;
            nowhere = server.origin();
        }
        Recorder recorder;
        RUN_CALL(*m_upstream, getRequest(nowhere), recorder);
        QCOMPARE(recorder.log(), u"failed-ConnectFailed"_s);
        QVERIFY2(recorder.failure->detail.contains("Connection refused"),
                 recorder.failure->detail.constData());
    }

    void blackHole()
    {
        const BlackHole hole;
        QVERIFY(hole.isReady());
        UpstreamRequest request = getRequest(Origin{false, "127.0.0.1", hole.port(), {}});
        request.connectTimeout = Millis(150);
        Recorder recorder;
        QElapsedTimer timer;
        timer.start();
        RUN_CALL(*m_upstream, std::move(request), recorder);
        QCOMPARE(recorder.log(), u"failed-ConnectTimeout"_s);
        QVERIFY(timer.elapsed() >= 145 && timer.elapsed() < 1000);
    }

    void cancelledWhileConnecting()
    {
        const BlackHole hole;
        QVERIFY(hole.isReady());
        Recorder recorder;
        recorder.call
            = m_upstream->start(getRequest(Origin{false, "127.0.0.1", hole.port(), {}}), recorder);
        QTest::qWait(20);
        recorder.call.reset();
        QTest::qWait(20);
        QVERIFY(recorder.words.isEmpty());
    }

    void unknownName()
    {
        Recorder recorder;
        RUN_CALL(*m_upstream, getRequest(Origin{true, "nowhere.test", 443, {}}), recorder);
        QCOMPARE(recorder.log(), u"failed-DnsFailed"_s);
        QVERIFY(recorder.failure->detail.contains("nowhere.test"));
    }

    void lateAnswerIsIgnored()
    {
        m_resolver->names.insert("late.localhost", {addr("127.0.0.1")});
        m_resolver->delay = Millis(40);
        const Origin origin{false, "late.localhost", 9, {}};
        Recorder cancelled;
        cancelled.call = m_upstream->start(getRequest(origin), cancelled);
        cancelled.call.reset();
        Recorder slow;
        UpstreamRequest request = getRequest(origin);
        request.connectTimeout = Millis(10);
        RUN_CALL(*m_upstream, std::move(request), slow);
        QCOMPARE(slow.log(), u"failed-ConnectTimeout"_s);
        QVERIFY(slow.failure->detail.contains("lookup"));
        QTest::qWait(80);
        QVERIFY(cancelled.words.isEmpty());
        QCOMPARE(slow.words.size(), 1);
        QCOMPARE(m_resolver->lookups, 2);
    }

    void systemLookup()
    {
        addrinfo *known = nullptr;
        if (::getaddrinfo("localhost", nullptr, nullptr, &known) != 0)
            QSKIP("this system does not know its own name localhost");
        ::freeaddrinfo(known);
        ScriptServer server;
        server.onRequest
            = [](ServerSide &side, const QByteArray &) { side.socket->write(reply("x")); };
        const auto upstream = createSocketUpstream(*m_clock, {});
        Recorder recorder;
        RUN_CALL(*upstream, getRequest(Origin{false, "localhost", server.port(), {}}), recorder);
        QCOMPARE(recorder.log(), u"connected sent head-200 body end"_s);
        // An answer on its way when its asker goes.
        Recorder gone;
        gone.call = upstream->start(getRequest(Origin{false, "localhost", 1, {}}), gone);
        gone.call.reset();
        QTest::qWait(50);
        QVERIFY(gone.words.isEmpty());
    }

    void forbiddenAddresses_data()
    {
        QTest::addColumn<QString>("address");
        QTest::addColumn<bool>("isTls");
        QTest::addColumn<bool>("isAllowed");
        for (const char *address : {"169.254.1.1", "fe80::1", "0.0.0.0", "::", "224.0.0.1",
                                    "ff02::1", "255.255.255.255", "::ffff:169.254.169.254"})
            QTest::newRow(address) << QString::fromLatin1(address) << true << false;
        QTest::newRow("loopback without TLS") << u"127.0.0.1"_s << false << true;
        QTest::newRow("loopback with TLS") << u"::1"_s << true << true;
        QTest::newRow("outside with TLS") << u"192.0.2.7"_s << true << true;
        QTest::newRow("outside without TLS") << u"192.0.2.7"_s << false << false;
        QTest::newRow("mapped loopback") << u"::ffff:127.0.0.1"_s << false << true;
    }
    void forbiddenAddresses()
    {
        QFETCH(QString, address);
        QFETCH(bool, isTls);
        QFETCH(bool, isAllowed);
        QCOMPARE(mayConnect(QHostAddress(address), isTls), isAllowed);
        if (isAllowed)
            return;
        // A name that leads there fares no better than the address itself.
        m_resolver->names.insert("inside.test", {QHostAddress(address)});
        Recorder recorder;
        RUN_CALL(*m_upstream, getRequest(Origin{isTls, "inside.test", 443, {}}), recorder);
        QCOMPARE(recorder.log(), u"failed-ConnectFailed"_s);
        QVERIFY(recorder.failure->detail.contains("not allowed"));
    }

    void interleaving_data()
    {
        QTest::addColumn<QString>("in");
        QTest::addColumn<int>("preferred"); // -1 none, 0 IPv4, 1 IPv6
        QTest::addColumn<QString>("out");
        QTest::newRow("v6 first") << u"::1 ::2 1.1.1.1 2.2.2.2"_s << -1
                                  << u"::1 1.1.1.1 ::2 2.2.2.2"_s;
        QTest::newRow("v4 first") << u"1.1.1.1 ::1"_s << -1 << u"1.1.1.1 ::1"_s;
        QTest::newRow("remembered v4")
            << u"::1 ::2 1.1.1.1 2.2.2.2"_s << 0 << u"1.1.1.1 ::1 2.2.2.2 ::2"_s;
        QTest::newRow("remembered v6") << u"1.1.1.1 ::1"_s << 1 << u"::1 1.1.1.1"_s;
        QTest::newRow("uneven") << u"::1 ::2 ::3 1.1.1.1"_s << -1 << u"::1 1.1.1.1 ::2 ::3"_s;
        QTest::newRow("doubles") << u"::1 ::1 1.1.1.1 1.1.1.1"_s << -1 << u"::1 1.1.1.1"_s;
    }
    void interleaving()
    {
        QFETCH(QString, in);
        QFETCH(int, preferred);
        QFETCH(QString, out);
        QList<QHostAddress> addresses;
        for (const QString &word : in.split(u' '))
            addresses.append(QHostAddress(word));
        std::optional<Family> family;
        if (preferred >= 0)
            family = preferred == 1 ? Family::V6 : Family::V4;
        QStringList result;
        for (const QHostAddress &address : interleave(addresses, family))
            result.append(address.toString());
        QCOMPARE(result.join(u' '), out);
    }

    void familyIsForgotten()
    {
        ManualClock clock;
        FamilyMemory memory(clock);
        QVERIFY(!memory.recall("a", 1));
        memory.remember("a", 1, Family::V4);
        QCOMPARE(*memory.recall("a", 1), Family::V4);
        QVERIFY(!memory.recall("a", 2));
        clock.advance(std::chrono::minutes(9));
        QVERIFY(memory.recall("a", 1));
        clock.sleep(std::chrono::minutes(2));
        QVERIFY(!memory.recall("a", 1));
    }

    void deadIpv6BesideLiveIpv4()
    {
        ScriptServer live;
        live.onRequest
            = [](ServerSide &side, const QByteArray &) { side.socket->write(reply("x")); };
        const BlackHole dead(QHostAddress::LocalHostIPv6, live.port());
        if (!dead.isReady())
            QSKIP("no IPv6 loopback here");
        const Origin origin{false, "both.localhost", live.port(), {}};
        QElapsedTimer timer;
        std::array<qint64, 3> took{};
        // A busy machine may be late itself; three tries to be in time, each from nothing.
        for (int round = 0; round < 3; ++round) {
            remake({});
            m_resolver->names.insert("both.localhost", {addr("::1"), addr("127.0.0.1")});
            for (qint64 &time : took) {
                UpstreamRequest request = getRequest(origin);
                request.isReuseAllowed = false;
                Recorder recorder;
                recorder.onWord = [&](const QString &word) {
                    if (word == u"connected")
                        time = timer.elapsed();
                };
                timer.start();
                RUN_CALL(*m_upstream, std::move(request), recorder);
                QVERIFY(recorder.ended);
                QVERIFY(recorder.info.address.startsWith("127.0.0.1:"));
            }
            QVERIFY2(took[0] >= 245, QByteArray::number(took[0]).constData());
            if (took[0] <= 300 && took[1] < 50 && took[2] < 50)
                return;
        }
        QFAIL(qPrintable(
            u"a dead family cost %1, %2 and %3 ms"_s.arg(took[0]).arg(took[1]).arg(took[2])));
    }

    void refusedIpv6CostsNothing()
    {
        ScriptServer live;
        live.onRequest
            = [](ServerSide &side, const QByteArray &) { side.socket->write(reply("x")); };
        m_resolver->names.insert("both.localhost", {addr("::1"), addr("127.0.0.1")});
        QElapsedTimer timer;
        timer.start();
        Recorder recorder;
        RUN_CALL(*m_upstream, getRequest(Origin{false, "both.localhost", live.port(), {}}),
                 recorder);
        QVERIFY(recorder.ended);
        QVERIFY(timer.elapsed() < 200);
    }

    void overIpv6()
    {
        ScriptServer server(QHostAddress::LocalHostIPv6);
        if (!server.isListening())
            QSKIP("no IPv6 loopback here");
        server.onRequest
            = [](ServerSide &side, const QByteArray &) { side.socket->write(reply("x")); };
        Recorder recorder;
        RUN_CALL(*m_upstream, getRequest(server.origin()), recorder);
        QVERIFY(recorder.ended);
        QCOMPARE(recorder.info.address, "[::1]:" + QByteArray::number(server.port()));
    }

    void everyAddressFails()
    {
        quint16 port = 0;
        {
            ScriptServer server;
            port = server.port();
        }
        m_resolver->names.insert("both.localhost", {addr("::1"), addr("127.0.0.1")});
        Recorder recorder;
        RUN_CALL(*m_upstream, getRequest(Origin{false, "both.localhost", port, {}}), recorder);
        QCOMPARE(recorder.log(), u"failed-ConnectFailed"_s);
        QVERIFY(recorder.failure->detail.contains("[::1]:"));
        QVERIFY(recorder.failure->detail.contains("127.0.0.1:"));
    }

    void proxyUrls_data()
    {
        QTest::addColumn<QByteArray>("url");
        QTest::addColumn<QByteArray>("host"); // empty = refused
        QTest::addColumn<int>("port");
        QTest::addColumn<QByteArray>("authorization");
        const auto row = [](const char *url, const char *host, int port, const char *auth = "") {
            QTest::newRow(QByteArray(url).simplified().constData())
                << QByteArray(url) << QByteArray(host) << port << QByteArray(auth);
        };
        row("http://proxy:3128", "proxy", 3128);
        row("proxy:3128", "proxy", 3128);
        row("http://Proxy.Example/", "proxy.example", 80);
        row("http://[::1]:8080", "::1", 8080);
        row("http://user:pass@proxy:1", "proxy", 1, "Basic dXNlcjpwYXNz");
        row("http://us%40er:p%3Aw@proxy:1", "proxy", 1, "Basic dXNAZXI6cDp3");
        row("https://proxy:3128", "", 0);
        row("socks5://proxy:1080", "", 0);
        row("http://", "", 0);
        row("http://proxy:99999", "", 0);
        row("http://pro xy:1", "", 0);
        row("http://us\r\ner@proxy:1", "", 0);
    }
    void proxyUrls()
    {
        QFETCH(QByteArray, url);
        QFETCH(QByteArray, host);
        QFETCH(int, port);
        QFETCH(QByteArray, authorization);
        const auto proxy = parseProxyUrl(url);
        QCOMPARE(proxy.has_value(), !host.isEmpty());
        if (!proxy)
            return;
        QCOMPARE(proxy->host, host);
        QCOMPARE(int(proxy->port), port);
        QCOMPARE(proxy->authorization, authorization);
    }

    void proxyFromEnvironment_data()
    {
        QTest::addColumn<QString>("environment"); // "name=value name=value"
        QTest::addColumn<QByteArray>("host");
        QTest::addColumn<bool>("isTls");
        QTest::addColumn<QByteArray>("chosen"); // the proxy's host; empty = direct
        const auto row
            = [](const char *environment, const char *host, const char *chosen, bool isTls = true) {
                  QTest::newRow(QByteArray(QByteArray(environment) + " -> " + host).constData())
                      << QString::fromLatin1(environment) << QByteArray(host) << isTls
                      << QByteArray(chosen);
              };
        row("", "api.test", "");
        row("https_proxy=http://a:1", "api.test", "a");
        row("HTTPS_PROXY=http://b:1", "api.test", "b");
        row("https_proxy=http://a:1 HTTPS_PROXY=http://b:1", "api.test", "a");
        row("all_proxy=http://c:1", "api.test", "c");
        row("http_proxy=http://d:1", "api.test", "");
        row("http_proxy=http://d:1", "api.test", "d", false);
        row("HTTP_PROXY=http://d:1", "api.test", "", false);
        row("https_proxy=http://a:1", "localhost", "");
        row("https_proxy=http://a:1", "127.0.0.1", "");
        row("https_proxy=http://a:1", "127.9.9.9", "");
        row("https_proxy=http://a:1", "::1", "");
        row("https_proxy=http://a:1", "x.localhost", "");
        row("https_proxy=http://a:1 no_proxy=api.test", "api.test", "");
        row("https_proxy=http://a:1 no_proxy=.test", "api.test", "");
        row("https_proxy=http://a:1 no_proxy=*.test", "api.test", "");
        row("https_proxy=http://a:1 no_proxy=test", "api.test", "");
        row("https_proxy=http://a:1 no_proxy=pi.test", "api.test", "a");
        row("https_proxy=http://a:1 no_proxy=other,API.test", "api.test", "");
        row("https_proxy=http://a:1 NO_PROXY=api.test", "api.test", "");
        row("https_proxy=http://a:1 no_proxy=*", "api.test", "");
        row("https_proxy=http://a:1 no_proxy=api.test:443", "api.test", "");
        row("https_proxy=http://a:1 no_proxy=api.test:8443", "api.test", "a");
        row("https_proxy=http://a:1 no_proxy=192.0.2.1", "192.0.2.1", "");
        row("https_proxy=http://a:1 no_proxy=2.1", "192.0.2.1", "a");
        row("https_proxy=http://a:1 no_proxy=[2001:db8::1]:443", "2001:db8::1", "");
        row("https_proxy=http://a:1 no_proxy=2001:db8::1", "2001:db8::1", "");
    }
    void proxyFromEnvironment()
    {
        QFETCH(QString, environment);
        QFETCH(QByteArray, host);
        QFETCH(bool, isTls);
        QFETCH(QByteArray, chosen);
        const ProxyEnvironment guard;
        for (const QString &pair : environment.split(u' ', Qt::SkipEmptyParts)) {
            const qsizetype equals = pair.indexOf(u'=');
            qputenv(pair.left(equals).toLatin1().constData(), pair.sliced(equals + 1).toLatin1());
        }
        const ProxyRules rules{ProxySettings{}};
        const auto proxy = rules.choose(Origin{isTls, host, 443, {}});
        QVERIFY(proxy);
        QCOMPARE(*proxy ? (*proxy)->host : QByteArray(), chosen);
        // Neither of the other modes looks at the environment.
        const ProxyRules none{ProxySettings{ProxySettings::Mode::None, "http://m:1"}};
        QVERIFY(!*none.choose(Origin{isTls, host, 443, {}}));
        const ProxyRules manual{ProxySettings{ProxySettings::Mode::Manual, "http://m:1"}};
        QCOMPARE(manual.choose(Origin{isTls, host, 443, {}})->has_value(), !isLoopbackHost(host));
    }

    void unusableProxyIsNotSkipped()
    {
        UpstreamOptions options;
        options.proxy = {ProxySettings::Mode::Manual, "socks5://user:hidden@127.0.0.1:1"};
        remake(options);
        m_resolver->names.insert("api.test", {addr("127.0.0.1")});
        Recorder recorder;
        RUN_CALL(*m_upstream, getRequest(Origin{true, "api.test", 443, {}}), recorder);
        QCOMPARE(recorder.log(), u"failed-ProxyFailed"_s);
        QCOMPARE(m_resolver->lookups, 0);
        QVERIFY(!recorder.failure->detail.contains("hidden"));
    }

    void proxyIsUnreachable()
    {
        quint16 port = 0;
        {
            ScriptServer server;
            port = server.port();
        }
        UpstreamOptions options;
        options.proxy
            = {ProxySettings::Mode::Manual, "http://127.0.0.1:" + QByteArray::number(port)};
        remake(options);
        Recorder recorder;
        RUN_CALL(*m_upstream, getRequest(Origin{true, "api.test", 443, {}}), recorder);
        QCOMPARE(recorder.log(), u"failed-ProxyFailed"_s);
        QCOMPARE(m_resolver->lookups, 0); // the proxy looks the name up, not we
    }

    void proxyRefusals_data()
    {
        QTest::addColumn<QByteArray>("answer"); // empty = hangs up
        QTest::addColumn<QByteArray>("detail");
        const auto row = [](const char *name, const QByteArray &answer, const char *detail) {
            QTest::newRow(name) << answer << QByteArray(detail);
        };
        row("forbidden", "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n", "403");
        row("authentication", "HTTP/1.1 407 Who\r\n\r\n", "user name and password");
        row("redirect", "HTTP/1.1 302 Found\r\nlocation: http://x/\r\n\r\n", "302");
        row("after interim", "HTTP/1.1 100 C\r\n\r\nHTTP/1.1 502 Bad\r\n\r\n", "502");
        row("garbage", "hello\r\n\r\n", "not HTTP");
        row("endless", "HTTP/1.1 200 OK\r\nx: " + QByteArray(20'000, 'x'), "without end");
        row("hangs up", "", "hung up");
        row("speaks first", "HTTP/1.1 200 OK\r\n\r\nSSH-2.0", "spoke before");
    }
    void proxyRefusals()
    {
        QFETCH(QByteArray, answer);
        QFETCH(QByteArray, detail);
        ScriptServer proxy;
        QByteArray seen;
        proxy.onRequest = [&](ServerSide &side, const QByteArray &request) {
            seen = request;
            if (answer.isEmpty())
                side.socket->disconnectFromHost();
            else
                side.socket->write(answer);
        };
        UpstreamOptions options;
        options.proxy = {ProxySettings::Mode::Manual,
                         "http://u:p@127.0.0.1:" + QByteArray::number(proxy.port())};
        remake(options);
        Recorder recorder;
        RUN_CALL(*m_upstream, getRequest(Origin{true, "api.test", 443, {}}), recorder);
        QCOMPARE(recorder.log(), u"failed-ProxyFailed"_s);
        QVERIFY2(recorder.failure->detail.contains(detail), recorder.failure->detail.constData());
        QCOMPARE(seen,
                 QByteArray("CONNECT api.test:443 HTTP/1.1\r\nhost: api.test:443\r\n"
                            "proxy-authorization: Basic dTpw\r\n\r\n"));
    }

    void silentProxyTimesOut()
    {
        ScriptServer proxy;
        UpstreamOptions options;
        options.proxy
            = {ProxySettings::Mode::Manual, "http://127.0.0.1:" + QByteArray::number(proxy.port())};
        remake(options);
        UpstreamRequest request = getRequest(Origin{true, "api.test", 443, {}});
        request.connectTimeout = Millis(60);
        Recorder recorder;
        RUN_CALL(*m_upstream, std::move(request), recorder);
        QCOMPARE(recorder.log(), u"failed-ConnectTimeout"_s);
        QVERIFY(recorder.failure->detail.contains("proxy"));
    }

private:
    void remake(const UpstreamOptions &options)
    {
        auto resolver = std::make_unique<TableResolver>();
        m_resolver = resolver.get();
        m_upstream = createSocketUpstream(*m_clock, options, std::move(resolver));
    }

    std::unique_ptr<QtClock> m_clock;
    TableResolver *m_resolver = nullptr;
    std::unique_ptr<Upstream> m_upstream;
};

UPSTREAM_TEST_MAIN(TestUpstreamConnect)
#include "tst_upstream_connect.moc"
