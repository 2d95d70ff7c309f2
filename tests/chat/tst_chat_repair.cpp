// Histories that providers refuse become ones they take: deterministic, and once is enough.
// [translation §14]
#include "chat/chat_kit.h"
#include "chat/repair.h"

#include <QTest>

using namespace sb;
using namespace sb::chat;
using namespace sb::testing;

namespace {

Part text(const char *words)
{
    return textPart(Text::plain(words));
}

Part call(const char *id, const char *name = "f", const char *arguments = "{}")
{
    ToolCall call;
    call.id = id;
    call.name = name;
    call.arguments = Text::plain(arguments);
    return Part(call);
}

Part result(const char *id, const char *words)
{
    ToolResult result;
    result.callId = id;
    if (*words)
        result.parts = {text(words)};
    return Part(result);
}

Part image()
{
    MediaPart media;
    media.data = Text::plain("AAAA");
    return Part(media);
}

Turn turn(Role role, std::vector<Part> parts)
{
    Turn turn;
    turn.role = role;
    turn.parts = std::move(parts);
    return turn;
}

QByteArray shown(const std::vector<Part> &parts)
{
    QByteArray out;
    for (const Part &part : parts) {
        if (!out.isEmpty())
            out += ' ';
        if (const TextPart *said = part.as<TextPart>())
            out += '"' + said->text.toPlain().replace('\n', '/') + '"';
        else if (const ToolCall *made = part.as<ToolCall>())
            out += "call:" + made->id + made->arguments.toPlain();
        else if (const ToolResult *given = part.as<ToolResult>())
            out += (given->isError ? "error:" : "result:") + given->callId + '('
                + shown(given->parts) + ')';
        else if (part.is<MediaPart>())
            out += "image";
    }
    return out;
}

// "S[…] U[…] A[…]"
QByteArray shown(const Request &request)
{
    QByteArray out;
    const auto add = [&](const std::vector<Turn> &turns) {
        for (const Turn &turn : turns) {
            if (!out.isEmpty())
                out += ' ';
            out += QByteArray("SDUA").mid(int(turn.role), 1) + '[' + shown(turn.parts) + ']';
        }
    };
    add(request.instructions);
    add(request.turns);
    return out;
}

} // namespace

class tst_chat_repair : public QObject {
    Q_OBJECT

private slots:
    void repairs_data();
    void repairs();
    void rejectsPrefill();
    void cacheMarksAreLimited();
};

Q_DECLARE_METATYPE(sb::chat::Capabilities)
Q_DECLARE_METATYPE(std::vector<sb::chat::Turn>)

