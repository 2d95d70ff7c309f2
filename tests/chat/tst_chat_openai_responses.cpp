// OpenAI Responses to and from the neutral conversation: answers and streams. Rows are named by the
// rule (T = translation.md, D = dialects.md) or the pitfall (P) they hold to.
#include "chat/chat_kit.h"
#include "chat/envelope.h"
#include "translate/openai_responses/openai_responses.h"
#include "json/reader.h"

#include <QTest>

#include <random>

using namespace sb;
using namespace sb::chat;
using namespace sb::testing;
using namespace sb::translate;

class tst_chat_openai_responses : public QObject {
    Q_OBJECT

private slots:
    void streams_data();
    void streams();
    void splits_data();
    void splits();
    void replies_data();
    void replies();
    void roundTrips_data();
    void roundTrips();
    void lifecycle_data();
    void lifecycle();
    void customToolsComeBack_data();
    void customToolsComeBack();
    void namespacesComeBack();
    void stateTravels();
    void errorsAreTerminals();
    void finishes_data();
    void finishes();
    void echoesTheRequest();
    void recorded_data();
    void recorded();
    void recordedCuts();
};

namespace {

const Translator &responses()
{
    return openai_responses::translator();
}

QByteArray sse(const QList<QByteArray> &events)
{
    QByteArray out;
    for (const QByteArray &event : events)
        out += "data: " + event + "\n\n";
    return out;
}

const QByteArray kCreated
    = R"({"type":"response.created","response":{"id":"resp_1","model":"m","created_at":5,"status":"in_progress","output":[]}})";
const QByteArray kCompleted
    = R"({"type":"response.completed","response":{"id":"resp_1","status":"completed","output":[],"usage":{"input_tokens":9,"output_tokens":4,"total_tokens":13}}})";

QByteArray added(int index, const QByteArray &item)
{
    return R"({"type":"response.output_item.added","output_index":)" + QByteArray::number(index)
        + R"(,"item":)" + item + '}';
}

QByteArray done(int index, const QByteArray &item)
{
    return R"({"type":"response.output_item.done","output_index":)" + QByteArray::number(index)
        + R"(,"item":)" + item + '}';
}

QByteArray delta(const char *type, int index, const QByteArray &text)
{
    return QByteArray(R"({"type":")") + type + R"(","output_index":)" + QByteArray::number(index)
        + R"(,"delta":")" + text + R"("})";
}

QByteArray call(const QByteArray &id, const QByteArray &name, const QByteArray &arguments)
{
    return R"({"type":"function_call","id":"fc_)" + id + R"(","call_id":")" + id + R"(","name":")"
        + name + R"(","arguments":")" + arguments + R"("})";
}

// What an answer says, in one line.
QByteArray line(const Reply &reply)
{
    QByteArray out;
    for (const Part &part : reply.parts) {
        if (const auto *text = part.as<TextPart>())
            out += "text(" + text->text.toPlain() + ") ";
        else if (const auto *refusal = part.as<RefusalPart>())
            out += "refusal(" + refusal->text.toPlain() + ") ";
        else if (const auto *made = part.as<ToolCall>())
            out += made->id + '=' + made->name + '(' + made->arguments.toPlain() + ") ";
        else if (const auto *thought = part.as<Reasoning>()) {
            out += "thought(" + thought->text.toPlain();
            for (const Text &summary : thought->summary)
                out += '/' + summary.toPlain();
            out += ") ";
        } else if (const auto *opaque = part.as<OpaquePart>())
            out += "opaque(" + opaque->type + ") ";
        else
            out += "media ";
        for (const Artifact &artifact : part.artifacts)
            out += '[' + artifact.payload + "] ";
    }
    return out
        + (reply.fault ? "fault " + QByteArray::number(int(reply.fault->outcome))
                       : finishClass(reply.finish));
}

Reply collected(const QByteArray &stream, const DecodeOptions &options = {})
{
    const auto decoder = responses().makeDecoder(options);
    return collect(*decoder, stream);
}

struct Row {
    const char *name;
    QList<QByteArray> events;
    QByteArray said;
};

