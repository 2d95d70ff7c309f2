#include "gateway/client_error.h"

#include "record/names.h"

namespace sb::gateway {

namespace {
using A = AttemptOutcome;

QByteArray labelOf(const config::ConfigSnapshot &config, const ProviderId &id)
{
    const config::ProviderSettings *provider = config.provider(id);
    return (provider && !provider->label.isEmpty() ? provider->label : id.text()).toUtf8();
}

// What the provider did, as the end of a sentence that begins with its name.
QByteArray deed(const Attempt &attempt)
{
    const QByteArray status
        = attempt.status > 0 ? " (" + QByteArray::number(attempt.status) + ')' : QByteArray();
    switch (attempt.outcome) {
    case A::DnsFailed:
        return "could not be found by name";
    case A::ConnectFailed:
        return "refused the connection";
    case A::ConnectTimeout:
        return "did not take the connection in time";
    case A::ProxyFailed:
        return "could not be reached through the proxy";
    case A::TlsWrongName:
        return "showed a certificate for another name";
    case A::TlsExpired:
        return "showed an expired certificate (check this computer's clock too)";
    case A::TlsNotYetValid:
        return "showed a certificate that is not valid yet (check this computer's clock too)";
    case A::TlsSelfSigned:
        return "showed a self-signed certificate";
    case A::TlsUnknownCa:
        return "showed a certificate from an unknown authority";
    case A::TlsFailed:
        return "failed to agree on an encrypted connection";
    case A::ResetBeforeHead:
    case A::ResetOnReuse:
        return "closed the connection without an answer";
    case A::HeadTimeout:
        return "did not begin to answer in time";
    case A::KeyRejected:
        return "rejected its key" + status;
    case A::QuotaExhausted:
        return "says its quota or credit is used up" + status;
    case A::RateLimited:
        return "is limiting the rate" + status;
    case A::Overloaded:
        return "is overloaded" + status;
    case A::ServerError:
        return "failed" + status;
    case A::Conflict:
        return "could not take the request now" + status;
    case A::ModelNotFound:
        return "does not know the model" + status;
    case A::BadRequest:
        return "refused the request" + status;
    case A::LacksFeature:
        return "cannot do what the request asks" + status;
    case A::ContextTooLong:
        return "says the prompt is too long" + status;
    case A::Filtered:
        return "filtered the request" + status;
    case A::EmptyCompletion:
        return "sent an empty answer";
    case A::BadReply:
        return "sent an answer that cannot be read";
    case A::BodyShort:
        return "cut its answer short";
    case A::StreamCut:
        return "ended the stream before it was whole";
    case A::FirstContentTimeout:
        return "sent no content in time";
    case A::Stalled:
        return "went silent in mid-stream";
    case A::ErrorInStream:
        return "reported an error in mid-stream";
    case A::BrokenEvent:
        return "sent a stream event that cannot be read";
    case A::Redirected:
        return "redirected the request, which is never followed" + status;
    case A::ReplyTooLarge:
        return "sent an answer over the size limit";
    case A::DeadlinePassed:
        return "had not answered when the time was up";
    case A::MovedOn:
        return "was given up waiting for";
    case A::Running:
    case A::Served:
    case A::ClientLeft:
    case A::Stopped:
    case A::Interrupted:
        break;
    }
    return "did not answer";
}

QByteArray told(const config::ConfigSnapshot &config, const Attempt &attempt)
{
    QByteArray sentence = labelOf(config, attempt.target.provider) + ' ' + deed(attempt);
    if (!attempt.message.isEmpty())
        sentence += ": \"" + attempt.message.toUtf8() + '"';
    return sentence;
}

// Every attempt in turn; the same said again at once becomes "twice".
QByteArray toldAll(const config::ConfigSnapshot &config, const QList<Attempt> &attempts)
{
    QList<QByteArray> parts;
    QList<int> times;
    for (const Attempt &attempt : attempts) {
        const QByteArray part = told(config, attempt);
        if (!parts.isEmpty() && parts.last() == part) {
            ++times.last();
        } else {
            parts.append(part);
            times.append(1);
        }
    }
    for (qsizetype i = 0; i < parts.size(); ++i) {
        if (times[i] == 2)
            parts[i] += ", twice";
        else if (times[i] > 2)
            parts[i] += ", " + QByteArray::number(times[i]) + " times";
    }
    return parts.join("; ");
}

bool isClientMistake(A outcome)
{
    return outcome == A::BadRequest || outcome == A::LacksFeature || outcome == A::ContextTooLong
        || outcome == A::Filtered;
}

bool isTimeout(A outcome)
{
    return outcome == A::HeadTimeout || outcome == A::FirstContentTimeout
        || outcome == A::ConnectTimeout;
}

int overloadStatus(DialectId dialect)
{
    return dialect == DialectId::Anthropic ? 529 : 503;
}

int retryAfter(qint64 soonestWallMs, qint64 nowWallMs, int fallback)
{
    if (soonestWallMs <= nowWallMs)
        return fallback;
    return int(std::clamp<qint64>((soonestWallMs - nowWallMs + 999) / 1000, 1, 60));
}
} // namespace

Code codeOf(AttemptOutcome outcome)
{
    switch (outcome) {
    case A::DnsFailed:
    case A::ConnectFailed:
    case A::ConnectTimeout:
    case A::ProxyFailed:
        return Code::UpstreamUnreachable;
    case A::TlsWrongName:
    case A::TlsExpired:
    case A::TlsNotYetValid:
    case A::TlsSelfSigned:
    case A::TlsUnknownCa:
    case A::TlsFailed:
        return Code::UpstreamTls;
    case A::ResetBeforeHead:
    case A::ResetOnReuse:
        return Code::UpstreamReset;
    case A::HeadTimeout:
    case A::FirstContentTimeout:
        return Code::UpstreamTimeout;
    case A::KeyRejected:
        return Code::UpstreamCredentials;
    case A::QuotaExhausted:
        return Code::UpstreamQuota;
    case A::RateLimited:
        return Code::TargetsLimited;
    case A::Overloaded:
        return Code::Overloaded;
    case A::ModelNotFound:
        return Code::NoSuchModel;
    case A::ContextTooLong:
        return Code::ContextTooLong;
    case A::EmptyCompletion:
        return Code::EmptyCompletion;
    case A::BadReply:
    case A::BrokenEvent:
    case A::ReplyTooLarge:
        return Code::BadUpstreamReply;
    case A::BodyShort:
    case A::StreamCut:
        return Code::UpstreamCut;
    case A::Stalled:
        return Code::UpstreamStall;
    case A::Redirected:
        return Code::UpstreamRedirect;
    case A::ClientLeft:
        return Code::ClientLeft;
    case A::DeadlinePassed:
        return Code::Deadline;
    case A::Stopped:
        return Code::Draining;
    default:
        return Code::UpstreamError;
    }
}

FinalError afterAttempts(const Exchange &exchange, const config::ConfigSnapshot &config,
                         QByteArrayView type, QByteArrayView code, qint64 soonestWallMs,
                         qint64 nowWallMs)
{
    FinalError error;
    error.shown.id = exchange.id;
    const QList<Attempt> &attempts = exchange.attempts;
    const Attempt &first = attempts.first();
    const Attempt &last = attempts.last();
    const auto all = [&](auto is) {
        return std::all_of(attempts.cbegin(), attempts.cend(),
                           [&](const Attempt &a) { return is(a.outcome); });
    };

    // The client's mistake of the first target > all limited > all overloaded > timeouts > the
    // rest.
    const Attempt *told1 = &last;
    if (isClientMistake(first.outcome) || isClientMistake(last.outcome)) {
        told1 = isClientMistake(first.outcome) ? &first : &last;
        error.shown.code = codeOf(told1->outcome);
        error.shown.status = told1->status >= 400 && told1->status < 500 ? told1->status : 400;
        if (told1 == &last && last.dialect == exchange.ask.dialect) {
            error.shown.type = type.toByteArray();
            error.shown.providerCode = code.toByteArray();
        }
    } else if (all([](A o) { return o == A::RateLimited; })) {
        error.shown.code = Code::TargetsLimited;
        error.shown.status = 429;
        error.retryAfterSeconds = retryAfter(soonestWallMs, nowWallMs, 1);
    } else if (all([](A o) { return o == A::Overloaded || o == A::RateLimited; })) {
        error.shown.code = Code::Overloaded;
        error.shown.status = overloadStatus(exchange.ask.dialect);
        error.retryAfterSeconds = retryAfter(soonestWallMs, nowWallMs, 5);
    } else if (all([](A o) { return o == A::ModelNotFound; })) {
        error.shown.code = Code::NoSuchModel;
        error.shown.status = 404;
    } else if (all([](A o) { return o == A::Conflict; })) {
        error.shown.code = Code::UpstreamError;
        error.shown.status = last.status;
    } else if (std::any_of(attempts.cbegin(), attempts.cend(), [](const Attempt &a) {
                   return isTimeout(a.outcome) && a.stage != Stage::Unsent;
               })) {
        error.shown.code = Code::UpstreamTimeout;
        error.shown.status = 504;
    } else {
        error.shown.code = codeOf(last.outcome);
        if (error.shown.code == Code::TargetsLimited || error.shown.code == Code::Overloaded
            || error.shown.code == Code::NoSuchModel)
            error.shown.code = Code::UpstreamError;
        error.shown.status = 502;
    }

    if (attempts.size() == 1 || isClientMistake(told1->outcome)) {
        error.shown.message = told(config, *told1) + '.';
    } else {
        error.shown.message = "No target answered. " + toldAll(config, attempts) + '.';
    }
    const QList<Candidate> &candidates = exchange.decision.candidates;
    if (std::any_of(candidates.cbegin(), candidates.cend(),
                    [](const Candidate &c) { return c.reason == SkipReason::Held; }))
        error.shown.message += " The chain is held on this target by hand, so no other was tried.";
    return error;
}

FinalError withoutAttempt(const Exchange &exchange, const config::ConfigSnapshot &config,
                          bool isAllLimited, qint64 soonestWallMs, qint64 nowWallMs)
{
    FinalError error;
    error.kind = OutcomeKind::Failed;
    error.shown.id = exchange.id;
    const QList<Candidate> &candidates = exchange.decision.candidates;
    const auto all = [&](SkipReason reason) {
        return std::all_of(candidates.cbegin(), candidates.cend(),
                           [&](const Candidate &c) { return c.reason == reason; });
    };
    QList<QByteArray> parts;
    for (const Candidate &candidate : candidates) {
        QByteArray why(name(candidate.reason).toByteArray().replace('_', ' '));
        if (candidate.reason == SkipReason::Tripped && candidate.untilWallMs > nowWallMs)
            why += " for " + QByteArray::number((candidate.untilWallMs - nowWallMs + 999) / 1000)
                + " s more";
        QByteArray target = labelOf(config, candidate.target.provider);
        if (!candidate.target.model.isEmpty())
            target += " (" + candidate.target.model.toUtf8() + ')';
        parts.append(target + ": " + why);
    }
    if (all(SkipReason::NeedsTranslation)) {
        error.shown.code = Code::NeedsTranslation;
        error.shown.status = 400;
        error.shown.message
            = (exchange.ask.endpoint == Endpoint::Embeddings
                   ? QByteArray("No target of this chain has embeddings. ")
                   : QByteArray("No target of this chain speaks the API you called. "))
            + parts.join("; ") + '.';
        error.kind = OutcomeKind::Refused;
        return error;
    }
    if (all(SkipReason::NoKey)) {
        error.shown.code = Code::UpstreamCredentials;
        error.shown.status = 502;
        error.shown.message = "No target of this chain has a key. " + parts.join("; ") + '.';
        return error;
    }
    const bool isHeld = std::any_of(candidates.cbegin(), candidates.cend(), [](const Candidate &c) {
        return c.reason == SkipReason::Held;
    });
    error.shown.code = isAllLimited ? Code::TargetsLimited : Code::AllTripped;
    error.shown.status = isAllLimited ? 429 : overloadStatus(exchange.ask.dialect);
    error.retryAfterSeconds = retryAfter(soonestWallMs, nowWallMs, 5);
    if (candidates.isEmpty()) {
        error.shown.message = "This chain has no targets.";
        return error;
    }
    error.shown.message = isHeld
        ? "This chain is held on one target by hand, and that one cannot be tried now. "
        : "No target can be tried now. ";
    error.shown.message += parts.join("; ") + '.';
    return error;
}

FinalError ownError(const Exchange &exchange, Code code, const QByteArray &sentence)
{
    FinalError error;
    error.kind = OutcomeKind::Refused;
    error.shown.id = exchange.id;
    error.shown.code = code;
    error.shown.status = codeStatus(code);
    error.shown.message = sentence;
    if (code == Code::Draining || code == Code::LedgerUnavailable)
        error.retryAfterSeconds = 5;
    return error;
}

} // namespace sb::gateway
