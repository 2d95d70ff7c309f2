// Calls beside the conversation, for every client and provider that has them: embeddings, legacy
// completions, and what only passes through.
#include "gateway_kit.h"
#include "provider_words.h"

#include "record/names.h"
#include "translate/embeddings.h"
#include "json/reader.h"

using namespace sb;
using namespace sb::gateway;

namespace {

constexpr DialectId kEmbedding[]{DialectId::OpenAiChat, DialectId::Gemini, DialectId::Ollama};

// ---- Embeddings: [1,-0.5] and [0.25,2], 7 tokens -----------------------------------------------

struct Client {
    const char *name;
    DialectId dialect;
    const char *path;
    const char *body;
    int texts;
    const char *answer; // parts that must stand in it, separated by " & "
};
constexpr Client kClients[]{
    {"OpenAI text", DialectId::OpenAiChat, "/v1/embeddings", R"({"model":"c","input":"a"})", 1,
     R"("object":"list" & {"object":"embedding","index":0,"embedding":[1,-0.5]})"},
    {"OpenAI list", DialectId::OpenAiChat, "/v1/embeddings",
     R"({"model":"c","input":["a","b\n\u00e9"],"encoding_format":"float"})", 2,
     R"("index":0,"embedding":[1,-0.5]} & "index":1,"embedding":[0.25,2]})"},
    {"OpenAI base64", DialectId::OpenAiChat, "/embeddings",
     R"({"model":"c","input":["a","b"],"encoding_format":"base64"})", 2,
     R"("embedding":"AACAPwAAAL8="} & "embedding":"AACAPgAAAEA="})"},
    {"Gemini one", DialectId::Gemini, "/v1beta/models/c:embedContent",
     R"({"content":{"parts":[{"text":"a"}]}})", 1, R"({"embedding":{"values":[1,-0.5]})"},
    {"Gemini batch", DialectId::Gemini, "/v1/models/c:batchEmbedContents",
     R"({"requests":[{"model":"models/c","content":{"parts":[{"text":"a"}]}},{"model":"models/c","content":{"parts":[{"text":"b"}]}}]})",
     2, R"({"embeddings":[{"values":[1,-0.5]},{"values":[0.25,2]}])"},
    {"Ollama embed", DialectId::Ollama, "/api/embed", R"({"model":"c","input":["a","b"]})", 2,
     R"("embeddings":[[1,-0.5],[0.25,2]])"},
    {"Ollama old", DialectId::Ollama, "/api/embeddings", R"({"model":"c","prompt":"a"})", 1,
     R"({"embedding":[1,-0.5]})"},
};

QByteArray vectorsOf(DialectId dialect, int texts)
{
    const bool isTwo = texts == 2;
    switch (dialect) {
    case DialectId::Gemini:
        return isTwo ? R"({"embeddings":[{"values":[1,-0.5]},{"values":[0.25,2]}]})"
                     : R"({"embedding":{"values":[1,-0.5]}})";
    case DialectId::Ollama:
        return isTwo ? R"({"model":"m","embeddings":[[1,-0.5],[0.25,2]],"prompt_eval_count":7})"
                     : R"({"model":"m","embeddings":[[1,-0.5]],"prompt_eval_count":7})";
    default: // out of order, as some answer
        return isTwo
            ? R"({"object":"list","data":[{"object":"embedding","index":1,"embedding":[0.25,2]},{"object":"embedding","index":0,"embedding":[1,-0.5]}],"model":"m","usage":{"prompt_tokens":7,"total_tokens":7}})"
            : R"({"object":"list","data":[{"object":"embedding","index":0,"embedding":[1,-0.5]}],"model":"m","usage":{"prompt_tokens":7,"total_tokens":7}})";
    }
}

} // namespace

class TestSideCalls : public QObject {
    Q_OBJECT

private slots:
    void passedThrough();
    void notServed();
    void embeddings_data();
    void embeddings();
    void embeddingsPassThrough();
    void embeddingsInTheAskedEncoding();
    void embeddingsNeedText();
    void embeddingsAtAnthropic();
    void embeddingsFailOver();
    void embeddingsSayWhatIsLeftOut();
    void embeddingsThatAreNone();
    void vectors();
    void completions_data();
    void completions();
    void completionStreams_data() { completions_data(); }
    void completionStreams();
    void completionsPassThrough();
    void floodOfCompletions();
    void completionsWithAHole_data();
    void completionsWithAHole();
};

