// What only passes: images and audio by their model, files, batches and stored answers at the one
// provider that keeps them. Bytes come out as they went in, and what is cut never looks whole.
#include "gateway_kit.h"
#include "provider_words.h"

using namespace sb;
using namespace sb::gateway;

namespace {

using Fields = QList<std::pair<QByteArray, QByteArray>>;

constexpr char kFormType[] = "multipart/form-data; boundary=\"x b\"";

QByteArray everyByte()
{
    QByteArray bytes;
    for (int i = 0; i < 1024; ++i)
        bytes.append(char(i * 7));
    return bytes;
}

QByteArray form(const QByteArray &model)
{
    return "--x b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.mp3\"\r\n\r\n"
        + everyByte() + "\r\n--x b\r\ncontent-disposition: form-data; name=\"model\"\r\n\r\n"
        + model + "\r\n--x b--\r\n";
}

// The last request that left, and where to.
struct Sent {
    QByteArray host;
    QByteArray head;
    QByteArray body;
    int count = 0;

    bool has(const QByteArray &field) const
    {
        return head.split('\n').contains(QByteArray(field + '\r'));
    }
    QByteArray line() const { return head.first(head.indexOf("\r\n")); }
};

void watch(GatewayKit &kit, Sent &sent, const std::function<Acts(const Sent &)> &answer)
{
    kit.wire.plan = [&sent, answer](const http::UpstreamRequest &request) {
        sent.host = request.origin.host;
        sent.head = request.head;
        sent.body = request.body.join();
        ++sent.count;
        return answer(sent);
    };
}

void watch(GatewayKit &kit, Sent &sent, const Acts &acts)
{
    watch(kit, sent, [acts](const Sent &) { return acts; });
}

void cap(GatewayKit &kit, const QString &scope = QStringLiteral("all"))
{
    kit.edit([&](config::ConfigSnapshot &config) {
        config.budgets
            = {{QStringLiteral("daily"), scope, QStringLiteral("day"), Money{10'000'000'000}}};
    });
}

StreamPtr call(GatewayKit &kit, const QByteArray &method, const QByteArray &path,
               const QByteArray &body = {}, const Fields &fields = {})
{
    const auto stream = kit.ask(path, body, fields, method);
    kit.clock.advance(Seconds(2));
    return stream;
}

StreamPtr makeAnswer(GatewayKit &kit, const QByteArray &further = {}, bool isStream = false,
                     const Fields &fields = {})
{
    const QByteArray members
        = (isStream ? QByteArray(R"(,"stream":true)") : QByteArray()) + further + '}';
    return call(kit, "POST", "/v1/responses", R"({"model":"c","input":"hi")" + members, fields);
}

Acts answerNamed(const QByteArray &id, bool isStream = false)
{
    const DialectId dialect = DialectId::OpenAiResponses;
    if (!isStream)
        return saying(wholeOf(dialect).replace("resp_1", id));
    Acts acts{connects(), sends(), heads(200, "text/event-stream")};
    for (const QByteArray &event : streamOf(dialect))
        acts.append(bodies(QByteArray(event).replace("resp_1", id)));
    acts.append(ends());
    return acts;
}

} // namespace

class TestPassedCalls : public QObject {
    Q_OBJECT

private slots:
    void jsonToBinary();
    void formsPass();
    void formsWithoutAModel();
    void brokenForms();
    void formsElsewhere();
    void repliesOfEachType();
    void streamsAsTheyCome();
    void cutRepliesAreNeverWhole();
    void failsOverBeforeTheFirstByte();
    void aMissingPathClosesNoGate();
    void aKeyWithoutTheRightClosesNoGate();
    void ownModelsAtTheDefaultChain();
    void costIsUnknown();
    void capsRefuse();
    void freeProvidersPassUnderCaps();
    void filesAtTheOnlyProvider();
    void filesCostNothing();
    void noCertainProvider();
    void theChainNamesTheProvider();
    void noFurtherThanTheClientMay();
    void onceOnly();
    void whatTheProviderSaysOfAnItem();
    void storedAnswers_data();
    void storedAnswers();
    void answersThatAreNotStored();
    void answersOfOthers();
    void answersGoOnWhereTheyAre();
    void theBookIsBounded();
    void heldChainsDoNotMatter();
    void chainsDoNotHearOfIt();
    void compaction();
    void pathTricks();
};

void TestPassedCalls::jsonToBinary()
{
    GatewayKit kit(2);
    speak(kit, {DialectId::Anthropic, DialectId::OpenAiChat});
    Sent sent;
    watch(kit, sent, saying(everyByte(), "audio/mpeg"));
    const auto stream
        = call(kit, "POST", "/v1/audio/speech", R"({"model":"c","input":"hi","voice":"alloy"})");
    QCOMPARE(stream->status, 200);
    QCOMPARE(stream->body, everyByte());
    QVERIFY(!stream->wrongLength);
    QCOMPARE(stream->field("content-type"), "audio/mpeg");
    QCOMPARE(stream->field("x-signalbox-served-by"), "p2/m");
    QCOMPARE(sent.line(), "POST /v1/audio/speech HTTP/1.1");
    QVERIFY(sent.has("accept: */*"));
    QVERIFY(sent.has("content-type: application/json"));
    QCOMPARE(sent.body, R"({"model":"m","input":"hi","voice":"alloy"})");
    const Exchange &last = kit.last();
    QCOMPARE(last.ask.endpoint, Endpoint::Audio);
    QCOMPARE(last.outcome.kind, OutcomeKind::Served);
    QCOMPARE(last.replyBytes, everyByte().size());
    QCOMPARE(last.decision.candidates[0].reason, SkipReason::NeedsTranslation);
    QVERIFY(kit.isSettledFirst);
}

void TestPassedCalls::formsPass()
{
    for (const char *path : {"/v1/audio/transcriptions", "/v1/audio/translations",
                             "/v1/images/edits", "/v1/images/variations"}) {
        GatewayKit kit(1);
        Sent sent;
        watch(kit, sent, saying("just text", "text/plain; charset=utf-8"));
        const auto stream = call(kit, "POST", path, form("c"),
                                 {{"content-type", kFormType}, {"accept", "text/plain"}});
        QCOMPARE(stream->status, 200);
        QCOMPARE(stream->body, "just text");
        QCOMPARE(stream->field("content-type"), "text/plain; charset=utf-8");
        QCOMPARE(sent.line(), "POST " + QByteArray(path) + " HTTP/1.1");
        QCOMPARE(sent.body, form("m"));
        QVERIFY(sent.has(QByteArray("content-type: ") + kFormType));
        QVERIFY(sent.has("content-length: " + QByteArray::number(form("m").size())));
        QVERIFY(sent.has("accept: text/plain"));
        QCOMPARE(kit.last().ask.model, QStringLiteral("c"));
    }
}

void TestPassedCalls::formsWithoutAModel()
{
    const QByteArray nameless
        = "--x b\r\ncontent-disposition: form-data; name=\"prompt\"\r\n\r\nhi\r\n--x b--";
    GatewayKit kit(1);
    Sent sent;
    watch(kit, sent, saying("{}"));
    // As JSON without a model: a chain must be named.
    const auto refused
        = call(kit, "POST", "/v1/images/edits", nameless, {{"content-type", kFormType}});
    const auto json = call(kit, "POST", "/v1/images/edits", "{}");
    QCOMPARE(refused->status, json->status);
    QCOMPARE(refused->field("x-signalbox-code"), json->field("x-signalbox-code"));
    QCOMPARE(sent.count, 0);
    const auto named = call(kit, "POST", "/v1/images/edits", nameless,
                            {{"content-type", kFormType}, {"x-signalbox-chain", "c"}});
    QCOMPARE(named->status, 200);
    QVERIFY(sent.body.endsWith(nameless));
    QVERIFY(sent.body.contains("name=\"model\"\r\n\r\nm\r\n"));
}

void TestPassedCalls::brokenForms()
{
    GatewayKit kit(1);
    Sent sent;
    watch(kit, sent, saying("{}"));
    for (const auto &[type, body] :
         {std::pair<QByteArray, QByteArray>(kFormType, form("c").chopped(4)),
          {"multipart/form-data", form("c")},
          {kFormType, form("a\nb")},
          {kFormType, "{\"model\":\"c\"}"}}) {
        const auto stream
            = call(kit, "POST", "/v1/audio/transcriptions", body, {{"content-type", type}});
        QCOMPARE(stream->status, 400);
        QCOMPARE(stream->field("x-signalbox-code"), "bad_request");
        QVERIFY2(stream->body.contains("multipart body") || stream->body.contains("\\\"model\\\""),
                 stream->body.constData());
    }
    QCOMPARE(sent.count, 0);
}

// A form is a body on the paths that say so, and nowhere else.
void TestPassedCalls::formsElsewhere()
{
    GatewayKit kit(1);
    for (const char *path : {"/v1/chat/completions", "/v1/images/generations", "/v1/audio/speech",
                             "/v1/messages", "/v1/batches", "/v1/moderations"}) {
        const auto stream = call(kit, "POST", path, form("c"), {{"content-type", kFormType}});
        QCOMPARE(stream->status, 415);
        QCOMPARE(stream->field("x-signalbox-code"), "media_type");
    }
    const auto page = call(kit, "POST", "/v1/files", form("c"),
                           {{"content-type", kFormType}, {"origin", "https://evil.example"}});
    QCOMPARE(page->status, 403);
    QVERIFY(kit.wire.started.isEmpty());
}

// Nobody here reads them: broken JSON, an error's shape, nothing at all, another 2xx.
void TestPassedCalls::repliesOfEachType()
{
    const struct {
        int status;
        const char *type;
        QByteArray body;
    } replies[]{
        {200, "application/json", R"({"created":1,"data":[{"b64_json":"AA=="}]})"},
        {200, "application/json", "{\"data\":["},
        {200, "application/json", R"({"error":{"message":"in the body"}})"},
        {200, "application/octet-stream", {}},
        {201, "text/html", "<html>"},
        {200, "application/json", QByteArray(3 * 1024 * 1024, '7')},
    };
    for (const auto &reply : replies) {
        GatewayKit kit(1);
        Sent sent;
        Acts acts{connects(), sends(), heads(reply.status, reply.type)};
        for (qsizetype at = 0; at < reply.body.size(); at += 100'000)
            acts.append(bodies(reply.body.mid(at, 100'000)));
        acts.append(ends());
        watch(kit, sent, acts);
        const auto stream
            = call(kit, "POST", "/v1/images/generations", R"({"model":"c","prompt":"a cat"})");
        QCOMPARE(stream->status, reply.status);
        QCOMPARE(stream->body, reply.body);
        QCOMPARE(stream->field("content-type"), reply.type);
        QCOMPARE(stream->ends, 1);
        QCOMPARE(kit.last().outcome.kind, OutcomeKind::Served);
        QCOMPARE(kit.last().outcome.status, reply.status);
    }
}

void TestPassedCalls::streamsAsTheyCome()
{
    GatewayKit kit(1);
    Sent sent;
    const QByteArray event = "event: image_generation.partial_image\ndata: {}\n\n";
    watch(kit, sent,
          {connects(), sends(), heads(200, "text/event-stream"), bodies(event),
           bodies(event, Seconds(20)), ends()});
    const auto stream
        = kit.ask("/v1/images/generations", R"({"model":"c","prompt":"a cat","stream":true})");
    kit.clock.advance(Seconds(1));
    // What came is there, without words of ours around it.
    QCOMPARE(stream->body, event);
    QVERIFY(stream->isOpen());
    stream->isFull = true;
    kit.clock.advance(Seconds(25));
    stream->drain();
    kit.clock.advance(Seconds(1));
    QCOMPARE(stream->body, event + event);
    QCOMPARE(stream->ends, 1);
    QCOMPARE(sent.body, R"({"model":"m","prompt":"a cat","stream":true})");
}

void TestPassedCalls::cutRepliesAreNeverWhole()
{
    const Acts begun{connects(), sends(), heads(200, "audio/mpeg"), bodies("half")};
    for (const Acts &cut : {begun + Acts{fails(http::UpstreamError::Reset)}, begun + Acts{leaves()},
                            begun + Acts{ends(Seconds(500))}}) {
        GatewayKit kit(2, R"({"retries_per_target":0})");
        Sent sent;
        watch(kit, sent, cut);
        const auto stream = kit.ask("/v1/audio/speech", R"({"model":"c","input":"hi"})");
        kit.clock.advance(Seconds(400));
        QCOMPARE(stream->body, "half");
        QCOMPARE(stream->ends, 0);
        QCOMPARE(stream->aborts, 1);
        QCOMPARE(sent.count, 1);
        QCOMPARE(kit.last().outcome.kind, OutcomeKind::Cut);
        QCOMPARE(kit.last().attempts[0].stage, Stage::Given);
        QCOMPARE(kit.last().settlement.source, CostSource::Unpriced);
        QCOMPARE(kit.wire.running, 0);
    }
}

void TestPassedCalls::failsOverBeforeTheFirstByte()
{
    for (const Acts &failed :
         {refuses(503), refuses(401), Acts{fails(http::UpstreamError::ConnectFailed)},
          Acts{connects(), sends(), heads(200, "audio/mpeg"), fails(http::UpstreamError::Reset)}}) {
        GatewayKit kit(2, R"({"retries_per_target":0})");
        Sent sent;
        watch(kit, sent, [&](const Sent &to) {
            return to.host == "p1.example" ? failed : saying("sound", "audio/mpeg");
        });
        const auto stream = call(kit, "POST", "/v1/audio/speech", R"({"model":"c","input":"hi"})");
        QCOMPARE(stream->status, 200);
        QCOMPARE(stream->body, "sound");
        QCOMPARE(stream->field("x-signalbox-failover"), "true");
        QCOMPARE(sent.count, 2);
    }
    GatewayKit kit(1);
    Sent sent;
    watch(kit, sent, refuses(400));
    const auto stream = call(kit, "POST", "/v1/audio/speech", R"({"model":"c","input":"hi"})");
    QCOMPARE(stream->status, 400);
    QCOMPARE(sent.count, 1);
}

// A server without images answers 404: its conversations go on.
void TestPassedCalls::aMissingPathClosesNoGate()
{
    GatewayKit kit(1);
    Sent sent;
    watch(kit, sent, [](const Sent &to) {
        return to.head.startsWith("POST /v1/images/") ? refuses(404) : answers();
    });
    const auto image
        = call(kit, "POST", "/v1/images/generations", R"({"model":"c","prompt":"a cat"})");
    QCOMPARE(image->status, 404);
    const auto chat = kit.chat(false);
    kit.clock.advance(Seconds(1));
    QCOMPARE(chat->status, 200);
}

void TestPassedCalls::aKeyWithoutTheRightClosesNoGate()
{
    for (const char *path : {"/v1/images/generations", "/v1/files"}) {
        for (const int status : {401, 403}) {
            GatewayKit kit(1);
            Sent sent;
            watch(kit, sent, [status](const Sent &to) {
                return to.head.contains("/chat/") ? answers() : refuses(status);
            });
            const auto refused = call(kit, "POST", path, R"({"model":"c","prompt":"a cat"})");
            QCOMPARE(refused->field("x-signalbox-code"), "upstream_credentials");
            QCOMPARE(kit.last().attempts[0].outcome, AttemptOutcome::KeyRejected);
            const auto chat = kit.chat(false);
            kit.clock.advance(Seconds(1));
            QCOMPARE(chat->status, 200);
        }
    }
}

// The default chain's models talk; "whisper-1" is asked for as such.
void TestPassedCalls::ownModelsAtTheDefaultChain()
{
    GatewayKit kit(3);
    kit.edit([](config::ConfigSnapshot &config) {
        config.providers[1].models.clear(); // takes any
        config.providers[2].models.clear();
        config.chains.first().targets.append(config.chains.first().targets);
    });
    Sent sent;
    watch(kit, sent,
          [](const Sent &to) { return to.host == "p2.example" ? refuses(503) : saying("{}"); });
    const QByteArray path = "/v1/audio/transcriptions";
    QCOMPARE(call(kit, "POST", path, form("whisper-1"), {{"content-type", kFormType}})->status,
             200);
    QCOMPARE(sent.body, form("whisper-1"));
    QCOMPARE(sent.host, "p3.example");
    QCOMPARE(kit.last().decision.source, RouteSource::DefaultChain);
    QVERIFY(kit.last().decision.chain.isEmpty());
    QCOMPARE(kit.last().decision.candidates.size(), 2);
    call(kit, "POST", "/v1/moderations", R"({"model":"omni","input":"a"})");
    QCOMPARE(sent.body, R"({"model":"omni","input":"a"})");
    // A client that may use this chain alone gets its models.
    kit.edit(
        [](config::ConfigSnapshot &config) { config.clients[0].chains = {QStringLiteral("c")}; });
    call(kit, "POST", path, form("whisper-1"), {{"content-type", kFormType}});
    QCOMPARE(sent.body, form("m"));
}

void TestPassedCalls::costIsUnknown()
{
    GatewayKit kit(1);
    Sent sent;
    watch(kit, sent, saying(R"({"data":[],"usage":{"input_tokens":5,"output_tokens":9}})"));
    call(kit, "POST", "/v1/images/generations", R"({"model":"c","prompt":"a cat"})");
    QCOMPARE(kit.last().settlement.source, CostSource::Unpriced);
    QCOMPARE(kit.last().settlement.cost.nano, 0);
    QCOMPARE(kit.last().settlement.usage.source, UsageSource::None);
    // Nothing was made, nothing is owed.
    watch(kit, sent, refuses(400));
    call(kit, "POST", "/v1/images/generations", R"({"model":"c","prompt":"a cat"})");
    QCOMPARE(kit.last().settlement.source, CostSource::None);
}

void TestPassedCalls::capsRefuse()
{
    for (const auto &[path, body] :
         {std::pair("/v1/images/generations", R"({"model":"c","prompt":"a cat"})"),
          std::pair("/v1/audio/speech", R"({"model":"c","input":"hi"})"),
          std::pair("/v1/batches", R"({"input_file_id":"file-1"})")}) {
        GatewayKit kit(1);
        cap(kit);
        Sent sent;
        watch(kit, sent, saying("{}"));
        const auto stream = call(kit, "POST", path, body);
        QCOMPARE(stream->status, 402);
        QCOMPARE(stream->field("x-signalbox-code"), "budget_exceeded");
        QVERIFY2(stream->body.contains("cannot be bounded"), stream->body.constData());
        QCOMPARE(sent.count, 0);
        QCOMPARE(kit.last().decision.candidates[0].reason, SkipReason::NoPrice);
    }
    // Another client's cap is none of this one's.
    GatewayKit kit(1);
    cap(kit, QStringLiteral("client:other"));
    Sent sent;
    watch(kit, sent, saying("{}"));
    QCOMPARE(call(kit, "POST", "/v1/images/generations", R"({"model":"c"})")->status, 200);
}

void TestPassedCalls::freeProvidersPassUnderCaps()
{
    for (const bool isLocal : {true, false}) {
        GatewayKit kit(2);
        cap(kit);
        kit.edit([&](config::ConfigSnapshot &config) {
            config.providers[1].isLocal = isLocal;
            config.providers[1].isSimulated = !isLocal;
        });
        Sent sent;
        watch(kit, sent, saying("{}"));
        const auto stream = call(kit, "POST", "/v1/images/generations", R"({"model":"c"})");
        QCOMPARE(stream->status, 200);
        QCOMPARE(sent.host, "p2.example");
        QCOMPARE(kit.last().settlement.source, CostSource::Free);
        QCOMPARE(kit.last().decision.candidates[0].reason, SkipReason::NoPrice);
    }
}

void TestPassedCalls::filesAtTheOnlyProvider()
{
    GatewayKit kit(2);
    speak(kit, {DialectId::Anthropic, DialectId::OpenAiChat});
    const struct {
        const char *method;
        const char *path;
        const char *line;
        QByteArray body;
        Endpoint endpoint;
    } calls[]{
        {"GET",
         "/v1/files?limit=2&after=file-1",
         "GET /v1/files?limit=2&after=file-1 HTTP/1.1",
         {},
         Endpoint::Files},
        {"GET",
         "/files/file-1/content",
         "GET /v1/files/file-1/content HTTP/1.1",
         {},
         Endpoint::Files},
        {"DELETE", "/v1/files/file-1", "DELETE /v1/files/file-1 HTTP/1.1", {}, Endpoint::Files},
        {"POST", "/v1/files", "POST /v1/files HTTP/1.1", form("c"), Endpoint::Files},
        {"POST", "/v1/uploads", "POST /v1/uploads HTTP/1.1", R"({"bytes":1})", Endpoint::Files},
        {"POST", "/v1/uploads/u/parts", "POST /v1/uploads/u/parts HTTP/1.1", form("c"),
         Endpoint::Files},
        {"GET", "/v1/batches", "GET /v1/batches HTTP/1.1", {}, Endpoint::Batches},
        {"POST", "/v1/batches", "POST /v1/batches HTTP/1.1", R"({"model":"untouched"})",
         Endpoint::Batches},
        {"POST",
         "/v1/batches/b/cancel",
         "POST /v1/batches/b/cancel HTTP/1.1",
         {},
         Endpoint::Batches},
    };
    for (const auto &one : calls) {
        Sent sent;
        watch(kit, sent, saying(everyByte(), "application/octet-stream"));
        const bool isForm = one.body.startsWith("--");
        const auto stream = call(kit, one.method, one.path, one.body,
                                 isForm ? Fields{{"content-type", kFormType}} : Fields{});
        QCOMPARE(stream->status, 200);
        QCOMPARE(stream->body, everyByte());
        QCOMPARE(stream->field("x-signalbox-served-by"), "p2");
        QCOMPARE(sent.line(), one.line);
        QCOMPARE(sent.body, one.body); // the model too is the provider's to read
        QCOMPARE(sent.head.contains("\r\ncontent-type: "), !one.body.isEmpty());
        QCOMPARE(sent.head.contains("\r\ncontent-length: "), qstrcmp(one.method, "POST") == 0);
        if (isForm)
            QVERIFY(sent.head.contains(kFormType));
        QCOMPARE(kit.last().ask.endpoint, one.endpoint);
        QCOMPARE(kit.last().ask.kind, RequestKind::Stateful);
        QCOMPARE(kit.last().attempts.size(), 1);
        QCOMPARE(kit.last().decision.chain, ChainId(QStringLiteral("c")));
    }
    // Our own key stays here.
    Sent sent;
    watch(kit, sent, saying("{}"));
    call(kit, "GET", "/v1/files?key=key&limit=2&monkey=a");
    QCOMPARE(sent.line(), "GET /v1/files?limit=2&monkey=a HTTP/1.1");
}

void TestPassedCalls::filesCostNothing()
{
    GatewayKit kit(1);
    cap(kit);
    Sent sent;
    watch(kit, sent, saying("{}"));
    for (const char *path : {"/v1/files/file-1", "/v1/batches/b"}) {
        QCOMPARE(call(kit, "GET", path)->status, 200);
        QCOMPARE(kit.last().settlement.source, CostSource::None);
        QCOMPARE(kit.last().settlement.cost.nano + kit.last().settlement.uncertain.nano, 0);
    }
}

void TestPassedCalls::noCertainProvider()
{
    GatewayKit kit(2);
    const auto two = call(kit, "GET", "/v1/files/file-1");
    QCOMPARE(two->status, 404);
    QCOMPARE(two->field("x-signalbox-code"), "no_such_id");
    QVERIFY2(two->body.contains("p1, p2") && two->body.contains("x-signalbox-chain"),
             two->body.constData());
    QVERIFY(two->body.startsWith("{\"error\":{"));
    QCOMPARE(kit.last().ask.endpoint, Endpoint::Files);

    const auto none = call(kit, "GET", "/v1/responses/resp_7"); // nobody speaks that dialect
    QCOMPARE(none->status, 404);
    QVERIFY2(none->body.contains("none with a key"), none->body.constData());
    QVERIFY(kit.wire.started.isEmpty());
    // One that is off, or without its key, is none of them.
    kit.edit([](config::ConfigSnapshot &config) {
        config.providers[0].auth.kind = config::AuthScheme::Kind::Bearer;
        config.providers[0].keys = {{KeyId(QStringLiteral("main")), {}, false}};
    });
    Sent sent;
    watch(kit, sent, saying("{}"));
    QCOMPARE(call(kit, "GET", "/v1/files/file-1")->status, 200);
    QCOMPARE(sent.host, "p2.example");
    kit.edit([](config::ConfigSnapshot &config) { config.providers[1].isOff = true; });
    QCOMPARE(call(kit, "GET", "/v1/files/file-1")->status, 404);
}

void TestPassedCalls::theChainNamesTheProvider()
{
    GatewayKit kit(2);
    kit.edit([](config::ConfigSnapshot &config) {
        config::ChainSettings second = config.chains.first();
        second.id = ChainId(QStringLiteral("second"));
        second.targets.removeFirst();
        config.chains.append(second);
    });
    Sent sent;
    watch(kit, sent, saying("{}"));
    const auto named = call(kit, "GET", "/v1/files/file-1", {}, {{"x-signalbox-chain", "second"}});
    QCOMPARE(named->status, 200);
    QCOMPARE(sent.host, "p2.example");
    QCOMPARE(kit.last().decision.source, RouteSource::Header);
    QCOMPARE(call(kit, "GET", "/v1/files/file-1", {}, {{"x-signalbox-chain", "c"}})->status, 404);
    const auto gone = call(kit, "GET", "/v1/files/file-1", {}, {{"x-signalbox-chain", "nope"}});
    QCOMPARE(gone->field("x-signalbox-code"), "no_such_model");
    QCOMPARE(sent.count, 1);
}

void TestPassedCalls::noFurtherThanTheClientMay()
{
    GatewayKit kit(2);
    kit.edit([](config::ConfigSnapshot &config) {
        config.chains.first().targets.removeLast(); // "c" is p1 alone
        config::ChainSettings other = config.chains.first();
        other.id = ChainId(QStringLiteral("other"));
        other.targets.first().provider = ProviderId(QStringLiteral("p2"));
        config.chains.append(other);
        config.clients[0].chains = {QStringLiteral("c")};
    });
    Sent sent;
    watch(kit, sent, saying("{}"));
    QCOMPARE(call(kit, "GET", "/v1/files/file-1")->status, 200);
    QCOMPARE(sent.host, "p1.example");
    const auto refused = call(kit, "GET", "/v1/files/file-1", {}, {{"x-signalbox-chain", "other"}});
    QCOMPARE(refused->status, 403);
    QCOMPARE(sent.count, 1);
}

// Sent is sent: another account cannot know the id, and a second try may do it twice.
void TestPassedCalls::onceOnly()
{
    for (const Acts &failed :
         {refuses(503), refuses(500), refuses(429, {{"retry-after", "1"}}), refuses(409),
          Acts{connects(), sends(), fails(http::UpstreamError::Reset)},
          Acts{connects(), sends(), heads(200, "application/json"),
               fails(http::UpstreamError::Reset)}}) {
        GatewayKit kit(1, R"({"retries_per_target":2})");
        Sent sent;
        watch(kit, sent, failed);
        const auto stream = kit.ask("/v1/files", form("c"), {{"content-type", kFormType}});
        kit.clock.advance(Seconds(60));
        QVERIFY(stream->status >= 400);
        QCOMPARE(sent.count, 1);
        QCOMPARE(kit.last().attempts.size(), 1);
    }
    // Never sent, so free to try again.
    GatewayKit kit(1, R"({"retries_per_target":1})");
    Sent sent;
    watch(kit, sent, [](const Sent &to) {
        return to.count == 1 ? Acts{fails(http::UpstreamError::ConnectFailed)} : saying("{}");
    });
    const auto stream = kit.ask("/v1/files", {}, {}, "GET");
    kit.clock.advance(Seconds(60));
    QCOMPARE(stream->status, 200);
    QCOMPARE(sent.count, 2);
}

void TestPassedCalls::whatTheProviderSaysOfAnItem()
{
    GatewayKit kit(1);
    Sent sent;
    for (int i = 0; i < 8; ++i) {
        watch(
            kit, sent,
            {connects(), sends(), heads(404, "application/json"),
             bodies(
                 R"({"error":{"message":"No such File object: file-9","type":"invalid_request_error"}})"),
             ends()});
        const auto stream = call(kit, "GET", "/v1/files/file-9");
        QCOMPARE(stream->status, 404);
        QVERIFY2(stream->body.contains("No such File object"), stream->body.constData());
        QCOMPARE(kit.last().attempts[0].outcome, AttemptOutcome::BadRequest);
    }
    watch(kit, sent, saying("{}"));
    QCOMPARE(call(kit, "GET", "/v1/files/file-1")->status, 200); // no gate heard of it
}

void TestPassedCalls::storedAnswers_data()
{
    QTest::addColumn<bool>("isStream");
    QTest::newRow("whole") << false;
    QTest::newRow("streamed") << true;
}

// Two could have it; the one that made it is asked.
void TestPassedCalls::storedAnswers()
{
    QFETCH(bool, isStream);
    GatewayKit kit(2, R"({"retries_per_target":0})");
    speak(kit, {DialectId::OpenAiResponses, DialectId::OpenAiResponses});
    Sent sent;
    watch(kit, sent, [&](const Sent &to) {
        return to.host == "p1.example" ? refuses(503) : answerNamed("resp_77", isStream);
    });
    QCOMPARE(call(kit, "GET", "/v1/responses/resp_77")->status, 404);
    QCOMPARE(makeAnswer(kit, {}, isStream)->status, 200);
    const int before = sent.count;
    watch(kit, sent, saying("{\"id\":\"resp_77\"}"));
    const struct {
        const char *method;
        const char *path;
    } calls[]{{"GET", "/v1/responses/resp_77?include=a&starting_after=3"},
              {"GET", "/v1/responses/resp_77/input_items?limit=5"},
              {"POST", "/v1/responses/resp_77/cancel"},
              {"DELETE", "/v1/responses/resp_77"}};
    for (const auto &one : calls) {
        const auto stream = call(kit, one.method, one.path);
        QCOMPARE(stream->status, 200);
        QCOMPARE(stream->field("x-signalbox-served-by"), "p2");
        QCOMPARE(sent.host, "p2.example");
        QCOMPARE(sent.line(), QByteArray(one.method) + ' ' + one.path + " HTTP/1.1");
        QCOMPARE(kit.last().ask.endpoint, Endpoint::Stored);
        QCOMPARE(kit.last().settlement.source, CostSource::None);
    }
    QCOMPARE(sent.count, before + 4);
    const auto unknown = call(kit, "GET", "/v1/responses/resp_78");
    QCOMPARE(unknown->status, 404);
    QVERIFY(unknown->body.contains("p1, p2"));
}

void TestPassedCalls::answersThatAreNotStored()
{
    GatewayKit kit(2);
    speak(kit, {DialectId::OpenAiResponses, DialectId::OpenAiResponses});
    Sent sent;
    watch(kit, sent, answerNamed("resp_77"));
    QCOMPARE(makeAnswer(kit, R"(,"store":false)")->status, 200);
    QCOMPARE(call(kit, "GET", "/v1/responses/resp_77")->status, 404);
    QCOMPARE(sent.count, 1);

    // A translated answer has an id of ours, which nobody keeps.
    GatewayKit translated(1);
    speak(translated, {DialectId::OpenAiChat});
    watch(translated, sent, answers());
    QCOMPARE(makeAnswer(translated)->status, 200);
    QVERIFY(translated.gateway->answers().find("x") == nullptr);
}

void TestPassedCalls::answersOfOthers()
{
    GatewayKit kit(1);
    speak(kit, {DialectId::OpenAiResponses});
    Sent sent;
    watch(kit, sent, answerNamed("resp_77"));
    QCOMPARE(makeAnswer(kit)->status, 200);
    kit.key = "key2";
    const auto refused = call(kit, "GET", "/v1/responses/resp_77");
    QCOMPARE(refused->status, 404);
    QCOMPARE(refused->field("x-signalbox-code"), "no_such_id");
    QCOMPARE(sent.count, 1);
    // Of an id that nobody here made, the only provider knows.
    QCOMPARE(call(kit, "GET", "/v1/responses/resp_99")->status, 200);
}

void TestPassedCalls::answersGoOnWhereTheyAre()
{
    GatewayKit kit(2, R"({"retries_per_target":0})");
    speak(kit, {DialectId::OpenAiResponses, DialectId::OpenAiResponses});
    Sent sent;
    watch(kit, sent, [](const Sent &to) {
        return to.host == "p1.example" ? refuses(503) : answerNamed("resp_77");
    });
    makeAnswer(kit);
    watch(kit, sent, answerNamed("resp_78"));
    QCOMPARE(makeAnswer(kit, R"(,"previous_response_id":"resp_77")")->status, 200);
    QCOMPARE(sent.host, "p2.example");
    QCOMPARE(kit.last().decision.candidates[0].reason, SkipReason::StatefulRequest);
    makeAnswer(kit, R"(,"previous_response_id":"resp_66")"); // not known: the chain's order
    QCOMPARE(sent.host, "p1.example");
}

// A held chain says where conversations go; what is kept elsewhere stays there.
void TestPassedCalls::heldChainsDoNotMatter()
{
    GatewayKit kit(2);
    speak(kit, {DialectId::Anthropic, DialectId::OpenAiChat});
    QVERIFY(kit.gateway->hold(ChainId(QStringLiteral("c")), 1, Seconds(100)));
    Sent sent;
    watch(kit, sent, saying("{}"));
    QCOMPARE(call(kit, "GET", "/v1/files/file-1")->status, 200);
    QCOMPARE(sent.host, "p2.example");
}

void TestPassedCalls::theBookIsBounded()
{
    AnswerBook book;
    const ClientId client(QStringLiteral("a"));
    const ClientId other(QStringLiteral("b"));
    const auto id = [](qsizetype i) { return QByteArray("resp_" + QByteArray::number(i)); };
    const auto target = [](qsizetype i) {
        return TargetRef{ProviderId(QString::number(i)), QStringLiteral("m"), {}};
    };
    const auto most = qsizetype(AnswerBook::kMost);
    for (qsizetype i = 0; i < 2 * most + 5; ++i)
        book.note(id(i), client, target(i));
    QVERIFY(!book.find(id(most + 4)));
    QCOMPARE(book.holder(id(most + 5), client), target(most + 5));
    QCOMPARE(book.holder(id(2 * most + 4), client), target(2 * most + 4));
    QVERIFY(!book.holder(id(most + 5), other));
    book.note(id(most + 5), other, target(1));
    QCOMPARE(book.find(id(most + 5))->client, client);
    book.note(QByteArray(300, 'a'), client, target(1));
    book.note({}, client, target(1));
    QVERIFY(!book.find(QByteArray(300, 'a')) && !book.find({}));
}

void TestPassedCalls::chainsDoNotHearOfIt()
{
    GatewayKit kit(2);
    speak(kit, {DialectId::Anthropic, DialectId::OpenAiChat});
    Sent sent;
    watch(kit, sent, refuses(404));
    kit.ledger->setListening(true);
    QCOMPARE(call(kit, "GET", "/v1/files/file-9")->status, 404);
    QCOMPARE(kit.last().decision.chain, ChainId(QStringLiteral("c")));
    QCOMPARE(kit.frames.last()->chains.first().state, ChainState::Idle);
    QCOMPARE(kit.frames.last()->chains.first().lastServedRank, 0);
    QCOMPARE(kit.frames.last()->chains.first().perMinute, 0);
}

void TestPassedCalls::compaction()
{
    GatewayKit kit(2);
    speak(kit, {DialectId::OpenAiChat, DialectId::OpenAiResponses});
    Sent sent;
    watch(kit, sent, saying(R"({"object":"response.compaction"})"));
    const auto stream = call(kit, "POST", "/v1/responses/compact", R"({"model":"c","input":[]})");
    QCOMPARE(stream->status, 200);
    QCOMPARE(sent.line(), "POST /v1/responses/compact HTTP/1.1");
    QCOMPARE(sent.body, R"({"model":"m","input":[]})");
    QCOMPARE(sent.host, "p2.example");
    QCOMPARE(kit.last().ask.endpoint, Endpoint::Compaction);
    QCOMPARE(kit.last().settlement.source, CostSource::Unpriced);
    cap(kit);
    QCOMPARE(call(kit, "POST", "/v1/responses/compact", R"({"model":"c","input":[]})")->status,
             402);
}

void TestPassedCalls::pathTricks()
{
    GatewayKit kit(1);
    for (const char *path :
         {"/v1/files/..", "/v1/files/%2e%2e/models", "/v1/files/..%2fmodels", "/v1/files/a%3fb",
          "/v1/files/a/../../models", "/v1/batches/a%0d%0ax", "/v1/responses/a%2Fcancel",
          "/v1/files/a b", "/v1/fine_tuning/jobs", "/v1/images/other"}) {
        for (const char *method : {"GET", "POST"}) {
            const auto stream = call(kit, method, path);
            QCOMPARE(stream->status, 404);
            QCOMPARE(stream->field("x-signalbox-code"), "no_such_path");
        }
    }
    QVERIFY(kit.wire.started.isEmpty());
}

QTEST_GUILESS_MAIN(TestPassedCalls)
#include "tst_passed_calls.moc"
