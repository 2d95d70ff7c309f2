#include "base/money.h"

#include <QtTest>

#include <limits>

using namespace sb;

class TestMoney : public QObject {
    Q_OBJECT

private slots:
    void parses_data();
    void parses();
    void prices_data();
    void prices();
    void prints_data();
    void prints();
    void bills_data();
    void bills();
    void holdsAreNeverTooSmall();
    void nonsenseSaturates();
    void factorsLeaveFeesAlone();
    void sumsAreExact();
};

void TestMoney::parses_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<qint64>("nano"); // -1: refused
    const auto row
        = [](const char *text, qint64 nano) { QTest::newRow(text) << QByteArray(text) << nano; };
    row("10.00", 10'000'000'000);
    row("0", 0);
    row("0.000000001", 1);
    row("0.0000000001", -1);
    row("9223372036.854775807", std::numeric_limits<qint64>::max());
    row("9223372036.854775808", -1);
    row("99999999999", -1);
    row("", -1);
    row(".5", -1);
    row("5.", -1);
    row("-1", -1);
    row("+1", -1);
    row("1e3", -1);
    row("1,5", -1);
    row(" 1", -1);
    row("1.2.3", -1);
    row("0x10", -1);
    row("NaN", -1);
    row("007", 7'000'000'000);
}

void TestMoney::parses()
{
    QFETCH(QByteArray, text);
    QFETCH(qint64, nano);
    const auto money = Money::parse(text);
    QCOMPARE(money ? money->nano : -1, nano);
}

void TestMoney::prices_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<qint64>("pico");
    const auto row
        = [](const char *text, qint64 pico) { QTest::newRow(text) << QByteArray(text) << pico; };
    row("0.003625", 3'625); // [cost.md §2]
    row("2.50", 2'500'000);
    row("600", 600'000'000);
    row("0", 0);
    row("0.0000001", -1);
}

void TestMoney::prices()
{
    QFETCH(QByteArray, text);
    QFETCH(qint64, pico);
    const auto price = Price::parsePerMillion(text);
    QCOMPARE(price ? price->pico : -1, pico);
}

void TestMoney::prints_data()
{
    QTest::addColumn<qint64>("nano");
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("zero") << qint64(0) << QByteArray("0.00");
    QTest::newRow("cents") << qint64(10'000'000'000) << QByteArray("10.00");
    QTest::newRow("small") << qint64(2'100'000) << QByteArray("0.0021");
    QTest::newRow("one") << qint64(1) << QByteArray("0.000000001");
    QTest::newRow("minus") << qint64(-1'500'000'000) << QByteArray("-1.50");
    QTest::newRow("least") << std::numeric_limits<qint64>::min()
                           << QByteArray("-9223372036.854775808");
}

void TestMoney::prints()
{
    QFETCH(qint64, nano);
    QFETCH(QByteArray, text);
    QCOMPARE(Money{nano}.dollars(), text);
    if (nano >= 0)
        QCOMPARE(Money::parse(text)->nano, nano);
}

void TestMoney::bills_data()
{
    QTest::addColumn<qint64>("count");
    QTest::addColumn<qint64>("pico");
    QTest::addColumn<qint64>("nano");
    QTest::newRow("case 54") << qint64(1) << qint64(3'625) << qint64(4); // 3.625 → 4, half up
    QTest::newRow("below half") << qint64(1) << qint64(499) << qint64(0);
    QTest::newRow("half") << qint64(1) << qint64(500) << qint64(1);
    QTest::newRow("one and a half") << qint64(3) << qint64(500) << qint64(2);
    QTest::newRow("refund, half away from zero") << qint64(-1) << qint64(500) << qint64(-1);
    QTest::newRow("nothing") << qint64(0) << qint64(500) << qint64(0);
    QTest::newRow("largest") << qint64(1'000'000'000) << qint64(600'000'000)
                             << qint64(600'000'000'000'000);
}

void TestMoney::bills()
{
    QFETCH(qint64, count);
    QFETCH(qint64, pico);
    QFETCH(qint64, nano);
    const BillLine line{count, Price{pico}, false};
    QCOMPARE(bill(std::span(&line, 1)).nano, nano);
}

void TestMoney::holdsAreNeverTooSmall()
{
    const BillLine line{1, Price{1}, false};
    QCOMPARE(bill(std::span(&line, 1)).nano, 0);
    QCOMPARE(billRoundedUp(std::span(&line, 1)).nano, 1);
    const BillLine whole{1'000, Price{1}, false};
    QCOMPARE(billRoundedUp(std::span(&whole, 1)).nano, 1);
}

void TestMoney::nonsenseSaturates()
{
    // Ten times the largest amount that fits: it must not wrap around.
    const BillLine line{1'000'000'000'000, Price{100'000'000'000}, false};
    QCOMPARE(bill(std::span(&line, 1)).nano, std::numeric_limits<qint64>::max());
    QCOMPARE(billRoundedUp(std::span(&line, 1)).nano, std::numeric_limits<qint64>::max());
    const BillLine negative{-1'000'000'000'000, Price{100'000'000'000}, false};
    QCOMPARE(bill(std::span(&negative, 1)).nano, -std::numeric_limits<qint64>::max());
}

void TestMoney::factorsLeaveFeesAlone()
{
    // 1000 × 1 nano, fast (2) in the US (1.1), and one fee of 5 nano.
    const BillLine lines[] = {{1'000, Price{1'000}, false}, {1, Price{5'000}, true}};
    QCOMPARE(bill(lines, 2'000'000, 1'100'000).nano, 2'205);
    // 1 pico-dollar rounds once over all lines, not once a line.
    const BillLine halves[] = {{1, Price{400}, false}, {1, Price{400}, false}};
    QCOMPARE(bill(halves).nano, 1);
}

void TestMoney::sumsAreExact()
{
    Money sum;
    for (int i = 0; i < 1'000'000; ++i)
        sum += Money{1};
    QCOMPARE(sum.dollars(), QByteArray("0.001"));
    sum -= Money{1'000'000};
    QCOMPARE(sum, Money{});
    QVERIFY(Money{1} < Money{2});
}

QTEST_APPLESS_MAIN(TestMoney)
#include "tst_money.moc"
