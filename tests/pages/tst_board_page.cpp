#include "kit/announcer.h"
#include "kit/console_style.h"
#include "kit/fonts.h"
#include "kit/inspector.h"
#include "kit/tokens.h"
#include "models/chain_draft.h"
#include "models/exchange_model.h"
#include "page_kit.h"
#include "pages/board/board_page.h"
#include "pages/board/chart_table.h"
#include "pages/board/draft_strip.h"
#include "pages/board/problems_strip.h"
#include "pages/board/small_chart.h"
#include "pages/board/track_board.h"
#include "pages/board_frames.h"
#include "pages/catalog.h"
#include "pages/peek/peek_panel.h"
#include "words/catalogues.h"

#include <QAccessible>
#include <QContextMenuEvent>
#include <QElapsedTimer>
#include <QLineSeries>
#include <QMenu>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableView>
#include <QTest>
#include <QTreeView>

#include <ctime>

using namespace sb;
using pages::BoardPage;

namespace {

FramePtr shared(const Frame &frame)
{
    return std::make_shared<Frame>(frame);
}

// Walks what a screen reader walks; collects nameless focusable widgets and twins among siblings.
void walk(QAccessibleInterface *at, QStringList &problems, int depth = 0)
{
    if (!at || depth > 12)
        return;
    QStringList names;
    for (int i = 0; i < at->childCount(); ++i) {
        QAccessibleInterface *child = at->child(i);
        if (!child || child->state().invisible)
            continue;
        const auto role = child->role();
        const QString name = child->text(QAccessible::Name);
        const bool isControl = role == QAccessible::Button || role == QAccessible::ListItem
            || role == QAccessible::List || role == QAccessible::Table || role == QAccessible::Tree;
        if (isControl && name.isEmpty())
            problems.append(QStringLiteral("nameless %1 below %2")
                                .arg(int(role))
                                .arg(at->text(QAccessible::Name)));
        if (isControl && names.contains(name))
            problems.append(QStringLiteral("two of %1").arg(name));
        names.append(name);
        if (role != QAccessible::Table && role != QAccessible::Tree)
            walk(child, problems, depth + 1);
    }
}

void activate(pages::TrackBoard &board, const char *name)
{
    for (int i = 0; i < board.plateCount(); ++i) {
        if (board.plateName(i).startsWith(QString::fromLatin1(name))) {
            board.setCurrentPlate(i);
            board.activate(i);
            return;
        }
    }
    QFAIL(name);
}

QStringList idsOf(const QList<kit::Command> &commands)
{
    QStringList ids;
    for (const kit::Command &command : commands)
        ids.append(command.id);
    return ids;
}

const kit::Command *findCommand(const QList<kit::Command> &commands, const QStringList &path)
{
    for (const kit::Command &command : commands) {
        if (command.id != path.value(0))
            continue;
        return path.size() == 1 ? &command : findCommand(command.children, path.mid(1));
    }
    return nullptr;
}

} // namespace

class TestBoardPage : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void catalogMakesIt();
    void emptyOffersSimulatedProviders();
    void chartsFoldFirst();
    void chartsRestWhileHidden();
    void tableTwin();
    void peekTellsTheStory_data();
    void peekTellsTheStory();
    void peekFollowsTheRequest();
    void keys();
    void platesOpenTheInspector();
    void inspectorFollowsFrames();
    void commandsReachTheEngine_data();
    void commandsReachTheEngine();
    void refusalsAreSaid();
    void menuByKeyboard();
    void inspectorByKeyboard();
    void moveOnFromThePeek();
    void problemsOfferOneAction_data();
    void problemsOfferOneAction();
    void problemsAreWhole();
    void treeHasTheSameCommands();
    void paletteListsPlateCommands();
    void announcesEvents();
    void chartsAsTables();
    void editsADraft();
    void costAtLoad();
    void screenReader();
    void rowsAndStateSurviveHiding();
};

void TestBoardPage::initTestCase()
{
    qApp->setStyle(new kit::ConsoleStyle);
    kit::applyFonts(*qApp);
    words::installCatalogues(*qApp);
    QApplication::setPalette(kit::paletteOf(kit::darkTokens()));
}

void TestBoardPage::catalogMakesIt()
{
    const QList<pages::PageRow> rows = pages::catalog();
    QCOMPARE(rows.value(0).id, QStringLiteral("board"));
    for (const pages::PageRow &row : rows) {
        const std::unique_ptr<pages::Page> page(row.make(test::context(), nullptr));
        QVERIFY(page);
        page->resize(1000, 700);
        page->show();
        page->setFrame(shared(Frame()));
        page->setFrame(shared(test::emptyFrame()));
        page->setFrame(shared(test::crowdedFrame()));
        QVERIFY(!row.title.isEmpty());
    }
}

