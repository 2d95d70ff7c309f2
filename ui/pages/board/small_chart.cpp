#include "pages/board/small_chart.h"

#include "kit/chart/bare_view.h"
#include "kit/fonts.h"
#include "kit/plain_label.h"
#include "kit/tokens.h"
#include "words/events.h"
#include "words/format.h"
#include "words/plain.h"

#include <QChart>
#include <QGraphicsLayout>
#include <QHelpEvent>
#include <QLineSeries>
#include <QToolTip>
#include <QValueAxis>

#include <cmath>

namespace sb::pages {

using models::Metric;
using models::SeriesRing;

namespace {

constexpr int kLeft = 44; // y labels
constexpr int kTop = 36; // title
constexpr int kBottom = 22; // x labels
constexpr int kRight = 84; // end labels
constexpr int kRightNarrow = 12;
constexpr int kNarrow = 360; // without end labels below this width
constexpr qint64 kShrinkAfterMs = 30'000;
constexpr qint64 kMinuteMs = 60'000;
constexpr qsizetype kMostMarks = 60;
constexpr double kMarkSize = 7;
constexpr double kMarkReach = 8; // px to either side at which a mark is meant
constexpr qsizetype kDescribedMarks = 3;

bool isMarked(EventKind kind)
{
    switch (kind) {
    case EventKind::Tripped:
    case EventKind::Recovered:
    case EventKind::ConfigApplied:
    case EventKind::DrillStarted:
    case EventKind::DrillEnded:
    case EventKind::BudgetWarned:
    case EventKind::BudgetReached:
        return true;
    default:
        return false;
    }
}

// The next of 1, 2, 4, 6, 8 × 10^n at or above: halves of it read well as the middle gridline.
double niceTop(double value)
{
    if (value <= 0)
        return 1;
    const double base = std::pow(10, std::floor(std::log10(value)));
    for (const double step : {1.0, 1.2, 1.6, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0}) {
        if (step * base >= value * 1.05)
            return step * base;
    }
    return 20 * base;
}

} // namespace

SmallChart::SmallChart(Metric metric, const SeriesRing &ring, QWidget *parent)
    : QChartView(parent)
    , m_metric(metric)
    , m_ring(ring)
    , m_x(new QValueAxis(this))
    , m_y(new QValueAxis(this))
{
    kit::makeBare(*this);
    setViewportUpdateMode(QGraphicsView::FullViewportUpdate);
    chart()->addAxis(m_x, Qt::AlignBottom);
    chart()->addAxis(m_y, Qt::AlignLeft);
    m_x->setVisible(false);
    m_y->setVisible(false);
    setAccessibleName(title());
    applyColors();
}

QString SmallChart::title() const
{
    return m_metric == Metric::FirstTokenSeconds ? tr("First token, seconds")
                                                 : tr("Stream speed, tokens per second");
}

QString SmallChart::valueText(double value) const
{
    if (m_metric == Metric::TokensPerSecond)
        return words::speed(value);
    return words::duration(Micros(qint64(value * 1e6)));
}

QColor SmallChart::colorOf(const Line &line) const
{
    const kit::Tokens &tokens = kit::tokensFor(palette());
    return line.identity < int(tokens.series.size()) ? tokens.series[size_t(line.identity)]
                                                     : tokens.seriesOther;
}

void SmallChart::setProviders(const QList<std::pair<ProviderId, QString>> &labels)
{
    const bool isSame
        = std::equal(labels.begin(), labels.end(), m_lines.begin(), m_lines.end(),
                     [](const auto &label, const Line &line) {
                         return label.first == line.provider && label.second == line.label;
                     });
    if (isSame)
        return;
    QList<Line> lines;
    int next = 0;
    for (const Line &line : std::as_const(m_lines))
        next = std::max(next, line.identity + 1);
    for (const auto &[id, label] : labels) {
        const auto known = std::find_if(m_lines.begin(), m_lines.end(),
                                        [&](const Line &line) { return line.provider == id; });
        if (known != m_lines.end()) {
            known->label = label;
            lines.append(*known);
            known->series = nullptr;
            continue;
        }
        Line line{.provider = id, .label = label, .identity = next++};
        line.series = new QLineSeries(this);
        chart()->addSeries(line.series);
        line.series->attachAxis(m_x);
        line.series->attachAxis(m_y);
        lines.append(line);
    }
    for (const Line &line : std::as_const(m_lines)) {
        if (line.series) {
            chart()->removeSeries(line.series);
            delete line.series;
        }
    }
    m_lines = lines;
    applyColors();
    m_shownSecond = -1;
}

void SmallChart::applyColors()
{
    m_isColoring = true;
    setBackgroundBrush(kit::tokensFor(palette()).panel);
    for (const Line &line : std::as_const(m_lines))
        line.series->setPen(QPen(colorOf(line), 1.6, Qt::SolidLine, Qt::RoundCap, Qt::BevelJoin));
    m_isColoring = false;
}

void SmallChart::addEvents(const QList<EventView> &events, const words::Names &names)
{
    for (const EventView &event : events) {
        if (isMarked(event.kind))
            m_marks.append({event, words::event(event, names)});
    }
    while (m_marks.size() > kMostMarks)
        m_marks.removeFirst();
    if (!events.isEmpty())
        m_shownSecond = -1;
}

double SmallChart::xOf(qint64 wallMs) const
{
    const QRectF plot = chart()->plotArea();
    const qint64 span = SeriesRing::kSeconds * 1000;
    return plot.left() + plot.width() * double(wallMs - (m_nowWallMs - span)) / double(span);
}

// Trip square, recovery circle, config bar, drill hatched band, budget flag. [console §6]
void SmallChart::drawMarks(QPainter *painter) const
{
    const QRectF plot = chart()->plotArea();
    const kit::Tokens &tokens = kit::tokensFor(palette());
    const double top = plot.top();
    const double half = kMarkSize / 2;
    painter->save();
    painter->setClipRect(plot.adjusted(-half, -kMarkSize, half, 0));
    for (qsizetype i = 0; i < m_marks.size(); ++i) {
        const EventView &event = m_marks[i].event;
        const double x = std::round(xOf(event.wallMs)) + 0.5;
        if (event.kind == EventKind::DrillStarted) {
            double end = plot.right();
            for (qsizetype k = i + 1; k < m_marks.size(); ++k) {
                const EventView &other = m_marks[k].event;
                if (other.kind == EventKind::DrillEnded && other.provider == event.provider) {
                    end = xOf(other.wallMs);
                    break;
                }
            }
            if (end == plot.right() && event.untilWallMs > 0)
                end = std::min(end, xOf(event.untilWallMs));
            const QRectF band(x, top - 2, end - x, 6);
            painter->fillRect(band, QBrush(tokens.drill.lamp, Qt::BDiagPattern));
            painter->setPen(QPen(tokens.drill.lamp, 1));
            painter->drawLine(QPointF(x, top - 2), QPointF(x, plot.bottom()));
            continue;
        }
        if (event.kind == EventKind::DrillEnded || x < plot.left() - half)
            continue;
        QColor color = tokens.secondary;
        if (event.kind == EventKind::Tripped || event.kind == EventKind::BudgetReached)
            color = tokens.danger.lamp;
        else if (event.kind == EventKind::Recovered)
            color = tokens.serving.lamp;
        else if (event.kind == EventKind::BudgetWarned)
            color = tokens.caution.lamp;
        painter->setRenderHint(QPainter::Antialiasing, false);
        painter->setPen(QPen(color, 1, Qt::DotLine));
        painter->drawLine(QPointF(x, top), QPointF(x, plot.bottom()));
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setPen(Qt::NoPen);
        painter->setBrush(color);
        switch (event.kind) {
        case EventKind::Tripped:
            painter->drawRect(QRectF(x - half, top - half, kMarkSize, kMarkSize));
            break;
        case EventKind::Recovered:
            painter->drawEllipse(QPointF(x, top), half, half);
            break;
        case EventKind::ConfigApplied:
            painter->drawRect(QRectF(x - 1, top - half, 2, kMarkSize));
            break;
        default: // budgets: a flag
            painter->drawPolygon(QPolygonF(
                {QPointF(x, top - half), QPointF(x + kMarkSize, top), QPointF(x, top + half)}));
            break;
        }
        painter->setBrush(Qt::NoBrush);
    }
    painter->restore();
}

bool SmallChart::viewportEvent(QEvent *event)
{
    if (event->type() != QEvent::ToolTip)
        return QChartView::viewportEvent(event);
    const auto *help = static_cast<QHelpEvent *>(event);
    QStringList texts;
    for (const Mark &mark : std::as_const(m_marks)) {
        if (std::abs(xOf(mark.event.wallMs) - help->pos().x()) <= kMarkReach)
            texts.append(tr("%1  %2", "time, what happened")
                             .arg(words::timeSeconds(mark.event.wallMs), mark.text));
    }
    if (texts.isEmpty())
        QToolTip::hideText();
    else
        QToolTip::showText(help->globalPos(), kit::plainToolTip(texts.join(u'\n')), this);
    return true;
}

void SmallChart::setNow(qint64 wallMs)
{
    m_nowWallMs = wallMs;
    const qint64 from = wallMs - SeriesRing::kSeconds * 1000 - kMinuteMs * 30; // drills are longer
    while (!m_marks.isEmpty() && m_marks.constFirst().event.wallMs < from)
        m_marks.removeFirst();
    if (isVisible())
        refresh();
}

void SmallChart::refresh()
{
    const qint64 second = m_nowWallMs / 1000;
    if (second == m_shownSecond && m_ring.version() == m_shownVersion)
        return;
    m_shownSecond = second;
    m_shownVersion = m_ring.version();

    // Grows at once, shrinks after half a minute: no jumpy axis.
    const double top = niceTop(m_ring.highest(m_metric, m_nowWallMs));
    if (top >= m_top || m_nowWallMs >= m_shrinkAt) {
        m_top = top;
        m_shrinkAt = m_nowWallMs + kShrinkAfterMs;
    }
    m_y->setRange(0, m_top);
    m_x->setRange(double(m_nowWallMs - SeriesRing::kSeconds * 1000), double(m_nowWallMs));
    for (Line &line : m_lines) {
        line.series->replace(m_ring.points(line.provider, m_metric, m_nowWallMs));
        line.latest = m_ring.latest(line.provider, m_metric, m_nowWallMs);
    }
    describe();
    viewport()->update();
}

void SmallChart::describe()
{
    QStringList parts;
    for (const Line &line : std::as_const(m_lines)) {
        if (!std::isnan(line.latest)) {
            parts.append(tr("%1 %2", "provider, value")
                             .arg(words::visible(line.label), valueText(line.latest)));
        }
    }
    QString marked;
    for (qsizetype i = std::max<qsizetype>(0, m_marks.size() - kDescribedMarks); i < m_marks.size();
         ++i)
        marked += u' ' + m_marks[i].text;
    setAccessibleDescription(
        parts.isEmpty()
            ? tr("No request in the last 5 minutes.")
            : tr("Last 5 minutes, newest values: %1.").arg(parts.join(QStringLiteral(", ")))
                + marked);
}

void SmallChart::placePlot()
{
    const int right = width() < kNarrow ? kRightNarrow : kRight;
    chart()->setPlotArea(QRectF(kLeft, kTop, std::max(20, width() - kLeft - right),
                                std::max(20, height() - kTop - kBottom)));
}

void SmallChart::resizeEvent(QResizeEvent *event)
{
    QChartView::resizeEvent(event);
    placePlot();
}

void SmallChart::showEvent(QShowEvent *event)
{
    QChartView::showEvent(event);
    placePlot();
    m_shownSecond = -1;
    refresh();
}

void SmallChart::changeEvent(QEvent *event)
{
    QChartView::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && !m_isColoring)
        applyColors();
}

