// The failure table over real sockets: every row the simulator can produce, in both dialects, as a
// stream and plain, with one target and with a second one that is well. [robustness §3, §4]
#include "gateway_fixture.h"

#include "record/names.h"

#include <QJsonDocument>
#include <QJsonObject>

using namespace sb;
using namespace sb::flow;

namespace {

using A = AttemptOutcome;

enum class Owes : quint8 { Nothing, Floor, Estimate, Reported };
enum class Gates : quint8 { Untouched, Soft, Hard, Trips };

// What one kind of call (stream or plain) makes of a fault.
struct Expected {
    A outcome = A::Served;
    Stage stage = Stage::Refused;
    int status = 502;
    Code code = Code::UpstreamError;
    int attempts = 1; // with one target
    Owes owes = Owes::Nothing;
    Gates gates = Gates::Untouched;
    GateScope scope = GateScope::Model;
    bool failsOver = true;
    int retryAfter = 0; // 0: x-should-retry: false
};

struct Row {
    const char *name;
    const char *fault;
    std::optional<Expected> stream;
    std::optional<Expected> plain;
    const char *fields = "";
};

constexpr char kShort[] = "x-signalbox-timeout-ms: 400\r\n";

Row both(const char *name, const char *fault, const Expected &expected)
{
    return {name, fault, expected, expected};
}

Expected refused(A outcome, int status, Code code, int attempts, Gates gates,
                 GateScope scope = GateScope::Model)
{
    return {outcome, Stage::Refused, status, code, attempts, Owes::Nothing, gates, scope};
}

Expected mistake(int status, A outcome = A::BadRequest)
{
    Expected expected = refused(outcome, status, Code::UpstreamError, 1, Gates::Untouched);
    expected.failsOver = false;
    return expected;
}

Expected limited(A outcome, int status, Code code, int attempts, Gates gates, int retryAfter)
{
    Expected expected = refused(outcome, status, code, attempts, gates);
    expected.retryAfter = retryAfter;
    return expected;
}

Expected lost(A outcome, Stage stage, int status, Code code, int attempts, Owes owes, Gates gates,
              GateScope scope = GateScope::Model)
{
    return {outcome, stage, status, code, attempts, owes, gates, scope};
}

Expected deadline(Stage stage, Owes owes)
{
    Expected expected
        = lost(A::DeadlinePassed, stage, 504, Code::Deadline, 1, owes, Gates::Untouched);
    expected.failsOver = false; // the time of the whole request is up
    return expected;
}

QList<Row> rows()
{
    const Expected cut
        = lost(A::StreamCut, Stage::Begun, 502, Code::UpstreamCut, 2, Owes::Estimate, Gates::Hard);
    const Expected shortBody
        = lost(A::BodyShort, Stage::Begun, 502, Code::UpstreamCut, 2, Owes::Estimate, Gates::Hard);
    // Silence inside a body: the connection is not worth a repeat's wait, the kind allows one.
    const Expected slow = lost(A::FirstContentTimeout, Stage::Begun, 504, Code::UpstreamTimeout, 1,
                               Owes::Floor, Gates::Soft);
    const Expected broken = lost(A::BrokenEvent, Stage::Begun, 502, Code::BadUpstreamReply, 1,
                                 Owes::Estimate, Gates::Hard);
    const Expected unreadable
        = lost(A::BadReply, Stage::Begun, 502, Code::BadUpstreamReply, 1, Owes::Floor, Gates::Hard);
    const Expected failed = refused(A::ServerError, 502, Code::UpstreamError, 2, Gates::Hard);
    const Expected unreachable
        = lost(A::ConnectFailed, Stage::Unsent, 502, Code::UpstreamUnreachable, 2, Owes::Nothing,
               Gates::Hard, GateScope::Endpoint);
    Expected hole = unreachable;
    hole.outcome = A::ConnectTimeout;
    const Expected reset = lost(A::ResetBeforeHead, Stage::Unknown, 502, Code::UpstreamReset, 2,
                                Owes::Floor, Gates::Hard, GateScope::Endpoint);
    const Expected redirected
        = refused(A::Redirected, 502, Code::UpstreamRedirect, 1, Gates::Trips, GateScope::Endpoint);
    Expected garbage = unreadable;
    garbage.stage = Stage::Unknown;
    Expected innerBusy = limited(A::Overloaded, 503, Code::Overloaded, 2, Gates::Soft, 5);
    innerBusy.stage = Stage::Begun;
    Expected innerMistake = mistake(400);
    innerMistake.stage = Stage::Begun;
    Expected innerLimit = limited(A::RateLimited, 429, Code::TargetsLimited, 1, Gates::Trips, 5);
    innerLimit.stage = Stage::Begun;
    Expected innerFailure = failed;
    innerFailure.stage = Stage::Begun;

    return {
        both("row 2 refuse", R"({"fault":"refuse"})", unreachable),
        both("row 2 black hole", R"({"fault":"black_hole"})", hole),
        both("row 4 reset", R"({"fault":"reset"})", reset),
        {"row 6 no head", R"({"fault":"no_head"})",
         lost(A::HeadTimeout, Stage::Unknown, 504, Code::UpstreamTimeout, 1, Owes::Floor,
              Gates::Hard),
         std::nullopt},
        {"row 34 no head", R"({"fault":"no_head"})", std::nullopt,
         deadline(Stage::Unknown, Owes::Floor), kShort},
        both("row 7 401", R"({"fault":"status","status":401})",
             refused(A::KeyRejected, 502, Code::UpstreamCredentials, 1, Gates::Trips,
                     GateScope::Key)),
        both("row 7 403", R"({"fault":"status","status":403})",
             refused(A::KeyRejected, 502, Code::UpstreamCredentials, 1, Gates::Trips,
                     GateScope::Key)),
        both("row 8 402", R"({"fault":"status","status":402})",
             refused(A::QuotaExhausted, 502, Code::UpstreamQuota, 1, Gates::Trips, GateScope::Key)),
        both("row 9 429 with a hint", R"({"fault":"status","status":429,"retry_after_s":30})",
             limited(A::RateLimited, 429, Code::TargetsLimited, 1, Gates::Trips, 30)),
        both("row 9 429 with a long hint", R"({"fault":"status","status":429,"retry_after_s":300})",
             limited(A::RateLimited, 429, Code::TargetsLimited, 1, Gates::Trips, 60)),
        both("row 9 429 with a short hint", R"({"fault":"status","status":429,"retry_after_s":1})",
             limited(A::RateLimited, 429, Code::TargetsLimited, 2, Gates::Trips, 1)),
        both("row 10 429", R"({"fault":"status","status":429})",
             limited(A::RateLimited, 429, Code::TargetsLimited, 1, Gates::Trips, 5)),
        both("row 11 503", R"({"fault":"status","status":503})",
             limited(A::Overloaded, 503, Code::Overloaded, 2, Gates::Soft, 5)),
        both("row 11 529", R"({"fault":"status","status":529})",
             limited(A::Overloaded, 503, Code::Overloaded, 2, Gates::Soft, 5)),
        both("row 12 500", R"({"fault":"status","status":500})", failed),
        both("row 12 502", R"({"fault":"status","status":502})", failed),
        both("row 12 504", R"({"fault":"status","status":504})", failed),
        both("row 12 HTML", R"({"fault":"html","status":502})", failed),
        both("row 13 408", R"({"fault":"status","status":408})",
             refused(A::Conflict, 408, Code::UpstreamError, 2, Gates::Soft)),
        both("row 13 409", R"({"fault":"status","status":409})",
             refused(A::Conflict, 409, Code::UpstreamError, 2, Gates::Soft)),
        both("row 14 404", R"({"fault":"status","status":404})",
             refused(A::ModelNotFound, 404, Code::NoSuchModel, 1, Gates::Trips)),
        both("row 15 400", R"({"fault":"status","status":400})", mistake(400)),
        both("row 15 413", R"({"fault":"status","status":413})", mistake(413)),
        both("row 15 422", R"({"fault":"status","status":422})", mistake(422)),
        {"row 18 overloaded in 200", R"({"fault":"error_in_200","status":503})", innerBusy,
         innerBusy},
        {"row 18 limited in 200", R"({"fault":"error_in_200","status":429})", innerLimit,
         innerLimit},
        {"row 18 failed in 200", R"({"fault":"error_in_200","status":500})", innerFailure,
         innerFailure},
        {"row 18 mistake in 200", R"({"fault":"error_in_200","status":400})", innerMistake,
         innerMistake},
        both("row 19 empty", R"({"fault":"empty"})",
             lost(A::EmptyCompletion, Stage::Begun, 502, Code::EmptyCompletion, 1, Owes::Reported,
                  Gates::Soft)),
        both("row 20 HTML", R"({"fault":"html"})", unreadable),
        both("row 20 coded body", R"({"fault":"gzip_fault"})", unreadable),
        both("row 20 garbage", R"({"fault":"garbage"})", garbage),
        {"row 21 FIN", R"({"fault":"cut_fin","after_events":1})", std::nullopt, shortBody},
        {"row 21 RST", R"({"fault":"cut_rst","after_events":1})", std::nullopt, shortBody},
        {"row 21 FIN behind the head", R"({"fault":"cut_fin"})", std::nullopt, shortBody},
        {"row 21 half of the JSON", R"({"fault":"bad_json"})", std::nullopt, shortBody},
        {"row 21 stall", R"({"fault":"stall","after_events":1})", std::nullopt, shortBody},
        {"row 22 FIN", R"({"fault":"cut_fin","after_events":1})", cut, std::nullopt},
        {"row 22 RST", R"({"fault":"cut_rst","after_events":1})", cut, std::nullopt},
        {"row 22 FIN behind the head", R"({"fault":"cut_fin"})", cut, std::nullopt},
        {"row 23 slow first token", R"({"fault":"slow_first_token","ms":20000})", slow,
         std::nullopt},
        {"row 34 slow answer", R"({"fault":"slow_first_token","ms":20000})", std::nullopt,
         deadline(Stage::Unknown, Owes::Floor), kShort},
        {"row 23 only pings", R"({"fault":"ping_only","after_events":1,"ms":50})", slow,
         std::nullopt},
        {"row 23 silence", R"({"fault":"stall","after_events":1})", slow, std::nullopt},
        {"row 26 no SSE", R"({"fault":"bad_sse"})", broken, std::nullopt},
        {"row 26 broken JSON", R"({"fault":"bad_json"})", broken, std::nullopt},
        both("row 30 301", R"({"fault":"status","status":301})", redirected),
        both("row 30 307", R"({"fault":"status","status":307})", redirected),
    };
}

int halfFailures(const route::Gate &gate)
{
    int sum = 0;
    for (const route::Gate::Bucket &bucket : gate.window)
        sum += bucket.halfFailures;
    return sum;
}

QByteArray bodyFor(bool isAnthropic, bool isStream, const QByteArray &more = {})
{
    return QByteArray("{\"model\":\"c\",\"stream\":") + (isStream ? "true" : "false")
        + (isAnthropic ? ",\"max_tokens\":64" : "") + more
        + ",\"messages\":[{\"role\":\"user\",\"content\":\"hello there, how are you today?\"}]}";
}

QByteArray pathFor(bool isAnthropic)
{
    return isAnthropic ? "/v1/messages" : "/v1/chat/completions";
}

void hurry(config::ProviderSettings &provider)
{
    provider.timeouts = {Millis(600), Millis(600), Millis(600), Millis(600), Millis(600)};
}

} // namespace

