#include "route/holder.h"

namespace sb::route {

namespace {

// A provider with a key that is ready, and what lets the client use it.
struct Place {
    ProviderId provider;
    KeyId key;
    ChainId chain;
    bool isAnyKey = false; // of the provider
};

bool isReady(const HolderInput &input, const config::ProviderSettings &provider, const KeyId &key)
{
    const bool isOn = std::any_of(provider.keys.cbegin(), provider.keys.cend(),
                                  [&](const auto &own) { return own.id == key && !own.isOff; });
    return provider.auth.kind == config::AuthScheme::Kind::None
        || (isOn && input.readyKeys.contains({provider.id, key}));
}

void addPlace(const HolderInput &input, const config::ChainTarget &target, const ChainId &chain,
              QList<Place> &places)
{
    const config::ProviderSettings *provider = input.config.provider(target.provider);
    if (!provider || provider->isOff || !provider->baseUrls.contains(input.dialect))
        return;
    QList<KeyId> keys;
    for (const config::KeySettings &key : provider->keys) {
        if (!key.isOff && (target.key.isEmpty() || target.key == key.id))
            keys.append(key.id);
    }
    if (provider->auth.kind == config::AuthScheme::Kind::None && keys.isEmpty())
        keys.append(target.key);
    for (const KeyId &key : std::as_const(keys)) {
        if (isReady(input, *provider, key)) {
            places.append({provider->id, key, chain, target.key.isEmpty()});
            return;
        }
    }
}

QList<Place> placesOf(const HolderInput &input)
{
    QList<Place> places;
    const auto addChain = [&](const config::ChainSettings &chain) {
        for (const config::ChainTarget &target : chain.targets)
            addPlace(input, target, chain.id, places);
    };
    if (!input.headerChain.isEmpty()) {
        addChain(*input.config.chain(input.headerChain));
        return places;
    }
    const config::ChainSettings *own = input.config.chain(input.client.defaultChain);
    if (own && mayUseChain(input.client, own->id))
        addChain(*own);
    for (const config::ChainSettings &chain : input.config.chains) {
        if (mayUseChain(input.client, chain.id))
            addChain(chain);
    }
    if (mayUseAnything(input.client)) {
        for (const config::ProviderSettings &provider : input.config.providers)
            addPlace(input, {provider.id, {}, {}}, {}, places);
    }
    return places;
}

Resolved at(const HolderInput &input, const Place &place, const KeyId &key)
{
    const RouteSource source = !input.headerChain.isEmpty() ? RouteSource::Header
        : place.chain.isEmpty()                             ? RouteSource::ProviderModel
        : place.chain == input.client.defaultChain          ? RouteSource::DefaultChain
                                                            : RouteSource::Chain;
    return {source, place.chain, {{place.provider, {}, key}}};
}

Unexpected refused(const char *code, const QString &sentence)
{
    return unexpected(Error::make(QString::fromLatin1(code), sentence, Blame::Client));
}

Unexpected uncertain(const QStringList &providers)
{
    if (providers.isEmpty()) {
        return refused("no_such_id",
                       QStringLiteral("No provider that this request may use keeps such things: "
                                      "none with a key speaks the API you called."));
    }
    return refused("no_such_id",
                   QStringLiteral("It is not known which provider keeps this: it could be %1. Name "
                                  "a chain that has only one of them in x-signalbox-chain.")
                       .arg(providers.join(QStringLiteral(", "))));
}

} // namespace

Result<Resolved> resolveHolder(const HolderInput &input)
{
    if (!input.headerChain.isEmpty()) {
        // The chain must be there and this client's: its error is that of any other request.
        const auto chain = resolve({input.config, input.client, {}, {}, input.headerChain});
        if (!chain)
            return unexpected(chain.error());
    }
    const QList<Place> places = placesOf(input);
    if (const auto &holder = input.holder) {
        for (const Place &place : places) {
            const auto *provider = input.config.provider(place.provider);
            if (place.provider == holder->provider && (place.isAnyKey || place.key == holder->key)
                && isReady(input, *provider, holder->key))
                return at(input, place, holder->key);
        }
    }
    if (input.holder && input.headerChain.isEmpty()) {
        return refused("no_such_id",
                       QStringLiteral("This is kept by \"%1\", which this request may not use, or "
                                      "which has no key now.")
                           .arg(input.holder->provider.text()));
    }
    QStringList providers;
    for (const Place &place : places) {
        if (!providers.contains(place.provider.text()))
            providers.append(place.provider.text());
    }
    if (providers.size() != 1)
        return uncertain(providers);
    return at(input, places.first(), places.first().key);
}

} // namespace sb::route
