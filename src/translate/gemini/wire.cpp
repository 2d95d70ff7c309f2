#include "translate/gemini/wire.h"

#include "chat/finish.h"

namespace sb::translate::gemini {

using chat::Finish;

json::Scan &scan()
{
    static thread_local json::Scan own;
    return own;
}

void tidyScan()
{
    scan().shrink(1 << 20);
}

dialect::Key camel(dialect::Key name, QByteArray &plain)
{
    if (!name.text.contains('_'))
        return name;
    bool isUp = false;
    for (const char c : name.text) {
        if (c == '_') {
            isUp = !plain.isEmpty();
            continue;
        }
        plain.append(isUp && c >= 'a' && c <= 'z' ? char(c - 'a' + 'A') : c);
        isUp = false;
    }
    return {plain};
}

// [dialects §5.5, translation §12]
Finish finishOf(QByteArrayView word)
{
    const dialect::Key text{word};
    if (text.text.isEmpty() || text == "FINISH_REASON_UNSPECIFIED")
        return Finish::None;
    if (text == "STOP")
        return Finish::Stop;
    if (text == "MAX_TOKENS")
        return Finish::Length;
    if (text == "MALFORMED_FUNCTION_CALL" || text == "UNEXPECTED_TOOL_CALL"
        || text == "TOO_MANY_TOOL_CALLS" || text == "MALFORMED_RESPONSE")
        return Finish::MalformedCall;
    if (text == "LANGUAGE" || text == "MODEL_ARMOR" || text.text.startsWith("IMAGE_"))
        return Finish::ContentFilter;
    if (text == "CONTINUATION")
        return Finish::Pause;
    return chat::finishFromWord(word);
}

QByteArrayView finishWord(Finish finish)
{
    switch (finish) {
    case Finish::Length:
    case Finish::ContextFull:
        return "MAX_TOKENS";
    case Finish::ContentFilter:
    case Finish::Refusal:
        return "SAFETY";
    case Finish::MalformedCall:
        return "MALFORMED_FUNCTION_CALL";
    case Finish::Error:
        return "OTHER";
    default:
        return "STOP";
    }
}

bool readCount(json::Node value, qint64 &out)
{
    if (value.readInt(out))
        return true;
    bool isNumber = false;
    const qint64 number = value.isString() ? value.inner().toByteArray().toLongLong(&isNumber) : 0;
    if (isNumber)
        out = number;
    return isNumber;
}

bool readNumber(json::Node value, double &out)
{
    bool isNumber = false;
    const double number = value.kind() == json::Node::Kind::Number
        ? value.raw().toByteArray().toDouble(&isNumber)
        : 0;
    if (isNumber)
        out = number;
    return isNumber;
}

chat::MediaKind mediaKind(QByteArrayView mime)
{
    if (mime.startsWith("image/"))
        return chat::MediaKind::Image;
    if (mime.startsWith("audio/"))
        return chat::MediaKind::Audio;
    if (mime.startsWith("video/"))
        return chat::MediaKind::Video;
    return chat::MediaKind::Document;
}

QByteArray sniffedMime(QByteArrayView base64)
{
    const QByteArray head
        = QByteArray::fromBase64(base64.first(qMin<qsizetype>(24, base64.size())).toByteArray());
    if (head.startsWith("\x89PNG"))
        return "image/png";
    if (head.startsWith("\xFF\xD8\xFF"))
        return "image/jpeg";
    if (head.startsWith("GIF8"))
        return "image/gif";
    if (head.startsWith("%PDF"))
        return "application/pdf";
    if (head.startsWith("RIFF") && head.sliced(8).startsWith("WEBP"))
        return "image/webp";
    if (head.startsWith("RIFF") && head.sliced(8).startsWith("WAVE"))
        return "audio/wav";
    if (head.startsWith("ID3"))
        return "audio/mp3";
    return {};
}

PathParts readPath(QByteArrayView path)
{
    if (const qsizetype query = path.indexOf('?'); query >= 0)
        path = path.first(query);
    PathParts parts;
    qsizetype from = path.indexOf(QByteArrayView("models/"));
    if (from >= 0 && (from == 0 || path[from - 1] == '/'))
        path = path.sliced(from + 7);
    else if (path.startsWith('/'))
        path = path.sliced(1);
    const QByteArray name = QByteArray::fromPercentEncoding(path.toByteArray());
    const qsizetype colon = name.lastIndexOf(':');
    parts.model = colon < 0 ? name : name.first(colon);
    parts.method = colon < 0 ? QByteArray() : name.sliced(colon + 1);
    return parts;
}

bool hasSse(QByteArrayView query)
{
    const QByteArray text = '&' + query.toByteArray().toLower() + '&';
    return text.contains("&alt=sse&") || text.contains("?alt=sse&");
}

} // namespace sb::translate::gemini
