// The façade: owns the threads, wires the rooms, takes commands. Only values cross it.
//
// Owned by main() (console or daemon) and used on its thread. The engine thread carries listener,
// upstreams, the walk and the journal; the store has its writer and reader. start() returns at
// once; its future ends when every socket accepts, or with the reason. stop() = no new accepts →
// drain → settle the rest as stopped → flush the store → join. [style §6]
#pragma once

#include "base/result.h"
#include "base/secret.h"
#include "config/settings.h"
#include "gateway/run_book.h"
#include "record/frame.h"
#include "store/store.h"

#include <QFuture>
#include <QObject>

#include <memory>

namespace sb::engine {

class BoardControl;
class History;
class Setup;

struct EngineOptions {
    QString configPath; // empty: the default place
    QString dataDir;
    std::optional<config::Listener> listen; // --listen replaces the file's listeners
    bool isConfigWritable = true; // write defaults when there is no file
};

struct Started {
    QList<QString> addresses; // "http://127.0.0.1:7317"
    quint32 revision = 0;
    QList<config::Problem> warnings;
    bool isFirstStart = false; // the config file was made now
};

// Errors of start(): "port_taken" (detail names the holder where known), "data_dir_in_use" (detail:
// pid of the owner), "config_invalid", "store_newer", "data_dir".

struct ExplainAsk {
    QString model;
    ClientId client; // empty: `default`
    DialectId dialect = DialectId::OpenAiChat;
    bool hasTools = false;
    bool hasImages = false;
    QList<ProviderId> down;
};

// A command that is run through this gateway, for as long as someone stands by it.
struct RunAsk {
    QString program; // its session is named after it
    ClientId client; // whose rights it has; empty: the program's own, else `default`
    ChainId chain; // for all its requests; empty: as they say
    std::optional<Money> cap;
};
struct RunStarted {
    QString session;
    Secret key; // in memory only, until endRun()
    ClientId client;
    QString address; // "http://127.0.0.1:7317"
};

class Engine final : public QObject {
    Q_OBJECT
public:
    explicit Engine(const EngineOptions &options, QObject *parent = nullptr);
    ~Engine() override;

    QFuture<Result<Started>> start();
    // Ends when every thread has joined. A second call ends the waiting at once.
    QFuture<void> stop(Millis drain);
    bool isRunning() const;

    // After start() failed: the other process that serves this data folder, and asking it to stop;
    // the future ends when it has gone (then start() again), with an error after 35 s.
    std::optional<qint64> dataDirOwner() const; // pid
    QFuture<Result<void>> askOwnerToStop();
    // After "port_taken": start on this address from now on.
    void setListen(const config::Listener &listener);

    // The window's three groups of commands; they live as long as the engine.
    BoardControl &control();
    History &history();
    Setup &setup();

    // ---- commands: posted to the engine thread, answered by future ----
    QFuture<Result<quint32>> reload(); // from the file; the new revision or the first problem
    QFuture<Result<QList<config::Problem>>> checkConfig();
    QFuture<Result<quint32>> editConfig(const QString &path,
                                        const QByteArray &jsonValue); // empty value removes
    QFuture<Result<quint32>> applyConfig(const QByteArray &text); // whole file, atomic
    QFuture<Result<QByteArray>> configText();
    config::SnapshotPtr config() const; // what runs now, as written; null before the start
    QFuture<FramePtr> frame(); // as of now, for those who look once
    QFuture<Result<Decision>> explain(const ExplainAsk &ask);
    QFuture<Result<void>> addSimulatedProviders(); // the "start with simulated providers" door:
                                                   // three, and chain `default`
    QFuture<Result<QString>> clientKey(const ClientId &client); // our own key, to show once asked
    QFuture<Result<void>> storeProviderKey(const ProviderId &provider, const KeyId &key,
                                           const Secret &secret);
    // The keys of this provider may be sent to its present address (see engine/key_origins.h).
    QFuture<Result<void>> confirmAddress(const ProviderId &provider);
    QFuture<Result<QByteArray>>
    verifyProvider(const ProviderId &provider); // free model list call; JSON {"models":n}

    // ---- runs of `signalboxd with` ----
    // "no_such_id" (client, chain), "not_allowed"; a receipt waits for what is open, 3 s at most.
    QFuture<Result<RunStarted>> beginRun(const RunAsk &ask);
    QFuture<Result<gateway::RunReceipt>> runReceipt(const QString &session); // "no_such_id"
    void endRun(const QString &session);

    // ---- history ----
    // Ends when everything that has settled so far can be read back.
    QFuture<Result<void>> flushHistory();
    QFuture<Result<store::Page>> page(std::optional<ExchangeId> before, int limit);
    QFuture<Result<std::shared_ptr<const Exchange>>> find(const ExchangeId &id);

    QString dataDir() const;
    QString configPath() const;

signals:
    // At most every 100 ms, queued to the receiver's thread; whole values.
    void published(const sb::FramePtr &frame);
    // Problems of an outside edit that was refused; the old configuration stays in force.
    void configRefused(const QList<sb::config::Problem> &problems);

protected:
    void connectNotify(const QMetaMethod &signal) override;
    void disconnectNotify(const QMetaMethod &signal) override;

private:
    friend class BoardCommands;
    friend class HistoryCommands;
    friend class SetupCommands;
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace sb::engine
