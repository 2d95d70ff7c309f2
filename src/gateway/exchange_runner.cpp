#include "gateway/exchange_runner.h"

#include "gateway/answers.h"
#include "gateway/drilled_upstream.h"
#include "gateway/gateway.h"
#include "gateway/recording.h"
#include "provider/reply_fields.h"
#include "record/exchange_json.h"
#include "record/names.h"

namespace sb::gateway {

namespace {
bool isAnyTripped(const QList<Candidate> &candidates)
{
    return std::any_of(candidates.cbegin(), candidates.cend(), [](const Candidate &candidate) {
        return candidate.reason == SkipReason::Tripped
            || candidate.reason == SkipReason::ProbeInFlight;
    });
}

// No provider that counts in the client's dialect is there: an estimate is better than nothing.
bool isCountNobodyKnows(const Exchange &exchange)
{
    const QList<Candidate> &candidates = exchange.decision.candidates;
    return exchange.ask.endpoint == Endpoint::CountTokens && !candidates.isEmpty()
        && std::none_of(candidates.cbegin(), candidates.cend(), [](const Candidate &candidate) {
               return candidate.fate == CandidateFate::Waiting;
           });
}
} // namespace

ExchangeRunner::ExchangeRunner(Gateway &gateway, SetupPtr setup, http::Request request,
                               std::shared_ptr<http::ResponseStream> stream, const ClientId &client,
                               const dialect::PathMatch &match, const RunGrant &run)
    : m_gateway(gateway)
    , m_setup(std::move(setup))
    , m_request(std::move(request))
    , m_stream(std::move(stream))
    , m_match(match)
    , m_client(m_setup->config->client(client))
    , m_run(run.session)
    , m_runChain(run.chain)
    , m_deadline(gateway.clock())
    , m_wait(gateway.clock())
    , m_grace(gateway.clock())
{
    m_exchange.wallMs = gateway.clock().wallMs();
    m_exchange.id = ExchangeId::make(m_exchange.wallMs, gateway.random());
    m_exchange.client = client;
    m_exchange.ask.session = m_run;
    if (!m_run.isEmpty())
        gateway.runs().started(m_run);
}

ExchangeRunner::~ExchangeRunner()
{
    m_stream->setListener(nullptr);
}

void ExchangeRunner::replays(const ExchangeId &original, const std::optional<TargetRef> &target)
{
    m_exchange.replayOf = original;
    m_onlyTarget = target;
}

void ExchangeRunner::run()
{
    m_stream->setListener(this);
    accept();
}

// ---- accept

void ExchangeRunner::accept()
{
    m_exchange.acceptedAt = m_request.receivedAt;
    m_exchange.revision = m_setup->config->revision;
    m_exchange.ask.dialect = m_match.dialect;
    m_exchange.ask.endpoint = m_match.endpoint;
    m_exchange.ask.bodyBytes = m_request.body.size();
    m_ownSince = m_gateway.clock().now();
    m_gateway.ledger().opened(m_exchange);
    if (m_gateway.isDraining())
        return refuse(Code::Draining, "Signalbox is stopping and takes no new requests.");
    if (m_gateway.steering().isPaused())
        return refuse(Code::Draining,
                      "Signalbox is paused and takes no new requests until it is resumed.");
    parse();
}

// ---- parse

void ExchangeRunner::parse()
{
    auto ask = readAskFields(m_request.head.fields, *m_client, m_setup->config->routing);
    if (!ask)
        return refuse(*codeFromName(ask.error().code.toLatin1()), ask.error().detail.toUtf8());
    m_ask = *ask;
    m_exchange.ask.log = m_ask.log.value_or(std::min(LogPolicy::Metadata, m_client->maxLog));
    if (isToBeRecorded()) [[unlikely]]
        beginRecording();
    if (!m_run.isEmpty()) {
        m_ask.session = m_run;
        if (!m_runChain.isEmpty())
            m_ask.chain = m_runChain;
    }

    auto facts = readBody();
    if (!facts) {
        const auto code = codeFromName(facts.error().code.toLatin1());
        return refuse(code.value_or(Code::BadRequest), facts.error().detail.toUtf8());
    }
    m_facts = std::move(*facts);
    takePath();

    Ask &said = m_exchange.ask;
    said.kind = m_facts.kind;
    said.model = m_facts.model;
    said.models = m_facts.models;
    said.isStream = m_facts.isStream;
    said.hasTools = m_facts.hasTools;
    said.hasImages = m_facts.hasImages;
    said.hasSchema = m_facts.hasSchema;
    said.isNoFailover = m_ask.isNoFailover;
    said.promptTokens = m_facts.promptTokens;
    said.maxTokens = m_facts.maxTokens;
    said.session = m_ask.session;
    said.tags = m_ask.tags;
    m_total = m_ask.total.value_or(m_setup->config->routing.total);
    route();
}

// ---- route

Result<route::Resolved> ExchangeRunner::resolve() const
{
    if (m_onlyTarget)
        return route::Resolved{
            RouteSource::ProviderModel,
            {},
            {config::ChainTarget{m_onlyTarget->provider, m_onlyTarget->model, m_onlyTarget->key}}};
    if (m_match.isKept())
        return resolveKept();
    return route::resolve(
        {*m_setup->config, *m_client, m_facts.model, m_facts.models, m_ask.chain});
}

void ExchangeRunner::route()
{
    auto resolved = resolve();
    if (!resolved)
        return refuse(*codeFromName(resolved.error().code.toLatin1()),
                      resolved.error().detail.toUtf8());
    keepOwnModel(*resolved);

    if (!m_facts.routingFields.isEmpty()) {
        // Only OpenRouter knows these; anywhere else they would be ignored, which is never done.
        const bool isOpenRouter = std::all_of(
            resolved->targets.cbegin(), resolved->targets.cend(),
            [&](const config::ChainTarget &target) {
                const auto *provider = m_setup->config->provider(target.provider);
                return provider && provider->catalogId == QStringLiteral("openrouter");
            });
        if (!isOpenRouter)
            return refuse(Code::NotSupported,
                          "The field \"" + m_facts.routingFields.first()
                              + "\" is not supported here.");
    }

    m_exchange.decision
        = route::plan({*m_setup->config,
                       m_exchange.ask,
                       *resolved,
                       m_gateway.gates().table(),
                       m_setup->readyKeys,
                       m_gateway.clock().now(),
                       {},
                       m_match.isKept() ? 0 : m_gateway.steering().heldRank(resolved->chain),
                       translatedDialects(),
                       m_gateway.factsOf(m_setup)});
    preferHolder();
    m_exchange.decidedAt = offset();
    noteCaller();
    m_gateway.ledger().touched(m_exchange);
    if (m_ask.isDryRun)
        return answerDryRun();
    if (isCountNobodyKnows(m_exchange))
        return answerOwn(countAnswer(m_match.dialect, m_facts.promptTokens),
                         "x-signalbox-estimated: true\r\n");

    m_deadline.start(left(), [this] { deadlinePassed(); });
    if (m_facts.isStream && !m_match.isPassed())
        m_grace.start(m_setup->config->routing.commitGrace, [this] { sendPreamble(); });
    firstMove();
}

void ExchangeRunner::firstMove()
{
    const auto &candidates = m_exchange.decision.candidates;
    for (int i = 0; i < candidates.size(); ++i) {
        if (candidates[i].fate == CandidateFate::Waiting)
            return attempt(i);
    }
    if (m_rejection && !isAnyTripped(candidates))
        return fail(rejected());
    if (!m_refusal.isEmpty()) {
        if (m_refused)
            m_gateway.budgets().refused(*m_refused);
        m_gateway.tellBudgets();
        return refuse(Code::BudgetExceeded, m_refusal);
    }
    const FinalError error
        = withoutAttempt(m_exchange, *m_setup->config, m_gateway.isAllLimited(m_exchange.decision),
                         soonestWallMs(), m_exchange.wallMs);
    fail(error);
}

// ---- attempt

void ExchangeRunner::attempt(int index)
{
    Candidate &candidate = m_exchange.decision.candidates[index];
    const config::ProviderSettings &provider
        = *m_setup->config->provider(candidate.target.provider);
    Q_ASSERT(m_hold == 0);
    const Reservation reserved
        = reserve(m_gateway.budgets(),
                  {*m_setup->config, provider, m_exchange, m_facts, m_request.body,
                   candidate.target.model, m_run, m_match.charge});
    if (reserved.refused != SkipReason::None)
        return passOver(index, reserved);
    m_hold = reserved.hold;
    std::optional<AttemptInput> input = inputFor(candidate, reserved);
    if (!input)
        return cannotCarry(index);
    m_candidate = index;
    candidate.fate = CandidateFate::Tried;
    const bool isRetry
        = !m_exchange.attempts.isEmpty() && m_exchange.attempts.last().target == candidate.target;

    Attempt record;
    record.ordinal = int(m_exchange.attempts.size()) + 1;
    record.rank = candidate.rank;
    record.target = candidate.target;
    record.dialect = candidate.dialect;
    record.startedAt = offset();
    record.reserved = reserved.amount;
    const Drill *drill
        = m_gateway.steering().meet(candidate.target, m_exchange.client, m_facts.isStream);
    record.isInjected = drill != nullptr;
    m_isGateFed = !drill || drill->feedsGates();
    m_isCalled = !drill || !drill->simulatorText.isEmpty()
        || !DrilledUpstream::isInsteadOfCall(drill->fault);
    record.isProbe = m_isGateFed && m_gateway.gates().begin(candidate.target);
    m_exchange.attempts.append(record);
    m_exchange.phase = Phase::Attempting;
    if (m_isGateFed)
        isRetry ? m_gateway.gates().countRetry(provider.id)
                : m_gateway.gates().countFirst(provider.id);

    if (drill && !drill->simulatorText.isEmpty())
        input->request.head.insert(input->request.head.size() - 2,
                                   "x-sim-fault: " + drill->simulatorText + "\r\n");

    // Before it goes out: a killed process must know that this may be billed, and how much.
    Attempt &open = m_exchange.attempts.last();
    if (isBilled() && m_isCalled && m_match.charge == dialect::Charge::Counted)
        open.uncertain
            = ledger::billFor(open, ledger::Basis::InputFloor, m_exchange.ask.promptTokens,
                              m_exchange.wallMs, provider, *m_setup->config)
                  .uncertain;
    const bool isKept = m_gateway.sink().sent(m_exchange, int(m_exchange.attempts.size()) - 1);
    if (!isKept && m_hold != 0)
        return refuseUnkept();
    m_gateway.ledger().attemptStarted(record);
    m_gateway.ledger().touched(m_exchange);
    if (m_recording) [[unlikely]] {
        m_recording->sent(record.ordinal, input->request.head, input->request.body,
                          m_setup->keys.value({provider.id, candidate.target.key}));
        input->recording = m_recording;
    }
    releaseRunner();
    m_runner = std::make_unique<AttemptRunner>(m_gateway.clock(), *this, m_exchange.acceptedAt);
    pauseOverhead();
    if (!drill || !drill->simulatorText.isEmpty())
        return m_runner->start(m_gateway.upstream(), std::move(*input));
    DrilledUpstream drilled(m_gateway.upstream(), m_gateway.clock(), *drill, record.dialect);
    m_runner->start(drilled, std::move(*input));
}

// No room for it under a cap: the next one may cost less.
void ExchangeRunner::passOver(int index, const Reservation &refused)
{
    Candidate &candidate = m_exchange.decision.candidates[index];
    m_refusal = refused.refusal ? refusalSentence(*refused.refusal, m_gateway.budgets().zone())
        : m_match.charge == dialect::Charge::Unknown ? noBoundSentence()
                                                     : noPriceSentence(candidate.target);
    m_refused = refused.refusal;
    const bool isRetry = candidate.fate == CandidateFate::Tried;
    if (!isRetry) {
        candidate.fate = CandidateFate::Skipped;
        candidate.reason = refused.refused;
    }
    if (m_exchange.attempts.isEmpty())
        return firstMove();
    if (!isRetry)
        return nextMove();
    m_exchange.attempts.last().next = Move::GiveUp;
    m_exchange.attempts.last().notRepeated = refused.refused;
    giveUp(SkipReason::None);
}

// Part of the request has no words in that target's dialect: another target may have them.
void ExchangeRunner::cannotCarry(int index)
{
    m_gateway.budgets().release(std::exchange(m_hold, 0));
    Candidate &candidate = m_exchange.decision.candidates[index];
    if (!m_rejection)
        m_rejection = m_translation->rejection();
    const bool isRetry = candidate.fate == CandidateFate::Tried;
    if (!isRetry) {
        candidate.fate = CandidateFate::Skipped;
        candidate.reason = SkipReason::NotTranslatable;
        candidate.detail = QString::fromUtf8(m_translation->rejection()->message).left(400);
    }
    if (m_exchange.attempts.isEmpty())
        return firstMove();
    if (!isRetry)
        return nextMove();
    m_exchange.attempts.last().next = Move::GiveUp;
    m_exchange.attempts.last().notRepeated = SkipReason::NotTranslatable;
    giveUp(SkipReason::None);
}

// The provider named a member that it does not take and that can be left out: once more, without.
void ExchangeRunner::retryWithout(int candidate)
{
    m_exchange.attempts.last().next = Move::Retry;
    m_gateway.ledger().touched(m_exchange);
    moveTo(candidate);
}

// Under a cap nothing leaves that a crash would forget. [robustness §9]
void ExchangeRunner::refuseUnkept()
{
    const Attempt attempt = m_exchange.attempts.takeLast();
    m_gateway.budgets().release(std::exchange(m_hold, 0));
    if (m_isGateFed)
        m_gateway.gates().ended(attempt.target,
                                {AttemptOutcome::ClientLeft, 0, Millis(-1), attempt.isProbe});
    Candidate &candidate = m_exchange.decision.candidates[m_candidate];
    candidate.fate = CandidateFate::Waiting;
    skipRest(SkipReason::NotNeeded);
    refuse(Code::LedgerUnavailable,
           "A cap on spending is in force, and the disk does not take what it must remember.");
}

void ExchangeRunner::attemptProgressed()
{
    m_gateway.ledger().touched(m_exchange);
}
// ---- small things

void ExchangeRunner::skipRest(SkipReason reason)
{
    const bool isContext = !m_exchange.attempts.isEmpty()
        && m_exchange.attempts.last().outcome == AttemptOutcome::ContextTooLong;
    QList<Candidate> &candidates = m_exchange.decision.candidates;
    for (int i = 0; i < candidates.size(); ++i) {
        Candidate &candidate = candidates[i];
        if (candidate.fate != CandidateFate::Waiting)
            continue;
        candidate.fate = CandidateFate::Skipped;
        candidate.reason = reason;
        // Passed over on the way, or left when nothing else could be tried.
        if (reason == SkipReason::None || (reason == SkipReason::NotNeeded && i < m_candidate)) {
            candidate.reason = whyPassedOver(candidate);
            if (candidate.reason == SkipReason::None)
                candidate.reason = isContext     ? SkipReason::ContextTooSmall
                    : reason == SkipReason::None ? SkipReason::AttemptCap
                                                 : SkipReason::Tripped;
        }
    }
}

SkipReason ExchangeRunner::whyPassedOver(const Candidate &candidate) const
{
    switch (route::gateOf(candidate.target, m_gateway.gates().table(), m_gateway.clock().now())
                .admission) {
    case route::Admission::Tripped:
        return SkipReason::Tripped;
    case route::Admission::ProbeInFlight:
        return SkipReason::ProbeInFlight;
    case route::Admission::Yes:
    case route::Admission::AsProbe:
        break;
    }
    return SkipReason::None;
}

void ExchangeRunner::reportToGates(const Attempt &attempt)
{
    if (!m_isGateFed)
        return;
    m_gateway.gates().ended(attempt.target,
                            {gateWord(attempt), attempt.status, attempt.hint, attempt.isProbe});
}

// The attempt that has just begun to answer. A retry of the same target is no failover.
void ExchangeRunner::noteServer()
{
    const QList<Attempt> &attempts = m_exchange.attempts;
    m_exchange.outcome.servedBy = int(attempts.size()) - 1;
    m_exchange.outcome.isFailover
        = std::any_of(attempts.cbegin(), attempts.cend(),
                      [&](const Attempt &a) { return a.target != attempts.last().target; });
}

// The old runner may be the caller: it must outlive this turn.
void ExchangeRunner::releaseRunner()
{
    if (m_runner)
        m_gateway.discard(std::move(m_runner));
}

QByteArray ExchangeRunner::ownFields() const
{
    return m_gateway.ownFields(m_exchange, overhead());
}

void ExchangeRunner::addReplyFields(WireText &to, const http::ReplyHead &head) const
{
    const TargetRef &target = m_exchange.attempts.last().target;
    const auto key = m_setup->keys.constFind({target.provider, target.key});
    provider::addClientFields(to, head.fields, m_match.dialect, false,
                              key == m_setup->keys.cend() ? QByteArrayView() : key->reveal());
}

AttemptLimits ExchangeRunner::limitsFor(const config::ProviderSettings &provider,
                                        bool isStream) const
{
    AttemptLimits limits;
    limits.connect = provider.timeouts.connect;
    limits.contentIdle = provider.timeouts.contentIdle;
    limits.byteIdle = provider.timeouts.byteIdle;
    if (isStream) {
        limits.head = provider.timeouts.head;
        limits.firstContent = provider.timeouts.firstContent;
    } else {
        // A plain call says nothing until it is done.
        limits.head = limits.firstContent = m_total;
    }
    if (m_ask.firstToken) {
        limits.head = std::min(limits.head, Nanos(*m_ask.firstToken));
        limits.firstContent = std::min(limits.firstContent, Nanos(*m_ask.firstToken));
    }
    return limits;
}

qint64 ExchangeRunner::soonestWallMs() const
{
    return m_gateway.soonestWallMs(m_exchange.decision);
}

Micros ExchangeRunner::offset() const
{
    return std::chrono::duration_cast<Micros>(m_gateway.clock().now() - m_exchange.acceptedAt);
}

Nanos ExchangeRunner::left() const
{
    return m_exchange.acceptedAt + m_total - m_gateway.clock().now();
}

Nanos ExchangeRunner::overhead() const
{
    return m_ownSince > Nanos(0) ? m_own + m_gateway.clock().now() - m_ownSince : m_own;
}

void ExchangeRunner::pauseOverhead()
{
    if (m_ownSince > Nanos(0))
        m_own += m_gateway.clock().now() - std::exchange(m_ownSince, Nanos(0));
}

void ExchangeRunner::resumeOverhead()
{
    if (m_ownSince == Nanos(0))
        m_ownSince = m_gateway.clock().now();
}

} // namespace sb::gateway
