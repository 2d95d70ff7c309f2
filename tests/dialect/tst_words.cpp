// Paths, providers' errors, complete replies, and what we say ourselves.
#include "dialect/dialect.h"
#include "json/reader.h"

#include <QTest>

using namespace sb;
using namespace sb::dialect;

class TestWords : public QObject {
    Q_OBJECT

private slots:
    void paths_data();
    void paths();
    void passedPaths();
    void providerErrors_data();
    void providerErrors();
    void hints();
    void replies_data();
    void replies();
    void cutReplies();
    void replyFacts();
    void usageProfiles_data();
    void usageProfiles();
    void errorBodies();
    void modelLists();
};

void TestWords::paths_data()
{
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<DialectId>("sdk");
    QTest::addColumn<DialectId>("dialect");
    QTest::addColumn<Endpoint>("endpoint");
    QTest::addColumn<bool>("isKnown");
    QTest::addColumn<QByteArray>("model");
    const auto add = [](const char *line, DialectId dialect, Endpoint endpoint, bool isKnown,
                        const char *model = "", DialectId sdk = DialectId::OpenAiChat) {
        const QList<QByteArray> words = QByteArray(line).split(' ');
        QTest::addRow("%s (SDK %d)", line, int(sdk))
            << words[0] << words[1] << sdk << dialect << endpoint << isKnown << QByteArray(model);
    };
    const auto chat = DialectId::OpenAiChat;
    const auto anthropic = DialectId::Anthropic;
    for (const char *line :
         {"POST /v1/chat/completions", "POST /chat/completions", "POST /v1/v1/chat/completions",
          "POST /openai/v1/chat/completions", "POST /api/v1/chat/completions",
          "POST /v1/chat/completions/", "POST //v1//chat/completions",
          "POST /v1beta/openai/chat/completions", "POST /v1/chat/completions?x=1"})
        add(line, chat, Endpoint::Generate, true);
    add("POST /openai/deployments/my%2Fgpt/chat/completions", chat, Endpoint::Generate, true,
        "my/gpt");
    for (const char *line : {"POST /v1/messages", "POST /messages", "POST /v1/v1/messages",
                             "POST /v1/messages?beta=true", "POST /anthropic/v1/messages"})
        add(line, anthropic, Endpoint::Generate, true);
    add("POST /v1/messages/count_tokens", anthropic, Endpoint::CountTokens, true);
    add("POST /v1/messages/batches", anthropic, Endpoint::Other, false);
    add("GET /v1/models", chat, Endpoint::Models, true);
    add("GET /models", chat, Endpoint::Models, true);
    add("GET /v1/models", anthropic, Endpoint::Models, true, "", anthropic);
    add("GET /v1/models?limit=1000", anthropic, Endpoint::Models, true, "", anthropic);
    add("GET /v1/models", DialectId::Gemini, Endpoint::Models, true, "", DialectId::Gemini);
    add("GET /nothing", anthropic, Endpoint::Other, false, "", anthropic);
    add("GET /v1/models/openai/gpt-x", chat, Endpoint::Models, true, "openai/gpt-x");
    add("GET /v1/models/openai%2fgpt-x", chat, Endpoint::Models, true, "openai/gpt-x");
    const auto gemini = DialectId::Gemini;
    for (const char *line : {"POST /v1/models/gemini-x:generateContent",
                             "POST /v1beta/models/gemini-x:streamGenerateContent?alt=sse",
                             "POST /v1alpha/models/gemini-x:generateContent",
                             "POST /v1beta/v1beta/models/gemini-x:generateContent"})
        add(line, gemini, Endpoint::Generate, true, "gemini-x");
    add("POST /v1beta/models/a%2Fb:c:generateContent", gemini, Endpoint::Generate, true, "a/b:c");
    add("POST /v1beta/models/x:countTokens", gemini, Endpoint::CountTokens, true, "x");
    add("POST /v1beta/models/x:embedContent", gemini, Endpoint::Embeddings, true, "x");
    add("POST /v1beta/models/x:batchEmbedContents", gemini, Endpoint::Embeddings, true, "x");
    add("POST /v1beta/models/x:predict", gemini, Endpoint::Other, false);
    add("POST /v1beta/models/:generateContent", gemini, Endpoint::Other, false);
    add("POST /v1beta/cachedContents", gemini, Endpoint::Other, false);
    add("GET /v1beta/models", gemini, Endpoint::Models, true);
    add("GET /v1beta/models/gemini-x", gemini, Endpoint::Models, true, "gemini-x");
    add("POST /v1/responses", DialectId::OpenAiResponses, Endpoint::Generate, true);
    add("POST /responses/", DialectId::OpenAiResponses, Endpoint::Generate, true);
    add("POST /v1/responses/input_tokens", DialectId::OpenAiResponses, Endpoint::CountTokens, true);
    add("POST /v1/responses/resp_1/cancel", DialectId::OpenAiResponses, Endpoint::Stored, true);
    add("POST /v1/responses/compact", DialectId::OpenAiResponses, Endpoint::Compaction, true);
    add("GET /v1/responses/resp_1/input_items", DialectId::OpenAiResponses, Endpoint::Stored, true);
    add("GET /v1/responses/resp_1/more", DialectId::OpenAiResponses, Endpoint::Stored, false);
    add("POST /v1/moderations", DialectId::OpenAiChat, Endpoint::Moderations, true);
    add("POST /v1/rerank", DialectId::OpenAiChat, Endpoint::Rerank, true);
    add("POST /v2/rerank", DialectId::OpenAiChat, Endpoint::Rerank, true);
    add("POST /v1/images/generations", chat, Endpoint::Images, true);
    add("POST /openai/deployments/dall-e/images/generations", chat, Endpoint::Images, true,
        "dall-e");
    add("POST /v1/images/other", chat, Endpoint::Images, false);
    add("POST /v1/audio/speech", chat, Endpoint::Audio, true);
    add("POST /v1/audio/transcriptions", chat, Endpoint::Audio, true);
    add("GET /v1/files/file-1/content", chat, Endpoint::Files, true);
    add("POST /v1/uploads/up-1/parts", chat, Endpoint::Files, true);
    add("POST /v1/batches/b_1/cancel", chat, Endpoint::Batches, true);
    for (const char *line :
         {"GET /v1/files/..", "GET /v1/files/.", "GET /v1/files/%2e%2e", "GET /v1/files/a%2fb",
          "GET /v1/files/a%00", "GET /v1/files/a\\b", "GET /v1/files/a;b", "GET /v1/files/a:b",
          "GET /v1/files/../models", "GET /v1/files/a/../content", "GET /v1/files/\xc3\xa9"})
        add(line, chat, Endpoint::Files, false);
    add("POST /api/chat", DialectId::Ollama, Endpoint::Generate, true);
    add("POST /api/generate", DialectId::Ollama, Endpoint::Completions, true);
    add("POST /api/embed", DialectId::Ollama, Endpoint::Embeddings, true);
    add("GET /api/tags", DialectId::Ollama, Endpoint::Models, true);
    add("POST /api/show", DialectId::Ollama, Endpoint::Show, true);
    add("GET /api/ps", DialectId::Ollama, Endpoint::Running, true);
    add("GET /api/version", DialectId::Ollama, Endpoint::Version, true);
    add("POST /api/pull", DialectId::Ollama, Endpoint::Other, false);
    add("POST /api/chat/more", DialectId::Ollama, Endpoint::Other, false);
    add("POST /v1/embeddings", chat, Endpoint::Embeddings, true);
    add("POST /v1/completions", chat, Endpoint::Completions, true);
    add("POST /v1/fim/completions", chat, Endpoint::Completions, true);
    add("GET /", chat, Endpoint::Other, false);
    add("GET /nothing", chat, Endpoint::Other, false);
}

