#include "dialect/scratch.h"

#include <bit>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <QString>

namespace sb::dialect {

json::Scan &scratch()
{
    static thread_local json::Scan scan;
    return scan;
}

void tidyScratch()
{
    scratch().shrink(4 * 1024 * 1024);
}

qint64 charCount(QByteArrayView utf8)
{
    // Every byte counts that does not continue a character.
    const char *at = utf8.begin();
    qint64 count = 0;
#ifdef __SSE2__
    const __m128i lastContinuation = _mm_set1_epi8(char(0xBF));
    for (; utf8.end() - at >= 16; at += 16) {
        const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i *>(at));
        const int starts = _mm_movemask_epi8(_mm_cmpgt_epi8(block, lastContinuation));
        count += std::popcount(unsigned(starts));
    }
#endif
    for (; at < utf8.end(); ++at)
        count += (quint8(*at) & 0xC0) != 0x80;
    return count;
}

QByteArray trimmedText(QByteArrayView text, int limit)
{
    // Four bytes a character at most, so the cut never needs more than this.
    QString decoded = QString::fromUtf8(text.first(qMin(text.size(), qsizetype(limit) * 4)));
    for (QChar &c : decoded) {
        if (c.unicode() < 0x20 || c.unicode() == 0x7F)
            c = QLatin1Char(' ');
    }
    decoded = decoded.trimmed();
    if (decoded.size() > limit) {
        decoded.truncate(limit);
        if (decoded.back().isHighSurrogate())
            decoded.chop(1);
    }
    return decoded.toUtf8();
}

} // namespace sb::dialect
