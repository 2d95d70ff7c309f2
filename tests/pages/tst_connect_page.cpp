// First steps and Connect by keyboard alone, against a link whose answers the test sets.
#include "kit/console_style.h"
#include "kit/plain_label.h"
#include "models/tool_model.h"
#include "pages/connect/connect_page.h"
#include "pages/connect/terminal.h"
#include "pages/connect/tool_panel.h"
#include "pages/connect_kit.h"
#include "pages/first_run/first_run.h"

#include <QAbstractItemModelTester>
#include <QCheckBox>
#include <QComboBox>
#include <QFile>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTabBar>
#include <QTableView>
#include <QTest>
#include <QTimer>

using namespace sb;
using test::Desk;

namespace {
constexpr int kPatience = 10'000;

QString allText(const QWidget &root)
{
    QStringList texts;
    for (const auto *label : root.findChildren<kit::PlainLabel *>()) {
        if (label->isVisibleTo(&root))
            texts += label->text();
    }
    return texts.join(u'\n');
}

// One after the other by Tab, until that widget has the focus.
bool tabTo(QWidget &window, const QWidget *wanted)
{
    for (int i = 0; i < 60; ++i) {
        if (QApplication::focusWidget() == wanted)
            return true;
        QTest::keyClick(&window, Qt::Key_Tab);
    }
    return false;
}
} // namespace

class tst_connect_page : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { qApp->setStyle(new kit::ConsoleStyle); }
    void pastedKeyIsVerifiedAndUsed();
    void rejectedKeyIsSaid();
    void withoutAKeychainAPassphraseIsOffered();
    void severalOwnersAsk();
    void ownServer();
    void ownKeyIsNoProviderKey();
    void foundIsUsedAsChosen();
    void shellIsAskedOnRequest();
    void skipKeepsTheWaysIn();
    void reachableByTab();
    void toolsAreFoundInPath();
    void aRunProvesItself();
    void keyStaysOffTheScreen();
    void unspokenToolsSaySo();
    void noTerminalIsSaid();
    void launchGivesTheProcessItsOwnEnvironment();
    void keysAreShownOnce();
    void revokeCanBeUndone();
    void namesAreUnique();
};

void tst_connect_page::pastedKeyIsVerifiedAndUsed()
{
    Desk desk;
    desk.link.fakeSetup.recogniseAnswer = {test::draftFor("anthropic", "Anthropic")};
    engine::Verified verified;
    verified.models = 14;
    desk.link.fakeSetup.verifyNewAnswer = verified;
    desk.link.fakeSetup.addProviderAnswer = ProviderId(QStringLiteral("anthropic"));
    pages::FirstRun page(desk.link, desk.settings);
    page.resize(900, 700);
    QSignalSpy said(&page, &pages::FirstRun::said);
    page.show();
    auto *field = test::named<QLineEdit>(page, QStringLiteral("Provider key"));
    QVERIFY(field);
    QCOMPARE(field->echoMode(), QLineEdit::Password);
    field->setFocus();
    QTest::keyClicks(field, QStringLiteral("sk-ant-api03-0123456789abcdef"));
    QVERIFY(allText(page).contains(QStringLiteral("A key of Anthropic")));
    QTRY_VERIFY_WITH_TIMEOUT(allText(page).contains(QStringLiteral("14 model")), kPatience);
    QCOMPARE(desk.link.fakeSetup.calls.count(QStringLiteral("verifyNew")), 1);
    QVERIFY(!desk.link.fakeSetup.calls.contains(QStringLiteral("addProvider")));
    QTest::keyClick(field, Qt::Key_Return);
    QTRY_COMPARE_WITH_TIMEOUT(said.size(), 1, kPatience);
    QVERIFY(desk.link.fakeSetup.calls.contains(QStringLiteral("addProvider")));
    QVERIFY(field->text().isEmpty()); // the key is nowhere in the window any more
}

