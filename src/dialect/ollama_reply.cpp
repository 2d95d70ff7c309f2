#include "dialect/ollama.h"

#include "dialect/reply.h"
#include "dialect/scratch.h"
#include "dialect/tool_arguments.h"

namespace sb::dialect::ollama {

namespace {

Finish readReason(json::Node reason)
{
    if (reason.is("length"))
        return Finish::Length;
    return Finish::Stop; // also "load" and "unload", and servers that give none
}

void readText(json::Node text, Said &said)
{
    if (!text.isNonEmptyString())
        return;
    said.hasContent = true;
    said.contentChars += charCount(text);
}

void readCalls(json::Node calls, Said &said)
{
    for (const json::Node call : calls.items()) {
        said.hasContent = true;
        const json::Node arguments = call.find("function").find("arguments");
        said.contentChars += charCount(arguments.raw());
        said.isBadToolJson |= !areArgumentsSound(arguments);
    }
}

void readMessage(json::Node message, Said &said)
{
    eachMember(message, [&](Key name, json::Node value) {
        if (name == "content" || name == "thinking")
            readText(value, said);
        else if (name == "tool_calls")
            readCalls(value, said);
    });
}

} // namespace

Said readObject(json::Node root)
{
    Said said;
    qint64 prompt = 0;
    qint64 output = 0;
    bool hasUsage = false;
    json::Node reason;
    eachMember(root, [&](Key name, json::Node value) {
        if (name == "message")
            readMessage(value, said);
        else if (name == "response" || name == "thinking")
            readText(value, said);
        else if (name == "tool_calls")
            readCalls(value, said);
        else if (name == "model")
            said.model = value;
        else if (name == "done")
            said.isDone = value.isTrue();
        else if (name == "done_reason")
            reason = value;
        else if (name == "prompt_eval_count")
            hasUsage |= value.readInt(prompt);
        else if (name == "eval_count")
            hasUsage |= value.readInt(output);
    });
    if (said.isDone)
        said.finish = readReason(reason);
    if (hasUsage) {
        said.usage.source = UsageSource::Reported;
        said.usage.isOdd = prompt < 0 || output < 0;
        said.usage.input = qMax(prompt, qint64(0));
        said.usage.output = qMax(output, qint64(0));
    }
    return said;
}

ReplyFacts readReply(Endpoint endpoint, QByteArrayView body)
{
    ReplyFacts facts;
    if (!openReply(body, facts)) {
        tidyScratch();
        return facts;
    }
    const json::Node root = scratch().root();
    if (!root.isObject()) {
        facts.outcome = AttemptOutcome::BadReply;
        return facts;
    }
    const Said said = readObject(root);
    facts.model = said.model.text();
    facts.usage = said.usage;
    if (endpoint != Endpoint::Generate && endpoint != Endpoint::Completions) {
        tidyScratch();
        return facts;
    }
    // Asked for whole and not done: what came is a part of an answer.
    if (!said.isDone)
        facts.outcome = AttemptOutcome::BadReply;
    facts.finish = said.finish;
    facts.contentChars = said.contentChars;
    facts.isBadToolJson = said.isBadToolJson && said.finish != Finish::Length;
    // Without messages a model is only loaded or put away. [dialects §6.1]
    const json::Node reason = root.find("done_reason");
    if (facts.outcome == AttemptOutcome::Served)
        judgeEmptiness(facts, said.hasContent,
                       said.finish == Finish::Length || reason.is("load") || reason.is("unload"));
    tidyScratch();
    return facts;
}

} // namespace sb::dialect::ollama