QList<Row> rows()
{
    const QByteArray text = R"({"type":"message","id":"msg_1","role":"assistant","content":[]})";
    const QByteArray said
        = R"({"type":"message","id":"msg_1","content":[{"type":"output_text","text":"Hi","annotations":[]}]})";
    const QByteArray empty = call("c1", "f", "");
    const QByteArray full = call("c1", "f", R"({\"a\":1})");
    const char *textDelta = "response.output_text.delta";
    const char *argsDelta = "response.function_call_arguments.delta";
    return {
        {"T§15 text",
         {kCreated, added(0, text), delta(textDelta, 0, "H"), delta(textDelta, 0, "i"),
          done(0, said), kCompleted},
         "text(Hi) stop"},
        {"P-6 text only in done",
         {kCreated, R"({"type":"response.output_text.done","output_index":0,"text":"Hi"})",
          kCompleted},
         "text(Hi) stop"},
        {"P-6 text only in the item", {kCreated, done(0, said), kCompleted}, "text(Hi) stop"},
        {"P-6 text only in the terminal",
         {kCreated,
          R"({"type":"response.completed","response":{"status":"completed","output":[)" + said
              + "]}}"},
         "text(Hi) stop"},
        {"P-6 arguments in deltas",
         {kCreated, added(0, empty), delta(argsDelta, 0, R"({\"a\")"), delta(argsDelta, 0, ":1}"),
          done(0, full), kCompleted},
         "c1=f({\"a\":1}) tool_calls"},
        {"P-6 arguments only in done",
         {kCreated, added(0, empty),
          R"({"type":"response.function_call_arguments.done","output_index":0,"arguments":"{\"a\":1}"})",
          done(0, full), kCompleted},
         "c1=f({\"a\":1}) tool_calls"},
        {"P-6 arguments only in the item",
         {kCreated, added(0, empty), done(0, full), kCompleted},
         "c1=f({\"a\":1}) tool_calls"},
        {"P-6 arguments only in the terminal",
         {kCreated,
          R"({"type":"response.completed","response":{"status":"completed","output":[)" + full
              + "]}}"},
         "c1=f({\"a\":1}) tool_calls"},
        {"P-6 call only in the terminal, behind text",
         {kCreated, delta(textDelta, 0, "Hi"),
          R"({"type":"response.completed","response":{"status":"completed","output":[)" + said + ","
              + full + "]}}"},
         "text(Hi) c1=f({\"a\":1}) tool_calls"},
        {"P-95 a terminal that counts otherwise",
         {kCreated, added(1, text), delta(textDelta, 1, "Hi"), done(1, said),
          R"({"type":"response.completed","response":{"status":"completed","output":[)" + said
              + "]}}"},
         "text(Hi) stop"},
        {"P-9 one call of many fragments",
         {kCreated, added(0, empty), delta(argsDelta, 0, "{"), delta(argsDelta, 0, "}"),
          delta(argsDelta, 0, ""), done(0, empty), kCompleted},
         "c1=f({}) tool_calls"},
        {"P-13 arguments as an object",
         {kCreated,
          done(0, R"({"type":"function_call","call_id":"c1","name":"f","arguments":{"a":1}})"),
          kCompleted},
         "c1=f({\"a\":1}) tool_calls"},
        {"P-14 P-95 ids that change",
         {kCreated, added(0, call("c1", "f", "")), delta(argsDelta, 0, "{}"),
          done(0, call("c2", "f", "{}")), kCompleted},
         "c1=f({}) tool_calls"},
        {"P-15 name only at the end",
         {kCreated, added(0, R"({"type":"function_call","call_id":"c1","name":null})"),
          delta(argsDelta, 0, R"({\"a\":1})"), done(0, full), kCompleted},
         "c1=f({\"a\":1}) tool_calls"},
        {"P-16 no call id",
         {kCreated, done(0, R"({"type":"function_call","id":"fc_9","name":"f","arguments":"{}"})"),
          kCompleted},
         madeCallId("fc_9", 0) + "=f({}) tool_calls"},
        {"P-18 no arguments",
         {kCreated, added(0, empty), done(0, empty), kCompleted},
         "c1=f({}) tool_calls"},
        {"P-4 thinking, text and call",
         {kCreated, delta("response.reasoning_summary_text.delta", 0, "hm"),
          done(
              0,
              R"({"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"hm"}],"encrypted_content":"ENC"})"),
          delta(textDelta, 1, "Hi"), added(2, empty), delta(argsDelta, 2, "{}"), done(2, full),
          kCompleted},
         "thought(/hm) [ENC] text(Hi) c1=f({}) tool_calls"},
        {"P-5 reasoning text alone",
         {kCreated, delta("response.reasoning_text.delta", 0, "hm"), kCompleted},
         "thought(hm) stop"},
        {"P-10 parallel calls side by side",
         {kCreated, added(0, call("c1", "f", "")), added(1, call("c2", "g", "")),
          delta(argsDelta, 0, "{"), delta(argsDelta, 1, "{}"), delta(argsDelta, 0, "}"),
          done(1, call("c2", "g", "{}")), done(0, call("c1", "f", "{}")), kCompleted},
         "c1=f({}) c2=g({}) tool_calls"},
        {"P-21 completed without a call",
         {kCreated, delta(textDelta, 0, "Hi"), kCompleted},
         "text(Hi) stop"},
        {"P-27 cut by length",
         {kCreated, delta(textDelta, 0, "Hi"),
          R"({"type":"response.incomplete","response":{"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"}}})"},
         "text(Hi) length"},
        {"T§12 filtered",
         {kCreated,
          R"({"type":"response.incomplete","response":{"status":"incomplete","incomplete_details":{"reason":"content_filter"}}})"},
         "filter"},
        {"T§12 refusal",
         {kCreated, delta("response.refusal.delta", 0, "No"), kCompleted},
         "refusal(No) filter"},
        {"P-98 calls in a bundle",
         {kCreated, added(0, call("c1", "multi_tool_use.parallel", "")),
          delta(
              argsDelta, 0,
              R"({\"tool_uses\":[{\"recipient_name\":\"functions.f\",\"parameters\":{\"a\":1}},{\"recipient_name\":\"functions.g\",\"parameters\":{}}]})"),
          done(0, call("c1", "multi_tool_use.parallel", "")), kCompleted},
         madeCallId("c1", 0) + "=f({\"a\":1}) " + madeCallId("c1", 1) + "=g({}) tool_calls"},
        {"P-98 a tool that is only called so",
         {kCreated, done(0, call("c1", "parallel", R"({\"n\":2})")), kCompleted},
         "c1=parallel({\"n\":2}) tool_calls"},
        {"P-51 error event, flat",
         {kCreated, R"({"type":"error","code":"rate_limit_exceeded","message":"slow"})"},
         "fault"},
        {"P-51 error event, nested",
         {kCreated, R"({"type":"error","error":{"type":"server_error","message":"x"}})"},
         "fault"},
        {"T§15 failed",
         {kCreated, delta(textDelta, 0, "Hi"),
          R"({"type":"response.failed","response":{"status":"failed","error":{"code":"server_error","message":"x"}}})"},
         "text(Hi) fault"},
        {"P-25 no terminal",
         {kCreated, delta(textDelta, 0, "Hi"), done(0, said)},
         "text(Hi) fault"},
        {"P-23 cut inside a call",
         {kCreated, added(0, empty), delta(argsDelta, 0, R"({\"a\")")},
         "c1=f({\"a\") fault"},
        {"D§3.5 hosted tool",
         {kCreated, R"({"type":"response.web_search_call.in_progress","output_index":0})",
          done(0, R"({"type":"web_search_call","id":"ws_1","status":"completed"})"),
          delta(textDelta, 1, "Hi"), kCompleted},
         "opaque(web_search_call) text(Hi) stop"},
        {"D§3.5 custom tool",
         {kCreated, added(0, R"({"type":"custom_tool_call","call_id":"c1","name":"p","input":""})"),
          delta("response.custom_tool_call_input.delta", 0, R"(*** \n)"),
          done(0, R"({"type":"custom_tool_call","call_id":"c1","name":"p","input":"*** \n"})"),
          kCompleted},
         "c1=p(*** \n) tool_calls"},
        {"P-94 DONE behind the terminal",
         {kCreated, delta(textDelta, 0, "Hi"), kCompleted, "[DONE]"},
         "text(Hi) stop"},
        {"P-94 DONE without a terminal",
         {kCreated, delta(textDelta, 0, "Hi"), "[DONE]"},
         "text(Hi) fault"},
        {"T§20.24 odd characters",
         {kCreated, delta(textDelta, 0, R"(\ud83d\ude00\u0000\"\\)"), kCompleted},
         QByteArray("text(\xF0\x9F\x98\x80") + '\0' + "\"\\) stop"},
    };
}

} // namespace

