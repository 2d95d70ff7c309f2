// Where secrets are kept. The keychain is one such place, its fallbacks the others.
//
// Every call returns at once; its future ends within the limit, on any thread, with the answer or
// an Error: secret_not_found, secret_locked, secret_absent (there is no such place on this
// computer), secret_failing, secret_timeout, secret_unsafe (others can read it), secret_bad (cannot
// be a key). A failed write leaves the old entry as it was. Names are ours: "anthropic/main".
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

#include <QFuture>
#include <QString>

namespace sb::secret {

enum class VaultState : quint8 { Ok, Locked, Absent, Failing };

constexpr Seconds kVaultLimit{10}; // of every call [robustness §8]

class SecretVault {
public:
    virtual ~SecretVault() = default;

    virtual QFuture<Result<Secret>> read(const QString &name) = 0;
    virtual QFuture<Result<void>> write(const QString &name, const Secret &secret) = 0;
    // Removing what is not there is no error.
    virtual QFuture<Result<void>> remove(const QString &name) = 0;
    // As the last answer showed it; Ok before the first.
    virtual VaultState state() const = 0;
};

// Ends a future at once.
template <typename T> QFuture<Result<T>> answer(Result<T> result)
{
    QPromise<Result<T>> promise;
    promise.start();
    promise.addResult(std::move(result));
    promise.finish();
    return promise.future();
}

Unexpected secretError(const QString &code, const QString &detail);

// A key as it may travel in a header: without surrounding white space. Errors: secret_not_found
// when nothing is left, secret_bad when it has bytes that no header value may have.
Result<Secret> asKey(QByteArray &&bytes);

} // namespace sb::secret
