// TLS upstream: who is believed, who is not, and that nobody unbelieved sees a byte of a request.
#include "http/socket_upstream.h"
#include "test_ca.h"
#include "upstream_kit.h"

#include <QTemporaryDir>

using namespace sb;
using namespace sb::http;
using namespace sb::http::test;
using namespace Qt::StringLiterals;

Q_DECLARE_METATYPE(sb::http::test::CertSpec)

class TestUpstreamTls : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        QVERIFY(m_folder.isValid());
        QVERIFY(m_ca.writePem(m_caFile = m_folder.filePath(u"ca.pem"_s)));
        QVERIFY(m_otherCa.writePem(m_otherCaFile = m_folder.filePath(u"other.pem"_s)));
    }
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

    void believed_data()
    {
        QTest::addColumn<CertSpec>("spec");
        QTest::addColumn<QByteArray>("host");
        QTest::addColumn<int>("maxVersion");
        QTest::newRow("name") << CertSpec{"x", {"api.test"}, {}} << QByteArray("api.test") << 0;
        QTest::newRow("name, TLS 1.2")
            << CertSpec{"x", {"api.test"}, {}} << QByteArray("api.test") << TLS1_2_VERSION;
        QTest::newRow("one of several")
            << CertSpec{"x", {"a.test", "api.test"}, {"10.0.0.1"}} << QByteArray("api.test") << 0;
        QTest::newRow("wildcard") << CertSpec{"x", {"*.sub.test"}, {}} << QByteArray("api.sub.test")
                                  << 0;
        QTest::newRow("address") << CertSpec{"x", {}, {"127.0.0.1"}} << QByteArray("127.0.0.1")
                                 << 0;
    }
    void believed()
    {
        QFETCH(CertSpec, spec);
        QFETCH(QByteArray, host);
        QFETCH(int, maxVersion);
        TlsServer server({m_ca.issue(spec), TLS1_2_VERSION, maxVersion});
        answer(server);
        Recorder recorder;
        RUN_CALL(*m_upstream, getRequest(origin(server, host)), recorder);
        QVERIFY2(recorder.ended, recorder.failure ? recorder.failure->detail.constData() : "");
        QCOMPARE(recorder.log(), u"connected sent head-200 body end"_s);
        QCOMPARE(recorder.body, "secure");
        QVERIFY(!recorder.info.isResumed && !recorder.info.isReused);
        QCOMPARE(server.peers.front()->protocol, "http/1.1");
        QCOMPARE(server.peers.front()->serverName, host == "127.0.0.1" ? QByteArray() : host);
        // The same connection again.
        Recorder second;
        RUN_CALL(*m_upstream, getRequest(origin(server, host)), second);
        QVERIFY(second.info.isReused);
        QCOMPARE(int(server.peers.size()), 1);
    }

    void refused_data()
    {
        QTest::addColumn<QString>("signer"); // ca, other, self
        QTest::addColumn<CertSpec>("spec");
        QTest::addColumn<QByteArray>("host");
        QTest::addColumn<QString>("trust"); // ca, system
        QTest::addColumn<QString>("error");
        const QByteArray name = "api.test";
        const CertSpec good{"x", {name}, {"127.0.0.1"}};
        CertSpec expired = good, early = good;
        expired.notBefore = -7200;
        expired.notAfter = -60;
        early.notBefore = 3600;
        QTest::newRow("wrong name")
            << u"ca"_s << CertSpec{"x", {"other.test"}, {}} << name << u"ca"_s << u"TlsWrongName"_s;
        QTest::newRow("wrong address") << u"ca"_s << CertSpec{"x", {name}, {"127.0.0.2"}}
                                       << QByteArray("127.0.0.1") << u"ca"_s << u"TlsWrongName"_s;
        QTest::newRow("address as a name")
            << u"ca"_s << CertSpec{"127.0.0.1", {"127.0.0.1"}, {}} << QByteArray("127.0.0.1")
            << u"ca"_s << u"TlsWrongName"_s;
        QTest::newRow("name only in the subject")
            << u"ca"_s << CertSpec{name, {}, {}} << name << u"ca"_s << u"TlsWrongName"_s;
        QTest::newRow("partial wildcard")
            << u"ca"_s << CertSpec{"x", {"a*.sub.test"}, {}} << QByteArray("api.sub.test")
            << u"ca"_s << u"TlsWrongName"_s;
        QTest::newRow("expired") << u"ca"_s << expired << name << u"ca"_s << u"TlsExpired"_s;
        QTest::newRow("not yet valid")
            << u"ca"_s << early << name << u"ca"_s << u"TlsNotYetValid"_s;
        QTest::newRow("self-signed") << u"self"_s << good << name << u"ca"_s << u"TlsSelfSigned"_s;
        QTest::newRow("self-signed, system authorities")
            << u"self"_s << good << name << u"system"_s << u"TlsSelfSigned"_s;
        QTest::newRow("unknown authority")
            << u"other"_s << good << name << u"ca"_s << u"TlsUnknownCa"_s;
        QTest::newRow("unknown authority, system authorities")
            << u"ca"_s << good << name << u"system"_s << u"TlsUnknownCa"_s;
    }
    void refused()
    {
        QFETCH(QString, signer);
        QFETCH(CertSpec, spec);
        QFETCH(QByteArray, host);
        QFETCH(QString, trust);
        QFETCH(QString, error);
        for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
            TlsServer server({signer == u"self"     ? TestCa::selfSigned(spec)
                                  : signer == u"ca" ? m_ca.issue(spec)
                                                    : m_otherCa.issue(spec),
                              TLS1_2_VERSION, version});
            answer(server);
            Origin where = origin(server, host);
            if (trust == u"system")
                where.caFile.clear();
            // Twice: a refusal leaves nothing behind that a second try could resume.
            for (int i = 0; i < 2; ++i) {
                Recorder recorder;
                RUN_CALL(*m_upstream, postRequest(where, {"secret"}), recorder);
                QCOMPARE(recorder.log(), u"failed-"_s + error);
                QVERIFY(!recorder.failure->isSent);
                QVERIFY2(recorder.failure->detail.contains(host),
                         recorder.failure->detail.constData());
            }
            QTRY_VERIFY(server.peers.back()->isClosed);
            QCOMPARE(server.applicationBytes, 0);
            QCOMPARE(server.requests, 0);
        }
    }

    // Without a CA file the system's authorities count; the one way to name others is OpenSSL's
    // own.
    void systemAuthorities()
    {
        qputenv("SSL_CERT_FILE", QFile::encodeName(m_caFile));
        TlsServer server({m_ca.issue({"x", {"api.test"}, {}})});
        answer(server);
        Origin where = origin(server, "api.test");
        where.caFile.clear();
        Recorder recorder;
        RUN_CALL(*m_upstream, getRequest(where), recorder);
        qunsetenv("SSL_CERT_FILE");
        QVERIFY2(recorder.ended, recorder.failure ? recorder.failure->detail.constData() : "");
        // An origin with its own file does not trust them.
        where.caFile = m_otherCaFile;
        Recorder pinned;
        RUN_CALL(*m_upstream, getRequest(where), pinned);
        QCOMPARE(pinned.log(), u"failed-TlsUnknownCa"_s);
    }

    void oldProtocolIsRefused()
    {
        TlsServer server({m_ca.issue({"x", {"api.test"}, {}}), TLS1_VERSION, TLS1_1_VERSION});
        Recorder recorder;
        RUN_CALL(*m_upstream, getRequest(origin(server, "api.test")), recorder);
        QCOMPARE(recorder.log(), u"failed-TlsFailed"_s);
        QCOMPARE(server.applicationBytes, 0);
    }

    void caFileIsMissing()
    {
        TlsServer server({m_ca.issue({"x", {"api.test"}, {}})});
        Origin where = origin(server, "api.test");
        where.caFile = m_folder.filePath(u"absent.pem"_s);
        Recorder recorder;
        RUN_CALL(*m_upstream, getRequest(where), recorder);
        QCOMPARE(recorder.log(), u"failed-TlsFailed"_s);
        QVERIFY(recorder.failure->detail.contains("absent.pem"));
        QCOMPARE(server.applicationBytes, 0);
        // The file appears, and the configuration is told so.
        QVERIFY(m_ca.writePem(where.caFile));
        m_upstream->dropIdle();
        answer(server);
        Recorder second;
        RUN_CALL(*m_upstream, getRequest(where), second);
        QVERIFY(second.ended);
    }

    void notTls_data()
    {
        QTest::addColumn<QByteArray>("answer");
        QTest::newRow("plain HTTP") << QByteArray("HTTP/1.1 400 Bad Request\r\n\r\n");
        QTest::newRow("hangs up") << QByteArray();
        QTest::newRow("garbage") << QByteArray(4096, '\x16');
    }
    void notTls()
    {
        QFETCH(QByteArray, answer);
        ScriptServer server;
        QByteArray seen;
        server.onBytes = [&](ServerSide &side) {
            seen += side.received;
            if (answer.isEmpty())
                side.socket->disconnectFromHost();
            else
                side.socket->write(answer);
        };
        Recorder recorder;
        UpstreamRequest request
            = postRequest(Origin{true, "api.test", server.port(), m_caFile}, {"secret"});
        RUN_CALL(*m_upstream, std::move(request), recorder);
        QCOMPARE(recorder.log(), u"failed-TlsFailed"_s);
        QVERIFY(!seen.contains("secret") && !seen.contains("POST"));
    }

    void handshakeStalls()
    {
        TlsServer::Options options{m_ca.issue({"x", {"api.test"}, {}})};
        options.holdsHandshake = true;
        TlsServer server(options);
        UpstreamRequest request = getRequest(origin(server, "api.test"));
        request.connectTimeout = Millis(60);
        Recorder recorder;
        RUN_CALL(*m_upstream, std::move(request), recorder);
        QCOMPARE(recorder.log(), u"failed-ConnectTimeout"_s);
        QVERIFY(recorder.failure->detail.contains("TLS handshake"));
        // Cancelled in the handshake.
        Recorder gone;
        gone.call = m_upstream->start(getRequest(origin(server, "api.test")), gone);
        QTRY_COMPARE(int(server.peers.size()), 2);
        gone.call.reset();
        QTest::qWait(20);
        QVERIFY(gone.words.isEmpty());
    }

    void resumes_data()
    {
        QTest::addColumn<int>("version");
        QTest::newRow("TLS 1.3") << TLS1_3_VERSION;
        QTest::newRow("TLS 1.2") << TLS1_2_VERSION;
    }
    void resumes()
    {
        QFETCH(int, version);
        TlsServer server({m_ca.issue({"x", {"api.test"}, {}}), TLS1_2_VERSION, version});
        answer(server);
        for (int i = 0; i < 4; ++i) {
            UpstreamRequest request = getRequest(origin(server, "api.test"));
            request.isReuseAllowed = false;
            Recorder recorder;
            RUN_CALL(*m_upstream, std::move(request), recorder);
            QVERIFY(recorder.ended);
            QCOMPARE(recorder.info.isResumed, i > 0);
            QVERIFY(!recorder.info.isReused);
            QCOMPARE(server.peers.back()->isResumed, i > 0);
        }
        QCOMPARE(int(server.peers.size()), 4);
        // Not for an origin that trusts someone else, though it is the same server.
        Origin other = origin(server, "api.test");
        other.caFile = m_otherCaFile;
        Recorder stranger;
        RUN_CALL(*m_upstream, getRequest(other), stranger);
        QCOMPARE(stranger.log(), u"failed-TlsUnknownCa"_s);
        // A cancelled request does not spoil the session.
        server.onRequest = nullptr;
        Recorder cancelled;
        UpstreamRequest request = getRequest(origin(server, "api.test"));
        request.isReuseAllowed = false;
        cancelled.call = m_upstream->start(request, cancelled);
        QTRY_VERIFY(server.requests == 5);
        cancelled.call.reset();
        answer(server);
        Recorder again;
        RUN_CALL(*m_upstream, std::move(request), again);
        QVERIFY(again.info.isResumed);
        // Nothing is kept over dropIdle().
        m_upstream->dropIdle();
        Recorder fresh;
        RUN_CALL(*m_upstream, getRequest(origin(server, "api.test")), fresh);
        QVERIFY(fresh.ended && !fresh.info.isResumed && !fresh.info.isReused);
    }

    void warmConnectionTakesItsTickets()
    {
        TlsServer server({m_ca.issue({"x", {"api.test"}, {}})});
        answer(server);
        m_upstream->warm(origin(server, "api.test"), Seconds(60));
        QTRY_VERIFY(!server.peers.empty() && server.peers.front()->isReady);
        QTest::qWait(30); // the tickets come to an idle connection, and it lives
        QVERIFY(!server.peers.front()->isClosed);
        Recorder recorder;
        RUN_CALL(*m_upstream, getRequest(origin(server, "api.test")), recorder);
        QVERIFY(recorder.info.isReused);
        Recorder second;
        UpstreamRequest request = getRequest(origin(server, "api.test"));
        request.isReuseAllowed = false;
        RUN_CALL(*m_upstream, std::move(request), second);
        QVERIFY(second.info.isResumed);
    }

    void idleConnectionEnds_data()
    {
        QTest::addColumn<QString>("how");
        for (const char *how : {"close notify", "bare end", "reset", "bytes"})
            QTest::newRow(how) << QString::fromLatin1(how);
    }
    void idleConnectionEnds()
    {
        QFETCH(QString, how);
        TlsServer server({m_ca.issue({"x", {"api.test"}, {}})});
        answer(server);
        Recorder first;
        RUN_CALL(*m_upstream, getRequest(origin(server, "api.test")), first);
        TlsPeer &peer = *server.peers.front();
        if (how == u"close notify")
            peer.end();
        else if (how == u"bare end")
            peer.end(false);
        else if (how == u"reset")
            peer.reset();
        else
            peer.write("HTTP/1.1 408 Timeout\r\n\r\n");
        Recorder second;
        RUN_CALL(*m_upstream, getRequest(origin(server, "api.test")), second);
        QVERIFY(second.ended);
        QVERIFY(!second.info.isReused);
        QCOMPARE(int(server.peers.size()), 2);
    }

    void untilTheEnd_data()
    {
        QTest::addColumn<bool>("isPolite");
        QTest::newRow("close notify") << true;
        QTest::newRow("bare end") << false;
    }
    // Without length or chunks only the closing message proves that nothing was cut off.
    void untilTheEnd()
    {
        QFETCH(bool, isPolite);
        TlsServer server({m_ca.issue({"x", {"api.test"}, {}})});
        server.onRequest = [&](TlsPeer &peer, const QByteArray &) {
            peer.write("HTTP/1.1 200 OK\r\n\r\nhello");
            peer.end(isPolite);
        };
        Recorder recorder;
        RUN_CALL(*m_upstream, getRequest(origin(server, "api.test")), recorder);
        QCOMPARE(recorder.body, "hello");
        QCOMPARE(recorder.log(),
                 isPolite ? u"connected sent head-200 body end"_s
                          : u"connected sent head-200 body failed-Reset+sent+head"_s);
        QCOMPARE(recorder.unframed, isPolite);
    }

    void resetUnderTls()
    {
        TlsServer server({m_ca.issue({"x", {"api.test"}, {}})});
        server.onRequest = [&](TlsPeer &peer, const QByteArray &) { peer.reset(); };
        Recorder recorder;
        RUN_CALL(*m_upstream, getRequest(origin(server, "api.test")), recorder);
        QCOMPARE(recorder.log(), u"connected sent failed-Reset+sent"_s);
    }

    void largeBothWays()
    {
        TlsServer server({m_ca.issue({"x", {"api.test"}, {}})});
        QByteArray seen;
        QByteArray big;
        big.reserve(6'000'000);
        while (big.size() < 6'000'000)
            big += QByteArray::number(big.size()) + ',';
        server.onRequest = [&](TlsPeer &peer, const QByteArray &request) {
            seen = request;
            peer.write(reply(big));
        };
        Recorder recorder;
        bool isPaused = false;
        recorder.onWord = [&](const QString &word) {
            if (word != u"body" || recorder.bodyBytes > 3'000'000 || isPaused)
                return;
            isPaused = true;
            recorder.call->pause();
            QTimer::singleShot(1, this, [&] {
                isPaused = false;
                recorder.call->resume();
            });
        };
        UpstreamRequest request
            = postRequest(origin(server, "api.test"),
                          {big.first(10), big.sliced(10, 30'000), big.sliced(30'010)});
        const QByteArray expected = request.head + big;
        RUN_CALL(*m_upstream, std::move(request), recorder);
        QVERIFY(recorder.ended);
        QVERIFY(seen == expected);
        QVERIFY(recorder.body == big);
    }

    void throughAProxy()
    {
        TlsServer server({m_ca.issue({"x", {"api.test"}, {}})});
        answer(server);
        ScriptServer proxy;
        QByteArrayList asked;
        std::vector<std::unique_ptr<QTcpSocket>> ways;
        proxy.onRequest = [&](ServerSide &side, const QByteArray &request) {
            asked.append(request);
            ways.push_back(std::make_unique<QTcpSocket>());
            QTcpSocket *way = ways.back().get();
            QTcpSocket *from = side.socket;
            connect(way, &QTcpSocket::connected, from, [way, from] {
                from->write("HTTP/1.1 200 Connection established\r\nvia: test\r\n\r\n");
                from->disconnect(SIGNAL(readyRead()));
                connect(from, &QTcpSocket::readyRead, way,
                        [way, from] { way->write(from->readAll()); });
            });
            connect(way, &QTcpSocket::readyRead, from,
                    [way, from] { from->write(way->readAll()); });
            way->connectToHost(QHostAddress::LocalHost, server.port());
        };
        UpstreamOptions options;
        options.proxy = {ProxySettings::Mode::Manual,
                         "http://me:pass@127.0.0.1:" + QByteArray::number(proxy.port())};
        remake(options);
        const Origin where{true, "api.test", 443, m_caFile};
        for (const bool isReused : {false, true}) {
            Recorder recorder;
            RUN_CALL(*m_upstream, postRequest(where, {"secret"}), recorder);
            QVERIFY2(recorder.ended, recorder.failure ? recorder.failure->detail.constData() : "");
            QCOMPARE(recorder.body, "secure");
            QCOMPARE(recorder.info.isReused, isReused);
            QCOMPARE(recorder.info.proxy, "127.0.0.1:" + QByteArray::number(proxy.port()));
        }
        QCOMPARE(asked,
                 QByteArrayList{"CONNECT api.test:443 HTTP/1.1\r\nhost: api.test:443\r\n"
                                "proxy-authorization: Basic bWU6cGFzcw==\r\n\r\n"});
        // The proxy may carry, but not pretend to be the origin.
        Recorder impostor;
        RUN_CALL(*m_upstream, postRequest(Origin{true, "bank.test", 443, m_caFile}, {"secret"}),
                 impostor);
        QCOMPARE(impostor.log(), u"failed-TlsWrongName"_s);
        // Loopback goes around it.
        TlsServer local({m_ca.issue({"x", {}, {"127.0.0.1"}})});
        answer(local);
        Recorder direct;
        RUN_CALL(*m_upstream, getRequest(origin(local, "127.0.0.1")), direct);
        QVERIFY(direct.ended);
        QCOMPARE(asked.size(), 2);
        QVERIFY(direct.info.proxy.isEmpty());
        m_upstream.reset();
    }

private:
    void remake(const UpstreamOptions &options)
    {
        auto resolver = std::make_unique<TableResolver>();
        resolver->names.insert("api.test", {QHostAddress(QHostAddress::LocalHost)});
        resolver->names.insert("api.sub.test", {QHostAddress(QHostAddress::LocalHost)});
        m_upstream = createSocketUpstream(*m_clock, options, std::move(resolver));
    }
    Origin origin(const TlsServer &server, const QByteArray &host) const
    {
        return Origin{true, host, server.port(), m_caFile};
    }
    static void answer(TlsServer &server)
    {
        server.onRequest = [](TlsPeer &peer, const QByteArray &) { peer.write(reply("secure")); };
    }

    QTemporaryDir m_folder;
    TestCa m_ca;
    TestCa m_otherCa{"Another authority"};
    QString m_caFile, m_otherCaFile;
    std::unique_ptr<QtClock> m_clock;
    std::unique_ptr<Upstream> m_upstream;
};

UPSTREAM_TEST_MAIN(TestUpstreamTls)
#include "tst_upstream_tls.moc"
