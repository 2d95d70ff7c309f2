// The full reader and the writer: JSONTestSuite's verdicts, round trips, places of errors.
#include "base/random.h"
#include "json/reader.h"
#include "json/writer.h"

#include <QDir>
#include <QTest>

using namespace sb;
using json::Value;

class TestJson : public QObject {
    Q_OBJECT

private slots:
    void verdicts_data();
    void verdicts();
    void keepsOrderAndNumbers();
    void placesOfErrors_data();
    void placesOfErrors();
    void limits();
    void writesEscapes();
    void pretty();
    void randomRoundTrips();
};

static QString corpus(const char *folder)
{
    const QString root = qEnvironmentVariable("SIGNALBOX_CORPORA");
    return root.isEmpty() ? QString() : root + QLatin1Char('/') + QLatin1String(folder);
}

static QByteArray fileBytes(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("cannot read");
}

void TestJson::verdicts_data()
{
    QTest::addColumn<QString>("path");
    const QString folder = corpus("json/test_parsing");
    if (folder.isEmpty())
        QSKIP("SIGNALBOX_CORPORA is not set");
    const QStringList names = QDir(folder).entryList({QStringLiteral("*.json")}, QDir::Files);
    QVERIFY(names.size() >= 300);
    for (const QString &name : names)
        QTest::newRow(qPrintable(name)) << folder + QLatin1Char('/') + name;
}

void TestJson::verdicts()
{
    QFETCH(QString, path);
    const QByteArray text = fileBytes(path);
    const Result<Value> result = json::read(text);
    const QChar verdict = QFileInfo(path).fileName().front();
    if (verdict == QLatin1Char('y'))
        QVERIFY2(result, result ? "" : qPrintable(result.error().detail));
    if (verdict == QLatin1Char('n'))
        QVERIFY(!result);
    if (result) {
        const QByteArray once = json::write(*result);
        const Result<Value> again = json::read(once);
        QVERIFY(again);
        QVERIFY(*again == *result);
        QCOMPARE(json::write(*again), once);
        const Result<Value> spread = json::read(json::write(*result, json::Writer::Style::Pretty));
        QVERIFY(spread && *spread == *result);
    }
}

void TestJson::keepsOrderAndNumbers()
{
    const QByteArray text
        = "{\"z\":1.0,\"a\":12345678901234567890123,\"//\":\"why\",\"m\":[-0,1E400,true,null]}";
    const Result<Value> value = json::read(text);
    QVERIFY(value);
    QCOMPARE(json::write(*value), text);
    QCOMPARE(value->members().first().key, QByteArray("z"));
    QVERIFY(!value->find("z")->toInt());
    QCOMPARE(value->find("//")->text(), QByteArray("why"));
    QCOMPARE(value->find("m")->items().size(), 4);
    QVERIFY(!value->find("a")->toInt());
    QVERIFY(!value->find("nothing"));
}

void TestJson::placesOfErrors_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<int>("offset");
    QTest::addColumn<QByteArray>("path");
    QTest::newRow("empty") << QByteArray("") << 0 << QByteArray("");
    QTest::newRow("bare word") << QByteArray("{\"a\":[1,{\"b\":yes}]}") << 13
                               << QByteArray("a[1].b");
    QTest::newRow("comma") << QByteArray("{\"a\":1 \"b\":2}") << 7 << QByteArray("");
    QTest::newRow("escape") << QByteArray("{\"a\":\"x\\q\"}") << 7 << QByteArray("a");
    QTest::newRow("utf-8") << QByteArray("[\"\xC3\x28\"]") << 2 << QByteArray("");
    QTest::newRow("tail") << QByteArray("{} x") << 3 << QByteArray("");
    QTest::newRow("open string") << QByteArray("[\"ab") << 4 << QByteArray("[0]");
}

void TestJson::placesOfErrors()
{
    QFETCH(QByteArray, text);
    QFETCH(int, offset);
    QFETCH(QByteArray, path);
    json::ReadFailure failure;
    QVERIFY(!json::read(text, {}, &failure));
    QCOMPARE(int(failure.offset), offset);
    QCOMPARE(failure.path, path);
}

