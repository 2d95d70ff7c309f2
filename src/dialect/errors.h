// Our own errors as each dialect's clients expect them. [dialects §9.1, 9.2]
#pragma once

#include "dialect/dialect.h"

namespace sb::json {
class Writer;
}

namespace sb::dialect {

QByteArray openAiErrorBody(const ClientError &error);
QByteArray anthropicErrorBody(const ClientError &error);
QByteArray geminiErrorBody(const ClientError &error);
QByteArray ollamaErrorBody(const ClientError &error);

// The object under "error": also part of the in-band forms.
void writeOpenAiError(json::Writer &writer, const ClientError &error);

} // namespace sb::dialect
