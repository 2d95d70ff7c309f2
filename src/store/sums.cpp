#include "store/sums.h"

#include "store/days.h"
#include "store/rollup.h"

#include <sqlite3.h>

#include <QScopeGuard>

#include <algorithm>
#include <memory>
#include <vector>

namespace sb::store {

namespace {
constexpr qint64 kLastWallMs = 253'402'300'799'000 - 86'400'000; // in the year 9999
constexpr qint64 kTwoDaysMs = 2 * 24ll * 60 * 60 * 1000;

struct GroupPlace {
    QString column;
    bool isCaller;
};

GroupPlace placeOf(SumGroup group)
{
    switch (group) {
    case SumGroup::Model:
        return {QStringLiteral("model"), false};
    case SumGroup::Client:
        return {QStringLiteral("client"), false};
    case SumGroup::Key:
        return {QStringLiteral("iif(provider = '', '', provider || '/' || key)"), false};
    case SumGroup::Provider:
        return {QStringLiteral("provider"), false};
    case SumGroup::Chain:
        return {QStringLiteral("chain"), false};
    case SumGroup::Program:
        return {QStringLiteral("program"), true};
    case SumGroup::Folder:
        return {QStringLiteral("folder"), true};
    }
    return {QStringLiteral("''"), false};
}

struct Finalize {
    void operator()(sqlite3_stmt *statement) const { sqlite3_finalize(statement); }
};
using Query = std::unique_ptr<sqlite3_stmt, Finalize>;

class Adder {
public:
    Adder(Database &ledger, const SumAsk &ask, const QString &keptZone)
        : m_ledger(ledger)
        , m_ask(ask)
        , m_keptZone(keptZone.toUtf8())
        , m_place(placeOf(ask.group))
    {
    }

    Result<void> add()
    {
        if (!m_ask.dayZone)
            return addQuarters();
        DayBook asked(*m_ask.dayZone);
        return asked.zone() == m_keptZone ? addDays() : addOtherDays(asked);
    }

    QList<SumRow> rows() const
    {
        using Cell = decltype(m_cells)::const_iterator;
        std::vector<Cell> order;
        order.reserve(size_t(m_cells.size()));
        for (auto cell = m_cells.cbegin(); cell != m_cells.cend(); ++cell)
            order.push_back(cell);
        std::sort(order.begin(), order.end(), [this](const Cell &a, const Cell &b) {
            return a.key().first != b.key().first
                ? a.key().first < b.key().first
                : m_names[size_t(a.key().second)] < m_names[size_t(b.key().second)];
        });
        QStringList names;
        for (const QByteArray &name : m_names)
            names << QString::fromUtf8(name);
        QList<SumRow> rows;
        rows.reserve(m_cells.size());
        for (const Cell &cell : order) {
            SumRow row;
            row.fromWallMs = cell.key().first;
            row.name = names[cell.key().second];
            setSums(row.sums, *cell);
            // Each cell has one or the other: what has neither was moved elsewhere.
            if (row.sums.exchanges != 0 || row.sums.attempts != 0)
                rows << std::move(row);
        }
        return rows;
    }

private:
    // The columns: from_ms, the name, the sums.
    Result<Query> prepared(const char *quartersOrDays, const char *where)
    {
        const QByteArray text
            = QStringLiteral("SELECT from_ms, %1, %2 FROM %3%4 WHERE %5%6")
                  .arg(m_place.column, sumColumns(),
                       m_place.isCaller ? QStringLiteral("caller_") : QString(),
                       QString::fromLatin1(quartersOrDays), QString::fromLatin1(where),
                       m_ask.hasDrills ? QString() : QStringLiteral(" AND is_drill = 0"))
                  .toUtf8();
        sqlite3_stmt *statement = nullptr;
        if (sqlite3_prepare_v2(m_ledger.connection(), text.constData(), int(text.size()),
                               &statement, nullptr)
            != SQLITE_OK)
            return lastError();
        return Query(statement);
    }

    Unexpected lastError() const
    {
        sqlite3 *const connection = m_ledger.connection();
        return unexpected(storeError(sqlite3_extended_errcode(connection),
                                     QString::fromUtf8(sqlite3_errmsg(connection))));
    }

    template <typename Call> Result<void> eachRow(const Query &query, Call &&call)
    {
        int step;
        while ((step = sqlite3_step(query.get())) == SQLITE_ROW)
            call(query.get());
        if (sqlite3_reset(query.get()) != SQLITE_OK || step != SQLITE_DONE)
            return lastError();
        return {};
    }

    void bindDates(const Query &query, const QByteArray &first, const QByteArray &last)
    {
        const auto text = [&](int at, const QByteArray &value) {
            sqlite3_bind_text(query.get(), at, value.constData(), int(value.size()),
                              SQLITE_TRANSIENT);
        };
        text(1, m_keptZone);
        text(2, first);
        text(3, last);
    }

    int nameAt(sqlite3_stmt *row)
    {
        const auto *text = reinterpret_cast<const char *>(sqlite3_column_text(row, 1));
        const QByteArrayView name(text, text ? sqlite3_column_bytes(row, 1) : 0);
        if (m_lastName >= 0 && m_names[size_t(m_lastName)] == name)
            return m_lastName;
        // Only a look-up: a copy is made of what is new.
        const QByteArray key = QByteArray::fromRawData(name.data(), name.size());
        const auto known = m_nameNumbers.constFind(key);
        if (known != m_nameNumbers.cend())
            return m_lastName = *known;
        m_lastName = int(m_names.size());
        m_names.push_back(name.toByteArray());
        m_nameNumbers.insert(m_names.back(), m_lastName);
        return m_lastName;
    }

