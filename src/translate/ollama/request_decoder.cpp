#include "chat/effort.h"
#include "dialect/scratch.h"
#include "translate/nodes.h"
#include "translate/ollama/media.h"
#include "translate/ollama/ollama.h"

using namespace sb::chat;

namespace sb::translate::ollama {

namespace {

QByteArrayView shortRaw(json::Node value)
{
    const QByteArrayView raw = value.raw();
    return raw.first(qMin(raw.size(), qsizetype(Changes::kValueLimit)));
}

class Decoder {
public:
    Decoder(Request &request, Changes &changes, bool isGenerate)
        : m_request(request)
        , m_changes(changes)
        , m_isGenerate(isGenerate)
    {
    }

    void read(json::Node root);

private:
    void member(dialect::Key name, json::Node value);
    void generateMember(dialect::Key name, json::Node value);
    void readOptions(json::Node options);
    void readThink(json::Node think);
    void readFormat(json::Node format);
    void readTools(json::Node tools);
    void readMessages(json::Node messages);
    void readMessage(json::Node message, const QByteArray &path);
    void readCalls(json::Node calls, const QByteArray &path, Turn &turn);
    void readImages(json::Node images, const QByteArray &path, Turn &turn);
    void extra(const QByteArray &path, json::Node value);
    void refuse(QByteArrayView name, QByteArrayView why);

