#include "base/random.h"

#include <QRandomGenerator>

#include <array>
#include <utility>

#ifdef Q_OS_LINUX
#include <sys/random.h>
#endif

namespace sb {

quint64 Random::below(quint64 bound)
{
    if (bound == 0)
        return 0;
    // Lemire's multiply-shift: the bias is below 2^-64 · bound, far under anything we decide by it.
    return quint64((static_cast<unsigned __int128>(next()) * bound) >> 64);
}

double Random::unit()
{
    return double(next() >> 11) * 0x1.0p-53;
}

namespace {
// The kernel's generator, some words at a time: Qt asks the processor for each one, which takes a
// microsecond and more. What was given out is not kept.
class Pool {
public:
    quint64 take()
    {
        if (m_left == 0)
            fill();
        return std::exchange(m_words[--m_left], 0);
    }

private:
    void fill()
    {
        m_left = m_words.size();
#ifdef Q_OS_LINUX
        if (getrandom(m_words.data(), sizeof m_words, 0) == ssize_t(sizeof m_words))
            return;
#endif
        for (quint64 &word : m_words)
            word = QRandomGenerator::system()->generate64();
    }

    std::array<quint64, 32> m_words{}; // 256 bytes: the kernel gives that much in one piece
    size_t m_left = 0;
};
} // namespace

quint64 SystemRandom::next()
{
    static thread_local Pool pool;
    return pool.take();
}

SeededRandom::SeededRandom(quint64 seed)
{
    for (quint64 &word : m_state) { // splitmix64
        seed += 0x9e3779b97f4a7c15ULL;
        quint64 z = seed;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        word = z ^ (z >> 31);
    }
}

quint64 SeededRandom::next()
{
    const auto rotl = [](quint64 x, int k) { return (x << k) | (x >> (64 - k)); };
    const quint64 result = rotl(m_state[1] * 5, 7) * 9;
    const quint64 t = m_state[1] << 17;
    m_state[2] ^= m_state[0];
    m_state[3] ^= m_state[1];
    m_state[1] ^= m_state[2];
    m_state[0] ^= m_state[3];
    m_state[2] ^= t;
    m_state[3] = rotl(m_state[3], 45);
    return result;
}

} // namespace sb
