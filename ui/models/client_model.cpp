#include "models/client_model.h"

#include "words/format.h"
#include "words/plain.h"

namespace sb::models {

int ClientModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_clients.size());
}

int ClientModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant ClientModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const config::ClientSettings &client = m_clients[index.row()];
    if (role == IsRevokedRole)
        return client.isRevoked;
    if (role != Qt::DisplayRole)
        return {};
    const ClientView view = m_views.value(client.id);
    switch (index.column()) {
    case Name:
        return client.label;
    case Chains:
        return client.chains.contains(QStringLiteral("*")) ? tr("all")
            : client.chains.isEmpty()                      ? tr("none")
                                      : client.chains.join(QStringLiteral(", "));
    case DefaultChain:
        return client.defaultChain.isEmpty() ? words::unknown() : client.defaultChain.text();
    case LastUse:
        return view.lastSeenWallMs > 0 ? words::ago(view.lastSeenWallMs, m_nowWallMs)
                                       : words::unknown();
    case PerMinute:
        return words::perMinute(view.perMinute);
    case Program:
        return view.program.isEmpty() ? words::unknown() : view.program;
    case State:
        return client.isRevoked ? tr("revoked") : tr("in force");
    default:
        return {};
    }
}

QVariant ClientModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Name:
        return tr("Name");
    case Chains:
        return tr("Chains");
    case DefaultChain:
        return tr("Default");
    case LastUse:
        return tr("Last use");
    case PerMinute:
        return tr("Requests");
    case Program:
        return tr("Program");
    case State:
        return tr("Key");
    default:
        return {};
    }
}

void ClientModel::setConfig(const config::SnapshotPtr &config)
{
    if (config == m_config)
        return;
    m_config = config;
    beginResetModel();
    m_clients = config ? config->clients : QList<config::ClientSettings>();
    endResetModel();
}

void ClientModel::setFrame(const Frame &frame)
{
    m_views.clear();
    for (const ClientView &view : frame.clients)
        m_views.insert(view.id, view);
    m_nowWallMs = frame.wallMs;
    if (!m_clients.isEmpty())
        emit dataChanged(index(0, LastUse), index(int(m_clients.size()) - 1, Program),
                         {Qt::DisplayRole});
}

ClientId ClientModel::clientAt(int row) const
{
    return row >= 0 && row < m_clients.size() ? m_clients[row].id : ClientId();
}

QString ClientModel::labelAt(int row) const
{
    return row >= 0 && row < m_clients.size() ? m_clients[row].label : QString();
}

} // namespace sb::models
