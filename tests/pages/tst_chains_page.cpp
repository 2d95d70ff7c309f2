// The Chains page by keyboard: edits, undo, apply, what is refused, what is kept.
#include "chain_kit.h"
#include "kit/console_style.h"
#include "kit/notice_bar.h"
#include "kit/plain_label.h"
#include "models/target_model.h"
#include "pages/chains/chains_page.h"
#include "pages/chains/review_panel.h"

#include <QAccessible>
#include <QAction>
#include <QComboBox>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTabBar>
#include <QTableView>
#include <QTest>

using namespace sb;
using pages::ChainsPage;

namespace {

const ChainId kCoding(QStringLiteral("coding"));

struct Opened {
    test::Desk desk;
    std::unique_ptr<ChainsPage> page;

    explicit Opened(const QByteArray &text = test::chainsText())
    {
        test::serve(desk.link, text, 7);
        open();
    }
    explicit Opened(const Unexpected &refusal)
    {
        test::serve(desk.link, test::chainsText(), 7);
        desk.link.fakeSetup.configTextAnswer = refusal;
        open();
    }
    void open()
    {
        page = std::make_unique<ChainsPage>(desk.context());
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
    QTableView *targets() const
    {
        return find<QTableView>(QStringLiteral("Targets of the chain, first to last"));
    }
    QString firstModel() const
    {
        return desk.drafts.draft().chain(kCoding)->targets.value(0).model;
    }
    bool hasText(const QString &part) const
    {
        for (kit::PlainLabel *label : page->findChildren<kit::PlainLabel *>()) {
            if (label->isVisible() && label->text().contains(part))
                return true;
        }
        return false;
    }
};

} // namespace

class TestChainsPage : public QObject {
    Q_OBJECT
private slots:
    void initTestCase();
    void showsWhatRuns();
    void notReadIsNotEmpty();
    void byKeyboardAlone();
    void editInPlace();
    void newRenameDelete();
    void applyAndTakeBack();
    void refusedDraftIsNotSent();
    void changedMeanwhile();
    void refusedByTheEngine();
    void draftOutlivesTheWindow();
    void versionsAreRestoredAsDraft();
    void tryARequest();
    void worstCases();
    void diffOfLines();
    void everyControlHasAName();
};

void TestChainsPage::initTestCase()
{
    qApp->setStyle(new kit::ConsoleStyle);
}

void TestChainsPage::showsWhatRuns()
{
    Opened open;
    QCOMPARE(open.page->current(), kCoding);
    QCOMPARE(open.targets()->model()->rowCount(), 3);
    const auto cell = [&open](int row, int column) {
        return open.targets()->model()->index(row, column).data().toString();
    };
    QCOMPARE(cell(0, models::TargetModel::Provider), QStringLiteral("Anthropic"));
    QCOMPARE(cell(0, models::TargetModel::Model), QStringLiteral("claude-sonnet-4-5"));
    QVERIFY(cell(0, models::TargetModel::Input).startsWith(u'$'));
    QVERIFY(cell(1, models::TargetModel::Times).contains(QStringLiteral("price")));
    QVERIFY(open.hasText(QStringLiteral("Claude Code")));
    QVERIFY(open.hasText(QStringLiteral("before giving up")));
    QVERIFY(!open.button(QStringLiteral("Apply")));
    // Nothing is asked for the models until somebody chooses a provider.
    QVERIFY(!open.desk.link.fakeSetup.calls.contains(QStringLiteral("verifyKey")));
}

void TestChainsPage::notReadIsNotEmpty()
{
    Opened o(unexpected(Error::make(QStringLiteral("store"), QStringLiteral("The disk is full."))));
    QTRY_VERIFY(o.hasText(QStringLiteral("The disk is full.")));
    QVERIFY(!o.button(QStringLiteral("New chain")));
    test::serve(o.desk.link, test::chainsText(), 7);
    QTest::mouseClick(o.button(QStringLiteral("Try again")), Qt::LeftButton);
    QTRY_VERIFY(!o.button(QStringLiteral("Try again")));
    QVERIFY(o.targets()->isVisible());
}

void TestChainsPage::byKeyboardAlone()
{
    Opened open;
    open.targets()->setFocus();
    open.targets()->setCurrentIndex(open.targets()->model()->index(0, 0));
    QTest::keyClick(open.targets(), Qt::Key_Down, Qt::AltModifier);
    QCOMPARE(open.firstModel(), QStringLiteral("gpt-5"));
    QCOMPARE(open.targets()->currentIndex().row(), 1);
    QTest::keyClick(open.targets(), Qt::Key_Up, Qt::AltModifier);
    QCOMPARE(open.firstModel(), QStringLiteral("claude-sonnet-4-5"));
    QTest::keyClick(open.targets(), Qt::Key_Delete);
    QCOMPARE(open.desk.drafts.draft().chain(kCoding)->targets.size(), 2);
    QVERIFY(open.button(QStringLiteral("Apply")));
    QTest::keyClick(open.targets(), Qt::Key_Z, Qt::ControlModifier);
    QCOMPARE(open.desk.drafts.draft().chain(kCoding)->targets.size(), 3);
    QTest::keyClick(open.targets(), Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(open.desk.drafts.draft().chain(kCoding)->targets.size(), 2);

    QTest::keyClick(open.targets(), Qt::Key_N, Qt::ControlModifier | Qt::ShiftModifier);
    auto *provider = open.find<QComboBox>(QStringLiteral("Provider of the new target"));
    QTRY_VERIFY(provider->hasFocus());
    QTest::keyClick(provider, Qt::Key_End);
    QCOMPARE(provider->currentText(), QStringLiteral("demo"));
    QTest::keyClick(provider, Qt::Key_Tab);
    auto *model = open.find<QLineEdit>(QStringLiteral("Model of the new target"));
    QTRY_VERIFY(model->hasFocus());
    QTest::keyClicks(model, QStringLiteral("my-model"));
    QTest::keyClick(model, Qt::Key_Return);
    const auto targets = open.desk.drafts.draft().chain(kCoding)->targets;
    QCOMPARE(targets.size(), 3);
    QCOMPARE(targets[2].provider.text(), QStringLiteral("demo"));
    QCOMPARE(targets[2].model, QStringLiteral("my-model"));
    QTest::keyClick(model, Qt::Key_S, Qt::ControlModifier);
    QCOMPARE(open.desk.link.fakeSetup.appliedBase, 7u);
    QVERIFY(open.desk.link.fakeSetup.appliedText.contains("my-model"));
}

void TestChainsPage::editInPlace()
{
    Opened open;
    QTableView *view = open.targets();
    view->setFocus();
    view->setCurrentIndex(view->model()->index(0, models::TargetModel::Model));
    QTest::keyClick(view, Qt::Key_F2);
    auto *line = open.find<QLineEdit>(QStringLiteral("Model of target 1"));
    line->selectAll();
    QTest::keyClicks(line, QStringLiteral("claude-opus-4-5"));
    QTest::keyClick(line, Qt::Key_Return);
    QTRY_COMPARE(open.firstModel(), QStringLiteral("claude-opus-4-5"));
    QCOMPARE(open.desk.drafts.changes().size(), 1);
    view->setCurrentIndex(view->model()->index(0, models::TargetModel::Key));
    QVERIFY(view->model()->setData(view->currentIndex(), QStringLiteral("old")));
    QCOMPARE(open.desk.drafts.draft().chain(kCoding)->targets[0].key.text(), QStringLiteral("old"));
}

void TestChainsPage::newRenameDelete()
{
    Opened open;
    QSignalSpy said(open.page.get(), &pages::Page::said);
    QTest::keyClick(open.targets(), Qt::Key_N, Qt::ControlModifier);
    auto *name = open.find<QLineEdit>(QStringLiteral("Name of the chain"));
    QTRY_VERIFY(name->hasFocus());
    name->selectAll();
    QTest::keyClicks(name, QStringLiteral("Bad Name"));
    QVERIFY(!open.button(QStringLiteral("Create"))->isEnabled());
    name->selectAll();
    QTest::keyClicks(name, QStringLiteral("coding"));
    QVERIFY(!open.button(QStringLiteral("Create"))->isEnabled());
    name->selectAll();
    QTest::keyClicks(name, QStringLiteral("night"));
    QTest::keyClick(name, Qt::Key_Return);
    QCOMPARE(open.page->current().text(), QStringLiteral("night"));
    // Without a target it cannot be applied, and the page says why.
    QCOMPARE(open.desk.drafts.changes().size(), 1);

    const auto trigger = [&open](const char *action) {
        for (QAction *one : open.page->actions()) {
            if (one->objectName() == QLatin1StringView(action))
                return one->trigger();
        }
        QFAIL(action);
    };
    open.page->select(kCoding);
    trigger("chains.rename");
    QVERIFY(open.hasText(QStringLiteral("Claude Code")));
    name->selectAll();
    QTest::keyClicks(name, QStringLiteral("code"));
    QTest::keyClick(name, Qt::Key_Return);
    QVERIFY(open.desk.drafts.draft().chain(ChainId(QStringLiteral("code"))));
    QCOMPARE(open.page->current().text(), QStringLiteral("code"));
    trigger("chains.delete");
    QVERIFY(!open.desk.drafts.draft().chain(ChainId(QStringLiteral("code"))));
    QVERIFY(said.last().first().toString().contains(QStringLiteral("code")));
    trigger("chains.duplicate");
    trigger("chains.discard");
    QVERIFY(!open.desk.drafts.hasChanges());
    trigger("chains.undo");
    QVERIFY(open.desk.drafts.hasChanges());
}

void TestChainsPage::applyAndTakeBack()
{
    Opened open;
    open.desk.link.fakeSetup.applyTextAnswer = Result<quint32>(8);
    QSignalSpy said(open.page.get(), &pages::Page::said);
    QVERIFY(open.desk.drafts.moveTarget(kCoding, 0, 1));
    QCoreApplication::processEvents();
    QTest::mouseClick(open.button(QStringLiteral("Apply")), Qt::LeftButton);
    QTRY_COMPARE(said.size(), 1);
    const QByteArray applied = open.desk.link.fakeSetup.appliedText;
    QVERIFY(applied != test::chainsText());
    QVERIFY(!open.desk.drafts.hasChanges());
    QCOMPARE(open.desk.drafts.revision(), 8u);
    QVERIFY(open.hasText(QStringLiteral("Version 8")));
    QCOMPARE(open.desk.drafts.takeBack(), 8u); // the board offers it too

    open.desk.link.fakeSetup.applyTextAnswer = Result<quint32>(9);
    QPushButton *undo = open.button(QStringLiteral("Undo"));
    QVERIFY(undo);
    QTest::mouseClick(undo, Qt::LeftButton);
    QTRY_COMPARE(open.desk.drafts.revision(), 9u);
    QCOMPARE(open.desk.link.fakeSetup.appliedText, test::chainsText());
    QCOMPARE(open.desk.link.fakeSetup.appliedBase, 8u);
    QCOMPARE(open.desk.drafts.baseText(), test::chainsText());
    QCOMPARE(open.desk.drafts.takeBack(), 0u);
}

void TestChainsPage::refusedDraftIsNotSent()
{
    Opened open;
    config::Problem problem;
    problem.path = QStringLiteral("$.chains[0].targets");
    problem.message = QStringLiteral("At least one is needed.");
    open.desk.link.fakeSetup.checkTextAnswer = {problem};
    QVERIFY(open.desk.drafts.removeTarget(kCoding, 0));
    QTRY_VERIFY(open.hasText(QStringLiteral("At least one is needed.")));
    QVERIFY(!open.button(QStringLiteral("Apply"))->isEnabled());
    QTest::keyClick(open.targets(), Qt::Key_S, Qt::ControlModifier);
    QVERIFY(!open.desk.link.fakeSetup.calls.contains(QStringLiteral("applyText")));
    // What is checked is what would be applied.
    QCOMPARE(open.desk.link.fakeSetup.checkedText, open.desk.drafts.text().value());
}

void TestChainsPage::changedMeanwhile()
{
    Opened open;
    QVERIFY(open.desk.drafts.moveTarget(kCoding, 0, 1));
    // Somebody else edits the file; the engine refuses ours.
    models::ChainDrafts other;
    other.setBase(test::chainsText(), 7);
    QVERIFY(other.removeTarget(ChainId(QStringLiteral("chat")), 1));
    test::serve(open.desk.link, other.text().value(), 8);
    open.desk.link.fakeSetup.applyTextAnswer
        = unexpected(Error::make(QStringLiteral("changed_meanwhile"), QString()));
    QSignalSpy said(open.page.get(), &pages::Page::said);
    QTest::keyClick(open.targets(), Qt::Key_S, Qt::ControlModifier);
    QTRY_VERIFY(open.desk.drafts.isOutdated());
    QTRY_COMPARE(said.size(), 1);
    QVERIFY(!open.button(QStringLiteral("Apply"))->isEnabled());
    QPushButton *redo = open.button(QStringLiteral("Redo the draft on it"));
    QVERIFY(redo);
    QTest::mouseClick(redo, Qt::LeftButton);
    QVERIFY(!open.desk.drafts.isOutdated());
    QCOMPARE(open.desk.drafts.revision(), 8u);
    QCOMPARE(open.firstModel(), QStringLiteral("gpt-5"));
    open.desk.link.fakeSetup.applyTextAnswer = Result<quint32>(9);
    QTest::keyClick(open.targets(), Qt::Key_S, Qt::ControlModifier);
    QTRY_COMPARE(open.desk.link.fakeSetup.appliedBase, 8u);
    QTRY_VERIFY(!open.desk.drafts.hasChanges());
}

void TestChainsPage::refusedByTheEngine()
{
    Opened open;
    open.desk.link.fakeSetup.applyTextAnswer = unexpected(
        Error::make(QStringLiteral("disk"), QStringLiteral("No space left on device")));
    QSignalSpy said(open.page.get(), &pages::Page::said);
    QVERIFY(open.desk.drafts.moveTarget(kCoding, 0, 1));
    QTest::keyClick(open.targets(), Qt::Key_S, Qt::ControlModifier);
    QTRY_COMPARE(said.size(), 1);
    QVERIFY(said[0][0].toString().contains(QStringLiteral("No space left")));
    QVERIFY(open.desk.drafts.hasChanges());
    QVERIFY(open.button(QStringLiteral("Apply"))->isEnabled());
}

void TestChainsPage::draftOutlivesTheWindow()
{
    test::Desk second;
    QByteArray text;
    {
        Opened open;
        QVERIFY(open.desk.drafts.moveTarget(kCoding, 0, 1));
        QVERIFY(open.desk.drafts.renameChain(ChainId(QStringLiteral("chat")),
                                             ChainId(QStringLiteral("talk"))));
        text = open.desk.drafts.text().value();
        open.desk.settings->sync();
        second.settings->setValue(QStringLiteral("chains/draft"),
                                  open.desk.settings->value(QStringLiteral("chains/draft")));
    }
    test::serve(second.link, test::chainsText(), 7);
    ChainsPage page(second.context());
    page.setFrame(second.frame());
    QTRY_VERIFY(second.drafts.hasChanges());
    QCOMPARE(second.drafts.text().value(), text);
    QVERIFY(second.drafts.discard());
    QVERIFY(!second.settings->contains(QStringLiteral("chains/draft")));
}

void TestChainsPage::versionsAreRestoredAsDraft()
{
    Opened open;
    models::ChainDrafts older;
    older.setBase(test::chainsText(), 6);
    QVERIFY(older.removeTarget(kCoding, 0));
    open.desk.link.fakeSetup.versionsAnswer = QList<engine::ConfigVersion>{
        {7, test::kChainNow, QStringLiteral("window"), QStringLiteral("1 change")},
        {6, test::kChainNow - 60'000, QStringLiteral("file"), {}}};
    open.desk.link.fakeSetup.versionTextAnswer = older.text().value();
    open.page->open(QStringLiteral("history"));
    auto *view
        = open.find<QTableView>(QStringLiteral("Versions of the configuration, newest first"));
    QTRY_COMPARE(view->model()->rowCount(), 2);
    QTest::keyClick(view, Qt::Key_Down);
    QPushButton *restore = open.button(QStringLiteral("Restore as draft"));
    QTRY_VERIFY(restore->isEnabled());
    QTest::mouseClick(restore, Qt::LeftButton);
    QCOMPARE(open.desk.drafts.draft().chain(kCoding)->targets.size(), 2);
    QCOMPARE(open.page->findChild<QTabBar *>()->currentIndex(), int(ChainsPage::Review));
    QVERIFY(open.page->closeLayer());
    QVERIFY(!open.page->closeLayer());
}

void TestChainsPage::tryARequest()
{
    Opened open;
    Decision decision;
    decision.source = RouteSource::Chain;
    decision.candidates
        = {{{ProviderId(QStringLiteral("anthropic")), QStringLiteral("claude-sonnet-4-5"), {}},
            1,
            CandidateFate::Skipped,
            SkipReason::MarkedDown},
           {{ProviderId(QStringLiteral("openai")), QStringLiteral("gpt-5"), {}}, 2},
           {{ProviderId(QStringLiteral("openrouter")), QStringLiteral("m"), {}}, 3}};
    open.desk.link.explainAnswer = decision;
    open.page->showTab(ChainsPage::Try);
    for (QAbstractButton *box : open.page->findChildren<QAbstractButton *>()) {
        if (box->accessibleName() == QStringLiteral("Anthropic is down"))
            box->click();
        if (box->text() == QStringLiteral("with tools"))
            box->click();
    }
    QTest::mouseClick(open.button(QStringLiteral("Show the route")), Qt::LeftButton);
    QCOMPARE(open.desk.link.explained.model, QStringLiteral("coding"));
    QVERIFY(open.desk.link.explained.hasTools);
    QCOMPARE(open.desk.link.explained.down.size(), 1);
    QCOMPARE(open.desk.link.explained.client.text(), QStringLiteral("claude-code"));
    auto *rows = open.find<QTableView>(QStringLiteral("The route, target by target"));
    QTRY_COMPARE(rows->model()->rowCount(), 3);
    QCOMPARE(rows->model()->index(0, 2).data().toString(), QStringLiteral("skipped"));
    QCOMPARE(rows->model()->index(1, 2).data().toString(), QStringLiteral("is called"));
    QVERIFY(open.hasText(QStringLiteral("OpenAI / gpt-5 is called first")));
}

void TestChainsPage::worstCases()
{
    const auto config = test::snapshotOf(test::chainsText(), 1);
    auto changed = std::make_shared<config::ConfigSnapshot>(*config);
    models::DraftChain chain;
    QCOMPARE(models::worstCase(chain, *changed), models::WorstCase());
    chain.targets = {{ProviderId(QStringLiteral("openai")), QStringLiteral("gpt-5"), {}, {}},
                     {ProviderId(QStringLiteral("anthropic")), QStringLiteral("x"), {}, {}}};
    // Two targets and one repeat; two of the three may go unanswered for 90 s, one waits 5 s.
    models::WorstCase worst = models::worstCase(chain, *changed);
    QCOMPARE(worst.attempts, 3);
    QCOMPARE(worst.time, Millis(90'000 + 90'000 + 5'000 + 250));
    changed->routing.maxUnknownRepeats = 0;
    QCOMPARE(models::worstCase(chain, *changed).time, Millis(90'000 + 5'000 + 5'000 + 250));
    changed->routing.maxAttempts = 1;
    worst = models::worstCase(chain, *changed);
    QCOMPARE(worst.attempts, 1);
    QCOMPARE(worst.time, Millis(90'000));
    changed->routing.total = Millis(30'000);
    QVERIFY(models::worstCase(chain, *changed).isCappedByTotal);
    changed->providers[1].isOff = true; // openai: skipped without a wait
    changed->providers[0].isOff = true;
    QCOMPARE(models::worstCase(chain, *changed).attempts, 0);
}

void TestChainsPage::diffOfLines()
{
    QVERIFY(pages::lineDiff("a\nb\nc", "a\nb\nc").isEmpty());
    QCOMPARE(pages::lineDiff("a\nb\nc", "a\nx\nc"), QStringLiteral("  a\n- b\n+ x\n  c\n"));
    QCOMPARE(pages::lineDiff("", "x"), QStringLiteral("- \n+ x\n"));
    QByteArray many;
    for (int i = 0; i < 5'000; ++i)
        many += QByteArray::number(i) + '\n';
    QVERIFY(pages::lineDiff(many, "x").startsWith(QStringLiteral("- 0\n")));
}

void TestChainsPage::everyControlHasAName()
{
    Opened open;
    for (QWidget *widget : open.page->findChildren<QWidget *>()) {
        if (widget->focusPolicy() == Qt::NoFocus || !widget->isVisible())
            continue;
        if (qobject_cast<QAbstractScrollArea *>(widget->parentWidget()))
            continue; // viewports
        const QAccessibleInterface *face = QAccessible::queryAccessibleInterface(widget);
        QVERIFY2(face && !face->text(QAccessible::Name).isEmpty(),
                 widget->metaObject()->className());
    }
    QSet<QString> names;
    for (const QAction *action : open.page->actions()) {
        QVERIFY(!action->text().isEmpty());
        QVERIFY(!names.contains(action->objectName()));
        names.insert(action->objectName());
    }
}

QTEST_MAIN(TestChainsPage)
#include "tst_chains_page.moc"
