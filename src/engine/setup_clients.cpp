#include "engine/setup_commands.h"

#include "engine/engine_private.h"

namespace sb::engine {

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

} // namespace sb::engine
