// Secret references as they are written in config.json. [contract §2, secrets]
#pragma once

#include "config/settings.h"

#include <optional>

namespace sb::config {

// Nothing when the text is no reference, above all when it is a secret itself. Never put the text
// of a refused reference into a message or log.
std::optional<SecretRef> parseSecretRef(QByteArrayView text);

// "keychain:anthropic/main"; empty for Kind::None.
QByteArray secretRefText(const SecretRef &ref);

} // namespace sb::config
