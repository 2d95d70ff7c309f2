// The wire as a drill breaks it for one attempt: whoever reads the reply cannot tell it from a
// provider that failed. Engine thread.
//
// Faults that come instead of an answer (status, refuse, dns, reset, no_head, black_hole) never
// reach the provider. Those that spoil an answer (slow_head, slow_first_token, stall, cut_fin,
// cut_rst) call it and hold back or cut what it says.
#pragma once

#include "gateway/steering.h"
#include "http/upstream.h"

namespace sb::gateway {

class DrilledUpstream final : public http::Upstream {
public:
    // `upstream` and `clock` outlive the calls; this object need not.
    DrilledUpstream(http::Upstream &upstream, Clock &clock, const Drill &drill, DialectId dialect);

    // Is this fault of the language played here? The others need a simulated provider.
    static bool canPlay(QByteArrayView fault);
    // It comes instead of a call: the provider gets no byte.
    static bool isInsteadOfCall(QByteArrayView fault);

    std::unique_ptr<http::UpstreamCall> start(http::UpstreamRequest request,
                                              http::UpstreamListener &listener) override;
    void warm(const http::Origin &, Nanos) override { }
    void dropIdle() override { }

private:
    http::Upstream &m_upstream;
    Clock &m_clock;
    const Drill &m_drill;
    DialectId m_dialect;
};

} // namespace sb::gateway
