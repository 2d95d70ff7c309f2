#include "base/bytes.h"
#include "chat/effort.h"
#include "chat/repair.h"
#include "chat/schema.h"
#include "translate/client_tools.h"
#include "translate/gemini/content_writer.h"
#include "translate/gemini/gemini.h"
#include "translate/gemini/wire.h"
#include "json/text.h"
#include "json/writer.h"

namespace sb::translate::gemini {

namespace {

using chat::Request;
using Mode = chat::ToolChoice::Mode;

constexpr size_t kStops = 5; // [translation §4]

// Members of one object, in the order they are added.
class Members {
public:
    void add(QByteArrayView name, QByteArrayView raw)
    {
        m_text.append(m_text.isEmpty() ? '{' : ',');
        json::appendQuoted(m_text, name); // a client may have chosen it
        m_text.append(':');
        appendBytes(m_text, raw);
    }
    void addNumber(QByteArrayView name, double value)
    {
        add(name, json::Writer().number(value).take());
    }
    void addCount(QByteArrayView name, qint64 value) { add(name, QByteArray::number(value)); }
    void addString(QByteArrayView name, QByteArrayView value)
    {
        QByteArray quoted;
        json::appendQuoted(quoted, value);
        add(name, quoted);
    }
    bool isEmpty() const { return m_text.isEmpty(); }
    QByteArray take() { return m_text.isEmpty() ? QByteArray("{}") : std::move(m_text) + '}'; }

private:
    QByteArray m_text;
};

// What the dialect demands whatever is configured. [translation §14]
chat::Target fitted(const chat::Target &target)
{
    chat::Target own = target;
    own.can.isAlternating = true;
    own.can.isUserFirst = true;
    own.can.takesMidSystem = false;
    own.can.toolName = chat::ToolNameRule::Gemini;
    if (own.can.schemaProfile == chat::SchemaProfile::Plain)
        own.can.schemaProfile = chat::SchemaProfile::GeminiJsonSchema;
    own.can.stopMax = int(kStops);
    if (own.can.thinking == chat::ThinkingKind::None) {
        const QByteArray name = own.model.toLower();
        if (name.contains("gemini-2.5"))
            own.can.thinking = chat::ThinkingKind::Budget;
        else if (name.contains("gemini-3") || name.contains("gemini-4"))
            own.can.thinking = chat::ThinkingKind::Level;
    }
    return own;
}

bool isListed(const chat::ToolChoice &choice, const QByteArray &name)
{
    return std::find(choice.names.begin(), choice.names.end(), name) != choice.names.end();
}

// [translation §7.1]
void writeFunction(QByteArray &out, const chat::Tool &tool, const chat::Target &target,
                   chat::Changes &changes)
{
    Members members;
    members.addString("name", tool.name);
    QByteArray description = tool.description.toPlain();
    QByteArray schema = tool.schemaRaw;
    if (tool.kind == chat::ToolKind::Custom) {
        if (!description.isEmpty())
            description += "\n\n";
        description += "The member \"input\" is raw text, not JSON.";
        if (!tool.formatRaw.isEmpty() && tool.formatRaw.size() <= 2000)
            description += " Its form: " + tool.formatRaw;
        schema = kFreeInput.toByteArray();
    }
    if (tool.kind == chat::ToolKind::Typed)
        schema = typedSchema(tool.type).toByteArray();
    if (!description.isEmpty())
        members.addString("description", description);
    if (!schema.isEmpty()) {
        const chat::CleanSchema clean
            = chat::cleanSchema(schema, target.can.schemaProfile,
                                QByteArray("tools." + tool.name + ".parameters"), changes);
        if (!clean.raw.isEmpty()) {
            members.add(target.can.schemaProfile == chat::SchemaProfile::GeminiParameters
                            ? "parameters"
                            : "parametersJsonSchema",
                        clean.raw);
        }
    }
    if (!out.isEmpty())
        appendBytes(out, ",");
    appendBytes(out, members.take());
}

void writeHosted(QByteArray &out, const chat::Tool &tool, const Request &request,
                 const chat::Target &target, chat::Changes &changes)
{
    const QByteArray field = "tools." + (tool.name.isEmpty() ? tool.type : tool.name);
    QByteArray raw;
    if (request.source == DialectId::Gemini) {
        raw = tool.raw;
    } else if (target.can.takesHostedTools) {
        if (tool.type.startsWith("web_search"))
            raw = "{\"googleSearch\":{}}";
        else if (tool.type.startsWith("code_execution") || tool.type == "code_interpreter")
            raw = "{\"codeExecution\":{}}";
        else if (tool.type.startsWith("web_fetch"))
            raw = "{\"urlContext\":{}}";
    }
    if (raw.isEmpty()) {
        changes.drop(field, tool.type, "hosted-tool");
        return;
    }
    if (request.source != DialectId::Gemini)
        changes.note(chat::Deed::Mapped, field, tool.type, raw, "hosted-tool");
    if (!out.isEmpty())
        appendBytes(out, ",");
    appendBytes(out, raw);
}

struct WrittenTools {
    QByteArray raw; // the array; empty = none
    bool hasFunctions = false;
};

WrittenTools writeTools(const Request &request, const chat::Target &target, chat::Changes &changes)
{
    const bool isFiltered = request.toolChoice.mode == Mode::SubsetAuto;
    QByteArray functions;
    QByteArray hosted;
    for (const chat::Tool &tool : request.tools) {
        if (tool.kind == chat::ToolKind::Hosted) {
            writeHosted(hosted, tool, request, target, changes);
            continue;
        }
        if (isFiltered && !isListed(request.toolChoice, tool.name))
            continue;
        if (tool.kind == chat::ToolKind::Typed) {
            const QByteArray field("tools." + tool.name);
            if (typedSchema(tool.type).isEmpty()) {
                changes.drop(field, tool.type, "typed-tool-unknown");
                continue;
            }
            changes.note(chat::Deed::Mapped, field, tool.type, "function", "typed-tool");
        }
        writeFunction(functions, tool, target, changes);
    }
    WrittenTools written;
    written.hasFunctions = !functions.isEmpty();
    QByteArray list = hosted;
    if (written.hasFunctions) {
        list = "{\"functionDeclarations\":[" + functions + "]}"
            + (hosted.isEmpty() ? QByteArray() : ',' + hosted);
    }
    if (!list.isEmpty())
        written.raw = '[' + list + ']';
    return written;
}

// [translation §7.2]
QByteArray toolConfig(const Request &request, chat::Changes &changes)
{
    const chat::ToolChoice &choice = request.toolChoice;
    if (choice.isHosted && (choice.mode == Mode::One || choice.mode == Mode::SubsetRequired)) {
        changes.reject("tool_choice",
                       "Gemini cannot be made to use one of its own tools: choose \"auto\".");
        return {};
    }
    QByteArrayView mode;
    switch (choice.mode) {
    case Mode::Unset:
        return {};
    case Mode::Auto:
    case Mode::SubsetAuto:
        mode = "AUTO";
        break;
    case Mode::None:
        mode = "NONE";
        break;
    case Mode::Required:
    case Mode::One:
    case Mode::SubsetRequired:
        mode = "ANY";
        break;
    }
    Members calling;
    calling.addString("mode", mode);
    if (choice.mode == Mode::One || choice.mode == Mode::SubsetRequired) {
        QByteArray names = "[";
        for (const QByteArray &name : choice.names) {
            if (names.size() > 1)
                names += ',';
            json::appendQuoted(names, name);
        }
        calling.add("allowedFunctionNames", QByteArray(names + ']'));
    }
    return "{\"functionCallingConfig\":" + calling.take() + '}';
}

// [translation §9.1]
void addThinking(Members &config, const Request &request, const chat::Target &target,
                 qint64 roomBudget, const chat::ReasoningAsk &ask)
{
    using State = chat::ReasoningAsk::State;
    Q_UNUSED(roomBudget);
    const bool isAsked = ask.state != State::Unset || ask.effort != chat::Effort::Unset;
    Members thinking;
    const bool isOff = ask.state == State::Off || ask.effort == chat::Effort::None;
    const bool isPro = target.model.toLower().contains("pro");
    const bool shows = request.reasoning.showsText.value_or(isAsked && !isOff);
    if (target.can.thinking != chat::ThinkingKind::None
        && (isAsked || request.reasoning.showsText)) {
        if (shows && !isOff)
            thinking.add("includeThoughts", "true");
        if (target.can.thinking == chat::ThinkingKind::Level) {
            QByteArrayView level;
            const chat::Effort effort = ask.effort != chat::Effort::Unset ? ask.effort
                : ask.budget ? chat::effortForBudget(*ask.budget)
                             : chat::Effort::Unset;
            if (isOff)
                level = isPro ? "LOW" : "MINIMAL";
            else if (effort == chat::Effort::Minimal)
                level = isPro ? "LOW" : "MINIMAL";
            else if (effort == chat::Effort::Low)
                level = "LOW";
            else if (effort == chat::Effort::Medium)
                level = "MEDIUM";
            else if (effort >= chat::Effort::High)
                level = "HIGH";
            if (!level.isEmpty())
                thinking.addString("thinkingLevel", level);
        } else if (isOff) {
            thinking.addCount("thinkingBudget", isPro || !target.can.canTurnThinkingOff ? 128 : 0);
        } else if (ask.budget) {
            qint64 budget = *ask.budget;
            if (target.can.budgetMax > 0)
                budget = qMin(budget, target.can.budgetMax);
            thinking.addCount("thinkingBudget", qMax(budget, target.can.budgetMin));
        } else if (ask.effort != chat::Effort::Unset) {
            thinking.addCount("thinkingBudget", chat::budgetForEffort(ask.effort, target.can));
        } else if (ask.state == State::Adaptive) {
            thinking.addCount("thinkingBudget", -1);
        }
    }
    if (!thinking.isEmpty())
        config.add("thinkingConfig", thinking.take());
}

void addSampling(Members &config, const Request &request, const chat::Target &target,
                 chat::Changes &changes)
{
    const auto dropped = [&changes](QByteArrayView name, QByteArray value) {
        changes.drop(name, value, "sampling");
    };
    if (request.temperature) {
        const double most = qMin(target.can.temperatureMax, 2.0);
        const double value = qBound(0.0, *request.temperature, most);
        if (!target.can.takesSampling) {
            dropped("temperature", QByteArray::number(*request.temperature));
        } else {
            if (value != *request.temperature)
                changes.clamp("temperature", QByteArray::number(*request.temperature),
                              QByteArray::number(value), "temperature-range");
            config.addNumber("temperature", value);
        }
    }
    if (request.topP)
        config.addNumber("topP", *request.topP);
    if (request.topK)
        config.addCount("topK", *request.topK);
    if (request.minP)
        dropped("min_p", QByteArray::number(*request.minP));
    if (request.repeatPenalty)
        dropped("repeat_penalty", QByteArray::number(*request.repeatPenalty));
    if (!request.logitBiasRaw.isEmpty())
        dropped("logit_bias", request.logitBiasRaw);
    const auto penalty = [&](QByteArrayView name, const char *field, std::optional<double> value) {
        if (!value)
            return;
        if (!target.can.takesPenalties)
            dropped(field, QByteArray::number(*value));
        else
            config.addNumber(name, qBound(-2.0, *value, 2.0));
    };
    penalty("presencePenalty", "presence_penalty", request.presencePenalty);
    penalty("frequencyPenalty", "frequency_penalty", request.frequencyPenalty);
    if (request.seed) {
        // 32 bits on this wire.
        if (*request.seed < INT32_MIN || *request.seed > INT32_MAX)
            changes.drop("seed", QByteArray::number(*request.seed), "seed-range");
        else
            config.addCount("seed", *request.seed);
    }
    QByteArray stops;
    size_t count = 0;
    for (const chat::Text &stop : request.stop) {
        if (stop.isEmpty())
            continue;
        if (++count > kStops) {
            changes.drop("stop", stop.toPlain(), "stop-count");
            continue;
        }
        if (!stops.isEmpty())
            stops += ',';
        chat::appendQuoted(stops, stop);
    }
    if (!stops.isEmpty())
        config.add("stopSequences", QByteArray('[' + stops + ']'));
    if (request.logprobs.value_or(false)) {
        config.add("responseLogprobs", "true");
        if (request.topLogprobs)
            config.addCount("logprobs", *request.topLogprobs);
    }
}

void addOutput(Members &config, const Request &request, const chat::Target &target,
               bool hasFunctions, chat::Changes &changes)
{
    using Kind = chat::OutputAsk::Kind;
    const chat::OutputAsk &ask = request.output;
    if (ask.kind == Kind::Json || ask.kind == Kind::Schema) {
        // Gemini 2.5 refuses the two together. [translation §10]
        if (hasFunctions && !target.can.takesSchemaWithTools) {
            changes.drop("response_format", ask.kind == Kind::Json ? "json" : "schema",
                         "schema-with-tools");
        } else {
            config.addString("responseMimeType", "application/json");
            if (ask.kind == Kind::Schema) {
                const chat::CleanSchema clean = chat::cleanSchema(
                    ask.schemaRaw, target.can.schemaProfile, "response_format", changes);
                if (!clean.raw.isEmpty()) {
                    config.add(target.can.schemaProfile == chat::SchemaProfile::GeminiParameters
                                   ? "responseSchema"
                                   : "responseJsonSchema",
                               clean.raw);
                }
            }
        }
    }
    QByteArray modalities;
    bool isTextOnly = true;
    for (const QByteArray &modality : ask.modalities) {
        isTextOnly = isTextOnly && modality == "text";
        if (!modalities.isEmpty())
            modalities += ',';
        json::appendQuoted(modalities, modality.toUpper());
    }
    if (!isTextOnly)
        config.add("responseModalities", QByteArray('[' + modalities + ']'));
    if (!ask.verbosity.isEmpty())
        changes.drop("verbosity", ask.verbosity, "no-equivalent");
}

// What has no place in this dialect. [translation §3]
void sayDropped(const Request &request, chat::Changes &changes)
{
    const auto drop = [&changes](const char *field, const QByteArray &value) {
        if (!value.isEmpty())
            changes.drop(field, value, "no-equivalent");
    };
    if (request.source == DialectId::Gemini)
        return;
    drop("user", request.meta.userId);
    drop("metadata", request.meta.metadataRaw);
    drop("service_tier", request.meta.serviceTier);
    drop("prompt_cache_key", request.cache.key);
    drop("prompt_cache_retention", request.cache.retention);
    if (request.meta.store)
        drop("store", *request.meta.store ? "true" : "false");
    if (request.parallel && !*request.parallel)
        drop("parallel_tool_calls", "false");
    if (!request.meta.previousResponseId.isEmpty()) {
        changes.reject("previous_response_id",
                       "Gemini keeps no answers: send the whole conversation.");
    }
    if (request.meta.isBackground)
        changes.reject("background", "Gemini does not answer in the background.");
    for (const chat::Extra &extra : request.extras)
        drop(extra.path.constData(), extra.raw);
}

QByteArray escapedPath(const QByteArray &model)
{
    const QByteArray name = model.startsWith("models/") || model.startsWith("tunedModels/")
        ? model
        : "models/" + model;
    return name.toPercentEncoding("/:@");
}

} // namespace

WireRequest encodeRequest(Request request, const chat::Target &target, chat::Changes &changes)
{
    const chat::Target own = fitted(target);
    auto map = std::make_shared<ReplyMap>();
    chat::repair(request, own, changes);
    map->names.apply(request, own.can.toolName);
    if (request.choices > 1) {
        changes.reject("n", "Only one answer can be carried from Gemini: ask for n = 1.");
    }
    sayDropped(request, changes);

    const chat::ReasoningAsk ask = chat::targetReasoning(request.reasoning, own, changes);
    const WrittenTools tools = writeTools(request, own, changes);
    Members config;
    if (request.maxOutput) {
        qint64 most = *request.maxOutput;
        if (own.can.maxOutput > 0 && most > own.can.maxOutput) {
            changes.clamp("max_tokens", QByteArray::number(most),
                          QByteArray::number(own.can.maxOutput), "max-tokens-range");
            most = own.can.maxOutput;
        }
        config.addCount("maxOutputTokens", most);
    }
    addSampling(config, request, own, changes);
    addThinking(config, request, own, 0, ask);
    addOutput(config, request, own, tools.hasFunctions, changes);

    ContentWriter writer(request, own, changes);
    Members body;
    // What stays the same from turn to turn comes first. [pitfall 71]
    if (const QByteArray instruction = writer.instruction(); !instruction.isEmpty())
        body.add("systemInstruction", instruction);
    if (!tools.raw.isEmpty()) {
        body.add("tools", tools.raw);
        // Without functions the choice means nothing. [pitfall 66]
        if (tools.hasFunctions) {
            if (const QByteArray choice = toolConfig(request, changes); !choice.isEmpty())
                body.add("toolConfig", choice);
        }
    }
    if (request.source == DialectId::Gemini) {
        constexpr QByteArrayView kConfig("generationConfig.");
        for (const chat::Extra &extra : request.extras) {
            if (extra.path.startsWith(kConfig))
                config.add(QByteArrayView(extra.path).sliced(kConfig.size()), extra.raw);
            else if (!own.can.refusedFields.contains(extra.path))
                body.add(extra.path, extra.raw);
        }
        if (!request.meta.metadataRaw.isEmpty())
            body.add("labels", request.meta.metadataRaw);
        if (!request.meta.serviceTier.isEmpty())
            body.addString("serviceTier", request.meta.serviceTier);
    }
    if (!config.isEmpty())
        body.add("generationConfig", config.take());
    body.add("contents", writer.contents());

    WireRequest wire;
    wire.body = body.take();
    wire.path
        = escapedPath(own.model) + (own.isStream ? ":streamGenerateContent" : ":generateContent");
    if (own.isStream)
        wire.query = "alt=sse";
    wire.map = std::move(map);
    return wire;
}

} // namespace sb::translate::gemini