void TestBoardPage::emptyOffersSimulatedProviders()
{
    BoardPage page(test::context());
    page.resize(1104, 760);
    page.show();
    page.setFrame(shared(test::emptyFrame()));
    QSignalSpy asked(&page, &pages::Page::startWithSimulatedProviders);
    QPushButton *start = nullptr;
    for (QPushButton *button : page.findChildren<QPushButton *>()) {
        if (button->isVisible()
            && button->text() == QStringLiteral("Start with simulated providers"))
            start = button;
    }
    QVERIFY(start);
    QTest::mouseClick(start, Qt::LeftButton);
    QCOMPARE(asked.size(), 1);
    QVERIFY(start->isVisible()); // moves only when the engine confirms
    page.setFrame(shared(test::busyFrame()));
    QVERIFY(!start->isVisible());
    QVERIFY(page.findChild<pages::TrackBoard *>()->isVisible());
}

void TestBoardPage::chartsFoldFirst()
{
    BoardPage page(test::context());
    page.resize(1104, 760);
    page.show();
    page.setFrame(shared(test::busyFrame()));
    const auto charts = page.findChildren<pages::SmallChart *>();
    QCOMPARE(charts.size(), 2);
    QVERIFY(charts[0]->isVisible() && charts[1]->isVisible());
    page.resize(912, 560); // the page of a window of 960x600
    QTRY_VERIFY(!charts[0]->isVisible() && !charts[1]->isVisible());
    auto *board = page.findChild<pages::TrackBoard *>();
    QVERIFY(board->height() >= board->sizeHint().height());
    auto *requests = page.findChild<QTableView *>();
    QVERIFY(requests->isVisible());
    QVERIFY(requests->geometry().bottom() < page.height());
    QVERIFY(requests->geometry().top() > board->geometry().bottom());
}

void TestBoardPage::chartsRestWhileHidden()
{
    BoardPage page(test::context());
    page.resize(1104, 760);
    page.setFrame(shared(test::failingOverFrame()));
    auto *chart = page.findChild<pages::SmallChart *>();
    QVERIFY(chart->chart()->series().isEmpty());
    page.show();
    QVERIFY(QTest::qWaitForWindowExposed(&page));
    QCOMPARE(chart->chart()->series().size(), 4);
    for (auto *series : chart->chart()->series())
        QVERIFY(static_cast<QLineSeries *>(series)->points().size()
                <= models::SeriesRing::kSeconds);
    QVERIFY(chart->accessibleDescription().contains(QStringLiteral("Anthropic")));
    const int points
        = int(static_cast<QLineSeries *>(chart->chart()->series()[0])->points().size());
    QVERIFY(points > 200);
}

void TestBoardPage::tableTwin()
{
    BoardPage page(test::context());
    page.resize(1104, 760);
    page.show();
    QVERIFY(QTest::qWaitForWindowActive(&page));
    page.setFrame(shared(test::trippedFrame()));
    auto *tree = page.findChild<QTreeView *>();
    QVERIFY(!tree->isVisible());
    page.findChild<pages::TrackBoard *>()->setFocus();
    QTest::keyClick(page.focusWidget(), Qt::Key_B);
    QTRY_VERIFY(tree->isVisible());
    QVERIFY(!page.findChild<pages::TrackBoard *>()->isVisible());
    QVERIFY(tree->isExpanded(tree->model()->index(2, 0)));
    QCOMPARE(tree->model()->rowCount(tree->model()->index(2, 0)), 4);
    QCOMPARE(page.focusWidget(), tree); // focus moves with the picture
    QTest::keyClick(page.focusWidget(), Qt::Key_B);
    QTRY_VERIFY(!tree->isVisible());
}

void TestBoardPage::peekTellsTheStory_data()
{
    QTest::addColumn<int>("tale");
    QTest::addColumn<QStringList>("parts");
    const auto row
        = [](const char *name, test::Tale tale, std::initializer_list<const char *> parts) {
              QStringList texts;
              for (const char *part : parts)
                  texts.append(QString::fromUtf8(part));
              QTest::newRow(name) << int(tale) << texts;
          };
    row("served", test::Tale::Served, {"Anthropic answered", "$0.0312"});
    row("failed over", test::Tale::FailedOver,
        {"Anthropic refused", "rate limit", "OpenAI answered"});
    row("nobody", test::Tale::Nobody, {"Anthropic", "OpenAI", "OpenRouter", "502"});
    row("cut", test::Tale::Cut, {"Anthropic"});
    row("client left", test::Tale::ClientLeft, {"Asked for coding"});
}

void TestBoardPage::peekTellsTheStory()
{
    QFETCH(int, tale);
    QFETCH(QStringList, parts);
    BoardPage page(test::context());
    page.resize(1104, 760);
    page.show();
    Frame frame = test::busyFrame();
    frame.changed = {test::tale(test::Tale(tale), 5)};
    page.setFrame(shared(frame));
    page.openPeek(frame.changed[0]->id);
    auto *peek = page.findChild<pages::PeekPanel *>();
    QVERIFY(peek->isVisible());
    for (const QString &part : std::as_const(parts))
        QVERIFY2(peek->story().contains(part), qPrintable(peek->story()));
    QVERIFY(!peek->grab().toImage().isNull());
    QVERIFY(page.rect().contains(peek->geometry()));
}

