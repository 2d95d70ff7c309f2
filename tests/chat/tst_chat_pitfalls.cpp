// Failures seen at other gateways that no single translator's test holds: requests from one dialect
// to another, state that has to survive, and errors that must keep their meaning. The other numbers
// stand in the tests of the part they act in; house/tst_readme sees to it that none is missing.
#include "chat/chat_kit.h"
#include "record/names.h"
#include "translate/quirks.h"
#include "json/reader.h"
#include "json/writer.h"

#include <QTest>

using namespace sb;
using namespace sb::chat;
using namespace sb::testing;
using namespace sb::translate;

namespace {

QByteArray sse(const QByteArray &data)
{
    return "data: " + data + "\n\n";
}

const Translator &of(DialectId dialect)
{
    return *translatorFor(dialect);
}

QByteArray translated(DialectId from, QByteArray body, const Target &target, Changes &changes)
{
    body.reserve(body.size() + 64);
    const Request request = of(from).decodeRequest({}, body, changes);
    return of(target.dialect).encodeRequest(request, target, changes).body;
}

Target targetOf(DialectId dialect, const char *model)
{
    Target target;
    target.dialect = dialect;
    target.provider = "there";
    target.family = "family";
    target.model = model;
    target.can = capabilitiesFor(dialect, Family::Unknown, model);
    return target;
}

// "f=1 g=2": what each content of results has, one content after its content of calls.
QByteArray geminiPairs(const QByteArray &body)
{
    const auto value = json::read(body);
    const json::Value *contents = value ? value->find("contents") : nullptr;
    if (!contents)
        return "no contents";
    QByteArray out;
    int waiting = 0;
    for (const json::Value &content : contents->items()) {
        int calls = 0;
        int results = 0;
        for (const json::Value &part : content.find("parts")->items()) {
            if (part.find("functionCall"))
                ++calls;
            const json::Value *response = part.find("functionResponse");
            if (!response)
                continue;
            ++results;
            out += out.isEmpty() ? "" : " ";
            out += response->find("name")->text() + '=' + json::write(*response->find("response"));
        }
        if (results != waiting)
            return "wrong count: " + body;
        waiting = calls;
    }
    return waiting ? "unanswered: " + body : out;
}

} // namespace

class tst_chat_pitfalls : public QObject {
    Q_OBJECT

private slots:
    void geminiCounts_data();
    void geminiCounts();
    void requests_data();
    void requests();
    void signaturesAreCollected();
    void secondStart();
    void lastUsageWins();
    void overflowWords_data();
    void overflowWords();
    void reasoningIsShown_data();
    void reasoningIsShown();
    void eventsStayOnOneLine();
    void toolsKnownByType_data();
    void toolsKnownByType();
};

void tst_chat_pitfalls::geminiCounts_data()
{
    QTest::addColumn<QByteArray>("further");
    QTest::addColumn<QByteArray>("pairs");
    const auto row = [](const char *name, const char *further, const char *pairs) {
        QTest::newRow(name) << QByteArray(further) << QByteArray(pairs);
    };
    row("P-30 T§14.15 in another order",
        R"({"role":"tool","tool_call_id":"b","content":"2"},{"role":"tool","tool_call_id":"a","content":"1"})",
        R"(f={"output":"1"} g={"output":"2"})");
    row("P-30 one is missing", R"({"role":"tool","tool_call_id":"b","content":"2"})",
        R"_(f={"error":"(no result: interrupted)"} g={"output":"2"})_");
    row("P-30 one too many",
        R"({"role":"tool","tool_call_id":"a","content":"1"},{"role":"tool","tool_call_id":"b","content":"2"},{"role":"tool","tool_call_id":"a","content":"3"})",
        R"(f={"output":"1"} g={"output":"2"})");
    row("P-30 the question between them",
        R"({"role":"tool","tool_call_id":"a","content":"1"},{"role":"user","content":"so?"},{"role":"tool","tool_call_id":"b","content":"2"})",
        R"(f={"output":"1"} g={"output":"2"})");
}

