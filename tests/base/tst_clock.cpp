#include "base/clock.h"

#include <QtTest>

using namespace sb;
using namespace std::chrono_literals;

class TestClock : public QObject {
    Q_OBJECT

private slots:
    void manualTimeStandsStill();
    void timersFireInOrderAtTheirTime();
    void cancelledTimersDoNotFire();
    void timersMayStartTimers();
    void timerStopsWithItsOwner();
    void timerMayDieInItsCall();
    void wallTimeFollows();
    void plainClockMoves();
};

void TestClock::manualTimeStandsStill()
{
    ManualClock clock;
    const Nanos before = clock.now();
    QCOMPARE(clock.now(), before);
    clock.advance(5ms);
    QCOMPARE(clock.now() - before, Nanos(5ms));
    clock.sleep(10s);
    QCOMPARE(clock.now() - before, Nanos(5ms));
    QCOMPARE(clock.sinceBoot() - before, Nanos(10s + 5ms));
}

void TestClock::timersFireInOrderAtTheirTime()
{
    ManualClock clock;
    const Nanos start = clock.now();
    QList<std::pair<int, Nanos>> fired;
    const auto note = [&](int id) { return [&, id] { fired.append({id, clock.now() - start}); }; };
    clock.after(30ms, note(3));
    clock.after(10ms, note(1));
    clock.after(20ms, note(2));
    clock.after(20ms, note(22));
    clock.after(-5ms, note(0));
    QVERIFY(fired.isEmpty()); // never inside after()
    QCOMPARE(clock.untilNext(), Nanos(0));
    clock.advance(25ms);
    QCOMPARE(fired, (QList<std::pair<int, Nanos>>{{0, 0ms}, {1, 10ms}, {2, 20ms}, {22, 20ms}}));
    QCOMPARE(clock.untilNext(), Nanos(5ms));
    clock.advance(5ms);
    QCOMPARE(fired.last().first, 3);
    QVERIFY(clock.untilNext() < Nanos(0));
}

void TestClock::cancelledTimersDoNotFire()
{
    ManualClock clock;
    int count = 0;
    const auto id = clock.after(1ms, [&] { ++count; });
    const auto other = clock.after(1ms, [&] { clock.cancel(id + 2); });
    QCOMPARE(clock.after(2ms, [&] { ++count; }), id + 2);
    clock.cancel(id);
    clock.cancel(id);
    clock.cancel(0);
    clock.advance(10ms);
    clock.cancel(other);
    QCOMPARE(count, 0);
}

void TestClock::timersMayStartTimers()
{
    ManualClock clock;
    int count = 0;
    std::function<void()> again = [&] {
        if (++count < 5)
            clock.after(1ms, again);
    };
    clock.after(1ms, again);
    clock.advance(10ms);
    QCOMPARE(count, 5);
}

void TestClock::timerStopsWithItsOwner()
{
    ManualClock clock;
    int count = 0;
    {
        Timer timer(clock);
        timer.start(1ms, [&] { count += 10; });
        timer.start(2ms, [&] { ++count; });
        QVERIFY(timer.isActive());
        clock.advance(1ms);
        QCOMPARE(count, 0);
        clock.advance(1ms);
        QCOMPARE(count, 1);
        QVERIFY(!timer.isActive());
        timer.start(1ms, [&] { ++count; });
    }
    clock.advance(1s);
    QCOMPARE(count, 1);
}

void TestClock::timerMayDieInItsCall()
{
    ManualClock clock;
    auto timer = std::make_unique<Timer>(clock);
    QByteArray captured(100, 'x');
    QByteArray seen;
    timer->start(1ms, [&timer, &seen, captured] {
        timer.reset();
        seen = captured; // the closure must still be there
    });
    clock.advance(1ms);
    QVERIFY(!timer);
    QCOMPARE(seen, captured);
}

void TestClock::wallTimeFollows()
{
    ManualClock clock(1'000'000);
    clock.advance(1'500ms);
    QCOMPARE(clock.wallMs(), 1'001'500);
    clock.setWallMs(5);
    QCOMPARE(clock.wallMs(), 5);
    clock.advance(1s);
    QCOMPARE(clock.wallMs(), 1'005);
}

void TestClock::plainClockMoves()
{
    PlainClock clock;
    const Nanos first = clock.now();
    while (clock.now() == first) { }
    QVERIFY(clock.now() > first);
    QVERIFY(clock.sinceBoot() >= first);
    QVERIFY(clock.wallMs() > 1'600'000'000'000);
}

QTEST_APPLESS_MAIN(TestClock)
#include "tst_clock.moc"
