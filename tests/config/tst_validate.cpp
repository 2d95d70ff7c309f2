#include "config/catalog.h"
#include "config/config_file.h"
#include "config/secret_ref.h"
#include "config/shape.h"
#include "json/reader.h"
#include "json/writer.h"

#include "config/contract_example.h"

#include <QtTest>

using namespace sb;
using namespace sb::config;

namespace {

// A sound small file; `edits` are (path, JSON or empty to remove) on top.
QByteArray edited(QByteArray text, const QList<std::pair<QString, QByteArray>> &edits)
{
    for (const auto &[path, json] : edits) {
        std::optional<json::Value> value;
        if (!json.isEmpty())
            value = json::read(json).value();
        const Result<QByteArray> done = edit(text, path, value);
        if (!done)
            qFatal("%s: %s", qPrintable(path), qPrintable(done.error().detail));
        text = *done;
    }
    return text;
}

QStringList lines(const QList<Problem> &problems)
{
    QStringList out;
    for (const Problem &problem : problems)
        out.append((problem.severity == Problem::Severity::Error ? QStringLiteral("E ")
                                                                 : QStringLiteral("W "))
                   + problem.path + u' ' + problem.message);
    return out;
}

} // namespace

class TestValidate : public QObject {
    Q_OBJECT

    std::shared_ptr<const Catalog> m_catalog = builtInCatalog();

private slots:
    void theContractsExample();
    void defaultsAreTheTablesDefaults();
    void theDefaultFileIsSound();
    void catalogFillsIn();
    void localProvidersWait();
    void problems_data();
    void problems();
    void warnings_data();
    void warnings();
    void noJson_data();
    void noJson();
    void commentsAnywhere();
    void literalSecretsAreNotRepeated();
    void everySettingArrives();
    void schemaIsTheFilesSchema();
    void secretRefs_data();
    void secretRefs();
    void garbageNeverCrashes();
};

