#include "engine/board_commands.h"

#include "engine/engine_private.h"

namespace sb::engine {

// Each runs in one turn of the engine's loop and is in the next frame.
namespace {
// A hold longer than this is one until released.
constexpr Millis kLongestHold = Seconds(7 * 24 * 3600);
} // namespace

template <typename T, typename Call> QFuture<Result<T>> BoardCommands::onGateway(Call call)
{
    if (!m_engine.d->core)
        return notRunning<T>();
    return m_engine.d->onCore<Result<T>>([call](EngineCore &core) -> Result<T> {
        if (!core.isOpen())
            return unexpected(failure(QStringLiteral("not_running"),
                                      QStringLiteral("The engine is not running.")));
        return call(core);
    });
}

// Configuration, so it lasts: the edit is checked, written and applied like any other.
QFuture<Result<void>> BoardCommands::setProviderOff(const ProviderId &provider, bool isOff)
{
    const config::SnapshotPtr config = m_engine.config();
    if (!config)
        return notRunning<void>();
    for (qsizetype i = 0; i < config->providers.size(); ++i) {
        if (config->providers[i].id != provider)
            continue;
        if (config->providers[i].isOff == isOff)
            return secret::answer<void>({});
        return m_engine.setup()
            .editConfig(QStringLiteral("providers[%1].off").arg(i),
                        isOff ? QByteArray("true") : QByteArray())
            .then([](const Result<quint32> &applied) -> Result<void> {
                if (!applied)
                    return unexpected(applied.error());
                return {};
            });
    }
    return secret::answer<void>(
        unexpected(failure(QStringLiteral("no_such_provider"),
                           QStringLiteral("There is no provider \"%1\".").arg(provider.text()))));
}

QFuture<Result<void>> BoardCommands::probeNow(const ProviderId &provider)
{
    return onGateway<void>(
        [provider](EngineCore &core) { return core.gateway()->probeNow(provider); });
}

QFuture<Result<void>> BoardCommands::hold(const ChainId &chain, int rank, Millis length)
{
    return onGateway<void>([chain, rank, length](EngineCore &core) {
        return core.gateway()->hold(chain, rank, std::clamp(length, Millis(0), kLongestHold));
    });
}

QFuture<Result<void>> BoardCommands::release(const ChainId &chain)
{
    return onGateway<void>([chain](EngineCore &core) { return core.gateway()->release(chain); });
}

QFuture<Result<quint32>> BoardCommands::startDrill(const DrillAsk &ask)
{
    return onGateway<quint32>([ask](EngineCore &core) { return core.startDrill(ask); });
}

QFuture<Result<void>> BoardCommands::endDrill(quint32 id)
{
    return onGateway<void>([id](EngineCore &core) -> Result<void> {
        if (!core.gateway()->steering().endDrill(id))
            return unexpected(
                failure(QStringLiteral("no_such_id"), QStringLiteral("This drill is over.")));
        return {};
    });
}

QFuture<Result<void>> BoardCommands::clearDrills()
{
    return onGateway<void>([](EngineCore &core) -> Result<void> {
        core.gateway()->steering().clearDrills();
        return {};
    });
}

QFuture<Result<void>> BoardCommands::moveOn(const ExchangeId &id)
{
    return onGateway<void>([id](EngineCore &core) { return core.gateway()->moveOn(id); });
}

QFuture<Result<void>> BoardCommands::setPaused(bool isPaused)
{
    return onGateway<void>([isPaused](EngineCore &core) { return core.setPaused(isPaused); });
}

QFuture<Result<void>> BoardCommands::setRecording(Millis length)
{
    return onGateway<void>([length](EngineCore &core) { return core.setRecording(length); });
}

QFuture<Result<ExchangeId>> BoardCommands::replay(const ExchangeId &id,
                                                  const std::optional<TargetRef> &target)
{
    return onGateway<ExchangeId>(
        [id, target](EngineCore &core) { return core.gateway()->replay(id, target); });
}

QFuture<Result<QByteArray>> BoardCommands::requestBody(const ExchangeId &id)
{
    return onGateway<QByteArray>(
        [id](EngineCore &core) { return core.gateway()->requestBody(id); });
}

QFuture<Result<QList<AttemptChanges>>> BoardCommands::requestChanges(const ExchangeId &id)
{
    return onGateway<QList<AttemptChanges>>(
        [id](EngineCore &core) { return core.gateway()->requestChanges(id); });
}

} // namespace sb::engine
