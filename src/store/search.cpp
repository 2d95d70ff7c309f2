#include "store/search.h"

#include "base/log.h"
#include "record/names.h"
#include "store/byte_io.h"
#include "store/exchange_bits.h"
#include "store/exchange_codec.h"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace sb::store {

namespace {
constexpr qint64 kChunk = 4'096; // rows: some ten milliseconds at most
constexpr int kMostRows = 100'000;
// An id carries the time at which it was made; the record's own time is the same but for a moment.
constexpr qint64 kIdSlackMs = 60'000;

// ---- a filter as conditions ----

// Two bounds of the truth of a term: what must hold when it matches, and what is enough for it.
struct Bounds {
    QString needed = QStringLiteral("1");
    QList<QVariant> neededValues;
    QString enough = QStringLiteral("0");
    QList<QVariant> enoughValues;

    static Bounds exactly(const QString &sql, const QList<QVariant> &values = {})
    {
        return {sql, values, sql, values};
    }
};

Bounds bothOf(const Bounds &a, const Bounds &b)
{
    const QString form = QStringLiteral("(%1) AND (%2)");
    return {form.arg(a.needed, b.needed), a.neededValues + b.neededValues,
            form.arg(a.enough, b.enough), a.enoughValues + b.enoughValues};
}

Bounds eitherOf(const Bounds &a, const Bounds &b)
{
    const QString form = QStringLiteral("(%1) OR (%2)");
    return {form.arg(a.needed, b.needed), a.neededValues + b.neededValues,
            form.arg(a.enough, b.enough), a.enoughValues + b.enoughValues};
}

// A number of bits; -1 are those of a row that is older than the column.
Bounds anyBitOf(const QString &column, qint64 bits)
{
    return {QStringLiteral("(%1 & ?) <> 0").arg(column),
            {bits},
            QStringLiteral("%1 <> -1 AND (%1 & ?) <> 0").arg(column),
            {bits}};
}

Bounds noBitOf(const QString &column, qint64 bits)
{
    return {QStringLiteral("%1 = -1 OR (%1 & ?) = 0").arg(column),
            {bits},
            QStringLiteral("(%1 & ?) = 0").arg(column),
            {bits}};
}

// As ExchangeFilter compares numbers.
Bounds compared(const QString &column, const FilterTerm &term, double unit)
{
    constexpr double kMost = 9e18;
    const auto scaled
        = [&](double number) { return qint64(std::llround(std::min(number * unit, kMost))); };
    switch (term.sign) {
    case FilterSign::Is:
        return Bounds::exactly(QStringLiteral("%1 >= ? AND %1 <= ?").arg(column),
                               {scaled(term.number), scaled(term.numberTo)});
    case FilterSign::Above:
        return Bounds::exactly(column + QStringLiteral(" > ?"), {scaled(term.numberTo)});
    case FilterSign::AtLeast:
        return Bounds::exactly(column + QStringLiteral(" >= ?"), {scaled(term.number)});
    case FilterSign::Below:
        return Bounds::exactly(column + QStringLiteral(" < ?"), {scaled(term.number)});
    case FilterSign::AtMost:
        return Bounds::exactly(column + QStringLiteral(" <= ?"), {scaled(term.numberTo)});
    }
    return {};
}

// A number that is known to lie between two columns.
Bounds comparedBetween(const QString &low, const QString &high, const FilterTerm &term)
{
    const Bounds least = compared(low, term, 1);
    const Bounds most = compared(high, term, 1);
    switch (term.sign) {
    case FilterSign::Is:
        return {QStringLiteral("%1 >= ? AND %2 <= ?").arg(high, low), least.neededValues,
                QStringLiteral("%1 >= ? AND %2 <= ?").arg(low, high), least.neededValues};
    case FilterSign::Above:
    case FilterSign::AtLeast:
        return {most.needed, most.neededValues, least.enough, least.enoughValues};
    case FilterSign::Below:
    case FilterSign::AtMost:
        return {least.needed, least.neededValues, most.enough, most.enoughValues};
    }
    return {};
}

Bounds sameWord(const QString &column, const QString &text)
{
    return Bounds::exactly(QStringLiteral("sb_same(%1, ?)").arg(column), {text});
}

// Enough, but others are possible: the column is one place of several.
Bounds heldIn(const QStringList &columns, const QString &text)
{
    Bounds bounds;
    QStringList parts;
    for (const QString &column : columns) {
        parts << QStringLiteral("sb_holds(%1, ?)").arg(column);
        bounds.enoughValues << text;
    }
    bounds.enough = parts.join(QStringLiteral(" OR "));
    return bounds;
}

// The filter's own opinion of an exchange that has nothing but one name.
bool matchesAlone(const FilterTerm &term, Code code)
{
    FilterTerm plain = term;
    plain.isNegated = false;
    Exchange exchange;
    exchange.outcome.code = code;
    return ExchangeFilter{{plain}}.matches(exchange);
}

bool matchesAlone(const FilterTerm &term, AttemptOutcome outcome)
{
    FilterTerm plain = term;
    plain.isNegated = false;
    Exchange exchange;
    Attempt attempt;
    attempt.outcome = outcome;
    exchange.attempts = {attempt};
    return ExchangeFilter{{plain}}.matches(exchange);
}

QList<int> codesOf(const FilterTerm &term)
{
    QList<int> codes;
    for (int code = 0; code <= int(Code::Deadline); ++code) {
        if (matchesAlone(term, Code(code)))
            codes << code;
    }
    return codes;
}

qint64 outcomesOf(const FilterTerm &term)
{
    qint64 bits = 0;
    for (int outcome = 0; outcome <= int(AttemptOutcome::MovedOn); ++outcome) {
        if (matchesAlone(term, AttemptOutcome(outcome)))
            bits |= outcomeBit(AttemptOutcome(outcome));
    }
    return bits;
}

Bounds oneOf(const QString &column, const QList<int> &numbers)
{
    if (numbers.isEmpty())
        return Bounds::exactly(QStringLiteral("0"));
    QList<QVariant> values;
    for (const int number : numbers)
        values << qint64(number);
    const QStringList marks(numbers.size(), QStringLiteral("?"));
    return Bounds::exactly(QStringLiteral("%1 IN (%2)").arg(column, marks.join(u',')), values);
}

Bounds isWord(const FilterTerm &term)
{
    const auto is
        = [&](const char *word) { return isSameWord(term.text, QString::fromLatin1(word)); };
    const QString flags = QStringLiteral("flags");
    if (is("failed"))
        return oneOf(QStringLiteral("outcome"),
                     {int(OutcomeKind::Failed), int(OutcomeKind::Refused), int(OutcomeKind::Cut)});
    if (is("failed-over"))
        return Bounds::exactly(QStringLiteral("is_failover <> 0"));
    if (is("diverted"))
        return Bounds::exactly(QStringLiteral("is_diverted <> 0"));
    if (is("drill"))
        return eitherOf(Bounds::exactly(QStringLiteral("is_drill <> 0")),
                        anyBitOf(flags, kInjectedBit));
    if (is("replay"))
        return anyBitOf(flags, kReplayBit);
    if (is("streaming"))
        return anyBitOf(flags, kStreamBit);
    if (is("unpriced"))
        return anyBitOf(flags, kUnpricedBit);
    if (is("estimated"))
        return anyBitOf(flags, kEstimatedBit);
    if (is("running"))
        return anyBitOf(flags, kRunningBit);
    return {};
}

Bounds dialectWord(const FilterTerm &term)
{
    QList<int> dialects;
    for (int i = 0; i < kDialectCount; ++i) {
        FilterTerm plain = term;
        plain.isNegated = false;
        Exchange exchange;
        exchange.ask.dialect = DialectId(i);
        if (ExchangeFilter{{plain}}.matches(exchange))
            dialects << i;
    }
    return oneOf(QStringLiteral("dialect"), dialects);
}

Bounds boundsOf(const FilterTerm &term)
{
    const QString flags = QStringLiteral("flags");
    switch (term.field) {
    case FilterField::Text: {
        const Bounds held = heldIn(
            {QStringLiteral("model"), QStringLiteral("served_model"), QStringLiteral("provider")},
            term.text);
        Bounds names = eitherOf(oneOf(QStringLiteral("code"), codesOf(term)),
                                anyBitOf(QStringLiteral("outcomes"), outcomesOf(term)));
        names.needed = QStringLiteral("1"); // the needle says what is needed
        names.neededValues.clear();
        return eitherOf(held, names);
    }
    case FilterField::Status:
        return bothOf(Bounds::exactly(QStringLiteral("status > 0")),
                      compared(QStringLiteral("status"), term, 1));
    case FilterField::Provider:
        return {QStringLiteral("1"),
                {},
                QStringLiteral("provider <> '' AND sb_same(provider, ?)"),
                {term.text}};
    case FilterField::ServedBy:
        // No server and a server without a name are the same column.
        return {QStringLiteral("sb_same(provider, ?)"),
                {term.text},
                QStringLiteral("provider <> '' AND sb_same(provider, ?)"),
                {term.text}};
    case FilterField::Client:
        return sameWord(QStringLiteral("client"), term.text);
    case FilterField::Chain:
        return sameWord(QStringLiteral("chain"), term.text);
    case FilterField::Model:
        return heldIn({QStringLiteral("model"), QStringLiteral("served_model")}, term.text);
    case FilterField::Program:
    case FilterField::Folder:
    case FilterField::Session:
    case FilterField::Tag:
        return {};
    case FilterField::Targets:
        // A target may be tried more than once, so the attempts are only the most it can be.
        return comparedBetween(QStringLiteral("min(attempts, 1)"), QStringLiteral("attempts"),
                               term);
    case FilterField::Cost:
        return bothOf(noBitOf(flags, kUnpricedBit | kRunningBit),
                      compared(QStringLiteral("cost_nusd"), term, 1e9));
    case FilterField::FirstContent:
        return bothOf(Bounds::exactly(QStringLiteral("first_content_us >= 0")),
                      compared(QStringLiteral("first_content_us"), term, 1e6));
    case FilterField::Duration:
        return bothOf(Bounds::exactly(QStringLiteral("ended_us >= 0")),
                      compared(QStringLiteral("ended_us"), term, 1e6));
    case FilterField::TokensIn:
        return bothOf(anyBitOf(flags, kUsageKnownBit),
                      compared(QStringLiteral("tokens_in"), term, 1));
    case FilterField::TokensOut:
        return bothOf(anyBitOf(flags, kUsageKnownBit),
                      compared(QStringLiteral("tokens_out"), term, 1));
    case FilterField::Error:
        if (term.number > 0)
            return {};
        return eitherOf(oneOf(QStringLiteral("code"), codesOf(term)),
                        anyBitOf(QStringLiteral("outcomes"), outcomesOf(term)));
    case FilterField::Is:
        return isWord(term);
    case FilterField::Id:
        return Bounds::exactly(QStringLiteral("sb_id(id, ?)"), {term.text});
    case FilterField::Dialect:
        return dialectWord(term);
    case FilterField::After:
        return Bounds::exactly(QStringLiteral("wall_ms >= ?"), {qint64(term.number)});
    case FilterField::Before:
        return Bounds::exactly(QStringLiteral("wall_ms < ?"), {qint64(term.number)});
    }
    return {};
}

// ---- bytes ----

constexpr std::array<quint8, 256> foldTable()
{
    std::array<quint8, 256> table{};
    for (int i = 0; i < 256; ++i)
        table[size_t(i)] = quint8(i);
    for (int i = 'A'; i <= 'Z'; ++i)
        table[size_t(i)] = quint8(i - 'A' + 'a');
    table[size_t(' ')] = table[size_t('_')] = quint8('-');
    return table;
}
constexpr std::array<quint8, 256> kFold = foldTable();

bool isAscii(const QString &text)
{
    return std::all_of(text.begin(), text.end(), [](QChar c) { return c.unicode() < 0x80; });
}

std::optional<SearchPlan::Needle> needleOf(const FilterTerm &term)
{
    SearchPlan::Needle needle;
    switch (term.field) {
    case FilterField::Text:
        needle.outcomes = outcomesOf(term);
        needle.codes = codesOf(term);
        break;
    case FilterField::Provider:
    case FilterField::Model:
    case FilterField::Program:
    case FilterField::Folder:
    case FilterField::Session:
    case FilterField::Tag:
        break;
    case FilterField::Error: {
        if (term.number <= 0)
            return std::nullopt;
        ByteWriter out(16); // as the codec writes Attempt::status
        out.integer(int(term.number));
        needle.bytes = out.take();
        needle.isRaw = true;
        return needle;
    }
    default:
        return std::nullopt;
    }
    if (term.text.isEmpty() || !isAscii(term.text))
        return std::nullopt; // other letters have cases that bytes do not show
    for (const QChar c : term.text)
        needle.bytes.append(char(kFold[size_t(c.unicode())]));
    return needle;
}

bool hasRaw(QByteArrayView body, QByteArrayView bytes)
{
    return ::memmem(body.data(), size_t(body.size()), bytes.data(), size_t(bytes.size()))
        != nullptr;
}

// How often a byte is met in names and words: the rarest of a needle is looked for first.
int commonness(char folded)
{
    constexpr QByteArrayView kRareFirst = "zqjxkvbywgfpmuhdlcrsntioae";
    if (folded >= 'a' && folded <= 'z')
        return 1 + int(kRareFirst.indexOf(folded));
    return folded == '-' || (folded >= '0' && folded <= '9') ? 100 : 0;
}

bool hasFolded(QByteArrayView body, QByteArrayView folded)
{
    if (folded.size() > body.size())
        return false;
    const auto rarest = std::min_element(
        folded.begin(), folded.end(), [](char a, char b) { return commonness(a) < commonness(b); });
    const qsizetype place = rarest - folded.begin();
    // The bytes that fold to it: two for a letter, three for a dash, else one.
    const char lower = *rarest;
    const bool isLetter = lower >= 'a' && lower <= 'z';
    const std::array<char, 3> kinds{lower, isLetter ? char(lower - 'a' + 'A') : ' ', '_'};
    const int kindCount = lower == '-' ? 3 : isLetter ? 2 : 1;
    const char *const first = body.data() + place;
    const char *const end = body.data() + body.size() - folded.size() + 1 + place;
    for (int kind = 0; kind < kindCount; ++kind) {
        const char *at = first;
        while (at < end
               && (at = static_cast<const char *>(
                       ::memchr(at, kinds[size_t(kind)], size_t(end - at))))) {
            const char *const from = at - place;
            if (std::equal(folded.begin(), folded.end(), from, [](char wanted, char is) {
                    return kFold[quint8(is)] == quint8(wanted);
                }))
                return true;
            ++at;
        }
    }
    return false;
}

// ---- SQLite ----

struct Finalize {
    void operator()(sqlite3_stmt *statement) const { sqlite3_finalize(statement); }
};
using Query = std::unique_ptr<sqlite3_stmt, Finalize>;

Unexpected lastError(sqlite3 *connection)
{
    return unexpected(storeError(sqlite3_extended_errcode(connection),
                                 QString::fromUtf8(sqlite3_errmsg(connection))));
}

Result<Query> prepared(sqlite3 *connection, const QString &sql)
{
    const QByteArray text = sql.toUtf8();
    sqlite3_stmt *statement = nullptr;
    if (sqlite3_prepare_v2(connection, text.constData(), int(text.size()), &statement, nullptr)
        != SQLITE_OK)
        return lastError(connection);
    return Query(statement);
}

void bindAt(sqlite3_stmt *statement, int at, const QByteArray &bytes)
{
    sqlite3_bind_blob(statement, at, bytes.constData(), int(bytes.size()), SQLITE_TRANSIENT);
}

QByteArrayView bytesAt(sqlite3_stmt *statement, int column)
{
    const void *bytes = sqlite3_column_blob(statement, column);
    return {static_cast<const char *>(bytes), sqlite3_column_bytes(statement, column)};
}

QString textOf(sqlite3_value *value)
{
    const auto *text = reinterpret_cast<const char *>(sqlite3_value_text(value));
    return QString::fromUtf8(text, sqlite3_value_bytes(value));
}

QByteArrayView asciiOf(sqlite3_value *value)
{
    const auto *text = reinterpret_cast<const char *>(sqlite3_value_text(value));
    const QByteArrayView view(text, text ? sqlite3_value_bytes(value) : 0);
    const bool isPlain
        = std::all_of(view.begin(), view.end(), [](char c) { return quint8(c) < 0x80; });
    return isPlain ? view : QByteArrayView();
}

// isSameWord() over a column; the plain case without making texts.
void sameFunction(sqlite3_context *context, int, sqlite3_value **values)
{
    const QByteArrayView a = asciiOf(values[0]);
    const QByteArrayView b = asciiOf(values[1]);
    if (!a.isEmpty() && !b.isEmpty()) {
        const bool isSame = a.size() == b.size()
            && std::equal(a.begin(), a.end(), b.begin(),
                          [](char x, char y) { return kFold[quint8(x)] == kFold[quint8(y)]; });
        return sqlite3_result_int(context, isSame);
    }
    sqlite3_result_int(context, isSameWord(textOf(values[0]), textOf(values[1])));
}

void holdsFunction(sqlite3_context *context, int, sqlite3_value **values)
{
    sqlite3_result_int(context,
                       textOf(values[0]).contains(textOf(values[1]), Qt::CaseInsensitive) ? 1 : 0);
}

void idFunction(sqlite3_context *context, int, sqlite3_value **values)
{
    const QByteArrayView bytes(static_cast<const char *>(sqlite3_value_blob(values[0])),
                               sqlite3_value_bytes(values[0]));
    const auto id = idFromBytes(bytes);
    if (!id)
        return sqlite3_result_int(context, 0);
    FilterTerm term;
    term.field = FilterField::Id;
    term.text = textOf(values[1]);
    Exchange exchange;
    exchange.id = *id;
    sqlite3_result_int(context, ExchangeFilter{{term}}.matches(exchange));
}

QByteArray idFrom(qint64 wallMs)
{
    constexpr qint64 kLast = (qint64(1) << 47) - 1;
    return idBytes(ExchangeId{quint64(std::clamp<qint64>(wallMs, 0, kLast)) << 16, 0});
}
} // namespace

