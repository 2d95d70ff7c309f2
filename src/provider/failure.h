// How a provider's failure reads: wire failures and error replies → rows of the failure table.
#pragma once

#include "dialect/dialect.h"
#include "http/upstream.h"
#include "record/exchange.h"

namespace sb::provider {

struct Reading {
    AttemptOutcome outcome = AttemptOutcome::ServerError;
    Stage stage = Stage::Refused;
    int status = 0;
    Millis hint{-1};
    QByteArray message; // the provider's own words
    QByteArray type;
    QByteArray code;
};

// The wire broke. `hasContent`: something was given to the client already.
Reading readFailure(const http::UpstreamFailure &failure);
// A complete reply that is not 2xx.
Reading readErrorReply(DialectId dialect, const http::ReplyHead &head, QByteArrayView body,
                       qint64 wallMs);
// An error object inside a 200.
Reading readErrorObject(const dialect::ProviderError &error, const http::ReplyHead &head,
                        qint64 wallMs);

} // namespace sb::provider
