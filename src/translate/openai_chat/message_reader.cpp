#include "translate/openai_chat/message_reader.h"

#include "chat/envelope.h"
#include "dialect/scratch.h"
#include "translate/nodes.h"
#include "translate/openai_chat/words.h"

using namespace sb::chat;
using sb::dialect::eachMember;
using sb::dialect::Key;

namespace sb::translate::openai_chat {

std::optional<CacheMark> readCacheMark(json::Node mark)
{
    if (!mark.isObject())
        return std::nullopt;
    const json::Node ttl = mark.find("ttl");
    return CacheMark{ttl.is("1h") || ttl.is("12h")};
}

namespace {

// A mark of the whole message belongs to its last part. [translation §11]
void hoistMark(json::Node mark, std::vector<Part> &parts)
{
    if (const auto cache = readCacheMark(mark); cache && !parts.empty())
        parts.back().cache = cache;
}

} // namespace

void MessageReader::read(json::Node messages)
{
    int place = 0;
    for (const json::Node message : messages.items())
        readMessage(message, place++);
}

void MessageReader::readMessage(json::Node node, int place)
{
    const QByteArray path = "messages[" + QByteArray::number(place) + ']';
    if (!node.isObject()) {
        m_changes.reject(path, "Every message has to be an object.", "bad_request");
        return;
    }
    Message message;
    eachMember(node, [&](Key key, json::Node value) {
        if (key == "role")
            message.role = value;
        else if (key == "content")
            message.content = value;
        else if (key == "name")
            message.name = value;
        else if (key == "tool_calls")
            message.calls = value;
        else if (key == "function_call")
            message.function = value;
        else if (key == "tool_call_id")
            message.callId = value;
        else if (key == "refusal")
            message.refusal = value;
        else if (key == "reasoning_content" || (key == "reasoning" && !message.reasoning.exists()))
            message.reasoning = value;
        else if (key == "reasoning_details")
            message.details = value;
        else if (key == "thinking_blocks")
            message.blocks = value;
        else if (key == "cache_control")
            message.cache = value;
        else if (key == "audio")
            message.audio = value;
    });
    if (message.role.is("tool") || message.role.is("function")) {
        readResult(message, path);
        return;
    }
    Turn turn;
    turn.name = message.name.text();
    const bool isSystem = message.role.is("system");
    if (isSystem || message.role.is("developer")) {
        turn.role = isSystem ? Role::System : Role::Developer;
    } else if (message.role.is("assistant")) {
        turn.role = Role::Assistant;
        readReasoning(message, turn);
    } else if (!message.role.is("user")) {
        m_changes.reject(QByteArray(path + ".role"),
                         "The role of this message is not one there is.", "bad_request");
        return;
    }
    readContent(message.content, turn.parts, path);
    if (turn.role == Role::Assistant) {
        if (message.refusal.isNonEmptyString())
            turn.parts.push_back(Part(RefusalPart{textOf(message.refusal)}));
        for (const json::Node call : message.calls.items())
            readCall(call, turn);
        if (message.function.find("name").isNonEmptyString())
            readCall(message.function, turn);
        if (message.audio.isObject())
            m_changes.reject(QByteArray(path + ".audio"),
                             "An earlier spoken answer cannot be carried to this "
                             "provider; send its transcript as content.");
        // The signature of a text has no place but among the details.
        for (Part &part : turn.parts) {
            Reasoning *reasoning = part.as<Reasoning>();
            if (!reasoning || !reasoning->text.isEmpty() || part.artifacts.size() != 1
                || part.artifacts[0].kind != ArtifactKind::GeminiSignature)
                continue;
            const auto text = std::find_if(turn.parts.begin(), turn.parts.end(),
                                           [](const Part &p) { return p.is<TextPart>(); });
            if (text == turn.parts.end())
                break;
            text->artifacts = part.artifacts;
            turn.parts.erase(turn.parts.begin() + (&part - turn.parts.data()));
            break;
        }
    }
    hoistMark(message.cache, turn.parts);
    m_isInResults = false;
    if (m_isLeading && (turn.role == Role::System || turn.role == Role::Developer)) {
        m_request.instructions.push_back(std::move(turn));
        return;
    }
    m_isLeading = false;
    m_request.turns.push_back(std::move(turn));
}

// A run of tool messages is one turn of results.
void MessageReader::readResult(const Message &message, const QByteArray &path)
{
    ToolResult result;
    result.callId = message.callId.text();
    result.name = message.name.text();
    readContent(message.content, result.parts, path);
    Part part;
    for (const Part &inner : result.parts) {
        if (inner.cache)
            part.cache = inner.cache;
    }
    if (const auto mark = readCacheMark(message.cache))
        part.cache = mark;
    part.path = path;
    part.content = std::move(result);
    m_isLeading = false;
    if (!m_isInResults)
        m_request.turns.push_back({});
    m_isInResults = true;
    m_request.turns.back().parts.push_back(std::move(part));
}

void MessageReader::readContent(json::Node content, std::vector<Part> &parts,
                                const QByteArray &path)
{
    if (content.isString()) {
        if (content.isNonEmptyString())
            parts.push_back(textPart(textOf(content)));
        return;
    }
    if (content.isObject()) {
        readPart(content, parts, path + ".content");
        return;
    }
    int place = 0;
    for (const json::Node part : content.items())
        readPart(part, parts, path + ".content[" + QByteArray::number(place++) + ']');
}

void MessageReader::readPart(json::Node node, std::vector<Part> &parts, const QByteArray &path)
{
    if (node.isString()) {
        parts.push_back(textPart(textOf(node)));
        return;
    }
    json::Node type, text, image, audio, file, video, document, refusal, thinking, mark;
    eachMember(node, [&](Key key, json::Node value) {
        if (key == "type")
            type = value;
        else if (key == "text")
            text = value;
        else if (key == "image_url")
            image = value;
        else if (key == "input_audio")
            audio = value;
        else if (key == "file")
            file = value;
        else if (key == "video_url")
            video = value;
        else if (key == "document_url")
            document = value;
        else if (key == "refusal")
            refusal = value;
        else if (key == "thinking")
            thinking = value;
        else if (key == "cache_control" || key == "prompt_cache_breakpoint")
            mark = value;
    });
    Part part;
    part.path = path;
    part.cache = readCacheMark(mark);
    const auto urlOf
        = [](json::Node holder) { return holder.isString() ? holder : holder.find("url"); };
    if (thinking.exists()) {
        Reasoning reasoning;
        if (thinking.isString())
            reasoning.text = textOf(thinking);
        for (const json::Node thought : thinking.items())
            reasoning.text.append(viewOf(thought.find("text")));
        part.content = std::move(reasoning);
    } else if (refusal.isString()) {
        part.content = RefusalPart{textOf(refusal)};
    } else if (urlOf(image).isNonEmptyString()) {
        MediaPart media = mediaFromUrl(urlOf(image), MediaKind::Image);
        media.detail = image.find("detail").text();
        part.content = std::move(media);
    } else if (urlOf(video).isNonEmptyString()) {
        part.content = mediaFromUrl(urlOf(video), MediaKind::Video);
    } else if (urlOf(document).isNonEmptyString()) {
        part.content = mediaFromUrl(urlOf(document), MediaKind::Document);
    } else if (audio.isObject()) {
        MediaPart media;
        media.kind = MediaKind::Audio;
        media.data = textOf(audio.find("data"));
        media.mime = "audio/" + audio.find("format").text();
        part.content = std::move(media);
    } else if (file.isObject()) {
        MediaPart media;
        if (const json::Node data = file.find("file_data"); data.isNonEmptyString()) {
            media = mediaFromUrl(data, MediaKind::Document);
            // Bare base64 is taken too.
            if (media.source == MediaSource::Url && !media.data.view().bytes.contains("://")) {
                media.source = MediaSource::Base64;
                media.mime = sniffedMime(media.data).toByteArray();
            }
            if (media.mime.startsWith("image/"))
                media.kind = MediaKind::Image;
        } else {
            media.kind = MediaKind::Document;
            media.source = MediaSource::FileId;
            media.data = textOf(file.find("file_id"));
        }
        media.name = file.find("filename").text();
        part.content = std::move(media);
    } else if (text.isString()) {
        part.content = TextPart{textOf(text), {}};
    } else {
        m_changes.reject(path,
                         QByteArray("A content part of the type \"" + type.text()
                                    + "\" cannot be carried to another provider; send text, an "
                                      "image, audio or a file."),
                         "bad_request");
        return;
    }
    parts.push_back(std::move(part));
}

void MessageReader::readReasoning(const Message &message, Turn &turn)
{
    const Text said = message.reasoning.isNonEmptyString() ? textOf(message.reasoning) : Text();
    if (!message.details.isEmpty()) {
        readDetails(message.details, said, turn);
        return;
    }
    if (!message.blocks.isEmpty()) {
        for (const json::Node block : message.blocks.items()) {
            Reasoning reasoning;
            reasoning.text = textOf(block.find("thinking"));
            Part part;
            const json::Node signature = block.find("signature");
            const json::Node data = block.find("data");
            if (signature.isNonEmptyString())
                part.artifacts.push_back(
                    unsealed(signature.text())
                        .value_or(
                            Artifact{ArtifactKind::AnthropicSignature, signature.text(), {}, {}}));
            if (data.isNonEmptyString()) {
                reasoning.isRedacted = true;
                part.artifacts.push_back(
                    unsealed(data.text())
                        .value_or(Artifact{ArtifactKind::AnthropicRedacted, data.text(), {}, {}}));
            }
            part.content = std::move(reasoning);
            turn.parts.push_back(std::move(part));
        }
        return;
    }
    if (said.isEmpty())
        return;
    Reasoning reasoning;
    reasoning.text = said;
    turn.parts.push_back(Part(std::move(reasoning)));
}

// Our own entries become the blocks they were made of; those of others stay as they are, all on one
// block. [translation §9.3]
void MessageReader::readDetails(json::Node details, const Text &said, Turn &turn)
{
    Reasoning foreign;
    foreign.text = said;
    Part kept;
    Text spelled;
    bool hasOwn = false;
    for (const json::Node detail : details.items()) {
        if (!detail.isObject())
            continue;
        json::Node opaque = detail.find("signature");
        if (!opaque.isNonEmptyString())
            opaque = detail.find("data");
        json::Node words = detail.find("text");
        if (!words.isString())
            words = detail.find("summary");
        std::optional<Artifact> own
            = opaque.isNonEmptyString() ? unsealed(opaque.text()) : std::nullopt;
        if (!own) {
            kept.artifacts.push_back(
                {ArtifactKind::ReasoningDetails, detail.raw().toByteArray(), {}, {}});
            if (words.isString())
                spelled.append(viewOf(words));
            continue;
        }
        hasOwn = true;
        Reasoning reasoning;
        if (words.isString() && own->kind == ArtifactKind::OpenAiEncrypted)
            reasoning.summary = {textOf(words)};
        else if (words.isString())
            reasoning.text = textOf(words);
        reasoning.isRedacted = own->kind == ArtifactKind::AnthropicRedacted;
        Part part{std::move(reasoning)};
        part.artifacts.push_back(std::move(*own));
        turn.parts.push_back(std::move(part));
    }
    if (hasOwn && kept.artifacts.empty())
        return;
    if (foreign.text.isEmpty())
        foreign.text = spelled;
    kept.content = std::move(foreign);
    turn.parts.push_back(std::move(kept));
}

void MessageReader::readCall(json::Node node, Turn &turn)
{
    if (!node.isObject())
        return;
    json::Node holder = node.find("function");
    const json::Node custom = node.find("custom");
    const bool isCustom
        = custom.isObject() && (!holder.isObject() || custom.find("name").isNonEmptyString());
    if (isCustom)
        holder = custom;
    else if (!holder.isObject())
        holder = node;
    ToolCall call;
    call.kind = isCustom ? ToolKind::Custom : ToolKind::Function;
    call.id = node.find("id").text();
    call.name = holder.find("name").text();
    const json::Node arguments = holder.find(isCustom ? "input" : "arguments");
    // Text, or an object as some clients send it. [pitfall 13]
    if (arguments.isString())
        call.arguments = textOf(arguments);
    else if (arguments.isObject())
        call.arguments = Text::view(TextView::plain(arguments.raw()));
    Part part{std::move(call)};
    if (const json::Node signature
        = node.find("extra_content").find("google").find("thought_signature");
        signature.isNonEmptyString()) {
        const QByteArray value = signature.text();
        part.artifacts.push_back(
            unsealed(value).value_or(Artifact{ArtifactKind::GeminiSignature, value, {}, {}}));
    }
    part.cache = readCacheMark(node.find("cache_control"));
    turn.parts.push_back(std::move(part));
}

} // namespace sb::translate::openai_chat
