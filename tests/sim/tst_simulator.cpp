// The simulator over a real socket: what a caller sees of each fault, and that every POST counts.
#include "sim/sim_kit.h"

#include <vector>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace sb;
using namespace sb::sim;
using namespace sb::sim::test;

namespace {
// A caller that no event loop serves.
struct RawSocket {
    RawSocket() = default;
    RawSocket(const RawSocket &) = delete;
    RawSocket &operator=(const RawSocket &) = delete;
    ~RawSocket() { ::close(descriptor); }
    bool connectTo(quint16 port) const
    {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return ::connect(descriptor, reinterpret_cast<const sockaddr *>(&to), sizeof to) == 0;
    }
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
};
} // namespace

class tst_simulator : public QObject {
    Q_OBJECT

private slots:
    void init();
    void cleanup() { m_simulator.reset(); }
    void honest_data();
    void honest();
    void keepAliveAndPipelining();
    void byteByByte();
    void models();
    void badRequests();
    void faults_data();
    void faults();
    void endings_data();
    void endings();
    void pacing();
    void pingOnly();
    void refuse();
    void refuseLeavesNobodyUncounted();
    void refuseCountsTheQueue();
    void requestsBehindTheLastReplyCount();
    void blackHole();
    void blackHoleOnAnOpenConnection();
    void abortIsSeen();
    void expectContinue();
    void largeBody();
    void steps();
    void control();
    void controlStaysWhileRefusing();
    void portTaken();
    void ipv6();
    void countsManyExactly();

private:
    void set(const char *text)
    {
        const auto parsed = parseFaults(text);
        QVERIFY2(parsed, text);
        m_simulator->setFaults(*parsed);
    }
    quint16 port() const { return m_simulator->port(); }
    Result<std::unique_ptr<Simulator>> other(const Script &script, const char *host = "127.0.0.1",
                                             quint16 port = 0)
    {
        return Simulator::start(script, QString::fromLatin1(host), port, m_clock, m_random);
    }

    QtClock m_clock;
    SeededRandom m_random{11};
    std::unique_ptr<Simulator> m_simulator;
};

void tst_simulator::init()
{
    auto simulator = other(*builtInScript(QStringLiteral("quick")));
    QVERIFY(simulator);
    m_simulator = std::move(*simulator);
}

void tst_simulator::honest_data()
{
    QTest::addColumn<QByteArray>("sent");
    QTest::addColumn<QByteArray>("has");
    QTest::addColumn<QByteArray>("end");
    QTest::newRow("chat") << chat(false) << QByteArray("\"content\":\"ECHO: hello there\"")
                          << QByteArray("}");
    QTest::newRow("chat stream") << chat(true) << QByteArray("\"content\":\" there\"")
                                 << QByteArray("data: [DONE]\n\n\r\n0\r\n\r\n");
    QTest::newRow("messages") << messages(false) << QByteArray("ECHO: hello there")
                              << QByteArray("}");
    QTest::newRow("messages stream") << messages(true) << QByteArray("text_delta")
                                     << QByteArray("{\"type\":\"message_stop\"}\n\n\r\n0\r\n\r\n");
    QTest::newRow("count") << post("/v1/messages/count_tokens", request(false))
                           << QByteArray("{\"input_tokens\":7}") << QByteArray("}");
}

void tst_simulator::honest()
{
    QFETCH(QByteArray, sent);
    QFETCH(QByteArray, has);
    QFETCH(QByteArray, end);
    RawClient client(port());
    client.send(sent);
    QTRY_VERIFY(client.received().endsWith(end) && client.has(has));
    QVERIFY(client.received().startsWith("HTTP/1.1 200 OK\r\ndate: "));
    QCOMPARE(m_simulator->headsRead(), 1u);
    QCOMPARE(m_simulator->seen().size(), 1);
    QVERIFY(m_simulator->seen().first().isWhole);
    QVERIFY(!m_simulator->seen().first().isAborted);
    QVERIFY(client.isConnected());
}

void tst_simulator::keepAliveAndPipelining()
{
    RawClient client(port());
    QByteArray all;
    for (int i = 0; i < 50; ++i)
        all += chat(false, "number " + QByteArray::number(i));
    client.send(all);
    QTRY_VERIFY(client.has("ECHO: number 49"));
    for (int i = 0; i < 50; ++i)
        QVERIFY(client.has(QByteArray("ECHO: number " + QByteArray::number(i) + '"')));
    QCOMPARE(m_simulator->headsRead(), 50u);
    client.send(chat(false, "bye", "connection: close\r\n"));
    QTRY_VERIFY(client.isClosed());
    QVERIFY(client.has("ECHO: bye"));
}

