#include "chat/text.h"

#include "base/bytes.h"
#include "json/text.h"

namespace sb::chat {

QByteArray TextView::toPlain() const
{
    if (!isEscaped || !bytes.contains('\\'))
        return bytes.toByteArray();
    QByteArray out;
    json::unescape(bytes, out);
    return out;
}

bool TextView::isBlank() const
{
    const auto isSpace = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
    for (qsizetype i = 0; i < bytes.size(); ++i) {
        const char c = bytes[i];
        if (isSpace(c))
            continue;
        if (!isEscaped || c != '\\')
            return false;
        const char what = i + 1 < bytes.size() ? bytes[i + 1] : '\0';
        if (what != 'n' && what != 'r' && what != 't') {
            // The rare spelling by number is decoded.
            const QByteArray plain = toPlain();
            return std::all_of(plain.begin(), plain.end(), isSpace);
        }
        ++i;
    }
    return true;
}

void appendInner(QByteArray &json, TextView text)
{
    if (text.isEscaped) {
        appendBytes(json, text.bytes);
        return;
    }
    json::appendInner(json, text.bytes);
}

void appendQuoted(QByteArray &json, TextView text)
{
    if (!text.isEscaped) {
        json::appendQuoted(json, text.bytes);
        return;
    }
    json.append('"');
    appendBytes(json, text.bytes);
    json.append('"');
}

void Text::append(TextView text)
{
    if (text.isEmpty())
        return;
    if (m_bytes.isEmpty())
        m_isEscaped = text.isEscaped;
    if (m_isEscaped == text.isEscaped) {
        appendBytes(m_bytes, text.bytes);
        return;
    }
    if (!m_isEscaped) {
        QByteArray inner;
        appendInner(inner, view());
        m_bytes = std::move(inner);
        m_isEscaped = true;
    }
    appendInner(m_bytes, text);
}

bool operator==(const Text &a, const Text &b)
{
    if (a.m_isEscaped == b.m_isEscaped && a.m_bytes == b.m_bytes)
        return true;
    return a.toPlain() == b.toPlain();
}

} // namespace sb::chat
