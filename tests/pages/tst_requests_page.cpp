// The Requests page by keyboard alone, and its filter line, marks, copies, replays and exports.
#include "kit/console_style.h"
#include "kit/empty_state.h"
#include "kit/fonts.h"
#include "kit/notice_bar.h"
#include "kit/tokens.h"
#include "page_kit.h"
#include "pages/captures.h"
#include "pages/peek/body_view.h"
#include "pages/peek/changes_view.h"
#include "pages/peek/messages_view.h"
#include "pages/peek/peek_panel.h"
#include "pages/peek/stream_view.h"
#include "pages/peek/text_pane.h"
#include "pages/request_rows.h"
#include "pages/requests/compare_panel.h"
#include "pages/requests/filter_bar.h"
#include "pages/requests/filter_line.h"
#include "pages/requests/mark_bar.h"
#include "pages/requests/requests_page.h"
#include "pages/settings/settings_page.h"
#include "words/format.h"

#include <QAction>
#include <QCheckBox>
#include <QComboBox>
#include <QFile>
#include <QHeaderView>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTableView>
#include <QTableWidget>
#include <QTest>
#include <QTextBlock>
#include <QToolButton>

using namespace sb;
using models::RequestModel;
using pages::RequestsPage;

namespace {

QWidget *focus()
{
    return QApplication::focusWidget();
}

QPushButton *pill(const RequestsPage &page)
{
    const QList<QPushButton *> buttons
        = page.findChildren<QPushButton *>(Qt::FindDirectChildrenOnly);
    return buttons.value(0);
}

} // namespace

class TestRequestsPage : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void init();
    void cleanup();
    void filterByKeyboard();
    void invalidPartsAreTold();
    void completionByKeyboard();
    void chipsMirrorTheText();
    void onlyThisAndAllButThis();
    void savedFilters();
    void stepAndPeekAndBack();
    void liveRowsWaitBelowTheTop();
    void pauseAndLive();
    void spaceStillPressesButtons();
    void markByKeyboard();
    void compareTwo();
    void changesOfATranslation();
    void recordedBodies();
    void noBodiesAndWhy_data();
    void noBodiesAndWhy();
    void bodiesByKeyboard();
    void largeBodyIsCut();
    void runOfCompletionsFolds();
    void recordingInSettings();
    void copyInTheLastFormat();
    void replayShowsBothSides();
    void bodyGoneIsOneSentence();
    void replayToAnotherTarget();
    void exportsFilterAndSelection();
    void searchesHistory();
    void historyThatFails();
    void columnsAreKept();
    void openFromAnotherPage();
    void everyCommandHasTextAndName();
    void hiddenPageCatchesUp();

private:
    Frame m_frame;
    std::unique_ptr<RequestsPage> m_page;

    void take(const QList<std::shared_ptr<const Exchange>> &changed)
    {
        Frame frame = m_frame;
        frame.changed = changed;
        test::pageLink().publish(frame);
        m_page->setFrame(test::pageLink().frame());
    }
    // By name: a stack keeps its pages in the order they were shown.
    pages::BodyView *bodyView(const char *name) const
    {
        for (auto *view : m_page->findChildren<pages::BodyView *>()) {
            if (view->accessibleName() == QLatin1String(name))
                return view;
        }
        return nullptr;
    }
    QTableView *table() const { return m_page->table(); }
    QString filter() const { return m_page->filterBar()->text(); }
};

void TestRequestsPage::initTestCase()
{
    qApp->setStyle(new kit::ConsoleStyle);
    kit::applyFonts(*qApp);
    QApplication::setPalette(kit::paletteOf(kit::darkTokens()));
}

void TestRequestsPage::init()
{
    test::FakeLink &link = test::pageLink();
    test::context().settings.clear();
    link.fakeHistory.calls.clear();
    link.fakeHistory.pageAnswer = store::Page{};
    link.fakeHistory.searchAnswer = engine::SearchResult{};
    link.fakeControl.calls.clear();
    link.fakeControl.replayAnswer = ExchangeId{};
    link.fakeControl.requestBodyAnswer = QByteArray();
    link.fakeControl.requestChangesAnswer = QList<AttemptChanges>();
    link.fakeHistory.captureAnswer = Capture{};
    link.fakeHistory.captureAsks.clear();
    m_frame = test::busyFrame();
    m_frame.changed.clear();
    m_page = std::make_unique<RequestsPage>(test::context());
    m_page->resize(1104, 760);
    m_page->show();
    QVERIFY(QTest::qWaitForWindowActive(m_page.get()));
    m_page->setFocus();
    take(test::requests(120));
    QTRY_COMPARE(link.fakeHistory.calls.size(), 1);
    QCOMPARE(m_page->model()->rowCount(), 120);
}

void TestRequestsPage::cleanup()
{
    m_page.reset();
}

void TestRequestsPage::filterByKeyboard()
{
    QTest::keyClick(focus(), Qt::Key_Slash);
    QCOMPARE(focus(), m_page->filterBar()->line());
    QTest::keyClicks(focus(), QStringLiteral("is:failed-over "));
    QTest::keyClick(focus(), Qt::Key_Return);
    QCOMPARE(m_page->model()->rowCount(), 10);
    for (int row = 0; row < m_page->model()->rowCount(); ++row)
        QVERIFY(m_page->model()->at(row)->outcome.isFailover);
    QCOMPARE(focus(), table());
    QCOMPARE(table()->currentIndex().row(), 0);
    take({test::request(-11), test::request(-12)}); // the first failed over
    QTRY_COMPARE(m_page->model()->rowCount(), 11);
    QTest::keyClick(focus(), Qt::Key_F, Qt::ControlModifier);
    QCOMPARE(focus(), m_page->filterBar()->line());
    QTest::keyClick(focus(), Qt::Key_Backspace); // all is selected
    QTRY_COMPARE(m_page->model()->rowCount(), 122);
    QVERIFY(m_page->closeLayer()); // Esc, as the window sends it
}

