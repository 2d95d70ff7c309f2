#include "translate/openai_responses/output_items.h"

#include "dialect/openai_responses.h"
#include "dialect/provider_error.h"
#include "dialect/scratch.h"
#include "translate/nodes.h"

using namespace sb::chat;

namespace sb::translate::openai_responses {

namespace {

constexpr size_t kMaxItems = 10'000;

} // namespace

OutputReader::Item &OutputReader::item(qint64 index)
{
    if (index < 0 && !m_items.empty())
        return m_items.back();
    for (auto known = m_items.rbegin(); known != m_items.rend(); ++known) {
        if (known->index == index)
            return *known;
    }
    if (m_items.size() >= kMaxItems)
        return m_items.back();
    Item &made = m_items.emplace_back();
    made.index = index;
    return made;
}

OutputReader::Item *OutputReader::known(qint64 index)
{
    for (Item &item : m_items) {
        if (item.index == index)
            return &item;
    }
    return nullptr;
}

qint64 OutputReader::freeIndex() const
{
    qint64 index = 0;
    for (const Item &item : m_items)
        index = qMax(index, item.index + 1);
    return index;
}

void OutputReader::remaining(qint64 index, json::Node node)
{
    const json::Node type = node.find("type");
    const Item *there = known(index);
    if (type.is("function_call") || type.is("custom_tool_call")) {
        const QByteArray callId = node.find("call_id").text();
        for (const Item &item : m_items) {
            if (item.isCall && item.callId == callId)
                return done(item.index, node);
        }
        if (there && there->isCall)
            return done(index, node);
        return done(there ? freeIndex() : index, node);
    }
    if (type.is("message")) {
        if (!m_hasSaid)
            done(there && (there->isCall || there->isDone) ? freeIndex() : index, node);
        return;
    }
    if (type.is("reasoning")) {
        // Its state may still be missing, but not behind what was said already.
        if (there ? !there->isDone && !there->isCall && !m_hasSaid : !m_hasThought && !m_hasSaid)
            done(index, node);
        return;
    }
    if (m_items.empty() || (there && !there->isDone && !there->isCall) || index >= freeIndex())
        done(index, node);
}

void OutputReader::describe(Item &item, json::Node node)
{
    const json::Node type = node.find("type");
    item.isCall = type.is("function_call") || type.is("custom_tool_call");
    if (!item.isCall)
        return;
    item.isCustom = type.is("custom_tool_call");
    // The first id of a place counts. [pitfall 14]
    if (item.itemId.isEmpty())
        item.itemId = node.find("id").text();
    if (item.callId.isEmpty())
        item.callId = node.find("call_id").text();
    if (item.name.isEmpty())
        item.name = node.find("name").text();
    if (item.space.isEmpty())
        item.space = node.find("namespace").text();
}

// Some models wrap their calls into one of a tool that nobody declared. [pitfall 98]
bool OutputReader::isBundle(const Item &item) const
{
    if (item.isCustom || (item.name != "parallel" && item.name != "multi_tool_use.parallel"))
        return false;
    return !m_options.map || !m_options.map->names.tool(m_options.map->names.original(item.name));
}

void OutputReader::open(Item &item)
{
    if (item.part >= 0)
        return;
    if (item.callId.isEmpty())
        item.callId = madeCallId(item.itemId, m_calls);
    ++m_calls;
    Emitter::Call call;
    call.id = item.callId;
    call.itemId = item.itemId;
    call.name = item.name;
    call.space = item.space;
    call.kind = item.isCustom ? ToolKind::Custom : ToolKind::Function;
    if (m_options.map) {
        call.name = m_options.map->names.original(item.name);
        if (const Tool *tool = m_options.map->names.tool(call.name);
            tool && tool->kind == ToolKind::Custom && !item.isCustom) {
            item.isUnwrapped = true;
            call.kind = ToolKind::Custom;
        }
    }
    item.part = m_emitter.openCall(call);
}

void OutputReader::added(qint64 index, json::Node node)
{
    if (index < 0)
        index = qint64(m_items.size());
    Item &item = this->item(index);
    describe(item, node);
    if (!item.isCall || item.isDone)
        return;
    item.isHeld = item.name.isEmpty() || isBundle(item);
    if (!item.isHeld)
        open(item);
}

void OutputReader::give(Item &item, TextView arguments)
{
    if (arguments.isEmpty())
        return;
    item.hasArguments = true;
    if (item.isHeld)
        item.held += arguments.toPlain();
    else if (item.isUnwrapped)
        m_emitter.arguments(item.part, TextView::escaped(item.input.feed(arguments)));
    else
        m_emitter.arguments(item.part, arguments);
}

void OutputReader::text(qint64 index, json::Node delta)
{
    if (!delta.isNonEmptyString())
        return;
    item(index).hasText = m_hasSaid = true;
    m_emitter.text(viewOf(delta));
}

void OutputReader::refusal(qint64 index, json::Node delta)
{
    if (!delta.isNonEmptyString())
        return;
    item(index).hasText = m_hasSaid = true;
    m_hasRefusal = true;
    m_emitter.refusal(viewOf(delta));
}

void OutputReader::summary(qint64 index, qint64 part, json::Node delta)
{
    if (!delta.isNonEmptyString())
        return;
    Item &item = this->item(index);
    const bool isNew = item.summaryPart != part;
    item.summaryPart = part;
    m_hasThought = true;
    m_emitter.summary(viewOf(delta), isNew);
}

void OutputReader::reasoning(qint64 index, json::Node delta)
{
    if (!delta.isNonEmptyString())
        return;
    item(index).hasReasoning = m_hasThought = true;
    m_emitter.reasoning(viewOf(delta));
}

void OutputReader::arguments(qint64 index, json::Node delta)
{
    if (!delta.isNonEmptyString())
        return;
    Item &item = this->item(index);
    if (!item.isDone && (item.part >= 0 || item.isHeld))
        give(item, viewOf(delta));
}

void OutputReader::annotation(qint64 index, json::Node annotation)
{
    if (!annotation.isObject())
        return;
    item(index).hasCitations = true;
    m_emitter.citation(annotation.raw());
}

void OutputReader::logprobs(json::Node list)
{
    if (list.isArray() && !list.isEmpty())
        m_emitter.logprobs(list.raw());
}

void OutputReader::wholeText(qint64 index, json::Node text)
{
    if (!item(index).hasText)
        this->text(index, text);
}

void OutputReader::wholeRefusal(qint64 index, json::Node text)
{
    if (!item(index).hasText)
        refusal(index, text);
}

void OutputReader::wholeSummary(qint64 index, qint64 part, json::Node text)
{
    if (item(index).summaryPart < part)
        summary(index, part, text);
}

void OutputReader::wholeReasoning(qint64 index, json::Node text)
{
    if (!item(index).hasReasoning)
        reasoning(index, text);
}

void OutputReader::wholeArguments(qint64 index, json::Node text)
{
    if (!item(index).hasArguments)
        arguments(index, text);
}

void OutputReader::done(qint64 index, json::Node node)
{
    if (index < 0)
        index = qint64(m_items.size());
    Item &item = this->item(index);
    if (item.isDone)
        return;
    describe(item, node);
    const json::Node typeNode = node.find("type");
    const QByteArrayView type = typeNode.inner();
    if (item.isCall)
        finishCall(item, node);
    else if (type == "message")
        finishMessage(item, node);
    else if (type == "reasoning")
        finishReasoning(item, node);
    else
        finishOther(node, type);
    item.isDone = true;
}

void OutputReader::finishCall(Item &item, json::Node node)
{
    const bool wasHeld = item.isHeld || item.part < 0;
    item.isHeld = wasHeld;
    if (!item.hasArguments) {
        const json::Node text = node.find(item.isCustom ? "input" : "arguments");
        // Some give an object instead of its text. [pitfall 13]
        give(item, text.isObject() ? TextView::plain(text.raw()) : viewOf(text));
    }
    if (wasHeld) {
        item.isHeld = false;
        if (isBundle(item) && unbundle(item))
            return;
        open(item);
        const QByteArray held = std::exchange(item.held, {});
        give(item, TextView::plain(held));
    }
    if (item.isUnwrapped)
        m_emitter.arguments(item.part, TextView::escaped(item.input.end()));
    m_emitter.closeCall(item.part);
}

bool OutputReader::unbundle(const Item &item)
{
    json::Scan scan; // the thread's own is at work
    if (!scan.run(item.held))
        return false;
    const json::Node uses = scan.root().find("tool_uses");
    if (uses.isEmpty() || !uses.isArray())
        return false;
    for (const json::Node use : uses.items()) {
        if (!use.find("recipient_name").isNonEmptyString() || !use.find("parameters").isObject())
            return false;
    }
    int ordinal = 0;
    for (const json::Node use : uses.items()) {
        QByteArray name = use.find("recipient_name").text();
        if (name.startsWith("functions."))
            name.remove(0, qsizetype(sizeof "functions.") - 1);
        const QByteArray id = madeCallId(item.callId, ordinal++);
        Emitter::Call call;
        call.id = id;
        call.name = m_options.map ? m_options.map->names.original(name) : QByteArrayView(name);
        const int part = m_emitter.openCall(call);
        m_emitter.arguments(part, TextView::plain(use.find("parameters").raw()));
        m_emitter.closeCall(part);
    }
    return true;
}

void OutputReader::finishMessage(Item &item, json::Node node)
{
    const bool hadText = item.hasText;
    for (const json::Node part : node.find("content").items()) {
        if (!hadText) {
            if (part.find("type").is("refusal"))
                refusal(item.index, part.find("refusal"));
            else
                text(item.index, part.find("text"));
            logprobs(part.find("logprobs"));
        }
        if (item.hasCitations || part.find("annotations").isEmpty())
            continue;
        for (const json::Node citation : part.find("annotations").items()) {
            if (citation.isObject())
                m_emitter.citation(citation.raw());
        }
    }
    m_emitter.closeSpoken();
}

void OutputReader::finishReasoning(Item &item, json::Node node)
{
    qint64 number = 0;
    for (const json::Node part : node.find("summary").items())
        wholeSummary(item.index, number++, part.find("text"));
    if (!item.hasReasoning) {
        for (const json::Node part : node.find("content").items())
            reasoning(item.index, part.find("text"));
    }
    // Only from the finished item: in the first event it may be a part. [dialects §3.4]
    const json::Node encrypted = node.find("encrypted_content");
    if (encrypted.isNonEmptyString())
        m_emitter.artifact(ArtifactKind::OpenAiEncrypted, encrypted.text(), node.find("id").text());
    m_emitter.closeSpoken();
}

void OutputReader::finishOther(json::Node node, QByteArrayView type)
{
    if (type.isEmpty())
        return;
    if (const json::Node image = node.find("result");
        type == "image_generation_call" && image.isNonEmptyString()) {
        MediaPart media;
        const QByteArray format = node.find("output_format").text();
        media.mime = "image/" + (format.isEmpty() ? QByteArray("png") : format);
        media.data = Text::copy(viewOf(image));
        m_emitter.whole(Part(std::move(media)));
        return;
    }
    OpaquePart opaque;
    opaque.dialect = DialectId::OpenAiResponses;
    opaque.type = type.toByteArray();
    opaque.raw = node.raw().toByteArray();
    opaque.isServerTool = true;
    m_emitter.whole(Part(std::move(opaque)));
}

bool readEnd(json::Node response, bool hasRefusal, Emitter &emitter)
{
    const json::Node usageNode = response.find("usage");
    if (const Usage usage = dialect::openai_responses::readUsage(usageNode);
        usage.source != UsageSource::None) {
        const json::Node cost = usageNode.find("cost");
        emitter.usage(usage,
                      cost.kind() == json::Node::Kind::Number ? cost.raw() : QByteArrayView());
    }
    const json::Node status = response.find("status");
    if (status.is("failed") || status.is("cancelled") || dialect::errorMember(response).exists()) {
        dialect::ProviderError error = dialect::readErrorNode(200, response);
        if (error.message.isEmpty())
            error.message = "The provider ended the answer without saying why.";
        emitter.fail(toFault(error, response.raw()));
        return false;
    }
    if (status.is("incomplete")) {
        const json::Node reason = response.find("incomplete_details").find("reason");
        const QByteArray word = reason.text();
        const Finish finish = reason.is("content_filter") ? Finish::ContentFilter
            : reason.is("steered")                        ? Finish::Stop
                                                          : Finish::Length;
        emitter.finish(finish, word);
    } else {
        emitter.finish(hasRefusal ? Finish::Refusal : Finish::Stop, status.text());
    }
    return true;
}

} // namespace sb::translate::openai_responses
