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

constexpr qsizetype kHeldPreamble = 1024 * 1024; // past it the status is committed [robustness §2]
constexpr Nanos kPing = Seconds(10);
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
// --------------------------------------------------------------------------------------

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
// ---------------------------------------------------------------------------------------

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
// ---------------------------------------------------------------------------------------

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
// -------------------------------------------------------------------------------------

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

// ---- stream
// --------------------------------------------------------------------------------------

// Status and headers stay back until the first content: until then another target may still answer.
bool ExchangeRunner::attemptForward(QByteArrayView events, bool hasContent,
                                    const http::ReplyHead &head)
{
    const bool isCommitted = m_exchange.committedAt != kNever;
    QByteArray ours;
    if (m_isPreambleSent && !m_isStartDropped && !isTranslated()) {
        ours = dialect::withoutStart(m_match.dialect, events);
        events = ours;
        m_isStartDropped = hasContent;
    }
    if (!hasContent && m_exchange.firstContentAt == kNever) {
        // Behind our own preamble too: what a failed target began must not stand before another's.
        if (m_held.size() + events.size() <= kHeldPreamble) {
            m_held.append(events);
            return true;
        }
        if (!isCommitted) {
            beginStream(&head);
            m_isPreambleSent = true; // its start is the client's: another target's is left out
        }
    } else if (m_exchange.firstContentAt == kNever) {
        resumeOverhead();
        m_exchange.firstContentAt = offset();
        m_exchange.attempts.last().isCommitted = true;
        noteServer();
        m_exchange.phase = Phase::Streaming;
        if (!isCommitted)
            beginStream(&head);
        // The overall deadline ends here; what remains is the longest a stream may last.
        m_grace.stop();
        m_deadline.start(m_setup->config->routing.streamMax, [this] { deadlinePassed(); });
        m_gateway.ledger().touched(m_exchange);
        pauseOverhead();
    }
    m_exchange.replyBytes += events.size();
    if (!m_held.isEmpty()) {
        m_exchange.replyBytes += m_held.size();
        m_stream->write(std::exchange(m_held, QByteArray()));
    }
    return m_stream->write(events);
}

void ExchangeRunner::beginStream(const http::ReplyHead *head)
{
    m_exchange.committedAt = offset();
    if (m_match.isPassed())
        return beginPassed(*head);
    WireText fields;
    m_gateway.addOwnFields(fields, m_exchange, overhead());
    fields.add("content-type: ");
    fields.add(contentType());
    fields.add("\r\ncache-control: no-cache\r\nx-accel-buffering: no\r\n");
    addDropped(fields);
    if (head)
        addReplyFields(fields, *head);
    m_exchange.outcome.status = 200;
    m_stream->begin(200, fields.view(), -1);
}

// The provider takes long: give the client a sign of life in a form that lets us still fail over.
void ExchangeRunner::sendPreamble()
{
    if (m_exchange.committedAt != kNever)
        return;
    const QByteArray preamble = ownPreamble();
    if (preamble.isEmpty())
        return;
    beginStream(nullptr);
    m_isPreambleSent = true;
    m_stream->write(preamble);
    m_gateway.ledger().touched(m_exchange);
    m_grace.start(kPing, [this] { sendPing(); });
}

void ExchangeRunner::sendPing()
{
    m_stream->write(isTranslated() ? m_translation->keepAlive()
                                   : dialect::keepAlive(m_match.dialect));
    m_grace.start(kPing, [this] { sendPing(); });
}

void ExchangeRunner::drained()
{
    if (m_runner)
        m_runner->resume();
}

// ---- the end of an attempt
// -----------------------------------------------------------------------