void TestRequestsPage::invalidPartsAreTold()
{
    m_page->open(QStringLiteral("client:claude statsu:429"));
    QVERIFY(m_page->filterBar()->problem().contains(QStringLiteral("“statsu”")));
    QVERIFY(m_page->filterBar()->problem().contains(QStringLiteral("“status”")));
    QCOMPARE(m_page->filterBar()->line()->problems().size(), 1);
    QCOMPARE(m_page->model()->rowCount(), 80); // what is right still filters
    QCOMPARE(filter(), QStringLiteral("client:claude statsu:429")); // the text is left alone
    m_page->open(QStringLiteral("client:claude status:429"));
    QVERIFY(m_page->filterBar()->problem().isEmpty());
}

void TestRequestsPage::completionByKeyboard()
{
    pages::FilterLine *line = m_page->filterBar()->line();
    line->setFocus();
    QTest::keyClicks(line, QStringLiteral("prov"));
    QVERIFY(line->isCompleting());
    QTest::keyClick(QApplication::activePopupWidget(), Qt::Key_Tab);
    QCOMPARE(filter(), QStringLiteral("provider:"));
    QTRY_VERIFY(line->isCompleting());
    QTest::keyClick(QApplication::activePopupWidget(), Qt::Key_O);
    QTest::keyClick(QApplication::activePopupWidget(), Qt::Key_P);
    QTest::keyClick(QApplication::activePopupWidget(), Qt::Key_E);
    QTest::keyClick(QApplication::activePopupWidget(), Qt::Key_N);
    QTest::keyClick(QApplication::activePopupWidget(), Qt::Key_A);
    QCOMPARE(filter(), QStringLiteral("provider:opena"));
    QTest::keyClick(QApplication::activePopupWidget(), Qt::Key_Tab);
    QCOMPARE(filter(), QStringLiteral("provider:openai"));
    QTRY_VERIFY(m_page->model()->rowCount() < 120);
    QTest::keyClicks(line, QStringLiteral(" cl"));
    QVERIFY(line->isCompleting());
    QVERIFY(m_page->closeLayer()); // Esc, as the window sends it
    QVERIFY(!line->isCompleting());
    QCOMPARE(filter(), QStringLiteral("provider:openai cl"));
}

void TestRequestsPage::chipsMirrorTheText()
{
    m_page->open(QStringLiteral("client:claude -is:failed word"));
    const auto chips = [this] {
        QStringList names;
        for (QToolButton *button : m_page->filterBar()->findChildren<QToolButton *>()) {
            if (button->accessibleName().startsWith(QStringLiteral("Remove "))
                && button->isVisible())
                names.append(button->text());
        }
        return names;
    };
    QTRY_COMPARE(chips(),
                 QStringList({QStringLiteral("client:claude"), QStringLiteral("-is:failed"),
                              QStringLiteral("word")}));
    for (QToolButton *button : m_page->filterBar()->findChildren<QToolButton *>()) {
        if (button->text() == u"-is:failed") {
            button->click();
            break;
        }
    }
    QCOMPARE(filter(), QStringLiteral("client:claude word"));
    QTRY_COMPARE(chips(), QStringList({QStringLiteral("client:claude"), QStringLiteral("word")}));
}

void TestRequestsPage::onlyThisAndAllButThis()
{
    const int before = m_page->model()->rowCount();
    table()->setCurrentIndex(m_page->model()->index(0, RequestModel::Client));
    m_page->findChild<QAction *>(QStringLiteral("requests.only_this"))->trigger();
    QCOMPARE(filter(), QStringLiteral("client:my-app"));
    const int only = m_page->model()->rowCount();
    QVERIFY(only > 0 && only < before);
    m_page->filterBar()->setText(QString());
    table()->setCurrentIndex(m_page->model()->index(0, RequestModel::Client));
    m_page->findChild<QAction *>(QStringLiteral("requests.all_but_this"))->trigger();
    QCOMPARE(filter(), QStringLiteral("-client:my-app"));
    QCOMPARE(m_page->model()->rowCount(), before - only);
    // Every cell with a term: the row itself is among what its term lets through.
    m_page->filterBar()->setText(QString());
    for (int row = 0; row < 24; ++row) {
        for (int column = 0; column < RequestModel::ColumnCount; ++column) {
            const QString term = m_page->model()->termOf(row, column);
            if (term.isEmpty())
                continue;
            const ParsedFilter parsed = parseFilter(term, test::kNow);
            QVERIFY2(parsed.problems.isEmpty(), qPrintable(term));
            QVERIFY2(parsed.filter.matches(*m_page->model()->at(row)), qPrintable(term));
        }
    }
}

void TestRequestsPage::savedFilters()
{
    for (const auto &preset : pages::FilterBar::builtIn())
        QVERIFY(parseFilter(preset.line, test::kNow).problems.isEmpty());
    m_page->open(QStringLiteral("client:claude ttft:>1s"));
    m_page->findChild<QAction *>(QStringLiteral("requests.save_filter"))->trigger();
    QVERIFY(m_page->filterBar()->isSaved());
    const RequestsPage again(test::context());
    QCOMPARE(again.filterBar()->saved(), QStringList(QStringLiteral("client:claude ttft:>1s")));
    QCOMPARE(again.filterBar()->text(), QStringLiteral("client:claude ttft:>1s")); // kept
    m_page->findChild<QAction *>(QStringLiteral("requests.save_filter"))->trigger();
    QVERIFY(!m_page->filterBar()->isSaved());
}

