// What leaves for a provider, and what of its reply a client sees. [contract §3]
#include "provider/failure.h"
#include "provider/reply_fields.h"
#include "provider/request_head.h"

#include "record/names.h"

#include <QTest>

using namespace sb;
using namespace sb::provider;

namespace {
QByteArray clientFields(const http::Fields &fields, DialectId dialect, bool isFinalError)
{
    WireText lines;
    addClientFields(lines, fields, dialect, isFinalError);
    return lines.view().toByteArray();
}
} // namespace

class TestHeads : public QObject {
    Q_OBJECT

private slots:
    void builtFromNothing();
    void clientFieldsThatPass();
    void forbiddenEvenIfListed();
    void auth();
    void anthropicVersion();
    void bases_data();
    void bases();
    void paths_data();
    void paths();
    void translatedRequest();
    void get();
    void repliesToClients();
    void failures_data();
    void failures();
};

namespace {
struct Bench {
    config::ProviderSettings provider;
    Base base = *parseBase("https://api.example.com/v1", {});
    Secret key = Secret::fromView("sk-secret");
    http::RequestHead client;
    DialectId dialect = DialectId::OpenAiChat;
    bool passesIdempotencyKey = true;
    QByteArray head(qint64 bytes = 12, Endpoint endpoint = Endpoint::Generate)
    {
        return requestHead(
            {provider, base, dialect, endpoint, true, key, &client, bytes, passesIdempotencyKey});
    }
};
} // namespace

void TestHeads::builtFromNothing()
{
    Bench b;
    for (const char *field : {"cookie", "x-forwarded-for", "forwarded", "referer", "origin",
                              "x-custom", "connection", "openai-organization", "x-signalbox-chain",
                              "x-stainless-os", "user-agent", "accept-language"})
        b.client.fields.add(field, "from-the-client");
    QCOMPARE(b.head(),
             "POST /v1/chat/completions HTTP/1.1\r\nhost: api.example.com\r\n"
             "user-agent: signalbox/" SIGNALBOX_VERSION "\r\naccept: text/event-stream\r\n"
             "accept-encoding: identity\r\nauthorization: Bearer sk-secret\r\n"
             "content-type: application/json\r\ncontent-length: 12\r\n\r\n");
}

void TestHeads::clientFieldsThatPass()
{
    Bench b;
    b.provider.passHeaders = {"x-custom"};
    for (const char *field : {"Anthropic-Beta", "openai-beta", "Idempotency-Key",
                              "x-client-request-id", "traceparent", "X-Custom"})
        b.client.fields.add(field, "v");
    const QByteArray head = b.head();
    for (const char *line :
         {"anthropic-beta: v\r\n", "openai-beta: v\r\n", "idempotency-key: v\r\n",
          "x-client-request-id: v\r\n", "traceparent: v\r\n", "x-custom: v\r\n"})
        QVERIFY2(head.contains(line), line);
    b.passesIdempotencyKey = false;
    QVERIFY(!b.head().contains("idempotency-key"));
}

void TestHeads::forbiddenEvenIfListed()
{
    for (const char *name : {"authorization",
                             "x-api-key",
                             "api-key",
                             "x-goog-api-key",
                             "x-portkey-api-key",
                             "cookie",
                             "host",
                             "content-length",
                             "transfer-encoding",
                             "connection",
                             "te",
                             "upgrade",
                             "expect",
                             "proxy-authorization",
                             "accept-encoding",
                             "content-type",
                             "openai-organization",
                             "openai-project",
                             "content-encoding",
                             "x-signalbox-tags",
                             "x-forwarded-for"}) {
        Bench b;
        b.provider.passHeaders = {name};
        b.client.fields.add(name, "smuggled");
        QVERIFY2(!b.head().contains("smuggled"), name);
    }
}

void TestHeads::auth()
{
    Bench b;
    b.provider.auth.kind = config::AuthScheme::Kind::Header;
    b.provider.auth.header = "x-api-key";
    b.provider.auth.extra = {{"x-version", "7"}};
    QVERIFY(b.head().contains("\r\nx-api-key: sk-secret\r\nx-version: 7\r\n"));
    QVERIFY(!b.head().contains("authorization"));
    b.provider.auth.kind = config::AuthScheme::Kind::None;
    QVERIFY(!b.head().contains("sk-secret"));
    b.provider.auth.kind = config::AuthScheme::Kind::Bearer;
    b.key = Secret();
    QVERIFY(!b.head().contains("authorization"));
}

void TestHeads::anthropicVersion()
{
    Bench b;
    b.dialect = DialectId::Anthropic;
    b.base = *parseBase("https://api.anthropic.com", {});
    QVERIFY(b.head().startsWith("POST /v1/messages HTTP/1.1\r\n"));
    QCOMPARE(b.head().count("anthropic-version: 2023-06-01\r\n"), 1);
    QVERIFY(b.head(1, Endpoint::CountTokens).startsWith("POST /v1/messages/count_tokens "));
    b.client.fields.add("anthropic-version", "2024-01-01");
    QCOMPARE(b.head().count("anthropic-version"), 1);
    QVERIFY(b.head().contains("anthropic-version: 2024-01-01\r\n"));
}

