// How a request says what it wants, and what it may count on: chains in the body, our own headers,
// the model list, the record by id, the early start of a slow stream, hang-ups, slow readers.
#include "gateway_fixture.h"

#include "record/names.h"

#include <QElapsedTimer>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTcpServer>

using namespace sb;
using namespace sb::flow;

namespace {

QString providerText(int number, const QString &dialects = {})
{
    const QString port = u'%' + QString::number(number);
    const QString both = QStringLiteral(R"("openai-chat":"http://127.0.0.1:P/v1","anthropic":)"
                                        R"("http://127.0.0.1:P/")");
    QString bases = dialects.isEmpty() ? both : dialects;
    bases.replace(QStringLiteral(":P/"), u':' + port + u'/');
    return QStringLiteral(R"({"id":"p)") + QString::number(number)
        + QStringLiteral(R"(","dialects":{)") + bases
        + QStringLiteral(
               R"(},"auth":{"type":"none"},"models":[{"id":"m","price":{"input":"2.50","output":"10.00"}}]})");
}

QString targetText(int number)
{
    return QStringLiteral(R"({"provider":"p)") + QString::number(number)
        + QStringLiteral(R"(","model":"m"})");
}

QString configText(const QStringList &providers, const QString &chains, const QString &more = {})
{
    return QStringLiteral(R"({"version":1,"providers":[)") + providers.join(u',')
        + QStringLiteral(R"(],"chains":[)") + chains + QStringLiteral("]") + more
        + QStringLiteral(R"(,"clients":[{"id":"tester","secret":"env:X"},)")
        + QStringLiteral(R"({"id":"other","secret":"env:Y"}]})");
}

QString chainText(const QString &id, const QStringList &targets)
{
    return QStringLiteral(R"({"id":")") + id + QStringLiteral(R"(","targets":[)")
        + targets.join(u',') + QStringLiteral("]}");
}

const QByteArray kFails = R"({"fault":"status","status":500})";

QByteArray chatBody(bool isStream, const QByteArray &text = "hello there")
{
    return QByteArray(R"({"model":"c","stream":)") + (isStream ? "true" : "false")
        + R"(,"messages":[{"role":"user","content":")" + text + R"("}]})";
}

QJsonObject objectIn(const Seen &seen)
{
    return QJsonDocument::fromJson(seen.body).object();
}

// A provider that streams chat content for as long as somebody takes it, up to a total.
class FloodServer final : public QObject {
public:
    FloodServer()
    {
        m_server.listen(QHostAddress::LocalHost);
        connect(&m_server, &QTcpServer::newConnection, this, [this] {
            while (QTcpSocket *socket = m_server.nextPendingConnection()) {
                connect(socket, &QTcpSocket::readyRead, this, [this, socket] {
                    if (socket->readAll().endsWith('}') && !isBegun) {
                        isBegun = true;
                        socket->write("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
                                      "connection: close\r\n\r\n");
                        pour(socket);
                    }
                });
                connect(socket, &QTcpSocket::bytesWritten, this, [this, socket] { pour(socket); });
            }
        });
    }
    quint16 port() const { return m_server.serverPort(); }

    qint64 poured = 0; // taken by the kernel or waiting for it
    qint64 total = 24 * 1024 * 1024;
    bool isBegun = false;
    bool isDone = false;

private:
    void pour(QTcpSocket *socket)
    {
        static const QByteArray event
            = R"(data: {"id":"f","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":")"
            + QByteArray(8'000, 'x') + "\"},\"finish_reason\":null}]}\n\n";
        while (!isDone && socket->bytesToWrite() < 64 * 1024) {
            if (poured < total) {
                poured += socket->write(event);
                continue;
            }
            socket->write(
                R"(data: {"id":"f","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})"
                "\n\ndata: [DONE]\n\n");
            isDone = true;
            socket->disconnectFromHost();
        }
    }

    QTcpServer m_server;
};

} // namespace

class TestRoutingFlow : public QObject {
    Q_OBJECT

private slots:
    void bodyChain_data();
    void bodyChain();
    void headerChain();
    void noFailover();
    void timeLimits();
    void dryRun();
    void logTagsSession();
    void badHeaders_data();
    void badHeaders();
    void nearestNames();
    void modelLists();
    void generation();
    void otherDialect();
    void earlyStart_data();
    void earlyStart();
    void earlyStartThenFailure_data();
    void earlyStartThenFailure();
    void hangUpCancels_data();
    void hangUpCancels();
    void hangUpBeforeHead();
    void goodbyeAfterTerminal();
    void slowReader();
    void twelveAtOnce();
    void largeBody();
    void allTripped();
};

