#include "config/config_file.h"
#include "json/reader.h"

#include "config/contract_example.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

#include <sys/stat.h>

using namespace sb;
using namespace sb::config;

namespace {
QByteArray read(const QString &path)
{
    QFile file(path);
    return file.open(QFile::ReadOnly) ? file.readAll() : QByteArray();
}

int modeOf(const QString &path)
{
    struct stat info;
    return ::stat(QFile::encodeName(path).constData(), &info) == 0 ? int(info.st_mode & 0777) : -1;
}
} // namespace

class TestConfigFile : public QObject {
    Q_OBJECT

    QTemporaryDir m_dir;
    QString at(const QString &name) const { return m_dir.filePath(name); }

private slots:
    void newFilesArePrivate();
    void modesAndLinksAreKept();
    void failuresLeaveTheOldFile();
    void reading();
    void paths();
    void edits_data();
    void edits();
    void badEdits_data();
    void badEdits();
    void editsKeepTheRest();
};

void TestConfigFile::newFilesArePrivate()
{
    const mode_t before = ::umask(0);
    const QString path = at(QStringLiteral("a/b/config.json"));
    QVERIFY(writeConfigFile(path, "{}"));
    ::umask(before);
    QCOMPARE(read(path), QByteArray("{}"));
    QCOMPARE(modeOf(path), 0600);
    QCOMPARE(modeOf(at(QStringLiteral("a/b"))), 0700);
    QCOMPARE(QDir(at(QStringLiteral("a/b"))).entryList(QDir::Files | QDir::Hidden).size(), 1);
}

void TestConfigFile::modesAndLinksAreKept()
{
    QVERIFY(QDir().mkpath(at(QStringLiteral("dotfiles"))));
    QVERIFY(QDir().mkpath(at(QStringLiteral("links"))));
    const QString real = at(QStringLiteral("dotfiles/real.json"));
    QVERIFY(writeConfigFile(real, "1"));
    ::chmod(QFile::encodeName(real).constData(), 0640);
    // A link to a link, the second one relative.
    const QString second = at(QStringLiteral("links/second.json"));
    const QString first = at(QStringLiteral("links/first.json"));
    QVERIFY(QFile::link(QStringLiteral("../dotfiles/real.json"), second));
    QVERIFY(QFile::link(second, first));
    QVERIFY(writeConfigFile(first, "2"));
    QVERIFY(QFileInfo(first).isSymbolicLink());
    QVERIFY(QFileInfo(second).isSymbolicLink());
    QCOMPARE(read(real), QByteArray("2"));
    QCOMPARE(modeOf(real), 0640);
    // A dangling link is filled, not replaced.
    const QString dangling = at(QStringLiteral("links/dangling.json"));
    QVERIFY(QFile::link(at(QStringLiteral("dotfiles/new.json")), dangling));
    QVERIFY(writeConfigFile(dangling, "3"));
    QVERIFY(QFileInfo(dangling).isSymbolicLink());
    QCOMPARE(read(at(QStringLiteral("dotfiles/new.json"))), QByteArray("3"));
}

void TestConfigFile::failuresLeaveTheOldFile()
{
    const QString folder = at(QStringLiteral("folder.json"));
    QVERIFY(QDir().mkpath(folder));
    QVERIFY(!writeConfigFile(folder, "x"));
    const QString loop = at(QStringLiteral("loop.json"));
    QVERIFY(QFile::link(loop, loop));
    QVERIFY(!writeConfigFile(loop, "x"));
    QVERIFY(!readConfigFile(loop));
}

void TestConfigFile::reading()
{
    QCOMPARE(readConfigFile(at(QStringLiteral("none"))).error().code,
             QStringLiteral("config_missing"));
    QCOMPARE(readConfigFile(m_dir.path()).error().code, QStringLiteral("config_file"));
    QCOMPARE(::mkfifo(QFile::encodeName(at(QStringLiteral("pipe"))).constData(), 0600), 0);
    QCOMPARE(readConfigFile(at(QStringLiteral("pipe"))).error().code,
             QStringLiteral("config_file"));
    QVERIFY(writeConfigFile(at(QStringLiteral("f")), contractExample()));
    QCOMPARE(*readConfigFile(at(QStringLiteral("f"))), contractExample());
}

