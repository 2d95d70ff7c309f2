// The failure table, printed: outcome × stage × kind × who else is ready. [robustness §2, §3, §5]
#include "record/names.h"
#include "route/next_move.h"

#include <QTest>

using namespace sb;
using namespace sb::route;
using A = AttemptOutcome;

namespace {
class NoRandom final : public Random {
public:
    quint64 next() override { return ~0ull; } // the longest backoff
};

// p1 with two keys, p2 with one.
struct Bench {
    config::ConfigSnapshot config;
    QList<Attempt> attempts;
    QList<Candidate> candidates;
    GateTable gates;
    RequestKind kind = RequestKind::Plain;
    Nanos left = Seconds(600);
    Nanos waited{0};
    bool isBudgetLeft = true;
    bool isNoFailover = false;

    Bench()
    {
        for (const char *id : {"p1", "p2"}) {
            config::ProviderSettings provider;
            provider.id = ProviderId(QString::fromLatin1(id));
            config.providers.append(provider);
        }
    }
    static TargetRef target(const char *provider, const char *key)
    {
        return {ProviderId(QString::fromLatin1(provider)), QStringLiteral("m"),
                KeyId(QString::fromLatin1(key))};
    }
    void candidate(const char *provider, const char *key, int rank,
                   CandidateFate fate = CandidateFate::Waiting)
    {
        candidates.append({target(provider, key), rank, fate});
    }
    void attempt(A outcome, Stage stage, int index = 0, Millis hint = Millis(-1))
    {
        Attempt a;
        a.target = candidates[index].target;
        a.rank = candidates[index].rank;
        a.outcome = outcome;
        a.stage = stage;
        a.hint = hint;
        attempts.append(a);
        candidates[index].fate = CandidateFate::Tried;
    }
    QByteArray line()
    {
        NoRandom random;
        const NextMove move = nextMove({attempts, candidates, gates, config, kind, Seconds(100),
                                        left, waited, isBudgetLeft, isNoFailover},
                                       random);
        QByteArray out = name(move.move).toByteArray();
        if (move.candidate >= 0)
            out += ' ' + QByteArray::number(move.candidate);
        if (move.wait > Nanos(0))
            out += " after " + QByteArray::number(move.wait / Nanos(Millis(1))) + " ms";
        if (move.why != SkipReason::None)
            out += " (" + name(move.why) + ')';
        return out;
    }
    int moveOn() const
    {
        return moveOnTo({attempts, candidates, gates, config, kind, Seconds(100), left, waited,
                         isBudgetLeft, isNoFailover});
    }
};
} // namespace

class TestNextMove : public QObject {
    Q_OBJECT

private slots:
    void table_data();
    void table();
    void caps();
    void waits();
    void keys();
    void heldIsSaid();
    void movingOn();
};

