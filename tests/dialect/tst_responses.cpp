// The Responses API passing through: what is read from a request, what the provider gets, and what
// we say ourselves. [dialects §3; clients §4]
#include "dialect/dialect.h"
#include "json/reader.h"

#include <QTest>

using namespace sb;
using namespace sb::dialect;

class tst_responses : public QObject {
    Q_OBJECT

private slots:
    void facts();
    void kinds_data();
    void kinds();
    void bounds();
    void preambleIsAStart();
    void failuresAreTerminals_data();
    void failuresAreTerminals();
    void streams_data();
    void streams();
};

static Result<RequestFacts> read(QByteArray body)
{
    body.reserve(body.size() + 64);
    return readRequest(DialectId::OpenAiResponses, Endpoint::Generate, body);
}

void tst_responses::facts()
{
    const Result<RequestFacts> facts
        = read(R"({"model":"m","stream":true,"instructions":"abc","max_output_tokens":70,)"
               R"("tools":[{"type":"function","name":"f"}],"provider":{},"input":[)"
               R"({"role":"user","content":[{"type":"input_image","image_url":"data:x"}]},)"
               R"({"role":"assistant","content":"abcdef"}]})");
    QVERIFY(facts);
    QCOMPARE(facts->dialect, DialectId::OpenAiResponses);
    QCOMPARE(facts->model, QStringLiteral("m"));
    QVERIFY(facts->isStream && facts->hasTools && facts->hasImages && facts->isOutputBounded);
    QCOMPARE(facts->maxTokens, 70);
    QCOMPARE(facts->messages, 2);
    QVERIFY(facts->promptTokens >= 3);
    QCOMPARE(facts->routingFields, QList<QByteArray>{"provider"});
    QVERIFY(!read(R"({"model":"m","input":7})"));
    QVERIFY(!read(R"({"model":"m","model":"n","input":"a"})"));
}

void tst_responses::kinds_data()
{
    QTest::addColumn<QByteArray>("members");
    QTest::addColumn<RequestKind>("kind");
    const auto add = [](const char *members, RequestKind kind) {
        QTest::newRow(members) << QByteArray(members) << kind;
    };
    add(R"("input":"a","store":false)", RequestKind::Plain);
    add(R"("input":"a")", RequestKind::Plain);
    add(R"("input":"a","store":true)", RequestKind::Stateful);
    add(R"("input":"a","background":true)", RequestKind::Stateful);
    add(R"("input":"a","previous_response_id":"r")", RequestKind::Stateful);
    add(R"("input":"a","conversation":"c")", RequestKind::Stateful);
    add(R"("input":"a","prompt":{"id":"p"})", RequestKind::Stateful);
    add(R"("input":[{"type":"item_reference","id":"x"}])", RequestKind::Stateful);
    add(R"("input":[{"role":"user","content":[{"type":"input_file","file_id":"f"}]}])",
        RequestKind::Stateful);
    add(R"("input":"a","tools":[{"type":"code_interpreter"}])", RequestKind::Stateful);
    add(R"("input":"a","tools":[{"type":"web_search"},{"type":"custom","name":"p"}])",
        RequestKind::Plain);
}

void tst_responses::kinds()
{
    QFETCH(QByteArray, members);
    QFETCH(RequestKind, kind);
    const Result<RequestFacts> facts = read("{\"model\":\"m\"," + members + "}");
    QVERIFY(facts);
    QCOMPARE(facts->kind, kind);
}

void tst_responses::bounds()
{
    QByteArray body(R"({"model":"a","input":"x"})");
    body.reserve(body.size() + 64);
    const Result<RequestFacts> facts
        = readRequest(DialectId::OpenAiResponses, Endpoint::Generate, body);
    QVERIFY(facts);
    QCOMPARE(renderRequest(*facts, body, "b").join(), QByteArray(R"({"model":"b","input":"x"})"));
    QCOMPARE(renderRequest(*facts, body, "a", {500, false}).join(),
             QByteArray(R"({"model":"a","max_output_tokens":500,"input":"x"})"));
}

