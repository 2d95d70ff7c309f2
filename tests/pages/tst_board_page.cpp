#include "kit/console_style.h"
#include "kit/fonts.h"
#include "kit/tokens.h"
#include "models/exchange_model.h"
#include "page_kit.h"
#include "pages/board/board_page.h"
#include "pages/board/small_chart.h"
#include "pages/board/track_board.h"
#include "pages/board_frames.h"
#include "pages/catalog.h"
#include "pages/peek/peek_panel.h"

#include <QAccessible>
#include <QLineSeries>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableView>
#include <QTest>
#include <QTreeView>

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
    void platesOpenTheirNewestRequest();
    void screenReader();
    void rowsAndStateSurviveHiding();
};

void TestBoardPage::initTestCase()
{
    qApp->setStyle(new kit::ConsoleStyle);
    kit::applyFonts(*qApp);
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
        if (button->isVisible())
            start = button;
    }
    QVERIFY(start);
    QCOMPARE(start->text(), QStringLiteral("Start with simulated providers"));
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

void TestBoardPage::platesOpenTheirNewestRequest()
{
    BoardPage page(test::context());
    page.resize(1104, 760);
    page.show();
    page.setFrame(shared(test::busyFrame()));
    auto *board = page.findChild<pages::TrackBoard *>();
    for (int i = 0; i < board->plateCount(); ++i) {
        if (board->plateName(i).startsWith(QStringLiteral("OpenAI,")))
            board->activate(i);
    }
    QVERIFY(page.isPeekOpen());
    const auto shown = page.findChild<pages::PeekPanel *>()->exchange();
    QVERIFY(std::any_of(shown->attempts.begin(), shown->attempts.end(), [](const Attempt &attempt) {
        return attempt.target.provider.text() == u"openai";
    }));
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
