// What the façade's files share: the engine's members and the ways to reach the engine thread.
#pragma once

#include "engine/board_commands.h"
#include "engine/config_keeper.h"
#include "engine/engine.h"
#include "engine/engine_core.h"
#include "engine/history_commands.h"
#include "engine/key_origins.h"
#include "engine/secret_keeper.h"
#include "engine/setup_commands.h"
#include "secret/file_vault.h"
#include "secret/keychain_vault.h"
#include "secret/memory_vault.h"
#include "secret/passphrase_vault.h"
#include "secret/resolver.h"

#include <QDir>
#include <QLockFile>
#include <QPromise>
#include <QThread>

namespace sb::engine {

inline Error failure(const QString &code, const QString &detail)
{
    return Error::make(code, detail);
}

template <typename T> QFuture<Result<T>> notRunning()
{
    return secret::answer<T>(unexpected(
        failure(QStringLiteral("not_running"), QStringLiteral("The engine is not running."))));
}

template <typename T> void answerStopped(QPromise<Result<T>> &promise)
{
    promise.addResult(Result<T>(unexpected(
        failure(QStringLiteral("not_running"), QStringLiteral("The engine is not running.")))));
    promise.finish();
}

struct Engine::Private {
    Private(Engine &engine, const EngineOptions &given)
        : q(engine)
        , options(given)
        , dataDir(given.dataDir.isEmpty() ? config::defaultDataDir() : given.dataDir)
        , configPath(given.configPath.isEmpty() ? config::defaultConfigPath() : given.configPath)
        , files(QDir(dataDir).filePath(QStringLiteral("keys")))
        , passphrase(QDir(dataDir).filePath(QStringLiteral("vault")))
        , resolver({&keychain, &passphrase, &asked})
        , keeperOfSecrets({keychain, passphrase, asked, files}, dataDir,
                          dataDir == config::defaultDataDir())
    {
        keeperOfSecrets.onFallback([this](const config::SecretRef &ref, const QString &detail) {
            tellFallback(ref, detail);
        });
        thread.setObjectName(QStringLiteral("sb-engine"));
    }

    Result<void> takeDataDir();
    void begin();
    QFuture<config::SecretRef> makeDefaultKey();
    void loadKeysThen(std::function<void(const LoadedKeys &)> next);
    void openCore(const LoadedKeys &keys);
    void opened(const Result<QList<QString>> &addresses);
    void fail(Error error);
    QFuture<Result<quint32>> applySnapshot(const Result<config::SnapshotPtr> &taken);
    void tellRefusal(const QList<config::Problem> &problems);
    void tellFallback(const config::SecretRef &ref, const QString &detail);
    void updateListening();
    template <typename T, typename Call> QFuture<T> onCore(Call call);

    Engine &q;
    EngineOptions options;
    QString dataDir;
    QString configPath;
    std::unique_ptr<QLockFile> lock;
    std::unique_ptr<ConfigKeeper> keeper;
    secret::KeychainVault keychain;
    secret::FileVault files;
    secret::PassphraseVault passphrase;
    secret::MemoryVault asked;
    secret::SecretResolver resolver;
    SecretKeeper keeperOfSecrets;
    std::unique_ptr<KeyOrigins> origins; // while the data folder is ours
    QList<QString> addresses; // where we listen
    QThread thread;
    EngineCore *core = nullptr; // lives on `thread`
    std::optional<QPromise<Result<Started>>> starting;
    std::optional<QPromise<void>> stopping;
    bool isFirstStart = false;
    bool isRunning = false;
    bool isListening = false;
    BoardCommands board{q};
    HistoryCommands history{q};
    SetupCommands setup{q};
};

// Runs `call(core)` on the engine thread; its answer comes back as a future. When the engine has
// stopped meanwhile, the future is cancelled.
template <typename T, typename Call> QFuture<T> Engine::Private::onCore(Call call)
{
    QPromise<T> promise;
    promise.start();
    QFuture<T> future = promise.future();
    if (!core) {
        promise.future().cancel();
        promise.finish();
        return future;
    }
    auto shared = std::make_shared<QPromise<T>>(std::move(promise));
    QMetaObject::invokeMethod(
        core,
        [core = core, shared, call] {
            shared->addResult(call(*core));
            shared->finish();
        },
        Qt::QueuedConnection);
    return future;
}

} // namespace sb::engine
