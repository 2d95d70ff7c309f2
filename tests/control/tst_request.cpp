// The lines a caller of the control socket sends, and what is read of them.
#include "control/request.h"

#include <QTest>

using namespace sb;
using namespace sb::control;

class TestRequest : public QObject {
    Q_OBJECT

private slots:
    void names_data();
    void names();
    void fields();
    void refusals_data();
    void refusals();
    void lines();
    void linesThatAreTooLong();
};

void TestRequest::names_data()
{
    QTest::addColumn<int>("command");
    const std::pair<const char *, Command> rows[]{
        {"status", Command::Status},
        {"tail", Command::Tail},
        {"export", Command::Export},
        {"explain", Command::Explain},
        {"reload", Command::Reload},
        {"edit", Command::Edit},
        {"remove", Command::Remove},
        {"client_key", Command::ClientKey},
        {"provider_key", Command::ProviderKey},
        {"provider_confirm", Command::ProviderConfirm},
        {"verify", Command::Verify},
        {"simulate", Command::Simulate},
        {"run_begin", Command::RunBegin},
        {"run_receipt", Command::RunReceipt},
        {"flush", Command::Flush},
        {"stop", Command::Stop},
    };
    for (const auto &[name, command] : rows)
        QTest::newRow(name) << int(command);
}

void TestRequest::names()
{
    QFETCH(int, command);
    const QByteArray line = QByteArray("{\"command\":\"") + QTest::currentDataTag() + "\"}";
    const auto request = readRequest(line);
    QVERIFY(request);
    QCOMPARE(int(request->command), command);
}

void TestRequest::fields()
{
    auto request
        = readRequest(R"({"command":"edit","path":"aliases","value":{"b":1.0,"a":["é"]}})");
    QVERIFY(request);
    QCOMPARE(request->path, QStringLiteral("aliases"));
    QCOMPARE(request->value, QByteArray(R"({"b":1.0,"a":["é"]})"));

    request = readRequest(
        R"({"command":"explain","model":"c","client":"d","tools":true,"images":"yes",)"
        R"("dialect":"anthropic","down":["a",1,"b"]})");
    QVERIFY(request);
    QCOMPARE(request->explain.model, QStringLiteral("c"));
    QCOMPARE(request->explain.client, ClientId(QStringLiteral("d")));
    QVERIFY(request->explain.hasTools);
    QVERIFY(!request->explain.hasImages); // no boolean
    QCOMPARE(request->explain.dialect, DialectId::Anthropic);
    QCOMPARE(request->explain.down,
             (QList<ProviderId>{ProviderId(QStringLiteral("a")), ProviderId(QStringLiteral("b"))}));

    request = readRequest(
        R"({"command":"run_begin","program":"p","client":"c","chain":"d","cap":"0.50"})");
    QVERIFY(request);
    QCOMPARE(request->run.program, QStringLiteral("p"));
    QCOMPARE(request->run.chain, ChainId(QStringLiteral("d")));
    QCOMPARE(request->run.cap->nano, 500'000'000);

    request = readRequest(R"({"command":"provider_key","provider":"p","key":"k","secret":"s"})");
    QVERIFY(request);
    QCOMPARE(request->provider, ProviderId(QStringLiteral("p")));
    QCOMPARE(request->key, KeyId(QStringLiteral("k")));
    QCOMPARE(request->secret.reveal(), QByteArrayView("s"));

    request = readRequest(R"({"command":"export","format":"csv","session":"s","path":7})");
    QVERIFY(request);
    QVERIFY(request->isCsv);
    QCOMPARE(request->session, QStringLiteral("s"));
    QCOMPARE(request->path, QString());
}

void TestRequest::refusals_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QByteArray>("code");
    const auto row = [](const char *line, const char *code) {
        QTest::newRow(line) << QByteArray(line) << QByteArray(code);
    };
    row("", "bad_json");
    row("status", "bad_json");
    row("[]", "bad_json");
    row(R"({"command":"status"} {})", "bad_json");
    row("{}", "no_such_command");
    row(R"({"command":1})", "no_such_command");
    row(R"({"command":"Status"})", "no_such_command");
    row(R"({"command":"sta\"tus\n"})", "no_such_command");
    row(R"({"command":"run_begin","cap":"-1"})", "bad_request");
    row(R"({"command":"run_begin","cap":"1e9"})", "bad_request");
}

void TestRequest::refusals()
{
    QFETCH(QByteArray, line);
    QFETCH(QByteArray, code);
    const auto request = readRequest(line);
    QVERIFY(!request);
    const QByteArray text = refusalText(request.error());
    const QByteArray begin = "{\"ok\":false,\"code\":\"" + code + "\",\"detail\":\"";
    QVERIFY2(text.startsWith(begin), text.constData());
    QVERIFY(!text.contains('\n'));
}

void TestRequest::lines()
{
    const QByteArray input("one\r\n\n two \nthree");
    for (qsizetype piece = 1; piece <= input.size(); ++piece) {
        RequestLines reader;
        QList<QByteArray> lines;
        for (qsizetype at = 0; at < input.size(); at += piece) {
            reader.feed(input.mid(at, piece));
            while (const auto line = reader.next())
                lines.append(*line);
        }
        QCOMPARE(lines, (QList<QByteArray>{"one", "", "two"}));
        QVERIFY(!reader.isTooLong());
    }
}

// The rest of a line that was cut off must not be read as a command of its own.
void TestRequest::linesThatAreTooLong()
{
    for (const bool isEnded : {false, true}) {
        RequestLines reader;
        reader.feed("first\n");
        reader.feed(QByteArray(RequestLines::kLongest + 1, ' '));
        if (isEnded)
            reader.feed("{\"command\":\"stop\"}\n");
        QCOMPARE(reader.next(), std::optional<QByteArray>("first"));
        QVERIFY(!reader.isTooLong());
        QCOMPARE(reader.next(), std::nullopt);
        QVERIFY(reader.isTooLong());
        reader.feed("\nsecond\n");
        QCOMPARE(reader.next(), std::nullopt);
    }
    RequestLines reader;
    reader.feed(QByteArray(RequestLines::kLongest, 'x').append('\n'));
    QCOMPARE(reader.next()->size(), RequestLines::kLongest);
}

QTEST_APPLESS_MAIN(TestRequest)
#include "tst_request.moc"