void tst_chat_pitfalls::geminiCounts()
{
    QFETCH(QByteArray, further);
    Changes changes;
    const QByteArray body = translated(
        DialectId::OpenAiChat,
        R"({"model":"m","messages":[{"role":"user","content":"q"},{"role":"assistant","content":null,"tool_calls":[)"
        R"({"id":"a","type":"function","function":{"name":"f","arguments":"{}"}},)"
        R"({"id":"b","type":"function","function":{"name":"g","arguments":"{}"}}]},)"
            + further + "]}",
        targetOf(DialectId::Gemini, "gemini-2.5-flash"), changes);
    QVERIFY(!changes.isRejected());
    QTEST(geminiPairs(body), "pairs");
}

void tst_chat_pitfalls::requests_data()
{
    QTest::addColumn<DialectId>("client");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("has"); // all of it in what is sent to Anthropic
    QTest::addColumn<QByteArray>("rule"); // that is said
    const auto row = [](const char *name, DialectId client, const char *body, const char *has,
                        const char *rule) {
        QTest::newRow(name) << client << QByteArray(body) << QByteArray(has) << QByteArray(rule);
    };
    const DialectId chat = DialectId::OpenAiChat;
    const DialectId anthropic = DialectId::Anthropic;
    row("P-37 a loop whose thought is lost", chat,
        R"({"model":"m","reasoning_effort":"high","messages":[{"role":"user","content":"q"},{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"a","content":"1"}]})",
        R"("thinking":{"type":"disabled"})", "loop-without-thinking");
    row("P-37 two steps of one", chat,
        R"({"model":"m","reasoning_effort":"high","messages":[{"role":"user","content":"q"},{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"a","content":"1"},{"role":"assistant","content":"on","tool_calls":[{"id":"b","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"b","content":"2"}]})",
        R"("thinking":{"type":"disabled"})", "loop-without-thinking");
    row("P-37 a new question thinks again", chat,
        R"({"model":"m","reasoning_effort":"high","messages":[{"role":"user","content":"q"},{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"a","content":"1"},{"role":"assistant","content":"so"},{"role":"user","content":"and?"}]})",
        R"("thinking":{"type":"enabled","budget_tokens":16384})", "");
    row("P-37 the loop has its thought", anthropic,
        R"({"model":"m","max_tokens":9000,"thinking":{"type":"enabled","budget_tokens":2000},"messages":[{"role":"user","content":"q"},{"role":"assistant","content":[{"type":"thinking","thinking":"t","signature":"c2ln"},{"type":"tool_use","id":"a","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"1"}]},{"role":"assistant","content":[{"type":"tool_use","id":"b","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"b","content":"1"},{"type":"text","text":"Be quick."}]}]})",
        R"("thinking":{"type":"enabled","budget_tokens":2000})", "");
    row("P-75 a schema is native", chat,
        R"({"model":"m","messages":[{"role":"user","content":"q"}],"response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}}}})",
        R"("output_config":{"format":{"type":"json_schema","schema":{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}}})",
        "");
    row("P-75 the short form of Responses", DialectId::OpenAiResponses,
        R"({"model":"m","input":"q","text":{"format":{"type":"json_schema","name":"n","schema":{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}}}})",
        R"("output_config":{"format":{"type":"json_schema","schema":{"type":"object",)", "");
    row("P-82 white space stops nothing", chat,
        R"({"model":"m","messages":[{"role":"user","content":"q"}],"stop":["\n\n","END",""]})",
        R"("stop_sequences":["END"])", "stop-blank");
}

void tst_chat_pitfalls::requests()
{
    QFETCH(DialectId, client);
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, has);
    QFETCH(QByteArray, rule);
    Target target = targetOf(DialectId::Anthropic, "claude-sonnet-4-5");
    target.can.thinking = ThinkingKind::Budget;
    target.can.schemaMode = SchemaMode::Native;
    Changes changes;
    const QByteArray sent = translated(client, body, target, changes);
    QVERIFY(!changes.isRejected());
    QVERIFY2(sent.contains(has), sent.constData());
    const auto isSaid = [&](const Change &change) { return change.rule == rule; };
    const std::vector<Change> &entries = changes.entries();
    if (!rule.isEmpty())
        QVERIFY(std::any_of(entries.begin(), entries.end(), isSaid));
    rule = "loop-without-thinking";
    QCOMPARE(sent.contains(R"("thinking":{"type":"disabled"})"),
             std::any_of(entries.begin(), entries.end(), isSaid));
}

