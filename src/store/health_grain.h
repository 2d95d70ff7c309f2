// What a stretch of time says about a provider, a model of it or a key: counts and histograms that
// merge exactly. Values, any thread. [console §3.3, §6]
#pragma once

#include "base/hash.h"
#include "record/failure_class.h"
#include "store/histogram.h"

#include <QByteArrayView>

#include <array>

namespace sb::store {

struct HealthGrain {
    qint64 attempts = 0;
    qint64 served = 0;
    std::array<qint64, kFailureClasses> failures{};
    int inFlight = 0; // most at once, looked at four times a second
    Histogram duration; // µs, of served attempts
    Histogram firstContent; // µs
    Histogram speed; // output tokens per 1,000 s after the first

    void add(const Attempt &attempt);
    void merge(const HealthGrain &other);
    QByteArray bytes() const;
    static HealthGrain fromBytes(QByteArrayView bytes);

    friend bool operator==(const HealthGrain &, const HealthGrain &) = default;
};

// Counts and histograms are kept per key only: coarser splits merge them. How many ran at once does
// not add up, so that alone is also kept per model and per provider.
enum class HealthLevel : quint8 { Provider, Model, Key };

struct HealthKey {
    HealthLevel level = HealthLevel::Key;
    QString provider;
    QString model; // Model and Key
    QString key; // Key
    bool isDrill = false; // faults put in on purpose

    friend bool operator==(const HealthKey &, const HealthKey &) = default;
    friend size_t qHash(const HealthKey &key, size_t seed = 0)
    {
        return hashAll(seed, int(key.level) | int(key.isDrill) << 4, key.provider, key.model,
                       key.key);
    }
};

struct HealthCell {
    qint64 fromWallMs = 0;
    HealthKey key;
    HealthGrain grain;
};

// When an attempt counts: at its end, for only then is it known what it was.
qint64 startOf(const Exchange &exchange, const Attempt &attempt); // wall ms
qint64 endOf(const Exchange &exchange, const Attempt &attempt);

} // namespace sb::store
