#include "pages/board/track_layout.h"

#include "pages/board/track_lanes.h"

#include <algorithm>
#include <cmath>

namespace sb::pages {

using namespace geometry;
using models::BoardState;
using models::ChainPlate;
using models::ClientRoute;
using models::Light;
using models::RouteState;
using models::TargetRoute;

namespace {

struct Item {
    int index = 0; // -1: fold plate
    int folded = 0;
    double height = 0;
    double gap = 0; // below it
    QString id;
};

double widthOf(Column column, const LayoutOptions &options)
{
    static constexpr std::array wide{168, 228, 264};
    static constexpr std::array narrow{120, 180, 190};
    const auto at = size_t(column);
    const double base = options.isNarrow ? narrow[at] : wide[at];
    return options.isNarrow ? base : base * std::min(options.scale, 1.25);
}

bool isIdle(const BoardState &state, Column column, int index)
{
    switch (column) {
    case Column::Clients:
        return state.clients()[index].light == Light::NoTraffic;
    case Column::Chains:
        return state.chains()[index].light == Light::NoTraffic
            && state.chains()[index].perMinute == 0 && state.chains()[index].heldRank == 0;
    case Column::Providers:
        return (state.providers()[index].light == Light::NoTraffic
                || state.providers()[index].light == Light::Off)
            && state.providers()[index].drills == 0;
    }
    return false;
}

QString idOf(const BoardState &state, Column column, int index)
{
    switch (column) {
    case Column::Clients:
        return state.clients()[index].id.text();
    case Column::Chains:
        return state.chains()[index].id.text();
    case Column::Providers:
        return state.providers()[index].id.text();
    }
    return {};
}

// The column's plates in order, idle ones folded into one where there are more than eight.
QList<Item> itemsOf(const BoardState &state, Column column, const LayoutOptions &options)
{
    QList<int> order;
    if (column == Column::Providers) {
        order = providerOrder(state, options.providers);
    } else {
        const qsizetype count
            = column == Column::Clients ? state.clients().size() : state.chains().size();
        for (int i = 0; i < count; ++i)
            order.append(i);
    }
    QList<int> shown = order;
    int folded = 0;
    if (order.size() > kMaxPlates && !options.isUnfolded[size_t(column)]) {
        auto room = qsizetype(kMaxPlates - 1); // one place is the fold plate's
        room -= std::count_if(order.begin(), order.end(),
                              [&](int i) { return !isIdle(state, column, i); });
        shown.clear();
        for (const int i : std::as_const(order)) {
            if (!isIdle(state, column, i))
                shown.append(i);
            else if (room > 0 && room--)
                shown.append(i);
            else
                ++folded;
        }
        if (folded == 1) { // a fold plate would take the place of the plate itself
            shown = order;
            folded = 0;
        }
    }
    QList<Item> items;
    for (const int i : std::as_const(shown)) {
        Item item{.index = i, .id = idOf(state, column, i)};
        if (column == Column::Chains) {
            const auto rows = double(std::max<qsizetype>(1, state.chains()[i].targets.size()));
            const double held = state.chains()[i].heldRank > 0 ? kTargetRow : 0; // a line says so
            item.height = (kChainHead + kTargetRow * rows + held) * options.scale;
            item.gap = kChainGap;
        } else {
            item.height = kPlateHeight * options.scale;
            item.gap = kPitch - kPlateHeight;
        }
        items.append(item);
    }
    if (folded > 0) {
        items.append(Item{.index = -1,
                          .folded = folded,
                          .height = kFoldHeight * options.scale,
                          .gap = kChainGap});
    }
    return items;
}

double heightOf(const QList<Item> &items)
{
    double height = 0;
    for (qsizetype i = 0; i < items.size(); ++i)
        height += items[i].height + (i + 1 < items.size() ? items[i].gap : 0);
    return height;
}

// Where a track meets a plate: lanes 9 px apart round the middle of `from…to`, closer where the
// plate is too small for them.
double laneY(double from, double to, int lane, int lanes)
{
    const double pitch = lanes > 1 ? std::min<double>(kLane, (to - from) / (lanes - 1)) : 0;
    return (from + to) / 2 + (lane - (lanes - 1) / 2.0) * pitch;
}

// One end of a track: a plate, or the arrow where the plate is out of sight.
struct End {
    const PlateBox *box = nullptr;
    bool isHidden = false;
    bool isBelow = true;
};

class Builder {
public:
    Builder(const BoardState &state, const QSizeF &size, const LayoutOptions &options)
        : m_state(state)
        , m_size(size)
        , m_options(options)
    {
    }

