// The link's three groups of commands with answers a test sets; calls are kept by name.
#pragma once

#include "engine/board_control.h"
#include "engine/history.h"
#include "engine/setup.h"

#include <QFuture>
#include <QPromise>
#include <QStringList>

#include <functional>

namespace sb::test {

template <typename T> QFuture<T> ready(T value)
{
    QPromise<T> promise;
    promise.start();
    promise.addResult(std::move(value));
    promise.finish();
    return promise.future();
}

class FakeControl final : public engine::BoardControl {
public:
    QStringList calls; // in order: "hold"
    QStringList asked; // the same with their values: "hold coding 2 600000"
    Result<void> setProviderOffAnswer;
    Result<void> probeNowAnswer;
    Result<void> holdAnswer;
    Result<void> releaseAnswer;
    Result<quint32> startDrillAnswer{quint32{}};
    Result<void> endDrillAnswer;
    Result<void> clearDrillsAnswer;
    Result<void> moveOnAnswer;
    Result<void> setPausedAnswer;
    Result<void> setRecordingAnswer;
    Result<ExchangeId> replayAnswer{ExchangeId{}};
    Result<QByteArray> requestBodyAnswer{QByteArray{}};
    Result<QList<AttemptChanges>> requestChangesAnswer{QList<AttemptChanges>{}};

    QFuture<Result<void>> setProviderOff(const ProviderId &id, bool isOff) override
    {
        asked += QStringLiteral("setProviderOff %1 %2").arg(id.text()).arg(isOff);
        calls += QStringLiteral("setProviderOff");
        return ready(setProviderOffAnswer);
    }
    QFuture<Result<void>> probeNow(const ProviderId &id) override
    {
        asked += QStringLiteral("probeNow ") + id.text();
        calls += QStringLiteral("probeNow");
        return ready(probeNowAnswer);
    }
    QFuture<Result<void>> hold(const ChainId &id, int rank, Millis length) override
    {
        asked += QStringLiteral("hold %1 %2 %3").arg(id.text()).arg(rank).arg(length.count());
        calls += QStringLiteral("hold");
        return ready(holdAnswer);
    }
    QFuture<Result<void>> release(const ChainId &id) override
    {
        asked += QStringLiteral("release ") + id.text();
        calls += QStringLiteral("release");
        return ready(releaseAnswer);
    }
    QFuture<Result<quint32>> startDrill(const engine::DrillAsk &ask) override
    {
        asked += QStringLiteral("startDrill %1 for=%2 %3 %4% %5s")
                     .arg(ask.provider.text(), ask.client.text(), QString::fromUtf8(ask.faultJson))
                     .arg(ask.sharePercent)
                     .arg(ask.length.count());
        calls += QStringLiteral("startDrill");
        return ready(startDrillAnswer);
    }
    QFuture<Result<void>> endDrill(quint32 id) override
    {
        asked += QStringLiteral("endDrill %1").arg(id);
        calls += QStringLiteral("endDrill");
        return ready(endDrillAnswer);
    }
    QFuture<Result<void>> clearDrills() override
    {
        asked += QStringLiteral("clearDrills");
        calls += QStringLiteral("clearDrills");
        return ready(clearDrillsAnswer);
    }
    QFuture<Result<void>> moveOn(const ExchangeId &id) override
    {
        asked += QStringLiteral("moveOn ") + QString::fromLatin1(id.text());
        calls += QStringLiteral("moveOn");
        return ready(moveOnAnswer);
    }
    QFuture<Result<void>> setPaused(bool isPaused) override
    {
        asked += QStringLiteral("setPaused %1").arg(isPaused);
        calls += QStringLiteral("setPaused");
        return ready(setPausedAnswer);
    }
    QFuture<Result<void>> setRecording(Millis length) override
    {
        asked += QStringLiteral("setRecording %1").arg(length.count());
        calls += QStringLiteral("setRecording");
        return ready(setRecordingAnswer);
    }
    QFuture<Result<ExchangeId>> replay(const ExchangeId &,
                                       const std::optional<TargetRef> &) override
    {
        calls += QStringLiteral("replay");
        return ready(replayAnswer);
    }
    QFuture<Result<QByteArray>> requestBody(const ExchangeId &) override
    {
        calls += QStringLiteral("requestBody");
        return ready(requestBodyAnswer);
    }
    QFuture<Result<QList<AttemptChanges>>> requestChanges(const ExchangeId &) override
    {
        calls += QStringLiteral("requestChanges");
        return ready(requestChangesAnswer);
    }
};

class FakeHistory final : public engine::History {
public:
    QStringList calls; // in order: "hold"
    Result<store::Page> pageAnswer{store::Page{}};
    Result<std::shared_ptr<const Exchange>> findAnswer{std::shared_ptr<const Exchange>{}};
    Result<engine::SearchResult> searchAnswer{engine::SearchResult{}};
    Result<engine::HealthReport> healthAnswer{engine::HealthReport{}};
    Result<engine::SpendReport> spendAnswer{engine::SpendReport{}};
    Result<QList<EventView>> eventsAnswer{QList<EventView>{}};
    Result<Capture> captureAnswer{Capture{}};
    Result<qint64> forgetCapturesAnswer{qint64{}};
    QList<ExchangeId> captureAsks;
    // Where the answer depends on the question; else the answer above.
    std::function<Result<engine::HealthReport>(const engine::HealthAsk &)> healthFor;
    std::function<Result<engine::SpendReport>(const engine::SpendAsk &)> spendFor;
    QList<engine::HealthAsk> healthAsks;
    QList<engine::SpendAsk> spendAsks;

