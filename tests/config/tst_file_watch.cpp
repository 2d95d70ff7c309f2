#include "config/config_file.h"
#include "config/file_watch.h"

#include <QDir>
#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QtTest>

#include <stdio.h>

using namespace sb;
using namespace sb::config;

class TestFileWatch : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> m_dir;
    QString at(const QString &name) const { return m_dir->filePath(name); }
    static void put(const QString &path, const QByteArray &text)
    {
        QFile file(path);
        QVERIFY(file.open(QFile::WriteOnly | QFile::Truncate));
        file.write(text);
    }
    static void moveOver(const QString &from, const QString &to)
    {
        QCOMPARE(::rename(QFile::encodeName(from).constData(), QFile::encodeName(to).constData()),
                 0);
    }

private slots:
    void init() { m_dir = std::make_unique<QTemporaryDir>(); }

    void writtenInPlace();
    void replacedAgainAndAgain();
    void ourOwnWritesAreKnown();
    void touchingSaysNothing();
    void removedAndMadeAgain();
    void theFolderComesLater();
    void behindALink();
    void burstsAreOneChange();
};

void TestFileWatch::writtenInPlace()
{
    const QString path = at(QStringLiteral("config.json"));
    put(path, "1");
    FileWatch watch(path, Millis(20));
    QSignalSpy spy(&watch, &FileWatch::changed);
    put(path, "2");
    QTRY_COMPARE(spy.size(), 1);
    put(path, "3");
    QTRY_COMPARE(spy.size(), 2);
}

void TestFileWatch::replacedAgainAndAgain()
{
    const QString path = at(QStringLiteral("config.json"));
    put(path, "0");
    FileWatch watch(path, Millis(20));
    QSignalSpy spy(&watch, &FileWatch::changed);
    for (int i = 1; i <= 5; ++i) { // what editors do
        put(at(QStringLiteral("config.json.new")), QByteArray::number(i));
        moveOver(at(QStringLiteral("config.json.new")), path);
        QTRY_COMPARE(spy.size(), i);
    }
    // After a replacement an edit in place is seen too.
    put(path, "in place");
    QTRY_COMPARE(spy.size(), 6);
}

void TestFileWatch::ourOwnWritesAreKnown()
{
    const QString path = at(QStringLiteral("config.json"));
    put(path, "0");
    FileWatch watch(path, Millis(20));
    QSignalSpy spy(&watch, &FileWatch::changed);
    QVERIFY(writeConfigFile(path, "ours"));
    watch.setSeen("ours");
    QVERIFY(writeConfigFile(path, "theirs"));
    QTRY_COMPARE(spy.size(), 1);
    QCOMPARE(*readConfigFile(path), QByteArray("theirs"));
}

void TestFileWatch::touchingSaysNothing()
{
    const QString path = at(QStringLiteral("config.json"));
    put(path, "0");
    FileWatch watch(path, Millis(20));
    QSignalSpy spy(&watch, &FileWatch::changed);
    put(path, "0");
    put(at(QStringLiteral("neighbour")), "x");
    // The change that follows is the only one told.
    QTest::qWait(100);
    put(path, "1");
    QTRY_COMPARE(spy.size(), 1);
}

void TestFileWatch::removedAndMadeAgain()
{
    const QString path = at(QStringLiteral("config.json"));
    put(path, "0");
    FileWatch watch(path, Millis(20));
    QSignalSpy spy(&watch, &FileWatch::changed);
    QVERIFY(QFile::remove(path));
    QTRY_COMPARE(spy.size(), 1);
    put(path, "1");
    QTRY_COMPARE(spy.size(), 2);
    put(path, "2");
    QTRY_COMPARE(spy.size(), 3);
}

void TestFileWatch::theFolderComesLater()
{
    const QString path = at(QStringLiteral("not/yet/config.json"));
    FileWatch watch(path, Millis(20));
    QSignalSpy spy(&watch, &FileWatch::changed);
    QVERIFY(QDir().mkpath(at(QStringLiteral("not/yet"))));
    put(path, "1");
    QTRY_COMPARE(spy.size(), 1);
}

void TestFileWatch::behindALink()
{
    QVERIFY(QDir().mkpath(at(QStringLiteral("real"))));
    QVERIFY(QDir().mkpath(at(QStringLiteral("etc"))));
    const QString real = at(QStringLiteral("real/config.json"));
    const QString other = at(QStringLiteral("real/other.json"));
    const QString link = at(QStringLiteral("etc/config.json"));
    put(real, "1");
    put(other, "other");
    QVERIFY(QFile::link(real, link));
    FileWatch watch(link, Millis(20));
    QSignalSpy spy(&watch, &FileWatch::changed);
    put(real, "2");
    QTRY_COMPARE(spy.size(), 1);
    put(at(QStringLiteral("real/new")), "3");
    moveOver(at(QStringLiteral("real/new")), real);
    QTRY_COMPARE(spy.size(), 2);
    // The link itself is turned elsewhere.
    QVERIFY(QFile::link(other, at(QStringLiteral("etc/new"))));
    moveOver(at(QStringLiteral("etc/new")), link);
    QTRY_COMPARE(spy.size(), 3);
    put(other, "other, changed");
    QTRY_COMPARE(spy.size(), 4);
}

void TestFileWatch::burstsAreOneChange()
{
    const QString path = at(QStringLiteral("config.json"));
    put(path, "0");
    FileWatch watch(path, Millis(300));
    QSignalSpy spy(&watch, &FileWatch::changed);
    for (int i = 1; i <= 50; ++i)
        put(path, QByteArray::number(i));
    QTRY_COMPARE(spy.size(), 1);
}

QTEST_GUILESS_MAIN(TestFileWatch)
#include "tst_file_watch.moc"