void TestRoutingFlow::bodyChain_data()
{
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<QByteArray>("body");
    QTest::newRow("models")
        << QByteArray("/v1/chat/completions")
        << QByteArray(
               R"({"model":"p1/m","models":["p2/m"],"messages":[{"role":"user","content":"hi"}]})");
    QTest::newRow("models alone")
        << QByteArray("/v1/chat/completions")
        << QByteArray(R"({"models":["p1/m","p2/m"],"messages":[{"role":"user","content":"hi"}]})");
    QTest::newRow("models, stream")
        << QByteArray("/v1/chat/completions")
        << QByteArray(
               R"({"stream":true,"model":"p1/m","models":["p1/m","p2/m"],"messages":[{"role":"user","content":"hi"}]})");
    QTest::newRow("fallbacks")
        << QByteArray("/v1/messages")
        << QByteArray(
               R"({"model":"p1/m","fallbacks":[{"model":"p2/m"}],"max_tokens":9,"messages":[{"role":"user","content":"hi"}]})");
    QTest::newRow("fallbacks, stream")
        << QByteArray("/v1/messages")
        << QByteArray(
               R"({"stream":true,"model":"p1/m","fallbacks":[{"model":"p2/m"}],"max_tokens":9,"messages":[{"role":"user","content":"hi"}]})");
}

void TestRoutingFlow::bodyChain()
{
    QFETCH(QByteArray, path);
    QFETCH(QByteArray, body);
    for (const QByteArray &fault :
         {kFails, QByteArray(R"({"fault":"refuse"})"), QByteArray(R"({"fault":"cut_fin"})")}) {
        GatewayFixture fixture;
        fixture.startWith({faulty(fault), instant()},
                          configText({providerText(1), providerText(2)}, QString()));
        const Seen seen = fixture.ask(path, body);
        QVERIFY2(seen.status == 200, seen.body.constData());
        QCOMPARE(seen.field("x-signalbox-served-by"), "p2/m");
        QCOMPARE(seen.field("x-signalbox-failover"), "true");
        const Exchange &exchange = fixture.last();
        QCOMPARE(exchange.decision.source, RouteSource::Body);
        QVERIFY(exchange.decision.chain.isEmpty());
        QCOMPARE(exchange.attempts.size(), 2);
        QCOMPARE(fixture.sim(1).seen().last().model, "m");
    }
    GatewayFixture fixture;
    fixture.startWith({instant(), instant()},
                      configText({providerText(1), providerText(2)}, QString()));
    const Seen seen = fixture.ask(path, QByteArray(body).replace("p2/m", "p3/m"));
    QCOMPARE(seen.status, 404);
    QCOMPARE(seen.field("x-signalbox-code"), "no_such_model");
    QCOMPARE(fixture.headsRead(), 0u);
}

void TestRoutingFlow::headerChain()
{
    GatewayFixture fixture;
    fixture.startWith({instant(), instant()},
                      configText({providerText(1), providerText(2)},
                                 chainText(QStringLiteral("c"), {targetText(1)}) + u','
                                     + chainText(QStringLiteral("d"), {targetText(2)})));
    const Seen seen = fixture.chat(false, "x-signalbox-chain: d\r\n");
    QCOMPARE(seen.status, 200);
    QCOMPARE(seen.field("x-signalbox-served-by"), "p2/m");
    QCOMPARE(fixture.last().decision.source, RouteSource::Header);
    const Seen none = fixture.chat(false, "x-signalbox-chain: e\r\n");
    QCOMPARE(none.status, 404);
    QCOMPARE(none.field("x-signalbox-code"), "no_such_model");
}

void TestRoutingFlow::noFailover()
{
    GatewayFixture fixture;
    fixture.start({faulty(kFails), instant()}, R"({"backoff_base_ms":1})");
    const Seen seen = fixture.chat(true, "x-signalbox-no-failover: true\r\n");
    QCOMPARE(seen.status, 502);
    QCOMPARE(fixture.sim(1).headsRead(), 0u);
    QCOMPARE(fixture.last().decision.candidates[1].reason, SkipReason::NoFailoverAsked);
    QCOMPARE(fixture.chat(true, "x-signalbox-no-failover: false\r\n").status, 200);
}

