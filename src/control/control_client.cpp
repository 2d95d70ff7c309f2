#include "control/control_client.h"

#include "control/socket_path.h"
#include "json/reader.h"

namespace sb::control {

Result<void> ControlClient::connectTo(const QString &dataDir)
{
    m_socket.connectToServer(socketPath(dataDir));
    if (!m_socket.waitForConnected(2'000))
        return unexpected(Error::make(
            QStringLiteral("not_running"),
            QStringLiteral("No Signalbox is running on the data folder %1.").arg(dataDir)));
    return {};
}

Result<json::Value> ControlClient::ask(const QByteArray &request, int timeoutMs)
{
    m_socket.write(request + '\n');
    m_socket.flush();
    while (!m_socket.canReadLine()) {
        if (!m_socket.waitForReadyRead(timeoutMs))
            return unexpected(Error::make(QStringLiteral("no_answer"),
                                          QStringLiteral("The running Signalbox did not answer.")));
    }
    auto answer = json::read(m_socket.readLine().trimmed());
    if (!answer)
        return unexpected(answer.error());
    const json::Value *ok = answer->find("ok");
    if (ok && ok->isBool() && ok->toBool()) {
        const json::Value *result = answer->find("result");
        return result ? *result : json::Value();
    }
    const json::Value *code = answer->find("code");
    const json::Value *detail = answer->find("detail");
    return unexpected(
        Error::make(code && code->isString() ? code->toString() : QStringLiteral("failed"),
                    detail && detail->isString() ? detail->toString() : QString()));
}

QByteArray ControlClient::more()
{
    while (m_socket.bytesAvailable() == 0) {
        if (!m_socket.waitForReadyRead(-1))
            return m_socket.readAll();
    }
    return m_socket.readAll();
}

} // namespace sb::control
