#include "kit/tab_row.h"

#include "kit/fonts.h"
#include "kit/tokens.h"

#include <QPainter>

#include <algorithm>

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
    const int room = testAttribute(Qt::WA_Resized) && count() > 0
        ? (width() - wordsWidth(font())) / (2 * count())
        : space::kGap;
    return {QFontMetrics(font()).horizontalAdvance(tabText(index))
                + 2 * std::clamp(room, space::kGrid / 2, space::kGap),
            space::kRow + space::kGrid};
}

int TabRow::wordsWidth(const QFont &font) const
{
    const QFontMetrics metrics(font);
    int sum = 0;
    for (int i = 0; i < count(); ++i)
        sum += metrics.horizontalAdvance(tabText(i));
    return sum;
}

// Smaller words where the larger ones would run out of the row.
void TabRow::resizeEvent(QResizeEvent *event)
{
    setFont(kit::font(Type::Body));
    if (wordsWidth(font()) + count() * space::kGrid > width())
        setFont(kit::font(Type::Label));
    QTabBar::resizeEvent(event);
}

QSize TabRow::minimumSizeHint() const
{
    return {wordsWidth(kit::font(Type::Label)) + count() * space::kGrid,
            space::kRow + space::kGrid};
}

void TabRow::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    const Tokens &t = tokensFor(palette());
    const QFontMetrics metrics(font());
    painter.fillRect(QRect(0, height() - 1, width(), 1), t.hairline);
    for (int i = 0; i < count(); ++i) {
        const QRect area = tabRect(i);
        const bool isChosen = i == currentIndex();
        const bool isHover = area.contains(mapFromGlobal(QCursor::pos())) && underMouse();
        painter.setFont(font());
        painter.setPen(isChosen || isHover ? t.text : t.secondary);
        painter.drawText(area, Qt::AlignCenter, tabText(i));
        if (isChosen) {
            const int inset = std::min(space::kInside,
                                       (area.width() - metrics.horizontalAdvance(tabText(i))) / 2);
            painter.fillRect(QRect(area.left() + inset, height() - 2, area.width() - 2 * inset, 2),
                             t.accent);
        }
    }
}

} // namespace sb::kit