// Only the model is named anew; the answer goes out as it came.
void TestSideCalls::passedThrough()
{
    const struct {
        const char *path;
        const char *at; // the provider
        const char *body;
        const char *answer;
    } calls[]{
        {"/v1/moderations", "POST /v1/moderations HTTP/1.1\r\n",
         R"({"model":"c","input":["a","b"]})",
         R"({"id":"m1","model":"omni","results":[{"flagged":false},{"flagged":true}]})"},
        {"/v2/rerank", "POST /v1/rerank HTTP/1.1\r\n",
         R"({"model":"c","query":"q","documents":["a","b"],"top_n":1})",
         R"({"results":[{"index":1,"relevance_score":0.9}],"usage":{"total_tokens":9}})"},
    };
    for (const auto &call : calls) {
        GatewayKit kit(2);
        speak(kit, {DialectId::Anthropic, DialectId::OpenAiChat});
        QByteArray head;
        QByteArray sent;
        kit.wire.plan = [&](const http::UpstreamRequest &request) {
            head = request.head;
            sent = request.body.join();
            return saying(call.answer);
        };
        const auto stream = kit.ask(call.path, call.body);
        kit.clock.advance(Seconds(1));
        QCOMPARE(stream->status, 200);
        QCOMPARE(stream->body, QByteArray(call.answer));
        QVERIFY2(head.startsWith(call.at), head.constData());
        QCOMPARE(sent, QByteArray(call.body).replace("\"c\"", "\"m\""));
        QCOMPARE(stream->field("x-signalbox-served-by"), "p2/m");
        QCOMPARE(kit.last().decision.candidates[0].reason, SkipReason::NeedsTranslation);
        QCOMPARE(kit.last().outcome.kind, OutcomeKind::Served);
    }
}

// What is not served says what is.
void TestSideCalls::notServed()
{
    const struct {
        const char *path;
        const char *says;
    } calls[]{
        {"/v1/responses/resp_1/other", "OpenAI's own paths"},
        {"/v1/images/other", "OpenAI's own paths"},
        {"/v1/fine_tuning/jobs", "nothing at this path"},
        {"/v1/nothing", "nothing at this path"},
    };
    for (const auto &call : calls) {
        GatewayKit kit(1);
        const auto stream = kit.ask(call.path, R"({"model":"c"})");
        kit.clock.advance(Seconds(1));
        QCOMPARE(stream->status, 404);
        QCOMPARE(stream->field("x-signalbox-code"), "no_such_path");
        QVERIFY2(stream->body.contains(call.says), stream->body.constData());
        QVERIFY(kit.wire.started.isEmpty());
    }
}

void TestSideCalls::embeddings_data()
{
    QTest::addColumn<int>("client");
    QTest::addColumn<DialectId>("provider");
    for (int client = 0; client < int(std::size(kClients)); ++client) {
        for (const DialectId provider : kEmbedding) {
            if (kClients[client].dialect == provider)
                continue;
            QTest::addRow("%s to %s", kClients[client].name, name(provider).data())
                << client << provider;
        }
    }
}

