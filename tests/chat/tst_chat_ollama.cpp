// Ollama's API to and from the neutral conversation: rules of translation.md and pitfalls.md by
// name, requests both ways, whole answers, and streams however they are split or cut.
#include "chat/chat_kit.h"
#include "translate/ollama/ollama.h"
#include "json/scan.h"

#include <QTest>

using namespace sb;
using namespace sb::chat;
using namespace sb::testing;
using namespace sb::translate;

namespace {

const QByteArray kStream
    = R"({"model":"m","created_at":"2026-01-01T00:00:00.123456789Z","message":{"role":"assistant","content":"","thinking":"Hm."},"done":false})"
      "\n"
      R"({"model":"m","created_at":"2026-01-01T00:00:01Z","message":{"role":"assistant","content":"Hel"},"done":false})"
      "\n"
      R"({"model":"m","created_at":"2026-01-01T00:00:02Z","message":{"role":"assistant","content":"lo \u00e9"},"done":false})"
      "\n"
      R"({"model":"m","created_at":"2026-01-01T00:00:03Z","message":{"role":"assistant","content":"","tool_calls":[{"id":"c1","function":{"index":0,"name":"f","arguments":{"b":1,"a":9007199254740993}}}]},"done":false})"
      "\n"
      R"({"model":"m","created_at":"2026-01-01T00:00:04Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","total_duration":1,"prompt_eval_count":26,"eval_count":5})"
      "\n";

const Translator &ollamaTable()
{
    return ollama::translator();
}

Request decode(const QByteArray &body, Changes &changes, const QByteArray &path = "/api/chat")
{
    RequestHead head;
    head.path = path;
    return ollamaTable().decodeRequest(head, body, changes);
}

Target targetOf(const Capabilities &can = {})
{
    Target target;
    target.dialect = DialectId::Ollama;
    target.provider = "local";
    target.model = "m";
    target.can = can;
    return target;
}

QByteArray encode(Request request, Changes &changes, const Capabilities &can = {})
{
    return ollamaTable().encodeRequest(std::move(request), targetOf(can), changes).body;
}

// The raw member at a path of names and indexes, "tools/0/function/name".
QByteArray at(const QByteArray &json, const QByteArray &path)
{
    json::Scan scan;
    if (!scan.run(json))
        return "no json";
    json::Node node = scan.root();
    for (const QByteArray &step : path.split('/')) {
        bool isIndex = false;
        const int index = step.toInt(&isIndex);
        if (!isIndex) {
            node = node.find(step);
            continue;
        }
        int i = 0;
        json::Node found;
        for (const json::Node item : node.items()) {
            if (i++ == index)
                found = item;
        }
        node = found;
    }
    return node.raw().toByteArray();
}

bool hasRule(const Changes &changes, const QByteArray &rule)
{
    for (const Change &change : changes.entries()) {
        if (change.rule == rule)
            return true;
    }
    return false;
}

Request userSays(const QByteArray &text)
{
    Request request;
    request.source = DialectId::OpenAiChat;
    Turn turn;
    turn.parts.push_back(textPart(Text::plain(text)));
    request.turns.push_back(turn);
    return request;
}

Tool function(const QByteArray &name)
{
    Tool tool;
    tool.name = name;
    tool.schemaRaw
        = R"({"type":"object","properties":{"z":{"type":"string"},"a":{"type":"number"}}})";
    return tool;
}

Part callOf(const QByteArray &id, const QByteArray &name, const QByteArray &arguments)
{
    ToolCall call;
    call.id = id;
    call.name = name;
    call.arguments = Text::plain(arguments);
    return Part(call);
}

Part resultOf(const QByteArray &id, const QByteArray &text, bool isError = false)
{
    ToolResult result;
    result.callId = id;
    result.isError = isError;
    if (!text.isEmpty())
        result.parts.push_back(textPart(Text::plain(text)));
    return Part(result);
}

QByteArray lineOf(const QByteArray &message, const QByteArray &rest = R"("done":false)")
{
    return R"({"model":"m","created_at":"2026-01-01T00:00:00Z","message":)" + message + ',' + rest
        + "}\n";
}
const QByteArray kDone
    = lineOf(R"({"role":"assistant","content":""})", R"("done":true,"done_reason":"stop")");

} // namespace

class tst_chat_ollama : public QObject {
    Q_OBJECT

private slots:
    void decodesRequests_data();
    void decodesRequests();
    void decodesMessages();
    void refusesRequests_data();
    void refusesRequests();
    void encodesRequests_data();
    void encodesRequests();
    void encodesHistory();
    void rejectsWhatIsLost_data();
    void rejectsWhatIsLost();
    void requestsGoRound();
    void decodesStreams_data();
    void decodesStreams();
    void readsUsageAndTime();
    void streamSplits();
    void streamIsCut();
    void wholeAnswers_data();
    void wholeAnswers();
    void answersGoRound_data();
    void answersGoRound();
    void writesLines();
    void writesGenerate();
    void saysWhyItEnded();
    void errorsAreLines();
    void customToolsComeBack();
};

