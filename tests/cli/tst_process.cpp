// What the process does with what the system gives it: few descriptors, memory that must not be
// dumped, files that are nobody else's. [robustness §6, §8, §11]
#include "cli/process.h"
#include "daemon_kit.h"

#include <QDirIterator>
#include <QFile>
#include <QFileInfo>

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace sb::cli_kit;

namespace {
const QByteArray kKey = "sbx-process-test-key-0001";

QByteArray configText()
{
    return R"({"version":1,"listen":[{"host":"127.0.0.1","port":0}],"providers":[)"
           R"({"id":"b","from":"sim","script":"quick"}],)"
           R"("chains":[{"id":"c","targets":[{"provider":"b","model":"m"}]}],)"
           R"("clients":[{"id":"tester","secret":")"
        + digest(kKey) + "\",\"chains\":[\"*\"],\"default_chain\":\"c\"}]}";
}

int asked(const Daemon &daemon)
{
    return post(daemon.port(), kKey, "/v1/chat/completions", chatBody("c", false)).status;
}

QByteArray procFile(const Daemon &daemon, const char *name)
{
    QFile file(QStringLiteral("/proc/%1/").arg(daemon.pid()) + QString::fromLatin1(name));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

// User and system time of all its threads, in clock ticks.
qint64 ticks(const Daemon &daemon)
{
    const QByteArray stat = procFile(daemon, "stat");
    const QByteArrayList fields = stat.mid(stat.lastIndexOf(')') + 2).split(' ');
    return fields.value(11).toLongLong() + fields.value(12).toLongLong();
}
} // namespace

class tst_process : public QObject {
    Q_OBJECT
private slots:
    void fewDescriptors();
    void memoryStaysHere();
    void coresAreOff();
    void filesAreClosedToOthers();
    void secretsAreNotInTheProcessList();
};

