#include "kit/chart/time_chart.h"

#include "kit/chart/bare_view.h"
#include "kit/chart/chart_marks.h"
#include "kit/chart/chip_row.h"
#include "kit/fonts.h"
#include "kit/plain_label.h"
#include "words/format.h"
#include "words/plain.h"

#include <QBarSet>
#include <QChart>
#include <QGraphicsLayout>
#include <QHelpEvent>
#include <QLineSeries>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>
#include <QStackedBarSeries>
#include <QToolTip>
#include <QValueAxis>
#include <QWheelEvent>

#include <cmath>

namespace sb::kit {

namespace {

constexpr int kTitle = 24;
constexpr int kChips = 26;
constexpr int kBottom = 20;
constexpr double kDragFrom = 4; // pixels before a press is a selection
constexpr double kMarkReach = 5;
constexpr double kTotalFrom = 52; // width of a slot from which every total is written

struct Insets {
    int left, right;
};

Insets insetsOf(TimeChart::Look look, ChartUnit unit)
{
    if (look == TimeChart::Look::Small)
        return {unit == ChartUnit::Dollars ? 44 : 36, 8};
    return {unit == ChartUnit::Dollars ? 60 : 48, 16};
}

} // namespace

TimeChart::TimeChart(Look look, ChartUnit unit, ChartCursor &cursor, ChartPacer &pacer,
                     QWidget *parent)
    : QChartView(parent)
    , m_look(look)
    , m_unit(unit)
    , m_cursor(cursor)
    , m_pacer(pacer)
    , m_x(new QValueAxis(this))
    , m_slotX(new QValueAxis(this))
    , m_y(new QValueAxis(this))
{
    makeBare(*this);
    viewport()->setMouseTracking(true);
    // Only what a moving crosshair uncovers is painted again.
    setViewportUpdateMode(QGraphicsView::MinimalViewportUpdate);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    chart()->addAxis(m_x, Qt::AlignBottom);
    chart()->addAxis(m_slotX, Qt::AlignBottom);
    chart()->addAxis(m_y, Qt::AlignLeft);
    for (QValueAxis *axis : {m_x, m_slotX, m_y})
        axis->setVisible(false);
    connect(&m_cursor, &ChartCursor::moved, this, &TimeChart::followCursor);
    connect(&m_cursor, &ChartCursor::rangeChanged, this, [this] { viewport()->update(); });
    applyColors();
}

TimeChart::~TimeChart() = default;

QColor TimeChart::identityColor(int identity, const Tokens &tokens)
{
    return identity >= 0 && identity < int(tokens.series.size()) ? tokens.series[size_t(identity)]
                                                                 : tokens.seriesOther;
}

void TimeChart::setTitle(const QString &title)
{
    if (m_title == title)
        return;
    m_title = title;
    viewport()->update();
}

void TimeChart::setChips(bool hasChips)
{
    if (!hasChips || m_chips)
        return;
    m_chips = new ChipRow(this);
    connect(m_chips, &ChipRow::hiddenChanged, this, &TimeChart::setHidden);
    placePlot();
}

void TimeChart::setData(const ChartData &data)
{
    m_pending = data;
    if (isVisible())
        m_pacer.wait(this);
}

void TimeChart::takePending()
{
    if (!m_pending)
        return;
    m_data = *std::exchange(m_pending, std::nullopt);
    if (m_chips)
        m_chips->setChips(chipsOf(m_data));
    build();
    describe();
}

void TimeChart::setHidden(const QSet<QString> &ids)
{
    if (m_hidden == ids)
        return;
    m_hidden = ids;
    build();
}

ChartData TimeChart::shown() const
{
    ChartData data = m_data;
    if (m_hidden.isEmpty())
        return data;
    data.lines.removeIf([this](const ChartLine &line) { return m_hidden.contains(line.id); });
    data.stacks.removeIf([this](const ChartStack &stack) { return m_hidden.contains(stack.id); });
    return data;
}

void TimeChart::build()
{
    const ChartData data = shown();
    m_axis = m_steady.take(niceAxis(data.highest(), m_unit == ChartUnit::Count), data.nowWallMs);
    m_y->setRange(0, m_axis.top);
    m_x->setRange(double(data.fromWallMs), double(std::max(data.toWallMs, data.fromWallMs + 1)));
    m_slotX->setRange(-0.5, std::max(0.5, double(data.slotStarts.size()) - 0.5));
    rebuildLines();
    rebuildBars();
    applyColors();
    viewport()->update();
}

void TimeChart::rebuildLines()
{
    const ChartData data = shown();
    while (m_lines.size() > data.lines.size()) {
        QLineSeries *series = m_lines.takeLast();
        chart()->removeSeries(series);
        delete series;
    }
    while (m_lines.size() < data.lines.size()) {
        auto *series = new QLineSeries(this);
        chart()->addSeries(series);
        series->attachAxis(m_x);
        series->attachAxis(m_y);
        m_lines += series;
    }
    for (qsizetype i = 0; i < m_lines.size(); ++i) {
        const QList<double> &values = data.lines[i].values;
        QList<QPointF> points;
        points.reserve(values.size());
        for (int slot = 0; slot < std::min(values.size(), data.slotStarts.size()); ++slot) {
            const qint64 at = data.isInstant ? data.slotStarts[slot] : data.slotMiddle(slot);
            points.append(QPointF(double(at), values[slot]));
        }
        m_lines[i]->replace(points);
    }
}

void TimeChart::rebuildBars()
{
    const ChartData data = shown();
    const auto isSame = [](const ChartStack &a, const ChartStack &b) {
        return a.id == b.id && a.identity == b.identity && a.pattern == b.pattern
            && a.values == b.values;
    };
    if (m_bars
        && std::equal(data.stacks.begin(), data.stacks.end(), m_drawnStacks.begin(),
                      m_drawnStacks.end(), isSame))
        return;
    if (m_bars) {
        chart()->removeSeries(m_bars);
        delete std::exchange(m_bars, nullptr);
    }
    m_drawnStacks = data.stacks;
    if (data.stacks.isEmpty())
        return;
    m_bars = new QStackedBarSeries(this);
    m_bars->setBarWidth(m_look == Look::Small ? 0.86 : 0.72);
    for (const ChartStack &stack : data.stacks) {
        auto *set = new QBarSet(QString());
        QList<double> values = stack.values;
        for (double &value : values)
            value = std::isnan(value) ? 0 : value;
        set->append(values);
        m_bars->append(set);
    }
    chart()->addSeries(m_bars);
    m_bars->attachAxis(m_slotX);
    m_bars->attachAxis(m_y);
}

void TimeChart::applyColors()
{
    m_isColoring = true;
    const Tokens &t = tokensFor(palette());
    setBackgroundBrush(t.panel);
    const ChartData data = shown();
    for (qsizetype i = 0; i < std::min(m_lines.size(), data.lines.size()); ++i) {
        const ChartLine &line = data.lines[i];
        const QColor color = identityColor(line.identity, t);
        QPen pen(line.isLight ? mix(t.panel, color, 0.62) : color, line.isLight ? 1.1 : 1.8,
                 Qt::SolidLine, Qt::RoundCap, Qt::BevelJoin);
        if (line.isDashed) {
            pen.setWidthF(1.4);
            pen.setCapStyle(Qt::FlatCap);
            pen.setDashPattern({4, 3});
        }
        m_lines[i]->setPen(pen);
    }
    if (m_bars) {
        const auto sets = m_bars->barSets();
        for (qsizetype i = 0; i < std::min(sets.size(), m_drawnStacks.size()); ++i) {
            const QColor color = identityColor(m_drawnStacks[i].identity, t);
            sets[i]->setBrush(QBrush(color, m_drawnStacks[i].pattern));
            // A pattern alone has no edge.
            sets[i]->setPen(m_drawnStacks[i].pattern == Qt::SolidPattern ? QPen(Qt::NoPen)
                                                                         : QPen(color, 1));
        }
    }
    m_isColoring = false;
}

void TimeChart::placePlot()
{
    const Insets insets = insetsOf(m_look, m_unit);
    const int top = kTitle + 4 + (m_chips ? kChips : 0);
    chart()->setPlotArea(QRectF(insets.left, top,
                                std::max(20, width() - insets.left - insets.right),
                                std::max(20, height() - top - kBottom)));
    if (m_chips)
        m_chips->setGeometry(6, kTitle, std::max(0, width() - 12), kChips - 2);
}

double TimeChart::xOf(qint64 wallMs) const
{
    const QRectF plot = chart()->plotArea();
    if (m_data.stacks.isEmpty()) {
        const double length = double(std::max<qint64>(1, m_data.toWallMs - m_data.fromWallMs));
        return plot.left() + plot.width() * double(wallMs - m_data.fromWallMs) / length;
    }
    const auto slot = m_data.slotAt(wallMs);
    if (!slot)
        return wallMs < m_data.fromWallMs ? plot.left() - 1 : plot.right() + 1;
    const double slotLength
        = double(std::max<qint64>(1, m_data.slotEnd(*slot) - m_data.slotStarts[*slot]));
    const double within = double(wallMs - m_data.slotStarts[*slot]) / slotLength;
    return plot.left() + plot.width() * (*slot + within) / double(m_data.slotStarts.size());
}

qint64 TimeChart::wallAt(double x) const
{
    const QRectF plot = chart()->plotArea();
    const double share = std::clamp((x - plot.left()) / plot.width(), 0.0, 1.0);
    if (m_data.stacks.isEmpty() || m_data.slotStarts.isEmpty())
        return m_data.fromWallMs + qint64(share * double(m_data.toWallMs - m_data.fromWallMs));
    const double at = share * double(m_data.slotStarts.size());
    const int slot = std::min(int(at), int(m_data.slotStarts.size()) - 1);
    return m_data.slotStarts[slot]
        + qint64((at - slot) * double(m_data.slotEnd(slot) - m_data.slotStarts[slot]));
}

double TimeChart::yOf(double value) const
{
    const QRectF plot = chart()->plotArea();
    return plot.bottom() - plot.height() * std::min(1.0, value / std::max(m_axis.top, 1e-12));
}

void TimeChart::resizeEvent(QResizeEvent *event)
{
    QChartView::resizeEvent(event);
    placePlot();
    viewport()->update();
}

void TimeChart::showEvent(QShowEvent *event)
{
    QChartView::showEvent(event);
    placePlot();
    if (m_pending)
        m_pacer.wait(this);
}

void TimeChart::paintEvent(QPaintEvent *event)
{
    if (m_pending)
        m_pacer.wait(this); // scrolled into view
    QChartView::paintEvent(event);
}

void TimeChart::changeEvent(QEvent *event)
{
    QChartView::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && !m_isColoring)
        applyColors();
}

