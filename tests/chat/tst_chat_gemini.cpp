// Gemini to and from the neutral conversation. [translation §4 to §18, dialects §5]
#include "chat/chat_kit.h"
#include "chat/player.h"
#include "dialect/gemini.h"
#include "translate/gemini/gemini.h"
#include "json/reader.h"
#include "json/writer.h"

#include <QRandomGenerator>
#include <QTest>

using namespace sb;
using namespace sb::chat;
using namespace sb::testing;
using namespace sb::translate;

class tst_chat_gemini : public QObject {
    Q_OBJECT

private slots:
    void writesRequests_data();
    void writesRequests();
    void rejects_data();
    void rejects();
    void drops_data();
    void drops();
    void readsRequests_data();
    void readsRequests();
    void requestsComeBack();
    void isDeterministic();
    void readsStreams_data();
    void readsStreams();
    void splitsAnywhere_data();
    void splitsAnywhere();
    void cutsAnywhere_data();
    void cutsAnywhere();
    void repliesComeBack_data();
    void repliesComeBack();
    void writesStreams();
    void writesArrays();
    void writesErrors();
    void envelopesComeBack();
    void recordings_data();
    void recordings();
    void recordingsAreCut();
    void passesThrough_data();
    void passesThrough();
};

namespace {

const Translator &own()
{
    return gemini::translator();
}

Target targetFor(const char *model)
{
    Target target;
    target.dialect = DialectId::Gemini;
    target.provider = "google";
    target.model = model;
    return target;
}

Turn turnOf(Role role, std::vector<Part> parts)
{
    Turn turn;
    turn.role = role;
    turn.parts = std::move(parts);
    return turn;
}

Part say(const char *text)
{
    return textPart(Text::plain(text));
}

Part callOf(const char *id, const char *name, const char *arguments)
{
    ToolCall call;
    call.id = id;
    call.name = name;
    call.arguments = Text::plain(arguments);
    return Part(call);
}

Part resultOf(const char *id, const char *text, bool isError = false)
{
    ToolResult result;
    result.callId = id;
    result.isError = isError;
    result.parts = {say(text)};
    return Part(result);
}

Request asking(std::vector<Turn> turns)
{
    Request request;
    request.model = "m";
    request.turns = std::move(turns);
    return request;
}

QByteArray member(const QByteArray &body, const char *name)
{
    const Result<json::Value> value = json::read(body);
    const json::Value *found = value ? value->find(name) : nullptr;
    return found ? json::write(*found) : QByteArray();
}

QByteArrayView pieceAt(const QByteArray &body, qsizetype at)
{
    return QByteArrayView(body).sliced(at, qMin<qsizetype>(100, body.size() - at));
}

QByteArray sseOf(const char *json)
{
    return QByteArray("data: ") + json + "\n\n";
}

} // namespace

using Build = std::function<void(Request &, Target &)>;
Q_DECLARE_METATYPE(Build)

