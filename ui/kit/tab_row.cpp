#include "kit/tab_row.h"

#include "kit/fonts.h"
#include "kit/tokens.h"

#include <QPainter>

namespace sb::kit {

TabRow::TabRow(QWidget *parent)
    : QTabBar(parent)
{
    setDrawBase(false);
    setExpanding(false);
    setUsesScrollButtons(false);
    setFont(kit::font(Type::Body));
    setMouseTracking(true);
}

QSize TabRow::tabSizeHint(int index) const
{
    return {QFontMetrics(font()).horizontalAdvance(tabText(index)) + 2 * space::kGap,
            space::kRow + space::kGrid};
}

void TabRow::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    const Tokens &t = tokensFor(palette());
    painter.fillRect(QRect(0, height() - 1, width(), 1), t.hairline);
    for (int i = 0; i < count(); ++i) {
        const QRect area = tabRect(i);
        const bool isChosen = i == currentIndex();
        const bool isHover = area.contains(mapFromGlobal(QCursor::pos())) && underMouse();
        painter.setFont(font());
        painter.setPen(isChosen || isHover ? t.text : t.secondary);
        painter.drawText(area, Qt::AlignCenter, tabText(i));
        if (isChosen) {
            painter.fillRect(QRect(area.left() + space::kInside, height() - 2,
                                   area.width() - 2 * space::kInside, 2),
                             t.accent);
        }
    }
}

} // namespace sb::kit
