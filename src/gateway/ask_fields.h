// The x-signalbox-* request fields: read once, checked, never forwarded. [contract §3]
#pragma once

#include "base/result.h"
#include "config/settings.h"
#include "http/head.h"
#include "record/exchange.h"

namespace sb::gateway {

struct AskFields {
    ChainId chain;
    bool isNoFailover = false;
    bool isDryRun = false;
    bool isStrict = false; // refuse what a translation would have to leave out
    std::optional<Millis> total;
    std::optional<Millis> firstToken;
    std::optional<LogPolicy> log;
    QList<QString> tags;
    QString session;
};

// Errors: bad_request for a value that cannot be read, not_supported for a field that is known but
// not built yet, not allowed to this client, or unknown.
Result<AskFields> readAskFields(const http::Fields &fields, const config::ClientSettings &client,
                                const config::RoutingSettings &routing);

} // namespace sb::gateway
