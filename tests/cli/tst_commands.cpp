// The command line from outside: what each command prints, its exit code, and that a running
// gateway takes it at once. [contract §1]
#include "daemon_kit.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <signal.h>

using namespace sb::cli_kit;

namespace {
const QByteArray kKey = "sbx-commands-test-key-0001";

// Target 1 refuses, target 2 answers at once.
QByteArray configText()
{
    return R"({"version":1,"listen":[{"host":"127.0.0.1","port":0}],"providers":[)"
           R"({"id":"a","from":"sim","script":"down"},{"id":"b","from":"sim","script":"quick"}],)"
           R"("chains":[{"id":"c","targets":[{"provider":"a","model":"m"},)"
           "{\"provider\":\"b\",\"model\":\"m\"}]}],\"clients\":[{\"id\":\"tester\",\"secret\":\""
        + digest(kKey) + "\",\"chains\":[\"*\"],\"default_chain\":\"c\"}]}";
}

QStringList words(const char *line)
{
    return QString::fromLatin1(line).split(u' ');
}

QJsonObject object(const QByteArray &text)
{
    return QJsonDocument::fromJson(text).object();
}

int askedWith(const Daemon &daemon, const QByteArray &key)
{
    return post(daemon.port(), key, "/v1/chat/completions", chatBody("c", false)).status;
}
} // namespace

class tst_commands : public QObject {
    Q_OBJECT
private slots:
    void helpAndVersion();
    void usage_data();
    void usage();
    void keysOnARunningGateway();
    void keysOnFiles();
    void providersOnARunningGateway();
    void providersOnFiles();
    void explain();
    void status();
    void oneRecordEverywhere_data();
    void oneRecordEverywhere();
    void exportsCsv();
    void notRunning_data();
    void notRunning();
    void simulatorOnItsOwn();
    void translate();
};

void tst_commands::helpAndVersion()
{
    Home home;
    const Ran help = run(home, {QStringLiteral("--help")});
    QCOMPARE(help.code, 0);
    QVERIFY(help.err.isEmpty());
    QCOMPARE(run(home, {}).out, help.out); // without a command: help
    for (const char *command : {"serve", "check", "explain", "sim", "keys", "provider", "status",
                                "tail", "export", "translate"}) {
        QVERIFY2(help.out.contains(QByteArray(QByteArray("\n  ") + command)), command);
        const Ran own = run(home, {QString::fromLatin1(command), QStringLiteral("--help")});
        QCOMPARE(own.code, 0);
        QVERIFY2(own.out.startsWith(QByteArray("Usage: signalboxd ").append(command).append(" "))
                     && own.err.isEmpty(),
                 command);
    }
    const Ran version = run(home, {QStringLiteral("--version")});
    QCOMPARE(version.code, 0);
    QCOMPARE(version.out, QByteArray("signalbox " SIGNALBOX_VERSION "\n"));
}

void tst_commands::usage_data()
{
    QTest::addColumn<QStringList>("arguments");
    for (const char *line :
         {"nonsense", "serve --nonsense", "serve --listen here", "serve --listen 127.0.0.1:99999",
          "explain", "explain --model c --dialect nonsense", "export --format xml",
          "sim --listen nowhere", "sim --script nonsense"})
        QTest::newRow(line) << words(line);
}

void tst_commands::usage()
{
    QFETCH(QStringList, arguments);
    Home home;
    const Ran ran = run(home, arguments);
    QCOMPARE(ran.code, 2);
    QVERIFY(!ran.err.isEmpty());
    QVERIFY2(ran.out.isEmpty(), ran.out.constData());
}

