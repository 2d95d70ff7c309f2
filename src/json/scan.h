// Checks a whole JSON document in one pass and lets its parts be read in place, without a tree.
//
// simdjson's first stage finds the structure and checks UTF-8 and strings; the walk over what it
// found checks grammar, every scalar, every escape and the depth, so that nothing is taken on trust
// the way on-demand parsing skips it. Verdicts are those of the full reader. One Scan is used again
// and again by one thread: its memory grows to the largest document and is given back by shrink().
#pragma once

#include <QByteArray>
#include <QByteArrayView>

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
    bool isNull() const { return kind() == Kind::Null; }
    bool isString() const { return kind() == Kind::String; }
    bool isObject() const { return kind() == Kind::Object; }
    bool isArray() const { return kind() == Kind::Array; }
    bool isTrue() const;
    bool isFalse() const;

    Span span() const; // quotes and brackets included
    QByteArrayView raw() const;
    QByteArrayView inner() const; // of a string: between the quotes, still escaped
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

} // namespace sb::json
