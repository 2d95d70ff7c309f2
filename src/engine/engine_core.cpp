#include "engine/engine_core.h"

#include "base/log.h"
#include "engine/store_sink.h"
#include "loop/loop_clock.h"

namespace sb::engine {

namespace {
constexpr Seconds kClockLook{10};
constexpr Seconds kSuspendGap{5};
constexpr Seconds kForgiveness{30};
constexpr Seconds kShortestDrill{30};
constexpr Seconds kLongestDrill{30 * 60};
constexpr ptrdiff_t kMostRetired = 16; // simulated providers that only end what they began

Error stopped()
{
    return Error::make(QStringLiteral("not_running"), QStringLiteral("The engine is not running."));
}

store::GateRow rowOf(const gateway::SavedGate &saved)
{
    return {saved.view, saved.trips};
}
} // namespace

EngineCore::EngineCore() = default;

// The order of finishClose() matters also when nobody asked for it: the journal outlives the store.
EngineCore::~EngineCore()
{
    finishClose();
}

Result<QList<QString>> EngineCore::open(Opening opening)
{
    m_clock = std::make_unique<loop::LoopClock>();
    m_gateTimer = std::make_unique<Timer>(*m_clock);
    m_clockTimer = std::make_unique<Timer>(*m_clock);
    m_drainTimer = std::make_unique<Timer>(*m_clock);

    auto opened = store::Store::open(opening.store);
    if (!opened)
        return unexpected(opened.error());
    m_store = std::move(opened->first);
    const store::Opened &known = opened->second;
    auto journal = store::Journal::open(opening.journalFolder);
    if (!journal)
        return unexpected(journal.error());
    m_sink = std::make_unique<StoreSink>(std::move(*journal), *m_store);
    m_store->onCommitted(
        [journal = m_sink->journal()](const ExchangeId &upTo) { journal->committed(upTo); });

    http::UpstreamOptions options;
    options.proxy = opening.proxy;
    options.beforeSend = [sink = m_sink.get()] { sink->flush(); };
    m_upstream = http::createSocketUpstream(*m_clock, options);
    m_ledger = std::make_unique<ledger::Ledger>(
        *m_clock, [this](const FramePtr &frame) { emit published(frame); },
        [this] { return m_gateway ? m_gateway->gates().views() : QList<GateView>(); });
    m_ledger->setToday(known.today, known.uncertainToday, known.unpricedToday);
    for (const Notice &notice : known.notices)
        m_ledger->addNotice(notice);
    m_store->onNotice(this, [this](const Notice &notice) {
        if (!m_ledger) // posted: we may have closed meanwhile
            return;
        if (notice.kind == Notice::Kind::DiskFull && notice.detail == QStringLiteral("back")) {
            for (const char *file : {"history.db", "ledger.db"})
                m_ledger->clearNotice(notice.kind, QString::fromLatin1(file));
            return;
        }
        m_ledger->addNotice(notice);
    });

    m_callers = std::make_unique<CallerLookup>(*m_clock);
    m_gateway = std::make_unique<gateway::Gateway>(gateway::Gateway::Parts{
        *m_clock, m_random, *m_upstream, *m_ledger, *m_sink,
        [this](const ExchangeId &id, std::function<void(std::shared_ptr<const Exchange>)> found) {
            m_store->find(id).then(
                this, [this, found](const Result<std::shared_ptr<const Exchange>> &result) {
                    if (m_gateway)
                        found(result.value_or(nullptr));
                });
        },
        m_callers.get(), [this](qint64 untilWallMs) { m_store->saveRecording(untilWallMs); }});
    restoreSpent();
    apply(opening.config, opening.keys);
    QList<gateway::SavedGate> gates;
    for (const store::GateRow &row : known.gates)
        gates.append({row.view, row.trips});
    m_gateway->gates().restore(gates);
    m_gateway->recording().restore(known.recordingUntilWallMs);
    m_gateway->gates().onChanged([this] {
        m_ledger->gatesChanged();
        if (!m_gateTimer->isActive())
            m_gateTimer->start(Millis(200), [this] { saveGates(); });
    });

    m_ledger->gatesChanged(); // of the last run

    auto addresses = listen(opening.listen);
    if (!addresses)
        return addresses;
    setState(EngineState::Running);
    m_asleep = m_clock->sinceBoot() - m_clock->now();
    watchClock();
    return addresses;
}

// The caps go on where the last run ended, what a killed one had sent included.
void EngineCore::restoreSpent()
{
    guard::Budgets &budgets = m_gateway->budgets();
    const qint64 wallMs = m_clock->wallMs();
    for (int i = 0; i < guard::kCalendarWindows; ++i) {
        const auto window = guard::Window(i);
        auto asked
            = m_store->spentSince(guard::periodOf(window, wallMs, budgets.zone()).fromWallMs);
        asked.waitForFinished();
        const auto rows = asked.result();
        if (!rows) {
            qCWarning(lcEngine).noquote()
                << "what was spent before cannot be read:" << rows.error().detail;
            continue;
        }
        QList<std::pair<guard::Spender, Money>> sums;
        for (const store::RollupRow &row : *rows)
            sums.append(
                {{row.client, row.chain, row.provider, {}, wallMs}, row.cost + row.uncertain});
        budgets.restore(window, wallMs, sums);
    }
}

Result<QList<QString>> EngineCore::listen(const std::optional<config::Listener> &override)
{
    const config::ConfigSnapshot &config = *m_gateway->setup()->config;
    const QList<config::Listener> listeners
        = override ? QList<config::Listener>{*override} : config.listeners;
    QList<http::ListenAddress> wanted;
    QList<ClientId> clients;
    for (const config::Listener &listener : listeners) {
        wanted.append({listener.host, listener.port});
        clients.append(listener.client);
    }
    m_gateway->setListenerClients(clients);
    m_server = http::Server::create(*m_gateway, *m_clock, http::Limits(),
                                    [sink = m_sink.get()] { sink->flush(); });
    const auto bound = m_server->listen(wanted);
    if (!bound)
        return unexpected(bound.error());
    for (const http::ListenAddress &address : *bound) {
        const QString host
            = address.host.contains(u':') ? u'[' + address.host + u']' : address.host;
        m_addresses.append(QStringLiteral("http://") + host + u':' + QString::number(address.port));
    }
    return m_addresses;
}

void EngineCore::apply(const config::SnapshotPtr &config, const LoadedKeys &keys)
{
    const config::SnapshotPtr complete = withSimulators(config);
    const gateway::SetupPtr before = m_gateway->setup();
    if (before) {
        // A provider whose address or keys were edited starts with clean gates.
        for (const config::ProviderSettings &provider : complete->providers) {
            const config::ProviderSettings *old = before->config->provider(provider.id);
            bool isSame = old && old->baseUrls == provider.baseUrls && old->isOff == provider.isOff;
            for (const config::KeySettings &key : provider.keys) {
                const route::KeyName name{provider.id, key.id};
                isSame = isSame && before->keys.value(name) == keys.provider.value(name);
            }
            if (!isSame)
                m_gateway->gates().forget(provider.id);
        }
    }
    m_gateway->setSetup(gateway::makeSetup(complete, keys.provider, keys.clientDigests));
    m_callers->setOn(complete->privacy.looksUpCallers);
    m_store->saveRevision(complete->revision);
    m_ledger->clearNotice(Notice::Kind::ConfigRefused, std::exchange(m_refusedPath, QString()));
    for (const QString &subject : std::exchange(m_keyNotices, {}))
        m_ledger->clearNotice(Notice::Kind::KeychainFailing, subject);
    for (const Notice &notice : keys.notices) {
        m_keyNotices.append(notice.subject);
        Notice dated = notice;
        dated.sinceWallMs = m_clock->wallMs();
        m_ledger->addNotice(dated);
    }
}

// Starts what is new, stops what is gone, and writes the addresses where the planner looks for
// them.
config::SnapshotPtr EngineCore::withSimulators(const config::SnapshotPtr &config)
{
    auto complete = std::make_shared<config::ConfigSnapshot>(*config);
    std::map<QString, Simulated> kept;
    for (config::ProviderSettings &provider : complete->providers) {
        if (!provider.isSimulated)
            continue;
        const QString id = provider.id.text();
        Simulated simulated;
        if (const auto running = m_simulators.find(id);
            running != m_simulators.end() && running->second.script == provider.simScript)
            simulated = std::move(running->second);
        if (!simulated.simulator) {
            const auto script = sim::loadScript(provider.simScript);
            if (!script) {
                qCWarning(lcEngine).noquote()
                    << "simulated provider" << id << ":" << script.error().detail;
                continue;
            }
            auto started = sim::Simulator::start(*script, QStringLiteral("127.0.0.1"), 0, *m_clock,
                                                 m_random);
            if (!started) {
                qCWarning(lcEngine).noquote()
                    << "simulated provider" << id << ":" << started.error().detail;
                continue;
            }
            simulated = {provider.simScript, std::move(*started)};
        }
        const QByteArray base
            = "http://127.0.0.1:" + QByteArray::number(simulated.simulator->port());
        provider.baseUrls = {{DialectId::OpenAiChat, base + "/v1"}, {DialectId::Anthropic, base}};
        kept.emplace(id, std::move(simulated));
    }
    for (auto &[id, old] : m_simulators) {
        if (old.simulator && m_gateway->runningCount() > 0)
            m_retired.push_back(std::move(old));
    }
    if (m_retired.size() > kMostRetired)
        m_retired.erase(m_retired.begin(), m_retired.end() - kMostRetired);
    m_simulators = std::move(kept);
    return complete;
}

void EngineCore::close(Millis drain, std::function<void()> done)
{
    if (done) // a second call only ends the waiting; the first one's caller is still told
        m_closed = std::move(done);
    if (!m_server)
        return finishClose();
    setState(EngineState::Draining);
    m_gateway->beginDrain();
    m_server->drain();
    m_drainUntil = m_clock->now() + drain;
    if (m_gateway->runningCount() == 0 || drain <= Millis(0))
        return finishClose();
    m_drainTimer->start(Millis(20), [this] {
        // A short look is enough: requests end on their own, and the deadline bounds the wait.
        const auto look = [this](const auto &self) -> void {
            if (m_gateway->runningCount() == 0 || m_clock->now() >= m_drainUntil)
                return finishClose();
            m_drainTimer->start(Millis(20), [self] { self(self); });
        };
        look(look);
    });
}

void EngineCore::finishClose()
{
    if (m_gateway) {
        m_gateway->stop();
        saveGates();
        setState(EngineState::Stopped);
    }
    if (m_server)
        m_server->close();
    m_verifies.clear();
    m_probes.clear();
    m_server.reset();
    m_gateway.reset();
    m_callers.reset();
    m_simulators.clear();
    m_retired.clear();
    m_ledger.reset();
    m_upstream.reset();
    m_store.reset(); // flushes, joins its threads; tells the journal what is committed until then
    m_sink.reset();
    m_gateTimer.reset();
    m_clockTimer.reset();
    m_drainTimer.reset();
    if (const auto closed = std::exchange(m_closed, nullptr))
        closed();
}

Result<Decision> EngineCore::explain(const ExplainAsk &ask) const
{
    if (!isOpen())
        return unexpected(stopped());
    Ask said;
    said.model = ask.model;
    said.dialect = ask.dialect;
    said.hasTools = ask.hasTools;
    said.hasImages = ask.hasImages;
    const ClientId client = ask.client.isEmpty() ? ClientId(QStringLiteral("default")) : ask.client;
    return m_gateway->explain(said, client, QSet<ProviderId>(ask.down.cbegin(), ask.down.cend()));
}

bool EngineCore::verify(const gateway::SetupPtr &setup, const ProviderId &provider,
                        const KeyId &key, std::function<void(const VerifyAnswer &)> done)
{
    if (!isOpen())
        return false;
    const quint64 number = m_nextVerify++;
    auto call
        = std::make_unique<VerifyCall>(*m_clock, [this, number, done](const VerifyAnswer &answer) {
              auto own = m_verifies.extract(number); // alive until this returns
              done(answer);
          });
    if (!call->start(*m_upstream, setup ? *setup : *m_gateway->setup(), provider, key))
        return false;
    m_verifies.emplace(number, std::move(call));
    return true;
}

void EngineCore::probe(const QList<LocalPlace> &places, const QSet<quint16> &own,
                       std::function<void(const QList<LocalServer> &)> done)
{
    if (!isOpen())
        return done({});
    const quint64 number = m_nextVerify++;
    auto probe = std::make_unique<LocalProbe>(
        *m_clock, *m_upstream, [this, number, done](const QList<LocalServer> &servers) {
            auto finished = m_probes.extract(number);
            done(servers);
        });
    LocalProbe &running = *probe;
    m_probes.emplace(number, std::move(probe));
    running.start(places, own);
}

void EngineCore::addNotice(Notice notice)
{
    if (!m_ledger)
        return;
    notice.sinceWallMs = m_clock->wallMs();
    m_ledger->addNotice(notice);
}

void EngineCore::clearNotice(Notice::Kind kind, const QString &subject)
{
    if (m_ledger)
        m_ledger->clearNotice(kind, subject);
}

void EngineCore::setListening(bool isAnyoneListening)
{
    if (m_ledger)
        m_ledger->setListening(isAnyoneListening);
}

FramePtr EngineCore::frame()
{
    return m_ledger ? m_ledger->lastFrame() : FramePtr();
}

// Requests that run go on; those that come are refused until it is resumed.
Result<void> EngineCore::setPaused(bool isPaused)
{
    if (m_state != EngineState::Running && m_state != EngineState::Paused)
        return unexpected(stopped());
    m_gateway->steering().setPaused(isPaused);
    setState(isPaused ? EngineState::Paused : EngineState::Running);
    return {};
}

Result<void> EngineCore::setRecording(Millis length)
{
    if (length < Millis(0) || length > gateway::RecordingSwitch::kLongest)
        return unexpected(Error::make(QStringLiteral("bad_length"),
                                      QStringLiteral("A recording lasts at most 24 hours."),
                                      Blame::Client));
    m_gateway->recording().start(length);
    return {};
}

Result<quint32> EngineCore::startDrill(const DrillAsk &ask)
{
    if (!isOpen())
        return unexpected(stopped());
    const auto bad = [](const QString &why) {
        return unexpected(Error::make(QStringLiteral("bad_fault"), why, Blame::Client));
    };
    if (ask.length < kShortestDrill || ask.length > kLongestDrill)
        return bad(QStringLiteral("A drill lasts 30 seconds to 30 minutes."));
    if (ask.sharePercent < 1 || ask.sharePercent > 100)
        return bad(QStringLiteral("A drill meets 1 to 100 % of the requests."));
    const auto fault = sim::parseFault(ask.faultJson);
    if (!fault)
        return bad(fault.error().detail);
    if (!fault->matchClient.isEmpty())
        return bad(QStringLiteral("The client is named beside the fault, not in its \"match\"."));

    gateway::Drill drill;
    drill.provider = ask.provider;
    drill.client = ask.client;
    drill.fault = fault->name;
    drill.status = fault->status;
    drill.afterEvents = fault->afterEvents;
    drill.retryAfterSeconds = fault->retryAfterSeconds;
    drill.delay = fault->delay;
    drill.times = fault->times;
    drill.model = fault->matchModel;
    drill.isStream = fault->matchStream;
    drill.sharePercent = ask.sharePercent;
    drill.seed = fault->seed;
    drill.length = ask.length;
    const config::ProviderSettings *provider = m_gateway->setup()->config->provider(ask.provider);
    const bool isListener = fault->name == "refuse" || fault->name == "black_hole"; // whole socket
    if (provider && provider->isSimulated && !isListener) {
        // Whom it meets and how often is decided here; the simulator only plays it.
        sim::Fault plain = *fault;
        plain.share = 1;
        plain.times = 0;
        plain.lasts = Seconds(0);
        plain.matchModel.clear();
        plain.matchStream.reset();
        drill.simulatorText = sim::faultText(plain);
    }
    return m_gateway->startDrill(drill);
}

void EngineCore::saveGates()
{
    QList<store::GateRow> rows;
    for (const gateway::SavedGate &saved : m_gateway->gates().saved())
        rows.append(rowOf(saved));
    m_store->saveGates(rows);
}

// After a suspend pooled connections are dead, and failures say nothing about the providers.
void EngineCore::watchClock()
{
    m_clockTimer->start(kClockLook, [this] {
        const Nanos asleep = m_clock->sinceBoot() - m_clock->now();
        if (asleep - m_asleep > Nanos(kSuspendGap)) {
            m_upstream->dropIdle();
            m_gateway->gates().forgiveUntil(m_clock->now() + kForgiveness);
        }
        m_asleep = asleep;
        if (m_gateway->runningCount() == 0)
            m_retired.clear();
        m_ledger->setDropped(m_store->dropped());
        watchJournal();
        watchClock();
    });
}

// A journal that the disk refuses is said while it lasts; requests go on meanwhile.
void EngineCore::watchJournal()
{
    const QString subject = QStringLiteral("journal");
    const quint64 failures = m_sink->failures();
    if (failures > m_journalFailures)
        m_ledger->addNotice(
            {Notice::Kind::DiskFull, subject, QStringLiteral("full"), m_clock->wallMs()});
    else
        m_ledger->clearNotice(Notice::Kind::DiskFull, subject);
    m_journalFailures = failures;
}

void EngineCore::refuseConfig(const QString &path, const QString &why)
{
    if (!m_ledger)
        return;
    m_ledger->clearNotice(Notice::Kind::ConfigRefused, std::exchange(m_refusedPath, path));
    m_ledger->addNotice({Notice::Kind::ConfigRefused, path, why, m_clock->wallMs()});
}

void EngineCore::setState(EngineState state)
{
    m_state = state;
    m_ledger->setState(state, m_addresses);
}

} // namespace sb::engine
