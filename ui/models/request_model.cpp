#include "models/request_model.h"

#include "models/request_marks.h"
#include "record/exchange_filter.h"
#include "record/knock.h"
#include "record/names.h"
#include "words/format.h"
#include "words/plain.h"
#include "words/states.h"
#include "words/story.h"

#include <algorithm>

namespace sb::models {

namespace {

using Ptr = RequestModel::Ptr;

bool isNewer(const Ptr &a, const Ptr &b)
{
    return b->id < a->id;
}

const Attempt *firstFailure(const Exchange &exchange)
{
    for (const Attempt &attempt : exchange.attempts) {
        if (attempt.outcome != AttemptOutcome::Served && attempt.outcome != AttemptOutcome::Running)
            return &attempt;
    }
    return nullptr;
}

FilterTerm termFor(FilterField field, const QString &text, FilterSign sign = FilterSign::Is)
{
    FilterTerm term;
    term.field = field;
    term.text = text;
    term.sign = sign;
    return term;
}

QString isTerm(const Exchange &exchange)
{
    const auto is = [](const char *word) {
        return filterText(termFor(FilterField::Is, QString::fromLatin1(word)));
    };
    switch (exchange.outcome.kind) {
    case OutcomeKind::Running:
        return is("running");
    case OutcomeKind::Refused:
        if (isKnock(exchange))
            break;
        return is("failed");
    case OutcomeKind::Failed:
    case OutcomeKind::Cut:
        return is("failed");
    default:
        break;
    }
    if (exchange.outcome.isFailover)
        return is("failed-over");
    if (exchange.outcome.isDiverted)
        return is("diverted");
    return filterText(termFor(FilterField::Status, QString::number(exchange.outcome.status)));
}

} // namespace

RequestModel::RequestModel(const RequestMarks *marks, QObject *parent)
    : QAbstractTableModel(parent)
    , m_marks(marks)
{
}

void RequestModel::reset(const ExchangeFilter &filter, const QList<Ptr> &exchanges)
{
    beginResetModel();
    m_filter = filter;
    m_rows.clear();
    for (const Ptr &exchange : exchanges) {
        if (m_rows.size() == kCapacity)
            break;
        m_rows.push_back({exchange, nullptr});
    }
    m_waiting.clear();
    m_lost = 0;
    m_isDetached = false;
    m_hasFloods = std::any_of(m_rows.begin(), m_rows.end(),
                              [](const Row &row) { return mayFlood(*row.exchange); });
    endResetModel();
    refold();
    emit waitingChanged();
}

size_t RequestModel::placeOf(const ExchangeId &id) const
{
    const auto it = std::lower_bound(
        m_rows.begin(), m_rows.end(), id,
        [](const Row &row, const ExchangeId &wanted) { return wanted < row.exchange->id; });
    return size_t(it - m_rows.begin());
}

int RequestModel::rowOf(const ExchangeId &id) const
{
    const size_t place = placeOf(id);
    return place < m_rows.size() && m_rows[place].exchange->id == id ? int(place) : -1;
}

Ptr RequestModel::at(int row) const
{
    return row >= 0 && size_t(row) < m_rows.size() ? m_rows[size_t(row)].exchange : nullptr;
}

int RequestModel::waiting() const
{
    return int(m_waiting.size()) + m_lost;
}

void RequestModel::take(const QList<Ptr> &changed)
{
    const int before = waiting();
    QList<Ptr> fresh;
    for (const Ptr &exchange : changed) {
        const bool isWanted = m_filter.matches(*exchange);
        const int row = rowOf(exchange->id);
        if (row >= 0) {
            if (isWanted) {
                m_rows[size_t(row)].exchange = exchange;
                m_rows[size_t(row)].cells.reset();
                emit dataChanged(index(row, 0), index(row, ColumnCount - 1));
            } else {
                removeRow(row);
            }
            continue;
        }
        if (const auto held = m_waiting.find(exchange->id); held != m_waiting.end()) {
            if (isWanted)
                held->second = exchange;
            else
                m_waiting.erase(held);
            continue;
        }
        if (!isWanted)
            continue;
        // Older than everything in a full table: it has left at the bottom already.
        if (m_rows.size() == kCapacity && exchange->id < m_rows.back().exchange->id)
            continue;
        if (m_isDetached) {
            if (m_rows.empty() || m_rows.front().exchange->id < exchange->id)
                m_lost += exchange->phase == Phase::Settled ? 1 : 0; // once, at its end
            continue;
        }
        fresh.append(exchange);
    }
    std::stable_sort(fresh.begin(), fresh.end(), isNewer);
    // One frame may carry an exchange twice; the later one counts.
    for (qsizetype i = 0; i + 1 < fresh.size();) {
        if (fresh[i]->id == fresh[i + 1]->id)
            fresh.removeAt(i);
        else
            ++i;
    }
    if (m_isHeld) {
        for (const Ptr &exchange : std::as_const(fresh))
            m_waiting.insert_or_assign(exchange->id, exchange);
        while (m_waiting.size() > kCapacity) {
            m_waiting.erase(m_waiting.begin());
            ++m_lost;
        }
    } else if (!fresh.isEmpty()) {
        insertRuns(fresh);
        dropOldest();
    }
    refold();
    if (waiting() != before)
        emit waitingChanged();
}

void RequestModel::merge(const QList<Ptr> &older)
{
    QList<Ptr> fresh;
    for (const Ptr &exchange : older) {
        if (rowOf(exchange->id) < 0 && !m_waiting.contains(exchange->id))
            fresh.append(exchange);
    }
    std::stable_sort(fresh.begin(), fresh.end(), isNewer);
    if (fresh.isEmpty())
        return;
    insertRuns(fresh);
    dropNewest();
    refold();
}

// Neighbours go in together: one insertion for a page of history, one for a frame.
void RequestModel::insertRuns(const QList<Ptr> &newestFirst)
{
    for (qsizetype i = 0; i < newestFirst.size();) {
        const size_t place = placeOf(newestFirst[i]->id);
        qsizetype end = i + 1;
        while (end < newestFirst.size()
               && (place == m_rows.size() || m_rows[place].exchange->id < newestFirst[end]->id))
            ++end;
        beginInsertRows({}, int(place), int(place) + int(end - i) - 1);
        std::deque<Row> run;
        for (qsizetype k = i; k < end; ++k)
            run.push_back({newestFirst[k], nullptr});
        m_hasFloods = m_hasFloods || std::any_of(run.begin(), run.end(), [](const Row &row) {
                          return mayFlood(*row.exchange);
                      });
        m_rows.insert(m_rows.begin() + qsizetype(place), std::make_move_iterator(run.begin()),
                      std::make_move_iterator(run.end()));
        endInsertRows();
        i = end;
    }
}

void RequestModel::removeRow(int row)
{
    beginRemoveRows({}, row, row);
    m_rows.erase(m_rows.begin() + row);
    endRemoveRows();
}

void RequestModel::dropOldest()
{
    const auto size = int(m_rows.size());
    if (size <= kCapacity)
        return;
    beginRemoveRows({}, kCapacity, size - 1);
    m_rows.resize(kCapacity);
    endRemoveRows();
}

void RequestModel::dropNewest()
{
    const int excess = int(m_rows.size()) - kCapacity;
    if (excess <= 0)
        return;
    beginRemoveRows({}, 0, excess - 1);
    m_rows.erase(m_rows.begin(), m_rows.begin() + excess);
    endRemoveRows();
    m_isDetached = true;
}

void RequestModel::setHeld(bool isHeld)
{
    if (m_isHeld == isHeld)
        return;
    m_isHeld = isHeld;
    if (isHeld || m_waiting.empty())
        return;
    QList<Ptr> fresh;
    for (auto it = m_waiting.rbegin(); it != m_waiting.rend(); ++it)
        fresh.append(it->second);
    m_waiting.clear();
    if (m_lost > 0 && !m_isDetached) { // more passed by than a table holds
        reset(m_filter, fresh);
        return;
    }
    insertRuns(fresh);
    dropOldest();
    refold();
    emit waitingChanged();
}

void RequestModel::takeNames(const words::Names &names, qint64 nowWallMs)
{
    const bool isSameDay = words::isSameDay(m_nowWallMs, nowWallMs);
    m_nowWallMs = nowWallMs;
    if (isSameDay && names.clients == m_names.clients && names.providers == m_names.providers)
        return;
    m_names = names;
    marksChanged();
}

void RequestModel::marksChanged()
{
    for (Row &row : m_rows)
        row.cells.reset();
    if (!m_rows.empty())
        emit dataChanged(index(0, 0), index(int(m_rows.size()) - 1, ColumnCount - 1));
}

const QString &RequestModel::cell(int row, int column) const
{
    const Row &at = m_rows[size_t(row)];
    if (!at.cells) {
        at.cells = std::make_unique<Cells>();
        for (int i = 0; i < ColumnCount; ++i)
            (*at.cells)[size_t(i)] = at.place.head
                ? floodText(*at.place.head, *at.exchange, Column(i))
                : text(*at.exchange, Column(i));
    }
    return (*at.cells)[size_t(column)];
}

// ---- runs of completions ----

bool RequestModel::isFolded(int row) const
{
    return row >= 0 && size_t(row) < m_rows.size() && m_rows[size_t(row)].place.isHidden;
}

const Flood *RequestModel::flood(int row) const
{
    return row >= 0 && size_t(row) < m_rows.size() ? m_rows[size_t(row)].place.head.get() : nullptr;
}

int RequestModel::headOf(int row) const
{
    return row >= 0 && size_t(row) < m_rows.size() ? m_rows[size_t(row)].place.headRow : -1;
}

void RequestModel::setOpen(int row, bool isOpen)
{
    const int head = headOf(row);
    if (head < 0 || m_rows[size_t(head)].place.head->isOpen == isOpen)
        return;
    if (m_open.size() > size_t(2 * kCapacity))
        m_open.clear(); // those of rows that left long ago
    for (const Row &one : m_rows) {
        if (one.place.headRow != head)
            continue;
        if (isOpen)
            m_open.insert(one.exchange->id);
        else
            m_open.erase(one.exchange->id);
    }
    refold();
}

// Which rows stand for others follows from all of them: a late one may join two runs.
void RequestModel::refold()
{
    if (!m_hasFloods)
        return;
    std::vector<FloodPlace> places = floodsOf(
        int(m_rows.size()),
        [this](int row) -> const Exchange & { return *m_rows[size_t(row)].exchange; },
        [this](const ExchangeId &id) { return m_open.contains(id); });
    bool isChanged = false;
    for (size_t i = 0; i < places.size(); ++i) {
        FloodPlace &old = m_rows[i].place;
        const bool isSameHead = old.head && places[i].head ? *old.head == *places[i].head
                                                           : !old.head && !places[i].head;
        isChanged = isChanged || old.isHidden != places[i].isHidden;
        old = std::move(places[i]);
        if (isSameHead)
            continue;
        m_rows[i].cells.reset();
        emit dataChanged(index(int(i), 0), index(int(i), ColumnCount - 1));
    }
    if (isChanged)
        emit foldsChanged();
}

QString RequestModel::floodText(const Flood &flood, const Exchange &newest, Column column) const
{
    if (column == State) {
        return (flood.isOpen ? QStringLiteral("\u25BE ") : QStringLiteral("\u25B8 "))
            + tr("%1 \u00D7", "this many requests in one row").arg(words::count(flood.count));
    }
    if (flood.isOpen)
        return text(newest, column);
    switch (column) {
    case Status:
    case FirstToken:
    case Duration:
        return words::unknown(); // each has its own
    case In:
        return words::count(flood.in);
    case Cached:
        return words::count(flood.cached);
    case Out:
        return words::count(flood.out);
    case Cost:
        return flood.source == CostSource::Computed || flood.source == CostSource::ProviderReported
            ? words::moneyColumn(flood.cost)
            : words::cost(flood.cost, flood.source);
    case Note: {
        QStringList parts{tr("completions")};
        if (flood.left > 0)
            parts.append(tr("%Ln cancelled", nullptr, flood.left));
        if (flood.failed > 0)
            parts.append(tr("%Ln failed", nullptr, flood.failed));
        if (flood.running > 0)
            parts.append(tr("%Ln running", nullptr, flood.running));
        return parts.join(QStringLiteral(", "));
    }
    default:
        return text(newest, column);
    }
}

int RequestModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_rows.size());
}

int RequestModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

std::pair<int, int> RequestModel::targetsOf(const Exchange &exchange)
{
    const int tried = triedTargets(exchange);
    return {tried, std::max(tried, int(exchange.decision.candidates.size()))};
}

bool RequestModel::isUnknown(const Exchange &exchange, Column column)
{
    const bool hasNoUsage = exchange.settlement.usage.source == UsageSource::None;
    switch (column) {
    case Program:
        return exchange.caller.program.isEmpty();
    case Folder:
        return exchange.caller.folder.isEmpty();
    case AskedFor:
        return exchange.ask.model.isEmpty();
    case Targets:
        return exchange.attempts.isEmpty();
    case Status:
        return exchange.outcome.status <= 0;
    case FirstToken:
        return exchange.firstContentAt < Micros::zero();
    case Duration:
        return exchange.endedAt < Micros::zero();
    case In:
    case Cached:
    case Out:
        return hasNoUsage;
    case Cost:
        return exchange.phase != Phase::Settled || exchange.settlement.source == CostSource::None;
    default:
        return false;
    }
}

QString RequestModel::served(const Exchange &exchange) const
{
    if (const Attempt *attempt = exchange.server())
        return m_names.of(attempt->target);
    if (exchange.outcome.kind == OutcomeKind::Running && !exchange.attempts.isEmpty())
        return tr("at %1", "a target that has not answered yet")
            .arg(m_names.of(exchange.attempts.constLast().target));
    if (exchange.outcome.kind == OutcomeKind::Running)
        return words::unknown();
    return tr("nobody", "answered the request");
}

