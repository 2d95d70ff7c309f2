// Hashes of the short texts our tables are keyed by. Qt 6.4's own took 190 ns for 7 bytes and 77
// for 2,000 (Xeon with AVX-512, 2026-11-23); a request asks dozens of times.
//
// Seeded with what QHash gives, which differs by process, so that nobody can prepare keys that
// meet.
#pragma once

#include <QByteArrayView>
#include <QHashFunctions>
#include <QStringView>

#include <cstring>
#include <type_traits>

namespace sb {

inline quint64 mixed(quint64 a, quint64 b)
{
    const auto product = static_cast<unsigned __int128>(a) * b;
    return quint64(product) ^ quint64(product >> 64);
}

// By wyhash's scheme: 16 bytes a step, the rest read twice over where it is short.
inline size_t hashBytes(const void *data, size_t size, size_t seed)
{
    constexpr quint64 kFirst = 0xa0761d6478bd642f;
    constexpr quint64 kSecond = 0xe7037ed1a0b428db;
    const auto eight = [](const char *from) {
        quint64 value;
        std::memcpy(&value, from, sizeof value);
        return value;
    };
    const auto four = [](const char *from) {
        quint32 value;
        std::memcpy(&value, from, sizeof value);
        return quint64(value);
    };
    const char *at = static_cast<const char *>(data);
    size_t left = size;
    quint64 state = seed ^ kFirst;
    for (; left > 16; left -= 16, at += 16)
        state = mixed(eight(at) ^ kSecond, eight(at + 8) ^ state);
    quint64 a = 0;
    quint64 b = 0;
    if (left >= 8) {
        a = eight(at);
        b = eight(at + left - 8);
    } else if (left >= 4) {
        a = four(at);
        b = four(at + left - 4);
    } else if (left > 0) {
        a = quint64(quint8(at[0])) << 16 | quint64(quint8(at[left / 2])) << 8
            | quint8(at[left - 1]);
    }
    return mixed(kSecond ^ size, mixed(a ^ kSecond, b ^ state));
}

inline size_t hashOf(QByteArrayView text, size_t seed)
{
    return hashBytes(text.data(), size_t(text.size()), seed);
}

inline size_t hashOf(QStringView text, size_t seed)
{
    return hashBytes(text.data(), size_t(text.size()) * sizeof(char16_t), seed);
}

// For std::unordered_map and _set.
struct TextHash {
    size_t operator()(QByteArrayView text) const { return hashOf(text, QHashSeed::globalSeed()); }
    size_t operator()(QStringView text) const { return hashOf(text, QHashSeed::globalSeed()); }
};

// All of them, in this order.
template <typename... Parts> size_t hashAll(size_t seed, const Parts &...parts)
{
    const auto one = [&seed](const auto &part) {
        using Part = std::decay_t<decltype(part)>;
        if constexpr (std::is_integral_v<Part> || std::is_enum_v<Part>)
            seed = mixed(seed ^ 0x8ebc6af09c88c6e3, quint64(part) ^ 0x589965cc75374cc3);
        else if constexpr (requires { hashOf(part, seed); })
            seed = hashOf(part, seed);
        else
            seed = qHash(part, seed);
    };
    (one(parts), ...);
    return seed;
}

} // namespace sb
