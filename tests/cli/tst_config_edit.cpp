// A running signalboxd and its configuration file: good edits, bad ones, signals, refusals to
// start. [contract §1, §2]
#include "daemon_kit.h"

#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTcpServer>

#include <signal.h>

using namespace sb::cli_kit;

namespace {
const QByteArray kKey = "sbx-config-test-key-0001";

QByteArray chain(const QByteArray &id)
{
    return "{\"id\":\"" + id + "\",\"targets\":[{\"provider\":\"a\",\"model\":\"m\"}]}";
}

// `slow` is a script of about two seconds for one stream.
QByteArray configText(const QByteArray &chains, const QByteArray &extra = {},
                      const QByteArray &script = "quick")
{
    return R"({"version":1,"listen":[{"host":"127.0.0.1","port":0}],)" + extra
        + "\"providers\":[{\"id\":\"a\",\"from\":\"sim\",\"script\":\"" + script
        + "\"}],\"chains\":[" + chains + "],\"clients\":[{\"id\":\"tester\",\"secret\":\""
        + digest(kKey) + "\",\"chains\":[\"*\"],\"default_chain\":\"c\"}]}";
}

QByteArray slowScript(const Home &home, int perTokenMs, int tokens)
{
    QFile file(home.path(QStringLiteral("slow.json")));
    if (!file.open(QIODevice::WriteOnly))
        qFatal("cannot write the script");
    file.write("{\"first_token_ms\":5,\"per_token_ms\":" + QByteArray::number(perTokenMs)
               + ",\"tokens\":" + QByteArray::number(tokens) + ",\"steps\":[]}");
    return file.fileName().toUtf8();
}

int chainStatus(const Daemon &daemon, const QByteArray &name)
{
    return post(daemon.port(), kKey, "/v1/chat/completions", chatBody("c", false),
                "x-signalbox-chain: " + name + "\r\n")
        .status;
}

quint32 revision(const Daemon &daemon)
{
    return post(daemon.port(), kKey, "/v1/chat/completions", chatBody("c", false))
        .field("x-signalbox-revision")
        .toUInt();
}

bool isWholeStream(const Reply &reply)
{
    return reply.status == 200 && reply.isWhole && reply.body.trimmed().endsWith("data: [DONE]");
}
} // namespace

class tst_config_edit : public QObject {
    Q_OBJECT
private slots:
    void badEditChangesNothing_data();
    void badEditChangesNothing();
    void goodEditLeavesAStreamAlone_data();
    void goodEditLeavesAStreamAlone();
    void hangUpReads();
    void check_data();
    void check();
    void badFileDoesNotStart();
    void takenPortIsNamed();
    void secondProcessIsTurnedAway();
    void firstStartWritesDefaults();
    void terminateDrains();
    void secondTerminateEndsAtOnce();
};

void tst_config_edit::badEditChangesNothing_data()
{
    QTest::addColumn<QByteArray>("bad");
    QTest::addColumn<QByteArrayList>("said");
    QTest::newRow("unknown key") << configText(chain("c"), R"("provders":[],)")
                                 << QByteArrayList{"$.provders", "\"providers\""};
    QTest::newRow("not JSON") << configText(chain("c")).chopped(1) << QByteArrayList{"$"};
    QTest::newRow("unknown provider")
        << configText(R"({"id":"c","targets":[{"provider":"aa","model":"m"}]})")
        << QByteArrayList{"$.chains[0].targets[0].provider", "\"a\""};
    QTest::newRow("nested key") << configText(
        R"({"id":"c","targets":[{"provider":"a","modle":"m"}]})")
                                << QByteArrayList{"$.chains[0].targets[0].modle", "\"model\""};
    QTest::newRow("literal secret")
        << configText(chain("c")).replace(digest(kKey), "sbx-literal-secret-abcdefgh")
        << QByteArrayList{"$.clients[0].secret", "signalboxd keys"};
    QTest::newRow("empty file") << QByteArray() << QByteArrayList{"$"};
}

