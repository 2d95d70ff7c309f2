#include "store/writer.h"

#include "base/log.h"
#include "store/journal_files.h"
#include "store/recovery.h"
#include "store/schema.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QTimeZone>
#include <QVariant>

#include <cerrno>

#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace sb::store {

namespace {
constexpr int kTickMs = 100;
constexpr int kQuietTicks = 20; // then the timer rests until the next push
constexpr size_t kBatch = 1'000;
constexpr size_t kTidyAfter = 1'000; // exchanges
constexpr Nanos kRetryAfter = Seconds(2);
constexpr qint64 kTrimEveryMs = 10 * 60 * 1000;
constexpr qint64 kDayMs = 24ll * 60 * 60 * 1000;
constexpr int kHealthDays = 31; // at least; charts look back a week
constexpr qint64 kWalBytes = 32ll * 1024 * 1024;

// A first page that was half written when the power went is whole in one of these.
bool isRepairable(const QString &path)
{
    constexpr qint64 kSmallestPage = 512; // with less SQLite takes the file for a new one
    return QFileInfo(path).size() >= kSmallestPage
        && (QFileInfo(path + QStringLiteral("-wal")).size() > 0
            || QFileInfo(path + QStringLiteral("-journal")).size() > 0);
}

// No room, or a disk that takes nothing for another reason: both are waited out.
bool isRefused(const Error &error)
{
    return !isDamaged(error) && error.code != QLatin1String("store_busy");
}
} // namespace

Writer::Writer(const Options &options)
    : m_options(options)
    , m_captures(capturePath(), options.captureBytes)
    , m_ballast(options.dataDir + QStringLiteral("/ballast"))
    , m_timer(this)
    , m_days(options.historyDays)
    , m_bytes(options.historyBytes)
{
    m_batch.reserve(kBatch);
    m_timer.setInterval(kTickMs);
    connect(&m_timer, &QTimer::timeout, this, [this] { tick(); });
    m_captures.onDamaged([this](const QString &aside) {
        notify(notice(Notice::Kind::HistoryDamaged, QStringLiteral("captures.db"), aside));
        if (m_onReplaced)
            m_onReplaced();
    });
}

Writer::~Writer() = default;

qint64 Writer::wallMs() const
{
    return m_options.wallMs ? m_options.wallMs() : PlainClock().wallMs();
}

QString Writer::historyPath() const
{
    return m_options.dataDir + QStringLiteral("/history.db");
}

QString Writer::ledgerPath() const
{
    return m_options.dataDir + QStringLiteral("/ledger.db");
}

QString Writer::capturePath() const
{
    return m_options.dataDir + QStringLiteral("/captures.db");
}

QString Writer::journalFolder() const
{
    return m_options.dataDir + QStringLiteral("/journal");
}

// ---- engine thread ----

void Writer::record(ExchangePtr exchange)
{
    push({std::move(exchange), nullptr});
}

void Writer::append(const EventView &event)
{
    push({nullptr, std::make_shared<const EventView>(event)});
}

bool Writer::capture(CaptureDraft &&draft)
{
    const bool isAdmitted = m_captures.admit(draft);
    QMetaObject::invokeMethod(
        this,
        [this, shared = std::make_shared<CaptureDraft>(std::move(draft))] {
            m_captures.take(shared);
            if (m_isOpen && !m_timer.isActive())
                m_timer.start();
        },
        Qt::QueuedConnection);
    return isAdmitted;
}

void Writer::push(Item &&item)
{
    const bool isExchange = item.exchange != nullptr;
    switch (m_ring.push(std::move(item))) {
    case Ring<Item>::Push::Done:
        return;
    case Ring<Item>::Push::Full:
        if (!isExchange)
            return; // a mark in a chart less
        // Its settlement is in the journal and is booked from there; the history row is given up.
        m_dropped.fetch_add(1, std::memory_order_relaxed);
        m_passed.fetch_add(1, std::memory_order_release);
        return;
    case Ring<Item>::Push::DoneWake:
        QMetaObject::invokeMethod(
            this, [this] { wake(); }, Qt::QueuedConnection);
    }
}

// ---- opening ----