// ---- crosshair and selection ----

void TimeChart::followCursor()
{
    std::optional<double> cross;
    if (m_cursor.at() && !m_data.slotStarts.isEmpty())
        cross = xOf(*m_cursor.at());
    if (cross == m_drawnCross)
        return;
    const auto strip
        = [this](double x) { viewport()->update(QRect(int(x) - 3, 0, 7, viewport()->height())); };
    if (m_drawnCross)
        strip(*m_drawnCross);
    if (cross)
        strip(*cross);
    m_drawnCross = cross;
}

bool TimeChart::viewportEvent(QEvent *event)
{
    if (event->type() == QEvent::Leave && m_pressedAt < 0 && !hasFocus())
        m_cursor.leave();
    if (event->type() == QEvent::ToolTip) {
        auto *help = static_cast<QHelpEvent *>(event);
        const QStringList marks = marksAt(wallAt(help->pos().x()));
        if (!marks.isEmpty())
            QToolTip::showText(help->globalPos(), plainToolTip(marks.join(u'\n')), this);
        else
            QToolTip::hideText();
        return true;
    }
    return QChartView::viewportEvent(event);
}

void TimeChart::mousePressEvent(QMouseEvent *event)
{
    if (event->button() != Qt::LeftButton || m_data.slotStarts.isEmpty()) {
        event->ignore();
        return;
    }
    m_pressedX = event->position().x();
    m_pressedAt = wallAt(m_pressedX);
    emit focused();
}

