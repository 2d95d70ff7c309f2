// A prepared statement for the hot inserts, on SQLite's own interface: Qt Sql binds every column of
// every row anew through QVariant, which cost as much as SQLite's work. Here only what differs from
// the row before is bound; SQLite keeps the rest.
//
// Lives on the connection of a Database, which must be open and outlive what was prepared. Qt's
// driver uses the same SQLite library of the system. Writer thread.
#pragma once

#include "store/database.h"

#include <memory>
#include <vector>

struct sqlite3_stmt;

namespace sb::store {

class Statement {
public:
    bool isReady() const { return m_statement != nullptr; }
    Result<void> prepare(Database &database, const QString &sql);
    void clear();

    // Starts a row; its values follow in order.
    void start() { m_at = 0; }
    void add(qint64 value);
    void add(const QString &value); // a null text is an empty one: texts are part of keys
    void add(const QByteArray &value);
    Result<void> exec();
    int rowsAffected() const { return m_rowsAffected; }

private:
    enum class Kind : quint8 { Nothing, Number, Text, Bytes };
    struct Bound {
        Kind kind = Kind::Nothing;
        qint64 number = 0;
        QString text;
        QByteArray bytes; // of Text in UTF-8, of Bytes: SQLite reads them here
    };
    struct Finalize {
        void operator()(sqlite3_stmt *statement) const;
    };

    Bound &next();

    std::unique_ptr<sqlite3_stmt, Finalize> m_statement;
    std::vector<Bound> m_bound;
    int m_at = 0;
    int m_rowsAffected = 0;
};

} // namespace sb::store
