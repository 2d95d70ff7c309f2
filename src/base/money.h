// Exact money: amounts in nano-dollars, prices in pico-dollars per unit. No floating point
// anywhere.
#pragma once

#include <QByteArrayView>
#include <QHashFunctions>
#include <QString>

#include <compare>
#include <optional>
#include <span>

namespace sb {

// An amount in nano-dollars (1e-9 USD); int64 holds 9.2 billion USD. [cost.md of the project, §2]
struct Money {
    qint64 nano = 0;

    friend bool operator==(const Money &, const Money &) = default;
    friend auto operator<=>(const Money &, const Money &) = default;
    Money &operator+=(Money other)
    {
        nano += other.nano;
        return *this;
    }
    Money &operator-=(Money other)
    {
        nano -= other.nano;
        return *this;
    }
    friend Money operator+(Money a, Money b) { return Money{a.nano + b.nano}; }
    friend Money operator-(Money a, Money b) { return Money{a.nano - b.nano}; }

    // "10.00", "0.000001"; up to nine decimals, no sign, no exponent.
    static std::optional<Money> parse(QByteArrayView dollars);
    // Exact decimal dollars, at least two decimals, no trailing zeros beyond: "0.0021", "-1.50".
    QByteArray dollars() const;
};

// Pico-dollars (1e-12 USD) per unit. A price in dollars per million tokens, times 1e6, is this
// number per token; "0.003625" is 3,625.
struct Price {
    qint64 pico = 0;

    friend bool operator==(const Price &, const Price &) = default;
    friend auto operator<=>(const Price &, const Price &) = default;
    // Decimal dollars per million units, up to six decimals.
    static std::optional<Price> parsePerMillion(QByteArrayView dollars);
};

// One line of a bill. Fees are not multiplied by the factors.
struct BillLine {
    qint64 count = 0;
    Price price;
    bool isFee = false;
};

// Sums the lines in 128 bits and rounds once, half up. Factors are in millionths (1,000,000 = 1).
Money bill(std::span<const BillLine> lines, qint64 tierPpm = 1'000'000,
           qint64 regionPpm = 1'000'000);
// The same, rounded up: for holds, which must never be too small.
Money billRoundedUp(std::span<const BillLine> lines, qint64 tierPpm = 1'000'000,
                    qint64 regionPpm = 1'000'000);

} // namespace sb