Result<Opened> Writer::open()
{
    const QByteArray folder = QFile::encodeName(m_options.dataDir);
    if (!QDir().mkpath(QFileInfo(m_options.dataDir).path())
        || (::mkdir(folder.constData(), 0700) != 0 && errno != EEXIST)
        || ::chmod(folder.constData(), 0700) != 0) {
        return unexpected(
            Error::make(QStringLiteral("data_dir"),
                        m_options.dataDir + QStringLiteral(": ") + qt_error_string(errno)));
    }
    // Both are looked at before either is changed.
    for (const auto &[path, steps] : {std::pair(ledgerPath(), ledgerMigrations().size()),
                                      std::pair(historyPath(), historyMigrations().size()),
                                      std::pair(capturePath(), captureMigrations().size())}) {
        if (headerVersion(path) > steps)
            return unexpected(
                Error::make(QStringLiteral("store_newer"),
                            path + QStringLiteral(" was written by a newer version")));
    }
    Opened opened;
    Result<void> done = openFiles(opened.notices);
    if (!done && isFull(done.error()) && m_ballast.drop())
        done = openFiles(opened.notices);
    if (!done)
        return unexpected(done.error());
    m_isOpen = true;
    done = readState(opened);
    if (!done && isFull(done.error()) && m_ballast.drop())
        done = readState(opened);
    if (!done && isDamaged(done.error())) {
        // Where opening did not look.
        done = replaceLedger(done.error().detail);
        opened.replayed = opened.interrupted = 0;
        if (done)
            done = readState(opened);
    }
    if (!done)
        return unexpected(done.error());
    m_firstSeq = m_history.database()
                     .number(QStringLiteral("SELECT coalesce(max(seq), 0) FROM exchanges"))
                     .value_or(0);
    opened.notices += std::exchange(m_untold, {});
    m_ballast.ensure();
    m_nextTrimMs = wallMs() + 10'000;
    return opened;
}

Result<void> Writer::openFiles(QList<Notice> &notices)
{
    // The ledger is made first and in full: beside a history it was never without a byte.
    bool isEmptied = QFileInfo(ledgerPath()).exists() && QFileInfo(ledgerPath()).size() == 0
        && headerVersion(historyPath()) > 0;
    const auto openOne = [&](auto &&open, auto &&close, const QString &path) -> Result<void> {
        Result<void> done = isEmptied || (headerVersion(path) < 0 && !isRepairable(path))
            ? Result<void>(unexpected(
                Error::make(QStringLiteral("store_damaged"), QStringLiteral("not an SQLite file"))))
            : open();
        if (done || !isDamaged(done.error()))
            return done;
        close();
        const QString aside = moveAside(path);
        if (aside.isEmpty())
            return done;
        notices << notice(Notice::Kind::HistoryDamaged, QFileInfo(path).fileName(), aside);
        return open();
    };
    auto done = openOne([this] { return m_ledger.open(ledgerPath(), m_options.zone); },
                        [this] { m_ledger.close(); }, ledgerPath());
    if (!done)
        return done;
    // And what was settled was in a history with tables.
    isEmptied = QFileInfo(historyPath()).exists() && QFileInfo(historyPath()).size() == 0
        && m_ledger.database()
                .number(QStringLiteral("SELECT count(*) FROM (SELECT 1 FROM settlements LIMIT 1)"))
                .value_or(0)
            > 0;
    done = openOne([this] { return m_history.open(historyPath()); }, [this] { m_history.close(); },
                   historyPath());
    if (!done)
        return done;
    return {};
}

// What the ledger knows, with what the journal adds to it.
Result<void> Writer::readState(Opened &opened)
{
    const auto clean = m_ledger.fact(QStringLiteral("clean"));
    if (!clean)
        return unexpected(clean.error());
    m_wasUnclean = clean->isValid() && !clean->toBool();
    if (auto done = m_ledger.saveFact(QStringLiteral("clean"), 0); !done)
        return done;
    if (auto replayed = replay(opened); !replayed) {
        if (!isFull(replayed.error()))
            return replayed;
        // The journal stays and is read again by the next start.
        onFull(QStringLiteral("ledger.db"));
    }
    const auto gates = m_ledger.gates();
    const auto revision = m_ledger.fact(QStringLiteral("revision"));
    const auto today = m_ledger.dayTotal(wallMs());
    const auto recording = m_ledger.fact(QStringLiteral("recording_until_ms"));
    if (!gates || !revision || !today || !recording)
        return unexpected(!gates          ? gates.error()
                              : !revision ? revision.error()
                              : !today    ? today.error()
                                          : recording.error());
    opened.gates = *gates;
    opened.revision = revision->toUInt();
    opened.recordingUntilWallMs = recording->toLongLong();
    opened.today = today->cost;
    opened.uncertainToday = today->uncertain;
    opened.unpricedToday = int(std::min<qint64>(today->unpriced, 0x7fffffff));
    return {};
}

