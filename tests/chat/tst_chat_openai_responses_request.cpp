// Requests of the Responses API to and from the neutral conversation. Rows are named by the rule
// (T = translation.md) or the pitfall (P) they hold to.
#include "chat/chat_kit.h"
#include "translate/openai_responses/openai_responses.h"
#include "json/reader.h"
#include "json/writer.h"

#include <QElapsedTimer>
#include <QTest>

using namespace sb;
using namespace sb::chat;
using namespace sb::testing;
using namespace sb::translate;

class tst_chat_openai_responses_request : public QObject {
    Q_OBJECT

private slots:
    void decodes();
    void codexRequest();
    void turns_data();
    void turns();
    void media_data();
    void media();
    void rejects_data();
    void rejects();
    void says_data();
    void says();
    void encodes_data();
    void encodes();
    void encodeNotes_data();
    void encodeNotes();
    void toolsComeFirst();
    void isDeterministic();
    void recordedThereAndBack();
};

namespace {

Request decode(const QByteArray &body, Changes &changes)
{
    return openai_responses::decodeRequest({}, body, changes);
}

Target target()
{
    Target target;
    target.dialect = DialectId::OpenAiResponses;
    target.provider = "openai";
    target.model = "gpt-x";
    return target;
}

QByteArray partLine(const Part &part)
{
    QByteArray out;
    if (const auto *text = part.as<TextPart>())
        out = text->text.toPlain();
    else if (const auto *refusal = part.as<RefusalPart>())
        out = "refusal:" + refusal->text.toPlain();
    else if (const auto *call = part.as<ToolCall>())
        out = (call->kind == ToolKind::Custom ? "custom:" : "call:") + call->id + '='
            + (call->space.isEmpty() ? QByteArray() : QByteArray(call->space + '.')) + call->name
            + '(' + call->arguments.toPlain() + ')';
    else if (const auto *result = part.as<ToolResult>()) {
        out = "result:" + result->callId + '=';
        for (const Part &inner : result->parts)
            out += partLine(inner);
    } else if (const auto *thought = part.as<Reasoning>()) {
        out = "thought:" + thought->text.toPlain();
        for (const Text &summary : thought->summary)
            out += '/' + summary.toPlain();
    } else if (const auto *opaque = part.as<OpaquePart>())
        out = "opaque:" + opaque->type;
    else
        out = "media";
    for (const Artifact &artifact : part.artifacts)
        out += '[' + artifact.payload + ']';
    if (part.cache)
        out += "^";
    return out;
}

QByteArray turnLine(const Turn &turn)
{
    QByteArray out;
    for (const Part &part : turn.parts)
        out += (out.isEmpty() ? "" : ", ") + partLine(part);
    const char *roles[] = {"S", "D", "U", "A"};
    return QByteArray(roles[int(turn.role)]) + "{" + out + "}";
}

QByteArray story(const Request &request)
{
    QByteArray out;
    for (const Turn &turn : request.instructions)
        out += turnLine(turn) + ' ';
    out += "| ";
    for (const Turn &turn : request.turns)
        out += turnLine(turn) + ' ';
    return out.trimmed();
}

QByteArray encoded(Request request, const Target &to, Changes &changes)
{
    return openai_responses::encodeRequest(std::move(request), to, changes).body;
}

Turn turnOf(Role role, std::vector<Part> parts)
{
    Turn turn;
    turn.role = role;
    turn.parts = std::move(parts);
    return turn;
}

Part text(const char *text)
{
    return textPart(Text::plain(text));
}

Part callOf(const char *id, const char *arguments = "{}", ToolKind kind = ToolKind::Function)
{
    ToolCall call;
    call.id = id;
    call.name = "f";
    call.kind = kind;
    call.arguments = Text::plain(arguments);
    return Part(call);
}

Part resultOf(const char *id, std::vector<Part> parts, bool isError = false)
{
    ToolResult result;
    result.callId = id;
    result.parts = std::move(parts);
    result.isError = isError;
    return Part(result);
}

} // namespace

