// One SQLite connection through Qt Sql, and what SQLite's complaints mean to us.
//
// Opened, used and closed on one thread. Errors carry the codes "store_full", "store_damaged",
// "store_busy", "store_newer" or "store"; nothing is thrown and nothing is retried here.
#pragma once

#include "base/result.h"

#include <QSqlDatabase>
#include <QSqlQuery>
#include <QStringList>

struct sqlite3;

namespace sb::store {

// What a result code of SQLite, plain or extended, means to us.
Error storeError(int code, const QString &detail);
bool isFull(const Error &error);
bool isDamaged(const Error &error);

class Database {
public:
    enum class Mode : quint8 { ReadWrite, ReadOnly };

    Database() = default;
    ~Database() { close(); }
    Database(const Database &) = delete;
    Database &operator=(const Database &) = delete;

    // ReadWrite makes the file (0600) when there is none; nothing is changed in one that exists.
    Result<void> open(const QString &path, Mode mode);
    // All queries of this connection must be gone.
    void close();
    bool isOpen() const { return !m_name.isEmpty(); }
    const QString &path() const { return m_path; }

    Result<void> run(const QString &sql);
    Result<qint64> number(const QString &sql); // first column of the first row
    Result<QSqlQuery> prepare(const QString &sql);
    // The error of a query that returned false.
    static Error errorOf(const QSqlQuery &query);
    static Result<void> exec(QSqlQuery &query);
    // After the last row: next() also says no when the disk did.
    static Result<void> ended(const QSqlQuery &query);
    // SQLite's own handle of this connection; null when it is not open.
    sqlite3 *connection() const;

private:
    QSqlDatabase handle() const { return QSqlDatabase::database(m_name, false); }

    QString m_name;
    QString m_path;
};

// Ends as it was before unless commit() succeeded.
class Transaction {
public:
    explicit Transaction(Database &database)
        : m_database(database)
        , m_begun(database.run(QStringLiteral("BEGIN IMMEDIATE")))
    {
    }
    ~Transaction()
    {
        if (m_begun && !m_isDone)
            (void)m_database.run(QStringLiteral("ROLLBACK"));
    }
    const Result<void> &begun() const { return m_begun; }
    Result<void> commit()
    {
        auto result = m_database.run(QStringLiteral("COMMIT"));
        m_isDone = result.has_value();
        return result;
    }

private:
    Database &m_database;
    Result<void> m_begun;
    bool m_isDone = false;
};

// Step i takes a file from user_version i to i + 1. Append only: a step that was ever released is
// never changed. [robustness §9]
using Migrations = QList<QStringList>;

// Pragmas, then what is missing of `steps`, each in a transaction of its own. Before an old file is
// changed a copy is kept beside it until the next good start. A newer file: "store_newer",
// untouched.
Result<void> prepareFile(Database &database, const Migrations &steps, bool isSyncFull);
// user_version as the file's header has it; -1 when it is no SQLite file, 0 when there is none.
int headerVersion(const QString &path);

// Renames the file and its companions to NAME.damaged-TIME; the new name, or empty on failure.
QString moveAside(const QString &path);

// Empty texts must not become NULL: they are part of keys.
QVariant bound(const QString &text);

} // namespace sb::store