void tst_connect_page::rejectedKeyIsSaid()
{
    Desk desk;
    desk.link.fakeSetup.recogniseAnswer = {test::draftFor("anthropic", "Anthropic")};
    desk.link.fakeSetup.verifyNewAnswer
        = unexpected(Error::make(QStringLiteral("key_rejected"), QStringLiteral("invalid key")));
    pages::FirstRun page(desk.link, desk.settings);
    page.resize(900, 700);
    page.show();
    auto *field = test::named<QLineEdit>(page, QStringLiteral("Provider key"));
    field->setText(QStringLiteral("sk-ant-api03-0123456789abcdef"));
    QTRY_VERIFY_WITH_TIMEOUT(allText(page).contains(QStringLiteral(
                                 "Anthropic rejects this key. It said: “invalid key”")),
                             kPatience);
    QVERIFY(test::button(page, QStringLiteral("Use it anyway")));
    QTest::keyClick(field, Qt::Key_Return); // asks again, does not use it
    QVERIFY(!desk.link.fakeSetup.calls.contains(QStringLiteral("addProvider")));
}

// Said before the key is pasted; with a keychain nothing of it is there.
void tst_connect_page::withoutAKeychainAPassphraseIsOffered()
{
    Desk desk;
    engine::StorageView view;
    view.isKeychainWorking = true;
    desk.link.fakeSetup.storageAnswer = view;
    {
        pages::FirstRun page(desk.link, desk.settings);
        page.resize(900, 700);
        page.show();
        QTRY_VERIFY(desk.link.fakeSetup.calls.contains(QStringLiteral("storage")));
        QCoreApplication::processEvents();
        QVERIFY(!test::button(page, QStringLiteral("Keep keys in a file")));
    }
    view.isKeychainWorking = false;
    desk.link.fakeSetup.storageAnswer = view;
    pages::FirstRun page(desk.link, desk.settings);
    page.resize(900, 700);
    QSignalSpy said(&page, &pages::FirstRun::said);
    page.show();
    QTRY_VERIFY(test::button(page, QStringLiteral("Keep keys in a file")));
    QVERIFY(allText(page).contains(QStringLiteral("No keychain works here")));
    QAbstractButton *keep = test::button(page, QStringLiteral("Keep keys in a file"));
    auto *first = test::named<QLineEdit>(page, QStringLiteral("Passphrase"));
    auto *again = test::named<QLineEdit>(page, QStringLiteral("The same passphrase again"));
    QVERIFY(first && again && first->echoMode() == QLineEdit::Password);
    first->setText(QStringLiteral("short"));
    again->setText(QStringLiteral("short"));
    QVERIFY(!keep->isEnabled());
    first->setText(QStringLiteral("open sesame"));
    again->setText(QStringLiteral("open sesamE"));
    QVERIFY(!keep->isEnabled());
    again->setText(QStringLiteral("open sesame"));
    QVERIFY(keep->isEnabled());
    view.isVaultOpen = true;
    desk.link.fakeSetup.storageAnswer = view;
    QTest::mouseClick(keep, Qt::LeftButton);
    QVERIFY(first->text().isEmpty() && again->text().isEmpty());
    QTRY_COMPARE(said.size(), 1);
    QVERIFY(desk.link.fakeSetup.calls.contains(QStringLiteral("openVault")));
    QTRY_VERIFY(!keep->isVisible());
}

void tst_connect_page::severalOwnersAsk()
{
    Desk desk;
    desk.link.fakeSetup.recogniseAnswer
        = {test::draftFor("openai", "OpenAI"), test::draftFor("deepseek", "DeepSeek")};
    pages::FirstRun page(desk.link, desk.settings);
    page.resize(900, 700);
    page.show();
    test::named<QLineEdit>(page, QStringLiteral("Provider key"))
        ->setText(QStringLiteral("sk-0123456789abcdef0123"));
    auto *owner = test::named<QComboBox>(page, QStringLiteral("Whose key it is"));
    QVERIFY(owner->isVisible());
    QCOMPARE(owner->count(), 3);
    QVERIFY(test::button(page, QStringLiteral("Verify the key")));
    // Nothing is on its way: nobody is asked on a guess.
    const auto *pause = page.findChild<QTimer *>(QStringLiteral("pause"));
    QVERIFY(pause && !pause->isActive());
    QVERIFY(!desk.link.fakeSetup.calls.contains(QStringLiteral("verifyNew")));
    owner->setFocus();
    QTest::keyClick(owner, Qt::Key_Down);
    QTRY_VERIFY_WITH_TIMEOUT(desk.link.fakeSetup.calls.contains(QStringLiteral("verifyNew")),
                             kPatience);
}

