#include "dialect/ollama.h"
#include "dialect/request.h"
#include "dialect/scratch.h"

namespace sb::dialect::ollama {

namespace {

// Members that are read; each may stand once.
enum Field : int { Model, Models, Stream, Messages, Prompt, System, Suffix, Input, Tools, Options };

void readOptions(json::Node options, RequestFacts &facts)
{
    facts.optionsObject = toSpan(options.span());
    eachMember(options, [&](Key name, json::Node value) {
        if (!(name == "num_predict"))
            return;
        // -1 and -2 ask for as much as there is room for.
        facts.isOutputBounded = value.readInt(facts.maxTokens) && facts.maxTokens >= 0;
        if (!facts.isOutputBounded)
            facts.emptyMaxTokens = toSpan(value.span());
    });
}

void readMessages(json::Node messages, RequestFacts &facts)
{
    for (const json::Node message : messages.items()) {
        ++facts.messages;
        facts.hasImages |= !message.find("images").isEmpty();
    }
}

// Characters a model would read; pictures stand in `images` as bare base64 and are none.
qint64 messageChars(json::Node messages)
{
    qint64 characters = 0;
    for (const json::Node message : messages.items()) {
        eachMember(message, [&](Key name, json::Node value) {
            if (!(name == "images"))
                characters += promptChars(value);
        });
    }
    return characters;
}

} // namespace

Result<RequestFacts> readRequest(Endpoint endpoint, const QByteArray &body)
{
    RequestScan scan;
    if (const Result<void> opened = scan.open(body); !opened)
        return unexpected(opened.error());
    RequestFacts facts;
    facts.dialect = DialectId::Ollama;
    facts.endpoint = endpoint;
    facts.bodyObject = toSpan(scan.root().span());
    // Answers stream unless the client says otherwise. [dialects §6]
    const bool isGenerating = endpoint == Endpoint::Generate || endpoint == Endpoint::Completions;
    facts.isStream = isGenerating;
    qint64 characters = 0;
    for (const json::Entry entry : scan.root().entries()) {
        const json::Node value = entry.value;
        QByteArray plain;
        const Key name = memberName(entry, plain);
        if (name == "model" || (name == "name" && endpoint == Endpoint::Show)) {
            scan.note(Model, "model");
            scan.readString("model", value, facts.model);
            facts.modelValue = toSpan(value.span());
        } else if (name == "stream") {
            scan.note(Stream, name);
            scan.readBool(name, value, facts.isStream);
            facts.isStream &= isGenerating;
        } else if (name == "messages") {
            scan.note(Messages, name);
            readMessages(value, facts);
            characters += messageChars(value);
        } else if (name == "prompt") {
            scan.note(Prompt, name);
            facts.messages = 1;
            characters += promptChars(value);
        } else if (name == "system") {
            scan.note(System, name);
            characters += promptChars(value);
        } else if (name == "suffix") {
            scan.note(Suffix, name);
            characters += promptChars(value);
        } else if (name == "input") {
            scan.note(Input, name);
            characters += promptChars(value);
        } else if (name == "images") {
            facts.hasImages |= !value.isEmpty();
        } else if (name == "tools") {
            scan.note(Tools, name);
            facts.hasTools = !value.isEmpty();
            characters += promptChars(value);
        } else if (name == "format") {
            facts.hasSchema = value.isObject();
        } else if (name == "options") {
            scan.note(Options, name);
            if (value.isObject())
                readOptions(value, facts);
            else if (!value.isNull())
                scan.wrongType(name, "an object");
        } else if ((isRoutingField(name) || name == "models") && !value.isNull()) {
            scan.noteRouting(name, facts.routingFields);
        }
    }
    if (scan.hasFailed())
        return unexpected(scan.error());
    facts.maxTokens = qMax(facts.maxTokens, qint64(0));
    facts.promptTokens = (characters + 2) / 3;
    // Nothing that could be repeated has an effect.
    if (!isGenerating)
        facts.kind = RequestKind::Pure;
    tidyScratch();
    return facts;
}

} // namespace sb::dialect::ollama
