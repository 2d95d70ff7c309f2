// Rates, medians and frames on manual time.
#include "ledger/ledger.h"

#include <QDateTime>
#include <QTest>

using namespace sb;
using namespace sb::ledger;

class TestLedger : public QObject {
    Q_OBJECT

private slots:
    void init();
    void cleanup();
    void minuteRate();
    void health();
    void tenFramesASecondAtMost();
    void nothingWhileNobodyListens();
    void lostFramesCostNothing();
    void lateListenerSeesWhatRuns();
    void restsWhenNothingMoves();
    void totals();
    void dayRolls();

private:
    Exchange exchange(quint64 number, bool isDrill = false) const;
    std::shared_ptr<const Exchange> settledOne(Exchange exchange, Money cost) const;

    std::unique_ptr<ManualClock> m_clock;
    std::unique_ptr<Ledger> m_ledger;
    QList<FramePtr> m_frames;
};

void TestLedger::init()
{
    m_frames.clear();
    m_clock = std::make_unique<ManualClock>();
    m_ledger = std::make_unique<Ledger>(
        *m_clock, [this](const FramePtr &frame) { m_frames.append(frame); },
        [] { return QList<GateView>(); });
}

void TestLedger::cleanup()
{
    m_ledger.reset();
}

Exchange TestLedger::exchange(quint64 number, bool isDrill) const
{
    Exchange e;
    e.id = {quint64(m_clock->wallMs()) << 16, number};
    e.client = ClientId(QStringLiteral("t"));
    e.acceptedAt = m_clock->now();
    e.wallMs = m_clock->wallMs();
    e.settlement.isDrill = isDrill;
    return e;
}

std::shared_ptr<const Exchange> TestLedger::settledOne(Exchange e, Money cost) const
{
    e.phase = Phase::Settled;
    e.outcome.kind = OutcomeKind::Served;
    e.settlement.cost = cost;
    e.endedAt = Millis(10);
    return std::make_shared<const Exchange>(e);
}

void TestLedger::minuteRate()
{
    MinuteRate rate;
    QCOMPARE(rate.perMinute(Seconds(1000)), 0);
    for (int i = 0; i < 30; ++i)
        rate.add(Seconds(1000 + i));
    QCOMPARE(rate.perMinute(Seconds(1029)), 30);
    QCOMPARE(rate.perMinute(Seconds(1059)), 30);
    QCOMPARE(rate.perMinute(Seconds(1060)), 29);
    QCOMPARE(rate.perMinute(Seconds(1088)), 1);
    QCOMPARE(rate.perMinute(Seconds(1089)), 0);
    rate.add(Seconds(9000)); // a long rest
    QCOMPARE(rate.perMinute(Seconds(9000)), 1);
    QCOMPARE(rate.perMinute(Seconds(1'000'000)), 0);
}

void TestLedger::health()
{
    Health health;
    const auto end
        = [&](Nanos at, AttemptOutcome outcome, Millis first, Millis whole, qint64 tokens) {
              Attempt a;
              a.outcome = outcome;
              a.startedAt = Micros(0);
              a.firstContentAt = first;
              a.endedAt = whole;
              a.usage.output = tokens;
              health.ended(a, at, whole);
          };
    for (int ms : {100, 300, 200})
        end(Seconds(10), AttemptOutcome::Served, Millis(ms), Millis(ms + 1000), 101);
    end(Seconds(10), AttemptOutcome::ServerError, Millis(9999), Millis(9999), 0);
    end(Seconds(10), AttemptOutcome::BadRequest, Millis(9999), Millis(9999), 0);
    ProviderView view;
    health.fill(view, Seconds(11));
    QCOMPARE(view.attempts5m, 5);
    QCOMPARE(view.failures5m, 1); // a client's mistake is not the provider's
    QCOMPARE(view.p50FirstContent, Micros(Millis(200)));
    QCOMPARE(view.p50Duration, Micros(Millis(1200)));
    QCOMPARE(qRound(view.tokensPerSecond), 100);
    SecondView second;
    QVERIFY(health.takeSecond(second));
    QCOMPARE(second.firstContent, Micros(Millis(200)));
    QVERIFY(!health.takeSecond(second));
    ProviderView later;
    health.fill(later, Seconds(311));
    QCOMPARE(later.attempts5m, 0);
    QCOMPARE(later.p50FirstContent, kNever);
    // Of what nobody watched there is no second: it would be kept for ever.
    Attempt unseen;
    unseen.outcome = AttemptOutcome::Served;
    unseen.startedAt = Micros(0);
    unseen.firstContentAt = unseen.endedAt = Millis(5);
    health.ended(unseen, Seconds(1000), Millis(5), false);
    QVERIFY(!health.takeSecond(second));
    health.ended(unseen, Seconds(1000), Millis(5), true);
    health.forgetSecond();
    QVERIFY(!health.takeSecond(second));
    health.ended(unseen, Seconds(1000), Millis(5), true);
    QVERIFY(health.takeSecond(second));
}

void TestLedger::tenFramesASecondAtMost()
{
    m_ledger->setListening(true);
    const Exchange live = exchange(1);
    m_ledger->opened(live);
    QVERIFY(m_frames.isEmpty()); // never inside the call
    for (int i = 0; i < 1000; ++i) {
        m_ledger->touched(live);
        m_clock->advance(Millis(1));
    }
    QVERIFY2(m_frames.size() >= 9 && m_frames.size() <= 11,
             QByteArray::number(m_frames.size()).constData());
    for (qsizetype i = 1; i < m_frames.size(); ++i)
        QVERIFY(m_frames[i]->wallMs - m_frames[i - 1]->wallMs >= 100);
    m_ledger->settled(settledOne(live, {}));
}

