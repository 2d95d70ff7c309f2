// What the gateway answers by itself, without a provider: model lists, one exchange, health.
#pragma once

#include "config/settings.h"
#include "dialect/dialect.h"

namespace sb::gateway {

// GET /v1/models for this client, in the dialect's shape.
QByteArray modelsAnswer(DialectId dialect, const config::ConfigSnapshot &config,
                        const config::ClientSettings &client, qint64 wallMs);
// GET /v1/models/{id}; nothing when the client may not see such a name.
std::optional<QByteArray> modelAnswer(DialectId dialect, const QByteArray &id,
                                      const config::ConfigSnapshot &config,
                                      const config::ClientSettings &client, qint64 wallMs);
// Ollama's /api/version, /api/ps and /api/show for plugins that ask before they talk; nothing for
// another endpoint, or a model the client may not see.
std::optional<QByteArray> ollamaAnswer(Endpoint endpoint, const QByteArray &body,
                                       const config::ConfigSnapshot &config,
                                       const config::ClientSettings &client, qint64 wallMs);
// A count of tokens that is our estimate, in the dialect's shape.
QByteArray countAnswer(DialectId dialect, qint64 tokens);
// `id` of GET /v1/generation?id=…
std::optional<ExchangeId> generationId(QByteArrayView query);

} // namespace sb::gateway
