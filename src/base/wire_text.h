// Header lines on their way to a connection: built on the stack, in one piece. Who puts a secret in
// it calls wipe() when the text has been taken.
#pragma once

#include <QByteArrayView>

#include <array>
#include <charconv>
#include <cstring>
#include <memory>

#include <string.h>

namespace sb {

class WireText {
public:
    WireText() = default;
    WireText(const WireText &) = delete;
    WireText &operator=(const WireText &) = delete;

    void add(QByteArrayView text) { add(text.data(), text.size()); }
    // The length of a literal is known: a QByteArrayView would look for its end.
    template <size_t N> void add(const char (&literal)[N]) { add(literal, qsizetype(N - 1)); }
    void add(qint64 number)
    {
        char digits[24];
        add(digits, std::to_chars(digits, digits + sizeof digits, number).ptr - digits);
    }
    // "name: value", with its line end.
    void addField(QByteArrayView name, QByteArrayView value)
    {
        add(name);
        add(": ");
        add(value);
        add("\r\n");
    }
    QByteArrayView view() const { return {m_at, m_size}; }
    void wipe()
    {
        explicit_bzero(m_at, size_t(m_size));
        m_size = 0;
    }

private:
    void add(const char *text, qsizetype size)
    {
        if (size > m_room - m_size) [[unlikely]]
            grow(size);
        if (size > 0)
            std::memcpy(m_at + m_size, text, size_t(size));
        m_size += size;
    }
    void grow(qsizetype more)
    {
        const qsizetype room = 2 * m_room + more;
        auto larger = std::make_unique_for_overwrite<char[]>(size_t(room));
        std::memcpy(larger.get(), m_at, size_t(m_size));
        explicit_bzero(m_at, size_t(m_size)); // it may be a secret's
        m_more = std::move(larger);
        m_at = m_more.get();
        m_room = room;
    }

    std::array<char, 1024> m_own;
    std::unique_ptr<char[]> m_more;
    char *m_at = m_own.data();
    qsizetype m_room = qsizetype(m_own.size());
    qsizetype m_size = 0;
};

} // namespace sb
