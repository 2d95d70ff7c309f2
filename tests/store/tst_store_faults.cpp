// Every operation of the store with its k-th I/O call failing, once or from there on; and a disk
// that loses its power and forgets what was not synced. [robustness §9, §11]
//
// In the default set a part of the calls is failed, always the same ones; SIGNALBOX_LONG=1 fails
// each of them and loses power 1,000 times instead of 200. SIGNALBOX_SEED repeats one power loss.
#include "fault_vfs.h"
#include "samples.h"
#include "store/database.h"
#include "store/journal.h"
#include "store/journal_files.h"
#include "store/schema.h"
#include "store/store.h"

#include <QDir>
#include <QFile>
#include <QSemaphore>
#include <QTemporaryDir>
#include <QTest>

#include <cerrno>
#include <map>

#include <sys/syscall.h>
#include <unistd.h>

using namespace sb;
using namespace sb::store;
using fault_vfs::Fault;

namespace {
constexpr qint64 kMax = std::numeric_limits<qint64>::max();
constexpr qint64 kWall = 1'795'000'000'000; // 2026-11
constexpr qint64 kDayMs = 86'400'000;

template <typename T> T answer(QFuture<T> future)
{
    return future.takeResult();
}

bool isLong()
{
    return qEnvironmentVariableIntValue("SIGNALBOX_LONG") > 0;
}

// ---- the journal's own calls ----

thread_local qint64 t_failAt = 0; // the call that fails, counted down; 0 = none
thread_local bool t_isFrom = false;
thread_local bool t_hasFailed = false;

bool isCallFailing()
{
    if (t_hasFailed && t_isFrom)
        return true;
    if (t_failAt == 0 || --t_failAt > 0)
        return false;
    t_hasFailed = true;
    return true;
}
} // namespace

// In the place of libc's for all that is linked into this program; SQLite has its own way.
extern "C" ssize_t write(int file, const void *bytes, size_t size)
{
    if (isCallFailing()) {
        if (size > 1)
            (void)::syscall(SYS_write, file, bytes, size / 2);
        return size > 1 ? ssize_t(size / 2) : (errno = ENOSPC, -1);
    }
    return ::syscall(SYS_write, file, bytes, size);
}

extern "C" int ftruncate(int file, off_t size) noexcept
{
    if (isCallFailing()) {
        errno = EIO;
        return -1;
    }
    return int(::syscall(SYS_ftruncate, file, size));
}

