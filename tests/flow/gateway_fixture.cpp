#include "gateway_fixture.h"

#include <QCryptographicHash>

namespace sb::flow {

Client::Client(quint16 port, QObject *parent)
    : QObject(parent)
    , m_port(port)
{
    connect(&m_socket, &QTcpSocket::readyRead, this, &Client::read);
    connect(&m_socket, &QTcpSocket::disconnected, this, [this] {
        read();
        m_seen.isClosed = true;
        emit received();
    });
}

void Client::post(const QByteArray &path, const QByteArray &body, const QByteArray &fields)
{
    m_socket.connectToHost(QStringLiteral("127.0.0.1"), m_port);
    m_socket.write("POST " + path + " HTTP/1.1\r\nhost: 127.0.0.1:" + QByteArray::number(m_port)
                   + "\r\nauthorization: Bearer " + kKey
                   + "\r\ncontent-type: application/json\r\ncontent-length: "
                   + QByteArray::number(body.size()) + "\r\n" + fields + "\r\n" + body);
}

void Client::get(const QByteArray &path, const QByteArray &fields)
{
    m_socket.connectToHost(QStringLiteral("127.0.0.1"), m_port);
    m_socket.write("GET " + path + " HTTP/1.1\r\nhost: 127.0.0.1:" + QByteArray::number(m_port)
                   + "\r\nauthorization: Bearer " + kKey + "\r\n" + fields + "\r\n");
}

void Client::send(const QByteArray &bytes)
{
    m_socket.connectToHost(QStringLiteral("127.0.0.1"), m_port);
    m_socket.write(bytes);
}

// The whole reply is read again each time: simple, and replies here are small.
void Client::read()
{
    if (m_socket.isOpen())
        m_raw += m_socket.readAll();
    const qsizetype headEnd = m_raw.indexOf("\r\n\r\n");
    if (headEnd < 0)
        return;
    const QList<QByteArray> lines = m_raw.left(headEnd).split('\n');
    m_seen.status = lines.first().split(' ').value(1).toInt();
    m_seen.fields.clear();
    for (const QByteArray &line : lines.sliced(1)) {
        const qsizetype colon = line.indexOf(':');
        m_seen.fields.insert(line.left(colon).toLower(), line.mid(colon + 1).trimmed());
    }
    const QByteArray rest = m_raw.mid(headEnd + 4);
    if (m_seen.field("transfer-encoding") != "chunked") {
        m_seen.body = rest;
        m_seen.isWhole = rest.size() >= m_seen.field("content-length").toLongLong();
        emit received();
        return;
    }
    m_seen.body.clear();
    qsizetype at = 0;
    while (true) {
        const qsizetype lineEnd = rest.indexOf("\r\n", at);
        if (lineEnd < 0)
            break;
        const qsizetype size = rest.mid(at, lineEnd - at).toLongLong(nullptr, 16);
        if (size == 0) {
            m_seen.isWhole = rest.size() >= lineEnd + 4;
            break;
        }
        m_seen.body += rest.mid(lineEnd + 2, size);
        at = lineEnd + 2 + size + 2;
        if (at > rest.size())
            break;
    }
    emit received();
}

sim::Script instant()
{
    sim::Script script;
    script.name = QStringLiteral("instant");
    script.firstToken = Millis(0);
    script.perToken = Millis(0);
    script.tokens = 6;
    return script;
}

sim::Script faulty(const QByteArray &faultJson)
{
    sim::Script script = instant();
    const auto fault = sim::parseFault(faultJson);
    Q_ASSERT_X(fault, "faulty", faultJson.constData());
    script.steps.append({Seconds(0), {*fault}});
    return script;
}

GatewayFixture::GatewayFixture() = default;

GatewayFixture::~GatewayFixture()
{
    if (gateway)
        gateway->stop();
    if (server)
        server->close();
    server.reset();
    gateway.reset();
    ledger.reset();
    upstream.reset();
    sims.clear();
}

void GatewayFixture::start(const QList<sim::Script> &scripts, const QByteArray &routing)
{
    QString providers;
    QString targets;
    for (qsizetype i = 1; i <= scripts.size(); ++i) {
        const QString comma = i > 1 ? QStringLiteral(",") : QString();
        providers += comma
            + QStringLiteral(
                  R"({"id":"p%1","dialects":{"openai-chat":"http://127.0.0.1:%%1/v1","anthropic":"http://127.0.0.1:%%1"},"auth":{"type":"none"},)"
                  R"("models":[{"id":"m","price":{"input":"2.50","output":"10.00"}}]})")
                  .replace(QStringLiteral("%%1"), QStringLiteral("%%") + QString::number(i))
                  .arg(i)
                  .replace(QStringLiteral("%%") + QString::number(i),
                           QStringLiteral("%") + QString::number(i));
        targets += comma + QStringLiteral(R"({"provider":"p%1","model":"m"})").arg(i);
    }
    startWith(
        scripts,
        QStringLiteral(R"({"version":1,"providers":[)") + providers
            + QStringLiteral(R"(],"chains":[{"id":"c","targets":[)") + targets
            + QStringLiteral(R"(]}],"routing":)") + QString::fromUtf8(routing)
            + QStringLiteral(
                R"(,"clients":[{"id":"tester","secret":"env:X","chains":["*"],"default_chain":"c"}]})"));
}

void GatewayFixture::startWith(const QList<sim::Script> &scripts, const QString &configText)
{
    QString text = configText;
    for (qsizetype i = 0; i < scripts.size(); ++i) {
        auto started
            = sim::Simulator::start(scripts[i], QStringLiteral("127.0.0.1"), 0, clock, random);
        Q_ASSERT_X(started, "simulator", qPrintable(started.error().detail));
        text.replace(u'%' + QString::number(i + 1) + u'/',
                     QString::number((*started)->port()) + u'/');
        text.replace(u'%' + QString::number(i + 1) + u'"',
                     QString::number((*started)->port()) + u'"');
        sims.push_back(std::move(*started));
    }
    const config::Checked checked = config::validate(text.toUtf8(), 1, config::builtInCatalog());
    for (const config::Problem &problem : checked.problems)
        qInfo().noquote() << problem.path << problem.message;
    Q_ASSERT(checked.snapshot);

    auto snapshot = std::make_shared<config::ConfigSnapshot>(*checked.snapshot);
    if (adjust)
        adjust(*snapshot);

    http::UpstreamOptions options;
    options.proxy.mode = http::ProxySettings::Mode::None;
    upstream = makeUpstream ? makeUpstream(clock) : http::createSocketUpstream(clock, options);
    ledger = std::make_unique<ledger::Ledger>(
        clock, [this](const FramePtr &frame) { frames.append(frame); },
        [this] { return gateway ? gateway->gates().views() : QList<GateView>(); });
    gateway = std::make_unique<gateway::Gateway>(gateway::Gateway::Parts{
        clock, random, *upstream, *ledger, sink,
        [](const ExchangeId &, std::function<void(std::shared_ptr<const Exchange>)> found) {
            found(nullptr);
        }});
    QHash<ClientId, QByteArray> digests;
    for (const config::ClientSettings &client : snapshot->clients)
        digests.insert(
            client.id,
            QCryptographicHash::hash(digests.isEmpty() ? QByteArray(kKey) : keyOf(client.id),
                                     QCryptographicHash::Sha256));
    gateway->setSetup(gateway::makeSetup(snapshot, {}, digests));
    gateway->setListenerClients(listenerClients);
    server = http::Server::create(*gateway, clock, limits);
    const auto bound = server->listen({{QStringLiteral("127.0.0.1"), 0}});
    Q_ASSERT(bound);
    port = bound->first().port;
}

quint64 GatewayFixture::headsRead() const
{
    quint64 sum = 0;
    for (const auto &simulator : sims)
        sum += simulator->headsRead();
    return sum;
}

Seen GatewayFixture::ask(const QByteArray &path, const QByteArray &body, const QByteArray &fields)
{
    Client client(port);
    client.post(path, body, fields);
    if (!QTest::qWaitFor([&] { return client.isDone(); }, 20'000))
        qWarning("the reply did not end");
    return client.seen();
}

Seen GatewayFixture::chat(bool isStream, const QByteArray &fields)
{
    return ask("/v1/chat/completions",
               QByteArray("{\"model\":\"c\",\"stream\":") + (isStream ? "true" : "false")
                   + ",\"messages\":[{\"role\":\"user\",\"content\":\"hello there\"}]}",
               fields);
}

Seen GatewayFixture::messages(bool isStream, const QByteArray &fields)
{
    return ask("/v1/messages",
               QByteArray("{\"model\":\"c\",\"max_tokens\":64,\"stream\":")
                   + (isStream ? "true" : "false")
                   + ",\"messages\":[{\"role\":\"user\",\"content\":\"hello there\"}]}",
               fields);
}

} // namespace sb::flow