void TestRequestsPage::stepAndPeekAndBack()
{
    auto *peek = m_page->findChild<pages::PeekPanel *>();
    QTest::keyClick(focus(), Qt::Key_J);
    QCOMPARE(table()->currentIndex().row(), 0);
    QTest::keyClick(focus(), Qt::Key_J);
    QCOMPARE(table()->currentIndex().row(), 1);
    QVERIFY(!m_page->isPeekOpen());
    QTest::keyClick(focus(), Qt::Key_Return);
    QVERIFY(m_page->isPeekOpen());
    QCOMPARE(peek->exchange()->id, m_page->model()->at(1)->id);
    QVERIFY(peek->story().contains(QStringLiteral("Asked for")));
    QTest::keyClick(focus(), Qt::Key_J);
    QCOMPARE(peek->exchange()->id, m_page->model()->at(2)->id);
    QTest::keyClick(focus(), Qt::Key_Down);
    QCOMPARE(peek->exchange()->id, m_page->model()->at(3)->id);
    QTest::keyClick(focus(), Qt::Key_K);
    QCOMPARE(peek->exchange()->id, m_page->model()->at(2)->id);
    QTest::keyClick(focus(), Qt::Key_Escape);
    QVERIFY(!m_page->isPeekOpen());
    QCOMPARE(focus(), table());
    QTest::keyClick(focus(), Qt::Key_I);
    QVERIFY(m_page->isPeekOpen());
    QTest::keyClick(focus(), Qt::Key_I);
    QVERIFY(!m_page->isPeekOpen());
    QVERIFY(!m_page->closeLayer()); // nothing left to close
}

void TestRequestsPage::liveRowsWaitBelowTheTop()
{
    QTRY_VERIFY(table()->verticalScrollBar()->maximum() > 200);
    table()->verticalScrollBar()->setValue(200);
    QVERIFY(m_page->model()->isHeld());
    const ExchangeId top = m_page->model()->at(0)->id;
    take({test::request(-1), test::request(-2)});
    QCOMPARE(m_page->model()->rowCount(), 120);
    QCOMPARE(m_page->model()->at(0)->id, top);
    QVERIFY(pill(*m_page)->isVisible());
    QCOMPARE(pill(*m_page)->text(), QStringLiteral("2 new"));
    pill(*m_page)->click();
    QCOMPARE(m_page->model()->rowCount(), 122);
    QCOMPARE(m_page->model()->at(0)->id, test::request(-2)->id);
    QVERIFY(!pill(*m_page)->isVisible());
    QCOMPARE(table()->verticalScrollBar()->value(), 0);
}

void TestRequestsPage::pauseAndLive()
{
    QTest::keyClick(focus(), Qt::Key_Space);
    QVERIFY(m_page->isPaused());
    QCOMPARE(pill(*m_page)->text(), QStringLiteral("Paused"));
    take({test::request(-1)});
    QCOMPARE(m_page->model()->rowCount(), 120);
    QCOMPARE(pill(*m_page)->text(), QStringLiteral("Paused, 1 new"));
    QTest::keyClick(focus(), Qt::Key_End);
    QVERIFY(!m_page->isPaused());
    QCOMPARE(m_page->model()->rowCount(), 121);
    QCOMPARE(table()->currentIndex().row(), 0);
    take({test::request(-2)});
    QCOMPARE(m_page->model()->rowCount(), 122);
}

void TestRequestsPage::spaceStillPressesButtons()
{
    m_page->open(QStringLiteral("client:claude"));
    QToolButton *chip = nullptr;
    for (QToolButton *button : m_page->filterBar()->findChildren<QToolButton *>()) {
        if (button->text() == u"client:claude")
            chip = button;
    }
    QVERIFY(chip);
    chip->setFocus(Qt::TabFocusReason);
    QTest::keyClick(chip, Qt::Key_Space);
    QVERIFY(!m_page->isPaused());
    QVERIFY(filter().isEmpty());
}

void TestRequestsPage::markByKeyboard()
{
    QTest::keyClick(focus(), Qt::Key_J);
    QTest::keyClick(focus(), Qt::Key_M);
    auto *bar = m_page->findChild<pages::MarkBar *>();
    QVERIFY(bar->isVisible());
    QTest::keyClick(focus(), Qt::Key_4);
    bar->findChild<QLineEdit *>()->setFocus();
    QTest::keyClicks(focus(), QStringLiteral("4 slow ones")); // digits are text here
    QTest::keyClick(focus(), Qt::Key_Return);
    QVERIFY(!bar->isVisible());
    QCOMPARE(focus(), table());
    QVERIFY(m_page->model()->cell(0, RequestModel::Note).startsWith(QStringLiteral("4 slow ones")));
    const RequestsPage again(test::context());
    const auto mark = again.model()->marks()->mark(m_page->model()->at(0)->id);
    QVERIFY(mark.has_value());
    QCOMPARE(int(mark->shape), int(models::RequestMarks::Shape::Diamond));
    QCOMPARE(mark->note, QStringLiteral("4 slow ones"));
}

void TestRequestsPage::compareTwo()
{
    QTest::keyClick(focus(), Qt::Key_J);
    QTest::keyClick(focus(), Qt::Key_J, Qt::NoModifier);
    QTest::keyClick(focus(), Qt::Key_Down, Qt::ShiftModifier);
    QTest::keyClick(focus(), Qt::Key_D, Qt::ControlModifier);
    QVERIFY(m_page->isCompareOpen());
    auto *panel = m_page->findChild<pages::ComparePanel *>();
    QCOMPARE(panel->left()->id, m_page->model()->at(2)->id); // the older one
    QCOMPARE(panel->right()->id, m_page->model()->at(1)->id);
    QVERIFY(!panel->summary().isEmpty());
    QTest::keyClick(focus(), Qt::Key_Escape);
    QVERIFY(!m_page->isCompareOpen());
    // One after the other.
    QSignalSpy said(m_page.get(), &pages::Page::said);
    table()->selectRow(4);
    QTest::keyClick(focus(), Qt::Key_D, Qt::ControlModifier);
    QCOMPARE(said.size(), 1);
    table()->clearSelection(); // the first is remembered, not selected
    table()->selectRow(9);
    QTest::keyClick(focus(), Qt::Key_D, Qt::ControlModifier);
    QVERIFY(m_page->isCompareOpen());
    QCOMPARE(panel->left()->id, m_page->model()->at(4)->id);
    QCOMPARE(panel->right()->id, m_page->model()->at(9)->id);
}

