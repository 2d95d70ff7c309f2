#include "base/money.h"

#include <algorithm>
#include <limits>

namespace sb {

namespace {
using i128 = __int128;

// Digits with at most `decimals` behind the point, as an integer scaled by 10^decimals.
std::optional<qint64> parseDecimal(QByteArrayView text, int decimals)
{
    qint64 value = 0;
    int seenDecimals = -1;
    int digits = 0;
    for (const char c : text) {
        if (c == '.') {
            if (seenDecimals >= 0 || digits == 0)
                return std::nullopt;
            seenDecimals = 0;
            continue;
        }
        if (c < '0' || c > '9')
            return std::nullopt;
        if (seenDecimals >= 0 && ++seenDecimals > decimals)
            return std::nullopt;
        ++digits;
        if (__builtin_mul_overflow(value, qint64(10), &value)
            || __builtin_add_overflow(value, qint64(c - '0'), &value))
            return std::nullopt;
    }
    if (digits == 0 || seenDecimals == 0)
        return std::nullopt;
    for (int i = std::max(seenDecimals, 0); i < decimals; ++i) {
        if (__builtin_mul_overflow(value, qint64(10), &value))
            return std::nullopt;
    }
    return value;
}

constexpr i128 kUnit = i128(1'000) * 1'000'000 * 1'000'000; // pUSD × 1e12 → nano-USD

// A bill beyond nine billion dollars is nonsense, but it must not wrap into a small or negative
// one.
Money saturated(i128 nano)
{
    constexpr i128 kMost = std::numeric_limits<qint64>::max();
    return Money{qint64(std::clamp(nano, -kMost, kMost))};
}

i128 scaledSum(std::span<const BillLine> lines, qint64 tierPpm, qint64 regionPpm)
{
    i128 tokens = 0;
    i128 fees = 0;
    for (const BillLine &line : lines)
        (line.isFee ? fees : tokens) += i128(line.count) * line.price.pico;
    return tokens * tierPpm * regionPpm + fees * 1'000'000 * 1'000'000;
}
} // namespace

std::optional<Money> Money::parse(QByteArrayView dollars)
{
    const auto value = parseDecimal(dollars, 9);
    return value ? std::optional(Money{*value}) : std::nullopt;
}

QByteArray Money::dollars() const
{
    const bool negative = nano < 0;
    const quint64 magnitude = negative ? 0 - quint64(nano) : quint64(nano);
    QByteArray fraction = QByteArray::number(magnitude % 1'000'000'000).rightJustified(9, '0');
    while (fraction.size() > 2 && fraction.endsWith('0'))
        fraction.chop(1);
    return (negative ? QByteArray("-") : QByteArray())
        + QByteArray::number(magnitude / 1'000'000'000) + '.' + fraction;
}

std::optional<Price> Price::parsePerMillion(QByteArrayView dollars)
{
    const auto value = parseDecimal(dollars, 6);
    return value ? std::optional(Price{*value}) : std::nullopt;
}

Money bill(std::span<const BillLine> lines, qint64 tierPpm, qint64 regionPpm)
{
    const i128 sum = scaledSum(lines, tierPpm, regionPpm);
    const i128 half = kUnit / 2;
    return saturated(sum >= 0 ? (sum + half) / kUnit : (sum - half) / kUnit);
}

Money billRoundedUp(std::span<const BillLine> lines, qint64 tierPpm, qint64 regionPpm)
{
    return saturated((scaledSum(lines, tierPpm, regionPpm) + kUnit - 1) / kUnit);
}

} // namespace sb
