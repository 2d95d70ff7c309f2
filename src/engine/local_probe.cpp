#include "engine/local_probe.h"

#include <QSet>

namespace sb::engine {

namespace {
constexpr Millis kConnect{300};
constexpr Seconds kRead{1};
constexpr qsizetype kBody = 1024 * 1024;
} // namespace

// One place: its paths one after the other until one answers with a model list.
class LocalProbe::Call final : public http::UpstreamListener {
public:
    Call(LocalProbe &probe, const LocalPlace &place)
        : m_probe(probe)
        , m_place(place)
        , m_limit(probe.m_clock)
        , m_next(probe.m_clock)
    {
    }

    void ask()
    {
        m_body.clear();
        m_head = {};
        const bool isSix = m_place.host.contains(':');
        const QByteArray authority = (isSix ? '[' + m_place.host + ']' : m_place.host) + ':'
            + QByteArray::number(m_place.port);
        http::UpstreamRequest request;
        request.origin = {false, m_place.host, m_place.port, {}};
        request.head = "GET " + m_place.paths[m_path] + " HTTP/1.1\r\nhost: " + authority
            + "\r\naccept: application/json\r\nuser-agent: signalbox/" SIGNALBOX_VERSION
              "\r\nconnection: close\r\n\r\n";
        request.connectTimeout = kConnect;
        request.isReuseAllowed = false;
        m_limit.start(kConnect + kRead, [this] { finish(std::nullopt); });
        m_call = m_probe.m_upstream.start(std::move(request), *this);
    }

    const LocalPlace &place() const { return m_place; }
    const std::optional<QStringList> &models() const { return m_models; }

    void upstreamHead(const http::ReplyHead &head) override { m_head = head; }
    void upstreamBody(QByteArrayView bytes) override
    {
        if (m_body.size() + bytes.size() > kBody)
            return finish(std::nullopt);
        m_body.append(bytes);
    }
    void upstreamEnd(bool) override
    {
        auto names = m_head.status == 200 ? modelNames(m_body) : std::nullopt;
        if (!names && m_path + 1 < m_place.paths.size()) {
            ++m_path;
            m_limit.stop();
            m_next.start(Nanos(0), [this] { ask(); });
            return;
        }
        finish(std::move(names));
    }
    void upstreamFailed(const http::UpstreamFailure &) override { finish(std::nullopt); }

private:
    void finish(std::optional<QStringList> models)
    {
        m_models = std::move(models);
        m_limit.stop();
        m_call.reset();
        m_probe.ended();
    }

    LocalProbe &m_probe;
    LocalPlace m_place;
    int m_path = 0;
    std::unique_ptr<http::UpstreamCall> m_call;
    http::ReplyHead m_head;
    QByteArray m_body;
    std::optional<QStringList> m_models;
    Timer m_limit;
    Timer m_next;
};

LocalProbe::LocalProbe(Clock &clock, http::Upstream &upstream,
                       std::function<void(const QList<LocalServer> &)> done)
    : m_clock(clock)
    , m_upstream(upstream)
    , m_done(std::move(done))
    , m_later(clock)
{
}

LocalProbe::~LocalProbe() = default;

void LocalProbe::start(const QList<LocalPlace> &places, const QSet<quint16> &own)
{
    for (const LocalPlace &place : places) {
        if (!own.contains(place.port) && !place.paths.isEmpty())
            m_calls.push_back(std::make_unique<Call>(*this, place));
    }
    m_open = int(m_calls.size()) + 1; // one for this function
    for (const auto &call : m_calls)
        call->ask();
    ended();
}

void LocalProbe::ended()
{
    if (--m_open > 0)
        return;
    // Later: the last call is still on the stack.
    m_later.start(Nanos(0), [this] {
        QList<LocalServer> servers;
        QSet<quint16> seen; // 127.0.0.1 comes first; ::1 is mostly the same server
        for (const auto &call : m_calls) {
            if (!call->models() || seen.contains(call->place().port))
                continue;
            seen.insert(call->place().port);
            servers.append({call->place(), *call->models()});
        }
        const auto done = std::move(m_done); // survives this
        done(servers);
    });
}

} // namespace sb::engine
