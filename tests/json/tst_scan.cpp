// The structural scan: verdicts equal to the full reader's, spans, and edits by splicing.
#include "base/random.h"
#include "json/reader.h"
#include "json/scan.h"
#include "json/splice.h"
#include "json/text.h"
#include "json/writer.h"

#include <QDir>
#include <QElapsedTimer>
#include <QTest>

using namespace sb;

class TestScan : public QObject {
    Q_OBJECT

private slots:
    void verdicts_data();
    void verdicts();
    void agreesWithTheReader();
    void escapesAcrossBlocks();
    void readsNodes();
    void kinds();
    void wholeNumbers_data();
    void wholeNumbers();
    void shrinks();
    void failures_data();
    void failures();
    void depth();
    void splices_data();
    void splices();
    void isFast();
};

void TestScan::verdicts_data()
{
    QTest::addColumn<QString>("path");
    const QString root = qEnvironmentVariable("SIGNALBOX_CORPORA");
    if (root.isEmpty())
        QSKIP("SIGNALBOX_CORPORA is not set");
    const QDir folder(root + QStringLiteral("/json/test_parsing"));
    const QStringList names = folder.entryList({QStringLiteral("*.json")}, QDir::Files);
    QVERIFY(names.size() >= 300);
    for (const QString &name : names)
        QTest::newRow(qPrintable(name)) << folder.filePath(name);
}

void TestScan::verdicts()
{
    QFETCH(QString, path);
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray text = file.readAll();
    json::Scan scan;
    const bool isSound = scan.run(text);
    const QChar verdict = QFileInfo(path).fileName().front();
    if (verdict == QLatin1Char('y'))
        QVERIFY2(isSound, scan.failure().what);
    if (verdict == QLatin1Char('n'))
        QVERIFY(!isSound);
    QCOMPARE(isSound, json::read(text).has_value());
}

// Two readers written apart must judge every damaged document alike.
void TestScan::agreesWithTheReader()
{
    const QByteArray seed
        = "{\"a\":[1,-2.5e+3,true,null,\"x\\u00e9\\n\\\\\"],\"b\":{\"\xC3\xA9\":{}},"
          "\"c\": [ [ ] , \"\" ] , \"d\":false,\"e\":\"\\ud83d\\ude00 tail\"}\n";
    json::Scan scan;
    QVERIFY(scan.run(seed));
    for (qsizetype i = 0; i < seed.size(); ++i) {
        const QByteArray cut = seed.first(i);
        QCOMPARE(scan.run(cut), json::read(cut).has_value());
    }
    SeededRandom random(11);
    static constexpr char kBytes[] = "{}[]:,\"\\ 0123456789.eE+-truefalsn\n\t\x01\x80\xC3\xFF/u";
    for (int round = 0; round < 30000; ++round) {
        QByteArray text = seed;
        for (quint64 n = 1 + random.below(3); n > 0; --n) {
            const qsizetype at = qsizetype(random.below(quint64(text.size())));
            const char byte = kBytes[random.below(sizeof kBytes - 1)];
            switch (random.below(3)) {
            case 0:
                text[at] = byte;
                break;
            case 1:
                text.insert(at, byte);
                break;
            default:
                text.remove(at, 1);
            }
        }
        QVERIFY2(scan.run(text) == json::read(text).has_value(), text.toHex().constData());
    }
}

// The escapes are checked in blocks of 64 bytes; runs of backslashes must not care where they end.
void TestScan::escapesAcrossBlocks()
{
    SeededRandom random(5);
    static constexpr char kBytes[] = "\\\\\\\\nu0f\"xyzabcdef   \xc3";
    int sound = 0;
    for (int round = 0; round < 20000; ++round) {
        QByteArray text(qsizetype(random.below(300)), 'x');
        // Some texts have few escapes, so that many are sound.
        const quint64 share = 1 + random.below(40);
        for (char &c : text) {
            if (random.below(share) == 0)
                c = kBytes[random.below(sizeof kBytes - 1)];
        }
        if (random.below(2)) {
            // Whole escapes only, at any offset.
            text.clear();
            while (text.size() < 250) {
                static constexpr const char *kPieces[]
                    = {"x", "\\n", "\\\\", "\\u00e9", "abc", "\\\"", "\\/\\b\\f\\r\\t"};
                text += kPieces[random.below(7)];
            }
            if (random.below(4) == 0)
                text.remove(qsizetype(random.below(quint64(text.size()))), 1);
        }
        QByteArray plain;
        const bool isSound = json::unescape(text, plain);
        sound += isSound;
        bool hasAny = false;
        bool isAscii = false;
        QVERIFY2(json::hasSoundEscapes(text, &hasAny, &isAscii) == isSound, text.constData());
        if (!isSound)
            continue;
        QCOMPARE(hasAny, text.contains('\\'));
        QCOMPARE(isAscii,
                 std::none_of(text.cbegin(), text.cend(), [](char c) { return quint8(c) > 127; }));
    }
    QVERIFY(sound > 2000);
}

