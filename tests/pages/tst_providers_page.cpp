// The Providers page by keyboard: keys in and never out, actions as requests, adding, removing.
#include "chain_kit.h"
#include "kit/console_style.h"
#include "kit/notice_bar.h"
#include "kit/plain_label.h"
#include "models/provider_edits.h"
#include "pages/providers/providers_page.h"

#include <QAccessible>
#include <QAction>
#include <QComboBox>
#include <QLineEdit>
#include <QPushButton>
#include <QTableView>
#include <QTest>

using namespace sb;
using pages::ProvidersPage;

namespace {

const ProviderId kAnthropic(QStringLiteral("anthropic"));
const QString kSecret = QStringLiteral("sk-ant-api03-abcdefghijklmnop9f2c");

struct Opened {
    test::Desk desk;
    std::unique_ptr<ProvidersPage> page;

    explicit Opened(const QByteArray &text = test::chainsText())
    {
        test::serve(desk.link, text, 7);
        page = std::make_unique<ProvidersPage>(desk.context());
        page->resize(1104, 760);
        page->show();
        page->activateWindow();
        page->setFrame(desk.frame());
        QCoreApplication::processEvents();
    }
    template <typename T> T *find(const QString &name) const
    {
        for (T *widget : page->findChildren<T *>()) {
            if (widget->accessibleName() == name)
                return widget;
        }
        qFatal("no widget %s", qPrintable(name));
    }
    QPushButton *button(const QString &text) const
    {
        for (QPushButton *button : page->findChildren<QPushButton *>()) {
            if (button->text() == text && button->isVisible())
                return button;
        }
        return nullptr;
    }
    void trigger(const char *name) const
    {
        for (QAction *action : page->actions()) {
            if (action->objectName() == QLatin1StringView(name))
                return action->trigger();
        }
        qFatal("no action %s", name);
    }
    bool hasText(const QString &part) const
    {
        for (kit::PlainLabel *label : page->findChildren<kit::PlainLabel *>()) {
            if (label->isVisible() && label->text().contains(part))
                return true;
        }
        return false;
    }
    const QStringList &calls() const { return desk.link.fakeSetup.calls; }
};

} // namespace

class TestProvidersPage : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void showsProvidersAndKeys();
    void rotateByKeyboard();
    void verifyAndSwitch();
    void keyActions();
    void removalNamesTheChains();
    void priceOfAModel();
    void addByKey();
    void ownAddressIsRefused();
    void pricesAsText();
    void keysAreMasked();
    void everyControlHasAName();
};

void TestProvidersPage::initTestCase()
{
    qApp->setStyle(new kit::ConsoleStyle);
}

void TestProvidersPage::showsProvidersAndKeys()
{
    Opened open;
    auto *table = open.find<QTableView>(QStringLiteral("Providers"));
    QCOMPARE(table->model()->rowCount(), 5);
    QCOMPARE(table->model()->index(0, 3).data().toString(), QStringLiteral("2, one draining"));
    QCOMPARE(table->model()->index(4, 3).data().toString(), QStringLiteral("none needed"));
    QCOMPARE(open.page->current(), kAnthropic);
    auto *keys = open.find<QTableView>(QStringLiteral("Keys, in the order they are tried"));
    QCOMPARE(keys->model()->rowCount(), 2);
    QCOMPARE(keys->model()->index(1, 1).data().toString(), QStringLiteral("ok, draining"));
    QCOMPARE(keys->model()->index(1, 2).data().toString(), QStringLiteral("variable OLD_KEY"));
    QVERIFY(open.hasText(QStringLiteral("coding (target 1)")));
    QVERIFY(open.desk.link.fakeHistory.calls.contains(QStringLiteral("health")));
    table->setFocus();
    QTest::keyClick(table, Qt::Key_Down);
    QCOMPARE(open.page->current().text(), QStringLiteral("openai"));
    QCOMPARE(keys->model()->rowCount(), 1);
}

