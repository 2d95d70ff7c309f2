// The listener over real sockets, with time moved by hand.
// Concatenations below are arguments of views.
#undef QT_USE_QSTRINGBUILDER
#include "http/server.h"

#include <QSignalSpy>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTest>

#include <zlib.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace sb;
using namespace sb::http;

namespace {

struct Seen {
    Request request;
    std::shared_ptr<ResponseStream> stream;
};

// Answers at once, or keeps the request for the test.
class TestHandler : public Handler, public ResponseListener {
public:
    std::optional<Refusal> admit(const RequestHead &head, const Peer &) override
    {
        ++admitted;
        if (head.path == "/secret")
            return Refusal{401,          Code::ClientKey, "application/json",
                           "x-a: b\r\n", "{\"no\":1}",    false};
        return std::nullopt;
    }
    void handle(Request request, std::shared_ptr<ResponseStream> stream) override
    {
        stream->setListener(this);
        seen.push_back(Seen{std::move(request), stream});
        if (!isKeeping)
            answer(*stream, seen.back().request);
    }
    static void answer(ResponseStream &stream, const Request &request)
    {
        const QByteArray body = request.head.method + ' ' + request.head.path + ' '
            + QByteArray::number(request.body.size()) + '\n';
        stream.begin(200, "content-type: text/plain\r\n", body.size());
        stream.write(QByteArrayView(body));
        stream.end();
    }
    Refusal refusal(Code code, int status, const RequestHead *head) override
    {
        return Refusal{status,
                       code,
                       "text/plain",
                       {},
                       codeName(code).toByteArray() + (head ? " " + head->path : QByteArray()),
                       true};
    }
    void connected(const Peer &) override { ++connections; }
    void clientLeft() override { ++left; }
    void drained() override { ++drains; }

    std::vector<Seen> seen;
    bool isKeeping = false;
    int admitted = 0;
    int connections = 0;
    int left = 0;
    int drains = 0;
};

// A client that keeps everything it reads.
class Client {
public:
    explicit Client(quint16 port, const QHostAddress &address = QHostAddress::LocalHost)
    {
        QObject::connect(&socket, &QTcpSocket::readyRead, &socket,
                         [this] { bytes += socket.readAll(); });
        socket.connectToHost(address, port);
        isConnected = socket.waitForConnected(5000);
    }
    Client &send(const QByteArray &data)
    {
        socket.write(data);
        socket.flush();
        return *this;
    }
    bool isClosed() const { return socket.state() == QAbstractSocket::UnconnectedState; }

    QTcpSocket socket;
    QByteArray bytes;
    bool isConnected = false;
};

QByteArray get(const QByteArray &path, const QByteArray &fields = {})
{
    return "GET " + path + " HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}

QByteArray post(const QByteArray &body, const QByteArray &fields = {})
{
    return "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: " + QByteArray::number(body.size())
        + "\r\n" + fields + "\r\n" + body;
}

QByteArray packed(const QByteArray &bytes, int windowBits)
{
    z_stream stream{};
    deflateInit2(&stream, 6, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY);
    QByteArray out(qsizetype(deflateBound(&stream, uLong(bytes.size()))) + 64, '\0');
    stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(bytes.data()));
    stream.avail_in = uInt(bytes.size());
    stream.next_out = reinterpret_cast<Bytef *>(out.data());
    stream.avail_out = uInt(out.size());
    deflate(&stream, Z_FINISH);
    out.truncate(out.size() - qsizetype(stream.avail_out));
    deflateEnd(&stream);
    return out;
}

} // namespace

class TstServer : public QObject {
    Q_OBJECT

private slots:
    void init();
    void cleanup();

    void answersOnBothLoopbacks();
    void takenPortIsNamed();
    void takenIpv6PortIsNamed();
    void keepsAliveAndCountsRequests();
    void http10();
    void headHasNoBody();
    void noContentHasNoFraming();
    void chunkedReply();
    void largeBodyArrivesWhole_data();
    void largeBodyArrivesWhole();
    void bodyHasPadding();
    void contentEncoding_data();
    void contentEncoding();
    void defaultLimits();
    void bodyLimit_data();
    void bodyLimit();
    void refusals_data();
    void refusals();
    void refusalKeepsTheConnection();
    void refusalBeforeBody();
    void expectContinue();
    void expectIsNotAnsweredWhenRefused();
    void pipelinedInOrder();
    void nothingReadAfterAnError();
    void manyPipelined();
    void slowHead();
    void silentConnection();
    void tooManySilentConnections();
    void manyHeadsAtOnce();
    void slowFirstBodyByte();
    void slowBody();
    void idleConnectionCloses();
    void finMeansLeft();
    void resetMeansLeft();
    void leftWhilePipelineIsFull();
    void abortResets();
    void shortReplyResets();
    void backpressure();
    void clientTakesNothing();
    void tooManyWithoutHead();
    void tooManyConnections();
    void drains();
    void closeTellsStreams();
    void dateIsCached();
    void survivesTooManyFiles();
    void smallWritesLeaveTogether();
    void streamOutlivesConnection();

private:
    Client connect() { return Client(m_port); }
    void listen()
    {
        m_server = Server::create(m_handler, m_clock, m_limits);
        const auto bound = m_server->listen({ListenAddress{QStringLiteral("127.0.0.1"), 0}});
        QVERIFY(bound.has_value());
        m_port = bound->first().port;
    }

