#include "pages/board/board_painter.h"

#include "kit/fonts.h"
#include "words/format.h"
#include "words/plain.h"
#include "words/plates.h"
#include "words/states.h"

#include <QCoreApplication>
#include <QFontMetricsF>
#include <QPainterPath>

#include <algorithm>
#include <cmath>

namespace sb::pages {

using models::BoardState;
using models::ChainPlate;
using models::Light;
using models::RouteState;

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(TrackBoard)
};

constexpr double kDimmed = 0.35;
constexpr double kIdleWidth = 1.5;
constexpr double kCasing = 2; // panel colour round a live track, where it crosses others
constexpr double kStopSize = 9;
constexpr double kHatchHeight = 6; // of a drilled plate's top edge
constexpr double kHatchStep = 6;

double widthOf(int perMinute)
{
    return std::clamp(2 + std::log10(std::max(1, perMinute)), 2.0, 5.0);
}

} // namespace

kit::Lamp lampOf(Light light)
{
    switch (light) {
    case Light::NoTraffic:
        return kit::Lamp::Idle;
    case Light::Serving:
        return kit::Lamp::Serving;
    case Light::Caution:
        return kit::Lamp::Caution;
    case Light::Danger:
        return kit::Lamp::Danger;
    case Light::Probing:
        return kit::Lamp::Probing;
    case Light::Off:
        return kit::Lamp::Off;
    case Light::Drill:
        return kit::Lamp::Drill;
    }
    return kit::Lamp::Idle;
}

PlateTexts plateTexts(const BoardState &state, qint64 nowWallMs)
{
    PlateTexts texts;
    for (const auto &client : state.clients()) {
        ClientView view;
        view.id = client.id;
        view.program = client.program;
        view.perMinute = client.perMinute;
        view.lastSeenWallMs = client.lastSeenWallMs;
        texts.clients.append(words::clientLine(view, nowWallMs));
    }
    for (const auto &chain : state.chains()) {
        texts.holds.append(chain.heldRank > 0
                               ? words::heldLines(chain.heldRank, chain.heldUntilWallMs, nowWallMs)
                               : QStringList());
    }
    for (const auto &provider : state.providers()) {
        texts.providers.append(words::providerLines(provider.view(), nowWallMs));
        texts.drills.append(provider.drills > 0
                                ? words::drillTag(provider.drillUntilWallMs, nowWallMs)
                                : QString());
    }
    return texts;
}

QString chainLabel(const ChainPlate &chain)
{
    return chain.isDirect ? Words::tr("named in the request") : words::visible(chain.label);
}

Spotlight spotlightOn(const TrackLayout &layout, const PlateBox &box)
{
    Spotlight spot{.isOn = box.index >= 0};
    if (!spot.isOn)
        return spot;
    const auto light = [&](Column column, int index) {
        if (!spot.plates[size_t(column)].contains(index))
            spot.plates[size_t(column)].append(index);
    };
    light(box.column, box.index);
    QList<int> chains; // whose tracks stay bright
    if (box.column == Column::Chains)
        chains.append(box.index);
    for (const TrackPath &path : layout.clientTracks) {
        if (box.column == Column::Clients && path.client == box.index)
            chains.append(path.chain);
    }
    for (const TrackPath &path : layout.targetTracks) {
        const bool isLit = box.column == Column::Providers ? path.provider == box.index
                                                           : chains.contains(path.chain);
        if (!isLit)
            continue;
        spot.tracks.append(&path);
        light(Column::Chains, path.chain);
        light(Column::Providers, path.provider);
        if (box.column == Column::Providers && !chains.contains(path.chain))
            chains.append(path.chain);
    }
    for (const TrackPath &path : layout.clientTracks) {
        const bool isLit = box.column == Column::Clients ? path.client == box.index
                                                         : chains.contains(path.chain);
        if (!isLit)
            continue;
        spot.tracks.append(&path);
        light(Column::Clients, path.client);
        light(Column::Chains, path.chain);
    }
    return spot;
}

BoardPainter::BoardPainter(const BoardState &state, const TrackLayout &layout,
                           const PlateTexts &texts, const kit::Tokens &tokens,
                           const Spotlight &spotlight)
    : m_state(state)
    , m_layout(layout)
    , m_texts(texts)
    , m_tokens(tokens)
    , m_spotlight(spotlight)
{
}

double BoardPainter::lit(Column column, int index) const
{
    return !m_spotlight.isOn || m_spotlight.plates[size_t(column)].contains(index) ? 1 : kDimmed;
}

