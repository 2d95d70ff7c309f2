#include "ledger/pricing.h"

namespace sb::ledger {

namespace {
int weakness(CostSource source)
{
    switch (source) {
    case CostSource::None:
        return 0;
    case CostSource::Free:
        return 1;
    case CostSource::ProviderReported:
        return 2;
    case CostSource::Computed:
        return 3;
    case CostSource::Estimated:
        return 4;
    case CostSource::Unpriced:
        return 5;
    }
    return 0;
}
} // namespace

Bill billFor(const Attempt &attempt, Basis basis, qint64 promptTokens, qint64 startedWallMs,
             const config::ProviderSettings &provider, const config::ConfigSnapshot &config)
{
    if (basis == Basis::Nothing)
        return {};
    if (provider.isLocal || provider.isSimulated)
        return {{}, {}, CostSource::Free};

    Usage usage = attempt.usage;
    if (basis == Basis::InputFloor) {
        usage = Usage{};
        usage.input = promptTokens;
        usage.source = UsageSource::Estimated;
    }
    const auto rates = config::ratesFor(config, provider, attempt.servedModel, attempt.target.model,
                                        startedWallMs, usage.prompt());
    const auto money = rates ? config::priceUsage(usage, *rates) : std::nullopt;
    if (!money)
        return {{}, {}, CostSource::Unpriced};
    if (basis == Basis::InputFloor)
        return {{}, *money, CostSource::Estimated};
    return {*money,
            {},
            usage.source == UsageSource::Reported ? CostSource::Computed : CostSource::Estimated};
}

Settlement settle(const Exchange &exchange, const config::ConfigSnapshot &config)
{
    Settlement settlement;
    bool isAnyReal = false;
    bool isAnySimulated = false;
    for (const Attempt &attempt : exchange.attempts) {
        settlement.cost += attempt.cost;
        settlement.uncertain += attempt.uncertain;
        if (weakness(attempt.costSource) > weakness(settlement.source))
            settlement.source = attempt.costSource;
        const config::ProviderSettings *provider = config.provider(attempt.target.provider);
        (provider && provider->isSimulated ? isAnySimulated : isAnyReal) = true;
    }
    if (const Attempt *server = exchange.server())
        settlement.usage = server->usage;
    if (config.prices)
        settlement.priceDate = config.prices->date();
    settlement.isDrill = isAnySimulated && !isAnyReal;
    return settlement;
}

} // namespace sb::ledger
