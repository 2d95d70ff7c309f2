// Pictures of the main window with hand-made frames, both themes, both sizes, to be looked at
// beside the reference. What can be checked by machine: nothing is blank and the two themes differ.
#include "every_page.h"
#include "kit/theme.h"
#include "kit/tokens.h"
#include "pseudo_translator.h"
#include "words/catalogues.h"

#include <QCursor>
#include <QDir>
#include <QSaveFile>
#include <QSettings>
#include <QTemporaryDir>
#include <QTest>

#include <tuple>

using namespace sb;
using test::PageState;

namespace {

constexpr QSize kSizes[] = {{1280, 800}, {960, 600}};

struct Scene {
    const char *name;
    QList<Frame> frames;
    link::LinkState state = link::LinkState::Connected;
    link::Trouble trouble = {};
    char key = 0; // pressed for the page at the end
};

QList<Scene> scenes()
{
    link::Trouble port;
    port.kind = link::Trouble::Kind::PortTaken;
    port.holder = QStringLiteral("ollama (process 4711)");
    port.wanted = 7317;
    port.instead = 7318;
    link::Trouble other;
    other.kind = link::Trouble::Kind::OtherProcess;
    other.pid = 4711;
    Frame firstFrame = test::idleFrame();
    firstFrame.totals = {};
    firstFrame.changed.clear();
    return {
        {"first-start", {test::emptyFrame()}},
        {"first-request", {firstFrame}},
        {"idle", {test::idleFrame()}},
        {"busy", {test::idleFrame(), test::busyFrame()}},
        {"failing-over", {test::idleFrame(), test::failingOverFrame()}},
        {"tripped", {test::idleFrame(), test::trippedFrame()}},
        {"crowded", {test::crowdedFrame()}},
        {"peek",
         {test::idleFrame(), test::failingOverFrame()},
         link::LinkState::Connected,
         {},
         'I'},
        {"table", {test::idleFrame(), test::trippedFrame()}, link::LinkState::Connected, {}, 'B'},
        {"port-taken", {test::idleFrame()}, link::LinkState::Connected, port},
        {"other-process", {}, link::LinkState::OtherProcess, other},
        {"lost", {test::idleFrame(), test::busyFrame()}, link::LinkState::Lost}};
}

} // namespace

class TstGallery : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

