// What a chart shows, as values: slots of time, lines and stacked bars over them, marks, rules.
//
// Made by a page, drawn by TimeChart, listed by ChartTableModel, written out as CSV: all three see
// the same numbers. Every list of values has one entry per slot; NaN is "nothing here". [console
// §6]
#pragma once

#include <limits>
#include <optional>

#include <QBrush>
#include <QList>
#include <QString>

namespace sb::kit {

constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();
constexpr int kIdentities = 6; // beyond: the grey of "Other"

enum class ChartUnit : quint8 { Seconds, TokensPerSecond, Count, Dollars };

// "0.42 s", "82 t/s", "4,310", "$0.0021"; NaN is an en dash.
QString chartText(ChartUnit unit, double value);
// Beside a gridline: no more decimals than the step has.
QString axisText(ChartUnit unit, double value, double step);

struct ChartLine {
    QString id; // for the chips
    QString name;
    int identity = 0;
    bool isLight = false; // the second line of a pair: p95
    bool isDashed = false; // not measured: a pace, a plan
    QList<double> values;
    QList<int> hollow; // slots with few samples behind them
};

struct ChartStack {
    QString id;
    QString name;
    int identity = 0;
    Qt::BrushStyle pattern = Qt::SolidPattern;
    QList<double> values;
};

// Between two lines: what is likely.
struct ChartBand {
    QString name;
    QList<double> low;
    QList<double> high;
};

struct ChartRule {
    double y = 0;
    QString text;
};

enum class MarkKind : quint8 { Trip, Recovered, Config, Drill, Budget, Other };

struct ChartMark {
    qint64 wallMs = 0;
    qint64 untilWallMs = 0; // a span where later than wallMs
    MarkKind kind = MarkKind::Other;
    QString text; // one plain sentence
};

struct ChartData {
    qint64 fromWallMs = 0;
    qint64 toWallMs = 0;
    qint64 nowWallMs = 0; // for the steady axis
    QList<qint64> slotStarts; // oldest first; the last one ends at toWallMs
    bool isInstant = false; // values are at the starts of slots, not of their whole length
    QList<ChartLine> lines;
    QList<ChartStack> stacks;
    std::optional<ChartBand> band;
    QList<ChartRule> rules;
    QList<ChartMark> marks;
    QString emptyText; // shown where there is not one value

    qint64 slotEnd(int slot) const;
    qint64 slotMiddle(int slot) const { return (slotStarts[slot] + slotEnd(slot)) / 2; }
    // Nothing outside the range.
    std::optional<int> slotAt(qint64 wallMs) const;
    double total(int slot) const; // of the stacks; NaN without any
    bool isEmpty() const;
    double highest() const;
};

// The identity's brush pattern for the n-th series of a stack: three plain ones, then patterns.
Qt::BrushStyle stackPattern(int index);

// RFC 4180, a header line, UTC times, plain numbers; text that a spreadsheet would run is quoted.
QByteArray csvOf(const ChartData &data, ChartUnit unit);
// Tab separated, as shown: for the clipboard.
QString clipboardText(const ChartData &data, ChartUnit unit);

} // namespace sb::kit
