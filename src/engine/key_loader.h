// Turns the secret references of a configuration into secrets: providers' keys and our clients'
// digests. Main thread; the vaults answer later, so does this.
#pragma once

#include "config/settings.h"
#include "route/planner.h"
#include "secret/resolver.h"

#include <QFuture>
#include <QHash>

namespace sb::engine {

struct LoadedKeys {
    QHash<route::KeyName, Secret> provider;
    QHash<ClientId, QByteArray> clientDigests;
    QList<Notice> notices; // a keychain that is locked or failing
};

// Ends when every reference was answered or ran into the vaults' limit.
QFuture<LoadedKeys> loadKeys(const config::SnapshotPtr &config, secret::SecretResolver &resolver);

// `keychain:NAME` and the like as the secret room spells it; nothing for digests and none.
std::optional<secret::Reference> referenceFor(const config::SecretRef &ref);

} // namespace sb::engine
