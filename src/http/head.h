// The parsed head of a request or a reply. One object serves auth, routing and logs, so they agree.
#pragma once

#include <QByteArray>
#include <QByteArrayView>
#include <QVarLengthArray>

namespace sb::http {

// The fields of one message, as views into one copy of its bytes. A value; cheap to move.
class Fields {
public:
    struct Entry {
        quint32 name, nameLength, value, valueLength;
    };

    int count() const { return int(m_entries.size()); }
    QByteArrayView name(int i) const // as on the wire
    {
        return QByteArrayView(m_bytes).sliced(m_entries[i].name, m_entries[i].nameLength);
    }
    QByteArrayView value(int i) const // blanks around it removed
    {
        return QByteArrayView(m_bytes).sliced(m_entries[i].value, m_entries[i].valueLength);
    }
    // The first field of that name (given in lower case); a null view when there is none.
    QByteArrayView value(QByteArrayView lowerName) const;
    int countOf(QByteArrayView lowerName) const;
    bool has(QByteArrayView lowerName) const { return countOf(lowerName) > 0; }

    // Overwrites what every field of that name says, for heads that outlive their request.
    void wipe(QByteArrayView lowerName);

    // For the parser and for tests.
    void add(QByteArrayView name, QByteArrayView value);

private:
    QByteArray m_bytes;
    QVarLengthArray<Entry, 24> m_entries;
};

struct RequestHead {
    QByteArray method;
    QByteArray target; // as on the wire
    QByteArray path; // decoded once, without query; "%2f" stays as written
    QByteArray query; // raw, without "?"
    int minorVersion = 1;
    Fields fields;
    qint64 contentLength = 0; // -1 = chunked
    bool isKeepAlive = true;
    bool expectsContinue = false;
};

struct ReplyHead {
    int status = 0;
    int minorVersion = 1;
    Fields fields;
    qint64 contentLength = 0; // -1 = chunked, -2 = until the connection ends
    bool isKeepAlive = true;
};

} // namespace sb::http
