#include "translate/anthropic/blocks.h"

#include "chat/envelope.h"
#include "dialect/scratch.h"

using namespace sb::chat;

namespace sb::translate::anthropic {

namespace {

MediaPart readSource(json::Node block, MediaKind kind)
{
    MediaPart media;
    media.kind = kind;
    const json::Node source = block.find("source");
    const json::Node type = source.find("type");
    media.mime = source.find("media_type").text();
    if (type.is("url")) {
        media.source = MediaSource::Url;
        media.data = textOf(source.find("url"));
    } else if (type.is("file")) {
        media.source = MediaSource::FileId;
        media.data = textOf(source.find("file_id"));
    } else if (type.is("text")) {
        media.source = MediaSource::Text;
        media.data = textOf(source.find("data"));
    } else {
        media.data = textOf(source.find("data"));
    }
    media.name = block.find("title").text();
    return media;
}

// A document made of text blocks is its text. [translation §6.1]
std::optional<MediaPart> readDocument(json::Node block)
{
    const json::Node source = block.find("source");
    if (!source.find("type").is("content"))
        return readSource(block, MediaKind::Document);
    MediaPart media;
    media.kind = MediaKind::Document;
    media.source = MediaSource::Text;
    media.mime = "text/plain";
    media.name = block.find("title").text();
    const json::Node content = source.find("content");
    if (content.isString()) {
        media.data = textOf(content);
        return media;
    }
    for (const json::Node item : content.items()) {
        if (!item.find("type").is("text"))
            return std::nullopt; // images inside a document have no other home
        media.data.append(textOf(item.find("text")));
    }
    return media;
}

Part readToolUse(json::Node block)
{
    ToolCall call;
    call.id = block.find("id").text();
    call.name = block.find("name").text();
    const json::Node input = block.find("input");
    if (input.isString())
        call.arguments = textOf(input);
    else if (input.isObject())
        call.arguments = Text::view(TextView::plain(input.raw()));
    return Part(std::move(call));
}

Part readToolResult(json::Node block, const QByteArray &path, Changes &changes)
{
    ToolResult result;
    result.callId = block.find("tool_use_id").text();
    result.isError = block.find("is_error").isTrue();
    result.parts = readBlocks(block.find("content"), path + ".content", changes);
    return Part(std::move(result));
}

// Title, address and text: what other dialects can show of it. [translation §6.1]
Part readSearchResult(json::Node block)
{
    QByteArray text = block.find("title").text() + '\n' + block.find("source").text() + '\n';
    for (const json::Node item : block.find("content").items())
        text += item.find("text").text() + '\n';
    return textPart(Text::plain(text.trimmed()));
}

bool isServerBlock(const dialect::Key &type)
{
    return type == "server_tool_use" || type == "mcp_tool_use" || type == "compaction"
        || type == "fallback" || type == "container_upload"
        || (type.text.endsWith("_tool_result") && !(type == "tool_result"));
}

Part readOpaque(json::Node block, QByteArrayView type)
{
    OpaquePart opaque;
    opaque.dialect = DialectId::Anthropic;
    opaque.type = type.toByteArray();
    opaque.raw = rawOf(block);
    opaque.isServerTool = true;
    return Part(std::move(opaque));
}

} // namespace

std::optional<CacheMark> cacheOf(json::Node block)
{
    const json::Node mark = block.find("cache_control");
    if (!mark.isObject())
        return std::nullopt;
    return CacheMark{mark.find("ttl").is("1h")};
}

Part readThinking(json::Node block, const Origin &origin)
{
    Reasoning reasoning;
    const bool isRedacted = block.find("type").is("redacted_thinking");
    reasoning.isRedacted = isRedacted;
    if (!isRedacted)
        reasoning.text = textOf(block.find("thinking"));
    const QByteArray state = block.find(isRedacted ? "data" : "signature").text();
    Part part(std::move(reasoning));
    if (state.isEmpty())
        return part;
    if (auto foreign = unsealed(state)) {
        part.artifacts.push_back(std::move(*foreign));
        return part;
    }
    part.artifacts.push_back(
        {isRedacted ? ArtifactKind::AnthropicRedacted : ArtifactKind::AnthropicSignature,
         state,
         {},
         origin});
    return part;
}

std::optional<Part> readBlock(json::Node block, const QByteArray &path, Changes &changes)
{
    const json::Node typeNode = block.find("type");
    const dialect::Key type{typeNode.inner()};
    std::optional<Part> part;
    if (type == "text") {
        part = textPart(textOf(block.find("text")));
        if (const json::Node citations = block.find("citations"); citations.isArray())
            part->as<TextPart>()->citationsRaw = rawOf(citations);
    } else if (type == "image") {
        part = Part(readSource(block, MediaKind::Image));
    } else if (type == "document") {
        if (auto document = readDocument(block))
            part = Part(std::move(*document));
    } else if (type == "tool_use") {
        part = readToolUse(block);
    } else if (type == "tool_result") {
        part = readToolResult(block, path, changes);
    } else if (type == "thinking" || type == "redacted_thinking") {
        part = readThinking(block, {});
    } else if (type == "search_result") {
        part = readSearchResult(block);
    } else if (isServerBlock(type)) {
        part = readOpaque(block, type.text);
    }
    if (!part) {
        changes.reject(path,
                       QByteArray("A content block of the type \"" + typeNode.text()
                                  + "\" is not known here; leave it out."));
        return std::nullopt;
    }
    part->cache = cacheOf(block);
    part->path = path;
    return part;
}

std::vector<Part> readBlocks(json::Node content, const QByteArray &path, Changes &changes)
{
    std::vector<Part> parts;
    if (content.isString()) {
        Part part = textPart(textOf(content));
        part.path = path;
        parts.push_back(std::move(part));
        return parts;
    }
    int index = 0;
    for (const json::Node block : content.items()) {
        const QByteArray where = path + '[' + QByteArray::number(index++) + ']';
        if (block.isString())
            parts.push_back(textPart(textOf(block)));
        else if (auto part = readBlock(block, where, changes))
            parts.push_back(std::move(*part));
    }
    return parts;
}

} // namespace sb::translate::anthropic
