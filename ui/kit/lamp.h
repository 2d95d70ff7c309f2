// State lamps: one shape and one colour per state, so that a photocopy still tells them apart.
#pragma once

#include "kit/tokens.h"
#include "record/frame.h"

#include <QWidget>

class QPainter;

namespace sb::kit {

// Serving filled circle, Caution triangle (degraded, failed over, diverted), Danger square
// (tripped, failing), Probing ring, Off cross, Idle short dash (no traffic), Drill diamond.
enum class Lamp : quint8 { Serving, Caution, Danger, Probing, Off, Idle, Drill };

Lamp lampFor(ProviderState state);
Lamp lampFor(ChainState state);
Lamp lampFor(GateState state);
Lamp lampFor(EngineState state);
// Of a request: running shows a ring, a client that left a cross.
Lamp lampFor(const Exchange &exchange);
Lamp lampFor(AttemptOutcome outcome);

QColor lampColor(Lamp lamp, const Tokens &tokens);
QColor lampTextColor(Lamp lamp, const Tokens &tokens);
// Fills the largest square centred in `area`; antialiased, leaves the painter as it was.
void paintLamp(QPainter &painter, const QRectF &area, Lamp lamp, const Tokens &tokens);

// A lamp in a layout. The word stands beside it; the widget itself is not focusable.
class LampWidget final : public QWidget {
    Q_OBJECT
public:
    explicit LampWidget(QWidget *parent = nullptr);

    Lamp lamp() const { return m_lamp; }
    void setLamp(Lamp lamp);
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    Lamp m_lamp = Lamp::Idle;
};

} // namespace sb::kit
