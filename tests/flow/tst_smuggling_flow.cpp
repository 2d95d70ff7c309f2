// The smuggling payloads against a whole gateway that asks for no key: what is refused is refused
// once, the connection ends, and no provider hears of it. Behind each payload waits a request that
// would be served if anybody took it for one. And hostile replies: the attempt fails, the
// connection is never used again.
#include "gateway_fixture.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTcpServer>

using namespace sb;
using namespace sb::flow;

namespace {

QList<QJsonObject> payloads(bool areReplies)
{
    QFile file(qEnvironmentVariable("SIGNALBOX_CORPORA") + QStringLiteral("/http/smuggling.jsonl"));
    QList<QJsonObject> rows;
    if (!file.open(QIODevice::ReadOnly))
        return rows;
    while (!file.atEnd()) {
        const QJsonObject row = QJsonDocument::fromJson(file.readLine()).object();
        if (!row.isEmpty()
            && (row[QStringLiteral("kind")].toString() == QLatin1String("response")) == areReplies)
            rows.append(row);
    }
    return rows;
}

void fill(bool areReplies)
{
    QTest::addColumn<QJsonObject>("row");
    for (const QJsonObject &row : payloads(areReplies))
        QTest::newRow(qPrintable(row[QStringLiteral("id")].toString())) << row;
}

QByteArray bytesOf(const QJsonObject &row)
{
    return QByteArray::fromBase64(row[QStringLiteral("input_b64")].toString().toLatin1());
}

// A request of its own that the gateway would serve.
QByteArray served()
{
    const QByteArray body = R"({"model":"c","messages":[{"role":"user","content":"smuggled"}]})";
    return "POST /v1/chat/completions HTTP/1.1\r\nHost: sb.test\r\nContent-Type: application/json"
           "\r\nContent-Length: "
        + QByteArray::number(body.size()) + "\r\n\r\n" + body;
}

// A caller that sends bytes as they are and keeps everything that comes.
class Wire : public QObject {
public:
    Wire(quint16 port, const QByteArray &bytes)
    {
        connect(&m_socket, &QTcpSocket::readyRead, this, [this] { seen += m_socket.readAll(); });
        m_socket.connectToHost(QStringLiteral("127.0.0.1"), port);
        m_socket.write(bytes);
    }
    bool isClosed() const { return m_socket.state() == QAbstractSocket::UnconnectedState; }
    qsizetype replies() const { return seen.toLower().count("\r\nx-signalbox-id: "); }
    int status() const { return seen.mid(9, 3).toInt(); }

    QByteArray seen;

private:
    QTcpSocket m_socket;
};

// Answers every request with the same bytes, and counts.
class HostileProvider : public QTcpServer {
public:
    HostileProvider(const QByteArray &reply, bool closes)
    {
        connect(this, &QTcpServer::newConnection, this, [this, reply, closes] {
            while (QTcpSocket *socket = nextPendingConnection()) {
                ++connections;
                ++open;
                connect(socket, &QTcpSocket::disconnected, this, [this, socket] {
                    --open;
                    socket->deleteLater();
                });
                connect(socket, &QTcpSocket::readyRead, this, [this, socket, reply, closes] {
                    // The fixture's requests are small: the body's end shows the whole.
                    m_read[socket] += socket->readAll();
                    if (!m_read[socket].endsWith("]}"))
                        return;
                    m_read[socket].clear();
                    ++posts;
                    socket->write(reply);
                    if (closes)
                        socket->disconnectFromHost();
                });
            }
        });
        listen(QHostAddress::LocalHost);
    }

    int connections = 0;
    int open = 0;
    int posts = 0;

private:
    QHash<QTcpSocket *, QByteArray> m_read;
};

} // namespace

class TestSmugglingFlow : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void theBaitWorks();
    void requests_data() { fill(false); }
    void requests();
    void nobodyWasCalled();
    void replies_data() { fill(true); }
    void replies();

private:
    GatewayFixture m_fixture;
    quint64 m_expected = 0; // calls that were meant
};

void TestSmugglingFlow::initTestCase()
{
    if (qEnvironmentVariableIsEmpty("SIGNALBOX_CORPORA"))
        QSKIP("SIGNALBOX_CORPORA is not set");
    m_fixture.listenerClients = {ClientId(QStringLiteral("tester"))};
    m_fixture.adjust
        = [](config::ConfigSnapshot &snapshot) { snapshot.network.allowedHosts.append("sb.test"); };
    m_fixture.start({instant()});
}

