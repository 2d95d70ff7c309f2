#include "chat/names.h"

#include <QCryptographicHash>

#include <unordered_set>

namespace sb::chat {

namespace {

bool isAlphanumeric(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool isWordChar(char c)
{
    return isAlphanumeric(c) || c == '_' || c == '-';
}

QByteArray digest(QByteArrayView text)
{
    QCryptographicHash hash(QCryptographicHash::Sha256);
    hash.addData(text);
    return hash.result();
}

QByteArray shortHash(QByteArrayView text)
{
    return digest(text).toHex().left(8);
}

// One underscore for every character that is not allowed, whatever its bytes.
template <typename Allowed> QByteArray underscored(QByteArrayView text, Allowed &&isAllowed)
{
    QByteArray out;
    out.reserve(text.size());
    for (const char c : text) {
        if (isAllowed(c))
            out.append(c);
        else if ((quint8(c) & 0xC0) != 0x80)
            out.append('_');
    }
    return out;
}

// The start of the text and a hash of all of it, within the limit.
QByteArray cut(QByteArrayView text, QByteArrayView whole, qsizetype limit)
{
    return text.first(qMin(text.size(), limit - 9)).toByteArray() + '_' + shortHash(whole);
}

QByteArray nineOf(QByteArrayView id)
{
    static constexpr char kDigits[]
        = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const QByteArray hash = digest(id);
    quint64 number = 0;
    for (int i = 0; i < 8; ++i)
        number = number << 8 | quint8(hash[i]);
    QByteArray out;
    for (int i = 0; i < 9; ++i, number /= 62)
        out.append(kDigits[number % 62]);
    return out;
}

qsizetype nameLimit(ToolNameRule rule)
{
    // Gemini takes 128 today and took 64: the shorter one is good everywhere.
    return rule == ToolNameRule::Anthropic128 ? 128 : 64;
}

bool isNameChar(char c, ToolNameRule rule)
{
    return isWordChar(c) || (rule == ToolNameRule::Gemini && (c == '.' || c == ':'));
}

bool isLegalName(QByteArrayView name, ToolNameRule rule)
{
    if (name.isEmpty() || name.size() > nameLimit(rule))
        return false;
    if (rule == ToolNameRule::Gemini
        && ((name[0] >= '0' && name[0] <= '9') || !(isAlphanumeric(name[0]) || name[0] == '_')))
        return false;
    return std::all_of(name.begin(), name.end(), [&](char c) { return isNameChar(c, rule); });
}

// As the client's side of a translation knows it where it has no namespaces.
QByteArray flatName(QByteArrayView space, QByteArrayView name)
{
    return space.isEmpty() ? name.toByteArray() : space.toByteArray() + "__" + name.toByteArray();
}

} // namespace

QByteArray targetCallId(QByteArrayView id, ToolIdRule rule)
{
    switch (rule) {
    case ToolIdRule::Any:
        break;
    case ToolIdRule::Max40:
    case ToolIdRule::Max64: {
        const qsizetype limit = rule == ToolIdRule::Max40 ? 40 : 64;
        if (id.size() > limit)
            return cut(underscored(id, isWordChar), id, limit);
        break;
    }
    case ToolIdRule::AnthropicSafe: {
        const QByteArray safe = underscored(id, isWordChar);
        if (safe.isEmpty() || safe != id)
            return safe + '_' + shortHash(id);
        break;
    }
    case ToolIdRule::Nine:
        if (id.size() != 9 || !std::all_of(id.begin(), id.end(), isAlphanumeric))
            return nineOf(id);
        break;
    }
    return id.toByteArray();
}

QByteArray madeCallId(QByteArrayView replyId, int ordinal)
{
    const QByteArray from = replyId.toByteArray() + '/' + QByteArray::number(ordinal);
    return "call_" + digest(from).toHex().left(24);
}

QByteArray madeItemId(QByteArrayView prefix, QByteArrayView from)
{
    return prefix.toByteArray() + digest(from).toHex().left(32);
}

QByteArray targetToolName(QByteArrayView name, ToolNameRule rule)
{
    if (isLegalName(name, rule))
        return name.toByteArray();
    QByteArray legal = underscored(name, [&](char c) { return isNameChar(c, rule); });
    if (rule == ToolNameRule::Gemini && !isLegalName(legal.left(1), rule))
        legal.prepend('_');
    return cut(legal, name, nameLimit(rule));
}

void NameTable::apply(Request &request, ToolNameRule rule)
{
    m_tools = request.tools;
    std::unordered_map<QByteArray, QByteArray, TextHash> targets; // by the client's flat name
    std::unordered_set<QByteArray, TextHash> taken;
    // A name that may stay as it is keeps its right to it.
    for (const Tool &tool : request.tools) {
        const QByteArray flat = flatName(tool.space, tool.name);
        if (tool.space.isEmpty() && isLegalName(flat, rule)) {
            targets.insert_or_assign(flat, flat);
            taken.insert(flat);
        }
    }
    const auto target = [&](const QByteArray &flat) {
        if (const auto known = targets.find(flat); known != targets.end())
            return known->second;
        QByteArray name = targetToolName(flat, rule);
        for (int more = 1; taken.contains(name); ++more) {
            const QByteArray whole = flat + '/' + QByteArray::number(more);
            name = cut(name, whole, nameLimit(rule));
        }
        taken.insert(name);
        targets.insert_or_assign(flat, name);
        if (name != flat)
            m_original.insert_or_assign(name, flat);
        return name;
    };
    for (Tool &tool : request.tools) {
        // Hosted ones go by their type.
        if (tool.kind == ToolKind::Hosted)
            continue;
        tool.name = target(flatName(tool.space, tool.name));
        tool.space.clear();
    }
    const auto chosen = [&](const QByteArray &name) {
        for (const Tool &tool : m_tools) {
            if (tool.name == name && !targets.contains(name))
                return target(flatName(tool.space, tool.name));
        }
        return target(name);
    };
    if (!request.toolChoice.isHosted) {
        for (QByteArray &name : request.toolChoice.names)
            name = chosen(name);
    }
    for (Turn &turn : request.turns) {
        for (Part &part : turn.parts) {
            if (ToolCall *call = part.as<ToolCall>()) {
                call->name = target(flatName(call->space, call->name));
                call->space.clear();
            } else if (ToolResult *result = part.as<ToolResult>();
                       result && !result->name.isEmpty()) {
                result->name = target(result->name);
            }
        }
    }
}

QByteArrayView NameTable::original(QByteArrayView name) const
{
    if (m_original.empty())
        return name;
    const auto known = m_original.find(QByteArray::fromRawData(name.data(), name.size()));
    return known == m_original.end() ? name : QByteArrayView(known->second);
}

const Tool *NameTable::tool(QByteArrayView original) const
{
    for (const Tool &tool : m_tools) {
        if (tool.space.isEmpty() ? tool.name == original
                                 : original.size() == tool.space.size() + 2 + tool.name.size()
                    && original == flatName(tool.space, tool.name))
            return &tool;
    }
    return nullptr;
}

} // namespace sb::chat
