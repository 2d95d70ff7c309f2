// Alerts as the title, sentence and action of a notification.
#pragma once

#include "words/names.h"

namespace sb::words {

struct AlertText {
    QString title;
    QString body;
    QString action; // a verb
    QString page; // what a click opens
    QString query;
};

AlertText failedOver(const ChainId &chain, int rank, qint64 sinceWallMs, qint64 nowWallMs);
AlertText failing(const ChainId &chain, qint64 sinceWallMs, qint64 nowWallMs);
AlertText recovered(const ChainId &chain, int rank);
AlertText keyRejected(const Names &names, const ProviderId &provider, const KeyId &key);
AlertText budgetWarned(const BudgetView &budget);
AlertText budgetReached(const BudgetView &budget);

// "daily cap", "cap of claude-code": what a budget is called in sentences.
QString budgetName(const BudgetView &budget);

} // namespace sb::words
