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

QFuture<Result<ProviderId>> SetupCommands::addProvider(const ProviderDraft &, const Secret &)
{
    return notRunning<ProviderId>();
}

QFuture<Result<QList<ProviderId>>> SetupCommands::useFound(const QList<FoundProvider> &)
{
    return notRunning<QList<ProviderId>>();
}

} // namespace sb::engine
