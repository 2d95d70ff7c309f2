#include "words/states.h"

#include "record/knock.h"
#include "words/format.h"
#include "words/plain.h"

#include <QCoreApplication>

namespace sb::words {

namespace {

struct States {
    Q_DECLARE_TR_FUNCTIONS(States)
};

} // namespace

QString provider(ProviderState state)
{
    switch (state) {
    case ProviderState::NoTraffic:
        return States::tr("no traffic", "provider");
    case ProviderState::Serving:
        return States::tr("serving", "provider");
    case ProviderState::Degraded:
        return States::tr("degraded", "provider");
    case ProviderState::Tripped:
        return States::tr("tripped", "provider");
    case ProviderState::Probing:
        return States::tr("probing", "provider");
    case ProviderState::Off:
        return States::tr("off", "provider");
    }
    return unknown();
}

QString chain(ChainState state)
{
    switch (state) {
    case ChainState::Idle:
        return States::tr("no traffic", "chain");
    case ChainState::OnFirstTarget:
        return States::tr("on target 1", "chain");
    case ChainState::FailedOver:
        return States::tr("failed over", "chain");
    case ChainState::Failing:
        return States::tr("failing", "chain");
    case ChainState::Held:
        return States::tr("held", "chain");
    }
    return unknown();
}

QString gate(GateState state)
{
    switch (state) {
    case GateState::Serving:
        return States::tr("serving", "gate");
    case GateState::Tripped:
        return States::tr("tripped", "gate");
    case GateState::Probing:
        return States::tr("probing", "gate");
    }
    return unknown();
}

QString engine(EngineState state)
{
    switch (state) {
    case EngineState::Starting:
        return States::tr("Starting", "gateway");
    case EngineState::Running:
        return States::tr("Running", "gateway");
    case EngineState::Draining:
        return States::tr("Finishing", "gateway: no new requests, running ones end");
    case EngineState::Stopped:
        return States::tr("Stopped", "gateway");
    case EngineState::Failed:
        return States::tr("Not running", "gateway: could not start");
    case EngineState::Paused:
        return States::tr("Paused", "gateway: new requests are refused");
    }
    return unknown();
}

QString outcome(OutcomeKind kind)
{
    switch (kind) {
    case OutcomeKind::Running:
        return States::tr("running", "request");
    case OutcomeKind::Served:
        return States::tr("served", "request");
    case OutcomeKind::Refused:
        return States::tr("refused by Signalbox", "request");
    case OutcomeKind::Failed:
        return States::tr("failed", "request");
    case OutcomeKind::Cut:
        return States::tr("cut short", "request");
    case OutcomeKind::ClientLeft:
        return States::tr("client left", "request");
    case OutcomeKind::Stopped:
        return States::tr("stopped", "request");
    }
    return unknown();
}

QString requestState(const Exchange &exchange)
{
    if (isKnock(exchange))
        return States::tr("looked", "a program that only looked whether someone is there");
    if (exchange.outcome.kind == OutcomeKind::Refused)
        return States::tr("refused", "request");
    if (exchange.outcome.kind != OutcomeKind::Served)
        return outcome(exchange.outcome.kind);
    if (exchange.outcome.isFailover)
        return States::tr("failed over", "request");
    if (exchange.outcome.isDiverted)
        return States::tr("diverted", "request");
    return outcome(exchange.outcome.kind);
}

QString knock()
{
    return States::tr("A program looked whether the gateway is there, without a key. Nothing was "
                      "asked of a provider.");
}

QString dialect(DialectId dialect)
{
    switch (dialect) {
    case DialectId::OpenAiChat:
        return QStringLiteral("OpenAI Chat");
    case DialectId::Anthropic:
        return QStringLiteral("Anthropic Messages");
    case DialectId::OpenAiResponses:
        return QStringLiteral("OpenAI Responses");
    case DialectId::Gemini:
        return QStringLiteral("Gemini");
    case DialectId::Ollama:
        return QStringLiteral("Ollama");
    }
    return unknown();
}

QString endpoint(Endpoint endpoint)
{
    switch (endpoint) {
    case Endpoint::Generate:
        return States::tr("an answer", "what a request asks for");
    case Endpoint::CountTokens:
        return States::tr("a token count", "what a request asks for");
    case Endpoint::Models:
        return States::tr("the model list", "what a request asks for");
    case Endpoint::Embeddings:
        return States::tr("embeddings", "what a request asks for");
    case Endpoint::Other:
        return States::tr("something else", "what a request asks for");
    case Endpoint::Completions:
        return States::tr("a completion", "what a request asks for");
    case Endpoint::Stored:
        return States::tr("a stored item", "what a request asks for");
    case Endpoint::Show:
        return States::tr("facts about a model", "what a request asks for");
    case Endpoint::Running:
        return States::tr("the loaded models", "what a request asks for");
    case Endpoint::Version:
        return States::tr("the version", "what a request asks for");
    case Endpoint::Images:
        return States::tr("images", "what a request asks for");
    case Endpoint::Audio:
        return States::tr("audio", "what a request asks for");
    case Endpoint::Rerank:
        return States::tr("a ranking", "what a request asks for");
    case Endpoint::Moderations:
        return States::tr("a moderation", "what a request asks for");
    case Endpoint::Files:
        return States::tr("files", "what a request asks for");
    case Endpoint::Batches:
        return States::tr("a batch", "what a request asks for");
    case Endpoint::Compaction:
        return States::tr("a shorter conversation", "what a request asks for");
    }
    return unknown();
}

QString mark(AttemptOutcome outcome, int status)
{
    const bool isStatusTheCause = status >= 300;
    if (isStatusTheCause)
        return QString::number(status);
    switch (outcome) {
    case AttemptOutcome::DnsFailed:
        return States::tr("no DNS", "mark on the board");
    case AttemptOutcome::ConnectFailed:
        return States::tr("refused", "mark on the board: no connection");
    case AttemptOutcome::ProxyFailed:
        return States::tr("proxy", "mark on the board");
    case AttemptOutcome::TlsWrongName:
    case AttemptOutcome::TlsExpired:
    case AttemptOutcome::TlsNotYetValid:
    case AttemptOutcome::TlsSelfSigned:
    case AttemptOutcome::TlsUnknownCa:
    case AttemptOutcome::TlsFailed:
        return QStringLiteral("TLS");
    case AttemptOutcome::ResetBeforeHead:
    case AttemptOutcome::ResetOnReuse:
        return States::tr("reset", "mark on the board: connection closed");
    case AttemptOutcome::ConnectTimeout:
    case AttemptOutcome::HeadTimeout:
    case AttemptOutcome::FirstContentTimeout:
    case AttemptOutcome::DeadlinePassed:
        return States::tr("timeout", "mark on the board");
    case AttemptOutcome::EmptyCompletion:
        return States::tr("empty", "mark on the board");
    case AttemptOutcome::BadReply:
    case AttemptOutcome::BrokenEvent:
        return States::tr("garbled", "mark on the board");
    case AttemptOutcome::BodyShort:
    case AttemptOutcome::StreamCut:
    case AttemptOutcome::Interrupted:
        return States::tr("cut", "mark on the board");
    case AttemptOutcome::MovedOn:
        return States::tr("given up", "mark on the board");
    case AttemptOutcome::Stalled:
        return States::tr("silent", "mark on the board");
    case AttemptOutcome::ReplyTooLarge:
        return States::tr("too large", "mark on the board");
    case AttemptOutcome::ClientLeft:
        return States::tr("left", "mark on the board: the client hung up");
    case AttemptOutcome::Stopped:
        return States::tr("stopped", "mark on the board");
    case AttemptOutcome::Running:
    case AttemptOutcome::Served:
        return {};
    default:
        return States::tr("error", "mark on the board");
    }
}

QString attempt(AttemptOutcome outcome)
{
    switch (outcome) {
    case AttemptOutcome::Running:
        return States::tr("running", "attempt");
    case AttemptOutcome::Served:
        return States::tr("answered", "attempt");
    case AttemptOutcome::DnsFailed:
        return States::tr("name not found", "attempt");
    case AttemptOutcome::ConnectFailed:
        return States::tr("could not connect", "attempt");
    case AttemptOutcome::ConnectTimeout:
        return States::tr("connecting took too long", "attempt");
    case AttemptOutcome::ProxyFailed:
        return States::tr("proxy failed", "attempt");
    case AttemptOutcome::TlsWrongName:
        return States::tr("certificate for another name", "attempt");
    case AttemptOutcome::TlsExpired:
        return States::tr("certificate expired", "attempt");
    case AttemptOutcome::TlsNotYetValid:
        return States::tr("certificate not valid yet", "attempt");
    case AttemptOutcome::TlsSelfSigned:
        return States::tr("self-signed certificate", "attempt");
    case AttemptOutcome::TlsUnknownCa:
        return States::tr("certificate from an unknown authority", "attempt");
    case AttemptOutcome::TlsFailed:
        return States::tr("secure connection failed", "attempt");
    case AttemptOutcome::ResetBeforeHead:
        return States::tr("closed before answering", "attempt");
    case AttemptOutcome::ResetOnReuse:
        return States::tr("kept connection closed", "attempt");
    case AttemptOutcome::HeadTimeout:
        return States::tr("no reply in time", "attempt");
    case AttemptOutcome::KeyRejected:
        return States::tr("key rejected", "attempt");
    case AttemptOutcome::QuotaExhausted:
        return States::tr("quota used up", "attempt");
    case AttemptOutcome::RateLimited:
        return States::tr("rate limit", "attempt");
    case AttemptOutcome::Overloaded:
        return States::tr("overloaded", "attempt");
    case AttemptOutcome::ServerError:
        return States::tr("server error", "attempt");
    case AttemptOutcome::Conflict:
        return States::tr("asked to try later", "attempt");
    case AttemptOutcome::ModelNotFound:
        return States::tr("model not found", "attempt");
    case AttemptOutcome::BadRequest:
        return States::tr("request rejected", "attempt");
    case AttemptOutcome::LacksFeature:
        return States::tr("feature not supported", "attempt");
    case AttemptOutcome::ContextTooLong:
        return States::tr("prompt too long", "attempt");
    case AttemptOutcome::Filtered:
        return States::tr("content filter", "attempt");
    case AttemptOutcome::EmptyCompletion:
        return States::tr("empty answer", "attempt");
    case AttemptOutcome::BadReply:
        return States::tr("unreadable reply", "attempt");
    case AttemptOutcome::BodyShort:
        return States::tr("reply incomplete", "attempt");
    case AttemptOutcome::StreamCut:
        return States::tr("stream ended early", "attempt");
    case AttemptOutcome::FirstContentTimeout:
        return States::tr("no first token in time", "attempt");
    case AttemptOutcome::Stalled:
        return States::tr("went silent", "attempt");
    case AttemptOutcome::ErrorInStream:
        return States::tr("error inside the answer", "attempt");
    case AttemptOutcome::BrokenEvent:
        return States::tr("broken stream", "attempt");
    case AttemptOutcome::Redirected:
        return States::tr("redirected", "attempt");
    case AttemptOutcome::ReplyTooLarge:
        return States::tr("reply too large", "attempt");
    case AttemptOutcome::ClientLeft:
        return States::tr("client left", "attempt");
    case AttemptOutcome::DeadlinePassed:
        return States::tr("time limit reached", "attempt");
    case AttemptOutcome::Stopped:
        return States::tr("gateway stopped", "attempt");
    case AttemptOutcome::Interrupted:
        return States::tr("gateway ended suddenly", "attempt");
    case AttemptOutcome::MovedOn:
        return States::tr("given up by you", "attempt");
    }
    return unknown();
}

QString move(Move move)
{
    switch (move) {
    case Move::None:
        return unknown();
    case Move::Deliver:
        return States::tr("answered", "what the gateway did next");
    case Move::Retry:
        return States::tr("tried again", "what the gateway did next");
    case Move::NextKey:
        return States::tr("took the next key", "what the gateway did next");
    case Move::NextTarget:
        return States::tr("went to the next target", "what the gateway did next");
    case Move::GiveUp:
        return States::tr("gave up", "what the gateway did next");
    }
    return unknown();
}

QString skip(SkipReason reason)
{
    switch (reason) {
    case SkipReason::None:
        return {};
    case SkipReason::NotNeeded:
        return States::tr("not needed", "skipped target");
    case SkipReason::Tripped:
        return States::tr("tripped", "skipped target");
    case SkipReason::ProbeInFlight:
        return States::tr("being tested", "skipped target");
    case SkipReason::NeedsTranslation:
        return States::tr("speaks another API", "skipped target");
    case SkipReason::Off:
        return States::tr("switched off", "skipped target");
    case SkipReason::NoKey:
        return States::tr("no usable key", "skipped target");
    case SkipReason::NoTools:
        return States::tr("cannot call tools", "skipped target");
    case SkipReason::NoImages:
        return States::tr("cannot read images", "skipped target");
    case SkipReason::ContextTooSmall:
        return States::tr("prompt does not fit", "skipped target");
    case SkipReason::NotAllowed:
        return States::tr("not allowed for this client", "skipped target");
    case SkipReason::NoFailoverAsked:
        return States::tr("failover declined by the client", "skipped target");
    case SkipReason::AttemptCap:
        return States::tr("attempt limit reached", "skipped target");
    case SkipReason::UnknownRepeatCap:
        return States::tr("could be billed twice", "skipped target");
    case SkipReason::StatefulRequest:
        return States::tr("conversation is kept elsewhere", "skipped target");
    case SkipReason::DeadlinePassed:
        return States::tr("no time left", "skipped target");
    case SkipReason::MarkedDown:
        return States::tr("marked as down for this question", "skipped target");
    case SkipReason::ClientMistake:
        return States::tr("would be rejected again", "skipped target");
    case SkipReason::AlreadyCommitted:
        return States::tr("answer had begun", "skipped target");
    case SkipReason::Held:
        return States::tr("held on another target by you", "skipped target");
    case SkipReason::OverBudget:
        return States::tr("no room under a cap", "skipped target");
    case SkipReason::NoPrice:
        return States::tr("no price, so no cap can hold", "skipped target");
    case SkipReason::NoSchema:
        return States::tr("cannot answer to a schema", "skipped target");
    case SkipReason::NotTranslatable:
        return States::tr("part of the request has no words there", "skipped target");
    }
    return unknown();
}

QString changeKind(FieldChange::Kind kind)
{
    switch (kind) {
    case FieldChange::Kind::Mapped:
        return States::tr("another name");
    case FieldChange::Kind::Dropped:
        return States::tr("left out");
    case FieldChange::Kind::Clamped:
        return States::tr("brought into range");
    case FieldChange::Kind::Degraded:
        return States::tr("a weaker form");
    case FieldChange::Kind::Emulated:
        return States::tr("done by Signalbox");
    case FieldChange::Kind::Repaired:
        return States::tr("repaired");
    }
    return {};
}

QString fate(const Exchange &exchange, const Candidate &candidate)
{
    // The last attempt tells: the same target may have been tried more than once.
    const Attempt *last = nullptr;
    for (const Attempt &tried : exchange.attempts) {
        if (tried.rank == candidate.rank)
            last = &tried;
    }
    if (last)
        return attempt(last->outcome);
    if (candidate.fate != CandidateFate::Skipped)
        return States::tr("not tried yet");
    const QString reason = skip(candidate.reason);
    return candidate.reason == SkipReason::Tripped && candidate.untilWallMs > exchange.wallMs
        ? States::tr("%1, tried again at %2").arg(reason, timeSeconds(candidate.untilWallMs))
        : reason;
}

QString source(RouteSource source)
{
    switch (source) {
    case RouteSource::None:
        return unknown();
    case RouteSource::Chain:
        return States::tr("chain name", "how a model name was found");
    case RouteSource::Header:
        return States::tr("chain named in a header", "how a model name was found");
    case RouteSource::Alias:
        return States::tr("alias", "how a model name was found");
    case RouteSource::ProviderModel:
        return States::tr("provider and model", "how a model name was found");
    case RouteSource::BareModel:
        return States::tr("model that one provider offers", "how a model name was found");
    case RouteSource::Body:
        return States::tr("list in the request", "how a model name was found");
    case RouteSource::DefaultChain:
        return States::tr("default chain of the client", "how a model name was found");
    }
    return unknown();
}

namespace {

QString trippedLine(AttemptOutcome cause, int status, qint64 untilWallMs, qint64 nowWallMs)
{
    const QString why = mark(cause, status);
    if (untilWallMs <= 0)
        return why.isEmpty() ? States::tr("tripped until its settings change")
                             : States::tr("tripped: %1, until edited").arg(why);
    if (untilWallMs <= nowWallMs)
        return why.isEmpty() ? States::tr("tripped, next request tests it")
                             : States::tr("tripped: %1, retry next").arg(why);
    const QString when = countdown(untilWallMs, nowWallMs);
    return why.isEmpty() ? States::tr("tripped, retry %1").arg(when)
                         : States::tr("tripped: %1, retry %2").arg(why, when);
}

} // namespace

QString providerLine(const ProviderView &view, qint64 nowWallMs)
{
    switch (view.state) {
    case ProviderState::NoTraffic:
        return States::tr("no traffic yet");
    case ProviderState::Off:
        return States::tr("off, switched off by you");
    case ProviderState::Tripped:
        return trippedLine(view.cause, view.causeStatus, view.untilWallMs, nowWallMs);
    case ProviderState::Probing: {
        const QString why = mark(view.cause, view.causeStatus);
        return why.isEmpty()
            ? States::tr("probing")
            : States::tr("probing, last: %1", "provider being tested; its last failure").arg(why);
    }
    case ProviderState::Serving:
    case ProviderState::Degraded:
        break;
    }
    const double share = view.attempts5m > 0 ? double(view.failures5m) / view.attempts5m : -1;
    return States::tr("p50 %1  %2  %3", "median duration, tokens per second, errors")
        .arg(duration(view.p50Duration), speed(view.tokensPerSecond), percent(share));
}

QString providerReason(const ProviderView &view, qint64 nowWallMs)
{
    const QString name = visible(view.label);
    const QString since = lasting(view.sinceWallMs, nowWallMs);
    switch (view.state) {
    case ProviderState::NoTraffic:
        return States::tr("%1 had no requests in the last 5 minutes.").arg(name);
    case ProviderState::Off:
        return States::tr("%1 is off because you switched it off. Chains skip it.").arg(name);
    case ProviderState::Serving:
        return States::tr("%1 is serving. %n request(s) in the last 5 minutes.", nullptr,
                          view.attempts5m)
            .arg(name);
    case ProviderState::Degraded:
        return States::tr("%1 is degraded: %2 of %n request(s) failed in the last 5 minutes. It "
                          "stays in use.",
                          nullptr, view.attempts5m)
            .arg(name, count(view.failures5m));
    case ProviderState::Probing:
        return States::tr("%1 was tripped (%2). One request is testing it now; the rest go to the "
                          "next target.")
            .arg(name, attempt(view.cause));
    case ProviderState::Tripped:
        break;
    }
    if (view.untilWallMs <= 0)
        return States::tr(
                   "%1 has been tripped since %4 (%2): %3. It stays out until you change its key "
                   "or settings.")
            .arg(name, since, attempt(view.cause), timeSeconds(view.sinceWallMs));
    return States::tr("%1 has been tripped since %5 (%2): %3. Trying again in %4. Requests go to "
                      "the next target.")
        .arg(name, since, attempt(view.cause), countdown(view.untilWallMs, nowWallMs),
             timeSeconds(view.sinceWallMs));
}

QString gateLine(const GateView &view, qint64 nowWallMs)
{
    if (view.state == GateState::Tripped)
        return trippedLine(view.cause, view.status, view.untilWallMs, nowWallMs);
    if (view.state == GateState::Probing && view.failuresInRow > 0)
        return States::tr("probing after %n error(s)", nullptr, view.failuresInRow);
    return gate(view.state);
}

QString clientLine(const ClientView &view, qint64 nowWallMs)
{
    if (view.perMinute > 0) {
        // Who uses the key that nobody made for one tool.
        const bool isShared = view.id.text() == QStringLiteral("default");
        return isShared && !view.program.isEmpty()
            ? States::tr("%1, %2", "program, requests per minute")
                  .arg(visible(view.program), perMinute(view.perMinute))
            : perMinute(view.perMinute);
    }
    if (view.lastSeenWallMs <= 0)
        return States::tr("no request yet");
    return States::tr("idle %1", "a client, for so long")
        .arg(lasting(view.lastSeenWallMs, nowWallMs));
}

QString notice(const Notice &notice, qint64 nowWallMs)
{
    const QString subject = visible(notice.subject);
    const QString since = lasting(notice.sinceWallMs, nowWallMs);
    switch (notice.kind) {
    case Notice::Kind::ConfigRefused:
        return States::tr(
                   "The edited config file has a mistake at %1. The settings from before stay "
                   "in use; correct the file and it is taken up at once.")
            .arg(subject);
    case Notice::Kind::DiskFull:
        return States::tr(
                   "The disk of %1 has been full for %2. Requests go on; their history is not "
                   "kept. Free some space.")
            .arg(subject, since);
    case Notice::Kind::HistoryDamaged:
        return States::tr(
                   "The history file was damaged and was put aside as %1. A new one is in use; "
                   "spending records are not touched.")
            .arg(subject);
    case Notice::Kind::ClockJumped:
        return States::tr(
                   "This computer's clock jumped %1 ago. Times of requests around it may look "
                   "wrong.")
            .arg(since);
    case Notice::Kind::TlsProblem:
        return States::tr(
                   "The certificate of %1 could not be trusted. It is left alone for 5 minutes "
                   "at a time; check its address and this computer's clock.")
            .arg(subject);
    case Notice::Kind::Redirected:
        return States::tr("%1 answers with a redirect, which is never followed. Correct its base "
                          "address.")
            .arg(subject);
    case Notice::Kind::KeyRejected:
        return States::tr("%1 rejected its key %2 ago. The key is not used until you replace it.")
            .arg(subject, since);
    case Notice::Kind::KeychainFailing:
        if (notice.subject == QStringLiteral("this_run"))
            return States::tr(
                "The keychain does not work here, so a new key is kept only until Signalbox "
                "stops. A passphrase in Settings keeps it in a file.");
        if (notice.subject == QStringLiteral("vault_locked"))
            return States::tr(
                "Keys in the passphrase file cannot be read yet. Open it in Settings.");
        if (notice.subject == QStringLiteral("vault"))
            return States::tr(
                "The keychain does not work here, so a new key went into the passphrase file.");
        if (notice.subject.startsWith(QStringLiteral("moved:")))
            return States::tr(
                       "The key of %1 was given for another address and is not sent to %2. Give "
                       "the key again on Providers, or run: signalboxd provider confirm %1")
                .arg(visible(notice.subject.mid(6)), visible(notice.detail));
        return States::tr(
            "The keychain does not answer, so keys kept there cannot be read. Unlock it, "
            "then try again.");
    }
    return {};
}

QString target(const TargetRef &target)
{
    if (target.model.isEmpty())
        return visible(target.provider.text());
    return visible(target.provider.text()) + QStringLiteral(" / ") + visible(target.model);
}

} // namespace sb::words
