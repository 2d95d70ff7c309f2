// Everything a request needs to know, ready to use: the configuration with its secrets resolved and
// its addresses parsed. Immutable; swapped whole. A running exchange keeps the one it started with.
#pragma once

#include "base/secret.h"
#include "config/settings.h"
#include "guard/keyring.h"
#include "guard/local_rules.h"
#include "provider/request_head.h"
#include "route/planner.h"

namespace sb::gateway {

struct Setup {
    config::SnapshotPtr config;
    guard::Keyring keyring;
    guard::LocalRules rules;
    QHash<route::KeyName, Secret> keys; // provider keys at hand
    QSet<route::KeyName> readyKeys;
    QHash<std::pair<ProviderId, DialectId>, provider::Base> bases;
};

using SetupPtr = std::shared_ptr<const Setup>;

// `clientDigests`: SHA-256 of each client's key.
SetupPtr makeSetup(const config::SnapshotPtr &config, const QHash<route::KeyName, Secret> &keys,
                   const QHash<ClientId, QByteArray> &clientDigests);

} // namespace sb::gateway
