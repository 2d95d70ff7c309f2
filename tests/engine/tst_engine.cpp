// The façade: start and what stops it, commands, frames, what outlives a restart.
#include "engine/engine.h"

#include "config/config_file.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLockFile>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTemporaryDir>
#include <QTest>

#include <sys/stat.h>
#include <unistd.h>

using namespace sb;
using namespace sb::engine;

namespace {
const QByteArray kKey = "sbx-engine-test-key-0001";
constexpr int kPatience = 20'000;

// Runs the loop until the future has ended.
template <typename T> T await(QFuture<T> future)
{
    if (!QTest::qWaitFor([&] { return future.isFinished(); }, kPatience))
        qFatal("no answer");
    return future.result();
}

void await(QFuture<void> future)
{
    if (!QTest::qWaitFor([&] { return future.isFinished(); }, kPatience))
        qFatal("no answer");
}

struct Place {
    QTemporaryDir folder;
    QString config = folder.filePath(QStringLiteral("config.json"));
    QString data = folder.filePath(QStringLiteral("data"));

    EngineOptions options() const
    {
        return {config, data, config::Listener{QStringLiteral("127.0.0.1"), 0, {}}, true};
    }
    void write(const QByteArray &text) const
    {
        QFile file(config);
        if (!file.open(QIODevice::WriteOnly | QIODevice::Truncate)
            || file.write(text) != text.size())
            qFatal("cannot write");
    }
    QByteArray text() const
    {
        QFile file(config);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
};

QByteArray configText(const QByteArray &first = "down")
{
    return "{\"version\":1,\"providers\":[{\"id\":\"a\",\"from\":\"sim\",\"script\":\"" + first
        + "\"},{\"id\":\"b\",\"from\":\"sim\",\"script\":\"quick\"}],\"chains\":[{\"id\":\"c\","
          "\"targets\":["
          R"({"provider":"a","model":"m"},{"provider":"b","model":"m"}]}],)"
          "\"clients\":[{\"id\":\"tester\",\"secret\":\"digest:"
        + QCryptographicHash::hash(kKey, QCryptographicHash::Sha256).toHex()
        + "\",\"chains\":[\"*\"],\"default_chain\":\"c\"}]}";
}

quint16 portOf(const Started &started)
{
    return quint16(started.addresses.first().section(u':', -1).toUInt());
}

// The reply's head and body, whole.
QByteArray ask(quint16 port, const QByteArray &key, const QByteArray &model)
{
    const QByteArray body
        = "{\"model\":\"" + model + "\",\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}";
    QTcpSocket socket;
    socket.connectToHost(QStringLiteral("127.0.0.1"), port);
    socket.write("POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:" + QByteArray::number(port)
                 + "\r\nauthorization: Bearer " + key
                 + "\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: "
                 + QByteArray::number(body.size()) + "\r\n\r\n" + body);
    if (!QTest::qWaitFor([&] { return socket.state() == QTcpSocket::UnconnectedState; }, kPatience))
        qWarning("the connection stays open");
    return socket.readAll();
}

QByteArray field(const QByteArray &reply, const QByteArray &name)
{
    const qsizetype at = reply.indexOf(QByteArray("\r\n" + name + ": "));
    return at < 0
        ? QByteArray()
        : reply.mid(at + name.size() + 4, reply.indexOf("\r\n", at + 2) - at - name.size() - 4);
}

Started mustStart(Engine &engine)
{
    const auto started = await(engine.start());
    if (!started)
        qFatal("%s: %s", qPrintable(started.error().code), qPrintable(started.error().detail));
    return *started;
}
} // namespace

class tst_engine : public QObject {
    Q_OBJECT
private slots:
    void startsServesAndStops();
    void firstStart();
    void takenPort();
    void folderInUse();
    void foreignFolder();
    void notAnOwnerToAsk();
    void badConfig();
    void commandsBeforeStart();
    void simulatedProvidersAreTheDefault();
    void framesOnlyForThoseWhoListen();
    void editsAreWholeOrNothing();
    void outsideEdit();
    void gatesOutliveARestart();
    void revisionOutlivesARestart();
    void explainsWithoutTraffic();
    void historyIsReadBack();
    void destroyedWhileRunning();
};

void tst_engine::startsServesAndStops()
{
    Place place;
    place.write(configText());
    Engine engine(place.options());
    QVERIFY(!engine.isRunning());
    const Started started = mustStart(engine);
    QVERIFY(engine.isRunning());
    QCOMPARE(started.revision, 1u);
    QVERIFY(!started.isFirstStart);
    const QByteArray reply = ask(portOf(started), kKey, "c");
    QVERIFY2(reply.startsWith("HTTP/1.1 200"), reply.constData());
    QCOMPARE(field(reply, "x-signalbox-served-by"), QByteArray("b/m"));
    QCOMPARE(field(reply, "x-signalbox-failover"), QByteArray("true"));
    await(engine.stop(Millis(1'000)));
    QVERIFY(!engine.isRunning());
    QTcpSocket socket;
    socket.connectToHost(QStringLiteral("127.0.0.1"), portOf(started));
    QVERIFY(
        QTest::qWaitFor([&] { return socket.state() == QTcpSocket::UnconnectedState; }, kPatience));
    // And again, by the same object.
    const Started again = mustStart(engine);
    QVERIFY(ask(portOf(again), kKey, "c").startsWith("HTTP/1.1 200"));
    await(engine.stop(Millis(0)));
}

void tst_engine::firstStart()
{
    Place place;
    Engine engine(place.options());
    const Started started = mustStart(engine);
    QVERIFY(started.isFirstStart);
    QVERIFY(QFile::exists(place.config));
    const auto key = await(engine.clientKey(ClientId(QStringLiteral("default"))));
    QVERIFY(key);
    QVERIFY(key->startsWith(QStringLiteral("sbx-")) && key->size() == 47);
    QVERIFY(!place.text().contains(key->toLatin1()));
    const QByteArray reply = ask(portOf(started), key->toLatin1(), "nothing-here");
    QVERIFY2(reply.startsWith("HTTP/1.1 404"), reply.constData()); // known, but nobody to ask
    QVERIFY(ask(portOf(started), "sbx-wrong", "x").startsWith("HTTP/1.1 401"));
    const auto nobody = await(engine.clientKey(ClientId(QStringLiteral("nobody"))));
    QVERIFY(!nobody);
    QCOMPARE(nobody.error().code, QStringLiteral("no_such_id"));
    await(engine.stop(Millis(0)));
}

void tst_engine::takenPort()
{
    Place place;
    place.write(configText());
    QTcpServer holder;
    QVERIFY(holder.listen(QHostAddress::LocalHost, 0));
    EngineOptions options = place.options();
    options.listen->port = holder.serverPort();
    Engine engine(options);
    const auto refused = await(engine.start());
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, QStringLiteral("port_taken"));
    QVERIFY2(refused.error().detail.contains(QString::number(QCoreApplication::applicationPid())),
             qPrintable(refused.error().detail));
    QVERIFY(!engine.isRunning());
    // The other address that the window offers.
    engine.setListen({QStringLiteral("127.0.0.1"), 0, {}});
    const Started started = mustStart(engine);
    QVERIFY(ask(portOf(started), kKey, "c").startsWith("HTTP/1.1 200"));
    await(engine.stop(Millis(0)));
}

void tst_engine::folderInUse()
{
    Place place;
    place.write(configText());
    Engine first(place.options());
    const Started started = mustStart(first);
    Engine second(place.options());
    const auto refused = await(second.start());
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, QStringLiteral("data_dir_in_use"));
    QCOMPARE(refused.error().detail, QString::number(QCoreApplication::applicationPid()));
    QCOMPARE(second.dataDirOwner(), std::optional<qint64>(QCoreApplication::applicationPid()));
    QVERIFY(ask(portOf(started), kKey, "c").startsWith("HTTP/1.1 200"));
    await(first.stop(Millis(0)));
    QVERIFY(!second.dataDirOwner());
    const Started taken = mustStart(second);
    QVERIFY(ask(portOf(taken), kKey, "c").startsWith("HTTP/1.1 200"));
    await(second.stop(Millis(0)));
}

// A process that is no Signalbox is never sent a signal: here it is this test.
// Somebody else's folder is refused, not used and not taken over.
void tst_engine::foreignFolder()
{
    if (::geteuid() != 0)
        QSKIP("Only root can give a folder away.");
    Place place;
    place.write(configText());
    QVERIFY(QDir().mkpath(place.data));
    QCOMPARE(::chown(QFile::encodeName(place.data).constData(), 12'345, 12'345), 0);
    QCOMPARE(::chmod(QFile::encodeName(place.data).constData(), 0777), 0);
    Engine engine(place.options());
    const auto started = await(engine.start());
    QVERIFY(!started);
    QCOMPARE(started.error().code, QStringLiteral("data_dir"));
    QVERIFY2(started.error().detail.contains(QStringLiteral("another user")),
             qPrintable(started.error().detail));
    QVERIFY(QDir(place.data).isEmpty());
}

void tst_engine::notAnOwnerToAsk()
{
    Place place;
    place.write(configText());
    QVERIFY(QDir().mkpath(place.data));
    QLockFile lock(place.data + QStringLiteral("/lock"));
    lock.setStaleLockTime(0);
    QVERIFY(lock.tryLock(0));
    Engine engine(place.options());
    QVERIFY(!await(engine.start()));
    const auto asked = await(engine.askOwnerToStop());
    QVERIFY(!asked);
    QCOMPARE(asked.error().code, QStringLiteral("data_dir_in_use"));
    lock.unlock();
    QVERIFY(!await(engine.askOwnerToStop())); // nobody there to ask
}

void tst_engine::badConfig()
{
    Place place;
    place.write(configText().replace("\"chains\":[{", "\"chians\":[{"));
    Engine engine(place.options());
    const auto refused = await(engine.start());
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, QStringLiteral("config_invalid"));
    QVERIFY2(refused.error().detail.contains(QStringLiteral("$.chians"))
                 && refused.error().detail.contains(QStringLiteral("\"chains\"")),
             qPrintable(refused.error().detail));
    // Mended, the same engine starts.
    place.write(configText());
    mustStart(engine);
    await(engine.stop(Millis(0)));
}

void tst_engine::commandsBeforeStart()
{
    Place place;
    Engine engine(place.options());
    QVERIFY(!engine.config());
    QVERIFY(!await(engine.reload()));
    QVERIFY(!await(engine.editConfig(QStringLiteral("aliases"), "{}")));
    QVERIFY(!await(engine.applyConfig("{}")));
    QVERIFY(!await(engine.configText()));
    QVERIFY(!await(engine.addSimulatedProviders()));
    QVERIFY(!await(engine.clientKey(ClientId(QStringLiteral("default")))));
    QVERIFY(!await(engine.verifyProvider(ProviderId(QStringLiteral("a")))));
    QVERIFY(await(engine.flushHistory()));
    QVERIFY(!QFile::exists(place.config));
    await(engine.stop(Millis(0))); // nothing to do
}

void tst_engine::simulatedProvidersAreTheDefault()
{
    Place place;
    Engine engine(place.options());
    const Started started = mustStart(engine);
    const auto key = await(engine.clientKey(ClientId(QStringLiteral("default"))));
    QVERIFY(key);
    const auto added = await(engine.addSimulatedProviders());
    QVERIFY2(added, added ? "" : qPrintable(added.error().detail));
    QVERIFY(engine.config()->chain(ChainId(QStringLiteral("default"))));
    QCOMPARE(engine.config()->chain(ChainId(QStringLiteral("default")))->targets.size(), 3);
    QCOMPARE(engine.config()->client(ClientId(QStringLiteral("default")))->defaultChain,
             ChainId(QStringLiteral("default")));
    // An unmodified tool with any model name is answered. (The first of the three is flaky.)
    const QByteArray reply = ask(portOf(started), key->toLatin1(), "gpt-4o");
    QVERIFY2(reply.startsWith("HTTP/1.1 200"), reply.constData());
    // A second time changes nothing.
    const QByteArray before = place.text();
    const quint32 revision = engine.config()->revision;
    QVERIFY(await(engine.addSimulatedProviders()));
    QCOMPARE(place.text(), before);
    QCOMPARE(engine.config()->revision, revision);
    await(engine.stop(Millis(0)));
}

void tst_engine::framesOnlyForThoseWhoListen()
{
    Place place;
    place.write(configText());
    Engine engine(place.options());
    const Started started = mustStart(engine);
    QVERIFY(ask(portOf(started), kKey, "c").startsWith("HTTP/1.1 200"));
    QList<FramePtr> frames;
    const auto connection = connect(&engine, &Engine::published, this,
                                    [&frames](const FramePtr &frame) { frames.append(frame); });
    const QByteArray reply = ask(portOf(started), kKey, "c");
    const QByteArray id = field(reply, "x-signalbox-id");
    const auto changed = [&]() -> std::shared_ptr<const Exchange> {
        for (const FramePtr &frame : std::as_const(frames)) {
            for (const auto &exchange : frame->changed) {
                if (exchange->id.text() == id && exchange->phase == Phase::Settled)
                    return exchange;
            }
        }
        return nullptr;
    };
    QTRY_VERIFY_WITH_TIMEOUT(changed(), kPatience);
    QCOMPARE(changed()->attempts.size(), 2);
    QVERIFY(changed()->outcome.isFailover);
    for (qsizetype i = 1; i < frames.size(); ++i)
        QVERIFY(frames[i]->number > frames[i - 1]->number);
    QCOMPARE(frames.last()->state, EngineState::Running);
    QCOMPARE(frames.last()->addresses, started.addresses);
    QCOMPARE(frames.last()->providers.size(), 2);

    disconnect(connection);
    await(engine.frame()); // the engine has heard of it
    frames.clear();
    QVERIFY(ask(portOf(started), kKey, "c").startsWith("HTTP/1.1 200"));
    const auto once = await(engine.frame()); // who looks once is still told
    QVERIFY(once);
    QCOMPARE(once->totals.exchanges, quint64(3));
    QVERIFY(frames.isEmpty());
    await(engine.stop(Millis(0)));
}

void tst_engine::editsAreWholeOrNothing()
{
    Place place;
    place.write(configText());
    Engine engine(place.options());
    const Started started = mustStart(engine);
    const QByteArray before = place.text();

    const auto unknown = await(engine.editConfig(QStringLiteral("chians"), "[]"));
    QVERIFY(!unknown);
    QCOMPARE(unknown.error().code, QStringLiteral("config_invalid"));
    const auto broken = await(engine.editConfig(QStringLiteral("aliases"), "{\"x\":"));
    QVERIFY(!broken);
    const auto dangling = await(engine.editConfig(QStringLiteral("aliases"), R"({"x":"nowhere"})"));
    QVERIFY(!dangling);
    const auto whole = await(engine.applyConfig(before.chopped(1)));
    QVERIFY(!whole);
    QCOMPARE(place.text(), before);
    QCOMPARE(engine.config()->revision, started.revision);

    const auto edited = await(engine.editConfig(QStringLiteral("aliases"), R"({"x":"c"})"));
    QVERIFY2(edited, edited ? "" : qPrintable(edited.error().detail));
    QCOMPARE(*edited, started.revision + 1);
    QVERIFY(place.text().contains(R"("aliases")"));
    const QByteArray reply = ask(portOf(started), kKey, "x");
    QVERIFY2(reply.startsWith("HTTP/1.1 200"), reply.constData());
    QCOMPARE(field(reply, "x-signalbox-revision").toUInt(), *edited);
    // Taken out again: the text is a new one, so the number goes on.
    const auto removed = await(engine.editConfig(QStringLiteral("aliases"), {}));
    QVERIFY(removed);
    QCOMPARE(*removed, started.revision + 2);
    const auto applied = await(engine.applyConfig(configText("quick")));
    QVERIFY(applied);
    QCOMPARE(*await(engine.configText()), configText("quick"));
    QCOMPARE(field(ask(portOf(started), kKey, "c"), "x-signalbox-served-by"), QByteArray("a/m"));
    await(engine.stop(Millis(0)));
}

void tst_engine::outsideEdit()
{
    Place place;
    place.write(configText());
    Engine engine(place.options());
    const Started started = mustStart(engine);
    QList<config::Problem> problems;
    connect(&engine, &Engine::configRefused, this,
            [&problems](const QList<config::Problem> &refused) { problems = refused; });
    place.write(configText().replace("\"chains\":[{", "\"chians\":[{"));
    QTRY_VERIFY_WITH_TIMEOUT(!problems.isEmpty(), kPatience);
    QCOMPARE(problems.first().path, QStringLiteral("$.chians"));
    QCOMPARE(problems.first().nearest, QStringLiteral("chains"));
    QCOMPARE(engine.config()->revision, started.revision);
    QVERIFY(ask(portOf(started), kKey, "c").startsWith("HTTP/1.1 200"));
    // Gone altogether is a bad edit too.
    problems.clear();
    QVERIFY(QFile::remove(place.config));
    QTRY_VERIFY_WITH_TIMEOUT(!problems.isEmpty(), kPatience);
    QVERIFY(ask(portOf(started), kKey, "c").startsWith("HTTP/1.1 200"));
    place.write(configText("quick"));
    QTRY_COMPARE_WITH_TIMEOUT(engine.config()->revision, started.revision + 1, kPatience);
    QTRY_COMPARE_WITH_TIMEOUT(field(ask(portOf(started), kKey, "c"), "x-signalbox-served-by"),
                              QByteArray("a/m"), kPatience);
    await(engine.stop(Millis(0)));
}

void tst_engine::gatesOutliveARestart()
{
    Place place;
    place.write(configText());
    const auto stateOf
        = [](Engine &engine) { return await(engine.frame())->providers.first().state; };
    {
        Engine engine(place.options());
        const Started started = mustStart(engine);
        for (int i = 0; i < 5; ++i)
            QVERIFY(ask(portOf(started), kKey, "c").startsWith("HTTP/1.1 200"));
        QTRY_COMPARE_WITH_TIMEOUT(stateOf(engine), ProviderState::Tripped, kPatience);
        await(engine.stop(Millis(0)));
    }
    Engine engine(place.options());
    const Started started = mustStart(engine);
    const QByteArray reply = ask(portOf(started), kKey, "c");
    QVERIFY2(reply.startsWith("HTTP/1.1 200"), reply.constData());
    QCOMPARE(field(reply, "x-signalbox-attempts"), QByteArray("1")); // diverted, not tried
    QVERIFY(field(reply, "x-signalbox-failover") != "true");
    QTRY_COMPARE_WITH_TIMEOUT(stateOf(engine), ProviderState::Tripped, kPatience);
    await(engine.stop(Millis(0)));
}

void tst_engine::revisionOutlivesARestart()
{
    Place place;
    place.write(configText());
    const auto revision = [&place] {
        Engine engine(place.options());
        const quint32 number = mustStart(engine).revision;
        await(engine.stop(Millis(0)));
        return number;
    };
    QCOMPARE(revision(), 1u);
    QCOMPARE(revision(), 1u);
    place.write(configText("quick"));
    QCOMPARE(revision(), 2u);
    place.write(configText());
    QCOMPARE(revision(), 3u); // never a number twice for different texts
}

void tst_engine::explainsWithoutTraffic()
{
    Place place;
    place.write(configText());
    Engine engine(place.options());
    mustStart(engine);
    ExplainAsk asked;
    asked.model = QStringLiteral("c");
    asked.client = ClientId(QStringLiteral("tester"));
    asked.down = {ProviderId(QStringLiteral("a"))};
    const auto decision = await(engine.explain(asked));
    QVERIFY(decision);
    QCOMPARE(decision->source, RouteSource::Chain);
    QCOMPARE(decision->candidates.size(), 2);
    QCOMPARE(decision->candidates[0].reason, SkipReason::MarkedDown);
    QCOMPARE(decision->candidates[1].fate, CandidateFate::Waiting);
    asked.client = ClientId(QStringLiteral("nobody"));
    QVERIFY(!await(engine.explain(asked)));
    QCOMPARE(await(engine.frame())->totals.exchanges, quint64(0));
    await(engine.stop(Millis(0)));
}

void tst_engine::historyIsReadBack()
{
    Place place;
    place.write(configText());
    QByteArray id;
    {
        Engine engine(place.options());
        const Started started = mustStart(engine);
        id = field(ask(portOf(started), kKey, "c"), "x-signalbox-id");
        QVERIFY(await(engine.flushHistory()));
        const auto found = await(engine.find(*ExchangeId::parse(id)));
        QVERIFY(found);
        QCOMPARE((*found)->attempts.size(), 2);
        const auto page = await(engine.page(std::nullopt, 10));
        QVERIFY(page);
        QCOMPARE(page->exchanges.size(), 1);
        QVERIFY(!await(engine.find(ExchangeId{1, 1})));
        await(engine.stop(Millis(0)));
    }
    Engine engine(place.options());
    mustStart(engine);
    QVERIFY(await(engine.find(*ExchangeId::parse(id))));
    await(engine.stop(Millis(0)));
}

// Without a stop() first: what was settled is kept all the same.
void tst_engine::destroyedWhileRunning()
{
    Place place;
    place.write(configText());
    QByteArray id;
    {
        Engine engine(place.options());
        id = field(ask(portOf(mustStart(engine)), kKey, "c"), "x-signalbox-id");
    }
    Engine engine(place.options());
    mustStart(engine);
    QVERIFY(await(engine.find(*ExchangeId::parse(id))));
    await(engine.stop(Millis(0)));
}

QTEST_GUILESS_MAIN(tst_engine)
#include "tst_engine.moc"