void tst_chat_openai_responses_request::decodes()
{
    const QByteArray body
        = R"({"model":"m","stream":true,"instructions":"Be brief.","max_output_tokens":50,)"
          R"("temperature":0.5,"top_p":0.9,"top_logprobs":3,"parallel_tool_calls":false,)"
          R"("store":false,"metadata":{"a":"b"},"service_tier":"flex","safety_identifier":"u1",)"
          R"("prompt_cache_key":"k","prompt_cache_retention":"24h",)"
          R"("include":["reasoning.encrypted_content"],)"
          R"("reasoning":{"effort":"high","summary":"auto"},)"
          R"("text":{"verbosity":"low","format":{"type":"json_schema","name":"n","strict":true,)"
          R"("schema":{"type":"object"}}},"tool_choice":{"type":"function","name":"f"},)"
          R"("tools":[{"type":"function","name":"f","description":"d","parameters":{"type":"object"},)"
          R"("strict":false}],"input":"Hi"})";
    Changes changes;
    const Request request = decode(body, changes);
    QVERIFY(!changes.isRejected());
    QVERIFY(changes.entries().empty());
    QCOMPARE(request.source, DialectId::OpenAiResponses);
    QCOMPARE(request.model, QByteArray("m"));
    QVERIFY(request.isStream);
    QCOMPARE(story(request), QByteArray("S{Be brief.} | U{Hi}"));
    QCOMPARE(request.maxOutput.value(), 50);
    QCOMPARE(request.temperature.value(), 0.5);
    QCOMPARE(request.topP.value(), 0.9);
    QCOMPARE(request.topLogprobs.value(), 3);
    QCOMPARE(request.logprobs.value(), true);
    QCOMPARE(request.parallel.value(), false);
    QCOMPARE(request.meta.store.value(), false);
    QCOMPARE(request.meta.metadataRaw, QByteArray(R"({"a":"b"})"));
    QCOMPARE(request.meta.serviceTier, QByteArray("flex"));
    QCOMPARE(request.meta.userId, QByteArray("u1"));
    QCOMPARE(request.cache.key, QByteArray("k"));
    QCOMPARE(request.cache.retention, QByteArray("24h"));
    QVERIFY(request.reasoning.wantsEncrypted);
    QCOMPARE(request.reasoning.effort, Effort::High);
    QCOMPARE(request.reasoning.state, ReasoningAsk::State::On);
    QCOMPARE(request.reasoning.summary, QByteArray("auto"));
    QCOMPARE(request.output.kind, OutputAsk::Kind::Schema);
    QCOMPARE(request.output.schemaRaw, QByteArray(R"({"type":"object"})"));
    QCOMPARE(request.output.strict.value(), true);
    QCOMPARE(request.output.verbosity, QByteArray("low"));
    QCOMPARE(request.toolChoice, (ToolChoice{ToolChoice::Mode::One, {"f"}, false}));
    QCOMPARE(request.tools.size(), size_t(1));
    QCOMPARE(request.tools[0].strict.value(), false);
}

