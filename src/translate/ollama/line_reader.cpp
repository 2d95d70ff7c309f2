#include "translate/ollama/line_reader.h"

#include "chat/finish.h"
#include "dialect/provider_error.h"
#include "dialect/scratch.h"
#include "translate/nodes.h"

#include <QDateTime>

using namespace sb::chat;

namespace sb::translate::ollama {

namespace {

// "2026-01-01T00:00:00.123456789Z"; Qt reads no more than three digits of a second.
qint64 secondsOf(QByteArrayView rfc3339)
{
    QByteArray text = rfc3339.toByteArray();
    if (const qsizetype dot = text.indexOf('.'); dot >= 0) {
        qsizetype end = dot + 1;
        while (end < text.size() && text[end] >= '0' && text[end] <= '9')
            ++end;
        text.remove(dot, end - dot);
    }
    const QDateTime time = QDateTime::fromString(QString::fromLatin1(text), Qt::ISODate);
    return time.isValid() ? qMax(time.toSecsSinceEpoch(), qint64(0)) : 0;
}

} // namespace

void LineReader::fail(QByteArrayView why)
{
    Fault fault;
    fault.outcome = AttemptOutcome::BrokenEvent;
    fault.message = why.toByteArray();
    m_emitter.fail(fault);
}

void LineReader::read(json::Node root)
{
    if (!root.isObject())
        return fail("The provider sent something that is not one of Ollama's answers.");
    // Before anything else: an error may come inside a success. [pitfall 51]
    if (dialect::errorMember(root).exists()) {
        m_emitter.fail(toFault(dialect::readErrorNode(200, root), root.raw()));
        return;
    }
    json::Node message;
    json::Node response;
    json::Node thinking;
    json::Node calls;
    json::Node logprobs;
    json::Node model;
    json::Node created;
    bool isDone = false;
    dialect::eachMember(root, [&](dialect::Key name, json::Node value) {
        if (name == "message")
            message = value;
        else if (name == "response")
            response = value;
        else if (name == "thinking")
            thinking = value;
        else if (name == "tool_calls")
            calls = value;
        else if (name == "logprobs")
            logprobs = value;
        else if (name == "model")
            model = value;
        else if (name == "created_at")
            created = value;
        else if (name == "done")
            isDone = value.isTrue();
    });
    if (!m_emitter.isStarted()) {
        m_madeFrom = created.text();
        m_emitter.start({}, model.text(), secondsOf(m_madeFrom));
    }
    if (thinking.isNonEmptyString())
        m_emitter.reasoning(viewOf(thinking));
    if (message.isObject())
        readMessage(message);
    if (response.isNonEmptyString())
        m_emitter.text(viewOf(response));
    readCalls(calls);
    if (logprobs.isArray() && !logprobs.isEmpty())
        m_emitter.logprobs(logprobs.raw());
    if (isDone)
        readDone(root);
}

// Thinking, words, calls, in this order, whatever one line has of them. [pitfall 1]
void LineReader::readMessage(json::Node message)
{
    json::Node content;
    json::Node thinking;
    json::Node calls;
    dialect::eachMember(message, [&](dialect::Key name, json::Node value) {
        if (name == "content")
            content = value;
        else if (name == "thinking")
            thinking = value;
        else if (name == "tool_calls")
            calls = value;
    });
    if (thinking.isNonEmptyString())
        m_emitter.reasoning(viewOf(thinking));
    if (content.isNonEmptyString())
        m_emitter.text(viewOf(content));
    readCalls(calls);
}

void LineReader::readCalls(json::Node calls)
{
    for (const json::Node call : calls.items())
        readCall(call);
}

// Each comes whole; several lines may bring more. [dialects §6.1]
void LineReader::readCall(json::Node node)
{
    const json::Node function = node.find("function");
    const QByteArray name = function.find("name").text();
    if (name.isEmpty())
        return; // no call anybody could make [pitfall 21]
    // Many servers give none, or the same one to all. [pitfalls 10, 16]
    QByteArray id = node.find("id").text();
    if (id.isEmpty())
        id = madeCallId(m_madeFrom, m_calls);
    ++m_calls;
    Emitter::Call call;
    call.id = id;
    call.name = name;
    if (m_options.map) {
        call.name = m_options.map->names.original(name);
        if (const Tool *tool = m_options.map->names.tool(call.name)) {
            call.name = tool->name;
            call.space = tool->space;
            call.kind = tool->kind == ToolKind::Custom ? ToolKind::Custom : ToolKind::Function;
        }
    }
    const int part = m_emitter.openCall(call);
    const json::Node arguments = function.find("arguments");
    if (call.kind == ToolKind::Custom) {
        // Free text was offered as a function with one string. [translation §7.1]
        if (const json::Node input = arguments.find("input"); input.isString())
            m_emitter.arguments(part, viewOf(input));
        else if (arguments.exists() && !arguments.isNull())
            m_emitter.arguments(part, TextView::plain(arguments.raw()));
    } else if (arguments.isString()) {
        m_emitter.arguments(part, viewOf(arguments)); // [pitfall 13]
    } else if (arguments.exists() && !arguments.isNull()) {
        m_emitter.arguments(part, TextView::plain(arguments.raw()));
    }
    m_emitter.closeCall(part);
}

void LineReader::readDone(json::Node root)
{
    json::Node prompt;
    json::Node output;
    json::Node reason;
    json::Node unspoken; // what another Signalbox says where Ollama has no word
    dialect::eachMember(root, [&](dialect::Key name, json::Node value) {
        if (name == "prompt_eval_count")
            prompt = value;
        else if (name == "eval_count")
            output = value;
        else if (name == "done_reason")
            reason = value;
        else if (name == "finish_reason")
            unspoken = value;
    });
    qint64 promptTokens = 0;
    qint64 outputTokens = 0;
    const bool hasPrompt = prompt.readInt(promptTokens);
    const bool hasOutput = output.readInt(outputTokens);
    if (hasPrompt || hasOutput) {
        Usage usage;
        usage.source = UsageSource::Reported;
        usage.isOdd = promptTokens < 0 || outputTokens < 0;
        usage.input = qMax(promptTokens, qint64(0)); // missing: the prompt was in the cache
        usage.output = qMax(outputTokens, qint64(0));
        m_emitter.usage(usage);
    }
    const QByteArray word = unspoken.isNonEmptyString() ? unspoken.text() : reason.text();
    m_emitter.finish(finishFromWord(word), word);
    m_emitter.end();
}

} // namespace sb::translate::ollama
