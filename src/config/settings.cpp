#include "config/settings.h"

namespace sb::config {

namespace {
template <typename T, typename Key> const T *byId(const QList<T> &list, const Key &id)
{
    const auto found
        = std::find_if(list.cbegin(), list.cend(), [&id](const T &one) { return one.id == id; });
    return found == list.cend() ? nullptr : &*found;
}
} // namespace

const ProviderSettings *ConfigSnapshot::provider(const ProviderId &id) const
{
    return byId(providers, id);
}

const ChainSettings *ConfigSnapshot::chain(const ChainId &id) const
{
    return byId(chains, id);
}

const ClientSettings *ConfigSnapshot::client(const ClientId &id) const
{
    return byId(clients, id);
}

ModelFacts modelFacts(const ConfigSnapshot &snapshot, const ProviderSettings &provider,
                      const QString &model)
{
    ModelFacts facts;
    if (const ModelSettings *own = byId(provider.models, model); own && own->price)
        facts.ownPrice = &*own->price;
    if (snapshot.prices && !provider.catalogId.isEmpty())
        facts.offer = snapshot.prices->offer(provider.catalogId, model);
    return facts;
}

std::optional<Rates> ratesFor(const ConfigSnapshot &snapshot, const ProviderSettings &provider,
                              const QString &servedModel, const QString &askedModel,
                              qint64 startedWallMs, qint64 promptTokens)
{
    for (const QString &model : {servedModel, askedModel}) {
        if (model.isEmpty())
            continue;
        const ModelFacts facts = modelFacts(snapshot, provider, model);
        if (facts.ownPrice)
            return ratesAt({*facts.ownPrice}, startedWallMs, promptTokens);
        if (facts.offer && !facts.offer->cards.isEmpty())
            return ratesAt(facts.offer->cards, startedWallMs, promptTokens);
    }
    return std::nullopt;
}

} // namespace sb::config
