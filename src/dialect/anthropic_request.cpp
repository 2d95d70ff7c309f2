#include "dialect/anthropic.h"

#include "dialect/request.h"
#include "dialect/scratch.h"
#include "json/splice.h"

namespace sb::dialect::anthropic {

namespace {

void readTools(json::Node tools, RequestFacts &facts)
{
    if (tools.isEmpty())
        return;
    facts.hasTools = true;
    for (const json::Node tool : tools.items()) {
        // Runs at Anthropic, in a container that keeps its state. bash, text_editor, memory and
        // computer are run by the client; search and fetch only read. [dialects §4.4]
        if (tool.find("type").text().startsWith("code_execution"))
            facts.kind = RequestKind::Stateful;
    }
}

void readBlocks(json::Node blocks, RequestFacts &facts)
{
    for (const json::Node block : blocks.items()) {
        const json::Node type = block.find("type");
        if (type.is("image"))
            facts.hasImages = true;
        // An uploaded file lives with one provider's account.
        if (type.is("container_upload") || block.find("source").find("type").is("file"))
            facts.kind = RequestKind::Stateful;
        if (type.is("tool_result")) {
            for (const json::Node part : block.find("content").items()) {
                if (part.find("type").is("image"))
                    facts.hasImages = true;
                if (part.find("source").find("type").is("file"))
                    facts.kind = RequestKind::Stateful;
            }
        }
    }
}

enum Field : int {
    Model,
    Fallbacks,
    Stream,
    Messages,
    System,
    Tools,
    MaxTokens,
    Container,
    McpServers,
    Thread,
};

} // namespace

Result<RequestFacts> readRequest(Endpoint endpoint, const QByteArray &body)
{
    RequestScan scan;
    if (const Result<void> opened = scan.open(body); !opened)
        return unexpected(opened.error());
    RequestFacts facts;
    facts.dialect = DialectId::Anthropic;
    facts.endpoint = endpoint;
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
        } else if (name == "fallbacks") {
            scan.note(Fallbacks, name);
            facts.modelsMember = toSpan(json::memberSpan(body, entry.key.span(), value.span()));
            scan.readModels(name, value, true, facts.models);
        } else if (name == "messages") {
            scan.note(Messages, name);
            for (const json::Node message : value.items()) {
                ++facts.messages;
                readBlocks(message.find("content"), facts);
            }
            characters += promptChars(value);
        } else if (name == "system") {
            scan.note(System, name);
            characters += promptChars(value);
        } else if (name == "stream") {
            scan.note(Stream, name);
            scan.readBool(name, value, facts.isStream);
        } else if (name == "tools") {
            scan.note(Tools, name);
            readTools(value, facts);
            characters += promptChars(value);
        } else if (name == "output_config") {
            facts.hasSchema |= value.find("format").find("type").is("json_schema");
        } else if (name == "output_format") {
            facts.hasSchema |= value.find("type").is("json_schema");
        } else if (name == "max_tokens") {
            scan.note(MaxTokens, name);
            scan.readInt(name, value, facts.maxTokens);
            facts.isOutputBounded = !value.isNull() && facts.maxTokens >= 0;
            if (!facts.isOutputBounded)
                facts.emptyMaxTokens = toSpan(value.span());
        } else if (name == "container") {
            scan.note(Container, name);
            if (!value.isNull())
                facts.kind = RequestKind::Stateful;
        } else if (name == "mcp_servers") {
            scan.note(McpServers, name);
            if (!value.isEmpty())
                facts.kind = RequestKind::Stateful;
        } else if (name == "thread") {
            scan.note(Thread, name);
            if (!value.isNull())
                facts.kind = RequestKind::Stateful;
        } else if ((isRoutingField(name) || name == "models") && !value.isNull()) {
            scan.noteRouting(name, facts.routingFields);
        }
    }
    if (scan.hasFailed())
        return unexpected(scan.error());
    facts.maxTokens = qMax(facts.maxTokens, qint64(0));
    facts.promptTokens = (characters + 2) / 3;
    // Counting has no effect that could be repeated.
    if (endpoint != Endpoint::Generate) {
        facts.kind = RequestKind::Pure;
        facts.isStream = false;
    }
    tidyScratch();
    return facts;
}

} // namespace sb::dialect::anthropic
