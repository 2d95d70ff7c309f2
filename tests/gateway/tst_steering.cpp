// What a person does to running traffic, on a fake wire and a manual clock: each action acts on the
// first decision after it, is in the next frame, told once with its cause, and ends by itself.
#include "gateway_kit.h"

#include "record/names.h"

using namespace sb;
using namespace sb::gateway;

namespace {
const ChainId kChain(QStringLiteral("c"));
const ClientId kTester(QStringLiteral("tester"));

ProviderId p(int number)
{
    return ProviderId(u'p' + QString::number(number));
}

QByteArray hostOf(int number)
{
    return 'p' + QByteArray::number(number) + ".example";
}

// Everyone answers.
std::function<Acts(const http::UpstreamRequest &)> healthy(bool isStream = false)
{
    return [isStream](const http::UpstreamRequest &) { return isStream ? streams() : answers(); };
}

struct Kit : GatewayKit {
    explicit Kit(int providers, const QByteArray &routing = "{}")
        : GatewayKit(providers, routing)
    {
        wire.plan = healthy();
        ledger->setListening(true);
        clock.advance(Millis(200));
        frames.clear();
    }
    // The frame that follows a command, a tenth of a second later at most.
    const Frame &nextFrame()
    {
        frames.clear();
        clock.advance(Millis(100));
        if (frames.isEmpty())
            qFatal("no frame");
        return *frames.first();
    }
    StreamPtr chatAndWait(bool isStream = false)
    {
        const StreamPtr stream = chat(isStream);
        while (stream->isOpen() && clock.untilNext() >= Nanos(0))
            clock.advance(clock.untilNext());
        return stream;
    }
    int callsOf(int number, qsizetype from = 0) const
    {
        int calls = 0;
        for (qsizetype i = from; i < wire.started.size(); ++i)
            calls += wire.started[i].host == hostOf(number) && !wire.started[i].isRecheck;
        return calls;
    }
    // Of the exchange that a frame told last.
    ExchangeId newestId() const
    {
        for (auto frame = frames.crbegin(); frame != frames.crend(); ++frame) {
            if (!(*frame)->changed.isEmpty())
                return (*frame)->changed.last()->id;
        }
        qFatal("no exchange in a frame");
    }
    EventView lastEvent() const { return sink.events.isEmpty() ? EventView() : sink.events.last(); }
    int countOf(EventKind kind) const
    {
        return int(std::count_if(sink.events.cbegin(), sink.events.cend(),
                                 [kind](const EventView &e) { return e.kind == kind; }));
    }
};

Drill drillAt(int provider, const QByteArray &fault, const ClientId &client = kTester)
{
    Drill drill;
    drill.provider = p(provider);
    drill.client = client;
    drill.fault = fault;
    return drill;
}
} // namespace

class TestSteering : public QObject {
    Q_OBJECT
private slots:
    void holdCallsOnlyThatTarget();
    void holdEndsByItself();
    void heldTargetFailsHonestly();
    void holdRefusals();
    void holdGoesWithItsChain();
    void explainTellsTheHold();
    void drillBreaks_data();
    void drillBreaks();
    void drillAnswersLikeTheProvider();
    void drillCutsAfterContent();
    void drillStalls();
    void drillDelays();
    void drillEndsByItself();
    void drillShare();
    void drillOfOneClientFeedsNoGate();
    void drillRefusals();
    void clearEndsAll();
    void moveOnTakesTheNextTarget();
    void moveOnOutOfAWait();
    void moveOnRefusals();
    void moveOnCountsAgainstNobody();
    void pauseRefusesNewOnes();
    void probeNow();
    void probeNowOfAnUnreachableProvider();
    void rejectedKeyIsANotice();
    void switchingOffIsTold();
    void framesTellKeysAndUse();
};

// ---- hold