void tst_commands::keysOnARunningGateway()
{
    Home home;
    home.write(configText());
    Daemon daemon(home);
    QVERIFY2(daemon.start(), daemon.err().constData());
    const Ran added = runHere(home, words("keys add bob --default-chain c"));
    QCOMPARE(added.code, 0);
    const QByteArray key = added.out.trimmed();
    QVERIFY2(key.startsWith("sbx-") && key.size() == 47, added.out.constData());
    QCOMPARE(askedWith(daemon, key), 200); // at once
    QFile config(home.config());
    QVERIFY(config.open(QIODevice::ReadOnly));
    const QByteArray text = config.readAll();
    QVERIFY(!text.contains(key) && text.contains(digest(key)));

    QVERIFY(runHere(home, words("keys list")).out.contains("bob  *  default chain c"));
    const Ran again = runHere(home, words("keys add bob"));
    QVERIFY2(again.code == 1 || again.code == 3, again.err.constData());
    QVERIFY2(again.err.contains("bob"), again.err.constData());
    const Ran shown = runHere(home, words("keys show bob"));
    QCOMPARE(shown.code, 1); // only the digest is kept
    QVERIFY(shown.out.isEmpty() && shown.err.contains("keys rotate bob"));

    const Ran rotated = runHere(home, words("keys rotate bob"));
    QCOMPARE(rotated.code, 0);
    const QByteArray newKey = rotated.out.trimmed();
    QVERIFY(newKey != key);
    QCOMPARE(askedWith(daemon, key), 401);
    QCOMPARE(askedWith(daemon, newKey), 200);

    const Ran revoked = runHere(home, words("keys revoke bob"));
    QCOMPARE(revoked.code, 0);
    QCOMPARE(askedWith(daemon, newKey), 401);
    QVERIFY(runHere(home, words("keys list")).out.contains("revoked"));
    QCOMPARE(askedWith(daemon, kKey), 200); // nobody else's
    QCOMPARE(runHere(home, words("keys revoke nobody")).code, 1);
    QCOMPARE(runHere(home, words("keys add")).code, 2);
    QCOMPARE(runHere(home, words("keys frobnicate bob")).code, 2);
}

void tst_commands::keysOnFiles()
{
    Home home;
    home.write(configText());
    const Ran added = runHere(home, words("keys add bob --default-chain c"));
    QCOMPARE(added.code, 0);
    QCOMPARE(runHere(home, words("keys add eve --default-chain nowhere")).code, 3);
    const Ran gone = runHere(home, words("keys add carl"));
    QCOMPARE(runHere(home, words("keys revoke carl")).code, 0);
    Daemon daemon(home);
    QVERIFY2(daemon.start(), daemon.err().constData());
    QCOMPARE(askedWith(daemon, added.out.trimmed()), 200);
    QCOMPARE(askedWith(daemon, gone.out.trimmed()), 401);
}

void tst_commands::providersOnARunningGateway()
{
    Home home;
    home.write(configText());
    Daemon daemon(home);
    QVERIFY2(daemon.start(), daemon.err().constData());
    QCOMPARE(runHere(home, words("provider add d --from sim --script quick")).code, 0);
    QVERIFY(runHere(home, words("provider list")).out.contains("\nd  "));
    QCOMPARE(post(daemon.port(), kKey, "/v1/chat/completions", chatBody("d/any", false)).status,
             200);
    const Ran good = runHere(home, words("provider verify d"));
    QCOMPARE(good.code, 0);
    QVERIFY2(good.out.startsWith("d works: "), good.out.constData());
    const Ran bad = runHere(home, words("provider verify a --json"));
    QCOMPARE(bad.code, 1);
    QCOMPARE(object(bad.out).value(QStringLiteral("outcome")).toString(),
             QStringLiteral("connect_failed"));
    QCOMPARE(runHere(home, words("provider verify nobody")).code, 1);
    const Ran used = runHere(home, words("provider remove b"));
    QCOMPARE(used.code, 1);
    QVERIFY2(used.err.contains("\"c\""), used.err.constData());
    QCOMPARE(runHere(home, words("provider remove d")).code, 0);
    QVERIFY(!runHere(home, words("provider list")).out.contains("\nd  "));
    QCOMPARE(runHere(home, words("provider remove d")).code, 1);
    const Ran unknown = runHere(home, words("provider add e --from nonsense"));
    QCOMPARE(unknown.code, 3);
    QVERIFY2(unknown.err.contains("$.providers[2].from"), unknown.err.constData());
    QCOMPARE(askedWith(daemon, kKey), 200);
}

void tst_commands::providersOnFiles()
{
    Home home;
    home.write(configText());
    QCOMPARE(runHere(home,
                     words("provider add mine --dialect openai-chat --base-url "
                           "http://127.0.0.1:9/v1 --key-env MY_KEY"))
                 .code,
             0);
    const Ran listed = runHere(home, words("provider list"));
    QCOMPARE(listed.code, 0);
    QVERIFY(listed.out.contains("mine"));
    QCOMPARE(runHere(home, words("provider verify mine")).code, 1); // a running gateway does that
    QCOMPARE(runHere(home, words("provider remove mine")).code, 0);
    QVERIFY(!runHere(home, words("provider list")).out.contains("mine"));
    QCOMPARE(runHere(home, {QStringLiteral("check")}).code, 0);
}

