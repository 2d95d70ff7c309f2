// The first target takes no connection for ten minutes, then comes back: what requests, record,
// gates and frames say about it.
#include "gateway_kit.h"

using namespace sb;
using namespace sb::gateway;

class TestBlackHole : public QObject {
    Q_OBJECT

private slots:
    void tenMinutes();
    void refusedWhileProbed();
};

void TestBlackHole::tenMinutes()
{
    GatewayKit kit(2);
    kit.ledger->setListening(true);
    bool isHole = true;
    Nanos backAt{0};
    kit.wire.plan = [&](const http::UpstreamRequest &request) {
        if (request.origin.host.startsWith("p1") && isHole)
            return Acts{}; // ends by the connect limit
        if (request.head.isEmpty())
            return Acts{connects()};
        return answers();
    };
    struct Asked {
        Nanos at;
        StreamPtr stream;
    };
    QList<Asked> asked;
    const Nanos start = kit.clock.now();
    for (int i = 0; i < 60; ++i) { // six a minute, ten minutes
        asked.append({kit.clock.now(), kit.chat(false)});
        kit.clock.advance(Seconds(10));
    }
    const Nanos holeEnd = kit.clock.now();
    QCOMPARE(holeEnd - start, Nanos(Seconds(600)));

    // Every request was answered; the first five waited for the connect limit, none after the trip.
    for (int i = 0; i < asked.size(); ++i) {
        QCOMPARE(asked[i].stream->status, 200);
        QCOMPARE(asked[i].stream->field("x-signalbox-served-by"), "p2/m");
        const Nanos took = asked[i].stream->endedAt - asked[i].at;
        const QByteArray which = QByteArray::number(i);
        if (i < 5)
            QVERIFY2(took >= Seconds(5) && took <= Millis(5050), which.constData());
        else
            QVERIFY2(took <= Millis(50), which.constData());
        const Exchange &exchange = *kit.sink.exchanges[i];
        QCOMPARE(exchange.outcome.isFailover, i < 5);
        QCOMPARE(exchange.outcome.isDiverted, i >= 5);
        QCOMPARE(exchange.attempts.size(), i < 5 ? 2 : 1);
        if (i < 5) {
            QCOMPARE(exchange.attempts[0].outcome, AttemptOutcome::ConnectTimeout);
            QCOMPARE(exchange.attempts[0].stage, Stage::Unsent);
            QCOMPARE(exchange.attempts[0].cost, Money());
            QCOMPARE(exchange.attempts[0].uncertain, Money());
        } else {
            QCOMPARE(exchange.decision.candidates[0].reason, SkipReason::Tripped);
            QVERIFY(exchange.decision.candidates[0].untilWallMs > 0);
        }
    }

    // The gate and the frame tell the same.
    const QList<GateView> gates = kit.gateway->gates().views();
    QCOMPARE(gates.size(), 1);
    QCOMPARE(gates[0].scope, GateScope::Endpoint);
    QCOMPARE(gates[0].provider.text(), QStringLiteral("p1"));
    QCOMPARE(gates[0].state, GateState::Tripped);
    QCOMPARE(gates[0].cause, AttemptOutcome::ConnectTimeout);
    const FramePtr frame = kit.ledger->lastFrame();
    QCOMPARE(frame->gates.size(), 1);
    QCOMPARE(frame->providers[0].state, ProviderState::Tripped);
    QCOMPARE(frame->providers[0].cause, AttemptOutcome::ConnectTimeout);
    QCOMPARE(frame->providers[0].inFlight, 0);
    QCOMPARE(frame->chains[0].state, ChainState::FailedOver);
    QCOMPARE(frame->chains[0].lastServedRank, 2);
    QCOMPARE(frame->totals.inFlight, 0);

    // Background connections on a growing schedule: s/2 … s with s = 10, 20, 40 … 300 s, each
    // after the five seconds the one before took.
    QList<Nanos> rechecks;
    for (const auto &started : kit.wire.started) {
        if (started.isRecheck)
            rechecks.append(started.at);
    }
    QVERIFY2(rechecks.size() >= 3 && rechecks.size() <= 8,
             QByteArray::number(rechecks.size()).constData());
    Nanos s = Seconds(20);
    for (int i = 1; i < rechecks.size(); ++i) {
        const Nanos gap = rechecks[i] - rechecks[i - 1] - Seconds(5);
        QVERIFY2(gap >= s / 2 && gap <= s, QByteArray::number(gap.count()).constData());
        s = std::min(Nanos(Seconds(300)), s * 2);
    }

    // The network is back: taken back by itself within the next interval.
    isHole = false;
    bool isBack = false;
    for (int i = 0; i < 31 && !isBack; ++i) {
        const auto stream = kit.chat(false);
        kit.clock.advance(Seconds(10));
        QCOMPARE(stream->status, 200);
        isBack = stream->field("x-signalbox-served-by") == "p1/m";
        if (isBack)
            backAt = kit.clock.now();
    }
    QVERIFY(isBack);
    QVERIFY(backAt - holeEnd <= Seconds(320));
    QVERIFY(kit.last().attempts[0].isProbe);
    QVERIFY(kit.gateway->gates().views().isEmpty());
    QCOMPARE(kit.ledger->lastFrame()->providers[0].inFlight, 0);
    QVERIFY(kit.sink.isOrdered);
    QVERIFY(kit.isSettledFirst);
}

// While a request probes an endpoint because nothing else is there, the background connections do
// not run in circles.
void TestBlackHole::refusedWhileProbed()
{
    GatewayKit kit(1);
    kit.wire.plan = [&](const http::UpstreamRequest &request) {
        if (request.head.isEmpty())
            return Acts{fails(http::UpstreamError::ConnectFailed)};
        return Acts{fails(http::UpstreamError::ConnectFailed, Seconds(4))};
    };
    for (int i = 0; i < 60; ++i) {
        kit.chat(false);
        kit.clock.advance(Seconds(5));
    }
    int rechecks = 0;
    for (const auto &started : kit.wire.started)
        rechecks += started.isRecheck ? 1 : 0;
    QVERIFY2(rechecks <= 60, QByteArray::number(rechecks).constData());
    for (const route::Gate &gate : kit.gateway->gates().table())
        QVERIFY(!gate.isProbeInFlight);
}

QTEST_GUILESS_MAIN(TestBlackHole)
#include "tst_black_hole.moc"
