#include "route/next_move.h"

namespace sb::route {

namespace {
constexpr Nanos kShortHint = Seconds(2);

bool isDeadKey(AttemptOutcome outcome)
{
    return outcome == AttemptOutcome::KeyRejected || outcome == AttemptOutcome::QuotaExhausted;
}

// Walking past dead keys does not use up the cap; it is bounded by the number of keys.
qsizetype countedAttempts(const QList<Attempt> &attempts)
{
    return std::count_if(attempts.cbegin(), attempts.cend(),
                         [](const Attempt &a) { return !isDeadKey(a.outcome); });
}

bool mayHaveBeenBilled(const Attempt &attempt)
{
    return attempt.stage == Stage::Unknown || attempt.stage == Stage::Begun;
}

qint64 contextOf(const MoveInput &input, const TargetRef &target)
{
    const config::ProviderSettings *provider = input.config.provider(target.provider);
    if (!provider || provider->catalogId.isEmpty() || !input.config.prices)
        return 0;
    const config::Offer *offer = input.config.prices->offer(provider->catalogId, target.model);
    return offer ? offer->context : 0;
}

// The first candidate that still waits and whose gates let it pass; -1 when there is none.
int nextReady(const MoveInput &input, const Attempt &last, bool isLargerWanted)
{
    const qint64 lastContext = isLargerWanted ? contextOf(input, last.target) : 0;
    for (int i = 0; i < input.candidates.size(); ++i) {
        const Candidate &candidate = input.candidates[i];
        if (candidate.fate != CandidateFate::Waiting)
            continue;
        if (input.isNoFailover && candidate.rank != last.rank)
            continue;
        if (lastContext > 0) {
            const qint64 context = contextOf(input, candidate.target);
            if (context > 0 && context <= lastContext)
                continue;
        }
        const Admission here = gateOf(candidate.target, input.gates, input.now).admission;
        if (here == Admission::Yes || here == Admission::AsProbe)
            return i;
    }
    return -1;
}

int candidateOf(const MoveInput &input, const Attempt &attempt)
{
    for (int i = 0; i < input.candidates.size(); ++i) {
        if (input.candidates[i].target == attempt.target
            && input.candidates[i].rank == attempt.rank)
            return i;
    }
    return -1;
}

// Full jitter.
Nanos backoff(const config::RoutingSettings &settings, int retries, Random &random)
{
    const Nanos grown(Nanos(settings.backoffBase).count() * (qint64(1) << std::min(retries, 16)));
    const Nanos cap = std::min(Nanos(settings.backoffCap), grown);
    return Nanos(qint64(random.below(quint64(cap.count()) + 1)));
}

bool isHeld(const QList<Candidate> &candidates)
{
    return std::any_of(candidates.cbegin(), candidates.cend(),
                       [](const Candidate &c) { return c.reason == SkipReason::Held; });
}

NextMove giveUp(SkipReason why)
{
    return NextMove{Move::GiveUp, -1, Nanos(0), why};
}

NextMove retrySame(const MoveInput &input, const Attempt &last, SkipReason whyNotOther,
                   Random &random)
{
    const OutcomeRule &rule = ruleFor(last.outcome);
    const config::RoutingSettings &settings = input.config.routing;
    const int same = candidateOf(input, last);
    if (rule.same == SameTarget::Never || same < 0)
        return giveUp(whyNotOther);
    const auto triesHere
        = std::count_if(input.attempts.cbegin(), input.attempts.cend(), [&](const Attempt &a) {
              return a.target == last.target && a.rank == last.rank;
          });
    const int retries = int(triesHere) - 1;
    if (retries >= settings.retriesPerTarget || !input.isRetryBudgetLeft)
        return giveUp(SkipReason::AttemptCap);
    Nanos wait = backoff(settings, retries, random);
    if (rule.same == SameTarget::AfterHint) {
        // The gate is tripped until the hint; this request waits for that moment and goes as probe.
        if (last.hint < Millis(0) || Nanos(last.hint) > kShortHint)
            return giveUp(SkipReason::Tripped);
        wait = std::max(Nanos(last.hint), Nanos(Seconds(1)));
    } else {
        if (last.hint >= Millis(0))
            wait = std::max(wait, Nanos(last.hint));
        const Admission here = gateOf(last.target, input.gates, input.now).admission;
        if (here == Admission::Tripped || here == Admission::ProbeInFlight)
            return giveUp(SkipReason::Tripped);
    }
    if (input.waited + wait > Nanos(settings.waitingTotal) || wait >= input.left)
        return giveUp(SkipReason::DeadlinePassed);
    return NextMove{Move::Retry, same, wait, whyNotOther};
}
} // namespace

int moveOnTo(const MoveInput &input)
{
    if (input.isNoFailover || input.kind == RequestKind::Stateful || input.attempts.isEmpty())
        return -1;
    const int last = input.attempts.last().rank;
    int before = -1; // passed over on the way, ready by now
    for (int i = 0; i < input.candidates.size(); ++i) {
        const Candidate &candidate = input.candidates[i];
        if (candidate.fate != CandidateFate::Waiting || candidate.rank == last)
            continue;
        const Admission here = gateOf(candidate.target, input.gates, input.now).admission;
        if (here != Admission::Yes && here != Admission::AsProbe)
            continue;
        if (candidate.rank > last)
            return i;
        if (before < 0)
            before = i;
    }
    return before;
}

NextMove nextMove(const MoveInput &input, Random &random)
{
    const Attempt &last = input.attempts.last();
    const OutcomeRule &rule = ruleFor(last.outcome);

    if (last.stage == Stage::Given)
        return giveUp(SkipReason::AlreadyCommitted);
    if (rule.other == OtherTarget::No && rule.same == SameTarget::Never) {
        const bool isMistake = last.outcome == AttemptOutcome::BadRequest
            || last.outcome == AttemptOutcome::Filtered;
        return giveUp(isMistake ? SkipReason::ClientMistake : SkipReason::None);
    }
    if (input.isOnce && last.stage != Stage::Unsent)
        return giveUp(SkipReason::StatefulRequest);
    if (input.left <= Nanos(0))
        return giveUp(SkipReason::DeadlinePassed);
    if (countedAttempts(input.attempts) >= input.config.routing.maxAttempts)
        return giveUp(SkipReason::AttemptCap);

    if (mayHaveBeenBilled(last)) {
        if (input.kind == RequestKind::Stateful)
            return giveUp(SkipReason::StatefulRequest);
        const auto blind
            = std::count_if(input.attempts.cbegin(), input.attempts.cend(), mayHaveBeenBilled);
        if (input.kind == RequestKind::Plain && blind > input.config.routing.maxUnknownRepeats)
            return giveUp(SkipReason::UnknownRepeatCap);
    }

    SkipReason whyNotOther = input.isNoFailover ? SkipReason::NoFailoverAsked
        : isHeld(input.candidates)              ? SkipReason::Held
                                                : SkipReason::None;
    if (rule.other != OtherTarget::No) {
        if (input.kind == RequestKind::Stateful) {
            whyNotOther = SkipReason::StatefulRequest;
        } else {
            const int ready = nextReady(input, last, rule.other == OtherTarget::Larger);
            if (ready >= 0) {
                const bool isSameRank = input.candidates[ready].rank == last.rank;
                return NextMove{isSameRank ? Move::NextKey : Move::NextTarget, ready, Nanos(0)};
            }
        }
    }
    return retrySame(input, last, whyNotOther, random);
}

} // namespace sb::route
