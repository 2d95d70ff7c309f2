// How many in the last minute: sixty one-second cells, O(1) to add and to read.
#pragma once

#include "base/clock.h"

#include <array>

namespace sb::ledger {

class MinuteRate {
public:
    void add(Nanos now)
    {
        advance(now);
        ++m_cells[size_t(m_second % 60)];
        ++m_total;
    }
    int perMinute(Nanos now)
    {
        advance(now);
        return m_total;
    }

private:
    void advance(Nanos now)
    {
        const qint64 second = now / Nanos(Seconds(1));
        for (qint64 s = std::max(m_second + 1, second - 59); s <= second; ++s) {
            m_total -= m_cells[size_t(s % 60)];
            m_cells[size_t(s % 60)] = 0;
        }
        m_second = std::max(m_second, second);
    }

    std::array<int, 60> m_cells{};
    qint64 m_second = 0;
    int m_total = 0;
};

} // namespace sb::ledger
