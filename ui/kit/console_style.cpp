#include "kit/console_style.h"

#include "kit/tokens.h"

#include <QAbstractItemView>
#include <QFocusEvent>
#include <QFocusFrame>
#include <QLineEdit>
#include <QPainter>
#include <QPushButton>
#include <QStyleFactory>
#include <QStyleOption>
#include <QToolButton>

namespace sb::kit {

namespace {

constexpr char kPrimary[] = "sbPrimary";
constexpr int kRingWidth = 2;
constexpr int kRingOffset = 2;
constexpr int kScrollBar = 10;
constexpr int kThumbInset = 3;
constexpr int kThumbMinimum = 24;
constexpr int kSpinButtons = 20;

void fillRounded(QPainter *painter, const QRectF &rect, double radius, const QColor &fill,
                 const QColor &border)
{
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(border.isValid() ? QPen(border, 1) : QPen(Qt::NoPen));
    painter->setBrush(fill.isValid() ? QBrush(fill) : QBrush(Qt::NoBrush));
    painter->drawRoundedRect(border.isValid() ? rect.adjusted(0.5, 0.5, -0.5, -0.5) : rect, radius,
                             radius);
    painter->restore();
}

void drawButton(const QStyleOption *option, QPainter *painter, const QWidget *widget)
{
    const Tokens &t = tokensFor(option->palette);
    const bool isOn = option->state & QStyle::State_Enabled;
    const bool isDown = option->state & (QStyle::State_Sunken | QStyle::State_On);
    const bool isHover = isOn && (option->state & QStyle::State_MouseOver);
    if (isPrimary(widget) && isOn) {
        QColor fill = t.accent;
        if (isDown)
            fill = mix(fill, t.window, 0.2);
        else if (isHover)
            fill = mix(fill, t.text, 0.12);
        fillRounded(painter, option->rect, space::kControlRadius, fill, {});
        return;
    }
    QColor fill = t.raised;
    if (isDown)
        fill = mix(t.raised, t.text, 0.14);
    else if (isHover)
        fill = mix(t.raised, t.text, 0.07);
    fillRounded(painter, option->rect, space::kControlRadius, fill,
                isOn ? t.controlBorder : t.hairline);
}

void drawField(const QStyleOption *option, QPainter *painter)
{
    const Tokens &t = tokensFor(option->palette);
    const bool hasFocus = option->state & QStyle::State_HasFocus;
    fillRounded(painter, option->rect, space::kControlRadius, t.inset,
                hasFocus ? t.accent : t.controlBorder);
}

bool isKeyboardReason(Qt::FocusReason reason)
{
    return reason == Qt::TabFocusReason || reason == Qt::BacktabFocusReason
        || reason == Qt::ShortcutFocusReason;
}

} // namespace

ConsoleStyle::ConsoleStyle()
    : QProxyStyle(QStyleFactory::create(QStringLiteral("Fusion")))
{
}

void ConsoleStyle::polish(QWidget *widget)
{
    QProxyStyle::polish(widget);
    if (widget->focusPolicy() != Qt::NoFocus)
        widget->installEventFilter(this);
    if (qobject_cast<QAbstractButton *>(widget))
        widget->setAttribute(Qt::WA_Hover);
}

void ConsoleStyle::unpolish(QWidget *widget)
{
    widget->removeEventFilter(this);
    QProxyStyle::unpolish(widget);
}

bool ConsoleStyle::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::FocusIn) {
        auto *widget = qobject_cast<QWidget *>(watched);
        const auto reason = static_cast<QFocusEvent *>(event)->reason();
        if (widget && !widget->isWindow() && isKeyboardReason(reason)) {
            // The frame lives in the parent's window; a new window needs a new one.
            if (m_ring && m_ring->window() != widget->window())
                delete m_ring;
            if (!m_ring)
                m_ring = new QFocusFrame(widget->window());
            m_ring->setWidget(widget);
        } else if (m_ring && reason == Qt::MouseFocusReason) {
            m_ring->setWidget(nullptr);
        }
    } else if (event->type() == QEvent::FocusOut && m_ring && m_ring->widget() == watched) {
        m_ring->setWidget(nullptr);
    }
    return QProxyStyle::eventFilter(watched, event);
}