void TestWords::paths()
{
    QFETCH(QByteArray, method);
    QFETCH(QByteArray, path);
    QFETCH(DialectId, sdk);
    const PathMatch match = matchPath(method, path, sdk);
    QTEST(match.dialect, "dialect");
    QTEST(match.isKnown, "isKnown");
    QTEST(match.endpoint, "endpoint");
    QTEST(match.model, "model");
    QVERIFY(match.isMethodAllowed);
    if (match.isKnown) {
        const PathMatch other = matchPath("DELETE", path, sdk);
        QVERIFY(other.isKnown && !other.isMethodAllowed);
        QCOMPARE(other.allow, method);
    }
}

// What the provider is asked for is made of the pattern and the id alone.
void TestWords::passedPaths()
{
    const PathMatch content = matchPath("GET", "//v1//files/file-1.a_B/content/", {});
    QCOMPARE(content.passPath, QByteArray("files/file-1.a_B/content"));
    QCOMPARE(content.item, QByteArray("file-1.a_B"));
    QVERIFY(content.isKept() && content.charge == Charge::None && !content.takesForm);
    const PathMatch image = matchPath("POST", "/v1/images/edits", {});
    QCOMPARE(image.passPath, QByteArray("images/edits"));
    QVERIFY(!image.isKept() && image.charge == Charge::Unknown && image.takesForm);
    const PathMatch moderation = matchPath("POST", "/v1/moderations", {});
    QVERIFY(!moderation.isPassed() && moderation.charge == Charge::Counted);

    // Each method of a path, and what it may cost.
    const auto charge = [](const char *method, const char *path) {
        const PathMatch match = matchPath(method, path, {});
        return match.isMethodAllowed ? std::optional(match.charge) : std::nullopt;
    };
    QCOMPARE(charge("POST", "/v1/batches"), Charge::Unknown);
    QCOMPARE(charge("GET", "/v1/batches"), Charge::None);
    QCOMPARE(charge("POST", "/v1/batches/b/cancel"), Charge::None);
    QCOMPARE(charge("POST", "/v1/files"), Charge::None);
    QCOMPARE(charge("DELETE", "/v1/files/a"), Charge::None);
    QCOMPARE(charge("DELETE", "/v1/responses/resp_1"), Charge::None);
    QCOMPARE(charge("DELETE", "/v1/files"), std::nullopt);
    QCOMPARE(charge("ET", "/v1/files"), std::nullopt);
    QCOMPARE(matchPath("PUT", "/v1/files", {}).allow, QByteArray("GET, POST"));
    QVERIFY(!matchPath("GET", QByteArray("/v1/files/" + QByteArray(300, 'a')), {}).isKnown);
}