void TimeChart::mouseMoveEvent(QMouseEvent *event)
{
    if (m_data.slotStarts.isEmpty())
        return;
    const qint64 at = wallAt(event->position().x());
    m_cursor.moveTo(at, this);
    if (m_pressedAt >= 0 && std::abs(event->position().x() - m_pressedX) >= kDragFrom)
        m_cursor.select(m_pressedAt, at);
}

void TimeChart::mouseReleaseEvent(QMouseEvent *event)
{
    if (event->button() != Qt::LeftButton || m_pressedAt < 0)
        return;
    m_pressedAt = -1;
    if (!m_cursor.range())
        return;
    // Whole slots: what is selected is what was counted.
    const auto first = m_data.slotAt(m_cursor.range()->first);
    const auto last = m_data.slotAt(m_cursor.range()->second);
    if (first && last)
        m_cursor.select(m_data.slotStarts[*first], m_data.slotEnd(*last));
    m_cursor.commit();
}

void TimeChart::mouseDoubleClickEvent(QMouseEvent *event)
{
    const auto slot = m_data.slotAt(wallAt(event->position().x()));
    if (m_isActivatable && slot)
        emit slotActivated(m_data.slotStarts[*slot], m_data.slotEnd(*slot));
}

void TimeChart::wheelEvent(QWheelEvent *event)
{
    event->ignore(); // the page scrolls
}

