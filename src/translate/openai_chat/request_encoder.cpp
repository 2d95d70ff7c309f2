#include "base/bytes.h"
#include "chat/effort.h"
#include "chat/names.h"
#include "chat/repair.h"
#include "chat/schema.h"
#include "translate/openai_chat/message_writer.h"
#include "translate/openai_chat/openai_chat.h"
#include "translate/openai_chat/request_tools.h"
#include "json/text.h"

#include <algorithm>

using namespace sb::chat;

namespace sb::translate::openai_chat {

namespace {

constexpr QByteArrayView kOutputTool("structured_output");

QByteArray textOf(double value)
{
    return QByteArray::number(value, 'g', QLocale::FloatingPointShortest);
}

class Encoder {
public:
    Encoder(Request &request, const Target &target, ReplyMap &map, Changes &changes)
        : m_request(request)
        , m_target(target)
        , m_can(target.can)
        , m_map(map)
        , m_changes(changes)
    {
    }
    QByteArray write();

private:
    void refuseWhatIsMissing();
    void settleForcedTool(ReasoningAsk &ask);
    void writeLimits();
    void writeSampling();
    void writeStop();
    void writeReasoning(ReasoningAsk ask);
    void writeOutput(const ReasoningAsk &ask);
    void writeSchema(QByteArrayView schema, bool isStrict);
    void instruct(const QByteArray &text);
    bool saysJson() const;
    void writeMeta();
    void writeExtras();

    // False: this target has refused the member before. [translation §19]
    bool member(const char *name);
    void string(const char *name, QByteArrayView value);
    void number(const char *name, const std::optional<double> &value, bool isTaken,
                const char *rule = "no-field");

