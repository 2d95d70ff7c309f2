// Usage → money for one attempt, and the settlement over all of them. Pure. [cost.md §2, §5, §9]
#pragma once

#include "config/settings.h"
#include "record/exchange.h"

namespace sb::ledger {

// What one attempt owes, and how we know.
enum class Basis : quint8 {
    Nothing,
    Usage,
    InputFloor,
    Unknown, // what it costs cannot be told here
};

struct Bill {
    Money cost;
    Money uncertain;
    CostSource source = CostSource::None;
};

// The price by the model the reply names, at the card in force when the request started. A model
// without a price is Unpriced, never zero; local and simulated providers are Free.
Bill billFor(const Attempt &attempt, Basis basis, qint64 promptTokens, qint64 startedWallMs,
             const config::ProviderSettings &provider, const config::ConfigSnapshot &config);

// What a token can cost at most at a target: every kind of prompt token at the dearest of them, in
// the dearest tier up to `promptTokens`. Nothing where the price is not known. [robustness §10]
struct Ceiling {
    bool isFree = false; // local or simulated
    std::optional<Price> input;
    std::optional<Price> output;
};
Ceiling ceilingFor(const config::ProviderSettings &provider, const QString &model,
                   qint64 promptTokens, bool isCachedLong, qint64 startedWallMs,
                   const config::ConfigSnapshot &config);
// Rounded up; nothing when a kind of token with a count has no price.
std::optional<Money> atMost(const Ceiling &ceiling, qint64 promptTokens, qint64 outputTokens);

// Sums the attempts; the weakest source names the whole.
Settlement settle(const Exchange &exchange, const config::ConfigSnapshot &config);

} // namespace sb::ledger
