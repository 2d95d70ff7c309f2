// Tool arguments: text that should hold one JSON object, whole or in pieces. [translation §14.8]
#pragma once

#include "chat/changes.h"
#include "chat/text.h"

#include <vector>

namespace sb::chat {

// Follows argument text as it comes, to tell when one whole object or array has been written.
// Counts brackets outside of strings; does not judge the rest. No memory of the text.
class ArgumentsTracker {
public:
    void feed(TextView text);
    bool isEmpty() const { return m_isEmpty; } // nothing but white space so far
    // The outermost bracket is closed. More text behind it (a second object) keeps it true.
    bool isWhole() const { return m_isWhole; }
    int objects() const { return m_objects; } // outermost values closed so far

private:
    void take(char c);

    int m_depth = 0;
    int m_objects = 0;
    bool m_isInString = false;
    bool m_isAfterBackslash = false;
    bool m_isEmpty = true;
    bool m_isWhole = false;
};

// The arguments as one JSON object for dialects that carry an object. Blank is "{}". Text that was
// cut is closed; what cannot be helped becomes {"_raw":"…"}. Both are noted under `field`.
QByteArray objectArguments(TextView arguments, QByteArrayView field, Changes &changes);

// Raw JSON without line ends. Between its values they mean nothing, but they would end the line of
// an event.
void appendOnOneLine(QByteArray &out, QByteArrayView raw);

// "{…}{…}" as its objects, where merged parallel calls came as one; one entry otherwise.
std::vector<QByteArray> splitObjects(QByteArrayView json);

// The text with open strings, arrays and objects closed, where that makes it an object; else empty.
QByteArray closedArguments(QByteArrayView json);

// One sound JSON object, white space around it allowed.
bool isObject(QByteArrayView json);

} // namespace sb::chat
