// The board's actions through the façade: from command to frame and record, and what is left of
// them after a restart (only what is configuration).
#include "engine/board_control.h"
#include "engine/engine.h"
#include "engine/history.h"
#include "engine/setup.h"

#include <QCryptographicHash>
#include <QDirIterator>
#include <QFile>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTemporaryDir>
#include <QTest>

using namespace sb;
using namespace sb::engine;

namespace {
const QByteArray kKey = "sbx-board-test-key-0001";
constexpr int kPatience = 20'000;
const ProviderId kFirst(QStringLiteral("a"));
const ChainId kChain(QStringLiteral("c"));
const ClientId kTester(QStringLiteral("tester"));

template <typename T> T await(QFuture<T> future)
{
    if (!QTest::qWaitFor([&] { return future.isFinished(); }, kPatience))
        qFatal("no answer");
    return future.result();
}

QByteArray configText()
{
    QByteArray text = "{'version':1,'providers':[{'id':'a','from':'sim','script':'quick'},"
                      "{'id':'b','from':'sim','script':'quick'}],'chains':[{'id':'c','targets':["
                      "{'provider':'a','model':'m'},{'provider':'b','model':'m'}]}],'clients':["
                      "{'id':'tester','secret':'digest:"
        + QCryptographicHash::hash(kKey, QCryptographicHash::Sha256).toHex()
        + "','chains':['*'],'default_chain':'c'}]}";
    return text.replace('\'', '"');
}

// A running engine in a folder of its own, with every frame it publishes.
struct Bench {
    QTemporaryDir folder;
    QString config = folder.filePath(QStringLiteral("config.json"));
    std::unique_ptr<Engine> engine;
    QList<FramePtr> frames;
    quint16 port = 0;

    Bench()
    {
        QFile file(config);
        if (!file.open(QIODevice::WriteOnly) || file.write(configText()) < 0)
            qFatal("cannot write");
    }
    void start()
    {
        engine = std::make_unique<Engine>(
            EngineOptions{config, folder.filePath(QStringLiteral("data")),
                          config::Listener{QStringLiteral("127.0.0.1"), 0, {}}, true});
        frames.clear();
        QObject::connect(engine.get(), &Engine::published, engine.get(),
                         [this](const FramePtr &frame) { frames.append(frame); });
        const auto started = await(engine->start());
        if (!started)
            qFatal("%s", qPrintable(started.error().detail));
        port = quint16(started->addresses.first().section(u':', -1).toUInt());
    }
    BoardControl &control() { return engine->control(); }
    QByteArray text() const
    {
        QFile file(config);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    // The first frame that holds an event of this kind.
    FramePtr frameWith(EventKind kind)
    {
        FramePtr found;
        const auto look = [&] {
            for (const FramePtr &frame : std::as_const(frames)) {
                for (const EventView &event : frame->events) {
                    if (event.kind == kind) {
                        found = frame;
                        return true;
                    }
                }
            }
            return false;
        };
        if (!QTest::qWaitFor(look, kPatience))
            qFatal("no frame tells it");
        return found;
    }
    QByteArray send(const QByteArray &bytes) const
    {
        QTcpSocket socket;
        socket.connectToHost(QStringLiteral("127.0.0.1"), port);
        socket.write(bytes);
        if (!QTest::qWaitFor([&] { return socket.state() == QTcpSocket::UnconnectedState; },
                             kPatience))
            qWarning("the connection stays open");
        return socket.readAll();
    }
    QByteArray ask() const
    {
        const QByteArray body = R"({"model":"c","messages":[{"role":"user","content":"hello"}]})";
        return send("POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:"
                    + QByteArray::number(port) + "\r\nauthorization: Bearer " + kKey
                    + "\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: "
                    + QByteArray::number(body.size()) + "\r\n\r\n" + body);
    }
    static QByteArray field(const QByteArray &reply, const QByteArray &name)
    {
        const QByteArray start = "\r\n" + name + ": ";
        const qsizetype at = reply.indexOf(start);
        return at < 0
            ? QByteArray()
            : reply.mid(at + start.size(), reply.indexOf("\r\n", at + 2) - at - start.size());
    }
    // The record of that reply, as the history keeps it.
    std::shared_ptr<const Exchange> record(const ExchangeId &id)
    {
        if (!await(engine->flushHistory()))
            return nullptr;
        const auto found = await(engine->find(id));
        return found ? *found : nullptr;
    }
};

// A provider that says whatever it was sent, key and all.
class Parrot final : public QObject {
public:
    Parrot()
    {
        if (!m_server.listen(QHostAddress::LocalHost))
            qFatal("cannot listen");
        connect(&m_server, &QTcpServer::newConnection, this, [this] {
            QTcpSocket *const socket = m_server.nextPendingConnection();
            connect(socket, &QTcpSocket::readyRead, this, [this, socket] { read(*socket); });
        });
    }
    quint16 port() const { return m_server.serverPort(); }
    QByteArray heard; // the last request, whole

private:
    void read(QTcpSocket &socket)
    {
        m_got += socket.readAll();
        const qsizetype head = m_got.indexOf("\r\n\r\n");
        const qsizetype at = m_got.toLower().indexOf("\r\ncontent-length: ");
        if (head < 0 || at < 0)
            return;
        const qsizetype length
            = m_got.mid(at + 18, m_got.indexOf('\r', at + 18) - at - 18).toLongLong();
        if (m_got.size() < head + 4 + length)
            return;
        heard = std::exchange(m_got, {});
        const QByteArray said = heard.first(head).toBase64() + ' '
            + heard.first(head).replace('\r', ' ').replace('\n', ' ');
        const QByteArray body
            = R"({"id":"x","object":"chat.completion","model":"m","choices":[{"index":0,"message":{)"
              R"("role":"assistant","content":")"
            + said
            + R"("},"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":2}})";
        socket.write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nset-cookie: sid="
                     "cookie-canary-555555\r\nconnection: close\r\ncontent-length: "
                     + QByteArray::number(body.size()) + "\r\n\r\n" + body);
        socket.disconnectFromHost();
    }

    QTcpServer m_server;
    QByteArray m_got;
};

