// OpenAI Chat: recorded answers say what they said, requests and streams follow the rules of
// translation.md, and the variants of the field (pitfalls.md) are read as what they mean.
#include "chat/chat_kit.h"
#include "translate/openai_chat/openai_chat.h"
#include "json/scan.h"

#include <QTest>

using namespace sb;
using namespace sb::chat;
using namespace sb::testing;
using namespace sb::translate;

namespace {

const Translator &chatTranslator()
{
    return openai_chat::translator();
}

QByteArray chunk(const QByteArray &choice)
{
    return R"(data: {"id":"c1","object":"chat.completion.chunk","created":7,"model":"m",)"
           R"("choices":[{"index":0,)"
        + choice + "}]}\n\n";
}

QByteArray delta(const QByteArray &members)
{
    return chunk("\"delta\":{" + members + "},\"finish_reason\":null");
}

QByteArray ended(const char *reason = "stop")
{
    return chunk(QByteArray("\"delta\":{},\"finish_reason\":\"") + reason + '"')
        + "data: [DONE]\n\n";
}

QByteArray call(const QByteArray &members)
{
    return delta("\"tool_calls\":[{" + members + "}]");
}

Essence read(const QByteArray &stream, const DecodeOptions &options = {}, bool isUnframed = false)
{
    const auto decoder = chatTranslator().makeDecoder(options);
    return essence(collect(*decoder, stream, isUnframed));
}

// "text|reasoning|name(arguments)…|finish", or "fault".
QByteArray story(const Essence &found)
{
    if (found.isFault)
        return "fault";
    QByteArray tools;
    for (const Essence::Tool &tool : found.tools)
        tools += tool.name + '(' + tool.arguments + ')';
    return found.text + '|' + found.reasoning + '|' + tools + '|' + found.finish;
}

Target target()
{
    Target to;
    to.provider = "prov";
    to.family = "fam";
    to.model = "up-model";
    return to;
}

QByteArray translated(const QByteArray &body, const Target &to, Changes &changes)
{
    const Request request = chatTranslator().decodeRequest({}, body, changes);
    return chatTranslator().encodeRequest(request, to, changes).body;
}

} // namespace

class tst_chat_openai_chat : public QObject {
    Q_OBJECT

private slots:
    void streams_data();
    void streams();
    void splitsAndCuts();
    void requests_data();
    void requests();
    void rejects_data();
    void rejects();
    void targets_data();
    void targets();
    void clientStream();
    void roundTrips_data();
    void roundTrips();
    void usage_data();
    void usage();
    void parallelWrapper();
    void outputTool();
    void inlineThinking();
    void opaqueStateTravels();
    void imagesOwnTheirBytes();
    void waivers();
    void recordingsSayTheSame();
    void recordingsSplit();
};

