// One small chart of the board: the last five minutes of one metric, a line per provider.
//
// Owned by the board page, GUI thread. Draws a SeriesRing of the page; replace() once per second at
// most and only while on screen. Title, grid and labels are painted here, Qt Charts draws the
// lines. Colours belong to a provider from the first time it is seen. [console §6]
#pragma once

#include "models/series_ring.h"
#include "words/names.h"

#include <QChartView>

class QLineSeries;
class QValueAxis;

namespace sb::pages {

class SmallChart final : public QChartView {
    Q_OBJECT
public:
    SmallChart(models::Metric metric, const models::SeriesRing &ring, QWidget *parent = nullptr);

    // What to draw from now on; `labels` in configuration order.
    void setProviders(const QList<std::pair<ProviderId, QString>> &labels);
    void setNow(qint64 wallMs);
    // What happened meanwhile: marks for five minutes, in words as tool tips and in the
    // description.
    void addEvents(const QList<EventView> &events, const words::Names &names);
    QString title() const;

protected:
    bool viewportEvent(QEvent *event) override;
    void drawBackground(QPainter *painter, const QRectF &rect) override;
    void drawForeground(QPainter *painter, const QRectF &rect) override;
    void resizeEvent(QResizeEvent *event) override;
    void showEvent(QShowEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    struct Line {
        ProviderId provider;
        QString label;
        int identity = 0; // index of its colour, beyond the last = other
        QLineSeries *series = nullptr;
        double latest = 0;
    };
    QColor colorOf(const Line &line) const;
    void applyColors();
    void refresh();
    void placePlot();
    void describe();
    double xOf(qint64 wallMs) const;
    void drawMarks(QPainter *painter) const;
    QString valueText(double value) const;

    models::Metric m_metric;
    const models::SeriesRing &m_ring;
    QList<Line> m_lines;
    struct Mark {
        EventView event;
        QString text;
    };
    QList<Mark> m_marks; // oldest first
    QValueAxis *m_x;
    QValueAxis *m_y;
    double m_top = 0;
    qint64 m_shrinkAt = 0; // wall ms from which a lower top is taken
    qint64 m_nowWallMs = 0;
    quint64 m_shownVersion = 0;
    qint64 m_shownSecond = -1;
    bool m_isColoring = false;
};

} // namespace sb::pages