void TestHeads::bases_data()
{
    QTest::addColumn<QByteArray>("url");
    QTest::addColumn<DialectId>("dialect");
    QTest::addColumn<QByteArray>("line"); // "tls host port | request path | authority"
    const auto row = [](const char *url, DialectId dialect, const char *line) {
        QTest::addRow("%s %d", url, int(dialect)) << QByteArray(url) << dialect << QByteArray(line);
    };
    const auto chat = DialectId::OpenAiChat;
    const auto messages = DialectId::Anthropic;
    row("https://a.example/v1", chat, "tls a.example 443 /v1/chat/completions a.example");
    row("https://a.example/v1/", chat, "tls a.example 443 /v1/chat/completions a.example");
    row("https://a.example", chat, "tls a.example 443 /chat/completions a.example");
    row("https://A.Example:8443/x//", chat,
        "tls a.example 8443 /x/chat/completions a.example:8443");
    row("http://127.0.0.1:11434/v1", chat,
        "plain 127.0.0.1 11434 /v1/chat/completions 127.0.0.1:11434");
    row("http://[::1]:9/v1", chat, "plain ::1 9 /v1/chat/completions [::1]:9");
    row("https://a.example", messages, "tls a.example 443 /v1/messages a.example");
    row("https://a.example/v1", messages, "tls a.example 443 /v1/messages a.example");
    row("https://a.example/api/v1/", messages, "tls a.example 443 /api/v1/messages a.example");
    row("https://a.example/anthropic", messages,
        "tls a.example 443 /anthropic/v1/messages a.example");
    row("ftp://a.example", chat, "none");
    row("https://user:secret@a.example/v1", chat, "none");
    row("https://", chat, "none");
    row("a.example/v1", chat, "none");
    row("https://a.example/a b", chat, "none");
}

void TestHeads::bases()
{
    QFETCH(QByteArray, url);
    QFETCH(DialectId, dialect);
    QFETCH(QByteArray, line);
    const auto base = parseBase(url, QStringLiteral("/ca.pem"));
    if (!base) {
        QCOMPARE(line, "none");
        return;
    }
    QCOMPARE(base->origin.caFile.isEmpty(), !base->origin.isTls);
    Bench b;
    b.base = *base;
    b.dialect = dialect;
    const QByteArray head = b.head();
    QCOMPARE((base->origin.isTls ? "tls " : "plain ") + base->origin.host + ' '
                 + QByteArray::number(base->origin.port) + ' ' + head.split(' ').value(1) + ' '
                 + base->authority,
             line);
    QVERIFY(head.contains(QByteArray("\r\nhost: " + base->authority + "\r\n")));
}

// [contract §2 "Base URLs"] Bases with and without the dialect's own beginning.
void TestHeads::paths_data()
{
    QTest::addColumn<DialectId>("dialect");
    QTest::addColumn<QByteArray>("base");
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<QByteArray>("query");
    QTest::addColumn<QByteArray>("line");
    const auto row = [](const char *name, DialectId dialect, const char *base, const char *path,
                        const char *query, const char *line) {
        QTest::newRow(name) << dialect << QByteArray(base) << QByteArray(path) << QByteArray(query)
                            << QByteArray(line);
    };
    row("chat", DialectId::OpenAiChat, "https://a.b/v1", "chat/completions", "",
        "/v1/chat/completions");
    row("chat with the version said twice", DialectId::OpenAiChat, "https://a.b/openai/v1",
        "/v1/chat/completions", "", "/openai/v1/chat/completions");
    row("azure", DialectId::OpenAiChat, "https://a.b/openai/deployments/x?api-version=2025-01-01",
        "chat/completions", "", "/openai/deployments/x/chat/completions?api-version=2025-01-01");
    row("responses", DialectId::OpenAiResponses, "https://a.b/v1", "", "", "/v1/responses");
    row("anthropic", DialectId::Anthropic, "https://a.b", "v1/messages", "", "/v1/messages");
    row("anthropic, version in the base", DialectId::Anthropic, "https://a.b/x/v1", "messages", "",
        "/x/v1/messages");
    row("gemini", DialectId::Gemini, "https://a.b", "models/m:streamGenerateContent", "alt=sse",
        "/v1beta/models/m:streamGenerateContent?alt=sse");
    row("gemini, version in the base", DialectId::Gemini, "https://a.b/v1",
        "v1beta/models/m:generateContent", "", "/v1/models/m:generateContent");
    row("gemini, version in the path", DialectId::Gemini, "https://a.b",
        "v1/models/m:generateContent", "", "/v1/models/m:generateContent");
    row("ollama", DialectId::Ollama, "http://a.b:11434", "", "", "/api/chat");
    row("ollama, api in the base", DialectId::Ollama, "http://a.b:11434/api", "api/generate", "",
        "/api/generate");
    row("two queries", DialectId::Gemini, "https://a.b?k=v", "models/m:x", "alt=sse",
        "/v1beta/models/m:x?k=v&alt=sse");
}

