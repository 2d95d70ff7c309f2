#include "pages/board/track_lanes.h"
#include "pages/board/track_layout.h"
#include "pages/board_frames.h"

#include <QLineF>
#include <QSet>
#include <QTest>

#include <cmath>

using namespace sb;
using models::BoardState;
using models::RouteState;
using pages::Column;
using pages::PlateBox;
using pages::TrackLayout;
using pages::TrackPath;
namespace g = pages::geometry;

namespace {

BoardState stateOf(const Frame &frame)
{
    BoardState state;
    state.take(frame);
    return state;
}

struct Sized {
    QSizeF size;
    pages::LayoutOptions options;
};

Sized wide(const BoardState &state)
{
    return {QSizeF(1072, pages::preferredHeight(state)), {}};
}

Sized narrow(const BoardState &state)
{
    pages::LayoutOptions options;
    options.isNarrow = true;
    return {QSizeF(880, pages::preferredHeight(state, options)), options};
}

} // namespace

class TestTrackLayout : public QObject {
    Q_OBJECT

private slots:
    void measures();
    void properties_data();
    void properties();
    void laneProperties();
    void trafficMovesNothing();
    void providersByBarycentre();
    void idlePlatesFold();
    void scrolledOutEndsInAnArrow();
    void pathPositions();
};

// The numbers of the specification, at the size of the reference pictures.
void TestTrackLayout::measures()
{
    const BoardState state = stateOf(test::trippedFrame());
    const TrackLayout layout = pages::layOut(state, QSizeF(1072, 332));
    QCOMPARE(layout.plate(Column::Clients, 0)->rect, QRectF(24, 40, 168, 52));
    QCOMPARE(layout.plate(Column::Clients, 1)->rect.top(), 40.0 + 72);
    QCOMPARE(layout.plate(Column::Chains, 0)->rect, QRectF(323, 40, 228, 32 + 3 * 20));
    QCOMPARE(layout.plate(Column::Chains, 1)->rect.height(), 32.0 + 2 * 20);
    QCOMPARE(layout.plate(Column::Providers, 0)->rect.size(), QSizeF(264, 52));
    QCOMPARE(layout.columns[2].right(), 1072.0 - 24);
    const Sized small = narrow(state);
    const TrackLayout slim = pages::layOut(state, small.size, small.options);
    QCOMPARE(slim.columns[0].width(), 120.0);
    QCOMPARE(slim.columns[1].width(), 180.0);
    QCOMPARE(slim.columns[2].width(), 190.0);
}

void TestTrackLayout::properties_data()
{
    QTest::addColumn<Frame>("frame");
    QTest::addColumn<bool>("isNarrow");
    for (const bool isNarrow : {false, true}) {
        const char *size = isNarrow ? "narrow" : "wide";
        QTest::addRow("empty, %s", size) << test::emptyFrame() << isNarrow;
        QTest::addRow("idle, %s", size) << test::idleFrame() << isNarrow;
        QTest::addRow("busy, %s", size) << test::busyFrame() << isNarrow;
        QTest::addRow("tripped, %s", size) << test::trippedFrame() << isNarrow;
        QTest::addRow("crowded, %s", size) << test::crowdedFrame() << isNarrow;
    }
}

