#include "models/cost_sheet.h"

#include <array>

namespace sb::models {

namespace {

struct ClassRow {
    TokenClass kind;
    qint64 Usage::*count;
};
constexpr std::array kClasses = std::to_array<ClassRow>({
    {TokenClass::Input, &Usage::input},
    {TokenClass::CacheRead, &Usage::cacheRead},
    {TokenClass::CacheWrite, &Usage::cacheWrite},
    {TokenClass::CacheWrite1h, &Usage::cacheWrite1h},
    {TokenClass::InputAudio, &Usage::inputAudio},
    {TokenClass::Output, &Usage::output},
    {TokenClass::OutputAudio, &Usage::outputAudio},
});

std::optional<Money> priced(const config::Rates &rates, qint64 Usage::*count, qint64 tokens)
{
    Usage only;
    only.*count = tokens;
    only.source = UsageSource::Reported;
    return config::priceUsage(only, rates); // with the fallbacks for classes not priced apart
}

} // namespace

QList<CostSheet> costSheets(const Exchange &exchange, const config::ConfigSnapshot *config)
{
    constexpr qint64 kMillion = 1'000'000;
    QList<CostSheet> sheets;
    for (const Attempt &attempt : exchange.attempts) {
        const bool isOwed = attempt.cost.nano > 0 || attempt.uncertain.nano > 0;
        if (attempt.usage.source == UsageSource::None && !isOwed
            && attempt.costSource == CostSource::None)
            continue;
        CostSheet sheet{.ordinal = attempt.ordinal,
                        .target = attempt.target,
                        .source = attempt.costSource,
                        .usage = attempt.usage.source,
                        .cost = attempt.cost,
                        .uncertain = attempt.uncertain,
                        .reasoning = attempt.usage.reasoning,
                        .lines = {}};
        std::optional<config::Rates> rates;
        const config::ProviderSettings *provider
            = config ? config->provider(attempt.target.provider) : nullptr;
        if (provider && !provider->isLocal && !provider->isSimulated) {
            rates = config::ratesFor(*config, *provider, attempt.servedModel, attempt.target.model,
                                     exchange.wallMs, attempt.usage.prompt());
        }
        for (const ClassRow &row : kClasses) {
            const qint64 tokens = attempt.usage.*row.count;
            if (tokens <= 0)
                continue;
            CostLine line{.kind = row.kind, .tokens = tokens, .perMillion = {}, .amount = {}};
            if (rates) {
                line.perMillion = priced(*rates, row.count, kMillion);
                line.amount = priced(*rates, row.count, tokens);
            }
            sheet.lines.append(line);
        }
        sheets.append(sheet);
    }
    return sheets;
}

} // namespace sb::models
