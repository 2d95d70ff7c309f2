// What a person can do to running traffic: the actions of the board, as requests to the engine.
//
// Every call is posted to the engine thread and answered by future; the window shows the change
// when a frame says so. What is held here (holds, drills, a pause) lives in the engine, ends by
// its own deadline and is not kept over a restart; switching a provider off is configuration and
// is kept. Each change is published as an EventView. [console §3.1; contract §5]
#pragma once

#include "base/result.h"
#include "record/changes.h"
#include "record/frame.h"

#include <QFuture>

#include <optional>

namespace sb::engine {

// A fault to put in. Errors: "no_such_provider", "not_simulated" (everyone's traffic may only be
// broken at a simulated provider), "bad_fault".
struct DrillAsk {
    ProviderId provider;
    ClientId client; // one client's requests to that provider; empty: all, simulated only
    QByteArray faultJson; // one fault of the fault language; `for_s` is ignored
    int sharePercent = 100;
    Seconds length{120}; // 30 s … 30 min
};

class BoardControl {
public:
    virtual ~BoardControl() = default;

    virtual QFuture<Result<void>> setProviderOff(const ProviderId &provider, bool isOff) = 0;
    // A tripped provider's wait ends now: a warm connection is tried at once and the next request
    // is its probe. "not_tripped" when there is nothing to probe.
    virtual QFuture<Result<void>> probeNow(const ProviderId &provider) = 0;
    // Only target `rank` (1 = first) is called until then; 0 ms = until released.
    virtual QFuture<Result<void>> hold(const ChainId &chain, int rank, Millis length) = 0;
    virtual QFuture<Result<void>> release(const ChainId &chain) = 0;
    virtual QFuture<Result<quint32>> startDrill(const DrillAsk &ask) = 0; // its id
    virtual QFuture<Result<void>> endDrill(quint32 id) = 0;
    virtual QFuture<Result<void>> clearDrills() = 0;
    // Gives up the running attempt and takes the next target. "too_late" once content went to the
    // client, "no_next_target" when the chain has none left.
    virtual QFuture<Result<void>> moveOn(const ExchangeId &id) = 0;
    // New requests are refused with 503 until resumed; running ones go on.
    virtual QFuture<Result<void>> setPaused(bool isPaused) = 0;
    // Bodies of requests that begin from now on are recorded for so long, at most 24 h
    // ("bad_length"); 0 ends it, and what has begun is still recorded to its end. Unlike the others
    // it goes on over a restart. Requests that ask for `x-signalbox-log: off` or `metadata` are
    // left out.
    virtual QFuture<Result<void>> setRecording(Millis length) = 0;

    // Sends the request of that exchange again, as its client, marked as a replay; to `target`
    // alone when given. "body_gone": its body is no longer in memory.
    virtual QFuture<Result<ExchangeId>> replay(const ExchangeId &id,
                                               const std::optional<TargetRef> &target)
        = 0;
    // The request's body as the client sent it, while it is in memory.
    virtual QFuture<Result<QByteArray>> requestBody(const ExchangeId &id) = 0;
    // What translations changed in it for each target, while that is in memory; empty where its
    // bytes passed through.
    virtual QFuture<Result<QList<AttemptChanges>>> requestChanges(const ExchangeId &id) = 0;
};

} // namespace sb::engine