void tst_responses::preambleIsAStart()
{
    const ExchangeId id{0x19000000000000, 7};
    const QByteArray start = preamble(DialectId::OpenAiResponses, id, "m", 5);
    QVERIFY(start.contains("event: response.created\n"));
    QVERIFY(start.contains(id.text()));
    QVERIFY(withoutStart(DialectId::OpenAiResponses, start).isEmpty());
    const QByteArray delta = "data: {\"type\":\"response.output_text.delta\",\"delta\":\"a\"}\n\n";
    const QByteArray both = start + delta;
    QCOMPARE(withoutStart(DialectId::OpenAiResponses, both), delta);
}

void tst_responses::failuresAreTerminals_data()
{
    QTest::addColumn<Code>("code");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("providerCode");
    QTest::addColumn<QByteArray>("said");
    QTest::newRow("cut") << Code::UpstreamCut << 502 << QByteArray() << QByteArray("server_error");
    // Codex takes it as final. [dialects §3.5]
    QTest::newRow("overloaded") << Code::Overloaded << 503 << QByteArray("server_is_overloaded")
                                << QByteArray("server_error");
    QTest::newRow("too long") << Code::ContextTooLong << 400 << QByteArray()
                              << QByteArray("context_length_exceeded");
    QTest::newRow("limited") << Code::TargetsLimited << 429 << QByteArray()
                             << QByteArray("rate_limit_exceeded");
    QTest::newRow("own word") << Code::BadRequest << 400 << QByteArray("image_too_large")
                              << QByteArray("image_too_large");
}

void tst_responses::failuresAreTerminals()
{
    QFETCH(Code, code);
    QFETCH(int, status);
    QFETCH(QByteArray, providerCode);
    QFETCH(QByteArray, said);
    ClientError error;
    error.code = code;
    error.status = status;
    error.message = "It broke.";
    error.providerCode = providerCode;
    error.id = {0x19000000000000, 7};
    const QByteArray out = streamError(DialectId::OpenAiResponses, error);
    QVERIFY(out.startsWith("event: response.failed\ndata: {"));
    QVERIFY(out.endsWith("}\n\n"));
    const Result<json::Value> event = json::read(out.mid(out.indexOf('{')).trimmed());
    QVERIFY(event);
    const json::Value *response = event->find("response");
    QCOMPARE(response->find("status")->text(), QByteArray("failed"));
    QCOMPARE(response->find("error")->find("code")->text(), said);
    QCOMPARE(response->find("error")->find("message")->text(), QByteArray("It broke."));
}

void tst_responses::streams_data()
{
    QTest::addColumn<QByteArray>("last");
    QTest::addColumn<bool>("isWhole");
    QTest::addColumn<bool>("isError");
    QTest::newRow("completed") << QByteArray(
        R"({"type":"response.completed","response":{"status":"completed","output":[]}})")
                               << true << false;
    QTest::newRow("incomplete") << QByteArray(
        R"({"type":"response.incomplete","response":{"status":"incomplete"}})")
                                << true << false;
    QTest::newRow("failed") << QByteArray(
        R"({"type":"response.failed","response":{"error":{"code":"server_error","message":"x"}}})")
                            << false << true;
    QTest::newRow("error") << QByteArray(R"({"type":"error","code":"c","message":"x"})") << false
                           << true;
    QTest::newRow("P-94 DONE alone") << QByteArray("[DONE]") << false << false;
    QTest::newRow("P-25 nothing") << QByteArray() << false << false;
}

void tst_responses::streams()
{
    QFETCH(QByteArray, last);
    QFETCH(bool, isWhole);
    QFETCH(bool, isError);
    const QByteArray start
        = "data: {\"type\":\"response.created\",\"response\":{\"model\":\"m\"}}\n\n"
          "data: {\"type\":\"response.output_text.delta\",\"delta\":\"Hi\"}\n\n";
    const QByteArray stream = last.isEmpty() ? start : QByteArray(start + "data: " + last + "\n\n");
    const auto reader = makeStreamReader(DialectId::OpenAiResponses, {});
    const StreamStep step = reader->feed(stream);
    const StreamStep end = reader->finish(false);
    QCOMPARE(step.error.has_value() || end.error.has_value(), isError);
    QCOMPARE(reader->isWhole(), isWhole);
    QCOMPARE(step.forward.toByteArray(), isWhole ? stream : start);
    QCOMPARE(reader->model(), QByteArray("m"));
    QVERIFY(reader->hasContent());
}

QTEST_APPLESS_MAIN(tst_responses)
#include "tst_responses.moc"