    Request &m_request;
    const Target &m_target;
    const Capabilities &m_can;
    ReplyMap &m_map;
    Changes &m_changes;
    QByteArray m_out;
    QByteArray m_instruction; // of ours, behind the leading ones
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

void Encoder::number(const char *name, const std::optional<double> &value, bool isTaken,
                     const char *rule)
{
    if (!value)
        return;
    if (!isTaken)
        m_changes.drop(name, textOf(*value), rule);
    else if (member(name))
        appendBytes(m_out, textOf(*value));
}

QByteArray Encoder::write()
{
    refuseWhatIsMissing();
    m_out.reserve(m_request.body.size() + 1024);
    appendBytes(m_out, R"({"model":)");
    json::appendQuoted(m_out, m_target.model);
    if (m_target.isStream) {
        appendBytes(m_out, R"(,"stream":true)");
        // Always: it is the only way to know what it cost. [pitfall 59]
        if (m_can.takesStreamUsage && member("stream_options"))
            appendBytes(m_out, R"({"include_usage":true})");
    }
    ReasoningAsk ask = targetReasoning(m_request.reasoning, m_target, m_changes);
    settleForcedTool(ask);
    writeLimits();
    writeSampling();
    writeStop();
    writeReasoning(ask);
    writeOutput(ask);
    writeTools(m_out, m_request, m_target, m_changes);
    writeMeta();
    writeExtras();
    appendBytes(m_out, R"(,"messages":[)");
    MessageWriter(m_out, m_request, m_target, m_changes).write(m_instruction);
    appendBytes(m_out, "]}");
    return std::move(m_out);
}

void Encoder::refuseWhatIsMissing()
{
    if (m_request.choices > 1)
        m_changes.reject("n",
                         "\"n\" asks for several answers, which cannot be translated; send "
                         "the request several times.");
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
                             "\"modalities\" asks for more than text, which cannot "
                             "be translated; ask for text.");
    }
}

// [pitfall 44] Who asked for thinking keeps it; else the choice is worth more.
void Encoder::settleForcedTool(ReasoningAsk &ask)
{
    using Mode = ToolChoice::Mode;
    ToolChoice &choice = m_request.toolChoice;
    const bool isForced = choice.mode == Mode::Required || choice.mode == Mode::One
        || choice.mode == Mode::SubsetRequired;
    if (m_can.takesForcedToolWithThinking || !isForced || ask.state == ReasoningAsk::State::Off)
        return;
    const bool isAsked
        = ask.state == ReasoningAsk::State::On || ask.state == ReasoningAsk::State::Adaptive;
    if (!isAsked && !m_can.thinksByDefault)
        return;
    if (isAsked || !m_can.canTurnThinkingOff) {
        m_changes.degrade("tool_choice", "required", "auto", "forced-tool-with-thinking");
        choice.mode = choice.mode == Mode::SubsetRequired ? Mode::SubsetAuto : Mode::Auto;
        return;
    }
    m_changes.degrade("reasoning", {}, "off", "forced-tool-with-thinking");
    ask = {};
    ask.state = ReasoningAsk::State::Off;
}

void Encoder::writeLimits()
{
    if (!m_request.maxOutput)
        return;
    qint64 tokens = *m_request.maxOutput;
    if (m_can.maxOutput > 0 && tokens > m_can.maxOutput) {
        tokens = m_can.maxOutput;
        m_changes.clamp("max_tokens", QByteArray::number(*m_request.maxOutput),
                        QByteArray::number(tokens), "max-output-range");
    }
    if (member(m_can.isMaxCompletionTokens ? "max_completion_tokens" : "max_tokens"))
        appendNumber(m_out, tokens);
}

void Encoder::writeSampling()
{
    std::optional<double> temperature = m_request.temperature;
    std::optional<double> topP = m_request.topP;
    if (m_can.takesSampling && temperature) {
        const double inRange = qBound(0.0, *temperature, m_can.temperatureMax);
        if (inRange != *temperature)
            m_changes.clamp("temperature", textOf(*temperature), textOf(inRange),
                            "temperature-range");
        temperature = inRange;
    }
    if (m_can.takesSampling && topP && temperature && !m_can.takesTempAndTopP) {
        m_changes.drop("top_p", textOf(*topP), "temperature-and-top-p");
        topP.reset();
    }
    number("temperature", temperature, m_can.takesSampling, "sampling-refused");
    number("top_p", topP, m_can.takesSampling, "sampling-refused");
    const bool takesPenalties = m_can.takesSampling && m_can.takesPenalties;
    number("frequency_penalty", m_request.frequencyPenalty, takesPenalties);
    number("presence_penalty", m_request.presencePenalty, takesPenalties);
    number("min_p", m_request.minP, m_can.takesMinP);
    number("repetition_penalty", m_request.repeatPenalty, m_can.takesRepeatPenalty);
    const auto count = [&](const char *name, const std::optional<qint64> &value, bool isTaken) {
        if (!value)
            return;
        if (!isTaken)
            m_changes.drop(name, QByteArray::number(*value), "no-field");
        else if (member(name))
            appendNumber(m_out, *value);
    };
    count("top_k", m_request.topK, m_can.takesTopK);
    count(m_can.isRandomSeed ? "random_seed" : "seed", m_request.seed, m_can.takesSeed);
    // Token ids of another model's alphabet mean other words.
    if (!m_request.logitBiasRaw.isEmpty())
        m_changes.drop("logit_bias", m_request.logitBiasRaw, "other-tokenizer");
    if (m_request.logprobs.value_or(false) && member("logprobs")) {
        appendBytes(m_out, "true");
        if (m_request.topLogprobs && member("top_logprobs"))
            appendNumber(m_out, *m_request.topLogprobs);
    }
    if (m_request.contextSize)
        m_changes.drop("options.num_ctx", QByteArray::number(*m_request.contextSize), "no-field");
    if (!m_request.keepAliveRaw.isEmpty())
        m_changes.drop("keep_alive", m_request.keepAliveRaw, "no-field");
}

void Encoder::writeStop()
{
    const std::vector<Text> &stops = m_request.stop;
    if (stops.empty())
        return;
    if (m_can.stopMax == 0) {
        m_changes.note(Deed::Emulated, "stop", stops.front().toPlain(), {}, "stop");
        return;
    }
    const size_t count = qMin(stops.size(), size_t(m_can.stopMax));
    if (count < stops.size())
        m_changes.note(Deed::Emulated, "stop", QByteArray::number(stops.size()),
                       QByteArray::number(count), "stop");
    if (!member("stop"))
        return;
    m_out.append('[');
    for (size_t i = 0; i < count; ++i) {
        if (i > 0)
            m_out.append(',');
        appendQuoted(m_out, stops[i]);
    }
    m_out.append(']');
}

void Encoder::writeReasoning(ReasoningAsk ask)
{
    using State = ReasoningAsk::State;
    if (ask.state == State::Unset && ask.effort == Effort::Unset && !ask.budget)
        return;
    const bool isOff = ask.state == State::Off || ask.effort == Effort::None;
    // OpenAI refuses tools together with an effort on some models. [pitfall 55]
    if (!isOff && !m_can.takesToolsWithEffort && !m_request.tools.empty()) {
        m_changes.drop("reasoning_effort", effortName(ask.effort), "tools-with-effort");
        return;
    }
    const QByteArray effort
        = (isOff ? QByteArrayView("none") : effortName(ask.effort)).toByteArray();
    if (m_can.reasoningIn == ReasoningField::ReasoningDetails) {
        if (!member("reasoning"))
            return;
        if (ask.budget && !isOff)
            m_out += R"({"max_tokens":)" + QByteArray::number(*ask.budget);
        else if (!effort.isEmpty())
            m_out += R"({"effort":")" + effort + '"';
        else
            m_out += R"({"enabled":true)";
        if (ask.showsText && !*ask.showsText)
            m_out += R"(,"exclude":true)";
        m_out += '}';
        return;
    }
    const auto knows = [&](Effort wanted) {
        return m_can.efforts.empty()
            || std::find(m_can.efforts.begin(), m_can.efforts.end(), wanted) != m_can.efforts.end();
    };
    switch (m_can.thinking) {
    case ThinkingKind::None:
        if (!isOff)
            m_changes.drop("reasoning_effort", effort, "no-reasoning");
        return;
    case ThinkingKind::Effort:
    case ThinkingKind::Level:
        if (isOff && !knows(Effort::None)) {
            if (m_can.canTurnThinkingOff && m_can.thinksByDefault && member("thinking"))
                appendBytes(m_out, R"({"type":"disabled"})");
            return;
        }
        string("reasoning_effort", effort);
        return;
    case ThinkingKind::Template:
        if (member("chat_template_kwargs"))
            appendBytes(m_out,
                        isOff ? R"({"enable_thinking":false})" : R"({"enable_thinking":true})");
        return;
    case ThinkingKind::Budget:
    case ThinkingKind::Boolean:
    case ThinkingKind::Adaptive:
        if (!member("thinking"))
            return;
        if (isOff) {
            appendBytes(m_out, R"({"type":"disabled"})");
        } else {
            const bool isAdaptive = m_can.thinking == ThinkingKind::Adaptive;
            m_out += QByteArray(R"({"type":")") + (isAdaptive ? "adaptive" : "enabled") + '"';
            if (m_can.thinking == ThinkingKind::Budget && ask.budget)
                m_out += R"(,"budget_tokens":)" + QByteArray::number(*ask.budget);
            m_out += '}';
            if (!effort.isEmpty() && !m_can.efforts.empty())
                string("reasoning_effort", effort);
        }
        return;
    }
}

