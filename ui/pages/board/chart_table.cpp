#include "pages/board/chart_table.h"

#include "kit/plain_label.h"
#include "kit/table.h"
#include "kit/tokens.h"
#include "words/format.h"
#include "words/plain.h"

#include <QBoxLayout>
#include <QHeaderView>
#include <QPainter>
#include <QPushButton>
#include <QStandardItemModel>
#include <QTableView>

#include <cmath>
#include <map>

namespace sb::pages {

using models::Metric;

ChartTable::ChartTable(Metric metric, const models::SeriesRing &ring, const QString &title,
                       QWidget *parent)
    : QWidget(parent)
    , m_metric(metric)
    , m_ring(ring)
    , m_model(new QStandardItemModel(this))
    , m_view(new QTableView(this))
{
    setAccessibleName(title);
    auto *name = new kit::PlainLabel(title, kit::Type::LabelStrong, this);
    auto *copy = new QPushButton(tr("Copy"), this);
    copy->setAccessibleName(tr("Copy the table: %1").arg(title));
    connect(copy, &QPushButton::clicked, this, [this] { emit copyRequested(text()); });
    m_view->setModel(m_model);
    m_view->setAccessibleName(title);
    kit::setUpTable(m_view);
    m_view->horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
    auto *head = new QHBoxLayout;
    head->setContentsMargins(kit::space::kGap, kit::space::kGrid, kit::space::kInside, 0);
    head->addWidget(name, 1);
    head->addWidget(copy);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addLayout(head);
    column->addWidget(m_view, 1);
}

void ChartTable::setState(const QList<std::pair<ProviderId, QString>> &labels, qint64 nowWallMs)
{
    const qint64 second = nowWallMs / 1000;
    if (!isVisible() || second == m_shownSecond)
        return;
    m_shownSecond = second;
    std::map<qint64, QStringList, std::greater<>> rows;
    QStringList heads{tr("Time")};
    for (qsizetype i = 0; i < labels.size(); ++i) {
        heads.append(words::visible(labels[i].second));
        for (const QPointF &point : m_ring.points(labels[i].first, m_metric, nowWallMs)) {
            if (std::isnan(point.y()))
                continue;
            QStringList &row = rows[qint64(point.x()) / 1000];
            while (row.size() < labels.size())
                row.append(words::unknown());
            row[i] = m_metric == Metric::TokensPerSecond
                ? words::speed(point.y())
                : words::durationColumn(Micros(qint64(point.y() * 1e6)));
        }
    }
    m_model->setColumnCount(int(heads.size()));
    m_model->setHorizontalHeaderLabels(heads);
    m_model->setRowCount(int(rows.size()));
    int at = 0;
    for (const auto &[time, cells] : rows) {
        m_model->setData(m_model->index(at, 0), words::timeSeconds(time * 1000));
        for (int column = 0; column < cells.size(); ++column)
            m_model->setData(m_model->index(at, column + 1), cells[column]);
        ++at;
    }
}

QString ChartTable::text() const
{
    QStringList lines;
    for (int row = -1; row < m_model->rowCount(); ++row) {
        QStringList cells;
        for (int column = 0; column < m_model->columnCount(); ++column) {
            cells.append(row < 0 ? m_model->headerData(column, Qt::Horizontal).toString()
                                 : m_model->index(row, column).data().toString());
        }
        lines.append(cells.join(u'\t'));
    }
    return lines.join(u'\n');
}

void ChartTable::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.fillRect(rect(), kit::tokensFor(palette()).panel);
}

} // namespace sb::pages
