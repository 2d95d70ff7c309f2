// The plain wire: replies, reuse, and how far a failure had come, against scripted raw servers.
#include "base/random.h"
#include "upstream_kit.h"

using namespace sb;
using namespace sb::http;
using namespace sb::http::test;
using namespace Qt::StringLiterals;

class TestUpstream : public QObject {
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

    void replies_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<bool>("closes");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QString>("log");
        const QString whole = u"connected sent head-200 body end"_s;
        const auto ba = [](const char *text) { return QByteArray(text); };

        QTest::newRow("length") << reply("hello") << false << ba("hello") << whole;
        QTest::newRow("empty") << reply("") << false << ba("") << u"connected sent head-200 end"_s;
        QTest::newRow("chunked") << ba("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
                                       "3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n")
                                 << false << ba("hello") << whole;
        QTest::newRow("until close")
            << ba("HTTP/1.1 200 OK\r\n\r\nhello") << true << ba("hello") << whole;
        QTest::newRow("no content") << ba("HTTP/1.1 204 No Content\r\n\r\n") << false << ba("")
                                    << u"connected sent head-204 end"_s;
        QTest::newRow("interim first")
            << ba("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n")
                + reply("hello")
            << false << ba("hello") << whole;
        QTest::newRow("error status")
            << ba("HTTP/1.1 429 Too Many\r\ncontent-length: 2\r\nretry-after: 1\r\n\r\n{}") << false
            << ba("{}") << u"connected sent head-429 body end"_s;
        QTest::newRow("redirect is a reply") << ba(
            "HTTP/1.1 307 There\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n")
                                             << false << ba("") << u"connected sent head-307 end"_s;
        QTest::newRow("garbage") << ba("SSH-2.0-OpenSSH_9.2\r\n") << false << ba("")
                                 << u"connected sent failed-BadReply+sent"_s;
        QTest::newRow("two lengths")
            << ba("HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello") << false
            << ba("") << u"connected sent failed-BadReply+sent"_s;
        QTest::newRow("bad chunk")
            << ba("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\nZZ\r\n") << false
            << ba("ok") << u"connected sent head-200 body failed-BadReply+sent+head"_s;
        QTest::newRow("switching protocols")
            << ba("HTTP/1.1 101 Switching\r\nupgrade: x\r\n\r\n") << false << ba("")
            << u"connected sent failed-BadReply+sent"_s;
        QTest::newRow("interim flood") << ba("HTTP/1.1 100 Continue\r\n\r\n").repeated(9) << false
                                       << ba("") << u"connected sent failed-BadReply+sent"_s;
        QTest::newRow("eight interim")
            << ba("HTTP/1.1 100 Continue\r\n\r\n").repeated(8) + reply("x") << false << ba("x")
            << whole;
        QTest::newRow("huge head")
            << "HTTP/1.1 200 OK\r\nx: " + QByteArray(70'000, 'x') + "\r\n\r\n"
            << false << ba("") << u"connected sent failed-HeadTooLarge+sent"_s;
        QTest::newRow("large head that fits")
            << reply("x", "x: " + QByteArray(60'000, 'x') + "\r\n") << false << ba("x") << whole;
        QTest::newRow("201 fields") << reply("x", QByteArray("a: b\r\n").repeated(200)) << false
                                    << ba("") << u"connected sent failed-HeadTooLarge+sent"_s;
        QTest::newRow("200 fields")
            << reply("x", QByteArray("a: b\r\n").repeated(199)) << false << ba("x") << whole;
        QTest::newRow("end before reply")
            << ba("") << true << ba("") << u"connected sent failed-Reset+sent"_s;
        QTest::newRow("end in head") << ba("HTTP/1.1 200 OK\r\ncontent-le") << true << ba("")
                                     << u"connected sent failed-Reset+sent"_s;
        QTest::newRow("end in body")
            << ba("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello") << true << ba("hello")
            << u"connected sent head-200 body failed-Reset+sent+head"_s;
        QTest::newRow("end before last chunk")
            << ba("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n") << true
            << ba("hello") << u"connected sent head-200 body failed-Reset+sent+head"_s;
        QTest::newRow("end after interim") << ba("HTTP/1.1 100 Continue\r\n\r\n") << true << ba("")
                                           << u"connected sent failed-Reset+sent"_s;
    }
    void replies()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(bool, closes);
        QFETCH(QByteArray, body);
        QFETCH(QString, log);
        ScriptServer server;
        server.onRequest = [&](ServerSide &side, const QByteArray &) {
            side.socket->write(bytes);
            if (closes)
                side.socket->disconnectFromHost();
        };
        Recorder recorder;
        RUN_CALL(*m_upstream, getRequest(server.origin()), recorder);
        QCOMPARE(recorder.log(), log);
        QCOMPARE(recorder.body, body);
        QCOMPARE(recorder.unframed, closes && recorder.ended);
        QVERIFY(!recorder.info.isReused);
        QCOMPARE(recorder.info.address, "127.0.0.1:" + QByteArray::number(server.port()));
        // Nothing is ever said after the end, and nothing is ever sent twice.
        const QStringList words = recorder.words;
        QTest::qWait(20);
        QCOMPARE(recorder.words, words);
        QCOMPARE(server.requests, 1);
        QCOMPARE(int(server.sides.size()), 1);
    }

    void replyInSingleBytes()
    {
        ScriptServer server;
        const QByteArray bytes
            = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ntransfer-encoding: "
              "chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\nt: x\r\n\r\n";
        server.onRequest = [&](ServerSide &side, const QByteArray &) {
            for (const char c : bytes) {
                side.socket->write(&c, 1);
                side.socket->flush();
            }
        };
        Recorder recorder;
        RUN_CALL(*m_upstream, getRequest(server.origin()), recorder);
        QCOMPARE(recorder.log(), u"connected sent head-200 body end"_s);
        QCOMPARE(recorder.body, "hello world");
    }

    // A framed reply that is cut anywhere is a failure, whatever the kind of cut, and never an end.
    void cutEverywhere_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("length") << reply("hello");
        QTest::newRow("chunked") << QByteArray(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
            "5;a=b\r\nhello\r\n1\r\n!\r\n0\r\nt: x\r\n\r\n");
    }
    void cutEverywhere()
    {
        QFETCH(QByteArray, bytes);
        ScriptServer server;
        qsizetype cut = 0;
        bool isReset = false;
        server.onRequest = [&](ServerSide &side, const QByteArray &) {
            side.socket->write(bytes.first(cut));
            side.socket->flush();
            if (isReset)
                resetSocket(side.socket);
            else
                side.socket->disconnectFromHost();
        };
        for (cut = 0; cut < bytes.size(); ++cut) {
            for (const bool hard : {false, true}) {
                isReset = hard;
                Recorder recorder;
                recorder.call = m_upstream->start(getRequest(server.origin()), recorder);
                while (!recorder.isOver())
                    QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
                QVERIFY2(recorder.failure, QByteArray::number(cut).constData());
                QCOMPARE(recorder.failure->error, UpstreamError::Reset);
                QVERIFY(recorder.failure->isSent);
                QCOMPARE(recorder.failure->hasHead, recorder.status != 0);
            }
        }
    }

