#include "store/crc32c.h"

#include <array>
#include <cstring>

namespace sb::store {

namespace {
constexpr auto kTable = [] {
    std::array<quint32, 256> table{};
    for (quint32 i = 0; i < 256; ++i) {
        quint32 value = i;
        for (int bit = 0; bit < 8; ++bit)
            value = value & 1 ? value >> 1 ^ 0x82f63b78 : value >> 1;
        table[i] = value;
    }
    return table;
}();

quint32 byTable(const char *at, size_t left, quint32 crc)
{
    for (; left > 0; --left)
        crc = crc >> 8 ^ kTable[(crc ^ quint8(*at++)) & 0xff];
    return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) quint32 byInstruction(const char *at, size_t left, quint32 crc)
{
    quint64 wide = crc;
    for (; left >= 8; left -= 8, at += 8) {
        quint64 word;
        memcpy(&word, at, 8);
        wide = __builtin_ia32_crc32di(wide, word);
    }
    crc = quint32(wide);
    for (; left > 0; --left)
        crc = __builtin_ia32_crc32qi(crc, quint8(*at++));
    return crc;
}
#endif
} // namespace

quint32 crc32c(QByteArrayView bytes)
{
    const auto size = size_t(bytes.size());
#if defined(__x86_64__)
    static const bool hasInstruction = __builtin_cpu_supports("sse4.2");
    if (hasInstruction)
        return ~byInstruction(bytes.data(), size, ~quint32(0));
#endif
    return ~byTable(bytes.data(), size, ~quint32(0));
}

} // namespace sb::store
