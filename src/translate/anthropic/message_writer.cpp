#include "translate/anthropic/message_writer.h"

#include "chat/arguments.h"

using namespace sb::chat;

namespace sb::translate::anthropic {

namespace {

// What the first bytes say it is: a wrong media_type is refused. [translation §6.1]
QByteArrayView sniffed(QByteArrayView base64)
{
    if (base64.startsWith("iVBORw0KGgo"))
        return "image/png";
    if (base64.startsWith("/9j/"))
        return "image/jpeg";
    if (base64.startsWith("R0lGOD"))
        return "image/gif";
    if (base64.startsWith("UklGR"))
        return "image/webp";
    if (base64.startsWith("JVBERi"))
        return "application/pdf";
    return {};
}

} // namespace

void MessageWriter::writeMark(const std::optional<CacheMark> &mark)
{
    const bool takes = m_target.can.cache == CacheForm::Anthropic
        || m_target.can.cache == CacheForm::AnthropicNoTtl
        || m_request.source == DialectId::Anthropic;
    if (!mark || !takes)
        return;
    m_out += ",\"cache_control\":{\"type\":\"ephemeral\"";
    if (mark->isOneHour && m_target.can.cache != CacheForm::AnthropicNoTtl)
        m_out += ",\"ttl\":\"1h\"";
    m_out += '}';
}

void MessageWriter::beginBlock()
{
    if (m_hasBlocks)
        m_out += ',';
    m_hasBlocks = true;
}

void MessageWriter::writeText(TextView text, const Part &part)
{
    if (text.isEmpty())
        return; // refused
    beginBlock();
    m_out += "{\"type\":\"text\",\"text\":";
    appendQuoted(m_out, text);
    writeMark(part.cache);
    m_out += '}';
}

void MessageWriter::writeMedia(const MediaPart &media, const Part &part)
{
    QByteArray mime = media.mime;
    if (media.source == MediaSource::Base64) {
        if (const QByteArrayView seen = sniffed(media.data.view().bytes);
            !seen.isEmpty() && mime != seen) {
            if (!mime.isEmpty())
                m_changes.note(Deed::Repaired, part.path, mime, seen, "media-type");
            mime = seen.toByteArray();
        }
    }
    const bool isDocument = media.kind == MediaKind::Document || mime == "application/pdf";
    if ((media.kind != MediaKind::Image && !isDocument)
        || (media.source == MediaSource::FileId && m_request.source != DialectId::Anthropic)) {
        const QByteArray what = media.source == MediaSource::FileId
            ? QByteArray("A file kept at another provider cannot be sent to ")
            : QByteArray("Audio and video cannot be sent to ");
        const QByteArray sentence = what + m_target.model + "; send its content instead.";
        m_changes.reject(part.path, sentence);
        return;
    }
    beginBlock();
    m_out
        += isDocument ? "{\"type\":\"document\",\"source\":{" : "{\"type\":\"image\",\"source\":{";
    switch (media.source) {
    case MediaSource::Base64:
        m_out += "\"type\":\"base64\",\"media_type\":";
        appendQuoted(m_out, TextView::plain(mime.isEmpty() ? QByteArray("image/png") : mime));
        m_out += ",\"data\":";
        break;
    case MediaSource::Url:
        m_out += "\"type\":\"url\",\"url\":";
        break;
    case MediaSource::FileId:
        m_out += "\"type\":\"file\",\"file_id\":";
        break;
    case MediaSource::Text:
        m_out += "\"type\":\"text\",\"media_type\":\"text/plain\",\"data\":";
        break;
    }
    appendQuoted(m_out, media.data);
    m_out += '}';
    if (isDocument && !media.name.isEmpty()) {
        m_out += ",\"title\":";
        appendQuoted(m_out, TextView::plain(media.name));
    }
    writeMark(part.cache);
    m_out += '}';
}

void MessageWriter::writeCall(const ToolCall &call, const Part &part)
{
    beginBlock();
    m_out += "{\"type\":\"tool_use\",\"id\":";
    appendQuoted(m_out, TextView::plain(call.id));
    m_out += ",\"name\":";
    appendQuoted(m_out, TextView::plain(call.name));
    m_out += ",\"input\":";
    if (call.kind == ToolKind::Custom) {
        m_out += "{\"input\":";
        appendQuoted(m_out, call.arguments);
        m_out += '}';
    } else {
        m_out += objectArguments(call.arguments, part.path, m_changes);
    }
    writeMark(part.cache);
    m_out += '}';
}

void MessageWriter::writeResult(const ToolResult &result, const Part &part)
{
    beginBlock();
    m_out += "{\"type\":\"tool_result\",\"tool_use_id\":";
    appendQuoted(m_out, TextView::plain(result.callId));
    const bool isPlain = result.parts.size() == 1 && result.parts.front().is<TextPart>()
        && !result.parts.front().cache;
    if (isPlain) {
        if (const TextView text = result.parts.front().as<TextPart>()->text; !text.isEmpty()) {
            m_out += ",\"content\":";
            appendQuoted(m_out, text);
        }
    } else if (!result.parts.empty()) {
        m_out += ",\"content\":[";
        m_hasBlocks = false;
        for (const Part &piece : result.parts)
            writePart(piece);
        m_out += ']';
        m_hasBlocks = true;
    } else if (!result.objectRaw.isEmpty()) {
        m_out += ",\"content\":";
        appendQuoted(m_out, TextView::plain(result.objectRaw));
    }
    if (result.isError)
        m_out += ",\"is_error\":true";
    writeMark(part.cache);
    m_out += '}';
}

// What came from elsewhere was taken out by the repair; thinking without its state is refused.
void MessageWriter::writeReasoning(const Part &part)
{
    for (const Artifact &artifact : part.artifacts) {
        if (artifact.kind == ArtifactKind::AnthropicRedacted) {
            beginBlock();
            m_out += "{\"type\":\"redacted_thinking\",\"data\":";
            appendQuoted(m_out, TextView::plain(artifact.payload));
            m_out += '}';
        } else if (artifact.kind == ArtifactKind::AnthropicSignature) {
            beginBlock();
            m_out += "{\"type\":\"thinking\",\"thinking\":";
            appendQuoted(m_out, part.as<Reasoning>()->text);
            m_out += ",\"signature\":";
            appendQuoted(m_out, TextView::plain(artifact.payload));
            m_out += '}';
        }
    }
}

void MessageWriter::writePart(const Part &part)
{
    if (const auto *text = part.as<TextPart>()) {
        writeText(text->text, part);
    } else if (const auto *refusal = part.as<RefusalPart>()) {
        writeText(refusal->text, part);
    } else if (const auto *media = part.as<MediaPart>()) {
        writeMedia(*media, part);
    } else if (const auto *call = part.as<ToolCall>()) {
        writeCall(*call, part);
    } else if (const auto *result = part.as<ToolResult>()) {
        writeResult(*result, part);
    } else if (part.is<Reasoning>()) {
        writeReasoning(part);
    } else if (const auto *opaque = part.as<OpaquePart>()) {
        if (opaque->dialect == DialectId::Anthropic) {
            beginBlock();
            m_out += opaque->raw;
        } else if (!opaque->readable.isBlank()) {
            m_changes.degrade(part.path, opaque->type, "text", "foreign-block");
            writeText(opaque->readable, part);
        } else {
            m_changes.drop(part.path, opaque->type, "foreign-block");
        }
    }
}

void MessageWriter::writeSystem(QByteArrayView further)
{
    const qsizetype before = m_out.size();
    m_out += ",\"system\":[";
    m_hasBlocks = false;
    for (const Turn &turn : m_request.instructions) {
        for (const Part &part : turn.parts) {
            if (const auto *text = part.as<TextPart>())
                writeText(text->text, part);
        }
    }
    if (!further.isEmpty())
        writeText(TextView::plain(further), {});
    m_out += ']';
    if (!m_hasBlocks)
        m_out.truncate(before);
}

void MessageWriter::writeTurn(const Turn &turn)
{
    const qsizetype before = m_out.size();
    if (!m_out.endsWith('['))
        m_out += ',';
    m_out += turn.role == Role::Assistant ? "{\"role\":\"assistant\",\"content\":["
        : turn.role == Role::User         ? "{\"role\":\"user\",\"content\":["
                                          : "{\"role\":\"system\",\"content\":[";
    m_hasBlocks = false;
    // Results stand first in their turn. [pitfall 31]
    for (const Part &part : turn.parts) {
        if (part.is<ToolResult>())
            writePart(part);
    }
    for (const Part &part : turn.parts) {
        if (!part.is<ToolResult>())
            writePart(part);
    }
    m_out += "]}";
    if (!m_hasBlocks)
        m_out.truncate(before); // nothing was left of it
}

void MessageWriter::writeMessages()
{
    m_out += ",\"messages\":[";
    for (const Turn &turn : m_request.turns)
        writeTurn(turn);
    m_out += ']';
}

} // namespace sb::translate::anthropic
