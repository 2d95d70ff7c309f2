// What the Providers page says about keys and about calls that did not work.
#pragma once

#include "config/settings.h"
#include "models/provider_edits.h"
#include "record/frame.h"

#include <QString>

namespace sb::pages {

// "ok", "rejected, tried again in 0:23", "limited until 14:32", "off", "draining".
QString keyLine(const KeyView &key, qint64 nowWallMs);
// Where the secret is kept: "keychain", "variable OPENAI_API_KEY", …
QString keyPlace(const config::SecretRef &ref);
// Why a command was refused, by its stable code, with the engine's or the provider's words.
QString refusal(const QString &code, const QString &detail);
// "coding (target 1), chat (targets 1 and 3)".
QString usesLine(const QList<models::ProviderUse> &uses);

} // namespace sb::pages