// The engine is asked once, when the tab is looked at, and only where something was translated.
void TestRequestsPage::changesOfATranslation()
{
    test::FakeLink &link = test::pageLink();
    auto *peek = m_page->findChild<pages::PeekPanel *>();
    auto *view = m_page->findChild<pages::ChangesView *>();
    const auto asked
        = [&] { return link.fakeControl.calls.count(QStringLiteral("requestChanges")); };
    m_page->openPeek(m_page->model()->at(0)->id);
    peek->setTab(pages::PeekPanel::Tab::Changes);
    QVERIFY(view->note().contains(QStringLiteral("as the client wrote it")));
    QVERIFY(!view->table()->isVisible());
    QCOMPARE(asked(), 0);

    auto foreign = std::make_shared<Exchange>(*test::request(-1));
    foreign->ask.dialect = DialectId::OpenAiChat;
    for (Attempt &attempt : foreign->attempts)
        attempt.dialect = DialectId::Anthropic;
    AttemptChanges changes;
    changes.ordinal = foreign->attempts.first().ordinal;
    changes.changes = {{FieldChange::Kind::Dropped, "seed", "7", "", "seed-unsupported"},
                       {FieldChange::Kind::Clamped, "temperature", "1.4", "1", "range"},
                       {FieldChange::Kind::Mapped, "stop", "[\"x\"]", "stop_sequences", "name"}};
    changes.unlisted = 4;
    link.fakeControl.requestChangesAnswer = QList<AttemptChanges>{changes};
    take({foreign});
    m_page->openPeek(foreign->id);
    QTRY_COMPARE(view->table()->rowCount(), 5);
    QCOMPARE(asked(), 1);
    const auto cell = [&](int row, int column) { return view->table()->item(row, column)->text(); };
    QVERIFY(cell(0, 0).contains(QStringLiteral("Anthropic")));
    QCOMPARE(cell(1, 0), QStringLiteral("seed"));
    QCOMPARE(cell(1, 2), QStringLiteral("left out"));
    QCOMPARE(cell(2, 2), QStringLiteral("1"));
    QVERIFY(cell(4, 0).startsWith(u'4'));
    QVERIFY(view->note().startsWith(u'2'));
    take({foreign}); // the same again
    QCOMPARE(asked(), 1);

    link.fakeControl.requestChangesAnswer
        = unexpected(Error::make(QStringLiteral("body_gone"), {}));
    auto old = std::make_shared<Exchange>(*foreign);
    old->id = ExchangeId{foreign->id.high, foreign->id.low + 1};
    link.fakeHistory.captureAnswer = Capture{};
    take({old});
    m_page->openPeek(old->id);
    QTRY_VERIFY(view->note().contains(QStringLiteral("no longer in memory")));
    QVERIFY(!view->table()->isVisible());
    QTRY_VERIFY(view->empty()->button()->isVisible()); // what helps the next time
    link.fakeControl.asked.clear();
    view->empty()->button()->click();
    QCOMPARE(link.fakeControl.asked.last(), QStringLiteral("setRecording 3600000"));

    // Where bodies were recorded, the record has it.
    auto recorded = std::make_shared<Exchange>(*foreign);
    recorded->id = ExchangeId{foreign->id.high, foreign->id.low + 2};
    Capture capture = test::captureOf(*recorded);
    auto kept = std::make_shared<CapturedExchange>(*capture.exchange);
    kept->changes = {changes};
    capture.exchange = kept;
    link.fakeHistory.captureAnswer = capture;
    take({recorded});
    m_page->openPeek(recorded->id);
    QTRY_COMPARE(view->table()->rowCount(), 5);
    QVERIFY(view->table()->isVisible());
    QVERIFY(view->note().startsWith(u'2'));

    // An attempt in the client's own API stands beside the translated one, in the order of the
    // chain.
    auto mixed = std::make_shared<Exchange>(*foreign);
    mixed->id = ExchangeId{foreign->id.high, foreign->id.low + 3};
    mixed->attempts = {foreign->attempts.first(), foreign->attempts.first()};
    for (int i = 0; i < 2; ++i) {
        mixed->attempts[i].ordinal = mixed->attempts[i].rank = i + 1;
        mixed->attempts[i].dialect = i == 0 ? DialectId::OpenAiChat : DialectId::Anthropic;
    }
    changes.ordinal = changes.rank = 2;
    link.fakeControl.requestChangesAnswer = QList<AttemptChanges>{changes};
    take({mixed});
    m_page->openPeek(mixed->id);
    QTRY_COMPARE(view->table()->rowCount(), 7);
    QVERIFY(cell(0, 0).startsWith(QStringLiteral("Attempt 1")));
    QVERIFY(cell(1, 0).startsWith(QStringLiteral("As the client wrote it")));
    QVERIFY(cell(2, 0).startsWith(QStringLiteral("Attempt 2")));
    QCOMPARE(cell(3, 0), QStringLiteral("seed"));
}

// A settled request of an agent, streamed, in Anthropic's dialect.
static std::shared_ptr<Exchange> agentExchange()
{
    auto exchange = std::make_shared<Exchange>(*test::request(-1));
    exchange->ask.dialect = DialectId::Anthropic;
    exchange->ask.endpoint = Endpoint::Generate;
    exchange->ask.isStream = true;
    return exchange;
}