void TestRoutingFlow::timeLimits()
{
    GatewayFixture fixture;
    fixture.start({faulty(R"({"fault":"no_head"})"), instant()});
    QElapsedTimer timer;
    timer.start();
    const Seen late = fixture.chat(true, "x-signalbox-timeout-ms: 300\r\n");
    QCOMPARE(late.status, 504);
    QCOMPARE(late.field("x-signalbox-code"), "deadline");
    QVERIFY2(timer.elapsed() >= 290 && timer.elapsed() < 5'000, "not at its time");
    QCOMPARE(fixture.last().attempts.last().outcome, AttemptOutcome::DeadlinePassed);
    QVERIFY(late.body.contains("p1")); // the attempts are listed

    const Seen moved = fixture.chat(true, "x-signalbox-first-token-ms: 200\r\n");
    QCOMPARE(moved.status, 200);
    QCOMPARE(moved.field("x-signalbox-served-by"), "p2/m");
    QCOMPARE(fixture.last().attempts.first().outcome, AttemptOutcome::HeadTimeout);
}

void TestRoutingFlow::dryRun()
{
    GatewayFixture fixture;
    fixture.start({instant(), instant()});
    for (const bool isStream : {false, true}) {
        const Seen seen = fixture.chat(isStream, "x-signalbox-dry-run: true\r\n");
        QCOMPARE(seen.status, 200);
        const QJsonArray candidates = objectIn(seen)[u"decision"][u"candidates"].toArray();
        QCOMPARE(candidates.size(), 2);
        QCOMPARE(seen.field("x-signalbox-attempts"), "0");
    }
    QCOMPARE(fixture.headsRead(), 0u);
    QCOMPARE(fixture.sink.sentCount, 0);
}

void TestRoutingFlow::logTagsSession()
{
    GatewayFixture fixture;
    fixture.start({instant()});
    QCOMPARE(fixture.chat(false, "x-signalbox-tags: team=a, run=42\r\nx-signalbox-session: s-1\r\n")
                 .status,
             200);
    const QList<QString> tags{QStringLiteral("team=a"), QStringLiteral("run=42")};
    QCOMPARE(fixture.last().ask.tags, tags);
    QCOMPARE(fixture.last().ask.session, QStringLiteral("s-1"));
    QCOMPARE(fixture.last().ask.log, LogPolicy::Metadata);

    const Seen quiet = fixture.chat(false, "x-signalbox-log: off\r\n");
    QCOMPARE(quiet.status, 200);
    QCOMPARE(fixture.last().ask.log, LogPolicy::Off);
    Client asks(fixture.port);
    asks.get("/v1/generation?id=" + quiet.field("x-signalbox-id"));
    QTRY_VERIFY(asks.isDone());
    QCOMPARE(asks.seen().status, 404); // nothing was kept
}

void TestRoutingFlow::badHeaders_data()
{
    QTest::addColumn<QByteArray>("field");
    QTest::addColumn<QByteArray>("code");
    const QByteArray bad("bad_request");
    const QByteArray unknown("not_supported");
    QTest::newRow("unknown") << QByteArray("x-signalbox-model: m") << unknown;
    QTest::newRow("of a later part") << QByteArray("x-signalbox-cache: off") << unknown;
    QTest::newRow("strict") << QByteArray("x-signalbox-strict: yes") << bad;
    QTest::newRow("beyond the client's policy") << QByteArray("x-signalbox-log: full") << unknown;
    QTest::newRow("log") << QByteArray("x-signalbox-log: some") << bad;
    QTest::newRow("no-failover") << QByteArray("x-signalbox-no-failover: yes") << bad;
    QTest::newRow("dry-run") << QByteArray("x-signalbox-dry-run: 1") << bad;
    QTest::newRow("timeout 0") << QByteArray("x-signalbox-timeout-ms: 0") << bad;
    QTest::newRow("timeout below 0") << QByteArray("x-signalbox-timeout-ms: -5") << bad;
    QTest::newRow("timeout in words") << QByteArray("x-signalbox-timeout-ms: soon") << bad;
    QTest::newRow("timeout too large")
        << QByteArray("x-signalbox-first-token-ms: 99999999999999999999") << bad;
    QTest::newRow("tag without value") << QByteArray("x-signalbox-tags: team") << bad;
    QTest::newRow("17 tags") << "x-signalbox-tags: a=1" + QByteArray(",a=1").repeated(16) << bad;
    QTest::newRow("empty session") << QByteArray("x-signalbox-session: ") << bad;
    QTest::newRow("long session") << "x-signalbox-session: " + QByteArray(129, 'x') << bad;
}

void TestRoutingFlow::badHeaders()
{
    QFETCH(QByteArray, field);
    QFETCH(QByteArray, code);
    GatewayFixture fixture;
    fixture.start({instant()});
    const Seen chat = fixture.chat(true, field + "\r\n");
    QCOMPARE(chat.status, 400);
    QCOMPARE(chat.field("x-signalbox-code"), code);
    QCOMPARE(chat.field("x-should-retry"), "false");
    QVERIFY(objectIn(chat)[u"error"][u"message"].toString().contains(u"x-signalbox-"));
    const Seen messages = fixture.messages(true, field + "\r\n");
    QCOMPARE(messages.status, 400);
    QCOMPARE(objectIn(messages)[u"type"].toString(), QStringLiteral("error"));
    QCOMPARE(fixture.last().outcome.kind, OutcomeKind::Refused);
    QCOMPARE(fixture.headsRead(), 0u);
}

void TestRoutingFlow::nearestNames()
{
    GatewayFixture fixture;
    fixture.startWith({instant()},
                      configText({providerText(1)},
                                 chainText(QStringLiteral("coding"), {targetText(1)}),
                                 QStringLiteral(R"(,"aliases":{"gpt-4o":"coding"})")));
    const auto ask = [&](const QByteArray &model) {
        return fixture.ask("/v1/chat/completions",
                           "{\"model\":\"" + model
                               + R"(","messages":[{"role":"user","content":"hi"}]})");
    };
    const Seen near = ask("codign");
    QCOMPARE(near.status, 404);
    QCOMPARE(near.field("x-signalbox-code"), "no_such_model");
    QVERIFY2(near.body.contains("Nearest: coding"), near.body.constData());
    QVERIFY(ask("gpt-4").body.contains("gpt-4o"));
    QVERIFY(!ask("something else entirely").body.contains("Nearest"));
    QCOMPARE(ask("p1/nothing").status, 404);
    QCOMPARE(ask("gpt-4o").status, 200);
    QCOMPARE(ask("p1/m").status, 200);
    QCOMPARE(ask("m").status, 200); // exactly one provider offers it
    QCOMPARE(fixture.headsRead(), 3u);
}

