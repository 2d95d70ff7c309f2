#include "words/events.h"

#include "words/format.h"
#include "words/plain.h"
#include "words/states.h"

#include <QCoreApplication>

namespace sb::words {

namespace {

struct Events {
    Q_DECLARE_TR_FUNCTIONS(Events)
};

QString why(const EventView &event)
{
    const QString text = attempt(event.cause);
    return event.status >= 300
        ? Events::tr("%1 (%2)", "rate limit (429)").arg(text, QString::number(event.status))
        : text;
}

QString tripped(const EventView &event, const QString &who)
{
    if (event.cause == AttemptOutcome::Running)
        return Events::tr("%1 tripped.").arg(who);
    if (event.untilWallMs <= event.wallMs)
        return Events::tr("%1 tripped: %2.").arg(who, why(event));
    return Events::tr("%1 tripped: %2. Trying again in %3.")
        .arg(who, why(event), countdown(event.untilWallMs, event.wallMs));
}

QString held(const EventView &event)
{
    const QString chain = visible(event.chain.text());
    if (event.untilWallMs <= event.wallMs)
        return Events::tr("Chain %1 is held by you until released.").arg(chain);
    return Events::tr("Chain %1 is held by you for %2.")
        .arg(chain, lasting(event.wallMs, event.untilWallMs));
}

} // namespace

QString event(const EventView &event, const Names &names)
{
    const QString who = names.of(event.provider);
    switch (event.kind) {
    case EventKind::Tripped:
        return tripped(event, who);
    case EventKind::Recovered:
        return Events::tr("%1 is serving again.").arg(who);
    case EventKind::ConfigApplied:
        return Events::tr("Settings applied, version %1.").arg(count(event.revision));
    case EventKind::DrillStarted:
        return Events::tr("Drill started at %1.").arg(who);
    case EventKind::DrillEnded:
        return Events::tr("Drill at %1 ended.").arg(who);
    case EventKind::BudgetWarned:
        return Events::tr("A spending cap is nearly used up.");
    case EventKind::BudgetReached:
        return Events::tr("A spending cap is reached. New requests under it are refused.");
    case EventKind::Held:
        return held(event);
    case EventKind::Released:
        return Events::tr("Chain %1 is released.").arg(visible(event.chain.text()));
    case EventKind::SwitchedOff:
        return Events::tr("%1 was switched off by you.").arg(who);
    case EventKind::SwitchedOn:
        return Events::tr("%1 was switched on by you.").arg(who);
    case EventKind::MovedOn:
        return Events::tr("A request was moved on from %1 by you.").arg(who);
    case EventKind::KeyRejected:
        return Events::tr("%1 rejected its key.").arg(who);
    case EventKind::Paused:
        return Events::tr("The gateway is paused by you. New requests are refused.");
    case EventKind::Resumed:
        return Events::tr("The gateway takes requests again.");
    }
    return {};
}

QString fault(const QByteArray &fault, int status)
{
    if (fault == "status" && status > 0)
        return QString::number(status);
    if (fault == "slow_first_token")
        return Events::tr("slow first token", "a fault");
    if (fault == "slow_stream")
        return Events::tr("slow stream", "a fault");
    if (fault == "slow_head")
        return Events::tr("slow to answer", "a fault");
    if (fault == "no_head")
        return Events::tr("no answer", "a fault");
    if (fault == "stall")
        return Events::tr("goes silent", "a fault");
    if (fault == "cut_fin" || fault == "cut_rst")
        return Events::tr("cut", "a fault: the answer ends early");
    if (fault == "refuse")
        return Events::tr("connection refused", "a fault");
    if (fault == "reset")
        return Events::tr("connection reset", "a fault");
    return visible(QString::fromUtf8(fault)).replace(u'_', u' ');
}

QString drill(const DrillView &drill, const Names &names, qint64 nowWallMs)
{
    const QString what = fault(drill.fault, drill.status);
    const QString where = names.of(drill.provider);
    const QString left = countdown(drill.untilWallMs, nowWallMs);
    const QString share = drill.sharePercent < 100
        ? Events::tr("%1 of requests", "a share").arg(percent(drill.sharePercent / 100.0))
        : QString();
    const QString hits = Events::tr("%n request(s) so far", nullptr, drill.hits);
    if (drill.client.isEmpty()) {
        return share.isEmpty()
            ? Events::tr("Drill at %1: %2. Ends in %3, %4.").arg(where, what, left, hits)
            : Events::tr("Drill at %1: %2 for %3. Ends in %4, %5.")
                  .arg(where, what, share, left, hits);
    }
    const QString who = names.of(drill.client);
    return share.isEmpty() ? Events::tr("Drill at %1, only for %2: %3. Ends in %4, %5.")
                                 .arg(where, who, what, left, hits)
                           : Events::tr("Drill at %1, only for %2: %3 for %4. Ends in %5, %6.")
                                 .arg(where, who, what, share, left, hits);
}

QString budget(const BudgetView &budget, const Names &names)
{
    const QString cap = money(budget.cap);
    const QString spent = money(budget.spent + budget.reserved);
    const QString until = timeMinutes(budget.resetsAtWallMs);
    const QString client = budget.scope.startsWith(QLatin1String("client:"))
        ? names.of(ClientId(budget.scope.mid(7)))
        : QString();
    if (budget.isReached) {
        const QString refused = Events::tr("%n request(s) refused so far", nullptr, budget.refused);
        return client.isEmpty()
            ? Events::tr("The cap of %1 is reached: requests are refused until %2, %3. Raise the "
                         "cap or wait.")
                  .arg(cap, until, refused)
            : Events::tr("The cap of %1 for %2 is reached: its requests are refused until %3, %4. "
                         "Raise the cap or wait.")
                  .arg(cap, client, until, refused);
    }
    return client.isEmpty()
        ? Events::tr("%1 of the cap of %2 is used. At the cap, requests are refused until %3.")
              .arg(spent, cap, until)
        : Events::tr("%1 of the cap of %2 for %3 is used. At the cap, its requests are refused "
                     "until %4.")
              .arg(spent, cap, client, until);
}

} // namespace sb::words
