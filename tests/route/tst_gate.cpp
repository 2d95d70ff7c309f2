#include "route/gate.h"

#include <QTest>

using namespace sb;
using namespace sb::route;
using A = AttemptOutcome;

namespace {
// Chance that is always the least or the most.
class FixedRandom final : public Random {
public:
    explicit FixedRandom(quint64 value)
        : m_value(value)
    {
    }
    quint64 next() override { return m_value; }

private:
    quint64 m_value;
};

struct Bench {
    Gate gate;
    config::RoutingSettings settings;
    FixedRandom least{0};
    FixedRandom most{~0ull};
    Nanos now = Seconds(1000);
    Moment at() const { return {now, 1'000'000 + now.count() / 1'000'000}; }
    bool say(A outcome, Millis hint = Millis(-1), bool isProbe = true)
    {
        return report(gate, {outcome, 0, hint, isProbe}, at(), settings, least);
    }
    Nanos left() const { return gate.until - now; }
    void trip()
    {
        for (int i = 0; i < 5; ++i)
            say(A::ServerError);
    }
};
} // namespace

class TestGate : public QObject {
    Q_OBJECT

private slots:
    void fiveInARow();
    void aGoodOneBreaksTheRow();
    void ratio_data();
    void ratio();
    void ratioForgetsAfterAMinute();
    void hint_data();
    void hint();
    void limitsWithoutHintGrow();
    void oneBurstIsOneTrip();
    void growingBounds_data();
    void growingBounds();
    void deadlinesOnlyLengthen();
    void oneProbeAtATime();
    void strangersDecideNoProbe();
    void failedProbeGrows();
    void silentEndFreesTheProbe();
    void forgottenAfterTenGoodMinutes();
    void keyStaysOut();
    void tlsFiveMinutes();
    void connectCausesWaitForTheConnection();
    void theUserEndsAWait();
};

void TestGate::fiveInARow()
{
    Bench b;
    for (int i = 0; i < 4; ++i)
        QVERIFY(!b.say(A::ServerError));
    QCOMPARE(admission(b.gate, b.now), Admission::Yes);
    QVERIFY(b.say(A::ServerError));
    QCOMPARE(b.gate.state, GateState::Tripped);
    QCOMPARE(b.gate.cause, A::ServerError);
    QCOMPARE(admission(b.gate, b.now), Admission::Tripped);
    QCOMPARE(admission(b.gate, b.now + Seconds(5)), Admission::AsProbe);
    QCOMPARE(b.gate.untilWallMs - b.at().wallMs, 5000);
}

void TestGate::aGoodOneBreaksTheRow()
{
    Bench b;
    for (int i = 0; i < 4; ++i)
        b.say(A::ServerError);
    b.say(A::Served);
    for (int i = 0; i < 4; ++i)
        b.say(A::ServerError);
    QCOMPARE(b.gate.state, GateState::Serving);
    // Clients' mistakes and cancels neither count nor break the row.
    for (A outcome : {A::BadRequest, A::Filtered, A::ContextTooLong, A::ClientLeft, A::Stopped})
        b.say(outcome);
    b.say(A::ServerError);
    QCOMPARE(b.gate.state, GateState::Tripped);
}

void TestGate::ratio_data()
{
    QTest::addColumn<int>("good");
    QTest::addColumn<int>("soft");
    QTest::addColumn<int>("hard");
    QTest::addColumn<bool>("isTripped");
    QTest::newRow("nine are too few") << 4 << 0 << 4 << false;
    QTest::newRow("half of ten") << 5 << 0 << 5 << true;
    QTest::newRow("less than half of eleven") << 7 << 0 << 4 << false;
    QTest::newRow("all soft is just half") << 0 << 10 << 0 << true;
    QTest::newRow("nine soft") << 0 << 9 << 0 << false;
    QTest::newRow("soft with one good") << 1 << 10 << 0 << false;
    QTest::newRow("mixed") << 3 << 4 << 4 << true;
}

