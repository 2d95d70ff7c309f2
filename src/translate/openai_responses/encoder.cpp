#include "translate/openai_responses/encoder.h"

#include "base/bytes.h"
#include "chat/envelope.h"
#include "chat/names.h"
#include "dialect/openai_responses.h"
#include "translate/openai_responses/openai_responses.h"
#include "json/scan.h"
#include "json/text.h"

using namespace sb::chat;

namespace sb::translate::openai_responses {

namespace {

void appendMember(QByteArray &out, const char *name, QByteArrayView value)
{
    appendBytes(out, ",\"");
    appendBytes(out, name);
    appendBytes(out, "\":");
    json::appendQuoted(out, value);
}

void appendInnerMember(QByteArray &out, const char *name, QByteArrayView inner)
{
    appendBytes(out, ",\"");
    appendBytes(out, name);
    appendBytes(out, "\":\"");
    appendBytes(out, inner);
    out.append('"');
}

QByteArray innerOf(TextView text)
{
    if (text.isEscaped)
        return text.bytes.toByteArray();
    QByteArray out;
    appendInner(out, text);
    return out;
}

// One citation as Responses has it; empty when it says nothing a reader could use.
QByteArray annotationOf(QByteArrayView raw)
{
    json::Scan scan;
    if (!scan.run(raw) || !scan.root().isObject())
        return {};
    const json::Node root = scan.root();
    if (const json::Node nested = root.find("url_citation"); nested.isObject()) {
        const QByteArrayView members = nested.raw().sliced(1);
        return QByteArray(R"({"type":"url_citation")") + (nested.isEmpty() ? "" : ",")
            + members.toByteArray();
    }
    const json::Node type = root.find("type");
    if (type.is("url_citation") || type.is("file_citation") || type.is("file_path")
        || type.is("container_file_citation"))
        return raw.toByteArray();
    if (!root.find("url").isNonEmptyString())
        return {};
    QByteArray out(R"({"type":"url_citation","start_index":0,"end_index":0,"url":)");
    appendBytes(out, root.find("url").raw());
    appendBytes(out, R"(,"title":)");
    appendBytes(out,
                root.find("title").isString() ? root.find("title").raw() : QByteArrayView("\"\""));
    out.append('}');
    return out;
}

void appendRaw(QByteArray &list, QByteArrayView value)
{
    if (!list.isEmpty())
        list.append(',');
    appendBytes(list, value);
}

} // namespace

// ---- Frames ------------------------------------------------------------------------------------

void Encoder::begin(const char *type)
{
    appendBytes(m_out, "event: ");
    appendBytes(m_out, type);
    appendBytes(m_out, "\ndata: {\"type\":\"");
    appendBytes(m_out, type);
    appendBytes(m_out, "\",\"sequence_number\":");
    appendNumber(m_out, m_number++);
}

void Encoder::beginItem(const char *type, const Item &item)
{
    begin(type);
    appendBytes(m_out, ",\"item_id\":\"");
    appendBytes(m_out, item.id);
    appendBytes(m_out, "\",\"output_index\":");
    appendNumber(m_out, item.output);
}

void Encoder::end()
{
    appendBytes(m_out, "}\n\n");
}

void Encoder::itemDone(int output, QByteArray json)
{
    begin("response.output_item.done");
    appendBytes(m_out, ",\"output_index\":");
    appendNumber(m_out, output);
    appendBytes(m_out, ",\"item\":");
    appendBytes(m_out, json);
    end();
    m_output[size_t(output)] = std::move(json);
}

void Encoder::writeStart(const Event &start)
{
    QByteArray id = start.id.startsWith("resp_") ? start.id.toByteArray() : QByteArray();
    if (id.isEmpty() && !options().id.isNull())
        id = "resp_" + options().id.text();
    if (id.isEmpty())
        id = madeItemId("resp_", start.id);
    m_object.begin(std::move(id),
                   options().model.isEmpty() ? start.name.toByteArray() : options().model,
                   start.createdSeconds, options().echoRaw);
    for (const char *type : {"response.created", "response.in_progress"}) {
        begin(type);
        appendBytes(m_out, ",\"response\":");
        m_object.append(m_out, {}, {});
        end();
    }
}

void Encoder::writeTerminal(const char *type, const ResponseObject::State &state)
{
    m_response.clear();
    m_object.append(m_response, state, m_output);
    begin(type);
    appendBytes(m_out, ",\"response\":");
    appendBytes(m_out, m_response);
    end();
}

void Encoder::writeFinish(const Event &finish, const Usage &usage)
{
    ResponseObject::State state;
    state.status = "completed";
    state.usageRaw = usageRaw(usage, cost());
    switch (finish.finish) {
    case Finish::Length:
    case Finish::ContextFull:
        state.incompleteReason = "max_output_tokens";
        break;
    case Finish::ContentFilter:
        state.incompleteReason = "content_filter";
        break;
    case Finish::Refusal:
        // A refusal that was spoken is an answer.
        if (!m_hasRefusal)
            state.incompleteReason = "content_filter";
        break;
    case Finish::MalformedCall:
    case Finish::Error:
        state.status = "failed";
        state.errorRaw = R"({"code":"server_error","message":)"
                         R"("The model made a tool call that cannot be read."})";
        writeTerminal("response.failed", state);
        return;
    default:
        break;
    }
    if (state.incompleteReason)
        state.status = "incomplete";
    writeTerminal(state.incompleteReason ? "response.incomplete" : "response.completed", state);
}

void Encoder::writeError(const dialect::ClientError &error)
{
    if (m_object.id().isEmpty()) {
        const QByteArray id
            = options().id.isNull() ? madeItemId("resp_", error.message) : options().id.text();
        m_object.begin(id.startsWith("resp_") ? id : QByteArray("resp_" + id), options().model,
                       options().createdSeconds, options().echoRaw);
    }
    ResponseObject::State state;
    state.status = "failed";
    state.errorRaw = "{\"code\":";
    json::appendQuoted(state.errorRaw, dialect::openai_responses::errorCode(error));
    appendMember(state.errorRaw, "message", error.message);
    state.errorRaw += '}';
    writeTerminal("response.failed", state);
}

// ---- Parts -------------------------------------------------------------------------------------

Encoder::Item &Encoder::itemOf(int part)
{
    const size_t index = size_t(qMax(part, 0));
    if (m_items.size() <= index)
        m_items.resize(index + 1);
    return m_items[index];
}

void Encoder::writeOpen(const Event &open)
{
    Item &item = itemOf(open.part);
    item.kind = open.partKind;
    if (open.partKind == PartKind::Call)
        nameCall(item, open);
    else if (open.whole)
        item.whole = *open.whole;
    else if (open.partKind == PartKind::Media)
        item.whole = Part(MediaPart());
}

// The call as the client knows its tool: in its namespace, and as free text where it said so.
// [pitfall 78]
void Encoder::nameCall(Item &item, const Event &open)
{
    item.name = open.name.toByteArray();
    item.space = open.space.toByteArray();
    item.isCustom = open.toolKind == ToolKind::Custom;
    item.callId = targetCallId(open.id, ToolIdRule::Max64);
    if (item.callId.isEmpty())
        item.callId = madeCallId(m_object.id(), open.part);
    if (!item.space.isEmpty())
        return;
    const Tool *found = nullptr;
    for (const Tool &tool : options().tools) {
        const bool isFlat = !tool.space.isEmpty()
            && open.name.size() == tool.space.size() + 2 + tool.name.size()
            && open.name.startsWith(tool.space) && open.name.endsWith(tool.name)
            && open.name.sliced(tool.space.size(), 2) == "__";
        if (tool.space.isEmpty() && tool.name == open.name) {
            found = &tool;
            break;
        }
        if (isFlat && !found)
            found = &tool;
    }
    if (!found)
        return;
    item.name = found->name;
    item.space = found->space;
    if (found->kind == ToolKind::Custom && !item.isCustom) {
        item.isCustom = true;
        item.isUnwrapped = true;
    }
}

QByteArray Encoder::callJson(const Item &item, const char *status, QByteArrayView arguments) const
{
    QByteArray json("{\"id\":\"");
    appendBytes(json, item.id);
    appendBytes(json,
                item.isCustom ? R"(","type":"custom_tool_call","status":")"
                              : R"(","type":"function_call","status":")");
    appendBytes(json, status);
    json.append('"');
    appendInnerMember(json, item.isCustom ? "input" : "arguments", arguments);
    appendMember(json, "call_id", item.callId);
    appendMember(json, "name", item.name);
    if (!item.space.isEmpty())
        appendMember(json, "namespace", item.space);
    json.append('}');
    return json;
}

void Encoder::announce(Item &item)
{
    if (item.isAnnounced)
        return;
    item.isAnnounced = true;
    // State that belongs to a call stands before it. [translation §9.3]
    if (item.kind == PartKind::Call)
        writeKept(std::exchange(item.artifacts, {}));
    item.output = int(m_output.size());
    m_output.emplace_back();
    const QByteArray place = m_object.id() + '/' + QByteArray::number(item.output);
    const bool isCall = item.kind == PartKind::Call;
    const bool isReasoning = item.kind == PartKind::Reasoning;
    item.id = madeItemId(isCall            ? (item.isCustom ? "ctc_" : "fc_")
                             : isReasoning ? "rs_"
                                           : "msg_",
                         isCall ? item.callId : place);
    begin("response.output_item.added");
    appendBytes(m_out, ",\"output_index\":");
    appendNumber(m_out, item.output);
    appendBytes(m_out, ",\"item\":");
    if (isCall) {
        appendBytes(m_out, callJson(item, "in_progress", {}));
    } else {
        appendBytes(m_out, "{\"id\":\"");
        appendBytes(m_out, item.id);
        appendBytes(m_out,
                    isReasoning ? R"(","type":"reasoning","summary":[]})"
                                : R"(","type":"message","status":"in_progress",)"
                                  R"("content":[],"role":"assistant"})");
    }
    end();
    if (isCall || isReasoning)
        return;
    beginItem("response.content_part.added", item);
    appendBytes(m_out,
                item.kind == PartKind::Refusal
                    ? R"(,"content_index":0,"part":{"type":"refusal","refusal":""})"
                    : R"(,"content_index":0,"part":{"type":"output_text","annotations":[],)"
                      R"("logprobs":[],"text":""})");
    end();
}