class TestFailureRows : public QObject {
    Q_OBJECT

private slots:
    void oneTarget_data() { variants(); }
    void oneTarget();
    void twoTargets_data() { variants(); }
    void twoTargets();
    void afterContent_data();
    void afterContent();
    void served_data();
    void served();
    void statefulStays();
    void severalCauses_data();
    void severalCauses();

private:
    void variants();
    const QList<Row> m_rows = rows();
};

void TestFailureRows::variants()
{
    QTest::addColumn<int>("index");
    QTest::addColumn<bool>("isAnthropic");
    QTest::addColumn<bool>("isStream");
    for (int i = 0; i < m_rows.size(); ++i) {
        for (const bool isAnthropic : {false, true}) {
            for (const bool isStream : {false, true}) {
                if (!(isStream ? m_rows[i].stream : m_rows[i].plain))
                    continue;
                QTest::addRow("%s, %s, %s", m_rows[i].name, isAnthropic ? "messages" : "chat",
                              isStream ? "stream" : "plain")
                    << i << isAnthropic << isStream;
            }
        }
    }
}

void TestFailureRows::oneTarget()
{
    QFETCH(int, index);
    QFETCH(bool, isAnthropic);
    QFETCH(bool, isStream);
    const Row &row = m_rows[index];
    const Expected expected = *(isStream ? row.stream : row.plain);
    GatewayFixture fixture;
    fixture.adjust = [](config::ConfigSnapshot &config) { hurry(config.providers[0]); };
    fixture.start({faulty(row.fault)}, R"({"backoff_base_ms":1})");

    const Seen seen = fixture.ask(pathFor(isAnthropic), bodyFor(isAnthropic, isStream), row.fields);

    // The client: status, code, whether to come back, and an error in its own dialect.
    QVERIFY(seen.isWhole);
    const int status = expected.status == 503 && isAnthropic ? 529 : expected.status;
    QCOMPARE(seen.status, status);
    QCOMPARE(seen.field("x-signalbox-code"), codeName(expected.code).toByteArray());
    QCOMPARE(seen.field("x-signalbox-attempts"), QByteArray::number(expected.attempts));
    QVERIFY(!seen.fields.contains("x-signalbox-served-by"));
    QVERIFY(!seen.fields.contains("x-signalbox-failover"));
    if (expected.retryAfter > 0) {
        QCOMPARE(seen.field("retry-after"), QByteArray::number(expected.retryAfter));
        QVERIFY(!seen.fields.contains("x-should-retry"));
    } else {
        QCOMPARE(seen.field("x-should-retry"), "false");
        QVERIFY(!seen.fields.contains("retry-after"));
    }
    QCOMPARE(seen.field("content-type"), "application/json");
    const QJsonObject body = QJsonDocument::fromJson(seen.body).object();
    const QJsonObject error = body[u"error"].toObject();
    QVERIFY2(!error[u"message"].toString().isEmpty(), seen.body.constData());
    QVERIFY(!error[u"type"].toString().isEmpty());
    QVERIFY(!seen.body.contains("<html"));
    if (isAnthropic) {
        QCOMPARE(body[u"type"].toString(), u"error");
        QCOMPARE(body[u"request_id"].toString().toLatin1(), seen.field("x-signalbox-id"));
    } else {
        QVERIFY(error.contains(u"param"));
        QVERIFY(error.contains(u"code"));
        if (!isStream)
            qInfo("%s: %s", row.name, qPrintable(error[u"message"].toString()));
    }

    // The record.
    const Exchange &exchange = fixture.last();
    QCOMPARE(exchange.phase, Phase::Settled);
    QCOMPARE(exchange.outcome.kind, OutcomeKind::Failed);
    QCOMPARE(exchange.outcome.status, status);
    QCOMPARE(exchange.outcome.code, expected.code);
    QCOMPARE(exchange.outcome.servedBy, -1);
    QCOMPARE(exchange.attempts.size(), expected.attempts);
    Money cost;
    Money uncertain;
    for (const Attempt &attempt : exchange.attempts) {
        QCOMPARE(name(attempt.outcome), name(expected.outcome));
        QCOMPARE(name(attempt.stage), name(expected.stage));
        QVERIFY(!attempt.isCommitted);
        QVERIFY(attempt.endedAt >= attempt.startedAt);
        cost += attempt.cost;
        uncertain += attempt.uncertain;
    }
    QCOMPARE(exchange.attempts.last().next, Move::GiveUp);
    QCOMPARE(fixture.sink.sentCount, expected.attempts);
    QVERIFY(fixture.sink.lines.last().startsWith("settled "));

    // Money.
    QCOMPARE(exchange.settlement.cost, cost);
    QCOMPARE(exchange.settlement.uncertain, uncertain);
    const bool owesCost = expected.owes == Owes::Estimate || expected.owes == Owes::Reported;
    QCOMPARE(cost > Money(), owesCost);
    QCOMPARE(uncertain > Money(), expected.owes == Owes::Floor);
    if (owesCost)
        QCOMPARE(
            name(exchange.attempts.last().costSource),
            name(expected.owes == Owes::Estimate ? CostSource::Estimated : CostSource::Computed));

    // The gates: the one concerned, and no other.
    const TargetRef target = exchange.attempts.last().target;
    for (const route::GateKey &key : route::gatesOf(target)) {
        const route::Gate gate = fixture.gateway->gates().table().value(key);
        const bool isConcerned = key.scope == expected.scope;
        const int weight = !isConcerned     ? 0
            : expected.gates == Gates::Soft ? 1
            : expected.gates == Gates::Hard ? 2
                                            : 0;
        QCOMPARE(halfFailures(gate), weight * expected.attempts);
        QCOMPARE(gate.state,
                 isConcerned && expected.gates == Gates::Trips ? GateState::Tripped
                                                               : GateState::Serving);
    }
}