void Encoder::instruct(const QByteArray &text)
{
    if (!m_instruction.isEmpty())
        m_instruction += "\n\n";
    m_instruction += text;
}

bool Encoder::saysJson() const
{
    const auto says = [](const std::vector<Turn> &turns) {
        return std::any_of(turns.begin(), turns.end(), [](const Turn &turn) {
            return std::any_of(turn.parts.begin(), turn.parts.end(), [](const Part &part) {
                const TextPart *text = part.as<TextPart>();
                return text && text->text.view().bytes.toByteArray().toLower().contains("json");
            });
        });
    };
    return says(m_request.instructions) || says(m_request.turns);
}

void Encoder::writeSchema(QByteArrayView schema, bool isStrict)
{
    const OutputAsk &ask = m_request.output;
    const CleanSchema clean
        = cleanSchema(schema, isStrict ? SchemaProfile::OpenAiStrict : m_can.schemaProfile,
                      "response_format", m_changes);
    if (isStrict && !clean.isStrict) {
        isStrict = false;
        m_changes.degrade("response_format", "strict", "strict=false", "schema-not-strict");
    }
    appendBytes(m_out, R"({"type":"json_schema","json_schema":{"name":)");
    json::appendQuoted(m_out,
                       ask.name.isEmpty() ? QByteArray("response")
                                          : targetToolName(ask.name, ToolNameRule::OpenAi64));
    if (!ask.description.isEmpty()) {
        appendBytes(m_out, R"(,"description":)");
        appendQuoted(m_out, ask.description);
    }
    appendBytes(m_out, R"(,"schema":)");
    if (clean.raw.isEmpty())
        appendBytes(m_out, R"({"type":"object","properties":{}})");
    else
        appendBytes(m_out, clean.raw);
    if (ask.strict)
        appendBytes(m_out, isStrict ? R"(,"strict":true)" : R"(,"strict":false)");
    appendBytes(m_out, "}}");
}

