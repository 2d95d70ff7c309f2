// Stop sequences where the provider has none. [translation §4 "Stop emulation"]
#include "chat/chat_kit.h"
#include "chat/stop_cutter.h"

#include <QTest>

using namespace sb;
using namespace sb::chat;
using namespace sb::testing;

namespace {

struct Heard {
    QByteArray text;
    QByteArray stop;
    QByteArray broken;
    bool isCut = false;
    bool isClean = false;
};

Heard run(const QByteArray &text, const std::vector<QByteArray> &stops, qsizetype piece)
{
    Hearing hearing;
    StopCutter cutter(stops, hearing);
    Emitter emitter;
    emitter.to(cutter);
    emitter.start("id", "m", 0);
    emitter.reasoning(TextView::plain("END of thought"));
    say(emitter, text, piece);
    emitter.finish(Finish::Stop, "stop");
    emitter.end();
    const Reply reply = hearing.take();
    return {essence(reply).text, reply.stopSequence, hearing.broken(), cutter.isCut(),
            hearing.isClean()};
}

} // namespace

class tst_chat_stop_cutter : public QObject {
    Q_OBJECT

private slots:
    void cuts_data();
    void cuts();
    void leavesArgumentsAlone();
};

void tst_chat_stop_cutter::cuts_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("wanted");
    QTest::addColumn<QByteArray>("stop");
    QTest::newRow("none") << QByteArray("abc") << QByteArray("abc") << QByteArray();
    QTest::newRow("one") << QByteArray("abc END def") << QByteArray("abc ") << QByteArray("END");
    QTest::newRow("the earlier") << QByteArray("a##b END") << QByteArray("a") << QByteArray("##");
    QTest::newRow("at once") << QByteArray("ENDabc") << QByteArray() << QByteArray("END");
    QTest::newRow("begun, not ended")
        << QByteArray("abc EN") << QByteArray("abc EN") << QByteArray();
    QTest::newRow("begun twice") << QByteArray("EENDx") << QByteArray("E") << QByteArray("END");
    QTest::newRow("overlapping") << QByteArray("a#-##") << QByteArray("a#-") << QByteArray("##");
}

void tst_chat_stop_cutter::cuts()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, wanted);
    QFETCH(QByteArray, stop);
    for (qsizetype piece = 1; piece <= text.size(); ++piece) {
        const Heard heard = run(text, {"END", "##"}, piece);
        QCOMPARE(heard.broken, QByteArray());
        QCOMPARE(heard.text, wanted);
        QCOMPARE(heard.stop, stop);
        QCOMPARE(heard.isCut, !stop.isEmpty());
        QVERIFY(heard.isClean);
    }
}

void tst_chat_stop_cutter::leavesArgumentsAlone()
{
    EventLog log;
    StopCutter cutter({"END"}, log);
    Emitter emitter;
    emitter.to(cutter);
    emitter.start("id", "m", 0);
    const int call = emitter.openCall({"c", "f", {}, {}, ToolKind::Function});
    emitter.arguments(call, TextView::plain(R"({"x":"END"})"));
    QVERIFY(!cutter.isCut());
    // A cut closes what is open besides the text.
    emitter.text(TextView::plain("END"));
    QVERIFY(cutter.isCut());
    QCOMPARE(log.broken(), QByteArray());
    QVERIFY(log.isClean());
}

QTEST_GUILESS_MAIN(tst_chat_stop_cutter)
#include "tst_chat_stop_cutter.moc"
