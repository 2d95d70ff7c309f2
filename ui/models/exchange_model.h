// The requests of this session as a table, newest first: live ones on top, up to 5,000 rows.
//
// Owned by a page, GUI thread. Holds immutable copies and updates rows by id; only rows that moved
// are announced. Roles carry meaning (OutcomeRole, SortRole), the delegate turns it into paint.
// Rows never change place: an exchange takes its row when it is first seen. [style §9, console
// §3.2]
#pragma once

#include "record/frame.h"
#include "words/names.h"

#include <QAbstractTableModel>
#include <QHash>

#include <deque>

namespace sb::models {

using ExchangePtr = std::shared_ptr<const Exchange>;

class ExchangeModel final : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Time, Client, AskedFor, ServedBy, Why, Targets, FirstToken, Cost, ColumnCount };
    enum Role {
        OutcomeRole = Qt::UserRole + 1, // int of OutcomeKind
        SortRole, // a number or a text that sorts as the cell means
        PhaseRole, // int of Phase
        IdRole, // QByteArray, ExchangeId::text()
        DetourRole, // bool: failed over or diverted
        DangerRole, // bool: this cell reports a failure
        UnknownRole, // bool: this cell has no value
    };
    static constexpr int kCapacity = 5'000;

    explicit ExchangeModel(QObject *parent = nullptr);

    void take(const Frame &frame);
    // History of earlier sessions, newest first; goes below what is here, known ids are skipped.
    void appendOlder(const QList<ExchangePtr> &older);

    ExchangePtr at(int row) const;
    int rowOf(const ExchangeId &id) const; // -1 = not here
    // Configured labels, for ids in the record; the id itself where none is known.
    QString clientLabel(const ClientId &id) const;
    QString providerLabel(const ProviderId &id) const;

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    QString targets(const Exchange &exchange) const;
    QString text(const Exchange &exchange, int column) const;
    QString toolTip(const Exchange &exchange, int column) const;
    QVariant sortKey(const Exchange &exchange, int column) const;
    QString placeOf(const TargetRef &target) const;
    QString served(const Exchange &exchange) const;
    bool isUnknown(const Exchange &exchange, int column) const;
    void takeLabels(const Frame &frame);
    void announce(QList<int> rows);
    void dropBeyondCapacity();

    // Row of a known exchange = m_top - its number; numbers grow upward, history's go downward.
    std::deque<ExchangePtr> m_rows;
    QHash<ExchangeId, qint64> m_numbers;
    qint64 m_top = 0; // number of row 0
    words::Names m_names;
};

} // namespace sb::models
