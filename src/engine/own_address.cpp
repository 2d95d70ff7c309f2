#include "engine/own_address.h"

#include "config/address.h"
#include "provider/request_head.h"

#include <QNetworkInterface>
#include <QUrl>

namespace sb::engine {

QSet<quint16> ownPorts(const config::ConfigSnapshot &now, const QList<QString> &addresses)
{
    QSet<quint16> ports;
    for (const config::Listener &listener : now.listeners)
        ports.insert(listener.port);
    for (const QString &address : addresses)
        ports.insert(quint16(QUrl(address).port(80)));
    return ports;
}

Result<void> refuseOwnAddress(QByteArrayView baseUrl, const config::ConfigSnapshot &now,
                              const QList<QString> &addresses)
{
    const auto base = provider::parseBase(baseUrl, {});
    if (!base || !ownPorts(now, addresses).contains(base->origin.port))
        return {};
    const QString host = QString::fromLatin1(base->origin.host);
    bool isHere = config::isLoopbackHost(host);
    if (const QHostAddress address(host); !isHere && !address.isNull())
        isHere = address.isLoopback() || QNetworkInterface::allAddresses().contains(address)
            || address == QHostAddress(QHostAddress::AnyIPv4)
            || address == QHostAddress(QHostAddress::AnyIPv6);
    if (!isHere)
        return {};
    return unexpected(Error::make(
        QStringLiteral("own_address"),
        QStringLiteral("%1 is this gateway's own address.").arg(QString::fromUtf8(baseUrl)),
        Blame::Client));
}

} // namespace sb::engine