Result<void> Writer::replay(Opened &opened)
{
    JournalWalk walk;
    Result<void> failed;
    std::vector<ExchangePtr> batch;
    const auto commit = [&] {
        if (batch.empty() || !failed)
            return;
        const auto added = m_ledger.book(batch);
        if (!added) {
            failed = unexpected(added.error());
            return;
        }
        opened.replayed += *added;
        addToHistory(batch);
        batch.clear();
    };
    walk.onSettled = [&](Exchange &&exchange) {
        batch.push_back(std::make_shared<const Exchange>(std::move(exchange)));
        if (batch.size() >= kBatch)
            commit();
    };
    walkJournal(journalFolder(), walk);
    commit();
    const qint64 settled = opened.replayed;
    for (Exchange &exchange : walk.open)
        batch.push_back(std::make_shared<const Exchange>(interrupted(std::move(exchange))));
    commit();
    if (!failed)
        return failed;
    opened.interrupted = opened.replayed - settled;
    if (walk.damagedBytes > 0)
        qCWarning(lcStore, "the journal had %lld bytes that could not be read",
                  (long long)walk.damagedBytes);
    if (m_isHistoryPaused)
        return {}; // keep the journal: the history has not got everything
    for (const ReplayedSegment &segment : walk.segments) {
        // A journal that is already open again has made a segment after these: leave that alone.
        if (segment.bytes > 0 && QFileInfo(segment.path).size() == segment.bytes)
            QFile::remove(segment.path);
    }
    return {};
}

void Writer::close()
{
    if (m_isOpen) {
        m_retryAt = {};
        drain();
        writeCaptures(true);
        writeGates();
        if (m_batch.empty())
            (void)m_ledger.saveFact(QStringLiteral("clean"), 1);
        m_isDirty = true;
        checkpoint(0);
        m_captures.goIdle();
    }
    m_timer.stop();
    m_captures.close();
    m_history.close();
    m_ledger.close();
    m_isOpen = false;
    for (auto &waiter : m_trimWaiters)
        waiter(m_trimmed);
    m_trimWaiters.clear();
}

// ---- the beat ----

void Writer::wake()
{
    if (!m_isOpen)
        return;
    m_quietTicks = 0;
    if (!m_timer.isActive())
        m_timer.start(); // the first row waits for company like all others
    else
        drain(); // the mark was passed
}

void Writer::tick()
{
    const bool hadSomething = drain() || m_captures.hasWaiting();
    writeCaptures(false);
    writeGates();
    m_quietTicks = hadSomething ? 0 : m_quietTicks + 1;
    if (m_quietTicks >= kQuietTicks)
        goIdle();
}

void Writer::goIdle()
{
    // A traveller's machine: the days are made anew when the system's zone changes.
    if (m_options.zone.isEmpty() && m_batch.empty()
        && QTimeZone::systemTimeZoneId() != m_ledger.zone())
        (void)m_ledger.useZone({});
    checkpoint(0);
    m_captures.goIdle();
    tidyMemory();
    const bool mustStay = !m_batch.empty() || m_gates || m_revision || m_recordingUntilMs
        || m_captures.hasWaiting() || m_isHistoryPaused;
    if (m_isHistoryPaused)
        tryAgain();
    if (wallMs() >= m_nextTrimMs && !m_isTrimming) {
        m_nextTrimMs = wallMs() + kTrimEveryMs;
        m_isTrimming = true;
        trimStep();
    }
    m_quietTicks = 0;
    if (!mustStay && m_ring.sleep())
        m_timer.stop();
}