void tst_chat_ollama::decodesRequests_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("expected");
    const auto add = [](const char *name, const char *body, const char *expected) {
        QTest::newRow(name) << QByteArray(body) << QByteArray(expected);
    };
    add("D§6.1 streams by default", R"({"model":"a","messages":[]})", "model=a stream");
    add("D§6.1 stream false", R"({"model":"a","stream":false})", "model=a");
    add("T§4 options",
        R"({"options":{"num_ctx":8192,"num_predict":7,"temperature":0.5,"top_k":3,"top_p":0.9,"min_p":0.1,"seed":5,"stop":["a","b"]},"stream":false})",
        "max=7 ctx=8192 t=0.5 k=3 p=0.9 minp=0.1 seed=5 stop=a stop=b");
    add("T§4 no bound", R"({"options":{"num_predict":-1},"stream":false})", "");
    add("P-43 think off is a value", R"({"think":false,"stream":false})", "off");
    add("T§9.1 think on", R"({"think":true,"stream":false})", "on shows");
    add("T§9.1 think effort", R"({"think":"max","stream":false})", "on effort=7 shows");
    add("T§10 json", R"({"format":"json","stream":false})", "json");
    add("T§10 schema keeps its order", R"({"format":{"type":"object","b":1,"a":2},"stream":false})",
        R"(schema={"type":"object","b":1,"a":2})");
    add("T§2 unset stays unset", R"({"format":"","think":null,"options":null,"stream":false})", "");
    add("keep_alive", R"({"keep_alive":-1,"stream":false})", "keep=-1");
    add("T§4 logprobs", R"({"logprobs":true,"top_logprobs":3,"stream":false})", "logprobs top=3");
}

void tst_chat_ollama::decodesRequests()
{
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, expected);
    Changes changes;
    const Request r = decode(body, changes);
    QVERIFY(!changes.isRejected());
    QList<QByteArray> said;
    if (!r.model.isEmpty())
        said << "model=" + r.model;
    if (r.isStream)
        said << "stream";
    if (r.maxOutput)
        said << "max=" + QByteArray::number(*r.maxOutput);
    if (r.contextSize)
        said << "ctx=" + QByteArray::number(*r.contextSize);
    if (r.temperature)
        said << "t=" + QByteArray::number(*r.temperature);
    if (r.topK)
        said << "k=" + QByteArray::number(*r.topK);
    if (r.topP)
        said << "p=" + QByteArray::number(*r.topP);
    if (r.minP)
        said << "minp=" + QByteArray::number(*r.minP);
    if (r.seed)
        said << "seed=" + QByteArray::number(*r.seed);
    for (const Text &stop : r.stop)
        said << "stop=" + stop.toPlain();
    if (r.reasoning.state == ReasoningAsk::State::Off)
        said << "off";
    if (r.reasoning.state == ReasoningAsk::State::On)
        said << "on";
    if (r.reasoning.effort != Effort::Unset)
        said << "effort=" + QByteArray::number(int(r.reasoning.effort));
    if (r.reasoning.showsText.value_or(false))
        said << "shows";
    if (r.output.kind == OutputAsk::Kind::Json)
        said << "json";
    if (r.output.kind == OutputAsk::Kind::Schema)
        said << "schema=" + r.output.schemaRaw;
    if (!r.keepAliveRaw.isEmpty())
        said << "keep=" + r.keepAliveRaw;
    if (r.logprobs.value_or(false))
        said << "logprobs";
    if (r.topLogprobs)
        said << "top=" + QByteArray::number(*r.topLogprobs);
    QCOMPARE(said.join(' '), expected);
}

void tst_chat_ollama::decodesMessages()
{
    Changes changes;
    const Request r = decode(
        R"({"model":"a","messages":[
        {"role":"system","content":"S1"},{"role":"system","content":"S2"},
        {"role":"user","content":"Look","images":["iVBORw0KGgoAAAANSUhEUg=="]},
        {"role":"assistant","content":"","thinking":"hm","tool_calls":[
          {"function":{"name":"f","arguments":{"z":1,"a":2}}},
          {"id":"x","function":{"name":"g","arguments":"{\"t\":1}"}}]},
        {"role":"tool","tool_name":"f","content":"one"},
        {"role":"tool","tool_call_id":"x","content":"two"},
        {"role":"system","content":"late"}],
        "tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"}}},
                 {"type":"web_search_20250305","name":"web_search"}]})",
        changes);
    QVERIFY(!changes.isRejected());
    QCOMPARE(r.instructions.size(), size_t(2));
    QCOMPARE(r.turns.size(), size_t(4));
    QCOMPARE(r.turns[0].parts.size(), size_t(2));
    QCOMPARE(r.turns[0].parts[1].as<MediaPart>()->mime, QByteArray("image/png"));
    QCOMPARE(r.turns[1].parts.size(), size_t(3));
    QCOMPARE(r.turns[1].parts[0].as<Reasoning>()->text.toPlain(), QByteArray("hm"));
    // P-13: objects and text are both arguments.
    QCOMPARE(r.turns[1].parts[1].as<ToolCall>()->arguments.toPlain(),
             QByteArray(R"({"z":1,"a":2})"));
    QCOMPARE(r.turns[1].parts[2].as<ToolCall>()->arguments.toPlain(), QByteArray(R"({"t":1})"));
    // P-28: results of one batch stand in one turn.
    QCOMPARE(r.turns[2].parts.size(), size_t(2));
    QCOMPARE(r.turns[2].parts[0].as<ToolResult>()->name, QByteArray("f"));
    QCOMPARE(r.turns[2].parts[1].as<ToolResult>()->callId, QByteArray("x"));
    QCOMPARE(r.turns[3].role, Role::System);
    // P-79: not a function without parameters by guess.
    QCOMPARE(r.tools.size(), size_t(1));
    QVERIFY(hasRule(changes, "unknown-tool"));
}

