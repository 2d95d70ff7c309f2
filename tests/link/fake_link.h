// A link whose frames and troubles are made by the test; commands are counted.
#pragma once

#include "link/engine_link.h"
#include "link/fake_commands.h"

namespace sb::test {

class FakeLink final : public link::EngineLink {
public:
    using EngineLink::EngineLink;

    void publish(const Frame &frame) { takeFrame(std::make_shared<const Frame>(frame)); }
    void be(link::LinkState state, const link::Trouble &trouble = {}) { setState(state, trouble); }

    FakeControl fakeControl;
    FakeHistory fakeHistory;
    FakeSetup fakeSetup;
    engine::BoardControl &control() override { return fakeControl; }
    engine::History &history() override { return fakeHistory; }
    engine::Setup &setup() override { return fakeSetup; }

    int simulated = 0;
    QStringList tested;
    int takeOvers = 0;
    int retries = 0;
    int keeps = 0;
    QString refusal; // addSimulatedProviders() fails with this detail

    QFuture<Result<void>> addSimulatedProviders() override
    {
        ++simulated;
        return refusal.isEmpty()
            ? ready(Result<void>())
            : ready(Result<void>(unexpected(Error::make(QStringLiteral("config"), refusal))));
    }
    void sendTestRequest(const QString &model) override { tested += model; }
    QList<std::pair<QString, QByteArray>> edits; // path, JSON value
    Result<quint32> editAnswer{quint32{1}};
    QFuture<Result<quint32>> editConfig(const QString &path, const QByteArray &value) override
    {
        edits.append({path, value});
        return ready(editAnswer);
    }
    engine::ExplainAsk explained; // the last one
    Result<Decision> explainAnswer{Decision{}};
    QFuture<Result<Decision>> explain(const engine::ExplainAsk &ask) override
    {
        explained = ask;
        return ready(explainAnswer);
    }
    QFuture<Result<store::Page>> page(std::optional<ExchangeId>, int) override
    {
        return ready(Result<store::Page>(store::Page{}));
    }
    QFuture<Result<std::shared_ptr<const Exchange>>> find(const ExchangeId &) override
    {
        return ready(Result<std::shared_ptr<const Exchange>>(
            unexpected(Error::make(QStringLiteral("no_such_id"), {}))));
    }
    void takeOver() override { ++takeOvers; }
    void retry() override { ++retries; }
    void keepPort() override { ++keeps; }
};

} // namespace sb::test
