// The README is the only map of the house: everything it names must be there. And what is known of
// translations, failures and rules by their numbers, must have a test that names it.
#include "house/named_rules.h"
#include "house/readme_names.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace sb::house;

class tst_readme : public QObject {
    Q_OBJECT

private slots:
    void planted();
    void readme();
    void plantedRule();
    void rulesHaveTests();
};

void tst_readme::planted()
{
    QTemporaryDir folder;
    QVERIFY(QDir(folder.path()).mkpath(QStringLiteral("src/route")));
    QFile file(folder.filePath(QStringLiteral("src/route/planner.cpp")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("Decision plan(const Ask &ask);\n");
    file.close();

    const auto missing = [&folder](const char *markdown) {
        return missingThings(folder.path(), namedThings(QString::fromLatin1(markdown)));
    };
    QCOMPARE(missing("see `src/route/planner.cpp` and `src/route/`, `plan()`, "
                     "`src/route/planner.cpp: plan`"),
             QStringList());
    QCOMPARE(missing("`signalboxd serve`, `/v1/models`, `x-signalbox-id`, `src/<room>/x.cpp`"),
             QStringList());
    QCOMPARE(missing("```\ncat src/none.cpp `src/none.cpp`\n```\n"), QStringList());
    QCOMPARE(missing("`src/route/walker.cpp`"),
             QStringList{QStringLiteral("no src/route/walker.cpp")});
    QCOMPARE(missing("`src/route/planner.cpp: walk`"),
             QStringList{QStringLiteral("no walk in src/route/planner.cpp")});
    QCOMPARE(missing("`route::walk()`"), QStringList{QStringLiteral("no walk() in the sources")});
    QCOMPARE(missing("[the rooms](src/rooms.md)"), QStringList{QStringLiteral("no src/rooms.md")});
    QCOMPARE(missing("[a site](https://example.com/src/x)"), QStringList());
}

void tst_readme::readme()
{
    QFile file(QStringLiteral(SB_SOURCE_DIR "/README.md"));
    QVERIFY2(file.open(QIODevice::ReadOnly), "there is no README.md");
    const QList<NamedThing> things = namedThings(QString::fromUtf8(file.readAll()));
    QVERIFY2(things.size() >= 10, "the README names hardly anything");
    const QStringList missing = missingThings(QStringLiteral(SB_SOURCE_DIR), things);
    QVERIFY2(missing.isEmpty(), qPrintable(missing.join(QLatin1Char('\n'))));
}

void tst_readme::plantedRule()
{
    QTemporaryDir folder;
    QFile file(folder.filePath(QStringLiteral("tst_some.cpp")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("row(\"P-30 T\xC2\xA7"
               "14.15 in order\");\n// P-102, T\xC2\xA7"
               "1: so\n"
               "// the curve P-256, XP-3\n");
    file.close();
    const QSet<QString> named = namedRules(folder.path());
    QVERIFY(named.contains(QStringLiteral("P-30")) && named.contains(QStringLiteral("P-102")));
    QVERIFY(named.contains(QStringLiteral("T§14.15")) && named.contains(QStringLiteral("T§1")));
    QVERIFY(!named.contains(QStringLiteral("P-3")) && !named.contains(QStringLiteral("P-25")));
    const QStringList unnamed = unnamedRules(named, {QStringLiteral("P-1")});
    QCOMPARE(unnamed.size(), kPitfalls + translationRules().size() - 5);
    QVERIFY(unnamed.contains(QStringLiteral("P-31")) && !unnamed.contains(QStringLiteral("P-1")));
}

void tst_readme::rulesHaveTests()
{
    const QStringList unnamed
        = unnamedRules(namedRules(QStringLiteral(SB_SOURCE_DIR "/tests")), {});
    QVERIFY2(unnamed.isEmpty(),
             qPrintable(QStringLiteral("no test names ") + unnamed.join(QStringLiteral(", "))));
}

QTEST_GUILESS_MAIN(tst_readme)
#include "tst_readme.moc"
