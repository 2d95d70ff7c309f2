#include "translate/gemini/request_contents.h"

#include "translate/gemini/signatures.h"
#include "translate/gemini/wire.h"

namespace sb::translate::gemini {

namespace {

using chat::Part;
using chat::Text;
using chat::TextView;
using chat::Turn;
using dialect::Key;

chat::MediaPart readMedia(json::Node data, json::Node file)
{
    chat::MediaPart media;
    members(data.isObject() ? data : file, [&](Key key, json::Node value) {
        if (key == "mimeType")
            media.mime = value.text();
        else if (key == "displayName")
            media.name = value.text();
        else if (key == "data" || key == "fileUri")
            media.data = textOf(value);
    });
    media.kind = mediaKind(media.mime);
    if (data.isObject()) {
        if (media.mime.isEmpty() || media.mime == "application/octet-stream")
            media.mime = sniffedMime(media.data.view().bytes);
        media.kind = mediaKind(media.mime);
        return media;
    }
    // What was uploaded to Google is of use only there.
    const QByteArray uri = media.data.toPlain();
    const bool isStored = uri.startsWith("gs://")
        || uri.contains("generativelanguage.googleapis.com/") || uri.startsWith("files/");
    media.source = isStored ? chat::MediaSource::FileId : chat::MediaSource::Url;
    return media;
}

// One text under `output`, `result` or `error` is that text; anything else the object itself.
// [translation §6.2]
void readResponse(json::Node response, chat::ToolResult &result)
{
    json::Node only;
    int count = 0;
    members(response, [&](Key key, json::Node value) {
        ++count;
        if (key == "output" || key == "result" || key == "error") {
            only = value;
            result.isError = key == QByteArrayView("error");
        }
    });
    if (count == 0 && response.isObject())
        return;
    if (count != 1 || !only.exists()) {
        result.isError = false;
        result.objectRaw = rawOf(response);
        result.parts.push_back(chat::textPart(
            response.isString() ? textOf(response) : Text::view(TextView::plain(response.raw()))));
        return;
    }
    if (only.isString()) {
        if (only.isNonEmptyString())
            result.parts.push_back(chat::textPart(textOf(only)));
        return;
    }
    result.objectRaw = rawOf(response);
    result.parts.push_back(chat::textPart(Text::view(TextView::plain(only.raw()))));
}

struct PartNodes {
    json::Node text, call, response, data, file, other;
    QByteArray type;
    QByteArray signature;
    bool isThought = false;
};

PartNodes nodesOf(json::Node part)
{
    PartNodes nodes;
    members(part, [&](Key key, json::Node value) {
        if (key == "text") {
            nodes.text = value;
        } else if (key == "thought") {
            nodes.isThought = value.isTrue();
        } else if (key == "thoughtSignature") {
            nodes.signature = value.text();
        } else if (key == "functionCall") {
            nodes.call = value;
        } else if (key == "functionResponse") {
            nodes.response = value;
        } else if (key == "inlineData") {
            nodes.data = value;
        } else if (key == "fileData") {
            nodes.file = value;
        } else if (value.isObject() && key != QByteArrayView("videoMetadata")
                   && key != QByteArrayView("mediaResolution")
                   && key != QByteArrayView("partMetadata")) {
            nodes.other = value;
            nodes.type = key.text.toByteArray();
        }
    });
    return nodes;
}

Part readCall(json::Node node)
{
    chat::ToolCall call;
    members(node, [&](Key key, json::Node value) {
        if (key == "id")
            call.id = value.text();
        else if (key == "name")
            call.name = value.text();
        else if (key == "args" && value.isObject())
            call.arguments = Text::view(TextView::plain(value.raw()));
    });
    return Part(std::move(call));
}

Part readResult(json::Node node)
{
    chat::ToolResult result;
    json::Node media;
    members(node, [&](Key key, json::Node value) {
        if (key == "id")
            result.callId = value.text();
        else if (key == "name")
            result.name = value.text();
        else if (key == "response")
            readResponse(value, result);
        else if (key == "parts")
            media = value;
    });
    for (const json::Node item : media.items()) {
        const PartNodes nodes = nodesOf(item);
        if (nodes.data.isObject() || nodes.file.isObject())
            result.parts.push_back(Part(readMedia(nodes.data, nodes.file)));
        else if (nodes.text.isNonEmptyString())
            result.parts.push_back(chat::textPart(textOf(nodes.text)));
    }
    return Part(std::move(result));
}

// What others made goes back to the reasoning it came from: the one before, or an empty one. A
// signature over text is of no use without that text. [translation §9.3]
void giveBack(std::vector<chat::Artifact> artifacts, Turn &turn, Part &part)
{
    for (chat::Artifact &artifact : artifacts) {
        if (artifact.kind == chat::ArtifactKind::GeminiSignature) {
            part.artifacts.push_back(std::move(artifact));
            continue;
        }
        if (!turn.parts.empty() && turn.parts.back().is<chat::Reasoning>()) {
            turn.parts.back().artifacts.push_back(std::move(artifact));
        } else if (artifact.kind != chat::ArtifactKind::AnthropicSignature
                   && artifact.kind != chat::ArtifactKind::ReasoningContent) {
            chat::Reasoning reasoning;
            reasoning.isRedacted = artifact.kind == chat::ArtifactKind::AnthropicRedacted;
            Part made(std::move(reasoning));
            made.artifacts.push_back(std::move(artifact));
            turn.parts.push_back(std::move(made));
        }
    }
}

void readPart(json::Node node, Turn &turn, const QByteArray &path)
{
    if (node.isString()) {
        turn.parts.push_back(chat::textPart(textOf(node)));
        return;
    }
    const PartNodes nodes = nodesOf(node);
    Part part;
    bool isSaying = true;
    if (nodes.call.isObject()) {
        part = readCall(nodes.call);
    } else if (nodes.response.isObject()) {
        part = readResult(nodes.response);
        part.path = path;
    } else if (nodes.data.isObject() || nodes.file.isObject()) {
        part = Part(readMedia(nodes.data, nodes.file));
        part.path = path;
    } else if (nodes.other.exists()) {
        chat::OpaquePart opaque;
        opaque.dialect = DialectId::Gemini;
        opaque.type = nodes.type;
        opaque.raw = rawOf(node);
        opaque.isServerTool = true;
        part = Part(std::move(opaque));
        part.path = path;
    } else if (nodes.isThought) {
        chat::Reasoning reasoning;
        reasoning.text = textOf(nodes.text);
        part = Part(std::move(reasoning));
    } else {
        part = chat::textPart(textOf(nodes.text));
        isSaying = nodes.text.isNonEmptyString();
    }
    if (!nodes.signature.isEmpty() && !part.is<chat::OpaquePart>())
        giveBack(unpacked(nodes.signature), turn, part);
    if (isSaying || !part.artifacts.empty())
        turn.parts.push_back(std::move(part));
}

QByteArray placeOf(int turn, int part)
{
    return "contents[" + QByteArray::number(turn) + "].parts[" + QByteArray::number(part) + ']';
}

void readTurn(json::Node content, int index, chat::Request &request)
{
    Turn turn;
    if (content.isString()) {
        turn.parts.push_back(chat::textPart(textOf(content)));
        request.turns.push_back(std::move(turn));
        return;
    }
    json::Node role;
    json::Node parts;
    members(content, [&](Key key, json::Node value) {
        if (key == "role")
            role = value;
        else if (key == "parts")
            parts = value;
    });
    // Missing is user; old clients answer calls as "function". [dialects §5.2]
    if (role.is("model") || role.is("assistant"))
        turn.role = chat::Role::Assistant;
    else if (role.is("system"))
        turn.role = chat::Role::System;
    int at = 0;
    if (parts.isArray()) {
        for (const json::Node part : parts.items()) {
            readPart(part, turn, placeOf(index, at));
            ++at;
        }
    } else if (parts.exists()) {
        readPart(parts, turn, placeOf(index, 0));
    }
    request.turns.push_back(std::move(turn));
}

} // namespace

void readContents(json::Node contents, chat::Request &request)
{
    if (!contents.isArray()) {
        if (contents.exists() && !contents.isNull())
            readTurn(contents, 0, request);
        return;
    }
    int index = 0;
    for (const json::Node content : contents.items())
        readTurn(content, index++, request);
}

void readInstruction(json::Node instruction, chat::Request &request)
{
    Turn turn;
    turn.role = chat::Role::System;
    const auto take = [&turn](json::Node text) {
        if (text.isNonEmptyString())
            turn.parts.push_back(chat::textPart(textOf(text)));
    };
    if (instruction.isString()) {
        take(instruction);
    } else {
        const json::Node parts = instruction.find("parts");
        if (parts.isObject())
            take(parts.find("text"));
        for (const json::Node part : parts.items())
            take(part.isString() ? part : part.find("text"));
        if (!parts.exists())
            take(instruction.find("text"));
    }
    if (!turn.parts.empty())
        request.instructions.push_back(std::move(turn));
}

} // namespace sb::translate::gemini