void tst_simulator::byteByByte()
{
    RawClient client(port());
    QTRY_VERIFY(client.isConnected());
    for (const char byte : chat(false)) {
        client.send(QByteArray(1, byte));
        client.socket().flush();
        QCoreApplication::processEvents();
    }
    QTRY_VERIFY(client.has("ECHO: hello there"));
    QCOMPARE(m_simulator->headsRead(), 1u);
}

void tst_simulator::models()
{
    RawClient client(port());
    client.send("GET /v1/models HTTP/1.1\r\nhost: x\r\n\r\n");
    QTRY_VERIFY(client.has("\"object\":\"list\""));
    client.send("GET /v1/models HTTP/1.1\r\nhost: x\r\nanthropic-version: 2023-06-01\r\n\r\n");
    QTRY_VERIFY(client.has("\"has_more\":false"));
    client.send("GET /v1/models/sim-small HTTP/1.1\r\nhost: x\r\n\r\n");
    QTRY_VERIFY(client.has("\r\n\r\n{\"id\":\"sim-small\",\"object\":\"model\""));
    QCOMPARE(m_simulator->headsRead(), 0u); // only POSTs count
    QCOMPARE(m_simulator->seen().size(), 3);
}

void tst_simulator::badRequests()
{
    RawClient json(port());
    json.send(post("/v1/chat/completions", "{"));
    QTRY_VERIFY(json.received().startsWith("HTTP/1.1 400 "));
    RawClient path(port());
    path.send(post("/v1/nothing", "{}"));
    QTRY_VERIFY(path.received().startsWith("HTTP/1.1 404 "));
    RawClient framing(port());
    framing.send("POST /v1/messages HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: "
                 "chunked\r\n\r\n");
    QTRY_VERIFY(framing.isClosed());
    QVERIFY(framing.received().startsWith("HTTP/1.1 400 "));
}

void tst_simulator::faults_data()
{
    QTest::addColumn<QByteArray>("fault");
    QTest::addColumn<bool>("isStream");
    QTest::addColumn<QByteArray>("starts");
    QTest::addColumn<QByteArray>("has");
    QTest::addColumn<bool>("isClosed"); // by the simulator, without being asked
    const auto row = [](const char *fault, bool isStream, const char *starts, const char *has,
                        bool isClosed) {
        QTest::addRow("%s%s", fault, isStream ? " stream" : "")
            << QByteArray(fault) << isStream << QByteArray(starts) << QByteArray(has) << isClosed;
    };
    row(R"({"fault":"reset"})", true, "", "", true);
    row(R"({"fault":"status","status":500})", true, "HTTP/1.1 500 ", "server_error", false);
    row(R"({"fault":"status","status":429,"retry_after_s":4})", false, "HTTP/1.1 429 ",
        "retry-after: 4\r\n", false);
    row(R"({"fault":"status","status":529})", true, "HTTP/1.1 529 ", "overloaded", false);
    row(R"({"fault":"slow_head","ms":80})", true, "HTTP/1.1 200 ", "[DONE]", false);
    row(R"({"fault":"slow_first_token","ms":80})", true, "HTTP/1.1 200 ", "[DONE]", false);
    row(R"({"fault":"slow_stream","ms":30})", true, "HTTP/1.1 200 ", "[DONE]", false);
    row(R"({"fault":"slow_stream","ms":10})", false, "HTTP/1.1 200 ", "service_tier", false);
    row(R"({"fault":"stall","after_events":2,"ms":80})", true, "HTTP/1.1 200 ", "[DONE]", false);
    row(R"({"fault":"cut_fin"})", true, "HTTP/1.1 200 ", "text/event-stream", true);
    row(R"({"fault":"cut_fin","after_events":2})", true, "HTTP/1.1 200 ", "ECHO:", true);
    row(R"({"fault":"cut_fin","after_events":1})", false, "HTTP/1.1 200 ", "chatcmpl", true);
    row(R"({"fault":"cut_rst","after_events":2})", true, "HTTP/1.1 200 ", "ECHO:", true);
    row(R"({"fault":"garbage"})", true, "\x7f", "", true);
    row(R"({"fault":"bad_sse","after_events":1})", true, "HTTP/1.1 200 ", "]broken", false);
    row(R"({"fault":"bad_json"})", true, "HTTP/1.1 200 ", "bro\n\n", false);
    row(R"({"fault":"html"})", true, "HTTP/1.1 200 ", "<html>", false);
    row(R"({"fault":"empty"})", true, "HTTP/1.1 200 ", "[DONE]", false);
    row(R"({"fault":"error_in_200"})", true, "HTTP/1.1 200 ", "\"error\":{", false);
    row(R"({"fault":"error_in_200"})", false, "HTTP/1.1 200 ", "\"error\":{", false);
    row(R"({"fault":"wrong_model"})", true, "HTTP/1.1 200 ", "sim-other-model", false);
    row(R"({"fault":"wrong_usage"})", true, "HTTP/1.1 200 ", "\"total_tokens\":0", false);
    row(R"({"fault":"repeat"})", true, "HTTP/1.1 200 ", "[DONE]", false);
    row(R"({"fault":"gzip_fault"})", false, "HTTP/1.1 200 ", "content-encoding: gzip", false);
}

