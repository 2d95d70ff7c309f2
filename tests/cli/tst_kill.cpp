// `kill -9` under load: every answer that a client finished reading has its settlement afterwards,
// the files are sound, and the next start is quick. [robustness §9, §11 Kill]
#include "daemon_kit.h"

#include "base/random.h"
#include "store/samples.h"
#include "store/store.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSqlDatabase>
#include <QSqlError>
#include <QSqlQuery>

#include <signal.h>

using namespace sb;
using namespace sb::cli_kit;

namespace {
const QByteArray kKey = "sbx-kill-test-key-0001";

// A client that asks again as soon as it has its answer, until the gateway is gone.
class Asker : public QObject {
    Q_OBJECT
public:
    Asker(quint16 port, bool isStream, bool isAnthropic, QObject *parent)
        : QObject(parent)
        , m_port(port)
        , m_isStream(isStream)
        , m_isAnthropic(isAnthropic)
    {
        next();
    }
    const QList<QByteArray> &read() const { return m_read; }
    int errors() const { return m_errors; }

private:
    void next()
    {
        auto *call = new Call(m_port, kKey, this);
        connect(call, &Call::done, this, [this, call] {
            call->deleteLater();
            const Reply &reply = call->reply();
            if (!reply.isWhole)
                return; // the gateway died: this one promises nothing
            m_read.append(reply.field("x-signalbox-id"));
            if (reply.status != 200)
                ++m_errors;
            QMetaObject::invokeMethod(this, &Asker::next, Qt::QueuedConnection);
        });
        if (m_isAnthropic)
            call->post("/v1/messages", messagesBody("c", m_isStream));
        else
            call->post("/v1/chat/completions", chatBody("c", m_isStream));
    }

    quint16 m_port;
    bool m_isStream;
    bool m_isAnthropic;
    QList<QByteArray> m_read;
    int m_errors = 0;
};

QByteArray configText(const Home &home)
{
    const auto script = [&home](const QString &name, const QByteArray &text) {
        QFile file(home.path(name));
        if (!file.open(QIODevice::WriteOnly))
            qFatal("cannot write a script");
        file.write(text);
        return file.fileName().toUtf8();
    };
    const QByteArray failing = script(
        QStringLiteral("failing.json"),
        R"({"first_token_ms":4,"per_token_ms":1,"tokens":12,"steps":[{"at_s":0,)"
        R"("faults":[{"fault":"status","status":500,"share":0.3},)"
        R"({"fault":"reset","share":0.1},{"fault":"cut_fin","after_events":6,"share":0.1}]}]})");
    const QByteArray steady
        = script(QStringLiteral("steady.json"),
                 R"({"first_token_ms":3,"per_token_ms":1,"tokens":20,"steps":[]})");
    return R"({"version":1,"listen":[{"host":"127.0.0.1","port":0}],"providers":[)"
           "{\"id\":\"a\",\"from\":\"sim\",\"script\":\""
        + failing + R"("},{"id":"b","from":"sim","script":")" + steady
        + "\"}],\"chains\":[{\"id\":\"c\",\"targets\":[{\"provider\":\"a\",\"model\":\"m\"},"
          R"({"provider":"b","model":"m"}]}],"routing":{"trip_after":100},)"
          "\"clients\":[{\"id\":\"tester\",\"secret\":\""
        + digest(kKey) + "\",\"chains\":[\"*\"],\"default_chain\":\"c\"}]}";
}

// As the killed process left them: a copy is opened, so that nothing is repaired for the next
// start.
void checkFiles(const Home &home)
{
    QTemporaryDir copies;
    const QDir data(home.data());
    for (const QString &name : {QStringLiteral("ledger.db"), QStringLiteral("history.db")}) {
        QVERIFY2(data.exists(name), qPrintable(name));
        for (const QString &file : {name, QString(name + QStringLiteral("-wal"))}) {
            if (data.exists(file))
                QVERIFY(QFile::copy(data.filePath(file), copies.filePath(file)));
        }
        {
            QSqlDatabase db
                = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), QStringLiteral("look"));
            db.setDatabaseName(copies.filePath(name));
            QVERIFY2(db.open(), qPrintable(db.lastError().text()));
            QSqlQuery query(db);
            QVERIFY2(query.exec(QStringLiteral("PRAGMA integrity_check")),
                     qPrintable(query.lastError().text()));
            QVERIFY(query.next());
            QCOMPARE(query.value(0).toString(), QStringLiteral("ok"));
        }
        QSqlDatabase::removeDatabase(QStringLiteral("look"));
    }
}

// Each of them, as the restarted gateway tells it.
void checkSettled(quint16 port, const QList<QByteArray> &ids)
{
    constexpr int kAtOnce = 16;
    for (qsizetype from = 0; from < ids.size(); from += kAtOnce) {
        const QList<QByteArray> part = ids.mid(from, kAtOnce);
        std::vector<std::unique_ptr<Call>> calls;
        for (const QByteArray &id : part) {
            calls.push_back(std::make_unique<Call>(port, kKey));
            calls.back()->get("/v1/generation?id=" + id);
        }
        for (qsizetype i = 0; i < part.size(); ++i) {
            QVERIFY(calls[size_t(i)]->wait());
            const Reply &reply = calls[size_t(i)]->reply();
            QVERIFY2(reply.status == 200,
                     QByteArray("no settlement for " + part[i] + ": " + reply.head + reply.body)
                         .constData());
            const QJsonObject record = QJsonDocument::fromJson(reply.body).object();
            QCOMPARE(record.value(QStringLiteral("phase")).toString(), QStringLiteral("settled"));
            const QJsonObject outcome = record.value(QStringLiteral("outcome")).toObject();
            QVERIFY2(outcome.value(QStringLiteral("kind")).toString() != QStringLiteral("running"),
                     reply.body.constData());
            for (const auto attempt : record.value(QStringLiteral("attempts")).toArray())
                QVERIFY(attempt.toObject().value(QStringLiteral("outcome")).toString()
                        != QStringLiteral("interrupted"));
        }
    }
}
} // namespace

