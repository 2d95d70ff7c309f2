// The part of Builder that makes providers.
#include "config/builder.h"

#include "config/address.h"
#include "config/secret_ref.h"
#include "config/shape.h"
#include "record/names.h"

namespace sb::config {

using json::Value;

namespace {

constexpr QByteArrayView kAnthropicVersion("2023-06-01"); // [dialects §4]

bool isToken(QByteArrayView text)
{
    return !text.isEmpty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
            || QByteArrayView("!#$%&'*+-.^_`|~").contains(c); // [RFC 9110 §5.6.2]
    });
}

// Client headers that never travel on. [robustness §6]
bool isForbiddenHeader(QByteArrayView lower)
{
    static constexpr QByteArrayView kForbidden[] = {"accept-encoding",
                                                    "api-key",
                                                    "authorization",
                                                    "connection",
                                                    "content-encoding",
                                                    "content-length",
                                                    "content-type",
                                                    "cookie",
                                                    "expect",
                                                    "forwarded",
                                                    "host",
                                                    "keep-alive",
                                                    "origin",
                                                    "proxy-authenticate",
                                                    "proxy-authorization",
                                                    "proxy-connection",
                                                    "set-cookie",
                                                    "te",
                                                    "trailer",
                                                    "transfer-encoding",
                                                    "upgrade",
                                                    "via",
                                                    "x-api-key",
                                                    "x-goog-api-key",
                                                    "x-real-ip"};
    return lower.startsWith("x-forwarded-") || lower.startsWith("x-signalbox-")
        || std::find(std::begin(kForbidden), std::end(kForbidden), lower) != std::end(kForbidden);
}

Rates ratesOf(const Value &source)
{
    const auto price = [&source](QByteArrayView key) -> std::optional<Price> {
        const Value *found = source.find(key);
        return found && found->isString() ? Price::parsePerMillion(found->text()) : std::nullopt;
    };
    Rates rates;
    rates.input = price("input");
    rates.cacheRead = price("cache_read");
    rates.cacheWrite = price("cache_write");
    rates.cacheWrite1h = price("cache_write_1h");
    rates.inputAudio = price("input_audio");
    rates.output = price("output");
    rates.outputAudio = price("output_audio");
    rates.reasoning = price("reasoning");
    return rates;
}

QByteArray modelsUrlFor(const QHash<DialectId, QByteArray> &bases)
{
    if (const QByteArray base = bases.value(DialectId::OpenAiChat); !base.isEmpty())
        return base + "/models";
    if (const QByteArray base = bases.value(DialectId::Anthropic); !base.isEmpty())
        return base + "/v1/models";
    return {};
}

} // namespace

void Builder::providers(const Value &root)
{
    QSet<QString> seen;
    const QList<Value> &list = listMember(root, "providers");
    for (qsizetype i = 0; i < list.size(); ++i) {
        const QString path = indexPath(QStringLiteral("$.providers"), i);
        ProviderSettings made = provider(list[i], path);
        if (isFirst(seen, made.id.text(), path + u".id"))
            m_out.providers.append(std::move(made));
    }
}

ProviderSettings Builder::provider(const Value &source, const QString &path)
{
    ProviderSettings out;
    out.id = ProviderId(textMember(source, "id"));
    out.isOff = boolMember(source, "off");
    const QString from = textMember(source, "from");
    const CatalogProvider *known = nullptr;
    if (from == u"sim") {
        simulated(source, path, out);
    } else {
        if (source.find("script"))
            error(path + u".script",
                  QStringLiteral("A script does nothing here: it is for simulated "
                                 "providers (\"from\": \"sim\")."));
        if (!from.isEmpty())
            known = fromCatalog(from, path + u".from");
        if (known) {
            out.catalogId = known->id;
            out.usageProfile = known->usage;
            out.isLocal = known->isLocal;
        }
        out.isLocal = boolMember(source, "local", out.isLocal);
        if (from.isEmpty() || known)
            bases(source, path, known, out);
        keys(source, path, out);
        auth(source, path, known, out);
        passHeaders(source, path, out);
        out.caFile = textMember(source, "ca_file");
        if (!out.caFile.isEmpty() && !out.caFile.startsWith(u'/'))
            error(path + u".ca_file", QStringLiteral("Give the whole path, from \"/\"."));
    }
    out.label = textMember(source, "label",
                           known && known->id == out.id.text() ? known->name : out.id.text());
    models(source, path, out);
    timeouts(source, out);
    return out;
}

void Builder::simulated(const Value &source, const QString &path, ProviderSettings &out)
{
    out.isSimulated = true;
    out.auth.kind = AuthScheme::Kind::None;
    out.simScript = textMember(source, "script", QStringLiteral("steady"));
    for (const char *key :
         {"dialect", "base_url", "dialects", "auth", "keys", "local", "ca_file", "pass_headers"}) {
        if (source.find(key))
            error(memberPath(path, key),
                  QStringLiteral("This does nothing for a simulated provider; remove it."));
    }
}

