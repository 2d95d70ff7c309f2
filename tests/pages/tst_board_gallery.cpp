// Pictures of the track diagram in every situation, both themes and both window sizes; looked at
// beside the reference. Written to the build folder's gallery/; the test checks they are not empty.
#include "kit/fonts.h"
#include "kit/tokens.h"
#include "pages/board/track_board.h"
#include "pages/board_frames.h"

#include <QDir>
#include <QTest>

using namespace sb;

class TestBoardGallery : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { kit::applyFonts(*qApp); }
    void diagram_data();
    void diagram();
};

void TestBoardGallery::diagram_data()
{
    QTest::addColumn<Frame>("frame");
    QTest::newRow("idle") << test::idleFrame();
    QTest::newRow("busy") << test::busyFrame();
    QTest::newRow("failing_over") << test::failingOverFrame();
    QTest::newRow("tripped") << test::trippedFrame();
    QTest::newRow("crowded") << test::crowdedFrame();
}

void TestBoardGallery::diagram()
{
    QFETCH(Frame, frame);
    const QString folder = QStringLiteral(SB_BINARY_DIR "/gallery");
    QVERIFY(QDir().mkpath(folder));
    for (const bool isDark : {true, false}) {
        for (const bool isNarrow : {false, true}) {
            pages::TrackBoard board;
            board.setMotion(false);
            board.setPalette(kit::paletteOf(isDark ? kit::darkTokens() : kit::lightTokens()));
            board.setNarrow(isNarrow);
            models::BoardState state;
            state.take(frame);
            Frame later = frame; // what had settled has faded
            later.changed.clear();
            later.wallMs += 1'500;
            state.take(later);
            board.setState(state);
            board.resize(isNarrow ? 880 : 1072, std::min(board.sizeHint().height(), 560));
            board.show();
            QVERIFY(QTest::qWaitForWindowExposed(&board));
            const QImage image = board.grab().toImage();
            QVERIFY(
                image.save(QStringLiteral("%1/diagram_%2_%3_%4.png")
                               .arg(folder, QString::fromLatin1(QTest::currentDataTag()),
                                    isDark ? QStringLiteral("dark") : QStringLiteral("light"),
                                    isNarrow ? QStringLiteral("960") : QStringLiteral("1280"))));
            int ink = 0;
            const QRgb panel = image.pixel(2, 2);
            for (int y = 0; y < image.height(); y += 4) {
                for (int x = 0; x < image.width(); x += 4)
                    ink += image.pixel(x, y) != panel;
            }
            QVERIFY2(ink > 1'500, qPrintable(QString::number(ink)));
        }
    }
}

QTEST_MAIN(TestBoardGallery)
#include "tst_board_gallery.moc"
