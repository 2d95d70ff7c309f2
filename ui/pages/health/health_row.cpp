#include "pages/health/health_row.h"

#include "kit/fonts.h"
#include "kit/plain_label.h"
#include "kit/tokens.h"
#include "words/format.h"
#include "words/marks.h"
#include "words/plain.h"

#include <QHelpEvent>
#include <QPainter>
#include <QTextLayout>
#include <QToolTip>

namespace sb::pages {

using kit::ChartData;
using kit::ChartLine;
using kit::TimeChart;

namespace {

constexpr int kBarHeight = 18;
constexpr int kMostBars = 60;
constexpr int kPartIndent = 20;

// Wraps into at most `most` lines, the last one elided; returns the height used.
double paintWrapped(QPainter &painter, const QRectF &area, const QString &text, int most)
{
    QTextLayout layout(text, painter.font());
    layout.beginLayout();
    double y = area.top();
    for (int i = 0; i < most; ++i) {
        QTextLine line = layout.createLine();
        if (!line.isValid())
            break;
        line.setLineWidth(area.width());
        const bool isLast = i + 1 == most && line.textStart() + line.textLength() < text.size();
        const QString words = isLast ? painter.fontMetrics().elidedText(
                                  text.mid(line.textStart()), Qt::ElideRight, int(area.width()))
                                     : text.mid(line.textStart(), line.textLength());
        painter.drawText(QPointF(area.left(), y + painter.fontMetrics().ascent()), words.trimmed());
        y += painter.fontMetrics().lineSpacing();
    }
    layout.endLayout();
    return y - area.top();
}

} // namespace

HealthRow::HealthRow(const Subject &subject, kit::ChartCursor &cursor, kit::ChartPacer &pacer,
                     kit::ChartCommands &commands, QWidget *parent)
    : QWidget(parent)
    , m_subject(subject)
    , m_cursor(cursor)
    , m_pacer(pacer)
    , m_commands(commands)
    , m_expand(new QToolButton(this))
    , m_bar(new StateBar(cursor, this))
{
    setFixedHeight(subject.isPart() ? kPartHeight : kHeight);
    m_expand->setCheckable(true);
    m_expand->setAutoRaise(true);
    m_expand->setArrowType(Qt::RightArrow);
    m_expand->setFocusPolicy(Qt::TabFocus);
    m_expand->hide();
    connect(m_expand, &QToolButton::toggled, this, [this](bool isOn) {
        m_expand->setArrowType(isOn ? Qt::DownArrow : Qt::RightArrow);
        emit expandToggled(isOn);
    });
}

QString HealthRow::titleOf(int chart)
{
    switch (chart) {
    case Duration:
        return tr("Duration, seconds");
    case FirstToken:
        return tr("First token, seconds");
    case Speed:
        return tr("Speed, tokens/s");
    case Errors:
        return tr("Errors, attempts");
    case InFlight:
        return tr("In flight, requests");
    default:
        return {};
    }
}

void HealthRow::setHead(const Head &head)
{
    if (m_head == head)
        return;
    m_head = head;
    const QString name = words::visible(head.name);
    setAccessibleName(tr("%1, %2", "provider, state").arg(name, head.word));
    m_expand->setVisible(head.isExpandable);
    m_expand->setAccessibleName(tr("Parts of %1").arg(name));
    kit::setPlainToolTip(m_expand, tr("Show its models or keys (X)"));
    m_bar->setAccessibleName(tr("States of %1").arg(name));
    for (int i = 0; i < ChartCount; ++i) {
        if (m_charts[size_t(i)])
            m_charts[size_t(i)]->setAccessibleName(
                tr("%1: %2", "provider, what the chart shows").arg(name, titleOf(i)));
    }
    update();
}

void HealthRow::setExpanded(bool isExpanded)
{
    m_expand->setChecked(isExpanded);
}

void HealthRow::setTall(bool isTall)
{
    setFixedHeight(isTall ? 2 * kHeight : m_subject.isPart() ? kPartHeight : kHeight);
}

void HealthRow::setHeadWidth(int width)
{
    if (m_headWidth == width)
        return;
    m_headWidth = width;
    arrange();
    update();
}

void HealthRow::resetScale()
{
    for (TimeChart *chart : m_charts) {
        if (chart)
            chart->resetScale();
    }
}

void HealthRow::ensureCharts()
{
    if (m_charts[0])
        return;
    for (int i = 0; i < ChartCount; ++i) {
        const auto unit = i == Duration || i == FirstToken ? kit::ChartUnit::Seconds
            : i == Speed                                   ? kit::ChartUnit::TokensPerSecond
                                                           : kit::ChartUnit::Count;
        auto *chart = new TimeChart(TimeChart::Look::Small, unit, m_cursor, m_pacer, this);
        chart->setTitle(titleOf(i));
        chart->setAccessibleName(tr("%1: %2", "provider, what the chart shows")
                                     .arg(words::visible(m_head.name), titleOf(i)));
        chart->setHidden(m_hidden);
        connect(chart, &TimeChart::stepped, this, [this, i](int rows) { emit stepped(i, rows); });
        m_commands.add(chart);
        m_charts[size_t(i)] = chart;
        chart->show();
    }
    arrange();
    if (m_hasContent)
        feed();
}

bool HealthRow::hasChart(const QWidget *widget) const
{
    return std::find(m_charts.begin(), m_charts.end(), widget) != m_charts.end();
}

void HealthRow::setHidden(const QSet<QString> &ids)
{
    m_hidden = ids;
    for (TimeChart *chart : m_charts) {
        if (chart)
            chart->setHidden(ids);
    }
}

void HealthRow::setContent(const Content &content)
{
    m_content = content;
    m_hasContent = true;
    m_bar->setSpans(models::stateSpans(content.series.buckets, content.toWallMs),
                    content.fromWallMs, content.toWallMs, content.marks);
    if (m_charts[0])
        feed();
}

ChartData HealthRow::base() const
{
    ChartData data;
    data.fromWallMs = m_content.fromWallMs;
    data.toWallMs = m_content.toWallMs;
    data.nowWallMs = m_content.nowWallMs;
    data.marks = m_content.marks;
    return data;
}

void HealthRow::addLines(QList<ChartLine> &lines, const engine::HealthSeries &series,
                         const QString &prefix, int identity, int chart) const
{
    const models::HealthLists lists = models::listsOf(series.buckets);
    const auto named = [&prefix](const QString &name) {
        return prefix.isEmpty() ? name : tr("%1 %2", "provider, series").arg(prefix, name);
    };
    const auto add = [&](const QString &id, const QString &name, const QList<double> &values,
                         bool isLight, bool isHollow) {
        lines += ChartLine{.id = id,
                           .name = named(name),
                           .identity = identity,
                           .isLight = isLight,
                           .values = values,
                           .hollow = isHollow ? lists.few : QList<int>()};
    };
    switch (chart) {
    case Duration:
        add(QStringLiteral("p95"), tr("p95"), lists.p95Duration, true, false);
        add(QStringLiteral("p50"), tr("p50"), lists.p50Duration, false, true);
        break;
    case FirstToken:
        add(QStringLiteral("p95"), tr("p95"), lists.p95First, true, false);
        add(QStringLiteral("p50"), tr("p50"), lists.p50First, false, true);
        break;
    case Speed:
        add(QStringLiteral("p50"), tr("p50"), lists.p50Speed, false, true);
        break;
    case InFlight:
        add(QStringLiteral("flight"), tr("in flight"), lists.inFlight, false, false);
        break;
    case Errors: // compared: one line each
        add(QStringLiteral("errors"), tr("errors"),
            models::errorBars(series.buckets, kMostBars).total, false, false);
        break;
    default:
        break;
    }
}

void HealthRow::feed()
{
    const auto &series = m_content.series;
    for (int i = 0; i < ChartCount; ++i) {
        ChartData data = base();
        const bool isStacked = i == Errors && !m_content.other;
        if (i == Errors) {
            const models::ErrorBars bars = models::errorBars(series.buckets, kMostBars);
            data.slotStarts = bars.starts;
            for (int kind = 0; isStacked && kind < kFailureClasses; ++kind) {
                const QList<double> &counts = bars.counts[size_t(kind)];
                if (std::any_of(counts.cbegin(), counts.cend(), [](double n) { return n > 0; }))
                    data.stacks += kit::ChartStack{
                        .id = QStringLiteral("error%1").arg(kind),
                        .name = words::failure(FailureClass(kind)),
                        .identity = kind,
                        .pattern = kit::stackPattern(kind),
                        .values = counts,
                    };
            }
            const bool hasTraffic = series.total.attempts > 0;
            data.emptyText = hasTraffic ? tr("No errors") : tr("No requests");
        } else {
            for (const auto &bucket : series.buckets)
                data.slotStarts += bucket.fromWallMs;
            data.emptyText = tr("No requests");
        }
        if (!isStacked) {
            addLines(data.lines, series, m_content.other ? m_content.name : QString(),
                     m_content.identity, i);
            if (m_content.other)
                addLines(data.lines, *m_content.other, m_content.otherName, m_content.otherIdentity,
                         i);
        }
        m_charts[size_t(i)]->setData(data);
    }
}

QString HealthRow::readout(qint64 wallMs) const
{
    const auto *bucket = models::bucketAt(m_content.series, wallMs, m_content.toWallMs);
    if (!bucket)
        return {};
    QStringList parts;
    const auto part = [&](const QString &name, Micros p50, Micros p95) {
        if (p50.count() < 0)
            return;
        parts += p95.count() < 0
            ? tr("%1 %2", "what, value").arg(name, words::duration(p50))
            : tr("%1 p50 %2, p95 %3").arg(name, words::duration(p50), words::duration(p95));
    };
    part(tr("duration"), bucket->p50Duration, bucket->p95Duration);
    part(tr("first token"), bucket->p50FirstContent, bucket->p95FirstContent);
    if (bucket->p50Speed > 0)
        parts += words::speed(bucket->p50Speed);
    QStringList errors;
    for (int kind = 0; kind < kFailureClasses; ++kind) {
        if (const int n = bucket->failures[size_t(kind)]; n > 0)
            errors += tr("%1 %2", "count, class of errors")
                          .arg(words::count(n), words::failure(FailureClass(kind)));
    }
    if (!errors.isEmpty())
        parts += tr("errors: %1").arg(errors.join(QStringLiteral(", ")));
    if (bucket->inFlight > 0)
        parts += tr("%1 in flight").arg(words::count(bucket->inFlight));
    if (bucket->samples > 0 && bucket->samples < models::kFewSamples)
        parts += tr("only %n sample(s)", nullptr, bucket->samples);
    return parts.isEmpty() ? tr("no requests") : parts.join(QStringLiteral(" · "));
}

void HealthRow::arrange()
{
    const int indent = m_subject.isPart() ? kPartIndent : 0;
    m_expand->setGeometry(4, 8, 24, 24);
    const int left = m_headWidth + kit::space::kGrid;
    const int wide = width() - left - kit::space::kInside;
    m_bar->setGeometry(left, height() - kBarHeight - 3, std::max(10, wide), kBarHeight);
    Q_UNUSED(indent)
    const int chartHeight = height() - kBarHeight - 8;
    for (int i = 0; i < ChartCount; ++i) {
        if (!m_charts[size_t(i)])
            continue;
        const int from = left + wide * i / ChartCount;
        const int to = left + wide * (i + 1) / ChartCount;
        m_charts[size_t(i)]->setGeometry(from, 4, std::max(20, to - from), chartHeight);
    }
}

void HealthRow::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    arrange();
}

