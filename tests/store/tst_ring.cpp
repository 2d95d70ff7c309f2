// The ring between two real threads; in a build with the thread sanitizer this is its witness.
#include "store/ring.h"

#include <QTest>

#include <memory>
#include <thread>

using namespace sb;
using Ring = store::Ring<std::unique_ptr<int>>;

class TestRing : public QObject {
    Q_OBJECT
private slots:
    void everythingArrivesOnceAndInOrder();
    void refusesWhenFull();
};

void TestRing::everythingArrivesOnceAndInOrder()
{
    constexpr int kItems = 200'000;
    auto ring = std::make_unique<Ring>();
    std::thread producer([&ring] {
        for (int i = 0; i < kItems; ++i) {
            auto item = std::make_unique<int>(i);
            while (ring->push(std::move(item)) == Ring::Push::Full)
                std::this_thread::yield();
        }
    });
    int expected = 0;
    bool isInOrder = true;
    std::unique_ptr<int> item;
    while (expected < kItems) {
        if (!ring->pop(item)) {
            std::this_thread::yield();
            continue;
        }
        isInOrder = isInOrder && *item == expected;
        ++expected;
    }
    producer.join();
    QVERIFY(isInOrder);
    QVERIFY(!ring->pop(item));
}

void TestRing::refusesWhenFull()
{
    auto ring = std::make_unique<Ring>();
    for (quint64 i = 0; i < Ring::kCapacity; ++i)
        QVERIFY(ring->push(std::make_unique<int>(int(i))) != Ring::Push::Full);
    auto item = std::make_unique<int>(-1);
    QCOMPARE(ring->push(std::move(item)), Ring::Push::Full);
    QVERIFY(item); // what was refused stays with the caller
    std::unique_ptr<int> first;
    QVERIFY(ring->pop(first));
    QCOMPARE(*first, 0);
    QVERIFY(ring->push(std::move(item)) != Ring::Push::Full);
}

QTEST_APPLESS_MAIN(TestRing)
#include "tst_ring.moc"
