// Our own clients as rows: name, chains allowed, last use.
#pragma once

#include "config/settings.h"
#include "record/frame.h"

#include <QAbstractTableModel>

namespace sb::models {

// GUI thread. Rows follow the configuration; numbers follow the frames.
class ClientModel final : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Name, Chains, DefaultChain, LastUse, PerMinute, Program, State, ColumnCount };
    enum Role { IsRevokedRole = Qt::UserRole + 1 };

    using QAbstractTableModel::QAbstractTableModel;

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

    void setConfig(const config::SnapshotPtr &config);
    void setFrame(const Frame &frame);
    ClientId clientAt(int row) const;
    QString labelAt(int row) const;

private:
    config::SnapshotPtr m_config;
    QList<config::ClientSettings> m_clients;
    QHash<ClientId, ClientView> m_views;
    qint64 m_nowWallMs = 0;
};

} // namespace sb::models