void TimeChart::focusInEvent(QFocusEvent *event)
{
    QChartView::focusInEvent(event);
    emit focused();
}

void TimeChart::moveCursor(int by, bool isSelecting)
{
    if (m_data.slotStarts.isEmpty())
        return;
    const int last = int(m_data.slotStarts.size()) - 1;
    const int now = m_cursor.at() ? m_data.slotAt(*m_cursor.at()).value_or(-1) : -1;
    const int from = now >= 0 ? now : by < 0 ? last + 1 : -1;
    const int to = std::clamp(from + by, 0, last);
    if (isSelecting) {
        const int anchor = now >= 0 ? now : to;
        const auto range = m_cursor.range();
        // The end that is not under the crosshair stays.
        qint64 fixed = m_data.slotStarts[anchor];
        bool isForward = to >= anchor;
        if (range) {
            isForward = range->first < m_data.slotStarts[anchor]
                || (range->first == m_data.slotStarts[anchor]
                    && range->second == m_data.slotEnd(anchor) && to >= anchor);
            fixed = isForward ? range->first : range->second;
        } else if (!isForward) {
            fixed = m_data.slotEnd(anchor);
        }
        m_cursor.select(fixed, isForward ? m_data.slotEnd(to) : m_data.slotStarts[to]);
    }
    m_cursor.moveTo(m_data.isInstant ? m_data.slotStarts[to] : m_data.slotMiddle(to), this);
}

void TimeChart::keyPressEvent(QKeyEvent *event)
{
    const bool isSelecting = event->modifiers() & Qt::ShiftModifier;
    const int slotCount = int(m_data.slotStarts.size());
    switch (event->key()) {
    case Qt::Key_Left:
    case Qt::Key_Right:
        moveCursor((event->key() == Qt::Key_Left ? -1 : 1)
                       * (event->modifiers() & Qt::ControlModifier ? 10 : 1),
                   isSelecting);
        return;
    case Qt::Key_Home:
    case Qt::Key_End:
        moveCursor(event->key() == Qt::Key_Home ? -slotCount - 1 : slotCount + 1, isSelecting);
        return;
    case Qt::Key_Up:
    case Qt::Key_Down:
        emit stepped(event->key() == Qt::Key_Up ? -1 : 1);
        return;
    case Qt::Key_Return:
    case Qt::Key_Enter: {
        if (m_cursor.range()) {
            m_cursor.commit();
            return;
        }
        const auto slot = m_cursor.at() ? m_data.slotAt(*m_cursor.at()) : std::nullopt;
        if (m_isActivatable && slot) {
            emit slotActivated(m_data.slotStarts[*slot], m_data.slotEnd(*slot));
            return;
        }
        break;
    }
    case Qt::Key_Escape:
        if (m_cursor.range() || m_cursor.at()) {
            m_cursor.clear();
            m_cursor.leave();
            return;
        }
        break;
    default:
        break;
    }
    event->ignore(); // also not QGraphicsView's scrolling
}

// ---- words ----