// Every byte of a capture.
QByteArray textOf(const CapturedExchange &capture)
{
    QByteArray text;
    const auto add = [&text](const CapturedMessage &message) {
        text += message.head + '\n' + message.body.bytes + '\n';
    };
    add(capture.request);
    for (const CapturedAttempt &attempt : capture.attempts) {
        add(attempt.request);
        add(attempt.answer);
    }
    add(capture.reply);
    return text;
}

DrillAsk drillOf(const QByteArray &faultJson, const ClientId &client = {})
{
    DrillAsk ask;
    ask.provider = kFirst;
    ask.client = client;
    ask.faultJson = faultJson;
    return ask;
}
} // namespace

class tst_board_commands : public QObject {
    Q_OBJECT
private slots:
    void nothingWithoutAnEngine();
    void switchesOffForGood();
    void holdsAndReleases();
    void breaksAndClears();
    void refusesBadDrills_data();
    void refusesBadDrills();
    void pausesAndResumes();
    void sendsAgain();
    void nothingOutlivesARestart();
    void recordsForAWhile();
    void keysAreNeverKept();
};

void tst_board_commands::nothingWithoutAnEngine()
{
    QTemporaryDir folder;
    Engine engine({folder.filePath(QStringLiteral("c")), folder.filePath(QStringLiteral("d"))});
    BoardControl &control = engine.control();
    const auto code = [](const auto &result) { return result ? QString() : result.error().code; };
    const QString wanted = QStringLiteral("not_running");
    QCOMPARE(code(await(control.setProviderOff(kFirst, true))), wanted);
    QCOMPARE(code(await(control.probeNow(kFirst))), wanted);
    QCOMPARE(code(await(control.hold(kChain, 1, Millis(0)))), wanted);
    QCOMPARE(code(await(control.release(kChain))), wanted);
    QCOMPARE(code(await(control.startDrill(drillOf(R"({"fault":"refuse"})")))), wanted);
    QCOMPARE(code(await(control.endDrill(1))), wanted);
    QCOMPARE(code(await(control.clearDrills())), wanted);
    QCOMPARE(code(await(control.moveOn({}))), wanted);
    QCOMPARE(code(await(control.setPaused(true))), wanted);
    QCOMPARE(code(await(control.replay({}, std::nullopt))), wanted);
    QCOMPARE(code(await(control.requestBody({}))), wanted);
    QCOMPARE(code(await(control.setRecording(Millis(1)))), wanted);
    QCOMPARE(code(await(engine.history().capture({}))), wanted);
    QCOMPARE(code(await(engine.history().forgetCaptures())), wanted);
}

