#include "store/history_file.h"

#include "base/log.h"
#include "store/exchange_bits.h"
#include "store/exchange_codec.h"
#include "store/schema.h"

#include <QVariant>

namespace sb::store {

namespace {
constexpr int kTrimRows = 500;
constexpr qint64 kVacuumPages = 500;
constexpr int kMaxPage = 1'000;
constexpr int kMaxEvents = 20'000;

template <typename E> E toEnum(const QVariant &value, E last)
{
    const int number = value.toInt();
    return number >= 0 && number <= int(last) ? E(number) : E(0);
}
} // namespace

Result<void> HistoryFile::open(const QString &path)
{
    close();
    if (auto done = m_database.open(path, Database::Mode::ReadWrite); !done)
        return done;
    return prepareFile(m_database, historyMigrations(), false);
}

void HistoryFile::close()
{
    m_insert.clear();
    m_database.close();
}

Result<void> HistoryFile::add(std::span<const std::shared_ptr<const Exchange>> exchanges)
{
    const auto isKept = [](const auto &exchange) { return exchange->ask.log != LogPolicy::Off; };
    if (std::none_of(exchanges.begin(), exchanges.end(), isKept))
        return {};
    Transaction transaction(m_database);
    if (!transaction.begun())
        return transaction.begun();
    if (!m_insert.isReady()) {
        if (auto done = m_insert.prepare(
                m_database,
                QStringLiteral("INSERT INTO exchanges (id, wall_ms, client, chain, dialect, model,"
                               "provider, served_model, outcome, code, status, attempts,"
                               "is_failover, is_diverted, is_drill, cost_nusd, uncertain_nusd,"
                               "tokens_in, tokens_out, first_content_us, ended_us, body, flags,"
                               "outcomes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
                               "?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"));
            !done)
            return done;
    }
    Statement &row = m_insert;
    for (const auto &shared : exchanges) {
        if (!isKept(shared))
            continue;
        const Exchange &exchange = *shared;
        const Attempt *server = exchange.server();
        const Settlement &settlement = exchange.settlement;
        row.start();
        row.add(idBytes(exchange.id));
        row.add(exchange.wallMs);
        row.add(exchange.client.text());
        row.add(exchange.decision.chain.text());
        row.add(int(exchange.ask.dialect));
        row.add(exchange.ask.model);
        row.add(server ? server->target.provider.text() : QString());
        row.add(server ? server->target.model : QString());
        row.add(int(exchange.outcome.kind));
        row.add(int(exchange.outcome.code));
        row.add(exchange.outcome.status);
        row.add(exchange.attempts.size());
        row.add(int(exchange.outcome.isFailover));
        row.add(int(exchange.outcome.isDiverted));
        row.add(int(settlement.isDrill));
        row.add(settlement.cost.nano);
        row.add(settlement.uncertain.nano);
        row.add(settlement.usage.prompt());
        row.add(settlement.usage.completion());
        row.add(exchange.firstContentAt.count());
        row.add(exchange.endedAt.count());
        row.add(encodeExchange(exchange));
        row.add(flagBits(exchange));
        row.add(outcomeBits(exchange));
        if (auto done = row.exec(); !done)
            return done;
    }
    return transaction.commit();
}

Result<void> HistoryFile::addEvents(std::span<const std::shared_ptr<const EventView>> events)
{
    if (events.empty())
        return {};
    Transaction transaction(m_database);
    if (!transaction.begun())
        return transaction.begun();
    {
        auto query = m_database.prepare(QStringLiteral(
            "INSERT INTO events (wall_ms, kind, provider, chain, client, cause, status, revision,"
            " subject, until_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
        if (!query)
            return unexpected(query.error());
        for (const auto &event : events) {
            int at = 0;
            query->bindValue(at++, event->wallMs);
            query->bindValue(at++, int(event->kind));
            query->bindValue(at++, bound(event->provider.text()));
            query->bindValue(at++, bound(event->chain.text()));
            query->bindValue(at++, bound(event->client.text()));
            query->bindValue(at++, int(event->cause));
            query->bindValue(at++, event->status);
            query->bindValue(at++, qint64(event->revision));
            query->bindValue(at++, bound(event->subject));
            query->bindValue(at++, event->untilWallMs);
            if (auto done = Database::exec(*query); !done)
                return done;
        }
    }
    return transaction.commit();
}

Result<QList<EventView>> HistoryFile::events(Database &database, qint64 fromWallMs, qint64 toWallMs)
{
    // The newest ones when there are too many to show.
    auto query = database.prepare(
        QStringLiteral("SELECT wall_ms, kind, provider, chain, client, cause, status, revision,"
                       " subject, until_ms FROM events WHERE wall_ms >= ? AND wall_ms < ?"
                       " ORDER BY wall_ms DESC, seq DESC LIMIT ?"));
    if (!query)
        return unexpected(query.error());
    query->addBindValue(fromWallMs);
    query->addBindValue(toWallMs);
    query->addBindValue(kMaxEvents);
    if (auto done = Database::exec(*query); !done)
        return unexpected(done.error());
    QList<EventView> events;
    while (query->next()) {
        const int kind = query->value(1).toInt();
        if (kind < 0 || kind > int(EventKind::Resumed))
            continue; // a later version's
        EventView event;
        event.wallMs = query->value(0).toLongLong();
        event.kind = EventKind(kind);
        event.provider = ProviderId(query->value(2).toString());
        event.chain = ChainId(query->value(3).toString());
        event.client = ClientId(query->value(4).toString());
        event.cause = toEnum(query->value(5), AttemptOutcome::MovedOn);
        event.status = query->value(6).toInt();
        event.revision = query->value(7).toUInt();
        event.subject = query->value(8).toString();
        event.untilWallMs = query->value(9).toLongLong();
        events << event;
    }
    if (auto done = Database::ended(*query); !done)
        return unexpected(done.error());
    std::reverse(events.begin(), events.end());
    return events;
}

Result<qint64> HistoryFile::trimSome(qint64 oldestWallMs, qint64 bytes)
{
    const auto used = m_database.number(
        QStringLiteral("SELECT (page_count - freelist_count) * page_size FROM pragma_page_count(),"
                       "pragma_freelist_count(), pragma_page_size()"));
    if (!used)
        return unexpected(used.error());
    // Ids sort by time, so the oldest rows are the first of the index.
    auto query = m_database.prepare(
        *used > bytes
            ? QStringLiteral("DELETE FROM exchanges WHERE seq IN"
                             "(SELECT seq FROM exchanges ORDER BY id LIMIT ?)")
            : QStringLiteral("DELETE FROM exchanges WHERE seq IN"
                             "(SELECT seq FROM exchanges WHERE id < ? ORDER BY id LIMIT ?)"));
    if (!query)
        return unexpected(query.error());
    if (*used <= bytes)
        query->addBindValue(
            idBytes(ExchangeId{quint64(std::max<qint64>(oldestWallMs, 0)) << 16, 0}));
    query->addBindValue(kTrimRows);
    if (auto done = Database::exec(*query); !done)
        return unexpected(done.error());
    const qint64 removed = query->numRowsAffected();
    query.value().finish();
    auto old = m_database.prepare(QStringLiteral("DELETE FROM events WHERE wall_ms < ?"));
    if (!old)
        return unexpected(old.error());
    old->addBindValue(oldestWallMs);
    if (auto done = Database::exec(*old); !done)
        return unexpected(done.error());
    old.value().finish();
    if (removed == 0)
        return removed;
    Transaction transaction(m_database);
    if (!transaction.begun())
        return unexpected(transaction.begun().error());
    const auto free = m_database.number(QStringLiteral("PRAGMA freelist_count"));
    if (!free)
        return unexpected(free.error());
    // Gives back a page per row it yields, and Qt Sql takes only the first row of it.
    for (qint64 left = std::min<qint64>(*free, kVacuumPages); left > 0; --left) {
        if (auto done = m_database.run(QStringLiteral("PRAGMA incremental_vacuum(1)")); !done)
            return unexpected(done.error());
    }
    if (auto done = transaction.commit(); !done)
        return unexpected(done.error());
    return removed;
}

Result<std::optional<ExchangeId>> HistoryFile::oldest()
{
    auto query = m_database.prepare(QStringLiteral("SELECT id FROM exchanges ORDER BY id LIMIT 1"));
    if (!query)
        return unexpected(query.error());
    if (auto done = Database::exec(*query); !done)
        return unexpected(done.error());
    return query->next() ? idFromBytes(query->value(0).toByteArray()) : std::nullopt;
}

Result<Page> HistoryFile::page(Database &database, std::optional<ExchangeId> before, int limit)
{
    limit = std::clamp(limit, 1, kMaxPage);
    auto query = database.prepare(
        before
            ? QStringLiteral("SELECT id, body FROM exchanges WHERE id < ? ORDER BY id DESC LIMIT ?")
            : QStringLiteral("SELECT id, body FROM exchanges ORDER BY id DESC LIMIT ?"));
    if (!query)
        return unexpected(query.error());
    if (before)
        query->addBindValue(idBytes(*before));
    query->addBindValue(limit + 1);
    if (auto done = Database::exec(*query); !done)
        return unexpected(done.error());
    Page page;
    std::optional<ExchangeId> last;
    for (int rows = 0; query->next(); ++rows) {
        if (rows == limit) {
            page.next = last;
            break;
        }
        last = idFromBytes(query->value(0).toByteArray());
        Result<Exchange> exchange = decodeExchange(query->value(1).toByteArray());
        if (exchange)
            page.exchanges.append(std::make_shared<const Exchange>(std::move(*exchange)));
        else
            qCWarning(lcStore, "a history row could not be read: %ls",
                      qUtf16Printable(exchange.error().detail));
    }
    if (auto done = Database::ended(*query); !done)
        return unexpected(done.error());
    return page;
}

Result<std::shared_ptr<const Exchange>> HistoryFile::find(Database &database, const ExchangeId &id)
{
    auto query = database.prepare(QStringLiteral("SELECT body FROM exchanges WHERE id = ?"));
    if (!query)
        return unexpected(query.error());
    query->addBindValue(idBytes(id));
    if (auto done = Database::exec(*query); !done)
        return unexpected(done.error());
    if (!query->next())
        return unexpected(Error::make(QStringLiteral("no_such_id"), QString::fromLatin1(id.text()),
                                      Blame::Client));
    Result<Exchange> exchange = decodeExchange(query->value(0).toByteArray());
    if (!exchange)
        return unexpected(exchange.error());
    return std::make_shared<const Exchange>(std::move(*exchange));
}

} // namespace sb::store
