// Spend's arithmetic: periods over changes of the clock, projection, burn-down, movers, links.
#include "models/history_links.h"
#include "models/identities.h"
#include "models/spend_math.h"
#include "models/spend_model.h"
#include "record/exchange_filter.h"

#include <QAbstractItemModelTester>
#include <QDateTime>
#include <QTest>

using namespace sb;
using namespace sb::models;

namespace {

constexpr qint64 kHour = 3'600'000;

qint64 wall(const char *iso)
{
    return QDateTime::fromString(QString::fromLatin1(iso), Qt::ISODate).toMSecsSinceEpoch();
}

Money cents(qint64 n)
{
    return Money{n * 10'000'000};
}

engine::SpendReport quarters(qint64 from, qint64 to, qint64 until, Money each)
{
    engine::SpendReport report;
    report.rows = {engine::SpendRow{.key = QStringLiteral("a")}};
    for (qint64 at = from; at < to; at += kHour / 4) {
        engine::SpendBucket bucket{.fromWallMs = at, .toWallMs = at + kHour / 4};
        engine::SpendSums cell;
        if (at < until)
            cell.cost = each;
        bucket.cells = {cell};
        report.rows[0].sums.cost += cell.cost;
        report.buckets += bucket;
    }
    report.total = report.rows[0].sums;
    return report;
}

} // namespace

class TstSpendMath : public QObject {
    Q_OBJECT

private slots:
    void periods_data()
    {
        QTest::addColumn<int>("range");
        QTest::addColumn<QByteArray>("zone");
        QTest::addColumn<qint64>("now");
        QTest::addColumn<qint64>("from");
        QTest::addColumn<qint64>("to");
        QTest::addColumn<qint64>("beforeFrom");
        QTest::newRow("today, UTC") << int(SpendRange::Today) << QByteArray("UTC")
                                    << wall("2026-11-22T14:00:00Z") << wall("2026-11-22T00:00:00Z")
                                    << wall("2026-11-23T00:00:00Z") << wall("2026-11-21T00:00:00Z");
        QTest::newRow("today, +5:45")
            << int(SpendRange::Today) << QByteArray("Asia/Kathmandu")
            << wall("2026-11-22T19:00:00Z") << wall("2026-11-22T18:15:00Z")
            << wall("2026-11-23T18:15:00Z") << wall("2026-11-21T18:15:00Z");
        QTest::newRow("day of 25 hours")
            << int(SpendRange::Today) << QByteArray("Europe/Berlin") << wall("2026-10-25T12:00:00Z")
            << wall("2026-10-24T22:00:00Z") << wall("2026-10-25T23:00:00Z")
            << wall("2026-10-23T22:00:00Z");
        QTest::newRow("7 days") << int(SpendRange::Days7) << QByteArray("UTC")
                                << wall("2026-11-22T14:00:00Z") << wall("2026-11-16T00:00:00Z")
                                << wall("2026-11-23T00:00:00Z") << wall("2026-11-09T00:00:00Z");
        QTest::newRow("month in March")
            << int(SpendRange::Month) << QByteArray("UTC") << wall("2027-03-31T10:00:00Z")
            << wall("2027-03-01T00:00:00Z") << wall("2027-04-01T00:00:00Z")
            << wall("2027-02-01T00:00:00Z");
    }
    void periods()
    {
        QFETCH(int, range);
        QFETCH(QByteArray, zone);
        QFETCH(qint64, now);
        const QTimeZone tz(zone);
        QVERIFY(tz.isValid());
        const SpendPeriod period = periodOf(SpendRange(range), now, tz);
        QTEST(period.fromWallMs, "from");
        QTEST(period.toWallMs, "to");
        QTEST(period.beforeFromWallMs, "beforeFrom");
        // As much as has gone by, and never into the period itself.
        QVERIFY(period.beforeToWallMs <= period.fromWallMs);
        QCOMPARE(period.beforeToWallMs,
                 std::min(period.fromWallMs, period.beforeFromWallMs + (now - period.fromWallMs)));
    }

    void projectionNeedsThreeDays()
    {
        const QTimeZone utc = QTimeZone::utc();
        const qint64 now = wall("2026-11-22T12:00:00Z");
        const qint64 to = wall("2026-11-23T00:00:00Z");
        const QDate today(2026, 11, 22);
        QList<DayCost> days{{today.addDays(-2), cents(100), 1}, {today.addDays(-1), cents(100), 1}};
        QVERIFY(!project(cents(50), now, to, days, utc).isKnown);
        days.prepend({today.addDays(-3), cents(100), 1});
        const Projection p = project(cents(50), now, to, days, utc);
        QVERIFY(p.isKnown);
        QVERIFY(!p.isSameWeekday);
        QCOMPARE(p.end, cents(100)); // half a day of a dollar a day is still to come
        QCOMPARE(p.low, cents(100));
        QCOMPARE(p.high, cents(100));
    }

