#include "json/text.h"

#include "base/bytes.h"

#include <simdjson.h>

#include <array>
#include <bit>
#include <cstring>

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace sb::json {

namespace {

int hexDigit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

// Four hex digits at `at`, or -1.
int hexUnit(QByteArrayView raw, qsizetype at)
{
    if (at + 4 > raw.size())
        return -1;
    int unit = 0;
    for (qsizetype i = at; i < at + 4; ++i) {
        const int digit = hexDigit(raw[i]);
        if (digit < 0)
            return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

int appendUtf8(char *out, quint32 code)
{
    if (code < 0x80) {
        out[0] = char(code);
        return 1;
    }
    if (code < 0x800) {
        out[0] = char(0xC0 | (code >> 6));
        out[1] = char(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = char(0xE0 | (code >> 12));
        out[1] = char(0x80 | ((code >> 6) & 0x3F));
        out[2] = char(0x80 | (code & 0x3F));
        return 3;
    }
    out[0] = char(0xF0 | (code >> 18));
    out[1] = char(0x80 | ((code >> 12) & 0x3F));
    out[2] = char(0x80 | ((code >> 6) & 0x3F));
    out[3] = char(0x80 | (code & 0x3F));
    return 4;
}

// Decodes the escape at raw[at] == '\\' into `out` (4 bytes of room). Returns its length in `raw`,
// 0 when it is broken; `written` has the bytes put out.
int decodeEscape(QByteArrayView raw, qsizetype at, char *out, int &written)
{
    if (at + 1 >= raw.size())
        return 0;
    written = 1;
    switch (raw[at + 1]) {
    case '"':
        out[0] = '"';
        return 2;
    case '\\':
        out[0] = '\\';
        return 2;
    case '/':
        out[0] = '/';
        return 2;
    case 'b':
        out[0] = '\b';
        return 2;
    case 'f':
        out[0] = '\f';
        return 2;
    case 'n':
        out[0] = '\n';
        return 2;
    case 'r':
        out[0] = '\r';
        return 2;
    case 't':
        out[0] = '\t';
        return 2;
    case 'u':
        break;
    default:
        return 0;
    }
    const int unit = hexUnit(raw, at + 2);
    if (unit < 0)
        return 0;
    if (unit >= 0xD800 && unit <= 0xDBFF && at + 8 <= raw.size() && raw[at + 6] == '\\'
        && raw[at + 7] == 'u') {
        const int low = hexUnit(raw, at + 8);
        if (low >= 0xDC00 && low <= 0xDFFF) {
            written = appendUtf8(
                out, 0x10000 + ((quint32(unit) - 0xD800) << 10) + quint32(low - 0xDC00));
            return 12;
        }
    }
    const bool isLone = unit >= 0xD800 && unit <= 0xDFFF;
    written = appendUtf8(out, isLone ? 0xFFFD : quint32(unit));
    return 6;
}

// Length of the sound UTF-8 sequence at `at`, 0 when it is not sound. [RFC 3629 §4]
int sequenceLength(QByteArrayView text, qsizetype at)
{
    const auto byte = [&](qsizetype i) { return i < text.size() ? quint8(text[i]) : quint8(0); };
    const auto isTail = [&](qsizetype i) { return (byte(i) & 0xC0) == 0x80; };
    const quint8 lead = byte(at);
    if (lead < 0x80)
        return 1;
    if (lead >= 0xC2 && lead <= 0xDF)
        return isTail(at + 1) ? 2 : 0;
    if (lead >= 0xE0 && lead <= 0xEF) {
        const quint8 second = byte(at + 1);
        if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F))
            return 0;
        return isTail(at + 1) && isTail(at + 2) ? 3 : 0;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        const quint8 second = byte(at + 1);
        if ((lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F))
            return 0;
        return isTail(at + 1) && isTail(at + 2) && isTail(at + 3) ? 4 : 0;
    }
    return 0;
}

} // namespace

bool unescape(QByteArrayView raw, QByteArray &out, qsizetype *badAt)
{
    const void *first = raw.isEmpty() ? nullptr : memchr(raw.data(), '\\', size_t(raw.size()));
    if (!first) {
        out = raw.toByteArray();
        return true;
    }
    // Unescaped text is never longer than its escaped form.
    QByteArray text(raw.size(), Qt::Uninitialized);
    char *to = text.data();
    qsizetype at = 0;
    while (at < raw.size()) {
        const void *next = memchr(raw.data() + at, '\\', size_t(raw.size() - at));
        const qsizetype stop = next ? static_cast<const char *>(next) - raw.data() : raw.size();
        memcpy(to, raw.data() + at, size_t(stop - at));
        to += stop - at;
        at = stop;
        if (!next)
            break;
        int written = 0;
        const int taken = decodeEscape(raw, at, to, written);
        if (taken == 0) {
            if (badAt)
                *badAt = at;
            return false;
        }
        to += written;
        at += taken;
    }
    text.truncate(to - text.constData());
    out = std::move(text);
    return true;
}

// Length of the escape at raw[at] == '\\', 0 when it is broken.
static int escapeLength(QByteArrayView raw, qsizetype at)
{
    if (at + 1 >= raw.size())
        return 0;
    switch (raw[at + 1]) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        return 2;
    case 'u':
        return hexUnit(raw, at + 2) < 0 ? 0 : 6;
    default:
        return 0;
    }
}

namespace {

// What a look over whole blocks of 64 bytes found out, and where it stopped.
struct EscapeLook {
    qsizetype at = 0; // an escape begins here or later
    quint64 any = 0;
    bool isHigh = false; // a byte above 127
    bool isSound = true;
};

#ifdef __SSE2__
// What may follow a backslash: 1 by itself, 2 with four hex digits.
constexpr std::array<quint8, 256> kEscapes = [] {
    std::array<quint8, 256> table{};
    for (const char c : {'"', '\\', '/', 'b', 'f', 'n', 'r', 't'})
        table[quint8(c)] = 1;
    table['u'] = 2;
    return table;
}();

// Source code has an escape every few dozen bytes: a call and a branch for each would cost more
// than finding the structure does.
EscapeLook lookAtBlocks(QByteArrayView raw)
{
    EscapeLook look;
    qsizetype at = 0;
    // Where the last escape ended: a backslash before that is its second character.
    qsizetype resume = 0;
    const __m128i slash = _mm_set1_epi8('\\');
    __m128i seen = _mm_setzero_si128();
    for (; at + 65 <= raw.size(); at += 64) {
        quint64 hits = 0;
        for (int i = 0; i < 4; ++i) {
            const __m128i part
                = _mm_loadu_si128(reinterpret_cast<const __m128i *>(raw.data() + at + 16 * i));
            seen = _mm_or_si128(seen, part);
            hits |= quint64(unsigned(_mm_movemask_epi8(_mm_cmpeq_epi8(part, slash)))) << (16 * i);
        }
        if (hits == 0)
            continue;
        look.any |= hits;
        if ((hits & (hits << 1)) == 0 && resume <= at) {
            unsigned kinds = 0;
            for (quint64 rest = hits; rest; rest &= rest - 1) {
                const quint8 kind = kEscapes[quint8(raw[at + std::countr_zero(rest) + 1])];
                look.isSound &= kind != 0;
                kinds |= kind;
            }
            if (!look.isSound)
                return look;
            // The last byte of the block may escape the first of the next.
            resume = hits >> 63 ? at + 65 : at;
            if (kinds < 2)
                continue;
            resume = at;
        }
        for (; hits; hits &= hits - 1) {
            const qsizetype place = at + std::countr_zero(hits);
            if (place < resume)
                continue;
            const int length = escapeLength(raw, place);
            look.isSound = length != 0;
            if (!look.isSound)
                return look;
            resume = place + length;
        }
    }
    look.isHigh = _mm_movemask_epi8(seen) != 0;
    for (qsizetype i = at; i < resume && i < raw.size(); ++i)
        look.isHigh |= quint8(raw[i]) > 127;
    look.at = qMax(at, resume);
    return look;
}

#if defined(__x86_64__) && defined(__GNUC__)
// Those that no backslash may stand before.
__attribute__((target("avx2"))) inline quint32 unfitBytes(__m256i part)
{
    const __m256i nibble = _mm256_set1_epi8(15);
    // A bit for each upper half that occurs: '"' and '/' 1, '\\' 2, 'b' 'f' 'n' 4, 'r' 't' 'u' 8.
    const __m256i upper = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 0, 1, 0, 0, 2, 4, 8, 0, 0, 0, 0, 0, 0, 0, 0));
    const __m256i lower = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 0, 1 | 4 | 8, 0, 8, 8, 4, 0, 0, 0, 0, 0, 2, 0, 4, 1));
    const __m256i top = _mm256_and_si256(_mm256_srli_epi16(part, 4), nibble);
    const __m256i fits
        = _mm256_and_si256(_mm256_shuffle_epi8(upper, top),
                           _mm256_shuffle_epi8(lower, _mm256_and_si256(part, nibble)));
    return quint32(_mm256_movemask_epi8(_mm256_cmpeq_epi8(fits, _mm256_setzero_si256())));
}

