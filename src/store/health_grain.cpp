#include "store/health_grain.h"

#include "store/byte_io.h"

namespace sb::store {

namespace {
constexpr quint8 kVersion = 1;
constexpr Micros kShortest = Millis(20); // less says nothing about speed
constexpr Micros kLongest = std::chrono::hours(48);

qint64 wallOf(const Exchange &exchange, Micros offset)
{
    constexpr qint64 kLastMs = 100'000'000'000'000; // far beyond any clock, far below an overflow
    const Micros known = std::clamp(offset, Micros(0), kLongest);
    return std::clamp<qint64>(exchange.wallMs, 0, kLastMs) + known.count() / 1000;
}
} // namespace

qint64 startOf(const Exchange &exchange, const Attempt &attempt)
{
    return wallOf(exchange, attempt.startedAt);
}

qint64 endOf(const Exchange &exchange, const Attempt &attempt)
{
    return wallOf(exchange,
                  attempt.endedAt != kNever         ? attempt.endedAt
                      : attempt.startedAt != kNever ? attempt.startedAt
                                                    : exchange.endedAt);
}

void HealthGrain::add(const Attempt &attempt)
{
    ++attempts;
    if (const auto failure = failureClass(attempt.outcome))
        ++failures[size_t(*failure)];
    if (attempt.outcome != AttemptOutcome::Served)
        return;
    ++served;
    if (attempt.startedAt < Micros(0) || attempt.endedAt < attempt.startedAt)
        return;
    duration.add((attempt.endedAt - attempt.startedAt).count());
    if (attempt.firstContentAt < attempt.startedAt || attempt.firstContentAt > attempt.endedAt)
        return;
    firstContent.add((attempt.firstContentAt - attempt.startedAt).count());
    const Micros generating = attempt.endedAt - attempt.firstContentAt;
    const qint64 tokens = attempt.usage.completion();
    if (generating > kShortest && tokens > 1 && tokens < 1'000'000'000)
        speed.add((tokens - 1) * 1'000'000'000 / generating.count());
}

void HealthGrain::merge(const HealthGrain &other)
{
    attempts += other.attempts;
    served += other.served;
    for (size_t i = 0; i < failures.size(); ++i)
        failures[i] += other.failures[i];
    inFlight = std::max(inFlight, other.inFlight);
    duration.merge(other.duration);
    firstContent.merge(other.firstContent);
    speed.merge(other.speed);
}

QByteArray HealthGrain::bytes() const
{
    ByteWriter out(512);
    out.byte(kVersion);
    out.integer(attempts);
    out.integer(served);
    out.number(failures.size());
    for (const qint64 count : failures)
        out.integer(count);
    out.integer(inFlight);
    duration.write(out);
    firstContent.write(out);
    speed.write(out);
    return out.take();
}

HealthGrain HealthGrain::fromBytes(QByteArrayView bytes)
{
    HealthGrain grain;
    ByteReader in(bytes);
    if (in.byte() != kVersion)
        return grain;
    grain.attempts = in.integer();
    grain.served = in.integer();
    const qsizetype classes = in.count(64);
    for (qsizetype i = 0; i < classes; ++i) {
        const qint64 count = in.integer();
        if (i < kFailureClasses)
            grain.failures[size_t(i)] = count;
    }
    grain.inFlight = in.small<int>();
    grain.duration.read(in);
    grain.firstContent.read(in);
    grain.speed.read(in);
    if (!in.isGood())
        grain = {};
    return grain;
}

} // namespace sb::store
