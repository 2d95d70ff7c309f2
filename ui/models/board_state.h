// What the board draws, reduced from the engine's frames: plates, routes, trains and failure marks.
//
// A value, GUI thread. It keeps only what a frame says plus two memories a drawing needs: which
// chains a client has used (so that a quiet route stays visible, dotted) and attempts that failed
// in the last six seconds. Times are wall milliseconds of the engine. Plates and routes compare
// with ==, so that nothing is painted again when nothing changed. [console §1, §3.1]
#pragma once

#include "record/frame.h"

#include <QHash>
#include <QList>
#include <QString>

namespace sb::models {

// What a lamp shows; shape and colour are the painter's. [console §5]
enum class Light : quint8 { NoTraffic, Serving, Caution, Danger, Probing, Off, Drill };

struct ClientPlate {
    ClientId id;
    QString label;
    int perMinute = 0;
    qint64 lastSeenWallMs = 0; // 0 = never
    QString program; // of the last caller, where known
    Light light = Light::NoTraffic;
    friend bool operator==(const ClientPlate &, const ClientPlate &) = default;
};

// What a draft of the chains does to a row.
enum class DraftMark : quint8 { None, Added, Moved, Removed };

struct TargetRow {
    ProviderId providerId;
    QString providerLabel;
    int provider = -1; // index of its plate, -1 = not configured any more
    QString model;
    bool isSkipped = false; // never called as things are; no track
    SkipReason reason = SkipReason::None;
    int perMinute = 0;
    int rank = 0; // in the running chain, 1 = first; 0 = only in the draft
    DraftMark mark = DraftMark::None;
    friend bool operator==(const TargetRow &, const TargetRow &) = default;
};

struct ChainPlate {
    ChainId id;
    QString label;
    bool isDirect = false; // stands for requests that name their targets themselves
    ChainState state = ChainState::Idle;
    Light light = Light::NoTraffic;
    QList<TargetRow> targets;
    int perMinute = 0;
    int lastServedRank = 0; // 0 = nobody yet
    int heldRank = 0; // 0 = not held
    qint64 heldUntilWallMs = 0; // 0 = until released
    friend bool operator==(const ChainPlate &, const ChainPlate &) = default;
};

struct ProviderPlate {
    ProviderId id;
    QString label;
    bool isSimulated = false;
    ProviderState state = ProviderState::NoTraffic;
    Light light = Light::NoTraffic;
    AttemptOutcome cause = AttemptOutcome::Running;
    int causeStatus = 0;
    qint64 untilWallMs = 0;
    qint64 sinceWallMs = 0;
    int attempts5m = 0;
    int failures5m = 0;
    Micros p50FirstContent = kNever;
    Micros p50Duration = kNever;
    double tokensPerSecond = 0;
    int inFlight = 0;
    int drills = 0; // running ones at it
    qint64 drillUntilWallMs = 0; // when the last of them ends
    ClientId drillClient; // of the only drill, empty = everyone's
    friend bool operator==(const ProviderPlate &, const ProviderPlate &) = default;
    // The same facts in the engine's type, for ui/words.
    ProviderView view() const;
};

enum class RouteState : quint8 {
    None, // no track: off, without a key, or needs a translation we do not have
    Idle,
    Live,
    Caution, // live after a failover or diversion
    Tripped, // ends before the plate
    Draft, // not there yet: a draft adds it
};

struct ClientRoute {
    int client = 0;
    int chain = 0;
    RouteState state = RouteState::Idle;
    int perMinute = 0;
    friend bool operator==(const ClientRoute &, const ClientRoute &) = default;
};

struct TargetRoute {
    int chain = 0;
    int row = 0;
    int provider = 0;
    RouteState state = RouteState::Idle;
    int perMinute = 0;
    friend bool operator==(const TargetRoute &, const TargetRoute &) = default;
};

// Where a request is. Leaving: settled, about to fade.
enum class TrainPlace : quint8 { Inbound, Platform, Streaming, Leaving };

struct Train {
    ExchangeId id;
    int client = -1;
    int chain = -1;
    int row = -1; // target of the present attempt, -1 = none yet
    TrainPlace place = TrainPlace::Inbound;
    bool isDetoured = false; // failed over or diverted
    bool isFailed = false; // Leaving without an answer
    bool isDrill = false; // a drill's fault met one of its attempts
    bool isMovable = false; // an attempt runs and nothing of an answer came: Move on now
    int rank = 0; // of the target in the chain, 1 = first
    qint64 promptTokens = 0;
    qint64 acceptedWallMs = 0;
    qint64 waitingSinceWallMs = 0; // start of the present attempt
    double tokensPerSecond = 0; // 0 = not known yet
    friend bool operator==(const Train &, const Train &) = default;
};

// An attempt that failed: a square on its track for six seconds.
struct FailMark {
    ExchangeId id;
    int ordinal = 0;
    int chain = 0;
    int row = 0;
    AttemptOutcome outcome = AttemptOutcome::Running;
    int status = 0;
    bool isDrill = false;
    qint64 untilWallMs = 0;
    friend bool operator==(const FailMark &, const FailMark &) = default;
};

// One line of the problems strip, worst first.
struct Problem {
    enum class Kind : quint8 { Engine, Paused, Provider, Chain, Notice, Budget, Drill };
    Kind kind = Kind::Provider;
    Light light = Light::Danger;
    int index = -1; // of the provider or chain plate
    QString subject; // provider, chain, notice subject or budget id
    Notice notice; // Kind::Notice
    BudgetView budget; // Kind::Budget
    DrillView drill; // Kind::Drill: the one that ends last
    int drills = 0; // Kind::Drill: how many run
};

// A chain as a draft has it: its rows in the draft's order, removed ones behind.
struct DraftRow {
    ProviderId provider;
    QString model;
    int rank = 0; // in the running chain; 0 = added
    bool isRemoved = false;
    friend bool operator==(const DraftRow &, const DraftRow &) = default;
};
using DraftRows = QHash<ChainId, QList<DraftRow>>; // changed chains only

class BoardState {
public:
    static constexpr qint64 kMarkMs = 6'000;
    static constexpr qint64 kLeavingMs = 1'000; // settled requests stay this long for the drawing
    static constexpr int kMaxLive = 1'024; // live requests followed; more are only counted