// Nothing is read before it is looked at, and then once for all four tabs.
void TestRequestsPage::recordedBodies()
{
    test::FakeLink &link = test::pageLink();
    auto *peek = m_page->findChild<pages::PeekPanel *>();
    const auto exchange = agentExchange();
    link.fakeHistory.captureAnswer = test::captureOf(*exchange);
    take({exchange});
    m_page->openPeek(exchange->id);
    QVERIFY(link.fakeHistory.captureAsks.isEmpty());

    peek->setTab(pages::PeekPanel::Tab::Messages);
    auto *messages = m_page->findChild<pages::MessagesView *>();
    const auto text = [](pages::TextPane *pane) { return pane->edit()->toPlainText(); };
    QTRY_VERIFY(text(messages->pane()).contains(QStringLiteral("Why does the board flicker")));
    const QString said = text(messages->pane());
    QVERIFY(said.contains(QStringLiteral("2 tool")));
    QVERIFY(said.contains(QStringLiteral("Tool call: read_file")));
    QVERIFY(said.contains(QStringLiteral("Tool result: read_file")));
    QVERIFY(said.contains(QStringLiteral("image/png")));
    QVERIFY(!said.contains(QStringLiteral("iVBORw0")));
    QVERIFY(said.contains(QStringLiteral("reasoning")));
    QVERIFY(said.contains(QStringLiteral("painted in one pass")));
    QVERIFY(messages->pane()->isFolded(0)); // the tools
    QVERIFY(messages->emptyLine().isEmpty());

    peek->setTab(pages::PeekPanel::Tab::Request);
    const QList<pages::BodyView *> bodies{bodyView("Request"), bodyView("Response")};
    QVERIFY(bodies[0] && bodies[1]);
    QTRY_VERIFY(text(bodies[0]->pane()).contains(QStringLiteral("  \"max_tokens\": 4096")));
    QVERIFY(bodies[0]->note().contains(QStringLiteral("whole")));
    QCOMPARE(bodies[0]->which()->count(), 1 + int(exchange->attempts.size()));
    bodies[0]->raw()->setChecked(true);
    QTRY_VERIFY(text(bodies[0]->pane()).contains(QString::fromUtf8(test::agentRequest())));
    QSignalSpy copied(m_page.get(), &pages::Page::copyRequested);
    bodies[0]->curl()->click();
    QCOMPARE(copied.size(), 1);
    const QString curl = copied.first().first().toString();
    QVERIFY(curl.contains(QStringLiteral("/v1/messages?beta=true")));
    QVERIFY(curl.contains(QStringLiteral("$SIGNALBOX_KEY")));
    QVERIFY(!curl.contains(QStringLiteral("***")));

    peek->setTab(pages::PeekPanel::Tab::Response);
    QTRY_VERIFY(text(bodies[1]->pane()).contains(QStringLiteral("message_start")));
    if (exchange->attempts.size() > 1) {
        bodies[1]->which()->setCurrentIndex(1);
        QTRY_VERIFY(text(bodies[1]->pane()).contains(QStringLiteral("Slow down.")));
    }

    peek->setTab(pages::PeekPanel::Tab::Stream);
    auto *stream = m_page->findChild<pages::StreamView *>();
    QTRY_COMPARE(stream->model()->rowCount(), int(test::agentEvents().size()));
    const auto cell = [&](int row, int column) {
        return stream->model()->index(row, column).data().toString();
    };
    QCOMPARE(cell(0, pages::EventModel::Name), QStringLiteral("message_start"));
    QCOMPARE(cell(0, pages::EventModel::At), QStringLiteral("0.84 s"));
    QVERIFY(cell(3, pages::EventModel::Gap).startsWith(u'+'));
    stream->table()->selectRow(2);
    QVERIFY(text(stream->pane()).contains(QStringLiteral("Tracks and trains")));
    QCOMPARE(link.fakeHistory.captureAsks.size(), 1);
}

void TestRequestsPage::noBodiesAndWhy_data()
{
    QTest::addColumn<int>("state");
    QTest::addColumn<bool>("isFailing");
    QTest::addColumn<bool>("isRecording");
    QTest::addColumn<QString>("says");
    QTest::addColumn<bool>("offers");
    QTest::newRow("not recorded") << int(CaptureState::NotRecorded) << false << false
                                  << QStringLiteral("not recorded") << true;
    QTest::newRow("recording since") << int(CaptureState::NotRecorded) << false << true
                                     << QStringLiteral("before the recording") << false;
    QTest::newRow("given up") << int(CaptureState::GivenUp) << false << false
                              << QStringLiteral("given up") << true;
    QTest::newRow("trimmed") << int(CaptureState::Trimmed) << false << false
                             << QStringLiteral("deleted") << true;
    QTest::newRow("failing") << 0 << true << false << QStringLiteral("disk is full") << false;
}

void TestRequestsPage::noBodiesAndWhy()
{
    QFETCH(int, state);
    QFETCH(bool, isFailing);
    QFETCH(bool, isRecording);
    QFETCH(QString, says);
    QFETCH(bool, offers);
    test::FakeLink &link = test::pageLink();
    m_frame.recording.untilWallMs = isRecording ? test::kNow + 60'000 : 0;
    Frame frame = m_frame;
    Capture capture;
    capture.state = CaptureState(state);
    capture.trimmedWallMs = test::kNow;
    link.fakeHistory.captureAnswer = isFailing
        ? Result<Capture>(
            unexpected(Error::make(QStringLiteral("store"), QStringLiteral("The disk is full"))))
        : Result<Capture>(capture);
    const auto exchange = agentExchange();
    take({exchange});
    m_page->openPeek(exchange->id);
    auto *peek = m_page->findChild<pages::PeekPanel *>();
    for (const auto tab : {pages::PeekPanel::Tab::Messages, pages::PeekPanel::Tab::Request,
                           pages::PeekPanel::Tab::Response, pages::PeekPanel::Tab::Stream}) {
        peek->setTab(tab);
        pages::CaptureView *view = nullptr;
        for (auto *one : m_page->findChildren<pages::CaptureView *>())
            view = one->isVisible() ? one : view;
        QVERIFY(view);
        QTRY_VERIFY2(view->emptyLine().contains(says), qPrintable(view->emptyLine()));
        QCOMPARE(view->empty()->button()->isVisible(), offers);
        if (offers && tab == pages::PeekPanel::Tab::Stream) {
            link.fakeControl.asked.clear();
            view->empty()->button()->click();
            QCOMPARE(link.fakeControl.asked.last(), QStringLiteral("setRecording 3600000"));
            frame.recording.untilWallMs = test::kNow + 3'600'000;
            link.publish(frame); // the engine confirms
            QTRY_VERIFY(!view->empty()->button()->isVisible());
        }
    }
    m_frame.recording = {};
    link.publish(m_frame);
}

