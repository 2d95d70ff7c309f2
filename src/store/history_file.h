// `history.db`: whole exchanges for looking back. May lag, may be trimmed, may be lost.
//
// Used on the writer thread; the reader has its own connection and the static functions.
#pragma once

#include "store/database.h"
#include "store/statement.h"
#include "store/store.h"

#include <span>

namespace sb::store {

class HistoryFile {
public:
    Result<void> open(const QString &path);
    void close();
    Database &database() { return m_database; }

    // One transaction; what is there already and what its owner wants forgotten is left out.
    Result<void> add(std::span<const std::shared_ptr<const Exchange>> exchanges);
    Result<void> addEvents(std::span<const std::shared_ptr<const EventView>> events);
    // Removes a few of the oldest rows while they are older than `oldestWallMs` or the file holds
    // more than `bytes`. 0 = nothing left to do.
    Result<qint64> trimSome(qint64 oldestWallMs, qint64 bytes);

    Result<std::optional<ExchangeId>> oldest();

    static Result<Page> page(Database &database, std::optional<ExchangeId> before, int limit);
    static Result<std::shared_ptr<const Exchange>> find(Database &database, const ExchangeId &id);
    static Result<QList<EventView>> events(Database &database, qint64 fromWallMs, qint64 toWallMs);

private:
    Database m_database;
    Statement m_insert;
};

} // namespace sb::store
