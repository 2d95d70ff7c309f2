// Secrets of this run only: what the user was asked for (ask:), and tests. One thread.
#pragma once

#include "secret/vault.h"

#include <QHash>

namespace sb::secret {

class MemoryVault final : public SecretVault {
public:
    QFuture<Result<Secret>> read(const QString &name) override;
    QFuture<Result<void>> write(const QString &name, const Secret &secret) override;
    QFuture<Result<void>> remove(const QString &name) override;
    VaultState state() const override { return m_state; }

    // From now on every call fails as this state says; for tests.
    void setState(VaultState state) { m_state = state; }

private:
    std::optional<Error> refusal() const;

    QHash<QString, Secret> m_secrets;
    VaultState m_state = VaultState::Ok;
};

} // namespace sb::secret