void TestSideCalls::embeddings()
{
    QFETCH(int, client);
    QFETCH(DialectId, provider);
    const Client &row = kClients[client];
    GatewayKit kit(1);
    speak(kit, {provider});
    QByteArray head;
    QByteArray sent;
    kit.wire.plan = [&](const http::UpstreamRequest &request) {
        head = request.head;
        sent = request.body.join();
        return saying(vectorsOf(provider, row.texts));
    };
    const auto stream = kit.ask(row.path, row.body);
    kit.clock.advance(Seconds(1));
    QCOMPARE(stream->status, 200);
    QVERIFY(!stream->wrongLength);
    QVERIFY2(json::read(stream->body).has_value(), stream->body.constData());
    for (const QByteArray &part : QByteArray(row.answer).replace(" & ", "\x01").split('\x01'))
        QVERIFY2(stream->body.contains(part), stream->body.constData());
    if (row.dialect == DialectId::OpenAiChat) {
        // The form demands a count; Google gives none, so it is our estimate then.
        const QByteArray count = provider != DialectId::Gemini ? "7" : row.texts == 1 ? "1" : "2";
        if (QByteArray(row.name) != "OpenAI base64")
            QVERIFY2(stream->body.contains(QByteArray("\"prompt_tokens\":" + count + ",\"total")),
                     stream->body.constData());
    }
    QVERIFY(json::read(sent).has_value());
    switch (provider) {
    case DialectId::Gemini:
        QVERIFY(head.startsWith(row.texts == 2
                                    ? "POST /v1beta/models/m:batchEmbedContents HTTP/1.1\r\n"
                                    : "POST /v1beta/models/m:embedContent HTTP/1.1\r\n"));
        QCOMPARE(sent.count(R"("model":"models/m")"), row.texts);
        break;
    case DialectId::Ollama:
        QVERIFY(head.startsWith("POST /api/embed HTTP/1.1\r\n"));
        QVERIFY(sent.startsWith(R"({"model":"m","input":)"));
        break;
    default:
        QVERIFY(head.startsWith("POST /v1/embeddings HTTP/1.1\r\n"));
        QVERIFY(sent.contains(R"("encoding_format":"float")"));
        break;
    }
    const Exchange &last = kit.last();
    QCOMPARE(last.ask.endpoint, Endpoint::Embeddings);
    QCOMPARE(last.attempts[0].dialect, provider);
    QCOMPARE(last.settlement.usage.output, 0);
    if (provider == DialectId::Gemini) { // it does not say
        QCOMPARE(last.settlement.usage.source, UsageSource::Estimated);
        QVERIFY(last.settlement.cost.nano > 0);
    } else {
        QCOMPARE(last.settlement.usage.prompt(), 7);
        QCOMPARE(last.settlement.cost.nano, 17'500);
    }
    QVERIFY(kit.isSettledFirst);
}

// A provider of the client's dialect gets the client's bytes and its answer goes out untouched;
// only the model is named anew, in each item where Google repeats it.
void TestSideCalls::embeddingsPassThrough()
{
    for (const Client &row : kClients) {
        GatewayKit kit(1);
        speak(kit, {row.dialect});
        QByteArray answer = vectorsOf(row.dialect, row.texts);
        if (QByteArray(row.name) == "OpenAI base64")
            answer.replace("[0.25,2]", "\"AACAPgAAAEA=\"").replace("[1,-0.5]", "\"AACAPwAAAL8=\"");
        QByteArray head;
        QByteArray sent;
        kit.wire.plan = [&](const http::UpstreamRequest &request) {
            head = request.head;
            sent = request.body.join();
            return saying(answer);
        };
        const auto stream = kit.ask(row.path, row.body);
        kit.clock.advance(Seconds(1));
        QCOMPARE(stream->status, 200);
        QCOMPARE(stream->body, answer);
        QByteArray expected = row.body;
        expected.replace("\"models/c\"", "\"models/m\"")
            .replace("\"model\":\"c\"", "\"model\":\"m\"");
        QCOMPARE(sent, expected);
        QByteArray path = row.path;
        path.replace("/c:", "/m:");
        if (path == "/embeddings")
            path = "/v1/embeddings";
        if (row.dialect == DialectId::Gemini)
            path.replace("/v1/", "/v1beta/");
        QVERIFY2(head.startsWith(QByteArray("POST " + path + " HTTP/1.1\r\n")), head.constData());
        QVERIFY(kit.last().settlement.cost.nano > 0);
    }
}

// P-89: the SDKs ask for base64 and would read numbers as a quarter of the dimensions.
void TestSideCalls::embeddingsInTheAskedEncoding()
{
    for (const bool wantsBase64 : {false, true}) {
        GatewayKit kit(1);
        const QByteArray numbers = vectorsOf(DialectId::OpenAiChat, 1);
        const QByteArray base64 = QByteArray(numbers).replace("[1,-0.5]", "\"AACAPwAAAL8=\"");
        kit.wire.plan = [&](const auto &) { return saying(wantsBase64 ? numbers : base64); };
        const auto stream
            = kit.ask("/v1/embeddings",
                      wantsBase64 ? R"({"model":"c","input":"a","encoding_format":"base64"})"
                                  : R"({"model":"c","input":"a"})");
        kit.clock.advance(Seconds(1));
        QCOMPARE(stream->body, wantsBase64 ? base64 : numbers);
        QVERIFY(!stream->wrongLength);
    }
}

void TestSideCalls::embeddingsNeedText()
{
    for (const char *input : {"[1,2,3]", "[[1,2],[3]]", "[]", "7", "{}"}) {
        GatewayKit kit(1);
        speak(kit, {DialectId::Gemini});
        const auto stream
            = kit.ask("/v1/embeddings", QByteArray(R"({"model":"c","input":)") + input + '}');
        kit.clock.advance(Seconds(1));
        QCOMPARE(stream->status, 400);
        QVERIFY2(stream->body.contains("\"input\""), stream->body.constData());
        QVERIFY(kit.wire.started.isEmpty());
        QCOMPARE(kit.last().decision.candidates[0].reason, SkipReason::NotTranslatable);
    }
    // Where they pass through, tokens are the provider's to read.
    GatewayKit kit(1);
    kit.wire.plan = [&](const auto &) { return saying(vectorsOf(DialectId::OpenAiChat, 1)); };
    const auto stream = kit.ask("/v1/embeddings", R"({"model":"c","input":[[1,2,3]]})");
    kit.clock.advance(Seconds(1));
    QCOMPARE(stream->status, 200);
    QCOMPARE(kit.last().ask.promptTokens, 3);
}

void TestSideCalls::embeddingsAtAnthropic()
{
    GatewayKit kit(2);
    speak(kit, {DialectId::Anthropic, DialectId::Ollama});
    kit.wire.plan = [&](const auto &) { return saying(vectorsOf(DialectId::Ollama, 1)); };
    const auto stream = kit.ask("/v1/embeddings", R"({"model":"c","input":"a"})");
    kit.clock.advance(Seconds(1));
    QCOMPARE(stream->status, 200);
    QCOMPARE(stream->field("x-signalbox-served-by"), "p2/m");
    QCOMPARE(kit.last().decision.candidates[0].reason, SkipReason::NeedsTranslation);

    GatewayKit none(1);
    speak(none, {DialectId::Anthropic});
    const auto refused = none.ask("/v1/embeddings", R"({"model":"c","input":"a"})");
    none.clock.advance(Seconds(1));
    QCOMPARE(refused->status, 400);
    QCOMPARE(refused->field("x-signalbox-code"), "needs_translation");
    QVERIFY2(refused->body.contains("has embeddings"), refused->body.constData());
}

void TestSideCalls::embeddingsFailOver()
{
    GatewayKit kit(2, R"({"retries_per_target":0})");
    speak(kit, {DialectId::OpenAiChat, DialectId::Gemini});
    kit.wire.plan = [&](const http::UpstreamRequest &request) {
        return request.origin.host == "p1.example" ? refuses(503)
                                                   : saying(vectorsOf(DialectId::Gemini, 2));
    };
    const auto stream = kit.ask(kClients[2].path, kClients[2].body);
    kit.clock.advance(Seconds(2));
    QCOMPARE(stream->status, 200);
    QCOMPARE(stream->field("x-signalbox-failover"), "true");
    QVERIFY(stream->body.contains("AACAPwAAAL8="));
    QCOMPARE(kit.last().attempts.size(), 2);
}

void TestSideCalls::embeddingsSayWhatIsLeftOut()
{
    GatewayKit kit(1);
    speak(kit, {DialectId::OpenAiChat});
    QByteArray sent;
    kit.wire.plan = [&](const http::UpstreamRequest &request) {
        sent = request.body.join();
        return saying(vectorsOf(DialectId::OpenAiChat, 1));
    };
    const QByteArray body
        = R"({"content":{"parts":[{"text":"a"}]},"taskType":"RETRIEVAL_QUERY","outputDimensionality":2})";
    const auto stream = kit.ask("/v1beta/models/c:embedContent", body);
    kit.clock.advance(Seconds(1));
    QCOMPARE(stream->status, 200);
    QVERIFY(sent.contains("\"dimensions\":2"));
    QVERIFY2(stream->field("x-signalbox-dropped").contains("taskType"), stream->fields.constData());
    const auto strict
        = kit.ask("/v1beta/models/c:embedContent", body, {{"x-signalbox-strict", "true"}});
    kit.clock.advance(Seconds(1));
    QCOMPARE(strict->status, 400);
}

// Too few vectors, or none at all, are no answer: nobody gets another text's vector.
void TestSideCalls::embeddingsThatAreNone()
{
    for (const DialectId provider : kEmbedding) {
        const Client &row = provider == DialectId::OpenAiChat ? kClients[4] : kClients[1];
        for (const QByteArray &said : {vectorsOf(provider, 1), QByteArray("{}"), QByteArray("[]"),
                                       vectorsOf(provider, 2).replace("0.25", "null")}) {
            GatewayKit kit(1, R"({"retries_per_target":0})");
            speak(kit, {provider});
            kit.wire.plan = [&](const auto &) { return saying(said); };
            const auto stream = kit.ask(row.path, row.body);
            kit.clock.advance(Seconds(2));
            QVERIFY2(stream->status == 502, stream->body.constData());
            QCOMPARE(stream->field("x-signalbox-code"), "bad_upstream_reply");
        }
    }
}

void TestSideCalls::vectors()
{
    using translate::packedVector;
    using translate::unpackedVector;
    QCOMPARE(packedVector("[1,-0.5]"), QByteArray("AACAPwAAAL8="));
    QCOMPARE(unpackedVector("AACAPwAAAL8="), QByteArray("[1,-0.5]"));
    const QByteArray fine = "[0.1,-1.5e-08,3.4028235e+38]";
    QCOMPARE(unpackedVector(packedVector(fine)), fine);
    for (const char *none : {"", "[]", "[1,\"a\"]", "{}", "1", "[null]"})
        QVERIFY2(packedVector(none).isEmpty(), none);
    for (const char *none : {"", "AAA=", "!!!!", "AADAfw=="}) // the last is not a number
        QVERIFY2(unpackedVector(none).isEmpty(), none);
}

// ---- Legacy completions: "hello" of provider_words.h -------------------------------------------

void TestSideCalls::completions_data()
{
    QTest::addColumn<DialectId>("provider");
    for (const DialectId provider : kAllDialects) {
        if (provider != DialectId::OpenAiChat)
            QTest::newRow(name(provider).data()) << provider;
    }
}

// T§16.6: the prompt is the question, the answer is text without a role.
void TestSideCalls::completions()
{
    QFETCH(DialectId, provider);
    GatewayKit kit(1);
    speak(kit, {provider});
    QByteArray sent;
    kit.wire.plan = [&](const http::UpstreamRequest &request) {
        sent = request.body.join();
        return saying(wholeOf(provider));
    };
    const auto stream = kit.ask(
        "/v1/completions", R"({"model":"c","prompt":["once upon"],"max_tokens":90,"best_of":2})");
    kit.clock.advance(Seconds(1));
    QCOMPARE(stream->status, 200);
    QVERIFY2(sent.contains("once upon") && sent.contains("90"), sent.constData());
    const auto body = json::read(stream->body);
    QVERIFY(body);
    QVERIFY(body->find("object")->text() == "text_completion");
    const json::Value &choice = body->find("choices")->items()[0];
    QCOMPARE(choice.find("text")->text(), QByteArray("hello"));
    QCOMPARE(choice.find("finish_reason")->text(), QByteArray("stop"));
    QVERIFY(!choice.find("message"));
    QVERIFY(stream->field("x-signalbox-dropped").contains("best_of"));
    QCOMPARE(kit.last().ask.endpoint, Endpoint::Completions);
    QVERIFY(kit.last().settlement.cost.nano > 0);
}

void TestSideCalls::completionStreams()
{
    QFETCH(DialectId, provider);
    const QList<QByteArray> events = streamOf(provider);
    // Whole, and cut before the end: then there is no success.
    for (const bool isCut : {false, true}) {
        GatewayKit kit(1, R"({"retries_per_target":0})");
        speak(kit, {provider});
        kit.wire.plan = [&](const auto &) {
            Acts acts{connects(), sends(), heads(200, streamTypeOf(provider))};
            for (qsizetype i = 0; i < events.size() - (isCut ? 1 : 0); ++i)
                acts.append(bodies(events[i]));
            acts.append(ends());
            return acts;
        };
        const auto stream = kit.ask(
            "/v1/completions",
            R"({"model":"c","prompt":"a","stream":true,"stream_options":{"include_usage":true}})");
        kit.clock.advance(Seconds(20));
        QCOMPARE(stream->status, 200);
        QVERIFY2(stream->body.contains("\"text\":\"h"), stream->body.constData());
        QVERIFY(!stream->body.contains("\"delta\":{\"content"));
        QCOMPARE(stream->body.count(R"("finish_reason":"stop")"), isCut ? 0 : 1);
        QCOMPARE(stream->body.count("data: [DONE]"), isCut ? 0 : 1);
        QCOMPARE(stream->body.contains(R"("choices":[],"usage":{)"), !isCut);
        QCOMPARE(stream->body.contains("\"error\":{"), isCut);
    }
}

// To a provider of OpenAI's own API bytes go as they came, a hole with them.
void TestSideCalls::completionsPassThrough()
{
    const QByteArray whole
        = R"({"id":"cmpl-1","object":"text_completion","created":1,"model":"m","choices":[{"index":0,"text":"a time","logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}})";
    const QByteArray chunk
        = "data: "
          R"({"id":"cmpl-1","object":"text_completion","created":1,"model":"m","choices":[{"index":0,"text":"a time","logprobs":null,"finish_reason":null}]})"
          "\n\n";
    const QByteArray last
        = "data: "
          R"({"id":"cmpl-1","object":"text_completion","created":1,"model":"m","choices":[{"index":0,"text":"","logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}})"
          "\n\ndata: [DONE]\n\n";
    for (const char *path : {"/v1/completions", "/v1/fim/completions"}) {
        for (const bool isStream : {false, true}) {
            GatewayKit kit(1);
            speak(kit, {DialectId::OpenAiChat});
            QByteArray head;
            QByteArray sent;
            kit.wire.plan = [&](const http::UpstreamRequest &request) -> Acts {
                head = request.head;
                sent = request.body.join();
                if (!isStream)
                    return saying(whole);
                return {connects(),    sends(),      heads(200, "text/event-stream"),
                        bodies(chunk), bodies(last), ends()};
            };
            const QByteArray rest = QByteArray(R"(,"prompt":"if x:","suffix":"return")")
                + (isStream ? ",\"stream\":true}" : "}");
            const auto stream = kit.ask(path, QByteArray(R"({"model":"c")" + rest));
            kit.clock.advance(Seconds(1));
            QCOMPARE(stream->status, 200);
            QCOMPARE(stream->body, isStream ? QByteArray(chunk + last) : whole);
            QCOMPARE(sent, QByteArray(R"({"model":"m")" + rest));
            QVERIFY(head.startsWith(QByteArray(QByteArray("POST ") + path + " HTTP/1.1\r\n")));
            QCOMPARE(kit.last().settlement.usage.output, 2);
            QVERIFY(kit.last().outcome.kind == OutcomeKind::Served);
        }
    }
}