void TestTrackLayout::properties()
{
    QFETCH(Frame, frame);
    QFETCH(bool, isNarrow);
    const BoardState state = stateOf(frame);
    const Sized sized = isNarrow ? narrow(state) : wide(state);
    const TrackLayout layout = pages::layOut(state, sized.size, sized.options);

    // Plates do not overlap and stay inside.
    for (qsizetype i = 0; i < layout.plates.size(); ++i) {
        QVERIFY(QRectF(QPointF(), sized.size).contains(layout.plates[i].rect));
        for (qsizetype j = i + 1; j < layout.plates.size(); ++j)
            QVERIFY(!layout.plates[i].rect.intersects(layout.plates[j].rect));
    }

    const auto checkPath = [&](const TrackPath &path, double endLevel) {
        const auto &p = path.points;
        QVERIFY(p[0].y() == p[1].y() && p[2].y() == p[3].y());
        QVERIFY(p[0].x() <= p[1].x() && p[1].x() <= p[2].x() && p[2].x() <= p[3].x());
        QVERIFY2(p[1].x() - p[0].x() >= g::kLevelEnd - 0.01, "level start too short");
        QVERIFY2(p[3].x() - p[2].x() >= endLevel - 0.01, "level end too short");
        const double run = p[2].x() - p[1].x();
        const double rise = std::abs(p[2].y() - p[1].y());
        QVERIFY2(rise >= run - 0.01, "flatter than 45 degrees");
        const double room = p[3].x() - p[0].x() - g::kLevelEnd - endLevel;
        if (rise <= room)
            QVERIFY2(std::abs(rise - run) < 0.51, "steeper than 45 degrees without need");
    };
    for (const TrackPath &path : layout.clientTracks) {
        checkPath(path, g::kLevelEnd);
        const PlateBox *from = layout.plate(Column::Clients, path.client);
        const PlateBox *to = layout.plate(Column::Chains, path.chain);
        if (!path.isFromHidden) {
            QCOMPARE(path.points[0].x(), from->rect.right());
            QVERIFY(path.points[0].y() > from->rect.top()
                    && path.points[0].y() < from->rect.bottom());
        }
        if (!path.isToHidden) {
            QCOMPARE(path.points[3].x(), to->rect.left());
            QVERIFY(path.points[3].y() > to->rect.top() && path.points[3].y() < to->rect.bottom());
        }
    }
    for (const TrackPath &path : layout.targetTracks) {
        checkPath(path, g::kLevelEnd + g::kStop);
        // A track leaves from its own row, so the order is readable.
        if (!path.isFromHidden) {
            const QRectF row = layout.plate(Column::Chains, path.chain)->rows[path.row];
            QCOMPARE(path.points[0].y(), row.center().y());
        }
        if (!path.isToHidden) {
            const PlateBox *to = layout.plate(Column::Providers, path.provider);
            QVERIFY(path.points[3].y() > to->rect.top() && path.points[3].y() < to->rect.bottom());
        }
    }
    // Lanes into one plate are distinct.
    QSet<QPair<int, int>> ends;
    qsizetype visible = 0;
    for (const TrackPath &path : layout.targetTracks) {
        if (path.isToHidden)
            continue;
        ++visible;
        ends.insert({path.provider, int(path.points[3].y() * 10)});
    }
    QCOMPARE(ends.size(), visible);
}

// Parallel slopes and level runs stay a lane apart in an ordinary board.
void TestTrackLayout::laneProperties()
{
    const BoardState state = stateOf(test::idleFrame());
    for (const Sized &sized : {wide(state), narrow(state)}) {
        const TrackLayout layout = pages::layOut(state, sized.size, sized.options);
        for (const QList<TrackPath> *paths : {&layout.clientTracks, &layout.targetTracks}) {
            for (qsizetype i = 0; i < paths->size(); ++i) {
                for (qsizetype j = i + 1; j < paths->size(); ++j) {
                    const QLineF a((*paths)[i].points[1], (*paths)[i].points[2]);
                    const QLineF b((*paths)[j].points[1], (*paths)[j].points[2]);
                    if (a.length() < 2 || b.length() < 2 || a.dy() * b.dy() < 0
                        || std::abs(a.angle() - b.angle()) > 1)
                        continue;
                    // Distance of the middle of b from a, where they run side by side.
                    const QPointF u = (a.p2() - a.p1()) / a.length();
                    const QPointF d = b.center() - a.p1();
                    const double along = QPointF::dotProduct(d, u);
                    if (along < 0 || along > a.length())
                        continue;
                    const double apart = std::abs(d.x() * u.y() - d.y() * u.x());
                    QVERIFY2(apart >= g::kLane - 1,
                             qPrintable(QStringLiteral("%1 px between lanes").arg(apart)));
                }
            }
        }
    }
    // Nested and equal tracks would lie on one another if all bent in the middle.
    QList<pages::Lane> lanes(6);
    for (int i = 0; i < lanes.size(); ++i) {
        lanes[i].x1 = 240;
        lanes[i].y0 = i * 20;
        lanes[i].y1 = 200 - i * 20;
    }
    pages::assignLanes(lanes);
    for (const pages::Lane &lane : std::as_const(lanes))
        QVERIFY(lane.bendFrom >= lane.startLevel && lane.bendTo <= lane.x1 - lane.endLevel + 0.01);
}

