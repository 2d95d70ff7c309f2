// Where the control socket of a data folder is: beside the data, or in the runtime folder when the
// path would be too long for a socket. [contract §2]
#pragma once

#include <QString>

namespace sb::control {

QString socketPath(const QString &dataDir);

} // namespace sb::control