void TestWords::providerErrors_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<AttemptOutcome>("outcome");
    QTest::addColumn<QByteArray>("message");
    const auto add = [](const char *name, int status, const char *body, AttemptOutcome outcome,
                        const char *message) {
        QTest::newRow(name) << status << QByteArray(body) << outcome << QByteArray(message);
    };
    using O = AttemptOutcome;
    add("openai bad key", 401,
        R"({"error":{"message":"Incorrect API key","type":"invalid_request_error","code":"invalid_api_key"}})",
        O::KeyRejected, "Incorrect API key");
    add("P-102 xai bad key", 400,
        R"({"code":"invalid-argument","error":"Incorrect API key provided: xx"})", O::KeyRejected,
        "Incorrect API key provided: xx");
    add("P-102 gemini bad key", 400,
        R"([{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID"}]}}])",
        O::KeyRejected, "API key not valid. Please pass a valid API key.");
    add("mistral bad key", 401, R"({"detail":"Unauthorized"})", O::KeyRejected, "Unauthorized");
    add("forbidden", 403, R"({"error":{"type":"permission_error","message":"no"}})", O::KeyRejected,
        "no");
    add("openai quota", 429,
        R"({"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}})",
        O::QuotaExhausted, "You exceeded your current quota");
    add("payment", 402, R"({"error":{"message":"Insufficient credits","code":402}})",
        O::QuotaExhausted, "Insufficient credits");
    add("anthropic credit", 400,
        R"({"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the API."}})",
        O::QuotaExhausted, "Your credit balance is too low to access the API.");
    add("spend limit", 429,
        R"({"type":"error","error":{"type":"rate_limit_error","message":"x","details":{"error_code":"org_spend_limit_reached"}}})",
        O::QuotaExhausted, "x");
    add("gemini per minute", 429,
        R"({"error":{"code":429,"message":"You exceeded your current quota","status":"RESOURCE_EXHAUSTED","details":[{"@type":"t.RetryInfo","retryDelay":"34.4s"}]}})",
        O::RateLimited, "You exceeded your current quota");
    add("rate limit", 429, R"({"error":{"message":"slow down","type":"rate_limit_error"}})",
        O::RateLimited, "slow down");
    add("too many tokens a minute", 429,
        R"({"message":"Too many tokens, please wait before trying again."})", O::RateLimited,
        "Too many tokens, please wait before trying again.");
    add("groq size limit", 413,
        R"({"error":{"message":"Request too large","type":"tokens","code":"rate_limit_exceeded"}})",
        O::RateLimited, "Request too large");
    add("flex", 498, R"({"error":{"message":"capacity"}})", O::RateLimited, "capacity");
    add("overloaded", 529,
        R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})",
        O::Overloaded, "Overloaded");
    add("loading", 503,
        R"({"error":{"code":503,"message":"Loading model","type":"unavailable_error"}})",
        O::Overloaded, "Loading model");
    add("server error", 500, R"({"error":{"message":"oops","type":"server_error"}})",
        O::ServerError, "oops");
    add("page", 502, "<html><head><title>502 Bad\nGateway</title></head><body>x</body></html>",
        O::ServerError, "502 Bad Gateway");
    add("page on 524", 524, "<!DOCTYPE html><p>x", O::ServerError, "");
    add("page on 403", 403, "<html><title>Just a moment...</title></html>", O::ServerError,
        "Just a moment...");
    add("nothing", 500, "", O::ServerError, "");
    add("text", 504, "upstream timed out\n", O::ServerError, "upstream timed out");
    add("timeout", 408, "{}", O::Conflict, "");
    add("conflict", 409, R"({"error":{"message":"c"}})", O::Conflict, "c");
    add("unknown model", 404,
        R"({"error":{"message":"The model `x` does not exist","code":"model_not_found"}})",
        O::ModelNotFound, "The model `x` does not exist");
    add("P-102 unknown model on 400", 400,
        R"({"error":{"message":"nope","code":"model_not_found"}})", O::ModelNotFound, "nope");
    add("no access to model", 403,
        R"({"error":{"message":"Project x does not have access to model y","code":"model_not_found"}})",
        O::ModelNotFound, "Project x does not have access to model y");
    add("azure deployment", 404, R"({"error":{"code":"DeploymentNotFound","message":"gone"}})",
        O::ModelNotFound, "gone");
    add("bad request", 400,
        R"({"error":{"message":"messages: field required","type":"invalid_request_error"}})",
        O::BadRequest, "messages: field required");
    add("fastapi", 422, R"({"detail":[{"loc":["body"],"msg":"Input should be valid","type":"x"}]})",
        O::BadRequest, "Input should be valid");
    add("no tools", 400, R"({"error":"registry.ollama.ai/x does not support tools"})",
        O::LacksFeature, "registry.ollama.ai/x does not support tools");
    add("no vision", 400, R"({"error":{"message":"image input is not supported by this model"}})",
        O::LacksFeature, "image input is not supported by this model");
    add("parameter", 400,
        R"({"error":{"message":"Unsupported parameter: 'max_tokens'","code":"unsupported_parameter"}})",
        O::LacksFeature, "Unsupported parameter: 'max_tokens'");
    add("openai context", 400,
        R"({"error":{"message":"This model's maximum context length is 8192 tokens.","code":"context_length_exceeded"}})",
        O::ContextTooLong, "This model's maximum context length is 8192 tokens.");
    add("anthropic context", 400,
        R"({"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 200001 tokens > 200000 maximum"}})",
        O::ContextTooLong, "prompt is too long: 200001 tokens > 200000 maximum");
    add("cohere context", 400, R"({"error_type":"TOO_MANY_TOKENS","message":"m"})",
        O::ContextTooLong, "m");
    add("perplexity context", 400,
        R"({"error":{"type":"too_many_prompt_tokens","code":400,"message":"m"}})",
        O::ContextTooLong, "m");
    add("azure filter", 400,
        R"({"error":{"message":"The response was filtered","code":"content_filter"}})", O::Filtered,
        "The response was filtered");
    add("groq tool", 400,
        R"({"error":{"message":"Failed to call a function","code":"tool_use_failed"}})",
        O::ServerError, "Failed to call a function");
    add("openrouter raw", 502,
        R"({"error":{"message":"Provider returned error","code":502,"metadata":{"raw":"{\"error\":{\"message\":\"inner words\"}}","provider_name":"x"}}})",
        O::ServerError, "inner words");
    add("double encoded", 400,
        R"({"error":{"message":"{\"error\":{\"message\":\"prompt is too long\"}}"}})",
        O::ContextTooLong, "prompt is too long");
    add("redirect", 302, "", O::Redirected, "");
}