    TestHandler m_handler;
    ManualClock m_clock;
    Limits m_limits;
    std::unique_ptr<Server> m_server;
    quint16 m_port = 0;
};

void TstServer::init()
{
    m_handler.~TestHandler();
    new (&m_handler) TestHandler;
    m_limits = Limits();
    listen();
}

void TstServer::cleanup()
{
    m_server.reset();
}

void TstServer::answersOnBothLoopbacks()
{
    for (const auto address : {QHostAddress::LocalHost, QHostAddress::LocalHostIPv6}) {
        Client client(m_port, address);
        QVERIFY(client.isConnected);
        client.send(get("/a%20b?c"));
        QTRY_VERIFY(client.bytes.endsWith("\r\n\r\nGET /a b 0\n"));
        QVERIFY(client.bytes.startsWith("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ndate: "));
        QVERIFY(client.bytes.contains("\r\ncontent-length: 11\r\n\r\n"));
        const Seen &seen = m_handler.seen.back();
        QCOMPARE(seen.request.peer.address, QHostAddress(address));
        QCOMPARE(seen.request.peer.port, client.socket.localPort());
        QCOMPARE(seen.request.peer.localPort, m_port);
        QCOMPARE(seen.request.head.query, QByteArray("c"));
    }
    QCOMPARE(m_handler.connections, 2);
}

void TstServer::takenPortIsNamed()
{
    const auto other = Server::create(m_handler, m_clock, m_limits);
    const auto bound = other->listen({ListenAddress{QStringLiteral("127.0.0.1"), 0},
                                      ListenAddress{QStringLiteral("127.0.0.1"), m_port}});
    QVERIFY(!bound.has_value());
    QCOMPARE(bound.error().code, QStringLiteral("port_taken"));
    QVERIFY(bound.error().detail.contains(QString::number(m_port)));
}

void TstServer::takenIpv6PortIsNamed()
{
    QTcpServer holder;
    QVERIFY(holder.listen(QHostAddress::LocalHostIPv6, 0));
    const auto other = Server::create(m_handler, m_clock, m_limits);
    const auto bound
        = other->listen({ListenAddress{QStringLiteral("localhost"), holder.serverPort()}});
    QVERIFY(!bound.has_value());
    QCOMPARE(bound.error().code, QStringLiteral("port_taken"));
    QVERIFY(bound.error().detail.contains(QStringLiteral("::1")));
}

void TstServer::keepsAliveAndCountsRequests()
{
    m_server.reset();
    m_limits.requestsPerConnection = 3;
    listen();
    Client client(m_port);
    for (int i = 1; i <= 3; ++i) {
        client.bytes.clear();
        client.send(get("/x"));
        QTRY_VERIFY(client.bytes.endsWith("GET /x 0\n"));
        QCOMPARE(client.bytes.contains("connection: close"), i == 3);
    }
    QTRY_VERIFY(client.isClosed());
    QCOMPARE(m_handler.connections, 1);
}

void TstServer::http10()
{
    Client client(m_port);
    client.send("GET /x HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n");
    QTRY_VERIFY(client.bytes.endsWith("GET /x 0\n"));
    QVERIFY(client.bytes.contains("connection: keep-alive\r\n"));
    m_handler.isKeeping = true;
    client.bytes.clear();
    client.send("GET /x HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n");
    QTRY_COMPARE(m_handler.seen.size(), 2);
    auto stream = m_handler.seen.back().stream;
    stream->begin(200, {}, -1);
    stream->write(QByteArrayView("unframed"));
    stream->end();
    QTRY_VERIFY(client.isClosed());
    QVERIFY(client.bytes.contains("connection: close\r\n"));
    QVERIFY(!client.bytes.contains("transfer-encoding"));
    QVERIFY(client.bytes.endsWith("\r\n\r\nunframed"));
}

void TstServer::headHasNoBody()
{
    Client client(m_port);
    client.send("HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n" + get("/y"));
    QTRY_VERIFY(client.bytes.endsWith("GET /y 0\n"));
    QVERIFY(client.bytes.contains("content-length: 10\r\n\r\nHTTP/1.1 200 OK\r\n"));
}