void tst_chat_openai_responses::streams_data()
{
    QTest::addColumn<QByteArray>("stream");
    QTest::addColumn<QByteArray>("said");
    for (const Row &row : rows())
        QTest::newRow(row.name) << sse(row.events) << row.said;
}

void tst_chat_openai_responses::streams()
{
    QFETCH(QByteArray, stream);
    QFETCH(QByteArray, said);
    QByteArray found = line(collected(stream));
    if (said.endsWith("fault"))
        found.truncate(found.lastIndexOf(' '));
    QCOMPARE(found, said);
}

void tst_chat_openai_responses::splits_data()
{
    streams_data();
}

void tst_chat_openai_responses::splits()
{
    QFETCH(QByteArray, stream);
    QFETCH(QByteArray, said);
    QCOMPARE(splitEverywhere(responses(), stream), QByteArray()); // P-83
    qsizetype whole = stream.indexOf("data: {\"type\":\"response.completed\"");
    if (whole < 0)
        whole = stream.indexOf("data: {\"type\":\"response.incomplete\"");
    whole = whole < 0 || said.endsWith("fault") ? stream.size() + 1 : stream.indexOf('\n', whole);
    QCOMPARE(cutEverywhere(responses(), stream, whole), QByteArray()); // P-23, P-25
    // The same with other line ends, event names and comments between. [D§1.3]
    QByteArray other = stream;
    other.replace("data: ", ": alive\r\n\r\nevent: x\r\ndata:").replace("\n\n", "\r\n\r\n");
    QCOMPARE(line(collected(other)), line(collected(stream)));
}

