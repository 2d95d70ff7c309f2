#include "words/marks.h"

#include "words/format.h"
#include "words/states.h"

#include <QCoreApplication>

namespace sb::words {

namespace {

struct Marks {
    Q_DECLARE_TR_FUNCTIONS(Marks)
};

} // namespace

QString failure(FailureClass kind)
{
    switch (kind) {
    case FailureClass::Limited:
        return Marks::tr("rate limit");
    case FailureClass::Refused:
        return Marks::tr("refused", "by the provider: key, model");
    case FailureClass::Server:
        return Marks::tr("server error");
    case FailureClass::Network:
        return Marks::tr("network");
    case FailureClass::Tls:
        return Marks::tr("TLS");
    case FailureClass::Timeout:
        return Marks::tr("timeout");
    case FailureClass::Broken:
        return Marks::tr("broken reply");
    }
    return unknown();
}

QString eventMark(const EventView &event, const Names &names)
{
    const QString provider = names.of(event.provider);
    switch (event.kind) {
    case EventKind::Tripped:
        return Marks::tr("%1 tripped: %2.", "provider, cause")
            .arg(provider, mark(event.cause, event.status));
    case EventKind::Recovered:
        return Marks::tr("%1 recovered.").arg(provider);
    case EventKind::ConfigApplied:
        return Marks::tr("Configuration %1 applied.").arg(count(event.revision));
    case EventKind::DrillStarted:
        return Marks::tr("Drill started at %1.").arg(provider);
    case EventKind::DrillEnded:
        return Marks::tr("Drill ended at %1.").arg(provider);
    case EventKind::BudgetWarned:
        return Marks::tr("Most of the cap is spent.");
    case EventKind::BudgetReached:
        return Marks::tr("The cap was reached.");
    case EventKind::Held:
        return Marks::tr("Chain %1 was held on a target.").arg(event.chain.text());
    case EventKind::Released:
        return Marks::tr("Chain %1 was released.").arg(event.chain.text());
    case EventKind::SwitchedOff:
        return Marks::tr("%1 was switched off.").arg(provider);
    case EventKind::SwitchedOn:
        return Marks::tr("%1 was switched on.").arg(provider);
    case EventKind::MovedOn:
        return Marks::tr("A request was moved on from %1.").arg(provider);
    case EventKind::KeyRejected:
        return Marks::tr("%1 rejected its key.").arg(provider);
    case EventKind::Paused:
        return Marks::tr("The gateway was paused.");
    case EventKind::Resumed:
        return Marks::tr("The gateway went on.");
    }
    return unknown();
}

} // namespace sb::words