SearchPlan planOf(const ExchangeFilter &filter)
{
    SearchPlan plan;
    for (const FilterTerm &term : filter.terms) {
        const Bounds bounds = boundsOf(term);
        if (term.isNegated) {
            if (bounds.enough != QLatin1String("0")) {
                plan.where += QStringLiteral(" AND NOT (%1)").arg(bounds.enough);
                plan.values += bounds.enoughValues;
            }
            continue;
        }
        if (bounds.needed != QLatin1String("1")) {
            plan.where += QStringLiteral(" AND (%1)").arg(bounds.needed);
            plan.values += bounds.neededValues;
        }
        if (const auto needle = needleOf(term))
            plan.needles << *needle;
        if (term.field == FilterField::After)
            plan.afterMs = std::max(plan.afterMs, qint64(term.number));
        else if (term.field == FilterField::Before)
            plan.beforeMs = plan.beforeMs == 0 ? std::max<qint64>(1, qint64(term.number))
                                               : std::min(plan.beforeMs, qint64(term.number));
    }
    return plan;
}

bool mayHold(const SearchPlan::Needle &needle, QByteArrayView body, qint64 outcomes, int code)
{
    if (needle.isRaw)
        return hasRaw(body, needle.bytes);
    if ((needle.outcomes & outcomes) != 0 || needle.codes.contains(code)
        || hasFolded(body, needle.bytes))
        return true;
    // Two letters beyond ASCII that are a k and an s in another case: Kelvin and the long s.
    return (needle.bytes.contains('k') && hasRaw(body, "\xe2\x84\xaa"))
        || (needle.bytes.contains('s') && hasRaw(body, "\xc5\xbf"));
}

