#include "translate/gemini/answer_reader.h"

#include "base/bytes.h"
#include "chat/names.h"
#include "dialect/provider_error.h"
#include "translate/gemini/wire.h"

namespace sb::translate::gemini {

using chat::ArtifactKind;
using chat::TextView;
using dialect::Key;

void AnswerReader::read(json::Node root)
{
    // The endpoint in OpenAI's shape wraps errors in an array. [dialects §9.1]
    if (root.isArray() && !root.isEmpty())
        root = *root.items().begin();
    // An error is looked for before anything else. [pitfall 51]
    if (dialect::errorMember(root).exists()) {
        fail(root);
        return;
    }
    json::Node candidates;
    json::Node feedback;
    json::Node usage;
    json::Node model;
    json::Node id;
    dialect::eachMember(root, [&](Key key, json::Node value) {
        if (key == "candidates")
            candidates = value;
        else if (key == "promptFeedback")
            feedback = value;
        else if (key == "usageMetadata")
            usage = value;
        else if (key == "modelVersion")
            model = value;
        else if (key == "responseId")
            id = value;
    });
    if (!m_emitter.isStarted()) {
        const QByteArray name = model.text();
        m_id = id.text();
        m_emitter.start(m_id, name, 0);
        if (m_id.isEmpty())
            m_id = name + root.raw().toByteArray();
    }
    for (const json::Node candidate : candidates.items()) {
        // One answer is carried; others were never asked for.
        if (candidate.find("index").toInt() == 0) {
            readCandidate(candidate);
            break;
        }
    }
    if (usage.exists()) {
        m_counters.read(usage);
        if (m_counters.hasAny)
            m_emitter.usage(m_counters.usage());
    }
    if (dialect::gemini::isBlocked(feedback))
        m_emitter.finish(chat::Finish::ContentFilter, feedback.find("blockReason").text());
}

void AnswerReader::fail(json::Node root)
{
    m_emitter.fail(toFault(dialect::readErrorNode(200, root), root.raw()));
}

void AnswerReader::readCandidate(json::Node candidate)
{
    json::Node reason;
    json::Node logprobs;
    dialect::eachMember(candidate, [&](Key key, json::Node value) {
        if (key == "content") {
            for (const json::Node part : value.find("parts").items())
                readPart(part);
        } else if (key == "finishReason") {
            reason = value;
        } else if (key == "logprobsResult") {
            logprobs = value;
        }
    });
    if (logprobs.isObject())
        readLogprobs(logprobs);
    if (!reason.isString())
        return;
    const QByteArrayView word = reason.inner();
    const chat::Finish finish = finishOf(word);
    if (finish == chat::Finish::None)
        return;
    closeBuilt();
    m_emitter.finish(finish, word);
}

void AnswerReader::readPart(json::Node part)
{
    json::Node text;
    json::Node call;
    json::Node data;
    json::Node file;
    json::Node other;
    QByteArray type;
    QByteArrayView signature;
    bool isThought = false;
    dialect::eachMember(part, [&](Key key, json::Node value) {
        if (key == "text") {
            text = value;
        } else if (key == "thought") {
            isThought = value.isTrue();
        } else if (key == "thoughtSignature") {
            signature = value.inner();
        } else if (key == "functionCall") {
            call = value;
        } else if (key == "inlineData") {
            data = value;
        } else if (key == "fileData") {
            file = value;
        } else if (value.isObject() && key != QByteArrayView("videoMetadata")
                   && key != QByteArrayView("mediaResolution")
                   && key != QByteArrayView("partMetadata")) {
            other = value;
            type = key.text.toByteArray(); // of an escaped name nothing else stays
        }
    });
    if (call.isObject()) {
        readCall(call, signature);
        return;
    }
    // Anything else ends a call that was still being built.
    if (m_built && (text.isNonEmptyString() || data.exists() || file.exists() || other.exists()))
        closeBuilt();
    if (data.isObject() || file.isObject()) {
        if (!isThought) // a sketch made while thinking
            readMedia(data, file);
    } else if (other.exists()) {
        chat::OpaquePart opaque;
        opaque.dialect = DialectId::Gemini;
        opaque.type = type;
        opaque.raw = part.raw().toByteArray();
        opaque.isServerTool = true;
        m_emitter.whole(chat::Part(std::move(opaque)));
    } else {
        readText(text, signature, isThought);
    }
}

// Signed text stands alone: neither signed nor unsigned text may be merged with it. A signature on
// an empty text belongs to what came before it. [dialects §5.4]
void AnswerReader::readText(json::Node text, QByteArrayView signature, bool isThought)
{
    const bool hasText = text.isNonEmptyString();
    const TextView said = TextView::escaped(text.inner());
    if (signature.isEmpty()) {
        if (isThought)
            m_emitter.reasoning(said);
        else
            m_emitter.text(said);
        return;
    }
    if (hasText)
        m_emitter.closeSpoken();
    if (isThought) {
        m_emitter.reasoning(said);
        m_emitter.artifact(ArtifactKind::GeminiSignature, signature);
    } else {
        m_emitter.text(said);
        m_emitter.artifactOn(-1, ArtifactKind::GeminiSignature, signature);
    }
    m_emitter.closeSpoken();
}

void AnswerReader::openCall(json::Node name, json::Node id, QByteArrayView signature)
{
    const QByteArray wire = name.text();
    m_isOutputTool = m_options.map && !m_options.map->outputTool.isEmpty()
        && m_options.map->outputTool == wire;
    const int ordinal = m_calls++;
    if (m_isOutputTool)
        return; // its arguments are the text of the answer. [translation §10]
    QByteArray ownId = id.text();
    if (ownId.isEmpty())
        ownId = chat::madeCallId(m_id, ordinal);
    chat::Emitter::Call call;
    call.id = ownId;
    call.name = m_options.map ? m_options.map->names.original(wire) : QByteArrayView(wire);
    m_call = m_emitter.openCall(call);
    if (!signature.isEmpty())
        m_emitter.artifactOn(m_call, ArtifactKind::GeminiSignature, signature);
}

void AnswerReader::wholeCall(QByteArrayView arguments)
{
    if (m_isOutputTool) {
        m_emitter.text(TextView::plain(arguments));
        return;
    }
    if (!arguments.isEmpty())
        m_emitter.arguments(m_call, TextView::plain(arguments));
    m_emitter.closeCall(m_call);
    m_call = -1;
}

void AnswerReader::readCall(json::Node call, QByteArrayView signature)
{
    json::Node name;
    json::Node id;
    json::Node args;
    json::Node pieces;
    bool willContinue = false;
    dialect::eachMember(call, [&](Key key, json::Node value) {
        if (key == "name")
            name = value;
        else if (key == "id")
            id = value;
        else if (key == "args")
            args = value;
        else if (key == "partialArgs")
            pieces = value;
        else if (key == "willContinue")
            willContinue = value.isTrue();
    });
    const bool isPiece = !name.isNonEmptyString();
    if (isPiece && !m_built)
        return; // the end of a call that is closed already
    if (!isPiece) {
        closeBuilt();
        openCall(name, id, signature);
        if (!willContinue && pieces.isEmpty()) {
            wholeCall(args.isObject() ? args.raw() : QByteArrayView());
            return;
        }
        m_built.emplace();
    }
    if (args.isObject())
        m_built->start(args);
    for (const json::Node piece : pieces.items())
        m_built->take(piece);
    if (!willContinue)
        closeBuilt();
}

void AnswerReader::closeBuilt()
{
    if (!m_built)
        return;
    const QByteArray arguments = m_built->isEmpty() ? QByteArray() : m_built->json();
    m_built.reset();
    wholeCall(arguments);
}

void AnswerReader::finish()
{
    if (m_emitter.hasFinish())
        closeBuilt();
}

void AnswerReader::readMedia(json::Node data, json::Node file)
{
    const json::Node node = data.isObject() ? data : file;
    chat::MediaPart media;
    media.mime = node.find("mimeType").text();
    media.kind = mediaKind(media.mime);
    media.name = node.find("displayName").text();
    media.source = data.isObject() ? chat::MediaSource::Base64 : chat::MediaSource::Url;
    media.data = chat::Text::copy(
        TextView::escaped(node.find(data.isObject() ? "data" : "fileUri").inner()));
    m_emitter.whole(chat::Part(std::move(media)));
}

// As Chat writes them. [dialects §2.3]
void AnswerReader::readLogprobs(json::Node result)
{
    const auto append = [](QByteArray &out, json::Node one) {
        appendBytes(out, "{\"token\":");
        appendBytes(out, one.find("token").isString() ? one.find("token").raw() : "\"\"");
        appendBytes(out, ",\"logprob\":");
        const json::Node value = one.find("logProbability");
        appendBytes(out, value.exists() ? value.raw() : "0");
        appendBytes(out, ",\"bytes\":null");
    };
    std::vector<json::Node> tops;
    for (const json::Node top : result.find("topCandidates").items())
        tops.push_back(top);
    QByteArray list = "[";
    size_t index = 0;
    for (const json::Node chosen : result.find("chosenCandidates").items()) {
        if (index > 0)
            list += ',';
        append(list, chosen);
        list += ",\"top_logprobs\":[";
        if (index < tops.size()) {
            bool isFirst = true;
            for (const json::Node other : tops[index].find("candidates").items()) {
                if (!isFirst)
                    list += ',';
                isFirst = false;
                append(list, other);
                list += '}';
            }
        }
        list += "]}";
        ++index;
    }
    list += ']';
    if (index > 0)
        m_emitter.logprobs(list);
}

} // namespace sb::translate::gemini
