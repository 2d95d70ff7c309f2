// Opaque state through clients of another dialect, and what is remembered for those that drop it.
// [translation §9.3; pitfalls 36, 40]
#include "chat/envelope.h"

#include <QTest>

using namespace sb;
using namespace sb::chat;

namespace {
const Origin kOurs{"anthropic", "claude-sonnet"};

Part thinking(const char *words, const QByteArray &payload, const Origin &origin)
{
    Reasoning reasoning;
    reasoning.text = Text::plain(words);
    Part part(reasoning);
    part.artifacts.push_back({ArtifactKind::AnthropicSignature, payload, {}, origin});
    return part;
}

Part call(const char *id)
{
    ToolCall made;
    made.id = id;
    made.name = "f";
    return Part(made);
}

Request historyOf(std::vector<Part> parts)
{
    Request request;
    request.source = DialectId::Anthropic;
    Turn turn;
    turn.role = Role::Assistant;
    turn.parts = std::move(parts);
    request.turns.push_back(std::move(turn));
    return request;
}

Target targetFor(const Origin &origin, DialectId dialect = DialectId::Anthropic)
{
    Target target;
    target.dialect = dialect;
    target.provider = origin.provider;
    target.family = origin.family;
    return target;
}
} // namespace

class tst_chat_envelope : public QObject {
    Q_OBJECT

private slots:
    void sealsAndOpens_data();
    void sealsAndOpens();
    void takesNoOthers_data();
    void takesNoOthers();
    void foreignStateGoes();
    void remembers();
    void forgetsTheOldest();
};

void tst_chat_envelope::sealsAndOpens_data()
{
    QTest::addColumn<int>("kind");
    QTest::addColumn<QByteArray>("payload");
    for (int kind = 0; kind <= int(ArtifactKind::ReasoningDetails); ++kind)
        QTest::addRow("kind %d", kind) << kind << QByteArray("EqQB+/=ab==");
    QTest::newRow("empty") << int(ArtifactKind::ReasoningContent) << QByteArray();
    QTest::newRow("json") << int(ArtifactKind::ReasoningDetails)
                          << QByteArray(R"({"a":"\u0001 \"é"})");
    QTest::newRow("long") << int(ArtifactKind::OpenAiEncrypted) << QByteArray(200'000, 'x');
}

void tst_chat_envelope::sealsAndOpens()
{
    QFETCH(int, kind);
    QFETCH(QByteArray, payload);
    const Artifact artifact{ArtifactKind(kind), payload, "rs_1", kOurs};
    const QByteArray seal = sealed(artifact);
    QCOMPARE(seal, sealed(artifact));
    for (const char c : seal)
        QVERIFY(c > ' ' && c < 0x7f && c != '"' && c != '\\');
    const auto back = unsealed(seal);
    QVERIFY(back);
    QVERIFY(*back == artifact);
}

void tst_chat_envelope::takesNoOthers_data()
{
    QTest::addColumn<QByteArray>("value");
    QTest::newRow("a signature") << QByteArray("EqQBCgIYAhIM1gbcDa9GJwZA2b3h");
    QTest::newRow("nothing") << QByteArray();
    QTest::newRow("prefix alone") << QByteArray("gw1.");
    QTest::newRow("no base64") << QByteArray("gw1.&&&&");
    QTest::newRow("no json") << QByteArray("gw1." + QByteArray("hello").toBase64());
    QTest::newRow("kind unknown") << QByteArray("gw1." + QByteArray(R"({"k":99})").toBase64());
}

void tst_chat_envelope::takesNoOthers()
{
    QFETCH(QByteArray, value);
    QVERIFY(!unsealed(value));
}

// P-36, T§14.6: made elsewhere, so it goes, with its words; our own stays.
void tst_chat_envelope::foreignStateGoes()
{
    Request request
        = historyOf({thinking("mine", "s1", kOurs), thinking("theirs", "s2", {"x", "y"}),
                     thinking("vendor", "s3", {}), call("c")});
    Changes changes;
    sortReasoning(request, targetFor(kOurs), changes);
    QCOMPARE(request.turns[0].parts.size(), size_t(3));
    QCOMPARE(changes.entries().size(), size_t(1));
    QCOMPARE(request.turns[0].parts[0].artifacts.front().payload, QByteArray("s1"));
    QCOMPARE(request.turns[0].parts[1].artifacts.front().payload, QByteArray("s3"));
    // A target of another dialect takes none of them.
    sortReasoning(request, targetFor({"gemini", {}}, DialectId::Gemini), changes);
    QCOMPARE(request.turns[0].parts.size(), size_t(1));
    QVERIFY(request.turns[0].parts[0].is<ToolCall>());
    // Words without state are nobody's problem here.
    Request plain = historyOf({Part(Reasoning{Text::plain("aloud"), {}, false})});
    sortReasoning(plain, targetFor(kOurs), changes);
    QCOMPARE(plain.turns[0].parts.size(), size_t(1));
}

void tst_chat_envelope::remembers()
{
    ArtifactMemory memory;
    Reply reply;
    reply.parts = {thinking("why", "sig", {}), call("call_7")};
    memory.remember(reply, kOurs);
    Request request = historyOf({call("call_7")});
    memory.restore(request);
    QCOMPARE(request.turns[0].parts.size(), size_t(2));
    QVERIFY(request.turns[0].parts[0].is<Reasoning>());
    QVERIFY(request.turns[0].parts[0].artifacts.front().origin == kOurs);
    // What the history has itself is not touched; another call is not helped.
    memory.restore(request);
    QCOMPARE(request.turns[0].parts.size(), size_t(2));
    Request other = historyOf({call("call_8")});
    memory.restore(other);
    QCOMPARE(other.turns[0].parts.size(), size_t(1));
    // A turn of text alone is known by its text.
    Reply said;
    said.parts = {thinking("hm", "sig2", {}), textPart(Text::plain("42"))};
    memory.remember(said, kOurs);
    Request text = historyOf({textPart(Text::escaped("\\u0034\\u0032"))});
    memory.restore(text);
    QCOMPARE(text.turns[0].parts.size(), size_t(2));
}

void tst_chat_envelope::forgetsTheOldest()
{
    ArtifactMemory memory;
    for (int i = 0; i <= ArtifactMemory::kEntries; ++i) {
        Reply reply;
        reply.parts = {thinking("t", "s", {}), call(QByteArray::number(i).constData())};
        memory.remember(reply, kOurs);
    }
    Request first = historyOf({call("0")});
    memory.restore(first);
    QCOMPARE(first.turns[0].parts.size(), size_t(1));
    Request last = historyOf({call(QByteArray::number(ArtifactMemory::kEntries).constData())});
    memory.restore(last);
    QCOMPARE(last.turns[0].parts.size(), size_t(2));
    Reply huge;
    huge.parts = {thinking("t", QByteArray(ArtifactMemory::kBytes + 1, 'x'), {}), call("huge")};
    memory.remember(huge, kOurs);
    memory.restore(last); // nothing was pushed out for it
    Request again = historyOf({call("1")});
    memory.restore(again);
    QCOMPARE(again.turns[0].parts.size(), size_t(2));
}

QTEST_APPLESS_MAIN(tst_chat_envelope)
#include "tst_chat_envelope.moc"