void tst_chat_openai_responses::replies_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("said");
    const auto add = [](const char *name, const QByteArray &body, const QByteArray &said) {
        QTest::newRow(name) << body << said;
    };
    add("T§15 text",
        R"({"status":"completed","output":[{"type":"message","content":[{"type":"output_text","text":"Hi"}]}]})",
        "text(Hi) stop");
    add("P-91 reasoning and calls",
        R"({"status":"completed","output":[{"type":"reasoning","id":"rs","summary":[{"text":"a"},{"text":"b"}],"encrypted_content":"E"},{"type":"function_call","call_id":"c","name":"f","arguments":"{}"}]})",
        "thought(/a/b) [E] c=f({}) tool_calls");
    add("P-90 nothing but a reason",
        R"({"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":[]})",
        "length");
    add("P-51 error in a success", R"({"error":{"message":"no"}})", "fault");
    add("T§12 failed",
        R"({"status":"failed","error":{"code":"server_error","message":"x"},"output":[]})",
        "fault");
    add("P-87 empty", "", "fault");
    add("T§20.14 HTML", "<html></html>", "fault");
    add("T§20.14 cut", R"({"status":"completed","output":[{"ty)", "fault");
    add("D§3.4 not finished", R"({"status":"queued","output":[]})", "fault");
    add("T§6 image",
        R"({"status":"completed","output":[{"type":"image_generation_call","id":"ig","result":"aGk="}]})",
        "media stop");
}

void tst_chat_openai_responses::replies()
{
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, said);
    QByteArray found = line(responses().decodeReply(body, {}));
    if (said.endsWith("fault"))
        found = found.startsWith("fault") ? QByteArray("fault") : found;
    QCOMPARE(found, said);
}

void tst_chat_openai_responses::roundTrips_data()
{
    QTest::addColumn<int>("index");
    const auto replies = canonicalReplies();
    for (int i = 0; i < replies.size(); ++i)
        QTest::newRow(replies[i].name) << i;
}

void tst_chat_openai_responses::roundTrips()
{
    QFETCH(int, index);
    QCOMPARE(roundTrip(canonicalReplies().at(index).reply, responses()), QByteArray());
}

void tst_chat_openai_responses::lifecycle_data()
{
    roundTrips_data();
}

