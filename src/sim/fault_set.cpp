#include "sim/fault_set.h"

namespace sb::sim {

void FaultSet::set(const QList<Fault> &faults, Nanos now)
{
    m_since = now;
    m_entries.clear();
    for (const Fault &fault : faults) {
        Entry entry{fault, std::nullopt, 0};
        if (fault.seed != 0)
            entry.random.emplace(fault.seed);
        m_entries.push_back(std::move(entry));
    }
}

bool FaultSet::isOver(const Entry &entry, Nanos now) const
{
    return (entry.fault.lasts.count() > 0 && now - m_since >= entry.fault.lasts)
        || (entry.fault.times > 0 && entry.used >= entry.fault.times);
}

QList<Fault> FaultSet::inForce(Nanos now) const
{
    QList<Fault> list;
    for (const Entry &entry : m_entries) {
        if (!isOver(entry, now))
            list.append(entry.fault);
    }
    return list;
}

std::optional<Fault> FaultSet::pick(const FaultSubject &subject, Nanos now, Random &random)
{
    for (Entry &entry : m_entries) {
        const Fault &fault = entry.fault;
        if (isOver(entry, now)
            || (!fault.matchModel.isEmpty() && fault.matchModel.toUtf8() != subject.model)
            || (!fault.matchClient.isEmpty() && fault.matchClient.toUtf8() != subject.client)
            || (fault.matchStream && *fault.matchStream != subject.isStream)
            || (fault.name == "bad_tool_args" && !subject.hasTools))
            continue;
        Random &chance = entry.random ? static_cast<Random &>(*entry.random) : random;
        if (fault.share < 1 && chance.unit() >= fault.share)
            continue;
        ++entry.used;
        return fault;
    }
    return std::nullopt;
}

GateState FaultSet::gate(Nanos now) const
{
    for (const Entry &entry : m_entries) {
        if (isOver(entry, now))
            continue;
        if (entry.fault.name == "refuse")
            return GateState::Refusing;
        if (entry.fault.name == "black_hole")
            return GateState::Swallowing;
    }
    return GateState::Open;
}

Nanos FaultSet::nextChange(Nanos now) const
{
    Nanos next{-1};
    for (const Entry &entry : m_entries) {
        if (entry.fault.lasts.count() == 0 || isOver(entry, now))
            continue;
        const Nanos left = m_since + entry.fault.lasts - now;
        if (next.count() < 0 || left < next)
            next = left;
    }
    return next;
}

} // namespace sb::sim
