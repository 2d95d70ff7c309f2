#include "pages/board_frames.h"

#include <cmath>

namespace sb::test {

namespace {

using namespace std::chrono_literals;

ProviderId pid(const char *id)
{
    return ProviderId(QString::fromLatin1(id));
}
ChainId cid(const char *id)
{
    return ChainId(QString::fromLatin1(id));
}

ProviderView provider(const char *id, const char *label)
{
    ProviderView view;
    view.id = pid(id);
    view.label = QString::fromUtf8(label);
    return view;
}

ChainTargetView target(const char *provider, const char *model, int perMinute = 0)
{
    ChainTargetView view;
    view.provider = pid(provider);
    view.model = QString::fromLatin1(model);
    view.perMinute = perMinute;
    return view;
}

ClientView client(const char *id, const char *label, int perMinute,
                  std::initializer_list<const char *> chains)
{
    ClientView view;
    view.id = ClientId(QString::fromLatin1(id));
    view.label = QString::fromUtf8(label);
    view.perMinute = perMinute;
    view.lastSeenWallMs = perMinute > 0 ? kNow - 2'000 : kNow - 14 * 60'000;
    for (const char *chain : chains)
        view.chains.append(cid(chain));
    return view;
}

void serve(ProviderView &view, Micros p50, double speed, int attempts, int failures = 0)
{
    view.state = failures * 20 > attempts ? ProviderState::Degraded : ProviderState::Serving;
    view.p50Duration = p50;
    view.p50FirstContent = p50 / 3;
    view.tokensPerSecond = speed;
    view.attempts5m = attempts;
    view.failures5m = failures;
}

void addSeconds(Frame &frame, const char *id, double first, double speed, qint64 gapFrom = -1)
{
    for (qint64 i = 0; i < 300; ++i) {
        if (i >= gapFrom && gapFrom >= 0 && i < gapFrom + 24)
            continue;
        SecondView second;
        second.wallMs = kNow - (299 - i) * 1000;
        second.provider = pid(id);
        const double wave
            = std::sin(double(i) / 17) * 0.12 + std::sin(double(i) / 5.3) * 0.05 + double(i) / 900;
        second.firstContent = Micros(qint64(first * (1 + wave) * 1e6));
        second.tokensPerSecond = speed * (1 - wave / 2);
        frame.seconds.append(second);
    }
}

} // namespace

Frame idleFrame()
{
    Frame frame;
    frame.number = 1;
    frame.wallMs = kNow;
    frame.state = EngineState::Running;
    frame.revision = 3;
    frame.addresses = {QStringLiteral("http://127.0.0.1:7317")};
    frame.providers = {provider("anthropic", "Anthropic"), provider("openai", "OpenAI"),
                       provider("openrouter", "OpenRouter"), provider("ollama", "Ollama (local)")};
    frame.providers[3].isLocal = true;
    ChainView coding;
    coding.id = cid("coding");
    coding.targets = {target("anthropic", "claude-sonnet-5"), target("openai", "gpt-5.2"),
                      target("openrouter", "anthropic/claude-sonnet-5")};
    ChainView fast;
    fast.id = cid("fast");
    fast.targets = {target("openai", "gpt-5.2-mini"), target("ollama", "qwen3:8b")};
    ChainView app;
    app.id = cid("my-app");
    app.targets = {target("anthropic", "claude-haiku-4-5"), target("openai", "gpt-5.2-mini"),
                   target("ollama", "qwen3:8b")};
    frame.chains = {coding, fast, app};
    frame.clients = {client("claude", "Claude Code", 0, {"coding"}),
                     client("codex", "Codex CLI", 0, {"coding"}), client("zed", "Zed", 0, {"fast"}),
                     client("my-app", "my-app", 0, {"my-app"})};
    frame.clients[1].lastSeenWallMs = kNow - 3 * 60'000;
    frame.clients[2].lastSeenWallMs = 0;
    frame.clients[2].chains.clear();
    return frame;
}

Frame busyFrame()
{
    Frame frame = idleFrame();
    frame.clients = {client("claude", "Claude Code", 12, {"coding"}),
                     client("codex", "Codex CLI", 3, {"coding"}), client("zed", "Zed", 0, {"fast"}),
                     client("my-app", "my-app", 41, {"my-app"})};
    for (auto [chain, rate] : {std::pair(0, 15), std::pair(2, 41)}) {
        frame.chains[chain].perMinute = rate;
        frame.chains[chain].state = ChainState::OnFirstTarget;
        frame.chains[chain].lastServedRank = 1;
        frame.chains[chain].targets[0].perMinute = rate;
    }
    serve(frame.providers[0], 1'400ms, 82, 280);
    frame.providers[0].inFlight = 3;
    frame.totals.perMinute = 56;
    frame.totals.inFlight = 3;
    frame.totals.p50Duration = 1'600ms;
    frame.totals.p50FirstContent = 420ms;
    frame.totals.errorShare = 0.012;
    frame.totals.today = Money{4'180'000'000};
    addSeconds(frame, "anthropic", 0.42, 82);
    frame.changed = {tale(Tale::Nobody, 1, QStringLiteral("my-app"), QStringLiteral("my-app")),
                     tale(Tale::Served, 2, QStringLiteral("my-app"), QStringLiteral("my-app")),
                     tale(Tale::Served, 3, QStringLiteral("codex")),
                     tale(Tale::FailedOver, 4, QStringLiteral("my-app"), QStringLiteral("my-app")),
                     tale(Tale::ClientLeft, 5, QStringLiteral("codex")),
                     tale(Tale::Served, 6),
                     tale(Tale::Served, 7, QStringLiteral("my-app"), QStringLiteral("my-app")),
                     tale(Tale::Streaming, 8),
                     tale(Tale::Platform, 9, QStringLiteral("my-app"), QStringLiteral("my-app")),
                     tale(Tale::Inbound, 10, QStringLiteral("codex"))};
    return frame;
}

Frame failingOverFrame()
{
    Frame frame = busyFrame();
    frame.chains[2].state = ChainState::FailedOver;
    frame.chains[2].lastServedRank = 2;
    frame.chains[2].targets[1].perMinute = 38;
    serve(frame.providers[0], 1'400ms, 82, 280, 12);
    frame.providers[0].state = ProviderState::Serving;
    serve(frame.providers[1], 2'900ms, 44, 164, 10);
    addSeconds(frame, "openai", 0.61, 44, 130);
    // Attempt 1 of my-app failed a second ago, attempt 2 is telling.
    auto live = std::make_shared<Exchange>(
        *tale(Tale::FailedOver, 11, QStringLiteral("my-app"), QStringLiteral("my-app")));
    live->phase = Phase::Streaming;
    live->outcome = Outcome();
    live->endedAt = kNever;
    live->attempts[1].outcome = AttemptOutcome::Running;
    live->attempts[1].endedAt = kNever;
    live->wallMs = kNow - 1'990;
    live->id.high = quint64(live->wallMs) << 16;
    frame.changed[8] = live;
    return frame;
}

Frame trippedFrame()
{
    Frame frame = failingOverFrame();
    ProviderView &router = frame.providers[2];
    router.state = ProviderState::Tripped;
    router.cause = AttemptOutcome::RateLimited;
    router.causeStatus = 429;
    router.sinceWallMs = kNow - 37'000;
    router.untilWallMs = kNow + 23'000;
    router.attempts5m = 5;
    router.failures5m = 5;
    ProviderView &ollama = frame.providers[3];
    ollama.state = ProviderState::Probing;
    ollama.cause = AttemptOutcome::ConnectFailed;
    ollama.attempts5m = 3;
    ollama.failures5m = 3;
    GateView gate;
    gate.provider = router.id;
    gate.state = GateState::Tripped;
    gate.cause = router.cause;
    gate.status = 429;
    gate.failuresInRow = 5;
    gate.sinceWallMs = router.sinceWallMs;
    gate.untilWallMs = router.untilWallMs;
    frame.gates = {gate};
    frame.chains[1].targets[1].isSkipped = true;
    frame.chains[1].targets[1].reason = SkipReason::NeedsTranslation;
    return frame;
}

Frame heldFrame()
{
    Frame frame = busyFrame();
    frame.chains[0].heldRank = 1;
    frame.chains[0].heldUntilWallMs = kNow + 581'000;
    frame.chains[0].state = ChainState::Held;
    frame.chains[2].heldRank = 2;
    frame.chains[2].state = ChainState::Held;
    frame.chains[2].lastServedRank = 2;
    frame.chains[2].targets[0].perMinute = 0;
    frame.chains[2].targets[1].perMinute = 41;
    serve(frame.providers[1], 1'900ms, 44, 120);
    return frame;
}

Frame drillFrame()
{
    Frame frame = failingOverFrame();
    frame.providers[1].isSimulated = true;
    frame.providers[2].state = ProviderState::Off;
    DrillView all;
    all.id = 7;
    all.fault = QByteArrayLiteral("status");
    all.status = 500;
    all.provider = pid("openai");
    all.sinceWallMs = kNow - 18'000;
    all.untilWallMs = kNow + 102'000;
    all.hits = 12;
    DrillView one;
    one.id = 8;
    one.fault = QByteArrayLiteral("slow_first_token");
    one.provider = pid("anthropic");
    one.client = ClientId(QStringLiteral("codex"));
    one.sinceWallMs = kNow - 60'000;
    one.untilWallMs = kNow + 60'000;
    frame.drills = {all, one};
    // A request of Codex CLI waits at the broken provider; another met the drill just now.
    auto waiting = std::make_shared<Exchange>(*tale(Tale::Platform, 9, QStringLiteral("codex")));
    frame.changed.append(waiting);
    auto met = std::make_shared<Exchange>(
        *tale(Tale::FailedOver, 10, QStringLiteral("my-app"), QStringLiteral("my-app")));
    met->attempts[0].isInjected = true;
    met->wallMs = kNow - 1'800;
    met->id.high = quint64(met->wallMs) << 16;
    met->phase = Phase::Streaming;
    met->outcome = Outcome();
    met->endedAt = kNever;
    met->attempts[1].outcome = AttemptOutcome::Running;
    met->attempts[1].endedAt = kNever;
    frame.changed[8] = met;
    return frame;
}

Frame troubledFrame()
{
    Frame frame = trippedFrame();
    BudgetView day;
    day.id = QStringLiteral("daily");
    day.scope = QStringLiteral("all");
    day.window = QStringLiteral("day");
    day.cap = Money{10'000'000'000};
    day.spent = Money{8'400'000'000};
    day.isWarned = true;
    day.resetsAtWallMs = kNow + 8 * 3'600'000;
    BudgetView app = day;
    app.id = QStringLiteral("app");
    app.scope = QStringLiteral("client:my-app");
    app.cap = Money{2'000'000'000};
    app.spent = app.cap;
    app.isReached = true;
    app.refused = 14;
    frame.budgets = {day, app};
    Notice key;
    key.kind = Notice::Kind::KeyRejected;
    key.subject = QStringLiteral("openai");
    key.sinceWallMs = kNow - 240'000;
    Notice config;
    config.kind = Notice::Kind::ConfigRefused;
    config.subject = QStringLiteral("/chains/2/targets/0/model");
    config.sinceWallMs = kNow - 30'000;
    frame.notices = {key, config};
    return frame;
}

Frame incidentFrame()
{
    Frame frame = busyFrame();
    ProviderView &anthropic = frame.providers[0];
    anthropic.state = ProviderState::Tripped;
    anthropic.cause = AttemptOutcome::Overloaded;
    anthropic.causeStatus = 529;
    anthropic.sinceWallMs = kNow - 42'000;
    anthropic.untilWallMs = kNow + 18'000;
    anthropic.attempts5m = 240;
    anthropic.failures5m = 6;
    serve(frame.providers[1], 1'900ms, 61, 31);
    addSeconds(frame, "openai", 0.71, 61, 0);
    for (SecondView &second : frame.seconds) { // nothing of Anthropic since it tripped
        if (second.provider == anthropic.id && second.wallMs > kNow - 42'000)
            second.provider = pid("openai");
    }
    for (const int chain : {0, 2}) {
        frame.chains[chain].state = ChainState::FailedOver;
        frame.chains[chain].lastServedRank = 2;
        frame.chains[chain].targets[1].perMinute = frame.chains[chain].perMinute * 2 / 3;
        frame.chains[chain].targets[0].perMinute = frame.chains[chain].perMinute / 3;
    }
    GateView gate;
    gate.provider = anthropic.id;
    gate.state = GateState::Tripped;
    gate.cause = anthropic.cause;
    gate.status = 529;
    gate.failuresInRow = 5;
    gate.sinceWallMs = anthropic.sinceWallMs;
    gate.untilWallMs = anthropic.untilWallMs;
    frame.gates = {gate};
    EventView trip;
    trip.kind = EventKind::Tripped;
    trip.wallMs = anthropic.sinceWallMs;
    trip.provider = anthropic.id;
    trip.cause = anthropic.cause;
    trip.status = 529;
    trip.untilWallMs = anthropic.untilWallMs;
    frame.events = {trip};
    frame.changed.clear();
    const auto at = [&](Tale kind, qint64 ago, const char *client, const char *chain, qint64 nano) {
        auto e = std::make_shared<Exchange>(
            *tale(kind, int(ago % 1'000), QString::fromLatin1(client), QString::fromLatin1(chain)));
        e->wallMs = kNow - ago;
        e->id.high = quint64(e->wallMs) << 16;
        if (kind == Tale::FailedOver) {
            e->attempts[0].outcome = AttemptOutcome::Overloaded;
            e->attempts[0].status = 529;
            e->attempts[0].message = QStringLiteral("Overloaded");
        }
        if (Attempt *server
            = e->outcome.servedBy >= 0 ? &e->attempts[e->outcome.servedBy] : nullptr)
            e->settlement.cost = server->cost = Money{nano};
        frame.changed.append(e);
    };
    at(Tale::Served, 61'000, "claude", "coding", 31'200'000);
    at(Tale::Served, 58'000, "my-app", "my-app", 400'000);
    at(Tale::FailedOver, 47'000, "claude", "coding", 21'400'000);
    at(Tale::FailedOver, 44'000, "my-app", "my-app", 900'000);
    at(Tale::Diverted, 31'000, "codex", "coding", 12'700'000);
    at(Tale::Diverted, 12'000, "my-app", "my-app", 1'100'000);
    at(Tale::Diverted, 2'400, "claude", "coding", 18'600'000);
    frame.totals.inFlight = 0;
    return frame;
}

Frame emptyFrame()
{
    Frame frame;
    frame.number = 1;
    frame.wallMs = kNow;
    frame.state = EngineState::Running;
    frame.revision = 1;
    frame.addresses = {QStringLiteral("http://127.0.0.1:7317")};
    return frame;
}

Frame crowdedFrame()
{
    Frame frame = trippedFrame();
    for (int i = 0; i < 10; ++i) {
        ClientView view;
        view.id = ClientId(QStringLiteral("tool-%1").arg(i));
        view.label = i == 4 ? QStringLiteral("a client with quite a long name %1").arg(i)
                            : QStringLiteral("tool %1").arg(i);
        view.perMinute = i % 4 == 0 ? i * 7 + 1 : 0;
        view.lastSeenWallMs = kNow - i * 60'000;
        if (view.perMinute > 0)
            view.chains = {cid(i % 8 == 0 ? "fast" : "my-app"), cid("coding")};
        frame.clients.append(view);
    }
    for (int i = 0; i < 8; ++i) {
        ProviderView view;
        view.id = ProviderId(QStringLiteral("vendor-%1").arg(i));
        view.label = QStringLiteral("Vendor number %1").arg(i);
        if (i < 2)
            serve(view, 900ms, 120, 20);
        if (i == 2)
            view.state = ProviderState::Off;
        frame.providers.append(view);
    }
    frame.chains[1].perMinute = 9;
    frame.chains[1].state = ChainState::OnFirstTarget;
    frame.chains[1].targets[0].perMinute = 9;
    for (int i = 0; i < 4; ++i) {
        ChainTargetView row;
        row.provider = ProviderId(QStringLiteral("vendor-%1").arg(i * 2 % 8));
        row.model = QStringLiteral("a-model-with-a-really-long-name-%1").arg(i);
        frame.chains[1].targets.append(row);
    }
    return frame;
}

std::shared_ptr<const Exchange> tale(Tale kind, int number, const QString &client,
                                     const QString &chain)
{
    auto e = std::make_shared<Exchange>();
    e->wallMs = kNow - 12'000 + number * 1'000 - number * 77 % 500;
    e->id = ExchangeId{quint64(e->wallMs) << 16, quint64(number)};
    e->revision = 3;
    e->client = ClientId(client);
    e->ask.model = chain;
    e->ask.isStream = true;
    e->ask.promptTokens = 12'400;
    e->decision.source = RouteSource::Chain;
    e->decision.chain = ChainId(chain);
    const bool isApp = chain == u"my-app";
    const QList<TargetRef> targets = isApp
        ? QList<TargetRef>{{pid("anthropic"), QStringLiteral("claude-haiku-4-5"),
                            KeyId(QStringLiteral("main"))},
                           {pid("openai"), QStringLiteral("gpt-5.2-mini"),
                            KeyId(QStringLiteral("main"))},
                           {pid("ollama"), QStringLiteral("qwen3:8b"), KeyId()}}
        : QList<TargetRef>{
            {pid("anthropic"), QStringLiteral("claude-sonnet-5"), KeyId(QStringLiteral("main"))},
            {pid("openai"), QStringLiteral("gpt-5.2"), KeyId(QStringLiteral("main"))},
            {pid("openrouter"), QStringLiteral("anthropic/claude-sonnet-5"),
             KeyId(QStringLiteral("main"))}};
    for (int i = 0; i < targets.size(); ++i)
        e->decision.candidates.append(
            Candidate{targets[i], i + 1, CandidateFate::Skipped, SkipReason::NotNeeded});
    e->decidedAt = 300us;

    const auto tried = [&](int rank, Micros start, Micros length, AttemptOutcome outcome,
                           int status) {
        Attempt a;
        a.ordinal = int(e->attempts.size()) + 1;
        a.rank = rank;
        a.target = targets[rank - 1];
        a.outcome = outcome;
        a.status = status;
        a.startedAt = start;
        a.connectedAt = start + 18ms;
        a.sentAt = start + 19ms;
        a.headAt = start + length * 2 / 10;
        a.endedAt = start + length;
        if (outcome == AttemptOutcome::Served) {
            a.stage = Stage::Given;
            a.next = Move::Deliver;
            a.isCommitted = true;
            a.firstContentAt = start + length * 3 / 10;
            a.usage.input = 12'400;
            a.usage.output = 340;
            a.usage.source = UsageSource::Reported;
            a.cost = Money{31'200'000};
            a.costSource = CostSource::Computed;
            e->firstContentAt = a.firstContentAt;
            e->committedAt = a.firstContentAt;
        } else {
            a.stage = Stage::Refused;
            a.next = Move::NextTarget;
            a.message
                = QStringLiteral("Number of requests has exceeded your per-minute rate limit");
        }
        e->decision.candidates[rank - 1].fate = CandidateFate::Tried;
        e->decision.candidates[rank - 1].reason = SkipReason::None;
        e->attempts.append(a);
        e->endedAt = a.endedAt;
    };
    const auto settle = [&](OutcomeKind outcome, int status, int servedBy) {
        e->phase = Phase::Settled;
        e->outcome.kind = outcome;
        e->outcome.status = status;
        e->outcome.servedBy = servedBy;
        if (servedBy >= 0) {
            e->settlement.cost = e->attempts[servedBy].cost;
            e->settlement.source = CostSource::Computed;
            e->settlement.usage = e->attempts[servedBy].usage;
            e->settlement.priceDate = QByteArrayLiteral("2026-11-22");
        }
    };

    switch (kind) {
    case Tale::Served:
        tried(1, 500us, 1'400ms, AttemptOutcome::Served, 200);
        settle(OutcomeKind::Served, 200, 0);
        break;
    case Tale::FailedOver:
        tried(1, 500us, 200ms, AttemptOutcome::RateLimited, 429);
        e->attempts[0].hint = Millis(30'000);
        tried(2, 201ms, 3'900ms, AttemptOutcome::Served, 200);
        settle(OutcomeKind::Served, 200, 1);
        e->outcome.isFailover = true;
        break;
    case Tale::Diverted:
        e->decision.candidates[0].reason = SkipReason::Tripped;
        e->decision.candidates[0].untilWallMs = e->wallMs + 23'000;
        tried(2, 500us, 900ms, AttemptOutcome::Served, 200);
        settle(OutcomeKind::Served, 200, 0);
        e->outcome.isDiverted = true;
        break;
    case Tale::Nobody:
        tried(1, 500us, 200ms, AttemptOutcome::Overloaded, 529);
        tried(2, 201ms, 300ms, AttemptOutcome::ServerError, 500);
        tried(3, 502ms, 5'000ms, AttemptOutcome::ConnectTimeout, 0);
        e->attempts[2].connectedAt = kNever;
        e->attempts[2].sentAt = kNever;
        e->attempts[2].headAt = kNever;
        e->attempts[2].next = Move::GiveUp;
        settle(OutcomeKind::Failed, 502, -1);
        e->outcome.code = Code::UpstreamError;
        break;
    case Tale::ClientLeft:
        tried(1, 500us, 700ms, AttemptOutcome::ClientLeft, 200);
        settle(OutcomeKind::ClientLeft, 499, -1);
        break;
    case Tale::Cut:
        tried(1, 500us, 2'000ms, AttemptOutcome::Served, 200);
        e->attempts[0].outcome = AttemptOutcome::StreamCut;
        e->attempts[0].next = Move::GiveUp;
        settle(OutcomeKind::Cut, 200, 0);
        break;
    case Tale::Streaming:
        tried(1, 500us, 1'400ms, AttemptOutcome::Served, 200);
        e->phase = Phase::Streaming;
        e->attempts[0].outcome = AttemptOutcome::Running;
        e->attempts[0].endedAt = kNever;
        e->endedAt = kNever;
        break;
    case Tale::Platform:
        tried(1, 500us, 1'400ms, AttemptOutcome::Running, 0);
        e->phase = Phase::Attempting;
        e->attempts[0].endedAt = kNever;
        e->attempts[0].headAt = kNever;
        e->endedAt = kNever;
        e->wallMs = kNow - 1'300;
        break;
    case Tale::Inbound:
        e->decision.candidates[0].fate = CandidateFate::Waiting;
        e->phase = Phase::Accepted;
        e->wallMs = kNow - 20;
        break;
    }
    e->id.high = quint64(e->wallMs) << 16;
    return e;
}

} // namespace sb::test
