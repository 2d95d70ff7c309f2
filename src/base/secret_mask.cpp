#include "base/secret_mask.h"

#include <algorithm>
#include <cstring>

namespace sb {

namespace {
constexpr qsizetype kLeast = 4; // bytes that find a spelling
constexpr qsizetype kLeastCut = 8;
constexpr int kStartBits = 16;

size_t bitOf(quint32 start)
{
    return (start * 2'654'435'761u) >> (32 - kStartBits);
}
} // namespace

SecretMask::SecretMask(std::vector<Secret> spellings)
    : m_starts((size_t(1) << kStartBits) / 64)
{
    for (Secret &spelling : spellings) {
        if (spelling.reveal().size() < kLeast)
            continue;
        const quint32 start = startOf(spelling.reveal().data());
        m_starts[bitOf(start) / 64] |= quint64(1) << bitOf(start) % 64;
        m_spellings.emplace_back(start, std::move(spelling));
    }
    std::sort(m_spellings.begin(), m_spellings.end(), [](const auto &a, const auto &b) {
        return a.first != b.first ? a.first < b.first
                                  : a.second.reveal().size() > b.second.reveal().size();
    });
}

quint32 SecretMask::startOf(const char *at)
{
    quint32 start = 0;
    memcpy(&start, at, sizeof start);
    return start;
}

int SecretMask::apply(QByteArray &bytes) const
{
    if (m_spellings.empty() || bytes.size() < kLeast)
        return 0;
    int found = 0;
    const qsizetype size = bytes.size();
    const char *const from = bytes.constData(); // copied only when there is something to blank
    std::vector<std::pair<qsizetype, qsizetype>> places; // they may overlap
    for (qsizetype at = 0; at + kLeast <= size; ++at) {
        const quint32 start = startOf(from + at);
        const size_t bit = bitOf(start);
        if ((m_starts[bit / 64] >> bit % 64 & 1) == 0) [[likely]]
            continue;
        const auto first
            = std::lower_bound(m_spellings.cbegin(), m_spellings.cend(), start,
                               [](const auto &entry, quint32 key) { return entry.first < key; });
        for (auto it = first; it != m_spellings.cend() && it->first == start; ++it) {
            const QByteArrayView value = it->second.reveal();
            const qsizetype left = size - at;
            const bool isWhole = left >= value.size();
            if (!isWhole && left < kLeastCut)
                continue;
            const qsizetype length = std::min(left, value.size());
            if (memcmp(from + at, value.data(), size_t(length)) != 0)
                continue;
            places.emplace_back(at, length);
            ++found;
            break;
        }
    }
    if (places.empty())
        return 0;
    char *const to = bytes.data();
    for (const auto &[at, length] : places)
        memset(to + at, '*', size_t(length));
    return found;
}

} // namespace sb
