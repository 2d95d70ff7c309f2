#include "translate/translator.h"

namespace sb::translate {

namespace {

Code codeOf(AttemptOutcome outcome)
{
    switch (outcome) {
    case AttemptOutcome::KeyRejected:
        return Code::UpstreamCredentials;
    case AttemptOutcome::QuotaExhausted:
        return Code::UpstreamQuota;
    case AttemptOutcome::RateLimited:
        return Code::TargetsLimited;
    case AttemptOutcome::Overloaded:
        return Code::Overloaded;
    case AttemptOutcome::ModelNotFound:
        return Code::NoSuchModel;
    case AttemptOutcome::BadRequest:
    case AttemptOutcome::Filtered:
        return Code::BadRequest;
    case AttemptOutcome::LacksFeature:
        return Code::NotSupported;
    case AttemptOutcome::ContextTooLong:
        return Code::ContextTooLong;
    case AttemptOutcome::EmptyCompletion:
        return Code::EmptyCompletion;
    case AttemptOutcome::BadReply:
    case AttemptOutcome::BrokenEvent:
    case AttemptOutcome::ReplyTooLarge:
        return Code::BadUpstreamReply;
    case AttemptOutcome::BodyShort:
    case AttemptOutcome::StreamCut:
        return Code::UpstreamCut;
    default:
        return Code::UpstreamError;
    }
}

// Overload is 529 at Anthropic and 503 elsewhere. [pitfall 50]
int statusFor(const chat::Fault &fault, Code code, DialectId dialect)
{
    if (code == Code::Overloaded)
        return dialect == DialectId::Anthropic ? 529 : 503;
    return fault.status >= 400 && fault.status < 600 ? fault.status : codeStatus(code);
}

} // namespace

chat::Fault toFault(const dialect::ProviderError &error, QByteArrayView raw)
{
    chat::Fault fault;
    fault.outcome = error.outcome;
    fault.status = error.status;
    fault.message = error.message;
    fault.type = error.type;
    fault.code = error.code;
    fault.hint = error.hint;
    fault.raw = raw.toByteArray();
    return fault;
}

chat::Fault decodeError(DialectId dialect, int status, QByteArrayView contentType,
                        QByteArrayView body)
{
    return toFault(dialect::readError(dialect, status, contentType, body), body);
}

dialect::ClientError toClientError(const chat::Fault &fault, DialectId dialect,
                                   const ExchangeId &id)
{
    dialect::ClientError error;
    error.code = codeOf(fault.outcome);
    error.status = statusFor(fault, error.code, dialect);
    error.message = fault.message.isEmpty() ? QByteArray("The provider failed.") : fault.message;
    error.id = id;
    return error;
}

dialect::ClientError toClientError(const chat::Rejection &rejection, const ExchangeId &id)
{
    dialect::ClientError error;
    error.code = codeFromName(rejection.code).value_or(Code::NotSupported);
    error.status = codeStatus(error.code);
    error.message = rejection.message;
    error.param = rejection.param;
    error.id = id;
    return error;
}

} // namespace sb::translate