void Encoder::writeOutput(const ReasoningAsk &reasoning)
{
    const OutputAsk &ask = m_request.output;
    if (!ask.verbosity.isEmpty()) {
        if (m_can.takesStore)
            string("verbosity", ask.verbosity);
        else
            m_changes.drop("verbosity", ask.verbosity, "no-field");
    }
    const bool isSchema = ask.kind == OutputAsk::Kind::Schema;
    if (ask.kind != OutputAsk::Kind::Json && !isSchema)
        return;
    SchemaMode mode = m_can.schemaMode;
    if (isSchema && !m_can.takesSchemaWithTools && !m_request.tools.empty()) {
        m_changes.degrade("response_format", "json_schema", "instruction", "schema-with-tools");
        mode = SchemaMode::Instruction;
    }
    const bool thinks = reasoning.state == ReasoningAsk::State::On
        || reasoning.state == ReasoningAsk::State::Adaptive;
    if (mode == SchemaMode::ForcedTool && (!isSchema || !m_request.tools.empty() || thinks))
        mode = SchemaMode::Instruction;
    const QByteArray told = isSchema
        ? "Answer with JSON only, without any text around it, by this JSON Schema: " + ask.schemaRaw
        : QByteArray("Answer with a JSON object only, without any text around it.");
    switch (mode) {
    case SchemaMode::Native:
        if (isSchema) {
            if (member("response_format"))
                writeSchema(ask.schemaRaw, ask.strict.value_or(false));
            return;
        }
        [[fallthrough]];
    case SchemaMode::JsonOnly:
        if (isSchema) {
            m_changes.degrade("response_format", "json_schema", "json_object", "schema-mode");
            instruct(told);
        } else if (!saysJson()) {
            // OpenAI refuses the mode where the prompt does not name it.
            m_changes.note(Deed::Emulated, "response_format", {}, {}, "json-in-prompt");
            instruct(told);
        }
        if (member("response_format"))
            appendBytes(m_out, R"({"type":"json_object"})");
        return;
    case SchemaMode::ForcedTool: {
        Tool tool;
        tool.name = kOutputTool.toByteArray();
        tool.description = ask.description.isEmpty() ? Text::plain(QByteArrayLiteral("The answer."))
                                                     : ask.description;
        tool.schemaRaw = ask.schemaRaw;
        m_request.tools.push_back(std::move(tool));
        m_request.toolChoice.mode = ToolChoice::Mode::One;
        m_request.toolChoice.names = {kOutputTool.toByteArray()};
        m_map.outputTool = kOutputTool.toByteArray();
        m_changes.note(Deed::Emulated, "response_format", "json_schema", "tool", "schema-mode");
        return;
    }
    case SchemaMode::Instruction:
        m_changes.degrade("response_format", isSchema ? "json_schema" : "json_object",
                          "instruction", "schema-mode");
        instruct(told);
        return;
    }
}

void Encoder::writeMeta()
{
    const Meta &meta = m_request.meta;
    const auto hint = [&](const char *name, QByteArrayView value) {
        if (value.isEmpty())
            return;
        if (m_can.takesStore)
            string(name, value);
        else
            m_changes.drop(name, value, "no-field");
    };
    hint("safety_identifier", meta.userId);
    hint("service_tier", meta.serviceTier);
    if (m_can.takesStore) {
        if (meta.store && member("store"))
            appendBytes(m_out, *meta.store ? "true" : "false");
        // OpenAI keeps metadata only of what it stores.
        if (!meta.metadataRaw.isEmpty()) {
            if (meta.store.value_or(false) && member("metadata"))
                appendBytes(m_out, meta.metadataRaw);
            else
                m_changes.drop("metadata", meta.metadataRaw, "no-field");
        }
    } else {
        if (meta.store)
            m_changes.drop("store", *meta.store ? "true" : "false", "no-field");
        if (!meta.metadataRaw.isEmpty())
            m_changes.drop("metadata", meta.metadataRaw, "no-field");
    }
    const CacheHints &cache = m_request.cache;
    if (m_can.cache == CacheForm::OpenAiKey || m_can.cache == CacheForm::OpenRouter) {
        string("prompt_cache_key", cache.key);
        if (m_can.cache == CacheForm::OpenAiKey)
            string("prompt_cache_retention", cache.retention);
    } else if (!cache.key.isEmpty()) {
        m_changes.drop("prompt_cache_key", cache.key, "no-field");
    }
    if (cache.topLevel && m_can.cache == CacheForm::OpenRouter && member("cache_control"))
        appendBytes(m_out,
                    cache.topLevel->isOneHour ? R"({"type":"ephemeral","ttl":"1h"})"
                                              : R"({"type":"ephemeral"})");
}

void Encoder::writeExtras()
{
    for (const Extra &extra : m_request.extras) {
        if (m_request.source != DialectId::OpenAiChat) {
            m_changes.drop(extra.path, extra.raw, "unknown-field");
            continue;
        }
        // What says how to think was written above.
        if (extra.path == "chat_template_kwargs" && m_can.thinking == ThinkingKind::Template
            && m_request.reasoning.state != ReasoningAsk::State::Unset)
            continue;
        if (member(extra.path.constData()))
            appendBytes(m_out, extra.raw);
    }
}

} // namespace

WireRequest encodeRequest(Request request, const Target &target, Changes &changes)
{
    repair(request, target, changes);
    auto map = std::make_shared<ReplyMap>();
    map->names.apply(request, target.can.toolName);
    WireRequest wire;
    wire.body = Encoder(request, target, *map, changes).write();
    wire.path = "chat/completions";
    wire.map = std::move(map);
    return wire;
}

} // namespace sb::translate::openai_chat
