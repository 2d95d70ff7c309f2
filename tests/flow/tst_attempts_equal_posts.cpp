// No call without a record, and no record without a call: after many mixed runs the attempts that
// went out are exactly the requests whose head the simulated providers read whole. [robustness §2]
//
// SIGNALBOX_LONG=1 makes 10,000 runs of it; SIGNALBOX_SEED repeats one.
#include "gateway_fixture.h"

#include "record/names.h"

#include <QTimer>

using namespace sb;
using namespace sb::flow;

namespace {

QList<sim::Fault> faults(const QByteArray &list)
{
    const auto parsed = sim::parseFaults(list);
    return parsed ? *parsed : QList<sim::Fault>();
}

// Shares are of what the faults before left over.
constexpr char kBad[] = R"([
    {"fault":"status","status":500,"share":0.12},
    {"fault":"status","status":503,"share":0.08},
    {"fault":"status","status":429,"retry_after_s":1,"share":0.004},
    {"fault":"reset","share":0.1},
    {"fault":"cut_fin","share":0.05},
    {"fault":"cut_rst","after_events":1,"share":0.05},
    {"fault":"cut_fin","after_events":5,"share":0.05},
    {"fault":"garbage","share":0.04},
    {"fault":"html","share":0.03},
    {"fault":"empty","share":0.04},
    {"fault":"bad_json","after_events":1,"share":0.04},
    {"fault":"error_in_200","after_events":1,"share":0.04},
    {"fault":"gzip_fault","share":0.02},
    {"fault":"no_head","share":0.02},
    {"fault":"stall","after_events":1,"share":0.02},
    {"fault":"stall","after_events":5,"share":0.02},
    {"fault":"ping_only","after_events":1,"ms":20,"share":0.02},
    {"fault":"slow_head","ms":40,"share":0.05}
])";
constexpr char kRefuse[] = R"([{"fault":"refuse"}])";
constexpr char kWell[]
    = R"([{"fault":"reset","share":0.1},{"fault":"slow_stream","ms":2,"share":0.2}])";

} // namespace

class TestAttemptsEqualPosts : public QObject {
    Q_OBJECT

private slots:
    void exactly();

private:
    void launch();

    GatewayFixture *m_fixture = nullptr;
    SeededRandom m_random{1};
    int m_total = 0;
    int m_next = 0;
    int m_done = 0;
    int m_hungUp = 0;
};