void TestSmugglingFlow::theBaitWorks()
{
    Wire wire(m_fixture.port, served());
    QTRY_VERIFY_WITH_TIMEOUT(wire.replies() == 1, 20'000);
    QCOMPARE(wire.status(), 200);
    QCOMPARE(m_fixture.headsRead(), ++m_expected);
}

void TestSmugglingFlow::requests()
{
    QFETCH(QJsonObject, row);
    const QByteArray expect = row[QStringLiteral("expect")].toString().toLatin1();
    const bool isRefused = expect == "refuse";
    QByteArray bytes = bytesOf(row);
    // Let it come past the check of the media type, so that its body is judged too.
    if (bytes.startsWith("POST") && bytes.count("Host: sb.test\r\n") >= 1) {
        const qsizetype host = bytes.indexOf("Host: sb.test\r\n");
        bytes.insert(host, "Content-Type: application/json\r\n");
    }
    // The canary becomes the bait; where there is none it waits behind.
    const QByteArray canary
        = "GET " + row[QStringLiteral("canary")].toString().toLatin1() + " HTTP/1.1\r\n";
    const qsizetype at = bytes.indexOf(canary);
    if (at > 0 && (isRefused || expect == "first-only" || expect == "incomplete-or-refuse"))
        bytes = bytes.left(at) + served();
    else if (isRefused)
        bytes += served();

    {
        Wire wire(m_fixture.port, bytes);
        if (isRefused) {
            QTRY_VERIFY_WITH_TIMEOUT(wire.isClosed(), 20'000);
            const QJsonArray allowed = row[QStringLiteral("status")].toArray();
            QVERIFY2(allowed.contains(wire.status()), wire.seen.constData());
            QCOMPARE(wire.replies(), 1);
        } else if (expect != "incomplete-or-refuse") {
            const qsizetype wanted = expect == "two-messages" ? 2 : 1;
            QTRY_VERIFY_WITH_TIMEOUT(wire.replies() >= wanted, 20'000);
            QVERIFY2(!wire.seen.contains("HTTP/1.1 101"), wire.seen.constData());
        }
        // What was read before this answer would have been sent on before it, too.
        QCOMPARE(m_fixture.chat(false).status, 200);
        QVERIFY2(!wire.seen.contains("HTTP/1.1 200") || wire.seen.contains("\"object\":\"list\""),
                 wire.seen.constData());
    }
    QCOMPARE(m_fixture.headsRead(), ++m_expected);
}

void TestSmugglingFlow::nobodyWasCalled()
{
    QCOMPARE(m_fixture.headsRead(), m_expected);
    QCOMPARE(quint64(m_fixture.sink.sentCount), m_expected);
}

void TestSmugglingFlow::replies()
{
    QFETCH(QJsonObject, row);
    const QByteArray expect = row[QStringLiteral("expect")].toString().toLatin1();
    HostileProvider provider(bytesOf(row), expect == "truncated");
    GatewayFixture fixture;
    fixture.adjust = [](config::ConfigSnapshot &snapshot) {
        snapshot.routing.maxAttempts = 1;
        snapshot.routing.retriesPerTarget = 0;
    };
    fixture.startWith(
        {},
        QStringLiteral(
            R"({"version":1,"providers":[{"id":"p1","dialects":{"openai-chat":"http://127.0.0.1:%1/v1"},"auth":{"type":"none"}}],)"
            R"("chains":[{"id":"c","targets":[{"provider":"p1","model":"m"}]}],)"
            R"("clients":[{"id":"tester","secret":"env:X","chains":["*"],"default_chain":"c"}]})")
            .arg(provider.serverPort()));
    const Seen seen = fixture.chat(false);
    // None of these is an answer: {} has no content, the rest is no reply at all.
    QVERIFY2(seen.status >= 500 && seen.isWhole, seen.body.constData());
    QVERIFY(!seen.body.contains("xyz"));
    QVERIFY(!seen.fields.contains("set-cookie"));
    QCOMPARE(provider.posts, 1);
    QCOMPARE(provider.connections, 1);
    QCOMPARE(fixture.sink.exchanges.size(), 1);
    QCOMPARE(fixture.last().attempts.size(), 1);
    // A connection with anything odd on it is gone; nothing was followed.
    if (expect != "accept" && expect != "not-followed")
        QTRY_COMPARE_WITH_TIMEOUT(provider.open, 0, 20'000);
}

FLOW_TEST_MAIN(TestSmugglingFlow)
#include "tst_smuggling_flow.moc"
