// What a translation did to a request on its way to one target, for people to read. In memory, and
// in a capture where bodies are recorded: `from` and `to` hold pieces of the request.
#pragma once

#include <QByteArray>
#include <QList>

namespace sb {

// Same dialect: the bytes went as they came, but for what is listed.
struct FieldChange {
    // Mapped: the same under another name; Emulated: done by us instead of the provider; Repaired:
    // the history was not acceptable as it stood.
    enum class Kind : quint8 { Mapped, Dropped, Clamped, Degraded, Emulated, Repaired };
    Kind kind = Kind::Dropped;
    QByteArray field; // of the client's request: "messages[3].content[1]"
    QByteArray from; // at most 120 bytes, as `to`
    QByteArray to; // empty = nothing was sent
    QByteArray rule; // stable short name

    friend bool operator==(const FieldChange &, const FieldChange &) = default;
};

struct AttemptChanges {
    int ordinal = 0; // of the attempt; 0: the request could not be carried to `rank`
    int rank = 0;
    QList<FieldChange> changes; // up to 200
    int unlisted = 0; // beyond them

    friend bool operator==(const AttemptChanges &, const AttemptChanges &) = default;
};

} // namespace sb
