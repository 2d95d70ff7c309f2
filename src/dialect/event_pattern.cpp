#include "dialect/event_pattern.h"

#include "json/text.h"

namespace sb::dialect {

namespace {
constexpr qsizetype kLongest = 2048; // of what a stream keeps for this

// What may stand between the quotes of a JSON string. [RFC 8259 §7]
bool isStringBody(QByteArrayView text)
{
    bool hasEscapes = false;
    bool isAscii = true;
    for (qsizetype i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c < 0x20 || c == '"')
            return false;
        if (c == '\\') {
            hasEscapes = true;
            ++i; // what follows is judged below
        }
        isAscii = isAscii && c < 0x80;
    }
    return (!hasEscapes || json::hasSoundEscapes(text))
        && (isAscii || json::firstBadUtf8(text) < 0);
}
} // namespace

void EventPattern::learn(QByteArrayView name, QByteArrayView data, json::Node text)
{
    const json::Span place = text.span();
    m_before = place.from + 1;
    m_behind = data.size() - place.end() + 1;
    if (m_before + m_behind > kLongest) {
        m_data = QByteArray();
        return;
    }
    m_name = name.toByteArray();
    m_data = data.toByteArray();
}

QByteArrayView EventPattern::match(QByteArrayView name, QByteArrayView data) const
{
    const qsizetype length = data.size() - m_before - m_behind;
    if (m_data.isEmpty() || length <= 0 || name.size() != m_name.size()
        || (!name.isEmpty() && name != m_name)
        || memcmp(data.data(), m_data.constData(), size_t(m_before)) != 0
        || memcmp(data.end() - m_behind, m_data.constEnd() - m_behind, size_t(m_behind)) != 0)
        return {};
    const QByteArrayView text = data.sliced(m_before, length);
    return isStringBody(text) ? text : QByteArrayView();
}

} // namespace sb::dialect
