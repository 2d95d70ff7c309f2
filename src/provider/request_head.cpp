#include "provider/request_head.h"

#include "base/wire_text.h"
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
    const bool isOllama = dialect == DialectId::Ollama;
    switch (endpoint) {
    case Endpoint::CountTokens:
        return dialect == DialectId::OpenAiResponses ? QByteArrayView("responses/input_tokens")
                                                     : QByteArrayView("messages/count_tokens");
    case Endpoint::Models:
        return isOllama ? QByteArrayView("tags") : QByteArrayView("models");
    case Endpoint::Embeddings:
        return isOllama ? QByteArrayView("embed") : QByteArrayView("embeddings");
    case Endpoint::Completions:
        return isOllama ? QByteArrayView("generate") : QByteArrayView("completions");
    case Endpoint::Show:
        return "show";
    case Endpoint::Moderations:
        return "moderations";
    case Endpoint::Rerank:
        return "rerank";
    default:
        break;
    }
    switch (dialect) {
    case DialectId::Anthropic:
        return "messages";
    case DialectId::OpenAiResponses:
        return "responses";
    case DialectId::Ollama:
        return "chat";
    case DialectId::Gemini: // its paths name the model: never without a Wire
    case DialectId::OpenAiChat:
        break;
    }
    return "chat/completions";
}

// The part of the path that a base may or may not end in. [contract §2 "Base URLs"]
QByteArrayView rootOf(DialectId dialect)
{
    switch (dialect) {
    case DialectId::Anthropic:
        return "v1";
    case DialectId::Gemini:
        return "v1beta";
    case DialectId::Ollama:
        return "api";
    case DialectId::OpenAiChat:
    case DialectId::OpenAiResponses:
        break;
    }
    return {}; // always in the base
}

bool isRoot(DialectId dialect, QByteArrayView segment)
{
    if (dialect == DialectId::Ollama)
        return segment == "api";
    return segment == "v1" || segment == "v1beta" || segment == "v1alpha";
}

// Both "https://api.anthropic.com" and ".../v1" are written by people.
void addPath(WireText &head, DialectId dialect, QByteArrayView base, QByteArrayView path)
{
    if (path.startsWith('/'))
        path = path.sliced(1);
    QByteArrayView root = rootOf(dialect);
    const qsizetype slash = path.indexOf('/');
    if (slash > 0 && isRoot(dialect, path.first(slash))) {
        if (!root.isEmpty())
            root = path.first(slash);
        path = path.sliced(slash + 1);
    }
    const qsizetype last = base.lastIndexOf('/');
    head.add(base);
    head.add("/");
    if (!root.isEmpty() && !(last >= 0 && isRoot(dialect, base.sliced(last + 1)))) {
        head.add(root);
        head.add("/");
    }
    head.add(path);
}

void addQuery(WireText &head, QByteArrayView base, QByteArrayView own)
{
    QByteArrayView before("?");
    for (const QByteArrayView query : {base, own}) {
        if (query.isEmpty())
            continue;
        head.add(std::exchange(before, QByteArrayView("&")));
        head.add(query);
    }
}

QByteArrayView acceptOf(const HeadInput &input)
{
    if (input.wire && !input.wire->accept.isEmpty())
        return input.wire->accept;
    if (!input.isStream)
        return "application/json";
    return input.dialect == DialectId::Ollama ? QByteArrayView("application/x-ndjson")
                                              : QByteArrayView("text/event-stream");
}

// Fields of a protocol that only its own providers understand.
bool isProtocolField(QByteArrayView name)
{
    return name.startsWith("anthropic-") || name == "openai-beta";
}

void addAuth(WireText &head, const config::AuthScheme &auth, const Secret &key)
{
    if (!key.isEmpty()) {
        if (auth.kind == config::AuthScheme::Kind::Bearer) {
            head.add("authorization: Bearer ");
            head.add(key.reveal());
            head.add("\r\n");
        } else if (auth.kind == config::AuthScheme::Kind::Header) {
            head.addField(auth.header, key.reveal());
        }
    }
    for (const auto &[name, value] : auth.extra)
        head.addField(name, value);
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
    base.query = parsed.query(QUrl::FullyEncoded).toLatin1();
    return base;
}

QByteArray requestHead(const HeadInput &input)
{
    const bool hasBody = input.bodyBytes >= 0;
    WireText head;
    const Wire *wire = input.wire;
    if (wire && !wire->method.isEmpty())
        head.add(wire->method);
    else
        head.add(hasBody ? "POST" : "GET");
    head.add(" ");
    addPath(head, input.dialect, input.base.path,
            wire && !wire->path.isEmpty() ? QByteArrayView(wire->path)
                                          : pathOf(input.dialect, input.endpoint));
    addQuery(head, input.base.query, wire ? QByteArrayView(wire->query) : QByteArrayView());
    head.add(" HTTP/1.1\r\nhost: ");
    head.add(input.base.authority);
    head.add("\r\nuser-agent: signalbox/" SIGNALBOX_VERSION "\r\n");
    head.addField("accept", acceptOf(input));
    head.add("accept-encoding: identity\r\n");
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
                || (name == "idempotency-key" && !input.passesIdempotencyKey)
                || (wire && wire->isTranslated && isProtocolField(name)))
                continue;
            hasVersion |= name == "anthropic-version";
            head.addField(name, fields.value(i));
        }
    }
    if (wire) {
        for (const auto &[name, value] : wire->fields) {
            hasVersion |= name == "anthropic-version";
            head.addField(name, value);
        }
    }
    const auto &extra = input.provider.auth.extra;
    hasVersion |= std::any_of(extra.cbegin(), extra.cend(), [](const auto &field) {
        return field.first.compare("anthropic-version", Qt::CaseInsensitive) == 0;
    });
    if (input.dialect == DialectId::Anthropic && !hasVersion)
        head.add("anthropic-version: 2023-06-01\r\n");
    if (input.bodyBytes > 0)
        head.addField("content-type",
                      wire && !wire->contentType.isEmpty() ? QByteArrayView(wire->contentType)
                                                           : QByteArrayView("application/json"));
    if (hasBody) {
        head.add("content-length: ");
        head.add(input.bodyBytes);
        head.add("\r\n");
    }
    head.add("\r\n");
    const QByteArray text = head.view().toByteArray();
    head.wipe(); // the key is in it
    return text;
}

} // namespace sb::provider
