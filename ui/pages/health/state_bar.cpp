#include "pages/health/state_bar.h"

#include "kit/chart/chart_marks.h"
#include "kit/lamp.h"
#include "kit/plain_label.h"
#include "words/format.h"
#include "words/plain.h"
#include "words/states.h"

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

#include <cmath>

namespace sb::pages {

namespace {

constexpr int kHeight = 18;
constexpr double kBand = 6;

} // namespace

StateBar::StateBar(kit::ChartCursor &cursor, QWidget *parent)
    : QWidget(parent)
    , m_cursor(cursor)
{
    setMouseTracking(true);
    connect(&m_cursor, &kit::ChartCursor::moved, this, qOverload<>(&QWidget::update));
}

QSize StateBar::sizeHint() const
{
    return {200, kHeight};
}

void StateBar::setSpans(const QList<models::StateSpan> &spans, qint64 from, qint64 to,
                        const QList<kit::ChartMark> &marks)
{
    m_spans = spans;
    m_marks = marks;
    m_from = from;
    m_to = to;
    QStringList parts;
    for (const models::StateSpan &span : spans) {
        parts += tr("%1 from %2", "state, time")
                     .arg(words::provider(span.state), words::timeSeconds(span.fromWallMs));
        if (parts.size() > 12)
            break;
    }
    setAccessibleDescription(parts.join(QStringLiteral(", ")));
    update();
}

double StateBar::xOf(qint64 wallMs) const
{
    return double(width()) * double(wallMs - m_from) / double(std::max<qint64>(1, m_to - m_from));
}

void StateBar::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    const kit::Tokens &t = kit::tokensFor(palette());
    const double top = height() - kBand - 3;
    painter.fillRect(QRectF(0, top + kBand / 2 - 0.5, width(), 1), t.hairline);
    for (const models::StateSpan &span : m_spans) {
        const double left = std::round(xOf(span.fromWallMs));
        const double right = std::max(left + 2, std::round(xOf(span.toWallMs)));
        const QRectF band(left, top, right - left, kBand);
        const QColor color = kit::lampColor(kit::lampFor(span.state), t);
        painter.setPen(Qt::NoPen);
        switch (span.state) {
        case ProviderState::NoTraffic:
            break; // the thin line
        case ProviderState::Serving:
            painter.fillRect(band, color);
            break;
        case ProviderState::Degraded:
            painter.fillRect(band, kit::mix(t.panel, color, 0.28));
            painter.setBrush(QBrush(color, Qt::BDiagPattern));
            painter.drawRect(band);
            break;
        case ProviderState::Tripped: // higher than the rest: seen first
            painter.fillRect(band.adjusted(0, -3, 0, 1), color);
            break;
        case ProviderState::Probing:
            painter.setBrush(QBrush(color, Qt::Dense4Pattern));
            painter.drawRect(band);
            break;
        case ProviderState::Off:
            painter.setBrush(QBrush(color, Qt::DiagCrossPattern));
            painter.drawRect(band);
            break;
        }
    }
    for (const kit::ChartMark &mark : m_marks) {
        if (mark.wallMs >= m_from && mark.wallMs <= m_to)
            kit::paintMark(painter, QPointF(std::clamp(xOf(mark.wallMs), 5.0, width() - 5.0), 5),
                           mark.kind, t);
    }
    if (const auto at = m_cursor.at(); at && *at >= m_from && *at <= m_to) {
        const double x = std::round(xOf(*at));
        painter.fillRect(QRectF(x, 0, 1, height()), t.text);
    }
}

QString StateBar::textAt(double x) const
{
    QStringList lines;
    for (const kit::ChartMark &mark : m_marks) {
        if (std::abs(xOf(mark.wallMs) - x) <= kit::kMarkSize)
            lines += tr("%1 %2", "time, what happened")
                         .arg(words::timeSeconds(mark.wallMs), words::visible(mark.text));
    }
    for (const models::StateSpan &span : m_spans) {
        if (x >= xOf(span.fromWallMs) && x < xOf(span.toWallMs))
            lines += tr("%1, %2 to %3", "state, times")
                         .arg(words::provider(span.state), words::timeSeconds(span.fromWallMs),
                              words::timeSeconds(span.toWallMs));
    }
    return lines.join(u'\n');
}

bool StateBar::event(QEvent *event)
{
    if (event->type() == QEvent::ToolTip) {
        auto *help = static_cast<QHelpEvent *>(event);
        const QString text = textAt(help->pos().x());
        if (text.isEmpty())
            QToolTip::hideText();
        else
            QToolTip::showText(help->globalPos(), kit::plainToolTip(text), this);
        return true;
    }
    return QWidget::event(event);
}

} // namespace sb::pages