// What openai-node checks of a stream, and Codex waits for. [D§11, T§16.3, P-25, P-48]
void tst_chat_openai_responses::lifecycle()
{
    QFETCH(int, index);
    EncodeOptions options;
    options.model = "gpt-x";
    options.id = {0x19000000000000, 7};
    const auto encoder = responses().makeEncoder(options);
    const QByteArray out = stream(canonicalReplies().at(index).reply, *encoder);
    QVERIFY(encoder->isFinished());
    QVERIFY(out.endsWith("\n\n"));
    QVERIFY(!out.contains("[DONE]"));
    int number = 0;
    int terminals = 0;
    QByteArray id;
    QHash<qint64, QByteArray> items; // added, then done
    QHash<qint64, QByteArray> texts; // of the deltas
    QByteArray output;
    for (const QByteArray &event : out.split('\n')) {
        if (!event.startsWith("data: "))
            continue;
        const Result<json::Value> read = json::read(event.mid(6));
        QVERIFY2(read, event.constData());
        const QByteArray type = read->find("type")->text();
        const QByteArray head = "event: " + type + "\ndata: {\"type\":\"" + type + '"';
        QVERIFY(out.contains(head));
        QCOMPARE(read->find("sequence_number")->toInt().value_or(-1), qint64(number++));
        if (const json::Value *response = read->find("response")) {
            if (id.isEmpty())
                id = response->find("id")->text();
            QCOMPARE(response->find("id")->text(), id);
            QCOMPARE(response->find("model")->text(), QByteArray("gpt-x"));
            for (const char *member :
                 {"object", "created_at", "status", "error", "incomplete_details", "instructions",
                  "output", "parallel_tool_calls", "previous_response_id", "reasoning", "store",
                  "temperature", "text", "tool_choice", "tools", "top_p", "truncation", "usage",
                  "metadata"})
                QVERIFY2(response->find(member), member);
            const bool isTerminal = type == "response.completed" || type == "response.incomplete";
            terminals += isTerminal;
            if (isTerminal) {
                QVERIFY(response->find("usage")->find("input_tokens_details"));
                QVERIFY(response->find("usage")->find("output_tokens_details"));
                for (const json::Value &item : response->find("output")->items())
                    output += item.find("id")->text() + ' ';
            }
            continue;
        }
        const qint64 at = read->find("output_index")->toInt().value_or(-1);
        QVERIFY(at >= 0);
        if (type == "response.output_item.added") {
            QVERIFY(!items.contains(at));
            items[at] = read->find("item")->find("id")->text();
        } else if (type == "response.output_item.done") {
            QCOMPARE(read->find("item")->find("id")->text(), items.value(at));
        } else {
            QCOMPARE(read->find("item_id")->text(), items.value(at));
            if (type.endsWith(".delta"))
                texts[at] += read->find("delta")->text();
            for (const char *member : {"text", "arguments", "refusal"}) {
                if (type.endsWith(".done") && read->find(member))
                    QCOMPARE(read->find(member)->text(), texts.value(at));
            }
        }
    }
    QCOMPARE(terminals, 1);
    QByteArray wanted;
    for (int at = 0; at < items.size(); ++at)
        wanted += items.value(at) + ' ';
    QCOMPARE(output, wanted);
    // The same bytes every time.
    const auto again = responses().makeEncoder(options);
    QCOMPARE(stream(canonicalReplies().at(index).reply, *again), out);
}

void tst_chat_openai_responses::customToolsComeBack_data()
{
    QTest::addColumn<QByteArray>("arguments");
    QTest::addColumn<QByteArray>("input");
    QTest::newRow("P-78 plain") << QByteArray(R"({"input":"*** Begin\n+x"})")
                                << QByteArray("*** Begin\n+x");
    QTest::newRow("P-78 quotes and backslashes")
        << QByteArray(R"( { "input" : "a\"b\\c\ud83d\ude00\u00e9" } )")
        << QByteArray("a\"b\\c\xF0\x9F\x98\x80\xC3\xA9");
    QTest::newRow("P-78 an escape JSON does not know")
        << QByteArray(R"({"input":"x\)y\u12zz"})") << QByteArray(R"(x\)y\u12zz)");
    QTest::newRow("P-78 a line end as it is")
        << QByteArray("{\"input\":\"x\ny\"}") << QByteArray("x\ny");
    QTest::newRow("P-78 not JSON") << QByteArray("*** Begin") << QByteArray("*** Begin");
    QTest::newRow("P-78 other member first")
        << QByteArray(R"({"why":"x","input":"y"})") << QByteArray("y");
    QTest::newRow("P-78 other shape")
        << QByteArray(R"({"patch":"y"})") << QByteArray(R"({"patch":"y"})");
    QTest::newRow("P-78 empty") << QByteArray("{}") << QByteArray();
}

