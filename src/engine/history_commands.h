// Looking back, over the store of the running engine.
#pragma once

#include "engine/history.h"

namespace sb::engine {

class Engine;

// Owned by the engine's façade, used on its thread.
class HistoryCommands final : public History {
public:
    explicit HistoryCommands(Engine &engine)
        : m_engine(engine)
    {
    }

    QFuture<Result<store::Page>> page(std::optional<ExchangeId> before, int limit) override;
    QFuture<Result<std::shared_ptr<const Exchange>>> find(const ExchangeId &id) override;
    QFuture<Result<SearchResult>> search(const SearchAsk &ask) override;
    QFuture<Result<HealthReport>> health(const HealthAsk &ask) override;
    QFuture<Result<SpendReport>> spend(const SpendAsk &ask) override;
    QFuture<Result<QList<EventView>>> events(qint64 fromWallMs, qint64 toWallMs) override;
    QFuture<Result<Capture>> capture(const ExchangeId &id) override;
    QFuture<Result<qint64>> forgetCaptures() override;

private:
    Engine &m_engine;
};

} // namespace sb::engine