void TestProvidersPage::rotateByKeyboard()
{
    Opened open;
    open.desk.link.fakeSetup.rotateKeyAnswer = KeyId(QStringLiteral("main-2"));
    open.trigger("providers.rotate");
    auto *secret = open.find<QLineEdit>(QStringLiteral("New key"));
    QTRY_VERIFY(secret->hasFocus());
    QCOMPARE(secret->echoMode(), QLineEdit::Password);
    QTest::keyClicks(secret, kSecret);
    QTest::keyClick(secret, Qt::Key_Return);
    QVERIFY(secret->text().isEmpty());
    QVERIFY(open.calls().contains(QStringLiteral("rotateKey")));
    QCOMPARE(open.desk.link.fakeSetup.askedKey.text(), QStringLiteral("main"));
    QCOMPARE(open.desk.link.fakeSetup.givenKey.reveal().toByteArray(), kSecret.toUtf8());
    QTRY_VERIFY(open.hasText(QStringLiteral("sk-ant-...9f2c")));
    QVERIFY(!open.hasText(kSecret));
    // Esc closes the row and forgets what was typed.
    open.trigger("providers.addKey");
    QTest::keyClicks(secret, kSecret);
    QVERIFY(open.page->closeLayer());
    QVERIFY(secret->text().isEmpty());
    QVERIFY(!open.page->closeLayer());
}

void TestProvidersPage::verifyAndSwitch()
{
    Opened open;
    open.desk.link.fakeSetup.verifyKeyAnswer = unexpected(
        Error::make(QStringLiteral("key_rejected"), QStringLiteral("invalid x-api-key")));
    QTest::mouseClick(open.button(QStringLiteral("Verify")), Qt::LeftButton);
    QTRY_VERIFY(open.hasText(QStringLiteral("invalid x-api-key")));
    open.desk.link.fakeSetup.verifyKeyAnswer
        = engine::Verified{12, {QStringLiteral("a")}, Millis(230)};
    QTest::mouseClick(open.button(QStringLiteral("Verify")), Qt::LeftButton);
    QTRY_VERIFY(open.hasText(QStringLiteral("works: 12")));

    QTest::mouseClick(open.button(QStringLiteral("Switch off")), Qt::LeftButton);
    QTRY_COMPARE(open.desk.link.fakeControl.calls, QStringList{QStringLiteral("setProviderOff")});
    // The switch moves when the engine says so, not before.
    QVERIFY(open.button(QStringLiteral("Switch off")));
    QByteArray off = test::chainsText();
    off.replace("\"id\": \"anthropic\",", "\"id\": \"anthropic\", \"off\": true,");
    test::serve(open.desk.link, off, 8);
    open.page->setFrame(open.desk.frame());
    QVERIFY(open.button(QStringLiteral("Switch on")));
}

void TestProvidersPage::keyActions()
{
    Opened open;
    auto *keys = open.find<QTableView>(QStringLiteral("Keys, in the order they are tried"));
    keys->setFocus();
    QTest::keyClick(keys, Qt::Key_Down);
    open.trigger("providers.switchKey");
    QTRY_VERIFY(open.calls().contains(QStringLiteral("setKeyOff")));
    QCOMPARE(open.desk.link.fakeSetup.askedKey.text(), QStringLiteral("old"));
    QTest::mouseClick(open.button(QStringLiteral("Remove key")), Qt::LeftButton);
    QTRY_VERIFY(open.calls().contains(QStringLiteral("removeKey")));
    QPushButton *undo = nullptr;
    QTRY_VERIFY((undo = open.button(QStringLiteral("Undo"))));
    QTest::mouseClick(undo, Qt::LeftButton);
    QTRY_VERIFY(open.calls().contains(QStringLiteral("applyText")));
    QCOMPARE(open.desk.link.fakeSetup.appliedText, test::chainsText());
    QCOMPARE(open.desk.link.fakeSetup.appliedBase, 7u);
    open.page->select(ProviderId(QStringLiteral("openai")));
    QVERIFY(!open.button(QStringLiteral("Remove key"))->isEnabled()); // its only one
}