    TrackLayout build()
    {
        placeColumns();
        placePlates();
        layClientTracks();
        layTargetTracks();
        return std::move(m_out);
    }

private:
    void placeColumns()
    {
        std::array<double, kColumns> width{};
        double sum = 0;
        for (int c = 0; c < kColumns; ++c)
            sum += width[size_t(c)] = widthOf(Column(c), m_options);
        const double side = m_options.isNarrow ? kSide / 1.5 : kSide;
        const double gaps = std::max(2 * 60.0, m_size.width() - 2 * side - sum);
        const double height = std::max(0.0, m_size.height() - kTop - kBottom);
        double x = side;
        for (int c = 0; c < kColumns; ++c) {
            m_out.columns[size_t(c)] = QRectF(std::round(x), kTop, width[size_t(c)], height);
            x += width[size_t(c)] + gaps * (c == 0 ? 0.36 : 0.64);
        }
    }

    void placePlates()
    {
        for (int c = 0; c < kColumns; ++c) {
            const auto at = size_t(c);
            const QRectF &column = m_out.columns[at];
            const QList<Item> items = itemsOf(m_state, Column(c), m_options);
            const double content = heightOf(items);
            m_out.contentHeight[at] = int(std::ceil(content));
            m_out.maxScroll[at] = std::max(0, int(std::ceil(content - column.height())));
            double y = column.top() - std::clamp(m_options.scroll[at], 0, m_out.maxScroll[at]);
            for (const Item &item : items) {
                PlateBox box{.column = Column(c), .index = item.index, .folded = item.folded};
                box.id = item.id;
                box.rect
                    = QRectF(column.left(), std::round(y), column.width(), std::round(item.height));
                if (box.column == Column::Chains && item.index >= 0) {
                    const double head = kChainHead * m_options.scale;
                    const double row = kTargetRow * m_options.scale;
                    const qsizetype rows = m_state.chains()[item.index].targets.size();
                    for (qsizetype i = 0; i < rows; ++i) {
                        box.rows.append(QRectF(column.left(),
                                               box.rect.top() + head - 1 + double(i) * row,
                                               column.width(), row));
                    }
                }
                m_out.plates.append(box);
                y += item.height + item.gap;
            }
        }
    }

    bool isOutside(const QRectF &rect) const
    {
        return rect.center().y() < kTop - 1 || rect.center().y() > m_size.height() - kBottom + 1;
    }

    End endAt(Column column, int index) const
    {
        for (const PlateBox &box : m_out.plates) {
            if (box.column == column && box.index == index) {
                return End{&box, isOutside(box.rect), box.rect.center().y() > kTop + 1};
            }
        }
        for (const PlateBox &box : m_out.plates) { // folded: its tracks end at the fold plate
            if (box.column == column && box.folded > 0)
                return End{&box, true, true};
        }
        return End{};
    }

    // The arrow all tracks to hidden plates on that side of a column share.
    QPointF arrow(Column column, bool isBelow, bool isLeftEdge)
    {
        const QRectF &rect = m_out.columns[size_t(column)];
        const QPointF tip(isLeftEdge ? rect.left() - 6 : rect.right() + 6,
                          isBelow ? m_size.height() - kBottom - 2 : kTop + 2.0);
        for (HiddenArrow &known : m_out.arrows) {
            if (known.tip == tip) {
                ++known.count;
                return tip;
            }
        }
        m_out.arrows.append(HiddenArrow{column, isBelow, tip, 1});
        return tip;
    }

