#include "translate/openai_chat/message_writer.h"

#include "base/bytes.h"
#include "chat/repair.h"
#include "translate/openai_chat/words.h"
#include "json/text.h"

#include <algorithm>

using namespace sb::chat;

namespace sb::translate::openai_chat {

void MessageWriter::begin(QByteArrayView role)
{
    if (!m_out.endsWith('['))
        m_out.append(',');
    appendBytes(m_out, R"({"role":")");
    appendBytes(m_out, role);
    m_out.append('"');
}

void MessageWriter::write(const QByteArray &instruction)
{
    writeInstructions(instruction);
    // Reasoning that is wanted in a tool loop only: since the last words of the user.
    size_t loop = 0;
    for (size_t i = 0; i < m_request.turns.size(); ++i) {
        const Turn &turn = m_request.turns[i];
        if (turn.role == Role::User
            && std::any_of(turn.parts.begin(), turn.parts.end(),
                           [](const Part &part) { return !part.is<ToolResult>(); }))
            loop = i;
    }
    for (size_t i = 0; i < m_request.turns.size(); ++i) {
        const Turn &turn = m_request.turns[i];
        switch (turn.role) {
        case Role::System:
        case Role::Developer:
            writeSystem(turn, {});
            break;
        case Role::User:
            writeUser(turn);
            break;
        case Role::Assistant:
            writeAssistant(turn, i > loop, i + 1 == m_request.turns.size());
            break;
        }
    }
}

void MessageWriter::writeInstructions(const QByteArray &instruction)
{
    const std::vector<Turn> &leading = m_request.instructions;
    for (size_t i = 0; i < leading.size(); ++i)
        writeSystem(leading[i], i + 1 == leading.size() ? instruction : QByteArray());
    if (leading.empty() && !instruction.isEmpty()) {
        begin(m_can.takesSystem ? "system" : "user");
        appendBytes(m_out, R"(,"content":)");
        json::appendQuoted(m_out, instruction);
        m_out.append('}');
    }
}

void MessageWriter::writeMark(const Part &part)
{
    if (!part.cache || !keepsMarks())
        return;
    const bool isHour = part.cache->isOneHour && m_can.cache != CacheForm::AnthropicNoTtl;
    appendBytes(m_out,
                isHour ? R"(,"cache_control":{"type":"ephemeral","ttl":"1h"})"
                       : R"(,"cache_control":{"type":"ephemeral"})");
}

void MessageWriter::writeSystem(const Turn &turn, QByteArrayView more)
{
    begin(turn.role == Role::Developer && m_can.takesDeveloper ? "developer" : "system");
    appendBytes(m_out, R"(,"content":)");
    const bool hasMark = keepsMarks()
        && std::any_of(turn.parts.begin(), turn.parts.end(),
                       [](const Part &part) { return part.cache.has_value(); });
    if (hasMark) {
        m_out.append('[');
        for (const Part &part : turn.parts) {
            if (!m_out.endsWith('['))
                m_out.append(',');
            appendBytes(m_out, R"({"type":"text","text":)");
            const TextPart *text = part.as<TextPart>();
            appendQuoted(m_out, text ? text->text : Text());
            writeMark(part);
            m_out.append('}');
        }
        if (!more.isEmpty()) {
            appendBytes(m_out, R"(,{"type":"text","text":)");
            json::appendQuoted(m_out, more);
            m_out.append('}');
        }
        m_out.append(']');
    } else {
        Text text = joinedText(turn.parts, "\n\n");
        if (!more.isEmpty()) {
            text.append(TextView::plain("\n\n"));
            text.append(TextView::plain(more));
        }
        appendQuoted(m_out, text);
    }
    m_out.append('}');
}

void MessageWriter::refuse(const Part &part, const char *what)
{
    m_changes.reject(part.path.isEmpty() ? QByteArray("messages") : part.path,
                     QByteArray(QByteArray("This provider takes no ") + what
                                + "; leave it out or choose another model."));
}

bool MessageWriter::writeMedia(const Part &part, const MediaPart &media)
{
    const bool isSameVendor = m_request.source == DialectId::OpenAiChat
        || m_request.source == DialectId::OpenAiResponses;
    switch (media.kind) {
    case MediaKind::Image:
        if (m_can.images == Known::No) {
            refuse(part, "images");
            return false;
        }
        if (media.source == MediaSource::FileId || media.source == MediaSource::Text
            || (media.source == MediaSource::Url && !m_can.takesImageUrl)) {
            refuse(part,
                   media.source == MediaSource::Url ? "images by their address"
                                                    : "images by a file's id");
            return false;
        }
        appendBytes(m_out, R"({"type":"image_url","image_url":{"url":)");
        if (media.source == MediaSource::Base64)
            writeDataUrl(m_out, media);
        else
            appendQuoted(m_out, media.data);
        if (!media.detail.isEmpty() && isSameVendor) {
            appendBytes(m_out, R"(,"detail":)");
            json::appendQuoted(m_out, media.detail);
        }
        m_out.append('}');
        return true;
    case MediaKind::Audio: {
        if (m_can.audio == Known::No || media.source != MediaSource::Base64) {
            refuse(part, "audio in this form");
            return false;
        }
        QByteArray format = media.mime.mid(media.mime.indexOf('/') + 1);
        if (format == "mpeg")
            format = "mp3";
        else if (format == "x-wav" || format == "wave" || format.isEmpty())
            format = "wav";
        appendBytes(m_out, R"({"type":"input_audio","input_audio":{"data":)");
        appendQuoted(m_out, media.data);
        appendBytes(m_out, R"(,"format":)");
        json::appendQuoted(m_out, format);
        m_out.append('}');
        return true;
    }
    case MediaKind::Document:
        if (media.source == MediaSource::Text) {
            QByteArray title = media.name.isEmpty() ? QByteArray() : media.name + "\n\n";
            Text text = Text::plain(std::move(title));
            text.append(media.data);
            appendBytes(m_out, R"({"type":"text","text":)");
            appendQuoted(m_out, text);
            return true;
        }
        if (m_can.documents == Known::No || media.source == MediaSource::Url
            || (media.source == MediaSource::FileId && !isSameVendor)) {
            refuse(part,
                   media.source == MediaSource::Url ? "documents by their address"
                                                    : "documents in this form");
            return false;
        }
        if (media.source == MediaSource::FileId) {
            appendBytes(m_out, R"({"type":"file","file":{"file_id":)");
            appendQuoted(m_out, media.data);
            m_out.append('}');
            return true;
        }
        appendBytes(m_out, R"({"type":"file","file":{"filename":)");
        json::appendQuoted(m_out, media.name.isEmpty() ? QByteArray("document.pdf") : media.name);
        appendBytes(m_out, R"(,"file_data":)");
        writeDataUrl(m_out, media);
        m_out.append('}');
        return true;
    case MediaKind::Video:
        break;
    }
    if (m_request.source != DialectId::OpenAiChat || media.source == MediaSource::FileId) {
        refuse(part, "video");
        return false;
    }
    appendBytes(m_out, R"({"type":"video_url","video_url":{"url":)");
    if (media.source == MediaSource::Base64)
        writeDataUrl(m_out, media);
    else
        appendQuoted(m_out, media.data);
    m_out.append('}');
    return true;
}

// Without its closing brace, which follows the cache mark.
bool MessageWriter::writePart(const Part &part)
{
    if (const MediaPart *media = part.as<MediaPart>())
        return writeMedia(part, *media);
    const TextPart *text = part.as<TextPart>();
    const RefusalPart *refusal = part.as<RefusalPart>();
    if (text || refusal) {
        appendBytes(m_out, R"({"type":"text","text":)");
        appendQuoted(m_out, text ? text->text : refusal->text);
        return true;
    }
    if (const OpaquePart *opaque = part.as<OpaquePart>()) {
        const QByteArray field = part.path.isEmpty() ? QByteArray("messages") : part.path;
        if (opaque->isServerTool) {
            m_changes.drop(field, opaque->type, "opaque-part");
        } else if (!opaque->readable.isEmpty()) {
            appendBytes(m_out, R"({"type":"text","text":)");
            appendQuoted(m_out, opaque->readable);
            m_changes.degrade(field, opaque->type, "text", "opaque-part");
            return true;
        } else {
            m_changes.reject(field,
                             QByteArray("A content block of the type \"" + opaque->type
                                        + "\" has no equivalent at this provider; leave it out."));
        }
    }
    return false;
}

// One text as a string, all else as a list.
void MessageWriter::writeParts(const std::vector<Part> &parts, size_t from, QByteArrayView prefix)
{
    const size_t count = parts.size() - from;
    if (count == 0) {
        json::appendQuoted(m_out, prefix);
        return;
    }
    if (count == 1 && parts[from].is<TextPart>() && !(parts[from].cache && keepsMarks())) {
        m_out.append('"');
        appendInner(m_out, TextView::plain(prefix));
        appendInner(m_out, parts[from].as<TextPart>()->text);
        m_out.append('"');
        return;
    }
    m_out.append('[');
    if (!prefix.isEmpty()) {
        appendBytes(m_out, R"({"type":"text","text":)");
        json::appendQuoted(m_out, prefix);
        m_out.append('}');
    }
    for (size_t i = from; i < parts.size(); ++i) {
        const qsizetype at = m_out.size();
        if (!m_out.endsWith('['))
            m_out.append(',');
        if (!writePart(parts[i])) {
            m_out.truncate(at);
            continue;
        }
        writeMark(parts[i]);
        m_out.append('}');
    }
    m_out.append(']');
}

void MessageWriter::writeResult(const Part &part, const ToolResult &result)
{
    begin("tool");
    appendBytes(m_out, R"(,"tool_call_id":)");
    json::appendQuoted(m_out, result.callId);
    if (m_can.takesName && !result.name.isEmpty()) {
        appendBytes(m_out, R"(,"name":)");
        json::appendQuoted(m_out, result.name);
    }
    appendBytes(m_out, R"(,"content":)");
    Text text = joinedText(result.parts, "\n\n");
    if (text.isEmpty() && !result.objectRaw.isEmpty())
        text = Text::plain(result.objectRaw);
    const QByteArrayView prefix
        = result.isError && !text.toPlain().trimmed().toLower().startsWith("error") ? "Error: "
                                                                                    : "";
    const bool hasMedia = std::any_of(result.parts.begin(), result.parts.end(),
                                      [](const Part &p) { return p.is<MediaPart>(); });
    if (hasMedia && m_can.takesImageInToolResult) {
        writeParts(result.parts, 0, prefix);
    } else if (part.cache && keepsMarks()) {
        appendBytes(m_out, R"([{"type":"text","text":")");
        appendInner(m_out, TextView::plain(prefix));
        appendInner(m_out, text);
        m_out.append('"');
        writeMark(part);
        appendBytes(m_out, "}]");
    } else {
        m_out.append('"');
        appendInner(m_out, TextView::plain(prefix));
        appendInner(m_out, text);
        m_out.append('"');
    }
    m_out.append('}');
}

// Results first, each a message of its own, then all the rest in one. [pitfalls 31, 65]
void MessageWriter::writeUser(const Turn &turn)
{
    std::vector<Part> said;
    for (const Part &part : turn.parts) {
        if (const ToolResult *result = part.as<ToolResult>())
            writeResult(part, *result);
        else
            said.push_back(part);
    }
    if (said.empty() && !turn.parts.empty())
        return;
    begin("user");
    if (!turn.name.isEmpty() && m_can.takesName) {
        appendBytes(m_out, R"(,"name":)");
        json::appendQuoted(m_out, turn.name);
    }
    appendBytes(m_out, R"(,"content":)");
    writeParts(said, 0, {});
    m_out.append('}');
}

bool MessageWriter::writeReasoning(const Turn &turn, bool isLoop)
{
    if (m_can.reasoningIn == ReasoningField::None || m_can.reasoningReplay == ReasoningReplay::Never
        || (m_can.reasoningReplay == ReasoningReplay::Loop && !isLoop))
        return false;
    if (m_can.reasoningIn == ReasoningField::ReasoningDetails) {
        bool hasAny = false;
        for (const Part &part : turn.parts) {
            for (const Artifact &artifact : part.artifacts) {
                if (artifact.kind != ArtifactKind::ReasoningDetails)
                    continue;
                appendBytes(m_out, hasAny ? "," : R"(,"reasoning_details":[)");
                appendBytes(m_out, artifact.payload);
                hasAny = true;
            }
        }
        if (hasAny)
            m_out.append(']');
        return hasAny;
    }
    Text text;
    bool hasAny = false;
    for (const Part &part : turn.parts) {
        const Reasoning *reasoning = part.as<Reasoning>();
        if (!reasoning)
            continue;
        hasAny = true;
        text.append(reasoning->text);
        for (const Text &summary : reasoning->summary)
            text.append(summary);
    }
    // DeepSeek demands it on every answer of a conversation with tools. [pitfall 42]
    const bool isDemanded = m_can.reasoningReplay == ReasoningReplay::Always
        && !m_request.tools.empty() && m_request.reasoning.state != ReasoningAsk::State::Off;
    if (!hasAny && !isDemanded)
        return false;
    appendBytes(m_out,
                m_can.reasoningIn == ReasoningField::Reasoning ? R"(,"reasoning":)"
                                                               : R"(,"reasoning_content":)");
    appendQuoted(m_out, text);
    return true;
}

void MessageWriter::writeCalls(const Turn &turn)
{
    bool hasAny = false;
    for (const Part &part : turn.parts) {
        const ToolCall *call = part.as<ToolCall>();
        if (!call)
            continue;
        appendBytes(m_out, hasAny ? R"(,{"id":)" : R"(,"tool_calls":[{"id":)");
        hasAny = true;
        json::appendQuoted(m_out, call->id);
        const bool isFree = call->kind == ToolKind::Custom;
        if (isFree && m_can.takesCustomTools) {
            appendBytes(m_out, R"(,"type":"custom","custom":{"name":)");
            json::appendQuoted(m_out, call->name);
            appendBytes(m_out, R"(,"input":)");
            appendQuoted(m_out, call->arguments);
        } else {
            appendBytes(m_out, R"(,"type":"function","function":{"name":)");
            json::appendQuoted(m_out, call->name);
            appendBytes(m_out, R"(,"arguments":)");
            if (isFree) {
                QByteArray input = R"({"input":)";
                appendQuoted(input, call->arguments);
                input.append('}');
                json::appendQuoted(m_out, input);
            } else {
                appendQuoted(m_out, call->arguments);
            }
        }
        m_out.append('}');
        for (const Artifact &artifact : part.artifacts) {
            if (artifact.kind != ArtifactKind::GeminiSignature)
                continue;
            appendBytes(m_out, R"(,"extra_content":{"google":{"thought_signature":)");
            json::appendQuoted(m_out, artifact.payload);
            appendBytes(m_out, "}}");
            break;
        }
        m_out.append('}');
    }
    if (hasAny)
        m_out.append(']');
}

void MessageWriter::writeAssistant(const Turn &turn, bool isLoop, bool isPrefill)
{
    bool hasText = false;
    bool hasCall = false;
    bool hasMark = false;
    std::vector<Part> said;
    for (const Part &part : turn.parts) {
        hasCall |= part.is<ToolCall>();
        if (part.is<TextPart>() || part.is<RefusalPart>()) {
            hasText = true;
            hasMark |= part.cache && keepsMarks();
            said.push_back(part);
        } else if (const OpaquePart *opaque = part.as<OpaquePart>()) {
            m_changes.drop(part.path.isEmpty() ? QByteArray("messages") : part.path, opaque->type,
                           "opaque-part");
        } else if (part.is<MediaPart>()) {
            m_changes.drop(part.path.isEmpty() ? QByteArray("messages") : part.path, {},
                           "media-of-assistant");
        }
    }
    if (!hasText && !hasCall && (isPrefill || m_can.reasoningReplay == ReasoningReplay::Never))
        return; // nothing is left of it
    begin("assistant");
    appendBytes(m_out, R"(,"content":)");
    if (!hasText) {
        appendBytes(m_out, m_can.takesNullContent && hasCall ? "null" : "\"\"");
    } else if (hasMark) {
        writeParts(said, 0, {});
    } else {
        // Blocks are one continuous text. [translation §6.3]
        m_out.append('"');
        for (const Part &part : said) {
            const TextPart *text = part.as<TextPart>();
            appendInner(m_out, text ? text->text : part.as<RefusalPart>()->text);
        }
        m_out.append('"');
    }
    writeReasoning(turn, isLoop);
    writeCalls(turn);
    if (isPrefill && m_can.takesPrefill && !hasCall)
        appendBytes(m_out, R"(,"prefix":true)");
    m_out.append('}');
}

} // namespace sb::translate::openai_chat
