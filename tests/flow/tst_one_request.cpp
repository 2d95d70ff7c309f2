// The tour: one request over a chain of three. The first target limits the rate, the second is cut
// before its first token, the third serves; the client notices nothing and the record knows it all.
#include "gateway_fixture.h"

#include "record/names.h"

using namespace sb;
using namespace sb::flow;

class TestOneRequest : public QObject {
    Q_OBJECT

private slots:
    void thirdTargetServes_data();
    void thirdTargetServes();
};

void TestOneRequest::thirdTargetServes_data()
{
    QTest::addColumn<bool>("isAnthropic");
    QTest::addColumn<bool>("isStream");
    QTest::newRow("chat, plain") << false << false;
    QTest::newRow("chat, stream") << false << true;
    QTest::newRow("messages, plain") << true << false;
    QTest::newRow("messages, stream") << true << true;
}

void TestOneRequest::thirdTargetServes()
{
    QFETCH(bool, isAnthropic);
    QFETCH(bool, isStream);
    GatewayFixture fixture;
    fixture.start({faulty(R"({"fault":"status","status":429,"retry_after_s":30})"),
                   faulty(R"({"fault":"cut_fin"})"), instant()});

    const Seen seen = isAnthropic ? fixture.messages(isStream) : fixture.chat(isStream);

    QCOMPARE(seen.status, 200);
    QVERIFY(seen.isWhole);
    QCOMPARE(seen.field("x-signalbox-served-by"), "p3/m");
    QCOMPARE(seen.field("x-signalbox-attempts"), "3");
    QCOMPARE(seen.field("x-signalbox-failover"), "true");
    if (isStream)
        QVERIFY(seen.body.contains(isAnthropic ? "event: message_stop" : "data: [DONE]"));

    const Exchange &exchange = fixture.last();
    QCOMPARE(exchange.id.text(), seen.field("x-signalbox-id"));
    QCOMPARE(exchange.phase, Phase::Settled);
    QCOMPARE(exchange.outcome.kind, OutcomeKind::Served);
    QVERIFY(exchange.outcome.isFailover);
    QCOMPARE(exchange.attempts.size(), 3);
    QCOMPARE(exchange.attempts[0].outcome, AttemptOutcome::RateLimited);
    QCOMPARE(exchange.attempts[0].stage, Stage::Refused);
    QCOMPARE(exchange.attempts[0].hint, Millis(30'000));
    QCOMPARE(exchange.attempts[0].cost, Money());
    QCOMPARE(exchange.attempts[0].next, Move::NextTarget);
    QVERIFY(exchange.attempts[1].outcome == AttemptOutcome::StreamCut
            || exchange.attempts[1].outcome == AttemptOutcome::BodyShort
            || exchange.attempts[1].outcome == AttemptOutcome::ResetBeforeHead);
    QCOMPARE(exchange.attempts[2].outcome, AttemptOutcome::Served);
    QVERIFY(exchange.attempts[2].usage.source == UsageSource::Reported);
    QVERIFY(exchange.attempts[2].cost > Money());
    QVERIFY(exchange.settlement.cost >= exchange.attempts[2].cost);

    // Every attempt was journalled before it went out, the settlement before the reply ended.
    QCOMPARE(fixture.sink.sentCount, 3);
    QVERIFY(fixture.sink.lines.last().startsWith("settled "));
    QCOMPARE(fixture.headsRead(), quint64(3));
}

QTEST_MAIN(TestOneRequest)
#include "tst_one_request.moc"
