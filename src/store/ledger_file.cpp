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
    m_addCallerQuarter.clear();
    m_addCallerDay.clear();
    m_health.forget();
    m_callersDay = -1;
    m_callers.clear();
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
        if (auto done = Database::ended(*query); !done)
            return done;
    }
    Transaction transaction(m_database);
    if (!transaction.begun())
        return transaction.begun();
    for (const QString &sql :
         {QStringLiteral("CREATE TEMP TABLE IF NOT EXISTS dates (quarter_ms INTEGER PRIMARY KEY,"
                         "date TEXT NOT NULL, from_ms INTEGER NOT NULL)"),
          QStringLiteral("DELETE FROM dates"), QStringLiteral("DELETE FROM days"),
          QStringLiteral("DELETE FROM caller_days")}) {
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
        for (const auto &[table, keys] :
             {std::pair(QStringLiteral("days"),
                        QStringLiteral("provider, model, client, chain, key, is_drill")),
              std::pair(QStringLiteral("caller_days"),
                        QStringLiteral("program, folder, is_drill"))}) {
            const QString quarters = table == QLatin1String("days")
                ? QStringLiteral("quarters")
                : QStringLiteral("caller_quarters");
            auto fill = m_database.prepare(
                QStringLiteral("INSERT INTO %1 (zone, date, from_ms, %2, %3) SELECT ?, d.date,"
                               " d.from_ms, %2, %4 FROM %5 q JOIN dates d ON"
                               " d.quarter_ms = q.from_ms GROUP BY d.date, %2")
                    .arg(table, keys, sumColumns(), sumOfColumns(), quarters));
            if (!fill)
                return unexpected(fill.error());
            fill->bindValue(0, name);
            if (auto done = Database::exec(*fill); !done)
                return done;
        }
    }
    if (auto done = saveFact(QStringLiteral("zone"), name); !done)
        return done;
    return transaction.commit();
}

Result<int> LedgerFile::book(std::span<const ExchangePtr> exchanges,
                             const QHash<HealthQuarters::Place, int> &peaks)
{
    Result<int> booked = bookAll(exchanges, peaks);
    if (!booked) { // what was added up beside the file is not in it
        m_health.forget();
        m_callersDay = -1;
    }
    return booked;
}

