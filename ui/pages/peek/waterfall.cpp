#include "pages/peek/waterfall.h"

#include "kit/fonts.h"
#include "kit/lamp.h"
#include "kit/tokens.h"
#include "words/format.h"
#include "words/plain.h"
#include "words/states.h"

#include <algorithm>
#include <array>

#include <QPainter>

namespace sb::pages {

namespace {

constexpr int kRowHeight = 60;
constexpr int kLegendHeight = 22;
constexpr int kBarHeight = 10;
constexpr double kLeastWidth = 2; // of a part, so that it can be seen

} // namespace

Waterfall::Waterfall(QWidget *parent)
    : QWidget(parent)
{
    setAccessibleName(tr("Attempts over time"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

QString Waterfall::nameOf(Kind kind)
{
    switch (kind) {
    case Kind::Connect:
        return tr("Connect");
    case Kind::FirstByte:
        return tr("First byte");
    case Kind::FirstToken:
        return tr("First token");
    case Kind::Stream:
        return tr("Stream");
    }
    return {};
}

void Waterfall::setExchange(const std::shared_ptr<const Exchange> &exchange,
                            const words::Names &names, qint64 nowWallMs)
{
    m_exchange = exchange;
    m_names = names;
    m_now = exchange ? std::max(Micros::zero(), Micros((nowWallMs - exchange->wallMs) * 1000))
                     : Micros::zero();
    m_total = Micros(1);
    QStringList lines;
    if (exchange) {
        for (const Attempt &attempt : exchange->attempts) {
            m_total = std::max(m_total, endOf(attempt));
            const Micros took = endOf(attempt) - std::max(attempt.startedAt, Micros::zero());
            lines.append(tr("Attempt %1, %2: %3, %4.")
                             .arg(words::count(attempt.ordinal), names.of(attempt.target),
                                  reasonOf(attempt), words::duration(took)));
        }
    }
    setAccessibleDescription(lines.join(u' '));
    updateGeometry();
    update();
}

QSize Waterfall::sizeHint() const
{
    const int rows = m_exchange ? int(m_exchange->attempts.size()) : 0;
    return {388, rows > 0 ? rows * kRowHeight + kLegendHeight : 0};
}

Micros Waterfall::endOf(const Attempt &attempt) const
{
    if (attempt.endedAt >= Micros::zero())
        return attempt.endedAt;
    return std::max({m_now, attempt.startedAt, attempt.firstContentAt, Micros::zero()});
}

QList<Waterfall::Part> Waterfall::partsOf(const Attempt &attempt) const
{
    static constexpr std::array kinds{Kind::Connect, Kind::FirstByte, Kind::FirstToken};
    const std::array marks{attempt.connectedAt, attempt.headAt, attempt.firstContentAt};
    QList<Part> parts;
    const Micros end = endOf(attempt);
    Micros from = std::max(attempt.startedAt, Micros::zero());
    for (size_t i = 0; i < marks.size(); ++i) {
        if (marks[i] >= from) {
            parts.append(Part{from, marks[i], kinds[i]});
            from = marks[i];
            continue;
        }
        // Did not happen, or not apart from the next mark: a reused connection has no connect.
        const bool isLaterKnown = std::any_of(marks.begin() + long(i) + 1, marks.end(),
                                              [&](Micros later) { return later >= from; });
        const bool isReusedConnect
            = i == 0 && (attempt.isReused || attempt.connectedAt >= Micros::zero());
        if (isLaterKnown || isReusedConnect)
            continue;
        parts.append(Part{from, std::max(from, end), kinds[i]}); // ended while waiting for it
        return parts;
    }
    parts.append(Part{from, std::max(from, end), Kind::Stream});
    return parts;
}

QString Waterfall::reasonOf(const Attempt &attempt) const
{
    QString reason = words::attempt(attempt.outcome);
    if (attempt.status >= 300)
        reason = tr("%1, status %2").arg(reason, QString::number(attempt.status));
    if (attempt.hint > Millis::zero())
        reason = tr("%1, retry in %2").arg(reason, words::duration(attempt.hint));
    if (attempt.isProbe)
        reason = tr("%1, a probe").arg(reason);
    const bool isMoving = attempt.next == Move::Retry || attempt.next == Move::NextKey
        || attempt.next == Move::NextTarget || attempt.next == Move::GiveUp;
    return isMoving ? tr("%1; then: %2", "why it ended; what was done next")
                          .arg(reason, words::move(attempt.next))
                    : reason;
}

QColor Waterfall::colorOf(Kind kind) const
{
    const kit::Tokens &t = kit::tokensFor(palette());
    switch (kind) {
    case Kind::Connect:
        return t.plateBorder;
    case Kind::FirstByte:
        return t.controlBorder;
    case Kind::FirstToken:
        return t.accent;
    case Kind::Stream:
        return t.trackLive;
    }
    return t.trackLive;
}

void Waterfall::paintEvent(QPaintEvent *)
{
    if (!m_exchange || m_exchange->attempts.isEmpty())
        return;
    QPainter painter(this);
    const kit::Tokens &t = kit::tokensFor(palette());
    const QFont label = kit::font(kit::Type::Label);
    const QFont mono = kit::font(kit::Type::MonoSmall);
    const double perMicro = double(width()) / double(m_total.count());
    const auto elided = [&](const QString &text, Qt::TextElideMode mode, double room) {
        return painter.fontMetrics().elidedText(text, mode, int(room));
    };
    double top = 0;
    for (const Attempt &attempt : m_exchange->attempts) {
        const kit::Lamp lamp = kit::lampFor(attempt.outcome);
        kit::paintLamp(painter, QRectF(0, top + 4, kit::space::kLamp, kit::space::kLamp), lamp, t);
        painter.setFont(mono);
        painter.setPen(t.secondary);
        const Micros took = endOf(attempt) - std::max(attempt.startedAt, Micros::zero());
        const QString time = words::duration(took);
        const double timeWidth = painter.fontMetrics().horizontalAdvance(time) + 2;
        painter.drawText(QRectF(width() - timeWidth, top, timeWidth, 20),
                         Qt::AlignRight | Qt::AlignVCenter, time);
        painter.setFont(label);
        painter.setPen(t.text);
        const double room = width() - timeWidth - 20 - 8;
        painter.drawText(QRectF(20, top, room, 20), Qt::AlignLeft | Qt::AlignVCenter,
                         elided(words::visible(m_names.of(attempt.target)), Qt::ElideMiddle, room));

        const double barTop = top + 23;
        painter.fillRect(QRectF(0, barTop, width(), kBarHeight), t.isDark ? t.window : t.hairline);
        for (const Part &part : partsOf(attempt)) {
            const double left
                = std::min(double(part.from.count()) * perMicro, width() - kLeastWidth);
            const double wide
                = std::max(kLeastWidth, double((part.to - part.from).count()) * perMicro);
            painter.fillRect(QRectF(left, barTop, std::min(wide, width() - left), kBarHeight),
                             colorOf(part.kind));
        }
        painter.setPen(lamp == kit::Lamp::Danger ? t.danger.text : t.secondary);
        painter.drawText(QRectF(0, top + 36, width(), 18), Qt::AlignLeft | Qt::AlignVCenter,
                         elided(reasonOf(attempt), Qt::ElideRight, width()));
        top += kRowHeight;
    }
    double x = 0;
    painter.setFont(label);
    for (const Kind kind : {Kind::Connect, Kind::FirstByte, Kind::FirstToken, Kind::Stream}) {
        painter.fillRect(QRectF(x, top + 6, 10, 10), colorOf(kind));
        const QString name = nameOf(kind);
        painter.setPen(t.muted);
        const double wide = painter.fontMetrics().horizontalAdvance(name) + 2;
        painter.drawText(QRectF(x + 15, top, wide, kLegendHeight), Qt::AlignLeft | Qt::AlignVCenter,
                         name);
        x += 15 + wide + 14;
    }
}

} // namespace sb::pages
