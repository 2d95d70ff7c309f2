// Our own address as a provider's would send every request round in a circle. [console §3.6]
#pragma once

#include "base/result.h"
#include "config/settings.h"

#include <QSet>

namespace sb::engine {

// Ports we listen on, as configured and as bound.
QSet<quint16> ownPorts(const config::ConfigSnapshot &now, const QList<QString> &addresses);
// "own_address" when that base URL leads back to us: one of our ports on loopback or on an address
// of this computer.
Result<void> refuseOwnAddress(QByteArrayView baseUrl, const config::ConfigSnapshot &now,
                              const QList<QString> &addresses);

} // namespace sb::engine