const CatalogProvider *Builder::fromCatalog(const QString &from, const QString &path)
{
    QList<QString> known;
    for (const CatalogProvider &provider : m_catalog.providers)
        known.append(QStringLiteral("catalog:") + provider.id);
    if (!from.startsWith(u"catalog:")) {
        known.append(QStringLiteral("sim"));
        const QString nearest = nearestOf(QStringLiteral("catalog:") + from, known);
        error(path, QStringLiteral("This must be \"catalog:ID\" or \"sim\"."), nearest);
        return nullptr;
    }
    const CatalogProvider *found = m_catalog.provider(QStringView(from).sliced(8));
    if (!found) {
        const QString nearest = nearestOf(from, known);
        error(path,
              QStringLiteral("The catalogue has no such provider; give \"dialect\" and "
                             "\"base_url\" instead."),
              nearest);
    }
    return found;
}

void Builder::bases(const Value &source, const QString &path, const CatalogProvider *known,
                    ProviderSettings &out)
{
    const Value *base = source.find("base_url");
    const Value *dialect = source.find("dialect");
    const Value *map = source.find("dialects");
    const auto take = [this, &out](DialectId id, const Value &url, const QString &at) {
        if (!url.isString())
            return;
        if (const QString problem = baseUrlProblem(url.text()); !problem.isEmpty())
            error(at, problem);
        else
            out.baseUrls.insert(id, trimmedBaseUrl(url.text()));
    };

    if (map && (base || dialect)) {
        error(path + u".dialects",
              QStringLiteral("Give either \"dialects\" or \"dialect\" with "
                             "\"base_url\", not both."));
        return;
    }
    if (map) {
        for (const json::Member &member : map->members()) {
            if (const auto id = fromName<DialectId>(member.key))
                take(*id, member.value, memberPath(path + u".dialects", member.key));
        }
        if (map->isObject() && map->members().isEmpty())
            error(path + u".dialects", QStringLiteral("At least one dialect is needed."));
    } else if (base && dialect) {
        if (const auto id = fromName<DialectId>(dialect->text()))
            take(*id, *base, path + u".base_url");
    } else if (base) {
        error(path + u".base_url",
              QStringLiteral("Say which dialect this address speaks: add "
                             "\"dialect\", or use \"dialects\"."));
    } else if (dialect) {
        error(path + u".dialect", QStringLiteral("A dialect needs its \"base_url\"."));
    } else if (!known) {
        error(path,
              QStringLiteral("Where is this provider? Give \"from\", or \"dialect\" and "
                             "\"base_url\", or \"dialects\"."));
    } else {
        for (auto it = known->bases.cbegin(); it != known->bases.cend(); ++it) {
            if (it.value().contains('{')) {
                error(path + u".from",
                      QStringLiteral("The catalogue's address is \"%1\": give your own with "
                                     "\"dialect\" and \"base_url\", or \"dialects\".")
                          .arg(QString::fromLatin1(it.value())));
                return;
            }
        }
        out.baseUrls = known->bases;
        out.modelsUrl = known->modelsUrl;
    }
    if (out.modelsUrl.isEmpty())
        out.modelsUrl = modelsUrlFor(out.baseUrls);
}

void Builder::auth(const Value &source, const QString &path, const CatalogProvider *known,
                   ProviderSettings &out)
{
    using Kind = AuthScheme::Kind;
    const bool isAnthropicOnly
        = out.baseUrls.size() == 1 && out.baseUrls.contains(DialectId::Anthropic);
    if (known) {
        out.auth = known->auth;
        if (known->isKeyOptional && !out.keys.isEmpty())
            out.auth.kind = Kind::Bearer;
    } else if (isAnthropicOnly) {
        out.auth.kind = Kind::Header;
        out.auth.header = "x-api-key";
        out.auth.extra = {{"anthropic-version", kAnthropicVersion.toByteArray()}};
    }
    const Value *own = source.find("auth");
    if (own && own->isObject()) {
        const QString type = textMember(*own, "type");
        const QByteArray header = textMember(*own, "header").toUtf8().toLower();
        const QString headerPath = path + u".auth.header";
        out.auth.kind = type == u"header" ? Kind::Header
            : type == u"none"             ? Kind::None
                                          : Kind::Bearer;
        out.auth.header = out.auth.kind == Kind::Header ? header : QByteArray("authorization");
        if (out.auth.kind == Kind::Header) {
            const bool isKeyHeader = header == "x-api-key" || header == "api-key"
                || header == "x-goog-api-key" || header == "authorization";
            if (!isToken(header) || (isForbiddenHeader(header) && !isKeyHeader))
                error(headerPath,
                      QStringLiteral("Give the name of a header that may carry a key."));
        } else if (own->find("header")) {
            error(headerPath, QStringLiteral("A header name does nothing with this type."));
        }
        if (out.auth.kind == Kind::None && !out.keys.isEmpty())
            error(path + u".keys", QStringLiteral("Keys do nothing with \"auth\" of type none."));
    } else if (out.keys.isEmpty() && !known) {
        out.auth.kind = Kind::None; // a server of one's own without keys
    }
    const bool hasKey = std::any_of(out.keys.cbegin(), out.keys.cend(),
                                    [](const KeySettings &key) { return !key.isOff; });
    if (out.auth.kind != Kind::None && !hasKey && !out.isOff)
        warning(path,
                QStringLiteral("The provider has no key in use, so its targets are skipped "
                               "(no_key). Add one with: signalboxd provider add %1")
                    .arg(out.id.text()));
}

