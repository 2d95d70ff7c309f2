// Model names → an ordered list of targets. Pure. [contract §2 "Model names"]
#pragma once

#include "base/result.h"
#include "config/settings.h"

namespace sb::route {

struct ResolveInput {
    const config::ConfigSnapshot &config;
    const config::ClientSettings &client;
    QString model;
    QList<QString> models; // the body's own chain, behind `model`
    ChainId headerChain; // x-signalbox-chain
};

struct Resolved {
    RouteSource source = RouteSource::None;
    ChainId chain;
    QList<config::ChainTarget> targets;
};

// Errors carry a contract code: no_such_model (detail names the nearest), not_allowed.
Result<Resolved> resolve(const ResolveInput &input);

// What a client's key lets it use: every provider and model, or the chains it names.
bool mayUseAnything(const config::ClientSettings &client);
bool mayUseChain(const config::ClientSettings &client, const ChainId &chain);

// Chains, aliases, then provider/model: what /v1/models lists for a client.
QList<QString> visibleNames(const config::ConfigSnapshot &config,
                            const config::ClientSettings &client);

} // namespace sb::route