void tst_chat_repair::repairs_data()
{
    QTest::addColumn<std::vector<Turn>>("turns");
    QTest::addColumn<Capabilities>("can");
    QTest::addColumn<QByteArray>("wanted");
    Capabilities can;
    const auto row = [&](const char *name, std::vector<Turn> turns, const char *wanted) {
        QTest::newRow(name) << std::move(turns) << can << QByteArray(wanted);
        can = {};
    };
    const Turn ask = turn(Role::User, {text("A")});
    row("in order",
        {ask, turn(Role::Assistant, {call("c"), call("d")}),
         turn(Role::User, {result("c", "1"), result("d", "2"), text("B")})},
        R"(U["A"] A[call:c{} call:d{}] U[result:c("1") result:d("2") "B"])");
    row("P-28 T§14.4 results in several turns",
        {ask, turn(Role::Assistant, {call("c"), call("d")}), turn(Role::User, {result("d", "2")}),
         turn(Role::User, {result("c", "1")})},
        R"(U["A"] A[call:c{} call:d{}] U[result:c("1") result:d("2")])");
    row("P-29 a result far from its call",
        {ask, turn(Role::Assistant, {call("c")}), turn(Role::User, {text("B")}),
         turn(Role::Assistant, {text("x")}), turn(Role::User, {result("c", "1"), text("C")})},
        R"(U["A"] A[call:c{}] U[result:c("1")] U["B"] A["x"] U["C"])");
    row("P-31 text before a result",
        {ask, turn(Role::Assistant, {call("c")}), turn(Role::User, {text("B"), result("c", "1")})},
        R"(U["A"] A[call:c{}] U[result:c("1") "B"])");
    row("P-33 T§14.3 a call without a result",
        {ask, turn(Role::Assistant, {call("c"), call("d")}), turn(Role::User, {result("d", "2")})},
        "U[\"A\"] A[call:c{} call:d{}] U[error:c(\"(no result: interrupted)\") result:d(\"2\")]");
    row("P-33 the last turn calls", {ask, turn(Role::Assistant, {call("c")})},
        "U[\"A\"] A[call:c{}] U[error:c(\"(no result: interrupted)\")]");
    row("P-33 T§14.3 a result without a call", {turn(Role::User, {result("c", "1"), text("B")})},
        R"(U["[Result of an earlier tool call]/1" "B"])");
    row("P-33 an empty one is dropped", {turn(Role::User, {result("c", ""), text("B")})},
        R"(U["B"])");
    row("P-29 two results for one call",
        {ask, turn(Role::Assistant, {call("c")}),
         turn(Role::User, {result("c", "1"), result("c", "2")})},
        R"(U["A"] A[call:c{}] U[result:c("1") "[Result of an earlier tool call]/2"])");
    row("T§14.2 an id used again",
        {ask, turn(Role::Assistant, {call("c")}), turn(Role::User, {result("c", "1")}),
         turn(Role::Assistant, {call("c")}), turn(Role::User, {result("c", "2")})},
        R"(U["A"] A[call:c{}] U[result:c("1")] A[call:c_2{}] U[result:c_2("2")])");
    row("T§14.2 twice in one turn",
        {ask, turn(Role::Assistant, {call("c"), call("c")}),
         turn(Role::User, {result("c", "1"), result("c", "2")})},
        R"(U["A"] A[call:c{} call:c_2{}] U[result:c("1") result:c_2("2")])");
    row("P-12 T§14.8 merged calls",
        {ask, turn(Role::Assistant, {call("c", "f", R"({"x":1}{"x":2})")}),
         turn(Role::User, {result("c", "1"), result("c", "2")})},
        R"(U["A"] A[call:c{"x":1} call:c_2{"x":2}] U[result:c("1") result:c_2("2")])");
    row("P-19 T§14.8 cut arguments",
        {ask, turn(Role::Assistant, {call("c", "f", R"({"x":[1)")}),
         turn(Role::User, {result("c", "1")})},
        R"(U["A"] A[call:c{"x":[1]}] U[result:c("1")])");
    row("P-18 no arguments",
        {ask, turn(Role::Assistant, {call("c", "f", "")}), turn(Role::User, {result("c", "1")})},
        R"(U["A"] A[call:c{}] U[result:c("1")])");
    {
        Part pictured = result("c", "");
        pictured.as<ToolResult>()->parts = {image()};
        row("P-65 T§14.5 images behind all results",
            {ask, turn(Role::Assistant, {call("c"), call("d")}),
             turn(Role::User, {pictured, result("d", "2"), text("B")})},
            R"_(U["A"] A[call:c{} call:d{}] U[result:c("(the result follows as an image)") )_"
            R"_(result:d("2") image "B"])_");
    }
    row("T§5 T§14.9 fold into the next user turn",
        {ask, turn(Role::Assistant, {text("x")}), turn(Role::System, {text("S")}),
         turn(Role::Developer, {text("T")}), turn(Role::User, {text("B")})},
        R"(U["A"] A["x"] U["<system-reminder>/S/</system-reminder>" )"
        R"("<system-reminder>/T/</system-reminder>" "B"])");
    row("T§5 T§14.9 fold into the one before when last", {ask, turn(Role::System, {text("S")})},
        R"(U["A" "<system-reminder>/S/</system-reminder>"])");
    can.takesMidSystem = true;
    row("T§5 kept", {ask, turn(Role::System, {text("S")}), turn(Role::User, {text("B")})},
        R"(U["A"] S["S"] U["B"])");
    can.isAlternating = true;
    row("T§14.10 merge",
        {ask, turn(Role::User, {text("B")}), turn(Role::Assistant, {text("x")}),
         turn(Role::Assistant, {text("y")}), ask},
        R"(U["A" "B"] A["x" "y"] U["A"])");
    can.isUserFirst = true;
    row("T§14.11 user first", {turn(Role::Assistant, {text("x")}), ask},
        R"_(U["(conversation resumed)"] A["x"] U["A"])_");
    can.takesUserAfterTool = false;
    row("P-35 T§14.12 bridge",
        {ask, turn(Role::Assistant, {call("c")}), turn(Role::User, {result("c", "1"), text("B")})},
        R"(U["A"] A[call:c{}] U[result:c("1")] A["OK."] U["B"])");
    row("P-81 T§14.7 empty texts",
        {turn(Role::User, {text(""), text("B")}), turn(Role::Assistant, {text("")}), ask},
        R"(U["B"] U["A"])");
    can.toolId = ToolIdRule::AnthropicSafe;
    row("T§8.1 legal ids stay",
        {ask, turn(Role::Assistant, {call("c-1_x")}), turn(Role::User, {result("c-1_x", "1")})},
        R"(U["A"] A[call:c-1_x{}] U[result:c-1_x("1")])");
}

void tst_chat_repair::repairs()
{
    QFETCH(std::vector<Turn>, turns);
    QFETCH(Capabilities, can);
    QFETCH(QByteArray, wanted);
    Request request;
    request.turns = turns;
    Target target;
    target.can = can;
    Changes changes;
    repair(request, target, changes);
    QVERIFY(!changes.isRejected());
    QCOMPARE(shown(request), wanted);
    Changes again;
    repair(request, target, again);
    QCOMPARE(shown(request), wanted);
}

void tst_chat_repair::rejectsPrefill()
{
    const std::vector<Turn> turns
        = {turn(Role::User, {text("A")}), turn(Role::Assistant, {text("B")})};
    Request request;
    request.turns = turns;
    Changes changes;
    repair(request, {}, changes);
    QVERIFY(changes.isRejected());
    QCOMPARE(changes.rejection()->param, QByteArray("messages"));
    Target target;
    target.can.takesPrefill = true;
    Changes none;
    request.turns = turns;
    repair(request, target, none);
    QVERIFY(!none.isRejected());
    QVERIFY(none.entries().empty());
}

// T§14.13
void tst_chat_repair::cacheMarksAreLimited()
{
    Request request;
    Part marked = text("x");
    marked.cache = CacheMark{};
    request.instructions = {turn(Role::System, {marked})};
    for (int i = 0; i < 5; ++i)
        request.turns.push_back(turn(Role::User, {marked}));
    Target target;
    target.can.cache = CacheForm::Anthropic;
    Changes changes;
    repair(request, target, changes);
    QVERIFY(request.instructions[0].parts[0].cache);
    QList<bool> kept;
    for (const Turn &turn : request.turns)
        kept.append(turn.parts[0].cache.has_value());
    QCOMPARE(kept, (QList<bool>{false, false, true, true, true})); // the oldest go
    QCOMPARE(changes.droppedHeader(), QByteArray("cache_control"));
}

QTEST_GUILESS_MAIN(tst_chat_repair)
#include "tst_chat_repair.moc"
