#include "words/alerts.h"

#include "words/format.h"

#include <QCoreApplication>

namespace sb::words {

namespace {

struct Alerts {
    Q_DECLARE_TR_FUNCTIONS(Alerts)
};

QString quoted(const QString &value)
{
    return QLatin1Char('"') + value + QLatin1Char('"');
}

} // namespace

AlertText failedOver(const ChainId &chain, int rank, qint64 sinceWallMs, qint64 nowWallMs)
{
    return {Alerts::tr("%1 has failed over").arg(chain.text()),
            rank > 0
                ? Alerts::tr("Target %1 has served it for %2; target 1 is not answering. It is "
                             "tried again by itself.")
                      .arg(rank)
                      .arg(lasting(sinceWallMs, nowWallMs))
                : Alerts::tr("Target 1 has not answered for %1. It is tried again by itself.")
                      .arg(lasting(sinceWallMs, nowWallMs)),
            Alerts::tr("Show requests"), QStringLiteral("requests"),
            QStringLiteral("chain:%1 is:failed-over").arg(quoted(chain.text()))};
}

AlertText failing(const ChainId &chain, qint64 sinceWallMs, qint64 nowWallMs)
{
    return {Alerts::tr("%1 is failing").arg(chain.text()),
            Alerts::tr("No target of this chain has answered for %1.")
                .arg(lasting(sinceWallMs, nowWallMs)),
            Alerts::tr("Show requests"), QStringLiteral("requests"),
            QStringLiteral("chain:%1 is:failed").arg(quoted(chain.text()))};
}

AlertText recovered(const ChainId &chain, int rank)
{
    return {Alerts::tr("%1 has recovered").arg(chain.text()),
            rank > 0 ? Alerts::tr("Target %1 serves it again.").arg(rank)
                     : Alerts::tr("It is answered again."),
            Alerts::tr("Show the board"),
            QStringLiteral("board"),
            {}};
}

AlertText keyRejected(const Names &names, const ProviderId &provider, const KeyId &key)
{
    return {
        Alerts::tr("%1 rejected a key").arg(names.of(provider)),
        Alerts::tr("The key \"%1\" is no longer accepted. Requests go to other keys and targets "
                   "where there are any.")
            .arg(key.text()),
        Alerts::tr("Show the provider"), QStringLiteral("providers"), provider.text()};
}

QString budgetName(const BudgetView &budget)
{
    const QString client
        = budget.scope.startsWith(QStringLiteral("client:")) ? budget.scope.mid(7) : QString();
    if (!client.isEmpty())
        return Alerts::tr("The cap of %1").arg(client);
    if (budget.window == QStringLiteral("week"))
        return Alerts::tr("The weekly cap");
    if (budget.window == QStringLiteral("month"))
        return Alerts::tr("The monthly cap");
    return Alerts::tr("The daily cap");
}

AlertText budgetWarned(const BudgetView &budget)
{
    return {Alerts::tr("%1 is %2% used").arg(budgetName(budget)).arg(budget.warnPercent),
            Alerts::tr("%1 of %2 is spent. At the cap requests are refused until %3.")
                .arg(money(budget.spent), money(budget.cap), dateTime(budget.resetsAtWallMs)),
            Alerts::tr("Show spend"),
            QStringLiteral("spend"),
            {}};
}

AlertText budgetReached(const BudgetView &budget)
{
    return {Alerts::tr("%1 is reached").arg(budgetName(budget)),
            Alerts::tr("%1 of %2 is spent. Requests that cost money are refused until %3.")
                .arg(money(budget.spent), money(budget.cap), dateTime(budget.resetsAtWallMs)),
            Alerts::tr("Raise the cap"), QStringLiteral("spend"), QStringLiteral("cap")};
}

} // namespace sb::words
