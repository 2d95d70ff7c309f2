#include "translate/gemini/partial_call.h"

#include "base/bytes.h"
#include "json/text.h"

namespace sb::translate::gemini {

void PartialCall::start(json::Node args)
{
    for (const json::Entry entry : args.entries()) {
        if (!m_root)
            m_root = std::make_unique<Node>();
        Node *place = child(*m_root, entry.key.text());
        if (!place)
            return;
        place->kind = Node::Kind::Scalar;
        place->text = entry.value.raw().toByteArray();
    }
}

PartialCall::Node *PartialCall::child(Node &parent, QByteArrayView key)
{
    if (parent.kind != Node::Kind::Object) {
        parent.members.clear();
        parent.kind = Node::Kind::Object;
    }
    // The newest is nearly always the one.
    for (auto it = parent.members.rbegin(); it != parent.members.rend(); ++it) {
        if (it->key == key)
            return it->value.get();
    }
    if (++m_nodes > kNodes)
        return nullptr;
    parent.members.push_back({key.toByteArray(), std::make_unique<Node>()});
    return parent.members.back().value.get();
}

PartialCall::Node *PartialCall::item(Node &parent, qsizetype index)
{
    if (parent.kind != Node::Kind::Array) {
        parent.members.clear();
        parent.kind = Node::Kind::Array;
    }
    if (index >= kItems)
        return nullptr;
    while (qsizetype(parent.members.size()) <= index) {
        if (++m_nodes > kNodes)
            return nullptr;
        parent.members.push_back({{}, std::make_unique<Node>()});
    }
    return parent.members[size_t(index)].value.get();
}

// "$.recipe.steps[2]", "$['odd name'].x"
PartialCall::Node *PartialCall::find(QByteArrayView path)
{
    if (!path.startsWith('$'))
        return nullptr;
    if (!m_root)
        m_root = std::make_unique<Node>();
    Node *node = m_root.get();
    qsizetype at = 1;
    for (qsizetype depth = 0; node && at < path.size(); ++depth) {
        if (depth > kDepth)
            return nullptr;
        if (path[at] == '.') {
            const qsizetype from = ++at;
            while (at < path.size() && path[at] != '.' && path[at] != '[')
                ++at;
            node = child(*node, path.sliced(from, at - from));
        } else if (path[at] == '[' && at + 1 < path.size()) {
            const char quote = path[at + 1];
            if (quote == '\'' || quote == '"') {
                const qsizetype from = at + 2;
                const qsizetype end = path.indexOf(quote, from);
                if (end < 0 || end + 1 >= path.size() || path[end + 1] != ']')
                    return nullptr;
                node = child(*node, path.sliced(from, end - from));
                at = end + 2;
            } else {
                const qsizetype end = path.indexOf(']', at);
                qint64 index = -1;
                if (end < 0 || !json::parseInt(path.sliced(at + 1, end - at - 1), index)
                    || index < 0)
                    return nullptr;
                node = item(*node, index);
                at = end + 1;
            }
        } else {
            return nullptr;
        }
    }
    return at > 1 ? node : nullptr;
}

void PartialCall::take(json::Node piece)
{
    Node *place = find(piece.find("jsonPath").text());
    if (!place)
        return;
    if (const json::Node text = piece.find("stringValue"); text.isString()) {
        if (place->kind != Node::Kind::String) {
            place->members.clear();
            place->text.clear();
            place->kind = Node::Kind::String;
        }
        appendBytes(place->text, text.inner());
        return;
    }
    json::Node value = piece.find("numberValue");
    if (!value.exists())
        value = piece.find("boolValue");
    const bool isNull = !value.exists() && piece.find("nullValue").exists();
    if (!value.exists() && !isNull)
        return;
    place->members.clear();
    place->kind = Node::Kind::Scalar;
    place->text = isNull ? QByteArrayLiteral("null") : value.raw().toByteArray();
}

void PartialCall::Node::write(QByteArray &out) const
{
    switch (kind) {
    case Kind::Empty:
        appendBytes(out, "null");
        return;
    case Kind::Scalar:
        appendBytes(out, text);
        return;
    case Kind::String:
        appendBytes(out, "\"");
        appendBytes(out, text);
        appendBytes(out, "\"");
        return;
    case Kind::Object:
    case Kind::Array:
        break;
    }
    const bool isObject = kind == Kind::Object;
    appendBytes(out, isObject ? "{" : "[");
    bool isFirst = true;
    for (const Member &member : members) {
        if (!isFirst)
            appendBytes(out, ",");
        isFirst = false;
        if (isObject) {
            json::appendQuoted(out, member.key);
            appendBytes(out, ":");
        }
        member.value->write(out);
    }
    appendBytes(out, isObject ? "}" : "]");
}

QByteArray PartialCall::json() const
{
    if (isEmpty())
        return QByteArrayLiteral("{}");
    QByteArray out;
    m_root->write(out);
    return out;
}

} // namespace sb::translate::gemini
