// Ids of calls and names of tools are made legal for a target by pure functions, and given back.
// [translation §8, pitfalls 16, 76, 77]
#include "chat/names.h"

#include <QRegularExpression>
#include <QTest>

using namespace sb::chat;

class tst_chat_names : public QObject {
    Q_OBJECT

private slots:
    void callIds_data();
    void callIds();
    void madeIds();
    void toolNames_data();
    void toolNames();
    void renamesEverywhereAndBack();
    void namesThatCollide();
    void namespacesAreFlattened();
};

static QString regex(ToolIdRule rule)
{
    switch (rule) {
    case ToolIdRule::Max40:
        return QStringLiteral("^.{1,40}$");
    case ToolIdRule::Max64:
        return QStringLiteral("^.{1,64}$");
    case ToolIdRule::AnthropicSafe:
        return QStringLiteral("^[a-zA-Z0-9_-]+$");
    case ToolIdRule::Nine:
        return QStringLiteral("^[a-zA-Z0-9]{9}$");
    case ToolIdRule::Any:
        break;
    }
    return QStringLiteral("^.*$");
}

void tst_chat_names::callIds_data()
{
    QTest::addColumn<QByteArray>("id");
    QTest::addColumn<ToolIdRule>("rule");
    QTest::addColumn<bool>("stays");
    const QByteArray plain("call_abc");
    const QByteArray odd("toolu:1/\xC3\xA9");
    const QByteArray endless(100, 'x');
    QTest::newRow("T§8.1 any string") << odd << ToolIdRule::Any << true;
    QTest::newRow("T§8.1 short for 40") << plain << ToolIdRule::Max40 << true;
    QTest::newRow("T§8.1 long for 40") << endless << ToolIdRule::Max40 << false;
    QTest::newRow("T§8.1 short for 64") << plain << ToolIdRule::Max64 << true;
    QTest::newRow("T§8.1 long for 64") << endless << ToolIdRule::Max64 << false;
    QTest::newRow("T§8.1 safe for Anthropic") << plain << ToolIdRule::AnthropicSafe << true;
    QTest::newRow("T§8.1 odd for Anthropic") << odd << ToolIdRule::AnthropicSafe << false;
    QTest::newRow("T§8.1 empty for Anthropic")
        << QByteArray() << ToolIdRule::AnthropicSafe << false;
    QTest::newRow("P-77 nine already") << QByteArray("aB3dE6gH9") << ToolIdRule::Nine << true;
    QTest::newRow("P-77 T§14.14 not nine") << plain << ToolIdRule::Nine << false;
    QTest::newRow("P-77 nine with a dash") << QByteArray("abc-efghi") << ToolIdRule::Nine << false;
}

void tst_chat_names::callIds()
{
    QFETCH(QByteArray, id);
    QFETCH(ToolIdRule, rule);
    QFETCH(bool, stays);
    const QByteArray made = targetCallId(id, rule);
    QCOMPARE(made == id, stays);
    QVERIFY2(QRegularExpression(regex(rule)).match(QString::fromUtf8(made)).hasMatch(),
             made.constData());
    QCOMPARE(targetCallId(id, rule), made);
    QCOMPARE(targetCallId(made, rule), made);
    QVERIFY(targetCallId(QByteArray(id + "x"), rule) != made);
}

void tst_chat_names::madeIds()
{
    QCOMPARE(madeCallId("a", 0), madeCallId("a", 0)); // P-16
    QVERIFY(madeCallId("a", 0) != madeCallId("a", 1));
    QVERIFY(madeCallId("a", 0) != madeCallId("b", 0));
    QVERIFY(madeCallId("a", 0).startsWith("call_"));
    QVERIFY(madeCallId("a", 0).size() <= 40);
    QVERIFY(madeItemId("fc_", "call_1").startsWith("fc_"));
    QVERIFY(madeItemId("fc_", "call_1") != madeItemId("fc_", "call_2"));
}

void tst_chat_names::toolNames_data()
{
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<ToolNameRule>("rule");
    QTest::addColumn<bool>("stays");
    const QByteArray hundred(100, 'n');
    QTest::newRow("P-76 T§8.2 legal")
        << QByteArray("get_weather-2") << ToolNameRule::OpenAi64 << true;
    QTest::newRow("P-76 dots") << QByteArray("fs.read/file") << ToolNameRule::OpenAi64 << false;
    QTest::newRow("P-76 T§8.2 hundred") << hundred << ToolNameRule::OpenAi64 << false;
    QTest::newRow("P-76 hundred at Anthropic") << hundred << ToolNameRule::Anthropic128 << true;
    QTest::newRow("P-76 not ASCII") << QByteArray("caf\xC3\xA9") << ToolNameRule::OpenAi64 << false;
    QTest::newRow("P-76 dots at Gemini") << QByteArray("fs.read:x") << ToolNameRule::Gemini << true;
    QTest::newRow("P-76 digit at Gemini") << QByteArray("7zip") << ToolNameRule::Gemini << false;
    QTest::newRow("P-76 empty") << QByteArray() << ToolNameRule::OpenAi64 << false;
    QTest::newRow("P-76 Bedrock") << hundred << ToolNameRule::Bedrock64 << false;
}

