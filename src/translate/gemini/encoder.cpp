// A client's stream and its whole answer. [translation §16.4]
#include "base/bytes.h"
#include "chat/arguments.h"
#include "dialect/errors.h"
#include "translate/gemini/answer_writer.h"
#include "translate/gemini/gemini.h"
#include "translate/gemini/signatures.h"
#include "translate/gemini/wire.h"

namespace sb::translate::gemini {

namespace {

using chat::Artifact;
using chat::ArtifactKind;
using chat::DeltaKind;
using chat::Event;
using chat::PartKind;

constexpr QByteArrayView kHead("{\"candidates\":[{\"content\":{\"parts\":[");

class Encoder final : public StreamEncoder {
public:
    explicit Encoder(EncodeOptions options)
        : StreamEncoder(DialectId::Gemini, std::move(options))
        , m_isArray(!hasSse(this->options().query))
    {
    }

protected:
    void writeStart(const Event &start) override
    {
        writeIdentity(m_identity, options().model,
                      start.id.isEmpty() ? options().id.text() : start.id.toByteArray());
    }

    void writeOpen(const Event &open) override
    {
        if (open.partKind == PartKind::Call) {
            m_calls.push_back(
                {open.part, open.toolKind, open.id.toByteArray(), open.name.toByteArray(), {}, {}});
        } else if (open.whole) {
            QByteArray part;
            if (writeWhole(part, *open.whole))
                writePart(part);
        }
    }

    void writeDelta(const Event &delta) override
    {
        switch (delta.deltaKind) {
        case DeltaKind::Text:
            begin();
            writeText(m_out, delta.text, false, takeSignature());
            end();
            break;
        case DeltaKind::Reasoning:
        case DeltaKind::Summary:
            if (!options().showsReasoning)
                break;
            begin();
            writeText(m_out, delta.text, true, {});
            end();
            break;
        case DeltaKind::Arguments:
            if (Call *call = callOf(delta.part))
                call->arguments.append(delta.text);
            break;
        case DeltaKind::Artifact:
            artifact(delta);
            break;
        case DeltaKind::Citation:
        case DeltaKind::Logprobs:
        case DeltaKind::Media:
            break;
        }
    }

    void writeClose(const Event &close) override
    {
        for (auto it = m_calls.begin(); it != m_calls.end(); ++it) {
            if (it->part != close.part)
                continue;
            // Arguments that were cut are no call. [pitfall 19]
            if (!close.isIncomplete) {
                QByteArray signature = std::exchange(it->signature, {});
                if (signature.isEmpty())
                    signature = takeSignature();
                begin();
                writeCall(m_out, it->id, it->name, it->arguments, it->kind, signature);
                end();
            }
            m_calls.erase(it);
            return;
        }
    }

    // Some clients overlook events without candidates: an empty part stands in the last one.
    void writeFinish(const Event &finish, const Usage &usage) override
    {
        begin();
        writeText(m_out, {}, false, takeSignature());
        appendBytes(m_out, "],\"role\":\"model\"},\"finishReason\":\"");
        appendBytes(m_out, finishWord(finish.finish));
        appendBytes(m_out, "\",\"index\":0}]");
        if (usage.source != UsageSource::None)
            gemini::writeUsage(m_out, usage, cost());
        appendBytes(m_out, ",");
        appendBytes(m_out, m_identity);
        appendBytes(m_out, m_isArray ? "}\n]" : "}\n\n");
    }

    void writeKeepAlive() override
    {
        if (m_isArray)
            appendBytes(m_out, "\n"); // between elements white space means nothing
        else
            StreamEncoder::writeKeepAlive();
    }

    void writeError(const dialect::ClientError &error) override
    {
        openFrame();
        appendBytes(m_out, dialect::geminiErrorBody(error));
        appendBytes(m_out, m_isArray ? "\n]" : "\n\n");
    }

private:
    struct Call {
        int part = -1;
        chat::ToolKind kind = chat::ToolKind::Function;
        QByteArray id;
        QByteArray name;
        chat::Text arguments;
        QByteArray signature;
    };

    void openFrame()
    {
        if (!m_isArray)
            appendBytes(m_out, "data: ");
        else
            appendBytes(m_out, m_hasElements ? ",\n" : "[");
        m_hasElements = true;
    }

    void begin()
    {
        openFrame();
        appendBytes(m_out, kHead);
    }

    void end()
    {
        appendBytes(m_out, "],\"role\":\"model\"},\"index\":0}],");
        appendBytes(m_out, m_identity);
        appendBytes(m_out, m_isArray ? "}" : "}\n\n");
    }