// Ctrl+F finds in the text, Enter folds, Esc closes the search first and the panel last.
void TestRequestsPage::bodiesByKeyboard()
{
    test::FakeLink &link = test::pageLink();
    const auto exchange = agentExchange();
    link.fakeHistory.captureAnswer = test::captureOf(*exchange);
    take({exchange});
    m_page->openPeek(exchange->id);
    auto *peek = m_page->findChild<pages::PeekPanel *>();
    peek->setTab(pages::PeekPanel::Tab::Messages);
    auto *pane = m_page->findChild<pages::MessagesView *>()->pane();
    QTRY_VERIFY(pane->edit()->document()->blockCount() > 5);
    QVERIFY(pane->isFolded(0));
    pane->edit()->setFocus();
    QTest::keyClick(pane->edit(), Qt::Key_Return);
    QVERIFY(!pane->isFolded(0));
    QTest::keyClick(pane->edit(), Qt::Key_Return);
    QVERIFY(pane->isFolded(0));
    QTest::keyClick(pane->edit(), Qt::Key_F, Qt::ControlModifier);
    auto *wanted = pane->findChild<QLineEdit *>();
    QVERIFY(wanted->isVisible());
    wanted->setText(QStringLiteral("drawTrains"));
    QCOMPARE(pane->matches(), 1);
    QCOMPARE(pane->edit()->textCursor().selectedText(), QStringLiteral("drawTrains"));
    QVERIFY(pane->edit()->textCursor().block().isVisible()); // it was folded
    wanted->setText(QStringLiteral("nowhere to be found"));
    QCOMPARE(pane->matches(), 0);
    QTest::keyClick(wanted, Qt::Key_Escape);
    QVERIFY(!wanted->isVisible());
    QVERIFY(peek->isVisible());
    QTest::keyClick(pane->edit(), Qt::Key_Escape);
    QVERIFY(!peek->isVisible());
}

// What was cut at the limit is read as far as it goes and marked; one endless line is no trouble.
void TestRequestsPage::largeBodyIsCut()
{
    test::FakeLink &link = test::pageLink();
    const auto exchange = agentExchange();
    Capture capture = test::captureOf(*exchange);
    auto cut = std::make_shared<CapturedExchange>(*capture.exchange);
    QByteArray body = test::agentRequest();
    body.chop(2);
    body += ",{\"role\":\"user\",\"content\":\"" + QByteArray(kMostCapturedBody, 'x');
    cut->request.body.size = body.size() + 1'000'000;
    cut->request.body.bytes = body.first(kMostCapturedBody);
    capture.exchange = cut;
    link.fakeHistory.captureAnswer = capture;
    take({exchange});
    m_page->openPeek(exchange->id);
    auto *peek = m_page->findChild<pages::PeekPanel *>();
    peek->setTab(pages::PeekPanel::Tab::Messages);
    auto *messages = m_page->findChild<pages::MessagesView *>();
    QTRY_VERIFY(messages->note().contains(QStringLiteral("Cut")));
    QVERIFY(messages->pane()->edit()->toPlainText().contains(QStringLiteral("board flicker")));
    peek->setTab(pages::PeekPanel::Tab::Request);
    auto *request = bodyView("Request");
    QVERIFY(request->note().contains(words::bytes(kMostCapturedBody)));
    QTRY_VERIFY(request->pane()->edit()->document()->blockCount() > 50);
    QSignalSpy copied(m_page.get(), &pages::Page::copyRequested);
    request->curl()->click();
    QVERIFY(!copied.first().first().toString().contains(QStringLiteral("xxxx")));
}

// Line 10 of issue 5, in the window: one row that X unfolds and folds.
void TestRequestsPage::runOfCompletionsFolds()
{
    QList<std::shared_ptr<const Exchange>> flood;
    for (int i = 0; i < 30; ++i) {
        auto e = std::make_shared<Exchange>(*test::request(-1));
        e->wallMs = test::kNow + i * 100;
        e->id = ExchangeId{quint64(e->wallMs) << 16, quint64(i)};
        e->client = ClientId(QStringLiteral("editor"));
        e->ask.endpoint = Endpoint::Completions;
        e->replayOf = {};
        e->outcome.kind = i % 5 == 0 ? OutcomeKind::Served : OutcomeKind::ClientLeft;
        flood.append(e);
    }
    QTableView *table = m_page->table();
    const auto shown = [&] {
        int rows = 0;
        for (int row = 0; row < m_page->model()->rowCount(); ++row)
            rows += !table->isRowHidden(row);
        return rows;
    };
    const int before = shown();
    take(flood);
    QCOMPARE(shown(), before + 1);
    table->setFocus();
    table->setCurrentIndex(m_page->model()->index(0, 0));
    QTest::keyClick(table, Qt::Key_J);
    QVERIFY(!table->isRowHidden(table->currentIndex().row()));
    QVERIFY(table->currentIndex().row() >= 30); // past all that is folded
    QTest::keyClick(table, Qt::Key_K);
    QCOMPARE(table->currentIndex().row(), 0);
    QTest::keyClick(table, Qt::Key_X);
    QCOMPARE(shown(), before + 30);
    QTest::keyClick(table, Qt::Key_J);
    QCOMPARE(table->currentIndex().row(), 1);
    QTest::keyClick(table, Qt::Key_X); // folds; the row that stands for it is chosen
    QCOMPARE(shown(), before + 1);
    QCOMPARE(table->currentIndex().row(), 0);
    m_page->openPeek(flood.first()->id); // one inside is shown where somebody asks for it
    QCOMPARE(shown(), before + 30);
    auto later = std::make_shared<Exchange>(*flood.last());
    later->wallMs += 100;
    later->id = ExchangeId{quint64(later->wallMs) << 16, 99};
    table->scrollToTop(); // away from the top, new rows wait
    take({later});
    QCOMPARE(shown(), before + 31);
}

