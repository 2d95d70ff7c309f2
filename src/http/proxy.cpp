#include "http/proxy.h"

#include <QUrl>

#include "http/address.h"

namespace sb::http {

namespace {

QByteArray firstOf(std::initializer_list<const char *> names)
{
    for (const char *name : names) {
        if (QByteArray value = qgetenv(name).trimmed(); !value.isEmpty())
            return value;
    }
    return {};
}

bool isAddress(const QByteArray &host)
{
    return !QHostAddress(QString::fromLatin1(host)).isNull();
}

} // namespace

Result<Proxy> parseProxyUrl(QByteArrayView text)
{
    const auto bad = [](const QString &why) {
        return unexpected(Error::make(QStringLiteral("bad_proxy"), why));
    };
    QByteArray full = text.trimmed().toByteArray();
    if (!full.contains("://"))
        full.prepend("http://");
    const QUrl url = QUrl::fromEncoded(full, QUrl::StrictMode);
    // The URL itself may hold a password, so no message repeats it.
    if (!url.isValid() || url.host().isEmpty())
        return bad(QStringLiteral("the proxy address is not a valid URL"));
    if (url.scheme() != QLatin1String("http"))
        return bad(QStringLiteral("only http:// proxies are supported, not ") + url.scheme()
                   + QStringLiteral("://"));
    Proxy proxy;
    proxy.host = url.host(QUrl::FullyEncoded).toLatin1().toLower();
    if (proxy.host.startsWith('[') && proxy.host.endsWith(']'))
        proxy.host = proxy.host.sliced(1, proxy.host.size() - 2);
    proxy.port = quint16(url.port(80));
    if (proxy.port == 0)
        return bad(QStringLiteral("the proxy address has port 0"));
    if (!url.userName().isEmpty() || !url.password().isEmpty()) {
        const QByteArray pair = url.userName(QUrl::FullyDecoded).toUtf8() + ':'
            + url.password(QUrl::FullyDecoded).toUtf8();
        proxy.authorization = "Basic " + pair.toBase64();
    }
    return proxy;
}

QByteArray connectRequest(const Proxy &proxy, const Origin &origin)
{
    const QByteArray authority = authorityText(origin.host, origin.port);
    QByteArray head = "CONNECT " + authority + " HTTP/1.1\r\nhost: " + authority + "\r\n";
    if (!proxy.authorization.isEmpty())
        head += "proxy-authorization: " + proxy.authorization + "\r\n";
    return head + "\r\n";
}

ProxyRules::ProxyRules(const ProxySettings &settings)
{
    switch (settings.mode) {
    case ProxySettings::Mode::None:
        return;
    case ProxySettings::Mode::Manual:
        m_forTls = m_forPlain = settings.url;
        return;
    case ProxySettings::Mode::System:
        break;
    }
    m_forTls = firstOf({"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"});
    // HTTP_PROXY in capitals can be set by a request to a CGI program; nobody reads it.
    // [CVE-2016-5385]
    m_forPlain = firstOf({"http_proxy", "all_proxy", "ALL_PROXY"});

    const QByteArray list = firstOf({"no_proxy", "NO_PROXY"}).toLower();
    for (QByteArray entry : list.split(',')) {
        entry = entry.trimmed();
        if (entry == "*")
            m_excludesAll = true;
        Exception exception;
        const qsizetype colon = entry.lastIndexOf(':');
        const bool hasBrackets = entry.startsWith('[');
        if (colon > entry.lastIndexOf(']') && (hasBrackets || entry.count(':') == 1)) {
            bool isNumber = false;
            exception.port = entry.sliced(colon + 1).toUShort(&isNumber);
            if (!isNumber)
                continue;
            entry.truncate(colon);
        }
        if (hasBrackets && entry.endsWith(']'))
            entry = entry.sliced(1, entry.size() - 2);
        if (entry.startsWith("*."))
            entry.remove(0, 2);
        else if (entry.startsWith('.'))
            entry.remove(0, 1);
        exception.host = entry;
        if (!exception.host.isEmpty())
            m_exceptions.append(exception);
    }
}

bool ProxyRules::isExcluded(const Origin &origin) const
{
    if (m_excludesAll)
        return true;
    for (const Exception &exception : m_exceptions) {
        if (exception.port != 0 && exception.port != origin.port)
            continue;
        if (origin.host == exception.host)
            return true;
        // A suffix counts only at a dot, and never inside an address.
        if (origin.host.size() > exception.host.size() + 1 && origin.host.endsWith(exception.host)
            && origin.host.at(origin.host.size() - exception.host.size() - 1) == '.'
            && !isAddress(origin.host))
            return true;
    }
    return false;
}

Result<std::optional<Proxy>> ProxyRules::choose(const Origin &origin) const
{
    const QByteArray &url = origin.isTls ? m_forTls : m_forPlain;
    if (url.isEmpty() || isLoopbackHost(origin.host) || isExcluded(origin))
        return std::optional<Proxy>();
    const auto proxy = parseProxyUrl(url);
    if (!proxy)
        return unexpected(proxy.error());
    return std::optional<Proxy>(*proxy);
}

} // namespace sb::http