// 64 descriptors in all: 200 connect, it neither ends nor spins, and serves once they have gone.
void tst_process::fewDescriptors()
{
    Home home;
    home.write(configText());
    Daemon daemon(home);
    daemon.setBefore([] {
        const rlimit few{64, 64};
        setrlimit(RLIMIT_NOFILE, &few);
    });
    QVERIFY2(daemon.start(), daemon.err().constData());
    for (int round = 0; round < 2; ++round) {
        {
            std::vector<std::unique_ptr<QTcpSocket>> crowd;
            for (int i = 0; i < 200; ++i) {
                crowd.push_back(std::make_unique<QTcpSocket>());
                crowd.back()->connectToHost(QHostAddress::LocalHost, daemon.port());
            }
            for (const auto &socket : crowd)
                socket->waitForConnected(5'000);
            const qint64 before = ticks(daemon);
            QVERIFY(!procFile(daemon, "stat").isEmpty());
            QTest::qWait(1'000);
            const qint64 used = (ticks(daemon) - before) * 1'000 / sysconf(_SC_CLK_TCK);
            QVERIFY2(used < 600, qPrintable(QString::number(used)));
            QVERIFY2(daemon.isRunning(), daemon.err().constData());
            for (const auto &socket : crowd)
                socket->abort();
        }
        QTRY_COMPARE_WITH_TIMEOUT(asked(daemon), 200, 20'000);
    }
    // Some were kept free for providers, files and lookups.
    QVERIFY2(!daemon.err().contains("Too many open files"), daemon.err().constData());
    daemon.signal(SIGTERM);
    QVERIFY(daemon.waitEnd());
    QCOMPARE(daemon.exitCode(), 0);
}

// Nobody but root may attach to it or read its memory. In a child: a process that forbids this
// forbids it to the leak sanitizer too.
void tst_process::memoryStaysHere()
{
    const pid_t child = ::fork();
    QVERIFY(child >= 0);
    if (child == 0) {
        sb::cli::prepareProcess();
        ::_exit(::prctl(PR_GET_DUMPABLE) == 0 ? 0 : 1);
    }
    int status = -1;
    QCOMPARE(::waitpid(child, &status, 0), child);
    QVERIFY(WIFEXITED(status));
    QCOMPARE(WEXITSTATUS(status), 0);
}

void tst_process::coresAreOff()
{
    Home home;
    home.write(configText());
    Daemon daemon(home);
    daemon.setBefore([] {
        rlimit core{};
        getrlimit(RLIMIT_CORE, &core);
        core.rlim_cur = core.rlim_max; // as wide as it gets
        setrlimit(RLIMIT_CORE, &core);
    });
    QVERIFY2(daemon.start(), daemon.err().constData());
    QByteArray line;
    for (const QByteArray &one : procFile(daemon, "limits").split('\n')) {
        if (one.startsWith("Max core file size"))
            line = one.simplified();
    }
    QCOMPARE(line, QByteArray("Max core file size 0 0 bytes"));
}

// Whatever the umask: files 0600, folders 0700, the socket too.
void tst_process::filesAreClosedToOthers()
{
    Home home;
    QVERIFY(QDir(home.path({})).mkpath(QStringLiteral("own")));
    const QStringList places{QStringLiteral("--config"),
                             home.path(QStringLiteral("own/config/config.json")),
                             QStringLiteral("--data-dir"), home.path(QStringLiteral("own/data"))};
    Daemon daemon(home);
    daemon.setBefore([] { ::umask(0); });
    QVERIFY2(daemon.start(QStringList{QStringLiteral("--listen"), QStringLiteral("127.0.0.1:0")}
                          + places),
             daemon.err().constData());
    QCOMPARE(get(daemon.port(), {}, "/v1/models").status, 401); // something to write down
    QStringList open;
    int files = 0;
    int sockets = 0;
    QDirIterator all(home.path(QStringLiteral("own")),
                     QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot,
                     QDirIterator::Subdirectories);
    while (all.hasNext()) {
        const QString path = all.next();
        struct stat info;
        if (::lstat(QFile::encodeName(path).constData(), &info) != 0)
            continue; // it was temporary
        files += S_ISREG(info.st_mode) ? 1 : 0;
        sockets += S_ISSOCK(info.st_mode) ? 1 : 0;
        if ((info.st_mode & 077) != 0)
            open.append(path + u' ' + QString::number(info.st_mode & 0777, 8));
    }
    QVERIFY2(open.isEmpty(), qPrintable(open.join(u'\n')));
    QVERIFY(files >= 6);
    QCOMPARE(sockets, 1);
}

// A key that is given on standard input or by a variable shows in no command line, and what runs
// below us does not inherit the provider's.
void tst_process::secretsAreNotInTheProcessList()
{
    const QByteArray secret = "sk-process-list-0123456789abcdef";
    Home home;
    home.setVariable(QStringLiteral("PROCESS_TEST_KEY"), QString::fromLatin1(secret));
    home.write(QByteArray(configText())
                   .replace("\"providers\":[",
                            R"("providers":[{"id":"p","dialects":{"openai-chat":"https://)"
                            R"(127.0.0.1:1/v1"},"keys":[{"id":"main","secret":)"
                            R"("env:PROCESS_TEST_KEY"}]},)"));
    Daemon daemon(home);
    QVERIFY2(daemon.start(), daemon.err().constData());
    QVERIFY(procFile(daemon, "cmdline").contains("serve"));
    QVERIFY(!procFile(daemon, "cmdline").contains(secret));
    // A key as an argument is refused before it can stand anywhere.
    const Ran given
        = runHere(home,
                  {QStringLiteral("provider"), QStringLiteral("add"), QStringLiteral("x"),
                   QStringLiteral("--key"), QString::fromLatin1(secret)});
    QCOMPARE(given.code, 2);
    QVERIFY(!given.err.contains(secret) && !given.out.contains(secret));
}

QTEST_GUILESS_MAIN(tst_process)
#include "tst_process.moc"
