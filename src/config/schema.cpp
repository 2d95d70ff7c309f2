// Prints the table of keys as a JSON Schema (2020-12).
#include "config/config_file.h"
#include "config/shape.h"
#include "json/writer.h"

namespace sb::config {

namespace {

using T = Field::Type;
using json::Value;

Value text(const char *utf8)
{
    return Value::string(QByteArrayView(utf8));
}

Value choices(const char *words)
{
    Value list = Value::array();
    for (const QByteArray &word : QByteArray(words).split(' '))
        list.append(Value::string(QByteArrayView(word)));
    return list;
}

Value objectSchema(const Shape &shape);

void describeScalar(Value &out, T type, const Field &field)
{
    switch (type) {
    case T::Int:
        out.set("type", text("integer"));
        out.set("minimum", Value::number(field.least));
        out.set("maximum", Value::number(field.most));
        if (field.fallback >= 0)
            out.set("default", Value::number(field.fallback));
        return;
    case T::Bool:
        out.set("type", text("boolean"));
        out.set("default", Value::boolean(false));
        return;
    default:
        break;
    }
    out.set("type", text("string"));
    switch (type) {
    case T::Id:
        out.set("pattern", text("^[a-z0-9][a-z0-9._-]{0,63}$"));
        return;
    case T::Choice:
        out.set("enum", choices(field.choices));
        return;
    case T::Secret:
        out.set("pattern", text("^(keychain|vault|env|ask|file|digest):.+$"));
        return;
    case T::Url:
        out.set("pattern", text("^https?://[^@?#]+$"));
        return;
    case T::Dollars:
        out.set("pattern", text("^[0-9]+(\\.[0-9]{1,9})?$"));
        return;
    case T::Price:
        out.set("pattern", text("^[0-9]+(\\.[0-9]{1,6})?$"));
        return;
    default:
        out.set("minLength", Value::number(1));
        out.set("maxLength", Value::number(2'048));
    }
}

// Comments may stand in every object.
void allowComments(Value &properties)
{
    Value comment = Value::object();
    comment.set("description", text("A comment; kept when the file is edited."));
    properties.set("//", comment);
}

Value fieldSchema(const Field &field)
{
    Value out = Value::object();
    out.set("description", text(field.text));
    switch (field.type) {
    case T::Object: {
        Value shape = objectSchema(*field.shape);
        for (const json::Member &member : shape.members())
            out.set(member.key, member.value);
        return out;
    }
    case T::List: {
        out.set("type", text("array"));
        if (field.least > 0)
            out.set("minItems", Value::number(field.least));
        if (field.most > 0)
            out.set("maxItems", Value::number(field.most));
        Value items = Value::object();
        if (field.item == T::Object)
            items = objectSchema(*field.shape);
        else
            describeScalar(items, field.item, field);
        out.set("items", items);
        return out;
    }
    case T::Map: {
        out.set("type", text("object"));
        Value item = Value::object();
        describeScalar(item, field.item, field);
        if (field.choices) {
            Value properties = Value::object();
            allowComments(properties);
            for (const QByteArray &word : QByteArray(field.choices).split(' '))
                properties.set(word, item);
            out.set("properties", properties);
            out.set("additionalProperties", Value::boolean(false));
        } else {
            Value properties = Value::object();
            allowComments(properties);
            out.set("properties", properties);
            out.set("additionalProperties", item);
        }
        return out;
    }
    default:
        describeScalar(out, field.type, field);
        return out;
    }
}

Value objectSchema(const Shape &shape)
{
    Value out = Value::object();
    out.set("type", text("object"));
    Value properties = Value::object();
    Value required = Value::array();
    allowComments(properties);
    for (const Field &field : shape.fields) {
        if (field.type == T::Refused)
            continue;
        properties.set(field.key, fieldSchema(field));
        if (field.isRequired)
            required.append(text(field.key));
    }
    out.set("properties", properties);
    if (!required.items().isEmpty())
        out.set("required", required);
    out.set("additionalProperties", Value::boolean(false));
    return out;
}

} // namespace

QByteArray schemaText()
{
    Value out = Value::object();
    out.set("$schema", text("https://json-schema.org/draft/2020-12/schema"));
    out.set("title", text("Signalbox configuration"));
    const Value root = objectSchema(rootShape());
    for (const json::Member &member : root.members())
        out.set(member.key, member.value);
    return json::write(out, json::Writer::Style::Pretty);
}

} // namespace sb::config
