// The configuration through the window's commands: base revisions, earlier versions, storage.
#include "engine/config_history.h"
#include "engine/engine.h"
#include "engine/setup.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace sb;
using namespace sb::engine;

namespace {

constexpr int kPatience = 20'000;

template <typename T> T await(QFuture<T> future)
{
    if (!QTest::qWaitFor([&] { return future.isFinished(); }, kPatience))
        qFatal("no answer");
    return future.result();
}

QByteArray textWith(const QByteArray &model)
{
    return "{\"version\":1,\"providers\":[{\"id\":\"a\",\"from\":\"sim\",\"script\":\"quick\"}],"
           "\"chains\":[{\"id\":\"c\",\"targets\":[{\"provider\":\"a\",\"model\":\""
        + model + "\"}]}],\"clients\":[{\"id\":\"t\",\"secret\":\"digest:" + QByteArray(64, 'a')
        + "\"}]}";
}

void writeFile(const QString &path, const QByteArray &text)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly | QIODevice::Truncate) || file.write(text) != text.size())
        qFatal("cannot write");
}

QByteArray contents(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

struct Running {
    QTemporaryDir folder;
    QString path = folder.filePath(QStringLiteral("config.json"));
    QString data = folder.filePath(QStringLiteral("data"));
    std::unique_ptr<Engine> engine;

    explicit Running(const QByteArray &text)
    {
        writeFile(path, text);
        start();
    }
    void start()
    {
        engine = std::make_unique<Engine>(
            EngineOptions{path, data, config::Listener{QStringLiteral("127.0.0.1"), 0, {}}, true});
        if (!await(engine->start()))
            qFatal("not started");
    }
    Setup &setup() { return engine->setup(); }
};

} // namespace

class TestSetupConfig : public QObject {
    Q_OBJECT
private slots:
    void historyKeepsFifty();
    void damagedVersions();
    void applyWithBase();
    void refusedTextChangesNothing();
    void outsideEditIsNewer();
    void everyAuthorIsKept();
    void storageIsMeasured();
};