void TestConfigFile::paths()
{
    qputenv("XDG_CONFIG_HOME", "/cfg/");
    qputenv("XDG_DATA_HOME", "/data");
    QCOMPARE(defaultConfigPath(), QStringLiteral("/cfg/signalbox/config.json"));
    QCOMPARE(defaultDataDir(), QStringLiteral("/data/signalbox"));
    qputenv("XDG_CONFIG_HOME", "relative");
    qunsetenv("XDG_DATA_HOME");
    qputenv("HOME", "/home/x");
    QCOMPARE(defaultDataDir(), QStringLiteral("/home/x/.local/share/signalbox"));
    QCOMPARE(defaultConfigPath(), QStringLiteral("/home/x/.config/signalbox/config.json"));
}

void TestConfigFile::edits_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("path");
    QTest::addColumn<QByteArray>("json"); // empty: remove
    QTest::addColumn<QByteArray>("result");
    const auto row = [](const char *name, const char *text, const char *path, const char *json,
                        const char *result) {
        QTest::newRow(name) << QByteArray(text) << QString::fromUtf8(path) << QByteArray(json)
                            << QByteArray(result);
    };
    row("replace", "{\"a\": 1, \"b\": 2}", "a", "7", "{\"a\": 7, \"b\": 2}");
    row("replace keeps odd layout", "{ \"a\" :\t1 ,\n\n\"b\":2}", "b", "[1]",
        "{ \"a\" :\t1 ,\n\n\"b\":[1]}");
    row("replace in array", "{\"a\": [1, 2, 3]}", "a[1]", "9", "{\"a\": [1, 9, 3]}");
    row("dollar", "{\"a\": {\"b\": 1}}", "$.a.b", "2", "{\"a\": {\"b\": 2}}");
    row("quoted key", "{\"aliases\": {\"gpt-4.1\": \"x\"}}", "$.aliases[\"gpt-4.1\"]", "\"y\"",
        "{\"aliases\": {\"gpt-4.1\": \"y\"}}");
    row("escaped key", "{\"a\\u0062\": 1}", "ab", "2", "{\"a\\u0062\": 2}");
    row("last of equals", "{\"a\": 1, \"a\": 2}", "a", "3", "{\"a\": 1, \"a\": 3}");
    row("add on one line", "{\"a\": 1}", "b", "2", "{\"a\": 1, \"b\": 2}");
    row("add on own line", "{\n  \"a\": 1\n}\n", "b", "2", "{\n  \"a\": 1,\n  \"b\": 2\n}\n");
    row("add to empty", "{}", "a", "1", "{\n  \"a\": 1\n}");
    row("append", "{\"a\": [1]}", "a[+]", "2", "{\"a\": [1, 2]}");
    row("append on own line", "{\n    \"a\": [\n        1\n    ]\n}", "a[+]", "2",
        "{\n    \"a\": [\n        1,\n        2\n    ]\n}");
    row("append to nothing", "{\"x\": 1}", "a[+]", "2", "{\"x\": 1, \"a\": [2]}");
    row("append deep into nothing", "{\"x\": 1}", "a[+].b", "2",
        "{\"x\": 1, \"a\": [\n  {\n    \"b\": 2\n  }\n]}");
    row("append by index", "{\"a\": [1]}", "a[1]", "2", "{\"a\": [1, 2]}");
    row("objects in between", "{\"x\": 1}", "routing.trip_after", "4",
        "{\"x\": 1, \"routing\": {\"trip_after\": 4}}");
    row("remove first", "{\"a\": 1, \"b\": 2}", "a", "", "{\"b\": 2}");
    row("remove last", "{\"a\": 1, \"b\": 2}", "b", "", "{\"a\": 1}");
    row("remove only", "{ \"a\": 1 }", "a", "", "{}");
    row("remove item", "{\"a\": [1, 2, 3]}", "a[1]", "", "{\"a\": [1, 3]}");
    row("remove on own line", "{\n  \"a\": 1,\n  \"b\": 2\n}", "a", "", "{\n  \"b\": 2\n}");
    row("remove what is not there", "{\"a\": 1}", "b", "", "{\"a\": 1}");
    row("brackets in strings", "{\"a\": \"}]\\\"{\", \"b\": [\"]\"]}", "b[0]", "1",
        "{\"a\": \"}]\\\"{\", \"b\": [1]}");
    row("nested value is spread out", "{\n  \"a\": 1\n}", "b", "{\"c\": [{\"d\": 1}]}",
        "{\n  \"a\": 1,\n  \"b\": {\n    \"c\": [\n      {\n        \"d\": 1\n      }\n    ]\n  "
        "}\n}");
}

