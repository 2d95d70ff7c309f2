// Pictures of Health and Spend in every situation, both themes and both window sizes. Written to
// the build folder's gallery/; the test checks they are not empty.
#include "kit/console_style.h"
#include "kit/fonts.h"
#include "kit/tokens.h"
#include "page_kit.h"
#include "pages/health/health_page.h"
#include "pages/history_reports.h"
#include "pages/spend/spend_page.h"

#include <QDir>
#include <QTest>

using namespace sb;
using test::HealthStory;
using test::SpendStory;

namespace {

enum class Pose : quint8 { Plain, Crosshair, Expanded, Compared, Table, Zoomed, Editing, Counted };

} // namespace

class TestChartsGallery : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        qApp->setStyle(new kit::ConsoleStyle);
        kit::applyFonts(*qApp);
        test::pageLink().fakeSetup.storageAnswer
            = engine::StorageView{.priceDate = QByteArrayLiteral("2026-11-22")};
    }

    void health_data()
    {
        QTest::addColumn<int>("story");
        QTest::addColumn<int>("range");
        QTest::addColumn<int>("pose");
        const auto row = [](const char *name, HealthStory story, models::HealthRange range,
                            Pose pose = Pose::Plain) {
            QTest::newRow(name) << int(story) << int(range) << int(pose);
        };
        using R = models::HealthRange;
        row("full", HealthStory::Full, R::Minutes5, Pose::Crosshair);
        row("day", HealthStory::Full, R::Day);
        row("week", HealthStory::Full, R::Week);
        row("few", HealthStory::Few, R::Hour);
        row("empty", HealthStory::Empty, R::Minutes5);
        row("crowd", HealthStory::Crowd, R::Minutes5);
        row("expanded", HealthStory::Full, R::Minutes5, Pose::Expanded);
        row("compared", HealthStory::Full, R::Hour, Pose::Compared);
        row("table", HealthStory::Full, R::Minutes5, Pose::Table);
        row("zoomed", HealthStory::Full, R::Hour, Pose::Zoomed);
    }
    void health()
    {
        QFETCH(int, story);
        QFETCH(int, range);
        QFETCH(int, pose);
        const auto what = HealthStory(story);
        auto &link = test::pageLink();
        link.fakeHistory.healthFor = [what](const engine::HealthAsk &ask) {
            return Result<engine::HealthReport>(test::healthReport(ask, what));
        };
        const auto frame = std::make_shared<Frame>(test::healthFrame(what));
        inEveryLook(
            QStringLiteral("health"),
            [&](QWidget &window) -> QWidget * {
                auto *page = new pages::HealthPage(test::context(), &window);
                page->setRange(models::HealthRange(range));
                page->setFrame(frame);
                return page;
            },
            [&](QWidget *widget) {
                auto *page = static_cast<pages::HealthPage *>(widget);
                settle([page] { page->settle(); });
                auto *row = page->rows().value(1);
                switch (Pose(pose)) {
                case Pose::Crosshair:
                    QTest::keyClick(row->chart(0), Qt::Key_End);
                    QTest::keyClick(row->chart(0), Qt::Key_Left, Qt::ControlModifier);
                    break;
                case Pose::Expanded:
                    row->setExpanded(true);
                    break;
                case Pose::Compared:
                    page->compare(frame->providers[0].id, frame->providers[1].id);
                    break;
                case Pose::Table:
                    QTest::keyClick(row->chart(0), Qt::Key_T);
                    break;
                case Pose::Zoomed:
                    QTest::keyClick(row->chart(0), Qt::Key_End);
                    for (int i = 0; i < 9; ++i)
                        QTest::keyClick(row->chart(0), Qt::Key_Left,
                                        Qt::ControlModifier | Qt::ShiftModifier);
                    QTest::keyClick(row->chart(0), Qt::Key_Return);
                    break;
                default:
                    break;
                }
                settle([page] { page->settle(); });
            });
    }

    void spend_data()
    {
        QTest::addColumn<int>("story");
        QTest::addColumn<int>("range");
        QTest::addColumn<int>("pose");
        const auto row = [](const char *name, SpendStory story, models::SpendRange range,
                            Pose pose = Pose::Plain) {
            QTest::newRow(name) << int(story) << int(range) << int(pose);
        };
        using R = models::SpendRange;
        row("full", SpendStory::Full, R::Today, Pose::Crosshair);
        row("days7", SpendStory::Full, R::Days7);
        row("days30", SpendStory::Full, R::Days30);
        row("month", SpendStory::Full, R::Month);
        row("unpriced", SpendStory::Unpriced, R::Today);
        row("near_cap", SpendStory::NearCap, R::Today, Pose::Editing);
        row("empty", SpendStory::Empty, R::Today);
        row("long", SpendStory::Long, R::Days7);
        row("counted", SpendStory::Full, R::Today, Pose::Counted);
        row("table", SpendStory::Full, R::Today, Pose::Table);
    }
    void spend()
    {
        QFETCH(int, story);
        QFETCH(int, range);
        QFETCH(int, pose);
        const auto what = SpendStory(story);
        auto &link = test::pageLink();
        link.fakeHistory.spendFor = [what](const engine::SpendAsk &ask) {
            return Result<engine::SpendReport>(test::spendReport(ask, what));
        };
        const auto frame = std::make_shared<Frame>(test::spendFrame(what));
        inEveryLook(
            QStringLiteral("spend"),
            [&](QWidget &window) -> QWidget * {
                auto *page = new pages::SpendPage(test::context(), &window);
                page->setRange(models::SpendRange(range));
                page->setFrame(frame);
                return page;
            },
            [&](QWidget *widget) {
                auto *page = static_cast<pages::SpendPage *>(widget);
                settle([page] { page->settle(); });
                switch (Pose(pose)) {
                case Pose::Crosshair:
                    QTest::keyClick(&page->bars(), Qt::Key_Home);
                    QTest::keyClick(&page->bars(), Qt::Key_Right, Qt::ControlModifier);
                    break;
                case Pose::Editing:
                    page->budgetEditor().edit();
                    break;
                case Pose::Counted:
                    page->showCounted();
                    break;
                case Pose::Table:
                    QTest::keyClick(&page->bars(), Qt::Key_T);
                    break;
                default:
                    break;
                }
                settle([page] { page->settle(); });
            });
    }