QString RequestModel::note(const Exchange &exchange) const
{
    QStringList parts;
    if (m_marks) {
        const QString own = m_marks->note(exchange.id);
        if (!own.isEmpty())
            parts.append(words::visible(own));
    }
    if (!exchange.replayOf.isNull())
        parts.append(tr("replay"));
    if (exchange.settlement.isDrill)
        parts.append(tr("simulated"));
    else if (std::any_of(exchange.attempts.begin(), exchange.attempts.end(),
                         [](const Attempt &attempt) { return attempt.isInjected; }))
        parts.append(tr("drill"));
    if (isKnock(exchange))
        parts.append(words::knock());
    else if (exchange.outcome.kind == OutcomeKind::Refused)
        parts.append(words::codeSentence(exchange.outcome.code));
    else if (const Attempt *failed = firstFailure(exchange))
        parts.append(words::attempt(failed->outcome));
    return parts.join(QStringLiteral(", "));
}

QString RequestModel::text(const Exchange &exchange, Column column) const
{
    if (isUnknown(exchange, column))
        return words::unknown();
    const Usage &usage = exchange.settlement.usage;
    switch (column) {
    case State:
        return words::requestState(exchange);
    case Time:
        return words::timeColumn(exchange.wallMs, m_nowWallMs);
    case Client:
        return m_names.of(exchange.client);
    case Program:
        return words::visible(exchange.caller.program);
    case Folder:
        return words::visible(exchange.caller.folder.section(u'/', -1));
    case AskedFor:
        return words::visible(exchange.ask.model);
    case ServedBy:
        return served(exchange);
    case Targets: {
        const auto [tried, all] = targetsOf(exchange);
        return tried <= 1 ? words::count(tried)
                          : tr("%1 of %2", "targets tried, in the chain")
                                .arg(words::count(tried), words::count(all));
    }
    case Status:
        return QString::number(exchange.outcome.status);
    case FirstToken:
        return words::durationColumn(exchange.firstContentAt);
    case Duration:
        return words::durationColumn(exchange.endedAt);
    case In:
        return words::count(usage.prompt());
    case Cached:
        return words::count(usage.cacheRead);
    case Out:
        return words::count(usage.completion());
    case Cost:
        if (exchange.settlement.source == CostSource::Computed
            || exchange.settlement.source == CostSource::ProviderReported)
            return words::moneyColumn(exchange.settlement.cost);
        return words::cost(exchange.settlement.cost, exchange.settlement.source);
    case Note:
        return note(exchange);
    case ColumnCount:
        break;
    }
    return {};
}