void tst_board_commands::switchesOffForGood()
{
    Bench bench;
    bench.start();
    QVERIFY(await(bench.control().setProviderOff(kFirst, true)));
    const FramePtr frame = bench.frameWith(EventKind::SwitchedOff);
    QCOMPARE(frame->providers[0].state, ProviderState::Off);
    QCOMPARE(Bench::field(bench.ask(), "x-signalbox-served-by"), QByteArray("b/m"));
    QVERIFY(bench.engine->config()->providers[0].isOff);
    QVERIFY(await(bench.control().setProviderOff(kFirst, true))); // as it is
    const QByteArray text = bench.text();
    QVERIFY(text.contains("\"off\""));
    bench.engine.reset();
    bench.start();
    QCOMPARE(Bench::field(bench.ask(), "x-signalbox-served-by"), QByteArray("b/m"));
    QVERIFY(await(bench.control().setProviderOff(kFirst, false)));
    bench.frameWith(EventKind::SwitchedOn);
    QCOMPARE(Bench::field(bench.ask(), "x-signalbox-served-by"), QByteArray("a/m"));
    QVERIFY(!bench.text().contains("\"off\""));
    QCOMPARE(
        await(bench.control().setProviderOff(ProviderId(QStringLiteral("x")), true)).error().code,
        QStringLiteral("no_such_provider"));
}

