#include "cli/bench_stage.h"

#include "base/random.h"
#include "secret/client_key.h"
#include "json/writer.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QFile>

namespace sb::cli {

namespace {
constexpr int kPatienceMs = 20'000;
constexpr char kNear[] = "simulating on http://127.0.0.1:";
constexpr char kFar[] = "simulating on https://127.0.0.1:";
constexpr char kGateway[] = "listening on http://127.0.0.1:";

Unexpected failed(const QString &why)
{
    return unexpected(Error::make(QStringLiteral("bench_failed"), why));
}

void addProvider(json::Writer &w, const char *id, const QByteArray &url, const QString &caFile)
{
    w.beginObject().member("id", id);
    w.key("dialects").beginObject().member("openai-chat", url).endObject();
    w.key("auth").beginObject().member("type", "none").endObject();
    if (!caFile.isEmpty())
        w.member("ca_file", caFile);
    w.endObject();
}
} // namespace

BenchStage::~BenchStage()
{
    for (QProcess *process : {&m_gateway, &m_provider}) {
        if (process->state() == QProcess::NotRunning)
            continue;
        process->terminate();
        if (!process->waitForFinished(5'000)) {
            process->kill();
            process->waitForFinished();
        }
    }
}

Result<void> BenchStage::run(QProcess &process, const QStringList &arguments,
                             const QByteArray &until)
{
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("SIGNALBOX_BENCH_KEY"), QString::fromLatin1(m_key));
    environment.insert(QStringLiteral("XDG_RUNTIME_DIR"), m_folder.path());
    process.setProcessEnvironment(environment);
    const QString log = m_folder.filePath(arguments.first() + QStringLiteral(".log"));
    process.setStandardErrorFile(log);
    process.start(QCoreApplication::applicationFilePath(), arguments);
    m_out.clear();
    QElapsedTimer watch;
    watch.start();
    while (portBehind(until) == 0) {
        if (process.waitForReadyRead(100))
            m_out += process.readAllStandardOutput();
        else if (process.state() == QProcess::NotRunning || watch.elapsed() > kPatienceMs)
            break;
    }
    if (portBehind(until) != 0)
        return {};
    QFile file(log);
    const bool isOpen = file.open(QFile::ReadOnly);
    return failed(QStringLiteral("%1 did not start. %2")
                      .arg(arguments.first(),
                           isOpen ? QString::fromUtf8(file.read(2'000)).trimmed() : QString()));
}

quint16 BenchStage::portBehind(const QByteArray &word) const
{
    const qsizetype at = m_out.indexOf(word);
    const qsizetype end = at < 0 ? -1 : m_out.indexOf('\n', at);
    return end < 0 ? quint16(0)
                   : m_out.mid(at + word.size(), end - at - word.size()).trimmed().toUShort();
}

Result<void> BenchStage::start()
{
    if (!m_folder.isValid())
        return failed(m_folder.errorString());
    SystemRandom random;
    m_key = secret::makeClientKey(random).reveal().toByteArray();
    const QStringList sim{QStringLiteral("sim"),
                          QStringLiteral("--script"),
                          QStringLiteral("quick"),
                          QStringLiteral("--tls"),
                          caFile(),
                          QStringLiteral("--delay"),
                          QString::number(delayMs)};
    if (const auto up = run(m_provider, sim, kNear); !up)
        return up;
    m_nearPort = portBehind(kNear);
    m_farPort = portBehind(kFar);

    json::Writer w;
    w.beginObject().member("version", 1);
    w.key("listen").beginArray().beginObject();
    w.member("host", "127.0.0.1").member("port", 0).endObject().endArray();
    w.key("providers").beginArray();
    addProvider(w, "near", "http://127.0.0.1:" + QByteArray::number(m_nearPort) + "/v1", {});
    addProvider(w, "far", "https://127.0.0.1:" + QByteArray::number(m_farPort) + "/v1", caFile());
    w.endArray();
    w.key("clients").beginArray().beginObject().member("id", "bench");
    w.member("secret", "env:SIGNALBOX_BENCH_KEY");
    w.key("chains").beginArray().string(QByteArrayView("*")).endArray().endObject().endArray();
    w.endObject();
    QFile file(m_folder.filePath(QStringLiteral("config.json")));
    if (!file.open(QFile::WriteOnly) || file.write(w.take()) < 0 || !file.flush())
        return failed(file.errorString());
    const QStringList serve{QStringLiteral("serve"), QStringLiteral("--config"), file.fileName(),
                            QStringLiteral("--data-dir"),
                            m_folder.filePath(QStringLiteral("data"))};
    if (const auto up = run(m_gateway, serve, kGateway); !up)
        return up;
    m_gatewayPort = portBehind(kGateway);
    return {};
}

} // namespace sb::cli
