// Where a new secret goes: the keychain, else the passphrase file, else the memory of this run.
//
// Main thread, owned by the engine's façade beside the vaults. A provider's key is never written
// in the clear [robustness §8]; our own client keys may go into a 0600 file [contract §2]. What the
// keychain said last is kept, so that the window can show it.
#pragma once

#include "base/random.h"
#include "config/settings.h"
#include "secret/file_vault.h"
#include "secret/memory_vault.h"
#include "secret/passphrase_vault.h"

#include <QFuture>
#include <QObject>

#include <functional>

namespace sb::engine {

class SecretKeeper final : public QObject {
    Q_OBJECT
public:
    struct Places {
        secret::SecretVault &keychain;
        secret::PassphraseVault &passphrase;
        secret::MemoryVault &asked;
        secret::FileVault &files;
    };
    // `isOwnFolder`: the data folder is the usual one. Another one is a try-out: its entries get
    // names of their own, so that they cannot overwrite the real ones.
    SecretKeeper(const Places &places, const QString &dataDir, bool isOwnFolder);

    // Answers where it was kept; the reference goes into the configuration. Every call takes a
    // fresh entry: what an older reference names stays as it was.
    QFuture<Result<config::SecretRef>> keepProviderKey(const ProviderId &provider, const KeyId &key,
                                                       const Secret &secret);
    QFuture<Result<config::SecretRef>> keepClientKey(const ClientId &client, const Secret &secret);
    // Removes what one of the two above kept; other references are left alone.
    void forget(const config::SecretRef &ref);

    bool isKeychainWorking() const
    {
        return m_state != secret::VaultState::Failing && m_state != secret::VaultState::Absent
            && m_state != secret::VaultState::Locked;
    }
    // The keychain did not take a key that was not given here.
    void keychainFailed(const QString &detail)
    {
        m_state = secret::VaultState::Failing;
        m_detail = detail;
    }
    const QString &keychainDetail() const { return m_detail; } // why not, in the system's words
    // Told when a key could not go into the keychain: where it went, and the keychain's words.
    void onFallback(std::function<void(const config::SecretRef &, const QString &detail)> told)
    {
        m_told = std::move(told);
    }

private:
    QFuture<Result<config::SecretRef>> keep(const QString &name, const Secret &secret,
                                            bool mayGoToFile);
    QString entryName(const QString &name);

    Places m_places;
    QString m_suffix;
    bool m_isOwnFolder;
    SystemRandom m_random;
    secret::VaultState m_state = secret::VaultState::Ok; // of the keychain
    QString m_detail;
    std::function<void(const config::SecretRef &, const QString &)> m_told;
};

} // namespace sb::engine
