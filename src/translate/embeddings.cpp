#include "translate/embeddings.h"

#include "dialect/scratch.h"
#include "json/splice.h"
#include "json/writer.h"

#include <QtEndian>

#include <charconv>
#include <cmath>

namespace sb::translate {

namespace {

using chat::Changes;
using chat::EmbedReply;
using chat::EmbedRequest;

// Collects what one client's body asks. The notes name its members as the client wrote them.
class Decoder {
public:
    Decoder(DialectId dialect, const RequestHead &head, Changes &changes)
        : m_dialect(dialect)
        , m_head(head)
        , m_changes(changes)
    {
    }

    EmbedRequest read(const QByteArray &body);

private:
    void readOpenAi(json::Node root);
    void readOllama(json::Node root);
    void readGemini(json::Node root);
    void readGeminiItem(json::Node item, const QByteArray &path);
    void readInput(QByteArrayView name, json::Node input);
    void readDimensions(QByteArrayView name, json::Node value);
    void drop(QByteArrayView name, json::Node value)
    {
        if (!value.isNull())
            m_changes.drop(name, value.raw(), "embeddings-member");
    }
    void reject(QByteArrayView name, const QByteArray &what)
    {
        m_changes.reject(name, QByteArray("\"" + name.toByteArray() + "\" " + what), "bad_request");
    }

