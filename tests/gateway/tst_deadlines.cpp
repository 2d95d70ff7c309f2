// Every limit of a request on manual time: what ends it, when, and what the client hears.
#include "gateway_kit.h"

#include "record/names.h"

using namespace sb;
using namespace sb::gateway;

class TestDeadlines : public QObject {
    Q_OBJECT

private slots:
    void total();
    void firstTokenHeader();
    void silenceAfterContent();
    void pingsAreNotContent();
    void streamMax();
    void commitGrace();
    void graceThenFailover();
    void graceThenWholeReply();
    void retryIsNoFailover();
    void backpressureIsNotSilence();
    void idempotencyKeyStaysAtOneTarget();
};

namespace {
Nanos took(const GatewayKit &kit, const StreamPtr &stream, Nanos from)
{
    Q_UNUSED(kit)
    return stream->endedAt - from;
}
} // namespace

void TestDeadlines::total()
{
    GatewayKit kit(1);
    kit.wire.plan = [](const auto &) { return Acts{connects(), sends()}; };
    const Nanos from = kit.clock.now();
    const auto stream = kit.chat(false, {{"x-signalbox-timeout-ms", "7000"}});
    kit.clock.advance(Seconds(600));
    QCOMPARE(stream->status, 504);
    QCOMPARE(stream->field("x-signalbox-code"), "deadline");
    QCOMPARE(stream->field("x-should-retry"), "false");
    QCOMPARE(stream->field("retry-after"), "");
    QCOMPARE(took(kit, stream, from), Nanos(Seconds(7)));
    QCOMPARE(kit.last().attempts.first().outcome, AttemptOutcome::DeadlinePassed);
    QCOMPARE(kit.last().attempts.first().stage, Stage::Unknown);
    QVERIFY(kit.last().attempts.first().uncertain > Money());
    QCOMPARE(kit.wire.running, 0);
}

void TestDeadlines::firstTokenHeader()
{
    GatewayKit kit(2);
    kit.wire.plan = [](const http::UpstreamRequest &request) {
        return request.origin.host.startsWith("p1")
            ? Acts{connects(), sends(), heads(200, "text/event-stream"), bodies(roleChunk())}
            : streams();
    };
    const Nanos from = kit.clock.now();
    const auto stream = kit.chat(true, {{"x-signalbox-first-token-ms", "3000"}});
    kit.clock.advance(Seconds(60));
    QCOMPARE(stream->status, 200);
    QVERIFY(took(kit, stream, from) >= Seconds(3));
    QVERIFY(took(kit, stream, from) < Millis(3100));
    QCOMPARE(kit.last().attempts[0].outcome, AttemptOutcome::FirstContentTimeout);
    QVERIFY(kit.last().outcome.isFailover);
    QCOMPARE(stream->body.count("\"role\":\"assistant\""), 1);
    QCOMPARE(stream->field("x-signalbox-attempts"), "2");
    QCOMPARE(stream->field("x-signalbox-served-by"), "p2/m");
}

