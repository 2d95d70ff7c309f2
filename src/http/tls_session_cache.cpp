#include "http/tls_session_cache.h"

#include <ctime>

namespace sb::http {

namespace {
bool holds(SSL_SESSION *session)
{
    const long age = long(std::time(nullptr)) - long(SSL_SESSION_get_time(session));
    return SSL_SESSION_is_resumable(session) == 1 && age >= 0
        && age < long(SSL_SESSION_get_timeout(session));
}
} // namespace

void TlsSessionCache::put(const Origin &origin, SslSession session)
{
    if (m_sessions.size() >= maxOrigins && !m_sessions.contains(origin))
        m_sessions.clear();
    auto &list = m_sessions[origin];
    if (!list)
        list = std::make_shared<std::vector<SslSession>>();
    if (int(list->size()) >= maxPerOrigin)
        list->erase(list->begin());
    list->push_back(std::move(session));
}

SslSession TlsSessionCache::take(const Origin &origin)
{
    const auto it = m_sessions.constFind(origin);
    if (it == m_sessions.cend())
        return {};
    std::vector<SslSession> &list = **it;
    while (!list.empty()) {
        SslSession session = std::move(list.back());
        list.pop_back();
        if (!holds(session.get()))
            continue;
        if (SSL_SESSION_get_protocol_version(session.get()) < TLS1_3_VERSION) {
            SSL_SESSION_up_ref(session.get());
            list.emplace_back(session.get());
        }
        return session;
    }
    return {};
}

int TlsSessionCache::count(const Origin &origin) const
{
    const auto it = m_sessions.constFind(origin);
    return it == m_sessions.cend() ? 0 : int((*it)->size());
}

} // namespace sb::http