void TestAttemptsEqualPosts::launch()
{
    if (m_next >= m_total)
        return; // two that ended together both asked for the last one
    const int number = m_next++;
    // Providers come and go between the runs.
    if (number % 50 == 25)
        m_fixture->sim(int(m_random.below(3))).setFaults(faults(kRefuse));
    if (number % 50 == 35) {
        m_fixture->sim(0).setFaults(faults(kBad));
        m_fixture->sim(1).setFaults(faults(kBad));
        m_fixture->sim(2).setFaults(faults(kWell));
    }

    auto *client = new Client(m_fixture->port, this);
    const auto finish = [this, client, isOver = std::make_shared<bool>(false)] {
        if (std::exchange(*isOver, true))
            return; // the hang-up met the end
        client->disconnect(this);
        client->deleteLater();
        ++m_done;
        QTimer::singleShot(0, this, [this] { launch(); });
    };
    connect(client, &Client::received, this, [client, finish] {
        if (client->isDone())
            finish();
    });
    const bool isAnthropic = m_random.below(2) == 0;
    const bool isStream = m_random.below(2) == 0;
    QByteArray body = QByteArray("{\"model\":\"c\",\"max_tokens\":64,\"stream\":")
        + (isStream ? "true" : "false") + ",\"messages\":[{\"role\":\"user\",\"content\":\""
        + QByteArray(int(m_random.below(2'000)), 'x') + "\"}]}";
    client->post(isAnthropic ? "/v1/messages" : "/v1/chat/completions", body);
    if (m_random.below(100) < 20) {
        // Anywhere: in front of the request, in the connect, in the middle of a stream.
        const int after = int(m_random.below(3) == 0 ? m_random.below(60) : m_random.below(8));
        QTimer::singleShot(after, Qt::PreciseTimer, client, [this, client, finish] {
            ++m_hungUp;
            client->disconnect(this);
            client->hangUp();
            finish();
        });
    }
}

void TestAttemptsEqualPosts::exactly()
{
    m_total = qEnvironmentVariableIntValue("SIGNALBOX_LONG") ? 10'000 : 1'000;
    quint64 seed = qEnvironmentVariable("SIGNALBOX_SEED").toULongLong();
    if (seed == 0)
        seed = SystemRandom().next();
    qInfo("SIGNALBOX_SEED=%llu, %d runs", seed, m_total);
    m_random = SeededRandom(seed);

    GatewayFixture fixture;
    m_fixture = &fixture;
    fixture.random = SeededRandom(seed + 1);
    fixture.adjust = [](config::ConfigSnapshot &config) {
        // The gates stay out of it: they would only make fewer calls.
        config.routing.tripAfter = 1'000'000;
        config.routing.ratioMinimum = 1'000'000;
        config.routing.backoffBase = Millis(2);
        config.routing.retryBudgetPercent = 100;
        for (config::ProviderSettings &provider : config.providers)
            provider.timeouts = {Millis(2'000), Millis(250), Millis(250), Millis(250), Millis(250)};
        config.routing.total = Millis(3'000);
    };
    sim::Script script = instant();
    script.firstToken = Millis(2);
    script.perToken = Millis(1);
    fixture.start({script, script, script});
    fixture.sim(0).setFaults(faults(kBad));
    fixture.sim(1).setFaults(faults(kBad));
    fixture.sim(2).setFaults(faults(kWell));
    QVERIFY(!fixture.sim(0).faults().isEmpty() && !fixture.sim(2).faults().isEmpty());

    for (int i = 0; i < 24; ++i)
        launch();
    QTRY_COMPARE_WITH_TIMEOUT(m_done, m_total, 550'000);
    QTRY_COMPARE_WITH_TIMEOUT(fixture.gateway->runningCount(), 0, 10'000);
    // What was on its way to a provider when its client hung up arrives.
    quint64 before = 0;
    do {
        before = fixture.headsRead();
        QTest::qWait(200);
    } while (fixture.headsRead() != before);

    quint64 attempts = 0;
    quint64 wentOut = 0;
    QHash<QByteArray, int> outcomes;
    QSet<QByteArray> ids;
    for (const auto &exchange : std::as_const(fixture.sink.exchanges)) {
        QCOMPARE(exchange->phase, Phase::Settled);
        ids.insert(exchange->id.text());
        for (const Attempt &attempt : exchange->attempts) {
            QVERIFY(attempt.outcome != AttemptOutcome::Running);
            ++attempts;
            wentOut += attempt.stage != Stage::Unsent;
            ++outcomes[name(attempt.outcome).toByteArray()];
        }
    }
    QStringList told;
    for (auto it = outcomes.cbegin(); it != outcomes.cend(); ++it)
        told.append(QString::fromLatin1(it.key()) + u' ' + QString::number(it.value()));
    told.sort();
    qInfo("%lld exchanges, %llu attempts, %llu went out, %d clients hung up: %s",
          qint64(fixture.sink.exchanges.size()), attempts, wentOut, m_hungUp,
          qPrintable(told.join(u", ")));
    QCOMPARE(ids.size(), fixture.sink.exchanges.size()); // each settled once
    QCOMPARE(quint64(fixture.sink.sentCount), attempts); // each journalled before
    QCOMPARE(wentOut, fixture.headsRead());
    QVERIFY(wentOut > quint64(m_total));
    QVERIFY(outcomes.size() >= 10);
}

FLOW_TEST_MAIN(TestAttemptsEqualPosts)
#include "tst_attempts_equal_posts.moc"
