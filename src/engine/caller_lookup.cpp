#include "engine/caller_lookup.h"

namespace sb::engine {

namespace {
constexpr int kRest = 49; // times the look
constexpr Nanos kLongestRest = Seconds(5);

CallersFound findInProc(const QList<CallerAsk> &asks, const QList<qint64> &likely)
{
#ifdef Q_OS_LINUX
    return findCallers(asks, likely);
#else
    Q_UNUSED(asks)
    Q_UNUSED(likely)
    return {};
#endif
}
} // namespace

CallerLookup::CallerLookup(Clock &clock, Find find)
    : m_clock(clock)
    , m_find(find ? std::move(find) : Find(findInProc))
    , m_rest(clock)
{
    m_worker.setObjectName(QStringLiteral("sb-callers"));
    m_worker.setMaxThreadCount(1);
}

CallerLookup::~CallerLookup()
{
    m_worker.clear();
    m_worker.waitForDone(); // one look, which is short
}

void CallerLookup::setOn(bool isOn)
{
    if (std::exchange(m_isOn, isOn) == isOn)
        return;
    ++m_round;
    m_waiting.clear();
    m_known.clear();
    m_order.clear();
    m_likely.clear();
}

void CallerLookup::connected(const http::Peer &peer)
{
    if (!m_isOn || !peer.address.isLoopback() || m_waiting.size() >= kMostWaiting)
        return;
    m_waiting.append({peer.connection, peer.port, peer.localPort});
    if (m_isBusy)
        return;
    m_isBusy = true;
    // In the next turn, with whoever else connects in this one.
    m_rest.start(Nanos(0), [this] { begin(); });
}

const Caller *CallerLookup::of(quint64 connection) const
{
    const auto known = m_known.constFind(connection);
    return known != m_known.cend() ? &*known : nullptr;
}

void CallerLookup::begin()
{
    if (m_waiting.isEmpty()) {
        m_isBusy = false;
        return;
    }
    ++m_batches;
    m_worker.start([this, asks = std::exchange(m_waiting, {}), likely = m_likely, round = m_round] {
        const PlainClock clock;
        const Nanos began = clock.now();
        const CallersFound found = m_find(asks, likely);
        const Nanos took = clock.now() - began;
        QMetaObject::invokeMethod(
            this, [this, found, took, round] { take(found, took, round); }, Qt::QueuedConnection);
    });
}

void CallerLookup::take(const CallersFound &found, Nanos took, quint32 round)
{
    if (round == m_round) {
        for (const auto &[connection, caller] : found.callers) {
            m_known.insert(connection, caller);
            m_order.push_back(connection);
            m_likely.removeOne(caller.pid);
            m_likely.prepend(caller.pid);
        }
        while (m_order.size() > size_t(kMostKnown)) {
            m_known.remove(m_order.front());
            m_order.pop_front();
        }
        if (m_likely.size() > kMostLikely)
            m_likely.resize(kMostLikely);
        if (m_told && !found.callers.isEmpty())
            m_told();
    }
    m_rest.start(std::min(took * kRest, kLongestRest), [this] { begin(); });
}

} // namespace sb::engine