private:
    // The fake answers by the event loop; charts then take it when told.
    static void settle(const std::function<void()> &flush)
    {
        for (int i = 0; i < 4; ++i) {
            QCoreApplication::processEvents();
            flush();
        }
        QCoreApplication::processEvents();
    }

    static void inEveryLook(const QString &name, const std::function<QWidget *(QWidget &)> &make,
                            const std::function<void(QWidget *)> &pose)
    {
        const QString folder
            = qEnvironmentVariable("SIGNALBOX_GALLERY", QStringLiteral(SB_BINARY_DIR "/gallery"));
        QVERIFY(QDir().mkpath(folder));
        for (const bool isDark : {true, false}) {
            QApplication::setPalette(
                kit::paletteOf(isDark ? kit::darkTokens() : kit::lightTokens()));
            for (const bool isNarrow : {false, true}) {
                QWidget window; // the window round the page: rail and strip are the shell's
                const int rail = isNarrow ? kit::space::kRailNarrow : kit::space::kRail;
                window.resize(isNarrow ? QSize(960, 600) : QSize(1280, 800));
                QWidget *page = make(window);
                page->setGeometry(rail, kit::space::kStrip, window.width() - rail,
                                  window.height() - kit::space::kStrip);
                window.show();
                QVERIFY(QTest::qWaitForWindowExposed(&window));
                pose(page);
                const QImage image = window.grab().toImage();
                const double scale = image.devicePixelRatio();
                QVERIFY(
                    image.save(QStringLiteral("%1/%2_%3_%4_%5%6.png")
                                   .arg(folder, name, QString::fromLatin1(QTest::currentDataTag()),
                                        isDark ? QStringLiteral("dark") : QStringLiteral("light"),
                                        isNarrow ? QStringLiteral("960") : QStringLiteral("1280"),
                                        scale > 1 ? QStringLiteral("_2x") : QString())));
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
};

QTEST_MAIN(TestChartsGallery)
#include "tst_charts_gallery.moc"