void Encoder::writeDelta(const Event &delta)
{
    Item &item = itemOf(delta.part);
    if (item.isClosed)
        return;
    switch (delta.deltaKind) {
    case DeltaKind::Text:
        writeText(item, delta.text);
        break;
    case DeltaKind::Reasoning:
        writeSummary(item, delta.text, false);
        break;
    case DeltaKind::Summary:
        writeSummary(item, delta.text, delta.isNewSummary);
        break;
    case DeltaKind::Arguments:
        announce(item);
        writeArguments(item, item.isUnwrapped ? item.input.feed(delta.text) : innerOf(delta.text));
        break;
    case DeltaKind::Artifact: {
        Artifact artifact{delta.artifact, delta.text.toPlain(), delta.itemId.toByteArray(),
                          options().origin};
        // The item it will travel in says whose it is.
        if (item.kind == PartKind::Call)
            artifact.itemId = item.callId;
        const auto same = std::find_if(item.artifacts.begin(), item.artifacts.end(),
                                       [&](const Artifact &known) {
                                           return known.kind == artifact.kind
                                               && artifact.kind != ArtifactKind::ReasoningDetails;
                                       });
        if (same != item.artifacts.end())
            *same = std::move(artifact);
        else
            item.artifacts.push_back(std::move(artifact));
        break;
    }
    case DeltaKind::Citation:
        writeCitation(item, delta.text.bytes);
        break;
    case DeltaKind::Logprobs:
        if (const QByteArrayView list = delta.text.bytes.trimmed(); list.size() > 2)
            appendRaw(item.logprobs, oneLine(list.sliced(1).chopped(1).toByteArray()));
        break;
    case DeltaKind::Media:
        if (MediaPart *media = item.whole.as<MediaPart>())
            media->data.append(delta.text);
        break;
    }
}