// Ten a second for twenty seconds, four of five cancelled, beside an agent's long answers: nobody
// is held to be failing, no usage is lost and the agent's answers are whole.
void TestSideCalls::floodOfCompletions()
{
    constexpr int kAsks = 200;
    constexpr int kPieces = 40;
    const QByteArray piece
        = "data: "
          R"({"id":"cmpl-1","object":"text_completion","created":1,"model":"m","choices":[{"index":0,"text":"a time","logprobs":null,"finish_reason":null}]})"
          "\n\n";
    const QByteArray last
        = "data: "
          R"({"id":"cmpl-1","object":"text_completion","created":1,"model":"m","choices":[{"index":0,"text":"","logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":4,"total_tokens":9}})"
          "\n\ndata: [DONE]\n\n";
    const QByteArray word
        = "data: "
          R"({"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"word "},"finish_reason":null}]})"
          "\n\n";
    const QByteArray end
        = "data: "
          R"({"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})"
          "\n\ndata: [DONE]\n\n";
    GatewayKit kit(2);
    speak(kit, {DialectId::OpenAiChat, DialectId::OpenAiChat});
    int elsewhere = 0;
    kit.wire.plan = [&](const http::UpstreamRequest &request) -> Acts {
        elsewhere += request.origin.host == "p2.example" ? 1 : 0;
        Acts acts{connects(), sends(), heads(200, "text/event-stream", Millis(60))};
        if (request.head.startsWith("POST /v1/fim/completions ")) {
            for (int i = 0; i < 4; ++i)
                acts.append(bodies(piece, Millis(100)));
            acts.append(bodies(last, Millis(10)));
        } else {
            for (int i = 0; i < kPieces; ++i)
                acts.append(bodies(word, Millis(100)));
            acts.append(bodies(end, Millis(10)));
        }
        acts.append(ends());
        return acts;
    };
    QList<StreamPtr> editor;
    QList<StreamPtr> agent;
    for (int i = 0; i < kAsks + 10; ++i) {
        if (i % 50 == 0)
            agent.append(kit.chat(true));
        if (i < kAsks) {
            editor.append(kit.ask(
                "/v1/fim/completions",
                R"({"model":"c","prompt":"if x:","suffix":"return","max_tokens":16,"stream":true})"));
        }
        // Each leaves at another moment: at once, behind the first piece, behind the second.
        for (int steps = 0; steps < 3; ++steps) {
            const int leaves = i - steps;
            if (leaves >= 0 && leaves < kAsks && leaves % 5 != 0 && leaves % 3 == steps)
                editor[leaves]->hangUp();
        }
        kit.clock.advance(Millis(100));
    }
    kit.clock.advance(Seconds(60));

    for (const StreamPtr &stream : std::as_const(agent)) {
        QCOMPARE(stream->status, 200);
        QCOMPARE(stream->body.count("word "), kPieces);
        QCOMPARE(stream->body.count("data: [DONE]"), 1);
    }
    int served = 0;
    int left = 0;
    for (const auto &exchange : std::as_const(kit.sink.exchanges)) {
        if (exchange->ask.endpoint != Endpoint::Completions)
            continue;
        QCOMPARE(exchange->attempts.size(), 1);
        const Settlement &settled = exchange->settlement;
        if (exchange->outcome.kind == OutcomeKind::Served) {
            ++served;
            QCOMPARE(settled.usage.output, 4);
            QCOMPARE(settled.source, CostSource::Computed);
        } else {
            ++left;
            QCOMPARE(exchange->outcome.kind, OutcomeKind::ClientLeft);
            // What reached the provider is owed for, if only as an estimate.
            QVERIFY(exchange->attempts[0].stage == Stage::Unsent || settled.cost.nano > 0
                    || settled.uncertain.nano > 0);
        }
    }
    QCOMPARE(served, kAsks / 5);
    QCOMPARE(left, kAsks - kAsks / 5);
    QCOMPARE(elsewhere, 0);
    for (const GateView &gate : kit.gateway->gates().views()) {
        QCOMPARE(gate.state, GateState::Serving);
        QCOMPARE(gate.failuresInRow, 0);
    }
    QCOMPARE(kit.wire.running, 0);
}

