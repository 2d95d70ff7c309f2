// The control socket: the command line's way into a running engine. JSON lines on a local socket
// that only its owner may open (mode 0600).
//
// Request: {"command": NAME, …}. Answer: {"ok":true,"result":…} or
// {"ok":false,"code":…,"detail":…}; `tail` and `export` then send one line per exchange. Main
// thread, owned by main(); the engine outlives it.
#pragma once

#include "engine/engine.h"

#include <QLocalServer>
#include <QObject>

namespace sb::control {

class ControlServer final : public QObject {
    Q_OBJECT
public:
    explicit ControlServer(engine::Engine &engine, QObject *parent = nullptr);

    // After the engine has its data folder: a socket left by a dead process is taken over.
    Result<void> listen();
    bool isListening() const { return m_server.isListening(); }

signals:
    void stopAsked();

private:
    void accept();

    engine::Engine &m_engine;
    QLocalServer m_server;
};

} // namespace sb::control
