#include "chat/effort.h"
#include "dialect/scratch.h"
#include "translate/nodes.h"
#include "translate/openai_chat/completions.h"
#include "translate/openai_chat/message_reader.h"
#include "translate/openai_chat/openai_chat.h"
#include "translate/openai_chat/request_tools.h"
#include "translate/openai_chat/words.h"

using namespace sb::chat;
using sb::dialect::eachMember;
using sb::dialect::Key;

namespace sb::translate::openai_chat {

namespace {

void readDouble(json::Node node, std::optional<double> &to)
{
    if (const auto value = doubleOf(node))
        to = value;
}

void readCount(json::Node node, std::optional<qint64> &to)
{
    qint64 value = 0;
    if (node.readInt(value))
        to = value;
}

void readBool(json::Node node, std::optional<bool> &to)
{
    if (node.isTrue() || node.isFalse())
        to = node.isTrue();
}

class Decoder {
public:
    Decoder(Request &request, Changes &changes)
        : m_request(request)
        , m_changes(changes)
    {
    }
    void read(json::Node root, bool isCompletion);

private:
    bool readSampling(Key key, json::Node value);
    bool readReasoning(Key key, json::Node value);
    bool readMeta(Key key, json::Node value);
    void readEffort(json::Node effort);
    void switchThinking(json::Node isOn);
    void readFormat(json::Node format);
    void readStop(json::Node stop);

