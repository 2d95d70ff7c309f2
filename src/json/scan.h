// Checks a whole JSON document in one pass and lets its parts be read in place, without a tree.
//
// simdjson's first stage finds the structure and checks UTF-8 and strings; the walk over what it
// found checks grammar, every scalar, every escape and the depth, so that nothing is taken on trust
// the way on-demand parsing skips it. Verdicts are those of the full reader. One Scan is used again
// and again by one thread: its memory grows to the largest document and is given back by shrink().
#pragma once

#include <QByteArray>
#include <QByteArrayView>

#include <cstring>
#include <memory>

namespace sb::json {

class Scan;

struct Span {
    qsizetype from = 0;
    qsizetype length = 0;
    qsizetype end() const { return from + length; }
};

// A value inside the document of a Scan; valid until the Scan runs again and while the text lives.
// A default one is "absent": every question about it has a harmless answer.
class Node {
public:
    enum class Kind : quint8 { Absent, Null, Bool, Number, String, Array, Object };

    Node() = default;
    Kind kind() const;
    bool exists() const { return m_scan != nullptr; }
    bool isNull() const { return first() == 'n'; }
    bool isString() const { return first() == '"'; }
    bool isObject() const { return first() == '{'; }
    bool isArray() const { return first() == '['; }
    bool isTrue() const { return first() == 't'; }
    bool isFalse() const { return first() == 'f'; }

    Span span() const; // quotes and brackets included
    QByteArrayView raw() const;
    QByteArrayView inner() const; // of a string: between the quotes, still escaped
    bool hasEscapes() const { return m_scan && hasBackslash(inner()); } // of a string
    bool isInAscii() const; // the document
    QByteArray text() const; // of a string: unescaped; else empty
    bool is(QByteArrayView text) const; // a string with this text
    bool isNonEmptyString() const { return isString() && span().length > 2; }
    // A whole number; a fraction of zeros ("12.0") is taken too.
    bool readInt(qint64 &out) const;
    qint64 toInt(qint64 fallback = 0) const;

    Node find(QByteArrayView key) const; // the last member of that name
    bool isEmpty() const; // an array or object without items, anything that is neither

    // for (json::Node item : array.items()); for (json::Entry e : object.entries())
    class Items;
    class Entries;
    Items items() const;
    Entries entries() const;

    // Position in the structural index: for walks over everything inside a value.
    quint32 position() const { return m_position; }
    quint32 endPosition() const; // one past the last of this value

private:
    friend class Scan;
    Node(const Scan *scan, quint32 position)
        : m_scan(scan)
        , m_position(position)
    {
    }
    char first() const;
    bool hasBackslash(QByteArrayView text) const;
    static bool isUnescaped(QByteArrayView own, QByteArrayView text);

    const Scan *m_scan = nullptr;
    quint32 m_position = 0;
};

struct Entry {
    Node key;
    Node value;
};

class Scan {
public:
    static constexpr int kMaxDepth = 256;

    struct Failure {
        qsizetype offset = -1; // -1: not known
        const char *what = "";
    };

    Scan();
    ~Scan();
    Scan(const Scan &) = delete;
    Scan &operator=(const Scan &) = delete;

    // True when `text` is one sound JSON document. No byte behind its end is read.
    bool run(QByteArrayView text);
    const Failure &failure() const { return m_failure; }
    Node root() const { return m_isSound ? Node(this, 0) : Node(); }

    // Gives memory back when it has grown for a document longer than this.
    void shrink(qsizetype longest);

    // The structural index: brackets, colons, commas and the first byte of every scalar and string.
    char at(quint32 position) const { return m_text[qsizetype(m_index[position])]; }
    quint32 offset(quint32 position) const { return m_index[position]; }
    Span spanAt(quint32 position) const;
    Node node(quint32 position) const { return Node(this, position); }
    QByteArrayView text() const { return m_text; }
    bool hasEscapes() const { return m_hasEscapes; } // anywhere in the document
    bool isAscii() const { return m_isAscii; } // all of it: a character is a byte

private:
    friend class Node;
    bool reserve(qsizetype length);
    bool walk();
    bool fail(quint32 position, const char *what);
    qsizetype scalarEnd(quint32 position) const; // one past its last byte
    bool isScalarSound(quint32 position) const;
    quint32 after(quint32 position) const;

    struct Parser; // simdjson's
    std::unique_ptr<Parser> m_parser;
    std::unique_ptr<quint32[]> m_closing; // of an opening bracket: the position of its closing one
    quint32 m_closingRoom = 0;
    qsizetype m_room = 0;
    const quint32 *m_index = nullptr;
    quint32 m_count = 0;
    QByteArrayView m_text;
    bool m_isSound = false;
    bool m_hasEscapes = false;
    bool m_isAscii = false;
    Failure m_failure;
};

class Node::Items {
public:
    class Iterator {
    public:
        Iterator(const Scan *scan, quint32 position)
            : m_scan(scan)
            , m_position(position)
        {
        }
        Node operator*() const { return m_scan->node(m_position); }
        Iterator &operator++();
        bool operator==(const Iterator &other) const { return m_position == other.m_position; }

