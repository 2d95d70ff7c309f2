// What is read from a request, and the bytes that go to a provider of the same dialect.
#include "base/random.h"
#include "dialect/dialect.h"
#include "json/reader.h"
#include "json/writer.h"

#include <QTest>

using namespace sb;
using namespace sb::dialect;

class TestRequests : public QObject {
    Q_OBJECT

private slots:
    void chatFacts();
    void anthropicFacts();
    void schemas_data();
    void schemas();
    void kinds_data();
    void kinds();
    void refusals_data();
    void refusals();
    void renders_data();
    void renders();
    void boundsGemini_data();
    void boundsGemini();
    void rendersAnyLayout();
    void routingFields();
    void estimates();
};

static Result<RequestFacts> facts(const QByteArray &body, DialectId dialect = DialectId::OpenAiChat)
{
    return readRequest(dialect, Endpoint::Generate, body);
}

void TestRequests::chatFacts()
{
    const QByteArray body
        = R"({"model":"chain-a","models":["p\/x","q"],"stream":true,)"
          R"("stream_options":{"include_usage":true},"max_tokens":5,"max_completion_tokens":70.0,)"
          R"("n":2,"tools":[{"type":"function","function":{"name":"f"}}],)"
          R"("messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:x"}}]},)"
          R"({"role":"assistant","content":"abcd"}]})";
    const Result<RequestFacts> read = facts(body);
    QVERIFY(read);
    QCOMPARE(read->model, QStringLiteral("chain-a"));
    QCOMPARE(read->models, (QList<QString>{QStringLiteral("p/x"), QStringLiteral("q")}));
    QVERIFY(read->isStream && read->asksUsage && read->hasTools && read->hasImages);
    QCOMPARE(read->maxTokens, 70);
    QCOMPARE(read->choices, 2);
    QCOMPARE(read->messages, 2);
    QCOMPARE(read->kind, RequestKind::Plain);
    QCOMPARE(body.mid(read->modelValue.from, read->modelValue.length), QByteArray("\"chain-a\""));
    QCOMPARE(int(read->bodyObject.length), int(body.size()));

    const Result<RequestFacts> none
        = facts("{\"messages\":[],\"model\":null,\"stream\":null,\"models\":null}");
    QVERIFY(none);
    QVERIFY(none->model.isEmpty() && none->models.isEmpty() && !none->isStream);
    QVERIFY(!none->hasTools && !none->hasImages);
}

void TestRequests::anthropicFacts()
{
    const QByteArray body
        = R"({"model":"c","max_tokens":64,"fallbacks":[{"model":"d","max_tokens":1},"e"],)"
          R"("system":[{"type":"text","text":"be brief"}],"stream":true,)"
          R"("messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"t",)"
          R"("content":[{"type":"image","source":{"type":"base64","data":"AAAA"}}]}]}],)"
          R"("tools":[{"type":"bash_20250124","name":"bash"}]})";
    const Result<RequestFacts> read = facts(body, DialectId::Anthropic);
    QVERIFY(read);
    QCOMPARE(read->models, (QList<QString>{QStringLiteral("d"), QStringLiteral("e")}));
    QVERIFY(read->isStream && read->hasTools && read->hasImages);
    QCOMPARE(read->maxTokens, 64);
    QCOMPARE(read->kind, RequestKind::Plain);
    const Result<RequestFacts> count
        = readRequest(DialectId::Anthropic, Endpoint::CountTokens, body);
    QVERIFY(count);
    QCOMPARE(count->kind, RequestKind::Pure);
    QVERIFY(!count->isStream);
}

