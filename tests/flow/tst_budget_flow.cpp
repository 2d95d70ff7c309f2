// Caps over real sockets: never passed by parallel clients, told before, refused in each dialect,
// and nothing held once it is quiet.
#include "gateway_fixture.h"
#include "json/reader.h"

using namespace sb;
using namespace sb::flow;

namespace {
Money usd(const char *text)
{
    return *Money::parse(text);
}

QByteArray chatBody(const QByteArray &more = ",\"max_tokens\":1000")
{
    return "{\"model\":\"c\"" + more
        + ",\"messages\":[{\"role\":\"user\",\"content\":\"hello there\"}]}";
}
} // namespace

class TestBudgetFlow : public QObject {
    Q_OBJECT
private slots:
    void parallelClientsNeverPassTheCap();
    void refusalInEachDialect_data();
    void refusalInEachDialect();
    void aCheaperTargetServes();
    void unpricedIsRefused();
    void freeIsNeverRefused();
    void ownBoundShrinks();
    void failedAttemptsGiveBack();
    void failoverTooDear();
    void fullDiskUnderACap();
    void noCapNoHold();

private:
    static std::function<void(config::ConfigSnapshot &)> caps(const char *amount,
                                                              const char *scope = "all")
    {
        return [amount, scope](config::ConfigSnapshot &config) {
            config.budgets = {{QStringLiteral("daily"), QString::fromLatin1(scope),
                               QStringLiteral("day"), usd(amount), 80}};
        };
    }
    static BudgetView view(GatewayFixture &fixture)
    {
        return fixture.ledger->lastFrame()->budgets.value(0);
    }
    static Money spent(const GatewayFixture &fixture)
    {
        Money sum;
        for (const auto &exchange : fixture.sink.exchanges)
            sum += exchange->settlement.cost + exchange->settlement.uncertain;
        return sum;
    }
};