void TestBoardPage::peekFollowsTheRequest()
{
    BoardPage page(test::context());
    page.resize(1104, 760);
    page.show();
    Frame frame = test::busyFrame();
    const auto running = test::tale(test::Tale::Streaming, 5);
    frame.changed = {running};
    page.setFrame(shared(frame));
    page.openPeek(running->id);
    auto *peek = page.findChild<pages::PeekPanel *>();
    const QString before = peek->story();
    auto settled = std::make_shared<Exchange>(*test::tale(test::Tale::Served, 5));
    settled->id = running->id;
    frame.changed = {settled};
    page.setFrame(shared(frame));
    QVERIFY(peek->story() != before);
    QCOMPARE(peek->exchange()->phase, Phase::Settled);
}

void TestBoardPage::keys()
{
    BoardPage page(test::context());
    page.resize(1104, 760);
    page.show();
    QVERIFY(QTest::qWaitForWindowActive(&page));
    Frame frame = test::busyFrame();
    page.setFrame(shared(frame));
    auto *requests = page.findChild<QTableView *>();
    requests->setFocus();
    QTest::keyClick(requests, Qt::Key_J);
    QTRY_VERIFY(page.isPeekOpen());
    QCOMPARE(requests->currentIndex().row(), 0);
    QTest::keyClick(requests, Qt::Key_J);
    QTRY_COMPARE(requests->currentIndex().row(), 1);
    auto *model = static_cast<models::ExchangeModel *>(requests->model());
    QCOMPARE(page.findChild<pages::PeekPanel *>()->exchange()->id, model->at(1)->id);
    QTest::keyClick(requests, Qt::Key_K);
    QTRY_COMPARE(requests->currentIndex().row(), 0);
    QTest::keyClick(requests, Qt::Key_Escape);
    QTRY_VERIFY(!page.isPeekOpen());
}

void TestBoardPage::platesOpenTheInspector()
{
    BoardPage page(test::context());
    page.resize(1104, 760);
    page.show();
    page.setFrame(shared(test::trippedFrame()));
    auto *board = page.findChild<pages::TrackBoard *>();
    auto *inspector = page.findChild<kit::Inspector *>();
    QVERIFY(!inspector->isVisible());
    activate(*board, "OpenRouter,");
    QVERIFY(page.isInspecting() && inspector->isVisible());
    QCOMPARE(inspector->name(), QStringLiteral("OpenRouter"));
    QVERIFY2(inspector->reason().contains(QStringLiteral("rate limit")),
             qPrintable(inspector->reason()));
    QVERIFY(page.rect().contains(inspector->geometry()));
    activate(*board, "Anthropic,");
    QCOMPARE(inspector->name(), QStringLiteral("Anthropic"));
    // The failures of the last requests, newest first, with what the provider said.
    const QList<kit::Inspector::Row> errors = inspector->lists().value(1).rows;
    QVERIFY(!errors.isEmpty() && errors.size() <= 5);
    QVERIFY2(errors[0].text.contains(QStringLiteral("429 rate limit")), qPrintable(errors[0].text));
    activate(*board, "my-app, chain");
    QVERIFY2(inspector->reason().contains(QStringLiteral("OpenAI, target 2")),
             qPrintable(inspector->reason()));
    // One request open, then the plate again: one panel at a time.
    page.openPeek(test::trippedFrame().changed[3]->id);
    QVERIFY(!page.isInspecting() && !inspector->isVisible() && page.isPeekOpen());
    activate(*board, "Zed,");
    QVERIFY(page.isInspecting() && !page.isPeekOpen());
    QVERIFY(page.closeLayer());
    QVERIFY(!page.isInspecting() && !inspector->isVisible());
    QVERIFY(!page.closeLayer());
}

void TestBoardPage::inspectorFollowsFrames()
{
    BoardPage page(test::context());
    page.resize(1104, 760);
    page.show();
    QVERIFY(QTest::qWaitForWindowActive(&page));
    Frame frame = test::busyFrame();
    page.setFrame(shared(frame));
    page.inspect(pages::Column::Providers, 1);
    auto *inspector = page.findChild<kit::Inspector *>();
    inspector->focusActions();
    QWidget *focused = page.focusWidget();
    QVERIFY(inspector->isAncestorOf(focused));
    for (int i = 0; i < 3; ++i) {
        frame.providers[1].inFlight = i;
        frame.wallMs += 100;
        page.setFrame(shared(frame));
        QCOMPARE(page.focusWidget(), focused); // numbers move, the focus does not
    }
    frame.providers[1].state = ProviderState::Off;
    page.setFrame(shared(frame));
    QVERIFY(idsOf(inspector->commands()).contains(QStringLiteral("on")));
    QVERIFY(!idsOf(inspector->commands()).contains(QStringLiteral("off")));
    frame.providers.removeAt(1);
    page.setFrame(shared(frame));
    QVERIFY(!page.isInspecting()); // the plate is gone
}

