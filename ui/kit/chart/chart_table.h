// A chart as a table: the same numbers, one row per slot of time.
#pragma once

#include "kit/chart/chart_data.h"

#include <QAbstractTableModel>
#include <QWidget>

class QAbstractItemDelegate;
class QTableView;

namespace sb::kit {

class PlainLabel;

// Values over a copy of the chart's data; newest first.
class ChartTableModel final : public QAbstractTableModel {
    Q_OBJECT
public:
    explicit ChartTableModel(QObject *parent = nullptr);

    void setData(const ChartData &data, ChartUnit unit);
    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    struct Column {
        QString name;
        QList<double> values;
    };
    ChartData m_data;
    ChartUnit m_unit = ChartUnit::Count;
    QList<Column> m_columns;
};

// Lies over its page while it is open. The page shows and hides it; GUI thread.
class ChartTable final : public QWidget {
    Q_OBJECT
public:
    explicit ChartTable(QWidget *parent = nullptr);

    void setChart(const QString &title, const ChartData &data, ChartUnit unit);
    QTableView *view() const { return m_view; }

signals:
    void copyAsked();
    void saveAsked();
    void closeAsked();

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    PlainLabel *m_title;
    ChartTableModel *m_model;
    QTableView *m_view;
    QAbstractItemDelegate *m_delegate = nullptr;
};

} // namespace sb::kit
