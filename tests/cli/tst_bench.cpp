// `signalboxd bench` on the real program: what it says holds together, before simulated providers
// and through a gateway that runs.
#include "daemon_kit.h"
#include "json/reader.h"

using namespace sb;
using namespace sb::cli_kit;

namespace {
double number(const json::Value &report, QByteArrayView part, QByteArrayView key)
{
    const json::Value *object = report.find(part);
    const json::Value *value = object ? object->find(key) : nullptr;
    return value ? value->toDouble().value_or(-1) : -1;
}
} // namespace

class tst_bench : public QObject {
    Q_OBJECT

private slots:
    void simulated();
    void sentences();
    void ownProvider();
    void refusals();
};

// The wire is 20 ms long each way: a stream takes 40 ms, and a TLS handshake before it 40 more,
// which a short-lived client is spared by the connection the gateway keeps.
void tst_bench::simulated()
{
    const Home home;
    const Ran ran = run(home,
                        {QStringLiteral("bench"), QStringLiteral("--json"),
                         QStringLiteral("--pairs"), QStringLiteral("7")});
    QVERIFY2(ran.code == 0, ran.err.constData());
    const auto report = json::read(ran.out);
    QVERIFY2(report.has_value(), ran.out.constData());
    QVERIFY(number(*report, "whole_answer", "direct_us") > 0);
    QVERIFY(number(*report, "whole_answer", "gateway_us") > 0);
    QVERIFY(number(*report, "first_token", "direct_us") >= 40'000);
    QVERIFY(number(*report, "first_token", "gateway_us") >= 40'000);
    QVERIFY(number(*report, "short_lived", "direct_us") >= 80'000);
    QVERIFY(number(*report, "short_lived", "gateway_us") >= 40'000);
    QVERIFY2(number(*report, "short_lived", "gateway_us")
                 < number(*report, "short_lived", "direct_us"),
             ran.out.constData());
    QCOMPARE(number(*report, "short_lived", "added_us"),
             number(*report, "short_lived", "gateway_us")
                 - number(*report, "short_lived", "direct_us"));
    // It left nothing in the places of the user.
    QVERIFY(!QFile::exists(home.config()));
    QVERIFY(!QFile::exists(home.data()));
}

void tst_bench::sentences()
{
    const Home home;
    const Ran ran
        = run(home, {QStringLiteral("bench"), QStringLiteral("--pairs"), QStringLiteral("3")});
    QVERIFY2(ran.code == 0, ran.err.constData());
    const QList<QByteArray> lines = ran.out.trimmed().split('\n');
    QCOMPARE(lines.size(), 5);
    QVERIFY2(lines[1].startsWith("A small answer takes "), ran.out.constData());
    QVERIFY2(lines[2].contains("first token comes "), ran.out.constData());
    QVERIFY2(lines[3].contains(" sooner through Signalbox: direct "), ran.out.constData());
    QVERIFY2(lines[3].endsWith("medians of 3 pairs."), ran.out.constData());
}

void tst_bench::ownProvider()
{
    Home home;
    home.setVariable(QStringLiteral("PROVIDER_KEY"), QStringLiteral("sk-test-0123456789"));
    QProcess sim;
    sim.setProcessEnvironment(home.environment());
    sim.start(daemonProgram(),
              {QStringLiteral("sim"), QStringLiteral("--script"), QStringLiteral("quick")});
    QByteArray line;
    QVERIFY(QTest::qWaitFor(
        [&] {
            line += sim.readAllStandardOutput();
            return line.endsWith('\n');
        },
        30'000));
    const QByteArray base = "http://127.0.0.1:" + line.trimmed().split(':').last();
    home.write("{\"version\":1,\"listen\":[{\"host\":\"127.0.0.1\",\"port\":0}],\"providers\":["
               "{\"id\":\"chat\",\"dialects\":{\"openai-chat\":\""
               + base
               + "/v1\"},\"keys\":[{\"id\":\"main\",\"secret\":\"env:PROVIDER_KEY\"}],"
                 "\"models\":[{\"id\":\"m\"}]},"
                 "{\"id\":\"messages\",\"dialects\":{\"anthropic\":\""
               + base
               + "\"},\"auth\":{\"type\":\"none\"}}],"
                 "\"clients\":[{\"id\":\"default\",\"secret\":\""
               + digest("sbx-test-key-of-the-default-client") + "\",\"chains\":[\"*\"]}]}");
    Daemon daemon(home);
    QVERIFY2(daemon.start(), daemon.err().constData());
    const auto bench = [&home](const QStringList &more) {
        return runHere(home, QStringList{QStringLiteral("bench"), QStringLiteral("--json")} + more);
    };
    Ran ran = bench({QStringLiteral("--provider"), QStringLiteral("chat"),
                     QStringLiteral("--pairs"), QStringLiteral("3")});
    QVERIFY2(ran.code == 0, ran.err.constData());
    auto report = json::read(ran.out);
    QVERIFY2(report.has_value(), ran.out.constData());
    QVERIFY(number(*report, "first_token", "direct_us") > 0);
    QVERIFY(number(*report, "short_lived", "gateway_us") > 0);
    QVERIFY(!ran.out.contains("sk-test"));

    ran = bench({QStringLiteral("--provider"), QStringLiteral("messages"),
                 QStringLiteral("--pairs"), QStringLiteral("2")});
    QCOMPARE(ran.code, 1); // which model?
    QVERIFY2(ran.err.contains("--model"), ran.err.constData());
    ran = bench({QStringLiteral("--provider"), QStringLiteral("messages"),
                 QStringLiteral("--model"), QStringLiteral("m"), QStringLiteral("--pairs"),
                 QStringLiteral("2")});
    QVERIFY2(ran.code == 0, ran.err.constData());

    ran = bench({QStringLiteral("--provider"), QStringLiteral("nobody")});
    QCOMPARE(ran.code, 1);
    QVERIFY2(ran.err.contains("nobody"), ran.err.constData());
    sim.kill();
    sim.waitForFinished();
    ran = bench({QStringLiteral("--provider"), QStringLiteral("chat")});
    QCOMPARE(ran.code, 1); // it is gone
    QVERIFY(!ran.err.isEmpty());
}

void tst_bench::refusals()
{
    const Home home;
    home.write("{\"version\":1}");
    QCOMPARE(
        runHere(home, {QStringLiteral("bench"), QStringLiteral("--pairs"), QStringLiteral("0")})
            .code,
        2);
    QCOMPARE(
        runHere(home, {QStringLiteral("bench"), QStringLiteral("--model"), QStringLiteral("m")})
            .code,
        2);
    const Ran ran = runHere(
        home, {QStringLiteral("bench"), QStringLiteral("--provider"), QStringLiteral("x")});
    QCOMPARE(ran.code, 1);
    QVERIFY2(ran.err.contains("signalboxd serve"), ran.err.constData());
}

QTEST_GUILESS_MAIN(tst_bench)
#include "tst_bench.moc"