void TestBoardPage::commandsReachTheEngine_data()
{
    QTest::addColumn<Frame>("frame");
    QTest::addColumn<QString>("plate");
    QTest::addColumn<QString>("command"); // ids down the submenus
    QTest::addColumn<QString>("asked");
    const auto row = [](const char *name, const Frame &frame, const char *plate,
                        const char *command, const char *asked) {
        QTest::newRow(name) << frame << QString::fromLatin1(plate) << QString::fromLatin1(command)
                            << QString::fromLatin1(asked);
    };
    const Frame busy = test::busyFrame();
    const Frame drill = test::drillFrame();
    row("probe", test::trippedFrame(), "OpenRouter,", "probe", "probeNow openrouter");
    row("off", busy, "OpenAI,", "off", "setProviderOff openai 1");
    row("on", drill, "OpenRouter,", "on", "setProviderOff openrouter 0");
    row("break simulated", drill, "OpenAI,", "break/break:429",
        "startDrill openai for= {\"fault\":\"status\",\"status\":429} 100% 120s");
    row("break 500", drill, "OpenAI,", "break/break:500",
        "startDrill openai for= {\"fault\":\"status\",\"status\":500} 100% 120s");
    row("break slow", drill, "OpenAI,", "break/break:slow",
        "startDrill openai for= {\"fault\":\"slow_first_token\",\"ms\":10000} 100% 120s");
    row("break cut", drill, "OpenAI,", "break/break:cut",
        "startDrill openai for= {\"fault\":\"cut_fin\",\"after_events\":5} 100% 120s");
    row("break real for one", busy, "Anthropic,", "break/break_for:codex/break:429",
        "startDrill anthropic for=codex {\"fault\":\"status\",\"status\":429} 100% 120s");
    row("break for client", busy, "Codex CLI,", "break/break:openai/break:500",
        "startDrill openai for=codex {\"fault\":\"status\",\"status\":500} 100% 120s");
    row("end drill", drill, "OpenAI,", "end_drill:7", "endDrill 7");
    row("end drill of client", drill, "Codex CLI,", "end_drill:8", "endDrill 8");
    row("hold 10 min", busy, "coding,", "hold/hold:2/hold:2:10min", "hold coding 2 600000");
    row("hold 1 h", busy, "coding,", "hold/hold:1/hold:1:1h", "hold coding 1 3600000");
    row("hold open", busy, "fast,", "hold/hold:2/hold:2:open", "hold fast 2 0");
    row("release", test::heldFrame(), "coding,", "release", "release coding");
}

void TestBoardPage::commandsReachTheEngine()
{
    QFETCH(Frame, frame);
    QFETCH(QString, plate);
    QFETCH(QString, command);
    QFETCH(QString, asked);
    BoardPage page(test::context());
    page.resize(1104, 760);
    page.show();
    page.setFrame(shared(frame));
    auto *board = page.findChild<pages::TrackBoard *>();
    activate(*board, plate.toLatin1().constData());
    auto *inspector = page.findChild<kit::Inspector *>();
    const kit::Command *found = findCommand(inspector->commands(), command.split(u'/'));
    QVERIFY2(found, qPrintable(idsOf(inspector->commands()).join(u' ')));
    test::FakeControl &control = test::pageLink().fakeControl;
    control.asked.clear();
    found->run();
    QCOMPARE(control.asked, QStringList{asked});
}

void TestBoardPage::refusalsAreSaid()
{
    BoardPage page(test::context());
    page.resize(1104, 760);
    page.show();
    page.setFrame(shared(test::busyFrame()));
    QSignalSpy said(&page, &pages::Page::said);
    test::FakeControl &control = test::pageLink().fakeControl;
    page.inspect(pages::Column::Providers, 0);
    auto *inspector = page.findChild<kit::Inspector *>();
    const auto press = [&](const char *id) {
        findCommand(inspector->commands(), {QString::fromLatin1(id)})->run();
    };
    press("probe");
    QCoreApplication::processEvents();
    QCOMPARE(said.size(), 0); // what worked is seen on the board
    control.probeNowAnswer = unexpected(Error::make(QStringLiteral("not_tripped"), {}));
    press("probe");
    QTRY_COMPARE(said.size(), 1);
    QCOMPARE(said[0][0].toString(),
             QStringLiteral("Nothing to probe: this provider is not tripped."));
    control.probeNowAnswer
        = unexpected(Error::make(QStringLiteral("odd"), QStringLiteral("the moon is full")));
    press("probe");
    QTRY_COMPARE(said.size(), 2);
    QVERIFY(said[1][0].toString().contains(QStringLiteral("the moon is full")));
    control.probeNowAnswer = {};
}

