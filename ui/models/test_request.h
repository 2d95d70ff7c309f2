// The one small request that shows whether everything works: to whom, and what it may cost.
#pragma once

#include "config/settings.h"

#include <optional>

namespace sb::models {

struct TestRequest {
    QString model; // a chain, or provider/model; empty: there is nobody to ask
    bool isFree = false; // local or simulated
    std::optional<Money> price; // an upper estimate; nothing: unknown
};

// The chain where its first target is local, simulated or the cheapest of it, else that target by
// name. `chain` is asked as it is when nothing is known of it. Pure.
TestRequest testRequest(const config::SnapshotPtr &config, const QString &chain, qint64 nowWallMs);

} // namespace sb::models