void TstServer::noContentHasNoFraming()
{
    m_handler.isKeeping = true;
    Client client(m_port);
    client.send(get("/x"));
    QTRY_COMPARE(m_handler.seen.size(), 1);
    m_handler.seen[0].stream->begin(204, {}, 0);
    m_handler.seen[0].stream->end();
    QTRY_VERIFY(client.bytes.endsWith("\r\n\r\n"));
    QVERIFY(!client.bytes.contains("content-length")
            && !client.bytes.contains("transfer-encoding"));
}

void TstServer::chunkedReply()
{
    m_handler.isKeeping = true;
    Client client(m_port);
    client.send(get("/x"));
    QTRY_COMPARE(m_handler.seen.size(), 1);
    auto stream = m_handler.seen[0].stream;
    stream->begin(200, "x: y\r\n", -1);
    stream->write(QByteArrayView("hello"));
    stream->write(QByteArrayView());
    const QByteArray big(5000, 'b');
    stream->write(big);
    QCOMPARE(stream->writtenBytes(), 5005);
    QVERIFY(stream->isOpen() && stream->isBegun());
    stream->end();
    QVERIFY(!stream->isOpen());
    QTRY_VERIFY(client.bytes.endsWith("0\r\n\r\n"));
    QVERIFY(client.bytes.contains(QByteArray(
        "transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n1388\r\n" + big + "\r\n0\r\n\r\n")));
    stream->write(QByteArrayView("deaf"));
    stream->end();
    stream->abort();
    client.bytes.clear();
    client.send(get("/y"));
    QTRY_COMPARE(m_handler.seen.size(), 2);
    TestHandler::answer(*m_handler.seen[1].stream, m_handler.seen[1].request);
    QTRY_VERIFY(client.bytes.endsWith("GET /y 0\n"));
}

void TstServer::largeBodyArrivesWhole_data()
{
    QTest::addColumn<int>("size");
    QTest::addColumn<bool>("isChunked");
    for (const int size : {1, 1000, 20'000, 200'000, 3'000'000, 20'000'000}) {
        QTest::addRow("%d", size) << size << false;
        QTest::addRow("%d chunked", size) << size << true;
    }
}

