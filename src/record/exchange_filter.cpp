#include "record/exchange_filter.h"

#include "record/failure_class.h"
#include "record/knock.h"
#include "record/names.h"

#include <QDateTime>
#include <QTimeZone>

#include <algorithm>
#include <array>
#include <cmath>

namespace sb {

namespace {

using Kind = FilterProblem::Kind;

struct FieldName {
    const char *name;
    FilterField field;
};
// The first name of a field is the one that is written.
constexpr std::array kFields = std::to_array<FieldName>({
    {"text", FilterField::Text},
    {"status", FilterField::Status},
    {"provider", FilterField::Provider},
    {"served", FilterField::ServedBy},
    {"served-by", FilterField::ServedBy},
    {"client", FilterField::Client},
    {"chain", FilterField::Chain},
    {"model", FilterField::Model},
    {"program", FilterField::Program},
    {"folder", FilterField::Folder},
    {"session", FilterField::Session},
    {"tag", FilterField::Tag},
    {"targets", FilterField::Targets},
    {"cost", FilterField::Cost},
    {"ttft", FilterField::FirstContent},
    {"duration", FilterField::Duration},
    {"in", FilterField::TokensIn},
    {"out", FilterField::TokensOut},
    {"error", FilterField::Error},
    {"is", FilterField::Is},
    {"id", FilterField::Id},
    {"dialect", FilterField::Dialect},
    {"after", FilterField::After},
    {"before", FilterField::Before},
});

enum class IsWord : quint8 {
    Failed,
    FailedOver,
    Diverted,
    Drill,
    Replay,
    Streaming,
    Unpriced,
    Estimated,
    Running
};
constexpr std::array kIsWords
    = std::to_array<const char *>({"failed", "failed-over", "diverted", "drill", "replay",
                                   "streaming", "unpriced", "estimated", "running"});
constexpr std::array kClassWords = std::to_array<const char *>(
    {"limited", "refused", "server", "network", "tls", "timeout", "broken"});
static_assert(kClassWords.size() == size_t(kFailureClasses));

constexpr qsizetype kNearLength = 24; // longer words have no near one

char16_t folded(QChar c)
{
    if (c == u' ' || c == u'_')
        return u'-';
    return c.toCaseFolded().unicode();
}

bool same(QStringView a, QLatin1StringView b)
{
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](QChar x, char y) {
               return folded(x) == folded(QChar::fromLatin1(y));
           });
}

bool same(QStringView a, QByteArrayView b)
{
    return same(a, QLatin1StringView(b.data(), b.size()));
}

bool holds(const QString &text, const QString &part)
{
    return text.contains(part, Qt::CaseInsensitive);
}

// Names are short and ASCII; `part` may write them with spaces.
bool nameHolds(QByteArrayView name, const QString &part)
{
    const auto it
        = std::search(name.begin(), name.end(), part.begin(), part.end(),
                      [](char x, QChar y) { return folded(QChar::fromLatin1(x)) == folded(y); });
    return it != name.end();
}

int distance(QStringView a, QStringView b)
{
    std::array<int, size_t(kNearLength) + 1> row{};
    for (qsizetype j = 0; j <= b.size(); ++j)
        row[size_t(j)] = int(j);
    for (qsizetype i = 1; i <= a.size(); ++i) {
        int diagonal = row[0];
        row[0] = int(i);
        for (qsizetype j = 1; j <= b.size(); ++j) {
            const int above = row[size_t(j)];
            const int swap = diagonal + (folded(a[i - 1]) == folded(b[j - 1]) ? 0 : 1);
            row[size_t(j)] = std::min({swap, above + 1, row[size_t(j - 1)] + 1});
            diagonal = above;
        }
    }
    return row[size_t(b.size())];
}

QString nearestOf(QStringView word, const QStringList &known)
{
    if (word.isEmpty() || word.size() > kNearLength)
        return {};
    QString best;
    int least = int(word.size()) / 3 + 1; // one slip per three letters
    for (const QString &candidate : known) {
        if (candidate.size() > kNearLength)
            continue;
        if (word.size() >= 2 && candidate.startsWith(word, Qt::CaseInsensitive))
            return candidate;
        const int far = distance(word, candidate);
        if (far <= least && (best.isEmpty() || far < least)) {
            best = candidate;
            least = far;
        }
    }
    return best;
}