bool HealthRow::event(QEvent *event)
{
    if (event->type() == QEvent::ToolTip) {
        auto *help = static_cast<QHelpEvent *>(event);
        if (help->pos().x() < m_headWidth) {
            QStringList lines{words::visible(m_head.name)};
            if (!m_head.reason.isEmpty())
                lines += words::visible(m_head.reason);
            if (!m_head.figures.isEmpty())
                lines += tr("Attempts in this range, and how many failed: %1").arg(m_head.figures);
            QToolTip::showText(help->globalPos(), kit::plainToolTip(lines.join(u'\n')), this);
        } else {
            QToolTip::hideText();
        }
        return true;
    }
    return QWidget::event(event);
}

void HealthRow::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const kit::Tokens &t = kit::tokensFor(palette());
    const int indent = m_subject.isPart() ? kPartIndent : 0;
    painter.setPen(QPen(t.hairline, 1));
    painter.setBrush(t.panel);
    painter.drawRoundedRect(QRectF(rect()).adjusted(indent + 0.5, 0.5, -0.5, -0.5),
                            kit::space::kPlateRadius, kit::space::kPlateRadius);

    const double left = 30 + (m_subject.isPart() ? kPartIndent - 18 : 0);
    const double right = m_headWidth - 8;
    kit::paintLamp(painter, QRectF(left, 14, kit::space::kLamp, kit::space::kLamp), m_head.lamp, t);
    painter.setFont(kit::font(m_subject.isPart() ? kit::Type::Body : kit::Type::Strong));
    painter.setPen(t.text);
    const double nameLeft = left + kit::space::kLamp + 6;
    painter.drawText(QRectF(nameLeft, 10, right - nameLeft, 20), Qt::AlignLeft | Qt::AlignVCenter,
                     painter.fontMetrics().elidedText(words::visible(m_head.name), Qt::ElideRight,
                                                      int(right - nameLeft)));
    painter.setFont(kit::font(kit::Type::Label));
    painter.setPen(kit::lampTextColor(m_head.lamp, t));
    painter.drawText(
        QRectF(left, 32, right - left, 16), Qt::AlignLeft | Qt::AlignVCenter,
        painter.fontMetrics().elidedText(m_head.word, Qt::ElideRight, int(right - left)));
    painter.setPen(t.secondary);
    paintWrapped(painter, QRectF(left, 51, right - left, 48), words::visible(m_head.reason), 3);
    painter.setFont(kit::font(kit::Type::MonoSmall));
    painter.setPen(t.muted);
    painter.drawText(
        QRectF(left, height() - 26, right - left, 16), Qt::AlignLeft | Qt::AlignVCenter,
        painter.fontMetrics().elidedText(m_head.figures, Qt::ElideRight, int(right - left)));
}

} // namespace sb::pages
