// Requests as code: what comes out is parsed by who would run it, where that is here.
#include "words/request_code.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QStandardPaths>
#include <QTest>

using namespace sb;
using words::CodeFormat;

namespace {

const QString kBase = QStringLiteral("http://127.0.0.1:7317");

Exchange exchange(DialectId dialect, bool isStream)
{
    Exchange e;
    e.ask.dialect = dialect;
    e.ask.model = QStringLiteral("it's \"quoted\" $HOME `x` \\ é");
    e.ask.isStream = isStream;
    return e;
}

// What shells, Python and JavaScript could trip over.
QByteArray nastyBody(DialectId dialect)
{
    QJsonObject body{{QStringLiteral("model"), QStringLiteral("coding")},
                     {QStringLiteral("messages"),
                      QStringLiteral("it's $(rm) `x` ''' \"\"\" \\ \n EOF \u2028 \u202e é 𝕏")}};
    if (dialect == DialectId::Anthropic)
        body.insert(QStringLiteral("max_tokens"), 5);
    return QJsonDocument(body).toJson(QJsonDocument::Indented).trimmed();
}

// Runs a program on a text; nothing where the program is not here.
std::optional<QByteArray> run(const QString &program, const QStringList &arguments,
                              const QByteArray &input, int &code)
{
    const QString path = QStandardPaths::findExecutable(program);
    if (path.isEmpty())
        return std::nullopt;
    QProcess process;
    process.start(path, arguments);
    process.write(input);
    process.closeWriteChannel();
    if (!process.waitForFinished(60'000))
        return std::nullopt;
    code = process.exitCode();
    return process.readAllStandardOutput() + process.readAllStandardError();
}

} // namespace

class TestRequestCode : public QObject {
    Q_OBJECT

private slots:
    void ofWhatOnlyPasses();
    void isWhatItSays_data();
    void isWhatItSays();
    void bashReadsCurl_data() { isWhatItSays_data(); }
    void bashReadsCurl();
    void curlSendsTheBody();
    void pythonReadsIt_data() { isWhatItSays_data(); }
    void pythonReadsIt();
    void nodeReadsIt_data() { isWhatItSays_data(); }
    void nodeReadsIt();
    void rawHttpIsOneRequest_data() { isWhatItSays_data(); }
    void rawHttpIsOneRequest();
};

// Beside conversations each has its own path, and what is only read has no body.
void TestRequestCode::ofWhatOnlyPasses()
{
    const auto curl = [](Endpoint endpoint, qint64 bodyBytes) {
        Exchange e = exchange(DialectId::OpenAiChat, false);
        e.ask.endpoint = endpoint;
        e.ask.bodyBytes = bodyBytes;
        return words::requestCode(CodeFormat::Curl, e, {kBase, {}});
    };
    QVERIFY(curl(Endpoint::Images, 9).contains(QStringLiteral("/v1/images/generations")));
    QVERIFY(curl(Endpoint::Images, 9).contains(QStringLiteral("\"prompt\"")));
    QVERIFY(curl(Endpoint::Audio, 9).contains(QStringLiteral("\"input\"")));
    QVERIFY(curl(Endpoint::Rerank, 9).contains(QStringLiteral("/v1/rerank")));
    QVERIFY(curl(Endpoint::Files, 0).contains(QStringLiteral("/v1/files")));
    QVERIFY(!curl(Endpoint::Files, 0).contains(QStringLiteral("model")));
    QVERIFY(!curl(Endpoint::Batches, 9).contains(QStringLiteral("\"messages\"")));
}

void TestRequestCode::isWhatItSays_data()
{
    QTest::addColumn<int>("dialect");
    QTest::addColumn<bool>("isStream");
    QTest::addColumn<bool>("hasBody");
    for (int dialect = 0; dialect < kDialectCount; ++dialect) {
        for (const bool isStream : {false, true}) {
            for (const bool hasBody : {false, true})
                QTest::addRow("%d %s %s", dialect, isStream ? "stream" : "whole",
                              hasBody ? "body" : "small")
                    << dialect << isStream << hasBody;
        }
    }
}

void TestRequestCode::isWhatItSays()
{
    QFETCH(int, dialect);
    QFETCH(bool, isStream);
    QFETCH(bool, hasBody);
    const Exchange e = exchange(DialectId(dialect), isStream);
    for (int i = 0; i < words::kCodeFormats; ++i) {
        const auto format = CodeFormat(i);
        const QString code = words::requestCode(
            format, e, {kBase, hasBody ? nastyBody(e.ask.dialect) : QByteArray()});
        QVERIFY(code.contains(QStringLiteral("SIGNALBOX_KEY")));
        QVERIFY(code.contains(QStringLiteral("127.0.0.1:7317")));
        // A small body is told plainly, an own one is not.
        const bool isOwn = hasBody && words::usesBody(format, e);
        QCOMPARE(code.contains(QStringLiteral("only its model"))
                     || code.contains(QStringLiteral("only its model is kept")),
                 !isOwn);
    }
}

void TestRequestCode::bashReadsCurl()
{
    QFETCH(int, dialect);
    QFETCH(bool, isStream);
    QFETCH(bool, hasBody);
    const Exchange e = exchange(DialectId(dialect), isStream);
    const QString code = words::requestCode(
        CodeFormat::Curl, e, {kBase, hasBody ? nastyBody(e.ask.dialect) : QByteArray()});
    int exit = 1;
    const auto said = run(QStringLiteral("bash"), {QStringLiteral("-n")}, code.toUtf8(), exit);
    if (!said)
        QSKIP("no bash");
    QVERIFY2(exit == 0, said->constData());
}

// The words curl would get, with curl replaced by a printer.
void TestRequestCode::curlSendsTheBody()
{
    const Exchange e = exchange(DialectId::OpenAiChat, true);
    const QByteArray body = nastyBody(DialectId::OpenAiChat);
    const QString code = QStringLiteral("curl() { printf '%s\\0' \"$@\"; }\nSIGNALBOX_KEY=k\n")
        + words::requestCode(CodeFormat::Curl, e, {kBase, body});
    int exit = 1;
    const auto said = run(QStringLiteral("bash"), {}, code.toUtf8(), exit);
    if (!said)
        QSKIP("no bash");
    const QList<QByteArray> arguments = said->split('\0');
    QVERIFY(arguments.contains(body));
    QVERIFY(arguments.contains("Authorization: Bearer k"));
    QVERIFY(arguments.contains("http://127.0.0.1:7317/v1/chat/completions"));
    QVERIFY(arguments.contains("-N"));
}

void TestRequestCode::pythonReadsIt()
{
    QFETCH(int, dialect);
    QFETCH(bool, isStream);
    QFETCH(bool, hasBody);
    const Exchange e = exchange(DialectId(dialect), isStream);
    const QByteArray body = hasBody ? nastyBody(e.ask.dialect) : QByteArray();
    for (const CodeFormat format : {CodeFormat::PythonOpenAi, CodeFormat::PythonAnthropic}) {
        const QString code = words::requestCode(format, e, {kBase, body});
        // Parses, and the text given to json.loads is the body.
        const QByteArray check = "import ast, json, sys\n"
                                 "tree = ast.parse(sys.stdin.buffer.read().decode())\n"
                                 "for node in ast.walk(tree):\n"
                                 "    if isinstance(node, ast.Call) and getattr(node.func, 'attr', "
                                 "'') == 'loads':\n"
                                 "        json.loads(node.args[0].value)\n"
                                 "        print(node.args[0].value, end='')\n";
        int exit = 1;
        const auto said = run(QStringLiteral("python3"),
                              {QStringLiteral("-X"), QStringLiteral("utf8"), QStringLiteral("-c"),
                               QString::fromUtf8(check)},
                              code.toUtf8(), exit);
        if (!said)
            QSKIP("no python3");
        QVERIFY2(exit == 0, said->constData());
        if (hasBody && words::usesBody(format, e))
            QCOMPARE(*said, body);
        else
            QVERIFY(said->isEmpty());
    }
}

void TestRequestCode::nodeReadsIt()
{
    QFETCH(int, dialect);
    QFETCH(bool, isStream);
    QFETCH(bool, hasBody);
    const Exchange e = exchange(DialectId(dialect), isStream);
    const QString code = words::requestCode(
        CodeFormat::JavaScript, e, {kBase, hasBody ? nastyBody(e.ask.dialect) : QByteArray()});
    QCOMPARE(code.count(u'{'), code.count(u'}'));
    int exit = 1;
    const auto said = run(
        QStringLiteral("node"),
        {QStringLiteral("--input-type=module"), QStringLiteral("--check"), QStringLiteral("-")},
        code.toUtf8(), exit);
    if (!said)
        QSKIP("no node");
    QVERIFY2(exit == 0, said->constData());
}

void TestRequestCode::rawHttpIsOneRequest()
{
    QFETCH(int, dialect);
    QFETCH(bool, isStream);
    QFETCH(bool, hasBody);
    const Exchange e = exchange(DialectId(dialect), isStream);
    const QByteArray body = hasBody ? nastyBody(e.ask.dialect) : QByteArray();
    const QByteArray code = words::requestCode(CodeFormat::RawHttp, e, {kBase, body}).toUtf8();
    const qsizetype split = code.indexOf("\r\n\r\n");
    QVERIFY(split > 0);
    const QByteArray sent = code.mid(split + 4);
    if (hasBody)
        QCOMPARE(sent, body);
    QVERIFY(QJsonDocument::fromJson(sent).isObject());
    const QList<QByteArray> head = code.left(split).split('\n');
    QVERIFY(head[0].startsWith("POST /") && head[0].endsWith(" HTTP/1.1\r"));
    QVERIFY(code.contains("\r\nHost: 127.0.0.1:7317\r\n"));
    QVERIFY(code.contains(
        QByteArray("\r\nContent-Length: " + QByteArray::number(sent.size()) + "\r\n")));
    for (const QByteArray &line : head)
        QVERIFY(!line.chopped(line.endsWith('\r') ? 1 : 0).contains('\r'));
}

QTEST_GUILESS_MAIN(TestRequestCode)
#include "tst_request_code.moc"
