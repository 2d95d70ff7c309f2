// signalbox: the console. Builds engine, link and window by hand, in that order, and runs them.
#include "app/quit_signals.h"
#include "app/single_window.h"
#include "config/config_file.h"
#include "kit/icons.h"
#include "kit/theme.h"
#include "link/local_link.h"
#include "shell/main_window.h"
#include "shell/notifier.h"
#include "shell/tray.h"
#include "words/catalogues.h"

#ifdef SIGNALBOX_HAS_CLI
#include "base/log.h"
#include "cli/cli.h"
#include "cli/process.h"
#include "control/control_server.h"
#endif

#include <cstdio>
#include <memory>

#include <QApplication>
#include <QCommandLineParser>
#include <QDir>
#include <QFileInfo>
#include <QSettings>
#include <QTimer>

using namespace sb;

namespace {

constexpr Millis kDrain{30'000}; // as `serve` does on SIGTERM
constexpr int kUsage = 2;

struct App {
    Q_DECLARE_TR_FUNCTIONS(App)
};

// "HOST:PORT", "[::1]:PORT" or a port alone.
std::optional<config::Listener> parseListen(const QString &text)
{
    const qsizetype colon = text.lastIndexOf(u':');
    QString host = colon < 0 ? QString() : text.left(colon);
    if (host.startsWith(u'[') && host.endsWith(u']'))
        host = host.mid(1, host.size() - 2);
    bool isNumber = false;
    const uint port = text.mid(colon + 1).toUInt(&isNumber);
    if (!isNumber || port > 65'535)
        return std::nullopt;
    config::Listener listen;
    if (!host.isEmpty())
        listen.host = host;
    listen.port = quint16(port);
    return listen;
}

kit::Theme::Mode themeMode(const QSettings &settings)
{
    const int mode = settings.value(QStringLiteral("look/theme")).toInt();
    return mode >= 0 && mode <= int(kit::Theme::Mode::Light) ? kit::Theme::Mode(mode)
                                                             : kit::Theme::Mode::System;
}

} // namespace

int main(int argc, char **argv)
{
#ifdef SIGNALBOX_HAS_CLI
    // A subcommand means the same here as for signalboxd; no display is needed then.
    if (argc > 1 && (argv[1][0] != '-' || cli::isCommand(argv[1])))
        return cli::run(argc, argv);
#endif
#ifdef SIGNALBOX_HAS_CLI
    cli::prepareProcess();
#endif
    QApplication app(argc, argv);
    QApplication::setApplicationName(QStringLiteral("signalbox"));
    QApplication::setApplicationVersion(QStringLiteral(SIGNALBOX_VERSION));
    QGuiApplication::setDesktopFileName(QStringLiteral("io.github.signalbox.Signalbox"));
    QApplication::setQuitOnLastWindowClosed(false);
    words::installCatalogues(app);
    QGuiApplication::setApplicationDisplayName(App::tr("Signalbox"));

    QCommandLineParser parser;
    parser.setApplicationDescription(App::tr("The console of the Signalbox gateway."));
    parser.addHelpOption();
    parser.addVersionOption();
    const QCommandLineOption configOption(QStringLiteral("config"), App::tr("The config file."),
                                          QStringLiteral("file"));
    const QCommandLineOption dataOption(QStringLiteral("data-dir"), App::tr("The data folder."),
                                        QStringLiteral("folder"));
    const QCommandLineOption listenOption(QStringLiteral("listen"),
                                          App::tr("Listen here instead of where the file says."),
                                          QStringLiteral("host:port"));
    parser.addOptions({configOption, dataOption, listenOption});
    parser.process(app);

    engine::EngineOptions options;
    options.configPath
        = parser.isSet(configOption) ? parser.value(configOption) : config::defaultConfigPath();
    options.dataDir
        = parser.isSet(dataOption) ? parser.value(dataOption) : config::defaultDataDir();
    if (parser.isSet(listenOption)) {
        options.listen = parseListen(parser.value(listenOption));
        if (!options.listen) {
            std::fprintf(
                stderr, "%s\n",
                qPrintable(App::tr("--listen needs HOST:PORT, for example 127.0.0.1:7317.")));
            return kUsage;
        }
    }

    app::SingleWindow single(options.dataDir);
    if (single.raiseOther())
        return 0;
    single.listen();

    QSettings settings(QFileInfo(options.configPath).dir().filePath(QStringLiteral("window.ini")),
                       QSettings::IniFormat);
    const QString seen = QStringLiteral("look/desktop_was_dark");
    kit::Theme theme(
        app, settings.contains(seen) ? std::optional(settings.value(seen).toBool()) : std::nullopt);
    theme.apply(themeMode(settings));
    QObject::connect(&theme, &kit::Theme::changed, &app,
                     [&] { settings.setValue(seen, theme.isSystemDark()); });
    QApplication::setWindowIcon(kit::applicationIcon());

    const PlainClock clock;
    auto ownEngine = std::make_unique<engine::Engine>(options);
    engine::Engine &engine = *ownEngine;
    link::LocalLink link(engine, options.listen, clock);
    shell::MainWindow window(link, theme, settings, pages::catalog());

    bool isQuitting = false;
    const auto quit = [&] {
        if (isQuitting)
            return;
        isQuitting = true;
        window.hide();
        link.stop(kDrain).then(&app, [] { QCoreApplication::quit(); });
    };
    const app::QuitSignals stops;
    QObject::connect(&stops, &app::QuitSignals::quitAsked, &app, quit);
    QObject::connect(&window, &shell::MainWindow::quitRequested, &app, quit);
    QObject::connect(&single, &app::SingleWindow::raiseAsked, &window,
                     &shell::MainWindow::comeForward);

    shell::Tray tray(link);
    tray.setShown(settings.value(QStringLiteral("tray/on"), true).toBool());
    window.setTrayShown(tray.isShown());
    QObject::connect(&tray, &shell::Tray::openAsked, &window, &shell::MainWindow::comeForward);
    QObject::connect(&tray, &shell::Tray::stopAsked, &app, quit);
    shell::Notifier notifier(link, settings, [&tray](const QString &title, const QString &body) {
        tray.tell(title, body);
    });
    QObject::connect(&tray, &shell::Tray::bubbleClicked, &notifier, &shell::Notifier::openLast);
    QObject::connect(&notifier, &shell::Notifier::openAsked, &window,
                     [&window](const QString &page, const QString &query) {
                         window.comeForward();
                         window.openPage(page, query);
                     });
    QObject::connect(&window, &shell::MainWindow::settingsChanged, &tray, [&] {
        tray.setShown(settings.value(QStringLiteral("tray/on"), true).toBool());
        window.setTrayShown(tray.isShown());
    });

#ifdef SIGNALBOX_HAS_CLI
    // The command line reaches this engine as it reaches the daemon's; the log lies in the data
    // folder, where only its owner writes.
    auto control = std::make_unique<control::ControlServer>(engine);
    QObject::connect(control.get(), &control::ControlServer::stopAsked, &app, quit);
    QObject::connect(&link, &link::EngineLink::stateChanged, &app, [&] {
        if (!engine.isRunning() || control->isListening())
            return;
        if (const auto opened
            = log::start({QDir(engine.dataDir()).filePath(QStringLiteral("log"))});
            !opened)
            qCWarning(lcUi).noquote() << opened.error().detail;
        if (const auto listening = control->listen(); !listening)
            qCWarning(lcUi).noquote() << listening.error().detail;
    });
#endif

    window.show();
    // The first paint does not wait for files and sockets.
    QTimer::singleShot(0, &link, &link::LocalLink::begin);
    const int code = QApplication::exec();
    // What still waits for an answer (a look into a shell, a local server) is dropped while those
    // who asked are there: Qt 6.4 asserts that the context of a continuation outlives its promise.
#ifdef SIGNALBOX_HAS_CLI
    control.reset();
#endif
    ownEngine.reset();
    return code;
}
