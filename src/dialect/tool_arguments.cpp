#include "dialect/tool_arguments.h"

#include "json/text.h"

namespace sb::dialect {

static bool isJsonOrNothing(const QByteArray &text)
{
    if (text.trimmed().isEmpty())
        return true;
    json::Scan scan;
    return scan.run(text);
}

ToolArguments::Call &ToolArguments::call(quint64 key)
{
    for (Call &call : m_calls) {
        if (call.key == key)
            return call;
    }
    return m_calls.emplace_back(Call{key, {}, {}});
}

void ToolArguments::begin(quint64 key, QByteArrayView id)
{
    if (m_isOver)
        return;
    Call &current = call(key);
    if (id.isEmpty() || current.id == id)
        return;
    // A new id under a known key is a new call if the one before is complete.
    if (!current.id.isEmpty() && !current.text.isEmpty() && isJsonOrNothing(current.text)) {
        m_size -= current.text.size();
        current.text.clear();
    }
    current.id = id.toByteArray();
}

void ToolArguments::append(quint64 key, json::Node text)
{
    if (m_isOver)
        return;
    QByteArray plain;
    if (text.isString())
        plain = text.text();
    else if (text.isObject())
        plain = text.raw().toByteArray();
    m_size += plain.size();
    if (m_size > kLimit || m_calls.size() > 1000) {
        m_isOver = true;
        m_calls.clear();
        return;
    }
    call(key).text += plain;
}

void ToolArguments::clear()
{
    m_calls.clear();
    m_size = 0;
}

bool ToolArguments::close()
{
    for (const Call &call : m_calls)
        m_isSound = m_isSound && isJsonOrNothing(call.text);
    clear();
    return m_isSound;
}

bool areArgumentsSound(json::Node arguments)
{
    if (arguments.isString())
        return isJsonOrNothing(arguments.text());
    return true;
}

} // namespace sb::dialect
