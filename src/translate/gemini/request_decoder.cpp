#include "chat/effort.h"
#include "translate/gemini/gemini.h"
#include "translate/gemini/open_api.h"
#include "translate/gemini/request_contents.h"
#include "translate/gemini/wire.h"

namespace sb::translate::gemini {

namespace {

using chat::Request;
using dialect::Key;
using Mode = chat::ToolChoice::Mode;

void readFunctions(json::Node functions, Request &request)
{
    for (const json::Node function : functions.items()) {
        chat::Tool tool;
        tool.raw = rawOf(function);
        members(function, [&](Key key, json::Node value) {
            if (key == "name")
                tool.name = value.text();
            else if (key == "description")
                tool.description = textOf(value);
            else if (key == "parametersJsonSchema" && value.isObject())
                tool.schemaRaw = rawOf(value);
            else if (key == "parameters" && value.isObject() && tool.schemaRaw.isEmpty())
                tool.schemaRaw = jsonSchema(value);
        });
        request.tools.push_back(std::move(tool));
    }
}

void readTools(json::Node tools, Request &request)
{
    const auto readOne = [&request](json::Node entry) {
        members(entry, [&](Key key, json::Node value) {
            if (key == "functionDeclarations") {
                readFunctions(value, request);
            } else if (!value.isNull()) {
                chat::Tool tool;
                tool.kind = chat::ToolKind::Hosted;
                tool.type = tool.name = key.text.toByteArray();
                tool.raw = rawOf(entry);
                request.tools.push_back(std::move(tool));
            }
        });
    };
    if (tools.isObject())
        readOne(tools);
    for (const json::Node entry : tools.items())
        readOne(entry);
}

// [translation §7.2]
void readToolConfig(json::Node config, Request &request)
{
    json::Node calling;
    members(config, [&](Key key, json::Node value) {
        if (key == "functionCallingConfig")
            calling = value;
    });
    QByteArray mode;
    chat::ToolChoice choice;
    members(calling, [&](Key key, json::Node value) {
        if (key == "mode") {
            mode = value.text().toUpper();
        } else if (key == "allowedFunctionNames") {
            for (const json::Node name : value.items())
                choice.names.push_back(name.text());
        }
    });
    const bool isSubset = !choice.names.empty();
    if (mode == "NONE") {
        choice.mode = Mode::None;
        choice.names.clear();
    } else if (mode == "ANY") {
        choice.mode = !isSubset        ? Mode::Required
            : choice.names.size() == 1 ? Mode::One
                                       : Mode::SubsetRequired;
    } else if (mode == "AUTO" || mode == "VALIDATED" || isSubset) {
        choice.mode = isSubset ? Mode::SubsetAuto : Mode::Auto;
    }
    request.toolChoice = std::move(choice);
}

// [translation §9.1]
void readThinking(json::Node config, Request &request)
{
    using State = chat::ReasoningAsk::State;
    chat::ReasoningAsk &ask = request.reasoning;
    members(config, [&](Key key, json::Node value) {
        qint64 budget = 0;
        if (key == "includeThoughts") {
            if (value.isTrue() || value.isFalse())
                ask.showsText = value.isTrue();
        } else if (key == "thinkingBudget" && readCount(value, budget)) {
            if (budget < 0) {
                ask.state = State::Adaptive;
            } else {
                ask.state = budget == 0 ? State::Off : State::On;
                if (budget > 0)
                    ask.budget = budget;
            }
        } else if (key == "thinkingLevel" && value.isString()) {
            QByteArray level = value.text().toLower();
            if (level.startsWith("thinking_level_"))
                level = level.sliced(15);
            ask.effort = chat::effortFromName(level);
            if (ask.effort == chat::Effort::None)
                ask.state = State::Off;
            else if (ask.effort != chat::Effort::Unset)
                ask.state = State::On;
        }
    });
}

void readOutput(const QByteArray &mime, const QByteArray &schema, Request &request)
{
    chat::OutputAsk &ask = request.output;
    if (!schema.isEmpty()) {
        ask.kind = chat::OutputAsk::Kind::Schema;
        ask.schemaRaw = schema;
    } else if (mime == "application/json") {
        ask.kind = chat::OutputAsk::Kind::Json;
    } else if (mime == "text/plain") {
        ask.kind = chat::OutputAsk::Kind::Text;
    }
}

void readConfig(json::Node config, Request &request)
{
    QByteArray mime;
    QByteArray schema;
    members(config, [&](Key key, json::Node value) {
        if (value.isNull())
            return;
        double number = 0;
        qint64 count = 0;
        if (key == "temperature" && readNumber(value, number))
            request.temperature = number;
        else if (key == "topP" && readNumber(value, number))
            request.topP = number;
        else if (key == "topK" && readNumber(value, number))
            request.topK = qint64(number);
        else if (key == "maxOutputTokens" && readCount(value, count))
            request.maxOutput = count;
        else if (key == "candidateCount" && readCount(value, count))
            request.choices = int(qBound(qint64(1), count, qint64(128)));
        else if (key == "seed" && readCount(value, count))
            request.seed = count;
        else if (key == "presencePenalty" && readNumber(value, number))
            request.presencePenalty = number;
        else if (key == "frequencyPenalty" && readNumber(value, number))
            request.frequencyPenalty = number;
        else if (key == "responseLogprobs")
            request.logprobs = value.isTrue();
        else if (key == "logprobs" && readCount(value, count))
            request.topLogprobs = int(qBound(qint64(0), count, qint64(100)));
        else if (key == "stopSequences") {
            for (const json::Node stop : value.items())
                request.stop.push_back(textOf(stop));
        } else if (key == "responseMimeType") {
            mime = value.text();
        } else if (key == "responseSchema" && value.isObject()) {
            if (schema.isEmpty())
                schema = jsonSchema(value);
        } else if ((key == "responseJsonSchema" || key == "_responseJsonSchema")
                   && value.isObject()) {
            schema = rawOf(value);
        } else if (key == "responseModalities") {
            for (const json::Node modality : value.items())
                request.output.modalities.push_back(modality.text().toLower());
        } else if (key == "thinkingConfig") {
            readThinking(value, request);
        } else {
            request.extras.push_back({"generationConfig." + key.text.toByteArray(), rawOf(value)});
        }
    });
    readOutput(mime, schema, request);
}

} // namespace

Request decodeRequest(const RequestHead &head, const QByteArray &body, chat::Changes &changes)
{
    Request request;
    request.source = DialectId::Gemini;
    request.body = body;
    const PathParts path = readPath(head.path);
    request.model = path.model;
    request.isStream = path.method == "streamGenerateContent";
    request.asksUsage = true;
    if (!scan().run(body) || !scan().root().isObject()) {
        changes.reject({}, "The request body is not a JSON object.", "bad_json");
        return request;
    }
    json::Node root = scan().root();
    // Counting may wrap the request. [dialects §5.6]
    members(scan().root(), [&](Key key, json::Node value) {
        if (key == "generateContentRequest" && value.isObject())
            root = value;
    });
    members(root, [&](Key key, json::Node value) {
        if (value.isNull())
            return;
        if (key == "contents") {
            readContents(value, request);
        } else if (key == "systemInstruction") {
            readInstruction(value, request);
        } else if (key == "tools") {
            readTools(value, request);
        } else if (key == "toolConfig") {
            readToolConfig(value, request);
        } else if (key == "generationConfig") {
            readConfig(value, request);
        } else if (key == "model") {
            if (request.model.isEmpty()) {
                const QByteArray name = value.text();
                request.model = name.startsWith("models/") ? name.sliced(7) : name;
            }
        } else if (key == "cachedContent") {
            if (value.isNonEmptyString()) {
                changes.reject("cachedContent",
                               "Cached content is kept by Google and cannot be read for another "
                               "provider: send the contents themselves.");
            }
        } else if (key == "labels") {
            request.meta.metadataRaw = rawOf(value);
        } else if (key == "serviceTier") {
            request.meta.serviceTier = value.text().toLower();
        } else if (key == "store") {
            request.meta.store = value.isTrue();
        } else if (!value.isEmpty() || !value.isArray()) {
            request.extras.push_back({key.text.toByteArray(), rawOf(value)});
        }
    });
    tidyScan();
    return request;
}

} // namespace sb::translate::gemini
