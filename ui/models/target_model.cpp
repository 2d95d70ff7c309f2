#include "models/target_model.h"

#include "words/format.h"
#include "words/plain.h"
#include "words/prices.h"

#include <QMimeData>

#include <algorithm>

namespace sb::models {

namespace {
const QString kRowMime = QStringLiteral("application/x-signalbox-target-row");
}

TargetModel::TargetModel(ChainDrafts &drafts, QObject *parent)
    : QAbstractTableModel(parent)
    , m_drafts(drafts)
    , m_config(std::make_shared<config::ConfigSnapshot>())
    , m_frame(std::make_shared<Frame>())
{
    connect(&m_drafts, &ChainDrafts::changed, this, &TargetModel::rebuild);
}

void TargetModel::setChain(const ChainId &chain)
{
    m_chain = chain;
    rebuild();
}

void TargetModel::setConfig(const config::SnapshotPtr &config)
{
    if (!config || config == m_config)
        return;
    m_config = config;
    rebuild();
}

void TargetModel::setFrame(const FramePtr &frame)
{
    m_frame = frame;
    if (rowCount() > 0)
        emit dataChanged(index(0, Provider), index(rowCount() - 1, FirstToken));
}

// Rows keep their selection where only cells change: a reset would throw the keyboard out.
void TargetModel::rebuild()
{
    const DraftChain *chain = m_drafts.draft().chain(m_chain);
    const DraftChain next = chain ? *chain : DraftChain();
    const bool isSameSize = next.targets.size() == m_shown.targets.size() && next.id == m_shown.id;
    if (!isSameSize)
        beginResetModel();
    m_shown = next;
    m_facts = factsOf(m_shown, *m_config, m_frame->wallMs);
    m_warnings = chain ? warningsOf(m_shown, *m_config) : QList<ChainWarning>();
    m_isNew.clear();
    const DraftChain *before = nullptr;
    if (chain && chain->origin >= 0 && chain->origin < m_drafts.base().chains.size())
        before = &m_drafts.base().chains[chain->origin];
    for (qsizetype row = 0; row < m_shown.targets.size(); ++row)
        m_isNew.append(!before || row >= before->targets.size()
                       || !before->targets[row].isSame(m_shown.targets[row]));
    if (!isSameSize)
        endResetModel();
    else if (rowCount() > 0)
        emit dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

const DraftTarget *TargetModel::target(int row) const
{
    return row >= 0 && row < m_shown.targets.size() ? &m_shown.targets[row] : nullptr;
}

const ProviderView *TargetModel::view(const ProviderId &provider) const
{
    const auto found
        = std::find_if(m_frame->providers.cbegin(), m_frame->providers.cend(),
                       [&provider](const ProviderView &one) { return one.id == provider; });
    return found == m_frame->providers.cend() ? nullptr : &*found;
}

int TargetModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_shown.targets.size());
}

int TargetModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QString TargetModel::text(int row, int column) const
{
    const DraftTarget &target = m_shown.targets[row];
    const TargetFacts &facts = m_facts[row];
    const ProviderView *provider = view(target.provider);
    switch (column) {
    case Rank:
        return QString::number(row + 1);
    case Provider:
        return provider && !provider->label.isEmpty() ? provider->label : target.provider.text();
    case Model:
        return target.model;
    case Key:
        return target.key.isEmpty() ? tr("any, in order") : target.key.text();
    case Input:
        return facts.isFree && !facts.input ? tr("free") : words::perMillion(facts.input);
    case Output:
        return facts.isFree && !facts.output ? tr("free") : words::perMillion(facts.output);
    case Times:
        return facts.timesFirst ? words::timesPrice(*facts.timesFirst) : QString();
    case FirstToken:
        return words::durationColumn(provider ? provider->p50FirstContent : kNever);
    case Can: {
        QStringList can;
        using Yes = TargetFacts::Can;
        if (facts.tools == Yes::Yes)
            can += tr("tools");
        if (facts.images == Yes::Yes)
            can += tr("images");
        if (facts.context > 0)
            can += words::countShort(facts.context);
        if (facts.tools == Yes::No)
            can += tr("no tools");
        return can.isEmpty() ? words::unknown() : can.join(QStringLiteral(", "));
    }
    default:
        return {};
    }
}

