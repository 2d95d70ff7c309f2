#include "translate/openai_responses/response_object.h"

#include "base/bytes.h"
#include "json/scan.h"
#include "json/text.h"

namespace sb::translate::openai_responses {

namespace {

struct Echoed {
    const char *name;
    const char *fallback; // nullptr: only where the request has it
};

constexpr Echoed kEchoed[] = {
    {"background", "false"},
    {"instructions", "null"},
    {"max_output_tokens", "null"},
    {"parallel_tool_calls", "true"},
    {"previous_response_id", "null"},
    {"prompt_cache_key", nullptr},
    {"reasoning", R"({"effort":null,"summary":null})"},
    {"service_tier", nullptr},
    {"store", "false"},
    {"temperature", "null"},
    {"text", R"({"format":{"type":"text"}})"},
    {"tool_choice", R"("auto")"},
    {"tools", "[]"},
    {"top_logprobs", nullptr},
    {"top_p", "null"},
    {"truncation", R"("disabled")"},
    {"user", "null"},
    {"metadata", "{}"},
};

} // namespace

void ResponseObject::begin(QByteArray id, QByteArray model, qint64 createdSeconds,
                           const QByteArray &echoRaw)
{
    m_id = std::move(id);
    m_model = std::move(model);
    m_created = createdSeconds;
    json::Scan scan;
    const json::Node echo = !echoRaw.isEmpty() && scan.run(echoRaw) ? scan.root() : json::Node();
    m_echo.clear();
    for (const Echoed &member : kEchoed) {
        const json::Node own = echo.find(member.name);
        if (!own.exists() && !member.fallback)
            continue;
        appendBytes(m_echo, ",\"");
        appendBytes(m_echo, member.name);
        appendBytes(m_echo, "\":");
        appendBytes(m_echo, own.exists() ? own.raw() : QByteArrayView(member.fallback));
    }
    m_echo = oneLine(std::move(m_echo));
}

void ResponseObject::append(QByteArray &out, const State &state,
                            const std::vector<QByteArray> &output) const
{
    appendBytes(out, "{\"id\":");
    json::appendQuoted(out, m_id);
    appendBytes(out, R"(,"object":"response","created_at":)");
    appendNumber(out, m_created);
    appendBytes(out, R"(,"status":")");
    appendBytes(out, state.status);
    appendBytes(out, R"(","error":)");
    appendBytes(out,
                state.errorRaw.isEmpty() ? QByteArrayView("null") : QByteArrayView(state.errorRaw));
    appendBytes(out, R"(,"incomplete_details":)");
    if (state.incompleteReason) {
        appendBytes(out, R"({"reason":")");
        appendBytes(out, state.incompleteReason);
        appendBytes(out, R"("})");
    } else {
        appendBytes(out, "null");
    }
    appendBytes(out, R"(,"model":)");
    json::appendQuoted(out, m_model);
    appendBytes(out, R"(,"output":[)");
    bool isFirst = true;
    for (const QByteArray &item : output) {
        if (item.isEmpty())
            continue;
        if (!isFirst)
            out.append(',');
        isFirst = false;
        appendBytes(out, item);
    }
    out.append(']');
    appendBytes(out, m_echo);
    appendBytes(out, R"(,"usage":)");
    appendBytes(out,
                state.usageRaw.isEmpty() ? QByteArrayView("null") : QByteArrayView(state.usageRaw));
    out.append('}');
}

QByteArray oneLine(QByteArray json)
{
    if (json.contains('\n') || json.contains('\r'))
        json.replace('\n', ' ').replace('\r', ' ');
    return json;
}

// [translation §13] The details are always there.
QByteArray usageRaw(const Usage &usage, const QByteArray &cost)
{
    QByteArray out(R"({"input_tokens":)");
    appendNumber(out, usage.prompt());
    appendBytes(out, R"(,"input_tokens_details":{"cached_tokens":)");
    appendNumber(out, usage.cacheRead);
    appendBytes(out, R"(,"cache_write_tokens":)");
    appendNumber(out, usage.cacheWrite + usage.cacheWrite1h);
    appendBytes(out, R"(},"output_tokens":)");
    appendNumber(out, usage.completion());
    appendBytes(out, R"(,"output_tokens_details":{"reasoning_tokens":)");
    appendNumber(out, usage.reasoning);
    appendBytes(out, R"(},"total_tokens":)");
    appendNumber(out, usage.prompt() + usage.completion());
    if (!cost.isEmpty()) {
        appendBytes(out, R"(,"cost":)");
        appendBytes(out, cost);
    }
    out.append('}');
    return out;
}

} // namespace sb::translate::openai_responses