void TestBoardPage::menuByKeyboard()
{
    BoardPage page(test::context());
    page.resize(1104, 760);
    page.show();
    QVERIFY(QTest::qWaitForWindowActive(&page));
    page.setFrame(shared(test::busyFrame()));
    auto *board = page.findChild<pages::TrackBoard *>();
    board->setFocus(Qt::TabFocusReason);
    QTest::keyClick(board, Qt::Key_End); // a provider
    for (const auto &[key, modifier] :
         {std::pair(Qt::Key_Menu, Qt::NoModifier), std::pair(Qt::Key_F10, Qt::ShiftModifier)}) {
        QTest::keyClick(board, key, modifier);
        QMenu *menu = nullptr;
        QTRY_VERIFY((menu = page.findChild<QMenu *>()) && menu->isVisible());
        QStringList names;
        for (const QAction *action : menu->actions())
            names.append(action->objectName());
        QVERIFY2(names.contains(QStringLiteral("probe")), qPrintable(names.join(u' ')));
        test::FakeControl &control = test::pageLink().fakeControl;
        control.asked.clear();
        while (!menu->activeAction() || menu->activeAction()->objectName() != u"off")
            QTest::keyClick(menu, Qt::Key_Down);
        QTest::keyClick(menu, Qt::Key_Return);
        QTRY_COMPARE(control.asked, QStringList{QStringLiteral("setProviderOff ollama 1")});
        QTRY_VERIFY(!page.findChild<QMenu *>());
    }
}

void TestBoardPage::inspectorByKeyboard()
{
    BoardPage page(test::context());
    page.resize(1104, 760);
    page.show();
    QVERIFY(QTest::qWaitForWindowActive(&page));
    page.setFrame(shared(test::busyFrame()));
    auto *board = page.findChild<pages::TrackBoard *>();
    board->setFocus(Qt::TabFocusReason);
    QTest::keyClick(board, Qt::Key_End);
    // Enter opens it, Esc goes back to the plate.
    QTest::keyClick(board, Qt::Key_Return);
    QVERIFY(page.isInspecting());
    page.findChild<kit::Inspector *>()->focusActions();
    QTest::keyClick(page.focusWidget(), Qt::Key_Escape);
    QTRY_VERIFY(!page.isInspecting());
    QCOMPARE(page.focusWidget(), board);
    QTest::keyClick(board, Qt::Key_I);
    QTRY_VERIFY(page.isInspecting());
    QTest::keyClick(board, Qt::Key_I);
    QTRY_VERIFY(!page.isInspecting());
}

