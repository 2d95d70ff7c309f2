// From a reference to the secret it names. [contract §2, secrets]
//
// Owned by the engine's main-thread side beside the vaults, which must outlive it. Digests are no
// secrets and do not come here.
#pragma once

#include "secret/vault.h"

namespace sb::secret {

struct Reference {
    enum class Kind : quint8 { Keychain, Vault, Env, Ask, File } kind = Kind::Keychain;
    QString name; // keychain or vault entry, variable, path
};

class SecretResolver {
public:
    struct Vaults {
        SecretVault *keychain = nullptr;
        SecretVault *passphrase = nullptr; // vault:
        SecretVault *asked = nullptr; // ask:
    };
    explicit SecretResolver(const Vaults &vaults)
        : m_vaults(vaults)
    {
    }

    // Errors as of SecretVault; a vault that is not there is secret_absent.
    QFuture<Result<Secret>> resolve(const Reference &reference);

private:
    Vaults m_vaults;
};

} // namespace sb::secret
