// The walls between rooms and the words a room may not use, read from the sources themselves.
#include "house/walls.h"

#include <QDirIterator>
#include <QFile>
#include <QTest>

using namespace sb::house;

namespace {

QString readText(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
}

QStringList sources()
{
    QStringList paths;
    const QString root = QStringLiteral(SB_SOURCE_DIR "/");
    for (const char *folder : {"src", "ui"}) {
        QDirIterator it(root + QLatin1String(folder),
                        {QStringLiteral("*.cpp"), QStringLiteral("*.h")}, QDir::Files,
                        QDirIterator::Subdirectories);
        while (it.hasNext())
            paths.append(it.next().mid(root.size()));
    }
    paths.sort();
    return paths;
}

QByteArray listed(const QList<Violation> &violations)
{
    QString text = QStringLiteral("\n");
    for (const Violation &violation : violations)
        text += violation.sentence() + QLatin1Char('\n');
    return text.toLocal8Bit();
}

const char testRooms[]
    = "base src/base\njson src/json base\nrecord src/record base\nhttp src/http base json\n"
      "route src/route record\npages ui/pages kit\nkit ui/kit\n";

} // namespace

class tst_rooms : public QObject {
    Q_OBJECT

private slots:
    void planted_data();
    void planted();
    void roomsAreAcyclic();
    void everyFileIsInARoom();
    void includes();
    void words();
    void richText();
};

void tst_rooms::planted_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("rule"); // empty: nothing to complain about

    const auto row = [](const char *name, const char *path, const char *text, const char *rule) {
        QTest::newRow(name) << QString::fromLatin1(path) << QString::fromLatin1(text)
                            << QString::fromLatin1(rule);
    };
    row("own room", "src/http/a.cpp", "#include \"http/b.h\"\n", "");
    row("seen room", "src/http/a.cpp", "#include \"json/b.h\"\n", "");
    row("seen through another", "src/route/a.cpp", "#include \"base/b.h\"\n", "");
    row("room not seen", "src/route/a.cpp", "#include \"http/b.h\"\n", "route does not see http");
    row("upwards", "src/base/a.h", "  #  include \"route/b.h\"\n", "base does not see route");
    row("src sees ui", "src/http/a.cpp", "#include \"kit/b.h\"\n", "http does not see kit");
    row("include without a room", "src/http/a.cpp", "#include \"b.h\"\n",
        "include without its room");
    row("moc output", "src/http/a.cpp", "#include \"a.moc\"\n", "");
    row("page of its own", "ui/pages/board/a.cpp", "#include \"pages/board/b.h\"\n", "");
    row("shared part in page", "ui/pages/board/a.cpp", "#include \"pages/peek/b.h\"\n", "");
    row("page in page", "ui/pages/board/a.cpp", "#include \"pages/health/b.h\"\n",
        "page board includes page health");

    row("wall clock", "src/route/a.cpp", "auto t = QDateTime::currentDateTimeUtc();", "wall clock");
    row("wall clock in ui", "ui/kit/a.cpp", "QDateTime::currentMSecsSinceEpoch();", "wall clock");
    row("wall clock in base", "src/base/a.cpp", "QDateTime::currentDateTimeUtc();", "");
    row("tr in src", "src/route/a.cpp", "f(tr(\"Hello\"));", "translated text below the window");
    row("tr in a word", "src/route/a.cpp", "str(\"Hello\"); x.attr(1);", "");
    row("tr in ui", "ui/kit/a.cpp", "f(tr(\"Hello\"));", "");
    row("exec", "src/http/a.cpp", "dialog.exec();", "nested event loop");
    row("exec in a comment", "src/http/a.cpp", "// loop.exec()\n/* exec( */", "");
    row("exec in a string", "src/http/a.cpp", "f(\"exec(\");", "");
    row("exec of SQL", "src/store/a.cpp", "query.exec();", "");
    row("exec of main", "src/cli/main.cpp", "return app.exec();", "");
    row("dialog in ui", "ui/kit/a.cpp", "if (dialog->exec() == 1)", "nested event loop");
    row("event loop", "src/store/a.cpp", "QEventLoop loop;", "nested event loop");
    row("process events", "ui/kit/a.cpp", "qApp->processEvents();", "nested event loop");
    row("network manager", "src/http/a.cpp", "QNetworkAccessManager m;", "QNetworkAccessManager");
    row("ssl errors", "src/http/a.cpp", "s->ignoreSslErrors();", "relaxed TLS");
    row("verify none", "src/http/a.cpp", "SSL_CTX_set_verify(c, SSL_VERIFY_NONE, 0);",
        "relaxed TLS");
    row("verify none, Qt", "ui/kit/a.cpp", "c.setPeerVerifyMode(QSslSocket::VerifyNone);",
        "relaxed TLS");
    row("keychain", "src/secret/a.cpp", "job->setInsecureFallback(true);", "relaxed keychain");
    row("keychain, as it is", "src/secret/a.cpp", "job->setInsecureFallback(false);", "");
    row("SQL", "src/guard/a.cpp", "QSqlQuery query(db);", "SQL outside the store");
    row("SQLite", "src/engine/a.cpp", "sqlite3_exec(db, text, 0, 0, 0);", "SQL outside the store");
    row("SQL of the store", "src/store/a.cpp", "QSqlQuery query(db);", "");
    row("clipboard", "ui/kit/a.cpp", "QGuiApplication::clipboard()->setText(key);",
        "clipboard without its hint");
    row("clipboard of the kit", "ui/kit/clipboard.cpp", "clipboard()->setMimeData(data);", "");
    row("blocking", "ui/kit/a.cpp", "connect(a, b, c, d, Qt::BlockingQueuedConnection);",
        "blocking connection");
    row("sender", "ui/kit/a.cpp", "auto *s = sender();", "sender()");
    row("thread subclass", "src/http/a.h", "class T : public QThread {", "QThread subclass");
    row("singleton", "src/http/a.h", "static Server &instance();", "singleton");
    row("application", "ui/kit/a.cpp", "QCoreApplication::instance()->quit();", "");
    row("moveToThread", "src/http/a.cpp", "x->moveToThread(t);", "moveToThread");
    row("moveToThread of the engine", "src/engine/engine.cpp", "x->moveToThread(t);", "");
    row("moveToThread of the store", "src/store/store.cpp", "x->moveToThread(t);", "");

    row("html", "ui/kit/a.cpp", "view->setHtml(reply);", "rich text");
    row("markdown", "ui/kit/a.cpp", "view->setMarkdown(reply);", "rich text");
    row("escaped html", "ui/kit/a.cpp", "view->setHtml(a + reply.toHtmlEscaped());", "");
    row("tool tip", "ui/kit/a.cpp", "w->setToolTip(model.name());", "tool tip");
    row("fixed tool tip", "ui/kit/a.cpp", "w->setToolTip(tr(\"Close, at once\"));", "");
    row("filled tool tip", "ui/kit/a.cpp", "w->setToolTip(tr(\"Close %1\").arg(name));",
        "tool tip");
    row("message box", "ui/kit/a.cpp", "QMessageBox::warning(this, tr(\"No\"), error.detail);",
        "message box");
    row("fixed message box", "ui/kit/a.cpp",
        "QMessageBox::warning(this, tr(\"No\"), tr(\"Nothing works\"));", "");
    row("label", "ui/kit/a.cpp", "auto *l = new QLabel(name, this);", "label");
    row("label with parent", "ui/kit/a.cpp", "auto *l = new QLabel(this);", "");
    row("fixed label", "ui/kit/a.cpp", "auto *l = new QLabel(tr(\"Name\"), this);", "");
    row("escape in a literal", "src/http/a.cpp", "f('\\'', \"\\\\\"); dialog.exec();",
        "nested event loop");
    row("digit separators", "src/http/a.cpp", "int n = 1'000'000; dialog.exec();",
        "nested event loop");
}