private slots:
    void initTestCase()
    {
        qputenv("TZ", "UTC");
        QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
        words::installCatalogues(*qApp);
    }

    void pictures()
    {
        if (isScaled())
            QSKIP("the pages alone are drawn at this scale");
        kit::Theme theme(*qApp);
        theme.apply(kit::Theme::Mode::Dark);
        for (const Scene &scene : scenes()) {
            for (const QSize &size : kSizes) {
                QImage before;
                for (const auto mode : {kit::Theme::Mode::Dark, kit::Theme::Mode::Light}) {
                    theme.setMode(mode);
                    QCoreApplication::processEvents();
                    QSettings settings(m_folder.filePath(QStringLiteral("window.ini")),
                                       QSettings::IniFormat);
                    settings.clear();
                    settings.setValue(QStringLiteral("look/motion"), false);
                    test::FakeLink link;
                    shell::MainWindow window(link, theme, settings, pages::catalog());
                    window.resize(size);
                    window.show();
                    QVERIFY(QTest::qWaitForWindowExposed(&window));
                    for (const Frame &frame : scene.frames)
                        link.publish(frame);
                    link.be(scene.state, scene.trouble);
                    if (scene.key)
                        QTest::keyClick(&window, scene.key);
                    QCoreApplication::processEvents();
                    const QImage image = window.grab().toImage();
                    QCOMPARE(image.size(), size);
                    QVERIFY(image != before);
                    before = image;
                    QVERIFY(keep(image,
                                 QStringLiteral("%1-%2-%3")
                                     .arg(QString::fromLatin1(scene.name),
                                          mode == kit::Theme::Mode::Dark ? QStringLiteral("dark")
                                                                         : QStringLiteral("light"))
                                     .arg(size.width())));
                }
            }
        }
    }

    // Every page in every state, as it is.
    void everyPage()
    {
        if (isScaled())
            QSKIP("one state is enough at this scale");
        for (const auto &[name, state] : test::pageStates())
            inEveryLook(state, name);
    }

    // The same text at twice the pixels: QT_SCALE_FACTOR=2 is set for the whole process.
    void twiceTheScale()
    {
        if (!isScaled())
            QSKIP("tst_gallery_2x draws these");
        inEveryLook(PageState::Empty, QStringLiteral("empty"));
        inEveryLook(PageState::Full, QStringLiteral("full"));
    }

    void pseudoLanguage()
    {
        if (isScaled())
            QSKIP("drawn at scale 1");
        test::PseudoTranslator pseudo;
        QVERIFY(QCoreApplication::installTranslator(&pseudo));
        inEveryLook(PageState::Full, QStringLiteral("full-pseudo"));
        inEveryLook(PageState::Empty, QStringLiteral("empty-pseudo"));
        inEveryLook(PageState::Refused, QStringLiteral("refused-pseudo"));
        QCoreApplication::removeTranslator(&pseudo);
    }

    void rightToLeft()
    {
        if (isScaled())
            QSKIP("drawn at scale 1");
        QGuiApplication::setLayoutDirection(Qt::RightToLeft);
        inEveryLook(PageState::Full, QStringLiteral("full-rtl"));
        inEveryLook(PageState::Empty, QStringLiteral("empty-rtl"));
        QGuiApplication::setLayoutDirection(Qt::LeftToRight);
    }

    // What lies over the pages: the menu (with an edge in both themes), the palette, the key sheet.
    void overlays()
    {
        if (isScaled())
            QSKIP("drawn at scale 1");
        kit::Theme theme(*qApp);
        theme.apply(kit::Theme::Mode::Dark);
        QSettings settings(m_folder.filePath(QStringLiteral("over.ini")), QSettings::IniFormat);
        settings.setValue(QStringLiteral("look/motion"), false);
        settings.setValue(QStringLiteral("hints/first_request_hidden"), true);
        test::FakeLink link;
        test::furnish(link, PageState::Full);
        shell::MainWindow window(link, theme, settings, pages::catalog());
        window.resize(kSizes[0]);
        window.show();
        window.activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&window));
        test::bring(window, link, QStringLiteral("board"), PageState::Full);
        for (const auto mode : {kit::Theme::Mode::Dark, kit::Theme::Mode::Light}) {
            theme.setMode(mode);
            test::settle(window);
            const bool isDark = mode == kit::Theme::Mode::Dark;
            const QString look = isDark ? QStringLiteral("dark") : QStringLiteral("light");
            QTest::keyClick(&window, Qt::Key_F10);
            QWidget *menu = QApplication::activePopupWidget();
            QVERIFY(menu);
            QCoreApplication::processEvents();
            const QImage image = menu->grab().toImage();
            const kit::Tokens &tokens = isDark ? kit::darkTokens() : kit::lightTokens();
            QCOMPARE(image.pixelColor(0, image.height() / 2), tokens.plateBorder);
            QVERIFY(keep(image, QStringLiteral("menu-") + look));
            menu->close();
            for (const auto &[name, key, modifier] :
                 {std::tuple{"palette", Qt::Key_K, Qt::ControlModifier},
                  std::tuple{"keys", Qt::Key_F1, Qt::NoModifier}}) {
                QTest::keyClick(&window, key, modifier);
                test::settle(window);
                QVERIFY(keep(window.grab().toImage(), QLatin1String(name) + u'-' + look));
                QTest::keyClick(QApplication::focusWidget(), Qt::Key_Escape);
            }
        }
    }

    // One sheet over all that lies in the folder, also what other tests drew.
    void cleanupTestCase()
    {
        if (galleryFolder().isEmpty())
            return;
        const QDir folder(galleryFolder());
        QSaveFile file(folder.filePath(QStringLiteral("index.html")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        QString html = QStringLiteral("<!doctype html><meta charset=\"utf-8\">"
                                      "<title>Signalbox gallery</title><style>"
                                      "body{font:13px sans-serif;background:#777}"
                                      "figure{display:inline-block;margin:8px}"
                                      "img{width:480px;display:block}</style>");
        const QStringList names = folder.entryList({QStringLiteral("*.png")}, QDir::Files);
        QVERIFY(names.size() >= pages::catalog().size() * 4);
        for (const QString &name : names)
            html += QStringLiteral("<figure><a href=\"%1\"><img loading=\"lazy\" src=\"%1\">"
                                   "</a><figcaption>%1</figcaption></figure>\n")
                        .arg(name);
        file.write(html.toUtf8());
        QVERIFY(file.commit());
    }

private:
    static bool isScaled() { return qApp->devicePixelRatio() > 1; }

    // Where pictures are wanted; empty: they are drawn and compared only.
    static QString galleryFolder() { return qEnvironmentVariable("SIGNALBOX_GALLERY"); }

    static bool keep(const QImage &image, const QString &name)
    {
        const QString folder = galleryFolder();
        if (folder.isEmpty())
            return true;
        // Packing hard takes longer than drawing: level 1 of 9.
        return QDir().mkpath(folder)
            && image.save(QStringLiteral("%1/%2.png").arg(folder, name), "PNG", 85);
    }

    // Both themes and both sizes of every page, from one window.
    void inEveryLook(PageState state, const QString &name)
    {
        kit::Theme theme(*qApp);
        theme.apply(kit::Theme::Mode::Dark);
        QSettings settings(m_folder.filePath(QStringLiteral("page.ini")), QSettings::IniFormat);
        settings.clear();
        settings.setValue(QStringLiteral("look/motion"), false);
        settings.setValue(QStringLiteral("hints/first_request_hidden"), true);
        test::FakeLink link;
        test::furnish(link, state);
        shell::MainWindow window(link, theme, settings, pages::catalog());
        window.resize(kSizes[0]);
        QCursor::setPos(window.geometry().bottomRight() + QPoint(9, 9)); // over nothing
        window.show();
        QVERIFY(QTest::qWaitForWindowExposed(&window));
        QImage before;
        for (const auto mode : {kit::Theme::Mode::Dark, kit::Theme::Mode::Light}) {
            theme.setMode(mode);
            for (const QSize &size : kSizes) {
                window.resize(size);
                for (const pages::PageRow &row : pages::catalog()) {
                    test::bring(window, link, row.id, state);
                    const QImage image = window.grab().toImage();
                    QCOMPARE(image.size(), size * image.devicePixelRatio());
                    QVERIFY2(image != before, qPrintable(row.id));
                    before = image;
                    const QString look = mode == kit::Theme::Mode::Dark ? QStringLiteral("dark")
                                                                        : QStringLiteral("light");
                    QVERIFY(keep(image,
                                 QStringLiteral("page-%1-%2-%3-%4%5")
                                     .arg(row.id, name, look)
                                     .arg(size.width())
                                     .arg(isScaled() ? QStringLiteral("-2x") : QString())));
                }
            }
        }
    }
};

QTEST_MAIN(TstGallery)
#include "tst_gallery.moc"
