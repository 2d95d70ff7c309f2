#include "engine/verify_call.h"

#include "base/log.h"
#include "provider/failure.h"
#include "json/reader.h"

namespace sb::engine {

namespace {
constexpr qsizetype kBody = 8 * 1024 * 1024;
constexpr Seconds kLimit{15};

int countModels(QByteArrayView body)
{
    const auto value = json::read(body);
    if (!value)
        return -1;
    for (const char *key : {"data", "models"}) {
        if (const json::Value *list = value->find(QByteArrayView(key)); list && list->isArray())
            return int(list->items().size());
    }
    return -1;
}
} // namespace

VerifyCall::VerifyCall(Clock &clock, std::function<void(Verified)> done)
    : m_clock(clock)
    , m_done(std::move(done))
    , m_limit(clock)
{
}

bool VerifyCall::start(http::Upstream &upstream, const gateway::Setup &setup, const ProviderId &id)
{
    const config::ProviderSettings *provider = setup.config->provider(id);
    if (!provider)
        return false;
    for (const DialectId dialect : {DialectId::OpenAiChat, DialectId::Anthropic}) {
        const auto base = setup.bases.constFind({id, dialect});
        if (base == setup.bases.cend())
            continue;
        m_dialect = dialect;
        Secret key;
        for (const config::KeySettings &own : provider->keys) {
            if (key.isEmpty() && !own.isOff)
                key = setup.keys.value({id, own.id});
        }
        http::UpstreamRequest request;
        request.origin = base->origin;
        request.head = provider::requestHead(
            {*provider, *base, dialect, Endpoint::Models, false, key, nullptr, -1});
        request.connectTimeout = provider->timeouts.connect;
        m_call = upstream.start(std::move(request), *this);
        m_limit.start(kLimit, [this] { finish({false, 0, 0, AttemptOutcome::HeadTimeout, {}}); });
        return true;
    }
    return false;
}

void VerifyCall::upstreamBody(QByteArrayView bytes)
{
    if (m_body.size() + bytes.size() <= kBody)
        m_body.append(bytes);
}

void VerifyCall::upstreamEnd(bool)
{
    if (m_head.status < 200 || m_head.status > 299) {
        const provider::Reading reading
            = provider::readErrorReply(m_dialect, m_head, m_body, m_clock.wallMs());
        return finish(
            {false, m_head.status, 0, reading.outcome, QString::fromUtf8(reading.message)});
    }
    const int models = countModels(m_body);
    finish({models >= 0,
            m_head.status,
            std::max(models, 0),
            models >= 0 ? AttemptOutcome::Served : AttemptOutcome::BadReply,
            {}});
}

void VerifyCall::upstreamFailed(const http::UpstreamFailure &failure)
{
    finish(
        {false, 0, 0, provider::readFailure(failure).outcome, QString::fromUtf8(failure.detail)});
}

void VerifyCall::finish(Verified verified)
{
    m_limit.stop();
    const auto done = std::move(m_done); // survives this
    // A provider may quote the key it was sent.
    verified.message = QString::fromUtf8(log::redacted(verified.message.toUtf8()));
    done(std::move(verified));
}

} // namespace sb::engine
