#include "dialect/openai_responses.h"

#include "dialect/reply.h"
#include "dialect/scratch.h"
#include "dialect/tool_arguments.h"

namespace sb::dialect::openai_responses {

// [cost.md §4] Input includes what was read from and written to the cache, output the reasoning.
Usage readUsage(json::Node node)
{
    Usage usage;
    if (!node.isObject())
        return usage;
    qint64 input = 0;
    qint64 output = 0;
    qint64 total = -1;
    qint64 cached = 0;
    qint64 written = 0;
    qint64 audioIn = 0;
    qint64 audioOut = 0;
    qint64 reasoning = 0;
    bool hasAny = false;
    eachMember(node, [&](Key key, json::Node value) {
        if (key == "input_tokens" || key == "prompt_tokens") {
            hasAny |= value.readInt(input);
        } else if (key == "output_tokens" || key == "completion_tokens") {
            hasAny |= value.readInt(output);
        } else if (key == "total_tokens") {
            value.readInt(total);
        } else if (key == "input_tokens_details" || key == "prompt_tokens_details") {
            eachMember(value, [&](Key detail, json::Node count) {
                if (detail == "cached_tokens")
                    count.readInt(cached);
                else if (detail == "cache_write_tokens" || detail == "cache_creation_tokens")
                    count.readInt(written);
                else if (detail == "audio_tokens")
                    count.readInt(audioIn);
            });
        } else if (key == "output_tokens_details" || key == "completion_tokens_details") {
            eachMember(value, [&](Key detail, json::Node count) {
                if (detail == "reasoning_tokens")
                    count.readInt(reasoning);
                else if (detail == "audio_tokens")
                    count.readInt(audioOut);
            });
        } else if (key == "cache_read_input_tokens") {
            value.readInt(cached);
        } else if (key == "cache_creation_input_tokens") {
            value.readInt(written);
        }
    });
    if (!hasAny)
        return usage;
    usage.source = UsageSource::Reported;
    usage.isOdd = input < 0 || output < 0 || cached < 0 || written < 0 || reasoning < 0
        || audioIn < 0 || audioOut < 0 || (total >= 0 && total != input + output);
    input = qMax(input, qint64(0));
    output = qMax(output, qint64(0));
    usage.cacheRead = qMin(qMax(cached, qint64(0)), input);
    usage.cacheWrite = qMin(qMax(written, qint64(0)), input - usage.cacheRead);
    usage.inputAudio = qMin(qMax(audioIn, qint64(0)), input - usage.cacheRead - usage.cacheWrite);
    usage.input = input - usage.cacheRead - usage.cacheWrite - usage.inputAudio;
    usage.outputAudio = qMin(qMax(audioOut, qint64(0)), output);
    usage.output = output - usage.outputAudio;
    usage.reasoning = qMax(reasoning, qint64(0));
    usage.isOdd |= cached > input || written > input || usage.reasoning > output;
    return usage;
}

void OutputFacts::readItem(json::Node item)
{
    const json::Node typeNode = item.find("type");
    const Key type{typeNode.inner()};
    if (type == "message") {
        for (const json::Node part : item.find("content").items()) {
            const bool isRefusal = part.find("type").is("refusal");
            const json::Node text = part.find(isRefusal ? "refusal" : "text");
            hasRefusal |= isRefusal;
            hasContent |= text.isNonEmptyString();
            characters += charCount(text);
        }
    } else if (type == "reasoning") {
        for (const char *member : {"summary", "content"}) {
            for (const json::Node part : item.find(member).items()) {
                hasContent |= part.find("text").isNonEmptyString();
                characters += charCount(part.find("text"));
            }
        }
        hasContent |= item.find("encrypted_content").isNonEmptyString();
    } else if (type == "function_call") {
        hasContent = hasCalls = true;
        const json::Node arguments = item.find("arguments");
        isBadToolJson |= !areArgumentsSound(arguments);
        characters += charCount(arguments);
    } else if (type == "custom_tool_call") {
        hasContent = hasCalls = true;
        characters += charCount(item.find("input"));
    } else if (typeNode.isString()) {
        hasContent = true;
    }
}

Finish readFinish(json::Node response, bool hasCalls)
{
    const json::Node status = response.find("status");
    if (status.is("completed"))
        return hasCalls ? Finish::ToolCalls : Finish::Stop;
    if (status.is("incomplete")) {
        const json::Node reason = response.find("incomplete_details").find("reason");
        return reason.is("content_filter") ? Finish::Filtered
            : reason.is("steered")         ? Finish::Stop
                                           : Finish::Length;
    }
    if (status.is("failed") || status.is("cancelled"))
        return Finish::Error;
    // Queued and in progress: of a background request, to be asked for again.
    return Finish::None;
}

ReplyFacts readReply(Endpoint endpoint, QByteArrayView body)
{
    ReplyFacts facts;
    if (!openReply(body, facts) || endpoint != Endpoint::Generate) {
        tidyScratch();
        return facts;
    }
    const json::Node root = scratch().root();
    if (!root.isObject()) {
        facts.outcome = AttemptOutcome::BadReply;
        return facts;
    }
    OutputFacts output;
    eachMember(root, [&](Key key, json::Node value) {
        if (key == "model") {
            facts.model = value.text();
        } else if (key == "id") {
            facts.answerId = value.text();
        } else if (key == "output") {
            for (const json::Node item : value.items())
                output.readItem(item);
        } else if (key == "usage") {
            facts.usage = readUsage(value);
        }
    });
    facts.finish = readFinish(root, output.hasCalls);
    facts.contentChars = output.characters;
    facts.isBadToolJson = output.isBadToolJson && facts.finish != Finish::Length;
    if (facts.finish == Finish::Error) {
        ProviderError error;
        error.status = 500;
        error.message = "The provider ended the answer without saying why.";
        facts.error = error;
        facts.outcome = error.outcome;
    } else {
        const json::Node status = root.find("status");
        judgeEmptiness(facts, output.hasContent,
                       facts.finish == Finish::Filtered || facts.finish == Finish::Length
                           || status.is("queued") || status.is("in_progress"));
    }
    tidyScratch();
    return facts;
}

} // namespace sb::dialect::openai_responses