// As Codex sends it. [clients §4.9, 4.12, 4.13; pitfall 78]
void tst_chat_openai_responses_request::codexRequest()
{
    const QByteArray body
        = R"({"model":"m","stream":true,"store":false,"instructions":null,)"
          R"("client_metadata":{"x":1},"prompt_cache_key":"s","tool_choice":"auto",)"
          R"("parallel_tool_calls":true,"include":["reasoning.encrypted_content"],"tools":[)"
          R"({"type":"function","name":"exec_command","strict":false,"parameters":{"type":"object","properties":{"cmd":{"type":"string"}}}},)"
          R"({"type":"custom","name":"apply_patch","description":"d","format":{"type":"grammar","syntax":"lark","definition":"x"}},)"
          R"({"type":"namespace","name":"multi_agent_v1","tools":[{"type":"function","name":"spawn","parameters":{"type":"object"},"defer_loading":true}]},)"
          R"({"type":"web_search","external_web_access":false},{"type":"tool_search","execution":"client"}],"input":[)"
          R"({"type":"message","role":"developer","content":[{"type":"input_text","text":"rules"}]},)"
          R"({"type":"message","role":"user","content":[{"type":"input_text","text":"go"}],"id":"msg_1"},)"
          R"({"type":"reasoning","summary":[{"type":"summary_text","text":"s"}],"content":null,"encrypted_content":"ENC"},)"
          R"({"type":"custom_tool_call","status":"completed","call_id":"c1","name":"apply_patch","input":"*** p"},)"
          R"({"type":"function_call","name":"spawn","namespace":"multi_agent_v1","arguments":"{}","call_id":"c2"},)"
          R"({"type":"custom_tool_call_output","call_id":"c1","output":"ok"},)"
          R"({"type":"function_call_output","call_id":"c2","output":[{"type":"input_text","text":"t"}],"id":"fco_1"}]})";
    Changes changes;
    const Request request = decode(body, changes);
    QVERIFY(!changes.isRejected());
    QCOMPARE(story(request),
             QByteArray("D{rules} | U{go} A{thought:/s[ENC], custom:c1=apply_patch(*** p), "
                        "call:c2=multi_agent_v1.spawn({})} U{result:c1=ok, result:c2=t}"));
    QCOMPARE(request.tools.size(), size_t(5));
    QCOMPARE(request.tools[1].kind, ToolKind::Custom);
    QVERIFY(request.tools[1].formatRaw.contains("lark"));
    QCOMPARE(request.tools[2].space, QByteArray("multi_agent_v1"));
    QVERIFY(request.tools[2].isDeferred);
    QCOMPARE(request.tools[3].kind, ToolKind::Hosted);
    QCOMPARE(request.tools[3].type, QByteArray("web_search"));
    QVERIFY(changes.entries().empty());
}

void tst_chat_openai_responses_request::turns_data()
{
    QTest::addColumn<QByteArray>("input");
    QTest::addColumn<QByteArray>("said");
    const auto add = [](const char *name, const QByteArray &input, const QByteArray &said) {
        QTest::newRow(name) << input << said;
    };
    add("T§14.1 a message without a type", R"([{"role":"user","content":"a"}])", "| U{a}");
    add("T§5 leading system and developer",
        R"([{"role":"system","content":"s"},{"role":"developer","content":"d"},{"role":"user","content":"a"}])",
        "S{s} D{d} | U{a}");
    add("P-34 system in the middle",
        R"([{"role":"user","content":"a"},{"role":"developer","content":"d"}])", "| U{a} D{d}");
    add("T§7.3 results side by side",
        R"([{"type":"function_call","call_id":"1","name":"f","arguments":"{}"},{"type":"function_call","call_id":"2","name":"g","arguments":""},{"type":"function_call_output","call_id":"2","output":"b"},{"type":"function_call_output","call_id":"1","output":"a"},{"role":"user","content":"x"}])",
        "| A{call:1=f({}), call:2=g()} U{result:2=b, result:1=a} U{x}");
    add("T§6 text behind a call",
        R"([{"type":"function_call","call_id":"1","name":"f","arguments":"{}"},{"role":"assistant","content":[{"type":"output_text","text":"t"}]}])",
        "| A{call:1=f({}), t}");
    add("T§5 two answers",
        R"([{"role":"assistant","content":"a"},{"role":"assistant","content":"b"}])",
        "| A{a} A{b}");
    add("T§6 refusal", R"([{"role":"assistant","content":[{"type":"refusal","refusal":"no"}]}])",
        "| A{refusal:no}");
    add("P-41 reasoning with nothing but an id",
        R"([{"type":"reasoning","id":"rs_1","summary":[]},{"role":"assistant","content":"a"}])",
        "| A{a}");
    add("P-40 encrypted reasoning",
        R"([{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"E"},{"role":"assistant","content":"a"}])",
        "| A{thought:[E], a}");
    add("P-68 cache mark",
        R"([{"role":"user","content":[{"type":"input_text","text":"a","prompt_cache_breakpoint":{}}]}])",
        "| U{a^}");
    add("T§2 hosted tool in the history",
        R"([{"type":"web_search_call","id":"ws","status":"completed"}])",
        "| A{opaque:web_search_call}");
    add("T§2 shell call",
        R"([{"type":"local_shell_call","call_id":"1","action":{"command":["ls"]}},{"type":"local_shell_call_output","call_id":"1","output":"x"}])",
        R"(| A{call:1=local_shell({"command":["ls"]})} U{result:1=x})");
    add("T§20.24 odd characters", R"([{"role":"user","content":"\ud83d\ude00\"\\"}])",
        "| U{\xF0\x9F\x98\x80\"\\}");
}

