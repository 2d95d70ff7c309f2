#include "secret/memory_vault.h"

namespace sb::secret {

QFuture<Result<Secret>> MemoryVault::read(const QString &name)
{
    if (const auto error = refusal())
        return answer<Secret>(unexpected(*error));
    const auto found = m_secrets.constFind(name);
    if (found == m_secrets.cend())
        return answer<Secret>(secretError(QStringLiteral("secret_not_found"),
                                          QStringLiteral("Nothing is known as ") + name));
    return answer<Secret>(*found);
}

QFuture<Result<void>> MemoryVault::write(const QString &name, const Secret &secret)
{
    if (const auto error = refusal())
        return answer<void>(unexpected(*error));
    m_secrets.insert(name, secret);
    return answer<void>({});
}

QFuture<Result<void>> MemoryVault::remove(const QString &name)
{
    if (const auto error = refusal())
        return answer<void>(unexpected(*error));
    m_secrets.remove(name);
    return answer<void>({});
}

std::optional<Error> MemoryVault::refusal() const
{
    switch (m_state) {
    case VaultState::Ok:
        return std::nullopt;
    case VaultState::Locked:
        return Error::make(QStringLiteral("secret_locked"), QStringLiteral("The vault is locked"));
    case VaultState::Absent:
        return Error::make(QStringLiteral("secret_absent"), QStringLiteral("There is no vault"));
    case VaultState::Failing:
        break;
    }
    return Error::make(QStringLiteral("secret_failing"), QStringLiteral("The vault fails"));
}

} // namespace sb::secret
