// A prepared statement for the hot inserts: binds only what differs from the row before.
//
// QSqlQuery::bindValue() makes and hashes a name for every position (0.3 µs); most columns of
// neighbouring rows are equal, and Qt keeps what was bound. Writer thread.
#pragma once

#include "store/database.h"

#include <QVariant>

#include <vector>

namespace sb::store {

class Statement {
public:
    bool isReady() const { return m_query.has_value(); }
    Result<void> prepare(Database &database, const QString &sql)
    {
        auto query = database.prepare(sql);
        if (!query)
            return unexpected(query.error());
        m_query = std::move(*query);
        return {};
    }
    void clear()
    {
        m_query.reset();
        m_bound.clear();
    }

    // Starts a row; its values follow in order.
    void start() { m_at = 0; }
    void add(qint64 value)
    {
        if (Bound &bound = next(); bound.kind != Kind::Number || bound.number != value) {
            bound = {Kind::Number, value, {}};
            m_query->bindValue(m_at - 1, value);
        }
    }
    void add(const QString &value)
    {
        if (Bound &bound = next(); bound.kind != Kind::Text || bound.text != value) {
            bound = {Kind::Text, 0, value};
            m_query->bindValue(m_at - 1, sb::store::bound(value));
        }
    }
    void add(const QByteArray &value)
    {
        next().kind = Kind::Bytes;
        m_query->bindValue(m_at - 1, value);
    }
    Result<void> exec() { return Database::exec(*m_query); }
    int rowsAffected() const { return m_query->numRowsAffected(); }

private:
    enum class Kind : quint8 { Nothing, Number, Text, Bytes };
    struct Bound {
        Kind kind = Kind::Nothing;
        qint64 number = 0;
        QString text;
    };
    Bound &next()
    {
        if (m_at == int(m_bound.size()))
            m_bound.emplace_back();
        return m_bound[size_t(m_at++)];
    }

    std::optional<QSqlQuery> m_query;
    std::vector<Bound> m_bound;
    int m_at = 0;
};

} // namespace sb::store