void TestSteering::holdCallsOnlyThatTarget()
{
    Kit kit(3);
    QVERIFY(kit.gateway->hold(kChain, 2, Seconds(600)));
    const Frame &frame = kit.nextFrame();
    QCOMPARE(frame.chains[0].state, ChainState::Held);
    QCOMPARE(frame.chains[0].heldRank, 2);
    QCOMPARE(frame.chains[0].heldUntilWallMs, kit.clock.wallMs() - 100 + 600'000);
    QCOMPARE(frame.events.size(), 1);
    QCOMPARE(frame.events[0].kind, EventKind::Held);
    QCOMPARE(frame.events[0].chain, kChain);
    QCOMPARE(frame.events[0].subject, QStringLiteral("2"));

    QCOMPARE(kit.chatAndWait()->status, 200);
    QCOMPARE(kit.last().server()->target.provider, p(2));
    for (const Candidate &candidate : kit.last().decision.candidates) {
        QCOMPARE(candidate.fate,
                 candidate.rank == 2 ? CandidateFate::Tried : CandidateFate::Skipped);
        QCOMPARE(candidate.reason, candidate.rank == 2 ? SkipReason::None : SkipReason::Held);
    }
    QCOMPARE(kit.callsOf(1) + kit.callsOf(3), 0);
    // A request for the provider itself is not the chain's.
    kit.ask("/v1/chat/completions",
            "{\"model\":\"p1/m\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}");
    kit.clock.advance(Seconds(1));
    QCOMPARE(kit.last().server()->target.provider, p(1));

    QVERIFY(kit.gateway->release(kChain));
    QCOMPARE(kit.lastEvent().kind, EventKind::Released);
    QCOMPARE(kit.chatAndWait()->status, 200);
    QCOMPARE(kit.last().server()->target.provider, p(1));
}

void TestSteering::holdEndsByItself()
{
    Kit kit(2);
    QVERIFY(kit.gateway->hold(kChain, 2, Seconds(600)));
    kit.clock.advance(Seconds(599));
    kit.chatAndWait();
    QCOMPARE(kit.last().server()->rank, 2);
    QCOMPARE(kit.countOf(EventKind::Released), 0);
    kit.clock.advance(Seconds(1));
    QCOMPARE(kit.countOf(EventKind::Released), 1);
    kit.chatAndWait();
    QCOMPARE(kit.last().server()->rank, 1);
    QCOMPARE(kit.ledger->lastFrame()->chains[0].heldRank, 0);

    // Without a time it stays.
    QVERIFY(kit.gateway->hold(kChain, 2, Nanos(0)));
    kit.clock.advance(Seconds(100'000));
    kit.chatAndWait();
    QCOMPARE(kit.last().server()->rank, 2);
    QCOMPARE(kit.nextFrame().chains[0].heldUntilWallMs, 0);
}

void TestSteering::heldTargetFailsHonestly()
{
    Kit kit(2, "{\"retries_per_target\":0}");
    kit.wire.plan = [](const http::UpstreamRequest &request) {
        return request.origin.host == hostOf(2) ? refuses(500) : answers();
    };
    QVERIFY(kit.gateway->hold(kChain, 2, Seconds(600)));
    const StreamPtr stream = kit.chatAndWait();
    QCOMPARE(stream->status, 502);
    QVERIFY2(stream->body.contains("held"), stream->body.constData());
    QCOMPARE(kit.last().attempts.size(), 1);
    QCOMPARE(kit.last().attempts[0].notRepeated, SkipReason::AttemptCap);
    QCOMPARE(kit.callsOf(1), 0);

    // Switched off: not even tried, and said so.
    kit.edit([](config::ConfigSnapshot &config) { config.providers[1].isOff = true; });
    const StreamPtr off = kit.chatAndWait();
    QVERIFY(off->status >= 500);
    QVERIFY2(off->body.contains("held"), off->body.constData());
    QCOMPARE(kit.last().decision.candidates[0].reason, SkipReason::Held);
    QCOMPARE(kit.last().decision.candidates[1].reason, SkipReason::Off);
    QCOMPARE(kit.callsOf(1), 0);
}

void TestSteering::holdRefusals()
{
    Kit kit(2);
    QCOMPARE(kit.gateway->hold(ChainId(QStringLiteral("x")), 1, Seconds(60)).error().code,
             QStringLiteral("no_such_chain"));
    QCOMPARE(kit.gateway->hold(kChain, 3, Seconds(60)).error().code,
             QStringLiteral("no_such_target"));
    QCOMPARE(kit.gateway->hold(kChain, 0, Seconds(60)).error().code,
             QStringLiteral("no_such_target"));
    QCOMPARE(kit.gateway->release(kChain).error().code, QStringLiteral("not_held"));
    QVERIFY(kit.sink.events.isEmpty());
}

void TestSteering::holdGoesWithItsChain()
{
    Kit kit(2);
    QVERIFY(kit.gateway->hold(kChain, 2, Nanos(0)));
    kit.edit([](config::ConfigSnapshot &config) { config.chains[0].targets.removeLast(); });
    QCOMPARE(kit.countOf(EventKind::Released), 1);
    QCOMPARE(kit.chatAndWait()->status, 200);
}

void TestSteering::explainTellsTheHold()
{
    Kit kit(2);
    QVERIFY(kit.gateway->hold(kChain, 2, Nanos(0)));
    Ask ask;
    ask.model = QStringLiteral("c");
    const auto decision = kit.gateway->explain(ask, kTester, {});
    QVERIFY(decision);
    QCOMPARE(decision->candidates[0].reason, SkipReason::Held);
    QCOMPARE(decision->candidates[1].fate, CandidateFate::Waiting);
}

// ---- drills

void TestSteering::drillBreaks_data()
{
    QTest::addColumn<QByteArray>("fault");
    QTest::addColumn<int>("status");
    QTest::addColumn<AttemptOutcome>("outcome");
    QTest::addColumn<bool>("isCalled"); // the provider hears of it
    const auto row = [](const char *fault, int status, AttemptOutcome outcome, bool isCalled) {
        QTest::addRow("%s %d", fault, status) << QByteArray(fault) << status << outcome << isCalled;
    };
    row("status", 429, AttemptOutcome::RateLimited, false);
    row("status", 500, AttemptOutcome::ServerError, false);
    row("status", 503, AttemptOutcome::Overloaded, false);
    row("status", 401, AttemptOutcome::KeyRejected, false);
    row("refuse", 0, AttemptOutcome::ConnectFailed, false);
    row("dns", 0, AttemptOutcome::DnsFailed, false);
    row("black_hole", 0, AttemptOutcome::ConnectTimeout, false);
    row("reset", 0, AttemptOutcome::ResetBeforeHead, false);
    row("no_head", 0, AttemptOutcome::HeadTimeout, false);
    row("cut_fin", 0, AttemptOutcome::StreamCut, true);
    row("cut_rst", 0, AttemptOutcome::StreamCut, true);
    row("stall", 0, AttemptOutcome::FirstContentTimeout, true);
}

// Before any content: the client never notices, the other target answers.
void TestSteering::drillBreaks()
{
    QFETCH(QByteArray, fault);
    QFETCH(int, status);
    QFETCH(AttemptOutcome, outcome);
    QFETCH(bool, isCalled);
    Kit kit(2);
    kit.wire.plan = healthy(true);
    Drill drill = drillAt(1, fault);
    drill.status = status;
    drill.length = Seconds(1800);
    drill.afterEvents = 0;
    const auto started = kit.gateway->startDrill(drill);
    QVERIFY(started);
    const Frame &frame = kit.nextFrame();
    QCOMPARE(frame.drills.size(), 1);
    QCOMPARE(frame.drills[0].id, *started);
    QCOMPARE(frame.drills[0].hits, 0);
    QCOMPARE(frame.drills[0].untilWallMs - frame.drills[0].sinceWallMs, 1'800'000);
    QCOMPARE(frame.events.last().kind, EventKind::DrillStarted);
    QCOMPARE(frame.events.last().client, kTester);

    const StreamPtr stream = kit.chatAndWait(true);
    QCOMPARE(stream->status, 200);
    QCOMPARE(kit.last().outcome.kind, OutcomeKind::Served);
    QCOMPARE(kit.last().attempts.size(), 2);
    const Attempt &broken = kit.last().attempts[0];
    QCOMPARE(broken.outcome, outcome);
    QVERIFY(broken.isInjected);
    if (!isCalled)
        QCOMPARE(broken.status, status);
    QVERIFY(!kit.last().attempts[1].isInjected);
    QCOMPARE(kit.last().server()->target.provider, p(2));
    QCOMPARE(kit.callsOf(1), isCalled ? 1 : 0);
    if (!isCalled) {
        QCOMPARE(broken.cost.nano, 0);
        QCOMPARE(broken.uncertain.nano, 0);
        QCOMPARE(broken.costSource, CostSource::None);
    }
    QCOMPARE(kit.ledger->lastFrame()->drills[0].hits, 1);

    // Another client meets nothing of it.
    kit.key = "key2";
    QCOMPARE(kit.chatAndWait(true)->status, 200);
    QCOMPARE(kit.last().attempts.size(), 1);
    QCOMPARE(kit.last().server()->target.provider, p(1));
    QVERIFY(!kit.last().attempts[0].isInjected);
    kit.clock.advance(Seconds(3)); // the rest of a whole reply is read on for two
    QCOMPARE(kit.wire.running, 0);
    QVERIFY(kit.sink.isOrdered);
}

// What the provider's dialect looks like is read as if it were the provider's.
void TestSteering::drillAnswersLikeTheProvider()
{
    Kit kit(1, "{\"retries_per_target\":0}");
    Drill drill = drillAt(1, "status");
    drill.status = 429;
    drill.retryAfterSeconds = 30;
    QVERIFY(kit.gateway->startDrill(drill));
    QCOMPARE(kit.chatAndWait()->status, 429);
    QCOMPARE(kit.last().attempts[0].hint, Millis(30'000));
    QVERIFY(kit.last().attempts[0].message.contains(QStringLiteral("drill")));
    const StreamPtr message = kit.ask(
        "/v1/messages",
        "{\"model\":\"c\",\"max_tokens\":9,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}");
    kit.clock.advance(Seconds(1));
    QCOMPARE(message->status, 429);
    QVERIFY(message->body.contains("rate_limit_error"));
    QCOMPARE(kit.last().attempts[0].outcome, AttemptOutcome::RateLimited);
}

// Behind content nobody can swap providers: the client sees what a cut provider causes.
void TestSteering::drillCutsAfterContent()
{
    const auto play = [](bool isDrilled, Kit &kit) {
        kit.wire.plan = [isDrilled](const http::UpstreamRequest &) {
            return isDrilled ? streams()
                             : Acts{connects(),
                                    sends(),
                                    heads(200, "text/event-stream"),
                                    bodies(roleChunk()),
                                    bodies(textChunk("hi")),
                                    fails(http::UpstreamError::Reset)};
        };
        if (isDrilled) {
            Drill drill = drillAt(1, "cut_fin");
            drill.afterEvents = 2; // the role and the first text
            if (!kit.gateway->startDrill(drill))
                qFatal("no drill");
        }
        return kit.chatAndWait(true);
    };
    Kit real(2);
    Kit drilled(2);
    const StreamPtr cut = play(false, real);
    const StreamPtr faked = play(true, drilled);
    const auto withoutIds = [](QByteArray body, const Exchange &exchange) {
        return body.replace(exchange.id.text(), "ID");
    };
    QCOMPARE(withoutIds(faked->body, drilled.last()), withoutIds(cut->body, real.last()));
    QCOMPARE(drilled.last().outcome.kind, OutcomeKind::Cut);
    QCOMPARE(drilled.last().outcome.code, real.last().outcome.code);
    QCOMPARE(drilled.last().attempts[0].outcome, AttemptOutcome::StreamCut);
    QVERIFY(drilled.last().attempts[0].isInjected);
    QCOMPARE(drilled.last().attempts[0].stage, Stage::Given);
    // It was called and it answered: what that cost is booked as always.
    QCOMPARE(drilled.last().attempts[0].cost.nano, real.last().attempts[0].cost.nano);
    QVERIFY(drilled.last().attempts[0].cost.nano > 0);
}

void TestSteering::drillStalls()
{
    Kit kit(1);
    kit.wire.plan = healthy(true);
    Drill drill = drillAt(1, "stall");
    drill.afterEvents = 2;
    QVERIFY(kit.gateway->startDrill(drill));
    const StreamPtr silent = kit.chatAndWait(true);
    QCOMPARE(kit.last().attempts[0].outcome, AttemptOutcome::Stalled);
    QVERIFY(silent->endedAt - silent->begunAt >= Nanos(Seconds(60)));

    // With a time it is only a pause.
    kit.gateway->steering().clearDrills();
    drill.delay = Millis(7'000);
    QVERIFY(kit.gateway->startDrill(drill));
    const StreamPtr paused = kit.chatAndWait(true);
    QCOMPARE(kit.last().outcome.kind, OutcomeKind::Served);
    QVERIFY(paused->body.endsWith("data: [DONE]\n\n"));
    QVERIFY(paused->endedAt - paused->begunAt >= Nanos(Seconds(7)));
    QVERIFY(paused->endedAt - paused->begunAt < Nanos(Seconds(8)));
}

void TestSteering::drillDelays()
{
    for (const char *fault : {"slow_head", "slow_first_token"}) {
        for (const bool isStream : {false, true}) {
            Kit kit(1);
            kit.wire.plan = healthy(isStream);
            Drill drill = drillAt(1, fault);
            drill.delay = Millis(3'000);
            QVERIFY(kit.gateway->startDrill(drill));
            const StreamPtr stream = kit.chatAndWait(isStream);
            QCOMPARE(stream->status, 200);
            const Attempt &attempt = kit.last().attempts[0];
            QVERIFY(attempt.isInjected);
            QCOMPARE(attempt.outcome, AttemptOutcome::Served);
            const Micros slow = attempt.firstContentAt - attempt.startedAt;
            QVERIFY(slow >= Millis(3'000) && slow < Millis(3'200));
            QCOMPARE(attempt.headAt - attempt.startedAt >= Millis(3'000),
                     qstrcmp(fault, "slow_head") == 0);
            // Our own delay says nothing about the provider.
            QCOMPARE(kit.ledger->lastFrame()->providers[0].attempts5m, 0);
            kit.clock.advance(Seconds(3));
            QCOMPARE(kit.wire.running, 0);
        }
    }
}

void TestSteering::drillEndsByItself()
{
    Kit kit(2);
    Drill drill = drillAt(1, "refuse");
    drill.length = Seconds(120);
    QVERIFY(kit.gateway->startDrill(drill));
    kit.chatAndWait();
    QCOMPARE(kit.last().server()->rank, 2);
    kit.clock.advance(Seconds(119));
    QCOMPARE(kit.countOf(EventKind::DrillEnded), 0);
    kit.clock.advance(Seconds(1));
    QCOMPARE(kit.countOf(EventKind::DrillEnded), 1);
    QVERIFY(kit.ledger->lastFrame()->drills.isEmpty());
    kit.chatAndWait();
    QCOMPARE(kit.last().server()->rank, 1);
    QCOMPARE(kit.last().attempts.size(), 1);
}

void TestSteering::drillShare()
{
    Kit kit(2);
    Drill drill = drillAt(1, "refuse");
    drill.sharePercent = 25;
    drill.seed = 42;
    drill.length = Seconds(1800);
    QVERIFY(kit.gateway->startDrill(drill));
    int broken = 0;
    for (int i = 0; i < 400; ++i) {
        kit.chatAndWait();
        broken += kit.last().attempts[0].isInjected ? 1 : 0;
    }
    QVERIFY2(broken > 70 && broken < 130, qPrintable(QString::number(broken)));
    QCOMPARE(kit.ledger->lastFrame()->drills[0].hits, broken);

    kit.gateway->steering().clearDrills();
    drill.sharePercent = 100;
    drill.times = 3;
    drill.isStream = false;
    drill.model = QStringLiteral("m");
    QVERIFY(kit.gateway->startDrill(drill));
    broken = 0;
    for (int i = 0; i < 5; ++i) {
        kit.chatAndWait();
        broken += kit.last().attempts[0].isInjected ? 1 : 0;
    }
    QCOMPARE(broken, 3);
}

void TestSteering::drillOfOneClientFeedsNoGate()
{
    Kit kit(2);
    Drill drill = drillAt(1, "status");
    drill.status = 401; // the key would be gone for good
    QVERIFY(kit.gateway->startDrill(drill));
    for (int i = 0; i < 20; ++i)
        kit.chatAndWait();
    QVERIFY(kit.gateway->gates().views().isEmpty());
    QVERIFY(kit.gateway->gates().table().isEmpty());
    const FramePtr now = kit.ledger->lastFrame();
    const Frame &frame = *now;
    QCOMPARE(frame.drills[0].hits, 20);
    QCOMPARE(frame.providers[0].attempts5m, 0);
    QCOMPARE(frame.providers[0].inFlight, 0);
    QCOMPARE(frame.providers[0].state, ProviderState::NoTraffic);
    QVERIFY(frame.notices.isEmpty());
    QVERIFY(frame.totals.errorShare < 0); // nothing but drilled requests so far

    // Everyone's drill at a simulated provider trips its gate, so that the traffic moves.
    kit.gateway->steering().clearDrills();
    kit.edit([](config::ConfigSnapshot &config) { config.providers[0].isSimulated = true; });
    drill.client = {};
    drill.status = 500;
    QVERIFY(kit.gateway->startDrill(drill));
    for (int i = 0; i < 5; ++i)
        kit.chatAndWait();
    QCOMPARE(kit.gateway->gates().views().size(), 1);
    QCOMPARE(kit.lastEvent().kind, EventKind::Tripped);
    QCOMPARE(kit.lastEvent().provider, p(1));
    kit.chatAndWait();
    QCOMPARE(kit.last().decision.candidates[0].reason, SkipReason::Tripped);
}

void TestSteering::drillRefusals()
{
    Kit kit(1);
    QCOMPARE(kit.gateway->startDrill(drillAt(1, "status", {})).error().code,
             QStringLiteral("not_simulated"));
    QCOMPARE(kit.gateway->startDrill(drillAt(9, "status")).error().code,
             QStringLiteral("no_such_provider"));
    QCOMPARE(kit.gateway->startDrill(drillAt(1, "garbage")).error().code,
             QStringLiteral("bad_fault"));
    QCOMPARE(
        kit.gateway->startDrill(drillAt(1, "status", ClientId(QStringLiteral("x")))).error().code,
        QStringLiteral("no_such_client"));
    QVERIFY(kit.sink.events.isEmpty());
    QVERIFY(!kit.gateway->steering().endDrill(1));
}

void TestSteering::clearEndsAll()
{
    Kit kit(2);
    QVERIFY(kit.gateway->startDrill(drillAt(1, "refuse")));
    QVERIFY(kit.gateway->startDrill(drillAt(2, "refuse")));
    kit.gateway->steering().clearDrills();
    QCOMPARE(kit.countOf(EventKind::DrillEnded), 2);
    QVERIFY(kit.ledger->lastFrame()->drills.isEmpty());
    kit.chatAndWait();
    QVERIFY(!kit.last().attempts[0].isInjected);
    kit.clock.advance(Seconds(3600));
    QCOMPARE(kit.countOf(EventKind::DrillEnded), 2);
}

// ---- move on

void TestSteering::moveOnTakesTheNextTarget()
{
    Kit kit(3);
    kit.wire.plan = [](const http::UpstreamRequest &request) {
        return request.origin.host == hostOf(1) ? Acts{connects(), sends()} : answers();
    };
    const StreamPtr stream = kit.chat(false);
    kit.clock.advance(Seconds(20));
    QVERIFY(stream->isOpen());
    const ExchangeId id = kit.newestId();
    QVERIFY(kit.gateway->moveOn(id));
    QCOMPARE(kit.callsOf(2), 1); // at once
    QCOMPARE(kit.lastEvent().kind, EventKind::MovedOn);
    QCOMPARE(kit.lastEvent().subject, QString::fromLatin1(id.text()));
    QCOMPARE(kit.lastEvent().provider, p(1));
    QCOMPARE(kit.lastEvent().client, kTester);
    QCOMPARE(kit.nextFrame().events.last().kind, EventKind::MovedOn);
    QCOMPARE(stream->status, 200);
    const Exchange &exchange = kit.last();
    QCOMPARE(exchange.attempts.size(), 2);
    QCOMPARE(exchange.attempts[0].outcome, AttemptOutcome::MovedOn);
    QCOMPARE(exchange.attempts[0].next, Move::NextTarget);
    QVERIFY(exchange.attempts[0].uncertain.nano > 0); // it had the prompt
    QCOMPARE(exchange.attempts[0].cost.nano, 0);
    QCOMPARE(exchange.server()->target.provider, p(2));
    QVERIFY(exchange.outcome.isFailover);
    QCOMPARE(kit.wire.running, 0);
    QVERIFY(kit.isSettledFirst);
}

void TestSteering::moveOnOutOfAWait()
{
    Kit kit(2, "{\"retries_per_target\":3,\"backoff_base_ms\":4000,\"backoff_cap_ms\":4000}");
    kit.wire.plan = [](const http::UpstreamRequest &request) {
        if (request.origin.host == hostOf(2))
            return answers();
        return Acts{connects(), sends(), heads(500, "application/json", Seconds(1)), bodies("{}"),
                    ends()};
    };
    const StreamPtr stream = kit.chat(false);
    // Meanwhile others trip the second target: the first one is to be tried again, after a wait.
    for (int i = 0; i < 5; ++i)
        kit.gateway->gates().ended({p(2), QStringLiteral("m"), {}},
                                   {AttemptOutcome::ServerError, 500, Millis(-1), false});
    kit.clock.advance(Millis(1'100));
    QCOMPARE(kit.callsOf(1), 1);
    QCOMPARE(kit.wire.running, 0);
    QVERIFY(stream->isOpen());
    const ExchangeId id = kit.newestId();
    QCOMPARE(kit.gateway->moveOn(id).error().code, QStringLiteral("no_next_target"));
    QVERIFY(kit.gateway->probeNow(p(2)));
    QVERIFY(kit.gateway->moveOn(id));
    kit.clock.advance(Millis(100));
    QCOMPARE(stream->status, 200);
    QCOMPARE(kit.last().attempts.size(), 2);
    QCOMPARE(kit.last().attempts[0].outcome, AttemptOutcome::ServerError); // what it was
    QCOMPARE(kit.last().attempts[0].next, Move::NextTarget);
    QVERIFY(kit.last().attempts[1].isProbe);
    kit.clock.advance(Seconds(30));
    QCOMPARE(kit.callsOf(1), 1); // the wait is forgotten
}

void TestSteering::moveOnRefusals()
{
    Kit kit(2);
    kit.wire.plan = [](const http::UpstreamRequest &) {
        return Acts{connects(), sends(), heads(200, "text/event-stream"), bodies(roleChunk()),
                    bodies(textChunk("hi"))};
    };
    QCOMPARE(kit.gateway->moveOn(ExchangeId{1, 2}).error().code, QStringLiteral("no_such_id"));
    const StreamPtr stream = kit.chat(true);
    kit.clock.advance(Millis(300));
    const ExchangeId id = kit.newestId();
    QCOMPARE(kit.gateway->moveOn(id).error().code, QStringLiteral("too_late"));
    stream->hangUp();
    QCOMPARE(kit.gateway->moveOn(id).error().code, QStringLiteral("no_such_id"));

    kit.wire.plan = [](const http::UpstreamRequest &) { return Acts{connects(), sends()}; };
    const StreamPtr plain = kit.chat(false);
    kit.clock.advance(Millis(300));
    const ExchangeId second = kit.newestId();
    QVERIFY(kit.gateway->moveOn(second));
    kit.clock.advance(Millis(300));
    QCOMPARE(kit.gateway->moveOn(second).error().code, QStringLiteral("no_next_target"));
    QVERIFY(plain->isOpen()); // a refusal changes nothing
    QCOMPARE(kit.countOf(EventKind::MovedOn), 1);
    plain->hangUp();
}

void TestSteering::moveOnCountsAgainstNobody()
{
    Kit kit(2);
    kit.wire.plan = [](const http::UpstreamRequest &request) {
        return request.origin.host == hostOf(1) ? Acts{connects(), sends()} : answers();
    };
    for (int i = 0; i < 12; ++i) {
        const StreamPtr stream = kit.chat(false);
        kit.clock.advance(Millis(300));
        QVERIFY(kit.gateway->moveOn(kit.newestId()));
        kit.clock.advance(Millis(300));
        QCOMPARE(stream->status, 200);
    }
    QVERIFY(kit.gateway->gates().views().isEmpty());
    const FramePtr now = kit.ledger->lastFrame();
    const Frame &frame = *now;
    QCOMPARE(frame.providers[0].failures5m, 0);
    QCOMPARE(frame.providers[0].inFlight, 0);
}

// ---- pause

void TestSteering::pauseRefusesNewOnes()
{
    Kit kit(1);
    const StreamPtr before = kit.chat(false);
    kit.gateway->steering().setPaused(true);
    QCOMPARE(kit.lastEvent().kind, EventKind::Paused);
    const StreamPtr refused = kit.chat(false);
    QCOMPARE(refused->status, 503);
    QCOMPARE(refused->field("x-signalbox-code"), QByteArray("draining"));
    QVERIFY(!refused->field("retry-after").isEmpty());
    QVERIFY(refused->body.contains("paused"));
    QCOMPARE(kit.last().outcome.kind, OutcomeKind::Refused);
    QCOMPARE(kit.callsOf(1), 1);
    kit.clock.advance(Seconds(1));
    QCOMPARE(before->status, 200); // what ran goes on
    kit.gateway->steering().setPaused(true);
    QCOMPARE(kit.countOf(EventKind::Paused), 1);
    kit.gateway->steering().setPaused(false);
    QCOMPARE(kit.lastEvent().kind, EventKind::Resumed);
    QCOMPARE(kit.chatAndWait()->status, 200);
}

// ---- gates

void TestSteering::probeNow()
{
    Kit kit(2);
    QCOMPARE(kit.gateway->probeNow(p(1)).error().code, QStringLiteral("not_tripped"));
    QCOMPARE(kit.gateway->probeNow(p(9)).error().code, QStringLiteral("no_such_provider"));
    kit.wire.plan = [](const http::UpstreamRequest &request) {
        return request.origin.host == hostOf(1) ? refuses(500) : answers();
    };
    for (int i = 0; i < 5; ++i)
        kit.chatAndWait();
    QCOMPARE(kit.ledger->lastFrame()->providers[0].state, ProviderState::Tripped);
    QCOMPARE(kit.countOf(EventKind::Tripped), 1);
    const int calls = kit.callsOf(1);
    kit.chatAndWait();
    QCOMPARE(kit.callsOf(1), calls); // left alone

    kit.wire.plan = healthy();
    QVERIFY(kit.gateway->probeNow(p(1)));
    QCOMPARE(kit.nextFrame().providers[0].state, ProviderState::Probing);
    kit.chatAndWait();
    QCOMPARE(kit.callsOf(1), calls + 1);
    QVERIFY(kit.last().attempts[0].isProbe);
    QCOMPARE(kit.last().server()->rank, 1);
    QCOMPARE(kit.countOf(EventKind::Recovered), 1);
    QCOMPARE(kit.ledger->lastFrame()->providers[0].state, ProviderState::Serving);
    QVERIFY(kit.gateway->gates().views().isEmpty());
}

void TestSteering::probeNowOfAnUnreachableProvider()
{
    Kit kit(2);
    kit.wire.plan = [](const http::UpstreamRequest &request) {
        return request.origin.host == hostOf(1) ? Acts{fails(http::UpstreamError::ConnectFailed)}
                                                : answers();
    };
    for (int i = 0; i < 5; ++i)
        kit.chatAndWait();
    QCOMPARE(kit.ledger->lastFrame()->providers[0].state, ProviderState::Tripped);
    const qsizetype before = kit.wire.started.size();
    QVERIFY(kit.gateway->probeNow(p(1)));
    kit.clock.advance(Millis(10));
    QCOMPARE(kit.wire.started.size(), before + 1); // a bare connection, and no request for it
    QVERIFY(kit.wire.started.last().isRecheck);
    QCOMPARE(kit.ledger->lastFrame()->providers[0].state, ProviderState::Tripped); // said at once
    QCOMPARE(kit.countOf(EventKind::Tripped), 1);

    kit.wire.plan = healthy();
    QVERIFY(kit.gateway->probeNow(p(1)));
    kit.clock.advance(Millis(10));
    kit.chatAndWait();
    QVERIFY(kit.last().attempts[0].isProbe);
    QCOMPARE(kit.last().server()->rank, 1);
}

void TestSteering::rejectedKeyIsANotice()
{
    Kit kit(2);
    kit.wire.plan = [](const http::UpstreamRequest &request) {
        return request.origin.host == hostOf(1) ? refuses(401) : answers();
    };
    kit.chatAndWait();
    const FramePtr now = kit.ledger->lastFrame();
    const Frame &frame = *now;
    QCOMPARE(frame.notices.size(), 1);
    QCOMPARE(frame.notices[0].kind, Notice::Kind::KeyRejected);
    QCOMPARE(frame.notices[0].subject, QStringLiteral("p1"));
    QCOMPARE(kit.countOf(EventKind::KeyRejected), 1);
    QCOMPARE(kit.sink.events.last().status, 401);
    kit.clock.advance(Seconds(4000));
    QCOMPARE(kit.ledger->lastFrame()->notices.size(), 1); // stands
    kit.wire.plan = healthy();
    QVERIFY(kit.gateway->probeNow(p(1)));
    kit.clock.advance(Millis(100));
    QCOMPARE(kit.ledger->lastFrame()->notices.size(), 1); // until it works
    kit.chatAndWait();
    QCOMPARE(kit.last().server()->rank, 1);
    QVERIFY(kit.ledger->lastFrame()->notices.isEmpty());

    // What is switched off asks nobody to do something.
    kit.wire.plan = [](const http::UpstreamRequest &request) {
        return request.origin.host == hostOf(1) ? refuses(401) : answers();
    };
    kit.chatAndWait();
    QCOMPARE(kit.ledger->lastFrame()->notices.size(), 1);
    kit.edit([](config::ConfigSnapshot &config) { config.providers[0].isOff = true; });
    QVERIFY(kit.ledger->lastFrame()->notices.isEmpty());
}

void TestSteering::switchingOffIsTold()
{
    Kit kit(2);
    kit.edit([](config::ConfigSnapshot &config) { config.providers[0].isOff = true; });
    const Frame &frame = kit.nextFrame();
    QCOMPARE(frame.providers[0].state, ProviderState::Off);
    QCOMPARE(frame.events.size(), 2);
    QCOMPARE(frame.events[0].kind, EventKind::SwitchedOff);
    QCOMPARE(frame.events[0].provider, p(1));
    QCOMPARE(frame.events[1].kind, EventKind::ConfigApplied);
    QCOMPARE(frame.events[1].revision, 2u);
    kit.chatAndWait();
    QCOMPARE(kit.last().server()->rank, 2);
    kit.edit([](config::ConfigSnapshot &config) { config.providers[0].isOff = false; });
    QCOMPARE(kit.nextFrame().events[0].kind, EventKind::SwitchedOn);
    kit.chatAndWait();
    QCOMPARE(kit.last().server()->rank, 1);
}

void TestSteering::framesTellKeysAndUse()
{
    Kit kit(2);
    kit.edit([](config::ConfigSnapshot &config) {
        config.providers[0].keys = {{KeyId(QStringLiteral("main")), {}, false},
                                    {KeyId(QStringLiteral("spare")), {}, true}};
    });
    QCOMPARE(kit.nextFrame().providers[0].keys.size(), 2);
    FramePtr frame = kit.ledger->lastFrame();
    QCOMPARE(frame->providers[0].keys[0].state, KeyState::Missing);
    QCOMPARE(frame->providers[0].keys[1].state, KeyState::Off);
    QCOMPARE(frame->providers[0].lastUsedWallMs, 0);
    const qint64 asked = kit.clock.wallMs();
    kit.chatAndWait();
    kit.chatAndWait();
    frame = kit.ledger->lastFrame();
    QVERIFY(frame->providers[0].lastUsedWallMs >= asked);
    QVERIFY(frame->providers[0].keys[0].lastUsedWallMs >= asked);
    QCOMPARE(frame->clients[0].chainsPerMinute, (QList<std::pair<ChainId, int>>{{kChain, 2}}));
    QVERIFY(frame->clients[1].chainsPerMinute.isEmpty());
}

QTEST_GUILESS_MAIN(TestSteering)
#include "tst_steering.moc"
