#include "route/outcome_rules.h"

#include <array>

namespace sb::route {

namespace {
using A = AttemptOutcome;
using S = SameTarget;
using O = OtherTarget;
using G = GateScope;
using W = Weight;

constexpr std::array kRules{
    OutcomeRule{A::Running, S::Never, O::No, G::Model, W::None, Owed::Nothing},
    OutcomeRule{A::Served, S::Never, O::No, G::Model, W::Good, Owed::Estimate},
    OutcomeRule{A::DnsFailed, S::Retry, O::Next, G::Endpoint, W::Hard, Owed::Nothing},
    OutcomeRule{A::ConnectFailed, S::Retry, O::Next, G::Endpoint, W::Hard, Owed::Nothing},
    OutcomeRule{A::ConnectTimeout, S::Retry, O::Next, G::Endpoint, W::Hard, Owed::Nothing},
    OutcomeRule{A::ProxyFailed, S::Retry, O::Next, G::Endpoint, W::Hard, Owed::Nothing},
    OutcomeRule{A::TlsWrongName, S::Never, O::Next, G::Endpoint, W::Trip, Owed::Nothing,
                Seconds(300)},
    OutcomeRule{A::TlsExpired, S::Never, O::Next, G::Endpoint, W::Trip, Owed::Nothing,
                Seconds(300)},
    OutcomeRule{A::TlsNotYetValid, S::Never, O::Next, G::Endpoint, W::Trip, Owed::Nothing,
                Seconds(300)},
    OutcomeRule{A::TlsSelfSigned, S::Never, O::Next, G::Endpoint, W::Trip, Owed::Nothing,
                Seconds(300)},
    OutcomeRule{A::TlsUnknownCa, S::Never, O::Next, G::Endpoint, W::Trip, Owed::Nothing,
                Seconds(300)},
    OutcomeRule{A::TlsFailed, S::Never, O::Next, G::Endpoint, W::Trip, Owed::Nothing, Seconds(300)},
    OutcomeRule{A::ResetBeforeHead, S::ByKind, O::ByKind, G::Endpoint, W::Hard, Owed::InputFloor},
    OutcomeRule{A::ResetOnReuse, S::ByKind, O::ByKind, G::Endpoint, W::Soft, Owed::InputFloor},
    OutcomeRule{A::HeadTimeout, S::Never, O::ByKind, G::Model, W::Hard, Owed::InputFloor},
    OutcomeRule{A::KeyRejected, S::Never, O::NextKey, G::Key, W::Trip, Owed::Nothing},
    OutcomeRule{A::QuotaExhausted, S::Never, O::NextKey, G::Key, W::Trip, Owed::Nothing,
                Seconds(900)},
    OutcomeRule{A::RateLimited, S::AfterHint, O::NextKey, G::Model, W::Trip, Owed::Nothing,
                Seconds(5)},
    OutcomeRule{A::Overloaded, S::Retry, O::Next, G::Model, W::Soft, Owed::Nothing},
    OutcomeRule{A::ServerError, S::Retry, O::Next, G::Model, W::Hard, Owed::Nothing},
    OutcomeRule{A::Conflict, S::Retry, O::Next, G::Model, W::Soft, Owed::Nothing},
    OutcomeRule{A::ModelNotFound, S::Never, O::Next, G::Model, W::Trip, Owed::Nothing,
                Seconds(600)},
    OutcomeRule{A::BadRequest, S::Never, O::No, G::Model, W::None, Owed::Nothing},
    OutcomeRule{A::LacksFeature, S::Never, O::Next, G::Model, W::None, Owed::Nothing},
    OutcomeRule{A::ContextTooLong, S::Never, O::Larger, G::Model, W::None, Owed::Nothing},
    OutcomeRule{A::Filtered, S::Never, O::No, G::Model, W::None, Owed::Nothing},
    OutcomeRule{A::EmptyCompletion, S::Never, O::ByKind, G::Model, W::Soft, Owed::Nothing},
    OutcomeRule{A::BadReply, S::Never, O::ByKind, G::Model, W::Hard, Owed::InputFloor},
    OutcomeRule{A::BodyShort, S::ByKind, O::ByKind, G::Model, W::Hard, Owed::Estimate},
    OutcomeRule{A::StreamCut, S::ByKind, O::ByKind, G::Model, W::Hard, Owed::Estimate},
    OutcomeRule{A::FirstContentTimeout, S::Never, O::ByKind, G::Model, W::Soft, Owed::InputFloor},
    OutcomeRule{A::Stalled, S::Never, O::ByKind, G::Model, W::Hard, Owed::Estimate},
    OutcomeRule{A::ErrorInStream, S::Never, O::ByKind, G::Model, W::Hard, Owed::Estimate},
    OutcomeRule{A::BrokenEvent, S::Never, O::ByKind, G::Model, W::Hard, Owed::Estimate},
    OutcomeRule{A::Redirected, S::Never, O::Next, G::Endpoint, W::Trip, Owed::Nothing,
                Seconds(300)},
    OutcomeRule{A::ReplyTooLarge, S::Never, O::ByKind, G::Endpoint, W::Hard, Owed::InputFloor},
    OutcomeRule{A::ClientLeft, S::Never, O::No, G::Model, W::None, Owed::Estimate},
    OutcomeRule{A::DeadlinePassed, S::Never, O::No, G::Model, W::None, Owed::Estimate},
    OutcomeRule{A::Stopped, S::Never, O::No, G::Model, W::None, Owed::Estimate},
    OutcomeRule{A::Interrupted, S::Never, O::No, G::Model, W::None, Owed::InputFloor},
    OutcomeRule{A::MovedOn, S::Never, O::Next, G::Model, W::None, Owed::InputFloor},
};

constexpr bool rulesFollowTheEnum()
{
    for (size_t i = 0; i < kRules.size(); ++i) {
        if (size_t(kRules[i].outcome) != i)
            return false;
    }
    return kRules.size() == size_t(A::MovedOn) + 1;
}
static_assert(rulesFollowTheEnum());
} // namespace

const OutcomeRule &ruleFor(AttemptOutcome outcome)
{
    return kRules[size_t(outcome)];
}

} // namespace sb::route
