#include "gateway/attempt_runner.h"

#include "base/log.h"
#include "gateway/pass_reader.h"
#include "gateway/recording.h"

namespace sb::gateway {

namespace {
constexpr qint64 kWholeBody = 256ll * 1024 * 1024; // [robustness §3 row 31]
constexpr qint64 kErrorBody = 1024 * 1024;
constexpr Nanos kDrain = Seconds(2);
constexpr Nanos kTell = Millis(500); // how often a running stream's size is told

bool isType(QByteArrayView type, QByteArrayView wanted)
{
    return type.size() >= wanted.size()
        && type.first(wanted.size()).compare(wanted, Qt::CaseInsensitive) == 0;
}

bool isEventStream(const AttemptInput &input, const http::ReplyHead &head)
{
    const QByteArrayView type = head.fields.value("content-type");
    if (isType(type, "text/event-stream"))
        return true;
    if (input.dialect == DialectId::Ollama)
        return isType(type, "application/x-ndjson") || isType(type, "application/ndjson")
            || isType(type, "application/jsonl");
    return input.isJsonStream && isType(type, "application/json");
}

// We asked for identity: a coded body is not what was agreed, and nobody here would read it.
bool isCoded(const http::ReplyHead &head)
{
    const QByteArrayView coding = head.fields.value("content-encoding");
    return !coding.isEmpty() && coding.compare("identity", Qt::CaseInsensitive) != 0;
}

// Of an error only words count: what is packed, said or not, has none. [pitfalls 84, 85]
QByteArray readableError(const http::ReplyHead &head, const QByteArray &body)
{
    return isCoded(head) || body.startsWith("\x1f\x8b") ? QByteArray() : body;
}
} // namespace

AttemptRunner::AttemptRunner(Clock &clock, AttemptOwner &owner, Nanos exchangeStart)
    : m_clock(clock)
    , m_owner(&owner)
    , m_exchangeStart(exchangeStart)
    , m_timer(clock)
{
}

AttemptRunner::~AttemptRunner() = default;

Micros AttemptRunner::offset() const
{
    return std::chrono::duration_cast<Micros>(m_clock.now() - m_exchangeStart);
}

void AttemptRunner::start(http::Upstream &upstream, AttemptInput input)
{
    m_input = std::move(input);
    m_startedAt = m_clock.now();
    m_lastByteAt = m_lastContentAt = m_startedAt;
    record().startedAt = offset();
    record().stage = Stage::Unsent;
    m_input.request.connectTimeout = m_input.limits.connect;
    m_call = upstream.start(std::move(m_input.request), *this);
}

void AttemptRunner::resume()
{
    if (!m_isPaused || !m_call)
        return;
    m_isPaused = false;
    m_lastByteAt = m_lastContentAt = m_clock.now(); // the silence was ours
    watch();
    m_call->resume();
}

void AttemptRunner::cancel(AttemptOutcome outcome)
{
    if (m_hasEnded)
        return;
    if (m_call && m_call->isSent() && record().stage == Stage::Unsent)
        record().stage = Stage::Unknown;
    takeUsage();
    m_hasEnded = true;
    m_input.recording.reset();
    m_timer.stop();
    m_call.reset();
    record().outcome = outcome;
    record().endedAt = offset();
    m_owner = nullptr;
}

void AttemptRunner::drain(std::function<void()> done)
{
    m_owner = nullptr;
    m_mode = Mode::Draining;
    m_drained = std::move(done);
    m_timer.start(kDrain, [this] { m_drained(); });
}

void AttemptRunner::upstreamConnected(const http::ConnectInfo &info)
{
    record().isReused = info.isReused;
    record().isResumed = info.isResumed;
    record().connectedAt = offset();
    watch(); // until here the client seam's own connect limit counted
    m_owner->attemptProgressed();
}

void AttemptRunner::upstreamSent()
{
    if (m_mode == Mode::Draining)
        return;
    record().sentAt = offset();
    if (record().stage == Stage::Unsent)
        record().stage = Stage::Unknown;
}

void AttemptRunner::upstreamHead(const http::ReplyHead &head)
{
    m_head = head;
    if (m_input.recording) [[unlikely]]
        m_input.recording->answerBegun(head, m_input.isJsonStream);
    record().headAt = offset();
    record().status = head.status;
    m_lastByteAt = m_clock.now();
    if (head.status < 200 || head.status > 299) {
        m_mode = Mode::Error;
        record().stage = Stage::Unknown; // until the error reply is whole
    } else {
        record().stage = Stage::Begun;
        if (isCoded(head))
            return fail(AttemptOutcome::BadReply, Stage::Begun);
        m_mode = m_input.isPassed || (m_input.isStream && isEventStream(m_input, head))
            ? Mode::Stream
            : Mode::Whole;
        if (m_mode == Mode::Stream)
            m_reader = makeReader();
    }
    watch();
    m_owner->attemptProgressed();
}

std::unique_ptr<dialect::StreamReader> AttemptRunner::makeReader() const
{
    if (m_input.isPassed)
        return std::make_unique<PassReader>();
    return m_input.makeReader ? m_input.makeReader()
                              : dialect::makeStreamReader(m_input.dialect, {m_input.stripsUsage});
}

void AttemptRunner::upstreamBody(QByteArrayView bytes)
{
    if (m_mode == Mode::Draining)
        return;
    m_lastByteAt = m_clock.now();
    record().replyBytes += bytes.size();
    if (m_input.recording) [[unlikely]]
        m_input.recording->answered(bytes);
    switch (m_mode) {
    case Mode::Stream:
        feed(m_reader->feed(bytes));
        break;
    case Mode::Whole:
        if (m_body.size() + bytes.size() > kWholeBody)
            return fail(AttemptOutcome::ReplyTooLarge, Stage::Begun);
        if (m_body.isEmpty() && m_head.contentLength > 0)
            m_body.reserve(std::min(m_head.contentLength, qint64(4) * 1024 * 1024) + 64);
        m_body.append(bytes);
        break;
    case Mode::Error:
        // The text of an error is for people; what is beyond the limit is read and dropped.
        m_body.append(bytes.first(std::min<qsizetype>(
            bytes.size(), kErrorBody - std::min(kErrorBody, qint64(m_body.size())))));
        break;
    case Mode::NoHead:
    case Mode::Draining:
        break;
    }
}

void AttemptRunner::upstreamEnd(bool isUnframed)
{
    switch (m_mode) {
    case Mode::Draining:
        m_drained();
        return;
    case Mode::Stream:
        streamEnded(m_reader->finish(isUnframed));
        return;
    case Mode::Whole:
        wholeEnded(isUnframed);
        return;
    case Mode::Error:
        end(provider::readErrorReply(m_input.dialect, m_head, readableError(m_head, m_body),
                                     m_clock.wallMs()));
        return;
    case Mode::NoHead:
        return;
    }
}

void AttemptRunner::upstreamFailed(const http::UpstreamFailure &failure)
{
    if (m_mode == Mode::Draining) {
        m_drained();
        return;
    }
    provider::Reading reading = provider::readFailure(failure);
    if (m_mode == Mode::Error) {
        // An error reply cut short still says its status, but whether it was done is unknown.
        reading = provider::readErrorReply(m_input.dialect, m_head, readableError(m_head, m_body),
                                           m_clock.wallMs());
        reading.stage = Stage::Unknown;
    } else if (m_mode == Mode::Stream && reading.outcome == AttemptOutcome::BodyShort) {
        reading.outcome = AttemptOutcome::StreamCut;
    }
    if (m_hasForwarded)
        reading.stage = Stage::Given;
    end(std::move(reading));
}

// Everything an event stream can say in one read.
void AttemptRunner::feed(const dialect::StreamStep &step)
{
    if (!m_isNamed)
        tellName(m_reader->answerId());
    if (step.hasContent) {
        m_lastContentAt = m_clock.now();
        if (m_lastContentAt - m_lastToldAt >= kTell) {
            // For those who watch; what is booked is taken from the reader at the end.
            m_lastToldAt = m_lastContentAt;
            record().usage.output = (m_reader->contentChars() + 3) / 4;
            m_owner->attemptProgressed();
        }
        if (record().firstContentAt == kNever) {
            record().firstContentAt = offset();
            watch();
        }
    }
    if (step.error || step.isBroken || step.isTerminal) {
        streamEnded(step);
        return;
    }
    if (step.forward.isEmpty())
        return;
    if (step.hasContent) {
        m_hasForwarded = true;
        record().stage = Stage::Given;
    }
    if (!m_owner->attemptForward(step.forward, step.hasContent, m_head)) {
        m_isPaused = true;
        m_timer.stop();
        m_call->pause();
    }
}

// The stream is over, one way or another.
void AttemptRunner::streamEnded(const dialect::StreamStep &step)
{
    m_hasTerminal = step.isTerminal;
    if (step.hasContent && record().firstContentAt == kNever)
        record().firstContentAt = offset();
    if (step.isTerminal && !step.error && !step.isBroken && m_reader->isWhole()) {
        if (m_reader->isEmpty())
            return fail(AttemptOutcome::EmptyCompletion, Stage::Begun);
        AttemptEnd end;
        end.reading.outcome = AttemptOutcome::Served;
        end.reading.stage = m_hasForwarded || m_reader->hasContent() ? Stage::Given : Stage::Begun;
        end.reading.status = m_head.status;
        end.head = m_head;
        end.lastEvents = step.forward.toByteArray();
        end.isStream = true;
        takeUsage();
        m_hasEnded = true;
        m_isServed = true;
        m_input.recording.reset();
        m_timer.stop();
        record().outcome = AttemptOutcome::Served;
        record().stage = end.reading.stage;
        record().endedAt = offset();
        m_owner->attemptEnded(std::move(end));
        return;
    }
    const bool isGiven = m_hasForwarded || step.hasContent;
    if (!step.forward.isEmpty() && isGiven) {
        // What came whole before the end belongs to the client; the error follows it.
        m_hasForwarded = true;
        record().stage = Stage::Given;
        m_owner->attemptForward(step.forward, step.hasContent, m_head);
    }
    const Stage stage = isGiven ? Stage::Given : Stage::Begun;
    if (step.error) {
        provider::Reading reading
            = provider::readErrorObject(*step.error, m_head, m_clock.wallMs());
        reading.stage = stage;
        return end(std::move(reading));
    }
    if (step.isBroken)
        return fail(AttemptOutcome::BrokenEvent, stage);
    // A terminal behind nothing at all is an empty answer, not a cut one. [row 19]
    fail(step.isTerminal && !isGiven && !m_reader->hasContent() ? AttemptOutcome::EmptyCompletion
                                                                : AttemptOutcome::StreamCut,
         stage);
}

void AttemptRunner::wholeEnded(bool isUnframed)
{
    Q_UNUSED(isUnframed) // a body that ends by FIN is judged by whether its JSON is whole
    m_body.reserve(m_body.size() + 64); // simdjson's padding
    const dialect::ReplyFacts facts = dialect::readReply(
        m_input.dialect, m_input.endpoint, m_head.fields.value("content-type"), m_body);
    tellName(facts.answerId);
    record().usage = facts.usage;
    record().servedModel = QString::fromUtf8(facts.model);
    record().isBadToolJson = facts.isBadToolJson;
    if (facts.contentChars > 0
        && (facts.usage.source == UsageSource::None || facts.usage.completion() == 0)) {
        record().usage.output = (facts.contentChars + 2) / 3;
        record().usage.source = UsageSource::Estimated;
    }
    if (facts.error) {
        provider::Reading reading
            = provider::readErrorObject(*facts.error, m_head, m_clock.wallMs());
        return end(std::move(reading));
    }
    if (facts.outcome != AttemptOutcome::Served)
        return fail(facts.outcome, Stage::Begun);
    record().firstContentAt = offset();
    provider::Reading reading;
    reading.outcome = AttemptOutcome::Served;
    reading.stage = Stage::Begun;
    reading.status = m_head.status;
    end(std::move(reading));
}

void AttemptRunner::fail(AttemptOutcome outcome, Stage stage)
{
    provider::Reading reading;
    reading.outcome = outcome;
    reading.stage = stage;
    reading.status = m_head.status;
    end(std::move(reading));
}

void AttemptRunner::end(provider::Reading reading)
{
    Q_ASSERT(!m_hasEnded);
    takeUsage();
    m_hasEnded = true;
    m_input.recording.reset();
    m_timer.stop();
    record().outcome = reading.outcome;
    record().stage = reading.stage;
    record().status = reading.status;
    record().hint = reading.hint;
    // A provider may quote the key it was sent; what it says goes to the client and the record.
    for (QByteArray *words : {&reading.message, &reading.type, &reading.code}) {
        if (!words->isEmpty())
            *words = log::redacted(*words);
    }
    record().message = QString::fromUtf8(reading.message);
    record().endedAt = offset();
    if (reading.outcome != AttemptOutcome::Served)
        m_call.reset();
    AttemptEnd ended;
    ended.head = std::move(m_head);
    ended.body = std::move(m_body);
    ended.isStream = m_mode == Mode::Stream;
    ended.reading = std::move(reading);
    m_owner->attemptEnded(std::move(ended));
}

void AttemptRunner::tellName(const QByteArray &answerId)
{
    m_isNamed = !answerId.isEmpty();
    if (m_isNamed)
        m_owner->attemptNamed(answerId);
}

void AttemptRunner::takeUsage()
{
    if (!m_reader || m_input.isPassed)
        return;
    record().usage = m_reader->usage();
    record().servedModel = QString::fromUtf8(m_reader->model());
    record().isBadToolJson = m_reader->isBadToolJson();
    const qint64 seen = (m_reader->contentChars() + 2) / 3;
    // Anthropic tells the input at the start, but only the end of a stream tells what it came to:
    // the output of a cut one is what was seen of it. None told beside content was not counted.
    // [row 28]
    if (record().usage.source == UsageSource::None || (!m_reader->isWhole() && !m_hasTerminal)
        || (record().usage.completion() == 0 && seen > 0)) {
        record().usage.output = std::max(record().usage.output, seen);
        record().usage.source = UsageSource::Estimated;
    }
}

// Arms the timer for whichever limit ends first; one that stands for an earlier moment looks again
// when it fires, so what moves limits further away never touches the timer.
void AttemptRunner::watch()
{
    Nanos limit = m_startedAt + m_input.limits.head;
    if (m_mode != Mode::NoHead) {
        limit = m_lastByteAt + m_input.limits.byteIdle;
        if (m_mode == Mode::Stream) {
            limit = std::min(limit,
                             record().firstContentAt == kNever
                                 ? m_startedAt + m_input.limits.firstContent
                                 : m_lastContentAt + m_input.limits.contentIdle);
        }
    }
    if (m_timer.isActive() && m_timerAt <= limit)
        return;
    m_timerAt = limit;
    m_timer.start(std::max(Nanos(0), limit - m_clock.now()), [this] { timeUp(); });
}

void AttemptRunner::timeUp()
{
    const Nanos now = m_clock.now();
    if (m_mode == Mode::NoHead) {
        if (now - m_startedAt < m_input.limits.head)
            return watch();
        if (m_call && m_call->isSent())
            record().stage = Stage::Unknown;
        return fail(AttemptOutcome::HeadTimeout, record().stage);
    }
    const bool isSilent = now - m_lastByteAt >= m_input.limits.byteIdle;
    if (m_mode == Mode::Stream) {
        if (record().firstContentAt == kNever) {
            if (isSilent || now - m_startedAt >= m_input.limits.firstContent)
                return fail(AttemptOutcome::FirstContentTimeout, Stage::Begun);
        } else if (isSilent || now - m_lastContentAt >= m_input.limits.contentIdle) {
            return fail(AttemptOutcome::Stalled, m_hasForwarded ? Stage::Given : Stage::Begun);
        }
        return watch();
    }
    if (isSilent)
        return fail(AttemptOutcome::BodyShort,
                    m_mode == Mode::Error ? Stage::Unknown : Stage::Begun);
    watch();
}

} // namespace sb::gateway
