// Thousands of requests against three providers that fail at random; what must hold, holds after
// every step. The seed is printed; SIGNALBOX_SEED repeats a run.
#include "gateway_kit.h"

#include "record/exchange_json.h"
#include "record/names.h"

using namespace sb;
using namespace sb::gateway;

class TestSimulation : public QObject {
    Q_OBJECT

private slots:
    void invariants_data();
    void invariants();
};

namespace {
// One reply of a provider, good or bad, by chance.
Acts chancePlan(Random &random, bool isStream, bool isSick)
{
    using E = http::UpstreamError;
    if (random.below(100) >= (isSick ? 80u : 15u)) {
        Acts acts = isStream ? streams() : answers();
        for (Act &act : acts)
            act.after = Millis(qint64(random.below(400)));
        return acts;
    }
    const Nanos wait = Millis(qint64(random.below(3000)));
    switch (random.below(20)) {
    case 0:
        return {};
    case 1:
        return {fails(E::ConnectFailed, wait)};
    case 2:
        return {fails(E::DnsFailed, wait)};
    case 3:
        return {fails(E::TlsExpired, wait)};
    case 4:
        return {connects(), sends(), fails(E::Reset, wait)};
    case 5:
        return refuses(500);
    case 6:
        return refuses(503);
    case 7:
        return refuses(429, {{"retry-after", QByteArray::number(random.below(40))}});
    case 8:
        return refuses(429);
    case 9:
        return refuses(400);
    case 10:
        return refuses(409);
    case 11:
        return refuses(404);
    case 12:
        return {connects(), sends(), heads(200, "text/html"), bodies("<html>"), ends()};
    case 13:
        return {connects(), sends(), heads(200, "text/event-stream"), bodies(roleChunk()), ends()};
    case 14:
        return {connects(), sends(), heads(200, "text/event-stream"),
                bodies(roleChunk() + textChunk("hi"), wait), fails(E::Reset, wait)};
    case 15:
        return {connects(), sends(), heads(200, "text/event-stream"), bodies(textChunk("hi")),
                bodies("data: {broken\n\n", wait)};
    case 16:
        return {connects(), sends(), heads(200, "text/event-stream"),
                bodies(roleChunk(), Seconds(14)), fails(E::Reset, wait)};
    case 17:
        return {connects(), sends()}; // silence
    case 18:
        return {connects(), sends(), heads(200, "application/json", wait),
                bodies(wholeReply().left(60)), fails(E::Reset)};
    default:
        return {connects(), sends(), heads(200, "text/event-stream", wait), bodies(textChunk("a"))};
    }
}
} // namespace

void TestSimulation::invariants_data()
{
    QTest::addColumn<quint64>("seed");
    bool isGiven = false;
    const quint64 given = qEnvironmentVariable("SIGNALBOX_SEED").toULongLong(&isGiven);
    if (isGiven) {
        QTest::newRow("given") << given;
        return;
    }
    for (quint64 seed = 1; seed <= 6; ++seed)
        QTest::addRow("seed %llu", static_cast<unsigned long long>(seed)) << seed;
}