    private:
        const Scan *m_scan;
        quint32 m_position;
    };
    Items(const Scan *scan, quint32 first, quint32 end)
        : m_scan(scan)
        , m_first(first)
        , m_end(end)
    {
    }
    Iterator begin() const { return {m_scan, m_first}; }
    Iterator end() const { return {m_scan, m_end}; }

private:
    const Scan *m_scan;
    quint32 m_first;
    quint32 m_end;
};

class Node::Entries {
public:
    class Iterator {
    public:
        Iterator(const Scan *scan, quint32 position)
            : m_scan(scan)
            , m_position(position)
        {
        }
        Entry operator*() const { return {m_scan->node(m_position), m_scan->node(m_position + 2)}; }
        Iterator &operator++();
        bool operator==(const Iterator &other) const { return m_position == other.m_position; }

    private:
        const Scan *m_scan;
        quint32 m_position;
    };
    Entries(const Scan *scan, quint32 first, quint32 end)
        : m_scan(scan)
        , m_first(first)
        , m_end(end)
    {
    }
    Iterator begin() const { return {m_scan, m_first}; }
    Iterator end() const { return {m_scan, m_end}; }

private:
    const Scan *m_scan;
    quint32 m_first;
    quint32 m_end;
};

// ---- What readers of streams call for every member of every event ------------------------------

// Everything between a scalar's first byte and the next structure is the scalar and white space.
inline qsizetype Scan::scalarEnd(quint32 position) const
{
    qsizetype end = position + 1 < m_count ? qsizetype(m_index[position + 1]) : m_text.size();
    const char *text = m_text.data();
    while (text[end - 1] == ' ' || text[end - 1] == '\n' || text[end - 1] == '\r'
           || text[end - 1] == '\t')
        --end;
    return end;
}

inline quint32 Scan::after(quint32 position) const
{
    const char c = at(position);
    return (c == '{' || c == '[' ? m_closing[position] : position) + 1;
}

inline Span Scan::spanAt(quint32 position) const
{
    const qsizetype from = m_index[position];
    const char c = m_text[from];
    if (c == '{' || c == '[')
        return {from, qsizetype(m_index[m_closing[position]]) + 1 - from};
    return {from, scalarEnd(position) - from};
}

inline bool Node::isInAscii() const
{
    return m_scan && m_scan->isAscii();
}

inline char Node::first() const
{
    return m_scan ? m_scan->at(m_position) : '\0';
}

inline Span Node::span() const
{
    return m_scan ? m_scan->spanAt(m_position) : Span();
}

inline QByteArrayView Node::raw() const
{
    const Span place = span();
    return m_scan ? m_scan->text().sliced(place.from, place.length) : QByteArrayView();
}

inline QByteArrayView Node::inner() const
{
    if (!isString())
        return {};
    const qsizetype from = qsizetype(m_scan->m_index[m_position]) + 1;
    return m_scan->text().sliced(from, m_scan->scalarEnd(m_position) - 1 - from);
}

inline bool Node::hasBackslash(QByteArrayView text) const
{
    return m_scan->m_hasEscapes && !text.isEmpty()
        && memchr(text.data(), '\\', size_t(text.size())) != nullptr;
}

// Escaping only makes a text longer: one that is shorter is another, one of the same length has no
// escape or is another.
inline bool Node::is(QByteArrayView text) const
{
    if (!isString())
        return false;
    const QByteArrayView own = inner();
    if (own.size() < text.size())
        return false;
    if (own.size() == text.size())
        return memcmp(own.data(), text.data(), size_t(own.size())) == 0 && !hasBackslash(own);
    return hasBackslash(own) && isUnescaped(own, text);
}

inline quint32 Node::endPosition() const
{
    return m_scan ? m_scan->after(m_position) : 0;
}

inline bool Node::isEmpty() const
{
    if (!isArray() && !isObject())
        return true;
    return m_scan->m_closing[m_position] == m_position + 1;
}

inline Node::Items Node::items() const
{
    if (!isArray() || isEmpty())
        return {m_scan, 0, 0};
    return {m_scan, m_position + 1, m_scan->m_closing[m_position] + 1};
}

inline Node::Entries Node::entries() const
{
    if (!isObject() || isEmpty())
        return {m_scan, 0, 0};
    return {m_scan, m_position + 1, m_scan->m_closing[m_position] + 1};
}

// Behind every value stands a comma or the closing bracket; one past that bracket is the end.
inline Node::Items::Iterator &Node::Items::Iterator::operator++()
{
    m_position = m_scan->node(m_position).endPosition() + 1;
    return *this;
}

inline Node::Entries::Iterator &Node::Entries::Iterator::operator++()
{
    m_position = m_scan->node(m_position + 2).endPosition() + 1;
    return *this;
}

} // namespace sb::json
