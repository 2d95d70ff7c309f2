// serve: the gateway until a signal ends it.
#include "base/log.h"
#include "cli/commands.h"
#include "cli/process.h"
#include "cli/signal_watch.h"
#include "control/control_server.h"
#include "engine/engine.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QDir>

namespace sb::cli {

namespace {
constexpr Millis kDrain{30'000};

std::optional<config::Listener> parseListen(const QString &text)
{
    const qsizetype colon = text.lastIndexOf(u':');
    if (colon < 1)
        return std::nullopt;
    bool ok = false;
    const uint port = text.mid(colon + 1).toUInt(&ok);
    QString host = text.left(colon);
    if (host.startsWith(u'[') && host.endsWith(u']'))
        host = host.mid(1, host.size() - 2);
    if (!ok || port > 65'535 || host.isEmpty())
        return std::nullopt;
    return config::Listener{host, quint16(port), {}};
}

int exitCodeFor(const Error &error)
{
    if (error.code == QStringLiteral("config_invalid")
        || error.code == QStringLiteral("config_missing"))
        return ConfigRefused;
    if (error.code == QStringLiteral("port_taken") || error.code == QStringLiteral("cannot_listen"))
        return CannotListen;
    return Failed;
}

QString sentenceFor(const Error &error)
{
    if (error.code == QStringLiteral("data_dir_in_use"))
        return QStringLiteral("Another Signalbox (process %1) already serves this data folder.")
            .arg(error.detail);
    return error.detail;
}
} // namespace

int serve(const QStringList &arguments, int &argc, char **argv)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(
        QStringLiteral("Runs the gateway. SIGTERM drains for up to 30 s, a second one ends at "
                       "once; SIGHUP reads the configuration anew."));
    const QCommandLineOption configOption(QStringLiteral("config"),
                                          QStringLiteral("The configuration file."),
                                          QStringLiteral("FILE"));
    const QCommandLineOption dataOption(QStringLiteral("data-dir"),
                                        QStringLiteral("The data folder."), QStringLiteral("DIR"));
    const QCommandLineOption listenOption(
        QStringLiteral("listen"),
        QStringLiteral(
            "Listen here instead of where the configuration says; port 0 is any free one."),
        QStringLiteral("HOST:PORT"));
    parser.addOptions({configOption, dataOption, listenOption});
    if (const int code = parse(parser, QStringLiteral("serve"), arguments); code >= 0)
        return code;

    engine::EngineOptions options;
    options.configPath = parser.value(configOption);
    options.dataDir = parser.value(dataOption);
    if (parser.isSet(listenOption)) {
        options.listen = parseListen(parser.value(listenOption));
        if (!options.listen) {
            complain(QStringLiteral("--listen takes HOST:PORT, for instance 127.0.0.1:7317."));
            return Usage;
        }
    }

    prepareProcess();
    QCoreApplication app(argc, argv);
    SignalWatch signalWatch;
    engine::Engine engine(options);
    control::ControlServer control(engine);
    const auto stop
        = [&engine, &app] { engine.stop(kDrain).then(&app, [&app] { app.exit(Done); }); };
    QObject::connect(&signalWatch, &SignalWatch::terminated, &app, stop);
    QObject::connect(&control, &control::ControlServer::stopAsked, &app, stop);
    QObject::connect(&signalWatch, &SignalWatch::hungUp, &engine, [&engine] { engine.reload(); });
    QObject::connect(
        &engine, &engine::Engine::configRefused, &app, [](const QList<config::Problem> &problems) {
            for (const config::Problem &problem : problems)
                complain(QStringLiteral("configuration not taken: ") + problem.path
                         + QStringLiteral(": ") + problem.message
                         + (problem.nearest.isEmpty()
                                ? QString()
                                : QStringLiteral(" Nearest: \"%1\".").arg(problem.nearest)));
        });

    QFuture<Result<engine::Started>> starting = engine.start();
    // The log lies in the data folder: only its owner writes there.
    if (!starting.isFinished() || starting.result()) {
        if (const auto opened
            = log::start({QDir(engine.dataDir()).filePath(QStringLiteral("log"))});
            !opened)
            complain(opened.error().detail);
    }
    starting.then(&app, [&](const Result<engine::Started> &result) {
        if (!result) {
            complain(sentenceFor(result.error()));
            // The answer may be there before the loop runs, and exit() is lost on a loop that does
            // not.
            QMetaObject::invokeMethod(
                &app, [code = exitCodeFor(result.error())] { QCoreApplication::exit(code); },
                Qt::QueuedConnection);
            return;
        }
        for (const config::Problem &warning : result->warnings)
            complain(QStringLiteral("warning: ") + warning.path + QStringLiteral(": ")
                     + warning.message);
        if (auto listening = control.listen(); !listening)
            complain(listening.error().detail);
        if (result->isFirstStart)
            complain(QStringLiteral("First start: %1 was written. \"signalboxd keys show default\" "
                                    "prints the key for your tools.")
                         .arg(engine.configPath()));
        out("listening on " + result->addresses.first().toLatin1());
    });
    const int code = app.exec();
    log::stop();
    return code;
}

} // namespace sb::cli