void TestNextMove::table_data()
{
    QTest::addColumn<A>("outcome");
    QTest::addColumn<Stage>("stage");
    QTest::addColumn<QByteArray>("withOther"); // plain, another target ready
    QTest::addColumn<QByteArray>("alone"); // plain, none
    QTest::addColumn<QByteArray>("stateful"); // another target ready
    const auto row = [](A outcome, Stage stage, const char *withOther, const char *alone,
                        const char *stateful) {
        QTest::addRow("%s, %s", name(outcome).toByteArray().constData(),
                      name(stage).toByteArray().constData())
            << outcome << stage << QByteArray(withOther) << QByteArray(alone)
            << QByteArray(stateful);
    };
    const char *next = "next_target 1";
    const char *retry = "retry 0 after 250 ms";
    const char *statefulRetry = "retry 0 after 250 ms (stateful_request)";
    const char *statefulStop = "give_up (stateful_request)";
    for (A outcome : {A::DnsFailed, A::ConnectFailed, A::ConnectTimeout, A::ProxyFailed}) // 1, 2
        row(outcome, Stage::Unsent, next, retry, statefulRetry);
    for (A outcome : {A::TlsWrongName, A::TlsExpired, A::TlsNotYetValid, A::TlsSelfSigned,
                      A::TlsUnknownCa, A::TlsFailed}) // 3
        row(outcome, Stage::Unsent, next, "give_up", statefulStop);
    for (A outcome : {A::ResetBeforeHead, A::ResetOnReuse}) { // 4, 5
        row(outcome, Stage::Unknown, next, retry, statefulStop);
        row(outcome, Stage::Unsent, next, retry, statefulRetry);
    }
    row(A::HeadTimeout, Stage::Unknown, next, "give_up", statefulStop); // 6
    row(A::KeyRejected, Stage::Refused, next, "give_up", statefulStop); // 7
    row(A::QuotaExhausted, Stage::Refused, next, "give_up", statefulStop); // 8
    row(A::RateLimited, Stage::Refused, next, "give_up (tripped)", "give_up (tripped)"); // 10
    row(A::Overloaded, Stage::Refused, next, retry, statefulRetry); // 11
    row(A::ServerError, Stage::Refused, next, retry, statefulRetry); // 12
    row(A::ServerError, Stage::Unknown, next, retry, statefulStop);
    row(A::Conflict, Stage::Refused, next, retry, statefulRetry); // 13
    row(A::ModelNotFound, Stage::Refused, next, "give_up", statefulStop); // 14
    row(A::BadRequest, Stage::Refused, "give_up (client_mistake)", "give_up (client_mistake)",
        "give_up (client_mistake)"); // 15
    row(A::LacksFeature, Stage::Refused, next, "give_up", statefulStop);
    row(A::Filtered, Stage::Refused, "give_up (client_mistake)", "give_up (client_mistake)",
        "give_up (client_mistake)"); // 17
    for (A outcome : {A::EmptyCompletion, A::BadReply, A::FirstContentTimeout, A::BrokenEvent,
                      A::ReplyTooLarge, A::ErrorInStream, A::Stalled}) // 19, 20, 23, 26, 31
        row(outcome, Stage::Begun, next, "give_up", statefulStop);
    for (A outcome : {A::BodyShort, A::StreamCut}) // 21, 22
        row(outcome, Stage::Begun, next, retry, statefulStop);
    for (A outcome : {A::StreamCut, A::Stalled, A::ErrorInStream, A::BrokenEvent, A::Overloaded,
                      A::RateLimited, A::BodyShort}) // 24, 25 and whatever else after content
        row(outcome, Stage::Given, "give_up (already_committed)", "give_up (already_committed)",
            "give_up (already_committed)");
    row(A::Redirected, Stage::Refused, next, "give_up", statefulStop); // 30
    for (A outcome : {A::ClientLeft, A::DeadlinePassed, A::Stopped}) // 32, 34, 35
        row(outcome, Stage::Begun, "give_up", "give_up", "give_up");
}

void TestNextMove::table()
{
    QFETCH(A, outcome);
    QFETCH(Stage, stage);
    QFETCH(QByteArray, withOther);
    QFETCH(QByteArray, alone);
    QFETCH(QByteArray, stateful);
    for (RequestKind kind : {RequestKind::Plain, RequestKind::Pure}) {
        Bench two;
        two.kind = kind;
        two.candidate("p1", "a", 1);
        two.candidate("p2", "a", 2);
        two.attempt(outcome, stage);
        QCOMPARE(two.line(), withOther);

        Bench one;
        one.kind = kind;
        one.candidate("p1", "a", 1);
        one.attempt(outcome, stage);
        QCOMPARE(one.line(), alone);
    }
    Bench two;
    two.kind = RequestKind::Stateful;
    two.candidate("p1", "a", 1);
    two.candidate("p2", "a", 2);
    two.attempt(outcome, stage);
    QCOMPARE(two.line(), stateful);
}