void tst_simulator::faults()
{
    QFETCH(QByteArray, fault);
    QFETCH(bool, isStream);
    QFETCH(QByteArray, starts);
    QFETCH(QByteArray, has);
    QFETCH(bool, isClosed);
    set(fault.constData());
    RawClient client(port());
    client.send(chat(isStream));
    QTRY_COMPARE(m_simulator->headsRead(), 1u);
    if (isClosed)
        QTRY_VERIFY(client.isClosed());
    QTRY_VERIFY2(client.received().startsWith(starts) && client.has(has),
                 client.received().constData());
    QCOMPARE(client.isClosed(), isClosed);
    QCOMPARE(m_simulator->headsRead(), 1u);
    QCOMPARE(m_simulator->seen().first().fault, parseFault(fault)->name);
    QVERIFY(m_simulator->seen().first().isWhole);
    QVERIFY(!m_simulator->seen().first().isAborted);

    // Healthy again, on a connection of its own.
    m_simulator->setFaults({});
    RawClient next(port());
    next.send(chat(false));
    QTRY_VERIFY(next.has("ECHO: hello there"));
}

void tst_simulator::endings_data()
{
    QTest::addColumn<QByteArray>("fault");
    QTest::addColumn<int>("error"); // errno of the read behind the last byte; 0 = an orderly end
    QTest::newRow("reset") << QByteArray(R"({"fault":"reset"})") << ECONNRESET;
    QTest::newRow("cut by reset") << QByteArray(R"({"fault":"cut_rst","after_events":2})")
                                  << ECONNRESET;
    QTest::newRow("cut by FIN") << QByteArray(R"({"fault":"cut_fin","after_events":2})") << 0;
    QTest::newRow("garbage") << QByteArray(R"({"fault":"garbage"})") << 0;
}

void tst_simulator::endings()
{
    QFETCH(QByteArray, fault);
    set(fault.constData());
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::connect(descriptor, reinterpret_cast<sockaddr *>(&address), sizeof address);
    const QByteArray sent = chat(true);
    QTRY_COMPARE(::send(descriptor, sent.constData(), size_t(sent.size()), MSG_NOSIGNAL),
                 ssize_t(sent.size()));
    int error = -1;
    QByteArray received;
    const auto isOver = [&] {
        if (error >= 0)
            return true;
        char buffer[65536];
        for (;;) {
            const ssize_t count = ::recv(descriptor, buffer, sizeof buffer, 0);
            if (count > 0) {
                received.append(buffer, count);
                continue;
            }
            if (count < 0 && (errno == EAGAIN || errno == EINTR))
                return false;
            error = count == 0 ? 0 : errno;
            return true;
        }
    };
    QTRY_VERIFY(isOver());
    ::close(descriptor);
    QTEST(error, "error");
    // What was sent in front of the cut arrived.
    if (fault.contains("after_events"))
        QVERIFY2(received.contains("ECHO:"), received.constData());
}

void tst_simulator::pacing()
{
    auto simulator = other(*parseScript(R"({"first_token_ms":100,"per_token_ms":20,"tokens":0})"));
    QVERIFY(simulator);
    RawClient client((*simulator)->port());
    const Nanos begun = m_clock.now();
    client.send(chat(true, "[[long 10]]"));
    QTRY_VERIFY(client.has("word0"));
    QVERIFY(m_clock.now() - begun >= Millis(100));
    QTRY_VERIFY(client.has("[DONE]"));
    QVERIFY(m_clock.now() - begun >= Millis(100 + 9 * 20));
}

