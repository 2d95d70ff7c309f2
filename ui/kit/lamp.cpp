#include "kit/lamp.h"

#include "record/knock.h"

#include <cmath>

#include <QPainter>

namespace sb::kit {

Lamp lampFor(ProviderState state)
{
    switch (state) {
    case ProviderState::NoTraffic:
        return Lamp::Idle;
    case ProviderState::Serving:
        return Lamp::Serving;
    case ProviderState::Degraded:
        return Lamp::Caution;
    case ProviderState::Tripped:
        return Lamp::Danger;
    case ProviderState::Probing:
        return Lamp::Probing;
    case ProviderState::Off:
        return Lamp::Off;
    }
    return Lamp::Idle;
}

Lamp lampFor(ChainState state)
{
    switch (state) {
    case ChainState::Idle:
        return Lamp::Idle;
    case ChainState::OnFirstTarget:
        return Lamp::Serving;
    case ChainState::FailedOver:
        return Lamp::Caution;
    case ChainState::Failing:
        return Lamp::Danger;
    case ChainState::Held:
        return Lamp::Caution;
    }
    return Lamp::Idle;
}

Lamp lampFor(GateState state)
{
    switch (state) {
    case GateState::Serving:
        return Lamp::Serving;
    case GateState::Tripped:
        return Lamp::Danger;
    case GateState::Probing:
        return Lamp::Probing;
    }
    return Lamp::Idle;
}

Lamp lampFor(EngineState state)
{
    switch (state) {
    case EngineState::Starting:
        return Lamp::Probing;
    case EngineState::Running:
        return Lamp::Serving;
    case EngineState::Draining:
        return Lamp::Caution;
    case EngineState::Stopped:
        return Lamp::Off;
    case EngineState::Failed:
        return Lamp::Danger;
    case EngineState::Paused:
        return Lamp::Off;
    }
    return Lamp::Idle;
}

Lamp lampFor(const Exchange &exchange)
{
    switch (exchange.outcome.kind) {
    case OutcomeKind::Running:
        return Lamp::Probing;
    case OutcomeKind::Served:
        return exchange.outcome.isFailover || exchange.outcome.isDiverted ? Lamp::Caution
                                                                          : Lamp::Serving;
    case OutcomeKind::Refused:
        return isKnock(exchange) ? Lamp::Idle : Lamp::Danger;
    case OutcomeKind::Failed:
    case OutcomeKind::Cut:
        return Lamp::Danger;
    case OutcomeKind::ClientLeft:
    case OutcomeKind::Stopped:
        return Lamp::Off;
    }
    return Lamp::Idle;
}

Lamp lampFor(AttemptOutcome outcome)
{
    switch (outcome) {
    case AttemptOutcome::Running:
        return Lamp::Probing;
    case AttemptOutcome::Served:
        return Lamp::Serving;
    case AttemptOutcome::ClientLeft:
    case AttemptOutcome::Stopped:
    case AttemptOutcome::Interrupted:
    case AttemptOutcome::MovedOn:
        return Lamp::Off;
    default:
        return Lamp::Danger;
    }
}

QColor lampColor(Lamp lamp, const Tokens &t)
{
    switch (lamp) {
    case Lamp::Serving:
        return t.serving.lamp;
    case Lamp::Caution:
        return t.caution.lamp;
    case Lamp::Danger:
        return t.danger.lamp;
    case Lamp::Probing:
        return t.probing.lamp;
    case Lamp::Drill:
        return t.drill.lamp;
    case Lamp::Off:
    case Lamp::Idle:
        return t.muted;
    }
    return t.muted;
}

QColor lampTextColor(Lamp lamp, const Tokens &t)
{
    switch (lamp) {
    case Lamp::Serving:
        return t.serving.text;
    case Lamp::Caution:
        return t.caution.text;
    case Lamp::Danger:
        return t.danger.text;
    case Lamp::Probing:
        return t.probing.text;
    case Lamp::Drill:
        return t.drill.text;
    case Lamp::Off:
    case Lamp::Idle:
        return t.secondary;
    }
    return t.secondary;
}

void paintLamp(QPainter &painter, const QRectF &area, Lamp lamp, const Tokens &tokens)
{
    const double side = qMin(area.width(), area.height());
    const QPointF c = area.center();
    const double r = side / 2;
    const QColor color = lampColor(lamp, tokens);
    painter.save();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(color);
    QPen stroke(color, side / 12 * 1.75, Qt::SolidLine, Qt::RoundCap);
    switch (lamp) {
    case Lamp::Serving:
        painter.drawEllipse(c, r, r);
        break;
    case Lamp::Caution: {
        const QPointF points[] = {{c.x(), c.y() - r * 0.95},
                                  {c.x() + r * 1.1, c.y() + r * 0.95},
                                  {c.x() - r * 1.1, c.y() + r * 0.95}};
        painter.drawPolygon(points, 3);
        break;
    }
    case Lamp::Danger:
        painter.setRenderHint(QPainter::Antialiasing, false); // crisp edges
        painter.drawRect(QRectF(std::round(c.x() - r), std::round(c.y() - r), side, side));
        break;
    case Lamp::Probing: {
        stroke.setWidthF(side / 6);
        painter.setPen(stroke);
        painter.setBrush(Qt::NoBrush);
        const double inner = r - stroke.widthF() / 2;
        painter.drawEllipse(c, inner, inner);
        break;
    }
    case Lamp::Off:
        painter.setPen(stroke);
        painter.drawLine(QPointF(c.x() - r * 0.85, c.y() - r * 0.85),
                         QPointF(c.x() + r * 0.85, c.y() + r * 0.85));
        painter.drawLine(QPointF(c.x() - r * 0.85, c.y() + r * 0.85),
                         QPointF(c.x() + r * 0.85, c.y() - r * 0.85));
        break;
    case Lamp::Drill: {
        const QPointF points[] = {{c.x(), c.y() - r * 1.05},
                                  {c.x() + r * 1.05, c.y()},
                                  {c.x(), c.y() + r * 1.05},
                                  {c.x() - r * 1.05, c.y()}};
        painter.drawPolygon(points, 4);
        break;
    }
    case Lamp::Idle:
        stroke.setWidthF(side / 6);
        painter.setPen(stroke);
        painter.drawLine(QPointF(c.x() - r * 0.7, c.y()), QPointF(c.x() + r * 0.7, c.y()));
        break;
    }
    painter.restore();
}

LampWidget::LampWidget(QWidget *parent)
    : QWidget(parent)
{
    setFixedSize(sizeHint());
}

void LampWidget::setLamp(Lamp lamp)
{
    if (m_lamp == lamp)
        return;
    m_lamp = lamp;
    update();
}

QSize LampWidget::sizeHint() const
{
    return {space::kLamp + 2, space::kLamp + 2};
}

void LampWidget::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    paintLamp(painter, QRectF(1, 1, space::kLamp, space::kLamp), m_lamp, tokensFor(palette()));
}

} // namespace sb::kit