void TestNextMove::caps()
{
    // maxAttempts counts what was called.
    Bench many;
    for (int i = 0; i < 6; ++i)
        many.candidate(i < 3 ? "p1" : "p2", QByteArray::number(i).constData(), i + 1);
    for (int i = 0; i < 3; ++i)
        many.attempt(A::ServerError, Stage::Refused, i);
    QCOMPARE(many.line(), "next_target 3");
    many.attempt(A::ServerError, Stage::Refused, 3);
    QCOMPARE(many.line(), "give_up (attempt_cap)");
    // Dead keys do not count.
    many.attempts[0].outcome = A::KeyRejected;
    many.attempts[1].outcome = A::QuotaExhausted;
    QCOMPARE(many.line(), "next_target 4");

    // One blind repeat for plain requests, as many as the cap allows for pure ones.
    Bench blind;
    for (int i = 0; i < 4; ++i)
        blind.candidate("p1", QByteArray::number(i).constData(), i + 1);
    blind.attempt(A::ResetBeforeHead, Stage::Unknown, 0);
    QCOMPARE(blind.line(), "next_target 1");
    blind.attempt(A::FirstContentTimeout, Stage::Begun, 1);
    QCOMPARE(blind.line(), "give_up (unknown_repeat_cap)");
    blind.kind = RequestKind::Pure;
    QCOMPARE(blind.line(), "next_target 2");
    // A complete 5xx reply in between is no blind one.
    blind.kind = RequestKind::Plain;
    blind.attempts[1].outcome = A::ServerError;
    blind.attempts[1].stage = Stage::Refused;
    QCOMPARE(blind.line(), "next_target 2");

    // One retry on a target, and only with budget.
    Bench alone;
    alone.candidate("p1", "a", 1);
    alone.attempt(A::ServerError, Stage::Refused);
    alone.isBudgetLeft = false;
    QCOMPARE(alone.line(), "give_up (attempt_cap)");
    alone.isBudgetLeft = true;
    alone.attempt(A::ServerError, Stage::Refused);
    QCOMPARE(alone.line(), "give_up (attempt_cap)");
    alone.config.routing.retriesPerTarget = 3;
    QCOMPARE(alone.line(), "retry 0 after 500 ms");
    alone.attempt(A::ServerError, Stage::Refused);
    QCOMPARE(alone.line(), "retry 0 after 1000 ms");

    // The client's wish.
    Bench first;
    first.candidate("p1", "a", 1);
    first.candidate("p2", "a", 2);
    first.isNoFailover = true;
    first.attempt(A::ServerError, Stage::Refused);
    QCOMPARE(first.line(), "retry 0 after 250 ms (no_failover_asked)");
    first.attempt(A::ServerError, Stage::Refused);
    QCOMPARE(first.line(), "give_up (attempt_cap)");
}

void TestNextMove::waits()
{
    const auto limited = [](Millis hint) {
        Bench b;
        b.candidate("p1", "a", 1);
        b.attempt(A::RateLimited, Stage::Refused, 0, hint);
        return b;
    };
    QCOMPARE(limited(Millis(1500)).line(), "retry 0 after 1500 ms");
    QCOMPARE(limited(Millis(100)).line(), "retry 0 after 1000 ms"); // the floor of a hint
    QCOMPARE(limited(Millis(2000)).line(), "retry 0 after 2000 ms");
    QCOMPARE(limited(Millis(2001)).line(), "give_up (tripped)");

    Bench late = limited(Millis(1500));
    late.left = Millis(1400);
    QCOMPARE(late.line(), "give_up (deadline_passed)");
    late.left = Nanos(0);
    QCOMPARE(late.line(), "give_up (deadline_passed)");
    Bench waited = limited(Millis(1500));
    waited.waited = Seconds(19);
    QCOMPARE(waited.line(), "give_up (deadline_passed)");

    // A hint is a floor for every retry.
    Bench busy;
    busy.candidate("p1", "a", 1);
    busy.attempt(A::Overloaded, Stage::Refused, 0, Millis(3000));
    QCOMPARE(busy.line(), "retry 0 after 3000 ms");
    // Nothing waits for a gate that has tripped.
    Gate gate;
    gate.state = GateState::Tripped;
    gate.until = Seconds(200);
    busy.gates.insert(gatesOf(busy.candidates[0].target)[1], gate);
    QCOMPARE(busy.line(), "give_up (tripped)");
}

