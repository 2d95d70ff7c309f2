// What the engine publishes ten times a second at most: whole values, so a dropped frame costs
// nothing.
//
// Made on the engine thread, immutable afterwards, shared with any thread. The window draws frames
// and nothing else; it holds no other belief about the engine.
#pragma once

#include "record/exchange.h"

#include <memory>

namespace sb {

// A gate decides whether a target may be called. [style §4]
enum class GateState : quint8 { Serving, Tripped, Probing };
// What a gate guards: a key, a model of a key, or an endpoint (base URL).
enum class GateScope : quint8 { Key, Model, Endpoint };

struct GateView {
    GateScope scope = GateScope::Endpoint;
    ProviderId provider;
    KeyId key; // Key and Model
    QString model; // Model
    GateState state = GateState::Serving;
    AttemptOutcome cause = AttemptOutcome::Running; // of the last trip
    int status = 0; // HTTP status of the last trip, 0 = none
    int failuresInRow = 0;
    bool isHinted = false; // the provider named the time
    qint64 sinceWallMs = 0; // state entered
    qint64 untilWallMs = 0; // Tripped: next try
};

// Computed by the engine over five minutes. [console §3.1]
enum class ProviderState : quint8 { NoTraffic, Serving, Degraded, Tripped, Probing, Off };

enum class KeyState : quint8 { Unused, Ok, Rejected, Limited, Off, Missing };

// One key of a provider, as its last answers left it.
struct KeyView {
    KeyId id;
    KeyState state = KeyState::Unused;
    qint64 untilWallMs = 0; // Limited and Rejected: next try
    qint64 lastUsedWallMs = 0; // 0 = not since the start
    bool isDraining = false; // an older one that a rotation leaves in place

    friend bool operator==(const KeyView &, const KeyView &) = default;
};

struct ProviderView {
    ProviderId id;
    QString label;
    bool isSimulated = false;
    bool isLocal = false;
    ProviderState state = ProviderState::NoTraffic;
    AttemptOutcome cause = AttemptOutcome::Running; // Tripped and Probing: of the trip
    int causeStatus = 0;
    qint64 untilWallMs = 0;
    qint64 sinceWallMs = 0;
    int attempts5m = 0;
    int failures5m = 0;
    Micros p50FirstContent = kNever; // over 5 min, Serving attempts
    Micros p50Duration = kNever;
    double tokensPerSecond = 0; // median over 5 min
    int inFlight = 0;
    qint64 lastUsedWallMs = 0; // 0 = not since the start
    QList<KeyView> keys; // configuration order
};

enum class ChainState : quint8 { Idle, OnFirstTarget, FailedOver, Failing, Held };

struct ChainTargetView {
    ProviderId provider;
    QString model;
    bool isSkipped = false; // needs translation, off or without a key: never called as things are
    SkipReason reason = SkipReason::None;
    int perMinute = 0;
};

struct ChainView {
    ChainId id;
    ChainState state = ChainState::Idle;
    QList<ChainTargetView> targets;
    int perMinute = 0;
    int lastServedRank = 0; // 0 = nobody yet
    int heldRank = 0; // 0 = not held; else only this target is called
    qint64 heldUntilWallMs = 0; // 0 = until released
};

struct ClientView {
    ClientId id;
    QString label;
    int perMinute = 0;
    qint64 lastSeenWallMs = 0; // 0 = never
    QList<ChainId> chains; // used in the last 5 minutes
    QList<std::pair<ChainId, int>> chainsPerMinute;
    QString program; // of the last caller, where known
};

struct TotalsView {
    int perMinute = 0;
    int inFlight = 0;
    Micros p50Duration = kNever; // 5 min
    Micros p50FirstContent = kNever;
    double errorShare = -1; // 5 min, 0…1; negative = nothing yet
    Money today; // local day, without simulated providers
    Money uncertainToday;
    int unpricedToday = 0;
    quint64 exchanges = 0; // since start
    quint64 historyDropped = 0; // rows given up under pressure
};

// One second of one provider: the two small charts of the board.
struct SecondView {
    qint64 wallMs = 0;
    ProviderId provider;
    Micros firstContent = kNever; // median of the second
    double tokensPerSecond = -1;
};

// A fault put in on purpose, ended by the engine when its time is over. [contract §5]
struct DrillView {
    quint32 id = 0; // counts up from the start
    QByteArray fault; // its name in the fault language, "status"
    int status = 0; // fault "status"
    ProviderId provider; // whose answers it replaces
    ClientId client; // only this client's requests; empty: everyone's (simulated providers only)
    int sharePercent = 100;
    qint64 sinceWallMs = 0;
    qint64 untilWallMs = 0;
    int hits = 0;
};

// Bodies are recorded until then; off until asked for. [robustness §8]
struct RecordingView {
    qint64 untilWallMs = 0; // 0 = off
    quint64 kept = 0; // exchanges, since the engine's start
    quint64 givenUp = 0; // whose bodies were dropped under pressure or for want of room

    friend bool operator==(const RecordingView &, const RecordingView &) = default;
};

// A cap and what counts against it in the running period.
struct BudgetView {
    QString id;
    QString scope; // "all", "client:ID"
    QString window; // "day"
    Money cap;
    Money spent; // settled, what is uncertain included
    Money reserved; // held for requests that run
    int warnPercent = 80;
    bool isWarned = false;
    bool isReached = false; // the next request is refused
    int refused = 0; // in this period
    qint64 fromWallMs = 0;
    qint64 resetsAtWallMs = 0;
};

// Something that happened once: a mark in the charts and a line in the log of events.
enum class EventKind : quint8 {
    Tripped,
    Recovered,
    ConfigApplied,
    DrillStarted,
    DrillEnded,
    BudgetWarned,
    BudgetReached,
    Held,
    Released,
    SwitchedOff,
    SwitchedOn,
    MovedOn,
    KeyRejected,
    Paused,
    Resumed,
};

struct EventView {
    qint64 wallMs = 0;
    EventKind kind = EventKind::Tripped;
    ProviderId provider;
    ChainId chain;
    ClientId client;
    AttemptOutcome cause = AttemptOutcome::Running; // Tripped, KeyRejected
    int status = 0;
    quint32 revision = 0; // ConfigApplied
    QString subject; // budget id, fault name, exchange id
    qint64 untilWallMs = 0;
};

enum class EngineState : quint8 { Starting, Running, Draining, Stopped, Failed, Paused };

struct Notice {
    enum class Kind : quint8 {
        ConfigRefused,
        DiskFull,
        HistoryDamaged,
        ClockJumped,
        TlsProblem,
        Redirected,
        KeyRejected,
        KeychainFailing
    };
    Kind kind = Kind::ConfigRefused;
    QString subject; // provider id, JSON path, file name
    QString detail;
    qint64 sinceWallMs = 0;
};

struct Frame {
    quint64 number = 0;
    qint64 wallMs = 0;
    EngineState state = EngineState::Starting;
    quint32 revision = 0;
    QList<QString> addresses; // "http://127.0.0.1:7317"
    QList<ProviderView> providers; // configuration order
    QList<ChainView> chains;
    QList<ClientView> clients;
    QList<GateView> gates; // those that are not Serving
    TotalsView totals;
    QList<SecondView> seconds; // finished since the last frame
    QList<DrillView> drills; // running ones
    RecordingView recording;
    QList<BudgetView> budgets;
    QList<EventView> events; // since the last frame, oldest first
    QList<Notice> notices;
    QList<std::shared_ptr<const Exchange>> changed; // oldest first; live ones carry their phase
};

using FramePtr = std::shared_ptr<const Frame>;

} // namespace sb
