// The wire as a test tells it: connections, heads, bodies and failures at manual-clock times.
//
// `plan` is asked once per call and answers with the acts to play, each a while after the one
// before. A call that is destroyed plays no further. Nothing runs inside start().
#pragma once

#include "http/upstream.h"

#include <deque>
#include <functional>

namespace sb::gateway {

struct Act {
    enum class Kind { Connect, Sent, Head, Body, End, Fail } kind = Kind::Connect;
    Nanos after{0};
    int status = 200;
    QByteArray type = "text/event-stream";
    QByteArray bytes;
    QList<std::pair<QByteArray, QByteArray>> fields;
    http::UpstreamError error = http::UpstreamError::Reset;
    bool isUnframed = false;
};
using Acts = QList<Act>;

inline Act connects(Nanos after = Millis(1))
{
    return {Act::Kind::Connect, after};
}
inline Act sends(Nanos after = Nanos(0))
{
    return {Act::Kind::Sent, after};
}
inline Act heads(int status, const QByteArray &type, Nanos after = Millis(1),
                 const QList<std::pair<QByteArray, QByteArray>> &fields = {})
{
    return {Act::Kind::Head, after, status, type, {}, fields};
}
inline Act bodies(const QByteArray &bytes, Nanos after = Millis(1))
{
    return {Act::Kind::Body, after, 200, {}, bytes};
}
inline Act ends(Nanos after = Nanos(0))
{
    return {Act::Kind::End, after};
}
// The connection ends, and no framing said that this is the end.
inline Act leaves(Nanos after = Nanos(0))
{
    return {Act::Kind::End, after, 0, {}, {}, {}, {}, true};
}
inline Act fails(http::UpstreamError error, Nanos after = Millis(1))
{
    return {Act::Kind::Fail, after, 0, {}, {}, {}, error};
}

class ScriptedUpstream final : public http::Upstream {
public:
    explicit ScriptedUpstream(Clock &clock)
        : m_clock(clock)
    {
    }

    std::function<Acts(const http::UpstreamRequest &)> plan;

    struct Started {
        Nanos at;
        QByteArray host;
        bool isRecheck; // a connection only: no head was given
    };
    QList<Started> started;
    int running = 0;

    std::unique_ptr<http::UpstreamCall> start(http::UpstreamRequest request,
                                              http::UpstreamListener &listener) override
    {
        started.append({m_clock.now(), request.origin.host, request.head.isEmpty()});
        Acts acts = plan(request);
        return std::make_unique<Call>(*this, listener, acts, request.connectTimeout);
    }
    void warm(const http::Origin &, Nanos) override { }
    void dropIdle() override { }

private:
    class Call final : public http::UpstreamCall {
    public:
        Call(ScriptedUpstream &wire, http::UpstreamListener &listener, const Acts &acts,
             Nanos connectTimeout)
            : m_wire(wire)
            , m_listener(listener)
            , m_acts(acts.cbegin(), acts.cend())
            , m_timer(wire.m_clock)
        {
            ++wire.running;
            // A black hole: the seam's own limit ends it.
            if (m_acts.empty()
                || (m_acts.front().kind == Act::Kind::Connect
                    && m_acts.front().after > connectTimeout))
                m_acts = {fails(http::UpstreamError::ConnectTimeout, connectTimeout)};
            next();
        }
        ~Call() override { --m_wire.running; }
        void pause() override { m_isPaused = true; }
        void resume() override
        {
            if (std::exchange(m_isPaused, false) && !m_timer.isActive())
                next();
        }
        bool isSent() const override { return m_isSent; }

    private:
        void next()
        {
            if (!m_acts.empty())
                m_timer.start(m_acts.front().after, [this] { play(); });
        }
        void play()
        {
            if (m_isPaused)
                return; // resume() goes on
            const Act act = m_acts.front();
            m_acts.pop_front();
            next(); // before the callback: it may destroy this
            switch (act.kind) {
            case Act::Kind::Connect:
                return m_listener.upstreamConnected({});
            case Act::Kind::Sent:
                m_isSent = true;
                return m_listener.upstreamSent();
            case Act::Kind::Head: {
                m_hasHead = true;
                http::ReplyHead head;
                head.status = act.status;
                head.contentLength = -1;
                head.fields.add("content-type", act.type);
                for (const auto &[name, value] : act.fields)
                    head.fields.add(name, value);
                return m_listener.upstreamHead(head);
            }
            case Act::Kind::Body:
                return m_listener.upstreamBody(act.bytes);
            case Act::Kind::End:
                return m_listener.upstreamEnd(act.isUnframed);
            case Act::Kind::Fail:
                return m_listener.upstreamFailed({act.error, m_isSent, false, m_hasHead, {}});
            }
        }

        ScriptedUpstream &m_wire;
        http::UpstreamListener &m_listener;
        std::deque<Act> m_acts;
        Timer m_timer;
        bool m_isPaused = false;
        bool m_isSent = false;
        bool m_hasHead = false;
    };

    Clock &m_clock;
};

} // namespace sb::gateway
