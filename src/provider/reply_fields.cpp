#include "provider/reply_fields.h"

#include "base/bytes.h"
#include "http/grammar.h"

namespace sb::provider {

namespace {
bool isShown(QByteArrayView name, DialectId dialect, bool isFinalError)
{
    if (name == "request-id" || name == "x-request-id" || name == "openai-processing-ms"
        || name == "openai-version")
        return true;
    if (name == "retry-after" || name == "retry-after-ms")
        return !isFinalError;
    if (name.startsWith("x-ratelimit-"))
        return dialect != DialectId::Anthropic;
    if (name.startsWith("anthropic-"))
        return !name.contains("organization");
    return false;
}

bool isClean(QByteArrayView value)
{
    return value.size() <= 1024 && std::all_of(value.begin(), value.end(), [](char c) {
               return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
           });
}
} // namespace

QByteArray clientFields(const http::Fields &fields, DialectId dialect, bool isFinalError,
                        QByteArrayView key)
{
    QByteArray lines;
    for (int i = 0; i < fields.count(); ++i) {
        const QByteArrayView wireName = fields.name(i);
        QVarLengthArray<char, 64> lower(wireName.size());
        std::transform(wireName.begin(), wireName.end(), lower.begin(), http::lowered);
        const QByteArrayView name(lower.constData(), lower.size());
        const QByteArrayView value = fields.value(i);
        if (!isShown(name, dialect, isFinalError) || !isClean(value)
            || (!key.isEmpty() && value.contains(key)))
            continue;
        if (lines.isEmpty())
            lines.reserve(256);
        appendBytes(lines, name);
        appendBytes(lines, ": ");
        appendBytes(lines, value);
        appendBytes(lines, "\r\n");
    }
    return lines;
}

} // namespace sb::provider
