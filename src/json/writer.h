// Builds JSON text piece by piece, in the order it is told. Escapes what must be escaped, keeps
// integers exact. Misuse (a member outside an object) is our own mistake and asserted.
#pragma once

#include "json/value.h"

#include <QStringView>

#include <vector>

namespace sb::json {

class Writer {
public:
    enum class Style : quint8 { Compact, Pretty }; // Pretty: two spaces, one member a line
    explicit Writer(Style style = Style::Compact)
        : m_style(style)
    {
    }

    Writer &beginObject();
    Writer &endObject();
    Writer &beginArray();
    Writer &endArray();
    Writer &key(QByteArrayView name);

    Writer &string(QByteArrayView utf8);
    Writer &string(QStringView text); // lone surrogates become U+FFFD
    template <std::same_as<bool> B> Writer &boolean(B value)
    {
        return token(value ? "true" : "false");
    }
    template <std::signed_integral I> Writer &number(I value)
    {
        return token(QByteArray::number(qint64(value)));
    }
    template <std::unsigned_integral I> Writer &number(I value)
    {
        return token(QByteArray::number(quint64(value)));
    }
    Writer &number(double value); // shortest that reads back the same; not finite becomes null
    Writer &null() { return token("null"); }
    Writer &raw(QByteArrayView json) { return token(json); } // must be one JSON value
    Writer &value(const Value &value);

    // key and value in one; a bool is taken only as a bool, never made from a pointer.
    Writer &member(QByteArrayView name, QByteArrayView utf8) { return key(name).string(utf8); }
    Writer &member(QByteArrayView name, QStringView text) { return key(name).string(text); }
    Writer &member(QByteArrayView name, const char *utf8)
    {
        return key(name).string(QByteArrayView(utf8));
    }
    Writer &member(QByteArrayView name, const QByteArray &utf8)
    {
        return key(name).string(QByteArrayView(utf8));
    }
    Writer &member(QByteArrayView name, const QString &text)
    {
        return key(name).string(QStringView(text));
    }
    Writer &member(QByteArrayView name, const Value &v) { return key(name).value(v); }
    Writer &member(QByteArrayView name, double v) { return key(name).number(v); }
    Writer &member(QByteArrayView name, std::nullptr_t) { return key(name).null(); }
    template <std::integral I> Writer &member(QByteArrayView name, I v)
    {
        key(name);
        if constexpr (std::same_as<I, bool>)
            return boolean(v);
        else
            return number(v);
    }

    const QByteArray &text() const { return m_text; }
    // The finished document; the writer is empty again.
    QByteArray take();

private:
    Writer &token(QByteArrayView text);
    void beforeValue();
    void newLine();
    Writer &begin(char bracket);
    Writer &end(char bracket);

    QByteArray m_text;
    std::vector<bool> m_hasItems; // per open container
    Style m_style;
    bool m_isAfterKey = false;
};

// One value as text; Pretty ends with a line feed.
QByteArray write(const Value &value, Writer::Style style = Writer::Style::Compact);

// One JSON string.
inline QByteArray quoted(QStringView text)
{
    return Writer().string(text).take();
}

} // namespace sb::json