void tst_chat_openai_chat::streams_data()
{
    QTest::addColumn<QByteArray>("stream");
    QTest::addColumn<QByteArray>("wanted");
    const QByteArray start = delta(R"("role":"assistant","content":"")");
    const auto row = [](const char *name, const QByteArray &stream, const char *wanted) {
        QTest::newRow(name) << stream << QByteArray(wanted);
    };
    row("text", start + delta(R"("content":"Hi")") + ended(), "Hi|||stop");
    row("P-1 text and call in one chunk",
        delta(R"("content":"Hi","tool_calls":[{"index":0,"id":"a","function":{"name":"f",)"
              R"("arguments":"{}"}}])")
            + ended("tool_calls"),
        "Hi||f({})|tool_calls");
    row("P-2 arguments whole in the first delta",
        call(R"("index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":1}"})")
            + ended("tool_calls"),
        R"(||f({"x":1})|tool_calls)");
    row("P-3 first delta after a switch",
        delta(R"("reasoning_content":"think")") + delta(R"("content":"A")")
            + delta(R"("content":"B")") + ended(),
        "AB|think||stop");
    row("P-4 thinking, text, call",
        delta(R"("reasoning_content":"t")") + delta(R"("content":"A")")
            + call(R"("index":0,"id":"a","function":{"name":"f","arguments":""})")
            + call(R"("index":0,"function":{"arguments":"{}"})") + ended("tool_calls"),
        "A|t|f({})|tool_calls");
    row("P-5 reasoning only", delta(R"("reasoning":"t")") + ended(), "|t||stop");
    row("P-10 parallel calls all with index 0",
        call(R"("index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":1}"})")
            + call(R"("index":0,"id":"b","function":{"name":"f","arguments":"{\"x\":2}"})")
            + ended("tool_calls"),
        R"(||f({"x":1})f({"x":2})|tool_calls)");
    row("P-10 without index",
        call(R"("id":"a","function":{"name":"f","arguments":"{}"})")
            + call(R"("id":"b","function":{"name":"g","arguments":"{}"})") + ended("tool_calls"),
        "||f({})g({})|tool_calls");
    row("P-11 index -1, no id",
        call(R"("index":-1,"function":{"arguments":"{\"a\""})")
            + call(R"("index":-1,"function":{"name":"f","arguments":":1}"})") + ended("tool_calls"),
        R"(||f({"a":1})|tool_calls)");
    row("P-12 arguments of two calls glued together",
        call(R"("index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":1}{\"x\":2}"})")
            + ended("tool_calls"),
        R"(||f({"x":1})f({"x":2})|tool_calls)");
    row("P-13 arguments as an object",
        call(R"("index":0,"id":"a","function":{"name":"f","arguments":{"x":[1,2]}})")
            + ended("tool_calls"),
        R"(||f({"x":[1,2]})|tool_calls)");
    row("P-14 the id changes in every chunk",
        call(R"("index":0,"id":"a","function":{"name":"f","arguments":"{\"x\""})")
            + call(R"("index":0,"id":"b","function":{"name":"f","arguments":":1"})")
            + call(R"("index":0,"id":"c","function":{"arguments":"}"})") + ended("tool_calls"),
        R"(||f({"x":1})|tool_calls)");
    row("P-15 name null first, empty later",
        call(R"("index":0,"id":"a","function":{"name":null,"arguments":""})")
            + call(R"("index":0,"function":{"name":"f","arguments":"{"})")
            + call(R"("index":0,"function":{"name":"","arguments":"}"})") + ended("tool_calls"),
        "||f({})|tool_calls");
    row("P-15 a name in pieces",
        call(R"("index":0,"id":"a","function":{"name":"get_"})")
            + call(R"("index":0,"function":{"name":"weather"})")
            + call(R"("index":0,"function":{"arguments":"{}"})") + ended("tool_calls"),
        "||get_weather({})|tool_calls");
    row("P-16 no ids",
        call(R"("index":0,"function":{"name":"f","arguments":"{}"})")
            + call(R"("index":1,"id":"","function":{"name":"g","arguments":"{}"})")
            + ended("tool_calls"),
        "||f({})g({})|tool_calls");
    row("P-18 no arguments at all",
        call(R"("index":0,"id":"a","function":{"name":"f"})") + ended("tool_calls"),
        "||f({})|tool_calls");
    row("P-19 cut by its length inside a call",
        call(R"("index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":"})")
            + ended("length"),
        R"(||f({"x":)|length)");
    row("P-20 stop although there is a call",
        call(R"("index":0,"id":"a","function":{"name":"f","arguments":"{}"})") + ended("stop"),
        "||f({})|tool_calls");
    row("P-21 tool_calls without a call", delta(R"("content":"A")") + ended("tool_calls"),
        "A|||stop");
    row("P-22 no finish reason", delta(R"("content":"A")") + "data: [DONE]\n\n", "fault");
    row("P-22 no [DONE]", delta(R"("content":"A")") + chunk(R"("delta":{},"finish_reason":"stop")"),
        "fault");
    row("P-23 cut inside a call",
        call(R"("index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":"})"), "fault");
    row("P-24 eos", delta(R"("content":"A")") + ended("eos"), "A|||stop");
    row("P-24 error is no finish", delta(R"("content":"A")") + ended("network_error"), "fault");
    row("P-27 length stays", delta(R"("content":"A")") + ended("length"), "A|||length");
    row("P-45 both fields with one text",
        delta(R"("reasoning":"t","reasoning_content":"t")") + ended(), "|t||stop");
    row("P-45 details only",
        delta(R"("reasoning_details":[{"type":"reasoning.text","text":"t","index":0}])")
            + delta(R"("content":"A")") + ended(),
        "A|t||stop");
    row("P-51 an error in a chunk",
        delta(R"("content":"A")") + "data: {\"error\":{\"message\":\"boom\",\"code\":500}}\n\n",
        "fault");
    row("P-86 Azure's first chunk",
        "data: {\"choices\":[],\"created\":0,\"id\":\"\",\"model\":\"\",\"object\":\"\","
        "\"prompt_filter_results\":[]}\n\n"
            + delta(R"("content":"A")") + ended(),
        "A|||stop");
    row("P-87 only signs of life", ": keep-alive\n\n: keep-alive\n\n", "fault");
    row("P-92 finish twice, then null",
        delta(R"("content":"A")") + chunk(R"("delta":{},"finish_reason":"length")")
            + chunk(R"("delta":{"content":""},"finish_reason":null)") + ended("stop"),
        "A|||length");
    row("P-92 an error after the finish",
        delta(R"("content":"A")") + chunk(R"("delta":{},"finish_reason":"length")")
            + "data: {\"error\":{\"message\":\"boom\",\"code\":502},\"choices\":[{\"index\":0,"
              "\"delta\":{},\"finish_reason\":\"error\"}]}\n\ndata: [DONE]\n\n",
        "fault");
    row("P-93 a named error event",
        delta(R"("content":"A")")
            + "event: error\ndata: {\"error\":{\"message\":\"bad call\",\"status_code\":400}}\n\n",
        "fault");
    row("P-101 content as an array",
        delta(R"("content":[{"type":"thinking","thinking":[{"type":"text","text":"t"}]}])")
            + delta(R"("content":[{"type":"text","text":"A"}])") + ended(),
        "A|t||stop");
    row("T§15 legacy function_call",
        delta(R"("function_call":{"name":"f","arguments":""})")
            + delta(R"("function_call":{"arguments":"{}"})") + ended("function_call"),
        "||f({})|tool_calls");
    row("T§15 a custom tool",
        call(R"("index":0,"id":"a","type":"custom","custom":{"name":"f","input":"raw"})")
            + ended("tool_calls"),
        "||f(raw)|tool_calls");
    row("T§15 interleaved fragments",
        call(R"("index":0,"id":"a","function":{"name":"f","arguments":"{\"x\""})")
            + call(R"("index":1,"id":"b","function":{"name":"g","arguments":"{\"y\""})")
            + call(R"("index":0,"function":{"arguments":":1}"})")
            + call(R"("index":1,"function":{"arguments":":2}"})") + ended("tool_calls"),
        R"(||f({"x":1})g({"y":2})|tool_calls)");
    row("T§12 a refusal", delta(R"("refusal":"No.")") + ended("stop"), "No.|||filter");
    row("T§20.5 CRLF, comments and a mark",
        "\xEF\xBB\xBF: hi\r\n\r\n" + QByteArray(delta(R"("content":"A")")).replace("\n", "\r\n")
            + ended().replace("\n", "\r\n"),
        "A|||stop");
    row("T§20.5 JSON instead of events",
        R"({"id":"c","model":"m","choices":[{"index":0,"message":{"role":"assistant",)"
        R"("content":"A"},"finish_reason":"stop"}]})",
        "A|||stop");
    row("T§20.24 odd characters",
        delta(R"("content":"\u0000\ud83d")") + delta(R"("content":"\ude00 9007199254740993")")
            + ended(),
        "");
}

