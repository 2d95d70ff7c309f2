#include "dialect/gemini.h"
#include "dialect/request.h"
#include "dialect/scratch.h"

namespace sb::dialect::gemini {

namespace {

// The server takes both spellings. [dialects §5]
template <size_t N, size_t M>
bool isEither(Key name, const char (&camel)[N], const char (&snake)[M])
{
    return name == camel || name == snake;
}

void readContent(json::Node content, RequestFacts &facts)
{
    for (const json::Node part : content.find("parts").items()) {
        eachMember(part, [&](Key key, json::Node value) {
            if (isEither(key, "inlineData", "inline_data")) {
                facts.hasImages |= value.find("mimeType").text().startsWith("image/")
                    || value.find("mime_type").text().startsWith("image/");
            } else if (isEither(key, "fileData", "file_data")) {
                // An uploaded file lives with one provider's account; an address does not.
                const QByteArray uri = value.find("fileUri").text() + value.find("file_uri").text();
                if (uri.contains("generativelanguage.googleapis.com/"))
                    facts.kind = RequestKind::Stateful;
                facts.hasImages |= value.find("mimeType").text().startsWith("image/")
                    || value.find("mime_type").text().startsWith("image/");
            }
        });
    }
}

void readTools(json::Node tools, RequestFacts &facts)
{
    for (const json::Node tool : tools.items()) {
        eachMember(tool, [&](Key key, json::Node value) {
            if (isEither(key, "functionDeclarations", "function_declarations"))
                facts.hasTools |= !value.isEmpty();
            else
                facts.hasTools = true;
        });
    }
}

// The path names the model; these repeat it.
void noteModel(json::Node model, RequestFacts &facts)
{
    if (model.isString())
        facts.itemModels.append(toSpan(model.span()));
}

enum Field : int {
    Contents,
    System,
    Tools,
    Config,
    Cached,
};

} // namespace

Result<RequestFacts> readRequest(Endpoint endpoint, const QByteArray &body)
{
    RequestScan scan;
    if (const Result<void> opened = scan.open(body); !opened)
        return unexpected(opened.error());
    RequestFacts facts;
    facts.dialect = DialectId::Gemini;
    facts.endpoint = endpoint;
    facts.bodyObject = toSpan(scan.root().span());
    qint64 characters = 0;
    for (const json::Entry entry : scan.root().entries()) {
        const json::Node value = entry.value;
        QByteArray plain;
        const Key name = memberName(entry, plain);
        if (name == "contents") {
            scan.note(Contents, name);
            for (const json::Node content : value.items()) {
                ++facts.messages;
                readContent(content, facts);
            }
            if (value.isObject()) {
                ++facts.messages;
                readContent(value, facts);
            }
            characters += promptChars(value);
        } else if (isEither(name, "systemInstruction", "system_instruction")) {
            scan.note(System, name);
            characters += promptChars(value);
        } else if (name == "tools") {
            scan.note(Tools, name);
            readTools(value, facts);
            characters += promptChars(value);
        } else if (isEither(name, "generationConfig", "generation_config")) {
            scan.note(Config, name);
            if (value.isObject())
                facts.configValue = toSpan(value.span());
            eachMember(value, [&](Key key, json::Node member) {
                if (isEither(key, "maxOutputTokens", "max_output_tokens")) {
                    scan.readInt(key, member, facts.maxTokens);
                    facts.isOutputBounded = !member.isNull() && facts.maxTokens > 0;
                    if (!facts.isOutputBounded)
                        facts.emptyMaxTokens = toSpan(member.span());
                } else if (isEither(key, "responseSchema", "response_schema")
                           || isEither(key, "responseJsonSchema", "response_json_schema")) {
                    facts.hasSchema |= member.isObject();
                } else if (isEither(key, "candidateCount", "candidate_count")) {
                    qint64 choices = 1;
                    scan.readInt(key, member, choices);
                    facts.choices = int(qBound(qint64(1), choices, qint64(128)));
                }
            });
        } else if (isEither(name, "cachedContent", "cached_content")) {
            scan.note(Cached, name);
            if (value.isNonEmptyString())
                facts.kind = RequestKind::Stateful;
        } else if (isRoutingField(name) && !value.isNull()) {
            scan.noteRouting(name, facts.routingFields);
        } else if (name == "model") {
            noteModel(value, facts);
        } else if (endpoint == Endpoint::Embeddings || endpoint == Endpoint::CountTokens) {
            for (const json::Node item : value.items()) // requests[]
                noteModel(item.find("model"), facts);
            noteModel(value.find("model"), facts); // generateContentRequest
            characters += promptChars(value);
        }
    }
    if (scan.hasFailed())
        return unexpected(scan.error());
    facts.maxTokens = qMax(facts.maxTokens, qint64(0));
    facts.promptTokens = (characters + 2) / 3;
    if (endpoint != Endpoint::Generate)
        facts.kind = RequestKind::Pure;
    tidyScratch();
    return facts;
}

} // namespace sb::dialect::gemini