void TestFailureRows::twoTargets()
{
    QFETCH(int, index);
    QFETCH(bool, isAnthropic);
    QFETCH(bool, isStream);
    const Row &row = m_rows[index];
    const Expected expected = *(isStream ? row.stream : row.plain);
    GatewayFixture fixture;
    fixture.adjust = [](config::ConfigSnapshot &config) { hurry(config.providers[0]); };
    fixture.start({faulty(row.fault), instant()}, R"({"backoff_base_ms":1})");

    const Seen seen = fixture.ask(pathFor(isAnthropic), bodyFor(isAnthropic, isStream), row.fields);

    QVERIFY(seen.isWhole);
    const Exchange &exchange = fixture.last();
    QCOMPARE(name(exchange.attempts.first().outcome), name(expected.outcome));
    if (!expected.failsOver) {
        QCOMPARE(seen.status, expected.status);
        QCOMPARE(seen.field("x-signalbox-attempts"), "1");
        QVERIFY(!seen.fields.contains("x-signalbox-served-by"));
        QCOMPARE(exchange.attempts.size(), 1);
        QCOMPARE(fixture.sim(1).headsRead(), 0u);
        QCOMPARE(exchange.decision.candidates[1].fate, CandidateFate::Skipped);
        QVERIFY(exchange.decision.candidates[1].reason != SkipReason::None);
        return;
    }
    QCOMPARE(seen.status, 200);
    QCOMPARE(seen.field("x-signalbox-served-by"), "p2/m");
    QCOMPARE(seen.field("x-signalbox-attempts"), "2");
    QCOMPARE(seen.field("x-signalbox-failover"), "true");
    QVERIFY(!seen.fields.contains("x-signalbox-code"));
    if (isStream) {
        QVERIFY(seen.body.trimmed().endsWith(isAnthropic ? "\"message_stop\"}" : "data: [DONE]"));
        QCOMPARE(seen.body.count(isAnthropic ? "event: message_start" : "\"role\":\"assistant\""),
                 1);
    } else {
        QVERIFY(QJsonDocument::fromJson(seen.body).object().contains(isAnthropic ? u"content"
                                                                                 : u"choices"));
    }
    QCOMPARE(exchange.outcome.kind, OutcomeKind::Served);
    QVERIFY(exchange.outcome.isFailover);
    QCOMPARE(exchange.attempts.size(), 2);
    QCOMPARE(name(exchange.attempts[0].stage), name(expected.stage));
    QCOMPARE(exchange.attempts[0].next, Move::NextTarget);
    QCOMPARE(exchange.attempts[1].outcome, A::Served);
    QCOMPARE(exchange.attempts[1].costSource, CostSource::Computed);
    QCOMPARE(fixture.sim(1).headsRead(), 1u);
}