void tst_chat_openai_responses_request::turns()
{
    QFETCH(QByteArray, input);
    QFETCH(QByteArray, said);
    Changes changes;
    const Request request = decode(R"({"model":"m","input":)" + input + '}', changes);
    QVERIFY(!changes.isRejected());
    QCOMPARE(story(request), said);
}

void tst_chat_openai_responses_request::media_data()
{
    QTest::addColumn<QByteArray>("part");
    QTest::addColumn<MediaKind>("kind");
    QTest::addColumn<MediaSource>("source");
    QTest::addColumn<QByteArray>("mime");
    QTest::addColumn<QByteArray>("data");
    QTest::newRow("T§6.1 image in the body")
        << QByteArray(R"({"type":"input_image","image_url":"data:image\/png;base64,iVBO"})")
        << MediaKind::Image << MediaSource::Base64 << QByteArray("image/png") << QByteArray("iVBO");
    QTest::newRow("T§6.1 image elsewhere")
        << QByteArray(R"({"type":"input_image","image_url":"https://x/y.png"})") << MediaKind::Image
        << MediaSource::Url << QByteArray() << QByteArray("https://x/y.png");
    QTest::newRow("P-64 a document as an image")
        << QByteArray(R"({"type":"input_image","image_url":"data:application/pdf;base64,JVBERi"})")
        << MediaKind::Document << MediaSource::Base64 << QByteArray("application/pdf")
        << QByteArray("JVBERi");
    QTest::newRow("T§6.1 file") << QByteArray(
        R"({"type":"input_file","filename":"a.pdf","file_data":"data:application/pdf;base64,JV"})")
                                << MediaKind::Document << MediaSource::Base64
                                << QByteArray("application/pdf") << QByteArray("JV");
    QTest::newRow("T§6.1 file elsewhere")
        << QByteArray(R"({"type":"input_file","file_url":"https://x"})") << MediaKind::Document
        << MediaSource::Url << QByteArray() << QByteArray("https://x");
    QTest::newRow("T§6.1 uploaded file")
        << QByteArray(R"({"type":"input_file","file_id":"file-1"})") << MediaKind::Document
        << MediaSource::FileId << QByteArray() << QByteArray("file-1");
    QTest::newRow("T§6.1 audio") << QByteArray(
        R"({"type":"input_audio","input_audio":{"data":"UklG","format":"wav"}})")
                                 << MediaKind::Audio << MediaSource::Base64
                                 << QByteArray("audio/wav") << QByteArray("UklG");
}

void tst_chat_openai_responses_request::media()
{
    QFETCH(QByteArray, part);
    QFETCH(MediaKind, kind);
    QFETCH(MediaSource, source);
    QFETCH(QByteArray, mime);
    QFETCH(QByteArray, data);
    Changes changes;
    const Request request
        = decode(R"({"model":"m","input":[{"role":"user","content":[)" + part + "]}]}", changes);
    const MediaPart *found = request.turns.at(0).parts.at(0).as<MediaPart>();
    QVERIFY(found);
    QCOMPARE(found->kind, kind);
    QCOMPARE(found->source, source);
    QCOMPARE(found->mime, mime);
    QCOMPARE(found->data.toPlain(), data);
    QCOMPARE(request.turns[0].parts[0].path, QByteArray("input[0].content[0]"));
    // And back to the API it came from.
    const QByteArray again = encoded(request, target(), changes);
    QVERIFY(!changes.isRejected());
    Changes none;
    Request second = decode(again, none);
    // A file has to have a name there.
    if (MediaPart *file = second.turns[0].parts[0].as<MediaPart>(); file && found->name.isEmpty())
        file->name.clear();
    QVERIFY2(second.turns == request.turns, again.constData());
}

void tst_chat_openai_responses_request::rejects_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("param");
    const auto add = [](const char *name, const QByteArray &members, const QByteArray &param) {
        QTest::newRow(name) << QByteArray("{\"model\":\"m\"," + members + "}") << param;
    };
    add("T§3 previous_response_id", R"("input":"a","previous_response_id":"resp_1")",
        "previous_response_id");
    add("T§3 conversation", R"("input":"a","conversation":"c")", "conversation");
    add("T§3 background", R"("input":"a","background":true)", "background");
    add("D§3.6 prompt", R"("input":"a","prompt":{"id":"p"})", "prompt");
    add("D§3.6 item_reference", R"("input":[{"type":"item_reference","id":"x"}])", "input[0]");
    add("D§3.2 compaction", R"("input":[{"type":"compaction","encrypted_content":"x"}])",
        "input[0]");
    add("T§3 unknown item", R"("input":[{"type":"dream"}])", "input[0]");
    add("T§3 unknown part", R"("input":[{"role":"user","content":[{"type":"smell"}]}])",
        "input[0].content[0]");
    add("T§3 unknown role", R"("input":[{"role":"tool","content":"x"}])", "input[0].role");
    add("D§3.2 input missing", R"("store":false)", "input");
    add("D§3.3 tool without a name", R"("input":"a","tools":[{"type":"function"}])", "tools[0]");
    add("D§3.3 odd choice", R"("input":"a","tool_choice":7)", "tool_choice");
    add("D§3.1 odd format", R"("input":"a","text":{"format":{"type":"yaml"}})", "text.format");
    QTest::newRow("bad JSON") << QByteArray("{") << QByteArray();
    QTest::newRow("no object") << QByteArray("[]") << QByteArray();
}

void tst_chat_openai_responses_request::rejects()
{
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, param);
    Changes changes;
    decode(body, changes);
    QVERIFY(changes.isRejected());
    QCOMPARE(changes.rejection()->param, param);
    QVERIFY(changes.rejection()->message.endsWith('.'));
}

