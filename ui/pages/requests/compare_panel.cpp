#include "pages/requests/compare_panel.h"

#include "kit/icons.h"
#include "kit/plain_label.h"
#include "kit/table.h"
#include "kit/tokens.h"
#include "words/format.h"

#include <QBoxLayout>
#include <QHeaderView>
#include <QKeyEvent>
#include <QPainter>
#include <QTableWidget>
#include <QToolButton>

#include <algorithm>

namespace sb::pages {

using kit::ColumnLook;
using kit::PlainLabel;
using models::DiffLine;

namespace {

enum Column { Label, Left, Right, Difference, ColumnCount };
enum Role { DifferentRole = Qt::UserRole + 1, HeadingRole };

} // namespace

ComparePanel::ComparePanel(QWidget *parent)
    : QFrame(parent)
    , m_title(new PlainLabel(QString(), kit::Type::Strong))
    , m_summary(new PlainLabel(QString(), kit::Type::Label))
    , m_table(new QTableWidget(0, ColumnCount))
{
    setAccessibleName(tr("Two requests compared"));
    setFocusPolicy(Qt::StrongFocus);
    m_summary->setTone(PlainLabel::Tone::Secondary);
    m_table->setAccessibleName(tr("Differences"));
    kit::setUpTable(m_table);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->horizontalHeader()->setSectionsMovable(false);
    m_table->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto *delegate = new kit::TableDelegate(m_table);
    const auto tone = [](const QModelIndex &index) {
        if (index.data(HeadingRole).toBool())
            return PlainLabel::Tone::Muted;
        return index.data(DifferentRole).toBool() ? PlainLabel::Tone::Text
                                                  : PlainLabel::Tone::Secondary;
    };
    const auto changed = [](const QModelIndex &index) {
        return index.data(DifferentRole).toBool() ? PlainLabel::Tone::Caution
                                                  : PlainLabel::Tone::Muted;
    };
    delegate->setLook(Label, {.tone = tone});
    delegate->setLook(Left, {.kind = ColumnLook::Kind::Mono, .tone = tone});
    delegate->setLook(Right, {.kind = ColumnLook::Kind::Mono, .tone = tone});
    delegate->setLook(Difference, {.kind = ColumnLook::Kind::Mono, .tone = changed});
    m_table->setItemDelegate(delegate);

    auto *close = new QToolButton;
    close->setIcon(kit::icon(kit::Glyph::Close));
    close->setAutoRaise(true);
    close->setFixedSize(28, 28);
    close->setAccessibleName(tr("Close the comparison"));
    kit::setPlainToolTip(close, tr("Close (Esc)"));
    connect(close, &QToolButton::clicked, this, &ComparePanel::closeRequested);
    auto *head = new QHBoxLayout;
    head->setContentsMargins(kit::space::kMargin, 0, kit::space::kInside, 0);
    head->addWidget(m_title);
    head->addStretch();
    head->addWidget(close);
    auto *line = new QHBoxLayout;
    line->setContentsMargins(kit::space::kMargin, 0, kit::space::kMargin, kit::space::kGrid);
    line->addWidget(m_summary);
    auto *outer = new QVBoxLayout(this);
    outer->setContentsMargins(2, kit::space::kInside, 2, 2);
    outer->setSpacing(0);
    outer->addLayout(head);
    outer->addLayout(line);
    outer->addWidget(m_table, 1);
}

QString ComparePanel::summary() const
{
    return m_summary->text();
}

void ComparePanel::setPair(const Ptr &left, const Ptr &right, const words::Names &names)
{
    m_left = left;
    m_right = right;
    if (!left || !right)
        return;
    const bool isReplay = right->replayOf == left->id && !right->replayOf.isNull();
    m_title->setText(isReplay ? tr("Original and replay") : tr("Two requests"));
    m_table->setHorizontalHeaderLabels({QString(), isReplay ? tr("Original") : tr("First"),
                                        isReplay ? tr("Replay") : tr("Second"), tr("Difference")});
    const QList<DiffLine> lines = models::compare(*left, *right, names);
    int different = 0;
    m_table->setRowCount(int(lines.size()));
    for (int row = 0; row < int(lines.size()); ++row) {
        const DiffLine &line = lines[row];
        different += line.isDifferent ? 1 : 0;
        const QString mark = !line.isDifferent ? QString()
            : line.difference.isEmpty()        ? tr("differs", "two values")
                                               : line.difference;
        const QStringList cells{line.label, line.left, line.right, mark};
        for (int column = 0; column < ColumnCount; ++column) {
            QTableWidgetItem *item = m_table->item(row, column);
            if (!item) {
                item = new QTableWidgetItem;
                m_table->setItem(row, column, item);
            }
            item->setText(cells[column]);
            item->setToolTip(kit::plainToolTip(cells[column]));
            item->setData(DifferentRole, line.isDifferent);
            item->setData(HeadingRole, line.kind == DiffLine::Kind::Heading);
        }
    }
    const bool isRunning = left->phase != Phase::Settled || right->phase != Phase::Settled;
    const QString count = tr("%n line(s) differ.", nullptr, different);
    m_summary->setText(isRunning ? tr("Still running. %1").arg(count) : count);
    fit();
}

void ComparePanel::fit()
{
    QHeaderView *header = m_table->horizontalHeader();
    const int width = m_table->viewport()->width();
    const int label = 108;
    const int difference = 96;
    const int half = std::max(80, (width - label - difference) / 2);
    header->resizeSection(Label, label);
    header->resizeSection(Left, half);
    header->resizeSection(Right, half);
    header->resizeSection(Difference, std::max(60, width - label - 2 * half));
}

void ComparePanel::resizeEvent(QResizeEvent *event)
{
    QFrame::resizeEvent(event);
    fit();
}

void ComparePanel::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Escape) {
        emit closeRequested();
        return;
    }
    QFrame::keyPressEvent(event);
}

void ComparePanel::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    const kit::Tokens &t = kit::tokensFor(palette());
    painter.fillRect(rect(), t.panel);
    painter.setPen(QPen(t.hairline, 1));
    painter.drawRect(rect().adjusted(0, 0, -1, -1));
}

} // namespace sb::pages
