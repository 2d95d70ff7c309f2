// Spend and health as the window gets them, against a plain count over the same exchanges.
#include "engine/history_reports.h"
#include "store/days.h"

#include "store/samples.h"

#include <QDateTime>
#include <QTemporaryDir>
#include <QTest>
#include <QTimeZone>

#include <map>

using namespace sb;
using namespace sb::engine;

namespace {
template <typename T> T answer(QFuture<T> future)
{
    return future.takeResult();
}

qint64 utc(const char *iso)
{
    return QDateTime::fromString(QString::fromLatin1(iso), Qt::ISODate).toMSecsSinceEpoch();
}

Exchange spent(qint64 wallMs, Random &random)
{
    const auto pick = [&](std::initializer_list<const char *> words) {
        return QString::fromLatin1(words.begin()[random.below(words.size())]);
    };
    Exchange e = store::samples::ordinary(wallMs, random);
    e.client = ClientId(pick({"a", "b", ""}));
    e.decision.chain = ChainId(pick({"coding", "default"}));
    e.caller = {1, pick({"", "claude", "node"}), pick({"/x", "/y", ""})};
    e.settlement.isDrill = random.below(5) == 0;
    e.attempts.clear();
    for (auto left = random.below(4); left > 0; --left) {
        Attempt a;
        a.target = {ProviderId(pick({"openai", "anthropic"})), pick({"m1", "m2", "m3"}),
                    KeyId(pick({"main", "other"}))};
        a.outcome = random.below(3) ? AttemptOutcome::Served : AttemptOutcome::RateLimited;
        a.costSource = CostSource(random.below(6));
        a.cost.nano = qint64(random.below(1'000'000'000'000));
        a.uncertain.nano = qint64(random.below(1'000));
        a.usage.input = qint64(random.below(100'000));
        a.usage.cacheRead = qint64(random.below(1'000));
        a.usage.cacheWrite = qint64(random.below(1'000));
        a.usage.output = qint64(random.below(10'000));
        a.usage.reasoning = qint64(random.below(1'000));
        e.attempts << a;
    }
    e.outcome.servedBy
        = e.attempts.isEmpty() || random.below(3) == 0 ? -1 : int(random.below(e.attempts.size()));
    return e;
}

// One number for each sum, so that a difference reads well.
QList<qint64> numbers(const SpendSums &sums)
{
    return {sums.exchanges,       sums.attempts,         sums.unpriced,       sums.estimated,
            sums.reported,        sums.cost.nano,        sums.uncertain.nano, sums.usage.input,
            sums.usage.cacheRead, sums.usage.cacheWrite, sums.usage.output,   sums.usage.reasoning};
}

void addTo(QList<qint64> &to, const QList<qint64> &from)
{
    if (to.isEmpty())
        to = QList<qint64>(from.size());
    for (qsizetype i = 0; i < from.size(); ++i)
        to[i] += from[i];
}

QList<qint64> numbers(const Attempt &a, bool isCounted)
{
    return {qint64(isCounted),
            1,
            a.costSource == CostSource::Unpriced,
            a.costSource == CostSource::Estimated,
            a.costSource == CostSource::ProviderReported,
            a.cost.nano,
            a.uncertain.nano,
            a.usage.input,
            a.usage.cacheRead,
            a.usage.cacheWrite,
            a.usage.output,
            a.usage.reasoning};
}

// Where an hour or a day begins, said once more and in another way: by the clock on the wall.
qint64 startOf(SpendGrain grain, const QTimeZone &zone, qint64 wallMs)
{
    if (grain == SpendGrain::Quarter)
        return wallMs / 900'000 * 900'000;
    const QDateTime local = QDateTime::fromMSecsSinceEpoch(wallMs, zone);
    if (grain == SpendGrain::Day)
        return local.date().startOfDay(zone).toMSecsSinceEpoch();
    return wallMs - (local.time().msecsSinceStartOfDay() % 3'600'000);
}

using Sums = std::map<std::pair<qint64, QString>, QList<qint64>>;

void count(Sums &sums, const Exchange &e, SpendGroup group, qint64 from)
{
    const Attempt *counted = e.server();
    if (!counted && !e.attempts.isEmpty())
        counted = &e.attempts.last();
    const auto nameOf = [&](const Attempt *a) -> QString {
        switch (group) {
        case SpendGroup::Model:
            return a ? a->target.model : QString();
        case SpendGroup::Client:
            return e.client.text();
        case SpendGroup::Key:
            return a ? a->target.provider.text() + u'/' + a->target.key.text() : QString();
        case SpendGroup::Provider:
            return a ? a->target.provider.text() : QString();
        case SpendGroup::Chain:
            return e.decision.chain.text();
        case SpendGroup::Program:
            return e.caller.program;
        case SpendGroup::Folder:
            return e.caller.folder;
        }
        return {};
    };
    if (!counted)
        addTo(sums[{from, nameOf(nullptr)}], {1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
    for (const Attempt &a : e.attempts)
        addTo(sums[{from, nameOf(&a)}], numbers(a, &a == counted));
}
} // namespace

class tst_Reports : public QObject {
    Q_OBJECT

    QTemporaryDir m_dir;
    int m_number = 0;

private slots:
    void spendEqualsTheRecords_data()
    {
        QTest::addColumn<QByteArray>("kept"); // the zone of the store's days
        QTest::newRow("kept UTC") << QByteArray("UTC");
        QTest::newRow("kept Kathmandu") << QByteArray("Asia/Kathmandu");
    }
    void spendEqualsTheRecords()
    {
        QFETCH(QByteArray, kept);
        store::Options options;
        options.dataDir = m_dir.filePath(QStringLiteral("s%1/data").arg(++m_number));
        options.zone = kept;
        options.historyDays = 36'500;
        auto opened = store::Store::open(options);
        QVERIFY(opened);
        store::Store &store = *opened->first;
        SeededRandom random(1);
        // Around both changes of New York's clocks in 2026.
        QList<Exchange> all;
        for (const char *middle : {"2026-03-08T07:00:00Z", "2026-11-01T06:00:00Z"}) {
            for (int i = 0; i < 600; ++i)
                all << spent(utc(middle) - 2 * 86'400'000ll + qint64(random.below(4 * 86'400'000)),
                             random);
        }
        for (const Exchange &exchange : std::as_const(all))
            store.record(std::make_shared<const Exchange>(exchange));
        int compared = 0;
        for (const char *zone :
             {"UTC", "America/New_York", "Asia/Kathmandu", "Asia/Kolkata", "Australia/Lord_Howe"}) {
            for (const auto &[from, to] :
                 {std::pair(utc("2026-03-07T03:20:00Z"), utc("2026-03-09T11:00:00Z")),
                  std::pair(utc("2026-10-31T10:00:00Z"), utc("2026-11-02T10:07:00Z")),
                  std::pair(utc("2026-11-01T05:14:00Z"), utc("2026-11-01T05:16:00Z"))}) {
                for (int grain = 0; grain <= int(SpendGrain::Day); ++grain) {
                    for (int group = 0; group <= int(SpendGroup::Folder); ++group) {
                        SpendAsk ask{from,
                                     to,
                                     SpendGrain(grain),
                                     SpendGroup(group),
                                     zone,
                                     random.below(2) == 1};
                        const auto borders = spendBorders(ask);
                        QVERIFY(borders);
                        const auto rows = answer(store.sums(sumAsk(ask, *borders)));
                        QVERIFY(rows);
                        const SpendReport report = spendReport(ask, *borders, *rows);
                        QCOMPARE(report.buckets.first().fromWallMs,
                                 startOf(ask.grain, QTimeZone(zone), from));
                        QVERIFY(report.buckets.last().toWallMs >= to);
                        Sums expected;
                        for (const Exchange &e : std::as_const(all)) {
                            if ((!ask.hasDrills && e.settlement.isDrill)
                                || e.wallMs < borders->first() || e.wallMs >= borders->last())
                                continue;
                            count(expected, e, ask.group,
                                  startOf(ask.grain, QTimeZone(zone), e.wallMs));
                        }
                        Sums told;
                        QList<qint64> total(12);
                        qint64 until = borders->first();
                        for (const SpendBucket &bucket : report.buckets) {
                            QCOMPARE(bucket.fromWallMs, until); // none left out
                            until = bucket.toWallMs;
                            QCOMPARE(bucket.cells.size(), report.rows.size());
                            for (qsizetype i = 0; i < bucket.cells.size(); ++i) {
                                const auto sums = numbers(bucket.cells[i]);
                                if (sums != QList<qint64>(12))
                                    told[{bucket.fromWallMs, report.rows[i].key}] = sums;
                                addTo(total, sums);
                            }
                        }
                        QCOMPARE(told.size(), expected.size());
                        QVERIFY(told == expected);
                        QCOMPARE(numbers(report.total), total);
                        for (qsizetype i = 1; i < report.rows.size(); ++i)
                            QVERIFY(report.rows[i - 1].sums.cost >= report.rows[i].sums.cost);
                        ++compared;
                    }
                }
            }
        }
        QCOMPARE(compared, 5 * 3 * 3 * 7);
    }

    void daysAndHoursOfTheClocks()
    {
        const auto widths
            = [](const char *zone, SpendGrain grain, const char *from, const char *to) {
                  SpendAsk ask{utc(from), utc(to), grain, SpendGroup::Model, zone, false};
                  QList<qint64> minutes;
                  const auto borders = spendBorders(ask);
                  for (qsizetype i = 1; i < borders->size(); ++i)
                      minutes << ((*borders)[i] - (*borders)[i - 1]) / 60'000;
                  return minutes;
              };
        QCOMPARE(widths("America/New_York", SpendGrain::Day, "2026-03-07T12:00:00Z",
                        "2026-03-09T12:00:00Z"),
                 (QList<qint64>{1440, 1380, 1440}));
        QCOMPARE(widths("America/New_York", SpendGrain::Day, "2026-10-31T12:00:00Z",
                        "2026-11-02T12:00:00Z"),
                 (QList<qint64>{1440, 1500, 1440}));
        QCOMPARE(widths("Asia/Kathmandu", SpendGrain::Hour, "2026-11-22T10:15:00Z",
                        "2026-11-22T12:15:00Z"),
                 (QList<qint64>{60, 60}));
        // Lord Howe moves by half an hour.
        QCOMPARE(widths("Australia/Lord_Howe", SpendGrain::Hour, "2026-04-04T14:00:00Z",
                        "2026-04-04T16:30:00Z"),
                 (QList<qint64>{60, 30, 60}));
    }

    void badRangesAreRefused()
    {
        SpendAsk ask{100, 100, SpendGrain::Hour, SpendGroup::Model, "UTC", false};
        QCOMPARE(spendBorders(ask).error().code, QStringLiteral("bad_range"));
        ask.toWallMs = std::numeric_limits<qint64>::max();
        QCOMPARE(spendBorders(ask).error().code, QStringLiteral("bad_range"));
        ask = {0, 1'795'000'000'000, SpendGrain::Quarter, SpendGroup::Model, "UTC", false};
        QCOMPARE(spendBorders(ask).error().code, QStringLiteral("bad_range"));
        HealthAsk health{0, 1'795'000'000'000, Millis(2'000), HealthSplit::ByKey, false};
        QCOMPARE(wholeBuckets(health).error().code, QStringLiteral("bad_range"));
        health = {1'001, 4'001, Millis(2'000), HealthSplit::ByKey, false};
        QCOMPARE(wholeBuckets(health)->fromWallMs, 0);
        QCOMPARE(wholeBuckets(health)->toWallMs, 6'000);
        health.bucket = Millis(0);
        QVERIFY(!wholeBuckets(health));
    }

    void healthIsMergedBySplit()
    {
        constexpr qint64 kNow = 1'763'000'000'000; // long ago: all of it is known
        SeededRandom random(2);
        QList<store::HealthCell> cells;
        QList<qint64> durations;
        for (const char *key : {"a", "b"}) {
            store::HealthCell cell{kNow,
                                   {store::HealthLevel::Key, QStringLiteral("p"),
                                    QStringLiteral("m"), QString::fromLatin1(key), false},
                                   {}};
            for (int i = 0; i < 50; ++i) {
                Attempt attempt;
                attempt.outcome
                    = i % 10 == 0 ? AttemptOutcome::RateLimited : AttemptOutcome::Served;
                attempt.startedAt = Micros(0);
                attempt.firstContentAt = Micros(100'000);
                attempt.endedAt = Micros(200'000 + qint64(random.below(5'000'000)));
                attempt.usage.output = 101;
                if (attempt.outcome == AttemptOutcome::Served)
                    durations << attempt.endedAt.count();
                cell.grain.add(attempt);
            }
            cell.grain.inFlight = 3;
            cells << cell;
        }
        cells << store::HealthCell{
            kNow, {store::HealthLevel::Provider, QStringLiteral("p"), {}, {}, false}, {}};
        cells.last().grain.inFlight = 5;
        store::HealthCell drill = cells[0];
        drill.key.isDrill = true;
        cells << drill;
        std::sort(durations.begin(), durations.end());
        HealthAsk ask{kNow, kNow + 6'000, Millis(2'000), HealthSplit::ByProvider, false};
        const HealthReport report = healthReport(ask, cells, {});
        QCOMPARE(report.series.size(), 1);
        const HealthSeries &series = report.series[0];
        QCOMPARE(series.buckets.size(), 3);
        const HealthBucket &bucket = series.buckets[0];
        QCOMPARE(bucket.attempts, 100);
        QCOMPARE(bucket.served, 90);
        QCOMPARE(bucket.failures[size_t(FailureClass::Limited)], 10);
        QCOMPARE(bucket.samples, 90);
        QCOMPARE(bucket.inFlight, 5);
        QCOMPARE(bucket.state, ProviderState::Degraded); // 10 % failed
        const double p95 = double(durations[85]); // nearest rank of 90
        QVERIFY(std::abs(double(bucket.p95Duration.count()) - p95) <= 0.02 * p95);
        QCOMPARE(series.buckets[1].attempts, 0);
        QCOMPARE(series.buckets[1].p50Duration, kNever);
        QCOMPARE(series.buckets[1].state, ProviderState::NoTraffic);
        QCOMPARE(series.total.attempts, 100);
        ask.split = HealthSplit::ByKey;
        QCOMPARE(healthReport(ask, cells, {}).series.size(), 2);
        QCOMPARE(healthReport(ask, cells, {}).series[0].total.inFlight, 3);
        ask.hasDrills = true;
        QCOMPARE(healthReport(ask, cells, {}).series[0].total.attempts, 100);
    }

    void fewSamplesHaveNoP95()
    {
        store::HealthCell cell{
            2'000, {store::HealthLevel::Key, QStringLiteral("p"), {}, {}, false}, {}};
        Attempt attempt;
        attempt.outcome = AttemptOutcome::Served;
        attempt.startedAt = Micros(0);
        attempt.firstContentAt = Micros(10);
        attempt.endedAt = Micros(20);
        for (int i = 0; i < 4; ++i)
            cell.grain.add(attempt);
        HealthAsk ask{2'000, 4'000, Millis(2'000), HealthSplit::ByProvider, false};
        HealthReport report = healthReport(ask, {cell}, {});
        QCOMPARE(report.series[0].total.p95Duration, kNever);
        QVERIFY(report.series[0].total.p50Duration != kNever);
        cell.grain.add(attempt);
        report = healthReport(ask, {cell}, {});
        QVERIFY(report.series[0].total.p95Duration != kNever);
        QCOMPARE(report.series[0].total.p50Speed, -1.0); // too short to tell
    }

    void statesFollowTheEvents()
    {
        const auto event = [](qint64 at, EventKind kind, qint64 until = 0) {
            EventView view;
            view.wallMs = at;
            view.kind = kind;
            view.provider = ProviderId(QStringLiteral("p"));
            view.untilWallMs = until;
            return view;
        };
        const HealthAsk ask{10'000, 30'000, Millis(2'000), HealthSplit::ByProvider, false};
        const auto states = [&](const QList<EventView> &events) {
            QList<ProviderState> states;
            const HealthReport report = healthReport(ask, {}, events);
            for (const HealthBucket &bucket : report.series[0].buckets)
                states << bucket.state;
            return states;
        };
        using enum ProviderState;
        QCOMPARE(
            states({event(13'000, EventKind::Tripped, 17'000), event(17'500, EventKind::Recovered),
                    event(20'000, EventKind::SwitchedOff), event(24'000, EventKind::SwitchedOn)}),
            (QList<ProviderState>{NoTraffic, Tripped, Tripped, Tripped, NoTraffic, Off, Off, Off,
                                  NoTraffic, NoTraffic}));
        // Off since long before; not among the marks of the range.
        const QList<EventView> before{event(1'000, EventKind::SwitchedOff)};
        QCOMPARE(states(before), QList<ProviderState>(10, Off));
        QVERIFY(healthReport(ask, {}, before).events.isEmpty());
    }
};

QTEST_GUILESS_MAIN(tst_Reports)
#include "tst_reports.moc"