QVariant TargetModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const int row = index.row();
    const DraftTarget &target = m_shown.targets[row];
    const TargetFacts &facts = m_facts[row];
    switch (role) {
    case Qt::DisplayRole:
        return text(row, index.column());
    case Qt::ToolTipRole:
        return words::visible(text(row, index.column())).toHtmlEscaped();
    case Qt::EditRole:
        return index.column() == Key     ? target.key.text()
            : index.column() == Provider ? target.provider.text()
                                         : target.model;
    case Qt::AccessibleTextRole: {
        const QString title
            = headerData(index.column(), Qt::Horizontal, Qt::DisplayRole).toString();
        return tr("%1: %2").arg(title, text(row, index.column()));
    }
    case WarningRole:
        return std::any_of(m_warnings.cbegin(), m_warnings.cend(),
                           [row](const ChainWarning &warning) { return warning.row == row; });
    case StateRole: {
        if (facts.isOff)
            return int(ProviderState::Off);
        const ProviderView *provider = view(target.provider);
        return int(provider ? provider->state : ProviderState::NoTraffic);
    }
    case ProviderRole:
        return target.provider.text();
    case DearerRole:
        return facts.timesFirst && *facts.timesFirst >= 1.05;
    case UnknownRole:
        return (index.column() == Input && !facts.input)
            || (index.column() == Output && !facts.output)
            || (index.column() == Key && target.key.isEmpty())
            || text(row, index.column()) == words::unknown();
    case IsNewRole:
        return m_isNew[row];
    default:
        return {};
    }
}

bool TargetModel::setData(const QModelIndex &index, const QVariant &value, int role)
{
    const DraftTarget *old = target(index.row());
    if (!old || role != Qt::EditRole)
        return false;
    const QString text = value.toString().trimmed();
    const DraftTarget was = *old;
    if (index.column() == Model && !text.isEmpty())
        return m_drafts.setTarget(m_chain, index.row(), was.provider, text, was.key);
    if (index.column() == Key)
        return m_drafts.setTarget(m_chain, index.row(), was.provider, was.model, KeyId(text));
    if (index.column() == Provider && !text.isEmpty() && ProviderId(text) != was.provider)
        return m_drafts.setTarget(m_chain, index.row(), ProviderId(text), was.model, {});
    return false;
}

QVariant TargetModel::headerData(int section, Qt::Orientation side, int role) const
{
    if (side != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return int((section >= Input && section <= FirstToken ? Qt::AlignRight : Qt::AlignLeft)
                   | Qt::AlignVCenter);
    if (role == Qt::ToolTipRole) {
        switch (section) {
        case Input:
            return tr("Dollars per million tokens of the prompt");
        case Output:
            return tr("Dollars per million tokens of the answer");
        case Times:
            return tr("Price compared with target 1, prompt and answer added");
        case FirstToken:
            return tr("Median time to the first token over 5 minutes");
        default:
            return {};
        }
    }
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Rank:
        return tr("#");
    case Provider:
        return tr("Provider");
    case Model:
        return tr("Model");
    case Key:
        return tr("Key");
    case Input:
        return tr("In / M");
    case Output:
        return tr("Out / M");
    case Times:
        return tr("Beside 1");
    case FirstToken:
        return tr("First token");
    case Can:
        return tr("Can do");
    default:
        return {};
    }
}

Qt::ItemFlags TargetModel::flags(const QModelIndex &index) const
{
    if (!index.isValid())
        return Qt::ItemIsDropEnabled; // between rows
    Qt::ItemFlags flags = Qt::ItemIsSelectable | Qt::ItemIsEnabled | Qt::ItemIsDragEnabled
        | Qt::ItemNeverHasChildren;
    if (index.column() >= Provider && index.column() <= Key)
        flags |= Qt::ItemIsEditable;
    return flags;
}

QStringList TargetModel::mimeTypes() const
{
    return {kRowMime};
}

QMimeData *TargetModel::mimeData(const QModelIndexList &indexes) const
{
    if (indexes.isEmpty())
        return nullptr;
    auto *data = new QMimeData;
    data->setData(kRowMime, QByteArray::number(indexes.first().row()));
    return data;
}

bool TargetModel::dropMimeData(const QMimeData *data, Qt::DropAction, int row, int,
                               const QModelIndex &parent)
{
    bool isNumber = false;
    const int from = data->data(kRowMime).toInt(&isNumber);
    if (!isNumber)
        return false;
    int to = row >= 0 ? row : parent.isValid() ? parent.row() : rowCount();
    if (to > from)
        --to;
    to = std::clamp(to, 0, std::max(rowCount() - 1, 0));
    if (m_drafts.moveTarget(m_chain, from, to))
        emit moved(to);
    return false; // the view must not take the dragged row away: it has moved already
}

} // namespace sb::models
