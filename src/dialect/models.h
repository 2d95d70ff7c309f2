// Model lists in each dialect's shape. [dialects §4.8, 5.6, 6.3, 8.1]
#pragma once

#include "dialect/dialect.h"

namespace sb::dialect {

QByteArray openAiModels(const QList<ModelEntry> &entries);
QByteArray openAiModel(const ModelEntry &entry);
QByteArray anthropicModels(const QList<ModelEntry> &entries);
QByteArray anthropicModel(const ModelEntry &entry);
QByteArray geminiModels(const QList<ModelEntry> &entries);
QByteArray geminiModel(const ModelEntry &entry);
// What clients tell models apart by: of the name, since there are no weights to digest.
QByteArray nameDigest(const QByteArray &id);
QByteArray ollamaModels(const QList<ModelEntry> &entries);
QByteArray ollamaModel(const ModelEntry &entry);

} // namespace sb::dialect
