// Ollama's own API. [dialects §6]
#pragma once

#include "dialect/dialect.h"
#include "json/scan.h"

namespace sb::dialect::ollama {

Result<RequestFacts> readRequest(Endpoint endpoint, const QByteArray &body);
ReplyFacts readReply(Endpoint endpoint, QByteArrayView body);
std::unique_ptr<StreamReader> makeStreamReader(const StreamOptions &options);
QByteArray streamError(const ClientError &error);

// What one object of an answer says: a line of a stream, or a whole reply.
struct Said {
    qint64 contentChars = 0;
    bool hasContent = false;
    bool isDone = false;
    bool isBadToolJson = false;
    Finish finish = Finish::None;
    Usage usage; // source None where it says nothing
    json::Node model;
};
Said readObject(json::Node root);

// ---- Answers that ask no provider. Pure; the gateway serves them. [clients §5]

// The version reported: plugins compare it with the least they want, as bare numbers.
QByteArray versionBody();
struct ModelFacts {
    ModelEntry entry;
    qint64 contextWindow = 0; // tokens; 0 = not known
    bool hasTools = false;
    bool hasVision = false;
    bool hasThinking = false;
};
QByteArray showBody(const ModelFacts &facts); // POST /api/show
QByteArray runningBody(const QList<ModelFacts> &models); // GET /api/ps

} // namespace sb::dialect::ollama