void TestNextMove::keys()
{
    Bench b;
    b.candidate("p1", "a", 1);
    b.candidate("p1", "b", 1);
    b.candidate("p2", "a", 2);
    b.attempt(A::RateLimited, Stage::Refused, 0, Millis(500));
    QCOMPARE(b.line(), "next_key 1"); // another key before a wait
    // A tripped or probed gate is walked past.
    Gate gate;
    gate.state = GateState::Tripped;
    gate.until = Seconds(200);
    b.gates.insert(gatesOf(b.candidates[1].target)[0], gate);
    QCOMPARE(b.line(), "next_target 2");
    Gate probed;
    probed.state = GateState::Probing;
    probed.isProbeInFlight = true;
    b.gates.insert(gatesOf(b.candidates[2].target)[2], probed);
    QCOMPARE(b.line(), "retry 0 after 1000 ms");
    // A key whose time is up is tried as probe.
    b.gates[gatesOf(b.candidates[1].target)[0]].until = Seconds(100);
    QCOMPARE(b.line(), "next_key 1");
    // Without failover another key is still the first target.
    b.isNoFailover = true;
    QCOMPARE(b.line(), "next_key 1");
}

void TestNextMove::heldIsSaid()
{
    Bench b;
    b.candidate("p1", "a", 1);
    b.candidate("p2", "a", 2, CandidateFate::Skipped);
    b.candidates[1].reason = SkipReason::Held;
    b.attempt(A::ModelNotFound, Stage::Refused);
    QCOMPARE(b.line(), "give_up (held)");
    b.attempts.clear();
    b.attempt(A::ServerError, Stage::Refused);
    QCOMPARE(b.line(), "retry 0 after 250 ms (held)");
}

void TestNextMove::movingOn()
{
    Bench b;
    b.candidate("p1", "a", 1);
    b.candidate("p1", "b", 1);
    b.candidate("p2", "a", 2);
    b.candidate("p2", "b", 3);
    QCOMPARE(b.moveOn(), -1); // nothing to move on from
    b.attempt(A::Running, Stage::Unknown);
    QCOMPARE(b.moveOn(), 2); // another target, not another key of the same
    Gate gate;
    gate.state = GateState::Tripped;
    gate.until = Seconds(200);
    b.gates.insert(gatesOf(b.candidates[2].target)[0], gate);
    QCOMPARE(b.moveOn(), 3);
    b.candidates[3].fate = CandidateFate::Skipped;
    QCOMPARE(b.moveOn(), -1);
    b.gates.clear();
    // A person decides: what may have been billed does not stand in the way.
    b.attempts.clear();
    for (int i = 0; i < 6; ++i)
        b.attempt(A::MovedOn, Stage::Unknown);
    QCOMPARE(b.moveOn(), 2);
    b.kind = RequestKind::Stateful;
    QCOMPARE(b.moveOn(), -1);
    b.kind = RequestKind::Plain;
    b.isNoFailover = true;
    QCOMPARE(b.moveOn(), -1);
    // One that was passed over on the way and has come back since.
    Bench back;
    back.candidate("p1", "a", 1);
    back.candidate("p2", "a", 2);
    back.attempt(A::Running, Stage::Unknown, 1);
    QCOMPARE(back.moveOn(), 0);
}

QTEST_GUILESS_MAIN(TestNextMove)
#include "tst_next_move.moc"
