// What lives on the engine thread: listener, upstreams, the walk, the journal, simulated providers.
//
// Made on the main thread, moved to the engine thread, used there only. Speaks to the façade by
// calls that the façade posts and callbacks that it posts back.
#pragma once

#include "engine/board_control.h"
#include "engine/caller_lookup.h"
#include "engine/engine.h"
#include "engine/key_loader.h"
#include "engine/local_probe.h"
#include "engine/verify_call.h"
#include "gateway/gateway.h"
#include "http/server.h"
#include "sim/simulator.h"
#include "store/store.h"

#include <QObject>

#include <functional>
#include <map>
#include <memory>

namespace sb::engine {

class StoreSink;

class EngineCore final : public QObject {
    Q_OBJECT
public:
    EngineCore();
    ~EngineCore() override;

    struct Opening {
        config::SnapshotPtr config;
        LoadedKeys keys;
        store::Options store;
        QString journalFolder;
        std::optional<config::Listener> listen;
        http::ProxySettings proxy;
    };
    // Opens the store, replays the journal, listens.
    Result<QList<QString>> open(Opening opening);
    void apply(const config::SnapshotPtr &config, const LoadedKeys &keys);
    // An outside edit was not taken: said until a good one comes.
    void refuseConfig(const QString &path, const QString &why);
    // A second call, without `done`, ends the waiting of the first.
    void close(Millis drain, std::function<void()> done);

    // False before open() and after close(): commands may still arrive then.
    bool isOpen() const { return m_gateway && m_store; }
    Result<Decision> explain(const ExplainAsk &ask) const;
    Result<RunStarted> beginRun(const RunAsk &ask);
    // `done` once, when nothing of the run is open or after a moment; also for a run that is not.
    void runReceipt(const QString &session,
                    std::function<void(const Result<gateway::RunReceipt> &)> done);
    void endRun(const QString &session);
    // One free call each; false when there is no address to ask, and `done` is not called then.
    // Without `setup`: as configured now.
    bool verify(const gateway::SetupPtr &setup, const ProviderId &provider, const KeyId &key,
                std::function<void(const VerifyAnswer &)> done);
    // Looks for model servers on this computer.
    void probe(const QList<LocalPlace> &places, const QSet<quint16> &own,
               std::function<void(const QList<LocalServer> &)> done);
    void addNotice(Notice notice); // dated now
    void clearNotice(Notice::Kind kind, const QString &subject);
    void setListening(bool isAnyoneListening);
    FramePtr frame();
    // What a person does to running traffic; null before open() and after close().
    gateway::Gateway *gateway() { return m_gateway.get(); }
    Result<void> setPaused(bool isPaused);
    Result<void> setRecording(Millis length);
    Result<quint32> startDrill(const DrillAsk &ask);
    store::Store *store() { return m_store.get(); }

signals:
    void published(const sb::FramePtr &frame);

private:
    Result<QList<QString>> listen(const std::optional<config::Listener> &override);
    void restoreSpent();
    config::SnapshotPtr withSimulators(const config::SnapshotPtr &config);
    void saveGates();
    void watchClock();
    void watchJournal();
    void finishClose();
    void setState(EngineState state);

    std::unique_ptr<Clock> m_clock;
    SystemRandom m_random;
    std::unique_ptr<store::Store> m_store;
    std::unique_ptr<StoreSink> m_sink;
    std::unique_ptr<http::Upstream> m_upstream;
    std::unique_ptr<ledger::Ledger> m_ledger;
    std::unique_ptr<CallerLookup> m_callers;
    std::unique_ptr<gateway::Gateway> m_gateway;
    std::unique_ptr<http::Server> m_server;
    struct Simulated {
        QString script;
        std::unique_ptr<sim::Simulator> simulator;
    };
    std::map<QString, Simulated> m_simulators; // by provider id
    std::vector<Simulated> m_retired; // edited away while requests were running through them
    std::map<quint64, std::unique_ptr<VerifyCall>> m_verifies;
    std::map<quint64, std::unique_ptr<LocalProbe>> m_probes;
    quint64 m_nextVerify = 1;
    QList<QString> m_addresses;
    EngineState m_state = EngineState::Starting;
    std::unique_ptr<Timer> m_gateTimer;
    std::unique_ptr<Timer> m_clockTimer;
    std::unique_ptr<Timer> m_drainTimer;
    quint64 m_journalFailures = 0; // at the last look
    QString m_refusedPath; // of the notice that stands
    QStringList m_keyNotices; // subjects of those that stand
    Nanos m_asleep{0}; // sinceBoot − now at the last look
    Nanos m_drainUntil{0};
    std::function<void()> m_closed;
};

} // namespace sb::engine
