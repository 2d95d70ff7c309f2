#include "translate/gemini/open_api.h"

#include "translate/gemini/wire.h"
#include "json/reader.h"
#include "json/writer.h"

namespace sb::translate::gemini {

namespace {

using json::Member;
using json::Value;

constexpr int kDepth = 64;

Value word(QByteArrayView utf8)
{
    return Value::string(utf8);
}

Value converted(const Value &schema, int depth, bool &isChanged);

Value convertedList(const Value &list, int depth, bool &isChanged)
{
    QList<Value> items;
    for (const Value &item : list.items())
        items.append(converted(item, depth, isChanged));
    return Value::array(items);
}

bool isCount(const QByteArray &name)
{
    for (const char *count :
         {"minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties"}) {
        if (name == count)
            return true;
    }
    return false;
}

Value converted(const Value &schema, int depth, bool &isChanged)
{
    if (!schema.isObject() || depth > kDepth)
        return schema;
    const Value *nullable = schema.find("nullable");
    const bool isNullable = nullable && nullable->toBool();
    QList<Member> members;
    for (const Member &member : schema.members()) {
        QByteArray plain;
        const QByteArray name = camel({QByteArrayView(member.key)}, plain).text.toByteArray();
        const Value &value = member.value;
        Value out = value;
        if (name == "type" && value.isString()) {
            const QByteArray lower = value.text().toLower();
            if (lower == "type_unspecified") {
                isChanged = true;
                continue;
            }
            isChanged |= lower != value.text() || isNullable;
            out = isNullable ? Value::array({word(lower), word("null")}) : word(lower);
        } else if (name == "nullable" || name == "propertyOrdering") {
            isChanged = true;
            continue;
        } else if (isCount(name) && value.isString()) {
            bool isNumber = false;
            const qint64 count = value.text().toLongLong(&isNumber);
            if (!isNumber)
                continue;
            isChanged = true;
            out = Value::number(count);
        } else if (name == "properties" && value.isObject()) {
            QList<Member> properties;
            for (const Member &property : value.members())
                properties.append({property.key, converted(property.value, depth + 1, isChanged)});
            out = Value::object(properties);
        } else if (name == "items" || name == "additionalProperties") {
            out = value.isArray() ? convertedList(value, depth + 1, isChanged)
                                  : converted(value, depth + 1, isChanged);
        } else if (name == "anyOf") {
            out = convertedList(value, depth + 1, isChanged);
        }
        isChanged |= name != member.key;
        members.append({name, out});
    }
    return Value::object(members);
}

} // namespace

QByteArray jsonSchema(json::Node schema)
{
    const Result<Value> tree = json::read(schema.raw());
    if (!tree)
        return rawOf(schema);
    bool isChanged = false;
    const Value changed = converted(*tree, 0, isChanged);
    return isChanged ? json::write(changed) : rawOf(schema);
}

} // namespace sb::translate::gemini