int ConsoleStyle::pixelMetric(PixelMetric metric, const QStyleOption *option,
                              const QWidget *widget) const
{
    switch (metric) {
    case PM_ScrollBarExtent:
        return kScrollBar;
    case PM_ScrollBarSliderMin:
        return kThumbMinimum;
    case PM_ScrollView_ScrollBarSpacing:
        return 0;
    case PM_DefaultFrameWidth:
        return 1;
    case PM_ButtonShiftHorizontal:
    case PM_ButtonShiftVertical:
        return 0;
    case PM_SmallIconSize:
    case PM_ButtonIconSize:
        return space::kIcon;
    case PM_FocusFrameHMargin:
    case PM_FocusFrameVMargin:
        return kRingWidth + kRingOffset;
    case PM_HeaderMargin:
        return space::kGrid;
    case PM_SplitterWidth:
        return 1;
    case PM_ToolTipLabelFrameWidth:
        return space::kGrid + 2;
    case PM_MenuPanelWidth:
        return 1;
    case PM_MenuHMargin:
    case PM_MenuVMargin:
        return space::kGrid;
    case PM_LayoutHorizontalSpacing:
    case PM_LayoutVerticalSpacing:
        return space::kInside;
    default:
        return QProxyStyle::pixelMetric(metric, option, widget);
    }
}

int ConsoleStyle::styleHint(StyleHint hint, const QStyleOption *option, const QWidget *widget,
                            QStyleHintReturn *returned) const
{
    switch (hint) {
    case SH_EtchDisabledText:
    case SH_DitherDisabledText:
    case SH_ScrollBar_Transient:
        return 0;
    case SH_ToolTipLabel_Opacity:
        return 255;
    case SH_Widget_Animation_Duration:
        return 120;
    case SH_ItemView_ShowDecorationSelected:
        return 1;
    case SH_ScrollBar_LeftClickAbsolutePosition:
        return 1;
    default:
        return QProxyStyle::styleHint(hint, option, widget, returned);
    }
}

void ConsoleStyle::drawPrimitive(PrimitiveElement element, const QStyleOption *option,
                                 QPainter *painter, const QWidget *widget) const
{
    const Tokens &t = tokensFor(option->palette);
    switch (element) {
    case PE_FrameFocusRect:
        return; // the ring says it
    case PE_PanelButtonCommand:
        drawButton(option, painter, widget);
        return;
    case PE_PanelButtonTool: {
        const bool isOn = option->state & State_On;
        const bool isHover = (option->state & State_MouseOver) && (option->state & State_Enabled);
        if (option->state & State_Sunken)
            fillRounded(painter, option->rect, space::kControlRadius, mix(t.window, t.text, 0.16),
                        {});
        else if (isOn || isHover)
            fillRounded(painter, option->rect, space::kControlRadius,
                        mix(t.window, t.text, isOn ? 0.11 : 0.07), {});
        return;
    }
    case PE_PanelLineEdit:
        // The field inside a spin box has no frame of its own: the box draws one around both.
        if (const auto *frame = qstyleoption_cast<const QStyleOptionFrame *>(option);
            !frame || frame->lineWidth > 0)
            drawField(option, painter);
        return;
    case PE_IndicatorCheckBox: {
        const bool isOn = option->state & State_On;
        const bool isEnabled = option->state & State_Enabled;
        const QRect box = option->rect.adjusted(1, 1, -1, -1);
        fillRounded(painter, box, 3, isOn && isEnabled ? t.accent : t.inset,
                    isOn && isEnabled ? t.accent : t.controlBorder);
        if (isOn || option->state & State_NoChange) {
            painter->save();
            painter->setRenderHint(QPainter::Antialiasing);
            painter->setPen(QPen(isOn && isEnabled ? t.onAccent : t.muted, 1.8, Qt::SolidLine,
                                 Qt::RoundCap, Qt::RoundJoin));
            const QRectF b(box);
            if (isOn) {
                const QPointF tick[] = {{b.left() + b.width() * 0.22, b.top() + b.height() * 0.52},
                                        {b.left() + b.width() * 0.42, b.top() + b.height() * 0.72},
                                        {b.left() + b.width() * 0.78, b.top() + b.height() * 0.30}};
                painter->drawPolyline(tick, 3);
            } else {
                painter->drawLine(QPointF(b.left() + b.width() * 0.25, b.center().y()),
                                  QPointF(b.left() + b.width() * 0.75, b.center().y()));
            }
            painter->restore();
        }
        return;
    }
    case PE_FrameLineEdit:
        return;
    case PE_Frame:
    case PE_FrameGroupBox:
        fillRounded(painter, option->rect, space::kControlRadius, {}, t.hairline);
        return;
    case PE_FrameMenu:
        painter->save();
        painter->setPen(t.plateBorder);
        painter->setBrush(Qt::NoBrush);
        painter->drawRect(option->rect.adjusted(0, 0, -1, -1));
        painter->restore();
        return;
    case PE_PanelMenu:
        painter->save();
        painter->setPen(t.plateBorder);
        painter->setBrush(t.raised);
        painter->drawRect(option->rect.adjusted(0, 0, -1, -1));
        painter->restore();
        return;
    case PE_PanelTipLabel:
        painter->save();
        painter->setPen(t.plateBorder);
        painter->setBrush(t.raised);
        painter->drawRect(option->rect.adjusted(0, 0, -1, -1));
        painter->restore();
        return;
    default:
        QProxyStyle::drawPrimitive(element, option, painter, widget);
    }
}

