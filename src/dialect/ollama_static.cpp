#include "dialect/models.h"
#include "dialect/ollama.h"

#include "json/writer.h"

#include <QDateTime>

namespace sb::dialect::ollama {

namespace {

// Of the API spoken here; VS Code takes digits and dots only and wants a recent one. [clients §5]
constexpr char kVersion[] = "0.12.6";
// No architecture of a model file is known; its name only prefixes other members.
constexpr char kArchitecture[] = "signalbox";
constexpr char kContextLength[] = "signalbox.context_length";

QByteArray rfc3339(qint64 seconds)
{
    return QDateTime::fromSecsSinceEpoch(seconds, Qt::UTC).toString(Qt::ISODate).toLatin1();
}

void writeDetails(json::Writer &writer)
{
    writer.key("details").beginObject().member("parent_model", "").member("format", "");
    writer.member("family", "").key("families").beginArray().endArray();
    writer.member("parameter_size", "").member("quantization_level", "").endObject();
}

} // namespace

QByteArray versionBody()
{
    json::Writer writer;
    writer.beginObject().member("version", kVersion).endObject();
    return writer.take();
}

QByteArray showBody(const ModelFacts &facts)
{
    json::Writer writer;
    writer.beginObject();
    writer.member("modelfile", "").member("parameters", "").member("template", "");
    writeDetails(writer);
    writer.key("model_info").beginObject();
    writer.member("general.architecture", kArchitecture);
    writer.member("general.basename",
                  facts.entry.label.isEmpty() ? facts.entry.id : facts.entry.label);
    if (facts.contextWindow > 0)
        writer.member(kContextLength, facts.contextWindow);
    writer.endObject();
    writer.key("capabilities").beginArray().string(QByteArrayView("completion"));
    if (facts.hasTools)
        writer.string(QByteArrayView("tools"));
    if (facts.hasVision)
        writer.string(QByteArrayView("vision"));
    if (facts.hasThinking)
        writer.string(QByteArrayView("thinking"));
    writer.endArray();
    writer.member("modified_at", rfc3339(facts.entry.createdSeconds));
    writer.endObject();
    return writer.take();
}

QByteArray runningBody(const QList<ModelFacts> &models)
{
    json::Writer writer;
    writer.beginObject().key("models").beginArray();
    for (const ModelFacts &facts : models) {
        writer.beginObject();
        writer.member("name", facts.entry.id).member("model", facts.entry.id);
        writer.member("size", 0).member("digest", nameDigest(facts.entry.id));
        writeDetails(writer);
        // No model of a provider is put away: the end of the calendar.
        writer.member("expires_at", "9999-12-31T23:59:59Z").member("size_vram", 0);
        if (facts.contextWindow > 0)
            writer.member("context_length", facts.contextWindow);
        writer.endObject();
    }
    writer.endArray().endObject();
    return writer.take();
}

} // namespace sb::dialect::ollama
