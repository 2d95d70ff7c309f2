#include "engine/verify_call.h"

#include "base/log.h"
#include "engine/known_providers.h"
#include "provider/failure.h"

namespace sb::engine {

namespace {
constexpr qsizetype kBody = 8 * 1024 * 1024;
constexpr Seconds kLimit{15};
} // namespace

VerifyCall::VerifyCall(Clock &clock, std::function<void(VerifyAnswer)> done)
    : m_clock(clock)
    , m_done(std::move(done))
    , m_limit(clock)
{
}

bool VerifyCall::start(http::Upstream &upstream, const gateway::Setup &setup, const ProviderId &id,
                       const KeyId &wanted)
{
    const config::ProviderSettings *provider = setup.config->provider(id);
    if (!provider)
        return false;
    for (const DialectId dialect :
         {DialectId::OpenAiChat, DialectId::Anthropic, DialectId::OpenAiResponses,
          DialectId::Gemini, DialectId::Ollama}) {
        const auto base = setup.bases.constFind({id, dialect});
        if (base == setup.bases.cend())
            continue;
        m_dialect = dialect;
        Secret key;
        for (const config::KeySettings &own : provider->keys) {
            const bool isMeant = wanted.isEmpty() ? key.isEmpty() && !own.isOff : own.id == wanted;
            if (isMeant)
                key = setup.keys.value({id, own.id});
        }
        http::UpstreamRequest request;
        request.origin = base->origin;
        request.head = provider::requestHead(
            {*provider, *base, dialect, Endpoint::Models, false, key, nullptr, -1});
        request.connectTimeout = provider->timeouts.connect;
        m_since = m_clock.now();
        m_call = upstream.start(std::move(request), *this);
        m_limit.start(kLimit, [this] {
            finish({false, 0, 0, AttemptOutcome::HeadTimeout, {}, {}});
        });
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
            {false, m_head.status, 0, reading.outcome, QString::fromUtf8(reading.message), {}});
    }
    const auto models = modelNames(m_body);
    finish({models.has_value(),
            m_head.status,
            models ? int(models->size()) : 0,
            models ? AttemptOutcome::Served : AttemptOutcome::BadReply,
            {},
            models.value_or(QStringList())});
}

void VerifyCall::upstreamFailed(const http::UpstreamFailure &failure)
{
    finish({false,
            0,
            0,
            provider::readFailure(failure).outcome,
            QString::fromUtf8(failure.detail),
            {}});
}

void VerifyCall::finish(VerifyAnswer answer)
{
    m_limit.stop();
    const auto done = std::move(m_done); // survives this
    answer.took = std::chrono::duration_cast<Millis>(m_clock.now() - m_since);
    // A provider may quote the key it was sent.
    answer.message = QString::fromUtf8(log::redacted(answer.message.toUtf8()));
    done(std::move(answer));
}

} // namespace sb::engine