void TestWords::providerErrors()
{
    QFETCH(int, status);
    QFETCH(QByteArray, body);
    const ProviderError error = readError(DialectId::OpenAiChat, status, "application/json", body);
    QTEST(error.outcome, "outcome");
    QTEST(error.message, "message");
    QCOMPARE(error.status, status);
}

void TestWords::hints()
{
    const ProviderError error = readError(DialectId::OpenAiChat, 429, "application/json",
                                          R"({"error":{"details":[{"retryDelay":"34.4s"}]}})");
    QCOMPARE(qint64(error.hint.count()), 34400);
    const QByteArray loud
        = "{\"error\":{\"message\":\"" + QByteArray("\xF0\x9F\x98\x80").repeated(900) + "\"}}";
    const ProviderError cut = readError(DialectId::OpenAiChat, 500, "application/json", loud);
    QVERIFY(QString::fromUtf8(cut.message).size() <= 400);
    QVERIFY(!cut.message.contains("\xEF\xBF\xBD"));
    const ProviderError dirty
        = readError(DialectId::OpenAiChat, 500, "text/plain", "a\x01\r\nb\xFF");
    QCOMPARE(dirty.message, QByteArray("a   b\xEF\xBF\xBD"));
}

void TestWords::replies_data()
{
    QTest::addColumn<DialectId>("dialect");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<AttemptOutcome>("outcome");
    using O = AttemptOutcome;
    const auto chat = [](const char *name, const char *body, O outcome) {
        QTest::addRow("chat %s", name) << DialectId::OpenAiChat << QByteArray(body) << outcome;
    };
    const auto anthropic = [](const char *name, const char *body, O outcome) {
        QTest::addRow("anthropic %s", name) << DialectId::Anthropic << QByteArray(body) << outcome;
    };
    chat("text", R"({"choices":[{"message":{"content":"x"},"finish_reason":"stop"}]})", O::Served);
    chat("text without an end", R"({"choices":[{"message":{"content":"x"}}]})", O::Served);
    chat("reasoning",
         R"({"choices":[{"message":{"content":"","reasoning":"x"},"finish_reason":"stop"}]})",
         O::Served);
    chat(
        "tool",
        R"({"choices":[{"message":{"content":null,"tool_calls":[{"function":{"name":"f","arguments":"{}"}}]}}]})",
        O::Served);
    chat("empty", R"({"choices":[{"message":{"content":""},"finish_reason":"stop"}]})",
         O::EmptyCompletion);
    chat(
        "empty with tokens",
        R"({"choices":[{"message":{"content":""},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1}})",
        O::Served);
    chat(
        "empty, no end",
        R"({"choices":[{"message":{"content":null}}],"usage":{"prompt_tokens":1,"completion_tokens":1}})",
        O::EmptyCompletion);
    chat("no choices", R"({"choices":[]})", O::EmptyCompletion);
    chat("filtered", R"({"choices":[{"message":{"content":""},"finish_reason":"content_filter"}]})",
         O::Served);
    chat("error", R"({"error":{"message":"m","code":429}})", O::RateLimited);
    chat("null error",
         R"({"error":null,"choices":[{"message":{"content":"x"},"finish_reason":"stop"}]})",
         O::Served);
    chat("page", "<html></html>", O::BadReply);
    chat("words", "hello", O::BadReply);
    chat("array", "[1]", O::BadReply);
    chat("nothing", "", O::EmptyCompletion);
    chat("bad utf-8", "{\"a\":\"\xFF\"}", O::BadReply);
    chat("garbled", R"({"choices":[}]})", O::BadReply);
    chat("two documents", "{}{}", O::BadReply);
    anthropic(
        "text",
        R"({"type":"message","content":[{"type":"text","text":"x"}],"stop_reason":"end_turn"})",
        O::Served);
    anthropic(
        "tool",
        R"({"content":[{"type":"tool_use","id":"t","name":"f","input":{}}],"stop_reason":"tool_use"})",
        O::Served);
    anthropic(
        "empty",
        R"({"content":[],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":0}})",
        O::EmptyCompletion);
    anthropic(
        "empty with tokens",
        R"({"content":[],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":3}})",
        O::Served);
    anthropic("refusal", R"({"content":[],"stop_reason":"refusal"})", O::Served);
    anthropic(
        "warmed cache",
        R"({"content":[],"stop_reason":"max_tokens","usage":{"input_tokens":1,"output_tokens":0}})",
        O::Served);
    anthropic("error", R"({"type":"error","error":{"type":"overloaded_error","message":"m"}})",
              O::Overloaded);
}

