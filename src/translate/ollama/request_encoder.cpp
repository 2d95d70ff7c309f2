#include "base/bytes.h"
#include "chat/effort.h"
#include "chat/repair.h"
#include "chat/schema.h"
#include "translate/ollama/message_writer.h"
#include "translate/ollama/ollama.h"
#include "translate/ollama/request_tools.h"
#include "json/text.h"

#include <QLocale>

using namespace sb::chat;

namespace sb::translate::ollama {

namespace {

constexpr int kMostLogprobs = 20;

QByteArray numberText(double value)
{
    return QByteArray::number(value, 'g', QLocale::FloatingPointShortest);
}

// Always the native /api/chat: only there the size of the context can be said. [pitfall 88]
class Encoder {
public:
    Encoder(const Request &request, const Target &target, Changes &changes)
        : m_request(request)
        , m_target(target)
        , m_can(target.can)
        , m_changes(changes)
    {
    }

    QByteArray write();

private:
    void refuseWhatIsMissing();
    void writeThink();
    void writeFormat();
    void writeOptions();
    void writeMeta();
    void noteMeta();

    // False: this target has refused the member before. [translation §19]
    bool isRefused(QByteArrayView name);
    bool member(QByteArrayView name);
    bool option(QByteArrayView name);
    void sampling(QByteArrayView name, const std::optional<double> &value);
    void whole(QByteArrayView name, const std::optional<qint64> &value);