QStringList fieldNames()
{
    QStringList names;
    for (const FieldName &row : kFields)
        names.append(QString::fromLatin1(row.name));
    return names;
}

std::optional<FilterField> fieldOf(QStringView name)
{
    for (const FieldName &row : kFields) {
        if (same(name, QLatin1StringView(row.name)))
            return row.field;
    }
    return std::nullopt;
}

bool isDigit(QChar c)
{
    return c >= u'0' && c <= u'9';
}

// The digits at the front: "12", "0.5", ".5"; at most 15 digits, no sign, no exponent, no locale.
std::optional<double> takeNumber(QStringView &text)
{
    qsizetype at = 0;
    int digits = 0;
    bool hasPoint = false;
    for (; at < text.size(); ++at) {
        if (isDigit(text[at]))
            ++digits;
        else if (text[at] == u'.' && !hasPoint)
            hasPoint = true;
        else
            break;
    }
    if (digits == 0 || digits > 15)
        return std::nullopt;
    const double value = text.first(at).toString().toDouble();
    text = text.sliced(at);
    return value;
}

std::optional<double> unitOf(QStringView unit)
{
    if (unit.isEmpty() || unit == u"s")
        return 1;
    if (unit == u"ms")
        return 0.001;
    if (unit == u"m" || unit == u"min")
        return 60;
    if (unit == u"h")
        return 3'600;
    if (unit == u"d")
        return 86'400;
    return std::nullopt;
}

std::optional<double> seconds(QStringView text)
{
    const auto value = takeNumber(text);
    const auto unit = unitOf(text);
    if (!value || !unit)
        return std::nullopt;
    return *value * *unit;
}

std::optional<double> plainCount(QStringView text)
{
    const auto value = takeNumber(text);
    if (!value)
        return std::nullopt;
    if (text.isEmpty())
        return value;
    if (text == u"k" || text == u"K")
        return *value * 1'000;
    if (text == u"M" || text == u"m")
        return *value * 1'000'000;
    return std::nullopt;
}

bool isStatusClass(QStringView text)
{
    return text.size() == 3 && text[0] >= u'1' && text[0] <= u'5' && text.sliced(1) == u"xx";
}

QTime timeOfDay(const QString &text)
{
    for (const char *form : {"H:mm", "H:mm:ss", "H:mm:ss.z"}) {
        const QTime time = QTime::fromString(text, QString::fromLatin1(form));
        if (time.isValid())
            return time;
    }
    return {};
}