void tst_chat_gemini::writesRequests_data()
{
    QTest::addColumn<Build>("build");
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<QByteArray>("expected");
    const auto add = [](const char *row, const char *name, const char *expected, Build build) {
        QTest::newRow(row) << build << QByteArray(name) << QByteArray(expected);
    };
    add("T§5 roles", "contents",
        R"([{"role":"user","parts":[{"text":"Hi"}]},{"role":"model","parts":[{"text":"Yes"}]},{"role":"user","parts":[{"text":"Go"}]}])",
        [](Request &r, Target &) {
            r.turns.push_back(turnOf(Role::Assistant, {say("Yes")}));
            r.turns.push_back(turnOf(Role::User, {say("Go")}));
        });
    add("T§5 instructions", "systemInstruction", R"({"parts":[{"text":"Be"},{"text":"kind"}]})",
        [](Request &r, Target &) {
            r.instructions
                = {turnOf(Role::System, {say("Be")}), turnOf(Role::Developer, {say("kind")})};
        });
    add("T§5 no empty instruction", "systemInstruction", "",
        [](Request &r, Target &) { r.instructions = {turnOf(Role::System, {say("")})}; });
    add("T§4 sampling", "generationConfig",
        R"({"maxOutputTokens":50,"temperature":2,"topP":0.5,"topK":7,"presencePenalty":1,"frequencyPenalty":-1,"seed":3,"stopSequences":["a","b"]})",
        [](Request &r, Target &) {
            r.maxOutput = 50;
            r.temperature = 2.5;
            r.topP = 0.5;
            r.topK = 7;
            r.seed = 3;
            r.presencePenalty = 1;
            r.frequencyPenalty = -1;
            r.stop = {Text::plain("a"), Text::plain("b")};
        });
    add("T§4 nothing asked, nothing said", "generationConfig", "", [](Request &, Target &) {});
    add("T§4 at most five stops", "generationConfig", R"({"stopSequences":["1","2","3","4","5"]})",
        [](Request &r, Target &) {
            for (const char *stop : {"1", "2", "3", "4", "5", "6"})
                r.stop.push_back(Text::plain(stop));
        });
    add("T§4 the model's limit", "generationConfig", R"({"maxOutputTokens":100})",
        [](Request &r, Target &t) {
            r.maxOutput = 1000;
            t.can.maxOutput = 100;
        });
    add("T§9.1 off is a value, P-43", "generationConfig",
        R"({"thinkingConfig":{"thinkingBudget":0}})", [](Request &r, Target &t) {
            t.model = "gemini-2.5-flash";
            r.reasoning.state = ReasoningAsk::State::Off;
        });
    add("T§9.1 level", "generationConfig",
        R"({"thinkingConfig":{"includeThoughts":true,"thinkingLevel":"MEDIUM"}})",
        [](Request &r, Target &t) {
            t.model = "gemini-3-flash";
            r.reasoning.state = ReasoningAsk::State::On;
            r.reasoning.effort = Effort::Medium;
        });
    add("T§9.1 budget", "generationConfig",
        R"({"thinkingConfig":{"includeThoughts":true,"thinkingBudget":2000}})",
        [](Request &r, Target &t) {
            t.model = "gemini-2.5-flash";
            r.reasoning.state = ReasoningAsk::State::On;
            r.reasoning.budget = 2000;
        });
    add("T§10 schema", "generationConfig",
        R"({"responseMimeType":"application/json","responseJsonSchema":{"type":"object","properties":{"a":{"type":"string"}}}})",
        [](Request &r, Target &) {
            r.output.kind = OutputAsk::Kind::Schema;
            r.output.schemaRaw = R"({"type":"object","properties":{"a":{"type":"string"}}})";
        });
    add("T§10 JSON", "generationConfig", R"({"responseMimeType":"application/json"})",
        [](Request &r, Target &) { r.output.kind = OutputAsk::Kind::Json; });
    add("T§7.1 functions", "tools",
        R"([{"functionDeclarations":[{"name":"f","description":"Does","parametersJsonSchema":{"type":"object","properties":{"a":{"type":"string"}}}},{"name":"g"}]}])",
        [](Request &r, Target &) {
            Tool f;
            f.name = "f";
            f.description = Text::plain("Does");
            f.schemaRaw = R"({"type":"object","properties":{"a":{"type":"string"}}})";
            Tool g;
            g.name = "g";
            g.schemaRaw = R"({"type":"object","properties":{}})";
            r.tools = {f, g};
        });
    add("P-66 a choice without tools", "toolConfig", "",
        [](Request &r, Target &) { r.toolChoice.mode = ToolChoice::Mode::Required; });
    add("T§7.2 one named", "toolConfig",
        R"({"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["f"]}})",
        [](Request &r, Target &) {
            Tool f;
            f.name = "f";
            r.tools = {f};
            r.toolChoice.mode = ToolChoice::Mode::One;
            r.toolChoice.names = {"f"};
        });
    add("T§7.2 none", "toolConfig", R"({"functionCallingConfig":{"mode":"NONE"}})",
        [](Request &r, Target &) {
            Tool f;
            f.name = "f";
            r.tools = {f};
            r.toolChoice.mode = ToolChoice::Mode::None;
        });
    add("P-32 a result without a name", "contents",
        R"([{"role":"user","parts":[{"text":"Hi"}]},{"role":"model","parts":[{"functionCall":{"id":"c1","name":"f","args":{"a":1}}}]},{"role":"user","parts":[{"functionResponse":{"id":"c1","name":"f","response":{"output":"done"}}}]}])",
        [](Request &r, Target &) {
            r.turns.push_back(turnOf(Role::Assistant, {callOf("c1", "f", R"({"a":1})")}));
            r.turns.push_back(turnOf(Role::User, {resultOf("c1", "done")}));
        });
    add("T§6.2 an object and an error", "contents",
        R"([{"role":"user","parts":[{"text":"Hi"}]},{"role":"model","parts":[{"functionCall":{"id":"c1","name":"f","args":{}}},{"functionCall":{"id":"c2","name":"g","args":{}}}]},{"role":"user","parts":[{"functionResponse":{"id":"c1","name":"f","response":{"x":1}}},{"functionResponse":{"id":"c2","name":"g","response":{"error":"no"}}}]}])",
        [](Request &r, Target &) {
            r.turns.push_back(
                turnOf(Role::Assistant, {callOf("c1", "f", ""), callOf("c2", "g", "{}")}));
            r.turns.push_back(
                turnOf(Role::User, {resultOf("c1", R"({"x":1})"), resultOf("c2", "no", true)}));
        });
    add("P-31 results stand first", "contents",
        R"([{"role":"user","parts":[{"text":"Hi"}]},{"role":"model","parts":[{"functionCall":{"name":"f","args":{}}}]},{"role":"user","parts":[{"functionResponse":{"name":"f","response":{"output":"ok"}}},{"text":"and?"}]}])",
        [](Request &r, Target &t) {
            t.can.takesCallIds = false;
            r.turns.push_back(turnOf(Role::Assistant, {callOf("c1", "f", "")}));
            r.turns.push_back(turnOf(Role::User, {resultOf("c1", "ok"), say("and?")}));
        });
    add("P-39 the filler for calls of others", "contents",
        R"([{"role":"user","parts":[{"text":"Hi"}]},{"role":"model","parts":[{"functionCall":{"name":"f","args":{}},"thoughtSignature":"skip_thought_signature_validator"},{"functionCall":{"name":"g","args":{}}}]},{"role":"user","parts":[{"functionResponse":{"name":"f","response":{"output":"1"}}},{"functionResponse":{"name":"g","response":{"output":"2"}}}]}])",
        [](Request &r, Target &t) {
            t.can.takesCallIds = false;
            t.can.needsGeminiSignature = true;
            r.turns.push_back(
                turnOf(Role::Assistant, {callOf("c1", "f", ""), callOf("c2", "g", "")}));
            r.turns.push_back(turnOf(Role::User, {resultOf("c1", "1"), resultOf("c2", "2")}));
        });
    add("P-64 a document called an image", "contents",
        R"([{"role":"user","parts":[{"text":"Hi"},{"inlineData":{"mimeType":"application/pdf","data":"JVBERi0xLjQK"}}]}])",
        [](Request &r, Target &) {
            MediaPart pdf;
            pdf.source = MediaSource::Url;
            pdf.data = Text::plain("data:application/pdf;base64,JVBERi0xLjQK");
            r.turns[0].parts.push_back(Part(pdf));
        });
    add("P-81 empty texts", "contents", R"([{"role":"user","parts":[{"text":"Hi"}]}])",
        [](Request &r, Target &) { r.turns[0].parts.push_back(say("")); });
    add("P-19 arguments that were cut", "contents",
        R"([{"role":"user","parts":[{"text":"Hi"}]},{"role":"model","parts":[{"functionCall":{"name":"f","args":{"a":"b"}}}]},{"role":"user","parts":[{"functionResponse":{"name":"f","response":{"output":"1"}}}]}])",
        [](Request &r, Target &t) {
            t.can.takesCallIds = false;
            r.turns.push_back(turnOf(Role::Assistant, {callOf("c1", "f", "{\"a\":\"b")}));
            r.turns.push_back(turnOf(Role::User, {resultOf("c1", "1")}));
        });
}

