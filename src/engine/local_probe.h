// Looks for model servers on this computer: one GET each, 300 ms to connect, 1 s for the answer.
#pragma once

#include "engine/known_providers.h"
#include "http/upstream.h"

#include <functional>

namespace sb::engine {

// A server that answered, with its models.
struct LocalServer {
    LocalPlace place;
    QStringList models;
};

// Engine thread. Ends by itself; `done` is called once, later, and may destroy the probe. Nothing
// but GET goes out, and only to loopback, which the upstream never sends through a proxy.
class LocalProbe final {
public:
    LocalProbe(Clock &clock, http::Upstream &upstream,
               std::function<void(const QList<LocalServer> &)> done);
    ~LocalProbe();

    // `own`: the ports we listen on ourselves; asking them would find us.
    void start(const QList<LocalPlace> &places, const QSet<quint16> &own);

private:
    class Call;
    void ended();

    Clock &m_clock;
    http::Upstream &m_upstream;
    std::function<void(const QList<LocalServer> &)> m_done;
    std::vector<std::unique_ptr<Call>> m_calls;
    int m_open = 0;
    Timer m_later;
};

} // namespace sb::engine