void tst_chat_openai_responses_request::says_data()
{
    QTest::addColumn<QByteArray>("members");
    QTest::addColumn<QByteArray>("header");
    QTest::newRow("T§3 context_management")
        << QByteArray(R"("context_management":[{"type":"compaction"}])")
        << QByteArray("context_management");
    QTest::newRow("T§3 max_tool_calls")
        << QByteArray(R"("max_tool_calls":3)") << QByteArray("max_tool_calls");
    QTest::newRow("T§3 include") << QByteArray(R"("include":["file_search_call.results"])")
                                 << QByteArray("include");
    QTest::newRow("T§3 nothing to say")
        << QByteArray(R"("truncation":"disabled","client_metadata":{},"store":null)")
        << QByteArray();
    QTest::newRow("T§9.3 a thought believed stored") << QByteArray(
        R"("input":[{"role":"user","content":"a"},{"type":"item_reference","id":"rs_1"}])")
                                                     << QByteArray("input[1]");
    QTest::newRow("P-43 off is a value")
        << QByteArray(R"("reasoning":{"effort":"none"})") << QByteArray();
}

void tst_chat_openai_responses_request::says()
{
    QFETCH(QByteArray, members);
    QFETCH(QByteArray, header);
    Changes changes;
    const QByteArray input = members.contains("\"input\"") ? "" : R"("input":"a",)";
    const Request request = decode(R"({"model":"m",)" + input + members + '}', changes);
    QVERIFY(!changes.isRejected());
    QCOMPARE(changes.droppedHeader(), header);
    if (members.contains("none"))
        QCOMPARE(request.reasoning.state, ReasoningAsk::State::Off);
}

