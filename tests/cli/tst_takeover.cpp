// A second engine on a served data folder: it learns who the owner is, asks it to stop, and goes on
// from the same history. What the window does when signalboxd was there first. [contract §2]
#include "daemon_kit.h"

#include "engine/engine.h"

using namespace sb;
using namespace sb::cli_kit;

namespace {
const QByteArray kKey = "sbx-takeover-test-key-0001";

template <typename T> T await(QFuture<T> future)
{
    if (!QTest::qWaitFor([&] { return future.isFinished(); }, 40'000))
        qFatal("no answer");
    return future.result();
}
} // namespace

class tst_takeover : public QObject {
    Q_OBJECT
private slots:
    void ownerIsAskedAndGoes();
};

void tst_takeover::ownerIsAskedAndGoes()
{
    Home home;
    home.write("{\"version\":1,\"listen\":[{\"host\":\"127.0.0.1\",\"port\":0}],\"providers\":["
               "{\"id\":\"a\",\"from\":\"sim\",\"script\":\"quick\"}],\"chains\":[{\"id\":\"c\","
               "\"targets\":[{\"provider\":\"a\",\"model\":\"m\"}]}],\"clients\":[{\"id\":\"t\","
               "\"secret\":\""
               + digest(kKey) + "\",\"chains\":[\"*\"],\"default_chain\":\"c\"}]}");
    Daemon daemon(home);
    QVERIFY2(daemon.start(), daemon.err().constData());
    const QByteArray id = post(daemon.port(), kKey, "/v1/chat/completions", chatBody("c", false))
                              .field("x-signalbox-id");

    engine::Engine engine({home.config(), home.data(), std::nullopt, true});
    const auto refused = await(engine.start());
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, QStringLiteral("data_dir_in_use"));
    QCOMPARE(engine.dataDirOwner(), std::optional<qint64>(daemon.pid()));
    QVERIFY(daemon.isRunning()); // not before it is asked for

    const auto asked = await(engine.askOwnerToStop());
    QVERIFY2(asked, asked ? "" : qPrintable(asked.error().detail));
    QVERIFY(daemon.waitEnd());
    QCOMPARE(daemon.exitCode(), 0);
    const auto started = await(engine.start());
    QVERIFY2(started, started ? "" : qPrintable(started.error().detail));
    QCOMPARE(started->revision, 1u);
    const auto found = await(engine.find(*ExchangeId::parse(id)));
    QVERIFY(found);
    QCOMPARE((*found)->outcome.kind, OutcomeKind::Served);
    QFuture<void> stopped = engine.stop(Millis(0));
    QVERIFY(QTest::qWaitFor([&] { return stopped.isFinished(); }, 20'000));
}

QTEST_GUILESS_MAIN(tst_takeover)
#include "tst_takeover.moc"
