#include "route/gate.h"

namespace sb::route {

namespace {
constexpr Nanos kBucket = Seconds(6);
constexpr Nanos kHintFloor = Seconds(1);
constexpr Nanos kHintCap = Seconds(900);
constexpr Nanos kLimitBase = Seconds(5); // a 429 without a hint: 5 s · 2ⁿ
constexpr Nanos kLimitCap = Seconds(60);

void enter(Gate &gate, GateState state, Moment at)
{
    if (gate.state != state) {
        gate.state = state;
        gate.sinceWallMs = at.wallMs;
    }
}

Nanos grown(Nanos base, Nanos cap, int n)
{
    return std::min(cap, Nanos(base.count() * (qint64(1) << std::min(n, 20))));
}

void trip(Gate &gate, const Verdict &verdict, Nanos time, bool isHinted, Moment at)
{
    gate.isProbeInFlight = false;
    const Nanos until = at.now + time;
    // A later deadline only ever lengthens the time.
    if (gate.state == GateState::Tripped && gate.until >= until)
        return;
    enter(gate, GateState::Tripped, at);
    gate.cause = verdict.outcome;
    gate.status = verdict.status;
    gate.until = until;
    gate.untilWallMs = at.wallMs + time.count() / 1'000'000;
    gate.isHinted = isHinted;
}

// Equal jitter: half of the time is certain, half is chance.
Nanos growingTime(const Gate &gate, const config::RoutingSettings &settings, Random &random)
{
    const Nanos s = grown(settings.tripBase, settings.tripCap, gate.trips);
    return s / 2 + Nanos(qint64(random.below(quint64((s / 2).count()) + 1)));
}

void tripGrowing(Gate &gate, const Verdict &verdict, Moment at,
                 const config::RoutingSettings &settings, Random &random)
{
    trip(gate, verdict, growingTime(gate, settings, random), false, at);
    ++gate.trips;
}

void count(Gate &gate, int halfFailures, Nanos now)
{
    const qint64 index = now / kBucket;
    Gate::Bucket &bucket = gate.window[size_t(index % qint64(gate.window.size()))];
    if (bucket.index != index)
        bucket = Gate::Bucket{index, 0, 0};
    ++bucket.results;
    bucket.halfFailures += halfFailures;
}

bool isRatioBad(const Gate &gate, Nanos now, const config::RoutingSettings &settings)
{
    const qint64 newest = now / kBucket;
    int results = 0;
    int halves = 0;
    for (const Gate::Bucket &bucket : gate.window) {
        if (bucket.index > newest - qint64(gate.window.size())) {
            results += bucket.results;
            halves += bucket.halfFailures;
        }
    }
    return results >= settings.ratioMinimum && halves * 100 >= results * 2 * settings.ratioPercent;
}

void reportGood(Gate &gate, bool isProbe, Moment at, const config::RoutingSettings &settings)
{
    if (gate.state == GateState::Probing && gate.isProbeInFlight && !isProbe)
        return; // the probe decides
    if (gate.state == GateState::Tripped) {
        // An old request ended well; the trip was about newer ones, except where this was the
        // request that was sent because everything was tripped.
        if (!gate.isProbeInFlight)
            return;
    }
    if (gate.state != GateState::Serving) {
        gate.window.fill(Gate::Bucket{});
        gate.goodSince = at.now;
        gate.isHinted = false;
        gate.isForever = false;
    }
    gate.isProbeInFlight = false;
    gate.failuresInRow = 0;
    enter(gate, GateState::Serving, at);
    count(gate, 0, at.now);
    if (gate.trips > 0 && at.now - gate.goodSince >= Nanos(settings.tripForget))
        gate.trips = 0;
}

void reportTrip(Gate &gate, const Verdict &verdict, Moment at)
{
    const bool isHinted = verdict.hint >= Millis(0);
    // Several answers of one burst are one trip: only the first of them counts as a further one.
    const bool isFurther = gate.state != GateState::Tripped;
    Nanos time = ruleFor(verdict.outcome).tripFor;
    if (isHinted)
        time = std::clamp(Nanos(verdict.hint), kHintFloor, kHintCap);
    else if (verdict.outcome == AttemptOutcome::RateLimited)
        time = grown(kLimitBase, kLimitCap, isFurther ? gate.trips : std::max(0, gate.trips - 1));
    if (verdict.outcome == AttemptOutcome::KeyRejected) {
        time = Seconds(365 * 24 * 3600);
        gate.isForever = true;
    }
    trip(gate, verdict, time, isHinted, at);
    if (gate.isForever)
        gate.untilWallMs = 0;
    if (isFurther)
        ++gate.trips;
}
} // namespace

bool isConnectCause(AttemptOutcome cause)
{
    return cause >= AttemptOutcome::DnsFailed && cause <= AttemptOutcome::TlsFailed;
}

Admission admission(const Gate &gate, Nanos now)
{
    if (gate.state == GateState::Serving)
        return Admission::Yes;
    if (gate.isProbeInFlight)
        return Admission::ProbeInFlight;
    if (gate.state == GateState::Probing)
        return Admission::AsProbe;
    if (gate.isForever || now < gate.until || isConnectCause(gate.cause))
        return Admission::Tripped;
    return Admission::AsProbe;
}

void beginProbe(Gate &gate, Moment at)
{
    enter(gate, GateState::Probing, at);
    gate.isProbeInFlight = true;
}

void abandonProbe(Gate &gate)
{
    gate.isProbeInFlight = false;
}

bool endWait(Gate &gate, Moment at)
{
    if (gate.state != GateState::Tripped)
        return false;
    enter(gate, GateState::Probing, at);
    gate.isProbeInFlight = false;
    gate.until = at.now;
    gate.untilWallMs = at.wallMs;
    return true;
}

bool report(Gate &gate, const Verdict &verdict, Moment at, const config::RoutingSettings &settings,
            Random &random)
{
    const GateState stateBefore = gate.state;
    const Nanos untilBefore = gate.until;
    const bool isProbing
        = gate.state == GateState::Probing && (verdict.isProbe || !gate.isProbeInFlight);
    switch (ruleFor(verdict.outcome).weight) {
    case Weight::None:
        if (verdict.isProbe)
            abandonProbe(gate);
        break;
    case Weight::Good:
        reportGood(gate, verdict.isProbe, at, settings);
        break;
    case Weight::Soft:
        count(gate, 1, at.now);
        if (isProbing || (gate.state == GateState::Serving && isRatioBad(gate, at.now, settings)))
            tripGrowing(gate, verdict, at, settings, random);
        break;
    case Weight::Hard:
        ++gate.failuresInRow;
        count(gate, 2, at.now);
        if (isProbing
            || (gate.state == GateState::Serving
                && (gate.failuresInRow >= settings.tripAfter
                    || isRatioBad(gate, at.now, settings))))
            tripGrowing(gate, verdict, at, settings, random);
        break;
    case Weight::Trip:
        reportTrip(gate, verdict, at);
        break;
    }
    return gate.state != stateBefore || gate.until != untilBefore;
}

void connectSucceeded(Gate &gate, Moment at)
{
    if (gate.state == GateState::Tripped && !gate.isForever)
        enter(gate, GateState::Probing, at);
}

void connectFailed(Gate &gate, const Verdict &verdict, Moment at,
                   const config::RoutingSettings &settings, Random &random)
{
    // Probing: the user ended the wait, and this connection was faster than the next request.
    if (gate.state == GateState::Serving || gate.isProbeInFlight)
        return;
    gate.until = Nanos(0);
    if (ruleFor(verdict.outcome).weight == Weight::Trip) {
        reportTrip(gate, verdict, at);
        return;
    }
    tripGrowing(gate, verdict, at, settings, random);
}

} // namespace sb::route
