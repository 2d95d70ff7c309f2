#include "link/local_link.h"

#include "config/config_file.h"

#include <csignal>

#include <QFile>
#include <QTcpServer>
#include <QTimer>

namespace sb::link {

namespace {

constexpr int kPortTries = 20;
constexpr Millis kTakeOverPoll{250};
constexpr int kTakeOverPolls = 140; // 35 s: a daemon drains up to 30 s

qint64 firstNumber(const QString &text)
{
    qint64 number = 0;
    bool isInside = false;
    for (const QChar c : text) {
        if (c >= u'0' && c <= u'9' && number < 1'000'000'000) {
            number = number * 10 + (c.unicode() - u'0');
            isInside = true;
        } else if (isInside) {
            break;
        }
    }
    return number;
}

// Never signal a stranger that got the number of a dead daemon.
bool isOurProgram(qint64 pid)
{
    QFile file(QStringLiteral("/proc/%1/comm").arg(pid));
    return pid > 1 && file.open(QIODevice::ReadOnly) && file.readAll().startsWith("signalbox");
}

Trouble::Kind kindOf(const QString &code)
{
    if (code == QStringLiteral("config_invalid"))
        return Trouble::Kind::ConfigInvalid;
    if (code == QStringLiteral("store_newer"))
        return Trouble::Kind::StoreNewer;
    if (code == QStringLiteral("data_dir"))
        return Trouble::Kind::DataDir;
    return Trouble::Kind::Other;
}

} // namespace

quint16 nextFreePort(const QString &host, quint16 port)
{
    QHostAddress address(host);
    if (address.isNull())
        address = QHostAddress(QHostAddress::LocalHost);
    for (int next = port + 1; next <= qMin(65'535, port + 50); ++next) {
        QTcpServer probe;
        if (probe.listen(address, quint16(next)))
            return quint16(next);
    }
    return 0;
}

LocalLink::LocalLink(std::unique_ptr<engine::Engine> engine, const engine::EngineOptions &options,
                     const Clock &clock, QObject *parent)
    : EngineLink(parent)
    , m_options(options)
    , m_clock(clock)
    , m_engine(std::move(engine))
    , m_listen(options.listen)
    , m_takeOverTimer(new QTimer(this))
{
    m_takeOverTimer->setSingleShot(true);
    m_takeOverTimer->setInterval(kTakeOverPoll);
    connect(m_takeOverTimer, &QTimer::timeout, this, [this] { start(m_options.listen); });
}

LocalLink::~LocalLink() = default;

void LocalLink::begin()
{
    setState(LinkState::Starting);
    connect(m_engine.get(), &engine::Engine::published, this, &LocalLink::takeFrame);
    m_engine->start().then(this,
                           [this](const Result<engine::Started> &result) { started(result); });
}

void LocalLink::start(const std::optional<config::Listener> &listen)
{
    // An engine that failed to start holds nothing; a new one is the clean way to try again.
    engine::EngineOptions options = m_options;
    options.listen = listen;
    m_listen = listen;
    m_engine = std::make_unique<engine::Engine>(options);
    connect(m_engine.get(), &engine::Engine::published, this, &LocalLink::takeFrame);
    m_engine->start().then(this,
                           [this](const Result<engine::Started> &result) { started(result); });
}

void LocalLink::started(const Result<engine::Started> &result)
{
    if (result) {
        m_takeOverTries = 0;
        setState(LinkState::Connected, m_portTrouble);
        setFirstStart(result->isFirstStart);
        return;
    }
    const Error &error = result.error();
    if (error.code == QStringLiteral("port_taken")) {
        startElsewhere(error);
        return;
    }
    Trouble trouble;
    trouble.detail = error.detail;
    trouble.sinceWallMs = m_clock.wallMs();
    if (error.code != QStringLiteral("data_dir_in_use")) {
        trouble.kind = kindOf(error.code);
        setState(LinkState::Failed, trouble);
        return;
    }
    trouble.pid = firstNumber(error.detail);
    trouble.kind = Trouble::Kind::OtherProcess;
    if (m_takeOverTries > 0) {
        trouble.kind = Trouble::Kind::TakingOver;
        if (++m_takeOverTries <= kTakeOverPolls) {
            m_takeOverTimer->start();
            trouble.sinceWallMs = this->trouble().sinceWallMs;
        } else {
            m_takeOverTries = 0;
            trouble.kind = Trouble::Kind::TakeOverFailed;
        }
    }
    setState(LinkState::OtherProcess, trouble);
}

void LocalLink::startElsewhere(const Error &error)
{
    if (m_portTries == 0) {
        m_portTrouble = {};
        m_portTrouble.kind = Trouble::Kind::PortTaken;
        m_portTrouble.wanted = configuredListener().port;
        m_portTrouble.instead = m_portTrouble.wanted;
        m_portTrouble.holder = error.detail;
        m_portTrouble.sinceWallMs = m_clock.wallMs();
    }
    config::Listener listen = configuredListener();
    const quint16 port = ++m_portTries > kPortTries
        ? quint16(0)
        : nextFreePort(listen.host, m_portTrouble.instead);
    if (port == 0) {
        Trouble trouble = m_portTrouble;
        trouble.kind = Trouble::Kind::NoPort;
        m_portTrouble = {};
        setState(LinkState::Failed, trouble);
        return;
    }
    m_portTrouble.instead = port;
    listen.port = port;
    start(listen);
}

config::Listener LocalLink::configuredListener() const
{
    if (m_options.listen)
        return *m_options.listen;
    const QString path
        = m_options.configPath.isEmpty() ? config::defaultConfigPath() : m_options.configPath;
    if (const auto text = config::readConfigFile(path)) {
        const config::Checked checked = config::validate(*text, 0, config::builtInCatalog());
        if (checked.snapshot && !checked.snapshot->listeners.isEmpty())
            return checked.snapshot->listeners.first();
    }
    return {};
}

QFuture<void> LocalLink::stop(Millis drain)
{
    m_takeOverTimer->stop();
    return m_engine->stop(drain);
}

QFuture<Result<void>> LocalLink::addSimulatedProviders()
{
    return m_engine->addSimulatedProviders();
}

QFuture<Result<quint32>> LocalLink::editConfig(const QString &path, const QByteArray &jsonValue)
{
    return m_engine->editConfig(path, jsonValue);
}

QFuture<Result<Decision>> LocalLink::explain(const engine::ExplainAsk &ask)
{
    return m_engine->explain(ask);
}

QFuture<Result<store::Page>> LocalLink::page(std::optional<ExchangeId> before, int limit)
{
    return m_engine->page(before, limit);
}

QFuture<Result<std::shared_ptr<const Exchange>>> LocalLink::find(const ExchangeId &id)
{
    return m_engine->find(id);
}

void LocalLink::takeOver()
{
    Trouble trouble = this->trouble();
    if (trouble.kind != Trouble::Kind::OtherProcess
        && trouble.kind != Trouble::Kind::TakeOverFailed)
        return;
    // Gone already: simply start. Otherwise it must be one of ours before it is asked to finish.
    const bool isAlive = trouble.pid > 1 && ::kill(pid_t(trouble.pid), 0) == 0;
    if (isAlive && (!isOurProgram(trouble.pid) || ::kill(pid_t(trouble.pid), SIGTERM) != 0)) {
        trouble.kind = Trouble::Kind::TakeOverFailed;
        setState(LinkState::OtherProcess, trouble);
        return;
    }
    m_takeOverTries = 1;
    trouble.kind = Trouble::Kind::TakingOver;
    trouble.sinceWallMs = m_clock.wallMs();
    setState(LinkState::OtherProcess, trouble);
    m_takeOverTimer->start();
}

void LocalLink::retry()
{
    m_portTries = 0;
    m_takeOverTries = 0;
    const bool isListening = state() == LinkState::Connected;
    m_portTrouble = {};
    setState(LinkState::Starting);
    if (!isListening) {
        start(m_options.listen);
        return;
    }
    // Listening on the other port: finish there first.
    m_engine->stop(Millis(5'000)).then(this, [this] { start(m_options.listen); });
}

void LocalLink::keepPort()
{
    if (m_portTrouble.kind != Trouble::Kind::PortTaken)
        return;
    const QByteArray port = QByteArray::number(m_portTrouble.instead);
    m_engine->editConfig(QStringLiteral("listen[0].port"), port)
        .then(this, [this](const Result<quint32> &result) {
            if (!result)
                return; // the strip stays; the engine's notice says why
            m_portTrouble = {};
            setState(LinkState::Connected);
        });
}

} // namespace sb::link