double BoardPainter::lit(const TrackPath &path) const
{
    return !m_spotlight.isOn || m_spotlight.tracks.contains(&path) ? 1 : kDimmed;
}

QColor BoardPainter::on(const QColor &surface, const QColor &color, double lit) const
{
    return lit >= 1 ? color : kit::mix(surface, color, lit);
}

void BoardPainter::paintText(QPainter &painter, const QRectF &rect, const QString &text,
                             const QFont &font, const QColor &color, Qt::Alignment alignment,
                             Qt::TextElideMode elide) const
{
    if (rect.width() < 8)
        return;
    painter.setFont(font);
    painter.setPen(color);
    const QString shown = QFontMetricsF(font).elidedText(text, elide, rect.width());
    painter.drawText(rect, int(alignment) | Qt::AlignVCenter | Qt::TextSingleLine, shown);
}

void BoardPainter::paintStill(QPainter &painter, const QSize &size) const
{
    painter.fillRect(QRect(QPoint(), size), m_tokens.panel);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.save();
    const QRectF area(0, geometry::kTop - 8, size.width(),
                      size.height() - geometry::kTop + 8 - geometry::kBottom + 8);
    painter.setClipRect(area);
    paintTracks(painter);
    for (const PlateBox &box : m_layout.plates) {
        if (box.rect.intersects(area))
            paintPlate(painter, box);
    }
    painter.restore();
    for (const HiddenArrow &arrow : m_layout.arrows)
        paintArrow(painter, arrow);
    paintHeadings(painter);
    paintScrollBars(painter, size);
}

void BoardPainter::paintHeadings(QPainter &painter) const
{
    const std::array names{Words::tr("Clients"), Words::tr("Chains"), Words::tr("Providers")};
    for (int c = 0; c < kColumns; ++c) {
        const QRectF &column = m_layout.columns[size_t(c)];
        paintText(painter, QRectF(column.left(), 12, column.width(), 20), names[size_t(c)],
                  kit::font(kit::Type::LabelStrong), m_tokens.muted);
    }
}

void BoardPainter::paintTracks(QPainter &painter) const
{
    // Quiet below, live above, caution on top.
    for (const RouteState state : {RouteState::Idle, RouteState::Tripped, RouteState::Live,
                                   RouteState::Caution, RouteState::Draft}) {
        for (const QList<TrackPath> *paths : {&m_layout.clientTracks, &m_layout.targetTracks}) {
            for (const TrackPath &path : *paths) {
                if (path.state == state)
                    paintTrack(painter, path);
            }
        }
    }
}

void BoardPainter::paintTrack(QPainter &painter, const TrackPath &path) const
{
    const double bright = lit(path);
    std::array<QPointF, 4> p = path.points;
    const bool isTripped = path.state == RouteState::Tripped;
    if (isTripped && !path.isToHidden)
        p[3].rx() -= geometry::kStop;
    std::array<QLineF, 3> legs{QLineF(p[0], p[1]), QLineF(p[1], p[2]), QLineF(p[2], p[3])};

    if (path.state == RouteState::Live || path.state == RouteState::Caution) {
        const double width = widthOf(path.perMinute);
        const QColor color
            = path.state == RouteState::Live ? m_tokens.trackLive : m_tokens.caution.lamp;
        // Separate lines with round ends: a wide antialiased polyline costs ten times as much.
        painter.setPen(QPen(m_tokens.panel, width + 2 * kCasing, Qt::SolidLine, Qt::FlatCap));
        painter.drawLine(legs[1]);
        painter.setPen(QPen(on(m_tokens.panel, color, bright), width, Qt::SolidLine, Qt::RoundCap));
        painter.drawLines(legs.data(), int(legs.size()));
        return;
    }
    if (path.state == RouteState::Draft) {
        QPen dashed(on(m_tokens.panel, m_tokens.accent, bright), 2, Qt::CustomDashLine,
                    Qt::FlatCap);
        dashed.setDashPattern({4, 3});
        painter.setPen(dashed);
        painter.drawPolyline(p.data(), int(p.size()));
        return;
    }
    QPen dotted(on(m_tokens.panel, m_tokens.trackIdle, bright), kIdleWidth, Qt::CustomDashLine,
                Qt::FlatCap);
    dotted.setDashPattern({2, 2});
    painter.setPen(dotted);
    // One dash pattern over the three legs, so that no bend starts with a stray dot.
    painter.drawPolyline(p.data(), int(p.size()));
    if (isTripped && !path.isToHidden) {
        const QRectF stop(p[3].x() - kStopSize / 2, p[3].y() - kStopSize / 2, kStopSize, kStopSize);
        painter.fillRect(stop, on(m_tokens.panel, m_tokens.danger.lamp, bright));
    }
}

