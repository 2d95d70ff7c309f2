#include "words/plates.h"

#include "record/knock.h"
#include "words/format.h"
#include "words/plain.h"
#include "words/states.h"
#include "words/story.h"

#include <QCoreApplication>

namespace sb::words {

namespace {

struct Plates {
    Q_DECLARE_TR_FUNCTIONS(Plates)
};

} // namespace

QStringList providerLines(const ProviderView &view, qint64 nowWallMs)
{
    QStringList lines{providerLine(view, nowWallMs)};
    const QString cause = mark(view.cause, view.causeStatus);
    switch (view.state) {
    case ProviderState::NoTraffic:
        break;
    case ProviderState::Off:
        lines += Plates::tr("off, by you");
        break;
    case ProviderState::Tripped:
        if (cause.isEmpty() || view.untilWallMs <= nowWallMs)
            break;
        lines += Plates::tr("%1, retry %2", "cause of a trip, countdown")
                     .arg(cause, countdown(view.untilWallMs, nowWallMs));
        lines += Plates::tr("retry %1").arg(countdown(view.untilWallMs, nowWallMs));
        break;
    case ProviderState::Probing:
        lines += provider(view.state);
        break;
    case ProviderState::Serving:
    case ProviderState::Degraded: {
        const double share = view.attempts5m > 0 ? double(view.failures5m) / view.attempts5m : -1;
        lines += QStringLiteral("%1  %2  %3")
                     .arg(duration(view.p50Duration), speed(view.tokensPerSecond), percent(share));
        lines += QStringLiteral("%1  %2").arg(duration(view.p50Duration), percent(share));
        break;
    }
    }
    return lines;
}

QStringList heldLines(int rank, qint64 untilWallMs, qint64 nowWallMs)
{
    const QString target = count(rank);
    if (untilWallMs <= 0)
        return {Plates::tr("Held on target %1 by you").arg(target),
                Plates::tr("Held on %1 by you", "target number").arg(target),
                Plates::tr("Held on %1", "target number").arg(target)};
    const QString left = countdown(untilWallMs, nowWallMs);
    return {Plates::tr("Held on target %1 by you, %2 left").arg(target, left),
            Plates::tr("Held on %1 by you, %2", "target number, time left").arg(target, left),
            Plates::tr("Held on %1, %2", "target number, time left").arg(target, left)};
}

QString drillTag(qint64 untilWallMs, qint64 nowWallMs)
{
    return Plates::tr("DRILL %1", "time left").arg(countdown(untilWallMs, nowWallMs));
}

QString chainReason(const ChainView &view, const QString &server, qint64 nowWallMs)
{
    const QString name = visible(view.id.text());
    const QString rank = count(view.lastServedRank);
    if (view.heldRank > 0) {
        const QString held = count(view.heldRank);
        return view.heldUntilWallMs > 0
            ? Plates::tr("Chain %1 is held on target %2 by you for another %3. Its other targets "
                         "are not called, even if this one fails.")
                  .arg(name, held, countdown(view.heldUntilWallMs, nowWallMs))
            : Plates::tr("Chain %1 is held on target %2 by you until you release it. Its other "
                         "targets are not called, even if this one fails.")
                  .arg(name, held);
    }
    switch (view.state) {
    case ChainState::Idle:
        return view.lastServedRank > 0
            ? Plates::tr("Chain %1 has no traffic now. %2, target %3, served last.")
                  .arg(name, server, rank)
            : Plates::tr("Chain %1 has served no request yet.").arg(name);
    case ChainState::OnFirstTarget:
        return Plates::tr("Chain %1 is served by its first target, %2.").arg(name, server);
    case ChainState::FailedOver:
        return view.lastServedRank > 1
            ? Plates::tr("Chain %1 is served by %2, target %3, because an earlier target failed or "
                         "is tripped.")
                  .arg(name, server, rank)
            : Plates::tr("Chain %1 went past its first target lately; %2 served last.")
                  .arg(name, server);
    case ChainState::Failing:
        return Plates::tr("Chain %1 is failing: none of its targets answers. Clients get an error.")
            .arg(name);
    case ChainState::Held:
        return Plates::tr("Chain %1 is held by you.").arg(name);
    }
    return {};
}

QString clientReason(const ClientView &view, qint64 nowWallMs)
{
    const QString name = visible(view.label);
    if (view.lastSeenWallMs <= 0)
        return Plates::tr("%1 has sent no request yet.").arg(name);
    if (view.perMinute > 0)
        return Plates::tr("%1 sent %n request(s) in the last minute.", nullptr, view.perMinute)
            .arg(name);
    return Plates::tr("%1 last sent a request %2 ago.")
        .arg(name, lasting(view.lastSeenWallMs, nowWallMs));
}

QString why(const Exchange &exchange, const Names &names)
{
    // The last thing that went wrong before the answer, or instead of one.
    const Attempt *failed = nullptr;
    for (const Attempt &attempt : exchange.attempts) {
        if (attempt.outcome != AttemptOutcome::Served && attempt.outcome != AttemptOutcome::Running)
            failed = &attempt;
    }
    if (failed) {
        const QString who = names.of(failed->target.provider);
        const QString what = words::attempt(failed->outcome);
        const QString text = failed->status >= 300
            ? Plates::tr("%1: %2 (%3)", "provider: rate limit (429)")
                  .arg(who, what, QString::number(failed->status))
            : Plates::tr("%1: %2", "provider: rate limit").arg(who, what);
        return failed->isInjected ? Plates::tr("%1, drill", "a failure made by a drill").arg(text)
                                  : text;
    }
    const Attempt *server = exchange.server();
    const int served = server ? server->rank : INT_MAX;
    for (const Candidate &candidate : exchange.decision.candidates) {
        const bool isPassedOver = candidate.rank < served
            && candidate.fate == CandidateFate::Skipped && candidate.reason != SkipReason::NotNeeded
            && candidate.reason != SkipReason::None;
        if (isPassedOver)
            return Plates::tr("%1 skipped: %2", "provider skipped: tripped")
                .arg(names.of(candidate.target.provider), skip(candidate.reason));
    }
    if (server && server->isInjected)
        return Plates::tr("%1: slowed, drill", "a provider whose answer a drill delayed")
            .arg(names.of(server->target.provider));
    if (isKnock(exchange))
        return knock();
    if (exchange.outcome.kind == OutcomeKind::Refused) {
        // The sentences begin with "Refused: "; the cell already says who refused.
        const QString text = codeSentence(exchange.outcome.code);
        return text.mid(text.indexOf(u':') + 1).trimmed();
    }
    return {};
}

} // namespace sb::words