    QFuture<Result<store::Page>> page(std::optional<ExchangeId>, int) override
    {
        calls += QStringLiteral("page");
        return ready(pageAnswer);
    }
    QFuture<Result<std::shared_ptr<const Exchange>>> find(const ExchangeId &) override
    {
        calls += QStringLiteral("find");
        return ready(findAnswer);
    }
    QFuture<Result<engine::SearchResult>> search(const engine::SearchAsk &) override
    {
        calls += QStringLiteral("search");
        return ready(searchAnswer);
    }
    QFuture<Result<engine::HealthReport>> health(const engine::HealthAsk &ask) override
    {
        calls += QStringLiteral("health");
        healthAsks += ask;
        return ready(healthFor ? healthFor(ask) : healthAnswer);
    }
    QFuture<Result<engine::SpendReport>> spend(const engine::SpendAsk &ask) override
    {
        calls += QStringLiteral("spend");
        spendAsks += ask;
        return ready(spendFor ? spendFor(ask) : spendAnswer);
    }
    QFuture<Result<QList<EventView>>> events(qint64, qint64) override
    {
        calls += QStringLiteral("events");
        return ready(eventsAnswer);
    }
    QFuture<Result<Capture>> capture(const ExchangeId &id) override
    {
        calls += QStringLiteral("capture");
        captureAsks += id;
        return ready(captureAnswer);
    }
    QFuture<Result<qint64>> forgetCaptures() override
    {
        calls += QStringLiteral("forgetCaptures");
        return ready(forgetCapturesAnswer);
    }
};

class FakeSetup final : public engine::Setup {
public:
    QStringList calls; // in order: "hold"
    QList<engine::FoundProvider> lookHereAnswer;
    Result<QList<engine::FoundProvider>> lookInShellAnswer{QList<engine::FoundProvider>{}};
    QList<engine::ProviderDraft> recogniseAnswer;
    Result<engine::Verified> verifyNewAnswer{engine::Verified{}};
    Result<engine::Verified> verifyKeyAnswer{engine::Verified{}};
    Result<ProviderId> addProviderAnswer{ProviderId{}};
    Result<QList<ProviderId>> useFoundAnswer{QList<ProviderId>{}};
    Result<void> removeProviderAnswer;
    Result<KeyId> addKeyAnswer{KeyId{}};
    Result<void> setKeyOffAnswer;
    Result<KeyId> rotateKeyAnswer{KeyId{}};
    Result<void> removeKeyAnswer;
    Result<engine::NewClient> addClientAnswer{engine::NewClient{}};
    Result<QString> clientKeyAnswer{QString{}};
    Result<engine::NewClient> rotateClientAnswer{engine::NewClient{}};
    Result<void> revokeClientAnswer;
    config::SnapshotPtr configAnswer = std::make_shared<config::ConfigSnapshot>();
    Result<QByteArray> configTextAnswer{QByteArray{}};
    QList<config::Problem> checkTextAnswer;
    Result<quint32> applyTextAnswer{quint32{}};
    Result<quint32> editConfigAnswer{quint32{}};
    Result<QList<engine::ConfigVersion>> versionsAnswer{QList<engine::ConfigVersion>{}};
    Result<QByteArray> versionTextAnswer{QByteArray{}};
    Result<engine::StorageView> storageAnswer{engine::StorageView{}};
    Result<void> openVaultAnswer{};
    Result<qint64> trimNowAnswer{qint64{}};

