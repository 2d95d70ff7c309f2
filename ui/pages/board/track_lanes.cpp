#include "pages/board/track_lanes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <QLineF>

namespace sb::pages {

namespace {

constexpr double kApart = 9; // between lanes
constexpr double kStep = 3; // of the search for a free bend
constexpr double kFlat = 0.5; // less height than this is no slope

using Legs = std::array<QLineF, 3>;

Legs legsOf(const Lane &lane)
{
    return {QLineF(lane.x0, lane.y0, lane.bendFrom, lane.y0),
            QLineF(lane.bendFrom, lane.y0, lane.bendTo, lane.y1),
            QLineF(lane.bendTo, lane.y1, lane.x1, lane.y1)};
}

// How much two parallel legs come closer than a lane, times the length they run side by side.
double crowding(const QLineF &a, const QLineF &b)
{
    const double length = a.length();
    if (length < 1 || b.length() < 1)
        return 0;
    const double ux = a.dx() / length;
    const double uy = a.dy() / length;
    const double cross = (ux * b.dy() - uy * b.dx()) / b.length();
    if (std::abs(cross) > 0.1)
        return 0; // not parallel: they may cross, which is fine
    const auto along
        = [&](const QPointF &p) { return (p.x() - a.x1()) * ux + (p.y() - a.y1()) * uy; };
    const double from = std::max(0.0, std::min(along(b.p1()), along(b.p2())));
    const double to = std::min(length, std::max(along(b.p1()), along(b.p2())));
    if (to - from < 1)
        return 0;
    const QPointF middle = b.center();
    const double apart = std::abs((middle.x() - a.x1()) * uy - (middle.y() - a.y1()) * ux);
    return apart >= kApart - 0.5 ? 0 : (kApart - apart) * (to - from);
}

int crossings(const Legs &a, const Legs &b)
{
    int count = 0;
    for (const QLineF &one : a) {
        for (const QLineF &two : b)
            count += one.intersects(two, nullptr) == QLineF::BoundedIntersection;
    }
    return count;
}

double cost(const Lane &lane, const QList<Legs> &placed)
{
    const Legs legs = legsOf(lane);
    double sum = 0;
    for (const Legs &other : placed) {
        for (const QLineF &mine : legs) {
            for (const QLineF &theirs : other)
                sum += crowding(mine, theirs) * 4;
        }
        sum += 400.0 * crossings(legs, other);
    }
    return sum;
}

} // namespace

void assignLanes(QList<Lane> &lanes)
{
    QList<qsizetype> order(lanes.size());
    for (qsizetype i = 0; i < order.size(); ++i)
        order[i] = i;
    // The steepest have the least room to move, so they choose first.
    std::stable_sort(order.begin(), order.end(), [&](qsizetype a, qsizetype b) {
        return std::abs(lanes[a].y1 - lanes[a].y0) > std::abs(lanes[b].y1 - lanes[b].y0);
    });
    QList<Legs> placed;
    placed.reserve(lanes.size());
    for (const qsizetype i : std::as_const(order)) {
        Lane &lane = lanes[i];
        const double left = lane.x0 + lane.startLevel;
        const double right = std::max(left + 1, lane.x1 - lane.endLevel);
        const double rise = std::abs(lane.y1 - lane.y0);
        const double run = rise < kFlat ? 0 : std::min(rise, right - left);
        const double middle = (left + right) / 2 - run / 2;
        double best = std::numeric_limits<double>::infinity();
        double bestAt = middle;
        const double reach = (right - left - run) / 2;
        for (double aside = 0; aside <= reach + 0.01; aside += kStep) {
            for (const double sign : {1.0, -1.0}) {
                lane.bendFrom = middle + sign * aside;
                lane.bendTo = lane.bendFrom + run;
                const double found = cost(lane, placed) + aside * 0.5;
                if (found < best - 1e-6) {
                    best = found;
                    bestAt = lane.bendFrom;
                }
                if (aside == 0)
                    break;
            }
            if (best <= aside * 0.5)
                break; // nothing farther out can be better
        }
        lane.bendFrom = bestAt;
        lane.bendTo = bestAt + run;
        placed.append(legsOf(lane));
    }
}

} // namespace sb::pages
