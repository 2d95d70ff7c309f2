#include "secret/resolver.h"

#include "secret/file_vault.h"

namespace sb::secret {

namespace {

Result<Secret> fromEnvironment(const QString &name)
{
    const QByteArray variable = name.toLocal8Bit();
    if (!qEnvironmentVariableIsSet(variable.constData()))
        return secretError(QStringLiteral("secret_not_found"),
                           QStringLiteral("The environment variable %1 is not set").arg(name));
    return asKey(qgetenv(variable.constData()));
}

QFuture<Result<Secret>> from(SecretVault *vault, const QString &name)
{
    if (!vault)
        return answer<Secret>(secretError(QStringLiteral("secret_absent"),
                                          QStringLiteral("There is no place to look for ") + name));
    return vault->read(name);
}

} // namespace

QFuture<Result<Secret>> SecretResolver::resolve(const Reference &reference)
{
    switch (reference.kind) {
    case Reference::Kind::Keychain:
        return from(m_vaults.keychain, reference.name);
    case Reference::Kind::Vault:
        return from(m_vaults.passphrase, reference.name);
    case Reference::Kind::Ask:
        return from(m_vaults.asked, reference.name);
    case Reference::Kind::Env:
        return answer<Secret>(fromEnvironment(reference.name));
    case Reference::Kind::File:
        break;
    }
    return answer<Secret>(readUserFile(reference.name));
}

} // namespace sb::secret
