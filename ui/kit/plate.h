// The house's raised surface: a fill, a thin border, rounded corners.
#pragma once

class QColor;
class QWidget;

namespace sb::kit {

// The whole of `widget`; called from its paintEvent.
void paintPlate(QWidget *widget, const QColor &fill);

} // namespace sb::kit
