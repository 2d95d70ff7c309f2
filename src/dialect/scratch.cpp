#include "dialect/scratch.h"

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
    // Sixteen counters of a byte each, added up before they can run over.
    const __m128i lastContinuation = _mm_set1_epi8(char(0xBF));
    while (utf8.end() - at >= 16) {
        const qsizetype blocks = qMin((utf8.end() - at) / 16, qsizetype(255));
        __m128i counters = _mm_setzero_si128();
        for (qsizetype i = 0; i < blocks; ++i, at += 16) {
            const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i *>(at));
            counters = _mm_sub_epi8(counters, _mm_cmpgt_epi8(block, lastContinuation));
        }
        const __m128i sums = _mm_sad_epu8(counters, _mm_setzero_si128());
        count += _mm_extract_epi16(sums, 0) + _mm_extract_epi16(sums, 4);
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