    void layClientTracks()
    {
        const double x0 = m_out.columns[0].right();
        const double x1 = m_out.columns[1].left();
        QList<ClientRoute> routes;
        for (const ClientRoute &route : m_state.clientRoutes()) {
            if (route.state != RouteState::None)
                routes.append(route);
        }
        QList<Lane> lanes;
        for (const ClientRoute &route : std::as_const(routes)) {
            const End from = endAt(Column::Clients, route.client);
            const End to = endAt(Column::Chains, route.chain);
            if (!from.box || !to.box)
                continue;
            TrackPath path{.client = route.client,
                           .chain = route.chain,
                           .state = route.state,
                           .perMinute = route.perMinute};
            path.isFromHidden = from.isHidden;
            path.isToHidden = to.isHidden;
            Lane lane{.x0 = x0, .x1 = x1};
            if (from.isHidden && to.isHidden)
                continue;
            if (from.isHidden) {
                const QPointF tip = arrow(Column::Clients, from.isBelow, false);
                lane.x0 = tip.x();
                lane.y0 = tip.y();
            } else {
                int at = 0, count = 0;
                for (const ClientRoute &other : std::as_const(routes)) {
                    if (other.client == route.client) {
                        at += other.chain < route.chain;
                        ++count;
                    }
                }
                lane.y0 = laneY(from.box->rect.top() + 8, from.box->rect.bottom() - 8, at, count);
            }
            if (to.isHidden) {
                const QPointF tip = arrow(Column::Chains, to.isBelow, true);
                lane.x1 = tip.x();
                lane.y1 = tip.y();
            } else {
                // Visible order of the clients, so that lanes into one chain do not cross.
                int at = 0, count = 0;
                for (const ClientRoute &other : std::as_const(routes)) {
                    if (other.chain == route.chain) {
                        at += other.client < route.client;
                        ++count;
                    }
                }
                const QRectF &rect = to.box->rect;
                const double middle = rect.top() + kChainHead * m_options.scale / 2;
                const double reach = std::min((count - 1) * kLane / 2.0, middle - rect.top() - 7);
                const double last = middle - reach + (count - 1) * kLane;
                lane.y1 = laneY(middle - reach, std::min(last, rect.bottom() - 7), at, count);
            }
            lanes.append(lane);
            m_out.clientTracks.append(path);
        }
        finish(lanes, m_out.clientTracks);
    }

    void layTargetTracks()
    {
        const double x0 = m_out.columns[1].right();
        const double x1 = m_out.columns[2].left();
        QList<TargetRoute> routes;
        for (const TargetRoute &route : m_state.targetRoutes()) {
            if (route.state != RouteState::None)
                routes.append(route);
        }
        QList<Lane> lanes;
        for (const TargetRoute &route : std::as_const(routes)) {
            const End from = endAt(Column::Chains, route.chain);
            const End to = endAt(Column::Providers, route.provider);
            if (!from.box || !to.box || (from.isHidden && to.isHidden))
                continue;
            TrackPath path{.chain = route.chain,
                           .row = route.row,
                           .provider = route.provider,
                           .state = route.state,
                           .perMinute = route.perMinute};
            path.isFromHidden = from.isHidden;
            path.isToHidden = to.isHidden;
            Lane lane{.x0 = x0, .x1 = x1};
            lane.endLevel = kStop + kLevelEnd; // the same for all, so that a trip moves nothing
            if (from.isHidden) {
                const QPointF tip = arrow(Column::Chains, from.isBelow, false);
                lane.x0 = tip.x();
                lane.y0 = tip.y();
            } else {
                lane.y0 = from.box->rows[route.row].center().y();
            }
            if (to.isHidden) {
                const QPointF tip = arrow(Column::Providers, to.isBelow, true);
                lane.x1 = tip.x();
                lane.y1 = tip.y();
            } else {
                // Routes come chain by chain, row by row: their order is the order on screen.
                int at = 0, count = 0;
                for (const TargetRoute &other : std::as_const(routes)) {
                    if (other.provider == route.provider) {
                        at += std::pair(other.chain, other.row) < std::pair(route.chain, route.row);
                        ++count;
                    }
                }
                lane.y1 = laneY(to.box->rect.top() + 8, to.box->rect.bottom() - 8, at, count);
            }
            lanes.append(lane);
            m_out.targetTracks.append(path);
        }
        finish(lanes, m_out.targetTracks);
    }

