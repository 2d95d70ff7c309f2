#include "models/exchange_model.h"

#include "record/exchange_filter.h"
#include "record/knock.h"
#include "words/format.h"
#include "words/plain.h"
#include "words/plates.h"
#include "words/states.h"

#include <algorithm>

namespace sb::models {

namespace {

bool isNobody(const Exchange &exchange)
{
    return exchange.outcome.kind == OutcomeKind::Failed
        || (exchange.outcome.kind == OutcomeKind::Refused && !isKnock(exchange));
}

} // namespace

ExchangeModel::ExchangeModel(QObject *parent)
    : QAbstractTableModel(parent)
{
}

void ExchangeModel::take(const Frame &frame)
{
    takeLabels(frame);
    QList<int> moved;
    QList<ExchangePtr> fresh;
    QHash<ExchangeId, qsizetype> freshAt; // one frame may carry an exchange twice
    for (const ExchangePtr &exchange : frame.changed) {
        const auto known = m_numbers.constFind(exchange->id);
        if (known != m_numbers.constEnd()) {
            const auto row = size_t(m_top - *known);
            m_rows[row] = exchange;
            moved.append(int(row));
            continue;
        }
        // Older than everything in a full table: it has left at the bottom already.
        if (m_rows.size() == kCapacity && exchange->id < m_rows.back()->id)
            continue;
        const auto twice = freshAt.constFind(exchange->id);
        if (twice != freshAt.constEnd()) {
            fresh[*twice] = exchange;
        } else {
            freshAt.insert(exchange->id, fresh.size());
            fresh.append(exchange);
        }
    }
    announce(std::move(moved));
    if (fresh.isEmpty())
        return;
    std::sort(fresh.begin(), fresh.end(),
              [](const ExchangePtr &a, const ExchangePtr &b) { return a->id < b->id; });
    if (fresh.size() > kCapacity)
        fresh.remove(0, fresh.size() - kCapacity);
    beginInsertRows({}, 0, int(fresh.size()) - 1);
    for (const ExchangePtr &exchange : std::as_const(fresh)) {
        m_rows.push_front(exchange);
        m_numbers.insert(exchange->id, ++m_top);
    }
    endInsertRows();
    dropBeyondCapacity();
}

void ExchangeModel::appendOlder(const QList<ExchangePtr> &older)
{
    QList<ExchangePtr> fresh;
    for (const ExchangePtr &exchange : older) {
        if (int(m_rows.size() + size_t(fresh.size())) >= kCapacity)
            break;
        if (!m_numbers.contains(exchange->id))
            fresh.append(exchange);
    }
    if (fresh.isEmpty())
        return;
    const auto first = int(m_rows.size());
    beginInsertRows({}, first, first + int(fresh.size()) - 1);
    for (const ExchangePtr &exchange : std::as_const(fresh)) {
        m_numbers.insert(exchange->id, m_top - qint64(m_rows.size()));
        m_rows.push_back(exchange);
    }
    endInsertRows();
}

void ExchangeModel::dropBeyondCapacity()
{
    const auto size = int(m_rows.size());
    if (size <= kCapacity)
        return;
    beginRemoveRows({}, kCapacity, size - 1);
    while (m_rows.size() > kCapacity) {
        m_numbers.remove(m_rows.back()->id);
        m_rows.pop_back();
    }
    endRemoveRows();
}

void ExchangeModel::announce(QList<int> rows)
{
    std::sort(rows.begin(), rows.end());
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
    for (qsizetype i = 0; i < rows.size();) {
        qsizetype end = i + 1;
        while (end < rows.size() && rows[end] == rows[end - 1] + 1)
            ++end;
        emit dataChanged(index(rows[i], 0), index(rows[end - 1], ColumnCount - 1));
        i = end;
    }
}

void ExchangeModel::takeLabels(const Frame &frame)
{
    bool isClientMoved = false;
    for (const ClientView &client : frame.clients) {
        QString &label = m_names.clients[client.id];
        if (label != client.label) {
            label = client.label;
            isClientMoved = true;
        }
    }
    bool isProviderMoved = false;
    for (const ProviderView &provider : frame.providers) {
        QString &label = m_names.providers[provider.id];
        if (label != provider.label) {
            label = provider.label;
            isProviderMoved = true;
        }
    }
    if (m_rows.empty())
        return;
    const auto last = int(m_rows.size()) - 1;
    if (isClientMoved)
        emit dataChanged(index(0, Client), index(last, Client));
    if (isProviderMoved)
        emit dataChanged(index(0, ServedBy), index(last, Why));
}

ExchangePtr ExchangeModel::at(int row) const
{
    return row >= 0 && size_t(row) < m_rows.size() ? m_rows[size_t(row)] : nullptr;
}

int ExchangeModel::rowOf(const ExchangeId &id) const
{
    const auto known = m_numbers.constFind(id);
    return known == m_numbers.constEnd() ? -1 : int(m_top - *known);
}

QString ExchangeModel::clientLabel(const ClientId &id) const
{
    const QString label = m_names.clients.value(id);
    return label.isEmpty() ? id.text() : label;
}

QString ExchangeModel::providerLabel(const ProviderId &id) const
{
    const QString label = m_names.providers.value(id);
    return label.isEmpty() ? id.text() : label;
}

int ExchangeModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_rows.size());
}

int ExchangeModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

// What a provider keeps has no model.
QString ExchangeModel::placeOf(const TargetRef &target) const
{
    const QString label = words::visible(providerLabel(target.provider));
    return target.model.isEmpty()
        ? label
        : tr("%1 / %2", "provider / model").arg(label, words::visible(target.model));
}

