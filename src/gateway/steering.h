// What a person holds over running traffic: chains held on one target, drills, a pause.
//
// Engine thread; owned by the gateway. In memory only and ended by the engine's clock, so nothing
// of it outlives the process. While nothing is held, each question costs one look at an empty list.
#pragma once

#include "base/random.h"
#include "config/settings.h"
#include "record/frame.h"

#include <functional>
#include <map>

namespace sb::gateway {

// A fault on purpose: whom it meets, and how it shows. `fault` is a name of the fault language.
struct Drill {
    ProviderId provider;
    ClientId client; // empty: everyone's requests
    QByteArray fault;
    int status = 0;
    int afterEvents = 0;
    int retryAfterSeconds = -1;
    Millis delay{0}; // 0 = the fault's own default
    int times = 0; // 0 = no limit
    QString model; // of the target; empty = any
    std::optional<bool> isStream;
    int sharePercent = 100;
    quint64 seed = 0;
    Nanos length = Seconds(120);
    // The fault as a simulated provider reads it, which then plays it itself; empty: it is played
    // on our side of the wire.
    QByteArray simulatorText;

    // What was broken for everyone trips the gate like any failure; one client's drill must not
    // change what the others get.
    bool feedsGates() const { return client.isEmpty(); }
};

class Steering {
public:
    Steering(Clock &clock, Random &random, std::function<void(EventView)> tell);
    ~Steering();

    // What is no longer configured is no longer held or broken.
    void setConfig(const config::SnapshotPtr &config);

    // 0 = free.
    int heldRank(const ChainId &chain) const
    {
        return m_holds.isEmpty() ? 0 : m_holds.value(chain).rank;
    }
    void hold(const ChainId &chain, int rank, Nanos length); // 0 = until released
    bool release(const ChainId &chain); // false: it was not held

    quint32 startDrill(const Drill &drill);
    bool endDrill(quint32 id);
    void clearDrills();
    // The drill that meets this attempt, which counts as its hit; null where none does. Valid
    // until the next call.
    const Drill *meet(const TargetRef &target, const ClientId &client, bool isStream)
    {
        return m_drills.empty() ? nullptr : draw(target, client, isStream);
    }

    bool isPaused() const { return m_isPaused; }
    void setPaused(bool isPaused);

    void fill(Frame &frame) const; // holds and drills

private:
    struct Hold {
        int rank = 0;
        Nanos until{0}; // 0 = until released
        qint64 untilWallMs = 0;
    };
    struct Running {
        Drill drill;
        DrillView view;
        SeededRandom chance;
        Nanos until;
    };

    const Drill *draw(const TargetRef &target, const ClientId &client, bool isStream);
    void ended(const Running &running);
    void watch();
    void expire();

    Clock &m_clock;
    Random &m_random;
    std::function<void(EventView)> m_tell;
    Timer m_timer;
    QHash<ChainId, Hold> m_holds;
    std::map<quint32, Running> m_drills; // in the order started
    quint32 m_lastDrill = 0;
    bool m_isPaused = false;
};

} // namespace sb::gateway
