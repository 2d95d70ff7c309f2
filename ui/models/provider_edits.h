// Edits of one provider in the text of config.json, and who depends on it. Pure functions.
#pragma once

#include "base/result.h"
#include "config/settings.h"

#include <QByteArray>
#include <QStringList>

namespace sb::models {

// The text with that price for that model, in dollars per million tokens. A provider that lists no
// models takes any; `alsoListed` are then listed with it, so that they stay callable.
Result<QByteArray> withPrice(QByteArrayView configText, const ProviderId &provider,
                             const QString &model, const QString &input, const QString &output,
                             const QStringList &alsoListed);

// Where chains and aliases name the provider.
struct ProviderUse {
    ChainId chain;
    QList<int> ranks; // 1 = first target
    bool isAll = false; // the chain has no other target
};
QList<ProviderUse> usesOf(const ProviderId &provider, const config::ConfigSnapshot &config);
// Models that chains and aliases ask this provider for.
QStringList modelsUsed(const ProviderId &provider, const config::ConfigSnapshot &config);

// "sk-ant-...9f2c": enough to tell two keys apart, never enough to use one.
QString maskedKey(const QString &key);

} // namespace sb::models