void TestWords::replies()
{
    QFETCH(DialectId, dialect);
    QFETCH(QByteArray, body);
    const ReplyFacts facts = readReply(dialect, Endpoint::Generate, "application/json", body);
    QTEST(facts.outcome, "outcome");
    QCOMPARE(readReply(dialect, Endpoint::Generate, "text/html", body).outcome,
             AttemptOutcome::BadReply);
}

// Every cut of a reply is short, and never garbled or served.
void TestWords::cutReplies()
{
    const QByteArray body
        = R"({"id":"x","n":-12.5e+3,"t":true,"z":null,"u":"\u00e9\n","choices":[{"message":{"content":"x"},"finish_reason":"stop"}]})";
    for (qsizetype at = 1; at < body.size(); ++at) {
        const ReplyFacts facts = readReply(DialectId::OpenAiChat, Endpoint::Generate,
                                           "application/json", body.first(at));
        QVERIFY2(facts.outcome == AttemptOutcome::BodyShort, body.first(at).constData());
    }
}

void TestWords::replyFacts()
{
    const ReplyFacts chat = readReply(
        DialectId::OpenAiChat, Endpoint::Generate, "application/json",
        R"({"model":"m","choices":[{"message":{"content":"äb","tool_calls":[{"function":{"arguments":"{\"a\":"}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12}})");
    QCOMPARE(chat.outcome, AttemptOutcome::Served);
    QCOMPARE(chat.model, QByteArray("m"));
    QCOMPARE(chat.finish, Finish::ToolCalls);
    QVERIFY(chat.isBadToolJson);
    QVERIFY(chat.contentChars >= 7);
    QCOMPARE(chat.usage.prompt(), 9);
    const ReplyFacts count = readReply(DialectId::Anthropic, Endpoint::CountTokens,
                                       "application/json", R"({"input_tokens":7})");
    QCOMPARE(count.outcome, AttemptOutcome::Served);
}

