#include "store/health_quarters.h"

#include "store/days.h"

#include <QVariant>

namespace sb::store {

Result<HealthQuarters::Kept *> HealthQuarters::grainAt(Database &database, const Place &place)
{
    const auto known = m_grains.find(place);
    if (known != m_grains.end())
        return &*known;
    auto query = database.prepare(
        QStringLiteral("SELECT body FROM health WHERE from_ms = ? AND level = ? AND provider = ?"
                       " AND model = ? AND key = ? AND is_drill = ?"));
    if (!query)
        return unexpected(query.error());
    const HealthKey &key = place.second;
    query->addBindValue(place.first);
    query->addBindValue(int(key.level));
    query->addBindValue(bound(key.provider));
    query->addBindValue(bound(key.model));
    query->addBindValue(bound(key.key));
    query->addBindValue(int(key.isDrill));
    if (auto done = Database::exec(*query); !done)
        return unexpected(done.error());
    Kept kept;
    if (query->next())
        kept.grain = HealthGrain::fromBytes(query->value(0).toByteArray());
    m_newestMs = std::max(m_newestMs, place.first);
    return &*m_grains.insert(place, std::move(kept));
}

Result<void> HealthQuarters::add(Database &database, const Exchange &exchange)
{
    for (const Attempt &attempt : exchange.attempts) {
        const Place place(quarterOf(endOf(exchange, attempt)),
                          {HealthLevel::Key, attempt.target.provider.text(), attempt.target.model,
                           attempt.target.key.text(), attempt.isInjected});
        const auto kept = grainAt(database, place);
        if (!kept)
            return unexpected(kept.error());
        (*kept)->grain.add(attempt);
        (*kept)->isChanged = true;
    }
    return {};
}

Result<void> HealthQuarters::raise(Database &database, const QHash<Place, int> &peaks)
{
    for (auto peak = peaks.cbegin(); peak != peaks.cend(); ++peak) {
        const auto kept = grainAt(database, peak.key());
        if (!kept)
            return unexpected(kept.error());
        if ((*kept)->grain.inFlight >= *peak)
            continue;
        (*kept)->grain.inFlight = *peak;
        (*kept)->isChanged = true;
    }
    return {};
}

Result<void> HealthQuarters::write(Database &database)
{
    if (!m_replace.isReady()) {
        if (auto done = m_replace.prepare(
                database,
                QStringLiteral("INSERT OR REPLACE INTO health (from_ms, level, provider, model,"
                               " key, is_drill, body) VALUES (?, ?, ?, ?, ?, ?, ?)"));
            !done)
            return done;
    }
    for (auto kept = m_grains.begin(); kept != m_grains.end(); ++kept) {
        if (!kept->isChanged)
            continue;
        const auto &[fromMs, key] = kept.key();
        m_replace.start();
        m_replace.add(fromMs);
        m_replace.add(int(key.level));
        m_replace.add(key.provider);
        m_replace.add(key.model);
        m_replace.add(key.key);
        m_replace.add(int(key.isDrill));
        m_replace.add(kept->grain.bytes());
        if (auto done = m_replace.exec(); !done)
            return done;
        kept->isChanged = false;
    }
    m_grains.removeIf([this](const QHash<Place, Kept>::iterator &kept) {
        return kept.key().first < m_newestMs - kQuarterMs;
    });
    return {};
}

void HealthQuarters::forget()
{
    m_grains.clear();
    m_newestMs = 0;
    m_replace.clear();
}

Result<QList<HealthCell>> HealthQuarters::cells(Database &database, qint64 fromMs, qint64 toMs,
                                                qint64 bucketMs)
{
    auto query = database.prepare(
        QStringLiteral("SELECT from_ms, level, provider, model, key, is_drill, body FROM health"
                       " WHERE from_ms >= ? AND from_ms < ?"));
    if (!query)
        return unexpected(query.error());
    query->addBindValue(fromMs);
    query->addBindValue(toMs);
    if (auto done = Database::exec(*query); !done)
        return unexpected(done.error());
    QHash<Place, HealthGrain> merged;
    while (query->next()) {
        const qint64 quarter = query->value(0).toLongLong();
        const HealthKey key{HealthLevel(std::clamp(query->value(1).toInt(), 0, 2)),
                            query->value(2).toString(), query->value(3).toString(),
                            query->value(4).toString(), query->value(5).toBool()};
        merged[{quarter - quarter % bucketMs, key}].merge(
            HealthGrain::fromBytes(query->value(6).toByteArray()));
    }
    if (auto done = Database::ended(*query); !done)
        return unexpected(done.error());
    QList<HealthCell> cells;
    cells.reserve(merged.size());
    for (auto it = merged.begin(); it != merged.end(); ++it)
        cells.append({it.key().first, it.key().second, std::move(*it)});
    return cells;
}

Result<void> HealthQuarters::trim(Database &database, qint64 oldestMs)
{
    auto query = database.prepare(QStringLiteral("DELETE FROM health WHERE from_ms < ?"));
    if (!query)
        return unexpected(query.error());
    query->addBindValue(oldestMs);
    return Database::exec(*query);
}

} // namespace sb::store
