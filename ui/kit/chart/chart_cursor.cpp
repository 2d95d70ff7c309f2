#include "kit/chart/chart_cursor.h"

#include <algorithm>

namespace sb::kit {

void ChartCursor::moveTo(qint64 wallMs, QWidget *by)
{
    if (m_at == wallMs && m_by == by)
        return;
    m_at = wallMs;
    m_by = by;
    emit moved();
}

void ChartCursor::leave()
{
    if (!m_at)
        return;
    m_at.reset();
    emit moved();
}

void ChartCursor::select(qint64 one, qint64 other)
{
    const Range range = std::minmax(one, other);
    if (m_range == range)
        return;
    m_range = range;
    emit rangeChanged();
}

void ChartCursor::commit()
{
    if (!m_range)
        return;
    const Range range = *m_range;
    m_range.reset();
    emit rangeChanged();
    if (range.second > range.first)
        emit selected(range.first, range.second);
}

void ChartCursor::clear()
{
    if (!m_range)
        return;
    m_range.reset();
    emit rangeChanged();
}

} // namespace sb::kit
