// One free call that shows whether a provider and its key work: GET of its model list.
#pragma once

#include "gateway/setup.h"
#include "http/upstream.h"

#include <functional>

namespace sb::engine {

struct Verified {
    bool isGood = false;
    int status = 0;
    int models = 0;
    AttemptOutcome outcome = AttemptOutcome::Served;
    QString message; // the provider's own words
};

// Engine thread. `done` is called once, later; it may destroy the call.
class VerifyCall final : public http::UpstreamListener {
public:
    VerifyCall(Clock &clock, std::function<void(Verified)> done);

    // False when the provider has no address that could be asked.
    bool start(http::Upstream &upstream, const gateway::Setup &setup, const ProviderId &provider);

    void upstreamHead(const http::ReplyHead &head) override { m_head = head; }
    void upstreamBody(QByteArrayView bytes) override;
    void upstreamEnd(bool isUnframed) override;
    void upstreamFailed(const http::UpstreamFailure &failure) override;

private:
    void finish(Verified verified);

    Clock &m_clock;
    std::function<void(Verified)> m_done;
    DialectId m_dialect = DialectId::OpenAiChat;
    std::unique_ptr<http::UpstreamCall> m_call;
    http::ReplyHead m_head;
    QByteArray m_body;
    Timer m_limit;
};

} // namespace sb::engine
