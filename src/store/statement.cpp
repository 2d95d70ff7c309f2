#include "store/statement.h"

#include <sqlite3.h>

namespace sb::store {

namespace {
Unexpected lastError(sqlite3 *connection)
{
    return unexpected(storeError(sqlite3_extended_errcode(connection),
                                 QString::fromUtf8(sqlite3_errmsg(connection))));
}
} // namespace

void Statement::Finalize::operator()(sqlite3_stmt *statement) const
{
    sqlite3_finalize(statement);
}

Result<void> Statement::prepare(Database &database, const QString &sql)
{
    clear();
    sqlite3 *const connection = database.connection();
    if (!connection)
        return unexpected(
            Error::make(QStringLiteral("store"), QStringLiteral("no SQLite connection")));
    const QByteArray text = sql.toUtf8();
    sqlite3_stmt *statement = nullptr;
    if (sqlite3_prepare_v3(connection, text.constData(), int(text.size()),
                           SQLITE_PREPARE_PERSISTENT, &statement, nullptr)
        != SQLITE_OK)
        return lastError(connection);
    m_statement.reset(statement);
    m_bound.resize(size_t(sqlite3_bind_parameter_count(statement)));
    return {};
}

void Statement::clear()
{
    m_statement.reset();
    m_bound.clear();
}

Statement::Bound &Statement::next()
{
    Q_ASSERT(m_at < int(m_bound.size()));
    return m_bound[size_t(m_at++)];
}

void Statement::add(qint64 value)
{
    Bound &bound = next();
    if (bound.kind == Kind::Number && bound.number == value)
        return;
    bound.kind = Kind::Number;
    bound.number = value;
    sqlite3_bind_int64(m_statement.get(), m_at, value);
}

void Statement::add(const QString &value)
{
    Bound &bound = next();
    // Mostly the configuration's own text, shared: then its place tells.
    if (bound.kind == Kind::Text && bound.text.size() == value.size()
        && (bound.text.constData() == value.constData() || bound.text == value))
        return;
    bound.kind = Kind::Text;
    bound.text = value;
    bound.bytes = value.toUtf8();
    sqlite3_bind_text(m_statement.get(), m_at, bound.bytes.constData(), int(bound.bytes.size()),
                      SQLITE_STATIC);
}

void Statement::add(const QByteArray &value)
{
    Bound &bound = next();
    bound.kind = Kind::Bytes;
    bound.bytes = value;
    sqlite3_bind_blob(m_statement.get(), m_at, bound.bytes.constData(), int(bound.bytes.size()),
                      SQLITE_STATIC);
}

Result<void> Statement::exec()
{
    Q_ASSERT(m_at == int(m_bound.size()));
    sqlite3_stmt *const statement = m_statement.get();
    sqlite3 *const connection = sqlite3_db_handle(statement);
    int step;
    do
        step = sqlite3_step(statement);
    while (step == SQLITE_ROW);
    // The reset gives the step's error again, and lets go of its locks.
    if (sqlite3_reset(statement) != SQLITE_OK || step != SQLITE_DONE)
        return lastError(connection);
    m_rowsAffected = sqlite3_changes(connection);
    return {};
}

} // namespace sb::store
