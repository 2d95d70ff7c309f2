#include "dialect/gemini.h"
#include "dialect/reply.h"
#include "dialect/scratch.h"

namespace sb::dialect::gemini {

namespace {

// Sum of the entries of one modality; the class is absent where there are none.
void readAudio(json::Node details, qint64 &out)
{
    out = 0;
    for (const json::Node detail : details.items()) {
        if (detail.find("modality").is("AUDIO"))
            out += detail.find("tokenCount").toInt();
    }
}

} // namespace

void Counters::read(json::Node usage)
{
    eachMember(usage, [&](Key key, json::Node value) {
        if (key == "promptTokenCount")
            hasAny |= value.readInt(prompt);
        else if (key == "candidatesTokenCount")
            hasAny |= value.readInt(candidates);
        else if (key == "thoughtsTokenCount")
            hasAny |= value.readInt(thoughts);
        else if (key == "totalTokenCount")
            hasAny |= value.readInt(total);
        else if (key == "cachedContentTokenCount")
            value.readInt(cached);
        else if (key == "toolUsePromptTokenCount")
            value.readInt(toolPrompt);
        else if (key == "promptTokensDetails")
            readAudio(value, audioIn);
        else if (key == "cacheTokensDetails")
            readAudio(value, audioCached);
        else if (key == "candidatesTokensDetails")
            readAudio(value, audioOut);
    });
}

Usage Counters::usage() const
{
    Usage usage;
    if (!hasAny)
        return usage;
    usage.source = UsageSource::Reported;
    const auto atLeastNone = [](qint64 count) { return qMax(count, qint64(0)); };
    const qint64 in = atLeastNone(prompt) + atLeastNone(toolPrompt);
    const qint64 out = atLeastNone(candidates) + atLeastNone(thoughts);
    usage.cacheRead = atLeastNone(cached);
    usage.inputAudio = atLeastNone(audioIn - qMax(audioCached, qint64(0)));
    usage.outputAudio = qMin(atLeastNone(audioOut), atLeastNone(candidates));
    usage.input = in - usage.cacheRead - usage.inputAudio;
    usage.output = out - usage.outputAudio;
    usage.reasoning = atLeastNone(thoughts);
    usage.isOdd = prompt < 0 || toolPrompt < 0 || cached < 0 || candidates < 0 || thoughts < 0
        || usage.input < 0 || (total >= 0 && total != in + out);
    if (usage.input < 0) {
        usage.input = in;
        usage.cacheRead = usage.inputAudio = 0;
    }
    return usage;
}

// [dialects §5.5, translation §12]
Finish readFinishReason(json::Node reason)
{
    if (!reason.isNonEmptyString())
        return Finish::None;
    const Key text{reason.inner()};
    if (text == "STOP")
        return Finish::Stop;
    if (text == "FINISH_REASON_UNSPECIFIED")
        return Finish::None;
    if (text == "MAX_TOKENS")
        return Finish::Length;
    if (text == "SAFETY" || text == "RECITATION" || text == "LANGUAGE" || text == "BLOCKLIST"
        || text == "PROHIBITED_CONTENT" || text == "SPII" || text == "MODEL_ARMOR"
        || text.text.startsWith("IMAGE_"))
        return Finish::Filtered;
    return Finish::Stop;
}

bool isBlocked(json::Node promptFeedback)
{
    const json::Node reason = promptFeedback.find("blockReason");
    return reason.isNonEmptyString() && !reason.is("BLOCK_REASON_UNSPECIFIED");
}

void PartFacts::read(json::Node content)
{
    for (const json::Node part : content.find("parts").items()) {
        eachMember(part, [&](Key key, json::Node value) {
            if (key == "text") {
                hasContent |= value.isNonEmptyString();
                characters += charCount(value);
            } else if (key == "functionCall") {
                hasContent = hasCalls = true;
                characters += charCount(value.raw());
            } else if (key != QByteArrayView("thought") && key != QByteArrayView("thoughtSignature")
                       && value.isObject()) {
                hasContent = true;
            }
        });
    }
}

void AnswerFacts::read(json::Node root, Counters &counters, QByteArray &model)
{
    eachMember(root, [&](Key key, json::Node value) {
        if (key == "candidates") {
            for (const json::Node candidate : value.items()) {
                parts.read(candidate.find("content"));
                if (finish == Finish::None)
                    finish = readFinishReason(candidate.find("finishReason"));
            }
        } else if (key == "promptFeedback") {
            if (isBlocked(value))
                finish = Finish::Filtered;
        } else if (key == "usageMetadata") {
            counters.read(value);
        } else if (key == "modelVersion" && model.isEmpty()) {
            model = value.text();
        }
    });
}

Finish AnswerFacts::settled() const
{
    return finish == Finish::Stop && parts.hasCalls ? Finish::ToolCalls : finish;
}

ReplyFacts readReply(Endpoint endpoint, QByteArrayView body)
{
    ReplyFacts facts;
    if (!openReply(body, facts) || endpoint != Endpoint::Generate) {
        if (facts.outcome == AttemptOutcome::Served && endpoint == Endpoint::Embeddings) {
            Counters counters;
            counters.read(scratch().root().find("usageMetadata"));
            facts.usage = counters.usage();
        }
        tidyScratch();
        return facts;
    }
    const json::Node root = scratch().root();
    if (!root.isObject()) {
        facts.outcome = AttemptOutcome::BadReply;
        tidyScratch();
        return facts;
    }
    AnswerFacts answer;
    Counters counters;
    answer.read(root, counters, facts.model);
    facts.usage = counters.usage();
    facts.finish = answer.settled();
    facts.contentChars = answer.parts.characters;
    // A budget that thinking used up and a refusal are answers. [pitfall 90]
    judgeEmptiness(facts, answer.parts.hasContent,
                   facts.finish == Finish::Filtered || facts.finish == Finish::Length);
    tidyScratch();
    return facts;
}

} // namespace sb::dialect::gemini