void tst_chat_ollama::refusesRequests_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<QByteArray>("code");
    QTest::addColumn<QByteArray>("param");
    QTest::newRow("no json") << QByteArray("{") << QByteArray("/api/chat") << QByteArray("bad_json")
                             << QByteArray();
    QTest::newRow("unknown role") << QByteArray(R"({"messages":[{"role":"x","content":"a"}]})")
                                  << QByteArray("/api/chat") << QByteArray("bad_request")
                                  << QByteArray("messages[0].role");
    QTest::newRow("no list") << QByteArray(R"({"messages":"a"})") << QByteArray("/api/chat")
                             << QByteArray("bad_request") << QByteArray("messages");
    QTest::newRow("T§3 suffix") << QByteArray(R"({"prompt":"a","suffix":"b"})")
                                << QByteArray("/api/generate") << QByteArray("not_supported")
                                << QByteArray("suffix");
    QTest::newRow("T§3 raw") << QByteArray(R"({"prompt":"a","raw":true})")
                             << QByteArray("/api/generate") << QByteArray("not_supported")
                             << QByteArray("raw");
    QTest::newRow("format") << QByteArray(R"({"format":"xml"})") << QByteArray("/api/chat")
                            << QByteArray("not_supported") << QByteArray("format");
}

void tst_chat_ollama::refusesRequests()
{
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, path);
    QFETCH(QByteArray, code);
    QFETCH(QByteArray, param);
    Changes changes;
    decode(body, changes, path);
    QVERIFY(changes.isRejected());
    QCOMPARE(changes.rejection()->code, code);
    QCOMPARE(changes.rejection()->param, param);
}

void tst_chat_ollama::encodesRequests_data()
{
    QTest::addColumn<int>("row");
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<QByteArray>("expected");
    QTest::addColumn<QByteArray>("rule");
    const auto add = [](const char *name, int row, const char *path, const char *expected,
                        const char *rule = "") {
        QTest::newRow(name) << row << QByteArray(path) << QByteArray(expected) << QByteArray(rule);
    };
    add("D§6.1 stream is said", 0, "stream", "false");
    add("P-88 num_ctx from the window", 1, "options/num_ctx", "32768");
    add("P-88 the client's own wins", 2, "options/num_ctx", "4096");
    add("T§4 num_predict is clamped", 3, "options/num_predict", "100", "max-output-range");
    add("T§4 temperature is clamped", 4, "options/temperature", "2", "temperature-range");
    add("T§4 stop", 5, "options/stop", R"(["a","\n"])");
    add("P-43 off is sent", 6, "think", "false");
    add("T§9.1 boolean models", 7, "think", "true");
    add("T§9.1 effort", 8, "think", R"("low")");
    add("T§9.1 xhigh is max", 9, "think", R"("max")");
    add("T§10 json", 10, "format", R"("json")");
    add("T§10 schema", 11, "format/properties/b/type", R"("string")");
    add("P-66 no empty tools", 12, "tools", "");
    add("T§7.2 none removes the tools", 13, "tools", "", "tool-choice-none");
    add("T§7.2 one named", 14, "tools/0/function/name", R"("g")", "tool-choice-named");
    add("T§7.2 required is said", 15, "tools/1/function/name", R"("g")", "tool-choice-required");
    add("T§7.2 subset", 16, "tools/0/function/name", R"("g")", "tool-choice-subset");
    add("T§7.3 parallel is said", 17, "tools/0/function/name", R"("f")", "no-parallel-switch");
    add("T§7.1 no parameters", 18, "tools/0/function/parameters",
        R"({"type":"object","properties":{}})");
    add("T§7.1 custom is a function", 19, "tools/0/function/parameters/required/0", R"("input")",
        "custom-tool");
    add("T§7.1 typed is a function", 20, "tools/0/function/parameters/properties/command/type",
        R"("string")", "typed-tool");
    add("P-79 hosted is dropped", 21, "tools", "", "hosted-tool");
    add("T§3 logit_bias is dropped", 22, "logit_bias", "", "no-field");
    add("T§3 user is dropped", 23, "user", "", "no-field");
    add("T§11 cache marks are dropped", 24, "messages/0/content", R"("hi")", "no-cache-marks");
    add("T§19 refused before", 25, "think", "", "field-refused-before");
    add("T§4 top_logprobs", 26, "top_logprobs", "20", "top-logprobs-range");
}

