#include "chat/effort.h"
#include "chat/repair.h"
#include "chat/schema.h"
#include "translate/anthropic/anthropic.h"
#include "translate/anthropic/message_writer.h"

using namespace sb::chat;

namespace sb::translate::anthropic {

namespace {

constexpr QByteArrayView kOutputTool("structured_output");
constexpr QByteArrayView
    kJsonWish("Answer with one JSON object and nothing else: no text around it and no code fence.");

QByteArray decimal(double value)
{
    return QByteArray::number(value, 'g', QLocale::FloatingPointShortest);
}

class Encoder {
public:
    Encoder(Request &request, const Target &target, Changes &changes)
        : m_request(request)
        , m_target(target)
        , m_changes(changes)
        , m_writer(m_out, request, target, changes)
    {
    }

    QByteArray write();
    QByteArray outputTool() const { return m_outputTool; }

private:
    void refuseWhatChangesTheContract();
    void settleThinking();
    void thinkNot(const char *rule);
    void settleOutput();
    void writeTools();
    void writeTool(const Tool &tool, int index);
    bool isOffered(const Tool &tool) const;
    void writeChoice();
    void writeThinking();
    void writeDisplay();
    void writeSampling();
    void dropHints();

    Request &m_request;
    const Target &m_target;
    Changes &m_changes;
    QByteArray m_out;
    MessageWriter m_writer;
    ReasoningAsk m_reasoning;
    OutputRoom m_room;
    QByteArray m_outputTool;
    QByteArray m_wish; // one more system block
    bool m_hasTools = false;
};

// [translation §3]
void Encoder::refuseWhatChangesTheContract()
{
    const auto refuse = [this](const char *param, const char *why) {
        const QByteArray sentence = QByteArray(why) + " Ask for a target of the client's own API.";
        m_changes.reject(param, sentence);
    };
    if (m_request.choices > 1)
        refuse("n", "Anthropic gives one answer to a request.");
    if (m_request.logprobs.value_or(false) || m_request.topLogprobs.value_or(0) > 0)
        refuse("logprobs", "Anthropic tells no log probabilities.");
    if (m_request.meta.isBackground)
        refuse("background", "Anthropic has no background answers.");
    if (!m_request.meta.previousResponseId.isEmpty())
        refuse("previous_response_id", "Anthropic keeps no answers to go on from.");
    if (m_request.toolChoice.isHosted)
        refuse("tool_choice", "A tool that runs at another provider cannot be demanded of it.");
}

void Encoder::thinkNot(const char *rule)
{
    m_reasoning.state = ReasoningAsk::State::Off;
    m_reasoning.budget.reset();
    m_reasoning.effort = Effort::Unset;
    m_changes.degrade("reasoning", "on", "off", rule);
}

// Results are waiting for an answer whose calls came without a thought: with thinking on, the
// provider misses it there. [pitfall 37]
bool isLoopWithoutThought(const std::vector<Turn> &turns)
{
    const auto has = [](const Turn &turn, auto is) {
        return std::any_of(turn.parts.begin(), turn.parts.end(), is);
    };
    bool isLoop = false;
    for (auto turn = turns.rbegin(); turn != turns.rend(); ++turn) {
        if (turn->role == Role::User
            && !has(*turn, [](const Part &part) { return part.is<ToolResult>(); }))
            break;
        if (turn->role == Role::Assistant) {
            if (has(*turn, [](const Part &part) { return part.is<Reasoning>(); }))
                return false;
            isLoop |= has(*turn, [](const Part &part) { return part.is<ToolCall>(); });
        }
    }
    return isLoop;
}

// Forced tools and thinking exclude one another: what the client asked for by name wins.
// [pitfall 44]
void Encoder::settleThinking()
{
    using Mode = ToolChoice::Mode;
    using State = ReasoningAsk::State;
    ToolChoice &choice = m_request.toolChoice;
    const bool isForced = choice.mode == Mode::Required || choice.mode == Mode::One
        || choice.mode == Mode::SubsetRequired || !m_outputTool.isEmpty();
    const State asked = m_request.reasoning.state;
    m_reasoning = targetReasoning(m_request.reasoning, m_target, m_changes);
    const bool isOn = m_reasoning.state == State::On || m_reasoning.state == State::Adaptive;
    if (isOn && !m_request.turns.empty() && m_request.turns.back().role == Role::Assistant) {
        // An answer that was begun cannot be thought about first.
        thinkNot("prefill-thinking");
    } else if (m_reasoning.state == State::On && isLoopWithoutThought(m_request.turns)) {
        thinkNot("loop-without-thinking");
    } else if (isForced && isOn) {
        if (asked == State::Unset || !m_outputTool.isEmpty()) {
            thinkNot("forced-tool-thinking");
        } else {
            choice.mode = choice.mode == Mode::SubsetRequired ? Mode::SubsetAuto : Mode::Auto;
            m_changes.degrade("tool_choice", "required", "auto", "forced-tool-thinking");
        }
    }
    m_room = outputRoom(m_request, m_reasoning, m_target, m_changes);
}

// [translation §10]
void Encoder::settleOutput()
{
    if (m_request.output.kind == OutputAsk::Kind::Json) {
        m_wish = kJsonWish.toByteArray();
        m_changes.degrade("response_format", "json_object", "an instruction", "json-instruction");
        return;
    }
    if (m_request.output.kind != OutputAsk::Kind::Schema
        || m_target.can.schemaMode == SchemaMode::Native)
        return;
    if (m_target.can.schemaMode == SchemaMode::ForcedTool && m_request.tools.empty()) {
        m_outputTool = kOutputTool.toByteArray();
        m_changes.note(Deed::Emulated, "response_format", "json_schema", kOutputTool,
                       "schema-forced-tool");
        return;
    }
    m_wish = "Answer with one JSON value that fits this JSON Schema and nothing else:\n"
        + m_request.output.schemaRaw;
    m_changes.degrade("response_format", "json_schema", "an instruction", "schema-instruction");
}

bool Encoder::isOffered(const Tool &tool) const
{
    using Mode = ToolChoice::Mode;
    const ToolChoice &choice = m_request.toolChoice;
    if (choice.mode != Mode::SubsetAuto && choice.mode != Mode::SubsetRequired)
        return true;
    return std::find(choice.names.begin(), choice.names.end(), tool.name) != choice.names.end();
}

void Encoder::writeTool(const Tool &tool, int index)
{
    const QByteArray path = "tools[" + QByteArray::number(index) + ']';
    const bool isOwn = m_request.source == DialectId::Anthropic;
    if (tool.kind == ToolKind::Hosted && !isOwn) {
        m_changes.drop(path, tool.type.isEmpty() ? tool.name : tool.type, "hosted-tool");
        return;
    }
    m_out += m_hasTools ? "," : ",\"tools\":[";
    m_hasTools = true;
    if (isOwn && tool.kind != ToolKind::Function) {
        m_out += tool.raw;
        return;
    }
    m_out += "{\"name\":";
    appendQuoted(m_out, TextView::plain(tool.name));
    if (tool.kind == ToolKind::Custom) {
        QByteArray text = tool.description.toPlain();
        text += "\n\nGive the raw text in \"input\".";
        if (!tool.formatRaw.isEmpty() && tool.formatRaw.size() < 4096)
            text += " Its format: " + tool.formatRaw;
        m_out += ",\"description\":";
        appendQuoted(m_out, TextView::plain(text));
        m_out += ",\"input_schema\":{\"type\":\"object\",\"properties\":{\"input\":{\"type\":"
                 "\"string\"}},\"required\":[\"input\"]}}";
        m_changes.note(Deed::Emulated, path, "custom", "a function", "custom-tool");
        return;
    }
    if (!tool.description.isEmpty()) {
        m_out += ",\"description\":";
        appendQuoted(m_out, tool.description);
    }
    m_out += ",\"input_schema\":";
    if (isOwn) {
        m_out += tool.schemaRaw;
    } else {
        const bool isStrict = tool.strict.value_or(false) && m_target.can.takesStrictTools;
        const CleanSchema clean = cleanSchema(
            tool.schemaRaw.isEmpty() ? QByteArrayView("{}") : tool.schemaRaw,
            isStrict ? SchemaProfile::AnthropicStrict : SchemaProfile::Plain, path, m_changes);
        m_out += clean.raw.isEmpty() ? QByteArray("{\"type\":\"object\",\"properties\":{}}")
                                     : clean.raw;
    }
    if (tool.strict.value_or(false) && (isOwn || m_target.can.takesStrictTools))
        m_out += ",\"strict\":true";
    m_writer.writeMark(tool.cache);
    m_out += '}';
}

void Encoder::writeTools()
{
    for (int i = 0; i < int(m_request.tools.size()); ++i) {
        if (isOffered(m_request.tools[size_t(i)]))
            writeTool(m_request.tools[size_t(i)], i);
    }
    if (!m_outputTool.isEmpty()) {
        const CleanSchema clean = cleanSchema(m_request.output.schemaRaw, SchemaProfile::Plain,
                                              "response_format", m_changes);
        m_out += m_hasTools ? "," : ",\"tools\":[";
        m_hasTools = true;
        m_out += "{\"name\":\"" + m_outputTool
            + "\",\"description\":\"Gives the answer in its final form.\",\"input_schema\":"
            + clean.raw + '}';
    }
    if (m_hasTools)
        m_out += ']';
}

void Encoder::writeChoice()
{
    using Mode = ToolChoice::Mode;
    const ToolChoice &choice = m_request.toolChoice;
    if (!m_hasTools) // it is refused without tools [pitfall 66]
        return;
    const bool isSerial = m_request.parallel.has_value() && !*m_request.parallel;
    QByteArray type;
    if (!m_outputTool.isEmpty())
        type = "tool";
    else if (choice.mode == Mode::Required || choice.mode == Mode::SubsetRequired)
        type = "any";
    else if (choice.mode == Mode::One)
        type = "tool";
    else if (choice.mode == Mode::None)
        type = "none";
    else if (choice.mode == Mode::Auto || choice.mode == Mode::SubsetAuto || isSerial)
        type = "auto";
    if (type.isEmpty())
        return;
    m_out += ",\"tool_choice\":{\"type\":\"" + type + '"';
    if (type == "tool") {
        m_out += ",\"name\":";
        appendQuoted(m_out,
                     TextView::plain(!m_outputTool.isEmpty()    ? m_outputTool
                                         : choice.names.empty() ? QByteArray()
                                                                : choice.names.front()));
    }
    if (isSerial && type != "none")
        m_out += ",\"disable_parallel_tool_use\":true";
    m_out += '}';
}

// Models that adapt keep their thoughts to themselves unless they are asked for them.
void Encoder::writeDisplay()
{
    if (m_request.reasoning.showsText)
        m_out += *m_request.reasoning.showsText ? ",\"display\":\"summarized\""
                                                : ",\"display\":\"omitted\"";
}

// [translation §9.1] Off is said aloud: several servers think by default. [pitfall 43]
void Encoder::writeThinking()
{
    using State = ReasoningAsk::State;
    if (m_reasoning.state == State::Off) {
        m_out += ",\"thinking\":{\"type\":\"disabled\"}";
    } else if (m_reasoning.state == State::Adaptive) {
        m_out += ",\"thinking\":{\"type\":\"adaptive\"";
        writeDisplay();
        m_out += '}';
    } else if (m_reasoning.state == State::On && m_room.budget > 0) {
        m_out += ",\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":"
            + QByteArray::number(m_room.budget);
        if (m_request.source == DialectId::Anthropic)
            writeDisplay();
        m_out += '}';
    }
    QByteArray config;
    if (m_reasoning.effort != Effort::Unset && m_reasoning.effort != Effort::None
        && (m_target.can.thinking == ThinkingKind::Adaptive
            || m_request.source == DialectId::Anthropic))
        config += "\"effort\":\"" + effortName(m_reasoning.effort) + '"';
    if (m_request.output.kind == OutputAsk::Kind::Schema
        && m_target.can.schemaMode == SchemaMode::Native) {
        const CleanSchema clean = m_request.source == DialectId::Anthropic
            ? CleanSchema{m_request.output.schemaRaw}
            : cleanSchema(m_request.output.schemaRaw, SchemaProfile::AnthropicStrict,
                          "response_format", m_changes);
        if (!config.isEmpty())
            config += ',';
        config += "\"format\":{\"type\":\"json_schema\",\"schema\":" + clean.raw + '}';
    }
    if (!config.isEmpty())
        m_out += ",\"output_config\":{" + config + '}';
}

void Encoder::writeSampling()
{
    using State = ReasoningAsk::State;
    const bool thinks = (m_reasoning.state == State::On && m_room.budget > 0)
        || m_reasoning.state == State::Adaptive;
    const Capabilities &can = m_target.can;
    std::optional<double> temperature = m_request.temperature;
    if (temperature && (!can.takesSampling || (thinks && *temperature != 1))) {
        m_changes.drop("temperature", decimal(*temperature),
                       thinks ? "thinking-sampling" : "sampling-unsupported");
        temperature.reset();
    }
    if (temperature && *temperature > 1) {
        m_changes.clamp("temperature", decimal(*temperature), "1", "temperature-range");
        temperature = 1;
    }
    if (temperature)
        m_out += ",\"temperature\":" + decimal(*temperature);
    if (m_request.topP) {
        if (!can.takesSampling || (temperature && !can.takesTempAndTopP)
            || (thinks && *m_request.topP < 0.95))
            m_changes.drop("top_p", decimal(*m_request.topP), "sampling-unsupported");
        else
            m_out += ",\"top_p\":" + decimal(*m_request.topP);
    }
    if (m_request.topK) {
        if (!can.takesSampling || thinks)
            m_changes.drop("top_k", QByteArray::number(*m_request.topK), "sampling-unsupported");
        else
            m_out += ",\"top_k\":" + QByteArray::number(*m_request.topK);
    }
    const auto drop = [this](const char *field, const std::optional<double> &value) {
        if (value && *value != 0)
            m_changes.drop(field, decimal(*value), "sampling-unsupported");
    };
    drop("min_p", m_request.minP);
    drop("frequency_penalty", m_request.frequencyPenalty);
    drop("presence_penalty", m_request.presencePenalty);
    if (m_request.repeatPenalty && *m_request.repeatPenalty != 1)
        drop("repeat_penalty", m_request.repeatPenalty);
    if (m_request.seed)
        m_changes.drop("seed", QByteArray::number(*m_request.seed), "sampling-unsupported");
    if (!m_request.logitBiasRaw.isEmpty())
        m_changes.drop("logit_bias", m_request.logitBiasRaw, "sampling-unsupported");
    QByteArray stops;
    for (const Text &stop : m_request.stop) {
        if (stop.isBlank()) {
            m_changes.drop("stop", stop.toPlain(), "stop-blank");
            continue;
        }
        stops += stops.isEmpty() ? ",\"stop_sequences\":[" : ",";
        appendQuoted(stops, stop);
    }
    if (!stops.isEmpty())
        m_out += stops + ']';
}

void Encoder::dropHints()
{
    const auto drop = [this](const char *field, const QByteArray &value) {
        if (!value.isEmpty())
            m_changes.drop(field, value, "hint");
    };
    const bool isOwn = m_request.source == DialectId::Anthropic;
    drop("verbosity", m_request.output.verbosity);
    drop("metadata", m_request.meta.metadataRaw);
    drop("prompt_cache_key", m_request.cache.key);
    if (!isOwn) {
        drop("service_tier", m_request.meta.serviceTier);
        for (const Extra &extra : m_request.extras)
            m_changes.drop(extra.path, extra.raw, "hint");
    } else if (!m_request.meta.serviceTier.isEmpty()) {
        m_out += ",\"service_tier\":";
        appendQuoted(m_out, TextView::plain(m_request.meta.serviceTier));
    }
    if (!m_request.meta.userId.isEmpty()) {
        m_out += ",\"metadata\":{\"user_id\":";
        appendQuoted(m_out, TextView::plain(m_request.meta.userId));
        m_out += '}';
    }
    if (isOwn) {
        m_writer.writeMark(m_request.cache.topLevel);
        for (const Extra &extra : m_request.extras) {
            m_out += ',';
            appendQuoted(m_out, TextView::plain(extra.path));
            m_out += ':' + extra.raw;
        }
    }
}

// What prompt caches look at comes first, the messages last. [translation §11, pitfall 71]
QByteArray Encoder::write()
{
    refuseWhatChangesTheContract();
    settleOutput();
    settleThinking();
    m_out.reserve(m_request.body.size() + 1024);
    m_out += "{\"model\":";
    appendQuoted(m_out, TextView::plain(m_target.model));
    if (m_room.maxOutput > 0 || m_request.maxOutput == 0)
        m_out += ",\"max_tokens\":" + QByteArray::number(m_room.maxOutput);
    writeTools();
    writeChoice();
    m_writer.writeSystem(m_wish);
    writeThinking();
    writeSampling();
    dropHints();
    if (m_target.isStream)
        m_out += ",\"stream\":true";
    m_writer.writeMessages();
    m_out += '}';
    return std::move(m_out);
}

// An answer that was begun may not end in white space. [translation §5]
void trimPrefill(Request &request)
{
    if (request.turns.empty() || request.turns.back().role != Role::Assistant
        || request.turns.back().parts.empty())
        return;
    TextPart *last = request.turns.back().parts.back().as<TextPart>();
    if (!last)
        return;
    QByteArray said = last->text.toPlain();
    qsizetype end = said.size();
    while (end > 0 && (said[end - 1] == ' ' || (said[end - 1] >= '\t' && said[end - 1] <= '\r')))
        --end;
    if (end == said.size())
        return;
    said.truncate(end);
    last->text = Text::plain(said);
}

} // namespace

WireRequest encodeRequest(Request request, const Target &target, Changes &changes)
{
    auto map = std::make_shared<ReplyMap>();
    repair(request, target, changes);
    trimPrefill(request);
    map->names.apply(request,
                     target.can.toolName == ToolNameRule::Bedrock64 ? ToolNameRule::Bedrock64
                                                                    : ToolNameRule::Anthropic128);
    Encoder encoder(request, target, changes);
    WireRequest wire;
    wire.body = encoder.write();
    wire.path = "v1/messages";
    map->outputTool = encoder.outputTool();
    wire.map = std::move(map);
    return wire;
}

} // namespace sb::translate::anthropic
