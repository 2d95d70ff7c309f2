#include "chat/effort.h"
#include "dialect/scratch.h"
#include "translate/nodes.h"
#include "translate/openai_responses/openai_responses.h"
#include "translate/openai_responses/request_items.h"

using namespace sb::chat;

namespace sb::translate::openai_responses {

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
    void readInclude(json::Node include);
    void readOutput(json::Node text);
    void readReasoning(json::Node reasoning);
    void readChoice(json::Node choice);
    void readNames(json::Node tools, ToolChoice &choice);
    void refuse(QByteArrayView name, QByteArrayView advice);

    Request &m_request;
    Changes &m_changes;
};

void Decoder::refuse(QByteArrayView name, QByteArrayView advice)
{
    const QByteArray what
        = "\"" + name.toByteArray() + "\" needs a server that keeps state; " + advice.toByteArray();
    m_changes.reject(name, what);
}

void Decoder::read(json::Node root)
{
    // Instructions stand before the system items of the input, wherever they were written.
    if (const json::Node instructions = root.find("instructions");
        instructions.isNonEmptyString()) {
        Turn turn;
        turn.role = Role::System;
        turn.parts.push_back(textPart(textOf(instructions)));
        m_request.instructions.push_back(std::move(turn));
    }
    readTools(root.find("tools"), "tools", m_request, m_changes);
    ItemReader(m_request, m_changes).read(root.find("input"));
    dialect::eachMember(root, [&](dialect::Key name, json::Node value) {
        if (!value.isNull())
            member(name, value);
    });
}

void Decoder::member(dialect::Key name, json::Node value)
{
    if (name == "instructions" || name == "tools" || name == "input" || name == "stream_options")
        return;
    if (name == "model") {
        m_request.model = value.text();
    } else if (name == "stream") {
        m_request.isStream = value.isTrue();
    } else if (name == "tool_choice") {
        readChoice(value);
    } else if (name == "parallel_tool_calls") {
        m_request.parallel = boolOf(value);
    } else if (name == "max_output_tokens") {
        if (qint64 tokens = 0; value.readInt(tokens))
            m_request.maxOutput = tokens;
    } else if (name == "temperature") {
        m_request.temperature = doubleOf(value);
    } else if (name == "top_p") {
        m_request.topP = doubleOf(value);
    } else if (name == "top_logprobs") {
        if (qint64 count = 0; value.readInt(count) && count > 0) {
            m_request.topLogprobs = int(qMin(count, qint64(1000)));
            m_request.logprobs = true;
        }
    } else if (name == "include") {
        readInclude(value);
    } else if (name == "text") {
        readOutput(value);
    } else if (name == "reasoning") {
        readReasoning(value);
    } else if (name == "store") {
        m_request.meta.store = boolOf(value);
    } else if (name == "metadata") {
        m_request.meta.metadataRaw = rawOf(value);
    } else if (name == "service_tier") {
        m_request.meta.serviceTier = value.text();
    } else if (name == "safety_identifier" || (name == "user" && m_request.meta.userId.isEmpty())) {
        m_request.meta.userId = value.text();
    } else if (name == "prompt_cache_key") {
        m_request.cache.key = value.text();
    } else if (name == "prompt_cache_retention") {
        m_request.cache.retention = value.text();
    } else if (name == "previous_response_id") {
        if (value.isNonEmptyString())
            refuse(name, "send the whole conversation in \"input\" instead.");
    } else if (name == "conversation") {
        refuse(name, "send the whole conversation in \"input\" instead.");
    } else if (name == "prompt") {
        refuse(name, "send the text itself instead.");
    } else if (name == "background") {
        if (value.isTrue())
            refuse(name, "ask for a stream instead.");
    } else if (!(name == "models")) { // the chain of this request: the router has read it
        m_request.extras.push_back({name.text.toByteArray(), rawOf(value)});
        // Codex's bookkeeping and what is a default anyway are not worth a word.
        if (name == "client_metadata" || (name == "truncation" && value.is("disabled")))
            return;
        m_changes.drop(name, value.raw().first(qMin(value.raw().size(), qsizetype(100))),
                       "no-counterpart");
    }
}

