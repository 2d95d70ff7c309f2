#include "chat/effort.h"
#include "dialect/scratch.h"
#include "translate/anthropic/anthropic.h"
#include "translate/anthropic/blocks.h"
#include "translate/nodes.h"

using namespace sb::chat;

namespace sb::translate::anthropic {

namespace {

class Decoder {
public:
    Decoder(Request &request, Changes &changes)
        : m_request(request)
        , m_changes(changes)
    {
    }

    void read(json::Node root);

private:
    void member(dialect::Key name, json::Node value);
    void readSystem(json::Node system);
    void readMessages(json::Node messages);
    void readTools(json::Node tools);
    void readTool(json::Node tool, const QByteArray &path);
    void readChoice(json::Node choice);
    void readThinking(json::Node thinking);
    void readOutput(json::Node config);
    void readFormat(json::Node format);

    Request &m_request;
    Changes &m_changes;
};

void Decoder::read(json::Node root)
{
    if (!root.isObject()) {
        m_changes.reject({}, "The body must be a JSON object.", "bad_json");
        return;
    }
    dialect::eachMember(root, [this](dialect::Key name, json::Node value) { member(name, value); });
    if (m_request.turns.empty())
        m_changes.reject("messages", "\"messages\" must hold at least one message.", "bad_request");
}

void Decoder::member(dialect::Key name, json::Node value)
{
    if (name == "messages") {
        readMessages(value);
    } else if (name == "model") {
        m_request.model = value.text();
    } else if (name == "system") {
        readSystem(value);
    } else if (name == "tools") {
        readTools(value);
    } else if (name == "tool_choice") {
        readChoice(value);
    } else if (name == "max_tokens") {
        if (qint64 most = 0; value.readInt(most))
            m_request.maxOutput = most;
    } else if (name == "stream") {
        m_request.isStream = value.isTrue();
    } else if (name == "temperature") {
        m_request.temperature = doubleOf(value);
    } else if (name == "top_p") {
        m_request.topP = doubleOf(value);
    } else if (name == "top_k") {
        if (qint64 most = 0; value.readInt(most))
            m_request.topK = most;
    } else if (name == "stop_sequences") {
        for (const json::Node stop : value.items())
            m_request.stop.push_back(textOf(stop));
    } else if (name == "thinking") {
        readThinking(value);
    } else if (name == "output_config") {
        readOutput(value);
    } else if (name == "output_format") {
        readFormat(value);
    } else if (name == "metadata") {
        m_request.meta.userId = value.find("user_id").text();
    } else if (name == "cache_control") {
        if (value.isObject())
            m_request.cache.topLevel = CacheMark{value.find("ttl").is("1h")};
    } else if (name == "service_tier") {
        m_request.meta.serviceTier = value.text();
    } else if (!(name == "fallbacks") && !(name == "betas")) {
        m_request.extras.push_back({name.text.toByteArray(), rawOf(value)});
    }
}

// Blocks stay blocks, so that their marks keep their places. [translation §5]
void Decoder::readSystem(json::Node system)
{
    Turn turn;
    turn.role = Role::System;
    turn.parts = readBlocks(system, "system", m_changes);
    if (!turn.parts.empty())
        m_request.instructions.push_back(std::move(turn));
}

void Decoder::readMessages(json::Node messages)
{
    int index = 0;
    for (const json::Node message : messages.items()) {
        const QByteArray path = "messages[" + QByteArray::number(index++) + ']';
        const json::Node role = message.find("role");
        Turn turn;
        if (role.is("assistant")) {
            turn.role = Role::Assistant;
        } else if (role.is("system")) {
            turn.role = Role::System;
        } else if (!role.is("user")) {
            const QByteArray sentence
                = "The role \"" + role.text() + "\" is not one of user, assistant and system.";
            m_changes.reject(QByteArray(path + ".role"), sentence, "bad_request");
            continue;
        }
        turn.parts = readBlocks(message.find("content"), QByteArray(path + ".content"), m_changes);
        m_request.turns.push_back(std::move(turn));
    }
}

void Decoder::readTools(json::Node tools)
{
    int index = 0;
    for (const json::Node tool : tools.items())
        readTool(tool, "tools[" + QByteArray::number(index++) + ']');
}

// [dialects §4.4] Known by type and without a schema: some run at the client, the rest at
// Anthropic.
void Decoder::readTool(json::Node node, const QByteArray &path)
{
    Tool tool;
    tool.name = node.find("name").text();
    tool.raw = rawOf(node);
    tool.cache = cacheOf(node);
    tool.description = textOf(node.find("description"));
    const QByteArray type = node.find("type").text();
    if (type.isEmpty() || type == "custom") {
        const json::Node schema = node.find("input_schema");
        if (!schema.isObject()) {
            const QByteArray sentence = "The tool \"" + tool.name
                + "\" has no input_schema, so nobody can know how to call it.";
            m_changes.reject(path, sentence, "bad_request"); // [pitfall 79]
            return;
        }
        tool.schemaRaw = rawOf(schema);
    } else {
        tool.type = type;
        const bool isAtClient = type.startsWith("bash_") || type.startsWith("text_editor_")
            || type.startsWith("computer_") || type.startsWith("memory_");
        tool.kind = isAtClient ? ToolKind::Typed : ToolKind::Hosted;
    }
    if (const json::Node strict = node.find("strict"); strict.isTrue() || strict.isFalse())
        tool.strict = strict.isTrue();
    tool.isDeferred = node.find("defer_loading").isTrue();
    m_request.tools.push_back(std::move(tool));
}

void Decoder::readChoice(json::Node choice)
{
    using Mode = ToolChoice::Mode;
    const json::Node type = choice.find("type");
    ToolChoice &to = m_request.toolChoice;
    to.mode = type.is("any") ? Mode::Required
        : type.is("tool")    ? Mode::One
        : type.is("none")    ? Mode::None
        : type.is("auto")    ? Mode::Auto
                             : Mode::Unset;
    if (to.mode == Mode::One)
        to.names.push_back(choice.find("name").text());
    if (choice.find("disable_parallel_tool_use").isTrue())
        m_request.parallel = false;
}

void Decoder::readThinking(json::Node thinking)
{
    using State = ReasoningAsk::State;
    if (!thinking.isObject())
        return;
    const json::Node type = thinking.find("type");
    ReasoningAsk &ask = m_request.reasoning;
    ask.state = type.is("disabled") ? State::Off
        : type.is("adaptive")       ? State::Adaptive
                                    : State::On;
    if (qint64 budget = 0; thinking.find("budget_tokens").readInt(budget))
        ask.budget = budget;
    if (const json::Node display = thinking.find("display"); display.isString())
        ask.showsText = !display.is("omitted");
}

void Decoder::readOutput(json::Node config)
{
    if (const json::Node effort = config.find("effort"); effort.isString())
        m_request.reasoning.effort = effortFromName(effort.text());
    if (const json::Node format = config.find("format"); format.isObject())
        readFormat(format);
}

void Decoder::readFormat(json::Node format)
{
    if (!format.find("type").is("json_schema"))
        return;
    m_request.output.kind = OutputAsk::Kind::Schema;
    m_request.output.schemaRaw = rawOf(format.find("schema"));
}

} // namespace

Request decodeRequest(const RequestHead &, const QByteArray &body, Changes &changes)
{
    Request request;
    request.source = DialectId::Anthropic;
    request.body = body;
    json::Scan &scan = dialect::scratch();
    if (!scan.run(request.body)) {
        changes.reject({}, "The body is not sound JSON.", "bad_json");
        return request;
    }
    Decoder(request, changes).read(scan.root());
    dialect::tidyScratch();
    return request;
}

} // namespace sb::translate::anthropic
