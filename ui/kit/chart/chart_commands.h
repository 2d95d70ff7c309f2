// What every page with charts can do with one of them: as a table, copied, saved.
#pragma once

#include "kit/chart/chart_table.h"
#include "kit/chart/time_chart.h"

#include <QPointer>

namespace sb::kit {

// Owned by the page, whose actions it adds to; GUI thread. "This chart" is the one with the focus,
// or the one last pressed or pointed at. File dialogs do not block.
class ChartCommands final : public QObject {
    Q_OBJECT
public:
    ChartCommands(QWidget *page, ChartCursor &cursor);

    // From when it is made; a right click on it offers the commands.
    void add(TimeChart *chart);
    TimeChart *current() const;
    ChartTable *table() const { return m_table; }
    bool isTableShown() const;
    void setTableShown(bool isShown);
    // The table follows its chart: after new data.
    void refreshTable();
    // Where the table lies: the page's charts.
    void setTableArea(const QRect &area);

    // Whole file or nothing. False says the disk did not take it.
    static bool savePng(TimeChart &chart, const QString &path);
    static bool saveSvg(TimeChart &chart, const QString &path);
    static bool saveCsv(const TimeChart &chart, const QString &path);

signals:
    void copyRequested(const QString &text);
    void said(const QString &sentence);

private:
    enum class Kind : quint8 { Png, Svg, Csv };
    QAction *addCommand(const QString &text, const QString &name, const QKeySequence &keys,
                        std::function<void()> act);
    void save(Kind kind);
    void copy();

    QWidget *m_page;
    ChartCursor &m_cursor;
    QPointer<TimeChart> m_current;
    QPointer<TimeChart> m_shown; // in the table
    ChartTable *m_table;
    QList<QAction *> m_actions;
};

} // namespace sb::kit
