#include "translate/gemini/answer_writer.h"

#include "base/bytes.h"
#include "chat/arguments.h"
#include "json/text.h"

namespace sb::translate::gemini {

using chat::TextView;

namespace {

void appendSignature(QByteArray &out, QByteArrayView signature)
{
    if (signature.isEmpty())
        return;
    appendBytes(out, ",\"thoughtSignature\":");
    json::appendQuoted(out, signature);
}

} // namespace

void writeText(QByteArray &out, TextView text, bool isThought, QByteArrayView signature)
{
    appendBytes(out, "{\"text\":");
    chat::appendQuoted(out, text);
    if (isThought)
        appendBytes(out, ",\"thought\":true");
    appendSignature(out, signature);
    appendBytes(out, "}");
}

void writeCall(QByteArray &out, QByteArrayView id, QByteArrayView name, TextView arguments,
               chat::ToolKind kind, QByteArrayView signature)
{
    appendBytes(out, "{\"functionCall\":{");
    if (!id.isEmpty()) {
        appendBytes(out, "\"id\":");
        json::appendQuoted(out, id);
        appendBytes(out, ",");
    }
    appendBytes(out, "\"name\":");
    json::appendQuoted(out, name);
    appendBytes(out, ",\"args\":");
    if (kind == chat::ToolKind::Custom) {
        appendBytes(out, "{\"input\":");
        chat::appendQuoted(out, arguments);
        appendBytes(out, "}");
    } else {
        chat::Changes unsaid;
        chat::appendOnOneLine(out, chat::objectArguments(arguments, name, unsaid));
    }
    appendBytes(out, "}");
    appendSignature(out, signature);
    appendBytes(out, "}");
}

bool writeWhole(QByteArray &out, const chat::Part &part)
{
    if (const auto *media = part.as<chat::MediaPart>()) {
        const bool isInline = media->source == chat::MediaSource::Base64;
        if (!isInline && media->source != chat::MediaSource::Url)
            return false;
        appendBytes(out,
                    isInline ? "{\"inlineData\":{\"mimeType\":" : "{\"fileData\":{\"mimeType\":");
        json::appendQuoted(out,
                           media->mime.isEmpty() ? QByteArrayView("application/octet-stream")
                                                 : QByteArrayView(media->mime));
        appendBytes(out, isInline ? ",\"data\":" : ",\"fileUri\":");
        chat::appendQuoted(out, media->data);
        appendBytes(out, "}}");
        return true;
    }
    if (const auto *opaque = part.as<chat::OpaquePart>()) {
        if (opaque->dialect == DialectId::Gemini && !opaque->raw.isEmpty()) {
            chat::appendOnOneLine(out, opaque->raw);
            return true;
        }
        if (!opaque->readable.isEmpty()) {
            writeText(out, opaque->readable, false, {});
            return true;
        }
    }
    return false;
}

void writeUsage(QByteArray &out, const Usage &usage, QByteArrayView cost)
{
    const qint64 thoughts = qBound(qint64(0), usage.reasoning, usage.completion());
    const auto member = [&out](QByteArrayView name, qint64 count) {
        appendBytes(out, name);
        appendNumber(out, count);
    };
    member(",\"usageMetadata\":{\"promptTokenCount\":", usage.prompt());
    member(",\"candidatesTokenCount\":", usage.completion() - thoughts);
    if (thoughts > 0)
        member(",\"thoughtsTokenCount\":", thoughts);
    if (usage.cacheRead > 0)
        member(",\"cachedContentTokenCount\":", usage.cacheRead);
    member(",\"totalTokenCount\":", usage.prompt() + usage.completion());
    if (!cost.isEmpty()) {
        appendBytes(out, ",\"cost\":");
        appendBytes(out, cost);
    }
    appendBytes(out, "}");
}

void writeIdentity(QByteArray &out, QByteArrayView model, QByteArrayView id)
{
    appendBytes(out, "\"modelVersion\":");
    json::appendQuoted(out, model);
    appendBytes(out, ",\"responseId\":");
    json::appendQuoted(out, id);
}

} // namespace sb::translate::gemini