void TestGate::ratio()
{
    QFETCH(int, good);
    QFETCH(int, soft);
    QFETCH(int, hard);
    QFETCH(bool, isTripped);
    Bench b;
    for (int i = 0; i < good; ++i)
        b.say(A::Served);
    for (int i = 0; i < soft; ++i)
        b.say(A::Overloaded);
    for (int i = 0; i < hard; ++i) {
        b.gate.failuresInRow = 0; // the other rule
        b.say(A::ServerError);
    }
    QCOMPARE(b.gate.state == GateState::Tripped, isTripped);
}

void TestGate::ratioForgetsAfterAMinute()
{
    Bench b;
    for (int i = 0; i < 9; ++i)
        b.say(A::Overloaded);
    b.now += Seconds(61);
    b.say(A::Overloaded);
    QCOMPARE(b.gate.state, GateState::Serving);
}

void TestGate::hint_data()
{
    QTest::addColumn<Millis>("said");
    QTest::addColumn<Millis>("kept");
    QTest::newRow("zero") << Millis(0) << Millis(1000);
    QTest::newRow("20 ms") << Millis(20) << Millis(1000);
    QTest::newRow("30 s") << Millis(30'000) << Millis(30'000);
    QTest::newRow("an hour") << Millis(3'600'000) << Millis(900'000);
}

void TestGate::hint()
{
    QFETCH(Millis, said);
    QFETCH(Millis, kept);
    Bench b;
    QVERIFY(b.say(A::RateLimited, said));
    QVERIFY(b.gate.isHinted);
    QCOMPARE(b.left(), Nanos(kept));
    QCOMPARE(b.gate.failuresInRow, 0); // never counted hard
    QCOMPARE(admission(b.gate, b.now + kept - Nanos(1)), Admission::Tripped);
    QCOMPARE(admission(b.gate, b.now + kept), Admission::AsProbe);
}

void TestGate::limitsWithoutHintGrow()
{
    Bench b;
    for (int seconds : {5, 10, 20, 40, 60, 60}) {
        b.say(A::RateLimited);
        QCOMPARE(b.left(), Nanos(Seconds(seconds)));
        b.now = b.gate.until;
        QCOMPARE(admission(b.gate, b.now), Admission::AsProbe);
        beginProbe(b.gate, b.at());
    }
}

void TestGate::oneBurstIsOneTrip()
{
    Bench b;
    for (int i = 0; i < 20; ++i)
        b.say(A::RateLimited, Millis(-1), false);
    QCOMPARE(b.left(), Nanos(Seconds(5)));
}

void TestGate::growingBounds_data()
{
    QTest::addColumn<int>("trips");
    QTest::addColumn<int>("seconds");
    const int seconds[] = {10, 20, 40, 80, 160, 300, 300};
    for (int i = 0; i < 7; ++i)
        QTest::addRow("trip %d", i + 1) << i << seconds[i];
    QTest::newRow("no overflow") << 1000 << 300;
}

void TestGate::growingBounds()
{
    QFETCH(int, trips);
    QFETCH(int, seconds);
    for (bool isMost : {false, true}) {
        Bench b;
        b.gate.trips = trips;
        b.gate.failuresInRow = 4;
        report(b.gate, {A::ServerError, 500, Millis(-1)}, b.at(), b.settings,
               isMost ? b.most : b.least);
        QCOMPARE(b.left(), Nanos(Seconds(seconds)) / (isMost ? 1 : 2));
        QCOMPARE(b.gate.trips, trips + 1);
    }
}

void TestGate::deadlinesOnlyLengthen()
{
    Bench b;
    b.say(A::RateLimited, Millis(60'000));
    const Nanos until = b.gate.until;
    QVERIFY(!b.say(A::RateLimited, Millis(2'000), false));
    QCOMPARE(b.gate.until, until);
    QVERIFY(b.say(A::RateLimited, Millis(90'000), false));
    QCOMPARE(b.gate.until, b.now + Seconds(90));
    // What was under way when it tripped does not open it.
    b.say(A::Served, Millis(-1), false);
    QCOMPARE(b.gate.state, GateState::Tripped);
}

void TestGate::oneProbeAtATime()
{
    Bench b;
    b.trip();
    b.now = b.gate.until;
    QCOMPARE(admission(b.gate, b.now), Admission::AsProbe);
    beginProbe(b.gate, b.at());
    QCOMPARE(b.gate.state, GateState::Probing);
    QCOMPARE(admission(b.gate, b.now), Admission::ProbeInFlight);
    b.say(A::Served);
    QCOMPARE(b.gate.state, GateState::Serving);
    QCOMPARE(admission(b.gate, b.now), Admission::Yes);
    QCOMPARE(b.gate.failuresInRow, 0);
    for (int i = 0; i < 4; ++i) // the window starts anew too
        b.say(A::ServerError);
    QCOMPARE(b.gate.state, GateState::Serving);
}

void TestGate::strangersDecideNoProbe()
{
    for (A outcome : {A::Served, A::ServerError, A::Overloaded, A::ClientLeft, A::BadRequest}) {
        Bench b;
        b.trip();
        b.now = b.gate.until;
        beginProbe(b.gate, b.at());
        b.say(outcome, Millis(-1), false);
        QCOMPARE(b.gate.state, GateState::Probing);
        QCOMPARE(admission(b.gate, b.now), Admission::ProbeInFlight);
    }
}

void TestGate::failedProbeGrows()
{
    // A soft failure and a rate limit fail a probe as well.
    for (A outcome : {A::ServerError, A::Overloaded}) {
        Bench b;
        b.trip();
        for (int seconds : {10, 20, 40}) { // least of the jitter is the half
            b.now = b.gate.until;
            beginProbe(b.gate, b.at());
            QVERIFY(b.say(outcome));
            QCOMPARE(b.gate.state, GateState::Tripped);
            QVERIFY(!b.gate.isProbeInFlight);
            QCOMPARE(b.left(), Nanos(Seconds(seconds)));
        }
    }
    Bench b;
    b.trip();
    b.now = b.gate.until;
    beginProbe(b.gate, b.at());
    b.say(A::RateLimited, Millis(7'000));
    QCOMPARE(b.gate.state, GateState::Tripped);
    QCOMPARE(b.left(), Nanos(Seconds(7)));
}

void TestGate::silentEndFreesTheProbe()
{
    Bench b;
    b.trip();
    b.now = b.gate.until;
    beginProbe(b.gate, b.at());
    b.say(A::ClientLeft);
    QCOMPARE(b.gate.state, GateState::Probing);
    QCOMPARE(admission(b.gate, b.now), Admission::AsProbe);
}

void TestGate::forgottenAfterTenGoodMinutes()
{
    Bench b;
    b.trip();
    QCOMPARE(b.gate.trips, 1);
    b.now = b.gate.until;
    beginProbe(b.gate, b.at());
    b.say(A::Served);
    b.now += Seconds(599);
    b.say(A::Served);
    QCOMPARE(b.gate.trips, 1);
    b.now += Seconds(1);
    b.say(A::Served);
    QCOMPARE(b.gate.trips, 0);
}

void TestGate::keyStaysOut()
{
    Bench b;
    b.say(A::KeyRejected);
    QVERIFY(b.gate.isForever);
    QCOMPARE(b.gate.untilWallMs, 0);
    QCOMPARE(admission(b.gate, b.now + Seconds(3600LL * 24 * 400)), Admission::Tripped);
    connectSucceeded(b.gate, b.at());
    QCOMPARE(b.gate.state, GateState::Tripped);
    b.say(A::RateLimited, Millis(1000), false); // an old reply does not shorten it
    QVERIFY(b.gate.isForever);
    QCOMPARE(b.gate.cause, A::KeyRejected);
}

void TestGate::tlsFiveMinutes()
{
    for (A outcome : {A::TlsWrongName, A::TlsExpired, A::TlsNotYetValid, A::TlsSelfSigned,
                      A::TlsUnknownCa, A::TlsFailed}) {
        Bench b;
        QVERIFY(b.say(outcome)); // at once
        QCOMPARE(b.left(), Nanos(Seconds(300)));
        b.now = b.gate.until;
        connectFailed(b.gate, {outcome, 0, Millis(-1)}, b.at(), b.settings, b.least);
        QCOMPARE(b.left(), Nanos(Seconds(300)));
    }
}

void TestGate::connectCausesWaitForTheConnection()
{
    for (A outcome : {A::DnsFailed, A::ConnectFailed, A::ConnectTimeout, A::ProxyFailed}) {
        Bench b;
        for (int i = 0; i < 5; ++i)
            b.say(outcome);
        QCOMPARE(b.gate.state, GateState::Tripped);
        // No request pays for finding out.
        QCOMPARE(admission(b.gate, b.gate.until + Seconds(60)), Admission::Tripped);
        Nanos s = Seconds(20);
        for (int i = 0; i < 6; ++i) {
            b.now = b.gate.until;
            connectFailed(b.gate, {outcome, 0, Millis(-1)}, b.at(), b.settings, b.least);
            QCOMPARE(b.left(), s / 2);
            s = std::min(Nanos(Seconds(300)), s * 2);
        }
        connectSucceeded(b.gate, b.at());
        QCOMPARE(b.gate.state, GateState::Probing);
        QCOMPARE(admission(b.gate, b.now), Admission::AsProbe);
    }
}

void TestGate::theUserEndsAWait()
{
    for (A outcome : {A::ServerError, A::ConnectTimeout, A::KeyRejected, A::QuotaExhausted}) {
        Bench b;
        QVERIFY(!endWait(b.gate, b.at())); // it serves
        for (int i = 0; i < 5; ++i)
            b.say(outcome);
        QCOMPARE(b.gate.state, GateState::Tripped);
        b.now += Seconds(1);
        QCOMPARE(admission(b.gate, b.now), Admission::Tripped);
        QVERIFY(endWait(b.gate, b.at()));
        QCOMPARE(b.gate.state, GateState::Probing);
        QCOMPARE(b.gate.sinceWallMs, b.at().wallMs);
        QCOMPARE(admission(b.gate, b.now), Admission::AsProbe);
        QVERIFY(!endWait(b.gate, b.at()));
        // A good probe heals it, a bad one trips it again.
        Gate good = b.gate;
        beginProbe(good, b.at());
        QVERIFY(report(good, {A::Served, 200, Millis(-1), true}, b.at(), b.settings, b.least));
        QCOMPARE(good.state, GateState::Serving);
        beginProbe(b.gate, b.at());
        b.say(outcome);
        QCOMPARE(b.gate.state, GateState::Tripped);
        QVERIFY(b.left() > Nanos(0));
    }
    // The connection beside it was faster, and failed.
    Bench b;
    for (int i = 0; i < 5; ++i)
        b.say(A::ConnectFailed);
    QVERIFY(endWait(b.gate, b.at()));
    connectFailed(b.gate, {A::ConnectFailed, 0, Millis(-1)}, b.at(), b.settings, b.least);
    QCOMPARE(b.gate.state, GateState::Tripped);
    // With a request on its way it decides nothing.
    QVERIFY(endWait(b.gate, b.at()));
    beginProbe(b.gate, b.at());
    connectFailed(b.gate, {A::ConnectFailed, 0, Millis(-1)}, b.at(), b.settings, b.least);
    QCOMPARE(b.gate.state, GateState::Probing);
}

QTEST_GUILESS_MAIN(TestGate)
#include "tst_gate.moc"