void Encoder::writeText(Item &item, TextView text)
{
    if (text.isEmpty())
        return;
    announce(item);
    const qsizetype before = item.text.size();
    appendInner(item.text, text);
    const bool isRefusal = item.kind == PartKind::Refusal;
    m_hasRefusal |= isRefusal;
    beginItem(isRefusal ? "response.refusal.delta" : "response.output_text.delta", item);
    appendBytes(m_out, ",\"content_index\":0");
    appendInnerMember(m_out, "delta", QByteArrayView(item.text).sliced(before));
    if (!isRefusal)
        appendBytes(m_out, ",\"logprobs\":[]");
    end();
}

void Encoder::writeSummary(Item &item, TextView text, bool isNew)
{
    if (text.isEmpty())
        return;
    announce(item);
    if (isNew)
        closeSummary(item);
    if (!item.isSummaryOpen) {
        item.isSummaryOpen = true;
        beginItem("response.reasoning_summary_part.added", item);
        appendBytes(m_out, ",\"summary_index\":");
        appendNumber(m_out, item.summaries);
        appendBytes(m_out, R"(,"part":{"type":"summary_text","text":""})");
        end();
    }
    const qsizetype before = item.text.size();
    appendInner(item.text, text);
    beginItem("response.reasoning_summary_text.delta", item);
    appendBytes(m_out, ",\"summary_index\":");
    appendNumber(m_out, item.summaries);
    appendInnerMember(m_out, "delta", QByteArrayView(item.text).sliced(before));
    end();
}