void tst_simulator::pingOnly()
{
    set(R"({"fault":"ping_only","ms":5})");
    RawClient client(port());
    client.send(messages(true));
    QTRY_VERIFY(client.received().count("event: ping") > 5);
    QVERIFY(!client.has("message_start"));
    QVERIFY(client.isConnected());
    client.socket().disconnectFromHost();
    QTRY_VERIFY(m_simulator->seen().first().isAborted);
}

void tst_simulator::refuse()
{
    RawClient idle(port());
    idle.send(chat(false));
    QTRY_VERIFY(idle.has("ECHO"));

    set(R"({"fault":"refuse"})");
    QTRY_VERIFY(idle.isClosed());
    for (int i = 0; i < 20; ++i) {
        RawClient client(port());
        QTRY_VERIFY(client.isRefused());
    }

    m_simulator->setFaults({});
    RawClient client(port());
    client.send(chat(false));
    QTRY_VERIFY(client.has("ECHO"));

    set(R"({"fault":"refuse","for_s":1})");
    RawClient refused(port());
    QTRY_VERIFY(refused.isRefused());
    QTRY_VERIFY(m_simulator->faults().isEmpty());
    // The gate opens by a timer of its own, which may fire a moment after the fault has ended.
    std::unique_ptr<RawClient> again;
    QTRY_VERIFY([&] {
        if (!again || again->isRefused())
            again = std::make_unique<RawClient>(port());
        return again->isConnected();
    }());
    again->send(chat(false));
    QTRY_VERIFY(again->has("ECHO"));
}

void tst_simulator::refuseLeavesNobodyUncounted()
{
    // Sent into a pooled connection just as the provider goes away: read all the same.
    RawClient client(port());
    client.send(chat(false));
    QTRY_VERIFY(client.has("ECHO"));
    client.send(chat(false, "late"));
    client.socket().flush();
    set(R"({"fault":"refuse"})");
    QTRY_VERIFY(client.isClosed());
    QTRY_COMPARE(m_simulator->headsRead(), 2u);
    QVERIFY(!client.has("late"));
}

// Connected by the kernel, their requests sent, and not yet accepted when the provider goes away.
void tst_simulator::refuseCountsTheQueue()
{
    constexpr int kWaiting = 100;
    std::vector<RawSocket> waiting(kWaiting);
    const QByteArray request = chat(false);
    for (RawSocket &one : waiting) {
        QVERIFY(one.connectTo(port()));
        QCOMPARE(::send(one.descriptor, request.constData(), size_t(request.size()), 0),
                 ssize_t(request.size()));
    }
    set(R"({"fault":"refuse"})");
    RawSocket late;
    QVERIFY(!late.connectTo(port()));
    QTRY_COMPARE(m_simulator->headsRead(), quint64(kWaiting));
}

// The caller writes on while the reply that turns out to be the last is still on its way, and once
// more behind our end.
void tst_simulator::requestsBehindTheLastReplyCount()
{
    RawSocket caller;
    QVERIFY(caller.connectTo(port()));
    const auto send = [&](const QByteArray &bytes) {
        return ::send(caller.descriptor, bytes.constData(), size_t(bytes.size()), MSG_NOSIGNAL)
            == bytes.size();
    };
    set(R"({"fault":"slow_head","ms":100})");
    QVERIFY(send(chat(false)));
    QTRY_COMPARE(m_simulator->headsRead(), 1u);
    set(R"({"fault":"refuse"})");
    const QByteArray second = chat(false, "second");
    QVERIFY(send(second + second.first(40)));
    QByteArray received;
    const auto isEnded = [&] {
        char bytes[4096];
        const ssize_t count = ::recv(caller.descriptor, bytes, sizeof bytes, MSG_DONTWAIT);
        if (count > 0)
            received.append(bytes, count);
        return count == 0;
    };
    QTRY_VERIFY(isEnded());
    QVERIFY(received.contains("ECHO: hello there") && !received.contains("second"));
    QCOMPARE(m_simulator->headsRead(), 2u);
    QVERIFY(send(second.sliced(40)));
    QTRY_COMPARE(m_simulator->headsRead(), 3u);
    QVERIFY(m_simulator->seen().last().isAborted);
}