void BoardPainter::paintArrow(QPainter &painter, const HiddenArrow &arrow) const
{
    const double down = arrow.isBelow ? 1 : -1;
    painter.setPen(Qt::NoPen);
    painter.setBrush(m_tokens.secondary);
    painter.drawPolygon(
        QPolygonF({arrow.tip + QPointF(-4, -3 * down), arrow.tip + QPointF(4, -3 * down),
                   arrow.tip + QPointF(0, 3 * down)}));
    const bool isLeft = arrow.column != Column::Clients
        && arrow.tip.x() < m_layout.columns[size_t(arrow.column)].left();
    const QRectF beside(isLeft ? arrow.tip.x() - 30 : arrow.tip.x() + 6, arrow.tip.y() - 8, 24, 16);
    painter.setBrush(Qt::NoBrush);
    paintText(painter, beside, words::count(arrow.count), kit::font(kit::Type::MonoSmall),
              m_tokens.secondary, isLeft ? Qt::AlignRight : Qt::AlignLeft);
}

void BoardPainter::paintPlate(QPainter &painter, const PlateBox &box) const
{
    const double bright = box.index < 0 ? 1 : lit(box.column, box.index);
    const QRectF frame = box.rect.adjusted(0.5, 0.5, -0.5, -0.5);
    painter.setPen(QPen(on(m_tokens.panel, m_tokens.plateBorder, bright), 1));
    painter.setBrush(on(m_tokens.panel, m_tokens.raised, bright));
    painter.drawRoundedRect(frame, kit::space::kPlateRadius, kit::space::kPlateRadius);
    painter.setBrush(Qt::NoBrush);
    const bool isDrilled
        = box.column == Column::Providers && !m_texts.drills.value(box.index).isEmpty();
    if (isDrilled)
        paintDrillFrame(painter, box, bright);
    if (box.folded > 0) {
        paintText(painter, box.rect.adjusted(12, 0, -12, 0),
                  Words::tr("+%n idle", "plates folded into this one", box.folded),
                  kit::font(kit::Type::Label), m_tokens.accent);
        return;
    }
    switch (box.column) {
    case Column::Clients:
        paintClient(painter, box, bright);
        break;
    case Column::Chains:
        paintChain(painter, box, bright);
        break;
    case Column::Providers:
        paintProvider(painter, box, bright);
        break;
    }
}

namespace {

struct PlateParts {
    QRectF lamp, head, line;
};

PlateParts partsOf(const PlateBox &box)
{
    const QRectF &rect = box.rect;
    const double lampSize = kit::space::kLamp;
    const double middle = rect.height() / 2;
    const bool isSlim = rect.width()
        < (box.column == Column::Clients ? 160 : 200); // narrow plates spend less on margins
    const double textLeft = rect.left() + (isSlim ? 26 : 30);
    const double textWidth = rect.right() - textLeft - 4;
    const QRectF lamp(rect.left() + (isSlim ? 8 : 10), rect.top() + middle - 9 - lampSize / 2,
                      lampSize, lampSize);
    return {lamp, QRectF(textLeft, rect.top() + middle - 19, textWidth, 20),
            QRectF(textLeft, rect.top() + middle + 2, textWidth, 18)};
}

} // namespace

void BoardPainter::paintClient(QPainter &painter, const PlateBox &box, double lit) const
{
    const auto &client = m_state.clients()[box.index];
    const PlateParts parts = partsOf(box);
    painter.setOpacity(lit);
    kit::paintLamp(painter, parts.lamp, lampOf(client.light), m_tokens);
    paintText(painter, parts.head, words::visible(client.label), kit::font(kit::Type::Strong),
              m_tokens.text, Qt::AlignLeft, Qt::ElideMiddle);
    paintText(painter, parts.line, m_texts.clients.value(box.index),
              kit::font(kit::Type::MonoSmall), m_tokens.secondary);
    painter.setOpacity(1);
}

