#include "store/histogram.h"

#include "store/byte_io.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

namespace sb::store {

namespace {
constexpr double kGamma = 1.039;
constexpr qint64 kMost = 1'000'000'000'000; // 11 days in µs; all beyond is one bin
constexpr quint16 kLastBin = 800; // more than kMost needs
constexpr std::ptrdiff_t kBinsOfTwo = 21; // from a power of two to the next, both ends with it

double logGamma()
{
    static const double value = std::log(kGamma);
    return value;
}

quint16 binByLogarithm(qint64 value)
{
    return quint16(1 + std::ceil(std::log(double(value)) / logGamma() - 1e-9));
}

// The same bins by looking them up: a logarithm for each of six histograms was a tenth of what the
// writer spent on an exchange.
struct Bins {
    std::vector<qint64> last; // the largest value of each bin; 0 stands for bin 0
    std::array<quint16, 64> first{}; // bin of each power of two

    Bins()
    {
        last.push_back(0);
        const quint16 bins = binByLogarithm(kMost);
        for (quint16 bin = 1; bin < bins; ++bin) {
            qint64 value = qint64(std::pow(kGamma, bin - 1));
            while (value > last.back() && binByLogarithm(value) > bin)
                --value;
            while (binByLogarithm(value + 1) <= bin)
                ++value;
            last.push_back(value);
        }
        last.push_back(kMost);
        for (size_t bit = 0; bit < first.size() && (qint64(1) << bit) <= kMost; ++bit)
            first[bit] = binByLogarithm(qint64(1) << bit);
    }
};

quint16 binOf(qint64 value)
{
    static const Bins bins;
    if (value <= 0)
        return 0;
    value = std::min(value, kMost);
    const auto from = bins.last.begin() + bins.first[size_t(std::bit_width(quint64(value)) - 1)];
    const auto end = from + std::min<std::ptrdiff_t>(kBinsOfTwo, bins.last.end() - from);
    return quint16(std::lower_bound(from, end, value) - bins.last.begin());
}

double valueOf(quint16 bin)
{
    return bin == 0 ? 0 : 2 * std::pow(kGamma, bin - 1) / (kGamma + 1);
}
} // namespace

void Histogram::add(qint64 value)
{
    const quint16 bin = binOf(value);
    const auto place = std::lower_bound(m_bins.begin(), m_bins.end(), bin,
                                        [](const Bin &one, quint16 i) { return one.index < i; });
    if (place != m_bins.end() && place->index == bin)
        ++place->count;
    else
        m_bins.insert(place, {bin, 1});
    ++m_count;
}

void Histogram::merge(const Histogram &other)
{
    if (other.isEmpty())
        return;
    m_count += other.m_count;
    if (m_bins.empty()) {
        m_bins = other.m_bins;
        return;
    }
    std::vector<Bin> merged;
    merged.reserve(m_bins.size() + other.m_bins.size());
    auto a = m_bins.cbegin();
    auto b = other.m_bins.cbegin();
    while (a != m_bins.cend() || b != other.m_bins.cend()) {
        if (b == other.m_bins.cend() || (a != m_bins.cend() && a->index < b->index)) {
            merged.push_back(*a++);
        } else if (a == m_bins.cend() || b->index < a->index) {
            merged.push_back(*b++);
        } else {
            merged.push_back({a->index, a->count + b->count});
            ++a, ++b;
        }
    }
    m_bins = std::move(merged);
}

double Histogram::percentile(double share) const
{
    if (m_count == 0)
        return -1;
    qint64 left = std::max<qint64>(1, qint64(std::ceil(share * double(m_count) - 1e-9)));
    for (const Bin &bin : m_bins) {
        left -= bin.count;
        if (left <= 0)
            return valueOf(bin.index);
    }
    return valueOf(m_bins.back().index);
}

void Histogram::write(ByteWriter &out) const
{
    out.number(m_bins.size());
    quint16 last = 0;
    for (const Bin &bin : m_bins) {
        out.number(quint64(bin.index - last));
        out.number(bin.count);
        last = bin.index;
    }
}

void Histogram::read(ByteReader &in)
{
    m_bins.clear();
    m_count = 0;
    quint64 index = 0;
    qsizetype left = in.count(kLastBin + 1);
    m_bins.reserve(size_t(left));
    for (; left > 0 && in.isGood(); --left) {
        const quint64 step = std::min<quint64>(in.number(), kLastBin);
        index += step;
        const quint64 count = std::min<quint64>(in.number(), 0xffff'ffff);
        if (index > kLastBin || (step == 0 && !m_bins.empty()))
            continue;
        m_bins.push_back({quint16(index), quint32(count)});
        m_count += qint64(count);
    }
}

} // namespace sb::store