void TestValidate::theContractsExample()
{
    const Checked checked = validate(contractExample(), 7, m_catalog);
    QVERIFY2(checked.snapshot, qPrintable(lines(checked.problems).join(u'\n')));
    const ConfigSnapshot &config = *checked.snapshot;
    QCOMPARE(config.revision, 7u);
    QCOMPARE(config.listeners.size(), 1);
    QCOMPARE(config.listeners[0], Listener{});

    const ProviderSettings *anthropic = config.provider(ProviderId(QStringLiteral("anthropic")));
    QVERIFY(anthropic);
    QCOMPARE(anthropic->catalogId, QStringLiteral("anthropic"));
    QCOMPARE(anthropic->baseUrls.value(DialectId::Anthropic),
             QByteArray("https://api.anthropic.com"));
    QCOMPARE(anthropic->auth.kind, AuthScheme::Kind::Header);
    QCOMPARE(anthropic->auth.header, QByteArray("x-api-key"));
    QCOMPARE(anthropic->auth.extra.size(), 1);
    QCOMPARE(anthropic->keys.size(), 1);
    QCOMPARE(anthropic->keys[0].secret,
             (SecretRef{SecretRef::Kind::Keychain, QStringLiteral("anthropic/main")}));
    QCOMPARE(anthropic->modelsUrl, QByteArray("https://api.anthropic.com/v1/models"));

    const ProviderSettings *mock = config.provider(ProviderId(QStringLiteral("mock")));
    QVERIFY(mock);
    QCOMPARE(mock->baseUrls.value(DialectId::OpenAiChat), QByteArray("http://127.0.0.1:9001/v1"));
    QCOMPARE(mock->auth.kind, AuthScheme::Kind::Bearer);
    QCOMPARE(mock->models.size(), 1);
    QCOMPARE(mock->models[0].price->base.input->pico, 2'500'000);
    QCOMPARE(mock->models[0].price->base.output->pico, 10'000'000);
    QVERIFY(!mock->isLocal);

    const ProviderSettings *demo = config.provider(ProviderId(QStringLiteral("demo")));
    QVERIFY(demo && demo->isSimulated);
    QCOMPARE(demo->simScript, QStringLiteral("steady"));

    QCOMPARE(config.chains.size(), 1);
    QCOMPARE(config.chains[0].targets.size(), 2);
    QCOMPARE(config.aliases.value(QStringLiteral("gpt-4o")), QStringLiteral("coding"));
    const ClientSettings *client = config.client(ClientId(QStringLiteral("claude-code")));
    QVERIFY(client);
    QCOMPARE(client->defaultChain, ChainId(QStringLiteral("coding")));
    QCOMPARE(config.budgets.size(), 1);
    QCOMPARE(config.budgets[0].cap.nano, 10'000'000'000);

    QCOMPARE(config.budgets[0].scope, QStringLiteral("all"));
    QCOMPARE(config.budgets[0].window, QStringLiteral("day"));
    QCOMPARE(config.budgets[0].warnPercent, 80);

    // Its two targets speak different dialects: every client may use both.
    QVERIFY(checked.problems.isEmpty());

    const auto rates = ratesFor(config, *anthropic, QStringLiteral("claude-sonnet-5"), {},
                                1'795'000'000'000, 100);
    QVERIFY(rates);
    QCOMPARE(rates->input->pico, 2'000'000);
    QVERIFY(ratesFor(config, *mock, QStringLiteral("mock-large-2026"), QStringLiteral("mock-large"),
                     1, 1));
    QVERIFY(!ratesFor(config, *mock, QStringLiteral("other"), {}, 1, 1));
}

void TestValidate::defaultsAreTheTablesDefaults()
{
    // The numbers of the structs and of the table must not drift apart.
    QHash<QByteArray, qint64> table;
    for (const char *object : {"routing", "retention"}) {
        for (const Field &field : rootShape().find(object)->shape->fields)
            table.insert(QByteArray(object) + '.' + field.key, field.fallback);
    }
    const Shape *provider = rootShape().find("providers")->shape;
    for (const Field &field : provider->find("timeouts")->shape->fields)
        table.insert(QByteArray("timeouts.") + field.key, field.fallback);
    const RoutingSettings routing;
    const RetentionSettings retention;
    const Timeouts timeouts;
    const QHash<QByteArray, qint64> structs{
        {"routing.max_attempts", routing.maxAttempts},
        {"routing.retries_per_target", routing.retriesPerTarget},
        {"routing.max_unknown_repeats", routing.maxUnknownRepeats},
        {"routing.backoff_base_ms", routing.backoffBase.count()},
        {"routing.backoff_cap_ms", routing.backoffCap.count()},
        {"routing.waiting_total_ms", routing.waitingTotal.count()},
        {"routing.commit_grace_ms", routing.commitGrace.count()},
        {"routing.total_ms", routing.total.count()},
        {"routing.stream_max_ms", routing.streamMax.count()},
        {"routing.trip_after", routing.tripAfter},
        {"routing.trip_base_ms", routing.tripBase.count()},
        {"routing.trip_cap_ms", routing.tripCap.count()},
        {"routing.trip_forget_s", routing.tripForget.count()},
        {"routing.ratio_minimum", routing.ratioMinimum},
        {"routing.ratio_percent", routing.ratioPercent},
        {"routing.retry_budget_percent", routing.retryBudgetPercent},
        {"routing.retry_budget_minimum", routing.retryBudgetMinimum},
        {"retention.history_days", retention.historyDays},
        {"retention.history_bytes", retention.historyBytes},
        {"timeouts.connect_ms", timeouts.connect.count()},
        {"timeouts.head_ms", timeouts.head.count()},
        {"timeouts.first_content_ms", timeouts.firstContent.count()},
        {"timeouts.content_idle_ms", timeouts.contentIdle.count()},
        {"timeouts.byte_idle_ms", timeouts.byteIdle.count()},
    };
    QCOMPARE(table, structs);
}

void TestValidate::theDefaultFileIsSound()
{
    const QByteArray text
        = defaultConfigText({SecretRef::Kind::Keychain, QStringLiteral("client/default")});
    const Checked checked = validate(text, 1, m_catalog);
    QVERIFY2(checked.snapshot && checked.problems.isEmpty(),
             qPrintable(lines(checked.problems).join(u'\n')));
    QCOMPARE(checked.snapshot->clients.size(), 1);
    QCOMPARE(checked.snapshot->clients[0].secret.name, QStringLiteral("client/default"));
    QCOMPARE(checked.snapshot->clients[0].chains, QList<QString>{QStringLiteral("*")});
}

void TestValidate::catalogFillsIn()
{
    QVERIFY(m_catalog->providers.size() > 30);
    int dialects = 0;
    for (const CatalogProvider &known : m_catalog->providers) {
        bool hasPlaceholder = false;
        for (const QByteArray &base : known.bases)
            hasPlaceholder |= base.contains('{');
        const QByteArray text
            = edited("{\"version\": 1, \"clients\": [{\"id\": \"c\", \"secret\": \"env:C\"}]}",
                     {{QStringLiteral("providers[+]"),
                       "{\"id\": \"p\", \"from\": \"catalog:" + known.id.toUtf8()
                           + "\", \"keys\": [{\"id\": \"main\", \"secret\": \"env:K\"}]}"}});
        const Checked checked = validate(text, 1, m_catalog);
        if (hasPlaceholder) {
            QVERIFY2(!checked.snapshot, qPrintable(known.id));
            QCOMPARE(checked.problems[0].path, QStringLiteral("$.providers[0].from"));
            continue;
        }
        QVERIFY2(checked.snapshot && checked.problems.isEmpty(),
                 qPrintable(known.id + lines(checked.problems).join(u'\n')));
        const ProviderSettings &provider = checked.snapshot->providers[0];
        QVERIFY(!provider.baseUrls.isEmpty());
        QVERIFY(provider.auth.kind != AuthScheme::Kind::None);
        QCOMPARE(provider.usageProfile, known.usage);
        dialects += int(provider.baseUrls.size());
    }
    QVERIFY(dialects > 50);
}

void TestValidate::localProvidersWait()
{
    const QByteArray text = edited(
        "{\"version\": 1, \"clients\": [{\"id\": \"c\", \"secret\": \"env:C\"}]}",
        {{QStringLiteral("providers[+]"), "{\"id\": \"ollama\", \"from\": \"catalog:ollama\"}"},
         {QStringLiteral("providers[+]"),
          "{\"id\": \"mine\", \"dialect\": \"openai-chat\", \"base_url\": "
          "\"http://[::1]:8000/v1/\", "
          "\"local\": true, \"timeouts\": {\"head_ms\": 9000}}"}});
    const Checked checked = validate(text, 1, m_catalog);
    QVERIFY2(checked.snapshot && checked.problems.isEmpty(),
             qPrintable(lines(checked.problems).join(u'\n')));
    const ProviderSettings &ollama = checked.snapshot->providers[0];
    QVERIFY(ollama.isLocal);
    QCOMPARE(ollama.label, QStringLiteral("Ollama (local)"));
    QCOMPARE(ollama.auth.kind, AuthScheme::Kind::None);
    QCOMPARE(ollama.baseUrls.value(DialectId::OpenAiChat), QByteArray("http://127.0.0.1:11434/v1"));
    QCOMPARE(ollama.baseUrls.value(DialectId::Anthropic), QByteArray("http://127.0.0.1:11434"));
    QCOMPARE(ollama.timeouts.head, Millis(600'000));
    QCOMPARE(ollama.timeouts.firstContent, Millis(600'000));
    QCOMPARE(ollama.timeouts.connect, Millis(5'000));
    const ProviderSettings &mine = checked.snapshot->providers[1];
    QCOMPARE(mine.baseUrls.value(DialectId::OpenAiChat), QByteArray("http://[::1]:8000/v1"));
    QCOMPARE(mine.timeouts.head, Millis(9'000));
    QCOMPARE(mine.timeouts.firstContent, Millis(600'000));
    QCOMPARE(mine.auth.kind, AuthScheme::Kind::None);
}

void TestValidate::problems_data()
{
    QTest::addColumn<QString>("editPath");
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("nearest");
    const auto row = [](const char *name, const char *editPath, const char *json, const char *path,
                        const char *nearest = "") {
        QTest::newRow(name) << QString::fromLatin1(editPath) << QByteArray(json)
                            << QString::fromLatin1(path) << QString::fromLatin1(nearest);
    };
    row("unknown key", "provider", "[]", "$.provider", "providers");
    row("unknown key, deep", "chains[0].targets[1].modle", "1", "$.chains[0].targets[1].modle",
        "model");
    row("unknown key, odd name", "a.b", "1", "$.a");
    row("unknown key with a blank", "routing", "{\"max attempts\": 1}",
        "$.routing[\"max attempts\"]", "max_attempts");
    row("word left out", "providers[1].url", "\"x\"", "$.providers[1].url", "base_url");
    row("camel case", "routing", "{\"maxAttempts\": 3}", "$.routing.maxAttempts", "max_attempts");
    row("no version", "version", "", "$");
    row("version 2", "version", "2", "$.version");
    row("version text", "version", "\"1\"", "$.version");
    row("version 1.0", "version", "1.0", "$.version");
    row("listen no array", "listen", "{}", "$.listen");
    row("listen empty", "listen", "[]", "$.listen");
    row("port too large", "listen[0].port", "65536", "$.listen[0].port");
    row("port negative", "listen[0].port", "-1", "$.listen[0].port");
    row("host is a name", "listen[0].host", "\"example.com\"", "$.listen[0].host");
    row("host short form", "listen[0].host", "\"127.1\"", "$.listen[0].host");
    row("listener twice", "listen[+]", "{\"host\": \"127.0.0.1\", \"port\": 7317}", "$.listen[1]");
    row("listener of nobody", "listen[0].client", "\"claude-cod\"", "$.listen[0].client",
        "claude-code");
    row("provider twice", "providers[+]", "{\"id\": \"mock\", \"from\": \"sim\"}",
        "$.providers[3].id");
    row("provider id", "providers[1].id", "\"Mock\"", "$.providers[1].id");
    row("provider id slash", "providers[2].id", "\"a/b\"", "$.providers[2].id");
    row("provider nowhere", "providers[+]", "{\"id\": \"x\"}", "$.providers[3]");
    row("catalog unknown", "providers[0].from", "\"catalog:antropic\"", "$.providers[0].from",
        "catalog:anthropic");
    row("from without catalog", "providers[0].from", "\"anthropic\"", "$.providers[0].from",
        "catalog:anthropic");
    row("script alone", "providers[1].script", "\"steady\"", "$.providers[1].script");
    row("sim with keys", "providers[2].keys", "[]", "$.providers[2].keys");
    row("sim with url", "providers[2].base_url", "\"https://a.example\"",
        "$.providers[2].base_url");
    row("dialect unknown", "providers[1].dialect", "\"openai\"", "$.providers[1].dialect",
        "openai-chat");
    row("dialect without url", "providers[1].base_url", "", "$.providers[1].dialect");
    row("url without dialect", "providers[1].dialect", "", "$.providers[1].base_url");
    row("dialects and dialect", "providers[1].dialects", "{\"anthropic\": \"https://a.example\"}",
        "$.providers[1].dialects");
    row("dialects unknown", "providers[0].dialects", "{\"antropic\": \"https://a.example\"}",
        "$.providers[0].dialects.antropic", "anthropic");
    row("endpoints", "providers[0].endpoints", "[]", "$.providers[0].endpoints");
    row("strategy", "chains[0].strategy", "\"cheapest\"", "$.chains[0].strategy");
    row("http beyond loopback", "providers[1].base_url", "\"http://192.168.1.5:8000/v1\"",
        "$.providers[1].base_url");
    row("http to a name", "providers[1].base_url", "\"http://example.com/v1\"",
        "$.providers[1].base_url");
    row("user info", "providers[1].base_url", "\"https://u:p@example.com/v1\"",
        "$.providers[1].base_url");
    row("link-local", "providers[1].base_url", "\"https://169.254.169.254/v1\"",
        "$.providers[1].base_url");
    row("link-local mapped", "providers[1].base_url", "\"https://[::ffff:169.254.169.254]/v1\"",
        "$.providers[1].base_url");
    row("link-local v6", "providers[1].base_url", "\"https://[fe80::1]/v1\"",
        "$.providers[1].base_url");
    row("decimal address", "providers[1].base_url", "\"https://2852039166/\"",
        "$.providers[1].base_url");
    row("octal address", "providers[1].base_url", "\"http://0177.0.0.1/\"",
        "$.providers[1].base_url");
    row("hex address", "providers[1].base_url", "\"http://0x7f.1/\"", "$.providers[1].base_url");
    row("unspecified", "providers[1].base_url", "\"https://0.0.0.0/\"", "$.providers[1].base_url");
    row("file url", "providers[1].base_url", "\"file:///etc/passwd\"", "$.providers[1].base_url");
    row("query", "providers[1].base_url", "\"https://a.example/v1?x=1\"",
        "$.providers[1].base_url");
    row("backslash", "providers[1].base_url", "\"https://a.example\\\\@b.example\"",
        "$.providers[1].base_url");
    row("port 0", "providers[1].base_url", "\"https://a.example:0/v1\"", "$.providers[1].base_url");
    row("port text", "providers[1].base_url", "\"https://a.example:x/v1\"",
        "$.providers[1].base_url");
    row("dots", "providers[1].base_url", "\"https://a.example/v1/../x\"",
        "$.providers[1].base_url");
    row("placeholder", "providers[1].base_url", "\"https://{resource}.example/v1\"",
        "$.providers[1].base_url");
    row("literal key", "providers[0].keys[0].secret", "\"sk-ant-api03-abcdefghij\"",
        "$.providers[0].keys[0].secret");
    row("digest for a provider", "providers[0].keys[0].secret",
        "\"digest:0000000000000000000000000000000000000000000000000000000000000000\"",
        "$.providers[0].keys[0].secret");
    row("env name", "providers[0].keys[0].secret", "\"env:sk-123\"",
        "$.providers[0].keys[0].secret");
    row("relative file", "providers[0].keys[0].secret", "\"file:key.txt\"",
        "$.providers[0].keys[0].secret");
    row("key without secret", "providers[0].keys[0]", "{\"id\": \"main\"}",
        "$.providers[0].keys[0]");
    row("key twice", "providers[0].keys[+]", "{\"id\": \"main\", \"secret\": \"env:B\"}",
        "$.providers[0].keys[1].id");
    row("auth none with keys", "providers[1].auth", "{\"type\": \"none\"}", "$.providers[1].keys");
    row("auth header missing", "providers[1].auth", "{\"type\": \"header\"}",
        "$.providers[1].auth.header");
    row("auth header host", "providers[1].auth", "{\"type\": \"header\", \"header\": \"Host\"}",
        "$.providers[1].auth.header");
    row("auth header idle", "providers[1].auth", "{\"type\": \"bearer\", \"header\": \"x-key\"}",
        "$.providers[1].auth.header");
    row("price as number", "providers[1].models[0].price.input", "2.5",
        "$.providers[1].models[0].price.input");
    row("price with sign", "providers[1].models[0].price.input", "\"-1\"",
        "$.providers[1].models[0].price.input");
    row("price exponent", "providers[1].models[0].price.input", "\"1e3\"",
        "$.providers[1].models[0].price.input");
    row("price seven decimals", "providers[1].models[0].price.input", "\"0.0000001\"",
        "$.providers[1].models[0].price.input");
    row("price huge", "providers[1].models[0].price.input", "\"100001\"",
        "$.providers[1].models[0].price.input");
    row("tiers descend", "providers[1].models[0].price.tiers",
        "[{\"min_prompt\": 5}, {\"min_prompt\": 5}]",
        "$.providers[1].models[0].price.tiers[1].min_prompt");
    row("model twice", "providers[1].models[+]", "{\"id\": \"mock-large\"}",
        "$.providers[1].models[1].id");
    row("timeout", "providers[1].timeouts", "{\"head_ms\": 5}", "$.providers[1].timeouts.head_ms");
    row("ca relative", "providers[1].ca_file", "\"ca.pem\"", "$.providers[1].ca_file");
    row("cookie passed", "providers[1].pass_headers", "[\"Cookie\"]",
        "$.providers[1].pass_headers[0]");
    row("forwarded passed", "providers[1].pass_headers", "[\"x-trace\", \"X-Forwarded-For\"]",
        "$.providers[1].pass_headers[1]");
    row("header name", "providers[1].pass_headers", "[\"a b\"]", "$.providers[1].pass_headers[0]");
    row("target of nobody", "chains[0].targets[1].provider", "\"moc\"",
        "$.chains[0].targets[1].provider", "mock");
    row("target model", "chains[0].targets[1].model", "\"mock-larg\"",
        "$.chains[0].targets[1].model", "mock-large");
    row("target key", "chains[0].targets[1].key", "\"mian\"", "$.chains[0].targets[1].key", "main");
    row("target without model", "chains[0].targets[1]", "{\"provider\": \"mock\"}",
        "$.chains[0].targets[1]");
    row("no targets", "chains[0].targets", "[]", "$.chains[0].targets");
    row("chain id", "chains[0].id", "\"Coding\"", "$.chains[0].id");
    row("chain id slash", "chains[+]",
        "{\"id\": \"a/b\", \"targets\": [{\"provider\": \"mock\", \"model\": \"mock-large\"}]}",
        "$.chains[1].id");
    row("chain twice", "chains[+]",
        "{\"id\": \"coding\", \"targets\": [{\"provider\": \"mock\", \"model\": \"mock-large\"}]}",
        "$.chains[1].id");
    row("alias to nothing", "aliases.gpt-4o", "\"codin\"", "$.aliases[\"gpt-4o\"]", "coding");
    row("alias to no provider", "aliases.gpt-4o", "\"moc/x\"", "$.aliases[\"gpt-4o\"]", "mock/");
    row("alias is a chain", "aliases.coding", "\"mock/mock-large\"", "$.aliases.coding");
    row("alias number", "aliases.x", "1", "$.aliases.x");
    row("client twice", "clients[+]", "{\"id\": \"claude-code\"}", "$.clients[1].id");
    row("client key twice", "clients[+]", "{\"id\": \"b\", \"secret\": \"env:SB_CLIENT_KEY\"}",
        "$.clients[1].secret");
    row("client literal", "clients[0].secret", "\"sbx-secretsecret\"", "$.clients[0].secret");
    row("client digest short", "clients[0].secret", "\"digest:00\"", "$.clients[0].secret");
    row("client chain", "clients[0].chains", "[\"codng\"]", "$.clients[0].chains[0]", "coding");
    row("client default", "clients[0].default_chain", "\"codng\"", "$.clients[0].default_chain",
        "coding");
    row("client default not allowed", "clients[0].chains", "[]", "$.clients[0].default_chain");
    row("client log", "clients[0].log", "\"everything\"", "$.clients[0].log");
    row("budget scope", "budgets[0].scope", "\"everyone\"", "$.budgets[0].scope");
    row("budget of nobody", "budgets[0].scope", "\"client:claude\"", "$.budgets[0].scope",
        "claude-code");
    row("budget window", "budgets[0].window", "\"dya\"", "$.budgets[0].window", "day");
    row("budget cap", "budgets[0].cap", "10", "$.budgets[0].cap");
    row("budget cap below zero", "budgets[0].cap", "\"-1.00\"", "$.budgets[0].cap");
    row("budget scope misspelt", "budgets[0].scope", "\"al\"", "$.budgets[0].scope", "all");
    row("budget kind misspelt", "budgets[0].scope", "\"cliet:claude-code\"", "$.budgets[0].scope",
        "client");
    row("budget of no chain", "budgets[0].scope", "\"chain:codng\"", "$.budgets[0].scope",
        "coding");
    row("budget of a session", "budgets[0].scope", "\"session:x\"", "$.budgets[0].scope");
    row("budget for a run", "budgets[0].window", "\"run\"", "$.budgets[0].window");
    row("budget warning above all", "budgets[0].warn_percent", "101", "$.budgets[0].warn_percent");
    row("budget warning at nothing", "budgets[0].warn_percent", "0", "$.budgets[0].warn_percent");
    row("budget key misspelt", "budgets[0].warn_precent", "80", "$.budgets[0].warn_precent",
        "warn_percent");
    row("attempts", "routing", "{\"max_attempts\": 9}", "$.routing.max_attempts");
    row("retries", "routing", "{\"retries_per_target\": 4}", "$.routing.retries_per_target");
    row("backoff", "routing", "{\"backoff_cap_ms\": 100}", "$.routing.backoff_cap_ms");
    row("trip", "routing", "{\"trip_cap_ms\": 1000}", "$.routing.trip_cap_ms");
    row("history", "retention", "{\"history_days\": 0}", "$.retention.history_days");
    row("proxy without url", "network", "{\"proxy\": \"manual\"}", "$.network.proxy");
    row("proxy url idle", "network", "{\"proxy_url\": \"http://p.example:3128\"}",
        "$.network.proxy_url");
    row("proxy url", "network",
        "{\"proxy\": \"manual\", \"proxy_url\": \"http://u:p@p.example:1\"}",
        "$.network.proxy_url");
    row("host with path", "network", "{\"allowed_hosts\": [\"a/b\"]}",
        "$.network.allowed_hosts[0]");
    row("host star", "network", "{\"allowed_hosts\": [\"*\"]}", "$.network.allowed_hosts[0]");
    row("origin star", "network", "{\"allowed_origins\": [\"*\"]}", "$.network.allowed_origins[0]");
    row("origin path", "network", "{\"allowed_origins\": [\"https://a.example/\"]}",
        "$.network.allowed_origins[0]");
    row("control character", "providers[1].label", "\"a\\u001bb\"", "$.providers[1].label");
    row("empty text", "providers[1].label", "\"\"", "$.providers[1].label");
    row("null", "chains", "null", "$.chains");
    row("bool as number", "providers[1].off", "1", "$.providers[1].off");
}

void TestValidate::problems()
{
    QFETCH(QString, editPath);
    QFETCH(QByteArray, json);
    QFETCH(QString, path);
    QFETCH(QString, nearest);
    const Checked checked = validate(edited(contractExample(), {{editPath, json}}), 1, m_catalog);
    QVERIFY(!checked.snapshot);
    QVERIFY(!checked.problems.isEmpty());
    const auto hit = std::find_if(
        checked.problems.cbegin(), checked.problems.cend(), [&path](const Problem &problem) {
            return problem.severity == Problem::Severity::Error && problem.path == path;
        });
    QVERIFY2(hit != checked.problems.cend(), qPrintable(lines(checked.problems).join(u'\n')));
    QCOMPARE(hit->nearest, nearest);
    QVERIFY(hit->message.endsWith(u'.') || hit->message.endsWith(u'?'));
    QVERIFY(checked.problems[0].severity == Problem::Severity::Error);
}

void TestValidate::warnings_data()
{
    QTest::addColumn<QString>("editPath");
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QString>("path");
    const auto row
        = [](const char *name, const char *editPath, const char *json, const char *path) {
              QTest::newRow(name) << QString::fromLatin1(editPath) << QByteArray(json)
                                  << QString::fromLatin1(path);
          };
    row("no key", "providers[0].keys", "", "$.providers[0]");
    row("key off", "providers[0].keys[0].off", "true", "$.providers[0]");
    row("wide", "listen[0].host", "\"0.0.0.0\"", "$.listen[0].host");
    row("wide v6", "listen[0].host", "\"::\"", "$.listen[0].host");
    row("wide and open", "listen[0]", "{\"host\": \"192.168.1.2\", \"client\": \"claude-code\"}",
        "$.listen[0].client");
    row("nobody", "clients", "[]", "$.clients");
    row("client without key", "clients[+]", "{\"id\": \"b\"}", "$.clients[1]");
}

void TestValidate::warnings()
{
    QFETCH(QString, editPath);
    QFETCH(QByteArray, json);
    QFETCH(QString, path);
    const Checked checked = validate(edited(contractExample(), {{editPath, json}}), 1, m_catalog);
    QVERIFY2(checked.snapshot, qPrintable(lines(checked.problems).join(u'\n')));
    const bool isThere = std::any_of(
        checked.problems.cbegin(), checked.problems.cend(), [&path](const Problem &problem) {
            return problem.severity == Problem::Severity::Warning && problem.path == path;
        });
    QVERIFY2(isThere, qPrintable(lines(checked.problems).join(u'\n')));

    // A wide listener without any key is refused.
    if (editPath == u"listen[0].host") {
        const Checked bare
            = validate(edited(contractExample(),
                              {{editPath, json}, {QStringLiteral("clients[0].secret"), {}}}),
                       1, m_catalog);
        QVERIFY(!bare.snapshot);
        QCOMPARE(bare.problems[0].path, path);
    }
}

void TestValidate::noJson_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("cut") << QByteArray("{\"version\": 1,");
    QTest::newRow("comma") << QByteArray("{\"version\": 1,}");
    QTest::newRow("words") << QByteArray("hello");
    QTest::newRow("utf8") << QByteArray("{\"a\": \"\xff\"}");
    QTest::newRow("array") << QByteArray("[]");
    QTest::newRow("deep") << QByteArray(100'000, '[');
}

void TestValidate::noJson()
{
    QFETCH(QByteArray, text);
    const Checked checked = validate(text, 1, m_catalog);
    QVERIFY(!checked.snapshot);
    QCOMPARE(checked.problems.size(), 1);
    QVERIFY(checked.problems[0].path.startsWith(u'$'));
}

void TestValidate::commentsAnywhere()
{
    const QByteArray comment = "\"why\"";
    QByteArray text = contractExample();
    for (const char *path :
         {"//", "listen[0].//", "providers[0].//", "providers[0].keys[0].//",
          "providers[1].models[0].//", "providers[1].models[0].price.//", "chains[0].//",
          "chains[0].targets[0].//", "aliases.//", "clients[0].//", "budgets[0].//"})
        text = edited(text, {{QString::fromLatin1(path), comment}});
    text = edited(text,
                  {{QStringLiteral("routing"), "{\"//\": 1, \"//\": [2], \"trip_after\": 4}"}});
    const Checked checked = validate(text, 1, m_catalog);
    QVERIFY2(checked.snapshot, qPrintable(lines(checked.problems).join(u'\n')));
    QCOMPARE(checked.snapshot->routing.tripAfter, 4);
    QCOMPARE(checked.snapshot->aliases.size(), 1);
}

void TestValidate::literalSecretsAreNotRepeated()
{
    const QByteArray literal = "sk-ant-api03-VeryPrivate";
    for (const char *path : {"providers[0].keys[0].secret", "clients[0].secret"}) {
        for (const QByteArray &text : {literal, QByteArray("keychain:" + literal + " with blank"),
                                       QByteArray(literal + "\\u0007")}) {
            const Checked checked = validate(
                edited(contractExample(), {{QString::fromLatin1(path), '"' + text + '"'}}), 1,
                m_catalog);
            QVERIFY(!checked.snapshot);
            QVERIFY(!lines(checked.problems).join(u'\n').contains(u"VeryPrivate"));
        }
    }
    const Checked checked = validate(
        edited(contractExample(), {{QStringLiteral("providers[0].keys[0].secret"), "\"sk-x\""}}), 1,
        m_catalog);
    QVERIFY(checked.problems[0].message.contains(u"signalboxd provider add anthropic"));
    const Checked client
        = validate(edited(contractExample(), {{QStringLiteral("clients[0].secret"), "\"sk-x\""}}),
                   1, m_catalog);
    QVERIFY(client.problems[0].message.contains(u"signalboxd keys add claude-code"));
}

void TestValidate::everySettingArrives()
{
    const QByteArray text = edited(
        contractExample(),
        {{QStringLiteral("routing"),
          "{\"max_attempts\": 8, \"retries_per_target\": 3, \"max_unknown_repeats\": 2, "
          "\"backoff_base_ms\": 11, \"backoff_cap_ms\": 12, \"waiting_total_ms\": 13, "
          "\"commit_grace_ms\": 14, \"total_ms\": 1015, \"stream_max_ms\": 10016, \"trip_after\": "
          "17, "
          "\"trip_base_ms\": 118, \"trip_cap_ms\": 119, \"trip_forget_s\": 20, \"ratio_minimum\": "
          "21, "
          "\"ratio_percent\": 22, \"retry_budget_percent\": 23, \"retry_budget_minimum\": 24}"},
         {QStringLiteral("retention"), "{\"history_days\": 3, \"history_bytes\": 20000000}"},
         {QStringLiteral("privacy"), "{\"callers\": false, \"recent_requests\": false}"},
         {QStringLiteral("network"),
          "{\"proxy\": \"manual\", \"proxy_url\": \"http://p.example:3128\", \"allowed_hosts\": "
          "[\"Box.lan:7317\"], \"allowed_origins\": [\"https://a.example\", "
          "\"vscode-webview://ab12\"]}"},
         {QStringLiteral("providers[1].timeouts"),
          "{\"connect_ms\": 1001, \"head_ms\": 1002, \"first_content_ms\": 1003, "
          "\"content_idle_ms\": 1004, \"byte_idle_ms\": 1005}"},
         {QStringLiteral("providers[1].ca_file"), "\"/etc/ca.pem\""},
         {QStringLiteral("providers[1].pass_headers"), "[\"X-Trace\", \"x-trace\"]"},
         {QStringLiteral("providers[1].off"), "true"},
         {QStringLiteral("providers[1].auth"), "{\"type\": \"header\", \"header\": \"Api-Key\"}"},
         {QStringLiteral("providers[1].label"), "\"My mock\""},
         {QStringLiteral("chains[0].targets[1].key"), "\"main\""},
         {QStringLiteral("clients[0].log"), "\"off\""},
         {QStringLiteral("clients[0].label"), "\"Claude Code\""},
         {QStringLiteral("clients[0].revoked"), "true"},
         {QStringLiteral("$schema"), "\"https://example.com/schema\""}});
    const Checked checked = validate(text, 1, m_catalog);
    QVERIFY2(checked.snapshot, qPrintable(lines(checked.problems).join(u'\n')));
    const RoutingSettings &routing = checked.snapshot->routing;
    QCOMPARE(routing.maxAttempts, 8);
    QCOMPARE(routing.retriesPerTarget, 3);
    QCOMPARE(routing.maxUnknownRepeats, 2);
    QCOMPARE(routing.backoffBase, Millis(11));
    QCOMPARE(routing.backoffCap, Millis(12));
    QCOMPARE(routing.waitingTotal, Millis(13));
    QCOMPARE(routing.commitGrace, Millis(14));
    QCOMPARE(routing.total, Millis(1'015));
    QCOMPARE(routing.streamMax, Millis(10'016));
    QCOMPARE(routing.tripAfter, 17);
    QCOMPARE(routing.tripBase, Millis(118));
    QCOMPARE(routing.tripCap, Millis(119));
    QCOMPARE(routing.tripForget, Seconds(20));
    QCOMPARE(routing.ratioMinimum, 21);
    QCOMPARE(routing.ratioPercent, 22);
    QCOMPARE(routing.retryBudgetPercent, 23);
    QCOMPARE(routing.retryBudgetMinimum, 24);
    QCOMPARE(checked.snapshot->retention.historyDays, 3);
    QCOMPARE(checked.snapshot->retention.historyBytes, 20'000'000);
    QVERIFY(!checked.snapshot->privacy.looksUpCallers);
    QVERIFY(!checked.snapshot->privacy.keepsRecentRequests);
    const NetworkSettings &network = checked.snapshot->network;
    QCOMPARE(network.proxy, NetworkSettings::Proxy::Manual);
    QCOMPARE(network.proxyUrl, QByteArray("http://p.example:3128"));
    QCOMPARE(network.allowedHosts, QList<QByteArray>{"box.lan:7317"});
    QCOMPARE(network.allowedOrigins.size(), 2);
    const ProviderSettings &provider = checked.snapshot->providers[1];
    QCOMPARE(provider.timeouts.connect, Millis(1'001));
    QCOMPARE(provider.timeouts.head, Millis(1'002));
    QCOMPARE(provider.timeouts.firstContent, Millis(1'003));
    QCOMPARE(provider.timeouts.contentIdle, Millis(1'004));
    QCOMPARE(provider.timeouts.byteIdle, Millis(1'005));
    QCOMPARE(provider.caFile, QStringLiteral("/etc/ca.pem"));
    QCOMPARE(provider.passHeaders, QList<QByteArray>{"x-trace"});
    QVERIFY(provider.isOff);
    QCOMPARE(provider.auth.kind, AuthScheme::Kind::Header);
    QCOMPARE(provider.auth.header, QByteArray("api-key"));
    QCOMPARE(provider.label, QStringLiteral("My mock"));
    QCOMPARE(checked.snapshot->chains[0].targets[1].key, KeyId(QStringLiteral("main")));
    QCOMPARE(checked.snapshot->clients[0].maxLog, LogPolicy::Off);
    QVERIFY(checked.snapshot->clients[0].isRevoked);
}

void TestValidate::schemaIsTheFilesSchema()
{
    // Written anew with SIGNALBOX_UPDATE=1; what is committed must be what the validator knows.
    const QString path = QStringLiteral(SB_SOURCE_DIR "/resources/config.schema.json");
    if (qEnvironmentVariableIsSet("SIGNALBOX_UPDATE")) {
        QFile file(path);
        QVERIFY(file.open(QFile::WriteOnly | QFile::Truncate));
        file.write(schemaText());
    }
    QFile file(path);
    QVERIFY(file.open(QFile::ReadOnly));
    QCOMPARE(file.readAll(), schemaText());
    const Result<json::Value> schema = json::read(schemaText());
    QVERIFY(schema);
    const json::Value *properties = schema->find("properties");
    QVERIFY(properties);
    for (const Field &field : rootShape().fields)
        QVERIFY2(properties->find(field.key), field.key);
    QCOMPARE(properties->members().size(), qsizetype(rootShape().fields.size()) + 1); // and "//"
}

void TestValidate::secretRefs_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<bool>("isSound");
    QTest::newRow("keychain") << QByteArray("keychain:a/b") << true;
    QTest::newRow("vault") << QByteArray("vault:a") << true;
    QTest::newRow("env") << QByteArray("env:A_1") << true;
    QTest::newRow("ask") << QByteArray("ask:a") << true;
    QTest::newRow("file") << QByteArray("file:/run/secrets/a key") << true;
    QTest::newRow("digest") << "digest:" + QByteArray(64, 'a') << true;
    QTest::newRow("digest 63") << "digest:" + QByteArray(63, 'a') << false;
    QTest::newRow("digest no hex") << "digest:" + QByteArray(64, 'g') << false;
    QTest::newRow("env digit") << QByteArray("env:1A") << false;
    QTest::newRow("empty name") << QByteArray("keychain:") << false;
    QTest::newRow("scheme case") << QByteArray("ENV:A") << false;
    QTest::newRow("no scheme") << QByteArray("sk-abc") << false;
    QTest::newRow("other scheme") << QByteArray("https://a.example") << false;
}

void TestValidate::secretRefs()
{
    QFETCH(QByteArray, text);
    QFETCH(bool, isSound);
    const auto ref = parseSecretRef(text);
    QCOMPARE(ref.has_value(), isSound);
    if (ref)
        QCOMPARE(secretRefText(*ref), text);
}

void TestValidate::garbageNeverCrashes()
{
    // Every prefix, and every value replaced by each kind of value.
    const QByteArray text = contractExample();
    for (qsizetype i = 0; i < text.size(); ++i)
        QVERIFY(!validate(QByteArrayView(text).first(i), 1, m_catalog).snapshot
                || text.sliced(i).trimmed().isEmpty());
    const QList<QByteArray> kinds{"null",  "true",   "-1",         "99999999999999999999",
                                  "\"x\"", "[]",     "{}",         "[[]]",
                                  "[{}]",  "[null]", "{\"x\": {}}"};
    const auto root = json::read(text);
    QStringList paths;
    const std::function<void(const json::Value &, const QString &)> collect
        = [&](const json::Value &value, const QString &path) {
              for (const json::Member &member : value.members()) {
                  const QString at = memberPath(path, member.key);
                  paths.append(at);
                  collect(member.value, at);
              }
              for (qsizetype i = 0; i < value.items().size(); ++i) {
                  const QString at = path + u'[' + QString::number(i) + u']';
                  paths.append(at);
                  collect(value.items()[i], at);
              }
          };
    collect(*root, QStringLiteral("$"));
    QVERIFY(paths.size() > 40);
    for (const QString &path : paths) {
        for (const QByteArray &kind : kinds)
            (void)validate(edited(text, {{path, kind}}), 1, m_catalog);
        (void)validate(edited(text, {{path, {}}}), 1, m_catalog);
    }
}

QTEST_APPLESS_MAIN(TestValidate)
#include "tst_validate.moc"
