#include "dialect/openai_chat.h"

#include "dialect/reply.h"
#include "dialect/scratch.h"
#include "dialect/tool_arguments.h"

namespace sb::dialect::openai_chat {

// [cost.md §4: openai, xai, deepseek, groq, mistral, moonshot, alibaba, perplexity, openrouter]
Usage readUsage(json::Node node)
{
    Usage usage;
    if (!node.isObject())
        return usage;
    qint64 prompt = 0;
    qint64 completion = 0;
    qint64 total = -1;
    qint64 cached = -1;
    qint64 topCached = -1;
    qint64 cacheHit = -1;
    qint64 written = 0;
    qint64 audioIn = 0;
    qint64 audioOut = 0;
    qint64 reasoning = 0;
    bool hasAny = false;
    eachMember(node, [&](Key key, json::Node value) {
        if (key == "prompt_tokens") {
            hasAny |= value.readInt(prompt);
        } else if (key == "completion_tokens") {
            hasAny |= value.readInt(completion);
        } else if (key == "total_tokens") {
            value.readInt(total);
        } else if (key == "prompt_tokens_details" || key == "prompt_token_details") {
            eachMember(value, [&](Key detail, json::Node count) {
                if (detail == "cached_tokens")
                    count.readInt(cached);
                else if (detail == "cache_write_tokens" || detail == "cache_creation_input_tokens")
                    count.readInt(written);
                else if (detail == "audio_tokens")
                    count.readInt(audioIn);
            });
        } else if (key == "completion_tokens_details") {
            eachMember(value, [&](Key detail, json::Node count) {
                if (detail == "reasoning_tokens")
                    count.readInt(reasoning);
                else if (detail == "audio_tokens")
                    count.readInt(audioOut);
            });
        } else if (key == "cached_tokens" || key == "num_cached_tokens") {
            value.readInt(topCached);
        } else if (key == "prompt_cache_hit_tokens") {
            value.readInt(cacheHit);
        } else if (key == "cache_creation_input_tokens") {
            value.readInt(written);
        } else if (key == "reasoning_tokens") {
            value.readInt(reasoning);
        }
    });
    if (!hasAny)
        return usage;
    usage.source = UsageSource::Reported;
    const bool isNegative = prompt < 0 || completion < 0 || written < 0 || audioIn < 0
        || audioOut < 0 || reasoning < 0;
    prompt = qMax(prompt, qint64(0));
    completion = qMax(completion, qint64(0));
    reasoning = qMax(reasoning, qint64(0));
    // Moonshot's top-level figure wins over the nested one; DeepSeek has its own name for it.
    usage.cacheRead = qMax(topCached >= 0 ? topCached : cached >= 0 ? cached : cacheHit, qint64(0));
    usage.cacheWrite = qMax(written, qint64(0));
    usage.inputAudio = qMax(audioIn, qint64(0));
    usage.outputAudio = qMin(qMax(audioOut, qint64(0)), completion);
    usage.input = prompt - usage.cacheRead - usage.cacheWrite - usage.inputAudio;
    // xAI and Perplexity count reasoning beside the completion: the total tells.
    const bool isSeparate = reasoning > 0 && total == prompt + completion + reasoning;
    usage.output = completion - usage.outputAudio + (isSeparate ? reasoning : 0);
    usage.reasoning = reasoning;
    const bool addsUp = total < 0 || total == prompt + completion || isSeparate;
    usage.isOdd = isNegative || usage.input < 0 || !addsUp || reasoning > usage.output;
    if (usage.input < 0) {
        // The total stays: writes that overlap the reads are dropped first (recorded at
        // OpenRouter), and when that is not enough all of the prompt is fresh.
        usage.cacheWrite = 0;
        usage.input = prompt - usage.cacheRead - usage.inputAudio;
        if (usage.input < 0) {
            usage.input = prompt;
            usage.cacheRead = usage.inputAudio = 0;
        }
    }
    return usage;
}

Finish readFinish(json::Node reason)
{
    if (!reason.isString())
        return Finish::None;
    const Key text{reason.inner()};
    if (text.text.isEmpty())
        return Finish::None;
    if (text == "length" || text == "max_tokens" || text == "model_length")
        return Finish::Length;
    if (text == "tool_calls" || text == "function_call" || text == "tool_use")
        return Finish::ToolCalls;
    if (text == "content_filter" || text == "sensitive" || text == "safety" || text == "refusal")
        return Finish::Filtered;
    if (text == "error" || text == "insufficient_system_resource" || text == "network_error")
        return Finish::Error;
    return Finish::Stop;
}

namespace {

struct MessageFacts {
    bool hasContent = false;
    qint64 characters = 0;
    bool isBadToolJson = false;
};

void readMessage(json::Node message, MessageFacts &facts)
{
    eachMember(message, [&](Key key, json::Node value) {
        if (key == "content" || key == "reasoning_content" || key == "reasoning"
            || key == "refusal") {
            if (value.isNonEmptyString()) {
                facts.hasContent = true;
                facts.characters += charCount(value);
            } else if (value.isArray() && !value.isEmpty()) {
                facts.hasContent = true;
                for (const json::Node part : value.items())
                    facts.characters += charCount(part.find("text"));
            }
        } else if (key == "tool_calls") {
            for (const json::Node call : value.items()) {
                facts.hasContent = true;
                const json::Node arguments = call.find("function").find("arguments");
                facts.characters += charCount(arguments);
                facts.isBadToolJson |= !areArgumentsSound(arguments);
            }
        } else if (key == "function_call" && value.isObject()) {
            facts.hasContent = true;
            const json::Node arguments = value.find("arguments");
            facts.characters += charCount(arguments);
            facts.isBadToolJson |= !areArgumentsSound(arguments);
        } else if (key == "audio" || key == "images" || key == "reasoning_details"
                   || key == "thinking_blocks") {
            facts.hasContent |= !value.isEmpty();
        }
    });
}

// Embeddings and their like: what it cost, and of which model. [cost §4]
void readSideReply(json::Node root, ReplyFacts &facts)
{
    facts.model = root.find("model").text();
    const json::Node usage = root.find("usage");
    facts.usage = readUsage(usage);
    if (facts.usage.prompt() > 0 || facts.usage.completion() > 0)
        return;
    qint64 total = 0; // some say no more than this
    if (usage.find("total_tokens").readInt(total) && total > 0) {
        facts.usage = {};
        facts.usage.input = total;
        facts.usage.source = UsageSource::Reported;
    }
}

} // namespace

ReplyFacts readReply(Endpoint endpoint, QByteArrayView body)
{
    ReplyFacts facts;
    const bool isGenerating = endpoint == Endpoint::Generate || endpoint == Endpoint::Completions;
    if (!openReply(body, facts) || !isGenerating) {
        if (facts.outcome == AttemptOutcome::Served)
            readSideReply(scratch().root(), facts);
        tidyScratch();
        return facts;
    }
    const json::Node root = scratch().root();
    if (!root.isObject()) {
        facts.outcome = AttemptOutcome::BadReply;
        return facts;
    }
    MessageFacts said;
    eachMember(root, [&](Key key, json::Node value) {
        if (key == "model") {
            facts.model = value.text();
        } else if (key == "usage") {
            facts.usage = readUsage(value);
        } else if (key == "choices") {
            for (const json::Node choice : value.items()) {
                readMessage(choice.find("message"), said);
                if (const json::Node text = choice.find("text"); text.isNonEmptyString()) {
                    said.hasContent = true; // a legacy completion
                    said.characters += charCount(text);
                }
                const Finish finish = readFinish(choice.find("finish_reason"));
                if (facts.finish == Finish::None)
                    facts.finish = finish;
            }
        }
    });
    if (facts.usage.source == UsageSource::None)
        facts.usage = readUsage(root.find("x_groq").find("usage"));
    facts.contentChars = said.characters;
    facts.isBadToolJson = said.isBadToolJson && facts.finish != Finish::Length;
    judgeEmptiness(facts, said.hasContent, facts.finish == Finish::Filtered);
    tidyScratch();
    return facts;
}

} // namespace sb::dialect::openai_chat
