// One try at one target, from the connection to the last byte: timers, framing, the reading of the
// reply. Engine thread; owned by its exchange's runner, later by the gateway while the rest of a
// finished reply drains so that the connection can be used again.
#pragma once

#include "base/recycled.h"
#include "dialect/dialect.h"
#include "gateway/setup.h"
#include "http/server.h"
#include "http/upstream.h"
#include "provider/failure.h"

#include <functional>
#include <memory>

namespace sb::gateway {

// How an attempt ended.
struct AttemptEnd {
    provider::Reading reading; // outcome Served when it is an answer
    http::ReplyHead head; // status 0 when none came
    QByteArray body; // whole replies: the provider's bytes
    QByteArray lastEvents; // streams: whole events not yet forwarded, the terminal among them
    bool isStream = false; // of the reply, which may differ from what was asked
};

// Called by the runner; each call may destroy the runner.
class AttemptOwner {
public:
    // The attempt inside the exchange. Fetched anew each time: the exchange is a shared value.
    virtual Attempt &attemptRecord() = 0;
    virtual void attemptProgressed() = 0; // times in the record changed
    // The id that the provider keeps its answer under became known.
    virtual void attemptNamed(const QByteArray &answerId) = 0;
    // Whole events for the client. False: stop reading until resume().
    virtual bool attemptForward(QByteArrayView events, bool hasContent, const http::ReplyHead &head)
        = 0;
    virtual void attemptEnded(AttemptEnd end) = 0;

protected:
    ~AttemptOwner() = default;
};

struct AttemptLimits {
    Nanos connect = Seconds(5);
    Nanos head = Seconds(60);
    Nanos firstContent = Seconds(90);
    Nanos contentIdle = Seconds(120);
    Nanos byteIdle = Seconds(60);
};

class Recording;

struct AttemptInput {
    http::UpstreamRequest request;
    DialectId dialect = DialectId::OpenAiChat;
    Endpoint endpoint = Endpoint::Generate;
    bool isStream = false; // asked for
    bool stripsUsage = false;
    bool isJsonStream = false; // Gemini: the events come as one JSON array
    bool isPassed = false; // whatever comes is forwarded unread, as it comes
    // Reads the stream in place of the dialect's own reader; null: the bytes pass through.
    std::function<std::unique_ptr<dialect::StreamReader>()> makeReader;
    AttemptLimits limits;
    std::shared_ptr<Recording> recording; // null: nothing is recorded
};

class AttemptRunner final : public http::UpstreamListener, public Recycled<AttemptRunner> {
public:
    AttemptRunner(Clock &clock, AttemptOwner &owner, Nanos exchangeStart);
    ~AttemptRunner();

    void start(http::Upstream &upstream, AttemptInput input);
    void resume();
    // Ends it from outside (client left, deadline): the connection is closed, the record filled in.
    void cancel(AttemptOutcome outcome);
    // The answer was taken whole; read on only to keep the connection. `done` may destroy this.
    void drain(std::function<void()> done);
    // A stream was served whole and its framing may still be open.
    bool canDrain() const { return m_hasEnded && m_isServed && m_mode == Mode::Stream && m_call; }

    void upstreamConnected(const http::ConnectInfo &info) override;
    void upstreamSent() override;
    void upstreamHead(const http::ReplyHead &head) override;
    void upstreamBody(QByteArrayView bytes) override;
    void upstreamEnd(bool isUnframed) override;
    void upstreamFailed(const http::UpstreamFailure &failure) override;

private:
    enum class Mode : quint8 { NoHead, Stream, Whole, Error, Draining };

    Attempt &record() { return m_owner->attemptRecord(); }
    Micros offset() const;
    void feed(const dialect::StreamStep &step);
    void streamEnded(const dialect::StreamStep &step);
    void wholeEnded(bool isUnframed);
    void fail(AttemptOutcome outcome, Stage stage);
    void end(provider::Reading reading);
    void takeUsage();
    void tellName(const QByteArray &answerId);
    std::unique_ptr<dialect::StreamReader> makeReader() const;
    void watch();
    void timeUp();

    Clock &m_clock;
    AttemptOwner *m_owner;
    Nanos m_exchangeStart;
    AttemptInput m_input;
    std::unique_ptr<http::UpstreamCall> m_call;
    std::unique_ptr<dialect::StreamReader> m_reader;
    http::ReplyHead m_head;
    QByteArray m_body;
    Mode m_mode = Mode::NoHead;
    Timer m_timer;
    Nanos m_timerAt{0};
    Nanos m_startedAt{0};
    Nanos m_lastByteAt{0};
    Nanos m_lastContentAt{0};
    Nanos m_lastToldAt{0};
    bool m_isPaused = false;
    bool m_hasForwarded = false;
    bool m_isNamed = false; // the owner knows the answer's id
    bool m_hasTerminal = false; // the stream came to its end, whole or not
    bool m_hasEnded = false;
    bool m_isServed = false;
    std::function<void()> m_drained;
};

} // namespace sb::gateway
