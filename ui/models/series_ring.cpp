#include "models/series_ring.h"

#include <cmath>
#include <limits>

namespace sb::models {

namespace {
constexpr double kGap = std::numeric_limits<double>::quiet_NaN();
}

float SeriesRing::value(const Slot &slot, Metric metric)
{
    return metric == Metric::FirstTokenSeconds ? slot.firstToken : slot.speed;
}

void SeriesRing::take(const QList<SecondView> &seconds)
{
    for (const SecondView &view : seconds) {
        if (view.wallMs < 0)
            continue;
        const qint64 second = view.wallMs / 1000;
        Slot &slot = m_rings[view.provider][size_t(second % kSeconds)];
        if (slot.second > second)
            continue; // a whole ring late
        if (slot.second < second)
            slot = Slot{.second = second};
        if (view.firstContent >= Micros::zero())
            slot.firstToken = float(double(view.firstContent.count()) / 1e6);
        if (view.tokensPerSecond >= 0)
            slot.speed = float(view.tokensPerSecond);
        ++m_version;
    }
}

void SeriesRing::retain(const QList<ProviderView> &providers)
{
    const auto isConfigured = [&](const ProviderId &id) {
        return std::any_of(providers.begin(), providers.end(),
                           [&](const ProviderView &view) { return view.id == id; });
    };
    m_rings.removeIf([&](auto it) { return !isConfigured(it.key()); });
}

QList<QPointF> SeriesRing::points(const ProviderId &provider, Metric metric, qint64 nowWallMs) const
{
    QList<QPointF> points;
    const auto ring = m_rings.constFind(provider);
    if (ring == m_rings.constEnd())
        return points;
    const qint64 last = nowWallMs / 1000;
    const qint64 first = last - kSeconds + 1;
    const auto at = [&](qint64 second) -> float {
        const Slot &slot = (*ring)[size_t(second % kSeconds)];
        return slot.second == second ? value(slot, metric) : -1.F;
    };
    qint64 previous = -1; // second of the last sample
    qsizetype runLength = 0;
    const auto closeRun = [&] {
        if (runLength != 1)
            return;
        const QPointF alone = points.constLast();
        points.last().rx() -= 500;
        points.append(QPointF(alone.x() + 500, alone.y()));
    };
    for (qint64 second = std::max<qint64>(first, 0); second <= last; ++second) {
        const float sample = at(second);
        if (sample < 0)
            continue;
        if (previous >= 0 && second - previous > kBridgedSeconds) {
            closeRun();
            points.append(QPointF(double(previous + 1) * 1000, kGap));
            runLength = 0;
        }
        points.append(QPointF(double(second) * 1000, double(sample)));
        ++runLength;
        previous = second;
    }
    closeRun();
    return points;
}

double SeriesRing::latest(const ProviderId &provider, Metric metric, qint64 nowWallMs) const
{
    const auto ring = m_rings.constFind(provider);
    if (ring == m_rings.constEnd())
        return kGap;
    const qint64 last = nowWallMs / 1000;
    for (qint64 second = last; second > last - kSeconds && second >= 0; --second) {
        const Slot &slot = (*ring)[size_t(second % kSeconds)];
        if (slot.second == second && value(slot, metric) >= 0)
            return double(value(slot, metric));
    }
    return kGap;
}

double SeriesRing::highest(Metric metric, qint64 nowWallMs) const
{
    const qint64 first = nowWallMs / 1000 - kSeconds + 1;
    double highest = 0;
    for (const Ring &ring : m_rings) {
        for (const Slot &slot : ring) {
            if (slot.second >= first && slot.second <= nowWallMs / 1000)
                highest = std::max(highest, double(value(slot, metric)));
        }
    }
    return highest;
}

bool SeriesRing::isEmpty(Metric metric, qint64 nowWallMs) const
{
    const qint64 first = nowWallMs / 1000 - kSeconds + 1;
    for (const Ring &ring : m_rings) {
        for (const Slot &slot : ring) {
            if (slot.second >= first && value(slot, metric) >= 0)
                return false;
        }
    }
    return true;
}

} // namespace sb::models
