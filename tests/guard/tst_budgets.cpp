// Caps: periods of the calendar, the one step of check and add, and the invariants under chance.
#include "base/random.h"
#include "guard/budgets.h"

#include <QTest>

using namespace sb;
using namespace sb::guard;

namespace {
const QTimeZone kBerlin("Europe/Berlin");
const QTimeZone kKathmandu("Asia/Kathmandu");

qint64 at(const char *iso)
{
    const QDateTime time = QDateTime::fromString(QString::fromLatin1(iso), Qt::ISODate);
    Q_ASSERT(time.isValid());
    return time.toMSecsSinceEpoch();
}

Money usd(const char *text)
{
    return *Money::parse(text);
}

config::BudgetSettings cap(const char *id, const char *scope, const char *window,
                           const char *amount, int warn = 80)
{
    return {QString::fromLatin1(id), QString::fromLatin1(scope), QString::fromLatin1(window),
            usd(amount), warn};
}

Spender by(qint64 wallMs, const char *client = "a", const char *chain = "c",
           const char *provider = "p", const char *run = "")
{
    return {ClientId(QString::fromLatin1(client)), ChainId(QString::fromLatin1(chain)),
            ProviderId(QString::fromLatin1(provider)), QString::fromLatin1(run), wallMs};
}

QByteArray told(const QList<Step> &steps)
{
    QByteArray text;
    for (const Step &step : steps)
        text += (step.kind == EventKind::BudgetWarned ? "warned " : "reached ") + step.id.toUtf8()
            + ' ';
    return text.trimmed();
}
} // namespace

class TestBudgets : public QObject {
    Q_OBJECT
private slots:
    void periods_data();
    void periods();
    void holdsAndSettles();
    void allCapsOrNone();
    void scopes_data();
    void scopes();
    void warnsOnceAPeriod();
    void reachesByRefusal();
    void dayChange_data();
    void dayChange();
    void clockGoesBack();
    void clockJumpsAMonth_data();
    void clockJumpsAMonth();
    void restored();
    void newCapKnowsThePast();
    void editedCapKeepsItsHolds();
    void runCap();
    void chance_data();
    void chance();
};

void TestBudgets::periods_data()
{
    QTest::addColumn<int>("window");
    QTest::addColumn<QByteArray>("zone");
    QTest::addColumn<qint64>("now");
    QTest::addColumn<qint64>("from");
    QTest::addColumn<qint64>("until");
    const auto row = [](const char *name, Window window, const char *zone, const char *now,
                        const char *from, const char *until) {
        QTest::newRow(name) << int(window) << QByteArray(zone) << at(now) << at(from) << at(until);
    };
    const char *berlin = "Europe/Berlin";
    const char *kathmandu = "Asia/Kathmandu";
    row("day", Window::Day, berlin, "2026-11-22T12:00:00Z", "2026-11-21T23:00:00Z",
        "2026-11-22T23:00:00Z");
    row("first moment", Window::Day, berlin, "2026-11-21T23:00:00Z", "2026-11-21T23:00:00Z",
        "2026-11-22T23:00:00Z");
    row("last moment", Window::Day, berlin, "2026-11-21T22:59:59Z", "2026-11-20T23:00:00Z",
        "2026-11-21T23:00:00Z");
    row("day of 23 hours", Window::Day, berlin, "2026-03-29T12:00:00Z", "2026-03-28T23:00:00Z",
        "2026-03-29T22:00:00Z");
    row("day of 25 hours", Window::Day, berlin, "2026-10-25T12:00:00Z", "2026-10-24T22:00:00Z",
        "2026-10-25T23:00:00Z");
    row("quarter to six ahead", Window::Day, kathmandu, "2026-11-22T18:14:59Z",
        "2026-11-21T18:15:00Z", "2026-11-22T18:15:00Z");
    row("and after", Window::Day, kathmandu, "2026-11-22T18:15:00Z", "2026-11-22T18:15:00Z",
        "2026-11-23T18:15:00Z");
    // Clocks go forward at midnight there: the day begins at 01:00.
    row("no midnight", Window::Day, "America/Asuncion", "2023-10-01T12:00:00Z",
        "2023-10-01T04:00:00Z", "2023-10-02T03:00:00Z");
    row("week from Monday", Window::Week, berlin, "2026-11-22T12:00:00Z", "2026-11-15T23:00:00Z",
        "2026-11-22T23:00:00Z");
    row("week with a change", Window::Week, berlin, "2026-10-25T12:00:00Z", "2026-10-18T22:00:00Z",
        "2026-10-25T23:00:00Z");
    row("month", Window::Month, berlin, "2026-03-31T21:59:59Z", "2026-02-28T23:00:00Z",
        "2026-03-31T22:00:00Z");
    row("month over the year", Window::Month, kathmandu, "2026-12-31T18:15:00Z",
        "2026-12-31T18:15:00Z", "2027-01-31T18:15:00Z");
    row("29 February", Window::Day, berlin, "2028-02-29T12:00:00Z", "2028-02-28T23:00:00Z",
        "2028-02-29T23:00:00Z");
    row("day behind it", Window::Day, berlin, "2028-02-29T23:00:00Z", "2028-02-29T23:00:00Z",
        "2028-03-01T23:00:00Z");
    row("February of 29 days", Window::Month, berlin, "2028-02-29T22:59:59Z",
        "2028-01-31T23:00:00Z", "2028-02-29T23:00:00Z");
    row("hour", Window::Hour, kathmandu, "2026-11-22T12:20:00Z", "2026-11-22T12:15:00Z",
        "2026-11-22T13:15:00Z");
}

