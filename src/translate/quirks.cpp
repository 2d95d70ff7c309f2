#include "translate/quirks.h"

#include <algorithm>

using namespace sb::chat;

namespace sb::translate {

namespace {

// ---- Providers ---------------------------------------------------------------------------------

struct Place {
    const char *provider; // id in the catalogue
    const char *host; // ends with this; empty: by id only
    Family family;
};

constexpr Place kPlaces[] = {
    {"openai", "api.openai.com", Family::OpenAi},
    {"openrouter", "openrouter.ai", Family::OpenRouter},
    {"groq", "api.groq.com", Family::Groq},
    {"deepseek", "api.deepseek.com", Family::DeepSeek},
    {"mistral", "api.mistral.ai", Family::Mistral},
    {"xai", "api.x.ai", Family::XAi},
    {"together", "api.together.ai", Family::Together},
    {"together", "api.together.xyz", Family::Together},
    {"fireworks", "api.fireworks.ai", Family::Fireworks},
    {"azure", ".openai.azure.com", Family::Azure},
    {"azure", ".services.ai.azure.com", Family::Azure},
    {"azure", ".cognitiveservices.azure.com", Family::Azure},
    {"vllm", "", Family::Vllm},
    {"llamacpp", "", Family::LlamaCpp},
    {"lmstudio", "", Family::LmStudio},
    {"ollama", ":11434", Family::Ollama},
    {"ollama-cloud", "ollama.com", Family::Ollama},
    {"google", "generativelanguage.googleapis.com", Family::Google},
    {"anthropic", "api.anthropic.com", Family::Anthropic},
    {"perplexity", "api.perplexity.ai", Family::Perplexity},
    {"", ".snowflakecomputing.com", Family::Snowflake},
    {"gpustack", "", Family::GpuStack},
};

// What a family does on Chat Completions where it differs from the dialect's plain form.
struct ChatQuirk {
    Family family;
    void (*apply)(Capabilities &can);
};

constexpr ChatQuirk kChatQuirks[] = {
    {Family::OpenAi,
     [](Capabilities &can) {
         can.isMaxCompletionTokens = true;
         can.takesDeveloper = true;
         can.takesMidSystem = true;
         can.takesStore = true;
         can.takesCustomTools = true;
         can.takesChoiceAllowed = true;
         can.takesStrictTools = true;
         can.takesName = true;
         can.toolId = ToolIdRule::Max40;
         can.cache = CacheForm::OpenAiKey;
         can.usage = UsageConvention::Subset;
     }},
    {Family::OpenRouter,
     [](Capabilities &can) {
         can.takesTopK = true;
         can.takesMinP = true;
         can.takesRepeatPenalty = true;
         can.takesStrictTools = true;
         can.reasoningIn = ReasoningField::ReasoningDetails;
         can.reasoningReplay = ReasoningReplay::Loop;
         can.cache = CacheForm::OpenRouter;
     }},
    {Family::Groq,
     [](Capabilities &can) {
         can.isMaxCompletionTokens = true;
         can.reasoningIn = ReasoningField::None;
         // Unknown members are a 400. [dialects §7.2]
         can.refusedFields = {"logprobs", "top_logprobs", "logit_bias", "n", "store", "metadata"};
     }},
    {Family::DeepSeek,
     [](Capabilities &can) {
         can.thinking = ThinkingKind::Effort;
         can.thinksByDefault = true;
         can.takesForcedToolWithThinking = false;
         can.reasoningIn = ReasoningField::ReasoningContent;
         can.reasoningReplay = ReasoningReplay::Always;
         can.schemaMode = SchemaMode::JsonOnly;
         can.efforts = {Effort::Low, Effort::High, Effort::Max};
     }},
    {Family::Mistral,
     [](Capabilities &can) {
         can.isRandomSeed = true;
         can.isChoiceAny = true;
         can.takesUserAfterTool = false;
         can.isUserFirst = true;
         can.takesPrefill = true;
         can.toolId = ToolIdRule::Nine;
         can.takesStreamUsage = false; // always there; unknown members are a 422
         can.takesFim = true;
     }},
    {Family::XAi,
     [](Capabilities &can) {
         can.usage = UsageConvention::Detect; // reasoning outside of completion_tokens
         can.takesDeveloper = false;
     }},
    {Family::Together,
     [](Capabilities &can) {
         can.takesTopK = true;
         can.takesMinP = true;
         can.takesRepeatPenalty = true;
         can.reasoningIn = ReasoningField::Reasoning;
         can.reasoningReplay = ReasoningReplay::Loop;
     }},
    {Family::Fireworks,
     [](Capabilities &can) {
         can.takesTopK = true;
         can.takesMinP = true;
         can.takesRepeatPenalty = true;
         can.reasoningIn = ReasoningField::ReasoningContent;
         can.reasoningReplay = ReasoningReplay::Loop;
         can.takesFim = true;
     }},
    {Family::Azure,
     [](Capabilities &can) {
         can.isMaxCompletionTokens = true;
         can.takesDeveloper = true;
         can.takesMidSystem = true;
         can.takesStrictTools = true;
         can.toolId = ToolIdRule::Max40;
         can.usage = UsageConvention::Subset;
     }},
    {Family::Vllm,
     [](Capabilities &can) {
         can.takesTopK = true;
         can.takesMinP = true;
         can.takesRepeatPenalty = true;
         can.takesManySystem = false;
         can.takesPrefill = true;
         can.schemaProfile = SchemaProfile::Grammar;
         can.reasoningIn = ReasoningField::ReasoningContent;
         can.reasoningReplay = ReasoningReplay::Loop;
     }},
    {Family::LlamaCpp,
     [](Capabilities &can) {
         can.takesTopK = true;
         can.takesMinP = true;
         can.takesRepeatPenalty = true;
         can.takesManySystem = false;
         can.schemaProfile = SchemaProfile::Grammar;
         can.reasoningIn = ReasoningField::ReasoningContent;
         can.reasoningReplay = ReasoningReplay::Loop;
         can.takesFim = true;
     }},
    {Family::LmStudio,
     [](Capabilities &can) {
         can.takesTopK = true;
         can.takesRepeatPenalty = true;
         can.takesChoiceNamed = false;
         can.takesManySystem = false;
         can.schemaProfile = SchemaProfile::Grammar;
     }},
    {Family::Ollama,
     [](Capabilities &can) {
         can.takesImageUrl = false;
         can.takesChoiceNamed = false;
         can.takesChoiceRequired = false;
         can.takesParallelFlag = false;
         can.schemaProfile = SchemaProfile::Grammar;
         can.reasoningIn = ReasoningField::Reasoning;
         can.reasoningReplay = ReasoningReplay::Loop;
     }},
    {Family::Google,
     [](Capabilities &can) {
         can.takesParallelFlag = false;
         can.refusedFields = {"store", "metadata", "logit_bias"};
     }},
    // Ends of streams that only these may have. [dialects §7.12]
    {Family::Perplexity,
     [](Capabilities &can) {
         can.isDoneWaived = true;
         can.takesStreamUsage = false;
     }},
    {Family::Snowflake, [](Capabilities &can) { can.isFinishWaived = true; }},
    {Family::GpuStack, [](Capabilities &can) { can.isDoneWaived = true; }},
};

// ---- Dialects ----------------------------------------------------------------------------------

void applyDialect(DialectId dialect, Family family, Capabilities &can)
{
    switch (dialect) {
    case DialectId::OpenAiChat:
        return;
    case DialectId::OpenAiResponses:
        can.isMaxCompletionTokens = true;
        can.takesPenalties = false;
        can.takesSeed = false;
        can.stopMax = 0;
        can.takesMidSystem = true;
        can.takesDeveloper = true;
        can.takesImageInToolResult = true;
        can.takesStrictTools = true;
        can.toolId = ToolIdRule::Max64;
        can.documents = Known::Yes;
        if (family == Family::OpenAi || family == Family::Azure) {
            can.takesChoiceAllowed = true;
            can.takesCustomTools = true;
            can.takesHostedTools = true;
            can.takesStore = true;
            can.cache = CacheForm::OpenAiKey;
            can.reasoningReplay = ReasoningReplay::Always;
        }
        can.countsTokens = family == Family::OpenAi || family == Family::LlamaCpp;
        return;
    case DialectId::Anthropic:
        can.temperatureMax = 1.0;
        can.takesTopK = true;
        can.takesPenalties = false;
        can.takesSeed = false;
        can.isUserFirst = true;
        can.isAlternating = true;
        can.takesImageInToolResult = true;
        can.toolId = ToolIdRule::AnthropicSafe;
        can.toolName = ToolNameRule::Anthropic128;
        can.schemaProfile = SchemaProfile::AnthropicStrict;
        can.takesForcedToolWithThinking = false;
        can.thinking = ThinkingKind::Budget;
        can.budgetMin = 1024;
        can.usage = UsageConvention::Additive;
        can.cache = family == Family::Anthropic ? CacheForm::Anthropic : CacheForm::AnthropicNoTtl;
        can.reasoningReplay = ReasoningReplay::Always;
        can.countsTokens
            = family == Family::Anthropic || family == Family::Vllm || family == Family::LlamaCpp;
        if (family == Family::Anthropic) {
            can.images = Known::Yes;
            can.documents = Known::Yes;
            can.takesStrictTools = true;
            can.takesHostedTools = true;
            can.takesTempAndTopP = false;
        }
        return;
    case DialectId::Gemini:
        can.takesTopK = true;
        can.stopMax = 5;
        can.isUserFirst = true;
        can.isAlternating = true;
        can.takesImageUrl = false;
        can.takesParallelFlag = false;
        can.takesHostedTools = true;
        can.takesPrefill = true;
        can.toolName = ToolNameRule::Gemini;
        can.schemaProfile = SchemaProfile::GeminiJsonSchema;
        can.thinking = ThinkingKind::Budget;
        can.usage = UsageConvention::Additive;
        can.images = Known::Yes;
        can.documents = Known::Yes;
        can.audio = Known::Yes;
        can.reasoningReplay = ReasoningReplay::Always;
        can.countsTokens = true;
        return;
    case DialectId::Ollama:
        can.takesTopK = true;
        can.takesMinP = true;
        can.takesRepeatPenalty = true;
        can.stopMax = 64; // no limit is documented
        can.takesMidSystem = true;
        can.takesPrefill = true;
        can.takesImageUrl = false;
        can.takesChoiceNamed = false;
        can.takesChoiceRequired = false;
        can.takesParallelFlag = false;
        can.schemaProfile = SchemaProfile::Grammar;
        can.thinking = ThinkingKind::Effort;
        can.reasoningReplay = ReasoningReplay::Loop;
        can.documents = Known::No;
        can.takesFim = true;
        return;
    }
}

// ---- Models ------------------------------------------------------------------------------------

struct ModelQuirk {
    const char *stems; // space separated; the name, without what stands before "/", begins so
    DialectId dialect;
    Family family; // Unknown: at any
    void (*apply)(Capabilities &can);
};

void asOpenAiReasoner(Capabilities &can)
{
    can.isMaxCompletionTokens = true;
    can.takesSampling = false;
    can.takesPenalties = false;
    can.takesDeveloper = true;
    can.thinking = ThinkingKind::Effort;
}

void asStrictTemplate(Capabilities &can)
{
    can.takesManySystem = false;
    can.takesMidSystem = false;
    can.takesDeveloper = false;
}

void asThinkingReplay(Capabilities &can)
{
    can.reasoningIn = ReasoningField::ReasoningContent;
    can.reasoningReplay = ReasoningReplay::Loop;
}

constexpr DialectId kChat = DialectId::OpenAiChat;

// Later rows go on top of earlier ones. [dialects §7.13]
constexpr ModelQuirk kModelQuirks[] = {
    {"o1 o3 o4 gpt-5", kChat, Family::Unknown, asOpenAiReasoner},
    {"o1 o3 o4 gpt-5", DialectId::OpenAiResponses, Family::Unknown, asOpenAiReasoner},
    {"o1-mini o1-preview", kChat, Family::Unknown,
     [](Capabilities &can) {
         can.takesSystem = false;
         can.takesDeveloper = false;
         can.takesMidSystem = false;
     }},
    {"gpt-5.1 gpt-5.2 gpt-5.3 gpt-5.4 gpt-5.5", kChat, Family::OpenAi,
     [](Capabilities &can) { can.takesToolsWithEffort = false; }},
    {"qwen minimax", kChat, Family::Unknown, asStrictTemplate},
    {"kimi glm qwen", kChat, Family::Unknown, asThinkingReplay},
    {"deepseek", kChat, Family::Unknown, asThinkingReplay},
    {"deepseek", kChat, Family::DeepSeek,
     [](Capabilities &can) { can.reasoningReplay = ReasoningReplay::Always; }},
    {"mistral ministral magistral codestral devstral mixtral pixtral", kChat, Family::Unknown,
     [](Capabilities &can) {
         can.takesUserAfterTool = false;
         can.toolId = ToolIdRule::Nine;
     }},
    {"grok-3-mini grok-4 grok-code", kChat, Family::XAi,
     [](Capabilities &can) {
         can.takesPenalties = false;
         can.stopMax = 0;
     }},
    {"claude-opus-4-6 claude-sonnet-4-6 claude-opus-4-7 claude-opus-5 claude-sonnet-5",
     DialectId::Anthropic, Family::Unknown,
     [](Capabilities &can) { can.thinking = ThinkingKind::Adaptive; }},
    {"claude-opus-4-7 claude-opus-5", DialectId::Anthropic, Family::Unknown,
     [](Capabilities &can) { can.takesSampling = false; }},
    {"claude-3 claude-2", DialectId::Anthropic, Family::Unknown,
     [](Capabilities &can) {
         can.schemaMode = SchemaMode::ForcedTool;
         can.takesTempAndTopP = true;
         can.takesPrefill = true;
     }},
    {"gemini-2.5-pro", DialectId::Gemini, Family::Unknown,
     [](Capabilities &can) {
         can.budgetMin = 128;
         can.budgetMax = 32768;
         can.canTurnThinkingOff = false;
         can.takesSchemaWithTools = false;
     }},
    {"gemini-2.5-flash", DialectId::Gemini, Family::Unknown,
     [](Capabilities &can) {
         can.budgetMax = 24576;
         can.takesSchemaWithTools = false;
     }},
    {"gemini-3", DialectId::Gemini, Family::Unknown,
     [](Capabilities &can) {
         can.thinking = ThinkingKind::Level;
         can.needsGeminiSignature = true;
         can.takesImageInToolResult = true;
     }},
    {"gemini-2.0 gemini-1.5", DialectId::Gemini, Family::Unknown,
     [](Capabilities &can) {
         can.thinking = ThinkingKind::None;
         can.schemaProfile = SchemaProfile::GeminiParameters;
         can.takesSchemaWithTools = false;
         can.takesCallIds = false;
     }},
};

bool isStemOf(QByteArrayView stems, QByteArrayView model)
{
    while (!stems.isEmpty()) {
        const qsizetype space = stems.indexOf(' ');
        const QByteArrayView stem = space < 0 ? stems : stems.first(space);
        // "o1" is not the start of "o10": a stem that ends in a digit ends a number.
        const auto isDigit = [](char c) { return c >= '0' && c <= '9'; };
        if (model.startsWith(stem)
            && !(model.size() > stem.size() && isDigit(stem.back()) && isDigit(model[stem.size()])))
            return true;
        stems = space < 0 ? QByteArrayView() : stems.sliced(space + 1);
    }
    return false;
}

} // namespace

Family familyOf(QByteArrayView catalogProvider, QByteArrayView host)
{
    for (const Place &place : kPlaces) {
        if (!catalogProvider.isEmpty() && catalogProvider == place.provider)
            return place.family;
    }
    if (host.isEmpty())
        return Family::Unknown;
    const QByteArray lower = host.toByteArray().toLower();
    for (const Place &place : kPlaces) {
        const QByteArrayView end(place.host);
        if (end.isEmpty() || !lower.endsWith(end))
            continue;
        // Whole labels: "notapi.groq.com" is another host.
        const qsizetype before = lower.size() - end.size();
        if (before == 0 || end.front() == '.' || end.front() == ':' || lower[before - 1] == '.')
            return place.family;
    }
    return Family::Unknown;
}

Capabilities capabilitiesFor(DialectId dialect, Family family, QByteArrayView model,
                             const CatalogueFacts &facts)
{
    Capabilities can;
    applyDialect(dialect, family, can);
    if (dialect == DialectId::OpenAiChat) {
        for (const ChatQuirk &quirk : kChatQuirks) {
            if (quirk.family == family)
                quirk.apply(can);
        }
    }
    const QByteArray name
        = QByteArrayView(model).sliced(model.lastIndexOf('/') + 1).toByteArray().toLower();
    for (const ModelQuirk &quirk : kModelQuirks) {
        if (quirk.dialect == dialect && (quirk.family == Family::Unknown || quirk.family == family)
            && isStemOf(quirk.stems, name))
            quirk.apply(can);
    }
    can.contextWindow = facts.contextWindow;
    can.maxOutput = facts.maxOutput;
    if (facts.tools != Known::Unknown)
        can.tools = facts.tools;
    if (facts.images != Known::Unknown)
        can.images = facts.images;
    return can;
}

} // namespace sb::translate