void TestRequests::schemas_data()
{
    QTest::addColumn<DialectId>("dialect");
    QTest::addColumn<QByteArray>("member");
    QTest::addColumn<bool>("isSchema");
    const auto row = [](const char *name, DialectId dialect, const char *member, bool isSchema) {
        QTest::newRow(name) << dialect << QByteArray(member) << isSchema;
    };
    using enum DialectId;
    row("chat", OpenAiChat, R"("response_format":{"type":"json_schema","json_schema":{}})", true);
    row("chat, any JSON", OpenAiChat, R"("response_format":{"type":"json_object"})", false);
    row("responses", OpenAiResponses, R"("text":{"format":{"type":"json_schema"}})", true);
    row("responses, words", OpenAiResponses, R"("text":{"verbosity":"low"})", false);
    row("anthropic", Anthropic, R"("output_config":{"format":{"type":"json_schema"}})", true);
    row("anthropic, beta", Anthropic, R"("output_format":{"type":"json_schema"})", true);
    row("anthropic, effort", Anthropic, R"("output_config":{"effort":"low"})", false);
    row("gemini", Gemini, R"("generationConfig":{"responseSchema":{}})", true);
    row("gemini, snake", Gemini, R"("generation_config":{"response_json_schema":{}})", true);
    row("gemini, any JSON", Gemini, R"("generationConfig":{"responseMimeType":"a/b"})", false);
    row("ollama", Ollama, R"("format":{"type":"object"})", true);
    row("ollama, any JSON", Ollama, R"("format":"json")", false);
}

void TestRequests::schemas()
{
    QFETCH(DialectId, dialect);
    QFETCH(QByteArray, member);
    QFETCH(bool, isSchema);
    const Result<RequestFacts> read = facts("{\"model\":\"m\"," + member + "}", dialect);
    QVERIFY(read);
    QCOMPARE(read->hasSchema, isSchema);
}

void TestRequests::kinds_data()
{
    QTest::addColumn<DialectId>("dialect");
    QTest::addColumn<QByteArray>("member");
    QTest::addColumn<RequestKind>("kind");
    const auto chat = DialectId::OpenAiChat;
    const auto anthropic = DialectId::Anthropic;
    QTest::newRow("store") << chat << QByteArray("\"store\":true") << RequestKind::Stateful;
    QTest::newRow("no store") << chat << QByteArray("\"store\":false") << RequestKind::Plain;
    QTest::newRow("previous") << chat << QByteArray("\"previous_response_id\":\"r\"")
                              << RequestKind::Stateful;
    QTest::newRow("no previous") << chat << QByteArray("\"previous_response_id\":null")
                                 << RequestKind::Plain;
    QTest::newRow("background") << chat << QByteArray("\"background\":true")
                                << RequestKind::Stateful;
    QTest::newRow("search") << chat << QByteArray("\"tools\":[{\"type\":\"web_search\"}]")
                            << RequestKind::Plain;
    QTest::newRow("interpreter") << chat
                                 << QByteArray("\"tools\":[{\"type\":\"code_interpreter\"}]")
                                 << RequestKind::Stateful;
    QTest::newRow("remote mcp") << chat << QByteArray("\"tools\":[{\"type\":\"mcp\"}]")
                                << RequestKind::Stateful;
    QTest::newRow("uploaded file")
        << chat
        << QByteArray(
               "\"messages\":[{\"content\":[{\"type\":\"file\",\"file\":{\"file_id\":\"f\"}}]}]")
        << RequestKind::Stateful;
    QTest::newRow("text that looks so")
        << chat << QByteArray("\"messages\":[{\"content\":\"{\\\"store\\\":true}\"}]")
        << RequestKind::Plain;
    QTest::newRow("container") << anthropic << QByteArray("\"container\":\"c\"")
                               << RequestKind::Stateful;
    QTest::newRow("no container") << anthropic << QByteArray("\"container\":null")
                                  << RequestKind::Plain;
    QTest::newRow("mcp servers") << anthropic << QByteArray("\"mcp_servers\":[{\"url\":\"x\"}]")
                                 << RequestKind::Stateful;
    QTest::newRow("no mcp servers")
        << anthropic << QByteArray("\"mcp_servers\":[]") << RequestKind::Plain;
    QTest::newRow("code execution")
        << anthropic
        << QByteArray("\"tools\":[{\"type\":\"code_execution_20250825\",\"name\":\"x\"}]")
        << RequestKind::Stateful;
    QTest::newRow("server search")
        << anthropic << QByteArray("\"tools\":[{\"type\":\"web_search_20250305\",\"name\":\"x\"}]")
        << RequestKind::Plain;
    QTest::newRow("file source") << anthropic
                                 << QByteArray(
                                        "\"messages\":[{\"content\":[{\"type\":\"document\","
                                        "\"source\":{\"type\":\"file\",\"file_id\":\"f\"}}]}]")
                                 << RequestKind::Stateful;
}

