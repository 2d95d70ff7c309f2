#include "engine/setup_commands.h"

#include "engine/engine_private.h"

namespace sb::engine {

QFuture<QList<FoundProvider>> SetupCommands::lookHere()
{
    return QtFuture::makeReadyFuture(QList<FoundProvider>());
}

QFuture<Result<QList<FoundProvider>>> SetupCommands::lookInShell()
{
    return notRunning<QList<FoundProvider>>();
}

QList<ProviderDraft> SetupCommands::recognise(const Secret &) const
{
    return {};
}

QFuture<Result<Verified>> SetupCommands::verify(const ProviderDraft &, const Secret &)
{
    return notRunning<Verified>();
}

QFuture<Result<Verified>> SetupCommands::verify(const ProviderId &, const KeyId &)
{
    return notRunning<Verified>();
}

QFuture<Result<ProviderId>> SetupCommands::addProvider(const ProviderDraft &, const Secret &)
{
    return notRunning<ProviderId>();
}

QFuture<Result<QList<ProviderId>>> SetupCommands::useFound(const QList<FoundProvider> &)
{
    return notRunning<QList<ProviderId>>();
}

QFuture<Result<void>> SetupCommands::removeProvider(const ProviderId &)
{
    return notRunning<void>();
}

QFuture<Result<KeyId>> SetupCommands::addKey(const ProviderId &, const Secret &)
{
    return notRunning<KeyId>();
}

QFuture<Result<void>> SetupCommands::setKeyOff(const ProviderId &, const KeyId &, bool)
{
    return notRunning<void>();
}

QFuture<Result<KeyId>> SetupCommands::rotateKey(const ProviderId &, const KeyId &, const Secret &)
{
    return notRunning<KeyId>();
}

QFuture<Result<void>> SetupCommands::removeKey(const ProviderId &, const KeyId &)
{
    return notRunning<void>();
}

QFuture<Result<NewClient>> SetupCommands::addClient(const ClientDraft &)
{
    return notRunning<NewClient>();
}

QFuture<Result<QString>> SetupCommands::clientKey(const ClientId &)
{
    return notRunning<QString>();
}

QFuture<Result<NewClient>> SetupCommands::rotateClient(const ClientId &)
{
    return notRunning<NewClient>();
}

QFuture<Result<void>> SetupCommands::revokeClient(const ClientId &)
{
    return notRunning<void>();
}

config::SnapshotPtr SetupCommands::config() const
{
    return {};
}

QFuture<Result<QByteArray>> SetupCommands::configText()
{
    return notRunning<QByteArray>();
}

QFuture<QList<config::Problem>> SetupCommands::checkText(const QByteArray &)
{
    return QtFuture::makeReadyFuture(QList<config::Problem>());
}

QFuture<Result<quint32>> SetupCommands::applyText(const QByteArray &, quint32, const QString &)
{
    return notRunning<quint32>();
}

QFuture<Result<quint32>> SetupCommands::editConfig(const QString &, const QByteArray &)
{
    return notRunning<quint32>();
}

QFuture<Result<QList<ConfigVersion>>> SetupCommands::versions()
{
    return notRunning<QList<ConfigVersion>>();
}

QFuture<Result<QByteArray>> SetupCommands::versionText(quint32)
{
    return notRunning<QByteArray>();
}

QFuture<Result<StorageView>> SetupCommands::storage()
{
    return notRunning<StorageView>();
}

QFuture<Result<qint64>> SetupCommands::trimNow()
{
    return notRunning<qint64>();
}

} // namespace sb::engine