void TestTrackLayout::trafficMovesNothing()
{
    const BoardState idle = stateOf(test::idleFrame());
    Frame busy = test::busyFrame();
    busy.clients[2].chains.clear(); // as in the idle frame, so that both have the same routes
    const BoardState live = stateOf(busy);
    const TrackLayout a = pages::layOut(idle, QSizeF(1072, 332));
    const TrackLayout b = pages::layOut(live, QSizeF(1072, 332));
    QCOMPARE(a.plates.size(), b.plates.size());
    for (qsizetype i = 0; i < a.plates.size(); ++i)
        QCOMPARE(a.plates[i].rect, b.plates[i].rect);
    QCOMPARE(a.targetTracks.size(), b.targetTracks.size());
    for (qsizetype i = 0; i < a.targetTracks.size(); ++i)
        QVERIFY(a.targetTracks[i].points == b.targetTracks[i].points);
    // Nor does a trip.
    Frame tripped = test::trippedFrame();
    tripped.chains[1].targets[1].isSkipped = false;
    const TrackLayout c = pages::layOut(stateOf(tripped), QSizeF(1072, 332));
    for (qsizetype i = 0; i < a.targetTracks.size(); ++i)
        QVERIFY(a.targetTracks[i].points == c.targetTracks[i].points);
}

void TestTrackLayout::providersByBarycentre()
{
    Frame frame = test::idleFrame();
    ProviderView unused;
    unused.id = ProviderId(QStringLiteral("unused"));
    frame.providers.prepend(unused);
    const QList<int> order = pages::providerOrder(stateOf(frame));
    QCOMPARE(order.size(), 5);
    QCOMPARE(order.constLast(), 0); // no chain leads there
    QVERIFY(order.indexOf(1) < order.indexOf(4)); // Anthropic above Ollama

    // As drawn before, while they are the same; a new one lets all be placed anew.
    QStringList before;
    for (const ProviderView &view : std::as_const(frame.providers))
        before.prepend(view.id.text());
    const QList<int> kept = pages::providerOrder(stateOf(frame), before);
    QCOMPARE(kept, (QList<int>{4, 3, 2, 1, 0}));
    before.removeLast();
    QCOMPARE(pages::providerOrder(stateOf(frame), before), order);
}

void TestTrackLayout::idlePlatesFold()
{
    const BoardState state = stateOf(test::crowdedFrame());
    const TrackLayout layout = pages::layOut(state, wide(state).size);
    QList<const PlateBox *> clients;
    for (const PlateBox &box : layout.plates) {
        if (box.column == Column::Clients)
            clients.append(&box);
    }
    QCOMPARE(clients.size(), g::kMaxPlates);
    QCOMPARE(clients.constLast()->folded, 7);
    QCOMPARE(clients.constLast()->index, -1);
    for (int i = 0; i < state.clients().size(); ++i) {
        if (state.clients()[i].perMinute > 0)
            QVERIFY2(layout.plate(Column::Clients, i), "a live client is folded away");
    }
    pages::LayoutOptions unfolded;
    unfolded.isUnfolded = {true, true, true};
    const TrackLayout all = pages::layOut(state, QSizeF(1072, 2'000), unfolded);
    for (int i = 0; i < state.clients().size(); ++i)
        QVERIFY(all.plate(Column::Clients, i));
}

void TestTrackLayout::scrolledOutEndsInAnArrow()
{
    const BoardState state = stateOf(test::crowdedFrame());
    pages::LayoutOptions options;
    options.scroll[2] = 10'000;
    const TrackLayout layout = pages::layOut(state, QSizeF(1072, 240), options);
    QVERIFY(layout.maxScroll[2] > 0);
    const PlateBox *last = nullptr;
    for (const PlateBox &box : layout.plates) {
        if (box.column == Column::Providers)
            last = &box;
    }
    QVERIFY(last->rect.bottom() <= 240 - g::kBottom + 1); // clamped: the last plate is in view
    QVERIFY(!layout.arrows.isEmpty());
    int counted = 0;
    for (const pages::HiddenArrow &arrow : layout.arrows)
        counted += arrow.column == Column::Providers ? arrow.count : 0;
    int hidden = 0;
    for (const TrackPath &path : layout.targetTracks)
        hidden += path.isToHidden;
    QVERIFY(hidden > 0);
    QCOMPARE(counted, hidden);
}

void TestTrackLayout::pathPositions()
{
    TrackPath path;
    path.points = {QPointF(0, 0), QPointF(10, 0), QPointF(13, 4), QPointF(20, 4)};
    QCOMPARE(path.length(), 10.0 + 5 + 7);
    QCOMPARE(path.at(0), QPointF(0, 0));
    QCOMPARE(path.at(15), QPointF(13, 4));
    QCOMPARE(path.at(1'000), QPointF(20, 4));
    QCOMPARE(path.at(-5), QPointF(0, 0));
}

QTEST_GUILESS_MAIN(TestTrackLayout)
#include "tst_track_layout.moc"
