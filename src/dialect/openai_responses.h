// OpenAI Responses: what Codex speaks, and nothing else. [dialects §3]
#pragma once

#include "dialect/dialect.h"
#include "json/scan.h"

namespace sb::dialect::openai_responses {

Result<RequestFacts> readRequest(Endpoint endpoint, const QByteArray &body);
ReplyFacts readReply(Endpoint endpoint, QByteArrayView body);
std::unique_ptr<StreamReader> makeStreamReader(const StreamOptions &options);
// response.failed: a bare `error` event is passed over by Codex. [clients §4.5]
QByteArray streamError(const ClientError &error);
QByteArray preamble(const ExchangeId &id, QByteArrayView model, qint64 createdSeconds);
bool isStart(QByteArrayView eventData); // response.created, .queued, .in_progress

// The `error.code` that makes clients do the right thing: some words end a session for good.
QByteArray errorCode(const ClientError &error);

// Shared by stream and reply.
Usage readUsage(json::Node usage);

// What the output of a response holds, item by item.
struct OutputFacts {
    bool hasContent = false;
    bool hasCalls = false; // that the client has to answer
    bool hasRefusal = false;
    bool isBadToolJson = false;
    qint64 characters = 0;

    void readItem(json::Node item);
};

// By `status`, `incomplete_details.reason` and what is in the output.
Finish readFinish(json::Node response, bool hasCalls);

} // namespace sb::dialect::openai_responses
