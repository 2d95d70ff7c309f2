#include "engine/setup_commands.h"

#include "engine/engine_private.h"

namespace sb::engine {

QFuture<Result<Verified>> SetupCommands::verify(const ProviderId &, const KeyId &)
{
    return notRunning<Verified>();
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

} // namespace sb::engine
