// A recorded stream cut behind every single byte, in every way a wire can end: no part of it is
// ever told as a whole answer, neither to the client nor in the record. [robustness §3 row 22, §4]
#include "gateway_fixture.h"

#include "record/names.h"

#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTcpServer>
#include <QTimer>

#include <sys/socket.h>

using namespace sb;
using namespace sb::flow;

namespace {

enum class End : int {
    ChunkedFin, // in the middle of a chunked body
    PlainFin, // a body that has no other end
    CleanEnd, // the last chunk, as if it were whole
    Reset,
    Stall,
};

constexpr char kWholeEnd[] = "0\r\n\r\n";

// Answers every POST with the transcript's first bytes, and ends as its prompt asks: "CUT 17 3".
class CuttingServer final : public QObject {
public:
    CuttingServer(QByteArray transcript)
        : m_transcript(std::move(transcript))
    {
        m_server.listen(QHostAddress::LocalHost);
        connect(&m_server, &QTcpServer::newConnection, this, [this] {
            while (QTcpSocket *socket = m_server.nextPendingConnection()) {
                connect(socket, &QTcpSocket::disconnected, socket, &QObject::deleteLater);
                connect(socket, &QTcpSocket::readyRead, this, [this, socket] { read(socket); });
            }
        });
    }
    quint16 port() const { return m_server.serverPort(); }
    int posts = 0;

private:
    void read(QTcpSocket *socket)
    {
        const QByteArray seen = socket->peek(64 * 1024);
        const qsizetype at = seen.indexOf("CUT ");
        const qsizetype quote = at < 0 ? -1 : seen.indexOf('"', at);
        if (quote < 0 || !seen.endsWith('}'))
            return;
        socket->readAll();
        ++posts;
        const QList<QByteArray> words = seen.mid(at, quote - at).split(' ');
        answer(socket, words.value(1).toLongLong(), End(words.value(2).toInt()));
    }

    void answer(QTcpSocket *socket, qsizetype length, End end)
    {
        const QByteArray part = m_transcript.first(length);
        QByteArray bytes = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n";
        if (end == End::PlainFin) {
            bytes += "connection: close\r\n\r\n" + part;
        } else {
            bytes += "transfer-encoding: chunked\r\n\r\n";
            // A chunk that promises more than comes, in front of the cut.
            const qsizetype promised = end == End::CleanEnd ? length : length + 1;
            if (promised > 0)
                bytes += QByteArray::number(promised, 16) + "\r\n" + part;
            if (end == End::CleanEnd)
                bytes += (promised > 0 ? QByteArray("\r\n") : QByteArray()) + kWholeEnd;
        }
        socket->write(bytes);
        switch (end) {
        case End::ChunkedFin:
        case End::PlainFin:
            socket->disconnectFromHost();
            break;
        case End::Reset:
            socket->flush();
            // A reset may overtake what was sent in front of it.
            QTimer::singleShot(20, socket, [socket] {
                const linger now{1, 0};
                setsockopt(int(socket->socketDescriptor()), SOL_SOCKET, SO_LINGER, &now,
                           sizeof now);
                socket->abort();
            });
            break;
        case End::CleanEnd:
        case End::Stall:
            break;
        }
    }

    QByteArray m_transcript;
    QTcpServer m_server;
};

QByteArray readFile(const QString &name)
{
    QFile file(QStringLiteral(SB_TEST_DATA "/dialect/") + name);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

} // namespace

class TestCutEverywhere : public QObject {
    Q_OBJECT

private slots:
    void neverWhole_data();
    void neverWhole();

private:
    void judge(const Seen &seen, qsizetype length, End end);

    QByteArray m_transcript;
    QByteArray m_terminal; // the data line that ends it
    bool m_isAnthropic = false;
    GatewayFixture *m_fixture = nullptr;
    QHash<QByteArray, std::shared_ptr<const Exchange>> m_records;
    int m_whole = 0;
    int m_inBand = 0;
    QByteArray m_complaint; // the first
};

void TestCutEverywhere::neverWhole_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<int>("end");
    const char *ends[] = {"FIN in a chunk", "FIN without framing", "clean end", "RST", "stall"};
    for (const QString &file :
         {QStringLiteral("chat_text.sse"), QStringLiteral("anthropic_tools.sse")}) {
        for (int end = 0; end < 5; ++end)
            QTest::addRow("%s, %s", qPrintable(file), ends[end]) << file << end;
    }
}

