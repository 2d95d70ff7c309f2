#include "engine/history_commands.h"

#include "engine/engine_private.h"

namespace sb::engine {

QFuture<Result<store::Page>> HistoryCommands::page(std::optional<ExchangeId>, int)
{
    return notRunning<store::Page>();
}

QFuture<Result<std::shared_ptr<const Exchange>>> HistoryCommands::find(const ExchangeId &)
{
    return notRunning<std::shared_ptr<const Exchange>>();
}

QFuture<Result<SearchResult>> HistoryCommands::search(const SearchAsk &)
{
    return notRunning<SearchResult>();
}

QFuture<Result<HealthReport>> HistoryCommands::health(const HealthAsk &)
{
    return notRunning<HealthReport>();
}

QFuture<Result<SpendReport>> HistoryCommands::spend(const SpendAsk &)
{
    return notRunning<SpendReport>();
}

QFuture<Result<QList<EventView>>> HistoryCommands::events(qint64, qint64)
{
    return notRunning<QList<EventView>>();
}

} // namespace sb::engine