void tst_chat_ollama::encodesRequests()
{
    QFETCH(int, row);
    QFETCH(QByteArray, path);
    QFETCH(QByteArray, expected);
    QFETCH(QByteArray, rule);
    Request r = userSays("hi");
    Capabilities can;
    can.thinking = ThinkingKind::Effort;
    using Mode = ToolChoice::Mode;
    if (row >= 13 && row <= 17)
        r.tools = {function("f"), function("g")};
    switch (row) {
    case 1:
        can.contextWindow = 32768;
        break;
    case 2:
        can.contextWindow = 32768;
        r.contextSize = 4096;
        break;
    case 3:
        can.maxOutput = 100;
        r.maxOutput = 1000;
        break;
    case 4:
        r.temperature = 2.5;
        break;
    case 5:
        r.stop = {Text::plain("a"), Text::plain("\n")};
        break;
    case 6:
        r.reasoning.state = ReasoningAsk::State::Off;
        break;
    case 7:
        can.thinking = ThinkingKind::Boolean;
        r.reasoning.state = ReasoningAsk::State::On;
        r.reasoning.effort = Effort::High;
        break;
    case 8:
    case 9:
    case 25:
        r.reasoning.state = ReasoningAsk::State::On;
        r.reasoning.effort = row == 9 ? Effort::XHigh : Effort::Low;
        if (row == 25)
            can.refusedFields = {"think"};
        break;
    case 10:
        r.output.kind = OutputAsk::Kind::Json;
        break;
    case 11:
        r.output.kind = OutputAsk::Kind::Schema;
        r.output.schemaRaw = R"({"type":"object","properties":{"b":{"type":"string"}}})";
        break;
    case 13:
        r.toolChoice.mode = Mode::None;
        break;
    case 14:
        r.toolChoice = {Mode::One, {"g"}, false};
        break;
    case 15:
        r.toolChoice.mode = Mode::Required;
        break;
    case 16:
        r.toolChoice = {Mode::SubsetAuto, {"g"}, false};
        break;
    case 17:
        r.parallel = false;
        break;
    case 18:
        r.tools = {function("f")};
        r.tools[0].schemaRaw.clear();
        break;
    case 19:
        r.tools = {function("patch")};
        r.tools[0].kind = ToolKind::Custom;
        break;
    case 20:
        r.tools = {function("bash")};
        r.tools[0].kind = ToolKind::Typed;
        r.tools[0].type = "bash_20250124";
        r.tools[0].schemaRaw.clear();
        break;
    case 21:
        r.tools = {function("web_search")};
        r.tools[0].kind = ToolKind::Hosted;
        r.tools[0].type = "web_search_20250305";
        break;
    case 22:
        r.logitBiasRaw = R"({"50256":-100})";
        break;
    case 23:
        r.meta.userId = "u";
        break;
    case 24:
        r.turns[0].parts[0].cache = CacheMark();
        break;
    case 26:
        r.logprobs = true;
        r.topLogprobs = 50;
        break;
    default:
        break;
    }
    Changes changes;
    const QByteArray body = encode(r, changes, can);
    QVERIFY2(!changes.isRejected(),
             changes.isRejected() ? changes.rejection()->message.constData() : "");
    QCOMPARE(at(body, path), expected);
    QVERIFY2(rule.isEmpty() || hasRule(changes, rule), body.constData());
    Changes again;
    QCOMPARE(encode(r, again, can), body); // P-72: the same bytes every time
}

void tst_chat_ollama::encodesHistory()
{
    Request r = userSays("hi");
    Turn system;
    system.role = Role::System;
    system.parts = {textPart(Text::plain("S"))};
    r.instructions = {system};
    Turn assistant;
    assistant.role = Role::Assistant;
    assistant.parts = {textPart(Text::plain("A")), textPart(Text::plain("B")),
                       callOf("c1", "f", R"({"z":1,"a":2})"), callOf("c2", "g", "")};
    Turn results;
    Part withImage = resultOf("c1", "see");
    MediaPart image;
    image.data = Text::plain("iVBORw0KGgo=");
    image.mime = "image/png";
    withImage.as<ToolResult>()->parts.push_back(Part(image));
    results.parts = {withImage, resultOf("c2", "no such file", true)};
    r.turns.push_back(assistant);
    r.turns.push_back(results);
    r.tools = {function("f"), function("g")};
    Changes changes;
    const QByteArray body = encode(r, changes);
    QVERIFY(!changes.isRejected());
    QCOMPARE(at(body, "messages/0"), QByteArray(R"({"role":"system","content":"S"})"));
    QCOMPARE(at(body, "messages/2/content"), QByteArray(R"("AB")")); // T§6.3
    // P-13, P-18, P-71: objects, empty is {}, order kept.
    QCOMPARE(at(body, "messages/2/tool_calls/0/function/arguments"),
             QByteArray(R"({"z":1,"a":2})"));
    QCOMPARE(at(body, "messages/2/tool_calls/1/function/arguments"), QByteArray("{}"));
    // P-32: the name is looked up from the call.
    QCOMPARE(at(body, "messages/3/role"), QByteArray(R"("tool")"));
    QCOMPARE(at(body, "messages/3/tool_name"), QByteArray(R"("f")"));
    QCOMPARE(at(body, "messages/4/tool_name"), QByteArray(R"("g")"));
    QCOMPARE(at(body, "messages/4/content"), QByteArray(R"("Error: no such file")"));
    // P-65: images after the complete run of results.
    QCOMPARE(at(body, "messages/5/role"), QByteArray(R"("user")"));
    QCOMPARE(at(body, "messages/5/images/0"), QByteArray(R"("iVBORw0KGgo=")"));
}

