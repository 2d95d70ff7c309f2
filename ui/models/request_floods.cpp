#include "models/request_floods.h"

#include "record/cost_source.h"

#include <QHash>

namespace sb::models {

namespace {

void add(Flood &flood, const Exchange &exchange)
{
    ++flood.count;
    switch (exchange.outcome.kind) {
    case OutcomeKind::Running:
        ++flood.running;
        break;
    case OutcomeKind::ClientLeft:
        ++flood.left;
        break;
    case OutcomeKind::Refused:
    case OutcomeKind::Failed:
    case OutcomeKind::Cut:
        ++flood.failed;
        break;
    case OutcomeKind::Served:
    case OutcomeKind::Stopped:
        break;
    }
    const Settlement &s = exchange.settlement;
    flood.in += s.usage.prompt();
    flood.cached += s.usage.cacheRead;
    flood.out += s.usage.completion();
    flood.cost.nano += s.cost.nano;
    flood.unpriced += s.source == CostSource::Unpriced ? 1 : 0;
    flood.source = weaker(flood.source, s.source);
}

} // namespace

bool mayFlood(const Exchange &exchange)
{
    return exchange.ask.endpoint == Endpoint::Completions && exchange.replayOf.isNull();
}

std::vector<FloodPlace> floodsOf(int count, const std::function<const Exchange &(int)> &row,
                                 const std::function<bool(const ExchangeId &)> &isOpen)
{
    std::vector<FloodPlace> places(size_t(count), FloodPlace{});
    struct Run {
        std::vector<int> rows;
        qint64 oldestWallMs = 0;
    };
    QHash<ClientId, Run> runs;
    const auto close = [&](const Run &run) {
        if (run.rows.size() < size_t(kFloodLeast))
            return;
        auto flood = std::make_shared<Flood>();
        for (const int at : run.rows) {
            add(*flood, row(at));
            flood->isOpen = flood->isOpen || isOpen(row(at).id);
        }
        const int head = run.rows.front();
        for (const int at : run.rows) {
            places[size_t(at)].headRow = head;
            places[size_t(at)].isHidden = at != head && !flood->isOpen;
        }
        places[size_t(head)].head = std::move(flood);
    };
    for (int i = 0; i < count; ++i) {
        const Exchange &exchange = row(i);
        if (!mayFlood(exchange))
            continue;
        Run &run = runs[exchange.client];
        if (!run.rows.empty() && run.oldestWallMs - exchange.wallMs > kFloodGapMs) {
            close(run);
            run.rows.clear();
        }
        run.rows.push_back(i);
        run.oldestWallMs = exchange.wallMs;
    }
    for (const Run &run : std::as_const(runs))
        close(run);
    return places;
}

} // namespace sb::models