void TestSimulation::invariants()
{
    QFETCH(quint64, seed);
    qInfo("seed %llu", static_cast<unsigned long long>(seed));
    SeededRandom chance(seed * 7919);
    GatewayKit kit(3, "{\"total_ms\":120000}", seed);
    std::array<bool, 3> isSick{};
    kit.wire.plan = [&](const http::UpstreamRequest &request) {
        const int provider = request.origin.host[1] - '1';
        if (request.head.isEmpty())
            return isSick[size_t(provider)] ? Acts{} : Acts{connects()};
        return chancePlan(chance, request.head.contains("text/event-stream"),
                          isSick[size_t(provider)]);
    };

    constexpr int kRequests = 1500;
    struct Open {
        StreamPtr stream;
        bool isGone = false;
    };
    QList<Open> all;
    for (int i = 0; i < kRequests; ++i) {
        if (chance.below(60) == 0)
            isSick[chance.below(3)] = chance.below(2) == 0;
        QList<std::pair<QByteArray, QByteArray>> fields;
        if (chance.below(20) == 0)
            fields.emplaceBack("x-signalbox-no-failover", "true");
        if (chance.below(20) == 0)
            fields.emplaceBack("x-signalbox-timeout-ms",
                               QByteArray::number(1 + chance.below(4000)));
        all.append(Open{kit.chat(chance.below(2) == 0, fields)});
        kit.clock.advance(Millis(qint64(chance.below(900))));
        if (chance.below(12) == 0) {
            // One of the newest: the others have their answer.
            const qsizetype newest = std::min<qsizetype>(all.size(), 4);
            Open &open = all[all.size() - 1 - qsizetype(chance.below(quint64(newest)))];
            if (open.stream->isOpen()) {
                open.stream->hangUp();
                open.isGone = true;
            }
        }
        // Every open request is known to the ledger, and only they.
        qsizetype open = 0;
        for (qsizetype at = std::max<qsizetype>(0, all.size() - 400); at < all.size(); ++at)
            open += all[at].stream->isOpen() ? 1 : 0;
        QCOMPARE(kit.gateway->runningCount(), int(open));
        QCOMPARE(kit.ledger->inFlight(), int(open));
    }
    kit.clock.advance(Seconds(4000));

    QCOMPARE(kit.gateway->runningCount(), 0);
    QCOMPARE(kit.ledger->inFlight(), 0);
    QVERIFY(kit.sink.isOrdered); // `sent` before the start of every attempt, never after the end
    QVERIFY(kit.isSettledFirst); // `settled` before the end of every reply
    QCOMPARE(kit.sink.exchanges.size(), qsizetype(kRequests));
    QCOMPARE(kit.sink.settledCount.size(), qsizetype(kRequests));
    for (const Open &open : std::as_const(all)) {
        QVERIFY(!open.stream->isOpen());
        QVERIFY(open.stream->begins <= 1);
        QCOMPARE(open.stream->ends, open.isGone ? 0 : 1);
        QCOMPARE(open.stream->aborts, 0);
        QVERIFY(!open.stream->wrongLength);
        if (open.stream->begins == 0)
            continue;
        for (const char *field : {"x-signalbox-id", "x-signalbox-attempts", "x-signalbox-cache",
                                  "x-signalbox-overhead-us", "x-signalbox-revision"})
            QVERIFY2(!open.stream->field(field).isEmpty(), field);
        const int status = open.stream->status;
        const bool isLater = status == 429 || status == 503 || status == 529;
        if (status != 200) {
            QVERIFY(!open.stream->field("x-signalbox-code").isEmpty());
            const int after = open.stream->field("retry-after").toInt();
            QCOMPARE(after >= 1 && after <= 60, isLater);
            QCOMPARE(open.stream->field("x-should-retry"), isLater ? "" : "false");
        }
        QVERIFY(open.stream->body.count("\"role\":\"assistant\",\"content\":\"\"") <= 1);
    }

    int attempts = 0;
    QHash<QByteArray, int> seen;
    for (const auto &shared : std::as_const(kit.sink.exchanges)) {
        const Exchange &exchange = *shared;
        const QByteArray json = toJson(exchange);
        const char *const story = json.constData();
        attempts += int(exchange.attempts.size());
        ++seen[name(exchange.outcome.kind).toByteArray()];
        QCOMPARE(kit.sink.settledCount.value(exchange.id), 1);
        QCOMPARE(kit.sink.sentCount.value(exchange.id), int(exchange.attempts.size()));
        QVERIFY2(exchange.attempts.size() <= 4, story);
        QVERIFY2(exchange.phase == Phase::Settled && exchange.outcome.kind != OutcomeKind::Running,
                 story);
        int committed = 0;
        Money cost;
        bool isOtherFailed = false;
        for (const Attempt &attempt : exchange.attempts) {
            QVERIFY2(committed == 0, story); // no try after content
            committed += attempt.isCommitted ? 1 : 0;
            cost += attempt.cost;
            ++seen[name(attempt.outcome).toByteArray()];
            QVERIFY2(attempt.outcome != AttemptOutcome::Running, story);
            QVERIFY2(attempt.endedAt != kNever, story);
            QVERIFY2(attempt.stage != Stage::Unsent || attempt.cost + attempt.uncertain == Money(),
                     story);
            if (const Attempt *server = exchange.server())
                isOtherFailed |= attempt.target != server->target;
        }
        QVERIFY2(exchange.settlement.cost == cost, story);
        QVERIFY2((exchange.server() != nullptr) == (committed == 1), story);
        QVERIFY2(exchange.outcome.isFailover == isOtherFailed, story);
        bool isDiverted = false;
        for (const Candidate &candidate : exchange.decision.candidates) {
            QVERIFY2(candidate.fate != CandidateFate::Waiting, story);
            if (candidate.fate != CandidateFate::Skipped)
                continue;
            QVERIFY2(candidate.reason != SkipReason::None, story);
            const bool isEarlier = exchange.server() && candidate.rank < exchange.server()->rank;
            isDiverted |= isEarlier;
            QVERIFY2(!isEarlier || candidate.reason != SkipReason::NotNeeded, story);
        }
        QVERIFY2(exchange.outcome.isDiverted == isDiverted, story);
    }
    // Attempts recorded = calls on the wire.
    int calls = 0;
    for (const auto &started : kit.wire.started)
        calls += started.isRecheck ? 0 : 1;
    QCOMPARE(calls, attempts);
    QCOMPARE(kit.wire.running, 0);
    for (auto gate = kit.gateway->gates().table().cbegin();
         gate != kit.gateway->gates().table().cend(); ++gate)
        QVERIFY(!gate->isProbeInFlight);
    const FramePtr frame = kit.ledger->lastFrame();
    for (const ProviderView &view : frame->providers)
        QCOMPARE(view.inFlight, 0);
    // A run in which little happened would prove little.
    for (const char *kind : {"served", "failed", "cut", "client_left", "stream_cut", "rate_limited",
                             "connect_timeout", "deadline_passed", "reset_before_head"})
        QVERIFY2(seen.value(kind) > 0, kind);
}

QTEST_GUILESS_MAIN(TestSimulation)
#include "tst_simulation.moc"