// Settings shows what the engine says, never what was asked; deleting takes two steps.
void TestRequestsPage::recordingInSettings()
{
    test::FakeLink &link = test::pageLink();
    engine::StorageView storage;
    storage.captures = 12;
    storage.captureBytes = 3'000'000;
    link.fakeSetup.storageAnswer = storage;
    link.fakeHistory.forgetCapturesAnswer = qint64{12};
    Frame frame = m_frame;
    frame.recording = {};
    link.publish(frame);
    pages::SettingsPage page(test::context());
    page.resize(1000, 700);
    page.show();
    page.setFrame(link.frame());
    const auto button = [&](const char *name) {
        return page.findChild<QPushButton *>(QString::fromLatin1(name));
    };
    QVERIFY(!button("record")->isHidden());
    QVERIFY(button("stop_recording")->isHidden());
    link.fakeControl.asked.clear();
    button("record")->click();
    QCOMPARE(link.fakeControl.asked.last(), QStringLiteral("setRecording 3600000"));
    QVERIFY(!button("record")->isHidden()); // nothing moves before the engine says so
    frame.recording.untilWallMs = frame.wallMs + 3'600'000;
    page.setFrame(std::make_shared<Frame>(frame));
    QVERIFY(button("record")->isHidden());
    QVERIFY(!button("stop_recording")->isHidden());
    button("stop_recording")->click();
    QCOMPARE(link.fakeControl.asked.last(), QStringLiteral("setRecording 0"));

    QTRY_VERIFY(button("forget")->isEnabled());
    link.fakeHistory.calls.clear();
    button("forget")->click();
    QVERIFY(link.fakeHistory.calls.isEmpty());
    QVERIFY(!button("forget_now")->isHidden());
    button("keep_bodies")->click();
    QVERIFY(button("forget_now")->isHidden());
    button("forget")->click();
    QSignalSpy said(&page, &pages::Page::said);
    button("forget_now")->click();
    QCOMPARE(link.fakeHistory.calls.count(QStringLiteral("forgetCaptures")), 1);
    QTRY_COMPARE(said.size(), 1);
    QVERIFY(said.first().first().toString().contains(QStringLiteral("12")));
    link.fakeSetup.storageAnswer = engine::StorageView{};
}

void TestRequestsPage::copyInTheLastFormat()
{
    QSignalSpy copied(m_page.get(), &pages::Page::copyRequested);
    test::pageLink().fakeControl.requestBodyAnswer
        = QByteArray("{\"model\":\"coding\",\"messages\":[]}");
    QTest::keyClick(focus(), Qt::Key_J);
    QTest::keyClick(focus(), Qt::Key_C, Qt::ControlModifier);
    QTRY_COMPARE(copied.size(), 1);
    QVERIFY(copied[0][0].toString().startsWith(QStringLiteral("curl ")));
    QVERIFY(copied[0][0].toString().contains(QStringLiteral("$SIGNALBOX_KEY")));
    QTest::keyClick(focus(), Qt::Key_C, Qt::ControlModifier | Qt::ShiftModifier);
    auto *menu = qobject_cast<QMenu *>(QApplication::activePopupWidget());
    QVERIFY(menu);
    menu->actions().at(3)->trigger();
    menu->close();
    QTRY_COMPARE(copied.size(), 2);
    QVERIFY(copied[1][0].toString().contains(QStringLiteral("await fetch(")));
    QTest::keyClick(focus(), Qt::Key_C, Qt::ControlModifier);
    QTRY_COMPARE(copied.size(), 3);
    QCOMPARE(copied[2][0], copied[1][0]);
    m_page->findChild<QAction *>(QStringLiteral("requests.copy_exchange"))->trigger();
    QTRY_COMPARE(copied.size(), 4);
    const QJsonDocument json = QJsonDocument::fromJson(copied[3][0].toString().toUtf8());
    QCOMPARE(json[QStringLiteral("id")].toString(),
             QString::fromLatin1(m_page->model()->at(0)->id.text()));
}

void TestRequestsPage::replayShowsBothSides()
{
    QTest::keyClick(focus(), Qt::Key_J);
    const auto original = m_page->model()->at(0);
    auto copy = std::make_shared<Exchange>(*test::request(-50)); // seen nowhere else
    copy->replayOf = original->id;
    test::pageLink().fakeControl.replayAnswer = copy->id;
    QTest::keyClick(focus(), Qt::Key_Return, Qt::ControlModifier);
    QTRY_COMPARE(test::pageLink().fakeControl.calls, QStringList(QStringLiteral("replay")));
    QCoreApplication::processEvents();
    QVERIFY(!m_page->isCompareOpen()); // nothing to show yet
    take({copy});
    QTRY_VERIFY(m_page->isCompareOpen());
    auto *panel = m_page->findChild<pages::ComparePanel *>();
    QCOMPARE(panel->left()->id, original->id);
    QCOMPARE(panel->right()->id, copy->id);
    QCOMPARE(panel->table()->horizontalHeaderItem(2)->text(), QStringLiteral("Replay"));
}

void TestRequestsPage::bodyGoneIsOneSentence()
{
    QSignalSpy said(m_page.get(), &pages::Page::said);
    test::pageLink().fakeControl.replayAnswer
        = unexpected(Error::make(QStringLiteral("body_gone"), {}));
    QTest::keyClick(focus(), Qt::Key_J);
    QTest::keyClick(focus(), Qt::Key_Return, Qt::ControlModifier);
    QTRY_COMPARE(said.size(), 1);
    QVERIFY(said[0][0].toString().contains(QStringLiteral("no longer in memory")));
}

void TestRequestsPage::replayToAnotherTarget()
{
    QTest::keyClick(focus(), Qt::Key_J);
    QTest::keyClick(focus(), Qt::Key_Return, Qt::ControlModifier | Qt::ShiftModifier);
    auto *menu = qobject_cast<QMenu *>(QApplication::activePopupWidget());
    QVERIFY(menu);
    QVERIFY(menu->actions().size() > 2);
    menu->actions().at(2)->trigger();
    menu->close();
    QTRY_COMPARE(test::pageLink().fakeControl.calls, QStringList(QStringLiteral("replay")));
}