void ExchangeRunner::attemptEnded(AttemptEnd end)
{
    resumeOverhead();
    Attempt &attempt = m_exchange.attempts.last();
    if (m_exchange.firstContentAt != kNever && attempt.isCommitted)
        attempt.stage = Stage::Given;
    std::optional<chat::Reply> foreign;
    if (isTranslated())
        foreign = readForeign(end);
    // An answer in one piece has no place in a stream that has begun. [robustness §3 row 20]
    else if (attempt.outcome == AttemptOutcome::Served && !end.isStream
             && m_exchange.committedAt != kNever)
        attempt.outcome = AttemptOutcome::BadReply;
    if (m_match.isPassed())
        readRefused(attempt);
    bookAttempt(attempt);
    reportToGates(attempt);
    m_gateway.ledger().attemptEnded(attempt);
    if (attempt.outcome == AttemptOutcome::Served) {
        attempt.next = Move::Deliver;
        if (foreign)
            writeForeign(*foreign, end);
        else if (!end.isStream && !isTranslated())
            mendPassed(end);
        return end.isStream ? deliverLast(std::move(end)) : deliverWhole(std::move(end));
    }
    m_lastType = end.reading.type;
    m_lastCode = end.reading.code;
    if (learn(end.reading))
        return retryWithout(m_candidate);
    nextMove();
}

// A whole reply: checked to its end before its first byte goes out.
void ExchangeRunner::deliverWhole(AttemptEnd end)
{
    noteServer();
    m_exchange.attempts.last().isCommitted = true;
    m_exchange.firstContentAt = m_exchange.committedAt = offset();
    m_exchange.replyBytes = end.body.size();
    skipRest(SkipReason::NotNeeded);
    settle(OutcomeKind::Served, Code::None, end.head.status);
    WireText fields;
    m_gateway.addOwnFields(fields, m_exchange, overhead());
    const QByteArrayView type
        = isTranslated() ? QByteArrayView() : end.head.fields.value("content-type");
    fields.add("content-type: ");
    fields.add(type.isEmpty() ? QByteArrayView("application/json") : type);
    fields.add("\r\n");
    addDropped(fields);
    addReplyFields(fields, end.head);
    m_stream->begin(end.head.status, fields.view(), end.body.size());
    m_stream->write(std::move(end.body));
    m_stream->end();
    publish();
}

// The last events of a whole stream, its terminal among them: settled first, then sent.
void ExchangeRunner::deliverLast(AttemptEnd end)
{
    Attempt &attempt = m_exchange.attempts.last();
    attempt.isCommitted = true;
    noteServer();
    if (m_exchange.firstContentAt == kNever)
        m_exchange.firstContentAt = offset();
    if (m_exchange.committedAt == kNever)
        beginStream(&end.head);
    QByteArray last = std::move(end.lastEvents);
    if (m_isPreambleSent && !m_isStartDropped && !isTranslated())
        last = dialect::withoutStart(m_match.dialect, last);
    m_exchange.replyBytes += m_held.size() + last.size();
    skipRest(SkipReason::NotNeeded);
    settle(OutcomeKind::Served, Code::None, m_match.isPassed() ? end.head.status : 200);
    if (!m_held.isEmpty())
        m_stream->write(std::exchange(m_held, QByteArray()));
    m_stream->write(std::move(last));
    m_stream->end();
    publish();
}

route::MoveInput ExchangeRunner::moveInput() const
{
    const ProviderId &provider = m_exchange.attempts.last().target.provider;
    return {m_exchange.attempts,
            m_exchange.decision.candidates,
            m_gateway.gates().table(),
            *m_setup->config,
            m_facts.kind,
            m_gateway.clock().now(),
            left(),
            m_waited,
            m_gateway.gates().isRetryBudgetLeft(provider, m_setup->config->routing),
            m_ask.isNoFailover,
            m_match.isKept()};
}

void ExchangeRunner::nextMove()
{
    Attempt &last = m_exchange.attempts.last();
    const route::NextMove move = route::nextMove(moveInput(), m_gateway.random());
    last.next = move.move;
    last.notRepeated = move.why;
    m_gateway.ledger().touched(m_exchange);
    if (move.move == Move::GiveUp)
        return giveUp(move.why);
    if (move.wait <= Nanos(0))
        return moveTo(move.candidate);
    forgetHeld();
    m_waited += move.wait;
    pauseOverhead();
    m_wait.start(move.wait, [this, candidate = move.candidate] {
        resumeOverhead();
        retry(candidate);
    });
}

void ExchangeRunner::moveTo(int candidate)
{
    forgetHeld();
    attempt(candidate);
}

// What the failed target had begun to say.
void ExchangeRunner::forgetHeld()
{
    if (m_exchange.committedAt == kNever || m_isPreambleSent)
        m_held.clear();
}

