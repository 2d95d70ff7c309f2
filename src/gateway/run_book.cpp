#include "gateway/run_book.h"

#include "json/writer.h"

namespace sb::gateway {

void RunBook::begin(const QByteArray &digest, const RunGrant &grant)
{
    m_grants.insert(digest, grant);
    RunReceipt receipt;
    receipt.session = grant.session;
    m_receipts.insert(grant.session, receipt);
}

void RunBook::end(const QString &session)
{
    m_grants.removeIf([&](const auto &grant) { return grant.value().session == session; });
    stopWaiting(session);
    m_receipts.remove(session);
}

const RunGrant *RunBook::find(const QByteArray &digest) const
{
    const auto found = m_grants.constFind(digest);
    return found == m_grants.cend() ? nullptr : &*found;
}

std::optional<RunReceipt> RunBook::receipt(const QString &session) const
{
    const auto found = m_receipts.constFind(session);
    return found == m_receipts.cend() ? std::nullopt : std::optional<RunReceipt>(*found);
}

bool RunBook::whenSettled(const QString &session, std::function<void(const RunReceipt &)> call)
{
    const auto found = m_receipts.constFind(session);
    if (found == m_receipts.cend())
        return false;
    if (found->running == 0)
        call(*found);
    else
        m_waiting[session].append(std::move(call));
    return true;
}

void RunBook::stopWaiting(const QString &session)
{
    const auto waiting = m_waiting.take(session);
    const RunReceipt receipt = m_receipts.value(session);
    for (const auto &call : waiting)
        call(receipt);
}

void RunBook::started(const QString &session)
{
    if (const auto found = m_receipts.find(session); found != m_receipts.end())
        ++found->running;
}

void RunBook::settled(const QString &session, const Exchange &exchange)
{
    const auto found = m_receipts.find(session);
    if (found == m_receipts.end())
        return; // the run is over
    RunReceipt &sums = *found;
    const Settlement &settlement = exchange.settlement;
    --sums.running;
    ++sums.requests;
    sums.served += exchange.outcome.kind == OutcomeKind::Served;
    sums.refused += exchange.outcome.kind == OutcomeKind::Refused;
    sums.failovers += exchange.outcome.isFailover;
    sums.unpriced += settlement.source == CostSource::Unpriced;
    sums.estimated += settlement.source == CostSource::Estimated;
    sums.cost += settlement.cost;
    sums.uncertain += settlement.uncertain;
    sums.promptTokens += settlement.usage.prompt();
    sums.outputTokens += settlement.usage.completion();
    sums.longestWait
        = std::max(sums.longestWait,
                   exchange.firstContentAt != kNever ? exchange.firstContentAt : exchange.endedAt);
    if (sums.running == 0)
        stopWaiting(session);
}

QByteArray toJson(const RunReceipt &receipt)
{
    json::Writer w;
    w.beginObject()
        .member("session", receipt.session)
        .member("running", receipt.running)
        .member("requests", receipt.requests)
        .member("served", receipt.served)
        .member("refused", receipt.refused)
        .member("failovers", receipt.failovers)
        .member("unpriced", receipt.unpriced)
        .member("estimated", receipt.estimated)
        .member("cost_nusd", receipt.cost.nano)
        .member("uncertain_nusd", receipt.uncertain.nano)
        .member("prompt_tokens", receipt.promptTokens)
        .member("output_tokens", receipt.outputTokens)
        .member("longest_wait_us", qint64(receipt.longestWait.count()))
        .endObject();
    return w.take();
}

} // namespace sb::gateway