void tst_chat_ollama::rejectsWhatIsLost_data()
{
    QTest::addColumn<int>("row");
    QTest::newRow("T§6.1 image address") << 0;
    QTest::newRow("T§6.1 PDF") << 1;
    QTest::newRow("T§6.1 audio at a model that does not hear") << 2;
    QTest::newRow("T§6.1 file id") << 3;
    QTest::newRow("T§3 n") << 4;
    QTest::newRow("T§3 previous_response_id") << 5;
    QTest::newRow("T§3 forced hosted tool") << 6;
    QTest::newRow("T§19 image at a model without eyes") << 7;
    QTest::newRow("T§19 tools at a model without") << 8;
}

void tst_chat_ollama::rejectsWhatIsLost()
{
    QFETCH(int, row);
    Request r = userSays("hi");
    Capabilities can;
    MediaPart media;
    media.data = Text::plain("https://example.org/a.png");
    media.source = MediaSource::Url;
    switch (row) {
    case 0:
        break;
    case 1:
        media.kind = MediaKind::Document;
        media.source = MediaSource::Base64;
        media.mime = "application/pdf";
        media.data = Text::plain("JVBERi0=");
        break;
    case 2:
        media.kind = MediaKind::Audio;
        media.source = MediaSource::Base64;
        media.data = Text::plain("UklGRgAAAABXQVZF");
        break;
    case 3:
        media.source = MediaSource::FileId;
        break;
    case 4:
        r.choices = 2;
        break;
    case 5:
        r.meta.previousResponseId = "resp_1";
        break;
    case 6:
        r.toolChoice = {ToolChoice::Mode::One, {"web_search"}, true};
        break;
    case 7:
        media.source = MediaSource::Base64;
        media.data = Text::plain("iVBORw0KGgo=");
        can.images = Known::No;
        break;
    case 8:
        r.tools = {function("f")};
        can.tools = Known::No;
        break;
    }
    if (row <= 3 || row == 7)
        r.turns[0].parts.push_back(Part(media));
    Changes changes;
    encode(r, changes, can);
    QVERIFY(changes.isRejected());
    QVERIFY(!changes.rejection()->param.isEmpty());
    QVERIFY(!changes.rejection()->message.isEmpty());
}

void tst_chat_ollama::requestsGoRound()
{
    const QByteArray body
        = R"({"model":"m","stream":false,"think":"high","options":{"num_ctx":4096,"num_predict":50,"temperature":0.5,"top_k":4,"seed":9},"keep_alive":"5m","tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object","properties":{"z":{"type":"string"},"a":{"type":"number"}}}}}],"messages":[{"role":"system","content":"S"},{"role":"user","content":"\ud83d\ude00 \\ \u0000","images":["iVBORw0KGgo="]},{"role":"assistant","content":"x","tool_calls":[{"id":"c1","function":{"index":0,"name":"f","arguments":{"a":9007199254740993}}}]},{"role":"tool","content":"r","tool_name":"f","tool_call_id":"c1"}]})";
    Changes changes;
    const Request once = decode(body, changes);
    Capabilities can;
    can.thinking = ThinkingKind::Effort;
    const QByteArray sent = encode(once, changes, can);
    QVERIFY(!changes.isRejected());
    Changes more;
    const Request twice = decode(sent, more);
    QVERIFY(twice.turns == once.turns);
    QVERIFY(twice.instructions == once.instructions);
    QCOMPARE(twice.tools.size(), once.tools.size());
    QCOMPARE(twice.tools[0].schemaRaw, once.tools[0].schemaRaw);
    QVERIFY(twice.reasoning == once.reasoning);
    QCOMPARE(twice.maxOutput, once.maxOutput);
    QCOMPARE(twice.contextSize, once.contextSize);
    QCOMPARE(twice.temperature, once.temperature);
    QCOMPARE(twice.topK, once.topK);
    QCOMPARE(twice.seed, once.seed);
    QCOMPARE(twice.keepAliveRaw, once.keepAliveRaw);
    QCOMPARE(twice.isStream, once.isStream);
}

