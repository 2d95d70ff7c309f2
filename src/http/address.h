// Small facts about addresses: what is loopback, what may be connected to, how they are written.
#pragma once

#include <QByteArray>
#include <QByteArrayView>
#include <QHostAddress>

#include <netinet/in.h>

namespace sb::http {

// "127.0.0.1:443", "[::1]:443".
QByteArray addressText(const QHostAddress &address, quint16 port);
// "example.com:443", "[::1]:443": what a CONNECT line and a log want.
QByteArray authorityText(QByteArrayView host, quint16 port);

// A name or literal that can only mean this machine: 127/8, ::1, localhost, *.localhost [RFC 6761].
bool isLoopbackHost(QByteArrayView host);

// Checked after the lookup, so a name cannot lead where a literal may not. Link-local, unspecified,
// multicast and broadcast addresses are refused; without TLS anything but loopback is.
// [robustness §7.9]
bool mayConnect(const QHostAddress &address, bool isTls);

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t length = 0;
};
SocketAddress toSocketAddress(const QHostAddress &address, quint16 port);

// Text of an errno value, for logs.
QByteArray errnoText(int error);

} // namespace sb::http
