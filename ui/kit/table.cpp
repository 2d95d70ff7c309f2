#include "kit/table.h"

#include "words/plain.h"

#include <QApplication>
#include <QHeaderView>
#include <QPainter>
#include <QStyle>
#include <QTableView>

namespace sb::kit {

TableDelegate::TableDelegate(QObject *parent)
    : QStyledItemDelegate(parent)
{
}

void TableDelegate::setLook(int column, const ColumnLook &look)
{
    m_looks.insert(column, look);
}

void TableDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option,
                          const QModelIndex &index) const
{
    const Tokens &t = tokensFor(option.palette);
    const ColumnLook look = m_looks.value(index.column());
    painter->save();
    if (option.state & QStyle::State_Selected)
        painter->fillRect(option.rect, option.palette.color(QPalette::Highlight));
    else if (option.state & QStyle::State_MouseOver)
        painter->fillRect(option.rect, mix(t.inset, t.text, 0.05));

    QRect area = option.rect.adjusted(space::kGrid, 0, -space::kGrid, 0);
    if (look.kind == ColumnLook::Kind::Lamp && look.lamp) {
        const QRect lamp = QStyle::visualRect(
            option.direction, area, QRect(area.left(), area.top(), space::kLamp, area.height()));
        paintLamp(*painter,
                  QRectF(lamp.left(), area.center().y() - space::kLamp / 2.0 + 0.5, space::kLamp,
                         space::kLamp),
                  look.lamp(index), t);
        area = QStyle::visualRect(option.direction, area, area.adjusted(space::kLamp + 6, 0, 0, 0));
    }
    const QString text = words::visible(index.data(Qt::DisplayRole).toString());
    const bool isMono
        = look.kind == ColumnLook::Kind::Mono || look.kind == ColumnLook::Kind::Number;
    const QFont f = font(isMono ? Type::Mono : Type::Body);
    painter->setFont(f);
    painter->setPen(toneColor(look.tone ? look.tone(index) : PlainLabel::Tone::Text, t));
    const Qt::Alignment side
        = look.kind == ColumnLook::Kind::Number ? Qt::AlignRight : Qt::AlignLeft;
    painter->drawText(area, int(side | Qt::AlignVCenter | Qt::TextSingleLine),
                      QFontMetrics(f).elidedText(text, Qt::ElideRight, area.width()));
    painter->restore();
}

QSize TableDelegate::sizeHint(const QStyleOptionViewItem &, const QModelIndex &index) const
{
    const ColumnLook look = m_looks.value(index.column());
    const bool isMono
        = look.kind == ColumnLook::Kind::Mono || look.kind == ColumnLook::Kind::Number;
    const QFontMetrics metrics(font(isMono ? Type::Mono : Type::Body));
    int width
        = metrics.horizontalAdvance(index.data(Qt::DisplayRole).toString()) + 2 * space::kInside;
    if (look.kind == ColumnLook::Kind::Lamp)
        width += space::kLamp + 6;
    return {width, qMax(space::kRow, metrics.height() + space::kGrid)};
}

void setUpTable(QTableView *table)
{
    table->setShowGrid(false);
    table->setFrameShape(QFrame::NoFrame);
    table->setSelectionBehavior(QAbstractItemView::SelectRows);
    table->setSelectionMode(QAbstractItemView::SingleSelection);
    table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    table->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    table->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    table->setWordWrap(false);
    table->setTabKeyNavigation(false); // Tab leaves the table: no focus trap
    table->setMouseTracking(true);
    table->setCornerButtonEnabled(false);
    table->verticalHeader()->hide();
    table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    table->verticalHeader()->setDefaultSectionSize(
        qMax(space::kRow, QFontMetrics(font(Type::Body)).height() + space::kGrid * 2));
    QHeaderView *header = table->horizontalHeader();
    header->setFont(font(Type::Label));
    header->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    header->setHighlightSections(false);
    header->setSectionsMovable(true);
    header->setStretchLastSection(false);
    header->setMinimumSectionSize(32);
}

QColor toneColor(PlainLabel::Tone tone, const Tokens &t)
{
    switch (tone) {
    case PlainLabel::Tone::Text:
        return t.text;
    case PlainLabel::Tone::Secondary:
        return t.secondary;
    case PlainLabel::Tone::Muted:
        return t.muted;
    case PlainLabel::Tone::Danger:
        return t.danger.text;
    case PlainLabel::Tone::Caution:
        return t.caution.text;
    case PlainLabel::Tone::Serving:
        return t.serving.text;
    case PlainLabel::Tone::Drill:
        return t.drill.text;
    }
    return t.text;
}

} // namespace sb::kit
