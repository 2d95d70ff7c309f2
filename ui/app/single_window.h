// One window per data folder: a second start raises the first.
#pragma once

#include <QObject>

class QLocalServer;

namespace sb::app {

// Main thread. Listens on a local socket that only this user can open.
class SingleWindow final : public QObject {
    Q_OBJECT
public:
    explicit SingleWindow(const QString &dataDir, QObject *parent = nullptr);

    // True: another window serves this folder and was asked to come forward. Waits 300 ms at most.
    bool raiseOther();
    // A stale socket is removed, but only after raiseOther() could not connect.
    void listen();

signals:
    void raiseAsked();

private:
    QString m_name;
    QLocalServer *m_server;
};

} // namespace sb::app
