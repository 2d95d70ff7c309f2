#include "kit/chart/chart_table.h"

#include "kit/plain_label.h"
#include "kit/table.h"
#include "kit/tokens.h"
#include "words/format.h"
#include "words/plain.h"

#include <QDateTime>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLocale>
#include <QPainter>
#include <QPushButton>
#include <QTableView>

namespace sb::kit {

ChartTableModel::ChartTableModel(QObject *parent)
    : QAbstractTableModel(parent)
{
}

void ChartTableModel::setData(const ChartData &data, ChartUnit unit)
{
    beginResetModel();
    m_data = data;
    m_unit = unit;
    m_columns.clear();
    for (const ChartStack &stack : data.stacks)
        m_columns += {stack.name, stack.values};
    if (data.stacks.size() > 1) {
        Column total{tr("Total"), {}};
        for (int slot = 0; slot < data.slotStarts.size(); ++slot)
            total.values += data.total(slot);
        m_columns += total;
    }
    for (const ChartLine &line : data.lines)
        m_columns += {line.name, line.values};
    if (data.band) {
        m_columns += {tr("%1, low").arg(data.band->name), data.band->low};
        m_columns += {tr("%1, high").arg(data.band->name), data.band->high};
    }
    endResetModel();
}

int ChartTableModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_data.slotStarts.size());
}

int ChartTableModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_columns.size()) + 1;
}

QVariant ChartTableModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid())
        return {};
    const int slot = int(m_data.slotStarts.size()) - 1 - index.row();
    if (role == Qt::DisplayRole) {
        if (index.column() == 0) {
            const bool isDays = m_data.toWallMs - m_data.fromWallMs > 36 * 3'600'000LL;
            const QDateTime at = QDateTime::fromMSecsSinceEpoch(m_data.slotStarts[slot]);
            return isDays ? QLocale().toString(at, QStringLiteral("ddd d MMM HH:mm"))
                          : words::timeSeconds(m_data.slotStarts[slot]);
        }
        return chartText(m_unit, m_columns[index.column() - 1].values.value(slot, kNothing));
    }
    if (role == Qt::TextAlignmentRole && index.column() > 0)
        return int(Qt::AlignRight | Qt::AlignVCenter);
    return {};
}

QVariant ChartTableModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole && section > 0)
        return int(Qt::AlignRight | Qt::AlignVCenter);
    if (role != Qt::DisplayRole)
        return {};
    return section == 0 ? tr("Time") : words::visible(m_columns.value(section - 1).name);
}

ChartTable::ChartTable(QWidget *parent)
    : QWidget(parent)
    , m_title(new PlainLabel(QString(), Type::LabelStrong, this))
    , m_model(new ChartTableModel(this))
    , m_view(new QTableView(this))
{
    setAccessibleName(tr("Chart as a table"));
    m_title->setElided(true);
    m_view->setModel(m_model);
    setUpTable(m_view);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(space::kGap, space::kInside, space::kGap, space::kGap);
    auto *line = new QHBoxLayout;
    line->addWidget(m_title, 1);
    const auto button = [this, line](const QString &text) {
        auto *made = new QPushButton(text, this);
        line->addWidget(made);
        return made;
    };
    connect(button(tr("Copy data")), &QPushButton::clicked, this, &ChartTable::copyAsked);
    connect(button(tr("Save as CSV…")), &QPushButton::clicked, this, &ChartTable::saveAsked);
    QPushButton *close = button(tr("Show as chart"));
    setPlainToolTip(close, tr("Show as chart (T)"));
    connect(close, &QPushButton::clicked, this, &ChartTable::closeAsked);
    column->addLayout(line);
    column->addWidget(m_view, 1);
    setFocusProxy(m_view);
    hide();
}

void ChartTable::setChart(const QString &title, const ChartData &data, ChartUnit unit)
{
    m_title->setText(title);
    m_view->setAccessibleName(tr("%1, as a table").arg(title));
    const int row = m_view->currentIndex().row();
    const int columns = m_model->columnCount();
    m_model->setData(data, unit);
    auto *delegate = new TableDelegate(m_view);
    delegate->setLook(0, {.kind = ColumnLook::Kind::Mono});
    for (int column = 1; column < m_model->columnCount(); ++column)
        delegate->setLook(column, {.kind = ColumnLook::Kind::Number});
    delete std::exchange(m_delegate, delegate);
    m_view->setItemDelegate(delegate);
    if (columns != m_model->columnCount()) {
        m_view->horizontalHeader()->resizeSection(0, 168);
        for (int column = 1; column < m_model->columnCount(); ++column)
            m_view->horizontalHeader()->resizeSection(
                column, std::clamp(m_view->horizontalHeader()->sectionSizeHint(column), 112, 240));
    }
    if (m_model->rowCount() > 0)
        m_view->setCurrentIndex(m_model->index(std::clamp(row, 0, m_model->rowCount() - 1), 0));
}

void ChartTable::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.fillRect(rect(), tokensFor(palette()).panel);
}

} // namespace sb::kit
