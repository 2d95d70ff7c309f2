// Which addresses may stand in the configuration: where we listen and whom we call. Pure.
#pragma once

#include <QByteArray>
#include <QByteArrayView>
#include <QString>

namespace sb::config {

// 127.0.0.0/8, ::1, "localhost".
bool isLoopbackHost(const QString &host);

// An IP literal (without brackets) or "localhost": what one can listen on.
bool isListenHost(const QString &host);

// Why this cannot be the address of a provider, or an empty text. [robustness §7.9]
QString baseUrlProblem(QByteArrayView text);
// Without trailing slashes.
QByteArray trimmedBaseUrl(QByteArrayView text);

// "http://host:port" without user info.
QString proxyUrlProblem(QByteArrayView text);

// "name" or "name:port", as a Host field has it.
bool isHostField(QByteArrayView text);
// "scheme://host" or "scheme://host:port", lower case, nothing behind, as an Origin field has it.
bool isOrigin(QByteArrayView text);

} // namespace sb::config
