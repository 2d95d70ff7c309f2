// sim: one simulated provider on a socket of its own, until a signal ends it.
#include "cli/commands.h"
#include "cli/process.h"
#include "cli/signal_watch.h"
#include "loop/loop_clock.h"
#include "sim/far_end.h"
#include "sim/simulator.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QFile>

namespace sb::cli {

int sim(const QStringList &arguments, int &argc, char **argv)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(
        QStringLiteral("Runs a simulated provider: OpenAI Chat and Responses, Anthropic, Gemini "
                       "and Ollama on one socket, with faults by script."));
    const QCommandLineOption listenOption(
        QStringLiteral("listen"), QStringLiteral("Where to listen; port 0 is any free one."),
        QStringLiteral("HOST:PORT"), QStringLiteral("127.0.0.1:0"));
    const QCommandLineOption scriptOption(
        QStringLiteral("script"),
        QStringLiteral("A built-in script (steady, quick, flaky, limited, down) or a file."),
        QStringLiteral("FILE"), QStringLiteral("steady"));
    const QCommandLineOption tlsOption(
        QStringLiteral("tls"),
        QStringLiteral("Also answers over TLS, on a port of its own; its certificate is written to "
                       "FILE, for ca_file of a provider."),
        QStringLiteral("FILE"));
    const QCommandLineOption delayOption(
        QStringLiteral("delay"),
        QStringLiteral("With --tls: how long every byte takes there, each way."),
        QStringLiteral("MS"), QStringLiteral("0"));
    parser.addOptions({listenOption, scriptOption, tlsOption, delayOption});
    if (const int code = parse(parser, QStringLiteral("sim"), arguments); code >= 0)
        return code;
    const QString where = parser.value(listenOption);
    const qsizetype colon = where.lastIndexOf(u':');
    bool ok = false;
    const uint port = where.mid(colon + 1).toUInt(&ok);
    if (colon < 1 || !ok || port > 65'535) {
        complain(QStringLiteral("--listen takes HOST:PORT, for instance 127.0.0.1:9001."));
        return Usage;
    }
    bool isDelay = false;
    const uint delay = parser.value(delayOption).toUInt(&isDelay);
    if (!isDelay || delay > 60'000) {
        complain(QStringLiteral("--delay takes milliseconds, 60000 at most."));
        return Usage;
    }
    const auto script = sb::sim::loadScript(parser.value(scriptOption));
    if (!script) {
        complain(script.error().detail);
        return Usage;
    }

    prepareProcess();
    QCoreApplication app(argc, argv);
    SignalWatch signalWatch;
    QObject::connect(&signalWatch, &SignalWatch::terminated, &app, [&app] { app.exit(Done); });
    loop::LoopClock clock;
    SystemRandom random;
    auto simulator
        = sb::sim::Simulator::start(*script, where.left(colon), quint16(port), clock, random);
    if (!simulator) {
        complain(simulator.error().detail);
        return CannotListen;
    }
    std::unique_ptr<sb::sim::FarEnd> farEnd;
    if (parser.isSet(tlsOption)) {
        auto opened = sb::sim::FarEnd::start((*simulator)->port(), Millis(delay), clock);
        if (!opened) {
            complain(opened.error().detail);
            return CannotListen;
        }
        farEnd = std::move(*opened);
        QFile file(parser.value(tlsOption));
        if (!file.open(QFile::WriteOnly) || file.write(farEnd->certificate()) < 0
            || !file.flush()) {
            complain(QStringLiteral("%1 cannot be written: %2")
                         .arg(file.fileName(), file.errorString()));
            return Failed;
        }
        out("simulating on https://127.0.0.1:" + QByteArray::number(farEnd->port()));
    }
    out("simulating on http://" + where.left(colon).toLatin1() + ':'
        + QByteArray::number((*simulator)->port()));
    return app.exec();
}

} // namespace sb::cli
