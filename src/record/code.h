// The stable codes of our own refusals and errors (`x-signalbox-code`), with the status each has.
#pragma once

#include <QByteArrayView>

#include <optional>

namespace sb {

enum class Code : quint8 {
    None,
    BadRequest,
    BadJson,
    DuplicateKey,
    NotSupported,
    NeedsTranslation,
    ContextTooLong, // 400
    ClientKey,
    TwoKeys, // 401
    BudgetExceeded, // 402
    NotAllowed,
    BadHost,
    BadOrigin, // 403
    NoSuchModel,
    NoSuchPath,
    NoSuchId, // 404
    Method, // 405
    RequestTimeout, // 408
    BodyTooLarge, // 413
    UriTooLong,
    HeadTooLarge, // 414, 431; both spelled head_too_large
    MediaType, // 415
    Expectation, // 417
    Upgrade, // 426
    ClientRateLimit,
    TargetsLimited, // 429
    ClientLeft, // 499, in records only
    UpstreamUnreachable,
    UpstreamTls,
    UpstreamReset,
    UpstreamCredentials,
    UpstreamQuota,
    UpstreamRedirect,
    UpstreamError,
    EmptyCompletion,
    BadUpstreamReply,
    UpstreamCut,
    ModelLoop, // 502
    AllTripped,
    Overloaded,
    Draining,
    LedgerUnavailable, // 503
    UpstreamTimeout,
    UpstreamStall,
    Deadline, // 504
};

// "bad_request"; empty for None.
QByteArrayView codeName(Code code);
std::optional<Code> codeFromName(QByteArrayView name);
// The HTTP status a code usually travels with; 0 for None.
int codeStatus(Code code);

} // namespace sb