void Decoder::readInclude(json::Node include)
{
    for (const json::Node item : include.items()) {
        if (item.is("reasoning.encrypted_content"))
            m_request.reasoning.wantsEncrypted = true;
        else if (item.is("message.output_text.logprobs"))
            m_request.logprobs = true;
        else
            m_changes.drop("include", item.inner(), "no-counterpart");
    }
}

void Decoder::readOutput(json::Node text)
{
    m_request.output.verbosity = text.find("verbosity").text();
    const json::Node format = text.find("format");
    const json::Node type = format.find("type");
    OutputAsk &ask = m_request.output;
    if (type.is("text")) {
        ask.kind = OutputAsk::Kind::Text;
    } else if (type.is("json_object")) {
        ask.kind = OutputAsk::Kind::Json;
    } else if (type.is("json_schema")) {
        ask.kind = OutputAsk::Kind::Schema;
        ask.name = format.find("name").text();
        if (format.find("schema").isObject())
            ask.schemaRaw = rawOf(format.find("schema"));
        ask.description = textOf(format.find("description"));
        ask.strict = boolOf(format.find("strict"));
    } else if (type.exists()) {
        m_changes.reject("text.format", "\"text.format\" must be text, json_object or json_schema.",
                         "bad_request");
    }
}

void Decoder::readReasoning(json::Node reasoning)
{
    ReasoningAsk &ask = m_request.reasoning;
    if (const json::Node effort = reasoning.find("effort"); effort.isNonEmptyString()) {
        ask.effort = effortFromName(effort.text());
        if (ask.effort == Effort::None)
            ask.state = ReasoningAsk::State::Off;
        else if (ask.effort != Effort::Unset)
            ask.state = ReasoningAsk::State::On;
        else
            m_changes.drop("reasoning.effort", effort.inner(), "unknown-effort");
    }
    json::Node summary = reasoning.find("summary");
    if (!summary.isNonEmptyString())
        summary = reasoning.find("generate_summary");
    if (summary.isNonEmptyString()) {
        const bool isShown = !summary.is("none");
        ask.showsText = isShown;
        if (isShown)
            ask.summary = summary.text();
    }
}

void Decoder::readNames(json::Node tools, ToolChoice &choice)
{
    for (const json::Node tool : tools.items()) {
        QByteArray name = tool.find("name").text();
        if (name.isEmpty())
            name = tool.find("type").text();
        choice.names.push_back(std::move(name));
    }
}

void Decoder::readChoice(json::Node node)
{
    ToolChoice &choice = m_request.toolChoice;
    const json::Node type = node.find("type");
    if (node.is("auto")) {
        choice.mode = ToolChoice::Mode::Auto;
    } else if (node.is("none")) {
        choice.mode = ToolChoice::Mode::None;
    } else if (node.is("required")) {
        choice.mode = ToolChoice::Mode::Required;
    } else if (type.is("allowed_tools")) {
        choice.mode = node.find("mode").is("required") ? ToolChoice::Mode::SubsetRequired
                                                       : ToolChoice::Mode::SubsetAuto;
        readNames(node.find("tools"), choice);
    } else if (type.isNonEmptyString()) {
        choice.mode = ToolChoice::Mode::One;
        choice.isHosted = !type.is("function") && !type.is("custom");
        QByteArray name = node.find("name").text();
        if (name.isEmpty()) // as Chat has it
            name = node.find("function").find("name").text();
        choice.names.push_back(choice.isHosted || name.isEmpty() ? type.text() : name);
    } else {
        m_changes.reject("tool_choice", "\"tool_choice\" is none of the forms the API knows.",
                         "bad_request");
    }
}

} // namespace

Request decodeRequest(const RequestHead &, const QByteArray &body, Changes &changes)
{
    Request request;
    request.source = DialectId::OpenAiResponses;
    request.body = body;
    json::Scan &scan = dialect::scratch();
    if (!scan.run(request.body)) {
        changes.reject({}, "The request body is not valid JSON.", "bad_json");
        return request;
    }
    if (!scan.root().isObject()) {
        changes.reject({}, "The request body must be a JSON object.", "bad_request");
        return request;
    }
    Decoder(request, changes).read(scan.root());
    dialect::tidyScratch();
    return request;
}

} // namespace sb::translate::openai_responses
