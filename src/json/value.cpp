#include "json/value.h"

#include <QLocale>

#include <cmath>

namespace sb::json {

Value::Value() = default;
Value::Value(const Value &) = default;
Value::Value(Value &&) noexcept = default;
Value &Value::operator=(const Value &) = default;
Value &Value::operator=(Value &&) noexcept = default;
Value::~Value() = default;

Value Value::boolean(bool value)
{
    Value result;
    result.m_kind = Kind::Bool;
    result.m_bool = value;
    return result;
}

Value Value::number(double value)
{
    if (!std::isfinite(value))
        return {};
    return numberText(QByteArray::number(value, 'g', QLocale::FloatingPointShortest));
}

Value Value::numberText(QByteArray text)
{
    Value result;
    result.m_kind = Kind::Number;
    result.m_text = std::move(text);
    return result;
}

Value Value::string(QByteArrayView utf8)
{
    Value result;
    result.m_kind = Kind::String;
    result.m_text = utf8.toByteArray();
    return result;
}

Value Value::string(const QString &text)
{
    return string(QByteArrayView(text.toUtf8()));
}

Value Value::array(QList<Value> items)
{
    Value result;
    result.m_kind = Kind::Array;
    result.m_items = std::move(items);
    return result;
}

Value Value::object(QList<Member> members)
{
    Value result;
    result.m_kind = Kind::Object;
    result.m_members = std::move(members);
    return result;
}

std::optional<qint64> Value::toInt() const
{
    if (!isNumber())
        return std::nullopt;
    bool isOk = false;
    const qint64 value = m_text.toLongLong(&isOk);
    return isOk ? std::optional(value) : std::nullopt;
}

std::optional<double> Value::toDouble() const
{
    if (!isNumber())
        return std::nullopt;
    bool isOk = false;
    const double value = m_text.toDouble(&isOk);
    return isOk ? std::optional(value) : std::nullopt;
}

void Value::append(Value item)
{
    Q_ASSERT(isArray());
    m_items.append(std::move(item));
}

const QList<Member> &Value::members() const
{
    return m_members;
}

const Value *Value::find(QByteArrayView key) const
{
    for (qsizetype i = m_members.size() - 1; i >= 0; --i) {
        if (m_members[i].key == key)
            return &m_members[i].value;
    }
    return nullptr;
}

void Value::set(QByteArrayView key, Value value)
{
    Q_ASSERT(isObject());
    for (qsizetype i = m_members.size() - 1; i >= 0; --i) {
        if (m_members[i].key == key) {
            m_members[i].value = std::move(value);
            return;
        }
    }
    m_members.append(Member{key.toByteArray(), std::move(value)});
}

void Value::remove(QByteArrayView key)
{
    m_members.removeIf([key](const Member &member) { return member.key == key; });
}

bool operator==(const Value &a, const Value &b)
{
    return a.m_kind == b.m_kind && a.m_bool == b.m_bool && a.m_text == b.m_text
        && a.m_items == b.m_items && a.m_members == b.m_members;
}

} // namespace sb::json