Result<void> Search::installFunctions(Database &database)
{
    sqlite3 *const connection = database.connection();
    if (!connection)
        return unexpected(
            Error::make(QStringLiteral("store"), QStringLiteral("no SQLite connection")));
    using Function = void (*)(sqlite3_context *, int, sqlite3_value **);
    for (const auto &[name, function] : std::initializer_list<std::pair<const char *, Function>>{
             {"sb_same", sameFunction}, {"sb_holds", holdsFunction}, {"sb_id", idFunction}}) {
        if (sqlite3_create_function_v2(connection, name, 2, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
                                       nullptr, function, nullptr, nullptr, nullptr)
            != SQLITE_OK)
            return lastError(connection);
    }
    return {};
}

Search::Search(const SearchQuery &ask, SearchWatch watch)
    : m_ask(ask)
    , m_watch(std::move(watch))
    , m_plan(planOf(ask.filter))
{
    m_ask.limit = std::clamp(m_ask.limit, 1, kMostRows);
}

void Search::fail(const Error &error)
{
    if (m_isOver)
        return;
    m_isOver = true;
    m_watch.done(unexpected(error));
}

void Search::finish()
{
    if (m_isOver)
        return;
    m_isOver = true;
    m_watch.done(std::move(m_found));
}

bool Search::step(Database &database)
{
    if (m_isOver)
        return false;
    if (m_watch.isCancelled()) {
        fail(Error::make(QStringLiteral("cancelled"), QStringLiteral("The search was stopped.")));
        return false;
    }
    if (!m_hasBegun) {
        m_hasBegun = true;
        if (auto done = begin(database); !done) {
            fail(done.error());
            return false;
        }
    }
    const Result<bool> hasMore = scanChunk(database);
    if (!hasMore) {
        fail(hasMore.error());
        return false;
    }
    m_watch.progress(m_found.scanned, m_found.total);
    if (!*hasMore)
        finish();
    return *hasMore;
}

