#include "provider/reply_fields.h"

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

void addClientFields(WireText &to, const http::Fields &fields, DialectId dialect, bool isFinalError,
                     QByteArrayView key)
{
    for (int i = 0; i < fields.count(); ++i) {
        const QByteArrayView wireName = fields.name(i);
        // Nothing else is ever shown, and most fields of a reply begin with another letter.
        const char first = wireName.isEmpty() ? '\0' : http::lowered(wireName.front());
        if (first != 'x' && first != 'r' && first != 'o' && first != 'a')
            continue;
        QVarLengthArray<char, 64> lower(wireName.size());
        std::transform(wireName.begin(), wireName.end(), lower.begin(), http::lowered);
        const QByteArrayView name(lower.constData(), lower.size());
        const QByteArrayView value = fields.value(i);
        if (!isShown(name, dialect, isFinalError) || !isClean(value)
            || (!key.isEmpty() && value.contains(key)))
            continue;
        to.add(name);
        to.add(": ");
        to.add(value);
        to.add("\r\n");
    }
}

} // namespace sb::provider