void tst_chat_openai_chat::streams()
{
    QFETCH(QByteArray, stream);
    QFETCH(QByteArray, wanted);
    if (QByteArray(QTest::currentDataTag()).startsWith("T§20.24"))
        wanted = QByteArray(1, '\0') + "\xF0\x9F\x98\x80 9007199254740993|||stop";
    QCOMPARE(story(read(stream)), wanted);
    QCOMPARE(splitEverywhere(chatTranslator(), stream), QByteArray());
}

void tst_chat_openai_chat::splitsAndCuts()
{
    const QByteArray body = delta(R"("role":"assistant","content":"")")
        + delta(R"("reasoning_content":"one")") + delta(R"("content":"two \u00e9")")
        + call(R"("index":0,"id":"a","function":{"name":"f","arguments":""})")
        + call(R"("index":0,"function":{"arguments":"{\"x\":1}"})")
        + chunk(R"("delta":{},"finish_reason":"tool_calls")");
    const QByteArray stream = body + "data: [DONE]\n\n";
    QCOMPARE(cutEverywhere(chatTranslator(), stream, body.size() + 12), QByteArray());
}

void tst_chat_openai_chat::requests_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("wanted"); // a stretch of what is sent
    const auto row = [](const char *name, const QByteArray &members, const char *wanted) {
        QTest::newRow(name) << QByteArray("{\"model\":\"a\"," + members + '}')
                            << QByteArray(wanted);
    };
    const QByteArray user = R"("messages":[{"role":"user","content":"Hi"}])";
    row("text", user, R"("messages":[{"role":"user","content":"Hi"}])");
    row("escapes stay", R"("messages":[{"role":"user","content":"\u00e9\ud83d \"q\""}])",
        R"("content":"\u00e9\ud83d \"q\"")");
    row("T§4 max_completion_tokens wins", user + R"(,"max_tokens":5,"max_completion_tokens":7)",
        R"("max_tokens":7)");
    row("T§4 stop as a string", user + R"(,"stop":"END")", R"("stop":["END"])");
    row("T§5 system first",
        R"("messages":[{"role":"developer","content":"S"},)"
        R"({"role":"user","content":"Hi"}])",
        R"([{"role":"system","content":"S"},{"role":"user")");
    row("T§5 fold mid system",
        R"("messages":[{"role":"user","content":"A"},{"role":"assistant","content":"B"},)"
        R"({"role":"system","content":"S"},{"role":"user","content":"C"}])",
        "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"<system-reminder>\\nS\\n"
        "</system-reminder>\"},{\"type\":\"text\",\"text\":\"C\"}]}");
    row("P-13 arguments as an object in the history",
        R"("messages":[{"role":"user","content":"A"},{"role":"assistant","content":null,)"
        R"("tool_calls":[{"id":"c","type":"function","function":{"name":"f",)"
        R"("arguments":{"x":1}}}]},{"role":"tool","tool_call_id":"c","content":"r"}])",
        R"("arguments":"{\"x\":1}")");
    row("P-33 a call without a result",
        R"("messages":[{"role":"user","content":"A"},{"role":"assistant","content":"x",)"
        R"("tool_calls":[{"id":"c","type":"function","function":{"name":"f",)"
        R"("arguments":"{}"}}]},{"role":"user","content":"B"}])",
        R"_({"role":"tool","tool_call_id":"c","content":"Error: (no result: interrupted)"},)_"
        R"({"role":"user","content":"B"})");
    row("P-33 a result without a call",
        R"("messages":[{"role":"tool","tool_call_id":"c","content":"r"},)"
        R"({"role":"user","content":"B"}])",
        R"({"role":"user","content":"[Result of an earlier tool call]\nr"})");
    row("P-29 results in the order of the calls",
        R"("messages":[{"role":"user","content":"A"},{"role":"assistant","tool_calls":[)"
        R"({"id":"c","function":{"name":"f","arguments":"{}"}},)"
        R"({"id":"d","function":{"name":"g","arguments":"{}"}}]},)"
        R"({"role":"tool","tool_call_id":"d","content":"2"},)"
        R"({"role":"tool","tool_call_id":"c","content":"1"}])",
        R"({"role":"tool","tool_call_id":"c","content":"1"},)"
        R"({"role":"tool","tool_call_id":"d","content":"2"})");
    row("P-65 an image in a result comes after all of them",
        R"("messages":[{"role":"user","content":"A"},{"role":"assistant","tool_calls":[)"
        R"({"id":"c","function":{"name":"f","arguments":"{}"}},)"
        R"({"id":"d","function":{"name":"g","arguments":"{}"}}]},)"
        R"({"role":"tool","tool_call_id":"c","content":[{"type":"text","text":"see"},)"
        R"({"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]},)"
        R"({"role":"tool","tool_call_id":"d","content":"2"}])",
        R"("tool_call_id":"d","content":"2"},{"role":"user","content":[{"type":"image_url",)"
        R"("image_url":{"url":"data:image/png;base64,AAAA"}}]})");
    row("P-64 a PDF is no image",
        R"("messages":[{"role":"user","content":[{"type":"image_url","image_url":)"
        R"({"url":"data:application\/pdf;base64,JVBERi0x"}}]}])",
        R"({"type":"file","file":{"filename":"document.pdf",)"
        R"("file_data":"data:application/pdf;base64,JVBERi0x"}})");
    row("P-66 nothing of tools without tools",
        user + R"(,"tools":[],"parallel_tool_calls":true,"tool_choice":"auto")",
        R"({"model":"up-model","messages":[)");
    row("T§7.1 legacy functions",
        user
            + R"(,"functions":[{"name":"f","parameters":{"type":"object"}}],)"
              R"("function_call":{"name":"f"})",
        R"("tool_choice":{"type":"function","function":{"name":"f"}})");
    row("T§7.1 no parameters", user + R"(,"tools":[{"type":"function","function":{"name":"f"}}])",
        R"("parameters":{"type":"object","properties":{}}}}])");
    row("T§7.2 a subset filters",
        user
            + R"(,"tools":[{"type":"function","function":{"name":"f"}},)"
              R"({"type":"function","function":{"name":"g"}}],"tool_choice":)"
              R"({"type":"allowed_tools","allowed_tools":{"mode":"required","tools":)"
              R"([{"type":"function","function":{"name":"g"}}]}})",
        R"("tools":[{"type":"function","function":{"name":"g",)"
        R"("parameters":{"type":"object","properties":{}}}}],"tool_choice":"required")");
    row("T§10 the word JSON", user + R"(,"response_format":{"type":"json_object"})",
        "[{\"role\":\"system\",\"content\":\"Answer with a JSON object only");
    row("T§14.2 ids used again",
        R"("messages":[{"role":"user","content":"A"},)"
        R"({"role":"assistant","tool_calls":[{"id":"c","function":{"name":"f",)"
        R"("arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":"1"},)"
        R"({"role":"assistant","tool_calls":[{"id":"c","function":{"name":"f",)"
        R"("arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":"2"}])",
        R"({"role":"tool","tool_call_id":"c_2","content":"2"}])");
}

