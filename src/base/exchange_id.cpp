#include "base/exchange_id.h"

#include "base/random.h"

namespace sb {

namespace {
constexpr char kAlphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr QByteArrayView kPrefix("sbx_");
constexpr int kDigits = 26; // 130 bits, the top two are zero

int digitOf(char c)
{
    for (int i = 0; i < 32; ++i) {
        if (kAlphabet[i] == c)
            return i;
    }
    return -1;
}
} // namespace

ExchangeId ExchangeId::make(qint64 wallMs, Random &random)
{
    return ExchangeId{(quint64(wallMs) << 16) | (random.next() & 0xffff), random.next()};
}

QByteArray ExchangeId::text() const
{
    QByteArray out(kPrefix.size() + kDigits, Qt::Uninitialized);
    memcpy(out.data(), kPrefix.data(), size_t(kPrefix.size()));
    unsigned __int128 rest = (static_cast<unsigned __int128>(high) << 64) | low;
    for (int i = kDigits - 1; i >= 0; --i) {
        out.data()[kPrefix.size() + i] = kAlphabet[int(rest & 31)];
        rest >>= 5;
    }
    return out;
}

std::optional<ExchangeId> ExchangeId::parse(QByteArrayView text)
{
    if (text.size() != kPrefix.size() + kDigits || !text.startsWith(kPrefix))
        return std::nullopt;
    unsigned __int128 value = 0;
    for (qsizetype i = kPrefix.size(); i < text.size(); ++i) {
        const int digit = digitOf(text[i]);
        if (digit < 0 || (i == kPrefix.size() && digit > 7))
            return std::nullopt;
        value = (value << 5) | unsigned(digit);
    }
    return ExchangeId{quint64(value >> 64), quint64(value)};
}

} // namespace sb