void tst_config_edit::badEditChangesNothing()
{
    QFETCH(QByteArray, bad);
    QFETCH(QByteArrayList, said);
    Home home;
    home.write(configText(chain("c")));
    Daemon daemon(home);
    QVERIFY2(daemon.start(), daemon.err().constData());
    const quint32 before = revision(daemon);
    QVERIFY(before > 0);
    const qsizetype from = daemon.err().size();
    home.replace(bad);
    for (const QByteArray &word : said)
        QTRY_VERIFY2_WITH_TIMEOUT(
            daemon.err().mid(from).contains(word),
            QByteArray(word + " is missing in: " + daemon.err().mid(from)).constData(), 10'000);
    QVERIFY2(!daemon.err().contains("sbx-literal"), daemon.err().constData());
    QCOMPARE(revision(daemon), before);
    QCOMPARE(chainStatus(daemon, "c"), 200);
    QVERIFY(runHere(home, {QStringLiteral("status")}).out.contains("config_refused: $"));
    // The next good one is taken, and the notice goes.
    home.replace(configText(chain("c") + ',' + chain("d")));
    QTRY_COMPARE_WITH_TIMEOUT(chainStatus(daemon, "d"), 200, 10'000);
    QVERIFY(!runHere(home, {QStringLiteral("status")}).out.contains("config_refused"));
    QCOMPARE(revision(daemon), before + 1);
}

void tst_config_edit::goodEditLeavesAStreamAlone_data()
{
    QTest::addColumn<bool>("isReplaced");
    QTest::newRow("moved over") << true;
    QTest::newRow("in place") << false;
}

void tst_config_edit::goodEditLeavesAStreamAlone()
{
    QFETCH(bool, isReplaced);
    Home home;
    const QByteArray script = slowScript(home, 60, 50);
    home.write(configText(chain("c"), {}, script));
    Daemon daemon(home);
    QVERIFY2(daemon.start(), daemon.err().constData());
    Call stream(daemon.port(), kKey);
    stream.post("/v1/chat/completions", chatBody("c", true));
    QTRY_VERIFY(stream.reply().status == 200 && stream.reply().body.contains("data:"));
    const quint32 before = stream.reply().field("x-signalbox-revision").toUInt();

    // The provider of the running stream goes in the same edit: the stream keeps what it has.
    const QByteArray edited = configText(chain("c") + ',' + chain("d"), {}, "quick");
    if (isReplaced)
        home.replace(edited);
    else
        home.write(edited);
    QTRY_COMPARE_WITH_TIMEOUT(chainStatus(daemon, "d"), 200, 10'000);
    QCOMPARE(revision(daemon), before + 1);
    QVERIFY2(!stream.isDone(), "the stream was over before the edit took effect");
    QVERIFY(stream.wait());
    QVERIFY2(isWholeStream(stream.reply()), stream.reply().body.constData());
    // Its record tells the revision it ran under.
    const Reply record
        = get(daemon.port(), kKey, "/v1/generation?id=" + stream.reply().field("x-signalbox-id"));
    QCOMPARE(record.status, 200);
    QCOMPARE(
        QJsonDocument::fromJson(record.body).object().value(QStringLiteral("revision")).toInt(),
        int(before));
}

void tst_config_edit::hangUpReads()
{
    Home home;
    home.write(configText(chain("c")));
    Daemon daemon(home);
    QVERIFY2(daemon.start(), daemon.err().constData());
    const quint32 before = revision(daemon);
    daemon.signal(SIGHUP); // nothing new: nothing changes, nobody dies
    home.write(configText(chain("c") + ',' + chain("d")));
    daemon.signal(SIGHUP);
    QTRY_COMPARE_WITH_TIMEOUT(chainStatus(daemon, "d"), 200, 10'000);
    QCOMPARE(revision(daemon), before + 1);
    QVERIFY(daemon.isRunning());
    // A restart under the same text keeps the number.
    daemon.signal(SIGTERM);
    QVERIFY(daemon.waitEnd());
    QCOMPARE(daemon.exitCode(), 0);
    QVERIFY(daemon.start());
    QCOMPARE(revision(daemon), before + 1);
}

void tst_config_edit::check_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<int>("code");
    QTest::addColumn<QByteArrayList>("said");
    QTest::newRow("good") << configText(chain("c")) << 0 << QByteArrayList{"no problems"};
    QTest::newRow("unknown key") << configText(chain("c"), R"("lissten":[],)") << 3
                                 << QByteArrayList{"$.lissten", "\"listen\""};
    QTest::newRow("literal secret")
        << configText(chain("c")).replace(digest(kKey), "sbx-literal-secret-abcdefgh") << 3
        << QByteArrayList{"$.clients[0].secret", "signalboxd keys add tester"};
    QTest::newRow("broken") << QByteArray("{\"version\":1,") << 3 << QByteArrayList{"$"};
}

void tst_config_edit::check()
{
    QFETCH(QByteArray, text);
    QFETCH(int, code);
    QFETCH(QByteArrayList, said);
    Home home;
    home.write(text);
    const Ran ran = runHere(home, {QStringLiteral("check")});
    QCOMPARE(ran.code, code);
    for (const QByteArray &word : said)
        QVERIFY2(ran.out.contains(word),
                 QByteArray(word + " is missing in: " + ran.out).constData());
    QVERIFY(!ran.out.contains("sbx-literal"));
    const Ran json = runHere(home, {QStringLiteral("check"), QStringLiteral("--json")});
    QCOMPARE(json.code, code);
    QVERIFY2(QJsonDocument::fromJson(json.out).isArray(), json.out.constData());
    QVERIFY(!QDir(home.data()).exists()); // a look leaves nothing behind
}

void tst_config_edit::badFileDoesNotStart()
{
    Home home;
    home.write(configText(chain("c"), R"("provders":[],)"));
    Daemon daemon(home);
    QVERIFY(!daemon.start());
    QVERIFY(daemon.waitEnd());
    QCOMPARE(daemon.exitCode(), 3);
    QVERIFY2(daemon.err().contains("$.provders") && daemon.err().contains("providers"),
             daemon.err().constData());
    QVERIFY(daemon.out().isEmpty());
}

void tst_config_edit::takenPortIsNamed()
{
    Home home;
    home.write(configText(chain("c")));
    QTcpServer holder;
    QVERIFY(holder.listen(QHostAddress::LocalHost, 0));
    Daemon daemon(home);
    QVERIFY(!daemon.start(
        {QStringLiteral("--listen"), QStringLiteral("127.0.0.1:%1").arg(holder.serverPort())}));
    QVERIFY(daemon.waitEnd());
    QCOMPARE(daemon.exitCode(), 4);
    QVERIFY2(daemon.err().contains(QByteArray::number(holder.serverPort())),
             daemon.err().constData());
    // The holder is this very test.
    QVERIFY2(daemon.err().contains(QByteArray::number(QCoreApplication::applicationPid())),
             daemon.err().constData());
    // The folder is free again.
    QVERIFY2(daemon.start({QStringLiteral("--listen"), QStringLiteral("127.0.0.1:0")}),
             daemon.err().constData());
}

void tst_config_edit::secondProcessIsTurnedAway()
{
    Home home;
    home.write(configText(chain("c")));
    Daemon daemon(home);
    QVERIFY2(daemon.start(), daemon.err().constData());
    Daemon second(home);
    QVERIFY(!second.start());
    QVERIFY(second.waitEnd());
    QCOMPARE(second.exitCode(), 1);
    QVERIFY2(second.err().contains(QByteArray::number(daemon.pid())), second.err().constData());
    QCOMPARE(chainStatus(daemon, "c"), 200);
    QCOMPARE(runHere(home, {QStringLiteral("status")}).code, 0); // its control socket too
}

void tst_config_edit::firstStartWritesDefaults()
{
    Home home;
    Daemon daemon(home);
    QVERIFY2(daemon.start({QStringLiteral("--listen"), QStringLiteral("127.0.0.1:0")}),
             daemon.err().constData());
    QVERIFY(QFile::exists(home.config()));
    QVERIFY2(daemon.err().contains("keys show default"), daemon.err().constData());
    QCOMPARE(daemon.out().count('\n'), 1);
    const Ran shown = runHere(
        home, {QStringLiteral("keys"), QStringLiteral("show"), QStringLiteral("default")});
    QCOMPARE(shown.code, 0);
    const QByteArray key = shown.out.trimmed();
    QVERIFY2(key.startsWith("sbx-") && key.size() == 47, key.constData());
    QVERIFY(!daemon.err().contains(key) && !daemon.out().contains(key));
    QCOMPARE(get(daemon.port(), key, "/v1/models").status, 200);
    QCOMPARE(get(daemon.port(), "sbx-wrong", "/v1/models").status, 401);
    QCOMPARE(get(daemon.port(), {}, "/v1/models").status, 401);
    // Nobody else reads what we keep.
    const auto mode = [](const QString &path) { return QFile::permissions(path) & 0x0fff; };
    constexpr auto others = QFileDevice::ReadGroup | QFileDevice::WriteGroup
        | QFileDevice::ReadOther | QFileDevice::WriteOther | QFileDevice::ExeGroup
        | QFileDevice::ExeOther;
    QVERIFY(!(mode(home.data()) & others));
    QVERIFY(!(mode(home.config()) & others));
    const QDir data(home.data());
    for (const QString &name : data.entryList(QDir::Files | QDir::Hidden | QDir::System))
        QVERIFY2(!(mode(data.filePath(name)) & others), qPrintable(name));
}

void tst_config_edit::terminateDrains()
{
    Home home;
    home.write(configText(chain("c"), {}, slowScript(home, 40, 40)));
    Daemon daemon(home);
    QVERIFY2(daemon.start(), daemon.err().constData());
    Call stream(daemon.port(), kKey);
    stream.post("/v1/chat/completions", chatBody("c", true));
    QTRY_VERIFY(stream.reply().body.contains("data:"));
    daemon.signal(SIGTERM);
    // A new connection is refused, or answered with 503, as soon as the signal was seen.
    QTRY_VERIFY_WITH_TIMEOUT(
        [&] {
            Call late(daemon.port(), kKey);
            late.post("/v1/chat/completions", chatBody("c", true));
            std::ignore
                = QTest::qWaitFor([&] { return late.isDone() || late.reply().status != 0; }, 5'000);
            return late.reply().status == 503 || (late.reply().isClosed && !late.reply().status);
        }(),
        5'000);
    QVERIFY(daemon.isRunning());
    QVERIFY(stream.wait());
    QVERIFY2(isWholeStream(stream.reply()), stream.reply().body.constData());
    QVERIFY(daemon.waitEnd());
    QCOMPARE(daemon.exitCode(), 0);
    const Ran exported = runHere(home, {QStringLiteral("export")});
    QVERIFY(exported.out.contains(stream.reply().field("x-signalbox-id")));
}

void tst_config_edit::secondTerminateEndsAtOnce()
{
    Home home;
    home.write(configText(chain("c"), {}, slowScript(home, 500, 60)));
    Daemon daemon(home);
    QVERIFY2(daemon.start(), daemon.err().constData());
    Call stream(daemon.port(), kKey);
    stream.post("/v1/chat/completions", chatBody("c", true));
    QTRY_VERIFY(stream.reply().body.contains("data:"));
    daemon.signal(SIGTERM);
    QVERIFY(!daemon.waitEnd(1'000)); // it waits for the stream
    daemon.signal(SIGTERM);
    QVERIFY2(daemon.waitEnd(5'000), "the second signal did not end it");
    QCOMPARE(daemon.exitCode(), 0);
    // The stream was told, not just cut: it is not whole in its dialect's sense.
    QVERIFY(stream.wait());
    QVERIFY(!stream.reply().body.contains("[DONE]"));
    const Ran exported = runHere(home, {QStringLiteral("export")});
    const QJsonObject record = QJsonDocument::fromJson(exported.out.split('\n').first()).object();
    QCOMPARE(record.value(QStringLiteral("id")).toString().toLatin1(),
             stream.reply().field("x-signalbox-id"));
    const QString kind = record.value(QStringLiteral("outcome"))
                             .toObject()
                             .value(QStringLiteral("kind"))
                             .toString();
    QVERIFY2(kind == QStringLiteral("cut") || kind == QStringLiteral("stopped"), qPrintable(kind));
}

QTEST_GUILESS_MAIN(tst_config_edit)
#include "tst_config_edit.moc"