QString TimeChart::readout(qint64 wallMs) const
{
    const auto slot = m_data.slotAt(wallMs);
    if (!slot)
        return {};
    QStringList parts;
    const ChartData data = shown();
    for (const ChartStack &stack : data.stacks) {
        const double value = stack.values.value(*slot, kNothing);
        if (value > 0)
            parts += tr("%1 %2", "series, value")
                         .arg(words::visible(stack.name), chartText(m_unit, value));
    }
    if (data.stacks.size() > 1 && parts.size() != 1)
        parts.prepend(tr("total %1").arg(chartText(m_unit, data.total(*slot))));
    for (const ChartLine &line : data.lines) {
        const double value = line.values.value(*slot, kNothing);
        if (!std::isnan(value))
            parts += tr("%1 %2", "series, value")
                         .arg(words::visible(line.name), chartText(m_unit, value));
    }
    if (data.band && !std::isnan(data.band->low.value(*slot, kNothing)))
        parts += tr("%1 %2 to %3", "band, low, high")
                     .arg(data.band->name, chartText(m_unit, data.band->low[*slot]),
                          chartText(m_unit, data.band->high[*slot]));
    return parts.join(QStringLiteral(", "));
}

QStringList TimeChart::marksAt(qint64 wallMs) const
{
    QStringList texts;
    const double x = xOf(wallMs);
    for (const ChartMark &mark : m_data.marks) {
        const bool isInside
            = mark.untilWallMs > mark.wallMs && wallMs >= mark.wallMs && wallMs <= mark.untilWallMs;
        if (isInside || std::abs(xOf(mark.wallMs) - x) <= kMarkReach)
            texts += tr("%1 %2", "time, what happened")
                         .arg(words::timeSeconds(mark.wallMs), words::visible(mark.text));
    }
    return texts;
}

void TimeChart::describe()
{
    const QString range
        = tr("%1 to %2", "times")
              .arg(words::timeMinutes(m_data.fromWallMs), words::timeMinutes(m_data.toWallMs));
    if (m_data.isEmpty()) {
        setAccessibleDescription(m_data.emptyText.isEmpty() ? tr("%1: nothing.").arg(range)
                                                            : m_data.emptyText);
        return;
    }
    QStringList parts;
    for (const ChartLine &line : m_data.lines) {
        for (qsizetype i = line.values.size() - 1; i >= 0; --i) {
            if (!std::isnan(line.values[i])) {
                parts += tr("%1 newest %2")
                             .arg(words::visible(line.name), chartText(m_unit, line.values[i]));
                break;
            }
        }
    }
    for (const ChartStack &stack : m_data.stacks) {
        double sum = 0;
        for (const double value : stack.values)
            sum += std::isnan(value) ? 0 : value;
        if (sum > 0)
            parts += tr("%1 %2", "series, value")
                         .arg(words::visible(stack.name), chartText(m_unit, sum));
    }
    setAccessibleDescription(
        tr("%1: %2, highest %3.")
            .arg(range, parts.join(QStringLiteral(", ")), chartText(m_unit, m_data.highest())));
}

// ---- paint ----

void TimeChart::drawBackground(QPainter *painter, const QRectF &rect)
{
    const Tokens &t = tokensFor(palette());
    painter->fillRect(rect, t.panel);
    const QRectF plot = chart()->plotArea();
    painter->setRenderHint(QPainter::Antialiasing, false);
    painter->setFont(kit::font(m_look == Look::Small ? Type::Label : Type::LabelStrong));
    painter->setPen(m_look == Look::Small ? t.secondary : t.text);
    const QRectF title(m_look == Look::Small ? 8 : 12, 4, width() - 16, 18);
    painter->drawText(
        title, Qt::AlignLeft | Qt::AlignVCenter,
        painter->fontMetrics().elidedText(m_title, Qt::ElideRight, int(title.width())));

    painter->setFont(kit::font(Type::MonoSmall));
    for (int i = 0; i <= NiceAxis::kLines; ++i) {
        const double value = m_axis.step * i;
        const double y = std::round(plot.bottom() - plot.height() * i / NiceAxis::kLines);
        painter->setPen(i == 0 ? t.plateBorder : t.hairline);
        painter->drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y));
        // Labels need 13 px each; on a low chart every other line keeps its own.
        if (plot.height() < 13 * NiceAxis::kLines && i % NiceAxis::kLines != 0)
            continue;
        painter->setPen(t.muted);
        painter->drawText(QRectF(0, y - 8, plot.left() - 5, 16), Qt::AlignRight | Qt::AlignVCenter,
                          axisText(m_unit, value, m_axis.step));
    }
    if (m_data.slotStarts.isEmpty())
        return;
    painter->setPen(t.muted);
    const int most = std::max(1, int(plot.width() / (m_look == Look::Small ? 64 : 76)));
    double freeFrom = plot.left() - 24;
    for (const TimeTick &tick :
         timeTicks(m_data.fromWallMs, m_data.toWallMs, most, QTimeZone::systemTimeZone())) {
        double x = xOf(tick.wallMs);
        // The name of a whole-day bar stands under its middle.
        if (!m_data.stacks.isEmpty() && !m_data.isInstant && m_data.slotStarts.size() > 1
            && m_data.slotStarts[1] - m_data.slotStarts[0] > 22 * 3'600'000LL)
            x += plot.width() / double(m_data.slotStarts.size()) / 2;
        const double half = painter->fontMetrics().horizontalAdvance(tick.text) / 2.0;
        if (x - half < freeFrom || x + half > width())
            continue;
        freeFrom = x + half + 8;
        painter->drawText(QRectF(x - half, plot.bottom() + 3, 2 * half + 1, 14), Qt::AlignCenter,
                          tick.text);
    }
    for (const ChartMark &mark : m_data.marks) {
        if (mark.untilWallMs <= mark.wallMs || mark.untilWallMs < m_data.fromWallMs
            || mark.wallMs > m_data.toWallMs)
            continue;
        const double left = std::max(plot.left(), xOf(std::max(mark.wallMs, m_data.fromWallMs)));
        const double right
            = std::min(plot.right(), xOf(std::min(mark.untilWallMs, m_data.toWallMs)));
        paintSpan(*painter, QRectF(left, plot.top(), right - left, plot.height()), t);
    }
    paintBand(*painter, plot, t);
}