std::optional<qint64> wallTime(const QString &text, qint64 nowWallMs, const QTimeZone &zone)
{
    constexpr qsizetype kLongest = 40; // of a time anybody would write
    if (text.size() > kLongest)
        return std::nullopt;
    const bool isNumber = std::all_of(text.begin(), text.end(), isDigit);
    if (isNumber && text.size() >= 12 && text.size() <= 14)
        return text.toLongLong();
    if (const QTime time = timeOfDay(text); time.isValid()) {
        if (nowWallMs <= 0)
            return std::nullopt;
        const QDate today = QDateTime::fromMSecsSinceEpoch(nowWallMs, zone).date();
        const qint64 at = QDateTime(today, time, zone).toMSecsSinceEpoch();
        return at <= nowWallMs ? at : QDateTime(today.addDays(-1), time, zone).toMSecsSinceEpoch();
    }
    const qsizetype split = text.indexOf(u'T');
    const QDate date = QDate::fromString(text.left(split < 0 ? text.size() : split), Qt::ISODate);
    if (date.isValid() && text.size() >= 10) {
        if (split < 0)
            return date.startOfDay(zone).toMSecsSinceEpoch();
        QString rest = text.mid(split + 1);
        const bool isUtc = rest.endsWith(u'Z');
        if (isUtc)
            rest.chop(1);
        const QTime time = timeOfDay(rest);
        if (!time.isValid())
            return std::nullopt;
        return QDateTime(date, time, isUtc ? QTimeZone::utc() : zone).toMSecsSinceEpoch();
    }
    // How long ago; a bare number would be a guess.
    if (nowWallMs <= 0 || text.isEmpty() || isDigit(text.back()))
        return std::nullopt;
    const auto ago = seconds(text);
    if (!ago || *ago > 100.0 * 366 * 86'400)
        return std::nullopt;
    return nowWallMs - qint64(*ago * 1'000);
}

bool needsSign(FilterField field)
{
    return field == FilterField::Cost || field == FilterField::FirstContent
        || field == FilterField::Duration;
}

FilterSign takeSign(QString &text)
{
    FilterSign sign = FilterSign::Is;
    qsizetype used = 0;
    if (text.startsWith(QLatin1StringView(">="))) {
        sign = FilterSign::AtLeast;
        used = 2;
    } else if (text.startsWith(QLatin1StringView("<="))) {
        sign = FilterSign::AtMost;
        used = 2;
    } else if (text.startsWith(u'>')) {
        sign = FilterSign::Above;
        used = 1;
    } else if (text.startsWith(u'<')) {
        sign = FilterSign::Below;
        used = 1;
    } else if (text.startsWith(u'=')) {
        used = 1;
    }
    text.remove(0, used);
    return sign;
}

// Reads the line once, from left to right.
class Reader {
public:
    Reader(const QString &line, qint64 nowWallMs, const QByteArray &zone)
        : m_line(line)
        , m_end(std::min(line.size(), kFilterLength))
        , m_nowWallMs(nowWallMs)
        , m_zone(zone.isEmpty() ? QTimeZone::systemTimeZone() : QTimeZone(zone))
    {
        if (!m_zone.isValid())
            m_zone = QTimeZone::utc();
    }

    ParsedFilter read()
    {
        while (true) {
            while (m_at < m_end && m_line[m_at].isSpace())
                ++m_at;
            if (m_at >= m_end)
                break;
            readTerm();
        }
        if (m_line.size() > m_end)
            addProblem(Kind::TooLong, m_end, m_line.size() - m_end);
        return std::move(m_parsed);
    }

private:
    void addProblem(Kind kind, qsizetype from, qsizetype length, const QString &nearest = {})
    {
        m_parsed.problems.append({kind, from, length, nearest});
    }

    void readTerm()
    {
        FilterTerm term;
        term.from = m_at;
        if (m_line[m_at] == u'-' && m_at + 1 < m_end && !m_line[m_at + 1].isSpace()) {
            term.isNegated = true;
            ++m_at;
        }
        const qsizetype nameFrom = m_at;
        qsizetype colon = m_at;
        while (colon < m_end && (m_line[colon].isLetter() || m_line[colon] == u'-'))
            ++colon;
        const bool hasName = colon > nameFrom && colon < m_end && m_line[colon] == u':';
        const QStringView name
            = QStringView(m_line).sliced(nameFrom, hasName ? colon - nameFrom : 0);
        if (hasName)
            m_at = colon + 1;
        const qsizetype valueFrom = m_at;
        const bool isClosed = readValue(term.text);
        term.length = m_at - term.from;
        if (hasName) {
            const auto field = fieldOf(name);
            if (!field) {
                addProblem(Kind::UnknownField, nameFrom, colon - nameFrom,
                           nearestOf(name, fieldNames()));
                return;
            }
            term.field = *field;
        }
        if (!isClosed) {
            addProblem(Kind::OpenQuote, valueFrom, m_at - valueFrom);
            return;
        }
        if (term.text.isEmpty()) {
            if (hasName)
                addProblem(Kind::NoValue, term.from, term.length);
            return;
        }
        if (understand(term, valueFrom))
            m_parsed.filter.terms.append(term);
    }

    // Up to the next space outside quotes; a backslash in quotes keeps the next character. False:
    // a quote stayed open.
    bool readValue(QString &text)
    {
        bool isQuoted = false;
        for (; m_at < m_end; ++m_at) {
            const QChar c = m_line[m_at];
            if (c == u'"') {
                isQuoted = !isQuoted;
            } else if (isQuoted && c == u'\\' && m_at + 1 < m_end) {
                text += m_line[++m_at];
            } else if (!isQuoted && c.isSpace()) {
                break;
            } else {
                text += c;
            }
        }
        return !isQuoted;
    }

    bool understand(FilterTerm &term, qsizetype valueFrom)
    {
        const qsizetype length = m_at - valueFrom;
        const auto wrong = [&](Kind kind, const QString &nearest = {}) {
            addProblem(kind, valueFrom, length, nearest);
            return false;
        };
        if (isNumeric(term.field))
            return understandNumber(term, valueFrom, length);
        switch (term.field) {
        case FilterField::After:
        case FilterField::Before: {
            const auto at = wallTime(term.text, m_nowWallMs, m_zone);
            if (!at)
                return wrong(Kind::BadTime);
            term.number = double(*at);
            return true;
        }
        case FilterField::Is:
        case FilterField::Dialect:
        case FilterField::Error: {
            const bool isStatus = term.field == FilterField::Error && term.text.size() == 3
                && std::all_of(term.text.begin(), term.text.end(), isDigit);
            if (isStatus) {
                term.number = term.text.toInt();
                return true;
            }
            const QStringList known = filterWords(term.field);
            const auto it = std::find_if(known.begin(), known.end(), [&](const QString &word) {
                return isSameWord(word, term.text);
            });
            return it != known.end() || wrong(Kind::UnknownWord, nearestOf(term.text, known));
        }
        default:
            return true;
        }
    }

    bool understandNumber(FilterTerm &term, qsizetype valueFrom, qsizetype length)
    {
        QString text = term.text;
        term.sign = takeSign(text);
        term.text = text;
        std::optional<double> value;
        switch (term.field) {
        case FilterField::FirstContent:
        case FilterField::Duration:
            value = seconds(text);
            break;
        case FilterField::Cost:
            if (text.startsWith(u'$'))
                text.remove(0, 1);
            value = plainCount(text);
            break;
        case FilterField::Status:
            if (isStatusClass(text)) {
                term.number = (text[0].unicode() - u'0') * 100;
                term.numberTo = term.number + 99;
                return true;
            }
            value = plainCount(text);
            if (value && (*value > 999 || std::floor(*value) != *value))
                value.reset();
            break;
        default:
            value = plainCount(text);
            break;
        }
        if (!value) {
            addProblem(Kind::BadNumber, valueFrom, length);
            return false;
        }
        if (term.sign == FilterSign::Is && needsSign(term.field)) {
            addProblem(Kind::NoSign, valueFrom, length, u'>' + text);
            return false;
        }
        term.number = *value;
        term.numberTo = *value;
        return true;
    }

    const QString &m_line;
    qsizetype m_at = 0;
    qsizetype m_end;
    qint64 m_nowWallMs;
    QTimeZone m_zone;
    ParsedFilter m_parsed;
};

// Compared in whole units (nano-dollars, microseconds, counts), so that "0.01" is exactly that.
bool compares(qint64 value, const FilterTerm &term, double unit)
{
    constexpr double kMost = 9e18;
    const auto scaled
        = [&](double number) { return qint64(std::llround(std::min(number * unit, kMost))); };
    switch (term.sign) {
    case FilterSign::Is:
        return value >= scaled(term.number) && value <= scaled(term.numberTo);
    case FilterSign::Above:
        return value > scaled(term.numberTo);
    case FilterSign::AtLeast:
        return value >= scaled(term.number);
    case FilterSign::Below:
        return value < scaled(term.number);
    case FilterSign::AtMost:
        return value <= scaled(term.numberTo);
    }
    return false;
}

template <typename Test> bool anyAttempt(const Exchange &exchange, Test &&test)
{
    return std::any_of(exchange.attempts.begin(), exchange.attempts.end(), test);
}

// A client that left is no failure, but people search for its word.
bool hasWord(AttemptOutcome outcome)
{
    return outcome != AttemptOutcome::Running && outcome != AttemptOutcome::Served;
}

bool matchesText(const Exchange &exchange, const QString &text)
{
    if (holds(exchange.ask.model, text) || nameHolds(codeName(exchange.outcome.code), text))
        return true;
    return anyAttempt(exchange, [&](const Attempt &attempt) {
        return holds(attempt.target.model, text) || holds(attempt.target.provider.text(), text)
            || holds(attempt.servedModel, text) || holds(attempt.message, text)
            || (hasWord(attempt.outcome) && nameHolds(name(attempt.outcome), text));
    });
}

bool matchesModel(const Exchange &exchange, const QString &text)
{
    return holds(exchange.ask.model, text) || anyAttempt(exchange, [&](const Attempt &attempt) {
               return holds(attempt.target.model, text) || holds(attempt.servedModel, text);
           });
}

bool matchesError(const Exchange &exchange, const FilterTerm &term)
{
    if (term.number > 0) {
        return anyAttempt(
            exchange, [&](const Attempt &attempt) { return attempt.status == int(term.number); });
    }
    if (exchange.outcome.code != Code::None && same(term.text, codeName(exchange.outcome.code)))
        return true;
    return anyAttempt(exchange, [&](const Attempt &attempt) {
        if (!hasWord(attempt.outcome))
            return false;
        const auto kind = failureClass(attempt.outcome);
        return (kind && same(term.text, QLatin1StringView(kClassWords[size_t(*kind)])))
            || same(term.text, name(attempt.outcome));
    });
}

bool matchesIs(const Exchange &exchange, const QString &text)
{
    size_t at = 0;
    while (at < kIsWords.size() && !same(text, QLatin1StringView(kIsWords[at])))
        ++at;
    switch (IsWord(at)) {
    case IsWord::Failed:
        return exchange.outcome.kind == OutcomeKind::Failed
            || (exchange.outcome.kind == OutcomeKind::Refused && !isKnock(exchange))
            || exchange.outcome.kind == OutcomeKind::Cut;
    case IsWord::FailedOver:
        return exchange.outcome.isFailover;
    case IsWord::Diverted:
        return exchange.outcome.isDiverted;
    case IsWord::Drill:
        return exchange.settlement.isDrill
            || anyAttempt(exchange, [](const Attempt &attempt) { return attempt.isInjected; });
    case IsWord::Replay:
        return !exchange.replayOf.isNull();
    case IsWord::Streaming:
        return exchange.ask.isStream;
    case IsWord::Unpriced:
        return exchange.settlement.source == CostSource::Unpriced;
    case IsWord::Estimated:
        return exchange.settlement.source == CostSource::Estimated;
    case IsWord::Running:
        return exchange.phase != Phase::Settled;
    }
    return false;
}

bool matchesTag(const Exchange &exchange, const QString &text)
{
    return std::any_of(exchange.ask.tags.begin(), exchange.ask.tags.end(), [&](const QString &tag) {
        const qsizetype split = tag.indexOf(u'=');
        return isSameWord(tag, text)
            || (split >= 0 && isSameWord(QStringView(tag).first(split), text));
    });
}

bool matchesId(const Exchange &exchange, const QString &text)
{
    const QByteArray id = exchange.id.text();
    const QLatin1StringView whole(id);
    return whole.startsWith(text, Qt::CaseInsensitive)
        || whole.sliced(4).startsWith(text, Qt::CaseInsensitive);
}

bool matchesTerm(const Exchange &exchange, const FilterTerm &term)
{
    switch (term.field) {
    case FilterField::Text:
        return matchesText(exchange, term.text);
    case FilterField::Status:
        return exchange.outcome.status > 0 && compares(exchange.outcome.status, term, 1);
    case FilterField::Provider:
        return anyAttempt(exchange, [&](const Attempt &attempt) {
            return isSameWord(attempt.target.provider.text(), term.text);
        });
    case FilterField::ServedBy:
        return exchange.server()
            && isSameWord(exchange.server()->target.provider.text(), term.text);
    case FilterField::Client:
        return isSameWord(exchange.client.text(), term.text);
    case FilterField::Chain:
        return isSameWord(exchange.decision.chain.text(), term.text);
    case FilterField::Model:
        return matchesModel(exchange, term.text);
    case FilterField::Program:
        return holds(exchange.caller.program, term.text);
    case FilterField::Folder:
        return holds(exchange.caller.folder, term.text);
    case FilterField::Session:
        return isSameWord(exchange.ask.session, term.text);
    case FilterField::Tag:
        return matchesTag(exchange, term.text);
    case FilterField::Targets:
        return compares(triedTargets(exchange), term, 1);
    case FilterField::Cost:
        return exchange.phase == Phase::Settled
            && exchange.settlement.source != CostSource::Unpriced
            && compares(exchange.settlement.cost.nano, term, 1e9);
    case FilterField::FirstContent:
        return exchange.firstContentAt >= Micros::zero()
            && compares(exchange.firstContentAt.count(), term, 1e6);
    case FilterField::Duration:
        return exchange.endedAt >= Micros::zero() && compares(exchange.endedAt.count(), term, 1e6);
    case FilterField::TokensIn:
        return exchange.settlement.usage.source != UsageSource::None
            && compares(exchange.settlement.usage.prompt(), term, 1);
    case FilterField::TokensOut:
        return exchange.settlement.usage.source != UsageSource::None
            && compares(exchange.settlement.usage.completion(), term, 1);
    case FilterField::Error:
        return matchesError(exchange, term);
    case FilterField::Is:
        return matchesIs(exchange, term.text);
    case FilterField::Id:
        return matchesId(exchange, term.text);
    case FilterField::Dialect:
        return same(term.text, name(exchange.ask.dialect));
    case FilterField::After:
        return exchange.wallMs >= qint64(term.number);
    case FilterField::Before:
        return exchange.wallMs < qint64(term.number);
    }
    return false;
}

bool needsQuotes(const QString &text)
{
    return std::any_of(text.begin(), text.end(),
                       [](QChar c) { return c.isSpace() || c == u'"' || c == u'\\'; });
}

QString quoted(const QString &text)
{
    QString out(u'"');
    for (const QChar c : text) {
        if (c == u'"' || c == u'\\')
            out += u'\\';
        out += c;
    }
    return out + u'"';
}

QLatin1StringView signText(FilterSign sign)
{
    switch (sign) {
    case FilterSign::Is:
        break;
    case FilterSign::Above:
        return QLatin1StringView(">");
    case FilterSign::AtLeast:
        return QLatin1StringView(">=");
    case FilterSign::Below:
        return QLatin1StringView("<");
    case FilterSign::AtMost:
        return QLatin1StringView("<=");
    }
    return {};
}

} // namespace

int triedTargets(const Exchange &exchange)
{
    int count = 0;
    const QList<Attempt> &attempts = exchange.attempts;
    for (auto attempt = attempts.cbegin(); attempt != attempts.cend(); ++attempt) {
        if (std::none_of(attempts.cbegin(), attempt,
                         [&](const Attempt &before) { return before.target == attempt->target; }))
            ++count;
    }
    return count;
}

bool isSameWord(QStringView a, QStringView b)
{
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](QChar x, QChar y) {
               return folded(x) == folded(y);
           });
}