void TestRoutingFlow::modelLists()
{
    GatewayFixture fixture;
    fixture.startWith({instant()},
                      configText({providerText(1)}, chainText(QStringLiteral("c"), {targetText(1)}),
                                 QStringLiteral(R"(,"aliases":{"gpt-4o":"c"})")));
    const auto get = [&](const QByteArray &path, const QByteArray &fields) {
        Client client(fixture.port);
        client.get(path, fields);
        const bool isDone = QTest::qWaitFor([&] { return client.isDone(); }, 10'000);
        return isDone ? client.seen() : Seen();
    };
    const auto ids = [](const Seen &seen) {
        QStringList list;
        const QJsonArray data = objectIn(seen)[u"data"].toArray();
        for (const QJsonValue &entry : data)
            list.append(entry[u"id"].toString());
        return list.join(u' ');
    };
    const Seen openAi = get("/v1/models", {});
    QCOMPARE(openAi.status, 200);
    QCOMPARE(ids(openAi), QStringLiteral("c gpt-4o p1/m"));
    QCOMPARE(objectIn(openAi)[u"object"].toString(), QStringLiteral("list"));
    QVERIFY(!openAi.field("x-signalbox-id").isEmpty());
    const Seen anthropic = get("/v1/models", "anthropic-version: 2023-06-01\r\n");
    QCOMPARE(ids(anthropic), QStringLiteral("c gpt-4o p1/m"));
    QVERIFY(objectIn(anthropic).contains(u"has_more"));
    QCOMPARE(objectIn(get("/v1/models/gpt-4o", {}))[u"id"].toString(), QStringLiteral("gpt-4o"));
    QCOMPARE(objectIn(get("/v1/models/p1%2Fm", {}))[u"id"].toString(), QStringLiteral("p1/m"));
    const Seen one = get("/v1/models/c", "anthropic-version: 2023-06-01\r\n");
    QCOMPARE(objectIn(one)[u"type"].toString(), QStringLiteral("model"));
    const Seen none = get("/v1/models/d", {});
    QCOMPARE(none.status, 404);
    QCOMPARE(none.field("x-signalbox-code"), "no_such_model");
    QCOMPARE(fixture.headsRead(), 0u);
}

void TestRoutingFlow::generation()
{
    GatewayFixture fixture;
    fixture.startWith({faulty(kFails), instant()},
                      configText({providerText(1), providerText(2)},
                                 chainText(QStringLiteral("c"), {targetText(1), targetText(2)})));
    const QByteArray id = fixture.chat(true).field("x-signalbox-id");
    QVERIFY(!id.isEmpty());
    const auto get = [&](const QByteArray &of, const QByteArray &key) {
        Client client(fixture.port);
        client.send("GET /v1/generation?id=" + of + " HTTP/1.1\r\nhost: 127.0.0.1:"
                    + QByteArray::number(fixture.port) + "\r\nx-api-key: " + key + "\r\n\r\n");
        const bool isDone = QTest::qWaitFor([&] { return client.isDone(); }, 10'000);
        return isDone ? client.seen() : Seen();
    };
    const Seen own = get(id, kKey);
    QCOMPARE(own.status, 200);
    QCOMPARE(objectIn(own)[u"id"].toString().toLatin1(), id);
    QCOMPARE(objectIn(own)[u"attempts"].toArray().size(), 2);
    QVERIFY(objectIn(own)[u"decision"][u"candidates"].toArray().size() == 2);
    QVERIFY(!own.body.contains("hello there")); // no bodies
    const Seen other = get(id, GatewayFixture::keyOf(ClientId(QStringLiteral("other"))));
    QCOMPARE(other.status, 404);
    QCOMPARE(other.field("x-signalbox-code"), "no_such_id");
    // Nothing tells the two apart.
    const Seen never = get(QByteArray(id).replace(0, 4, "0000"), kKey);
    QCOMPARE(never.status, 404);
    QCOMPARE(objectIn(other)[u"error"][u"message"], objectIn(never)[u"error"][u"message"]);
    QCOMPARE(get("nonsense", kKey).status, 404);
    QCOMPARE(get("", kKey).status, 404);
}

void TestRoutingFlow::otherDialect()
{
    const QString onlyAnthropic = QStringLiteral(R"("anthropic":"http://127.0.0.1:P/")");
    GatewayFixture fixture;
    fixture.startWith({instant(), instant()},
                      configText({providerText(1, onlyAnthropic), providerText(2)},
                                 chainText(QStringLiteral("c"), {targetText(1), targetText(2)})
                                     + u',' + chainText(QStringLiteral("d"), {targetText(1)})));
    // The first target speaks another API than the client: it answers all the same.
    const Seen seen = fixture.chat(true);
    QCOMPARE(seen.status, 200);
    QCOMPARE(seen.field("x-signalbox-served-by"), "p1/m");
    QVERIFY(seen.body.contains("chat.completion.chunk"));
    QVERIFY(seen.body.contains("[DONE]"));
    QCOMPARE(fixture.last().attempts[0].dialect, DialectId::Anthropic);
    QVERIFY(!fixture.last().outcome.isDiverted);
    const Seen whole = fixture.chat(false, "x-signalbox-chain: d\r\n");
    QCOMPARE(whole.status, 200);
    QVERIFY(whole.body.contains("\"chat.completion\""));
    QCOMPARE(fixture.messages(true).field("x-signalbox-served-by"), "p1/m");
    QCOMPARE(fixture.sim(0).headsRead(), 3u);
    QCOMPARE(fixture.sim(1).headsRead(), 0u);
}

void TestRoutingFlow::earlyStart_data()
{
    QTest::addColumn<bool>("isAnthropic");
    QTest::addColumn<QByteArray>("fault");
    for (const bool isAnthropic : {false, true}) {
        const char *dialect = isAnthropic ? "messages" : "chat";
        QTest::addRow("%s, start held", dialect)
            << isAnthropic << QByteArray(R"({"fault":"slow_first_token","ms":20000})");
        QTest::addRow("%s, no head", dialect)
            << isAnthropic << QByteArray(R"({"fault":"no_head"})");
        QTest::addRow("%s, pings", dialect)
            << isAnthropic << QByteArray(R"({"fault":"ping_only","after_events":1,"ms":40})");
        QTest::addRow("%s, cut late", dialect)
            << isAnthropic << QByteArray(R"({"fault":"slow_head","ms":300})");
    }
}

// Status and start are ours after commitGrace; until content another target may still answer, and
// the client sees one answer with one start.
void TestRoutingFlow::earlyStart()
{
    QFETCH(bool, isAnthropic);
    QFETCH(QByteArray, fault);
    GatewayFixture fixture;
    fixture.adjust = [](config::ConfigSnapshot &config) {
        config.routing.commitGrace = Millis(100);
        config.providers[0].timeouts
            = {Millis(5'000), Millis(600), Millis(600), Millis(600), Millis(600)};
    };
    fixture.start({faulty(fault), instant()});

    Client client(fixture.port);
    const QByteArray body = isAnthropic
        ? QByteArray(
            R"({"model":"c","max_tokens":64,"stream":true,"messages":[{"role":"user","content":"hi"}]})")
        : chatBody(true);
    client.post(isAnthropic ? "/v1/messages" : "/v1/chat/completions", body);
    QTRY_COMPARE(client.seen().status, 200);
    QCOMPARE(client.seen().field("x-signalbox-attempts"), "1");
    QVERIFY(!client.seen().fields.contains("x-signalbox-served-by")); // not known yet
    QTRY_VERIFY(client.isDone());

    const Seen &seen = client.seen();
    QVERIFY(seen.isWhole);
    const bool servedByFirst = fault.contains("slow_head");
    QCOMPARE(seen.body.count(isAnthropic ? "event: message_start" : "\"role\":\"assistant\""), 1);
    QCOMPARE(seen.body.count(isAnthropic ? "event: message_stop" : "data: [DONE]"), 1);
    QVERIFY(!seen.body.contains("\"error\""));
    // Every line is of an event or a comment: nothing was torn.
    for (const QByteArray &line : seen.body.split('\n'))
        QVERIFY2(line.isEmpty() || line.startsWith("data: {") || line == "data: [DONE]"
                     || line.startsWith("event: ") || line.startsWith(':'),
                 line.constData());
    const Exchange &exchange = fixture.last();
    QCOMPARE(exchange.outcome.kind, OutcomeKind::Served);
    QCOMPARE(exchange.outcome.isFailover, !servedByFirst);
    QCOMPARE(exchange.server()->target.provider.text(),
             servedByFirst ? QStringLiteral("p1") : QStringLiteral("p2"));
    QVERIFY(exchange.committedAt < exchange.firstContentAt);
}

void TestRoutingFlow::earlyStartThenFailure_data()
{
    QTest::addColumn<bool>("isAnthropic");
    QTest::newRow("chat") << false;
    QTest::newRow("messages") << true;
}

// The status is out, nobody answers: told in band, recorded as failed, not as cut.
void TestRoutingFlow::earlyStartThenFailure()
{
    QFETCH(bool, isAnthropic);
    GatewayFixture fixture;
    fixture.adjust = [](config::ConfigSnapshot &config) {
        config.routing.commitGrace = Millis(50);
        for (config::ProviderSettings &provider : config.providers)
            provider.timeouts.head = Millis(300);
    };
    fixture.start({faulty(R"({"fault":"no_head"})"), faulty(R"({"fault":"no_head"})")});
    const Seen seen = isAnthropic ? fixture.messages(true) : fixture.chat(true);
    QCOMPARE(seen.status, 200);
    QVERIFY(seen.isWhole);
    QVERIFY(!seen.body.contains("[DONE]"));
    QVERIFY(!seen.body.contains("message_stop"));
    QCOMPARE(seen.body.count(isAnthropic ? "event: error" : "\"finish_reason\":\"error\""), 1);
    QCOMPARE(fixture.last().outcome.kind, OutcomeKind::Failed);
    QCOMPARE(fixture.last().outcome.code, Code::UpstreamTimeout);
    QCOMPARE(fixture.last().attempts.size(), 2);
}

void TestRoutingFlow::hangUpCancels_data()
{
    QTest::addColumn<bool>("isStream");
    QTest::newRow("stream") << true;
    QTest::newRow("plain") << false;
}

void TestRoutingFlow::hangUpCancels()
{
    QFETCH(bool, isStream);
    sim::Script slow = instant();
    slow.perToken = Millis(30);
    slow.tokens = 400;
    GatewayFixture fixture;
    fixture.start({slow, instant()});
    Client client(fixture.port);
    client.post("/v1/chat/completions", chatBody(isStream));
    if (isStream)
        QTRY_VERIFY(client.seen().body.count("data: ") > 3);
    else
        QTRY_VERIFY(fixture.headsRead() == 1 && fixture.sim(0).seen().last().isWhole);
    QElapsedTimer timer;
    timer.start();
    client.hangUp();
    QTRY_VERIFY(fixture.sim(0).seen().last().isAborted);
    QVERIFY2(timer.elapsed() <= 250, qPrintable(QString::number(timer.elapsed())));
    const Exchange &exchange = fixture.last();
    QCOMPARE(exchange.outcome.kind, OutcomeKind::ClientLeft);
    QCOMPARE(exchange.outcome.code, Code::ClientLeft);
    QCOMPARE(exchange.outcome.status, 499);
    QCOMPARE(exchange.attempts.size(), 1);
    QCOMPARE(exchange.attempts[0].outcome, AttemptOutcome::ClientLeft);
    QVERIFY(exchange.settlement.cost + exchange.settlement.uncertain > Money()); // never free
    QCOMPARE(fixture.sim(1).headsRead(), 0u);
    QVERIFY(fixture.gateway->gates().views().isEmpty());
    QCOMPARE(fixture.gateway->runningCount(), 0);
}

void TestRoutingFlow::hangUpBeforeHead()
{
    GatewayFixture fixture;
    fixture.start({faulty(R"({"fault":"no_head"})"), instant()});
    Client client(fixture.port);
    client.post("/v1/messages",
                R"({"model":"c","max_tokens":9,"messages":[{"role":"user","content":"hi"}]})");
    QTRY_COMPARE(fixture.headsRead(), 1u);
    QElapsedTimer timer;
    timer.start();
    client.hangUp();
    QTRY_VERIFY(fixture.sim(0).seen().last().isAborted);
    QVERIFY(timer.elapsed() <= 250);
    QCOMPARE(fixture.last().outcome.kind, OutcomeKind::ClientLeft);
    QCOMPARE(fixture.last().attempts[0].stage, Stage::Unknown);
    QVERIFY(fixture.last().settlement.uncertain > Money());
}

// A client that has its terminal and goes has been served. [clients.md: agents close early]
void TestRoutingFlow::goodbyeAfterTerminal()
{
    GatewayFixture fixture;
    fixture.start({instant()});
    for (const bool isAnthropic : {false, true}) {
        for (int i = 0; i < 20; ++i) {
            Client client(fixture.port);
            const QByteArray terminal = isAnthropic ? "message_stop" : "[DONE]";
            bool isGone = false;
            connect(&client, &Client::received, this, [&] {
                if (!isGone && client.seen().body.contains(terminal)) {
                    isGone = true;
                    client.hangUp();
                }
            });
            client.post(
                isAnthropic ? "/v1/messages" : "/v1/chat/completions",
                isAnthropic ? QByteArray(
                    R"({"model":"c","max_tokens":64,"stream":true,"messages":[{"role":"user","content":"hi"}]})")
                            : chatBody(true));
            QTRY_VERIFY(isGone);
        }
    }
    QTRY_COMPARE(fixture.gateway->runningCount(), 0);
    QCOMPARE(fixture.sink.exchanges.size(), 40);
    for (const auto &exchange : std::as_const(fixture.sink.exchanges))
        QCOMPARE(exchange->outcome.kind, OutcomeKind::Served);
}

// A client that takes nothing: the provider is not read either; then everything arrives.
void TestRoutingFlow::slowReader()
{
    FloodServer server;
    GatewayFixture fixture;
    fixture.startWith(
        {},
        configText(
            {QStringLiteral(
                 R"({"id":"p1","dialects":{"openai-chat":"http://127.0.0.1:%1/v1"},"auth":{"type":"none"}})")
                 .arg(server.port())},
            chainText(QStringLiteral("c"), {targetText(1)})));
    QTcpSocket client;
    client.setReadBufferSize(4096); // and nobody reads
    client.connectToHost(QStringLiteral("127.0.0.1"), fixture.port);
    const QByteArray body = chatBody(true);
    client.write("POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:"
                 + QByteArray::number(fixture.port) + "\r\nauthorization: Bearer " + kKey
                 + "\r\ncontent-type: application/json\r\ncontent-length: "
                 + QByteArray::number(body.size()) + "\r\n\r\n" + body);
    QTRY_VERIFY(server.isBegun);
    qint64 before = -1;
    while (before != server.poured) {
        before = server.poured;
        QTest::qWait(400);
    }
    // Kernel buffers on both wires, and our own queue of 1 MiB.
    qInfo("%lld KiB were taken while nobody read", before / 1024);
    QVERIFY(before > 0);
    QVERIFY(before < server.total / 2);
    QVERIFY(!server.isDone);

    client.setReadBufferSize(0);
    qint64 came = 0;
    QByteArray tail;
    connect(&client, &QTcpSocket::readyRead, this, [&] {
        const QByteArray bytes = client.readAll();
        came += bytes.size();
        tail = QByteArray(tail + bytes).right(200);
    });
    QTRY_VERIFY_WITH_TIMEOUT(tail.endsWith("0\r\n\r\n"), 60'000);
    QVERIFY(tail.contains("data: [DONE]"));
    QVERIFY(came > server.total);
    QCOMPARE(fixture.last().outcome.kind, OutcomeKind::Served);
}

void TestRoutingFlow::twelveAtOnce()
{
    sim::Script script = instant();
    script.firstToken = Millis(20);
    script.perToken = Millis(5);
    GatewayFixture fixture;
    fixture.start({faulty(kFails), script}, R"({"trip_after":100,"ratio_minimum":1000})");
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 12; ++i) {
        clients.push_back(std::make_unique<Client>(fixture.port));
        const QByteArray text = "[[say answer number " + QByteArray::number(i) + "]]";
        clients.back()->post("/v1/chat/completions", chatBody(i % 2 == 0, text));
    }
    for (int i = 0; i < 12; ++i) {
        Client &client = *clients[size_t(i)];
        QTRY_VERIFY(client.isDone());
        QCOMPARE(client.seen().status, 200);
        QCOMPARE(client.seen().field("x-signalbox-served-by"), "p2/m");
        if (i % 2 != 0)
            QVERIFY(
                client.seen().body.contains(QByteArray("answer number " + QByteArray::number(i))));
    }
    QCOMPARE(fixture.headsRead(), 24u);
    QSet<QByteArray> ids;
    for (const auto &client : clients)
        ids.insert(client->seen().field("x-signalbox-id"));
    QCOMPARE(ids.size(), 12);
}

void TestRoutingFlow::largeBody()
{
    GatewayFixture fixture;
    fixture.start({faulty(kFails), instant()});
    const QByteArray text(20 * 1024 * 1024, 'x');
    const Seen seen = fixture.ask("/v1/chat/completions", chatBody(true, text));
    QCOMPARE(seen.status, 200);
    QCOMPARE(seen.field("x-signalbox-served-by"), "p2/m");
    QVERIFY(fixture.last().ask.bodyBytes > text.size());
    QVERIFY(fixture.sim(1).seen().last().isWhole);
    QVERIFY(fixture.last().ask.promptTokens >= text.size() / 3);
}

// Row 33: nothing can be tried. The answer comes at once, names who is tripped and says when.
void TestRoutingFlow::allTripped()
{
    GatewayFixture fixture;
    const QByteArray limit = R"({"fault":"status","status":429,"retry_after_s":40})";
    fixture.start({faulty(limit), faulty(limit)});
    QCOMPARE(fixture.chat(false).status, 429);
    QCOMPARE(fixture.headsRead(), 2u);
    const Seen seen = fixture.chat(true);
    QCOMPARE(seen.status, 429);
    QCOMPARE(seen.field("x-signalbox-code"), "targets_limited");
    const int after = seen.field("retry-after").toInt();
    QVERIFY(after > 30 && after <= 40);
    QVERIFY(seen.body.contains("p1") && seen.body.contains("p2"));
    QCOMPARE(fixture.headsRead(), 2u);
    QCOMPARE(fixture.last().attempts.size(), 0);
    QVERIFY(fixture.last().endedAt < Micros(10'000));
}

FLOW_TEST_MAIN(TestRoutingFlow)
#include "tst_routing_flow.moc"
