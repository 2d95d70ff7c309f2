#include "translate/ollama/message_writer.h"

#include "base/bytes.h"
#include "chat/arguments.h"
#include "translate/ollama/media.h"
#include "json/text.h"

using namespace sb::chat;

namespace sb::translate::ollama {

namespace {

constexpr QByteArrayView kBlankLine("\\n\\n"); // as inside a JSON string

// Free text as the one member of an object.
QByteArray inputObject(TextView text)
{
    QByteArray object("{\"input\":");
    appendQuoted(object, text);
    object.append('}');
    return object;
}

void addImage(QByteArray &images, TextView base64)
{
    if (!images.isEmpty())
        images.append(',');
    appendQuoted(images, base64);
}

} // namespace

void MessageWriter::begin(QByteArrayView role)
{
    if (!m_isFirst)
        m_out.append(',');
    m_isFirst = false;
    appendBytes(m_out, R"({"role":")");
    appendBytes(m_out, role);
    appendBytes(m_out, R"(","content":")");
}

void MessageWriter::reject(const Part &part, QByteArrayView message)
{
    m_changes.reject(part.path.isEmpty() ? QByteArrayView("messages") : QByteArrayView(part.path),
                     message);
}

void MessageWriter::addText(QByteArray &content, TextView text, QByteArrayView separator)
{
    if (text.isEmpty())
        return;
    if (!content.isEmpty())
        appendBytes(content, separator);
    appendInner(content, text);
}

void MessageWriter::write()
{
    writeSystem(m_request.instructions);
    for (const Turn &turn : m_request.turns)
        writeTurn(turn);
}

void MessageWriter::writeSystem(const std::vector<Turn> &turns)
{
    QByteArray joined;
    for (const Turn &turn : turns) {
        QByteArray content;
        for (const Part &part : turn.parts) {
            if (const TextPart *text = part.as<TextPart>())
                addText(content, text->text, kBlankLine);
        }
        if (content.isEmpty())
            continue;
        if (m_target.can.takesManySystem) {
            begin("system");
            appendBytes(m_out, content);
            appendBytes(m_out, "\"}");
        } else {
            if (!joined.isEmpty())
                appendBytes(joined, kBlankLine);
            appendBytes(joined, content);
        }
    }
    if (!joined.isEmpty()) {
        begin("system");
        appendBytes(m_out, joined);
        appendBytes(m_out, "\"}");
    }
}

void MessageWriter::writeTurn(const Turn &turn)
{
    switch (turn.role) {
    case Role::System:
    case Role::Developer:
        writeSystem({turn});
        return;
    case Role::User:
        writeUser(turn);
        return;
    case Role::Assistant:
        writeAssistant(turn);
        return;
    }
}

void MessageWriter::addMedia(const MediaPart &media, const Part &part, QByteArray &content,
                             QByteArray &images)
{
    if (media.kind == MediaKind::Document && media.source == MediaSource::Text) {
        if (!media.name.isEmpty())
            addText(content, TextView::plain(media.name), kBlankLine);
        addText(content, media.data, media.name.isEmpty() ? kBlankLine : QByteArrayView("\\n"));
        return;
    }
    const bool isImage = media.kind == MediaKind::Image;
    if (media.kind == MediaKind::Document || media.kind == MediaKind::Video)
        return reject(part, "Ollama takes no documents or videos; send their text or pictures.");
    if (!isImage && m_target.can.audio != Known::Yes)
        return reject(part, "This model is not known to take audio; send a transcript.");
    if (isImage && m_target.can.images == Known::No)
        return reject(part, "This model takes no images; choose one that does.");
    if (media.source == MediaSource::Base64)
        return addImage(images, media.data);
    if (media.source == MediaSource::Url) {
        const QByteArray url = media.data.toPlain();
        if (const auto data = dataOfUrl(url))
            return addImage(images, TextView::plain(*data));
        return reject(part, "Ollama takes no image addresses; send the image itself as base64.");
    }
    reject(part, "A file id is of use to the provider that gave it only; send the bytes.");
}

void MessageWriter::addOpaque(const OpaquePart &opaque, const Part &part, QByteArray &content,
                              QByteArrayView separator)
{
    const QByteArray field = part.path.isEmpty() ? opaque.type : part.path;
    if (!opaque.readable.isEmpty()) {
        m_changes.degrade(field, opaque.type, "text", "opaque-as-text");
        addText(content, opaque.readable, separator);
    } else if (opaque.isServerTool) {
        m_changes.drop(field, opaque.type, "server-tool-history");
    } else {
        reject(part, "A part of this kind cannot be sent to Ollama; leave it out.");
    }
}

void MessageWriter::writeUser(const Turn &turn)
{
    QByteArray content;
    QByteArray images;
    for (const Part &part : turn.parts) {
        if (const ToolResult *result = part.as<ToolResult>())
            writeResult(*result, part);
        else if (const TextPart *text = part.as<TextPart>())
            addText(content, text->text, kBlankLine);
        else if (const MediaPart *media = part.as<MediaPart>())
            addMedia(*media, part, content, images);
        else if (const OpaquePart *opaque = part.as<OpaquePart>())
            addOpaque(*opaque, part, content, kBlankLine);
    }
    // Images of results follow the whole run of them. [pitfall 65]
    if (!m_hoisted.isEmpty()) {
        if (!images.isEmpty())
            m_hoisted.append(',');
        images.prepend(std::exchange(m_hoisted, {}));
    }
    if (content.isEmpty() && images.isEmpty())
        return;
    begin("user");
    appendBytes(m_out, content);
    m_out.append('"');
    if (!images.isEmpty()) {
        appendBytes(m_out, R"(,"images":[)");
        appendBytes(m_out, images);
        m_out.append(']');
    }
    m_out.append('}');
}

void MessageWriter::writeResult(const ToolResult &result, const Part &part)
{
    QByteArray content;
    QByteArray images;
    for (const Part &inner : result.parts) {
        if (const TextPart *text = inner.as<TextPart>())
            addText(content, text->text, kBlankLine);
        else if (const MediaPart *media = inner.as<MediaPart>())
            addMedia(*media, inner.path.isEmpty() ? part : inner, content, images);
        else if (const OpaquePart *opaque = inner.as<OpaquePart>())
            addOpaque(*opaque, part, content, kBlankLine);
    }
    if (content.isEmpty() && !result.objectRaw.isEmpty())
        appendInner(content, TextView::plain(result.objectRaw));
    if (result.isError && !content.left(5).toLower().startsWith(QByteArrayLiteral("error")))
        content.prepend("Error: ");
    if (!images.isEmpty()) {
        if (!m_hoisted.isEmpty())
            m_hoisted.append(',');
        appendBytes(m_hoisted, images);
        m_changes.note(Deed::Mapped, part.path, "images in a tool result", "a user message",
                       "hoist-result-media");
    }
    begin("tool");
    appendBytes(m_out, content);
    m_out.append('"');
    if (!result.name.isEmpty()) {
        appendBytes(m_out, R"(,"tool_name":)");
        json::appendQuoted(m_out, result.name);
    }
    if (!result.callId.isEmpty()) {
        appendBytes(m_out, R"(,"tool_call_id":)");
        json::appendQuoted(m_out, targetCallId(result.callId, m_target.can.toolId));
    }
    m_out.append('}');
}

void MessageWriter::writeAssistant(const Turn &turn)
{
    QByteArray content;
    QByteArray thinking;
    std::vector<const ToolCall *> calls;
    for (const Part &part : turn.parts) {
        if (const TextPart *text = part.as<TextPart>())
            addText(content, text->text, {}); // blocks are one text [translation §6.3]
        else if (const RefusalPart *refusal = part.as<RefusalPart>())
            addText(content, refusal->text, {});
        else if (const Reasoning *reasoning = part.as<Reasoning>()) {
            addText(thinking, reasoning->text, kBlankLine);
            for (const Text &summary : reasoning->summary)
                addText(thinking, summary, kBlankLine);
        } else if (const ToolCall *call = part.as<ToolCall>()) {
            calls.push_back(call);
        } else if (const OpaquePart *opaque = part.as<OpaquePart>()) {
            addOpaque(*opaque, part, content, {});
        } else if (part.is<MediaPart>()) {
            reject(part, "Ollama takes no media in the assistant's own messages; leave it out.");
        }
    }
    if (content.isEmpty() && thinking.isEmpty() && calls.empty())
        return;
    begin("assistant");
    appendBytes(m_out, content);
    m_out.append('"');
    if (!thinking.isEmpty()) {
        appendBytes(m_out, R"(,"thinking":")");
        appendBytes(m_out, thinking);
        m_out.append('"');
    }
    if (!calls.empty())
        writeCalls(calls);
    m_out.append('}');
}

// Arguments are objects here. [pitfall 13]
void MessageWriter::writeCalls(const std::vector<const ToolCall *> &calls)
{
    appendBytes(m_out, R"(,"tool_calls":[)");
    for (size_t i = 0; i < calls.size(); ++i) {
        const ToolCall &call = *calls[i];
        if (i > 0)
            m_out.append(',');
        m_out.append('{');
        if (!call.id.isEmpty()) {
            appendBytes(m_out, R"("id":)");
            json::appendQuoted(m_out, targetCallId(call.id, m_target.can.toolId));
            m_out.append(',');
        }
        appendBytes(m_out, R"("function":{"index":)");
        appendNumber(m_out, qint64(i));
        appendBytes(m_out, R"(,"name":)");
        json::appendQuoted(m_out, call.name);
        appendBytes(m_out, R"(,"arguments":)");
        if (call.kind == ToolKind::Custom)
            appendBytes(m_out, inputObject(call.arguments));
        else
            appendBytes(m_out, objectArguments(call.arguments, "tool_calls.arguments", m_changes));
        appendBytes(m_out, "}}");
    }
    m_out.append(']');
}

} // namespace sb::translate::ollama