void tst_chat_ollama::decodesStreams_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("reasoning");
    QTest::addColumn<QByteArray>("calls");
    QTest::addColumn<QByteArray>("finish"); // "fault" when it is no answer
    const auto add = [](const char *name, const QByteArray &bytes, const char *text,
                        const char *reasoning, const char *calls, const char *finish) {
        QTest::newRow(name) << bytes << QByteArray(text) << QByteArray(reasoning)
                            << QByteArray(calls) << QByteArray(finish);
    };
    const QByteArray hi = lineOf(R"({"role":"assistant","content":"hi"})");
    const QByteArray call = lineOf(
        R"({"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":{"a":1}}}]})");
    add("T§15 all", kStream, "Hello \xC3\xA9", "Hm.", R"(f{"b":1,"a":9007199254740993})",
        "tool_calls");
    add("P-1 text and call in one line",
        lineOf(
            R"({"role":"assistant","content":"a","thinking":"t","tool_calls":[{"function":{"name":"f","arguments":{}}}]})")
            + kDone,
        "a", "t", "f{}", "tool_calls");
    add("P-2 arguments in the first", call + kDone, "", "", R"(f{"a":1})", "tool_calls");
    add("P-3 P-4 thinking, text, call",
        lineOf(R"({"role":"assistant","content":"","thinking":"t"})") + hi + call + kDone, "hi",
        "t", R"(f{"a":1})", "tool_calls");
    add("P-5 thinking alone", lineOf(R"({"role":"assistant","content":"","thinking":"t"})") + kDone,
        "", "t", "", "stop");
    add("P-10 two calls, one index",
        lineOf(
            R"({"role":"assistant","content":"","tool_calls":[{"function":{"index":0,"name":"f","arguments":{"a":1}}},{"function":{"index":0,"name":"g","arguments":{"b":2}}}]})")
            + kDone,
        "", "", R"(f{"a":1} g{"b":2})", "tool_calls");
    add("P-13 arguments as text",
        lineOf(
            R"({"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":"{\"a\":1}"}}]})")
            + kDone,
        "", "", R"(f{"a":1})", "tool_calls");
    add("P-18 no arguments",
        lineOf(R"({"role":"assistant","content":"","tool_calls":[{"function":{"name":"f"}}]})")
            + kDone,
        "", "", "f{}", "tool_calls");
    add("P-20 stop with calls is tool_calls", call + kDone, "", "", R"(f{"a":1})", "tool_calls");
    add("P-21 a call without a name is none",
        lineOf(R"({"role":"assistant","content":"x","tool_calls":[{"function":{"arguments":{}}}]})")
            + kDone,
        "x", "", "", "stop");
    add("P-22 P-23 no done is a cut", hi + call, "", "", "", "fault");
    add("P-24 unknown reason is stop",
        hi + lineOf(R"({"role":"assistant","content":""})", R"("done":true,"done_reason":"eh")"),
        "hi", "", "", "stop");
    add("P-27 length",
        hi
            + lineOf(R"({"role":"assistant","content":""})",
                     R"("done":true,"done_reason":"length")"),
        "hi", "", "", "length");
    add("P-51 error inside a 200", hi + "{\"error\":\"boom\"}\n", "", "", "", "fault");
    add("P-87 nothing at all", "", "", "", "", "fault");
    add("T§12 no reason", hi + lineOf(R"({"role":"assistant","content":""})", R"("done":true)"),
        "hi", "", "", "stop");
    add("T§20.5 CRLF and blank lines", QByteArray(hi).replace("\n", "\r\n\r\n") + kDone, "hi", "",
        "", "stop");
    add("T§20.5 no last line feed", hi + kDone.trimmed(), "hi", "", "", "stop");
    add("T§20.5 byte order mark", "\xEF\xBB\xBF" + hi + kDone, "hi", "", "", "stop");
    add("not JSON", hi + "<html>\n" + kDone, "", "", "", "fault");
    add("D§6.2 generate",
        QByteArray(R"({"model":"m","response":"a","thinking":"t","done":false})") + "\n"
            + R"({"model":"m","response":"b","done":true,"done_reason":"stop","context":[1,2]})"
              "\n",
        "ab", "t", "", "stop");
    add("D§6.1 after done nothing counts", hi + kDone + hi, "hi", "", "", "stop");
}

void tst_chat_ollama::decodesStreams()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, reasoning);
    QFETCH(QByteArray, calls);
    QFETCH(QByteArray, finish);
    EventLog log;
    const auto logged = ollamaTable().makeDecoder({});
    logged->feed(bytes, log);
    logged->finish(false, log);
    QCOMPARE(log.broken(), QByteArray());
    QCOMPARE(log.finishes() + log.errors(), 1);

    const auto decoder = ollamaTable().makeDecoder({});
    const Reply reply = collect(*decoder, bytes);
    if (finish == "fault") {
        QVERIFY(reply.fault);
        QCOMPARE(reply.finish, Finish::None);
        return;
    }
    QVERIFY(!reply.fault);
    const Essence said = essence(reply);
    QCOMPARE(said.text, text);
    QCOMPARE(said.reasoning, reasoning);
    QList<QByteArray> list;
    for (const Essence::Tool &tool : said.tools)
        list << tool.name + tool.arguments;
    QCOMPARE(list.join(' '), calls);
    QCOMPARE(said.finish, finish);
    // P-16: every call has an id, made of the answer alone.
    QList<QByteArray> ids;
    for (const Part &part : reply.parts) {
        if (const ToolCall *call = part.as<ToolCall>()) {
            QVERIFY(!call->id.isEmpty());
            QVERIFY(!ids.contains(call->id));
            ids << call->id;
        }
    }
}