    DialectId m_dialect;
    const RequestHead &m_head;
    Changes &m_changes;
    EmbedRequest m_request;
};

EmbedRequest Decoder::read(const QByteArray &body)
{
    json::Scan scan;
    if (!scan.run(body) || !scan.root().isObject()) {
        m_changes.reject({}, "The request body must be a JSON object.", "bad_json");
        return std::move(m_request);
    }
    switch (m_dialect) {
    case DialectId::Gemini:
        readGemini(scan.root());
        break;
    case DialectId::Ollama:
        readOllama(scan.root());
        break;
    default:
        readOpenAi(scan.root());
        break;
    }
    if (m_request.texts.empty() && !m_changes.isRejected())
        m_changes.reject("input", "There is no text to embed.", "bad_request");
    return std::move(m_request);
}

void Decoder::readOpenAi(json::Node root)
{
    dialect::eachMember(root, [&](dialect::Key name, json::Node value) {
        if (name == "model")
            m_request.model = value.text();
        else if (name == "input")
            readInput(name, value);
        else if (name == "encoding_format")
            m_request.wantsBase64 = value.is("base64");
        else if (name == "dimensions")
            readDimensions(name, value);
        else if (!(name == "models"))
            drop(name, value);
    });
}

void Decoder::readOllama(json::Node root)
{
    m_request.isOne = m_head.path.endsWith("/embeddings");
    dialect::eachMember(root, [&](dialect::Key name, json::Node value) {
        if (name == "model")
            m_request.model = value.text();
        else if (name == "input" || name == "prompt")
            readInput(name, value);
        else if (name == "dimensions")
            readDimensions(name, value);
        else if (name == "truncate" && !value.isNull())
            m_request.truncates = value.isTrue();
        else
            drop(name, value);
    });
}

void Decoder::readGemini(json::Node root)
{
    m_request.isOne = !m_head.path.endsWith(":batchEmbedContents");
    if (m_request.isOne)
        return readGeminiItem(root, {});
    dialect::eachMember(root, [&](dialect::Key name, json::Node value) {
        if (!(name == "requests"))
            return drop(name, value);
        int index = 0;
        for (const json::Node item : value.items())
            readGeminiItem(item, "requests[" + QByteArray::number(index++) + "].");
    });
}

void Decoder::readGeminiItem(json::Node item, const QByteArray &path)
{
    QByteArray text;
    QByteArray task;
    const bool isFirst = m_request.texts.empty();
    std::optional<qint64> dimensions;
    std::swap(dimensions, m_request.dimensions);
    dialect::eachMember(item, [&](dialect::Key name, json::Node value) {
        if (name == "content") {
            if (value.isString())
                text += value.text();
            for (const json::Node part : value.find("parts").items()) {
                if (!part.find("text").isString())
                    reject(QByteArray(path + "content.parts"), "must be text for this target.");
                text += part.find("text").text();
            }
        } else if (name == "taskType" || name == "task_type") {
            task = value.text();
        } else if (name == "title") {
            m_request.title = value.text();
            drop(QByteArray(path + "title"), value);
        } else if (name == "outputDimensionality" || name == "output_dimensionality") {
            readDimensions(QByteArray(path + "outputDimensionality"), value);
        } else if (!(name == "model")) {
            drop(QByteArray(path + name.text.toByteArray()), value);
        }
    });
    if (!task.isEmpty() && task != "TASK_TYPE_UNSPECIFIED")
        m_changes.drop(QByteArray(path + "taskType"), task, "embeddings-task");
    // One request has one size for all.
    if (!isFirst && dimensions != m_request.dimensions)
        reject(QByteArray(path + "outputDimensionality"),
               "must be the same for every text for this target.");
    if (isFirst)
        m_request.task = task;
    m_request.texts.push_back(std::move(text));
}

void Decoder::readInput(QByteArrayView name, json::Node input)
{
    if (input.isString()) {
        m_request.texts.push_back(input.text());
        return;
    }
    if (!input.isArray())
        return reject(name, "must be a string or a list of strings.");
    for (const json::Node item : input.items()) {
        if (!item.isString())
            return reject(name,
                          "has tokens, which only the model they were made for can read; send "
                          "strings to this target.");
        m_request.texts.push_back(item.text());
    }
}

void Decoder::readDimensions(QByteArrayView name, json::Node value)
{
    if (value.isNull())
        return;
    const qint64 count = value.toInt(0);
    if (count <= 0)
        return reject(name, "must be a whole number above 0.");
    m_request.dimensions = count;
}

chat::Fault badReply(const char *message)
{
    chat::Fault fault;
    fault.outcome = AttemptOutcome::BadReply;
    fault.message = message;
    return fault;
}

bool areNumbers(json::Node array)
{
    if (!array.isArray() || array.isEmpty())
        return false;
    for (const json::Node item : array.items()) {
        if (item.kind() != json::Node::Kind::Number)
            return false;
    }
    return true;
}

// Numbers, or their base64; empty when it is neither.
QByteArray vectorIn(json::Node node)
{
    if (node.isString())
        return unpackedVector(node.text());
    return areNumbers(node) ? node.raw().toByteArray() : QByteArray();
}

// OpenAI's items may stand in another order than their `index`.
void readData(json::Node data, EmbedReply &reply, qsizetype count)
{
    std::vector<bool> isSeen(size_t(count), false);
    reply.vectors.resize(size_t(count));
    qint64 place = 0;
    qsizetype found = 0;
    for (const json::Node item : data.items()) {
        const qint64 index = item.find("index").toInt(place++);
        if (index < 0 || index >= count || isSeen[size_t(index)])
            continue;
        QByteArray vector = vectorIn(item.find("embedding"));
        if (vector.isEmpty())
            continue;
        isSeen[size_t(index)] = true;
        reply.vectors[size_t(index)] = std::move(vector);
        ++found;
    }
    if (found != count)
        reply.vectors.clear();
}

// The form demands a count, and Google gives none. The rule of every estimate of ours: characters
// / 3, rounded up.
qint64 estimatedTokens(const EmbedRequest &request)
{
    qint64 characters = 0;
    for (const QByteArray &text : request.texts)
        characters += dialect::charCount(text);
    return (characters + 2) / 3;
}

} // namespace

bool hasEmbeddings(DialectId dialect)
{
    return dialect == DialectId::OpenAiChat || dialect == DialectId::Gemini
        || dialect == DialectId::Ollama;
}

EmbedRequest decodeEmbedRequest(DialectId dialect, const RequestHead &head, const QByteArray &body,
                                Changes &changes)
{
    return Decoder(dialect, head, changes).read(body);
}

WireRequest encodeEmbedRequest(const EmbedRequest &request, const chat::Target &target,
                               Changes &changes)
{
    WireRequest wire;
    json::Writer writer;
    writer.beginObject();
    if (target.dialect == DialectId::Gemini) {
        const QByteArray name = "models/" + target.model;
        const auto writeItem = [&](const QByteArray &text) {
            writer.member("model", name).key("content").beginObject().key("parts").beginArray();
            writer.beginObject().member("text", text).endObject().endArray().endObject();
            if (request.dimensions)
                writer.member("outputDimensionality", *request.dimensions);
        };
        const bool isOne = request.texts.size() == 1;
        if (isOne) {
            writeItem(request.texts.front());
        } else {
            writer.key("requests").beginArray();
            for (const QByteArray &text : request.texts) {
                writer.beginObject();
                writeItem(text);
                writer.endObject();
            }
            writer.endArray();
        }
        wire.path = "models/" + target.model.toPercentEncoding("/:@")
            + (isOne ? ":embedContent" : ":batchEmbedContents");
    } else {
        writer.member("model", target.model).key("input");
        if (request.texts.size() == 1) {
            writer.string(request.texts.front());
        } else {
            writer.beginArray();
            for (const QByteArray &text : request.texts)
                writer.string(text);
            writer.endArray();
        }
        if (request.dimensions)
            writer.member("dimensions", *request.dimensions);
        if (target.dialect == DialectId::Ollama && request.truncates)
            writer.member("truncate", *request.truncates);
        if (target.dialect == DialectId::OpenAiChat)
            writer.member("encoding_format", "float");
        wire.path = target.dialect == DialectId::Ollama ? "embed" : "embeddings";
    }
    writer.endObject();
    if (request.truncates && target.dialect != DialectId::Ollama)
        changes.drop("truncate", *request.truncates ? "true" : "false", "embeddings-member");
    wire.body = writer.take();
    return wire;
}

EmbedReply decodeEmbedReply(DialectId dialect, const QByteArray &body, qsizetype count)
{
    EmbedReply reply;
    json::Scan scan;
    if (!scan.run(body) || !scan.root().isObject()) {
        reply.fault = badReply("The answer is not a JSON object.");
        return reply;
    }
    const json::Node root = scan.root();
    reply.model = root.find("model").text();
    const dialect::ReplyFacts facts
        = dialect::readReply(dialect, Endpoint::Embeddings, "application/json", body);
    reply.usage = facts.usage;
    const auto add = [&](json::Node numbers) {
        QByteArray vector = vectorIn(numbers);
        if (!vector.isEmpty())
            reply.vectors.push_back(std::move(vector));
    };
    if (dialect == DialectId::Gemini) {
        if (const json::Node one = root.find("embedding"); one.exists())
            add(one.find("values"));
        for (const json::Node item : root.find("embeddings").items())
            add(item.find("values"));
    } else if (dialect == DialectId::Ollama) {
        for (const json::Node item : root.find("embeddings").items())
            add(item);
    } else {
        readData(root.find("data"), reply, count);
    }
    if (qsizetype(reply.vectors.size()) != count)
        reply.fault = badReply("The answer does not have one vector for each text.");
    return reply;
}

QByteArray encodeEmbedReply(DialectId dialect, const EmbedReply &reply, const EmbedRequest &request,
                            QByteArrayView path, QByteArrayView cost)
{
    const QByteArray &model = reply.model.isEmpty() ? request.model : reply.model;
    json::Writer writer;
    writer.beginObject();
    switch (dialect) {
    case DialectId::Gemini:
        if (request.isOne && !path.endsWith(":batchEmbedContents")) {
            writer.key("embedding").beginObject();
            writer.key("values").raw(reply.vectors.front()).endObject();
        } else {
            writer.key("embeddings").beginArray();
            for (const QByteArray &vector : reply.vectors)
                writer.beginObject().key("values").raw(vector).endObject();
            writer.endArray();
        }
        if (reply.usage.source == UsageSource::Reported)
            writer.key("usageMetadata")
                .beginObject()
                .member("promptTokenCount", reply.usage.prompt())
                .endObject();
        break;
    case DialectId::Ollama:
        if (request.isOne) {
            writer.key("embedding").raw(reply.vectors.front());
            break;
        }
        writer.member("model", model).key("embeddings").beginArray();
        for (const QByteArray &vector : reply.vectors)
            writer.raw(vector);
        writer.endArray();
        if (reply.usage.source == UsageSource::Reported)
            writer.member("prompt_eval_count", reply.usage.prompt());
        break;
    default: {
        writer.member("object", "list").key("data").beginArray();
        qint64 index = 0;
        for (const QByteArray &vector : reply.vectors) {
            writer.beginObject().member("object", "embedding").member("index", index++);
            writer.key("embedding");
            if (request.wantsBase64)
                writer.string(packedVector(vector));
            else
                writer.raw(vector);
            writer.endObject();
        }
        writer.endArray().member("model", model).key("usage").beginObject();
        const qint64 prompt = reply.usage.source == UsageSource::Reported
            ? reply.usage.prompt()
            : estimatedTokens(request);
        writer.member("prompt_tokens", prompt).member("total_tokens", prompt);
        if (!cost.isEmpty())
            writer.key("cost").raw(cost);
        writer.endObject();
        break;
    }
    }
    writer.endObject();
    return writer.take();
}

QByteArray withAskedEncoding(const QByteArray &requestBody, const QByteArray &replyBody)
{
    json::Scan asked;
    json::Scan said;
    if (!asked.run(requestBody) || !said.run(replyBody))
        return replyBody;
    const bool wantsBase64 = asked.root().find("encoding_format").is("base64");
    json::Splice splice(replyBody);
    for (const json::Node item : said.root().find("data").items()) {
        const json::Node vector = item.find("embedding");
        QByteArray other;
        if (wantsBase64 && areNumbers(vector))
            other = '"' + packedVector(vector.raw()) + '"';
        else if (!wantsBase64 && vector.isNonEmptyString())
            other = unpackedVector(vector.text());
        if (other.size() > 2)
            splice.replace(vector.span(), other);
    }
    return splice.isEmpty() ? replyBody : splice.parts().join();
}

QByteArray packedVector(QByteArrayView numbers)
{
    json::Scan scan;
    if (!scan.run(numbers) || !areNumbers(scan.root()))
        return {};
    QByteArray packed;
    for (const json::Node item : scan.root().items()) {
        const QByteArrayView text = item.raw();
        double value = 0;
        std::from_chars(text.data(), text.data() + text.size(), value);
        char bytes[sizeof(float)];
        qToLittleEndian(float(value), bytes);
        packed.append(bytes, sizeof bytes);
    }
    return packed.toBase64();
}

QByteArray unpackedVector(QByteArrayView base64)
{
    const auto decoded = QByteArray::fromBase64Encoding(base64.toByteArray(),
                                                        QByteArray::AbortOnBase64DecodingErrors);
    const QByteArray &packed = *decoded;
    if (!decoded || packed.isEmpty() || packed.size() % qsizetype(sizeof(float)) != 0)
        return {};
    QByteArray numbers(1, '[');
    for (qsizetype at = 0; at < packed.size(); at += qsizetype(sizeof(float))) {
        const auto value = qFromLittleEndian<float>(packed.constData() + at);
        if (!std::isfinite(value))
            return {};
        char text[32];
        const std::to_chars_result end = std::to_chars(text, text + sizeof text, value);
        numbers.append(at > 0 ? "," : "").append(text, end.ptr - text);
    }
    return numbers + ']';
}

} // namespace sb::translate