void tst_chat_openai_responses::customToolsComeBack()
{
    QFETCH(QByteArray, arguments);
    QFETCH(QByteArray, input);
    EncodeOptions options;
    Tool tool;
    tool.kind = ToolKind::Custom;
    tool.name = "apply_patch";
    options.tools = {tool};
    for (const bool isEscaped : {false, true}) {
        for (qsizetype step = 1; step <= arguments.size(); step += 3) {
            const auto encoder = responses().makeEncoder(options);
            Event event;
            event.kind = Event::Kind::Open;
            event.part = 0;
            event.partKind = PartKind::Call;
            event.id = "c1";
            event.name = "apply_patch";
            encoder->event(event);
            event.kind = Event::Kind::Delta;
            event.deltaKind = DeltaKind::Arguments;
            for (qsizetype at = 0; at < arguments.size(); at += step) {
                const QByteArray piece = arguments.mid(at, step);
                QByteArray inner;
                appendInner(inner, TextView::plain(piece));
                event.text = isEscaped ? TextView::escaped(inner) : TextView::plain(piece);
                encoder->event(event);
            }
            event.kind = Event::Kind::Close;
            encoder->event(event);
            event.kind = Event::Kind::Finish;
            event.finish = Finish::ToolCalls;
            encoder->event(event);
            const QByteArray out = encoder->take();
            QVERIFY(out.contains("custom_tool_call"));
            QVERIFY(!out.contains("\"function_call\""));
            const Reply reply = collected(out);
            const ToolCall *found = reply.parts.at(0).as<ToolCall>();
            QVERIFY(found && found->kind == ToolKind::Custom);
            QCOMPARE(found->arguments.toPlain(), input);
            QCOMPARE(found->id, QByteArray("c1"));
        }
    }
}

void tst_chat_openai_responses::namespacesComeBack()
{
    EncodeOptions options;
    Tool tool;
    tool.name = "spawn";
    tool.space = "agents";
    options.tools = {tool};
    Reply reply;
    ToolCall made;
    made.id = "c1";
    made.name = "agents__spawn";
    made.arguments = Text::plain("{}");
    reply.parts = {Part(made)};
    reply.finish = Finish::ToolCalls;
    const QByteArray out = responses().encodeReply(reply, options, {});
    QVERIFY2(out.contains(R"("name":"spawn","namespace":"agents")"), out.constData()); // P-78
}

// P-40: what another dialect's provider wants back goes through Codex and comes back the same.
void tst_chat_openai_responses::stateTravels()
{
    EncodeOptions options;
    options.origin = {"anthropic", "claude-x"};
    Reply reply;
    Part thought{Reasoning()};
    thought.as<Reasoning>()->text = Text::plain("Let me think.\n\nTwice.");
    thought.artifacts = {{ArtifactKind::AnthropicSignature, "SIG==", {}, {}}};
    ToolCall made;
    made.id = "c1";
    made.name = "f";
    made.arguments = Text::plain("{}");
    Part signedCall(made);
    signedCall.artifacts = {{ArtifactKind::GeminiSignature, "GSIG", {}, {}}};
    reply.parts = {thought, signedCall};
    reply.finish = Finish::ToolCalls;
    const QByteArray body = responses().encodeReply(reply, options, {});
    const auto value = json::read(body);
    QVERIFY(value);
    const QByteArray replay
        = R"({"model":"m","store":false,"input":[{"role":"user","content":"q"},)"
        + body.mid(body.indexOf("\"output\":[") + 10,
                   body.indexOf("],\"background\"") - body.indexOf("\"output\":[") - 10)
        + R"(,{"type":"function_call_output","call_id":"c1","output":"r"}]})";
    Changes changes;
    const Request request = responses().decodeRequest({}, replay, changes);
    QVERIFY2(!changes.isRejected(), replay.constData());
    QCOMPARE(request.turns.size(), size_t(3));
    const std::vector<Part> &parts = request.turns[1].parts;
    QCOMPARE(parts.size(), size_t(2));
    QCOMPARE(parts[0].as<Reasoning>()->text.toPlain(), QByteArray("Let me think.\n\nTwice."));
    QCOMPARE(parts[0].artifacts.at(0).payload, QByteArray("SIG=="));
    QCOMPARE(parts[0].artifacts.at(0).kind, ArtifactKind::AnthropicSignature);
    QCOMPARE(parts[0].artifacts.at(0).origin, (Origin{"anthropic", "claude-x"}));
    QVERIFY(parts[1].is<ToolCall>());
    QCOMPARE(parts[1].artifacts.size(), size_t(1));
    QCOMPARE(parts[1].artifacts[0].payload, QByteArray("GSIG")); // P-39
}

