// What the readers of all dialects share: scratch memory, members by name, lengths for estimates.
#pragma once

#include <cstring>

#include "json/scan.h"

namespace sb::dialect {

// The calling thread's Scan. Its nodes die with the next run, so whoever runs it must be done with
// the nodes of the run before; what is checked in between (tool arguments) uses a Scan of its own.
json::Scan &scratch();
// After a large document: gives the memory back.
void tidyScratch();

// A member's name, compared with literals inline: Qt's comparison is a call into its library, and
// an event has dozens of them.
struct Key {
    QByteArrayView text;

    operator QByteArrayView() const { return text; }
    template <size_t N> bool operator==(const char (&literal)[N]) const
    {
        return text.size() == qsizetype(N - 1) && memcmp(text.data(), literal, N - 1) == 0;
    }
};

// The unescaped name of a member; `plain` keeps it where it had escapes.
inline Key memberName(const json::Entry &entry, QByteArray &plain)
{
    if (!entry.key.hasEscapes()) [[likely]]
        return {entry.key.inner()};
    plain = entry.key.text();
    return {plain};
}

// Calls f(name, value) for every member.
template <typename F> void eachMember(json::Node object, F &&f)
{
    for (const json::Entry entry : object.entries()) {
        QByteArray plain;
        f(memberName(entry, plain), entry.value);
    }
}

// Characters of a string as it stands in the JSON; escapes count as written. For estimates.
qint64 charCount(QByteArrayView utf8);
inline qint64 charCount(json::Node string)
{
    const QByteArrayView text = string.inner();
    return string.isInAscii() ? text.size() : charCount(text);
}

// Valid UTF-8 of at most `limit` characters: broken bytes become U+FFFD, control characters spaces.
QByteArray trimmedText(QByteArrayView text, int limit = 400);

} // namespace sb::dialect
