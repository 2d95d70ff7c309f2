// Runs of `signalboxd with`: a key of their own in memory, and what their requests came to.
//
// Engine thread, owned by the gateway. A run lives as long as the process that asked for it; its
// sums are those of the settled exchanges, so a receipt equals the ledger.
#pragma once

#include "record/exchange.h"

#include <QHash>

#include <functional>

namespace sb::gateway {

// What a run's key stands for.
struct RunGrant {
    QString session; // of every exchange of the run
    ClientId client; // its parent, whose rights it has
    ChainId chain; // for every request; empty: as the request says
};

struct RunReceipt {
    QString session;
    int running = 0; // not settled yet
    int requests = 0; // settled
    int served = 0;
    int refused = 0;
    int failovers = 0;
    int unpriced = 0; // requests whose cost is not known, so not in `cost`
    int estimated = 0; // requests whose usage is our estimate
    Money cost;
    Money uncertain;
    qint64 promptTokens = 0;
    qint64 outputTokens = 0;
    Micros longestWait = kNever; // until the first content, else until the end
};
QByteArray toJson(const RunReceipt &receipt);

class RunBook {
public:
    // `digest`: SHA-256 of the run's key.
    void begin(const QByteArray &digest, const RunGrant &grant);
    void end(const QString &session);
    const RunGrant *find(const QByteArray &digest) const;
    bool has(const QString &session) const { return m_receipts.contains(session); }
    std::optional<RunReceipt> receipt(const QString &session) const;
    // Calls back with the receipt as soon as nothing of the run is open, perhaps inside this call;
    // with what there is on stopWaiting() and when the run ends. False: no such run.
    bool whenSettled(const QString &session, std::function<void(const RunReceipt &)> call);
    void stopWaiting(const QString &session);

    void started(const QString &session);
    void settled(const QString &session, const Exchange &exchange);

private:
    QHash<QByteArray, RunGrant> m_grants;
    QHash<QString, RunReceipt> m_receipts;
    QHash<QString, QList<std::function<void(const RunReceipt &)>>> m_waiting;
};

} // namespace sb::gateway
