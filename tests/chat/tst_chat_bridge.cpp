// Streams and whole answers are two forms of one thing: what is collected can be played and
// collected again; the order of events holds whatever a decoder says; a cut is never a finish.
#include "chat/chat_kit.h"
#include "chat/collector.h"
#include "chat/emitter.h"
#include "chat/player.h"

#include <QTest>

using namespace sb;
using namespace sb::chat;
using namespace sb::testing;

class tst_chat_bridge : public QObject {
    Q_OBJECT

private slots:
    void playsAndCollects_data();
    void playsAndCollects();
    void artifactsSurvive();
    void faultsAreNoFinish();
    void emitterKeepsOrder();
    void emitterInterleavesCalls();
    void emitterJudgesTheEnd_data();
    void emitterJudgesTheEnd();
    void recordingsAreRead();
};

void tst_chat_bridge::playsAndCollects_data()
{
    QTest::addColumn<int>("index");
    const auto replies = canonicalReplies();
    for (int i = 0; i < replies.size(); ++i)
        QTest::newRow(replies[i].name) << i;
}

// T§18
void tst_chat_bridge::playsAndCollects()
{
    QFETCH(int, index);
    const Reply reply = canonicalReplies().at(index).reply;
    EventLog log;
    play(reply, log);
    QCOMPARE(log.broken(), QByteArray());
    QVERIFY(log.isClean());

    Collector collector;
    play(reply, collector);
    QVERIFY(collector.isEnded());
    const Reply again = collector.take();
    QCOMPARE(again.id, reply.id);
    QCOMPARE(again.model, reply.model);
    QVERIFY(again.parts == reply.parts);
    QCOMPARE(again.finish, reply.finish);
    QCOMPARE(again.usage, reply.usage);
    QCOMPARE(difference(essence(again), essence(reply)), QByteArray());
}

void tst_chat_bridge::artifactsSurvive()
{
    Reply reply;
    reply.finish = Finish::Stop;
    Reasoning reasoning;
    reasoning.summary = {Text::plain("First."), Text::plain("Second.")};
    Part thought{reasoning};
    thought.artifacts = {{ArtifactKind::OpenAiEncrypted, "opaque==", "rs_1", {}},
                         {ArtifactKind::ReasoningDetails, R"({"type":"a"})", {}, {}},
                         {ArtifactKind::ReasoningDetails, R"({"type":"b"})", {}, {}}};
    TextPart text;
    text.text = Text::plain("See there.");
    text.citationsRaw = R"([{"url":"a"},{"url":"b"}])";
    reply.parts = {thought, Part(text)};
    reply.logprobsRaw = R"([{"token":"See"}])";
    reply.costRaw = "0.0012";
    reply.usage.source = UsageSource::Reported;

    Collector collector;
    play(reply, collector);
    QVERIFY(collector.reply().parts == reply.parts);
    QCOMPARE(collector.reply().logprobsRaw, reply.logprobsRaw);
    QCOMPARE(collector.reply().costRaw, reply.costRaw);
}

void tst_chat_bridge::faultsAreNoFinish()
{
    Reply reply = canonicalReplies().first().reply;
    reply.finish = Finish::None;
    EventLog cut;
    play(reply, cut);
    QCOMPARE(cut.broken(), QByteArray());
    QCOMPARE(cut.finishes(), 0);
    QCOMPARE(cut.errors(), 1);
    QVERIFY(cut.isEnded() && !cut.isClean());

    reply.fault = Fault{AttemptOutcome::Overloaded, 529, "busy"};
    Collector collector;
    play(reply, collector);
    QCOMPARE(collector.reply().fault->status, 529);
    QCOMPARE(collector.reply().finish, Finish::None);
}

