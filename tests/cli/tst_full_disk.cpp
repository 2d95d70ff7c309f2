// A gateway whose disk has no room left: it answers everybody, says so, and has booked all of it
// when there is room again. The disk is 1 MiB, in a mount namespace of this test. [robustness §9]
#include "daemon_kit.h"

#include "store/database.h"

#include "base/exchange_id.h"

#include <QDir>
#include <QFile>

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <unistd.h>

using namespace sb;
using namespace sb::cli_kit;

namespace {
const QByteArray kKey = "sbx-full-disk-key-0001";
const char *g_whyNot = nullptr;

bool writeOnce(const char *path, const QByteArray &text)
{
    const int file = ::open(path, O_WRONLY | O_CLOEXEC);
    const bool isDone = file >= 0 && ::write(file, text.constData(), size_t(text.size())) > 0;
    if (file >= 0)
        ::close(file);
    return isDone;
}

// Mounts made from here on are seen by this process and its children only. Before any thread.
const char *isolate()
{
    const auto uid = QByteArray::number(::getuid());
    const auto gid = QByteArray::number(::getgid());
    if (::unshare(CLONE_NEWNS) != 0) {
        if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
            return ::strerror(errno);
        (void)writeOnce("/proc/self/setgroups", "deny");
        if (!writeOnce("/proc/self/uid_map", "0 " + uid + " 1")
            || !writeOnce("/proc/self/gid_map", "0 " + gid + " 1"))
            return ::strerror(errno);
    }
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
        return ::strerror(errno);
    return nullptr;
}

QByteArray configText(const Home &home)
{
    QFile script(home.path(QStringLiteral("steady.json")));
    if (!script.open(QIODevice::WriteOnly))
        qFatal("cannot write a script");
    script.write(R"({"first_token_ms":1,"per_token_ms":0,"tokens":8,"steps":[]})");
    return R"({"version":1,"listen":[{"host":"127.0.0.1","port":0}],"providers":[)"
           "{\"id\":\"a\",\"from\":\"sim\",\"script\":\""
        + script.fileName().toUtf8()
        + "\"}],\"chains\":[{\"id\":\"c\",\"targets\":[{\"provider\":\"a\",\"model\":\"m\"}]}],"
          "\"clients\":[{\"id\":\"tester\",\"secret\":\""
        + digest(kKey) + "\",\"chains\":[\"*\"],\"default_chain\":\"c\"}]}";
}
} // namespace

class tst_full_disk : public QObject {
    Q_OBJECT
private slots:
    void serves();
};

void tst_full_disk::serves()
{
    if (g_whyNot)
        QSKIP(qPrintable(
            QStringLiteral("no file system of its own: %1").arg(QString::fromLocal8Bit(g_whyNot))));
    Home home;
    home.write(configText(home));
    QVERIFY(QDir().mkpath(home.data()));
    const QByteArray place = QFile::encodeName(home.data());
    if (::mount("tmpfs", place.constData(), "tmpfs", 0, "size=1m,mode=0700") != 0)
        QSKIP(qPrintable(QStringLiteral("no small file system: %1").arg(qt_error_string())));

    Daemon daemon(home);
    QVERIFY2(daemon.start(), daemon.err().constData());
    QList<QByteArray> ids;
    const auto ask = [&](int count) {
        for (int i = 0; i < count; ++i) {
            const Reply reply
                = post(daemon.port(), kKey, "/v1/chat/completions", chatBody("c", i % 2));
            QVERIFY2(reply.isWhole && reply.status == 200,
                     QByteArray(reply.head + reply.body).constData());
            ids << reply.field("x-signalbox-id");
        }
    };
    const auto told = [&] {
        const Ran status = runHere(home, {QStringLiteral("status")});
        return status.code == 0 && status.out.contains("notice disk_full");
    };
    ask(20);
    if (QTest::currentTestFailed())
        return;
    QVERIFY(!told());
    // Somebody else takes what is left.
    QFile filler(home.data() + QStringLiteral("/filler"));
    QVERIFY(filler.open(QIODevice::WriteOnly | QIODevice::Unbuffered));
    const QByteArray block(1024, 'x');
    while (filler.write(block) == block.size())
        ;
    ask(150);
    if (QTest::currentTestFailed())
        return;
    QVERIFY(QTest::qWaitFor(told, 30'000));
    ask(10);
    if (QTest::currentTestFailed())
        return;

    // Room again.
    filler.close();
    QVERIFY(filler.remove());
    QVERIFY(::mount("tmpfs", place.constData(), "tmpfs", MS_REMOUNT, "size=64m,mode=0700") == 0);
    QVERIFY(QTest::qWaitFor([&] { return !told(); }, 30'000));
    ask(10);
    if (QTest::currentTestFailed())
        return;
    daemon.signal(SIGTERM);
    QVERIFY(daemon.waitEnd());
    QCOMPARE(daemon.exitCode(), 0);

    // Each answer is booked, once.
    {
        store::Database ledger;
        QVERIFY(ledger.open(home.data() + QStringLiteral("/ledger.db"),
                            store::Database::Mode::ReadOnly));
        auto query
            = ledger.prepare(QStringLiteral("SELECT count(*) FROM settlements WHERE exchange = ?"));
        QVERIFY(query);
        for (const QByteArray &text : std::as_const(ids)) {
            const auto id = ExchangeId::parse(text);
            QVERIFY2(id, text.constData());
            query->bindValue(
                0,
                QByteArray::fromHex(QByteArray::number(id->high, 16).rightJustified(16, '0')
                                    + QByteArray::number(id->low, 16).rightJustified(16, '0')));
            QVERIFY(query->exec() && query->next());
            QCOMPARE(query->value(0).toInt(), 1);
            query->finish();
        }
        query->clear();
        QCOMPARE(ledger.number(QStringLiteral("SELECT sum(exchanges) FROM quarters")).value_or(-1),
                 ids.size());
    }
    QVERIFY(::umount2(place.constData(), MNT_DETACH) == 0);
}

int main(int argc, char **argv)
{
    g_whyNot = isolate();
    QCoreApplication app(argc, argv);
    tst_full_disk test;
    QTEST_SET_MAIN_SOURCE_PATH
    return QTest::qExec(&test, argc, argv);
}
#include "tst_full_disk.moc"
