// One free call that shows whether a provider and its key work: GET of its model list.
#pragma once

#include "gateway/setup.h"
#include "http/upstream.h"

#include <functional>

namespace sb::engine {

struct VerifyAnswer {
    bool isGood = false;
    int status = 0;
    int models = 0;
    AttemptOutcome outcome = AttemptOutcome::Served;
    QString message; // the provider's own words
    QStringList modelIds; // as listed, at most 2,000
    Millis took{0};
};

// Engine thread. `done` is called once, later; it may destroy the call.
class VerifyCall final : public http::UpstreamListener {
public:
    VerifyCall(Clock &clock, std::function<void(VerifyAnswer)> done);

    // False when the provider has no address that could be asked. `key` empty: the first that is
    // on.
    bool start(http::Upstream &upstream, const gateway::Setup &setup, const ProviderId &provider,
               const KeyId &key = {});

    void upstreamHead(const http::ReplyHead &head) override { m_head = head; }
    void upstreamBody(QByteArrayView bytes) override;
    void upstreamEnd(bool isUnframed) override;
    void upstreamFailed(const http::UpstreamFailure &failure) override;

private:
    void finish(VerifyAnswer answer);

    Clock &m_clock;
    std::function<void(VerifyAnswer)> m_done;
    DialectId m_dialect = DialectId::OpenAiChat;
    std::unique_ptr<http::UpstreamCall> m_call;
    http::ReplyHead m_head;
    QByteArray m_body;
    Timer m_limit;
    Nanos m_since{0};
};

} // namespace sb::engine