void tst_simulator::blackHole()
{
    set(R"({"fault":"black_hole"})");
    RawClient client(port());
    client.send(chat(false));
    QTest::qWait(300); // nothing happens: that is the fault
    QCOMPARE(int(client.socket().state()), int(QAbstractSocket::ConnectingState));
    QCOMPARE(m_simulator->headsRead(), 0u);
    // The kernel sends its SYN again by itself once the way is free.
    m_simulator->setFaults({});
    QTRY_VERIFY_WITH_TIMEOUT(client.has("ECHO"), 15'000);
    QCOMPARE(m_simulator->headsRead(), 1u);
}

void tst_simulator::blackHoleOnAnOpenConnection()
{
    RawClient client(port());
    client.send(chat(false));
    QTRY_VERIFY(client.has("ECHO"));
    set(R"({"fault":"black_hole"})");
    client.send(chat(false, "lost"));
    QTRY_COMPARE(m_simulator->headsRead(), 2u);
    QTRY_COMPARE(m_simulator->seen().last().fault, QByteArray("black_hole"));
    QVERIFY(!client.has("lost"));
    client.socket().abort();
    QTRY_VERIFY(m_simulator->seen().last().isAborted);
}

void tst_simulator::abortIsSeen()
{
    set(R"({"fault":"stall","after_events":2})");
    RawClient client(port());
    client.send(chat(true));
    QTRY_VERIFY(client.has("ECHO"));
    QVERIFY(!m_simulator->seen().first().isAborted);
    client.socket().abort();
    QTRY_VERIFY(m_simulator->seen().first().isAborted);

    // In the middle of the body: the head counts, the request is not whole.
    RawClient half(port());
    half.send(chat(true).chopped(5));
    QTRY_COMPARE(m_simulator->headsRead(), 2u);
    half.socket().disconnectFromHost();
    QTRY_VERIFY(m_simulator->seen().last().isAborted);
    QVERIFY(!m_simulator->seen().last().isWhole);

    // Not even the head: nothing to count, and the next one is served.
    RawClient head(port());
    head.send("POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n");
    QTRY_VERIFY(head.isConnected());
    head.socket().disconnectFromHost();
    QTRY_VERIFY(head.isClosed());
    RawClient next(port());
    next.send(post("/v1/messages/count_tokens", request(false)));
    QTRY_VERIFY(next.has("input_tokens"));
    QCOMPARE(m_simulator->headsRead(), 3u);
}

void tst_simulator::expectContinue()
{
    RawClient client(port());
    const QByteArray whole = chat(false, "hi", "expect: 100-continue\r\n");
    const qsizetype end = whole.indexOf("\r\n\r\n") + 4;
    client.send(whole.first(end));
    QTRY_COMPARE(client.received(), QByteArray("HTTP/1.1 100 Continue\r\n\r\n"));
    client.send(whole.sliced(end));
    QTRY_VERIFY(client.has("ECHO"));
}

void tst_simulator::largeBody()
{
    QByteArray body
        = R"({"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"big"},)"
          R"({"type":"image_url","image_url":{"url":"data:image/png;base64,)";
    body += QByteArray(20 * 1024 * 1024, 'A') + R"("}}]}]})";
    RawClient client(port());
    client.send(post("/v1/chat/completions", body));
    QTRY_VERIFY_WITH_TIMEOUT(client.has("ECHO: big IMAGE:image/png:15728640"), 20'000);
}

void tst_simulator::steps()
{
    ManualClock clock;
    auto script = parseScript(R"({"first_token_ms":0,"per_token_ms":0,"tokens":0,
        "steps":[{"at_s":0,"fault":"status","status":503},{"at_s":60,"fault":"refuse"},{"at_s":120}]})");
    QVERIFY(script);
    auto simulator = Simulator::start(*script, QStringLiteral("127.0.0.1"), 0, clock, m_random);
    QVERIFY(simulator);
    QCOMPARE((*simulator)->faults().size(), 1);
    QCOMPARE((*simulator)->faults().first().status, 503);
    clock.advance(Seconds(60));
    QCOMPARE((*simulator)->faults().first().name, QByteArray("refuse"));
    RawClient client((*simulator)->port());
    QTRY_VERIFY(client.isRefused());
    clock.advance(Seconds(60));
    QVERIFY((*simulator)->faults().isEmpty());
    RawClient again((*simulator)->port());
    again.send(chat(false));
    QTRY_VERIFY(again.has("ECHO"));
}

