#include "base/log.h"

#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QtTest>

#include <sys/stat.h>
#include <thread>
#include <unistd.h>

using namespace sb;

namespace {

QByteArray read(const QString &path)
{
    QFile file(path);
    return file.open(QFile::ReadOnly) ? file.readAll() : QByteArray();
}

QString messageOf(const QByteArray &line)
{
    return QJsonDocument::fromJson(line).object().value(QStringLiteral("msg")).toString();
}

} // namespace

class TestLog : public QObject {
    Q_OBJECT

    QTemporaryDir m_dir;

private slots:
    void cleanup() { log::stop(); }

    void aLineIsOneObject();
    void harmfulCharacters_data();
    void harmfulCharacters();
    void longMessagesAreCut();
    void secretsInEveryForm_data();
    void secretsInEveryForm();
    void secretsStayOutOfTheFile();
    void shortWordsAreNoSecrets();
    void filesArePrivateAndRotated();
    void linksAreNotWrittenThrough();
    void anyThreadMayLog();
    void debugIsOff();
};

void TestLog::aLineIsOneObject()
{
    const QByteArray line
        = log::jsonLine(QtWarningMsg, "signalbox.engine",
                        QStringLiteral("port \"7317\" taken\nby \\ someone"), 1'795'367'582'123);
    QVERIFY(!line.contains('\n'));
    QJsonParseError error;
    const QJsonObject object = QJsonDocument::fromJson(line, &error).object();
    QCOMPARE(error.error, QJsonParseError::NoError);
    QCOMPARE(object.value(QStringLiteral("level")).toString(), QStringLiteral("warning"));
    QCOMPARE(object.value(QStringLiteral("cat")).toString(), QStringLiteral("engine"));
    QCOMPARE(object.value(QStringLiteral("msg")).toString(),
             QStringLiteral("port \"7317\" taken\nby \\ someone"));
    QCOMPARE(object.value(QStringLiteral("t")).toString(),
             QStringLiteral("2026-11-22T17:13:02.123Z"));
    QVERIFY(line.startsWith(
        "{\"t\":\"2026-11-22T17:13:02.123Z\",\"level\":\"warning\",\"cat\":\"engine\","
        "\"msg\":"));

    const QByteArray plain
        = log::plainLine(QtInfoMsg, "default", QStringLiteral("a \"b\"\x1b[2J"), 1'795'367'582'123);
    QVERIFY2(plain.endsWith(" info default: a \"b\"\\u001b[2J"), plain.constData());
}

void TestLog::harmfulCharacters_data()
{
    QTest::addColumn<QString>("text");
    for (const char16_t c :
         {u'\x01', u'\n', u'\r', u'\x1b', u'\x7f', u'\x85', u'\x9b', u'\u2028', u'\u2029',
          u'\u202a', u'\u202e', u'\u2066', u'\u2069', u'\u200e', u'\u200f', u'\u061c', u'\ufeff'})
        QTest::addRow("U+%04X", unsigned(c)) << QString(QStringLiteral("a") + QChar(c) + u'b');
}

void TestLog::harmfulCharacters()
{
    QFETCH(QString, text);
    const QByteArray json = log::jsonLine(QtInfoMsg, "x", text, 0);
    const QByteArray plain = log::plainLine(QtInfoMsg, "x", text, 0);
    QVERIFY(!json.contains(text.toUtf8()));
    QVERIFY(!plain.contains(text.toUtf8()));
    QVERIFY(plain.contains("a\\u"));
    QCOMPARE(messageOf(json), text);
}