void tst_connect_page::ownServer()
{
    Desk desk;
    desk.link.fakeSetup.recogniseAnswer
        = {test::draftFor("openai", "OpenAI"), test::draftFor("deepseek", "DeepSeek")};
    pages::FirstRun page(desk.link, desk.settings);
    page.resize(900, 700);
    page.show();
    test::named<QLineEdit>(page, QStringLiteral("Provider key"))
        ->setText(QStringLiteral("my-own-0123456789abcdef"));
    auto *owner = test::named<QComboBox>(page, QStringLiteral("Whose key it is"));
    owner->setCurrentIndex(owner->count() - 1);
    auto *address = test::named<QLineEdit>(page, QStringLiteral("Address of the server"));
    QVERIFY(address->isVisible());
    auto *verify = test::button(page, QStringLiteral("Verify the key"));
    QVERIFY(verify && !verify->isEnabled());
    QTest::keyClicks(address, QStringLiteral("http://127.0.0.1:9001/v1/"));
    QVERIFY(verify->isEnabled());
    QTest::keyClick(address, Qt::Key_Return);
    QTRY_VERIFY_WITH_TIMEOUT(allText(page).contains(QStringLiteral("127.0.0.1:9001 takes")),
                             kPatience);
}

void tst_connect_page::ownKeyIsNoProviderKey()
{
    Desk desk;
    pages::FirstRun page(desk.link, desk.settings);
    page.resize(900, 700);
    page.show();
    auto *field = test::named<QLineEdit>(page, QStringLiteral("Provider key"));
    field->setText(QStringLiteral("sbx-0123456789abcdef"));
    QVERIFY(allText(page).contains(QStringLiteral("key of Signalbox itself")));
    QTest::keyClick(field, Qt::Key_Return);
    QVERIFY(!desk.link.fakeSetup.calls.contains(QStringLiteral("verifyNew")));
}

void tst_connect_page::foundIsUsedAsChosen()
{
    Desk desk;
    desk.link.fakeSetup.lookHereAnswer = test::foundHere();
    desk.link.fakeSetup.useFoundAnswer = QList<ProviderId>{ProviderId(QStringLiteral("a"))};
    pages::FirstRun page(desk.link, desk.settings);
    page.resize(900, 700);
    QSignalSpy said(&page, &pages::FirstRun::said);
    QVERIFY(desk.link.fakeSetup.calls.isEmpty()); // not before it is seen
    page.show();
    QTRY_COMPARE_WITH_TIMEOUT(page.findChildren<QCheckBox *>().size(), 3, kPatience);
    QVERIFY(test::button(page, QStringLiteral("Use these 3")));
    page.findChildren<QCheckBox *>().first()->setFocus();
    QTest::keyClick(page.findChildren<QCheckBox *>().first(), Qt::Key_Space);
    QAbstractButton *use = test::button(page, QStringLiteral("Use these 2"));
    QVERIFY(use);
    use->setFocus();
    QTest::keyClick(use, Qt::Key_Space);
    QTRY_COMPARE_WITH_TIMEOUT(said.size(), 1, kPatience);
    QVERIFY(desk.link.fakeSetup.calls.contains(QStringLiteral("useFound")));
}

