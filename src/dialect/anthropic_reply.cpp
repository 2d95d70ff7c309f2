#include "dialect/anthropic.h"

#include "dialect/reply.h"
#include "dialect/scratch.h"

namespace sb::dialect::anthropic {

void Counters::read(json::Node usage)
{
    eachMember(usage, [&](Key key, json::Node value) {
        if (key == "input_tokens") {
            hasAny |= value.readInt(input);
        } else if (key == "output_tokens") {
            hasAny |= value.readInt(output);
        } else if (key == "cache_read_input_tokens") {
            value.readInt(cacheRead);
        } else if (key == "cache_creation_input_tokens") {
            value.readInt(cacheCreation);
        } else if (key == "cache_creation") {
            eachMember(value, [&](Key part, json::Node count) {
                if (part == "ephemeral_5m_input_tokens")
                    count.readInt(written5m);
                else if (part == "ephemeral_1h_input_tokens")
                    count.readInt(written1h);
            });
        } else if (key == "output_tokens_details") {
            value.find("thinking_tokens").readInt(thinking);
        }
    });
}

// [cost.md §4, anthropic] The prompt count leaves cache reads and writes out.
Usage Counters::usage() const
{
    Usage usage;
    if (!hasAny)
        return usage;
    const auto positive = [&](qint64 count) {
        usage.isOdd |= count < 0;
        return qMax(count, qint64(0));
    };
    usage.source = UsageSource::Reported;
    usage.input = positive(input);
    usage.cacheRead = positive(cacheRead);
    usage.output = positive(output);
    usage.reasoning = positive(thinking);
    const qint64 written = positive(cacheCreation);
    const qint64 oneHour = qMax(written1h, qint64(0));
    // Without the split all of it has the default lifetime; a split that does not add up keeps the
    // sum.
    usage.cacheWrite1h = qMin(oneHour, written);
    usage.cacheWrite = written - usage.cacheWrite1h;
    if (written1h >= 0 || written5m >= 0)
        usage.isOdd |= oneHour + qMax(written5m, qint64(0)) != written;
    usage.isOdd |= usage.reasoning > usage.output;
    return usage;
}

Finish readStopReason(json::Node reason)
{
    if (!reason.isNonEmptyString())
        return Finish::None;
    const Key text{reason.inner()};
    if (text == "max_tokens" || text == "model_context_window_exceeded")
        return Finish::Length;
    if (text == "tool_use")
        return Finish::ToolCalls;
    if (text == "refusal")
        return Finish::Filtered;
    if (text == "pause_turn" || text == "compaction")
        return Finish::Pause;
    return Finish::Stop;
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
    bool hasContent = false;
    eachMember(root, [&](Key key, json::Node value) {
        if (key == "model") {
            facts.model = value.text();
        } else if (key == "stop_reason") {
            facts.finish = readStopReason(value);
        } else if (key == "usage") {
            Counters counters;
            counters.read(value);
            facts.usage = counters.usage();
        } else if (key == "content") {
            for (const json::Node block : value.items()) {
                const json::Node type = block.find("type");
                if (type.is("text")) {
                    hasContent |= block.find("text").isNonEmptyString();
                    facts.contentChars += charCount(block.find("text"));
                } else {
                    hasContent = true;
                    facts.contentChars += charCount(block.find("thinking"));
                    const json::Node input = block.find("input");
                    facts.contentChars += charCount(input.raw());
                    if (type.is("tool_use"))
                        facts.isBadToolJson |= input.exists() && !input.isObject();
                }
            }
        }
    });
    facts.isBadToolJson = facts.isBadToolJson && facts.finish != Finish::Length;
    judgeEmptiness(facts, hasContent,
                   facts.finish == Finish::Filtered || facts.finish == Finish::Pause
                       || facts.finish == Finish::Length);
    tidyScratch();
    return facts;
}

} // namespace sb::dialect::anthropic