void tst_chat_openai_chat::requests()
{
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, wanted);
    Changes changes;
    const QByteArray sent = translated(body, target(), changes);
    QVERIFY2(!changes.isRejected(),
             changes.isRejected() ? changes.rejection()->message.constData() : "");
    QVERIFY2(sent.contains(wanted), sent.constData());
    json::Scan scan;
    QVERIFY2(scan.run(sent), sent.constData());
    // The same history gives the same bytes, and what was repaired needs no more repair.
    Changes again;
    QCOMPARE(translated(body, target(), again), sent);
}

void tst_chat_openai_chat::rejects_data()
{
    QTest::addColumn<QByteArray>("members");
    QTest::addColumn<QByteArray>("param");
    const QByteArray user = R"("messages":[{"role":"user","content":"Hi"}])";
    QTest::newRow("T§3 n") << QByteArray(user + R"(,"n":2)") << QByteArray("n");
    QTest::newRow("T§3 modalities")
        << QByteArray(user + R"(,"modalities":["text","audio"])") << QByteArray("modalities");
    QTest::newRow("T§3 unknown part")
        << QByteArray(R"("messages":[{"role":"user","content":[{"type":"smell"}]}])")
        << QByteArray("messages[0].content[0]");
    QTest::newRow("P-79 a tool without a name")
        << QByteArray(user + R"(,"tools":[{"type":"function","function":{}}])")
        << QByteArray("tools[0]");
    QTest::newRow("T§5 prefill") << QByteArray(R"("messages":[{"role":"user","content":"A"},)"
                                               R"({"role":"assistant","content":"B"}])")
                                 << QByteArray("messages");
    QTest::newRow("no messages") << QByteArray(R"("x":1)") << QByteArray("messages");
}

void tst_chat_openai_chat::rejects()
{
    QFETCH(QByteArray, members);
    QFETCH(QByteArray, param);
    Changes changes;
    translated("{\"model\":\"a\"," + members + '}', target(), changes);
    QVERIFY(changes.isRejected());
    QCOMPARE(changes.rejection()->param, param);
}

