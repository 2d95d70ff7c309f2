#include "gateway/target_book.h"

#include "translate/quirks.h"
#include "translate/translator.h"

namespace sb::gateway {

namespace {

// Members whose absence changes how an answer is made, not what was asked. Messages, tools and
// images are never left out that way. [translation §19]
constexpr QByteArrayView kDispensable[]{"temperature",
                                        "top_p",
                                        "top_k",
                                        "min_p",
                                        "frequency_penalty",
                                        "presence_penalty",
                                        "repetition_penalty",
                                        "repeat_penalty",
                                        "seed",
                                        "random_seed",
                                        "logit_bias",
                                        "user",
                                        "metadata",
                                        "store",
                                        "service_tier",
                                        "prompt_cache_key",
                                        "prompt_cache_retention",
                                        "safety_identifier",
                                        "stream_options",
                                        "parallel_tool_calls",
                                        "reasoning_effort",
                                        "reasoning",
                                        "reasoning_content",
                                        "thinking",
                                        "output_config",
                                        "verbosity",
                                        "cache_control",
                                        "keep_alive",
                                        "think",
                                        "thinkingConfig",
                                        "topK",
                                        "topP",
                                        "frequencyPenalty",
                                        "presencePenalty",
                                        "modalities",
                                        "disable_parallel_tool_use",
                                        "context_management"};

bool isWordByte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool hasWord(QByteArrayView text, QByteArrayView word)
{
    for (qsizetype at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
        const qsizetype end = at + word.size();
        if ((at == 0 || !isWordByte(text[at - 1]))
            && (end == text.size() || !isWordByte(text[end])))
            return true;
    }
    return false;
}

bool hasAny(QByteArrayView text, std::initializer_list<QByteArrayView> words)
{
    return std::any_of(words.begin(), words.end(),
                       [text](QByteArrayView word) { return text.contains(word); });
}

// Does the sentence say that something is not taken, rather than that its value is wrong?
bool isRefusalOfMember(QByteArrayView lower)
{
    return hasAny(lower,
                  {"unsupported", "not supported", "not support", "unknown", "unrecognized",
                   "unexpected", "extra inputs", "not permitted", "not allowed", "deprecated",
                   "cannot find field", "no longer", "not available", "extraneous"});
}

} // namespace

std::array<bool, kDialectCount> translatedDialects()
{
    std::array<bool, kDialectCount> is{};
    for (int i = 0; i < kDialectCount; ++i)
        is[size_t(i)] = translate::translatorFor(DialectId(i)) != nullptr;
    return is;
}

QByteArray modelFamily(const QString &model)
{
    // "anthropic/claude-opus-4-5" → "claude-opus", "gpt-5.1" → "gpt".
    const QStringView name = QStringView(model).sliced(model.lastIndexOf(u'/') + 1);
    QByteArray family;
    for (const QStringView part : name.tokenize(u'-')) {
        const bool hasDigit
            = std::any_of(part.begin(), part.end(), [](QChar c) { return c >= u'0' && c <= u'9'; });
        if (hasDigit && !family.isEmpty())
            break;
        if (!family.isEmpty())
            family += '-';
        family += part.toUtf8().toLower();
        if (hasDigit)
            break;
    }
    return family;
}

const TargetBook::Learnt *TargetBook::learnt(const ProviderId &provider, const QString &model) const
{
    if (m_learnt.isEmpty())
        return nullptr;
    const auto found = m_learnt.constFind({provider, model});
    return found == m_learnt.cend() ? nullptr : &*found;
}

chat::Capabilities TargetBook::capabilities(const config::ConfigSnapshot &config,
                                            const config::ProviderSettings &provider,
                                            const QString &model, DialectId dialect,
                                            QByteArrayView authority) const
{
    const auto known = [](bool has, bool lacks) {
        return lacks ? chat::Known::No : has ? chat::Known::Yes : chat::Known::Unknown;
    };
    translate::CatalogueFacts shipped;
    if (const config::Offer *offer = config::modelFacts(config, provider, model).offer)
        shipped = {offer->context, offer->maxOutput, known(offer->hasTools, offer->lacksTools),
                   known(offer->hasVision, offer->lacksVision)};
    chat::Capabilities can = translate::capabilitiesFor(
        dialect, translate::familyOf(provider.catalogId.toUtf8(), authority), model.toUtf8(),
        shipped);
    if (const Learnt *own = learnt(provider.id, model)) {
        if (own->lacksTools)
            can.tools = chat::Known::No;
        if (own->lacksImages)
            can.images = chat::Known::No;
        if (own->lacksSchema)
            can.schemaMode = chat::SchemaMode::Instruction;
        can.refusedFields.insert(own->refusedFields.cbegin(), own->refusedFields.cend());
    }
    return can;
}

route::TargetFacts TargetBook::facts(const config::ConfigSnapshot &config,
                                     const config::ProviderSettings &provider,
                                     const QString &model) const
{
    route::TargetFacts facts = route::catalogueFacts(config, provider, model);
    if (const Learnt *known = learnt(provider.id, model)) {
        facts.lacksTools |= known->lacksTools;
        facts.lacksImages |= known->lacksImages;
        facts.lacksSchema |= known->lacksSchema;
    }
    return facts;
}

bool TargetBook::learn(const TargetRef &target, const Ask &ask, AttemptOutcome outcome,
                       QByteArrayView words)
{
    if (outcome != AttemptOutcome::BadRequest && outcome != AttemptOutcome::LacksFeature)
        return false;
    const QByteArray lower = words.toByteArray().toLower();
    if (!isRefusalOfMember(lower))
        return false;
    if (m_learnt.size() >= kTargets && !m_learnt.contains({target.provider, target.model}))
        m_learnt.clear();
    for (const QByteArrayView field : kDispensable) {
        if (!hasWord(words, field))
            continue;
        Learnt &known = m_learnt[{target.provider, target.model}];
        return known.refusedFields.size() < size_t(kFields)
            && known.refusedFields.insert(field.toByteArray()).second;
    }
    // Only what the request had can have been meant.
    if (outcome != AttemptOutcome::LacksFeature)
        return false;
    const bool isAboutDetail = hasAny(lower, {"tool_choice", "parallel", "strict"});
    if (ask.hasTools && !isAboutDetail
        && hasAny(lower,
                  {"support tool", "supports tool", "tool use", "tool calling", "support function",
                   "function calling"}))
        m_learnt[{target.provider, target.model}].lacksTools = true;
    else if (ask.hasImages
             && hasAny(lower,
                       {"image input", "support image", "support vision", "vision", "multimodal"}))
        m_learnt[{target.provider, target.model}].lacksImages = true;
    else if (ask.hasSchema && hasAny(lower, {"json_schema", "response_format", "schema"})
             && !hasAny(lower, {"invalid schema", "invalid_json_schema", "in context", "keyword"}))
        m_learnt[{target.provider, target.model}].lacksSchema = true;
    return false;
}

} // namespace sb::gateway
