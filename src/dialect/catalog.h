// One row per dialect: the functions behind dialect.h.
#pragma once

#include "dialect/dialect.h"

namespace sb::dialect {

struct Dialect {
    DialectId id;
    Result<RequestFacts> (*readRequest)(Endpoint, const QByteArray &);
    ReplyFacts (*readReply)(Endpoint, QByteArrayView body);
    std::unique_ptr<StreamReader> (*makeStreamReader)(const StreamOptions &);
    QByteArray (*errorBody)(const ClientError &);
    QByteArray (*streamError)(const ClientError &);
    QByteArray (*preamble)(const ExchangeId &, QByteArrayView model, qint64 createdSeconds);
    bool (*isStart)(QByteArrayView eventData);
    QByteArrayView keepAlive;
    QByteArrayView streamContentType;
    QByteArray (*modelsBody)(const QList<ModelEntry> &);
    QByteArray (*modelBody)(const ModelEntry &);
};

// Null members: the dialect does not do this yet; then the public functions say what happens.
const Dialect &row(DialectId id);

} // namespace sb::dialect
