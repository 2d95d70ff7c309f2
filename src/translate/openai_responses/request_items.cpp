#include "translate/openai_responses/request_items.h"

#include "chat/envelope.h"

using namespace sb::chat;

namespace sb::translate::openai_responses {

namespace {

QByteArray at(const QByteArray &path, qsizetype index)
{
    return path + '[' + QByteArray::number(index) + ']';
}

std::optional<CacheMark> cacheMark(json::Node part)
{
    for (const char *name : {"prompt_cache_breakpoint", "cache_control"}) {
        const json::Node mark = part.find(name);
        if (mark.isObject())
            return CacheMark{mark.find("ttl").is("1h")};
        if (mark.isTrue())
            return CacheMark{};
    }
    return {};
}

MediaKind kindOf(QByteArrayView mime, MediaKind fallback)
{
    if (mime.startsWith("image/"))
        return MediaKind::Image;
    if (mime.startsWith("audio/"))
        return MediaKind::Audio;
    if (mime.startsWith("video/"))
        return MediaKind::Video;
    // A document may hide in an image's address. [pitfall 64]
    return mime.isEmpty() ? fallback : MediaKind::Document;
}

// "data:image/png;base64,…" or an address.
void readAddress(json::Node string, MediaPart &media)
{
    if (!string.inner().startsWith("data:")) {
        media.source = MediaSource::Url;
        media.data = textOf(string);
        return;
    }
    // Some write "\/" into it: decoded once, so that base64 stays base64.
    const bool isPlain = !string.hasEscapes();
    const QByteArray decoded = isPlain ? QByteArray() : string.text();
    const QByteArrayView whole = isPlain ? string.inner() : QByteArrayView(decoded);
    const qsizetype comma = whole.indexOf(',');
    const QByteArrayView head = whole.first(qMax(comma, qsizetype(0))).sliced(comma > 5 ? 5 : 0);
    const qsizetype semicolon = head.indexOf(';');
    media.mime = head.first(semicolon < 0 ? head.size() : semicolon).toByteArray().toLower();
    media.kind = kindOf(media.mime, media.kind);
    const QByteArrayView data = whole.sliced(comma + 1);
    media.source = head.endsWith("base64") ? MediaSource::Base64 : MediaSource::Text;
    if (media.source == MediaSource::Text)
        media.data = Text::plain(QByteArray::fromPercentEncoding(data.toByteArray()));
    else
        media.data = isPlain ? Text::view(TextView::plain(data)) : Text::plain(data.toByteArray());
}

} // namespace

void ItemReader::reject(const QByteArray &path, const QByteArray &what, QByteArrayView code)
{
    m_changes.reject(path, what, code);
}

void ItemReader::read(json::Node input)
{
    if (input.isString()) {
        Turn turn;
        turn.parts.push_back(textPart(textOf(input)));
        m_request.turns.push_back(std::move(turn));
        return;
    }
    if (!input.isArray()) {
        m_changes.reject("input", "\"input\" must be a string or a list of items.", "bad_request");
        return;
    }
    qsizetype index = 0;
    for (const json::Node item : input.items())
        readItem(item, at("input", index++));
    for (Turn &turn : m_request.turns)
        attachSignatures(turn);
}

// A signature that belongs to a call or a text went as an item of its own: the call's id stands in
// it. Without one it belongs to the call behind it, or to what stands before.
void ItemReader::attachSignatures(Turn &turn)
{
    std::vector<Part> &parts = turn.parts;
    for (size_t i = 0; i < parts.size();) {
        const Reasoning *thought = parts[i].as<Reasoning>();
        if (!thought || !thought->text.isEmpty() || !thought->summary.empty()
            || parts[i].artifacts.size() != 1
            || parts[i].artifacts[0].kind != ArtifactKind::GeminiSignature) {
            ++i;
            continue;
        }
        const QByteArray callId = parts[i].artifacts[0].itemId;
        Part *owner = nullptr;
        for (Part &part : parts) {
            const ToolCall *call = part.as<ToolCall>();
            if (call && !callId.isEmpty() && call->id == callId)
                owner = &part;
        }
        if (!owner && i + 1 < parts.size() && parts[i + 1].is<ToolCall>())
            owner = &parts[i + 1];
        if (!owner && i > 0 && (parts[i - 1].is<ToolCall>() || parts[i - 1].is<TextPart>()))
            owner = &parts[i - 1];
        if (!owner) {
            ++i;
            continue;
        }
        Artifact signature = std::move(parts[i].artifacts[0]);
        signature.itemId.clear();
        owner->artifacts.push_back(std::move(signature));
        parts.erase(parts.begin() + qptrdiff(i));
    }
}

void ItemReader::readItem(json::Node item, const QByteArray &path)
{
    if (!item.isObject()) {
        m_changes.reject(path, "An item of \"input\" must be an object.", "bad_request");
        return;
    }
    const json::Node typeNode = item.find("type");
    const QByteArrayView type = typeNode.inner();
    if (type == "message" || (type.isEmpty() && item.find("role").isString())) {
        readMessage(item, path);
    } else if (type == "function_call") {
        readCall(item, ToolKind::Function, item.find("arguments"));
    } else if (type == "custom_tool_call") {
        readCall(item, ToolKind::Custom, item.find("input"));
    } else if (type == "function_call_output") {
        readResult(item, ToolKind::Function, path);
    } else if (type == "custom_tool_call_output") {
        readResult(item, ToolKind::Custom, path);
    } else if (type == "reasoning") {
        readReasoning(item);
    } else if (type == "local_shell_call" || type == "shell_call") {
        readCall(item, ToolKind::Function, item.find("action"));
    } else if (type == "apply_patch_call") {
        readCall(item, ToolKind::Function, item.find("operation"));
    } else if (type == "local_shell_call_output" || type == "shell_call_output"
               || type == "apply_patch_call_output") {
        readResult(item, ToolKind::Function, path);
    } else if (type == "additional_tools" || type == "tool_search_output") {
        // What a search for tools has found may be called from here on.
        readTools(item.find("tools"), path + ".tools", m_request, m_changes);
    } else if (type == "configuration_update" || type == "compaction_trigger"
               || type == "tool_search_call") {
        m_changes.drop(path, type, "input-item");
    } else if (type == "item_reference" && item.find("id").inner().startsWith("rs_")) {
        // SDKs refer to a thought they believe stored. The history is whole without it; its makers
        // have their own ways to go on when a thought is missing. [translation §9.3]
        m_changes.drop(path, type, "reasoning-reference");
    } else if (type == "item_reference" || (type.isEmpty() && item.find("id").exists())) {
        reject(path,
               "\"" + path
                   + "\" refers to an item another server keeps; send the item itself instead.");
    } else if (type == "compaction") {
        reject(path,
               "\"" + path
                   + "\" is a conversation only its own provider can read; send the messages "
                     "instead.");
    } else if (type.endsWith("_call") || type.startsWith("mcp_") || type == "program"
               || type == "program_output") {
        keepWhole(item, type);
    } else {
        reject(path,
               "\"" + path + "\" is of a type that no other API has: " + type.toByteArray()
                   + ". Leave it out or use a provider of the Responses API.");
    }
}

Turn &ItemReader::assistantTurn()
{
    if (m_request.turns.empty() || m_request.turns.back().role != Role::Assistant) {
        Turn turn;
        turn.role = Role::Assistant;
        m_request.turns.push_back(std::move(turn));
    }
    return m_request.turns.back();
}

void ItemReader::readMessage(json::Node item, const QByteArray &path)
{
    const json::Node roleNode = item.find("role");
    const QByteArrayView word = roleNode.inner();
    Role role = Role::User;
    if (word == "assistant") {
        role = Role::Assistant;
    } else if (word == "system") {
        role = Role::System;
    } else if (word == "developer") {
        role = Role::Developer;
    } else if (word != "user") {
        const QByteArray where = path + ".role";
        reject(where, "\"" + where + "\" must be user, assistant, system or developer.",
               "bad_request");
        return;
    }
    std::vector<Part> parts = readParts(item.find("content"), path + ".content");
    Turn turn;
    turn.role = role;
    turn.phase = item.find("phase").text();
    turn.itemId = item.find("id").text();
    if (role == Role::Assistant && !m_request.turns.empty()
        && m_request.turns.back().role == Role::Assistant) {
        // Reasoning, message and calls of one answer are items of their own.
        Turn &open = m_request.turns.back();
        const auto isSaid
            = [](const Part &part) { return part.is<TextPart>() || part.is<RefusalPart>(); };
        const auto isCall = [](const Part &part) { return part.is<ToolCall>(); };
        const bool hasText = std::any_of(open.parts.begin(), open.parts.end(), isSaid);
        const bool hasCall = std::any_of(open.parts.begin(), open.parts.end(), isCall);
        if (!hasText || hasCall) {
            if (!hasText) {
                open.phase = turn.phase;
                open.itemId = turn.itemId;
            }
            std::move(parts.begin(), parts.end(), std::back_inserter(open.parts));
            return;
        }
    }
    turn.parts = std::move(parts);
    const bool isLeading
        = m_request.turns.empty() && (role == Role::System || role == Role::Developer);
    (isLeading ? m_request.instructions : m_request.turns).push_back(std::move(turn));
}

std::vector<Part> ItemReader::readParts(json::Node content, const QByteArray &path)
{
    std::vector<Part> parts;
    if (content.isString()) {
        if (content.isNonEmptyString())
            parts.push_back(textPart(textOf(content)));
        return parts;
    }
    qsizetype index = 0;
    for (const json::Node part : content.items()) {
        const QByteArray where = at(path, index++);
        if (std::optional<Part> read = readPart(part, where)) {
            read->path = where;
            read->cache = cacheMark(part);
            parts.push_back(std::move(*read));
        }
    }
    return parts;
}

std::optional<Part> ItemReader::readPart(json::Node part, const QByteArray &path)
{
    const json::Node typeNode = part.find("type");
    const QByteArrayView type = typeNode.inner();
    if (type == "input_text" || type == "output_text" || type == "text") {
        TextPart text;
        text.text = textOf(part.find("text"));
        if (const json::Node annotations = part.find("annotations"); !annotations.isEmpty())
            text.citationsRaw = rawOf(annotations);
        return Part(std::move(text));
    }
    if (type == "refusal")
        return Part(RefusalPart{textOf(part.find("refusal"))});
    MediaPart media;
    if (type == "input_image") {
        media.detail = part.find("detail").text();
        json::Node address = part.find("image_url");
        if (address.isObject()) // as Chat has it
            address = address.find("url");
        if (part.find("file_id").isNonEmptyString()) {
            media.source = MediaSource::FileId;
            media.data = textOf(part.find("file_id"));
        } else if (address.isNonEmptyString()) {
            readAddress(address, media);
        } else {
            reject(path, "\"" + path + "\" has neither image_url nor file_id.", "bad_request");
        }
        return Part(std::move(media));
    }
    if (type == "input_file") {
        media.kind = MediaKind::Document;
        media.name = part.find("filename").text();
        if (const json::Node data = part.find("file_data"); data.isNonEmptyString()) {
            if (data.inner().startsWith("data:"))
                readAddress(data, media);
            else
                media.data = textOf(data);
            if (media.mime.isEmpty() && media.name.toLower().endsWith(".pdf"))
                media.mime = "application/pdf";
        } else if (part.find("file_url").isNonEmptyString()) {
            media.source = MediaSource::Url;
            media.data = textOf(part.find("file_url"));
        } else {
            media.source = MediaSource::FileId;
            media.data = textOf(part.find("file_id"));
        }
        return Part(std::move(media));
    }
    if (type == "input_audio") {
        const json::Node audio = part.find("input_audio");
        media.kind = MediaKind::Audio;
        media.mime = "audio/" + audio.find("format").text();
        media.data = textOf(audio.find("data"));
        return Part(std::move(media));
    }
    reject(path,
           "\"" + path + "\" is of a type that no other API has: " + type.toByteArray()
               + ". Send it as text, image or file.");
    return {};
}

void ItemReader::readCall(json::Node item, ToolKind kind, json::Node text)
{
    ToolCall call;
    call.kind = kind;
    call.id = item.find("call_id").text();
    call.itemId = item.find("id").text();
    if (call.id.isEmpty())
        call.id = call.itemId;
    call.name = item.find("name").text();
    if (call.name.isEmpty()) // "shell_call": a tool known by its type
        call.name = item.find("type").text().chopped(qsizetype(sizeof "_call") - 1);
    call.space = item.find("namespace").text();
    call.arguments = text.isString() ? textOf(text) : Text::plain(text.raw().toByteArray());
    call.isIncomplete = item.find("status").is("incomplete");
    assistantTurn().parts.push_back(Part(std::move(call)));
}

void ItemReader::readResult(json::Node item, ToolKind kind, const QByteArray &path)
{
    ToolResult result;
    result.kind = kind;
    result.callId = item.find("call_id").text();
    const json::Node output = item.find("output");
    if (output.isObject()
        || (output.isArray() && !output.isEmpty()
            && !(*output.items().begin()).find("type").isString()))
        result.parts.push_back(textPart(Text::plain(output.raw().toByteArray())));
    else
        result.parts = readParts(output, path + ".output");
    const auto isResult = [](const Part &part) { return part.is<ToolResult>(); };
    if (m_request.turns.empty() || m_request.turns.back().role != Role::User
        || !std::all_of(m_request.turns.back().parts.begin(), m_request.turns.back().parts.end(),
                        isResult))
        m_request.turns.push_back({});
    Part part(std::move(result));
    part.path = path;
    m_request.turns.back().parts.push_back(std::move(part));
}

void ItemReader::readReasoning(json::Node item)
{
    Part part{Reasoning()};
    Reasoning &reasoning = *part.as<Reasoning>();
    for (const json::Node piece : item.find("summary").items()) {
        if (piece.find("text").isNonEmptyString())
            reasoning.summary.push_back(textOf(piece.find("text")));
    }
    for (const json::Node piece : item.find("content").items())
        reasoning.text.append(textOf(piece.find("text")));
    if (const json::Node encrypted = item.find("encrypted_content"); encrypted.isNonEmptyString()) {
        const QByteArray payload = encrypted.text();
        if (std::optional<Artifact> ours = unsealed(payload)) {
            // We wrote another dialect's thinking as a summary: here it becomes text again.
            if (ours->kind != ArtifactKind::OpenAiEncrypted && reasoning.text.isEmpty()) {
                for (size_t i = 0; i < reasoning.summary.size(); ++i) {
                    if (i > 0)
                        reasoning.text.append(TextView::plain("\n\n"));
                    reasoning.text.append(reasoning.summary[i]);
                }
                reasoning.summary.clear();
            }
            reasoning.isRedacted = ours->kind == ArtifactKind::AnthropicRedacted;
            part.artifacts.push_back(std::move(*ours));
        } else {
            part.artifacts.push_back(
                {ArtifactKind::OpenAiEncrypted, payload, item.find("id").text(), {}});
        }
    }
    // An id alone refers to what another server keeps. [pitfall 41]
    if (part.artifacts.empty() && reasoning.text.isEmpty() && reasoning.summary.empty())
        return;
    // A new answer begins with its reasoning.
    Turn &turn = assistantTurn();
    turn.parts.push_back(std::move(part));
}

void ItemReader::keepWhole(json::Node item, QByteArrayView type)
{
    OpaquePart opaque;
    opaque.dialect = DialectId::OpenAiResponses;
    opaque.type = type.toByteArray();
    opaque.raw = rawOf(item);
    opaque.isServerTool = true;
    assistantTurn().parts.push_back(Part(std::move(opaque)));
}

namespace {

void readTool(json::Node node, const QByteArray &space, const QByteArray &path, Request &request,
              Changes &changes)
{
    Tool tool;
    tool.raw = rawOf(node);
    tool.type = node.find("type").text();
    tool.space = space;
    tool.cache = cacheMark(node);
    tool.isDeferred = node.find("defer_loading").isTrue();
    tool.description = textOf(node.find("description"));
    if (tool.type == "namespace") {
        qsizetype index = 0;
        const QByteArray name = node.find("name").text();
        for (const json::Node inner : node.find("tools").items())
            readTool(inner, name, at(path + ".tools", index++), request, changes);
        return;
    }
    json::Node body = node;
    if (const json::Node wrapped = node.find("function");
        tool.type == "function" && wrapped.isObject())
        body = wrapped; // as Chat has it
    tool.name = body.find("name").text();
    if (tool.type == "function" || tool.type == "custom") {
        if (tool.name.isEmpty()) {
            changes.reject(path, QByteArray("\"" + path + "\" has no name."), "bad_request");
            return;
        }
        if (tool.type == "custom") {
            tool.kind = ToolKind::Custom;
            if (node.find("format").isObject())
                tool.formatRaw = rawOf(node.find("format"));
        } else {
            tool.description = textOf(body.find("description"));
            if (body.find("parameters").isObject())
                tool.schemaRaw = rawOf(body.find("parameters"));
            const json::Node strict = body.find("strict");
            if (strict.isTrue() || strict.isFalse())
                tool.strict = strict.isTrue();
        }
    } else {
        tool.kind = ToolKind::Hosted;
        if (tool.name.isEmpty())
            tool.name = tool.type;
    }
    // What a search found may have been offered before.
    for (Tool &known : request.tools) {
        if (known.kind == tool.kind && known.name == tool.name && known.space == tool.space) {
            known = std::move(tool);
            return;
        }
    }
    request.tools.push_back(std::move(tool));
}

} // namespace

void readTools(json::Node tools, const QByteArray &path, Request &request, Changes &changes)
{
    qsizetype index = 0;
    for (const json::Node tool : tools.items())
        readTool(tool, {}, at(path, index++), request, changes);
}

} // namespace sb::translate::openai_responses
