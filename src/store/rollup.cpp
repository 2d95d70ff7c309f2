#include "store/rollup.h"

namespace sb::store {

namespace {
constexpr const char *kSums[]
    = {"exchanges",  "attempts",    "failures",       "unpriced",    "estimated", "input",
       "cache_read", "cache_write", "cache_write_1h", "input_audio", "output",    "output_audio",
       "reasoning",  "cost_nusd",   "uncertain_nusd", "reported"};
constexpr int kSumCount = int(std::size(kSums));
static_assert(kSumCount == int(std::tuple_size_v<RollupSums>));

// The same order as kSums.
template <typename Row, typename Call> void eachSum(Row &row, Call &&call)
{
    call(row.exchanges), call(row.attempts), call(row.failures), call(row.unpriced);
    call(row.estimated), call(row.usage.input), call(row.usage.cacheRead);
    call(row.usage.cacheWrite), call(row.usage.cacheWrite1h), call(row.usage.inputAudio);
    call(row.usage.output), call(row.usage.outputAudio), call(row.usage.reasoning);
    call(row.cost.nano), call(row.uncertain.nano), call(row.reported);
}

QString joined(const char *pattern)
{
    QStringList parts;
    for (const char *sum : kSums)
        parts << QString::fromLatin1(pattern).replace(QLatin1Char('%'), QString::fromLatin1(sum));
    return parts.join(QLatin1String(", "));
}
} // namespace

qint64 bounded(qint64 value)
{
    constexpr qint64 kMost = 1'000'000'000'000'000; // a million dollars in nano, for one attempt
    return std::clamp(value, -kMost, kMost);
}

namespace {
const Attempt *countedAt(const Exchange &exchange)
{
    const Attempt *server = exchange.server();
    return server || exchange.attempts.isEmpty() ? server : &exchange.attempts.last();
}

void addAttempt(RollupRow &row, const Attempt &attempt)
{
    ++row.attempts;
    row.failures += attempt.outcome != AttemptOutcome::Served;
    row.unpriced += attempt.costSource == CostSource::Unpriced;
    row.estimated += attempt.costSource == CostSource::Estimated;
    row.reported += attempt.costSource == CostSource::ProviderReported;
    row.usage.input += bounded(attempt.usage.input);
    row.usage.cacheRead += bounded(attempt.usage.cacheRead);
    row.usage.cacheWrite += bounded(attempt.usage.cacheWrite);
    row.usage.cacheWrite1h += bounded(attempt.usage.cacheWrite1h);
    row.usage.inputAudio += bounded(attempt.usage.inputAudio);
    row.usage.output += bounded(attempt.usage.output);
    row.usage.outputAudio += bounded(attempt.usage.outputAudio);
    row.usage.reasoning += bounded(attempt.usage.reasoning);
    row.cost.nano += bounded(attempt.cost.nano);
    row.uncertain.nano += bounded(attempt.uncertain.nano);
}
} // namespace

void addTo(RollupCells &quarters, const Exchange &exchange)
{
    RollupKey key{quarterOf(exchange.wallMs),
                  {},
                  {},
                  exchange.client.text(),
                  exchange.decision.chain.text(),
                  {},
                  exchange.settlement.isDrill};
    const Attempt *counted = countedAt(exchange);
    if (!counted)
        ++quarters[key].exchanges;
    for (const Attempt &attempt : exchange.attempts) {
        key.provider = attempt.target.provider.text();
        key.model = attempt.target.model;
        key.key = attempt.target.key.text();
        RollupRow &row = quarters[key];
        row.exchanges += &attempt == counted;
        addAttempt(row, attempt);
    }
}

void addTo(CallerCells &quarters, const Exchange &exchange)
{
    RollupRow &row = quarters[{quarterOf(exchange.wallMs), exchange.caller.program,
                               exchange.caller.folder, exchange.settlement.isDrill}];
    ++row.exchanges;
    for (const Attempt &attempt : exchange.attempts)
        addAttempt(row, attempt);
}

void addSums(RollupRow &to, const RollupRow &from)
{
    qint64 values[kSumCount];
    int i = 0;
    eachSum(from, [&](qint64 value) { values[i++] = value; });
    i = 0;
    eachSum(to, [&](qint64 &value) { value += values[i++]; });
}

void setSums(RollupRow &row, const RollupSums &sums)
{
    size_t i = 0;
    eachSum(row, [&](qint64 &value) { value = sums[i++]; });
}

QString sumColumns()
{
    return joined("%");
}

QString sumOfColumns()
{
    return joined("sum(%)");
}

QString sumUpdates()
{
    return joined("% = % + excluded.%");
}

QString sumMarks()
{
    return QStringList(kSumCount, QStringLiteral("?")).join(QLatin1String(", "));
}

void addSums(Statement &statement, const RollupRow &row)
{
    eachSum(row, [&](qint64 value) { statement.add(value); });
}

void readSums(const QSqlQuery &query, int from, RollupRow &row)
{
    eachSum(row, [&](qint64 &value) { value = query.value(from++).toLongLong(); });
}

} // namespace sb::store