void tst_rooms::planted()
{
    QFETCH(QString, path);
    QFETCH(QString, text);
    QFETCH(QString, rule);
    const auto rooms = readRooms(QString::fromLatin1(testRooms));
    const QList<Violation> found
        = checkIncludes(rooms, path, text) + checkWords(path, text) + checkRichText(path, text);
    if (rule.isEmpty()) {
        QVERIFY2(found.isEmpty(), listed(found).constData());
    } else {
        QCOMPARE(found.size(), 1);
        QCOMPARE(found[0].rule, rule);
    }
}

void tst_rooms::roomsAreAcyclic()
{
    const auto rooms = readRooms(readText(QStringLiteral(SB_BINARY_DIR "/rooms.txt")));
    QVERIFY(rooms.contains(QStringLiteral("base")));
    for (const Room &room : rooms) {
        for (const QString &seen : room.sees) {
            QVERIFY2(!reachable(rooms, seen).contains(room.name),
                     qPrintable(room.name + QStringLiteral(" and ") + seen
                                + QStringLiteral(" see each other")));
            QVERIFY2(!(room.folder.startsWith(QStringLiteral("src/"))
                       && rooms.value(seen).folder.startsWith(QStringLiteral("ui/"))),
                     qPrintable(room.name + QStringLiteral(" sees the window's ") + seen));
        }
    }
}

void tst_rooms::everyFileIsInARoom()
{
    const auto rooms = readRooms(readText(QStringLiteral(SB_BINARY_DIR "/rooms.txt")));
    const bool hasUi = rooms.contains(QStringLiteral("words"));
    QStringList homeless;
    for (const QString &path : sources()) {
        const QStringList parts = path.split(QLatin1Char('/'));
        if (!path.endsWith(QStringLiteral(".cpp")) || parts.size() < 3
            || (parts[0] == QStringLiteral("ui") && !hasUi))
            continue;
        if (!rooms.contains(parts[1])
            || rooms[parts[1]].folder != parts[0] + QLatin1Char('/') + parts[1])
            homeless.append(path);
    }
    QVERIFY2(homeless.isEmpty(), qPrintable(homeless.join(QLatin1Char('\n'))));
}

void tst_rooms::includes()
{
    const auto rooms = readRooms(readText(QStringLiteral(SB_BINARY_DIR "/rooms.txt")));
    QList<Violation> found;
    for (const QString &path : sources())
        found += checkIncludes(rooms, path, readText(QStringLiteral(SB_SOURCE_DIR "/") + path));
    QVERIFY2(found.isEmpty(), listed(found).constData());
}

void tst_rooms::words()
{
    QList<Violation> found;
    for (const QString &path : sources())
        found += checkWords(path, readText(QStringLiteral(SB_SOURCE_DIR "/") + path));
    QVERIFY2(found.isEmpty(), listed(found).constData());
}

void tst_rooms::richText()
{
    QList<Violation> found;
    for (const QString &path : sources())
        found += checkRichText(path, readText(QStringLiteral(SB_SOURCE_DIR "/") + path));
    QVERIFY2(found.isEmpty(), listed(found).constData());
}

QTEST_GUILESS_MAIN(tst_rooms)
#include "tst_rooms.moc"
