// Pictures of the Requests page in every situation, both themes and both window sizes; written to
// the build folder's gallery/ and looked at. The test checks that they are not empty.
#include "kit/console_style.h"
#include "kit/fonts.h"
#include "kit/tokens.h"
#include "page_kit.h"
#include "pages/captures.h"
#include "pages/peek/peek_panel.h"
#include "pages/request_rows.h"
#include "pages/requests/filter_bar.h"
#include "pages/requests/requests_page.h"

#include <QDir>
#include <QElapsedTimer>
#include <QPlainTextEdit>
#include <QScrollBar>
#include <QTableView>
#include <QTest>

using namespace sb;

class TestRequestsGallery : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void page_data();
    void page();
    void paintTime();
};

void TestRequestsGallery::initTestCase()
{
    qApp->setStyle(new kit::ConsoleStyle);
    kit::applyFonts(*qApp);
}

void TestRequestsGallery::page_data()
{
    QTest::addColumn<int>("rows");
    QTest::addColumn<QString>("line");
    QTest::addColumn<QString>("what");
    QTest::newRow("full") << 400 << QString() << QString();
    QTest::newRow("empty") << 0 << QString() << QString();
    QTest::newRow("filtered") << 400 << QStringLiteral("is:failed-over client:claude ttft:>1s")
                              << QString();
    QTest::newRow("nothing_matches") << 40 << QStringLiteral("status:418") << QString();
    QTest::newRow("invalid") << 400 << QStringLiteral("client:claude statsu:429 cost:0.01")
                             << QString();
    QTest::newRow("peek") << 400 << QString() << QStringLiteral("peek");
    QTest::newRow("peek_decision") << 400 << QString() << QStringLiteral("decision");
    QTest::newRow("peek_cost") << 400 << QString() << QStringLiteral("cost");
    QTest::newRow("peek_changes") << 400 << QString() << QStringLiteral("changes");
    QTest::newRow("peek_changes_gone") << 400 << QString() << QStringLiteral("changes_gone");
    for (const char *what : {"messages", "request", "response", "stream", "unrecorded"})
        QTest::addRow("peek_%s", what) << 400 << QString() << QString::fromLatin1(what);
    QTest::newRow("flood") << 400 << QString() << QStringLiteral("flood");
    QTest::newRow("compare") << 400 << QString() << QStringLiteral("compare");
    QTest::newRow("paused_marked") << 400 << QString() << QStringLiteral("paused");
}

