#include "models/board_state.h"

#include "record/failure_class.h"

#include <algorithm>

namespace sb::models {

namespace {

constexpr qsizetype kMaxDirectTargets = 6;
constexpr qint64 kForgottenMs = 3'600'000; // a live request nobody mentioned for this long

template <typename List, typename IdType> int indexOf(const List &list, const IdType &id)
{
    const auto at
        = std::find_if(list.begin(), list.end(), [&](const auto &x) { return x.id == id; });
    return at == list.end() ? -1 : int(at - list.begin());
}

} // namespace

Light light(ProviderState state)
{
    switch (state) {
    case ProviderState::NoTraffic:
        return Light::NoTraffic;
    case ProviderState::Serving:
        return Light::Serving;
    case ProviderState::Degraded:
        return Light::Caution;
    case ProviderState::Tripped:
        return Light::Danger;
    case ProviderState::Probing:
        return Light::Probing;
    case ProviderState::Off:
        return Light::Off;
    }
    return Light::NoTraffic;
}

Light light(ChainState state)
{
    switch (state) {
    case ChainState::Idle:
        return Light::NoTraffic;
    case ChainState::OnFirstTarget:
        return Light::Serving;
    case ChainState::FailedOver:
        return Light::Caution;
    case ChainState::Failing:
        return Light::Danger;
    case ChainState::Held:
        return Light::Caution;
    }
    return Light::NoTraffic;
}

ProviderView ProviderPlate::view() const
{
    ProviderView view;
    view.id = id;
    view.label = label;
    view.isSimulated = isSimulated;
    view.state = state;
    view.cause = cause;
    view.causeStatus = causeStatus;
    view.untilWallMs = untilWallMs;
    view.sinceWallMs = sinceWallMs;
    view.attempts5m = attempts5m;
    view.failures5m = failures5m;
    view.p50FirstContent = p50FirstContent;
    view.p50Duration = p50Duration;
    view.tokensPerSecond = tokensPerSecond;
    view.inFlight = inFlight;
    return view;
}

void BoardState::take(const Frame &frame)
{
    if (frame.revision != m_revision) {
        m_revision = frame.revision;
        m_used.clear();
        m_direct.clear();
    }
    m_wallMs = frame.wallMs;
    m_engine = frame.state;
    m_drills = frame.drills;
    takeProviders(frame);
    for (const auto &exchange : frame.changed) {
        if (exchange->decision.chain.isEmpty())
            rememberDirect(*exchange);
    }
    takeChains(frame);
    takeClients(frame);
    takeExchanges(frame);
    makeRoutes(frame);
    makeTrains();
    makeProblems(frame);
}

void BoardState::takeProviders(const Frame &frame)
{
    m_providers.clear();
    m_providers.reserve(frame.providers.size());
    for (const ProviderView &view : frame.providers) {
        m_providers.append(
            ProviderPlate{.id = view.id,
                          .label = view.label.isEmpty() ? view.id.text() : view.label,
                          .isSimulated = view.isSimulated,
                          .state = view.state,
                          .light = light(view.state),
                          .cause = view.cause,
                          .causeStatus = view.causeStatus,
                          .untilWallMs = view.untilWallMs,
                          .sinceWallMs = view.sinceWallMs,
                          .attempts5m = view.attempts5m,
                          .failures5m = view.failures5m,
                          .p50FirstContent = view.p50FirstContent,
                          .p50Duration = view.p50Duration,
                          .tokensPerSecond = view.tokensPerSecond,
                          .inFlight = view.inFlight});
    }
    for (const DrillView &drill : frame.drills) {
        const int at = indexOf(m_providers, drill.provider);
        if (at < 0)
            continue;
        ProviderPlate &plate = m_providers[at];
        plate.drillClient = plate.drills == 0 ? drill.client : ClientId();
        ++plate.drills;
        plate.drillUntilWallMs = std::max(plate.drillUntilWallMs, drill.untilWallMs);
    }
}

// Requests that name their targets themselves (provider/model, models[] in the body) have no chain;
// one plate at the end stands for them once the first was seen, until the configuration changes.
void BoardState::rememberDirect(const Exchange &exchange)
{
    bool isReaching = false;
    for (const Candidate &candidate : exchange.decision.candidates) {
        if (indexOf(m_providers, candidate.target.provider) < 0)
            continue;
        isReaching = true;
        const std::pair target(candidate.target.provider, candidate.target.model);
        if (!m_direct.contains(target) && m_direct.size() < kMaxDirectTargets)
            m_direct.append(target);
    }
    if (isReaching) {
        QList<ChainId> &used = m_used[exchange.client];
        if (!used.contains(ChainId()))
            used.append(ChainId());
    }
}

void BoardState::takeChains(const Frame &frame)
{
    m_chains.clear();
    const auto row = [this](const ProviderId &id, const QString &model) {
        TargetRow row;
        row.providerId = id;
        row.provider = indexOf(m_providers, id);
        row.providerLabel = row.provider >= 0 ? m_providers[row.provider].label : id.text();
        row.model = model;
        return row;
    };
    for (const ChainView &view : frame.chains) {
        ChainPlate plate{.id = view.id,
                         .label = view.id.text(),
                         .state = view.state,
                         .light = light(view.state),
                         .perMinute = view.perMinute,
                         .lastServedRank = view.lastServedRank,
                         .heldRank = view.heldRank,
                         .heldUntilWallMs = view.heldUntilWallMs};
        for (const ChainTargetView &target : view.targets) {
            TargetRow made = row(target.provider, target.model);
            made.isSkipped = target.isSkipped;
            made.reason = target.reason;
            made.perMinute = target.perMinute;
            made.rank = int(plate.targets.size()) + 1;
            plate.targets.append(made);
        }
        applyDraft(plate);
        m_chains.append(plate);
    }
    if (m_direct.isEmpty())
        return;
    ChainPlate direct{.isDirect = true};
    for (const auto &[provider, model] : m_direct)
        direct.targets.append(row(provider, model));
    m_chains.append(direct);
}

void BoardState::applyDraft(ChainPlate &plate) const
{
    const auto draft = m_draft.constFind(plate.id);
    if (draft == m_draft.constEnd())
        return;
    QList<TargetRow> rows;
    for (const DraftRow &row : *draft) {
        const auto isRunning = [&] {
            return row.rank >= 1 && row.rank <= plate.targets.size()
                && plate.targets[row.rank - 1].providerId == row.provider
                && plate.targets[row.rank - 1].model == row.model;
        };
        TargetRow made;
        if (isRunning()) {
            made = plate.targets[row.rank - 1];
            made.mark = row.isRemoved               ? DraftMark::Removed
                : made.rank != int(rows.size()) + 1 ? DraftMark::Moved
                                                    : DraftMark::None;
        } else if (!row.isRemoved) {
            made.providerId = row.provider;
            made.provider = indexOf(m_providers, row.provider);
            made.providerLabel
                = made.provider >= 0 ? m_providers[made.provider].label : row.provider.text();
            made.model = row.model;
            made.mark = DraftMark::Added;
        } else {
            continue;
        }
        rows.append(made);
    }
    plate.targets = rows;
}

void BoardState::takeClients(const Frame &frame)
{
    m_clients.clear();
    for (const ClientView &view : frame.clients) {
        m_clients.append(
            ClientPlate{.id = view.id,
                        .label = view.label.isEmpty() ? view.id.text() : view.label,
                        .perMinute = view.perMinute,
                        .lastSeenWallMs = view.lastSeenWallMs,
                        .program = view.program,
                        .light = view.perMinute > 0 ? Light::Serving : Light::NoTraffic});
        QList<ChainId> &used = m_used[view.id];
        for (const ChainId &chain : view.chains) {
            if (!used.contains(chain))
                used.append(chain);
        }
    }
}

void BoardState::takeExchanges(const Frame &frame)
{
    for (const auto &exchange : frame.changed) {
        const auto known = m_live.find(exchange->id);
        if (known != m_live.end())
            *known = Live{exchange, frame.wallMs};
        else if (m_live.size() < kMaxLive)
            m_live.insert(exchange->id, Live{exchange, frame.wallMs});
    }
    // The engine holds nothing any more, so whatever we still follow has ended in a frame we
    // missed.
    const bool isQuiet = frame.totals.inFlight == 0;
    m_live.removeIf([&](auto it) {
        const qint64 age = frame.wallMs - it->seenWallMs;
        const bool isOver = it->exchange->phase == Phase::Settled || isQuiet;
        return isOver ? age > kMarkMs : age > kForgottenMs;
    });
}

int BoardState::chainOf(const Exchange &exchange) const
{
    if (!exchange.decision.chain.isEmpty())
        return indexOf(m_chains, exchange.decision.chain);
    if (!m_chains.isEmpty() && m_chains.constLast().isDirect)
        return int(m_chains.size()) - 1;
    return -1;
}

int BoardState::rowOf(int chain, const TargetRef &target, int rank) const
{
    if (chain < 0)
        return -1;
    const QList<TargetRow> &rows = m_chains[chain].targets;
    const auto isIt = [&](const TargetRow &row) {
        return row.providerId == target.provider && row.model == target.model;
    };
    for (int i = 0; i < rows.size(); ++i) {
        if (rows[i].rank == rank && isIt(rows[i]))
            return i;
    }
    const auto at = std::find_if(rows.begin(), rows.end(), isIt);
    return at == rows.end() ? -1 : int(at - rows.begin());
}

void BoardState::makeRoutes(const Frame &frame)
{
    // Direct requests are not counted by the engine as a chain: what is running now is what we
    // know.
    if (!m_chains.isEmpty() && m_chains.constLast().isDirect) {
        ChainPlate &direct = m_chains.last();
        for (const Live &live : std::as_const(m_live)) {
            const Exchange &exchange = *live.exchange;
            if (!exchange.decision.chain.isEmpty() || frame.wallMs - exchange.wallMs > 60'000)
                continue;
            ++direct.perMinute;
            direct.light = Light::Serving;
            for (const Attempt &attempt : exchange.attempts) {
                const int row = rowOf(int(m_chains.size()) - 1, attempt.target, attempt.rank);
                if (row >= 0)
                    ++direct.targets[row].perMinute;
            }
        }
    }

    m_clientRoutes.clear();
    for (int client = 0; client < m_clients.size(); ++client) {
        const QList<ChainId> used = m_used.value(m_clients[client].id);
        for (int chain = 0; chain < m_chains.size(); ++chain) {
            const bool isKnown = used.contains(m_chains[chain].id);
            const bool isOnlyWay = used.isEmpty() && m_chains.size() == 1;
            if (!isKnown && !isOnlyWay)
                continue;
            const int rate = std::min(m_clients[client].perMinute, m_chains[chain].perMinute);
            m_clientRoutes.append(
                ClientRoute{client, chain, rate > 0 ? RouteState::Live : RouteState::Idle, rate});
        }
    }

    const auto isTripped = [&](const TargetRow &row) {
        if (m_providers[row.provider].state == ProviderState::Tripped)
            return true;
        return std::any_of(frame.gates.begin(), frame.gates.end(), [&](const GateView &gate) {
            return gate.state == GateState::Tripped && gate.scope == GateScope::Model
                && gate.provider == row.providerId && gate.model == row.model;
        });
    };
    m_targetRoutes.clear();
    for (int chain = 0; chain < m_chains.size(); ++chain) {
        const ChainPlate &plate = m_chains[chain];
        bool isAfterUsable = false; // an earlier target could have served
        for (int row = 0; row < plate.targets.size(); ++row) {
            const TargetRow &target = plate.targets[row];
            if (target.provider < 0)
                continue;
            TargetRoute route{chain, row, target.provider, RouteState::Idle, target.perMinute};
            const bool isLeftOut = plate.heldRank > 0 && target.rank != plate.heldRank;
            if (target.mark == DraftMark::Added)
                route.state = RouteState::Draft;
            else if (isLeftOut || target.isSkipped
                     || m_providers[target.provider].state == ProviderState::Off)
                route.state = RouteState::None;
            else if (isTripped(target))
                route.state = RouteState::Tripped;
            else if (target.perMinute > 0)
                route.state
                    = isAfterUsable && !plate.isDirect ? RouteState::Caution : RouteState::Live;
            isAfterUsable |= !target.isSkipped && !isLeftOut;
            m_targetRoutes.append(route);
        }
    }
}

void BoardState::makeTrains()
{
    m_trains.clear();
    m_marks.clear();
    for (const Live &live : std::as_const(m_live)) {
        const Exchange &exchange = *live.exchange;
        const int chain = chainOf(exchange);
        if (chain < 0)
            continue;
        for (const Attempt &attempt : exchange.attempts) {
            if (!isFailure(attempt.outcome) || attempt.endedAt < Micros::zero())
                continue;
            const qint64 until = exchange.wallMs + attempt.endedAt.count() / 1000 + kMarkMs;
            const int row = rowOf(chain, attempt.target, attempt.rank);
            if (until > m_wallMs && row >= 0) {
                m_marks.append(FailMark{exchange.id, attempt.ordinal, chain, row, attempt.outcome,
                                        attempt.status, attempt.isInjected, until});
            }
        }

        Train train{
            .id = exchange.id, .client = indexOf(m_clients, exchange.client), .chain = chain};
        train.promptTokens = exchange.ask.promptTokens;
        train.acceptedWallMs = exchange.wallMs;
        train.waitingSinceWallMs = exchange.wallMs;
        if (!exchange.attempts.isEmpty()) {
            const Attempt &attempt = exchange.attempts.constLast();
            train.row = rowOf(chain, attempt.target, attempt.rank);
            train.rank = attempt.rank;
            train.isDetoured = exchange.outcome.isFailover || exchange.outcome.isDiverted;
            for (const Candidate &candidate : exchange.decision.candidates) {
                const bool isPassedOver = candidate.rank < attempt.rank
                    && (candidate.fate == CandidateFate::Tried
                        || candidate.reason == SkipReason::Tripped
                        || candidate.reason == SkipReason::ProbeInFlight);
                train.isDetoured |= isPassedOver;
            }
            const bool isTelling = attempt.firstContentAt >= Micros::zero();
            const bool isRunning = attempt.outcome == AttemptOutcome::Running;
            for (const Attempt &tried : exchange.attempts)
                train.isDrill |= tried.isInjected;
            train.isMovable = isRunning && !isTelling && !attempt.isCommitted
                && exchange.committedAt < Micros::zero() && exchange.phase != Phase::Settled;
            train.place = isTelling ? TrainPlace::Streaming
                : isRunning         ? TrainPlace::Platform
                                    : TrainPlace::Inbound;
            if (attempt.startedAt >= Micros::zero())
                train.waitingSinceWallMs = exchange.wallMs + attempt.startedAt.count() / 1000;
            if (isTelling) {
                const qint64 begun = exchange.wallMs + attempt.firstContentAt.count() / 1000;
                const qint64 ended = attempt.endedAt >= Micros::zero()
                    ? exchange.wallMs + attempt.endedAt.count() / 1000
                    : live.seenWallMs; // the count is as old as the exchange we hold
                if (ended > begun && attempt.usage.completion() > 1)
                    train.tokensPerSecond
                        = double(attempt.usage.completion()) * 1000.0 / double(ended - begun);
            }
        }
        if (exchange.phase == Phase::Settled) {
            if (m_wallMs - live.seenWallMs > kLeavingMs)
                continue;
            train.place = TrainPlace::Leaving;
            train.isFailed = exchange.outcome.kind != OutcomeKind::Served;
        }
        m_trains.append(train);
    }
    std::sort(m_trains.begin(), m_trains.end(),
              [](const Train &a, const Train &b) { return a.id < b.id; });
    std::sort(m_marks.begin(), m_marks.end(), [](const FailMark &a, const FailMark &b) {
        return std::pair(a.id, a.ordinal) < std::pair(b.id, b.ordinal);
    });
}

// Worst first: what answers nobody, what is out, what a person must decide, what merely limps.
void BoardState::makeProblems(const Frame &frame)
{
    m_problems.clear();
    if (frame.state == EngineState::Failed || frame.state == EngineState::Stopped)
        m_problems.append(Problem{.kind = Problem::Kind::Engine, .light = Light::Danger});
    if (frame.state == EngineState::Paused)
        m_problems.append(Problem{.kind = Problem::Kind::Paused, .light = Light::Off});
    for (const BudgetView &budget : frame.budgets) {
        if (budget.isReached)
            m_problems.append(Problem{.kind = Problem::Kind::Budget,
                                      .light = Light::Danger,
                                      .subject = budget.id,
                                      .budget = budget});
    }
    for (int i = 0; i < m_chains.size(); ++i) {
        if (m_chains[i].state == ChainState::Failing)
            m_problems.append(Problem{.kind = Problem::Kind::Chain,
                                      .light = Light::Danger,
                                      .index = i,
                                      .subject = m_chains[i].label});
    }
    const auto addProviders = [&](ProviderState state, Light light) {
        for (int i = 0; i < m_providers.size(); ++i) {
            if (m_providers[i].state == state)
                m_problems.append(Problem{.kind = Problem::Kind::Provider,
                                          .light = light,
                                          .index = i,
                                          .subject = m_providers[i].label});
        }
    };
    addProviders(ProviderState::Tripped, Light::Danger);
    if (!frame.drills.isEmpty()) {
        const auto last = std::max_element(
            frame.drills.begin(), frame.drills.end(),
            [](const DrillView &a, const DrillView &b) { return a.untilWallMs < b.untilWallMs; });
        m_problems.append(Problem{.kind = Problem::Kind::Drill,
                                  .light = Light::Drill,
                                  .subject = last->provider.text(),
                                  .drill = *last,
                                  .drills = int(frame.drills.size())});
    }
    for (const Notice &notice : frame.notices)
        m_problems.append(Problem{.kind = Problem::Kind::Notice,
                                  .light = Light::Caution,
                                  .subject = notice.subject,
                                  .notice = notice});
    for (const BudgetView &budget : frame.budgets) {
        if (budget.isWarned && !budget.isReached)
            m_problems.append(Problem{.kind = Problem::Kind::Budget,
                                      .light = Light::Caution,
                                      .subject = budget.id,
                                      .budget = budget});
    }
    addProviders(ProviderState::Degraded, Light::Caution);
}

bool BoardState::isCounting() const
{
    const auto isCountingDown = [this](const ProviderPlate &plate) {
        return (plate.state == ProviderState::Tripped && plate.untilWallMs > m_wallMs)
            || plate.drillUntilWallMs > m_wallMs;
    };
    const auto isHeldFor
        = [this](const ChainPlate &plate) { return plate.heldUntilWallMs > m_wallMs; };
    return !m_marks.isEmpty() || std::any_of(m_chains.begin(), m_chains.end(), isHeldFor)
        || std::any_of(m_providers.begin(), m_providers.end(), isCountingDown);
}

} // namespace sb::models
