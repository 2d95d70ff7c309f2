#include "secret/vault.h"

#include <string.h>

namespace sb::secret {

Unexpected secretError(const QString &code, const QString &detail)
{
    return unexpected(Error::make(code, detail));
}

Result<Secret> asKey(QByteArray &&bytes)
{
    const QByteArrayView trimmed = QByteArrayView(bytes).trimmed();
    const bool isSound
        = std::all_of(trimmed.begin(), trimmed.end(), [](char c) { return c > ' ' && c < 0x7f; });
    Secret secret = isSound ? Secret::fromView(trimmed) : Secret();
    const bool isEmpty = trimmed.isEmpty();
    if (bytes.isDetached())
        explicit_bzero(bytes.data(), size_t(bytes.size()));
    bytes.clear();
    if (isEmpty)
        return secretError(QStringLiteral("secret_not_found"),
                           QStringLiteral("The secret is empty"));
    if (!isSound)
        return secretError(QStringLiteral("secret_bad"),
                           QStringLiteral("The secret has characters that no key has"));
    return secret;
}

} // namespace sb::secret
