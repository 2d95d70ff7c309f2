#include "provider/failure.h"

#include "provider/hints.h"

namespace sb::provider {

namespace {
AttemptOutcome wireOutcome(const http::UpstreamFailure &failure)
{
    using E = http::UpstreamError;
    using A = AttemptOutcome;
    switch (failure.error) {
    case E::DnsFailed:
        return A::DnsFailed;
    case E::ConnectFailed:
        return A::ConnectFailed;
    case E::ConnectTimeout:
        return A::ConnectTimeout;
    case E::ProxyFailed:
        return A::ProxyFailed;
    case E::TlsWrongName:
        return A::TlsWrongName;
    case E::TlsExpired:
        return A::TlsExpired;
    case E::TlsNotYetValid:
        return A::TlsNotYetValid;
    case E::TlsSelfSigned:
        return A::TlsSelfSigned;
    case E::TlsUnknownCa:
        return A::TlsUnknownCa;
    case E::TlsFailed:
        return A::TlsFailed;
    case E::Reset:
        if (failure.hasHead)
            return A::BodyShort;
        return failure.isReused ? A::ResetOnReuse : A::ResetBeforeHead;
    case E::BadReply:
        return A::BadReply;
    case E::HeadTooLarge:
        return A::ReplyTooLarge;
    }
    return A::ResetBeforeHead;
}

Reading fromError(const dialect::ProviderError &error, const http::Fields &fields, qint64 wallMs)
{
    Reading reading;
    reading.outcome = error.outcome;
    reading.status = error.status;
    reading.message = error.message;
    reading.type = error.type;
    reading.code = error.code;
    reading.hint = std::max(retryHint(fields, wallMs), error.hint);
    return reading;
}
} // namespace

Reading readFailure(const http::UpstreamFailure &failure)
{
    Reading reading;
    reading.outcome = wireOutcome(failure);
    reading.stage = !failure.isSent ? Stage::Unsent
        : failure.hasHead           ? Stage::Begun
                                    : Stage::Unknown;
    return reading;
}

Reading readErrorReply(DialectId dialect, const http::ReplyHead &head, QByteArrayView body,
                       qint64 wallMs)
{
    if (head.status >= 300 && head.status < 400) {
        Reading reading;
        reading.outcome = AttemptOutcome::Redirected;
        reading.status = head.status;
        return reading;
    }
    Reading reading = fromError(
        dialect::readError(dialect, head.status, head.fields.value("content-type"), body),
        head.fields, wallMs);
    reading.status = head.status;
    reading.stage = Stage::Refused;
    return reading;
}

Reading readErrorObject(const dialect::ProviderError &error, const http::ReplyHead &head,
                        qint64 wallMs)
{
    Reading reading = fromError(error, head.fields, wallMs);
    // The provider took the request and said 200 first: whether it bills is its secret. [row 18]
    reading.stage = Stage::Begun;
    return reading;
}

} // namespace sb::provider
