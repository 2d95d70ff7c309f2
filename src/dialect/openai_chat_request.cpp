#include "dialect/openai_chat.h"

#include "dialect/request.h"
#include "dialect/scratch.h"
#include "json/splice.h"

namespace sb::dialect::openai_chat {

namespace {

// Tools the provider runs itself and that change something there. Function and custom tools are run
// by the client, searches only read. [robustness §2]
bool isActingTool(const QByteArray &type)
{
    return type.startsWith("code_interpreter") || type.startsWith("code_execution")
        || type.startsWith("computer") || type == "mcp" || type == "shell"
        || type.startsWith("browser_automation");
}

void readTools(json::Node tools, RequestFacts &facts)
{
    if (tools.isEmpty())
        return;
    facts.hasTools = true;
    for (const json::Node tool : tools.items()) {
        if (isActingTool(tool.find("type").text()))
            facts.kind = RequestKind::Stateful;
    }
}

void readMessages(json::Node messages, RequestFacts &facts)
{
    for (const json::Node message : messages.items()) {
        ++facts.messages;
        for (const json::Node part : message.find("content").items()) {
            const json::Node type = part.find("type");
            if (type.is("image_url") || type.is("input_image"))
                facts.hasImages = true;
            // An uploaded file lives with one provider's account.
            if (part.find("file").find("file_id").isNonEmptyString()
                || part.find("file_id").isNonEmptyString())
                facts.kind = RequestKind::Stateful;
        }
    }
}

// Texts of endpoints other than chat.
bool isPrompt(Key name)
{
    return name == "prompt" || name == "suffix" || name == "query" || name == "documents"
        || name == "text";
}

// A prompt may be tokens: [1,2] or [[1,2],[3]].
qint64 tokensIn(json::Node value)
{
    qint64 count = 0;
    for (const json::Node item : value.items())
        count += item.kind() == json::Node::Kind::Number ? 1 : tokensIn(item);
    return count;
}

bool isPure(Endpoint endpoint)
{
    return endpoint == Endpoint::Embeddings || endpoint == Endpoint::Rerank
        || endpoint == Endpoint::Moderations;
}

// Members that are read; each may stand once.
enum Field : int {
    Model,
    Models,
    Stream,
    StreamOptions,
    Messages,
    Tools,
    Functions,
    MaxTokens,
    MaxCompletionTokens,
    Choices,
    Store,
    Background,
    PreviousResponse,
    Conversation,
};

} // namespace

Result<RequestFacts> readRequest(Endpoint endpoint, const QByteArray &body)
{
    RequestScan scan;
    if (const Result<void> opened = scan.open(body); !opened)
        return unexpected(opened.error());
    RequestFacts facts;
    facts.dialect = DialectId::OpenAiChat;
    facts.endpoint = endpoint;
    facts.bodyObject = toSpan(scan.root().span());
    qint64 choices = 1;
    qint64 maxTokens = 0;
    qint64 maxCompletionTokens = 0;
    qint64 characters = 0;
    for (const json::Entry entry : scan.root().entries()) {
        const json::Node value = entry.value;
        QByteArray plain;
        const Key name = memberName(entry, plain);
        if (name == "model") {
            scan.note(Model, name);
            scan.readString(name, value, facts.model);
            facts.modelValue = toSpan(value.span());
        } else if (name == "models") {
            scan.note(Models, name);
            facts.modelsMember = toSpan(json::memberSpan(body, entry.key.span(), value.span()));
            scan.readModels(name, value, false, facts.models);
        } else if (name == "messages") {
            scan.note(Messages, name);
            readMessages(value, facts);
            characters += promptChars(value);
        } else if (name == "stream") {
            scan.note(Stream, name);
            scan.readBool(name, value, facts.isStream);
        } else if (name == "stream_options") {
            scan.note(StreamOptions, name);
            facts.streamOptionsValue = toSpan(value.span());
            if (!value.isObject() && !value.isNull())
                scan.wrongType(name, "an object");
            facts.asksUsage = value.find("include_usage").isTrue();
        } else if (name == "tools") {
            scan.note(Tools, name);
            readTools(value, facts);
            characters += promptChars(value);
        } else if (name == "functions") {
            scan.note(Functions, name);
            facts.hasTools = facts.hasTools || !value.isEmpty();
            characters += promptChars(value);
        } else if (name == "response_format") {
            facts.hasSchema = value.find("type").is("json_schema");
        } else if (name == "max_tokens") {
            scan.note(MaxTokens, name);
            scan.readInt(name, value, maxTokens);
            if (maxTokens <= 0)
                facts.emptyMaxTokens = toSpan(value.span());
        } else if (name == "max_completion_tokens") {
            scan.note(MaxCompletionTokens, name);
            scan.readInt(name, value, maxCompletionTokens);
            if (maxCompletionTokens <= 0)
                facts.emptyMaxTokens = toSpan(value.span());
        } else if (name == "n") {
            scan.note(Choices, name);
            scan.readInt(name, value, choices);
        } else if (name == "store") {
            scan.note(Store, name);
            if (value.isTrue())
                facts.kind = RequestKind::Stateful;
        } else if (name == "background") {
            scan.note(Background, name);
            if (value.isTrue())
                facts.kind = RequestKind::Stateful;
        } else if (name == "previous_response_id") {
            scan.note(PreviousResponse, name);
            if (value.isNonEmptyString())
                facts.kind = RequestKind::Stateful;
        } else if (name == "conversation") {
            scan.note(Conversation, name);
            if (!value.isNull())
                facts.kind = RequestKind::Stateful;
        } else if ((isRoutingField(name) || name == "fallbacks") && !value.isNull()) {
            scan.noteRouting(name, facts.routingFields);
        } else if (name == "input" || name == "instructions") {
            // Cursor posts a Responses body to this path. [clients §4.17]
            characters += promptChars(value) + 3 * tokensIn(value);
        } else if (endpoint != Endpoint::Generate && isPrompt(name)) {
            characters += promptChars(value) + 3 * tokensIn(value);
        }
    }
    if (scan.hasFailed())
        return unexpected(scan.error());
    facts.maxTokens = qMax(maxCompletionTokens > 0 ? maxCompletionTokens : maxTokens, qint64(0));
    facts.isOutputBounded = facts.maxTokens > 0; // some servers take 0 and less for no bound
    facts.choices = int(qBound(qint64(1), choices, qint64(10'000)));
    facts.promptTokens = (characters + 2) / 3;
    if (isPure(endpoint))
        facts.kind = RequestKind::Pure;
    tidyScratch();
    return facts;
}

} // namespace sb::dialect::openai_chat
