// The configuration as a whole, its earlier versions, and what is stored.
#include "engine/setup_commands.h"

#include "engine/engine_private.h"
#include "store/store.h"

#include <QDirIterator>

namespace sb::engine {

namespace {

const QString kWindow = QStringLiteral("window");

qint64 bytesOf(const QString &dataDir, const QString &name)
{
    qint64 sum = 0;
    for (const QString &suffix : {QString(), QStringLiteral("-wal")})
        sum += QFileInfo(QDir(dataDir).filePath(name + suffix)).size();
    return sum;
}

qint64 bytesIn(const QString &folder)
{
    qint64 sum = 0;
    QDirIterator files(folder, QDir::Files);
    while (files.hasNext()) {
        files.next();
        sum += files.fileInfo().size();
    }
    return sum;
}

} // namespace

config::SnapshotPtr SetupCommands::config() const
{
    return m_engine.config();
}

QFuture<Result<QByteArray>> SetupCommands::configText()
{
    return m_engine.configText();
}

QFuture<QList<config::Problem>> SetupCommands::checkText(const QByteArray &text)
{
    const auto &keeper = m_engine.d->keeper;
    return QtFuture::makeReadyFuture(keeper ? keeper->problemsOf(text) : QList<config::Problem>());
}

QFuture<Result<quint32>> SetupCommands::applyText(const QByteArray &text, quint32 base,
                                                  const QString &note)
{
    ConfigKeeper *keeper = m_engine.d->keeper.get();
    if (!keeper || !keeper->snapshot())
        return notRunning<quint32>();
    // What somebody has just saved in an editor counts as newer, even before the watch tells.
    const bool isUpToDate = base == 0 || keeper->catchUp();
    if (base != 0 && (!isUpToDate || keeper->snapshot()->revision != base))
        return secret::answer<quint32>(unexpected(
            failure(QStringLiteral("changed_meanwhile"),
                    QStringLiteral("The configuration has changed since version %1.").arg(base))));
    return m_engine.d->applySnapshot(keeper->replace(text, {kWindow, note}));
}

QFuture<Result<quint32>> SetupCommands::editConfig(const QString &path, const QByteArray &jsonValue)
{
    ConfigKeeper *keeper = m_engine.d->keeper.get();
    if (!keeper)
        return notRunning<quint32>();
    return m_engine.d->applySnapshot(keeper->edit(path, jsonValue, {kWindow, path}));
}

QFuture<Result<QList<ConfigVersion>>> SetupCommands::versions()
{
    ConfigKeeper *keeper = m_engine.d->keeper.get();
    if (!keeper)
        return notRunning<QList<ConfigVersion>>();
    return secret::answer<QList<ConfigVersion>>(keeper->history().versions());
}

QFuture<Result<QByteArray>> SetupCommands::versionText(quint32 revision)
{
    ConfigKeeper *keeper = m_engine.d->keeper.get();
    if (!keeper)
        return notRunning<QByteArray>();
    return secret::answer<QByteArray>(keeper->history().text(revision));
}

QFuture<Result<StorageView>> SetupCommands::storage()
{
    Engine::Private *d = m_engine.d.get();
    if (!d->keeper)
        return notRunning<StorageView>();
    StorageView view;
    view.dataDir = d->dataDir;
    view.configPath = d->configPath;
    view.ledgerBytes = bytesOf(d->dataDir, QStringLiteral("ledger.db"));
    view.historyBytes = bytesOf(d->dataDir, QStringLiteral("history.db"));
    view.journalBytes = bytesIn(QDir(d->dataDir).filePath(QStringLiteral("journal")));
    view.priceDate = d->keeper->priceDate();
    view.isKeychainWorking
        = d->keychain.state() == secret::VaultState::Ok && d->keeperOfSecrets.isKeychainWorking();
    view.keychainDetail = d->keeperOfSecrets.keychainDetail();
    view.hasVault = d->passphrase.exists();
    view.isVaultOpen = d->passphrase.state() == secret::VaultState::Ok;
    EngineCore *core = d->core;
    if (!core)
        return secret::answer<StorageView>(view);
    auto promise = std::make_shared<QPromise<Result<StorageView>>>();
    promise->start();
    const QFuture<Result<StorageView>> future = promise->future();
    QMetaObject::invokeMethod(
        core,
        [core, promise, view] {
            if (!core->isOpen())
                return answerStopped(*promise);
            core->store()->sizes().then([promise, view](const Result<store::Sizes> &sizes) {
                StorageView counted = view; // without a history that can be read: the files alone
                if (sizes) {
                    counted.ledgerBytes = sizes->ledgerBytes;
                    counted.historyBytes = sizes->historyBytes;
                    counted.captureBytes = sizes->captureBytes;
                    counted.captures = sizes->captures;
                    counted.exchanges = sizes->exchanges;
                    counted.oldestWallMs = sizes->oldestWallMs;
                }
                promise->addResult(Result<StorageView>(counted));
                promise->finish();
            });
        },
        Qt::QueuedConnection);
    return future;
}

QFuture<Result<qint64>> SetupCommands::trimNow()
{
    EngineCore *core = m_engine.d->core;
    if (!core)
        return notRunning<qint64>();
    auto promise = std::make_shared<QPromise<Result<qint64>>>();
    promise->start();
    const QFuture<Result<qint64>> future = promise->future();
    QMetaObject::invokeMethod(
        core,
        [core, promise] {
            if (!core->isOpen())
                return answerStopped(*promise);
            core->store()->trimNow().then([promise](const Result<qint64> &rows) {
                promise->addResult(rows);
                promise->finish();
            });
        },
        Qt::QueuedConnection);
    return future;
}

} // namespace sb::engine