void Builder::keys(const Value &source, const QString &path, ProviderSettings &out)
{
    QSet<QString> seen;
    const QList<Value> &list = listMember(source, "keys");
    for (qsizetype i = 0; i < list.size(); ++i) {
        const QString at = indexPath(path + u".keys", i);
        KeySettings key;
        key.id = KeyId(textMember(list[i], "id"));
        key.isOff = boolMember(list[i], "off");
        key.isDraining = boolMember(list[i], "draining");
        const Value *secret = list[i].find("secret");
        if (secret && secret->isString() && !secret->text().isEmpty()) {
            const QString secretPath = at + u".secret";
            const auto ref = parseSecretRef(secret->text());
            const QString id = out.id.text();
            if (!ref)
                error(
                    secretPath,
                    QStringLiteral("This is no reference to a secret, and secrets themselves are "
                                   "never written here. Store it with: signalboxd provider add %1 "
                                   "(it asks for the key), then write \"keychain:%1/%2\".")
                        .arg(id.isEmpty() ? QStringLiteral("ID") : id,
                             key.id.isEmpty() ? QStringLiteral("main") : key.id.text()));
            else if (ref->kind == SecretRef::Kind::Digest)
                error(secretPath,
                      QStringLiteral("A digest is only for clients: a provider needs the "
                                     "key itself. Write keychain:, vault:, env:, ask: or "
                                     "file:."));
            else
                key.secret = *ref;
        }
        if (isFirst(seen, key.id.text(), at + u".id"))
            out.keys.append(std::move(key));
    }
}

void Builder::models(const Value &source, const QString &path, ProviderSettings &out)
{
    QSet<QString> seen;
    const QList<Value> &list = listMember(source, "models");
    for (qsizetype i = 0; i < list.size(); ++i) {
        const QString at = indexPath(path + u".models", i);
        ModelSettings model;
        model.id = textMember(list[i], "id");
        if (const Value *price = list[i].find("price"); price && price->isObject()) {
            RateCard card;
            card.base = ratesOf(*price);
            qint64 last = 0;
            const QList<Value> &tiers = listMember(*price, "tiers");
            for (qsizetype t = 0; t < tiers.size(); ++t) {
                const qint64 least = intMember(tiers[t], "min_prompt", 0);
                if (least <= last)
                    error(indexPath(at + u".price.tiers", t) + u".min_prompt",
                          QStringLiteral("Tiers ascend by min_prompt."));
                last = least;
                card.tiers.append({least, ratesOf(tiers[t])});
            }
            model.price = card;
        }
        if (isFirst(seen, model.id, at + u".id"))
            out.models.append(std::move(model));
    }
}

void Builder::timeouts(const Value &source, ProviderSettings &out)
{
    if (out.isLocal) { // a model may have to be loaded from disk first [robustness §5]
        out.timeouts.head = Millis(600'000);
        out.timeouts.firstContent = Millis(600'000);
    }
    const Value *own = source.find("timeouts");
    if (!own || !own->isObject())
        return;
    const auto take
        = [own](QByteArrayView key, Millis &to) { to = Millis(intMember(*own, key, to.count())); };
    take("connect_ms", out.timeouts.connect);
    take("head_ms", out.timeouts.head);
    take("first_content_ms", out.timeouts.firstContent);
    take("content_idle_ms", out.timeouts.contentIdle);
    take("byte_idle_ms", out.timeouts.byteIdle);
}

void Builder::passHeaders(const Value &source, const QString &path, ProviderSettings &out)
{
    const QList<Value> &list = listMember(source, "pass_headers");
    for (qsizetype i = 0; i < list.size(); ++i) {
        if (!list[i].isString() || list[i].text().isEmpty())
            continue;
        const QByteArray name = list[i].text().toLower();
        const QString at = indexPath(path + u".pass_headers", i);
        if (!isToken(name))
            error(at, QStringLiteral("This is no header name."));
        else if (isForbiddenHeader(name))
            error(at, QStringLiteral("This header is never passed on."));
        else if (!out.passHeaders.contains(name))
            out.passHeaders.append(name);
    }
}

} // namespace sb::config
