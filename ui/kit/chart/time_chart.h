// A chart over time: lines or stacked bars, marks, a crosshair shared by all charts of its page.
//
// Owned by a page, GUI thread. Qt Charts draws lines and bars; title, grid, labels, marks and
// crosshair are painted here. Data is taken whole, at the page's pace (ChartPacer), and only while
// on screen. Keys: left and right move the crosshair, with Shift they select, Enter takes the
// selection, Escape drops it. [console §6]
#pragma once

#include "kit/chart/axis.h"
#include "kit/chart/chart_cursor.h"
#include "kit/chart/chart_data.h"
#include "kit/chart/chart_pacer.h"
#include "kit/tokens.h"

#include <QChartView>
#include <QSet>

class QLineSeries;
class QStackedBarSeries;
class QValueAxis;

namespace sb::kit {

class ChipRow;

class TimeChart final : public QChartView {
    Q_OBJECT
public:
    enum class Look : quint8 { Small, Large };

    // `name` is the accessible name, different for every chart of the page; the unit is said in
    // the title.
    TimeChart(Look look, ChartUnit unit, ChartCursor &cursor, ChartPacer &pacer,
              QWidget *parent = nullptr);
    ~TimeChart() override;

    void setTitle(const QString &title);
    QString title() const { return m_title; }
    ChartUnit unit() const { return m_unit; }
    // Clickable names of the series, under the title.
    void setChips(bool hasChips);
    // Named after what they show: "requests", for what Enter does with a slot.
    void setActivatable(bool isActivatable) { m_isActivatable = isActivatable; }

    // Drawn at the next free frame.
    void setData(const ChartData &data);
    void takePending();
    const ChartData &data() const { return m_data; } // as drawn
    // The newest given, drawn or not: for tables, copies and files.
    const ChartData &latest() const { return m_pending ? *m_pending : m_data; }
    // Another range is coming: the axis may jump once.
    void resetScale() { m_steady.reset(); }
    void setHidden(const QSet<QString> &ids);

    // "14:32, OpenAI $0.12, total $0.40"; empty outside.
    QString readout(qint64 wallMs) const;
    // The marks within a few pixels of that time, one sentence each.
    QStringList marksAt(qint64 wallMs) const;
    QPixmap picture();
    void paintOn(QPainter &painter); // the whole chart, for files

    // Colour of an identity on the surfaces of this palette.
    static QColor identityColor(int identity, const Tokens &tokens);

signals:
    void slotActivated(qint64 fromWallMs, qint64 toWallMs);
    void focused(); // by mouse or keyboard: what "this chart" means for the page's commands
    void stepped(int rows); // up and down: to the chart in the next row

protected:
    void drawBackground(QPainter *painter, const QRectF &rect) override;
    void drawForeground(QPainter *painter, const QRectF &rect) override;
    void resizeEvent(QResizeEvent *event) override;
    void showEvent(QShowEvent *event) override;
    void paintEvent(QPaintEvent *event) override;
    void changeEvent(QEvent *event) override;
    bool viewportEvent(QEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mouseReleaseEvent(QMouseEvent *event) override;
    void mouseDoubleClickEvent(QMouseEvent *event) override;
    void wheelEvent(QWheelEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void focusInEvent(QFocusEvent *event) override;

private:
    ChartData shown() const; // without what the chips hide
    void build();
    void rebuildLines();
    void rebuildBars();
    void applyColors();
    void placePlot();
    void describe();
    double xOf(qint64 wallMs) const;
    qint64 wallAt(double x) const;
    double yOf(double value) const;
    void moveCursor(int slots_, bool isSelecting);
    void followCursor();
    void paintBand(QPainter &painter, const QRectF &plot, const Tokens &tokens) const;
    void paintPoints(QPainter &painter, const Tokens &tokens) const;
    void paintTotals(QPainter &painter, const QRectF &plot, const Tokens &tokens) const;
    void paintMarks(QPainter &painter, const QRectF &plot, const Tokens &tokens) const;

    Look m_look;
    ChartUnit m_unit;
    ChartCursor &m_cursor;
    ChartPacer &m_pacer;
    QString m_title;
    ChartData m_data;
    std::optional<ChartData> m_pending;
    QSet<QString> m_hidden;
    QList<QLineSeries *> m_lines;
    QStackedBarSeries *m_bars = nullptr;
    QList<ChartStack> m_drawnStacks;
    QValueAxis *m_x;
    QValueAxis *m_slotX; // bars stand on slots, not on milliseconds
    QValueAxis *m_y;
    ChipRow *m_chips = nullptr;
    SteadyTop m_steady;
    NiceAxis m_axis;
    std::optional<double> m_drawnCross;
    qint64 m_pressedAt = -1;
    double m_pressedX = 0;
    bool m_isActivatable = false;
    bool m_isColoring = false;
};

} // namespace sb::kit
