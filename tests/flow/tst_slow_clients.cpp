// 500 connections that begin and do not go on, in each of the three known ways: a head that never
// ends, a body that trickles, a reply that nobody reads. Others are answered all the while, and the
// slow ones are thrown out.
#include "gateway_fixture.h"

#include <QTimer>

#include <sys/resource.h>
#include <sys/socket.h>

using namespace sb;
using namespace sb::flow;

namespace {

constexpr int kSlow = 500;

class Slow : public QObject {
public:
    Slow(quint16 port, const QByteArray &first, bool reads)
        : m_reads(reads)
    {
        if (!reads) {
            // Hardly any room on our side, and Qt takes no more than that.
            m_socket.bind(QHostAddress::LocalHost);
            const int small = 4096;
            setsockopt(int(m_socket.socketDescriptor()), SOL_SOCKET, SO_RCVBUF, &small,
                       sizeof small);
            m_socket.setReadBufferSize(1);
        }
        connect(&m_socket, &QTcpSocket::readyRead, this, [this] {
            if (m_reads)
                seen += m_socket.readAll();
        });
        m_socket.connectToHost(QStringLiteral("127.0.0.1"), port);
        m_socket.write(first);
    }
    ~Slow() override { m_socket.disconnect(this); }
    bool isConnected() const { return m_socket.state() == QAbstractSocket::ConnectedState; }
    bool isClosed() const { return m_socket.state() == QAbstractSocket::UnconnectedState; }
    void trickle(const QByteArray &bytes)
    {
        if (isConnected())
            m_socket.write(bytes);
    }
    int status() const { return seen.mid(9, 3).toInt(); }

    QByteArray seen;

private:
    QTcpSocket m_socket;
    bool m_reads;
};

QByteArray headOf(quint16 port, qsizetype length)
{
    return "POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:" + QByteArray::number(port)
        + "\r\nauthorization: Bearer " + kKey
        + "\r\ncontent-type: application/json\r\ncontent-length: " + QByteArray::number(length)
        + "\r\n\r\n";
}

} // namespace

class TestSlowClients : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void slowHead();
    void slowBody();
    void slowRead();

private:
    // Both ends share this thread: heads are sent only after the server has taken a batch, which
    // may not be more than may be without one. `arrived` tells how many are past their head.
    std::vector<std::unique_ptr<Slow>> crowd(const GatewayFixture &fixture, const QByteArray &first,
                                             bool reads, const std::function<int()> &arrived)
    {
        std::vector<std::unique_ptr<Slow>> slow;
        for (int i = 1; i <= kSlow; ++i) {
            slow.push_back(std::make_unique<Slow>(fixture.port, first, reads));
            if (arrived && (i % 25 == 0)
                && !QTest::qWaitFor([&] { return arrived() >= i; }, 20'000))
                qWarning("only %d of %d arrived", arrived(), i);
        }
        return slow;
    }
    void wantAnswers(GatewayFixture &fixture)
    {
        for (int i = 0; i < 20; ++i) {
            const Seen seen = fixture.chat(i % 2);
            QCOMPARE(seen.status, 200);
            QVERIFY(seen.isWhole);
        }
    }
};

void TestSlowClients::initTestCase()
{
    // Both ends of 500 connections are in this process.
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 8192);
    setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur < 4096)
        QSKIP("Too few descriptors are allowed here for 500 connections and both their ends.");
}

