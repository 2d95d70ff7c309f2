// The desktop's keychain: Secret Service, KWallet, macOS Keychain, Windows Credential Store.
//
// Lives on the main thread: libsecret answers through GLib's main context, which only Qt's own
// dispatcher there runs; on another thread every call would end as secret_timeout. The insecure
// fallback of QtKeychain (plain text in a settings file) is never on.
#pragma once

#include "secret/vault.h"

#include <QObject>

#include <memory>

namespace QKeychain {
class Job;
}

namespace sb::secret {

class KeychainVault final : public SecretVault {
public:
    explicit KeychainVault(const QString &service = QStringLiteral("signalbox"),
                           Seconds limit = kVaultLimit);
    ~KeychainVault() override;

    QFuture<Result<Secret>> read(const QString &name) override;
    QFuture<Result<void>> write(const QString &name, const Secret &secret) override;
    QFuture<Result<void>> remove(const QString &name) override;
    VaultState state() const override;

private:
    template <typename T, typename Take>
    QFuture<Result<T>> run(QKeychain::Job *job, const QString &name, Take take);

    QString m_service;
    Seconds m_limit;
    std::shared_ptr<VaultState> m_state; // jobs outlive the vault when it is taken down early
};

} // namespace sb::secret