    static RollupSums sumsAt(sqlite3_stmt *row)
    {
        RollupSums sums;
        for (size_t i = 0; i < sums.size(); ++i)
            sums[i] = sqlite3_column_int64(row, 2 + int(i));
        return sums;
    }

    void addAt(qint64 fromMs, int name, const RollupSums &sums, int sign = 1)
    {
        if (fromMs < m_ask.fromWallMs || fromMs >= m_ask.toWallMs)
            return;
        RollupSums &cell = m_cells[{fromMs, name}];
        for (size_t i = 0; i < sums.size(); ++i)
            cell[i] += sign * sums[i];
    }

    void addRow(sqlite3_stmt *row)
    {
        addAt(sqlite3_column_int64(row, 0), nameAt(row), sumsAt(row));
    }

    Result<void> addQuarters()
    {
        const auto query = prepared("quarters", "from_ms >= ? AND from_ms < ?");
        if (!query)
            return unexpected(query.error());
        sqlite3_bind_int64(query->get(), 1, m_ask.fromWallMs);
        sqlite3_bind_int64(query->get(), 2, m_ask.toWallMs);
        return eachRow(*query, [this](sqlite3_stmt *row) { addRow(row); });
    }

    // The date is what the key begins with; dates have four digits for their year.
    static constexpr const char *kDates = "zone = ? AND date >= ? AND date <= ?";

    Result<void> addDays()
    {
        DayBook kept(m_keptZone);
        const auto query = prepared("days", kDates);
        if (!query)
            return unexpected(query.error());
        const auto date = [&](qint64 wallMs) {
            return kept.dayOf(std::clamp<qint64>(wallMs, 0, kLastWallMs)).date.toUtf8();
        };
        bindDates(*query, date(m_ask.fromWallMs), date(m_ask.toWallMs));
        return eachRow(*query, [this](sqlite3_stmt *row) { addRow(row); });
    }

    Result<void> addOtherDays(DayBook &asked)
    {
        // Days and quarters as of one moment.
        if (auto done = m_ledger.run(QStringLiteral("BEGIN")); !done)
            return done;
        const auto end = qScopeGuard([this] { (void)m_ledger.run(QStringLiteral("COMMIT")); });
        DayBook kept(m_keptZone);
        const auto days = prepared("days", kDates);
        const auto quarters = prepared("quarters", "from_ms >= ? AND from_ms < ?");
        if (!days || !quarters)
            return unexpected(days ? quarters.error() : days.error());
        const auto date = [&](qint64 wallMs, qint64 more) {
            const qint64 near = std::clamp<qint64>(wallMs, 0, kLastWallMs) + more;
            return kept.dayOf(std::clamp<qint64>(near, 0, kLastWallMs)).date.toUtf8();
        };
        bindDates(*days, date(m_ask.fromWallMs, -kTwoDaysMs), date(m_ask.toWallMs, kTwoDaysMs));
        // Each kept day counts as the asked one at its noon …
        struct Edge {
            qint64 noonDay; // where its quarters were counted
            qint64 fromMs;
            qint64 toMs;
        };
        std::vector<Edge> edges;
        qint64 lastFrom = -1;
        Day noon;
        auto done = eachRow(*days, [&](sqlite3_stmt *row) {
            const qint64 fromMs = sqlite3_column_int64(row, 0);
            if (fromMs != lastFrom) {
                lastFrom = fromMs;
                const Day day = kept.dayOf(fromMs);
                noon = asked.dayOf(day.fromWallMs + (day.untilWallMs - day.fromWallMs) / 2);
                if (day.fromWallMs < noon.fromWallMs)
                    edges.push_back({noon.fromWallMs, day.fromWallMs, noon.fromWallMs});
                if (noon.untilWallMs < day.untilWallMs)
                    edges.push_back({noon.fromWallMs, noon.untilWallMs, day.untilWallMs});
            }
            addAt(noon.fromWallMs, nameAt(row), sumsAt(row));
        });
        // … and what of it is in another is moved there.
        for (size_t i = 0; done && i < edges.size(); ++i) {
            const Edge &edge = edges[i];
            sqlite3_bind_int64(quarters->get(), 1, edge.fromMs);
            sqlite3_bind_int64(quarters->get(), 2, edge.toMs);
            done = eachRow(*quarters, [&](sqlite3_stmt *row) {
                const int name = nameAt(row);
                const RollupSums sums = sumsAt(row);
                addAt(edge.noonDay, name, sums, -1);
                addAt(asked.dayOf(sqlite3_column_int64(row, 0)).fromWallMs, name, sums);
            });
        }
        return done;
    }

    Database &m_ledger;
    const SumAsk &m_ask;
    const QByteArray m_keptZone;
    const GroupPlace m_place;
    std::vector<QByteArray> m_names;
    QHash<QByteArray, int> m_nameNumbers;
    int m_lastName = -1;
    QHash<std::pair<qint64, int>, RollupSums> m_cells;
};
} // namespace

Result<QList<SumRow>> sumsOf(Database &ledger, const SumAsk &ask, const QString &keptZone)
{
    Adder adder(ledger, ask, keptZone);
    if (auto done = adder.add(); !done)
        return unexpected(done.error());
    return adder.rows();
}

} // namespace sb::store
