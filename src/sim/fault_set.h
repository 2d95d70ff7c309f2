// The faults in force: which one meets a request, and what the listener does meanwhile. A value
// that knows time only as an argument; owned by the simulator.
#pragma once

#include "sim/simulator.h"

#include <optional>
#include <vector>

namespace sb::sim {

// What of a request a fault may be matched on.
struct FaultSubject {
    QByteArrayView model;
    QByteArrayView client;
    bool isStream = false;
    bool hasTools = false;
};

enum class GateState : quint8 { Open, Refusing, Swallowing };

class FaultSet {
public:
    void set(const QList<Fault> &faults, Nanos now);
    QList<Fault> inForce(Nanos now) const;

    // The first fault that meets this request; it counts as used.
    std::optional<Fault> pick(const FaultSubject &subject, Nanos now, Random &random);
    GateState gate(Nanos now) const;
    // When gate() may change by itself; negative = never.
    Nanos nextChange(Nanos now) const;

private:
    struct Entry {
        Fault fault;
        std::optional<SeededRandom> random;
        int used = 0;
    };
    bool isOver(const Entry &entry, Nanos now) const;

    std::vector<Entry> m_entries;
    Nanos m_since{0};
};

} // namespace sb::sim
