// Setting up the engine: what is here, providers, clients, configuration, storage.
#pragma once

#include "engine/setup.h"

namespace sb::engine {

class Engine;

// Owned by the engine's façade, used on its thread.
class SetupCommands final : public Setup {
public:
    explicit SetupCommands(Engine &engine)
        : m_engine(engine)
    {
    }

    QFuture<QList<FoundProvider>> lookHere() override;
    QFuture<Result<QList<FoundProvider>>> lookInShell() override;
    QList<ProviderDraft> recognise(const Secret &key) const override;
    QFuture<Result<Verified>> verify(const ProviderDraft &draft, const Secret &key) override;
    QFuture<Result<Verified>> verify(const ProviderId &provider, const KeyId &key) override;
    QFuture<Result<ProviderId>> addProvider(const ProviderDraft &draft, const Secret &key) override;
    QFuture<Result<QList<ProviderId>>> useFound(const QList<FoundProvider> &found) override;
    QFuture<Result<void>> removeProvider(const ProviderId &provider) override;
    QFuture<Result<KeyId>> addKey(const ProviderId &provider, const Secret &key) override;
    QFuture<Result<void>> setKeyOff(const ProviderId &provider, const KeyId &key,
                                    bool isOff) override;
    QFuture<Result<KeyId>> rotateKey(const ProviderId &provider, const KeyId &old,
                                     const Secret &key) override;
    QFuture<Result<void>> removeKey(const ProviderId &provider, const KeyId &key) override;
    QFuture<Result<NewClient>> addClient(const ClientDraft &draft) override;
    QFuture<Result<QString>> clientKey(const ClientId &client) override;
    QFuture<Result<NewClient>> rotateClient(const ClientId &client) override;
    QFuture<Result<void>> revokeClient(const ClientId &client) override;
    config::SnapshotPtr config() const override;
    QFuture<Result<QByteArray>> configText() override;
    QFuture<QList<config::Problem>> checkText(const QByteArray &text) override;
    QFuture<Result<quint32>> applyText(const QByteArray &text, quint32 base,
                                       const QString &note) override;
    QFuture<Result<quint32>> editConfig(const QString &path, const QByteArray &jsonValue) override;
    QFuture<Result<QList<ConfigVersion>>> versions() override;
    QFuture<Result<QByteArray>> versionText(quint32 revision) override;
    QFuture<Result<StorageView>> storage() override;
    QFuture<Result<qint64>> trimNow() override;

private:
    Engine &m_engine;
};

} // namespace sb::engine