    void projectionKnowsWeekdays()
    {
        const QTimeZone utc = QTimeZone::utc();
        const QDate sunday(2026, 11, 22);
        QList<DayCost> days;
        for (int back = 28; back >= 1; --back) {
            const QDate date = sunday.addDays(-back);
            days += DayCost{date, date.dayOfWeek() >= 6 ? cents(200) : cents(1'000), 5};
        }
        const qint64 now = wall("2026-11-22T12:00:00Z");
        const Projection day = project({}, now, wall("2026-11-23T00:00:00Z"), days, utc);
        QVERIFY(day.isSameWeekday);
        QCOMPARE(day.end, cents(100)); // half a Sunday
        QCOMPARE(day.low, cents(100));
        QCOMPARE(day.high, cents(500));
        // To the end of the month: half a Sunday, then Monday to Monday.
        const Projection month = project({}, now, wall("2026-12-01T00:00:00Z"), days, utc);
        QCOMPARE(month.end, cents(100) + cents(6 * 1'000) + cents(2 * 200));
    }

    void daysBeforeStartWithTheFirstUse()
    {
        engine::SpendReport report;
        report.rows = {engine::SpendRow{.key = QStringLiteral("a")}};
        const qint64 first = wall("2026-11-18T00:00:00Z");
        for (int i = 0; i < 5; ++i) {
            engine::SpendBucket bucket{.fromWallMs = first + i * 24 * kHour,
                                       .toWallMs = first + (i + 1) * 24 * kHour};
            bucket.cells = {engine::SpendSums{}};
            bucket.cells[0].exchanges = i == 1 || i == 4 ? 3 : 0;
            bucket.cells[0].cost = cents(i);
            report.buckets += bucket;
        }
        const auto days = daysBefore(report, wall("2026-11-22T10:00:00Z"), QTimeZone::utc());
        QCOMPARE(days.size(), 3); // 19th, 20th, 21st: quiet days count, today does not
        QCOMPARE(days.constFirst().date, QDate(2026, 11, 19));
        QCOMPARE(days.constLast().cost, cents(3));
    }

    void burnDownEndsAtTheRest()
    {
        const qint64 from = wall("2026-11-22T00:00:00Z");
        const qint64 to = wall("2026-11-23T00:00:00Z");
        const qint64 now = wall("2026-11-22T12:00:00Z");
        auto report = quarters(from, to, now, cents(10)); // 48 quarters: $4.80
        report.buckets[0].cells[0].uncertain = cents(20);
        Projection p{.isKnown = true, .days = 9};
        p.end = cents(960);
        p.low = cents(800);
        p.high = cents(1'200);
        const BurnDown burn = burnDown(cents(1'000), report, now, p);
        QCOMPARE(burn.instants.constFirst(), from);
        QCOMPARE(burn.instants.constLast(), to);
        QCOMPARE(burn.left.constFirst(), 10.0);
        const qsizetype at = burn.instants.indexOf(now);
        QVERIFY(at > 0);
        QCOMPARE(burn.left[at], 5.0); // $10 - $4.80 - $0.20 that may be billed
        QVERIFY(std::isnan(burn.left[at + 1]));
        QVERIFY(std::isnan(burn.low[at - 1]));
        QCOMPARE(burn.pace[at], 5.0);
        QCOMPARE(burn.low.constLast(), 0.0); // never below nothing
        QCOMPARE(burn.high.constLast(), 2.0);
    }

    void rateIsPerHour()
    {
        const qint64 from = wall("2026-11-22T00:00:00Z");
        const auto report
            = quarters(from, wall("2026-11-23T00:00:00Z"), wall("2026-11-22T12:00:00Z"), cents(10));
        QCOMPARE(*hourlyRate(report, wall("2026-11-22T12:00:00Z")), cents(40));
        QVERIFY(!hourlyRate(report, from + 30'000)); // half a minute says nothing
        QCOMPARE(hourlyRate(report, wall("2026-11-22T20:00:00Z"))->nano, 0);
    }

    void moverIsTheLargestChange()
    {
        engine::SpendReport now;
        engine::SpendReport before;
        const auto row = [](const char *key, Money cost) {
            engine::SpendRow made{.key = QString::fromLatin1(key)};
            made.sums.cost = cost;
            return made;
        };
        QVERIFY(!biggestMover(now, before));
        now.rows = {row("a", cents(500)), row("b", cents(100))};
        before.rows = {row("a", cents(450)), row("c", cents(300))};
        const auto mover = biggestMover(now, before);
        QCOMPARE(mover->key, QStringLiteral("c"));
        QCOMPARE(mover->change, Money{} - cents(300));
    }

    void stacksKeepTheSum()
    {
        engine::SpendReport report;
        for (int i = 0; i < 8; ++i) {
            report.rows += engine::SpendRow{.key = QString::number(i)};
            report.rows[i].sums.cost = cents(80 - 10 * i);
        }
        engine::SpendBucket bucket;
        for (int i = 0; i < 8; ++i) {
            engine::SpendSums cell;
            cell.cost = cents(80 - 10 * i);
            bucket.cells += cell;
        }
        report.buckets = {bucket};
        const auto stacks = stacksOf(report, 5);
        QCOMPARE(stacks.size(), 6);
        QVERIFY(stacks.constLast().isOther);
        QCOMPARE(stacks.constLast().rows, 3);
        QCOMPARE(stacks.constLast().total, cents(60));
        Money sum;
        for (const auto &stack : stacks)
            sum += stack.values[0];
        QCOMPARE(sum, cents(360));
    }

    void linksAreFilters_data()
    {
        QTest::addColumn<QString>("line");
        QTest::addColumn<int>("terms");
        const qint64 from = wall("2026-11-22T10:00:00Z");
        QTest::newRow("health") << healthLink(ProviderId(QStringLiteral("openai")), {}, from,
                                              from + 120'000)
                                << 3;
        QTest::newRow("model") << healthLink(ProviderId(QStringLiteral("openai")),
                                             QStringLiteral("gpt 5 \"x\""), from, from + 1'500)
                               << 4;
        QTest::newRow("client") << spendLink(engine::SpendGroup::Client,
                                             QStringLiteral("Claude Code"), from, from + 1)
                                << 3;
        QTest::newRow("folder") << spendLink(engine::SpendGroup::Folder,
                                             QStringLiteral("/home/me/a b:c"), from, from + 1)
                                << 3;
        QTest::newRow("all") << spendLink(engine::SpendGroup::Model, {}, from, from + 1) << 2;
    }
    void linksAreFilters()
    {
        QFETCH(QString, line);
        QFETCH(int, terms);
        const ParsedFilter parsed = parseFilter(line);
        QVERIFY2(parsed.problems.isEmpty(), qPrintable(line));
        QCOMPARE(parsed.filter.terms.size(), terms);
        const FilterTerm &after = parsed.filter.terms[terms - 2];
        QCOMPARE(after.field, FilterField::After);
        QCOMPARE(qint64(after.number), wall("2026-11-22T10:00:00Z"));
        QCOMPARE(parsed.filter.terms[terms - 1].field, FilterField::Before);
    }

    void coloursStay()
    {
        Identities ids;
        const auto names = [](const char *text) { return QString::fromLatin1(text).split(u' '); };
        ids.takeShown(names("a b c"));
        QCOMPARE(ids.of(QStringLiteral("b")), 1);
        ids.takeShown(names("d b e"));
        QCOMPARE(ids.of(QStringLiteral("b")), 1);
        QVERIFY(ids.of(QStringLiteral("d")) != ids.of(QStringLiteral("e")));
        ids.takeShown(names("a d e c b"));
        QSet<int> used;
        for (const QString &name : names("a d e c b"))
            used.insert(ids.of(name));
        QCOMPARE(used.size(), 5);
        QCOMPARE(ids.of(QStringLiteral("stranger")), Identities::kCount);
    }

    void modelSaysUnpriced()
    {
        SpendModel model;
        QAbstractItemModelTester tester(&model);
        QCOMPARE(model.rowCount(), 0);
        engine::SpendReport report;
        report.rows = {engine::SpendRow{.key = QStringLiteral("dear")},
                       engine::SpendRow{.key = QStringLiteral("unknown")},
                       engine::SpendRow{.key = QString()}};
        report.rows[0].sums = {.exchanges = 12, .cost = cents(400)};
        report.rows[1].sums = {.exchanges = 3, .unpriced = 3};
        report.rows[2].sums = {.exchanges = 1};
        report.total = {.exchanges = 16, .unpriced = 3, .cost = cents(400)};
        model.setReport(report, {});
        QCOMPARE(model.rowCount(), 4);
        const auto text
            = [&](int row, int column) { return model.index(row, column).data().toString(); };
        QCOMPARE(text(0, SpendModel::Cost), QStringLiteral("$4.0000"));
        QCOMPARE(text(1, SpendModel::Cost), QStringLiteral("unpriced"));
        QCOMPARE(text(1, SpendModel::Notes), QStringLiteral("3 unpriced"));
        QCOMPARE(text(2, SpendModel::Name), QStringLiteral("Ended before a provider was called"));
        QCOMPARE(text(2, SpendModel::Cost), QStringLiteral("$0.0000"));
        QCOMPARE(text(3, SpendModel::Name), QStringLiteral("Total"));
        QVERIFY(model.index(1, 0).data(SpendModel::MarkRole).toBool());
        QCOMPARE(model.index(0, 0).data(SpendModel::ShareRole).toDouble(), 1.0);
        report.rows[0].sums.cost = cents(500);
        model.setReport(report, {});
        QCOMPARE(text(0, SpendModel::Cost), QStringLiteral("$5.0000"));
    }
};

QTEST_GUILESS_MAIN(TstSpendMath)
#include "tst_spend_math.moc"
