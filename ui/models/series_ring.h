// The last five minutes of one second values per provider, for the two small charts of the board.
//
// Owned by a page, GUI thread. Bounded: one slot per second and provider, 300 slots; a second older
// than the ring is forgotten, one that comes late still finds its slot. Seconds without a sample
// are gaps: a short one is bridged by the line, a longer one breaks it (a NaN point). [console §6]
#pragma once

#include "record/frame.h"

#include <QHash>
#include <QPointF>

#include <array>

namespace sb::models {

enum class Metric : quint8 { FirstTokenSeconds, TokensPerSecond };

class SeriesRing {
public:
    static constexpr int kSeconds = 300;
    // Longer silence than this is drawn as a gap.
    static constexpr int kBridgedSeconds = 15;

    void take(const QList<SecondView> &seconds);
    // Providers that are no longer configured lose their ring.
    void retain(const QList<ProviderView> &providers);

    // x: wall milliseconds, y: the metric, NaN where the line breaks. A second alone between two
    // gaps becomes a dash one second wide, so that it can be seen. At most kSeconds points.
    QList<QPointF> points(const ProviderId &provider, Metric metric, qint64 nowWallMs) const;
    // The newest sample of the last five minutes; NaN without one.
    double latest(const ProviderId &provider, Metric metric, qint64 nowWallMs) const;
    double highest(Metric metric, qint64 nowWallMs) const; // 0 without samples
    bool isEmpty(Metric metric, qint64 nowWallMs) const;
    // Changes with every sample taken.
    quint64 version() const { return m_version; }

private:
    struct Slot {
        qint64 second = -1;
        float firstToken = -1; // seconds, negative = none
        float speed = -1;
    };
    using Ring = std::array<Slot, kSeconds>;
    static float value(const Slot &slot, Metric metric);

    QHash<ProviderId, Ring> m_rings;
    quint64 m_version = 0;
};

} // namespace sb::models
