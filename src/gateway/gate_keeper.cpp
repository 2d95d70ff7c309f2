#include "gateway/gate_keeper.h"

#include "provider/failure.h"

namespace sb::gateway {

namespace {
constexpr Nanos kProbeWarm = Seconds(60); // a request is expected soon
}

// A connection to one endpoint, opened to see whether it can be; nothing is sent on it.
class GateKeeper::Recheck final : public http::UpstreamListener {
public:
    Recheck(GateKeeper &keeper, const route::GateKey &key)
        : m_keeper(keeper)
        , m_key(key)
        , m_timer(keeper.m_clock)
    {
    }

    void startIn(Nanos delay)
    {
        m_timer.start(delay, [this] { m_keeper.recheck(m_key); });
    }

    void connect(const http::Origin &origin, Nanos timeout)
    {
        http::UpstreamRequest request;
        request.origin = origin;
        request.connectTimeout = timeout;
        request.isReuseAllowed = false;
        m_call = m_keeper.m_upstream.start(std::move(request), *this);
    }

    void upstreamConnected(const http::ConnectInfo &) override
    {
        m_keeper.rechecked(m_key, std::nullopt); // destroys this
    }
    void upstreamHead(const http::ReplyHead &) override { }
    void upstreamBody(QByteArrayView) override { }
    void upstreamEnd(bool) override { }
    void upstreamFailed(const http::UpstreamFailure &failure) override
    {
        m_keeper.rechecked(m_key, provider::readFailure(failure).outcome); // destroys this
    }

private:
    GateKeeper &m_keeper;
    route::GateKey m_key;
    Timer m_timer;
    std::unique_ptr<http::UpstreamCall> m_call;
};

struct GateKeeper::Budget {
    struct Bucket {
        qint64 index = -1;
        int first = 0;
        int retries = 0;
    };
    std::array<Bucket, 10> buckets; // six seconds each

