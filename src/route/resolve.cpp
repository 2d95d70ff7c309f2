#include "route/resolve.h"

namespace sb::route {

bool mayUseAnything(const config::ClientSettings &client)
{
    return client.chains.contains(QStringLiteral("*"));
}

bool mayUseChain(const config::ClientSettings &client, const ChainId &chain)
{
    return mayUseAnything(client) || client.chains.contains(chain.text());
}

namespace {
bool offers(const config::ConfigSnapshot &config, const config::ProviderSettings &provider,
            const QString &model)
{
    for (const config::ModelSettings &own : provider.models) {
        if (own.id == model)
            return true;
    }
    return provider.models.isEmpty() && !provider.catalogId.isEmpty() && config.prices
        && config.prices->offer(provider.catalogId, model);
}

int editDistance(const QString &a, const QString &b)
{
    QVarLengthArray<int, 160> row(b.size() + 1);
    for (qsizetype j = 0; j <= b.size(); ++j)
        row[j] = int(j);
    for (qsizetype i = 1; i <= a.size(); ++i) {
        int diagonal = row[0];
        row[0] = int(i);
        for (qsizetype j = 1; j <= b.size(); ++j) {
            const int above = row[j];
            row[j]
                = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
            diagonal = above;
        }
    }
    return row[b.size()];
}

QStringList nearest(const QString &name, const QList<QString> &known)
{
    constexpr qsizetype kLongest = 128; // a hostile name must not cost the square of its length
    if (name.size() > kLongest)
        return {};
    QList<std::pair<int, QString>> scored;
    for (const QString &candidate : known) {
        if (candidate.size() <= kLongest)
            scored.append({editDistance(name, candidate), candidate});
    }
    std::sort(scored.begin(), scored.end());
    QStringList out;
    for (qsizetype i = 0; i < scored.size() && i < 3; ++i) {
        if (scored[i].first <= std::max<int>(3, int(name.size()) / 2))
            out.append(scored[i].second);
    }
    return out;
}

// One name, without the body's list and the client's default. An alias leads to one more step only.
std::optional<Resolved> resolveName(const config::ConfigSnapshot &config, const QString &name,
                                    bool followsAlias = true)
{
    if (const config::ChainSettings *chain = config.chain(ChainId(name)))
        return Resolved{RouteSource::Chain, chain->id, chain->targets};
    const auto alias = config.aliases.constFind(name);
    if (followsAlias && alias != config.aliases.cend()) {
        auto target = resolveName(config, *alias, false);
        if (target)
            target->source = RouteSource::Alias;
        return target;
    }
    const qsizetype slash = name.indexOf(u'/');
    if (slash > 0) {
        if (const auto *provider = config.provider(ProviderId(name.left(slash)))) {
            const QString model = name.mid(slash + 1);
            if (!model.isEmpty()
                && (provider->models.isEmpty() || offers(config, *provider, model)))
                return Resolved{RouteSource::ProviderModel, {}, {{provider->id, model, {}}}};
        }
    }
    QList<config::ChainTarget> found;
    for (const config::ProviderSettings &provider : config.providers) {
        if (offers(config, provider, name))
            found.append({provider.id, name, {}});
    }
    if (found.size() == 1)
        return Resolved{RouteSource::BareModel, {}, found};
    return std::nullopt;
}

Unexpected notAllowed(const QString &name)
{
    return unexpected(Error::make(QStringLiteral("not_allowed"),
                                  QStringLiteral("This client key may not use \"%1\".").arg(name),
                                  Blame::Client));
}

bool isAllowed(const config::ClientSettings &client, const Resolved &resolved)
{
    return resolved.chain.isEmpty() ? mayUseAnything(client) : mayUseChain(client, resolved.chain);
}

Unexpected noSuchModel(const ResolveInput &input, const QString &name)
{
    QString sentence = name.isEmpty()
        ? QStringLiteral("The request names no model.")
        : QStringLiteral("There is no chain, alias or model \"%1\".").arg(name.left(128));
    const QStringList near = nearest(name, visibleNames(input.config, input.client));
    if (!near.isEmpty())
        sentence += QStringLiteral(" Nearest: %1.").arg(near.join(QStringLiteral(", ")));
    return unexpected(Error::make(QStringLiteral("no_such_model"), sentence, Blame::Client));
}

Result<Resolved> resolveBodyChain(const ResolveInput &input)
{
    QList<QString> names;
    if (!input.model.isEmpty())
        names.append(input.model);
    for (const QString &name : input.models) {
        if (!names.contains(name))
            names.append(name);
    }
    Resolved out{RouteSource::Body, {}, {}};
    for (const QString &name : names) {
        const auto one = resolveName(input.config, name);
        if (!one)
            return noSuchModel(input, name);
        if (!isAllowed(input.client, *one))
            return notAllowed(name);
        out.targets += one->targets;
    }
    return out;
}
} // namespace

QList<QString> visibleNames(const config::ConfigSnapshot &config,
                            const config::ClientSettings &client)
{
    QList<QString> names;
    for (const config::ChainSettings &chain : config.chains) {
        if (mayUseChain(client, chain.id))
            names.append(chain.id.text());
    }
    QList<QString> aliases = config.aliases.keys();
    std::sort(aliases.begin(), aliases.end());
    for (const QString &alias : aliases) {
        const auto target = resolveName(config, alias);
        if (target && isAllowed(client, *target))
            names.append(alias);
    }
    if (!mayUseAnything(client))
        return names;
    const auto add = [&names](const ProviderId &provider, const QString &model) {
        const QString name = provider.text() + u'/' + model;
        if (!names.contains(name))
            names.append(name);
    };
    for (const config::ProviderSettings &provider : config.providers) {
        for (const config::ModelSettings &model : provider.models)
            add(provider.id, model.id);
    }
    for (const config::ChainSettings &chain : config.chains) {
        for (const config::ChainTarget &target : chain.targets)
            add(target.provider, target.model);
    }
    return names;
}

Result<Resolved> resolve(const ResolveInput &input)
{
    const config::ConfigSnapshot &config = input.config;
    if (!input.headerChain.isEmpty()) {
        const config::ChainSettings *chain = config.chain(input.headerChain);
        if (!chain)
            return noSuchModel(input, input.headerChain.text());
        if (!mayUseChain(input.client, chain->id))
            return notAllowed(chain->id.text());
        return Resolved{RouteSource::Header, chain->id, chain->targets};
    }
    if (!input.models.isEmpty())
        return resolveBodyChain(input);
    if (auto one = resolveName(config, input.model)) {
        if (!isAllowed(input.client, *one))
            return notAllowed(input.model);
        return *one;
    }
    const config::ChainSettings *fallback = config.chain(input.client.defaultChain);
    if (fallback && !input.model.isEmpty())
        return Resolved{RouteSource::DefaultChain, fallback->id, fallback->targets};
    return noSuchModel(input, input.model);
}

} // namespace sb::route