void TimeChart::paintBand(QPainter &painter, const QRectF &plot, const Tokens &t) const
{
    if (!m_data.band)
        return;
    QPolygonF up;
    QPolygonF down;
    for (int slot = 0; slot < m_data.slotStarts.size(); ++slot) {
        const double low = m_data.band->low.value(slot, kNothing);
        const double high = m_data.band->high.value(slot, kNothing);
        if (std::isnan(low) || std::isnan(high))
            continue;
        const double x = xOf(m_data.isInstant ? m_data.slotStarts[slot] : m_data.slotMiddle(slot));
        up.append(QPointF(x, yOf(high)));
        down.prepend(QPointF(x, yOf(low)));
    }
    if (up.size() < 2)
        return;
    painter.save();
    painter.setClipRect(plot);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(mix(t.panel, t.text, t.isDark ? 0.14 : 0.10));
    painter.drawPolygon(up + down);
    painter.restore();
}

void TimeChart::paintPoints(QPainter &painter, const Tokens &t) const
{
    const ChartData data = shown();
    const double radius = m_look == Look::Small ? 1.8 : 2.6;
    painter.setRenderHint(QPainter::Antialiasing);
    for (const ChartLine &line : data.lines) {
        const QColor color = identityColor(line.identity, t);
        const auto point = [&](int slot) {
            return QPointF(xOf(data.isInstant ? data.slotStarts[slot] : data.slotMiddle(slot)),
                           yOf(line.values[slot]));
        };
        painter.setPen(QPen(line.isLight ? mix(t.panel, color, 0.62) : color, 1.2));
        painter.setBrush(t.panel);
        for (const int slot : line.hollow) {
            if (slot < line.values.size() && !std::isnan(line.values[slot]))
                painter.drawEllipse(point(slot), radius, radius);
        }
        // A value alone between two gaps has no line to be seen by.
        painter.setPen(Qt::NoPen);
        painter.setBrush(line.isLight ? mix(t.panel, color, 0.62) : color);
        const int count = int(std::min(line.values.size(), data.slotStarts.size()));
        for (int slot = 0; slot < count; ++slot) {
            const bool isAlone = !std::isnan(line.values[slot])
                && (slot == 0 || std::isnan(line.values[slot - 1]))
                && (slot + 1 == count || std::isnan(line.values[slot + 1]));
            if (isAlone && !line.hollow.contains(slot))
                painter.drawEllipse(point(slot), 1.8, 1.8);
        }
    }
}