void TestProvidersPage::removalNamesTheChains()
{
    Opened open;
    open.trigger("providers.remove");
    QVERIFY(open.hasText(QStringLiteral("Anthropic is used by coding (target 1)")));
    QVERIFY(!open.calls().contains(QStringLiteral("removeProvider")));
    QPushButton *confirm = nullptr;
    for (QPushButton *button : open.page->findChildren<QPushButton *>()) {
        if (button->text() == QStringLiteral("Remove provider") && button->isVisible()
            && kit::isPrimary(button))
            confirm = button;
    }
    QVERIFY(confirm);
    QTest::mouseClick(confirm, Qt::LeftButton);
    QTRY_VERIFY(open.calls().contains(QStringLiteral("removeProvider")));
    QCOMPARE(open.desk.link.fakeSetup.askedProvider, kAnthropic);
    QTRY_VERIFY(open.button(QStringLiteral("Undo")));
    // The only target of a chain stays until the chain has another one.
    open.page->select(ProviderId(QStringLiteral("ollama")));
    open.trigger("providers.remove");
    QVERIFY(open.hasText(QStringLiteral("A chain needs at least one target")));
    QVERIFY(!confirm->isEnabled());
}

void TestProvidersPage::priceOfAModel()
{
    Opened open;
    open.desk.link.fakeSetup.applyTextAnswer = Result<quint32>(8);
    open.page->select(ProviderId(QStringLiteral("openai")));
    open.trigger("providers.price");
    auto *in = open.find<QLineEdit>(QStringLiteral("Dollars per million prompt tokens"));
    auto *out = open.find<QLineEdit>(QStringLiteral("Dollars per million answer tokens"));
    open.find<QComboBox>(QStringLiteral("Model to price"))->setEditText(QStringLiteral("gpt-9"));
    in->setText(QStringLiteral("1.25"));
    out->setText(QStringLiteral("a lot"));
    QTest::keyClick(out, Qt::Key_Return);
    QVERIFY(open.calls().filter(QStringLiteral("applyText")).isEmpty());
    out->setText(QStringLiteral("10"));
    QTest::keyClick(out, Qt::Key_Return);
    QTRY_VERIFY(open.calls().contains(QStringLiteral("applyText")));
    const auto config = test::snapshotOf(open.desk.link.fakeSetup.appliedText, 8);
    const auto *openai = config->provider(ProviderId(QStringLiteral("openai")));
    QCOMPARE(openai->models.size(), 3); // and the two that chains use
    QCOMPARE(openai->models[0].price->base.input->pico, 1'250'000);
    QCOMPARE(open.desk.link.fakeSetup.appliedBase, 7u);
}

void TestProvidersPage::addByKey()
{
    Opened open;
    engine::ProviderDraft anthropic;
    anthropic.catalogId = QStringLiteral("anthropic");
    anthropic.label = QStringLiteral("Anthropic");
    anthropic.id = kAnthropic;
    open.desk.link.fakeSetup.recogniseAnswer = {anthropic};
    open.desk.link.fakeSetup.verifyNewAnswer = engine::Verified{9, {}, Millis(150)};
    open.desk.link.fakeSetup.addProviderAnswer = ProviderId(QStringLiteral("anthropic-2"));
    open.page->open(QStringLiteral("add"));
    auto *key = open.find<QLineEdit>(QStringLiteral("Key of the new provider"));
    QTRY_VERIFY(key->hasFocus());
    QCOMPARE(key->echoMode(), QLineEdit::Password);
    QTest::keyClicks(key, kSecret);
    auto *choice = open.find<QComboBox>(QStringLiteral("Which provider"));
    QCOMPARE(choice->currentText(), QStringLiteral("Anthropic"));
    QTest::mouseClick(open.button(QStringLiteral("Verify")), Qt::LeftButton);
    QTRY_VERIFY(open.hasText(QStringLiteral("It works: 9")));
    QTest::keyClick(key, Qt::Key_Return);
    QTRY_VERIFY(open.calls().contains(QStringLiteral("addProvider")));
    QTRY_VERIFY(key->text().isEmpty());
    QTRY_VERIFY(open.hasText(QStringLiteral("anthropic-2 is added")));
    // Refused: the key stays in its field for another try.
    open.desk.link.fakeSetup.addProviderAnswer
        = unexpected(Error::make(QStringLiteral("disk"), QStringLiteral("No space")));
    open.page->beginAdding();
    QTest::keyClicks(key, kSecret);
    QTest::keyClick(key, Qt::Key_Return);
    QTRY_VERIFY(open.hasText(QStringLiteral("No space")));
    QVERIFY(!key->text().isEmpty());
    QVERIFY(open.page->closeLayer());
    QVERIFY(key->text().isEmpty());
}