void BoardPainter::paintChain(QPainter &painter, const PlateBox &box, double lit) const
{
    const ChainPlate &chain = m_state.chains()[box.index];
    const QRectF &rect = box.rect;
    const double head
        = box.rows.isEmpty() ? geometry::kChainHead : box.rows[0].top() - rect.top() + 1;
    painter.setOpacity(lit);
    const QRectF lamp(rect.left() + 10, rect.top() + head / 2 - kit::space::kLamp / 2.0,
                      kit::space::kLamp, kit::space::kLamp);
    kit::paintLamp(painter, lamp, lampOf(chain.light), m_tokens);
    const QFont mono = kit::font(kit::Type::MonoSmall);
    const QString rate = words::perMinute(chain.perMinute);
    const double rateWidth = QFontMetricsF(mono).horizontalAdvance(rate) + 2;
    paintText(painter, QRectF(rect.right() - 10 - rateWidth, rect.top(), rateWidth, head), rate,
              mono, m_tokens.secondary, Qt::AlignRight);
    paintText(painter,
              QRectF(rect.left() + 30, rect.top(), rect.width() - 30 - 10 - rateWidth - 8, head),
              chainLabel(chain), kit::font(kit::Type::Strong), m_tokens.text, Qt::AlignLeft,
              Qt::ElideMiddle);
    for (int row = 0; row < chain.targets.size(); ++row) {
        paintTargetRow(painter, chain.targets[row], m_layout.targetTrack(box.index, row), row + 1,
                       chain.heldRank, box.rows[row]);
    }
    const QStringList held = m_texts.holds.value(box.index);
    if (!held.isEmpty() && !box.rows.isEmpty()) {
        const QRectF last = box.rows.constLast();
        const QRectF line(rect.left() + 10, last.bottom(), rect.width() - 20, last.height());
        const QFont font = kit::font(kit::Type::LabelStrong);
        painter.setPen(QPen(m_tokens.hairline, 1));
        painter.drawLine(QPointF(rect.left() + 1, std::round(last.bottom()) + 0.5),
                         QPointF(rect.right() - 1, std::round(last.bottom()) + 0.5));
        paintText(painter, line.translated(0, 1), fitting(held, font, line.width()), font,
                  m_tokens.caution.text);
    }
    painter.setOpacity(1);
}

void BoardPainter::paintTargetRow(QPainter &painter, const models::TargetRow &row,
                                  const TrackPath *path, int rank, int heldRank,
                                  const QRectF &rect) const
{
    const bool isLive
        = path && (path->state == RouteState::Live || path->state == RouteState::Caution);
    const bool isCaution = path && path->state == RouteState::Caution;
    const bool isTripped = path && path->state == RouteState::Tripped;
    const QRectF badge(rect.left() + 10, rect.center().y() - 7.5, 16, 15);
    QColor fill = m_tokens.isDark ? m_tokens.plateBorder : m_tokens.hairline;
    QColor ink = m_tokens.secondary;
    if (isCaution) {
        fill = m_tokens.caution.lamp;
        ink = m_tokens.onCaution;
    } else if (isLive) {
        fill = m_tokens.trackLive;
        ink = m_tokens.raised;
    }
    painter.setPen(Qt::NoPen);
    painter.setBrush(fill);
    painter.drawRoundedRect(badge, 3, 3);
    painter.setBrush(Qt::NoBrush);
    const bool isRemoved = row.mark == models::DraftMark::Removed;
    if (row.mark != models::DraftMark::None) {
        painter.setPen(QPen(m_tokens.accent, 1, Qt::DashLine));
        painter.drawRoundedRect(badge.adjusted(-1.5, -1.5, 1.5, 1.5), 4, 4);
    }
    paintText(painter, badge, isRemoved ? words::unknown() : words::count(rank),
              kit::font(kit::Type::MonoSmallStrong), ink, Qt::AlignHCenter);

    // Provider first, the model where there is room for it, a reason at the right where it is not
    // used.
    QRectF text(rect.left() + 34, rect.top(), rect.width() - 34 - 10, rect.height());
    const QFont small = kit::font(kit::Type::MonoSmall);
    QFont label = kit::font(kit::Type::Label);
    label.setStrikeOut(isRemoved);
    const QString name = words::visible(row.providerLabel);
    const double nameWish = QFontMetricsF(label).horizontalAdvance(name) + 1;
    const bool isOff
        = row.provider >= 0 && m_state.providers()[row.provider].state == ProviderState::Off;
    const bool isLeftOut = heldRank > 0 && row.rank != heldRank;
    if (row.mark == models::DraftMark::Added || isRemoved) {
        const QString why = isRemoved ? Words::tr("removed", "a target, in the draft")
                                      : Words::tr("new", "a target, in the draft");
        const double width = QFontMetricsF(small).horizontalAdvance(why) + 2;
        paintText(painter, QRectF(text.right() - width, text.top(), width, text.height()), why,
                  small, m_tokens.accent, Qt::AlignRight);
        text.setRight(text.right() - width - 8);
    } else if (row.isSkipped || isTripped || isOff || isLeftOut || row.provider < 0) {
        const QString why = row.provider < 0 ? Words::tr("not configured")
            : isTripped                      ? words::provider(ProviderState::Tripped)
            : isOff                          ? words::provider(ProviderState::Off)
            : isLeftOut                      ? Words::tr("not called", "a target of a held chain")
                                             : words::skip(row.reason);
        const double wish = QFontMetricsF(small).horizontalAdvance(why) + 2;
        const double width
            = std::min(wish, std::max(text.width() - nameWish - 8, text.width() * 0.45));
        paintText(painter, QRectF(text.right() - width, text.top(), width, text.height()), why,
                  small, isTripped ? m_tokens.danger.text : m_tokens.muted, Qt::AlignRight);
        text.setRight(text.right() - width - 8);
    }
    const double nameWidth = std::min(nameWish, text.width());
    paintText(painter, QRectF(text.left(), text.top(), nameWidth, text.height()), name, label,
              isLive ? m_tokens.text : m_tokens.secondary, Qt::AlignLeft, Qt::ElideMiddle);
    const QRectF rest(text.left() + nameWidth + 8, text.top(), text.width() - nameWidth - 8,
                      text.height());
    if (rest.width() > 48 && !isTripped)
        paintText(painter, rest, words::visible(row.model), small, m_tokens.muted, Qt::AlignRight,
                  Qt::ElideMiddle);
}

