// The pieces a conversation is made of, in words no dialect owns. Plain values. [translation §2]
//
// Byte members named `raw` or `…Raw` are JSON values exactly as they were written. Bytes may refer
// to the body a Request or Reply keeps: a part taken out of it needs that body alive.
#pragma once

#include "chat/text.h"
#include "record/exchange.h"

#include <QByteArray>

#include <optional>
#include <variant>
#include <vector>

namespace sb::chat {

struct Part;

// A prompt-cache mark at the end of a part, tool or instruction. [translation §11]
struct CacheMark {
    bool isOneHour = false; // ttl "1h"; else the default of five minutes
    friend bool operator==(const CacheMark &, const CacheMark &) = default;
};

// Who made an opaque block: it is of use only to them. Empty members: not known.
struct Origin {
    QByteArray provider; // the provider's id in the configuration
    QByteArray family; // of the model: its name up to the version
    friend bool operator==(const Origin &, const Origin &) = default;
};

// Opaque state that must come back byte for byte to who made it. [translation §9.3]
enum class ArtifactKind : quint8 {
    AnthropicSignature, // of a thinking block
    AnthropicRedacted, // data of a redacted_thinking block
    OpenAiEncrypted, // encrypted_content of a reasoning item
    GeminiSignature, // thoughtSignature of the part it sits on
    ReasoningContent, // only says that the reasoning text itself is the state (DeepSeek)
    ReasoningDetails, // OpenRouter's reasoning_details, one raw JSON object
};

struct Artifact {
    ArtifactKind kind = ArtifactKind::AnthropicSignature;
    QByteArray payload; // unescaped; for ReasoningDetails raw JSON
    QByteArray itemId; // OpenAI: id of the reasoning item
    Origin origin;
    friend bool operator==(const Artifact &, const Artifact &) = default;
};

struct TextPart {
    Text text;
    QByteArray citationsRaw; // the array of the source dialect; empty = none
    friend bool operator==(const TextPart &, const TextPart &) = default;
};

struct RefusalPart {
    Text text;
    friend bool operator==(const RefusalPart &, const RefusalPart &) = default;
};

enum class MediaKind : quint8 { Image, Audio, Document, Video };
enum class MediaSource : quint8 { Base64, Url, FileId, Text };

struct MediaPart {
    MediaKind kind = MediaKind::Image;
    MediaSource source = MediaSource::Base64;
    Text data; // base64 as written, the address, the id or the text
    QByteArray mime; // empty = not said; for audio "audio/wav"
    QByteArray name; // file name or title
    QByteArray detail; // image detail hint
    friend bool operator==(const MediaPart &, const MediaPart &) = default;
};

enum class ToolKind : quint8 {
    Function,
    Custom, // free text instead of JSON
    Typed, // Anthropic's client tools known by type: bash_*, text_editor_*, computer_*, memory_*
    Hosted, // runs at the provider: search, code, MCP
};

struct ToolCall {
    QByteArray id; // never empty after repair
    QByteArray itemId; // Responses: id of the item
    QByteArray name;
    QByteArray space; // Responses: namespace; empty = none
    Text arguments; // text of JSON, or free text of a Custom call; "" means {}
    ToolKind kind = ToolKind::Function;
    bool isIncomplete = false; // the answer was cut inside it
    friend bool operator==(const ToolCall &, const ToolCall &) = default;
};

struct ToolResult {
    QByteArray callId;
    QByteArray name; // empty = look it up from the call
    std::vector<Part> parts; // text, images, documents
    QByteArray objectRaw; // Gemini: the response object when it is more than one text
    ToolKind kind = ToolKind::Function;
    bool isError = false;
};
bool operator==(const ToolResult &a, const ToolResult &b);

// Text and summary are for people; the artifacts of the part are what the provider wants back.
struct Reasoning {
    Text text;
    std::vector<Text> summary; // Responses: the parts of a summary
    bool isRedacted = false; // nothing to show
    friend bool operator==(const Reasoning &, const Reasoning &) = default;
};

// A call or result of a tool that ran at the provider, or a block no other dialect has.
struct OpaquePart {
    DialectId dialect = DialectId::OpenAiChat;
    QByteArray type; // its own name for it
    QByteArray raw;
    Text readable; // what a person could read of it; empty = nothing
    bool isServerTool = false;
    friend bool operator==(const OpaquePart &, const OpaquePart &) = default;
};

struct Part {
    using Content = std::variant<TextPart, RefusalPart, MediaPart, ToolCall, ToolResult, Reasoning,
                                 OpaquePart>;
    Content content;
    std::vector<Artifact> artifacts; // of reasoning, and of text and calls at Gemini
    std::optional<CacheMark> cache;
    // Where it stood in the source ("messages[3].content[1]"), for errors; empty = not kept.
    QByteArray path;

    Part() = default;
    Part(Content c)
        : content(std::move(c))
    {
    }
    template <typename T> T *as() { return std::get_if<T>(&content); }
    template <typename T> const T *as() const { return std::get_if<T>(&content); }
    template <typename T> bool is() const { return std::holds_alternative<T>(content); }

    // What it says; its path in the source does not count.
    friend bool operator==(const Part &a, const Part &b)
    {
        return a.content == b.content && a.artifacts == b.artifacts && a.cache == b.cache;
    }
};

inline Part textPart(Text text)
{
    return Part(TextPart{std::move(text), {}});
}

} // namespace sb::chat