// Also out of a wait before another try. Nothing of it counts against the provider.
Result<void> ExchangeRunner::moveOn()
{
    if (m_exchange.firstContentAt != kNever)
        return unexpected(Error::make(QStringLiteral("too_late"),
                                      QStringLiteral("The answer has already begun."),
                                      Blame::Client));
    const int next = m_exchange.attempts.isEmpty() ? -1 : route::moveOnTo(moveInput());
    if (next < 0)
        return unexpected(Error::make(QStringLiteral("no_next_target"),
                                      QStringLiteral("No other target can take this request."),
                                      Blame::Client));
    resumeOverhead();
    m_wait.stop();
    if (m_exchange.attempts.last().outcome == AttemptOutcome::Running) {
        m_runner->cancel(AttemptOutcome::MovedOn);
        Attempt &attempt = m_exchange.attempts.last();
        bookAttempt(attempt);
        reportToGates(attempt);
        m_gateway.ledger().attemptEnded(attempt);
    }
    m_exchange.attempts.last().next = Move::NextTarget;
    m_exchange.attempts.last().notRepeated = SkipReason::None;
    moveTo(next);
    return {};
}

// The wait is over; meanwhile other requests may have tripped the gate or be probing it.
void ExchangeRunner::retry(int candidate)
{
    const SkipReason why = whyPassedOver(m_exchange.decision.candidates[candidate]);
    if (why == SkipReason::None)
        return attempt(candidate);
    m_exchange.attempts.last().next = Move::GiveUp;
    m_exchange.attempts.last().notRepeated = why;
    giveUp(why);
}

// ---- ends other than an answer
// -------------------------------------------------------------------

void ExchangeRunner::giveUp(SkipReason why)
{
    skipRest(why);
    FinalError error = afterAttempts(m_exchange, *m_setup->config, m_lastType, m_lastCode,
                                     soonestWallMs(), m_gateway.clock().wallMs());
    if (!m_refusal.isEmpty())
        error.shown.message += ' ' + m_refusal;
    if (m_rejection)
        error.shown.message += ' ' + m_rejection->message;
    fail(error);
}

void ExchangeRunner::refuse(Code code, const QByteArray &sentence)
{
    fail(ownError(m_exchange, code, sentence));
}

void ExchangeRunner::fail(const FinalError &error)
{
    m_wait.stop();
    m_grace.stop();
    m_deadline.stop();
    dialect::ClientError shown = error.shown;
    if (m_exchange.committedAt != kNever && m_match.isPassed()) {
        // Bytes without a form: only their end can say that they are not whole.
        settle(OutcomeKind::Cut, shown.code, m_exchange.outcome.status);
        m_stream->abort();
        return publish();
    }
    if (m_exchange.committedAt != kNever) {
        // The status is out: the dialect's own signal in the stream, and a proper end of the body.
        const bool isGiven = m_exchange.firstContentAt != kNever;
        settle(isGiven ? OutcomeKind::Cut : error.kind, shown.code, 200);
        if (!m_held.isEmpty())
            m_held.clear();
        m_stream->write(inBandError(shown, isGiven));
        m_stream->end();
        return publish();
    }
    m_exchange.committedAt = offset();
    settle(error.kind, shown.code, shown.status);
    QByteArray fields = ownFields() + "content-type: application/json\r\n";
    fields += "x-signalbox-code: " + codeName(shown.code).toByteArray() + "\r\n";
    // SDKs repeat what they are not told to leave: the whole chain would run again.
    if (error.retryAfterSeconds > 0)
        fields += "retry-after: " + QByteArray::number(error.retryAfterSeconds) + "\r\n";
    else
        fields += "x-should-retry: false\r\n";
    const QByteArray body = dialect::errorBody(m_match.dialect, shown);
    m_exchange.replyBytes = body.size();
    m_stream->begin(shown.status, fields, body.size());
    m_stream->write(body);
    m_stream->end();
    publish();
}

void ExchangeRunner::answerDryRun()
{
    answerOwn("{\"id\":\"" + m_exchange.id.text() + "\",\"decision\":" + toJson(m_exchange.decision)
              + '}');
}