void TestScan::readsNodes()
{
    const QByteArray text
        = " { \"model\" : \"gpt\\u002d4\" , \"n\":2.0, \"list\":[1,{\"k\":[]},\"z\"],"
          "\"\\u006eull\":null,\"n\":3,\"big\":9223372036854775807,\"t\":true } ";
    json::Scan scan;
    QVERIFY(scan.run(text));
    const json::Node root = scan.root();
    QVERIFY(root.isObject());
    QCOMPARE(root.find("model").text(), QByteArray("gpt-4"));
    QVERIFY(root.find("model").is("gpt-4"));
    QCOMPARE(root.find("model").raw(), QByteArrayView("\"gpt\\u002d4\""));
    QCOMPARE(root.find("n").toInt(), 3);
    QVERIFY(root.find("null").isNull());
    QVERIFY(root.find("t").isTrue());
    QCOMPARE(root.find("big").toInt(), std::numeric_limits<qint64>::max());
    QVERIFY(!root.find("missing").exists());
    QVERIFY(!root.find("missing").find("deeper").exists());
    QCOMPARE(root.find("list").raw(), QByteArrayView("[1,{\"k\":[]},\"z\"]"));
    QByteArrayList seen;
    for (const json::Node item : root.find("list").items())
        seen.append(item.raw().toByteArray());
    QCOMPARE(seen, (QByteArrayList{"1", "{\"k\":[]}", "\"z\""}));
    QByteArrayList keys;
    for (const json::Entry entry : root.entries())
        keys.append(entry.key.text());
    QCOMPARE(keys, (QByteArrayList{"model", "n", "list", "null", "n", "big", "t"}));
    const json::Span place = root.span();
    QCOMPARE(int(place.from), 1);
    QCOMPARE(int(place.end()), int(text.size()) - 1);
}

void TestScan::kinds()
{
    using Kind = json::Node::Kind;
    const QByteArray text = R"([{},[],"s",true,false,null,-1.5])";
    json::Scan scan;
    QVERIFY(scan.run(text));
    QList<Kind> seen;
    for (const json::Node item : scan.root().items())
        seen.append(item.kind());
    QCOMPARE(seen,
             (QList<Kind>{Kind::Object, Kind::Array, Kind::String, Kind::Bool, Kind::Bool,
                          Kind::Null, Kind::Number}));
    QCOMPARE(json::Node().kind(), Kind::Absent);
}

void TestScan::wholeNumbers_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<bool>("isWhole");
    QTest::addColumn<qint64>("value");
    const auto row = [](const char *text, bool isWhole, qint64 value) {
        QTest::newRow(text) << QByteArray(text) << isWhole << value;
    };
    row("0", true, 0);
    row("-0", true, 0);
    row("12", true, 12);
    row("-12", true, -12);
    row("7.000", true, 7);
    row("7.001", false, 0);
    row("7e0", false, 0);
    row("9223372036854775807", true, std::numeric_limits<qint64>::max());
    row("-9223372036854775808", true, std::numeric_limits<qint64>::min());
    row("9223372036854775808", false, 0);
    row("-9223372036854775809", false, 0);
    row("10000000000000000000", false, 0);
    row("\"7\"", false, 0);
    row("true", false, 0);
    row("[7]", false, 0);
}

void TestScan::wholeNumbers()
{
    QFETCH(QByteArray, text);
    QFETCH(bool, isWhole);
    QFETCH(qint64, value);
    json::Scan scan;
    QVERIFY(scan.run(text));
    qint64 seen = 0;
    QCOMPARE(scan.root().readInt(seen), isWhole);
    QCOMPARE(seen, value);
}