void TestLedger::nothingWhileNobodyListens()
{
    const Exchange live = exchange(1);
    m_ledger->opened(live);
    m_clock->advance(Seconds(10));
    m_ledger->settled(settledOne(live, {}));
    m_clock->advance(Seconds(10));
    QVERIFY(m_frames.isEmpty());
    QCOMPARE(m_ledger->lastFrame()->totals.exchanges, 1u); // but it knows
}

void TestLedger::lostFramesCostNothing()
{
    m_ledger->setListening(true);
    for (quint64 i = 1; i <= 20; ++i) {
        const Exchange live = exchange(i);
        m_ledger->opened(live);
        m_clock->advance(Millis(50));
        m_ledger->settled(settledOne(live, {7}));
        m_clock->advance(Millis(50));
        m_frames.clear(); // nobody looked
    }
    const Exchange live = exchange(99);
    m_ledger->opened(live);
    m_clock->advance(Millis(200));
    QVERIFY(!m_frames.isEmpty());
    const Frame &frame = *m_frames.last();
    QCOMPARE(frame.totals.exchanges, 21u);
    QCOMPARE(frame.totals.today, Money{140});
    QCOMPARE(frame.totals.inFlight, 1);
    QCOMPARE(frame.totals.perMinute, 21);
    m_ledger->settled(settledOne(live, {}));
}

void TestLedger::lateListenerSeesWhatRuns()
{
    const Exchange live = exchange(1);
    m_ledger->opened(live);
    m_clock->advance(Seconds(5));
    m_ledger->setListening(true);
    m_clock->advance(Millis(100));
    QCOMPARE(m_frames.size(), 1);
    QCOMPARE(m_frames[0]->changed.size(), 1);
    QCOMPARE(m_frames[0]->changed[0]->id, live.id);
    m_ledger->settled(settledOne(live, {}));
    m_clock->advance(Millis(100));
    QCOMPARE(m_frames.last()->changed.size(), 1);
    QCOMPARE(m_frames.last()->changed[0]->phase, Phase::Settled);
    QCOMPARE(m_frames.last()->totals.inFlight, 0);
}

void TestLedger::restsWhenNothingMoves()
{
    m_ledger->setListening(true);
    const Exchange live = exchange(1);
    m_ledger->opened(live);
    m_ledger->settled(settledOne(live, {}));
    m_clock->advance(Seconds(400));
    const qsizetype soFar = m_frames.size();
    QVERIFY(soFar > 100); // rates run out over five minutes
    m_clock->advance(Seconds(4000));
    QCOMPARE(m_frames.size(), soFar);
    QVERIFY(m_clock->untilNext() < Nanos(0)); // no timer is left
    QCOMPARE(m_frames.last()->totals.perMinute, 0);
}

void TestLedger::totals()
{
    const auto run = [&](Exchange live, Money cost, CostSource source, OutcomeKind kind) {
        m_ledger->opened(live);
        auto done = *settledOne(live, cost);
        done.outcome.kind = kind;
        done.settlement.source = source;
        m_ledger->settled(std::make_shared<const Exchange>(done));
    };
    run(exchange(1), {100}, CostSource::Computed, OutcomeKind::Served);
    run(exchange(2), {0}, CostSource::Unpriced, OutcomeKind::Served);
    run(exchange(3, true), {5000}, CostSource::Computed, OutcomeKind::Served); // simulated
    run(exchange(4, true), {0}, CostSource::Unpriced, OutcomeKind::Served);
    run(exchange(5), {0}, CostSource::None, OutcomeKind::Failed);
    run(exchange(6), {0}, CostSource::None, OutcomeKind::Refused);
    run(exchange(7), {3}, CostSource::Estimated, OutcomeKind::ClientLeft);
    const TotalsView totals = m_ledger->lastFrame()->totals;
    QCOMPARE(totals.today, Money{103});
    QCOMPARE(totals.unpricedToday, 1);
    QCOMPARE(totals.errorShare, 0.2); // refusals and clients that left are no errors
    QCOMPARE(totals.exchanges, 7u);
}

void TestLedger::dayRolls()
{
    const QDate today = QDateTime::fromMSecsSinceEpoch(m_clock->wallMs()).date();
    m_clock->setWallMs(today.addDays(1).startOfDay().toMSecsSinceEpoch() - 1000);
    const Exchange before = exchange(1);
    m_ledger->opened(before);
    m_ledger->settled(settledOne(before, {100}));
    QCOMPARE(m_ledger->lastFrame()->totals.today, Money{100});
    m_clock->advance(Millis(999));
    QCOMPARE(m_ledger->lastFrame()->totals.today, Money{100});
    m_clock->advance(Millis(1));
    QCOMPARE(m_ledger->lastFrame()->totals.today, Money{});
    const Exchange after = exchange(2);
    m_ledger->opened(after);
    m_ledger->settled(settledOne(after, {7}));
    QCOMPARE(m_ledger->lastFrame()->totals.today, Money{7});
    // A clock set back does not begin the day again.
    m_clock->setWallMs(today.startOfDay().toMSecsSinceEpoch());
    QCOMPARE(m_ledger->lastFrame()->totals.today, Money{7});
}

QTEST_GUILESS_MAIN(TestLedger)
#include "tst_ledger.moc"
