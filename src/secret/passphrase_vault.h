// Secrets in one file, encrypted with a passphrase: for computers without a keychain (vault:).
//
// File: "SBXVAULT" 1 log2N r p, 16 bytes salt, 12 bytes nonce, AES-256-GCM of the entries, 16 bytes
// tag; everything before the ciphertext is authenticated too. The key is scrypt(N=2^17, r=8, p=1)
// [robustness §8]: 128 MiB and a third of a second, so it runs on a pool thread. The decrypted
// entries stay in memory after unlock(). Used on one thread; futures end on that or a pool thread.
#pragma once

#include "secret/vault.h"

#include <QMap>

#include <memory>

namespace sb::secret {

class PassphraseVault final : public SecretVault {
public:
    explicit PassphraseVault(const QString &path);
    ~PassphraseVault() override;

    bool exists() const; // the file does
    // Opens the file, or makes an empty one when there is none. Errors: secret_bad (wrong
    // passphrase or a damaged file), secret_unsafe, secret_failing.
    QFuture<Result<void>> unlock(const Secret &passphrase);
    // Forgets the key and the entries.
    void lock();

    QFuture<Result<Secret>> read(const QString &name) override;
    QFuture<Result<void>> write(const QString &name, const Secret &secret) override;
    QFuture<Result<void>> remove(const QString &name) override;
    VaultState state() const override;

private:
    struct Opened;
    Result<void> save(const QMap<QString, Secret> &entries);

    QString m_path;
    std::shared_ptr<Opened> m_opened; // shared with the thread that fills it
};

} // namespace sb::secret