void tst_connect_page::shellIsAskedOnRequest()
{
    Desk desk;
    desk.link.fakeSetup.lookInShellAnswer
        = unexpected(Error::make(QStringLiteral("shell_timeout"), {}));
    pages::FirstRun page(desk.link, desk.settings);
    page.resize(900, 700);
    page.show();
    QTRY_VERIFY_WITH_TIMEOUT(allText(page).contains(QStringLiteral("No provider key")), kPatience);
    QVERIFY(!desk.link.fakeSetup.calls.contains(QStringLiteral("lookInShell")));
    QAbstractButton *shell = test::button(page, QStringLiteral("Look in my shell"));
    shell->setFocus();
    QTest::keyClick(shell, Qt::Key_Space);
    QTRY_VERIFY_WITH_TIMEOUT(allText(page).contains(QStringLiteral("within 3 seconds")), kPatience);
    desk.link.fakeSetup.lookInShellAnswer = QList<engine::FoundProvider>{test::foundHere().first()};
    QTest::keyClick(shell, Qt::Key_Space);
    QTRY_VERIFY_WITH_TIMEOUT(test::button(page, QStringLiteral("Use these 1")), kPatience);
}

void tst_connect_page::skipKeepsTheWaysIn()
{
    Desk desk;
    {
        pages::FirstRun page(desk.link, desk.settings);
        page.resize(900, 700);
        page.show();
        QTest::mouseClick(test::button(page, QStringLiteral("Skip")), Qt::LeftButton);
        QVERIFY(page.isSkipped());
        for (const char *text : {"Paste a key", "Look on this computer", "Use simulated providers"})
            QVERIFY(test::button(page, QString::fromLatin1(text)));
    }
    pages::FirstRun again(desk.link, desk.settings);
    again.resize(900, 700);
    again.show();
    QVERIFY(again.isSkipped()); // remembered
    QSignalSpy started(&again, &pages::FirstRun::startRequested);
    QTest::mouseClick(test::button(again, QStringLiteral("Use simulated providers")),
                      Qt::LeftButton);
    QCOMPARE(started.size(), 1);
    QTest::mouseClick(test::button(again, QStringLiteral("Paste a key")), Qt::LeftButton);
    QVERIFY(!again.isSkipped());
}

void tst_connect_page::reachableByTab()
{
    Desk desk;
    desk.link.fakeSetup.lookHereAnswer = test::foundHere();
    QWidget window;
    window.resize(900, 700);
    pages::FirstRun page(desk.link, desk.settings, &window);
    page.resize(900, 700);
    window.show();
    QVERIFY(QTest::qWaitForWindowActive(&window));
    QTRY_COMPARE_WITH_TIMEOUT(page.findChildren<QCheckBox *>().size(), 3, kPatience);
    for (const char *text : {"Skip", "Use these 3", "Look in my shell", "Look again",
                             "Start with simulated providers"}) {
        QAbstractButton *button = test::button(page, QString::fromLatin1(text));
        QVERIFY2(button, text);
        QVERIFY2(tabTo(window, button), text);
    }
}

void tst_connect_page::toolsAreFoundInPath()
{
    QTemporaryDir path;
    for (const char *name : {"claude", "aider"}) {
        QFile file(path.filePath(QString::fromLatin1(name)));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.setPermissions(QFile::ReadOwner | QFile::ExeOwner);
    }
    QFile plain(path.filePath(QStringLiteral("codex")));
    QVERIFY(plain.open(QIODevice::WriteOnly)); // no program
    const auto found = pages::findPrograms(
        {QStringLiteral("claude"), QStringLiteral("aider"), QStringLiteral("codex")},
        {QStringLiteral("relative"), path.path(), QStringLiteral("/nonexistent")});
    QCOMPARE(found.size(), 2);
    models::ToolModel model;
    QAbstractItemModelTester tester(&model);
    QVERIFY(!model.index(0, 0).data(models::ToolModel::IsFoundRole).isValid());
    model.setPrograms(found);
    QCOMPARE(model.toolAt(0), models::Tool::ClaudeCode);
    QCOMPARE(model.toolAt(1), models::Tool::Aider);
    QCOMPARE(model.toolAt(2), models::Tool::Codex);
    model.setFrame(test::connectFrame());
    QCOMPARE(model.index(0, models::ToolModel::LastSeen).data().toString(),
             QStringLiteral("4 min ago"));
    QVERIFY(model.index(0, 0).data(models::ToolModel::IsSeenRole).toBool());
    QCOMPARE(model.index(1, models::ToolModel::Connected).data().toString(),
             QStringLiteral("not yet"));
}