// P-38: the signature comes in pieces behind the thought; it is kept whole, and given on whole.
void tst_chat_pitfalls::signaturesAreCollected()
{
    const QByteArray stream
        = sse(R"({"type":"message_start","message":{"id":"msg_1","model":"m","content":[],"usage":{"input_tokens":4,"output_tokens":1}}})")
        + sse(R"({"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}})")
        + sse(R"({"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"why"}})")
        + sse(R"({"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"EqQB+/=="}})")
        + sse(R"({"type":"content_block_stop","index":0})")
        + sse(R"({"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"toolu_1","name":"f","input":{}}})")
        + sse(R"({"type":"content_block_stop","index":1})")
        + sse(R"({"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":9}})")
        + sse(R"({"type":"message_stop"})");
    DecodeOptions reading;
    reading.origin = {"there", "family"};
    const auto decoder = of(DialectId::Anthropic).makeDecoder(reading);
    const Reply reply = collect(*decoder, stream);
    QVERIFY(!reply.fault);
    QCOMPARE(reply.parts.size(), size_t(2));
    QCOMPARE(reply.parts[0].artifacts.size(), size_t(1));
    QCOMPARE(reply.parts[0].artifacts[0].payload, QByteArray("EqQB+/=="));
    // A client of Chat gets it in a form of its own, sends it back, and the maker has it again.
    EncodeOptions writing;
    writing.origin = reading.origin;
    const QByteArray shown = of(DialectId::OpenAiChat).encodeReply(reply, writing, {});
    const auto value = json::read(shown);
    QVERIFY(value);
    const json::Value *message = value->find("choices")->items().front().find("message");
    Changes changes;
    const QByteArray again = translated(
        DialectId::OpenAiChat,
        R"({"model":"m","messages":[{"role":"user","content":"q"},)" + json::write(*message)
            + R"(,{"role":"tool","tool_call_id":"toolu_1","content":"1"}]})",
        targetOf(DialectId::Anthropic, "claude-sonnet-4-5"), changes);
    QVERIFY2(again.contains(R"({"type":"thinking","thinking":"why","signature":"EqQB+/=="})"),
             again.constData());
}

// P-96: a relay that tried again put a second start into the stream.
void tst_chat_pitfalls::secondStart()
{
    const QByteArray start = sse(
        R"({"type":"message_start","message":{"id":"msg_1","model":"m","content":[],"usage":{"input_tokens":4,"output_tokens":1}}})");
    QByteArray other = start;
    other.replace("msg_1", "msg_2");
    const QByteArray rest
        = sse(R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}})")
        + sse(R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}})")
        + sse(R"({"type":"content_block_stop","index":0})")
        + sse(R"({"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":9}})")
        + sse(R"({"type":"message_stop"})");
    for (const QByteArray &second : {start, other}) {
        const QByteArray bytes = start + second + rest;
        const auto decoder = of(DialectId::Anthropic).makeDecoder({});
        EventLog log;
        decoder->feed(bytes, log);
        decoder->finish(false, log);
        QCOMPARE(log.broken(), QByteArray());
        QVERIFY(log.isClean());
        QVERIFY2(log.text().startsWith("start msg_1 m\nopen 0"), log.text().constData());
        const auto encoder = of(DialectId::Anthropic).makeEncoder({});
        const auto reader = of(DialectId::Anthropic).makeDecoder({});
        reader->feed(bytes, *encoder);
        reader->finish(false, *encoder);
        QCOMPARE(encoder->out().count("event: message_start"), 1);
        QCOMPARE(encoder->out().count("event: message_stop"), 1);
    }
}

// P-97: the delta at the end tells the input again, and it is the larger one that counts.
void tst_chat_pitfalls::lastUsageWins()
{
    const QByteArray stream
        = sse(R"({"type":"message_start","message":{"id":"msg_1","model":"m","content":[],"usage":{"input_tokens":10,"cache_read_input_tokens":0,"output_tokens":1}}})")
        + sse(R"({"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":2500,"cache_read_input_tokens":300,"output_tokens":9}})")
        + sse(R"({"type":"message_stop"})");
    const auto decoder = of(DialectId::Anthropic).makeDecoder({});
    const Reply reply = collect(*decoder, stream);
    QCOMPARE(reply.usage.input, qint64(2500));
    QCOMPARE(reply.usage.cacheRead, qint64(300));
    QCOMPARE(reply.usage.completion(), qint64(9));
}

