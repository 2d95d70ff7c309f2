#include "pages/spend/figure.h"

#include "kit/table.h"
#include "kit/tokens.h"
#include "words/plain.h"

#include <QPainter>

#include <cmath>

namespace sb::pages {

Figure::Figure(QWidget *parent)
    : QWidget(parent)
{
}

QSize Figure::sizeHint() const
{
    return {200, 72};
}

void Figure::setContent(const Content &content)
{
    if (m_content == content)
        return;
    m_content = content;
    setAccessibleName(content.label);
    setAccessibleDescription(
        tr("%1. %2", "an amount, and words about it")
            .arg(content.value,
                 content.hint.isEmpty() ? content.detail : content.detail + u' ' + content.hint));
    kit::setPlainToolTip(this,
                         content.value + u'\n' + words::visible(content.detail)
                             + (content.hint.isEmpty() ? QString() : u'\n' + content.hint));
    update();
}

void Figure::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const kit::Tokens &t = kit::tokensFor(palette());
    painter.setPen(QPen(t.hairline, 1));
    painter.setBrush(t.panel);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), kit::space::kPlateRadius,
                            kit::space::kPlateRadius);
    const QRectF inside = QRectF(rect()).adjusted(12, 6, -12, -6);
    const auto line = [&](const QRectF &area, const QString &text, Qt::TextElideMode mode) {
        painter.drawText(area, Qt::AlignLeft | Qt::AlignVCenter,
                         painter.fontMetrics().elidedText(text, mode, int(area.width())));
    };
    painter.setFont(kit::font(kit::Type::Label));
    painter.setPen(t.secondary);
    line(QRectF(inside.left(), inside.top(), inside.width(), 16), m_content.label, Qt::ElideRight);
    QFont big = kit::font(kit::Type::Mono);
    big.setPixelSize(int(std::lround(QFontInfo(big).pixelSize() * 1.5)));
    big.setWeight(QFont::DemiBold);
    while (QFontMetrics(big).horizontalAdvance(m_content.value) > inside.width()
           && big.pixelSize() > 12)
        big.setPixelSize(big.pixelSize() - 1);
    painter.setFont(big);
    painter.setPen(kit::toneColor(m_content.tone, t));
    line(QRectF(inside.left(), inside.top() + 17, inside.width(), 24), m_content.value,
         Qt::ElideRight);
    painter.setFont(kit::font(kit::Type::Label));
    painter.setPen(t.muted);
    line(QRectF(inside.left(), inside.top() + 42, inside.width(), 16),
         words::visible(m_content.detail), Qt::ElideMiddle);
    if (m_content.share >= 0) {
        const QRectF track(8, height() - 5, width() - 16, 3);
        painter.setRenderHint(QPainter::Antialiasing, false);
        painter.fillRect(track, t.hairline);
        const QColor fill = m_content.isReached ? t.danger.lamp
            : m_content.isWarned                ? t.caution.lamp
                                                : t.serving.lamp;
        painter.fillRect(QRectF(track.left(), track.top(),
                                track.width() * std::min(1.0, m_content.share), track.height()),
                         fill);
    }
}

} // namespace sb::pages