    void writePart(QByteArrayView part)
    {
        begin();
        appendBytes(m_out, part);
        end();
    }

    Call *callOf(int part)
    {
        for (Call &call : m_calls) {
            if (call.part == part)
                return &call;
        }
        return nullptr;
    }

    // Of a call and of text it stays there; of reasoning it travels on the part that follows.
    void artifact(const Event &delta)
    {
        const QByteArray payload = delta.text.toPlain();
        if (Call *call = callOf(delta.part)) {
            call->signature = packed({{delta.artifact, payload, {}, {}}}, options().origin);
        } else if (delta.partKind == PartKind::Text) {
            begin();
            writeText(m_out, {}, false,
                      packed({{delta.artifact, payload, {}, {}}}, options().origin));
            end();
        } else {
            Artifact made{delta.artifact, payload, delta.itemId.toByteArray(), {}};
            for (Artifact &known : m_artifacts) {
                if (known.kind == made.kind && m_artifactPart == delta.part
                    && made.kind != ArtifactKind::ReasoningDetails) {
                    known = std::move(made);
                    return;
                }
            }
            m_artifacts.push_back(std::move(made));
            m_artifactPart = delta.part;
        }
    }

    QByteArray takeSignature()
    {
        if (m_artifacts.empty()) [[likely]]
            return {};
        return packed(std::exchange(m_artifacts, {}), options().origin);
    }

    bool m_isArray;
    bool m_hasElements = false;
    QByteArray m_identity; // members every event ends with
    std::vector<Call> m_calls; // that are open
    std::vector<Artifact> m_artifacts; // of reasoning, not yet written
    int m_artifactPart = -1;
};

void writeReplyPart(QByteArray &out, const chat::Part &part, std::vector<Artifact> &pending,
                    const EncodeOptions &options)
{
    const auto separate = [&out] {
        if (!out.isEmpty())
            appendBytes(out, ",");
    };
    const auto signature = [&]() -> QByteArray {
        if (const Artifact *own = geminiArtifact(part))
            return own->payload;
        return pending.empty() ? QByteArray() : packed(std::exchange(pending, {}), options.origin);
    };
    if (const auto *reasoning = part.as<chat::Reasoning>()) {
        pending.insert(pending.end(), part.artifacts.begin(), part.artifacts.end());
        if (!options.showsReasoning)
            return;
        if (!reasoning->text.isEmpty()) {
            separate();
            writeText(out, reasoning->text, true, {});
        }
        for (const chat::Text &summary : reasoning->summary) {
            separate();
            writeText(out, summary, true, {});
        }
    } else if (const auto *text = part.as<chat::TextPart>()) {
        separate();
        writeText(out, text->text, false, signature());
    } else if (const auto *refusal = part.as<chat::RefusalPart>()) {
        separate();
        writeText(out, refusal->text, false, signature());
    } else if (const auto *call = part.as<chat::ToolCall>()) {
        if (call->isIncomplete)
            return;
        separate();
        writeCall(out, call->id, call->name, call->arguments, call->kind, signature());
    } else {
        QByteArray whole;
        if (writeWhole(whole, part)) {
            separate();
            appendBytes(out, whole);
        }
    }
}

} // namespace

std::unique_ptr<StreamEncoder> makeEncoder(const EncodeOptions &options)
{
    return std::make_unique<Encoder>(options);
}

QByteArrayView streamContentType(const EncodeOptions &options)
{
    return hasSse(options.query) ? QByteArrayView("text/event-stream; charset=utf-8")
                                 : QByteArrayView("application/json; charset=utf-8");
}

QByteArray encodeReply(const chat::Reply &reply, const EncodeOptions &options, QByteArrayView cost)
{
    QByteArray parts;
    std::vector<Artifact> pending;
    for (const chat::Part &part : reply.parts)
        writeReplyPart(parts, part, pending, options);
    if (!pending.empty()) {
        if (!parts.isEmpty())
            appendBytes(parts, ",");
        writeText(parts, {}, false, packed(pending, options.origin));
    }
    QByteArray out;
    out.reserve(parts.size() + 512);
    appendBytes(out, kHead);
    appendBytes(out, parts);
    appendBytes(out, "],\"role\":\"model\"},\"finishReason\":\"");
    appendBytes(out, finishWord(reply.finish));
    appendBytes(out, "\",\"index\":0}]");
    if (reply.usage.source != UsageSource::None)
        writeUsage(out, reply.usage, cost);
    appendBytes(out, ",");
    writeIdentity(out, options.model, reply.id.isEmpty() ? options.id.text() : reply.id);
    appendBytes(out, "}");
    return out;
}

} // namespace sb::translate::gemini