void tst_commands::explain()
{
    Home home;
    home.write(configText());
    const auto look = [&](const Daemon *daemon) {
        const QByteArray where = daemon ? "running" : "files";
        const Ran plain = runHere(home, words("explain --model c --client tester"));
        QVERIFY2(plain.code == 0, plain.err.constData());
        QCOMPARE(plain.out, QByteArray("route: chain c\n1. a/m  tried first\n2. b/m  next\n"));
        const Ran down = runHere(home, words("explain --model c --client tester --down a"));
        QVERIFY2(down.out.contains("1. a/m  skipped: marked_down\n2. b/m  tried first"),
                 down.out.constData());
        const Ran both
            = runHere(home, words("explain --model c --client tester --down a --down b --json"));
        QCOMPARE(both.code, 0);
        const QJsonObject decision = object(both.out);
        QCOMPARE(decision.value(QStringLiteral("source")).toString(), QStringLiteral("chain"));
        const QJsonArray candidates = decision.value(QStringLiteral("candidates")).toArray();
        QCOMPARE(candidates.size(), 2);
        for (const auto candidate : candidates)
            QCOMPARE(candidate.toObject().value(QStringLiteral("reason")).toString(),
                     QStringLiteral("marked_down"));
        QCOMPARE(runHere(home, words("explain --model c --client nobody")).code, 1);
        const Ran alone = runHere(home, words("explain --model b/x --client tester"));
        QVERIFY2(alone.out.contains("1. b/x  tried first"),
                 QByteArray(where + alone.out).constData());
    };
    look(nullptr);
    if (QTest::currentTestFailed())
        return;
    Daemon daemon(home);
    QVERIFY2(daemon.start(), daemon.err().constData());
    look(&daemon);
    QVERIFY(object(runHere(home, words("status --json")).out)
                .value(QStringLiteral("totals"))
                .toObject()
                .value(QStringLiteral("exchanges"))
                .toInt()
            == 0); // no traffic
}

void tst_commands::status()
{
    Home home;
    home.write(configText());
    Daemon daemon(home);
    QVERIFY2(daemon.start(), daemon.err().constData());
    QCOMPARE(askedWith(daemon, kKey), 200);
    const Ran plain = runHere(home, words("status"));
    QCOMPARE(plain.code, 0);
    QVERIFY2(plain.out.startsWith("running, revision 1 http://127.0.0.1:"), plain.out.constData());
    QVERIFY2(plain.out.contains("chain c: failed_over"), plain.out.constData());
    const QJsonObject status = object(runHere(home, words("status --json")).out);
    QCOMPARE(status.value(QStringLiteral("state")).toString(), QStringLiteral("running"));
    QCOMPARE(status.value(QStringLiteral("totals")).toObject().value(QStringLiteral("exchanges")),
             QJsonValue(1));
    const QJsonArray providers = status.value(QStringLiteral("providers")).toArray();
    QCOMPARE(providers.size(), 2);
    QCOMPARE(providers[0].toObject().value(QStringLiteral("failures_5m")), QJsonValue(1));
    // A tripped provider is told with its cause.
    for (int i = 0; i < 6; ++i)
        QCOMPARE(askedWith(daemon, kKey), 200);
    const QJsonObject first = object(runHere(home, words("status --json")).out)
                                  .value(QStringLiteral("providers"))
                                  .toArray()[0]
                                  .toObject();
    QCOMPARE(first.value(QStringLiteral("state")).toString(), QStringLiteral("tripped"));
    QCOMPARE(first.value(QStringLiteral("cause")).toString(), QStringLiteral("connect_failed"));
}

void tst_commands::oneRecordEverywhere_data()
{
    QTest::addColumn<bool>("isStream");
    QTest::addColumn<bool>("isAnthropic");
    QTest::newRow("plain") << false << false;
    QTest::newRow("stream") << true << false;
    QTest::newRow("anthropic stream") << true << true;
}