void TestRequestsGallery::page()
{
    QFETCH(int, rows);
    QFETCH(QString, line);
    QFETCH(QString, what);
    const QString folder
        = qEnvironmentVariable("SIGNALBOX_GALLERY", QStringLiteral(SB_BINARY_DIR "/gallery"));
    QVERIFY(QDir().mkpath(folder));
    for (const bool isDark : {true, false}) {
        QApplication::setPalette(kit::paletteOf(isDark ? kit::darkTokens() : kit::lightTokens()));
        for (const bool isNarrow : {false, true}) {
            test::context().settings.clear();
            Frame frame = rows > 0 ? test::busyFrame() : test::emptyFrame();
            frame.changed = test::requests(rows);
            test::pageLink().publish(frame);
            QWidget window; // the window round the page: rail and strip are the shell's
            pages::RequestsPage page(test::context(), &window);
            const int rail = isNarrow ? kit::space::kRailNarrow : kit::space::kRail;
            window.resize(isNarrow ? QSize(960, 600) : QSize(1280, 800));
            page.setGeometry(rail, kit::space::kStrip, window.width() - rail,
                             window.height() - kit::space::kStrip);
            window.show();
            QVERIFY(QTest::qWaitForWindowExposed(&window));
            page.setFrame(std::make_shared<Frame>(frame));
            if (!line.isEmpty())
                page.open(line);
            QCoreApplication::processEvents();
            if (what.startsWith(u"changes")) {
                auto foreign = std::make_shared<Exchange>(*test::request(-1));
                foreign->ask.dialect = DialectId::OpenAiChat;
                for (Attempt &attempt : foreign->attempts)
                    attempt.dialect = DialectId::Anthropic;
                AttemptChanges changes;
                changes.ordinal = foreign->attempts.first().ordinal;
                changes.changes
                    = {{FieldChange::Kind::Dropped, "seed", "7", "", "sampling-unsupported"},
                       {FieldChange::Kind::Clamped, "temperature", "1.4", "1", "temperature-range"},
                       {FieldChange::Kind::Mapped, "max_completion_tokens", "500", "max_tokens",
                        "max-tokens"},
                       {FieldChange::Kind::Repaired, "messages[3]", "tool result without a call",
                        "a note of the user", "history-orphan-result"}};
                test::pageLink().fakeHistory.captureAnswer = Capture{};
                test::pageLink().fakeControl.requestChangesAnswer = QList<AttemptChanges>{changes};
                if (what == u"changes_gone") {
                    test::pageLink().fakeControl.requestChangesAnswer
                        = unexpected(Error::make(QStringLiteral("body_gone"), {}));
                }
                Frame later = frame;
                later.changed = {foreign};
                page.setFrame(std::make_shared<Frame>(later));
                page.openPeek(foreign->id);
                page.findChild<pages::PeekPanel *>()->setTab(pages::PeekPanel::Tab::Changes);
            } else if (what == u"peek" || what == u"decision" || what == u"cost") {
                page.openPeek(page.model()->at(1)->id);
                page.findChild<pages::PeekPanel *>()->setTab(
                    what == u"decision"   ? pages::PeekPanel::Tab::Decision
                        : what == u"cost" ? pages::PeekPanel::Tab::Cost
                                          : pages::PeekPanel::Tab::Overview);
            } else if (what == u"messages" || what == u"request" || what == u"response"
                       || what == u"stream" || what == u"unrecorded") {
                auto agent = std::make_shared<Exchange>(*test::request(-1));
                agent->ask.dialect = DialectId::Anthropic;
                agent->ask.isStream = true;
                test::pageLink().fakeHistory.captureAnswer
                    = what == u"unrecorded" ? Capture{} : test::captureOf(*agent);
                Frame later = frame;
                later.changed = {agent};
                page.setFrame(std::make_shared<Frame>(later));
                page.openPeek(agent->id);
                using Tab = pages::PeekPanel::Tab;
                page.findChild<pages::PeekPanel *>()->setTab(
                    what == u"request"        ? Tab::Request
                        : what == u"response" ? Tab::Response
                        : what == u"stream"   ? Tab::Stream
                                              : Tab::Messages);
                if (what == u"messages" || what == u"request" || what == u"response") {
                    QPlainTextEdit *text = nullptr;
                    for (auto *one : page.findChildren<QPlainTextEdit *>())
                        text = one->isVisible() ? one : text;
                    QVERIFY(text);
                    QTRY_VERIFY(text->document()->blockCount() > 3);
                }
            } else if (what == u"flood") {
                Frame later = frame;
                later.changed.clear();
                for (int i = 0; i < 60; ++i) {
                    auto e = std::make_shared<Exchange>(*test::request(-2 - 2 * (i % 3)));
                    e->wallMs = frame.wallMs + i * 120;
                    e->id = ExchangeId{quint64(e->wallMs) << 16, quint64(i)};
                    e->ask.endpoint = Endpoint::Completions;
                    e->replayOf = {};
                    e->outcome.kind = i % 5 == 0 ? OutcomeKind::Served : OutcomeKind::ClientLeft;
                    later.changed.append(e);
                }
                page.setFrame(std::make_shared<Frame>(later));
            } else if (what == u"compare") {
                page.compareWith(page.model()->at(2)->id, page.model()->at(1)->id);
            } else if (what == u"paused") {
                QTest::keyClick(page.table(), Qt::Key_J);
                QTest::keyClick(page.table(), Qt::Key_J);
                QTest::keyClick(page.table(), Qt::Key_M);
                QTest::keyClick(QApplication::focusWidget(), Qt::Key_3);
                page.table()->setFocus();
                QTest::keyClick(page.table(), Qt::Key_Space);
                Frame later = test::busyFrame();
                later.changed = {test::request(-1), test::request(-2)};
                page.setFrame(std::make_shared<Frame>(later));
                QVERIFY(page.isPaused());
            }
            QCoreApplication::processEvents();
            const QImage image = window.grab().toImage();
            QVERIFY(
                image.save(QStringLiteral("%1/requests_%2_%3_%4.png")
                               .arg(folder, QString::fromLatin1(QTest::currentDataTag()),
                                    isDark ? QStringLiteral("dark") : QStringLiteral("light"),
                                    isNarrow ? QStringLiteral("960") : QStringLiteral("1280"))));
            int ink = 0;
            const QRgb ground = image.pixel(2, 2);
            for (int y = 0; y < image.height(); y += 4) {
                for (int x = 0; x < image.width(); x += 4)
                    ink += image.pixel(x, y) != ground;
            }
            QVERIFY2(ink > 300, qPrintable(QString::number(ink)));
        }
    }
}

// Told, not judged: how long a frame of scrolling through 5,000 rows takes to paint.
void TestRequestsGallery::paintTime()
{
    test::context().settings.clear();
    Frame frame = test::busyFrame();
    store::Page history;
    history.exchanges = test::requests(models::RequestModel::kCapacity);
    test::pageLink().fakeHistory.pageAnswer = history;
    test::pageLink().publish(frame);
    pages::RequestsPage page(test::context());
    page.resize(1104, 760);
    page.show();
    QVERIFY(QTest::qWaitForWindowExposed(&page));
    page.setFrame(std::make_shared<Frame>(frame));
    QTRY_COMPARE(page.model()->rowCount(), models::RequestModel::kCapacity);
    test::pageLink().fakeHistory.pageAnswer = store::Page{};
    QImage canvas(page.size(), QImage::Format_ARGB32_Premultiplied);
    QScrollBar *bar = page.table()->verticalScrollBar();
    qint64 worst = 0;
    qint64 sum = 0;
    constexpr int kFrames = 120;
    for (int i = 0; i < kFrames; ++i) {
        bar->setValue(i * bar->maximum() / kFrames);
        QElapsedTimer timer;
        timer.start();
        page.table()->viewport()->render(&canvas);
        worst = std::max(worst, timer.nsecsElapsed());
        sum += timer.nsecsElapsed();
    }
    qInfo("%d rows, whole viewport painted: mean %.2f ms, worst %.2f ms", page.model()->rowCount(),
          double(sum) / kFrames / 1e6, double(worst) / 1e6);
    QVERIFY(sum > 0);
}

QTEST_MAIN(TestRequestsGallery)
#include "tst_requests_gallery.moc"
