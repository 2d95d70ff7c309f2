#include "pages/spend/spend_delegate.h"

#include "models/spend_model.h"
#include "words/plain.h"

#include <QAbstractItemView>
#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

namespace sb::pages {

using models::SpendModel;

void SpendDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option,
                          const QModelIndex &index) const
{
    const kit::Tokens &t = kit::tokensFor(option.palette);
    painter->save();
    if (option.state & QStyle::State_Selected)
        painter->fillRect(option.rect, option.palette.color(QPalette::Highlight));
    else if (option.state & QStyle::State_MouseOver)
        painter->fillRect(option.rect, kit::mix(t.inset, t.text, 0.05));
    const bool isTotal = index.data(SpendModel::TotalRole).toBool();
    if (isTotal)
        painter->fillRect(QRect(option.rect.left(), option.rect.top(), option.rect.width(), 1),
                          t.plateBorder);
    const int column = index.column();
    QRect area = option.rect.adjusted(kit::space::kGrid, 0, -kit::space::kGrid, 0);
    if (column == SpendModel::Cost) {
        const double share = index.data(SpendModel::ShareRole).toDouble();
        if (share > 0) {
            // From the left, so that bars compare from one edge; the number stays readable on it.
            const int width = std::max(2, int(share * (area.width() - 2)));
            painter->fillRect(QRect(area.left(), area.top() + 5, width, area.height() - 10),
                              kit::mix(t.inset, t.accent,
                                       (t.isDark ? 0.30 : 0.22)
                                           + (option.state & QStyle::State_Selected ? 0.2 : 0)));
        }
        area.setRight(area.right() - kit::space::kGrid);
    }
    const QString text = words::visible(index.data(Qt::DisplayRole).toString());
    const bool isText = column == SpendModel::Name || column == SpendModel::Notes;
    QFont font = kit::font(column == SpendModel::Notes      ? kit::Type::Label
                               : column == SpendModel::Name ? kit::Type::Body
                                                            : kit::Type::Mono);
    if (isTotal)
        font.setWeight(QFont::DemiBold);
    painter->setFont(font);
    QColor ink = t.text;
    if (column == SpendModel::Notes)
        ink = index.data(SpendModel::MarkRole).toBool() ? t.caution.text : t.secondary;
    else if (text == words::visible(QStringLiteral("0")))
        ink = t.muted;
    painter->setPen(ink);
    painter->drawText(
        area,
        int((isText ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter | Qt::TextSingleLine),
        QFontMetrics(font).elidedText(
            text, column == SpendModel::Name ? Qt::ElideMiddle : Qt::ElideRight, area.width()));
    painter->restore();
}

bool SpendDelegate::helpEvent(QHelpEvent *event, QAbstractItemView *view,
                              const QStyleOptionViewItem &option, const QModelIndex &index)
{
    Q_UNUSED(option)
    if (!event || event->type() != QEvent::ToolTip)
        return false;
    QStringList lines;
    if (index.column() == SpendModel::Name)
        lines += words::visible(index.data(Qt::DisplayRole).toString());
    const QString notes = index.data(SpendModel::ExplainRole).toString();
    if (!notes.isEmpty())
        lines += notes;
    if (lines.isEmpty())
        QToolTip::hideText();
    else
        QToolTip::showText(event->globalPos(), kit::plainToolTip(lines.join(u'\n')), view);
    return true;
}

} // namespace sb::pages