void SmallChart::drawBackground(QPainter *painter, const QRectF &rect)
{
    const kit::Tokens &tokens = kit::tokensFor(palette());
    painter->fillRect(rect, tokens.panel);
    const QRectF plot = chart()->plotArea();
    painter->setRenderHint(QPainter::Antialiasing, false);
    painter->setFont(kit::font(kit::Type::LabelStrong));
    painter->setPen(tokens.text);
    painter->drawText(QRectF(12, 6, width() - 24, 18), Qt::AlignLeft | Qt::AlignVCenter, title());

    painter->setFont(kit::font(kit::Type::MonoSmall));
    const int decimals = m_metric == Metric::FirstTokenSeconds ? (m_top < 1 ? 2 : 1) : 0;
    for (int i = 0; i <= 2; ++i) {
        const double y = std::round(plot.bottom() - plot.height() * i / 2);
        painter->setPen(tokens.hairline);
        painter->drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y));
        painter->setPen(tokens.muted);
        painter->drawText(QRectF(0, y - 8, kLeft - 6, 16), Qt::AlignRight | Qt::AlignVCenter,
                          locale().toString(m_top * i / 2, 'f', decimals));
    }
    if (m_nowWallMs <= 0)
        return;
    const qint64 from = m_nowWallMs - SeriesRing::kSeconds * 1000;
    const double perMs = plot.width() / double(SeriesRing::kSeconds * 1000);
    double freeFrom = 0;
    for (qint64 at = from - from % kMinuteMs + kMinuteMs; at <= m_nowWallMs; at += kMinuteMs) {
        const double x = plot.left() + double(at - from) * perMs;
        const QString text = words::timeMinutes(at);
        const double half = painter->fontMetrics().horizontalAdvance(text) / 2.0;
        if (x - half < freeFrom || x + half > width())
            continue;
        freeFrom = x + half + 12;
        painter->drawText(QRectF(x - half, plot.bottom() + 3, 2 * half + 1, 16), Qt::AlignCenter,
                          text);
    }
}

