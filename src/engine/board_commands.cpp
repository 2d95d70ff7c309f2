#include "engine/board_commands.h"

#include "engine/engine_private.h"

namespace sb::engine {

QFuture<Result<void>> BoardCommands::setProviderOff(const ProviderId &, bool)
{
    return notRunning<void>();
}

QFuture<Result<void>> BoardCommands::probeNow(const ProviderId &)
{
    return notRunning<void>();
}

QFuture<Result<void>> BoardCommands::hold(const ChainId &, int, Millis)
{
    return notRunning<void>();
}

QFuture<Result<void>> BoardCommands::release(const ChainId &)
{
    return notRunning<void>();
}

QFuture<Result<quint32>> BoardCommands::startDrill(const DrillAsk &)
{
    return notRunning<quint32>();
}

QFuture<Result<void>> BoardCommands::endDrill(quint32)
{
    return notRunning<void>();
}

QFuture<Result<void>> BoardCommands::clearDrills()
{
    return notRunning<void>();
}

QFuture<Result<void>> BoardCommands::moveOn(const ExchangeId &)
{
    return notRunning<void>();
}

QFuture<Result<void>> BoardCommands::setPaused(bool)
{
    return notRunning<void>();
}

QFuture<Result<ExchangeId>> BoardCommands::replay(const ExchangeId &,
                                                  const std::optional<TargetRef> &)
{
    return notRunning<ExchangeId>();
}

QFuture<Result<QByteArray>> BoardCommands::requestBody(const ExchangeId &)
{
    return notRunning<QByteArray>();
}

} // namespace sb::engine