void tst_chat_gemini::writesRequests()
{
    QFETCH(Build, build);
    QFETCH(QByteArray, name);
    Request request = asking({turnOf(Role::User, {say("Hi")})});
    Target target = targetFor("m");
    build(request, target);
    Changes changes;
    const WireRequest wire = own().encodeRequest(request, target, changes);
    QVERIFY2(!changes.isRejected(),
             changes.isRejected() ? changes.rejection()->message.constData() : "");
    QTEST(member(wire.body, name.constData()), "expected");
    QCOMPARE(wire.path, "models/" + target.model + ":generateContent");
    QVERIFY(wire.query.isEmpty());
}

void tst_chat_gemini::rejects_data()
{
    QTest::addColumn<Build>("build");
    QTest::addColumn<QByteArray>("param");
    const auto add = [](const char *row, const char *param, Build build) {
        QTest::newRow(row) << build << QByteArray(param);
    };
    add("T§3 several answers", "n", [](Request &r, Target &) { r.choices = 2; });
    add("T§3 the answer before", "previous_response_id",
        [](Request &r, Target &) { r.meta.previousResponseId = "resp_1"; });
    add("T§3 in the background", "background",
        [](Request &r, Target &) { r.meta.isBackground = true; });
    add("T§3 a file kept elsewhere", "messages[0].content[1]", [](Request &r, Target &) {
        MediaPart file;
        file.source = MediaSource::FileId;
        file.data = Text::plain("file-1");
        Part part(file);
        part.path = "messages[0].content[1]";
        r.turns[0].parts.push_back(part);
    });
    add("T§3 a hosted tool by force", "tool_choice", [](Request &r, Target &) {
        Tool f;
        f.name = "f";
        r.tools = {f};
        r.toolChoice.mode = ToolChoice::Mode::One;
        r.toolChoice.isHosted = true;
        r.toolChoice.names = {"web_search"};
    });
}

void tst_chat_gemini::rejects()
{
    QFETCH(Build, build);
    Request request = asking({turnOf(Role::User, {say("Hi")})});
    Target target = targetFor("m");
    build(request, target);
    Changes changes;
    own().encodeRequest(request, target, changes);
    QVERIFY(changes.isRejected());
    QTEST(changes.rejection()->param, "param");
}