// tail, export and /v1/generation tell the same story, to the last field.
void tst_commands::oneRecordEverywhere()
{
    QFETCH(bool, isStream);
    QFETCH(bool, isAnthropic);
    Home home;
    home.write(configText());
    Daemon daemon(home);
    QVERIFY2(daemon.start(), daemon.err().constData());
    QProcess tail;
    tail.setProcessEnvironment(home.environment());
    tail.start(daemonProgram(),
               QStringList{QStringLiteral("tail"), QStringLiteral("--json")} + home.places());
    QVERIFY(tail.waitForStarted());
    // tail says nothing when it is ready: ask until it has heard of one.
    QByteArray heard;
    const auto hears = [&] {
        heard += tail.readAllStandardOutput();
        return heard.contains('\n');
    };
    while (!hears()) {
        QCOMPARE(askedWith(daemon, kKey), 200);
        std::ignore = QTest::qWaitFor(hears, 500);
    }
    const Reply reply = isAnthropic
        ? post(daemon.port(), kKey, "/v1/messages", messagesBody("c", isStream),
               "x-signalbox-tags: team=a,run=42\r\nx-signalbox-session: s1\r\n")
        : post(daemon.port(), kKey, "/v1/chat/completions", chatBody("c", isStream),
               "x-signalbox-tags: team=a,run=42\r\nx-signalbox-session: s1\r\n");
    QCOMPARE(reply.status, 200);
    const QByteArray id = reply.field("x-signalbox-id");
    QVERIFY(!id.isEmpty());

    const auto lineOf = [&id](const QByteArray &text) {
        for (const QByteArray &line : text.split('\n')) {
            if (line.contains(QByteArray("{\"id\":\"" + id + '"')))
                return QByteArray(line);
        }
        return QByteArray();
    };
    QTRY_VERIFY_WITH_TIMEOUT((hears(), lineOf(heard).endsWith('}')), 10'000);
    const QByteArray tailed = lineOf(heard);
    tail.terminate();
    QVERIFY(tail.waitForFinished());
    const Ran exported = runHere(home, words("export"));
    QCOMPARE(exported.code, 0);
    const Reply generation = get(daemon.port(), kKey, "/v1/generation?id=" + id);
    QCOMPARE(generation.status, 200);
    QVERIFY2(!tailed.isEmpty(), heard.constData());
    QCOMPARE(lineOf(exported.out), tailed);
    QCOMPARE(generation.body.trimmed(), tailed);
    // After the end, from the files, too.
    daemon.signal(SIGTERM);
    QVERIFY(daemon.waitEnd());
    const Ran fromFiles = runHere(home, words("export"));
    QCOMPARE(fromFiles.code, 0);
    QCOMPARE(lineOf(fromFiles.out), tailed);

    // And the story is the true one.
    const QJsonObject record = object(tailed);
    const QJsonObject outcome = record.value(QStringLiteral("outcome")).toObject();
    QCOMPARE(outcome.value(QStringLiteral("kind")).toString(), QStringLiteral("served"));
    QCOMPARE(outcome.value(QStringLiteral("is_failover")).toBool(),
             reply.field("x-signalbox-failover") == "true");
    const QJsonArray attempts = record.value(QStringLiteral("attempts")).toArray();
    QCOMPARE(QByteArray::number(attempts.size()), reply.field("x-signalbox-attempts"));
    const QJsonObject served = attempts.last().toObject();
    QCOMPARE(served.value(QStringLiteral("provider")).toString().toUtf8() + '/'
                 + served.value(QStringLiteral("model")).toString().toUtf8(),
             reply.field("x-signalbox-served-by"));
    QCOMPARE(attempts.first().toObject().value(QStringLiteral("outcome")).toString(),
             QStringLiteral("connect_failed"));
    const QJsonObject ask = record.value(QStringLiteral("ask")).toObject();
    QCOMPARE(ask.value(QStringLiteral("session")).toString(), QStringLiteral("s1"));
    QCOMPARE(ask.value(QStringLiteral("tags")).toArray().size(), 2);
}

void tst_commands::exportsCsv()
{
    Home home;
    home.write(configText());
    Daemon daemon(home);
    QVERIFY2(daemon.start(), daemon.err().constData());
    constexpr int kAsked = 450; // more than two pages
    for (int i = 0; i < kAsked; ++i)
        QCOMPARE(askedWith(daemon, kKey), 200);
    const Ran running = runHere(home, words("export --format csv"));
    QCOMPARE(running.code, 0);
    const QList<QByteArray> lines = running.out.split('\n');
    QVERIFY(lines.first().startsWith("id,wall_ms,client,"));
    QCOMPARE(lines.size(), kAsked + 2); // header, and nothing behind the last CRLF
    QSet<QByteArray> ids;
    const qsizetype columns = lines.first().count(',');
    for (const QByteArray &line : lines.mid(1, kAsked)) {
        QVERIFY2(line.endsWith('\r') && line.count(',') == columns, line.constData());
        ids.insert(line.left(line.indexOf(',')));
    }
    QCOMPARE(ids.size(), kAsked);
    daemon.signal(SIGTERM);
    QVERIFY(daemon.waitEnd());
    const Ran fromFiles = runHere(home, words("export --format csv"));
    QCOMPARE(fromFiles.code, 0);
    QCOMPARE(fromFiles.out, running.out);
}

void tst_commands::notRunning_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::newRow("status") << words("status");
    QTest::newRow("tail") << words("tail");
    QTest::newRow("export") << words("export");
}

