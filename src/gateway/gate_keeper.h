// The live gates: who may be called now, what an attempt's end means for them, and the background
// connections that try an unreachable endpoint again without a request waiting for it.
//
// Engine thread; owned by the gateway. The rules are route/gate.h's pure functions.
#pragma once

#include "gateway/setup.h"
#include "http/upstream.h"
#include "record/frame.h"
#include "route/gate.h"

#include <functional>
#include <memory>
#include <unordered_map>

namespace sb::gateway {

// A gate as the store keeps it over a restart.
struct SavedGate {
    GateView view;
    int trips = 0;
};

class GateKeeper {
public:
    GateKeeper(Clock &clock, Random &random, http::Upstream &upstream);
    ~GateKeeper();

    void setSetup(const SetupPtr &setup);
    void onChanged(std::function<void()> changed) { m_changed = std::move(changed); }

    void onEvent(std::function<void(const EventView &)> tell) { m_tell = std::move(tell); }

    const route::GateTable &table() const { return m_gates; }
    QList<GateView> views() const; // those that do not serve
    QList<SavedGate> saved() const;
    void restore(const QList<SavedGate> &gates);

    // True when this attempt is the probe of at least one of its gates.
    bool begin(const TargetRef &target);
    void ended(const TargetRef &target, const route::Verdict &verdict);
    // The user ends the wait of what is tripped there: the next request is the probe, and a
    // connection is tried meanwhile. False when nothing is tripped.
    bool probeNow(const ProviderId &provider);
    // After a suspend failures trip nothing for a while. [robustness §5 "Suspend"]
    void forgiveUntil(Nanos moment) { m_forgivenUntil = moment; }
    // An edited key or address starts anew.
    void forget(const ProviderId &provider);

    // Retries in the last minute stay below the share of first attempts. [robustness §5]
    bool isRetryBudgetLeft(const ProviderId &provider, const config::RoutingSettings &settings);
    void countFirst(const ProviderId &provider);
    void countRetry(const ProviderId &provider);

private:
    class Recheck;
    struct Budget;

    route::Moment moment() const { return {m_clock.now(), m_clock.wallMs()}; }
    void schedule(const route::GateKey &key);
    void recheck(const route::GateKey &key);
    void rechecked(const route::GateKey &key, std::optional<AttemptOutcome> failure);
    void changed();
    void note(const route::GateKey &key, const route::Gate &gate, GateState before);
    std::optional<http::Origin> originOf(const ProviderId &provider) const;

    Clock &m_clock;
    Random &m_random;
    http::Upstream &m_upstream;
    SetupPtr m_setup;
    route::GateTable m_gates;
    std::function<void()> m_changed;
    std::function<void(const EventView &)> m_tell;
    Nanos m_forgivenUntil{0};
    struct KeyHash {
        size_t operator()(const route::GateKey &key) const { return qHash(key); }
    };
    std::unordered_map<route::GateKey, std::unique_ptr<Recheck>, KeyHash> m_rechecks;
    std::unordered_map<QString, std::unique_ptr<Budget>> m_budgets;
};

} // namespace sb::gateway
