#include "translate/gemini/content_writer.h"

#include "base/bytes.h"
#include "chat/arguments.h"
#include "translate/gemini/signatures.h"
#include "translate/gemini/wire.h"
#include "json/text.h"

namespace sb::translate::gemini {

using chat::Part;
using chat::Role;
using chat::TextView;

ContentWriter::ContentWriter(const chat::Request &request, const chat::Target &target,
                             chat::Changes &changes)
    : m_request(request)
    , m_target(target)
    , m_changes(changes)
{
}

void ContentWriter::separate()
{
    if (!m_parts.isEmpty())
        appendBytes(m_parts, ",");
}

void ContentWriter::writeText(TextView text, QByteArrayView signature)
{
    // Empty ones are refused. [pitfall 81]
    if (text.isEmpty() && signature.isEmpty())
        return;
    separate();
    appendBytes(m_parts, "{\"text\":");
    chat::appendQuoted(m_parts, text);
    if (!signature.isEmpty()) {
        appendBytes(m_parts, ",\"thoughtSignature\":");
        json::appendQuoted(m_parts, signature);
    }
    appendBytes(m_parts, "}");
}

namespace {

// "data:image/png;base64,…" where an address was meant.
bool splitDataUrl(const QByteArray &url, QByteArray &mime, QByteArray &data)
{
    if (!url.startsWith("data:"))
        return false;
    const qsizetype comma = url.indexOf(',');
    const qsizetype semicolon = url.indexOf(';');
    if (comma < 0 || semicolon < 0 || semicolon > comma
        || !url.sliced(semicolon, comma - semicolon).contains("base64"))
        return false;
    mime = url.sliced(5, semicolon - 5);
    data = url.sliced(comma + 1);
    return true;
}

QByteArray mimeOfName(QByteArray name)
{
    name = name.left(name.indexOf('?') < 0 ? name.size() : name.indexOf('?')).toLower();
    static constexpr std::pair<const char *, const char *> kEndings[]
        = {{".png", "image/png"},   {".jpg", "image/jpeg"}, {".jpeg", "image/jpeg"},
           {".webp", "image/webp"}, {".gif", "image/gif"},  {".pdf", "application/pdf"},
           {".mp3", "audio/mp3"},   {".wav", "audio/wav"},  {".mp4", "video/mp4"},
           {".txt", "text/plain"},  {".html", "text/html"}};
    for (const auto &[ending, mime] : kEndings) {
        if (name.endsWith(ending))
            return mime;
    }
    return {};
}

QByteArray kindName(chat::MediaKind kind)
{
    switch (kind) {
    case chat::MediaKind::Image:
        return "image";
    case chat::MediaKind::Audio:
        return "audio";
    case chat::MediaKind::Document:
        return "document";
    case chat::MediaKind::Video:
        return "video";
    }
    return {};
}

} // namespace

void ContentWriter::writeMedia(const chat::MediaPart &media, const QByteArray &path)
{
    QByteArray mime = media.mime;
    TextView data = media.data;
    QByteArray own;
    chat::MediaSource source = media.source;
    if (source == chat::MediaSource::Text) {
        QByteArray text = media.name.isEmpty() ? QByteArray() : media.name + "\n\n";
        text += media.data.toPlain();
        writeText(TextView::plain(text));
        return;
    }
    if (source == chat::MediaSource::Url) {
        own = media.data.toPlain();
        QByteArray inside;
        if (QByteArray named; splitDataUrl(own, named, inside)) {
            mime = named;
            own = inside;
            data = TextView::plain(own);
            source = chat::MediaSource::Base64;
        }
    }
    if (source == chat::MediaSource::FileId && m_request.source != DialectId::Gemini) {
        m_changes.reject(path,
                         QByteArray("The " + kindName(media.kind)
                                    + " is a file stored at another provider: send its bytes "
                                      "instead."));
        return;
    }
    if (source == chat::MediaSource::Base64) {
        // What it is counts, not what it was called. [pitfall 64]
        if (const QByteArray found = sniffedMime(data.bytes); !found.isEmpty())
            mime = found;
        if (mime.isEmpty())
            mime = media.kind == chat::MediaKind::Image ? "image/png" : "application/octet-stream";
        separate();
        appendBytes(m_parts, "{\"inlineData\":{\"mimeType\":");
        json::appendQuoted(m_parts, mime);
        appendBytes(m_parts, ",\"data\":");
        chat::appendQuoted(m_parts, data);
        appendBytes(m_parts, "}}");
        return;
    }
    if (source == chat::MediaSource::Url && !m_target.can.takesImageUrl) {
        m_changes.reject(path,
                         QByteArray("This provider does not fetch addresses: send the bytes of the "
                                    + kindName(media.kind) + " instead."));
        return;
    }
    if (mime.isEmpty())
        mime = mimeOfName(media.data.toPlain());
    separate();
    appendBytes(m_parts, "{\"fileData\":{");
    if (!mime.isEmpty()) {
        appendBytes(m_parts, "\"mimeType\":");
        json::appendQuoted(m_parts, mime);
        appendBytes(m_parts, ",");
    }
    appendBytes(m_parts, "\"fileUri\":");
    chat::appendQuoted(m_parts, media.data);
    appendBytes(m_parts, "}}");
}

void ContentWriter::writeCall(const chat::ToolCall &call, QByteArrayView signature)
{
    separate();
    appendBytes(m_parts, "{\"functionCall\":{");
    if (m_target.can.takesCallIds && !call.id.isEmpty()) {
        appendBytes(m_parts, "\"id\":");
        json::appendQuoted(m_parts, call.id);
        appendBytes(m_parts, ",");
    }
    appendBytes(m_parts, "\"name\":");
    json::appendQuoted(m_parts, call.name);
    appendBytes(m_parts, ",\"args\":");
    if (call.kind == chat::ToolKind::Custom) {
        appendBytes(m_parts, "{\"input\":");
        chat::appendQuoted(m_parts, call.arguments);
        appendBytes(m_parts, "}");
    } else {
        appendBytes(m_parts, chat::objectArguments(call.arguments, call.name, m_changes));
    }
    appendBytes(m_parts, "}");
    if (!signature.isEmpty()) {
        appendBytes(m_parts, ",\"thoughtSignature\":");
        json::appendQuoted(m_parts, signature);
    }
    appendBytes(m_parts, "}");
}

// [translation §6.2] The name is always there: Chat's tool messages have only the id.
// [pitfall 32]
void ContentWriter::writeResult(const chat::ToolResult &result)
{
    separate();
    appendBytes(m_parts, "{\"functionResponse\":{");
    if (m_target.can.takesCallIds && !result.callId.isEmpty()) {
        appendBytes(m_parts, "\"id\":");
        json::appendQuoted(m_parts, result.callId);
        appendBytes(m_parts, ",");
    }
    const QByteArrayView name = result.name.isEmpty() ? QByteArrayView("unknown") : result.name;
    appendBytes(m_parts, "\"name\":");
    json::appendQuoted(m_parts, name);
    appendBytes(m_parts, ",\"response\":");
    chat::Text said;
    for (const Part &part : result.parts) {
        if (const auto *text = part.as<chat::TextPart>()) {
            if (!said.isEmpty() && !text->text.isEmpty())
                said.append(TextView::plain("\n"));
            said.append(text->text);
        }
    }
    bool isWritten = false;
    if (!result.objectRaw.isEmpty() && result.objectRaw.startsWith('{')) {
        appendBytes(m_parts, result.objectRaw);
        isWritten = true;
    } else if (!result.isError) {
        // Text that is an object is that object.
        if (said.view().bytes.trimmed().startsWith('{')) {
            const QByteArray plain = said.toPlain();
            if (chat::isObject(plain)) {
                appendBytes(m_parts, plain);
                isWritten = true;
            }
        }
    }
    if (!isWritten) {
        appendBytes(m_parts, result.isError ? "{\"error\":" : "{\"output\":");
        chat::appendQuoted(m_parts, said);
        appendBytes(m_parts, "}");
    }
    // Media beside the text; where the model does not take them there, the repair moved them out.
    QByteArray before = std::exchange(m_parts, {});
    for (const Part &part : result.parts) {
        if (const auto *media = part.as<chat::MediaPart>())
            writeMedia(*media, part.path);
    }
    if (!m_parts.isEmpty()) {
        appendBytes(before, ",\"parts\":[");
        appendBytes(before, m_parts);
        appendBytes(before, "]");
    }
    m_parts = std::move(before);
    appendBytes(m_parts, "}}");
}

// Results of a batch stand together and first. [pitfalls 30, 31]
void ContentWriter::writeUserParts(const chat::Turn &turn)
{
    for (const Part &part : turn.parts) {
        if (const auto *result = part.as<chat::ToolResult>())
            writeResult(*result);
    }
    for (const Part &part : turn.parts) {
        if (const auto *text = part.as<chat::TextPart>())
            writeText(text->text);
        else if (const auto *media = part.as<chat::MediaPart>())
            writeMedia(*media, part.path);
        else if (const auto *opaque = part.as<chat::OpaquePart>()) {
            if (opaque->dialect != DialectId::Gemini) {
                m_changes.reject(part.path,
                                 QByteArray("A content block of type " + opaque->type
                                            + " cannot be sent to Gemini: leave it out."));
                continue;
            }
            separate();
            appendBytes(m_parts, opaque->raw);
        }
    }
}

// [dialects §5.4] Signatures stay on the part they came on. Through clients of other dialects they
// travel on reasoning before the part. What Gemini did not make gets the documented filler on the
// first call of each step of the current turn. [pitfall 39]
void ContentWriter::writeModelParts(const chat::Turn &turn, bool isCurrent)
{
    QByteArray waiting; // of reasoning that stood before
    bool isFirstCall = true;
    for (const Part &part : turn.parts) {
        const chat::Artifact *own = geminiArtifact(part);
        QByteArrayView signature = own ? QByteArrayView(own->payload) : QByteArrayView();
        if (const auto *reasoning = part.as<chat::Reasoning>()) {
            if (!own)
                continue; // thoughts are for people
            if (m_request.source != DialectId::Gemini || reasoning->text.isEmpty()) {
                if (!waiting.isEmpty())
                    writeText({}, waiting);
                waiting = own->payload;
                continue;
            }
            separate();
            appendBytes(m_parts, "{\"text\":");
            chat::appendQuoted(m_parts, reasoning->text);
            appendBytes(m_parts, ",\"thought\":true,\"thoughtSignature\":");
            json::appendQuoted(m_parts, own->payload);
            appendBytes(m_parts, "}");
            continue;
        }
        const QByteArray carried = waiting;
        if (signature.isEmpty() && !carried.isEmpty()) {
            signature = carried;
            waiting.clear();
        }
        if (const auto *call = part.as<chat::ToolCall>()) {
            if (signature.isEmpty() && isFirstCall && isCurrent
                && m_target.can.needsGeminiSignature)
                signature = kFiller;
            isFirstCall = false;
            writeCall(*call, signature);
        } else if (const auto *text = part.as<chat::TextPart>()) {
            writeText(text->text, signature);
        } else if (const auto *refusal = part.as<chat::RefusalPart>()) {
            writeText(refusal->text, signature);
        } else if (const auto *media = part.as<chat::MediaPart>()) {
            writeMedia(*media, part.path);
        } else if (const auto *opaque = part.as<chat::OpaquePart>()) {
            if (opaque->dialect == DialectId::Gemini) {
                separate();
                appendBytes(m_parts, opaque->raw);
            } else if (!opaque->readable.isEmpty()) {
                writeText(opaque->readable);
            } else {
                m_changes.drop(part.path.isEmpty() ? QByteArray("messages") : part.path,
                               opaque->type, "foreign-block");
            }
        }
    }
    if (!waiting.isEmpty())
        writeText({}, waiting);
}

void ContentWriter::writeTurn(const chat::Turn &turn, bool isCurrent)
{
    m_parts.clear();
    const bool isModel = turn.role == Role::Assistant;
    if (isModel)
        writeModelParts(turn, isCurrent);
    else
        writeUserParts(turn);
    if (m_parts.isEmpty())
        return;
    if (m_out.size() > 1)
        appendBytes(m_out, ",");
    appendBytes(m_out,
                isModel ? "{\"role\":\"model\",\"parts\":[" : "{\"role\":\"user\",\"parts\":[");
    appendBytes(m_out, m_parts);
    appendBytes(m_out, "]}");
}

QByteArray ContentWriter::contents()
{
    // The current turn begins at the last user turn that says something of its own.
    size_t current = 0;
    for (size_t i = 0; i < m_request.turns.size(); ++i) {
        const chat::Turn &turn = m_request.turns[i];
        if (turn.role == Role::Assistant)
            continue;
        bool hasResults = false;
        for (const Part &part : turn.parts)
            hasResults |= part.is<chat::ToolResult>();
        if (!hasResults)
            current = i;
    }
    m_out = "[";
    for (size_t i = 0; i < m_request.turns.size(); ++i)
        writeTurn(m_request.turns[i], i >= current);
    appendBytes(m_out, "]");
    return std::move(m_out);
}

QByteArray ContentWriter::instruction() const
{
    QByteArray parts;
    for (const chat::Turn &turn : m_request.instructions) {
        for (const Part &part : turn.parts) {
            const auto *text = part.as<chat::TextPart>();
            if (!text || text->text.isEmpty())
                continue;
            if (!parts.isEmpty())
                appendBytes(parts, ",");
            appendBytes(parts, "{\"text\":");
            chat::appendQuoted(parts, text->text);
            appendBytes(parts, "}");
        }
    }
    return parts.isEmpty() ? QByteArray() : "{\"parts\":[" + parts + "]}";
}

} // namespace sb::translate::gemini
