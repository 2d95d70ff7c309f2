// What only passes, over real sockets: bytes from and to simulated providers, uploads, stored
// answers, and a reply that is cut on its way.
#include "gateway_fixture.h"

#include "json/reader.h"

using namespace sb;
using namespace sb::flow;

namespace {

constexpr char kForm[] = "multipart/form-data; boundary=frontier";

QByteArray everyByte()
{
    QByteArray bytes;
    for (int i = 0; i < 100'000; ++i)
        bytes.append(char(i * 7 + i / 256));
    return bytes;
}

QByteArray form(const QByteArray &name, const QByteArray &value)
{
    return "--frontier\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value
        + "\r\n--frontier\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n"
        + everyByte() + "\r\n--frontier--\r\n";
}

Seen ask(GatewayFixture &fixture, const QByteArray &method, const QByteArray &path,
         const QByteArray &body = {}, const QByteArray &type = "application/json")
{
    Client client(fixture.port);
    QByteArray request = method + ' ' + path + " HTTP/1.1\r\nhost: 127.0.0.1:"
        + QByteArray::number(fixture.port) + "\r\nauthorization: Bearer " + kKey + "\r\n";
    if (method == "POST" && !body.isEmpty())
        request += "content-type: " + type + "\r\n";
    if (method == "POST")
        request += "content-length: " + QByteArray::number(body.size()) + "\r\n";
    client.send(request + "\r\n" + body);
    [&] { QTRY_VERIFY_WITH_TIMEOUT(client.isDone(), 10'000); }();
    return client.seen();
}

QByteArray idIn(const QByteArray &body)
{
    const auto read = json::read(body);
    const json::Value *id = read && read->isObject() ? read->find("id") : nullptr;
    return id ? id->text() : QByteArray();
}

} // namespace

class TestPassedFlow : public QObject {
    Q_OBJECT

private slots:
    void media();
    void cutIsSeen();
    void failsOver();
    void files();
    void storedAnswers();
};

void TestPassedFlow::media()
{
    GatewayFixture fixture;
    fixture.start({instant()});
    const Seen speech
        = ask(fixture, "POST", "/v1/audio/speech",
              QByteArray(R"({"model":"c","input":")" + QByteArray(9000, 'a') + "\"}"));
    QCOMPARE(speech.status, 200);
    QVERIFY(speech.isWhole);
    QCOMPARE(speech.body.size(), 9000 * 64);
    QCOMPARE(uchar(speech.body[0]), uchar(255));
    QCOMPARE(speech.field("content-type"), "audio/mpeg");
    QCOMPARE(speech.field("content-length"), QByteArray::number(speech.body.size()));

    const QByteArray size = QByteArray::number(everyByte().size()) + " bytes of sound.";
    const Seen transcript
        = ask(fixture, "POST", "/v1/audio/transcriptions", form("model", "c"), kForm);
    QCOMPARE(transcript.status, 200);
    QCOMPARE(transcript.body, QByteArray("{\"text\":\"" + size + "\"}"));
    QCOMPARE(fixture.last().attempts[0].target.model, QStringLiteral("m"));

    const Seen image
        = ask(fixture, "POST", "/v1/images/generations", R"({"model":"c","prompt":"a cat"})");
    QCOMPARE(image.status, 200);
    QVERIFY(image.body.contains("\"b64_json\":"));
    QCOMPARE(fixture.headsRead(), quint64(3));
}

void TestPassedFlow::cutIsSeen()
{
    for (const char *fault :
         {R"({"fault":"cut_fin","after_events":1})", R"({"fault":"cut_rst","after_events":1})"}) {
        GatewayFixture fixture;
        fixture.start({faulty(fault), instant()});
        const Seen seen
            = ask(fixture, "POST", "/v1/audio/speech", R"({"model":"c","input":"some words"})");
        QVERIFY(seen.isClosed && !seen.isWhole);
        QCOMPARE(fixture.last().outcome.kind, OutcomeKind::Cut);
        QCOMPARE(fixture.last().attempts.size(), 1);
        QCOMPARE(fixture.headsRead(), quint64(1));
    }
}

void TestPassedFlow::failsOver()
{
    GatewayFixture fixture;
    fixture.start({faulty(R"({"fault":"status","status":503})"), instant()});
    const Seen seen = ask(fixture, "POST", "/v1/audio/transcriptions", form("model", "c"), kForm);
    QCOMPARE(seen.status, 200);
    QCOMPARE(seen.field("x-signalbox-served-by"), "p2/m");
    QCOMPARE(seen.field("x-signalbox-failover"), "true");
}

void TestPassedFlow::files()
{
    GatewayFixture fixture;
    fixture.start({instant()});
    const Seen made = ask(fixture, "POST", "/v1/files", form("purpose", "batch"), kForm);
    QCOMPARE(made.status, 200);
    const QByteArray id = idIn(made.body);
    QVERIFY(!id.isEmpty());
    const QByteArray path = "/v1/files/" + id;
    QVERIFY(ask(fixture, "GET", "/v1/files?purpose=batch").body.contains(id));
    QCOMPARE(ask(fixture, "GET", path).body, made.body);
    const Seen content = ask(fixture, "GET", path + "/content");
    QCOMPARE(content.body, everyByte());
    QCOMPARE(content.field("content-type"), "application/octet-stream");
    QVERIFY(ask(fixture, "DELETE", path).body.contains("\"deleted\":true"));
    const Seen gone = ask(fixture, "GET", path);
    QCOMPARE(gone.status, 404);
    QVERIFY2(gone.body.contains("No such File object"), gone.body.constData());
    QCOMPARE(ask(fixture, "GET", "/v1/files").status, 200);
    for (const auto &exchange : std::as_const(fixture.sink.exchanges)) {
        QCOMPARE(exchange->ask.endpoint, Endpoint::Files);
        QCOMPARE(exchange->attempts.size(), 1);
        QCOMPARE(exchange->settlement.cost, Money());
    }
}

void TestPassedFlow::storedAnswers()
{
    for (const bool isStream : {false, true}) {
        GatewayFixture fixture;
        fixture.adjust = [](config::ConfigSnapshot &config) {
            for (config::ProviderSettings &provider : config.providers)
                provider.baseUrls.insert(DialectId::OpenAiResponses,
                                         provider.baseUrls.value(DialectId::OpenAiChat));
        };
        fixture.start({faulty(R"({"fault":"status","status":503,"times":2})"), instant()},
                      R"({"retries_per_target":0})");
        const Seen made = ask(fixture, "POST", "/v1/responses",
                              QByteArray(R"({"model":"c","input":"hi")")
                                  + (isStream ? R"(,"stream":true})" : "}"));
        QCOMPARE(made.field("x-signalbox-served-by"), "p2/m");
        const qsizetype at = made.body.indexOf("resp_sim");
        const QByteArray id = made.body.mid(at, made.body.indexOf('"', at) - at);
        const Seen stored = ask(fixture, "GET", "/v1/responses/" + id);
        QCOMPARE(stored.status, 200);
        QCOMPARE(stored.field("x-signalbox-served-by"), "p2");
        QCOMPARE(idIn(stored.body), id);
        // SDKs send no type where they send no body.
        const Seen cancelled = ask(fixture, "POST", "/v1/responses/" + id + "/cancel");
        QCOMPARE(cancelled.status, 400);
        QVERIFY2(cancelled.body.contains("background=true"), cancelled.body.constData());
        QCOMPARE(ask(fixture, "DELETE", "/v1/responses/" + id).status, 200);
        QCOMPARE(ask(fixture, "GET", "/v1/responses/" + id).status, 404);
        QCOMPARE(ask(fixture, "GET", "/v1/responses/resp_0").status, 404);
        QCOMPARE(fixture.sims[0]->seen().size(), 1);
    }
}

FLOW_TEST_MAIN(TestPassedFlow)
#include "tst_passed_flow.moc"
