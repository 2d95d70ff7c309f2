#include "app/single_window.h"

#include <QCryptographicHash>
#include <QDir>
#include <QLocalServer>
#include <QLocalSocket>
#include <QStandardPaths>

namespace sb::app {

namespace {

constexpr int kWaitMs = 300;

} // namespace

SingleWindow::SingleWindow(const QString &dataDir, QObject *parent)
    : QObject(parent)
    , m_server(new QLocalServer(this))
{
    const QByteArray folder = QDir(dataDir).absolutePath().toUtf8();
    const QByteArray digest
        = QCryptographicHash::hash(folder, QCryptographicHash::Sha256).toHex().left(16);
    m_name = QStandardPaths::writableLocation(QStandardPaths::RuntimeLocation)
        + QStringLiteral("/signalbox-window-") + QString::fromLatin1(digest);
    m_server->setSocketOptions(QLocalServer::UserAccessOption);
    connect(m_server, &QLocalServer::newConnection, this, [this] {
        while (QLocalSocket *socket = m_server->nextPendingConnection()) {
            // The connection itself is the message.
            connect(socket, &QLocalSocket::disconnected, socket, &QObject::deleteLater);
            socket->disconnectFromServer();
            emit raiseAsked();
        }
    });
}

bool SingleWindow::raiseOther()
{
    QLocalSocket socket;
    socket.connectToServer(m_name);
    return socket.waitForConnected(kWaitMs);
}

void SingleWindow::listen()
{
    if (m_server->listen(m_name))
        return;
    QLocalServer::removeServer(m_name);
    m_server->listen(m_name);
}

} // namespace sb::app
