#include "gateway/setup.h"

namespace sb::gateway {

SetupPtr makeSetup(const config::SnapshotPtr &config, const QHash<route::KeyName, Secret> &keys,
                   const QHash<ClientId, QByteArray> &clientDigests)
{
    auto setup = std::make_shared<Setup>();
    setup->config = config;
    setup->keys = keys;
    for (auto key = keys.cbegin(); key != keys.cend(); ++key)
        setup->readyKeys.insert(key.key());
    for (auto digest = clientDigests.cbegin(); digest != clientDigests.cend(); ++digest) {
        const config::ClientSettings *client = config->client(digest.key());
        if (client && !client->isRevoked)
            setup->keyring.add(*digest, digest.key());
    }
    setup->rules.hosts = config->network.allowedHosts;
    setup->rules.origins = config->network.allowedOrigins;
    for (const config::ProviderSettings &provider : config->providers) {
        for (auto url = provider.baseUrls.cbegin(); url != provider.baseUrls.cend(); ++url) {
            if (auto base = provider::parseBase(*url, provider.caFile))
                setup->bases.insert({provider.id, url.key()}, *base);
        }
    }
    return setup;
}

} // namespace sb::gateway
