// Vectors for texts, in the three shapes that ask for them. [dialects §8.2]
#include "sim/answer.h"

#include "json/reader.h"
#include "json/writer.h"

#include <QCryptographicHash>

namespace sb::sim {

namespace {

constexpr int kDimensions = 8;
constexpr int kCharactersPerToken = 4;

// The same text gives the same point on a sphere.
QList<float> vectorOf(QByteArrayView text)
{
    const QByteArray hash = QCryptographicHash::hash(text, QCryptographicHash::Sha256);
    QList<float> vector;
    float square = 0;
    for (int i = 0; i < kDimensions; ++i) {
        vector.append(float(uchar(hash[i])) / 127.5f - 1.0f);
        square += vector.last() * vector.last();
    }
    const float length = square > 0 ? std::sqrt(square) : 1.0f;
    for (float &value : vector)
        value /= length;
    return vector;
}

void writeVector(json::Writer &out, const QList<float> &vector)
{
    out.beginArray();
    for (const float value : vector)
        out.raw(QByteArray::number(double(value), 'g', 7));
    out.endArray();
}

QByteArray base64Of(const QList<float> &vector)
{
    static_assert(sizeof(float) == 4 && Q_BYTE_ORDER == Q_LITTLE_ENDIAN);
    return QByteArray(reinterpret_cast<const char *>(vector.constData()),
                      vector.size() * qsizetype(sizeof(float)))
        .toBase64();
}

QByteArray geminiText(const json::Value &request)
{
    QByteArray text;
    const json::Value *content = request.isObject() ? request.find("content") : nullptr;
    const json::Value *parts = content && content->isObject() ? content->find("parts") : nullptr;
    if (!parts)
        return text;
    for (const json::Value &part : parts->items()) {
        if (const json::Value *said = part.isObject() ? part.find("text") : nullptr)
            text += said->text();
    }
    return text;
}

// A text, or a list of texts or of lists of tokens.
QList<QByteArray> inputs(const json::Value &body)
{
    QList<QByteArray> texts;
    const json::Value *input = body.find("input");
    if (!input)
        return texts;
    if (input->isString())
        return {input->text()};
    if (!input->isArray() || input->items().isEmpty())
        return texts;
    if (!input->items().first().isString() && !input->items().first().isArray())
        return {json::write(*input)};
    for (const json::Value &one : input->items())
        texts.append(one.isString() ? QByteArray(one.text()) : json::write(one));
    return texts;
}

} // namespace

QByteArray embeddingsBody(Shape shape, QByteArrayView path, QByteArrayView body)
{
    const auto read = json::read(body);
    if (!read || !read->isObject())
        return {};
    json::Writer out;
    if (shape == Shape::Gemini) {
        if (!path.contains("batchEmbedContents")) {
            out.beginObject().key("embedding").beginObject().key("values");
            writeVector(out, vectorOf(geminiText(*read)));
            out.endObject().endObject();
            return out.take();
        }
        const json::Value *requests = read->find("requests");
        if (!requests || !requests->isArray())
            return {};
        out.beginObject().key("embeddings").beginArray();
        for (const json::Value &request : requests->items()) {
            out.beginObject().key("values");
            writeVector(out, vectorOf(geminiText(request)));
            out.endObject();
        }
        out.endArray().endObject();
        return out.take();
    }
    const QList<QByteArray> texts = inputs(*read);
    const json::Value *model = read->find("model");
    if (texts.isEmpty() || !model)
        return {};
    qint64 tokens = 0;
    for (const QByteArray &text : texts)
        tokens += (text.size() + kCharactersPerToken - 1) / kCharactersPerToken;
    const json::Value *format = read->find("encoding_format");
    const bool isBase64 = format && format->text() == "base64";
    out.beginObject();
    if (shape == Shape::Ollama) {
        out.member("model", QByteArray(model->text())).key("embeddings").beginArray();
        for (const QByteArray &text : texts)
            writeVector(out, vectorOf(text));
        out.endArray();
        out.member("total_duration", 1'000'000).member("load_duration", 1'000);
        out.member("prompt_eval_count", tokens);
        out.endObject();
        return out.take();
    }
    out.member("object", "list").key("data").beginArray();
    for (qsizetype i = 0; i < texts.size(); ++i) {
        out.beginObject().member("object", "embedding").member("index", i).key("embedding");
        if (isBase64)
            out.string(QByteArrayView(base64Of(vectorOf(texts[i]))));
        else
            writeVector(out, vectorOf(texts[i]));
        out.endObject();
    }
    out.endArray().member("model", QByteArray(model->text()));
    out.key("usage").beginObject();
    out.member("prompt_tokens", tokens).member("total_tokens", tokens).endObject();
    out.endObject();
    return out.take();
}

} // namespace sb::sim