// A large text leaves no room behind that nobody needs, and what follows is read as before.
void TestScan::shrinks()
{
    json::Scan scan;
    const QByteArray large = QByteArray("[\"") + QByteArray(100'000, 'x') + "\"]";
    QVERIFY(scan.run(large));
    scan.shrink(1'000'000);
    QVERIFY(scan.root().isArray()); // small enough to stay
    scan.shrink(10'000);
    QVERIFY(scan.run("{\"a\":[1,2]}"));
    QCOMPARE(scan.root().find("a").raw(), QByteArrayView("[1,2]"));
}

void TestScan::failures_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<int>("offset");
    QTest::newRow("empty") << QByteArray("") << 0;
    QTest::newRow("bare word") << QByteArray("{\"a\":yes}") << 5;
    QTest::newRow("no comma") << QByteArray("[1 2]") << 3;
    QTest::newRow("glued") << QByteArray("[1\"a\"]") << 1;
    QTest::newRow("utf-8") << QByteArray("[\"\xC3\x28\"]") << 2;
    QTest::newRow("tail") << QByteArray("{} x") << 3;
    QTest::newRow("cut") << QByteArray("{\"a\":") << 5;
}

void TestScan::failures()
{
    QFETCH(QByteArray, text);
    QFETCH(int, offset);
    json::Scan scan;
    QVERIFY(!scan.run(text));
    QCOMPARE(int(scan.failure().offset), offset);
    QVERIFY(!scan.root().exists());
}

void TestScan::depth()
{
    json::Scan scan;
    for (const int depth : {1, 255, 256}) {
        const QByteArray text = QByteArray(depth, '[') + QByteArray(depth, ']');
        QVERIFY(scan.run(text));
    }
    const QByteArray deep = QByteArray(257, '[') + QByteArray(257, ']');
    QVERIFY(!scan.run(deep));
    QVERIFY(!scan.run(QByteArray(100'000, '[')));
}

void TestScan::splices_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("expected");
    QTest::newRow("first") << QByteArray("{\"x\":1, \"b\":2}") << QByteArray("{\"b\":2}");
    QTest::newRow("middle") << QByteArray("{\"a\":1 , \"x\":[1] ,\"b\":2}")
                            << QByteArray("{\"a\":1 , \"b\":2}");
    QTest::newRow("last") << QByteArray("{\"a\":1 , \"x\" : {} }") << QByteArray("{\"a\":1  }");
    QTest::newRow("only") << QByteArray("{ \"x\":null }") << QByteArray("{  }");
}

void TestScan::splices()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, expected);
    json::Scan scan;
    QVERIFY(scan.run(text));
    json::Splice splice(text);
    QVERIFY(splice.isEmpty());
    QCOMPARE(splice.parts().size(), 1);
    for (const json::Entry entry : scan.root().entries()) {
        if (entry.key.is("x"))
            splice.remove(json::memberSpan(text, entry.key.span(), entry.value.span()));
    }
    const QByteArray changed = splice.parts().join();
    QCOMPARE(changed, expected);
    QVERIFY(scan.run(changed));
}

// Prints what a scan costs; the bound only catches a change of order.
void TestScan::isFast()
{
    json::Writer writer;
    writer.beginObject().member("model", "m").key("messages").beginArray();
    const QByteArray code
        = QByteArray("    if (value == \"text\") {\n        return call(value, 42);\n    }\n")
              .repeated(40);
    while (writer.text().size() < 1'000'000) {
        writer.beginObject().member("role", "user").member("content", code).endObject();
    }
    writer.endArray().endObject();
    const QByteArray text = writer.take();
    json::Scan scan;
    QVERIFY(scan.run(text));
    qint64 best = std::numeric_limits<qint64>::max();
    for (int i = 0; i < 50; ++i) {
        QElapsedTimer timer;
        timer.start();
        QVERIFY(scan.run(text));
        best = qMin(best, timer.nsecsElapsed());
    }
    const QByteArray event
        = "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1750000000,"
          "\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" hello\"},"
          "\"logprobs\":null,\"finish_reason\":null}],\"usage\":null}";
    QElapsedTimer timer;
    timer.start();
    for (int i = 0; i < 100'000; ++i)
        QVERIFY(scan.run(event));
    qInfo("%lld bytes of conversation: %.0f us; an event of %lld bytes: %.0f ns",
          qlonglong(text.size()), double(best) / 1e3, qlonglong(event.size()),
          double(timer.nsecsElapsed()) / 1e5);
    QVERIFY(best < 50'000'000);
}

QTEST_APPLESS_MAIN(TestScan)
#include "tst_scan.moc"
