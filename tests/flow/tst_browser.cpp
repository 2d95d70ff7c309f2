// A page in a real browser against a gateway that asks for no key. From a foreign origin, and from
// a name that was bound to this machine after the page had loaded: no call to a provider, and not
// one byte of an answer that the page can read. Under a name and origin the user added the same
// page gets through, so the attack is a real one.
#include "gateway_fixture.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QProcess>
#include <QStandardPaths>
#include <QTcpServer>
#include <QTemporaryDir>

using namespace sb;
using namespace sb::flow;

namespace {

// The attacker's server: hands out the page and takes its report. Once the page is out it may pass
// every further connection on to another port, as if its name now led there.
class Attacker : public QTcpServer {
public:
    Attacker()
    {
        connect(this, &QTcpServer::newConnection, this, [this] {
            while (QTcpSocket *socket = nextPendingConnection())
                take(socket);
        });
    }

    QByteArray page;
    quint16 leadsTo = 0; // after the page; 0: nowhere
    int pagesServed = 0;
    int passedOn = 0;
    std::optional<QJsonArray> report;

private:
    void take(QTcpSocket *socket)
    {
        connect(socket, &QTcpSocket::disconnected, socket, &QObject::deleteLater);
        if (leadsTo != 0 && pagesServed > 0)
            return passOn(socket);
        connect(socket, &QTcpSocket::readyRead, this, [this, socket] {
            QByteArray &bytes = m_read[socket];
            bytes += socket->readAll();
            const qsizetype end = bytes.indexOf("\r\n\r\n");
            if (end < 0)
                return;
            if (bytes.startsWith("POST /report ")) {
                const QByteArray head = bytes.left(end).toLower();
                const qsizetype at = head.indexOf("content-length: ");
                const qsizetype length
                    = head.mid(at + 16, head.indexOf('\r', at) - at - 16).toLongLong();
                if (bytes.size() < end + 4 + length)
                    return;
                report = QJsonDocument::fromJson(bytes.mid(end + 4, length)).array();
                socket->write("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
            } else if (bytes.startsWith("GET /attack ")) {
                ++pagesServed;
                socket->write("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n"
                              "Content-Length: "
                              + QByteArray::number(page.size()) + "\r\n\r\n" + page);
            } else {
                socket->write("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n"
                              "Connection: close\r\n\r\n");
            }
            m_read.remove(socket);
            socket->disconnectFromHost();
        });
    }

    void passOn(QTcpSocket *socket)
    {
        ++passedOn;
        auto *other = new QTcpSocket(socket);
        connect(other, &QTcpSocket::readyRead, socket,
                [socket, other] { socket->write(other->readAll()); });
        connect(other, &QTcpSocket::disconnected, socket, &QTcpSocket::disconnectFromHost);
        connect(socket, &QTcpSocket::readyRead, other,
                [socket, other] { other->write(socket->readAll()); });
        connect(socket, &QTcpSocket::disconnected, other, &QTcpSocket::disconnectFromHost);
        other->connectToHost(QStringLiteral("127.0.0.1"), leadsTo);
    }

    QHash<QTcpSocket *, QByteArray> m_read;
};

// The gateway's refusal of a name that is not its own: the only text a bound page sees.
bool isRefusal(const QString &text)
{
    return text.contains(QLatin1String("\"error\"")) && !text.contains(QLatin1String("\"choices\""))
        && !text.contains(QLatin1String("\"data\""));
}

} // namespace

class TestBrowser : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void pages_data();
    void pages();

private:
    QString m_browser;
};

void TestBrowser::initTestCase()
{
    for (const char *name : {"chromium", "chromium-browser", "google-chrome", "chrome"}) {
        if (m_browser.isEmpty())
            m_browser = QStandardPaths::findExecutable(QLatin1String(name));
    }
    if (m_browser.isEmpty())
        QSKIP("No Chromium is installed: there is no browser to attack with.");
}

void TestBrowser::pages_data()
{
    QTest::addColumn<bool>("isBound"); // the page's own name leads to the gateway afterwards
    QTest::addColumn<bool>("isAllowed");
    QTest::newRow("added by the user") << true << true;
    QTest::newRow("foreign origin") << false << false;
    QTest::newRow("rebinding") << true << false;
}

