#include "models/board_state.h"
#include "pages/board_frames.h"

#include <QTest>

using namespace sb;
using models::BoardState;
using models::Light;
using models::RouteState;
using models::TrainPlace;
using test::Tale;

namespace {

const models::TargetRoute *route(const BoardState &state, int chain, int row)
{
    for (const auto &route : state.targetRoutes()) {
        if (route.chain == chain && route.row == row)
            return &route;
    }
    return nullptr;
}

Frame with(std::initializer_list<std::shared_ptr<const Exchange>> changed,
           Frame frame = test::busyFrame())
{
    frame.changed = changed;
    return frame;
}

} // namespace

class TestBoardState : public QObject {
    Q_OBJECT

private slots:
    void routeStates();
    void offAndSkippedHaveNoTrack();
    void aModelGateTripsItsRouteOnly();
    void firstUsableTargetIsNotCaution();
    void trains_data();
    void trains();
    void settledTrainsGo();
    void failedAttemptsLeaveAMark();
    void requestsWithoutAChainGetAPlate();
    void quietRoutesStay();
    void lostEndsAreForgotten();
    void problemsWorstFirst();
    void sameFrameSamePicture();
    void survivesNonsense();
};

void TestBoardState::routeStates()
{
    BoardState state;
    state.take(test::trippedFrame());
    QCOMPARE(route(state, 0, 0)->state, RouteState::Live);
    QCOMPARE(route(state, 0, 1)->state, RouteState::Idle);
    QCOMPARE(route(state, 0, 2)->state, RouteState::Tripped);
    QCOMPARE(route(state, 2, 1)->state, RouteState::Caution);
    QCOMPARE(route(state, 2, 1)->perMinute, 38);
    QCOMPARE(state.providers()[2].light, Light::Danger);
    QCOMPARE(state.providers()[3].light, Light::Probing);
    QCOMPARE(state.chains()[2].light, Light::Caution);
    QVERIFY(state.isCounting());
}

void TestBoardState::offAndSkippedHaveNoTrack()
{
    Frame frame = test::busyFrame();
    frame.providers[2].state = ProviderState::Off;
    frame.chains[0].targets[1].isSkipped = true;
    BoardState state;
    state.take(frame);
    QCOMPARE(route(state, 0, 2)->state, RouteState::None);
    QCOMPARE(route(state, 0, 1)->state, RouteState::None);
}

void TestBoardState::aModelGateTripsItsRouteOnly()
{
    Frame frame = test::busyFrame();
    GateView gate;
    gate.scope = GateScope::Model;
    gate.provider = frame.providers[1].id;
    gate.model = QStringLiteral("gpt-5.2");
    gate.state = GateState::Tripped;
    frame.gates = {gate};
    BoardState state;
    state.take(frame);
    QCOMPARE(route(state, 0, 1)->state, RouteState::Tripped);
    QCOMPARE(route(state, 1, 0)->state, RouteState::Idle); // gpt-5.2-mini
}

void TestBoardState::firstUsableTargetIsNotCaution()
{
    Frame frame = test::busyFrame();
    frame.chains[0].targets[0].isSkipped = true; // needs translation: never first in fact
    frame.chains[0].targets[0].perMinute = 0;
    frame.chains[0].targets[1].perMinute = 15;
    BoardState state;
    state.take(frame);
    QCOMPARE(route(state, 0, 1)->state, RouteState::Live);
}

void TestBoardState::trains_data()
{
    QTest::addColumn<int>("tale");
    QTest::addColumn<int>("place");
    QTest::addColumn<int>("row");
    QTest::addColumn<bool>("isDetoured");
    QTest::newRow("inbound") << int(Tale::Inbound) << int(TrainPlace::Inbound) << -1 << false;
    QTest::newRow("platform") << int(Tale::Platform) << int(TrainPlace::Platform) << 0 << false;
    QTest::newRow("streaming") << int(Tale::Streaming) << int(TrainPlace::Streaming) << 0 << false;
    QTest::newRow("served") << int(Tale::Served) << int(TrainPlace::Leaving) << 0 << false;
    QTest::newRow("failed over") << int(Tale::FailedOver) << int(TrainPlace::Leaving) << 1 << true;
    QTest::newRow("diverted") << int(Tale::Diverted) << int(TrainPlace::Leaving) << 1 << true;
}

