// What the tests of the upstream client share: a clock on Qt's timers, a scripted server on a real
// socket, and a listener that writes down what it is told.
#pragma once

#include "base/clock.h"
#include "http/resolver.h"
#include "http/upstream.h"
#include "loop/dispatcher.h"

#include <QAbstractEventDispatcher>
#include <QCoreApplication>
#include <QStringList>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTest>
#include <QTimer>

#include <functional>
#include <map>
#include <memory>
#include <vector>

namespace sb::http::test {

// Real time, timers by the event loop; sleep() makes boot time jump as after a suspend.
class QtClock final : public Clock {
public:
    Nanos now() const override { return m_plain.now(); }
    Nanos sinceBoot() const override { return m_plain.sinceBoot() + m_slept; }
    qint64 wallMs() const override { return m_plain.wallMs(); }
    TimerId after(Nanos delay, std::function<void()> call) override
    {
        const TimerId id = ++m_lastId;
        auto timer = std::make_unique<QTimer>();
        timer->setSingleShot(true);
        timer->setTimerType(Qt::PreciseTimer);
        QObject::connect(timer.get(), &QTimer::timeout, timer.get(),
                         [this, id, call = std::move(call)] {
                             const auto run = call;
                             auto node = m_timers.extract(id);
                             node.mapped().release()->deleteLater();
                             run();
                         });
        timer->start(std::chrono::ceil<Millis>(delay));
        m_timers.emplace(id, std::move(timer));
        return id;
    }
    void cancel(TimerId id) override { m_timers.erase(id); }
    void sleep(Nanos by) { m_slept += by; }

private:
    PlainClock m_plain;
    Nanos m_slept{0};
    TimerId m_lastId = 0;
    std::map<TimerId, std::unique_ptr<QTimer>> m_timers;
};

// One accepted connection of a scripted server.
struct ServerSide {
    QTcpSocket *socket = nullptr;
    QByteArray received;
    int requests = 0; // whole ones seen on it
    bool isClosed = false; // the client's FIN or RST was seen
};

void resetSocket(QTcpSocket *socket); // RST

class ScriptServer : public QObject {
public:
    explicit ScriptServer(const QHostAddress &address = QHostAddress::LocalHost, quint16 port = 0);

    quint16 port() const { return m_server.serverPort(); }
    bool isListening() const { return m_server.isListening(); }
    Origin origin() const;
    void stop(); // stops listening, connections stay

    // Called for each connection, for each arrival of bytes, and for each whole request (head, and
    // a body by content-length).
    std::function<void(ServerSide &)> onConnection;
    std::function<void(ServerSide &)> onBytes;
    std::function<void(ServerSide &, const QByteArray &request)> onRequest;

    std::vector<std::unique_ptr<ServerSide>> sides;
    int requests = 0;

private:
    void accept();
    void bytesCame(ServerSide &side);

    QTcpServer m_server;
};

// Answers from a table, on the next turn of the loop; unknown names fail.
class TableResolver final : public Resolver {
public:
    std::unique_ptr<Lookup> lookup(const QByteArray &host, Done done) override;
    QHash<QByteArray, QList<QHostAddress>> names;
    Millis delay{0};
    int lookups = 0;
};

// A listening socket whose queue is full: further connections are neither taken nor refused.
class BlackHole {
public:
    explicit BlackHole(const QHostAddress &address = QHostAddress::LocalHost, quint16 port = 0);
    ~BlackHole();
    bool isReady() const { return m_port != 0; }
    quint16 port() const { return m_port; }

private:
    int m_listener = -1;
    quint16 m_port = 0;
    std::vector<int> m_fillers;
};

QByteArray reply(const QByteArray &body, const QByteArray &fields = {});

// Destroys its call at the callback named by `destroyAt` ("connected", "sent", "head", "body", …).
class Recorder final : public UpstreamListener {
public:
    void upstreamConnected(const ConnectInfo &info) override;
    void upstreamSent() override;
    void upstreamHead(const ReplyHead &head) override;
    void upstreamBody(QByteArrayView bytes) override;
    void upstreamEnd(bool isUnframed) override;
    void upstreamFailed(const UpstreamFailure &failure) override;

    // "connected sent head-200 body end"; repeated bodies count once.
    QString log() const { return words.join(QLatin1Char(' ')); }
    bool isOver() const { return ended || failure.has_value(); }

    QStringList words;
    ConnectInfo info;
    int status = 0;
    QByteArray body;
    qint64 bodyBytes = 0;
    bool keepsBody = true;
    bool ended = false;
    bool unframed = false;
    std::optional<UpstreamFailure> failure;
    std::unique_ptr<UpstreamCall> call;
    QString destroyAt;
    std::function<void(const QString &)> onWord;

private:
    void note(const QString &word, const QString &key);
};

UpstreamRequest getRequest(const Origin &origin, const QByteArray &path = "/");
UpstreamRequest postRequest(const Origin &origin, const QList<QByteArray> &body);

// A request from start to its end or failure.
#define RUN_CALL(upstream, request, recorder)                                                      \
    (recorder).call = (upstream).start((request), (recorder));                                     \
    QVERIFY2((recorder).words.isEmpty(), "a callback ran inside start()");                         \
    QTRY_VERIFY_WITH_TIMEOUT((recorder).isOver(), 10000)

const char *errorWord(UpstreamError error);

// Runs a test on the engine's own event dispatcher, where there is one.
#define UPSTREAM_TEST_MAIN(TestClass)                                                              \
    int main(int argc, char **argv)                                                                \
    {                                                                                              \
        if (auto dispatcher = sb::loop::createDispatcher())                                        \
            QCoreApplication::setEventDispatcher(dispatcher.release());                            \
        QCoreApplication app(argc, argv);                                                          \
        TestClass test;                                                                            \
        return QTest::qExec(&test, argc, argv);                                                    \
    }

} // namespace sb::http::test