void ConsoleStyle::drawControl(ControlElement element, const QStyleOption *option,
                               QPainter *painter, const QWidget *widget) const
{
    const Tokens &t = tokensFor(option->palette);
    switch (element) {
    case CE_HeaderSection:
    case CE_HeaderEmptyArea: {
        painter->fillRect(option->rect, t.window);
        painter->fillRect(
            QRect(option->rect.left(), option->rect.bottom(), option->rect.width(), 1), t.hairline);
        return;
    }
    case CE_HeaderLabel:
        if (const auto *header = qstyleoption_cast<const QStyleOptionHeader *>(option)) {
            QStyleOptionHeader flat = *header;
            flat.palette.setColor(QPalette::ButtonText, t.muted);
            flat.palette.setColor(QPalette::WindowText, t.muted);
            flat.state &= ~State_On; // no bold for the column of the current cell
            flat.text = painter->fontMetrics().elidedText(flat.text, Qt::ElideRight,
                                                          option->rect.width());
            QProxyStyle::drawControl(element, &flat, painter, widget);
            return;
        }
        break;
    case CE_PushButtonLabel:
        if (const auto *button = qstyleoption_cast<const QStyleOptionButton *>(option);
            button && isPrimary(widget) && (option->state & State_Enabled)) {
            QStyleOptionButton onAccent = *button;
            onAccent.palette.setColor(QPalette::ButtonText, t.onAccent);
            QProxyStyle::drawControl(element, &onAccent, painter, widget);
            return;
        }
        break;
    case CE_FocusFrame:
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setPen(QPen(t.accent, kRingWidth));
        painter->setBrush(Qt::NoBrush);
        painter->drawRoundedRect(QRectF(option->rect).adjusted(1, 1, -1, -1),
                                 space::kControlRadius + kRingOffset,
                                 space::kControlRadius + kRingOffset);
        painter->restore();
        return;
    case CE_Splitter:
        painter->fillRect(option->rect, t.hairline);
        return;
    default:
        break;
    }
    QProxyStyle::drawControl(element, option, painter, widget);
}

void ConsoleStyle::drawComplexControl(ComplexControl control, const QStyleOptionComplex *option,
                                      QPainter *painter, const QWidget *widget) const
{
    if (control == CC_SpinBox) {
        drawSpinBox(option, painter, widget);
        return;
    }
    if (control != CC_ScrollBar) {
        QProxyStyle::drawComplexControl(control, option, painter, widget);
        return;
    }
    const auto *bar = qstyleoption_cast<const QStyleOptionSlider *>(option);
    if (!bar || bar->minimum == bar->maximum)
        return;
    const Tokens &t = tokensFor(option->palette);
    const bool isActive = bar->activeSubControls & SC_ScrollBarSlider;
    QRectF thumb = subControlRect(control, option, SC_ScrollBarSlider, widget);
    const double inset = isActive ? kThumbInset - 1 : kThumbInset;
    if (bar->orientation == Qt::Vertical)
        thumb.adjust(inset, 1, -inset + 1, -1);
    else
        thumb.adjust(1, inset, -1, -inset + 1);
    fillRounded(painter, thumb, qMin(thumb.width(), thumb.height()) / 2,
                isActive ? t.controlBorder : t.plateBorder, {});
}

