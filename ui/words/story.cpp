#include "words/story.h"

#include <algorithm>

#include "record/knock.h"
#include "words/format.h"
#include "words/plain.h"
#include "words/states.h"

#include <QCoreApplication>
#include <QLocale>
#include <QStringList>

namespace sb::words {

namespace {

struct Story {
    Q_DECLARE_TR_FUNCTIONS(Story)
};

constexpr qsizetype kQuoteLimit = 160;
constexpr qsizetype kNameLimit = 80;

QString lasted(const Attempt &attempt)
{
    if (attempt.startedAt < Micros::zero() || attempt.endedAt < attempt.startedAt)
        return duration(Micros::zero());
    return duration(attempt.endedAt - attempt.startedAt);
}

QString model(const QString &name)
{
    return trimmed(name, kNameLimit);
}

// The first sentence: what the client wanted.
QString asked(const Exchange &exchange)
{
    const Ask &ask = exchange.ask;
    if (ask.endpoint == Endpoint::Models)
        return Story::tr("Asked for the model list.");
    if (isKept(ask.endpoint))
        return Story::tr("Asked for %1.").arg(endpoint(ask.endpoint));
    if (ask.model.isEmpty() && ask.models.isEmpty())
        return Story::tr("Asked for something without naming a model.");
    if (ask.endpoint == Endpoint::CountTokens)
        return Story::tr("Asked for a token count for %1.").arg(model(ask.model));
    if (ask.endpoint == Endpoint::Embeddings)
        return Story::tr("Asked for embeddings from %1.").arg(model(ask.model));
    if (ask.endpoint == Endpoint::Images || ask.endpoint == Endpoint::Audio
        || ask.endpoint == Endpoint::Compaction)
        return Story::tr("Asked for %1 from %2.").arg(endpoint(ask.endpoint), model(ask.model));
    if (ask.models.isEmpty())
        return Story::tr("Asked for %1.").arg(model(ask.model));
    QStringList all;
    if (!ask.model.isEmpty() && !ask.models.contains(ask.model))
        all += model(ask.model);
    for (const QString &name : ask.models)
        all += model(name);
    return Story::tr("Asked for %1, in this order.").arg(QLocale().createSeparatedList(all));
}

// Providers tried with several models need the model to be told apart.
QString subject(const Exchange &exchange, const TargetRef &target, const Names &names)
{
    for (const Candidate &candidate : exchange.decision.candidates) {
        if (candidate.target.provider == target.provider && candidate.target.model != target.model)
            return Story::tr("%1 (%2)", "provider (model)")
                .arg(names.of(target.provider), model(target.model));
    }
    return names.of(target.provider);
}

QString subjectOfAttempt(const Exchange &exchange, qsizetype index, const Names &names)
{
    const QString who = subject(exchange, exchange.attempts[index].target, names);
    if (index == 0)
        return who;
    const Attempt &before = exchange.attempts[index - 1];
    if (before.rank != exchange.attempts[index].rank)
        return who;
    if (before.next == Move::NextKey)
        return Story::tr("%1, with its next key,", "subject of a sentence").arg(who);
    return Story::tr("%1, tried again,", "subject of a sentence").arg(who);
}

QString skipped(const Exchange &exchange, const Names &names, int fromRank, int toRank)
{
    QStringList sentences;
    QStringList who;
    SkipReason reason = SkipReason::None;
    const auto flush = [&] {
        if (!who.isEmpty())
            sentences += skipSentence(reason, QLocale().createSeparatedList(who));
        who.clear();
    };
    for (const Candidate &candidate : exchange.decision.candidates) {
        if (candidate.rank < fromRank || candidate.rank >= toRank)
            continue;
        if (candidate.fate != CandidateFate::Skipped || candidate.reason == SkipReason::NotNeeded
            || candidate.reason == SkipReason::None)
            continue;
        // The ending of a cut answer says this once for all of them.
        if (candidate.reason == SkipReason::AlreadyCommitted)
            continue;
        if (candidate.reason != reason)
            flush();
        reason = candidate.reason;
        const QString name = subject(exchange, candidate.target, names);
        if (!who.contains(name))
            who += name;
    }
    flush();
    return sentences.join(u' ');
}

bool isQuoteWorthy(AttemptOutcome outcome)
{
    switch (outcome) {
    case AttemptOutcome::KeyRejected:
    case AttemptOutcome::QuotaExhausted:
    case AttemptOutcome::RateLimited:
    case AttemptOutcome::Overloaded:
    case AttemptOutcome::ServerError:
    case AttemptOutcome::Conflict:
    case AttemptOutcome::ModelNotFound:
    case AttemptOutcome::BadRequest:
    case AttemptOutcome::LacksFeature:
    case AttemptOutcome::ContextTooLong:
    case AttemptOutcome::Filtered:
    case AttemptOutcome::ErrorInStream:
        return true;
    default:
        return false;
    }
}

QString withoutFullStop(QString text)
{
    while (text.endsWith(u'.'))
        text.chop(1);
    return text;
}

// Theirs, and marked as theirs.
QString quote(const Attempt &attempt)
{
    if (attempt.message.isEmpty() || !isQuoteWorthy(attempt.outcome))
        return {};
    return Story::tr("It said: “%1”.").arg(withoutFullStop(trimmed(attempt.message, kQuoteLimit)));
}

QString answered(const Exchange &exchange, const Attempt &attempt, const QString &who)
{
    const QString time = lasted(attempt);
    const bool hasFirst = exchange.ask.isStream && attempt.firstContentAt >= attempt.startedAt
        && attempt.startedAt >= Micros::zero();
    const QString first
        = hasFirst ? duration(attempt.firstContentAt - attempt.startedAt) : QString();
    const Settlement &paid = exchange.settlement;
    const bool hasCost = paid.source != CostSource::None && paid.source != CostSource::Unpriced;
    const QString price = hasCost ? cost(paid.cost, paid.source) : QString();
    if (hasFirst && hasCost)
        return Story::tr("%1 answered in %2, first token %3, %4.").arg(who, time, first, price);
    if (hasFirst)
        return Story::tr("%1 answered in %2, first token %3.").arg(who, time, first);
    if (hasCost)
        return Story::tr("%1 answered in %2, %3.").arg(who, time, price);
    return Story::tr("%1 answered in %2.").arg(who, time);
}

// What is worth knowing about money and content beside the plain course of things.
void addRemarks(QStringList &out, const Exchange &exchange)
{
    if (const Attempt *server = exchange.server(); server && server->isBadToolJson)
        out += Story::tr("The arguments of a tool call were not valid JSON; they were passed on as "
                         "they came.");
    if (exchange.settlement.source == CostSource::Unpriced)
        out += Story::tr("What it cost is not known: no price is set for this model.");
    if (exchange.settlement.uncertain > Money{})
        out += Story::tr("Up to %1 more may be billed for a try whose end was not seen.")
                   .arg(money(exchange.settlement.uncertain));
}

QString running(const Exchange &exchange, const Names &names, qint64 nowWallMs)
{
    if (exchange.attempts.isEmpty())
        return Story::tr("It has just arrived.");
    const qsizetype last = exchange.attempts.size() - 1;
    const Attempt &attempt = exchange.attempts[last];
    const QString who = subjectOfAttempt(exchange, last, names);
    if (attempt.outcome != AttemptOutcome::Running)
        return attempt.outcome == AttemptOutcome::Served
            ? Story::tr("The last of the answer is on its way to the client.")
            : Story::tr("The next try is about to start.");
    const qint64 startedMs = exchange.wallMs + attempt.startedAt.count() / 1000;
    const QString soFar = duration(Millis(qMax<qint64>(0, nowWallMs - startedMs)));
    const bool hasTime = nowWallMs > 0;
    if (attempt.firstContentAt >= Micros::zero())
        return hasTime ? Story::tr("%1 is answering, %2 so far.").arg(who, soFar)
                       : Story::tr("%1 is answering.").arg(who);
    if (attempt.sentAt >= Micros::zero())
        return hasTime
            ? Story::tr("%1 has the request and said nothing yet, %2 so far.").arg(who, soFar)
            : Story::tr("%1 has the request and said nothing yet.").arg(who);
    return hasTime ? Story::tr("Connecting to %1, %2 so far.").arg(who, soFar)
                   : Story::tr("Connecting to %1.").arg(who);
}

// Why nothing more was tried, unless a skipped candidate says the same already.
bool isWorthSaying(SkipReason reason, const Exchange &exchange)
{
    switch (reason) {
    case SkipReason::NoFailoverAsked:
    case SkipReason::AttemptCap:
    case SkipReason::UnknownRepeatCap:
    case SkipReason::StatefulRequest:
        break;
    default:
        return false;
    }
    return std::none_of(exchange.decision.candidates.cbegin(), exchange.decision.candidates.cend(),
                        [reason](const Candidate &c) { return c.reason == reason; });
}

// Would a further target have helped?
bool isProviderFault(AttemptOutcome outcome)
{
    switch (outcome) {
    case AttemptOutcome::Running:
    case AttemptOutcome::Served:
    case AttemptOutcome::BadRequest:
    case AttemptOutcome::ContextTooLong:
    case AttemptOutcome::Filtered:
    case AttemptOutcome::LacksFeature:
    case AttemptOutcome::ClientLeft:
    case AttemptOutcome::DeadlinePassed:
    case AttemptOutcome::Stopped:
    case AttemptOutcome::Interrupted:
    case AttemptOutcome::MovedOn:
        return false;
    default:
        return true;
    }
}

// The end of a request that nobody served.
void addEnding(QStringList &out, const Exchange &exchange, const Names &names)
{
    const Outcome &outcome = exchange.outcome;
    const Attempt *last = exchange.attempts.isEmpty() ? nullptr : &exchange.attempts.last();
    const QString status = QString::number(outcome.status);
    switch (outcome.kind) {
    case OutcomeKind::Refused:
        out += codeSentence(outcome.code);
        out += Story::tr("No provider was called.");
        return;
    case OutcomeKind::Failed:
        if (!last) {
            out += codeSentence(outcome.code);
            out += Story::tr("No provider was called.");
            return;
        }
        if (isWorthSaying(last->notRepeated, exchange))
            out += skipSentence(last->notRepeated, Story::tr("anything else"));
        out += outcome.status > 0 ? Story::tr("Nobody answered; the client got status %1 after %2.")
                                        .arg(status, duration(exchange.endedAt))
                                  : Story::tr("Nobody answered; the client was told after %1.")
                                        .arg(duration(exchange.endedAt));
        break;
    case OutcomeKind::Cut:
        out += Story::tr(
            "Part of the answer had already reached the client, so no other target could "
            "take over. The client was told that the answer is incomplete.");
        break;
    case OutcomeKind::ClientLeft:
        if (!last || last->outcome != AttemptOutcome::ClientLeft)
            out += Story::tr("The client hung up after %1.").arg(duration(exchange.endedAt));
        else
            out += Story::tr("The rest was cancelled.");
        return;
    case OutcomeKind::Stopped:
        if (!last || last->outcome != AttemptOutcome::Stopped)
            out += Story::tr("The gateway was stopped before there was an answer.");
        else
            out += Story::tr("The client can send it again once the gateway runs.");
        return;
    case OutcomeKind::Running:
    case OutcomeKind::Served:
        return;
    }
    if (last) {
        const QString hint = advice(last->outcome, names.of(last->target.provider));
        if (!hint.isEmpty())
            out += hint;
        if (outcome.kind == OutcomeKind::Failed && exchange.decision.candidates.size() == 1
            && last->notRepeated == SkipReason::None && isProviderFault(last->outcome))
            out += Story::tr("A second target in the chain could have taken over.");
    }
}

// A key or a certificate stays wrong until somebody acts, also when another target answered.
bool needsPerson(AttemptOutcome outcome)
{
    switch (outcome) {
    case AttemptOutcome::KeyRejected:
    case AttemptOutcome::QuotaExhausted:
    case AttemptOutcome::ModelNotFound:
    case AttemptOutcome::TlsWrongName:
    case AttemptOutcome::TlsExpired:
    case AttemptOutcome::TlsNotYetValid:
    case AttemptOutcome::TlsSelfSigned:
    case AttemptOutcome::TlsUnknownCa:
    case AttemptOutcome::Redirected:
        return true;
    default:
        return false;
    }
}

} // namespace

QString story(const Exchange &exchange, const Names &names, qint64 nowWallMs)
{
    if (isKnock(exchange))
        return knock();
    QStringList out{asked(exchange)};
    const Attempt *server = exchange.server();
    QStringList actions;
    int rank = 0;
    for (qsizetype i = 0; i < exchange.attempts.size(); ++i) {
        const Attempt &attempt = exchange.attempts[i];
        if (attempt.rank > rank) {
            out += skipped(exchange, names, rank + 1, attempt.rank);
            rank = attempt.rank;
        }
        if (attempt.outcome == AttemptOutcome::Running)
            continue;
        const QString who = subjectOfAttempt(exchange, i, names);
        if (&attempt == server && attempt.outcome == AttemptOutcome::Served) {
            out += answered(exchange, attempt, who);
            continue;
        }
        out += attemptSentence(attempt, who);
        out += quote(attempt);
        const bool isLast = i + 1 == exchange.attempts.size();
        if (needsPerson(attempt.outcome) && !(isLast && !server)) {
            const QString hint = advice(attempt.outcome, names.of(attempt.target.provider));
            if (!hint.isEmpty() && !actions.contains(hint))
                actions += hint;
        }
    }
    if (exchange.outcome.kind == OutcomeKind::Running)
        out += running(exchange, names, nowWallMs);
    else if (!server || exchange.outcome.kind != OutcomeKind::Served) {
        out += skipped(exchange, names, rank + 1, 1'000'000);
        addEnding(out, exchange, names);
    }
    addRemarks(out, exchange);
    out += actions;
    out.removeAll(QString());
    return out.join(u' ');
}

QString attemptSentence(const Attempt &attempt, const QString &who)
{
    const QString time = lasted(attempt);
    const QString status = QString::number(attempt.status);
    const bool hasHint = attempt.hint.count() >= 0;
    const QString hint = hasHint ? duration(attempt.hint) : QString();
    switch (attempt.outcome) {
    case AttemptOutcome::Running:
        return Story::tr("%1 is at work.").arg(who);
    case AttemptOutcome::Served:
        return Story::tr("%1 answered in %2.").arg(who, time);
    case AttemptOutcome::DnsFailed:
        return Story::tr("%1 could not be reached: its address was not found (%2).").arg(who, time);
    case AttemptOutcome::ConnectFailed:
        return Story::tr("%1 could not be reached: the connection was refused after %2.")
            .arg(who, time);
    case AttemptOutcome::ConnectTimeout:
        return Story::tr("%1 could not be reached: no connection within %2.").arg(who, time);
    case AttemptOutcome::ProxyFailed:
        return Story::tr("%1 could not be reached: the proxy on the way failed after %2.")
            .arg(who, time);
    case AttemptOutcome::TlsWrongName:
        return Story::tr(
                   "%1 was not trusted: its certificate is for another name. Nothing was sent.")
            .arg(who);
    case AttemptOutcome::TlsExpired:
        return Story::tr("%1 was not trusted: its certificate has expired. Nothing was sent.")
            .arg(who);
    case AttemptOutcome::TlsNotYetValid:
        return Story::tr("%1 was not trusted: its certificate is not valid yet. Nothing was sent.")
            .arg(who);
    case AttemptOutcome::TlsSelfSigned:
        return Story::tr("%1 was not trusted: it signed its certificate itself. Nothing was sent.")
            .arg(who);
    case AttemptOutcome::TlsUnknownCa:
        return Story::tr("%1 was not trusted: nobody this computer knows signed its certificate. "
                         "Nothing was sent.")
            .arg(who);
    case AttemptOutcome::TlsFailed:
        return Story::tr(
                   "%1 could not be reached: no secure connection came about in %2. Nothing was "
                   "sent.")
            .arg(who, time);
    case AttemptOutcome::ResetBeforeHead:
        return Story::tr("%1 closed the connection after %2 without a reply.").arg(who, time);
    case AttemptOutcome::ResetOnReuse:
        return Story::tr("%1 closed a connection kept from before, %2 after the request went out.")
            .arg(who, time);
    case AttemptOutcome::HeadTimeout:
        return Story::tr("%1 took the request but did not reply within %2.").arg(who, time);
    case AttemptOutcome::KeyRejected:
        return Story::tr("%1 rejected our key after %2.").arg(who, time);
    case AttemptOutcome::QuotaExhausted:
        return Story::tr("%1 refused after %2: the account's credit or quota is used up.")
            .arg(who, time);
    case AttemptOutcome::RateLimited:
        return hasHint
            ? Story::tr("%1 refused after %2: rate limit, retry in %3.").arg(who, time, hint)
            : Story::tr("%1 refused after %2: rate limit.").arg(who, time);
    case AttemptOutcome::Overloaded:
        return hasHint
            ? Story::tr("%1 refused after %2: overloaded, retry in %3.").arg(who, time, hint)
            : Story::tr("%1 refused after %2: overloaded.").arg(who, time);
    case AttemptOutcome::ServerError:
        return attempt.status > 0
            ? Story::tr("%1 failed after %2 with a server error (%3).").arg(who, time, status)
            : Story::tr("%1 failed after %2 with a server error.").arg(who, time);
    case AttemptOutcome::Conflict:
        return attempt.status > 0
            ? Story::tr("%1 asked after %2 to try later (%3).").arg(who, time, status)
            : Story::tr("%1 asked after %2 to try later.").arg(who, time);
    case AttemptOutcome::ModelNotFound:
        return Story::tr("%1 said after %2 that it has no model “%3”.")
            .arg(who, time, model(attempt.target.model));
    case AttemptOutcome::BadRequest:
        return attempt.status > 0
            ? Story::tr("%1 rejected the request itself after %2 (%3).").arg(who, time, status)
            : Story::tr("%1 rejected the request itself after %2.").arg(who, time);
    case AttemptOutcome::LacksFeature:
        return Story::tr("%1 refused after %2: it lacks a feature that the request uses.")
            .arg(who, time);
    case AttemptOutcome::ContextTooLong:
        return Story::tr("%1 refused after %2: the prompt is too long for it.").arg(who, time);
    case AttemptOutcome::Filtered:
        return Story::tr("%1 declined after %2: its content filter stepped in.").arg(who, time);
    case AttemptOutcome::EmptyCompletion:
        return Story::tr("%1 sent an empty answer after %2.").arg(who, time);
    case AttemptOutcome::BadReply:
        return Story::tr("%1 sent something after %2 that is not an answer.").arg(who, time);
    case AttemptOutcome::BodyShort:
        return Story::tr(
                   "%1 broke off in the middle of its reply after %2; the piece was not passed on.")
            .arg(who, time);
    case AttemptOutcome::StreamCut:
        return attempt.isCommitted
            ? Story::tr("%1 broke off in the middle of its answer after %2.").arg(who, time)
            : Story::tr("%1 broke off after %2, before it had said anything.").arg(who, time);
    case AttemptOutcome::FirstContentTimeout:
        return Story::tr("%1 began to reply but gave no first token within %2.").arg(who, time);
    case AttemptOutcome::Stalled:
        return Story::tr("%1 fell silent in the middle of its answer; we stopped waiting after %2.")
            .arg(who, time);
    case AttemptOutcome::ErrorInStream:
        return attempt.isCommitted
            ? Story::tr("%1 reported an error in the middle of its answer after %2.").arg(who, time)
            : Story::tr("%1 reported an error in place of an answer after %2.").arg(who, time);
    case AttemptOutcome::BrokenEvent:
        return Story::tr("%1 sent a garbled piece of its answer after %2.").arg(who, time);
    case AttemptOutcome::Redirected:
        return Story::tr("%1 pointed to another address after %2; we never follow that.")
            .arg(who, time);
    case AttemptOutcome::ReplyTooLarge:
        return Story::tr("%1 sent more than we accept in one reply; we stopped reading after %2.")
            .arg(who, time);
    case AttemptOutcome::ClientLeft:
        return Story::tr("%1 had worked on it for %2 when the client hung up.").arg(who, time);
    case AttemptOutcome::DeadlinePassed:
        return Story::tr(
                   "%1 had worked on it for %2 when the time allowed for the whole request was up.")
            .arg(who, time);
    case AttemptOutcome::Stopped:
        return Story::tr("%1 had worked on it for %2 when the gateway was stopped.").arg(who, time);
    case AttemptOutcome::Interrupted:
        return Story::tr(
                   "%1 had been asked when the gateway ended suddenly; how it went is not known.")
            .arg(who);
    case AttemptOutcome::MovedOn:
        return Story::tr("%1 had worked on it for %2 when you moved on to the next target.")
            .arg(who, time);
    }
    return {};
}

QString skipSentence(SkipReason reason, const QString &who)
{
    switch (reason) {
    case SkipReason::None:
        return {};
    case SkipReason::NotNeeded:
        return Story::tr("Did not need %1: an earlier target answered.").arg(who);
    case SkipReason::Tripped:
        return Story::tr("Skipped %1: tripped after earlier failures.").arg(who);
    case SkipReason::ProbeInFlight:
        return Story::tr("Skipped %1: another request was just testing whether it is back.")
            .arg(who);
    case SkipReason::NeedsTranslation:
        return Story::tr("Skipped %1: it speaks another API than the client.").arg(who);
    case SkipReason::Off:
        return Story::tr("Skipped %1: switched off by you.").arg(who);
    case SkipReason::NoKey:
        return Story::tr("Skipped %1: no usable key is stored for it.").arg(who);
    case SkipReason::NoTools:
        return Story::tr("Skipped %1: the model cannot call tools, which the request needs.")
            .arg(who);
    case SkipReason::NoImages:
        return Story::tr("Skipped %1: the model cannot read images, which the request contains.")
            .arg(who);
    case SkipReason::ContextTooSmall:
        return Story::tr("Skipped %1: the prompt does not fit into its context.").arg(who);
    case SkipReason::NotAllowed:
        return Story::tr("Skipped %1: this client may not use it.").arg(who);
    case SkipReason::NoFailoverAsked:
        return Story::tr("Did not try %1: the client asked for the first target only.").arg(who);
    case SkipReason::AttemptCap:
        return Story::tr("Did not try %1: the limit of attempts for one request was reached.")
            .arg(who);
    case SkipReason::UnknownRepeatCap:
        return Story::tr(
                   "Did not try %1: the request may have been carried out already and could be "
                   "billed twice.")
            .arg(who);
    case SkipReason::StatefulRequest:
        return Story::tr("Did not try %1: the conversation is kept by the provider that began it.")
            .arg(who);
    case SkipReason::DeadlinePassed:
        return Story::tr("Did not try %1: the time allowed for the request was up.").arg(who);
    case SkipReason::MarkedDown:
        return Story::tr("Skipped %1: marked as down for this question.").arg(who);
    case SkipReason::ClientMistake:
        return Story::tr("Did not try %1: it would reject the same request too.").arg(who);
    case SkipReason::AlreadyCommitted:
        return Story::tr("Did not try %1: part of the answer had already reached the client.")
            .arg(who);
    case SkipReason::Held:
        return Story::tr("Did not try %1: the chain is held on another target by you.").arg(who);
    case SkipReason::OverBudget:
        return Story::tr("Did not try %1: a cap left no room for what it could have cost.")
            .arg(who);
    case SkipReason::NoPrice:
        return Story::tr("Did not try %1: a cap is in force, and its price is not known.").arg(who);
    case SkipReason::NoSchema:
        return Story::tr(
                   "Skipped %1: the model cannot answer to a schema, which the request needs.")
            .arg(who);
    case SkipReason::NotTranslatable:
        return Story::tr("Skipped %1: part of the request cannot be said in the API it speaks.")
            .arg(who);
    }
    return {};
}

} // namespace sb::words
