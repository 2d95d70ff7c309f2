#include "translate/openai_chat/answer_reader.h"

#include "base/bytes.h"
#include "chat/finish.h"
#include "chat/names.h"
#include "dialect/provider_error.h"
#include "translate/openai_chat/words.h"
#include "json/text.h"

using namespace sb::chat;
using sb::dialect::eachMember;
using sb::dialect::Key;

namespace sb::translate::openai_chat {

namespace {

// Its own bytes: it outlives the event.
Part ownImage(json::Node url)
{
    MediaPart media = mediaFromUrl(url, MediaKind::Image);
    media.data = Text::copy(media.data);
    return Part(std::move(media));
}

} // namespace

bool AnswerReader::read(json::Node root)
{
    m_isPlain = true;
    m_isOnlyReasoning = false;
    m_onlyText = {};
    json::Node choices, usage, id, model, created, groq;
    bool saysError = false;
    bool hasError = false;
    eachMember(root, [&](Key key, json::Node value) {
        if (key == "choices")
            choices = value;
        else if (key == "usage")
            usage = value;
        else if (key == "id")
            id = value;
        else if (key == "model")
            model = value;
        else if (key == "created")
            created = value;
        else if (key == "x_groq")
            groq = value;
        else if (key == "object")
            saysError = value.is("error");
        else if (key == "error")
            hasError = dialect::errorMember(root).exists();
    });
    // Before the choices, in every chunk. [pitfall 51]
    if (hasError || (saysError && !choices.exists())) {
        fail(root);
        return false;
    }
    if (groq.isObject()) {
        if (dialect::errorMember(groq).exists()) {
            fail(groq);
            return false;
        }
        if (!usage.isObject())
            usage = groq.find("usage");
    }
    // Azure's first chunk has no choices and says nothing of the answer. [pitfall 86]
    if (!m_emitter.isStarted() && (!choices.isEmpty() || id.isNonEmptyString())) {
        m_id = id.text();
        m_emitter.start(m_id, model.text(), created.toInt());
    }
    for (const json::Node choice : choices.items())
        readChoice(choice);
    if (usage.isObject())
        readUsageOf(usage);
    return !m_emitter.isEnded();
}

void AnswerReader::fail(json::Node error)
{
    m_emitter.fail(toFault(dialect::readErrorNode(200, error), error.raw()));
}

void AnswerReader::readUsageOf(json::Node node)
{
    const Usage usage = readUsage(node);
    if (usage.source == UsageSource::None)
        return;
    m_isPlain = false;
    // A broken end may come with zeros: the better snapshot stays. [pitfall 60]
    if (m_usage.source != UsageSource::None && usage.prompt() + usage.completion() == 0)
        return;
    m_usage = usage;
    const json::Node cost = node.find("cost");
    m_emitter.usage(usage, cost.kind() == json::Node::Kind::Number ? cost.raw() : QByteArrayView());
}

void AnswerReader::readChoice(json::Node choice)
{
    qint64 index = 0;
    json::Node delta, message, reason, logprobs;
    eachMember(choice, [&](Key key, json::Node value) {
        if (key == "delta")
            delta = value;
        else if (key == "message")
            message = value;
        else if (key == "finish_reason")
            reason = value;
        else if (key == "index")
            value.readInt(index);
        else if (key == "logprobs")
            logprobs = value;
    });
    if (m_choice < 0)
        m_choice = index;
    if (index != m_choice)
        return; // several answers are not asked for in a translation
    // A last chunk may repeat the whole message: it counts where nothing came before.
    if (delta.isObject())
        readDelta(delta);
    else if (message.isObject() && !m_emitter.hasContent())
        readDelta(message);
    if (const json::Node content = logprobs.find("content");
        content.isArray() && !content.isEmpty()) {
        m_isPlain = false;
        m_emitter.logprobs(content.raw());
    }
    if (reason.isNonEmptyString())
        finish(reason);
}

void AnswerReader::finish(json::Node reason)
{
    m_isPlain = false;
    const QByteArray word = reason.text();
    Finish said = finishFromWord(word);
    if (said == Finish::Error) {
        const bool isBusy = word == "insufficient_system_resource";
        m_emitter.fail({isBusy ? AttemptOutcome::Overloaded : AttemptOutcome::ServerError,
                        isBusy ? 503 : 502,
                        "The provider ended the answer with the reason \"" + word + "\".",
                        {},
                        word});
        return;
    }
    if (said == Finish::Stop && m_hasRefusal)
        said = Finish::Refusal;
    m_emitter.finish(said, word);
}

void AnswerReader::readDelta(json::Node node)
{
    Delta delta;
    eachMember(node, [&](Key key, json::Node value) {
        if (key == "content")
            delta.content = value;
        else if (key == "reasoning_content" || key == "reasoning_text")
            delta.reasoningContent = value;
        else if (key == "reasoning")
            delta.reasoning = value;
        else if (key == "tool_calls")
            delta.calls = value;
        else if (key == "reasoning_details")
            delta.details = value;
        else if (key == "thinking_blocks")
            delta.blocks = value;
        else if (key == "refusal")
            delta.refusal = value;
        else if (key == "function_call")
            delta.function = value;
        else if (key == "images")
            delta.images = value;
        else if (key == "annotations")
            delta.annotations = value;
    });
    // In this order, whatever the order of the members. [pitfall 1]
    readReasoning(delta);
    readContent(delta.content);
    if (delta.refusal.isNonEmptyString()) {
        m_isPlain = false;
        m_hasRefusal = true;
        endThinking();
        m_emitter.refusal(viewOf(delta.refusal));
    }
    if (!delta.annotations.isEmpty()) {
        m_isPlain = false;
        endThinking();
        for (const json::Node citation : delta.annotations.items())
            m_emitter.citation(citation.raw());
    }
    if (!delta.images.isEmpty())
        readImages(delta.images);
    for (const json::Node call : delta.calls.items())
        readCall(call);
    if (delta.function.find("name").isNonEmptyString()
        || delta.function.find("arguments").isNonEmptyString())
        readCall(delta.function);
}

// ---- Reasoning ---------------------------------------------------------------------------------

void AnswerReader::think(TextView text)
{
    if (text.isEmpty())
        return;
    openWaiting();
    m_emitter.reasoning(text);
    m_isThinking = true;
}

void AnswerReader::endThinking()
{
    flushDetails();
    if (!m_isThinking)
        return;
    m_isThinking = false;
    // Says who thought: other dialects' clients carry it back to us. [translation §9.3]
    if (m_options.can.reasoningReplay != ReasoningReplay::Never
        && m_options.can.reasoningIn != ReasoningField::None
        && m_options.can.reasoningIn != ReasoningField::ReasoningDetails)
        m_emitter.artifact(ArtifactKind::ReasoningContent, {});
}

// Servers use one field or another, some two with the same text. [pitfalls 5, 45]
void AnswerReader::readReasoning(const Delta &delta)
{
    json::Node said = delta.reasoningContent;
    if (!said.isNonEmptyString())
        said = delta.reasoning;
    if (said.isNonEmptyString()) {
        think(viewOf(said));
        m_isPlain = m_isPlain && !m_onlyText.exists();
        m_onlyText = said;
        m_isOnlyReasoning = true;
    }
    // Once a field said it, the details of this or a later chunk only repeat it.
    m_isReasoningSaid |= said.isNonEmptyString();
    const bool isSaid = m_isReasoningSaid;
    for (const json::Node detail : delta.details.items()) {
        m_isPlain = false;
        if (!detail.isObject())
            continue;
        if (!isSaid) {
            const json::Node text = detail.find("text");
            think(viewOf(text.isString() ? text : detail.find("summary")));
        }
        keepDetail(detail);
    }
    for (const json::Node block : delta.blocks.items()) {
        m_isPlain = false;
        if (!isSaid)
            think(viewOf(block.find("thinking")));
        if (const json::Node signature = block.find("signature"); signature.isNonEmptyString())
            m_emitter.artifact(ArtifactKind::AnthropicSignature, signature.text());
        if (const json::Node data = block.find("data"); data.isNonEmptyString())
            m_emitter.artifact(ArtifactKind::AnthropicRedacted, data.text());
    }
}

// They come in fragments, to be put together by their index. [dialects §7.1]
void AnswerReader::keepDetail(json::Node node)
{
    Detail fresh;
    node.find("index").readInt(fresh.index);
    fresh.type = node.find("type").text();
    fresh.id = node.find("id").text();
    fresh.raw = node.raw().toByteArray();
    const auto inner = [&](const char *name) { return node.find(name).inner().toByteArray(); };
    fresh.text = inner("text");
    fresh.summary = inner("summary");
    fresh.data = inner("data");
    fresh.signature = inner("signature");
    fresh.format = inner("format");
    for (Detail &known : m_details) {
        if (known.index != fresh.index || known.type != fresh.type
            || (!known.id.isEmpty() && !fresh.id.isEmpty() && known.id != fresh.id))
            continue;
        known.raw.clear();
        known.text += fresh.text;
        known.summary += fresh.summary;
        known.data += fresh.data;
        known.signature += fresh.signature;
        if (known.id.isEmpty())
            known.id = fresh.id;
        if (known.format.isEmpty())
            known.format = fresh.format;
        return;
    }
    m_details.push_back(std::move(fresh));
}

void AnswerReader::flushDetails()
{
    for (const Detail &detail : m_details) {
        QByteArray raw = detail.raw;
        if (raw.isEmpty()) {
            raw = "{\"type\":";
            json::appendQuoted(raw, detail.type);
            const auto member = [&](const char *name, const QByteArray &inner) {
                if (!inner.isEmpty())
                    raw += QByteArray(",\"") + name + "\":\"" + inner + '"';
            };
            member("text", detail.text);
            member("summary", detail.summary);
            member("data", detail.data);
            member("signature", detail.signature);
            if (!detail.id.isEmpty()) {
                raw += ",\"id\":";
                json::appendQuoted(raw, detail.id);
            }
            member("format", detail.format);
            if (detail.index >= 0)
                raw += ",\"index\":" + QByteArray::number(detail.index);
            raw += '}';
        }
        m_emitter.artifact(ArtifactKind::ReasoningDetails, raw);
    }
    m_details.clear();
}

// ---- What is said ------------------------------------------------------------------------------

void AnswerReader::readContent(json::Node content)
{
    if (content.isNonEmptyString()) {
        openWaiting();
        endThinking();
        m_emitter.text(viewOf(content));
        m_isPlain = m_isPlain && !m_onlyText.exists();
        m_onlyText = content;
        m_isOnlyReasoning = false;
        return;
    }
    // Mistral. [pitfall 101]
    for (const json::Node part : content.items()) {
        m_isPlain = false;
        if (part.isString()) {
            endThinking();
            m_emitter.text(viewOf(part));
            continue;
        }
        const json::Node thinking = part.find("thinking");
        const json::Node type = part.find("type");
        if (thinking.exists() || type.is("reasoning")) {
            if (thinking.isString())
                think(viewOf(thinking));
            for (const json::Node thought : thinking.items())
                think(viewOf(thought.find("text")));
            if (!thinking.exists())
                think(viewOf(part.find("text")));
            continue;
        }
        if (part.find("image_url").exists()) {
            endThinking();
            const json::Node image = part.find("image_url");
            const json::Node url = image.isString() ? image : image.find("url");
            if (url.isNonEmptyString())
                m_emitter.whole(ownImage(url));
            continue;
        }
        if (const json::Node text = part.find("text"); text.isNonEmptyString()) {
            openWaiting();
            endThinking();
            m_emitter.text(viewOf(text));
        }
    }
}

void AnswerReader::readImages(json::Node images)
{
    m_isPlain = false;
    endThinking();
    for (const json::Node image : images.items()) {
        const json::Node holder = image.find("image_url");
        const json::Node url = holder.isString() ? holder : holder.find("url");
        if (url.isNonEmptyString())
            m_emitter.whole(ownImage(url));
    }
}

// ---- Calls -------------------------------------------------------------------------------------

// An id the answer has not used yet. [pitfall 16]
QByteArray AnswerReader::ownId(const QByteArray &id) const
{
    bool isTaken = id.isEmpty();
    int opened = 0;
    for (const Call &call : m_calls) {
        isTaken |= call.part >= 0 && call.id == id;
        opened += call.part >= 0;
    }
    return isTaken ? madeCallId(m_id, opened) : id;
}

AnswerReader::Call *AnswerReader::findCall(json::Node node, const QByteArray &id,
                                           const QByteArray &name, bool hasArguments)
{
    const json::Node indexNode = node.find("index");
    qint64 index = 0;
    const bool hasIndex = indexNode.readInt(index);
    int found = -1;
    for (int i = int(m_calls.size()) - 1; i >= 0 && found < 0; --i) {
        const Call &call = m_calls[size_t(i)];
        if (hasIndex ? call.hasIndex && call.index == index : !id.isEmpty() && call.id == id)
            found = i;
    }
    if (!hasIndex && found < 0)
        found = m_current;
    if (found >= 0) {
        const Call &call = m_calls[size_t(found)];
        const bool isWhole = call.arguments.isWhole();
        const bool isNewId = !id.isEmpty() && !call.id.isEmpty() && id != call.id;
        bool isNew = false;
        // Another id means another call, unless the arguments still go on: some change the id in
        // every chunk. [pitfalls 10, 14]
        if (isNewId)
            isNew = (isWhole && (hasArguments || !name.isEmpty()))
                || (call.arguments.isEmpty() && !name.isEmpty());
        else if (!hasIndex && id.isEmpty() && !name.isEmpty() && !call.name.isEmpty())
            isNew = name != call.name || isWhole;
        if (!isNew)
            return &m_calls[size_t(m_current = found)];
    }
    Call call;
    call.hasIndex = hasIndex;
    call.index = index;
    m_calls.push_back(std::move(call));
    m_current = int(m_calls.size()) - 1;
    return &m_calls.back();
}

void AnswerReader::readCall(json::Node node)
{
    m_isPlain = false;
    if (!node.isObject())
        return;
    endThinking();
    json::Node holder = node.find("function");
    const json::Node custom = node.find("custom");
    // Snowflake sends both, one of them empty.
    const bool isCustom
        = custom.isObject() && (!holder.isObject() || custom.find("name").isNonEmptyString());
    if (isCustom)
        holder = custom;
    else if (!holder.isObject())
        holder = node; // the legacy form has no shell
    const QByteArray id = node.find("id").text();
    const QByteArray name = holder.find("name").text();
    const json::Node arguments = holder.find(isCustom ? "input" : "arguments");
    // Text, or an object as some write it. [pitfall 13]
    TextView text;
    if (arguments.isString())
        text = viewOf(arguments);
    else if (arguments.isObject())
        text = TextView::plain(arguments.raw());
    Call &call = *findCall(node, id, name, !text.isBlank());
    if (isCustom)
        call.kind = ToolKind::Custom;
    // The first id counts. [pitfall 14]
    if (call.id.isEmpty() && call.part < 0)
        call.id = id;
    addName(call, name, !id.isEmpty());
    if (const json::Node signature
        = node.find("extra_content").find("google").find("thought_signature");
        signature.isNonEmptyString())
        call.signature = signature.text();
    addArguments(call, text);
}

// Null or empty at first, or in pieces. [pitfall 15]
void AnswerReader::addName(Call &call, const QByteArray &name, bool hasId)
{
    if (name.isEmpty() || call.part >= 0 || name == call.name)
        return;
    if (call.name.isEmpty() || name.startsWith(call.name))
        call.name = name;
    else if (!hasId)
        call.name += name;
}

void AnswerReader::addArguments(Call &call, TextView text)
{
    if (text.isEmpty() || call.isClosed)
        return;
    // A second object in one call is a second call. [pitfall 12]
    if (call.kind == ToolKind::Function && !call.isWrapper && !call.isOutput) {
        const bool wasWhole = call.arguments.isWhole();
        const QByteArray plain
            = wasWhole || call.arguments.isEmpty() ? text.toPlain() : QByteArray();
        std::vector<QByteArray> objects;
        if (wasWhole && plain.trimmed().startsWith('{'))
            objects = {QByteArray(), plain};
        else if (call.arguments.isEmpty() && plain.contains("}{"))
            objects = splitObjects(plain);
        if (objects.size() > 1) {
            const QByteArray name = call.name;
            const bool hasIndex = call.hasIndex;
            const qint64 index = call.index;
            if (!objects[0].isEmpty())
                addArguments(call, TextView::plain(objects[0]));
            for (size_t i = 1; i < objects.size(); ++i) {
                Call next;
                next.name = name;
                next.hasIndex = hasIndex;
                next.index = index;
                m_calls.push_back(std::move(next));
                m_current = int(m_calls.size()) - 1;
                addArguments(m_calls.back(), TextView::plain(objects[i]));
            }
            return;
        }
    }
    call.arguments.feed(text);
    if (call.part < 0 && !call.isOutput && (call.name.isEmpty() || text.isBlank())) {
        call.held.append(text);
        return;
    }
    if (call.part < 0)
        openCall(call);
    if (call.isWrapper)
        call.held.append(text);
    else if (call.isOutput)
        m_emitter.text(text);
    else
        m_emitter.arguments(call.part, text);
}

void AnswerReader::openCall(Call &call)
{
    if (call.part >= 0 || call.isOutput || call.isWrapper)
        return;
    const ReplyMap *map = m_options.map.get();
    if (map && !map->outputTool.isEmpty() && call.name == map->outputTool) {
        call.isOutput = true;
        m_emitter.text(call.held);
        return;
    }
    // A tool nobody declared that holds other calls. [pitfall 98]
    if ((call.name == "parallel" || call.name == "multi_tool_use.parallel") && map
        && !map->names.tool(call.name)) {
        call.isWrapper = true;
        return;
    }
    call.id = ownId(call.id);
    const QByteArrayView name = map ? map->names.original(call.name) : QByteArrayView(call.name);
    call.part = m_emitter.openCall({call.id, name, {}, {}, call.kind});
    if (!call.signature.isEmpty())
        m_emitter.artifactOn(call.part, ArtifactKind::GeminiSignature, call.signature);
    m_emitter.arguments(call.part, call.held);
    call.held = {};
}

// Calls without arguments so far are opened before anything else is said.
void AnswerReader::openWaiting()
{
    for (Call &call : m_calls) {
        if (!call.name.isEmpty())
            openCall(call);
    }
}

void AnswerReader::unwrap(Call &wrapper)
{
    json::Scan scan;
    const QByteArray json = wrapper.held.toPlain();
    const bool isWrapper = scan.run(json) && !scan.root().find("tool_uses").isEmpty();
    const ReplyMap *map = m_options.map.get();
    int ordinal = 0;
    if (!isWrapper) {
        const QByteArray id = ownId(wrapper.id);
        wrapper.part = m_emitter.openCall({id, wrapper.name, {}, {}, wrapper.kind});
        m_emitter.arguments(wrapper.part, wrapper.held);
        return;
    }
    for (const json::Node use : scan.root().find("tool_uses").items()) {
        QByteArray name = use.find("recipient_name").text();
        if (name.startsWith("functions."))
            name = name.sliced(10);
        if (name.isEmpty())
            continue;
        const QByteArray id = madeCallId(QByteArray(m_id + wrapper.id), ordinal++);
        const QByteArrayView original = map->names.original(name);
        wrapper.part = m_emitter.openCall({id, original, {}, {}, ToolKind::Function});
        const json::Node parameters = use.find("parameters");
        m_emitter.arguments(wrapper.part,
                            parameters.isString() ? viewOf(parameters)
                                                  : TextView::plain(parameters.raw()));
    }
}

void AnswerReader::end()
{
    openWaiting();
    for (Call &call : m_calls) {
        if (call.isWrapper && call.part < 0)
            unwrap(call);
    }
    if (m_emitter.hasFinish() || m_options.can.isFinishWaived)
        endThinking();
    m_emitter.end(m_options.can.isFinishWaived && m_emitter.hasContent());
}

} // namespace sb::translate::openai_chat