void ExchangeRunner::answerOwn(const QByteArray &body, QByteArrayView furtherFields)
{
    skipRest(SkipReason::NotNeeded);
    m_exchange.committedAt = offset();
    settle(OutcomeKind::Served, Code::None, 200);
    const QByteArray fields = ownFields() + "content-type: application/json\r\n" + furtherFields;
    m_stream->begin(200, fields, body.size());
    m_stream->write(body);
    m_stream->end();
    publish();
}

void ExchangeRunner::clientLeft()
{
    if (m_isFinished)
        return;
    if (m_runner) {
        m_runner->cancel(AttemptOutcome::ClientLeft);
        Attempt &attempt = m_exchange.attempts.last();
        if (attempt.outcome == AttemptOutcome::ClientLeft) {
            bookAttempt(attempt);
            reportToGates(attempt);
            m_gateway.ledger().attemptEnded(attempt);
        }
    }
    skipRest(SkipReason::NotNeeded);
    settle(OutcomeKind::ClientLeft, Code::ClientLeft, 499);
    publish();
}

void ExchangeRunner::deadlinePassed()
{
    if (m_runner && m_exchange.attempts.last().outcome == AttemptOutcome::Running) {
        m_runner->cancel(AttemptOutcome::DeadlinePassed);
        Attempt &attempt = m_exchange.attempts.last();
        attempt.next = Move::GiveUp;
        bookAttempt(attempt);
        reportToGates(attempt);
        m_gateway.ledger().attemptEnded(attempt);
    }
    resumeOverhead();
    skipRest(SkipReason::DeadlinePassed);
    FinalError error = ownError(m_exchange, Code::Deadline, "The time for this request is up.");
    error.kind = OutcomeKind::Failed;
    if (!m_exchange.attempts.isEmpty()) {
        const FinalError told = afterAttempts(m_exchange, *m_setup->config, {}, {}, 0, 0);
        error.shown.message += ' ' + told.shown.message;
    }
    fail(error);
}

void ExchangeRunner::stop()
{
    if (m_isFinished)
        return;
    if (m_runner && !m_exchange.attempts.isEmpty()
        && m_exchange.attempts.last().outcome == AttemptOutcome::Running) {
        m_runner->cancel(AttemptOutcome::Stopped);
        Attempt &attempt = m_exchange.attempts.last();
        bookAttempt(attempt);
        m_gateway.ledger().attemptEnded(attempt);
    }
    skipRest(SkipReason::DeadlinePassed);
    FinalError error = ownError(m_exchange, Code::Draining,
                                "Signalbox was stopped before this request was done.");
    error.kind = OutcomeKind::Stopped;
    fail(error);
}

// ---- settle, publish
// -----------------------------------------------------------------------------

// What an attempt's cost is told from; an estimate of its usage is put into it.
ledger::Basis ExchangeRunner::basisOf(Attempt &attempt) const
{
    if (!isBilled() || !m_isCalled) // a drill answered in the provider's place
        return ledger::Basis::Nothing;
    const route::Owed owed = route::ruleFor(attempt.outcome).owed;
    const bool isOpen = attempt.stage == Stage::Unknown || attempt.stage == Stage::Begun
        || attempt.stage == Stage::Given;
    const bool isMade = (owed == route::Owed::Estimate && isOpen) || attempt.stage == Stage::Given;
    const bool isRead = (owed == route::Owed::InputFloor && isOpen)
        // It worked on it for a while first.
        || (attempt.outcome == AttemptOutcome::ServerError && attempt.headAt != kNever
            && attempt.headAt - attempt.startedAt > Seconds(1));
    if (m_match.charge == dialect::Charge::Unknown)
        return isMade || isRead ? ledger::Basis::Unknown : ledger::Basis::Nothing;
    if (attempt.usage.source == UsageSource::Reported
        && attempt.usage.prompt() + attempt.usage.completion() > 0)
        return ledger::Basis::Usage;
    if (!isMade || attempt.stage == Stage::Unknown)
        return isMade || isRead ? ledger::Basis::InputFloor : ledger::Basis::Nothing;
    // The prompt was read, and what came of the answer was made: never free.
    if (attempt.usage.prompt() == 0)
        attempt.usage.input = m_exchange.ask.promptTokens;
    attempt.usage.source = UsageSource::Estimated;
    return ledger::Basis::Usage;
}

