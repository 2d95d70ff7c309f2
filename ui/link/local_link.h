// The engine in this process: started, restarted on another port, taken over from a daemon.
#pragma once

#include "link/engine_link.h"

#include <memory>

class QTimer;

namespace sb::link {

// Owns the engine. A port that is taken does not leave the user without a gateway: the next free
// one is used for this run and trouble() names the holder. A data folder in use is left alone until
// takeOver(), which asks the owner to finish (SIGTERM, it drains) and then starts here.
class LocalLink final : public EngineLink {
    Q_OBJECT
public:
    LocalLink(std::unique_ptr<engine::Engine> engine, const engine::EngineOptions &options,
              const Clock &clock, QObject *parent = nullptr);
    ~LocalLink() override;

    // Returns at once; stateChanged() tells how it went.
    void begin();
    // No new requests → running ones end within `drain` → settled. For quitting.
    QFuture<void> stop(Millis drain);

    QFuture<Result<void>> addSimulatedProviders() override;
    QFuture<Result<quint32>> editConfig(const QString &path, const QByteArray &jsonValue) override;
    QFuture<Result<Decision>> explain(const engine::ExplainAsk &ask) override;
    QFuture<Result<store::Page>> page(std::optional<ExchangeId> before, int limit) override;
    QFuture<Result<std::shared_ptr<const Exchange>>> find(const ExchangeId &id) override;
    void takeOver() override;
    void retry() override;
    void keepPort() override;

private:
    void start(const std::optional<config::Listener> &listen);
    void started(const Result<engine::Started> &result);
    void startElsewhere(const Error &error);
    config::Listener configuredListener() const;

    engine::EngineOptions m_options;
    const Clock &m_clock;
    std::unique_ptr<engine::Engine> m_engine;
    std::optional<config::Listener> m_listen; // of this try
    Trouble m_portTrouble; // kept while the gateway runs elsewhere
    QTimer *m_takeOverTimer;
    int m_portTries = 0;
    int m_takeOverTries = 0;
};

// The first port after `port` on which nobody listens here; 0 when none of the next 50 is free.
quint16 nextFreePort(const QString &host, quint16 port);

} // namespace sb::link