Result<int> LedgerFile::bookAll(std::span<const ExchangePtr> exchanges,
                                const QHash<HealthQuarters::Place, int> &peaks)
{
    Transaction transaction(m_database);
    if (!transaction.begun())
        return unexpected(transaction.begun().error());
    RollupCells cells;
    CallerCells callers;
    int added = 0;
    for (const ExchangePtr &exchange : exchanges) {
        const Result<bool> isNew = insertSettlements(*exchange);
        if (!isNew)
            return unexpected(isNew.error());
        if (!*isNew)
            continue;
        addTo(cells, *exchange);
        addTo(callers, *exchange);
        if (auto done = m_health.add(m_database, *exchange); !done)
            return unexpected(done.error());
        ++added;
    }
    if (auto done = addCells(cells); !done)
        return unexpected(done.error());
    if (auto done = addCallers(callers); !done)
        return unexpected(done.error());
    if (auto done = m_health.raise(m_database, peaks); !done)
        return unexpected(done.error());
    if (auto done = m_health.write(m_database); !done)
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
                   QStringLiteral("from_ms, provider, model, client, chain, key, is_drill"),
                   QStringLiteral("?, ?, ?, ?, ?, ?, ?"),
                   QStringLiteral("from_ms, provider, model, client, chain, key, is_drill")));
        if (done)
            done = m_addDay.prepare(
                m_database,
                upsert(
                    QStringLiteral("days"),
                    QStringLiteral(
                        "zone, date, from_ms, provider, model, client, chain, key, is_drill"),
                    QStringLiteral("?, ?, ?, ?, ?, ?, ?, ?, ?"),
                    QStringLiteral("zone, date, provider, model, client, chain, key, is_drill")));
        if (!done)
            return done;
    }
    const QString zone = QString::fromLatin1(m_days.zone());
    const auto finish = [](Statement &row, const RollupKey &key, const RollupRow &sums) {
        row.add(key.provider);
        row.add(key.model);
        row.add(key.client);
        row.add(key.chain);
        row.add(key.key);
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

// At most kCallersADay pairs of a day keep their name; a folder per run must not grow the file.
Result<CallerCells> LedgerFile::folded(const CallerCells &cells)
{
    constexpr qint64 kUtcDayMs = 24ll * 60 * 60 * 1000;
    // Of those that come at once the dearest keep their names.
    QList<CallerKey> order = cells.keys();
    std::sort(order.begin(), order.end(), [&](const CallerKey &a, const CallerKey &b) {
        const auto rank = [&](const CallerKey &key) {
            return std::tuple(key.fromWallMs, -cells[key].cost.nano, key.program, key.folder);
        };
        return rank(a) < rank(b);
    });
    CallerCells kept;
    for (CallerKey key : std::as_const(order)) {
        const RollupRow &sums = cells.constFind(key).value();
        const qint64 day = key.fromWallMs / kUtcDayMs;
        if (day != m_callersDay) {
            m_callers.clear();
            m_callersDay = -1;
            auto query = m_database.prepare(
                QStringLiteral("SELECT DISTINCT program, folder FROM caller_quarters"
                               " WHERE from_ms >= ? AND from_ms < ?"));
            if (!query)
                return unexpected(query.error());
            query->addBindValue(day * kUtcDayMs);
            query->addBindValue((day + 1) * kUtcDayMs);
            if (auto done = Database::exec(*query); !done)
                return unexpected(done.error());
            while (query->next())
                m_callers.insert({query->value(0).toString(), query->value(1).toString()});
            if (auto done = Database::ended(*query); !done)
                return unexpected(done.error());
            m_callersDay = day;
        }
        const std::pair<QString, QString> caller(key.program, key.folder);
        if (!m_callers.contains(caller)) {
            if (m_callers.size() < kCallersADay)
                m_callers.insert(caller);
            else
                key.program = key.folder = kOtherCallers;
        }
        addSums(kept[key], sums);
    }
    return kept;
}

Result<void> LedgerFile::addCallers(const CallerCells &cells)
{
    if (!m_addCallerQuarter.isReady()) {
        auto done = m_addCallerQuarter.prepare(
            m_database,
            upsert(QStringLiteral("caller_quarters"),
                   QStringLiteral("from_ms, program, folder, is_drill"),
                   QStringLiteral("?, ?, ?, ?"),
                   QStringLiteral("from_ms, program, folder, is_drill")));
        if (done)
            done = m_addCallerDay.prepare(
                m_database,
                upsert(QStringLiteral("caller_days"),
                       QStringLiteral("zone, date, from_ms, program, folder, is_drill"),
                       QStringLiteral("?, ?, ?, ?, ?, ?"),
                       QStringLiteral("zone, date, program, folder, is_drill")));
        if (!done)
            return done;
    }
    const auto kept = folded(cells);
    if (!kept)
        return unexpected(kept.error());
    const QString zone = QString::fromLatin1(m_days.zone());
    const auto finish = [](Statement &row, const CallerKey &key, const RollupRow &sums) {
        row.add(key.program);
        row.add(key.folder);
        row.add(int(key.isDrill));
        addSums(row, sums);
        return row.exec();
    };
    for (auto cell = kept->cbegin(); cell != kept->cend(); ++cell) {
        const CallerKey &key = cell.key();
        m_addCallerQuarter.start();
        m_addCallerQuarter.add(key.fromWallMs);
        if (auto done = finish(m_addCallerQuarter, key, *cell); !done)
            return done;
        const Day &day = m_days.dayOf(key.fromWallMs);
        m_addCallerDay.start();
        m_addCallerDay.add(zone);
        m_addCallerDay.add(day.date);
        m_addCallerDay.add(day.fromWallMs);
        if (auto done = finish(m_addCallerDay, key, *cell); !done)
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
    if (auto done = Database::ended(*query); !done)
        return unexpected(done.error());
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