void tst_chat_pitfalls::overflowWords_data()
{
    QTest::addColumn<DialectId>("provider");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("reason"); // the provider's own words, kept
    QTest::newRow("P-63 OpenAI")
        << DialectId::OpenAiChat << 400
        << QByteArray(
               R"({"error":{"message":"This model's maximum context length is 8192 tokens.","code":"context_length_exceeded"}})")
        << QByteArray("maximum context length is 8192 tokens");
    QTest::newRow("P-63 hidden by OpenRouter")
        << DialectId::OpenAiChat << 400
        << QByteArray(
               R"({"error":{"message":"Provider returned error","code":400,"metadata":{"raw":"{\"error\":{\"message\":\"prompt is too long: 200001 tokens > 200000 maximum\"}}","provider_name":"x"}}})")
        << QByteArray("200001 tokens");
    QTest::newRow("P-63 Gemini")
        << DialectId::Gemini << 400
        << QByteArray(
               R"({"error":{"code":400,"message":"The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).","status":"INVALID_ARGUMENT"}})")
        << QByteArray("1048576");
}

void tst_chat_pitfalls::overflowWords()
{
    QFETCH(DialectId, provider);
    QFETCH(int, status);
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, reason);
    const Fault fault = decodeError(provider, status, "application/json", body);
    QCOMPARE(fault.outcome, AttemptOutcome::ContextTooLong);
    // Claude Code makes room only when the message starts with these words.
    const QByteArray claude = dialect::errorBody(
        DialectId::Anthropic, toClientError(fault, DialectId::Anthropic, {1, 2}));
    QVERIFY2(claude.contains(R"("message":"prompt is too long)"), claude.constData());
    QVERIFY2(claude.contains(reason), claude.constData());
    const QByteArray codex = dialect::errorBody(
        DialectId::OpenAiResponses, toClientError(fault, DialectId::OpenAiResponses, {1, 2}));
    QVERIFY2(codex.contains(R"("code":"context_length_exceeded")"), codex.constData());
    QVERIFY2(codex.contains(reason), codex.constData());
}

void tst_chat_pitfalls::reasoningIsShown_data()
{
    QTest::addColumn<DialectId>("client");
    QTest::addColumn<bool>("shows");
    QTest::addColumn<QByteArray>("whole"); // as the thought stands in it
    QTest::addColumn<QByteArray>("streamed");
    const auto row = [](const char *name, DialectId client, bool shows, const char *whole,
                        const char *streamed) {
        QTest::newRow(name) << client << shows << QByteArray(whole) << QByteArray(streamed);
    };
    row("T§9.2 Chat", DialectId::OpenAiChat, true, R"("reasoning_content":"because")",
        R"("delta":{"reasoning_content":"because"})");
    // As a summary, which is the part of a thought that this API's clients show.
    row("T§9.2 Responses", DialectId::OpenAiResponses, true,
        R"({"type":"summary_text","text":"because"})",
        "event: response.reasoning_summary_text.delta");
    row("T§9.2 Anthropic", DialectId::Anthropic, true, R"({"type":"thinking","thinking":"because")",
        R"({"type":"thinking_delta","thinking":"because"})");
    row("T§9.2 Gemini", DialectId::Gemini, true, R"("thought":true)", R"("thought":true)");
    row("T§9.2 Gemini, not asked for", DialectId::Gemini, false, "", "");
    row("T§9.2 Ollama", DialectId::Ollama, true, R"("thinking":"because")",
        R"("thinking":"because")");
    row("T§9.2 Ollama, not asked for", DialectId::Ollama, false, "", "");
}

