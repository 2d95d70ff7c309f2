#include "engine/key_loader.h"

#include "base/log.h"

#include <QCoreApplication>
#include <QPromise>

namespace sb::engine {

std::optional<secret::Reference> referenceFor(const config::SecretRef &ref)
{
    using From = config::SecretRef::Kind;
    using To = secret::Reference::Kind;
    switch (ref.kind) {
    case From::Keychain:
        return secret::Reference{To::Keychain, ref.name};
    case From::Vault:
        return secret::Reference{To::Vault, ref.name};
    case From::Env:
        return secret::Reference{To::Env, ref.name};
    case From::Ask:
        return secret::Reference{To::Ask, ref.name};
    case From::File:
        return secret::Reference{To::File, ref.name};
    case From::None:
    case From::Digest:
        break;
    }
    return std::nullopt;
}

namespace {
// Counts the answers still missing; the last one ends the promise.
struct Gathering {
    QPromise<LoadedKeys> promise;
    LoadedKeys loaded;
    int missing = 1; // the caller's own, until every reference was asked for

    void answered()
    {
        if (--missing > 0)
            return;
        promise.addResult(loaded);
        promise.finish();
    }
};

void note(LoadedKeys &loaded, const QString &subject, const Error &error, bool isVault = false)
{
    // A key that is simply not there shows as "no key" at its provider; a keychain that does not
    // answer is something the user can mend.
    if (error.code == QStringLiteral("secret_not_found"))
        return;
    qCWarning(lcEngine).noquote() << "secret of" << subject << "is not at hand:" << error.detail;
    if (isVault && error.code == QStringLiteral("secret_locked")) {
        // One passphrase opens all of them: said once.
        const Notice locked{Notice::Kind::KeychainFailing, QStringLiteral("vault_locked"), {}, 0};
        const auto isSaid
            = [](const Notice &n) { return n.subject == QStringLiteral("vault_locked"); };
        if (std::none_of(loaded.notices.cbegin(), loaded.notices.cend(), isSaid))
            loaded.notices.append(locked);
        return;
    }
    loaded.notices.append({Notice::Kind::KeychainFailing, subject, error.detail, 0});
}
} // namespace

QFuture<LoadedKeys> loadKeys(const config::SnapshotPtr &config, secret::SecretResolver &resolver)
{
    auto gathering = std::make_shared<Gathering>();
    gathering->promise.start();
    const QFuture<LoadedKeys> future = gathering->promise.future();

    for (const config::ProviderSettings &provider : config->providers) {
        for (const config::KeySettings &key : provider.keys) {
            const auto reference = referenceFor(key.secret);
            if (!reference || key.isOff)
                continue;
            ++gathering->missing;
            resolver.resolve(*reference)
                .then(qApp,
                      [gathering, provider = provider.id, key = key.id,
                       isVault = key.secret.kind
                           == config::SecretRef::Kind::Vault](const Result<Secret> &secret) {
                          if (secret) {
                              log::protect(*secret);
                              gathering->loaded.provider.insert({provider, key}, *secret);
                          } else {
                              note(gathering->loaded, provider.text() + u'/' + key.text(),
                                   secret.error(), isVault);
                          }
                          gathering->answered();
                      });
        }
    }
    for (const config::ClientSettings &client : config->clients) {
        if (client.secret.kind == config::SecretRef::Kind::Digest) {
            gathering->loaded.clientDigests.insert(
                client.id, QByteArray::fromHex(client.secret.name.toLatin1()));
            continue;
        }
        const auto reference = referenceFor(client.secret);
        if (!reference)
            continue;
        ++gathering->missing;
        resolver.resolve(*reference)
            .then(qApp, [gathering, id = client.id](const Result<Secret> &secret) {
                if (secret) {
                    log::protect(*secret);
                    gathering->loaded.clientDigests.insert(id, secret->sha256());
                } else {
                    note(gathering->loaded, id.text(), secret.error());
                }
                gathering->answered();
            });
    }
    gathering->answered();
    return future;
}

} // namespace sb::engine
