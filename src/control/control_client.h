// The caller's side of the control socket, for the command line. Blocks; one thread without a loop.
#pragma once

#include "base/result.h"
#include "json/value.h"

#include <QByteArray>
#include <QLocalSocket>
#include <QString>

namespace sb::control {

class ControlClient {
public:
    // "not_running" when nobody serves that data folder.
    Result<void> connectTo(const QString &dataDir);
    // Sends one command and waits for its answer's `result`.
    Result<json::Value> ask(const QByteArray &request, int timeoutMs = 20'000);
    // Further bytes of a stream of lines; empty at its end.
    QByteArray more();

private:
    QLocalSocket m_socket;
};

} // namespace sb::control
