#include "translate/openai_responses/openai_responses.h"

#include "base/bytes.h"
#include "json/scan.h"

namespace sb::translate::openai_responses {

namespace {

QByteArrayView contentType(const EncodeOptions &)
{
    return "text/event-stream; charset=utf-8";
}

// What OpenAI's own answers repeat. [dialects §3.4]
constexpr const char *kEchoed[] = {
    "instructions", "max_output_tokens", "metadata",     "parallel_tool_calls",
    "reasoning",    "service_tier",      "store",        "temperature",
    "text",         "tool_choice",       "tools",        "top_p",
    "truncation",   "prompt_cache_key",  "top_logprobs", "user",
};

} // namespace

const Translator &translator()
{
    static const Translator table{
        .dialect = DialectId::OpenAiResponses,
        .decodeRequest = decodeRequest,
        .encodeRequest = encodeRequest,
        .decodeReply = decodeReply,
        .encodeReply = encodeReply,
        .makeDecoder = makeDecoder,
        .makeEncoder = makeEncoder,
        .streamContentType = contentType,
    };
    return table;
}

QByteArray echoOf(const QByteArray &body)
{
    json::Scan scan;
    if (!scan.run(body) || !scan.root().isObject())
        return {};
    QByteArray out("{");
    for (const json::Entry entry : scan.root().entries()) {
        if (entry.value.isNull())
            continue;
        for (const char *name : kEchoed) {
            if (!entry.key.is(name))
                continue;
            if (out.size() > 1)
                out.append(',');
            appendBytes(out, entry.key.raw());
            out.append(':');
            appendBytes(out, entry.value.raw());
        }
    }
    out.append('}');
    return out;
}

} // namespace sb::translate::openai_responses
