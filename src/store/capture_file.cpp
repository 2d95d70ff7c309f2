#include "store/capture_file.h"

#include "store/capture_codec.h"
#include "store/exchange_codec.h"
#include "store/schema.h"

#include <QFileInfo>
#include <QVariant>

namespace sb::store {

namespace {
constexpr int kShrinkRows = 16;
constexpr int kForgetRows = 50;
} // namespace

Result<void> CaptureFile::open(const QString &path, bool isMaking)
{
    if (m_database.isOpen() || (!isMaking && !QFileInfo::exists(path)))
        return {};
    if (auto done = m_database.open(path, Database::Mode::ReadWrite); !done)
        return done;
    auto done = prepareFile(m_database, captureMigrations(), false);
    if (done)
        done = m_database.run(QStringLiteral("PRAGMA secure_delete = ON"));
    if (!done)
        m_database.close();
    return done;
}

Result<int> CaptureFile::run(const QString &sql, const QVariantList &values)
{
    auto query = m_database.prepare(sql);
    if (!query)
        return unexpected(query.error());
    for (const QVariant &value : values)
        query->addBindValue(value);
    if (auto done = Database::exec(*query); !done)
        return unexpected(done.error());
    return query->numRowsAffected();
}

Result<void> CaptureFile::add(const QList<Row> &rows)
{
    Transaction transaction(m_database);
    if (!transaction.begun())
        return transaction.begun();
    for (const Row &row : rows) {
        const QByteArray id = idBytes(row.id);
        auto done = run(QStringLiteral("INSERT INTO captures (id, state, trimmed_ms)"
                                       " VALUES (?, ?, 0) ON CONFLICT DO NOTHING"),
                        {id, int(row.state)});
        if (done && *done > 0 && row.state == CaptureState::Kept)
            done = run(QStringLiteral("INSERT INTO bodies (id, body) VALUES (?, ?)"),
                       {id, row.body});
        if (!done)
            return unexpected(done.error());
    }
    return transaction.commit();
}

Result<qint64> CaptureFile::used()
{
    return m_database.number(
        QStringLiteral("SELECT (page_count - freelist_count) * page_size FROM pragma_page_count(),"
                       "pragma_freelist_count(), pragma_page_size()"));
}

Result<qint64> CaptureFile::shrinkSome(qint64 bytes, qint64 nowWallMs)
{
    const auto held = used();
    if (!held)
        return unexpected(held.error());
    if (*held <= bytes)
        return 0;
    Transaction transaction(m_database);
    if (!transaction.begun())
        return unexpected(transaction.begun().error());
    // Ids sort by time.
    const QString oldest
        = QStringLiteral(" IN (SELECT id FROM bodies ORDER BY id LIMIT %1)").arg(kShrinkRows);
    auto done
        = run(QStringLiteral("UPDATE captures SET state = ?, trimmed_ms = ? WHERE id") + oldest,
              {int(CaptureState::Trimmed), nowWallMs});
    if (done)
        done = run(QStringLiteral("DELETE FROM bodies WHERE id") + oldest, {});
    if (!done)
        return unexpected(done.error());
    if (auto committed = transaction.commit(); !committed)
        return unexpected(committed.error());
    return qint64(*done);
}

Result<qint64> CaptureFile::forgetSome(const ExchangeId &before)
{
    Transaction transaction(m_database);
    if (!transaction.begun())
        return unexpected(transaction.begun().error());
    const QString first
        = QStringLiteral(" IN (SELECT id FROM captures WHERE id < ? ORDER BY id LIMIT %1)")
              .arg(kForgetRows);
    const QByteArray id = idBytes(before);
    auto done = run(QStringLiteral("DELETE FROM bodies WHERE id") + first, {id});
    if (done)
        done = run(QStringLiteral("DELETE FROM captures WHERE id") + first, {id});
    if (!done)
        return unexpected(done.error());
    if (auto committed = transaction.commit(); !committed)
        return unexpected(committed.error());
    return qint64(*done);
}

Result<void> CaptureFile::tidy()
{
    if (auto done = m_database.run(QStringLiteral("PRAGMA incremental_vacuum")); !done)
        return done;
    return m_database.run(QStringLiteral("PRAGMA wal_checkpoint(TRUNCATE)"));
}

Result<Capture> CaptureFile::find(Database &database, const ExchangeId &id)
{
    auto query = database.prepare(
        QStringLiteral("SELECT state, trimmed_ms, body FROM captures LEFT JOIN bodies USING (id)"
                       " WHERE captures.id = ?"));
    if (!query)
        return unexpected(query.error());
    query->addBindValue(idBytes(id));
    if (auto done = Database::exec(*query); !done)
        return unexpected(done.error());
    Capture capture;
    if (!query->next())
        return capture;
    const int state = query->value(0).toInt();
    if (state < 0 || state > int(CaptureState::Trimmed))
        return capture; // a later version's
    capture.state = CaptureState(state);
    capture.trimmedWallMs = query->value(1).toLongLong();
    if (capture.state != CaptureState::Kept)
        return capture;
    Result<CapturedExchange> decoded = decodeCapture(query->value(2).toByteArray());
    if (!decoded)
        return unexpected(decoded.error());
    capture.exchange = std::make_shared<const CapturedExchange>(std::move(*decoded));
    return capture;
}

Result<qint64> CaptureFile::count(Database &database)
{
    return database.number(QStringLiteral("SELECT count(*) FROM bodies"));
}

} // namespace sb::store