void TestRequests::kinds()
{
    QFETCH(DialectId, dialect);
    QFETCH(QByteArray, member);
    QFETCH(RequestKind, kind);
    const Result<RequestFacts> read = facts("{\"model\":\"m\"," + member + '}', dialect);
    QVERIFY(read);
    QCOMPARE(read->kind, kind);
}

void TestRequests::refusals_data()
{
    QTest::addColumn<DialectId>("dialect");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QString>("code");
    const auto chat = DialectId::OpenAiChat;
    const auto anthropic = DialectId::Anthropic;
    const auto add = [](const char *name, DialectId dialect, const char *body, const char *code) {
        QTest::newRow(name) << dialect << QByteArray(body) << QString::fromLatin1(code);
    };
    add("empty", chat, "", "bad_json");
    add("cut", chat, "{\"model\":\"m\"", "bad_json");
    add("deep inside", chat, "{\"model\":\"m\",\"x\":{\"y\":[1,]}}", "bad_json");
    add("utf-8", chat, "{\"model\":\"\xC3\x28\"}", "bad_json");
    add("two documents", chat, "{} {}", "bad_json");
    add("array", chat, "[]", "bad_request");
    add("text", chat, "\"x\"", "bad_request");
    add("model twice", chat, "{\"model\":\"a\",\"model\":\"b\"}", "duplicate_key");
    add("model twice, escaped", chat, "{\"model\":\"a\",\"mod\\u0065l\":\"b\"}", "duplicate_key");
    add("stream twice", anthropic, "{\"stream\":true,\"stream\":true}", "duplicate_key");
    add("provider twice", chat, "{\"provider\":{},\"provider\":{}}", "duplicate_key");
    add("model number", chat, "{\"model\":7}", "bad_request");
    add("models text", chat, "{\"models\":\"a\"}", "bad_request");
    add("models mixed", chat, "{\"models\":[\"a\",1]}", "bad_request");
    add("models objects", chat, "{\"models\":[{\"model\":\"a\"}]}", "bad_request");
    add("models empty name", chat, "{\"models\":[\"\"]}", "bad_request");
    add("fallbacks object", anthropic, "{\"fallbacks\":{}}", "bad_request");
    add("fallbacks nameless", anthropic, "{\"fallbacks\":[{}]}", "bad_request");
    add("stream text", chat, "{\"stream\":\"true\"}", "bad_request");
    add("options list", chat, "{\"stream_options\":[]}", "bad_request");
    add("tokens text", anthropic, "{\"max_tokens\":\"9\"}", "bad_request");
    add("tokens fraction", chat, "{\"max_tokens\":1.5}", "bad_request");
    add("config text", DialectId::Gemini, "{\"generationConfig\":{\"maxOutputTokens\":\"9\"}}",
        "bad_request");
}

void TestRequests::refusals()
{
    QFETCH(DialectId, dialect);
    QFETCH(QByteArray, body);
    QFETCH(QString, code);
    const Result<RequestFacts> read = facts(body, dialect);
    QVERIFY(!read);
    QCOMPARE(read.error().code, code);
    QCOMPARE(read.error().blame, Blame::Client);
    QVERIFY(read.error().detail.endsWith(QLatin1Char('.')));
}

