// Counts of values in logarithmic bins: merges exactly, answers percentiles within 2 %.
//
// Bin i holds the values in (γ^(i-1), γ^i] with γ = 1.039 and answers with the value that is
// nowhere further away than 1.92 %; zero and less have a bin of their own. Sparse, so a quiet grain
// costs a few bytes. A value type, any thread.
#pragma once

#include <QtGlobal>

#include <vector>

namespace sb::store {

class ByteReader;
class ByteWriter;

class Histogram {
public:
    void add(qint64 value);
    void merge(const Histogram &other);
    bool isEmpty() const { return m_bins.empty(); }
    qint64 count() const { return m_count; }
    // The value that `share` of all values do not exceed, nearest rank; -1 when there is none.
    double percentile(double share) const;

    void write(ByteWriter &out) const;
    void read(ByteReader &in); // what cannot be right makes `in` bad or is left out

    friend bool operator==(const Histogram &, const Histogram &) = default;

private:
    struct Bin {
        quint16 index = 0;
        quint32 count = 0;
        friend bool operator==(const Bin &, const Bin &) = default;
    };
    std::vector<Bin> m_bins; // ascending
    qint64 m_count = 0;
};

} // namespace sb::store