void TestBudgets::periods()
{
    QFETCH(int, window);
    QFETCH(QByteArray, zone);
    QFETCH(qint64, now);
    QFETCH(qint64, from);
    QFETCH(qint64, until);
    const QTimeZone place(zone);
    if (!place.isValid())
        QSKIP("this zone is not installed");
    const Period period = periodOf(Window(window), now, place);
    QCOMPARE(period.fromWallMs, from);
    QCOMPARE(period.untilWallMs, until);
}

void TestBudgets::holdsAndSettles()
{
    const qint64 now = at("2026-11-22T12:00:00Z");
    Budgets budgets(kBerlin);
    QVERIFY(!budgets.roomFor(by(now)));
    std::optional<Refusal> refusal;
    QCOMPARE(budgets.reserve(by(now), usd("5.00"), refusal), Budgets::HoldId(0)); // no cap, no hold
    QVERIFY(!refusal);

    budgets.setCaps({cap("daily", "all", "day", "1.00")}, now);
    const auto first = budgets.reserve(by(now), usd("0.60"), refusal);
    QVERIFY(first != 0 && !refusal);
    QCOMPARE(*budgets.roomFor(by(now)), usd("0.40"));
    QCOMPARE(budgets.reserve(by(now), usd("0.400000001"), refusal), Budgets::HoldId(0));
    QVERIFY(refusal);
    QCOMPARE(refusal->id, QStringLiteral("daily"));
    QCOMPARE(refusal->cap, usd("1.00"));
    QCOMPARE(refusal->spent, Money{});
    QCOMPARE(refusal->held, usd("0.60"));
    QCOMPARE(refusal->needed, usd("0.400000001"));
    QCOMPARE(refusal->resetsAtWallMs, at("2026-11-22T23:00:00Z"));
    QVERIFY(refusal->isHeldAlone);
    refusal.reset();
    const auto second = budgets.reserve(by(now), usd("0.40"), refusal); // exactly what is left
    QVERIFY(second != 0 && !refusal);

    budgets.settle(first, by(now), usd("0.10"));
    budgets.release(second);
    budgets.release(second); // once is enough
    QCOMPARE(budgets.openHolds(), 0);
    const BudgetView view = budgets.views(now).first();
    QCOMPARE(view.spent, usd("0.10"));
    QCOMPARE(view.reserved, Money{});
    QCOMPARE(view.fromWallMs, at("2026-11-21T23:00:00Z"));
    QCOMPARE(view.resetsAtWallMs, at("2026-11-22T23:00:00Z"));
}

void TestBudgets::allCapsOrNone()
{
    const qint64 now = at("2026-11-22T12:00:00Z");
    Budgets budgets(kBerlin);
    budgets.setCaps({cap("daily", "all", "day", "1.00"), cap("small", "client:a", "month", "0.10"),
                     cap("smaller", "provider:p", "week", "0.05")},
                    now);
    std::optional<Refusal> refusal;
    QCOMPARE(budgets.reserve(by(now), usd("0.20"), refusal), Budgets::HoldId(0));
    QCOMPARE(refusal->id, QStringLiteral("smaller")); // the one with the least room is named
    for (const BudgetView &view : budgets.views(now))
        QCOMPARE(view.reserved, Money{});
    refusal.reset();
    const auto hold = budgets.reserve(by(now), usd("0.05"), refusal);
    QVERIFY(hold != 0);
    for (const BudgetView &view : budgets.views(now))
        QCOMPARE(view.reserved, usd("0.05"));
    budgets.settle(hold, by(now), usd("0.04"));
    for (const BudgetView &view : budgets.views(now)) {
        QCOMPARE(view.reserved, Money{});
        QCOMPARE(view.spent, usd("0.04"));
    }
}