    void take(const Frame &frame);
    // From the next frame on.
    void setDraft(const DraftRows &draft) { m_draft = draft; }

    const QList<ClientPlate> &clients() const { return m_clients; }
    const QList<ChainPlate> &chains() const { return m_chains; }
    const QList<ProviderPlate> &providers() const { return m_providers; }
    const QList<ClientRoute> &clientRoutes() const { return m_clientRoutes; }
    const QList<TargetRoute> &targetRoutes() const { return m_targetRoutes; }
    const QList<Train> &trains() const { return m_trains; } // oldest first
    const QList<FailMark> &marks() const { return m_marks; }
    const QList<Problem> &problems() const { return m_problems; }
    const QList<DrillView> &drills() const { return m_drills; }
    EngineState engine() const { return m_engine; }
    qint64 wallMs() const { return m_wallMs; }
    quint32 revision() const { return m_revision; }
    // No provider is configured: the page says what will be here.
    bool isEmpty() const { return m_providers.isEmpty(); }
    // Something on the plates changes by itself: a countdown or an idle time.
    bool isCounting() const;

private:
    struct Live {
        std::shared_ptr<const Exchange> exchange;
        qint64 seenWallMs = 0;
    };
    void takeProviders(const Frame &frame);
    void takeChains(const Frame &frame);
    void takeClients(const Frame &frame);
    void takeExchanges(const Frame &frame);
    void applyDraft(ChainPlate &plate) const;
    void rememberDirect(const Exchange &exchange);
    void makeRoutes(const Frame &frame);
    void makeTrains();
    void makeProblems(const Frame &frame);
    int chainOf(const Exchange &exchange) const;
    int rowOf(int chain, const TargetRef &target, int rank) const;

    qint64 m_wallMs = 0;
    quint32 m_revision = 0;
    EngineState m_engine = EngineState::Starting;
    QList<ClientPlate> m_clients;
    QList<ChainPlate> m_chains;
    QList<ProviderPlate> m_providers;
    QList<ClientRoute> m_clientRoutes;
    QList<TargetRoute> m_targetRoutes;
    QList<Train> m_trains;
    QList<FailMark> m_marks;
    QList<Problem> m_problems;
    QList<DrillView> m_drills;
    DraftRows m_draft;
    QHash<ExchangeId, Live> m_live;
    QHash<ClientId, QList<ChainId>> m_used; // since the configuration changed; empty id = direct
    QList<std::pair<ProviderId, QString>> m_direct; // targets named by requests themselves
};

Light light(ProviderState state);
Light light(ChainState state);

} // namespace sb::models
