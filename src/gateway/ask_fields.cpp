#include "gateway/ask_fields.h"

#include "http/grammar.h"
#include "record/names.h"

namespace sb::gateway {

namespace {
constexpr QByteArrayView kPrefix("x-signalbox-");
// Headers of other gateways that say where to connect: that is nobody's but the settings'.
// [robustness §7.9]
constexpr QByteArrayView kAddressHeaders[]{"x-portkey-custom-host", "helicone-target-url",
                                           "helicone-openai-api-base"};
constexpr qsizetype kTags = 16;
constexpr qsizetype kTagLength = 128;

Unexpected bad(QByteArrayView name, const QString &why)
{
    return unexpected(Error::make(QStringLiteral("bad_request"),
                                  QStringLiteral("%1: %2").arg(QString::fromLatin1(name), why),
                                  Blame::Client));
}

Unexpected notSupported(QByteArrayView name)
{
    return unexpected(Error::make(
        QStringLiteral("not_supported"),
        QStringLiteral("The header %1 is not supported.").arg(QString::fromLatin1(name)),
        Blame::Client));
}

std::optional<bool> readBool(QByteArrayView value)
{
    if (value == "true")
        return true;
    if (value == "false")
        return false;
    return std::nullopt;
}

std::optional<Millis> readMillis(QByteArrayView value, Millis most)
{
    bool ok = false;
    const qint64 ms = value.toLongLong(&ok);
    if (!ok || ms < 1)
        return std::nullopt;
    return std::min(Millis(ms), most);
}

bool isPlain(QByteArrayView value)
{
    return std::all_of(value.begin(), value.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

std::optional<QList<QString>> readTags(QByteArrayView value)
{
    QList<QString> tags;
    for (const QByteArray &part : value.toByteArray().split(',')) {
        const QByteArray tag = part.trimmed();
        const qsizetype equals = tag.indexOf('=');
        if (equals < 1 || tag.size() > kTagLength || !isPlain(tag) || tags.size() == kTags)
            return std::nullopt;
        tags.append(QString::fromLatin1(tag));
    }
    return tags;
}
} // namespace

Result<AskFields> readAskFields(const http::Fields &fields, const config::ClientSettings &client,
                                const config::RoutingSettings &routing)
{
    AskFields ask;
    for (int i = 0; i < fields.count(); ++i) {
        const QByteArrayView wireName = fields.name(i);
        for (const QByteArrayView refused : kAddressHeaders) {
            if (http::isSameName(wireName, refused))
                return notSupported(refused);
        }
        if (wireName.size() <= kPrefix.size()
            || !http::isSameName(wireName.first(kPrefix.size()), kPrefix))
            continue;
        const QByteArray name = wireName.toByteArray().toLower();
        const QByteArrayView rest = QByteArrayView(name).sliced(kPrefix.size());
        const QByteArrayView value = fields.value(i);
        if (rest == "chain") {
            ask.chain = ChainId(QString::fromUtf8(value));
        } else if (rest == "no-failover" || rest == "dry-run" || rest == "strict") {
            const auto on = readBool(value);
            if (!on)
                return bad(name, QStringLiteral("must be true or false."));
            (rest == "dry-run"      ? ask.isDryRun
                 : rest == "strict" ? ask.isStrict
                                    : ask.isNoFailover)
                = *on;
        } else if (rest == "timeout-ms" || rest == "first-token-ms") {
            const auto ms = readMillis(value, routing.total);
            if (!ms)
                return bad(name, QStringLiteral("must be a whole number of milliseconds above 0."));
            (rest == "timeout-ms" ? ask.total : ask.firstToken) = *ms;
        } else if (rest == "log") {
            const auto policy = fromName<LogPolicy>(value);
            if (!policy)
                return bad(name, QStringLiteral("must be off, metadata or full."));
            if (*policy > client.maxLog)
                return notSupported(name);
            ask.log = *policy;
        } else if (rest == "tags") {
            const auto tags = readTags(value);
            if (!tags)
                return bad(name,
                           QStringLiteral("must be up to 16 name=value pairs, comma separated."));
            ask.tags = *tags;
        } else if (rest == "session") {
            if (value.isEmpty() || value.size() > kTagLength || !isPlain(value))
                return bad(name, QStringLiteral("must be 1 to 128 printable characters."));
            ask.session = QString::fromLatin1(value);
        } else {
            return notSupported(name);
        }
    }
    return ask;
}

} // namespace sb::gateway
