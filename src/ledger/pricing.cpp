#include "ledger/pricing.h"

#include "record/cost_source.h"

namespace sb::ledger {

Bill billFor(const Attempt &attempt, Basis basis, qint64 promptTokens, qint64 startedWallMs,
             const config::ProviderSettings &provider, const config::ConfigSnapshot &config)
{
    if (basis == Basis::Nothing)
        return {};
    if (provider.isLocal || provider.isSimulated)
        return {{}, {}, CostSource::Free};
    if (basis == Basis::Unknown)
        return {{}, {}, CostSource::Unpriced};

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

Ceiling ceilingFor(const config::ProviderSettings &provider, const QString &model,
                   qint64 promptTokens, bool isCachedLong, qint64 startedWallMs,
                   const config::ConfigSnapshot &config)
{
    Ceiling ceiling;
    ceiling.isFree = provider.isLocal || provider.isSimulated;
    if (ceiling.isFree)
        return ceiling;
    const auto raise = [](std::optional<Price> &to, const std::optional<Price> &price) {
        if (price && (!to || *to < *price))
            to = price;
    };
    for (const qint64 prompt : {qint64(0), promptTokens}) {
        const auto rates = config::ratesFor(config, provider, {}, model, startedWallMs, prompt);
        if (!rates)
            return ceiling;
        for (const auto &price :
             {rates->input, rates->cacheRead, rates->cacheWrite, rates->inputAudio,
              isCachedLong ? rates->cacheWrite1h : rates->cacheWrite})
            raise(ceiling.input, price);
        for (const auto &price : {rates->output, rates->outputAudio, rates->reasoning})
            raise(ceiling.output, price);
    }
    return ceiling;
}

std::optional<Money> atMost(const Ceiling &ceiling, qint64 promptTokens, qint64 outputTokens)
{
    if (ceiling.isFree)
        return Money{};
    if ((promptTokens > 0 && !ceiling.input) || (outputTokens > 0 && !ceiling.output))
        return std::nullopt;
    const BillLine lines[] = {{promptTokens, ceiling.input.value_or(Price{}), false},
                              {outputTokens, ceiling.output.value_or(Price{}), false}};
    return billRoundedUp(lines);
}

Settlement settle(const Exchange &exchange, const config::ConfigSnapshot &config)
{
    Settlement settlement;
    bool isAnyReal = false;
    bool isAnySimulated = false;
    for (const Attempt &attempt : exchange.attempts) {
        settlement.cost += attempt.cost;
        settlement.uncertain += attempt.uncertain;
        settlement.source = weaker(settlement.source, attempt.costSource);
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
