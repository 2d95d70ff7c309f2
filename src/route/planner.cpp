#include "route/planner.h"

namespace sb::route {

namespace {
// Where a provider offers several others than the client's: what carries most comes first.
constexpr DialectId kPreferred[]{DialectId::Anthropic, DialectId::Gemini, DialectId::OpenAiChat,
                                 DialectId::OpenAiResponses, DialectId::Ollama};

// Those that have vectors of texts; Anthropic has none. [dialects §8.2]
constexpr DialectId kEmbedding[]{DialectId::OpenAiChat, DialectId::Gemini, DialectId::Ollama};

// What the provider would be spoken to in; nothing when there is no way.
std::optional<DialectId> dialectFor(const PlanInput &input,
                                    const config::ProviderSettings &provider)
{
    const DialectId own = input.ask.dialect;
    if (provider.baseUrls.contains(own))
        return own;
    if (input.ask.endpoint == Endpoint::Embeddings) {
        for (const DialectId other : kEmbedding) {
            if (provider.baseUrls.contains(other))
                return other;
        }
        return std::nullopt;
    }
    // One prompt is a conversation of one turn.
    const bool isConversation
        = input.ask.endpoint == Endpoint::Generate || input.ask.endpoint == Endpoint::Completions;
    if (!isConversation || !input.isTranslated[size_t(own)])
        return std::nullopt;
    for (const DialectId other : kPreferred) {
        if (input.isTranslated[size_t(other)] && provider.baseUrls.contains(other))
            return other;
    }
    return std::nullopt;
}

SkipReason whyNever(const PlanInput &input, const config::ProviderSettings &provider,
                    const config::ChainTarget &target, bool hasDialect)
{
    if (input.down.contains(provider.id))
        return SkipReason::MarkedDown;
    if (provider.isOff)
        return SkipReason::Off;
    if (!hasDialect)
        return SkipReason::NeedsTranslation;
    const TargetFacts facts = input.facts ? input.facts(provider, target.model)
                                          : catalogueFacts(input.config, provider, target.model);
    if (input.ask.hasTools && facts.lacksTools)
        return SkipReason::NoTools;
    if (input.ask.hasImages && facts.lacksImages)
        return SkipReason::NoImages;
    if (input.ask.hasSchema && facts.lacksSchema)
        return SkipReason::NoSchema;
    // The estimate, characters / 3, is above most tokenizers: twice the window is surely too long,
    // anything nearer is left to the provider to judge.
    if (facts.context > 0 && input.ask.promptTokens > 2 * facts.context)
        return SkipReason::ContextTooSmall;
    return SkipReason::None;
}

QList<KeyId> keysOf(const config::ProviderSettings &provider, const config::ChainTarget &target)
{
    QList<KeyId> keys;
    for (const config::KeySettings &key : provider.keys) {
        if (!key.isOff && (target.key.isEmpty() || target.key == key.id))
            keys.append(key.id);
    }
    if (keys.isEmpty())
        keys.append(target.key); // so that the target shows up, with the reason NoKey
    return keys;
}

void skip(Candidate &candidate, SkipReason reason, qint64 untilWallMs = 0)
{
    candidate.fate = CandidateFate::Skipped;
    candidate.reason = reason;
    candidate.untilWallMs = untilWallMs;
}

bool mayBeTriedEarly(const TargetRef &target, const GateTable &gates)
{
    for (const GateKey &key : gatesOf(target)) {
        const auto gate = gates.constFind(key);
        if (gate != gates.cend() && gate->state == GateState::Tripped
            && (key.scope == GateScope::Key || gate->isHinted || gate->isForever))
            return false;
    }
    return true;
}

void reviveSoonest(QList<Candidate> &candidates, const GateTable &gates)
{
    Candidate *soonest = nullptr;
    for (Candidate &candidate : candidates) {
        if (candidate.fate == CandidateFate::Waiting)
            return;
        if (candidate.reason == SkipReason::Tripped && mayBeTriedEarly(candidate.target, gates)
            && (!soonest || candidate.untilWallMs < soonest->untilWallMs))
            soonest = &candidate;
    }
    if (soonest) {
        soonest->fate = CandidateFate::Waiting;
        soonest->reason = SkipReason::None;
        soonest->untilWallMs = 0;
    }
}
} // namespace

TargetFacts catalogueFacts(const config::ConfigSnapshot &config,
                           const config::ProviderSettings &provider, const QString &model)
{
    const config::Offer *offer = provider.catalogId.isEmpty() || !config.prices
        ? nullptr
        : config.prices->offer(provider.catalogId, model);
    return offer ? TargetFacts{offer->lacksTools, offer->lacksVision, false, offer->context}
                 : TargetFacts();
}

std::array<GateKey, 3> gatesOf(const TargetRef &target)
{
    return {GateKey{GateScope::Key, target.provider, target.key, {}},
            GateKey{GateScope::Model, target.provider, target.key, target.model},
            GateKey{GateScope::Endpoint, target.provider, {}, {}}};
}

TargetGate gateOf(const TargetRef &target, const GateTable &gates, Nanos now)
{
    TargetGate strictest;
    if (gates.isEmpty())
        return strictest;
    for (const GateKey &key : gatesOf(target)) {
        const auto gate = gates.constFind(key);
        if (gate == gates.cend())
            continue;
        const Admission here = admission(*gate, now);
        strictest.admission = std::max(strictest.admission, here);
        if (here == Admission::Tripped)
            strictest.untilWallMs = std::max(strictest.untilWallMs, gate->untilWallMs);
    }
    return strictest;
}

Decision plan(const PlanInput &input)
{
    Decision decision{input.resolved.source, input.resolved.chain, {}};
    int rank = 0;
    for (const config::ChainTarget &target : input.resolved.targets) {
        ++rank;
        const config::ProviderSettings *provider = input.config.provider(target.provider);
        if (!provider)
            continue; // validated away: a snapshot never names one that is not there
        const std::optional<DialectId> dialect = dialectFor(input, *provider);
        const SkipReason never = whyNever(input, *provider, target, dialect.has_value());
        const bool needsNoKey = provider->auth.kind == config::AuthScheme::Kind::None;
        for (const KeyId &key : keysOf(*provider, target)) {
            Candidate candidate{TargetRef{provider->id, target.model, key}, rank};
            candidate.dialect = dialect.value_or(input.ask.dialect);
            const TargetGate gate = gateOf(candidate.target, input.gates, input.now);
            if (input.heldRank > 0 && rank != input.heldRank)
                skip(candidate, SkipReason::Held);
            else if (never != SkipReason::None)
                skip(candidate, never);
            else if (!needsNoKey && !input.readyKeys.contains({provider->id, key}))
                skip(candidate, SkipReason::NoKey);
            else if (input.ask.isNoFailover && rank > 1)
                skip(candidate, SkipReason::NoFailoverAsked);
            else if (gate.admission == Admission::Tripped)
                skip(candidate, SkipReason::Tripped, gate.untilWallMs);
            else if (gate.admission == Admission::ProbeInFlight)
                skip(candidate, SkipReason::ProbeInFlight);
            decision.candidates.append(candidate);
        }
    }
    reviveSoonest(decision.candidates, input.gates);
    return decision;
}

} // namespace sb::route
