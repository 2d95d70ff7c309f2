// What a store does when it is killed, damaged, outdated or out of room.
//
// Two of the tests run this program again as a child, which is killed or gets a small file system
// of its own.
#include "samples.h"
#include "store/database.h"
#include "store/journal.h"
#include "store/journal_files.h"
#include "store/schema.h"
#include "store/store.h"

#include <QCryptographicHash>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QProcess>
#include <QRegularExpression>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

using namespace sb;
using namespace sb::store;

namespace {
constexpr qint64 kMax = std::numeric_limits<qint64>::max();
constexpr qint64 kWall = 1'795'000'000'000; // 2026-11

template <typename T> T answer(QFuture<T> future)
{
    return future.takeResult();
}

QByteArray contents(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

bool isLong()
{
    return qEnvironmentVariableIntValue("SIGNALBOX_LONG") > 0;
}

bool put(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    return file.open(QIODevice::WriteOnly | QIODevice::Truncate)
        && file.write(bytes) == bytes.size();
}

Options optionsFor(const QString &folder)
{
    Options options;
    options.dataDir = folder;
    options.zone = "UTC";
    options.historyDays = 100'000; // the tests' times are fixed
    return options;
}

// ---- children ----

// Serves as fast as it can and says each id once its `settled` is written, until it is killed.
int serveUntilKilled(const QString &folder, quint64 seed)
{
    auto store = Store::open(optionsFor(folder));
    auto journal = Journal::open(folder + QStringLiteral("/journal"));
    if (!store || !journal)
        return 2;
    Journal *raw = journal->get();
    store->first->onCommitted([raw](const ExchangeId &id) { raw->committed(id); });
    SeededRandom random(seed);
    SystemRandom ids;
    for (qint64 i = 0;; ++i) {
        const auto exchange = std::make_shared<const Exchange>([&] {
            Exchange made = samples::ordinary(kWall + i, random, 1);
            made.id = ExchangeId::make(made.wallMs, ids);
            return made;
        }());
        if (!raw->sent(exchange->id, samples::underWay(*exchange, 1'000'000), 2)
            || !raw->settled(*exchange))
            return 3;
        store->first->record(exchange);
        const QByteArray line = exchange->id.text() + '\n';
        if (::write(STDOUT_FILENO, line.constData(), size_t(line.size())) != line.size())
            return 4;
    }
}

#define SB_EXPECT(condition)                                                                       \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "line %d: %s\n", __LINE__, #condition);                                \
            return 1;                                                                              \
        }                                                                                          \
    } while (false)

