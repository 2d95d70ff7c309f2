// Qt on the epoll dispatcher: this test's own main loop runs on it, and a thread's too.
#include "loop/dispatcher.h"

#include <QAbstractEventDispatcher>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QSemaphore>
#include <QSocketNotifier>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTemporaryFile>
#include <QTest>
#include <QThread>
#include <QTimer>

#include <atomic>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace sb;

namespace {
struct Pair {
    Pair()
    {
        [[maybe_unused]] const int r = socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends);
    }
    ~Pair()
    {
        for (const int end : ends) {
            if (end >= 0)
                ::close(end);
        }
    }
    void send(int from, int count = 1)
    {
        for (int i = 0; i < count; ++i)
            QCOMPARE(::write(ends[from], "x", 1), 1);
    }
    int ends[2] = {-1, -1};
};

void swallow(int descriptor)
{
    char buffer[4096];
    while (::read(descriptor, buffer, sizeof buffer) > 0) { }
}

// A thread with an own loop, ended and waited for.
struct Worker {
    Worker()
    {
        loop::installDispatcher(thread);
        context.moveToThread(&thread);
        thread.start();
    }
    ~Worker()
    {
        thread.quit();
        thread.wait();
    }
    template <typename Call> void post(Call &&call)
    {
        QMetaObject::invokeMethod(&context, std::forward<Call>(call), Qt::QueuedConnection);
    }
    QThread thread;
    QObject context;
};
} // namespace

class TstDispatcher : public QObject {
    Q_OBJECT

private slots:
    void isOurs();
    void echoOverTcp();
    void readAndWriteOnOneDescriptor();
    void notifierDeletedInsideItsActivation();
    void readyNotifierDeletedByAnother();
    void descriptorNumberIsUsedAgain();
    void duplicatedDescriptorIsForgotten();
    void disabledNotifierIsSilent();
    void hangUpTellsWriters();
    void plainFileIsAlwaysReady();
    void timersOfAllTypes_data();
    void timersOfAllTypes();
    void zeroTimersDoNotStarveSockets();
    void timerStopsInsideItsEvent();
    void timerDoesNotNest();
    void timerCatchesUpWithoutBurst();
    void remainingTime();
    void registeredTimers();
    void timersMoveWithTheirObject();
    void queuedCallsRunWithoutWaiting();
    void excludedSocketsWait();
    void deferredDelete();
    void quitFromInsideAndOutside();
    void wakeUpsAreNeverLost();
    void interruptFromAnotherThread();
    void manyIdleDescriptors();
    void nestedLoop();
};

void TstDispatcher::isOurs()
{
    QVERIFY(QString::fromLatin1(QAbstractEventDispatcher::instance()->metaObject()->className())
            == QLatin1String("QAbstractEventDispatcher")); // ours has no meta object of its own
    QVERIFY(loop::createDispatcher());
}

