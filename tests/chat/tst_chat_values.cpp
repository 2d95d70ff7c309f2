// The plain values: text with its escapes, tool arguments, finish words, the list of changes.
#include "chat/arguments.h"
#include "chat/changes.h"
#include "chat/finish.h"
#include "chat/request.h"

#include <QTest>

using namespace sb::chat;

class tst_chat_values : public QObject {
    Q_OBJECT

private slots:
    void texts();
    void argumentsAsObject_data();
    void argumentsAsObject();
    void mergedArguments();
    void trackedArguments();
    void finishWords();
    void changesAreSaid();
    void strictnessRejects();
};

void tst_chat_values::texts()
{
    Text text = Text::plain("a\"b");
    text.append(TextView::escaped("\\n\\u00e9"));
    QCOMPARE(text.toPlain(), QByteArray("a\"b\n\xC3\xA9"));
    QVERIFY(text == Text::plain("a\"b\n\xC3\xA9"));
    QByteArray json;
    appendQuoted(json, text);
    QCOMPARE(json, QByteArray("\"a\\\"b\\n\\u00e9\""));

    // A lone surrogate goes on as it came; halves from two deltas become one character.
    Text halves = Text::escaped("\\ud83d");
    json.clear();
    appendQuoted(json, halves);
    QCOMPARE(json, QByteArray("\"\\ud83d\""));
    halves.append(TextView::escaped("\\ude00"));
    QCOMPARE(halves.toPlain(), QByteArray("\xF0\x9F\x98\x80"));

    QVERIFY(TextView::escaped("\\n \\t\\u0020").isBlank());
    QVERIFY(!TextView::plain("\\n").isBlank());
    QVERIFY(Text().isBlank());
}

void tst_chat_values::argumentsAsObject_data()
{
    QTest::addColumn<QByteArray>("given");
    QTest::addColumn<QByteArray>("object");
    QTest::addColumn<bool>("isNoted");
    const auto row = [](const char *name, const char *given, const char *object, bool isNoted) {
        QTest::newRow(name) << QByteArray(given) << QByteArray(object) << isNoted;
    };
    row("empty", "", "{}", false);
    row("blank", " \n", "{}", false);
    row("sound", "{\"a\":9007199254740993}", "{\"a\":9007199254740993}", false);
    row("cut in a string", "{\"a\":\"x", "{\"a\":\"x\"}", true);
    row("cut in a list", "{\"a\":[1,2", "{\"a\":[1,2]}", true);
    row("cut after a comma", "{\"a\":1,", "{\"a\":1}", true);
    row("cut after a colon", "{\"a\":", "{\"a\":null}", true);
    row("cut in a key", "{\"a\":1,\"b", "{\"a\":1,\"b\":null}", true);
    row("cut in an escape", "{\"a\":1,\"b\":\"x\\", "{\"a\":1,\"b\":\"x\"}", true);
    row("cut in nesting", "{\"a\":{\"b\":[{\"c\":1", "{\"a\":{\"b\":[{\"c\":1}]}}", true);
    row("hopeless", "not json", "{\"_raw\":\"not json\"}", true);
    row("a list", "[1]", "{\"_raw\":\"[1]\"}", true);
}

void tst_chat_values::argumentsAsObject()
{
    QFETCH(QByteArray, given);
    QFETCH(QByteArray, object);
    QFETCH(bool, isNoted);
    Changes changes;
    QCOMPARE(objectArguments(TextView::plain(given), "messages[0]", changes), object);
    QCOMPARE(!changes.entries().empty(), isNoted);
}

void tst_chat_values::mergedArguments()
{
    const std::vector<QByteArray> two = splitObjects("{\"a\":\"}{\"} {\"b\":2}");
    QCOMPARE(two.size(), size_t(2));
    QCOMPARE(two[0], QByteArray("{\"a\":\"}{\"}"));
    QCOMPARE(two[1], QByteArray("{\"b\":2}"));
    QCOMPARE(splitObjects("{\"a\":1}{\"b\"").size(), size_t(1));
    QCOMPARE(splitObjects("text").size(), size_t(1));
}

void tst_chat_values::trackedArguments()
{
    ArgumentsTracker tracker;
    tracker.feed(TextView::escaped(" \\n"));
    QVERIFY(tracker.isEmpty());
    tracker.feed(TextView::escaped("{\\\"a\\\":\\\"}\\\\\\\"\\u007d"));
    QVERIFY(!tracker.isEmpty() && !tracker.isWhole());
    tracker.feed(TextView::plain("\"}"));
    QVERIFY(tracker.isWhole());
    QCOMPARE(tracker.objects(), 1);
}

void tst_chat_values::finishWords()
{
    bool isKnown = false;
    QCOMPARE(finishFromWord("MAX_TOKENS", &isKnown), Finish::Length);
    QVERIFY(isKnown);
    QCOMPARE(finishFromWord("end_turn"), Finish::Stop);
    QCOMPARE(finishFromWord("PROHIBITED_CONTENT"), Finish::ContentFilter);
    QCOMPARE(finishFromWord("tired", &isKnown), Finish::Stop);
    QVERIFY(!isKnown);
}

void tst_chat_values::changesAreSaid()
{
    Changes changes;
    changes.drop("top_k", "40", "no-top-k");
    changes.drop("top_k", "40", "no-top-k");
    changes.clamp("temperature", "1.4", "1", "temperature-range");
    changes.note(Deed::Repaired, "messages[2]", "", "", "history-orphan-result");
    QCOMPARE(changes.droppedHeader(), QByteArray("top_k, temperature=1"));
    QVERIFY(!changes.isRejected());
    for (int i = 0; i < 300; ++i)
        changes.drop(QByteArray("metadata_").append(QByteArray::number(i)), QByteArray(500, 'x'),
                     "hint");
    QCOMPARE(changes.entries().size(), size_t(Changes::kLimit));
    QVERIFY(changes.unlisted() > 0);
    QVERIFY(changes.droppedHeader().size() <= Changes::kHeaderLimit);
    QVERIFY(changes.entries().back().from.size() <= Changes::kValueLimit);
}

void tst_chat_values::strictnessRejects()
{
    Changes changes(true);
    changes.note(Deed::Mapped, "max_tokens", "5", "5", "name");
    QVERIFY(!changes.isRejected());
    changes.drop("top_k", "40", "no-top-k");
    changes.reject("n", "later");
    QCOMPARE(changes.rejection()->param, QByteArray("top_k"));
    QCOMPARE(changes.rejection()->code, QByteArray("not_supported"));
}

QTEST_APPLESS_MAIN(tst_chat_values)
#include "tst_chat_values.moc"
