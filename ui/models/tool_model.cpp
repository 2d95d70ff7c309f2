#include "models/tool_model.h"

#include "words/format.h"

namespace sb::models {

ToolModel::ToolModel(QObject *parent)
    : QAbstractTableModel(parent)
{
    for (const ToolFacts &facts : tools())
        m_rows.append({facts.tool, {}, false});
}

int ToolModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_rows.size());
}

int ToolModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

const ClientView *ToolModel::clientOf(Tool tool) const
{
    const ToolFacts &facts = factsOf(tool);
    for (const ClientView &client : m_clients) {
        if (client.id.text() == facts.clientId)
            return &client;
    }
    return nullptr;
}

QString ToolModel::connection(const Row &row) const
{
    const ToolFacts &facts = factsOf(row.tool);
    if (!facts.isPossible)
        return tr("not possible");
    if (!isSpoken(facts))
        return tr("protocol not spoken");
    if (row.isLaunched)
        return tr("a terminal, with its own key");
    return clientOf(row.tool) ? tr("has its own key") : tr("not yet");
}

QVariant ToolModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const Row &row = m_rows[index.row()];
    const ToolFacts &facts = factsOf(row.tool);
    const ClientView *client = clientOf(row.tool);
    const bool isSeen = client && client->lastSeenWallMs > 0;
    switch (role) {
    case ToolRole:
        return int(row.tool);
    case IsFoundRole:
        return m_hasLooked ? QVariant(!row.path.isEmpty()) : QVariant();
    case IsSeenRole:
        return isSeen;
    case PathRole:
        return row.path;
    case Qt::DisplayRole:
        break;
    case Qt::ToolTipRole:
        return index.column() == Found && !row.path.isEmpty() ? row.path.toHtmlEscaped()
                                                              : QVariant();
    default:
        return {};
    }
    switch (index.column()) {
    case Name:
        return facts.name;
    case Found:
        if (facts.programs.isEmpty())
            return tr("in your code");
        return !m_hasLooked ? tr("looking…") : !row.path.isEmpty() ? tr("found") : tr("not found");
    case Connected:
        return connection(row);
    case LastSeen:
        return isSeen ? words::ago(client->lastSeenWallMs, m_nowWallMs) : words::unknown();
    default:
        return {};
    }
}

QVariant ToolModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Name:
        return tr("Tool");
    case Found:
        return tr("On this computer");
    case Connected:
        return tr("Connected by");
    case LastSeen:
        return tr("Last request");
    default:
        return {};
    }
}

void ToolModel::setPrograms(const QHash<QString, QString> &paths)
{
    beginResetModel();
    m_hasLooked = true;
    for (Row &row : m_rows) {
        row.path.clear();
        for (const QString &program : factsOf(row.tool).programs) {
            if (row.path.isEmpty())
                row.path = paths.value(program);
        }
    }
    std::stable_sort(m_rows.begin(), m_rows.end(), [](const Row &a, const Row &b) {
        if (a.path.isEmpty() != b.path.isEmpty())
            return b.path.isEmpty();
        return a.tool < b.tool;
    });
    endResetModel();
}

void ToolModel::setFrame(const Frame &frame)
{
    m_clients = frame.clients;
    m_nowWallMs = frame.wallMs;
    emit dataChanged(index(0, Connected), index(int(m_rows.size()) - 1, LastSeen),
                     {Qt::DisplayRole, IsSeenRole});
}

void ToolModel::setLaunched(Tool tool)
{
    const int row = rowOf(tool);
    m_rows[row].isLaunched = true;
    emit dataChanged(index(row, Connected), index(row, Connected));
}

int ToolModel::rowOf(Tool tool) const
{
    for (int i = 0; i < m_rows.size(); ++i) {
        if (m_rows[i].tool == tool)
            return i;
    }
    return 0;
}

Tool ToolModel::toolAt(int row) const
{
    return row >= 0 && row < m_rows.size() ? m_rows[row].tool : Tool::ClaudeCode;
}

} // namespace sb::models