void ConsoleStyle::drawSpinBox(const QStyleOptionComplex *option, QPainter *painter,
                               const QWidget *widget) const
{
    const auto *box = qstyleoption_cast<const QStyleOptionSpinBox *>(option);
    if (!box)
        return;
    const Tokens &t = tokensFor(option->palette);
    if (box->frame)
        drawField(option, painter);
    if (box->buttonSymbols == QAbstractSpinBox::NoButtons)
        return;
    const bool isOn = option->state & State_Enabled;
    const auto arrow = [&](SubControl part, QAbstractSpinBox::StepEnabledFlag step, bool isUp) {
        const QRectF area = subControlRect(CC_SpinBox, option, part, widget);
        const bool canStep = isOn && (box->stepEnabled & step);
        if (canStep && (box->activeSubControls & part))
            fillRounded(painter, area.adjusted(1, 1, -2, -1), 2, mix(t.inset, t.text, 0.12), {});
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setPen(QPen(canStep ? t.secondary : t.controlBorder, 1.5, Qt::SolidLine,
                             Qt::RoundCap, Qt::RoundJoin));
        const QPointF c = area.center();
        const double rise = isUp ? -1.5 : 1.5;
        const QPointF hook[]
            = {{c.x() - 3, c.y() - rise}, {c.x(), c.y() + rise}, {c.x() + 3, c.y() - rise}};
        painter->drawPolyline(hook, 3);
        painter->restore();
    };
    arrow(SC_SpinBoxUp, QAbstractSpinBox::StepUpEnabled, true);
    arrow(SC_SpinBoxDown, QAbstractSpinBox::StepDownEnabled, false);
}

QRect ConsoleStyle::subControlRect(ComplexControl control, const QStyleOptionComplex *option,
                                   SubControl part, const QWidget *widget) const
{
    if (const auto *box = qstyleoption_cast<const QStyleOptionSpinBox *>(option);
        box && control == CC_SpinBox) {
        const int buttons = box->buttonSymbols == QAbstractSpinBox::NoButtons ? 0 : kSpinButtons;
        const QRect all = box->rect;
        switch (part) {
        case SC_SpinBoxUp:
            return visualRect(
                box->direction, all,
                QRect(all.right() + 1 - buttons, all.top() + 1, buttons, all.height() / 2 - 1));
        case SC_SpinBoxDown:
            return visualRect(box->direction, all,
                              QRect(all.right() + 1 - buttons, all.center().y() + 1, buttons,
                                    all.height() / 2 - 1));
        case SC_SpinBoxEditField:
            return visualRect(box->direction, all, all.adjusted(2, 2, -buttons - 2, -2));
        default:
            return all;
        }
    }
    const auto *bar = qstyleoption_cast<const QStyleOptionSlider *>(option);
    if (control != CC_ScrollBar || !bar)
        return QProxyStyle::subControlRect(control, option, part, widget);
    const QRect all = bar->rect;
    const bool isVertical = bar->orientation == Qt::Vertical;
    const int length = isVertical ? all.height() : all.width();
    const qint64 range = qint64(bar->maximum) - bar->minimum;
    int thumb = length;
    if (range > 0)
        thumb = int(qint64(bar->pageStep) * length / (range + bar->pageStep));
    thumb = qBound(qMin(kThumbMinimum, length), thumb, length);
    const int start = sliderPositionFromValue(bar->minimum, bar->maximum, bar->sliderPosition,
                                              length - thumb, bar->upsideDown);
    const auto slice = [&](int from, int size) {
        return isVertical ? QRect(all.x(), all.y() + from, all.width(), size)
                          : QRect(all.x() + from, all.y(), size, all.height());
    };
    switch (part) {
    case SC_ScrollBarSlider:
        return visualRect(bar->direction, all, slice(start, thumb));
    case SC_ScrollBarSubPage:
        return visualRect(bar->direction, all, slice(0, start));
    case SC_ScrollBarAddPage:
        return visualRect(bar->direction, all, slice(start + thumb, length - start - thumb));
    case SC_ScrollBarGroove:
        return all;
    default:
        return {}; // no arrows
    }
}

QSize ConsoleStyle::sizeFromContents(ContentsType type, const QStyleOption *option,
                                     const QSize &size, const QWidget *widget) const
{
    QSize out = QProxyStyle::sizeFromContents(type, option, size, widget);
    switch (type) {
    case CT_PushButton:
        out.setHeight(qMax(28, out.height()));
        out.setWidth(qMax(out.width(), size.width() + 3 * space::kInside));
        break;
    case CT_SpinBox:
        out.setWidth(out.width() + space::kInside);
        [[fallthrough]];
    case CT_LineEdit:
    case CT_ComboBox:
        out.setHeight(qMax(28, out.height()));
        break;
    case CT_ToolButton:
        out = out.expandedTo({28, 28});
        break;
    case CT_HeaderSection:
        out.setHeight(space::kRow + 4);
        break;
    case CT_MenuItem:
        out.setHeight(qMax(24, out.height() + 2));
        break;
    default:
        break;
    }
    return out;
}

void setPrimary(QWidget *button, bool isPrimary)
{
    button->setProperty(kPrimary, isPrimary);
    button->update();
}

bool isPrimary(const QWidget *button)
{
    return button && button->property(kPrimary).toBool();
}

} // namespace sb::kit
