// The board's actions on the running engine.
#pragma once

#include "engine/board_control.h"

namespace sb::engine {

class Engine;

// Owned by the engine's façade, used on its thread.
class BoardCommands final : public BoardControl {
public:
    explicit BoardCommands(Engine &engine)
        : m_engine(engine)
    {
    }

    QFuture<Result<void>> setProviderOff(const ProviderId &provider, bool isOff) override;
    QFuture<Result<void>> probeNow(const ProviderId &provider) override;
    QFuture<Result<void>> hold(const ChainId &chain, int rank, Millis length) override;
    QFuture<Result<void>> release(const ChainId &chain) override;
    QFuture<Result<quint32>> startDrill(const DrillAsk &ask) override;
    QFuture<Result<void>> endDrill(quint32 id) override;
    QFuture<Result<void>> clearDrills() override;
    QFuture<Result<void>> moveOn(const ExchangeId &id) override;
    QFuture<Result<void>> setPaused(bool isPaused) override;
    QFuture<Result<void>> setRecording(Millis length) override;
    QFuture<Result<ExchangeId>> replay(const ExchangeId &id,
                                       const std::optional<TargetRef> &target) override;
    QFuture<Result<QByteArray>> requestBody(const ExchangeId &id) override;
    QFuture<Result<QList<AttemptChanges>>> requestChanges(const ExchangeId &id) override;

private:
    template <typename T, typename Call> QFuture<Result<T>> onGateway(Call call);

    Engine &m_engine;
};

} // namespace sb::engine
