// Gates: whether a key, a model of a key, or an endpoint is left alone for a while.
//
// A Gate is a value; what happens to it is a pure function of its state, the event, time and
// chance. Serving → (5 hard failures in a row, half of ≥ 10 in a minute, or a hint) → Tripped →
// (time is up) → Probing: one live request at a time decides. [robustness §5]
#pragma once

#include "base/hash.h"
#include "base/random.h"
#include "config/settings.h"
#include "route/outcome_rules.h"

#include <QHash>

#include <array>

namespace sb::route {

struct GateKey {
    GateScope scope = GateScope::Endpoint;
    ProviderId provider;
    KeyId key; // Key and Model
    QString model; // Model
    friend bool operator==(const GateKey &, const GateKey &) = default;
    friend size_t qHash(const GateKey &k, size_t seed = 0)
    {
        return hashAll(seed, int(k.scope), k.provider, k.key, k.model);
    }
};

struct Gate {
    GateState state = GateState::Serving;
    AttemptOutcome cause = AttemptOutcome::Running;
    int status = 0;
    int failuresInRow = 0;
    int trips = 0; // n of the growing time
    bool isHinted = false;
    bool isProbeInFlight = false;
    bool isForever = false; // until the key is edited
    Nanos until{0}; // Tripped: next try, monotonic
    Nanos goodSince{0}; // end of the last trip; trips are forgotten ten good minutes later
    qint64 sinceWallMs = 0;
    qint64 untilWallMs = 0;

    // The ratio window: ten buckets of six seconds, counted in half failures.
    struct Bucket {
        qint64 index = -1;
        int results = 0;
        int halfFailures = 0;
    };
    std::array<Bucket, 10> window;
};

using GateTable = QHash<GateKey, Gate>;

struct Moment {
    Nanos now{0};
    qint64 wallMs = 0;
};

struct Verdict {
    AttemptOutcome outcome = AttemptOutcome::Served;
    int status = 0;
    Millis hint{-1};
    bool isProbe = true; // of this gate; what began before the trip decides no probe
};

// In order of strictness.
enum class Admission : quint8 { Yes, AsProbe, ProbeInFlight, Tripped };

// May a request pass now. A tripped gate whose time is up lets one through as its probe.
Admission admission(const Gate &gate, Nanos now);
void beginProbe(Gate &gate, Moment at);
// The probe ended without saying anything about the target (client left, bad request).
void abandonProbe(Gate &gate);
// The user ends the wait: the next request is its probe. False when there is no wait to end.
bool endWait(Gate &gate, Moment at);
// An attempt ended. True when state or time changed.
bool report(Gate &gate, const Verdict &verdict, Moment at, const config::RoutingSettings &settings,
            Random &random);

// Where a fresh connection alone tells whether the cause is gone, the gate is tried again by a
// background connection first, so that no request waits for a black hole.
bool isConnectCause(AttemptOutcome cause);
void connectSucceeded(Gate &gate, Moment at);
void connectFailed(Gate &gate, const Verdict &verdict, Moment at,
                   const config::RoutingSettings &settings, Random &random);

} // namespace sb::route
