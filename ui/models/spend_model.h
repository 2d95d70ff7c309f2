// The rows of a spend report: one per model, client, … and a total below them.
//
// GUI thread. Roles carry meaning; the page's delegate turns it into paint. Rows that have no price
// say so: unpriced is not $0.00. [console §3.4]
#pragma once

#include "engine/history.h"
#include "words/names.h"

#include <QAbstractTableModel>

namespace sb::models {

// The group's value as people call it: labels for providers and clients, a word for none.
QString spendLabel(engine::SpendGroup group, const QString &key, const words::Names &names);

class SpendModel final : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column {
        Name,
        Cost,
        Requests,
        Input,
        CacheRead,
        CacheWrite,
        Output,
        Reasoning,
        Notes,
        ColumnCount
    };
    enum Role {
        ShareRole = Qt::UserRole, // of the dearest row, 0 … 1
        KeyRole,
        TotalRole, // the last row
        MarkRole, // something is unpriced or estimated
        ExplainRole, // the notes as sentences
    };

    explicit SpendModel(QObject *parent = nullptr);

    void setReport(const engine::SpendReport &report, const words::Names &names);
    const engine::SpendSums *sumsAt(int row) const;
    QString keyAt(int row) const;
    bool isTotal(int row) const { return row == m_rows.size(); }

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    QString cell(const engine::SpendSums &sums, int column) const;

    QList<engine::SpendRow> m_rows;
    QStringList m_labels;
    engine::SpendSums m_total;
    engine::SpendGroup m_group = engine::SpendGroup::Model;
    bool m_hasReport = false;
};

} // namespace sb::models