    static void finish(QList<Lane> &lanes, QList<TrackPath> &paths)
    {
        assignLanes(lanes);
        for (qsizetype i = 0; i < lanes.size(); ++i) {
            const Lane &lane = lanes[i];
            paths[i].points = {QPointF(lane.x0, lane.y0), QPointF(lane.bendFrom, lane.y0),
                               QPointF(lane.bendTo, lane.y1), QPointF(lane.x1, lane.y1)};
        }
    }

    const BoardState &m_state;
    QSizeF m_size;
    LayoutOptions m_options;
    TrackLayout m_out;
};

double distance(const QPointF &a, const QPointF &b)
{
    return std::hypot(b.x() - a.x(), b.y() - a.y());
}

} // namespace

QString PlateBox::key() const
{
    return QString::number(int(column)) + u':' + (folded > 0 ? QStringLiteral("+") : id);
}

double TrackPath::length() const
{
    return distance(points[0], points[1]) + distance(points[1], points[2])
        + distance(points[2], points[3]);
}

QPointF TrackPath::at(double along) const
{
    for (size_t i = 0; i + 1 < points.size(); ++i) {
        const double step = distance(points[i], points[i + 1]);
        if (along <= step && step > 0)
            return points[i] + (points[i + 1] - points[i]) * (std::max(0.0, along) / step);
        along -= step;
    }
    return points.back();
}

const PlateBox *TrackLayout::plate(Column column, int index) const
{
    const auto at = std::find_if(plates.begin(), plates.end(), [&](const PlateBox &box) {
        return box.column == column && box.index == index;
    });
    return at == plates.end() ? nullptr : &*at;
}

const TrackPath *TrackLayout::clientTrack(int client, int chain) const
{
    const auto at = std::find_if(clientTracks.begin(), clientTracks.end(), [&](const auto &path) {
        return path.client == client && path.chain == chain;
    });
    return at == clientTracks.end() ? nullptr : &*at;
}

const TrackPath *TrackLayout::targetTrack(int chain, int row) const
{
    const auto at = std::find_if(targetTracks.begin(), targetTracks.end(), [&](const auto &path) {
        return path.chain == chain && path.row == row;
    });
    return at == targetTracks.end() ? nullptr : &*at;
}

TrackLayout layOut(const BoardState &state, const QSizeF &size, const LayoutOptions &options)
{
    return Builder(state, size, options).build();
}

int preferredHeight(const BoardState &state, const LayoutOptions &options)
{
    double height = kPlateHeight;
    for (int c = 0; c < kColumns; ++c)
        height = std::max(height, heightOf(itemsOf(state, Column(c), options)));
    return kTop + kBottom + int(std::ceil(height));
}

QList<int> providerOrder(const BoardState &state, const QStringList &before)
{
    const qsizetype count = state.providers().size();
    QHash<QString, int> known;
    for (int i = 0; i < count; ++i)
        known.insert(state.providers()[i].id.text(), i);
    QList<int> kept;
    for (const QString &id : before) {
        if (const auto at = known.constFind(id); at != known.cend())
            kept.append(*at);
    }
    if (kept.size() == count && before.size() == count)
        return kept;
    QList<double> sum(count, 0), weight(count, 0);
    double place = 0;
    for (const ChainPlate &chain : state.chains()) {
        place += 1; // the head of the plate
        for (const auto &target : chain.targets) {
            place += 1;
            if (target.provider < 0 || chain.isDirect)
                continue;
            sum[target.provider] += place;
            weight[target.provider] += 1;
        }
    }
    QList<int> order(count);
    for (int i = 0; i < count; ++i)
        order[i] = i;
    const auto mean = [&](int i) {
        return weight[i] > 0 ? sum[i] / weight[i] : std::numeric_limits<double>::infinity();
    };
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return mean(a) < mean(b); });
    return order;
}

} // namespace sb::pages