void TestBrowser::pages()
{
    QFETCH(bool, isBound);
    QFETCH(bool, isAllowed);
    Attacker home; // takes the report
    QVERIFY(home.listen(QHostAddress::LocalHost));
    const QByteArray homePort = QByteArray::number(home.serverPort());

    Attacker bound; // on another address, which the page's name means at first
    if (isAllowed)
        QVERIFY(bound.listen(QHostAddress(QStringLiteral("127.0.0.2"))));
    GatewayFixture fixture;
    fixture.listenerClients = {ClientId(QStringLiteral("tester"))};
    fixture.adjust = [&](config::ConfigSnapshot &snapshot) {
        if (!isAllowed)
            return;
        const QByteArray own = "evil.example:" + QByteArray::number(bound.serverPort());
        snapshot.network.allowedHosts.append(own);
        snapshot.network.allowedOrigins.append(QByteArray("http://" + own));
    };
    fixture.start({instant()});
    const QByteArray port = QByteArray::number(fixture.port);

    if (isBound && !isAllowed) // even the port is the same
        QVERIFY(bound.listen(QHostAddress(QStringLiteral("127.0.0.2")), fixture.port));
    bound.leadsTo = fixture.port;
    const QByteArray pagePort = isBound ? QByteArray::number(bound.serverPort()) : homePort;

    QFile file(QStringLiteral(SB_TEST_DATA "/browser/attack.html"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    QByteArray page = file.readAll();
    QByteArray bases = "['http://127.0.0.1:" + port + "', 'http://localhost:" + port
        + "', 'http://direct.example:" + port + "'";
    if (isBound)
        bases += ", 'http://evil.example:" + pagePort + "'";
    page.replace("BASES;", QByteArray(bases + "];"));
    page.replace("'REPORT'", QByteArray("'http://report.example:" + homePort + "/report'"));
    page.replace("Bearer KEY", QByteArray(QByteArray("Bearer ") + kKey));
    home.page = bound.page = page;

    QTemporaryDir profile;
    QProcess browser;
    browser.setProcessChannelMode(QProcess::MergedChannels);
    const QString names
        = QStringLiteral("MAP evil.example %1, MAP *.example 127.0.0.1, MAP localhost 127.0.0.1, "
                         "EXCLUDE 127.0.0.1")
              .arg(isBound ? QStringLiteral("127.0.0.2") : QStringLiteral("127.0.0.1"));
    browser.start(
        m_browser,
        {QStringLiteral("--headless"), QStringLiteral("--no-sandbox"),
         QStringLiteral("--disable-gpu"), QStringLiteral("--disable-dev-shm-usage"),
         QStringLiteral("--no-first-run"), QStringLiteral("--no-proxy-server"),
         QStringLiteral("--disable-background-networking"),
         QStringLiteral("--disable-component-update"), QStringLiteral("--disable-sync"),
         // What newer browsers ask the user before a page may talk to this machine: not relied on.
         QStringLiteral("--disable-features=LocalNetworkAccessChecks,"
                        "BlockInsecurePrivateNetworkRequests,PrivateNetworkAccessSendPreflights"),
         QStringLiteral("--user-data-dir=") + profile.path(),
         QStringLiteral("--host-resolver-rules=") + names,
         // Stays open until it is told to go: with a port to listen to, a page does not end it.
         QStringLiteral("--remote-debugging-port=0"),
         QStringLiteral("http://evil.example:") + QString::fromLatin1(pagePort)
             + QStringLiteral("/attack")});
    QVERIFY2(browser.waitForStarted(20'000), qPrintable(browser.errorString()));
    const bool hasReport = QTest::qWaitFor(
        [&] { return home.report || browser.state() == QProcess::NotRunning; }, 90'000);
    browser.terminate();
    if (!browser.waitForFinished(10'000))
        browser.kill();
    browser.waitForFinished(10'000);
    const QByteArray said = browser.readAll();
    QVERIFY2(hasReport && home.report, said.right(4000).constData());

    QStringList readable;
    for (const QJsonValue &one : *home.report) {
        const QString how = one[0].toString();
        const QString text = one[1].toString();
        if (!isBound || !isRefusal(text))
            readable.append(how + QStringLiteral(": ") + text);
    }
    if (isAllowed) {
        QVERIFY(fixture.headsRead() > 0);
        QVERIFY(!readable.isEmpty());
        return;
    }
    QCOMPARE(fixture.headsRead(), 0u);
    QCOMPARE(fixture.sink.sentCount, 0);
    QCOMPARE(readable, QStringList());
    // It did try: each address was asked in most of the ways, and refused.
    QVERIFY2(fixture.sink.exchanges.size() >= 30,
             QByteArray::number(fixture.sink.exchanges.size()).constData());
    if (isBound)
        QVERIFY(bound.pagesServed == 1 && bound.passedOn > 0);
}

FLOW_TEST_MAIN(TestBrowser)
#include "tst_browser.moc"