// P-52
void tst_chat_openai_responses::errorsAreTerminals()
{
    EncodeOptions options;
    options.id = {0x19000000000000, 7};
    const auto encoder = responses().makeEncoder(options);
    Event start;
    start.kind = Event::Kind::Start;
    start.id = "x";
    encoder->event(start);
    Event open;
    open.kind = Event::Kind::Open;
    open.part = 0;
    encoder->event(open);
    Event text = open;
    text.kind = Event::Kind::Delta;
    text.text = TextView::plain("Hi");
    encoder->event(text);
    Fault fault;
    fault.outcome = AttemptOutcome::Overloaded;
    fault.message = "busy";
    fault.code = "server_is_overloaded";
    Event error;
    error.kind = Event::Kind::Error;
    error.fault = &fault;
    encoder->event(error);
    const QByteArray out = encoder->take();
    QCOMPARE(out.count("event: response.failed\n"), 1);
    QVERIFY(out.contains(R"("code":"server_error","message":"busy")"));
    QVERIFY(!out.contains("response.completed"));
    encoder->event(error);
    encoder->keepAlive();
    QVERIFY(encoder->take().isEmpty());
    const Reply reply = collected(out);
    QVERIFY(reply.fault);
    QCOMPARE(reply.fault->message, QByteArray("busy"));
}

void tst_chat_openai_responses::finishes_data()
{
    QTest::addColumn<Finish>("finish");
    QTest::addColumn<QByteArray>("says");
    QTest::newRow("T§12 stop") << Finish::Stop << QByteArray("completed");
    QTest::newRow("T§12 stop sequence") << Finish::StopSequence << QByteArray("completed");
    QTest::newRow("T§12 calls") << Finish::ToolCalls << QByteArray("completed");
    QTest::newRow("T§12 length") << Finish::Length << QByteArray("max_output_tokens");
    QTest::newRow("T§12 context") << Finish::ContextFull << QByteArray("max_output_tokens");
    QTest::newRow("T§12 filter") << Finish::ContentFilter << QByteArray("content_filter");
    QTest::newRow("T§12 refusal unsaid") << Finish::Refusal << QByteArray("content_filter");
    QTest::newRow("T§12 pause") << Finish::Pause << QByteArray("completed");
    QTest::newRow("T§12 malformed") << Finish::MalformedCall << QByteArray("failed");
}

void tst_chat_openai_responses::finishes()
{
    QFETCH(Finish, finish);
    QFETCH(QByteArray, says);
    Reply reply;
    reply.parts = {textPart(Text::plain("Hi"))};
    reply.finish = finish;
    const auto read = json::read(responses().encodeReply(reply, {}, {}));
    QVERIFY(read);
    const json::Value *details = read->find("incomplete_details");
    const json::Value *reason = details->find("reason");
    QCOMPARE(reason ? reason->text() : read->find("status")->text(), says);
}

void tst_chat_openai_responses::echoesTheRequest()
{
    EncodeOptions options;
    // Written over several lines: an event has one.
    options.echoRaw = openai_responses::echoOf("{\"metadata\":{\n\"a\":\r\n1}}");
    Reply plain;
    plain.finish = Finish::Stop;
    const auto encoder = responses().makeEncoder(options);
    QVERIFY(!collected(stream(plain, *encoder)).fault);
    options.echoRaw = openai_responses::echoOf(
        R"({"model":"m","input":"x","tools":[{"type":"function","name":"f"}],"temperature":0.5,"store":false,"text":null})");
    Reply reply;
    reply.finish = Finish::Stop;
    const QByteArray out = responses().encodeReply(reply, options, "0.25");
    QVERIFY(out.contains(R"("tools":[{"type":"function","name":"f"}])"));
    QVERIFY(out.contains(R"("temperature":0.5)"));
    QVERIFY(out.contains(R"("text":{"format":{"type":"text"}})"));
    QVERIFY(out.contains(R"("cost":0.25)"));
    QVERIFY(!out.contains(R"("input":)"));
}

