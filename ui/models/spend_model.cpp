#include "models/spend_model.h"

#include "models/history_links.h"
#include "words/format.h"

namespace sb::models {

using engine::SpendGroup;
using engine::SpendSums;

QString spendLabel(SpendGroup group, const QString &key, const words::Names &names)
{
    if (key == kRest && (group == SpendGroup::Program || group == SpendGroup::Folder))
        return SpendModel::tr("All others");
    if (!key.isEmpty()) {
        if (group == SpendGroup::Provider)
            return names.of(ProviderId(key));
        if (group == SpendGroup::Client)
            return names.of(ClientId(key));
        return key;
    }
    switch (group) {
    case SpendGroup::Model:
    case SpendGroup::Key:
    case SpendGroup::Provider:
        return SpendModel::tr("Ended before a provider was called");
    case SpendGroup::Client:
        return SpendModel::tr("Without a valid key");
    case SpendGroup::Chain:
        return SpendModel::tr("No chain");
    case SpendGroup::Program:
        return SpendModel::tr("Program unknown");
    case SpendGroup::Folder:
        return SpendModel::tr("Folder unknown");
    }
    return words::unknown();
}

SpendModel::SpendModel(QObject *parent)
    : QAbstractTableModel(parent)
{
}

void SpendModel::setReport(const engine::SpendReport &report, const words::Names &names)
{
    QStringList labels;
    for (const engine::SpendRow &row : report.rows)
        labels += spendLabel(report.ask.group, row.key, names);
    // The same rows keep selection and scroll position.
    const bool isSame = m_hasReport && m_group == report.ask.group
        && std::equal(report.rows.begin(), report.rows.end(), m_rows.begin(), m_rows.end(),
                      [](const engine::SpendRow &a, const engine::SpendRow &b) {
                          return a.key == b.key;
                      });
    if (!isSame)
        beginResetModel();
    m_rows = report.rows;
    m_labels = labels;
    m_total = report.total;
    m_group = report.ask.group;
    m_hasReport = true;
    if (!isSame)
        endResetModel();
    else
        emit dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

const SpendSums *SpendModel::sumsAt(int row) const
{
    if (!m_hasReport || row < 0 || row > m_rows.size())
        return nullptr;
    return isTotal(row) ? &m_total : &m_rows[row].sums;
}

QString SpendModel::keyAt(int row) const
{
    return m_rows.value(row).key;
}

int SpendModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() || !m_hasReport ? 0 : int(m_rows.size()) + 1;
}

int SpendModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QString SpendModel::cell(const SpendSums &sums, int column) const
{
    const Usage &usage = sums.usage;
    switch (column) {
    case Cost:
        // Nothing but calls without a price: there is no amount to show.
        if (sums.cost == Money{} && sums.unpriced > 0)
            return tr("unpriced");
        return words::moneyColumn(sums.cost);
    case Requests:
        return words::count(sums.exchanges);
    case Input:
        return words::countShort(usage.input + usage.inputAudio);
    case CacheRead:
        return words::countShort(usage.cacheRead);
    case CacheWrite:
        return words::countShort(usage.cacheWrite + usage.cacheWrite1h);
    case Output:
        return words::countShort(usage.output + usage.outputAudio);
    case Reasoning:
        return words::countShort(usage.reasoning);
    case Notes: {
        QStringList notes;
        if (sums.unpriced > 0)
            notes += tr("%1 unpriced").arg(words::count(sums.unpriced));
        if (sums.estimated > 0)
            notes += tr("%1 estimated").arg(words::count(sums.estimated));
        if (sums.reported > 0)
            notes += tr("%1 reported").arg(words::count(sums.reported));
        if (sums.uncertain > Money{})
            notes += tr("%1 uncertain").arg(words::money(sums.uncertain));
        return notes.join(QStringLiteral(", "));
    }
    default:
        return {};
    }
}

QVariant SpendModel::data(const QModelIndex &index, int role) const
{
    const SpendSums *sums = index.isValid() ? sumsAt(index.row()) : nullptr;
    if (!sums)
        return {};
    switch (role) {
    case Qt::DisplayRole:
        if (index.column() == Name)
            return isTotal(index.row()) ? tr("Total") : m_labels[index.row()];
        return cell(*sums, index.column());
    case Qt::TextAlignmentRole:
        return int(Qt::AlignVCenter)
            | int(index.column() == Name || index.column() == Notes ? Qt::AlignLeft
                                                                    : Qt::AlignRight);
    case ShareRole: {
        const Money most = m_rows.isEmpty() ? Money{} : m_rows.constFirst().sums.cost;
        return isTotal(index.row()) || most.nano <= 0
            ? 0.0
            : std::max(0.0, double(sums->cost.nano) / double(most.nano));
    }
    case KeyRole:
        return keyAt(index.row());
    case TotalRole:
        return isTotal(index.row());
    case MarkRole:
        return sums->unpriced > 0 || sums->estimated > 0;
    case ExplainRole: {
        QStringList lines;
        if (sums->unpriced > 0)
            lines += tr("%n request(s) have no known price and are not in the amount.", nullptr,
                        int(std::min<qint64>(sums->unpriced, 1'000'000'000)));
        if (sums->estimated > 0)
            lines += tr("%n request(s) came without usage numbers and are estimated.", nullptr,
                        int(std::min<qint64>(sums->estimated, 1'000'000'000)));
        if (sums->reported > 0)
            lines += tr("%n request(s) are booked at the cost the provider reported.", nullptr,
                        int(std::min<qint64>(sums->reported, 1'000'000'000)));
        if (sums->uncertain > Money{})
            lines += tr("%1 may have been billed for requests that broke off; it is not in the "
                        "amount, but counts against the cap.")
                         .arg(words::money(sums->uncertain));
        return lines.join(u'\n');
    }
    default:
        return {};
    }
}

QVariant SpendModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return int(Qt::AlignVCenter)
            | int(section == Name || section == Notes ? Qt::AlignLeft : Qt::AlignRight);
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Name:
        switch (m_group) {
        case SpendGroup::Model:
            return tr("Model");
        case SpendGroup::Client:
            return tr("Client");
        case SpendGroup::Key:
            return tr("Provider key");
        case SpendGroup::Provider:
            return tr("Provider");
        case SpendGroup::Chain:
            return tr("Chain");
        case SpendGroup::Program:
            return tr("Program");
        case SpendGroup::Folder:
            return tr("Folder");
        }
        return {};
    case Cost:
        return tr("Cost");
    case Requests:
        return tr("Requests");
    case Input:
        return tr("Input");
    case CacheRead:
        return tr("Cache read");
    case CacheWrite:
        return tr("Cache write");
    case Output:
        return tr("Output");
    case Reasoning:
        return tr("Reasoning");
    case Notes:
        return tr("Notes");
    default:
        return {};
    }
}

} // namespace sb::models
