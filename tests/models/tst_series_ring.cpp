#include "models/series_ring.h"

#include <QTest>

#include <cmath>

using namespace sb;
using models::Metric;
using models::SeriesRing;
using namespace std::chrono_literals;

namespace {

constexpr qint64 kBase = 1'764'000'000'000;
const ProviderId kOne(QStringLiteral("one"));

SecondView second(qint64 at, double firstToken, double speed = -1, const ProviderId &id = kOne)
{
    SecondView view;
    view.wallMs = kBase + at * 1000;
    view.provider = id;
    view.firstContent = firstToken < 0 ? kNever : Micros(qint64(firstToken * 1e6));
    view.tokensPerSecond = speed;
    return view;
}

} // namespace

class TestSeriesRing : public QObject {
    Q_OBJECT

private slots:
    void shortSilenceIsBridgedAndLongSilenceBreaks();
    void aLoneSecondIsADash();
    void boundedAndForgetful();
    void lateSecondsFindTheirSlot();
    void metricsAreApart();
    void providersThatWentAreDropped();
};

void TestSeriesRing::shortSilenceIsBridgedAndLongSilenceBreaks()
{
    SeriesRing ring;
    ring.take({second(0, 0.5), second(1, 0.6), second(10, 0.7), second(11, 0.8), second(60, 0.9),
               second(61, 1.0)});
    const QList<QPointF> points = ring.points(kOne, Metric::FirstTokenSeconds, kBase + 61'000);
    QCOMPARE(points.size(), 7); // six samples and one break
    int breaks = 0;
    for (const QPointF &point : points)
        breaks += std::isnan(point.y());
    QCOMPARE(breaks, 1);
    QVERIFY(std::isnan(points[4].y()));
    QCOMPARE(points[0].x(), double(kBase));
    QVERIFY(std::abs(points[5].y() - 0.9) < 1e-6);
}

void TestSeriesRing::aLoneSecondIsADash()
{
    SeriesRing ring;
    ring.take({second(0, 0.5), second(100, 0.7)});
    const QList<QPointF> points = ring.points(kOne, Metric::FirstTokenSeconds, kBase + 120'000);
    QCOMPARE(points.size(), 5);
    QCOMPARE(points[1].x() - points[0].x(), 1000.0);
    QCOMPARE(points[1].y(), points[0].y());
    QVERIFY(std::isnan(points[2].y()));
    QCOMPARE(points[4].x() - points[3].x(), 1000.0);
}

void TestSeriesRing::boundedAndForgetful()
{
    SeriesRing ring;
    for (int i = 0; i < 2'000; ++i)
        ring.take({second(i, 0.5 + i / 10'000.0, 40)});
    const qint64 now = kBase + 1'999'000;
    QCOMPARE(ring.points(kOne, Metric::FirstTokenSeconds, now).size(), SeriesRing::kSeconds);
    QCOMPARE(ring.points(kOne, Metric::FirstTokenSeconds, now).constFirst().x(),
             double(kBase + 1'700'000));
    QVERIFY(ring.points(kOne, Metric::FirstTokenSeconds, now + 400'000).isEmpty());
    QVERIFY(ring.isEmpty(Metric::FirstTokenSeconds, now + 400'000));
    QVERIFY(std::isnan(ring.latest(kOne, Metric::FirstTokenSeconds, now + 400'000)));
}

void TestSeriesRing::lateSecondsFindTheirSlot()
{
    SeriesRing ring;
    ring.take({second(10, 0.5), second(12, 0.7), second(11, 0.6)});
    const QList<QPointF> points = ring.points(kOne, Metric::FirstTokenSeconds, kBase + 12'000);
    QCOMPARE(points.size(), 3);
    QVERIFY(std::abs(points[1].y() - 0.6) < 1e-6);
    ring.take({second(312, 0.9), second(12, 0.1)}); // a whole ring late: ignored
    QVERIFY(std::abs(ring.latest(kOne, Metric::FirstTokenSeconds, kBase + 312'000) - 0.9) < 1e-6);
    ring.take({second(-2'000'000'000, 1)}); // before 1970
    QCOMPARE(ring.highest(Metric::FirstTokenSeconds, kBase + 12'000), double(0.6F));
}

void TestSeriesRing::metricsAreApart()
{
    SeriesRing ring;
    ring.take({second(1, -1, 80), second(2, 0.4, -1)});
    QCOMPARE(ring.latest(kOne, Metric::TokensPerSecond, kBase + 5'000), 80.0);
    QVERIFY(std::abs(ring.latest(kOne, Metric::FirstTokenSeconds, kBase + 5'000) - 0.4) < 1e-6);
    QCOMPARE(ring.highest(Metric::TokensPerSecond, kBase + 5'000), 80.0);
}

void TestSeriesRing::providersThatWentAreDropped()
{
    SeriesRing ring;
    ring.take({second(1, 0.4)});
    ring.retain({});
    QVERIFY(ring.points(kOne, Metric::FirstTokenSeconds, kBase + 2'000).isEmpty());
}

QTEST_APPLESS_MAIN(TestSeriesRing)
#include "tst_series_ring.moc"
