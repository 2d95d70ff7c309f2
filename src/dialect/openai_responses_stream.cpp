#include "dialect/errors.h"
#include "dialect/openai_responses.h"
#include "dialect/provider_error.h"
#include "dialect/scratch.h"
#include "dialect/sse_reader.h"
#include "json/writer.h"

namespace sb::dialect::openai_responses {

namespace {

// [dialects §3.5] Terminal: response.completed or response.incomplete; response.failed is an error.
// Known by the JSON `type` alone: OpenRouter sends no `event:` lines. [pitfall 94]
class Reader final : public SseReader {
public:
    explicit Reader(const StreamOptions &options)
        : SseReader(options.eventLimit)
    {
    }

private:
    Verdict onEvent(const SseEvent &event, StreamStep &step) override;
    Verdict onEnd(json::Node response, StreamStep &step);
    void takeNames(json::Node response);
    void onDelta(json::Node delta, StreamStep &step);

    OutputFacts m_output; // of the items that are done
};

bool endsWith(QByteArrayView type, QByteArrayView end)
{
    return type.endsWith(end);
}

Reader::Verdict Reader::onEvent(const SseEvent &event, StreamStep &step)
{
    if (!event.hasData)
        return Verdict::Pass;
    if (event.data == "[DONE]")
        return Verdict::LastDropped; // what came before it had no terminal
    if (event.data.trimmed().isEmpty())
        return Verdict::Drop;
    json::Scan &scan = scratch();
    if (!scan.run(event.data))
        return Verdict::Broken;
    const json::Node root = scan.root();
    if (!root.isObject())
        return Verdict::Broken;

    json::Node typeNode;
    json::Node response;
    json::Node delta;
    json::Node item;
    bool hasError = false;
    eachMember(root, [&](Key key, json::Node value) {
        if (key == "type")
            typeNode = value;
        else if (key == "response")
            response = value;
        else if (key == "delta")
            delta = value;
        else if (key == "item")
            item = value;
        else if (key == "error")
            hasError = errorMember(root).exists();
    });
    const Key type{typeNode.isString() ? typeNode.inner() : event.name};

    if (endsWith(type, ".delta")) {
        onDelta(delta, step);
    } else if (type == "response.output_item.done") {
        OutputFacts known = m_output;
        m_output.hasContent = false;
        m_output.readItem(item);
        if (m_output.hasContent)
            foundContent(step);
        m_output.hasContent |= known.hasContent;
    } else if (type == "response.output_item.added") {
        // Calls and the provider's own tools: their start already says something.
        const json::Node kind = item.find("type");
        if (kind.isString() && !kind.is("message") && !kind.is("reasoning"))
            foundContent(step);
    } else if (type == "response.completed" || type == "response.incomplete"
               || type == "response.done") {
        return onEnd(response, step);
    } else if (type == "response.failed" || type == "response.cancelled") {
        if (const Usage usage = readUsage(response.find("usage"));
            usage.source != UsageSource::None)
            m_usage = usage;
        m_finish = Finish::Error;
        step.error = readErrorNode(200, response);
        return Verdict::Failed;
    } else if (type == "error" || event.name == "error" || (type.text.isEmpty() && hasError)) {
        m_finish = Finish::Error;
        step.error = readErrorNode(200, root);
        return Verdict::Failed;
    } else if (type == "response.created" || type == "response.in_progress") {
        takeNames(response);
    }
    return Verdict::Pass;
}

void Reader::takeNames(json::Node response)
{
    if (m_model.isEmpty())
        m_model = response.find("model").text();
    if (m_answerId.isEmpty())
        m_answerId = response.find("id").text();
}

void Reader::onDelta(json::Node delta, StreamStep &step)
{
    if (!delta.isNonEmptyString())
        return;
    m_contentChars += charCount(delta);
    foundContent(step);
}

Reader::Verdict Reader::onEnd(json::Node response, StreamStep &step)
{
    // Some send the output only here. [pitfall 6]
    OutputFacts whole;
    for (const json::Node item : response.find("output").items())
        whole.readItem(item);
    if (whole.hasContent)
        foundContent(step);
    m_contentChars = qMax(m_contentChars, qMax(whole.characters, m_output.characters));
    m_finish = readFinish(response, whole.hasCalls || m_output.hasCalls);
    if (const Usage usage = readUsage(response.find("usage")); usage.source != UsageSource::None)
        m_usage = usage;
    takeNames(response);
    m_isBadToolJson = (whole.isBadToolJson || m_output.isBadToolJson) && m_finish != Finish::Length;
    if (m_finish == Finish::Error) {
        step.error = readErrorNode(200, response);
        return Verdict::Failed;
    }
    // The event itself says that it is over, also where a relay leaves out the status.
    if (m_finish == Finish::None)
        m_finish = whole.hasCalls || m_output.hasCalls ? Finish::ToolCalls : Finish::Stop;
    m_isEmptyAnswer = m_finish == Finish::Filtered || m_finish == Finish::Length || whole.hasRefusal
        || m_output.hasRefusal;
    m_isWhole = true;
    return Verdict::Last;
}

// The members every reader of a response expects to find. [dialects §3.4]
void writeResponse(json::Writer &writer, const QByteArray &id, QByteArrayView model,
                   qint64 createdSeconds, const ClientError *error)
{
    writer.beginObject();
    writer.member("id", id).member("object", "response").member("created_at", createdSeconds);
    writer.member("status", error ? "failed" : "in_progress");
    if (error) {
        writer.key("error").beginObject();
        writer.member("code", errorCode(*error)).member("message", error->message).endObject();
    } else {
        writer.member("error", nullptr);
    }
    writer.member("incomplete_details", nullptr).member("instructions", nullptr);
    writer.member("metadata", nullptr).member("model", model);
    writer.key("output").beginArray().endArray();
    writer.member("parallel_tool_calls", true).member("previous_response_id", nullptr);
    writer.member("temperature", nullptr).member("tool_choice", "auto");
    writer.key("tools").beginArray().endArray();
    writer.member("top_p", nullptr).member("usage", nullptr);
    writer.endObject();
}

QByteArray responseId(const ExchangeId &id)
{
    return "resp_" + id.text();
}

} // namespace

std::unique_ptr<StreamReader> makeStreamReader(const StreamOptions &options)
{
    return std::make_unique<Reader>(options);
}

// Codex takes "server_is_overloaded" and "slow_down" as final, and anything it does not know as
// something that passes. [dialects §3.5]
QByteArray errorCode(const ClientError &error)
{
    if (error.code == Code::ContextTooLong)
        return "context_length_exceeded";
    if (!error.providerCode.isEmpty() && error.providerCode != "server_is_overloaded"
        && error.providerCode != "slow_down")
        return error.providerCode;
    switch (error.status) {
    case 402:
        return "insufficient_quota";
    case 429:
        return "rate_limit_exceeded";
    default:
        return error.status >= 500 ? "server_error" : "invalid_prompt";
    }
}

QByteArray streamError(const ClientError &error)
{
    // How many events went before is not known here: a number past all of them keeps the order.
    constexpr int kLastNumber = 1'000'000'000;
    json::Writer writer;
    writer.beginObject().member("type", "response.failed");
    writer.member("sequence_number", kLastNumber).key("response");
    writeResponse(writer, responseId(error.id), {}, error.id.wallMs() / 1000, &error);
    writer.endObject();
    return "event: response.failed\ndata: " + writer.take() + "\n\n";
}

QByteArray preamble(const ExchangeId &id, QByteArrayView model, qint64 createdSeconds)
{
    QByteArray out;
    int number = 0;
    for (const char *type : {"response.created", "response.in_progress"}) {
        json::Writer writer;
        writer.beginObject().member("type", type).member("sequence_number", number++);
        writer.key("response");
        writeResponse(writer, responseId(id), model, createdSeconds, nullptr);
        writer.endObject();
        out += QByteArray("event: ") + type + "\ndata: " + writer.take() + "\n\n";
    }
    return out;
}

bool isStart(QByteArrayView eventData)
{
    json::Scan &scan = scratch();
    if (!scan.run(eventData))
        return false;
    const json::Node type = scan.root().find("type");
    return type.is("response.created") || type.is("response.in_progress")
        || type.is("response.queued");
}

} // namespace sb::dialect::openai_responses
