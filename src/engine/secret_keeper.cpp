#include "engine/secret_keeper.h"

#include "base/log.h"

#include <QCryptographicHash>
#include <QFileInfo>
#include <QPromise>
#include <QUrl>

namespace sb::engine {

using config::SecretRef;

SecretKeeper::SecretKeeper(const Places &places, const QString &dataDir, bool isOwnFolder)
    : m_places(places)
    , m_isOwnFolder(isOwnFolder)
{
    if (!isOwnFolder) {
        const QByteArray digest
            = QCryptographicHash::hash(dataDir.toUtf8(), QCryptographicHash::Sha256);
        m_suffix = u'@' + QString::fromLatin1(digest.toHex().first(8));
    }
}

// "openai/main.k3f9": a rotation or an edit that fails must find the older entry untouched.
QString SecretKeeper::entryName(const QString &name)
{
    static constexpr char kLetters[] = "abcdefghijklmnopqrstuvwxyz234567";
    QString mark;
    for (int i = 0; i < 5; ++i)
        mark += QLatin1Char(kLetters[m_random.below(32)]);
    return name + u'.' + mark + m_suffix;
}

QFuture<Result<SecretRef>> SecretKeeper::keepProviderKey(const ProviderId &provider,
                                                         const KeyId &key, const Secret &secret)
{
    log::protect(secret);
    return keep(entryName(provider.text() + u'/' + key.text()), secret, false);
}

QFuture<Result<SecretRef>> SecretKeeper::keepClientKey(const ClientId &client, const Secret &secret)
{
    log::protect(secret);
    return keep(entryName(QStringLiteral("client/") + client.text()), secret, true);
}

QFuture<Result<SecretRef>> SecretKeeper::keep(const QString &name, const Secret &secret,
                                              bool mayGoToFile)
{
    auto promise = std::make_shared<QPromise<Result<SecretRef>>>();
    promise->start();
    const auto kept = [promise](const SecretRef &ref, const Result<void> &written) {
        promise->addResult(written ? Result<SecretRef>(ref)
                                   : Result<SecretRef>(unexpected(written.error())));
        promise->finish();
    };
    const auto writeTo = [this, kept](secret::SecretVault &vault, const SecretRef &ref,
                                      const QString &entry, const Secret &text) {
        vault.write(entry, text).then(this, [kept, ref](const Result<void> &written) {
            kept(ref, written);
        });
    };
    const SecretRef file{SecretRef::Kind::File, m_places.files.pathOf(name)};
    if (mayGoToFile && !m_isOwnFolder) {
        writeTo(m_places.files, file, name, secret);
        return promise->future();
    }
    m_places.keychain.write(name, secret)
        .then(this,
              [this, name, secret, mayGoToFile, file, kept, writeTo](const Result<void> &written) {
                  m_state = m_places.keychain.state();
                  if (written) {
                      m_detail.clear();
                      return kept({SecretRef::Kind::Keychain, name}, written);
                  }
                  if (m_state
                      == secret::VaultState::Ok) // an error that names no state, as a refused name
                      m_state = secret::VaultState::Failing;
                  m_detail = written.error().detail;
                  qCWarning(lcEngine).noquote() << "the keychain took no key:" << m_detail;
                  const bool hasVault = m_places.passphrase.state() == secret::VaultState::Ok;
                  const SecretRef ref = mayGoToFile ? file
                      : hasVault                    ? SecretRef{SecretRef::Kind::Vault, name}
                                                    : SecretRef{SecretRef::Kind::Ask, name};
                  if (m_told && !mayGoToFile)
                      m_told(ref, m_detail);
                  writeTo(mayGoToFile    ? static_cast<secret::SecretVault &>(m_places.files)
                              : hasVault ? static_cast<secret::SecretVault &>(m_places.passphrase)
                                         : static_cast<secret::SecretVault &>(m_places.asked),
                          ref, name, secret);
              });
    return promise->future();
}

void SecretKeeper::forget(const SecretRef &ref)
{
    switch (ref.kind) {
    case SecretRef::Kind::Keychain:
        m_places.keychain.remove(ref.name);
        break;
    case SecretRef::Kind::Vault:
        m_places.passphrase.remove(ref.name);
        break;
    case SecretRef::Kind::Ask:
        m_places.asked.remove(ref.name);
        break;
    case SecretRef::Kind::File: {
        // Only files of our own folder.
        const QString file = QFileInfo(ref.name).completeBaseName();
        const QString name = QUrl::fromPercentEncoding(file.toUtf8());
        if (m_places.files.pathOf(name) == ref.name)
            m_places.files.remove(name);
        break;
    }
    case SecretRef::Kind::None:
    case SecretRef::Kind::Env:
    case SecretRef::Kind::Digest:
        break;
    }
}

} // namespace sb::engine