    QFuture<QList<engine::FoundProvider>> lookHere() override
    {
        calls += QStringLiteral("lookHere");
        return ready(lookHereAnswer);
    }
    QFuture<Result<QList<engine::FoundProvider>>> lookInShell() override
    {
        calls += QStringLiteral("lookInShell");
        return ready(lookInShellAnswer);
    }
    QList<engine::ProviderDraft> recognise(const Secret &) const override
    {
        return recogniseAnswer;
    }
    QFuture<Result<engine::Verified>> verify(const engine::ProviderDraft &, const Secret &) override
    {
        calls += QStringLiteral("verifyNew");
        return ready(verifyNewAnswer);
    }
    QFuture<Result<engine::Verified>> verify(const ProviderId &, const KeyId &) override
    {
        calls += QStringLiteral("verifyKey");
        return ready(verifyKeyAnswer);
    }
    QFuture<Result<ProviderId>> addProvider(const engine::ProviderDraft &, const Secret &) override
    {
        calls += QStringLiteral("addProvider");
        return ready(addProviderAnswer);
    }
    QFuture<Result<QList<ProviderId>>> useFound(const QList<engine::FoundProvider> &) override
    {
        calls += QStringLiteral("useFound");
        return ready(useFoundAnswer);
    }
    QFuture<Result<void>> removeProvider(const ProviderId &provider) override
    {
        askedProvider = provider;
        calls += QStringLiteral("removeProvider");
        return ready(removeProviderAnswer);
    }
    QFuture<Result<KeyId>> addKey(const ProviderId &provider, const Secret &key) override
    {
        askedProvider = provider;
        givenKey = key;
        calls += QStringLiteral("addKey");
        return ready(addKeyAnswer);
    }
    QFuture<Result<void>> setKeyOff(const ProviderId &provider, const KeyId &key, bool) override
    {
        askedProvider = provider;
        askedKey = key;
        calls += QStringLiteral("setKeyOff");
        return ready(setKeyOffAnswer);
    }
    QFuture<Result<KeyId>> rotateKey(const ProviderId &provider, const KeyId &old,
                                     const Secret &key) override
    {
        askedProvider = provider;
        askedKey = old;
        givenKey = key;
        calls += QStringLiteral("rotateKey");
        return ready(rotateKeyAnswer);
    }
    QFuture<Result<void>> removeKey(const ProviderId &provider, const KeyId &key) override
    {
        askedProvider = provider;
        askedKey = key;
        calls += QStringLiteral("removeKey");
        return ready(removeKeyAnswer);
    }
    QFuture<Result<engine::NewClient>> addClient(const engine::ClientDraft &) override
    {
        calls += QStringLiteral("addClient");
        return ready(addClientAnswer);
    }
    QFuture<Result<QString>> clientKey(const ClientId &) override
    {
        calls += QStringLiteral("clientKey");
        return ready(clientKeyAnswer);
    }
    QFuture<Result<engine::NewClient>> rotateClient(const ClientId &) override
    {
        calls += QStringLiteral("rotateClient");
        return ready(rotateClientAnswer);
    }
    QFuture<Result<void>> revokeClient(const ClientId &) override
    {
        calls += QStringLiteral("revokeClient");
        return ready(revokeClientAnswer);
    }
    config::SnapshotPtr config() const override { return configAnswer; }
    QFuture<Result<QByteArray>> configText() override
    {
        calls += QStringLiteral("configText");
        return ready(configTextAnswer);
    }
    QByteArray checkedText; // the last one
    QByteArray appliedText;
    quint32 appliedBase = 0;
    QString appliedNote;
    ProviderId askedProvider; // of the last command about one
    KeyId askedKey;
    Secret givenKey;

    QFuture<QList<config::Problem>> checkText(const QByteArray &text) override
    {
        checkedText = text;
        calls += QStringLiteral("checkText");
        return ready(checkTextAnswer);
    }
    QFuture<Result<quint32>> applyText(const QByteArray &text, quint32 base,
                                       const QString &note) override
    {
        appliedText = text;
        appliedBase = base;
        appliedNote = note;
        calls += QStringLiteral("applyText");
        return ready(applyTextAnswer);
    }
    QFuture<Result<quint32>> editConfig(const QString &, const QByteArray &) override
    {
        calls += QStringLiteral("editConfig");
        return ready(editConfigAnswer);
    }
    QFuture<Result<QList<engine::ConfigVersion>>> versions() override
    {
        calls += QStringLiteral("versions");
        return ready(versionsAnswer);
    }
    QFuture<Result<QByteArray>> versionText(quint32) override
    {
        calls += QStringLiteral("versionText");
        return ready(versionTextAnswer);
    }
    QFuture<Result<engine::StorageView>> storage() override
    {
        calls += QStringLiteral("storage");
        return ready(storageAnswer);
    }
    QFuture<Result<void>> openVault(const Secret &) override
    {
        calls += QStringLiteral("openVault");
        return ready(openVaultAnswer);
    }
    QFuture<Result<qint64>> trimNow() override
    {
        calls += QStringLiteral("trimNow");
        return ready(trimNowAnswer);
    }
};

} // namespace sb::test
