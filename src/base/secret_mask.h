// Blanks out secrets in bytes that are kept, without changing their length: every spelling that the
// log knows of those given to log::protect(), and of further ones.
//
// One pass over the bytes, whatever the number of secrets. A value; one thread.
#pragma once

#include "base/secret.h"

#include <QByteArray>

#include <vector>

namespace sb {

namespace log {
// The value and its percent, base64 and JSON spellings; nothing for one that is too short to tell
// from ordinary words.
std::vector<Secret> spellingsOf(const Secret &secret);
// All spellings of what protect() was told so far, and how many they are: they only become more.
std::vector<Secret> protectedSpellings();
size_t protectedCount();
} // namespace log

class SecretMask {
public:
    explicit SecretMask(std::vector<Secret> spellings);

    // Puts '*' over each; how many there were. One that the end cuts off counts from 8 bytes on.
    int apply(QByteArray &bytes) const;

private:
    static quint32 startOf(const char *at);

    std::vector<std::pair<quint32, Secret>>
        m_spellings; // by their first four bytes, long ones first
    std::vector<quint64> m_starts; // bits: a start like that exists
};

} // namespace sb