QString RequestModel::toolTip(const Exchange &exchange, Column column) const
{
    switch (column) {
    case Time:
        return words::dateTime(exchange.wallMs);
    case Client: {
        QStringList lines{m_names.of(exchange.client)};
        if (!exchange.caller.program.isEmpty())
            lines.append(tr("Program: %1").arg(words::visible(exchange.caller.program)));
        if (!exchange.caller.folder.isEmpty())
            lines.append(tr("Folder: %1").arg(words::visible(exchange.caller.folder)));
        return lines.join(u'\n');
    }
    case Folder:
        return words::visible(exchange.caller.folder);
    case Targets: {
        const auto [tried, all] = targetsOf(exchange);
        const QString line = tr("%1 of %n target(s) tried", nullptr, all).arg(words::count(tried));
        return exchange.attempts.size() > tried
            ? tr("%1, %2 attempts").arg(line, words::count(exchange.attempts.size()))
            : line;
    }
    case State:
    case AskedFor:
    case ServedBy:
    case Note:
        return text(exchange, column);
    default:
        return {};
    }
}

QString RequestModel::termOf(int row, int column) const
{
    const Ptr exchange = at(row);
    if (!exchange)
        return {};
    const auto term = [](FilterField field, const QString &text, FilterSign sign = FilterSign::Is) {
        return text.isEmpty() ? QString() : filterText(termFor(field, text, sign));
    };
    const Usage &usage = exchange->settlement.usage;
    const auto millis = [](Micros time) -> QString {
        return QString::number(time.count() / 1000) + QStringLiteral("ms");
    };
    if (column != State && column != Time && column != Note && column != ServedBy
        && column != Targets && isUnknown(*exchange, Column(column)))
        return {};
    switch (Column(column)) {
    case State:
        return isTerm(*exchange);
    case Client:
        return term(FilterField::Client, exchange->client.text());
    case Program:
        return term(FilterField::Program, exchange->caller.program);
    case Folder:
        return term(FilterField::Folder, exchange->caller.folder);
    case AskedFor:
        return term(FilterField::Model, exchange->ask.model);
    case ServedBy:
        if (const Attempt *server = exchange->server())
            return term(FilterField::ServedBy, server->target.provider.text());
        return isTerm(*exchange);
    case Targets:
        return term(FilterField::Targets, QString::number(exchange->attempts.size()));
    case Status:
        return term(FilterField::Status, QString::number(exchange->outcome.status));
    case FirstToken:
        return term(FilterField::FirstContent, millis(exchange->firstContentAt),
                    FilterSign::AtLeast);
    case Duration:
        return term(FilterField::Duration, millis(exchange->endedAt), FilterSign::AtLeast);
    case In:
        return term(FilterField::TokensIn, QString::number(usage.prompt()), FilterSign::AtLeast);
    case Out:
        return term(FilterField::TokensOut, QString::number(usage.completion()),
                    FilterSign::AtLeast);
    case Cost:
        if (exchange->settlement.source == CostSource::Unpriced)
            return term(FilterField::Is, QStringLiteral("unpriced"));
        return term(FilterField::Cost, QString::fromLatin1(exchange->settlement.cost.dollars()),
                    FilterSign::AtLeast);
    case Time:
        return term(FilterField::After, QString::number(exchange->wallMs));
    case Note:
        if (!exchange->replayOf.isNull())
            return term(FilterField::Is, QStringLiteral("replay"));
        if (exchange->outcome.kind == OutcomeKind::Refused)
            return term(FilterField::Error, QString::fromLatin1(codeName(exchange->outcome.code)));
        if (const Attempt *failed = firstFailure(*exchange))
            return term(FilterField::Error, QString::fromLatin1(name(failed->outcome)));
        return {};
    case Cached:
    case ColumnCount:
        break;
    }
    return {};
}

