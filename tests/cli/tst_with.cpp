// `signalboxd with`, `spend` and caps, on the real program: the environment of the command, a key
// that lives as long as the run, a receipt that equals the ledger, and sums that outlive a kill.
#include "base/money.h"
#include "daemon_kit.h"
#include "json/reader.h"

#include <QDir>

#include <signal.h>

using namespace sb;
using namespace sb::cli_kit;

namespace {
const QByteArray kKey = "sbx-test-key-of-the-default-client";

QByteArray dialectsAt(quint16 port)
{
    const QByteArray base = "http://127.0.0.1:" + QByteArray::number(port);
    return "\"dialects\":{\"openai-chat\":\"" + base + "/v1\",\"anthropic\":\"" + base
        + "\"},\"auth\":{\"type\":\"none\"}";
}

// Chain `c` to a paid target, `d` to one that is ten times dearer, `over` past one that is gone.
QByteArray config(quint16 simPort, const QByteArray &more = {}, quint16 dearPort = 0)
{
    const QByteArray dialects = dialectsAt(simPort);
    return "{\"version\":1,\"listen\":[{\"host\":\"127.0.0.1\",\"port\":0}],\"providers\":["
           "{\"id\":\"paid\","
        + dialects
        + ",\"models\":[{\"id\":\"m\",\"price\":{\"input\":\"2.50\",\"output\":\"10.00\"}}]},"
          "{\"id\":\"dear\","
        + dialectsAt(dearPort == 0 ? simPort : dearPort)
        + ",\"models\":[{\"id\":\"m\",\"price\":{\"input\":\"25.00\",\"output\":\"100.00\"}}]},"
          "{\"id\":\"unknown\","
        + dialects
        + "},{\"id\":\"gone\",\"dialects\":{\"openai-chat\":\"http://127.0.0.1:1/v1\"},"
          "\"auth\":{\"type\":\"none\"},\"models\":[{\"id\":\"m\",\"price\":{\"input\":\"1.00\","
          "\"output\":\"1.00\"}}]}],"
          "\"chains\":[{\"id\":\"c\",\"targets\":[{\"provider\":\"paid\",\"model\":\"m\"}]},"
          "{\"id\":\"d\",\"targets\":[{\"provider\":\"dear\",\"model\":\"m\"}]},"
          "{\"id\":\"over\",\"targets\":[{\"provider\":\"gone\",\"model\":\"m\"},"
          "{\"provider\":\"paid\",\"model\":\"m\"}]}],"
          "\"clients\":[{\"id\":\"default\",\"secret\":\""
        + digest(kKey) + "\",\"chains\":[\"*\"],\"default_chain\":\"c\"}]" + more + '}';
}

qint64 number(const json::Value &object, QByteArrayView key)
{
    const json::Value *value = object.find(key);
    return value ? value->toInt().value_or(-1) : -1;
}

// A simulated provider as a process, so that it has an address and a price.
class Sim {
public:
    explicit Sim(const Home &home, const QString &script = QStringLiteral("quick"))
    {
        m_process.setProcessEnvironment(home.environment());
        m_process.start(daemonProgram(),
                        {QStringLiteral("sim"), QStringLiteral("--script"), script});
        QByteArray line;
        const bool isUp = QTest::qWaitFor(
            [&] {
                line += m_process.readAllStandardOutput();
                return line.endsWith('\n');
            },
            30'000);
        port = isUp ? line.trimmed().split(':').last().toUShort() : 0;
    }
    ~Sim()
    {
        m_process.kill();
        m_process.waitForFinished();
    }
    quint16 port = 0;

private:
    QProcess m_process;
};

// A running `with`, whose command tells its environment and then waits for its stdin.
class Run {
public:
    Run(const Home &home, const QStringList &options, const QByteArray &after = "exit 0",
        const QString &shell = QStringLiteral("sh"))
    {
        m_process.setProcessEnvironment(home.environment());
        m_process.start(
            daemonProgram(),
            QStringList{QStringLiteral("with")} + home.places() + options
                + QStringList{QStringLiteral("--"), shell, QStringLiteral("-c"),
                              QStringLiteral("echo \"$OPENAI_BASE_URL $OPENAI_API_KEY\"; read x; ")
                                  + QString::fromLatin1(after)});
        const bool hasBegun = QTest::qWaitFor(
            [&] {
                m_out += m_process.readAllStandardOutput();
                return m_out.contains('\n') || m_process.state() == QProcess::NotRunning;
            },
            30'000);
        if (!hasBegun)
            qWarning("the command did not begin");
        const QList<QByteArray> words = m_out.trimmed().split(' ');
        key = words.value(1);
        port = words.value(0).split(':').value(2).split('/').value(0).toUShort();
    }
    ~Run()
    {
        if (m_process.state() != QProcess::NotRunning)
            m_process.kill();
        m_process.waitForFinished();
    }
    qint64 pid() const { return m_process.processId(); }
    // Lets the command go on; its exit code.
    int end()
    {
        m_process.write("\n");
        return wait();
    }
    int wait()
    {
        if (!QTest::qWaitFor([&] { return m_process.state() == QProcess::NotRunning; }, 30'000))
            qWarning("the run did not end");
        err = m_process.readAllStandardError();
        return m_process.exitStatus() == QProcess::NormalExit ? m_process.exitCode() : -1;
    }
    void kill()
    {
        m_process.kill();
        m_process.waitForFinished();
    }

    QByteArray key;
    quint16 port = 0;
    QByteArray err;

private:
    QProcess m_process;
    QByteArray m_out;
};

json::Value jsonFile(const QString &path)
{
    QFile file(path);
    if (!file.open(QFile::ReadOnly))
        return {};
    const auto value = json::read(file.readAll());
    return value ? *value : json::Value();
}
} // namespace

class tst_with : public QObject {
    Q_OBJECT
private slots:
    void needsAGateway();
    void usage_data();
    void usage();
    void environment();
    void exitCodes_data();
    void exitCodes();
    void forwardsSignals();
    void runsAsTheToolsOwnClient();
    void helpNamesTheCommand();
    void receiptEqualsLedger();
    void keyEndsWithTheRun();
    void chainIsForced();
    void capOfTheRun();
    void spendAndCapsAfterAKill();
};

void tst_with::needsAGateway()
{
    Home home;
    const Ran ran = run(home,
                        QStringList{QStringLiteral("with")} + home.places()
                            + QStringList{QStringLiteral("--"), QStringLiteral("true")});
    QCOMPARE(ran.code, 1);
    QVERIFY2(ran.err.contains("signalboxd serve"), ran.err.constData());
}

void tst_with::usage_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::newRow("no command") << QStringList{QStringLiteral("with")};
    QTest::newRow("no command behind --")
        << QStringList{QStringLiteral("with"), QStringLiteral("--")};
    QTest::newRow("bad cap") << QStringList{QStringLiteral("with"), QStringLiteral("--cap"),
                                            QStringLiteral("much"), QStringLiteral("--"),
                                            QStringLiteral("true")};
    QTest::newRow("option unknown") << QStringList{QStringLiteral("with"), QStringLiteral("--wish"),
                                                   QStringLiteral("--"), QStringLiteral("true")};
    QTest::newRow("spend by nothing")
        << QStringList{QStringLiteral("spend"), QStringLiteral("--by"), QStringLiteral("moon")};
    QTest::newRow("spend of no days")
        << QStringList{QStringLiteral("spend"), QStringLiteral("--days"), QStringLiteral("0")};
    QTest::newRow("spend of both") << QStringList{QStringLiteral("spend"), QStringLiteral("--days"),
                                                  QStringLiteral("2"), QStringLiteral("--today")};
}

void tst_with::usage()
{
    QFETCH(QStringList, arguments);
    Home home;
    const Ran ran = run(home, arguments);
    QCOMPARE(ran.code, 2);
    QVERIFY(!ran.err.isEmpty());
}

void tst_with::environment()
{
    Home home;
    Sim sim(home);
    home.write(config(sim.port));
    home.setVariable(QStringLiteral("HTTP_PROXY"), QStringLiteral("http://127.0.0.1:9"));
    home.setVariable(QStringLiteral("no_proxy"), QStringLiteral("example.org"));
    Daemon daemon(home);
    QVERIFY(daemon.start());
    const QStringList before = QDir(home.path(QString())).entryList();
    const Ran ran = run(home,
                        QStringList{QStringLiteral("with")} + home.places()
                            + QStringList{QStringLiteral("--"), QStringLiteral("sh"),
                                          QStringLiteral("-c"), QStringLiteral("env; cat")},
                        "through\n");
    QCOMPARE(ran.code, 0);
    QVERIFY(ran.out.endsWith("through\n")); // stdin and stdout are the command's own
    QHash<QByteArray, QByteArray> seen;
    for (const QByteArray &line : ran.out.split('\n'))
        seen.insert(line.left(line.indexOf('=')), line.mid(line.indexOf('=') + 1));
    const QByteArray base = "http://127.0.0.1:" + QByteArray::number(daemon.port());
    const QByteArray key = seen.value("SIGNALBOX_KEY");
    QVERIFY(key.startsWith("sbx-") && key != kKey);
    for (const char *name : {"OPENAI_API_KEY", "ANTHROPIC_AUTH_TOKEN", "GEMINI_API_KEY"})
        QCOMPARE(seen.value(name), key);
    QCOMPARE(seen.value("OPENAI_BASE_URL"), base + "/v1");
    QCOMPARE(seen.value("OPENAI_API_BASE"), base + "/v1");
    QCOMPARE(seen.value("ANTHROPIC_BASE_URL"), base);
    QCOMPARE(seen.value("GOOGLE_GEMINI_BASE_URL"), base);
    QVERIFY(seen.contains("ANTHROPIC_API_KEY") && seen.value("ANTHROPIC_API_KEY").isEmpty());
    QCOMPARE(seen.value("CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY"), QByteArray("1"));
    QCOMPARE(seen.value("no_proxy"), QByteArray("example.org,127.0.0.1,localhost,::1"));
    QVERIFY2(ran.err.contains("no request came through"), ran.err.constData());
    QCOMPARE(QDir(home.path(QString())).entryList(), before); // no file was made
}

void tst_with::exitCodes_data()
{
    QTest::addColumn<QStringList>("command");
    QTest::addColumn<int>("code");
    const auto sh = [](const char *script) {
        return QStringList{QStringLiteral("sh"), QStringLiteral("-c"), QString::fromLatin1(script)};
    };
    QTest::newRow("done") << sh("exit 0") << 0;
    QTest::newRow("its own") << sh("exit 37") << 37;
    QTest::newRow("a signal") << sh("kill -9 $$") << 137;
    QTest::newRow("not there") << QStringList{QStringLiteral("no-such-command-here")} << 127;
    QTest::newRow("not runnable") << QStringList{QStringLiteral("/etc/passwd")} << 126;
    QTest::newRow("options of its own")
        << QStringList{QStringLiteral("test"), QStringLiteral("--json"), QStringLiteral("="),
                       QStringLiteral("--json")}
        << 0;
}

void tst_with::exitCodes()
{
    QFETCH(QStringList, command);
    QFETCH(int, code);
    Home home;
    home.write(config(1));
    Daemon daemon(home);
    QVERIFY(daemon.start());
    const Ran ran = run(home,
                        QStringList{QStringLiteral("with")} + home.places()
                            + QStringList{QStringLiteral("--")} + command);
    QCOMPARE(ran.code, code);
}

void tst_with::forwardsSignals()
{
    Home home;
    home.write(config(1));
    Daemon daemon(home);
    QVERIFY(daemon.start());
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) {
        Run run(home, {}, "exit 0");
        QVERIFY(!run.key.isEmpty());
        ::kill(pid_t(run.pid()), number);
        QCOMPARE(run.wait(), 128 + number); // as the command ended
        QVERIFY2(run.err.contains("signalbox: sh-"), run.err.constData());
    }
}

// The client that Connect made for a tool is the one its runs belong to.
void tst_with::runsAsTheToolsOwnClient()
{
    Home home;
    Sim sim(home);
    QByteArray text = config(sim.port);
    const QByteArray own = "\"clients\":[{\"id\":\"claude-code\",\"secret\":\""
        + digest("sbx-test-key-of-claude-code") + "\",\"chains\":[\"*\"]},";
    text.replace("\"clients\":[", own);
    home.write(text);
    Daemon daemon(home);
    QVERIFY(daemon.start());
    const auto clientOf = [&](const QString &program, const QStringList &options = {}) {
        const QString path = home.path(program);
        if (!QFile::exists(path) && !QFile::link(QStringLiteral("/bin/sh"), path))
            return QByteArray("no link");
        Run run(home, options, "exit 0", path);
        const Reply made = post(run.port, run.key, "/v1/chat/completions", chatBody("c", false));
        const auto told = json::read(
            get(run.port, run.key, "/v1/generation?id=" + made.field("x-signalbox-id")).body);
        const json::Value *client = told ? told->find("client") : nullptr;
        return run.end() == 0 && client ? client->text() : QByteArray("no client");
    };
    QCOMPARE(clientOf(QStringLiteral("claude")), QByteArray("claude-code"));
    QCOMPARE(clientOf(QStringLiteral("codex")), QByteArray("default")); // has none of its own
    QCOMPARE(
        clientOf(QStringLiteral("claude"), {QStringLiteral("--client"), QStringLiteral("default")}),
        QByteArray("default"));
}

void tst_with::helpNamesTheCommand()
{
    Home home;
    for (const char *command : {"tail", "export", "with", "status", "spend", "serve", "check"}) {
        const QString name = QString::fromLatin1(command);
        const Ran ran = run(home, {name, QStringLiteral("--help")});
        QCOMPARE(ran.code, 0);
        const QByteArray usage = QByteArray("Usage: signalboxd ") + name.toUtf8();
        QVERIFY2(ran.out.startsWith(usage), ran.out.constData());
        QVERIFY(!ran.out.contains("executable_name"));
    }
}

void tst_with::receiptEqualsLedger()
{
    Home home;
    Sim sim(home);
    home.write(config(sim.port));
    Daemon daemon(home);
    QVERIFY(daemon.start());
    const QString file = home.path(QStringLiteral("receipt.json"));
    Run run(home, {QStringLiteral("--json"), file}, "exit 5");
    QCOMPARE(run.port, daemon.port());

    QList<QByteArray> ids;
    const auto note = [&](const Reply &reply, int status) {
        ids.append(reply.field("x-signalbox-id"));
        return reply.status == status;
    };
    QVERIFY(note(post(run.port, run.key, "/v1/chat/completions", chatBody("c", true)), 200));
    QVERIFY(note(post(run.port, run.key, "/v1/messages", messagesBody("c", true)), 200));
    QVERIFY(note(post(run.port, run.key, "/v1/messages", messagesBody("c", false)), 200));
    QVERIFY(note(post(run.port, run.key, "/v1/chat/completions", chatBody("over", false)), 200));
    QVERIFY(
        note(post(run.port, run.key, "/v1/chat/completions", chatBody("unknown/x", false)), 200));
    QVERIFY(note(post(run.port, run.key, "/v1/chat/completions", "{"), 400));
    // Another session of the same client is no part of it.
    QCOMPARE(post(run.port, kKey, "/v1/chat/completions", chatBody("c", false)).status, 200);

    // What the API tells of each of them.
    qint64 cost = 0;
    qint64 uncertain = 0;
    qint64 tokensIn = 0;
    qint64 tokensOut = 0;
    QString session;
    for (const QByteArray &id : std::as_const(ids)) {
        const Reply reply = get(run.port, run.key, "/v1/generation?id=" + id);
        QCOMPARE(reply.status, 200);
        const auto told = json::read(reply.body);
        QVERIFY(told);
        const json::Value *settlement = told->find("settlement");
        QVERIFY(settlement);
        cost += number(*settlement, "cost_nusd");
        uncertain += number(*settlement, "uncertain_nusd");
        const json::Value *usage = settlement->find("usage");
        tokensIn += number(*usage, "input") + number(*usage, "cache_read")
            + number(*usage, "cache_write") + number(*usage, "cache_write_1h")
            + number(*usage, "input_audio");
        tokensOut += number(*usage, "output") + number(*usage, "output_audio");
        session = told->find("ask")->find("session")->toString();
    }
    QVERIFY(session.startsWith(QStringLiteral("sh-")));
    QCOMPARE(run.end(), 5);

    const json::Value receipt = jsonFile(file);
    QCOMPARE(receipt.find("session")->toString(), session);
    QCOMPARE(number(receipt, "exit_code"), 5);
    QCOMPARE(number(receipt, "requests"), 6);
    QCOMPARE(number(receipt, "served"), 5);
    QCOMPARE(number(receipt, "refused"), 1);
    QCOMPARE(number(receipt, "failovers"), 1);
    QCOMPARE(number(receipt, "unpriced"), 1);
    QCOMPARE(number(receipt, "running"), 0);
    QCOMPARE(number(receipt, "cost_nusd"), cost);
    QCOMPARE(number(receipt, "uncertain_nusd"), uncertain);
    QCOMPARE(number(receipt, "prompt_tokens"), tokensIn);
    QCOMPARE(number(receipt, "output_tokens"), tokensOut);
    QVERIFY(cost > 0 && number(receipt, "longest_wait_us") > 0);
    const QByteArray words = "signalbox: " + session.toUtf8() + ": 6 requests, "
        + QByteArray(Money{cost}.dollars()) + " USD (1 unpriced, 1 refused), 1 failover, ";
    QVERIFY2(run.err.contains(words), run.err.constData());

    // What the history has under this session.
    const Ran exported
        = runHere(home, {QStringLiteral("export"), QStringLiteral("--session"), session});
    QCOMPARE(exported.code, 0);
    const QList<QByteArray> lines = exported.out.trimmed().split('\n');
    QCOMPARE(lines.size(), ids.size());
    qint64 stored = 0;
    for (const QByteArray &line : lines) {
        const auto exchange = json::read(line);
        QVERIFY(exchange && ids.contains(exchange->find("id")->text()));
        stored += number(*exchange->find("settlement"), "cost_nusd");
    }
    QCOMPARE(stored, cost);
}

void tst_with::keyEndsWithTheRun()
{
    Home home;
    Sim sim(home);
    home.write(config(sim.port));
    Daemon daemon(home);
    QVERIFY(daemon.start());
    const auto status = [&](const QByteArray &key) {
        return post(daemon.port(), key, "/v1/chat/completions", chatBody("c", false)).status;
    };
    Run first(home, {});
    Run second(home, {});
    QVERIFY(first.key != second.key);
    QCOMPARE(status(first.key), 200);
    QCOMPARE(first.end(), 0);
    QTRY_COMPARE_WITH_TIMEOUT(status(first.key), 401, 10'000);
    QCOMPARE(status(second.key), 200);
    second.kill(); // -9: nobody can say goodbye
    QTRY_COMPARE_WITH_TIMEOUT(status(second.key), 401, 10'000);
    QCOMPARE(status(kKey), 200);
}

void tst_with::chainIsForced()
{
    Home home;
    Sim sim(home);
    home.write(config(sim.port));
    Daemon daemon(home);
    QVERIFY(daemon.start());
    Run run(home, {QStringLiteral("--chain"), QStringLiteral("d")});
    const Reply reply
        = post(run.port, run.key, "/v1/chat/completions", chatBody("claude-whatever", false));
    QCOMPARE(reply.status, 200);
    QCOMPARE(reply.field("x-signalbox-served-by"), QByteArray("dear/m"));
    QCOMPARE(run.end(), 0);
    Run none(home, {QStringLiteral("--chain"), QStringLiteral("nowhere")});
    QCOMPARE(none.wait(), 1);
    QVERIFY2(none.err.contains("There is no chain \"nowhere\"."), none.err.constData());
}

void tst_with::capOfTheRun()
{
    Home home;
    Sim sim(home);
    home.write(config(sim.port));
    Daemon daemon(home);
    QVERIFY(daemon.start());
    Run run(home,
            {QStringLiteral("--chain"), QStringLiteral("d"), QStringLiteral("--cap"),
             QStringLiteral("0.05")});
    const auto ask = [&](const QByteArray &key) {
        return post(daemon.port(), key, "/v1/messages", messagesBody("d", false));
    };
    Reply reply;
    int served = 0;
    while (served < 500 && (reply = ask(run.key)).status == 200)
        ++served;
    QVERIFY(served > 0);
    QCOMPARE(reply.status, 402);
    QCOMPARE(reply.field("x-should-retry"), QByteArray("false"));
    QVERIFY2(reply.body.contains("0.05 USD for this run"), reply.body.constData());
    QVERIFY2(reply.body.contains("billing_error"), reply.body.constData());
    QCOMPARE(ask(kKey).status, 200); // nobody else is touched
    const Ran status = runHere(home, {QStringLiteral("status")});
    QVERIFY2(status.out.contains("of 0.05 USD spent"), status.out.constData());
    QCOMPARE(run.end(), 0);
    QVERIFY2(run.err.contains("1 refused"), run.err.constData());
    QTRY_VERIFY(!runHere(home, {QStringLiteral("status")}).out.contains("cap "));
}

// Some served, some under way: a kill, a restart, and the cap stands where the ledger does.
void tst_with::spendAndCapsAfterAKill()
{
    Home home;
    Sim quick(home);
    QFile script(home.path(QStringLiteral("slow.json")));
    QVERIFY(script.open(QFile::WriteOnly));
    script.write("[{\"at_s\":0,\"fault\":\"slow_first_token\",\"ms\":60000}]");
    script.close();
    Sim slow(home, script.fileName());
    const QByteArray budgets
        = ",\"budgets\":[{\"id\":\"daily\",\"scope\":\"all\",\"window\":\"day\",\"cap\":\"0.50\"},"
          "{\"id\":\"mine\",\"scope\":\"client:default\",\"window\":\"month\",\"cap\":\"0.60\"}]";
    home.write(config(quick.port, budgets, slow.port));
    auto daemon = std::make_unique<Daemon>(home);
    QVERIFY(daemon->start());
    for (int i = 0; i < 5; ++i)
        QCOMPARE(post(daemon->port(), kKey, "/v1/messages", messagesBody("c", false)).status, 200);
    const auto status = [&] {
        const Ran ran = runHere(home, {QStringLiteral("status"), QStringLiteral("--json")});
        const auto value = json::read(ran.out);
        return value ? value->find("budgets")->items() : QList<json::Value>();
    };
    const auto spend = [&] {
        const Ran ran = runHere(home,
                                {QStringLiteral("spend"), QStringLiteral("--json"),
                                 QStringLiteral("--by"), QStringLiteral("client")});
        const auto value = json::read(ran.out);
        return value ? *value : json::Value();
    };
    const auto sum = [](const json::Value &spent) {
        const json::Value *total = spent.find("total");
        return total ? number(*total, "cost_nusd") + number(*total, "uncertain_nusd") : -1;
    };
    const qint64 before = number(status().value(0), "spent_nusd");
    QVERIFY(before > 0);
    QCOMPARE(sum(spend()), before); // of the running gateway
    QCOMPARE(number(status().value(1), "spent_nusd"), before);

    std::vector<std::unique_ptr<Call>> calls;
    for (int i = 0; i < 4; ++i) {
        calls.push_back(std::make_unique<Call>(daemon->port(), kKey));
        calls.back()->post("/v1/messages", messagesBody("d", true));
    }
    qint64 held = 0;
    const auto inFlight = [&] {
        const auto value
            = json::read(runHere(home, {QStringLiteral("status"), QStringLiteral("--json")}).out);
        return value ? number(*value->find("totals"), "in_flight") : -1;
    };
    QTRY_COMPARE_WITH_TIMEOUT(inFlight(), 4, 20'000);
    held = number(status().value(0), "reserved_nusd");
    QVERIFY(held > 0);
    daemon->kill();
    calls.clear();

    // Without a gateway the files tell, the journal of the killed one included.
    const qint64 after = sum(spend());
    QCOMPARE(after, before + held); // what was out counts for all that it was allowed to cost
    daemon = std::make_unique<Daemon>(home);
    QVERIFY(daemon->start());
    const QList<json::Value> caps = status();
    QCOMPARE(number(caps.value(0), "spent_nusd"), after);
    QCOMPARE(number(caps.value(1), "spent_nusd"), after);
    QCOMPARE(number(caps.value(0), "reserved_nusd"), 0);
    QVERIFY(after <= 500'000'000);
    QCOMPARE(spend().find("rows")->items().first().find("key")->toString(),
             QStringLiteral("default"));
    const Ran text
        = runHere(home,
                  {QStringLiteral("spend"), QStringLiteral("--days"), QStringLiteral("7"),
                   QStringLiteral("--by"), QStringLiteral("provider")});
    QCOMPARE(text.code, 0);
    QVERIFY2(text.out.contains("paid") && text.out.contains("total"), text.out.constData());
}

QTEST_GUILESS_MAIN(tst_with)
#include "tst_with.moc"