void BoardPainter::paintProvider(QPainter &painter, const PlateBox &box, double lit) const
{
    const auto &provider = m_state.providers()[box.index];
    const PlateParts parts = partsOf(box);
    painter.setOpacity(lit);
    kit::paintLamp(painter, parts.lamp, lampOf(provider.light), m_tokens);
    QRectF head = parts.head;
    const QString drill = m_texts.drills.value(box.index);
    if (!drill.isEmpty()) {
        const QFont strong = kit::font(kit::Type::MonoSmallStrong);
        const double width = QFontMetricsF(strong).horizontalAdvance(drill) + 2;
        const QRectF tag(box.rect.right() - 10 - width, head.top(), width, head.height());
        paintText(painter, tag, drill, strong, m_tokens.drill.text, Qt::AlignRight);
        head.setRight(tag.left() - 8);
    } else if (provider.isSimulated) {
        const QFont small = kit::font(kit::Type::MonoSmall);
        const QString word = Words::tr("simulated");
        const double width = QFontMetricsF(small).horizontalAdvance(word) + 2;
        if (width < head.width() / 2) {
            paintText(painter, QRectF(head.right() - width, head.top(), width, head.height()), word,
                      small, m_tokens.muted, Qt::AlignRight);
            head.setRight(head.right() - width - 8);
        }
    }
    paintText(painter, head, words::visible(provider.label), kit::font(kit::Type::Strong),
              m_tokens.text, Qt::AlignLeft, Qt::ElideMiddle);
    const QColor ink = provider.light == Light::Danger ? m_tokens.danger.text : m_tokens.secondary;
    const QFont mono = kit::font(kit::Type::MonoSmall);
    paintText(painter, parts.line,
              fitting(m_texts.providers.value(box.index), mono, parts.line.width()), mono, ink);
    painter.setOpacity(1);
}

// A second, louder frame with a hatched top edge: told from every other plate without colour.
void BoardPainter::paintDrillFrame(QPainter &painter, const PlateBox &box, double lit) const
{
    const QColor color = on(m_tokens.panel, m_tokens.drill.lamp, lit);
    const QRectF frame = box.rect.adjusted(1, 1, -1, -1);
    QPainterPath path;
    path.addRoundedRect(frame, kit::space::kPlateRadius, kit::space::kPlateRadius);
    painter.save();
    painter.setClipPath(path, Qt::IntersectClip);
    const double bottom = frame.top() + kHatchHeight;
    painter.setPen(QPen(color, 1.2));
    for (double x = frame.left() - kHatchHeight; x < frame.right(); x += kHatchStep)
        painter.drawLine(QPointF(x, bottom), QPointF(x + kHatchHeight, frame.top()));
    painter.restore();
    painter.setPen(QPen(color, 2));
    painter.setBrush(Qt::NoBrush);
    painter.drawPath(path);
}