void TestJson::limits()
{
    const auto nested
        = [](int depth) -> QByteArray { return QByteArray(depth, '[') + QByteArray(depth, ']'); };
    QVERIFY(json::read(nested(256)));
    QVERIFY(!json::read(nested(257)));

    QCOMPARE(json::ReadLimits().members, 10'000);
    QCOMPARE(json::ReadLimits().values, 2'000'000);
    json::ReadLimits few;
    few.members = 2;
    QVERIFY(json::read("{\"a\":1,\"b\":2}", few));
    QVERIFY(!json::read("{\"a\":1,\"b\":2,\"c\":3}", few));
    few.values = 3;
    QVERIFY(json::read("[1,2]", few));
    QVERIFY(!json::read("[1,2,3]", few));

    json::ReadLimits strict;
    strict.areEqualKeysAllowed = false;
    json::ReadFailure failure;
    const Result<Value> twice = json::read("{\"a\":1,\"\\u0061\":2}", strict, &failure);
    QVERIFY(!twice);
    QCOMPARE(twice.error().code, QStringLiteral("duplicate_key"));
    QCOMPARE(failure.path, QByteArray("a"));
    QVERIFY(json::read("{\"a\":1,\"a\":2}"));
}

void TestJson::writesEscapes()
{
    json::Writer writer;
    writer.beginObject();
    writer.member("t", "a\"b\\c\n\x01\x1f/");
    writer.member("big", std::numeric_limits<quint64>::max());
    writer.member("least", std::numeric_limits<qint64>::min());
    writer.member("yes", true);
    writer.member("none", nullptr);
    writer.member("half", 0.5);
    writer.member("bad", QByteArrayView("x\xC3(y\xED\xA0\x80"));
    const QChar lone[] = {QLatin1Char('q'), QChar(0xD83D)};
    writer.member("lone", QStringView(lone, 2));
    writer.key("list").beginArray().number(1).string(QByteArrayView("two")).raw("[3]").endArray();
    writer.endObject();
    QCOMPARE(writer.take(),
             QByteArray("{\"t\":\"a\\\"b\\\\c\\n\\u0001\\u001f/\",\"big\":18446744073709551615,"
                        "\"least\":-9223372036854775808,\"yes\":true,\"none\":null,\"half\":0.5,"
                        "\"bad\":\"x\xEF\xBF\xBD(y\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\","
                        "\"lone\":\"q\xEF\xBF\xBD\",\"list\":[1,\"two\",[3]]}"));
}

void TestJson::pretty()
{
    const Result<Value> value = json::read("{\"a\":[],\"b\":{},\"c\":[1,{\"d\":2}]}");
    QVERIFY(value);
    QCOMPARE(json::write(*value, json::Writer::Style::Pretty),
             QByteArray("{\n  \"a\": [],\n  \"b\": {},\n  \"c\": [\n    1,\n    {\n      \"d\": "
                        "2\n    }\n  ]\n}\n"));
}

// A random tree; strings hold every sort of character.
static Value randomValue(SeededRandom &random, int depth)
{
    switch (random.below(depth > 5 ? 4 : 6)) {
    case 0:
        return random.below(2) ? Value() : Value::boolean(random.below(2));
    case 1:
        return Value::number(qint64(random.next()));
    case 2:
        return Value::number(random.unit() * 1e9);
    case 3: {
        QString text;
        for (quint64 i = random.below(12); i > 0; --i) {
            char32_t code = char32_t(random.below(random.below(2) ? 0x110000 : 0x80));
            if (code >= 0xD800 && code <= 0xDFFF)
                code = U'x';
            text += QString::fromUcs4(&code, 1);
        }
        return Value::string(text);
    }
    case 4: {
        Value array = Value::array();
        for (quint64 i = random.below(5); i > 0; --i)
            array.append(randomValue(random, depth + 1));
        return array;
    }
    default: {
        Value object = Value::object();
        for (quint64 i = random.below(5); i > 0; --i)
            object.set(QByteArray::number(random.below(100)), randomValue(random, depth + 1));
        return object;
    }
    }
}

void TestJson::randomRoundTrips()
{
    SeededRandom random(7);
    for (int i = 0; i < 2000; ++i) {
        const Value value = randomValue(random, 0);
        for (const auto style : {json::Writer::Style::Compact, json::Writer::Style::Pretty}) {
            const QByteArray text = json::write(value, style);
            const Result<Value> again = json::read(text);
            QVERIFY2(again, text.constData());
            QVERIFY2(*again == value, text.constData());
        }
    }
}

QTEST_APPLESS_MAIN(TestJson)
#include "tst_json.moc"
