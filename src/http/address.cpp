#include "http/address.h"

#include <cstring>

#include <arpa/inet.h>

namespace sb::http {

QByteArray addressText(const QHostAddress &address, quint16 port)
{
    return authorityText(address.toString().toLatin1(), port);
}

QByteArray authorityText(QByteArrayView host, quint16 port)
{
    QByteArray text;
    text.reserve(host.size() + 8);
    const bool isV6 = host.contains(':');
    if (isV6)
        text += '[';
    text += host;
    if (isV6)
        text += ']';
    text += ':';
    text += QByteArray::number(port);
    return text;
}

bool isLoopbackHost(QByteArrayView host)
{
    QByteArray name = host.toByteArray().toLower();
    if (name.endsWith('.'))
        name.chop(1);
    if (name == "localhost" || name.endsWith(".localhost"))
        return true;
    const QHostAddress address(QString::fromLatin1(name));
    return !address.isNull() && address.isLoopback();
}

bool mayConnect(const QHostAddress &address, bool isTls)
{
    if (address.isNull())
        return false;
    if (address.isLoopback())
        return true;
    if (!isTls)
        return false;
    bool isMapped = false;
    const quint32 v4 = address.toIPv4Address(&isMapped);
    // An IPv4 address in IPv6 clothes is judged by what it wears underneath.
    if (isMapped && address.protocol() == QAbstractSocket::IPv6Protocol)
        return mayConnect(QHostAddress(v4), isTls);
    return !address.isLinkLocal() && !address.isMulticast() && !address.isBroadcast()
        && address != QHostAddress(QHostAddress::AnyIPv4)
        && address != QHostAddress(QHostAddress::AnyIPv6);
}

SocketAddress toSocketAddress(const QHostAddress &address, quint16 port)
{
    SocketAddress result;
    if (address.protocol() == QAbstractSocket::IPv6Protocol) {
        auto *in6 = reinterpret_cast<sockaddr_in6 *>(&result.storage);
        in6->sin6_family = AF_INET6;
        in6->sin6_port = htons(port);
        const Q_IPV6ADDR bytes = address.toIPv6Address();
        std::memcpy(&in6->sin6_addr, &bytes, sizeof bytes);
        result.length = sizeof(sockaddr_in6);
    } else {
        auto *in = reinterpret_cast<sockaddr_in *>(&result.storage);
        in->sin_family = AF_INET;
        in->sin_port = htons(port);
        in->sin_addr.s_addr = htonl(address.toIPv4Address());
        result.length = sizeof(sockaddr_in);
    }
    return result;
}

QByteArray errnoText(int error)
{
    char buffer[128];
    // The GNU strerror_r returns its text; it may or may not use the buffer.
    return QByteArray(strerror_r(error, buffer, sizeof buffer));
}

} // namespace sb::http
