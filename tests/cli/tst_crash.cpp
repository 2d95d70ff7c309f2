// `kill -9` while somebody steers: the process that holds window and engine ends in the middle of
// holds, drills and switches, other clients having noticed nothing; the next start knows none of
// them but what is configuration. [console §3.1]
#include "daemon_kit.h"

#include "engine/board_control.h"
#include "engine/engine.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSocketNotifier>
#include <QTimer>

#include <cstdio>
#include <functional>
#include <unistd.h>

using namespace sb;
using namespace sb::cli_kit;

namespace {

const QByteArray kSteered = "sbx-crash-test-key-steered";
const QByteArray kOther = "sbx-crash-test-key-other-1";
const ProviderId kFirst(QStringLiteral("a"));
const ProviderId kSpare(QStringLiteral("e"));
const ChainId kChain(QStringLiteral("c"));
constexpr int kRequests = 1'000;
constexpr int kLanes = 16;
constexpr Millis kSteerEvery{30};

void say(const QByteArray &line)
{
    fwrite(line.constData(), 1, size_t(line.size()), stdout);
    fputc('\n', stdout);
    fflush(stdout);
}

// The steered process: an engine as the window holds it, and hands that never rest until told.
class Steerer : public QObject {
    Q_OBJECT
public:
    explicit Steerer(const QString &folder)
        : m_engine({folder + QStringLiteral("/config.json"), folder + QStringLiteral("/data"),
                    config::Listener{QStringLiteral("127.0.0.1"), 0, {}}, true})
        , m_input(STDIN_FILENO, QSocketNotifier::Read)
    {
        connect(&m_input, &QSocketNotifier::activated, this, [this] {
            char word = 0;
            if (::read(STDIN_FILENO, &word, 1) != 1)
                return m_input.setEnabled(false);
            if (word == 'g')
                m_steer.start(kSteerEvery);
            else
                comeToRest();
        });
        connect(&m_steer, &QTimer::timeout, this, &Steerer::steer);
        m_engine.start().then(this, [](const Result<engine::Started> &started) {
            if (!started)
                qFatal("%s", qPrintable(started.error().detail));
            say("port " + started->addresses.first().section(u':', -1).toLatin1());
        });
    }

private:
    engine::BoardControl &control() { return m_engine.control(); }
    static engine::DrillAsk drill()
    {
        engine::DrillAsk ask;
        ask.provider = kFirst;
        ask.client = ClientId(QStringLiteral("steered"));
        ask.faultJson = R"({"fault":"status","status":500})";
        return ask;
    }
    void steer()
    {
        switch (m_step++ % 6) {
        case 0:
            control().hold(kChain, 2, Millis(0));
            break;
        case 1:
            control().startDrill(drill());
            break;
        case 2:
            control().setProviderOff(kSpare, true);
            break;
        case 3:
            control().probeNow(kFirst);
            control().release(kChain);
            break;
        case 4:
            control().clearDrills();
            break;
        default:
            control().setProviderOff(kSpare, false);
        }
    }
    // Everything in force at once.
    void comeToRest()
    {
        m_steer.stop();
        control().setProviderOff(kSpare, true);
        control().hold(kChain, 2, Millis(0));
        control().startDrill(drill()).then(this, [this](const Result<quint32> &id) {
            say(id ? QByteArray("steered " + QByteArray::number(m_step))
                   : id.error().code.toLatin1());
        });
    }

