// Lets at most two charts of a page take new data per frame, and only those on screen.
#pragma once

#include <QList>
#include <QObject>
#include <QPointer>
#include <QTimer>

namespace sb::kit {

class TimeChart;

// Owned by the page, GUI thread. Runs a timer only while a visible chart waits.
class ChartPacer final : public QObject {
    Q_OBJECT
public:
    static constexpr int kPerFrame = 2;
    static constexpr int kFrameMs = 16;

    explicit ChartPacer(QObject *parent = nullptr);

    void wait(TimeChart *chart);
    // All that wait, now: before a picture is taken.
    void flush();
    qsizetype waiting() const { return m_waiting.size(); }

signals:
    void turned(int charts); // a frame's share is done

private:
    void turn();

    QList<QPointer<TimeChart>> m_waiting;
    QTimer m_timer;
};

} // namespace sb::kit
