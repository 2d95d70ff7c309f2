#include "dialect/openai_responses.h"
#include "dialect/provider_error.h"
#include "dialect/scratch.h"
#include "dialect/sse.h"
#include "translate/openai_responses/openai_responses.h"
#include "translate/openai_responses/output_items.h"

using namespace sb::chat;

namespace sb::translate::openai_responses {

namespace {

// [dialects §3.5] Events are known by their JSON `type`, items by their `output_index`.
class Decoder final : public StreamDecoder {
public:
    explicit Decoder(const DecodeOptions &options)
        : m_options(options)
        , m_framer(options.eventLimit)
        , m_reader(m_emitter, m_options)
    {
    }

    void feed(QByteArrayView bytes, EventSink &sink) override;
    void finish(bool isUnframed, EventSink &sink) override;

private:
    struct Members {
        json::Node type, response, item, delta, text, part, annotation, logprobs, error;
        qint64 outputIndex = -1;
        qint64 summaryIndex = 0;
    };
    // False: it cannot be understood.
    bool onEvent(const dialect::SseEvent &event);
    void onType(dialect::Key type, const Members &members);
    void onEnd(json::Node response);
    void fail(json::Node node);
    void breakOff();

    DecodeOptions m_options;
    Emitter m_emitter;
    dialect::SseFramer m_framer;
    OutputReader m_reader;
};

void Decoder::feed(QByteArrayView bytes, EventSink &sink)
{
    if (m_emitter.isEnded())
        return;
    m_emitter.to(sink);
    m_framer.feed(bytes);
    dialect::SseEvent event;
    while (!m_emitter.isEnded() && m_framer.next(event)) {
        if (!onEvent(event))
            breakOff();
    }
    if (m_framer.isOverLimit())
        breakOff();
}

void Decoder::finish(bool, EventSink &sink)
{
    m_emitter.to(sink);
    if (!m_emitter.isEnded()) {
        m_framer.end();
        dialect::SseEvent event;
        while (!m_emitter.isEnded() && m_framer.next(event)) {
            if (!onEvent(event))
                breakOff();
        }
        // A last event without its blank line counts if it is whole; half a one is a cut.
        if (!m_emitter.isEnded() && m_framer.rest(event))
            onEvent(event);
        m_emitter.cut();
    }
    dialect::tidyScratch();
}

void Decoder::breakOff()
{
    m_emitter.fail({AttemptOutcome::BrokenEvent, 0,
                    "The provider's stream has an event that cannot be read."});
}

void Decoder::fail(json::Node node)
{
    dialect::ProviderError error = dialect::readErrorNode(200, node);
    if (error.message.isEmpty())
        error.message = "The provider ended the answer without saying why.";
    m_emitter.fail(toFault(error, node.raw()));
}

bool Decoder::onEvent(const dialect::SseEvent &event)
{
    if (!event.hasData) {
        m_emitter.alive();
        return true;
    }
    // OpenRouter ends so, behind the terminal; elsewhere it ends nothing. [pitfall 94]
    if (event.data == "[DONE]" || event.data.trimmed().isEmpty())
        return true;
    json::Scan &scan = dialect::scratch();
    if (!scan.run(event.data) || !scan.root().isObject())
        return false;
    Members found;
    dialect::eachMember(scan.root(), [&](dialect::Key key, json::Node value) {
        if (key == "type")
            found.type = value;
        else if (key == "delta")
            found.delta = value;
        else if (key == "output_index")
            value.readInt(found.outputIndex);
        else if (key == "summary_index")
            value.readInt(found.summaryIndex);
        else if (key == "response")
            found.response = value;
        else if (key == "item")
            found.item = value;
        else if (key == "text" || key == "arguments" || key == "input" || key == "refusal")
            found.text = value;
        else if (key == "part")
            found.part = value;
        else if (key == "annotation")
            found.annotation = value;
        else if (key == "logprobs")
            found.logprobs = value;
        else if (key == "error")
            found.error = value;
    });
    const dialect::Key type{found.type.isString() ? found.type.inner() : event.name};
    if (type == "error" || event.name == "error"
        || (type.text.isEmpty() && dialect::errorMember(scan.root()).exists()))
        fail(scan.root());
    else
        onType(type, found);
    return true;
}

void Decoder::onType(dialect::Key type, const Members &found)
{
    const qint64 index = found.outputIndex;
    if (type == "response.output_text.delta") {
        m_reader.text(index, found.delta);
        m_reader.logprobs(found.logprobs);
    } else if (type == "response.function_call_arguments.delta"
               || type == "response.custom_tool_call_input.delta") {
        m_reader.arguments(index, found.delta);
    } else if (type == "response.reasoning_summary_text.delta") {
        m_reader.summary(index, found.summaryIndex, found.delta);
    } else if (type == "response.reasoning_text.delta" || type == "response.reasoning.delta") {
        m_reader.reasoning(index, found.delta);
    } else if (type == "response.refusal.delta") {
        m_reader.refusal(index, found.delta);
    } else if (type == "response.output_item.added") {
        m_reader.added(index, found.item);
    } else if (type == "response.output_item.done") {
        m_reader.done(index, found.item);
    } else if (type == "response.output_text.done") {
        m_reader.wholeText(index, found.text);
    } else if (type == "response.refusal.done") {
        m_reader.wholeRefusal(index, found.text);
    } else if (type == "response.function_call_arguments.done"
               || type == "response.custom_tool_call_input.done") {
        m_reader.wholeArguments(index, found.text);
    } else if (type == "response.reasoning_summary_text.done") {
        m_reader.wholeSummary(index, found.summaryIndex, found.text);
    } else if (type == "response.reasoning_text.done") {
        m_reader.wholeReasoning(index, found.text);
    } else if (type == "response.output_text.annotation.added") {
        m_reader.annotation(index, found.annotation);
    } else if (type == "response.created" || type == "response.in_progress"
               || type == "response.queued") {
        if (m_emitter.isStarted())
            return m_emitter.alive();
        qint64 created = 0;
        found.response.find("created_at").readInt(created);
        m_emitter.start(found.response.find("id").text(), found.response.find("model").text(),
                        created);
    } else if (type == "response.completed" || type == "response.incomplete"
               || type == "response.done") {
        onEnd(found.response);
    } else if (type == "response.failed" || type == "response.cancelled") {
        if (const Usage usage = dialect::openai_responses::readUsage(found.response.find("usage"));
            usage.source != UsageSource::None)
            m_emitter.usage(usage);
        fail(found.response);
    } else {
        // Progress of the provider's own tools, and what is newer than this reader.
        m_emitter.alive();
    }
}

void Decoder::onEnd(json::Node response)
{
    // Items that came nowhere else. [pitfall 6]
    qint64 index = 0;
    for (const json::Node item : response.find("output").items())
        m_reader.remaining(index++, item);
    if (readEnd(response, m_reader.hasRefusal(), m_emitter))
        m_emitter.end();
}

} // namespace

std::unique_ptr<StreamDecoder> makeDecoder(const DecodeOptions &options)
{
    return std::make_unique<Decoder>(options);
}

} // namespace sb::translate::openai_responses
