#include "base/bytes.h"
#include "chat/arguments.h"
#include "chat/envelope.h"
#include "translate/openai_chat/completions.h"
#include "translate/openai_chat/openai_chat.h"
#include "translate/openai_chat/words.h"
#include "json/text.h"

using namespace sb::chat;

namespace sb::translate::openai_chat {

namespace {

// [translation §16.2]
class Encoder final : public StreamEncoder {
public:
    explicit Encoder(const EncodeOptions &options)
        : StreamEncoder(DialectId::OpenAiChat, options)
    {
    }

protected:
    void writeStart(const Event &start) override;
    void writeOpen(const Event &open) override;
    void writeDelta(const Event &delta) override;
    void writeClose(const Event &close) override;
    void writeFinish(const Event &finish, const Usage &usage) override;

private:
    struct Call {
        int part = -1;
        int index = 0; // dense, counts calls only [pitfall 8]
        bool isCustom = false; // for the client
        bool isFree = false; // the input stands inside JSON and is taken out at the end
        bool hasArguments = false;
        Text held;
    };

    // The chunk up to its delta, and from behind it.
    void begin() { appendBytes(m_out, m_head); }
    void end() { appendBytes(m_out, m_tail); }
    void say(QByteArrayView member, TextView text);
    void writeArguments(Call &call, TextView text);
    void writeSignature(int index, const Event &delta);
    void writeDetails();
    void writeMedia(const MediaPart &media);
    bool isCustomTool(QByteArrayView name) const;
    Call *callOf(int part);