void TestFailureRows::afterContent_data()
{
    QTest::addColumn<QByteArray>("fault");
    QTest::addColumn<A>("outcome");
    QTest::addColumn<bool>("isAnthropic");
    QTest::addColumn<QByteArray>("code");
    const struct {
        const char *name;
        const char *fault;
        A outcome;
        const char *code;
    } cases[] = {
        {"row 22 FIN", R"({"fault":"cut_fin","after_events":5})", A::StreamCut, "upstream_cut"},
        {"row 22 RST", R"({"fault":"cut_rst","after_events":5})", A::StreamCut, "upstream_cut"},
        {"row 24 silence", R"({"fault":"stall","after_events":5})", A::Stalled, "upstream_stall"},
        {"row 24 only pings", R"({"fault":"ping_only","after_events":5,"ms":50})", A::Stalled,
         "upstream_stall"},
        {"row 25 overloaded", R"({"fault":"error_in_200","after_events":5})", A::Overloaded, ""},
        {"row 25 failed", R"({"fault":"error_in_200","after_events":5,"status":500})",
         A::ServerError, ""},
        {"row 26 broken JSON", R"({"fault":"bad_json","after_events":5})", A::BrokenEvent,
         "bad_upstream_reply"},
        {"row 26 no SSE", R"({"fault":"bad_sse","after_events":5})", A::BrokenEvent,
         "bad_upstream_reply"},
    };
    for (const auto &one : cases) {
        for (const bool isAnthropic : {false, true})
            QTest::addRow("%s, %s", one.name, isAnthropic ? "messages" : "chat")
                << QByteArray(one.fault) << one.outcome << isAnthropic << QByteArray(one.code);
    }
}