void tst_chat_openai_chat::targets_data()
{
    QTest::addColumn<QByteArray>("members");
    QTest::addColumn<Capabilities>("can");
    QTest::addColumn<QByteArray>("wanted");
    QTest::addColumn<QByteArray>("header");
    const QByteArray user = R"("messages":[{"role":"user","content":"Hi"}])";
    const QByteArray tools = R"(,"tools":[{"type":"function","function":{"name":"f"}}])";
    Capabilities can;
    const auto row
        = [&](const char *name, const QByteArray &members, const char *wanted, const char *header) {
              QTest::newRow(name) << members << can << QByteArray(wanted) << QByteArray(header);
              can = {};
          };
    can.isMaxCompletionTokens = true;
    can.takesSampling = false;
    row("P-54 reasoning models", user + R"(,"max_tokens":9,"temperature":0.5)",
        R"("max_completion_tokens":9,"messages")", "temperature");
    can.maxOutput = 100;
    row("T§4 clamp", user + R"(,"max_tokens":500)", R"("max_tokens":100)", "max_tokens=100");
    can.temperatureMax = 1;
    row("T§3 temperature", user + R"(,"temperature":1.4)", R"("temperature":1,)", "temperature=1");
    can.takesTempAndTopP = false;
    row("P-67 top_p", user + R"(,"temperature":1,"top_p":0.5)", R"("temperature":1,"messages")",
        "top_p");
    can.isRandomSeed = true;
    can.isChoiceAny = true;
    row("T§4 Mistral", user + tools + R"(,"seed":3,"tool_choice":"required")", R"("random_seed":3)",
        "");
    can.takesUserAfterTool = false;
    row("P-35 bridge",
        R"("messages":[{"role":"user","content":"A"},{"role":"assistant","tool_calls":[)"
        R"({"id":"c","function":{"name":"f","arguments":"{}"}}]},)"
        R"({"role":"tool","tool_call_id":"c","content":"1"},{"role":"user","content":"B"}])",
        R"("content":"1"},{"role":"assistant","content":"OK."},{"role":"user","content":"B"}])",
        "");
    can.takesManySystem = false;
    row("P-34 one system",
        R"("messages":[{"role":"system","content":"A"},{"role":"developer","content":"B"},)"
        R"({"role":"user","content":"C"}])",
        R"([{"role":"system","content":"A\n\nB"},{"role":"user")", "");
    can.takesSystem = false;
    row("P-34 no system",
        R"("messages":[{"role":"system","content":"A"},{"role":"user","content":"C"}])",
        R"([{"role":"user","content":[{"type":"text","text":"A"},)", "");
    can.refusedFields = {"top_p"};
    row("T§19 refused before", user + R"(,"top_p":0.5)", R"({"model":"up-model","messages")",
        "top_p");
    can.schemaMode = SchemaMode::ForcedTool;
    row("T§10 forced tool",
        user
            + R"(,"response_format":{"type":"json_schema","json_schema":{"name":"r",)"
              R"("schema":{"type":"object","properties":{"a":{"type":"string"}}}}})",
        R"("tool_choice":{"type":"function","function":{"name":"structured_output"}})", "");
    can.cache = CacheForm::OpenRouter;
    row("P-69 marks stay",
        R"("messages":[{"role":"system","content":[{"type":"text","text":"S","cache_control":)"
        R"({"type":"ephemeral"}}]},{"role":"user","content":"C"}])",
        R"([{"type":"text","text":"S","cache_control":{"type":"ephemeral"}}])", "");
    row("T§3 marks go",
        R"("messages":[{"role":"user","content":[{"type":"text","text":"S",)"
        R"("cache_control":{"type":"ephemeral"}}]}])",
        R"("messages":[{"role":"user","content":"S"}])", "cache_control");
    can.thinking = ThinkingKind::Boolean;
    row("P-43 off is a value", user + R"(,"reasoning_effort":"none")",
        R"("thinking":{"type":"disabled"})", "");
    can.thinking = ThinkingKind::Boolean;
    can.takesForcedToolWithThinking = false;
    row("P-44 who asked for thinking keeps it",
        user + tools + R"(,"tool_choice":"required","reasoning_effort":"high")",
        R"("tool_choice":"auto")", "tool_choice=auto");
    can.thinking = ThinkingKind::Boolean;
    can.takesForcedToolWithThinking = false;
    can.thinksByDefault = true;
    row("P-44 else the choice is kept", user + tools + R"(,"tool_choice":"required")",
        R"("thinking":{"type":"disabled"},"tools")", "reasoning=off");
    can.thinking = ThinkingKind::Effort;
    can.takesToolsWithEffort = false;
    row("P-55 tools with an effort", user + tools + R"(,"reasoning_effort":"high")",
        R"({"model":"up-model","tools")", "reasoning_effort");
    row("P-46 replayed reasoning is left out",
        R"("messages":[{"role":"user","content":"A"},{"role":"assistant","content":"B",)"
        R"("reasoning_content":"t"},{"role":"user","content":"C"}])",
        R"({"role":"assistant","content":"B"})", "");
    can.reasoningIn = ReasoningField::ReasoningContent;
    can.reasoningReplay = ReasoningReplay::Always;
    row("P-42 reasoning_content on every answer",
        R"("messages":[{"role":"user","content":"A"},{"role":"assistant","content":"B"},)"
        R"({"role":"user","content":"C"}])"
            + tools,
        R"({"role":"assistant","content":"B","reasoning_content":""})", "");
    can.reasoningIn = ReasoningField::Reasoning;
    can.reasoningReplay = ReasoningReplay::Always;
    row("P-45 the field the server reads",
        R"("messages":[{"role":"user","content":"A"},{"role":"assistant","content":"B",)"
        R"("reasoning_content":"t"},{"role":"user","content":"C"}])",
        R"({"role":"assistant","content":"B","reasoning":"t"})", "");
    can.reasoningIn = ReasoningField::ReasoningDetails;
    can.reasoningReplay = ReasoningReplay::Always;
    row("T§9.3 OpenRouter's details byte for byte",
        R"("messages":[{"role":"user","content":"A"},{"role":"assistant","content":"B",)"
        R"("reasoning_details":[{"b":1 ,"type":"reasoning.encrypted","data":"x"}]},)"
        R"({"role":"user","content":"C"}])",
        R"("reasoning_details":[{"b":1 ,"type":"reasoning.encrypted","data":"x"}])", "");
    can.reasoningIn = ReasoningField::ReasoningDetails;
    row("T§9.1 OpenRouter's switch", user + R"(,"reasoning_effort":"none")",
        R"("reasoning":{"effort":"none"})", "");
    can.takesNullContent = false;
    row("T§6.3 no null content",
        R"("messages":[{"role":"user","content":"A"},{"role":"assistant","content":null,)"
        R"("tool_calls":[{"id":"c","function":{"name":"f","arguments":""}}]},)"
        R"({"role":"tool","tool_call_id":"c","content":"1"}])",
        R"({"role":"assistant","content":"","tool_calls":[{"id":"c","type":"function",)"
        R"("function":{"name":"f","arguments":"{}"}}]})",
        "");
    can.toolId = ToolIdRule::Nine;
    row("P-77 ids of nine characters",
        R"("messages":[{"role":"user","content":"A"},{"role":"assistant","content":null,)"
        R"("tool_calls":[{"id":"abcdefghi","function":{"name":"f","arguments":""}}]},)"
        R"({"role":"tool","tool_call_id":"abcdefghi","content":"1"}])",
        R"("tool_call_id":"abcdefghi")", "");
    can.takesImageInToolResult = true;
    row("T§6.2 an image stays in its result",
        R"("messages":[{"role":"user","content":"A"},{"role":"assistant","tool_calls":[)"
        R"({"id":"c","function":{"name":"f","arguments":"{}"}}]},)"
        R"({"role":"tool","tool_call_id":"c","content":[{"type":"image_url",)"
        R"("image_url":{"url":"data:image/png;base64,AAAA"}}]}])",
        R"("tool_call_id":"c","content":[{"type":"image_url")", "");
    can.takesDeveloper = true;
    row("T§5 developer",
        R"("messages":[{"role":"developer","content":"A"},{"role":"user","content":"C"}])",
        R"([{"role":"developer","content":"A"})", "");
    can.takesMidSystem = true;
    row("T§5 mid system kept",
        R"("messages":[{"role":"user","content":"A"},{"role":"system","content":"S"},)"
        R"({"role":"user","content":"C"}])",
        R"({"role":"system","content":"S"},{"role":"user","content":"C"})", "");
    row("T§3 extras go to the same dialect", user + R"(,"top_a":0.3)", R"("top_a":0.3)", "");
}

