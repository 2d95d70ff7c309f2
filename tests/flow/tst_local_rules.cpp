// What may reach this machine's gateway at all: every vector of the local rules, each refused with
// its own status and code, without CORS, and without one call to a provider. [robustness §7]
#include "gateway_fixture.h"
#include "record/knock.h"

using namespace sb;
using namespace sb::flow;

namespace {

// PORT, KEY and BODY stand for what only the running test knows.
struct Vector {
    const char *name;
    const char *start; // request line, or its method and path
    const char *fields;
    int status;
    const char *code;
    const char *body = R"({"model":"c","messages":[{"role":"user","content":"hi"}]})";
};

constexpr char kPost[] = "POST /v1/chat/completions";

#define HOST "Host: 127.0.0.1:PORT\r\n"
#define JSON "Content-Type: application/json\r\n"
#define BEARER "Authorization: Bearer KEY\r\n"
#define REST JSON BEARER

constexpr Vector kRefused[] = {
    // Rule 2: Host.
    {"no host", kPost, REST, 400, "bad_request"},
    {"two hosts", kPost, HOST HOST REST, 400, "bad_request"},
    {"empty host", kPost, "Host: \r\n" REST, 400, "bad_request"},
    {"rebinding", kPost, "Host: evil.example\r\n" REST, 403, "bad_host"},
    {"rebinding with our port", kPost, "Host: evil.example:PORT\r\n" REST, 403, "bad_host"},
    {"our name in front", kPost, "Host: localhost.evil.example:PORT\r\n" REST, 403, "bad_host"},
    {"our name behind", kPost, "Host: evil.localhost:PORT\r\n" REST, 403, "bad_host"},
    {"another port", kPost, "Host: 127.0.0.1:1\r\n" REST, 403, "bad_host"},
    {"no port", kPost, "Host: 127.0.0.1\r\n" REST, 403, "bad_host"},
    {"private range", kPost, "Host: 192.168.1.2:PORT\r\n" REST, 403, "bad_host"},
    {"other loopback", kPost, "Host: 127.0.0.2:PORT\r\n" REST, 403, "bad_host"},
    {"any address", kPost, "Host: 0.0.0.0:PORT\r\n" REST, 403, "bad_host"},
    {"short loopback", kPost, "Host: 127.1:PORT\r\n" REST, 403, "bad_host"},
    {"number", kPost, "Host: 2130706433:PORT\r\n" REST, 403, "bad_host"},
    {"mapped", kPost, "Host: [::ffff:127.0.0.1]:PORT\r\n" REST, 403, "bad_host"},
    {"mDNS name", kPost, "Host: box.local:PORT\r\n" REST, 403, "bad_host"},
    {"dot behind", kPost, "Host: localhost.:PORT\r\n" REST, 403, "bad_host"},
    {"absolute form for another host", "POST http://evil.example/v1/chat/completions", HOST REST,
     400, "bad_request"},
    {"health by another name", "GET /health", "Host: evil.example\r\n", 403, "bad_host", ""},
    {"models by another name", "GET /v1/models", "Host: evil.example:PORT\r\n" BEARER, 403,
     "bad_host", ""},
    // Rule 3: Origin and fetch metadata.
    {"foreign page", kPost, HOST "Origin: https://evil.example\r\n" REST, 403, "bad_origin"},
    {"null origin", kPost, HOST "Origin: null\r\n" REST, 403, "bad_origin"},
    {"empty origin", kPost, HOST "Origin: \r\n" REST, 403, "bad_origin"},
    {"own origin", kPost, HOST "Origin: http://127.0.0.1:PORT\r\n" REST, 403, "bad_origin"},
    {"other local page", kPost, HOST "Origin: http://localhost:3000\r\n" REST, 403, "bad_origin"},
    {"extension", kPost, HOST "Origin: chrome-extension://abc\r\n" REST, 403, "bad_origin"},
    {"like the allowed one", kPost, HOST "Origin: https://ok.example.evil\r\n" REST, 403,
     "bad_origin"},
    {"allowed, another scheme", kPost, HOST "Origin: http://ok.example\r\n" REST, 403,
     "bad_origin"},
    {"allowed and another", kPost,
     HOST "Origin: https://ok.example\r\nOrigin: https://evil.example\r\n" REST, 403, "bad_origin"},
    {"cross-site", kPost, HOST "Sec-Fetch-Site: cross-site\r\n" REST, 403, "bad_origin"},
    {"same-site", kPost, HOST "Sec-Fetch-Site: same-site\r\n" REST, 403, "bad_origin"},
    {"two fetch sites", kPost, HOST "Sec-Fetch-Site: none\r\nSec-Fetch-Site: cross-site\r\n" REST,
     403, "bad_origin"},
    {"image tag", "GET /v1/models", HOST "Sec-Fetch-Site: cross-site\r\n" BEARER, 403, "bad_origin",
     ""},
    {"health from a page", "GET /health", HOST "Origin: https://evil.example\r\n", 403,
     "bad_origin", ""},
    {"preflight", "OPTIONS /v1/chat/completions",
     HOST "Origin: https://evil.example\r\nAccess-Control-Request-Method: POST\r\n"
          "Access-Control-Request-Headers: content-type\r\n"
          "Access-Control-Request-Private-Network: true\r\n",
     403, "bad_origin", ""},
    {"web socket", "GET /v1/chat/completions",
     HOST "Origin: https://evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
          "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n",
     403, "bad_origin", ""},
    // Rule 4: media type. The first three are what a page may send without asking.
    {"text", kPost, HOST "Content-Type: text/plain\r\n" BEARER, 415, "media_type"},
    {"form", kPost, HOST "Content-Type: application/x-www-form-urlencoded\r\n" BEARER, 415,
     "media_type"},
    {"multipart", kPost, HOST "Content-Type: multipart/form-data; boundary=b\r\n" BEARER, 415,
     "media_type"},
    {"form of words where files are taken", "POST /v1/audio/transcriptions",
     HOST "Content-Type: application/x-www-form-urlencoded\r\n" BEARER, 415, "media_type"},
    {"form of a page", "POST /v1/audio/transcriptions",
     HOST "Content-Type: multipart/form-data; boundary=b\r\n"
          "Origin: https://evil.example\r\n" BEARER,
     403, "bad_origin"},
    {"form of a page without a name", "POST /v1/files",
     HOST "Content-Type: multipart/form-data; boundary=b\r\n"
          "Sec-Fetch-Site: cross-site\r\n" BEARER,
     403, "bad_origin"},
    {"none", kPost, HOST BEARER, 415, "media_type"},
    {"no body where one is needed", "POST /v1/images/generations", HOST BEARER, 415, "media_type",
     ""},
    {"no body, of a page", "POST /v1/batches/b/cancel",
     HOST "Origin: https://evil.example\r\n" BEARER, 403, "bad_origin", ""},
    {"empty", kPost, HOST "Content-Type: \r\n" BEARER, 415, "media_type"},
    {"longer", kPost, HOST "Content-Type: application/jsonp\r\n" BEARER, 415, "media_type"},
    {"JSON in a parameter", kPost, HOST "Content-Type: text/plain; application/json\r\n" BEARER,
     415, "media_type"},
    {"two types", kPost, HOST "Content-Type: text/plain\r\n" JSON BEARER, 415, "media_type"},
    {"two types, JSON first", kPost, HOST JSON "Content-Type: text/plain\r\n" BEARER, 415,
     "media_type"},
    {"messages as text", "POST /v1/messages", HOST "Content-Type: text/plain\r\n" BEARER, 415,
     "media_type"},
    // Rules 5, 7: keys.
    {"no key", kPost, HOST JSON, 401, "client_key"},
    {"no key for models", "GET /v1/models", HOST, 401, "client_key", ""},
    {"no key for a generation", "GET /v1/generation?id=1", HOST, 401, "client_key", ""},
    {"no key, unknown path", "GET /admin", HOST, 401, "client_key", ""},
    {"wrong bearer", kPost, HOST JSON "Authorization: Bearer wrong\r\n", 401, "client_key"},
    {"key as basic", kPost, HOST JSON "Authorization: Basic KEY\r\n", 401, "client_key"},
    {"key without scheme", kPost, HOST JSON "Authorization: KEY\r\n", 401, "client_key"},
    {"part of the key", kPost, HOST JSON "Authorization: Bearer sbx-flow\r\n", 401, "client_key"},
    {"key and more", kPost, HOST JSON "Authorization: Bearer KEYx\r\n", 401, "client_key"},
    {"wrong x-api-key", kPost, HOST JSON "X-Api-Key: wrong\r\n", 401, "client_key"},
    {"wrong api-key", kPost, HOST JSON "Api-Key: wrong\r\n", 401, "client_key"},
    {"wrong x-goog-api-key", kPost, HOST JSON "X-Goog-Api-Key: wrong\r\n", 401, "client_key"},
    {"wrong x-portkey-api-key", kPost, HOST JSON "X-Portkey-Api-Key: wrong\r\n", 401, "client_key"},
    {"wrong ?key=", "POST /v1/chat/completions?key=wrong", HOST JSON, 401, "client_key"},
    {"revoked", kPost, HOST JSON "X-Api-Key: KEY-gone\r\n", 401, "client_key"},
    {"bearer and x-api-key", kPost, HOST REST "X-Api-Key: other\r\n", 401, "two_keys"},
    {"bearer and api-key", kPost, HOST REST "Api-Key: other\r\n", 401, "two_keys"},
    {"bearer and x-goog-api-key", kPost, HOST REST "X-Goog-Api-Key: other\r\n", 401, "two_keys"},
    {"bearer and x-portkey-api-key", kPost, HOST REST "X-Portkey-Api-Key: other\r\n", 401,
     "two_keys"},
    {"bearer and ?key=", "POST /v1/chat/completions?key=other", HOST REST, 401, "two_keys"},
    {"two good keys", kPost, HOST REST "X-Api-Key: KEY-second\r\n", 401, "two_keys"},
    {"one header twice", kPost, HOST JSON "X-Api-Key: KEY\r\nX-Api-Key: other\r\n", 401,
     "two_keys"},
    {"bearer twice", kPost, HOST REST "Authorization: Bearer other\r\n", 401, "two_keys"},
    {"?key= twice", "POST /v1/chat/completions?key=KEY&key=other", HOST JSON, 401, "two_keys"},
    // Rule 6: nothing here configures.
    {"write to models", "POST /v1/models", HOST REST, 405, "method"},
    {"reset", "DELETE /v1/models", HOST BEARER, 405, "method", ""},
    {"config", "POST /config", HOST REST, 404, "no_such_path"},
    {"admin", "GET /admin", HOST BEARER, 404, "no_such_path", ""},
    {"metrics", "GET /metrics", HOST BEARER, 404, "no_such_path", ""},
    // Rule 9: where we connect is not theirs to say.
    {"api_base", kPost, HOST REST, 400, "not_supported",
     R"({"model":"c","api_base":"http://127.0.0.1:1","messages":[{"role":"user","content":"hi"}]})"},
    {"base_url", kPost, HOST REST, 400, "not_supported",
     R"({"model":"c","base_url":"http://127.0.0.1:1","messages":[{"role":"user","content":"hi"}]})"},
    {"base_url in messages", "POST /v1/messages", HOST REST, 400, "not_supported",
     R"({"model":"c","max_tokens":9,"base_url":"http://127.0.0.1:1","messages":[{"role":"user","content":"hi"}]})"},
    {"api_key", kPost, HOST REST, 400, "not_supported",
     R"({"model":"c","api_key":"sk-1","messages":[{"role":"user","content":"hi"}]})"},
    {"escaped api_base", kPost, HOST REST, 400, "not_supported",
     R"({"model":"c","api_\u0062ase":"http://127.0.0.1:1","messages":[{"role":"user","content":"hi"}]})"},
    {"custom host", kPost, HOST REST "X-Portkey-Custom-Host: http://127.0.0.1:1\r\n", 400,
     "not_supported"},
    {"target url", kPost, HOST REST "Helicone-Target-Url: http://127.0.0.1:1\r\n", 400,
     "not_supported"},
    {"unknown own header", kPost, HOST REST "X-Signalbox-Base-Url: http://127.0.0.1:1\r\n", 400,
     "not_supported"},
};

constexpr Vector kAdmitted[] = {
    {"plain", kPost, HOST REST, 200, ""},
    {"localhost", kPost, "Host: localhost:PORT\r\n" REST, 200, ""},
    {"loud localhost", kPost, "Host: LOCALHOST:PORT\r\n" REST, 200, ""},
    {"IPv6", kPost, "Host: [::1]:PORT\r\n" REST, 200, ""},
    {"added name", kPost, "Host: box.example:8080\r\n" REST, 200, ""},
    {"added origin", kPost, HOST "Origin: https://ok.example\r\n" REST, 200, ""},
    {"typed into the address bar", kPost, HOST "Sec-Fetch-Site: none\r\n" REST, 200, ""},
    {"same-origin", kPost, HOST "Sec-Fetch-Site: same-origin\r\n" REST, 200, ""},
    {"charset", kPost, HOST "Content-Type: application/json; charset=utf-8\r\n" BEARER, 200, ""},
    {"loud type", kPost, HOST "Content-Type: APPLICATION/JSON\r\n" BEARER, 200, ""},
    {"x-api-key", kPost, HOST JSON "X-Api-Key: KEY\r\n", 200, ""},
    {"api-key", kPost, HOST JSON "Api-Key: KEY\r\n", 200, ""},
    {"x-goog-api-key", kPost, HOST JSON "X-Goog-Api-Key: KEY\r\n", 200, ""},
    {"x-portkey-api-key", kPost, HOST JSON "X-Portkey-Api-Key: KEY\r\n", 200, ""},
    {"?key=", "POST /v1/chat/completions?key=KEY", HOST JSON, 200, ""},
    {"the same key twice", "POST /v1/chat/completions?key=KEY", HOST REST "X-Api-Key: KEY\r\n", 200,
     ""},
    {"bearer in small letters", kPost, HOST JSON "authorization: bearer KEY\r\n", 200, ""},
    {"health", "GET /health", HOST, 204, "", ""},
};

constexpr Vector kBound[] = {
    {"no key", kPost, HOST JSON, 200, ""},
    {"nobody's key", kPost, HOST JSON "Authorization: Bearer ollama\r\n", 200, ""},
    {"two keys", kPost, HOST REST "X-Api-Key: other\r\n", 401, "two_keys"},
    {"rebinding", kPost, "Host: evil.example:PORT\r\n" JSON, 403, "bad_host"},
    {"page", kPost, HOST "Origin: https://evil.example\r\n" JSON, 403, "bad_origin"},
    {"null origin", kPost, HOST "Origin: null\r\n" JSON, 403, "bad_origin"},
    {"fetch", kPost, HOST "Sec-Fetch-Site: cross-site\r\n" JSON, 403, "bad_origin"},
    {"text", kPost, HOST "Content-Type: text/plain\r\n", 415, "media_type"},
    {"form", kPost, HOST "Content-Type: application/x-www-form-urlencoded\r\n", 415, "media_type"},
};

QByteArray wire(const Vector &vector, quint16 port)
{
    const QByteArray body(vector.body);
    QByteArray bytes = QByteArray(vector.start) + " HTTP/1.1\r\n" + vector.fields;
    if (!body.isEmpty())
        bytes += "Content-Length: " + QByteArray::number(body.size()) + "\r\n";
    bytes += "\r\n" + body;
    return bytes.replace("PORT", QByteArray::number(port)).replace("KEY", kKey);
}

void start(GatewayFixture &fixture)
{
    fixture.startWith(
        {instant()},
        QStringLiteral(
            R"({"version":1,"providers":[{"id":"p1","dialects":{"openai-chat":"http://127.0.0.1:%1/v1","anthropic":"http://127.0.0.1:%1"},"auth":{"type":"none"}}],)"
            R"("chains":[{"id":"c","targets":[{"provider":"p1","model":"m"}]}],)"
            R"("network":{"allowed_hosts":["box.example:8080"],"allowed_origins":["https://ok.example"]},)"
            R"("clients":[{"id":"tester","secret":"env:X"},{"id":"second","secret":"env:Y"},{"id":"gone","secret":"env:Z","revoked":true}]})"));
}

Seen ask(GatewayFixture &fixture, const Vector &vector)
{
    Client client(fixture.port);
    client.send(wire(vector, fixture.port));
    if (!QTest::qWaitFor([&] { return client.isDone() || client.seen().status == 204; }, 20'000))
        qWarning("the reply did not end");
    return client.seen();
}

} // namespace

class TestLocalRules : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { start(m_fixture); }
    void refused_data() { fill(kRefused); }
    void refused();
    void nobodyWasCalled() { QCOMPARE(m_fixture.headsRead(), 0u); }
    void admitted_data() { fill(kAdmitted); }
    void admitted();
    void boundListener_data() { fill(kBound); }
    void boundListener();
    void allowedPreflight();
    void healthSaysNothing();
    void namesNoKey();
    void knocksAreTold();

private:
    template <size_t n> void fill(const Vector (&vectors)[n])
    {
        QTest::addColumn<const Vector *>("vector");
        for (const Vector &vector : vectors)
            QTest::newRow(vector.name) << &vector;
    }
    void hasNoCors(const Seen &seen)
    {
        for (auto it = seen.fields.cbegin(); it != seen.fields.cend(); ++it)
            QVERIFY2(!it.key().startsWith("access-control-"), it.key().constData());
    }

    GatewayFixture m_fixture;
};

Q_DECLARE_METATYPE(const Vector *)

void TestLocalRules::refused()
{
    QFETCH(const Vector *, vector);
    const quint64 before = m_fixture.headsRead();
    const Seen seen = ask(m_fixture, *vector);
    QCOMPARE(seen.status, vector->status);
    QCOMPARE(seen.field("x-signalbox-code"), vector->code);
    QVERIFY(!seen.field("x-signalbox-id").isEmpty());
    QCOMPARE(seen.field("x-should-retry"), "false");
    QVERIFY(seen.body.contains("\"error\""));
    QVERIFY(!seen.body.contains(kKey)); // never a key, not even the asker's own
    QVERIFY(!seen.body.contains("evil.example"));
    hasNoCors(seen);
    QCOMPARE(m_fixture.headsRead(), before);
}

// A look without any key is told apart from a wrong key and from a request without one.
void TestLocalRules::knocksAreTold()
{
    const auto isTold = [this](const char *line, const char *fields) {
        const Vector vector{"", line, fields, 401, "client_key", ""};
        const Seen seen = ask(m_fixture, vector);
        return seen.status == 401 && isKnock(m_fixture.last());
    };
    QVERIFY(isTold("GET /", HOST));
    QVERIFY(isTold("GET /v1/models?limit=1000", HOST));
    QVERIFY(!isTold("GET /v1/models", HOST "X-Api-Key: wrong\r\n"));
    const Vector post{"", kPost, HOST JSON, 401, "client_key"};
    QCOMPARE(ask(m_fixture, post).status, 401);
    QVERIFY(!isKnock(m_fixture.last()));
}

void TestLocalRules::admitted()
{
    QFETCH(const Vector *, vector);
    const quint64 before = m_fixture.headsRead();
    const Seen seen = ask(m_fixture, *vector);
    QCOMPARE(seen.status, vector->status);
    QCOMPARE(m_fixture.headsRead(), before + (vector->status == 200 ? 1 : 0));
    if (vector->status == 200)
        QCOMPARE(m_fixture.last().client, ClientId(QStringLiteral("tester")));
}

void TestLocalRules::boundListener()
{
    QFETCH(const Vector *, vector);
    GatewayFixture fixture;
    fixture.listenerClients = {ClientId(QStringLiteral("second"))};
    start(fixture);
    const Seen seen = ask(fixture, *vector);
    QCOMPARE(seen.status, vector->status);
    QCOMPARE(seen.field("x-signalbox-code"), vector->code);
    QCOMPARE(fixture.headsRead(), vector->status == 200 ? 1u : 0u);
    if (vector->status == 200)
        QCOMPARE(fixture.last().client, ClientId(QStringLiteral("second")));
    // A known client's key still means that client.
    QCOMPARE(fixture.chat(false).status, 200);
    QCOMPARE(fixture.last().client, ClientId(QStringLiteral("tester")));
    hasNoCors(seen);
}

// An origin that was added may ask, but is promised nothing by a preflight without a key.
void TestLocalRules::allowedPreflight()
{
    const Vector preflight{"",
                           "OPTIONS /v1/chat/completions",
                           HOST "Origin: https://ok.example\r\nAccess-Control-Request-Method: "
                                "POST\r\n",
                           0,
                           "",
                           ""};
    const quint64 before = m_fixture.headsRead();
    const Seen seen = ask(m_fixture, preflight);
    QVERIFY(seen.status >= 400);
    QVERIFY(seen.field("access-control-allow-origin") != "*");
    QVERIFY(!seen.fields.contains("access-control-allow-credentials"));
    QVERIFY(!seen.fields.contains("access-control-allow-private-network"));
    QCOMPARE(m_fixture.headsRead(), before);
}

// 204 tells that somebody listens; who, in which version and with what settings is no stranger's
// business.
void TestLocalRules::healthSaysNothing()
{
    const qsizetype before = m_fixture.sink.exchanges.size();
    for (const char *start : {"GET /health", "HEAD /health"}) {
        const Seen seen = ask(m_fixture, {"", start, HOST, 204, "", ""});
        QCOMPARE(seen.status, 204);
        QVERIFY(seen.body.isEmpty());
        QCOMPARE(seen.fields.keys(), QList<QByteArray>{"date"});
    }
    QCOMPARE(m_fixture.sink.exchanges.size(), before); // and leaves no record
}

// Secrets of the refused stand in no record.
void TestLocalRules::namesNoKey()
{
    for (const auto &exchange : std::as_const(m_fixture.sink.exchanges)) {
        if (exchange->outcome.kind == OutcomeKind::Refused)
            QCOMPARE(exchange->attempts.size(), 0);
    }
}

FLOW_TEST_MAIN(TestLocalRules)
#include "tst_local_rules.moc"