void tst_chat_ollama::readsUsageAndTime()
{
    const auto decoder = ollamaTable().makeDecoder({});
    const Reply reply = collect(*decoder, kStream);
    QCOMPARE(reply.model, QByteArray("m"));
    QCOMPARE(reply.createdSeconds, qint64(1767225600));
    QCOMPARE(reply.usage.source, UsageSource::Reported);
    QCOMPARE(reply.usage.input, qint64(26));
    QCOMPARE(reply.usage.output, qint64(5));

    // T§13: a prompt that was in the cache has no count; negatives are nothing.
    const auto second = ollamaTable().makeDecoder({});
    const Reply cached = collect(
        *second, lineOf(R"({"role":"assistant","content":"x"})", R"("done":true,"eval_count":3)"));
    QCOMPARE(cached.usage.input, qint64(0));
    QCOMPARE(cached.usage.output, qint64(3));
    const auto third = ollamaTable().makeDecoder({});
    const Reply odd = collect(*third,
                              lineOf(R"({"role":"assistant","content":"x"})",
                                     R"("done":true,"eval_count":-3,"prompt_eval_count":1)"));
    QCOMPARE(odd.usage.output, qint64(0));
    QVERIFY(odd.usage.isOdd);
}

void tst_chat_ollama::streamSplits()
{
    QCOMPARE(splitEverywhere(ollamaTable(), kStream), QByteArray());
    // P-83: characters of several bytes.
    QCOMPARE(splitEverywhere(ollamaTable(),
                             lineOf("{\"role\":\"assistant\",\"content\":\"\xF0\x9F\x98\x80\"}")
                                 + kDone),
             QByteArray());
}

void tst_chat_ollama::streamIsCut()
{
    // Whole with the last brace: its line feed says nothing more.
    QCOMPARE(cutEverywhere(ollamaTable(), kStream, kStream.size() - 1), QByteArray());
}

void tst_chat_ollama::wholeAnswers_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<int>("outcome"); // -1: an answer
    const auto add = [](const char *name, const QByteArray &body, const char *text, int outcome) {
        QTest::newRow(name) << body << QByteArray(text) << outcome;
    };
    using O = AttemptOutcome;
    add("chat", lineOf(R"({"role":"assistant","content":"hi"})", R"("done":true)"), "hi", -1);
    add("generate", R"({"model":"m","response":"hi","done":true})", "hi", -1);
    add("pretty", "{\n \"message\": {\"content\": \"hi\"},\n \"done\": true\n}", "hi", -1);
    add("P-91 lines though whole was asked",
        lineOf(R"({"role":"assistant","content":"h"})")
            + lineOf(R"({"role":"assistant","content":"i"})", R"("done":true)"),
        "hi", -1);
    add("not done", lineOf(R"({"role":"assistant","content":"hi"})"), "", int(O::StreamCut));
    add("empty", "", "", int(O::EmptyCompletion));
    add("html", "<html></html>", "", int(O::BadReply));
    add("array", "[1]", "", int(O::BadReply));
}

void tst_chat_ollama::wholeAnswers()
{
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, text);
    QFETCH(int, outcome);
    const Reply reply = ollamaTable().decodeReply(body, {});
    if (outcome >= 0) {
        QVERIFY(reply.fault);
        QCOMPARE(int(reply.fault->outcome), outcome);
        return;
    }
    QVERIFY(!reply.fault);
    QCOMPARE(essence(reply).text, text);
}

void tst_chat_ollama::answersGoRound_data()
{
    QTest::addColumn<int>("index");
    QTest::addColumn<QByteArray>("path");
    const auto replies = canonicalReplies();
    for (int i = 0; i < replies.size(); ++i) {
        QTest::addRow("chat %s", replies[i].name) << i << QByteArray("/api/chat");
        QTest::addRow("generate %s", replies[i].name) << i << QByteArray("/api/generate");
    }
}

void tst_chat_ollama::answersGoRound()
{
    QFETCH(int, index);
    QFETCH(QByteArray, path);
    const NamedReply named = canonicalReplies().at(index);
    Reply reply = named.reply;
    // T§12: these have no word of their own here.
    if (reply.finish == Finish::ContentFilter || reply.finish == Finish::Refusal)
        reply.finish = Finish::Stop;
    // T§13: one number for the prompt, one for the answer.
    Usage usage;
    usage.input = reply.usage.prompt();
    usage.output = reply.usage.completion();
    usage.source = reply.usage.source;
    reply.usage = usage;
    EncodeOptions options;
    options.model = "alias";
    options.path = path;
    QCOMPARE(roundTrip(reply, ollamaTable(), options), QByteArray());
}

// T§16.5
void tst_chat_ollama::writesLines()
{
    EncodeOptions options;
    options.model = "alias";
    options.createdSeconds = 1767225600;
    options.showsReasoning = false;
    const auto encoder = ollamaTable().makeEncoder(options);
    encoder->preamble();
    QVERIFY(encoder->out().isEmpty());
    const auto decoder = ollamaTable().makeDecoder({});
    Reply reply = collect(*decoder, kStream);
    const QByteArray streamed = stream(reply, *encoder);
    const QByteArray head = R"({"model":"alias","created_at":"2026-01-01T00:00:00Z","message":)";
    QCOMPARE(
        streamed,
        head + R"({"role":"assistant","content":"Hello \u00e9"},"done":false})" + "\n" + head
            + R"({"role":"assistant","content":"","tool_calls":[{"id":"c1","function":{"index":0,"name":"f","arguments":{"b":1,"a":9007199254740993}}}]},"done":false})"
            + "\n" + head
            + R"({"role":"assistant","content":""},"done":true,"done_reason":"stop","prompt_eval_count":26,"eval_count":5})"
            + "\n");
    QVERIFY(encoder->isFinished());
    QCOMPARE(ollamaTable().streamContentType(options), QByteArrayView("application/x-ndjson"));
}

