// What stands in `images[]`: bare base64 of pictures, and of sound on models that hear.
// [dialects §6.1]
#pragma once

#include "chat/part.h"
#include "json/scan.h"

namespace sb::translate::ollama {

// By the first bytes, since nothing says what it is. A data URL is taken kindly. Empty `mime` where
// the bytes are none we know.
chat::MediaPart readMedia(json::Node base64);

// The base64 of "data:image/png;base64,…"; nothing for any other address.
std::optional<QByteArrayView> dataOfUrl(QByteArrayView url);

} // namespace sb::translate::ollama