// Content is out: no other target may speak, and the client is told in band, exactly once.
void TestFailureRows::afterContent()
{
    QFETCH(QByteArray, fault);
    QFETCH(A, outcome);
    QFETCH(bool, isAnthropic);
    QFETCH(QByteArray, code);
    GatewayFixture fixture;
    fixture.adjust = [](config::ConfigSnapshot &config) { hurry(config.providers[0]); };
    fixture.start({faulty(fault), instant()});

    const Seen seen = fixture.ask(pathFor(isAnthropic), bodyFor(isAnthropic, true));

    QCOMPARE(seen.status, 200);
    QVERIFY(seen.isWhole); // the body ends properly
    QCOMPARE(seen.field("x-signalbox-served-by"), "p1/m");
    QCOMPARE(seen.field("x-signalbox-attempts"), "1");
    QVERIFY(!seen.body.contains("[DONE]"));
    QVERIFY(!seen.body.contains("message_stop"));
    const QByteArray last = seen.body.trimmed().split('\n').last();
    QVERIFY(last.startsWith("data: "));
    const QJsonObject told = QJsonDocument::fromJson(last.sliced(6)).object();
    const QJsonObject error = told[u"error"].toObject();
    QVERIFY(!error[u"message"].toString().isEmpty());
    if (isAnthropic) {
        QCOMPARE(seen.body.count("event: error"), 1);
        QCOMPARE(told[u"type"].toString(), u"error");
        QVERIFY(seen.body.contains("text_delta"));
    } else {
        QCOMPARE(seen.body.count("\"finish_reason\":\"error\""), 1);
        QCOMPARE(seen.body.count("\"error\":{"), 1);
        QVERIFY(!seen.body.contains("\"finish_reason\":\"stop\""));
        if (!code.isEmpty())
            QCOMPARE(error[u"code"].toString().toLatin1(), code);
    }

    const Exchange &exchange = fixture.last();
    QCOMPARE(exchange.outcome.kind, OutcomeKind::Cut);
    QCOMPARE(exchange.attempts.size(), 1);
    QCOMPARE(name(exchange.attempts[0].outcome), name(outcome));
    QCOMPARE(exchange.attempts[0].stage, Stage::Given);
    QCOMPARE(exchange.attempts[0].next, Move::GiveUp);
    QCOMPARE(exchange.attempts[0].notRepeated, SkipReason::AlreadyCommitted);
    QVERIFY(exchange.attempts[0].isCommitted);
    QVERIFY(exchange.settlement.cost > Money()); // never free
    QCOMPARE(fixture.sim(1).headsRead(), 0u);
    QVERIFY(fixture.sink.lines.last().startsWith("settled "));
}

