// What all requests of one upstream client share. Engine thread.
#pragma once

#include "http/connection_pool.h"
#include "http/connector.h"
#include "http/happy_eyeballs.h"
#include "http/parser.h"
#include "http/proxy.h"
#include "http/resolver.h"
#include "http/tls_context.h"
#include "http/warm_keeper.h"

#include <memory>

namespace sb::http {

// Shared by the client and its running calls, so that neither has to go first. The order of members
// is the order of need: the hub outlives every transport.
struct UpstreamCore {
    UpstreamCore(Clock &clock, const UpstreamOptions &options, std::unique_ptr<Resolver> resolver);

    Clock &clock;
    TransportHub hub;
    std::unique_ptr<Resolver> resolver;
    TlsContexts tls;
    FamilyMemory families;
    ProxyRules proxies;
    ParserLimits limits;
    ConnectorTools tools;
    ConnectionPool pool;
    WarmKeeper keeper;
};

} // namespace sb::http