void tst_chat_openai_chat::targets()
{
    QFETCH(QByteArray, members);
    QFETCH(Capabilities, can);
    QFETCH(QByteArray, wanted);
    QFETCH(QByteArray, header);
    Changes changes;
    Target to = target();
    to.can = can;
    const QByteArray sent = translated("{\"model\":\"a\"," + members + '}', to, changes);
    QVERIFY(!changes.isRejected());
    QVERIFY2(sent.contains(wanted), sent.constData());
    QCOMPARE(changes.droppedHeader(), header);
}

// T§16.2 [dialects §11]
void tst_chat_openai_chat::clientStream()
{
    EncodeOptions options;
    options.model = "alias";
    options.asksUsage = true;
    options.createdSeconds = 5;
    const auto encoder = chatTranslator().makeEncoder(options);
    Reply reply = canonicalReplies().at(4).reply; // reasoning, text, two calls
    const QByteArray out = stream(reply, *encoder);
    QVERIFY(encoder->isFinished());
    QVERIFY(out.endsWith("data: [DONE]\n\n"));
    QCOMPARE(out.count("\"role\":\"assistant\""), 1); // P-17
    QCOMPARE(out.count("\"model\":\"alias\""), out.count("data: {"));
    QVERIFY(out.contains(R"("tool_calls":[{"index":0,"id":"call_1","type":"function",)"
                         R"("function":{"name":"get_weather","arguments":""}}])")); // P-8, P-15
    QVERIFY(out.contains(R"({"index":1,"id":"call_2")"));
    QVERIFY(out.contains(R"("finish_reason":"tool_calls")"));
    QVERIFY(out.contains(R"("choices":[],"usage":{"prompt_tokens":25,"completion_tokens":9,)"
                         R"("total_tokens":34,"prompt_tokens_details":{"cached_tokens":5)"));
    // Nothing behind the terminal.
    encoder->fail({});
    QVERIFY(encoder->take().isEmpty());
    for (const QByteArray &event : out.split('\n')) {
        if (!event.startsWith("data: {"))
            continue;
        json::Scan scan;
        QVERIFY2(scan.run(QByteArrayView(event).sliced(6)), event.constData());
    }

    // The legacy pair is answered with its own member. [translation §4]
    options.isLegacyFunctions = true;
    const auto legacy = chatTranslator().makeEncoder(options);
    const QByteArray old = stream(canonicalReplies().at(2).reply, *legacy);
    QVERIFY(old.contains(R"("function_call":{"name":"get_weather","arguments":""})"));
    QVERIFY(old.contains(R"("finish_reason":"function_call")"));
}

void tst_chat_openai_chat::roundTrips_data()
{
    QTest::addColumn<int>("index");
    const auto replies = canonicalReplies();
    for (int i = 0; i < replies.size(); ++i)
        QTest::newRow(replies[i].name) << i;
}

void tst_chat_openai_chat::roundTrips()
{
    QFETCH(int, index);
    EncodeOptions options;
    options.asksUsage = true;
    QCOMPARE(roundTrip(canonicalReplies().at(index).reply, chatTranslator(), options),
             QByteArray());
}

void tst_chat_openai_chat::usage_data()
{
    QTest::addColumn<QByteArray>("stream");
    QTest::addColumn<QByteArray>("wanted"); // input, cache read, cache write, output, reasoning
    const auto own = [](const QByteArray &usage) {
        return QByteArray("data: {\"choices\":[],\"usage\":" + usage + "}\n\n");
    };
    const QByteArray text = delta(R"("content":"A")");
    const QByteArray finish = chunk(R"("delta":{},"finish_reason":"stop")");
    const QByteArray done = "data: [DONE]\n\n";
    QTest::newRow("P-59 behind the finish") << QByteArray(
        text + finish + own(R"({"prompt_tokens":9,"completion_tokens":3,"total_tokens":12})")
        + done) << QByteArray("9 0 0 3 0");
    QTest::newRow("P-56 cached tokens are a part")
        << QByteArray(text + finish
                      + own(R"({"prompt_tokens":9,"completion_tokens":3,"total_tokens":12,)"
                            R"("prompt_tokens_details":{"cached_tokens":4}})")
                      + done)
        << QByteArray("5 4 0 3 0");
    QTest::newRow("P-58 Anthropic's names") << QByteArray(
        text + finish + own(R"({"input_tokens":9,"output_tokens":3,"cache_read_input_tokens":2})")
        + done) << QByteArray("9 2 0 3 0");
    QTest::newRow("P-60 zeros do not replace")
        << QByteArray(text + finish + own(R"({"prompt_tokens":9,"completion_tokens":3})")
                      + own(R"({"prompt_tokens":0,"completion_tokens":0})") + done)
        << QByteArray("9 0 0 3 0");
    QTest::newRow("P-61 xAI's reasoning stands beside")
        << QByteArray(text + finish
                      + own(R"({"prompt_tokens":12,"completion_tokens":1,"total_tokens":241,)"
                            R"("completion_tokens_details":{"reasoning_tokens":228}})")
                      + done)
        << QByteArray("12 0 0 229 228");
    QTest::newRow("P-100 on every chunk")
        << QByteArray(own(R"({"prompt_tokens":9,"completion_tokens":1})") + text
                      + own(R"({"prompt_tokens":9,"completion_tokens":2})") + finish + done)
        << QByteArray("9 0 0 2 0");
    QTest::newRow("T§13 null members")
        << QByteArray(text + finish
                      + own(R"({"prompt_tokens":9,"completion_tokens":2,)"
                            R"("prompt_tokens_details":null})")
                      + done)
        << QByteArray("9 0 0 2 0");
}

void tst_chat_openai_chat::usage()
{
    QFETCH(QByteArray, stream);
    QFETCH(QByteArray, wanted);
    const Usage usage = read(stream).usage;
    QByteArray said;
    for (const qint64 count :
         {usage.input, usage.cacheRead, usage.cacheWrite, usage.output, usage.reasoning})
        said += (said.isEmpty() ? "" : " ") + QByteArray::number(count);
    QCOMPARE(said, wanted);
}

