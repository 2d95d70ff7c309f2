#include "chat/schema.h"

#include "json/reader.h"
#include "json/writer.h"

#include <algorithm>
#include <array>

namespace sb::chat {

namespace {

using json::Member;
using json::Value;

Value word(QByteArrayView utf8)
{
    return Value::string(utf8);
}

constexpr int kDepth = 64; // deeper ones end in a plain object
constexpr int kNodes = 20'000; // inlined references may multiply

template <size_t N> bool isOneOf(QByteArrayView name, const std::array<QByteArrayView, N> &names)
{
    return std::find(names.begin(), names.end(), name) != names.end();
}

// About the document, not about values: their loss is none.
bool isRemark(QByteArrayView name)
{
    static constexpr std::array<QByteArrayView, 10> names{
        "$schema",  "$id",       "$comment",   "$anchor",         "$vocabulary",
        "readOnly", "writeOnly", "deprecated", "contentEncoding", "contentMediaType"};
    return isOneOf(name, names);
}

// No target but a grammar of one's own understands them. [translation §10.1]
bool isForeign(QByteArrayView name)
{
    static constexpr std::array<QByteArrayView, 15> names{"patternProperties",
                                                          "propertyNames",
                                                          "if",
                                                          "then",
                                                          "else",
                                                          "not",
                                                          "dependentRequired",
                                                          "dependentSchemas",
                                                          "dependencies",
                                                          "contains",
                                                          "unevaluatedProperties",
                                                          "unevaluatedItems",
                                                          "examples",
                                                          "minContains",
                                                          "maxContains"};
    return isOneOf(name, names);
}

// [dialects §5.3]
bool isOpenApi(QByteArrayView name)
{
    static constexpr std::array<QByteArrayView, 21> names{
        "type",      "format",    "description",      "nullable",      "enum",     "items",
        "required",  "anyOf",     "propertyOrdering", "properties",    "minItems", "maxItems",
        "minLength", "maxLength", "minProperties",    "maxProperties", "minimum",  "maximum",
        "pattern",   "title",     "default"};
    return isOneOf(name, names);
}

bool isGeminiJson(QByteArrayView name)
{
    static constexpr std::array<QByteArrayView, 20> names{"$defs",
                                                          "$ref",
                                                          "type",
                                                          "format",
                                                          "title",
                                                          "enum",
                                                          "items",
                                                          "prefixItems",
                                                          "minItems",
                                                          "maxItems",
                                                          "minimum",
                                                          "maximum",
                                                          "anyOf",
                                                          "oneOf",
                                                          "properties",
                                                          "required",
                                                          "description",
                                                          "additionalProperties",
                                                          "propertyOrdering",
                                                          "definitions"};
    return isOneOf(name, names);
}

bool isKeptFormat(SchemaProfile profile, QByteArrayView format)
{
    static constexpr std::array<QByteArrayView, 9> openAi{
        "date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"};
    static constexpr std::array<QByteArrayView, 6> gemini{"enum",  "date-time", "int32",
                                                          "int64", "float",     "double"};
    switch (profile) {
    case SchemaProfile::OpenAiStrict:
        return isOneOf(format, openAi);
    case SchemaProfile::AnthropicStrict:
        return isOneOf(format, openAi) || format == "uri";
    case SchemaProfile::GeminiParameters:
        return isOneOf(format, gemini);
    default:
        return true;
    }
}

QByteArray plainObject()
{
    return QByteArrayLiteral(R"({"type":"object","properties":{}})");
}

// A short text for the model where a rule could not stay.
QByteArray hintFor(const QByteArray &name, const Value &value)
{
    const QByteArray text = json::write(value);
    if (text.size() > 200)
        return {};
    if (name == "uniqueItems")
        return value.toBool() ? "(items must be unique)" : QByteArray();
    if (name == "examples")
        return "(for example " + text + ")";
    if (name == "const")
        return "(must be " + text + ")";
    if (name == "enum")
        return "(one of " + text + ")";
    return "(" + name + ": " + text + ")";
}

class Cleaner {
public:
    Cleaner(SchemaProfile profile, const Value &root, QByteArrayView field, Changes &changes)
        : m_profile(profile)
        , m_root(root)
        , m_field(field)
        , m_changes(changes)
    {
        m_isInlining = profile == SchemaProfile::GeminiParameters
            || (profile == SchemaProfile::AnthropicStrict && isRecursive(root));
    }