// The same without a branch for each escape: which characters are escaped follows from the places
// of the backslashes [Langdale, Lemire: Parsing gigabytes of JSON per second, §3.1.1], and a look
// into two tables of sixteen tells of every character whether it may be.
__attribute__((target("avx2"))) EscapeLook lookAtWideBlocks(QByteArrayView raw)
{
    EscapeLook look;
    constexpr quint64 kEven = 0x5555555555555555;
    const __m256i slash = _mm256_set1_epi8('\\');
    const __m256i letterU = _mm256_set1_epi8('u');
    __m256i seen = _mm256_setzero_si256();
    quint64 isFirstEscaped = 0;
    qsizetype at = 0;
    for (; at + 64 <= raw.size(); at += 64) {
        const auto *const block = reinterpret_cast<const __m256i *>(raw.data() + at);
        const __m256i low = _mm256_loadu_si256(block);
        const __m256i high = _mm256_loadu_si256(block + 1);
        seen = _mm256_or_si256(seen, _mm256_or_si256(low, high));
        quint64 hits = quint32(_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, slash)))
            | quint64(quint32(_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, slash)))) << 32;
        if ((hits | isFirstEscaped) == 0)
            continue;
        look.any |= hits;
        hits &= ~isFirstEscaped;
        const quint64 follows = hits << 1 | isFirstEscaped;
        const quint64 oddStarts = hits & ~kEven & ~follows;
        quint64 evenRuns = 0;
        isFirstEscaped = __builtin_add_overflow(oddStarts, hits, &evenRuns) ? 1 : 0;
        const quint64 escaped = (kEven ^ (evenRuns << 1)) & follows;

        if (escaped & (unfitBytes(low) | quint64(unfitBytes(high)) << 32)) {
            look.isSound = false;
            return look;
        }
        quint64 units = escaped
            & (quint32(_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, letterU)))
               | quint64(quint32(_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, letterU)))) << 32);
        for (; units; units &= units - 1) {
            if (hexUnit(raw, at + std::countr_zero(units) + 1) < 0) {
                look.isSound = false;
                return look;
            }
        }
    }
    look.isHigh = _mm256_movemask_epi8(seen) != 0;
    look.at = at - qsizetype(isFirstEscaped);
    return look;
}

