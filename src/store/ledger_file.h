// `ledger.db`: settlements, rollups, gates and the revision. What is in it is right.
//
// Used on the writer thread. One book() is one transaction; an exchange that is already booked
// changes nothing. Rollups change only with the settlement they come from.
#pragma once

#include "store/database.h"
#include "store/days.h"
#include "store/health_quarters.h"
#include "store/rollup.h"
#include "store/statement.h"
#include "store/store.h"

#include <QSet>

#include <span>

namespace sb::store {

using ExchangePtr = std::shared_ptr<const Exchange>;

class LedgerFile {
public:
    // `zone`: of the days; they are made anew when the file had another.
    Result<void> open(const QString &path, const QByteArray &zone);
    void close();
    bool isOpen() const { return m_database.isOpen(); }
    Database &database() { return m_database; }

    // How many were new. `peaks`: most attempts at once, for the health of their quarters.
    Result<int> book(std::span<const ExchangePtr> exchanges,
                     const QHash<HealthQuarters::Place, int> &peaks = {});

    Result<void> saveGates(const QList<GateRow> &gates);
    Result<QList<GateRow>> gates();
    Result<void> saveFact(const QString &name, const QVariant &value);
    Result<QVariant> fact(const QString &name);
    // Money of the local day of `wallMs`, without drills.
    Result<RollupRow> dayTotal(qint64 wallMs);
    // Makes the days anew from the quarters when `zone` is not the file's.
    Result<void> useZone(const QByteArray &zone);
    const QByteArray &zone() const { return m_days.zone(); }
    Result<void> trimHealth(qint64 oldestMs) { return HealthQuarters::trim(m_database, oldestMs); }

private:
    Result<int> bookAll(std::span<const ExchangePtr> exchanges,
                        const QHash<HealthQuarters::Place, int> &peaks);
    Result<bool> insertSettlements(const Exchange &exchange);
    Result<void> addCells(const RollupCells &cells);
    Result<void> addCallers(const CallerCells &cells);
    Result<CallerCells> folded(const CallerCells &cells);
    void clearStatements();

    Database m_database;
    DayBook m_days{QByteArray()};
    Statement m_insertSettlement;
    Statement m_addQuarter;
    Statement m_addDay;
    Statement m_addCallerQuarter;
    Statement m_addCallerDay;
    HealthQuarters m_health;
    // The callers told apart on one UTC day; what comes beyond them is folded.
    qint64 m_callersDay = -1;
    QSet<std::pair<QString, QString>> m_callers;
};

} // namespace sb::store
