// Made-up history for the pages Health and Spend: the same numbers for the same question.
#pragma once

#include "engine/history.h"

namespace sb::test {

constexpr qint64 kHistoryNow = 1'795'356'125'000; // 2026-11-22T14:02:05Z, a Sunday

enum class HealthStory : quint8 {
    Full, // three providers, one trips and recovers, a drill, a configuration
    Few, // one request now and then
    Empty,
    Crowd, // twelve providers, long names
};
Frame healthFrame(HealthStory story, qint64 nowWallMs = kHistoryNow);
engine::HealthReport healthReport(const engine::HealthAsk &ask, HealthStory story);

enum class SpendStory : quint8 {
    Full,
    Unpriced, // half the models without a price, one estimated, one reported
    NearCap, // most of the cap is gone
    Empty,
    Long, // twelve groups with long names and amounts beyond a million
};
Frame spendFrame(SpendStory story, qint64 nowWallMs = kHistoryNow);
engine::SpendReport spendReport(const engine::SpendAsk &ask, SpendStory story);

} // namespace sb::test
