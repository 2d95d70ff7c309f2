// Calendar days of a zone as UTC times; days are 23 to 25 hours long.
#pragma once

#include <QByteArray>
#include <QDate>
#include <QTimeZone>

namespace sb::store {

constexpr qint64 kQuarterMs = 15 * 60 * 1000;

inline qint64 quarterOf(qint64 wallMs)
{
    const qint64 rest = wallMs % kQuarterMs;
    return wallMs - (rest < 0 ? rest + kQuarterMs : rest);
}

struct Day {
    QString date; // "2026-11-22"
    qint64 fromWallMs = 0;
    qint64 untilWallMs = 0; // start of the next day
};

// Remembers the last day looked up: neighbours in time are usually in the same one.
class DayBook {
public:
    // An IANA id; empty or unknown = the system's zone.
    explicit DayBook(const QByteArray &zone);
    const QByteArray &zone() const { return m_zoneId; }
    const Day &dayOf(qint64 wallMs);

private:
    QByteArray m_zoneId;
    QTimeZone m_zone;
    Day m_day; // ends at 0 = nothing remembered
};

} // namespace sb::store
