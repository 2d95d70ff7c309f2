// Health's lists: whole buckets, gaps, few samples, bars that keep the count, spans of a state.
#include "models/health_shape.h"

#include <QTest>

#include <cmath>
#include <numeric>

using namespace sb;
using namespace sb::models;

class TstHealthShape : public QObject {
    Q_OBJECT

private slots:
    void asksForWholeBuckets_data()
    {
        QTest::addColumn<int>("range");
        QTest::addColumn<int>("buckets");
        QTest::newRow("5 min") << int(HealthRange::Minutes5) << 150;
        QTest::newRow("1 h") << int(HealthRange::Hour) << 240;
        QTest::newRow("24 h") << int(HealthRange::Day) << 288;
        QTest::newRow("7 d") << int(HealthRange::Week) << 168;
    }
    void asksForWholeBuckets()
    {
        QFETCH(int, range);
        QFETCH(int, buckets);
        const qint64 now = 1'795'356'125'731;
        const auto ask
            = healthAsk(HealthRange(range), {}, now, engine::HealthSplit::ByProvider, false);
        QCOMPARE(ask.fromWallMs % ask.bucket.count(), 0);
        QVERIFY(ask.toWallMs >= now && ask.toWallMs - now < ask.bucket.count());
        QCOMPARE((ask.toWallMs - ask.fromWallMs) / ask.bucket.count(), buckets);
        QVERIFY(buckets <= 300);
        const auto zoom = healthAsk(HealthRange(range), WallRange{now - 7, now - 3}, now,
                                    engine::HealthSplit::ByModel, true);
        QVERIFY(zoom.toWallMs > zoom.fromWallMs);
        QVERIFY(zoom.fromWallMs <= now - 7 && zoom.toWallMs >= now - 3);
        QVERIFY(zoom.hasDrills);
    }

    void listsKeepGapsAndFewSamples()
    {
        QList<engine::HealthBucket> buckets(4);
        for (int i = 0; i < 4; ++i)
            buckets[i].fromWallMs = 2'000 * i;
        buckets[1].attempts = buckets[1].samples = 3;
        buckets[1].p50Duration = Micros(1'500'000);
        buckets[1].p95Duration = Micros(2'000'000); // must not be shown for 3 samples
        buckets[3].attempts = buckets[3].samples = 9;
        buckets[3].p50Duration = Micros(500'000);
        buckets[3].p95Duration = Micros(900'000);
        const HealthLists lists = listsOf(buckets);
        QCOMPARE(lists.starts.size(), 4);
        QVERIFY(std::isnan(lists.p50Duration[0]) && std::isnan(lists.p50Duration[2]));
        QCOMPARE(lists.p50Duration[1], 1.5);
        QVERIFY(std::isnan(lists.p95Duration[1]));
        QCOMPARE(lists.p95Duration[3], 0.9);
        QCOMPARE(lists.few, QList<int>{1});
        QVERIFY(std::isnan(lists.p50Speed[3]));
        QVERIFY(std::isnan(lists.inFlight[0]));
        QCOMPARE(lists.inFlight[3], 0.0);
    }

    void barsKeepTheCount_data()
    {
        QTest::addColumn<int>("buckets");
        QTest::addColumn<int>("most");
        for (const int n : {1, 7, 59, 60, 61, 97, 150, 168, 240, 288})
            QTest::addRow("%d", n) << n << 60;
    }
    void barsKeepTheCount()
    {
        QFETCH(int, buckets);
        QFETCH(int, most);
        QList<engine::HealthBucket> list(buckets);
        for (int i = 0; i < buckets; ++i) {
            list[i].fromWallMs = 1'000 * i;
            list[i].failures[size_t(i % kFailureClasses)] = i;
        }
        const ErrorBars bars = errorBars(list, most);
        QVERIFY(bars.starts.size() <= most && !bars.starts.isEmpty());
        QCOMPARE(std::accumulate(bars.total.cbegin(), bars.total.cend(), 0.0),
                 double(buckets) * (buckets - 1) / 2);
        double byClass = 0;
        for (const auto &counts : bars.counts)
            byClass += std::accumulate(counts.cbegin(), counts.cend(), 0.0);
        QCOMPARE(byClass, double(buckets) * (buckets - 1) / 2);
    }

    void spansJoin()
    {
        QList<engine::HealthBucket> buckets(5);
        const ProviderState states[]
            = {ProviderState::Serving, ProviderState::Serving, ProviderState::Tripped,
               ProviderState::Serving, ProviderState::Serving};
        for (int i = 0; i < 5; ++i) {
            buckets[i].fromWallMs = 10 * i;
            buckets[i].state = states[i];
        }
        const auto spans = stateSpans(buckets, 50);
        QCOMPARE(spans.size(), 3);
        QCOMPARE(spans[0], (StateSpan{0, 20, ProviderState::Serving}));
        QCOMPARE(spans[1], (StateSpan{20, 30, ProviderState::Tripped}));
        QCOMPARE(spans[2], (StateSpan{30, 50, ProviderState::Serving}));
    }

    void quietReportsStayQuiet()
    {
        engine::HealthReport report;
        QVERIFY(!hasAnything(report));
        report.series = {engine::HealthSeries{.buckets = QList<engine::HealthBucket>(3)}};
        QVERIFY(!hasAnything(report));
        report.series[0].buckets[1].attempts = 1;
        QVERIFY(hasAnything(report));
    }

    void bucketIsFound()
    {
        engine::HealthSeries series;
        for (int i = 0; i < 3; ++i)
            series.buckets += engine::HealthBucket{.fromWallMs = 100 + 10 * i};
        QVERIFY(!bucketAt(series, 99, 130));
        QCOMPARE(bucketAt(series, 100, 130)->fromWallMs, 100);
        QCOMPARE(bucketAt(series, 129, 130)->fromWallMs, 120);
        QVERIFY(!bucketAt(series, 131, 130));
    }
};

QTEST_GUILESS_MAIN(TstHealthShape)
#include "tst_health_shape.moc"