void tst_chat_openai_responses_request::encodes_data()
{
    QTest::addColumn<Request>("request");
    QTest::addColumn<QByteArray>("has"); // in the body
    const auto ask = [] {
        Request request;
        request.turns = {turnOf(Role::User, {text("Hi")})};
        return request;
    };
    Request request = ask();
    QTest::newRow("T§5 user")
        << request
        << QByteArray(
               R"("input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"Hi"}]}])");
    QTest::newRow("T§3 nothing is kept there") << request << QByteArray(R"("store":false)");
    request.instructions = {turnOf(Role::System, {text("s")})};
    QTest::newRow("T§5 one instruction") << request << QByteArray(R"("instructions":"s")");
    request.instructions.push_back(turnOf(Role::Developer, {text("d")}));
    QTest::newRow("T§5 several instructions")
        << request
        << QByteArray(
               R"("input":[{"type":"message","role":"developer","content":[{"type":"input_text","text":"s"}]},{"type":"message","role":"developer")");
    request = ask();
    request.turns.push_back(turnOf(Role::Assistant, {text("t"), callOf("toolu_1", "")}));
    QTest::newRow("T§5 answer")
        << request
        << QByteArray(
               R"({"type":"message","role":"assistant","content":[{"type":"output_text","text":"t"}]})");
    QTest::newRow("T§8.1 ids of call and item")
        << request
        << QByteArray(R"({"type":"function_call","id":")" + madeItemId("fc_", "toolu_1")
                      + R"(","call_id":"toolu_1","name":"f","arguments":"{}"})");
    request.turns.push_back(turnOf(Role::User, {resultOf("toolu_1", {text("r")})}));
    QTest::newRow("T§6.2 result")
        << request
        << QByteArray(R"({"type":"function_call_output","call_id":"toolu_1","output":"r"})");
    request.turns[2] = turnOf(Role::User, {resultOf("toolu_1", {text("r")}, true)});
    QTest::newRow("T§6.2 error") << request << QByteArray(R"("output":"Error: r")");
    request.turns[2] = turnOf(Role::User, {resultOf("toolu_1", {})});
    QTest::newRow("T§6.2 empty") << request << QByteArray(R"("output":"")");
    MediaPart image;
    image.mime = "image/png";
    image.data = Text::plain("iVBO");
    request.turns[2] = turnOf(Role::User, {resultOf("toolu_1", {text("r"), Part(image)})});
    QTest::newRow("P-65 image in a result")
        << request
        << QByteArray(
               R"("output":[{"type":"input_text","text":"r"},{"type":"input_image","image_url":"data:image/png;base64,iVBO"}])");
    request = ask();
    Tool tool;
    tool.name = "f";
    tool.description = Text::plain("d");
    request.tools = {tool};
    QTest::newRow("T§7.1 no parameters")
        << request
        << QByteArray(
               R"("tools":[{"type":"function","name":"f","description":"d","parameters":{"type":"object","properties":{}},"strict":false}])");
    request.tools[0].schemaRaw = R"({"type":"object"})";
    request.parallel = false;
    QTest::newRow("T§7.3 parallel") << request << QByteArray(R"("parallel_tool_calls":false)");
    request.toolChoice = {ToolChoice::Mode::One, {"f"}, false};
    QTest::newRow("T§7.2 named") << request
                                 << QByteArray(R"("tool_choice":{"type":"function","name":"f"})");
    request.toolChoice = {ToolChoice::Mode::Required, {}, false};
    QTest::newRow("T§7.2 required") << request << QByteArray(R"("tool_choice":"required")");
    request.toolChoice = {};
    request.tools[0].kind = ToolKind::Custom;
    QTest::newRow("T§7.1 custom as a function")
        << request
        << QByteArray(R"("properties":{"input":{"type":"string"}},"required":["input"])");
    request = ask();
    request.maxOutput = 3;
    QTest::newRow("T§4 at least 16") << request << QByteArray(R"("max_output_tokens":16)");
    request.temperature = 0.3;
    QTest::newRow("T§4 temperature") << request << QByteArray(R"("temperature":0.3)");
    request.reasoning.effort = Effort::Low;
    request.reasoning.state = ReasoningAsk::State::On;
    request.reasoning.showsText = true;
    QTest::newRow("T§9.1 effort and summary")
        << request << QByteArray(R"("reasoning":{"effort":"low","summary":"auto"})");
    QTest::newRow("T§9.3 encrypted state is asked for")
        << request << QByteArray(R"("include":["reasoning.encrypted_content"])");
    request.reasoning = {ReasoningAsk::State::Off};
    QTest::newRow("P-43 off is sent") << request << QByteArray(R"("reasoning":{"effort":"none"})");
    request.output.kind = OutputAsk::Kind::Schema;
    request.output.schemaRaw = R"({"type":"object"})";
    request.output.name = "my schema";
    QTest::newRow("T§10 schema, flat")
        << request
        << QByteArray(R"("text":{"format":{"type":"json_schema","name":")"
                      + targetToolName("my schema", ToolNameRule::OpenAi64)
                      + R"(","schema":{"type":"object"}}})");
    Part thought{Reasoning()};
    thought.as<Reasoning>()->summary = {Text::plain("s")};
    thought.artifacts = {{ArtifactKind::OpenAiEncrypted, "ENC", "rs_1", {"openai", {}}}};
    request = ask();
    request.turns.push_back(turnOf(Role::Assistant, {thought, text("t")}));
    request.turns.push_back(turnOf(Role::User, {text("go on")}));
    QTest::newRow("P-41 reasoning comes back")
        << request
        << QByteArray(
               R"({"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"s"}],"encrypted_content":"ENC"},{"type":"message","role":"assistant")");
}

