#include "models/chain_advice.h"

#include <QSet>

#include <algorithm>

namespace sb::models {

namespace {

using Can = TargetFacts::Can;

Can canOf(bool has, bool lacks)
{
    return has ? Can::Yes : lacks ? Can::No : Can::Unknown;
}

bool hasUsableKey(const config::ProviderSettings &provider, const KeyId &wanted)
{
    if (provider.isSimulated || provider.auth.kind == config::AuthScheme::Kind::None)
        return true;
    if (provider.keys.isEmpty())
        return provider.isLocal; // asked without one
    return std::any_of(provider.keys.cbegin(), provider.keys.cend(),
                       [&wanted](const config::KeySettings &key) {
                           return !key.isOff && (wanted.isEmpty() || key.id == wanted);
                       });
}

bool isOffered(const config::ProviderSettings &provider, const QString &model)
{
    return provider.models.isEmpty()
        || std::any_of(provider.models.cbegin(), provider.models.cend(),
                       [&model](const config::ModelSettings &own) { return own.id == model; });
}

double sumOf(const TargetFacts &facts)
{
    return double(facts.input->pico) + double(facts.output->pico);
}

} // namespace

QList<TargetFacts> factsOf(const DraftChain &chain, const config::ConfigSnapshot &config,
                           qint64 nowWallMs)
{
    QList<TargetFacts> out;
    for (const DraftTarget &target : chain.targets) {
        TargetFacts facts;
        if (const config::ProviderSettings *provider = config.provider(target.provider)) {
            facts.isProviderKnown = true;
            facts.isModelKnown = isOffered(*provider, target.model);
            facts.isOff = provider->isOff;
            facts.hasKey = hasUsableKey(*provider, target.key);
            facts.isFree = provider->isLocal || provider->isSimulated;
            const config::ModelFacts model = config::modelFacts(config, *provider, target.model);
            if (model.offer) {
                facts.tools = canOf(model.offer->hasTools, model.offer->lacksTools);
                facts.images = canOf(model.offer->hasVision, model.offer->lacksVision);
                facts.context = model.offer->context;
            }
            if (const auto rates
                = config::ratesFor(config, *provider, target.model, {}, nowWallMs, 0)) {
                facts.input = rates->input;
                facts.output = rates->output;
            }
        }
        out.append(facts);
    }
    for (qsizetype i = 1; i < out.size(); ++i) {
        const TargetFacts &first = out.first();
        TargetFacts &facts = out[i];
        const bool arePriced = first.input && first.output && facts.input && facts.output;
        if (arePriced && sumOf(first) > 0)
            facts.timesFirst = sumOf(facts) / sumOf(first);
    }
    return out;
}

QList<ChainWarning> warningsOf(const DraftChain &chain, const config::ConfigSnapshot &config)
{
    using Kind = ChainWarning::Kind;
    QList<ChainWarning> out;
    if (chain.targets.isEmpty())
        return {{Kind::NoTargets}};
    if (chain.targets.size() == 1)
        out.append({Kind::OneTarget});
    const QList<TargetFacts> facts = factsOf(chain, config, 0);
    const bool anyTools = std::any_of(facts.cbegin(), facts.cend(),
                                      [](const TargetFacts &one) { return one.tools == Can::Yes; });
    for (int row = 0; row < chain.targets.size(); ++row) {
        const DraftTarget &target = chain.targets[row];
        const TargetFacts &own = facts[row];
        if (!own.isProviderKnown) {
            out.append({Kind::UnknownProvider, row});
            continue;
        }
        if (own.isOff)
            out.append({Kind::ProviderOff, row});
        if (!own.hasKey)
            out.append({Kind::NoKey, row});
        if (!own.isModelKnown)
            out.append({Kind::UnknownModel, row});
        if (own.tools == Can::No && anyTools)
            out.append({Kind::NoTools, row});
        const config::ProviderSettings &provider = *config.provider(target.provider);
        const bool isSpoken = provider.isSimulated || provider.baseUrls.isEmpty()
            || provider.baseUrls.contains(DialectId::OpenAiChat)
            || provider.baseUrls.contains(DialectId::Anthropic);
        if (!isSpoken)
            out.append({Kind::NoDialect, row});
        for (int earlier = 0; earlier < row; ++earlier) {
            const DraftTarget &before = chain.targets[earlier];
            if (before.isSame(target)) {
                out.append({Kind::SameTargetTwice, row, earlier});
                break;
            }
            if (before.provider == target.provider && before.key == target.key) {
                out.append({Kind::SameProviderTwice, row, earlier});
                break;
            }
        }
    }
    return out;
}

// A try that was sent and got no answer may have been billed, and only so many of those may follow
// each other; the others can at worst wait for their connection. [robustness §2, §5]
WorstCase worstCase(const DraftChain &chain, const config::ConfigSnapshot &config)
{
    const config::RoutingSettings &routing = config.routing;
    struct Limits {
        Millis connect;
        Millis answer;
    };
    QList<Limits> tries;
    for (const DraftTarget &target : chain.targets) {
        const config::ProviderSettings *provider = config.provider(target.provider);
        if (!provider || provider->isOff || !hasUsableKey(*provider, target.key))
            continue; // skipped without a wait
        tries.append({provider->timeouts.connect,
                      std::max(provider->timeouts.head, provider->timeouts.firstContent)});
    }
    WorstCase out;
    if (tries.isEmpty())
        return out;
    // From first to last, then the last one again.
    const qsizetype callable = tries.size();
    for (int i = 0; i < routing.retriesPerTarget; ++i)
        tries.append(tries.last());
    if (tries.size() > routing.maxAttempts)
        tries.resize(routing.maxAttempts);
    const int retries = std::max(0, int(tries.size() - callable));
    out.attempts = int(tries.size());
    QList<Millis> gains;
    for (const Limits &limits : tries) {
        out.time += limits.connect;
        gains.append(std::max(limits.answer - limits.connect, Millis(0)));
    }
    std::sort(gains.begin(), gains.end(), std::greater<>());
    for (int i = 0; i < std::min<int>(int(gains.size()), routing.maxUnknownRepeats + 1); ++i)
        out.time += gains[i];
    Millis waiting{0};
    for (int i = 0; i < retries; ++i)
        waiting += std::min(routing.backoffCap, routing.backoffBase * (1 << std::min(i, 16)));
    out.time += std::min(waiting, routing.waitingTotal);
    if (out.time > routing.total) {
        out.time = routing.total;
        out.isCappedByTotal = true;
    }
    return out;
}

QStringList modelsFor(const ProviderId &id, const config::ConfigSnapshot &config,
                      const ChainDraft &draft)
{
    QStringList names;
    QSet<QString> seen;
    const auto add = [&names, &seen](const QString &name) {
        if (!name.isEmpty() && !seen.contains(name)) {
            seen.insert(name);
            names.append(name);
        }
    };
    const config::ProviderSettings *provider = config.provider(id);
    if (provider) {
        for (const config::ModelSettings &model : provider->models)
            add(model.id);
    }
    for (const DraftChain &chain : draft.chains) {
        for (const DraftTarget &target : chain.targets) {
            if (target.provider == id)
                add(target.model);
        }
    }
    if (provider && provider->isSimulated) {
        add(QStringLiteral("sim-large"));
        add(QStringLiteral("sim-small"));
    }
    // A provider that lists its models takes no others.
    if (provider && provider->models.isEmpty() && config.prices && !provider->catalogId.isEmpty()) {
        for (const QString &model : config.prices->models(provider->catalogId))
            add(model);
    }
    return names;
}

} // namespace sb::models
