#include "kit/chart/bare_view.h"

#include <QChart>
#include <QChartView>
#include <QGraphicsLayout>
#include <QLegend>

namespace sb::kit {

void makeBare(QChartView &view)
{
    view.setFrameShape(QFrame::NoFrame);
    view.setRenderHint(QPainter::Antialiasing);
    view.setFocusPolicy(Qt::StrongFocus);
    view.viewport()->setFocusPolicy(Qt::NoFocus);
    view.setInteractive(false);
    QChart &chart = *view.chart();
    chart.setBackgroundVisible(false);
    chart.setBackgroundRoundness(0);
    chart.setMargins({});
    chart.layout()->setContentsMargins(0, 0, 0, 0);
    chart.legend()->hide();
    chart.setAnimationOptions(QChart::NoAnimation);
}

} // namespace sb::kit
