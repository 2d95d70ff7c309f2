#include "store/ledger_file.h"

#include "store/exchange_codec.h"
#include "store/schema.h"

#include <QVariant>

namespace sb::store {

namespace {
QString upsert(const QString &table, const QString &keys, const QString &keyMarks,
               const QString &conflict)
{
    return QStringLiteral(
               "INSERT INTO %1 (%2, %3) VALUES (%4, %5) ON CONFLICT (%6) DO UPDATE SET %7")
        .arg(table, keys, sumColumns(), keyMarks, sumMarks(), conflict, sumUpdates());
}

template <typename E> E toEnum(const QVariant &value, E last)
{
    const int number = value.toInt();
    return number >= 0 && number <= int(last) ? E(number) : E(0);
}
} // namespace

Result<void> LedgerFile::open(const QString &path, const QByteArray &zone)
{
    close();
    if (auto done = m_database.open(path, Database::Mode::ReadWrite); !done)
        return done;
    if (auto done = prepareFile(m_database, ledgerMigrations(), true); !done)
        return done;
    return useZone(zone);
}

void LedgerFile::close()
{
    clearStatements();
    m_database.close();
}

void LedgerFile::clearStatements()
{
    m_insertSettlement.clear();
    m_addQuarter.clear();
    m_addDay.clear();
}

Result<void> LedgerFile::saveFact(const QString &name, const QVariant &value)
{
    auto query = m_database.prepare(QStringLiteral("INSERT OR REPLACE INTO facts VALUES (?, ?)"));
    if (!query)
        return unexpected(query.error());
    query->bindValue(0, name);
    query->bindValue(1, value);
    return Database::exec(*query);
}

Result<QVariant> LedgerFile::fact(const QString &name)
{
    auto query = m_database.prepare(QStringLiteral("SELECT value FROM facts WHERE name = ?"));
    if (!query)
        return unexpected(query.error());
    query->bindValue(0, name);
    if (auto done = Database::exec(*query); !done)
        return unexpected(done.error());
    return query->next() ? query->value(0) : QVariant();
}

Result<void> LedgerFile::useZone(const QByteArray &zone)
{
    m_days = DayBook(zone);
    const QString name = QString::fromLatin1(m_days.zone());
    const auto stored = fact(QStringLiteral("zone"));
    if (!stored)
        return unexpected(stored.error());
    if (stored->toString() == name)
        return {};
    // Zones are whole quarters apart, so every quarter lies in one day of the new zone.
    QList<qint64> quarters;
    {
        auto query = m_database.prepare(QStringLiteral("SELECT DISTINCT from_ms FROM quarters"));
        if (!query)
            return unexpected(query.error());
        if (auto done = Database::exec(*query); !done)
            return done;
        while (query->next())
            quarters << query->value(0).toLongLong();
    }
    Transaction transaction(m_database);
    if (!transaction.begun())
        return transaction.begun();
    for (const QString &sql :
         {QStringLiteral("CREATE TEMP TABLE IF NOT EXISTS dates (quarter_ms INTEGER PRIMARY KEY,"
                         "date TEXT NOT NULL, from_ms INTEGER NOT NULL)"),
          QStringLiteral("DELETE FROM dates"), QStringLiteral("DELETE FROM days")}) {
        if (auto done = m_database.run(sql); !done)
            return done;
    }
    {
        auto insert = m_database.prepare(QStringLiteral("INSERT INTO dates VALUES (?, ?, ?)"));
        if (!insert)
            return unexpected(insert.error());
        for (const qint64 quarter : std::as_const(quarters)) {
            const Day &day = m_days.dayOf(quarter);
            insert->bindValue(0, quarter);
            insert->bindValue(1, day.date);
            insert->bindValue(2, day.fromWallMs);
            if (auto done = Database::exec(*insert); !done)
                return done;
        }
        auto fill = m_database.prepare(
            QStringLiteral("INSERT INTO days SELECT ?, d.date, d.from_ms, provider, model, client,"
                           "chain, is_drill, %1 FROM quarters q JOIN dates d ON"
                           " d.quarter_ms = q.from_ms GROUP BY d.date, provider, model, client,"
                           " chain, is_drill")
                .arg(sumOfColumns()));
        if (!fill)
            return unexpected(fill.error());
        fill->bindValue(0, name);
        if (auto done = Database::exec(*fill); !done)
            return done;
    }
    if (auto done = saveFact(QStringLiteral("zone"), name); !done)
        return done;
    return transaction.commit();
}

Result<int> LedgerFile::book(std::span<const ExchangePtr> exchanges)
{
    Transaction transaction(m_database);
    if (!transaction.begun())
        return unexpected(transaction.begun().error());
    RollupCells cells;
    int added = 0;
    for (const ExchangePtr &exchange : exchanges) {
        const Result<bool> isNew = insertSettlements(*exchange);
        if (!isNew)
            return unexpected(isNew.error());
        if (*isNew) {
            addTo(cells, *exchange);
            ++added;
        }
    }
    if (auto done = addCells(cells); !done)
        return unexpected(done.error());
    if (auto done = transaction.commit(); !done)
        return unexpected(done.error());
    return added;
}

Result<bool> LedgerFile::insertSettlements(const Exchange &exchange)
{
    if (!m_insertSettlement.isReady()) {
        if (auto done = m_insertSettlement.prepare(
                m_database,
                QStringLiteral("INSERT INTO settlements VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
                               "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"));
            !done)
            return unexpected(done.error());
    }
    const QByteArray id = idBytes(exchange.id);
    const auto insert = [&](int ordinal, const Attempt &attempt, int outcome) {
        Statement &row = m_insertSettlement;
        row.start();
        row.add(id);
        row.add(ordinal);
        row.add(exchange.wallMs);
        row.add(exchange.client.text());
        row.add(exchange.decision.chain.text());
        row.add(attempt.target.provider.text());
        row.add(attempt.target.model);
        row.add(attempt.target.key.text());
        row.add(outcome);
        row.add(attempt.cost.nano);
        row.add(attempt.uncertain.nano);
        row.add(int(attempt.costSource));
        row.add(int(exchange.settlement.isDrill));
        const Usage &usage = attempt.usage;
        for (const qint64 count :
             {usage.input, usage.cacheRead, usage.cacheWrite, usage.cacheWrite1h, usage.inputAudio,
              usage.output, usage.outputAudio, usage.reasoning})
            row.add(count);
        row.add(int(usage.source));
        return row.exec();
    };
    // The first row tells whether the exchange is here already: all of it came in one transaction.
    if (exchange.attempts.isEmpty()) {
        if (auto done = insert(0, Attempt(), int(exchange.outcome.kind)); !done)
            return unexpected(done.error());
        return m_insertSettlement.rowsAffected() > 0;
    }
    for (qsizetype i = 0; i < exchange.attempts.size(); ++i) {
        // The place in the list is what makes it unique; ordinals are told to people.
        const Attempt &attempt = exchange.attempts[i];
        if (auto done = insert(int(i) + 1, attempt, int(attempt.outcome)); !done)
            return unexpected(done.error());
        if (i == 0 && m_insertSettlement.rowsAffected() == 0)
            return false;
    }
    return true;
}

Result<void> LedgerFile::addCells(const RollupCells &cells)
{
    if (!m_addQuarter.isReady()) {
        auto done = m_addQuarter.prepare(
            m_database,
            upsert(QStringLiteral("quarters"),
                   QStringLiteral("from_ms, provider, model, client, chain, is_drill"),
                   QStringLiteral("?, ?, ?, ?, ?, ?"),
                   QStringLiteral("from_ms, provider, model, client, chain, is_drill")));
        if (done)
            done = m_addDay.prepare(
                m_database,
                upsert(
                    QStringLiteral("days"),
                    QStringLiteral("zone, date, from_ms, provider, model, client, chain, is_drill"),
                    QStringLiteral("?, ?, ?, ?, ?, ?, ?, ?"),
                    QStringLiteral("zone, date, provider, model, client, chain, is_drill")));
        if (!done)
            return done;
    }
    const QString zone = QString::fromLatin1(m_days.zone());
    const auto finish = [](Statement &row, const RollupKey &key, const RollupRow &sums) {
        row.add(key.provider);
        row.add(key.model);
        row.add(key.client);
        row.add(key.chain);
        row.add(int(key.isDrill));
        addSums(row, sums);
        return row.exec();
    };
    for (auto cell = cells.cbegin(); cell != cells.cend(); ++cell) {
        const RollupKey &key = cell.key();
        m_addQuarter.start();
        m_addQuarter.add(key.fromWallMs);
        if (auto done = finish(m_addQuarter, key, *cell); !done)
            return done;
        const Day &day = m_days.dayOf(key.fromWallMs);
        m_addDay.start();
        m_addDay.add(zone);
        m_addDay.add(day.date);
        m_addDay.add(day.fromWallMs);
        if (auto done = finish(m_addDay, key, *cell); !done)
            return done;
    }
    return {};
}

Result<void> LedgerFile::saveGates(const QList<GateRow> &gates)
{
    Transaction transaction(m_database);
    if (!transaction.begun())
        return transaction.begun();
    if (auto done = m_database.run(QStringLiteral("DELETE FROM gates")); !done)
        return done;
    {
        auto query = m_database.prepare(QStringLiteral(
            "INSERT OR REPLACE INTO gates VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
        if (!query)
            return unexpected(query.error());
        for (const GateRow &gate : gates) {
            const GateView &view = gate.view;
            int at = 0;
            query->bindValue(at++, int(view.scope));
            query->bindValue(at++, bound(view.provider.text()));
            query->bindValue(at++, bound(view.key.text()));
            query->bindValue(at++, bound(view.model));
            for (const qint64 value : {qint64(view.state), qint64(view.cause), qint64(view.status),
                                       qint64(view.failuresInRow), qint64(view.isHinted),
                                       view.sinceWallMs, view.untilWallMs, qint64(gate.trips)})
                query->bindValue(at++, value);
            if (auto done = Database::exec(*query); !done)
                return done;
        }
    }
    return transaction.commit();
}

Result<QList<GateRow>> LedgerFile::gates()
{
    auto query = m_database.prepare(
        QStringLiteral("SELECT scope, provider, key, model, state, cause, status, failures,"
                       "is_hinted, since_ms, until_ms, trips FROM gates"));
    if (!query)
        return unexpected(query.error());
    if (auto done = Database::exec(*query); !done)
        return unexpected(done.error());
    QList<GateRow> gates;
    while (query->next()) {
        GateRow gate;
        gate.view.scope = toEnum(query->value(0), GateScope::Endpoint);
        gate.view.provider = ProviderId(query->value(1).toString());
        gate.view.key = KeyId(query->value(2).toString());
        gate.view.model = query->value(3).toString();
        gate.view.state = toEnum(query->value(4), GateState::Probing);
        gate.view.cause = toEnum(query->value(5), AttemptOutcome::MovedOn);
        gate.view.status = query->value(6).toInt();
        gate.view.failuresInRow = query->value(7).toInt();
        gate.view.isHinted = query->value(8).toBool();
        gate.view.sinceWallMs = query->value(9).toLongLong();
        gate.view.untilWallMs = query->value(10).toLongLong();
        gate.trips = query->value(11).toInt();
        gates << gate;
    }
    return gates;
}

Result<RollupRow> LedgerFile::dayTotal(qint64 wallMs)
{
    auto query = m_database.prepare(
        QStringLiteral("SELECT %1 FROM days WHERE zone = ? AND date = ? AND is_drill = 0")
            .arg(sumOfColumns()));
    if (!query)
        return unexpected(query.error());
    query->bindValue(0, QString::fromLatin1(m_days.zone()));
    query->bindValue(1, m_days.dayOf(wallMs).date);
    if (auto done = Database::exec(*query); !done)
        return unexpected(done.error());
    RollupRow row;
    if (query->next())
        readSums(*query, 0, row);
    return row;
}

} // namespace sb::store
