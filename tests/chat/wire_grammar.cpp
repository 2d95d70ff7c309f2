#include "chat/wire_grammar.h"

#include "json/reader.h"

#include <QSet>

namespace sb::testing {

namespace {

QByteArray textOf(const json::Value &value, const char *key)
{
    const json::Value *member = value.find(key);
    return member ? member->text() : QByteArray();
}

QList<json::Value> itemsOf(const json::Value &value, const char *key)
{
    const json::Value *member = value.find(key);
    return member && member->isArray() ? member->items() : QList<json::Value>();
}

// The ids that wait for results, and those that ever were.
class Calls {
public:
    QByteArray made(const QByteArray &id)
    {
        if (id.isEmpty() || m_known.contains(id))
            return "an id is empty or used twice: " + id;
        m_known.insert(id);
        m_waiting.insert(id);
        return {};
    }
    QByteArray answered(const QByteArray &id)
    {
        return m_waiting.remove(id) ? QByteArray() : "a result without a call: " + id;
    }
    bool areAnswered() const { return m_waiting.isEmpty(); }

private:
    QSet<QByteArray> m_known;
    QSet<QByteArray> m_waiting;
};

QByteArray chatFault(const json::Value &body)
{
    Calls calls;
    for (const json::Value &message : itemsOf(body, "messages")) {
        QByteArray wrong;
        if (textOf(message, "role") == "tool")
            wrong = calls.answered(textOf(message, "tool_call_id"));
        else if (!calls.areAnswered())
            wrong = "a call without a result";
        for (const json::Value &call : itemsOf(message, "tool_calls")) {
            if (wrong.isEmpty())
                wrong = calls.made(textOf(call, "id"));
        }
        if (!wrong.isEmpty())
            return wrong;
    }
    return calls.areAnswered() ? QByteArray() : "a call without a result";
}

QByteArray responsesFault(const json::Value &body)
{
    Calls calls;
    for (const json::Value &item : itemsOf(body, "input")) {
        const QByteArray type = textOf(item, "type");
        QByteArray wrong;
        if (type == "function_call")
            wrong = calls.made(textOf(item, "call_id"));
        else if (type == "function_call_output")
            wrong = calls.answered(textOf(item, "call_id"));
        if (!wrong.isEmpty())
            return wrong;
    }
    return calls.areAnswered() ? QByteArray() : "a call without a result";
}

QByteArray anthropicFault(const json::Value &body)
{
    Calls calls;
    QByteArray wrong;
    bool isFirst = true;
    for (const json::Value &message : itemsOf(body, "messages")) {
        const QByteArray role = textOf(message, "role");
        if (isFirst && role != "user")
            return "the first is no user";
        isFirst = false;
        bool hasOther = false;
        const QList<json::Value> blocks = itemsOf(message, "content");
        if (blocks.isEmpty())
            return "an empty message";
        if (role == "assistant" && !calls.areAnswered())
            return "a call without a result";
        for (const json::Value &block : blocks) {
            const QByteArray type = textOf(block, "type");
            if (type == "tool_result") {
                if (hasOther)
                    return "a result behind something else";
                wrong = calls.answered(textOf(block, "tool_use_id"));
            } else {
                hasOther = true;
                if (role == "user" && !calls.areAnswered())
                    return "a call without a result";
            }
            if (type == "tool_use")
                wrong = calls.made(textOf(block, "id"));
            if (type == "text" && textOf(block, "text").trimmed().isEmpty())
                wrong = "an empty text";
            if (!wrong.isEmpty())
                return wrong;
        }
    }
    return calls.areAnswered() ? QByteArray() : "a call without a result";
}

QByteArray geminiFault(const json::Value &body)
{
    QByteArray before;
    QList<QByteArray> waiting;
    for (const json::Value &content : itemsOf(body, "contents")) {
        const QByteArray role = textOf(content, "role");
        if (role != "user" && role != "model")
            return "an unknown role";
        if (role == before || (before.isEmpty() && role != "user"))
            return "a role out of turn";
        before = role;
        QList<QByteArray> results;
        QList<QByteArray> calls;
        const QList<json::Value> parts = itemsOf(content, "parts");
        if (parts.isEmpty())
            return "an empty content";
        for (const json::Value &part : parts) {
            if (const json::Value *call = part.find("functionCall"))
                calls.append(textOf(*call, "name"));
            if (const json::Value *result = part.find("functionResponse"))
                results.append(textOf(*result, "name"));
        }
        if (results != waiting)
            return "results that do not fit their calls";
        waiting = calls;
    }
    return waiting.isEmpty() ? QByteArray() : "a call without a result";
}

QByteArray ollamaFault(const json::Value &body)
{
    qsizetype waiting = 0;
    for (const json::Value &message : itemsOf(body, "messages")) {
        if (textOf(message, "role") == "tool") {
            if (--waiting < 0)
                return "a result without a call";
            continue;
        }
        if (waiting > 0)
            return "a call without a result";
        for (const json::Value &call : itemsOf(message, "tool_calls")) {
            const json::Value *function = call.find("function");
            if (!function || !function->find("arguments")
                || !function->find("arguments")->isObject())
                return "arguments that are no object";
            ++waiting;
        }
    }
    return waiting == 0 ? QByteArray() : "a call without a result";
}

} // namespace

QByteArray wireFault(DialectId dialect, const QByteArray &body)
{
    const auto value = json::read(body);
    if (!value)
        return "no JSON";
    switch (dialect) {
    case DialectId::OpenAiChat:
        return chatFault(*value);
    case DialectId::OpenAiResponses:
        return responsesFault(*value);
    case DialectId::Anthropic:
        return anthropicFault(*value);
    case DialectId::Gemini:
        return geminiFault(*value);
    case DialectId::Ollama:
        return ollamaFault(*value);
    }
    return "an unknown dialect";
}

} // namespace sb::testing