void SmallChart::drawForeground(QPainter *painter, const QRectF &)
{
    const QRectF plot = chart()->plotArea();
    const kit::Tokens &tokens = kit::tokensFor(palette());
    if (m_nowWallMs > 0)
        drawMarks(painter);
    if (m_ring.isEmpty(m_metric, m_nowWallMs)) {
        painter->setFont(kit::font(kit::Type::Label));
        painter->setPen(tokens.muted);
        painter->drawText(plot, Qt::AlignCenter, tr("No request in the last 5 minutes"));
        return;
    }
    if (width() < kNarrow)
        return;
    // End labels beside the newest value, pushed apart where lines meet.
    struct EndLabel {
        double y;
        const Line *line;
    };
    QList<EndLabel> ends;
    for (const Line &line : std::as_const(m_lines)) {
        if (!std::isnan(line.latest) && m_top > 0)
            ends.append(
                {plot.bottom() - plot.height() * std::min(1.0, line.latest / m_top), &line});
    }
    std::sort(ends.begin(), ends.end(),
              [](const EndLabel &a, const EndLabel &b) { return a.y < b.y; });
    constexpr double kApart = 15;
    for (qsizetype i = 1; i < ends.size(); ++i)
        ends[i].y = std::max(ends[i].y, ends[i - 1].y + kApart);
    const double over = ends.isEmpty() ? 0 : ends.constLast().y - plot.bottom();
    if (over > 0) {
        for (EndLabel &end : ends)
            end.y -= over;
    }
    painter->setFont(kit::font(kit::Type::Label));
    for (const EndLabel &end : std::as_const(ends)) {
        const QRectF dot(plot.right() + 5, end.y - 3, 6, 6);
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setPen(Qt::NoPen);
        painter->setBrush(colorOf(*end.line));
        painter->drawEllipse(dot);
        painter->setBrush(Qt::NoBrush);
        painter->setPen(tokens.secondary);
        const QRectF text(plot.right() + 15, end.y - 8, width() - plot.right() - 18, 16);
        painter->drawText(text, Qt::AlignLeft | Qt::AlignVCenter,
                          painter->fontMetrics().elidedText(words::visible(end.line->label),
                                                            Qt::ElideRight, int(text.width())));
    }
    if (hasFocus()) {
        painter->setRenderHint(QPainter::Antialiasing, false);
        painter->setPen(QPen(tokens.accent, 2));
        painter->drawRect(QRectF(1, 1, width() - 2, height() - 2));
    }
}

} // namespace sb::pages
