// The board as a tree table: the same plates, targets and states in words, for keyboards, screen
// readers and anyone who prefers a list (`B`).
//
// Owned by the board page, GUI thread. Three sections (clients, chains, providers); below a client
// the chains it uses, below a chain its targets in order. The shape follows the configuration: only
// when it changes is the model reset, otherwise moved rows are announced. [console §3.1]
#pragma once

#include "models/board_state.h"

#include <QAbstractItemModel>

#include <array>

namespace sb::models {

class BoardTreeModel final : public QAbstractItemModel {
    Q_OBJECT
public:
    enum Column { Name, State, Rate, FirstToken, Speed, Errors, ColumnCount };
    enum Role {
        LightRole = Qt::UserRole + 1, // int of Light; of a section the worst below it
        SortRole,
        ReasonRole, // the whole sentence why it is as it is
        SectionRole, // int: 0 client, 1 chain, 2 provider it stands for; absent for headings
        EntryRole, // int: its place in the state's list of that section
    };

    explicit BoardTreeModel(QObject *parent = nullptr);

    void take(const BoardState &state);

    QModelIndex index(int row, int column, const QModelIndex &parent = {}) const override;
    QModelIndex parent(const QModelIndex &child) const override;
    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    struct Node {
        QString key; // what it stands for; the shape of the tree is the list of keys
        int parent = -1;
        int row = 0;
        QList<int> children;
        std::array<QString, ColumnCount> cells;
        QString reason;
        int light = -1;
        int section = -1; // what a command on this row is for
        int entry = -1;
    };
    static QList<Node> build(const BoardState &state);

    QList<Node> m_nodes; // 0, 1, 2 are the sections
};

} // namespace sb::models