void TestProvidersPage::ownAddressIsRefused()
{
    Opened open;
    open.page->beginAdding();
    auto *choice = open.find<QComboBox>(QStringLiteral("Which provider"));
    choice->setCurrentIndex(choice->count() - 1);
    auto *base = open.find<QLineEdit>(QStringLiteral("Address of the provider"));
    open.find<QLineEdit>(QStringLiteral("Name of the provider"))->setText(QStringLiteral("me"));
    for (const char *address :
         {"http://127.0.0.1:7317/v1", "http://localhost:7317", "not an address", "ftp://x", ""}) {
        base->setText(QString::fromLatin1(address));
        QVERIFY2(!open.button(QStringLiteral("Add provider"))->isEnabled(), address);
    }
    base->setText(QStringLiteral("http://localhost:7317/v1"));
    QVERIFY(open.hasText(QStringLiteral("our own address")));
    base->setText(QStringLiteral("http://127.0.0.1:9001/v1"));
    QVERIFY(open.button(QStringLiteral("Add provider"))->isEnabled());
}

void TestProvidersPage::pricesAsText()
{
    const QByteArray text = test::chainsText();
    const ProviderId openai(QStringLiteral("openai"));
    const auto once = models::withPrice(text, openai, QStringLiteral("m"), QStringLiteral("1"),
                                        QStringLiteral("2"), {});
    QVERIFY(once.has_value());
    const auto twice = models::withPrice(*once, openai, QStringLiteral("m"), QStringLiteral("3"),
                                         QStringLiteral("4"), {});
    QVERIFY(twice->contains("\"3\""));
    QVERIFY(!twice->contains("\"1\", "));
    const auto another = models::withPrice(*twice, openai, QStringLiteral("n"), QStringLiteral("5"),
                                           QStringLiteral("6"), {QStringLiteral("unused")});
    QVERIFY(another->contains("\"n\""));
    QVERIFY(!another->contains("unused")); // it lists its models already
    QVERIFY(!models::withPrice(text, ProviderId(QStringLiteral("none")), QStringLiteral("m"),
                               QStringLiteral("1"), QStringLiteral("2"), {}));
}

void TestProvidersPage::keysAreMasked()
{
    QCOMPARE(models::maskedKey(kSecret), QStringLiteral("sk-ant-...9f2c"));
    QCOMPARE(models::maskedKey(QStringLiteral("gsk_0123456789abcdef")),
             QStringLiteral("gsk...cdef"));
    QCOMPARE(models::maskedKey(QStringLiteral("short")), QStringLiteral("..."));
    QVERIFY(!models::maskedKey(QStringLiteral("sk-0123456789abcdefgh"))
                 .contains(QStringLiteral("0123")));
}

void TestProvidersPage::everyControlHasAName()
{
    Opened open;
    for (const bool isAdding : {false, true}) {
        if (isAdding)
            open.page->beginAdding();
        for (QWidget *widget : open.page->findChildren<QWidget *>()) {
            if (widget->focusPolicy() == Qt::NoFocus || !widget->isVisible()
                || qobject_cast<QAbstractScrollArea *>(widget->parentWidget())
                || qobject_cast<QComboBox *>(widget->parentWidget()))
                continue;
            const QAccessibleInterface *face = QAccessible::queryAccessibleInterface(widget);
            QVERIFY2(face && !face->text(QAccessible::Name).isEmpty(),
                     widget->metaObject()->className());
        }
    }
}

QTEST_MAIN(TestProvidersPage)
#include "tst_providers_page.moc"