bool isWide()
{
    static const bool isThere = __builtin_cpu_supports("avx2");
    return isThere;
}
#endif
#endif

} // namespace

bool hasSoundEscapes(QByteArrayView raw, bool *hasAny, bool *isAscii)
{
    EscapeLook look;
#if defined(__SSE2__) && defined(__x86_64__) && defined(__GNUC__)
    look = isWide() ? lookAtWideBlocks(raw) : lookAtBlocks(raw);
#elif defined(__SSE2__)
    look = lookAtBlocks(raw);
#endif
    if (!look.isSound)
        return false;
    for (qsizetype i = look.at; i < raw.size(); ++i)
        look.isHigh |= quint8(raw[i]) > 127;
    for (qsizetype at = look.at; at < raw.size();) {
        const void *next = memchr(raw.data() + at, '\\', size_t(raw.size() - at));
        if (!next)
            break;
        look.any = 1;
        at = static_cast<const char *>(next) - raw.data();
        const int length = escapeLength(raw, at);
        if (length == 0)
            return false;
        at += length;
    }
    if (hasAny)
        *hasAny = look.any != 0;
    if (isAscii)
        *isAscii = !look.isHigh;
    return true;
}

bool equalsUnescaped(QByteArrayView raw, QByteArrayView name)
{
    // Escaping only makes a text longer.
    if (raw.size() < name.size())
        return false;
    if (raw.size() == name.size())
        return raw == name && !raw.contains('\\');
    if (!raw.contains('\\'))
        return false;
    QByteArray text;
    return unescape(raw, text) && text == name;
}