void TstDispatcher::echoOverTcp()
{
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    connect(&server, &QTcpServer::newConnection, &server, [&] {
        QTcpSocket *socket = server.nextPendingConnection();
        connect(socket, &QTcpSocket::readyRead, socket,
                [socket] { socket->write(socket->readAll()); });
        connect(socket, &QTcpSocket::disconnected, socket, &QObject::deleteLater);
    });
    std::vector<std::unique_ptr<QTcpSocket>> clients;
    const QByteArray data(100'000, 'e');
    std::vector<QByteArray> got(50);
    for (size_t i = 0; i < 50; ++i) {
        clients.push_back(std::make_unique<QTcpSocket>());
        QTcpSocket *socket = clients.back().get();
        connect(socket, &QTcpSocket::connected, socket, [socket, &data] { socket->write(data); });
        connect(socket, &QTcpSocket::readyRead, socket,
                [socket, i, &got] { got[i] += socket->readAll(); });
        socket->connectToHost(QHostAddress::LocalHost, server.serverPort());
    }
    QTRY_VERIFY(
        std::all_of(got.begin(), got.end(), [&](const QByteArray &b) { return b == data; }));
    clients.resize(10);
    for (auto &client : clients)
        client->disconnectFromHost();
    QTRY_COMPARE(server.findChildren<QTcpSocket *>().size(), 0);
}

void TstDispatcher::readAndWriteOnOneDescriptor()
{
    Pair pair;
    QSocketNotifier reader(pair.ends[0], QSocketNotifier::Read);
    QSocketNotifier writer(pair.ends[0], QSocketNotifier::Write);
    int reads = 0;
    int writes = 0;
    connect(&reader, &QSocketNotifier::activated, &reader, [&] {
        ++reads;
        swallow(pair.ends[0]);
    });
    connect(&writer, &QSocketNotifier::activated, &writer, [&] {
        if (++writes == 3)
            writer.setEnabled(false);
    });
    QTRY_COMPARE(writes, 3);
    QCOMPARE(reads, 0);
    pair.send(1);
    QTRY_COMPARE(reads, 1);
    reader.setEnabled(false);
    writer.setEnabled(true);
    pair.send(1);
    QTRY_VERIFY(writes > 3);
    writer.setEnabled(false);
    QCOMPARE(reads, 1);
    reader.setEnabled(true);
    QTRY_COMPARE(reads, 2);
}

void TstDispatcher::notifierDeletedInsideItsActivation()
{
    Pair pair;
    class Suicidal : public QSocketNotifier {
    public:
        Suicidal(int fd, int &count)
            : QSocketNotifier(fd, Read)
            , m_count(count)
        {
        }

    protected:
        bool event(QEvent *event) override
        {
            if (event->type() != QEvent::SockAct)
                return QSocketNotifier::event(event);
            ++m_count;
            delete this;
            return true;
        }
        int &m_count;
    };
    int count = 0;
    new Suicidal(pair.ends[0], count);
    pair.send(1);
    QTRY_COMPARE(count, 1);
    QTest::qWait(10);
    QCOMPARE(count, 1);
    new Suicidal(pair.ends[0], count); // still readable: level-triggered
    QTRY_COMPARE(count, 2);
}

void TstDispatcher::readyNotifierDeletedByAnother()
{
    Pair a;
    Pair b;
    auto first = std::make_unique<QSocketNotifier>(a.ends[0], QSocketNotifier::Read);
    auto second = std::make_unique<QSocketNotifier>(b.ends[0], QSocketNotifier::Read);
    int count = 0;
    connect(first.get(), &QSocketNotifier::activated, this, [&] {
        ++count;
        swallow(a.ends[0]);
        second.reset();
    });
    connect(second.get(), &QSocketNotifier::activated, this, [&] {
        ++count;
        swallow(b.ends[0]);
        first.reset();
    });
    a.send(1);
    b.send(1);
    QTRY_COMPARE(count, 1);
    QTest::qWait(10);
    QCOMPARE(count, 1);
}

void TstDispatcher::descriptorNumberIsUsedAgain()
{
    for (int i = 0; i < 100; ++i) {
        auto old = std::make_unique<Pair>();
        const int number = old->ends[0];
        int stale = 0;
        auto notifier = std::make_unique<QSocketNotifier>(number, QSocketNotifier::Read);
        connect(notifier.get(), &QSocketNotifier::activated, this, [&] { ++stale; });
        if (i % 2)
            QCoreApplication::processEvents(); // the kernel knows it, or not yet
        if (i % 3 == 0)
            old->send(1);
        notifier.reset();
        old.reset();
        Pair pair; // the same numbers, in the same round
        QCOMPARE(pair.ends[0], number);
        QSocketNotifier again(number, QSocketNotifier::Read);
        int count = 0;
        connect(&again, &QSocketNotifier::activated, this, [&] {
            ++count;
            swallow(number);
        });
        QCoreApplication::processEvents();
        QCOMPARE(count, 0);
        pair.send(1);
        QTRY_COMPARE(count, 1);
        QCOMPARE(stale, 0);
    }
}

void TstDispatcher::duplicatedDescriptorIsForgotten()
{
    Pair pair;
    const int other = ::dup(pair.ends[0]); // keeps the open file alive
    {
        QSocketNotifier notifier(pair.ends[0], QSocketNotifier::Read);
        QCoreApplication::processEvents();
    }
    ::close(std::exchange(pair.ends[0], -1));
    pair.send(1);
    QVERIFY(!QAbstractEventDispatcher::instance()->processEvents(QEventLoop::AllEvents));
    ::close(other);
}

void TstDispatcher::disabledNotifierIsSilent()
{
    Pair pair;
    QSocketNotifier notifier(pair.ends[0], QSocketNotifier::Read);
    int count = 0;
    connect(&notifier, &QSocketNotifier::activated, this, [&] { ++count; });
    notifier.setEnabled(false);
    pair.send(1);
    QTest::qWait(5);
    QCOMPARE(count, 0);
    notifier.setEnabled(true);
    notifier.setEnabled(false);
    QTest::qWait(5);
    QCOMPARE(count, 0);
    notifier.setEnabled(true);
    QTRY_VERIFY(count > 0);
}

void TstDispatcher::hangUpTellsWriters()
{
    Pair pair;
    QSocketNotifier writer(pair.ends[0], QSocketNotifier::Write);
    char block[65536] = {};
    while (::write(pair.ends[0], block, sizeof block) > 0) { }
    int count = 0;
    connect(&writer, &QSocketNotifier::activated, this, [&] {
        ++count;
        writer.setEnabled(false);
    });
    QCoreApplication::processEvents();
    QCOMPARE(count, 0);
    ::close(std::exchange(pair.ends[1], -1));
    QTRY_COMPARE(count, 1);
}

void TstDispatcher::plainFileIsAlwaysReady()
{
    QTemporaryFile file;
    QVERIFY(file.open());
    int count = 0;
    {
        QSocketNotifier notifier(file.handle(), QSocketNotifier::Read);
        connect(&notifier, &QSocketNotifier::activated, this, [&] { ++count; });
        QTRY_VERIFY(count > 1);
    }
    const int before = count;
    QTest::qWait(5);
    QCOMPARE(count, before);
}

void TstDispatcher::timersOfAllTypes_data()
{
    QTest::addColumn<int>("type");
    QTest::addColumn<int>("interval");
    for (const int type : {int(Qt::PreciseTimer), int(Qt::CoarseTimer), int(Qt::VeryCoarseTimer)}) {
        for (const int interval : {0, 1, 20})
            QTest::addRow("%d/%d", type, interval) << type << interval;
    }
}

void TstDispatcher::timersOfAllTypes()
{
    QFETCH(int, type);
    QFETCH(int, interval);
    QTimer timer;
    timer.setTimerType(Qt::TimerType(type));
    timer.setInterval(interval);
    int count = 0;
    connect(&timer, &QTimer::timeout, this, [&] { ++count; });
    QElapsedTimer elapsed;
    elapsed.start();
    timer.start();
    QTRY_VERIFY(count >= 3);
    QVERIFY(elapsed.nsecsElapsed() >= 3 * interval * qint64(1'000'000));
    timer.stop();
    const int before = count;
    QTest::qWait(2 * interval + 5);
    QCOMPARE(count, before);
    bool isFired = false;
    QTimer::singleShot(interval, Qt::TimerType(type), this, [&] { isFired = true; });
    QTRY_VERIFY(isFired);
}

void TstDispatcher::zeroTimersDoNotStarveSockets()
{
    Pair pair;
    QTimer a;
    QTimer b;
    int ticksA = 0;
    int ticksB = 0;
    connect(&a, &QTimer::timeout, this, [&] { ++ticksA; });
    connect(&b, &QTimer::timeout, this, [&] { ++ticksB; });
    a.start(0);
    b.start(0);
    QSocketNotifier reader(pair.ends[0], QSocketNotifier::Read);
    int reads = 0;
    connect(&reader, &QSocketNotifier::activated, this, [&] {
        ++reads;
        swallow(pair.ends[0]);
    });
    pair.send(1);
    for (int i = 0; i < 10; ++i)
        QCoreApplication::processEvents(QEventLoop::AllEvents);
    QCOMPARE(reads, 1);
    QVERIFY(ticksA >= 10);
    QVERIFY(qAbs(ticksA - ticksB) <= 1);
}

void TstDispatcher::timerStopsInsideItsEvent()
{
    auto timer = std::make_unique<QTimer>();
    int count = 0;
    connect(timer.get(), &QTimer::timeout, this, [&] {
        ++count;
        timer.reset();
    });
    timer->start(0);
    QTRY_COMPARE(count, 1);
    QTest::qWait(5);
    QCOMPARE(count, 1);
}

void TstDispatcher::timerDoesNotNest()
{
    QTimer timer;
    int depth = 0;
    int deepest = 0;
    int count = 0;
    connect(&timer, &QTimer::timeout, this, [&] {
        deepest = std::max(deepest, ++depth);
        if (++count < 3) {
            QElapsedTimer spent;
            spent.start();
            while (spent.elapsed() < 10)
                QCoreApplication::processEvents();
        }
        --depth;
    });
    timer.start(1);
    QTRY_VERIFY(count >= 4);
    QCOMPARE(deepest, 1);
}

void TstDispatcher::timerCatchesUpWithoutBurst()
{
    QTimer timer;
    int count = 0;
    connect(&timer, &QTimer::timeout, this, [&] { ++count; });
    timer.start(5);
    QElapsedTimer busy;
    busy.start();
    while (busy.elapsed() < 60) { } // our thread does something else
    QCoreApplication::processEvents();
    QCoreApplication::processEvents();
    QVERIFY2(count <= 2, qPrintable(QString::number(count)));
}

void TstDispatcher::remainingTime()
{
    QTimer timer;
    timer.start(1000);
    QVERIFY(timer.remainingTime() > 900 && timer.remainingTime() <= 1000);
    timer.stop();
    QCOMPARE(timer.remainingTime(), -1);
    QCOMPARE(QAbstractEventDispatcher::instance()->remainingTime(123456), -1);
}

void TstDispatcher::registeredTimers()
{
    QObject object;
    const int a = object.startTimer(1000, Qt::PreciseTimer);
    const int b = object.startTimer(2000, Qt::VeryCoarseTimer);
    auto timers = QAbstractEventDispatcher::instance()->registeredTimers(&object);
    QCOMPARE(timers.size(), 2);
    std::sort(timers.begin(), timers.end(),
              [](const auto &x, const auto &y) { return x.interval < y.interval; });
    QCOMPARE(timers[0].timerId, a);
    QCOMPARE(timers[1].timerId, b);
    QCOMPARE(timers[1].timerType, Qt::VeryCoarseTimer);
    object.killTimer(a);
    QVERIFY(QAbstractEventDispatcher::instance()->unregisterTimers(&object));
    QVERIFY(QAbstractEventDispatcher::instance()->registeredTimers(&object).isEmpty());
    QVERIFY(!QAbstractEventDispatcher::instance()->unregisterTimer(b));
}

void TstDispatcher::timersMoveWithTheirObject()
{
    std::atomic<int> count{0};
    auto timer = std::make_unique<QTimer>();
    connect(timer.get(), &QTimer::timeout, timer.get(), [&] { ++count; });
    timer->start(1);
    {
        Worker worker;
        timer->moveToThread(&worker.thread);
        QTRY_VERIFY(count > 3);
        QSemaphore done;
        worker.post([&] {
            timer.reset();
            done.release();
        });
        done.acquire();
    }
}

void TstDispatcher::queuedCallsRunWithoutWaiting()
{
    int left = 10'000;
    std::function<void()> again = [&] {
        if (--left > 0)
            QMetaObject::invokeMethod(this, again, Qt::QueuedConnection);
    };
    QMetaObject::invokeMethod(this, again, Qt::QueuedConnection);
    QTRY_COMPARE(left, 0);
}

void TstDispatcher::excludedSocketsWait()
{
    Pair pair;
    QSocketNotifier reader(pair.ends[0], QSocketNotifier::Read);
    int reads = 0;
    connect(&reader, &QSocketNotifier::activated, this, [&] {
        ++reads;
        swallow(pair.ends[0]);
    });
    pair.send(1);
    QEventLoop loop;
    QTimer::singleShot(10, &loop, &QEventLoop::quit);
    loop.exec(QEventLoop::ExcludeSocketNotifiers);
    QCOMPARE(reads, 0);
    QTRY_COMPARE(reads, 1);
}

void TstDispatcher::deferredDelete()
{
    Worker worker;
    std::atomic<bool> isGone{false};
    worker.post([&] {
        auto *object = new QObject;
        connect(
            object, &QObject::destroyed, object, [&] { isGone = true; }, Qt::DirectConnection);
        object->deleteLater();
    });
    QTRY_VERIFY(isGone);
}

void TstDispatcher::quitFromInsideAndOutside()
{
    for (int i = 0; i < 200; ++i) {
        Worker worker;
        if (i % 2)
            worker.post([&] { worker.thread.quit(); });
        else
            worker.thread.quit();
        QVERIFY(worker.thread.wait(10'000));
    }
}

// Three threads post without pause; the loop must run every call though it goes to sleep between.
void TstDispatcher::wakeUpsAreNeverLost()
{
    Worker worker;
    constexpr int kRounds = 20'000;
    std::atomic<int> count{0};
    std::vector<std::unique_ptr<QThread>> senders;
    for (int s = 0; s < 3; ++s) {
        senders.emplace_back(QThread::create([&] {
            QSemaphore answered;
            for (int i = 0; i < kRounds; ++i) {
                worker.post([&] {
                    ++count;
                    if (count % 3 == 0) // wake-ups by the loop's own thread in between
                        QMetaObject::invokeMethod(
                            &worker.context, [] {}, Qt::QueuedConnection);
                    answered.release();
                });
                if (!answered.tryAcquire(1, 20'000))
                    return;
            }
        }));
        senders.back()->start();
    }
    for (auto &sender : senders)
        sender->wait();
    QCOMPARE(count.load(), 3 * kRounds);
}

void TstDispatcher::interruptFromAnotherThread()
{
    for (int i = 0; i < 500; ++i) {
        QEventLoop loop;
        std::unique_ptr<QThread> other(QThread::create([&] { loop.exit(7); }));
        QTimer::singleShot(0, &loop, [&] { other->start(); });
        QCOMPARE(loop.exec(), 7);
        other->wait();
    }
}

void TstDispatcher::manyIdleDescriptors()
{
    std::vector<std::unique_ptr<Pair>> pairs;
    std::vector<std::unique_ptr<QSocketNotifier>> notifiers;
    int count = 0;
    for (int i = 0; i < 400; ++i) {
        pairs.push_back(std::make_unique<Pair>());
        if (pairs.back()->ends[0] < 0)
            QSKIP("too few descriptors");
        const int number = pairs.back()->ends[0];
        notifiers.push_back(std::make_unique<QSocketNotifier>(number, QSocketNotifier::Read));
        connect(notifiers.back().get(), &QSocketNotifier::activated, this, [&count, number] {
            ++count;
            swallow(number);
        });
    }
    for (auto &pair : pairs)
        pair->send(1); // more than one epoll_wait takes
    QTRY_COMPARE(count, 400);
}

void TstDispatcher::nestedLoop()
{
    Pair a;
    Pair b;
    QSocketNotifier first(a.ends[0], QSocketNotifier::Read);
    QSocketNotifier second(b.ends[0], QSocketNotifier::Read);
    int countA = 0;
    int countB = 0;
    const auto inside = [&] {
        QEventLoop loop;
        QTimer::singleShot(5, &loop, &QEventLoop::quit);
        loop.exec();
    };
    connect(&first, &QSocketNotifier::activated, this, [&] {
        ++countA;
        swallow(a.ends[0]);
        inside();
    });
    connect(&second, &QSocketNotifier::activated, this, [&] {
        ++countB;
        swallow(b.ends[0]);
        inside();
    });
    a.send(1);
    b.send(1);
    QTRY_COMPARE(countA + countB, 2);
    QTest::qWait(20);
    QCOMPARE(countA, 1);
    QCOMPARE(countB, 1);
}

int main(int argc, char **argv)
{
    if (auto dispatcher = loop::createDispatcher())
        QCoreApplication::setEventDispatcher(dispatcher.release());
    QCoreApplication app(argc, argv);
    TstDispatcher test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_dispatcher.moc"