void TestSetupConfig::historyKeepsFifty()
{
    QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("config-history"));
    ConfigHistory history(path);
    QVERIFY(history.versions().isEmpty());
    for (quint32 i = 1; i <= 60; ++i)
        history.add(
            {i, 1'000 + i, QStringLiteral("window"), QStringLiteral("note \"%1\"\n").arg(i)},
            QByteArray("text\n" + QByteArray::number(i)));
    history.add({60, 5, QStringLiteral("file"), {}}, "another");
    const QList<ConfigVersion> versions = history.versions();
    QCOMPARE(versions.size(), 50);
    QCOMPARE(versions.first().revision, 60u);
    QCOMPARE(versions.first().author, QStringLiteral("window"));
    QCOMPARE(versions.first().note, QStringLiteral("note \"60\"\n"));
    QCOMPARE(versions.first().wallMs, 1'060);
    QCOMPARE(versions.last().revision, 11u);
    QCOMPARE(history.text(60).value(), QByteArray("text\n60"));
    QCOMPARE(history.text(10).error().code, QStringLiteral("no_such_id"));
    QCOMPARE(QDir(path).entryList(QDir::Files).size(), 50);
    for (const QFileInfo &file : QDir(path).entryInfoList(QDir::Files))
        QCOMPARE(file.permissions() & (QFile::ReadGroup | QFile::ReadOther | QFile::WriteGroup),
                 QFile::Permissions());
}

void TestSetupConfig::damagedVersions()
{
    QTemporaryDir folder;
    ConfigHistory history(folder.path());
    history.add({3, 1, QStringLiteral("window"), {}}, "three");
    writeFile(folder.filePath(QStringLiteral("4.version")), "garbage without a line");
    writeFile(folder.filePath(QStringLiteral("x.version")), "{}\nx");
    writeFile(folder.filePath(QStringLiteral("5.version")), "not json\nfive");
    QCOMPARE(history.versions().size(), 3);
    QCOMPARE(history.text(5).value(), QByteArray("five"));
    QVERIFY(!history.text(4));
    QCOMPARE(history.text(3).value(), QByteArray("three"));
}

void TestSetupConfig::applyWithBase()
{
    Running run(textWith("one"));
    QCOMPARE(run.setup().config()->revision, 1u);
    QCOMPARE(await(run.setup().configText()).value(), textWith("one"));
    QCOMPARE(await(run.setup().applyText(textWith("two"), 1, QStringLiteral("1 change"))).value(),
             2u);
    const auto late = await(run.setup().applyText(textWith("three"), 1, {}));
    QCOMPARE(late.error().code, QStringLiteral("changed_meanwhile"));
    QCOMPARE(contents(run.path), textWith("two"));
    QCOMPARE(await(run.setup().applyText(textWith("three"), 0, {})).value(), 3u);

    const auto versions = await(run.setup().versions()).value();
    QCOMPARE(versions.size(), 3);
    QCOMPARE(versions[1].note, QStringLiteral("1 change"));
    QCOMPARE(versions[1].author, QStringLiteral("window"));
    QVERIFY(versions[1].wallMs > 0);
    QCOMPARE(await(run.setup().versionText(1)).value(), textWith("one"));
    // Going back is a change like any other.
    QCOMPARE(await(run.setup().applyText(textWith("one"), 3, QStringLiteral("undo"))).value(), 4u);
    QCOMPARE(run.setup().config()->chains[0].targets[0].model, QStringLiteral("one"));

    run.engine.reset();
    run.start();
    QCOMPARE(run.setup().config()->revision, 4u);
    QCOMPARE(await(run.setup().versions()).value().size(), 4);
}

void TestSetupConfig::refusedTextChangesNothing()
{
    Running run(textWith("one"));
    QByteArray bad = textWith("two");
    bad.replace("\"provider\":\"a\"", "\"provider\":\"nobody\"");
    const auto problems = await(run.setup().checkText(bad));
    QCOMPARE(problems.size(), 1);
    QCOMPARE(problems[0].path, QStringLiteral("$.chains[0].targets[0].provider"));
    QCOMPARE(await(run.setup().applyText(bad, 1, {})).error().code,
             QStringLiteral("config_invalid"));
    QCOMPARE(contents(run.path), textWith("one"));
    QCOMPARE(run.setup().config()->revision, 1u);
    QCOMPARE(await(run.setup().versions()).value().size(), 1);
    QVERIFY(await(run.setup().checkText(textWith("two"))).isEmpty());
}

void TestSetupConfig::outsideEditIsNewer()
{
    Running run(textWith("one"));
    writeFile(run.path, textWith("outside")); // the watch has not told of it yet
    QCOMPARE(await(run.setup().applyText(textWith("two"), 1, {})).error().code,
             QStringLiteral("changed_meanwhile"));
    QCOMPARE(contents(run.path), textWith("outside"));
    QTRY_COMPARE(run.setup().config()->revision, 2u);
    QCOMPARE(await(run.setup().applyText(textWith("two"), 2, {})).value(), 3u);

    writeFile(run.path, "{"); // somebody is in the middle of an edit
    QCOMPARE(await(run.setup().applyText(textWith("three"), 3, {})).error().code,
             QStringLiteral("changed_meanwhile"));
    QCOMPARE(contents(run.path), QByteArray("{"));
}

void TestSetupConfig::everyAuthorIsKept()
{
    Running run(textWith("one"));
    QVERIFY(await(run.engine->applyConfig(textWith("two"))));
    QVERIFY(
        await(run.setup().editConfig(QStringLiteral("chains[0].targets[0].model"), "\"three\"")));
    writeFile(run.path, textWith("four"));
    QVERIFY(await(run.engine->reload()));
    QStringList authors;
    const QList<ConfigVersion> versions = await(run.setup().versions()).value();
    for (const ConfigVersion &version : versions)
        authors += version.author;
    QCOMPARE(authors,
             (QStringList{QStringLiteral("file"), QStringLiteral("window"),
                          QStringLiteral("command"), QStringLiteral("file")}));
}

void TestSetupConfig::storageIsMeasured()
{
    Running run(textWith("one"));
    const StorageView view = await(run.setup().storage()).value();
    QCOMPARE(view.dataDir, run.data);
    QCOMPARE(view.configPath, run.path);
    QVERIFY(view.ledgerBytes > 0);
    QVERIFY(view.historyBytes > 0);
    QVERIFY(!view.priceDate.isEmpty());
    QCOMPARE(await(run.setup().trimNow()).value(), 0);
}

QTEST_GUILESS_MAIN(TestSetupConfig)
#include "tst_setup_config.moc"
