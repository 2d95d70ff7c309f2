#include "provider/request_head.h"

#include "base/bytes.h"
#include "http/grammar.h"

#include <QUrl>

namespace sb::provider {

namespace {
constexpr std::array<QByteArrayView, 6> kPassed{
    QByteArrayView("anthropic-version"),   QByteArrayView("anthropic-beta"),
    QByteArrayView("openai-beta"),         QByteArrayView("idempotency-key"),
    QByteArrayView("x-client-request-id"), QByteArrayView("traceparent")};

// What a configuration may list, but must never pass: keys, cookies, hop-by-hop, identity.
bool isForbidden(QByteArrayView lowerName)
{
    static constexpr std::array<QByteArrayView, 22> names{"authorization",
                                                          "x-api-key",
                                                          "api-key",
                                                          "x-goog-api-key",
                                                          "x-portkey-api-key",
                                                          "cookie",
                                                          "host",
                                                          "content-length",
                                                          "transfer-encoding",
                                                          "connection",
                                                          "keep-alive",
                                                          "te",
                                                          "trailer",
                                                          "upgrade",
                                                          "proxy-authorization",
                                                          "proxy-connection",
                                                          "expect",
                                                          "accept-encoding",
                                                          "content-type",
                                                          "openai-organization",
                                                          "openai-project",
                                                          "content-encoding"};
    return std::find(names.begin(), names.end(), lowerName) != names.end()
        || lowerName.startsWith("x-signalbox-") || lowerName.startsWith("x-forwarded-");
}

QByteArrayView pathOf(DialectId dialect, Endpoint endpoint)
{
    const bool isAnthropic = dialect == DialectId::Anthropic;
    switch (endpoint) {
    case Endpoint::CountTokens:
        return "/v1/messages/count_tokens";
    case Endpoint::Models:
        return isAnthropic ? QByteArrayView("/v1/models") : QByteArrayView("/models");
    default:
        return isAnthropic ? QByteArrayView("/v1/messages") : QByteArrayView("/chat/completions");
    }
}

void addField(QByteArray &head, QByteArrayView name, QByteArrayView value)
{
    appendBytes(head, name);
    appendBytes(head, ": ");
    appendBytes(head, value);
    appendBytes(head, "\r\n");
}

void addAuth(QByteArray &head, const config::AuthScheme &auth, const Secret &key)
{
    if (!key.isEmpty()) {
        if (auth.kind == config::AuthScheme::Kind::Bearer)
            head.append("authorization: Bearer ").append(key.reveal()).append("\r\n");
        else if (auth.kind == config::AuthScheme::Kind::Header)
            addField(head, auth.header, key.reveal());
    }
    for (const auto &[name, value] : auth.extra)
        addField(head, name, value);
}
} // namespace

std::optional<Base> parseBase(QByteArrayView url, const QString &caFile)
{
    const QUrl parsed(QString::fromUtf8(url), QUrl::StrictMode);
    const bool isTls = parsed.scheme() == QStringLiteral("https");
    if (!parsed.isValid() || (!isTls && parsed.scheme() != QStringLiteral("http"))
        || parsed.host().isEmpty() || !parsed.userInfo().isEmpty())
        return std::nullopt;
    Base base;
    base.origin.isTls = isTls;
    base.origin.host = parsed.host(QUrl::FullyEncoded).toLatin1().toLower();
    base.origin.port = quint16(parsed.port(isTls ? 443 : 80));
    base.origin.caFile = isTls ? caFile : QString();
    base.authority
        = base.origin.host.contains(':') ? '[' + base.origin.host + ']' : base.origin.host;
    if (parsed.port() >= 0)
        base.authority += ':' + QByteArray::number(parsed.port());
    base.path = parsed.path(QUrl::FullyEncoded).toLatin1();
    while (base.path.endsWith('/'))
        base.path.chop(1);
    return base;
}

QByteArray requestHead(const HeadInput &input)
{
    const bool isGet = input.bodyBytes < 0;
    QByteArray head;
    head.reserve(512);
    head.append(isGet ? "GET " : "POST ").append(input.base.path);
    // Both "https://api.anthropic.com" and ".../v1" are written by people.
    QByteArrayView path = pathOf(input.dialect, input.endpoint);
    if (path.startsWith("/v1/") && input.base.path.endsWith("/v1"))
        path = path.sliced(3);
    head.append(path).append(" HTTP/1.1\r\n");
    addField(head, "host", input.base.authority);
    addField(head, "user-agent", "signalbox/" SIGNALBOX_VERSION);
    addField(head, "accept",
             input.isStream ? QByteArrayView("text/event-stream")
                            : QByteArrayView("application/json"));
    addField(head, "accept-encoding", "identity");
    addAuth(head, input.provider.auth, input.key);

    bool hasVersion = false;
    if (input.client) {
        const http::Fields &fields = input.client->fields;
        for (int i = 0; i < fields.count(); ++i) {
            const QByteArrayView wireName = fields.name(i);
            const bool isPassed
                = std::any_of(kPassed.begin(), kPassed.end(), [&](QByteArrayView passed) {
                      return http::isSameName(wireName, passed);
                  });
            if (!isPassed && input.provider.passHeaders.isEmpty())
                continue;
            const QByteArray name = wireName.toByteArray().toLower();
            if ((!isPassed && !input.provider.passHeaders.contains(name)) || isForbidden(name)
                || (name == "idempotency-key" && !input.passesIdempotencyKey))
                continue;
            hasVersion |= name == "anthropic-version";
            addField(head, name, fields.value(i));
        }
    }
    const auto &extra = input.provider.auth.extra;
    hasVersion |= std::any_of(extra.cbegin(), extra.cend(), [](const auto &field) {
        return field.first.compare("anthropic-version", Qt::CaseInsensitive) == 0;
    });
    if (input.dialect == DialectId::Anthropic && !hasVersion)
        addField(head, "anthropic-version", "2023-06-01");
    if (!isGet) {
        addField(head, "content-type", "application/json");
        appendBytes(head, "content-length: ");
        appendNumber(head, input.bodyBytes);
        appendBytes(head, "\r\n");
    }
    head.append("\r\n");
    return head;
}

} // namespace sb::provider