void tst_chat_gemini::drops_data()
{
    QTest::addColumn<Build>("build");
    QTest::addColumn<QByteArray>("header");
    const auto add = [](const char *row, const char *header, Build build) {
        QTest::newRow(row) << build << QByteArray(header);
    };
    add("T§3 clamped", "temperature=2", [](Request &r, Target &) { r.temperature = 3; });
    add("T§3 sampling", "min_p", [](Request &r, Target &) { r.minP = 0.1; });
    add("T§7.3 parallel calls", "parallel_tool_calls",
        [](Request &r, Target &) { r.parallel = false; });
    add("T§3 hints", "user, service_tier", [](Request &r, Target &) {
        r.meta.userId = "u";
        r.meta.serviceTier = "flex";
    });
    add("P-79 a tool known by its type alone", "tools.telescope", [](Request &r, Target &) {
        Tool tool;
        tool.kind = ToolKind::Typed;
        tool.name = "telescope";
        tool.type = "telescope_20990101";
        r.tools = {tool};
    });
    add("T§7.1 a hosted tool", "tools.web_search", [](Request &r, Target &) {
        Tool tool;
        tool.kind = ToolKind::Hosted;
        tool.name = "web_search";
        tool.type = "web_search_20250305";
        r.tools = {tool};
    });
}

void tst_chat_gemini::drops()
{
    QFETCH(Build, build);
    Request request = asking({turnOf(Role::User, {say("Hi")})});
    Target target = targetFor("m");
    build(request, target);
    Changes changes;
    own().encodeRequest(request, target, changes);
    QVERIFY(!changes.isRejected());
    QTEST(changes.droppedHeader(), "header");
}

using Check = std::function<bool(const Request &)>;
Q_DECLARE_METATYPE(Check)

void tst_chat_gemini::readsRequests_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<Check>("check");
    const auto add = [](const char *row, const char *body, Check check) {
        QTest::newRow(row) << QByteArray(body) << check;
    };
    add("D§5 both spellings",
        R"({"system_instruction":{"parts":[{"text":"S"}]},"contents":[{"parts":[{"inline_data":{"mime_type":"image/png","data":"aGk="}}]}],"generation_config":{"max_output_tokens":5}})",
        [](const Request &r) {
            const auto *media = r.turns.at(0).parts.at(0).as<MediaPart>();
            return r.instructions.size() == 1 && r.maxOutput == 5 && media
                && media->mime == "image/png" && media->data.toPlain() == "aGk=";
        });
    add("D§5.2 a missing role is user", R"({"contents":{"parts":{"text":"a"}}})",
        [](const Request &r) {
            return r.turns.size() == 1 && r.turns[0].role == Role::User
                && r.turns[0].parts == std::vector<Part>{say("a")};
        });
    add("T§6.2 a result of one text",
        R"({"contents":[{"role":"user","parts":[{"functionResponse":{"name":"f","response":{"result":"ok"}}},{"functionResponse":{"name":"g","response":{"error":"no"}}},{"functionResponse":{"name":"h","response":{"a":1}}}]}]})",
        [](const Request &r) {
            const auto *f = r.turns.at(0).parts.at(0).as<ToolResult>();
            const auto *g = r.turns.at(0).parts.at(1).as<ToolResult>();
            const auto *h = r.turns.at(0).parts.at(2).as<ToolResult>();
            return f && g && h && f->parts == std::vector<Part>{say("ok")} && !f->isError
                && f->objectRaw.isEmpty() && g->isError && g->parts == std::vector<Part>{say("no")}
            && h->objectRaw == R"({"a":1})";
        });
    add("T§7.1 schemas in Google's form",
        R"({"tools":[{"functionDeclarations":[{"name":"f","parameters":{"type":"OBJECT","properties":{"a":{"type":"STRING","nullable":true,"minLength":"2"}}}}]},{"googleSearch":{}}]})",
        [](const Request &r) {
            return r.tools.size() == 2
                && r.tools[0].schemaRaw
                == R"({"type":"object","properties":{"a":{"type":["string","null"],"minLength":2}}})"
                && r.tools[1].kind == ToolKind::Hosted && r.tools[1].type == "googleSearch";
        });
    add("T§7.2 choice",
        R"({"toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["a","b"]}}})",
        [](const Request &r) {
            return r.toolChoice.mode == ToolChoice::Mode::SubsetRequired
                && r.toolChoice.names.size() == 2;
        });
    add("T§9.1 dynamic budget",
        R"({"generationConfig":{"thinkingConfig":{"thinkingBudget":-1,"includeThoughts":true}}})",
        [](const Request &r) {
            return r.reasoning.state == ReasoningAsk::State::Adaptive && !r.reasoning.budget
                && r.reasoning.showsText == true;
        });
    add("T§9.1 off", R"({"generationConfig":{"thinkingConfig":{"thinkingBudget":0}}})",
        [](const Request &r) { return r.reasoning.state == ReasoningAsk::State::Off; });
    add("T§9.1 an unspecified level",
        R"({"generationConfig":{"thinkingConfig":{"thinkingLevel":"THINKING_LEVEL_UNSPECIFIED"}}})",
        [](const Request &r) { return r.reasoning.state == ReasoningAsk::State::Unset; });
    add("T§10 schema",
        R"({"generationConfig":{"responseMimeType":"application/json","responseSchema":{"type":"OBJECT","properties":{}}}})",
        [](const Request &r) {
            return r.output.kind == OutputAsk::Kind::Schema
                && r.output.schemaRaw == R"({"type":"object","properties":{}})";
        });
    add("clients §3 empty lists",
        R"({"safetySettings":[],"generationConfig":{"stopSequences":[]}})",
        [](const Request &r) { return r.extras.empty() && r.stop.empty(); });
    add("T§9.3 a signature stays on its call",
        R"({"contents":[{"role":"model","parts":[{"functionCall":{"name":"f"},"thoughtSignature":"QUJD"}]}]})",
        [](const Request &r) {
            const Part &part = r.turns.at(0).parts.at(0);
            return part.artifacts.size() == 1 && part.artifacts[0].payload == "QUJD"
                && part.artifacts[0].kind == ArtifactKind::GeminiSignature;
        });
    add("T§9.3 the filler is nobody's",
        R"({"contents":[{"role":"model","parts":[{"functionCall":{"name":"f"},"thoughtSignature":"skip_thought_signature_validator"}]}]})",
        [](const Request &r) { return r.turns.at(0).parts.at(0).artifacts.empty(); });
}