void TestRequests::renders_data()
{
    QTest::addColumn<DialectId>("dialect");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("expected");
    const auto chat = DialectId::OpenAiChat;
    const auto anthropic = DialectId::Anthropic;
    const auto add
        = [](const char *name, DialectId dialect, const char *body, const char *expected) {
              QTest::newRow(name) << dialect << QByteArray(body) << QByteArray(expected);
          };
    add("same model", chat, "{\"model\":\"n\\u0065w\\\"\",\"x\": 1.0}",
        "{\"model\":\"n\\u0065w\\\"\",\"x\": 1.0}");
    add("model", chat, " { \"a\":1e2, \"model\" : \"old\" , \"b\":{ } }\n",
        " { \"a\":1e2, \"model\" : \"new\\\"\" , \"b\":{ } }\n");
    add("null model", chat, "{\"model\":null,\"a\":1}", "{\"model\":\"new\\\"\",\"a\":1}");
    add("no model", chat, "{ \"messages\":[]}", "{\"model\":\"new\\\"\", \"messages\":[]}");
    add("nothing", chat, "{ }", "{\"model\":\"new\\\"\" }");
    add("only models", chat, "{\"models\":[\"a\"]}", "{\"model\":\"new\\\"\"}");
    add("models, no model", chat, "{\"models\":[\"a\"], \"x\":1}",
        "{\"model\":\"new\\\"\",\"x\":1}");
    add("models last, no model", chat, "{\"x\":1 ,\"models\":[]}",
        "{\"x\":1 ,\"model\":\"new\\\"\"}");
    add("models first", chat, "{\"models\":[\"a\"] , \"model\":\"o\"}", "{\"model\":\"new\\\"\"}");
    add("models last", chat, "{\"model\":\"o\", \"models\":[\"a\"]}", "{\"model\":\"new\\\"\"}");
    add("fallbacks", anthropic, "{\"model\":\"o\",\"fallbacks\":[],\"stream\":true}",
        "{\"model\":\"new\\\"\",\"stream\":true}");
    add("stream", chat, "{\"model\":\"o\",\"stream\":true }",
        "{\"model\":\"new\\\"\",\"stream\":true ,\"stream_options\":{\"include_usage\":true}}");
    add("stream and models", chat, "{\"model\":\"o\",\"stream\":true,\"models\":[]}",
        "{\"model\":\"new\\\"\",\"stream\":true,\"stream_options\":{\"include_usage\":true}}");
    add("asked", chat,
        "{\"model\":\"o\",\"stream\":true,\"stream_options\":{ \"include_usage\" : true }}",
        "{\"model\":\"new\\\"\",\"stream\":true,\"stream_options\":{ \"include_usage\" : true }}");
    add("declined", chat,
        "{\"model\":\"o\",\"stream_options\":{\"x\":[1], \"include_usage\":false},\"stream\":true}",
        "{\"model\":\"new\\\"\",\"stream_options\":{\"x\":[1], "
        "\"include_usage\":true},\"stream\":true}");
    add("other option", chat, "{\"model\":\"o\",\"stream_options\":{\"x\":1},\"stream\":true}",
        "{\"model\":\"new\\\"\",\"stream_options\":{\"include_usage\":true,\"x\":1},\"stream\":"
        "true}");
    add("empty options", chat, "{\"model\":\"o\",\"stream_options\":{},\"stream\":true}",
        "{\"model\":\"new\\\"\",\"stream_options\":{\"include_usage\":true},\"stream\":true}");
    add("null options", chat, "{\"model\":\"o\",\"stream_options\":null,\"stream\":true}",
        "{\"model\":\"new\\\"\",\"stream_options\":{\"include_usage\":true},\"stream\":true}");
    add("no stream", chat, "{\"model\":\"o\",\"stream\":false}",
        "{\"model\":\"new\\\"\",\"stream\":false}");
}

void TestRequests::renders()
{
    QFETCH(DialectId, dialect);
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, expected);
    const Result<RequestFacts> read = facts(body, dialect);
    QVERIFY(read);
    const QList<QByteArray> parts = renderRequest(*read, body, "new\"");
    QCOMPARE(parts.join(), expected);
    QVERIFY(json::read(parts.join()));
    if (body == expected)
        QCOMPARE(parts.size(), 1);
}

void TestRequests::boundsGemini_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("expected");
    const auto add = [](const char *name, const char *body, const char *expected) {
        QTest::newRow(name) << QByteArray(body) << QByteArray(expected);
    };
    add("nothing said", "{ \"contents\":[]}",
        "{\"generationConfig\":{\"maxOutputTokens\":9}, \"contents\":[]}");
    add("empty", "{}", "{\"generationConfig\":{\"maxOutputTokens\":9}}");
    add("in the config", "{\"generation_config\":{\"seed\":1}}",
        "{\"generation_config\":{\"maxOutputTokens\":9,\"seed\":1}}");
    add("an empty config", "{\"generationConfig\":{}}",
        "{\"generationConfig\":{\"maxOutputTokens\":9}}");
    add("null", "{\"generationConfig\":{\"maxOutputTokens\":null}}",
        "{\"generationConfig\":{\"maxOutputTokens\":9}}");
    add("bounded", "{\"generationConfig\":{\"maxOutputTokens\":5}}",
        "{\"generationConfig\":{\"maxOutputTokens\":5}}");
}