void tst_chat_openai_responses::recorded_data()
{
    if (!hasCorpora())
        QSKIP("SIGNALBOX_CORPORA is not set");
    QTest::addColumn<int>("index");
    const auto all = recordings(DialectId::OpenAiResponses);
    for (int i = 0; i < all.size(); ++i)
        QTest::newRow(all[i].id.constData()) << i;
}

void tst_chat_openai_responses::recorded()
{
    static const QList<Recording> all = recordings(DialectId::OpenAiResponses);
    QFETCH(int, index);
    const Recording &recording = all[index];
    if (!recording.request.isEmpty()) {
        Changes changes;
        const Request request = responses().decodeRequest({}, recording.request, changes);
        if (!changes.isRejected()) {
            QCOMPARE(request.model.isEmpty(), false);
            QVERIFY(!request.turns.empty() || !request.instructions.empty());
        } else {
            // State, or what only its own provider could read.
            const QByteArray message = changes.rejection()->message;
            QVERIFY2(message.contains("state") || message.contains("keeps")
                         || message.contains("only its own provider"),
                     message.constData());
        }
    }
    if (recording.status >= 400)
        return;
    const Reply reply = recording.isStream ? collected(recording.body)
                                           : responses().decodeReply(recording.body, {});
    static const QHash<QByteArray, const char *> exceptions{
        {"vc-577278fba0", "free text of a custom tool is given as it is, not as {\"input\"}"},
        {"vc-24ae5e9bfd", "free text of a custom tool is given as it is, not as {\"input\"}"},
        {"vc-fedacd12ef", "free text of a custom tool is given as it is, not as {\"input\"}"},
        {"py-55763da340", "its status \"complete\" is no word of the API: taken for the end"},
        {"py-d3024e2d70", "its status \"complete\" is no word of the API: taken for the end"},
        {"py-4c6fa8a56f", "its status \"complete\" is no word of the API: taken for the end"},
        {"py-5d039562fe", "its status \"complete\" is no word of the API: taken for the end"},
        {"vc-18bc06df4c", "P-98: the bundle is taken apart"},
        {"vc-ed5a03bc28", "the first event is no JSON, so nothing is read"},
    };
    if (!exceptions.contains(recording.id))
        QCOMPARE(difference(essence(reply), recording.expect), QByteArray());
    if (!reply.fault)
        QCOMPARE(roundTrip(reply, responses()), QByteArray());
}

// Cut at every event and at random bytes: never a success, always one end.
void tst_chat_openai_responses::recordedCuts()
{
    if (!hasCorpora())
        QSKIP("SIGNALBOX_CORPORA is not set");
    std::mt19937_64 random(5);
    int cuts = 0;
    for (const Recording &recording : recordings(DialectId::OpenAiResponses)) {
        if (!recording.isStream || recording.status >= 400)
            continue;
        qsizetype whole = recording.body.size() + 1;
        for (const char *type : {"response.completed", "response.incomplete"}) {
            const QByteArray head = QByteArray("{\"type\":\"") + type;
            const qsizetype at = recording.body.lastIndexOf(head);
            if (at >= 0)
                whole = qMin(whole, at + 1);
        }
        if (whole > recording.body.size())
            continue;
        QList<qsizetype> places;
        for (qsizetype at = 0; (at = recording.body.indexOf("\n\n", at)) >= 0 && at < whole;
             at += 2)
            places.append(at);
        if (places.size() > 40)
            places = places.first(20) + places.last(20);
        for (int i = 0; i < 20; ++i)
            places.append(qsizetype(random() % quint64(whole)));
        for (const qsizetype at : places) {
            EventLog log;
            const auto decoder = responses().makeDecoder({});
            decoder->feed(recording.body.first(at), log);
            decoder->finish(false, log);
            QVERIFY2(log.broken().isEmpty(), log.broken().constData());
            QVERIFY2(log.isEnded() && !log.isClean(), recording.id.constData());
            QCOMPARE(log.finishes(), 0);
            ++cuts;
        }
    }
    QVERIFY(cuts > 1000);
}

QTEST_APPLESS_MAIN(tst_chat_openai_responses)
#include "tst_chat_openai_responses.moc"
