#include "kit/chart/chart_pacer.h"

#include "kit/chart/time_chart.h"

namespace sb::kit {

ChartPacer::ChartPacer(QObject *parent)
    : QObject(parent)
{
    m_timer.setSingleShot(true);
    m_timer.setInterval(kFrameMs);
    connect(&m_timer, &QTimer::timeout, this, &ChartPacer::turn);
}

void ChartPacer::wait(TimeChart *chart)
{
    if (!m_waiting.contains(chart))
        m_waiting.append(chart);
    if (!m_timer.isActive())
        m_timer.start();
}

void ChartPacer::flush()
{
    const auto waiting = std::exchange(m_waiting, {});
    for (const auto &chart : waiting) {
        if (chart)
            chart->takePending();
    }
}

void ChartPacer::turn()
{
    int taken = 0;
    while (!m_waiting.isEmpty() && taken < kPerFrame) {
        const QPointer<TimeChart> chart = m_waiting.takeFirst();
        // One that is scrolled away asks again when it is painted. (Of the view itself nothing is
        // ever seen: its viewport covers it.)
        if (!chart || chart->viewport()->visibleRegion().isEmpty())
            continue;
        chart->takePending();
        ++taken;
    }
    if (!m_waiting.isEmpty())
        m_timer.start();
    emit turned(taken);
}

} // namespace sb::kit
