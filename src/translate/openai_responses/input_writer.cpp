#include "translate/openai_responses/input_writer.h"

#include "base/bytes.h"
#include "chat/names.h"
#include "json/text.h"

using namespace sb::chat;

namespace sb::translate::openai_responses {

namespace {

// By the first bytes of what the base64 stands for. [translation §6.1]
QByteArray sniffedMime(const MediaPart &media)
{
    if (!media.mime.isEmpty())
        return media.mime;
    const QByteArrayView data = media.data.view().bytes;
    if (data.startsWith("iVBOR"))
        return "image/png";
    if (data.startsWith("/9j/"))
        return "image/jpeg";
    if (data.startsWith("R0lGOD"))
        return "image/gif";
    if (data.startsWith("UklGR"))
        return "image/webp";
    if (data.startsWith("JVBERi"))
        return "application/pdf";
    return media.kind == MediaKind::Image ? "image/png" : "application/octet-stream";
}

bool isSaid(const Part &part)
{
    return part.is<TextPart>() || part.is<RefusalPart>() || part.is<MediaPart>();
}

} // namespace

void InputWriter::comma()
{
    if (!m_out.endsWith('[') && !m_out.endsWith(','))
        m_out.append(',');
}

void InputWriter::quoted(const char *member, QByteArrayView value)
{
    appendBytes(m_out, ",\"");
    appendBytes(m_out, member);
    appendBytes(m_out, "\":");
    json::appendQuoted(m_out, value);
}

void InputWriter::write(bool isInstructed)
{
    if (!isInstructed) {
        for (const Turn &turn : m_request.instructions)
            writeTurn(turn);
    }
    for (const Turn &turn : m_request.turns)
        writeTurn(turn);
}

void InputWriter::writeTurn(const Turn &turn)
{
    if (turn.role == Role::Assistant) {
        writeAssistant(turn);
        return;
    }
    const char *role = turn.role == Role::User ? "user" : "developer";
    for (size_t i = 0; i < turn.parts.size();) {
        const Part &part = turn.parts[i];
        if (const ToolResult *result = part.as<ToolResult>()) {
            writeResult(*result);
            ++i;
        } else if (isSaid(part)) {
            size_t end = i;
            while (end < turn.parts.size() && isSaid(turn.parts[end]))
                ++end;
            writeMessage(role, turn.parts, i, end, turn);
            i = end;
        } else {
            m_changes.drop(part.path.isEmpty() ? QByteArray("messages") : part.path, {},
                           "unknown-part");
            ++i;
        }
    }
}

void InputWriter::writeAssistant(const Turn &turn)
{
    const std::vector<Part> &parts = turn.parts;
    for (size_t i = 0; i < parts.size();) {
        const Part &part = parts[i];
        if (isSaid(part)) {
            size_t end = i;
            while (end < parts.size() && isSaid(parts[end]))
                ++end;
            writeMessage("assistant", parts, i, end, turn);
            i = end;
            continue;
        }
        if (const ToolCall *call = part.as<ToolCall>()) {
            writeCall(*call);
        } else if (part.is<Reasoning>()) {
            // Never without the item it belongs to. [pitfall 41]
            const auto follows
                = [](const Part &later) { return isSaid(later) || later.is<ToolCall>(); };
            if (std::any_of(parts.begin() + qptrdiff(i) + 1, parts.end(), follows))
                writeReasoning(part);
            else
                m_changes.note(Deed::Repaired,
                               part.path.isEmpty() ? QByteArray("reasoning") : part.path, {}, {},
                               "reasoning-without-item");
        } else if (const OpaquePart *opaque = part.as<OpaquePart>()) {
            if (opaque->dialect == DialectId::OpenAiResponses) {
                comma();
                appendBytes(m_out, opaque->raw);
            } else {
                m_changes.drop(part.path.isEmpty() ? QByteArray("messages") : part.path,
                               opaque->type, "opaque-part");
            }
        }
        ++i;
    }
}

void InputWriter::writeMessage(const char *role, const std::vector<Part> &parts, size_t from,
                               size_t to, const Turn &turn)
{
    const bool isAnswer = turn.role == Role::Assistant;
    const qsizetype before = m_out.size();
    comma();
    appendBytes(m_out, R"({"type":"message","role":")");
    appendBytes(m_out, role);
    appendBytes(m_out, R"(","content":[)");
    const qsizetype empty = m_out.size();
    for (size_t i = from; i < to; ++i)
        writePart(parts[i], isAnswer);
    if (m_out.size() == empty) {
        m_out.truncate(before);
        return;
    }
    m_out.append(']');
    if (isAnswer && !turn.phase.isEmpty())
        quoted("phase", turn.phase);
    m_out.append('}');
}

void InputWriter::writePart(const Part &part, bool isAnswer)
{
    if (part.cache)
        m_changes.drop(part.path.isEmpty() ? QByteArray("cache_control") : part.path, "cache mark",
                       "cache-mark");
    if (const TextPart *text = part.as<TextPart>()) {
        if (text->text.isEmpty())
            return;
        comma();
        appendBytes(m_out,
                    isAnswer ? R"({"type":"output_text","text":)"
                             : R"({"type":"input_text","text":)");
        appendQuoted(m_out, text->text);
        m_out.append('}');
    } else if (const RefusalPart *refusal = part.as<RefusalPart>()) {
        comma();
        appendBytes(m_out, R"({"type":"refusal","refusal":)");
        appendQuoted(m_out, refusal->text);
        m_out.append('}');
    } else if (const MediaPart *media = part.as<MediaPart>()) {
        if (isAnswer)
            m_changes.drop(part.path.isEmpty() ? QByteArray("messages") : part.path, "media",
                           "media-in-answer");
        else
            writeMedia(*media, part.path.isEmpty() ? QByteArray("messages") : part.path);
    }
}

void InputWriter::writeMedia(const MediaPart &media, const QByteArray &path)
{
    const auto reject = [&](const char *what) {
        const QByteArray message = "\"" + path + "\" is " + what
            + ", which this model cannot take; leave it out or choose another model.";
        m_changes.reject(path, message);
    };
    const auto dataUrl = [&](const char *member) {
        appendBytes(m_out, ",\"");
        appendBytes(m_out, member);
        appendBytes(m_out, "\":\"data:");
        QByteArray mime;
        json::appendQuoted(mime, sniffedMime(media));
        appendBytes(m_out, QByteArrayView(mime).sliced(1).chopped(1));
        appendBytes(m_out, ";base64,");
        appendInner(m_out, media.data);
        m_out.append('"');
    };
    const auto address = [&](const char *member) {
        appendBytes(m_out, ",\"");
        appendBytes(m_out, member);
        appendBytes(m_out, "\":");
        appendQuoted(m_out, media.data);
    };
    if (media.source == MediaSource::FileId && m_request.source != DialectId::OpenAiResponses)
        return reject("a file another provider keeps");
    if (media.source == MediaSource::Text) {
        comma();
        appendBytes(m_out, R"({"type":"input_text","text":)");
        QByteArray title = media.name.isEmpty() ? QByteArray() : media.name + "\n\n";
        Text text = Text::plain(std::move(title));
        text.append(media.data);
        appendQuoted(m_out, text);
        m_out.append('}');
        return;
    }
    // A document may come under an image's name. [pitfall 64]
    const bool isPdf
        = media.source == MediaSource::Base64 && sniffedMime(media) == "application/pdf";
    switch (isPdf ? MediaKind::Document : media.kind) {
    case MediaKind::Image:
        if (m_target.can.images == Known::No)
            return reject("an image");
        comma();
        appendBytes(m_out, R"({"type":"input_image")");
        if (media.source == MediaSource::FileId)
            address("file_id");
        else if (media.source == MediaSource::Url)
            address("image_url");
        else
            dataUrl("image_url");
        if (!media.detail.isEmpty())
            quoted("detail", media.detail);
        m_out.append('}');
        return;
    case MediaKind::Document:
        if (m_target.can.documents == Known::No)
            return reject("a document");
        comma();
        appendBytes(m_out, R"({"type":"input_file")");
        if (media.source == MediaSource::FileId) {
            address("file_id");
        } else if (media.source == MediaSource::Url) {
            address("file_url");
        } else {
            quoted("filename", media.name.isEmpty() ? QByteArray("document.pdf") : media.name);
            dataUrl("file_data");
        }
        m_out.append('}');
        return;
    case MediaKind::Audio: {
        if (m_target.can.audio == Known::No)
            return reject("audio");
        comma();
        appendBytes(m_out, R"({"type":"input_audio","input_audio":{"data":)");
        appendQuoted(m_out, media.data);
        quoted("format", media.mime.sliced(media.mime.lastIndexOf('/') + 1));
        appendBytes(m_out, "}}");
        return;
    }
    case MediaKind::Video:
        return reject("a video");
    }
}

void InputWriter::writeCall(const ToolCall &call)
{
    const bool isCustom = call.kind == ToolKind::Custom && m_target.can.takesCustomTools;
    const QByteArray id = targetCallId(call.id, ToolIdRule::Max64);
    comma();
    appendBytes(m_out, isCustom ? R"({"type":"custom_tool_call")" : R"({"type":"function_call")");
    // Never the id of another API in the item's place. [translation §8.1]
    const char *prefix = isCustom ? "ctc_" : "fc_";
    quoted("id", call.itemId.startsWith(prefix) ? call.itemId : madeItemId(prefix, id));
    quoted("call_id", id);
    quoted("name", call.name);
    if (isCustom) {
        m_customCalls.insert(id);
        appendBytes(m_out, R"(,"input":)");
        appendQuoted(m_out, call.arguments);
    } else if (call.kind == ToolKind::Custom) {
        QByteArray wrapped("{\"input\":");
        appendQuoted(wrapped, call.arguments);
        wrapped += '}';
        quoted("arguments", wrapped);
    } else {
        appendBytes(m_out, R"(,"arguments":)");
        if (call.arguments.isBlank())
            appendBytes(m_out, "\"{}\"");
        else
            appendQuoted(m_out, call.arguments);
    }
    m_out.append('}');
}

void InputWriter::writeResult(const ToolResult &result)
{
    const QByteArray id = targetCallId(result.callId, ToolIdRule::Max64);
    comma();
    appendBytes(m_out,
                m_customCalls.count(id) ? R"({"type":"custom_tool_call_output")"
                                        : R"({"type":"function_call_output")");
    quoted("call_id", id);
    appendBytes(m_out, R"(,"output":)");
    Text text;
    bool isOnlyText = true;
    for (const Part &part : result.parts) {
        if (const TextPart *said = part.as<TextPart>())
            text.append(said->text);
        else
            isOnlyText = false;
    }
    if (isOnlyText) {
        if (result.parts.empty() && !result.objectRaw.isEmpty())
            text = Text::plain(result.objectRaw);
        // The API has no other way to say so. [translation §6.2]
        if (result.isError && !text.toPlain().startsWith("Error")) {
            Text prefixed = Text::plain(QByteArrayLiteral("Error: "));
            prefixed.append(text);
            text = prefixed;
        }
        appendQuoted(m_out, text);
    } else {
        m_out.append('[');
        if (result.isError) {
            appendBytes(m_out, R"({"type":"input_text","text":"Error:"})");
        }
        for (const Part &part : result.parts)
            writePart(part, false);
        m_out.append(']');
    }
    m_out.append('}');
}

bool InputWriter::writeReasoning(const Part &part)
{
    const Reasoning &reasoning = *part.as<Reasoning>();
    const Artifact *encrypted = nullptr;
    bool isTextWanted = false;
    for (const Artifact &artifact : part.artifacts) {
        if (artifact.kind == ArtifactKind::OpenAiEncrypted)
            encrypted = &artifact;
        isTextWanted |= artifact.kind == ArtifactKind::ReasoningContent;
    }
    if (!encrypted && !isTextWanted)
        return false; // nothing the provider could use
    comma();
    appendBytes(m_out, R"({"type":"reasoning")");
    if (encrypted && !encrypted->itemId.isEmpty())
        quoted("id", encrypted->itemId);
    appendBytes(m_out, R"(,"summary":[)"); // demanded even when empty [pitfall 41]
    for (const Text &summary : reasoning.summary) {
        comma();
        appendBytes(m_out, R"({"type":"summary_text","text":)");
        appendQuoted(m_out, summary);
        m_out.append('}');
    }
    m_out.append(']');
    if (isTextWanted && !reasoning.text.isEmpty()) {
        appendBytes(m_out, R"(,"content":[{"type":"reasoning_text","text":)");
        appendQuoted(m_out, reasoning.text);
        appendBytes(m_out, "}]");
    }
    if (encrypted)
        quoted("encrypted_content", encrypted->payload);
    m_out.append('}');
    return true;
}

} // namespace sb::translate::openai_responses