// [pitfall 98]
void tst_chat_openai_chat::parallelWrapper()
{
    auto map = std::make_shared<ReplyMap>();
    Request declared;
    Tool tool;
    tool.name = "f";
    declared.tools = {tool};
    map->names.apply(declared, ToolNameRule::OpenAi64);
    DecodeOptions options;
    options.map = map;
    const QByteArray stream
        = call(
              "\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"multi_tool_use.parallel\","
              "\"arguments\":\"{\\\"tool_uses\\\":[{\\\"recipient_name\\\":\\\"functions.f\\\",\"}")
        + call("\"index\":0,\"function\":{\"arguments\":\"\\\"parameters\\\":{\\\"x\\\":1}},"
               "{\\\"recipient_name\\\":\\\"functions.f\\\",\\\"parameters\\\":{\\\"x\\\":2}}]}\"}")
        + ended("tool_calls");
    QCOMPARE(story(read(stream, options)), QByteArray(R"(||f({"x":1})f({"x":2})|tool_calls)"));
    // A tool of that name which was declared is called as it is.
    declared.tools[0].name = "parallel";
    map->names.apply(declared, ToolNameRule::OpenAi64);
    const QByteArray own
        = call(R"("index":0,"id":"a","function":{"name":"parallel","arguments":"{}"})")
        + ended("tool_calls");
    QCOMPARE(story(read(own, options)), QByteArray("||parallel({})|tool_calls"));
}

// [translation §10: the forced tool]
void tst_chat_openai_chat::outputTool()
{
    auto map = std::make_shared<ReplyMap>();
    map->outputTool = "structured_output";
    DecodeOptions options;
    options.map = map;
    const QByteArray stream
        = call(R"("index":0,"id":"a","function":{"name":"structured_output","arguments":""})")
        + call(R"("index":0,"function":{"arguments":"{\"a\":"})")
        + call(R"("index":0,"function":{"arguments":"1}"})") + ended("tool_calls");
    QCOMPARE(story(read(stream, options)), QByteArray(R"({"a":1}|||stop)"));
}

// [translation §9.4, pitfall 47]
void tst_chat_openai_chat::inlineThinking()
{
    DecodeOptions options;
    options.can.isInlineThink = true;
    const QByteArray stream = delta(R"("content":"<thi")") + delta(R"("content":"nk>a</th")")
        + delta(R"("content":"ink>\n\nb")") + ended();
    QCOMPARE(story(read(stream, options)), QByteArray("b|a||stop"));
    QCOMPARE(story(read(stream)), QByteArray("<think>a</think>\n\nb|||stop"));
    QCOMPARE(splitEverywhere(chatTranslator(), stream, options), QByteArray());
}

// [translation §9.3, pitfalls 36, 39, 40] What other makers need back goes out to a Chat client and
// comes back byte for byte, whole and streamed.
void tst_chat_openai_chat::opaqueStateTravels()
{
    const Origin maker{"prov", "fam"};
    Reply reply = canonicalReplies().at(4).reply;
    reply.parts[0].artifacts = {{ArtifactKind::AnthropicSignature, "sig/+=", {}, maker}};
    reply.parts[2].artifacts = {{ArtifactKind::GeminiSignature, "gem\n==", {}, maker}};
    Part redacted{Reasoning{{}, {}, true}};
    redacted.artifacts = {{ArtifactKind::AnthropicRedacted, "data", {}, maker}};
    Reasoning summed;
    summed.summary = {Text::plain("In short.")};
    Part encrypted{summed};
    encrypted.artifacts = {{ArtifactKind::OpenAiEncrypted, "opaque==", "rs_1", maker}};
    reply.parts.insert(reply.parts.begin() + 1, {redacted, encrypted});

    EncodeOptions options;
    options.origin = maker;
    const QByteArray whole = chatTranslator().encodeReply(reply, options, {});
    json::Scan scan;
    QVERIFY2(scan.run(whole), whole.constData());
    QByteArray message
        = (*scan.root().find("choices").items().begin()).find("message").raw().toByteArray();

    Changes changes;
    const QByteArray body = R"({"model":"m","messages":[{"role":"user","content":"A"},)" + message
        + R"(,{"role":"tool","tool_call_id":"call_1","content":"1"}]})";
    const Request request = chatTranslator().decodeRequest({}, body, changes);
    QVERIFY(!changes.isRejected());
    const Turn &turn = request.turns.at(1);
    QList<Artifact> found;
    for (const Part &part : turn.parts) {
        for (const Artifact &artifact : part.artifacts)
            found.append(artifact);
    }
    QList<Artifact> wanted;
    for (const Part &part : reply.parts) {
        for (const Artifact &artifact : part.artifacts)
            wanted.append(artifact);
    }
    QCOMPARE(found.size(), wanted.size());
    for (int i = 0; i < found.size(); ++i)
        QVERIFY2(found[i] == wanted[i], found[i].payload.constData());
    QCOMPARE(turn.parts.at(0).as<Reasoning>()->text.toPlain(),
             QByteArray("The user wants the weather."));

    // A stream has the same entries.
    const auto encoder = chatTranslator().makeEncoder(options);
    const QByteArray streamed = translate::stream(reply, *encoder);
    for (const char *stretch : {"reasoning_details", "thought_signature"})
        QVERIFY2(streamed.contains(stretch), stretch);
    QCOMPARE(streamed.count("\"gw1."), wanted.size());
}

void tst_chat_openai_chat::imagesOwnTheirBytes()
{
    QByteArray stream
        = delta(
              R"("images":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}])")
        + ended();
    const auto decoder = chatTranslator().makeDecoder({});
    const Reply reply = collect(*decoder, stream);
    stream.fill('#');
    QCOMPARE(reply.parts.size(), size_t(1));
    const MediaPart *image = reply.parts[0].as<MediaPart>();
    QVERIFY(image);
    QCOMPARE(image->data.toPlain(), QByteArray("AAAA"));
    QCOMPARE(image->mime, QByteArray("image/png"));
    const QByteArray out = chatTranslator().encodeReply(reply, {}, {});
    QVERIFY(out.contains(R"("images":[{"type":"image_url","image_url":{"url":)"
                         R"("data:image/png;base64,AAAA"}}])"));
}