void TestRequestsPage::exportsFilterAndSelection()
{
    QTemporaryDir folder;
    engine::SearchResult found;
    found.exchanges = test::requests(30);
    test::pageLink().fakeHistory.searchAnswer = found;
    const QString csv = folder.filePath(QStringLiteral("all.csv"));
    m_page->exportTo(csv);
    const auto *notice = m_page->findChild<kit::NoticeBar *>();
    QTRY_VERIFY(notice->message().contains(QStringLiteral("exported")));
    QFile file(csv);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray text = file.readAll();
    QCOMPARE(text.count("\r\n"), 31);
    QVERIFY(text.startsWith("id,wall_ms,client"));
    QTest::keyClick(focus(), Qt::Key_J);
    QTest::keyClick(focus(), Qt::Key_Down, Qt::ShiftModifier);
    QTest::keyClick(focus(), Qt::Key_Down, Qt::ShiftModifier);
    const QString jsonl = folder.filePath(QStringLiteral("some.jsonl"));
    m_page->exportTo(jsonl);
    QTRY_VERIFY(QFile::exists(jsonl));
    QFile lines(jsonl);
    QVERIFY(lines.open(QIODevice::ReadOnly));
    int count = 0;
    while (!lines.atEnd()) {
        QVERIFY(QJsonDocument::fromJson(lines.readLine()).isObject());
        ++count;
    }
    QCOMPARE(count, 3);
}

void TestRequestsPage::searchesHistory()
{
    engine::SearchResult found;
    for (int i = 200; i < 230; ++i)
        found.exchanges.append(test::request(i));
    found.total = 4'310;
    found.matches = 30;
    test::pageLink().fakeHistory.searchAnswer = found;
    m_page->open(QStringLiteral("after:2020-01-01 cost:<0"));
    QTRY_COMPARE(m_page->model()->rowCount(), 30);
    QCOMPARE(test::pageLink().fakeHistory.calls.last(), QStringLiteral("search"));
    bool isTold = false;
    for (const auto *label : m_page->filterBar()->findChildren<QLabel *>())
        isTold = isTold || label->text() == QStringLiteral("30 of 4,310");
    QVERIFY(isTold);
}

void TestRequestsPage::historyThatFails()
{
    test::pageLink().fakeHistory.searchAnswer
        = unexpected(Error::make(QStringLiteral("not_running"), {}));
    m_page->open(QStringLiteral("status:418"));
    QTRY_VERIFY(!table()->isVisible());
    bool isTold = false;
    for (const auto *label : m_page->findChildren<QLabel *>())
        isTold = isTold
            || (label->isVisible() && label->text().contains(QStringLiteral("not_running")));
    QVERIFY(isTold);
    take({test::request(-1)}); // does not match: still empty
    m_page->open(QStringLiteral("status:200"));
    QVERIFY(table()->isVisible()); // live ones are listed all the same
}

void TestRequestsPage::columnsAreKept()
{
    table()->setColumnWidth(RequestModel::Client, 222);
    table()->horizontalHeader()->moveSection(
        table()->horizontalHeader()->visualIndex(RequestModel::Cost), 1);
    {
        const RequestsPage again(test::context());
        QCOMPARE(again.table()->columnWidth(RequestModel::Client), 222);
        QCOMPARE(again.table()->horizontalHeader()->visualIndex(RequestModel::Cost), 1);
    }
    m_page->findChild<QAction *>(QStringLiteral("requests.reset_columns"))->trigger();
    QCOMPARE(table()->horizontalHeader()->visualIndex(RequestModel::Cost), int(RequestModel::Cost));
    m_page->findChild<QAction *>(QStringLiteral("requests.columns"))->trigger();
    auto *menu = qobject_cast<QMenu *>(QApplication::activePopupWidget());
    QVERIFY(menu);
    menu->actions().at(RequestModel::Folder)->trigger();
    menu->close();
    QVERIFY(!table()->isColumnHidden(RequestModel::Folder));
    const RequestsPage again(test::context());
    QVERIFY(!again.table()->isColumnHidden(RequestModel::Folder));
}

void TestRequestsPage::openFromAnotherPage()
{
    const auto wanted = m_page->model()->at(7);
    m_page->open(QStringLiteral("id:") + QString::fromLatin1(wanted->id.text()));
    QTRY_VERIFY(m_page->isPeekOpen());
    QCOMPARE(m_page->findChild<pages::PeekPanel *>()->exchange()->id, wanted->id);
    m_page->open(QStringLiteral("after:%1 before:%2").arg(test::kNow - 20'000).arg(test::kNow));
    QVERIFY(m_page->filterBar()->problem().isEmpty());
    QVERIFY(m_page->model()->rowCount() > 0 && m_page->model()->rowCount() < 20);
}

void TestRequestsPage::everyCommandHasTextAndName()
{
    QStringList names;
    QStringList keys;
    for (const QAction *action : m_page->actions()) {
        QVERIFY(!action->text().isEmpty());
        QVERIFY(!action->objectName().isEmpty());
        QVERIFY(!names.contains(action->objectName()));
        names.append(action->objectName());
        for (const QKeySequence &key : action->shortcuts()) {
            QVERIFY(!keys.contains(key.toString()));
            keys.append(key.toString());
        }
    }
    QVERIFY(names.size() >= 19);
    for (QWidget *widget : m_page->findChildren<QWidget *>()) {
        if (widget->focusPolicy() != Qt::NoFocus && widget->isVisible()
            && !qobject_cast<QAbstractScrollArea *>(widget->parentWidget())
            && !widget->objectName().startsWith(QStringLiteral("qt_")))
            QVERIFY2(!widget->accessibleName().isEmpty()
                         || !widget->property("text").toString().isEmpty(),
                     widget->metaObject()->className());
    }
}

void TestRequestsPage::hiddenPageCatchesUp()
{
    m_page->hide();
    take({test::request(-1), test::request(-2)});
    take({test::request(-3)});
    QCOMPARE(m_page->model()->rowCount(), 120);
    m_page->show();
    QCOMPARE(m_page->model()->rowCount(), 123);
}

QTEST_MAIN(TestRequestsPage)
#include "tst_requests_page.moc"
