#include "record/failure_class.h"

namespace sb {

std::optional<FailureClass> failureClass(AttemptOutcome outcome)
{
    switch (outcome) {
    case AttemptOutcome::Running:
    case AttemptOutcome::Served:
    case AttemptOutcome::BadRequest:
    case AttemptOutcome::LacksFeature:
    case AttemptOutcome::ContextTooLong:
    case AttemptOutcome::Filtered:
    case AttemptOutcome::ClientLeft:
    case AttemptOutcome::DeadlinePassed:
    case AttemptOutcome::Stopped:
    case AttemptOutcome::Interrupted:
    case AttemptOutcome::MovedOn:
        return std::nullopt;
    case AttemptOutcome::RateLimited:
    case AttemptOutcome::QuotaExhausted:
        return FailureClass::Limited;
    case AttemptOutcome::KeyRejected:
    case AttemptOutcome::ModelNotFound:
    case AttemptOutcome::Redirected:
        return FailureClass::Refused;
    case AttemptOutcome::Overloaded:
    case AttemptOutcome::ServerError:
    case AttemptOutcome::Conflict:
        return FailureClass::Server;
    case AttemptOutcome::DnsFailed:
    case AttemptOutcome::ConnectFailed:
    case AttemptOutcome::ConnectTimeout:
    case AttemptOutcome::ProxyFailed:
    case AttemptOutcome::ResetBeforeHead:
    case AttemptOutcome::ResetOnReuse:
        return FailureClass::Network;
    case AttemptOutcome::TlsWrongName:
    case AttemptOutcome::TlsExpired:
    case AttemptOutcome::TlsNotYetValid:
    case AttemptOutcome::TlsSelfSigned:
    case AttemptOutcome::TlsUnknownCa:
    case AttemptOutcome::TlsFailed:
        return FailureClass::Tls;
    case AttemptOutcome::HeadTimeout:
    case AttemptOutcome::FirstContentTimeout:
    case AttemptOutcome::Stalled:
        return FailureClass::Timeout;
    case AttemptOutcome::EmptyCompletion:
    case AttemptOutcome::BadReply:
    case AttemptOutcome::BodyShort:
    case AttemptOutcome::StreamCut:
    case AttemptOutcome::ErrorInStream:
    case AttemptOutcome::BrokenEvent:
    case AttemptOutcome::ReplyTooLarge:
        return FailureClass::Broken;
    }
    return std::nullopt;
}

bool isFailure(AttemptOutcome outcome)
{
    switch (outcome) {
    case AttemptOutcome::Running:
    case AttemptOutcome::Served:
    case AttemptOutcome::ClientLeft:
    case AttemptOutcome::Stopped:
        return false;
    default:
        return true;
    }
}

} // namespace sb