namespace {
using ExchangePtr = std::shared_ptr<const Exchange>;

Options optionsFor(const QString &folder)
{
    Options options;
    options.dataDir = folder;
    options.zone = "UTC";
    options.historyDays = 30;
    options.wallMs = [] { return kWall + 3'600'000; };
    return options;
}

// What was promised for a folder, over all that is done to it.
struct Promised {
    std::map<ExchangeId, ExchangePtr> recorded; // all that may be there
    std::map<ExchangeId, ExchangePtr> settled; // must be in the ledger
    QList<Notice> notices;
    quint64 dropped = 0;
    bool isPowerLost = false; // the history and the journal may lack what was last
};

void promise(std::map<ExchangeId, ExchangePtr> &to, const ExchangePtr &exchange)
{
    to[exchange->id] = exchange;
}

bool copyFiles(const QString &from, const QString &to)
{
    if (!QDir().mkpath(to))
        return false;
    const QDir source(from);
    const auto names = source.entryInfoList(QDir::Files | QDir::Dirs | QDir::NoDotAndDotDot);
    for (const QFileInfo &info : names) {
        const QString target = to + u'/' + info.fileName();
        if (info.isDir() ? !copyFiles(info.filePath(), target)
                         : info.fileName() != QLatin1String("ballast")
                    && !QFile::copy(info.filePath(), target))
            return false;
    }
    return true;
}

QString verdictOf(const QString &path)
{
    Database database;
    if (auto opened = database.open(path, Database::Mode::ReadOnly); !opened)
        return opened.error().detail;
    auto query = database.prepare(QStringLiteral("PRAGMA integrity_check"));
    if (!query)
        return query.error().detail;
    if (auto done = Database::exec(*query); !done)
        return done.error().detail;
    const QString verdict = query->next() ? query->value(0).toString() : QStringLiteral("none");
    query->clear();
    return verdict;
}

qint64 numberIn(Database &database, const QByteArray &sql)
{
    const auto number = database.number(QString::fromLatin1(sql));
    return number ? *number : -1;
}

// Records through both, as the engine does. What the journal took is promised.
ExchangePtr serve(Store &store, Journal *journal, Random &random, qint64 wallMs, Promised &promised)
{
    auto exchange = std::make_shared<const Exchange>(samples::ordinary(wallMs, random, 7));
    promise(promised.recorded, exchange);
    if (journal) {
        (void)journal->sent(exchange->id, samples::underWay(*exchange, 1'000), 2);
        if (journal->settled(*exchange))
            promise(promised.settled, exchange);
    }
    store.record(exchange);
    return exchange;
}

// ---- operations ----

struct Operation {
    const char *name;
    const char *files; // what is there before: "", "filled", "wide", "killed" or "old"
    bool isStart; // the faults begin before the store is opened
    std::function<void(Store &, Random &, Promised &)> act;
};

// Whole or an error, never a part. A message when it is something else.
QString readAll(Store &store, const Promised &promised)
{
    const qint64 count = qint64(promised.recorded.size());
    const auto page = answer(store.page({}, 1'000));
    if (page && page->exchanges.size() != count)
        return QStringLiteral("page");
    for (const auto &rows :
         {answer(store.quarters(0, kMax)), answer(store.days("UTC", 0, kMax)),
          answer(store.days("Asia/Kathmandu", 0, kMax)), answer(store.spentSince(0))}) {
        if (!rows)
            continue;
        qint64 attempts = 0;
        for (const RollupRow &row : *rows)
            attempts += row.attempts;
        if (attempts != 2 * count)
            return QStringLiteral("rollups");
    }
    for (const char *zone : {"UTC", "Asia/Kathmandu", ""}) {
        const auto sums
            = answer(store.sums({SumGroup::Model, 0, kMax / 2,
                                 *zone ? std::optional<QByteArray>(zone) : std::nullopt, true}));
        qint64 attempts = 0;
        for (const SumRow &row : sums ? *sums : QList<SumRow>())
            attempts += row.sums.attempts;
        if (sums && attempts != 2 * count)
            return QStringLiteral("sums");
    }
    const auto cells = answer(store.health(0, kMax, Millis(900'000)));
    qint64 attempts = 0;
    for (const HealthCell &cell : cells ? *cells : QList<HealthCell>())
        attempts += cell.grain.attempts;
    if (cells && attempts != 2 * count)
        return QStringLiteral("health");
    const auto sizes = answer(store.sizes());
    if (sizes && sizes->exchanges != count)
        return QStringLiteral("sizes");
    const auto &[id, exchange] = *promised.recorded.begin();
    const auto found = answer(store.find(id));
    if (found && (*found)->wallMs != exchange->wallMs)
        return QStringLiteral("find");
    if (!found && found.error().code == QLatin1String("no_such_id"))
        return QStringLiteral("find: no such id");
    QSemaphore isDone;
    Result<SearchFound> searched{SearchFound()};
    store.search({},
                 {[] { return false; }, [](qint64, qint64) {},
                  [&](Result<SearchFound> result) {
                      searched = std::move(result);
                      isDone.release();
                  }});
    isDone.acquire();
    if (searched && searched->exchanges.size() != count)
        return QStringLiteral("search");
    return {};
}

QList<GateRow> gates(int count)
{
    QList<GateRow> rows;
    for (int i = 0; i < count; ++i) {
        GateRow row;
        row.view.scope = GateScope::Key;
        row.view.provider = ProviderId(QStringLiteral("p%1").arg(i));
        row.view.state = GateState::Tripped;
        row.trips = i + 1;
        rows << row;
    }
    return rows;
}

const QList<Operation> &operations()
{
    static const QList<Operation> all{
        {"the first start", "", true, nullptr},
        {"a start", "filled", true, nullptr},
        {"a start after a kill", "killed", true, nullptr},
        {"a start that migrates", "old", true, nullptr},
        {"record", "filled", false,
         [](Store &store, Random &random, Promised &promised) {
             for (int batch = 0; batch < 3; ++batch) {
                 QList<ExchangePtr> made;
                 for (int i = 0; i < 10; ++i)
                     made << serve(store, nullptr, random, kWall + 100 + i, promised);
                 if (answer(store.flush())) {
                     for (const ExchangePtr &exchange : std::as_const(made))
                         promise(promised.settled, exchange);
                 }
             }
         }},
        {"gates, revision and events", "filled", false,
         [](Store &store, Random &, Promised &) {
             store.saveGates(gates(3));
             store.saveRevision(8);
             for (int i = 0; i < 5; ++i) {
                 EventView event;
                 event.wallMs = kWall + i;
                 event.provider = ProviderId(QStringLiteral("p"));
                 store.append(event);
             }
             (void)answer(store.flush());
         }},
        {"trim", "filled", false,
         [](Store &store, Random &, Promised &promised) {
             (void)answer(store.setRetention(30, 1));
             if (const auto removed = answer(store.trimNow()); removed && *removed > 0)
                 promised.dropped += quint64(*removed);
             else if (!removed)
                 promised.dropped += promised.recorded.size(); // some of it, or all
         }},
        {"read", "wide", false,
         [](Store &store, Random &, Promised &promised) {
             const QString wrong = readAll(store, promised);
             QVERIFY2(wrong.isEmpty(), qPrintable(wrong));
         }},
    };
    return all;
}
} // namespace

class tst_StoreFaults : public QObject {
    Q_OBJECT

private:
    QTemporaryDir m_dir;
    int m_number = 0;
    QString newFolder() { return m_dir.filePath(QStringLiteral("f%1").arg(++m_number)); }

    struct Template {
        QString folder;
        Promised promised;
    };
    std::map<QByteArray, Template> m_templates;

    void makeTemplates()
    {
        m_templates[""].folder = newFolder();
        QVERIFY(QDir().mkpath(m_templates[""].folder));

        Template &filled = m_templates["filled"];
        filled.folder = newFolder();
        SeededRandom random(1);
        {
            auto opened = Store::open(optionsFor(filled.folder));
            QVERIFY(opened);
            for (int i = 0; i < 40; ++i)
                serve(*opened->first, nullptr, random, kWall - 40 * 60'000 + i * 60'000,
                      filled.promised);
            filled.promised.settled = filled.promised.recorded;
            opened->first->saveRevision(7);
            opened->first->saveGates(gates(2));
        }

        // More than a page of everything, so that a read can break off in the middle.
        Template &wide = m_templates["wide"];
        wide.folder = newFolder();
        {
            auto opened = Store::open(optionsFor(wide.folder));
            QVERIFY(opened);
            for (int i = 0; i < 240; ++i)
                serve(*opened->first, nullptr, random, kWall - (240 - i) * 900'000ll,
                      wide.promised);
            wide.promised.settled = wide.promised.recorded;
        }

        // The journal of a gateway that was killed: one settled, one under way.
        Template &killed = m_templates["killed"];
        killed.folder = newFolder();
        killed.promised = filled.promised;
        QVERIFY(copyFiles(filled.folder, killed.folder));
        auto journal = Journal::open(killed.folder + QStringLiteral("/journal"));
        QVERIFY(journal);
        for (int i = 0; i < 4; ++i) {
            const auto exchange
                = std::make_shared<const Exchange>(samples::ordinary(kWall + i, random, 7));
            QVERIFY((*journal)->sent(exchange->id, samples::underWay(*exchange, 1'000), 2));
            if (i < 3)
                QVERIFY((*journal)->settled(*exchange));
            promise(killed.promised.recorded, exchange);
            promise(killed.promised.settled, exchange);
        }

        Template &old = m_templates["old"];
        old.folder = newFolder();
        QVERIFY(QDir().mkpath(old.folder));
        for (const QString &name : {QStringLiteral("ledger"), QStringLiteral("history")})
            QVERIFY(QFile::copy(QStringLiteral(SB_TEST_DATA "/store/") + name
                                    + QStringLiteral("-v1.db"),
                                old.folder + u'/' + name + QStringLiteral(".db")));
        const QString looked = newFolder();
        QVERIFY(copyFiles(old.folder, looked));
        auto opened = Store::open(optionsFor(looked));
        QVERIFY(opened);
        const auto page = answer(opened->first->page({}, 1'000));
        QVERIFY(page && page->exchanges.size() == 20);
        for (const ExchangePtr &exchange : page->exchanges)
            promise(old.promised.recorded, exchange);
        old.promised.settled = old.promised.recorded;
    }

    // Opens what is left, without faults, and holds it against what was promised.
    static void check(const QString &folder, Promised &promised)
    {
        auto opened = Store::open(optionsFor(folder));
        QVERIFY2(opened, opened ? "" : qPrintable(opened.error().code + opened.error().detail));
        for (const Notice &notice : std::as_const(opened->second.notices))
            QFAIL(qPrintable(notice.subject + notice.detail));
        QVERIFY(QDir(folder).entryList({QStringLiteral("*.damaged-*")}).isEmpty());
        for (const char *name : {"/ledger.db", "/history.db"})
            QCOMPARE(verdictOf(folder + QString::fromLatin1(name)), QStringLiteral("ok"));
        Store &store = *opened->first;
        {
            Database ledger;
            QVERIFY(ledger.open(folder + QStringLiteral("/ledger.db"), Database::Mode::ReadOnly));
            auto query = ledger.prepare(
                QStringLiteral("SELECT exchange, count(*) FROM settlements GROUP BY exchange"));
            QVERIFY(query && Database::exec(*query));
            qint64 found = 0;
            while (query->next()) {
                const QByteArray bytes = query->value(0).toByteArray();
                const ExchangeId id{bytes.first(8).toHex().toULongLong(nullptr, 16),
                                    bytes.last(8).toHex().toULongLong(nullptr, 16)};
                QVERIFY(promised.recorded.contains(id)); // nothing is made up
                QCOMPARE(query->value(1).toInt(), 2); // whole
                found += qint64(promised.settled.count(id));
            }
            query->clear();
            QCOMPARE(found, qint64(promised.settled.size()));
            // Each sum is of the same settlements.
            for (const char *column : {"cost_nusd", "uncertain_nusd"}) {
                const auto sum = [&](const char *table) {
                    return numberIn(ledger,
                                    QByteArray("SELECT coalesce(sum(") + column + "), 0) FROM "
                                        + table);
                };
                const qint64 money = sum("settlements");
                for (const char *table : {"quarters", "days", "caller_quarters", "caller_days"})
                    QCOMPARE(sum(table), money);
            }
            const qint64 exchanges
                = numberIn(ledger, "SELECT count(DISTINCT exchange) FROM settlements");
            for (const char *table : {"caller_quarters", "caller_days"})
                QCOMPARE(numberIn(ledger, QByteArray("SELECT sum(exchanges) FROM ") + table),
                         exchanges);
        }
        // The gateway serves on.
        SeededRandom random(quint64(promised.recorded.size()) + 1'000'000);
        const ExchangePtr next = serve(store, nullptr, random, kWall + 1'000, promised);
        QVERIFY(answer(store.flush()));
        QVERIFY(answer(store.find(next->id)));
        promise(promised.settled, next);
        // What the history lacks was told.
        const auto sizes = answer(store.sizes());
        QVERIFY(sizes);
        const qint64 lacking = qint64(promised.settled.size()) - sizes->exchanges;
        if (!promised.isPowerLost)
            QVERIFY2(lacking <= 0 || promised.dropped > 0,
                     qPrintable(QStringLiteral("%1 rows").arg(lacking)));
    }

    // One run with one fault. Sets whether the fault was met.
    void run(const Operation &operation, Fault fault, qint64 k, bool &wasHit)
    {
        const Template &start = m_templates.at(operation.files);
        const QString folder = newFolder();
        QVERIFY(copyFiles(start.folder, folder));
        Promised promised = start.promised;
        promised.isPowerLost = fault == Fault::Power;
        QObject context;
        SeededRandom random{quint64(k)};
        bool isToldAtOnce = false;
        {
            if (operation.isStart)
                fault_vfs::arm(fault, k, quint64(k));
            auto opened = Store::open(optionsFor(folder));
            if (!opened) {
                // A start that fails says why.
                QVERIFY(operation.isStart);
                QVERIFY(!opened.error().detail.trimmed().isEmpty());
                QVERIFY2(opened.error().code != QLatin1String("store_damaged")
                             && opened.error().code != QLatin1String("store_newer"),
                         qPrintable(opened.error().code));
            } else {
                Store &store = *opened->first;
                isToldAtOnce = !opened->second.notices.isEmpty();
                store.onNotice(&context, [&](const Notice &notice) { promised.notices << notice; });
                if (!operation.isStart) {
                    // What the start does beside its answer is over.
                    (void)answer(store.page({}, 1));
                    (void)answer(store.flush());
                    fault_vfs::arm(fault, k, quint64(k));
                }
                if (operation.act)
                    operation.act(store, random, promised);
                if (QTest::currentTestFailed())
                    return;
                const bool isFlushed = bool(answer(store.flush()));
                const quint64 dropped = store.dropped();
                promised.dropped += dropped;
                opened->first.reset();
                QCoreApplication::sendPostedEvents(&context);
                // Whoever loses something hears of it.
                if (!isFlushed || dropped > 0)
                    QVERIFY2(isToldAtOnce || !promised.notices.isEmpty(),
                             isFlushed ? "rows lost in silence" : "settlements wait in silence");
            }
        }
        wasHit = fault_vfs::wasHit();
        fault_vfs::disarm();
        check(folder, promised);
        QDir(folder).removeRecursively();
    }

private slots:
    void initTestCase()
    {
        QVERIFY(m_dir.isValid());
        makeTemplates();
        fault_vfs::install();
    }
    void cleanup()
    {
        fault_vfs::disarm();
        t_failAt = 0;
        t_isFrom = t_hasFailed = false;
    }

    void everyCallOfEveryOperation_data()
    {
        QTest::addColumn<int>("operation");
        QTest::addColumn<bool>("isFrom");
        for (int i = 0; i < operations().size(); ++i) {
            for (const bool isFrom : {false, true})
                QTest::addRow("%s, %s", operations()[i].name, isFrom ? "from k on" : "once")
                    << i << isFrom;
        }
    }
    void everyCallOfEveryOperation()
    {
        QFETCH(const int, operation);
        QFETCH(const bool, isFrom);
        const qint64 step = isLong() ? 1 : 13;
        const qint64 first = isLong() ? 1 : 1 + (operation * 2 + isFrom) % step;
        qint64 runs = 0;
        bool wasHit = true;
        qint64 k = first;
        for (; wasHit; k += step, ++runs) {
            QVERIFY(k < 20'000);
            run(operations()[operation], isFrom ? Fault::From : Fault::Once, k, wasHit);
            if (QTest::currentTestFailed()) {
                qWarning("with call %lld failing", (long long)k);
                return;
            }
        }
        qInfo("%lld runs, up to call %lld", (long long)runs, (long long)(k - step));
    }

    // The journal is written with plain calls: the k-th of them fails, half of it done.
    void everyWriteOfTheJournal_data()
    {
        QTest::addColumn<bool>("isFrom");
        QTest::newRow("once") << false;
        QTest::newRow("from k on") << true;
    }
    void everyWriteOfTheJournal()
    {
        QFETCH(const bool, isFrom);
        bool wasHit = true;
        for (qint64 k = 1; wasHit; ++k) {
            const QString folder = newFolder();
            QVERIFY(QDir().mkpath(folder));
            SeededRandom random{quint64(k)};
            QSet<QByteArray> promised;
            int refused = 0;
            {
                auto journal = Journal::open(folder + QStringLiteral("/journal"));
                QVERIFY(journal);
                t_failAt = k;
                t_isFrom = isFrom;
                t_hasFailed = false;
                for (int i = 0; i < 20; ++i) {
                    const Exchange exchange = samples::ordinary(kWall + i, random, 7);
                    refused
                        += !(*journal)->sent(exchange.id, samples::underWay(exchange, 1'000), 2);
                    if ((*journal)->settled(exchange))
                        promised << exchange.id.text();
                    else
                        ++refused;
                }
                wasHit = t_hasFailed;
                t_failAt = 0;
                t_isFrom = t_hasFailed = false;
            }
            QCOMPARE(refused > 0, wasHit); // it says so
            QSet<QByteArray> told;
            const Replay replay = replayJournal(folder + QStringLiteral("/journal"));
            for (const Exchange &exchange : replay.settled) {
                QVERIFY(!told.contains(exchange.id.text()));
                told << exchange.id.text();
            }
            QVERIFY(told.contains(promised));
            QDir(folder).removeRecursively();
        }
    }

    // What flush() called done is there after the power came back, each file is sound, and what the
    // disk kept of the rest is whole or nothing.
    void powerLoss()
    {
        const int rounds = isLong() ? 1'000 : 200;
        const bool isOne = qEnvironmentVariableIsSet("SIGNALBOX_SEED");
        const quint64 from = isOne ? qEnvironmentVariable("SIGNALBOX_SEED").toULongLong() : 1;
        qint64 lost = 0;
        qint64 kept = 0;
        for (quint64 seed = from; seed < from + quint64(isOne ? 1 : rounds); ++seed) {
            SeededRandom random(seed);
            const auto &[name, start] = *std::next(
                m_templates.begin(), qptrdiff(random.below(quint64(m_templates.size()))));
            const QString folder = newFolder();
            QVERIFY(copyFiles(start.folder, folder));
            Promised promised = start.promised;
            promised.isPowerLost = true;
            fault_vfs::arm(Fault::Power, 1 + qint64(random.below(700)), seed);
            if (auto opened = Store::open(optionsFor(folder))) {
                Store &store = *opened->first;
                for (int batch = 0; batch < 20 && !fault_vfs::wasHit(); ++batch) {
                    QList<ExchangePtr> made;
                    for (auto left = 1 + random.below(30); left > 0; --left)
                        made << serve(store, nullptr, random,
                                      kWall + batch * kDayMs / 96 + qint64(left), promised);
                    if (random.below(4) == 0)
                        store.saveGates(gates(int(random.below(5))));
                    if (random.below(8) == 0) {
                        (void)answer(store.setRetention(30, 1 + qint64(random.below(300'000))));
                        (void)answer(store.trimNow());
                    }
                    if (answer(store.flush())) {
                        for (const ExchangePtr &exchange : std::as_const(made))
                            promise(promised.settled, exchange);
                    }
                }
            }
            lost += fault_vfs::wasHit();
            kept += qint64(promised.settled.size());
            fault_vfs::disarm();
            check(folder, promised);
            if (QTest::currentTestFailed()) {
                qWarning("SIGNALBOX_SEED=%llu, from \"%s\"", (unsigned long long)seed,
                         name.constData());
                return;
            }
            QDir(folder).removeRecursively();
        }
        qInfo("power lost %lld times, %lld settlements promised", (long long)lost, (long long)kept);
        QVERIFY(isOne || lost > rounds / 2);
    }
};

QTEST_GUILESS_MAIN(tst_StoreFaults)
#include "tst_store_faults.moc"
