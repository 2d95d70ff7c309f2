// Little binary reader and writer under the codec and the journal. Values, any thread.
//
// Integers are varints (7 bits a byte, signed ones zigzag), texts are a length and UTF-8, a group
// is a 4-byte length and its fields in fixed order. A reader that knows fewer fields skips the rest
// of a group; one that knows more leaves its defaults. Reading never passes the end: the first bad
// byte makes the whole reader bad and everything after it reads as 0.
#pragma once

#include <QByteArray>
#include <QByteArrayView>
#include <QString>

#include <bit>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace sb::store {

// Writes into a buffer it owns; clear() keeps the memory.
class ByteWriter {
public:
    explicit ByteWriter(qsizetype capacity = 1024)
        : m_bytes(capacity, Qt::Uninitialized)
    {
        m_at = begin();
    }

    void clear() { m_at = begin(); }
    qsizetype size() const { return m_at - m_bytes.constData(); }
    QByteArrayView view() const { return {m_bytes.constData(), size()}; }
    char *data() { return begin(); }
    QByteArray take()
    {
        m_bytes.resize(size());
        return std::move(m_bytes);
    }

    void byte(quint8 value)
    {
        room(1);
        *m_at++ = char(value);
    }
    void number(quint64 value)
    {
        room(10);
        while (value >= 0x80) {
            *m_at++ = char(value | 0x80);
            value >>= 7;
        }
        *m_at++ = char(value);
    }
    void integer(qint64 value) { number((quint64(value) << 1) ^ quint64(value >> 63)); }
    void fixed64(quint64 bigEndian)
    {
        room(8);
        for (int shift = 56; shift >= 0; shift -= 8)
            *m_at++ = char(bigEndian >> shift);
    }
    void bytes(QByteArrayView value)
    {
        number(quint64(value.size()));
        raw(value);
    }
    void raw(QByteArrayView value)
    {
        if (value.isEmpty())
            return;
        room(value.size());
        memcpy(m_at, value.data(), size_t(value.size()));
        m_at += value.size();
    }
    void text(QStringView value)
    {
        // Nearly every text is ASCII: narrow it in place, and only else convert.
        room(value.size() + 10);
        char *const start = m_at;
        number(quint64(value.size()));
        char16_t seen = 0;
        const char16_t *const from = value.utf16();
        qsizetype i = 0;
#ifdef __SSE2__
        __m128i seenEight = _mm_setzero_si128();
        for (; i + 8 <= value.size(); i += 8) {
            const __m128i eight = _mm_loadu_si128(reinterpret_cast<const __m128i *>(from + i));
            seenEight = _mm_or_si128(seenEight, eight);
            _mm_storel_epi64(reinterpret_cast<__m128i *>(m_at + i), _mm_packus_epi16(eight, eight));
        }
        // Any bit above the seventh: not ASCII.
        if (_mm_movemask_epi8(_mm_cmpeq_epi16(_mm_srli_epi16(seenEight, 7), _mm_setzero_si128()))
            != 0xffff)
            seen = 0x80;
#endif
        for (; i < value.size(); ++i) {
            seen |= from[i];
            m_at[i] = char(from[i]);
        }
        if (seen < 0x80) [[likely]] {
            m_at += value.size();
        } else {
            m_at = start;
            bytes(value.toUtf8());
        }
    }

    // Start of a group; give the result to endGroup().
    qsizetype beginGroup()
    {
        const qsizetype at = size();
        room(4);
        m_at += 4;
        return at;
    }
    void endGroup(qsizetype at)
    {
        set32(at, quint32(size() - at - 4));
    }
    void set32(qsizetype at, quint32 value)
    {
        value = std::endian::native == std::endian::little ? value : __builtin_bswap32(value);
        memcpy(begin() + at, &value, 4);
    }

private:
    char *begin()
    {
        return const_cast<char *>(m_bytes.constData());
    } // never shared
    void room(qsizetype more)
    {
        if (m_bytes.constData() + m_bytes.size() - m_at >= more) [[likely]]
            return;
        const qsizetype used = size();
        m_bytes.resize(std::max(2 * m_bytes.size(), used + more));
        m_bytes.detach();
        m_at = begin() + used;
    }

    QByteArray m_bytes;
    char *m_at;
};

class ByteReader {
public:
    explicit ByteReader(QByteArrayView bytes)
        : m_at(bytes.begin())
        , m_end(bytes.end())
    {
    }

    bool isGood() const { return m_isGood; }
    bool isAtEnd() const { return m_at == m_end; }
    qsizetype left() const { return m_end - m_at; }

    quint8 byte()
    {
        if (m_at == m_end)
            return 0;
        return quint8(*m_at++);
    }
    bool flag() { return byte() != 0; }
    quint64 number()
    {
        if (m_at == m_end)
            return 0;
        quint64 value = 0;
        for (int shift = 0; shift < 70; shift += 7) {
            if (m_at == m_end)
                return bad();
            const quint8 next = quint8(*m_at++);
            if (shift == 63 && next > 1)
                return bad();
            value |= quint64(next & 0x7f) << shift;
            if (next < 0x80)
                return value;
        }
        return bad();
    }
    qint64 integer(qint64 ifMissing = 0)
    {
        if (m_at == m_end)
            return ifMissing;
        const quint64 value = number();
        return qint64(value >> 1) ^ -qint64(value & 1);
    }
    // Narrower integers: what does not fit is damage.
    template <typename T> T small(T ifMissing = 0)
    {
        const qint64 value = integer(ifMissing);
        if (value < qint64(std::numeric_limits<T>::min())
            || value > qint64(std::numeric_limits<T>::max()))
            return T(bad());
        return T(value);
    }
    quint64 fixed64()
    {
        if (left() < 8)
            return bad();
        quint64 value = 0;
        for (int i = 0; i < 8; ++i)
            value = value << 8 | quint8(*m_at++);
        return value;
    }
    QByteArrayView bytes()
    {
        const quint64 length = number();
        if (length > quint64(left())) {
            bad();
            return {};
        }
        const QByteArrayView value(m_at, qsizetype(length));
        m_at += length;
        return value;
    }
    QString text()
    {
        const QByteArrayView value = bytes();
        return value.isEmpty() ? QString() : QString::fromUtf8(value);
    }
    // A value of an enum whose last one is `last`.
    template <typename E> E word(E last)
    {
        const quint8 value = byte();
        if (value > quint8(last)) {
            bad();
            return E(0);
        }
        return E(value);
    }
    ByteReader group()
    {
        quint32 length = 0;
        if (m_at == m_end)
            return ByteReader({});
        if (left() < 4) {
            bad();
            return ByteReader({});
        }
        memcpy(&length, m_at, 4);
        if constexpr (std::endian::native == std::endian::big)
            length = __builtin_bswap32(length);
        m_at += 4;
        if (length > quint32(std::min<qsizetype>(left(), 0x7fffffff))) {
            bad();
            return ByteReader({});
        }
        ByteReader inner(QByteArrayView(m_at, qsizetype(length)));
        m_at += length;
        return inner;
    }
    // The count of a list. A hostile one must not make us allocate what it never sent.
    qsizetype count(qsizetype most)
    {
        const quint64 value = number();
        if (value > quint64(std::min(most, left()))) {
            bad();
            return 0;
        }
        return qsizetype(value);
    }
    void join(const ByteReader &inner)
    {
        if (!inner.m_isGood)
            bad();
    }

private:
    quint64 bad()
    {
        m_isGood = false;
        m_at = m_end;
        return 0;
    }

    const char *m_at;
    const char *m_end;
    bool m_isGood = true;
};

} // namespace sb::store
