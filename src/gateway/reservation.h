// What an attempt may cost at most, held under the caps before it leaves; and what a client is told
// when there is no room. [robustness §10]
#pragma once

#include "dialect/dialect.h"
#include "guard/budgets.h"

namespace sb::gateway {

struct ReserveAsk {
    const config::ConfigSnapshot &config;
    const config::ProviderSettings &provider;
    const Exchange &exchange;
    const dialect::RequestFacts &facts;
    const QByteArray &body;
    QString model; // of the target
    QString run; // session of a run key, or empty
    dialect::Charge charge = dialect::Charge::Counted;
};

struct Reservation {
    SkipReason refused = SkipReason::None; // OverBudget, NoPrice
    std::optional<guard::Refusal> refusal; // OverBudget: under which cap
    guard::Budgets::HoldId hold = 0; // 0: no cap is in force, or it costs nothing
    Money amount;
    dialect::OutputBound outputBound; // what the request must say, where the client did not
};

guard::Spender spenderOf(const Exchange &exchange, const ProviderId &provider, const QString &run);
// Bytes bound the tokens of the prompt, max-tokens those of the answer. A client that gave no bound
// gets ours, and less of it where little is left; one that gave its own keeps it or is refused.
Reservation reserve(guard::Budgets &budgets, const ReserveAsk &ask);

QByteArray refusalSentence(const guard::Refusal &refusal, const QTimeZone &zone);
QByteArray noPriceSentence(const TargetRef &target);
QByteArray noBoundSentence(); // of a call whose charge is unknown

} // namespace sb::gateway
