// Setting up the engine: what is here, providers, clients, configuration, storage.
#pragma once

#include "engine/setup.h"
#include "engine/shell_environment.h"

#include <QHash>
#include <QPromise>

#include <functional>

namespace sb::engine {

class ConfigText;
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
    QFuture<Result<void>> openVault(const Secret &passphrase) override;
    QFuture<Result<qint64>> trimNow() override;

private:
    // One edit of the file as it is now, as the window's, with a note for its version.
    QFuture<Result<void>>
    applyEdit(const std::function<Result<QByteArray>(const QByteArray &)> &edit,
              const QString &note);
    // A new key behind the others, or first with `old` draining behind it.
    QFuture<Result<KeyId>> keepKey(const ProviderId &provider, const std::optional<KeyId> &old,
                                   const Secret &key);

    // A provider to be added: with a secret that is kept, or a reference as it is.
    struct Wanted {
        ProviderDraft draft;
        Secret key;
        config::SecretRef reference;
    };
    struct Adding {
        QList<Wanted> wanted;
        QList<config::SecretRef> kept; // one per provider dealt with
        QPromise<Result<QList<ProviderId>>> answer;
    };
    QFuture<Result<QList<ProviderId>>> addAll(const QList<Wanted> &wanted);
    void keepNext(const std::shared_ptr<Adding> &work);
    void writeAll(const std::shared_ptr<Adding> &work);
    void failAll(const std::shared_ptr<Adding> &work, const Error &error);
    // What an edit for a new client key names: the client, and the secret it replaces, if any.
    struct KeyChange {
        ClientId id;
        std::optional<config::SecretRef> replaced;
    };
    using KeyEdit = std::function<Result<KeyChange>(
        const config::ConfigSnapshot &now, const config::SecretRef &kept, ConfigText &text)>;
    // Makes a key, keeps it, applies the edit that names it; the key is forgotten if that fails.
    QFuture<Result<NewClient>> keepThenApply(const ClientId &named, KeyEdit edit);
    // Keys of this run on their way into the passphrase file.
    struct Moving {
        QStringList left;
        QStringList moved;
        QPromise<Result<void>> answer;
    };
    void moveNext(const std::shared_ptr<Moving> &work);
    void finishMoving(const std::shared_ptr<Moving> &work);

    Engine &m_engine;
    std::unique_ptr<ShellEnvironment> m_shell; // from its first use
    QHash<QString, Secret> m_shellKeys; // by variable, until one is used
    QHash<QString, QStringList> m_lists; // models by "catalogue id|address", as last seen
};

} // namespace sb::engine
