// The name of one exchange: 48 bits of wall time in ms, 80 random bits; sorts by time.
#pragma once

#include "base/hash.h"

#include <QByteArray>
#include <QByteArrayView>

#include <compare>
#include <optional>

namespace sb {

class Random;

struct ExchangeId {
    quint64 high = 0; // 48 bits of milliseconds since 1970, then 16 random bits
    quint64 low = 0;

    static ExchangeId make(qint64 wallMs, Random &random);
    // "sbx_" and 26 characters of Crockford's base 32, so it sorts as text too.
    QByteArray text() const;
    static std::optional<ExchangeId> parse(QByteArrayView text);
    qint64 wallMs() const { return qint64(high >> 16); }
    bool isNull() const { return high == 0 && low == 0; }

    friend bool operator==(const ExchangeId &, const ExchangeId &) = default;
    friend auto operator<=>(const ExchangeId &, const ExchangeId &) = default;
    friend size_t qHash(const ExchangeId &id, size_t seed = 0)
    {
        return hashAll(seed, id.high, id.low);
    }
};

} // namespace sb