void tst_chat_names::toolNames()
{
    QFETCH(QByteArray, name);
    QFETCH(ToolNameRule, rule);
    QFETCH(bool, stays);
    const QByteArray made = targetToolName(name, rule);
    QCOMPARE(made == name, stays);
    QCOMPARE(targetToolName(made, rule), made);
    QCOMPARE(targetToolName(name, rule), made);
    QVERIFY(!made.isEmpty());
    QVERIFY(made.size() <= (rule == ToolNameRule::Anthropic128 ? 128 : 64));
}

static Tool toolNamed(QByteArray name, QByteArray space = {})
{
    Tool tool;
    tool.name = std::move(name);
    tool.space = std::move(space);
    return tool;
}

static Part callNamed(QByteArray name, QByteArray space = {})
{
    ToolCall call;
    call.id = "c";
    call.name = std::move(name);
    call.space = std::move(space);
    return Part(call);
}

void tst_chat_names::renamesEverywhereAndBack()
{
    Request request;
    request.tools = {toolNamed("fs.read"), toolNamed("plain")};
    request.toolChoice = {ToolChoice::Mode::One, {"fs.read"}, false};
    ToolResult result;
    result.name = "fs.read";
    request.turns = {{Role::Assistant, {callNamed("fs.read"), callNamed("gone.tool")}, {}, {}, {}},
                     {Role::User, {Part(result)}, {}, {}, {}}};
    NameTable table;
    table.apply(request, ToolNameRule::OpenAi64);
    const QByteArray made = request.tools[0].name;
    QCOMPARE(made, targetToolName("fs.read", ToolNameRule::OpenAi64));
    QCOMPARE(request.tools[1].name, QByteArray("plain"));
    QCOMPARE(request.toolChoice.names[0], made);
    QCOMPARE(request.turns[0].parts[0].as<ToolCall>()->name, made);
    QCOMPARE(request.turns[1].parts[0].as<ToolResult>()->name, made);
    QCOMPARE(table.original(made).toByteArray(), QByteArray("fs.read"));
    QCOMPARE(table.original(request.turns[0].parts[1].as<ToolCall>()->name).toByteArray(),
             QByteArray("gone.tool"));
    QCOMPARE(table.original("plain").toByteArray(), QByteArray("plain"));
    QCOMPARE(table.original("invented").toByteArray(), QByteArray("invented"));
    QVERIFY(table.tool("fs.read"));
    QVERIFY(!table.tool(made));
}

void tst_chat_names::namesThatCollide()
{
    const QByteArray made = targetToolName("a.b", ToolNameRule::OpenAi64);
    Request request;
    request.tools = {toolNamed("a.b"), toolNamed(made)};
    NameTable table;
    table.apply(request, ToolNameRule::OpenAi64);
    QCOMPARE(request.tools[1].name, made); // legal as it is
    QVERIFY(request.tools[0].name != made);
    QCOMPARE(table.original(request.tools[0].name).toByteArray(), QByteArray("a.b"));
    QCOMPARE(table.original(made).toByteArray(), made);
}

void tst_chat_names::namespacesAreFlattened()
{
    Request request;
    request.tools = {toolNamed("spawn", "agents"), toolNamed("agents__spawn")};
    request.toolChoice = {ToolChoice::Mode::One, {"spawn"}, false};
    request.turns = {{Role::Assistant, {callNamed("spawn", "agents")}, {}, {}, {}}};
    NameTable table;
    table.apply(request, ToolNameRule::OpenAi64); // P-78
    QCOMPARE(request.tools[1].name, QByteArray("agents__spawn"));
    QVERIFY(request.tools[0].space.isEmpty());
    QCOMPARE(request.turns[0].parts[0].as<ToolCall>()->name, request.tools[0].name);
    QCOMPARE(request.toolChoice.names[0], request.tools[0].name);
    QVERIFY(table.tool("agents__spawn"));
}

QTEST_APPLESS_MAIN(tst_chat_names)
#include "tst_chat_names.moc"
