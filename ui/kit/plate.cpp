#include "kit/plate.h"

#include "kit/tokens.h"

#include <QPainter>
#include <QWidget>

namespace sb::kit {

void paintPlate(QWidget *widget, const QColor &fill)
{
    QPainter painter(widget);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(tokensFor(widget->palette()).plateBorder);
    painter.setBrush(fill);
    painter.drawRoundedRect(QRectF(widget->rect()).adjusted(0.5, 0.5, -0.5, -0.5),
                            space::kPlateRadius, space::kPlateRadius);
}

} // namespace sb::kit
