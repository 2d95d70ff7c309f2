// Editor completions come many a second from one client and are mostly cancelled: a run of them is
// one row, which counts them.
//
// Pure: which rows fold under which follows from the rows alone. [console §3.2]
#pragma once

#include "record/exchange.h"

#include <functional>
#include <memory>
#include <vector>

namespace sb::models {

// What the row that stands for a run says of all of it.
struct Flood {
    int count = 0;
    int left = 0; // whose client did not wait
    int failed = 0; // refused, failed or cut
    int running = 0;
    qint64 in = 0; // tokens
    qint64 cached = 0;
    qint64 out = 0;
    Money cost;
    CostSource source = CostSource::None; // the weakest
    int unpriced = 0;
    bool isOpen = false; // all are shown

    friend bool operator==(const Flood &, const Flood &) = default;
};

// How one row stands in a run. The newest is the head.
struct FloodPlace {
    bool isHidden = false;
    std::shared_ptr<const Flood> head; // of the newest only
    int headRow = -1; // -1: in no run
};

constexpr int kFloodLeast = 4; // fewer stay rows of their own
constexpr qint64 kFloodGapMs = 10'000; // a longer pause ends a run

// Legacy completions and code with a hole in it; chats never fold.
bool mayFlood(const Exchange &exchange);
// `rows` newest first. A run is open when `isOpen` says so of any of its requests.
std::vector<FloodPlace> floodsOf(int count, const std::function<const Exchange &(int)> &row,
                                 const std::function<bool(const ExchangeId &)> &isOpen);

} // namespace sb::models
