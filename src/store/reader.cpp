#include "store/reader.h"

#include "store/capture_file.h"
#include "store/days.h"
#include "store/exchange_codec.h"
#include "store/health_quarters.h"
#include "store/history_file.h"
#include "store/rollup.h"
#include "store/sums.h"

#include <QFileInfo>
#include <QVariant>

namespace sb::store {

namespace {
constexpr int kReadBackRows = 1'000; // of one part
constexpr qint64 kLongestDayMs = 26ll * 60 * 60 * 1000;

qint64 bytesOf(const QString &path)
{
    return QFileInfo(path).size() + QFileInfo(path + QStringLiteral("-wal")).size();
}
} // namespace

Reader::Reader(const QString &ledgerPath, const QString &historyPath, const QString &capturePath)
    : m_ledgerPath(ledgerPath)
    , m_historyPath(historyPath)
    , m_capturePath(capturePath)
{
}

Result<void> Reader::openLedger()
{
    return m_ledger.isOpen() ? Result<void>()
                             : m_ledger.open(m_ledgerPath, Database::Mode::ReadOnly);
}

Result<void> Reader::openHistory()
{
    if (m_history.isOpen())
        return {};
    auto done = m_history.open(m_historyPath, Database::Mode::ReadOnly);
    return done ? Search::installFunctions(m_history) : done;
}

Result<bool> Reader::openCaptures()
{
    if (m_captures.isOpen())
        return true;
    if (!QFileInfo::exists(m_capturePath))
        return false;
    if (auto done = m_captures.open(m_capturePath, Database::Mode::ReadOnly); !done)
        return unexpected(done.error());
    return true;
}

void Reader::close()
{
    m_captures.close();
    m_ledger.close();
    m_history.close();
}

Result<Page> Reader::page(std::optional<ExchangeId> before, int limit)
{
    if (auto done = openHistory(); !done)
        return unexpected(done.error());
    return HistoryFile::page(m_history, before, limit);
}

Result<std::shared_ptr<const Exchange>> Reader::find(const ExchangeId &id)
{
    if (auto done = openHistory(); !done)
        return unexpected(done.error());
    return HistoryFile::find(m_history, id);
}

Result<QList<RollupRow>> Reader::rows(const QString &sql, const QList<QVariant> &values)
{
    if (auto done = openLedger(); !done)
        return unexpected(done.error());
    auto query = m_ledger.prepare(sql);
    if (!query)
        return unexpected(query.error());
    for (const QVariant &value : values)
        query->addBindValue(value);
    if (auto done = Database::exec(*query); !done)
        return unexpected(done.error());
    QList<RollupRow> rows;
    while (query->next()) {
        RollupRow row;
        row.fromWallMs = query->value(0).toLongLong();
        row.provider = ProviderId(query->value(1).toString());
        row.model = query->value(2).toString();
        row.client = ClientId(query->value(3).toString());
        row.chain = ChainId(query->value(4).toString());
        row.key = KeyId(query->value(5).toString());
        row.isDrill = query->value(6).toBool();
        readSums(*query, 7, row);
        rows << row;
    }
    if (auto done = Database::ended(*query); !done)
        return unexpected(done.error());
    return rows;
}

Result<QList<RollupRow>> Reader::quarters(qint64 fromWallMs, qint64 toWallMs)
{
    return rows(QStringLiteral("SELECT from_ms, provider, model, client, chain, key, is_drill, %1"
                               " FROM quarters WHERE from_ms >= ? AND from_ms < ? ORDER BY from_ms")
                    .arg(sumColumns()),
                {fromWallMs, toWallMs});
}

Result<QList<RollupRow>> Reader::spentSince(qint64 fromWallMs)
{
    return rows(QStringLiteral("SELECT min(from_ms), provider, '', client, chain, '',"
                               " is_drill, %1"
                               " FROM quarters WHERE from_ms >= ? AND is_drill = 0"
                               " GROUP BY provider, client, chain")
                    .arg(sumOfColumns()),
                {fromWallMs});
}

Result<QString> Reader::storedZone()
{
    auto query = m_ledger.prepare(QStringLiteral("SELECT value FROM facts WHERE name = 'zone'"));
    if (!query)
        return unexpected(query.error());
    if (auto done = Database::exec(*query); !done)
        return unexpected(done.error());
    return query->next() ? query->value(0).toString() : QString();
}

Result<QList<SumRow>> Reader::sums(const SumAsk &ask)
{
    if (auto done = openLedger(); !done)
        return unexpected(done.error());
    const auto zone = storedZone();
    if (!zone)
        return unexpected(zone.error());
    return sumsOf(m_ledger, ask, *zone);
}

Result<QList<HealthCell>> Reader::health(qint64 fromWallMs, qint64 toWallMs, Millis bucket)
{
    if (auto done = openLedger(); !done)
        return unexpected(done.error());
    return HealthQuarters::cells(m_ledger, fromWallMs, toWallMs, bucket.count());
}

Result<QList<EventView>> Reader::events(qint64 fromWallMs, qint64 toWallMs)
{
    if (auto done = openHistory(); !done)
        return unexpected(done.error());
    return HistoryFile::events(m_history, fromWallMs, toWallMs);
}

Result<Capture> Reader::capture(const ExchangeId &id)
{
    const auto opened = openCaptures();
    if (!opened)
        return unexpected(opened.error());
    return *opened ? CaptureFile::find(m_captures, id) : Result<Capture>(Capture());
}

Result<Sizes> Reader::sizes()
{
    if (auto done = openHistory(); !done)
        return unexpected(done.error());
    Sizes sizes;
    sizes.ledgerBytes = bytesOf(m_ledgerPath);
    sizes.historyBytes = bytesOf(m_historyPath);
    const auto count = m_history.number(QStringLiteral("SELECT count(*) FROM exchanges"));
    if (!count)
        return unexpected(count.error());
    sizes.exchanges = *count;
    const auto oldest
        = m_history.number(QStringLiteral("SELECT wall_ms FROM exchanges ORDER BY id LIMIT 1"));
    if (!oldest)
        return unexpected(oldest.error());
    sizes.oldestWallMs = *oldest;
    sizes.captureBytes = bytesOf(m_capturePath);
    // Without the count the rest is still worth telling.
    if (const auto opened = openCaptures(); opened && *opened)
        sizes.captures = CaptureFile::count(m_captures).value_or(0);
    return sizes;
}

// ---- what goes on in parts ----

void Reader::search(const SearchQuery &ask, SearchWatch watch)
{
    auto search = std::make_shared<Search>(ask, std::move(watch));
    if (auto done = openHistory(); !done)
        return search->fail(done.error());
    m_searches << search;
    goOn(search);
}

void Reader::goOn(const std::shared_ptr<Search> &search)
{
    if (m_isStopped)
        return;
    if (auto done = openHistory(); !done)
        search->fail(done.error());
    else if (search->step(m_history)) {
        QMetaObject::invokeMethod(
            this, [this, search] { goOn(search); }, Qt::QueuedConnection);
        return;
    }
    m_searches.removeOne(search);
}

void Reader::stop()
{
    m_isStopped = true;
    for (const auto &search : std::exchange(m_searches, {}))
        search->fail(Error::make(QStringLiteral("not_running"),
                                 QStringLiteral("The store is being closed.")));
    close();
}

void Reader::readBack(qint64 fromWallMs, qint64 lastSeq, qint64 most, Taker take)
{
    if (m_isStopped || !openHistory())
        return;
    QByteArray fromId = idBytes(ExchangeId{quint64(std::max<qint64>(fromWallMs, 0)) << 16, 0});
    {
        auto query = m_history.prepare(
            QStringLiteral("SELECT id FROM exchanges WHERE id >= ? ORDER BY id DESC"
                           " LIMIT 1 OFFSET ?"));
        if (!query)
            return;
        query->addBindValue(fromId);
        query->addBindValue(most - 1);
        if (!Database::exec(*query))
            return;
        if (query->next())
            fromId = query->value(0).toByteArray();
    }
    readPart(fromId, lastSeq, take);
}

void Reader::readPart(const QByteArray &fromId, qint64 lastSeq, const Taker &take)
{
    if (m_isStopped || !openHistory())
        return;
    std::vector<std::shared_ptr<const Exchange>> part;
    QByteArray nextId;
    {
        auto query = m_history.prepare(QStringLiteral(
            "SELECT id, seq, body FROM exchanges WHERE id >= ? ORDER BY id LIMIT ?"));
        if (!query)
            return;
        query->addBindValue(fromId);
        query->addBindValue(kReadBackRows + 1);
        if (!Database::exec(*query))
            return;
        for (int row = 0; query->next(); ++row) {
            if (row == kReadBackRows) {
                nextId = query->value(0).toByteArray();
                break;
            }
            if (query->value(1).toLongLong() > lastSeq)
                continue; // came in by itself meanwhile
            if (auto exchange = decodeExchange(query->value(2).toByteArray()))
                part.push_back(std::make_shared<const Exchange>(std::move(*exchange)));
        }
    }
    if (!part.empty())
        take(std::move(part));
    if (!nextId.isEmpty())
        QMetaObject::invokeMethod(
            this, [this, nextId, lastSeq, take] { readPart(nextId, lastSeq, take); },
            Qt::QueuedConnection);
}

Result<QList<RollupRow>> Reader::days(const QByteArray &zone, qint64 fromWallMs, qint64 toWallMs)
{
    DayBook book(zone);
    if (auto done = openLedger(); !done)
        return unexpected(done.error());
    const auto zoneKept = storedZone();
    if (!zoneKept)
        return unexpected(zoneKept.error());
    const QString &stored = *zoneKept;
    if (stored == QString::fromLatin1(book.zone())) {
        return rows(
            QStringLiteral("SELECT from_ms, provider, model, client, chain, key, is_drill, %1"
                           " FROM days WHERE zone = ? AND from_ms >= ? AND from_ms < ?"
                           " ORDER BY from_ms")
                .arg(sumColumns()),
            {stored, fromWallMs, toWallMs});
    }
    // Another zone than the one that is kept: add its days up. A day starts in the range and may
    // end after it.
    const auto fine = quarters(fromWallMs,
                               toWallMs > std::numeric_limits<qint64>::max() - kLongestDayMs
                                   ? toWallMs
                                   : toWallMs + kLongestDayMs);
    if (!fine)
        return fine;
    QList<RollupRow> coarse;
    QHash<RollupKey, qsizetype> places;
    for (const RollupRow &row : *fine) {
        const qint64 from = book.dayOf(row.fromWallMs).fromWallMs;
        if (from < fromWallMs || from >= toWallMs)
            continue;
        const RollupKey key{
            from,           row.provider.text(), row.model, row.client.text(), row.chain.text(),
            row.key.text(), row.isDrill};
        const auto place = places.constFind(key);
        if (place == places.cend()) {
            places.insert(key, coarse.size());
            coarse << row;
            coarse.last().fromWallMs = from;
        } else {
            addSums(coarse[*place], row);
        }
    }
    return coarse;
}

} // namespace sb::store
