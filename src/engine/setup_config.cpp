#include "engine/setup_commands.h"

#include "engine/engine_private.h"

namespace sb::engine {

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
