// Opaque state of other providers inside `thoughtSignature`, and Gemini's own. [translation §9.3]
//
// The field is base64 by contract and some SDKs decode it, so an envelope is base64 once more.
#pragma once

#include "chat/part.h"

namespace sb::translate::gemini {

// Google's documented value for calls it did not make. [dialects §5.4]
constexpr QByteArrayView kFiller("skip_thought_signature_validator");

// For a client: Gemini's own signature as it is, where it is alone; everything else sealed.
QByteArray packed(const std::vector<chat::Artifact> &artifacts, const chat::Origin &origin);
// What a client sent back. Nothing for the filler.
std::vector<chat::Artifact> unpacked(QByteArrayView signature);

const chat::Artifact *geminiArtifact(const chat::Part &part);

} // namespace sb::translate::gemini
