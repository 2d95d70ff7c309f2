// The engine in this process: started, moved to another port, taken over from a daemon.
#pragma once

#include "link/engine_link.h"

namespace sb::link {

// Speaks to an engine that outlives it. A port that is taken does not leave the user without a
// gateway: the next free one is used for this run and trouble() names the holder. A data folder in
// use is left alone until takeOver(), which asks its owner to finish and then starts here.
class LocalLink final : public EngineLink {
    Q_OBJECT
public:
    // `listen`: what the command line gave instead of the file's listeners.
    LocalLink(engine::Engine &engine, const std::optional<config::Listener> &listen,
              const Clock &clock, QObject *parent = nullptr);
    ~LocalLink() override;

    // Returns at once; stateChanged() tells how it went.
    void begin();
    // No new requests → running ones end within `drain` → settled. For quitting.
    QFuture<void> stop(Millis drain);

    engine::BoardControl &control() override { return m_engine.control(); }
    engine::History &history() override { return m_engine.history(); }
    engine::Setup &setup() override { return m_engine.setup(); }
    QFuture<Result<void>> addSimulatedProviders() override;
    void sendTestRequest(const QString &model) override;
    QFuture<Result<quint32>> editConfig(const QString &path, const QByteArray &jsonValue) override;
    QFuture<Result<Decision>> explain(const engine::ExplainAsk &ask) override;
    QFuture<Result<store::Page>> page(std::optional<ExchangeId> before, int limit) override;
    QFuture<Result<std::shared_ptr<const Exchange>>> find(const ExchangeId &id) override;
    void takeOver() override;
    void retry() override;
    void keepPort() override;

private:
    void start();
    void started(const Result<engine::Started> &result);
    void startElsewhere(const Error &error);
    config::Listener wantedListener() const;

    engine::Engine &m_engine;
    const std::optional<config::Listener> m_given;
    const Clock &m_clock;
    Trouble m_portTrouble; // kept while the gateway runs elsewhere
    int m_portTries = 0;
    bool m_isMoved = false; // setListen() was called
};

// The first port after `port` on which nobody listens here; 0 when none of the next 50 is free.
quint16 nextFreePort(const QString &host, quint16 port);

} // namespace sb::link