void tst_chat_openai_responses_request::encodes()
{
    QFETCH(Request, request);
    QFETCH(QByteArray, has);
    Changes changes;
    const QByteArray body = encoded(request, target(), changes);
    QVERIFY(!changes.isRejected());
    QVERIFY2(json::read(body), body.constData());
    QVERIFY2(body.contains(has), body.constData());
}

void tst_chat_openai_responses_request::encodeNotes_data()
{
    QTest::addColumn<Request>("request");
    QTest::addColumn<QByteArray>("header");
    QTest::addColumn<QByteArray>("param"); // of a rejection
    QTest::addColumn<QByteArray>("hasNot"); // in the body
    Request request;
    request.turns = {turnOf(Role::User, {text("Hi")})};
    const Request plain = request;
    const QByteArray none;
    request.topK = 5;
    request.seed = 7;
    QTest::newRow("T§4 no such field")
        << request << QByteArray("top_k, seed") << none << QByteArray("seed");
    request = plain;
    request.temperature = 3;
    QTest::newRow("T§4 temperature in range")
        << request << QByteArray("temperature=2") << none << QByteArray("3");
    request = plain;
    request.choices = 2;
    QTest::newRow("T§3 n") << request << none << QByteArray("n") << none;
    request = plain;
    request.parallel = true;
    request.toolChoice.mode = ToolChoice::Mode::Auto;
    QTest::newRow("P-66 a choice without tools") << request << none << none << QByteArray("tool");
    request = plain;
    Tool hosted;
    hosted.kind = ToolKind::Hosted;
    hosted.name = hosted.type = "code_execution_20250825";
    request.tools = {hosted};
    QTest::newRow("P-79 hosted tool")
        << request << QByteArray("tools[0]") << none << QByteArray("tools");
    request.toolChoice = {ToolChoice::Mode::Required, {}, false};
    QTest::newRow("P-79 hosted tool demanded")
        << request << QByteArray("tools[0]") << QByteArray("tool_choice") << none;
    request = plain;
    MediaPart file;
    file.source = MediaSource::FileId;
    file.data = Text::plain("file_1");
    request.turns[0].parts = {Part(file)};
    QTest::newRow("T§3 a file of another provider")
        << request << none << QByteArray("messages") << none;
    request = plain;
    Part thought{Reasoning()};
    thought.as<Reasoning>()->text = Text::plain("secret");
    thought.artifacts = {{ArtifactKind::OpenAiEncrypted, "ENC", {}, {"openai", {}}}};
    request.turns.push_back(turnOf(Role::Assistant, {text("a"), thought}));
    request.turns.push_back(turnOf(Role::User, {text("go on")}));
    QTest::newRow("P-41 reasoning without its item")
        << request << none << none << QByteArray("reasoning");
    request = plain;
    request.turns[0].parts[0].cache = CacheMark{};
    QTest::newRow("T§11 cache mark")
        << request << QByteArray("cache_control") << none << QByteArray("cache");
}