QString ExchangeModel::served(const Exchange &exchange) const
{
    if (const Attempt *attempt = exchange.server()) {
        const QString place = placeOf(attempt->target);
        return exchange.outcome.kind == OutcomeKind::Cut
            ? tr("%1, cut short", "provider / model").arg(place)
            : place;
    }
    switch (exchange.outcome.kind) {
    case OutcomeKind::Failed: {
        const int targets = triedTargets(exchange);
        return targets > 0 ? tr("Nobody: %n target(s) failed", nullptr, targets)
                           : tr("Nobody: no target could be tried");
    }
    case OutcomeKind::Refused:
        return isKnock(exchange) ? tr("Nobody: nothing was asked")
                                 : tr("Nobody: refused by Signalbox");
    case OutcomeKind::Running:
        if (!exchange.attempts.isEmpty()) {
            return tr("%1, running", "provider / model")
                .arg(placeOf(exchange.attempts.constLast().target));
        }
        return words::unknown();
    default:
        return tr("Nobody: %1", "a state word: client left, stopped")
            .arg(words::outcome(exchange.outcome.kind));
    }
}

// "1" where the first target answered at once, else how many of the chain's were tried.
QString ExchangeModel::targets(const Exchange &exchange) const
{
    const int tried = triedTargets(exchange);
    const qsizetype all = exchange.decision.candidates.size();
    const bool isPlain
        = tried <= 1 && (exchange.attempts.isEmpty() || exchange.attempts.constFirst().rank <= 1);
    return isPlain || all == 0
        ? words::count(tried)
        : tr("%1 of %2", "targets tried, in the chain").arg(words::count(tried), words::count(all));
}

QString ExchangeModel::text(const Exchange &exchange, int column) const
{
    switch (column) {
    case Time:
        return words::timeMillis(exchange.wallMs);
    case Client:
        return words::visible(clientLabel(exchange.client));
    case AskedFor:
        return exchange.ask.model.isEmpty() ? words::unknown() : words::visible(exchange.ask.model);
    case ServedBy:
        return served(exchange);
    case Why:
        return words::why(exchange, m_names);
    case Targets:
        return exchange.attempts.isEmpty() && exchange.phase != Phase::Settled ? words::unknown()
                                                                               : targets(exchange);
    case FirstToken:
        return words::durationColumn(exchange.firstContentAt);
    case Cost:
        if (exchange.phase != Phase::Settled)
            return words::unknown();
        if (exchange.settlement.source == CostSource::Computed
            || exchange.settlement.source == CostSource::ProviderReported)
            return words::moneyColumn(exchange.settlement.cost);
        return words::cost(exchange.settlement.cost, exchange.settlement.source);
    default:
        return {};
    }
}

bool ExchangeModel::isUnknown(const Exchange &exchange, int column) const
{
    switch (column) {
    case FirstToken:
        return exchange.firstContentAt < Micros::zero();
    case Cost:
        return exchange.phase != Phase::Settled || exchange.settlement.source == CostSource::None;
    default:
        return false;
    }
}

QVariant ExchangeModel::sortKey(const Exchange &exchange, int column) const
{
    switch (column) {
    case Time:
        return exchange.wallMs;
    case Targets:
        return triedTargets(exchange);
    case FirstToken:
        return qint64(exchange.firstContentAt.count());
    case Cost:
        return exchange.phase == Phase::Settled ? exchange.settlement.cost.nano : qint64(-1);
    default:
        return text(exchange, column);
    }
}

QString ExchangeModel::toolTip(const Exchange &exchange, int column) const
{
    switch (column) {
    case Time:
        return words::dateTime(exchange.wallMs);
    case AskedFor:
    case ServedBy:
    case Client:
    case Why:
        return text(exchange, column);
    case Targets: {
        const auto inChain = int(exchange.decision.candidates.size());
        return tr("%1 of %n target(s) tried", nullptr, inChain)
            .arg(words::count(triedTargets(exchange)));
    }
    default:
        return {};
    }
}

QVariant ExchangeModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const Exchange &exchange = *m_rows[size_t(index.row())];
    switch (role) {
    case Qt::DisplayRole:
        return text(exchange, index.column());
    case Qt::ToolTipRole:
        return toolTip(exchange, index.column());
    case Qt::TextAlignmentRole:
        return int(Qt::AlignVCenter)
            | int(index.column() >= Targets ? Qt::AlignRight : Qt::AlignLeft);
    case OutcomeRole:
        return int(exchange.outcome.kind);
    case SortRole:
        return sortKey(exchange, index.column());
    case PhaseRole:
        return int(exchange.phase);
    case IdRole:
        return exchange.id.text();
    case DetourRole:
        return exchange.outcome.isFailover || exchange.outcome.isDiverted;
    case DangerRole:
        return index.column() == ServedBy
            && (isNobody(exchange) || exchange.outcome.kind == OutcomeKind::Cut);
    case UnknownRole:
        return isUnknown(exchange, index.column());
    default:
        return {};
    }
}

QVariant ExchangeModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return int(Qt::AlignVCenter) | int(section >= Targets ? Qt::AlignRight : Qt::AlignLeft);
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Time:
        return tr("Time");
    case Client:
        return tr("Client");
    case AskedFor:
        return tr("Asked for");
    case ServedBy:
        return tr("Served by");
    case Why:
        return tr("Why");
    case Targets:
        return tr("Tried");
    case FirstToken:
        return tr("First token");
    case Cost:
        return tr("Cost");
    default:
        return {};
    }
}

} // namespace sb::models