    QByteArray m_head;
    QByteArray m_tail;
    QByteArray m_frame; // of the chunk: id, time and model
    std::vector<Call> m_calls; // open ones
    int m_callCount = 0;
    int m_details = 0; // entries written
    Text m_thought; // of the open reasoning, for its signature
    std::vector<Artifact> m_artifacts; // of the open part
    MediaPart m_media;
    bool m_hasSummary = false;
    bool m_hasRefusal = false;
};

void Encoder::writeStart(const Event &start)
{
    m_frame = R"(data: {"id":)";
    json::appendQuoted(m_frame,
                       start.id.isEmpty() ? QByteArray("chatcmpl-" + options().id.text())
                                          : start.id.toByteArray());
    m_frame += R"(,"object":"chat.completion.chunk","created":)"
        + QByteArray::number(start.createdSeconds) + R"(,"model":)";
    json::appendQuoted(m_frame,
                       options().model.isEmpty() ? start.name : QByteArrayView(options().model));
    m_head = m_frame + R"(,"choices":[{"index":0,"delta":{)";
    m_tail = QByteArray(R"(},"finish_reason":null}])")
        + (options().asksUsage ? R"(,"usage":null})" : "}") + "\n\n";
    // Once, and also where the provider had none. [pitfall 17]
    begin();
    appendBytes(m_out, R"("role":"assistant","content":"")");
    end();
}

bool Encoder::isCustomTool(QByteArrayView name) const
{
    for (const Tool &tool : options().tools) {
        if (tool.kind == ToolKind::Custom && tool.name == name)
            return true;
    }
    return false;
}

Encoder::Call *Encoder::callOf(int part)
{
    for (Call &call : m_calls) {
        if (call.part == part)
            return &call;
    }
    return nullptr;
}

void Encoder::say(QByteArrayView member, TextView text)
{
    begin();
    appendBytes(m_out, member);
    appendQuoted(m_out, text);
    end();
}

void Encoder::writeOpen(const Event &open)
{
    m_artifacts.clear();
    m_thought = {};
    m_hasSummary = false;
    if (open.partKind == PartKind::Media) {
        m_media = {};
        if (const MediaPart *media = open.whole ? open.whole->as<MediaPart>() : nullptr)
            m_media = *media;
        return;
    }
    if (open.partKind == PartKind::Opaque) {
        const OpaquePart *opaque = open.whole ? open.whole->as<OpaquePart>() : nullptr;
        if (opaque && !opaque->isServerTool && !opaque->readable.isEmpty())
            say(R"("content":)", opaque->readable);
        return;
    }
    if (open.partKind != PartKind::Call)
        return;
    Call call;
    call.part = open.part;
    call.index = m_callCount++;
    call.isFree = open.toolKind != ToolKind::Custom && isCustomTool(open.name);
    call.isCustom = call.isFree || open.toolKind == ToolKind::Custom;
    m_calls.push_back(call);
    if (options().isLegacyFunctions) {
        if (call.index > 0)
            return; // the old form has room for one
        begin();
        appendBytes(m_out, R"("function_call":{"name":)");
        json::appendQuoted(m_out, open.name);
        appendBytes(m_out, R"(,"arguments":""})");
        end();
        return;
    }
    // Id, type and name at once: strict clients stop otherwise. [pitfall 15]
    begin();
    appendBytes(m_out, R"("tool_calls":[{"index":)");
    appendNumber(m_out, call.index);
    appendBytes(m_out, R"(,"id":)");
    json::appendQuoted(m_out, open.id);
    appendBytes(m_out,
                call.isCustom ? R"(,"type":"custom","custom":{"name":)"
                              : R"(,"type":"function","function":{"name":)");
    json::appendQuoted(m_out, open.name);
    appendBytes(m_out, call.isCustom ? R"(,"input":""}}])" : R"(,"arguments":""}}])");
    end();
}

void Encoder::writeArguments(Call &call, TextView text)
{
    if (options().isLegacyFunctions && call.index > 0)
        return;
    call.hasArguments = true;
    begin();
    if (options().isLegacyFunctions) {
        appendBytes(m_out, R"("function_call":{"arguments":)");
        appendQuoted(m_out, text);
        m_out.append('}');
    } else {
        appendBytes(m_out, R"("tool_calls":[{"index":)");
        appendNumber(m_out, call.index);
        appendBytes(m_out,
                    call.isCustom ? R"(,"custom":{"input":)" : R"(,"function":{"arguments":)");
        appendQuoted(m_out, text);
        appendBytes(m_out, "}}]");
    }
    end();
}

void Encoder::writeSignature(int index, const Event &delta)
{
    const Artifact artifact{delta.artifact, delta.text.toPlain(), delta.itemId.toByteArray(),
                            options().origin};
    begin();
    appendBytes(m_out, R"("tool_calls":[{"index":)");
    appendNumber(m_out, index);
    // Clients that check a chunk demand the function in each.
    appendBytes(m_out, R"(,"function":{"arguments":""})");
    appendBytes(m_out, R"(,"extra_content":{"google":{"thought_signature":)");
    json::appendQuoted(m_out, sealed(artifact));
    appendBytes(m_out, "}}}]");
    end();
}

void Encoder::writeDelta(const Event &delta)
{
    switch (delta.deltaKind) {
    case DeltaKind::Text:
        if (delta.partKind == PartKind::Refusal) {
            m_hasRefusal = true;
            say(R"("refusal":)", delta.text);
        } else {
            say(R"("content":)", delta.text);
        }
        return;
    case DeltaKind::Reasoning:
    case DeltaKind::Summary:
        if (delta.isNewSummary && m_hasSummary) {
            m_thought.append(TextView::plain("\n\n"));
            if (options().showsReasoning)
                say(R"("reasoning_content":)", TextView::plain("\n\n"));
        }
        m_hasSummary |= delta.deltaKind == DeltaKind::Summary;
        m_thought.append(delta.text);
        if (options().showsReasoning)
            say(R"("reasoning_content":)", delta.text);
        return;
    case DeltaKind::Arguments:
        if (Call *call = callOf(delta.part)) {
            if (call->isFree)
                call->held.append(delta.text);
            else
                writeArguments(*call, delta.text);
        }
        return;
    case DeltaKind::Artifact:
        if (const Call *call = callOf(delta.part)) {
            if (!options().isLegacyFunctions)
                writeSignature(call->index, delta);
            return;
        }
        if (delta.artifact == ArtifactKind::ReasoningContent)
            return; // the text itself is the state, and it was sent
        if (delta.artifact != ArtifactKind::ReasoningDetails)
            std::erase_if(m_artifacts, [&](const Artifact &a) { return a.kind == delta.artifact; });
        m_artifacts.push_back(
            {delta.artifact, delta.text.toPlain(), delta.itemId.toByteArray(), {}});
        return;
    case DeltaKind::Citation:
        if (const QByteArray made = annotation(delta.text.bytes); !made.isEmpty()) {
            begin();
            appendBytes(m_out, R"("annotations":[)");
            appendOnOneLine(m_out, made);
            m_out.append(']');
            end();
        }
        return;
    case DeltaKind::Logprobs:
        begin();
        appendBytes(m_out, R"(},"logprobs":{"content":)");
        appendOnOneLine(m_out, delta.text.bytes);
        end();
        return;
    case DeltaKind::Media:
        m_media.data.append(delta.text);
        return;
    }
}

void Encoder::writeDetails()
{
    for (const Artifact &artifact : m_artifacts) {
        begin();
        appendBytes(m_out, R"("reasoning_details":[)");
        writeDetail(m_out, artifact, options().origin, m_thought, m_details++);
        m_out.append(']');
        end();
    }
    m_artifacts.clear();
}

void Encoder::writeClose(const Event &close)
{
    if (close.partKind == PartKind::Media) {
        if (m_media.kind == MediaKind::Image && !m_media.data.isEmpty())
            writeMedia(m_media);
        return;
    }
    if (close.partKind != PartKind::Call) {
        writeDetails();
        return;
    }
    Call *call = callOf(close.part);
    if (!call)
        return;
    if (call->isFree)
        writeArguments(*call, TextView::plain(freeInput(call->held)));
    else if (!call->hasArguments && !call->isCustom)
        writeArguments(*call, TextView::plain("{}")); // [pitfall 18]
    std::erase_if(m_calls, [&](const Call &c) { return c.part == close.part; });
}

void Encoder::writeMedia(const MediaPart &media)
{
    begin();
    appendBytes(m_out, R"("images":[{"type":"image_url","image_url":{"url":)");
    if (media.source == MediaSource::Base64)
        writeDataUrl(m_out, media);
    else
        appendQuoted(m_out, media.data);
    appendBytes(m_out, "}}]");
    end();
}

void Encoder::writeFinish(const Event &finish, const Usage &usage)
{
    appendBytes(m_out, m_head);
    appendBytes(m_out, R"(},"finish_reason":")");
    appendBytes(m_out, finishWord(finish.finish, m_hasRefusal, options().isLegacyFunctions));
    writeStreamEnd(m_out, m_frame, options().asksUsage, usage, cost());
}

} // namespace

std::unique_ptr<StreamEncoder> makeEncoder(const EncodeOptions &options)
{
    if (isCompletionPath(options.path))
        return makeCompletionEncoder(options);
    return std::make_unique<Encoder>(options);
}

} // namespace sb::translate::openai_chat
