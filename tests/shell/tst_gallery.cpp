// Pictures of the main window with hand-made frames, both themes, both sizes, to be looked at
// beside the reference. What can be checked by machine: nothing is blank and the two themes differ.
#include "kit/theme.h"
#include "link/fake_link.h"
#include "pages/board_frames.h"
#include "shell/main_window.h"
#include "words/catalogues.h"

#include <QDir>
#include <QSettings>
#include <QTemporaryDir>
#include <QTest>

using namespace sb;

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
        QString folder = qEnvironmentVariable("SIGNALBOX_GALLERY");
        if (folder.isEmpty())
            folder = QStringLiteral(SB_BINARY_DIR "/gallery");
        QVERIFY(QDir().mkpath(folder));
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
                    QVERIFY(image.save(QStringLiteral("%1/%2-%3-%4.png")
                                           .arg(folder, QString::fromLatin1(scene.name),
                                                mode == kit::Theme::Mode::Dark
                                                    ? QStringLiteral("dark")
                                                    : QStringLiteral("light"))
                                           .arg(size.width())));
                }
            }
        }
    }
};

QTEST_MAIN(TstGallery)
#include "tst_gallery.moc"