bool isNumeric(FilterField field)
{
    switch (field) {
    case FilterField::Status:
    case FilterField::Targets:
    case FilterField::Cost:
    case FilterField::FirstContent:
    case FilterField::Duration:
    case FilterField::TokensIn:
    case FilterField::TokensOut:
        return true;
    default:
        return false;
    }
}

QString filterName(FilterField field)
{
    for (const FieldName &row : kFields) {
        if (row.field == field)
            return QString::fromLatin1(row.name);
    }
    return {};
}

QStringList filterWords(FilterField field)
{
    QStringList words;
    switch (field) {
    case FilterField::Is:
        for (const char *word : kIsWords)
            words.append(QString::fromLatin1(word));
        break;
    case FilterField::Dialect:
        for (int i = 0; i < kDialectCount; ++i)
            words.append(QString::fromLatin1(name(DialectId(i))));
        break;
    case FilterField::Error:
        for (const char *word : kClassWords)
            words.append(QString::fromLatin1(word));
        for (int i = int(AttemptOutcome::DnsFailed); i <= int(AttemptOutcome::MovedOn); ++i)
            words.append(QString::fromLatin1(name(AttemptOutcome(i))));
        for (int i = int(Code::None) + 1; i <= int(Code::Deadline); ++i) {
            const QString word = QString::fromLatin1(codeName(Code(i)));
            if (!words.contains(word))
                words.append(word);
        }
        break;
    default:
        break;
    }
    return words;
}

ParsedFilter parseFilter(const QString &line, qint64 nowWallMs, const QByteArray &zone)
{
    return Reader(line, nowWallMs, zone).read();
}

bool ExchangeFilter::matches(const Exchange &exchange) const
{
    return std::all_of(terms.begin(), terms.end(), [&](const FilterTerm &term) {
        return matchesTerm(exchange, term) != term.isNegated;
    });
}

QString filterText(const FilterTerm &term)
{
    QString text;
    if (term.isNegated)
        text += u'-';
    if (term.field != FilterField::Text) {
        text += filterName(term.field) + u':' + signText(term.sign);
        // A value that begins like a sign would be read as one; only numbers have signs.
        return text + (needsQuotes(term.text) ? quoted(term.text) : term.text);
    }
    const bool isPlain
        = !needsQuotes(term.text) && !term.text.contains(u':') && !term.text.startsWith(u'-');
    return text + (isPlain ? term.text : quoted(term.text));
}

QString filterText(const ExchangeFilter &filter)
{
    QStringList parts;
    for (const FilterTerm &term : filter.terms)
        parts.append(filterText(term));
    return parts.join(u' ');
}

} // namespace sb
