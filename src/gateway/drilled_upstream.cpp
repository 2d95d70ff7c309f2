#include "gateway/drilled_upstream.h"

#include "dialect/dialect.h"
#include "dialect/sse.h"

#include <deque>

namespace sb::gateway {

namespace {
constexpr Millis kSlow{5'000}; // as long as a simulated provider's own default
constexpr qsizetype kEventLimit = 8 * 1024 * 1024;
constexpr std::array<QByteArrayView, 6> kInstead{"status", "refuse",  "dns",
                                                 "reset",  "no_head", "black_hole"};
constexpr std::array<QByteArrayView, 5> kSpoiling{"slow_head", "slow_first_token", "stall",
                                                  "cut_fin", "cut_rst"};

// An error as the providers of that dialect write it.
QByteArray errorText(DialectId dialect, int status)
{
    dialect::ClientError error;
    error.status = status;
    error.message = "A drill answers " + QByteArray::number(status) + " here.";
    return dialect::errorBody(dialect, error);
}

bool isEventStream(const http::ReplyHead &head)
{
    return head.fields.value("content-type")
        .toByteArray()
        .toLower()
        .startsWith("text/event-stream");
}

// Every callback goes out from a timer of its own, as each may destroy the call.
class DrilledCall final : public http::UpstreamCall, public http::UpstreamListener {
public:
    DrilledCall(Clock &clock, const Drill &drill, http::UpstreamListener &listener)
        : m_clock(clock)
        , m_listener(listener)
        , m_timer(clock)
        , m_fault(drill.fault)
        , m_afterEvents(drill.afterEvents)
        , m_delay(drill.delay)
        , m_framer(kEventLimit)
    {
    }

    void playInstead(const Drill &drill, DialectId dialect, Nanos connectTimeout)
    {
        const auto fails = [](http::UpstreamError error, bool isSent) {
            return Act{Act::Kind::Failed, {}, {}, {}, {error, isSent, false, false, "drill"}};
        };
        if (m_fault == "refuse")
            return push(fails(http::UpstreamError::ConnectFailed, false));
        if (m_fault == "dns")
            return push(fails(http::UpstreamError::DnsFailed, false));
        if (m_fault == "black_hole")
            return push(fails(http::UpstreamError::ConnectTimeout, false), connectTimeout);
        push({Act::Kind::Connected});
        push({Act::Kind::Sent});
        if (m_fault == "reset")
            return push(fails(http::UpstreamError::Reset, true));
        if (m_fault != "status")
            return; // no_head: nothing more comes
        const int status = drill.status > 0 ? drill.status : 500;
        Act head{Act::Kind::Head};
        Act body{Act::Kind::Body};
        body.bytes = errorText(dialect, status);
        head.head.status = status;
        head.head.contentLength = body.bytes.size();
        head.head.fields.add("content-type", "application/json");
        if (drill.retryAfterSeconds >= 0)
            head.head.fields.add("retry-after", QByteArray::number(drill.retryAfterSeconds));
        push(std::move(head), m_delay);
        push(std::move(body));
        push({Act::Kind::End});
    }
    void playOn(http::Upstream &upstream, http::UpstreamRequest request)
    {
        m_inner = upstream.start(std::move(request), *this);
    }

    void pause() override
    {
        m_isPaused = true;
        m_timer.stop();
        hush();
    }
    void resume() override
    {
        m_isPaused = false;
        arm();
        hush();
    }
    bool isSent() const override { return m_isSent || (m_inner && m_inner->isSent()); }

    // From the provider.
    void upstreamConnected(const http::ConnectInfo &info) override
    {
        push({Act::Kind::Connected, info});
    }
    void upstreamSent() override { push({Act::Kind::Sent}); }
    void upstreamHead(const http::ReplyHead &head) override
    {
        if (m_fault == "slow_head")
            holdFor(slow());
        m_isStream = isEventStream(head);
        Act act{Act::Kind::Head};
        act.head = head;
        m_hasHead = true;
        push(std::move(act));
        if (m_fault == "slow_first_token")
            holdFor(slow());
        if (isCutting() && m_afterEvents == 0)
            cut();
    }
    void upstreamBody(QByteArrayView bytes) override
    {
        Act act{Act::Kind::Body};
        if (!isCutting()) {
            act.bytes = bytes.toByteArray();
            return push(std::move(act));
        }
        if (!m_isStream) {
            act.bytes = bytes.first(bytes.size() / 2).toByteArray(); // in its middle
            push(std::move(act));
            return cut();
        }
        m_framer.feed(bytes);
        dialect::SseEvent event;
        while (m_events < m_afterEvents && m_framer.next(event)) {
            act.bytes += event.raw;
            m_events += event.hasData ? 1 : 0;
        }
        const bool isOver = m_events >= m_afterEvents;
        if (!isOver)
            return act.bytes.isEmpty() ? void() : push(std::move(act));
        push(std::move(act));
        cut();
        if (!m_inner)
            return;
        // Only held back for a while: what follows comes then.
        Act rest{Act::Kind::Body};
        while (m_framer.next(event))
            rest.bytes += event.raw;
        if (m_framer.rest(event))
            rest.bytes += event.raw;
        if (!rest.bytes.isEmpty())
            push(std::move(rest));
    }
    void upstreamEnd(bool isUnframed) override
    {
        Act act{Act::Kind::End};
        act.isUnframed = isUnframed;
        push(std::move(act));
    }
    void upstreamFailed(const http::UpstreamFailure &failure) override
    {
        Act act{Act::Kind::Failed};
        act.failure = failure;
        push(std::move(act));
    }

private:
    struct Act {
        enum class Kind : quint8 { Connected, Sent, Head, Body, End, Failed } kind;
        http::ConnectInfo connected;
        http::ReplyHead head;
        QByteArray bytes;
        http::UpstreamFailure failure;
        bool isUnframed = false;
        Nanos at{0};
    };

    bool isCutting() const
    {
        return !m_isCut && (m_fault == "cut_fin" || m_fault == "cut_rst" || m_fault == "stall");
    }
    Nanos slow() const { return m_delay > Millis(0) ? Nanos(m_delay) : Nanos(kSlow); }
    void holdFor(Nanos delay) { m_holdUntil = m_clock.now() + delay; }

    // The provider's words end here; a stall with a time goes on after it.
    void cut()
    {
        m_isCut = true;
        if (m_fault == "stall" && m_delay > Millis(0))
            return holdFor(m_delay);
        m_isSent = isSent();
        m_inner.reset();
        if (m_fault != "stall")
            push({Act::Kind::Failed,
                  {},
                  {},
                  {},
                  {http::UpstreamError::Reset, true, false, m_hasHead, "drill"}});
    }

    void push(Act act, Nanos after = Nanos(0))
    {
        act.at = std::max(m_holdUntil, m_clock.now() + after);
        m_holdUntil = std::max(m_holdUntil, act.at); // in order
        m_acts.push_back(std::move(act));
        arm();
        hush();
    }
    void arm()
    {
        if (!m_isPaused && !m_acts.empty() && !m_timer.isActive())
            m_timer.start(std::max(Nanos(0), m_acts.front().at - m_clock.now()),
                          [this] { play(); });
    }
    // The provider's bytes wait in the kernel while we hold ours back.
    void hush()
    {
        if (!m_inner)
            return;
        const bool isFull = m_isPaused || m_acts.size() > 64;
        if (std::exchange(m_isHushed, isFull) != isFull)
            isFull ? m_inner->pause() : m_inner->resume();
    }
    void play()
    {
        const Act act = std::move(m_acts.front());
        m_acts.pop_front();
        arm();
        hush();
        switch (act.kind) {
        case Act::Kind::Connected:
            return m_listener.upstreamConnected(act.connected);
        case Act::Kind::Sent:
            m_isSent = true;
            return m_listener.upstreamSent();
        case Act::Kind::Head:
            return m_listener.upstreamHead(act.head);
        case Act::Kind::Body:
            return m_listener.upstreamBody(act.bytes);
        case Act::Kind::End:
            return m_listener.upstreamEnd(act.isUnframed);
        case Act::Kind::Failed:
            return m_listener.upstreamFailed(act.failure);
        }
    }

    Clock &m_clock;
    http::UpstreamListener &m_listener;
    Timer m_timer;
    QByteArray m_fault;
    int m_afterEvents;
    Millis m_delay;
    dialect::SseFramer m_framer;
    std::unique_ptr<http::UpstreamCall> m_inner;
    std::deque<Act> m_acts;
    Nanos m_holdUntil{0};
    int m_events = 0;
    bool m_isStream = false;
    bool m_hasHead = false;
    bool m_isCut = false;
    bool m_isSent = false;
    bool m_isPaused = false;
    bool m_isHushed = false;
};
} // namespace

DrilledUpstream::DrilledUpstream(http::Upstream &upstream, Clock &clock, const Drill &drill,
                                 DialectId dialect)
    : m_upstream(upstream)
    , m_clock(clock)
    , m_drill(drill)
    , m_dialect(dialect)
{
}

bool DrilledUpstream::isInsteadOfCall(QByteArrayView fault)
{
    return std::find(kInstead.begin(), kInstead.end(), fault) != kInstead.end();
}

bool DrilledUpstream::canPlay(QByteArrayView fault)
{
    return isInsteadOfCall(fault)
        || std::find(kSpoiling.begin(), kSpoiling.end(), fault) != kSpoiling.end();
}

std::unique_ptr<http::UpstreamCall> DrilledUpstream::start(http::UpstreamRequest request,
                                                           http::UpstreamListener &listener)
{
    auto call = std::make_unique<DrilledCall>(m_clock, m_drill, listener);
    if (isInsteadOfCall(m_drill.fault))
        call->playInstead(m_drill, m_dialect, request.connectTimeout);
    else
        call->playOn(m_upstream, std::move(request));
    return call;
}

} // namespace sb::gateway
