// The targets of the chain in the editor, as rows of a table over the shared draft.
//
// GUI thread, owned by the page. Reads drafts, the running configuration and the last frame; edits
// go to the draft, as steps of its undo. Roles carry meaning, words and paint are the page's.
#pragma once

#include "models/chain_advice.h"
#include "models/chain_draft.h"
#include "record/frame.h"

#include <QAbstractTableModel>

namespace sb::models {

class TargetModel final : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column {
        Rank,
        Provider,
        Model,
        Key,
        Input, // dollars per million tokens
        Output,
        Times, // its price over target 1's
        FirstToken,
        Can,
        ColumnCount,
    };
    enum Role {
        WarningRole = Qt::UserRole + 1, // bool: something is wrong with this row
        StateRole, // int(ProviderState)
        ProviderRole, // its id
        DearerRole, // bool
        UnknownRole, // bool: the cell has nothing to show
        IsNewRole, // bool: the row is not in what runs
    };

    explicit TargetModel(ChainDrafts &drafts, QObject *parent = nullptr);

    void setChain(const ChainId &chain);
    const ChainId &chain() const { return m_chain; }
    void setConfig(const config::SnapshotPtr &config);
    void setFrame(const FramePtr &frame);
    const QList<TargetFacts> &facts() const { return m_facts; }
    const QList<ChainWarning> &warnings() const { return m_warnings; }
    const DraftTarget *target(int row) const;

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    bool setData(const QModelIndex &index, const QVariant &value, int role = Qt::EditRole) override;
    QVariant headerData(int section, Qt::Orientation side, int role) const override;
    Qt::ItemFlags flags(const QModelIndex &index) const override;

    // Rows are dragged within the table.
    Qt::DropActions supportedDropActions() const override { return Qt::MoveAction; }
    QStringList mimeTypes() const override;
    QMimeData *mimeData(const QModelIndexList &indexes) const override;
    bool dropMimeData(const QMimeData *data, Qt::DropAction action, int row, int column,
                      const QModelIndex &parent) override;

signals:
    void moved(int to); // a row was dropped there

private:
    void rebuild();
    QString text(int row, int column) const;
    const ProviderView *view(const ProviderId &provider) const;

    ChainDrafts &m_drafts;
    ChainId m_chain;
    config::SnapshotPtr m_config;
    FramePtr m_frame;
    DraftChain m_shown;
    QList<bool> m_isNew;
    QList<TargetFacts> m_facts;
    QList<ChainWarning> m_warnings;
};

} // namespace sb::models
