// Exchanges for the tests and pictures of Requests: many, of every kind, with ids in time's order.
#pragma once

#include "pages/board_frames.h"

#include <memory>

namespace sb::test {

// The nth newest request, below 0 those that come later: every story of the board in turn, a minute
// apart in threes.
inline std::shared_ptr<const Exchange> request(int number)
{
    const int kind = number + 120'000; // never negative
    const Tale tales[] = {Tale::Served, Tale::FailedOver, Tale::Served, Tale::Diverted,
                          Tale::Served, Tale::Nobody,     Tale::Served, Tale::ClientLeft,
                          Tale::Served, Tale::Cut,        Tale::Served, Tale::Served};
    auto e = std::make_shared<Exchange>(
        *tale(tales[kind % int(std::size(tales))], 1,
              kind % 3 == 0 ? QStringLiteral("my-app") : QStringLiteral("claude"),
              kind % 3 == 0 ? QStringLiteral("my-app") : QStringLiteral("coding")));
    e->wallMs = kNow - 1'000 - qint64(number) * 1'700 - kind * 77ll % 500;
    e->id = ExchangeId{quint64(e->wallMs) << 16, quint64(kind)};
    e->caller = {.pid = 4'000 + kind % 3,
                 .program = kind % 3 == 0 ? QStringLiteral("node") : QStringLiteral("claude"),
                 .folder = kind % 3 == 0 ? QStringLiteral("/home/ann/shop")
                                         : QStringLiteral("/home/ann/signalbox")};
    if (e->settlement.usage.source != UsageSource::None) {
        e->settlement.usage.input = 600 + kind * 7'919ll % 40'000;
        e->settlement.usage.cacheRead = kind % 4 == 0 ? 0 : 9'000 + kind * 131ll % 90'000;
        e->settlement.usage.output = 20 + kind * 97ll % 2'400;
        e->settlement.cost = Money{1'000'000 + kind * 1'234'567ll % 90'000'000};
        e->attempts[e->outcome.servedBy < 0 ? 0 : e->outcome.servedBy].usage = e->settlement.usage;
        e->attempts[e->outcome.servedBy < 0 ? 0 : e->outcome.servedBy].cost = e->settlement.cost;
    }
    if (kind % 11 == 9)
        e->settlement.source = CostSource::Unpriced;
    if (kind % 13 == 9)
        e->replayOf = ExchangeId{1, 2};
    return e;
}

inline QList<std::shared_ptr<const Exchange>> requests(int count)
{
    QList<std::shared_ptr<const Exchange>> all;
    for (int i = 0; i < count; ++i)
        all.append(request(i));
    return all;
}

} // namespace sb::test