void Encoder::closeSummary(Item &item)
{
    if (!item.isSummaryOpen)
        return;
    item.isSummaryOpen = false;
    beginItem("response.reasoning_summary_text.done", item);
    appendBytes(m_out, ",\"summary_index\":");
    appendNumber(m_out, item.summaries);
    appendInnerMember(m_out, "text", item.text);
    end();
    QByteArray part(R"({"type":"summary_text")");
    appendInnerMember(part, "text", item.text);
    part.append('}');
    beginItem("response.reasoning_summary_part.done", item);
    appendBytes(m_out, ",\"summary_index\":");
    appendNumber(m_out, item.summaries++);
    appendBytes(m_out, ",\"part\":");
    appendBytes(m_out, part);
    end();
    appendRaw(item.parts, part);
    item.text.clear();
}

void Encoder::writeArguments(Item &item, QByteArrayView inner)
{
    if (inner.isEmpty())
        return;
    appendBytes(item.text, inner);
    beginItem(item.isCustom ? "response.custom_tool_call_input.delta"
                            : "response.function_call_arguments.delta",
              item);
    appendInnerMember(m_out, "delta", inner);
    end();
}

void Encoder::writeCitation(Item &item, QByteArrayView raw)
{
    const QByteArray annotation = oneLine(annotationOf(raw));
    if (annotation.isEmpty() || item.kind != PartKind::Text)
        return;
    announce(item);
    appendRaw(item.annotations, annotation);
    beginItem("response.output_text.annotation.added", item);
    appendBytes(m_out, ",\"content_index\":0,\"annotation_index\":");
    appendNumber(m_out, item.citations++);
    appendBytes(m_out, ",\"annotation\":");
    appendBytes(m_out, annotation);
    end();
}

void Encoder::writeClose(const Event &close)
{
    Item &item = itemOf(close.part);
    if (item.isClosed)
        return;
    item.isClosed = true;
    switch (item.kind) {
    case PartKind::Text:
    case PartKind::Refusal:
        closeMessage(item);
        break;
    case PartKind::Call:
        closeCall(item, close.isIncomplete);
        break;
    case PartKind::Reasoning:
        closeReasoning(item);
        break;
    case PartKind::Media:
    case PartKind::Opaque:
        closeWhole(item);
        break;
    }
}