void tst_chat_bridge::emitterKeepsOrder()
{
    EventLog log;
    Emitter emitter;
    emitter.to(log);
    emitter.alive();
    emitter.start("a", "m", 0);
    emitter.start("b", "n", 0);
    emitter.reasoning(TextView::plain("think"));
    emitter.text(TextView::plain(""));
    emitter.artifact(ArtifactKind::AnthropicSignature, "sig");
    emitter.text(TextView::escaped("say\\n"));
    emitter.text(TextView::plain("ing"));
    emitter.finish(Finish::Stop, "stop");
    emitter.finish(Finish::Length, "length");
    Usage usage;
    usage.input = 3;
    usage.output = 4;
    emitter.usage(usage);
    emitter.end();
    emitter.text(TextView::plain("late"));
    QCOMPARE(log.broken(), QByteArray());
    QCOMPARE(log.text(),
             QByteArray("start a m\nopen 0 2  \ndelta 0 1 think\ndelta 0 4 sig\nclose 0\n"
                        "open 1 0  \ndelta 1 0 say\ning\nusage 3 4\nclose 1\nfinish stop\n"
                        "end clean"));
}

void tst_chat_bridge::emitterInterleavesCalls()
{
    Collector collector;
    Emitter emitter;
    emitter.to(collector);
    const int first = emitter.openCall({.id = "1", .name = "f"});
    const int second = emitter.openCall({.id = "2", .name = "g"});
    emitter.arguments(first, TextView::escaped("{\\\"a\\\":"));
    emitter.arguments(second, TextView::escaped("{\\\"b\\\""));
    emitter.arguments(first, TextView::escaped("1}"));
    emitter.finish(Finish::Length, "length");
    emitter.end();
    const Reply &reply = collector.reply();
    QCOMPARE(reply.parts.size(), size_t(2));
    QCOMPARE(reply.parts[0].as<ToolCall>()->arguments.toPlain(), QByteArray("{\"a\":1}"));
    QVERIFY(!reply.parts[0].as<ToolCall>()->isIncomplete);
    QVERIFY(reply.parts[1].as<ToolCall>()->isIncomplete);
    QCOMPARE(reply.finish, Finish::Length);
}

void tst_chat_bridge::emitterJudgesTheEnd_data()
{
    QTest::addColumn<Finish>("said");
    QTest::addColumn<bool>("hasCall");
    QTest::addColumn<bool>("isWaived");
    QTest::addColumn<Finish>("finish"); // None: an error
    QTest::newRow("stop") << Finish::Stop << false << false << Finish::Stop;
    QTest::newRow("stop with a call") << Finish::Stop << true << false << Finish::ToolCalls;
    QTest::newRow("calls without one") << Finish::ToolCalls << false << false << Finish::Stop;
    QTest::newRow("length with a call") << Finish::Length << true << false << Finish::Length;
    QTest::newRow("error") << Finish::Error << false << false << Finish::None;
    QTest::newRow("missing") << Finish::None << false << false << Finish::None;
    QTest::newRow("missing, waived") << Finish::None << false << true << Finish::Stop;
    QTest::newRow("missing, waived, call") << Finish::None << true << true << Finish::ToolCalls;
}

void tst_chat_bridge::emitterJudgesTheEnd()
{
    QFETCH(Finish, said);
    QFETCH(bool, hasCall);
    QFETCH(bool, isWaived);
    QFETCH(Finish, finish);
    Collector collector;
    EventLog log;
    Emitter emitter;
    emitter.to(collector);
    emitter.start("a", "m", 0);
    if (hasCall)
        emitter.openCall({.id = "1", .name = "f"});
    if (said != Finish::None)
        emitter.finish(said, {});
    emitter.end(isWaived);
    QVERIFY(collector.isEnded());
    QCOMPARE(collector.reply().finish, finish);
    QCOMPARE(collector.reply().fault.has_value(), finish == Finish::None);
}

void tst_chat_bridge::recordingsAreRead()
{
    if (!hasCorpora())
        QSKIP("SIGNALBOX_CORPORA is not set");
    int streams = 0;
    int count = 0;
    for (const DialectId dialect : {DialectId::OpenAiChat, DialectId::OpenAiResponses,
                                    DialectId::Anthropic, DialectId::Gemini}) {
        for (const Recording &recording : recordings(dialect)) {
            ++count;
            streams += recording.isStream;
            QVERIFY2(!recording.id.isEmpty() && recording.status > 0, recording.id.constData());
        }
    }
    QCOMPARE(count, 1625);
    QVERIFY(streams > 200);
}

QTEST_APPLESS_MAIN(tst_chat_bridge)
#include "tst_chat_bridge.moc"
