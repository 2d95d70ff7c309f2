// Anthropic Messages. [dialects §4]
#pragma once

#include "dialect/dialect.h"
#include "json/scan.h"

namespace sb::dialect::anthropic {

Result<RequestFacts> readRequest(Endpoint endpoint, const QByteArray &body);
ReplyFacts readReply(Endpoint endpoint, QByteArrayView body);
std::unique_ptr<StreamReader> makeStreamReader(const StreamOptions &options);
QByteArray streamError(const ClientError &error);
QByteArray preamble(const ExchangeId &id, QByteArrayView model, qint64 createdSeconds);
bool isStart(QByteArrayView eventData); // message_start

// The counters as the wire has them. A later object overwrites what it names and leaves the rest:
// values are totals of the whole message, never added. [dialects §4.6]
struct Counters {
    qint64 input = 0;
    qint64 cacheRead = 0;
    qint64 cacheCreation = 0;
    qint64 written5m = -1;
    qint64 written1h = -1;
    qint64 output = 0;
    qint64 thinking = 0;
    bool hasAny = false;

    void read(json::Node usage);
    Usage usage() const;
};

Finish readStopReason(json::Node reason);

} // namespace sb::dialect::anthropic