    void requestArrivesAsGiven()
    {
        ScriptServer server;
        QByteArray seen;
        server.onRequest = [&](ServerSide &side, const QByteArray &request) {
            seen = request;
            side.socket->write(reply("x"));
        };
        const QByteArray owner = "abc{\"model\":\"m\"}def" + QByteArray(300'000, 'z');
        UpstreamRequest request
            = postRequest(server.origin(),
                          {QByteArray::fromRawData(owner.constData() + 3, 13), "middle",
                           QByteArray::fromRawData(owner.constData() + 16, owner.size() - 16)});
        request.bodyOwner = owner;
        const QByteArray expected
            = request.head + "{\"model\":\"m\"}" + "middle" + owner.sliced(16);
        Recorder recorder;
        RUN_CALL(*m_upstream, std::move(request), recorder);
        QCOMPARE(recorder.log(), u"connected sent head-200 body end"_s);
        QCOMPARE(seen, expected);
    }

    void keepsAlive()
    {
        ScriptServer server;
        server.onRequest
            = [](ServerSide &side, const QByteArray &) { side.socket->write(reply("x")); };
        for (int i = 0; i < 3; ++i) {
            Recorder recorder;
            RUN_CALL(*m_upstream, getRequest(server.origin()), recorder);
            QCOMPARE(recorder.log(), u"connected sent head-200 body end"_s);
            QCOMPARE(recorder.info.isReused, i > 0);
        }
        QCOMPARE(int(server.sides.size()), 1);
        QCOMPARE(server.requests, 3);
    }

    void startedFromEndReuses()
    {
        ScriptServer server;
        server.onRequest
            = [](ServerSide &side, const QByteArray &) { side.socket->write(reply("x")); };
        Recorder first, second;
        first.onWord = [&](const QString &word) {
            if (word == u"end")
                second.call = m_upstream->start(getRequest(server.origin()), second);
        };
        first.call = m_upstream->start(getRequest(server.origin()), first);
        QTRY_VERIFY(second.isOver());
        QVERIFY(second.ended);
        QVERIFY(second.info.isReused);
        QCOMPARE(int(server.sides.size()), 1);
    }

    void notReused_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("then");
        QTest::newRow("server says close") << reply("x", "connection: close\r\n") << u""_s;
        QTest::newRow("HTTP/1.0") << QByteArray("HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\nx")
                                  << u""_s;
        QTest::newRow("extra bytes with the reply") << reply("x") + "HTTP/1.1 200 OK\r\n" << u""_s;
        QTest::newRow("extra bytes later") << reply("x") << u"write"_s;
        QTest::newRow("server ended it") << reply("x") << u"end"_s;
        QTest::newRow("server reset it") << reply("x") << u"reset"_s;
        QTest::newRow("too old") << reply("x") << u"age"_s;
        QTest::newRow("the machine slept") << reply("x") << u"sleep"_s;
        QTest::newRow("dropped") << reply("x") << u"drop"_s;
        QTest::newRow("not allowed") << reply("x") << u"forbid"_s;
        QTest::newRow("another CA file") << reply("x") << u"caFile"_s;
    }
    void notReused()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, then);
        if (then == u"age") {
            UpstreamOptions options;
            options.reuseIdle = Millis(30);
            remake(options);
        }
        ScriptServer server;
        server.onRequest = [&](ServerSide &side, const QByteArray &) { side.socket->write(bytes); };
        Recorder first;
        RUN_CALL(*m_upstream, getRequest(server.origin()), first);
        QVERIFY(first.ended);

        QTcpSocket *socket = server.sides.front()->socket;
        if (then == u"write") {
            socket->write("HTTP/1.1 408 Request Timeout\r\nconnection: close\r\n\r\n");
            socket->flush(); // there before the client looks, though its loop has not run yet
        } else if (then == u"end") {
            socket->disconnectFromHost();
        } else if (then == u"reset") {
            resetSocket(socket);
        } else if (then == u"age") {
            QTest::qWait(60);
        } else if (then == u"sleep") {
            m_clock->sleep(Seconds(3));
        } else if (then == u"drop") {
            m_upstream->dropIdle();
        }
        Recorder second;
        UpstreamRequest request = getRequest(server.origin());
        request.isReuseAllowed = then != u"forbid";
        if (then == u"caFile")
            request.origin.caFile = u"/other.pem"_s;
        RUN_CALL(*m_upstream, std::move(request), second);
        QVERIFY(second.ended);
        QVERIFY(!second.info.isReused);
        QCOMPARE(int(server.sides.size()), 2);
        if (then != u"forbid" && then != u"caFile")
            QTRY_VERIFY(server.sides.front()->isClosed);
    }

    void newestIsReusedFirstAndIdleIsCapped()
    {
        UpstreamOptions options;
        options.idlePerOrigin = 2;
        remake(options);
        ScriptServer server;
        std::vector<ServerSide *> order;
        server.onRequest = [&](ServerSide &side, const QByteArray &) { order.push_back(&side); };
        std::array<Recorder, 3> recorders;
        for (Recorder &recorder : recorders)
            recorder.call = m_upstream->start(getRequest(server.origin()), recorder);
        QTRY_COMPARE(int(order.size()), 3);
        for (size_t i = 0; i < 3; ++i) {
            order[i]->socket->write(reply("x"));
            QTRY_COMPARE(int(std::count_if(recorders.begin(), recorders.end(),
                                           [](const Recorder &r) { return r.ended; })),
                         int(i) + 1);
        }
        QTRY_VERIFY(order[0]->isClosed); // the oldest made room
        QVERIFY(!order[1]->isClosed && !order[2]->isClosed);
        const ServerSide *newest = order[2];
        order.clear();
        Recorder next;
        next.call = m_upstream->start(getRequest(server.origin()), next);
        QTRY_COMPARE(int(order.size()), 1);
        QCOMPARE(order.front(), newest);
    }

    void idleOnesGoByAge()
    {
        UpstreamOptions options;
        options.reuseIdle = Millis(40);
        remake(options);
        ScriptServer server;
        server.onRequest
            = [](ServerSide &side, const QByteArray &) { side.socket->write(reply("x")); };
        Recorder recorder;
        RUN_CALL(*m_upstream, getRequest(server.origin()), recorder);
        QTRY_VERIFY(server.sides.front()->isClosed); // without any further request
    }

    void resetAtEachStage_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<bool>("isReused");
        QTest::addColumn<QString>("log");
        const auto ba = [](const char *text) { return QByteArray(text); };
        QTest::newRow("before a reply") << ba("") << false << u"connected sent failed-Reset+sent"_s;
        QTest::newRow("before a reply, reused")
            << ba("") << true << u"connected sent failed-Reset+sent+reused"_s;
        QTest::newRow("in the head")
            << ba("HTTP/1.1 20") << false << u"connected sent failed-Reset+sent"_s;
        QTest::newRow("in the body")
            << ba("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhello") << true
            << u"connected sent head-200 body failed-Reset+sent+reused+head"_s;
        QTest::newRow("in a body until the end")
            << ba("HTTP/1.1 200 OK\r\n\r\nhello") << false
            << u"connected sent head-200 body failed-Reset+sent+head"_s;
    }
    void resetAtEachStage()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(bool, isReused);
        QFETCH(QString, log);
        ScriptServer server;
        bool isArmed = !isReused;
        ServerSide *armed = nullptr;
        server.onRequest = [&](ServerSide &side, const QByteArray &) {
            if (!isArmed) {
                side.socket->write(reply("x"));
                return;
            }
            armed = &side;
            if (bytes.isEmpty())
                resetSocket(side.socket);
            else
                side.socket->write(bytes);
        };
        if (isReused) {
            Recorder first;
            RUN_CALL(*m_upstream, getRequest(server.origin()), first);
            isArmed = true;
        }
        Recorder recorder;
        // The reset comes when what was written before it has been read: it may overtake bytes.
        recorder.onWord = [&](const QString &word) {
            if (word == u"body")
                resetSocket(armed->socket);
        };
        recorder.call = m_upstream->start(getRequest(server.origin()), recorder);
        if (bytes == "HTTP/1.1 20") {
            QTRY_VERIFY(armed);
            QTest::qWait(30);
            resetSocket(armed->socket);
        }
        QTRY_VERIFY(recorder.isOver());
        QCOMPARE(recorder.log(), log);
        QCOMPARE(server.requests, isReused ? 2 : 1);
    }

    void earlyReplyWhileSending()
    {
        ScriptServer server;
        Recorder recorder;
        QByteArray body(48 * 1024 * 1024, 'b');
        server.onConnection = [&](ServerSide &side) {
            side.socket->setReadBufferSize(1024); // takes no more: the client cannot finish
            QObject::disconnect(side.socket, &QTcpSocket::readyRead, nullptr, nullptr);
            side.socket->write("HTTP/1.1 413 Too Large\r\ncontent-length: 2\r\n\r\nno");
        };
        RUN_CALL(*m_upstream, postRequest(server.origin(), {body}), recorder);
        QCOMPARE(recorder.log(), u"connected head-413 body end"_s);
        QCOMPARE(recorder.body, "no");
        // The connection was closed, not pooled.
        server.onConnection = nullptr;
        server.onRequest
            = [](ServerSide &side, const QByteArray &) { side.socket->write(reply("x")); };
        Recorder second;
        RUN_CALL(*m_upstream, getRequest(server.origin()), second);
        QVERIFY(!second.info.isReused);
    }

    void resetWhileSendingTheBody()
    {
        ScriptServer server;
        server.onConnection = [](ServerSide &side) {
            QObject::disconnect(side.socket, &QTcpSocket::readyRead, nullptr, nullptr);
            side.socket->setReadBufferSize(1024);
            QTimer::singleShot(30, side.socket, [socket = side.socket] { resetSocket(socket); });
        };
        Recorder recorder;
        RUN_CALL(*m_upstream, postRequest(server.origin(), {QByteArray(48 * 1024 * 1024, 'b')}),
                 recorder);
        QCOMPARE(recorder.log(), u"connected failed-Reset+sent"_s);
    }

    void resetBeforeTheHeadIsOut()
    {
        // A head larger than all socket buffers together stands for one the kernel did not take.
        ScriptServer server;
        server.onConnection = [](ServerSide &side) {
            QObject::disconnect(side.socket, &QTcpSocket::readyRead, nullptr, nullptr);
            side.socket->setReadBufferSize(1024);
            QTimer::singleShot(30, side.socket, [socket = side.socket] { resetSocket(socket); });
        };
        UpstreamRequest request = getRequest(server.origin());
        request.head = "GET / HTTP/1.1\r\nx: " + QByteArray(48 * 1024 * 1024, 'h') + "\r\n\r\n";
        Recorder recorder;
        RUN_CALL(*m_upstream, std::move(request), recorder);
        QCOMPARE(recorder.log(), u"connected failed-Reset"_s);
    }

    void bodyPushesBack()
    {
        constexpr qint64 size = 96 * 1024 * 1024;
        ScriptServer server;
        qint64 written = 0;
        const QByteArray block(1024 * 1024, 'd');
        server.onRequest = [&](ServerSide &side, const QByteArray &) {
            side.socket->write("HTTP/1.1 200 OK\r\ncontent-length: " + QByteArray::number(size)
                               + "\r\n\r\n");
            const auto fill = [&, socket = side.socket] {
                while (written < size && socket->bytesToWrite() < 2 * block.size()) {
                    socket->write(block);
                    written += block.size();
                }
            };
            connect(side.socket, &QTcpSocket::bytesWritten, side.socket, fill);
            fill();
        };
        Recorder recorder;
        recorder.keepsBody = false;
        bool isFirst = true;
        recorder.onWord = [&](const QString &word) {
            if (word == u"body" && std::exchange(isFirst, false))
                recorder.call->pause();
        };
        recorder.call = m_upstream->start(getRequest(server.origin()), recorder);
        QTRY_VERIFY(recorder.bodyBytes > 0);
        qint64 before = -1;
        while (before != written) { // until the server is stuck
            before = written;
            QTest::qWait(50);
        }
        QVERIFY2(written < size / 2, "a paused reply was swallowed");
        QVERIFY(recorder.bodyBytes <= 256 * 1024);
        recorder.call->resume();
        QTRY_VERIFY_WITH_TIMEOUT(recorder.isOver(), 30000);
        QVERIFY(recorder.ended);
        QCOMPARE(recorder.bodyBytes, size);
    }

    void pausedBeforeConnected()
    {
        ScriptServer server;
        server.onRequest
            = [](ServerSide &side, const QByteArray &) { side.socket->write(reply("x")); };
        Recorder recorder;
        recorder.call = m_upstream->start(getRequest(server.origin()), recorder);
        recorder.call->pause();
        QTRY_COMPARE(server.requests, 1);
        QTest::qWait(30);
        QCOMPARE(recorder.log(), u"connected sent"_s);
        recorder.call->resume();
        QTRY_VERIFY(recorder.ended);
    }

    void destroyedInEachCallback_data()
    {
        QTest::addColumn<QString>("at");
        QTest::addColumn<QString>("log");
        QTest::addColumn<bool>("isReused");
        for (const bool isReused : {false, true}) {
            const auto name = [isReused](const char *at) -> QByteArray {
                return QByteArray(at) + (isReused ? ", reused" : "");
            };
            QTest::newRow(name("connected").constData())
                << u"connected"_s << u"connected"_s << isReused;
            QTest::newRow(name("sent").constData()) << u"sent"_s << u"connected sent"_s << isReused;
            QTest::newRow(name("head").constData())
                << u"head"_s << u"connected sent head-200"_s << isReused;
            QTest::newRow(name("body").constData())
                << u"body"_s << u"connected sent head-200 body"_s << isReused;
            QTest::newRow(name("end").constData())
                << u"end"_s << u"connected sent head-200 body end"_s << isReused;
        }
    }
    void destroyedInEachCallback()
    {
        QFETCH(QString, at);
        QFETCH(QString, log);
        QFETCH(bool, isReused);
        ScriptServer server;
        server.onRequest = [](ServerSide &side, const QByteArray &) {
            side.socket->write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
                               "5\r\nhello\r\n0\r\n\r\n");
        };
        if (isReused) {
            Recorder first;
            RUN_CALL(*m_upstream, getRequest(server.origin()), first);
        }
        Recorder recorder;
        recorder.destroyAt = at;
        recorder.call = m_upstream->start(getRequest(server.origin()), recorder);
        QTRY_VERIFY(!recorder.call);
        QTest::qWait(20);
        QCOMPARE(recorder.log(), log);
        QCOMPARE(int(server.sides.size()), 1);
        if (at == u"end")
            QVERIFY(!server.sides.front()->isClosed); // whole: back in the pool
        else
            QTRY_VERIFY(server.sides.front()->isClosed);
    }

    void destroyedInFailure()
    {
        ScriptServer server;
        server.onRequest
            = [](ServerSide &side, const QByteArray &) { side.socket->write("garbage\r\n"); };
        Recorder recorder;
        recorder.destroyAt = u"failed"_s;
        recorder.call = m_upstream->start(getRequest(server.origin()), recorder);
        QTRY_VERIFY(!recorder.call);
        QVERIFY(recorder.failure);
    }

    void cancelledAtEachStage()
    {
        ScriptServer server;
        Recorder recorder;
        // Right after start.
        recorder.call = m_upstream->start(getRequest(server.origin()), recorder);
        recorder.call.reset();
        QTest::qWait(20);
        QVERIFY(recorder.words.isEmpty());
        // While waiting for the reply, and in the middle of the body.
        for (const bool hasBody : {false, true}) {
            Recorder waiting;
            server.onRequest = [hasBody](ServerSide &side, const QByteArray &) {
                if (hasBody)
                    side.socket->write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhello");
            };
            const int before = server.requests;
            waiting.call = m_upstream->start(getRequest(server.origin()), waiting);
            QTRY_COMPARE(server.requests, before + 1);
            if (hasBody)
                QTRY_COMPARE(waiting.body, "hello");
            waiting.call.reset();
            QTRY_VERIFY_WITH_TIMEOUT(server.sides.back()->isClosed, 250);
        }
        // After the whole reply: the connection stays.
        server.onRequest
            = [](ServerSide &side, const QByteArray &) { side.socket->write(reply("x")); };
        Recorder whole;
        RUN_CALL(*m_upstream, getRequest(server.origin()), whole);
        whole.call.reset();
        Recorder next;
        RUN_CALL(*m_upstream, getRequest(server.origin()), next);
        QVERIFY(next.info.isReused);
    }

    void callsOutliveTheClient()
    {
        ScriptServer server;
        server.onRequest
            = [](ServerSide &side, const QByteArray &) { side.socket->write(reply("x")); };
        Recorder recorder;
        recorder.call = m_upstream->start(getRequest(server.origin()), recorder);
        m_upstream.reset();
        QTRY_VERIFY(recorder.ended);
    }

    void warmConnectionIsUsed()
    {
        ScriptServer server;
        server.onRequest
            = [](ServerSide &side, const QByteArray &) { side.socket->write(reply("x")); };
        m_upstream->warm(server.origin(), Seconds(60));
        m_upstream->warm(server.origin(), Seconds(60));
        QTRY_COMPARE(int(server.sides.size()), 1);
        QTest::qWait(20);
        Recorder recorder;
        RUN_CALL(*m_upstream, getRequest(server.origin()), recorder);
        QVERIFY(recorder.info.isReused);
        QCOMPARE(int(server.sides.size()), 1);
    }

    void warmConnectionIsRenewedAndLetGo()
    {
        UpstreamOptions options;
        options.reuseIdle = Millis(80);
        remake(options);
        ScriptServer server;
        m_upstream->warm(server.origin(), Millis(400));
        QTRY_VERIFY(server.sides.size() >= 3);
        QTRY_VERIFY(server.sides.front()->isClosed);
        // Its time is over: the last one goes, and no other comes.
        QTest::qWait(500);
        QTRY_VERIFY(server.sides.back()->isClosed);
        const size_t count = server.sides.size();
        QTest::qWait(200);
        QCOMPARE(server.sides.size(), count);
    }

    void warmFailuresAreSilent()
    {
        Origin nowhere;
        {
            ScriptServer server;
            nowhere = server.origin();
        }
        m_upstream->warm(nowhere, Seconds(1));
        QTest::qWait(50);
        m_upstream->dropIdle();
    }

    // Whatever the server does after it read a request, the client counts the same requests.
    void countsAgree()
    {
        constexpr int total = 2000;
        SeededRandom random(20261122);
        ScriptServer server;
        server.onRequest = [&](ServerSide &side, const QByteArray &) {
            QTcpSocket *socket = side.socket;
            switch (random.below(8)) {
            case 0:
                resetSocket(socket);
                break;
            case 1:
                socket->disconnectFromHost();
                break;
            case 2:
                socket->write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort");
                socket->disconnectFromHost();
                break;
            case 3:
                socket->write("nonsense\r\n\r\n");
                break;
            case 4:
                socket->write(reply("bye", "connection: close\r\n"));
                break;
            default:
                socket->write(reply("hello"));
                break;
            }
        };
        int started = 0, ended = 0, failedSent = 0, failedUnsent = 0;
        std::array<Recorder, 16> recorders;
        std::function<void(Recorder &)> next = [&](Recorder &recorder) {
            if (started == total)
                return;
            ++started;
            recorder.words.clear();
            recorder.failure.reset();
            recorder.ended = false;
            recorder.call
                = m_upstream->start(postRequest(server.origin(), {"{\"a\":", "1}"}), recorder);
        };
        for (Recorder &recorder : recorders) {
            recorder.onWord = [&](const QString &word) {
                if (word == u"end")
                    ++ended;
                else if (word.startsWith(u"failed"))
                    ++(recorder.failure->isSent ? failedSent : failedUnsent);
                else
                    return;
                QTimer::singleShot(0, this, [&] { next(recorder); });
            };
            next(recorder);
        }
        QTRY_COMPARE_WITH_TIMEOUT(ended + failedSent + failedUnsent, total, 30000);
        QTest::qWait(50);
        QCOMPARE(ended + failedSent + failedUnsent, total);
        QCOMPARE(failedUnsent, 0);
        QCOMPARE(server.requests, total);
        QVERIFY(ended > total / 3 && failedSent > total / 4);
    }

    void thousandInARow()
    {
        ScriptServer server;
        server.onRequest
            = [](ServerSide &side, const QByteArray &) { side.socket->write(reply("x")); };
        for (int i = 0; i < 1000; ++i) {
            Recorder recorder;
            recorder.call = m_upstream->start(postRequest(server.origin(), {"{}"}), recorder);
            while (!recorder.isOver())
                QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
            QVERIFY(recorder.ended);
        }
        QCOMPARE(int(server.sides.size()), 1);
        QCOMPARE(server.requests, 1000);
    }

private:
    void remake(const UpstreamOptions &options)
    {
        m_upstream = createSocketUpstream(*m_clock, options);
    }

    std::unique_ptr<QtClock> m_clock;
    std::unique_ptr<Upstream> m_upstream;
};

UPSTREAM_TEST_MAIN(TestUpstream)
#include "tst_upstream.moc"