void TestBoardPage::moveOnFromThePeek()
{
    BoardPage page(test::context());
    page.resize(1104, 760);
    page.show();
    Frame frame = test::busyFrame();
    page.setFrame(shared(frame));
    const auto waiting = frame.changed[8];
    page.openPeek(waiting->id);
    auto *button = page.findChild<QPushButton *>(QStringLiteral("move_on"));
    QVERIFY(button->isVisible());
    test::FakeControl &control = test::pageLink().fakeControl;
    control.asked.clear();
    control.moveOnAnswer = unexpected(Error::make(QStringLiteral("too_late"), {}));
    QSignalSpy said(&page, &pages::Page::said);
    QTest::mouseClick(button, Qt::LeftButton);
    QCOMPARE(control.asked,
             QStringList{QStringLiteral("moveOn ") + QString::fromLatin1(waiting->id.text())});
    QTRY_COMPARE(said.size(), 1);
    control.moveOnAnswer = {};
    QVERIFY(button->isVisible()); // moves only when a frame says so
    auto telling = std::make_shared<Exchange>(*waiting);
    telling->attempts.last().firstContentAt = Micros(900'000);
    telling->committedAt = Micros(900'000);
    telling->phase = Phase::Streaming;
    frame.changed = {telling};
    page.setFrame(shared(frame));
    QVERIFY(!button->isVisible());
    // On the plate it waits at, too, and in the plate's own list.
    frame.changed = {waiting};
    page.setFrame(shared(frame));
    page.inspect(pages::Column::Clients, 3);
    auto *inspector = page.findChild<kit::Inspector *>();
    QCOMPARE(inspector->lists()[0].rows.size(), 1);
    QVERIFY(idsOf(inspector->commands())[0].startsWith(QStringLiteral("move_on:")));
}

void TestBoardPage::problemsOfferOneAction_data()
{
    QTest::addColumn<QString>("button");
    QTest::addColumn<QString>("page");
    QTest::newRow("cap") << QStringLiteral("Open Spend") << QStringLiteral("spend");
    QTest::newRow("key") << QStringLiteral("Open Providers") << QStringLiteral("providers");
    QTest::newRow("drill") << QStringLiteral("Clear drills") << QString();
    QTest::newRow("pause") << QStringLiteral("Resume") << QString();
}

void TestBoardPage::problemsOfferOneAction()
{
    QFETCH(QString, button);
    QFETCH(QString, page);
    Frame frame = test::idleFrame();
    const Frame troubled = test::troubledFrame();
    if (button == u"Open Spend")
        frame.budgets = {troubled.budgets[0]};
    else if (button == u"Open Providers")
        frame.notices = {troubled.notices[0]};
    else if (button == u"Clear drills")
        frame.drills = test::drillFrame().drills;
    else
        frame.state = EngineState::Paused;
    BoardPage board(test::context());
    board.resize(1104, 760);
    board.show();
    board.setFrame(shared(frame));
    auto *strip = board.findChild<pages::ProblemsStrip *>();
    QCOMPARE(strip->lineCount(), 1);
    QPushButton *action = nullptr;
    for (QPushButton *one : strip->findChildren<QPushButton *>()) {
        if (one->isVisible())
            action = one;
    }
    QVERIFY(action);
    QCOMPARE(action->text(), button);
    QSignalSpy opened(&board, &pages::Page::openPage);
    test::FakeControl &control = test::pageLink().fakeControl;
    control.asked.clear();
    QTest::mouseClick(action, Qt::LeftButton);
    if (page.isEmpty()) {
        QCOMPARE(control.asked.size(), 1);
        QVERIFY(control.asked[0] == u"clearDrills" || control.asked[0] == u"setPaused 0");
    } else {
        QCOMPARE(opened.size(), 1);
        QCOMPARE(opened[0][0].toString(), page);
    }
}

void TestBoardPage::problemsAreWhole()
{
    for (const int width : {912, 1104}) {
        BoardPage page(test::context());
        page.resize(width, 560);
        page.show();
        page.setFrame(shared(test::troubledFrame()));
        QCoreApplication::processEvents();
        auto *strip = page.findChild<pages::ProblemsStrip *>();
        QCOMPARE(strip->lineCount(), 3);
        QVERIFY2(strip->text(2).contains(QStringLiteral("more")), qPrintable(strip->text(2)));
        for (kit::PlainLabel *label : strip->findChildren<kit::PlainLabel *>()) {
            if (!label->isVisible())
                continue;
            QVERIFY2(label->heightForWidth(label->width()) <= label->height(),
                     qPrintable(label->text()));
        }
        QVERIFY(strip->geometry().bottom() < page.findChild<pages::TrackBoard *>()->y());
    }
}

void TestBoardPage::treeHasTheSameCommands()
{
    BoardPage page(test::context());
    page.resize(1104, 760);
    page.show();
    QVERIFY(QTest::qWaitForWindowActive(&page));
    page.setFrame(shared(test::drillFrame()));
    page.setTableShown(true);
    auto *tree = page.findChild<QTreeView *>();
    tree->setFocus();
    const QModelIndex provider = tree->model()->index(1, 0, tree->model()->index(2, 0));
    QVERIFY(provider.siblingAtColumn(1).data().toString().contains(QStringLiteral("drill")));
    tree->setCurrentIndex(provider);
    const QPoint at = tree->visualRect(provider).center();
    QContextMenuEvent event(QContextMenuEvent::Keyboard, at, tree->viewport()->mapToGlobal(at));
    QCoreApplication::sendEvent(tree->viewport(), &event);
    QMenu *menu = nullptr;
    QTRY_VERIFY((menu = page.findChild<QMenu *>()) && menu->isVisible());
    QStringList names;
    for (const QAction *action : menu->actions())
        names.append(action->objectName());
    QVERIFY2(names.contains(QStringLiteral("end_drill:7")), qPrintable(names.join(u' ')));
    menu->close();
    QTest::keyClick(tree, Qt::Key_Return);
    QTRY_VERIFY(page.isInspecting());
    QCOMPARE(page.findChild<kit::Inspector *>()->name(), QStringLiteral("OpenAI"));
}

void TestBoardPage::paletteListsPlateCommands()
{
    BoardPage page(test::context());
    page.resize(1104, 760);
    page.show();
    page.setFrame(shared(test::drillFrame()));
    QStringList texts;
    QStringList names;
    for (const QAction *action : page.actions()) {
        QVERIFY(!action->text().isEmpty() && !action->objectName().isEmpty());
        texts.append(action->text());
        names.append(action->objectName());
    }
    QCOMPARE(QSet<QString>(names.begin(), names.end()).size(), names.size());
    for (const char *text :
         {"Anthropic: Probe now", "OpenRouter: Switch on",
          "Chain coding: Hold on a target: Target 2, OpenAI: For 10 minutes",
          "OpenAI: Break for 2 minutes: 429, rate limit", "Board as a table, or drawn"})
        QVERIFY2(texts.contains(QString::fromLatin1(text)), qPrintable(texts.join(u'\n')));
    // Traffic changes nothing in the list.
    const QList<QAction *> before = page.actions();
    Frame frame = test::drillFrame();
    frame.clients[0].perMinute += 5;
    page.setFrame(shared(frame));
    QCOMPARE(page.actions(), before);
}

void TestBoardPage::announcesEvents()
{
    QWidget window;
    auto *page = new BoardPage(test::context(), &window);
    window.show();
    Frame frame = test::incidentFrame();
    page->setFrame(shared(frame));
    kit::Announcer &announcer = kit::Announcer::of(page);
    QVERIFY2(announcer.said().startsWith(QStringLiteral("Anthropic tripped: overloaded (529).")),
             qPrintable(announcer.said()));
    page->setFrame(shared(frame)); // the same within the pause: not twice
    QVERIFY(!announcer.isWaiting());
    frame.events[0].kind = EventKind::Recovered;
    page->setFrame(shared(frame));
    QVERIFY(announcer.isWaiting()); // too soon, said later
}

void TestBoardPage::chartsAsTables()
{
    BoardPage page(test::context());
    page.resize(1104, 760);
    page.show();
    QVERIFY(QTest::qWaitForWindowActive(&page));
    page.setFrame(shared(test::failingOverFrame()));
    auto *board = page.findChild<pages::TrackBoard *>();
    auto *chart = page.findChild<pages::SmallChart *>();
    auto *table = page.findChild<pages::ChartTable *>();
    QVERIFY(chart->isVisible() && !table->isVisible());
    board->setFocus();
    QTest::keyClick(board, Qt::Key_T);
    QTRY_VERIFY(table->isVisible());
    QVERIFY(!chart->isVisible());
    QAbstractItemModel *model = table->view()->model();
    QCOMPARE(model->columnCount(), 5);
    QVERIFY(model->rowCount() > 200);
    QCOMPARE(model->headerData(1, Qt::Horizontal).toString(), QStringLiteral("Anthropic"));
    QVERIFY(model->index(0, 1).data().toString().endsWith(QStringLiteral(" s")));
    QSignalSpy copied(&page, &pages::Page::copyRequested);
    QTest::mouseClick(table->findChild<QPushButton *>(), Qt::LeftButton);
    QCOMPARE(copied.size(), 1);
    QVERIFY(copied[0][0].toString().startsWith(QStringLiteral("Time\tAnthropic\tOpenAI")));
    QTest::keyClick(board, Qt::Key_T);
    QTRY_VERIFY(chart->isVisible() && !table->isVisible());
}

void TestBoardPage::editsADraft()
{
    BoardPage page(test::context());
    page.resize(1104, 760);
    page.show();
    QVERIFY(QTest::qWaitForWindowActive(&page));
    page.setFrame(shared(test::busyFrame()));
    auto *board = page.findChild<pages::TrackBoard *>();
    auto *strip = page.findChild<pages::DraftStrip *>();
    models::ChainDrafts &drafts = test::pageDrafts();
    QSignalSpy said(&page, &pages::Page::said);
    page.setEditing(true);
    QCOMPARE(said.size(), 1); // nothing was read yet
    QVERIFY(!page.isEditing());

    drafts.setBase(R"({"version":1,"chains":[
        {"id":"coding","targets":[{"provider":"anthropic","model":"claude-sonnet-5"},
            {"provider":"openai","model":"gpt-5.2"},
            {"provider":"openrouter","model":"anthropic/claude-sonnet-5"}]},
        {"id":"fast","targets":[{"provider":"openai","model":"gpt-5.2-mini"},
            {"provider":"ollama","model":"qwen3:8b"}]}]})",
                   3);
    QVERIFY(drafts.hasBase());
    board->setFocus(Qt::TabFocusReason);
    QTest::keyClick(board, Qt::Key_E);
    QTRY_VERIFY(page.isEditing());
    QVERIFY(strip->isVisible());
    // Entrance, exit: Ollama has one known model, so it is added at once.
    activate(*board, "coding,");
    QVERIFY2(strip->text().contains(QStringLiteral("coding")), qPrintable(strip->text()));
    QVERIFY(!page.isInspecting());
    activate(*board, "Ollama");
    QCOMPARE(drafts.draft().chain(ChainId(QStringLiteral("coding")))->targets.size(), 4);
    QCOMPARE(drafts.draft().chain(ChainId(QStringLiteral("coding")))->targets[3].model,
             QStringLiteral("qwen3:8b"));
    QVERIFY2(strip->text().startsWith(QStringLiteral("1 change")), qPrintable(strip->text()));
    // Order and removal by keyboard, on the focused chain.
    activate(*board, "coding,"); // entrance again; Esc drops it
    QTest::keyClick(board, Qt::Key_Escape);
    QTRY_VERIFY(page.isEditing());
    QTest::keyClick(board, Qt::Key_Down);
    QTest::keyClick(board, Qt::Key_Down, Qt::AltModifier);
    const auto first = [&] {
        return drafts.draft().chain(ChainId(QStringLiteral("coding")))->targets[0].provider.text();
    };
    QCOMPARE(first(), QStringLiteral("openai"));
    QCOMPARE(board->currentRow(), 1); // the focus moves with the target
    QTest::keyClick(board, Qt::Key_Up);
    QTest::keyClick(board, Qt::Key_Delete);
    QCOMPARE(first(), QStringLiteral("anthropic"));
    QVERIFY(!page.grab().isNull());
    QTest::keyClick(board, Qt::Key_Z, Qt::ControlModifier);
    QTRY_COMPARE(first(), QStringLiteral("openai"));
    QSignalSpy apply(&drafts, &models::ChainDrafts::applyAsked);
    QTest::keyClick(board, Qt::Key_S, Qt::ControlModifier);
    QTRY_COMPARE(apply.size(), 1);
    QVERIFY(drafts.hasChanges()); // until it runs
    QTest::keyClick(board, Qt::Key_Escape);
    QTRY_VERIFY(!page.isEditing());
    QVERIFY(strip->isVisible()); // the draft stays in sight
    drafts.discard();
    QVERIFY(!strip->isVisible());

    // For a moment after an apply one click takes it back, here as on Chains.
    QSignalSpy back(&drafts, &models::ChainDrafts::takeBackAsked);
    drafts.setTakeBack(12);
    QVERIFY(strip->isVisible());
    QCOMPARE(strip->text(), QStringLiteral("Version 12 runs."));
    QPushButton *undo = nullptr;
    for (QPushButton *button : strip->findChildren<QPushButton *>()) {
        if (button->isVisible() && button->text() == QStringLiteral("Undo"))
            undo = button;
    }
    QVERIFY(undo);
    QTest::mouseClick(undo, Qt::LeftButton);
    QCOMPARE(back.size(), 1);
    drafts.setTakeBack(0);
    QVERIFY(!strip->isVisible());
}

