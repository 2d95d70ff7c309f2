// How an exchange ends: the errors that are ours, what each attempt is booked at, the settlement,
// and what is kept of it.
#include "gateway/exchange_runner.h"
#include "gateway/gateway.h"
#include "gateway/recording.h"
#include "record/exchange_json.h"
#include "record/names.h"

namespace sb::gateway {

// ---- ends other than an answer

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

} // namespace sb::gateway
