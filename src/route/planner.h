// The decision for one request: every target of the chain with its fate, before anything is sent.
//
// A pure function of values; `explain` and the gateway call the same one.
#pragma once

#include "config/settings.h"
#include "route/gate.h"
#include "route/resolve.h"

#include <QSet>

#include <array>
#include <functional>

namespace sb::route {

using KeyName = std::pair<ProviderId, KeyId>;

// What is known of a model at a provider.
struct TargetFacts {
    bool lacksTools = false;
    bool lacksImages = false;
    bool lacksSchema = false;
    qint64 context = 0; // tokens; 0 = not known
};
using FactsOf = std::function<TargetFacts(const config::ProviderSettings &, const QString &model)>;

struct PlanInput {
    const config::ConfigSnapshot &config;
    const Ask &ask;
    const Resolved &resolved;
    const GateTable &gates;
    const QSet<KeyName> &readyKeys; // provider keys whose secret is at hand
    Nanos now{0};
    QSet<ProviderId> down = {}; // explain --down
    int heldRank = 0; // the user holds the chain on this target; 0 = free
    // By dialect: there is a translator. A request for an answer may then be served by a provider
    // of another dialect than the client's.
    std::array<bool, kDialectCount> isTranslated{};
    FactsOf facts = {}; // null: what the catalogue says
};

// Candidates in the order they would be tried: one per target and key. Those that cannot be called
// now are Skipped with their reason; the rest wait. Where all that could serve are tripped, the one
// due soonest waits after all (row 33), unless its key is bad or the provider named the time.
// While a chain is held, every other target is Skipped as Held, whatever the held one can do.
Decision plan(const PlanInput &input);

// The catalogue's word for it, nothing where it does not know the model.
TargetFacts catalogueFacts(const config::ConfigSnapshot &config,
                           const config::ProviderSettings &provider, const QString &model);

// The gates a target passes.
std::array<GateKey, 3> gatesOf(const TargetRef &target);
// The strictest of them, with the time it opens.
struct TargetGate {
    Admission admission = Admission::Yes;
    qint64 untilWallMs = 0;
};
TargetGate gateOf(const TargetRef &target, const GateTable &gates, Nanos now);

} // namespace sb::route
