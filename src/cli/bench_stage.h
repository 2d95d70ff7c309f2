// What `signalboxd bench` measures on when no provider is named: a simulated provider, near and
// far, and a gateway of its own before it, each a process on folders that end with it.
#pragma once

#include "base/result.h"

#include <QProcess>
#include <QTemporaryDir>

namespace sb::cli {

class BenchStage {
public:
    static constexpr int delayMs = 20; // to the far provider, each way

    ~BenchStage();
    Result<void> start();

    quint16 nearPort() const { return m_nearPort; }
    quint16 farPort() const { return m_farPort; } // TLS
    QString caFile() const { return m_folder.filePath(QStringLiteral("ca.pem")); }
    quint16 gatewayPort() const { return m_gatewayPort; }
    QByteArray key() const { return m_key; } // for the gateway; models "near/m" and "far/m"

private:
    Result<void> run(QProcess &process, const QStringList &arguments, const QByteArray &until);
    quint16 portBehind(const QByteArray &word) const;

    QTemporaryDir m_folder;
    QProcess m_provider;
    QProcess m_gateway;
    QByteArray m_out; // of the one that was started last
    QByteArray m_key;
    quint16 m_nearPort = 0;
    quint16 m_farPort = 0;
    quint16 m_gatewayPort = 0;
};

} // namespace sb::cli