void TestBudgetFlow::parallelClientsNeverPassTheCap()
{
    GatewayFixture fixture;
    fixture.adjust = caps("0.10");
    sim::Script script = instant();
    script.tokens = 60;
    fixture.start({script});
    fixture.ledger->setListening(true);
    bool isAlwaysUnder = true;
    int frames = 0;
    QList<EventKind> steps;
    const auto look = [&] {
        const BudgetView now = view(fixture);
        isAlwaysUnder &= now.spent + now.reserved <= now.cap;
        for (; frames < fixture.frames.size(); ++frames) {
            for (const EventView &event : fixture.frames[frames]->events)
                steps.append(event.kind);
            for (const BudgetView &told : fixture.frames[frames]->budgets)
                isAlwaysUnder &= told.spent + told.reserved <= told.cap;
        }
    };
    int served = 0;
    int refused = 0;
    QByteArray words;
    for (int round = 0; round < 12 && (refused == 0 || view(fixture).spent < usd("0.08"));
         ++round) {
        std::vector<std::unique_ptr<Client>> clients;
        for (int i = 0; i < 64; ++i) {
            clients.push_back(std::make_unique<Client>(fixture.port));
            connect(clients.back().get(), &Client::received, this, look);
            clients.back()->post("/v1/chat/completions", chatBody());
        }
        QVERIFY(QTest::qWaitFor(
            [&] {
                return std::all_of(clients.begin(), clients.end(),
                                   [](const auto &client) { return client->isDone(); });
            },
            30'000));
        for (const auto &client : clients) {
            const int status = client->seen().status;
            QVERIFY2(status == 200 || status == 402, QByteArray::number(status).constData());
            (status == 200 ? served : refused) += 1;
            if (status == 402) {
                words = client->seen().body;
                QCOMPARE(client->seen().field("x-signalbox-code"), QByteArray("budget_exceeded"));
                QCOMPARE(client->seen().field("x-should-retry"), QByteArray("false"));
                QVERIFY(!client->seen().fields.contains("retry-after"));
            }
        }
        look();
        QVERIFY(isAlwaysUnder);
        QCOMPARE(view(fixture).reserved, Money{}); // quiet: nothing is held
        QCOMPARE(view(fixture).spent, spent(fixture));
    }
    QVERIFY(served > 20);
    QVERIFY(refused > 0);
    QVERIFY(view(fixture).spent <= usd("0.10"));
    // One after the other until the last of it does not fit.
    for (int i = 0; i < 2'000; ++i) {
        if (fixture.ask("/v1/chat/completions", chatBody()).status == 402)
            break;
    }
    const Seen last = fixture.ask("/v1/chat/completions", chatBody());
    QCOMPARE(last.status, 402);
    words = last.body;
    QVERIFY(view(fixture).spent >= usd("0.08"));
    QVERIFY(view(fixture).spent <= usd("0.10"));
    QVERIFY(view(fixture).isWarned);
    QVERIFY(view(fixture).isReached);
    QVERIFY(view(fixture).refused > 0);
    QTRY_VERIFY((look(), steps.contains(EventKind::BudgetReached)));
    QCOMPARE(steps.count(EventKind::BudgetWarned), 1);
    QCOMPARE(steps.count(EventKind::BudgetReached), 1);
    QVERIFY(steps.indexOf(EventKind::BudgetWarned) < steps.indexOf(EventKind::BudgetReached));
    QCOMPARE(fixture.gateway->budgets().openHolds(), 0);
    QCOMPARE(view(fixture).spent, spent(fixture));
    // The refusal names the cap, its amount, what is spent and when it resets.
    QVERIFY2(words.contains("daily") && words.contains("0.10 USD a day"), words.constData());
    const QByteArray spentWords = view(fixture).spent.dollars() + " USD are spent";
    QVERIFY2(words.contains(spentWords), words.constData());
    const QDateTime reset = QDateTime::fromMSecsSinceEpoch(view(fixture).resetsAtWallMs);
    const QByteArray resetWords
        = "resets at " + reset.toString(QStringLiteral("yyyy-MM-dd HH:mm")).toLatin1();
    QVERIFY2(words.contains(resetWords), words.constData());
    qInfo("%d served, %d refused, %s of 0.10 USD spent", served, refused,
          view(fixture).spent.dollars().constData());
}

void TestBudgetFlow::refusalInEachDialect_data()
{
    QTest::addColumn<bool>("isAnthropic");
    QTest::addColumn<bool>("isStream");
    for (const bool isStream : {false, true}) {
        QTest::addRow("openai-chat%s", isStream ? " stream" : "") << false << isStream;
        QTest::addRow("anthropic%s", isStream ? " stream" : "") << true << isStream;
    }
}

void TestBudgetFlow::refusalInEachDialect()
{
    QFETCH(bool, isAnthropic);
    QFETCH(bool, isStream);
    GatewayFixture fixture;
    fixture.adjust = caps("0.00000001");
    fixture.start({instant()});
    const Seen seen = isAnthropic ? fixture.messages(isStream) : fixture.chat(isStream);
    QCOMPARE(seen.status, 402);
    QCOMPARE(seen.field("x-signalbox-code"), QByteArray("budget_exceeded"));
    QCOMPARE(seen.field("x-signalbox-attempts"), QByteArray("0"));
    QCOMPARE(seen.field("content-type"), QByteArray("application/json"));
    QCOMPARE(seen.field("x-should-retry"), QByteArray("false"));
    const auto body = json::read(seen.body);
    QVERIFY(body);
    const json::Value *error = body->find("error");
    QVERIFY(error && error->find("message")->text().contains("daily"));
    if (isAnthropic) {
        QCOMPARE(body->find("type")->text(), QByteArray("error"));
        QCOMPARE(error->find("type")->text(), QByteArray("billing_error"));
        QCOMPARE(error->find("details")->find("error_code")->text(), QByteArray("budget_exceeded"));
    } else {
        QCOMPARE(error->find("type")->text(), QByteArray("insufficient_quota"));
        QCOMPARE(error->find("code")->text(), QByteArray("budget_exceeded"));
    }
    QCOMPARE(fixture.headsRead(), quint64(0)); // nobody was called
    QCOMPARE(fixture.sink.sentCount, 0);
    QCOMPARE(fixture.last().outcome.kind, OutcomeKind::Refused);
    QCOMPARE(fixture.last().outcome.code, Code::BudgetExceeded);
    QCOMPARE(fixture.last().decision.candidates.first().reason, SkipReason::OverBudget);
    // Counting tokens costs nothing and goes on.
    if (isAnthropic)
        QVERIFY(fixture
                    .ask("/v1/messages/count_tokens",
                         "{\"model\":\"c\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}")
                    .status
                != 402);
}

void TestBudgetFlow::aCheaperTargetServes()
{
    GatewayFixture fixture;
    fixture.adjust = [](config::ConfigSnapshot &config) {
        caps("0.01")(config);
        auto &price = config.providers[1].models[0].price;
        price->base.input = Price::parsePerMillion("0.10");
        price->base.output = Price::parsePerMillion("0.40");
    };
    fixture.start({instant(), instant()});
    const Seen seen = fixture.ask("/v1/chat/completions", chatBody(",\"max_tokens\":2000"));
    QCOMPARE(seen.status, 200);
    QCOMPARE(seen.field("x-signalbox-served-by"), QByteArray("p2/m"));
    const Exchange &exchange = fixture.last();
    QCOMPARE(exchange.decision.candidates[0].fate, CandidateFate::Skipped);
    QCOMPARE(exchange.decision.candidates[0].reason, SkipReason::OverBudget);
    QVERIFY(exchange.outcome.isDiverted);
    QVERIFY(!exchange.outcome.isFailover);
    QVERIFY(exchange.attempts[0].reserved > exchange.attempts[0].cost);
    QCOMPARE(view(fixture).spent, exchange.settlement.cost);
    QCOMPARE(view(fixture).refused, 0);
}

void TestBudgetFlow::unpricedIsRefused()
{
    GatewayFixture fixture;
    fixture.adjust = [](config::ConfigSnapshot &config) {
        caps("10.00")(config);
        config.providers[0].models[0].price.reset();
    };
    fixture.start({instant()});
    const Seen seen = fixture.ask("/v1/chat/completions", chatBody());
    QCOMPARE(seen.status, 402);
    QVERIFY(seen.body.contains("is not known"));
    QCOMPARE(fixture.last().decision.candidates.first().reason, SkipReason::NoPrice);
}

void TestBudgetFlow::freeIsNeverRefused()
{
    GatewayFixture fixture;
    fixture.adjust = [](config::ConfigSnapshot &config) {
        caps("0.00")(config);
        config.providers[0].isLocal = true;
    };
    fixture.start({instant()});
    QCOMPARE(fixture.ask("/v1/chat/completions", chatBody()).status, 200);
    QCOMPARE(fixture.last().attempts[0].reserved, Money{});
    QCOMPARE(view(fixture).spent, Money{});
}

// A client that gave no bound gets one, less of it where little is left; its own is never lowered.
void TestBudgetFlow::ownBoundShrinks()
{
    GatewayFixture fixture;
    fixture.adjust = caps("0.02"); // 16,384 tokens would cost 0.16
    fixture.start({instant()});
    QCOMPARE(fixture.ask("/v1/chat/completions", chatBody("")).status, 200);
    QVERIFY(fixture.last().attempts[0].reserved > usd("0.0199"));
    QVERIFY(fixture.last().attempts[0].reserved <= usd("0.02"));
    QCOMPARE(fixture.ask("/v1/chat/completions", chatBody(",\"max_tokens\":16000")).status, 402);
    QCOMPARE(fixture.ask("/v1/chat/completions", chatBody(",\"max_tokens\":null")).status, 200);
}

void TestBudgetFlow::failedAttemptsGiveBack()
{
    GatewayFixture fixture;
    fixture.adjust = caps("0.02");
    fixture.start({faulty("{\"fault\":\"status\",\"status\":503}"), instant()});
    for (int i = 0; i < 5; ++i) {
        // Each attempt of it holds more than half the cap: one at a time, and given back at once.
        QCOMPARE(fixture.ask("/v1/chat/completions", chatBody(",\"max_tokens\":1100")).status, 200);
        QCOMPARE(view(fixture).reserved, Money{});
    }
    QCOMPARE(view(fixture).spent, spent(fixture));
    QCOMPARE(fixture.gateway->budgets().openHolds(), 0);
}

// The first target fails, the next costs more than is left: its failure is told, and the cap.
void TestBudgetFlow::failoverTooDear()
{
    GatewayFixture fixture;
    fixture.adjust = [](config::ConfigSnapshot &config) {
        caps("0.02")(config);
        config.providers[1].models[0].price->base.output = Price::parsePerMillion("1000.00");
    };
    fixture.start({faulty("{\"fault\":\"status\",\"status\":500}"), instant()},
                  "{\"retries_per_target\":0}");
    const Seen seen = fixture.ask("/v1/chat/completions", chatBody());
    QCOMPARE(seen.status, 502);
    QVERIFY2(seen.body.contains("daily"), seen.body.constData());
    const Exchange &exchange = fixture.last();
    QCOMPARE(exchange.attempts.size(), 1);
    QCOMPARE(exchange.decision.candidates[1].fate, CandidateFate::Skipped);
    QCOMPARE(exchange.decision.candidates[1].reason, SkipReason::OverBudget);
    QCOMPARE(fixture.sim(1).headsRead(), quint64(0));
    QCOMPARE(view(fixture).reserved, Money{});
}

// What the journal does not take does not leave while a cap must remember it; others go on.
void TestBudgetFlow::fullDiskUnderACap()
{
    for (const bool isCapped : {true, false}) {
        GatewayFixture fixture;
        if (isCapped)
            fixture.adjust = caps("1.00");
        fixture.start({instant()});
        fixture.sink.isFull = true;
        const Seen seen = fixture.ask("/v1/chat/completions", chatBody());
        QCOMPARE(seen.status, isCapped ? 503 : 200);
        QCOMPARE(fixture.headsRead(), quint64(isCapped ? 0 : 1));
        if (!isCapped)
            continue;
        QCOMPARE(seen.field("x-signalbox-code"), QByteArray("ledger_unavailable"));
        QCOMPARE(seen.field("retry-after"), QByteArray("5"));
        QVERIFY(fixture.last().attempts.isEmpty());
        QCOMPARE(view(fixture).reserved, Money{});
        fixture.sink.isFull = false;
        QCOMPARE(fixture.ask("/v1/chat/completions", chatBody()).status, 200);
    }
}

void TestBudgetFlow::noCapNoHold()
{
    GatewayFixture fixture;
    fixture.start({instant()});
    QCOMPARE(fixture.ask("/v1/chat/completions", chatBody("")).status, 200);
    QCOMPARE(fixture.last().attempts[0].reserved, Money{});
    QVERIFY(fixture.ledger->lastFrame()->budgets.isEmpty());
}

FLOW_TEST_MAIN(TestBudgetFlow)
#include "tst_budget_flow.moc"
