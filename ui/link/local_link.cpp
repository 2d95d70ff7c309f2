#include "link/local_link.h"

#include "config/config_file.h"

#include <QHostAddress>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QNetworkProxy>
#include <QTcpServer>
#include <QTcpSocket>
#include <QUrl>

namespace sb::link {

namespace {

constexpr int kPortTries = 20;
constexpr Millis kMoveDrain{5'000};

// "Port 7317 is held by ollama (process 4711)." → "ollama (process 4711)"; else nothing.
QString holderIn(const QString &detail)
{
    const QString mark = QStringLiteral(" held by ");
    const qsizetype at = detail.indexOf(mark);
    if (at < 0)
        return {};
    QString holder = detail.mid(at + mark.size()).trimmed();
    if (holder.endsWith(u'.'))
        holder.chop(1);
    return holder;
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

LocalLink::LocalLink(engine::Engine &engine, const std::optional<config::Listener> &listen,
                     const Clock &clock, QObject *parent)
    : EngineLink(parent)
    , m_engine(engine)
    , m_given(listen)
    , m_clock(clock)
{
    connect(&m_engine, &engine::Engine::published, this, &LocalLink::takeFrame);
}

LocalLink::~LocalLink() = default;

void LocalLink::begin()
{
    setState(LinkState::Starting);
    start();
}

void LocalLink::start()
{
    m_engine.start().then(this, [this](const Result<engine::Started> &result) { started(result); });
}

void LocalLink::started(const Result<engine::Started> &result)
{
    if (result) {
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
    if (error.code == QStringLiteral("data_dir_in_use")) {
        trouble.kind = Trouble::Kind::OtherProcess;
        trouble.pid = m_engine.dataDirOwner().value_or(0);
        setState(LinkState::OtherProcess, trouble);
        return;
    }
    trouble.kind = kindOf(error.code);
    setState(LinkState::Failed, trouble);
}

void LocalLink::startElsewhere(const Error &error)
{
    config::Listener listen = wantedListener();
    if (m_portTries == 0) {
        m_portTrouble = {};
        m_portTrouble.kind = Trouble::Kind::PortTaken;
        m_portTrouble.wanted = listen.port;
        m_portTrouble.instead = listen.port;
        m_portTrouble.holder = holderIn(error.detail);
        m_portTrouble.sinceWallMs = m_clock.wallMs();
    }
    // Another program may take the free port before we do; then the next one is tried.
    const quint16 port = ++m_portTries > kPortTries
        ? quint16(0)
        : nextFreePort(listen.host, m_portTrouble.instead);
    if (port == 0) {
        Trouble trouble = std::exchange(m_portTrouble, {});
        trouble.kind = Trouble::Kind::NoPort;
        setState(LinkState::Failed, trouble);
        return;
    }
    m_portTrouble.instead = port;
    listen.port = port;
    m_engine.setListen(listen);
    m_isMoved = true;
    start();
}

// Where the gateway should listen: the command line's word, else the file's first listener. Read
// from the file because nothing runs yet when a port is taken.
config::Listener LocalLink::wantedListener() const
{
    if (m_given)
        return *m_given;
    if (const auto text = config::readConfigFile(m_engine.configPath())) {
        const config::Checked checked = config::validate(*text, 0, config::builtInCatalog());
        if (checked.snapshot && !checked.snapshot->listeners.isEmpty())
            return checked.snapshot->listeners.first();
    }
    return {};
}

QFuture<void> LocalLink::stop(Millis drain)
{
    return m_engine.stop(drain);
}

QFuture<Result<void>> LocalLink::addSimulatedProviders()
{
    return m_engine.addSimulatedProviders();
}

// The key goes from the engine into the header and nowhere else; the answer is read and dropped, as
// the board shows what became of the request.
void LocalLink::sendTestRequest(const QString &model)
{
    const QUrl base(frame()->addresses.value(0));
    if (base.host().isEmpty())
        return;
    m_engine.clientKey(ClientId(QStringLiteral("default")))
        .then(this, [this, base, model](const Result<QString> &key) {
            if (!key)
                return;
            const QJsonObject message{{QStringLiteral("role"), QStringLiteral("user")},
                                      {QStringLiteral("content"), QStringLiteral("Say hello")}};
            const QByteArray body
                = QJsonDocument(QJsonObject{{QStringLiteral("model"), model},
                                            {QStringLiteral("stream"), true},
                                            {QStringLiteral("messages"), QJsonArray{message}}})
                      .toJson(QJsonDocument::Compact);
            const QByteArray head = "POST /v1/chat/completions HTTP/1.1\r\nhost: "
                + base.authority().toLatin1() + "\r\nauthorization: Bearer " + key->toLatin1()
                + "\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: "
                + QByteArray::number(body.size()) + "\r\n\r\n";
            auto *socket = new QTcpSocket(this);
            socket->setProxy(QNetworkProxy::NoProxy); // loopback never goes through a proxy
            connect(socket, &QTcpSocket::readyRead, socket, [socket] { socket->readAll(); });
            connect(socket, &QTcpSocket::disconnected, socket, &QObject::deleteLater);
            connect(socket, &QTcpSocket::errorOccurred, socket, &QObject::deleteLater);
            socket->connectToHost(base.host(), quint16(base.port(80)));
            socket->write(head + body);
        });
}

QFuture<Result<quint32>> LocalLink::editConfig(const QString &path, const QByteArray &jsonValue)
{
    return m_engine.editConfig(path, jsonValue);
}

QFuture<Result<Decision>> LocalLink::explain(const engine::ExplainAsk &ask)
{
    return m_engine.explain(ask);
}

QFuture<Result<store::Page>> LocalLink::page(std::optional<ExchangeId> before, int limit)
{
    return m_engine.page(before, limit);
}

QFuture<Result<std::shared_ptr<const Exchange>>> LocalLink::find(const ExchangeId &id)
{
    return m_engine.find(id);
}

void LocalLink::takeOver()
{
    Trouble trouble = this->trouble();
    if (state() != LinkState::OtherProcess || trouble.kind == Trouble::Kind::TakingOver)
        return;
    trouble.kind = Trouble::Kind::TakingOver;
    trouble.sinceWallMs = m_clock.wallMs();
    setState(LinkState::OtherProcess, trouble);
    m_engine.askOwnerToStop().then(this, [this, trouble](const Result<void> &result) mutable {
        if (result) {
            start();
            return;
        }
        trouble.kind = Trouble::Kind::TakeOverFailed;
        trouble.detail = result.error().detail;
        setState(LinkState::OtherProcess, trouble);
    });
}

void LocalLink::retry()
{
    const bool isListening = state() == LinkState::Connected;
    m_portTries = 0;
    m_portTrouble = {};
    setState(LinkState::Starting);
    const auto again = [this] {
        if (m_isMoved)
            m_engine.setListen(wantedListener());
        start();
    };
    if (isListening)
        m_engine.stop(kMoveDrain).then(this, again);
    else
        again();
}

void LocalLink::keepPort()
{
    if (m_portTrouble.kind != Trouble::Kind::PortTaken)
        return;
    const QByteArray port = QByteArray::number(m_portTrouble.instead);
    m_engine.editConfig(QStringLiteral("listen[0].port"), port)
        .then(this, [this](const Result<quint32> &result) {
            if (!result)
                return; // the strip stays; the engine's notice says why
            m_portTrouble = {};
            setState(LinkState::Connected);
        });
}

} // namespace sb::link
