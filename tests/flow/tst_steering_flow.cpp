// Steering over real sockets: what one client meets must not touch anybody else, and a simulated
// provider plays a drill itself.
#include "gateway_fixture.h"

#include "gateway/steering.h"

using namespace sb;
using namespace sb::flow;

namespace {
constexpr int kRequests = 1'000;
constexpr int kAtOnce = 16;
const ClientId kSteered(QStringLiteral("steered"));

// Two providers, a chain for everybody and one for the client that is steered.
QString configText()
{
    const auto provider = [](int number) {
        QByteArray text = "{'id':'pN','dialects':{'openai-chat':'http://127.0.0.1:%N/v1',"
                          "'anthropic':'http://127.0.0.1:%N/'},'auth':{'type':'none'},'models':["
                          "{'id':'m','price':{'input':'2.50','output':'10.00'}}]}";
        return text.replace('N', QByteArray::number(number));
    };
    const auto client = [](const char *id, const char *secret) -> QByteArray {
        return QByteArray("{'id':'") + id + "','secret':'env:" + secret + "','chains':['*']}";
    };
    const QByteArray targets
        = "'targets':[{'provider':'p1','model':'m'},{'provider':'p2','model':'m'}]}";
    QByteArray text = "{'version':1,'providers':[" + provider(1) + ',' + provider(2)
        + "],'chains':[{'id':'all'," + targets + ",{'id':'one'," + targets + "],'clients':["
        + client("first", "A") + ',' + client("second", "B") + ',' + client("steered", "C") + "]}";
    return QString::fromLatin1(text.replace('\'', '"'));
}

QByteArray keyOf(const ClientId &client)
{
    return client == ClientId(QStringLiteral("first")) ? QByteArray(kKey)
                                                       : GatewayFixture::keyOf(client);
}

std::unique_ptr<Client> send(GatewayFixture &gateway, const ClientId &client,
                             const QByteArray &chain, const QByteArray &text, bool isStream)
{
    const QByteArray body = "{\"model\":\"" + chain
        + "\",\"stream\":" + (isStream ? "true" : "false")
        + ",\"messages\":[{\"role\":\"user\",\"content\":\"[[say " + text + "]]\"}]}";
    auto made = std::make_unique<Client>(gateway.port);
    made->send("POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:"
               + QByteArray::number(gateway.port) + "\r\nauthorization: Bearer " + keyOf(client)
               + "\r\ncontent-type: application/json\r\ncontent-length: "
               + QByteArray::number(body.size()) + "\r\n\r\n" + body);
    return made;
}

// What a client and its record say about one request, apart from ids and times.
QByteArray verdict(int number, const Seen &seen, const Exchange *exchange)
{
    QByteArray line = QByteArray::number(number) + ' ' + QByteArray::number(seen.status)
        + (seen.isWhole ? " whole" : " cut")
        + (seen.body.contains(QByteArray("answer-" + QByteArray::number(number) + '.')) ? " right"
                                                                                        : " wrong");
    if (!exchange)
        return line + " unrecorded";
    line += " kind " + QByteArray::number(int(exchange->outcome.kind)) + " by "
        + QByteArray::number(exchange->outcome.servedBy) + " cost "
        + QByteArray::number(exchange->settlement.cost.nano) + " unknown "
        + QByteArray::number(exchange->settlement.uncertain.nano);
    for (const Candidate &candidate : exchange->decision.candidates)
        line += " [" + candidate.target.provider.text().toUtf8() + ' '
            + QByteArray::number(int(candidate.fate)) + ' '
            + QByteArray::number(int(candidate.reason)) + ']';
    for (const Attempt &attempt : exchange->attempts)
        line += " {" + attempt.target.provider.text().toUtf8() + ' '
            + QByteArray::number(int(attempt.outcome)) + (attempt.isInjected ? " injected" : "")
            + (attempt.isProbe ? " probe" : "") + '}';
    return line;
}

// A thousand requests of two clients; `between` is asked before each is sent.
QList<QByteArray> traffic(GatewayFixture &gateway, const std::function<void(int)> &between)
{
    struct Running {
        int number;
        std::unique_ptr<Client> client;
    };
    std::vector<Running> running;
    QList<QByteArray> lines(kRequests);
    QHash<int, std::pair<Seen, QByteArray>> seen;
    int sent = 0;
    int done = 0;
    const bool isDone = QTest::qWaitFor(
        [&] {
            for (auto one = running.begin(); one != running.end();) {
                if (!one->client->isDone()) {
                    ++one;
                    continue;
                }
                const Seen &reply = one->client->seen();
                seen.insert(one->number, {reply, reply.field("x-signalbox-id")});
                one = running.erase(one);
                ++done;
            }
            while (sent < kRequests && running.size() < kAtOnce) {
                between(sent);
                const ClientId who(sent % 2 ? QStringLiteral("first") : QStringLiteral("second"));
                const QByteArray text = "answer-" + QByteArray::number(sent) + '.';
                running.push_back({sent, send(gateway, who, "all", text, sent % 3 == 0)});
                ++sent;
            }
            return done == kRequests;
        },
        120'000);
    if (!isDone)
        qWarning("the traffic did not end");
    QHash<QByteArray, const Exchange *> records;
    for (const auto &exchange : std::as_const(gateway.sink.exchanges))
        records.insert(exchange->id.text(), exchange.get());
    for (int i = 0; i < kRequests; ++i) {
        const auto one = seen.value(i);
        lines[i] = verdict(i, one.first, records.value(one.second));
    }
    return lines;
}

gateway::Drill drillOf(const char *fault, int status = 0)
{
    gateway::Drill drill;
    drill.provider = ProviderId(QStringLiteral("p1"));
    drill.client = kSteered;
    drill.fault = fault;
    drill.status = status;
    return drill;
}
} // namespace

class TestSteeringFlow : public QObject {
    Q_OBJECT
private slots:
    void othersAreUntouched();
    void simulatorPlaysEveryonesDrill();
    void simulatorPlaysOneClientsDrill();
    void onlyLoopbackNamesAFault();
};

void TestSteeringFlow::othersAreUntouched()
{
    QList<QByteArray> quiet;
    {
        GatewayFixture gateway;
        gateway.startWith({instant(), instant()}, configText());
        quiet = traffic(gateway, [](int) {});
    }
    for (const QByteArray &line : std::as_const(quiet))
        QVERIFY2(line.contains("200 whole right kind 1 by 0 "), line.constData());

    GatewayFixture gateway;
    gateway.startWith({instant(), instant()}, configText());
    gateway.ledger->setListening(true);
    gateway::Gateway &core = *gateway.gateway;
    const ChainId chain(QStringLiteral("one"));
    std::vector<std::unique_ptr<Client>> steered;
    int moved = 0;
    const auto between = [&](int number) {
        // The steered client asks all the time, beside the others.
        if (number % 4 == 0)
            steered.push_back(send(gateway, kSteered, "one", "x", number % 8 == 0));
        if (number == 50)
            QVERIFY(core.startDrill(drillOf("status", 401)));
        if (number == 150)
            QVERIFY(core.startDrill(drillOf("cut_rst")));
        if (number == 250) {
            core.steering().clearDrills();
            QVERIFY(core.startDrill(drillOf("refuse")));
        }
        if (number == 350)
            QVERIFY(core.hold(chain, 2, Seconds(600)));
        if (number == 500) {
            QVERIFY(core.release(chain));
            core.steering().clearDrills();
            QVERIFY(core.startDrill(drillOf("no_head"))); // hangs, until it is moved on
        }
        if (number > 500 && number < 800 && number % 10 == 0) {
            QSet<ExchangeId> known;
            for (const FramePtr &frame : std::as_const(gateway.frames)) {
                for (const auto &exchange : frame->changed) {
                    if (exchange->client == kSteered && exchange->phase == Phase::Attempting)
                        known.insert(exchange->id);
                }
            }
            for (const ExchangeId &id : known)
                moved += core.moveOn(id) ? 1 : 0;
            gateway.frames.clear();
        }
        if (number == 800)
            core.steering().clearDrills();
    };
    const QList<QByteArray> beside = traffic(gateway, between);
    for (int i = 0; i < kRequests; ++i)
        QCOMPARE(beside[i], quiet[i]);

    // It did happen, and only to the one.
    QVERIFY2(moved > 10, qPrintable(QString::number(moved)));
    QHash<AttemptOutcome, int> met;
    int held = 0;
    for (const auto &exchange : std::as_const(gateway.sink.exchanges)) {
        if (exchange->client != kSteered)
            continue;
        held += !exchange->decision.candidates.isEmpty()
                && exchange->decision.candidates[0].reason == SkipReason::Held
            ? 1
            : 0;
        for (const Attempt &attempt : exchange->attempts)
            ++met[attempt.outcome];
    }
    QVERIFY(met.value(AttemptOutcome::KeyRejected) > 10);
    QVERIFY(met.value(AttemptOutcome::ConnectFailed) > 10);
    QCOMPARE(met.value(AttemptOutcome::MovedOn), moved);
    QVERIFY(held > 10);
    QVERIFY(gateway.gateway->gates().views().isEmpty());
}

void TestSteeringFlow::simulatorPlaysEveryonesDrill()
{
    GatewayFixture gateway;
    gateway.adjust = [](config::ConfigSnapshot &config) { config.providers[0].isSimulated = true; };
    gateway.startWith({instant(), instant()}, configText());
    gateway::Drill drill = drillOf("status", 503);
    drill.client = {};
    drill.simulatorText = R"({"fault":"status","status":503,"retry_after_s":30})";
    QVERIFY(gateway.gateway->startDrill(drill));
    const Seen seen
        = gateway.ask("/v1/chat/completions",
                      R"({"model":"all","messages":[{"role":"user","content":"[[say hello]]"}]})");
    QCOMPARE(seen.status, 200);
    QVERIFY(seen.body.contains("hello"));
    QCOMPARE(gateway.sim(0).seen().size(), 1);
    QCOMPARE(gateway.sim(0).seen().last().fault, QByteArray("status"));
    QCOMPARE(gateway.last().attempts.size(), 2);
    QCOMPARE(gateway.last().attempts[0].status, 503);
    QCOMPARE(gateway.last().attempts[0].hint, Millis(30'000));
    QVERIFY(gateway.last().attempts[0].isInjected);
    QCOMPARE(gateway.last().server()->target.provider, ProviderId(QStringLiteral("p2")));
    gateway.gateway->steering().clearDrills();
    gateway.gateway->gates().forget(ProviderId(QStringLiteral("p1")));
    gateway.ask("/v1/chat/completions",
                R"({"model":"all","messages":[{"role":"user","content":"[[say hello]]"}]})");
    QVERIFY(gateway.sim(0).seen().last().fault.isEmpty());
    QCOMPARE(gateway.last().attempts.size(), 1);
}

// Also those faults that only the provider's side can play.
void TestSteeringFlow::simulatorPlaysOneClientsDrill()
{
    GatewayFixture gateway;
    gateway.adjust = [](config::ConfigSnapshot &config) { config.providers[0].isSimulated = true; };
    gateway.startWith({instant(), instant()}, configText());
    gateway::Drill drill = drillOf("garbage");
    drill.simulatorText = R"({"fault":"garbage"})";
    QVERIFY(gateway.gateway->startDrill(drill));
    for (int i = 0; i < 8; ++i) {
        const auto client = send(gateway, kSteered, "one", "hello", false);
        QVERIFY(QTest::qWaitFor([&] { return client->isDone(); }, 20'000));
        QCOMPARE(client->seen().status, 200);
        QCOMPARE(gateway.last().attempts.first().outcome, AttemptOutcome::BadReply);
        QVERIFY(gateway.last().attempts.first().isInjected);
    }
    QVERIFY(gateway.gateway->gates().views().isEmpty());
    gateway.ask("/v1/chat/completions",
                R"({"model":"one","messages":[{"role":"user","content":"[[say hello]]"}]})");
    QCOMPARE(gateway.last().attempts.size(), 1);
}

// The field is the gateway's own: what a client sends under that name goes nowhere.
void TestSteeringFlow::onlyLoopbackNamesAFault()
{
    GatewayFixture gateway;
    gateway.startWith({instant(), instant()}, configText());
    const Seen seen
        = gateway.ask("/v1/chat/completions",
                      R"({"model":"all","messages":[{"role":"user","content":"[[say hello]]"}]})",
                      "x-sim-fault: {\"fault\":\"status\",\"status\":500}\r\n");
    QCOMPARE(seen.status, 200);
    QCOMPARE(gateway.last().attempts.size(), 1);
    QVERIFY(gateway.sim(0).seen().last().fault.isEmpty());
}

FLOW_TEST_MAIN(TestSteeringFlow)
#include "tst_steering_flow.moc"
