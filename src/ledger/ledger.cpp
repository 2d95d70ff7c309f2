#include "ledger/ledger.h"

#include "record/names.h"

#include <QDateTime>

namespace sb::ledger {

namespace {
constexpr Nanos kFrame = Millis(100);
constexpr Nanos kSecond = Seconds(1);
constexpr Nanos kWindow = Seconds(300);
constexpr size_t kEnded = 8192;
constexpr qsizetype kFrozen
    = 5000; // a frame carries no more; the table of the window holds as many
constexpr qsizetype kEvents = 256; // in one frame
// Attempts of a provider must be this many before its state is called degraded. [console §3.1]
constexpr int kDegradedMinimum = 10;

bool isErrorFor(const Exchange &exchange)
{
    return exchange.outcome.kind == OutcomeKind::Failed
        || exchange.outcome.kind == OutcomeKind::Cut;
}
// Its times and its failure are a drill's doing.
bool isBrokenOnPurpose(const Exchange &exchange)
{
    return std::any_of(exchange.attempts.cbegin(), exchange.attempts.cend(),
                       [](const Attempt &attempt) { return attempt.isInjected; });
}
} // namespace

Ledger::Ledger(Clock &clock, std::function<void(FramePtr)> publish,
               std::function<QList<GateView>()> gates)
    : m_clock(clock)
    , m_publish(std::move(publish))
    , m_gates(std::move(gates))
    , m_timer(clock)
{
    rollDay();
}

Ledger::~Ledger() = default;

void Ledger::setConfig(const config::SnapshotPtr &config)
{
    m_config = config;
    gatesChanged(); // a key that went or was switched off is nobody's matter any more
}

void Ledger::setState(EngineState state, const QList<QString> &addresses)
{
    m_state = state;
    m_addresses = addresses;
    soon();
}

void Ledger::setToday(Money cost, Money uncertain, int unpriced)
{
    m_totals.today = cost;
    m_totals.uncertainToday = uncertain;
    m_totals.unpricedToday = unpriced;
}

void Ledger::addNotice(const Notice &notice)
{
    clearNotice(notice.kind, notice.subject);
    m_notices.append(notice);
    soon();
}

void Ledger::clearNotice(Notice::Kind kind, const QString &subject)
{
    if (m_notices.removeIf([&](const Notice &n) { return n.kind == kind && n.subject == subject; })
        > 0)
        soon();
}

void Ledger::addEvent(const EventView &event)
{
    if (!m_isListening)
        return;
    if (m_events.size() >= kEvents)
        m_events.removeFirst();
    m_events.append(event);
    soon();
}

void Ledger::setListening(bool isAnyoneListening)
{
    m_isListening = isAnyoneListening;
    if (m_isListening) {
        for (auto it = m_live.cbegin(); it != m_live.cend(); ++it)
            m_dirty.insert(it.key());
        soon();
    } else {
        m_dirty.clear();
        m_frozen.clear();
        m_events.clear();
        for (Provider &provider : m_providers)
            provider.health.forgetSecond();
    }
}

void Ledger::opened(const Exchange &exchange)
{
    const Nanos now = m_clock.now();
    m_live.insert(exchange.id, &exchange);
    m_lastTraffic = now;
    m_rate.add(now);
    ++m_totals.exchanges;
    touched(exchange);
}

void Ledger::touched(const Exchange &exchange)
{
    if (!m_isListening)
        return;
    m_dirty.insert(exchange.id);
    soon();
}

void Ledger::attemptStarted(const Attempt &attempt)
{
    Provider &provider = m_providers[attempt.target.provider];
    ++provider.inFlight;
    if (attempt.isInjected)
        return;
    provider.lastUsedWallMs = m_clock.wallMs();
    provider.keys[attempt.target.key] = provider.lastUsedWallMs;
}

void Ledger::attemptEnded(const Attempt &attempt)
{
    Provider &provider = m_providers[attempt.target.provider];
    --provider.inFlight;
    if (attempt.isInjected)
        return; // the drill's doing
    provider.health.ended(attempt, m_clock.now(), attempt.endedAt - attempt.startedAt,
                          m_isListening);
}

void Ledger::settled(std::shared_ptr<const Exchange> exchange)
{
    const Nanos now = m_clock.now();
    m_live.remove(exchange->id);
    m_dirty.remove(exchange->id);
    m_lastTraffic = now;
    rollDay();

    if (!exchange->settlement.isDrill) {
        m_totals.today += exchange->settlement.cost;
        m_totals.uncertainToday += exchange->settlement.uncertain;
        if (exchange->settlement.source == CostSource::Unpriced)
            ++m_totals.unpricedToday;
    }
    if (exchange->outcome.kind != OutcomeKind::Refused
        && exchange->outcome.kind != OutcomeKind::ClientLeft && !isBrokenOnPurpose(*exchange)) {
        m_ended.push_back(
            {now, exchange->endedAt, exchange->firstContentAt, isErrorFor(*exchange)});
        if (m_ended.size() > kEnded)
            m_ended.pop_front();
    }
    if (!exchange->client.isEmpty()) {
        Client &client = m_clients[exchange->client];
        client.rate.add(now);
        client.lastSeenWallMs = exchange->wallMs;
        if (!exchange->caller.program.isEmpty())
            client.program = exchange->caller.program;
        Client::Use &use = client.chains[exchange->decision.chain];
        use.last = now;
        use.rate.add(now);
    }
    // What one provider keeps is asked for there, and says nothing of the chain's order.
    if (!exchange->attempts.isEmpty() && !isKept(exchange->ask.endpoint)) {
        Chain &chain = m_chains[exchange->decision.chain];
        chain.rate.add(now);
        chain.lastSettled = now;
        const Attempt *server = exchange->server();
        chain.lastServedRank = server ? server->rank : chain.lastServedRank;
        if (server) {
            chain.state = server->rank == 1 ? ChainState::OnFirstTarget : ChainState::FailedOver;
            while (chain.targets.size() < server->rank)
                chain.targets.append(MinuteRate());
            chain.targets[server->rank - 1].add(now);
        } else if (exchange->outcome.kind == OutcomeKind::Failed) {
            chain.state = ChainState::Failing;
        }
    }
    if (m_isListening) {
        if (m_frozen.size() >= kFrozen)
            m_frozen.removeFirst();
        m_frozen.append(std::move(exchange));
        soon();
    }
}

bool Ledger::isInUse(const ProviderId &id, const KeyId &key) const
{
    const config::ProviderSettings *provider = m_config ? m_config->provider(id) : nullptr;
    if (!provider || provider->isOff)
        return false;
    return key.isEmpty() // the provider asks for none, and refuses all the same
        || std::any_of(provider->keys.cbegin(), provider->keys.cend(),
                       [&key](const config::KeySettings &k) { return k.id == key && !k.isOff; });
}

// A key that its provider rejects is a person's matter: said while its gate stands.
void Ledger::gatesChanged()
{
    const QList<GateView> gates = m_gates();
    QList<Notice> rejected;
    for (const GateView &gate : gates) {
        if (gate.scope != GateScope::Key || gate.cause != AttemptOutcome::KeyRejected
            || !isInUse(gate.provider, gate.key))
            continue;
        const QString subject = gate.provider.text();
        const auto same = std::find_if(rejected.begin(), rejected.end(),
                                       [&](const Notice &n) { return n.subject == subject; });
        if (same == rejected.end()) {
            rejected.append(
                {Notice::Kind::KeyRejected, subject, gate.key.text(), gate.sinceWallMs});
        } else {
            same->detail += QStringLiteral(", ") + gate.key.text();
            same->sinceWallMs = std::min(same->sinceWallMs, gate.sinceWallMs);
        }
    }
    m_notices.removeIf([](const Notice &n) { return n.kind == Notice::Kind::KeyRejected; });
    m_notices += rejected;
    soon();
}

FramePtr Ledger::lastFrame()
{
    return build();
}

void Ledger::soon()
{
    if (!m_isListening || m_isSoon)
        return;
    m_isSoon = true;
    const Nanos since = m_clock.now() - m_lastFrame;
    m_timer.start(since >= kFrame ? Nanos(0) : kFrame - since, [this] { publishFrame(); });
}

bool Ledger::isMoving(Nanos now) const
{
    // Rates, medians and states still change for five minutes after the last request.
    return !m_live.isEmpty()
        || (m_lastTraffic > Nanos(0) && now - m_lastTraffic < kWindow + kSecond);
}

void Ledger::publishFrame()
{
    m_isSoon = false;
    if (!m_isListening)
        return;
    const Nanos now = m_clock.now();
    auto frame = build();
    if (now - m_lastSecond >= kSecond) {
        m_lastSecond = now;
        for (auto it = m_providers.begin(); it != m_providers.end(); ++it) {
            SecondView second{frame->wallMs, it.key()};
            if (it->health.takeSecond(second))
                frame->seconds.append(second);
        }
    }
    for (const ExchangeId &id : std::as_const(m_dirty)) {
        if (const Exchange *live = m_live.value(id))
            frame->changed.append(std::make_shared<const Exchange>(*live));
    }
    frame->changed += m_frozen;
    frame->events = std::exchange(m_events, {});
    std::sort(frame->changed.begin(), frame->changed.end(),
              [](const auto &a, const auto &b) { return a->id < b->id; });
    m_dirty.clear();
    m_frozen.clear();
    m_lastFrame = now;
    m_publish(std::move(frame));
    if (isMoving(now)) // a change may come earlier: soon() starts the timer anew
        m_timer.start(kSecond, [this] { publishFrame(); });
}

std::shared_ptr<Frame> Ledger::build()
{
    const Nanos now = m_clock.now();
    auto frame = std::make_shared<Frame>();
    frame->number = ++m_number;
    frame->wallMs = m_clock.wallMs();
    frame->state = m_state;
    frame->addresses = m_addresses;
    frame->notices = m_notices;
    frame->gates = m_gates();
    if (m_config) {
        frame->revision = m_config->revision;
        fillProviders(*frame, now);
        fillChains(*frame, now);
        fillClients(*frame, now);
    }
    fillTotals(*frame, now);
    if (m_fill)
        m_fill(*frame);
    return frame;
}

void Ledger::fillProviders(Frame &frame, Nanos now)
{
    for (const config::ProviderSettings &settings : m_config->providers) {
        ProviderView view;
        view.id = settings.id;
        view.label = settings.label;
        view.isSimulated = settings.isSimulated;
        view.isLocal = settings.isLocal;
        const auto own = m_providers.find(settings.id);
        if (own != m_providers.end()) {
            own->health.fill(view, now);
            view.inFlight = own->inFlight;
            view.lastUsedWallMs = own->lastUsedWallMs;
        }
        view.keys = keysOf(settings, own != m_providers.end() ? &*own : nullptr, frame.gates);
        if (view.attempts5m > 0 || view.inFlight > 0)
            view.state = ProviderState::Serving;
        // Few attempts say little. [console §3.1]
        if (view.attempts5m >= kDegradedMinimum && view.failures5m * 20 > view.attempts5m)
            view.state = ProviderState::Degraded;
        for (const GateView &gate : std::as_const(frame.gates)) {
            if (gate.provider != settings.id)
                continue;
            // The endpoint speaks for the provider; a key or model only while no gate says worse.
            view.state = gate.state == GateState::Tripped ? ProviderState::Tripped
                : view.state == ProviderState::Tripped    ? ProviderState::Tripped
                                                          : ProviderState::Probing;
            view.cause = gate.cause;
            view.causeStatus = gate.status;
            view.untilWallMs = std::max(view.untilWallMs, gate.untilWallMs);
            view.sinceWallMs = gate.sinceWallMs;
        }
        if (settings.isOff)
            view.state = ProviderState::Off;
        frame.providers.append(view);
    }
}

// As the gates left them; that a secret is missing is for onBuild() to say.
QList<KeyView> Ledger::keysOf(const config::ProviderSettings &settings, const Provider *own,
                              const QList<GateView> &gates) const
{
    QList<KeyView> keys;
    for (const config::KeySettings &key : settings.keys) {
        KeyView view;
        view.id = key.id;
        view.isDraining = key.isDraining;
        view.lastUsedWallMs = own ? own->keys.value(key.id) : 0;
        if (view.lastUsedWallMs > 0)
            view.state = KeyState::Ok;
        for (const GateView &gate : gates) {
            if (gate.scope == GateScope::Endpoint || gate.provider != settings.id
                || gate.key != key.id)
                continue;
            const bool isRejected = gate.cause == AttemptOutcome::KeyRejected;
            const bool isLimited = gate.cause == AttemptOutcome::RateLimited
                || gate.cause == AttemptOutcome::QuotaExhausted;
            if (!isRejected && (!isLimited || view.state == KeyState::Rejected))
                continue;
            view.state = isRejected ? KeyState::Rejected : KeyState::Limited;
            view.untilWallMs = gate.untilWallMs;
        }
        if (key.isOff)
            view.state = KeyState::Off;
        keys.append(view);
    }
    return keys;
}

void Ledger::fillChains(Frame &frame, Nanos now)
{
    for (const config::ChainSettings &settings : m_config->chains) {
        ChainView view;
        view.id = settings.id;
        const auto own = m_chains.find(settings.id);
        int rank = 0;
        for (const config::ChainTarget &target : settings.targets) {
            ChainTargetView shown;
            shown.provider = target.provider;
            shown.model = target.model;
            const config::ProviderSettings *provider = m_config->provider(target.provider);
            if (provider && provider->isOff) {
                shown.isSkipped = true;
                shown.reason = SkipReason::Off;
            } else if (provider && !provider->baseUrls.contains(DialectId::OpenAiChat)
                       && !provider->baseUrls.contains(DialectId::Anthropic)) {
                shown.isSkipped = true;
                shown.reason = SkipReason::NeedsTranslation;
            }
            if (own != m_chains.end() && rank < own->targets.size())
                shown.perMinute = own->targets[rank].perMinute(now);
            view.targets.append(shown);
            ++rank;
        }
        if (own != m_chains.end()) {
            view.perMinute = own->rate.perMinute(now);
            view.lastServedRank = own->lastServedRank;
            if (now - own->lastSettled < kWindow)
                view.state = own->state;
        }
        frame.chains.append(view);
    }
}

void Ledger::fillClients(Frame &frame, Nanos now)
{
    for (const config::ClientSettings &settings : m_config->clients) {
        ClientView view;
        view.id = settings.id;
        view.label = settings.label;
        if (const auto own = m_clients.find(settings.id); own != m_clients.end()) {
            view.perMinute = own->rate.perMinute(now);
            view.lastSeenWallMs = own->lastSeenWallMs;
            view.program = own->program;
            for (auto chain = own->chains.begin(); chain != own->chains.end(); ++chain) {
                if (now - chain->last >= kWindow)
                    continue;
                view.chains.append(chain.key());
                view.chainsPerMinute.append({chain.key(), chain->rate.perMinute(now)});
            }
            std::sort(view.chains.begin(), view.chains.end());
            std::sort(view.chainsPerMinute.begin(), view.chainsPerMinute.end(),
                      [](const auto &a, const auto &b) { return a.first < b.first; });
        }
        frame.clients.append(view);
    }
}

void Ledger::fillTotals(Frame &frame, Nanos now)
{
    rollDay();
    while (!m_ended.empty() && now - m_ended.front().at > kWindow)
        m_ended.pop_front();
    frame.totals = m_totals;
    frame.totals.inFlight = int(m_live.size());
    frame.totals.perMinute = m_rate.perMinute(now);
    if (m_ended.empty())
        return;
    std::vector<Micros> whole;
    std::vector<Micros> first;
    int errors = 0;
    for (const Ended &ended : m_ended) {
        errors += ended.isError ? 1 : 0;
        if (ended.isError)
            continue;
        whole.push_back(ended.duration);
        if (ended.firstContent != kNever)
            first.push_back(ended.firstContent);
    }
    const auto median = [](std::vector<Micros> &values) {
        if (values.empty())
            return kNever;
        const auto middle = values.begin() + qsizetype(values.size() / 2);
        std::nth_element(values.begin(), middle, values.end());
        return *middle;
    };
    frame.totals.errorShare = double(errors) / double(m_ended.size());
    frame.totals.p50Duration = median(whole);
    frame.totals.p50FirstContent = median(first);
}

void Ledger::rollDay()
{
    const qint64 wallMs = m_clock.wallMs();
    if (wallMs < m_midnightWallMs)
        return;
    if (m_midnightWallMs != 0)
        setToday({}, {}, 0);
    const QDateTime today = QDateTime::fromMSecsSinceEpoch(wallMs);
    m_midnightWallMs = today.date().addDays(1).startOfDay().toMSecsSinceEpoch();
}

} // namespace sb::ledger