void TimeChart::paintTotals(QPainter &painter, const QRectF &plot, const Tokens &t) const
{
    if (m_look == Look::Small || m_data.stacks.isEmpty() || m_data.slotStarts.isEmpty())
        return;
    const double slotWidth = plot.width() / double(m_data.slotStarts.size());
    if (slotWidth < kTotalFrom)
        return;
    const ChartData data = shown();
    painter.setFont(kit::font(Type::MonoSmall));
    painter.setPen(t.secondary);
    for (int slot = 0; slot < data.slotStarts.size(); ++slot) {
        const double total = data.total(slot);
        if (!(total > 0))
            continue;
        const QRectF area(plot.left() + slotWidth * slot, yOf(total) - 16, slotWidth, 14);
        // What is too long for its bar is said in thousands and millions, never cut.
        QString text = chartText(m_unit, total);
        if (painter.fontMetrics().horizontalAdvance(text) > slotWidth - 4)
            text = axisText(m_unit, total >= 10'000 ? total : std::round(total), 1);
        const double wide = painter.fontMetrics().horizontalAdvance(text) + 4;
        painter.fillRect(QRectF(area.center().x() - wide / 2, area.top(), wide, area.height()),
                         t.panel);
        painter.drawText(area, Qt::AlignCenter, text);
    }
}

void TimeChart::paintMarks(QPainter &painter, const QRectF &plot, const Tokens &t) const
{
    for (const ChartMark &mark : m_data.marks) {
        if (mark.wallMs < m_data.fromWallMs || mark.wallMs > m_data.toWallMs)
            continue;
        const double x = std::round(xOf(mark.wallMs));
        QColor line = markColor(mark.kind, t);
        line.setAlphaF(0.5F);
        painter.setRenderHint(QPainter::Antialiasing, false);
        painter.setPen(QPen(line, 1));
        painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()));
        paintMark(painter, QPointF(x + 0.5, plot.top() + 1), mark.kind, t);
    }
}

void TimeChart::drawForeground(QPainter *painter, const QRectF &)
{
    const Tokens &t = tokensFor(palette());
    const QRectF plot = chart()->plotArea();
    for (const ChartRule &rule : m_data.rules) {
        const double y = std::round(yOf(rule.y));
        painter->setRenderHint(QPainter::Antialiasing, false);
        painter->setPen(QPen(t.text, 1, Qt::DashLine));
        painter->drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y));
        painter->setFont(kit::font(Type::Label));
        const QString text
            = painter->fontMetrics().elidedText(rule.text, Qt::ElideRight, int(plot.width() / 2));
        QRectF box(0, 0, painter->fontMetrics().horizontalAdvance(text) + 8, 16);
        box.moveTopRight(QPointF(plot.right(), y + 2));
        if (y - 18 > plot.top())
            box.moveBottomRight(QPointF(plot.right(), y - 2));
        QColor ground = t.panel;
        ground.setAlphaF(0.85F);
        painter->fillRect(box, ground);
        painter->drawText(box, Qt::AlignCenter, text);
    }
    paintPoints(*painter, t);
    paintTotals(*painter, plot, t);
    paintMarks(*painter, plot, t);
    if (const auto range = m_cursor.range(); range && !m_data.slotStarts.isEmpty()) {
        const double left = std::clamp(xOf(range->first), plot.left(), plot.right());
        const double right = std::clamp(xOf(range->second), plot.left(), plot.right());
        QColor fill = t.accent;
        fill.setAlphaF(0.2F);
        painter->fillRect(QRectF(left, plot.top(), right - left, plot.height()), fill);
        painter->setPen(QPen(t.accent, 1));
        painter->drawLine(QPointF(left, plot.top()), QPointF(left, plot.bottom()));
        painter->drawLine(QPointF(right, plot.top()), QPointF(right, plot.bottom()));
    }
    if (const auto at = m_cursor.at();
        at && *at >= m_data.fromWallMs && *at <= m_data.toWallMs && !m_data.slotStarts.isEmpty()) {
        const double x = std::round(xOf(*at));
        painter->setRenderHint(QPainter::Antialiasing, false);
        painter->setPen(QPen(t.text, 1));
        painter->drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()));
    }
    if (m_data.isEmpty() && !m_data.emptyText.isEmpty()) {
        painter->setFont(kit::font(Type::Label));
        painter->setPen(t.muted);
        painter->drawText(plot.adjusted(4, 0, -4, 0), Qt::AlignCenter | Qt::TextWordWrap,
                          m_data.emptyText);
    }
}

QPixmap TimeChart::picture()
{
    takePending();
    return grab();
}

void TimeChart::paintOn(QPainter &painter)
{
    takePending();
    QChartView::render(&painter, QRectF(rect()), rect());
}

} // namespace sb::kit