    Value run() { return clean(m_root, 0); }
    bool isChanged() const { return m_isChanged; }
    bool isStrict() const { return m_isStrict; }

private:
    Value clean(const Value &in, int depth);
    Value cleanObject(const Value &in, int depth);
    Value cleanEach(const Value &list, int depth);
    Value resolved(const Value &in, int depth, bool &isCut);
    const Value *target(QByteArrayView ref) const;
    bool isRecursive(const Value &schema);
    bool findsLoop(const Value &schema, QList<QByteArray> &open, int depth);
    Value withoutAllOf(const Value &in, int depth);
    void takeMember(Value &out, const QByteArray &name, const Value &value, int depth);
    void takeType(Value &out, const Value &value);
    void takeEnum(Value &out, const Value &value);
    void takeItems(Value &out, const Value &value, int depth);
    void closeObject(Value &out);
    void tidyRequired(Value &out);
    Value orNull(const Value &property);
    bool isNumberRuleKept(QByteArrayView name, const Value &value) const;
    void lose(Value &out, const QByteArray &name, const Value &value);
    void hint(Value &out, const QByteArray &text);
    bool isGemini() const
    {
        return m_profile == SchemaProfile::GeminiParameters
            || m_profile == SchemaProfile::GeminiJsonSchema;
    }
    bool isClosed() const
    {
        return m_profile == SchemaProfile::OpenAiStrict
            || m_profile == SchemaProfile::AnthropicStrict;
    }