void TestWords::usageProfiles_data()
{
    QTest::addColumn<QByteArray>("usage");
    QTest::addColumn<qint64>("input");
    QTest::addColumn<qint64>("cacheRead");
    QTest::addColumn<qint64>("output");
    QTest::addColumn<bool>("isOdd");
    const auto add = [](const char *name, const char *usage, qint64 input, qint64 cacheRead,
                        qint64 output, bool isOdd = false) {
        QTest::newRow(name) << QByteArray(usage) << input << cacheRead << output << isOdd;
    };
    add("openai",
        R"({"prompt_tokens":100,"completion_tokens":20,"total_tokens":120,"prompt_tokens_details":{"cached_tokens":60,"audio_tokens":10},"completion_tokens_details":{"reasoning_tokens":5,"audio_tokens":4}})",
        30, 60, 16);
    add("xai, beside",
        R"({"prompt_tokens":12,"completion_tokens":1,"total_tokens":241,"completion_tokens_details":{"reasoning_tokens":228}})",
        12, 0, 229);
    add("xai, inside",
        R"({"prompt_tokens":12,"completion_tokens":229,"total_tokens":241,"completion_tokens_details":{"reasoning_tokens":228}})",
        12, 0, 229);
    add("deepseek",
        R"({"prompt_tokens":50,"completion_tokens":5,"total_tokens":55,"prompt_cache_hit_tokens":30,"prompt_cache_miss_tokens":20})",
        20, 30, 5);
    add("moonshot",
        R"({"prompt_tokens":20,"completion_tokens":3,"total_tokens":23,"cached_tokens":10,"prompt_tokens_details":{"cached_tokens":4}})",
        10, 10, 3);
    add("no total", R"({"prompt_tokens":7,"completion_tokens":3})", 7, 0, 3);
    add("nulls",
        R"({"prompt_tokens":7,"completion_tokens":3,"prompt_tokens_details":null,"completion_tokens_details":null})",
        7, 0, 3);
    add("cached beyond the prompt",
        R"({"prompt_tokens":7,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":9}})",
        7, 0, 3, true);
    add("does not add up", R"({"prompt_tokens":7,"completion_tokens":3,"total_tokens":99})", 7, 0,
        3, true);
    add("negative", R"({"prompt_tokens":-7,"completion_tokens":3})", 0, 0, 3, true);
}

