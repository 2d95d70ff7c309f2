// Health and Spend by keyboard: what they ask, when they rest, where they lead, what they write.
#include "kit/chart/chip_row.h"
#include "kit/console_style.h"
#include "kit/fonts.h"
#include "kit/tokens.h"
#include "page_kit.h"
#include "pages/health/health_page.h"
#include "pages/history_reports.h"
#include "pages/spend/spend_page.h"
#include "record/exchange_filter.h"
#include "words/format.h"

#include <QAccessible>
#include <QAction>
#include <QCheckBox>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableView>
#include <QTest>

using namespace sb;
using pages::HealthPage;
using pages::SpendPage;
using test::HealthStory;
using test::SpendStory;

namespace {

// Walks what a screen reader walks; collects nameless controls and twins among siblings.
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
        const bool isControl = child->state().focusable || role == QAccessible::Button
            || role == QAccessible::Table || role == QAccessible::CheckBox
            || role == QAccessible::ComboBox;
        if (isControl && name.isEmpty())
            problems.append(
                QStringLiteral("nameless %1 (%2) below %3")
                    .arg(int(role))
                    .arg(QString::fromLatin1(
                             child->object() ? child->object()->metaObject()->className() : "?"),
                         at->text(QAccessible::Name)));
        if (isControl && names.contains(name))
            problems.append(QStringLiteral("two of %1").arg(name));
        names.append(name);
        if (role != QAccessible::Table && role != QAccessible::ComboBox)
            walk(child, problems, depth + 1);
    }
}

Frame later(Frame frame, qint64 ms, bool hasTraffic = true)
{
    frame.wallMs += ms;
    frame.changed.clear();
    if (hasTraffic)
        frame.changed = {std::make_shared<const Exchange>()};
    return frame;
}

void turn()
{
    for (int i = 0; i < 4; ++i)
        QCoreApplication::processEvents();
}

} // namespace

class TestHistoryPages : public QObject {
    Q_OBJECT

    test::FakeLink &link = test::pageLink();

    void shown(pages::Page &page, const Frame &frame)
    {
        page.resize(1104, 760);
        page.setFrame(std::make_shared<Frame>(frame));
        page.show();
        QVERIFY(QTest::qWaitForWindowExposed(&page));
        turn();
    }
    static void checkActions(const QWidget &page)
    {
        QStringList names;
        QStringList keys;
        for (const QAction *action : page.actions()) {
            QVERIFY2(!action->text().isEmpty() && !action->objectName().isEmpty(),
                     qPrintable(action->text()));
            QVERIFY2(!names.contains(action->objectName()), qPrintable(action->objectName()));
            names += action->objectName();
            const QString key = action->shortcut().toString();
            QVERIFY2(key.isEmpty() || !keys.contains(key), qPrintable(key));
            keys += key;
        }
        QVERIFY(names.size() >= 8);
    }

private slots:
    void initTestCase()
    {
        qApp->setStyle(new kit::ConsoleStyle);
        kit::applyFonts(*qApp);
        QApplication::setPalette(kit::paletteOf(kit::darkTokens()));
    }
    void init()
    {
        test::context().settings.clear();
        link.fakeHistory = {};
        link.edits.clear();
        link.editAnswer = Result<quint32>(quint32{2});
        link.fakeSetup.configAnswer = std::make_shared<config::ConfigSnapshot>();
        link.fakeHistory.healthFor = [](const engine::HealthAsk &ask) {
            return Result<engine::HealthReport>(test::healthReport(ask, HealthStory::Full));
        };
        link.fakeHistory.spendFor = [](const engine::SpendAsk &ask) {
            return Result<engine::SpendReport>(test::spendReport(ask, SpendStory::Full));
        };
    }

    // ---- Health ----

