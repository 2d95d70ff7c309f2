#include "http/socket_upstream.h"

#include "http/upstream_call.h"
#include "http/upstream_core.h"

namespace sb::http {

namespace {

ParserLimits replyLimits(const UpstreamOptions &options)
{
    ParserLimits limits;
    limits.head = options.replyHead;
    limits.field = options.replyHead;
    limits.startLine = options.replyHead;
    limits.fields = options.replyFields;
    return limits;
}

class SocketUpstream final : public Upstream {
public:
    SocketUpstream(Clock &clock, const UpstreamOptions &options, std::unique_ptr<Resolver> resolver)
        : m_core(std::make_shared<UpstreamCore>(clock, options, std::move(resolver)))
    {
    }
    ~SocketUpstream() override { dropIdle(); } // running calls keep the rest alive

    std::unique_ptr<UpstreamCall> start(UpstreamRequest request,
                                        UpstreamListener &listener) override
    {
        auto call = std::make_unique<SocketCall>(m_core, std::move(request), listener);
        call->start();
        return call;
    }

    void warm(const Origin &origin, Nanos keepFor) override
    {
        m_core->keeper.keep(origin, keepFor);
    }

    void dropIdle() override
    {
        m_core->keeper.forgetAll();
        m_core->pool.dropAll();
        m_core->tls.clear();
    }

private:
    std::shared_ptr<UpstreamCore> m_core;
};

} // namespace

UpstreamCore::UpstreamCore(Clock &clock, const UpstreamOptions &options,
                           std::unique_ptr<Resolver> resolver)
    : clock(clock)
    , hub(options.beforeSend)
    , resolver(std::move(resolver))
    , families(clock)
    , proxies(options.proxy)
    , limits(replyLimits(options))
    , tools{clock, hub, *this->resolver, tls, families, proxies, options.happyEyeballsDelay}
    , pool(clock, options.reuseIdle, options.idlePerOrigin)
    , keeper(tools, pool, options.reuseIdle)
{
}

std::unique_ptr<Upstream> createSocketUpstream(Clock &clock, const UpstreamOptions &options,
                                               std::unique_ptr<Resolver> resolver)
{
    return std::make_unique<SocketUpstream>(clock, options, std::move(resolver));
}

std::unique_ptr<Upstream> createSocketUpstream(Clock &clock, const UpstreamOptions &options)
{
    return createSocketUpstream(clock, options, std::make_unique<SystemResolver>());
}

} // namespace sb::http