int fillTheDisk(const QString &place)
{
    if (::unshare(CLONE_NEWNS) != 0
        || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0
        || ::mount("tmpfs", QFile::encodeName(place).constData(), "tmpfs", 0, "size=48m") != 0)
        return 77;
    const QString folder = place + QStringLiteral("/data");
    QObject context;
    QStringList notices;
    SeededRandom random(3);
    Exchange last;
    const auto eventually = [&](auto condition) { return QTest::qWaitFor(condition, 20'000); };
    {
        auto opened = Store::open(optionsFor(folder));
        SB_EXPECT(opened);
        Store &store = *opened->first;
        store.onNotice(&context, [&](const Notice &notice) { notices << notice.detail; });
        SB_EXPECT(QFileInfo(folder + QStringLiteral("/ballast")).size() == 16 * 1024 * 1024);
        const auto record = [&](int count, qint64 wallMs) {
            for (int i = 0; i < count; ++i) {
                last = samples::ordinary(wallMs + i, random, 1);
                store.record(std::make_shared<const Exchange>(last));
            }
        };
        record(100, kWall);
        SB_EXPECT(answer(store.flush()));
        // Somebody else takes all the room there is.
        QFile filler(place + QStringLiteral("/filler"));
        SB_EXPECT(filler.open(QIODevice::WriteOnly | QIODevice::Unbuffered));
        const QByteArray block(4096, 'x');
        while (filler.write(block) == block.size())
            ;
        // The settlements of these do not fit without the ballast.
        record(4'000, kWall + 1'000'000);
        SB_EXPECT(answer(store.flush()));
        SB_EXPECT(!QFile::exists(folder + QStringLiteral("/ballast")));
        SB_EXPECT(eventually([&] { return notices.contains(QStringLiteral("full")); }));
        qint64 booked = 0;
        const auto full = answer(store.quarters(0, kMax));
        SB_EXPECT(full);
        for (const RollupRow &row : *full)
            booked += row.exchanges;
        SB_EXPECT(booked == 4'100);
        SB_EXPECT(store.dropped() > 0); // history is what gave way
        // Room again.
        filler.close();
        SB_EXPECT(filler.remove());
        SB_EXPECT(eventually([&] { return notices.contains(QStringLiteral("back")); }));
        SB_EXPECT(QFileInfo(folder + QStringLiteral("/ballast")).size() == 16 * 1024 * 1024);
        record(1, kWall + 2'000'000);
        SB_EXPECT(answer(store.flush()));
        SB_EXPECT(answer(store.find(last.id)));
    }
    for (const char *name : {"ledger.db", "history.db"}) {
        Database database;
        SB_EXPECT(
            database.open(folder + u'/' + QString::fromLatin1(name), Database::Mode::ReadOnly));
        auto query = database.prepare(QStringLiteral("PRAGMA integrity_check"));
        SB_EXPECT(query && Database::exec(*query) && query->next());
        SB_EXPECT(query->value(0).toString() == QLatin1String("ok"));
        query->clear();
    }
    return 0;
}
} // namespace

class tst_StoreTrouble : public QObject {
    Q_OBJECT

private:
    QTemporaryDir m_dir;
    int m_number = 0;
    QString newFolder() { return m_dir.filePath(QStringLiteral("t%1").arg(++m_number)); }

    // A stopped store with `count` exchanges in it.
    QString filled(int count)
    {
        const QString folder = newFolder();
        auto opened = Store::open(optionsFor(folder));
        SeededRandom random{quint64(m_number)};
        for (int i = 0; opened && i < count; ++i)
            opened->first->record(
                std::make_shared<const Exchange>(samples::ordinary(kWall + i, random, 1)));
        return folder;
    }
    static qint64 exchangesIn(Store &store)
    {
        const auto rows = answer(store.quarters(0, kMax));
        qint64 count = 0;
        for (const RollupRow &row : rows ? *rows : QList<RollupRow>())
            count += row.exchanges;
        return count;
    }
    static QStringList aside(const QString &folder, const char *name)
    {
        return QDir(folder)
            .entryList({QString::fromLatin1(name) + QStringLiteral(".damaged-*")})
            .filter(QRegularExpression(QStringLiteral("damaged-[0-9T-]+$"))); // without -wal, -shm
    }

private slots:
    void killed()
    {
        const int rounds = isLong() ? 200 : 20; // tst_kill does it to the whole gateway
        const QString folder = newFolder();
        SeededRandom random(99);
        QSet<QByteArray> told;
        qint64 interruptedSum = 0;
        qint64 slowest = 0;
        for (int round = 0; round < rounds; ++round) {
            QProcess child;
            child.start(QCoreApplication::applicationFilePath(),
                        {QStringLiteral("--serve-until-killed"), folder, QString::number(round)});
            QVERIFY(child.waitForStarted());
            QByteArray said;
            const int wanted = int(random.below(60'000)); // bytes of ids, then the axe
            QElapsedTimer patience;
            patience.start();
            while (said.size() <= wanted && patience.elapsed() < 20'000) {
                QVERIFY2(child.waitForReadyRead(20'000), child.readAllStandardError().constData());
                said += child.readAllStandardOutput();
            }
            child.kill();
            QVERIFY(child.waitForFinished());
            said += child.readAllStandardOutput();
            QCOMPARE(child.exitStatus(), QProcess::CrashExit);
            auto lines = said.split('\n');
            lines.removeLast(); // cut or empty
            for (const QByteArray &line : std::as_const(lines))
                told.insert(line);

            QElapsedTimer timer;
            timer.start();
            auto opened = Store::open(optionsFor(folder));
            slowest = std::max(slowest, timer.elapsed());
            QVERIFY2(opened, opened ? "" : qPrintable(opened.error().detail));
            QVERIFY(opened->second.interrupted <= 1); // the child serves one at a time
            interruptedSum += opened->second.interrupted;
            for (const Notice &notice : std::as_const(opened->second.notices))
                QFAIL(qPrintable(notice.subject + notice.detail));
            // Each one told is settled as served, once; one that was told nothing may be there too.
            Database ledger;
            QVERIFY(ledger.open(folder + QStringLiteral("/ledger.db"), Database::Mode::ReadOnly));
            auto query = ledger.prepare(QStringLiteral(
                "SELECT outcome FROM settlements WHERE exchange = ? AND ordinal = 2"));
            QVERIFY(query);
            for (const QByteArray &line : std::as_const(lines)) {
                const auto id = ExchangeId::parse(line);
                QVERIFY(id);
                query->bindValue(
                    0,
                    QByteArray::fromHex(QByteArray::number(id->high, 16).rightJustified(16, '0')
                                        + QByteArray::number(id->low, 16).rightJustified(16, '0')));
                QVERIFY(query->exec());
                QVERIFY2(query->next(), line.constData());
                QCOMPARE(query->value(0).toInt(), int(AttemptOutcome::Served));
            }
            query->clear();
            const auto served = ledger.number(QStringLiteral(
                "SELECT count(*) FROM settlements WHERE ordinal = 2 AND cost_nusd = 1"));
            qint64 cost = 0;
            qint64 uncertain = 0;
            const auto cells = answer(opened->first->quarters(0, kMax));
            QVERIFY(cells);
            for (const RollupRow &row : *cells) {
                cost += row.cost.nano;
                uncertain += row.uncertain.nano;
            }
            QCOMPARE(cost, *served);
            QCOMPARE(uncertain, interruptedSum * 1'000'000);
            QVERIFY(*served >= told.size() && *served <= told.size() + round + 1);
            QVERIFY(segmentsIn(folder + QStringLiteral("/journal")).isEmpty());
        }
        qInfo("%d kills, %lld answers, slowest start %lld ms", rounds, (long long)told.size(),
              (long long)slowest);
    }

    void diskFull()
    {
        const QString place = newFolder();
        QVERIFY(QDir().mkpath(place));
        QProcess child;
        child.start(QCoreApplication::applicationFilePath(),
                    {QStringLiteral("--fill-the-disk"), place});
        QVERIFY(child.waitForFinished(120'000));
        QCOMPARE(child.exitStatus(), QProcess::NormalExit);
        if (child.exitCode() == 77)
            QSKIP("no right to mount a small file system");
        QVERIFY2(child.exitCode() == 0, child.readAllStandardError().constData());
    }

    void newerIsRefusedUntouched_data()
    {
        QTest::addColumn<QString>("name");
        QTest::newRow("ledger") << QStringLiteral("ledger.db");
        QTest::newRow("history") << QStringLiteral("history.db");
    }
    void newerIsRefusedUntouched()
    {
        QFETCH(QString, name);
        const QString folder = filled(10);
        {
            Database database;
            QVERIFY(database.open(folder + u'/' + name, Database::Mode::ReadWrite));
            QVERIFY(database.run(QStringLiteral("PRAGMA user_version = 99")));
            QVERIFY(database.run(QStringLiteral("PRAGMA wal_checkpoint(TRUNCATE)")));
        }
        const auto before = std::pair(contents(folder + QStringLiteral("/ledger.db")),
                                      contents(folder + QStringLiteral("/history.db")));
        const auto opened = Store::open(optionsFor(folder));
        QVERIFY(!opened);
        QCOMPARE(opened.error().code, QStringLiteral("store_newer"));
        QVERIFY(before
                == std::pair(contents(folder + QStringLiteral("/ledger.db")),
                             contents(folder + QStringLiteral("/history.db"))));
    }

    void newerInTheLogOnly()
    {
        const QString folder = filled(10);
        // A version that is still in the write-ahead log: held open while the store looks.
        Database other;
        QVERIFY(other.open(folder + QStringLiteral("/history.db"), Database::Mode::ReadWrite));
        QVERIFY(other.run(QStringLiteral("PRAGMA user_version = 99")));
        QVERIFY(headerVersion(folder + QStringLiteral("/history.db")) < 99);
        const auto opened = Store::open(optionsFor(folder));
        QVERIFY(!opened);
        QCOMPARE(opened.error().code, QStringLiteral("store_newer"));
    }

    void damagedAtOpening_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("history, rubbish") << QStringLiteral("history.db") << QByteArray(5'000, 'x');
        QTest::newRow("history, short")
            << QStringLiteral("history.db") << QByteArray("SQLite format 3");
        QTest::newRow("ledger, rubbish") << QStringLiteral("ledger.db") << QByteArray(5'000, 'x');
        QTest::newRow("history, another magic")
            << QStringLiteral("history.db")
            << QByteArray("SQLite format 2").append(QByteArray(8'000, '\0'));
        QTest::newRow("ledger, another magic") << QStringLiteral("ledger.db")
                                               << QByteArray("\x7f"
                                                             "ELF")
                                                      .append(QByteArray(8'000, '\1'));
    }
    void damagedAtOpening()
    {
        QFETCH(QString, name);
        QFETCH(QByteArray, bytes);
        const QString folder = filled(10);
        QVERIFY(put(folder + u'/' + name, bytes));
        auto opened = Store::open(optionsFor(folder));
        QVERIFY2(opened, opened ? "" : qPrintable(opened.error().detail));
        QCOMPARE(opened->second.notices.size(), 1);
        QCOMPARE(opened->second.notices[0].kind, Notice::Kind::HistoryDamaged);
        QCOMPARE(opened->second.notices[0].subject, name);
        const QStringList kept = aside(folder, qPrintable(name));
        QCOMPARE(kept.size(), 1);
        QCOMPARE(contents(folder + u'/' + kept[0]), bytes); // never deleted
        SeededRandom random(77);
        const Exchange exchange = samples::ordinary(kWall, random);
        opened->first->record(std::make_shared<const Exchange>(exchange));
        QVERIFY(answer(opened->first->flush()));
        QVERIFY(answer(opened->first->find(exchange.id)));
        QCOMPARE(exchangesIn(*opened->first), name.startsWith(u'l') ? 1 : 11);
    }

    // Damage deep inside is found by the check after an unclean stop, beside the traffic.
    void damagedInside()
    {
        const QString folder = filled(5'000);
        QByteArray bytes = contents(folder + QStringLiteral("/history.db"));
        for (qsizetype at = bytes.size() / 2; at < bytes.size() / 2 + 40'960; ++at)
            bytes[at] = char(bytes[at] ^ 0x5a);
        QVERIFY(put(folder + QStringLiteral("/history.db"), bytes));
        {
            Database database;
            QVERIFY(
                database.open(folder + QStringLiteral("/ledger.db"), Database::Mode::ReadWrite));
            QVERIFY(
                database.run(QStringLiteral("UPDATE facts SET value = 0 WHERE name = 'clean'")));
        }
        auto opened = Store::open(optionsFor(folder));
        QVERIFY(opened);
        QVERIFY(opened->second.notices.isEmpty()); // it did not wait for the check
        QTRY_COMPARE_WITH_TIMEOUT(aside(folder, "history.db").size(), 1, 20'000);
        SeededRandom random(78);
        const Exchange exchange = samples::ordinary(kWall, random);
        opened->first->record(std::make_shared<const Exchange>(exchange));
        QVERIFY(answer(opened->first->flush()));
        QVERIFY(answer(opened->first->find(exchange.id)));
        QCOMPARE(exchangesIn(*opened->first), 5'001);
    }

    // 1,000 bits at random places of both files, eight a round; SIGNALBOX_LONG=1: one a round.
    void aThousandFlips()
    {
        constexpr int kFlips = 1'000;
        constexpr int kStored = 300;
        const int flipsARound = isLong() ? 1 : 8;
        const QString source = filled(kStored);
        const QByteArray history = contents(source + QStringLiteral("/history.db"));
        const QByteArray ledger = contents(source + QStringLiteral("/ledger.db"));
        SeededRandom random(5);
        int refused = 0;
        int told = 0;
        int seen = 0;
        for (int flips = 0, round = 0; flips < kFlips; flips += flipsARound, ++round) {
            const QString folder = newFolder();
            QVERIFY(QDir().mkpath(folder));
            const bool isLedger = round % 2;
            QByteArray bytes = isLedger ? ledger : history;
            for (int i = 0; i < flipsARound; ++i)
                bytes[qsizetype(random.below(quint64(bytes.size())))] ^= char(1 << random.below(8));
            QVERIFY(put(folder + QStringLiteral("/history.db"), isLedger ? history : bytes));
            QVERIFY(put(folder + QStringLiteral("/ledger.db"), isLedger ? bytes : ledger));
            QObject context;
            QStringList damaged;
            {
                auto opened = Store::open(optionsFor(folder));
                if (!opened) {
                    // Only a header that now claims a later version may be refused.
                    QCOMPARE(opened.error().code, QStringLiteral("store_newer"));
                    ++refused;
                    continue;
                }
                Store &store = *opened->first;
                for (const Notice &notice : std::as_const(opened->second.notices))
                    damaged << notice.subject;
                store.onNotice(&context, [&](const Notice &notice) { damaged << notice.subject; });
                const Exchange exchange = samples::ordinary(kWall + 1'000'000, random, 1);
                store.record(std::make_shared<const Exchange>(exchange));
                const auto page = answer(store.page({}, 1'000));
                const auto sums = answer(store.quarters(0, kMax));
                seen += !page || !sums;
                // It goes on, with a new file where the old one was no good.
                const auto flushed = answer(store.flush());
                QVERIFY2(flushed, flushed ? "" : qPrintable(flushed.error().detail));
                // The other file has lost nothing.
                if (isLedger)
                    QVERIFY(answer(store.find(exchange.id)));
                else
                    QCOMPARE(exchangesIn(store), kStored + 1);
            }
            QCoreApplication::sendPostedEvents(&context);
            // What was moved aside was told, and the other way round.
            for (const char *name : {"ledger.db", "history.db"})
                QCOMPARE(aside(folder, name).isEmpty(),
                         !damaged.contains(QString::fromLatin1(name)));
            told += !damaged.isEmpty();
            QDir(folder).removeRecursively();
        }
        qInfo("%d told and moved aside, %d answered with an error, %d refused as newer", told, seen,
              refused);
        QVERIFY(told > 0 && refused < kFlips / flipsARound / 4);
    }

    void cutOff_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<int>("size"); // below zero: so much is missing
        for (const QString &name : {QStringLiteral("ledger.db"), QStringLiteral("history.db")}) {
            for (const int size :
                 {0, 1, 15, 16, 99, 100, 4'095, 4'096, 4'097, 20'000, -1, -4'096, -4'097, -40'000})
                QTest::addRow("%s to %d", qPrintable(name), size) << name << size;
        }
    }
    void cutOff()
    {
        QFETCH(const QString, name);
        QFETCH(const int, size);
        constexpr int kStored = 300;
        const QString folder = filled(kStored);
        const QByteArray whole = contents(folder + u'/' + name);
        const QByteArray part = size < 0 ? whole.chopped(-size) : whole.first(size);
        QVERIFY(put(folder + u'/' + name, part));
        QObject context;
        QStringList damaged;
        bool isSeen = false;
        {
            auto opened = Store::open(optionsFor(folder));
            QVERIFY2(opened, opened ? "" : qPrintable(opened.error().detail));
            Store &store = *opened->first;
            for (const Notice &notice : std::as_const(opened->second.notices))
                damaged << notice.subject;
            store.onNotice(&context, [&](const Notice &notice) { damaged << notice.subject; });
            SeededRandom random(7);
            for (int i = 0; i < 50; ++i)
                store.record(std::make_shared<const Exchange>(
                    samples::ordinary(kWall + 1'000'000 + i, random, 1)));
            const auto flushed = answer(store.flush());
            QVERIFY2(flushed, flushed ? "" : qPrintable(flushed.error().detail));
            const auto page = answer(store.page({}, 1'000));
            const auto sums = answer(store.quarters(0, kMax));
            isSeen = !page || !sums || page->exchanges.size() != kStored + 50;
            if (name.startsWith(u'h'))
                QCOMPARE(exchangesIn(store), kStored + 50);
        }
        QCoreApplication::sendPostedEvents(&context);
        // Told at once, or where the gap is looked at.
        QVERIFY(isSeen || !damaged.isEmpty() || size == -1);
        if (!damaged.isEmpty()) {
            QCOMPARE(damaged, QStringList{name});
            QCOMPARE(aside(folder, qPrintable(name)).size(), 1);
        }
        if (size >= 0 && size < 100) { // not even a header
            QCOMPARE(damaged, QStringList{name});
            QCOMPARE(contents(folder + u'/' + aside(folder, qPrintable(name))[0]), part);
        }
    }

    void oldFilesAreRead()
    {
        const QString data = QStringLiteral(SB_TEST_DATA "/store/");
        const QString folder = newFolder();
        if (qEnvironmentVariableIsSet("SB_REWRITE")) {
            const QString made = filled(20);
            for (const char *name : {"ledger", "history"})
                QVERIFY(
                    put(data + QString::fromLatin1(name) + QStringLiteral("-v1.db"),
                        contents(made + u'/' + QString::fromLatin1(name) + QStringLiteral(".db"))));
            return;
        }
        QVERIFY(QDir().mkpath(folder));
        for (const char *name : {"ledger", "history"})
            QVERIFY(put(folder + u'/' + QString::fromLatin1(name) + QStringLiteral(".db"),
                        contents(data + QString::fromLatin1(name) + QStringLiteral("-v1.db"))));
        auto opened = Store::open(optionsFor(folder));
        QVERIFY(opened);
        QVERIFY(opened->second.notices.isEmpty());
        QCOMPARE(exchangesIn(*opened->first), 20);
        const auto page = answer(opened->first->page({}, 100));
        QCOMPARE(page->exchanges.size(), 20);
        QCOMPARE(page->exchanges.last()->wallMs, kWall);
        QCOMPARE(page->exchanges.last()->attempts.size(), 2);
    }

    void migrationKeepsACopy()
    {
        const QString folder = filled(10);
        const QString path = folder + QStringLiteral("/history.db");
        Migrations steps = historyMigrations();
        const auto good
            = steps + Migrations{{QStringLiteral("ALTER TABLE exchanges ADD COLUMN note TEXT")}};
        const auto bad = steps
            + Migrations{{QStringLiteral("ALTER TABLE exchanges ADD COLUMN note TEXT"),
                          QStringLiteral("INSERT INTO nothing VALUES (1)")}};
        const QString copy = path + QStringLiteral(".v%1-copy").arg(steps.size());
        const auto columns = [](Database &database) {
            return *database.number(QStringLiteral(
                "SELECT count(*) FROM pragma_table_info('exchanges') WHERE name = 'note'"));
        };
        {
            Database database;
            QVERIFY(database.open(path, Database::Mode::ReadWrite));
            QVERIFY(!prepareFile(database, bad, false)); // leaves all as it was
            QCOMPARE(*database.number(QStringLiteral("PRAGMA user_version")), steps.size());
            QCOMPARE(columns(database), 0);
            QVERIFY(prepareFile(database, good, false));
            QCOMPARE(*database.number(QStringLiteral("PRAGMA user_version")), steps.size() + 1);
            QCOMPARE(columns(database), 1);
            QCOMPARE(*database.number(QStringLiteral("SELECT count(*) FROM exchanges")), 10);
        }
        QVERIFY(QFile::exists(copy));
        QCOMPARE(QFile::permissions(copy) & 0x77, QFile::Permissions());
        {
            Database old;
            QVERIFY(old.open(copy, Database::Mode::ReadOnly));
            QCOMPARE(columns(old), 0);
            QCOMPARE(*old.number(QStringLiteral("SELECT count(*) FROM exchanges")), 10);
            QCOMPARE(*old.number(QStringLiteral("PRAGMA user_version")), steps.size());
        }
        {
            Database database;
            QVERIFY(database.open(path, Database::Mode::ReadWrite));
            QVERIFY(prepareFile(database, good, false)); // the next good start
        }
        QVERIFY(!QFile::exists(copy));
        QVERIFY(!Store::open(optionsFor(folder))); // this program does not know that version
    }

    void journalDamageIsSurvived()
    {
        const QString folder = newFolder();
        QVERIFY(QDir().mkpath(folder + QStringLiteral("/journal")));
        SeededRandom random(6);
        QByteArray rubbish(200'000, Qt::Uninitialized);
        for (char &byte : rubbish)
            byte = char(random.next());
        QVERIFY(put(segmentPath(folder + QStringLiteral("/journal"), 1), rubbish));
        QVERIFY(put(segmentPath(folder + QStringLiteral("/journal"), 2), QByteArray()));
        auto opened = Store::open(optionsFor(folder));
        QVERIFY(opened);
        QCOMPARE(opened->second.replayed, 0);
    }
};

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    const QStringList arguments = app.arguments();
    if (arguments.size() == 4 && arguments[1] == QLatin1String("--serve-until-killed"))
        return serveUntilKilled(arguments[2], arguments[3].toULongLong());
    if (arguments.size() == 3 && arguments[1] == QLatin1String("--fill-the-disk"))
        return fillTheDisk(arguments[2]);
    tst_StoreTrouble test;
    QTEST_SET_MAIN_SOURCE_PATH
    return QTest::qExec(&test, argc, argv);
}
#include "tst_store_trouble.moc"
