#include "secret/keychain_vault.h"

#include <QFileInfo>
#include <QTimer>

#include <qt6keychain/keychain.h>

namespace sb::secret {

namespace {

struct Refusal {
    VaultState state;
    QString code;
};

// Without a session bus (a server, a container, a bare login) there is no keychain; QtKeychain
// calls that an unknown error.
bool hasNoSessionBus()
{
#if defined(Q_OS_UNIX) && !defined(Q_OS_MACOS)
    const QString address = qEnvironmentVariable("DBUS_SESSION_BUS_ADDRESS");
    if (address.isEmpty())
        return !QFileInfo::exists(qEnvironmentVariable("XDG_RUNTIME_DIR") + QStringLiteral("/bus"));
    const QString prefix = QStringLiteral("unix:path=");
    return address.startsWith(prefix)
        && !QFileInfo::exists(address.sliced(prefix.size()).section(u',', 0, 0));
#else
    return false;
#endif
}

Refusal refusalOf(QKeychain::Error error)
{
    switch (error) {
    case QKeychain::EntryNotFound:
        return {VaultState::Ok, QStringLiteral("secret_not_found")};
    case QKeychain::AccessDeniedByUser:
    case QKeychain::AccessDenied:
        return {VaultState::Locked, QStringLiteral("secret_locked")};
    case QKeychain::NoBackendAvailable:
    case QKeychain::NotImplemented:
        return {VaultState::Absent, QStringLiteral("secret_absent")};
    default:
        break;
    }
    if (hasNoSessionBus())
        return {VaultState::Absent, QStringLiteral("secret_absent")};
    return {VaultState::Failing, QStringLiteral("secret_failing")};
}

// One call on its way: answered by the job or by the limit, whichever is first.
template <typename T> struct Call {
    QPromise<Result<T>> promise;
    bool isAnswered = false;

    void finish(Result<T> result)
    {
        if (std::exchange(isAnswered, true))
            return;
        promise.addResult(std::move(result));
        promise.finish();
    }
};

} // namespace

KeychainVault::KeychainVault(const QString &service, Seconds limit)
    : m_service(service)
    , m_limit(limit)
    , m_state(std::make_shared<VaultState>(VaultState::Ok))
{
}

KeychainVault::~KeychainVault() = default;

VaultState KeychainVault::state() const
{
    return *m_state;
}

template <typename T, typename Take>
QFuture<Result<T>> KeychainVault::run(QKeychain::Job *job, const QString &name, Take take)
{
    auto call = std::make_shared<Call<T>>();
    call->promise.start();
    job->setKey(name);
    job->setInsecureFallback(false);
    QObject::connect(job, &QKeychain::Job::finished, job,
                     [call, take, state = m_state](QKeychain::Job *done) {
                         if (done->error() == QKeychain::NoError) {
                             *state = VaultState::Ok;
                             call->finish(take(done));
                             return;
                         }
                         const Refusal refusal = refusalOf(done->error());
                         *state = refusal.state;
                         call->finish(secretError(refusal.code, done->errorString()));
                     });
    // The job cannot be stopped; it deletes itself when the keychain answers after all.
    QTimer::singleShot(m_limit, job, [call, state = m_state] {
        if (call->isAnswered)
            return;
        *state = VaultState::Failing;
        call->finish(secretError(QStringLiteral("secret_timeout"),
                                 QStringLiteral("The keychain did not answer in time")));
    });
    QFuture<Result<T>> future = call->promise.future();
    job->start();
    return future;
}

QFuture<Result<Secret>> KeychainVault::read(const QString &name)
{
    auto *job = new QKeychain::ReadPasswordJob(m_service);
    return run<Secret>(job, name, [](QKeychain::Job *done) {
        return asKey(static_cast<QKeychain::ReadPasswordJob *>(done)->binaryData());
    });
}

QFuture<Result<void>> KeychainVault::write(const QString &name, const Secret &secret)
{
    auto *job = new QKeychain::WritePasswordJob(m_service);
    // As text, so that the desktop's own keychain program can show it. Keys are ASCII.
    job->setTextData(QString::fromLatin1(secret.reveal()));
    return run<void>(job, name, [](QKeychain::Job *) { return Result<void>(); });
}

QFuture<Result<void>> KeychainVault::remove(const QString &name)
{
    auto *job = new QKeychain::DeletePasswordJob(m_service);
    return run<void>(job, name, [](QKeychain::Job *) { return Result<void>(); });
}

} // namespace sb::secret
