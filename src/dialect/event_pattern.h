// A stream says the same event again and again with another word in it: this knows such an event
// without reading its JSON anew.
//
// Why it is exact: learn() is given an event that was read whole, and the one string in it whose
// characters mattered, and only as text. Another event that is byte for byte the same before and
// behind that string, with a sound and non-empty JSON string in its place, is the same document
// with another text: its grammar, members, order and every other value are those that were read. So
// it says again what the first one said, and nothing else. Anything that differs is read whole.
//
// A value of one stream's reader.
#pragma once

#include "json/scan.h"

namespace sb::dialect {

class EventPattern {
public:
    // `text`: the string inside `data`, as a node of the scan of just that data.
    void learn(QByteArrayView name, QByteArrayView data, json::Node text);
    // The characters between the quotes where this event only differs in them; else empty.
    QByteArrayView match(QByteArrayView name, QByteArrayView data) const;

private:
    QByteArray m_name; // of the `event:` line
    QByteArray m_data; // the event that was read; nothing learned while empty
    qsizetype m_before = 0; // bytes up to the opening quote, with it
    qsizetype m_behind = 0; // bytes from the closing quote on, with it
};

} // namespace sb::dialect
