#include "pages/chains/chain_words.h"

#include "words/format.h"
#include "words/plain.h"

#include <QCoreApplication>

namespace sb::pages {

namespace {

struct Chains {
    Q_DECLARE_TR_FUNCTIONS(Chains)
};

QString targetName(const models::DraftTarget &target, const words::Names &names)
{
    const QString name
        = Chains::tr("%1 / %2", "provider / model").arg(names.of(target.provider), target.model);
    return target.key.isEmpty() ? name : Chains::tr("%1, key %2").arg(name, target.key.text());
}

} // namespace

QString changeSentence(const models::DraftChange &change, const words::Names &names)
{
    using Kind = models::DraftChange::Kind;
    const QString chain = change.chain.text();
    switch (change.kind) {
    case Kind::ChainAdded:
        return Chains::tr("New chain %1.").arg(chain);
    case Kind::ChainRemoved:
        return Chains::tr("Chain %1 is deleted.").arg(chain);
    case Kind::ChainRenamed:
        return Chains::tr("Chain %1 is renamed to %2.").arg(change.was.text(), chain);
    case Kind::TargetAdded:
        return Chains::tr("%1: new target %2, %3.")
            .arg(chain, QString::number(change.to), targetName(change.after, names));
    case Kind::TargetRemoved:
        return Chains::tr("%1: target %2 is removed, %3.")
            .arg(chain, QString::number(change.from), targetName(change.before, names));
    case Kind::TargetMoved:
        return Chains::tr("%1: target %2 moves to place %3, %4.")
            .arg(chain, QString::number(change.from), QString::number(change.to),
                 targetName(change.after, names));
    case Kind::TargetChanged:
        return Chains::tr("%1: target %2 was %3 and becomes %4.")
            .arg(chain, QString::number(change.to), targetName(change.before, names),
                 targetName(change.after, names));
    case Kind::AliasAdded:
        return Chains::tr("New alias %1 leads to %2.").arg(change.alias, change.aliasTo);
    case Kind::AliasRemoved:
        return Chains::tr("Alias %1 is removed; it led to %2.").arg(change.alias, change.aliasWas);
    case Kind::AliasChanged:
        return Chains::tr("Alias %1 led to %2 and leads to %3.")
            .arg(change.alias, change.aliasWas, change.aliasTo);
    }
    return {};
}

QString warningSentence(const models::ChainWarning &warning, const models::DraftChain &chain,
                        const words::Names &names)
{
    using Kind = models::ChainWarning::Kind;
    const models::DraftTarget target = chain.targets.value(warning.row);
    const QString rank = QString::number(warning.row + 1);
    const QString provider = names.of(target.provider);
    switch (warning.kind) {
    case Kind::NoTargets:
        return Chains::tr("This chain has no target. Add one below.");
    case Kind::OneTarget:
        return Chains::tr("With one target there is nothing to move on to. Add a second one.");
    case Kind::UnknownProvider:
        return Chains::tr("Target %1: there is no provider %2.").arg(rank, target.provider.text());
    case Kind::ProviderOff:
        return Chains::tr("Target %1 is skipped: %2 is off.").arg(rank, provider);
    case Kind::NoKey:
        return Chains::tr("Target %1 is skipped: %2 has no usable key.").arg(rank, provider);
    case Kind::UnknownModel:
        return Chains::tr("Target %1: %2 does not list the model %3.")
            .arg(rank, provider, target.model);
    case Kind::SameProviderTwice:
        return Chains::tr("Targets %1 and %2 are the same provider: one outage takes both.")
            .arg(warning.other + 1)
            .arg(warning.row + 1);
    case Kind::SameTargetTwice:
        return Chains::tr("Targets %1 and %2 are the same: the second one adds nothing.")
            .arg(warning.other + 1)
            .arg(warning.row + 1);
    case Kind::NoTools:
        return Chains::tr("Target %1 is skipped for requests with tools: %2 has no tool support.")
            .arg(rank, target.model);
    case Kind::NoDialect:
        return Chains::tr("Target %1 is always skipped: no client speaks a dialect of %2.")
            .arg(rank, provider);
    }
    return {};
}

QString worstCaseSentence(const models::WorstCase &worst)
{
    if (worst.attempts == 0)
        return Chains::tr("No target can be called as things are.");
    const QString time = words::duration(worst.time);
    return worst.isCappedByTotal
        ? Chains::tr("Up to %n attempt(s), %1 before giving up: the limit of the whole request.",
                     "", worst.attempts)
              .arg(time)
        : Chains::tr("Up to %n attempt(s), %1 before giving up.", "", worst.attempts).arg(time);
}

QString usersSentence(const ChainId &chain, const config::ConfigSnapshot &config,
                      const models::ChainDraft &draft)
{
    QStringList users;
    for (const config::ClientSettings &client : config.clients) {
        if (client.defaultChain == chain)
            users += Chains::tr("client %1 (its default)").arg(client.label);
        else if (client.chains.contains(chain.text()))
            users += Chains::tr("client %1").arg(client.label);
    }
    for (const models::DraftAlias &alias : draft.aliases) {
        if (alias.to == chain.text())
            users += Chains::tr("alias %1").arg(alias.name);
    }
    return users.join(QStringLiteral(", "));
}

QString problemSentence(const config::Problem &problem)
{
    QString text = problem.message + QStringLiteral(" (") + problem.path + u')';
    if (!problem.nearest.isEmpty())
        text += u' ' + Chains::tr("Nearest: %1.").arg(problem.nearest);
    return words::trimmed(text, 300);
}

QString authorWord(const QString &author)
{
    if (author == QStringLiteral("window"))
        return Chains::tr("window");
    if (author == QStringLiteral("command"))
        return Chains::tr("command line");
    if (author == QStringLiteral("file"))
        return Chains::tr("file");
    return words::trimmed(author, 40);
}

} // namespace sb::pages