    const Request &m_request;
    const Target &m_target;
    const Capabilities &m_can;
    Changes &m_changes;
    QByteArray m_out;
    QByteArray m_options; // members, each with a comma before it but the first
};

bool Encoder::isRefused(QByteArrayView name)
{
    if (m_can.refusedFields.empty() || !m_can.refusedFields.contains(name.toByteArray()))
        return false;
    m_changes.drop(name, {}, "field-refused-before");
    return true;
}

bool Encoder::member(QByteArrayView name)
{
    if (isRefused(name))
        return false;
    m_out.append(',');
    json::appendQuoted(m_out, name); // a client may have chosen it
    m_out.append(':');
    return true;
}

bool Encoder::option(QByteArrayView name)
{
    if (isRefused(name))
        return false;
    if (!m_options.isEmpty())
        m_options.append(',');
    json::appendQuoted(m_options, name);
    m_options.append(':');
    return true;
}

void Encoder::sampling(QByteArrayView name, const std::optional<double> &value)
{
    if (!value)
        return;
    if (!m_can.takesSampling)
        m_changes.drop(name, numberText(*value), "sampling-refused");
    else if (option(name))
        appendBytes(m_options, numberText(*value));
}

void Encoder::whole(QByteArrayView name, const std::optional<qint64> &value)
{
    if (value && option(name))
        appendNumber(m_options, *value);
}

QByteArray Encoder::write()
{
    refuseWhatIsMissing();
    m_out.reserve(m_request.body.size() + 1024);
    appendBytes(m_out, "{\"model\":");
    json::appendQuoted(m_out, m_target.model);
    // It streams where nothing is said. [dialects §6]
    appendBytes(m_out, m_target.isStream ? ",\"stream\":true" : ",\"stream\":false");
    writeThink();
    writeFormat();
    writeOptions();
    writeMeta();
    noteMeta();
    writeTools(m_out, m_request, m_target, m_changes);
    appendBytes(m_out, ",\"messages\":[");
    MessageWriter(m_out, m_request, m_target, m_changes).write();
    appendBytes(m_out, "]}");
    return std::move(m_out);
}

void Encoder::refuseWhatIsMissing()
{
    if (m_request.choices > 1)
        m_changes.reject("n",
                         "\"n\" asks for several answers, which Ollama cannot give; send the "
                         "request several times.");
    if (!m_request.meta.previousResponseId.isEmpty())
        m_changes.reject("previous_response_id",
                         "\"previous_response_id\" needs a server that keeps state; send the "
                         "whole conversation instead.");
    if (m_request.meta.isBackground)
        m_changes.reject("background",
                         "\"background\" needs a server that keeps state; ask for a "
                         "stream instead.");
    for (const QByteArray &modality : m_request.output.modalities) {
        if (modality != "text")
            m_changes.reject("modalities",
                             "\"modalities\" asks for more than text, which Ollama "
                             "cannot give; ask for text.");
    }
}

// [translation §9.1] Off is sent as off: many models think unless told not to. [pitfall 43]
void Encoder::writeThink()
{
    using State = ReasoningAsk::State;
    const ReasoningAsk ask = targetReasoning(m_request.reasoning, m_target, m_changes);
    if (ask.state == State::Off || ask.effort == Effort::None) {
        if (member("think"))
            appendBytes(m_out, "false");
        return;
    }
    Effort effort = ask.effort;
    if (effort == Effort::Unset && ask.budget)
        effort = effortForBudget(*ask.budget);
    if (effort == Effort::None) {
        if (member("think"))
            appendBytes(m_out, "false");
        return;
    }
    if (effort == Effort::Unset && ask.state != State::On && ask.state != State::Adaptive)
        return;
    if (!member("think"))
        return;
    if (effort == Effort::Unset || m_can.thinking == ThinkingKind::Boolean) {
        appendBytes(m_out, "true");
        return;
    }
    const auto isTaken = [&](Effort wanted) {
        return m_can.efforts.empty()
            || std::find(m_can.efforts.begin(), m_can.efforts.end(), wanted) != m_can.efforts.end();
    };
    if (effort == Effort::Minimal)
        effort = Effort::Low;
    if (effort == Effort::XHigh || effort == Effort::Max)
        effort = isTaken(Effort::Max) ? Effort::Max : Effort::High;
    if (effort != m_request.reasoning.effort && m_request.reasoning.effort != Effort::Unset
        && ask.effort == m_request.reasoning.effort)
        m_changes.clamp("reasoning_effort", effortName(m_request.reasoning.effort),
                        effortName(effort), "effort-range");
    json::appendQuoted(m_out, effortName(effort));
}

void Encoder::writeFormat()
{
    const OutputAsk &ask = m_request.output;
    if (ask.kind != OutputAsk::Kind::Json && ask.kind != OutputAsk::Kind::Schema)
        return;
    if (!m_can.takesSchemaWithTools && !m_request.tools.empty()) {
        m_changes.degrade("response_format", "schema", {}, "schema-with-tools");
        return;
    }
    const bool isSchema = ask.kind == OutputAsk::Kind::Schema
        && m_can.schemaMode == SchemaMode::Native && !ask.schemaRaw.isEmpty();
    if (ask.kind == OutputAsk::Kind::Schema && !isSchema)
        m_changes.degrade("response_format", "schema", "json", "schema-mode");
    if (!member("format"))
        return;
    if (!isSchema) {
        appendBytes(m_out, "\"json\"");
        return;
    }
    const CleanSchema clean
        = cleanSchema(ask.schemaRaw, m_can.schemaProfile, "response_format", m_changes);
    appendBytes(m_out, clean.raw.isEmpty() ? QByteArrayView("\"json\"") : clean.raw);
}

void Encoder::writeOptions()
{
    std::optional<qint64> context = m_request.contextSize;
    if (!context && m_can.contextWindow > 0)
        context = m_can.contextWindow;
    whole("num_ctx", context);
    std::optional<qint64> tokens = m_request.maxOutput;
    if (tokens && m_can.maxOutput > 0 && *tokens > m_can.maxOutput) {
        m_changes.clamp("max_tokens", QByteArray::number(*tokens),
                        QByteArray::number(m_can.maxOutput), "max-output-range");
        tokens = m_can.maxOutput;
    }
    whole("num_predict", tokens);
    std::optional<double> temperature = m_request.temperature;
    if (temperature && (*temperature < 0 || *temperature > m_can.temperatureMax)) {
        const double inRange = qBound(0.0, *temperature, m_can.temperatureMax);
        m_changes.clamp("temperature", numberText(*temperature), numberText(inRange),
                        "temperature-range");
        temperature = inRange;
    }
    sampling("temperature", temperature);
    sampling("top_p", m_request.topP);
    sampling("min_p", m_request.minP);
    sampling("frequency_penalty", m_request.frequencyPenalty);
    sampling("presence_penalty", m_request.presencePenalty);
    sampling("repeat_penalty", m_request.repeatPenalty);
    whole("top_k", m_request.topK);
    whole("seed", m_request.seed);
    if (!m_request.stop.empty() && option("stop")) {
        m_options.append('[');
        for (size_t i = 0; i < m_request.stop.size(); ++i) {
            if (i > 0)
                m_options.append(',');
            appendQuoted(m_options, m_request.stop[i]);
        }
        m_options.append(']');
    }
    constexpr QByteArrayView kOptions("options.");
    if (m_request.source == DialectId::Ollama) {
        for (const Extra &extra : m_request.extras) {
            if (extra.path.startsWith(kOptions)
                && option(QByteArrayView(extra.path).sliced(kOptions.size())))
                appendBytes(m_options, extra.raw);
        }
    }
    if (m_options.isEmpty())
        return;
    appendBytes(m_out, ",\"options\":{");
    appendBytes(m_out, m_options);
    m_out.append('}');
}

void Encoder::writeMeta()
{
    if (!m_request.keepAliveRaw.isEmpty() && member("keep_alive"))
        appendBytes(m_out, m_request.keepAliveRaw);
    if (m_request.logprobs.value_or(false)) {
        if (member("logprobs"))
            appendBytes(m_out, "true");
        if (const int most = m_request.topLogprobs.value_or(0); most > 0) {
            if (most > kMostLogprobs)
                m_changes.clamp("top_logprobs", QByteArray::number(most),
                                QByteArray::number(kMostLogprobs), "top-logprobs-range");
            if (member("top_logprobs"))
                appendNumber(m_out, qMin(most, kMostLogprobs));
        }
    }
    if (m_request.source != DialectId::Ollama)
        return;
    for (const Extra &extra : m_request.extras) {
        // What /api/generate leaves aside /api/chat would read in place of ours.
        if (extra.path == "messages" || extra.path == "tools")
            m_changes.drop(extra.path, {}, "no-counterpart");
        else if (!extra.path.contains('.') && member(extra.path))
            appendBytes(m_out, extra.raw);
    }
}

// Hints with no effect on what is said. [translation §3]
void Encoder::noteMeta()
{
    const Meta &meta = m_request.meta;
    const auto drop = [&](const char *field, QByteArrayView value) {
        if (!value.isEmpty())
            m_changes.drop(field, value, "no-field");
    };
    drop("user", meta.userId);
    drop("metadata", meta.metadataRaw);
    drop("service_tier", meta.serviceTier);
    drop("prompt_cache_key", m_request.cache.key);
    drop("prompt_cache_retention", m_request.cache.retention);
    drop("verbosity", m_request.output.verbosity);
    drop("logit_bias", m_request.logitBiasRaw); // ids of another tokenizer
    if (meta.store.value_or(false))
        drop("store", "true");
    bool hasMarks = m_request.cache.topLevel.has_value();
    const auto look = [&](const std::vector<Turn> &turns) {
        for (const Turn &turn : turns) {
            for (const Part &part : turn.parts)
                hasMarks |= part.cache.has_value();
        }
    };
    look(m_request.instructions);
    look(m_request.turns);
    for (const Tool &tool : m_request.tools)
        hasMarks |= tool.cache.has_value();
    if (hasMarks)
        m_changes.drop("cache_control", {}, "no-cache-marks");
}

} // namespace

WireRequest encodeRequest(Request request, const Target &target, Changes &changes)
{
    repair(request, target, changes);
    auto map = std::make_shared<ReplyMap>();
    map->names.apply(request, target.can.toolName);
    WireRequest wire;
    wire.body = Encoder(request, target, changes).write();
    wire.path = "chat";
    wire.map = std::move(map);
    return wire;
}

} // namespace sb::translate::ollama