void TestBoardState::trains()
{
    QFETCH(int, tale);
    BoardState state;
    state.take(with({test::tale(Tale(tale), 10)}));
    QCOMPARE(state.trains().size(), 1);
    const models::Train &train = state.trains().constFirst();
    QTEST(int(train.place), "place");
    QTEST(train.row, "row");
    QTEST(train.isDetoured, "isDetoured");
    QCOMPARE(train.client, 0);
    QCOMPARE(train.chain, 0);
    QCOMPARE(train.promptTokens, 12'400);
    if (Tale(tale) == Tale::Streaming)
        QVERIFY(train.tokensPerSecond > 1);
}

void TestBoardState::settledTrainsGo()
{
    BoardState state;
    Frame frame = with({test::tale(Tale::Served, 10)});
    state.take(frame);
    QCOMPARE(state.trains().size(), 1);
    frame.changed.clear();
    frame.wallMs += BoardState::kLeavingMs + 1;
    state.take(frame);
    QCOMPARE(state.trains().size(), 0);
}

void TestBoardState::failedAttemptsLeaveAMark()
{
    BoardState state;
    auto exchange = std::make_shared<Exchange>(*test::tale(Tale::FailedOver, 10));
    exchange->wallMs = test::kNow - 1'000; // attempt 1 ended 800 ms ago
    Frame frame = with({exchange});
    state.take(frame);
    QCOMPARE(state.marks().size(), 1);
    QCOMPARE(state.marks()[0].status, 429);
    QCOMPARE(state.marks()[0].row, 0);
    QVERIFY(state.isCounting());
    frame.changed.clear();
    frame.wallMs = test::kNow - 1'000 + 201 + BoardState::kMarkMs - 2;
    state.take(frame);
    QCOMPARE(state.marks().size(), 1); // still there just before its six seconds are over
    frame.wallMs += 10;
    state.take(frame);
    QCOMPARE(state.marks().size(), 0);
}

void TestBoardState::requestsWithoutAChainGetAPlate()
{
    BoardState state;
    auto exchange = std::make_shared<Exchange>(*test::tale(Tale::Platform, 10));
    exchange->decision.chain = ChainId();
    exchange->decision.source = RouteSource::Body;
    state.take(with({exchange}));
    QCOMPARE(state.chains().size(), 4);
    QVERIFY(state.chains().constLast().isDirect);
    QCOMPARE(state.trains().constFirst().chain, 3);
    QCOMPARE(route(state, 3, 0)->state, RouteState::Live);
    Frame quiet = with({});
    quiet.wallMs += 600'000;
    state.take(quiet);
    QCOMPARE(state.chains().size(), 4); // stays: nothing jumps because traffic stopped
    quiet.revision += 1;
    state.take(quiet);
    QCOMPARE(state.chains().size(), 3);
}

void TestBoardState::quietRoutesStay()
{
    BoardState state;
    Frame frame = with({});
    state.take(frame);
    const qsizetype routes = state.clientRoutes().size();
    QVERIFY(routes >= 4);
    for (ClientView &client : frame.clients) {
        client.chains.clear(); // not used in the last 5 minutes
        client.perMinute = 0;
    }
    state.take(frame);
    QCOMPARE(state.clientRoutes().size(), routes);
    for (const auto &route : state.clientRoutes())
        QCOMPARE(route.state, RouteState::Idle);
}

void TestBoardState::lostEndsAreForgotten()
{
    BoardState state;
    state.take(with({test::tale(Tale::Platform, 10)}));
    QCOMPARE(state.trains().size(), 1);
    Frame quiet = with({});
    quiet.totals.inFlight = 0; // its end was in a frame that was dropped
    quiet.wallMs += 10'000;
    state.take(quiet);
    QCOMPARE(state.trains().size(), 0);
}

void TestBoardState::problemsWorstFirst()
{
    Frame frame = test::trippedFrame();
    frame.chains[1].state = ChainState::Failing;
    Notice notice;
    notice.kind = Notice::Kind::DiskFull;
    frame.notices = {notice};
    BoardState state;
    state.take(frame);
    QCOMPARE(state.problems().size(), 4);
    QCOMPARE(state.problems()[0].kind, models::Problem::Kind::Chain);
    QCOMPARE(state.problems()[1].subject, QStringLiteral("OpenRouter"));
    QCOMPARE(state.problems()[2].kind, models::Problem::Kind::Notice);
    QCOMPARE(state.problems()[3].light, Light::Caution);
}

void TestBoardState::sameFrameSamePicture()
{
    BoardState one, two;
    one.take(test::failingOverFrame());
    two.take(test::failingOverFrame());
    two.take(test::failingOverFrame());
    QVERIFY(one.clients() == two.clients());
    QVERIFY(one.chains() == two.chains());
    QVERIFY(one.providers() == two.providers());
    QVERIFY(one.targetRoutes() == two.targetRoutes());
    QVERIFY(one.trains() == two.trains());
    QVERIFY(one.marks() == two.marks());
}

// A record from elsewhere may name what is not configured here.
void TestBoardState::survivesNonsense()
{
    auto exchange = std::make_shared<Exchange>(*test::tale(Tale::FailedOver, 10));
    exchange->client = ClientId(QStringLiteral("gone"));
    exchange->attempts[0].rank = 99;
    exchange->attempts[0].target.provider = ProviderId(QStringLiteral("gone"));
    exchange->attempts[1].rank = -5;
    exchange->attempts[1].target.model = QStringLiteral("gone");
    auto other = std::make_shared<Exchange>(*test::tale(Tale::Served, 11));
    other->decision.chain = ChainId(QStringLiteral("gone"));
    BoardState state;
    state.take(with({exchange, other}));
    QCOMPARE(state.trains().size(), 1);
    QCOMPARE(state.trains()[0].client, -1);
    QCOMPARE(state.trains()[0].row, -1);
    state.take(Frame());
    QVERIFY(state.isEmpty());
}

QTEST_APPLESS_MAIN(TestBoardState)
#include "tst_board_state.moc"
