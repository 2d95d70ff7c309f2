// Secrets of our own making in files that only we can read: client keys where there is no keychain.
//
// Never for providers' keys [robustness §8]. One file per secret in a folder with mode 0700; files
// are 0600, made with O_EXCL and never through a link. A mode that got too wide is repaired and the
// log says so; a foreign owner is refused. Blocking, but tiny; one thread.
#pragma once

#include "secret/vault.h"

namespace sb::secret {

class FileVault final : public SecretVault {
public:
    explicit FileVault(const QString &folder);

    QFuture<Result<Secret>> read(const QString &name) override;
    QFuture<Result<void>> write(const QString &name, const Secret &secret) override;
    QFuture<Result<void>> remove(const QString &name) override;
    VaultState state() const override { return m_state; }

    // For "file:PATH" references to what is kept here.
    QString pathOf(const QString &name) const;

private:
    Result<Secret> readNow(const QString &name);

    QString m_folder;
    VaultState m_state = VaultState::Ok;
};

// A file the user named in "file:PATH": links are followed, but it must be ours (or root's) and
// closed to everybody else; it is never changed.
Result<Secret> readUserFile(const QString &path);

} // namespace sb::secret
