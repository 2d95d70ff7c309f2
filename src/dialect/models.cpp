#include "dialect/models.h"

#include "json/writer.h"

#include <QCryptographicHash>
#include <QDateTime>
#include <QTimeZone>

namespace sb::dialect {

namespace {

using Write = void (*)(json::Writer &, const ModelEntry &);

QByteArray rfc3339(qint64 seconds)
{
    return QDateTime::fromSecsSinceEpoch(seconds, Qt::UTC).toString(Qt::ISODate).toLatin1();
}

QByteArray label(const ModelEntry &entry)
{
    return entry.label.isEmpty() ? entry.id : entry.label;
}

void writeOpenAi(json::Writer &writer, const ModelEntry &entry)
{
    writer.beginObject();
    writer.member("id", entry.id).member("object", "model");
    writer.member("created", entry.createdSeconds).member("owned_by", "signalbox");
    writer.endObject();
}

void writeAnthropic(json::Writer &writer, const ModelEntry &entry)
{
    writer.beginObject();
    writer.member("type", "model").member("id", entry.id).member("display_name", label(entry));
    writer.member("created_at", rfc3339(entry.createdSeconds));
    writer.endObject();
}

void writeGemini(json::Writer &writer, const ModelEntry &entry)
{
    writer.beginObject();
    writer.member("name", QByteArray("models/" + entry.id)).member("displayName", label(entry));
    writer.key("supportedGenerationMethods").beginArray();
    for (const char *method : {"generateContent", "countTokens"})
        writer.string(QByteArrayView(method));
    writer.endArray();
    writer.endObject();
}

void writeOllama(json::Writer &writer, const ModelEntry &entry)
{
    writer.beginObject();
    writer.member("name", entry.id).member("model", entry.id);
    writer.member("modified_at", rfc3339(entry.createdSeconds));
    // Zed and the Ollama clients demand the members; nothing is on a disk of ours.
    writer.member("size", 0).member("digest", nameDigest(entry.id));
    writer.key("details").beginObject().member("parent_model", "").member("format", "");
    writer.member("family", "").key("families").beginArray().endArray();
    writer.member("parameter_size", "").member("quantization_level", "").endObject();
    writer.endObject();
}

void writeAll(json::Writer &writer, QByteArrayView key, const QList<ModelEntry> &entries,
              Write write)
{
    writer.key(key).beginArray();
    for (const ModelEntry &entry : entries)
        write(writer, entry);
    writer.endArray();
}

QByteArray one(const ModelEntry &entry, Write write)
{
    json::Writer writer;
    write(writer, entry);
    return writer.take();
}

} // namespace

QByteArray openAiModels(const QList<ModelEntry> &entries)
{
    json::Writer writer;
    writer.beginObject().member("object", "list");
    writeAll(writer, "data", entries, writeOpenAi);
    writer.endObject();
    return writer.take();
}

QByteArray openAiModel(const ModelEntry &entry)
{
    return one(entry, writeOpenAi);
}

QByteArray anthropicModels(const QList<ModelEntry> &entries)
{
    json::Writer writer;
    writer.beginObject();
    writeAll(writer, "data", entries, writeAnthropic);
    writer.member("has_more", false);
    if (entries.isEmpty())
        writer.member("first_id", nullptr).member("last_id", nullptr);
    else
        writer.member("first_id", entries.first().id).member("last_id", entries.last().id);
    writer.endObject();
    return writer.take();
}

QByteArray anthropicModel(const ModelEntry &entry)
{
    return one(entry, writeAnthropic);
}

QByteArray geminiModels(const QList<ModelEntry> &entries)
{
    json::Writer writer;
    writer.beginObject();
    writeAll(writer, "models", entries, writeGemini);
    writer.endObject();
    return writer.take();
}

QByteArray geminiModel(const ModelEntry &entry)
{
    return one(entry, writeGemini);
}

QByteArray nameDigest(const QByteArray &id)
{
    return QCryptographicHash::hash(id, QCryptographicHash::Sha256).toHex();
}

QByteArray ollamaModels(const QList<ModelEntry> &entries)
{
    json::Writer writer;
    writer.beginObject();
    writeAll(writer, "models", entries, writeOllama);
    writer.endObject();
    return writer.take();
}

QByteArray ollamaModel(const ModelEntry &entry)
{
    return one(entry, writeOllama);
}

} // namespace sb::dialect
