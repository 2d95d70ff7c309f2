#include "pages/providers/provider_words.h"

#include "words/format.h"
#include "words/plain.h"

#include <QCoreApplication>

namespace sb::pages {

namespace {

struct Providers {
    Q_DECLARE_TR_FUNCTIONS(Providers)
};

} // namespace

QString keyLine(const KeyView &key, qint64 nowWallMs)
{
    const auto word = [&key, nowWallMs] {
        switch (key.state) {
        case KeyState::Unused:
            return Providers::tr("not used yet", "key");
        case KeyState::Ok:
            return Providers::tr("ok", "key");
        case KeyState::Rejected:
            return key.untilWallMs > nowWallMs
                ? Providers::tr("rejected, tried again in %1", "key")
                      .arg(words::countdown(key.untilWallMs, nowWallMs))
                : Providers::tr("rejected", "key");
        case KeyState::Limited:
            return key.untilWallMs > nowWallMs
                ? Providers::tr("limited until %1", "key").arg(words::timeSeconds(key.untilWallMs))
                : Providers::tr("limited", "key");
        case KeyState::Off:
            return Providers::tr("off", "key");
        case KeyState::Missing:
            return Providers::tr("missing: nothing is kept in its place", "key");
        }
        return words::unknown();
    };
    return key.isDraining ? Providers::tr("%1, draining", "key").arg(word()) : word();
}

QString keyPlace(const config::SecretRef &ref)
{
    using Kind = config::SecretRef::Kind;
    switch (ref.kind) {
    case Kind::Keychain:
        return Providers::tr("keychain");
    case Kind::Vault:
        return Providers::tr("passphrase file");
    case Kind::Env:
        return Providers::tr("variable %1").arg(words::trimmed(ref.name, 60));
    case Kind::Ask:
        return Providers::tr("memory, this run only");
    case Kind::File:
        return Providers::tr("file %1").arg(words::trimmed(ref.name, 60));
    case Kind::None:
    case Kind::Digest:
        break;
    }
    return words::unknown();
}

QString refusal(const QString &code, const QString &detail)
{
    const QString said = words::trimmed(detail, 240);
    if (code == QStringLiteral("own_address"))
        return Providers::tr("This is our own address: requests would go round in a circle.");
    if (code == QStringLiteral("key_rejected"))
        return said.isEmpty() ? Providers::tr("The provider rejected the key.")
                              : Providers::tr("The provider rejected the key: “%1”").arg(said);
    if (code == QStringLiteral("not_running"))
        return Providers::tr("The gateway is not running.");
    if (code == QStringLiteral("changed_meanwhile"))
        return Providers::tr("The configuration has changed meanwhile. Try again.");
    return said.isEmpty() ? Providers::tr("It did not work (%1).").arg(code)
                          : Providers::tr("It did not work (%1): %2").arg(code, said);
}

QString usesLine(const QList<models::ProviderUse> &uses)
{
    QStringList parts;
    for (const models::ProviderUse &use : uses) {
        QStringList ranks;
        for (const int rank : use.ranks)
            ranks += QString::number(rank);
        parts += use.ranks.size() == 1
            ? Providers::tr("%1 (target %2)").arg(use.chain.text(), ranks.first())
            : Providers::tr("%1 (targets %2)")
                  .arg(use.chain.text(), ranks.join(QStringLiteral(", ")));
    }
    return parts.join(QStringLiteral(", "));
}

} // namespace sb::pages