QString BoardPainter::fitting(const QStringList &forms, const QFont &font, double width)
{
    const QFontMetricsF metrics(font);
    for (const QString &form : forms) {
        if (metrics.horizontalAdvance(form) <= width)
            return form;
    }
    return forms.value(forms.size() - 1);
}

void BoardPainter::paintScrollBars(QPainter &painter, const QSize &size) const
{
    painter.setPen(Qt::NoPen);
    painter.setBrush(m_tokens.controlBorder);
    for (int c = 0; c < kColumns; ++c) {
        const auto at = size_t(c);
        const double content = m_layout.contentHeight[at];
        const QRectF &view = m_layout.columns[at];
        if (m_layout.maxScroll[at] <= 0 || content <= 0)
            continue;
        const auto first = std::find_if(m_layout.plates.begin(), m_layout.plates.end(),
                                        [&](const PlateBox &box) { return int(box.column) == c; });
        if (first == m_layout.plates.end())
            continue;
        const double scroll = view.top() - first->rect.top();
        const double length = std::max(24.0, view.height() * view.height() / content);
        const double y
            = view.top() + (view.height() - length) * scroll / std::max(1, m_layout.maxScroll[at]);
        const double x = c == 0 ? view.left() - 10
            : c == 1            ? view.right() - 5
                                : std::min(view.right() + 8, size.width() - 6.0);
        painter.drawRoundedRect(QRectF(x, y, 3, length), 1.5, 1.5);
    }
    painter.setBrush(Qt::NoBrush);
}

void BoardPainter::paintPills(QPainter &painter, const QList<Pill> &pills) const
{
    const QFont font = kit::font(kit::Type::MonoSmallStrong);
    painter.setFont(font);
    for (const Pill &pill : pills) {
        QColor fill = m_tokens.train;
        QColor ink = m_tokens.onTrain;
        if (pill.isDrill) {
            fill = m_tokens.drill.lamp;
            ink = m_tokens.isDark ? m_tokens.window : m_tokens.panel;
        } else if (pill.isDanger) {
            fill = m_tokens.danger.lamp;
            ink = m_tokens.isDark ? m_tokens.window : m_tokens.panel;
        } else if (pill.isCaution) {
            fill = m_tokens.caution.lamp;
            ink = m_tokens.onCaution;
        }
        const double bright = pill.path ? lit(*pill.path) : 1;
        painter.setOpacity(pill.opacity * bright);
        const double height = TrainYard::kPillHeight;
        const QRectF rect(std::round(pill.center.x() - pill.width / 2),
                          std::round(pill.center.y() - height / 2), std::ceil(pill.width), height);
        painter.setPen(QPen(m_tokens.panel, 1));
        painter.setBrush(fill);
        const double radius = pill.isDanger ? 2 : height / 2;
        painter.drawRoundedRect(rect.adjusted(-0.5, -0.5, 0.5, 0.5), radius, radius);
        painter.setPen(ink);
        painter.drawText(rect, Qt::AlignCenter | Qt::TextSingleLine, pill.text);
    }
    painter.setOpacity(1);
    painter.setBrush(Qt::NoBrush);
}

void BoardPainter::paintRowFocus(QPainter &painter, const QRectF &row) const
{
    painter.setPen(QPen(m_tokens.accent, 2));
    painter.setBrush(Qt::NoBrush);
    painter.drawRoundedRect(row.adjusted(4, 0.5, -4, -0.5), kit::space::kControlRadius,
                            kit::space::kControlRadius);
}

void BoardPainter::paintEntrance(QPainter &painter, const PlateBox &box) const
{
    painter.setPen(QPen(m_tokens.accent, 2, Qt::DashLine));
    painter.setBrush(Qt::NoBrush);
    painter.drawRoundedRect(box.rect.adjusted(1, 1, -1, -1), kit::space::kPlateRadius,
                            kit::space::kPlateRadius);
}

void BoardPainter::paintFocus(QPainter &painter, const PlateBox &box) const
{
    painter.setPen(QPen(m_tokens.accent, 2));
    painter.setBrush(Qt::NoBrush);
    painter.drawRoundedRect(box.rect.adjusted(-3, -3, 3, 3), kit::space::kPlateRadius + 2,
                            kit::space::kPlateRadius + 2);
}

} // namespace sb::pages
