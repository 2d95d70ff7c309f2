#include "json/writer.h"

#include "json/text.h"

namespace sb::json {

void Writer::newLine()
{
    m_text.append('\n');
    m_text.append(qsizetype(m_hasItems.size()) * 2, ' ');
}

void Writer::beforeValue()
{
    if (m_isAfterKey) {
        m_isAfterKey = false;
        return;
    }
    if (m_hasItems.empty())
        return;
    if (m_hasItems.back())
        m_text.append(',');
    m_hasItems.back() = true;
    if (m_style == Style::Pretty)
        newLine();
}

Writer &Writer::begin(char bracket)
{
    beforeValue();
    m_text.append(bracket);
    m_hasItems.push_back(false);
    return *this;
}

Writer &Writer::end(char bracket)
{
    Q_ASSERT(!m_hasItems.empty() && !m_isAfterKey);
    const bool hadItems = m_hasItems.back();
    m_hasItems.pop_back();
    if (hadItems && m_style == Style::Pretty)
        newLine();
    m_text.append(bracket);
    return *this;
}

Writer &Writer::beginObject()
{
    return begin('{');
}

Writer &Writer::endObject()
{
    return end('}');
}

Writer &Writer::beginArray()
{
    return begin('[');
}

Writer &Writer::endArray()
{
    return end(']');
}

Writer &Writer::key(QByteArrayView name)
{
    Q_ASSERT(!m_hasItems.empty() && !m_isAfterKey);
    beforeValue();
    appendQuoted(m_text, name);
    m_text.append(m_style == Style::Pretty ? QByteArrayView(": ") : QByteArrayView(":"));
    m_isAfterKey = true;
    return *this;
}

Writer &Writer::token(QByteArrayView text)
{
    beforeValue();
    m_text.append(text);
    return *this;
}

Writer &Writer::string(QByteArrayView utf8)
{
    beforeValue();
    appendQuoted(m_text, utf8);
    return *this;
}

Writer &Writer::string(QStringView text)
{
    // Qt writes "?" for a lone surrogate, which would be a guess that reads like the user's own.
    QString copy;
    for (qsizetype i = 0; i < text.size(); ++i) {
        if (!text[i].isSurrogate())
            continue;
        if (text[i].isHighSurrogate() && i + 1 < text.size() && text[i + 1].isLowSurrogate()) {
            ++i;
            continue;
        }
        if (copy.isNull())
            copy = text.toString();
        copy[i] = QChar::ReplacementCharacter;
    }
    const QByteArray utf8 = copy.isNull() ? text.toUtf8() : copy.toUtf8();
    return string(QByteArrayView(utf8));
}

Writer &Writer::number(double value)
{
    const Value number = Value::number(value);
    return token(number.isNull() ? QByteArrayView("null") : QByteArrayView(number.text()));
}

Writer &Writer::value(const Value &value)
{
    switch (value.kind()) {
    case Value::Kind::Null:
        return null();
    case Value::Kind::Bool:
        return boolean(value.toBool());
    case Value::Kind::Number:
        return token(value.text());
    case Value::Kind::String:
        return string(QByteArrayView(value.text()));
    case Value::Kind::Array:
        beginArray();
        for (const Value &item : value.items())
            this->value(item);
        return endArray();
    case Value::Kind::Object:
        beginObject();
        for (const Member &member : value.members())
            key(member.key).value(member.value);
        return endObject();
    }
    return *this;
}

QByteArray Writer::take()
{
    Q_ASSERT(m_hasItems.empty());
    QByteArray result;
    result.swap(m_text);
    return result;
}

QByteArray write(const Value &value, Writer::Style style)
{
    Writer writer(style);
    QByteArray text = writer.value(value).take();
    if (style == Writer::Style::Pretty)
        text.append('\n');
    return text;
}

} // namespace sb::json
