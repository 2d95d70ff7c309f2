// What a client asks of a model, in words no dialect owns. A plain value. [translation §2]
//
// Unset is not a default: decoders fill nothing in, encoders send nothing that is unset unless the
// target demands it. `body` keeps the bytes that texts and raw members refer to; copies share it.
#pragma once

#include "chat/part.h"

namespace sb::chat {

enum class Role : quint8 { System, Developer, User, Assistant };

// Tool results are parts of User turns, whatever the dialect calls their role.
struct Turn {
    Role role = Role::User;
    std::vector<Part> parts;
    QByteArray name; // who speaks, where the dialect has it
    QByteArray phase; // Responses: the phase of an assistant message
    QByteArray itemId; // Responses: id of the message item
    friend bool operator==(const Turn &, const Turn &) = default;
};

struct Tool {
    ToolKind kind = ToolKind::Function;
    QByteArray name;
    QByteArray space; // Responses: namespace
    Text description;
    QByteArray schemaRaw; // JSON Schema of the parameters; empty = none given
    QByteArray type; // Typed and Hosted: the source's own type name
    QByteArray formatRaw; // Custom: the grammar or format
    QByteArray raw; // the whole definition as written
    std::optional<bool> strict;
    std::optional<CacheMark> cache;
    bool isDeferred = false; // defer_loading
    friend bool operator==(const Tool &, const Tool &) = default;
};

struct ToolChoice {
    enum class Mode : quint8 { Unset, Auto, None, Required, One, SubsetAuto, SubsetRequired };
    Mode mode = Mode::Unset;
    std::vector<QByteArray> names; // One and Subset…
    bool isHosted = false; // the one named is a hosted tool
    friend bool operator==(const ToolChoice &, const ToolChoice &) = default;
};

enum class Effort : quint8 { Unset, None, Minimal, Low, Medium, High, XHigh, Max };

struct ReasoningAsk {
    // Off is a value that must reach the provider, not an absence. [pitfall 43]
    enum class State : quint8 { Unset, Off, On, Adaptive };
    State state = State::Unset;
    Effort effort = Effort::Unset;
    std::optional<qint64> budget; // tokens
    QByteArray summary; // Responses: auto, concise, detailed
    std::optional<bool> showsText; // includeThoughts, display, think
    bool wantsEncrypted = false; // Responses: include reasoning.encrypted_content
    friend bool operator==(const ReasoningAsk &, const ReasoningAsk &) = default;
};

struct OutputAsk {
    enum class Kind : quint8 { Unset, Text, Json, Schema };
    Kind kind = Kind::Unset;
    QByteArray name; // of the schema
    QByteArray schemaRaw;
    Text description;
    std::optional<bool> strict;
    QByteArray verbosity; // low, medium, high
    std::vector<QByteArray> modalities; // text, audio, image
    friend bool operator==(const OutputAsk &, const OutputAsk &) = default;
};

struct CacheHints {
    std::optional<CacheMark> topLevel; // Anthropic: a mark on the request
    QByteArray key; // prompt_cache_key
    QByteArray retention;
    friend bool operator==(const CacheHints &, const CacheHints &) = default;
};

struct Meta {
    QByteArray userId;
    QByteArray metadataRaw; // object
    QByteArray serviceTier;
    std::optional<bool> store;
    QByteArray previousResponseId;
    bool isBackground = false;
    friend bool operator==(const Meta &, const Meta &) = default;
};

// A member nobody here knows. Goes on only to a target of the same dialect.
struct Extra {
    QByteArray path; // "options.mirostat"
    QByteArray raw;
    friend bool operator==(const Extra &, const Extra &) = default;
};

struct Request {
    DialectId source = DialectId::OpenAiChat;
    QByteArray body; // what everything below may refer to
    QByteArray model;
    bool isStream = false;
    bool asksUsage = false; // Chat: the client wants the usage chunk
    // Chat: the client used `functions`, so it is answered with `function_call`.
    bool isLegacyFunctions = false;

    std::vector<Turn> instructions; // leading System and Developer turns, in order
    std::vector<Turn> turns; // System and Developer here stand in mid-conversation
    std::vector<Tool> tools;
    ToolChoice toolChoice;
    std::optional<bool> parallel;

    std::optional<qint64> maxOutput; // tokens
    std::optional<double> temperature, topP, minP;
    std::optional<qint64> topK;
    std::optional<double> frequencyPenalty, presencePenalty, repeatPenalty;
    std::optional<qint64> seed;
    QByteArray logitBiasRaw;
    int choices = 1; // `n`
    std::vector<Text> stop;
    std::optional<bool> logprobs;
    std::optional<int> topLogprobs;

    ReasoningAsk reasoning;
    OutputAsk output;
    CacheHints cache;
    Meta meta;
    QByteArray keepAliveRaw; // Ollama
    std::optional<qint64> contextSize; // Ollama: num_ctx
    std::vector<Extra> extras;
};

} // namespace sb::chat
