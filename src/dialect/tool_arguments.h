// Puts the fragments of tool-call arguments together, only to tell whether they are JSON in the
// end.
#pragma once

#include "json/scan.h"

#include <QByteArray>

#include <vector>

namespace sb::dialect {

// Memory is bounded: past the limit the rest of the stream is not judged.
class ToolArguments {
public:
    static constexpr qsizetype kLimit = 1024 * 1024;

    // A call starts, or goes on where `id` is the one it started with or empty. Some servers give
    // every call the same index and tell them apart by id alone. [pitfalls 10, 14]
    void begin(quint64 key, QByteArrayView id);
    void append(quint64 key, json::Node text);
    void clear(); // what was begun will not be finished
    // All calls so far are JSON or without arguments. What has ended is forgotten.
    bool close();

private:
    struct Call {
        quint64 key = 0;
        QByteArray id;
        QByteArray text;
    };
    Call &call(quint64 key);

    std::vector<Call> m_calls;
    qsizetype m_size = 0;
    bool m_isSound = true;
    bool m_isOver = false;
};

// The arguments of one complete call: a string holding JSON or nothing, or an object.
bool areArgumentsSound(json::Node arguments);

} // namespace sb::dialect
