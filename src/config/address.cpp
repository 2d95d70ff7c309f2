#include "config/address.h"

#include <QHostAddress>
#include <QUrl>

namespace sb::config {

namespace {

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

bool isAlnum(char c)
{
    return isDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Strictly four decimal parts. Other spellings ("0x7f.1", "2130706433", "0177.0.0.1") mean
// different addresses to different parsers, so they are refused rather than read.
bool isDottedQuad(QByteArrayView text)
{
    int parts = 0;
    qsizetype i = 0;
    while (true) {
        qsizetype start = i;
        int value = 0;
        while (i < text.size() && isDigit(text[i]) && i - start < 4)
            value = value * 10 + (text[i++] - '0');
        const qsizetype digits = i - start;
        if (digits == 0 || digits > 3 || value > 255 || (digits > 1 && text[start] == '0'))
            return false;
        ++parts;
        if (i == text.size())
            return parts == 4;
        if (text[i++] != '.' || parts == 4)
            return false;
    }
}

bool looksNumeric(QByteArrayView host)
{
    const QByteArrayView last = host.sliced(host.lastIndexOf('.') + 1);
    return !last.isEmpty()
        && (std::all_of(last.begin(), last.end(), isDigit) || last.startsWith("0x")
            || last.startsWith("0X"));
}

bool isName(QByteArrayView host)
{
    if (host.isEmpty() || host.size() > 253 || looksNumeric(host))
        return false;
    qsizetype label = 0;
    for (qsizetype i = 0; i < host.size(); ++i) {
        if (host[i] == '.') {
            if (label == 0 || host[i - 1] == '-')
                return false;
            label = 0;
            continue;
        }
        // "_" is no host name by the book, but containers are named so.
        if (!(isAlnum(host[i]) || host[i] == '_' || (host[i] == '-' && label > 0)) || ++label > 63)
            return false;
    }
    return host.back() != '-';
}

struct Authority {
    QByteArrayView host; // without brackets
    bool isBracketed = false;
    int port = -1; // -1 = none given
};

std::optional<Authority> authorityOf(QByteArrayView text)
{
    Authority out;
    QByteArrayView rest;
    if (text.startsWith('[')) {
        const qsizetype close = text.indexOf(']');
        if (close < 0)
            return std::nullopt;
        out.host = text.sliced(1, close - 1);
        out.isBracketed = true;
        QHostAddress address;
        if (out.host.contains('%') || !address.setAddress(QString::fromLatin1(out.host))
            || address.protocol() != QAbstractSocket::IPv6Protocol)
            return std::nullopt;
        rest = text.sliced(close + 1);
    } else {
        const qsizetype colon = text.indexOf(':');
        out.host = colon < 0 ? text : text.first(colon);
        rest = colon < 0 ? QByteArrayView() : text.sliced(colon);
        if (!isDottedQuad(out.host) && !isName(out.host))
            return std::nullopt;
    }
    if (rest.isEmpty())
        return out;
    const QByteArrayView digits = rest.sliced(1);
    if (rest[0] != ':' || digits.isEmpty() || digits.size() > 5
        || !std::all_of(digits.begin(), digits.end(), isDigit))
        return std::nullopt;
    out.port = digits.toByteArray().toInt();
    if (out.port < 1 || out.port > 65'535)
        return std::nullopt;
    return out;
}

QHostAddress addressOf(const Authority &authority)
{
    if (!authority.isBracketed && !isDottedQuad(authority.host))
        return {};
    QHostAddress address(QString::fromLatin1(authority.host));
    // ::ffff:169.254.1.1 is the address inside it.
    bool isMapped = false;
    const quint32 v4 = address.toIPv4Address(&isMapped);
    return isMapped ? QHostAddress(v4) : address;
}

} // namespace

bool isLoopbackHost(const QString &host)
{
    if (host.compare(u"localhost", Qt::CaseInsensitive) == 0)
        return true;
    QHostAddress address;
    return address.setAddress(host) && address.isLoopback();
}

bool isListenHost(const QString &host)
{
    if (host == u"localhost")
        return true;
    const QByteArray text = host.toUtf8();
    QHostAddress address;
    return isDottedQuad(text) || (text.contains(':') && address.setAddress(host));
}

QString baseUrlProblem(QByteArrayView text)
{
    if (std::any_of(text.begin(), text.end(),
                    [](char c) { return c <= ' ' || c >= 0x7f || c == '\\' || c == '"'; }))
        return QStringLiteral("An address has only printable ASCII characters and no \"\\\".");
    const bool isTls = text.startsWith("https://");
    if (!isTls && !text.startsWith("http://"))
        return QStringLiteral("An address begins with https:// (or http:// on this computer).");
    if (text.contains('?') || text.contains('#'))
        return QStringLiteral("An address here has no \"?\" and no \"#\".");
    if (text.contains('{') || text.contains('}'))
        return QStringLiteral("Fill in the placeholder in braces.");
    const QByteArrayView rest = text.sliced(isTls ? 8 : 7);
    const qsizetype slash = rest.indexOf('/');
    const QByteArrayView authorityText = slash < 0 ? rest : rest.first(slash);
    if (authorityText.contains('@'))
        return QStringLiteral("User names and passwords in addresses are refused; use keys.");
    const auto authority = authorityOf(authorityText);
    if (!authority)
        return QStringLiteral("The host or port of this address cannot be read.");
    const QByteArrayView path = slash < 0 ? QByteArrayView() : rest.sliced(slash);
    if (path.contains("/../") || path.endsWith("/..") || path.contains("%"))
        return QStringLiteral("The path of an address here has no \"..\" and no \"%\".");
    // What QUrl, which connects, makes of it must be what was read here.
    const QUrl url(QString::fromLatin1(text), QUrl::StrictMode);
    if (!url.isValid()
        || url.host().compare(QString::fromLatin1(authority->host), Qt::CaseInsensitive) != 0) {
        const bool isSameV6 = authority->isBracketed && url.isValid()
            && QHostAddress(url.host()) == QHostAddress(QString::fromLatin1(authority->host));
        if (!isSameV6)
            return QStringLiteral("The host or port of this address cannot be read.");
    }
    const QHostAddress address = addressOf(*authority);
    static const QHostAddress kMetadataV6(QStringLiteral("fd00:ec2::254")); // AWS
    if (!address.isNull()
        && (address.isLinkLocal() || address.isMulticast() || address.isBroadcast()
            || address == QHostAddress(QHostAddress::AnyIPv4)
            || address == QHostAddress(QHostAddress::AnyIPv6) || address == kMetadataV6))
        return QStringLiteral(
            "Link-local, metadata, multicast and unspecified addresses are refused.");
    if (!isTls) {
        const bool isLoopback = address.isNull()
            ? isLoopbackHost(QString::fromLatin1(authority->host))
            : address.isLoopback();
        if (!isLoopback)
            return QStringLiteral("http:// is allowed only to this computer (127.0.0.1, [::1], "
                                  "localhost); use https://.");
    }
    return {};
}

QByteArray trimmedBaseUrl(QByteArrayView text)
{
    while (text.endsWith('/'))
        text.chop(1);
    return text.toByteArray();
}

QString proxyUrlProblem(QByteArrayView text)
{
    if (!text.startsWith("http://"))
        return QStringLiteral("A proxy is given as http://host:port.");
    QByteArrayView rest = text.sliced(7);
    if (rest.endsWith('/'))
        rest.chop(1);
    if (rest.contains('@'))
        return QStringLiteral("User names and passwords in addresses are refused.");
    const auto authority = authorityOf(rest);
    if (!authority || authority->port < 0)
        return QStringLiteral("A proxy is given as http://host:port.");
    return {};
}

bool isHostField(QByteArrayView text)
{
    return authorityOf(text).has_value();
}

bool isOrigin(QByteArrayView text)
{
    const qsizetype mark = text.indexOf("://");
    if (mark < 1
        || std::any_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; }))
        return false;
    const QByteArrayView scheme = text.first(mark);
    if (!std::all_of(scheme.begin(), scheme.end(),
                     [](char c) { return isAlnum(c) || c == '+' || c == '-' || c == '.'; }))
        return false;
    const QByteArrayView host = text.sliced(mark + 3);
    // Extensions and desktop shells have origins like "vscode-webview://0abc…".
    return isHostField(host)
        || (scheme != "http" && scheme != "https" && !host.isEmpty()
            && std::all_of(host.begin(), host.end(),
                           [](char c) { return isAlnum(c) || c == '-' || c == '.' || c == '_'; }));
}

} // namespace sb::config