void TestBudgets::scopes_data()
{
    QTest::addColumn<QString>("scope");
    QTest::addColumn<bool>("isMeant");
    QTest::newRow("all") << "all" << true;
    QTest::newRow("client") << "client:a" << true;
    QTest::newRow("another client") << "client:b" << false;
    QTest::newRow("chain") << "chain:c" << true;
    QTest::newRow("another chain") << "chain:a" << false;
    QTest::newRow("provider") << "provider:p" << true;
    QTest::newRow("another provider") << "provider:c" << false;
}

void TestBudgets::scopes()
{
    QFETCH(QString, scope);
    QFETCH(bool, isMeant);
    const qint64 now = at("2026-11-22T12:00:00Z");
    Budgets budgets(kBerlin);
    budgets.setCaps({cap("x", qPrintable(scope), "day", "1.00")}, now);
    QCOMPARE(budgets.roomFor(by(now)).has_value(), isMeant);
    budgets.settle(0, by(now), usd("0.30"));
    QCOMPARE(budgets.views(now).first().spent, isMeant ? usd("0.30") : Money{});
}

void TestBudgets::warnsOnceAPeriod()
{
    const qint64 now = at("2026-11-22T12:00:00Z");
    Budgets budgets(kBerlin);
    budgets.setCaps({cap("daily", "client:a", "day", "1.00", 75)}, now);
    budgets.settle(0, by(now), usd("0.749999999"));
    QVERIFY(budgets.takeSteps().isEmpty());
    QVERIFY(!budgets.views(now).first().isWarned);
    budgets.settle(0, by(now), usd("0.000000001"));
    const QList<Step> steps = budgets.takeSteps();
    QCOMPARE(told(steps), QByteArray("warned daily"));
    QCOMPARE(steps.first().client, ClientId(QStringLiteral("a")));
    QCOMPARE(steps.first().resetsAtWallMs, at("2026-11-22T23:00:00Z"));
    QVERIFY(budgets.views(now).first().isWarned);
    budgets.settle(0, by(now), usd("0.10"));
    QVERIFY(budgets.takeSteps().isEmpty());
    budgets.settle(0, by(now), usd("0.15"));
    QCOMPARE(told(budgets.takeSteps()), QByteArray("reached daily"));
    QVERIFY(budgets.views(now).first().isReached);
    budgets.settle(0, by(now), usd("0.15"));
    QVERIFY(budgets.takeSteps().isEmpty());
    // The next day says it again.
    const qint64 next = at("2026-11-22T23:00:00Z");
    QVERIFY(!budgets.views(next).first().isWarned);
    budgets.settle(0, by(next), usd("0.80"));
    QCOMPARE(told(budgets.takeSteps()), QByteArray("warned daily"));
}

void TestBudgets::reachesByRefusal()
{
    const qint64 now = at("2026-11-22T12:00:00Z");
    Budgets budgets(kBerlin);
    budgets.setCaps({cap("daily", "all", "day", "1.00")}, now);
    std::optional<Refusal> refusal;
    const auto hold = budgets.reserve(by(now), usd("0.50"), refusal);
    budgets.reserve(by(now), usd("0.60"), refusal);
    QVERIFY(refusal->isHeldAlone);
    budgets.refused(*refusal);
    QVERIFY(budgets.takeSteps().isEmpty()); // what runs may give it back
    QCOMPARE(budgets.views(now).first().refused, 1);
    budgets.settle(hold, by(now), usd("0.50"));
    refusal.reset();
    budgets.reserve(by(now), usd("0.60"), refusal);
    QVERIFY(!refusal->isHeldAlone);
    budgets.refused(*refusal);
    QCOMPARE(told(budgets.takeSteps()), QByteArray("warned daily reached daily"));
    budgets.refused(*refusal);
    QVERIFY(budgets.takeSteps().isEmpty());
    QCOMPARE(budgets.views(now).first().refused, 3);
}