void TestDeadlines::silenceAfterContent()
{
    GatewayKit kit(2);
    kit.wire.plan = [](const auto &) {
        return Acts{connects(), sends(), heads(200, "text/event-stream"), bodies(roleChunk()),
                    bodies(textChunk("hi"))};
    };
    const Nanos from = kit.clock.now();
    const auto stream = kit.chat(true);
    kit.clock.advance(Seconds(400));
    QCOMPARE(stream->status, 200);
    QVERIFY(took(kit, stream, from) >= Seconds(60)); // byteIdle
    QVERIFY(took(kit, stream, from) < Millis(60'100));
    QCOMPARE(kit.last().attempts.size(), 1);
    QCOMPARE(kit.last().attempts[0].outcome, AttemptOutcome::Stalled);
    QCOMPARE(kit.last().attempts[0].stage, Stage::Given);
    QCOMPARE(kit.last().outcome.kind, OutcomeKind::Cut);
    QCOMPARE(name(kit.last().decision.candidates[1].reason), QByteArrayView("already_committed"));
    QVERIFY(stream->body.contains("upstream_stall"));
    QVERIFY(!stream->body.contains("[DONE]"));
    QCOMPARE(stream->ends, 1);
}

void TestDeadlines::pingsAreNotContent()
{
    GatewayKit kit(1);
    kit.wire.plan = [](const auto &) {
        Acts acts{connects(), sends(), heads(200, "text/event-stream"), bodies(roleChunk()),
                  bodies(textChunk("hi"))};
        for (int i = 0; i < 1000; ++i)
            acts.append(bodies(": ping\n\n", Seconds(5)));
        return acts;
    };
    const Nanos from = kit.clock.now();
    const auto stream = kit.chat(true);
    kit.clock.advance(Seconds(3000));
    QVERIFY(took(kit, stream, from) >= Seconds(120)); // contentIdle
    QVERIFY(took(kit, stream, from) < Seconds(126));
    QCOMPARE(kit.last().attempts[0].outcome, AttemptOutcome::Stalled);
    QCOMPARE(kit.last().outcome.kind, OutcomeKind::Cut);
}

void TestDeadlines::streamMax()
{
    GatewayKit kit(1, "{\"total_ms\":20000,\"stream_max_ms\":100000}");
    kit.wire.plan = [](const auto &) {
        Acts acts{connects(), sends(), heads(200, "text/event-stream")};
        for (int i = 0; i < 1000; ++i)
            acts.append(bodies(textChunk("w"), Seconds(1)));
        return acts;
    };
    const Nanos from = kit.clock.now();
    const auto stream = kit.chat(true);
    kit.clock.advance(Seconds(1000));
    // `total` ended with the first content; the longest stream counts from there.
    QVERIFY(took(kit, stream, from) >= Seconds(101));
    QVERIFY(took(kit, stream, from) < Millis(101'100));
    QCOMPARE(kit.last().outcome.kind, OutcomeKind::Cut);
    QCOMPARE(kit.last().outcome.code, Code::Deadline);
    QVERIFY(stream->body.contains("deadline"));
    QVERIFY(kit.last().settlement.cost > Money());
}

void TestDeadlines::commitGrace()
{
    GatewayKit kit(1);
    kit.wire.plan = [](const auto &) {
        return Acts{connects(),
                    sends(),
                    heads(200, "text/event-stream"),
                    bodies(roleChunk(), Seconds(25)),
                    bodies(textChunk("hi")),
                    bodies(lastChunks()),
                    ends()};
    };
    const Nanos from = kit.clock.now();
    const auto stream = kit.chat(true);
    kit.clock.advance(Millis(9'990));
    QCOMPARE(stream->begins, 0);
    kit.clock.advance(Millis(20));
    QCOMPARE(stream->begins, 1);
    QCOMPARE(stream->begunAt - from, Nanos(Seconds(10)));
    QVERIFY(stream->body.contains("\"model\":\"c\"")); // the client's own name for it
    const qsizetype preamble = stream->body.size();
    kit.clock.advance(Seconds(11));
    QVERIFY(stream->body.size() > preamble); // a sign of life
    kit.clock.advance(Seconds(10));
    QCOMPARE(stream->ends, 1);
    QCOMPARE(stream->body.count("\"role\":\"assistant\""), 1);
    QVERIFY(stream->body.contains("[DONE]"));
    QCOMPARE(kit.last().outcome.kind, OutcomeKind::Served);
}

// Between preamble and content another target may still answer; the client sees one start.
void TestDeadlines::graceThenFailover()
{
    GatewayKit kit(2);
    kit.wire.plan = [](const http::UpstreamRequest &request) {
        return request.origin.host.startsWith("p1")
            ? Acts{connects(), sends(), heads(200, "text/event-stream"),
                   bodies(": one\n\n" + roleChunk(), Seconds(15)),
                   fails(http::UpstreamError::Reset, Seconds(1))}
            : streams();
    };
    const auto stream = kit.chat(true);
    kit.clock.advance(Seconds(60));
    QCOMPARE(stream->begins, 1);
    QCOMPARE(stream->ends, 1);
    QCOMPARE(stream->body.count("\"role\":\"assistant\""), 1);
    QVERIFY(!stream->body.contains(": one")); // of the target that failed
    QVERIFY(stream->body.contains("\"content\":\"hi\""));
    QVERIFY(stream->body.contains("[DONE]"));
    QVERIFY(kit.last().outcome.isFailover);
    QCOMPARE(kit.last().outcome.kind, OutcomeKind::Served);
}

// A reply in one piece cannot follow an own start of a stream.
void TestDeadlines::graceThenWholeReply()
{
    GatewayKit kit(2);
    kit.wire.plan = [](const http::UpstreamRequest &request) {
        return request.origin.host.startsWith("p1")
            ? Acts{connects(), sends(), heads(200, "application/json", Seconds(15)),
                   bodies(wholeReply()), ends()}
            : streams();
    };
    const auto stream = kit.chat(true);
    kit.clock.advance(Seconds(60));
    QCOMPARE(stream->begins, 1);
    QCOMPARE(stream->ends, 1);
    QVERIFY(!stream->body.contains("\"object\":\"chat.completion\","));
    QVERIFY(stream->body.contains("[DONE]"));
    QCOMPARE(kit.last().attempts[0].outcome, AttemptOutcome::BadReply);
    QCOMPARE(kit.last().attempts[1].outcome, AttemptOutcome::Served);
}

void TestDeadlines::retryIsNoFailover()
{
    GatewayKit kit(1);
    int calls = 0;
    kit.wire.plan = [&](const auto &) { return ++calls == 1 ? refuses(500) : answers(); };
    const auto stream = kit.chat(false);
    kit.clock.advance(Seconds(10));
    QCOMPARE(stream->status, 200);
    QCOMPARE(kit.last().attempts.size(), 2);
    QCOMPARE(kit.last().attempts[0].next, Move::Retry);
    QVERIFY(!kit.last().outcome.isFailover);
    QVERIFY(!kit.last().outcome.isDiverted);
    QCOMPARE(stream->field("x-signalbox-failover"), "");
    QCOMPARE(stream->field("x-signalbox-attempts"), "2");
}

void TestDeadlines::backpressureIsNotSilence()
{
    GatewayKit kit(1);
    kit.wire.plan = [](const auto &) { return streams(); };
    const auto stream = kit.chat(true);
    stream->isFull = true;
    kit.clock.advance(Seconds(500)); // the listener's own limit on slow clients is not in this test
    QCOMPARE(stream->ends, 0);
    stream->drain();
    kit.clock.advance(Seconds(1));
    QCOMPARE(stream->ends, 1);
    QCOMPARE(kit.last().outcome.kind, OutcomeKind::Served);
}

void TestDeadlines::idempotencyKeyStaysAtOneTarget()
{
    GatewayKit kit(2);
    QList<bool> carried;
    kit.wire.plan = [&](const http::UpstreamRequest &request) {
        carried.append(request.head.contains("idempotency-key: once\r\n"));
        return request.origin.host.startsWith("p1") ? refuses(500) : answers();
    };
    const auto stream = kit.chat(false, {{"idempotency-key", "once"}});
    kit.clock.advance(Seconds(10));
    QCOMPARE(stream->status, 200);
    QCOMPARE(carried, (QList<bool>{true, false}));
}

QTEST_GUILESS_MAIN(TestDeadlines)
#include "tst_deadlines.moc"
