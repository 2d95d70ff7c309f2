// Changes in a JSON text without copying it: the untouched stretches stay views of one buffer.
#pragma once

#include "json/scan.h"

#include <QList>

namespace sb::json {

// Collects changes and cuts the text along them. Places are offsets into the original; changes must
// not overlap. Parts that are stretches of the original are raw-data arrays: `text` must outlive
// them.
class Splice {
public:
    explicit Splice(const QByteArray &text)
        : m_text(text)
    {
    }

    void replace(Span place, QByteArray with);
    void insert(qsizetype at, QByteArray what) { replace({at, 0}, std::move(what)); }
    void remove(Span place) { replace(place, {}); }
    bool isEmpty() const { return m_edits.isEmpty(); }

    // One part, the text itself, when nothing changes.
    QList<QByteArray> parts() const;

private:
    struct Edit {
        Span place;
        QByteArray with;
    };
    const QByteArray &m_text;
    QList<Edit> m_edits; // by place
};

// The member with this key and value, with exactly one adjoining comma where it has one.
Span memberSpan(QByteArrayView text, Span key, Span value);

} // namespace sb::json