// The oldest without a head make room for new ones; the rest is told 408 when its time is over.
void TestSlowClients::slowHead()
{
    GatewayFixture fixture;
    fixture.limits.headTime = Seconds(3);
    fixture.start({instant()});
    auto slow = crowd(fixture, "POST /v1/chat/completions HTTP/1.1\r\nX-", true, {});
    QTimer drip;
    connect(&drip, &QTimer::timeout, this, [&] {
        for (auto &one : slow)
            one->trickle("a");
    });
    drip.start(200);
    QTRY_VERIFY_WITH_TIMEOUT(fixture.server->connectionCount() > 0, 20'000);
    wantAnswers(fixture);
    QVERIFY(fixture.server->connectionCount() <= fixture.limits.withoutHead + 2);
    QTRY_VERIFY_WITH_TIMEOUT(
        std::all_of(slow.begin(), slow.end(), [](const auto &one) { return one->isClosed(); }),
        30'000);
    const auto told = std::count_if(slow.begin(), slow.end(),
                                    [](const auto &one) { return one->status() == 408; });
    QVERIFY2(told > 0 && told <= fixture.limits.withoutHead, QByteArray::number(told).constData());
    wantAnswers(fixture);
}

void TestSlowClients::slowBody()
{
    GatewayFixture fixture;
    fixture.limits.firstBodyByte = Seconds(6); // all 500 are there before the first is late
    fixture.start({instant()});
    auto slow = crowd(fixture, headOf(fixture.port, 100'000) + '{', true,
                      [&] { return fixture.server->busyCount(); });
    QTimer drip;
    connect(&drip, &QTimer::timeout, this, [&] {
        for (auto &one : slow)
            one->trickle(" ");
    });
    drip.start(200);
    QCOMPARE(fixture.server->busyCount(), kSlow);
    wantAnswers(fixture);
    QTRY_VERIFY_WITH_TIMEOUT(
        std::all_of(slow.begin(), slow.end(), [](const auto &one) { return one->isClosed(); }),
        60'000);
    for (const auto &one : slow)
        QCOMPARE(one->status(), 408);
    wantAnswers(fixture);
    QCOMPARE(fixture.headsRead(), 40u); // only those that asked whole
}

// Most replies fit into what the system keeps for a connection; some are far longer, so that the
// gateway itself has to hold back, and gives up on them when nothing was taken for long enough.
void TestSlowClients::slowRead()
{
    GatewayFixture fixture;
    fixture.limits.clientTakesNothing = Seconds(3);
    sim::Script longer = instant();
    longer.tokens = 60'000; // some 13 MB of events
    fixture.startWith(
        {instant(), longer},
        QStringLiteral(
            R"({"version":1,"providers":[{"id":"p1","dialects":{"openai-chat":"http://127.0.0.1:%1/v1","anthropic":"http://127.0.0.1:%1"},"auth":{"type":"none"}},)"
            R"({"id":"p2","dialects":{"openai-chat":"http://127.0.0.1:%2/v1"},"auth":{"type":"none"}}],)"
            R"("chains":[{"id":"c","targets":[{"provider":"p1","model":"m"}]},{"id":"long","targets":[{"provider":"p2","model":"m"}]}],)"
            R"("clients":[{"id":"tester","secret":"env:X","chains":["*"],"default_chain":"c"}]})"));
    const auto request = [&](const char *chain) {
        const QByteArray body = QByteArray(R"({"model":")") + chain
            + R"(","stream":true,"messages":[{"role":"user","content":"hello"}]})";
        return QByteArray(headOf(fixture.port, body.size()) + body);
    };
    constexpr int kLonger = 10;
    auto slow = crowd(fixture, request("c"), false, [&] { return fixture.sink.sentCount; });
    std::vector<std::unique_ptr<Slow>> stuck;
    for (int i = 0; i < kLonger; ++i)
        stuck.push_back(std::make_unique<Slow>(fixture.port, request("long"), false));
    QTRY_COMPARE_WITH_TIMEOUT(fixture.sink.sentCount, kSlow + kLonger, 60'000);
    wantAnswers(fixture);
    // The short ones have settled; of the long ones none can.
    QTRY_VERIFY_WITH_TIMEOUT(fixture.sink.exchanges.size() >= kSlow + 20, 60'000);
    // Nobody read: given up, and the provider's stream with it.
    QTRY_VERIFY_WITH_TIMEOUT(fixture.sink.exchanges.size() == kSlow + kLonger + 20, 60'000);
    int left = 0;
    for (const auto &exchange : fixture.sink.exchanges)
        left += exchange->outcome.kind == OutcomeKind::ClientLeft;
    QVERIFY2(left >= kLonger, QByteArray::number(left).constData());
    QCOMPARE(fixture.server->busyCount(), 0);
    wantAnswers(fixture);
}

FLOW_TEST_MAIN(TestSlowClients)
#include "tst_slow_clients.moc"
