// The passphrase file of computers without a keychain: opened from the window. [robustness §8]
#include "engine/setup_commands.h"

#include "config/secret_ref.h"
#include "engine/config_writing.h"
#include "engine/engine_private.h"
#include "json/writer.h"

namespace sb::engine {

namespace {
QByteArray quoted(const QByteArray &text)
{
    json::Writer w;
    w.string(QByteArrayView(text));
    return w.take();
}

// Names of the keys that would go when we stop.
QStringList askedOf(const config::ConfigSnapshot &config)
{
    QStringList names;
    for (const config::ProviderSettings &provider : config.providers) {
        for (const config::KeySettings &key : provider.keys) {
            if (key.secret.kind == config::SecretRef::Kind::Ask)
                names.append(key.secret.name);
        }
    }
    return names;
}

// The text with those keys named as entries of the passphrase file.
Result<QByteArray> withVaultKeys(const QByteArray &text, const config::ConfigSnapshot &now,
                                 const QStringList &moved)
{
    ConfigText edited(text);
    for (qsizetype p = 0; p < now.providers.size(); ++p) {
        const auto &keys = now.providers[p].keys;
        for (qsizetype k = 0; k < keys.size(); ++k) {
            const config::SecretRef &ref = keys[k].secret;
            if (ref.kind != config::SecretRef::Kind::Ask || !moved.contains(ref.name))
                continue;
            edited.set(QStringLiteral("providers[%1].keys[%2].secret").arg(p).arg(k),
                       quoted(config::secretRefText({config::SecretRef::Kind::Vault, ref.name})));
        }
    }
    return edited.take();
}
} // namespace

QFuture<Result<void>> SetupCommands::openVault(const Secret &passphrase)
{
    if (!m_engine.config())
        return notRunning<void>();
    auto work = std::make_shared<Moving>();
    work->answer.start();
    const QFuture<Result<void>> future = work->answer.future();
    m_engine.d->passphrase.unlock(passphrase)
        .then(&m_engine, [this, work](const Result<void> &opened) {
            const config::SnapshotPtr now = m_engine.config();
            if (!opened || !now) {
                work->answer.addResult(
                    opened ? Result<void>(unexpected(failure(QStringLiteral("not_running"), {})))
                           : opened);
                work->answer.finish();
                return;
            }
            work->left = askedOf(*now);
            moveNext(work);
        });
    return future;
}

// What was pasted in this run goes into the file, one key after the other.
void SetupCommands::moveNext(const std::shared_ptr<Moving> &work)
{
    if (work->left.isEmpty())
        return finishMoving(work);
    const QString name = work->left.takeFirst();
    m_engine.d->asked.read(name).then(&m_engine, [this, work, name](const Result<Secret> &secret) {
        if (!secret)
            return moveNext(work); // given in no run of ours
        m_engine.d->passphrase.write(name, *secret)
            .then(&m_engine, [this, work, name](const Result<void> &written) {
                if (written)
                    work->moved.append(name);
                moveNext(work);
            });
    });
}

void SetupCommands::finishMoving(const std::shared_ptr<Moving> &work)
{
    const auto done = [this, work](const Result<void> &result) {
        if (result && m_engine.d->core) {
            QMetaObject::invokeMethod(
                m_engine.d->core,
                [core = m_engine.d->core] {
                    for (const char *subject : {"this_run", "vault_locked"})
                        core->clearNotice(Notice::Kind::KeychainFailing,
                                          QString::fromLatin1(subject));
                },
                Qt::QueuedConnection);
        }
        work->answer.addResult(result);
        work->answer.finish();
    };
    if (work->moved.isEmpty()) {
        // The keys that were in the file can be read now.
        m_engine.d->applySnapshot(m_engine.d->keeper->snapshot())
            .then(&m_engine, [done](const Result<quint32> &applied) {
                done(applied ? Result<void>() : Result<void>(unexpected(applied.error())));
            });
        return;
    }
    applyEdit(
        [this, moved = work->moved](const QByteArray &text) -> Result<QByteArray> {
            return withVaultKeys(text, *m_engine.config(), moved);
        },
        QStringLiteral("keys into the passphrase file"))
        .then(&m_engine, done);
}

} // namespace sb::engine