    void healthAsksAtItsPaceAndOnlyWhenShown()
    {
        HealthPage page(test::context());
        const Frame frame = test::healthFrame(HealthStory::Full);
        page.setFrame(std::make_shared<Frame>(frame));
        turn();
        QVERIFY(link.fakeHistory.healthAsks.isEmpty()); // hidden
        shown(page, frame);
        QCOMPARE(link.fakeHistory.healthAsks.size(), 1);
        for (int ms : {100, 400, 900}) {
            page.setFrame(std::make_shared<Frame>(later(frame, ms)));
            turn();
        }
        QCOMPARE(link.fakeHistory.healthAsks.size(), 1);
        page.setFrame(std::make_shared<Frame>(later(frame, 1'100)));
        turn();
        QCOMPARE(link.fakeHistory.healthAsks.size(), 2);
        page.setRange(models::HealthRange::Hour);
        turn();
        QCOMPARE(link.fakeHistory.healthAsks.size(), 3);
        QCOMPARE(link.fakeHistory.healthAsks.last().bucket, Millis(15'000));
        page.setFrame(std::make_shared<Frame>(later(frame, 4'000)));
        turn();
        QCOMPARE(link.fakeHistory.healthAsks.size(), 3); // 0.2 Hz
        page.hide();
        page.setFrame(std::make_shared<Frame>(later(frame, 60'000)));
        turn();
        QCOMPARE(link.fakeHistory.healthAsks.size(), 3);
    }

    void quietHealthRests()
    {
        link.fakeHistory.healthFor = [](const engine::HealthAsk &ask) {
            return Result<engine::HealthReport>(test::healthReport(ask, HealthStory::Empty));
        };
        HealthPage page(test::context());
        const Frame frame = test::healthFrame(HealthStory::Empty);
        shown(page, frame);
        page.setFrame(std::make_shared<Frame>(later(frame, 5'000, false)));
        turn();
        QCOMPARE(link.fakeHistory.healthAsks.size(), 1);
        page.setFrame(std::make_shared<Frame>(later(frame, 10'000, true)));
        turn();
        QCOMPARE(link.fakeHistory.healthAsks.size(), 2);
    }

    void atMostTwoChartsTakeDataAtOnce()
    {
        HealthPage page(test::context());
        shown(page, test::healthFrame(HealthStory::Crowd));
        auto *pacer = page.findChild<kit::ChartPacer *>();
        QVERIFY(pacer);
        page.settle();
        QSignalSpy turns(pacer, &kit::ChartPacer::turned);
        const auto charts = page.findChildren<kit::TimeChart *>();
        QVERIFY(charts.size() >= 10);
        for (kit::TimeChart *chart : charts)
            chart->setData(chart->data());
        QTRY_COMPARE(pacer->waiting(), 0);
        QVERIFY(turns.size() >= charts.size() / kit::ChartPacer::kPerFrame / 2);
        for (const auto &turned : turns)
            QVERIFY(turned[0].toInt() <= kit::ChartPacer::kPerFrame);
        // Rows that were never on screen have no charts yet.
        QVERIFY(page.rows().last()->chart(0) == nullptr);
    }

    void healthByKeyboard()
    {
        HealthPage page(test::context());
        shown(page, test::healthFrame(HealthStory::Full));
        page.settle();
        checkActions(page);
        QSignalSpy opened(&page, &pages::Page::openPage);
        page.activateWindow();
        page.setFocus();
        QTest::keyClick(&page, Qt::Key_J);
        auto *row = page.rows()[0];
        QVERIFY(row->chart(0)->hasFocus());
        QTest::keyClick(row->chart(0), Qt::Key_Down);
        row = page.rows()[1];
        QVERIFY(row->chart(0)->hasFocus());

        QTest::keyClick(row->chart(0), Qt::Key_End);
        QTest::keyClick(row->chart(0), Qt::Key_Left);
        const auto labels = page.findChildren<kit::PlainLabel *>();
        QVERIFY(std::any_of(labels.cbegin(), labels.cend(), [](const kit::PlainLabel *label) {
            return label->text().contains(QStringLiteral("OpenAI"));
        }));
        for (int i = 0; i < 5; ++i)
            QTest::keyClick(row->chart(0), Qt::Key_Left, Qt::ShiftModifier);
        QTest::keyClick(row->chart(0), Qt::Key_Return);
        turn();
        QVERIFY(page.zoom());
        QCOMPARE((page.zoom()->second - page.zoom()->first) / 2'000, 6);
        QCOMPARE(link.fakeHistory.healthAsks.last().fromWallMs, page.zoom()->first);

        QTest::keyClick(row->chart(0), Qt::Key_R);
        QCOMPARE(opened.size(), 1);
        QCOMPARE(opened[0][0].toString(), QStringLiteral("requests"));
        const ParsedFilter filter = parseFilter(opened[0][1].toString());
        QVERIFY(filter.problems.isEmpty());
        QCOMPARE(filter.filter.terms.size(), 3);
        QCOMPARE(filter.filter.terms[0].text, QStringLiteral("openai"));
        QCOMPARE(qint64(filter.filter.terms[1].number), page.zoom()->first);
        QCOMPARE(qint64(filter.filter.terms[2].number), page.zoom()->second);

        QVERIFY(page.closeLayer());
        QVERIFY(!page.zoom());
        QTest::keyClick(row->chart(0), Qt::Key_D);
        turn();
        QVERIFY(link.fakeHistory.healthAsks.last().hasDrills);
        QTest::keyClick(row->chart(0), Qt::Key_X);
        turn();
        QCOMPARE(link.fakeHistory.healthAsks.last().split, engine::HealthSplit::ByModel);
        QCOMPARE(page.rows().size(), 6); // four providers, two models of one
        QTest::keyClick(row->chart(0), Qt::Key_3);
        QCOMPARE(page.range(), models::HealthRange::Day);
    }

    void healthDragZooms()
    {
        HealthPage page(test::context());
        shown(page, test::healthFrame(HealthStory::Full));
        page.settle();
        auto *chart = page.rows()[0]->chart(0);
        QWidget *view = chart->viewport();
        const int y = view->height() / 2;
        QTest::mousePress(view, Qt::LeftButton, {}, QPoint(view->width() / 2, y));
        QTest::mouseMove(view, QPoint(view->width() / 2 + 20, y));
        QTest::mouseMove(view, QPoint(view->width() / 2 + 40, y));
        QTest::mouseRelease(view, Qt::LeftButton, {}, QPoint(view->width() / 2 + 40, y));
        turn();
        QVERIFY(page.zoom());
        QCOMPARE(page.zoom()->first % 2'000, 0);
        QVERIFY(page.zoom()->second - page.zoom()->first >= 20'000);
    }

    void healthTableTwin()
    {
        HealthPage page(test::context());
        shown(page, test::healthFrame(HealthStory::Full));
        page.settle();
        auto *chart = page.rows()[0]->chart(pages::HealthRow::Duration);
        chart->setFocus();
        QTest::keyClick(chart, Qt::Key_T);
        auto &commands = page.chartCommands();
        QVERIFY(commands.isTableShown());
        auto *view = commands.table()->view();
        QCOMPARE(view->model()->rowCount(), 150);
        QCOMPARE(view->model()->columnCount(), 3);
        QSignalSpy copied(&page, &pages::Page::copyRequested);
        for (auto *action : page.actions()) {
            if (action->objectName() == u"chart.copy")
                action->trigger();
        }
        QCOMPARE(copied.size(), 1);
        QCOMPARE(copied[0][0].toString().count(u'\n'), 151);
        QVERIFY(page.closeLayer());
        QVERIFY(!commands.isTableShown());
        QVERIFY(!page.closeLayer());
    }

    void chartsAreSaved()
    {
        HealthPage page(test::context());
        shown(page, test::healthFrame(HealthStory::Full));
        page.settle();
        auto *chart = page.rows()[1]->chart(pages::HealthRow::Errors);
        QTemporaryDir folder;
        using C = kit::ChartCommands;
        const auto read = [&](const QString &name) {
            QFile file(folder.filePath(name));
            return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
        };
        QVERIFY(C::savePng(*chart, folder.filePath(QStringLiteral("a.png"))));
        QVERIFY(!QImage(folder.filePath(QStringLiteral("a.png"))).isNull());
        QVERIFY(C::saveSvg(*chart, folder.filePath(QStringLiteral("a.svg"))));
        QVERIFY(read(QStringLiteral("a.svg")).contains("<svg"));
        QVERIFY(C::saveCsv(*chart, folder.filePath(QStringLiteral("a.csv"))));
        const QByteArray csv = read(QStringLiteral("a.csv"));
        QVERIFY(csv.startsWith("\"Time (UTC)\",\"rate limit\""));
        QCOMPARE(csv.count("\r\n"), 1 + chart->data().slotStarts.size());
        QVERIFY(!C::saveCsv(*chart, QStringLiteral("/nowhere/at/all.csv")));
    }

    void healthSurvivesErrorsAndChanges()
    {
        link.fakeHistory.healthFor = [](const engine::HealthAsk &) {
            return Result<engine::HealthReport>(
                unexpected(Error::make(QStringLiteral("not_running"), {})));
        };
        HealthPage page(test::context());
        shown(page, test::healthFrame(HealthStory::Full));
        QCOMPARE(page.rows().size(), 4);
        Frame none = test::healthFrame(HealthStory::Full);
        none.providers.clear();
        page.setFrame(std::make_shared<Frame>(later(none, 2'000)));
        turn();
        QCOMPARE(page.rows().size(), 0);
        QSignalSpy opened(&page, &pages::Page::openPage);
        auto *empty = page.findChild<kit::EmptyState *>();
        QVERIFY(empty->isVisible());
        empty->button()->click();
        QCOMPARE(opened[0][0].toString(), QStringLiteral("providers"));
        page.setFrame(std::make_shared<Frame>(later(test::healthFrame(HealthStory::Crowd), 4'000)));
        turn();
        QCOMPARE(page.rows().size(), 12);
    }

    void healthCompares()
    {
        HealthPage page(test::context());
        const Frame frame = test::healthFrame(HealthStory::Full);
        shown(page, frame);
        page.compare(frame.providers[0].id, frame.providers[2].id);
        turn();
        page.settle();
        QCOMPARE(page.rows().size(), 1);
        QCOMPARE(page.rows()[0]->chart(pages::HealthRow::Duration)->data().lines.size(), 4);
        QCOMPARE(page.rows()[0]->chart(pages::HealthRow::Errors)->data().lines.size(), 2);
        const auto lines = page.rows()[0]->chart(0)->data().lines;
        QVERIFY(lines[0].identity != lines[2].identity);
        QVERIFY(page.closeLayer());
        QCOMPARE(page.rows().size(), 4);
    }

    // ---- Spend ----

    void spendShowsTheReport()
    {
        SpendPage page(test::context());
        const Frame frame = test::spendFrame(SpendStory::Full);
        shown(page, frame);
        page.settle();
        checkActions(page);
        QCOMPARE(link.fakeHistory.spendAsks.size(), 4);
        engine::SpendReport report;
        for (const auto &ask : link.fakeHistory.spendAsks) {
            if (ask.group == engine::SpendGroup::Model && ask.toWallMs > frame.wallMs)
                report = test::spendReport(ask, SpendStory::Full);
        }
        QCOMPARE(page.model().rowCount(), report.rows.size() + 1);
        const int last = page.model().rowCount() - 1;
        QCOMPARE(page.model().index(last, models::SpendModel::Requests).data().toString(),
                 words::count(report.total.exchanges));
        // Bars add up to the table, to the nano-dollar.
        qint64 nano = 0;
        for (const auto &stack : page.bars().data().stacks) {
            for (const double value : stack.values)
                nano += std::isnan(value) ? 0 : std::llround(value * 1e9);
        }
        QCOMPARE(nano, report.total.cost.nano);
        QCOMPARE(page.bars().data().stacks.size(), 6); // five and the rest
        QVERIFY(page.figure(0).content().share > 0);
        QVERIFY(page.figure(1).content().value != words::unknown());
    }

    void spendRestsWhileHiddenAndQuiet()
    {
        SpendPage page(test::context());
        const Frame frame = test::spendFrame(SpendStory::Full);
        page.setFrame(std::make_shared<Frame>(frame));
        turn();
        QVERIFY(link.fakeHistory.spendAsks.isEmpty());
        shown(page, frame);
        QCOMPARE(link.fakeHistory.spendAsks.size(), 4);
        page.setFrame(std::make_shared<Frame>(later(frame, 4'000)));
        turn();
        QCOMPARE(link.fakeHistory.spendAsks.size(), 4);
        page.setFrame(std::make_shared<Frame>(later(frame, 6'000)));
        turn();
        QCOMPARE(link.fakeHistory.spendAsks.size(), 6); // today's, not the past's
        page.setFrame(std::make_shared<Frame>(later(frame, 20'000, false)));
        turn();
        QCOMPARE(link.fakeHistory.spendAsks.size(), 6);
    }

    void spendLeadsToRequests()
    {
        SpendPage page(test::context());
        shown(page, test::spendFrame(SpendStory::Full));
        page.settle();
        QSignalSpy opened(&page, &pages::Page::openPage);
        page.activateWindow();
        auto *table = page.findChild<QTableView *>();
        for (auto *each : page.findChildren<QTableView *>()) {
            if (each->model() == &page.model())
                table = each;
        }
        table->setFocus();
        table->setCurrentIndex(page.model().index(0, 0));
        QTest::keyClick(table, Qt::Key_J);
        QCOMPARE(table->currentIndex().row(), 1);
        QTest::keyClick(table, Qt::Key_R);
        QCOMPARE(opened.size(), 1);
        ParsedFilter filter = parseFilter(opened[0][1].toString());
        QVERIFY(filter.problems.isEmpty());
        QCOMPARE(filter.filter.terms[0].field, FilterField::Model);
        QCOMPARE(filter.filter.terms[0].text, page.model().keyAt(1));
        // A bar, by keys.
        QTest::keyClick(&page.bars(), Qt::Key_Home);
        QTest::keyClick(&page.bars(), Qt::Key_Right);
        QTest::keyClick(&page.bars(), Qt::Key_Return);
        QCOMPARE(opened.size(), 2);
        filter = parseFilter(opened[1][1].toString());
        QCOMPARE(filter.filter.terms.size(), 2);
        QCOMPARE(qint64(filter.filter.terms[1].number - filter.filter.terms[0].number), 3'600'000);
    }

    void unpricedIsSaidAndLeadsToPrices()
    {
        link.fakeHistory.spendFor = [](const engine::SpendAsk &ask) {
            auto report = test::spendReport(ask, SpendStory::Unpriced);
            return Result<engine::SpendReport>(report);
        };
        SpendPage page(test::context());
        shown(page, test::spendFrame(SpendStory::Unpriced));
        page.settle();
        QCOMPARE(page.model().index(1, models::SpendModel::Cost).data().toString(),
                 QStringLiteral("unpriced"));
        QSignalSpy opened(&page, &pages::Page::openPage);
        page.setGroup(engine::SpendGroup::Provider);
        turn();
        for (auto *action : page.actions()) {
            if (action->objectName() == u"spend.price")
                action->trigger();
        }
        QCOMPARE(opened.size(), 1);
        QCOMPARE(opened[0][0].toString(), QStringLiteral("providers"));
        QCOMPARE(opened[0][1].toString(), QStringLiteral("anthropic"));
    }

    void capIsSetChangedAndRemoved()
    {
        SpendPage page(test::context());
        Frame frame = test::spendFrame(SpendStory::Full);
        const auto budgets = std::exchange(frame.budgets, {});
        shown(page, frame);
        auto &editor = page.budgetEditor();
        auto *field = editor.findChild<QLineEdit *>();
        page.activateWindow();
        QTest::keyClick(&page, Qt::Key_B);
        QVERIFY(editor.isEditing() && field->isVisible());
        field->setText(QStringLiteral("nothing"));
        QTest::keyClick(field, Qt::Key_Return);
        QVERIFY(link.edits.isEmpty() && editor.isEditing());
        field->setText(QStringLiteral("$10"));
        QTest::keyClick(field, Qt::Key_Return);
        turn();
        QCOMPARE(link.edits.size(), 1);
        QCOMPARE(link.edits[0].first, QStringLiteral("budgets[+]"));
        QCOMPARE(link.edits[0].second,
                 QByteArrayLiteral(R"({"id":"daily","scope":"all","window":"day","cap":"10.00"})"));
        QVERIFY(!editor.isEditing());
        QVERIFY(!editor.budget()); // until the engine says so
        frame.budgets = budgets;
        page.setFrame(std::make_shared<Frame>(frame));
        QCOMPARE(editor.budget()->cap, Money{25'000'000'000});

        auto config = std::make_shared<config::ConfigSnapshot>();
        config->budgets = {{.id = QStringLiteral("other"),
                            .scope = QStringLiteral("client:x"),
                            .window = QStringLiteral("day"),
                            .cap = Money{1}},
                           {.id = QStringLiteral("daily"),
                            .scope = QStringLiteral("all"),
                            .window = QStringLiteral("day"),
                            .cap = Money{10'000'000'000}}};
        link.fakeSetup.configAnswer = config;
        editor.edit();
        QCOMPARE(field->text(), QStringLiteral("25.00"));
        field->setText(QStringLiteral("12.5"));
        QTest::keyClick(field, Qt::Key_Return);
        turn();
        QCOMPARE(link.edits.last().first, QStringLiteral("budgets[1].cap"));
        QCOMPARE(link.edits.last().second, QByteArrayLiteral("\"12.50\""));

        editor.edit();
        QTest::keyClick(field, Qt::Key_Escape);
        QVERIFY(!editor.isEditing());
        for (auto *button : editor.findChildren<QPushButton *>()) {
            if (button->accessibleName() == u"Remove the daily cap")
                button->click();
        }
        turn();
        QCOMPARE(link.edits.last().first, QStringLiteral("budgets[1]"));
        QVERIFY(link.edits.last().second.isEmpty());

        link.editAnswer = Result<quint32>(
            unexpected(Error::make(QStringLiteral("config"), QStringLiteral("No room."))));
        editor.edit();
        field->setText(QStringLiteral("3"));
        QTest::keyClick(field, Qt::Key_Return);
        turn();
        QVERIFY(editor.isEditing()); // what was typed is not lost
        const auto labels = editor.findChildren<kit::PlainLabel *>();
        QVERIFY(std::any_of(labels.cbegin(), labels.cend(), [](const kit::PlainLabel *label) {
            return label->text().contains(QStringLiteral("No room."));
        }));
    }

    void amounts_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<qint64>("nano");
        QTest::newRow("plain") << QStringLiteral("10") << qint64(10'000'000'000);
        QTest::newRow("dollar") << QStringLiteral(" $ 1,000.50 ") << qint64(1'000'500'000'000);
        QTest::newRow("small") << QStringLiteral("0.01") << qint64(10'000'000);
        QTest::newRow("zero") << QStringLiteral("0") << qint64(-1);
        QTest::newRow("negative") << QStringLiteral("-3") << qint64(-1);
        QTest::newRow("words") << QStringLiteral("ten") << qint64(-1);
        QTest::newRow("empty") << QString() << qint64(-1);
        QTest::newRow("huge") << QStringLiteral("1000001") << qint64(-1);
        QTest::newRow("exponent") << QStringLiteral("1e3") << qint64(-1);
    }
    void amounts()
    {
        QFETCH(QString, text);
        QFETCH(qint64, nano);
        const auto amount = pages::BudgetEditor::parseAmount(text);
        QCOMPARE(amount ? amount->nano : -1, nano);
    }

    void emptySpendSaysWhatComes()
    {
        link.fakeHistory.spendFor = [](const engine::SpendAsk &ask) {
            return Result<engine::SpendReport>(test::spendReport(ask, SpendStory::Empty));
        };
        SpendPage page(test::context());
        shown(page, test::spendFrame(SpendStory::Empty));
        auto *empty = page.findChild<kit::EmptyState *>();
        QVERIFY(empty->isVisible());
        QSignalSpy opened(&page, &pages::Page::openPage);
        empty->button()->click();
        QCOMPARE(opened[0][0].toString(), QStringLiteral("connect"));
        QVERIFY(page.budgetEditor().isVisible());
    }

    void everyControlHasItsOwnName()
    {
        HealthPage health(test::context());
        shown(health, test::healthFrame(HealthStory::Crowd));
        health.settle();
        SpendPage spend(test::context());
        shown(spend, test::spendFrame(SpendStory::Full));
        spend.settle();
        spend.showCounted();
        for (QWidget *page : {static_cast<QWidget *>(&health), static_cast<QWidget *>(&spend)}) {
            QStringList problems;
            walk(QAccessible::queryAccessibleInterface(page), problems);
            QVERIFY2(problems.isEmpty(), qPrintable(problems.join(QStringLiteral("; "))));
            for (const auto *chart : page->findChildren<kit::TimeChart *>()) {
                if (chart->isVisible() && !chart->viewport()->visibleRegion().isEmpty())
                    QVERIFY(!chart->accessibleDescription().isEmpty());
            }
        }
    }
};

QTEST_MAIN(TestHistoryPages)
#include "tst_history_pages.moc"