void TestBudgets::dayChange_data()
{
    QTest::addColumn<QByteArray>("zone");
    QTest::addColumn<qint64>("midnight");
    QTest::newRow("plain") << QByteArray("Europe/Berlin") << at("2026-11-22T23:00:00Z");
    QTest::newRow("into summer") << QByteArray("Europe/Berlin") << at("2026-03-29T22:00:00Z");
    QTest::newRow("out of summer") << QByteArray("Europe/Berlin") << at("2026-10-25T23:00:00Z");
    QTest::newRow("into 29 February") << QByteArray("Europe/Berlin") << at("2028-02-28T23:00:00Z");
    QTest::newRow("out of 29 February")
        << QByteArray("Europe/Berlin") << at("2028-02-29T23:00:00Z");
    QTest::newRow("+5:45") << QByteArray("Asia/Kathmandu") << at("2026-11-22T18:15:00Z");
}

// The clock walks over midnight; what was accepted before it stays with its day.
void TestBudgets::dayChange()
{
    QFETCH(QByteArray, zone);
    QFETCH(qint64, midnight);
    ManualClock clock(midnight - 1'000);
    Budgets budgets{QTimeZone(zone)};
    budgets.setCaps({cap("daily", "all", "day", "1.00")}, clock.wallMs());
    QCOMPARE(budgets.views(clock.wallMs()).first().resetsAtWallMs, midnight);
    std::optional<Refusal> refusal;
    const Spender late = by(clock.wallMs());
    const auto hold = budgets.reserve(late, usd("0.70"), refusal);
    QVERIFY(hold != 0);
    budgets.reserve(late, usd("0.40"), refusal);
    QVERIFY(refusal);
    refusal.reset();

    clock.advance(Seconds(2));
    const BudgetView fresh = budgets.views(clock.wallMs()).first();
    QCOMPARE(fresh.fromWallMs, midnight);
    QCOMPARE(fresh.spent, Money{});
    QCOMPARE(fresh.reserved, Money{});
    const auto today = budgets.reserve(by(clock.wallMs()), usd("0.90"), refusal);
    QVERIFY(today != 0 && !refusal);
    // A failover of the late one: yesterday's cap decides.
    QCOMPARE(*budgets.roomFor(late), usd("0.30"));
    budgets.settle(hold, late, usd("0.70"));
    QCOMPARE(*budgets.roomFor(late), usd("0.30"));
    QCOMPARE(budgets.views(clock.wallMs()).first().spent, Money{});
    QCOMPARE(budgets.views(clock.wallMs()).first().reserved, usd("0.90"));
    budgets.settle(today, by(clock.wallMs()), usd("0.20"));
    QCOMPARE(budgets.views(clock.wallMs()).first().spent, usd("0.20"));
    QCOMPARE(budgets.openHolds(), 0);
}

void TestBudgets::clockGoesBack()
{
    const qint64 now = at("2026-11-22T12:00:00Z");
    Budgets budgets(kBerlin);
    budgets.setCaps({cap("daily", "all", "day", "1.00")}, now);
    budgets.settle(0, by(now), usd("0.90"));
    const qint64 tomorrow = now + 86'400'000;
    budgets.settle(0, by(tomorrow), usd("0.95"));
    // A wrong clock that is put right opens no day a second time.
    QCOMPARE(*budgets.roomFor(by(now)), usd("0.10"));
    QCOMPARE(*budgets.roomFor(by(tomorrow)), usd("0.05"));
    QCOMPARE(*budgets.roomFor(by(now - 5 * 86'400'000ll)), usd("0.10"));
}

void TestBudgets::clockJumpsAMonth_data()
{
    QTest::addColumn<qint64>("now");
    QTest::newRow("plain") << at("2026-11-22T12:00:00Z");
    QTest::newRow("into summer") << at("2026-03-29T01:00:00Z");
    QTest::newRow("out of summer") << at("2026-10-25T01:00:00Z");
    QTest::newRow("29 February") << at("2028-02-29T12:00:00Z");
}

// 30 days forward and back, again and again: no period begins before one that was.
void TestBudgets::clockJumpsAMonth()
{
    QFETCH(qint64, now);
    constexpr qint64 kMonth = 30 * 86'400'000ll;
    for (const char *window : {"hour", "day", "week", "month"}) {
        Budgets budgets(kBerlin);
        budgets.setCaps({cap("cap", "all", window, "1.00")}, now);
        budgets.settle(0, by(now), usd("0.90"));
        qint64 newest = budgets.views(now).first().fromWallMs;
        Money spent;
        for (const qint64 wallMs : {now + kMonth, now, now + kMonth + 1'000, now - kMonth, now}) {
            std::optional<Refusal> refusal;
            if (const auto hold = budgets.reserve(by(wallMs), usd("0.60"), refusal))
                budgets.settle(hold, by(wallMs), usd("0.60"));
            const BudgetView view = budgets.views(wallMs).first();
            QVERIFY2(view.fromWallMs >= newest, window);
            QVERIFY2(view.spent <= usd("1.00") && view.spent >= spent, window);
            newest = view.fromWallMs;
            spent = view.spent;
        }
        QCOMPARE(spent, usd("0.60")); // once in the later period, and not in any other
        QCOMPARE(budgets.openHolds(), 0);
    }
}

void TestBudgets::restored()
{
    const qint64 now = at("2026-11-22T12:00:00Z");
    Budgets budgets(kBerlin);
    budgets.restore(Window::Day, now, {{by(now), usd("0.50")}, {by(now, "b"), usd("0.35")}});
    budgets.restore(Window::Month, now, {{by(now), usd("4.00")}});
    budgets.setCaps({cap("daily", "all", "day", "1.00"), cap("a", "client:a", "day", "1.00"),
                     cap("monthly", "all", "month", "4.00")},
                    now);
    const QList<BudgetView> views = budgets.views(now);
    QCOMPARE(views[0].spent, usd("0.85"));
    QVERIFY(views[0].isWarned && !views[0].isReached);
    QCOMPARE(views[1].spent, usd("0.50"));
    QVERIFY(!views[1].isWarned);
    QCOMPARE(views[2].spent, usd("4.00"));
    QVERIFY(views[2].isReached);
    QVERIFY(budgets.takeSteps().isEmpty()); // said by the run before
}

void TestBudgets::newCapKnowsThePast()
{
    const qint64 now = at("2026-11-22T12:00:00Z");
    Budgets budgets(kBerlin);
    budgets.settle(0, by(now, "a"), usd("0.25"));
    budgets.settle(0, by(now, "b", "d", "q"), usd("0.50"));
    budgets.setCaps({cap("all", "all", "week", "1.00"), cap("b", "client:b", "hour", "1.00"),
                     cap("q", "provider:q", "month", "1.00")},
                    now);
    const QList<BudgetView> views = budgets.views(now);
    QCOMPARE(views[0].spent, usd("0.75"));
    QCOMPARE(views[1].spent, usd("0.50"));
    QCOMPARE(views[2].spent, usd("0.50"));
}

void TestBudgets::editedCapKeepsItsHolds()
{
    const qint64 now = at("2026-11-22T12:00:00Z");
    Budgets budgets(kBerlin);
    budgets.setCaps({cap("daily", "all", "day", "1.00")}, now);
    std::optional<Refusal> refusal;
    const auto hold = budgets.reserve(by(now), usd("0.50"), refusal);
    budgets.settle(0, by(now), usd("0.45"));
    budgets.setCaps({cap("daily", "all", "day", "0.50")}, now); // lowered below what is out
    QCOMPARE(*budgets.roomFor(by(now)), Money{});
    QVERIFY(budgets.views(now).first().isWarned);
    QCOMPARE(budgets.views(now).first().reserved, usd("0.50"));
    budgets.setCaps({cap("daily", "all", "day", "2.00")}, now);
    QCOMPARE(*budgets.roomFor(by(now)), usd("1.05"));
    QVERIFY(!budgets.views(now).first().isWarned);
    budgets.setCaps({}, now); // gone with its holds
    budgets.settle(hold, by(now), usd("0.10"));
    QCOMPARE(budgets.openHolds(), 0);
    budgets.setCaps({cap("daily", "all", "day", "2.00")}, now);
    QCOMPARE(budgets.views(now).first().spent, usd("0.55"));
    QCOMPARE(budgets.views(now).first().reserved, Money{});
}

void TestBudgets::runCap()
{
    const qint64 now = at("2026-11-22T12:00:00Z");
    Budgets budgets(kBerlin);
    budgets.addRun(QStringLiteral("run-1"), usd("0.10"));
    QVERIFY(!budgets.roomFor(by(now)));
    QCOMPARE(*budgets.roomFor(by(now, "a", "c", "p", "run-1")), usd("0.10"));
    budgets.setCaps({cap("daily", "all", "day", "1.00")}, now); // an edit leaves runs alone
    std::optional<Refusal> refusal;
    budgets.reserve(by(now, "a", "c", "p", "run-1"), usd("0.11"), refusal);
    QCOMPARE(refusal->id, QStringLiteral("run-1"));
    QCOMPARE(refusal->resetsAtWallMs, 0);
    QCOMPARE(budgets.views(now).size(), 2);
    QCOMPARE(budgets.views(now).last().scope, QStringLiteral("session:run-1"));
    budgets.removeRun(QStringLiteral("run-1"));
    QCOMPARE(budgets.views(now).size(), 1);
    QCOMPARE(*budgets.roomFor(by(now, "a", "c", "p", "run-1")), usd("1.00"));
}

void TestBudgets::chance_data()
{
    QTest::addColumn<quint64>("seed");
    for (quint64 seed = 1; seed <= 40; ++seed)
        QTest::addRow("%llu", seed) << seed;
}

// Reserve, settle at up to what was held, release, edit, let time pass: held = Σ open holds,
// spent = Σ settlements of the period, and never more than the cap.
void TestBudgets::chance()
{
    QFETCH(quint64, seed);
    SeededRandom random(seed);
    ManualClock clock(at("2026-10-24T20:00:00Z") + qint64(random.below(10'000'000)));
    Budgets budgets(seed % 2 ? kBerlin : kKathmandu);
    const QList<config::BudgetSettings> caps{
        cap("day", "all", "day", "1.00"), cap("a", "client:a", "week", "0.70"),
        cap("hour", "chain:c", "hour", "0.40"), cap("p", "provider:p", "month", "3.00")};
    budgets.setCaps(caps, clock.wallMs());
    struct Open {
        Budgets::HoldId id;
        Spender spender;
        Money amount;
    };
    QList<Open> open;
    struct Booked {
        Spender spender;
        Money money;
    };
    QList<Booked> booked;
    const auto falls = [](const config::BudgetSettings &settings, const Spender &spender) {
        return settings.scope == u"all" || settings.scope == u"client:" + spender.client.text()
            || settings.scope == u"chain:" + spender.chain.text()
            || settings.scope == u"provider:" + spender.provider.text();
    };
    for (int step = 0; step < 1'000; ++step) {
        const quint64 dice = random.below(10);
        if (dice < 5) {
            const Spender spender = by(clock.wallMs(), random.below(2) ? "a" : "b",
                                       random.below(2) ? "c" : "d", random.below(2) ? "p" : "q");
            std::optional<Refusal> refusal;
            const Money amount{qint64(random.below(200'000'000))};
            const auto room = budgets.roomFor(spender);
            const auto id = budgets.reserve(spender, amount, refusal);
            QCOMPARE(id == 0, refusal.has_value());
            QCOMPARE(refusal.has_value(), amount > *room);
            if (id != 0)
                open.append({id, spender, amount});
        } else if (dice < 8 && !open.isEmpty()) {
            const Open one = open.takeAt(qsizetype(random.below(quint64(open.size()))));
            const Money actual{qint64(random.below(quint64(one.amount.nano) + 1))};
            budgets.settle(one.id, one.spender, actual);
            booked.append({one.spender, actual});
        } else if (dice == 8 && !open.isEmpty()) {
            budgets.release(open.takeLast().id);
        } else if (dice == 9) {
            clock.advance(Seconds(qint64(random.below(1'200))));
        }
        const QList<BudgetView> views = budgets.views(clock.wallMs());
        for (qsizetype i = 0; i < caps.size(); ++i) {
            const BudgetView &view = views[i];
            Money held;
            Money spent;
            for (const Open &one : std::as_const(open)) {
                if (falls(caps[i], one.spender) && one.spender.wallMs >= view.fromWallMs)
                    held += one.amount;
            }
            for (const Booked &one : std::as_const(booked)) {
                if (falls(caps[i], one.spender) && one.spender.wallMs >= view.fromWallMs)
                    spent += one.money;
            }
            QCOMPARE(view.reserved, held);
            QCOMPARE(view.spent, spent);
            QVERIFY(view.spent + view.reserved <= view.cap);
        }
        QCOMPARE(budgets.openHolds(), open.size());
    }
    while (!open.isEmpty())
        budgets.release(open.takeLast().id);
    for (const BudgetView &view : budgets.views(clock.wallMs()))
        QCOMPARE(view.reserved, Money{});
}

QTEST_GUILESS_MAIN(TestBudgets)
#include "tst_budgets.moc"
