// Honest answers: the wire form of each dialect, token counts that agree with the text, and what a
// fault makes of them before any socket is involved.
#include "sim/plan.h"
#include "sim/translated.h"
#include "json/reader.h"

#include <QTest>

using namespace sb;
using namespace sb::sim;

namespace {

const char tools[]
    = R"(,"tools":[{"type":"function","function":{"name":"get_weather","parameters":{"type":"object",)"
      R"("properties":{"city":{"type":"string"},"days":{"type":"integer"}},"required":["city"]}}}])";
const char anthropicTools[] = R"(,"tools":[{"name":"get_weather","input_schema":{"type":"object",)"
                              R"("properties":{"city":{"type":"string"}},"required":["city"]}}])";

Answer answerFor(Shape shape, const QByteArray &body, const char *scriptName = "quick")
{
    QByteArray why;
    const auto ask = readAsk(shape, body, why);
    if (!ask)
        qFatal("%s", why.constData());
    SeededRandom random(3);
    return makeAnswer(*ask, *builtInScript(QString::fromLatin1(scriptName)), random, 1,
                      1'750'000'000);
}

// A plain request of that shape, for the form of its answer.
sim::Ask asks(Shape shape, bool wantsUsage = false)
{
    sim::Ask ask;
    ask.shape = shape;
    ask.wantsUsage = wantsUsage;
    return ask;
}

QByteArray body(const QByteArray &content, const QByteArray &more = {})
{
    return "{\"model\":\"m\",\"max_tokens\":500" + more
        + ",\"messages\":[{\"role\":\"user\",\"content\":" + content + "}]}";
}

// The text at a path of keys and indexes; "(none)" where there is nothing.
QByteArray at(const json::Value &value, std::initializer_list<const char *> path)
{
    const json::Value *here = &value;
    for (const char *step : path) {
        const int index = QByteArray(step).toInt();
        if (here->isArray())
            here = index < here->items().size() ? &here->items()[index] : nullptr;
        else
            here = here->isObject() ? here->find(step) : nullptr;
        if (!here)
            return "(none)";
    }
    return here->isNull() ? QByteArray("null") : here->text();
}

json::Value parsed(const QByteArray &text)
{
    const auto value = json::read(text);
    if (!value)
        qFatal("not JSON: %s", text.constData());
    return *value;
}

// The JSON of each `data:` line.
QList<json::Value> events(Shape shape, const Answer &answer)
{
    QList<json::Value> list;
    for (const Event &event : replyEvents(asks(shape, true), answer)) {
        const QByteArray text = event.bytes.sliced(event.bytes.indexOf("data: ") + 6).trimmed();
        if (text != "[DONE]")
            list.append(parsed(text));
    }
    return list;
}

QByteArray orNothing(const QByteArray &text)
{
    return text == "(none)" ? QByteArray() : text;
}

} // namespace

class tst_answers : public QObject {
    Q_OBJECT

private slots:
    void routes_data();
    void routes();
    void text_data();
    void text();
    void chatStream();
    void anthropicStream();
    void plainReplies();
    void toolRoundTrip();
    void demandedTool();
    void translatedShapes_data();
    void translatedShapes();
    void geminiStreams();
    void embeddings();
    void maxTokens();
    void oddRequests();
    void errors();
    void faultPlans_data();
    void faultPlans();
};

void tst_answers::routes_data()
{
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<int>("call");
    QTest::addColumn<int>("shape");
    const auto row = [](const char *method, const char *path, Call call, Shape shape) {
        QTest::addRow("%s %s", method, path)
            << QByteArray(method) << QByteArray(path) << int(call) << int(shape);
    };
    row("POST", "/v1/chat/completions", Call::Generate, Shape::OpenAi);
    row("POST", "/chat/completions/", Call::Generate, Shape::OpenAi);
    row("POST", "/v1/messages", Call::Generate, Shape::Anthropic);
    row("POST", "/v1/messages/count_tokens", Call::CountTokens, Shape::Anthropic);
    row("GET", "/v1/models", Call::ModelList, Shape::OpenAi);
    row("GET", "/v1/models/sim-large", Call::OneModel, Shape::OpenAi);
    row("GET", "/_sim/seen", Call::Control, Shape::OpenAi);
    row("GET", "/v1/chat/completions", Call::Unknown, Shape::OpenAi);
    row("POST", "/v1/embeddings", Call::Embed, Shape::OpenAi);
    row("POST", "/v1/responses", Call::Generate, Shape::Responses);
    row("POST", "/v1beta/models/sim-large:generateContent", Call::Generate, Shape::Gemini);
    row("POST", "/v1/models/a%2Fb:streamGenerateContent", Call::Generate, Shape::Gemini);
    row("POST", "/v1beta/models/sim-large:countTokens", Call::CountTokens, Shape::Gemini);
    row("POST", "/v1beta/models/sim-large:batchEmbedContents", Call::Embed, Shape::Gemini);
    row("GET", "/v1beta/models", Call::ModelList, Shape::Gemini);
    row("POST", "/api/chat", Call::Generate, Shape::Ollama);
    row("POST", "/api/generate", Call::Generate, Shape::Ollama);
    row("POST", "/api/embed", Call::Embed, Shape::Ollama);
    row("POST", "/api/show", Call::OneModel, Shape::Ollama);
    row("GET", "/api/tags", Call::ModelList, Shape::Ollama);
    row("GET", "/api/version", Call::Version, Shape::Ollama);
    row("POST", "/api/v1/chat/completions", Call::Generate, Shape::OpenAi);
    row("POST", "/v1/made:up", Call::Unknown, Shape::OpenAi);
}

void tst_answers::routes()
{
    QFETCH(QByteArray, method);
    QFETCH(QByteArray, path);
    http::RequestHead head;
    head.method = method;
    head.path = path;
    const Route route = routeOf(head);
    QTEST(int(route.call), "call");
    QTEST(int(route.shape), "shape");
}

void tst_answers::text_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QByteArray>("answer");
    const auto row = [](const char *name, const char *content, const char *answer) {
        QTest::newRow(name) << QByteArray(content) << QByteArray(answer);
    };
    row("echo", R"("hello there")", "ECHO: hello there");
    row("parts", R"([{"type":"text","text":"one"},{"type":"text","text":"two"}])",
        "ECHO: one\ntwo");
    row("say", R"("[[say  two  blanks]]")", " two  blanks");
    row("long", R"("[[long 3]]")", "word0 word1 word2");
    row("unicode", "\"\xF0\x9F\x90\x8E \\u017elut\xC3\xBD\"",
        "ECHO: \xF0\x9F\x90\x8E \xC5\xBElut\xC3\xBD");
    row("image",
        R"([{"type":"text","text":"x"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAAAA=="}}])",
        "ECHO: x IMAGE:image/png:4");
    row("anthropic image",
        R"([{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}},{"type":"text","text":"x"}])",
        "ECHO: x IMAGE:image/png:3");
    row("call of a tool nobody offers", R"("[[call rm {}]]")", "ECHO: [[call rm {}]]");
    row("marker without an end", R"("[[long 3")", "ECHO: [[long 3");
}

void tst_answers::text()
{
    QFETCH(QByteArray, content);
    const Answer answer = answerFor(Shape::OpenAi, body(content));
    QTEST(answer.tokens.join(), "answer");
    QCOMPARE(answer.outputTokens, answer.tokens.size());
    QVERIFY(answer.promptTokens > 0);
}

void tst_answers::chatStream()
{
    const Answer answer = answerFor(Shape::OpenAi, body(R"("one two three")"));
    const QList<Event> raw = replyEvents(asks(Shape::OpenAi, true), answer);
    QCOMPARE(raw.last().bytes, QByteArray("data: [DONE]\n\n"));
    QVERIFY(!raw.first().isContent);
    const QList<json::Value> list = events(Shape::OpenAi, answer);
    QCOMPARE(at(list.first(), {"choices", "0", "delta", "role"}), QByteArray("assistant"));
    QByteArray text;
    for (const json::Value &event : list) {
        QCOMPARE(at(event, {"id"}), answer.id);
        QCOMPARE(at(event, {"object"}), QByteArray("chat.completion.chunk"));
        text += orNothing(at(event, {"choices", "0", "delta", "content"}));
    }
    QCOMPARE(text, QByteArray("ECHO: one two three"));
    QCOMPARE(at(list[list.size() - 2], {"choices", "0", "finish_reason"}), QByteArray("stop"));
    QCOMPARE(at(list.last(), {"usage", "completion_tokens"}), QByteArray("4"));
    QCOMPARE(at(list.last(), {"usage", "total_tokens"}),
             QByteArray::number(answer.promptTokens + 4));

    const QList<Event> without = replyEvents(asks(Shape::OpenAi, false), answer);
    QCOMPARE(without.size(), raw.size() - 1);
    for (const Event &event : without)
        QVERIFY(!event.bytes.contains("usage"));
}

void tst_answers::anthropicStream()
{
    const Answer answer = answerFor(Shape::Anthropic, body(R"("one two")"));
    QByteArray order, text;
    for (const json::Value &event : events(Shape::Anthropic, answer)) {
        const QByteArray type = at(event, {"type"});
        order += type + ' ';
        if (type == "content_block_delta")
            text += at(event, {"delta", "text"});
        if (type == "message_start")
            QCOMPARE(at(event, {"message", "usage", "input_tokens"}),
                     QByteArray::number(answer.promptTokens));
        if (type == "message_delta") {
            QCOMPARE(at(event, {"delta", "stop_reason"}), QByteArray("end_turn"));
            QCOMPARE(at(event, {"usage", "output_tokens"}), QByteArray("3"));
        }
    }
    QCOMPARE(text, QByteArray("ECHO: one two"));
    QCOMPARE(
        order,
        QByteArray("message_start content_block_start ping content_block_delta content_block_delta "
                   "content_block_delta content_block_stop message_delta message_stop "));
    for (const Event &event : replyEvents(asks(Shape::Anthropic, false), answer))
        QVERIFY2(event.bytes.startsWith("event: ") && event.bytes.endsWith("\n\n"),
                 event.bytes.constData());
}

void tst_answers::plainReplies()
{
    const json::Value chat
        = parsed(replyBody(asks(Shape::OpenAi), answerFor(Shape::OpenAi, body(R"("hi")"))));
    QCOMPARE(at(chat, {"object"}), QByteArray("chat.completion"));
    QCOMPARE(at(chat, {"model"}), QByteArray("m"));
    QCOMPARE(at(chat, {"choices", "0", "message", "content"}), QByteArray("ECHO: hi"));
    QCOMPARE(at(chat, {"choices", "0", "finish_reason"}), QByteArray("stop"));
    QCOMPARE(at(chat, {"usage", "completion_tokens"}), QByteArray("2"));

    const json::Value message
        = parsed(replyBody(asks(Shape::Anthropic), answerFor(Shape::Anthropic, body(R"("hi")"))));
    QCOMPARE(at(message, {"type"}), QByteArray("message"));
    QCOMPARE(at(message, {"content", "0", "text"}), QByteArray("ECHO: hi"));
    QCOMPARE(at(message, {"stop_reason"}), QByteArray("end_turn"));
    QCOMPARE(at(message, {"usage", "output_tokens"}), QByteArray("2"));
}

void tst_answers::toolRoundTrip()
{
    const QByteArray call = R"("[[call get_weather {\"city\":\"Br]]no\",\"a\":[[1]]}]]")";
    for (const Shape shape : {Shape::OpenAi, Shape::Anthropic}) {
        const Answer answer
            = answerFor(shape, body(call, shape == Shape::OpenAi ? tools : anthropicTools));
        QCOMPARE(answer.calls.size(), 1);
        QCOMPARE(answer.calls[0].arguments, QByteArray(R"({"city":"Br]]no","a":[[1]]})"));
        const json::Value reply = parsed(replyBody(asks(shape), answer));
        QByteArray streamed;
        for (const json::Value &event : events(shape, answer)) {
            if (shape == Shape::OpenAi)
                streamed += orNothing(at(
                    event, {"choices", "0", "delta", "tool_calls", "0", "function", "arguments"}));
            else
                streamed += orNothing(at(event, {"delta", "partial_json"}));
        }
        QCOMPARE(streamed, answer.calls[0].arguments);
        if (shape == Shape::OpenAi) {
            QCOMPARE(at(reply, {"choices", "0", "finish_reason"}), QByteArray("tool_calls"));
            QCOMPARE(
                at(reply, {"choices", "0", "message", "tool_calls", "0", "function", "arguments"}),
                streamed);
        } else {
            QCOMPARE(at(reply, {"stop_reason"}), QByteArray("tool_use"));
            QCOMPARE(at(reply, {"content", "0", "input", "city"}), QByteArray("Br]]no"));
        }
    }

    QByteArray done
        = R"({"model":"m","messages":[{"role":"user","content":"[[call get_weather {}]]"},)";
    done += R"({"role":"assistant","content":null,"tool_calls":[]},)";
    done += R"({"role":"tool","tool_call_id":"x","content":"21 degrees"}])" + QByteArray(tools)
        + "}";
    QCOMPARE(answerFor(Shape::OpenAi, done).tokens.join(), QByteArray("DONE: 21 degrees"));

    QByteArray doneToo
        = R"({"model":"m","max_tokens":9,"messages":[{"role":"user","content":"[[call get_weather {}]]"},)";
    doneToo
        += R"({"role":"assistant","content":[]},{"role":"user","content":[{"type":"tool_result",)";
    doneToo += R"("tool_use_id":"x","content":[{"type":"text","text":"rain"}]}]}]})";
    QCOMPARE(answerFor(Shape::Anthropic, doneToo).tokens.join(), QByteArray("DONE: rain"));

    const QByteArray two
        = R"("[[call get_weather {\"city\":\"a\"} && call get_weather {\"city\":\"b\"}]]")";
    QCOMPARE(answerFor(Shape::OpenAi, body(two, tools)).calls.size(), 2);
}

void tst_answers::translatedShapes_data()
{
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<QByteArray>("body"); // %1 the text
    QTest::addColumn<QByteArray>("tools");
    QTest::addColumn<QByteArray>("whole"); // what stands in the whole answer
    QTest::addColumn<QByteArray>("call");
    QTest::addColumn<QByteArray>("end"); // in the last event of a stream
    QTest::newRow("responses")
        << QByteArray("/v1/responses") << QByteArray(R"({"model":"m","input":"%1"%2})")
        << QByteArray(R"(,"tools":[{"type":"function","name":"f","parameters":{"type":"object"}}])")
        << QByteArray(R"("text":"ECHO: hi there")") << QByteArray(R"("type":"function_call")")
        << QByteArray("response.completed");
    QTest::newRow("gemini")
        << QByteArray("/v1beta/models/m:generateContent")
        << QByteArray(R"({"contents":[{"role":"user","parts":[{"text":"%1"}]}]%2})")
        << QByteArray(
               R"(,"tools":[{"functionDeclarations":[{"name":"f","parameters":{"type":"OBJECT"}}]}])")
        << QByteArray(R"("text":"ECHO: hi there")") << QByteArray(R"("functionCall")")
        << QByteArray("\"finishReason\":\"STOP\"");
    QTest::newRow("ollama")
        << QByteArray("/api/chat")
        << QByteArray(R"({"model":"m","messages":[{"role":"user","content":"%1"}]%2})")
        << QByteArray(
               R"(,"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}])")
        << QByteArray(R"("content":"ECHO: hi there")") << QByteArray(R"("tool_calls")")
        << QByteArray("\"done\":true");
}

void tst_answers::translatedShapes()
{
    QFETCH(QByteArray, path);
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, tools);
    QFETCH(QByteArray, whole);
    QFETCH(QByteArray, call);
    QFETCH(QByteArray, end);
    http::RequestHead head;
    head.method = "POST";
    head.path = path;
    const Route route = routeOf(head);
    const auto answerTo = [&](const QByteArray &text, const QByteArray &more) {
        QByteArray why;
        const auto ask = readTranslatedAsk(
            route, head, QByteArray(body).replace("%1", text).replace("%2", more), why);
        if (!ask)
            qFatal("%s", why.constData());
        SeededRandom random(3);
        const Answer answer
            = makeAnswer(*ask, *builtInScript(QStringLiteral("quick")), random, 1, 1'750'000'000);
        return std::pair(*ask, answer);
    };
    const auto [ask, answer] = answerTo("hi there", {});
    QCOMPARE(ask.model, QByteArray("m"));
    QCOMPARE(answer.tokens.join(), QByteArray("ECHO: hi there"));
    QVERIFY(answer.promptTokens > 0);
    const QByteArray bytes = replyBody(ask, answer);
    QVERIFY2(bytes.contains(whole), bytes.constData());
    const QList<Event> events = replyEvents(ask, answer);
    QVERIFY(events.size() > 2);
    QVERIFY2(events.last().bytes.contains(end), events.last().bytes.constData());
    QCOMPARE(std::count_if(events.begin(), events.end(),
                           [](const Event &event) { return event.isContent; }),
             answer.tokens.size());
    const auto [asked, called] = answerTo(R"([[call f {\"a\":1}]])", tools);
    QCOMPARE(called.calls.size(), 1);
    const QByteArray reply = replyBody(asked, called);
    QVERIFY2(reply.contains(call), reply.constData());
    QVERIFY(errorBody(route.shape, 429, "slow down", "r").contains("slow down"));
    QVERIFY(errorEvent(route.shape, 503, "not now").bytes.contains("not now"));
}

// The query says whether a stream is events or one array.
void tst_answers::geminiStreams()
{
    for (const bool isEvents : {true, false}) {
        http::RequestHead head;
        head.method = "POST";
        head.path = "/v1beta/models/m:streamGenerateContent";
        head.query = isEvents ? "alt=sse" : "";
        QByteArray why;
        const auto ask = readTranslatedAsk(
            routeOf(head), head, R"({"contents":[{"role":"user","parts":[{"text":"a"}]}]})", why);
        QVERIFY2(ask, why.constData());
        QVERIFY(ask->isStream);
        SeededRandom random(3);
        const QList<Event> events = replyEvents(
            *ask, makeAnswer(*ask, *builtInScript(QStringLiteral("quick")), random, 1, 1));
        QVERIFY(events.first().bytes.startsWith(isEvents ? "data: {" : "[{"));
        QVERIFY(streamType(*ask).startsWith(isEvents ? "text/event-stream" : "application/json"));
    }
}

void tst_answers::embeddings()
{
    const json::Value list = parsed(
        embeddingsBody(Shape::OpenAi, "/v1/embeddings", R"({"model":"m","input":["a","b"]})"));
    QCOMPARE(at(list, {"data", "1", "index"}), QByteArray("1"));
    const QByteArray base64
        = at(parsed(embeddingsBody(Shape::OpenAi, "/v1/embeddings",
                                   R"({"model":"m","input":"a","encoding_format":"base64"})")),
             {"data", "0", "embedding"});
    const QByteArray floats = QByteArray::fromBase64(base64);
    QCOMPARE(floats.size(), 32);
    float first = 0;
    memcpy(&first, floats.constData(), sizeof first);
    QCOMPARE(QByteArray::number(double(first), 'g', 7), at(list, {"data", "0", "embedding", "0"}));
    QVERIFY(at(list, {"data", "0", "embedding", "0"}) != at(list, {"data", "1", "embedding", "0"}));
    const json::Value ollama
        = parsed(embeddingsBody(Shape::Ollama, "/api/embed", R"({"model":"m","input":"a"})"));
    QCOMPARE(at(ollama, {"embeddings", "0", "0"}), at(list, {"data", "0", "embedding", "0"}));
    const json::Value gemini
        = parsed(embeddingsBody(Shape::Gemini, "/v1beta/models/m:batchEmbedContents",
                                R"({"requests":[{"content":{"parts":[{"text":"a"}]}}]})"));
    QCOMPARE(at(gemini, {"embeddings", "0", "values", "0"}),
             at(list, {"data", "0", "embedding", "0"}));
    QVERIFY(embeddingsBody(Shape::OpenAi, "/v1/embeddings", R"({"model":"m"})").isEmpty());
    QVERIFY(embeddingsBody(Shape::OpenAi, "/v1/embeddings", "[").isEmpty());
}

void tst_answers::demandedTool()
{
    const QByteArray any = QByteArray(tools) + R"(,"tool_choice":"required")";
    QCOMPARE(answerFor(Shape::OpenAi, body(R"("hi")", any)).calls.size(), 1);
    QCOMPARE(answerFor(Shape::OpenAi, body(R"("hi")", any)).calls[0].arguments,
             QByteArray(R"({"city":"sim"})"));
    const QByteArray named
        = QByteArray(anthropicTools) + R"(,"tool_choice":{"type":"tool","name":"get_weather"})";
    QCOMPARE(answerFor(Shape::Anthropic, body(R"("hi")", named)).calls.size(), 1);
    const QByteArray automatic = QByteArray(tools) + R"(,"tool_choice":"auto")";
    QVERIFY(answerFor(Shape::OpenAi, body(R"("hi")", automatic)).calls.isEmpty());
}

void tst_answers::maxTokens()
{
    const QByteArray two
        = R"({"model":"m","max_completion_tokens":2,"messages":[{"role":"user","content":"[[long 9]]"}]})";
    const Answer answer = answerFor(Shape::OpenAi, two);
    QCOMPARE(answer.tokens.join(), QByteArray("word0 word1"));
    QVERIFY(replyBody(asks(Shape::OpenAi), answer).contains(R"("finish_reason":"length")"));
    QVERIFY(replyBody(asks(Shape::Anthropic), answer).contains(R"("stop_reason":"max_tokens")"));

    const Answer steady = answerFor(Shape::OpenAi, body(R"("hi")"), "steady");
    QVERIFY(steady.outputTokens >= 40 && steady.outputTokens <= 80);
}

void tst_answers::oddRequests()
{
    QByteArray why;
    for (const char *text :
         {"", "[]", "{", R"({"messages":[{"role":"user","content":"x"}]})", R"({"model":"m"})",
          R"({"model":"m","messages":[]})", R"({"model":7,"messages":[{}]})"})
        QVERIFY2(!readAsk(Shape::OpenAi, text, why) && !why.isEmpty(), text);
    QVERIFY(readAsk(Shape::OpenAi,
                    R"({"model":"m","messages":[7,null,{"role":9,"content":{}}],"tools":[7,{}]})",
                    why));
    QVERIFY(readAsk(Shape::Anthropic,
                    R"({"model":"m","messages":[{"role":"user","content":[7,{"type":"image"}]}]})",
                    why));
}

void tst_answers::errors()
{
    const json::Value chat = parsed(errorBody(Shape::OpenAi, 429, "slow down", "r1"));
    QCOMPARE(at(chat, {"error", "type"}), QByteArray("rate_limit_error"));
    QCOMPARE(at(chat, {"error", "code"}), QByteArray("rate_limit_exceeded"));
    const json::Value anthropic = parsed(errorBody(Shape::Anthropic, 529, "busy", "r1"));
    QCOMPARE(at(anthropic, {"error", "type"}), QByteArray("overloaded_error"));
    QCOMPARE(at(anthropic, {"request_id"}), QByteArray("r1"));
    QVERIFY(errorEvent(Shape::Anthropic, 500, "x")
                .bytes.startsWith("event: error\ndata: {\"type\":\"error\""));
}

void tst_answers::faultPlans_data()
{
    QTest::addColumn<QByteArray>("fault");
    QTest::addColumn<bool>("isStream");
    QTest::addColumn<int>("end");
    QTest::addColumn<QByteArray>("has");
    QTest::addColumn<QByteArray>("hasNot");
    using End = Plan::End;
    const auto row = [](const char *fault, bool isStream, End end, const char *has,
                        const char *hasNot) {
        QTest::addRow("%s%s", fault, isStream ? " stream" : "")
            << QByteArray(fault) << isStream << int(end) << QByteArray(has) << QByteArray(hasNot);
    };
    row(R"({"fault":"no_head"})", true, End::Silence, "", "HTTP");
    row(R"({"fault":"reset"})", false, End::Reset, "", "HTTP");
    row(R"({"fault":"garbage"})", true, End::Fin, "\x7f", "HTTP/1.1");
    row(R"({"fault":"status","status":529,"retry_after_s":3})", true, End::Whole,
        "retry-after: 3\r\n", "data:");
    row(R"({"fault":"html"})", false, End::Whole, "200 OK", "json");
    row(R"({"fault":"html","status":502})", false, End::Whole, "502 Bad Gateway\r\n", "json");
    row(R"({"fault":"cut_fin"})", true, End::Fin, "200 OK", "data:");
    row(R"({"fault":"cut_fin","after_events":2})", true, End::Fin, "ECHO:", "[DONE]");
    row(R"({"fault":"cut_rst","after_events":1})", true, End::Reset, "assistant", "ECHO");
    row(R"({"fault":"cut_rst"})", false, End::Reset, "content-length", "chatcmpl");
    row(R"({"fault":"cut_fin","after_events":1})", false, End::Fin, "chatcmpl", "service_tier");
    row(R"({"fault":"stall","after_events":3})", true, End::Silence, "ECHO", "[DONE]");
    row(R"({"fault":"stall","after_events":3,"ms":9})", true, End::Whole, "[DONE]", "(nothing)");
    row(R"({"fault":"ping_only"})", true, End::Silence, "200 OK", "data:");
    row(R"({"fault":"error_in_200"})", true, End::Whole, "\"error\"", "[DONE]");
    row(R"({"fault":"error_in_200","status":429})", false, End::Whole, "rate_limit_error",
        "choices");
    row(R"({"fault":"empty"})", true, End::Whole, "[DONE]", "ECHO");
    row(R"({"fault":"empty"})", false, End::Whole, "\"completion_tokens\":0", "ECHO");
    row(R"({"fault":"wrong_model"})", true, End::Whole, "sim-other-model", "\"model\":\"m\"");
    row(R"({"fault":"wrong_usage"})", false, End::Whole, "\"total_tokens\":0", "(nothing)");
    row(R"({"fault":"bad_tool_args"})", true, End::Whole, "get_weather", "ECHO");
    row(R"({"fault":"bad_json"})", true, End::Whole, "bro\n\n", "(nothing)");
    row(R"({"fault":"bad_sse"})", true, End::Whole, "event: \xff\xfe", "(nothing)");
    row(R"({"fault":"repeat"})", true, End::Whole, "again", "(nothing)");
    row(R"({"fault":"gzip_fault"})", true, End::Whole, "content-encoding: gzip", "ECHO");
}

void tst_answers::faultPlans()
{
    QFETCH(QByteArray, fault);
    QFETCH(bool, isStream);
    QFETCH(QByteArray, has);
    QFETCH(QByteArray, hasNot);
    QByteArray why;
    const QByteArray more = isStream ? QByteArray(tools) + ",\"stream\":true" : QByteArray(tools);
    const auto ask = readAsk(Shape::OpenAi, body(R"("a b c d")", more), why);
    QVERIFY(ask);
    const Script script = *builtInScript(QStringLiteral("quick"));
    SeededRandom random(1);
    PlanContext context{script, random, 7, 1'750'000'000'000, true, true};
    const auto parsedFault = parseFault(fault);
    QVERIFY(parsedFault);
    const Plan plan = planAnswer(*ask, *parsedFault, context);
    QByteArray bytes;
    for (const Part &part : plan.parts)
        bytes += part.bytes;
    QTEST(int(plan.end), "end");
    QVERIFY2(bytes.contains(has), bytes.constData());
    QVERIFY2(!bytes.contains(hasNot), bytes.constData());
    QCOMPARE(plan.fault, parsedFault->name);
}

QTEST_GUILESS_MAIN(tst_answers)
#include "tst_answers.moc"
