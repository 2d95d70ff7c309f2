// The parsed head of a request or a reply. One object serves auth, routing and logs, so they agree.
#pragma once

#include <QByteArray>
#include <QByteArrayView>
#include <QVarLengthArray>

#include <initializer_list>

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
        return {m_bytes.constData() + m_entries[i].name, qsizetype(m_entries[i].nameLength)};
    }
    QByteArrayView value(int i) const // blanks around it removed
    {
        return {m_bytes.constData() + m_entries[i].value, qsizetype(m_entries[i].valueLength)};
    }
    // The first field of that name (given in lower case); a null view when there is none.
    QByteArrayView value(QByteArrayView lowerName) const
    {
        return (m_kinds & kindOf(lowerName)) == 0 ? QByteArrayView() : firstOf(lowerName);
    }
    int countOf(QByteArrayView lowerName) const
    {
        return (m_kinds & kindOf(lowerName)) == 0 ? 0 : allOf(lowerName);
    }
    bool has(QByteArrayView lowerName) const { return countOf(lowerName) > 0; }
    // The length of a literal is known: a QByteArrayView would look for its end.
    template <size_t N> QByteArrayView value(const char (&lowerName)[N]) const
    {
        return value(QByteArrayView(lowerName, qsizetype(N - 1)));
    }
    template <size_t N> int countOf(const char (&lowerName)[N]) const
    {
        return countOf(QByteArrayView(lowerName, qsizetype(N - 1)));
    }
    template <size_t N> bool has(const char (&lowerName)[N]) const
    {
        return countOf(lowerName) > 0;
    }

    // Overwrites what every field of those names says, for heads that outlive their request.
    void wipe(std::initializer_list<QByteArrayView> lowerNames);

    // For the parser and for tests.
    void add(QByteArrayView name, QByteArrayView value);

private:
    // One of 64 kinds of names, whatever their case: most fields that are asked for are not there,
    // and this tells without looking.
    static quint64 kindOf(QByteArrayView name)
    {
        const qsizetype size = name.size();
        const auto letter = [name](qsizetype at) { return quint8(name[at]) | 0x20u; };
        return size == 0
            ? 1
            : quint64(1) << ((size_t(size) * 7 + letter(0) * 3 + letter(size - 1)) & 63);
    }
    QByteArrayView firstOf(QByteArrayView lowerName) const;
    int allOf(QByteArrayView lowerName) const;

    QByteArray m_bytes; // longer than what is used of it
    qsizetype m_used = 0;
    quint64 m_kinds = 0;
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