class tst_kill : public QObject {
    Q_OBJECT
private slots:
    void underLoad();
    void withAHundredThousandStored();

private:
    // Load, kill, look at the files, start again, ask for everything that was read.
    void round(Home &home, Daemon &daemon, SeededRandom &random, qint64 &read, int &errors);
};

void tst_kill::round(Home &home, Daemon &daemon, SeededRandom &random, qint64 &read, int &errors)
{
    QList<QByteArray> ids;
    {
        QObject askers;
        QList<Asker *> all;
        for (int i = 0; i < 12; ++i)
            all.append(new Asker(daemon.port(), i % 2 == 0, i % 4 > 1, &askers));
        const int ms = 60 + int(random.below(700));
        QElapsedTimer watch;
        watch.start();
        // At least one answer, else the round shows nothing.
        QVERIFY(QTest::qWaitFor(
            [&] {
                return watch.elapsed() >= ms
                    && std::any_of(all.cbegin(), all.cend(),
                                   [](const Asker *asker) { return !asker->read().isEmpty(); });
            },
            30'000));
        daemon.kill();
        // What the kernel has of an answer still counts as sent: the clients read on to the end.
        QTest::qWait(20);
        for (const Asker *asker : all) {
            ids += asker->read();
            errors += asker->errors();
        }
    }
    read += ids.size();
    checkFiles(home);
    if (QTest::currentTestFailed())
        return;
    QVERIFY2(daemon.start(), daemon.err().constData());
    QVERIFY2(daemon.startMs() < 2'000,
             qPrintable(QStringLiteral("ready after %1 ms").arg(daemon.startMs())));
    checkSettled(daemon.port(), ids);
}

void tst_kill::underLoad()
{
    const bool isLong = qEnvironmentVariableIntValue("SIGNALBOX_LONG") > 0;
    const int rounds = isLong ? 200 : 20;
    const quint64 seed = qEnvironmentVariableIsSet("SIGNALBOX_SEED")
        ? qEnvironmentVariable("SIGNALBOX_SEED").toULongLong()
        : SystemRandom().next();
    qInfo("seed %llu", static_cast<unsigned long long>(seed));
    SeededRandom random(seed);
    Home home;
    home.write(configText(home));
    Daemon daemon(home);
    QVERIFY2(daemon.start(), daemon.err().constData());
    qint64 read = 0;
    qint64 slowest = 0;
    int errors = 0;
    for (int i = 0; i < rounds; ++i) {
        round(home, daemon, random, read, errors);
        if (QTest::currentTestFailed()) {
            qWarning("in round %d of seed %llu", i, static_cast<unsigned long long>(seed));
            return;
        }
        slowest = std::max(slowest, daemon.startMs());
    }
    daemon.signal(SIGTERM);
    QVERIFY(daemon.waitEnd());
    // The export, made from the files, has every one of them at most once.
    const Ran exported = runHere(home, {QStringLiteral("export")});
    QCOMPARE(exported.code, 0);
    QSet<QByteArray> seen;
    for (const QByteArray &line : exported.out.split('\n')) {
        if (line.isEmpty())
            continue;
        const QJsonObject record = QJsonDocument::fromJson(line).object();
        QVERIFY2(!record.isEmpty(), line.constData());
        const QByteArray id = record.value(QStringLiteral("id")).toString().toLatin1();
        QVERIFY2(!seen.contains(id), id.constData());
        seen.insert(id);
    }
    QVERIFY(seen.size() >= read);
    qInfo("%d kills, %lld answers read (%d of them errors), %lld records, slowest start %lld ms",
          rounds, static_cast<long long>(read), errors, static_cast<long long>(seen.size()),
          static_cast<long long>(slowest));
}

void tst_kill::withAHundredThousandStored()
{
    constexpr int kStored = 100'000;
    Home home;
    home.write(configText(home));
    SeededRandom random(11);
    {
        store::Options options;
        options.dataDir = home.data();
        QVERIFY(QDir().mkpath(home.data()));
        auto opened = store::Store::open(options);
        QVERIFY2(opened, qPrintable(opened ? QString() : opened.error().detail));
        const qint64 wallMs = QDateTime::currentMSecsSinceEpoch() - 3'600'000;
        for (int i = 0; i < kStored; ++i) {
            opened->first->record(std::make_shared<const Exchange>(
                store::samples::ordinary(wallMs + i * 10, random)));
            if (i % 1'000 == 999)
                QVERIFY(opened->first->flush().result());
        }
        QCOMPARE(opened->first->dropped(), quint64(0));
    }
    Daemon daemon(home);
    QVERIFY2(daemon.start(), daemon.err().constData());
    qint64 read = 0;
    int errors = 0;
    for (int i = 0; i < 3; ++i) {
        round(home, daemon, random, read, errors);
        if (QTest::currentTestFailed())
            return;
        qInfo("ready after %lld ms", static_cast<long long>(daemon.startMs()));
    }
    QVERIFY(read > 0);
}

QTEST_GUILESS_MAIN(tst_kill)
#include "tst_kill.moc"