void tst_board_commands::holdsAndReleases()
{
    Bench bench;
    bench.start();
    QVERIFY(await(bench.control().hold(kChain, 2, Millis(600'000))));
    QCOMPARE(Bench::field(bench.ask(), "x-signalbox-served-by"), QByteArray("b/m"));
    const FramePtr frame = bench.frameWith(EventKind::Held);
    QCOMPARE(frame->chains[0].state, ChainState::Held);
    QCOMPARE(frame->chains[0].heldRank, 2);
    QVERIFY(await(bench.control().release(kChain)));
    QCOMPARE(bench.frameWith(EventKind::Released)->chains[0].heldRank, 0);
    QCOMPARE(Bench::field(bench.ask(), "x-signalbox-served-by"), QByteArray("a/m"));
    QCOMPARE(await(bench.control().hold(kChain, 7, Millis(0))).error().code,
             QStringLiteral("no_such_target"));
}

void tst_board_commands::breaksAndClears()
{
    Bench bench;
    bench.start();
    const auto drill = await(
        bench.control().startDrill(drillOf(R"({"fault":"status","status":503,"for_s":1})")));
    QVERIFY(drill);
    const QByteArray reply = bench.ask();
    QCOMPARE(Bench::field(reply, "x-signalbox-served-by"), QByteArray("b/m"));
    const auto id = ExchangeId::parse(Bench::field(reply, "x-signalbox-id"));
    QVERIFY(id);
    const auto record = bench.record(*id);
    QVERIFY(record);
    QCOMPARE(record->attempts.size(), 2);
    QCOMPARE(record->attempts[0].outcome, AttemptOutcome::Overloaded);
    QVERIFY(record->attempts[0].isInjected); // kept
    QVERIFY(!record->attempts[1].isInjected);
    QVERIFY(record->settlement.isDrill); // simulated providers
    const FramePtr frame = bench.frameWith(EventKind::DrillStarted);
    QCOMPARE(frame->drills.size(), 1);
    QCOMPARE(frame->drills[0].id, *drill);
    QCOMPARE(frame->drills[0].fault, QByteArray("status"));
    QCOMPARE(frame->drills[0].untilWallMs - frame->drills[0].sinceWallMs, 120'000);
    QCOMPARE(await(bench.engine->frame())->drills[0].hits, 1);
    QVERIFY(await(bench.control().endDrill(*drill)));
    QVERIFY(bench.frameWith(EventKind::DrillEnded)->drills.isEmpty());
    QCOMPARE(await(bench.control().endDrill(*drill)).error().code, QStringLiteral("no_such_id"));
    QCOMPARE(Bench::field(bench.ask(), "x-signalbox-served-by"), QByteArray("a/m"));

    // Refused connections come from our side of the wire.
    QVERIFY(await(bench.control().startDrill(drillOf(R"({"fault":"refuse"})", kTester))));
    QVERIFY(await(bench.control().startDrill(drillOf(R"({"fault":"garbage"})", kTester))));
    QCOMPARE(Bench::field(bench.ask(), "x-signalbox-served-by"), QByteArray("b/m"));
    QVERIFY(await(bench.control().clearDrills()));
    QVERIFY(await(bench.engine->frame())->drills.isEmpty());
    QVERIFY(await(bench.control().clearDrills()));
}

void tst_board_commands::refusesBadDrills_data()
{
    QTest::addColumn<QByteArray>("fault");
    QTest::addColumn<int>("seconds");
    QTest::addColumn<int>("share");
    QTest::addColumn<QString>("provider");
    QTest::addColumn<QString>("code");
    const auto row = [](const char *name, const char *fault, int seconds, int share,
                        const char *code, const char *provider = "a") {
        QTest::newRow(name) << QByteArray(fault) << seconds << share
                            << QString::fromLatin1(provider) << QString::fromLatin1(code);
    };
    row("short", R"({"fault":"refuse"})", 29, 100, "bad_fault");
    row("long", R"({"fault":"refuse"})", 1801, 100, "bad_fault");
    row("none of them", R"({"fault":"refuse"})", 60, 0, "bad_fault");
    row("more than all", R"({"fault":"refuse"})", 60, 101, "bad_fault");
    row("unknown", R"({"fault":"melt"})", 60, 100, "bad_fault");
    row("no JSON", "melt", 60, 100, "bad_fault");
    row("other client", R"({"fault":"reset","match":{"client":"x"}})", 60, 100, "bad_fault");
    row("nobody", R"({"fault":"refuse"})", 60, 100, "no_such_provider", "x");
}

void tst_board_commands::refusesBadDrills()
{
    QFETCH(QByteArray, fault);
    QFETCH(int, seconds);
    QFETCH(int, share);
    QFETCH(QString, provider);
    QFETCH(QString, code);
    static Bench bench;
    if (!bench.engine)
        bench.start();
    DrillAsk ask = drillOf(fault);
    ask.length = Seconds(seconds);
    ask.sharePercent = share;
    ask.provider = ProviderId(provider);
    const auto started = await(bench.control().startDrill(ask));
    QVERIFY(!started);
    QCOMPARE(started.error().code, code);
    QVERIFY(!started.error().detail.isEmpty());
    if (code == QStringLiteral("no_such_provider")) // the last row
        bench.engine.reset();
}

void tst_board_commands::pausesAndResumes()
{
    Bench bench;
    bench.start();
    QVERIFY(await(bench.control().setPaused(true)));
    const QByteArray refused = bench.ask();
    QVERIFY2(refused.startsWith("HTTP/1.1 503"), refused.constData());
    QCOMPARE(Bench::field(refused, "x-signalbox-code"), QByteArray("draining"));
    QVERIFY(Bench::field(refused, "retry-after").toInt() > 0);
    QCOMPARE(bench.frameWith(EventKind::Paused)->state, EngineState::Paused);
    QVERIFY(bench
                .send("GET /health HTTP/1.1\r\nhost: 127.0.0.1:" + QByteArray::number(bench.port)
                      + "\r\nconnection: close\r\n\r\n")
                .startsWith("HTTP/1.1 204"));
    QVERIFY(await(bench.control().setPaused(false)));
    QVERIFY(bench.ask().startsWith("HTTP/1.1 200"));
    QCOMPARE(bench.frameWith(EventKind::Resumed)->state, EngineState::Running);
}

void tst_board_commands::sendsAgain()
{
    Bench bench;
    bench.start();
    const auto id = ExchangeId::parse(Bench::field(bench.ask(), "x-signalbox-id"));
    QVERIFY(id);
    const auto body = await(bench.control().requestBody(*id));
    QVERIFY(body);
    QCOMPARE(*body, QByteArray(R"({"model":"c","messages":[{"role":"user","content":"hello"}]})"));
    const auto again = await(bench.control().replay(
        *id, TargetRef{ProviderId(QStringLiteral("b")), QStringLiteral("other"), {}}));
    QVERIFY(again);
    std::shared_ptr<const Exchange> record;
    QTRY_VERIFY_WITH_TIMEOUT((record = bench.record(*again)), kPatience);
    QCOMPARE(record->replayOf, *id);
    QCOMPARE(record->client, kTester);
    QCOMPARE(record->outcome.kind, OutcomeKind::Served);
    QCOMPARE(record->server()->target.model, QStringLiteral("other"));
    QCOMPARE(await(bench.control().requestBody({})).error().code, QStringLiteral("body_gone"));
    QCOMPARE(await(bench.control().moveOn(*id)).error().code, QStringLiteral("no_such_id"));
}

// Destroyed in the middle of it, as by a crash of the window that holds the engine.
void tst_board_commands::nothingOutlivesARestart()
{
    Bench bench;
    bench.start();
    const auto id = ExchangeId::parse(Bench::field(bench.ask(), "x-signalbox-id"));
    QVERIFY(id);
    const QByteArray text = bench.text();
    QVERIFY(await(bench.control().hold(kChain, 2, Millis(0))));
    QVERIFY(await(bench.control().startDrill(drillOf(R"({"fault":"refuse"})"))));
    QVERIFY(await(bench.control().setPaused(true)));
    QCOMPARE(await(bench.engine->frame())->state, EngineState::Paused);
    bench.engine.reset();
    QCOMPARE(bench.text(), text);

    bench.start();
    const FramePtr frame = await(bench.engine->frame());
    QCOMPARE(frame->state, EngineState::Running);
    QVERIFY(frame->drills.isEmpty());
    QCOMPARE(frame->chains[0].heldRank, 0);
    QCOMPARE(Bench::field(bench.ask(), "x-signalbox-served-by"), QByteArray("a/m"));
    QVERIFY(!await(bench.control().requestBody(*id)));
}

// From the command to the frame, the file and the window's answer; over a restart, as its end is
// the person's own.
void tst_board_commands::recordsForAWhile()
{
    Bench bench;
    bench.start();
    QCOMPARE(await(bench.engine->frame())->recording, RecordingView());
    const auto before = ExchangeId::parse(Bench::field(bench.ask(), "x-signalbox-id"));
    QVERIFY(before);
    QCOMPARE(await(bench.control().setRecording(Millis(-1))).error().code,
             QStringLiteral("bad_length"));
    QCOMPARE(await(bench.control().setRecording(Seconds(24 * 3600 + 1))).error().code,
             QStringLiteral("bad_length"));
    QVERIFY(await(bench.control().setRecording(Seconds(3600))));
    const qint64 until = await(bench.engine->frame())->recording.untilWallMs;
    QVERIFY(until > await(bench.engine->frame())->wallMs + 3'500'000);
    QTRY_VERIFY_WITH_TIMEOUT(!bench.frames.isEmpty()
                                 && bench.frames.last()->recording.untilWallMs == until,
                             kPatience); // it is published, not only there to ask for
    const QByteArray reply = bench.ask();
    const auto id = ExchangeId::parse(Bench::field(reply, "x-signalbox-id"));
    QVERIFY(id);
    const auto look = [&bench](const ExchangeId &which) {
        return await(bench.engine->history().capture(which));
    };
    QTRY_COMPARE_WITH_TIMEOUT(await(bench.engine->frame())->recording.kept, 1, kPatience);
    const auto found = look(*id);
    QVERIFY(found);
    QCOMPARE(found->state, CaptureState::Kept);
    QVERIFY(found->exchange->request.body.bytes.contains("hello"));
    QVERIFY(reply.endsWith(found->exchange->reply.body.bytes));
    QCOMPARE(look(*before)->state, CaptureState::NotRecorded);
    QCOMPARE(await(bench.engine->setup().storage())->captures, 1);
    bench.engine.reset();

    bench.start();
    QCOMPARE(await(bench.engine->frame())->recording.untilWallMs, until);
    QCOMPARE(*look(*id)->exchange, *found->exchange);
    const auto second = ExchangeId::parse(Bench::field(bench.ask(), "x-signalbox-id"));
    QVERIFY(second);
    QTRY_COMPARE_WITH_TIMEOUT(await(bench.engine->frame())->recording.kept, 1, kPatience);
    QCOMPARE(look(*second)->state, CaptureState::Kept);
    QVERIFY(await(bench.control().setRecording(Millis(0))));
    QCOMPARE(await(bench.engine->frame())->recording.untilWallMs, 0);
    QCOMPARE(*await(bench.engine->history().forgetCaptures()), 2);
    QCOMPARE(look(*id)->state, CaptureState::Trimmed);
    bench.engine.reset();

    bench.start();
    QCOMPARE(await(bench.engine->frame())->recording, RecordingView());
    const auto third = ExchangeId::parse(Bench::field(bench.ask(), "x-signalbox-id"));
    QVERIFY(third && bench.record(*third));
    QCOMPARE(look(*third)->state, CaptureState::NotRecorded);
}

// A known key of each kind in every place a key can stand: no file has it, however it is spelled,
// nor what the window is told.
void tst_board_commands::keysAreNeverKept()
{
    const QByteArray providerKey = "sk-canary-Prov1der+0001/aZ";
    const QByteArray cookie = "cookie-canary-444444";
    qputenv("SB_TEST_CANARY", providerKey);
    Parrot parrot;
    Bench bench;
    QByteArray text = "{'version':1,'providers':[{'id':'a','dialect':'openai-chat','base_url':'"
                      "http://127.0.0.1:"
        + QByteArray::number(parrot.port())
        + "/v1','keys':[{'id':'main','secret':'env:SB_TEST_CANARY'}]}],'chains':[{'id':'c',"
          "'targets':[{'provider':'a','model':'m'}]}],'clients':[{'id':'tester','secret':'digest:"
        + QCryptographicHash::hash(kKey, QCryptographicHash::Sha256).toHex()
        + "','chains':['*'],'default_chain':'c'}]}";
    QFile file(bench.config);
    QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate)
            && file.write(text.replace('\'', '"')) > 0);
    file.close();
    bench.start();
    QVERIFY(await(bench.control().setRecording(Seconds(3600))));
    const QByteArray body = R"({"model":"c","messages":[{"role":"user","content":"plain words, )"
        + kKey + ' ' + kKey.toBase64() + ' ' + providerKey + ' ' + providerKey.toPercentEncoding()
        + ' ' + QByteArray(providerKey).replace('/', "\\/") + ' ' + providerKey.toBase64()
        + R"("}]})";
    const QByteArray reply
        = bench.send("POST /v1/chat/completions?key=" + kKey + " HTTP/1.1\r\nhost: 127.0.0.1:"
                     + QByteArray::number(bench.port) + "\r\nauthorization: Bearer " + kKey
                     + "\r\nx-api-key: " + kKey + "\r\ncookie: sid=" + cookie
                     + "\r\ncontent-type: application/json\r\nconnection: close\r\n"
                       "content-length: "
                     + QByteArray::number(body.size()) + "\r\n\r\n" + body);
    QVERIFY2(reply.startsWith("HTTP/1.1 200 "), reply.constData());
    QVERIFY(
        parrot.heard.contains(QByteArray("Bearer " + providerKey))); // it was there to be leaked
    QVERIFY(reply.contains(providerKey));
    const auto id = ExchangeId::parse(Bench::field(reply, "x-signalbox-id"));
    QVERIFY(id);
    QTRY_COMPARE_WITH_TIMEOUT(await(bench.engine->frame())->recording.kept, 1, kPatience);
    const auto found = await(bench.engine->history().capture(*id));
    QVERIFY(found && found->exchange);
    const QByteArray kept = textOf(*found->exchange);
    QCOMPARE(kept.count("plain words, ****"), 2); // as asked and as sent on
    QCOMPARE(found->exchange->request.body.size, body.size());
    bench.engine.reset(); // everything is written

    const QList<QByteArray> secrets{kKey,
                                    kKey.toBase64().first(20),
                                    providerKey,
                                    providerKey.toPercentEncoding(),
                                    QByteArray(providerKey).replace('/', "\\/"),
                                    providerKey.toBase64().first(20),
                                    cookie,
                                    "cookie-canary-555555"};
    for (const QByteArray &secret : secrets)
        QVERIFY2(!kept.contains(secret), secret.constData());
    int files = 0;
    QDirIterator walk(bench.folder.filePath(QStringLiteral("data")), QDir::Files | QDir::Hidden,
                      QDirIterator::Subdirectories);
    while (walk.hasNext()) {
        QFile each(walk.next());
        if (!each.open(QIODevice::ReadOnly))
            continue;
        ++files;
        const QByteArray bytes = each.readAll();
        for (const QByteArray &secret : secrets)
            QVERIFY2(!bytes.contains(secret), qPrintable(each.fileName()));
    }
    QVERIFY(files >= 3); // the ledger, the history, what was recorded
    qunsetenv("SB_TEST_CANARY");
}

QTEST_GUILESS_MAIN(tst_board_commands)
#include "tst_board_commands.moc"
