// Who is calling: real processes are named, hostile names are tamed, and a crowd costs little.
#include "engine/caller_lookup.h"
#include "engine/engine.h"
#include "engine/process_table.h"
#include "loop/dispatcher.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>

#include <sys/resource.h>
#include <unistd.h>

using namespace sb;
using namespace sb::engine;

namespace {
constexpr int kPatience = 20'000;
const QByteArray kKey = "sbx-callers-test-key-00000001";

template <typename T> T await(QFuture<T> future)
{
    if (!QTest::qWaitFor([&] { return future.isFinished(); }, kPatience))
        qFatal("no answer");
    return future.result();
}

// Time by hand: rests end when the test says so.
class HandClock final : public Clock {
public:
    Nanos now() const override { return Nanos(0); }
    Nanos sinceBoot() const override { return Nanos(0); }
    qint64 wallMs() const override { return 0; }
    TimerId after(Nanos delay, std::function<void()> call) override
    {
        last = delay;
        m_calls.insert({++m_next, std::move(call)});
        return m_next;
    }
    void cancel(TimerId id) override { m_calls.erase(id); }
    void fire()
    {
        auto calls = std::exchange(m_calls, {});
        for (auto &[id, call] : calls)
            call();
    }
    Nanos last{0};

private:
    TimerId m_next = 0;
    std::map<TimerId, std::function<void()>> m_calls;
};

http::Peer peer(quint64 connection)
{
    http::Peer one;
    one.address = QHostAddress(QHostAddress::LocalHost);
    one.port = quint16(10'000 + connection);
    one.localPort = 7317;
    one.connection = connection;
    return one;
}
} // namespace

class tst_callers : public QObject {
    Q_OBJECT
private slots:
    void names_data();
    void names();
    void aRealProcess();
    void aProcessThatHasGone();
    void whatMayNotBeRead();
    void throughTheGateway();
    void offIsOff();
    void aCrowdIsOneLook();
    void boundedMemory();
};

void tst_callers::names_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QString>("executable");
    QTest::addColumn<QString>("name");
    const auto row = [](const char *tag, QByteArray line, const char *executable,
                        const char *name) {
        line.replace('|', '\0');
        QTest::newRow(tag) << line << QString::fromLatin1(executable) << QString::fromUtf8(name);
    };
    row("binary", "/usr/bin/curl|-N|http://x|", "/usr/bin/curl", "curl");
    row("script", "node|/usr/local/bin/claude|-p|hi|", "/usr/bin/node", "claude");
    row("package", "node|/x/node_modules/@anthropic-ai/claude-code/cli.js|", "/usr/bin/node",
        "claude");
    row("plain package", "/usr/bin/node|/x/node_modules/qwen/dist/index.js|", "/usr/bin/node",
        "qwen");
    row("options", "node|--max-old-space-size=8192|-r|/x/hook.js|/home/me/agent.mjs|",
        "/usr/bin/node", "agent");
    row("module", "python3|-m|aider.main|--model|x|", "/usr/bin/python3.11", "aider");
    row("python script", "/usr/bin/python3|/home/me/.local/bin/aider|", "/usr/bin/python3.11",
        "aider");
    row("text", "python3|-c|import os|", "/usr/bin/python3.11", "python3");
    row("renamed", "claude|", "/usr/bin/node", "claude");
    row("title", "gemini --yolo|", "/usr/bin/node", "gemini");
    row("login shell", "-bash|", "/usr/bin/bash", "bash");
    row("empty", "", "/usr/bin/codex", "codex");
    row("nothing", "", "", "");
    row("control", "/tmp/ev\x1b[31mil\x07|", "/tmp/x", "ev\xef\xbf\xbd[31mil\xef\xbf\xbd");
    row("direction",
        "/tmp/a\xe2\x80\xae"
        "b|",
        "/tmp/x",
        "a\xef\xbf\xbd"
        "b");
    row("broken utf-8", "/tmp/\xff\xfe|", "/tmp/x", "\xef\xbf\xbd\xef\xbf\xbd");
    QTest::newRow("long") << QByteArray(5'000, 'a') << QString() << QString(64, u'a');
}

void tst_callers::names()
{
    QFETCH(QByteArray, line);
    QFETCH(QString, executable);
    QFETCH(QString, name);
    QCOMPARE(programName(line, executable), name);
}

void tst_callers::aRealProcess()
{
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    QTemporaryDir folder;
    QProcess bash;
    bash.setWorkingDirectory(folder.path());
    bash.start(QStringLiteral("bash"),
               {QStringLiteral("-c"),
                QStringLiteral("exec 3<>/dev/tcp/127.0.0.1/%1; read -r line <&3")
                    .arg(server.serverPort())});
    QTRY_VERIFY_WITH_TIMEOUT(server.hasPendingConnections(), kPatience);
    QTcpSocket *socket = server.nextPendingConnection();
    const CallerAsk ask{7, socket->peerPort(), server.serverPort()};
    const CallersFound found = findCallers({ask}, {});
    QCOMPARE(found.callers.size(), 1);
    QCOMPARE(found.callers[0].first, quint64(7));
    QCOMPARE(found.callers[0].second.pid, bash.processId());
    QCOMPARE(found.callers[0].second.program, QStringLiteral("bash"));
    QCOMPARE(found.callers[0].second.folder, QDir(folder.path()).canonicalPath());
    // Where it is likely, nobody else is looked at.
    QCOMPARE(findCallers({ask}, {bash.processId()}).processes, 1);
    // Another listener's port is another connection.
    QVERIFY(findCallers({{7, socket->peerPort(), quint16(server.serverPort() ^ 1)}}, {})
                .callers.isEmpty());
    socket->write("done\n");
    socket->flush();
    bash.waitForFinished(kPatience);
    // Our own process is known too, though /proc may not show it.
    QTcpSocket own;
    own.connectToHost(QHostAddress(QHostAddress::LocalHost), server.serverPort());
    QTRY_VERIFY_WITH_TIMEOUT(server.hasPendingConnections(), kPatience);
    const auto ours = findCallers({{8, own.localPort(), server.serverPort()}}, {});
    QCOMPARE(ours.callers.size(), 1);
    QCOMPARE(ours.callers[0].second.pid, qint64(::getpid()));
}

void tst_callers::aProcessThatHasGone()
{
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    QTcpSocket client;
    client.connectToHost(QHostAddress(QHostAddress::LocalHost), server.serverPort());
    QTRY_VERIFY_WITH_TIMEOUT(server.hasPendingConnections(), kPatience);
    const quint16 port = client.localPort();
    client.abort();
    QVERIFY(findCallers({{1, port, server.serverPort()}}, {}).callers.isEmpty());
    QVERIFY(findCallers({}, {}).callers.isEmpty());
}

// A table that names a socket, a process that does not let us look, and one that is no number.
void tst_callers::whatMayNotBeRead()
{
    QTemporaryDir proc;
    const QDir root(proc.path());
    for (const char *folder : {"net", "41/fd", "42", "self"})
        QVERIFY(root.mkpath(QString::fromLatin1(folder)));
    QFile table(root.filePath(QStringLiteral("net/tcp")));
    QVERIFY(table.open(QIODevice::WriteOnly));
    table.write("  sl  local_address rem_address   st\n"
                "   0: 0100007F:2710 0100007F:1C95 01 00000000:00000000 00:00000000 00000000 "
                "1000 0 4711 1\n"
                "   1: 0100007F:2711 0101A8C0:1C95 01 00000000:00000000 00:00000000 00000000 "
                "1000 0 4712 1\n"
                "garbage\n   2: x y z\n");
    table.close();
    QVERIFY(QFile::link(QStringLiteral("socket:[4711]"), root.filePath(QStringLiteral("41/fd/3"))));
    QFile line(root.filePath(QStringLiteral("41/cmdline")));
    QVERIFY(line.open(QIODevice::WriteOnly));
    line.write(QByteArray("node\0/usr/bin/codex\0", 20));
    line.close();
    const CallersFound found
        = findCallers({{1, 0x2710, 0x1c95}, {2, 0x2711, 0x1c95}}, {}, proc.path());
    QCOMPARE(found.callers.size(), 1); // the other's remote end is not this machine
    QCOMPARE(found.callers[0].second.program, QStringLiteral("codex"));
    QVERIFY(found.callers[0].second.folder.isEmpty());

    // What cannot be opened is passed over, whoever runs this test.
    QVERIFY(QDir(root.filePath(QStringLiteral("41/fd"))).removeRecursively());
    QFile closed(root.filePath(QStringLiteral("41/fd")));
    QVERIFY(closed.open(QIODevice::WriteOnly));
    QVERIFY(findCallers({{1, 0x2710, 0x1c95}}, {}, proc.path()).callers.isEmpty());
}

void tst_callers::throughTheGateway()
{
    for (const bool isOn : {true, false}) {
        QTemporaryDir folder;
        EngineOptions options;
        options.configPath = folder.filePath(QStringLiteral("config.json"));
        options.dataDir = folder.filePath(QStringLiteral("data"));
        options.listen = config::Listener{QStringLiteral("127.0.0.1"), 0, {}};
        QFile config(options.configPath);
        QVERIFY(config.open(QIODevice::WriteOnly));
        config.write(
            QByteArray("{\"version\":1,\"privacy\":{\"callers\":") + (isOn ? "true" : "false")
            + "},\"providers\":[{\"id\":\"a\",\"from\":\"sim\",\"script\":\"quick\"}],"
              "\"chains\":[{\"id\":\"c\",\"targets\":[{\"provider\":\"a\",\"model\":\"m\"}]}],"
              "\"clients\":[{\"id\":\"t\",\"secret\":\"digest:"
            + QCryptographicHash::hash(kKey, QCryptographicHash::Sha256).toHex()
            + "\",\"chains\":[\"*\"]}]}");
        config.close();
        Engine engine(options);
        const auto started = await(engine.start());
        QVERIFY(started);
        std::shared_ptr<const Exchange> settled;
        connect(&engine, &Engine::published, this, [&](const FramePtr &frame) {
            for (const auto &exchange : frame->changed) {
                if (exchange->phase == Phase::Settled)
                    settled = exchange;
            }
        });
        // One connection, one request after the other: the first may be too quick to be named.
        QTemporaryDir work;
        const QString script = work.filePath(QStringLiteral("claude"));
        QFile file(script);
        QVERIFY(file.open(QIODevice::WriteOnly));
        const QByteArray body
            = R"({"model":"c","messages":[{"role":"user","content":"[[long 40]] [[slow 20]]"}]})";
        const QByteArray request = "POST /v1/chat/completions HTTP/1.1\\r\\nhost: 127.0.0.1:"
            + started->addresses.first().section(u':', -1).toLatin1()
            + "\\r\\nauthorization: Bearer " + kKey
            + "\\r\\ncontent-type: application/json\\r\\ncontent-length: "
            + QByteArray::number(body.size()) + "\\r\\n\\r\\n";
        file.write("exec 3<>/dev/tcp/127.0.0.1/"
                   + started->addresses.first().section(u':', -1).toLatin1()
                   + "\nwhile read -r go; do printf '%b%s' '" + request + "' '" + body
                   + "' >&3; read -r status <&3; done\n");
        file.close();
        QProcess tool;
        tool.setWorkingDirectory(work.path());
        tool.start(QStringLiteral("bash"), {script});
        const auto ask = [&] {
            settled.reset();
            tool.write("go\n");
            return QTest::qWaitFor([&] { return settled != nullptr; }, kPatience);
        };
        QVERIFY(ask());
        QVERIFY(ask());
        if (isOn) {
            for (int i = 0; i < 20 && settled->caller.program.isEmpty(); ++i)
                QVERIFY(ask());
            QCOMPARE(settled->caller.program, QStringLiteral("claude"));
            QCOMPARE(settled->caller.pid, tool.processId());
            QCOMPARE(settled->caller.folder, QDir(work.path()).canonicalPath());
            FramePtr frame;
            connect(&engine, &Engine::published, this, [&](const FramePtr &next) { frame = next; });
            QTRY_VERIFY_WITH_TIMEOUT(frame, kPatience);
            QCOMPARE(frame->clients.first().program, QStringLiteral("claude"));
        } else {
            QVERIFY(settled->caller.program.isEmpty() && settled->caller.pid == 0);
        }
        tool.closeWriteChannel();
        QVERIFY(tool.waitForFinished(kPatience));
        engine.disconnect(this);
    }
}

void tst_callers::offIsOff()
{
    HandClock clock;
    int looks = 0;
    CallerLookup lookup(clock, [&](const auto &, const auto &) {
        ++looks;
        return CallersFound();
    });
    lookup.setOn(false);
    lookup.connected(peer(1));
    clock.fire();
    QCOMPARE(lookup.batches(), 0);
    lookup.setOn(true);
    http::Peer far = peer(2);
    far.address = QHostAddress(QStringLiteral("192.0.2.7"));
    lookup.connected(far); // from another machine
    clock.fire();
    QCOMPARE(lookup.batches(), 0);
    QCOMPARE(looks, 0);
}

// However many connect at once, the engine thread keeps a short list and the worker looks once.
void tst_callers::aCrowdIsOneLook()
{
    HandClock clock;
    QList<int> sizes;
    CallerLookup lookup(clock, [&](const QList<CallerAsk> &asks, const auto &) {
        sizes += int(asks.size());
        CallersFound found;
        for (const CallerAsk &ask : asks)
            found.callers.append({ask.connection, {99, QStringLiteral("tool"), {}}});
        return found;
    });
    bool isTold = false;
    lookup.onFound([&] { isTold = true; });
    for (quint64 i = 1; i <= 1'000; ++i)
        lookup.connected(peer(i));
    QCOMPARE(lookup.batches(), 0); // nothing is done inside the call
    QCOMPARE(lookup.waiting(), CallerLookup::kMostWaiting);
    clock.fire();
    QCOMPARE(lookup.batches(), 1);
    for (quint64 i = 1'001; i <= 2'000; ++i)
        lookup.connected(peer(i));
    QCOMPARE(lookup.batches(), 1); // busy: they wait their turn
    QTRY_VERIFY_WITH_TIMEOUT(isTold, kPatience);
    QCOMPARE(lookup.batches(), 1); // and rests before it looks again
    QVERIFY(lookup.of(1) && lookup.of(1)->program == QStringLiteral("tool"));
    QVERIFY(!lookup.of(1'000));
    isTold = false;
    clock.fire();
    QTRY_VERIFY_WITH_TIMEOUT(isTold, kPatience);
    QCOMPARE(lookup.batches(), 2);
    QCOMPARE(sizes, (QList<int>{CallerLookup::kMostWaiting, CallerLookup::kMostWaiting}));
    // Switched off: forgotten at once, and an answer that still comes is dropped.
    lookup.setOn(false);
    QVERIFY(!lookup.of(1));
}

void tst_callers::boundedMemory()
{
    HandClock clock;
    CallerLookup lookup(clock, [](const QList<CallerAsk> &asks, const auto &) {
        CallersFound found;
        for (const CallerAsk &ask : asks)
            found.callers.append(
                {ask.connection, {qint64(ask.connection), QStringLiteral("t"), {}}});
        return found;
    });
    quint64 next = 0;
    for (int round = 0; round < 20; ++round) {
        for (int i = 0; i < CallerLookup::kMostWaiting; ++i)
            lookup.connected(peer(++next));
        clock.fire();
        QTRY_VERIFY_WITH_TIMEOUT(lookup.of(next), kPatience);
        clock.fire(); // the rest is over
    }
    QVERIFY(!lookup.of(1)); // the oldest went
    QVERIFY(lookup.of(next - quint64(CallerLookup::kMostKnown) + 1));
}

QTEST_GUILESS_MAIN(tst_callers)
#include "tst_callers.moc"
