#include "json/text.h"

#include <simdjson.h>

#include <array>
#include <bit>
#include <cstring>

#ifdef __SSE2__
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

#ifdef __SSE2__
namespace {

// What may follow a backslash: 1 by itself, 2 with four hex digits.
constexpr std::array<quint8, 256> kEscapes = [] {
    std::array<quint8, 256> table{};
    for (const char c : {'"', '\\', '/', 'b', 'f', 'n', 'r', 't'})
        table[quint8(c)] = 1;
    table['u'] = 2;
    return table;
}();

quint64 backslashes(const char *block)
{
    const __m128i slash = _mm_set1_epi8('\\');
    const auto part = [&](int i) {
        const auto *bytes = reinterpret_cast<const __m128i *>(block + 16 * i);
        return quint64(unsigned(_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128(bytes), slash))));
    };
    return part(0) | part(1) << 16 | part(2) << 32 | part(3) << 48;
}

} // namespace
#endif

bool hasSoundEscapes(QByteArrayView raw, bool *hasAny)
{
    qsizetype at = 0;
    // Where the last escape ended: a backslash before that is its second character.
    qsizetype resume = 0;
    quint64 found = 0;
#ifdef __SSE2__
    // Source code has an escape every few dozen bytes: a call and a branch for each would cost more
    // than finding the structure does.
    for (; at + 65 <= raw.size(); at += 64) {
        quint64 hits = backslashes(raw.data() + at);
        if (hits == 0)
            continue;
        found |= hits;
        if ((hits & (hits << 1)) == 0 && resume <= at) {
            unsigned kinds = 0;
            bool isSound = true;
            for (quint64 rest = hits; rest; rest &= rest - 1) {
                const quint8 kind = kEscapes[quint8(raw[at + std::countr_zero(rest) + 1])];
                isSound &= kind != 0;
                kinds |= kind;
            }
            if (!isSound)
                return false;
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
            if (length == 0)
                return false;
            resume = place + length;
        }
    }
#endif
    at = qMax(at, resume);
    while (at < raw.size()) {
        const void *next = memchr(raw.data() + at, '\\', size_t(raw.size() - at));
        if (!next)
            break;
        found = 1;
        at = static_cast<const char *>(next) - raw.data();
        const int length = escapeLength(raw, at);
        if (length == 0)
            return false;
        at += length;
    }
    if (hasAny)
        *hasAny = found != 0;
    return true;
}

bool equalsUnescaped(QByteArrayView raw, QByteArrayView name)
{
    // Escaping only makes a text longer.
    if (raw.size() < name.size())
        return false;
    if (raw.size() == name.size())
        return memcmp(raw.data(), name.data(), size_t(raw.size())) == 0 && !raw.contains('\\');
    if (!raw.contains('\\'))
        return false;
    QByteArray text;
    return unescape(raw, text) && text == name;
}

void appendQuoted(QByteArray &out, QByteArrayView utf8)
{
    static constexpr char kHex[] = "0123456789abcdef";
    out.append('"');
    const bool isSound = simdjson::validate_utf8(utf8.data(), size_t(utf8.size()));
    qsizetype from = 0;
    qsizetype at = 0;
    const auto flush = [&] { out.append(utf8.sliced(from, at - from)); };
    while (at < utf8.size()) {
        const quint8 c = quint8(utf8[at]);
        if (c >= 0x20 && c != '"' && c != '\\') {
            if (c < 0x80 || isSound) {
                ++at;
                continue;
            }
            if (const int length = sequenceLength(utf8, at)) {
                at += length;
                continue;
            }
            flush();
            out.append("\xEF\xBF\xBD");
            from = ++at;
            continue;
        }
        flush();
        switch (c) {
        case '"':
            out.append("\\\"");
            break;
        case '\\':
            out.append("\\\\");
            break;
        case '\b':
            out.append("\\b");
            break;
        case '\f':
            out.append("\\f");
            break;
        case '\n':
            out.append("\\n");
            break;
        case '\r':
            out.append("\\r");
            break;
        case '\t':
            out.append("\\t");
            break;
        default: {
            const char text[] = {'\\', 'u', '0', '0', kHex[c >> 4], kHex[c & 15]};
            out.append(text, sizeof text);
        }
        }
        from = ++at;
    }
    flush();
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
