// What a person does to the running gateway: steer a chain, play a drill, look at a request again.
#include "gateway/drilled_upstream.h"
#include "gateway/exchange_runner.h"
#include "gateway/gateway.h"
#include "gateway/unread_reply.h"
#include "route/planner.h"
#include "route/resolve.h"

namespace sb::gateway {

namespace {
Unexpected refused(const char *code, const QString &detail)
{
    return unexpected(Error::make(QString::fromLatin1(code), detail, Blame::Client));
}
} // namespace

Result<void> Gateway::probeNow(const ProviderId &provider)
{
    const config::ProviderSettings *settings = m_setup->config->provider(provider);
    if (!settings)
        return refused("no_such_provider",
                       QStringLiteral("There is no provider \"%1\".").arg(provider.text()));
    if (!m_gates.probeNow(provider))
        return refused("not_tripped", QStringLiteral("Nothing keeps this provider from serving."));
    return {};
}

Result<void> Gateway::hold(const ChainId &chain, int rank, Nanos length)
{
    const config::ChainSettings *settings = m_setup->config->chain(chain);
    if (!settings)
        return refused("no_such_chain",
                       QStringLiteral("There is no chain \"%1\".").arg(chain.text()));
    if (rank < 1 || rank > settings->targets.size())
        return refused("no_such_target", QStringLiteral("The chain has no target %1.").arg(rank));
    m_steering.hold(chain, rank, length);
    return {};
}

Result<void> Gateway::release(const ChainId &chain)
{
    if (!m_steering.release(chain))
        return refused("not_held", QStringLiteral("The chain is not held."));
    return {};
}

Result<quint32> Gateway::startDrill(const Drill &drill)
{
    const config::ProviderSettings *provider = m_setup->config->provider(drill.provider);
    if (!provider)
        return refused("no_such_provider",
                       QStringLiteral("There is no provider \"%1\".").arg(drill.provider.text()));
    if (drill.client.isEmpty() && !provider->isSimulated)
        return refused("not_simulated",
                       QStringLiteral("Everyone's traffic is only broken at a simulated provider; "
                                      "name one client to break its requests here."));
    if (!drill.client.isEmpty() && !m_setup->config->client(drill.client))
        return refused("no_such_client",
                       QStringLiteral("There is no client \"%1\".").arg(drill.client.text()));
    if (drill.simulatorText.isEmpty() && !DrilledUpstream::canPlay(drill.fault))
        return refused("bad_fault",
                       QStringLiteral("The fault \"%1\" needs a simulated provider.")
                           .arg(QString::fromLatin1(drill.fault)));
    return m_steering.startDrill(drill);
}

Result<void> Gateway::moveOn(const ExchangeId &id)
{
    const auto running = m_running.find(id);
    if (running == m_running.end())
        return refused("no_such_id", QStringLiteral("No request with this id is running."));
    EventView event;
    event.kind = EventKind::MovedOn;
    event.client = running->second->exchange().client;
    event.chain = running->second->exchange().decision.chain;
    event.subject = QString::fromLatin1(id.text());
    if (!running->second->exchange().attempts.isEmpty())
        event.provider = running->second->exchange().attempts.last().target.provider;
    auto moved = running->second->moveOn();
    if (moved)
        tell(event);
    return moved;
}

Result<QByteArray> Gateway::requestBody(const ExchangeId &id) const
{
    if (const auto running = m_running.find(id); running != m_running.end())
        return running->second->body();
    if (const RecentRequest *recent = m_recentRequests.find(id))
        return recent->body;
    return refused("body_gone", QStringLiteral("The body of this request is no longer in memory."));
}

Result<QList<AttemptChanges>> Gateway::requestChanges(const ExchangeId &id) const
{
    if (const auto running = m_running.find(id); running != m_running.end())
        return running->second->changes();
    if (const RecentRequest *recent = m_recentRequests.find(id))
        return recent->changes;
    return refused("body_gone",
                   QStringLiteral("What was changed in this request is no longer in memory."));
}

Result<ExchangeId> Gateway::replay(const ExchangeId &id, const std::optional<TargetRef> &target)
{
    const RecentRequest *recent = m_recentRequests.find(id);
    if (!recent)
        return refused("body_gone",
                       QStringLiteral("The body of this request is no longer in memory."));
    const config::ClientSettings *client = m_setup->config->client(recent->client);
    if (!client || client->isRevoked)
        return refused(
            "no_such_client",
            QStringLiteral("The client \"%1\" is no longer there.").arg(recent->client.text()));
    if (target && !m_setup->config->provider(target->provider))
        return refused("no_such_provider",
                       QStringLiteral("There is no provider \"%1\".").arg(target->provider.text()));
    if (m_isDraining || m_steering.isPaused())
        return refused("draining", QStringLiteral("No new requests are taken now."));
    http::Request request;
    request.head = recent->head;
    request.body.reserve(recent->body.size() + 64); // simdjson's padding
    request.body.append(recent->body);
    request.receivedAt = m_parts.clock.now();
    auto runner = std::make_unique<ExchangeRunner>(*this, m_setup, std::move(request),
                                                   std::make_shared<UnreadReply>(), recent->client,
                                                   recent->match);
    ExchangeRunner &running = *runner;
    const ExchangeId made = running.exchange().id;
    running.replays(id, target);
    m_running.emplace(made, std::move(runner));
    running.run();
    return made;
}

Result<Decision> Gateway::explain(const Ask &ask, const ClientId &client,
                                  const QSet<ProviderId> &down) const
{
    const config::ClientSettings *settings = m_setup->config->client(client);
    if (!settings)
        return unexpected(Error::make(
            QStringLiteral("no_such_id"),
            QStringLiteral("There is no client \"%1\".").arg(client.text()), Blame::Client));
    auto resolved = route::resolve({*m_setup->config, *settings, ask.model, ask.models, {}});
    if (!resolved)
        return unexpected(resolved.error());
    return route::plan({*m_setup->config, ask, *resolved, m_gates.table(), m_setup->readyKeys,
                        m_parts.clock.now(), down, m_steering.heldRank(resolved->chain),
                        translatedDialects(), factsOf(m_setup)});
}

} // namespace sb::gateway