void tst_chat_ollama::writesGenerate()
{
    EncodeOptions options;
    options.path = "/api/generate";
    Reply reply;
    reply.model = "m";
    reply.finish = Finish::Length;
    reply.parts = {textPart(Text::plain("a"))};
    const QByteArray body = ollamaTable().encodeReply(reply, options, "0.25");
    QCOMPARE(at(body, "response"), QByteArray(R"("a")"));
    QCOMPARE(at(body, "done_reason"), QByteArray(R"("length")"));
    QCOMPARE(at(body, "message"), QByteArray());
    QCOMPARE(at(body, "usage/cost"), QByteArray("0.25"));
    // P-19: a call that was cut is not given as one.
    Part cut = callOf("c", "f", R"({"a":)");
    cut.as<ToolCall>()->isIncomplete = true;
    reply.parts.push_back(cut);
    QCOMPARE(ollamaTable().encodeReply(reply, options, "0.25"), body);
    const auto encoder = ollamaTable().makeEncoder(options);
    QVERIFY(!stream(reply, *encoder).contains("tool_calls"));
}

// T§12: "stop" is Ollama's only word for these; what was lost stands beside it.
void tst_chat_ollama::saysWhyItEnded()
{
    const struct {
        Finish finish;
        const char *word;
    } ends[]{{Finish::ContentFilter, "content_filter"},
             {Finish::Refusal, "refusal"},
             {Finish::Pause, "pause_turn"},
             {Finish::MalformedCall, "malformed_function_call"},
             {Finish::Stop, ""},
             {Finish::StopSequence, ""},
             {Finish::Length, ""}};
    for (const auto &end : ends) {
        Reply reply;
        reply.finish = end.finish;
        reply.parts = {textPart(Text::plain("a"))};
        const QByteArray whole = ollamaTable().encodeReply(reply, {}, {});
        const QByteArray quoted = *end.word ? '"' + QByteArray(end.word) + '"' : QByteArray();
        QCOMPARE(at(whole, "finish_reason"), quoted);
        QCOMPARE(at(whole, "done_reason"),
                 QByteArray(end.finish == Finish::Length ? "\"length\"" : "\"stop\""));
        const auto encoder = ollamaTable().makeEncoder({});
        const QByteArray streamed = stream(reply, *encoder);
        QCOMPARE(streamed.contains(QByteArray(R"("finish_reason":)" + quoted)), *end.word != '\0');
        if (*end.word) {
            const auto decoder = ollamaTable().makeDecoder({});
            QCOMPARE(collect(*decoder, streamed).finish, end.finish);
            QCOMPARE(ollamaTable().decodeReply(whole, {}).finish, end.finish);
        }
    }
}

void tst_chat_ollama::errorsAreLines()
{
    // P-52: one terminal of the right form, behind whole lines.
    EncodeOptions options;
    options.model = "m";
    const auto encoder = ollamaTable().makeEncoder(options);
    const auto decoder = ollamaTable().makeDecoder({});
    decoder->feed(lineOf(R"({"role":"assistant","content":"hi"})"), *encoder);
    decoder->finish(true, *encoder);
    const QByteArray out = encoder->take();
    QCOMPARE(out.count('\n'), 2);
    const QByteArray last = out.trimmed().split('\n').last();
    QVERIFY(!at(last, "error").isEmpty());
    QVERIFY(!out.contains(R"("done":true)"));
    QVERIFY(encoder->isEnded() && !encoder->isFinished());
    encoder->keepAlive();
    QVERIFY(encoder->take().isEmpty());
}

void tst_chat_ollama::customToolsComeBack()
{
    Request r = userSays("patch it");
    r.source = DialectId::OpenAiResponses;
    r.tools = {function("apply_patch")};
    r.tools[0].kind = ToolKind::Custom;
    Changes changes;
    const WireRequest wire = ollamaTable().encodeRequest(r, targetOf(), changes);
    QCOMPARE(wire.path, QByteArray("chat"));
    DecodeOptions options;
    options.map = wire.map;
    const auto decoder = ollamaTable().makeDecoder(options);
    const QByteArray bytes
        = lineOf(
              R"({"role":"assistant","content":"","tool_calls":[{"function":{"name":"apply_patch","arguments":{"input":"*** \"x\"\n"}}}]})")
        + kDone;
    const Reply reply = collect(*decoder, bytes);
    // P-78: free text again, not JSON.
    QCOMPARE(reply.parts.size(), size_t(1));
    const ToolCall *call = reply.parts[0].as<ToolCall>();
    QVERIFY(call);
    QVERIFY(call->kind == ToolKind::Custom);
    QCOMPARE(call->arguments.toPlain(), QByteArray("*** \"x\"\n"));
}

QTEST_APPLESS_MAIN(tst_chat_ollama)
#include "tst_chat_ollama.moc"