Result<void> Search::begin(Database &database)
{
    sqlite3 *const connection = database.connection();
    m_downTo = idFrom(m_ask.fromWallMs);
    m_upTo = m_ask.toWallMs > 0 ? idFrom(m_ask.toWallMs) : QByteArray(16, '\xff');
    if (m_ask.before)
        m_upTo = std::min(m_upTo, idBytes(*m_ask.before));
    auto count = prepared(
        connection, QStringLiteral("SELECT count(*) FROM exchanges WHERE id >= ? AND id < ?"));
    if (!count)
        return unexpected(count.error());
    bindAt(count->get(), 1, m_downTo);
    bindAt(count->get(), 2, m_upTo);
    if (sqlite3_step(count->get()) != SQLITE_ROW)
        return lastError(connection);
    m_found.total = sqlite3_column_int64(count->get(), 0);
    // A time in the filter leaves out what is far from it without a look.
    if (m_plan.afterMs > kIdSlackMs)
        m_downTo = std::max(m_downTo, idFrom(m_plan.afterMs - kIdSlackMs));
    if (m_plan.beforeMs > 0)
        m_upTo = std::min(m_upTo, idFrom(m_plan.beforeMs + kIdSlackMs));
    return {};
}

Result<bool> Search::scanChunk(Database &database)
{
    sqlite3 *const connection = database.connection();
    // Where this chunk ends: by the index alone.
    QByteArray downTo = m_downTo;
    qint64 rows = 0;
    bool isLast = true;
    {
        auto border = prepared(connection,
                               QStringLiteral("SELECT id FROM exchanges WHERE id < ? AND id >= ?"
                                              " ORDER BY id DESC LIMIT 1 OFFSET ?"));
        if (!border)
            return unexpected(border.error());
        bindAt(border->get(), 1, m_upTo);
        bindAt(border->get(), 2, m_downTo);
        sqlite3_bind_int64(border->get(), 3, kChunk - 1);
        const int step = sqlite3_step(border->get());
        if (step == SQLITE_ROW) {
            downTo = bytesAt(border->get(), 0).toByteArray();
            rows = kChunk;
            isLast = false;
        } else if (step != SQLITE_DONE) {
            return lastError(connection);
        }
    }
    auto query = prepared(connection,
                          QStringLiteral("SELECT id, code, outcomes, body FROM exchanges"
                                         " WHERE id < ? AND id >= ?%1 ORDER BY id DESC")
                              .arg(m_plan.where));
    if (!query)
        return unexpected(query.error());
    sqlite3_stmt *const row = query->get();
    bindAt(row, 1, m_upTo);
    bindAt(row, 2, downTo);
    int at = 3;
    for (const QVariant &value : std::as_const(m_plan.values)) {
        if (value.typeId() == QMetaType::QString) {
            const QByteArray text = value.toString().toUtf8();
            sqlite3_bind_text(row, at++, text.constData(), int(text.size()), SQLITE_TRANSIENT);
        } else {
            sqlite3_bind_int64(row, at++, value.toLongLong());
        }
    }
    int step;
    int looked = 0;
    while ((step = sqlite3_step(row)) == SQLITE_ROW) {
        if (++looked % 256 == 0 && m_watch.isCancelled())
            return true; // the next step says so
        const QByteArrayView body = bytesAt(row, 3);
        const qint64 outcomes = sqlite3_column_int64(row, 2);
        const int code = sqlite3_column_int(row, 1);
        if (!std::all_of(m_plan.needles.cbegin(), m_plan.needles.cend(),
                         [&](const auto &needle) { return mayHold(needle, body, outcomes, code); }))
            continue;
        Result<Exchange> exchange = decodeExchange(body);
        if (!exchange) {
            qCWarning(lcStore, "a history row could not be read: %ls",
                      qUtf16Printable(exchange.error().detail));
            continue;
        }
        if (!m_ask.filter.matches(*exchange))
            continue;
        if (m_found.exchanges.size() == m_ask.limit) {
            m_found.next = m_found.exchanges.last()->id;
            auto seen = prepared(
                connection,
                QStringLiteral("SELECT count(*) FROM exchanges WHERE id < ? AND id >= ?"));
            if (!seen)
                return unexpected(seen.error());
            bindAt(seen->get(), 1, m_upTo);
            bindAt(seen->get(), 2, idBytes(*m_found.next));
            if (sqlite3_step(seen->get()) == SQLITE_ROW)
                m_found.scanned += sqlite3_column_int64(seen->get(), 0);
            return false;
        }
        m_found.exchanges << std::make_shared<const Exchange>(std::move(*exchange));
    }
    if (step != SQLITE_DONE)
        return lastError(connection);
    m_upTo = downTo;
    m_found.scanned += rows;
    if (isLast)
        m_found.scanned = m_found.total;
    return !isLast;
}

} // namespace sb::store