    Request &m_request;
    Changes &m_changes;
    bool m_isGenerate;
    bool m_isLeading = true; // no turn but system ones so far
};

void Decoder::refuse(QByteArrayView name, QByteArrayView why)
{
    m_changes.reject(name, QByteArray("\"" + name.toByteArray() + "\" " + why.toByteArray()));
}

void Decoder::extra(const QByteArray &path, json::Node value)
{
    m_request.extras.push_back({path, rawOf(value)});
    m_changes.drop(path, shortRaw(value), "no-counterpart");
}

void Decoder::read(json::Node root)
{
    m_request.isStream = true; // unless it says otherwise [dialects §6]
    if (m_isGenerate) {
        if (const json::Node system = root.find("system"); system.isNonEmptyString()) {
            Turn turn;
            turn.role = Role::System;
            turn.parts.push_back(textPart(textOf(system)));
            m_request.instructions.push_back(std::move(turn));
        }
        Turn turn;
        if (const json::Node prompt = root.find("prompt"); prompt.isNonEmptyString()) {
            turn.parts.push_back(textPart(textOf(prompt)));
            turn.parts.back().path = "prompt";
        }
        readImages(root.find("images"), "images", turn);
        if (!turn.parts.empty())
            m_request.turns.push_back(std::move(turn));
    }
    dialect::eachMember(root, [&](dialect::Key name, json::Node value) {
        if (!value.isNull())
            member(name, value);
    });
}

void Decoder::member(dialect::Key name, json::Node value)
{
    if (name == "model") {
        m_request.model = value.text();
    } else if (name == "messages" && !m_isGenerate) {
        if (value.isArray())
            readMessages(value);
        else
            m_changes.reject("messages", "\"messages\" has to be an array.", "bad_request");
    } else if (name == "stream") {
        m_request.isStream = !value.isFalse();
    } else if (name == "tools") {
        readTools(value);
    } else if (name == "format") {
        readFormat(value);
    } else if (name == "options") {
        readOptions(value);
    } else if (name == "keep_alive") {
        m_request.keepAliveRaw = rawOf(value);
    } else if (name == "think") {
        readThink(value);
    } else if (name == "logprobs") {
        m_request.logprobs = boolOf(value);
    } else if (name == "top_logprobs") {
        if (const auto count = intOf(value); count && *count > 0)
            m_request.topLogprobs = int(qMin(*count, qint64(1000)));
    } else if (m_isGenerate) {
        generateMember(name, value);
    } else {
        extra(name.text.toByteArray(), value);
    }
}

void Decoder::generateMember(dialect::Key name, json::Node value)
{
    if (name == "prompt" || name == "system" || name == "images")
        return;
    const bool isAsked = value.isString() ? value.isNonEmptyString()
        : value.isArray()                 ? !value.isEmpty()
                                          : !value.isFalse();
    if (!isAsked)
        return;
    if (name == "suffix")
        refuse(name,
               "asks to fill a hole in a text, which this target cannot do; ask a provider "
               "with Ollama's own API.");
    else if (name == "raw" || name == "template" || name == "context")
        refuse(name,
               "changes how the prompt is built, which only Ollama's own API knows; send "
               "messages to /api/chat instead.");
    else
        extra(name.text.toByteArray(), value);
}

void Decoder::readOptions(json::Node options)
{
    dialect::eachMember(options, [&](dialect::Key name, json::Node value) {
        if (value.isNull())
            return;
        if (name == "num_ctx") {
            m_request.contextSize = intOf(value);
        } else if (name == "num_predict") {
            // -1 and -2: as much as there is room for.
            if (const auto tokens = intOf(value); tokens && *tokens >= 0)
                m_request.maxOutput = tokens;
        } else if (name == "temperature") {
            m_request.temperature = doubleOf(value);
        } else if (name == "top_k") {
            m_request.topK = intOf(value);
        } else if (name == "top_p") {
            m_request.topP = doubleOf(value);
        } else if (name == "min_p") {
            m_request.minP = doubleOf(value);
        } else if (name == "repeat_penalty") {
            m_request.repeatPenalty = doubleOf(value);
        } else if (name == "presence_penalty") {
            m_request.presencePenalty = doubleOf(value);
        } else if (name == "frequency_penalty") {
            m_request.frequencyPenalty = doubleOf(value);
        } else if (name == "seed") {
            m_request.seed = intOf(value);
        } else if (name == "stop") {
            if (value.isNonEmptyString())
                m_request.stop.push_back(textOf(value));
            for (const json::Node item : value.items()) {
                if (item.isNonEmptyString())
                    m_request.stop.push_back(textOf(item));
            }
        } else {
            extra("options." + name.text.toByteArray(), value);
        }
    });
}

// Off is a value of its own. [pitfall 43]
void Decoder::readThink(json::Node think)
{
    ReasoningAsk &ask = m_request.reasoning;
    if (think.isFalse()) {
        ask.state = ReasoningAsk::State::Off;
        ask.showsText = false;
        return;
    }
    if (!think.isTrue() && !think.isNonEmptyString())
        return;
    ask.effort = think.isString() ? effortFromName(think.text()) : Effort::Unset;
    ask.state = ask.effort == Effort::None ? ReasoningAsk::State::Off : ReasoningAsk::State::On;
    ask.showsText = ask.state == ReasoningAsk::State::On;
}

void Decoder::readFormat(json::Node format)
{
    if (format.isObject()) {
        m_request.output.kind = OutputAsk::Kind::Schema;
        m_request.output.schemaRaw = rawOf(format);
    } else if (format.is("json")) {
        m_request.output.kind = OutputAsk::Kind::Json;
    } else if (format.isNonEmptyString()) {
        refuse("format", "must be \"json\" or a JSON Schema.");
    }
}

void Decoder::readTools(json::Node tools)
{
    int index = -1;
    for (const json::Node item : tools.items()) {
        ++index;
        const json::Node function = item.find("function");
        Tool tool;
        tool.name = function.find("name").text();
        tool.raw = rawOf(item);
        // Never made a function without parameters by guess. [pitfall 79]
        if (!function.isObject() || tool.name.isEmpty()) {
            m_changes.drop(QByteArray("tools[" + QByteArray::number(index) + ']'), shortRaw(item),
                           "unknown-tool");
            continue;
        }
        if (const json::Node text = function.find("description"); text.isNonEmptyString())
            tool.description = textOf(text);
        if (const json::Node schema = function.find("parameters"); schema.isObject())
            tool.schemaRaw = rawOf(schema);
        m_request.tools.push_back(std::move(tool));
    }
}

void Decoder::readMessages(json::Node messages)
{
    int index = 0;
    for (const json::Node message : messages.items())
        readMessage(message, "messages[" + QByteArray::number(index++) + ']');
}

void Decoder::readMessage(json::Node message, const QByteArray &path)
{
    const QByteArray role = message.find("role").text();
    const json::Node content = message.find("content");
    Turn turn;
    if (role == "system" || role == "developer") {
        turn.role = role == "system" ? Role::System : Role::Developer;
        if (content.isNonEmptyString())
            turn.parts.push_back(textPart(textOf(content)));
        if (turn.parts.empty())
            return;
        (m_isLeading ? m_request.instructions : m_request.turns).push_back(std::move(turn));
        return;
    }
    m_isLeading = false;
    if (role == "tool") {
        ToolResult result;
        result.callId = message.find("tool_call_id").text();
        result.name = message.find("tool_name").text();
        if (result.name.isEmpty())
            result.name = message.find("name").text();
        if (content.isNonEmptyString())
            result.parts.push_back(textPart(textOf(content)));
        Turn media;
        readImages(message.find("images"), path, media);
        for (Part &part : media.parts)
            result.parts.push_back(std::move(part));
        Part part{std::move(result)};
        part.path = path;
        // Results of one batch stand together. [translation §7.3]
        if (!m_request.turns.empty() && m_request.turns.back().role == Role::User
            && !m_request.turns.back().parts.empty()
            && m_request.turns.back().parts.back().is<ToolResult>()) {
            m_request.turns.back().parts.push_back(std::move(part));
            return;
        }
        turn.parts.push_back(std::move(part));
        m_request.turns.push_back(std::move(turn));
        return;
    }
    if (role != "user" && role != "assistant") {
        m_changes.reject(QByteArray(path + ".role"),
                         "A message has no role that is known; use system, user, assistant or "
                         "tool.",
                         "bad_request");
        return;
    }
    turn.role = role == "user" ? Role::User : Role::Assistant;
    if (const json::Node thinking = message.find("thinking");
        turn.role == Role::Assistant && thinking.isNonEmptyString()) {
        Reasoning reasoning;
        reasoning.text = textOf(thinking);
        turn.parts.push_back(Part(std::move(reasoning)));
    }
    if (content.isNonEmptyString()) {
        turn.parts.push_back(textPart(textOf(content)));
        turn.parts.back().path = path + ".content";
    } else if (content.isArray() || content.isObject()) {
        m_changes.reject(QByteArray(path + ".content"),
                         "\"content\" must be a string in Ollama's API.", "bad_request");
    }
    readImages(message.find("images"), path, turn);
    if (turn.role == Role::Assistant)
        readCalls(message.find("tool_calls"), path, turn);
    if (!turn.parts.empty())
        m_request.turns.push_back(std::move(turn));
}

void Decoder::readCalls(json::Node calls, const QByteArray &path, Turn &turn)
{
    for (const json::Node item : calls.items()) {
        const json::Node function = item.find("function");
        const json::Node arguments = function.find("arguments");
        ToolCall call;
        call.id = item.find("id").text(); // often missing: the repair makes one
        call.name = function.find("name").text();
        // Objects by the book, text from those who copy OpenAI's. [pitfall 13]
        if (arguments.isString())
            call.arguments = textOf(arguments);
        else if (arguments.exists() && !arguments.isNull())
            call.arguments = Text::view(TextView::plain(arguments.raw()));
        Part part{std::move(call)};
        part.path = path + ".tool_calls";
        turn.parts.push_back(std::move(part));
    }
}

void Decoder::readImages(json::Node images, const QByteArray &path, Turn &turn)
{
    int index = 0;
    for (const json::Node item : images.items()) {
        const QByteArray place = path + ".images[" + QByteArray::number(index++) + ']';
        if (!item.isNonEmptyString()) {
            m_changes.reject(place, "An image must be a base64 string.", "bad_request");
            continue;
        }
        Part part{readMedia(item)};
        part.path = place;
        turn.parts.push_back(std::move(part));
    }
}

} // namespace

Request decodeRequest(const RequestHead &head, const QByteArray &body, Changes &changes)
{
    Request request;
    request.source = DialectId::Ollama;
    request.body = body;
    json::Scan &scan = dialect::scratch();
    if (!scan.run(request.body) || !scan.root().isObject())
        changes.reject({}, "The body is not a JSON object.", "bad_json");
    else
        Decoder(request, changes, isGeneratePath(head.path)).read(scan.root());
    dialect::tidyScratch();
    return request;
}

} // namespace sb::translate::ollama