void TstServer::largeBodyArrivesWhole()
{
    QFETCH(int, size);
    QFETCH(bool, isChunked);
    QByteArray body(size, '\0');
    for (int i = 0; i < size; ++i)
        body[i] = char('a' + (i * 7 + i / 1000) % 26);
    Client client(m_port);
    if (!isChunked) {
        client.send(post(body));
    } else {
        client.send("POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
        QByteArray framed;
        for (qsizetype at = 0, n = 1; at < body.size();
             at += n, n = std::min<qsizetype>(n * 3, 100'000)) {
            const QByteArray part = body.mid(at, n);
            framed += QByteArray::number(part.size(), 16) + "\r\n" + part + "\r\n";
        }
        client.send(framed + "0\r\n\r\n");
    }
    QTRY_COMPARE_WITH_TIMEOUT(m_handler.seen.size(), 1, 20'000);
    QVERIFY(m_handler.seen[0].request.body == body);
    QVERIFY(m_handler.seen[0].request.body.capacity() >= size + 64);
    QTRY_VERIFY(client.bytes.endsWith(QByteArray("POST /p " + QByteArray::number(size) + "\n")));
}

void TstServer::bodyHasPadding()
{
    Client client(m_port);
    client.send(post("") + post("x") + post(packed("{}", 31), "content-encoding: gzip\r\n"));
    QTRY_COMPARE(m_handler.seen.size(), 3);
    for (const Seen &seen : m_handler.seen)
        QVERIFY(seen.request.body.capacity() >= seen.request.body.size() + 64);
}

void TstServer::contentEncoding_data()
{
    QTest::addColumn<QByteArray>("fields");
    QTest::addColumn<QByteArray>("sent");
    QTest::addColumn<QByteArray>("expected"); // body, or the code
    QTest::addColumn<int>("status");
    const QByteArray text = "{\"some\":\"json\"}";
    const QByteArray gzip = "Content-Encoding: GZip\r\n";
    QTest::newRow("gzip") << gzip << packed(text, 31) << text << 200;
    QTest::newRow("deflate") << QByteArray("content-encoding: deflate\r\n") << packed(text, 15)
                             << text << 200;
    QTest::newRow("identity") << QByteArray("content-encoding: identity\r\n") << text << text
                              << 200;
    QByteArray big;
    for (int i = 0; i < 100'000; ++i)
        big += QByteArray::number(i * 7919 % 1000);
    QTest::newRow("big gzip") << gzip << packed(big, 31) << big << 200;
    QTest::newRow("brotli") << QByteArray("content-encoding: br\r\n") << text
                            << QByteArray("media_type /p") << 415;
    QTest::newRow("twice") << QByteArray("content-encoding: gzip, gzip\r\n") << text
                           << QByteArray("media_type /p") << 415;
    QTest::newRow("two fields") << gzip + gzip << text << QByteArray("media_type /p") << 415;
    QTest::newRow("broken") << gzip << text << QByteArray("bad_request /p") << 400;
    QTest::newRow("cut") << gzip << packed(text, 31).chopped(3) << QByteArray("bad_request /p")
                         << 400;
    QTest::newRow("more behind") << gzip << packed(text, 31) + "x" << QByteArray("bad_request /p")
                                 << 400;
    QTest::newRow("bomb") << gzip << packed(QByteArray(10'000'000, '0'), 31)
                          << QByteArray("body_too_large /p") << 413;
}

void TstServer::contentEncoding()
{
    QFETCH(QByteArray, fields);
    QFETCH(QByteArray, sent);
    QFETCH(QByteArray, expected);
    QFETCH(int, status);
    Client client(m_port);
    client.send(post(sent, fields));
    if (status == 200) {
        QTRY_COMPARE(m_handler.seen.size(), 1);
        QCOMPARE(m_handler.seen[0].request.body, expected);
        return;
    }
    QTRY_VERIFY(client.bytes.endsWith(QByteArray("\r\n\r\n" + expected)));
    QVERIFY(client.bytes.startsWith(QByteArray("HTTP/1.1 " + QByteArray::number(status))));
    QVERIFY(m_handler.seen.empty());
}

// The numbers of robustness §6.
void TstServer::defaultLimits()
{
    const Limits limits;
    QCOMPARE(limits.requestLine, 8 * 1024);
    QCOMPARE(limits.field, 8 * 1024);
    QCOMPARE(limits.head, 32 * 1024);
    QCOMPARE(limits.fields, 100);
    QCOMPARE(limits.body, 64 * 1024 * 1024);
    QCOMPARE(limits.decodeRatio, 100);
    QCOMPARE(limits.chunkExtensions, 4 * 1024);
    QCOMPARE(limits.trailers, 8 * 1024);
    QCOMPARE(limits.headTime, Seconds(10));
    QCOMPARE(limits.firstBodyByte, Seconds(10));
    QCOMPARE(limits.bodyBytesPerSecond, 1024);
    QCOMPARE(limits.keepAliveIdle, Seconds(75));
    QCOMPARE(limits.requestsPerConnection, 1000);
    QCOMPARE(limits.connections, 8192);
    QCOMPARE(limits.withoutHead, 64);
    QCOMPARE(limits.queueHigh, 1024 * 1024);
    QCOMPARE(limits.queueLow, 256 * 1024);
    QCOMPARE(limits.clientTakesNothing, Seconds(60));
}

void TstServer::bodyLimit_data()
{
    QTest::addColumn<QByteArray>("input");
    QTest::addColumn<int>("status");
    constexpr int kLimit = 100'000; // as in bodyLimit()
    const auto chunked = [](int size, int piece) -> QByteArray {
        QByteArray out = "POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        for (int at = 0; at < size; at += piece) {
            const int count = std::min(piece, size - at);
            out += QByteArray::number(count, 16) + "\r\n" + QByteArray(count, 'x') + "\r\n";
        }
        return out + "0\r\n\r\n";
    };
    const auto gzip = [](int size) {
        QByteArray text(size, '\0');
        quint32 seed = 7; // letters without a pattern shrink, but not a hundredfold
        for (char &c : text)
            c = char('a' + (seed = seed * 1664525 + 1013904223) / 0x10000000);
        const QByteArray small = packed(text, 31);
        Q_ASSERT(small.size() * 100 > size);
        return post(small, "content-encoding: gzip\r\n");
    };
    QTest::newRow("length, full") << post(QByteArray(kLimit, 'x')) << 200;
    QTest::newRow("length, one more") << post(QByteArray(kLimit + 1, 'x')) << 413;
    QTest::newRow("chunks, full") << chunked(kLimit, 999) << 200;
    QTest::newRow("chunks, one more") << chunked(kLimit + 1, 999) << 413;
    QTest::newRow("one chunk, one more") << chunked(kLimit + 1, kLimit + 1) << 413;
    QTest::newRow("gzip, full") << gzip(kLimit) << 200;
    QTest::newRow("gzip, one more") << gzip(kLimit + 1) << 413;
}

void TstServer::bodyLimit()
{
    QFETCH(QByteArray, input);
    QFETCH(int, status);
    m_server.reset();
    m_limits.body = 100'000;
    listen();
    Client client(m_port);
    client.send(input);
    QTRY_VERIFY(client.bytes.contains("\r\n\r\n"));
    QVERIFY2(client.bytes.startsWith(QByteArray("HTTP/1.1 " + QByteArray::number(status) + ' ')),
             client.bytes.constData());
    QCOMPARE(m_handler.seen.size(), status == 200 ? 1 : 0);
}

void TstServer::refusals_data()
{
    QTest::addColumn<QByteArray>("input");
    QTest::addColumn<QByteArray>("status");
    QTest::addColumn<QByteArray>("body");
    QTest::newRow("line") << get("/" + QByteArray(9000, 'x')) << QByteArray("414")
                          << QByteArray("head_too_large");
    QTest::newRow("field") << get("/x", "a: " + QByteArray(9000, 'x') + "\r\n") << QByteArray("431")
                           << QByteArray("head_too_large /x");
    QTest::newRow("method") << QByteArray("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n")
                            << QByteArray("405") << QByteArray("method");
    QTest::newRow("expect") << get("/x", "Expect: cake\r\n") << QByteArray("417")
                            << QByteArray("expectation /x");
    QTest::newRow("host") << QByteArray("GET /x HTTP/1.1\r\n\r\n") << QByteArray("400")
                          << QByteArray("bad_request /x");
    QTest::newRow("garbage") << QByteArray("\x16\x03\x01\x00\x01\x02", 6) << QByteArray("400")
                             << QByteArray("bad_request");
    QTest::newRow("declared body")
        << QByteArray("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n")
        << QByteArray("413") << QByteArray("body_too_large /x");
    QTest::newRow("chunk") << QByteArray(
        "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n")
                           << QByteArray("400") << QByteArray("bad_request /x");
}

void TstServer::refusals()
{
    QFETCH(QByteArray, input);
    QFETCH(QByteArray, status);
    QFETCH(QByteArray, body);
    Client client(m_port);
    client.send(input + get("/canary"));
    QTRY_VERIFY(client.isClosed());
    QVERIFY2(client.bytes.startsWith(QByteArray("HTTP/1.1 " + status + ' ')),
             client.bytes.constData());
    QVERIFY(client.bytes.contains("\r\nconnection: close\r\n"));
    QVERIFY2(client.bytes.endsWith(QByteArray("\r\n\r\n" + body)), client.bytes.constData());
    QCOMPARE(client.bytes.count("HTTP/1.1"), 1);
    QVERIFY(m_handler.seen.empty());
    QTRY_COMPARE(m_server->connectionCount(), 0);
}

void TstServer::refusalKeepsTheConnection()
{
    Client client(m_port);
    client.send("POST /secret HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n");
    QTRY_VERIFY(client.bytes.endsWith("{\"no\":1}"));
    QVERIFY(client.bytes.contains(
        "HTTP/1.1 401 Unauthorized\r\ncontent-type: application/json\r\nx-a: b\r\n"));
    client.send(QByteArray(1000, 'x') + get("/y"));
    QTRY_VERIFY(client.bytes.endsWith("GET /y 0\n"));
    QCOMPARE(m_handler.seen.size(), 1);
    QCOMPARE(m_handler.admitted, 2);
}

void TstServer::refusalBeforeBody()
{
    Client client(m_port);
    client.send("POST /secret HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nabc");
    QTRY_VERIFY(client.bytes.endsWith("{\"no\":1}"));
    QVERIFY(client.bytes.contains("connection: close"));
    QTRY_VERIFY(client.isClosed());
}

void TstServer::expectContinue()
{
    Client client(m_port);
    client.send("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    QTRY_COMPARE(client.bytes, QByteArray("HTTP/1.1 100 Continue\r\n\r\n"));
    client.bytes.clear();
    client.send("abc");
    QTRY_VERIFY(client.bytes.endsWith("POST /p 3\n"));
}

void TstServer::expectIsNotAnsweredWhenRefused()
{
    Client client(m_port);
    client.send(
        "POST /secret HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    QTRY_VERIFY(client.isClosed());
    QVERIFY(client.bytes.startsWith("HTTP/1.1 401 "));
    Client large(m_port);
    large.send(
        "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\nExpect: 100-continue\r\n\r\n");
    QTRY_VERIFY(large.isClosed());
    QVERIFY(large.bytes.startsWith("HTTP/1.1 413 "));
}

void TstServer::pipelinedInOrder()
{
    m_handler.isKeeping = true;
    Client client(m_port);
    client.send(get("/1") + post("two") + get("/3"));
    QTRY_COMPARE(m_handler.seen.size(), 1);
    QTest::qWait(20);
    QCOMPARE(m_handler.seen.size(), 1); // the next waits unparsed
    for (size_t i = 0; i < 3; ++i) {
        QTRY_COMPARE(m_handler.seen.size(), i + 1);
        TestHandler::answer(*m_handler.seen[i].stream, m_handler.seen[i].request);
    }
    QTRY_VERIFY(client.bytes.endsWith("GET /3 0\n"));
    QVERIFY(client.bytes.indexOf("GET /1 0") < client.bytes.indexOf("POST /p 3"));
}

void TstServer::nothingReadAfterAnError()
{
    Client client(m_port);
    client.send(get("/1") + "GET /x HTTP/1.1\r\nHost : a\r\n\r\n" + get("/2"));
    QTRY_VERIFY(client.isClosed());
    QCOMPARE(client.bytes.count("HTTP/1.1 200"), 1);
    QCOMPARE(client.bytes.count("HTTP/1.1 400"), 1);
    QCOMPARE(m_handler.seen.size(), 1);
}

void TstServer::manyPipelined()
{
    Client client(m_port);
    QByteArray all;
    for (int i = 0; i < 900; ++i)
        all += get("/" + QByteArray::number(i), "x: " + QByteArray(200, 'y') + "\r\n");
    client.send(all);
    QTRY_VERIFY(client.bytes.endsWith("GET /899 0\n"));
    QCOMPARE(m_handler.seen.size(), 900);
}

void TstServer::slowHead()
{
    Client client(m_port);
    client.send("GET /slow HTTP/1.1\r\nHo");
    QTRY_COMPARE(m_server->busyCount(), 1);
    m_clock.advance(Millis(9'900));
    QCOMPARE(m_server->connectionCount(), 1);
    m_clock.advance(Millis(200));
    QTRY_VERIFY(client.isClosed());
    QVERIFY(client.bytes.startsWith("HTTP/1.1 408 "));
    QVERIFY(client.bytes.endsWith("request_timeout /slow"));
}

void TstServer::silentConnection()
{
    Client client(m_port);
    QTRY_COMPARE(m_server->connectionCount(), 1);
    m_clock.advance(Seconds(11));
    QTRY_VERIFY(client.isClosed());
    QVERIFY(client.bytes.isEmpty());
}

void TstServer::tooManySilentConnections()
{
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 70; ++i)
        clients.push_back(std::make_unique<Client>(m_port));
    QTRY_COMPARE(m_server->connectionCount(), 64);
    QTRY_VERIFY(clients[0]->isClosed());
    QVERIFY(!clients[69]->isClosed());
}

// The server was busy: more than it lets be silent connected meanwhile, none of them silent.
void TstServer::manyHeadsAtOnce()
{
    constexpr int kClients = 200;
    std::vector<int> clients;
    const QByteArray request = get("/burst");
    for (int i = 0; i < kClients; ++i) {
        const int client = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(m_port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        QCOMPARE(::connect(client, reinterpret_cast<sockaddr *>(&address), sizeof address), 0);
        QCOMPARE(::send(client, request.constData(), size_t(request.size()), 0),
                 ssize_t(request.size()));
        clients.push_back(client);
    }
    QTRY_COMPARE(int(m_handler.seen.size()), kClients);
    for (const int client : clients)
        ::close(client);
}

void TstServer::slowFirstBodyByte()
{
    Client client(m_port);
    client.send("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n");
    QTRY_COMPARE(m_handler.admitted, 1);
    m_clock.advance(Millis(9'900));
    QVERIFY(client.bytes.isEmpty());
    m_clock.advance(Millis(200));
    QTRY_VERIFY(client.isClosed());
    QVERIFY(client.bytes.startsWith("HTTP/1.1 408 "));
}

void TstServer::slowBody()
{
    Client client(m_port);
    client.send("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n"
                + QByteArray(5 * 1024, 'x'));
    QTRY_COMPARE(m_handler.admitted, 1);
    QTest::qWait(20);
    m_clock.advance(Seconds(14)); // 5 KiB buy 5 s over the first 10
    QTest::qWait(20);
    QVERIFY(client.bytes.isEmpty());
    m_clock.advance(Seconds(2));
    QTRY_VERIFY(client.isClosed());
    QVERIFY(client.bytes.startsWith("HTTP/1.1 408 "));
}

void TstServer::idleConnectionCloses()
{
    Client client(m_port);
    client.send(get("/x"));
    QTRY_VERIFY(client.bytes.endsWith("GET /x 0\n"));
    m_clock.advance(Seconds(74));
    QCOMPARE(m_server->connectionCount(), 1);
    m_clock.advance(Seconds(2));
    QTRY_VERIFY(client.isClosed());
}

void TstServer::finMeansLeft()
{
    m_handler.isKeeping = true;
    Client client(m_port);
    client.send(get("/x"));
    QTRY_COMPARE(m_handler.seen.size(), 1);
    QVERIFY(m_handler.seen[0].stream->isOpen());
    client.socket.disconnectFromHost();
    QTRY_COMPARE(m_handler.left, 1);
    QVERIFY(!m_handler.seen[0].stream->isOpen());
    QCOMPARE(m_server->connectionCount(), 0);
}

void TstServer::resetMeansLeft()
{
    m_handler.isKeeping = true;
    Client client(m_port);
    client.send(get("/x"));
    QTRY_COMPARE(m_handler.seen.size(), 1);
    m_handler.seen[0].stream->begin(200, {}, -1);
    m_handler.seen[0].stream->write(QByteArrayView("x"));
    QTRY_VERIFY(!client.bytes.isEmpty());
    client.socket.abort();
    QTRY_COMPARE(m_handler.left, 1);
}

void TstServer::leftWhilePipelineIsFull()
{
    m_handler.isKeeping = true;
    Client client(m_port);
    client.send(get("/x"));
    QTRY_COMPARE(m_handler.seen.size(), 1);
    client.send(QByteArray(100'000, 'x'));
    QTest::qWait(50);
    client.socket.disconnectFromHost();
    QTest::qWait(50);
    m_clock.advance(Millis(300));
    QTRY_COMPARE(m_handler.left, 1);
}

void TstServer::abortResets()
{
    m_handler.isKeeping = true;
    Client client(m_port);
    QSignalSpy errors(&client.socket, &QTcpSocket::errorOccurred);
    client.send(get("/x"));
    QTRY_COMPARE(m_handler.seen.size(), 1);
    auto stream = m_handler.seen[0].stream;
    stream->begin(200, {}, -1);
    stream->write(QByteArrayView("half"));
    QTRY_VERIFY(client.bytes.contains("half"));
    stream->abort();
    QTRY_VERIFY(client.isClosed());
    QVERIFY(!client.bytes.endsWith("0\r\n\r\n"));
    QCOMPARE(m_handler.left, 0); // it was our own doing
    QTRY_COMPARE(m_server->connectionCount(), 0);
}

void TstServer::shortReplyResets()
{
    m_handler.isKeeping = true;
    Client client(m_port);
    client.send(get("/x"));
    QTRY_COMPARE(m_handler.seen.size(), 1);
    QTest::ignoreMessage(QtWarningMsg, "a reply ended before it was whole");
    m_handler.seen[0].stream->begin(200, {}, 100);
    m_handler.seen[0].stream->write(QByteArrayView("x"));
    m_handler.seen[0].stream->end();
    QTRY_VERIFY(client.isClosed());
}

void TstServer::backpressure()
{
    m_handler.isKeeping = true;
    Client client(m_port);
    client.socket.setReadBufferSize(1024);
    client.send(get("/x"));
    QTRY_COMPARE(m_handler.seen.size(), 1);
    client.socket.disconnect(&client.socket);
    auto stream = m_handler.seen[0].stream;
    stream->begin(200, {}, -1);
    const QByteArray block(64 * 1024, 'x');
    qint64 written = 0;
    for (int turns = 0; turns < 1000; ++turns) {
        bool isFull = false;
        while (written < 200 * 1024 * 1024 && !isFull) {
            isFull = !stream->write(block);
            written += block.size();
        }
        QVERIFY(isFull);
        QVERIFY(stream->queuedBytes() < 1024 * 1024 + 2 * block.size());
        const int before = m_handler.drains;
        QTest::qWait(20);
        if (m_handler.drains == before)
            break; // the kernel's buffers are full too
    }
    QVERIFY2(written < 40 * 1024 * 1024, qPrintable(QString::number(written)));
    const int before = m_handler.drains;
    client.socket.setReadBufferSize(0);
    qint64 read = 0;
    QObject::connect(&client.socket, &QTcpSocket::readyRead, &client.socket,
                     [&] { read += client.socket.readAll().size(); });
    read += client.socket.readAll().size();
    QTRY_COMPARE(m_handler.drains, before + 1);
    stream->end();
    QTRY_VERIFY(read > written);
    QCOMPARE(stream->writtenBytes(), written);
}

void TstServer::clientTakesNothing()
{
    m_handler.isKeeping = true;
    Client client(m_port);
    client.socket.setReadBufferSize(1024);
    client.socket.disconnect(SIGNAL(readyRead()));
    client.send(get("/x"));
    QTRY_COMPARE(m_handler.seen.size(), 1);
    auto stream = m_handler.seen[0].stream;
    stream->begin(200, {}, -1);
    stream->write(QByteArray(32 * 1024 * 1024, 'x'));
    QTest::qWait(100);
    m_clock.advance(Seconds(60)); // finds that some had been taken
    QCOMPARE(m_handler.left, 0);
    m_clock.advance(Seconds(61));
    QCOMPARE(m_handler.left, 1);
    QCOMPARE(m_server->connectionCount(), 0);
}

void TstServer::tooManyWithoutHead()
{
    Client busy(m_port);
    busy.send(get("/x"));
    QTRY_VERIFY(busy.bytes.endsWith("GET /x 0\n"));
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 64; ++i)
        clients.push_back(std::make_unique<Client>(m_port));
    QTRY_COMPARE(m_server->connectionCount(), 65);
    clients.push_back(std::make_unique<Client>(m_port));
    QTRY_VERIFY(clients[0]->isClosed());
    QCOMPARE(m_server->connectionCount(), 65);
    QVERIFY(!clients[1]->isClosed());
    busy.send(get("/y")); // idle keep-alive ones do not count
    QTRY_VERIFY(busy.bytes.endsWith("GET /y 0\n"));
}

void TstServer::tooManyConnections()
{
    m_server.reset();
    m_limits.connections = 2;
    listen();
    Client a(m_port);
    Client b(m_port);
    QTRY_COMPARE(m_server->connectionCount(), 2);
    Client c(m_port);
    QTRY_VERIFY(c.isClosed());
    a.send(get("/x"));
    QTRY_VERIFY(a.bytes.endsWith("GET /x 0\n"));
}

void TstServer::drains()
{
    Client idle(m_port);
    idle.send(get("/x"));
    QTRY_VERIFY(idle.bytes.endsWith("GET /x 0\n"));
    m_handler.isKeeping = true;
    Client busy(m_port);
    busy.send(get("/y"));
    QTRY_COMPARE(m_handler.seen.size(), 2);
    QCOMPARE(m_server->busyCount(), 1);
    m_server->drain();
    QTRY_VERIFY(idle.isClosed());
    Client late(m_port);
    QVERIFY(!late.isConnected);
    TestHandler::answer(*m_handler.seen[1].stream, m_handler.seen[1].request);
    QTRY_VERIFY(busy.isClosed());
    QVERIFY(busy.bytes.endsWith("GET /y 0\n"));
    QVERIFY(busy.bytes.contains("connection: close"));
    QTRY_COMPARE(m_server->connectionCount(), 0);
}

void TstServer::closeTellsStreams()
{
    m_handler.isKeeping = true;
    Client client(m_port);
    client.send(get("/y"));
    QTRY_COMPARE(m_handler.seen.size(), 1);
    m_server->close();
    QCOMPARE(m_handler.left, 1);
    QCOMPARE(m_server->connectionCount(), 0);
    QTRY_VERIFY(client.isClosed());
}

void TstServer::dateIsCached()
{
    m_clock.setWallMs(784'111'777'000); // [RFC 9110 §5.6.7]
    Client client(m_port);
    client.send(get("/x"));
    QTRY_VERIFY(client.bytes.contains("\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
    m_clock.advance(Seconds(1));
    client.send(get("/x"));
    QTRY_VERIFY(client.bytes.contains("\r\ndate: Sun, 06 Nov 1994 08:49:38 GMT\r\n"));
}

void TstServer::survivesTooManyFiles()
{
    Client idle(m_port);
    idle.send(get("/x"));
    QTRY_VERIFY(idle.bytes.endsWith("GET /x 0\n"));
    rlimit before{};
    getrlimit(RLIMIT_NOFILE, &before);
    // A client socket first: it needs its own descriptor.
    Client late(m_port, QHostAddress::LocalHost);
    QVERIFY(late.isConnected);
    QTRY_COMPARE(m_server->connectionCount(), 2);
    const int waiting = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    const int next = ::dup(0);
    ::close(next);
    rlimit low = before;
    low.rlim_cur = rlim_t(next);
    QCOMPARE(setrlimit(RLIMIT_NOFILE, &low), 0);
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("accept failed.*")));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(m_port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::connect(waiting, reinterpret_cast<sockaddr *>(&address), sizeof address);
    QTRY_VERIFY(idle.isClosed());
    ::close(waiting);
    setrlimit(RLIMIT_NOFILE, &before);
    m_clock.advance(Millis(300));
    Client after(m_port);
    after.send(get("/z"));
    QTRY_VERIFY(after.bytes.endsWith("GET /z 0\n"));
}

void TstServer::smallWritesLeaveTogether()
{
    m_handler.isKeeping = true;
    Client client(m_port);
    client.send(get("/x"));
    QTRY_COMPARE(m_handler.seen.size(), 1);
    auto stream = m_handler.seen[0].stream;
    stream->begin(200, {}, -1);
    stream->write(QByteArrayView("a"));
    stream->write(QByteArrayView("b"));
    QVERIFY(stream->queuedBytes() > 0);
    QTRY_COMPARE(stream->queuedBytes(), 0);
    QTRY_VERIFY(client.bytes.endsWith("1\r\na\r\n1\r\nb\r\n"));
    stream->end();
}

void TstServer::streamOutlivesConnection()
{
    m_handler.isKeeping = true;
    {
        Client client(m_port);
        client.send(get("/x"));
        QTRY_COMPARE(m_handler.seen.size(), 1);
    }
    QTRY_COMPARE(m_handler.left, 1);
    m_server.reset();
    auto stream = m_handler.seen[0].stream;
    stream->begin(200, {}, -1);
    QVERIFY(stream->write(QByteArrayView("x")));
    stream->end();
    stream->abort();
    QCOMPARE(stream->queuedBytes(), 0);
    QCOMPARE(m_handler.left, 1);
}

QTEST_GUILESS_MAIN(TstServer)
#include "tst_server.moc"
