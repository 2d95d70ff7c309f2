// The numbers of a small chart as a table, newest on top, with Copy. [console §6]
//
// Owned by the board page, lies over its chart while shown; GUI thread. Filled once a second, only
// while it is on screen.
#pragma once

#include "models/series_ring.h"

#include <QWidget>

class QStandardItemModel;
class QTableView;

namespace sb::kit {
class PlainLabel;
}

namespace sb::pages {

class ChartTable final : public QWidget {
    Q_OBJECT
public:
    ChartTable(models::Metric metric, const models::SeriesRing &ring, const QString &title,
               QWidget *parent = nullptr);

    void setState(const QList<std::pair<ProviderId, QString>> &labels, qint64 nowWallMs);
    QTableView *view() const { return m_view; }
    // Tab-separated lines with a heading, for a spreadsheet.
    QString text() const;

signals:
    void copyRequested(const QString &text);

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    models::Metric m_metric;
    const models::SeriesRing &m_ring;
    qint64 m_shownSecond = -1;
    QStandardItemModel *m_model;
    QTableView *m_view;
};

} // namespace sb::pages