void TestFailureRows::served_data()
{
    QTest::addColumn<QByteArray>("fault");
    QTest::addColumn<bool>("isAnthropic");
    QTest::addColumn<bool>("isStream");
    for (const char *fault : {R"({"fault":"wrong_usage"})", R"({"fault":"bad_tool_args"})",
                              R"({"fault":"wrong_model"})", R"({"fault":"slow_stream","ms":5})",
                              R"({"fault":"slow_head","ms":50})"}) {
        for (const bool isAnthropic : {false, true}) {
            for (const bool isStream : {false, true}) {
                // In a whole reply of this dialect arguments are JSON of the body itself: row 20.
                if (isAnthropic && !isStream && QByteArray(fault).contains("bad_tool_args"))
                    continue;
                QTest::addRow("%s, %s, %s", fault, isAnthropic ? "messages" : "chat",
                              isStream ? "stream" : "plain")
                    << QByteArray(fault) << isAnthropic << isStream;
            }
        }
    }
}

// Odd, and yet an answer: delivered unchanged, with what was odd in the record. Rows 27 and 28.
void TestFailureRows::served()
{
    QFETCH(QByteArray, fault);
    QFETCH(bool, isAnthropic);
    QFETCH(bool, isStream);
    GatewayFixture fixture;
    fixture.start({faulty(fault), instant()});
    QByteArray tools;
    if (fault.contains("bad_tool_args"))
        tools = isAnthropic
            ? R"(,"tools":[{"name":"weather","input_schema":{"type":"object","properties":{"city":{"type":"string"}}}}])"
            : R"(,"tools":[{"type":"function","function":{"name":"weather","parameters":{"type":"object","properties":{"city":{"type":"string"}}}}}])";

    const Seen seen = fixture.ask(pathFor(isAnthropic), bodyFor(isAnthropic, isStream, tools));

    QCOMPARE(seen.status, 200);
    QVERIFY(seen.isWhole);
    QCOMPARE(seen.field("x-signalbox-served-by"), "p1/m");
    const Exchange &exchange = fixture.last();
    QCOMPARE(exchange.outcome.kind, OutcomeKind::Served);
    QCOMPARE(exchange.attempts.size(), 1);
    const Attempt &attempt = exchange.attempts[0];
    QCOMPARE(attempt.isBadToolJson, fault.contains("bad_tool_args"));
    if (fault.contains("wrong_usage")) {
        QCOMPARE(name(attempt.usage.source), name(UsageSource::Estimated));
        QVERIFY(attempt.usage.input > 0);
        QVERIFY(attempt.usage.output > 0);
        QCOMPARE(name(attempt.costSource), name(CostSource::Estimated));
    } else {
        QCOMPARE(name(attempt.usage.source), name(UsageSource::Reported));
    }
    if (fault.contains("wrong_model"))
        QCOMPARE(attempt.servedModel, QStringLiteral("sim-other-model"));
    QVERIFY(attempt.cost > Money());
    QVERIFY(fixture.gateway->gates().views().isEmpty());
}