void tst_chat_openai_responses_request::encodeNotes()
{
    QFETCH(Request, request);
    QFETCH(QByteArray, header);
    QFETCH(QByteArray, param);
    QFETCH(QByteArray, hasNot);
    request.source = DialectId::Anthropic;
    Changes changes;
    const QByteArray body = encoded(request, target(), changes);
    QCOMPARE(changes.droppedHeader(), header);
    QCOMPARE(changes.rejection() ? changes.rejection()->param : QByteArray(), param);
    QVERIFY2(hasNot.isEmpty() || !body.contains(hasNot), body.constData());
}

void tst_chat_openai_responses_request::toolsComeFirst()
{
    Request request;
    request.turns = {turnOf(Role::User, {text("Hi")})};
    Tool tool;
    tool.name = "f";
    request.tools = {tool};
    Changes changes;
    const QByteArray body = encoded(request, target(), changes);
    QVERIFY(body.indexOf("\"tools\"") < body.indexOf("\"input\"")); // P-73
    QVERIFY(body.startsWith(R"({"model":"gpt-x")"));
}

// P-72
void tst_chat_openai_responses_request::isDeterministic()
{
    Request request;
    request.turns = {turnOf(Role::User, {text("Hi")}),
                     turnOf(Role::Assistant, {callOf("a.b/c"), callOf("d")}),
                     turnOf(Role::User, {resultOf("a.b/c", {text("1")}), resultOf("d", {})})};
    Changes first;
    Changes second;
    QCOMPARE(encoded(request, target(), first), encoded(request, target(), second));
    QCOMPARE(first.entries(), second.entries());
}

// What was read from a recorded request and written for the same API reads the same.
void tst_chat_openai_responses_request::recordedThereAndBack()
{
    if (!hasCorpora())
        QSKIP("SIGNALBOX_CORPORA is not set");
    int compared = 0;
    for (const Recording &recording : recordings(DialectId::OpenAiResponses)) {
        if (recording.request.isEmpty())
            continue;
        Changes changes;
        const Request request = decode(recording.request, changes);
        // Prefilled and half conversations are the repair's business.
        if (changes.isRejected())
            continue;
        Target to = target();
        to.can.takesCustomTools = true;
        to.can.takesChoiceAllowed = true;
        Changes written;
        const QByteArray body = encoded(request, to, written);
        QVERIFY2(json::read(body), body.constData());
        if (written.isRejected())
            continue;
        Changes again;
        const Request second = decode(body, again);
        QVERIFY2(!again.isRejected(), body.constData());
        QCOMPARE(second.tools.size(), request.tools.size());
        ++compared;
    }
    QVERIFY(compared > 150);
}

QTEST_APPLESS_MAIN(tst_chat_openai_responses_request)
#include "tst_chat_openai_responses_request.moc"
