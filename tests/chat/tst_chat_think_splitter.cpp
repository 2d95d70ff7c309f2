// Thinking written between tags is taken out of the text, however it is split. [translation §9.4]
#include "chat/chat_kit.h"
#include "chat/think_splitter.h"

#include <QTest>

using namespace sb;
using namespace sb::chat;
using namespace sb::testing;

namespace {

// "reasoning|text" of a text given in pieces of one size.
QByteArray split(const QByteArray &text, qsizetype piece, QByteArray *broken)
{
    Hearing hearing;
    ThinkSplitter splitter(hearing);
    Emitter emitter;
    emitter.to(splitter);
    emitter.start("id", "m", 0);
    say(emitter, text, piece);
    const int call = emitter.openCall({"c", "f", {}, {}, ToolKind::Function});
    emitter.arguments(call, TextView::plain("{}"));
    emitter.closeCall(call);
    emitter.finish(Finish::ToolCalls, "tool_calls");
    emitter.end();
    *broken = hearing.broken();
    const Reply reply = hearing.take();
    QByteArray kinds;
    for (const Part &part : reply.parts)
        kinds += part.is<Reasoning>() ? 'r' : part.is<TextPart>() ? 't' : 'c';
    const Essence found = essence(reply);
    return found.reasoning + '|' + found.text + '|' + kinds;
}

} // namespace

class tst_chat_think_splitter : public QObject {
    Q_OBJECT

private slots:
    void splits_data();
    void splits();
    void holdsLittleBack();
};

void tst_chat_think_splitter::splits_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("wanted");
    const auto row = [](const char *name, const char *text, const char *wanted) {
        QTest::newRow(name) << QByteArray(text) << QByteArray(wanted);
    };
    row("plain", "hello", "|hello|tc");
    row("P-47 T§9.4 simple", "<think>a b</think>\n\nc", "a b|c|rtc");
    row("P-47 any case and space before", " \n<Thinking>a</THINKING>c", "a|c|rtc");
    row("P-47 thought", "<thought>a</thought>c", "a|c|rtc");
    row("P-47 T§9.4 prose about tags", "Use <think>x</think> here",
        "|Use <think>x</think> here|tc");
    row("P-47 orphan closer", "</think>c", "|c|tc");
    row("P-47 a second block is text", "<think>a</think>c<think>d</think>",
        "a|c<think>d</think>|rtc");
    row("P-47 the first closer wins", "<think>say </think> b</think>c", "say |b</think>c|rtc");
    row("P-47 never closed", "<think>a <b", "a <b||rc");
    row("P-47 almost a closer", "<think>a</thin b</think>c", "a</thin b|c|rtc");
    row("nothing behind it", "<think>a</think>\n\n", "a||rc");
    row("a tag begun at the end", "<thi", "|<thi|tc");
    row("almost a tag", "<thinker>", "|<thinker>|tc");
}

void tst_chat_think_splitter::splits()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, wanted);
    for (qsizetype piece = 1; piece <= text.size(); ++piece) {
        QByteArray broken;
        QCOMPARE(split(text, piece, &broken), wanted);
        QCOMPARE(broken, QByteArray());
    }
}

void tst_chat_think_splitter::holdsLittleBack()
{
    Collector collector;
    ThinkSplitter splitter(collector);
    Emitter emitter;
    emitter.to(splitter);
    emitter.start("id", "m", 0);
    emitter.text(TextView::plain("<think>a long thought </thi"));
    QCOMPARE(essence(collector.reply()).reasoning, QByteArray("a long thought "));
    emitter.text(TextView::plain("nk>and words"));
    QCOMPARE(essence(collector.reply()).text, QByteArray("and words"));
}

QTEST_GUILESS_MAIN(tst_chat_think_splitter)
#include "tst_chat_think_splitter.moc"
