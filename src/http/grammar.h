// The character classes and small words of HTTP's grammar, for the parser's own files.
// [RFC 9110 §5.5, §5.6; RFC 9112]
#pragma once

#include <QByteArrayView>

#include <array>

namespace sb::http {

namespace grammar {
constexpr quint8 kToken = 1; // of names and methods
constexpr quint8 kText = 2; // of lines: HTAB, visible, blank, obs-text
constexpr quint8 kTarget = 4; // visible ASCII without '#'
constexpr quint8 kHost = 8; // of a host name

constexpr std::array<quint8, 256> makeClasses()
{
    std::array<quint8, 256> classes{};
    for (int c = 0; c < 256; ++c) {
        quint8 bits = 0;
        const bool isAlnum
            = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (c == '\t' || (c >= 0x20 && c != 0x7f))
            bits |= kText;
        if (c > 0x20 && c < 0x7f && c != '#')
            bits |= kTarget;
        if (isAlnum || c == '-' || c == '.' || c == '_' || c == '~')
            bits |= kHost;
        bool isToken = isAlnum;
        for (const char other :
             {'!', '#', '$', '%', '&', '\'', '*', '+', '-', '.', '^', '_', '`', '|', '~'})
            isToken = isToken || c == other;
        if (isToken)
            bits |= kToken;
        classes[size_t(c)] = bits;
    }
    return classes;
}
inline constexpr std::array<quint8, 256> kClasses = makeClasses();
} // namespace grammar

inline bool isToken(char c)
{
    return grammar::kClasses[static_cast<unsigned char>(c)] & grammar::kToken;
}
inline bool isText(char c)
{
    return grammar::kClasses[static_cast<unsigned char>(c)] & grammar::kText;
}
inline bool isTarget(char c)
{
    return grammar::kClasses[static_cast<unsigned char>(c)] & grammar::kTarget;
}
inline bool isHostChar(char c)
{
    return grammar::kClasses[static_cast<unsigned char>(c)] & grammar::kHost;
}

inline char lowered(char c)
{
    return c >= 'A' && c <= 'Z' ? char(c | 0x20) : c;
}

inline int hexDigit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    const char l = lowered(c);
    return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

// ASCII without case; `lowerName` is given in lower case.
inline bool isSameName(QByteArrayView name, QByteArrayView lowerName)
{
    if (name.size() != lowerName.size())
        return false;
    for (qsizetype i = 0; i < name.size(); ++i) {
        if (lowered(name[i]) != lowerName[i])
            return false;
    }
    return true;
}

template <size_t N> bool isSameName(QByteArrayView name, const char (&lowerName)[N])
{
    return isSameName(name, QByteArrayView(lowerName, qsizetype(N - 1)));
}

inline QByteArrayView trimmedBlanks(QByteArrayView text) // HTAB and SP only
{
    while (!text.isEmpty() && (text.front() == ' ' || text.front() == '\t'))
        text = text.sliced(1);
    while (!text.isEmpty() && (text.back() == ' ' || text.back() == '\t'))
        text.chop(1);
    return text;
}

inline bool hasListItem(QByteArrayView list, QByteArrayView lowerItem)
{
    while (true) {
        const qsizetype comma = list.indexOf(',');
        if (isSameName(trimmedBlanks(comma < 0 ? list : list.first(comma)), lowerItem))
            return true;
        if (comma < 0)
            return false;
        list = list.sliced(comma + 1);
    }
}

// host [":" port], with an IPv6 address in brackets; never empty, no user info.
bool isValidAuthority(QByteArrayView authority);

} // namespace sb::http