void tst_chat_gemini::readsRequests()
{
    QFETCH(QByteArray, body);
    QFETCH(Check, check);
    Changes changes;
    const Request request = own().decodeRequest(
        {"/v1beta/models/x/y:streamGenerateContent", "alt=sse", {}, {}}, body, changes);
    QVERIFY(!changes.isRejected());
    QCOMPARE(request.model, QByteArray("x/y"));
    QVERIFY(request.isStream);
    QVERIFY(check(request));
}

void tst_chat_gemini::requestsComeBack()
{
    const QByteArray body
        = R"({"systemInstruction":{"parts":[{"text":"S"}]},"tools":[{"functionDeclarations":[{"name":"f","parametersJsonSchema":{"type":"object","properties":{"n":{"type":"integer"}}}}]}],"toolConfig":{"functionCallingConfig":{"mode":"AUTO"}},"safetySettings":[{"category":"C","threshold":"BLOCK_NONE"}],"generationConfig":{"maxOutputTokens":5,"temperature":0.5,"mediaResolution":"LOW"},"contents":[{"role":"user","parts":[{"text":"a\u00e9\ud83d"}]},{"role":"model","parts":[{"functionCall":{"id":"1","name":"f","args":{"n":9007199254740993}},"thoughtSignature":"QUJD"}]},{"role":"user","parts":[{"functionResponse":{"id":"1","name":"f","response":{"output":"x"}}}]}]})";
    Changes changes;
    const Request request
        = own().decodeRequest({"/v1beta/models/m:generateContent", {}, {}, {}}, body, changes);
    const WireRequest wire = own().encodeRequest(request, targetFor("m"), changes);
    QVERIFY(!changes.isRejected());
    QCOMPARE(wire.body, body);
}

void tst_chat_gemini::isDeterministic()
{
    Request request
        = asking({turnOf(Role::User, {say("Hi")}),
                  turnOf(Role::Assistant, {callOf("", "f", "{}"), callOf("", "f", "{}")}),
                  turnOf(Role::User, {resultOf("", "1"), resultOf("", "2")})});
    Changes first;
    Changes second;
    // P-71, P-72: the same history gives the same bytes, contents last.
    const QByteArray a = own().encodeRequest(request, targetFor("m"), first).body;
    QCOMPARE(own().encodeRequest(request, targetFor("m"), second).body, a);
    QVERIFY(a.startsWith("{\"contents\":") || a.indexOf("\"contents\":") > a.indexOf("\"tools\":"));
}

