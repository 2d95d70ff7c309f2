// What comes back: the stream on its way to the client, the end of an attempt, and the next move.
#include "gateway/exchange_runner.h"
#include "gateway/gateway.h"

namespace sb::gateway {

namespace {
constexpr qsizetype kHeldPreamble = 1024 * 1024; // past it the status is committed [robustness §2]
constexpr Nanos kPing = Seconds(10);
} // namespace

// ---- stream

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

} // namespace sb::gateway