    Bucket &at(Nanos now)
    {
        const qint64 index = now / Nanos(Seconds(6));
        Bucket &bucket = buckets[size_t(index % 10)];
        if (bucket.index != index)
            bucket = Bucket{index, 0, 0};
        return bucket;
    }
};

GateKeeper::GateKeeper(Clock &clock, Random &random, http::Upstream &upstream)
    : m_clock(clock)
    , m_random(random)
    , m_upstream(upstream)
{
}

GateKeeper::~GateKeeper() = default;

void GateKeeper::setSetup(const SetupPtr &setup)
{
    // Gates of what is no longer configured go; a key edited or switched off starts anew.
    m_setup = setup;
    m_gates.removeIf([&](const route::GateTable::iterator &entry) {
        return !setup->config->provider(entry.key().provider);
    });
    std::erase_if(m_rechecks, [&](const auto &entry) { return !m_gates.contains(entry.first); });
    changed();
}

QList<GateView> GateKeeper::views() const
{
    QList<GateView> views;
    for (auto it = m_gates.cbegin(); it != m_gates.cend(); ++it) {
        const route::Gate &gate = *it;
        if (gate.state == GateState::Serving)
            continue;
        views.append({it.key().scope, it.key().provider, it.key().key, it.key().model, gate.state,
                      gate.cause, gate.status, gate.failuresInRow, gate.isHinted, gate.sinceWallMs,
                      gate.untilWallMs});
    }
    return views;
}

QList<SavedGate> GateKeeper::saved() const
{
    QList<SavedGate> saved;
    for (const GateView &view : views()) {
        const route::GateKey key{view.scope, view.provider, view.key, view.model};
        saved.append({view, m_gates.value(key).trips});
    }
    return saved;
}

void GateKeeper::restore(const QList<SavedGate> &gates)
{
    const route::Moment now = moment();
    for (const SavedGate &saved : gates) {
        const GateView &view = saved.view;
        const route::GateKey key{view.scope, view.provider, view.key, view.model};
        route::Gate gate;
        gate.state = GateState::Tripped; // a probe that was out is lost with its process
        gate.cause = view.cause;
        gate.status = view.status;
        gate.failuresInRow = view.failuresInRow;
        gate.isHinted = view.isHinted;
        gate.trips = saved.trips;
        gate.sinceWallMs = view.sinceWallMs;
        gate.untilWallMs = view.untilWallMs;
        gate.isForever = view.cause == AttemptOutcome::KeyRejected;
        const qint64 leftMs = std::clamp<qint64>(view.untilWallMs - now.wallMs, 0, 900'000);
        gate.until = now.now + Millis(leftMs);
        m_gates.insert(key, gate);
        schedule(key);
    }
}

bool GateKeeper::begin(const TargetRef &target)
{
    if (m_gates.isEmpty()) // as long as nothing has failed
        return false;
    bool isProbe = false;
    for (const route::GateKey &key : route::gatesOf(target)) {
        const auto gate = m_gates.find(key);
        if (gate == m_gates.end() || gate->state == GateState::Serving)
            continue;
        route::beginProbe(*gate, moment());
        isProbe = true;
    }
    if (isProbe)
        changed();
    return isProbe;
}

void GateKeeper::ended(const TargetRef &target, const route::Verdict &verdict)
{
    const route::OutcomeRule &rule = route::ruleFor(verdict.outcome);
    // A good end makes no gate.
    if (m_gates.isEmpty() && rule.weight == route::Weight::Good)
        return;
    const bool isForgiven = m_clock.now() < m_forgivenUntil && rule.weight != route::Weight::Good;
    bool isChanged = false;
    for (const route::GateKey &key : route::gatesOf(target)) {
        const bool isConcerned = rule.weight == route::Weight::Good || rule.scope == key.scope;
        auto gate = m_gates.find(key);
        if (gate == m_gates.end()) {
            if (!isConcerned || isForgiven || rule.weight == route::Weight::None
                || rule.weight == route::Weight::Good)
                continue;
            gate = m_gates.insert(key, route::Gate{});
        }
        const bool wasProbe = gate->isProbeInFlight && verdict.isProbe;
        const GateState before = gate->state;
        if (isConcerned && !isForgiven) {
            isChanged
                |= route::report(*gate, verdict, moment(), m_setup->config->routing, m_random);
            note(key, *gate, before);
            if (gate->state == GateState::Tripped)
                schedule(key);
        } else if (wasProbe) {
            // Another gate is to blame: this one answered as far as it goes.
            const bool isReached = key.scope == GateScope::Endpoint
                && !route::isConnectCause(verdict.outcome)
                && verdict.outcome != AttemptOutcome::ClientLeft
                && verdict.outcome != AttemptOutcome::DeadlinePassed
                && verdict.outcome != AttemptOutcome::Stopped
                && verdict.outcome != AttemptOutcome::MovedOn;
            if (isReached) {
                route::report(*gate, {AttemptOutcome::Served, 0, Millis(-1)}, moment(),
                              m_setup->config->routing, m_random);
                note(key, *gate, before);
                isChanged = true;
            } else {
                route::abandonProbe(*gate);
            }
        }
    }
    if (isChanged)
        changed();
}

bool GateKeeper::probeNow(const ProviderId &provider)
{
    bool isAny = false;
    for (auto gate = m_gates.begin(); gate != m_gates.end(); ++gate) {
        if (gate.key().provider != provider || !route::endWait(*gate, moment()))
            continue;
        isAny = true;
        if (gate.key().scope == GateScope::Endpoint && route::isConnectCause(gate->cause)) {
            // Nobody may have to wait for a black hole: where this fails first, it is said at once.
            auto &recheck = m_rechecks[gate.key()];
            recheck = std::make_unique<Recheck>(*this, gate.key());
            recheck->startIn(Nanos(0));
        } else if (const auto origin = originOf(provider)) {
            m_upstream.warm(*origin, kProbeWarm);
        }
    }
    if (isAny)
        changed();
    return isAny;
}

void GateKeeper::forget(const ProviderId &provider)
{
    m_gates.removeIf(
        [&](const route::GateTable::iterator &entry) { return entry.key().provider == provider; });
    std::erase_if(m_rechecks, [&](const auto &entry) { return entry.first.provider == provider; });
    changed();
}

bool GateKeeper::isRetryBudgetLeft(const ProviderId &provider,
                                   const config::RoutingSettings &settings)
{
    auto &budget = m_budgets[provider.text()];
    if (!budget)
        budget = std::make_unique<Budget>();
    const qint64 newest = m_clock.now() / Nanos(Seconds(6));
    int first = 0;
    int retries = 0;
    for (const Budget::Bucket &bucket : budget->buckets) {
        if (bucket.index > newest - 10) {
            first += bucket.first;
            retries += bucket.retries;
        }
    }
    return retries
        < std::max(settings.retryBudgetMinimum, first * settings.retryBudgetPercent / 100);
}

void GateKeeper::countFirst(const ProviderId &provider)
{
    auto &budget = m_budgets[provider.text()];
    if (!budget)
        budget = std::make_unique<Budget>();
    ++budget->at(m_clock.now()).first;
}

void GateKeeper::countRetry(const ProviderId &provider)
{
    auto &budget = m_budgets[provider.text()];
    if (!budget)
        budget = std::make_unique<Budget>();
    ++budget->at(m_clock.now()).retries;
}

void GateKeeper::schedule(const route::GateKey &key)
{
    const route::Gate &gate = m_gates[key];
    // A gate that a request probes meanwhile needs no connection beside it.
    if (gate.state != GateState::Tripped || key.scope != GateScope::Endpoint || gate.isForever
        || !route::isConnectCause(gate.cause))
        return;
    auto &recheck = m_rechecks[key];
    recheck = std::make_unique<Recheck>(*this, key);
    recheck->startIn(std::max(Nanos(0), gate.until - m_clock.now()));
}

void GateKeeper::recheck(const route::GateKey &key)
{
    const auto entry = m_rechecks.find(key);
    const auto origin = originOf(key.provider);
    if (entry != m_rechecks.end() && origin)
        entry->second->connect(*origin, m_setup->config->provider(key.provider)->timeouts.connect);
}

std::optional<http::Origin> GateKeeper::originOf(const ProviderId &id) const
{
    const config::ProviderSettings *provider = m_setup->config->provider(id);
    if (!provider || provider->baseUrls.isEmpty())
        return std::nullopt;
    const auto base = m_setup->bases.constFind({id, provider->baseUrls.constBegin().key()});
    return base == m_setup->bases.cend() ? std::nullopt : std::optional(base->origin);
}

// A probe that fails prolongs the trip; only its beginning and its end are told.
void GateKeeper::note(const route::GateKey &key, const route::Gate &gate, GateState before)
{
    const bool isTrip = before == GateState::Serving && gate.state == GateState::Tripped;
    const bool isEnd = before != GateState::Serving && gate.state == GateState::Serving;
    if (!m_tell || (!isTrip && !isEnd))
        return;
    EventView event;
    event.kind = isEnd                              ? EventKind::Recovered
        : gate.cause == AttemptOutcome::KeyRejected ? EventKind::KeyRejected
                                                    : EventKind::Tripped;
    event.provider = key.provider;
    event.cause = gate.cause;
    event.status = gate.status;
    event.untilWallMs = isTrip ? gate.untilWallMs : 0;
    event.subject = key.scope == GateScope::Model ? key.model
        : key.scope == GateScope::Key             ? key.key.text()
                                                  : QString();
    m_tell(event);
}

void GateKeeper::rechecked(const route::GateKey &key, std::optional<AttemptOutcome> failure)
{
    const auto gate = m_gates.find(key);
    const auto own
        = m_rechecks.extract(key); // lives until this function ends: its call is on the stack
    if (gate == m_gates.end())
        return;
    if (failure) {
        route::connectFailed(*gate, {*failure, 0, Millis(-1)}, moment(), m_setup->config->routing,
                             m_random);
        schedule(key);
    } else {
        route::connectSucceeded(*gate, moment());
    }
    changed();
}

void GateKeeper::changed()
{
    if (m_changed)
        m_changed();
}

} // namespace sb::gateway
