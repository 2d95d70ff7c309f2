#include "translate/openai_chat/completions.h"

#include "base/bytes.h"
#include "translate/openai_chat/words.h"
#include "json/text.h"

using namespace sb::chat;

namespace sb::translate::openai_chat {

namespace {

// What models of code take for the edges of a hole. [dialects §8.3]
constexpr QByteArrayView kHoles[]{"<|fim_prefix|>",
                                  "<|fim_suffix|>",
                                  "<fim_prefix>",
                                  "<fim_suffix>",
                                  "<PRE>",
                                  "<SUF>",
                                  "[SUFFIX]",
                                  "[PREFIX]",
                                  "<|fim_begin|>",
                                  "<\xEF\xBD\x9C"
                                  "fim\xE2\x96\x81"
                                  "begin\xEF\xBD\x9C>"};

void rejectHole(QByteArrayView member, Changes &changes)
{
    changes.reject(member.toByteArray(),
                   "Code with a hole in it needs a provider that completes code itself; a chat "
                   "model would only talk about it.");
}

void readPrompt(json::Node prompt, Request &request, Changes &changes)
{
    json::Node text = prompt;
    if (prompt.isArray()) {
        int count = 0;
        for (const json::Node item : prompt.items()) {
            text = item;
            ++count;
        }
        if (count != 1)
            text = json::Node();
    }
    if (!text.isString()) {
        changes.reject("prompt",
                       "\"prompt\" has to be one text: another provider reads neither tokens nor "
                       "several prompts at once.");
        return;
    }
    const QByteArray plain = text.text();
    for (const QByteArrayView hole : kHoles) {
        if (plain.contains(hole))
            return rejectHole("prompt", changes);
    }
    Turn turn;
    turn.role = Role::User;
    TextPart part;
    part.text = Text::view(viewOf(text));
    turn.parts.push_back(Part(std::move(part)));
    request.turns.push_back(std::move(turn));
}

void writeHead(QByteArray &out, const QByteArray &id, qint64 createdSeconds, QByteArrayView model)
{
    appendBytes(out, R"({"id":)");
    json::appendQuoted(out, id);
    appendBytes(out, R"(,"object":"text_completion","created":)");
    appendNumber(out, createdSeconds);
    appendBytes(out, R"(,"model":)");
    json::appendQuoted(out, model);
}

QByteArray idOf(QByteArrayView given, const EncodeOptions &options)
{
    return given.isEmpty() ? QByteArray("cmpl-" + options.id.text()) : given.toByteArray();
}

// Text alone has a place in it: thoughts, calls and pictures have none.
class CompletionEncoder final : public StreamEncoder {
public:
    explicit CompletionEncoder(const EncodeOptions &options)
        : StreamEncoder(DialectId::OpenAiChat, options)
    {
    }

protected:
    void writeStart(const Event &start) override;
    void writeOpen(const Event &) override { }
    void writeDelta(const Event &delta) override;
    void writeClose(const Event &) override { }
    void writeFinish(const Event &finish, const Usage &usage) override;

private:
    QByteArray m_frame; // of the chunk: id, time and model
    QByteArray m_tail;
};

void CompletionEncoder::writeStart(const Event &start)
{
    m_frame = "data: ";
    writeHead(m_frame, idOf(start.id, options()), start.createdSeconds,
              options().model.isEmpty() ? start.name : QByteArrayView(options().model));
    m_tail = QByteArray(R"(,"logprobs":null,"finish_reason":null}])")
        + (options().asksUsage ? R"(,"usage":null})" : "}") + "\n\n";
}

void CompletionEncoder::writeDelta(const Event &delta)
{
    if (delta.deltaKind != DeltaKind::Text)
        return;
    appendBytes(m_out, m_frame);
    appendBytes(m_out, R"(,"choices":[{"index":0,"text":)");
    appendQuoted(m_out, delta.text);
    appendBytes(m_out, m_tail);
}

void CompletionEncoder::writeFinish(const Event &finish, const Usage &usage)
{
    appendBytes(m_out, m_frame);
    appendBytes(m_out, R"(,"choices":[{"index":0,"text":"","logprobs":null,"finish_reason":")");
    appendBytes(m_out, finishWord(finish.finish, false, false));
    writeStreamEnd(m_out, m_frame, options().asksUsage, usage, cost());
}

} // namespace

bool isCompletionPath(QByteArrayView path)
{
    while (path.endsWith('/'))
        path.chop(1);
    return path.endsWith("/completions") && !path.endsWith("/chat/completions");
}

bool readCompletionMember(QByteArrayView name, json::Node node, Request &request, Changes &changes)
{
    if (name == "prompt") {
        readPrompt(node, request, changes);
    } else if (name == "suffix") {
        if (!node.is(""))
            rejectHole(name, changes);
    } else if (name == "echo") {
        if (node.isTrue())
            changes.reject("echo", "\"echo\" is known to no other provider.");
    } else if (name == "best_of" || name == "logprobs") {
        changes.drop(name.toByteArray(), node.raw().toByteArray(), "completion-member");
    } else {
        return false;
    }
    return true;
}

QByteArray completionBody(const Reply &reply, const EncodeOptions &options, QByteArrayView cost)
{
    QByteArray out;
    writeHead(out, idOf(reply.id, options),
              reply.createdSeconds ? reply.createdSeconds : options.createdSeconds,
              options.model.isEmpty() ? reply.model : options.model);
    appendBytes(out, R"(,"choices":[{"index":0,"text":)");
    Text text;
    for (const Part &part : reply.parts) {
        if (const auto *said = part.as<TextPart>())
            text.append(said->text);
        else if (const auto *refused = part.as<RefusalPart>())
            text.append(refused->text);
    }
    appendQuoted(out, text);
    appendBytes(out, R"(,"logprobs":null,"finish_reason":")");
    appendBytes(out, finishWord(reply.finish, false, false));
    appendBytes(out, R"("}],"usage":)");
    openai_chat::writeUsage(out, reply.usage,
                            cost.isEmpty() ? QByteArrayView(reply.costRaw) : cost);
    out.append('}');
    return out;
}

std::unique_ptr<StreamEncoder> makeCompletionEncoder(const EncodeOptions &options)
{
    return std::make_unique<CompletionEncoder>(options);
}

} // namespace sb::translate::openai_chat