void tst_chat_gemini::readsStreams_data()
{
    QTest::addColumn<QByteArray>("stream");
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("reasoning");
    QTest::addColumn<QByteArray>("tools");
    QTest::addColumn<QByteArray>("finish");
    const auto add = [](const char *row, const QByteArray &stream, const char *text,
                        const char *reasoning, const char *tools, const char *finish) {
        QTest::newRow(row) << stream << QByteArray(text) << QByteArray(reasoning)
                           << QByteArray(tools) << QByteArray(finish);
    };
    const QByteArray stop = sseOf(
        R"({"candidates":[{"content":{"parts":[{"text":""}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":5,"candidatesTokenCount":2}})");
    const auto part = [](const char *json) {
        return sseOf(
            QByteArray(R"({"candidates":[{"content":{"parts":[)" + QByteArray(json) + "]}}]}")
                .constData());
    };
    add("P-20 calls end with STOP", part(R"({"functionCall":{"name":"f","args":{"a":1}}})") + stop,
        "", "", "f({\"a\":1})", "tool_calls");
    add("P-18 no arguments", part(R"({"functionCall":{"name":"f"}})") + stop, "", "", "f({})",
        "tool_calls");
    add("P-1, P-4 thinking, text and a call in one",
        part(R"({"text":"t","thought":true},{"text":"x"},{"functionCall":{"name":"f","args":{}}})")
            + stop,
        "x", "t", "f({})", "tool_calls");
    add("P-3 nothing is lost at a switch",
        part(R"({"text":"a"})") + part(R"({"text":"b","thought":true})") + part(R"({"text":"c"})")
            + stop,
        "ac", "b", "", "stop");
    add("P-22 no reason at all", part(R"({"text":"a"})"), "a", "", "", "");
    add("P-24 an unknown reason",
        sseOf(R"({"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"NEW_ONE"}]})"),
        "a", "", "", "stop");
    add("P-90 nothing but a reason", sseOf(R"({"candidates":[{"finishReason":"MAX_TOKENS"}]})"), "",
        "", "", "length");
    add("T§12 a blocked prompt", sseOf(R"({"promptFeedback":{"blockReason":"SAFETY"}})"), "", "",
        "", "filter");
    add("P-92 a second reason", stop + sseOf(R"({"candidates":[{"finishReason":"MAX_TOKENS"}]})"),
        "", "", "", "stop");
    add("P-51 an error in a success",
        part(R"({"text":"a"})")
            + sseOf(R"({"error":{"code":503,"message":"busy","status":"UNAVAILABLE"}})"),
        "a", "", "", "");
    add("P-51 an error without data",
        part(R"({"text":"a"})") + "{\n \"error\": {\"code\": 500, \"message\": \"x\"}\n}\n", "a",
        "", "", "");
    add("P-99 partial arguments",
        part(R"({"functionCall":{"name":"f","willContinue":true}})")
            + part(
                R"({"functionCall":{"partialArgs":[{"jsonPath":"$.l[1].n","stringValue":"a","willContinue":true}],"willContinue":true}})")
            + part(
                R"({"functionCall":{"partialArgs":[{"jsonPath":"$.l[1].n","stringValue":"b"},{"jsonPath":"$.t","boolValue":true},{"jsonPath":"$.u","nullValue":"NULL_VALUE"}],"willContinue":true}})")
            + stop,
        "", "", R"(f({"l":[null,{"n":"ab"}],"t":true,"u":null}))", "tool_calls");
    add("D§5.5 an array",
        "[{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a]}\\\"\"}]}}]},"
        "\r\n"
        R"({"candidates":[{"content":{"parts":[{"text":"b"}]},"finishReason":"STOP"}]}])",
        "a]}\"b", "", "", "stop");
    add("D§5.5 an array that was cut",
        R"([{"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP"}]})", "a", "",
        "", "");
    add("D§1.3 one plain object",
        R"({"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP"}]})", "a", "",
        "", "stop");
    add("D§1.3 CRLF, comments and a mark",
        QByteArray("\xEF\xBB\xBF: hi\r\n\r\ndata:")
            + R"({"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP"}]})"
            + "\r\n\r\n",
        "a", "", "", "stop");
    add("P-87 nothing but comments", ": a\n\n: b\n\n", "", "", "", "");
    add("P-86 events without candidates",
        sseOf(R"({"usageMetadata":{"promptTokenCount":1}})") + part(R"({"text":"a"})") + stop, "a",
        "", "", "stop");
}

void tst_chat_gemini::readsStreams()
{
    QFETCH(QByteArray, stream);
    EventLog log;
    const auto decoder = own().makeDecoder({});
    decoder->feed(stream, log);
    decoder->finish(false, log);
    QCOMPARE(log.broken(), QByteArray());
    QVERIFY(log.isEnded());
    QFETCH(QByteArray, finish);
    QCOMPARE(log.isClean(), !finish.isEmpty());

    const Essence found = essence(collect(*own().makeDecoder({}), stream));
    QTEST(found.text, "text");
    QTEST(found.reasoning, "reasoning");
    QByteArray tools;
    for (const auto &tool : found.tools)
        tools += tool.name + '(' + tool.arguments + ')';
    QTEST(tools, "tools");
    if (!finish.isEmpty())
        QCOMPARE(found.finish, finish);
    QCOMPARE(found.isFault, finish.isEmpty());
}

void tst_chat_gemini::splitsAnywhere_data()
{
    readsStreams_data();
}

// P-83 among others.
void tst_chat_gemini::splitsAnywhere()
{
    QFETCH(QByteArray, stream);
    QCOMPARE(splitEverywhere(own(), stream), QByteArray());
}

