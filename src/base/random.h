// Chance as a seam: jitter, ids and fault shares take it by constructor, tests give a seeded one.
#pragma once

#include <QtGlobal>

#include <span>

namespace sb {

class Random {
public:
    virtual ~Random() = default;
    virtual quint64 next() = 0;

    // Evenly in [0, bound); bound 0 gives 0.
    quint64 below(quint64 bound);
    // Evenly in [0, 1).
    double unit();
};

// The operating system's generator: ids and keys.
class SystemRandom final : public Random {
public:
    quint64 next() override;
};

// xoshiro256**: the same seed gives the same run. Never for secrets. [prng.di.unimi.it, public
// domain]
class SeededRandom final : public Random {
public:
    explicit SeededRandom(quint64 seed);
    quint64 next() override;

private:
    quint64 m_state[4];
};

} // namespace sb
