// What one model at one provider takes and gives, as data. [translation §19, dialects §7]
//
// The defaults are the plain form of each dialect's own vendor; shipped quirks and the user's
// configuration override single members. Where a model is not known, members stay at Unknown or
// unset: then the request is tried and the refusal is learned from.
#pragma once

#include "chat/request.h"

#include <set>

namespace sb::chat {

enum class Known : quint8 { Unknown, Yes, No };

enum class ThinkingKind : quint8 { None, Effort, Budget, Adaptive, Level, Boolean, Template };
enum class SchemaProfile : quint8 {
    Plain,
    OpenAiStrict,
    AnthropicStrict,
    GeminiParameters,
    GeminiJsonSchema,
    Grammar
};
enum class SchemaMode : quint8 { Native, JsonOnly, ForcedTool, Instruction };
enum class ToolIdRule : quint8 { Any, Max40, Max64, AnthropicSafe, Nine };
enum class ToolNameRule : quint8 { OpenAi64, Anthropic128, Gemini, Bedrock64 };
enum class ReasoningField : quint8 { None, ReasoningContent, Reasoning, ReasoningDetails };
enum class ReasoningReplay : quint8 { Never, Loop, Always };
enum class UsageConvention : quint8 { Detect, Subset, Additive };
enum class CacheForm : quint8 { None, Anthropic, AnthropicNoTtl, OpenAiKey, OpenRouter };

struct Capabilities {
    // Output and context, tokens; 0 = not known
    qint64 maxOutput = 0;
    qint64 contextWindow = 0;
    bool isMaxCompletionTokens = false; // Chat: the name max_completion_tokens

    // Sampling
    bool takesSampling = true; // false: temperature, top_p and penalties are refused
    bool takesTempAndTopP = true;
    double temperatureMax = 2.0;
    bool takesTopK = false;
    bool takesMinP = false;
    bool takesPenalties = true;
    bool takesRepeatPenalty = false;
    bool takesSeed = true;
    bool isRandomSeed = false; // Mistral: random_seed
    int stopMax = 4; // 0: emulated by us
    bool takesStore = false; // OpenAI's own `store` and `metadata`

    // Roles and order
    bool takesDeveloper = false;
    bool takesSystem = true;
    bool takesManySystem = true;
    bool takesMidSystem = false;
    bool isAlternating = false; // same roles may not follow one another
    bool isUserFirst = false;
    bool takesUserAfterTool = true; // Mistral: an assistant turn must stand between
    bool takesPrefill = false;
    bool takesName = false;
    bool takesNullContent = true;

    // Content
    Known images = Known::Unknown;
    bool takesImageUrl = true;
    bool takesImageInToolResult = false;
    Known documents = Known::Unknown;
    Known audio = Known::Unknown;

    // Tools
    Known tools = Known::Unknown;
    bool takesChoiceNamed = true;
    bool takesChoiceRequired = true;
    bool isChoiceAny = false; // Mistral: "any" for required
    bool takesChoiceAllowed = false; // allowed_tools
    bool takesParallelFlag = true;
    bool takesCustomTools = false;
    bool takesHostedTools = false;
    bool takesCallIds = true; // Gemini: `id` in calls and responses
    ToolIdRule toolId = ToolIdRule::Any;
    ToolNameRule toolName = ToolNameRule::OpenAi64;
    bool takesStrictTools = false;

    // Structured output
    SchemaProfile schemaProfile = SchemaProfile::Plain;
    SchemaMode schemaMode = SchemaMode::Native;
    bool takesSchemaWithTools = true;

    // Reasoning
    ThinkingKind thinking = ThinkingKind::None;
    std::vector<Effort> efforts; // empty = not known, sent as asked
    qint64 budgetMin = 0; // tokens
    qint64 budgetMax = 0; // 0 = not known
    bool canTurnThinkingOff = true;
    bool thinksByDefault = false;
    bool takesForcedToolWithThinking = true;
    bool takesToolsWithEffort = true; // Chat at OpenAI: false for some models
    ReasoningField reasoningIn = ReasoningField::None; // in the history
    ReasoningReplay reasoningReplay = ReasoningReplay::Never;
    bool needsGeminiSignature = false; // Gemini 3: filler where the signature is lost
    bool isInlineThink = false; // <think> at the start of the text

    // Streams, usage, cache
    bool takesStreamUsage = true; // stream_options.include_usage
    bool isDoneWaived = false; // the end of the body is the end, without [DONE]
    bool isFinishWaived = false; // a clean end without a finish reason is an answer
    UsageConvention usage = UsageConvention::Detect;
    CacheForm cache = CacheForm::None;
    int cacheMarksMax = 4;

    // Side endpoints
    bool countsTokens = false;
    bool takesFim = false;

    // Members of the top level that this target refused before: left out. [translation §19]
    std::set<QByteArray> refusedFields;
};

// Where a request goes.
struct Target {
    DialectId dialect = DialectId::OpenAiChat;
    QByteArray provider; // its id in the configuration: the origin of its opaque blocks
    QByteArray family; // of the model, for the same
    QByteArray model; // as the provider calls it
    bool isStream = false; // to be asked for, which may differ from what the client asked
    Capabilities can;

    Origin origin() const { return {provider, family}; }
};

} // namespace sb::chat