void TestSideCalls::completionsWithAHole_data()
{
    QTest::addColumn<QByteArray>("members");
    QTest::addColumn<QByteArray>("param");
    QTest::newRow("suffix") << QByteArray(R"("prompt":"a","suffix":"b")") << QByteArray("suffix");
    QTest::newRow("tokens of a hole")
        << QByteArray(R"("prompt":"<|fim_prefix|>a<|fim_suffix|>b<|fim_middle|>")")
        << QByteArray("prompt");
    QTest::newRow("numbers") << QByteArray(R"("prompt":[1,2])") << QByteArray("prompt");
    QTest::newRow("several") << QByteArray(R"("prompt":["a","b"])") << QByteArray("prompt");
    QTest::newRow("none") << QByteArray(R"("max_tokens":5)") << QByteArray("prompt");
    QTest::newRow("echo") << QByteArray(R"("prompt":"a","echo":true)") << QByteArray("echo");
}

// A chat model would talk about the hole: the next target gets it, or the client is told.
void TestSideCalls::completionsWithAHole()
{
    QFETCH(QByteArray, members);
    QFETCH(QByteArray, param);
    GatewayKit kit(1);
    speak(kit, {DialectId::Anthropic});
    const auto stream = kit.ask("/v1/completions", QByteArray("{\"model\":\"c\"," + members + '}'));
    kit.clock.advance(Seconds(1));
    QCOMPARE(stream->status, 400);
    QVERIFY2(stream->body.contains(QByteArray("\"param\":\"" + param + '"')),
             stream->body.constData());
    QVERIFY(kit.wire.started.isEmpty());
    QCOMPARE(kit.last().decision.candidates[0].reason, SkipReason::NotTranslatable);
}

QTEST_GUILESS_MAIN(TestSideCalls)
#include "tst_side_calls.moc"