void Encoder::closeMessage(Item &item)
{
    if (item.isAnnounced) {
        const bool isRefusal = item.kind == PartKind::Refusal;
        QByteArray part;
        if (isRefusal) {
            part = R"({"type":"refusal")";
            appendInnerMember(part, "refusal", item.text);
            part.append('}');
        } else {
            part = R"({"type":"output_text","annotations":[)";
            appendBytes(part, item.annotations);
            appendBytes(part, R"(],"logprobs":[)");
            appendBytes(part, item.logprobs);
            part.append(']');
            appendInnerMember(part, "text", item.text);
            part.append('}');
        }
        beginItem(isRefusal ? "response.refusal.done" : "response.output_text.done", item);
        appendBytes(m_out, ",\"content_index\":0");
        appendInnerMember(m_out, isRefusal ? "refusal" : "text", item.text);
        if (!isRefusal) {
            appendBytes(m_out, ",\"logprobs\":[");
            appendBytes(m_out, item.logprobs);
            m_out.append(']');
        }
        end();
        beginItem("response.content_part.done", item);
        appendBytes(m_out, ",\"content_index\":0,\"part\":");
        appendBytes(m_out, part);
        end();
        QByteArray json("{\"id\":\"");
        appendBytes(json, item.id);
        appendBytes(json, R"(","type":"message","status":"completed","content":[)");
        appendBytes(json, part);
        appendBytes(json, R"(],"role":"assistant"})");
        itemDone(item.output, std::move(json));
    }
    writeKept(std::exchange(item.artifacts, {}));
}

void Encoder::closeCall(Item &item, bool isIncomplete)
{
    announce(item);
    if (item.isUnwrapped)
        writeArguments(item, item.input.end());
    // No arguments are an empty object. [pitfall 18]
    if (item.text.isEmpty() && !item.isCustom)
        writeArguments(item, "{}");
    beginItem(item.isCustom ? "response.custom_tool_call_input.done"
                            : "response.function_call_arguments.done",
              item);
    if (!item.isCustom)
        appendMember(m_out, "name", item.name);
    appendInnerMember(m_out, item.isCustom ? "input" : "arguments", item.text);
    end();
    itemDone(item.output, callJson(item, isIncomplete ? "incomplete" : "completed", item.text));
    writeKept(std::exchange(item.artifacts, {}));
}

void Encoder::closeReasoning(Item &item)
{
    if (!item.isAnnounced && item.artifacts.empty())
        return;
    announce(item);
    closeSummary(item);
    QByteArray json("{\"id\":\"");
    appendBytes(json, item.id);
    appendBytes(json, R"(","type":"reasoning","summary":[)");
    appendBytes(json, item.parts);
    json.append(']');
    std::vector<Artifact> artifacts = std::exchange(item.artifacts, {});
    if (!artifacts.empty()) {
        appendMember(json, "encrypted_content", sealedValue(artifacts.front()));
        artifacts.erase(artifacts.begin());
    }
    json.append('}');
    itemDone(item.output, std::move(json));
    writeKept(std::move(artifacts));
}

QByteArray Encoder::sealedValue(const Artifact &artifact) const
{
    // Made by OpenAI and nothing else to say: as it came.
    if (artifact.kind == ArtifactKind::OpenAiEncrypted && artifact.origin.provider.isEmpty())
        return artifact.payload;
    return sealed(artifact);
}

void Encoder::writeKept(std::vector<Artifact> artifacts)
{
    for (Artifact &artifact : artifacts) {
        Item kept;
        kept.kind = PartKind::Reasoning;
        kept.artifacts.push_back(std::move(artifact));
        closeReasoning(kept);
    }
}

void Encoder::closeWhole(Item &item)
{
    QByteArray json;
    if (const OpaquePart *opaque = item.whole.as<OpaquePart>()) {
        if (opaque->dialect != DialectId::OpenAiResponses)
            return; // nothing here could read it
        json = oneLine(opaque->raw);
    } else if (const MediaPart *media = item.whole.as<MediaPart>()) {
        if (media->kind != MediaKind::Image || media->source != MediaSource::Base64)
            return;
        json = "{\"id\":\"";
        const QByteArray place
            = m_object.id() + '/' + QByteArray::number(qsizetype(m_output.size()));
        appendBytes(json, madeItemId("ig_", place));
        appendBytes(json, R"(","type":"image_generation_call","status":"completed","result":)");
        appendQuoted(json, media->data);
        json.append('}');
    }
    if (json.isEmpty())
        return;
    item.output = int(m_output.size());
    m_output.emplace_back();
    begin("response.output_item.added");
    appendBytes(m_out, ",\"output_index\":");
    appendNumber(m_out, item.output);
    appendBytes(m_out, ",\"item\":");
    appendBytes(m_out, json);
    end();
    itemDone(item.output, std::move(json));
}

std::unique_ptr<StreamEncoder> makeEncoder(const EncodeOptions &options)
{
    return std::make_unique<Encoder>(options);
}

} // namespace sb::translate::openai_responses