// [translation §12.4, pitfalls 22, 87]
void tst_chat_openai_chat::waivers()
{
    const QByteArray text = delta(R"("content":"A")");
    DecodeOptions finish;
    finish.can.isFinishWaived = true;
    QCOMPARE(story(read(text + "data: [DONE]\n\n", finish)), QByteArray("A|||stop"));
    QCOMPARE(story(read(text, finish)), QByteArray("fault"));
    DecodeOptions done;
    done.can.isDoneWaived = true;
    const QByteArray finished = text + chunk(R"("delta":{},"finish_reason":"stop")");
    QCOMPARE(story(read(finished, done)), QByteArray("A|||stop"));
    QCOMPARE(story(read(finished, done, true)), QByteArray("fault")); // a bare FIN
    QCOMPARE(story(read(": x\n\n", done)), QByteArray("fault"));
    QCOMPARE(story(read({}, done)), QByteArray("fault"));
}

namespace {

DecodeOptions optionsFor(const Recording &recording)
{
    DecodeOptions options;
    options.can.isFinishWaived = recording.provider == "snowflake";
    options.can.isDoneWaived = recording.provider == "perplexity";
    return options;
}

Reply answer(const Recording &recording)
{
    const DecodeOptions options = optionsFor(recording);
    if (recording.status >= 400) {
        Reply reply;
        reply.fault = decodeError(DialectId::OpenAiChat, recording.status, recording.contentType,
                                  recording.body);
        return reply;
    }
    if (!recording.isStream)
        return chatTranslator().decodeReply(recording.body, options);
    return collect(*chatTranslator().makeDecoder(options), recording.body);
}

} // namespace

namespace {

// Where the reader that made the expectations knows less than the cost reference.
Expectation expectationOf(const Recording &recording, const Essence &found)
{
    Expectation expect = recording.expect;
    // cost.md §4: these providers count cached tokens at the top level too.
    if (recording.provider == "mistral" || recording.provider == "moonshot")
        expect.cached = found.usage.cacheRead;
    // Tokens written that are also read count once: the classes are disjoint.
    if (recording.id == "py-01a770d39e")
        expect.cacheWrite = 0;
    // T§12 override 4: no finish reason at all, and the quirk waives it.
    if (recording.provider == "snowflake" && expect.finish.isEmpty())
        expect.finish = found.tools.isEmpty() ? "stop" : "tool_calls";
    return expect;
}

} // namespace

void tst_chat_openai_chat::recordingsSayTheSame()
{
    const QList<Recording> all = recordings(DialectId::OpenAiChat);
    if (all.isEmpty())
        QSKIP("SIGNALBOX_CORPORA is not set");
    QByteArray wrong;
    int agreed = 0;
    int agreedAgain = 0;
    for (const Recording &recording : all) {
        const Reply reply = answer(recording);
        const Essence found = essence(reply);
        const QByteArray said = difference(found, expectationOf(recording, found));
        if (said.isEmpty())
            ++agreed;
        else
            wrong += recording.id + ' ' + recording.provider + ' ' + recording.features.join(',')
                + '\n' + said;
        if (reply.fault) {
            ++agreedAgain;
            continue;
        }
        EncodeOptions options;
        options.asksUsage = true;
        const QByteArray again = roundTrip(reply, chatTranslator(), options);
        if (again.isEmpty())
            ++agreedAgain;
        else
            wrong += recording.id + " again: " + again.left(600) + '\n';
    }
    qInfo("%d of %d recordings agree, %d after a round trip", agreed, int(all.size()), agreedAgain);
    QCOMPARE(wrong, QByteArray());
}

void tst_chat_openai_chat::recordingsSplit()
{
    const QList<Recording> all = recordings(DialectId::OpenAiChat);
    if (all.isEmpty())
        QSKIP("SIGNALBOX_CORPORA is not set");
    int streams = 0;
    for (const Recording &recording : all) {
        if (!recording.isStream || recording.status >= 400 || recording.body.size() > 60'000)
            continue;
        ++streams;
        const DecodeOptions options = optionsFor(recording);
        // In pieces of one size after another.
        EventLog whole;
        const auto decoder = chatTranslator().makeDecoder(options);
        decoder->feed(recording.body, whole);
        decoder->finish(false, whole);
        QVERIFY2(whole.broken().isEmpty(), QByteArray(recording.id + whole.broken()).constData());
        for (const qsizetype size : {1, 7, 64, 1000}) {
            EventLog log;
            const auto pieces = chatTranslator().makeDecoder(options);
            for (qsizetype at = 0; at < recording.body.size(); at += size) {
                const QByteArray piece = recording.body.mid(at, size);
                pieces->feed(piece, log);
            }
            pieces->finish(false, log);
            QCOMPARE(log.text(), whole.text());
        }
        // Cut at two hundred places: one end, and no success before the terminal.
        const qsizetype done = recording.body.lastIndexOf("[DONE]");
        const qsizetype step = qMax<qsizetype>(1, recording.body.size() / 200);
        for (qsizetype at = 0; at < recording.body.size(); at += step) {
            EventLog log;
            const auto cut = chatTranslator().makeDecoder(options);
            cut->feed(recording.body.left(at), log);
            cut->finish(true, log);
            QVERIFY2(log.isEnded() && log.broken().isEmpty(), recording.id.constData());
            QVERIFY2(!log.isClean() || (done >= 0 && at > done), recording.id.constData());
            QCOMPARE(log.finishes() + log.errors(), 1);
        }
    }
    QVERIFY(streams > 0);
}

QTEST_GUILESS_MAIN(tst_chat_openai_chat)
#include "tst_chat_openai_chat.moc"
