// OpenAI Chat Completions, and the many servers that speak it. [dialects §2, 7]
#pragma once

#include "dialect/dialect.h"
#include "json/scan.h"

namespace sb::dialect::openai_chat {

Result<RequestFacts> readRequest(Endpoint endpoint, const QByteArray &body);
ReplyFacts readReply(Endpoint endpoint, QByteArrayView body);
std::unique_ptr<StreamReader> makeStreamReader(const StreamOptions &options);
QByteArray streamError(const ClientError &error);
QByteArray preamble(const ExchangeId &id, QByteArrayView model, qint64 createdSeconds);
// A chunk that only says whose turn it is.
bool isStart(QByteArrayView eventData);

// Shared by stream and reply.
Usage readUsage(json::Node usage);
Finish readFinish(json::Node reason); // None for null and what is no string

} // namespace sb::dialect::openai_chat
