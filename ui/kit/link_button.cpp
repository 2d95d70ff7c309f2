#include "kit/link_button.h"

#include "kit/fonts.h"
#include "kit/table.h"
#include "kit/tokens.h"
#include "words/plain.h"

#include <QPainter>
#include <QStyle>
#include <QStyleOptionFocusRect>

namespace sb::kit {

namespace {
constexpr int kSide = 6;
constexpr int kHeight = 24;
} // namespace

LinkButton::LinkButton(const QString &text, QWidget *parent)
    : QAbstractButton(parent)
{
    setText(text);
    setFont(kit::font(Type::Body));
    setFocusPolicy(Qt::TabFocus);
    setCursor(Qt::PointingHandCursor);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
}

void LinkButton::setTone(PlainLabel::Tone tone)
{
    if (m_tone == tone)
        return;
    m_tone = tone;
    update();
}

QSize LinkButton::sizeHint() const
{
    const QFontMetrics metrics(font());
    return {metrics.horizontalAdvance(words::visible(text())) + 2 * kSide,
            std::max(kHeight, metrics.height() + 4)};
}

void LinkButton::enterEvent(QEnterEvent *event)
{
    QAbstractButton::enterEvent(event);
    update();
}

void LinkButton::leaveEvent(QEvent *event)
{
    QAbstractButton::leaveEvent(event);
    update();
}

void LinkButton::paintEvent(QPaintEvent *)
{
    const Tokens &t = tokensFor(palette());
    QPainter painter(this);
    if (underMouse() || isDown()) {
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(Qt::NoPen);
        painter.setBrush(mix(t.window, t.text, isDown() ? 0.10 : 0.06));
        painter.drawRoundedRect(rect(), space::kControlRadius, space::kControlRadius);
    }
    painter.setFont(font());
    painter.setPen(toneColor(m_tone, t));
    painter.drawText(rect(), int(Qt::AlignCenter | Qt::TextSingleLine), words::visible(text()));
    if (hasFocus()) {
        QStyleOptionFocusRect focus;
        focus.initFrom(this);
        style()->drawPrimitive(QStyle::PE_FrameFocusRect, &focus, &painter, this);
    }
}

} // namespace sb::kit
