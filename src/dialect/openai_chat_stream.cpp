#include "dialect/errors.h"
#include "dialect/event_pattern.h"
#include "dialect/openai_chat.h"
#include "dialect/provider_error.h"
#include "dialect/scratch.h"
#include "dialect/sse_reader.h"
#include "dialect/tool_arguments.h"
#include "json/writer.h"

#include <vector>

namespace sb::dialect::openai_chat {

namespace {

// [dialects §2.4] Terminal: a finish reason for every choice, then "[DONE]".
class Reader final : public SseReader {
public:
    explicit Reader(const StreamOptions &options)
        : SseReader(options.eventLimit)
        , m_stripsUsage(options.stripsUsage)
    {
    }

private:
    static constexpr int kMaxChoices = 256;

    Verdict onEvent(const SseEvent &event, StreamStep &step) override;
    Verdict onDone();
    void onChoice(json::Node choice, StreamStep &step);
    void onDelta(json::Node delta, int choice, StreamStep &step);
    void onToolCalls(json::Node calls, int choice, StreamStep &step);
    void onText(json::Node value, StreamStep &step);

    struct Choice {
        bool isSeen = false;
        bool hasEnded = false;
    };

    bool m_stripsUsage;
    std::vector<Choice> m_choices;
    ToolArguments m_tools;
    std::optional<ProviderError> m_endError; // a choice ended with "error"
    // Of the event at hand: whether it says no more than one text, and which.
    bool m_isPlain = true;
    json::Node m_text;
    EventPattern m_pattern;
};

Reader::Verdict Reader::onDone()
{
    bool isFinished = false;
    bool isOpen = false;
    for (const Choice &choice : m_choices) {
        isFinished |= choice.hasEnded;
        isOpen |= choice.isSeen && !choice.hasEnded;
    }
    m_isWhole = isFinished && !isOpen;
    // An answer cut by its length may well end inside the arguments.
    m_isBadToolJson = !m_tools.close() && m_finish != Finish::Length;
    m_isEmptyAnswer = m_finish == Finish::Filtered;
    return m_isWhole ? Verdict::Last : Verdict::LastDropped;
}

Reader::Verdict Reader::onEvent(const SseEvent &event, StreamStep &step)
{
    if (!event.hasData)
        return Verdict::Pass;
    if (const QByteArrayView text = m_pattern.match(event.name, event.data); !text.isEmpty()) {
        foundContent(step);
        m_contentChars += charCount(text);
        return Verdict::Pass;
    }
    if (event.data == "[DONE]")
        return onDone();
    // A `data:` line with nothing is sent as a sign of life; SDKs would parse it and fail.
    if (event.data.trimmed().isEmpty())
        return Verdict::Drop;
    json::Scan &scan = scratch();
    if (!scan.run(event.data))
        return Verdict::Broken;
    json::Node root = scan.root();
    if (root.isArray() && !root.isEmpty())
        root = *root.items().begin();
    if (!root.isObject())
        return Verdict::Broken;

    bool isError = event.name == "error";
    bool saysError = false;
    bool hasUsage = false;
    json::Node choices;
    m_endError.reset();
    m_isPlain = true;
    m_text = json::Node();
    eachMember(root, [&](Key key, json::Node value) {
        if (key == "choices") {
            choices = value;
            for (const json::Node choice : value.items())
                onChoice(choice, step);
        } else if (key == "usage") {
            if (const Usage usage = readUsage(value); usage.source != UsageSource::None) {
                m_usage = usage;
                hasUsage = true;
                m_isPlain = false;
            }
        } else if (key == "x_groq") {
            m_isPlain = false;
            if (const Usage usage = readUsage(value.find("usage"));
                usage.source != UsageSource::None)
                m_usage = usage;
            isError |= errorMember(value).exists() && !value.find("error").isNull();
        } else if (key == "model") {
            if (m_model.isEmpty() && value.isNonEmptyString())
                m_model = value.text();
        } else if (key == "object") {
            saysError = value.is("error");
        } else if (key == "error") {
            isError |= errorMember(root).exists();
        }
    });
    if (isError || (saysError && !choices.exists())) {
        step.error = readErrorNode(200, root);
        return Verdict::Failed;
    }
    if (m_endError) {
        step.error = m_endError;
        return Verdict::Failed;
    }
    if (m_stripsUsage && hasUsage && choices.isArray() && choices.isEmpty())
        return Verdict::Drop;
    if (m_isPlain && m_text.exists())
        m_pattern.learn(event.name, event.data, m_text);
    return Verdict::Pass;
}

void Reader::onChoice(json::Node choice, StreamStep &step)
{
    qint64 index = 0;
    Finish finish = Finish::None;
    json::Node delta;
    json::Node text; // of a legacy completion
    json::Node reason;
    eachMember(choice, [&](Key key, json::Node value) {
        if (key == "index") {
            value.readInt(index);
        } else if (key == "delta") {
            delta = value;
        } else if (key == "text") {
            text = value;
        } else if (key == "finish_reason") {
            reason = value;
            finish = readFinish(value);
        }
    });
    if (index < 0 || index >= kMaxChoices)
        index = kMaxChoices - 1;
    if (m_choices.size() <= size_t(index))
        m_choices.resize(size_t(index) + 1);
    m_choices[size_t(index)].isSeen = true;
    if (delta.isObject())
        onDelta(delta, int(index), step);
    onText(text, step);
    if (finish == Finish::None)
        return;
    m_isPlain = false;
    if (finish == Finish::Error) {
        ProviderError error;
        error.outcome = reason.is("insufficient_system_resource") ? AttemptOutcome::Overloaded
                                                                  : AttemptOutcome::ServerError;
        error.status = error.outcome == AttemptOutcome::Overloaded ? 503 : 500;
        error.code = reason.text();
        error.message = "The provider ended the answer with the reason \"" + reason.text() + "\".";
        m_endError = error;
        return;
    }
    // Some repeat it, or send null after it: the first one counts. [dialects §7.1]
    m_choices[size_t(index)].hasEnded = true;
    if (m_finish == Finish::None)
        m_finish = finish;
}

void Reader::onText(json::Node value, StreamStep &step)
{
    if (value.isNonEmptyString()) {
        foundContent(step);
        m_contentChars += charCount(value);
        m_isPlain = m_isPlain && !m_text.exists(); // only one of them may change
        m_text = value;
        return;
    }
    // Mistral sends an array of parts. [dialects §7.4]
    for (const json::Node part : value.items()) {
        m_isPlain = false;
        foundContent(step);
        m_contentChars += charCount(part.find("text"));
        for (const json::Node thought : part.find("thinking").items())
            m_contentChars += charCount(thought.find("text"));
    }
}

void Reader::onDelta(json::Node delta, int choice, StreamStep &step)
{
    bool hasReasoning = false;
    eachMember(delta, [&](Key key, json::Node value) {
        if (key == "content" || key == "refusal") {
            onText(value, step);
        } else if (key == "reasoning_content" || key == "reasoning") {
            // Two fields with the same text are counted once. [dialects §7]
            if (!hasReasoning)
                onText(value, step);
            hasReasoning |= value.isNonEmptyString();
        } else if (key == "tool_calls") {
            onToolCalls(value, choice, step);
        } else if (key == "function_call" && value.isObject()) {
            m_isPlain = false;
            foundContent(step);
            m_tools.append(quint64(choice) << 32 | 0xFFFFFFFF, value.find("arguments"));
            m_contentChars += charCount(value.find("arguments"));
        } else if (key == "audio" || key == "reasoning_details" || key == "thinking_blocks"
                   || key == "images") {
            if (!value.isEmpty()) {
                m_isPlain = false;
                foundContent(step);
            }
        }
    });
}

void Reader::onToolCalls(json::Node calls, int choice, StreamStep &step)
{
    quint32 position = 0;
    for (const json::Node call : calls.items()) {
        m_isPlain = false;
        foundContent(step);
        qint64 index = position++;
        QByteArray id;
        json::Node arguments;
        eachMember(call, [&](Key key, json::Node value) {
            if (key == "index")
                value.readInt(index);
            else if (key == "id")
                id = value.text();
            else if (key == "function")
                arguments = value.find("arguments");
        });
        const quint64 key = quint64(choice) << 32 | quint32(index);
        m_tools.begin(key, id);
        m_tools.append(key, arguments);
        m_contentChars += charCount(arguments);
    }
}

} // namespace

std::unique_ptr<StreamReader> makeStreamReader(const StreamOptions &options)
{
    return std::make_unique<Reader>(options);
}

QByteArray streamError(const ClientError &error)
{
    json::Writer writer;
    writer.beginObject();
    if (!error.id.isNull())
        writer.member("id", QByteArray("chatcmpl-" + error.id.text()));
    writer.member("object", "chat.completion.chunk");
    writer.key("choices").beginArray().beginObject();
    writer.member("index", 0).key("delta").beginObject().endObject();
    writer.member("finish_reason", "error").endObject().endArray();
    writer.key("error");
    writeOpenAiError(writer, error);
    writer.endObject();
    return "data: " + writer.take() + "\n\n";
}

QByteArray preamble(const ExchangeId &id, QByteArrayView model, qint64 createdSeconds)
{
    json::Writer writer;
    writer.beginObject();
    writer.member("id", QByteArray("chatcmpl-" + id.text()));
    writer.member("object", "chat.completion.chunk");
    writer.member("created", createdSeconds);
    writer.member("model", model);
    writer.key("choices").beginArray().beginObject().member("index", 0);
    writer.key("delta").beginObject().member("role", "assistant").member("content", "").endObject();
    writer.member("finish_reason", nullptr).endObject().endArray().endObject();
    return "data: " + writer.take() + "\n\n";
}

bool isStart(QByteArrayView eventData)
{
    json::Scan &scan = scratch();
    if (!scan.run(eventData))
        return false;
    const json::Node root = scan.root();
    const json::Node choices = root.find("choices");
    if (choices.isEmpty() || root.find("usage").isObject() || errorMember(root).exists())
        return false;
    for (const json::Node choice : choices.items()) {
        if (readFinish(choice.find("finish_reason")) != Finish::None)
            return false;
        bool hasRole = false;
        for (const json::Entry entry : choice.find("delta").entries()) {
            if (entry.key.is("role"))
                hasRole = true;
            else if (!entry.value.isNull() && !entry.value.is("")
                     && !(entry.value.isArray() && entry.value.isEmpty()))
                return false;
        }
        if (!hasRole)
            return false;
    }
    return true;
}

} // namespace sb::dialect::openai_chat
