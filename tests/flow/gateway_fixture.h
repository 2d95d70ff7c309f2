// A whole gateway on real sockets inside one test: listener, walk, upstreams and simulated
// providers on the test's own event loop, with a sink that remembers. No store, no threads.
#pragma once

#include "config/config_file.h"
#include "gateway/gateway.h"
#include "http/server.h"
#include "http/upstream.h"
#include "ledger/ledger.h"
#include "loop/dispatcher.h"
#include "loop/loop_clock.h"
#include "sim/simulator.h"

#include <QAbstractEventDispatcher>
#include <QCoreApplication>
#include <QTcpSocket>
#include <QTest>

namespace sb::flow {

// The journal's order is kept, so that a test can ask what was written before what.
class MemorySink final : public ledger::Sink {
public:
    bool sent(const Exchange &exchange, int index) override
    {
        lines.append("sent " + exchange.id.text() + ' ' + QByteArray::number(index));
        ++sentCount;
        return !isFull;
    }
    bool settled(const Exchange &exchange) override
    {
        lines.append("settled " + exchange.id.text());
        return true;
    }
    void record(std::shared_ptr<const Exchange> exchange) override
    {
        exchanges.append(std::move(exchange));
    }

    QList<QByteArray> lines;
    QList<std::shared_ptr<const Exchange>> exchanges;
    int sentCount = 0;
    bool isFull = false; // the disk refuses what is sent
};

// One reply as a client saw it.
struct Seen {
    int status = 0;
    QHash<QByteArray, QByteArray> fields; // lower case
    QByteArray body; // de-chunked as far as it came
    bool isWhole = false; // its framing said so
    bool isClosed = false; // the connection ended first
    QByteArray field(const char *name) const { return fields.value(QByteArray(name)); }
};

class Client : public QObject {
    Q_OBJECT
public:
    explicit Client(quint16 port, QObject *parent = nullptr);
    ~Client() override { m_socket.disconnect(this); } // it says goodbye when it goes
    void post(const QByteArray &path, const QByteArray &body, const QByteArray &fields = {});
    void get(const QByteArray &path, const QByteArray &fields = {});
    void send(const QByteArray &bytes); // as they are
    void hangUp() { m_socket.abort(); }
    bool isDone() const { return m_seen.isWhole || m_seen.isClosed; }
    const Seen &seen() const { return m_seen; }

signals:
    void received(); // more bytes

private:
    void read();

    quint16 m_port;
    QTcpSocket m_socket;
    QByteArray m_raw;
    Seen m_seen;
};

constexpr char kKey[] = "sbx-flow-test-key";

class GatewayFixture {
public:
    GatewayFixture();
    ~GatewayFixture();

    // One simulated provider per script, named "p1", "p2", …; chain "c" over them in order, model
    // "m".
    void start(const QList<sim::Script> &scripts, const QByteArray &routing = "{}");
    // The same with an own configuration; "%1", "%2", … are the ports of the simulators.
    void startWith(const QList<sim::Script> &scripts, const QString &configText);
    sim::Simulator &sim(int index) { return *sims[size_t(index)]; }
    quint64 headsRead() const;
    // A client's key: the first one of the configuration has kKey.
    static QByteArray keyOf(const ClientId &client)
    {
        return QByteArray(kKey) + '-' + client.text().toUtf8();
    }

    // To be set before start: a last word on the configuration (times shorter than a user may
    // ask for), another wire, whom a listener belongs to and how long it waits.
    std::function<void(config::ConfigSnapshot &)> adjust;
    std::function<std::unique_ptr<http::Upstream>(Clock &)> makeUpstream;
    QList<ClientId> listenerClients{ClientId()};
    http::Limits limits; // of the listener

    // Sends and waits until the reply has ended.
    Seen ask(const QByteArray &path, const QByteArray &body, const QByteArray &fields = {});
    Seen chat(bool isStream, const QByteArray &fields = {});
    Seen messages(bool isStream, const QByteArray &fields = {});
    const Exchange &last() const { return *sink.exchanges.last(); }

    loop::LoopClock clock;
    SeededRandom random{7};
    MemorySink sink;
    std::vector<std::unique_ptr<sim::Simulator>> sims;
    std::unique_ptr<http::Upstream> upstream;
    std::unique_ptr<ledger::Ledger> ledger;
    std::unique_ptr<gateway::Gateway> gateway;
    std::unique_ptr<http::Server> server;
    QList<FramePtr> frames;
    quint16 port = 0;
};

// A script without waiting: the answer comes at once.
sim::Script instant();
sim::Script faulty(const QByteArray &faultJson);

// Runs a test on the engine's own event dispatcher, where there is one.
#define FLOW_TEST_MAIN(TestClass)                                                                  \
    int main(int argc, char **argv)                                                                \
    {                                                                                              \
        if (auto dispatcher = sb::loop::createDispatcher())                                        \
            QCoreApplication::setEventDispatcher(dispatcher.release());                            \
        QCoreApplication app(argc, argv);                                                          \
        TestClass test;                                                                            \
        return QTest::qExec(&test, argc, argv);                                                    \
    }

} // namespace sb::flow