void TestWords::usageProfiles()
{
    QFETCH(QByteArray, usage);
    const QByteArray body
        = "{\"choices\":[{\"message\":{\"content\":\"x\"}}],\"usage\":" + usage + '}';
    const Usage read
        = readReply(DialectId::OpenAiChat, Endpoint::Generate, "application/json", body).usage;
    QCOMPARE(read.source, UsageSource::Reported);
    QTEST(read.input, "input");
    QTEST(read.cacheRead, "cacheRead");
    QTEST(read.output, "output");
    QTEST(read.isOdd, "isOdd");
}

void TestWords::errorBodies()
{
    ClientError error;
    error.code = Code::NoSuchModel;
    error.status = 404;
    error.message = "No \"such\" model.";
    error.id = ExchangeId{5, 6};
    const QByteArray expected1
        = R"({"error":{"message":"No \"such\" model.","type":"invalid_request_error","param":null,"code":"no_such_model"}})";
    QCOMPARE(errorBody(DialectId::OpenAiChat, error), expected1);
    const QByteArray expected2
        = R"({"type":"error","error":{"type":"not_found_error","message":"No \"such\" model.","details":{"error_code":"no_such_model"}},"request_id":)";
    QCOMPARE(errorBody(DialectId::Anthropic, error), expected2 + '"' + error.id.text() + "\"}");
    const QByteArray expected3
        = R"({"error":{"code":404,"message":"No \"such\" model.","status":"NOT_FOUND","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"no_such_model","domain":"signalbox"}]}})";
    QCOMPARE(errorBody(DialectId::Gemini, error), expected3);
    const QByteArray expected4 = R"({"error":"No \"such\" model."})";
    QCOMPARE(errorBody(DialectId::Ollama, error), expected4);
    QCOMPARE(errorBody(DialectId::OpenAiResponses, error), errorBody(DialectId::OpenAiChat, error));

    error.code = Code::ContextTooLong;
    error.status = 400;
    QVERIFY(
        errorBody(DialectId::OpenAiChat, error).contains("\"code\":\"context_length_exceeded\""));
    QVERIFY(
        errorBody(DialectId::Anthropic, error).contains("\"message\":\"prompt is too long: No"));

    error.code = Code::Overloaded;
    error.status = 529;
    QVERIFY(errorBody(DialectId::Anthropic, error).contains("\"type\":\"overloaded_error\""));

    error.type = "their_type";
    error.providerCode = "their_code";
    for (const DialectId dialect : {DialectId::OpenAiChat, DialectId::Anthropic}) {
        QVERIFY(errorBody(dialect, error).contains("\"type\":\"their_type\""));
        QVERIFY(errorBody(dialect, error).contains("their_code"));
    }
    // Each of our bodies is read back as the error it is.
    for (int i = 0; i < kDialectCount; ++i)
        QCOMPARE(readError(DialectId(i), 500, "application/json", errorBody(DialectId(i), error))
                     .message,
                 error.message);
}

void TestWords::modelLists()
{
    const QList<ModelEntry> entries{{"coding", "Coding", 1750000000}, {"a/b", {}, 0}};
    const QByteArray expected5
        = R"({"object":"list","data":[{"id":"coding","object":"model","created":1750000000,"owned_by":"signalbox"},{"id":"a/b","object":"model","created":0,"owned_by":"signalbox"}]})";
    QCOMPARE(modelsBody(DialectId::OpenAiChat, entries), expected5);
    const QByteArray expected6
        = R"({"data":[{"type":"model","id":"coding","display_name":"Coding","created_at":"2025-06-15T15:06:40Z"},{"type":"model","id":"a/b","display_name":"a/b","created_at":"1970-01-01T00:00:00Z"}],"has_more":false,"first_id":"coding","last_id":"a/b"})";
    QCOMPARE(modelsBody(DialectId::Anthropic, entries), expected6);
    const QByteArray expected7 = R"({"data":[],"has_more":false,"first_id":null,"last_id":null})";
    QCOMPARE(modelsBody(DialectId::Anthropic, {}), expected7);
    const QByteArray expected8
        = R"({"id":"coding","object":"model","created":1750000000,"owned_by":"signalbox"})";
    QCOMPARE(modelBody(DialectId::OpenAiChat, entries[0]), expected8);
    for (int i = 0; i < kDialectCount; ++i)
        QVERIFY(json::read(modelsBody(DialectId(i), entries)));
}

QTEST_APPLESS_MAIN(TestWords)
#include "tst_words.moc"
