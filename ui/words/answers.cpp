#include "words/answers.h"

#include "words/plain.h"

#include <QCoreApplication>

namespace sb::words {

namespace {

struct Answers {
    Q_DECLARE_TR_FUNCTIONS(Answers)
};

} // namespace

QString refusal(const Error &error)
{
    const auto is = [&](QLatin1String code) { return error.code == code; };
    if (is(QLatin1String("too_late")))
        return Answers::tr("Too late to move on: part of the answer has reached the client.");
    if (is(QLatin1String("no_next_target")))
        return Answers::tr("Not moved on: the chain has no further target for this request.");
    if (is(QLatin1String("not_tripped")))
        return Answers::tr("Nothing to probe: this provider is not tripped.");
    if (is(QLatin1String("not_simulated")))
        return Answers::tr("Everyone's traffic may only be broken at a simulated provider. Choose "
                           "one client instead.");
    if (is(QLatin1String("bad_fault")))
        return Answers::tr("The engine does not know that fault, so no drill was started.");
    if (is(QLatin1String("body_gone")))
        return Answers::tr("Its body is no longer in memory, so it cannot be sent again.");
    if (is(QLatin1String("no_such_provider")))
        return Answers::tr("That provider is no longer configured.");
    if (is(QLatin1String("no_such_chain")))
        return Answers::tr("That chain is no longer configured.");
    if (is(QLatin1String("no_such_client")))
        return Answers::tr("That client is no longer configured.");
    if (is(QLatin1String("no_such_target")))
        return Answers::tr("The chain has no such target any more.");
    if (is(QLatin1String("no_such_drill")))
        return Answers::tr("That drill has ended already.");
    if (is(QLatin1String("no_such_id")))
        return Answers::tr("That request has ended already.");
    if (is(QLatin1String("not_running")))
        return Answers::tr("The gateway does not run, so nothing was changed.");
    const QString detail = trimmed(error.detail, 200);
    return detail.isEmpty()
        ? Answers::tr("The gateway refused: %1.", "a code word").arg(visible(error.code))
        : Answers::tr("The gateway refused: %1.", "its own words").arg(detail);
}

} // namespace sb::words
