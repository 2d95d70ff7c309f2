// Timers of LoopClock on the epoll dispatcher.
#include "loop/dispatcher.h"
#include "loop/loop_clock.h"

#include "loop/timer_heap.h"

#include <QAbstractEventDispatcher>
#include <QElapsedTimer>
#include <QTest>

#include <random>

using namespace sb;

class TstLoopClock : public QObject {
    Q_OBJECT

private slots:
    void heapAgainstSortedList();
    void runsInOrderOfTime();
    void neverEarly();
    void cancel();
    void cancelInsideACall();
    void zeroDelayRunsLater();
    void addedInsideACallWaitsForTheNextRound();
    void destroyedInsideACall();
    void thousandsAreCheap();
    void timerHelper();
};

void TstLoopClock::heapAgainstSortedList()
{
    std::mt19937 random(7);
    loop::TimerHeap<int> heap;
    std::map<std::pair<qint64, quint64>, std::pair<quint64, int>>
        sorted; // due, order → handle, value
    std::map<quint64, std::pair<qint64, quint64>> places;
    for (int i = 0; i < 20'000; ++i) {
        const quint32 what = random() % 10;
        if (what < 5 || sorted.empty()) {
            const qint64 due = random() % 1000;
            const quint64 order = heap.nextOrder();
            const quint64 handle = heap.push(Nanos(due), i);
            QVERIFY(handle != 0 && !places.contains(handle));
            sorted[{due, order}] = {handle, i};
            places[handle] = {due, order};
        } else if (what < 7) {
            auto it = places.begin();
            std::advance(it, random() % std::min<size_t>(places.size(), 10));
            QVERIFY(heap.remove(it->first));
            QVERIFY(!heap.remove(it->first));
            sorted.erase(it->second);
            places.erase(it);
        } else if (what < 8) {
            auto it = places.begin();
            std::advance(it, random() % std::min<size_t>(places.size(), 10));
            const auto value = sorted[it->second];
            sorted.erase(it->second);
            it->second = {qint64(random() % 1000), heap.nextOrder()};
            heap.move(it->first, Nanos(it->second.first));
            sorted[it->second] = value;
        } else {
            QCOMPARE(heap.nextDue().count(), sorted.begin()->first.first);
            QCOMPARE(heap.top(), sorted.begin()->second.first);
            places.erase(heap.top());
            QCOMPARE(heap.take(heap.top()), sorted.begin()->second.second);
            sorted.erase(sorted.begin());
        }
        QCOMPARE(heap.size(), sorted.size());
    }
}

void TstLoopClock::runsInOrderOfTime()
{
    loop::LoopClock clock;
    QList<int> order;
    clock.after(Millis(20), [&] { order.append(3); });
    clock.after(Millis(1), [&] { order.append(1); });
    clock.after(Millis(10), [&] { order.append(2); });
    QTRY_COMPARE(order, (QList<int>{1, 2, 3}));
}

void TstLoopClock::neverEarly()
{
    loop::LoopClock clock;
    int left = 0;
    for (const int us : {1, 500, 999, 1000, 1001, 2500, 10'300}) {
        ++left;
        const Nanos due = clock.now() + std::chrono::microseconds(us);
        clock.after(std::chrono::microseconds(us), [&, due] {
            QVERIFY(clock.now() >= due);
            --left;
        });
    }
    QTRY_COMPARE(left, 0);
}

void TstLoopClock::cancel()
{
    loop::LoopClock clock;
    bool isRun = false;
    bool isOtherRun = false;
    const auto id = clock.after(Millis(1), [&] { isRun = true; });
    clock.after(Millis(5), [&] { isOtherRun = true; });
    clock.cancel(id);
    clock.cancel(id);
    clock.cancel(0);
    QTRY_VERIFY(isOtherRun);
    QVERIFY(!isRun);
}

void TstLoopClock::cancelInsideACall()
{
    loop::LoopClock clock;
    bool isRun = false;
    bool isDone = false;
    Clock::TimerId second = 0;
    clock.after(Millis(1), [&] { clock.cancel(second); });
    second = clock.after(Millis(1), [&] { isRun = true; });
    clock.after(Millis(3), [&] { isDone = true; });
    QTRY_VERIFY(isDone);
    QVERIFY(!isRun);
}

void TstLoopClock::zeroDelayRunsLater()
{
    loop::LoopClock clock;
    bool isRun = false;
    clock.after(Nanos(0), [&] { isRun = true; });
    QVERIFY(!isRun);
    QTRY_VERIFY(isRun);
    isRun = false;
    clock.after(Nanos(-5), [&] { isRun = true; });
    QTRY_VERIFY(isRun);
}

void TstLoopClock::addedInsideACallWaitsForTheNextRound()
{
    loop::LoopClock clock;
    int count = 0;
    std::function<void()> again = [&] {
        if (++count < 1000)
            clock.after(Nanos(0), again);
    };
    clock.after(Nanos(0), again);
    bool isOther = false;
    QMetaObject::invokeMethod(
        this, [&] { isOther = count < 1000; }, Qt::QueuedConnection);
    QTRY_COMPARE(count, 1000);
    QVERIFY(isOther);
}

void TstLoopClock::destroyedInsideACall()
{
    auto clock = std::make_unique<loop::LoopClock>();
    bool isRun = false;
    bool isOther = false;
    clock->after(Millis(1), [&] {
        clock.reset();
        isRun = true;
    });
    clock->after(Millis(1), [&] { isOther = true; });
    QTRY_VERIFY(isRun);
    QTest::qWait(5);
    QVERIFY(!isOther);
}

void TstLoopClock::thousandsAreCheap()
{
    loop::LoopClock clock;
    QElapsedTimer timer;
    timer.start();
    std::vector<Clock::TimerId> ids;
    for (int i = 0; i < 200'000; ++i)
        ids.push_back(clock.after(Seconds(10 + i % 60), [] {}));
    for (const auto id : ids)
        clock.cancel(id);
    const qint64 ns = timer.nsecsElapsed() / 200'000;
    qInfo("%lld ns for a timer set and cancelled among up to 200,000", ns);
    QVERIFY(ns < 20'000); // a list that is searched would need milliseconds
}

void TstLoopClock::timerHelper()
{
    loop::LoopClock clock;
    Timer timer(clock);
    int count = 0;
    timer.start(Millis(1), [&] { count += 1; });
    timer.start(Millis(2), [&] { count += 10; });
    QTRY_COMPARE(count, 10);
    QVERIFY(!timer.isActive());
}

int main(int argc, char **argv)
{
    if (auto dispatcher = loop::createDispatcher())
        QCoreApplication::setEventDispatcher(dispatcher.release());
    QCoreApplication app(argc, argv);
    TstLoopClock test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_loop_clock.moc"