// What lives with one provider is not asked of another, and never blindly twice.
void TestFailureRows::statefulStays()
{
    for (const char *fault :
         {R"({"fault":"reset"})", R"({"fault":"cut_fin"})", R"({"fault":"status","status":500})"}) {
        GatewayFixture fixture;
        fixture.start({faulty(fault), instant()}, R"({"backoff_base_ms":1})");
        const Seen seen = fixture.ask(pathFor(false), bodyFor(false, true, ",\"store\":true"));
        QVERIFY(seen.status >= 500);
        QCOMPARE(fixture.sim(1).headsRead(), 0u);
        const Exchange &exchange = fixture.last();
        QCOMPARE(exchange.ask.kind, RequestKind::Stateful);
        const bool isRefused = exchange.attempts[0].stage == Stage::Refused;
        QCOMPARE(exchange.attempts.size(), isRefused ? 2 : 1); // a refusal may be repeated there
        QCOMPARE(exchange.decision.candidates[1].fate, CandidateFate::Skipped);
    }
}

void TestFailureRows::severalCauses_data()
{
    QTest::addColumn<QByteArray>("first");
    QTest::addColumn<QByteArray>("second");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("code");
    const QByteArray limit = R"({"fault":"status","status":429,"retry_after_s":20})";
    const QByteArray limitLater = R"({"fault":"status","status":429,"retry_after_s":40})";
    const QByteArray busy = R"({"fault":"status","status":503})";
    const QByteArray failure = R"({"fault":"status","status":500})";
    const QByteArray bad = R"({"fault":"status","status":400})";
    const QByteArray silence = R"({"fault":"no_head"})";
    QTest::newRow("all limited") << limitLater << limit << 429 << QByteArray("targets_limited");
    QTest::newRow("limited, overloaded") << limit << busy << 503 << QByteArray("overloaded");
    QTest::newRow("overloaded, limited") << busy << limit << 503 << QByteArray("overloaded");
    QTest::newRow("timeout, failed") << silence << failure << 504 << QByteArray("upstream_timeout");
    QTest::newRow("failed, limited") << failure << limit << 502 << QByteArray("upstream_error");
    QTest::newRow("mistake of the first") << bad << limit << 400 << QByteArray("upstream_error");
}

// "Final status when causes differ".
void TestFailureRows::severalCauses()
{
    QFETCH(QByteArray, first);
    QFETCH(QByteArray, second);
    QFETCH(int, status);
    QFETCH(QByteArray, code);
    GatewayFixture fixture;
    fixture.adjust = [](config::ConfigSnapshot &config) {
        hurry(config.providers[0]);
        hurry(config.providers[1]);
    };
    fixture.start({faulty(first), faulty(second)}, R"({"backoff_base_ms":1})");
    const Seen seen = fixture.chat(true);
    QCOMPARE(seen.status, status);
    QCOMPARE(seen.field("x-signalbox-code"), code);
    if (status == 429)
        QCOMPARE(seen.field("retry-after"), "20"); // the soonest of both
    else
        QCOMPARE(seen.fields.contains("retry-after"), status == 503);
}

FLOW_TEST_MAIN(TestFailureRows)
#include "tst_failure_rows.moc"
