#include "store/days.h"

#include <QDateTime>

namespace sb::store {

DayBook::DayBook(const QByteArray &zone)
    : m_zoneId(zone.isEmpty() || !QTimeZone::isTimeZoneIdAvailable(zone)
                   ? QTimeZone::systemTimeZoneId()
                   : zone)
    , m_zone(m_zoneId)
{
    if (!m_zone.isValid()) {
        m_zoneId = QByteArrayLiteral("UTC");
        m_zone = QTimeZone::utc();
    }
}

const Day &DayBook::dayOf(qint64 wallMs)
{
    if (m_day.untilWallMs == 0 || wallMs < m_day.fromWallMs || wallMs >= m_day.untilWallMs) {
        const QDate date = QDateTime::fromMSecsSinceEpoch(wallMs, m_zone).date();
        m_day.date = date.toString(Qt::ISODate);
        m_day.fromWallMs = date.startOfDay(m_zone).toMSecsSinceEpoch();
        m_day.untilWallMs = date.addDays(1).startOfDay(m_zone).toMSecsSinceEpoch();
    }
    return m_day;
}

} // namespace sb::store