// What an attempt owes. Called once, when it has ended and before anything else is decided.
void ExchangeRunner::bookAttempt(Attempt &attempt)
{
    const config::ProviderSettings &provider = *m_setup->config->provider(attempt.target.provider);
    const ledger::Basis basis = basisOf(attempt);
    const ledger::Bill bill = ledger::billFor(attempt, basis, m_exchange.ask.promptTokens,
                                              m_exchange.wallMs, provider, *m_setup->config);
    attempt.cost = bill.cost;
    attempt.uncertain = bill.uncertain;
    attempt.costSource = bill.source;
    m_gateway.budgets().settle(std::exchange(m_hold, 0),
                               spenderOf(m_exchange, attempt.target.provider, m_run),
                               attempt.cost + attempt.uncertain);
    m_gateway.tellBudgets();
}

void ExchangeRunner::settle(OutcomeKind kind, Code code, int status)
{
    Q_ASSERT(!m_isFinished && m_hold == 0);
    m_isFinished = true;
    m_wait.stop();
    m_grace.stop();
    m_deadline.stop();
    m_exchange.phase = Phase::Settled;
    m_exchange.endedAt = offset();
    m_exchange.overhead = std::chrono::duration_cast<Micros>(overhead());
    Outcome &outcome = m_exchange.outcome;
    outcome.kind = kind;
    outcome.code = code;
    outcome.status = status;
    const Attempt *server = m_exchange.server();
    if (server) {
        for (const Candidate &candidate : std::as_const(m_exchange.decision.candidates)) {
            if (candidate.rank < server->rank && candidate.fate == CandidateFate::Skipped)
                outcome.isDiverted = true;
        }
    }
    noteCaller();
    m_exchange.settlement = ledger::settle(m_exchange, *m_setup->config);
    m_gateway.sink().settled(m_exchange);
}

// Never waited for: an exchange that settles before it is known stays without.
void ExchangeRunner::noteCaller()
{
    if (m_exchange.caller.pid != 0)
        return;
    if (const Caller *caller = m_gateway.callerOf(m_request.peer.connection))
        m_exchange.caller = *caller;
}

void ExchangeRunner::publish()
{
    m_stream->setListener(nullptr);
    auto frozen = std::make_shared<const Exchange>(std::move(m_exchange));
    m_exchange = Exchange{};
    m_exchange.id = frozen->id;
    if (!m_run.isEmpty())
        m_gateway.runs().settled(m_run, *frozen);
    m_gateway.ledger().settled(frozen);
    m_gateway.sink().record(frozen);
    if (m_recording) [[unlikely]]
        keepRecording();
    if (frozen->ask.log != LogPolicy::Off && !frozen->client.isEmpty())
        m_gateway.recent().keep(frozen->id, frozen->client, m_match, std::move(m_request.head),
                                std::move(m_request.body), std::move(m_changes));
    m_request.body = QByteArray();
    m_gateway.finished(frozen, std::move(m_runner));
}

// ---- recording
// -----------------------------------------------------------------------------------

// The person says so for all, a request for itself where its client may; its no is heard.
bool ExchangeRunner::isToBeRecorded() const
{
    if (m_ask.log)
        return *m_ask.log == LogPolicy::Full;
    return m_gateway.recording().isOn(m_exchange.wallMs) && m_client->maxLog != LogPolicy::Off;
}

void ExchangeRunner::beginRecording()
{
    const bool isJsonStream = m_match.dialect == DialectId::Gemini
        && m_request.head.path.endsWith(":streamGenerateContent");
    m_recording = std::make_shared<Recording>(m_gateway.recordingRoom(), m_gateway.clock(),
                                              m_exchange.acceptedAt);
    m_recording->requested(m_request.head, m_request.body);
    m_stream = std::make_shared<RecordedStream>(std::move(m_stream), m_recording, isJsonStream);
}

void ExchangeRunner::keepRecording()
{
    CaptureDraft draft = m_recording->take(m_exchange.id, m_changes);
    m_recording.reset();
    const bool isWhole = !draft.isGivenUp;
    if (m_gateway.sink().capture(std::move(draft)) && isWhole)
        m_gateway.recording().countKept();
    else
        m_gateway.recording().countGivenUp();
}

// ---- small things
// --------------------------------------------------------------------------------

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
