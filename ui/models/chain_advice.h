// What is worth knowing about a chain before it is applied: costs, capabilities, warnings, and the
// longest it may take to give up. Pure functions of values. [console §3.5]
#pragma once

#include "config/settings.h"
#include "models/chain_draft.h"

namespace sb::models {

// What one target costs and can do, as far as anybody knows.
struct TargetFacts {
    bool isProviderKnown = false;
    bool isModelKnown = true; // false only where the provider's models are listed without it
    bool isOff = false;
    bool hasKey = true;
    bool isFree = false; // local or simulated
    std::optional<Price> input; // per token, as of now
    std::optional<Price> output;
    std::optional<double> timesFirst; // its price over target 1's, where both are known and above 0
    enum class Can : quint8 { Unknown, Yes, No };
    Can tools = Can::Unknown;
    Can images = Can::Unknown;
    qint64 context = 0; // tokens, 0 = unknown
};

// One per target, in order.
QList<TargetFacts> factsOf(const DraftChain &chain, const config::ConfigSnapshot &config,
                           qint64 nowWallMs);

struct ChainWarning {
    enum class Kind : quint8 {
        NoTargets,
        OneTarget, // nothing to move on to
        UnknownProvider,
        ProviderOff,
        NoKey,
        UnknownModel,
        SameProviderTwice, // with the same key: one outage takes both
        SameTargetTwice,
        NoTools, // this target will be skipped for requests with tools
        NoDialect, // no client speaks what the provider speaks
    };
    Kind kind = Kind::NoTargets;
    int row = -1; // of the target, 0 = first; -1: of the chain
    int other = -1; // the earlier one of two

    friend bool operator==(const ChainWarning &, const ChainWarning &) = default;
};
QList<ChainWarning> warningsOf(const DraftChain &chain, const config::ConfigSnapshot &config);

// The longest way to "no answer": every try fails as late as it can.
struct WorstCase {
    int attempts = 0;
    Millis time{0};
    bool isCappedByTotal = false; // the whole request's own limit comes first

    friend bool operator==(const WorstCase &, const WorstCase &) = default;
};
WorstCase worstCase(const DraftChain &chain, const config::ConfigSnapshot &config);

// Model names worth offering for that provider: its own list, what chains already use, what the
// catalogue sells; each once.
QStringList modelsFor(const ProviderId &provider, const config::ConfigSnapshot &config,
                      const ChainDraft &draft);

} // namespace sb::models
