#include "sim/ask.h"

#include "json/reader.h"
#include "json/writer.h"

namespace sb::sim {

namespace {

// Characters over four is what most tokenizers come to in English. [cost §4]
constexpr int kCharactersPerToken = 4;
constexpr int kTokensPerImage = 85;
constexpr int kTokensPerMessage = 4;

QByteArrayView after(QByteArrayView text, QByteArrayView prefix)
{
    return text.startsWith(prefix) ? text.sliced(prefix.size()) : QByteArrayView();
}

qint64 decodedSize(QByteArrayView base64)
{
    qint64 size = base64.size() / 4 * 3;
    if (base64.endsWith("=="))
        size -= 2;
    else if (base64.endsWith('='))
        size -= 1;
    return size;
}

QByteArray imageLabel(QByteArrayView mediaType, QByteArrayView base64)
{
    return mediaType.toByteArray() + ':' + QByteArray::number(decodedSize(base64));
}

QByteArray urlLabel(QByteArrayView url)
{
    const QByteArrayView data = after(url, "data:");
    const qsizetype comma = data.indexOf(',');
    if (comma < 0)
        return "url:" + url.first(qMin<qsizetype>(url.size(), 200)).toByteArray();
    QByteArrayView type = data.first(comma);
    if (const qsizetype semicolon = type.indexOf(';'); semicolon >= 0)
        type = type.first(semicolon);
    return imageLabel(type, data.sliced(comma + 1));
}

struct Content {
    QByteArray text;
    QList<QByteArray> images;
    std::optional<QByteArray> toolResult;
};

// A message's content: text, or a list of parts of either dialect.
Content readContent(const json::Value *content)
{
    Content out;
    if (!content)
        return out;
    if (content->isString()) {
        out.text = content->text();
        return out;
    }
    for (const json::Value &part : content->items()) {
        const json::Value *type = part.isObject() ? part.find("type") : nullptr;
        const QByteArray kind = type ? type->text() : QByteArray();
        if (kind == "text") {
            if (const json::Value *text = part.find("text")) {
                if (!out.text.isEmpty())
                    out.text += '\n';
                out.text += text->text();
            }
        } else if (kind == "image_url") {
            const json::Value *image = part.find("image_url");
            const json::Value *url = image && image->isObject() ? image->find("url") : image;
            out.images.append(urlLabel(url ? QByteArrayView(url->text()) : QByteArrayView()));
        } else if (kind == "image" || kind == "document") {
            const json::Value *source = part.find("source");
            const json::Value *data = source && source->isObject() ? source->find("data") : nullptr;
            const json::Value *media
                = source && source->isObject() ? source->find("media_type") : nullptr;
            const json::Value *url = source && source->isObject() ? source->find("url") : nullptr;
            if (url)
                out.images.append(urlLabel(url->text()));
            else
                out.images.append(
                    imageLabel(media ? QByteArrayView(media->text()) : QByteArrayView(),
                               data ? QByteArrayView(data->text()) : QByteArrayView()));
        } else if (kind == "tool_result") {
            out.toolResult
                = out.toolResult.value_or(QByteArray()) + readContent(part.find("content")).text;
        }
    }
    return out;
}

// The end of the JSON object that begins at `from`, or -1.
qsizetype objectEnd(QByteArrayView text, qsizetype from)
{
    int depth = 0;
    bool isString = false;
    for (qsizetype i = from; i < text.size(); ++i) {
        const char c = text[i];
        if (isString) {
            if (c == '\\')
                ++i;
            else if (c == '"')
                isString = false;
        } else if (c == '"') {
            isString = true;
        } else if (c == '{') {
            ++depth;
        } else if (c == '}' && --depth == 0) {
            return i + 1;
        }
    }
    return -1;
}

// "call NAME {…} && call NAME {…}]]" behind the "[[".
QList<ToolCall> readCalls(QByteArrayView text)
{
    QList<ToolCall> calls;
    for (;;) {
        text = text.trimmed();
        if (!text.startsWith("call "))
            return {};
        text = text.sliced(5).trimmed();
        const qsizetype brace = text.indexOf('{');
        const qsizetype end = brace < 0 ? -1 : objectEnd(text, brace);
        if (end < 0)
            return {};
        calls.append({text.first(brace).trimmed().toByteArray(),
                      text.sliced(brace, end - brace).toByteArray()});
        text = text.sliced(end).trimmed();
        if (text.startsWith("]]"))
            return calls;
        if (!text.startsWith("&&"))
            return {};
        text = text.sliced(2);
    }
}

void readMarkers(Ask &ask)
{
    const QByteArrayView text = ask.text;
    for (qsizetype at = text.indexOf("[["); at >= 0; at = text.indexOf("[[", at + 2)) {
        const QByteArrayView marker = text.sliced(at + 2);
        const qsizetype end = marker.indexOf("]]");
        if (marker.startsWith("call ")) {
            if (ask.calls.isEmpty())
                ask.calls = readCalls(marker);
        } else if (end < 0) {
            return;
        } else if (const QByteArrayView say = after(marker.first(end), "say "); !say.isNull()) {
            ask.say = say.toByteArray();
        } else if (const QByteArrayView count = after(marker.first(end), "long ");
                   !count.isNull()) {
            ask.words = qBound(0, count.trimmed().toInt(), 100'000);
        } else if (const QByteArrayView slow = after(marker.first(end), "slow "); !slow.isNull()) {
            ask.perToken = std::chrono::milliseconds(qBound(0, slow.trimmed().toInt(), 60'000));
        }
    }
}

// The smallest value a JSON schema allows, for arguments nobody spelled out.
json::Value smallest(const json::Value *schema, int depth = 0)
{
    if (!schema || !schema->isObject() || depth > 16)
        return json::Value::object();
    if (const json::Value *fixed = schema->find("const"))
        return *fixed;
    if (const json::Value *choices = schema->find("enum"); choices && !choices->items().isEmpty())
        return choices->items().first();
    const json::Value *typeValue = schema->find("type");
    const QByteArray type = typeValue && typeValue->isArray() && !typeValue->items().isEmpty()
        ? typeValue->items().first().text()
        : typeValue ? typeValue->text()
                    : QByteArrayLiteral("object");
    if (type == "string")
        return json::Value::string(QByteArrayView("sim"));
    if (type == "number" || type == "integer")
        return json::Value::number(1);
    if (type == "boolean")
        return json::Value::boolean(true);
    if (type == "array")
        return json::Value::array();
    if (type == "null")
        return {};
    json::Value object = json::Value::object();
    const json::Value *properties = schema->find("properties");
    if (const json::Value *required = schema->find("required"); required && properties) {
        for (const json::Value &name : required->items())
            object.set(name.text(), smallest(properties->find(name.text()), depth + 1));
    }
    return object;
}

json::Value member(const json::Value &object, QByteArrayView name)
{
    const json::Value *found = object.find(name);
    return found ? *found : json::Value();
}

QList<Tool> readTools(Shape shape, const json::Value &body)
{
    QList<Tool> tools;
    const json::Value *list = body.find("tools");
    if (!list)
        return tools;
    for (const json::Value &item : list->items()) {
        const json::Value *at = &item;
        if (shape == Shape::OpenAi && item.isObject()) {
            at = item.find("function");
            if (!at)
                at = item.find("custom");
        }
        const json::Value *name = at && at->isObject() ? at->find("name") : nullptr;
        if (name)
            tools.append({name->text(),
                          member(*at, shape == Shape::OpenAi ? "parameters" : "input_schema")});
    }
    return tools;
}

// The tool that tool_choice demands; "" = any one, none = no demand.
std::optional<QByteArray> demandedTool(Shape shape, const json::Value &body)
{
    const json::Value *choice = body.find("tool_choice");
    if (!choice)
        return std::nullopt;
    if (choice->isString())
        return choice->text() == "required" ? std::optional(QByteArray("")) : std::nullopt;
    if (!choice->isObject())
        return std::nullopt;
    const json::Value *type = choice->find("type");
    if (shape == Shape::Anthropic) {
        if (type && type->text() == "any")
            return QByteArray("");
        const json::Value *name = choice->find("name");
        return type && type->text() == "tool" && name ? std::optional(name->text()) : std::nullopt;
    }
    const json::Value *function = choice->find("function");
    const json::Value *name = function && function->isObject() ? function->find("name") : nullptr;
    return name ? std::optional(name->text()) : std::nullopt;
}

} // namespace

void decide(Ask &ask, const QList<Tool> &tools, const std::optional<QByteArray> &demanded)
{
    if (!tools.isEmpty())
        ask.firstTool = tools.first().name;
    readMarkers(ask);
    // Only tools on offer are called, and not again once their result is there.
    ask.calls.removeIf([&tools](const ToolCall &call) {
        return std::none_of(tools.begin(), tools.end(),
                            [&](const Tool &tool) { return tool.name == call.name; });
    });
    if (ask.toolResult)
        ask.calls.clear();
    if (!demanded || !ask.calls.isEmpty() || ask.toolResult)
        return;
    for (const Tool &tool : tools) {
        if (!demanded->isEmpty() && tool.name != *demanded)
            continue;
        ask.calls.append({tool.name, json::write(smallest(&tool.schema))});
        break;
    }
}

// What is no conversation. [dialects §3.6, 8.5]
static Call passedCall(QByteArrayView method, QByteArrayView path)
{
    const bool isPost = method == "POST";
    if (isPost && path.contains("/images/"))
        return Call::Image;
    if (isPost && path.endsWith("/audio/speech"))
        return Call::Speech;
    if (isPost && path.contains("/audio/"))
        return Call::Transcript;
    const bool isReading = method == "GET" || method == "DELETE";
    if (path.endsWith("/files") ? isPost || method == "GET" : isReading && path.contains("/files/"))
        return Call::Files;
    if (path.contains("/responses/") && (isReading || path.endsWith("/cancel")))
        return Call::Stored;
    return Call::Unknown;
}

Route routeOf(const http::RequestHead &head)
{
    Route route;
    QByteArrayView path = head.path;
    while (path.size() > 1 && path.endsWith('/'))
        path.chop(1);
    if (path.startsWith("/_sim/")) {
        route.call = Call::Control;
        return route;
    }
    const bool isPost = head.method == "POST";
    const bool isGet = head.method == "GET";
    if (const Call call = passedCall(head.method, path); call != Call::Unknown)
        return {call == Call::Stored ? Shape::Responses : Shape::OpenAi, call, {}};
    if (isPost && path.endsWith("/chat/completions"))
        return {Shape::OpenAi, Call::Generate, {}};
    if (isPost && path.endsWith("/responses"))
        return {Shape::Responses, Call::Generate, {}};
    if (isPost && path.endsWith("/embeddings") && !path.contains("/api/"))
        return {Shape::OpenAi, Call::Embed, {}};
    if (isPost && path.endsWith("/messages/count_tokens"))
        return {Shape::Anthropic, Call::CountTokens, {}};
    if (isPost && path.endsWith("/messages"))
        return {Shape::Anthropic, Call::Generate, {}};
    if (isPost && (path.endsWith("/api/chat") || path.endsWith("/api/generate")))
        return {Shape::Ollama, Call::Generate, {}};
    if (isPost && path.endsWith("/api/embed"))
        return {Shape::Ollama, Call::Embed, {}};
    if (isPost && path.endsWith("/api/show"))
        return {Shape::Ollama, Call::OneModel, {}};
    if (isGet && (path.endsWith("/api/tags") || path.endsWith("/api/ps")))
        return {Shape::Ollama, Call::ModelList, {}};
    if (isGet && path.endsWith("/api/version"))
        return {Shape::Ollama, Call::Version, {}};
    const qsizetype models = path.indexOf("/models/");
    if (const qsizetype colon = path.lastIndexOf(':'); isPost && models >= 0 && colon > models) {
        const QByteArrayView method = path.sliced(colon + 1);
        const QByteArray model = QByteArray::fromPercentEncoding(
            path.sliced(models + 8, colon - models - 8).toByteArray());
        if (method == "generateContent" || method == "streamGenerateContent")
            return {Shape::Gemini, Call::Generate, model};
        if (method == "countTokens")
            return {Shape::Gemini, Call::CountTokens, model};
        if (method == "embedContent" || method == "batchEmbedContents")
            return {Shape::Gemini, Call::Embed, model};
    }
    if (path.contains("/messages") || head.fields.has("anthropic-version"))
        route.shape = Shape::Anthropic;
    else if (path.startsWith("/v1beta/") && !path.startsWith("/v1beta/openai/"))
        route.shape = Shape::Gemini;
    if (isGet && path.endsWith("/models")) {
        route.call = Call::ModelList;
    } else if (isGet && models >= 0) {
        route.call = Call::OneModel;
        route.model = path.sliced(models + 8).toByteArray();
    }
    return route;
}

QByteArray clientOf(const http::RequestHead &head)
{
    QByteArrayView key = head.fields.value("x-api-key");
    if (key.isEmpty())
        key = head.fields.value("api-key");
    if (key.isEmpty())
        key = head.fields.value("x-goog-api-key");
    if (key.isEmpty()) {
        key = head.fields.value("authorization");
        if (key.size() > 7 && key.first(7).compare("bearer ", Qt::CaseInsensitive) == 0)
            key = key.sliced(7);
    }
    key = key.trimmed();
    return key.last(qMin<qsizetype>(key.size(), 4)).toByteArray();
}

std::optional<Ask> readAsk(Shape shape, QByteArrayView body, QByteArray &why)
{
    json::ReadLimits limits;
    limits.members = 100'000;
    const auto read = json::read(body, limits);
    if (!read || !read->isObject()) {
        why = "The body is not a JSON object.";
        return std::nullopt;
    }
    const json::Value &top = *read;
    const json::Value *model = top.find("model");
    const json::Value *messages = top.find("messages");
    if (!model || !model->isString()) {
        why = "you must provide a model parameter";
        return std::nullopt;
    }
    if (!messages || !messages->isArray() || messages->items().isEmpty()) {
        why = "messages: at least one message is required";
        return std::nullopt;
    }

    Ask ask;
    ask.shape = shape;
    ask.model = model->text();
    const json::Value *stream = top.find("stream");
    ask.isStream = stream && stream->toBool();
    if (const json::Value *options = top.find("stream_options"); options && options->isObject()) {
        const json::Value *usage = options->find("include_usage");
        ask.wantsUsage = usage && usage->toBool();
    }
    for (const char *name : {"max_completion_tokens", "max_tokens"}) {
        if (const json::Value *most = top.find(name); most && ask.maxTokens == 0)
            ask.maxTokens = most->toInt().value_or(0);
    }

    qint64 characters = 0;
    if (const json::Value *system = top.find("system"))
        characters += readContent(system).text.size();
    for (const json::Value &message : messages->items()) {
        const json::Value *roleValue = message.isObject() ? message.find("role") : nullptr;
        const QByteArray role = roleValue ? roleValue->text() : QByteArray();
        const Content content = readContent(message.isObject() ? message.find("content") : nullptr);
        characters += content.text.size() + content.toolResult.value_or(QByteArray()).size();
        ask.promptTokens += kTokensPerMessage + content.images.size() * kTokensPerImage;
        ask.toolResult.reset();
        if (role == "tool" || role == "function") {
            ask.toolResult = content.text;
        } else if (role == "user") {
            ask.toolResult = content.toolResult;
            ask.text = content.text;
            ask.images = content.images;
        }
    }
    ask.promptTokens += (characters + kCharactersPerToken - 1) / kCharactersPerToken;

    decide(ask, readTools(shape, top), demandedTool(shape, top));
    return ask;
}

} // namespace sb::sim
