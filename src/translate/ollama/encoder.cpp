#include "translate/ollama/encoder.h"

#include "base/bytes.h"
#include "chat/arguments.h"
#include "translate/ollama/ollama.h"
#include "json/text.h"

#include <QDateTime>

using namespace sb::chat;

namespace sb::translate::ollama {

namespace {

// A line a delta; calls are held until they are whole. [translation §16.5]
class Encoder final : public StreamEncoder {
public:
    explicit Encoder(const EncodeOptions &options)
        : StreamEncoder(DialectId::Ollama, options)
        , m_isGenerate(isGeneratePath(options.path))
    {
    }

private:
    struct Call {
        int part = -1;
        QByteArray id;
        QByteArray name;
        QByteArray arguments; // inside of a JSON string
        bool isCustom = false;
    };

    void writeStart(const Event &start) override;
    void writeOpen(const Event &open) override;
    void writeDelta(const Event &delta) override;
    void writeClose(const Event &close) override;
    void writeFinish(const Event &finish, const Usage &usage) override;

    void begin(); // up to the quote that opens the text
    void writeText(TextView text);
    void writeThinking(TextView text, QByteArrayView before);
    void writeLogprobs(QByteArrayView raw);

    QByteArray m_head; // of every line
    std::vector<Call> m_open;
    int m_calls = 0;
    bool m_isGenerate;
    bool m_hasThinking = false;
};

void Encoder::writeStart(const Event &start)
{
    // Nothing stands before the first word in this API. [dialects §6.1]
    m_head = head(options().model.isEmpty() ? start.name : QByteArrayView(options().model),
                  start.createdSeconds);
    appendBytes(m_head,
                m_isGenerate ? QByteArrayView(R"(,"response":")")
                             : QByteArrayView(R"(,"message":{"role":"assistant","content":")"));
}

void Encoder::begin()
{
    appendBytes(m_out, m_head);
}

void Encoder::writeText(TextView text)
{
    begin();
    appendInner(m_out, text);
    appendBytes(m_out,
                m_isGenerate ? QByteArrayView("\",\"done\":false}\n")
                             : QByteArrayView("\"},\"done\":false}\n"));
}

void Encoder::writeThinking(TextView text, QByteArrayView before)
{
    if (!options().showsReasoning)
        return;
    m_hasThinking = true;
    begin();
    appendBytes(m_out, R"(","thinking":")");
    appendBytes(m_out, before);
    appendInner(m_out, text);
    appendBytes(m_out,
                m_isGenerate ? QByteArrayView("\",\"done\":false}\n")
                             : QByteArrayView("\"},\"done\":false}\n"));
}

void Encoder::writeLogprobs(QByteArrayView raw)
{
    begin();
    appendBytes(m_out,
                m_isGenerate ? QByteArrayView("\",\"logprobs\":")
                             : QByteArrayView("\"},\"logprobs\":"));
    appendOnOneLine(m_out, raw);
    appendBytes(m_out, ",\"done\":false}\n");
}

void Encoder::writeOpen(const Event &open)
{
    if (open.partKind == PartKind::Call) {
        m_open.push_back({open.part,
                          open.id.toByteArray(),
                          open.name.toByteArray(),
                          {},
                          open.toolKind == ToolKind::Custom});
    } else if (open.partKind == PartKind::Opaque && open.whole) {
        const OpaquePart *opaque = open.whole->as<OpaquePart>();
        if (opaque && !opaque->readable.isEmpty())
            writeText(opaque->readable);
    }
}

void Encoder::writeDelta(const Event &delta)
{
    switch (delta.deltaKind) {
    case DeltaKind::Text:
        if (!delta.text.isEmpty())
            writeText(delta.text);
        return;
    case DeltaKind::Reasoning:
        if (!delta.text.isEmpty())
            writeThinking(delta.text, {});
        return;
    case DeltaKind::Summary:
        writeThinking(delta.text,
                      delta.isNewSummary && m_hasThinking ? QByteArrayView("\\n\\n")
                                                          : QByteArrayView());
        return;
    case DeltaKind::Arguments:
        for (Call &call : m_open) {
            if (call.part == delta.part)
                appendInner(call.arguments, delta.text);
        }
        return;
    case DeltaKind::Logprobs:
        writeLogprobs(delta.text.bytes);
        return;
    case DeltaKind::Artifact:
    case DeltaKind::Citation:
    case DeltaKind::Media:
        return; // no place for them in this API
    }
}

void Encoder::writeClose(const Event &close)
{
    if (close.partKind != PartKind::Call)
        return;
    const auto found = std::find_if(m_open.begin(), m_open.end(),
                                    [&](const Call &call) { return call.part == close.part; });
    if (found == m_open.end())
        return;
    const Call call = std::move(*found);
    m_open.erase(found);
    // Cut inside its arguments: an object made of them would be a guess. [pitfall 19]
    if (close.isIncomplete)
        return;
    begin();
    appendBytes(m_out, m_isGenerate ? R"(","tool_calls":[)" : R"(","tool_calls":[)");
    appendCall(m_out, call.id, m_calls++, call.name, TextView::escaped(call.arguments),
               call.isCustom);
    appendBytes(m_out,
                m_isGenerate ? QByteArrayView("],\"done\":false}\n")
                             : QByteArrayView("]},\"done\":false}\n"));
}

void Encoder::writeFinish(const Event &finish, const Usage &usage)
{
    begin();
    appendBytes(m_out, m_isGenerate ? QByteArrayView("\"") : QByteArrayView("\"}"));
    appendEnd(m_out, finish.finish, usage, cost());
    appendBytes(m_out, "}\n");
}

} // namespace

QByteArray head(QByteArrayView model, qint64 createdSeconds)
{
    QByteArray out("{\"model\":");
    json::appendQuoted(out, model);
    appendBytes(out, R"(,"created_at":")");
    appendBytes(
        out,
        QDateTime::fromSecsSinceEpoch(createdSeconds, Qt::UTC).toString(Qt::ISODate).toLatin1());
    out.append('"');
    return out;
}

// An answer that was stopped for one of these looks whole by "done_reason", which has no word for
// them: a member of ours says it beside. [translation §12]
static QByteArrayView unspokenFinish(Finish finish)
{
    switch (finish) {
    case Finish::ContentFilter:
        return "content_filter";
    case Finish::Refusal:
        return "refusal";
    case Finish::Pause:
        return "pause_turn";
    case Finish::MalformedCall:
        return "malformed_function_call";
    default:
        return {};
    }
}

void appendEnd(QByteArray &out, Finish finish, const Usage &usage, QByteArrayView cost)
{
    const bool isLength = finish == Finish::Length || finish == Finish::ContextFull;
    appendBytes(out, R"(,"done":true,"done_reason":")");
    appendBytes(out, isLength ? "length\"" : "stop\"");
    if (const QByteArrayView word = unspokenFinish(finish); !word.isEmpty()) {
        appendBytes(out, R"(,"finish_reason":")");
        appendBytes(out, word);
        out.append('"');
    }
    if (usage.source != UsageSource::None) {
        appendBytes(out, R"(,"prompt_eval_count":)");
        appendNumber(out, usage.prompt());
        appendBytes(out, R"(,"eval_count":)");
        appendNumber(out, usage.completion());
    }
    if (!cost.isEmpty()) {
        appendBytes(out, R"(,"usage":{"cost":)");
        appendBytes(out, cost);
        out.append('}');
    }
}

void appendCall(QByteArray &out, QByteArrayView id, int index, QByteArrayView name,
                TextView arguments, bool isCustom)
{
    out.append('{');
    if (!id.isEmpty()) {
        appendBytes(out, R"("id":)");
        json::appendQuoted(out, id);
        out.append(',');
    }
    appendBytes(out, R"("function":{"index":)");
    appendNumber(out, index);
    appendBytes(out, R"(,"name":)");
    json::appendQuoted(out, name);
    appendBytes(out, R"(,"arguments":)");
    if (isCustom) {
        appendBytes(out, "{\"input\":");
        appendQuoted(out, arguments);
        out.append('}');
    } else {
        Changes unsaid; // of the answer, which has no place to say it
        appendOnOneLine(out, objectArguments(arguments, "arguments", unsaid));
    }
    appendBytes(out, "}}");
}

std::unique_ptr<StreamEncoder> makeEncoder(const EncodeOptions &options)
{
    return std::make_unique<Encoder>(options);
}

QByteArray encodeReply(const Reply &reply, const EncodeOptions &options, QByteArrayView cost)
{
    QByteArray content;
    QByteArray thinking;
    QByteArray calls;
    int count = 0;
    for (const Part &part : reply.parts) {
        if (const TextPart *text = part.as<TextPart>()) {
            appendInner(content, text->text);
        } else if (const RefusalPart *refusal = part.as<RefusalPart>()) {
            appendInner(content, refusal->text);
        } else if (const Reasoning *reasoning = part.as<Reasoning>()) {
            appendInner(thinking, reasoning->text);
            for (const Text &summary : reasoning->summary) {
                if (!thinking.isEmpty() && !summary.isEmpty())
                    appendBytes(thinking, "\\n\\n");
                appendInner(thinking, summary);
            }
        } else if (const ToolCall *call = part.as<ToolCall>(); call && !call->isIncomplete) {
            if (count > 0)
                calls.append(',');
            appendCall(calls, call->id, count++, call->name, call->arguments,
                       call->kind == ToolKind::Custom);
        } else if (const OpaquePart *opaque = part.as<OpaquePart>()) {
            appendInner(content, opaque->readable);
        }
    }
    const bool isGenerate = isGeneratePath(options.path);
    QByteArray out = head(options.model.isEmpty() ? QByteArrayView(reply.model)
                                                  : QByteArrayView(options.model),
                          reply.createdSeconds ? reply.createdSeconds : options.createdSeconds);
    appendBytes(out,
                isGenerate ? QByteArrayView(R"(,"response":")")
                           : QByteArrayView(R"(,"message":{"role":"assistant","content":")"));
    appendBytes(out, content);
    out.append('"');
    if (!thinking.isEmpty() && options.showsReasoning) {
        appendBytes(out, R"(,"thinking":")");
        appendBytes(out, thinking);
        out.append('"');
    }
    if (!calls.isEmpty()) {
        appendBytes(out, R"(,"tool_calls":[)");
        appendBytes(out, calls);
        out.append(']');
    }
    if (!isGenerate)
        out.append('}');
    if (!reply.logprobsRaw.isEmpty() && reply.logprobsRaw.startsWith('[')) {
        appendBytes(out, R"(,"logprobs":)");
        appendBytes(out, reply.logprobsRaw);
    }
    appendEnd(out, reply.finish, reply.usage, cost);
    out.append('}');
    return out;
}

} // namespace sb::translate::ollama
