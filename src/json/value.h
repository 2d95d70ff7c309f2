// A JSON document as a value that keeps what Qt's own loses: member order, equal keys, exact
// numbers.
//
// For configuration and other small documents; the request path reads with scan.h and never builds
// a tree. Strings are UTF-8; numbers are kept as they were written. Implicitly shared, so copies
// are cheap and may cross threads.
#pragma once

#include <QByteArray>
#include <QByteArrayView>
#include <QList>
#include <QString>

#include <concepts>
#include <optional>

namespace sb::json {

struct Member;

class Value {
public:
    enum class Kind : quint8 { Null, Bool, Number, String, Array, Object };

    Value();
    Value(const Value &);
    Value(Value &&) noexcept;
    Value &operator=(const Value &);
    Value &operator=(Value &&) noexcept;
    ~Value();

    static Value boolean(bool value);
    template <std::signed_integral I> static Value number(I value)
    {
        return numberText(QByteArray::number(qint64(value)));
    }
    template <std::unsigned_integral I> static Value number(I value)
    {
        return numberText(QByteArray::number(quint64(value)));
    }
    // The shortest text that reads back as the same double; not finite becomes null.
    static Value number(double value);
    // Must be a JSON number already.
    static Value numberText(QByteArray text);
    static Value string(QByteArrayView utf8);
    static Value string(const QString &text);
    static Value array(QList<Value> items = {});
    static Value object(QList<Member> members = {});

    Kind kind() const { return m_kind; }
    bool isNull() const { return m_kind == Kind::Null; }
    bool isBool() const { return m_kind == Kind::Bool; }
    bool isNumber() const { return m_kind == Kind::Number; }
    bool isString() const { return m_kind == Kind::String; }
    bool isArray() const { return m_kind == Kind::Array; }
    bool isObject() const { return m_kind == Kind::Object; }

    bool toBool(bool fallback = false) const { return isBool() ? m_bool : fallback; }
    // A whole number written without fraction or exponent, within 64 bits.
    std::optional<qint64> toInt() const;
    std::optional<double> toDouble() const;
    // The text of a string (UTF-8) or of a number; empty for the rest.
    const QByteArray &text() const { return m_text; }
    QString toString() const { return QString::fromUtf8(m_text); }

    const QList<Value> &items() const { return m_items; }
    void append(Value item);

    const QList<Member> &members() const;
    // The last member of that name, as most readers take it; null when there is none.
    const Value *find(QByteArrayView key) const;
    // Replaces the last member of that name in its place, or appends.
    void set(QByteArrayView key, Value value);
    void remove(QByteArrayView key);

    // Where the value began in the text it was read from; -1 for values made by hand.
    qsizetype offset() const { return m_offset; }
    void setOffset(qsizetype offset) { m_offset = offset; }

    // Kind and contents; numbers by their text; the offset does not count.
    friend bool operator==(const Value &a, const Value &b);

private:
    Kind m_kind = Kind::Null;
    bool m_bool = false;
    qsizetype m_offset = -1;
    QByteArray m_text;
    QList<Value> m_items;
    QList<Member> m_members;
};

struct Member {
    QByteArray key;
    Value value;

    friend bool operator==(const Member &a, const Member &b)
    {
        return a.key == b.key && a.value == b.value;
    }
};

} // namespace sb::json