void tst_chat_gemini::cutsAnywhere_data()
{
    QTest::addColumn<QByteArray>("stream");
    QTest::addColumn<int>("wholeFrom");
    const QByteArray body
        = sseOf(R"({"candidates":[{"content":{"parts":[{"text":"é 😀"}]}}]})")
        + sseOf(
              R"({"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{"a":[1]}}}]},"finishReason":"STOP"}]})");
    QTest::newRow("events, P-23") << body << int(body.size() - 2);
    const QByteArray array
        = R"([{"candidates":[{"content":{"parts":[{"text":"a"}]}}]},{"candidates":[{"finishReason":"STOP"}]}])";
    QTest::newRow("array") << array << int(array.size());
}

void tst_chat_gemini::cutsAnywhere()
{
    QFETCH(QByteArray, stream);
    QFETCH(int, wholeFrom);
    QCOMPARE(cutEverywhere(own(), stream, wholeFrom), QByteArray());
}

void tst_chat_gemini::repliesComeBack_data()
{
    QTest::addColumn<int>("index");
    const auto replies = canonicalReplies();
    for (int i = 0; i < replies.size(); ++i)
        QTest::newRow(replies[i].name) << i;
}

void tst_chat_gemini::repliesComeBack()
{
    QFETCH(int, index);
    const Reply reply = canonicalReplies().at(index).reply;
    EncodeOptions options;
    options.model = "m";
    QCOMPARE(roundTrip(reply, own(), options), QByteArray());
    options.query = "alt=sse";
    QCOMPARE(roundTrip(reply, own(), options), QByteArray());
}

void tst_chat_gemini::writesStreams()
{
    EncodeOptions options;
    options.model = "m";
    options.query = "alt=sse";
    const auto encoder = own().makeEncoder(options);
    encoder->setCost("0.5");
    const QByteArray written = stream(canonicalReplies().at(4).reply, *encoder);
    QVERIFY(encoder->isFinished());
    // T§16.4, D§1.3: no [DONE], every event begins with its data.
    QVERIFY(!written.contains("[DONE]"));
    QVERIFY(written.endsWith("\n\n"));
    const QList<QByteArray> events = [&] {
        QList<QByteArray> list;
        for (qsizetype at = 0; at < written.size();) {
            const qsizetype end = written.indexOf("\n\n", at);
            list.append(written.sliced(at, end - at));
            at = end + 2;
        }
        return list;
    }();
    QCOMPARE(events.size(), 5);
    for (const QByteArray &one : events) {
        QVERIFY(one.startsWith("data: {\"candidates\":[{"));
        QVERIFY(json::read(one.sliced(6)));
    }
    QVERIFY(events[0].contains("\"thought\":true"));
    QVERIFY(events[2].contains(
        R"("functionCall":{"id":"call_1","name":"get_weather","args":{"city":"Paris"}})"));
    QVERIFY(events[4].contains(R"("finishReason":"STOP")"));
    QVERIFY(events[4].contains(
        R"("promptTokenCount":25,"candidatesTokenCount":9,"cachedContentTokenCount":5,"totalTokenCount":34,"cost":0.5)"));

    options.showsReasoning = false;
    const auto silent = own().makeEncoder(options);
    QVERIFY(!stream(canonicalReplies().at(4).reply, *silent).contains("thought"));
}

void tst_chat_gemini::writesArrays()
{
    EncodeOptions options;
    options.model = "m";
    const auto encoder = own().makeEncoder(options);
    encoder->preamble();
    encoder->keepAlive();
    play(canonicalReplies().at(4).reply, *encoder);
    const QByteArray written = encoder->take();
    const auto array = json::read(written);
    QVERIFY2(array && array->isArray(), written.constData());
    QCOMPARE(array->items().size(), 5);
    QCOMPARE(own().streamContentType(options), QByteArrayView("application/json; charset=utf-8"));
}

void tst_chat_gemini::writesErrors()
{
    for (const char *query : {"alt=sse", ""}) {
        EncodeOptions options;
        options.query = query;
        const auto encoder = own().makeEncoder(options);
        Reply cut = canonicalReplies().at(0).reply;
        cut.finish = Finish::None;
        play(cut, *encoder);
        const QByteArray written = encoder->take();
        QVERIFY(!encoder->isFinished());
        // P-52: in the client's form, and no terminal that means success.
        QVERIFY(written.contains("\"error\":{\"code\":"));
        QVERIFY(!written.contains("finishReason"));
        if (options.query.isEmpty())
            QVERIFY(json::read(written));
        else
            QVERIFY(written.contains("\n\ndata: {\"error\":"));
    }
}