// GUI-thread processor time of the page at 1,000 requests a second: ten frames a second with 100
// settled requests each. Printed; bounded loosely, since this is a build without optimisation.
void TestBoardPage::costAtLoad()
{
    BoardPage page(test::context());
    page.resize(1104, 760);
    page.show();
    QVERIFY(QTest::qWaitForWindowExposed(&page));
    Frame frame = test::busyFrame();
    frame.changed.clear();
    page.setFrame(shared(frame));
    const auto cpu = [] {
        timespec at{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
        return double(at.tv_sec) + double(at.tv_nsec) * 1e-9;
    };
    const auto run = [&](int seconds, int perFrame) {
        int number = 0;
        double used = 0;
        QElapsedTimer clock;
        clock.start();
        for (int i = 0; i < seconds * 10; ++i) {
            Frame next = frame;
            next.number += quint64(i);
            next.wallMs += i * 100;
            next.seconds.clear();
            next.totals.inFlight = perFrame > 0 ? 40 : 0;
            for (auto &client : next.clients)
                client.perMinute = perFrame > 0 ? 15'000 + i * 7 % 911 : 0;
            for (auto &chain : next.chains)
                chain.perMinute = perFrame > 0 ? 20'000 + i * 13 % 977 : 0;
            if (i % 10 == 0) {
                SecondView second;
                second.wallMs = next.wallMs;
                second.provider = next.providers[0].id;
                second.firstContent = Micros(420'000 + i * 1'000);
                second.tokensPerSecond = 82;
                next.seconds.append(second);
            }
            for (int k = 0; k < perFrame; ++k) {
                auto one = std::make_shared<Exchange>(
                    *test::tale(test::Tale::Served, ++number % 50 + 1));
                one->wallMs = next.wallMs - 5;
                one->id = ExchangeId{quint64(one->wallMs) << 16, quint64(number)};
                next.changed.append(one);
            }
            const FramePtr made = shared(next); // the engine's work, not counted
            const double before = cpu();
            page.setFrame(made);
            const qint64 until = (i + 1) * 100;
            QTest::qWait(int(std::max<qint64>(1, until - clock.elapsed())));
            used += cpu() - before;
        }
        return used / seconds;
    };
    const int seconds = qEnvironmentVariableIsSet("SIGNALBOX_LONG") ? 20 : 2;
    const double idle = run(seconds, 0);
    const double load = run(seconds, 100);
    qInfo("GUI thread: %.1f%% of a core at rest, %.1f%% at 1,000 requests/s", idle * 100,
          load * 100);
    QVERIFY(idle < 0.2);
    QVERIFY(load < 0.9);
}

void TestBoardPage::screenReader()
{
    for (const bool isTable : {false, true}) {
        BoardPage page(test::context());
        page.resize(1104, 760);
        page.show();
        QVERIFY(QTest::qWaitForWindowExposed(&page));
        page.setFrame(shared(test::trippedFrame()));
        page.setTableShown(isTable);
        page.openPeek(test::trippedFrame().changed[3]->id);
        QStringList problems;
        walk(QAccessible::queryAccessibleInterface(&page), problems);
        QVERIFY2(problems.isEmpty(), qPrintable(problems.join(u'\n')));
    }
}

void TestBoardPage::rowsAndStateSurviveHiding()
{
    BoardPage page(test::context());
    page.resize(1104, 760);
    page.show();
    QVERIFY(QTest::qWaitForWindowExposed(&page));
    page.setFrame(shared(test::busyFrame()));
    page.hide();
    auto *board = page.findChild<pages::TrackBoard *>();
    const int paints = board->stillPaints();
    for (int i = 0; i < 20; ++i) {
        Frame frame = test::trippedFrame();
        frame.clients[0].perMinute = i;
        page.setFrame(shared(frame));
    }
    QCoreApplication::processEvents();
    QCOMPARE(board->stillPaints(), paints); // hidden: nothing is painted
    QVERIFY(!board->isAnimating() && !board->isTicking());
    page.show();
    QVERIFY(QTest::qWaitForWindowExposed(&page));
    QStringList names;
    for (int i = 0; i < board->plateCount(); ++i)
        names.append(board->plateName(i));
    QVERIFY(names.contains(QStringLiteral("Claude Code, client, 19/min")));
}

QTEST_MAIN(TestBoardPage)
#include "tst_board_page.moc"