void TestConfigFile::edits()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, path);
    QFETCH(QByteArray, json);
    QFETCH(QByteArray, result);
    const auto value = json.isEmpty() ? std::nullopt : std::optional(json::read(json).value());
    const Result<QByteArray> done = edit(text, path, value);
    QVERIFY2(done, done ? "" : qPrintable(done.error().detail));
    // Values are written compactly when short; blanks inside them are the writer's.
    QByteArray wanted = result;
    if (!json.isEmpty() && path == u"routing.trip_after")
        wanted.replace("{\"trip_after\": 4}", "{\"trip_after\":4}");
    QCOMPARE(*done, wanted);
    QVERIFY(json::read(*done));
}

void TestConfigFile::badEdits_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QString>("path");
    const QByteArray sound("{\"a\": [1], \"b\": 1}");
    QTest::newRow("broken text") << QByteArray("{") << QStringLiteral("a");
    QTest::newRow("two dots") << sound << QStringLiteral("a..b");
    QTest::newRow("dot first") << sound << QStringLiteral(".a");
    QTest::newRow("dot last") << sound << QStringLiteral("a.");
    QTest::newRow("open bracket") << sound << QStringLiteral("a[0");
    QTest::newRow("no number") << sound << QStringLiteral("a[x]");
    QTest::newRow("minus") << sound << QStringLiteral("a[-1]");
    QTest::newRow("no dot") << sound << QStringLiteral("a[0]b");
    QTest::newRow("open quote") << sound << QStringLiteral("[\"a]");
    QTest::newRow("quote at end") << sound << QStringLiteral("[\"a\"");
    QTest::newRow("backslash at end") << sound << QStringLiteral("[\"a\\");
    QTest::newRow("past the end") << sound << QStringLiteral("a[2]");
    QTest::newRow("through a number") << sound << QStringLiteral("b.c");
    QTest::newRow("index into object") << sound << QStringLiteral("[0]");
    QTest::newRow("key into array") << sound << QStringLiteral("a.x");
}

void TestConfigFile::badEdits()
{
    QFETCH(QByteArray, text);
    QFETCH(QString, path);
    QVERIFY(!edit(text, path, json::Value::number(1)));
}

void TestConfigFile::editsKeepTheRest()
{
    const QByteArray comment = "  \"//\": \"mine\",\n  \"future\": {\"x\":  [1,2]},\n";
    QByteArray text = contractExample();
    text.insert(2, comment);
    const QByteArray before = text;
    const auto value = json::read("{\"id\": \"x\", \"from\": \"sim\"}");
    Result<QByteArray> done = edit(text, QStringLiteral("providers[+]"), *value);
    QVERIFY(done);
    QVERIFY(done->contains(comment));
    done = edit(*done, QStringLiteral("providers[3]"), std::nullopt);
    QVERIFY(done);
    QCOMPARE(*done, before); // there and back again, byte for byte
}

QTEST_APPLESS_MAIN(TestConfigFile)
#include "tst_config_file.moc"