// `signalboxd with -- claude` under the key of `default`: its session and its program are the
// proof.
void tst_connect_page::aRunProvesItself()
{
    models::ToolModel model;
    QAbstractItemModelTester tester(&model);
    Frame frame = test::connectFrame();
    for (ClientView &client : frame.clients)
        client.lastSeenWallMs = 0;
    const auto settled = [&](const char *session, const char *program) {
        auto exchange = std::make_shared<Exchange>();
        exchange->phase = Phase::Settled;
        exchange->client = ClientId(QStringLiteral("default"));
        exchange->ask.session = QString::fromLatin1(session);
        exchange->caller.program = QString::fromLatin1(program);
        exchange->wallMs = frame.wallMs - 60'000;
        return exchange;
    };
    const auto cell = [&](models::Tool tool, models::ToolModel::Column column) {
        return model.index(model.rowOf(tool), column).data().toString();
    };
    frame.changed = {settled("claude-monet-notes", "python3")};
    model.take(frame);
    model.setFrame(frame);
    QCOMPARE(model.lastSeenOf(models::Tool::ClaudeCode), 0); // only named like it
    frame.changed = {settled("claude-7hx2mq", ""), settled("", "curl")};
    model.take(frame);
    model.setFrame(frame);
    QCOMPARE(model.lastSeenOf(models::Tool::ClaudeCode), frame.wallMs - 60'000);
    QCOMPARE(cell(models::Tool::ClaudeCode, models::ToolModel::Connected),
             QStringLiteral("signalboxd with"));
    QVERIFY(cell(models::Tool::ClaudeCode, models::ToolModel::LastSeen)
                .contains(QStringLiteral("1 min")));
    QCOMPARE(cell(models::Tool::Curl, models::ToolModel::Connected),
             QStringLiteral("another client's key"));
    QCOMPARE(model.lastSeenOf(models::Tool::Codex), 0);

    // Seen while nobody looked at the page.
    Desk desk;
    pages::ConnectPage page(desk.context());
    page.setFrame(std::make_shared<const Frame>(frame));
    page.resize(1100, 700);
    page.show();
    QVERIFY2(allText(page).contains(QStringLiteral("Connected. Last request seen")),
             qPrintable(allText(page)));
}

void tst_connect_page::keyStaysOffTheScreen()
{
    Desk desk;
    desk.link.fakeSetup.configAnswer = std::make_shared<config::ConfigSnapshot>();
    desk.link.fakeSetup.addClientAnswer
        = engine::NewClient{ClientId(QStringLiteral("claude-code")), QStringLiteral("sbx-secret")};
    pages::ConnectPage page(desk.context());
    page.resize(1100, 700);
    page.show();
    page.setFrame(std::make_shared<Frame>(test::connectFrame()));
    page.open(QStringLiteral("claude-code"));
    QSignalSpy copied(&page, &pages::Page::copyRequested);
    QVERIFY(QTest::qWaitForWindowActive(&page));
    auto *table = test::named<QTableView>(page, QStringLiteral("Tools"));
    table->setFocus();
    QTest::keySequence(table, QKeySequence(QKeySequence::Copy));
    QTRY_COMPARE_WITH_TIMEOUT(copied.size(), 1, kPatience);
    QVERIFY(copied.first().first().toString().contains(
        QStringLiteral("ANTHROPIC_AUTH_TOKEN=sbx-secret ")));
    QCOMPARE(desk.link.fakeSetup.calls.count(QStringLiteral("addClient")), 1);
    for (const auto *box : page.findChildren<QPlainTextEdit *>()) {
        QVERIFY(!box->toPlainText().contains(QStringLiteral("sbx-")));
        QVERIFY(box->isReadOnly());
    }
    QVERIFY(test::named<QPlainTextEdit>(page, QStringLiteral("Command"))
                ->toPlainText()
                .contains(QStringLiteral("ANTHROPIC_AUTH_TOKEN=$SIGNALBOX_KEY")));
    // One that has its client gets that one's key.
    desk.link.fakeSetup.configAnswer = test::someConfig();
    desk.link.fakeSetup.clientKeyAnswer = QStringLiteral("sbx-known");
    QTest::keySequence(table, QKeySequence(QKeySequence::Copy));
    QTRY_COMPARE_WITH_TIMEOUT(copied.size(), 2, kPatience);
    QVERIFY(copied.last().first().toString().contains(QStringLiteral("sbx-known")));
    QCOMPARE(desk.link.fakeSetup.calls.count(QStringLiteral("addClient")), 1);
}

void tst_connect_page::unspokenToolsSaySo()
{
    Desk desk;
    pages::ConnectPage page(desk.context());
    page.resize(1100, 700);
    page.show();
    page.setFrame(std::make_shared<Frame>(test::connectFrame()));
    for (const char *id : {"codex", "gemini-cli"}) {
        page.open(QString::fromLatin1(id));
        QVERIFY(allText(page).contains(
            QStringLiteral("Signalbox does not speak this tool's protocol yet.")));
        QVERIFY(!test::button(page, QStringLiteral("Launch in a terminal"))->isEnabled());
        QVERIFY(!test::button(page, QStringLiteral("Copy with the key"))->isEnabled());
    }
    page.open(QStringLiteral("cursor"));
    QVERIFY(allText(page).contains(QStringLiteral("refuse private addresses")));
    QVERIFY(!test::button(page, QStringLiteral("Launch in a terminal")));
}

void tst_connect_page::noTerminalIsSaid()
{
    QVERIFY(!pages::findTerminal({QStringLiteral("/nonexistent")}));
    QTemporaryDir path;
    QFile file(path.filePath(QStringLiteral("xterm")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.setPermissions(QFile::ReadOwner | QFile::ExeOwner);
    const auto terminal = pages::findTerminal({path.path()});
    QVERIFY(terminal);
    QCOMPARE(terminal->before, QStringList{QStringLiteral("-e")});
}

void tst_connect_page::launchGivesTheProcessItsOwnEnvironment()
{
    // The "terminal" runs what it is given and leaves what it saw in a file.
    QTemporaryDir folder;
    const QString seen = folder.filePath(QStringLiteral("seen"));
    QFile script(folder.filePath(QStringLiteral("foot")));
    QVERIFY(script.open(QIODevice::WriteOnly));
    script.write("#!/bin/sh\nSHELL=/bin/true\nexport SHELL\nexec \"$@\"\n");
    script.close();
    script.setPermissions(QFile::ReadOwner | QFile::ExeOwner | QFile::WriteOwner);
    const pages::Terminal terminal{script.fileName(), {}};
    QVERIFY(pages::launch(
        terminal, {{QStringLiteral("SBX_TEST_KEY"), QStringLiteral("sbx-key of test")}},
        {QStringLiteral("/bin/sh"), QStringLiteral("-c"),
         QStringLiteral("echo \"$SBX_TEST_KEY\" > '%1.part'; mv '%1.part' '%1'").arg(seen)}));
    QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(seen), kPatience);
    QFile read(seen);
    QVERIFY(read.open(QIODevice::ReadOnly));
    QCOMPARE(read.readAll(), QByteArray("sbx-key of test\n"));
    QVERIFY(!qEnvironmentVariableIsSet("SBX_TEST_KEY")); // ours is as it was
}

void tst_connect_page::keysAreShownOnce()
{
    Desk desk;
    desk.link.fakeSetup.configAnswer = test::someConfig();
    desk.link.fakeSetup.addClientAnswer
        = engine::NewClient{ClientId(QStringLiteral("ci")), QStringLiteral("sbx-once")};
    pages::ConnectPage page(desk.context());
    page.resize(1100, 700);
    page.show();
    page.setFrame(std::make_shared<Frame>(test::connectFrame()));
    page.open(QStringLiteral("keys"));
    auto *table = test::named<QTableView>(page, QStringLiteral("Clients and their keys"));
    QCOMPARE(table->model()->rowCount(), 3);
    auto *name = test::named<QLineEdit>(page, QStringLiteral("Name of the app or person"));
    name->setFocus();
    QTest::keyClicks(name, QStringLiteral("CI"));
    QTest::keyClick(name, Qt::Key_Return);
    QTRY_VERIFY_WITH_TIMEOUT(allText(page).contains(QStringLiteral("sbx-once")), kPatience);
    QVERIFY(page.closeLayer());
    QVERIFY(!allText(page).contains(QStringLiteral("sbx-once")));
    QVERIFY(!page.closeLayer());
}

void tst_connect_page::revokeCanBeUndone()
{
    Desk desk;
    desk.link.fakeSetup.configAnswer = test::someConfig();
    pages::ConnectPage page(desk.context());
    page.resize(1100, 700);
    page.show();
    page.setFrame(std::make_shared<Frame>(test::connectFrame()));
    page.open(QStringLiteral("keys"));
    auto *table = test::named<QTableView>(page, QStringLiteral("Clients and their keys"));
    QVERIFY(!test::button(page, QStringLiteral("Revoke"))->isEnabled());
    table->selectRow(2); // revoked already
    QVERIFY(!test::button(page, QStringLiteral("Revoke"))->isEnabled());
    table->selectRow(1);
    QAbstractButton *revoke = test::button(page, QStringLiteral("Revoke"));
    QVERIFY(revoke->isEnabled());
    revoke->setFocus();
    QTest::keyClick(revoke, Qt::Key_Space);
    QTRY_VERIFY_WITH_TIMEOUT(test::button(page, QStringLiteral("Undo")), kPatience);
    QTest::mouseClick(test::button(page, QStringLiteral("Undo")), Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(desk.link.fakeSetup.calls.contains(QStringLiteral("editConfig")),
                             kPatience);
}

void tst_connect_page::namesAreUnique()
{
    Desk desk;
    desk.link.fakeSetup.configAnswer = test::someConfig();
    pages::ConnectPage page(desk.context());
    page.resize(1100, 700);
    page.show();
    page.setFrame(std::make_shared<Frame>(test::connectFrame()));
    for (const QString &tab : {QStringLiteral("tools"), QStringLiteral("keys")}) {
        page.open(tab);
        QHash<QWidget *, QSet<QString>> seen;
        for (QWidget *widget : page.findChildren<QWidget *>()) {
            if (!widget->isVisibleTo(&page) || widget->focusPolicy() == Qt::NoFocus
                || widget->objectName().startsWith(QStringLiteral("qt_")))
                continue;
            auto *button = qobject_cast<QAbstractButton *>(widget);
            const QString name = !widget->accessibleName().isEmpty() ? widget->accessibleName()
                : button                                             ? button->text()
                                                                     : QString();
            const bool isInner = qobject_cast<QAbstractItemView *>(widget->parentWidget());
            if (isInner)
                continue;
            QVERIFY2(!name.isEmpty(), widget->metaObject()->className());
            QVERIFY2(!seen[widget->parentWidget()].contains(name), qPrintable(name));
            seen[widget->parentWidget()].insert(name);
        }
    }
    QSet<QString> names;
    for (const QAction *action : page.actions()) {
        QVERIFY(!action->text().isEmpty() && !action->objectName().isEmpty());
        QVERIFY(!names.contains(action->objectName()));
        names.insert(action->objectName());
    }
}

QTEST_MAIN(tst_connect_page)
#include "tst_connect_page.moc"
