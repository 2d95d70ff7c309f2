#include "translate/openai_chat/words.h"

#include "base/bytes.h"
#include "chat/arguments.h"
#include "chat/envelope.h"
#include "dialect/openai_chat.h"
#include "json/text.h"

using namespace sb::chat;

namespace sb::translate::openai_chat {

Usage readUsage(json::Node node)
{
    Usage usage = dialect::openai_chat::readUsage(node);
    if (usage.source != UsageSource::None || !node.isObject())
        return usage;
    qint64 input = 0, output = 0;
    const bool hasInput = node.find("input_tokens").readInt(input);
    const bool hasOutput = node.find("output_tokens").readInt(output);
    if (!hasInput && !hasOutput)
        return usage;
    usage.source = UsageSource::Reported;
    usage.isOdd = input < 0 || output < 0;
    usage.input = qMax(input, qint64(0));
    usage.output = qMax(output, qint64(0));
    // Anthropic's names count beside the input. [translation §13]
    usage.cacheRead = qMax(node.find("cache_read_input_tokens").toInt(), qint64(0));
    usage.cacheWrite = qMax(node.find("cache_creation_input_tokens").toInt(), qint64(0));
    return usage;
}

void writeUsage(QByteArray &out, const Usage &usage, QByteArrayView cost)
{
    const auto count = [&](const char *name, qint64 value) {
        appendBytes(out, name);
        appendNumber(out, value);
    };
    count(R"({"prompt_tokens":)", usage.prompt());
    count(R"(,"completion_tokens":)", usage.completion());
    count(R"(,"total_tokens":)", usage.prompt() + usage.completion());
    count(R"(,"prompt_tokens_details":{"cached_tokens":)", usage.cacheRead);
    if (usage.cacheWrite + usage.cacheWrite1h > 0)
        count(R"(,"cache_write_tokens":)", usage.cacheWrite + usage.cacheWrite1h);
    count(R"(,"audio_tokens":)", usage.inputAudio);
    count(R"(},"completion_tokens_details":{"reasoning_tokens":)", usage.reasoning);
    count(R"(,"audio_tokens":)", usage.outputAudio);
    out.append('}');
    if (!cost.isEmpty()) {
        appendBytes(out, R"(,"cost":)");
        appendBytes(out, cost);
    }
    out.append('}');
}

void writeStreamEnd(QByteArray &out, QByteArrayView frame, bool asksUsage, const Usage &usage,
                    QByteArrayView cost)
{
    appendBytes(out, asksUsage ? "\"}],\"usage\":null}\n\n" : "\"}]}\n\n");
    if (asksUsage) {
        appendBytes(out, frame);
        appendBytes(out, R"(,"choices":[],"usage":)");
        writeUsage(out, usage, cost);
        appendBytes(out, "}\n\n");
    }
    appendBytes(out, "data: [DONE]\n\n");
}

QByteArrayView finishWord(Finish finish, bool hasRefusalText, bool isLegacy)
{
    switch (finish) {
    case Finish::ToolCalls:
        return isLegacy ? "function_call" : "tool_calls";
    case Finish::Length:
    case Finish::ContextFull:
        return "length";
    case Finish::ContentFilter:
        return "content_filter";
    case Finish::Refusal:
        return hasRefusalText ? "stop" : "content_filter";
    case Finish::None:
    case Finish::Stop:
    case Finish::StopSequence:
    case Finish::Pause:
    case Finish::MalformedCall:
    case Finish::Error:
        break;
    }
    return "stop";
}

QByteArrayView sniffedMime(TextView base64)
{
    struct Magic {
        const char *begin;
        const char *mime;
    };
    static constexpr Magic kMagics[] = {
        {"iVBORw0KGgo", "image/png"},  {"/9j/", "image/jpeg"},     {"R0lGOD", "image/gif"},
        {"JVBERi", "application/pdf"}, {"\\/9j\\/", "image/jpeg"},
    };
    for (const Magic &magic : kMagics) {
        if (base64.bytes.startsWith(QByteArrayView(magic.begin)))
            return magic.mime;
    }
    // "RIFF", the length, then "WEBP".
    if (base64.bytes.startsWith("UklGR") && base64.bytes.size() > 16
        && base64.bytes.sliced(11).startsWith("XRUJ"))
        return "image/webp";
    return {};
}

MediaPart mediaFromUrl(json::Node url, MediaKind kind)
{
    MediaPart media;
    media.kind = kind;
    QByteArrayView bytes = url.inner();
    QByteArray plain; // some escape every slash
    const bool hasEscapes = url.hasEscapes();
    if (hasEscapes) {
        plain = url.text();
        bytes = plain;
    }
    const qsizetype comma = bytes.first(qMin(bytes.size(), qsizetype(200))).indexOf(',');
    if (comma < 0 || bytes.first(5).compare("data:", Qt::CaseInsensitive) != 0) {
        media.source = MediaSource::Url;
        media.data = hasEscapes ? Text::plain(plain) : Text::view(TextView::plain(bytes));
        return media;
    }
    QByteArrayView head = bytes.sliced(5, comma - 5);
    const qsizetype semicolon = head.indexOf(';');
    media.mime = (semicolon < 0 ? head : head.first(semicolon)).toByteArray().toLower();
    const QByteArrayView data = bytes.sliced(comma + 1);
    media.data = hasEscapes ? Text::plain(data.toByteArray()) : Text::view(TextView::plain(data));
    if (const QByteArrayView sniffed = sniffedMime(media.data); !sniffed.isEmpty())
        media.mime = sniffed.toByteArray();
    if (media.mime == "application/pdf")
        media.kind = MediaKind::Document;
    return media;
}

void writeDataUrl(QByteArray &out, const MediaPart &media)
{
    QByteArrayView mime = sniffedMime(media.data);
    if (mime.isEmpty())
        mime = media.mime;
    if (mime.isEmpty())
        mime = media.kind == MediaKind::Document ? "application/pdf" : "image/png";
    appendBytes(out, "\"data:");
    appendInner(out, TextView::plain(mime));
    appendBytes(out, ";base64,");
    appendInner(out, media.data);
    out.append('"');
}

void writeDetail(QByteArray &out, const Artifact &artifact, const Origin &origin, TextView text,
                 int index)
{
    if (artifact.kind == ArtifactKind::ReasoningDetails) {
        appendOnOneLine(out, artifact.payload);
        return;
    }
    Artifact owned = artifact;
    if (owned.origin.provider.isEmpty())
        owned.origin = origin;
    const bool isText = artifact.kind == ArtifactKind::AnthropicSignature
        || artifact.kind == ArtifactKind::ReasoningContent;
    appendBytes(
        out, isText ? R"({"type":"reasoning.text","text":)" : R"({"type":"reasoning.encrypted")");
    if (isText) {
        appendQuoted(out, text);
        appendBytes(out, R"(,"signature":)");
    } else {
        if (!text.isEmpty()) {
            appendBytes(out, R"(,"summary":)");
            appendQuoted(out, text);
        }
        appendBytes(out, R"(,"data":)");
    }
    json::appendQuoted(out, sealed(owned));
    appendBytes(out, R"(,"index":)");
    appendNumber(out, index);
    out.append('}');
}

QByteArray annotation(QByteArrayView raw)
{
    json::Scan scan;
    if (!scan.run(raw) || !scan.root().isObject())
        return {};
    const json::Node root = scan.root();
    if (root.find("url_citation").isObject())
        return raw.toByteArray();
    json::Node url = root.find("url");
    json::Node title = root.find("title");
    if (!url.isString()) {
        const json::Node web = root.find("web").isObject() ? root.find("web") : root;
        url = web.find("uri");
        title = web.find("title");
    }
    if (!url.isNonEmptyString())
        return {};
    QByteArray out = R"({"type":"url_citation","url_citation":{"url":)" + url.raw().toByteArray();
    out += R"(,"title":)" + (title.isString() ? title.raw().toByteArray() : QByteArray("\"\""));
    for (const char *member : {"start_index", "end_index"}) {
        qint64 place = 0;
        if (root.find(member).readInt(place))
            out += QByteArray(",\"") + member + "\":" + QByteArray::number(place);
    }
    return out + "}}";
}

QByteArray freeInput(TextView arguments)
{
    const QByteArray json = arguments.toPlain();
    json::Scan scan;
    if (!scan.run(json) || !scan.root().find("input").isString())
        return json;
    return scan.root().find("input").text();
}

} // namespace sb::translate::openai_chat
