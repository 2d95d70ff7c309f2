// Decisions as lines: every target of the chain with its fate.
#include "route_kit.h"

using namespace sb;
using namespace sb::route;

class TestPlanner : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void plain();
    void reasons();
    void gates();
    void revival();
    void held();
    void translated();
    void lacking();

private:
    QByteArray lines(const GateTable &gates = {}, const QSet<ProviderId> &down = {},
                     int heldRank = 0) const;

    config::SnapshotPtr m_config;
    std::array<bool, kDialectCount> m_isTranslated{};
    FactsOf m_facts;
    Ask m_ask;
    QSet<KeyName> m_keys;
    QString m_model;
};

namespace {
constexpr Nanos kNow = Seconds(1000);

GateKey keyOf(GateScope scope, const char *provider, const char *key = "", const char *model = "")
{
    return {scope, ProviderId(QString::fromLatin1(provider)), KeyId(QString::fromLatin1(key)),
            QString::fromLatin1(model)};
}

Gate tripped(AttemptOutcome cause, Seconds left, bool isHinted = false)
{
    Gate gate;
    gate.state = GateState::Tripped;
    gate.cause = cause;
    gate.until = kNow + left;
    gate.untilWallMs = left.count() * 1000;
    gate.isHinted = isHinted;
    return gate;
}
} // namespace

void TestPlanner::initTestCase()
{
    m_config = configOf(R"({"version":1,
        "providers":[
          {"id":"a","dialect":"openai-chat","base_url":"https://a.example/v1",
           "keys":[{"id":"k1","secret":"env:A1"},{"id":"k2","secret":"env:A2"}]},
          {"id":"b","dialect":"anthropic","base_url":"https://b.example","keys":[{"id":"k","secret":"env:B"}]},
          {"id":"c","dialect":"openai-chat","base_url":"https://c.example/v1","auth":{"type":"none"}},
          {"id":"off","dialect":"openai-chat","base_url":"https://d.example/v1","auth":{"type":"none"},"off":true}],
        "chains":[
          {"id":"x","targets":[{"provider":"a","model":"m"},{"provider":"b","model":"m"},{"provider":"c","model":"m"}]},
          {"id":"y","targets":[{"provider":"a","model":"m","key":"k2"},{"provider":"off","model":"m"}]}],
        "clients":[{"id":"t","secret":"env:T","chains":["*"]}]})");
    for (const char *key : {"k1", "k2"})
        m_keys.insert({ProviderId(QStringLiteral("a")), KeyId(QString::fromLatin1(key))});
    m_keys.insert({ProviderId(QStringLiteral("b")), KeyId(QStringLiteral("k"))});
    m_model = QStringLiteral("x");
}

QByteArray TestPlanner::lines(const GateTable &gates, const QSet<ProviderId> &down,
                              int heldRank) const
{
    const auto resolved = resolve({*m_config, m_config->clients.first(), m_model, {}, {}});
    if (!resolved)
        return resolved.error().detail.toUtf8();
    const Decision decision = plan({*m_config, m_ask, *resolved, gates, m_keys, kNow, down,
                                    heldRank, m_isTranslated, m_facts});
    QByteArray out;
    for (const Candidate &candidate : decision.candidates) {
        out += QByteArray::number(candidate.rank) + ' ' + candidate.target.provider.text().toUtf8()
            + '/' + candidate.target.key.text().toUtf8() + ' ';
        out += candidate.fate == CandidateFate::Waiting ? QByteArray("waits")
                                                        : name(candidate.reason).toByteArray();
        if (candidate.dialect != m_ask.dialect)
            out += " in " + name(candidate.dialect).toByteArray();
        if (candidate.untilWallMs > 0)
            out += " until " + QByteArray::number(candidate.untilWallMs);
        out += '\n';
    }
    return out;
}

void TestPlanner::plain()
{
    m_ask = Ask();
    QCOMPARE(lines(), "1 a/k1 waits\n1 a/k2 waits\n2 b/k needs_translation\n3 c/ waits\n");
    m_ask.dialect = DialectId::Anthropic;
    QCOMPARE(lines(),
             "1 a/k1 needs_translation\n1 a/k2 needs_translation\n2 b/k waits\n"
             "3 c/ needs_translation\n");
}

