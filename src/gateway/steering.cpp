#include "gateway/steering.h"

namespace sb::gateway {

Steering::Steering(Clock &clock, Random &random, std::function<void(EventView)> tell)
    : m_clock(clock)
    , m_random(random)
    , m_tell(std::move(tell))
    , m_timer(clock)
{
}

Steering::~Steering() = default;

void Steering::setConfig(const config::SnapshotPtr &config)
{
    for (const ChainId &id : m_holds.keys()) {
        const config::ChainSettings *chain = config->chain(id);
        if (!chain || chain->targets.size() < m_holds.value(id).rank)
            release(id);
    }
    for (auto entry = m_drills.begin(); entry != m_drills.end();) {
        const Drill &drill = entry->second.drill;
        if (config->provider(drill.provider)
            && (drill.client.isEmpty() || config->client(drill.client))) {
            ++entry;
            continue;
        }
        const Running gone = std::move(entry->second);
        entry = m_drills.erase(entry);
        ended(gone);
    }
}

// ---- holds

void Steering::hold(const ChainId &chain, int rank, Nanos length)
{
    Hold hold;
    hold.rank = rank;
    if (length > Nanos(0)) {
        hold.until = m_clock.now() + length;
        hold.untilWallMs = m_clock.wallMs() + length / Millis(1);
    }
    m_holds.insert(chain, hold);
    watch();
    EventView event;
    event.kind = EventKind::Held;
    event.chain = chain;
    event.subject = QString::number(rank);
    event.untilWallMs = hold.untilWallMs;
    m_tell(event);
}

bool Steering::release(const ChainId &chain)
{
    if (!m_holds.remove(chain))
        return false;
    EventView event;
    event.kind = EventKind::Released;
    event.chain = chain;
    m_tell(event);
    return true;
}

// ---- drills

quint32 Steering::startDrill(const Drill &drill)
{
    DrillView view;
    view.id = ++m_lastDrill;
    view.fault = drill.fault;
    view.status = drill.status;
    view.provider = drill.provider;
    view.client = drill.client;
    view.sharePercent = drill.sharePercent;
    view.sinceWallMs = m_clock.wallMs();
    view.untilWallMs = view.sinceWallMs + drill.length / Millis(1);
    m_drills.emplace(view.id,
                     Running{drill, view,
                             SeededRandom(drill.seed != 0 ? drill.seed : m_random.next()),
                             m_clock.now() + drill.length});
    watch();
    EventView event;
    event.kind = EventKind::DrillStarted;
    event.provider = drill.provider;
    event.client = drill.client;
    event.status = drill.status;
    event.subject = QString::fromLatin1(drill.fault);
    event.untilWallMs = view.untilWallMs;
    m_tell(event);
    return view.id;
}

bool Steering::endDrill(quint32 id)
{
    const auto entry = m_drills.find(id);
    if (entry == m_drills.end())
        return false;
    const Running gone = std::move(entry->second);
    m_drills.erase(entry);
    ended(gone);
    return true;
}

void Steering::clearDrills()
{
    while (!m_drills.empty())
        endDrill(m_drills.begin()->first);
}

void Steering::ended(const Running &running)
{
    EventView event;
    event.kind = EventKind::DrillEnded;
    event.provider = running.drill.provider;
    event.client = running.drill.client;
    event.status = running.drill.status;
    event.subject = QString::fromLatin1(running.drill.fault);
    m_tell(event);
}

const Drill *Steering::draw(const TargetRef &target, const ClientId &client, bool isStream)
{
    for (auto &[id, running] : m_drills) {
        const Drill &drill = running.drill;
        if (drill.provider != target.provider || (!drill.client.isEmpty() && drill.client != client)
            || (!drill.model.isEmpty() && drill.model != target.model)
            || (drill.isStream && *drill.isStream != isStream)
            || (drill.times > 0 && running.view.hits >= drill.times)
            || m_clock.now() >= running.until)
            continue;
        if (drill.sharePercent < 100 && int(running.chance.below(100)) >= drill.sharePercent)
            continue;
        ++running.view.hits;
        return &drill;
    }
    return nullptr;
}

// ---- pause, time, frames

void Steering::setPaused(bool isPaused)
{
    if (std::exchange(m_isPaused, isPaused) == isPaused)
        return;
    EventView event;
    event.kind = isPaused ? EventKind::Paused : EventKind::Resumed;
    m_tell(event);
}

// One timer for whatever ends first.
void Steering::watch()
{
    Nanos next{0};
    const auto consider = [&next](Nanos until) {
        if (until > Nanos(0) && (next == Nanos(0) || until < next))
            next = until;
    };
    for (const Hold &hold : std::as_const(m_holds))
        consider(hold.until);
    for (const auto &[id, running] : m_drills)
        consider(running.until);
    if (next > Nanos(0))
        m_timer.start(std::max(Nanos(0), next - m_clock.now()), [this] { expire(); });
    else
        m_timer.stop();
}

void Steering::expire()
{
    const Nanos now = m_clock.now();
    for (const ChainId &chain : m_holds.keys()) {
        const Nanos until = m_holds.value(chain).until;
        if (until > Nanos(0) && until <= now)
            release(chain);
    }
    QList<quint32> over;
    for (const auto &[id, running] : m_drills) {
        if (running.until <= now)
            over.append(id);
    }
    for (const quint32 id : std::as_const(over))
        endDrill(id);
    watch();
}

void Steering::fill(Frame &frame) const
{
    for (const auto &[id, running] : m_drills)
        frame.drills.append(running.view);
    if (m_holds.isEmpty())
        return;
    for (ChainView &chain : frame.chains) {
        const auto hold = m_holds.constFind(chain.id);
        if (hold == m_holds.cend())
            continue;
        chain.state = ChainState::Held;
        chain.heldRank = hold->rank;
        chain.heldUntilWallMs = hold->untilWallMs;
    }
}

} // namespace sb::gateway