void TestLog::longMessagesAreCut()
{
    for (const QString &unit : {QStringLiteral("x"), QStringLiteral("\n"), QStringLiteral("é"),
                                QStringLiteral("😀"), QStringLiteral("\"")}) {
        const QByteArray line = log::jsonLine(QtInfoMsg, "x", unit.repeated(10'000), 0);
        QVERIFY(line.size() <= log::kMostBytes + 100);
        const QString message = messageOf(line);
        QVERIFY(message.endsWith(u'…'));
        QVERIFY(!message.contains(QChar::ReplacementCharacter));
        QCOMPARE(message.chopped(1), unit.repeated((message.size() - 1) / unit.size()));
    }
    const QString lone = QString(QChar(0xd800)) + u'x';
    QCOMPARE(messageOf(log::jsonLine(QtInfoMsg, "x", lone, 0)), QStringLiteral("?x"));
}

void TestLog::secretsInEveryForm_data()
{
    QTest::addColumn<QByteArray>("text");
    const QByteArray key = "sk-proj-a/b+c\"d\\e==%&Zz9";
    log::protect(Secret::fromView(key));
    log::protect(Secret::fromView("sk-proj-a/b+c")); // a prefix of the other
    log::protect(Secret::fromView("plainsecret123"));
    QTest::newRow("raw") << "key " + key + " end";
    QTest::newRow("twice") << key + key;
    QTest::newRow("percent") << "?key=" + key.toPercentEncoding();
    QTest::newRow("percent lower")
        << "?key=" + key.toPercentEncoding().toLower().replace("zz9", "Zz9");
    QTest::newRow("json") << QByteArray("{\"k\":\"sk-proj-a/b+c\\\"d\\\\e==%&Zz9\"}");
    QTest::newRow("json slash") << QByteArray("{\"k\":\"sk-proj-a\\/b+c\\\"d\\\\e==%&Zz9\"}");
    QTest::newRow("cut off") << QByteArray("the key " + key.first(12));
    QTest::newRow("cut off, base64") << QByteArray("plainsecret123").toBase64().first(15);
    QTest::newRow("base64") << key.toBase64();
    QTest::newRow("base64 url") << key.toBase64(QByteArray::Base64UrlEncoding
                                                | QByteArray::OmitTrailingEquals);
    for (const char *before : {"u:", "us:", "use:"})
        QTest::newRow(qPrintable(QStringLiteral("basic ") + QLatin1String(before)))
            << QByteArray(before + QByteArray("plainsecret123") + "tail").toBase64();
}

void TestLog::secretsInEveryForm()
{
    QFETCH(QByteArray, text);
    const QByteArray out = log::redacted(text);
    QVERIFY2(out.contains("[secret]"), out.constData());
    for (const char *part : {"sk-proj", "proj-a", "Zz9", "secret123", "c2stcHJvai"})
        QVERIFY2(!out.contains(part), out.constData());
    // No long rest of a base64 spelling either.
    const QByteArray line = log::jsonLine(QtInfoMsg, "x", QString::fromUtf8(text), 0);
    QVERIFY(line.contains("[secret]"));
    if (!text.contains("key") && !text.contains('{'))
        QVERIFY2(out.size() < text.size() && out.size() <= 30, out.constData());
}

void TestLog::secretsStayOutOfTheFile()
{
    const QString folder = m_dir.filePath(QStringLiteral("covered"));
    log::protect(Secret::fromView("sk-file-0123456789"));
    QVERIFY(log::start({folder, false, 20'000, 3}));
    qCInfo(lcEngine, "the key sk-file-0123456789 was used");
    log::stop();
    const QByteArray all = read(folder + QStringLiteral("/signalbox.log"));
    QVERIFY2(all.contains("the key [secret] was used"), all.constData());
    QVERIFY(!all.contains("sk-file"));
}

void TestLog::shortWordsAreNoSecrets()
{
    log::protect(Secret::fromView("info"));
    log::protect(Secret());
    QCOMPARE(log::redacted("info"), QByteArray("info"));
}

void TestLog::filesArePrivateAndRotated()
{
    const QString folder = m_dir.filePath(QStringLiteral("log"));
    const mode_t before = ::umask(0);
    QVERIFY(log::start({folder, false, 2'000, 3}));
    for (int i = 0; i < 200; ++i)
        qCInfo(lcEngine, "line %d", i);
    log::stop();
    ::umask(before);
    const QStringList names = QDir(folder).entryList(QDir::Files, QDir::Name);
    QCOMPARE(names,
             (QStringList{QStringLiteral("signalbox.1.log"), QStringLiteral("signalbox.2.log"),
                          QStringLiteral("signalbox.log")}));
    QByteArray all;
    for (const char *name : {"signalbox.2.log", "signalbox.1.log", "signalbox.log"}) {
        const QString path = folder + u'/' + QLatin1String(name);
        struct stat info;
        QCOMPARE(::stat(QFile::encodeName(path).constData(), &info), 0);
        QCOMPARE(int(info.st_mode & 0777), 0600);
        QVERIFY(info.st_size <= 2'000);
        all += read(path);
    }
    // The newest lines are there, whole and in order, the oldest are gone.
    const QList<QByteArray> lines = all.trimmed().split('\n');
    QVERIFY(lines.size() > 30);
    for (qsizetype i = 0; i < lines.size(); ++i)
        QCOMPARE(messageOf(lines[i]), QStringLiteral("line %1").arg(200 - lines.size() + i));

    // A new start goes on in the same file.
    QVERIFY(log::start({folder, false, 2'000, 3}));
    qCInfo(lcEngine, "again");
    log::stop();
    QVERIFY(read(folder + QStringLiteral("/signalbox.log")).endsWith("\"again\"}\n"));
}

void TestLog::linksAreNotWrittenThrough()
{
    const QString folder = m_dir.filePath(QStringLiteral("links"));
    QVERIFY(QDir().mkpath(folder));
    const QString victim = m_dir.filePath(QStringLiteral("victim"));
    QFile file(victim);
    QVERIFY(file.open(QFile::WriteOnly));
    file.write("mine");
    file.close();
    QVERIFY(QFile::link(victim, folder + QStringLiteral("/signalbox.log")));
    const Result<void> started = log::start({folder, false});
    QVERIFY(!started);
    QCOMPARE(started.error().code, QStringLiteral("log_file"));
    qCInfo(lcEngine, "nowhere");
    QCOMPARE(read(victim), QByteArray("mine"));
}

void TestLog::anyThreadMayLog()
{
    const QString folder = m_dir.filePath(QStringLiteral("threads"));
    QVERIFY(log::start({folder, false, 20'000, 50}));
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([t] {
            for (int i = 0; i < 500; ++i) {
                qCInfo(lcHttp, "thread %d line %d", t, i);
                if (i % 50 == 0)
                    log::protect(Secret::fromView(
                        QByteArray("thread-secret-" + QByteArray::number(t * 1'000 + i))));
            }
        });
    }
    for (std::thread &thread : threads)
        thread.join();
    log::stop();
    int count = 0;
    for (const QString &name : QDir(folder).entryList(QDir::Files)) {
        for (const QByteArray &line : read(folder + u'/' + name).trimmed().split('\n')) {
            QVERIFY2(messageOf(line).startsWith(u"thread "), line.constData());
            ++count;
        }
    }
    QCOMPARE(count, 2'000);
}

void TestLog::debugIsOff()
{
    QVERIFY(!lcEngine().isDebugEnabled());
    QVERIFY(lcEngine().isInfoEnabled());
    QVERIFY(lcSecret().isWarningEnabled());
}

QTEST_GUILESS_MAIN(TestLog)
#include "tst_log.moc"
