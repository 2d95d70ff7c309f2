#include "dialect/openai_responses.h"

#include "dialect/request.h"
#include "dialect/scratch.h"
#include "json/splice.h"

namespace sb::dialect::openai_responses {

namespace {

// Tools the provider runs itself and that change something there; searches only read and the rest
// is run by the client. [robustness §2]
bool isActingTool(const QByteArray &type)
{
    return type.startsWith("code_interpreter") || type.startsWith("computer") || type == "mcp"
        || type == "programmatic_tool_calling";
}

void readTools(json::Node tools, RequestFacts &facts)
{
    if (tools.isEmpty())
        return;
    facts.hasTools = true;
    for (const json::Node tool : tools.items()) {
        if (isActingTool(tool.find("type").text()))
            facts.kind = RequestKind::Stateful;
        // A shell or container of the provider's.
        if (tool.find("environment").find("type").is("container_auto"))
            facts.kind = RequestKind::Stateful;
    }
}

void readParts(json::Node parts, RequestFacts &facts)
{
    for (const json::Node part : parts.items()) {
        if (part.find("type").is("input_image"))
            facts.hasImages = true;
        // An uploaded file lives with one provider's account.
        if (part.find("file_id").isNonEmptyString())
            facts.kind = RequestKind::Stateful;
    }
}

void readInput(json::Node input, RequestFacts &facts)
{
    if (input.isString()) {
        facts.messages = 1;
        return;
    }
    for (const json::Node item : input.items()) {
        ++facts.messages;
        readParts(item.find("content"), facts);
        readParts(item.find("output"), facts);
        const json::Node type = item.find("type");
        // Refers to what the provider keeps.
        if (type.is("item_reference")
            || (!type.exists() && !item.find("role").exists() && item.find("id").exists()))
            facts.kind = RequestKind::Stateful;
        else if (type.is("additional_tools"))
            readTools(item.find("tools"), facts);
    }
}

// Members that are read; each may stand once.
enum Field : int {
    Model,
    Models,
    Input,
    Instructions,
    Stream,
    Tools,
    MaxOutputTokens,
    Store,
    Background,
    PreviousResponse,
    Conversation,
    Prompt,
};

} // namespace

Result<RequestFacts> readRequest(Endpoint endpoint, const QByteArray &body)
{
    RequestScan scan;
    if (const Result<void> opened = scan.open(body); !opened)
        return unexpected(opened.error());
    RequestFacts facts;
    facts.dialect = DialectId::OpenAiResponses;
    facts.endpoint = endpoint;
    facts.isStored = endpoint == Endpoint::Generate; // unless it says no
    facts.bodyObject = toSpan(scan.root().span());
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
        } else if (name == "input") {
            scan.note(Input, name);
            if (!value.isString() && !value.isArray() && !value.isNull())
                scan.wrongType(name, "a string or a list of items");
            readInput(value, facts);
            characters += promptChars(value);
        } else if (name == "instructions") {
            scan.note(Instructions, name);
            characters += promptChars(value);
        } else if (name == "stream") {
            scan.note(Stream, name);
            scan.readBool(name, value, facts.isStream);
        } else if (name == "tools") {
            scan.note(Tools, name);
            readTools(value, facts);
            characters += promptChars(value);
        } else if (name == "text") {
            facts.hasSchema = value.find("format").find("type").is("json_schema");
        } else if (name == "max_output_tokens") {
            scan.note(MaxOutputTokens, name);
            scan.readInt(name, value, facts.maxTokens);
            if (facts.maxTokens <= 0)
                facts.emptyMaxTokens = toSpan(value.span());
        } else if (name == "store") {
            scan.note(Store, name);
            facts.isStored = facts.isStored && !value.isFalse();
            if (value.isTrue())
                facts.kind = RequestKind::Stateful;
        } else if (name == "background") {
            scan.note(Background, name);
            if (value.isTrue())
                facts.kind = RequestKind::Stateful;
        } else if (name == "previous_response_id") {
            scan.note(PreviousResponse, name);
            if (value.isNonEmptyString()) {
                facts.kind = RequestKind::Stateful;
                facts.previousAnswer = value.text();
            }
        } else if (name == "conversation") {
            scan.note(Conversation, name);
            if (!value.isNull())
                facts.kind = RequestKind::Stateful;
        } else if (name == "prompt") {
            scan.note(Prompt, name);
            if (!value.isNull())
                facts.kind = RequestKind::Stateful; // a template in one account
        } else if ((isRoutingField(name) || name == "fallbacks") && !value.isNull()) {
            scan.noteRouting(name, facts.routingFields);
        }
    }
    if (scan.hasFailed())
        return unexpected(scan.error());
    facts.maxTokens = qMax(facts.maxTokens, qint64(0));
    facts.isOutputBounded = facts.maxTokens > 0;
    facts.promptTokens = (characters + 2) / 3;
    // Counting has no effect that could be repeated.
    if (endpoint == Endpoint::CountTokens) {
        facts.kind = RequestKind::Pure;
        facts.isStream = false;
    }
    tidyScratch();
    return facts;
}

} // namespace sb::dialect::openai_responses
