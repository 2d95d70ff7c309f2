#include "models/alerts.h"

namespace sb::models {

namespace {

constexpr qint64 kFailedOverMs = 30'000;
constexpr qint64 kFailingMs = 5'000;
constexpr qint64 kQuietMs = 600'000; // between two alerts of one chain
enum Told : int { Nothing, Warned, Reached };

bool isTrouble(ChainState state)
{
    return state == ChainState::FailedOver || state == ChainState::Failing;
}

} // namespace

QList<Alert> Alerts::take(const Frame &frame)
{
    QList<Alert> alerts;
    for (const ChainView &chain : frame.chains)
        watchChain(chain, frame.wallMs, alerts);

    QSet<QString> rejected;
    for (const ProviderView &provider : frame.providers) {
        for (const KeyView &key : provider.keys) {
            if (key.state != KeyState::Rejected)
                continue;
            const QString name = provider.id.text() + QLatin1Char('/') + key.id.text();
            rejected.insert(name);
            if (m_rejected.contains(name) || !m_hasFrame)
                continue;
            Alert alert;
            alert.kind = Alert::Kind::KeyRejected;
            alert.provider = provider.id;
            alert.key = key.id;
            alert.sinceWallMs = frame.wallMs;
            alerts += alert;
        }
    }
    m_rejected = rejected;

    for (const BudgetView &budget : frame.budgets) {
        const int now = budget.isReached ? Reached : budget.isWarned ? Warned : Nothing;
        auto &[period, told] = m_budgets[budget.id];
        if (period != budget.fromWallMs) {
            period = budget.fromWallMs;
            told = Nothing;
        }
        if (now <= told)
            continue;
        told = now;
        if (!m_hasFrame)
            continue;
        Alert alert;
        alert.kind = now == Reached ? Alert::Kind::BudgetReached : Alert::Kind::BudgetWarned;
        alert.budget = budget;
        alert.sinceWallMs = frame.wallMs;
        alerts += alert;
    }
    m_hasFrame = true;
    return alerts;
}

void Alerts::watchChain(const ChainView &chain, qint64 nowWallMs, QList<Alert> &alerts)
{
    ChainWatch &watch = m_chains[chain.id];
    if (chain.state != watch.state || watch.sinceWallMs == 0) {
        const bool wasTold = watch.isTold && isTrouble(watch.state);
        // From failing to failed over is not a recovery, and the other way round is worse.
        if (wasTold && !isTrouble(chain.state) && chain.state != ChainState::Idle) {
            Alert alert;
            alert.kind = Alert::Kind::Recovered;
            alert.chain = chain.id;
            alert.rank = chain.lastServedRank;
            alert.sinceWallMs = watch.sinceWallMs;
            alerts += alert;
        }
        watch.state = chain.state;
        watch.sinceWallMs = nowWallMs;
        watch.isTold = false;
    }
    if (watch.isTold || !isTrouble(chain.state))
        return;
    const qint64 lasted = nowWallMs - watch.sinceWallMs;
    const bool isFailing = chain.state == ChainState::Failing;
    if (lasted <= (isFailing ? kFailingMs : kFailedOverMs))
        return;
    watch.isTold = true;
    if (watch.toldAtWallMs > 0 && nowWallMs - watch.toldAtWallMs < kQuietMs)
        return;
    watch.toldAtWallMs = nowWallMs;
    Alert alert;
    alert.kind = isFailing ? Alert::Kind::Failing : Alert::Kind::FailedOver;
    alert.chain = chain.id;
    alert.rank = chain.lastServedRank;
    alert.sinceWallMs = watch.sinceWallMs;
    alerts += alert;
}

} // namespace sb::models