    Request &m_request;
    Changes &m_changes;
    std::optional<qint64> m_completionBound; // the newer name wins
};

void Decoder::read(json::Node root, bool isCompletion)
{
    json::Node messages, tools, functions, choice, legacyChoice;
    eachMember(root, [&](Key key, json::Node value) {
        if (value.isNull())
            return; // as good as absent
        if (isCompletion && readCompletionMember(key, value, m_request, m_changes))
            return;
        if (key == "messages")
            messages = value;
        else if (key == "model")
            m_request.model = value.text();
        else if (key == "stream")
            m_request.isStream = value.isTrue();
        else if (key == "stream_options")
            m_request.asksUsage = value.find("include_usage").isTrue();
        else if (key == "tools")
            tools = value;
        else if (key == "functions")
            functions = value;
        else if (key == "tool_choice")
            choice = value;
        else if (key == "function_call")
            legacyChoice = value;
        else if (key == "parallel_tool_calls")
            readBool(value, m_request.parallel);
        else if (key == "response_format")
            readFormat(value);
        else if (key == "web_search_options")
            addSearch(m_request, value);
        else if (!(key == "models") // the chain of this request: the router has read it
                 && !readSampling(key, value) && !readReasoning(key, value)
                 && !readMeta(key, value))
            m_request.extras.push_back({QByteArrayView(key).toByteArray(), rawOf(value)});
    });
    if (m_completionBound)
        m_request.maxOutput = m_completionBound;
    m_request.isLegacyFunctions = functions.exists() && !tools.exists();
    readTools(m_request, tools.exists() ? tools : functions, m_changes);
    readToolChoice(m_request, choice.exists() ? choice : legacyChoice, m_changes);
    if (isCompletion) {
        if (m_request.turns.empty() && !m_changes.isRejected())
            m_changes.reject("prompt", "\"prompt\" has to be a text.", "bad_request");
        return;
    }
    if (!messages.isArray()) {
        m_changes.reject("messages", "\"messages\" has to be an array.", "bad_request");
        return;
    }
    MessageReader(m_request, m_changes).read(messages);
}

bool Decoder::readSampling(Key key, json::Node value)
{
    if (key == "max_completion_tokens") {
        readCount(value, m_completionBound);
    } else if (key == "max_tokens") {
        readCount(value, m_request.maxOutput);
    } else if (key == "temperature") {
        readDouble(value, m_request.temperature);
    } else if (key == "top_p") {
        readDouble(value, m_request.topP);
    } else if (key == "top_k") {
        readCount(value, m_request.topK);
    } else if (key == "min_p") {
        readDouble(value, m_request.minP);
    } else if (key == "frequency_penalty") {
        readDouble(value, m_request.frequencyPenalty);
    } else if (key == "presence_penalty") {
        readDouble(value, m_request.presencePenalty);
    } else if (key == "repetition_penalty" || key == "repeat_penalty") {
        readDouble(value, m_request.repeatPenalty);
    } else if (key == "seed" || key == "random_seed") {
        readCount(value, m_request.seed);
    } else if (key == "logit_bias") {
        if (!value.isEmpty())
            m_request.logitBiasRaw = rawOf(value);
    } else if (key == "n") {
        m_request.choices = int(qBound(qint64(1), value.toInt(1), qint64(1000)));
    } else if (key == "stop") {
        readStop(value);
    } else if (key == "logprobs") {
        readBool(value, m_request.logprobs);
    } else if (key == "top_logprobs") {
        if (qint64 count = 0; value.readInt(count))
            m_request.topLogprobs = int(qBound(qint64(0), count, qint64(1000)));
    } else {
        return false;
    }
    return true;
}

void Decoder::readStop(json::Node stop)
{
    const auto add = [this](json::Node text) {
        if (text.isNonEmptyString())
            m_request.stop.push_back(Text::view(viewOf(text)));
    };
    add(stop);
    for (const json::Node text : stop.items())
        add(text);
}

void Decoder::switchThinking(json::Node isOn)
{
    // Off is a value. [pitfall 43]
    if (isOn.isFalse())
        m_request.reasoning.state = ReasoningAsk::State::Off;
    else if (isOn.isTrue() && m_request.reasoning.state == ReasoningAsk::State::Unset)
        m_request.reasoning.state = ReasoningAsk::State::On;
}

void Decoder::readEffort(json::Node node)
{
    ReasoningAsk &ask = m_request.reasoning;
    const QByteArray word = node.text();
    if (word.isEmpty() || word == "default" || word == "auto")
        return;
    const Effort effort = effortFromName(word);
    if (effort == Effort::Unset) {
        m_changes.drop("reasoning_effort", word, "effort-unknown");
        return;
    }
    ask.effort = effort;
    ask.state = effort == Effort::None ? ReasoningAsk::State::Off : ReasoningAsk::State::On;
}

bool Decoder::readReasoning(Key key, json::Node value)
{
    ReasoningAsk &ask = m_request.reasoning;
    if (key == "reasoning_effort") {
        readEffort(value);
    } else if (key == "reasoning") {
        readEffort(value.find("effort"));
        readCount(value.find("max_tokens"), ask.budget);
        if (ask.budget && ask.state == ReasoningAsk::State::Unset)
            ask.state = *ask.budget > 0 ? ReasoningAsk::State::On : ReasoningAsk::State::Off;
        switchThinking(value.find("enabled"));
        if (const json::Node exclude = value.find("exclude"); exclude.isTrue())
            ask.showsText = false;
        ask.summary = value.find("summary").text();
    } else if (key == "thinking") {
        const json::Node type = value.find("type");
        if (type.is("disabled") || value.isFalse())
            ask.state = ReasoningAsk::State::Off;
        else if (type.is("adaptive") || type.is("auto"))
            ask.state = ReasoningAsk::State::Adaptive;
        else if (type.is("enabled") || value.isTrue())
            ask.state = ReasoningAsk::State::On;
        readCount(value.find("budget_tokens"), ask.budget);
    } else if (key == "enable_thinking") {
        switchThinking(value);
    } else if (key == "thinking_budget") {
        readCount(value, ask.budget);
    } else if (key == "include_reasoning") {
        readBool(value, ask.showsText);
    } else if (key == "chat_template_kwargs") {
        switchThinking(value.find("enable_thinking"));
        switchThinking(value.find("thinking"));
        m_request.extras.push_back({"chat_template_kwargs", rawOf(value)});
    } else {
        return false;
    }
    return true;
}

bool Decoder::readMeta(Key key, json::Node value)
{
    Meta &meta = m_request.meta;
    if (key == "safety_identifier") {
        meta.userId = value.text();
    } else if (key == "user") {
        if (meta.userId.isEmpty())
            meta.userId = value.text();
    } else if (key == "metadata") {
        if (value.isObject())
            meta.metadataRaw = rawOf(value);
    } else if (key == "service_tier") {
        meta.serviceTier = value.text();
    } else if (key == "store") {
        readBool(value, meta.store);
    } else if (key == "verbosity") {
        m_request.output.verbosity = value.text();
    } else if (key == "modalities") {
        for (const json::Node modality : value.items())
            m_request.output.modalities.push_back(modality.text());
    } else if (key == "prompt_cache_key") {
        m_request.cache.key = value.text();
    } else if (key == "prompt_cache_retention") {
        m_request.cache.retention = value.text();
    } else if (key == "cache_control") {
        m_request.cache.topLevel = readCacheMark(value);
    } else if (key == "keep_alive") {
        m_request.keepAliveRaw = rawOf(value);
    } else {
        return false;
    }
    return true;
}

void Decoder::readFormat(json::Node format)
{
    OutputAsk &ask = m_request.output;
    const json::Node type = format.find("type");
    json::Node schema = format.find("schema"); // llama.cpp's own form
    if (type.is("json_schema")) {
        const json::Node inner = format.find("json_schema");
        ask.kind = OutputAsk::Kind::Schema;
        ask.name = inner.find("name").text();
        if (const json::Node text = inner.find("description"); text.isNonEmptyString())
            ask.description = Text::view(viewOf(text));
        if (inner.find("schema").isObject())
            schema = inner.find("schema");
        readBool(inner.find("strict"), ask.strict);
        if (schema.isObject())
            ask.schemaRaw = rawOf(schema);
        else
            ask.kind = OutputAsk::Kind::Json;
    } else if (type.is("json_object")) {
        ask.kind = schema.isObject() ? OutputAsk::Kind::Schema : OutputAsk::Kind::Json;
        if (schema.isObject())
            ask.schemaRaw = rawOf(schema);
    } else if (type.is("text")) {
        ask.kind = OutputAsk::Kind::Text;
    } else {
        m_changes.reject("response_format",
                         QByteArray("A response format of the type \"" + type.text()
                                    + "\" cannot be carried to another provider; use "
                                      "json_schema."));
    }
}

} // namespace

Request decodeRequest(const RequestHead &head, const QByteArray &body, Changes &changes)
{
    Request request;
    request.source = DialectId::OpenAiChat;
    request.body = body;
    json::Scan &scan = dialect::scratch();
    if (!scan.run(request.body) || !scan.root().isObject()) {
        changes.reject({}, "The body has to be a JSON object.", "bad_json");
        return request;
    }
    Decoder(request, changes).read(scan.root(), isCompletionPath(head.path));
    return request;
}

} // namespace sb::translate::openai_chat