// A busy stretch leaves the process with memory that nothing holds any more: what was freed on this
// thread lies between what others use, and SQLite keeps the pages it has read.
void Writer::tidyMemory()
{
    if (m_bookedSinceTidy < kTidyAfter)
        return;
    m_bookedSinceTidy = 0;
    for (const Database *database : {&m_ledger.database(), &m_history.database()}) {
        if (sqlite3 *const connection = database->connection())
            sqlite3_db_release_memory(connection);
    }
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

bool Writer::drain()
{
    if (!m_isOpen)
        return false;
    bool hadSomething = false;
    if (m_retryAt.count() != 0) {
        if (PlainClock().now() < m_retryAt)
            return false;
        m_retryAt = {};
    }
    while (true) {
        Item item;
        const size_t before = m_batch.size();
        while (m_batch.size() < kBatch && m_ring.pop(item)) {
            if (item.event)
                m_events.push_back(std::move(item.event));
            else
                m_batch.push_back(std::move(item.exchange));
        }
        if (m_batch.size() > before)
            watchHealth(std::span(m_batch).subspan(before));
        if (!m_events.empty()) {
            hadSomething = true;
            writeEvents();
        }
        if (m_batch.empty())
            break;
        hadSomething = true;
        // What comes while this is committed waits for the next beat: under load it would be
        // committed in ever smaller batches, each with a sync of its own.
        const bool isAll = m_batch.size() < kBatch;
        if (auto done = commitBatch(); !done) {
            qCWarning(lcStore, "settlements wait: %ls", qUtf16Printable(done.error().detail));
            m_retryAt = PlainClock().now() + kRetryAfter;
            break;
        }
        if (isAll)
            break;
    }
    return hadSomething;
}

// What is read back comes in the order of its beginnings, so it can tell more about what ran at
// once than was known while it ran; and what the journal gave back has not been watched at all.
void Writer::watchHealth(std::span<const ExchangePtr> exchanges)
{
    const qint64 now = wallMs();
    for (const ExchangePtr &exchange : exchanges)
        m_health.add(*exchange, now);
    const auto peaks = m_health.takePeaks();
    for (auto peak = peaks.cbegin(); peak != peaks.cend(); ++peak) {
        int &most = m_peaks[peak.key()];
        most = std::max(most, *peak);
    }
}

QList<HealthCell> Writer::health(qint64 fromWallMs, qint64 toWallMs, Millis bucket)
{
    m_health.forgetOld(wallMs());
    return m_health.cells(fromWallMs, toWallMs, bucket.count());
}

void Writer::writeEvents()
{
    const auto events = std::exchange(m_events, {});
    if (m_isHistoryPaused)
        return;
    Result<void> done = m_history.addEvents(events);
    if (!done && isDamaged(done.error())) {
        replaceHistory(done.error().detail);
        done = m_history.addEvents(events);
    }
    m_isDirty = true;
    if (done)
        return;
    if (isRefused(done.error()))
        onFull(QStringLiteral("history.db"));
    else
        qCWarning(lcStore, "events lost: %ls", qUtf16Printable(done.error().detail));
}

Result<void> Writer::commitBatch()
{
    const quint64 passed = m_passed.load(std::memory_order_acquire);
    Result<int> booked = m_ledger.book(m_batch, m_peaks);
    if (!booked && isDamaged(booked.error())) {
        if (auto done = replaceLedger(booked.error().detail); !done)
            return done;
        booked = m_ledger.book(m_batch, m_peaks);
    }
    if (!booked && isRefused(booked.error())) {
        onFull(QStringLiteral("ledger.db"));
        booked = m_ledger.book(m_batch, m_peaks);
    }
    if (!booked)
        return unexpected(booked.error());
    m_peaks.clear();
    m_isDirty = true;
    m_bookedSinceTidy += m_batch.size();
    addToHistory(m_batch);
    const ExchangeId last = m_batch.back()->id;
    m_batch.clear();
    if (passed != m_passedBooked) {
        if (auto done = bookDropped(); !done)
            return done;
        m_passedBooked = passed;
    }
    if (m_onCommitted)
        m_onCommitted(last);
    checkpoint(kWalBytes);
    return {};
}

void Writer::addToHistory(std::span<const ExchangePtr> exchanges)
{
    if (m_isHistoryPaused) {
        m_dropped.fetch_add(exchanges.size(), std::memory_order_relaxed);
        return;
    }
    Result<void> done = m_history.add(exchanges);
    if (!done && isDamaged(done.error())) {
        replaceHistory(done.error().detail);
        done = m_history.add(exchanges);
    }
    if (done)
        return;
    m_dropped.fetch_add(exchanges.size(), std::memory_order_relaxed);
    if (isRefused(done.error()))
        onFull(QStringLiteral("history.db"));
    else
        qCWarning(lcStore, "history rows lost: %ls", qUtf16Printable(done.error().detail));
}

// The ring was full for a while: the settlements it refused are in the journal.
Result<void> Writer::bookDropped()
{
    JournalWalk walk;
    std::vector<ExchangePtr> batch;
    Result<void> failed;
    const auto commit = [&] {
        if (!batch.empty() && failed) {
            if (const auto booked = m_ledger.book(batch); !booked)
                failed = unexpected(booked.error());
        }
        batch.clear();
    };
    walk.onSettled = [&](Exchange &&exchange) {
        batch.push_back(std::make_shared<const Exchange>(std::move(exchange)));
        if (batch.size() >= kBatch)
            commit();
    };
    walkJournal(journalFolder(), walk);
    commit();
    return failed;
}

Result<void> Writer::flush()
{
    m_retryAt = {};
    drain();
    writeGates();
    if (!m_batch.empty())
        return unexpected(Error::make(QStringLiteral("store_full"),
                                      QStringLiteral("settlements wait for room on the disk")));
    return {};
}

// ---- recorded bodies ----

// Behind the exchanges they belong to, which wait where the ledger's disk is full.
void Writer::writeCaptures(bool isAll)
{
    if (m_isOpen && m_captures.hasWaiting())
        m_captures.write(wallMs(), isAll, !m_isHistoryPaused && m_batch.empty());
}

void Writer::flushCaptures()
{
    if (m_captures.hasWaiting())
        drain();
    writeCaptures(true);
}

Result<qint64> Writer::forgetCaptures()
{
    if (!m_isOpen)
        return 0;
    flushCaptures();
    return m_captures.forgetAll(wallMs());
}

// What was recorded goes with its exchange. False: nothing is left to do.
bool Writer::trimCaptures()
{
    const auto oldest = m_history.oldest();
    if (!oldest)
        return false;
    const ExchangeId byAge{quint64(std::max<qint64>(wallMs() - m_days * kDayMs, 0)) << 16, 0};
    if (m_captures.forgetSome(oldest->value_or(byAge)) > 0) {
        m_isCaptureTrimmed = true;
        return true;
    }
    if (std::exchange(m_isCaptureTrimmed, false))
        m_captures.tidy();
    return false;
}

// ---- trouble ----

void Writer::onFull(const QString &file)
{
    m_ballast.drop();
    if (m_isHistoryPaused)
        return;
    m_isHistoryPaused = true;
    if (!m_timer.isActive() && m_isOpen)
        m_timer.start();
    notify(notice(Notice::Kind::DiskFull, file, QStringLiteral("full")));
}

void Writer::tryAgain()
{
    if (!m_batch.empty() || !m_ballast.ensure())
        return;
    m_isHistoryPaused = false;
    notify(notice(Notice::Kind::DiskFull, QStringLiteral("history.db"), QStringLiteral("back")));
}

Result<void> Writer::replaceLedger(const QString &why)
{
    qCWarning(lcStore, "the ledger is damaged: %ls", qUtf16Printable(why));
    m_ledger.close();
    const QString aside = moveAside(ledgerPath());
    const auto done = m_ledger.open(ledgerPath(), m_options.zone);
    notify(notice(Notice::Kind::HistoryDamaged, QStringLiteral("ledger.db"), aside));
    if (m_onReplaced)
        m_onReplaced();
    return done;
}

void Writer::replaceHistory(const QString &why)
{
    if (!m_isOpen)
        return;
    qCWarning(lcStore, "the history is damaged: %ls", qUtf16Printable(why));
    m_history.close();
    const QString aside = moveAside(historyPath());
    if (const auto done = m_history.open(historyPath()); !done)
        qCWarning(lcStore, "no new history: %ls", qUtf16Printable(done.error().detail));
    notify(notice(Notice::Kind::HistoryDamaged, QStringLiteral("history.db"), aside));
    if (m_onReplaced)
        m_onReplaced();
}

Notice Writer::notice(Notice::Kind kind, const QString &subject, const QString &detail) const
{
    return Notice{kind, subject, detail, wallMs()};
}

void Writer::notify(const Notice &notice)
{
    if (m_listeners.isEmpty() && m_untold.size() < 100)
        m_untold << notice;
    for (const Listener &listener : std::as_const(m_listeners)) {
        if (listener.context)
            QMetaObject::invokeMethod(
                listener.context, [call = listener.call, notice] { call(notice); },
                Qt::QueuedConnection);
    }
}

void Writer::addListener(QObject *context, std::function<void(const Notice &)> call)
{
    m_listeners.append({context, std::move(call)});
    for (const Notice &notice : std::exchange(m_untold, {}))
        notify(notice);
}

void Writer::setOnCommitted(std::function<void(const ExchangeId &)> call)
{
    m_onCommitted = std::move(call);
}

// ---- small things ----

void Writer::saveGates(const QList<GateRow> &gates)
{
    m_gates = gates; // the newest is the whole truth
    wake();
}

void Writer::saveRevision(quint32 revision)
{
    m_revision = revision;
    writeGates();
}

void Writer::saveRecording(qint64 untilWallMs)
{
    m_recordingUntilMs = untilWallMs;
    writeGates();
}

void Writer::writeGates()
{
    if (!m_isOpen)
        return;
    if (m_gates && m_ledger.saveGates(*m_gates)) {
        m_gates.reset();
        m_isDirty = true;
    }
    if (m_revision && m_ledger.saveFact(QStringLiteral("revision"), *m_revision)) {
        m_revision.reset();
        m_isDirty = true;
    }
    if (m_recordingUntilMs
        && m_ledger.saveFact(QStringLiteral("recording_until_ms"), *m_recordingUntilMs)) {
        m_recordingUntilMs.reset();
        m_isDirty = true;
    }
    if (m_gates || m_revision || m_recordingUntilMs)
        wake();
}

void Writer::checkpoint(qint64 whenOver)
{
    if (whenOver == 0 && !m_isDirty)
        return;
    for (Database *database : {&m_ledger.database(), &m_history.database()}) {
        if (database->isOpen()
            && QFileInfo(database->path() + QStringLiteral("-wal")).size() > whenOver)
            (void)database->run(QStringLiteral("PRAGMA wal_checkpoint(TRUNCATE)"));
    }
    if (whenOver == 0)
        m_isDirty = false;
}

Result<void> Writer::setRetention(int days, qint64 bytes)
{
    m_days = days;
    m_bytes = bytes;
    m_nextTrimMs = 0;
    wake();
    return {};
}

void Writer::trimNow(std::function<void(Result<qint64>)> done)
{
    if (!m_isOpen)
        return done(qint64(0));
    m_trimWaiters.push_back(std::move(done));
    if (!m_isTrimming) {
        m_isTrimming = true;
        trimStep();
    }
}

// A few rows, then the loop gets its turn.
void Writer::trimStep()
{
    if (!m_isOpen)
        return;
    const auto removed = m_history.trimSome(wallMs() - m_days * kDayMs, m_bytes);
    const bool hasRemoved = removed && *removed > 0;
    if (hasRemoved || trimCaptures()) {
        m_trimmed += removed.value_or(0);
        m_isDirty = m_isDirty || hasRemoved;
        QMetaObject::invokeMethod(
            this, [this] { trimStep(); }, Qt::QueuedConnection);
        return;
    }
    m_isTrimming = false;
    m_health.forgetOld(wallMs());
    (void)m_ledger.trimHealth(wallMs() - std::max(m_days, kHealthDays) * kDayMs);
    const auto waiters = std::exchange(m_trimWaiters, {});
    const qint64 total = std::exchange(m_trimmed, 0);
    for (const auto &waiter : waiters)
        waiter(removed ? Result<qint64>(total) : Result<qint64>(unexpected(removed.error())));
}

} // namespace sb::store