    SchemaProfile m_profile;
    const Value &m_root;
    QByteArrayView m_field;
    Changes &m_changes;
    QList<QByteArray> m_open; // references being inlined
    int m_nodes = 0;
    bool m_isInlining = false;
    bool m_isChanged = false;
    bool m_isStrict = true;
};

void Cleaner::hint(Value &out, const QByteArray &text)
{
    if (text.isEmpty())
        return;
    const Value *known = out.find("description");
    const QByteArray before = known ? known->text() : QByteArray();
    if (before.contains(text))
        return;
    out.set("description", word(before.isEmpty() ? text : QByteArray(before + ' ' + text)));
}

void Cleaner::lose(Value &out, const QByteArray &name, const Value &value)
{
    m_isChanged = true;
    hint(out, hintFor(name, value));
    m_changes.degrade(m_field, name, "description", "schema-keyword");
}

const Value *Cleaner::target(QByteArrayView ref) const
{
    if (!ref.startsWith('#'))
        return nullptr;
    const Value *at = &m_root;
    for (const QByteArray &step : ref.sliced(1).toByteArray().split('/')) {
        if (step.isEmpty())
            continue;
        QByteArray name = QByteArray::fromPercentEncoding(step);
        name.replace("~1", "/").replace("~0", "~");
        if (at->isArray()) {
            const int index = name.toInt();
            if (index < 0 || index >= at->items().size())
                return nullptr;
            at = &at->items()[index];
        } else if (!(at = at->find(name))) {
            return nullptr;
        }
    }
    return at;
}

bool Cleaner::findsLoop(const Value &schema, QList<QByteArray> &open, int depth)
{
    if (depth > kDepth || ++m_nodes > kNodes)
        return true;
    if (schema.isArray()) {
        for (const Value &item : schema.items()) {
            if (findsLoop(item, open, depth + 1))
                return true;
        }
        return false;
    }
    if (const Value *ref = schema.find("$ref"); ref && ref->isString()) {
        if (open.contains(ref->text()))
            return true;
        if (const Value *there = target(ref->text())) {
            open.append(ref->text());
            if (findsLoop(*there, open, depth + 1))
                return true;
            open.removeLast();
        }
    }
    for (const Member &member : schema.members()) {
        if (member.key != "$defs" && member.key != "definitions"
            && findsLoop(member.value, open, depth + 1))
            return true;
    }
    return false;
}

bool Cleaner::isRecursive(const Value &schema)
{
    QList<QByteArray> open;
    const bool finds = findsLoop(schema, open, 0);
    m_nodes = 0;
    return finds;
}

// The schema a reference leads to, with what stands beside the reference. `isCut`: it led back to
// itself or nowhere.
Value Cleaner::resolved(const Value &in, int depth, bool &isCut)
{
    const Value *ref = in.find("$ref");
    const Value *there = ref ? target(ref->text()) : nullptr;
    m_isChanged = true;
    if (!there || !there->isObject() || m_open.contains(ref->text()) || depth > kDepth) {
        isCut = true;
        Value plain = Value::object({{"type", word("object")}});
        if (const Value *description = in.find("description"))
            plain.set("description", *description);
        m_changes.degrade(m_field, ref ? ref->text() : QByteArray("$ref"), "object",
                          "schema-reference");
        return plain;
    }
    Value merged = *there;
    for (const Member &member : in.members()) {
        if (member.key != "$ref")
            merged.set(member.key, member.value);
    }
    return merged;
}

// Members of all branches in one schema; the first one of a name wins, properties and required
// names are united.
Value Cleaner::withoutAllOf(const Value &in, int depth)
{
    const Value *all = in.find("allOf");
    if (!all || !all->isArray() || depth > kDepth)
        return in;
    m_isChanged = true;
    Value out = Value::object();
    for (const Member &member : in.members()) {
        if (member.key != "allOf")
            out.set(member.key, member.value);
    }
    for (Value branch : all->items()) {
        if (branch.find("$ref")) {
            bool isCut = false;
            branch = resolved(branch, depth, isCut);
        }
        branch = withoutAllOf(branch, depth + 1);
        for (const Member &member : branch.members()) {
            const Value *known = out.find(member.key);
            if (!known) {
                out.set(member.key, member.value);
            } else if (member.key == "properties") {
                Value both = *known;
                for (const Member &property : member.value.members()) {
                    if (!both.find(property.key))
                        both.set(property.key, property.value);
                }
                out.set("properties", both);
            } else if (member.key == "required") {
                Value both = *known;
                for (const Value &name : member.value.items()) {
                    if (!both.items().contains(name))
                        both.append(name);
                }
                out.set("required", both);
            } else if (!(*known == member.value) && member.key != "type"
                       && member.key != "description" && member.key != "title") {
                m_changes.degrade(m_field, member.key, {}, "schema-all-of");
            }
        }
    }
    return out;
}

Value Cleaner::cleanEach(const Value &list, int depth)
{
    QList<Value> items;
    for (const Value &item : list.items())
        items.append(clean(item, depth));
    return Value::array(items);
}

Value Cleaner::clean(const Value &in, int depth)
{
    if (++m_nodes > kNodes || depth > kDepth) {
        m_isChanged = true;
        return Value::object({{"type", word("object")}});
    }
    if (in.isBool()) {
        // "Anything", or "nothing", which no target can say.
        m_isChanged = true;
        return Value::object();
    }
    if (!in.isObject())
        return in;
    if (m_isInlining && in.find("$ref")) {
        const QByteArray name = in.find("$ref")->text();
        bool isCut = false;
        const Value found = resolved(in, depth, isCut);
        if (isCut)
            return found;
        m_open.append(name);
        const Value out = clean(found, depth + 1);
        m_open.removeLast();
        return out;
    }
    return cleanObject(in, depth);
}

void Cleaner::takeType(Value &out, const Value &value)
{
    if (!value.isArray() || m_profile != SchemaProfile::GeminiParameters) {
        out.set("type", value);
        return;
    }
    m_isChanged = true;
    QList<Value> types;
    bool isNullable = false;
    for (const Value &type : value.items()) {
        if (type.text() == "null")
            isNullable = true;
        else
            types.append(type);
    }
    if (types.size() == 1) {
        out.set("type", types.front());
    } else if (types.size() > 1) {
        QList<Value> branches;
        for (const Value &type : types)
            branches.append(Value::object({{"type", type}}));
        out.set("anyOf", Value::array(branches));
    }
    if (isNullable)
        out.set("nullable", Value::boolean(true));
}

void Cleaner::takeEnum(Value &out, const Value &value)
{
    if (m_profile != SchemaProfile::GeminiParameters) {
        out.set("enum", value);
        return;
    }
    QList<Value> words;
    bool hasNull = false;
    bool hasOther = false;
    for (const Value &item : value.items()) {
        if (item.isString() && !item.text().isEmpty())
            words.append(item);
        else if (item.isNull())
            hasNull = true;
        else
            hasOther = true;
    }
    if (hasNull) {
        m_isChanged = true;
        out.set("nullable", Value::boolean(true));
    }
    if (hasOther || words.isEmpty()) {
        lose(out, "enum", value);
        return;
    }
    out.set("enum", hasNull ? Value::array(words) : value);
    if (!out.find("type"))
        out.set("type", word("string"));
}

void Cleaner::takeItems(Value &out, const Value &value, int depth)
{
    if (!value.isArray()) {
        out.set("items", clean(value, depth + 1));
        return;
    }
    // A tuple in the old spelling.
    m_isChanged = true;
    const Value each = cleanEach(value, depth + 1);
    if (m_profile == SchemaProfile::GeminiJsonSchema)
        out.set("prefixItems", each);
    else if (each.items().size() == 1)
        out.set("items", each.items().front());
    else
        out.set("items", Value::object({{"anyOf", each}}));
}

bool Cleaner::isNumberRuleKept(QByteArrayView name, const Value &value) const
{
    const bool isLength = name == "minLength" || name == "maxLength";
    const bool isRange = name == "minimum" || name == "maximum";
    const bool isItems = name == "minItems" || name == "maxItems";
    switch (m_profile) {
    case SchemaProfile::OpenAiStrict:
        return !isLength && name != "uniqueItems" && name != "minProperties"
            && name != "maxProperties";
    case SchemaProfile::AnthropicStrict:
        return name == "minItems" && value.toInt().value_or(2) <= 1;
    case SchemaProfile::GeminiParameters:
        return isLength || isRange || isItems || name == "pattern" || name == "minProperties"
            || name == "maxProperties";
    case SchemaProfile::GeminiJsonSchema:
        return isRange || isItems;
    default:
        return true;
    }
}

bool isNumberRule(QByteArrayView name)
{
    static constexpr std::array<QByteArrayView, 12> names{
        "pattern",  "minLength",        "maxLength",        "minimum",
        "maximum",  "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
        "minItems", "maxItems",         "uniqueItems",      "minProperties"};
    return isOneOf(name, names) || name == "maxProperties";
}

void Cleaner::takeMember(Value &out, const QByteArray &name, const Value &value, int depth)
{
    const bool isOpenApiForm = m_profile == SchemaProfile::GeminiParameters;
    if (name == "type") {
        takeType(out, value);
    } else if (name == "description") {
        // Hints may stand there already.
        const Value *hints = out.find("description");
        const QByteArray text = hints ? value.text() + ' ' + hints->text() : value.text();
        out.set(name, word(text));
    } else if (name == "properties" && value.isObject()) {
        QList<Member> properties;
        for (const Member &property : value.members())
            properties.append({property.key, clean(property.value, depth + 1)});
        out.set(name, Value::object(properties));
    } else if (name == "$defs" || name == "definitions") {
        if (m_isInlining) {
            m_isChanged = true;
            return;
        }
        QList<Member> definitions;
        for (const Member &definition : value.members())
            definitions.append({definition.key, clean(definition.value, depth + 1)});
        out.set(name, Value::object(definitions));
    } else if (name == "anyOf" && value.isArray()) {
        out.set(name, cleanEach(value, depth + 1));
    } else if (name == "oneOf" && value.isArray()) {
        const bool isKept
            = m_profile == SchemaProfile::GeminiJsonSchema || m_profile == SchemaProfile::Grammar;
        m_isChanged |= !isKept;
        out.set(isKept ? "oneOf" : "anyOf", cleanEach(value, depth + 1));
    } else if (name == "allOf" && value.isArray()) {
        out.set(name, cleanEach(value, depth + 1)); // only where it is kept
    } else if (name == "items") {
        takeItems(out, value, depth);
    } else if (name == "prefixItems" && value.isArray()) {
        if (isOpenApiForm || isClosed())
            takeItems(out, value, depth);
        else
            out.set(name, cleanEach(value, depth + 1));
    } else if (name == "enum" && value.isArray()) {
        takeEnum(out, value);
    } else if (name == "const" && isGemini()) {
        m_isChanged = true;
        takeEnum(out, Value::array({value}));
    } else if (name == "additionalProperties") {
        if (isOpenApiForm) {
            m_isChanged = true;
        } else if (isClosed()) {
            // closeObject() says false; a map of anything cannot be kept.
            const bool isFalse = value.isBool() && !value.toBool();
            if (!isFalse) {
                m_isStrict = false;
                if (value.isObject())
                    lose(out, name, value);
                m_isChanged = true;
            } else {
                out.set(name, value);
            }
        } else {
            out.set(name, value.isObject() ? clean(value, depth + 1) : value);
        }
    } else if (name == "format") {
        if (isKeptFormat(m_profile, value.text()))
            out.set(name, value);
        else
            lose(out, name, value);
    } else if (name == "default" && m_profile == SchemaProfile::OpenAiStrict) {
        lose(out, name, value);
    } else if (isNumberRule(name)) {
        if (isNumberRuleKept(name, value))
            out.set(name, value);
        else
            lose(out, name, value);
    } else if (isRemark(name) || (name == "title" && m_profile == SchemaProfile::AnthropicStrict)) {
        m_isChanged = true;
    } else if (isForeign(name) || (isOpenApiForm && !isOpenApi(name))
               || (m_profile == SchemaProfile::GeminiJsonSchema && !isGeminiJson(name))) {
        lose(out, name, value);
    } else {
        out.set(name, value);
    }
}

Value Cleaner::cleanObject(const Value &in, int depth)
{
    const Value whole = m_profile == SchemaProfile::Grammar ? in : withoutAllOf(in, depth);
    Value out = Value::object();
    for (const Member &member : whole.members())
        takeMember(out, member.key, member.value, depth);
    const Value *properties = out.find("properties");
    if (properties && !out.find("type")) {
        m_isChanged = true;
        out.set("type", word("object"));
    }
    tidyRequired(out);
    if (isClosed())
        closeObject(out);
    if (m_profile == SchemaProfile::GeminiParameters) {
        const Value *type = out.find("type");
        if (type && type->text().toLower() == "array" && !out.find("items")) {
            m_isChanged = true;
            out.set("items", Value::object({{"type", word("string")}}));
        }
        properties = out.find("properties");
        if (depth > 0 && properties && properties->members().isEmpty()) {
            m_isChanged = true;
            out.remove("properties"); // an empty one is refused
        }
    }
    return out;
}

// A required name that is no property is refused.
void Cleaner::tidyRequired(Value &out)
{
    const Value *required = out.find("required");
    if (!required || m_profile == SchemaProfile::Grammar)
        return;
    const Value *properties = out.find("properties");
    QList<Value> known;
    for (const Value &name : required->items()) {
        if (properties && properties->find(name.text()))
            known.append(name);
    }
    if (known.size() == required->items().size() && required->isArray() && !known.isEmpty())
        return;
    m_isChanged = true;
    if (known.isEmpty())
        out.remove("required");
    else
        out.set("required", Value::array(known));
}

// What may be left out becomes what may be null.
Value Cleaner::orNull(const Value &property)
{
    const Value null = Value::object({{"type", word("null")}});
    Value out = property;
    const Value *type = property.find("type");
    if (const Value *any = property.find("anyOf")) {
        if (any->items().contains(null))
            return out;
        Value both = *any;
        both.append(null);
        out.set("anyOf", both);
    } else if (type && type->isString()) {
        if (type->text() == "null")
            return out;
        out.set("type", Value::array({*type, word("null")}));
        if (const Value *words = property.find("enum");
            words && !words->items().contains(Value())) {
            Value both = *words;
            both.append(Value());
            out.set("enum", both);
        }
    } else if (type && type->isArray()) {
        const Value null = word("null");
        if (type->items().contains(null))
            return out;
        Value both = *type;
        both.append(null);
        out.set("type", both);
    } else if (property.members().isEmpty()) {
        m_isStrict = false; // anything at all has no strict form
        return out;
    } else {
        out = Value::object({{"anyOf", Value::array({property, null})}});
    }
    m_isChanged = true;
    return out;
}

void Cleaner::closeObject(Value &out)
{
    const Value *type = out.find("type");
    const bool isObject = out.find("properties")
        || (type && (type->text() == "object" || type->items().contains(word("object"))));
    if (!isObject)
        return;
    if (!out.find("additionalProperties")) {
        m_isChanged = true;
        out.set("additionalProperties", Value::boolean(false));
    }
    if (m_profile != SchemaProfile::OpenAiStrict)
        return;
    const Value *properties = out.find("properties");
    if (!properties) {
        m_isChanged = true;
        out.set("properties", Value::object());
        out.set("required", Value::array());
        return;
    }
    const Value *required = out.find("required");
    QList<Member> all;
    QList<Value> names;
    for (const Member &property : properties->members()) {
        const Value name = word(property.key);
        const bool isRequired = required && required->items().contains(name);
        all.append({property.key, isRequired ? property.value : orNull(property.value)});
        names.append(name);
    }
    if (!required || required->items().size() != names.size()) {
        m_isChanged = true;
        out.set("properties", Value::object(all));
        out.set("required", Value::array(names));
    }
}

} // namespace

CleanSchema cleanSchema(QByteArrayView raw, SchemaProfile profile, QByteArrayView field,
                        Changes &changes)
{
    const bool isGemini
        = profile == SchemaProfile::GeminiParameters || profile == SchemaProfile::GeminiJsonSchema;
    const Result<Value> tree = json::read(raw);
    if (!tree || !tree->isObject()) {
        if (!raw.trimmed().isEmpty() && raw.trimmed() != "null" && raw.trimmed() != "true")
            changes.degrade(field, raw, "object", "schema-not-readable");
        return {isGemini ? QByteArray() : plainObject(), profile != SchemaProfile::OpenAiStrict};
    }
    if (profile == SchemaProfile::Plain)
        return {raw.toByteArray(), true};
    Cleaner cleaner(profile, *tree, field, changes);
    const Value out = cleaner.run();
    // A tool without arguments: an empty object is refused by older models.
    if (isGemini) {
        const Value *type = out.find("type");
        const Value *properties = out.find("properties");
        const bool isEmptyObject = (!type || type->text().toLower() == "object")
            && (!properties || properties->members().isEmpty()) && !out.find("anyOf")
            && !out.find("oneOf") && !out.find("$ref") && !out.find("enum")
            && !(out.find("additionalProperties") && out.find("additionalProperties")->isObject());
        if (isEmptyObject)
            return {{}, true};
    }
    if (profile == SchemaProfile::OpenAiStrict && !cleaner.isStrict()) {
        changes.degrade(field, "strict=true", "strict=false", "schema-not-strict");
        return {raw.toByteArray(), false};
    }
    return {cleaner.isChanged() ? json::write(out) : raw.toByteArray(), cleaner.isStrict()};
}

} // namespace sb::chat