void tst_simulator::control()
{
    RawClient client(port());
    client.send(post("/_sim/faults",
                     R"([{"fault":"status","status":500,"times":1},{"fault":"stall","times":9}])"));
    QTRY_VERIFY(client.has("[{\"fault\":\"status\""));
    QCOMPARE(m_simulator->faults().size(), 2);
    client.send(chat(false));
    QTRY_VERIFY(client.has("HTTP/1.1 500 "));
    client.send("GET /_sim/seen HTTP/1.1\r\nhost: x\r\n\r\n");
    QTRY_VERIFY(client.has("{\"heads_read\":1,\"seen\":[{\"number\":1"));

    RawClient bad(port());
    bad.send(post("/_sim/faults", R"({"fault":"dns"})"));
    QTRY_VERIFY(bad.received().startsWith("HTTP/1.1 400 ") && bad.has("looks the name up"));
    RawClient page(port());
    page.send(post("/_sim/faults", "[]", "origin: http://evil.example\r\n"));
    QTRY_VERIFY(page.received().startsWith("HTTP/1.1 403 "));
    RawClient plain(port());
    plain.send("POST /_sim/faults HTTP/1.1\r\nhost: x\r\ncontent-type: "
               "text/plain\r\ncontent-length: 2\r\n\r\n[]");
    QTRY_VERIFY(plain.received().startsWith("HTTP/1.1 415 "));
    QCOMPARE(m_simulator->faults().size(), 1); // the first was used up, nothing else changed
}

void tst_simulator::controlStaysWhileRefusing()
{
    RawClient client(port());
    client.send(post("/_sim/faults", R"({"fault":"refuse"})"));
    QTRY_VERIFY(client.has("[{\"fault\":\"refuse\""));
    RawClient refused(port());
    QTRY_VERIFY(refused.isRefused());
    client.send(post("/_sim/faults", R"({"fault":"black_hole"})"));
    QTRY_VERIFY(client.has("\"black_hole\""));
    client.send(post("/_sim/faults", "[]"));
    QTRY_VERIFY(client.received().endsWith("[]"));
    RawClient next(port());
    next.send(chat(false));
    QTRY_VERIFY_WITH_TIMEOUT(next.has("ECHO"), 10'000);
}

void tst_simulator::portTaken()
{
    const Script quick = *builtInScript(QStringLiteral("quick"));
    auto second = other(quick, "127.0.0.1", port());
    QVERIFY(!second);
    QCOMPARE(second.error().code, QStringLiteral("port_taken"));
    QVERIFY(!other(quick, "example"));
}

void tst_simulator::ipv6()
{
    auto six = other(*builtInScript(QStringLiteral("quick")), "[::1]");
    if (!six)
        QSKIP("no IPv6 on this machine");
    RawClient client((*six)->port(), QStringLiteral("::1"));
    client.send(chat(false));
    QTRY_VERIFY(client.has("ECHO"));
    (*six)->setFaults({*parseFault(R"({"fault":"refuse"})")});
    RawClient refused((*six)->port(), QStringLiteral("::1"));
    QTRY_VERIFY(refused.isRefused());
}

void tst_simulator::countsManyExactly()
{
    set(R"([{"fault":"reset","share":0.2,"seed":1},{"fault":"cut_rst","after_events":1,"share":0.2,"seed":2},
            {"fault":"cut_fin","share":0.2,"seed":3},{"fault":"status","status":503,"share":0.2,"seed":4}])");
    constexpr int kRequests = 400;
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int i = 0; i < kRequests; ++i) {
        clients.push_back(std::make_unique<RawClient>(port()));
        clients.back()->send(chat(i % 2 == 0));
    }
    QTRY_COMPARE_WITH_TIMEOUT(m_simulator->headsRead(), quint64(kRequests), 20'000);
    QCOMPARE(m_simulator->seen().size(), kRequests);
    int faulty = 0;
    for (const Seen &seen : m_simulator->seen())
        faulty += seen.fault.isEmpty() ? 0 : 1;
    QVERIFY2(faulty > 150 && faulty < 320, QByteArray::number(faulty).constData());
}

QTEST_GUILESS_MAIN(tst_simulator)
#include "tst_simulator.moc"
