// Which program holds a TCP port on this computer, as far as the system tells (Linux: /proc).
#pragma once

#include <QString>

#include <optional>

namespace sb::engine {

struct PortHolder {
    qint64 pid = 0;
    QString program;
};

std::optional<PortHolder> portHolder(quint16 port);

} // namespace sb::engine
