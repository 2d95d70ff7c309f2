#include "store/reader.h"

#include "store/days.h"
#include "store/history_file.h"
#include "store/rollup.h"

#include <QVariant>

namespace sb::store {

Reader::Reader(const QString &ledgerPath, const QString &historyPath)
    : m_ledgerPath(ledgerPath)
    , m_historyPath(historyPath)
{
}

Result<void> Reader::openLedger()
{
    return m_ledger.isOpen() ? Result<void>()
                             : m_ledger.open(m_ledgerPath, Database::Mode::ReadOnly);
}

Result<void> Reader::openHistory()
{
    return m_history.isOpen() ? Result<void>()
                              : m_history.open(m_historyPath, Database::Mode::ReadOnly);
}

void Reader::close()
{
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
        row.isDrill = query->value(5).toBool();
        readSums(*query, 6, row);
        rows << row;
    }
    return rows;
}

Result<QList<RollupRow>> Reader::quarters(qint64 fromWallMs, qint64 toWallMs)
{
    return rows(QStringLiteral("SELECT from_ms, provider, model, client, chain, is_drill, %1"
                               " FROM quarters WHERE from_ms >= ? AND from_ms < ? ORDER BY from_ms")
                    .arg(sumColumns()),
                {fromWallMs, toWallMs});
}

Result<QList<RollupRow>> Reader::spentSince(qint64 fromWallMs)
{
    return rows(QStringLiteral("SELECT min(from_ms), provider, '', client, chain, is_drill, %1"
                               " FROM quarters WHERE from_ms >= ? AND is_drill = 0"
                               " GROUP BY provider, client, chain")
                    .arg(sumOfColumns()),
                {fromWallMs});
}

Result<QList<RollupRow>> Reader::days(const QByteArray &zone, qint64 fromWallMs, qint64 toWallMs)
{
    DayBook book(zone);
    if (auto done = openLedger(); !done)
        return unexpected(done.error());
    QString stored;
    {
        auto query
            = m_ledger.prepare(QStringLiteral("SELECT value FROM facts WHERE name = 'zone'"));
        if (!query)
            return unexpected(query.error());
        if (auto done = Database::exec(*query); !done)
            return unexpected(done.error());
        if (query->next())
            stored = query->value(0).toString();
    }
    if (stored == QString::fromLatin1(book.zone())) {
        return rows(QStringLiteral("SELECT from_ms, provider, model, client, chain, is_drill, %1"
                                   " FROM days WHERE zone = ? AND from_ms >= ? AND from_ms < ?"
                                   " ORDER BY from_ms")
                        .arg(sumColumns()),
                    {stored, fromWallMs, toWallMs});
    }
    // Another zone than the one that is kept: add its days up. A day starts in the range and may
    // end after it.
    constexpr qint64 kLongestDayMs = 26ll * 60 * 60 * 1000;
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
            from, row.provider.text(), row.model, row.client.text(), row.chain.text(), row.isDrill};
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