void TestCutEverywhere::neverWhole()
{
    QFETCH(QString, file);
    QFETCH(int, end);
    m_transcript = readFile(file);
    QVERIFY(!m_transcript.isEmpty());
    m_isAnthropic = file.startsWith(u"anthropic");
    m_terminal = m_isAnthropic ? QByteArray("data: {\"type\":\"message_stop\"}")
                               : QByteArray("data: [DONE]");
    QVERIFY(m_transcript.contains(m_terminal));
    m_whole = m_inBand = 0;
    m_complaint.clear();
    m_records.clear();

    CuttingServer server(m_transcript);
    GatewayFixture fixture;
    m_fixture = &fixture;
    fixture.adjust = [end](config::ConfigSnapshot &config) {
        // Every cut is a failure: no gate may close over them, and no cut is asked for twice.
        config.routing.tripAfter = 1'000'000;
        config.routing.ratioMinimum = 1'000'000;
        config.routing.retriesPerTarget = 0;
        if (End(end) == End::Stall)
            config.providers[0].timeouts
                = {Millis(5'000), Millis(20'000), Millis(250), Millis(250), Millis(250)};
    };
    fixture.startWith(
        {},
        QStringLiteral(
            R"({"version":1,"providers":[{"id":"p","dialects":{"openai-chat":"http://127.0.0.1:%1/v1","anthropic":"http://127.0.0.1:%1"},"auth":{"type":"none"},"models":[{"id":"m","price":{"input":"2.50","output":"10.00"}}]}],)"
            R"("chains":[{"id":"c","targets":[{"provider":"p","model":"m"}]}],"clients":[{"id":"tester","secret":"env:X","chains":["*"]}]})")
            .arg(server.port()));

    // Many at a time, each on its own connection.
    constexpr int kAtOnce = 48;
    qsizetype next = 0;
    qsizetype done = 0;
    const qsizetype total = m_transcript.size() + 1;
    std::function<void()> launch = [&] {
        const qsizetype length = next++;
        auto *client = new Client(fixture.port);
        connect(client, &Client::received, this, [&, client, length] {
            if (!client->isDone())
                return;
            client->disconnect(this);
            judge(client->seen(), length, End(end));
            client->deleteLater();
            ++done;
            if (next < total)
                launch();
        });
        const QByteArray prompt
            = "CUT " + QByteArray::number(length) + ' ' + QByteArray::number(end);
        const QByteArray body = "{\"model\":\"c\",\"max_tokens\":64,\"stream\":true,"
            + QByteArray(m_isAnthropic ? "" : "\"stream_options\":{\"include_usage\":true},")
            + "\"messages\":[{\"role\":\"user\",\"content\":\"" + prompt + "\"}]}";
        client->post(m_isAnthropic ? "/v1/messages" : "/v1/chat/completions", body);
    };
    while (next < std::min<qsizetype>(kAtOnce, total))
        launch();
    QTRY_COMPARE_WITH_TIMEOUT(done, total, 100'000);
    QVERIFY2(m_complaint.isEmpty(), m_complaint.constData());
    QCOMPARE(fixture.sink.exchanges.size(), total);
    QCOMPARE(server.posts, int(total)); // none was asked for twice
    if (End(end) != End::Reset)
        QVERIFY(m_whole > 0);
    QVERIFY(m_inBand > 300); // and content was cut, not only starts
    qInfo("%lld cuts: %d whole, %d told in band", qint64(total), m_whole, m_inBand);
}

void TestCutEverywhere::judge(const Seen &seen, qsizetype length, End end)
{
    if (!m_complaint.isEmpty())
        return;
    const auto complain = [&](const char *what) {
        m_complaint = QByteArray(what) + ", cut behind byte " + QByteArray::number(length) + ": "
            + seen.body.right(300);
    };
    const QByteArray part = m_transcript.first(length);
    const bool mayBeWhole = part.contains(m_terminal);
    const bool mustBeWhole = part.contains(QByteArray(m_terminal + "\n\n")) && end != End::Reset;

    for (const auto &exchange : std::as_const(m_fixture->sink.exchanges).sliced(m_records.size()))
        m_records.insert(exchange->id.text(), exchange);
    const auto record = m_records.value(seen.field("x-signalbox-id"));
    if (!record)
        return complain("no record");
    if (!seen.isWhole)
        return complain("the reply does not end");

    const bool hasTerminal = seen.body.contains(m_isAnthropic ? "message_stop" : "[DONE]");
    const bool isServed = record->outcome.kind == OutcomeKind::Served;
    if (hasTerminal != isServed)
        return complain("record and client disagree");
    if (hasTerminal && !mayBeWhole)
        return complain("told as whole");
    if (mustBeWhole && !hasTerminal)
        return complain("told as cut though all of it came");
    if (hasTerminal) {
        ++m_whole;
        if (seen.status != 200 || seen.body.contains("\"error\""))
            return complain("an error beside the terminal");
        if (!m_transcript.startsWith(seen.body.trimmed()))
            return complain("not the provider's bytes");
        return;
    }
    if (seen.status != 200) {
        const QJsonObject error = QJsonDocument::fromJson(seen.body).object();
        if (seen.status < 500 || !error.contains(u"error") || seen.body.contains("data: "))
            return complain("no error of the dialect");
        if (record->outcome.kind != OutcomeKind::Failed)
            return complain("recorded as something else than failed");
        return;
    }
    // In band: what came, then one signal, last.
    ++m_inBand;
    const QByteArray signal = m_isAnthropic ? "event: error\n" : "\"finish_reason\":\"error\"";
    if (seen.body.count(signal) != 1)
        return complain("not exactly one signal");
    const QByteArray last = seen.body.trimmed().split('\n').last();
    if (!QJsonDocument::fromJson(last.mid(6)).object().contains(u"error"))
        return complain("the signal is not the last event");
    const qsizetype from = m_isAnthropic ? seen.body.indexOf(signal) : seen.body.lastIndexOf(last);
    if (!m_transcript.startsWith(seen.body.first(from)))
        return complain("not the provider's bytes in front of the signal");
    if (record->outcome.kind != OutcomeKind::Cut || record->attempts.last().stage != Stage::Given
        || record->settlement.cost <= Money())
        return complain("recorded as something else than cut");
}

FLOW_TEST_MAIN(TestCutEverywhere)
#include "tst_cut_everywhere.moc"