void TestPlanner::reasons()
{
    m_ask = Ask();
    QCOMPARE(lines({}, {ProviderId(QStringLiteral("a"))}),
             "1 a/k1 marked_down\n1 a/k2 marked_down\n2 b/k needs_translation\n3 c/ waits\n");
    m_ask.isNoFailover = true;
    QCOMPARE(lines(),
             "1 a/k1 waits\n1 a/k2 waits\n2 b/k needs_translation\n3 c/ no_failover_asked\n");
    m_ask = Ask();
    const auto keys = std::exchange(m_keys, {});
    QCOMPARE(lines(), "1 a/k1 no_key\n1 a/k2 no_key\n2 b/k needs_translation\n3 c/ waits\n");
    m_keys = keys;
    m_model = QStringLiteral("y");
    QCOMPARE(lines(), "1 a/k2 waits\n2 off/ off\n");
    m_model = QStringLiteral("x");
}

void TestPlanner::gates()
{
    m_ask = Ask();
    GateTable table;
    table.insert(keyOf(GateScope::Key, "a", "k1"),
                 tripped(AttemptOutcome::QuotaExhausted, Seconds(900)));
    QCOMPARE(lines(table),
             "1 a/k1 tripped until 900000\n1 a/k2 waits\n2 b/k needs_translation\n3 c/ waits\n");
    table.insert(keyOf(GateScope::Endpoint, "a"),
                 tripped(AttemptOutcome::ConnectFailed, Seconds(7)));
    // The strictest gate speaks, the latest time counts.
    QCOMPARE(lines(table),
             "1 a/k1 tripped until 900000\n1 a/k2 tripped until 7000\n2 b/k needs_translation\n"
             "3 c/ waits\n");
    Gate probed;
    probed.state = GateState::Probing;
    probed.isProbeInFlight = true;
    table = {{keyOf(GateScope::Model, "a", "k2", "m"), probed}};
    QCOMPARE(lines(table),
             "1 a/k1 waits\n1 a/k2 probe_in_flight\n2 b/k needs_translation\n3 c/ waits\n");
    // Another model of the key is not concerned; a time that is up lets a probe through.
    table = {{keyOf(GateScope::Model, "a", "k1", "other"),
              tripped(AttemptOutcome::ServerError, Seconds(9))},
             {keyOf(GateScope::Model, "a", "k2", "m"),
              tripped(AttemptOutcome::ServerError, Seconds(0))}};
    QCOMPARE(lines(table), "1 a/k1 waits\n1 a/k2 waits\n2 b/k needs_translation\n3 c/ waits\n");
}

// Row 33: where everything is tripped the soonest is tried after all, unless its key is bad or the
// provider named the time.
void TestPlanner::revival()
{
    m_ask = Ask();
    const GateKey first = keyOf(GateScope::Model, "a", "k1", "m");
    const GateKey second = keyOf(GateScope::Model, "a", "k2", "m");
    const GateKey third = keyOf(GateScope::Endpoint, "c");
    GateTable table{{first, tripped(AttemptOutcome::ServerError, Seconds(30))},
                    {second, tripped(AttemptOutcome::ServerError, Seconds(20))},
                    {third, tripped(AttemptOutcome::ConnectTimeout, Seconds(60))}};
    QCOMPARE(lines(table),
             "1 a/k1 tripped until 30000\n1 a/k2 waits\n2 b/k needs_translation\n"
             "3 c/ tripped until 60000\n");
    table[second].isHinted = true;
    QCOMPARE(lines(table),
             "1 a/k1 waits\n1 a/k2 tripped until 20000\n2 b/k needs_translation\n"
             "3 c/ tripped until 60000\n");
    table[first] = tripped(AttemptOutcome::RateLimited, Seconds(5), true);
    table.insert(keyOf(GateScope::Key, "c"), tripped(AttemptOutcome::KeyRejected, Seconds(5)));
    QCOMPARE(lines(table),
             "1 a/k1 tripped until 5000\n1 a/k2 tripped until 20000\n2 b/k needs_translation\n"
             "3 c/ tripped until 60000\n");
}