void tst_commands::notRunning()
{
    QFETCH(QStringList, arguments);
    Home home;
    home.write(configText());
    const Ran ran = runHere(home, arguments);
    QCOMPARE(ran.code, 1);
    QVERIFY2(ran.out.isEmpty() && ran.err.contains(home.data().toUtf8()), ran.err.constData());
    QVERIFY(!QDir(home.data()).exists());
}

void tst_commands::simulatorOnItsOwn()
{
    Home home;
    QProcess sim;
    sim.setProcessEnvironment(home.environment());
    sim.start(daemonProgram(), words("sim --script quick"));
    QByteArray out;
    QTRY_VERIFY_WITH_TIMEOUT((out += sim.readAllStandardOutput(), out.contains('\n')), 20'000);
    QVERIFY2(out.startsWith("simulating on http://127.0.0.1:"), out.constData());
    const quint16 port = out.trimmed().mid(out.lastIndexOf(':') + 1).toUShort();
    QCOMPARE(post(port, "any", "/v1/chat/completions", chatBody("m", false)).status, 200);
    QCOMPARE(post(port, "any", "/v1/messages", messagesBody("m", true)).status, 200);
    sim.terminate();
    QVERIFY(sim.waitForFinished());
    QCOMPARE(sim.exitCode(), 0);
}

// Requests, answers and streams on standard input; the loss of a request is told beside the body.
void tst_commands::translate()
{
    Home home;
    const QByteArray ask
        = R"({"model":"m","max_tokens":9,"top_k":3,"messages":[{"role":"user","content":"hi"}]})";
    const Ran asked
        = run(home, words("translate --from anthropic --to openai-chat --model gpt-5"), ask);
    QVERIFY2(asked.code == 0, asked.err.constData());
    QCOMPARE(object(asked.out)[QStringLiteral("model")].toString(), QStringLiteral("gpt-5"));
    QCOMPARE(object(asked.out)[QStringLiteral("messages")][0][QStringLiteral("content")].toString(),
             QStringLiteral("hi"));
    QVERIFY2(asked.err.contains("POST /") && asked.err.contains("dropped top_k"),
             asked.err.constData());
    const Ran strict
        = run(home, words("translate --from anthropic --to openai-chat --strict"), ask);
    QCOMPARE(strict.code, 1);
    QVERIFY2(strict.out.isEmpty() && strict.err.contains("top_k"), strict.err.constData());

    const QByteArray stream
        = "data: {\"id\":\"c\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":"
          "\"one\"}}]}\n\ndata: {\"id\":\"c\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":"
          "{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
    const QStringList toAnthropic
        = words("translate --from openai-chat --to anthropic --stream --model x");
    const Ran streamed = run(home, toAnthropic, stream);
    QVERIFY2(streamed.code == 0, streamed.err.constData());
    QVERIFY2(streamed.out.startsWith("event: message_start\n")
                 && streamed.out.contains("\"text\":\"one\"")
                 && streamed.out.contains("event: message_stop\n"),
             streamed.out.constData());
    const Ran cut = run(home, toAnthropic, stream.first(stream.indexOf("data: [DONE]")));
    QCOMPARE(cut.code, 1);
    QVERIFY(cut.out.contains("event: error\n") && !cut.out.contains("message_stop"));

    const Ran whole = run(
        home, words("translate --from ollama --to gemini --reply"),
        R"({"model":"m","message":{"role":"assistant","content":"two"},"done":true,"done_reason":"stop"})");
    QVERIFY2(whole.code == 0, whole.err.constData());
    QVERIFY2(whole.out.contains("\"text\":\"two\"") && whole.out.contains("\"STOP\""),
             whole.out.constData());
    QCOMPARE(run(home, words("translate --from anthropic --to nobody"), ask).code, 2);
    QCOMPARE(run(home, words("translate --from openai-chat --to ollama"), "[").code, 1);
}

QTEST_GUILESS_MAIN(tst_commands)
#include "tst_commands.moc"
