#include "models/test_request.h"

namespace sb::models {

namespace {
// "Say hello" and an answer that rambles a little.
constexpr qint64 kPromptTokens = 16;
constexpr qint64 kReplyTokens = 64;

struct Guess {
    bool isFree = false;
    std::optional<Money> price;
};

Guess guess(const config::ConfigSnapshot &config, const config::ChainTarget &target,
            qint64 nowWallMs)
{
    const config::ProviderSettings *provider = config.provider(target.provider);
    if (!provider)
        return {};
    if (provider->isLocal || provider->isSimulated)
        return {true, Money{}};
    const auto rates
        = config::ratesFor(config, *provider, {}, target.model, nowWallMs, kPromptTokens);
    if (!rates)
        return {};
    Usage usage;
    usage.input = kPromptTokens;
    usage.output = kReplyTokens;
    return {false, config::priceUsage(usage, *rates)};
}

bool isCheaper(const Guess &a, const Guess &b)
{
    if (a.isFree != b.isFree)
        return a.isFree;
    if (a.price.has_value() != b.price.has_value())
        return a.price.has_value();
    return a.price && a.price->nano < b.price->nano;
}
} // namespace

TestRequest testRequest(const config::SnapshotPtr &config, const QString &chain, qint64 nowWallMs)
{
    TestRequest asked{chain, false, std::nullopt};
    const config::ChainSettings *settings = config ? config->chain(ChainId(chain)) : nullptr;
    if (!settings || settings->targets.isEmpty())
        return asked;
    const config::ChainTarget *best = nullptr;
    Guess bestGuess;
    for (const config::ChainTarget &target : settings->targets) {
        const Guess own = guess(*config, target, nowWallMs);
        if (best && !isCheaper(own, bestGuess))
            continue;
        best = &target;
        bestGuess = own;
    }
    asked.isFree = bestGuess.isFree;
    asked.price = bestGuess.price;
    if (best != &settings->targets.first() && !best->model.isEmpty())
        asked.model = best->provider.text() + u'/' + best->model;
    return asked;
}

} // namespace sb::models
