#include "models/tool_model.h"

#include "words/format.h"

namespace sb::models {

namespace {

// Sessions of `signalboxd with` are named after the program: "claude-7hx2mq".
bool isRunOf(const QString &session, const QString &program)
{
    constexpr qsizetype kTail = 7;
    return session.size() == program.size() + kTail && session.startsWith(program)
        && session[program.size()] == u'-';
}

} // namespace

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
    if (row.isRun)
        return tr("signalboxd with");
    if (clientOf(row.tool))
        return tr("has its own key");
    return row.seenWallMs > 0 ? tr("another client's key") : tr("not yet");
}

qint64 ToolModel::lastSeenOf(Tool tool) const
{
    const ClientView *client = clientOf(tool);
    return std::max(client ? client->lastSeenWallMs : 0, m_rows[rowOf(tool)].seenWallMs);
}

void ToolModel::take(const Frame &frame)
{
    for (const auto &exchange : frame.changed) {
        if (exchange->phase != Phase::Settled || exchange->client.isEmpty())
            continue;
        for (Row &row : m_rows) {
            const ToolFacts &facts = factsOf(row.tool);
            bool isRun = false;
            for (const QString &program : facts.programs)
                isRun |= isRunOf(exchange->ask.session, program);
            const bool isIts = isRun || exchange->client.text() == facts.clientId
                || facts.programs.contains(exchange->caller.program);
            if (!isIts || exchange->wallMs < row.seenWallMs)
                continue;
            row.seenWallMs = exchange->wallMs;
            row.isRun = isRun;
        }
    }
}

QVariant ToolModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const Row &row = m_rows[index.row()];
    const ToolFacts &facts = factsOf(row.tool);
    const qint64 seen = lastSeenOf(row.tool);
    const bool isSeen = seen > 0;
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
        return isSeen ? words::ago(seen, m_nowWallMs) : words::unknown();
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
    emit dataChanged(index(0, Name), index(int(m_rows.size()) - 1, LastSeen),
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