void TestHeads::paths()
{
    QFETCH(DialectId, dialect);
    QFETCH(QByteArray, base);
    QFETCH(QByteArray, path);
    QFETCH(QByteArray, query);
    QFETCH(QByteArray, line);
    Bench b;
    b.base = *parseBase(base, {});
    const Wire wire{path, query, {}, false};
    const QByteArray head = requestHead(
        {b.provider, b.base, dialect, Endpoint::Generate, true, b.key, &b.client, 12, true, &wire});
    QVERIFY2(head.startsWith(QByteArray("POST " + line + " HTTP/1.1\r\n")), head.constData());
}

// A translator's own fields go, those of the client's protocol stay behind.
void TestHeads::translatedRequest()
{
    Bench b;
    for (const char *field : {"anthropic-beta", "anthropic-version", "openai-beta", "traceparent"})
        b.client.fields.add(field, "of-the-client");
    const Wire wire{"messages", {}, {{"anthropic-beta", "ours"}}, true};
    const QByteArray head
        = requestHead({b.provider, b.base, DialectId::Anthropic, Endpoint::Generate, true, b.key,
                       &b.client, 12, true, &wire});
    QVERIFY(head.contains("\r\nanthropic-beta: ours\r\n"));
    QVERIFY(head.contains("\r\nanthropic-version: 2023-06-01\r\n"));
    QVERIFY(head.contains("\r\ntraceparent: of-the-client\r\n"));
    QCOMPARE(head.count("of-the-client"), 1);
}

void TestHeads::get()
{
    Bench b;
    const QByteArray head = b.head(-1, Endpoint::Models);
    QVERIFY(head.startsWith("GET /v1/models HTTP/1.1\r\n"));
    QVERIFY(!head.contains("content-"));
    QVERIFY(head.endsWith("\r\n\r\n"));
}

void TestHeads::repliesToClients()
{
    http::Fields fields;
    for (const char *name : {"Request-Id",
                             "x-request-id",
                             "retry-after",
                             "retry-after-ms",
                             "x-ratelimit-limit-tokens",
                             "openai-processing-ms",
                             "anthropic-ratelimit-requests-limit",
                             "anthropic-organization-id",
                             "set-cookie",
                             "server",
                             "cf-ray",
                             "content-length",
                             "transfer-encoding",
                             "connection",
                             "content-encoding",
                             "x-should-retry",
                             "strict-transport-security",
                             "location",
                             "access-control-allow-origin",
                             "x-signalbox-id",
                             "openai-organization"})
        fields.add(name, "v");
    QCOMPARE(clientFields(fields, DialectId::OpenAiChat, false),
             "request-id: v\r\nx-request-id: v\r\nretry-after: v\r\nretry-after-ms: v\r\n"
             "x-ratelimit-limit-tokens: v\r\nopenai-processing-ms: v\r\n"
             "anthropic-ratelimit-requests-limit: v\r\n");
    const QByteArray onError = clientFields(fields, DialectId::Anthropic, true);
    QVERIFY(!onError.contains("retry-after"));
    QVERIFY(!onError.contains("x-ratelimit-"));
    // Values are checked again.
    for (const QByteArray &value :
         {QByteArray("a\r\nset-cookie: x"), QByteArray("a\nb"), QByteArray("a\0b", 3),
          QByteArray("a\x7f"), QByteArray(2000, 'a')}) {
        http::Fields bad;
        bad.add("request-id", value);
        QCOMPARE(clientFields(bad, DialectId::OpenAiChat, false), "");
    }
}

void TestHeads::failures_data()
{
    QTest::addColumn<http::UpstreamFailure>("failure");
    QTest::addColumn<QByteArray>("line");
    using E = http::UpstreamError;
    const auto row = [](const char *name, const http::UpstreamFailure &failure, const char *line) {
        QTest::newRow(name) << failure << QByteArray(line);
    };
    row("lookup", {E::DnsFailed, false}, "dns_failed unsent");
    row("refused", {E::ConnectFailed, false}, "connect_failed unsent");
    row("time", {E::ConnectTimeout, false}, "connect_timeout unsent");
    row("proxy", {E::ProxyFailed, false}, "proxy_failed unsent");
    row("expired", {E::TlsExpired, false}, "tls_expired unsent");
    row("reset, fresh", {E::Reset, true}, "reset_before_head unknown");
    row("reset, fresh, unsent", {E::Reset, false}, "reset_before_head unsent");
    row("reset, reused", {E::Reset, true, true}, "reset_on_reuse unknown");
    row("cut body", {E::Reset, true, false, true}, "body_short begun");
    row("garbage", {E::BadReply, true}, "bad_reply unknown");
    row("garbage in the body", {E::BadReply, true, false, true}, "bad_reply begun");
    row("huge head", {E::HeadTooLarge, true}, "reply_too_large unknown");
}

void TestHeads::failures()
{
    QFETCH(http::UpstreamFailure, failure);
    QFETCH(QByteArray, line);
    const Reading reading = readFailure(failure);
    QCOMPARE(name(reading.outcome).toByteArray() + ' ' + name(reading.stage).toByteArray(), line);
}

QTEST_GUILESS_MAIN(TestHeads)
#include "tst_heads.moc"
