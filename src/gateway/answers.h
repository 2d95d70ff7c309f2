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
// `id` of GET /v1/generation?id=…
std::optional<ExchangeId> generationId(QByteArrayView query);

} // namespace sb::gateway
