// Pictures of the board page in every situation, both themes and both window sizes; looked at
// beside the reference. Written to the build folder's gallery/; the test checks they are not empty.
#include "kit/console_style.h"
#include "kit/fonts.h"
#include "kit/tokens.h"
#include "models/chain_draft.h"
#include "page_kit.h"
#include "pages/board/board_page.h"
#include "pages/board/track_board.h"
#include "pages/board_frames.h"
#include "words/catalogues.h"

#include <QAction>
#include <QDir>
#include <QTest>

using namespace sb;

class TestBoardGallery : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void page_data();
    void page();
};

void TestBoardGallery::initTestCase()
{
    qApp->setStyle(new kit::ConsoleStyle);
    kit::applyFonts(*qApp);
    words::installCatalogues(*qApp);
}

void TestBoardGallery::page_data()
{
    QTest::addColumn<Frame>("frame");
    // Index in frame.changed; -1 = closed, -2 … -4 the inspector on a plate, -5 a hovered plate, -6
    // edit mode with a draft, -7 the charts as tables.
    QTest::addColumn<int>("peek");
    QTest::addColumn<bool>("isTable");
    QTest::newRow("empty") << test::emptyFrame() << -1 << false;
    QTest::newRow("idle") << test::idleFrame() << -1 << false;
    QTest::newRow("busy") << test::busyFrame() << -1 << false;
    QTest::newRow("failing_over") << test::failingOverFrame() << -1 << false;
    QTest::newRow("tripped") << test::trippedFrame() << -1 << false;
    QTest::newRow("crowded") << test::crowdedFrame() << -1 << false;
    QTest::newRow("table") << test::trippedFrame() << -1 << true;
    QTest::newRow("held") << test::heldFrame() << -1 << false;
    QTest::newRow("drill") << test::drillFrame() << -1 << false;
    QTest::newRow("drill_table") << test::drillFrame() << -1 << true;
    QTest::newRow("troubled") << test::troubledFrame() << -1 << false;
    QTest::newRow("incident") << test::incidentFrame() << -1 << false;
    QTest::newRow("inspect_provider") << test::drillFrame() << -2 << false;
    QTest::newRow("inspect_chain") << test::heldFrame() << -3 << false;
    QTest::newRow("inspect_client") << test::drillFrame() << -4 << false;
    QTest::newRow("hover") << test::drillFrame() << -5 << false;
    QTest::newRow("editing") << test::busyFrame() << -6 << false;
    QTest::newRow("chart_tables") << test::failingOverFrame() << -7 << false;
    QTest::newRow("peek_waiting") << test::busyFrame() << 8 << false;
    QTest::newRow("peek_failed_over") << test::busyFrame() << 3 << false;
    QTest::newRow("peek_nobody") << test::busyFrame() << 0 << false;
}

void TestBoardGallery::page()
{
    QFETCH(Frame, frame);
    QFETCH(int, peek);
    QFETCH(bool, isTable);
    const QString folder
        = qEnvironmentVariable("SIGNALBOX_GALLERY", QStringLiteral(SB_BINARY_DIR "/gallery"));
    QVERIFY(QDir().mkpath(folder));
    for (const bool isDark : {true, false}) {
        QApplication::setPalette(kit::paletteOf(isDark ? kit::darkTokens() : kit::lightTokens()));
        for (const bool isNarrow : {false, true}) {
            QWidget window; // the window round the page: rail and strip are the shell's
            pages::BoardPage page(test::context(), &window);
            page.setMotion(false);
            const int rail = isNarrow ? kit::space::kRailNarrow : kit::space::kRail;
            window.resize(isNarrow ? QSize(960, 600) : QSize(1280, 800));
            page.setGeometry(rail, kit::space::kStrip, window.width() - rail,
                             window.height() - kit::space::kStrip);
            page.setFrame(std::make_shared<Frame>(frame)); // hidden: what settles leaves no train
            Frame later = frame;
            later.changed.clear();
            later.seconds.clear();
            later.wallMs += 1'500;
            page.setFrame(std::make_shared<Frame>(later));
            window.show();
            QVERIFY(QTest::qWaitForWindowExposed(&window));
            page.setTableShown(isTable);
            if (peek >= 0)
                page.openPeek(frame.changed[peek]->id);
            if (peek == -2)
                page.inspect(pages::Column::Providers, 1);
            if (peek == -3)
                page.inspect(pages::Column::Chains, 0);
            if (peek == -4)
                page.inspect(pages::Column::Clients, 1);
            auto *board = page.findChild<pages::TrackBoard *>();
            if (peek == -5)
                QTest::mouseMove(board, board->plateRect(5).center());
            models::ChainDrafts &drafts = test::pageDrafts();
            if (peek == -6) {
                drafts.setBase(R"({"version":1,"chains":[
                    {"id":"coding","targets":[
                        {"provider":"anthropic","model":"claude-sonnet-5"},
                        {"provider":"openai","model":"gpt-5.2"},
                        {"provider":"openrouter","model":"anthropic/claude-sonnet-5"}]},
                    {"id":"fast","targets":[{"provider":"openai","model":"gpt-5.2-mini"},
                        {"provider":"ollama","model":"qwen3:8b"}]}]})",
                               3);
                const ChainId coding(QStringLiteral("coding"));
                const ChainId fast(QStringLiteral("fast"));
                QVERIFY(drafts.addTarget(coding, ProviderId(QStringLiteral("ollama")),
                                         QStringLiteral("qwen3:8b")));
                QVERIFY(drafts.removeTarget(coding, 2));
                QVERIFY(drafts.moveTarget(fast, 0, 1));
                page.setEditing(true);
                board->showPlate(pages::Column::Chains, 0);
                board->setCurrentRow(1);
            }
            if (peek == -7)
                page.findChild<QAction *>(QStringLiteral("board_chart_table"))->trigger();
            QCoreApplication::processEvents();
            const QImage image = window.grab().toImage();
            QVERIFY(
                image.save(QStringLiteral("%1/board_%2_%3_%4.png")
                               .arg(folder, QString::fromLatin1(QTest::currentDataTag()),
                                    isDark ? QStringLiteral("dark") : QStringLiteral("light"),
                                    isNarrow ? QStringLiteral("960") : QStringLiteral("1280"))));
            // As a photocopy shows it.
            if (QByteArray(QTest::currentDataTag()) == "incident"
                || QByteArray(QTest::currentDataTag()) == "drill") {
                QVERIFY(
                    image.convertToFormat(QImage::Format_Grayscale8)
                        .save(QStringLiteral("%1/board_%2_%3_%4_grey.png")
                                  .arg(folder, QString::fromLatin1(QTest::currentDataTag()),
                                       isDark ? QStringLiteral("dark") : QStringLiteral("light"),
                                       isNarrow ? QStringLiteral("960") : QStringLiteral("1280"))));
            }
            if (peek == -6)
                drafts.discard();
            int ink = 0;
            const QRgb ground = image.pixel(2, 2);
            for (int y = 0; y < image.height(); y += 4) {
                for (int x = 0; x < image.width(); x += 4)
                    ink += image.pixel(x, y) != ground;
            }
            QVERIFY2(ink > 1'500, qPrintable(QString::number(ink)));
        }
    }
}

QTEST_MAIN(TestBoardGallery)
#include "tst_board_gallery.moc"