// Only the held target is there, and what keeps it from being called is still said.
void TestPlanner::held()
{
    m_ask = Ask();
    QCOMPARE(lines({}, {}, 3), "1 a/k1 held\n1 a/k2 held\n2 b/k held\n3 c/ waits\n");
    QCOMPARE(lines({}, {}, 1), "1 a/k1 waits\n1 a/k2 waits\n2 b/k held\n3 c/ held\n");
    QCOMPARE(lines({}, {}, 2), "1 a/k1 held\n1 a/k2 held\n2 b/k needs_translation\n3 c/ held\n");
    QCOMPARE(lines({}, {ProviderId(QStringLiteral("c"))}, 3),
             "1 a/k1 held\n1 a/k2 held\n2 b/k held\n3 c/ marked_down\n");
    // Tripped by a named time it stays out, and no other takes its place.
    const GateTable hinted{
        {keyOf(GateScope::Endpoint, "c"), tripped(AttemptOutcome::Overloaded, Seconds(9), true)}};
    QCOMPARE(lines(hinted, {}, 3),
             "1 a/k1 held\n1 a/k2 held\n2 b/k held\n3 c/ tripped until 9000\n");
    // Else it is the one due soonest.
    const GateTable plain{
        {keyOf(GateScope::Endpoint, "c"), tripped(AttemptOutcome::Overloaded, Seconds(9))}};
    QCOMPARE(lines(plain, {}, 3), "1 a/k1 held\n1 a/k2 held\n2 b/k held\n3 c/ waits\n");
}

// Its own dialect where the provider has it; else one with a translator at both ends, and only for
// an answer.
void TestPlanner::translated()
{
    m_ask = Ask();
    m_isTranslated[size_t(DialectId::Anthropic)] = true;
    QCOMPARE(lines(), "1 a/k1 waits\n1 a/k2 waits\n2 b/k needs_translation\n3 c/ waits\n");
    m_isTranslated[size_t(DialectId::OpenAiChat)] = true;
    QCOMPARE(lines(), "1 a/k1 waits\n1 a/k2 waits\n2 b/k waits in anthropic\n3 c/ waits\n");
    m_ask.dialect = DialectId::Anthropic;
    QCOMPARE(lines(),
             "1 a/k1 waits in openai-chat\n1 a/k2 waits in openai-chat\n2 b/k waits\n"
             "3 c/ waits in openai-chat\n");
    m_ask.dialect = DialectId::Gemini; // has none
    QVERIFY(!lines().contains("waits"));
    m_ask = Ask();
    m_ask.endpoint = Endpoint::Embeddings;
    QCOMPARE(lines(), "1 a/k1 waits\n1 a/k2 waits\n2 b/k needs_translation\n3 c/ waits\n");
    m_ask = Ask();
    m_isTranslated = {};
}

void TestPlanner::lacking()
{
    m_ask = Ask();
    m_facts = [](const config::ProviderSettings &provider, const QString &) {
        TargetFacts facts;
        if (provider.id.text() == u"a") {
            facts.lacksTools = facts.lacksImages = facts.lacksSchema = true;
            facts.context = 1000;
        }
        return facts;
    };
    const QByteArray rest = "2 b/k needs_translation\n3 c/ waits\n";
    const auto both = [&rest](const QByteArray &why) -> QByteArray {
        return "1 a/k1 " + why + "\n1 a/k2 " + why + '\n' + rest;
    };
    QCOMPARE(lines(), both("waits"));
    m_ask.hasTools = true;
    QCOMPARE(lines(), both("no_tools"));
    m_ask = Ask();
    m_ask.hasImages = true;
    QCOMPARE(lines(), both("no_images"));
    m_ask = Ask();
    m_ask.hasSchema = true;
    QCOMPARE(lines(), both("no_schema"));
    m_ask = Ask();
    m_ask.promptTokens = 2001;
    QCOMPARE(lines(), both("context_too_small"));
    m_ask.promptTokens = 2000;
    QCOMPARE(lines(), both("waits"));
    m_ask = Ask();
    m_facts = {};
}

QTEST_GUILESS_MAIN(TestPlanner)
#include "tst_planner.moc"