namespace {

// Bytes from `at` on that stand in a string as they are: up to a control, a quote, a backslash and,
// unless `isSound`, anything beyond ASCII.
qsizetype plainRun(QByteArrayView utf8, qsizetype at, bool isSound)
{
    const qsizetype begun = at;
#if defined(__SSE2__)
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i slash = _mm_set1_epi8('\\');
    const __m128i lastControl = _mm_set1_epi8(0x1f);
    for (; at + 16 <= utf8.size(); at += 16) {
        const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i *>(utf8.data() + at));
        __m128i hit = _mm_or_si128(_mm_cmpeq_epi8(block, quote), _mm_cmpeq_epi8(block, slash));
        hit = _mm_or_si128(hit, _mm_cmpeq_epi8(_mm_min_epu8(block, lastControl), block));
        quint32 hits = quint32(_mm_movemask_epi8(hit));
        if (!isSound)
            hits |= quint32(_mm_movemask_epi8(block));
        if (hits)
            return at + std::countr_zero(hits) - begun;
    }
#endif
    for (; at < utf8.size(); ++at) {
        const quint8 c = quint8(utf8[at]);
        if (c < 0x20 || c == '"' || c == '\\' || (c >= 0x80 && !isSound))
            break;
    }
    return at - begun;
}

void appendEscape(QByteArray &out, quint8 c)
{
    static constexpr char kHex[] = "0123456789abcdef";
    const auto two = [&out](char what) {
        const char text[] = {'\\', what};
        appendBytes(out, QByteArrayView(text, sizeof text));
    };
    switch (c) {
    case '"':
    case '\\':
        two(char(c));
        break;
    case '\b':
        two('b');
        break;
    case '\f':
        two('f');
        break;
    case '\n':
        two('n');
        break;
    case '\r':
        two('r');
        break;
    case '\t':
        two('t');
        break;
    default: {
        const char text[] = {'\\', 'u', '0', '0', kHex[c >> 4], kHex[c & 15]};
        appendBytes(out, QByteArrayView(text, sizeof text));
    }
    }
}

} // namespace

void appendInner(QByteArray &out, QByteArrayView utf8)
{
    if (utf8.isEmpty())
        return;
    const bool isSound = simdjson::validate_utf8(utf8.data(), size_t(utf8.size()));
    for (qsizetype at = 0; at < utf8.size();) {
        const qsizetype plain = plainRun(utf8, at, isSound);
        appendBytes(out, utf8.sliced(at, plain));
        at += plain;
        if (at == utf8.size())
            return;
        if (const quint8 c = quint8(utf8[at]); c < 0x80) {
            appendEscape(out, c);
            ++at;
        } else if (const int length = sequenceLength(utf8, at)) {
            appendBytes(out, utf8.sliced(at, length));
            at += length;
        } else {
            appendBytes(out, "\xEF\xBF\xBD");
            ++at;
        }
    }
}

void appendQuoted(QByteArray &out, QByteArrayView utf8)
{
    out.append('"');
    appendInner(out, utf8);
    out.append('"');
}

qsizetype numberLength(QByteArrayView text)
{
    const char *at = text.begin();
    const char *const end = text.end();
    const auto digits = [&] {
        const char *from = at;
        while (at < end && *at >= '0' && *at <= '9')
            ++at;
        return at > from;
    };
    if (at < end && *at == '-')
        ++at;
    if (at < end && *at == '0')
        ++at;
    else if (!digits())
        return 0;
    if (at < end && *at == '.') {
        ++at;
        if (!digits())
            return 0;
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        ++at;
        if (at < end && (*at == '+' || *at == '-'))
            ++at;
        if (!digits())
            return 0;
    }
    return at - text.begin();
}

bool parseInt(QByteArrayView text, qint64 &out)
{
    bool isNegative = false;
    qsizetype at = 0;
    if (text.startsWith('-')) {
        isNegative = true;
        at = 1;
    }
    if (at == text.size() || text.size() - at > 19)
        return false;
    quint64 value = 0;
    for (; at < text.size(); ++at) {
        if (text[at] < '0' || text[at] > '9')
            return false;
        value = value * 10 + quint64(text[at] - '0');
    }
    if (value > quint64(std::numeric_limits<qint64>::max()) + (isNegative ? 1 : 0))
        return false;
    out = isNegative ? qint64(0 - value) : qint64(value);
    return true;
}

qsizetype firstBadUtf8(QByteArrayView text)
{
    if (simdjson::validate_utf8(text.data(), size_t(text.size())))
        return -1;
    qsizetype at = 0;
    while (at < text.size()) {
        const int length = sequenceLength(text, at);
        if (length == 0)
            return at;
        at += length;
    }
    return -1;
}

} // namespace sb::json
