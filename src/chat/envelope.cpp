#include "chat/envelope.h"

#include "json/reader.h"
#include "json/writer.h"

#include <QCryptographicHash>

#include <algorithm>

namespace sb::chat {

namespace {

constexpr QByteArrayView kPrefix("gw1.");
constexpr QByteArray::Base64Options kForm
    = QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals;
constexpr int kKinds = int(ArtifactKind::ReasoningDetails) + 1;

QByteArray member(const json::Value &object, const char *name)
{
    const json::Value *value = object.find(name);
    return value && value->isString() ? QByteArray(value->text()) : QByteArray();
}

// Whose state the target understands: its own, and without an origin that of its dialect's vendor.
bool isAtHome(const Artifact &artifact, const Request &request, const Target &target)
{
    if (artifact.origin.provider.isEmpty())
        return request.source == target.dialect;
    return artifact.origin.provider == target.provider
        && (artifact.origin.family.isEmpty() || target.family.isEmpty()
            || artifact.origin.family == target.family);
}

QByteArray textKey(const std::vector<Part> &parts)
{
    QCryptographicHash hash(QCryptographicHash::Sha256);
    bool hasText = false;
    for (const Part &part : parts) {
        if (const auto *text = part.as<TextPart>(); text && !text->text.isEmpty()) {
            hash.addData(text->text.toPlain());
            hasText = true;
        }
    }
    return hasText ? "text " + hash.result() : QByteArray();
}

QByteArray keyOf(const std::vector<Part> &parts)
{
    for (const Part &part : parts) {
        if (const auto *call = part.as<ToolCall>(); call && !call->id.isEmpty())
            return "call " + call->id;
    }
    return textKey(parts);
}

bool hasState(const Part &part)
{
    return !part.artifacts.empty();
}

// Nothing of it may refer to an answer that goes away.
Part owned(const Part &part)
{
    Part copy = part;
    if (auto *reasoning = copy.as<Reasoning>()) {
        reasoning->text = Text::copy(reasoning->text);
        for (Text &summary : reasoning->summary)
            summary = Text::copy(summary);
    }
    for (Artifact &artifact : copy.artifacts)
        artifact.payload = QByteArray(artifact.payload.constData(), artifact.payload.size());
    return copy;
}

qsizetype bytesOf(const Part &part)
{
    qsizetype bytes = qsizetype(sizeof(Part));
    for (const Artifact &artifact : part.artifacts)
        bytes += artifact.payload.size() + artifact.itemId.size();
    if (const auto *reasoning = part.as<Reasoning>()) {
        bytes += reasoning->text.view().size();
        for (const Text &summary : reasoning->summary)
            bytes += summary.view().size();
    }
    return bytes;
}

} // namespace

QByteArray sealed(const Artifact &artifact)
{
    json::Writer out;
    out.beginObject();
    out.member("k", int(artifact.kind)).member("p", artifact.payload);
    if (!artifact.itemId.isEmpty())
        out.member("i", artifact.itemId);
    if (!artifact.origin.provider.isEmpty())
        out.member("o", artifact.origin.provider);
    if (!artifact.origin.family.isEmpty())
        out.member("f", artifact.origin.family);
    out.endObject();
    return kPrefix + out.take().toBase64(kForm);
}

std::optional<Artifact> unsealed(QByteArrayView value)
{
    if (!value.startsWith(kPrefix))
        return std::nullopt;
    const auto decoded
        = QByteArray::fromBase64Encoding(value.sliced(kPrefix.size()).toByteArray(),
                                         kForm | QByteArray::AbortOnBase64DecodingErrors);
    if (!decoded)
        return std::nullopt;
    const auto object = json::read(decoded.decoded);
    if (!object || !object->isObject())
        return std::nullopt;
    const json::Value *kind = object->find("k");
    const qint64 number = kind ? kind->toInt().value_or(-1) : -1;
    if (number < 0 || number >= kKinds)
        return std::nullopt;
    return Artifact{ArtifactKind(number),
                    member(*object, "p"),
                    member(*object, "i"),
                    {member(*object, "o"), member(*object, "f")}};
}

// Foreign state is refused ("Invalid signature"), so it goes together with its words. [pitfall 36]
void sortReasoning(Request &request, const Target &target, Changes &changes)
{
    for (Turn &turn : request.turns) {
        std::erase_if(turn.parts, [&](Part &part) {
            const bool isReasoning = part.is<Reasoning>();
            const size_t before = part.artifacts.size();
            std::erase_if(part.artifacts, [&](const Artifact &artifact) {
                return !isAtHome(artifact, request, target);
            });
            const bool lost = part.artifacts.size() < before;
            if (!isReasoning || !lost || !part.artifacts.empty())
                return false;
            changes.drop(part.path.isEmpty() ? QByteArray("reasoning") : part.path, "reasoning",
                         "reasoning-foreign");
            return true;
        });
    }
}

void ArtifactMemory::remember(const Reply &reply, const Origin &origin)
{
    Entry entry;
    for (const Part &part : reply.parts) {
        if (!part.is<Reasoning>() || !hasState(part))
            continue;
        Part kept = owned(part);
        for (Artifact &artifact : kept.artifacts) {
            if (artifact.origin.provider.isEmpty())
                artifact.origin = origin;
        }
        entry.bytes += bytesOf(kept);
        entry.parts.push_back(std::move(kept));
    }
    entry.key = keyOf(reply.parts);
    if (entry.parts.empty() || entry.key.isEmpty() || entry.bytes > kBytes)
        return;
    entry.bytes += entry.key.size();
    const auto known = std::find_if(m_entries.begin(), m_entries.end(),
                                    [&](const Entry &other) { return other.key == entry.key; });
    if (known != m_entries.end()) {
        m_bytes -= known->bytes;
        m_entries.erase(known);
    }
    m_bytes += entry.bytes;
    m_entries.push_back(std::move(entry));
    size_t gone = 0;
    while (m_entries.size() - gone > size_t(kEntries) || m_bytes > kBytes)
        m_bytes -= m_entries[gone++].bytes;
    m_entries.erase(m_entries.begin(), m_entries.begin() + qsizetype(gone));
}

void ArtifactMemory::restore(Request &request)
{
    if (m_entries.empty())
        return;
    for (Turn &turn : request.turns) {
        if (turn.role != Role::Assistant
            || std::any_of(turn.parts.begin(), turn.parts.end(),
                           [](const Part &part) { return part.is<Reasoning>() && hasState(part); }))
            continue;
        const QByteArray key = keyOf(turn.parts);
        const auto known = std::find_if(m_entries.begin(), m_entries.end(),
                                        [&](const Entry &entry) { return entry.key == key; });
        if (key.isEmpty() || known == m_entries.end())
            continue;
        // Its words without the state are of no use beside it.
        std::erase_if(turn.parts, [](const Part &part) { return part.is<Reasoning>(); });
        turn.parts.insert(turn.parts.begin(), known->parts.begin(), known->parts.end());
        std::rotate(known, known + 1, m_entries.end());
    }
}

} // namespace sb::chat
