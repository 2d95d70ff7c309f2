#include "base/bytes.h"
#include "chat/effort.h"
#include "chat/envelope.h"
#include "chat/repair.h"
#include "chat/schema.h"
#include "translate/openai_responses/input_writer.h"
#include "translate/openai_responses/openai_responses.h"
#include "translate/openai_responses/request_tools.h"
#include "json/text.h"

using namespace sb::chat;

namespace sb::translate::openai_responses {

namespace {

constexpr qint64 kLeastOutput = 16; // tokens; OpenAI refuses fewer

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
    void writeInstructions();
    void writeSampling();
    void writeReasoning();
    void writeOutput();
    void writeMeta();
    void refuseWhatIsMissing();

    // False: this target has refused the member before. [translation §19]
    bool member(const char *name);
    void string(const char *name, QByteArrayView value);
    void number(const char *name, const std::optional<double> &value);
    void drop(const char *field, QByteArrayView value) { m_changes.drop(field, value, "no-field"); }

    const Request &m_request;
    const Target &m_target;
    const Capabilities &m_can;
    Changes &m_changes;
    QByteArray m_out;
    bool m_hasOneInstruction = false;
};

bool Encoder::member(const char *name)
{
    if (m_can.refusedFields.contains(name)) {
        m_changes.drop(name, {}, "field-refused-before");
        return false;
    }
    m_out.append(',');
    json::appendQuoted(m_out, QByteArrayView(name)); // a client may have chosen it
    m_out.append(':');
    return true;
}

void Encoder::string(const char *name, QByteArrayView value)
{
    if (!value.isEmpty() && member(name))
        json::appendQuoted(m_out, value);
}

void Encoder::number(const char *name, const std::optional<double> &value)
{
    if (value && member(name))
        appendBytes(m_out, QByteArray::number(*value, 'g', QLocale::FloatingPointShortest));
}

QByteArray Encoder::write()
{
    refuseWhatIsMissing();
    m_out.reserve(m_request.body.size() + 1024);
    appendBytes(m_out, "{\"model\":");
    json::appendQuoted(m_out, m_target.model);
    writeInstructions();
    // Tools before the conversation: prompt caches go by the first bytes. [pitfall 73]
    writeTools(m_out, m_request, m_target, m_changes);
    writeOutput();
    writeReasoning();
    writeSampling();
    writeMeta();
    appendBytes(m_out, ",\"store\":");
    appendBytes(m_out, m_request.meta.store.value_or(false) ? "true" : "false");
    if (m_target.isStream)
        appendBytes(m_out, ",\"stream\":true");
    appendBytes(m_out, ",\"input\":[");
    InputWriter(m_out, m_request, m_target, m_changes).write(m_hasOneInstruction);
    appendBytes(m_out, "]}");
    return std::move(m_out);
}

void Encoder::writeInstructions()
{
    const auto &leading = m_request.instructions;
    if (leading.size() != 1 || leading[0].role != Role::System || leading[0].parts.size() != 1)
        return;
    const TextPart *text = leading[0].parts[0].as<TextPart>();
    if (!text || m_can.refusedFields.contains("instructions"))
        return;
    m_hasOneInstruction = true;
    if (text->text.isEmpty())
        return;
    appendBytes(m_out, ",\"instructions\":");
    appendQuoted(m_out, text->text);
}

void Encoder::refuseWhatIsMissing()
{
    if (m_request.choices > 1)
        m_changes.reject("n",
                         "\"n\" asks for several answers, which the Responses API of this "
                         "provider cannot give; send the request several times.");
    if (!m_request.meta.previousResponseId.isEmpty())
        m_changes.reject("previous_response_id",
                         "\"previous_response_id\" needs a server that keeps state; send the "
                         "whole conversation instead.");
    if (m_request.meta.isBackground)
        m_changes.reject("background",
                         "\"background\" needs a server that keeps state; ask for a "
                         "stream instead.");
}

void Encoder::writeSampling()
{
    if (m_request.maxOutput) {
        qint64 tokens = *m_request.maxOutput;
        if (m_can.maxOutput > 0)
            tokens = qMin(tokens, m_can.maxOutput);
        tokens = qMax(tokens, kLeastOutput);
        if (tokens != *m_request.maxOutput)
            m_changes.clamp("max_output_tokens", QByteArray::number(*m_request.maxOutput),
                            QByteArray::number(tokens), "max-output-range");
        if (member("max_output_tokens"))
            appendNumber(m_out, tokens);
    }
    const auto text = [](double value) {
        return QByteArray::number(value, 'g', QLocale::FloatingPointShortest);
    };
    std::optional<double> temperature = m_request.temperature;
    std::optional<double> topP = m_request.topP;
    if (!m_can.takesSampling) {
        if (temperature)
            m_changes.drop("temperature", text(*temperature), "sampling-refused");
        if (topP)
            m_changes.drop("top_p", text(*topP), "sampling-refused");
        temperature.reset();
        topP.reset();
    }
    if (temperature) {
        const double inRange = qBound(0.0, *temperature, m_can.temperatureMax);
        if (inRange != *temperature)
            m_changes.clamp("temperature", text(*temperature), text(inRange), "temperature-range");
        temperature = inRange;
    }
    if (topP && temperature && !m_can.takesTempAndTopP) {
        m_changes.drop("top_p", text(*topP), "temperature-and-top-p");
        topP.reset();
    }
    number("temperature", temperature);
    number("top_p", topP);
    if (m_request.logprobs.value_or(false) && m_request.topLogprobs.value_or(0) > 0
        && member("top_logprobs"))
        appendNumber(m_out, *m_request.topLogprobs);

    const auto dropNumber = [&](const char *field, const auto &value) {
        if (value)
            drop(field, QByteArray::number(*value));
    };
    dropNumber("top_k", m_request.topK);
    dropNumber("min_p", m_request.minP);
    dropNumber("frequency_penalty", m_request.frequencyPenalty);
    dropNumber("presence_penalty", m_request.presencePenalty);
    dropNumber("repeat_penalty", m_request.repeatPenalty);
    dropNumber("seed", m_request.seed);
    if (!m_request.logitBiasRaw.isEmpty())
        drop("logit_bias", m_request.logitBiasRaw);
    if (!m_request.stop.empty())
        m_changes.note(Deed::Emulated, "stop", m_request.stop.front().toPlain(), {}, "stop");
}

void Encoder::writeReasoning()
{
    const ReasoningAsk ask = targetReasoning(m_request.reasoning, m_target, m_changes);
    QByteArray inner;
    if (ask.effort != Effort::Unset || ask.state == ReasoningAsk::State::Off) {
        inner = "\"effort\":\""
            + effortName(ask.effort == Effort::Unset ? Effort::None : ask.effort).toByteArray()
            + '"';
    }
    const bool thinks = m_can.thinking != ThinkingKind::None || ask.state == ReasoningAsk::State::On
        || ask.state == ReasoningAsk::State::Adaptive;
    const bool isShown = ask.showsText.value_or(!ask.summary.isEmpty());
    if (thinks && isShown && ask.state != ReasoningAsk::State::Off) {
        if (!inner.isEmpty())
            inner += ',';
        inner += "\"summary\":";
        json::appendQuoted(
            inner, ask.summary.isEmpty() ? QByteArrayView("auto") : QByteArrayView(ask.summary));
    }
    if (!inner.isEmpty() && member("reasoning")) {
        m_out.append('{');
        appendBytes(m_out, inner);
        m_out.append('}');
    }
    QByteArray include;
    if (thinks && ask.state != ReasoningAsk::State::Off)
        include = "\"reasoning.encrypted_content\"";
    if (m_request.logprobs.value_or(false))
        include += QByteArray(include.isEmpty() ? "" : ",") + "\"message.output_text.logprobs\"";
    if (!include.isEmpty() && member("include")) {
        m_out.append('[');
        appendBytes(m_out, include);
        m_out.append(']');
    }
}

void Encoder::writeOutput()
{
    const OutputAsk &ask = m_request.output;
    for (const QByteArray &modality : ask.modalities) {
        if (modality != "text")
            m_changes.reject("modalities",
                             "\"modalities\" asks for more than text, which this "
                             "provider's API cannot give; ask for text.");
    }
    QByteArray inner;
    if (ask.kind == OutputAsk::Kind::Json) {
        inner = R"("format":{"type":"json_object"})";
    } else if (ask.kind == OutputAsk::Kind::Schema) {
        bool isStrict = ask.strict.value_or(false);
        const CleanSchema clean = cleanSchema(
            ask.schemaRaw, isStrict ? SchemaProfile::OpenAiStrict : SchemaProfile::Plain,
            "response_format", m_changes);
        if (isStrict && !clean.isStrict) {
            isStrict = false;
            m_changes.degrade("response_format", "strict", "strict=false", "schema-not-strict");
        }
        inner = R"("format":{"type":"json_schema","name":)";
        json::appendQuoted(inner,
                           ask.name.isEmpty() ? QByteArray("response")
                                              : targetToolName(ask.name, ToolNameRule::OpenAi64));
        if (!ask.description.isEmpty()) {
            inner += R"(,"description":)";
            appendQuoted(inner, ask.description);
        }
        inner += R"(,"schema":)";
        inner
            += clean.raw.isEmpty() ? QByteArray(R"({"type":"object","properties":{}})") : clean.raw;
        if (ask.strict)
            inner += isStrict ? R"(,"strict":true)" : R"(,"strict":false)";
        inner += '}';
    }
    if (!ask.verbosity.isEmpty()) {
        if (!inner.isEmpty())
            inner += ',';
        inner += R"("verbosity":)";
        json::appendQuoted(inner, ask.verbosity);
    }
    if (!inner.isEmpty() && member("text")) {
        m_out.append('{');
        appendBytes(m_out, inner);
        m_out.append('}');
    }
}

void Encoder::writeMeta()
{
    const Meta &meta = m_request.meta;
    if (m_can.takesStore) {
        if (!meta.metadataRaw.isEmpty() && member("metadata"))
            appendBytes(m_out, meta.metadataRaw);
        string("service_tier", meta.serviceTier);
        string("safety_identifier", meta.userId);
    } else {
        if (!meta.metadataRaw.isEmpty())
            drop("metadata", meta.metadataRaw);
        if (!meta.serviceTier.isEmpty())
            drop("service_tier", meta.serviceTier);
        if (!meta.userId.isEmpty())
            drop("user", meta.userId);
    }
    if (m_can.cache == CacheForm::OpenAiKey) {
        string("prompt_cache_key", m_request.cache.key);
        string("prompt_cache_retention", m_request.cache.retention);
    } else if (!m_request.cache.key.isEmpty()) {
        drop("prompt_cache_key", m_request.cache.key);
    }
    if (m_request.cache.topLevel)
        drop("cache_control", {});
    if (!m_request.keepAliveRaw.isEmpty())
        drop("keep_alive", m_request.keepAliveRaw);
    if (m_request.contextSize)
        drop("options.num_ctx", QByteArray::number(*m_request.contextSize));
    if (m_request.source != DialectId::OpenAiResponses)
        return;
    for (const Extra &extra : m_request.extras) {
        if (member(extra.path.constData()))
            appendBytes(m_out, extra.raw);
    }
}

} // namespace

namespace {

// What the API itself takes, whatever is known of a model: developer messages anywhere, images in
// results, ids up to 64 characters.
Target nativeTarget(const Target &target)
{
    Target native = target;
    native.can.takesDeveloper = true;
    native.can.takesManySystem = true;
    native.can.takesMidSystem = true;
    native.can.takesImageInToolResult = true;
    if (native.can.toolId == ToolIdRule::Any)
        native.can.toolId = ToolIdRule::Max64;
    return native;
}

} // namespace

WireRequest encodeRequest(Request request, const Target &target, Changes &changes)
{
    const Target native = nativeTarget(target);
    repair(request, native, changes);
    auto map = std::make_shared<ReplyMap>();
    map->names.apply(request, native.can.toolName);
    WireRequest wire;
    wire.body = Encoder(request, native, changes).write();
    wire.path = "responses";
    wire.map = std::move(map);
    return wire;
}

} // namespace sb::translate::openai_responses
