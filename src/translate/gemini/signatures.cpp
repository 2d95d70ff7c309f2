#include "translate/gemini/signatures.h"

#include "chat/envelope.h"

namespace sb::translate::gemini {

using chat::Artifact;
using chat::ArtifactKind;

QByteArray packed(const std::vector<Artifact> &artifacts, const chat::Origin &origin)
{
    if (artifacts.size() == 1 && artifacts.front().kind == ArtifactKind::GeminiSignature)
        return artifacts.front().payload;
    QByteArray list;
    for (Artifact artifact : artifacts) {
        if (artifact.origin == chat::Origin())
            artifact.origin = origin;
        if (!list.isEmpty())
            list += '\n';
        list += chat::sealed(artifact);
    }
    return list.toBase64();
}

std::vector<Artifact> unpacked(QByteArrayView signature)
{
    if (signature.isEmpty() || signature == kFiller)
        return {};
    QByteArray list = signature.toByteArray();
    if (!list.startsWith("gw1.")) {
        // "gw1." in base64. Anything else is not looked into.
        if (list.startsWith("Z3cxL"))
            list = QByteArray::fromBase64(list);
        if (!list.startsWith("gw1.") || list == signature)
            return {{ArtifactKind::GeminiSignature, signature.toByteArray(), {}, {}}};
    }
    std::vector<Artifact> artifacts;
    for (const QByteArray &one : list.split('\n')) {
        if (std::optional<Artifact> artifact = chat::unsealed(one))
            artifacts.push_back(std::move(*artifact));
    }
    return artifacts;
}

const Artifact *geminiArtifact(const chat::Part &part)
{
    for (const Artifact &artifact : part.artifacts) {
        if (artifact.kind == ArtifactKind::GeminiSignature && !artifact.payload.isEmpty())
            return &artifact;
    }
    return nullptr;
}

} // namespace sb::translate::gemini