// Its body names no model: nothing changes unless a cap needs a bound.
void TestRequests::boundsGemini()
{
    QFETCH(QByteArray, body);
    const Result<RequestFacts> read = facts(body, DialectId::Gemini);
    QVERIFY(read);
    QCOMPARE(renderRequest(*read, body, "m").join(), body);
    QTEST(renderRequest(*read, body, "m", {9, false}).join(), "expected");
}

// Any order of members and any spacing: the result is sound, and differs only where it may.
void TestRequests::rendersAnyLayout()
{
    SeededRandom random(3);
    const QByteArrayList members{"\"model\":\"o\"",
                                 "\"models\" : [\"a\" , \"b\"]",
                                 "\"stream\": true",
                                 "\"messages\":[{\"role\":\"user\",\"content\":\"}\\\",{\"}]",
                                 "\"stream_options\":{\"include_obfuscation\":false}",
                                 "\"x\":12345678901234567890.10"};
    static constexpr const char *kSpaces[]{"", " ", "\n  ", "\t"};
    for (int round = 0; round < 2000; ++round) {
        QByteArrayList order = members;
        for (qsizetype i = order.size() - 1; i > 0; --i)
            order.swapItemsAt(i, qsizetype(random.below(quint64(i + 1))));
        order = order.mid(0, qsizetype(random.below(7)));
        QByteArray body = "{";
        for (qsizetype i = 0; i < order.size(); ++i) {
            body += (i ? "," : "") + QByteArray(kSpaces[random.below(4)]) + order[i]
                + kSpaces[random.below(4)];
        }
        body += '}';
        const Result<RequestFacts> read = facts(body);
        QVERIFY(read);
        const QByteArray sent = renderRequest(*read, body, "n").join();
        Result<json::Value> before = json::read(body);
        const Result<json::Value> after = json::read(sent);
        QVERIFY2(before && after, sent.constData());
        QCOMPARE(after->find("model")->text(), QByteArray("n"));
        QVERIFY(!after->find("models"));
        if (read->isStream)
            QVERIFY(after->find("stream_options")->find("include_usage")->toBool());
        for (const json::Member &member : before->members()) {
            if (member.key != "model" && member.key != "models" && member.key != "stream_options")
                QVERIFY(*after->find(member.key) == member.value);
        }
    }
}

void TestRequests::routingFields()
{
    const Result<RequestFacts> read
        = facts("{\"model\":\"m\",\"provider\":{\"order\":[]},\"route\":null,\"api_base\":\"http://"
                "x\",\"fallbacks\":[]}");
    QVERIFY(read);
    QCOMPARE(read->routingFields, (QList<QByteArray>{"provider", "api_base", "fallbacks"}));
    QVERIFY(facts("{\"model\":\"m\",\"metadata\":{\"provider\":1}}")->routingFields.isEmpty());
}

void TestRequests::estimates()
{
    const auto prompt = [](const QByteArray &content) {
        const QByteArray body = "{\"messages\":[{\"content\":" + content + "}]}";
        return facts(body)->promptTokens;
    };
    QCOMPARE(prompt("\"\""), 0);
    QCOMPARE(prompt("\"abcd\""), 2);
    QCOMPARE(prompt("\"\xC3\xA4\xC3\xB6\xC3\xBC\""), 1);
    // An image's bytes are no prompt text.
    const QByteArray picture(30'000, 'A');
    const QByteArray part
        = "[{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64," + picture
        + "\"}}]";
    QVERIFY(prompt(part) < 20);
    QCOMPARE(prompt('"' + QByteArray("\xE2\x82\xAC").repeated(9000) + '"'), 3000);
    QCOMPARE(prompt('"' + QByteArray(3000, 'x') + '"'), 1000);
}

QTEST_APPLESS_MAIN(TestRequests)
#include "tst_requests.moc"