    engine::Engine m_engine;
    QSocketNotifier m_input;
    QTimer m_steer;
    int m_step = 0;
};

// The steered process, seen from the test.
class Process : public QObject {
    Q_OBJECT
public:
    explicit Process(const Home &home)
    {
        m_process.setProcessEnvironment(home.environment());
        m_process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        connect(&m_process, &QProcess::readyReadStandardOutput, this,
                [this] { m_said += m_process.readAllStandardOutput(); });
        m_process.start(QCoreApplication::applicationFilePath(),
                        {QStringLiteral("--steered"), home.path(QString())});
    }
    ~Process() override { kill(); }
    // What followed the word, once the line is whole; empty when it never came.
    QByteArray word(const QByteArray &word)
    {
        const QByteArray begin = word + ' ';
        const auto found = [&]() -> QByteArray {
            const qsizetype at = m_said.indexOf(begin);
            const qsizetype end = at < 0 ? -1 : m_said.indexOf('\n', at);
            return end < 0 ? QByteArray() : m_said.mid(at + begin.size(), end - at - begin.size());
        };
        if (!QTest::qWaitFor([&] { return !found().isEmpty(); }, 30'000))
            qWarning("it said: %s", m_said.constData());
        return found();
    }
    void tell(char what) { m_process.write(&what, 1); }
    void kill()
    {
        m_process.kill();
        m_process.waitForFinished();
    }

private:
    QProcess m_process;
    QByteArray m_said;
};

QByteArray configText()
{
    const QByteArray targets = R"([{"provider":"a","model":"m"},{"provider":"b","model":"m"}])";
    const auto client
        = [](const QByteArray &id, const QByteArray &key, const QByteArray &chain) -> QByteArray {
        return "{\"id\":\"" + id + "\",\"secret\":\"" + digest(key)
            + R"(","chains":["*"],"default_chain":")" + chain + "\"}";
    };
    return R"({"version":1,"listen":[{"host":"127.0.0.1","port":0}],"providers":[)"
           R"({"id":"a","from":"sim","script":"quick"},{"id":"b","from":"sim","script":"quick"},)"
           R"({"id":"e","from":"sim","script":"quick"}],"chains":[{"id":"c","targets":)"
        + targets + R"(},{"id":"d","targets":)" + targets + "}],\"clients\":["
        + client("steered", kSteered, "c") + ',' + client("other", kOther, "d") + "]}";
}

QByteArray servedBy(quint16 port, const QByteArray &key, const QByteArray &chain)
{
    return post(port, key, "/v1/chat/completions", chatBody(chain, false))
        .field("x-signalbox-served-by");
}

} // namespace

class tst_crash : public QObject {
    Q_OBJECT
private slots:
    void windowAndEngineInOne();
    void signalboxd();

private:
    // 1,000 requests of the client that nobody steers.
    void untouched(quint16 port);
    void atStart(const Home &home, Daemon &daemon, bool isSpareOff);
};

void tst_crash::untouched(quint16 port)
{
    int begun = 0;
    int done = 0;
    QStringList odd;
    QObject calls;
    std::function<void()> next = [&] {
        if (begun == kRequests)
            return;
        const bool isStream = begun++ % 2 == 0;
        if (begun % 10 == 0) {
            // The steered client meets what it meets, at the same targets.
            auto *steered = new Call(port, kSteered, &calls);
            connect(steered, &Call::done, steered, &QObject::deleteLater);
            steered->post("/v1/chat/completions", chatBody("c", isStream));
        }
        auto *call = new Call(port, kOther, &calls);
        connect(call, &Call::done, &calls, [&, call] {
            const Reply &reply = call->reply();
            ++done;
            if (reply.status != 200 || !reply.isWhole
                || reply.field("x-signalbox-served-by") != "a/m"
                || reply.field("x-signalbox-attempts") != "1")
                odd.append(
                    QString::fromLatin1(QByteArray(reply.head + '\n' + reply.body.left(300))));
            call->deleteLater();
            QTimer::singleShot(0, &calls, next);
        });
        call->post("/v1/chat/completions", chatBody("d", isStream));
    };
    for (int i = 0; i < kLanes; ++i)
        next();
    QVERIFY(QTest::qWaitFor([&] { return done == kRequests; }, 120'000));
    QVERIFY2(odd.isEmpty(),
             qPrintable(QStringLiteral("%1 of them: %2").arg(odd.size()).arg(odd.value(0))));
}

// Nothing steers the new process, but for the switch, which is configuration like any other.
void tst_crash::atStart(const Home &home, Daemon &daemon, bool isSpareOff)
{
    QVERIFY2(daemon.start(), daemon.err().constData());
    const Ran ran = runHere(home, {QStringLiteral("status"), QStringLiteral("--json")});
    QCOMPARE(ran.code, 0);
    const QJsonObject status = QJsonDocument::fromJson(ran.out).object();
    QCOMPARE(status.value(QStringLiteral("state")).toString(), QStringLiteral("running"));
    QVERIFY(status.contains(QStringLiteral("chains")));
    QVERIFY(status.value(QStringLiteral("drills")).toArray().isEmpty());
    for (const auto chain : status.value(QStringLiteral("chains")).toArray())
        QVERIFY(!chain.toObject().contains(QStringLiteral("held_rank")));
    for (const auto provider : status.value(QStringLiteral("providers")).toArray()) {
        const QJsonObject object = provider.toObject();
        QCOMPARE(object.value(QStringLiteral("state")).toString() == QStringLiteral("off"),
                 isSpareOff && object.value(QStringLiteral("id")).toString() == kSpare.text());
    }
    QCOMPARE(servedBy(daemon.port(), kSteered, "c"), QByteArray("a/m"));
    QCOMPARE(servedBy(daemon.port(), kOther, "d"), QByteArray("a/m"));
}

void tst_crash::windowAndEngineInOne()
{
    Home home;
    home.write(configText());
    {
        Process window(home);
        const quint16 port = window.word("port").toUShort();
        QVERIFY(port != 0);
        QCOMPARE(servedBy(port, kSteered, "c"), QByteArray("a/m"));
        window.tell('g');
        untouched(port);
        if (QTest::currentTestFailed())
            return;
        window.tell('r');
        const QByteArray steps = window.word("steered");
        QVERIFY(steps.toInt() > 6); // each command at least once while the thousand ran
        QCOMPARE(servedBy(port, kSteered, "c"), QByteArray("b/m"));
        QCOMPARE(servedBy(port, kOther, "d"), QByteArray("a/m"));
        window.kill();
    }
    Daemon daemon(home);
    atStart(home, daemon, true);
}

void tst_crash::signalboxd()
{
    Home home;
    home.write(configText());
    Daemon daemon(home);
    QVERIFY2(daemon.start(), daemon.err().constData());
    untouched(daemon.port());
    if (QTest::currentTestFailed())
        return;
    daemon.kill();
    atStart(home, daemon, false);
}

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    if (argc == 3 && qstrcmp(argv[1], "--steered") == 0) {
        Steerer steerer(QString::fromLocal8Bit(argv[2]));
        return app.exec();
    }
    tst_crash test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_crash.moc"
