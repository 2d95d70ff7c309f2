// The board's actions through the façade: from command to frame and record, and what is left of
// them after a restart (only what is configuration).
#include "engine/board_control.h"
#include "engine/engine.h"

#include <QCryptographicHash>
#include <QFile>
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

QTEST_GUILESS_MAIN(tst_board_commands)
#include "tst_board_commands.moc"