// P-36, P-40: what another provider wants back travels through the client, byte for byte.
void tst_chat_gemini::envelopesComeBack()
{
    Reply reply = canonicalReplies().at(4).reply;
    reply.parts[0].artifacts = {{ArtifactKind::AnthropicSignature, "sig==", {}, {"ant", "claude"}}};
    EncodeOptions options;
    options.query = "alt=sse";
    options.origin = {"ant", "claude"};
    const QByteArray body = own().encodeReply(reply, options, {});
    const auto value = json::read(body);
    QVERIFY(value);
    const json::Value *content = value->find("candidates")->items().front().find("content");
    const QByteArray history = "{\"contents\":[" + json::write(*content) + "]}";
    Changes changes;
    const Request request
        = own().decodeRequest({"/v1beta/models/m:generateContent", {}, {}, {}}, history, changes);
    QCOMPARE(request.turns.size(), size_t(1));
    const Part &thought = request.turns[0].parts.at(0);
    QVERIFY(thought.is<Reasoning>());
    QCOMPARE(thought.artifacts.size(), size_t(1));
    QCOMPARE(thought.artifacts[0], reply.parts[0].artifacts[0]);
    for (size_t i = 1; i < request.turns[0].parts.size(); ++i)
        QVERIFY(request.turns[0].parts[i].artifacts.empty());
}

void tst_chat_gemini::recordings_data()
{
    QTest::addColumn<int>("index");
    if (!hasCorpora())
        QSKIP("SIGNALBOX_CORPORA is not set");
    const auto all = testing::recordings(DialectId::Gemini);
    QVERIFY(all.size() > 400);
    for (int i = 0; i < all.size(); ++i)
        QTest::newRow(all[i].id.constData()) << i;
}

void tst_chat_gemini::recordings()
{
    static const auto all = testing::recordings(DialectId::Gemini);
    QFETCH(int, index);
    const Recording &recording = all.at(index);
    if (recording.status != 200) {
        const Fault fault = decodeError(DialectId::Gemini, recording.status, recording.contentType,
                                        recording.body);
        QCOMPARE(fault.status, recording.status);
        QVERIFY(!fault.message.isEmpty());
        return;
    }
    const Reply reply = recording.isStream ? collect(*own().makeDecoder({}), recording.body)
                                           : own().decodeReply(recording.body, {});
    // Its reader did not know the reason MODEL_ARMOR, which is a filter (its finishMessage says so,
    // and so does the recording of a prompt it refused). [translation §12]
    const QByteArray exception
        = recording.id == "py-30095c98a0" ? "finish: filter | stop\n" : QByteArray();
    QCOMPARE(difference(essence(reply), recording.expect), exception);
    EncodeOptions options;
    options.model = "m";
    options.query = "alt=sse";
    QCOMPARE(roundTrip(reply, own(), options), QByteArray());
    if (recording.isStream)
        QCOMPARE(splitEverywhere(own(), recording.body.left(20'000)), QByteArray());
    if (!recording.request.isEmpty()) {
        Changes changes;
        const Request request
            = own().decodeRequest({recording.path, {}, {}, {}}, recording.request, changes);
        QVERIFY(changes.isRejected() || !request.turns.empty());
    }
}

void tst_chat_gemini::recordingsAreCut()
{
    if (!hasCorpora())
        QSKIP("SIGNALBOX_CORPORA is not set");
    QRandomGenerator random(5);
    int cuts = 0;
    for (const Recording &recording : testing::recordings(DialectId::Gemini)) {
        if (!recording.isStream || recording.expect.finish.isEmpty())
            continue;
        const qsizetype reason = recording.body.indexOf("finishReason");
        QVERIFY(reason > 0);
        for (int i = 0; i < 200; ++i) {
            const qsizetype at = random.bounded(int(reason));
            EventLog log;
            const auto decoder = own().makeDecoder({});
            decoder->feed(recording.body.left(at), log);
            decoder->finish(i % 2, log);
            QCOMPARE(log.broken(), QByteArray());
            QVERIFY(log.isEnded());
            QVERIFY2(!log.isClean(), recording.id.constData());
            ++cuts;
        }
    }
    QVERIFY(cuts > 1000);
}

void tst_chat_gemini::passesThrough_data()
{
    recordings_data();
}

void tst_chat_gemini::passesThrough()
{
    static const auto all = testing::recordings(DialectId::Gemini);
    QFETCH(int, index);
    const Recording &recording = all.at(index);
    if (recording.status != 200)
        return;
    if (!recording.isStream) {
        const auto facts = dialect::readReply(DialectId::Gemini, Endpoint::Generate,
                                              recording.contentType, recording.body);
        QCOMPARE(facts.outcome, AttemptOutcome::Served);
        if (recording.expect.hasUsage)
            QCOMPARE(facts.usage.prompt(), recording.expect.input);
        return;
    }
    const auto reader = dialect::makeStreamReader(DialectId::Gemini, {});
    QByteArray forwarded;
    for (qsizetype at = 0; at < recording.body.size(); at += 100) {
        const auto step = reader->feed(pieceAt(recording.body, at));
        QVERIFY(!step.isBroken && !step.error && !step.isTerminal);
        forwarded += step.forward;
    }
    forwarded += reader->finish(false).forward;
    QVERIFY(reader->isWhole());
    QVERIFY(forwarded.startsWith(recording.body));
    QCOMPARE(reader->usage().completion(), recording.expect.output);
}

QTEST_APPLESS_MAIN(tst_chat_gemini)
#include "tst_chat_gemini.moc"