QVariant RequestModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const auto column = Column(index.column());
    switch (role) {
    case Qt::DisplayRole:
        return cell(index.row(), column);
    case Qt::ToolTipRole:
        if (const Flood *run = flood(index.row()); run && (column == State || column == Note)) {
            const QString what
                = tr("%Ln completion(s) of one client in a row, %1 cancelled.", nullptr, run->count)
                      .arg(words::count(run->left));
            const QString how = run->isOpen ? tr("Fold them with X.") : tr("Unfold them with X.");
            return QString(what + u'\n' + how);
        }
        return toolTip(*m_rows[size_t(index.row())].exchange, column);
    case Qt::AccessibleTextRole:
        return tr("%1: %2", "column, value").arg(title(column), cell(index.row(), column));
    case Qt::TextAlignmentRole:
        return int(Qt::AlignVCenter) | int(isNumber(column) ? Qt::AlignRight : Qt::AlignLeft);
    default:
        return {};
    }
}

bool RequestModel::isNumber(Column column)
{
    return column >= Status && column <= Cost;
}

QString RequestModel::title(Column column)
{
    switch (column) {
    case State:
        return tr("State");
    case Time:
        return tr("Time");
    case Client:
        return tr("Client");
    case Program:
        return tr("Program");
    case Folder:
        return tr("Folder");
    case AskedFor:
        return tr("Asked for");
    case ServedBy:
        return tr("Served by");
    case Targets:
        return tr("Targets");
    case Status:
        return tr("Status", "HTTP status");
    case FirstToken:
        return tr("First token");
    case Duration:
        return tr("Duration");
    case In:
        return tr("In", "prompt tokens");
    case Cached:
        return tr("Cached", "tokens");
    case Out:
        return tr("Out", "reply tokens");
    case Cost:
        return tr("Cost");
    case Note:
        return tr("Note");
    case ColumnCount:
        break;
    }
    return {};
}

QVariant RequestModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount)
        return {};
    const auto column = Column(section);
    if (role == Qt::TextAlignmentRole)
        return int(Qt::AlignVCenter) | int(isNumber(column) ? Qt::AlignRight : Qt::AlignLeft);
    if (role == Qt::DisplayRole)
        return title(column);
    return {};
}

} // namespace sb::models