void tst_chat_pitfalls::reasoningIsShown()
{
    QFETCH(DialectId, client);
    QFETCH(bool, shows);
    QFETCH(QByteArray, whole);
    QFETCH(QByteArray, streamed);
    Reply reply = canonicalReplies()[1].reply;
    reply.parts[0].as<Reasoning>()->text = Text::plain("because");
    EncodeOptions options;
    options.showsReasoning = shows;
    options.path = "/api/chat";
    options.query = "alt=sse";
    const QByteArray body = of(client).encodeReply(reply, options, {});
    const auto encoder = of(client).makeEncoder(options);
    const QByteArray events = translate::stream(reply, *encoder);
    if (!shows) {
        QVERIFY2(!body.contains("because"), body.constData());
        QVERIFY2(!events.contains("because"), events.constData());
        return;
    }
    QVERIFY2(body.contains(whole) && body.contains("because"), body.constData());
    QVERIFY2(events.contains(streamed) && events.contains("because"), events.constData());
    QVERIFY(events.indexOf("because") < events.indexOf("It is sunny"));
}

// T§16.1, T§16.2, T§16.5: raw values come with the line ends of a body that was written for people.
void tst_chat_pitfalls::eventsStayOnOneLine()
{
    Reply reply = canonicalReplies()[2].reply;
    reply.parts[0].as<ToolCall>()->arguments = Text::plain("{\n  \"city\": \"Paris\"\r\n}");
    OpaquePart opaque;
    opaque.dialect = DialectId::Anthropic;
    opaque.type = "server_tool_use";
    opaque.isServerTool = true;
    opaque.raw = "{\n  \"type\": \"server_tool_use\",\n  \"id\": \"s\",\n  \"name\": \"n\"\n}";
    reply.parts.insert(reply.parts.begin(), Part(opaque));
    TextPart said;
    said.text = Text::plain("See.");
    said.citationsRaw = "[{\n \"type\": \"url_citation\",\n \"url\": \"https://a.example\"\n}]";
    reply.parts.insert(reply.parts.begin(), Part(said));
    reply.logprobsRaw = "[{\n \"token\": \"See\",\n \"logprob\": -1\n}]";
    for (const DialectId client : {DialectId::OpenAiChat, DialectId::OpenAiResponses,
                                   DialectId::Anthropic, DialectId::Gemini, DialectId::Ollama}) {
        EncodeOptions options;
        options.path = "/api/chat";
        options.query = "alt=sse";
        const auto encoder = of(client).makeEncoder(options);
        const QByteArray events = translate::stream(reply, *encoder);
        QVERIFY(!events.contains('\r'));
        for (QByteArray line : events.split('\n')) {
            if (line.isEmpty() || line.startsWith("event: ") || line == "data: [DONE]")
                continue;
            if (client != DialectId::Ollama) {
                QVERIFY2(line.startsWith("data: "), line.constData());
                line = line.sliced(6);
            }
            QVERIFY2(json::read(line), line.constData());
        }
    }
}

void tst_chat_pitfalls::toolsKnownByType_data()
{
    QTest::addColumn<DialectId>("to");
    for (const DialectId to :
         {DialectId::OpenAiChat, DialectId::OpenAiResponses, DialectId::Gemini, DialectId::Ollama})
        QTest::newRow(name(to).data()) << to;
}

// P-79, T§7.1: Anthropic's own client tools come without a schema. A known one becomes a function
// with the schema everybody knows; one of an unknown type is taken for the provider's own and
// dropped, never a function without parameters.
void tst_chat_pitfalls::toolsKnownByType()
{
    QFETCH(DialectId, to);
    const QByteArray body
        = R"({"model":"c","max_tokens":9,"messages":[{"role":"user","content":"a"}],"tools":[)"
          R"({"type":"text_editor_20250728","name":"str_replace_based_edit_tool"},)"
          R"({"type":"telescope_20990101","name":"telescope"}]})";
    Changes changes;
    const QByteArray sent = translated(DialectId::Anthropic, body, targetOf(to, "m"), changes);
    QVERIFY(!changes.isRejected());
    QVERIFY2(json::read(sent), sent.constData());
    QVERIFY2(sent.contains("\"str_replace_based_edit_tool\""), sent.constData());
    QVERIFY2(sent.contains("\"view_range\""), sent.constData());
    QVERIFY2(!sent.contains("telescope"), sent.constData());
    QList<QByteArray> rules;
    for (const Change &change : changes.entries())
        rules.append(change.rule);
    QVERIFY(rules.contains("typed-tool"));
    QVERIFY(rules.contains("hosted-tool"));
}

QTEST_GUILESS_MAIN(tst_chat_pitfalls)
#include "tst_chat_pitfalls.moc"
